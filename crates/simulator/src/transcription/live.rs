//! `GET /stt/live`: transcription while the sound still comes, section 13.6 of the contract. What the contract leaves open is decided
//! here like this:
//!
//! - There are no texts that may still change: every one is final.
//! - A text comes when a pause follows what was understood, or when the client asks for it. What is not understood at a pause waits for
//!   more: it may be the first half of something longer.
//! - A socket on which nobody says anything is closed, as that of speech is.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::ws::{CloseFrame, Message as Frame, WebSocket},
    http::{Response, request::Parts},
};
use serde_json::{Value, json};

use super::{Asked, Heard, Path, Transcript, recognise};
use crate::{
    decode::{Sound, raw},
    exchange::{Exchange, Gone},
    live,
    server::State,
};

/// A socket on which nobody says anything is closed after this time.
const IDLE: Duration = Duration::from_secs(60);
/// The largest message that is read, in bytes.
const LARGEST_MESSAGE: usize = 1 << 20;
/// Sound that may wait to be understood, in samples: ten minutes at 48 kHz.
const MOST_WAITING: usize = 48_000 * 600;
/// Silence after which a text is final, in milliseconds, unless the client says otherwise.
const USUAL_PAUSE: u64 = 600;
/// What is quieter is silence, of the 32768 of a sample.
const QUIET: u16 = 64;

/// Answers a request to upgrade, whose key is right.
pub(crate) async fn answer(
    mut exchange: Exchange,
    mut head: Parts,
    query: Vec<(String, String)>,
) -> Response<Body> {
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    let wish = match Wish::read(&query) {
        Ok(wish) => wish,
        Err(message) => {
            let error = Path::Stt.error(&message, &exchange.request_id);
            return exchange.json(400, &error);
        }
    };
    let upgrade = match live::opening(&mut exchange, &mut head).await {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal,
    };
    let (request_id, headers) = (exchange.request_id.clone(), exchange.headers.clone());
    let response = upgrade
        .max_message_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| async move {
            let mut ended = exchange.state.ended.subscribe();
            tokio::select! {
                () = converse(socket, exchange, wish) => {}
                // The simulator is gone, and its connections with it.
                _ = ended.wait_for(|ended| *ended) => {}
            }
        });
    live::opened(response, request_id, headers)
}

/// What the query asks for.
struct Wish {
    asked: Asked,
    encoding: String,
    /// Whether the beginning and the end of speech are told.
    events: bool,
    /// Whether a pause makes a text final.
    at_pauses: bool,
    pause: Duration,
    utterances: bool,
}

impl Wish {
    fn read(query: &[(String, String)]) -> Result<Self, String> {
        let value = |name: &str| {
            let mut pairs = query.iter().filter(|(known, _)| known == name);
            pairs.next().map(|(_, value)| value.as_str())
        };
        let flag = |name: &str, usual: bool| value(name).map_or(usual, |text| text == "true");
        // A stream may ask that its language be found out.
        let known: Vec<(String, String)> = query
            .iter()
            .filter(|(name, value)| !(name == "language" && value == "multi"))
            .cloned()
            .collect();
        let mut asked = Asked::read(
            if known.len() == query.len() {
                Path::Stt
            } else {
                Path::GetText
            },
            &known,
        )?;
        if asked.pro || value("model") == Some("pulse-pro") {
            return Err("Model 'pulse-pro' does not support streaming. Use pulse.".to_owned());
        }
        let encoding = asked.encoding.take();
        let encoding = encoding.unwrap_or_else(|| "linear16".to_owned());
        if raw(&[], &encoding, asked.rate).is_none() {
            return Err(format!(
                "Invalid encoding: {encoding}. Supported values: linear16 | linear32 | mulaw | alaw."
            ));
        }
        let pause = value("endpointing_timeout").and_then(|pause| pause.parse().ok());
        Ok(Self {
            encoding,
            events: flag("vad_events", false),
            at_pauses: flag("endpointing", true),
            pause: Duration::from_millis(pause.unwrap_or(USUAL_PAUSE)),
            utterances: flag("sentence_timestamps", false),
            asked,
        })
    }
}

