//! A WebSocket client for the tests, which shows every frame as it is.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use simulator::Simulator;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::Response},
};

use super::{LONG, MOMENT, samples, speech_with};

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What may come from the server.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Value),
    /// Text that is no JSON.
    Text(String),
    /// A close frame with this code, and the reason.
    Close(u16, String),
    /// The connection ended without a close frame.
    Broken,
    /// Nothing came.
    Nothing,
}

impl Socket {
    pub(crate) async fn open(simulator: &Simulator) -> Self {
        Self::open_with(simulator, "", &[]).await.unwrap()
    }

    /// With this behind the path, and these headers beside the key.
    pub(crate) async fn open_with(
        simulator: &Simulator,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        let key = format!("Bearer {}", simulator.key());
        let mut all = vec![("authorization", key.as_str())];
        all.extend_from_slice(headers);
        Self::open_as(simulator, query, &all).await
    }

    /// With these headers and no others.
    pub(crate) async fn open_as(
        simulator: &Simulator,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        Self::open_at(simulator, &format!("/waves/v1/tts/live{query}"), headers).await
    }

    /// At any path.
    pub(crate) async fn open_at(
        simulator: &Simulator,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        let url = simulator.url().replace("http://", "ws://");
        let mut request = format!("{url}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, response)) => {
                assert!(response.headers().contains_key("x-request-id"));
                Ok(Self(socket))
            }
            Err(Error::Http(response)) => Err(*response),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    /// A binary message.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.0
            .send(Message::Binary(bytes.to_vec().into()))
            .await
            .unwrap();
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.0.send(Message::Text(text.into())).await.unwrap();
    }

    /// The usual request with some fields changed.
    pub(crate) async fn say(&mut self, changes: Value) {
        self.send(&speech_with(changes)).await;
    }

    pub(crate) async fn next(&mut self) -> Heard {
        self.next_within(LONG).await
    }

    pub(crate) async fn next_within(&mut self, patience: Duration) -> Heard {
        loop {
            let heard = tokio::time::timeout(patience, self.0.next()).await;
            return match heard {
                Err(_) => Heard::Nothing,
                Ok(Some(Ok(Message::Text(text)))) => match serde_json::from_str(&text) {
                    Ok(frame) => Heard::Frame(frame),
                    Err(_) => Heard::Text(text.to_string()),
                },
                Ok(Some(Ok(Message::Close(frame)))) => frame.map_or(Heard::Broken, |frame| {
                    Heard::Close(frame.code.into(), frame.reason.to_string())
                }),
                Ok(Some(Ok(_))) => continue,
                Ok(Some(Err(_)) | None) => Heard::Broken,
            };
        }
    }

    pub(crate) async fn frame(&mut self) -> Value {
        match self.next().await {
            Heard::Frame(frame) => frame,
            other => panic!("no frame but {other:?}"),
        }
    }

    /// Nothing comes for a moment.
    pub(crate) async fn is_silent(&mut self) -> bool {
        matches!(self.next_within(MOMENT).await, Heard::Nothing)
    }

    /// All frames up to the first that is no chunk and no word, that one included.
    pub(crate) async fn request(&mut self) -> Request {
        let mut request = Request::default();
        loop {
            let frame = self.frame().await;
            let id = frame["request_id"].as_str().unwrap_or_default().to_owned();
            if !request.ids.contains(&id) {
                request.ids.push(id);
            }
            match frame["status"].as_str() {
                Some("chunk") => {
                    let audio = frame["data"]["audio"].as_str().unwrap();
                    request.chunks.push(STANDARD.decode(audio).unwrap());
                }
                Some("word_timestamp") => request.words.push(frame["data"].clone()),
                _ => {
                    request.last = frame;
                    return request;
                }
            }
        }
    }

    /// The server's own pings and pongs do not count; this sends one of the protocol's.
    pub(crate) async fn ping(&mut self) {
        self.0
            .send(Message::Ping("are you there".into()))
            .await
            .unwrap();
    }

    pub(crate) async fn close(mut self) {
        self.0.close(None).await.unwrap();
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

/// One answer.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Ids of all its frames: one, if they belong together.
    pub(crate) ids: Vec<String>,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) words: Vec<Value>,
    pub(crate) last: Value,
}

impl Request {
    pub(crate) fn samples(&self) -> Vec<i16> {
        samples(&self.chunks.concat())
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.last["status"] == "complete" && self.ids.len() == 1
    }
}

/// A keep-alive.
pub(crate) fn ping() -> Value {
    json!({ "type": "ping" })
}
