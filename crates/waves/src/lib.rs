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

mod client;
mod error;
mod error_body;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod g711;
mod ids;
mod key;
mod language;
mod live;
mod model;
#[cfg(feature = "mp3")]
mod mp3;
mod origin;
mod pcm;
mod pieces;
mod request;
mod socket;
mod speech;
mod sse;
mod voices;

pub use client::{Client, Timeouts, Transport};
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
pub use voices::{Age, CatalogueEntry, Gender, Voice, add_previews, seed_voices};
