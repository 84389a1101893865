//! `POST /tts` and `POST /tts/live`: the same speech, as one body or as Server-Sent Events.

use axum::{
    body::Body,
    http::{HeaderName, Response, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    audio::{Audio, Clock, EVENT_BYTES, PIECE_BYTES, sizes},
    errors,
    exchange::{Exchange, Gone, Outlet},
    fault::{Fault, Route},
    formats::{Format, wav_header},
    request::Ask,
    server::Slot,
};

/// Answers a request that is in order and has its slot.
pub(crate) async fn answer(mut exchange: Exchange, ask: Ask, slot: Slot) -> Response<Body> {
    exchange.headers.extend([
        (
            HeaderName::from_static("x-session-id"),
            Uuid::new_v4().to_string(),
        ),
        (
            HeaderName::from_static("x-external-session-id"),
            ask.session_id.clone(),
        ),
        (
            HeaderName::from_static("x-external-request-id"),
            ask.request_id.clone(),
        ),
    ]);
    let sse = exchange.route == Route::Sse;
    // Events carry raw samples whatever format was asked for.
    let asked = if sse { Format::Pcm } else { ask.format };
    let header = match exchange.fault {
        Some(Fault::WavSizes(bytes)) => Header::Says(bytes),
        Some(Fault::WavHonest) => Header::Honest,
        _ if asked == Format::Wav || (asked == Format::Pcm && ask.wav_header && !sse) => {
            Header::Honest
        }
        _ => Header::None,
    };
    let format = if header == Header::None {
        asked
    } else {
        Format::Pcm
    };
    let mut audio = Audio::new(&exchange.state, &ask, format);
    if let Some(Fault::ShortAudio { ms }) = exchange.fault {
        audio.samples_left = (u64::from(ms) * u64::from(ask.rate) / 1000) as usize;
    }
    // The first sound decides between an answer and an error; all of it is needed for a true length.
    let whole =
        header == Header::Honest || matches!(exchange.fault, Some(Fault::WrongLength { .. }));
    if let Err(error) = audio.gather(if whole { usize::MAX } else { 1 }).await {
        return could_not_speak(&mut exchange, &error);
    }
    match header {
        Header::None => {}
        Header::Says(bytes) => audio.prepend(&wav_header(ask.rate, bytes)),
        Header::Honest => {
            let bytes = u32::try_from(audio.ready.len()).unwrap_or(u32::MAX);
            audio.prepend(&wav_header(ask.rate, bytes));
        }
    }

    let length = (whole && !sse).then_some(audio.ready.len());
    let content_type = if sse {
        exchange
            .headers
            .push((header::CACHE_CONTROL, "no-cache".to_owned()));
        "text/event-stream"
    } else {
        // The service labels every format like this.
        "audio/wav"
    };
    exchange.state.ledger.spoke(&ask, false);
    let (outlet, response) = exchange.begin(200, content_type, length);
    let transmission = Transmission {
        outlet,
        audio,
        sizes: sizes(
            if sse { EVENT_BYTES } else { PIECE_BYTES },
            matches!(exchange.fault, Some(Fault::OddChunks)),
        ),
        bytes_per_second: format.byte_rate(ask.rate),
        pace: exchange.state.tuning().pace,
        fault: exchange.fault.take(),
        slot,
    };
    tokio::spawn(async move {
        // Whether the consumer stayed to the end is in the log.
        let _ = if sse {
            transmission.send_events().await
        } else {
            transmission.send_body().await
        };
    });
    response
}

fn could_not_speak(exchange: &mut Exchange, error: &std::io::Error) -> Response<Body> {
    let body = errors::Body::json(&json!({
        "status": "error", "error_code": "SYNTHESIS_FAILED", "request_id": exchange.request_id,
        "message": error.to_string(),
    }));
    exchange.whole(500, body.content_type, body.bytes)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    None,
    /// With this number of bytes, true or not.
    Says(u32),
    Honest,
}

/// An answer that is being sent.
struct Transmission {
    outlet: Outlet,
    audio: Audio,
    sizes: Box<dyn Iterator<Item = usize> + Send>,
    bytes_per_second: f64,
    pace: Option<f64>,
    fault: Option<Fault>,
    slot: Slot,
}

impl Transmission {
    async fn send_body(mut self) -> Result<(), Gone> {
        let mut clock = Clock::start(self.pace, self.bytes_per_second);
        let mut index = 0;
        loop {
            let piece = match self
                .audio
                .piece(self.sizes.next().unwrap_or(PIECE_BYTES))
                .await
            {
                Ok(piece) => piece,
                Err(error) => {
                    self.outlet.fail(error).await;
                    return Err(Gone);
                }
            };
            self.wait_for(clock.due(piece.len()), index).await?;
            index += 1;
            if self.audio.all_given() {
                // Whoever has read the last byte may ask again at once.
                drop(self.slot);
                return self.outlet.finish(piece.into()).await;
            }
            self.outlet.send(piece.into()).await?;
        }
    }

    async fn send_events(mut self) -> Result<(), Gone> {
        let mut clock = Clock::start(self.pace, self.bytes_per_second);
        let mut index = 0;
        let mut held_back = None;
        loop {
            let piece = match self
                .audio
                .piece(self.sizes.next().unwrap_or(EVENT_BYTES))
                .await
            {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => piece,
                Err(error) => {
                    self.outlet.fail(error).await;
                    return Err(Gone);
                }
            };
            self.wait_for(clock.due(piece.len()), index).await?;
            let event = match self.fault {
                Some(Fault::BadBase64) if index == 1 => bad_base64(&piece),
                Some(Fault::BadJson) if index == 1 => bad_json(&piece),
                Some(Fault::ErrorEvent(_)) if index == 2 => break,
                Some(Fault::WrongOrder) => {
                    held_back.replace(audio_event(&piece)).unwrap_or_default()
                }
                _ => audio_event(&piece),
            };
            self.outlet.send(event.into()).await?;
            index += 1;
        }
        // Whoever has seen the end may ask again at once.
        drop(self.slot);
        let end = match &self.fault {
            Some(Fault::MissingEnd) => String::new(),
            Some(Fault::DuplicateEnd) => END_EVENT.repeat(2),
            Some(Fault::ErrorEvent(text)) => error_event(text),
            Some(Fault::WrongOrder) => END_EVENT.to_owned() + &held_back.unwrap_or_default(),
            // Short audio had no second event to spoil.
            Some(Fault::BadBase64) if index < 2 => bad_base64(&[0; 3]) + END_EVENT,
            Some(Fault::BadJson) if index < 2 => bad_json(&[0; 3]) + END_EVENT,
            _ => END_EVENT.to_owned(),
        };
        self.outlet.finish(end.into()).await
    }

    /// Until the piece with this number is due.
    async fn wait_for(&mut self, mut due: Instant, index: usize) -> Result<(), Gone> {
        if let (Some(Fault::BetweenChunks(between)), 1..) = (&self.fault, index) {
            due = due.max(Instant::now() + *between);
        }
        self.outlet.wait_until(due).await
    }
}

const END_EVENT: &str = "data: {\"status\":\"200\",\"done\":true}\n\n";

fn audio_event(audio: &[u8]) -> String {
    let audio = STANDARD.encode(audio);
    format!("event: audio\ndata: {{\"audio\":\"{audio}\",\"done\":false,\"status\":\"206\"}}\n\n")
}

fn bad_base64(audio: &[u8]) -> String {
    let mut audio = STANDARD.encode(audio);
    audio.replace_range(1..3, "*!");
    format!("event: audio\ndata: {{\"audio\":\"{audio}\",\"done\":false,\"status\":\"206\"}}\n\n")
}

fn bad_json(audio: &[u8]) -> String {
    let audio = STANDARD.encode(audio);
    format!("event: audio\ndata: {{\"audio\":\"{audio}\n\n")
}

fn error_event(text: &str) -> String {
    if text.starts_with(['{', '[']) {
        format!("data: {text}\n\n")
    } else {
        format!("data: {}\n\n", json!({ "error": text }))
    }
}
