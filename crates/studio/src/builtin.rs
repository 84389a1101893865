//! The built-in voice, loaded in the background so that it never delays the window.

use std::sync::Arc;

use builtin_voice::Voice;
use tokio::sync::watch;

use crate::failure::{Failure, FailureKind};

/// Where loading stands.
#[derive(Clone)]
pub enum Builtin {
    /// Not yet there.
    Loading,
    /// Ready to speak.
    Ready(Arc<Voice>),
    /// It does not work on this machine; the reason is for copying.
    Failed(String),
}

/// A handle to the voice that is there, or will be.
#[derive(Clone)]
pub struct BuiltinVoice {
    state: watch::Receiver<Builtin>,
}

impl BuiltinVoice {
    /// Begins to load on a thread of its own.
    pub fn load() -> Self {
        let (sender, state) = watch::channel(Builtin::Loading);
        let load = move || {
            let loaded = match std::panic::catch_unwind(Voice::load) {
                Ok(Ok(voice)) => Builtin::Ready(Arc::new(voice)),
                Ok(Err(error)) => Builtin::Failed(error.to_string()),
                Err(_) => Builtin::Failed("loading panicked".to_owned()),
            };
            sender.send_replace(loaded);
        };
        if let Err(error) = std::thread::Builder::new()
            .name("builtin-voice".to_owned())
            .spawn(load)
        {
            tracing::error!(%error, "The built-in voice could not be loaded.");
        }
        Self { state }
    }

    /// Where loading stands now.
    pub fn state(&self) -> Builtin {
        self.state.borrow().clone()
    }

    /// Is told when loading ends.
    pub fn changes(&self) -> watch::Receiver<Builtin> {
        self.state.clone()
    }

    /// The voice, once it is loaded.
    ///
    /// # Errors
    /// [`FailureKind::VoiceFailed`] when it does not work on this machine.
    pub async fn voice(&self) -> Result<Arc<Voice>, Failure> {
        let mut state = self.state.clone();
        let settled = state
            .wait_for(|state| !matches!(state, Builtin::Loading))
            .await;
        match settled.as_deref() {
            Ok(Builtin::Ready(voice)) => Ok(Arc::clone(voice)),
            Ok(Builtin::Failed(reason)) => {
                Err(Failure::new(FailureKind::VoiceFailed, reason.clone()))
            }
            Ok(Builtin::Loading) | Err(_) => Err(Failure::new(
                FailureKind::VoiceFailed,
                "the loading thread is gone",
            )),
        }
    }
}
