//! The built-in voice, loaded in the background when it is first wanted: it never delays the window, and who speaks with
//! other voices never pays its memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use builtin_voice::Voice;
use tokio::sync::watch;

use crate::failure::{Failure, FailureKind};

/// Where loading stands.
#[derive(Clone)]
pub enum Builtin {
    /// Not yet there: nobody has wanted it, or it is being loaded.
    Unready,
    /// Ready to speak.
    Ready(Arc<Voice>),
    /// It does not work on this machine; the reason is for copying.
    Failed(String),
}

/// A handle to the voice that is there, or will be.
#[derive(Clone)]
pub struct BuiltinVoice {
    state: watch::Sender<Builtin>,
    is_wanted: Arc<AtomicBool>,
}

impl Default for BuiltinVoice {
    fn default() -> Self {
        Self::new()
    }
}

impl BuiltinVoice {
    /// A voice that nobody has wanted yet.
    pub fn new() -> Self {
        Self {
            state: watch::Sender::new(Builtin::Unready),
            is_wanted: Arc::default(),
        }
    }

    /// Begins to load on a thread of its own, unless that was done before. Called as soon as somebody seems about to speak.
    pub fn prepare(&self) {
        if self.is_wanted.swap(true, Ordering::Relaxed) {
            return;
        }
        let state = self.state.clone();
        let load = move || {
            let loaded = match std::panic::catch_unwind(Voice::load) {
                Ok(Ok(voice)) => Builtin::Ready(Arc::new(voice)),
                Ok(Err(error)) => Builtin::Failed(error.to_string()),
                Err(_) => Builtin::Failed("loading panicked".to_owned()),
            };
            state.send_replace(loaded);
        };
        let thread = std::thread::Builder::new().name("builtin-voice".to_owned());
        if let Err(error) = thread.spawn(load) {
            tracing::error!(%error, "The built-in voice could not be loaded.");
            self.state.send_replace(Builtin::Failed(error.to_string()));
        }
    }

    /// Where loading stands now.
    pub fn state(&self) -> Builtin {
        self.state.borrow().clone()
    }

    /// Is told when loading has ended.
    pub fn changes(&self) -> watch::Receiver<Builtin> {
        self.state.subscribe()
    }

    /// The voice, once it is loaded; it is loaded if it was not wanted before.
    ///
    /// # Errors
    /// [`FailureKind::VoiceFailed`] when it does not work on this machine.
    pub async fn voice(&self) -> Result<Arc<Voice>, Failure> {
        self.prepare();
        let mut state = self.state.subscribe();
        let settled = state
            .wait_for(|state| !matches!(state, Builtin::Unready))
            .await;
        match settled.as_deref() {
            Ok(Builtin::Ready(voice)) => Ok(Arc::clone(voice)),
            Ok(Builtin::Failed(reason)) => {
                Err(Failure::new(FailureKind::VoiceFailed, reason.clone()))
            }
            Ok(Builtin::Unready) | Err(_) => Err(Failure::new(
                FailureKind::VoiceFailed,
                "the loading thread is gone",
            )),
        }
    }
}
