//! A speech answer as a stream of events, the same for every transport.
//!
//! Every stream settles: with [`SpeechEvent::End`] after a proven end, or with one error after
//! which it is over. What proves the end is the length or the last chunk of the HTTP answer, the
//! end event of Server-Sent Events, or the `complete` frame of the WebSocket; anything else is
//! [`ErrorKind::Truncated`].

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::error_body;
use crate::pcm::{NotPcm, PcmDecoder};
use crate::socket::{Failure, Fed, Item};
use crate::sse::{SseEvent, SseParser};
use crate::{ApiKey, Error, ErrorKind, OutputFormat, SampleRate};

/// Longest event of an SSE answer: over a minute of speech at 44.1 kHz; real ones hold 20 ms.
const LONGEST_EVENT: usize = 8 << 20;

/// What arrives while speech is made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SpeechEvent {
    /// The next samples: mono, signed 16 bit, at [`SpeechStream::rate`]. Never empty.
    Audio(Vec<i16>),
    /// When a word is spoken, in the order of the text. Only the WebSocket carries them, for some
    /// voices, where [`crate::SynthesisRequest::with_word_timings`] asked for them.
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

impl WordTiming {
    /// A word of a speech from elsewhere that is treated like one of the service.
    pub fn new(word: impl Into<String>, start: Duration, end: Duration) -> Self {
        Self {
            word: word.into(),
            start,
            end,
        }
    }
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
    ids: Ids,
    rate: SampleRate,
    events: Pin<Box<dyn Stream<Item = Result<SpeechEvent, Error>> + Send>>,
}

impl SpeechStream {
    /// The id that the service gave this request.
    pub fn request_id(&self) -> Option<&str> {
        self.ids.request.as_deref()
    }

    /// The id that the service gave the session: this request's over HTTP and SSE, the
    /// connection's over the WebSocket.
    pub fn session_id(&self) -> Option<&str> {
        self.ids.session.as_deref()
    }

    /// What became of [`crate::SynthesisRequest::with_expiry`]; `None` when the service says
    /// nothing about it.
    pub fn content_expiry(&self) -> Option<ContentExpiry> {
        self.ids.expiry
    }

    /// The rate of the samples: the one that was asked for.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    pub(crate) fn new(answer: SpeechAnswer) -> SpeechStream {
        let ids = answer.ids.clone();
        let rate = answer.rate;
        let reading = Reading::new(answer);
        let events = stream::unfold(reading, |mut reading| async move {
            let events = reading.next().await?;
            Some((stream::iter(events), reading))
        });
        SpeechStream {
            ids,
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
            .field("ids", &self.ids)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

/// Speech as the service encoded it, while it arrives; see [`crate::Client::synthesize_encoded`].
/// Dropping it cancels the request.
///
/// Gives bytes only once they are known to be audio, and an error in place of an end that is not
/// proved, or of a whole answer without speech. After an error, or the last byte, it is over.
pub struct EncodedSpeech {
    ids: Ids,
    format: OutputFormat,
    pieces: Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>,
}

impl EncodedSpeech {
    pub(crate) fn new(answer: SpeechAnswer) -> EncodedSpeech {
        let (ids, format) = (answer.ids.clone(), answer.format);
        let mut reading = Reading::new(answer);
        reading.encoded = Some(Vec::new());
        let pieces = stream::unfold(reading, |mut reading| async move {
            let pieces = reading.next_encoded().await?;
            Some((stream::iter(pieces), reading))
        });
        EncodedSpeech {
            ids,
            format,
            pieces: Box::pin(pieces.flatten()),
        }
    }

    /// The id that the service gave this request.
    pub fn request_id(&self) -> Option<&str> {
        self.ids.request.as_deref()
    }

    /// The format that was asked for. `pcm`, `ulaw` and `alaw` may come with a RIFF header.
    pub fn format(&self) -> OutputFormat {
        self.format
    }
}

impl Stream for EncodedSpeech {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.as_mut().poll_next(context)
    }
}

impl fmt::Debug for EncodedSpeech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedSpeech")
            .field("ids", &self.ids)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// The bytes of an answer as they arrive.
pub(crate) type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// What the service says about an answer beside the speech.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) request: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) expiry: Option<ContentExpiry>,
}

/// What the service answers to the wish that it delete the content after seven days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentExpiry {
    /// It will.
    Applied,
    /// The plan does not include it.
    NotEntitled,
    /// It can't tell at the moment.
    Unavailable,
}

impl Ids {
    pub(crate) fn of(headers: &HeaderMap) -> Ids {
        let expiry = headers
            .get("x-content-expiry")
            .and_then(|value| match value.as_bytes() {
                b"applied" => Some(ContentExpiry::Applied),
                b"not-entitled" => Some(ContentExpiry::NotEntitled),
                b"unavailable" => Some(ContentExpiry::Unavailable),
                _ => None,
            });
        Ids {
            request: error_body::request_id(headers).map(str::to_owned),
            session: error_body::id_in(headers, "x-session-id").map(str::to_owned),
            expiry,
        }
    }
}

