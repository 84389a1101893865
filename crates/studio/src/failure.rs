//! What went wrong, in the kinds that somebody acts on.
//!
//! Every stage has typed errors of its own; here they become the one type that the window and the command line put into
//! words. A kind exists only where the words or the remedy differ. The details are for copying, never for reading aloud:
//! they hold the service's words and the request id, never a key and never the text that was spoken.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use narration::document::ImportError;
use narration::durable::{WriteError, WriteErrorKind};
use narration::synthesis::SynthesisError;

/// One failure, ready to be put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What somebody can act on.
    pub kind: FailureKind,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// What the service's support asks for.
    pub request_id: Option<String>,
    /// For copying into a report.
    pub details: String,
    /// The file that could not be written, if it was that.
    pub place: Option<PathBuf>,
}

/// The kinds of failure, one for each set of words and remedies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The service does not accept the key (401).
    Unauthorized,
    /// The key may not do this, or the plan's limit is reached (403).
    Forbidden,
    /// Too many requests at once (429).
    RateLimited,
    /// The service refused what was asked (400, 404, 410, 413).
    Rejected,
    /// The service does not know the voice.
    UnknownVoice,
    /// The service had a problem of its own (5xx).
    Server,
    /// The service cannot be reached.
    Offline,
    /// The other end could not prove that it is the service.
    Untrusted,
    /// A web page answered instead of the service: a proxy or a network that wants a sign-in.
    WebPage,
    /// The service did not answer in time, or fell silent.
    TimedOut,
    /// The audio ended before it was complete.
    CutOff,
    /// The answer was not what the service's contract promises.
    BadAnswer,
    /// There is nothing in the text that the voice can speak.
    NothingToSay,
    /// A cloud voice was asked for and there is no key.
    NoKey,
    /// The built-in voice does not work.
    VoiceFailed,
    /// Not a file that can be read as text.
    NotText,
    /// Larger than what is read.
    TooLarge,
    /// Of a kind that can be read, and its name says another.
    OtherKind,
    /// A document that wants a password.
    Protected,
    /// A book with a shop's lock (DRM) on it.
    Locked,
    /// A PDF without text: its pages are pictures.
    PicturesOnly,
    /// A document that is cut off or broken.
    Damaged,
    /// A document that unpacks to more than any text.
    TooComplex,
    /// The file cannot be opened or read.
    Unreadable,
    /// A folder where a file was expected.
    IsFolder,
    /// A file without text.
    EmptyFile,
    /// More than one file at once.
    ManyFiles,
    /// What a person saw has changed meanwhile.
    Stale,
    /// A word is said otherwise by now than when the speech was asked for, or its dictionary is gone.
    DictionaryChanged,
    /// Files of other origin have the names of those to be made.
    InTheWay,
    /// Another Peal is making the same narration.
    MadeElsewhere,
    /// The disk is full.
    DiskFull,
    /// The folder does not let this person write.
    FolderDenied,
    /// The file could not be written for another reason.
    FileFailed,
    /// No loudspeaker.
    NoLoudspeaker,
    /// The voice cannot be tried out.
    NoPreview,
    /// The keychain is locked.
    KeychainLocked,
    /// This system has no keychain.
    KeychainMissing,
    /// The keychain refused.
    KeychainDenied,
    /// The keychain has not answered yet.
    KeychainWaiting,
    /// The settings were damaged; what could be read was kept.
    SettingsSalvaged,
    /// A setting could not be written.
    SettingsNotSaved,
    /// Something that should not happen.
    Unexpected,
}

impl Failure {
    /// A failure of this kind with details for copying.
    pub fn new(kind: FailureKind, details: impl Into<String>) -> Self {
        Self {
            kind,
            retry_after: None,
            request_id: None,
            details: details.into(),
            place: None,
        }
    }

    /// Whether the same attempt may succeed later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        use FailureKind::{
            BadAnswer, CutOff, KeychainLocked, KeychainWaiting, NoLoudspeaker, Offline,
            RateLimited, Server, TimedOut,
        };
        matches!(
            self.kind,
            RateLimited
                | Server
                | Offline
                | TimedOut
                | CutOff
                | BadAnswer
                | NoLoudspeaker
                | KeychainLocked
                | KeychainWaiting
        )
    }

    /// Why `path` could not be read.
    pub fn reading(path: &Path, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::IsADirectory => FailureKind::IsFolder,
            _ => FailureKind::Unreadable,
        };
        Self::new(kind, format!("{}: {error}", path.display()))
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self::new(kind, "")
    }
}

impl From<waves::Error> for Failure {
    fn from(error: waves::Error) -> Self {
        let kind = match error.kind() {
            _ if error.is_web_page() => FailureKind::WebPage,
            waves::ErrorKind::Unauthorized => FailureKind::Unauthorized,
            waves::ErrorKind::Forbidden => FailureKind::Forbidden,
            waves::ErrorKind::RateLimited => FailureKind::RateLimited,
            waves::ErrorKind::Rejected
                if error
                    .details()
                    .iter()
                    .any(|detail| detail.path == "voice_id") =>
            {
                FailureKind::UnknownVoice
            }
            waves::ErrorKind::Rejected => FailureKind::Rejected,
            waves::ErrorKind::Server => FailureKind::Server,
            waves::ErrorKind::Network => FailureKind::Offline,
            waves::ErrorKind::Tls => FailureKind::Untrusted,
            waves::ErrorKind::TimedOut => FailureKind::TimedOut,
            waves::ErrorKind::Truncated => FailureKind::CutOff,
            waves::ErrorKind::Protocol | waves::ErrorKind::NoSpeech => FailureKind::BadAnswer,
        };
        Self {
            kind,
            retry_after: error.retry_after(),
            request_id: error.request_id().map(str::to_owned),
            details: error.to_string(),
            place: None,
        }
    }
}

impl From<SynthesisError> for Failure {
    fn from(error: SynthesisError) -> Self {
        match error {
            SynthesisError::Cloud(error) => error.into(),
            SynthesisError::Builtin(error) => {
                Self::new(FailureKind::VoiceFailed, error.to_string())
            }
            SynthesisError::Unfinished => Self::new(FailureKind::CutOff, error.to_string()),
            SynthesisError::NothingToSay => FailureKind::NothingToSay.into(),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let kind = match error {
            ImportError::NotText => FailureKind::NotText,
            ImportError::TooLarge => FailureKind::TooLarge,
            ImportError::Empty => FailureKind::EmptyFile,
            ImportError::OtherKind => FailureKind::OtherKind,
            ImportError::Protected => FailureKind::Protected,
            ImportError::Locked => FailureKind::Locked,
            ImportError::PicturesOnly => FailureKind::PicturesOnly,
            ImportError::Damaged => FailureKind::Damaged,
            ImportError::TooComplex => FailureKind::TooComplex,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let kind = match error.kind {
            WriteErrorKind::Full => FailureKind::DiskFull,
            WriteErrorKind::Denied => FailureKind::FolderDenied,
            WriteErrorKind::Taken => FailureKind::InTheWay,
            WriteErrorKind::TooLarge
            | WriteErrorKind::MissingFolder
            | WriteErrorKind::IsFolder
            | WriteErrorKind::Other => FailureKind::FileFailed,
        };
        Self {
            place: Some(error.path.clone()),
            ..Self::new(kind, error.to_string())
        }
    }
}
