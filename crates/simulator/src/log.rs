//! What was asked, for tests to read. A key is never in it: neither the configured one nor the one that was sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, Method, Uri, header};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::request::{Ask, but_for_text};

/// The oldest entries go when there are more than this, so that a simulator that runs for weeks does not grow.
const KEPT: usize = 10_000;

/// What stands in place of a key.
const NOT_KEPT: &str = "(not kept)";

/// Headers that carry secrets; their names are logged, their values are not.
const SECRET_HEADERS: [header::HeaderName; 3] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
];

/// One request to the API or for a preview. The opening of a socket is one, with status 101, and each request on it is one more. It is in the log from the moment its head has arrived, and filled in as the request
/// goes on: [`status`](LoggedRequest::status) is 0 until the answer begins.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// In capitals; `WS` for a request on a socket.
    pub method: String,
    /// Path and query, without any key in it.
    pub path: String,
    /// Names in lower case, in the order of arrival. The value of `authorization` is replaced.
    pub headers: Vec<(String, String)>,
    /// Whether there was an `Authorization` header at all.
    pub authorized: bool,
    /// Whether it held the key that the simulator accepts.
    pub key_matches: bool,
    /// Characters (Unicode scalar values) of `text`: what is paid for.
    pub characters: usize,
    /// The text to be spoken; empty on other routes.
    pub text: String,
    /// `voice_id` of the body.
    pub voice_id: Option<String>,
    /// `model` of the body, or of the path for lists of voices.
    pub model: Option<String>,
    /// `language` of the body.
    pub language: Option<String>,
    /// `speed` of the body.
    pub speed: Option<f64>,
    /// `sample_rate` of the body, in hertz.
    pub sample_rate: Option<u32>,
    /// `output_format` of the body.
    pub output_format: Option<String>,
    /// Every field of the body but `text`, as it was sent; of a text in several messages the newest value of each. Empty where the body is
    /// not a JSON object.
    pub fields: Map<String, Value>,
    /// The voice is not of the pool that the model names. The service accepts that and speaks with a wrong voice.
    pub mismatched_pool: bool,
    /// The `X-Request-Id` of the answer; empty until there is one.
    pub request_id: String,
    /// Status of the answer; 0 while there is none.
    pub status: u16,
    /// Whether the whole answer was sent.
    pub completed: bool,
    /// When the request arrived.
    #[serde(skip)]
    pub received_at: Instant,
    /// When it arrived, counted from the simulator's start.
    #[serde(rename = "received_after_ms", serialize_with = "as_milliseconds")]
    pub received_after: Duration,
}

impl LoggedRequest {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl LoggedRequest {
    /// Writes down what was asked, in order or not.
    pub(crate) fn note(&mut self, body: &Value, keys: &Keys<'_>) {
        let text_of = |name: &str| {
            body.get(name)
                .and_then(Value::as_str)
                .map(|text| keys.remove_from(text))
        };
        let text = body.get("text").and_then(Value::as_str).unwrap_or_default();
        self.characters = text.chars().count();
        self.text = keys.remove_from(text);
        self.voice_id = text_of("voice_id");
        self.model = text_of("model");
        self.language = text_of("language");
        self.speed = body.get("speed").and_then(Value::as_f64);
        self.sample_rate = body
            .get("sample_rate")
            .and_then(Value::as_u64)
            .and_then(|rate| u32::try_from(rate).ok());
        self.output_format = text_of("output_format");
        if let Value::Object(fields) = body {
            self.fields = keys.remove_from_fields(but_for_text(fields));
        }
    }

    /// Writes down what is spoken of a request on a socket, whose parts come one after another.
    pub(crate) fn speak(&mut self, ask: &Ask, keys: &Keys<'_>) {
        self.characters += ask.text.chars().count();
        self.text.push_str(&keys.remove_from(&ask.text));
        self.voice_id = Some(keys.remove_from(&ask.voice_id));
        self.model = Some(ask.model.to_owned());
        self.language = Some(ask.language.to_owned());
        self.speed = Some(ask.speed);
        self.sample_rate = Some(ask.rate);
        self.mismatched_pool = ask.mismatched_pool;
        self.fields = keys.remove_from_fields(ask.fields.clone());
    }
}

fn as_milliseconds<S: serde::Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64() * 1000.0)
}

#[derive(Debug)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
    changed: watch::Sender<u64>,
    started: Instant,
}

