//! Where the key in use comes from, and what is known about it.
//!
//! The environment comes first, as in the vendor's own tools; then a key that was given for this session only; then the
//! keychain, which is read when the key is first needed, not before.

use std::fmt;
use std::mem;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::timeout;
use waves::{ApiKey, Origin};

use super::{Keychain, KeychainError, Pending};

/// The variable that the vendor's own tools read.
pub const KEY_VARIABLE: &str = "SMALLEST_API_KEY";

/// All that may be shown of the key: nothing of the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyStatus {
    /// There is a key to send. `false` until the keychain was read.
    pub present: bool,
    /// Where it comes from.
    pub store: Option<KeyStore>,
    /// What the service said of it.
    pub check: KeyCheck,
    /// How the keychain does.
    pub keychain: KeychainState,
}

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyStore {
    /// The variable [`KEY_VARIABLE`]; Peal cannot forget it.
    Environment,
    /// The system's keychain.
    Keychain,
    /// Memory, until the program ends, by the person's own choice.
    Session,
}

/// What the service last said of the key in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyCheck {
    /// Not asked yet.
    #[default]
    Unknown,
    /// Being asked.
    Checking,
    /// The key works.
    Accepted,
    /// 401: not a valid key.
    Refused,
    /// 403: valid, but without access.
    NoAccess,
    /// The service could not be asked.
    Unreachable,
}

/// How the keychain did when it was last needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeychainState {
    /// Not needed yet.
    #[default]
    Unknown,
    /// It answered.
    Ready,
    /// It is locked and was not unlocked.
    Locked,
    /// There is none, or it does not run.
    Missing,
    /// It refused, or failed in a way of its own.
    Denied,
    /// It has not answered yet; perhaps it shows a prompt.
    Waiting,
}

impl KeychainState {
    fn after<T>(outcome: &Result<T, KeychainError>) -> Self {
        match outcome {
            Ok(_) | Err(KeychainError::NotAKey) => Self::Ready,
            Err(KeychainError::Locked) => Self::Locked,
            Err(KeychainError::Missing) => Self::Missing,
            Err(KeychainError::TimedOut | KeychainError::Waiting) => Self::Waiting,
            Err(KeychainError::Denied | KeychainError::Other(_)) => Self::Denied,
        }
    }
}

/// The key for one API origin, wherever it comes from.
pub struct KeyRing {
    keychain: Keychain,
    origin: Origin,
    state: Mutex<State>,
    /// One conversation with the keychain at a time.
    turn: tokio::sync::Mutex<()>,
}

struct State {
    environment: Option<ApiKey>,
    session: Option<ApiKey>,
    kept: Kept,
    keychain: KeychainState,
    check: KeyCheck,
}

/// What is known of the keychain's entry.
enum Kept {
    /// Nothing, or that there was none when it was last read.
    Unread,
    /// It is being read for longer than anybody waited.
    Reading(Pending<Option<ApiKey>>),
    /// This key is being stored for longer than anybody waited.
    Keeping(ApiKey, Pending<()>),
    Found(ApiKey),
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyRing")
            .field("origin", &self.origin.to_string())
            .finish_non_exhaustive()
    }
}

/// What [`take_environment_key`] found.
static TAKEN: OnceLock<Option<ApiKey>> = OnceLock::new();

/// Moves the key out of [`KEY_VARIABLE`] into this process, so that no process started from it, such as a web view's,
/// inherits it. [`KeyRing::from_env`] knows it all the same.
///
/// # Safety
/// The environment is changed: no other thread may run yet.
#[expect(
    unsafe_code,
    reason = "the standard library marks every change of the environment so"
)]
pub unsafe fn take_environment_key() {
    TAKEN.get_or_init(environment_key);
    // SAFETY: the caller promises to be the only thread.
    unsafe { std::env::remove_var(KEY_VARIABLE) };
}

