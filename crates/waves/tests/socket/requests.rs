//! Requests that go well.

use serde_json::json;

use crate::common::{client, hear, key, request};
use crate::service::{Service, WS, header, honest, listen, ms, word};

#[tokio::test]
async fn sound_and_words_come_in_order_and_the_message_says_what_was_asked() {
    let service = Service::start().await;
    let client = client(&service.url);
    let request = request().with_word_timings(true);
    let serving = async {
        let mut connection = service.accept().await;
        let message = connection.receive().await;
        connection.speak(&message, "task_1").await;
        connection
            .send(word(&message, "task_1", "A", 0.0, 0.1))
            .await;
        connection
            .send(json!({"status": "thinking", "news": [1]}))
            .await;
        connection.speak(&message, "task_1").await;
        connection
            .send(word(&message, "task_1", "sentence", 0.1, 0.2))
            .await;
        connection.complete(&message, "task_1").await;
        (connection, message)
    };
    let speaking = async {
        let speech = client.synthesize(&key(), &request, WS).await.unwrap();
        assert_eq!(speech.request_id(), Some("task_1"));
        assert_eq!(speech.session_id(), Some("ws_1"));
        listen(speech).await
    };
    let ((connection, message), (samples, words, end)) = tokio::join!(serving, speaking);
    assert_eq!(end.unwrap(), 4_800);
    assert!(samples == honest().repeat(2));
    let words: Vec<_> = words.iter().map(ms).collect();
    assert_eq!(words, [("A", 0, 100), ("sentence", 100, 200)]);
    assert!(
        connection
            .head
            .starts_with("GET /waves/v1/tts/live HTTP/1.1\r\n"),
        "{}",
        connection.head
    );
    assert_eq!(
        header(&connection.head, "authorization"),
        Some("Bearer sk_sim_local_dev")
    );
    let id = message["request_id"].as_str().unwrap();
    assert_eq!(
        message,
        json!({
            "text": request.text(), "voice_id": "magnus", "model": "lightning_v3.1",
            "sample_rate": 24_000, "output_format": "pcm", "speed": 1.0, "language": "auto",
            "word_timestamps": true, "complete_backoff_ms": 0, "request_id": id,
        })
    );
}

#[tokio::test]
async fn words_go_on_counting_when_the_service_begins_another_synthesis() {
    let service = Service::start().await;
    let client = client(&service.url);
    let request = request().with_word_timings(true);
    let serving = async {
        let mut connection = service.accept().await;
        let message = connection.receive().await;
        connection.speak(&message, "part_1").await;
        connection
            .send(word(&message, "part_1", "A", 0.02, 0.08))
            .await;
        // No `complete` between them: the new id says it.
        connection
            .send(word(&message, "part_2", "sentence", 0.0, 0.1))
            .await;
        connection.speak(&message, "part_2").await;
        connection.complete(&message, "part_2").await;
        connection
    };
    let speaking = async { listen(client.synthesize(&key(), &request, WS).await.unwrap()).await };
    let (_, (samples, words, end)) = tokio::join!(serving, speaking);
    assert_eq!(end.unwrap(), 4_800);
    assert!(samples == honest().repeat(2));
    let words: Vec<_> = words.iter().map(ms).collect();
    assert_eq!(words, [("A", 20, 80), ("sentence", 100, 200)]);
}

#[tokio::test]
async fn frames_of_others_and_a_second_complete_are_nobodys() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        let message = connection.serve("a").await;
        connection.complete(&message, "a").await;
        let second = connection.receive().await;
        connection.complete(&json!({}), "a").await;
        connection
            .speak(&json!({"request_id": "stranger"}), "x")
            .await;
        connection
            .send(json!({"status": "error", "message": "no", "external_request_id": "stranger"}))
            .await;
        connection.speak(&second, "b").await;
        connection.complete(&second, "b").await;
        connection
    };
    let speaking = async {
        hear(&client, WS).await.end.unwrap();
        hear(&client, WS).await
    };
    let (_, heard) = tokio::join!(serving, speaking);
    assert_eq!(heard.end.unwrap(), 2_400);
    assert!(heard.samples == honest());
}
