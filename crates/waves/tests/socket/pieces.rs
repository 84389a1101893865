//! Text that arrives in pieces.

use serde_json::{Value, json};
use waves::{CallerId, ErrorKind, HoldFor, Pieces};

use crate::common::{self, client, hear, key, request, timeouts};
use crate::service::{Service, WS, honest, listen, ms, within, word};

#[tokio::test]
async fn buffered_pieces_are_one_speech_with_one_complete() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        let mut messages = Vec::new();
        loop {
            let message = connection.receive().await;
            let last = message["flush"] == true;
            messages.push((message["text"].clone(), message["continue"].clone()));
            if last {
                connection.speak(&message, "a").await;
                connection.complete(&message, "a").await;
                break;
            }
        }
        // The connection then serves others.
        connection.serve("b").await;
        messages
    };
    let speaking = async {
        let pieces = Pieces::Buffered { at_latest: None };
        let (feed, speech) = client
            .synthesize_pieces(&key(), &request(), pieces)
            .await
            .unwrap();
        for piece in [" And", " ", "", "another", ".", "\n"] {
            feed.push(piece).await.unwrap();
        }
        feed.finish();
        let (samples, _, end) = listen(speech).await;
        assert_eq!(end.unwrap(), 2_400);
        assert!(samples == honest());
        hear(&client, WS).await.end.unwrap();
    };
    let (messages, ()) = tokio::join!(serving, speaking);
    assert_eq!(
        messages,
        [
            (json!(common::TEXT), json!(true)),
            (json!(" And "), json!(true)),
            (json!("another"), json!(true)),
            (json!(".\n"), json!(false)),
        ]
    );
}

#[tokio::test]
async fn a_continued_text_ends_when_nothing_follows_its_last_part() {
    let service = Service::start().await;
    let client = client(&service.url);
    let context = CallerId::new("chapter").unwrap();
    let pieces = Pieces::Continued {
        context,
        hold: HoldFor::default(),
    };
    let (spoken, wait) = tokio::sync::oneshot::channel();
    let serving = async {
        let mut connection = service.accept().await;
        let first = connection.receive().await;
        assert_eq!(first["context_id"], "chapter");
        assert_eq!(
            (&first["continue"], &first["context_close"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(
            (&first["flush"], &first["max_buffer_flush_ms"]),
            (&Value::Null, &Value::Null)
        );
        connection
            .send(word(&first, "part_1", "A", 0.0, 0.05))
            .await;
        connection.speak(&first, "part_1").await;
        connection.complete(&first, "part_1").await;
        spoken.send(()).unwrap();
        let last = connection.receive().await;
        assert_eq!(
            (&last["continue"], &last["context_close"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(last["text"], "More.");
        connection
            .send(word(&last, "part_2", "More.", 0.0, 0.05))
            .await;
        connection.speak(&last, "part_2").await;
        connection.complete(&last, "part_2").await;
        connection.serve("next").await;
    };
    let speaking = async {
        let (feed, speech) = client
            .synthesize_pieces(&key(), &request(), pieces)
            .await
            .unwrap();
        let feeding = async {
            feed.push("More.").await.unwrap();
            wait.await.unwrap();
            // Longer than any patience: the next words are ours to give, and no fault of the service.
            tokio::time::sleep(timeouts().silence * 2).await;
            drop(feed);
        };
        let ((), heard) = tokio::join!(feeding, listen(speech));
        hear(&client, WS).await.end.unwrap();
        heard
    };
    let ((), (samples, words, end)) = tokio::join!(serving, speaking);
    assert_eq!(end.unwrap(), 4_800);
    assert!(samples == honest().repeat(2));
    let words: Vec<_> = words.iter().map(ms).collect();
    assert_eq!(words, [("A", 0, 50), ("More.", 100, 150)]);
}

#[tokio::test]
async fn text_that_is_owed_its_sound_times_out() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        connection.receive().await;
        connection.until_closed().await;
    };
    let speaking = async {
        let pieces = Pieces::Buffered { at_latest: None };
        let (feed, speech) = client
            .synthesize_pieces(&key(), &request(), pieces)
            .await
            .unwrap();
        feed.finish();
        listen(speech).await.2
    };
    let ((), end) = tokio::join!(serving, speaking);
    assert_eq!(end.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn dropping_a_speech_in_pieces_cancels_its_context() {
    let service = Service::start().await;
    let client = client(&service.url);
    let context = CallerId::new("chapter").unwrap();
    let pieces = Pieces::Continued {
        context,
        hold: HoldFor::default(),
    };
    let (asked, wait) = tokio::sync::oneshot::channel();
    let serving = async {
        let mut connection = service.accept().await;
        connection.receive().await;
        asked.send(()).unwrap();
        let cancel = connection.receive().await;
        assert_eq!(
            cancel,
            json!({"cancel_request": true, "context_id": "chapter"})
        );
        connection.until_closed().await;
    };
    let speaking = async {
        let (feed, speech) = client
            .synthesize_pieces(&key(), &request(), pieces)
            .await
            .unwrap();
        feed.push("More.").await.unwrap();
        wait.await.unwrap();
        drop(speech);
        let refused = async { while feed.push("x").await.is_ok() {} };
        within(refused).await;
    };
    tokio::join!(serving, speaking);
}