fn environment_key() -> Option<ApiKey> {
    let text = std::env::var(KEY_VARIABLE).ok()?;
    ApiKey::try_from(text).ok()
}

impl KeyRing {
    /// The key for `origin`, with the one of the environment, if any.
    #[must_use]
    pub fn new(keychain: Keychain, origin: Origin, environment: Option<ApiKey>) -> Self {
        Self {
            keychain,
            origin,
            state: Mutex::new(State {
                environment,
                session: None,
                kept: Kept::Unread,
                keychain: KeychainState::Unknown,
                check: KeyCheck::Unknown,
            }),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// [`new`](Self::new) with the key of [`KEY_VARIABLE`], which is meant for whatever origin is configured. A value
    /// that cannot be a key counts as none.
    #[must_use]
    pub fn from_env(keychain: Keychain, origin: Origin) -> Self {
        let environment = match TAKEN.get() {
            Some(taken) => taken.clone(),
            None => environment_key(),
        };
        Self::new(keychain, origin, environment)
    }

    /// The origin that the key may be sent to.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What may be shown. Never waits; takes note of answers that came late.
    #[must_use]
    pub fn status(&self) -> KeyStatus {
        let state = self.state();
        let store = state.in_use().map(|(_, store)| store);
        KeyStatus {
            present: store.is_some(),
            store,
            check: state.check,
            keychain: state.keychain,
        }
    }

    /// The key to send, read from the keychain if it is not known yet; `None` if there is none anywhere.
    ///
    /// # Errors
    /// What the keychain answers within `deadline`. The next call asks again, or hears the late answer.
    pub async fn key(&self, deadline: Duration) -> Result<Option<ApiKey>, KeychainError> {
        let since = Instant::now();
        let known = self.state().known();
        if known.is_some() {
            return Ok(known);
        }
        let _turn = self.turn(deadline).await?;
        // Whoever had the turn before may have brought the answer.
        let (known, begun) = {
            let mut state = self.state();
            (state.known(), state.take_reading())
        };
        if known.is_some() {
            return Ok(known);
        }
        let mut reading = match begun {
            Some(reading) => reading,
            None => self.noted(self.keychain.begin_load(&self.origin))?,
        };
        let outcome = reading.within(left(deadline, since)).await;
        let mut state = self.state();
        if is_late(&outcome) {
            state.kept = Kept::Reading(reading);
        }
        state.has_read(&outcome);
        outcome
    }

    /// Puts a key into the keychain and uses it from then on. What the service says of it is for
    /// [`note_check`](Self::note_check).
    ///
    /// # Errors
    /// What the keychain answers within `deadline`. After [`KeychainError::TimedOut`] the attempt goes on: when the
    /// person answers the prompt, [`status`](Self::status) says so, unless the key is forgotten or kept for the session
    /// in the meantime.
    pub async fn keep(&self, key: ApiKey, deadline: Duration) -> Result<(), KeychainError> {
        let since = Instant::now();
        let _turn = self.turn(deadline).await?;
        let mut storing = self.noted(self.keychain.begin_store(&self.origin, &key))?;
        let outcome = storing.within(left(deadline, since)).await;
        let mut state = self.state();
        if is_late(&outcome) {
            state.kept = Kept::Keeping(key, storing);
            state.keychain = KeychainState::Waiting;
        } else {
            state.has_stored(key, &outcome);
        }
        outcome
    }

    /// Uses a key until the program ends; it is written nowhere. An unfinished [`keep`](Self::keep) is taken back.
    pub fn keep_for_this_session(&self, key: ApiKey) {
        let mut state = self.state();
        if matches!(state.kept, Kept::Keeping(..)) {
            state.kept = Kept::Unread;
        }
        state.session = Some(key);
        state.check = KeyCheck::Unknown;
    }

    /// Forgets the key: here at once, then in the keychain. Says whether the keychain had one. A key of the environment
    /// stays.
    ///
    /// # Errors
    /// What the keychain answers within `deadline`; it may then still have the key.
    pub async fn forget(&self, deadline: Duration) -> Result<bool, KeychainError> {
        let since = Instant::now();
        {
            let mut state = self.state();
            state.session = None;
            state.kept = Kept::Unread;
            state.check = KeyCheck::Unknown;
        }
        let _turn = self.turn(deadline).await?;
        let mut forgetting = self.noted(self.keychain.begin_forget(&self.origin))?;
        let outcome = forgetting.within(left(deadline, since)).await;
        let mut state = self.state();
        state.kept = Kept::Unread;
        state.keychain = KeychainState::after(&outcome);
        outcome
    }

    /// Remembers what the service said of `key`, provided that it is still the one in use.
    pub fn note_check(&self, key: &ApiKey, check: KeyCheck) {
        let mut state = self.state();
        let is_in_use = state
            .in_use()
            .is_some_and(|(current, _)| current.expose() == key.expose());
        if is_in_use {
            state.check = check;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.hear_late_answer();
        state
    }

    async fn turn(
        &self,
        deadline: Duration,
    ) -> Result<tokio::sync::MutexGuard<'_, ()>, KeychainError> {
        let turn = timeout(deadline, self.turn.lock()).await;
        turn.map_err(|_| KeychainError::Waiting)
    }

    fn noted<T>(&self, begun: Result<T, KeychainError>) -> Result<T, KeychainError> {
        if begun.is_err() {
            self.state().keychain = KeychainState::after(&begun);
        }
        begun
    }
}

impl State {
    fn in_use(&self) -> Option<(&ApiKey, KeyStore)> {
        let kept = match &self.kept {
            Kept::Found(key) => Some(key),
            _ => None,
        };
        let from = |key: Option<_>, store| Option::zip(key, Some(store));
        from(self.environment.as_ref(), KeyStore::Environment)
            .or(from(self.session.as_ref(), KeyStore::Session))
            .or(from(kept, KeyStore::Keychain))
    }

    fn known(&self) -> Option<ApiKey> {
        self.in_use().map(|(key, _)| key.clone())
    }

    fn take_reading(&mut self) -> Option<Pending<Option<ApiKey>>> {
        match mem::replace(&mut self.kept, Kept::Unread) {
            Kept::Reading(reading) => Some(reading),
            other => {
                self.kept = other;
                None
            }
        }
    }

    fn has_read(&mut self, outcome: &Result<Option<ApiKey>, KeychainError>) {
        self.keychain = KeychainState::after(outcome);
        if let Ok(Some(key)) = outcome {
            self.kept = Kept::Found(key.clone());
            self.check = KeyCheck::Unknown;
        }
    }

    fn has_stored(&mut self, key: ApiKey, outcome: &Result<(), KeychainError>) {
        self.keychain = KeychainState::after(outcome);
        if outcome.is_ok() {
            self.kept = Kept::Found(key);
            self.session = None;
            self.check = KeyCheck::Unknown;
        }
    }

    fn hear_late_answer(&mut self) {
        match mem::replace(&mut self.kept, Kept::Unread) {
            Kept::Reading(mut reading) => match reading.try_take() {
                Some(outcome) => self.has_read(&outcome),
                None => self.kept = Kept::Reading(reading),
            },
            Kept::Keeping(key, mut storing) => match storing.try_take() {
                Some(outcome) => self.has_stored(key, &outcome),
                None => self.kept = Kept::Keeping(key, storing),
            },
            other => self.kept = other,
        }
    }
}

fn is_late<T>(outcome: &Result<T, KeychainError>) -> bool {
    matches!(
        outcome,
        Err(KeychainError::TimedOut | KeychainError::Waiting)
    )
}

fn left(deadline: Duration, since: Instant) -> Duration {
    deadline.saturating_sub(since.elapsed())
}
