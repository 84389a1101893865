//! What can be made to go wrong, and the script that says when.
//!
//! A script is a list: the first entry that suits a request is used and counted. Entries that don't suit the route wait for one
//! that they do suit, so a fault for synthesis is not used up by a list of voices.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// The routes a fault can be aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// `POST /waves/v1/tts`
    Http,
    /// `POST /waves/v1/tts/live`
    Sse,
    /// A request on a socket that was opened with `GET /waves/v1/tts/live`
    WebSocket,
    /// `GET /waves/v1/tts/live`: the opening of a socket
    Upgrade,
    /// `GET /waves/v1/{model}/get_voices`
    Voices,
    /// `GET /waves/v1/voice/get-all-models`
    Models,
    /// `GET /previews/{id}.wav`, the simulator's own
    Preview,
    /// `/waves/v1/pronunciation-dicts`
    Dictionaries,
    /// `/waves/v1/voice-cloning`, to make, list and delete
    Cloning,
    /// `POST /waves/v1/stt/` and `POST /waves/v1/pulse/get_text`
    Transcription,
    /// `POST /waves/v1/chat/completions`
    Chat,
    /// `/waves/v1/analytics/…`
    Analytics,
    /// `GET /waves/v1/health`
    Health,
    /// `GET /atoms/v1/user/subscription`
    Subscription,
    /// Paths of models that are no more; answered with 410
    Retired,
    /// Anything else; answered with 404
    Unknown,
}

impl Route {
    pub(crate) fn is_synthesis(self) -> bool {
        matches!(self, Route::Http | Route::Sse | Route::WebSocket)
    }
}

/// How often a scripted fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// For one request.
    #[default]
    Once,
    /// For that many requests; zero is never.
    N(u32),
    /// Until [`clear_faults`](crate::Simulator::clear_faults).
    Always,
}