#[derive(Debug, Default)]
struct Entries {
    /// The number of the first entry in the list; entries are numbered from the start.
    first: usize,
    list: VecDeque<LoggedRequest>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            entries: Mutex::default(),
            changed: watch::Sender::new(0),
            started: Instant::now(),
        }
    }

    /// Writes a new entry down.
    pub(crate) fn begin(
        self: &Arc<Self>,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        keys: &Keys<'_>,
    ) -> Entry {
        let received_at = Instant::now();
        let request = LoggedRequest {
            method: method.to_string(),
            path: keys.remove_from_path(uri),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), keys.remove_from_header(name, value)))
                .collect(),
            authorized: headers.contains_key(header::AUTHORIZATION),
            key_matches: keys.sent == Some(keys.accepted),
            characters: 0,
            text: String::new(),
            voice_id: None,
            model: None,
            language: None,
            speed: None,
            sample_rate: None,
            output_format: None,
            fields: Map::new(),
            mismatched_pool: false,
            request_id: String::new(),
            status: 0,
            completed: false,
            received_at,
            received_after: received_at.duration_since(self.started),
        };
        self.add(request)
    }

    /// Writes down a request on a socket: it has the head of the socket's opening.
    pub(crate) fn begin_on_socket(self: &Arc<Self>, opening: &Entry) -> Entry {
        let received_at = Instant::now();
        let request = LoggedRequest {
            method: "WS".to_owned(),
            request_id: String::new(),
            status: 0,
            completed: false,
            received_at,
            received_after: received_at.duration_since(self.started),
            ..opening.head.as_ref().clone()
        };
        self.add(request)
    }

    fn add(self: &Arc<Self>, request: LoggedRequest) -> Entry {
        let head = Arc::new(request.clone());
        let id = {
            let mut entries = self.lock();
            entries.list.push_back(request);
            if entries.list.len() > KEPT {
                entries.list.pop_front();
                entries.first += 1;
            }
            entries.first + entries.list.len() - 1
        };
        self.tell();
        Entry {
            log: Arc::clone(self),
            id,
            head,
        }
    }

    pub(crate) fn snapshot(&self) -> Vec<LoggedRequest> {
        self.lock().list.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        {
            let mut entries = self.lock();
            entries.first += entries.list.len();
            entries.list.clear();
        }
        self.tell();
    }

    /// Returns as soon as there are so many entries.
    pub(crate) async fn wait_for(&self, count: usize) {
        let mut changes = self.changed.subscribe();
        while self.lock().list.len() < count {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Returns as soon as the log satisfies the condition. It is asked without the lock, so that it may look at the log itself.
    pub(crate) async fn wait_until(&self, mut condition: impl FnMut(&[LoggedRequest]) -> bool) {
        let mut changes = self.changed.subscribe();
        while !condition(&self.snapshot()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn tell(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle to fill in one entry. An entry that was cleared meanwhile is left alone.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    log: Arc<Log>,
    id: usize,
    /// As it was when it was new.
    head: Arc<LoggedRequest>,
}

impl Entry {
    pub(crate) fn update(&self, change: impl FnOnce(&mut LoggedRequest)) {
        {
            let mut entries = self.log.lock();
            let index = self.id.checked_sub(entries.first);
            if let Some(request) = index.and_then(|index| entries.list.get_mut(index)) {
                change(request);
            }
        }
        self.log.tell();
    }
}

/// The keys that must not get into the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys<'a> {
    pub(crate) accepted: &'a str,
    pub(crate) sent: Option<&'a str>,
}

impl Keys<'_> {
    pub(crate) fn remove_from(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // A word that somebody sent as a key is no secret, and may well be in a text.
        let sent = self.sent.filter(|key| key.len() >= 8);
        for key in [Some(self.accepted), sent].into_iter().flatten() {
            if !key.is_empty() {
                text = text.replace(key, NOT_KEPT);
            }
        }
        text
    }

    fn remove_from_fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let text = Value::Object(fields).to_string();
        // A key holds no character that JSON writes otherwise, and its stand-in none that would break it.
        serde_json::from_str(&self.remove_from(&text)).unwrap_or_default()
    }

    fn remove_from_header(
        &self,
        name: &header::HeaderName,
        value: &axum::http::HeaderValue,
    ) -> String {
        if SECRET_HEADERS.contains(name) {
            return NOT_KEPT.to_owned();
        }
        self.remove_from(&String::from_utf8_lossy(value.as_bytes()))
    }

    fn remove_from_path(&self, uri: &Uri) -> String {
        let Some(query) = uri.query() else {
            return self.remove_from(uri.path());
        };
        let query: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some(("token", _)) => format!("token={NOT_KEPT}"),
                _ => self.remove_from(pair),
            })
            .collect();
        format!("{}?{}", self.remove_from(uri.path()), query.join("&"))
    }
}
