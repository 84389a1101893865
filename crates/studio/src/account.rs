//! Connecting to the service: a key comes in, is checked, kept, used and forgotten.
//!
//! What it is: the steps between "a person pasted something" and "voices are there", each outcome a value. What it is
//! not: the place where the key is ([`crate::keychain::KeyRing`]) or the reading of the clipboard (the window's shell).
//!
//! Invariants: nothing of the key leaves but the [`KeyStatus`]; a key that the service refused is never kept; nothing is
//! written outside the keychain.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::watch;
use waves::ApiKey;

use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::keychain::{
    AFTER_A_CLICK, AT_START, KeyCheck, KeyRing, KeyStore, Keychain, KeychainError, KeychainState,
};

/// How the last attempt to give Peal a key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOutcome {
    /// What was offered cannot be a key.
    NoKey,
    /// Being checked or stored.
    Checking,
    /// Checked and kept.
    Accepted,
    /// Not accepted, not kept.
    Refused,
    /// Kept, but without access.
    NoAccess,
    /// Kept, to be checked later.
    Unreachable,
    /// The keychain cannot keep it: it waits for a yes to stay in memory for this session.
    ChooseSession,
}

/// All that anybody learns of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// There is one to send.
    pub present: bool,
    /// Where it comes from.
    pub store: Option<KeyStore>,
    /// What the service said of it.
    pub check: KeyCheck,
    /// What the keychain said.
    pub keychain: KeychainState,
    /// How the last attempt ended.
    pub outcome: Option<KeyOutcome>,
    /// The key came from the clipboard, which may still hold it.
    pub clipboard_holds_key: bool,
}

/// The key and what can be done with it. Clones are the same account.
#[derive(Clone)]
pub struct Account {
    shared: Arc<Shared>,
}

struct Shared {
    ring: KeyRing,
    endpoint: Endpoint,
    runtime: Handle,
    state: Mutex<State>,
    revision: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    outcome: Option<KeyOutcome>,
    /// The key that the keychain could not keep, with what the service said of it.
    pending: Option<(ApiKey, KeyCheck)>,
    clipboard_holds_key: bool,
    /// Counts offers, so that the end of an older one does not speak over a newer one.
    offers: u32,
    /// The keychain was asked at the start.
    looked: bool,
}

impl Account {
    /// The account at the service. Asks nobody anything yet.
    pub fn new(keychain: Keychain, endpoint: Endpoint, runtime: Handle) -> Self {
        let (revision, _) = watch::channel(0);
        let ring = KeyRing::from_env(keychain, endpoint.origin().clone());
        Self {
            shared: Arc::new(Shared {
                ring,
                endpoint,
                runtime,
                state: Mutex::default(),
                revision,
            }),
        }
    }

    /// The key to send. Reads the keychain on first use, and may wait for a person to unlock it.
    ///
    /// # Errors
    /// [`FailureKind::NoKey`] when there is none, or why the keychain does not give it.
    pub async fn key(&self) -> Result<ApiKey, Failure> {
        let known = self.shared.ring.status().present;
        let key = self.shared.ring.key(AFTER_A_CLICK).await;
        if !known {
            self.changed();
        }
        key?.ok_or_else(|| FailureKind::NoKey.into())
    }

    /// Looks for a key, once, without bothering anybody: what does not answer soon is left for later.
    pub async fn look_for_key_once(&self) {
        if std::mem::replace(&mut self.state().looked, true) {
            return;
        }
        // What went wrong shows in the status.
        let _ = self.shared.ring.key(AT_START).await;
        self.changed();
    }

    /// What may be known of the key.
    pub fn status(&self) -> KeyStatus {
        let ring = self.shared.ring.status();
        let state = self.state();
        KeyStatus {
            present: ring.present,
            store: ring.store,
            check: ring.check,
            keychain: ring.keychain,
            outcome: state.outcome,
            clipboard_holds_key: state.clipboard_holds_key,
        }
    }

    /// Changes whenever the status may have.
    pub fn changes(&self) -> watch::Receiver<u32> {
        self.shared.revision.subscribe()
    }

