//! The API key in the system's own keychain: Secret Service, macOS Keychain, Windows Credential Manager.
//!
//! [`Keychain`] asks the system; [`KeyRing`] knows where the key in use comes from and what is known about it.
//!
//! Invariants:
//! - An entry belongs to one API origin: another origin's key is never returned.
//! - The key is never written to a file, never logged, and leaves only as an [`ApiKey`], which wipes itself.
//! - One thread of its own speaks to the system, because a locked keychain can hold a call for as long as a person
//!   looks at the prompt. Nobody waits for it longer than the deadline given, nor does start, window or exit.
//! - What nobody was told has been stored does not stay stored.

mod platform;
mod ring;
mod worker;

pub use ring::{
    KEY_VARIABLE, KeyCheck, KeyRing, KeyStatus, KeyStore, KeychainState, take_environment_key,
};
pub use worker::Pending;

use std::sync::Arc;
use std::time::Duration;

use waves::{ApiKey, Origin};

use worker::{Kind, Workers};

/// How long start-up and other quiet reads wait for the keychain.
pub const AT_START: Duration = Duration::from_secs(5);
/// How long to wait when a person has just asked for it and may be looking at the system's prompt.
pub const AFTER_A_CLICK: Duration = Duration::from_secs(60);

/// The keychain's name for what is Peal's. Builds for development use another one, so that they never touch a real key.
pub const SERVICE: &str = if cfg!(debug_assertions) {
    "Peal (development)"
} else {
    "Peal"
};

/// Why the keychain gave no answer, or a bad one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// The keychain is locked and was not unlocked.
    #[error("the keychain is locked")]
    Locked,
    /// This system has no keychain, or it does not run.
    #[error("there is no keychain on this system")]
    Missing,
    /// The keychain refused Peal.
    #[error("the keychain refused access")]
    Denied,
    /// No answer within the deadline. The keychain may be showing a prompt.
    #[error("the keychain did not answer in time")]
    TimedOut,
    /// An earlier call is still without an answer, so this one was not begun.
    #[error("the keychain is still busy with an earlier call")]
    Waiting,
    /// There is an entry, but it holds no API key.
    #[error("the keychain's entry holds no API key")]
    NotAKey,
    /// Anything else, with the system's words, which never contain the key.
    #[error("the keychain failed: {0}")]
    Other(String),
}

/// The system's keychain, as far as it is Peal's. Clones share one thread.
#[derive(Debug, Clone)]
pub struct Keychain {
    service: Arc<str>,
    workers: Arc<Workers>,
}

impl Keychain {
    /// Peal's part of the keychain, [`SERVICE`]. Nothing is opened before the first call.
    #[must_use]
    pub fn system() -> Self {
        Self::named(SERVICE)
    }

    /// Another part of the keychain, for tests.
    #[must_use]
    pub fn named(service: &str) -> Self {
        Self {
            service: service.into(),
            workers: Arc::default(),
        }
    }

    /// The key that was stored for `origin`, if any.
    ///
    /// # Errors
    /// Any [`KeychainError`], at the latest when `deadline` has passed.
    pub async fn load(
        &self,
        origin: &Origin,
        deadline: Duration,
    ) -> Result<Option<ApiKey>, KeychainError> {
        self.begin_load(origin)?.within(deadline).await
    }

    /// Stores `key` for `origin` in place of an earlier one, and reads it back.
    ///
    /// # Errors
    /// Any [`KeychainError`], at the latest when `deadline` has passed. The key is then not stored: a prompt that is
    /// answered later does not change that.
    pub async fn store(
        &self,
        origin: &Origin,
        key: &ApiKey,
        deadline: Duration,
    ) -> Result<(), KeychainError> {
        self.begin_store(origin, key)?.within(deadline).await
    }

    /// Removes what is stored for `origin`; says whether there was anything.
    ///
    /// # Errors
    /// Any [`KeychainError`], at the latest when `deadline` has passed.
    pub async fn forget(&self, origin: &Origin, deadline: Duration) -> Result<bool, KeychainError> {
        self.begin_forget(origin)?.within(deadline).await
    }

    /// Whether a call is overdue: most likely the system is showing a prompt.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.workers.is_waiting()
    }

    /// Begins [`load`](Self::load), for callers that want to hear a late answer too.
    ///
    /// # Errors
    /// [`KeychainError::Waiting`] if an earlier call is overdue.
    pub fn begin_load(&self, origin: &Origin) -> Result<Pending<Option<ApiKey>>, KeychainError> {
        let (service, account) = self.entry_of(origin);
        self.workers
            .begin(Kind::Read, move |_| platform::load(&service, &account))
    }

    /// Begins [`store`](Self::store). If the answer is dropped before it came, the key does not stay stored.
    ///
    /// # Errors
    /// [`KeychainError::Waiting`] if an earlier call is overdue.
    pub fn begin_store(&self, origin: &Origin, key: &ApiKey) -> Result<Pending<()>, KeychainError> {
        let (service, account) = self.entry_of(origin);
        let key = key.clone();
        self.workers.begin(Kind::Change, move |is_awaited| {
            platform::store(&service, &account, &key)?;
            if !is_awaited() {
                platform::forget(&service, &account)?;
            }
            Ok(())
        })
    }

    fn begin_forget(&self, origin: &Origin) -> Result<Pending<bool>, KeychainError> {
        let (service, account) = self.entry_of(origin);
        self.workers
            .begin(Kind::Change, move |_| platform::forget(&service, &account))
    }

    fn entry_of(&self, origin: &Origin) -> (Arc<str>, String) {
        (Arc::clone(&self.service), origin.to_string())
    }
}
