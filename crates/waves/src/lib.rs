//! Typed async client of the Smallest AI Waves API.
//!
//! One [`Client`] for an [`Origin`], one method per endpoint, and speech as a stream of
//! [`SpeechEvent`]s whichever [`Transport`] carries it. Values that the service would refuse
//! can't be built ([`SynthesisRequest`], [`Speed`], [`Language`], [`VoiceId`]).
//!
//! It is not a place for policy: it reads no environment, disk or keychain, it knows nothing of
//! documents, and it never tries a call again.
//!
//! Invariants:
//! - Every call and every stream settles, in a value or a typed [`Error`], within its
//!   [`Timeouts`]. A stream without a proven end is [`ErrorKind::Truncated`], and success without
//!   sound is a failure.
//! - The key goes to the origin and nowhere else: no redirect is followed, plain `http` is for
//!   loopback only and never through a proxy. Nothing prints it: not [`ApiKey`], not an [`Error`],
//!   not a log line at any level.
//! - Memory is bounded for every answer.
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use waves::{ApiKey, Client, Model, Origin, SpeechEvent, SynthesisRequest, Timeouts, Transport, VoiceId};
//!
//! # async fn speak() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Origin::default(), Timeouts::default())?;
//! let key = ApiKey::try_from(std::io::read_to_string(std::io::stdin())?)?;
//! let request = SynthesisRequest::new("Hello.", VoiceId::new("magnus")?, Model::LightningV31)?;
//! let mut speech = client.synthesize(&key, &request, Transport::Sse).await?;
//! while let Some(event) = speech.next().await {
//!     match event? {
//!         SpeechEvent::Audio(samples) => println!("{} samples", samples.len()),
//!         SpeechEvent::End(end) => println!("{} samples in all", end.samples),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod account;
#[cfg(feature = "chat")]
mod chat;
mod client;
mod clones;
mod dictionaries;
mod error;
mod error_body;
mod error_words;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod g711;
mod ids;
mod key;
mod language;
mod live;
mod model;
mod mp3;
mod origin;
mod pcm;
mod pieces;
mod request;
mod socket;
mod speech;
mod sse;
#[cfg(feature = "transcription")]
mod transcription;
mod upload;
mod voices;

pub use account::{
    Granularity, Health, Page, PageRequest, Series, SeriesRequest, SpeechLogEntry, Subscription,
    TimeSeries, TranscriptionLogEntry,
};
#[cfg(feature = "chat")]
pub use chat::{
    ChatAnswer, ChatEvent, ChatMessage, ChatRequest, ChatStream, Finish, InvalidChat, Tool,
    ToolCall, ToolChoice, Usage,
};
pub use client::{Client, Timeouts, Transport};
pub use clones::{CloneDeletion, CloneRequest, CloneStatus, ClonedVoice, InvalidClone, SampleKind};
pub use dictionaries::{
    BlankPronunciation, Dictionary, NoPronunciations, Pronunciation, Pronunciations,
};
pub use error::{Error, ErrorDetail, ErrorKind};
pub use ids::{
    CallerId, DictionaryId, InvalidCallerId, InvalidDictionaryId, InvalidVoiceId, VoiceId,
};
pub use key::{ApiKey, KeyError};
pub use language::{Language, UnknownLanguage};
pub use model::{Model, OutputFormat, SampleRate, UnknownModel, UnsupportedRate};
pub use origin::{Origin, OriginError};
pub use pieces::{FlushAfter, HoldFor, PieceError, Pieces, TextFeed};
pub use request::{InvalidSpeed, Snapshot, Speed, SynthesisRequest, TextError};
pub use speech::{ContentExpiry, EncodedSpeech, SpeechEnd, SpeechEvent, SpeechStream, WordTiming};
#[cfg(feature = "transcription")]
pub use transcription::{
    Encoding, InvalidRecordingUrl, Recording, SpokenLanguage, TranscribedUtterance,
    TranscribedWord, Transcript, Transcription, TranscriptionRequest, Webhook,
};
pub use upload::Upload;
pub use voices::{Age, CatalogueEntry, Gender, Voice, add_previews, seed_voices, times_words};
