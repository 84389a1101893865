//! Requests that the service refuses, and frames that are not what they should be.

use base64::Engine;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use waves::ErrorKind;

use crate::common::{client, hear};
use crate::service::{Service, WS, read_head, sound};

#[tokio::test]
async fn an_error_frame_fails_its_request_and_not_the_connection() {
    let service = Service::start().await;
    let client = client(&service.url);
    let errors = [
        (
            json!({"status": "error", "message": "Invalid Voice ID", "request_id": "r1"}),
            ErrorKind::Rejected,
        ),
        (
            json!({"status": "error", "error": {"message": "Concurrency exceeded"}}),
            ErrorKind::RateLimited,
        ),
        (json!({"error": "out of order"}), ErrorKind::Server),
        (
            json!({"status": "error", "message": "bad key sk_sim_local_dev", "error_code": "FORBIDDEN"}),
            ErrorKind::Forbidden,
        ),
    ];
    let serving = async {
        let mut connection = service.accept().await;
        for (error, _) in &errors {
            connection.receive().await;
            connection.send(error.clone()).await;
            connection.serve("fine").await;
        }
        connection
    };
    let speaking = async {
        for (error, kind) in &errors {
            let heard = hear(&client, WS).await;
            assert_eq!(heard.kind(), Some(*kind), "{error}");
            let error = heard.end.unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("sk_sim"),
                "{error:?}"
            );
            hear(&client, WS).await.end.unwrap();
        }
    };
    tokio::join!(serving, speaking);
    service.is_left_alone().await;
}

#[tokio::test]
async fn dishonest_frames_settle_in_their_kind_and_the_next_request_works() {
    use ErrorKind::*;
    let text = |text: &str| Message::text(text);
    let cases: Vec<(&str, Vec<Message>, ErrorKind)> = vec![
        ("a list", vec![text("[]")], Protocol),
        ("a list of the fields", vec![text(&format!("[\"chunk\",{{\"audio\":\"{}\"}}]", sound()))], Protocol),
        ("no JSON", vec![text("nonsense")], Protocol),
        ("a chunk without sound", vec![text(r#"{"status":"chunk"}"#)], Protocol),
        ("bad base64", vec![text(r#"{"status":"chunk","data":{"audio":"%"}}"#)], Protocol),
        ("a binary frame", vec![Message::binary(vec![1, 2, 3])], Protocol),
        ("an endless frame", vec![text(&" ".repeat(9 << 20))], Protocol),
        ("text for sound", vec![text(&json!({"status": "chunk", "data": {"audio": base64::prelude::BASE64_STANDARD.encode("<!DOCTYPE html><html><title>Sign in</title></html>")}}).to_string()), text(r#"{"status":"complete"}"#)], Protocol),
        ("nothing to hear", vec![text(r#"{"status":"complete"}"#)], NoSpeech),
        ("a close for the limit", vec![Message::Close(Some(CloseFrame { code: CloseCode::Policy, reason: "Concurrency limit reached".into() }))], RateLimited),
        ("a close", vec![Message::Close(Some(CloseFrame { code: CloseCode::Error, reason: "".into() }))], Network),
        ("silence", vec![], TimedOut),
        ("pongs and no sound", vec![text(r#"{"type":"pong"}"#)], TimedOut),
    ];
    let cases = cases.into_iter().map(|(name, messages, kind)| async move {
        let service = Service::start().await;
        let client = client(&service.url);
        let serving = async {
            let mut connection = service.accept().await;
            connection.receive().await;
            for message in messages {
                // The client may have gone.
                let _ = connection.socket.send(message).await;
            }
            connection
        };
        let (heard, connection) = tokio::join!(hear(&client, WS), serving);
        assert_eq!(heard.kind(), Some(kind), "{name}: {:?}", heard.end);
        let serving = async {
            // A connection that was good to the end may be used again; any other is closed.
            if !matches!(name, "nothing to hear" | "text for sound") {
                let after = async { service.accept().await.serve("after").await };
                return tokio::join!(after, connection.until_closed()).0;
            }
            let mut connection = connection;
            tokio::select! {
                mut new = service.accept() => new.serve("after").await,
                message = connection.receive_request() => {
                    connection.speak(&message, "after").await;
                    connection.complete(&message, "after").await;
                    message
                }
            }
        };
        let (heard, _) = tokio::join!(hear(&client, WS), serving);
        assert_eq!(heard.end.unwrap(), 2_400, "after {name}");
    });
    futures_util::stream::iter(cases)
        .for_each_concurrent(4, |case| case)
        .await;
}

#[tokio::test]
async fn refused_upgrades_fail_by_their_status() {
    let html = "<html><title>Sign in</title></html>";
    let accept = "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (answer, kind) in [
        (
            "HTTP/1.1 401 No\r\nContent-Length: 24\r\n\r\n{\"error\":\"unauthorized\"}".to_owned(),
            ErrorKind::Unauthorized,
        ),
        (
            "HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n".to_owned(),
            ErrorKind::RateLimited,
        ),
        (
            "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
            ErrorKind::Server,
        ),
        (
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{html}",
                html.len()
            ),
            ErrorKind::Protocol,
        ),
        (
            "HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
                .to_owned(),
            ErrorKind::Protocol,
        ),
        (
            format!(
                "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept}\r\n\r\n"
            ),
            ErrorKind::Protocol,
        ),
        (
            "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".to_owned(),
            ErrorKind::Protocol,
        ),
        ("nonsense\r\n\r\n".to_owned(), ErrorKind::Network),
    ] {
        let service = Service::start().await;
        let serving = async {
            let (mut stream, _) = service.listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream
        };
        let client = client(&service.url);
        let (heard, _stream) = tokio::join!(hear(&client, WS), serving);
        assert_eq!(heard.kind(), Some(kind), "{answer}: {:?}", heard.end);
        let error = heard.end.unwrap_err();
        assert_eq!(
            error.retry_after().is_some(),
            kind == ErrorKind::RateLimited
        );
        service.is_left_alone().await;
    }
}