    /// Takes what a person pasted or typed: checks it and keeps it, in the background. `from_clipboard` remembers that
    /// the clipboard holds it.
    pub fn offer(&self, text: &str, from_clipboard: bool) {
        let account = self.clone();
        match self.parse(text, from_clipboard) {
            Some((key, offer)) => {
                self.shared
                    .runtime
                    .spawn(async move { account.check_and_keep(key, offer).await });
            }
            None => self.changed(),
        }
    }

    /// As [`Account::offer`], to its end; for the command line.
    pub async fn offer_and_wait(&self, text: &str) -> KeyOutcome {
        match self.parse(text, false) {
            Some((key, offer)) => self.check_and_keep(key, offer).await,
            None => KeyOutcome::NoKey,
        }
    }

    fn parse(&self, text: &str, from_clipboard: bool) -> Option<(ApiKey, u32)> {
        // Somebody who pastes a shopping list should hear that it is no key, not wait for the service to refuse it.
        let key = ApiKey::parse(text)
            .ok()
            .filter(|key| !from_clipboard || key.looks_like_key());
        let mut state = self.state();
        state.offers += 1;
        state.pending = None;
        state.clipboard_holds_key = from_clipboard && key.is_some();
        state.outcome = Some(if key.is_some() {
            KeyOutcome::Checking
        } else {
            KeyOutcome::NoKey
        });
        key.map(|key| (key, state.offers))
    }

    async fn check_and_keep(&self, key: ApiKey, offer: u32) -> KeyOutcome {
        self.changed();
        let check = self.ask_service(&key).await;
        if check == KeyCheck::Refused {
            return self.end(offer, KeyOutcome::Refused, None);
        }
        self.keep(key, check, offer).await
    }

    async fn keep(&self, key: ApiKey, check: KeyCheck, offer: u32) -> KeyOutcome {
        match self.shared.ring.keep(key.clone(), AFTER_A_CLICK).await {
            Ok(()) => {
                self.shared.ring.note_check(&key, check);
                self.end(offer, outcome_of(check), None)
            }
            Err(error) => {
                tracing::warn!(%error, "The keychain did not keep the key.");
                self.end(offer, KeyOutcome::ChooseSession, Some((key, check)))
            }
        }
    }

    fn end(
        &self,
        offer: u32,
        outcome: KeyOutcome,
        pending: Option<(ApiKey, KeyCheck)>,
    ) -> KeyOutcome {
        let mut state = self.state();
        if state.offers == offer {
            state.outcome = Some(outcome);
            state.pending = pending;
        }
        drop(state);
        self.changed();
        outcome
    }

    async fn ask_service(&self, key: &ApiKey) -> KeyCheck {
        let checked = match self.shared.endpoint.client() {
            Ok(client) => client.check_key(key).await,
            Err(error) => Err(error),
        };
        match checked {
            Ok(()) => KeyCheck::Accepted,
            Err(error) => {
                tracing::info!(kind = ?error.kind(), status = ?error.status(), "The key was checked.");
                match error.kind() {
                    waves::ErrorKind::Unauthorized => KeyCheck::Refused,
                    waves::ErrorKind::Forbidden => KeyCheck::NoAccess,
                    _ => KeyCheck::Unreachable,
                }
            }
        }
    }

    /// The yes to keeping the waiting key in memory until the program ends. `false` if none waits.
    pub fn keep_for_this_session(&self) -> bool {
        let mut state = self.state();
        let Some((key, check)) = state.pending.take() else {
            return false;
        };
        state.outcome = Some(outcome_of(check));
        drop(state);
        self.shared.ring.keep_for_this_session(key.clone());
        self.shared.ring.note_check(&key, check);
        self.changed();
        true
    }

    /// Has this key until the program ends, unchecked.
    #[cfg(test)]
    pub(crate) fn use_key(&self, key: ApiKey) {
        self.shared.ring.keep_for_this_session(key);
    }

