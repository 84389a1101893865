//! The application without a window: key, settings, voices, speech, saving.
//!
//! What it is: everything the window and the command line can do, as methods of [`Studio`] that return at once, and
//! [`View`]s of how things stand. What it is not: it knows neither Tauri nor a web page, and holds no words for people;
//! failures are kinds ([`failure::FailureKind`]) that somebody else puts into words.
//!
//! Invariants:
//! - Only [`account`] and [`keychain`] hold a key, and it never leaves them but towards the service.
//! - Every method returns soon; what takes time goes on by itself and shows in the next view.
//! - What was bought is kept ([`narration::take`]); speaking, saving and trying again share it.

pub mod account;
pub mod builtin;
pub mod casting;
pub mod diagnostics;
pub mod dictionaries;
pub mod documents;
pub mod endpoint;
pub mod failure;
pub mod home;
pub mod import;
pub mod keychain;
pub mod ledger;
mod lock;
pub mod notices;
pub mod player;
pub mod queue;
pub mod quote;
pub mod render;
pub mod save;

pub mod settings;
pub mod speech;
pub mod synthesizer;
pub mod track;
mod view;
pub mod voices;

mod studio;

pub use narration::durable;

pub use studio::Studio;
pub use studio::dictionaries::Touched;
pub use studio::narrations::{NarrationState, NarrationView};
pub use studio::reading::Speakers;
pub use view::{ImportState, PlaybackState, PlaybackView, Quote, SaveState, Source, View};

pub use zeroize;

/// The variable that says where the service is, for proxies and tests.
pub const ORIGIN_VARIABLE: &str = "PEAL_API_URL";

/// Where the service is: [`ORIGIN_VARIABLE`] if it is set, else the service itself.
///
/// # Errors
/// When the variable holds no address that a key may be sent to.
pub fn service_origin() -> Result<waves::Origin, waves::OriginError> {
    match std::env::var_os(ORIGIN_VARIABLE) {
        // What is no Unicode is no address either: it must not quietly mean the service itself.
        Some(address) if !address.is_empty() => address.to_string_lossy().parse(),
        _ => Ok(waves::Origin::default()),
    }
}