/// Where the speech comes from.
pub(crate) enum Source {
    /// The body of an HTTP answer.
    Body { body: Body, framing: Framing },
    /// The frames of a WebSocket.
    Frames {
        /// One that was read to see that the service answers.
        first: Option<Item>,
        items: mpsc::Receiver<Result<Item, Failure>>,
        /// Present when the text comes in pieces.
        fed: Option<Arc<Fed>>,
    },
    /// Nothing more is read.
    Over,
}

/// An answer that promises speech.
pub(crate) struct SpeechAnswer {
    pub(crate) source: Source,
    pub(crate) format: OutputFormat,
    pub(crate) rate: SampleRate,
    /// Characters of the text, which limit how long the speech can be.
    pub(crate) characters: usize,
    pub(crate) ids: Ids,
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

impl Source {
    async fn next(&mut self) -> Piece {
        match self {
            Source::Body { body, .. } => Piece::Bytes(body.next().await),
            Source::Frames { first, items, .. } => Piece::Item(match first.take() {
                Some(item) => Some(Ok(item)),
                None => items.recv().await,
            }),
            Source::Over => Piece::Item(None),
        }
    }

    /// Whether all text that was given so far has been spoken, and more may come.
    fn owes_nothing(&self) -> bool {
        match self {
            Source::Frames { fed: Some(fed), .. } => !fed.owed.load(Ordering::Relaxed),
            _ => false,
        }
    }
}

impl Patience {
    fn renew(&mut self) {
        self.left = self.silence;
    }

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
    /// Where among all samples the synthesis began whose words come now.
    synthesis_start: u64,
    patience: Patience,
    over: bool,
    /// Bytes as they came, for those who want them so.
    encoded: Option<Vec<Bytes>>,
}

/// What was read in one go.
#[derive(Default)]
struct Gained {
    samples: Vec<i16>,
    word: Option<WordTiming>,
}

/// What the source gave.
enum Piece {
    Bytes(Option<reqwest::Result<Bytes>>),
    Item(Option<Result<Item, Failure>>),
}

impl Reading {
    fn new(answer: SpeechAnswer) -> Reading {
        let rate = answer.rate;
        Reading {
            decoder: PcmDecoder::new(answer.format, rate.hz()),
            samples: 0,
            synthesis_start: 0,
            patience: Patience {
                left: answer.first_byte,
                silence: answer.silence,
                enough: u64::from(rate.hz()) / 50,
                gained: 0,
                begun: false,
            },
            answer,
            over: false,
            encoded: None,
        }
    }

    /// The next bytes as they came, once it is known that they are audio, and the end's verdict.
    async fn next_encoded(&mut self) -> Option<Vec<Result<Bytes, Error>>> {
        if self.over {
            return None;
        }
        loop {
            let mut gained = Gained::default();
            let read = self.read(&mut gained).await;
            self.samples += gained.samples.len() as u64;
            let mut pieces = Vec::new();
            if self.decoder.is_decided() || matches!(read, Ok(true)) {
                let encoded = self.encoded.as_mut().map(std::mem::take);
                pieces.extend(encoded.into_iter().flatten().map(Ok));
            }
            let settled = match read {
                Ok(false) if pieces.is_empty() => continue,
                Ok(false) => return Some(pieces),
                Ok(true) => self.settle(Ok(())),
                Err(error) => self.settle(Err(error)),
            };
            pieces.extend(settled.err().map(Err));
            return Some(pieces);
        }
    }

    /// The stream is over: what that means, and what becomes of its connection.
    fn settle(&mut self, how: Result<(), Error>) -> Result<SpeechEvent, Error> {
        self.over = true;
        let settled = how.and_then(|()| self.end()).map_err(|error| {
            let error = error
                .with_request_id(self.answer.ids.request.as_deref())
                .without_key(&self.answer.key);
            tracing::debug!(kind = ?error.kind(), request_id = error.request_id(), "speech failed");
            error
        });
        // Give the connection back, or close it, now rather than when the consumer lets go.
        let source = std::mem::replace(&mut self.answer.source, Source::Over);
        if let (Source::Body { body, .. }, Ok(_)) = (source, &settled) {
            release(body);
        }
        settled
    }

    /// The next one or two events; `None` once the stream is over.
    async fn next(&mut self) -> Option<Vec<Result<SpeechEvent, Error>>> {
        if self.over {
            return None;
        }
        let mut gained = Gained::default();
        let settled = loop {
            match self.read(&mut gained).await {
                Ok(false) if gained.samples.is_empty() && gained.word.is_none() => {}
                Ok(false) => break None,
                Ok(true) => break Some(Ok(())),
                Err(error) => break Some(Err(error)),
            }
        };
        let mut events = Vec::with_capacity(2);
        if !gained.samples.is_empty() {
            self.samples += gained.samples.len() as u64;
            events.push(Ok(SpeechEvent::Audio(gained.samples)));
        }
        events.extend(gained.word.map(|word| Ok(SpeechEvent::Word(word))));
        events.extend(settled.map(|how| self.settle(how)));
        Some(events)
    }