    /// Tries again what did not work: to keep the waiting key, else to find and check the one there is.
    pub fn try_again(&self) {
        let account = self.clone();
        self.shared.runtime.spawn(async move {
            let (pending, offer) = {
                let mut state = account.state();
                let pending = state.pending.take();
                if pending.is_some() {
                    state.outcome = Some(KeyOutcome::Checking);
                }
                (pending, state.offers)
            };
            account.changed();
            match pending {
                Some((key, check)) => {
                    account.keep(key, check, offer).await;
                }
                None => {
                    account.check().await;
                }
            }
        });
    }

    /// Asks the service what it thinks of the key there is.
    pub async fn check(&self) -> KeyCheck {
        let Ok(Some(key)) = self.shared.ring.key(AFTER_A_CLICK).await else {
            self.changed();
            return KeyCheck::Unknown;
        };
        self.shared.ring.note_check(&key, KeyCheck::Checking);
        self.changed();
        let check = self.ask_service(&key).await;
        self.shared.ring.note_check(&key, check);
        let mut state = self.state();
        state.outcome = state.outcome.map(|_| outcome_of(check));
        drop(state);
        self.changed();
        check
    }

    /// Forgets the key, here and in the keychain. Says whether there was one to forget.
    ///
    /// # Errors
    /// Why the keychain may still have it. Here it is gone all the same.
    pub async fn forget(&self) -> Result<bool, Failure> {
        {
            let mut state = self.state();
            state.outcome = None;
            state.pending = None;
            state.clipboard_holds_key = false;
            state.offers += 1;
        }
        // A key of the environment is not ours to forget.
        let had = matches!(
            self.shared.ring.status().store,
            Some(KeyStore::Keychain | KeyStore::Session)
        );
        let forgotten = self.shared.ring.forget(AFTER_A_CLICK).await;
        self.changed();
        Ok(forgotten? || had)
    }

    /// The clipboard no longer holds the key, or was left as it is.
    pub fn forget_clipboard(&self) {
        self.state().clipboard_holds_key = false;
        self.changed();
    }

    /// The service answered a request with this key.
    pub(crate) fn note_success(&self, key: &ApiKey) {
        self.note(key, KeyCheck::Accepted);
    }

    /// The service failed a request with this key, perhaps because of the key.
    pub(crate) fn note_failure(&self, key: &ApiKey, kind: waves::ErrorKind) {
        match kind {
            waves::ErrorKind::Unauthorized => self.note(key, KeyCheck::Refused),
            waves::ErrorKind::Forbidden => self.note(key, KeyCheck::NoAccess),
            _ => {}
        }
    }

    fn note(&self, key: &ApiKey, check: KeyCheck) {
        if self.shared.ring.status().check != check {
            self.shared.ring.note_check(key, check);
            self.changed();
        }
    }

    fn changed(&self) {
        self.shared
            .revision
            .send_modify(|revision| *revision = revision.wrapping_add(1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text that somebody copied could be a key: then it is worth asking the service, or wiping.
pub fn looks_like_key(text: &str) -> bool {
    ApiKey::parse(text).is_ok_and(|key| key.looks_like_key())
}

fn outcome_of(check: KeyCheck) -> KeyOutcome {
    match check {
        KeyCheck::Accepted => KeyOutcome::Accepted,
        KeyCheck::Refused => KeyOutcome::Refused,
        KeyCheck::NoAccess => KeyOutcome::NoAccess,
        KeyCheck::Unknown | KeyCheck::Checking | KeyCheck::Unreachable => KeyOutcome::Unreachable,
    }
}

impl From<KeychainError> for Failure {
    fn from(error: KeychainError) -> Self {
        let kind = match error {
            KeychainError::Locked => FailureKind::KeychainLocked,
            KeychainError::Missing => FailureKind::KeychainMissing,
            KeychainError::TimedOut | KeychainError::Waiting => FailureKind::KeychainWaiting,
            KeychainError::NotAKey => FailureKind::NoKey,
            KeychainError::Denied | KeychainError::Other(_) => FailureKind::KeychainDenied,
        };
        Self::new(kind, error.to_string())
    }
}
