//! The WebSocket against a service that is written out frame by frame.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod common;

use std::time::Duration;

use base64::Engine;
use common::{NEVER, client, hear, key, request, timeouts};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use waves::{
    ApiKey, CallerId, Client, Error, ErrorKind, HoldFor, Origin, Pieces, SpeechEvent, SpeechStream,
    Timeouts, Transport, WordTiming,
};

const WS: Transport = Transport::WebSocket;

struct Service {
    url: String,
    listener: TcpListener,
}

/// One connection, as the service sees it.
struct Connection {
    head: String,
    socket: WebSocketStream<TcpStream>,
}

impl Service {
    async fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Service { url, listener }
    }

    async fn accept(&self) -> Connection {
        let (mut stream, _) = within(self.listener.accept()).await.unwrap();
        let head = read_head(&mut stream).await;
        let nonce = header(&head, "sec-websocket-key").unwrap();
        let accept = derive_accept_key(nonce.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        let config = WebSocketConfig::default();
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        Connection { head, socket }
    }

    /// Nobody knocks for a moment.
    async fn is_left_alone(&self) {
        let visit = tokio::time::timeout(Duration::from_millis(50), self.listener.accept()).await;
        assert!(visit.is_err(), "a connection that nobody expects");
    }
}

impl Connection {
    /// The next message, which must be JSON.
    async fn receive(&mut self) -> Value {
        loop {
            match within(self.socket.next()).await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(_) => panic!("closed, where a message was expected"),
                _ => {}
            }
        }
    }

    /// The next message that asks for speech; never, when the client closes instead.
    async fn receive_request(&mut self) -> Value {
        while let Some(Ok(message)) = self.socket.next().await {
            if let Message::Text(text) = message {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["text"].is_string() {
                    return message;
                }
            }
        }
        std::future::pending().await
    }

    async fn send(&mut self, frame: Value) {
        self.say(&frame.to_string()).await;
    }

    async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// 100 ms of sound for a request.
    async fn speak(&mut self, message: &Value, request_id: &str) {
        self.send(chunk(message, request_id)).await;
    }

    async fn complete(&mut self, message: &Value, request_id: &str) {
        self.send(frame(message, request_id, "complete", Value::Null))
            .await;
    }

    /// A whole answer to the next request.
    async fn serve(&mut self, request_id: &str) -> Value {
        let message = self.receive().await;
        self.speak(&message, request_id).await;
        self.complete(&message, request_id).await;
        message
    }

    /// Waits until the client has closed.
    async fn until_closed(mut self) {
        within(async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, what)
        .await
        .expect("it never happened")
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(
            within(stream.read(&mut byte)).await.unwrap(),
            1,
            "the head was cut"
        );
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn honest() -> Vec<i16> {
    (0..2_400i16).map(|n| n * 13 % 9_000).collect()
}

fn sound() -> String {
    let bytes: Vec<u8> = honest()
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

fn frame(message: &Value, request_id: &str, status: &str, data: Value) -> Value {
    let mut frame = json!({
        "session_id": "ws_1", "request_id": request_id, "status": status,
        "external_request_id": message["request_id"],
    });
    if !data.is_null() {
        frame["data"] = data;
    }
    frame
}

fn chunk(message: &Value, request_id: &str) -> Value {
    frame(message, request_id, "chunk", json!({"audio": sound()}))
}

fn word(message: &Value, request_id: &str, word: &str, start: f64, end: f64) -> Value {
    let data = json!({"word": word, "start": start, "end": end, "id": 0});
    frame(message, request_id, "word_timestamp", data)
}

/// Listens to the end, which must come.
async fn listen(mut speech: SpeechStream) -> (Vec<i16>, Vec<WordTiming>, Result<u64, Error>) {
    let (mut samples, mut words) = (Vec::new(), Vec::new());
    loop {
        match within(speech.next()).await {
            Some(Ok(SpeechEvent::Audio(more))) => samples.extend(more),
            Some(Ok(SpeechEvent::Word(word))) => words.push(word),
            Some(Ok(SpeechEvent::End(end))) => return (samples, words, Ok(end.samples)),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(error)) => return (samples, words, Err(error)),
            None => panic!("a stream must say how it ended"),
        }
    }
}

fn ms(word: &WordTiming) -> (&str, u128, u128) {
    (&word.word, word.start.as_millis(), word.end.as_millis())
}

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
