//! A speech answer as a stream of events, the same for every transport.
//!
//! Every stream settles: with [`SpeechEvent::End`] after a proven end, or with one error after
//! which it is over. What proves the end is the length or the last chunk of the HTTP answer, or
//! the end event of Server-Sent Events; anything else is [`ErrorKind::Truncated`].

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::error_body;
use crate::pcm::{NotPcm, PcmDecoder};
use crate::sse::{SseEvent, SseParser};
use crate::{ApiKey, Error, ErrorKind, SampleRate};

/// Longest event of an SSE answer: over a minute of speech at 44.1 kHz; real ones hold 20 ms.
const LONGEST_EVENT: usize = 8 << 20;

/// What arrives while speech is made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SpeechEvent {
    /// The next samples: mono, signed 16 bit, at [`SpeechStream::rate`]. Never empty.
    Audio(Vec<i16>),
    /// When a word is spoken. HTTP and SSE carry none.
    Word(WordTiming),
    /// The whole speech has arrived; nothing follows.
    End(SpeechEnd),
}

/// One word of the text and when it is heard.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WordTiming {
    /// As written in the text.
    pub word: String,
    /// From the start of this speech.
    pub start: Duration,
    /// From the start of this speech.
    pub end: Duration,
}

/// What a complete speech amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpeechEnd {
    /// Samples of all [`SpeechEvent::Audio`] together.
    pub samples: u64,
}

/// Speech while it arrives. Dropping it cancels the request.
///
/// Ends after [`SpeechEvent::End`] or the first error. A consumer may take its time: time in
/// which nobody asks for the next event does not count against the service.
pub struct SpeechStream {
    request_id: Option<String>,
    rate: SampleRate,
    events: Pin<Box<dyn Stream<Item = Result<SpeechEvent, Error>> + Send>>,
}

impl SpeechStream {
    /// The id that the service gave this request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The rate of the samples: the one that was asked for.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    pub(crate) fn new(answer: SpeechAnswer) -> SpeechStream {
        let request_id = answer.request_id.clone();
        let rate = answer.rate;
        let reading = Reading {
            decoder: PcmDecoder::new(rate.hz()),
            samples: 0,
            longest: u64::from(rate.hz()) * longest_seconds(answer.characters),
            patience: Patience {
                left: answer.first_byte,
                silence: answer.silence,
                enough: u64::from(rate.hz()) / 50,
                gained: 0,
                begun: false,
            },
            answer,
            over: false,
        };
        let events = stream::unfold(reading, |mut reading| async move {
            let events = reading.next().await?;
            Some((stream::iter(events), reading))
        });
        SpeechStream {
            request_id,
            rate,
            events: Box::pin(events.flatten()),
        }
    }
}

impl Stream for SpeechStream {
    type Item = Result<SpeechEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(context)
    }
}

impl fmt::Debug for SpeechStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeechStream")
            .field("request_id", &self.request_id)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

/// The bytes of an answer as they arrive.
pub(crate) type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// An answer whose status and type promise speech.
pub(crate) struct SpeechAnswer {
    pub(crate) body: Body,
    pub(crate) framing: Framing,
    pub(crate) rate: SampleRate,
    /// Characters of the text, which limit how long the speech can be.
    pub(crate) characters: usize,
    pub(crate) request_id: Option<String>,
    /// What is left of the wait for the first sound.
    pub(crate) first_byte: Duration,
    pub(crate) silence: Duration,
    /// To take it out of messages, should the service repeat it.
    pub(crate) key: ApiKey,
}

/// How audio is put into the body.
pub(crate) enum Framing {
    /// The body is the audio; `delimited` when a length or chunks tell where it ends.
    Bare { delimited: bool },
    /// Server-Sent Events with base64.
    Events(SseParser),
}

impl Framing {
    pub(crate) fn events() -> Framing {
        Framing::Events(SseParser::new(LONGEST_EVENT))
    }
}

/// No speech is longer than this for so many characters: half speed and one digit a character
/// stay well below. A bound for consumers that collect, and against answers that never end.
fn longest_seconds(characters: usize) -> u64 {
    60 + characters as u64 * 3 / 2
}

