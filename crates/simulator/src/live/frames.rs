//! The frames that the server sends, as text: section 6.3 of the contract.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{
    errors,
    fault::{ErrorBody, Route},
    speech::Word,
};

/// What every frame of a request says about whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    /// The same for the whole connection.
    pub(crate) session: String,
    /// The server's own, new for each request.
    pub(crate) request: String,
    /// The caller's; empty if there is none.
    pub(crate) external_session: String,
    pub(crate) external_request: String,
}

impl Ids {
    pub(crate) fn chunk(&self, audio: &[u8]) -> String {
        self.frame(
            "chunk",
            json!({ "data": { "audio": STANDARD.encode(audio) } }),
        )
    }

    pub(crate) fn bad_base64(&self, audio: &[u8]) -> String {
        let mut audio = STANDARD.encode(audio);
        audio.replace_range(1..3, "*!");
        self.frame("chunk", json!({ "data": { "audio": audio } }))
    }

    pub(crate) fn bad_json(&self, audio: &[u8]) -> String {
        let mut frame = self.chunk(audio);
        frame.truncate(frame.len() - 3);
        frame
    }

    /// `id` counts the words of the request from 0.
    pub(crate) fn word(&self, word: &Word, id: usize) -> String {
        // Whole milliseconds, as people write times.
        let seconds = |time: f64| (time * 1000.0).round() / 1000.0;
        self.frame(
            "word_timestamp",
            json!({ "data": {
                "id": id, "word": word.text, "start": seconds(word.start), "end": seconds(word.end),
            } }),
        )
    }

    pub(crate) fn complete(&self) -> String {
        self.frame("complete", json!({}))
    }

    /// As the service sends it; other spellings are in [`refusal`](Self::refusal).
    pub(crate) fn error(&self, message: &str, code: &str) -> String {
        self.frame("error", json!({ "message": message, "error_code": code }))
    }

    /// The error for a status, in any of the shapes. Those that are no JSON object come as they are.
    pub(crate) fn refusal(&self, shape: ErrorBody, status: u16) -> String {
        let (message, code) = (errors::message(status), errors::code(status));
        match shape {
            ErrorBody::Default => self.error(message, code),
            ErrorBody::NestedMessage => self.frame(
                "error",
                json!({ "error": { "message": message, "code": code } }),
            ),
            _ => {
                let body = errors::body(shape, status, Route::WebSocket, &self.request);
                match serde_json::from_slice::<Value>(&body.bytes) {
                    Ok(extra @ Value::Object(_)) => self.frame("error", extra),
                    _ => String::from_utf8_lossy(&body.bytes).into_owned(),
                }
            }
        }
    }

    /// A status and keys that no client can know, which is no reason to stumble.
    pub(crate) fn unknown(&self) -> String {
        self.frame(
            "telemetry",
            json!({ "data": { "queue": [1, 2, null] }, "audio": false, "done": "no" }),
        )
    }

    fn frame(&self, status: &str, extra: Value) -> String {
        let mut frame = Map::new();
        frame.insert("session_id".into(), json!(self.session));
        frame.insert("request_id".into(), json!(self.request));
        for (name, id) in [
            ("external_session_id", &self.external_session),
            ("external_request_id", &self.external_request),
        ] {
            if !id.is_empty() {
                frame.insert(name.into(), json!(id));
            }
        }
        frame.insert("status".into(), json!(status));
        if let Value::Object(extra) = extra {
            frame.extend(extra);
        }
        Value::Object(frame).to_string()
    }
}