async fn converse(mut socket: WebSocket, exchange: Exchange, wish: Wish) {
    let Some(place) = exchange.state.socket_place() else {
        let _ = socket
            .send(closing(1008, "Concurrency limit exceeded"))
            .await;
        return;
    };
    exchange.entry.update(|request| request.status = 101);
    let mut session = Session {
        id: format!("stt_{}", exchange.request_id),
        state: Arc::clone(&exchange.state),
        rest: Vec::new(),
        sound: Vec::new(),
        before: 0,
        quiet: 0,
        speaking: false,
        texts: Vec::new(),
        wish,
    };
    let over = session.run(&mut socket).await;
    let mut line = session.wish.asked.log_line(&exchange.request_id);
    line["request_type"] = json!("ws");
    line["duration"] = json!(session.seconds(session.before + session.sound.len()));
    line["transcription"] = json!(session.texts.join(" "));
    exchange.state.ledger.transcribed(line);
    drop(place);
    let Ok(code) = over else {
        return;
    };
    exchange.entry.update(|request| request.completed = true);
    if let Some(code) = code {
        let _ = socket.send(closing(code, "")).await;
    }
    // The other side answers the close frame; one that sends for ever is not listened to.
    let _ = tokio::time::timeout(live::FAREWELL, async {
        while let Some(Ok(_)) = socket.recv().await {}
    })
    .await;
}

fn closing(code: u16, reason: &str) -> Frame {
    Frame::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }))
}

/// Why a text is final.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Because {
    Pause,
    Asked,
    Last,
}

/// One socket.
struct Session {
    id: String,
    state: Arc<State>,
    wish: Wish,
    /// Bytes of a sample that has not yet come whole.
    rest: Vec<u8>,
    /// What is not understood yet.
    sound: Vec<i16>,
    /// Samples before those.
    before: usize,
    /// Silent samples at the end.
    quiet: usize,
    speaking: bool,
    texts: Vec<String>,
}

