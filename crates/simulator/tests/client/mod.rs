//! A client that hides nothing: it writes a request to a socket and reports the bytes that come back and how they end.

#![allow(dead_code, reason = "each test program uses its own part of this")]

pub(crate) mod socket;

use std::{io::ErrorKind, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use simulator::{Options, Simulator};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// As its own framing says it should.
    Complete,
    /// The connection was closed before that.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing more came, and the connection stayed open.
    Silent,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// Everything after the head, framing and all.
    pub(crate) framed: Vec<u8>,
    /// The body without the framing.
    pub(crate) body: Vec<u8>,
    /// The sizes of the complete transfer chunks.
    pub(crate) chunks: Vec<usize>,
    pub(crate) end: End,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The samples of a body that is raw PCM.
    pub(crate) fn samples(&self) -> Vec<i16> {
        samples(&self.body)
    }

    /// The events of a body that is Server-Sent Events, as their data.
    pub(crate) fn events(&self) -> Vec<String> {
        self.text()
            .split("\n\n")
            .filter(|event| !event.is_empty())
            .map(|event| {
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                data.unwrap_or_else(|| panic!("no data in {event:?}"))
                    .to_owned()
            })
            .collect()
    }

    /// The joined audio of the events before the first that has none.
    pub(crate) fn event_audio(&self) -> Vec<u8> {
        let mut audio = Vec::new();
        for event in self.events() {
            let event: Value = serde_json::from_str(&event).unwrap();
            let Some(chunk) = event.get("audio").and_then(Value::as_str) else {
                break;
            };
            audio.extend(STANDARD.decode(chunk).unwrap());
        }
        audio
    }
}

pub(crate) fn samples(bytes: &[u8]) -> Vec<i16> {
    assert_eq!(bytes.len() % 2, 0, "half a sample");
    bytes
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

pub(crate) async fn simulator() -> Simulator {
    Simulator::start(Options::default()).await.unwrap()
}

pub(crate) const TEXT: &str = "The quick brown fox jumps over the lazy dog.";

/// A request for speech that is in order.
pub(crate) fn speech() -> Value {
    json!({ "text": TEXT, "voice_id": "sophia", "model": "lightning_v3.1", "sample_rate": 24000, "language": "en" })
}

/// [`speech`] with some fields changed; `null` takes one out.
pub(crate) fn speech_with(changes: Value) -> Value {
    let mut body = speech();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

pub(crate) async fn post(simulator: &Simulator, path: &str, body: &Value) -> Answer {
    Ask::post(path, body).send(simulator).await
}

pub(crate) async fn get(simulator: &Simulator, path: &str) -> Answer {
    Ask::new("GET", path).send(simulator).await
}

/// Longer than anything over loopback takes, on however busy a machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Long enough to see that nothing comes.
pub(crate) const MOMENT: Duration = Duration::from_millis(200);

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Ask {
    method: String,
    path: String,
    /// `None`: the right one.
    key: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// How long to wait for bytes, once so much has come: nothing, the head, or the head and so many bytes of body.
    patience: Duration,
    awaited: Option<usize>,
}

impl Ask {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            key: None,
            headers: Vec::new(),
            body: Vec::new(),
            patience: LONG,
            awaited: None,
        }
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path)
            .header("Content-Type", "application/json")
            .body(body.to_string().as_bytes())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// An `Authorization` header with exactly this value; none at all if it is empty.
    pub(crate) fn authorization(mut self, value: &str) -> Self {
        self.key = Some(value.to_owned());
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.authorization(&format!("Bearer {key}"))
    }

    /// Waits for the head and so many bytes of body, and a moment longer for what must not come: then the connection counts as
    /// silent.
    pub(crate) fn silent_after(mut self, bytes: usize) -> Self {
        self.patience = MOMENT;
        self.awaited = Some(bytes);
        self
    }

    /// Waits a moment for an answer that must not come.
    pub(crate) fn unanswered(mut self) -> Self {
        self.patience = MOMENT;
        self
    }

    pub(crate) async fn connect(&self, simulator: &Simulator) -> TcpStream {
        let address = simulator.url().replace("http://", "");
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let authorization = match &self.key {
            None => format!("Bearer {}", simulator.key()),
            Some(value) => value.clone(),
        };
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {address}\r\n",
            self.method, self.path
        );
        if !authorization.is_empty() {
            head += &format!("Authorization: {authorization}\r\n");
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", self.body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&self.body).await.unwrap();
        stream
    }

    pub(crate) async fn send(&self, simulator: &Simulator) -> Answer {
        let mut stream = self.connect(simulator).await;
        let (bytes, end) = self.read_all(&mut stream).await;
        take_apart(&bytes, end)
    }

    /// The bytes as they are, for answers that are no HTTP.
    pub(crate) async fn send_raw(&self, simulator: &Simulator) -> (Vec<u8>, End) {
        let mut stream = self.connect(simulator).await;
        self.read_all(&mut stream).await
    }

    /// Reads until the answer is complete or its connection ends or is silent.
    async fn read_all(&self, stream: &mut TcpStream) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let framing = Framing::of(&bytes);
            if framing.as_ref().is_some_and(|framing| framing.complete) {
                return (bytes, End::Complete);
            }
            let body = framing.map(|framing| framing.body.len());
            let patience = if body < self.awaited {
                LONG
            } else {
                self.patience
            };
            match tokio::time::timeout(patience, stream.read(&mut buffer)).await {
                Err(_) => return (bytes, End::Silent),
                Ok(Ok(0)) => return (bytes, End::Closed),
                Ok(Ok(count)) => bytes.extend_from_slice(&buffer[..count]),
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => {
                    return (bytes, End::Reset);
                }
                Ok(Err(error)) => panic!("{error}"),
            }
        }
    }
}

fn take_apart(bytes: &[u8], end: End) -> Answer {
    let framing = Framing::of(bytes).unwrap_or_default();
    let head = String::from_utf8_lossy(&bytes[..framing.head]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Answer {
        status,
        framed: bytes[framing.head..].to_vec(),
        body: framing.body,
        chunks: framing.chunks,
        head,
        end,
    }
}

#[derive(Default)]
struct Framing {
    head: usize,
    body: Vec<u8>,
    chunks: Vec<usize>,
    complete: bool,
}

impl Framing {
    /// `None` while the head is not complete.
    fn of(bytes: &[u8]) -> Option<Self> {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let mut rest = &bytes[head..];
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map(|length| length.parse::<usize>().unwrap());
        if let Some(length) = length {
            return Some(Self {
                head,
                body: rest[..rest.len().min(length)].to_vec(),
                chunks: Vec::new(),
                complete: rest.len() >= length,
            });
        }
        assert!(text.contains("transfer-encoding: chunked"), "{text}");
        let (mut body, mut chunks) = (Vec::new(), Vec::new());
        let complete = loop {
            let Some(line) = rest.windows(2).position(|end| end == b"\r\n") else {
                break false;
            };
            let size = std::str::from_utf8(&rest[..line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            let data = &rest[line + 2..];
            body.extend_from_slice(&data[..data.len().min(size)]);
            if data.len() < size + 2 {
                break false;
            }
            assert_eq!(&data[size..size + 2], b"\r\n");
            if size == 0 {
                break true;
            }
            chunks.push(size);
            rest = &data[size + 2..];
        };
        Some(Self {
            head,
            body,
            chunks,
            complete,
        })
    }
}
