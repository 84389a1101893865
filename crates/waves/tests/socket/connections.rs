//! Connections: used again, replaced, kept alive and closed.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use waves::{ApiKey, Client, ErrorKind, Origin, Timeouts};

use crate::common::{self, client, hear, key, request, timeouts};
use crate::service::{Connection, Service, WS, header, honest};

#[tokio::test]
async fn one_connection_serves_one_request_after_another() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        for n in 0..50 {
            connection.serve(&format!("task_{n}")).await;
        }
        connection
    };
    let speaking = async {
        for _ in 0..50 {
            // The next is asked for in the moment in which the one before ends.
            assert_eq!(hear(&client, WS).await.end.unwrap(), 2_400);
        }
    };
    let (connection, ()) = tokio::join!(serving, speaking);
    service.is_left_alone().await;
    drop(client);
    connection.until_closed().await;
}

#[tokio::test]
async fn requests_at_once_take_a_connection_each_and_leave_them_for_later() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let (mut one, mut two) = (service.accept().await, service.accept().await);
        let (first, second) = (one.receive().await, two.receive().await);
        for (connection, message) in [(&mut one, &first), (&mut two, &second)] {
            connection.speak(message, "a").await;
            connection.complete(message, "a").await;
        }
        tokio::select! {
            _ = one.serve("b") => {}
            _ = two.serve("b") => {}
        }
        service.is_left_alone().await;
        (one, two)
    };
    let speaking = async {
        let (one, two) = tokio::join!(hear(&client, WS), hear(&client, WS));
        one.end.unwrap();
        two.end.unwrap();
        hear(&client, WS).await.end.unwrap();
    };
    tokio::join!(serving, speaking);
}

#[tokio::test]
async fn a_connection_that_the_service_has_closed_is_replaced_without_a_word() {
    let idle = json!({"status": "error", "message": "Connection timed out after 60 seconds of inactivity"});
    // Seen while it lay idle; seen as the request arrives; cut without a close.
    for case in 0..4 {
        let service = Service::start().await;
        let client = client(&service.url);
        let serving = async {
            let mut first = service.accept().await;
            first.serve("a").await;
            match case {
                0 => {
                    first.send(idle.clone()).await;
                    first.socket.close(None).await.unwrap();
                }
                1 => {
                    first.receive().await;
                    first.send(idle.clone()).await;
                    first.socket.close(None).await.unwrap();
                }
                2 => {
                    first.receive().await;
                    first.socket.close(None).await.unwrap();
                }
                _ => {
                    first.receive().await;
                    drop(first);
                }
            }
            let mut second = service.accept().await;
            second.serve("b").await;
        };
        let speaking = async {
            hear(&client, WS).await.end.unwrap();
            let heard = hear(&client, WS).await;
            assert_eq!(heard.end.unwrap(), 2_400, "case {case}");
            assert_eq!(heard.request_id.as_deref(), Some("b"));
        };
        tokio::join!(serving, speaking);
    }
}

#[tokio::test]
async fn a_new_connection_that_fails_is_not_tried_twice() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        connection.receive().await;
        connection.socket.close(None).await.unwrap();
    };
    let (heard, ()) = tokio::join!(hear(&client, WS), serving);
    assert_eq!(heard.kind(), Some(ErrorKind::Network), "{:?}", heard.end);
    service.is_left_alone().await;
}

#[tokio::test]
async fn a_kept_connection_that_breaks_in_the_middle_is_truncated_and_not_tried_twice() {
    let service = Service::start().await;
    let client = client(&service.url);
    let serving = async {
        let mut connection = service.accept().await;
        connection.serve("a").await;
        let message = connection.receive().await;
        connection.speak(&message, "b").await;
    };
    let speaking = async {
        hear(&client, WS).await.end.unwrap();
        hear(&client, WS).await
    };
    let ((), heard) = tokio::join!(serving, speaking);
    assert_eq!(heard.kind(), Some(ErrorKind::Truncated), "{:?}", heard.end);
    assert!(heard.samples == honest());
    service.is_left_alone().await;
}

#[tokio::test]
async fn no_key_ever_travels_on_the_connection_of_another() {
    let service = Service::start().await;
    let client = client(&service.url);
    let other = ApiKey::parse("sk_other").unwrap();
    let serving = async {
        let mut first = service.accept().await;
        first.serve("a").await;
        let mut second = service.accept().await;
        second.serve("b").await;
        first.serve("c").await;
        (first, second)
    };
    let speaking = async {
        hear(&client, WS).await.end.unwrap();
        common::hear_request(&client, &other, &request(), WS)
            .await
            .end
            .unwrap();
        assert_eq!(hear(&client, WS).await.request_id.as_deref(), Some("c"));
    };
    let ((_, second), ()) = tokio::join!(serving, speaking);
    assert_eq!(
        header(&second.head, "authorization"),
        Some("Bearer sk_other")
    );
}

#[tokio::test]
async fn an_unused_connection_is_closed_after_its_time() {
    let service = Service::start().await;
    let patient = Timeouts {
        idle: Duration::from_millis(100),
        ..timeouts()
    };
    let client = Client::new(Origin::parse(&service.url).unwrap(), patient).unwrap();
    let serving = async {
        let mut connection = service.accept().await;
        connection.serve("a").await;
        connection.until_closed().await;
        service.accept().await.serve("b").await;
    };
    let speaking = async {
        hear(&client, WS).await.end.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        hear(&client, WS).await.end.unwrap();
    };
    tokio::join!(serving, speaking);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_alive_while_it_speaks_and_while_it_lies_idle() {
    let service = Service::start().await;
    let patient = Timeouts {
        connect: Duration::from_secs(1_000),
        first_byte: Duration::from_secs(1_000),
        silence: Duration::from_secs(1_000),
        answer: Duration::from_secs(1_000),
        upload: Duration::from_secs(1_000),
        idle: Duration::from_secs(1_000),
    };
    let client = Client::new(Origin::parse(&service.url).unwrap(), patient).unwrap();
    let ping = json!({"type": "ping"});
    let (mut stream, _) = {
        let (key, request) = (key(), request());
        let speaking = client.synthesize(&key, &request, WS);
        let serving = async {
            let mut connection = accept_at_any_time(&service).await;
            let message = receive_at_any_time(&mut connection).await;
            for _ in 0..3 {
                assert_eq!(receive_at_any_time(&mut connection).await, ping);
                connection.send(json!({"type": "pong"})).await;
            }
            connection.speak(&message, "a").await;
            connection.complete(&message, "a").await;
            connection
        };
        let (speech, connection) = tokio::join!(speaking, serving);
        let mut speech = speech.unwrap();
        while let Some(event) = speech.next().await {
            event.unwrap();
        }
        (connection, speech)
    };
    for _ in 0..3 {
        assert_eq!(receive_at_any_time(&mut stream).await, ping);
        stream.send(json!({"type": "pong"})).await;
    }
    // A ping without an answer: nobody is there any more.
    assert_eq!(receive_at_any_time(&mut stream).await, ping);
    while let Some(Ok(_)) = stream.socket.next().await {}
}

/// Without a limit, which a paused clock would reach at once.
async fn accept_at_any_time(service: &Service) -> Connection {
    let (mut stream, _) = service.listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let accept = derive_accept_key(header(&head, "sec-websocket-key").unwrap().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    Connection { head, socket }
}

async fn receive_at_any_time(connection: &mut Connection) -> Value {
    loop {
        if let Message::Text(text) = connection.socket.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}