impl Session {
    /// Returns when there is no more to say: with the code to close the socket with, if the client has not done so.
    async fn run(&mut self, socket: &mut WebSocket) -> Result<Option<u16>, Gone> {
        loop {
            let Ok(frame) = tokio::time::timeout(IDLE, socket.recv()).await else {
                let message = format!(
                    "Connection timed out after {} seconds of inactivity",
                    IDLE.as_secs()
                );
                self.fail(socket, 408, &message).await?;
                return Ok(Some(1000));
            };
            match frame {
                Some(Ok(Frame::Binary(bytes))) => {
                    if self.sound.len() + bytes.len() > MOST_WAITING {
                        let message = "Too much audio is waiting on this connection";
                        self.fail(socket, 413, message).await?;
                        return Ok(Some(1009));
                    }
                    self.hear(socket, &bytes).await?;
                }
                Some(Ok(Frame::Text(text))) => {
                    let order = serde_json::from_str::<Value>(&text).unwrap_or_default();
                    match order["type"].as_str() {
                        Some("finalize") => self.finish(socket, Because::Asked).await?,
                        Some("close_stream") => {
                            self.finish(socket, Because::Last).await?;
                            return Ok(Some(1000));
                        }
                        Some("keepalive") => self.say(socket, json!({ "type": "pong" })).await?,
                        _ => {
                            let message = "Unknown message. Supported values: finalize | close_stream | keepalive.";
                            self.fail(socket, 400, message).await?;
                        }
                    }
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                Some(Ok(Frame::Close(_))) => return Ok(None),
                Some(Err(_)) | None => return Err(Gone),
            }
        }
    }

    async fn hear(&mut self, socket: &mut WebSocket, bytes: &[u8]) -> Result<(), Gone> {
        self.rest.extend_from_slice(bytes);
        let width = match self.wish.encoding.as_str() {
            "linear16" => 2,
            "linear32" => 4,
            _ => 1,
        };
        let whole = self.rest.len() - self.rest.len() % width;
        let taken: Vec<u8> = self.rest.drain(..whole).collect();
        let Some(sound) = raw(&taken, &self.wish.encoding, self.wish.asked.rate) else {
            return Ok(());
        };
        for look in sound.samples.chunks(sound.rate as usize / 50 + 1) {
            self.sound.extend_from_slice(look);
            let loud = |sample: &i16| sample.unsigned_abs() >= QUIET;
            match look.iter().rposition(loud) {
                Some(last) => {
                    self.quiet = look.len() - 1 - last;
                    if !self.speaking {
                        self.speaking = true;
                        self.tell(socket, "speech_started").await?;
                    }
                }
                None => self.quiet += look.len(),
            }
            let pause = self.wish.pause.as_secs_f64();
            if self.speaking && self.seconds(self.quiet) >= pause {
                if self.wish.at_pauses {
                    self.finish(socket, Because::Pause).await?;
                }
                self.end_speech(socket).await?;
            }
        }
        Ok(())
    }

    /// Says what was understood since the last time.
    async fn finish(&mut self, socket: &mut WebSocket, because: Because) -> Result<(), Gone> {
        let sound = Sound {
            rate: self.wish.asked.rate,
            samples: std::mem::take(&mut self.sound),
        };
        let state = Arc::clone(&self.state);
        let heard = tokio::task::spawn_blocking(move || {
            let heard = understood(&state, &sound);
            (heard, sound.samples)
        });
        let Ok((heard, samples)) = heard.await else {
            return Err(Gone);
        };
        if because == Because::Pause && heard.as_ref().is_none_or(Vec::is_empty) {
            self.sound = samples;
            return Ok(());
        }
        let begin = self.seconds(self.before);
        let transcript = Transcript::of(&heard, self.seconds(samples.len())).later(begin);
        self.before += samples.len();
        let asked = &self.wish.asked;
        let mut frame = json!({
            "type": "transcription", "session_id": self.id, "status": "success", "language": asked.language,
            "transcript": transcript.text, "transcription": transcript.text,
            "is_final": true, "is_last": because == Because::Last,
        });
        match because {
            Because::Pause => frame["speech_final"] = json!(true),
            Because::Asked => frame["from_finalize"] = json!(true),
            Because::Last => {}
        }
        if asked.words {
            frame["words"] = transcript.words(asked.diarize);
        }
        if self.wish.utterances {
            frame["utterances"] = transcript.utterances(asked.diarize);
        }
        if !transcript.text.is_empty() {
            self.texts.push(transcript.text);
        }
        self.say(socket, frame).await?;
        self.end_speech(socket).await
    }

    /// After its text, which would otherwise seem to begin another speech.
    async fn end_speech(&mut self, socket: &mut WebSocket) -> Result<(), Gone> {
        if !std::mem::take(&mut self.speaking) {
            return Ok(());
        }
        self.tell(socket, "speech_ended").await
    }

    /// The beginning or the end of speech, for who wants to know.
    async fn tell(&self, socket: &mut WebSocket, event: &str) -> Result<(), Gone> {
        if !self.wish.events {
            return Ok(());
        }
        let at = self.seconds(self.before + self.sound.len() - self.quiet);
        let frame =
            json!({ "type": event, "session_id": self.id, "timestamp": super::rounded(at) });
        self.say(socket, frame).await
    }

    async fn fail(&self, socket: &mut WebSocket, status: u16, message: &str) -> Result<(), Gone> {
        self.say(
            socket,
            json!({ "type": "error", "status": status, "message": message }),
        )
        .await
    }

    async fn say(&self, socket: &mut WebSocket, frame: Value) -> Result<(), Gone> {
        send(socket, Frame::Text(frame.to_string().into())).await
    }

    fn seconds(&self, samples: usize) -> f64 {
        samples as f64 / f64::from(self.wish.asked.rate)
    }
}

/// What of this sound was made here; nothing at all is understood without a word.
fn understood(state: &State, sound: &Sound) -> Heard {
    if sound.samples.is_empty() {
        return Some(Vec::new());
    }
    recognise(state, sound)
}

async fn send(socket: &mut WebSocket, frame: Frame) -> Result<(), Gone> {
    socket.send(frame).await.map_err(|_| Gone)
}