/// Something that goes wrong. Byte counts are bytes of the answer's body: for Server-Sent Events the text of the events, not the
/// audio in them; the framing of chunked transfer is not counted. On a socket they are bytes of the frames that answer the request, as
/// they lie on the wire.
///
/// On a socket an event is a frame, the end event is `complete`, and the answer is that to one request: the socket stays open unless
/// the fault says otherwise.
///
/// As JSON (for `POST /_sim/faults`) a fault is its name in snake case, alone or with its fields:
/// `"missing_end"`, `{"cut_after":{"bytes":1000}}`, `{"first_byte":500}` (times are milliseconds).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Any status with a body of the given shape. On a socket: an error frame of that shape.
    Status {
        /// The status code; outside 200–599 it becomes 500.
        status: u16,
        /// The value of `Retry-After`, if there shall be one.
        #[serde(default)]
        retry_after: Option<String>,
        /// What the body looks like.
        #[serde(default)]
        body: ErrorBody,
    },
    /// The answer, head and all, comes after this time. A day or more is never.
    FirstByte(#[serde(with = "milliseconds")] Duration),
    /// The request is taken and nothing is ever said; the connection stays open.
    NeverAnswers,
    /// After so many bytes nothing more comes; the connection stays open. A socket is half open from then on: it takes what is
    /// sent to it, and nothing it says arrives, no pong and no close frame either.
    SilenceAfter {
        /// Bytes of body that are still sent.
        bytes: usize,
    },
    /// After so many bytes the connection is closed, in the middle of a transfer chunk if that is where they end.
    CutAfter {
        /// Bytes of body that are still sent.
        bytes: usize,
    },
    /// As [`CutAfter`](Fault::CutAfter), but with a TCP reset.
    ResetAfter {
        /// Bytes of body that are still sent.
        bytes: usize,
    },
    /// The second event's audio is not base64 (SSE, socket).
    BadBase64,
    /// The second event is half a JSON object (SSE, socket, streamed chat).
    BadJson,
    /// All audio, then the answer ends properly but without the end event (SSE, socket, streamed chat).
    MissingEnd,
    /// The end event comes twice (SSE, socket).
    DuplicateEnd,
    /// After two events of audio comes one with an error, and the answer ends (SSE, socket; streamed chat: in place of its end). A text that starts with `{` or `[` is
    /// sent as the event's data as it is, any other becomes `{"error":"…"}`, or an error frame.
    ErrorEvent(String),
    /// The end comes before the last piece of audio (SSE, socket).
    WrongOrder,
    /// A pause before each piece of audio but the first.
    BetweenChunks(#[serde(with = "milliseconds")] Duration),
    /// Before each chunk comes a frame of a kind that nobody knows (socket).
    UnknownFrames,
    /// The server closes the socket with this code, before the audio is complete or in place of `complete` (socket).
    Close {
        /// The close code, 1000–4999.
        code: u16,
        /// The reason, at most 123 bytes.
        #[serde(default)]
        reason: String,
        /// Chunks that are still sent.
        #[serde(default)]
        chunks: usize,
    },
    /// 200 and nothing. On a socket: `complete` and nothing else.
    EmptyBody,
    /// 200 with `application/json` and an error in it. On a socket: an error without a status.
    JsonBody,
    /// 200 with the log-in page of a proxy.
    HtmlBody,
    /// Only so much audio, properly ended.
    ShortAudio {
        /// Milliseconds of audio that are sent.
        ms: u32,
    },
    /// A WAV header before the samples, whatever was asked for, which gives this as its number of bytes of samples.
    WavSizes(u32),
    /// A proper WAV file, whatever was asked for.
    WavHonest,
    /// The audio comes in pieces of odd numbers of bytes, so that samples lie across them.
    OddChunks,
    /// The body comes in small pieces with a pause after each.
    SlowDrip {
        /// Bytes in each piece, at least one.
        bytes: usize,
        /// The pause after each piece.
        #[serde(rename = "every_ms", with = "milliseconds")]
        every: Duration,
    },
    /// `Content-Length` differs from the body by so many bytes: with more the answer ends too early, with less it is cut off.
    WrongLength {
        /// Added to the true length.
        by: i64,
    },
    /// 307 to this address.
    Redirect {
        /// The value of `Location`.
        to: String,
    },
    /// Bytes that are no HTTP, then the end of the connection.
    NotHttp,
}

/// The shapes of error bodies known from this service and from what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorBody {
    /// What the service sends for that status on that route.
    #[default]
    Default,
    /// `{"error":[{code, path, message, received?, options?}]}`: two findings of the validator
    Issues,
    /// `{"error":"…","message":"…"}`
    StringAndMessage,
    /// `{"status":"error","error_code":"…","message":"…","request_id":"…"}`
    StatusErrorCode,
    /// `{"message":"…"}`
    MessageOnly,
    /// `{"error":"…"}`
    ErrorOnly,
    /// `{"error":{message, type, details, request_id}}`
    NestedMessage,
    /// `{"error":"…","details":[…]}`
    ErrorAndDetails,
    /// `{"error":"…","request_id":"…"}`
    ErrorAndRequestId,
    /// `{"error":"…","error_code":"…"}`
    ErrorAndCode,
    /// `{"status":"error","error_code":"…","message":"…","language":"…","region":"…"}`
    Region,
    /// `{"status":"error","message":"…","errors":"…"}`
    MessageAndErrors,
    /// `{"status":"error","error_code":"…","message":"…","recommended_endpoint":"…"}`
    Retired,
    /// A gateway's page.
    Html,
    /// A gateway's line.
    PlainText,
    /// Nothing.
    Empty,
}

impl ErrorBody {
    /// Every shape, for tests that go through all of them.
    pub const ALL: [ErrorBody; 16] = [
        ErrorBody::Default,
        ErrorBody::Issues,
        ErrorBody::StringAndMessage,
        ErrorBody::StatusErrorCode,
        ErrorBody::MessageOnly,
        ErrorBody::ErrorOnly,
        ErrorBody::NestedMessage,
        ErrorBody::ErrorAndDetails,
        ErrorBody::ErrorAndRequestId,
        ErrorBody::ErrorAndCode,
        ErrorBody::Region,
        ErrorBody::MessageAndErrors,
        ErrorBody::Retired,
        ErrorBody::Html,
        ErrorBody::PlainText,
        ErrorBody::Empty,
    ];
}

