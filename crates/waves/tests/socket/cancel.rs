//! Speech that nobody listens to any more.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use waves::SpeechEvent;

use crate::common::{client, hear, key, request};
use crate::service::{Service, WS, honest, within};

#[tokio::test]
async fn dropping_a_speech_cancels_it_and_keeps_the_connection() {
    for is_said in [true, false] {
        cancel(is_said).await;
    }
}

async fn cancel(is_said: bool) {
    let service = Service::start().await;
    let client = client(&service.url);
    let (ended, wait) = tokio::sync::oneshot::channel();
    let serving = async {
        let mut connection = service.accept().await;
        let message = connection.receive().await;
        connection.speak(&message, "a").await;
        assert_eq!(connection.receive().await, json!({"cancel_request": true}));
        // What was under way; its end, or no word of it, as the service may have it.
        connection.speak(&message, "a").await;
        if is_said {
            connection.complete(&message, "a").await;
        }
        assert_eq!(connection.receive().await, json!({"type": "ping"}));
        connection.send(json!({"type": "pong"})).await;
        // Once this is answered, all before it has been read.
        connection
            .socket
            .send(Message::Ping("?".into()))
            .await
            .unwrap();
        while !matches!(
            within(connection.socket.next()).await,
            Some(Ok(Message::Pong(_)))
        ) {}
        ended.send(()).unwrap();
        let next = connection.receive().await;
        connection.speak(&message, "a").await;
        connection.complete(&message, "a").await;
        connection.speak(&next, "b").await;
        connection.complete(&next, "b").await;
        connection
    };
    let speaking = async {
        let mut speech = client.synthesize(&key(), &request(), WS).await.unwrap();
        assert!(matches!(
            speech.next().await,
            Some(Ok(SpeechEvent::Audio(_)))
        ));
        drop(speech);
        wait.await.unwrap();
        let heard = hear(&client, WS).await;
        assert_eq!(heard.end.unwrap(), 2_400);
        assert!(
            heard.samples == honest(),
            "something of the cancelled speech is heard"
        );
    };
    tokio::join!(serving, speaking);
    service.is_left_alone().await;
}

#[tokio::test]
async fn a_cancelled_speech_that_does_not_end_costs_its_connection() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        let message = connection.receive().await;
        connection.speak(&message, "a").await;
        connection.receive().await;
        connection.until_closed().await;
    };
    let speaking = async {
        let mut speech = client.synthesize(&key(), &request(), WS).await.unwrap();
        assert!(matches!(
            speech.next().await,
            Some(Ok(SpeechEvent::Audio(_)))
        ));
    };
    tokio::join!(serving, speaking);
}