    /// Reads one piece of the answer. `Ok(true)` once the end is proved.
    async fn read(&mut self, gained: &mut Gained) -> Result<bool, Error> {
        let started = Instant::now();
        let piece = tokio::time::timeout(self.patience.left, self.answer.source.next()).await;
        let Ok(piece) = piece else {
            if self.answer.source.owes_nothing() {
                // The next words are the caller's to give.
                self.patience.renew();
                return Ok(false);
            }
            return Err(self.patience.timed_out());
        };
        let before = gained.samples.len();
        let mut ended = match piece {
            Piece::Bytes(Some(Ok(piece))) => {
                if let Some(encoded) = &mut self.encoded {
                    encoded.push(piece.clone());
                }
                self.take(&piece, &mut gained.samples)
            }
            Piece::Bytes(Some(Err(error))) => Err(broken(error)),
            Piece::Bytes(None) => self.close(&mut gained.samples).map(|()| true),
            Piece::Item(Some(Ok(item))) => self.take_item(item, gained),
            Piece::Item(Some(Err(failure))) => Err(failure.into_error()),
            Piece::Item(None) => Err(Error::new(
                ErrorKind::Truncated,
                "nobody reads the connection any more",
            )),
        };
        if let Ok(true) = ended {
            ended = self
                .decoder
                .finish(&mut gained.samples)
                .map_err(not_speech)
                .map(|()| true);
        }
        let new = (gained.samples.len() - before) as u64;
        self.patience.passed(started.elapsed(), new);
        if self.samples + gained.samples.len() as u64 > self.longest() {
            return Err(Error::new(
                ErrorKind::Protocol,
                "more audio than the text can have",
            ));
        }
        match ended {
            // Whatever keeps coming, it is not sound.
            Ok(false) if self.patience.left.is_zero() && !self.answer.source.owes_nothing() => {
                Err(self.patience.timed_out())
            }
            ended => ended,
        }
    }

    /// More samples than this are no speech.
    fn longest(&self) -> u64 {
        let fed = match &self.answer.source {
            Source::Frames { fed: Some(fed), .. } => fed.characters.load(Ordering::Relaxed),
            _ => 0,
        };
        let characters = self.answer.characters.max(fed);
        u64::from(self.answer.rate.hz()) * longest_seconds(characters)
    }

    fn take_item(&mut self, item: Item, gained: &mut Gained) -> Result<bool, Error> {
        match item {
            Item::Synthesis(_) => {
                // Half a sample, or a header, belongs to the one before.
                let decoder = PcmDecoder::new(self.answer.format, self.answer.rate.hz());
                let mut before = std::mem::replace(&mut self.decoder, decoder);
                before.finish(&mut gained.samples).map_err(not_speech)?;
                self.synthesis_start = self.samples + gained.samples.len() as u64;
            }
            Item::Audio(bytes) => {
                let pushed = self.decoder.push(&bytes, &mut gained.samples);
                pushed.map_err(not_speech)?;
            }
            Item::Word(mut word) => {
                let rate = f64::from(self.answer.rate.hz());
                let base = Duration::from_secs_f64(self.synthesis_start as f64 / rate);
                word.start = word.start.saturating_add(base);
                word.end = word.end.saturating_add(base);
                gained.word = Some(word);
            }
            Item::Complete => return Ok(true),
        }
        Ok(false)
    }

    fn take(&mut self, piece: &[u8], samples: &mut Vec<i16>) -> Result<bool, Error> {
        let Source::Body { framing, .. } = &mut self.answer.source else {
            return Ok(true);
        };
        match framing {
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
        let Source::Body { framing, .. } = &mut self.answer.source else {
            return Ok(());
        };
        match framing {
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
    // A list would be read as the fields in their order.
    if event.data.trim_start().starts_with('[') {
        return Err(Error::new(
            ErrorKind::Protocol,
            "an event that is no object",
        ));
    }
    let payload: Payload = serde_json::from_str(&event.data).map_err(|error| {
        Error::new(ErrorKind::Protocol, "an event that can't be read").with_source(error)
    })?;
    if payload.is_error() {
        return Err(error_body::read_event(&event.data));
    }
    if let Some(audio) = &payload.audio {
        let bytes = decode_base64(audio)?;
        decoder.push(&bytes, samples).map_err(not_speech)?;
    }
    Ok(payload.is_end())
}

/// Whether an event whose closing blank line is missing is a whole end event all the same.
fn is_end(event: &SseEvent) -> bool {
    event.data.trim_start().starts_with('{')
        && serde_json::from_str(&event.data).is_ok_and(|payload: Payload| payload.is_end())
}

pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>, Error> {
    BASE64
        .decode(text)
        .map_err(|error| Error::new(ErrorKind::Protocol, "invalid base64").with_source(error))
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
            format!("{format} came instead of the audio that was asked for"),
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
