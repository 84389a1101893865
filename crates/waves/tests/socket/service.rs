//! The service, as one who writes its frames.

use std::time::Duration;

use base64::Engine;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use waves::{Error, SpeechEvent, SpeechStream, Transport, WordTiming};

use crate::common::NEVER;

pub(crate) const WS: Transport = Transport::WebSocket;

pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) listener: TcpListener,
}

/// One connection, as the service sees it.
pub(crate) struct Connection {
    pub(crate) head: String,
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Service {
    pub(crate) async fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Service { url, listener }
    }

    pub(crate) async fn accept(&self) -> Connection {
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
    pub(crate) async fn is_left_alone(&self) {
        let visit = tokio::time::timeout(Duration::from_millis(50), self.listener.accept()).await;
        assert!(visit.is_err(), "a connection that nobody expects");
    }
}

impl Connection {
    /// The next message, which must be JSON.
    pub(crate) async fn receive(&mut self) -> Value {
        loop {
            match within(self.socket.next()).await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(_) => panic!("closed, where a message was expected"),
                _ => {}
            }
        }
    }

    /// The next message that asks for speech; never, when the client closes instead.
    pub(crate) async fn receive_request(&mut self) -> Value {
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

    pub(crate) async fn send(&mut self, frame: Value) {
        self.say(&frame.to_string()).await;
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// 100 ms of sound for a request.
    pub(crate) async fn speak(&mut self, message: &Value, request_id: &str) {
        self.send(chunk(message, request_id)).await;
    }

    pub(crate) async fn complete(&mut self, message: &Value, request_id: &str) {
        self.send(frame(message, request_id, "complete", Value::Null))
            .await;
    }

    /// A whole answer to the next request.
    pub(crate) async fn serve(&mut self, request_id: &str) -> Value {
        let message = self.receive().await;
        self.speak(&message, request_id).await;
        self.complete(&message, request_id).await;
        message
    }

    /// Waits until the client has closed.
    pub(crate) async fn until_closed(mut self) {
        within(async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }
}

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, what)
        .await
        .expect("it never happened")
}

pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
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

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

pub(crate) fn honest() -> Vec<i16> {
    (0..2_400i16).map(|n| n * 13 % 9_000).collect()
}

pub(crate) fn sound() -> String {
    let bytes: Vec<u8> = honest()
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

pub(crate) fn frame(message: &Value, request_id: &str, status: &str, data: Value) -> Value {
    let mut frame = json!({
        "session_id": "ws_1", "request_id": request_id, "status": status,
        "external_request_id": message["request_id"],
    });
    if !data.is_null() {
        frame["data"] = data;
    }
    frame
}

pub(crate) fn chunk(message: &Value, request_id: &str) -> Value {
    frame(message, request_id, "chunk", json!({"audio": sound()}))
}

pub(crate) fn word(message: &Value, request_id: &str, word: &str, start: f64, end: f64) -> Value {
    let data = json!({"word": word, "start": start, "end": end, "id": 0});
    frame(message, request_id, "word_timestamp", data)
}

/// Listens to the end, which must come.
pub(crate) async fn listen(
    mut speech: SpeechStream,
) -> (Vec<i16>, Vec<WordTiming>, Result<u64, Error>) {
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

pub(crate) fn ms(word: &WordTiming) -> (&str, u128, u128) {
    (&word.word, word.start.as_millis(), word.end.as_millis())
}