/// How long the service may still keep us waiting. Only time in which the consumer wants an event
/// counts, and only real progress (20 ms of sound) renews it: neither comments, however many,
/// nor single bytes keep a dead answer alive.
struct Patience {
    left: Duration,
    silence: Duration,
    /// Samples that count as progress.
    enough: u64,
    gained: u64,
    begun: bool,
}

impl Patience {
    fn passed(&mut self, time: Duration, samples: u64) {
        self.gained += samples;
        if self.gained >= self.enough {
            self.gained = 0;
            self.begun = true;
            self.left = self.silence;
        } else {
            self.left = self.left.saturating_sub(time);
        }
    }

    fn timed_out(&self) -> Error {
        Error::new(
            ErrorKind::TimedOut,
            match self.begun {
                false => "no sound arrived in time".to_owned(),
                true => format!("no more sound for {:?}", self.silence),
            },
        )
    }
}

/// The state between two events.
struct Reading {
    answer: SpeechAnswer,
    decoder: PcmDecoder,
    /// Given out so far.
    samples: u64,
    /// More samples than this are no speech.
    longest: u64,
    patience: Patience,
    over: bool,
}

impl Reading {
    /// The next one or two events; `None` once the stream is over.
    async fn next(&mut self) -> Option<Vec<Result<SpeechEvent, Error>>> {
        if self.over {
            return None;
        }
        let mut samples = Vec::new();
        let settled = loop {
            match self.read(&mut samples).await {
                Ok(false) if samples.is_empty() => {}
                Ok(false) => break None,
                Ok(true) => break Some(Ok(())),
                Err(error) => break Some(Err(error)),
            }
        };
        let mut events = Vec::with_capacity(2);
        if !samples.is_empty() {
            self.samples += samples.len() as u64;
            events.push(Ok(SpeechEvent::Audio(samples)));
        }
        if let Some(settled) = settled {
            self.over = true;
            events.push(settled.and_then(|()| self.end()).map_err(|error| {
                let error = error
                    .with_request_id(self.answer.request_id.as_deref())
                    .without_key(&self.answer.key);
                tracing::debug!(kind = ?error.kind(), request_id = error.request_id(), "speech failed");
                error
            }));
            // Give the connection back, or close it, now rather than when the consumer lets go.
            let body = std::mem::replace(&mut self.answer.body, Box::pin(stream::empty()));
            if events.last().is_some_and(Result::is_ok) {
                release(body);
            }
        }
        Some(events)
    }

    /// Reads one piece of the body. `Ok(true)` once the end is proved.
    async fn read(&mut self, samples: &mut Vec<i16>) -> Result<bool, Error> {
        let started = Instant::now();
        let piece = tokio::time::timeout(self.patience.left, self.answer.body.next())
            .await
            .map_err(|_| self.patience.timed_out())?;
        let before = samples.len();
        let mut ended = match piece {
            Some(Ok(piece)) => self.take(&piece, samples),
            Some(Err(error)) => Err(broken(error)),
            None => self.close(samples).map(|()| true),
        };
        if let Ok(true) = ended {
            ended = self
                .decoder
                .finish(samples)
                .map_err(not_speech)
                .map(|()| true);
        }
        let gained = (samples.len() - before) as u64;
        self.patience.passed(started.elapsed(), gained);
        if self.samples + samples.len() as u64 > self.longest {
            return Err(Error::new(
                ErrorKind::Protocol,
                "more audio than the text can have",
            ));
        }
        match ended {
            // Whatever keeps coming, it is not sound.
            Ok(false) if self.patience.left.is_zero() => Err(self.patience.timed_out()),
            ended => ended,
        }
    }

    fn take(&mut self, piece: &[u8], samples: &mut Vec<i16>) -> Result<bool, Error> {
        match &mut self.answer.framing {
            Framing::Bare { .. } => {
                self.decoder.push(piece, samples).map_err(not_speech)?;
                Ok(false)
            }
            Framing::Events(parser) => {
                let mut events = Vec::new();
                let parsed = parser.push(piece, &mut events);
                for event in &events {
                    if take_event(event, &mut self.decoder, samples)? {
                        return Ok(true);
                    }
                }
                parsed.map_err(|_| Error::new(ErrorKind::Protocol, "an endless event"))?;
                Ok(false)
            }
        }
    }

