//! Typed async client of the Smallest AI Waves API.

mod key;
mod language;
mod model;
mod origin;
mod request;
mod voices;

pub use key::{ApiKey, KeyError};
pub use language::{Language, UnknownLanguage};
pub use model::{Model, SampleRate, UnknownModel, UnsupportedRate};
pub use origin::{Origin, OriginError};
pub use request::{InvalidSpeed, InvalidVoiceId, Speed, SynthesisRequest, TextError, VoiceId};
pub use voices::{Age, CatalogueEntry, Gender, Voice, add_previews, seed_voices};
