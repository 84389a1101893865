//! Why a command did not do what it was asked to, and the exit code for it.

use std::error::Error;
use std::io;
use std::path::Path;

use narration::durable::WriteError;
use studio::failure::{Failure, FailureKind};

use crate::narrate::Narrated;
use crate::words;

/// What ended a command early.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something failed that has words of its own.
    Failed {
        failure: Failure,
        /// The file it is about, as the person named it.
        about: Option<String>,
    },
    /// The key that was offered was not kept, for a reason only this sentence tells.
    KeyNotKept(String),
    /// A narration stopped at its spending limit.
    SpendingLimit,
    /// Some of what is to be exported is not owned.
    NotOwned,
    /// Sentences of these narrations could not be made; those that are whole are among them.
    Incomplete(Vec<Narrated>),
    /// As a failure of this kind, but the result has said it already.
    Said(FailureKind),
    /// The command line, or the environment, asks for something that cannot be. A whole sentence.
    Usage(String),
    /// Nobody reads the result any more, as after `| head`: nothing more to do, and nothing to say.
    ReaderGone,
    /// A signal came.
    Stopped(Stop),
    /// A signal came while a narration was made, which goes on when asked again.
    Interrupted(Stop),
}

/// The signal that came.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "there is only Ctrl-C elsewhere")
)]
pub(crate) enum Stop {
    Interrupted,
    Terminated,
    HungUp,
}

/// Exit codes by what a script would do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Unexpected = 1,
    Usage = 2,
    Key = 3,
    Network = 4,
    Service = 5,
    File = 6,
    NoSpeech = 7,
}

impl Trouble {
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::Usage(sentence.into())
    }

    pub(crate) fn unexpected(error: &dyn Error) -> Self {
        Failure::new(FailureKind::Unexpected, error.to_string()).into()
    }

    /// The failure with the file it is about.
    pub(crate) fn about(failure: impl Into<Failure>, path: &Path) -> Self {
        Self::Failed {
            failure: failure.into(),
            about: Some(path.display().to_string()),
        }
    }

    /// Why something could not be written where it should go.
    pub(crate) fn writing(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::about(WriteError::new(path, error), path),
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { failure, .. } => words::of(failure.kind).exit as u8,
            Self::SpendingLimit | Self::NotOwned | Self::Incomplete(_) => Exit::Service as u8,
            Self::KeyNotKept(_) => Exit::Key as u8,
            Self::Said(kind) => words::of(*kind).exit as u8,
            Self::Usage(_) => Exit::Usage as u8,
            Self::ReaderGone => 0,
            Self::Stopped(stop) | Self::Interrupted(stop) => match stop {
                Stop::HungUp => 129,
                Stop::Interrupted => 130,
                Stop::Terminated => 143,
            },
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed {
            failure,
            about: None,
        }
    }
}

impl From<FailureKind> for Trouble {
    fn from(kind: FailureKind) -> Self {
        Failure::from(kind).into()
    }
}