impl Fault {
    /// Whether the fault can happen on that route at all.
    pub(crate) fn suits(&self, route: Route) -> bool {
        match self {
            Fault::BadJson | Fault::MissingEnd | Fault::ErrorEvent(_) => {
                matches!(route, Route::Sse | Route::WebSocket | Route::Chat)
            }
            Fault::BadBase64 | Fault::DuplicateEnd | Fault::WrongOrder => {
                matches!(route, Route::Sse | Route::WebSocket)
            }
            Fault::UnknownFrames | Fault::Close { .. } => route == Route::WebSocket,
            Fault::ShortAudio { .. }
            | Fault::WavSizes(_)
            | Fault::OddChunks
            | Fault::BetweenChunks(_) => route.is_synthesis(),
            Fault::WavHonest => matches!(route, Route::Http | Route::Sse),
            Fault::WrongLength { .. } => !matches!(
                route,
                Route::Sse | Route::WebSocket | Route::Upgrade | Route::Chat
            ),
            Fault::Redirect { .. } => route != Route::WebSocket,
            Fault::CutAfter { .. }
            | Fault::ResetAfter { .. }
            | Fault::SilenceAfter { .. }
            | Fault::SlowDrip { .. } => route != Route::Upgrade,
            _ => true,
        }
    }
}

/// `X-Sim-Fault: <fault>[;times=N][;retry-after=S][;id=NAME]`: a status, the name of a fault, or a fault as JSON. On the opening of a
/// socket a status refuses it, and anything else happens to its requests.
#[derive(Debug, Clone)]
pub(crate) struct HeaderFault {
    pub(crate) fault: Fault,
    /// `None`: always.
    pub(crate) times: Option<u32>,
    /// Requests with the same are counted together.
    pub(crate) id: String,
}

impl HeaderFault {
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        let (mut fault, rest) = if value.starts_with('{') {
            let mut faults = serde_json::Deserializer::from_str(value).into_iter::<Fault>();
            let fault = faults.next()?.ok()?;
            (fault, value.get(faults.byte_offset()..)?)
        } else {
            let (name, rest) = value.split_once(';').unwrap_or((value, ""));
            let fault = match name.trim().parse::<u16>() {
                Ok(status) => Fault::Status {
                    status,
                    retry_after: None,
                    body: ErrorBody::Default,
                },
                Err(_) => serde_json::from_value(name.trim().into()).ok()?,
            };
            (fault, rest)
        };
        let (mut times, mut id) = (None, value);
        for part in rest.split(';') {
            match part.trim().split_once('=') {
                Some(("times", count)) => times = count.parse().ok(),
                Some(("retry-after", wait)) => {
                    if let Fault::Status { retry_after, .. } = &mut fault {
                        *retry_after = Some(wait.to_owned());
                    }
                }
                Some(("id", name)) => id = name,
                _ => {}
            }
        }
        Some(Self {
            fault,
            times,
            id: id.to_owned(),
        })
    }
}

/// The faults still to come.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<Vec<Scripted>>);

#[derive(Debug)]
struct Scripted {
    route: Option<Route>,
    fault: Fault,
    /// `None`: always.
    left: Option<u32>,
}

impl Script {
    pub(crate) fn add(&self, route: Option<Route>, fault: Fault, times: Times) {
        let left = match times {
            Times::Once => Some(1),
            Times::N(0) => return,
            Times::N(count) => Some(count),
            Times::Always => None,
        };
        self.lock().push(Scripted { route, fault, left });
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The fault for a request on this route, which is thereby used once.
    pub(crate) fn take(&self, route: Route) -> Option<Fault> {
        let mut script = self.lock();
        let position = script.iter().position(|scripted| {
            scripted.route.is_none_or(|wanted| wanted == route) && scripted.fault.suits(route)
        })?;
        let scripted = script.get_mut(position)?;
        let fault = scripted.fault.clone();
        if let Some(left) = &mut scripted.left {
            *left -= 1;
            if *left == 0 {
                script.remove(position);
            }
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Scripted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}