    /// The body is over without an error of the connection.
    fn close(&mut self, samples: &mut Vec<i16>) -> Result<(), Error> {
        match &mut self.answer.framing {
            Framing::Bare { delimited: true } => Ok(()),
            Framing::Bare { delimited: false } => Err(Error::new(
                ErrorKind::Truncated,
                "the connection was closed, and nothing tells whether that was the end",
            )),
            Framing::Events(parser) => match parser.finish() {
                Some(event) if is_end(&event) => {
                    take_event(&event, &mut self.decoder, samples).map(|_| ())
                }
                _ => Err(Error::new(ErrorKind::Truncated, "the end event is missing")),
            },
        }
    }

    /// The end is proved: is what came before it speech?
    fn end(&self) -> Result<SpeechEvent, Error> {
        let samples = self.samples;
        if samples * 20 < u64::from(self.answer.rate.hz()) {
            return Err(Error::new(
                ErrorKind::NoSpeech,
                format!("{samples} samples"),
            ));
        }
        Ok(SpeechEvent::End(SpeechEnd { samples }))
    }
}

/// What an event of the service holds. Unknown keys may come.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    audio: Option<Cow<'a, str>>,
    #[serde(default)]
    done: Value,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    message: Value,
}

impl Payload<'_> {
    /// Every chunk has a `done` key too: only `true` ends the speech.
    fn is_end(&self) -> bool {
        self.done == true
    }

    /// Errors in the middle of an answer are not documented, so anything that reads like one is.
    fn is_error(&self) -> bool {
        !self.error.is_null()
            || self.status == "error"
            || error_body::status_in(&self.status).is_some()
            || (!self.message.is_null() && self.audio.is_none() && !self.is_end())
    }
}

/// Takes the sound out of one event. `Ok(true)` when it is the end event.
fn take_event(
    event: &SseEvent,
    decoder: &mut PcmDecoder,
    samples: &mut Vec<i16>,
) -> Result<bool, Error> {
    if event.event.eq_ignore_ascii_case("error") {
        return Err(error_body::read_event(&event.data));
    }
    if event.data.trim().is_empty() {
        return Ok(false);
    }
    let payload: Payload = serde_json::from_str(&event.data).map_err(|error| {
        Error::new(ErrorKind::Protocol, "an event that can't be read").with_source(error)
    })?;
    if payload.is_error() {
        return Err(error_body::read_event(&event.data));
    }
    if let Some(audio) = &payload.audio {
        let bytes = BASE64.decode(audio.as_bytes()).map_err(|error| {
            Error::new(ErrorKind::Protocol, "invalid base64").with_source(error)
        })?;
        decoder.push(&bytes, samples).map_err(not_speech)?;
    }
    Ok(payload.is_end())
}

/// Whether an event whose closing blank line is missing is a whole end event all the same.
fn is_end(event: &SseEvent) -> bool {
    serde_json::from_str(&event.data).is_ok_and(|payload: Payload| payload.is_end())
}

/// Padding is not something to lose a sentence over.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn not_speech(what: NotPcm) -> Error {
    match what {
        NotPcm::Text(text) => error_body::read(StatusCode::OK, &HeaderMap::new(), &text),
        NotPcm::Format(format) => Error::new(
            ErrorKind::Protocol,
            format!("{format} came instead of plain samples"),
        ),
    }
}

/// The connection failed in the middle of the body.
fn broken(error: reqwest::Error) -> Error {
    Error::new(ErrorKind::Truncated, "the connection broke").with_source(error.without_url())
}

/// Reads what little follows the end event (the last chunk of the HTTP answer), so that the
/// connection can serve the next sentence: a new one would cost three round trips.
fn release(mut body: Body) {
    const LONGEST_WAIT: Duration = Duration::from_secs(1);
    tokio::spawn(async move {
        let rest = async { while let Some(Ok(_)) = body.next().await {} };
        let _ = tokio::time::timeout(LONGEST_WAIT, rest).await;
    });
}
