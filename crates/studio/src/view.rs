//! How things stand, as values: what [`crate::Studio`] answers to whoever shows it.

use std::path::PathBuf;
use std::sync::Arc;

use narration::document::Document;

use crate::account::KeyStatus;
use crate::documents::{DocumentView, Opening};
use crate::failure::Failure;
use crate::notices::Notice;
use crate::save::SaveProgress;
use crate::settings::Settings;
use crate::speech::Mark;
use crate::studio::narrations::NarrationView;

/// What is to be spoken.
#[derive(Clone, Debug)]
pub enum Source {
    /// What stands in the text area, or came as an argument.
    Typed(String),
    /// A document that was just read.
    Read(Arc<Document>),
    /// One of [`crate::documents`], by its id.
    Opened(u32),
}

/// The price before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// Characters that will be spoken, as the service counts.
    pub characters: usize,
    /// Whether there is anything this voice can speak.
    pub speakable: bool,
    /// Segments.
    pub sentences: usize,
    /// Characters bought before.
    pub owned: usize,
    /// Characters to buy.
    pub to_buy: usize,
    /// US dollars for them; `None` when the pool's price is not known.
    pub price: Option<f64>,
    /// Estimated length.
    pub seconds: f64,
}

/// Where the newest import stands.
#[derive(Clone, Debug, Default)]
pub enum ImportState {
    /// None yet.
    #[default]
    Idle,
    /// Being read.
    Reading {
        /// The file's name.
        file_name: String,
    },
    /// Read.
    Ready {
        /// Number of the import.
        id: u32,
        /// The file's name.
        file_name: String,
        /// What was read.
        document: Arc<Document>,
    },
    /// Not read.
    Failed {
        /// Number of the import.
        id: u32,
        /// The file's name.
        file_name: String,
        /// Why.
        failure: Failure,
    },
}

/// Where saving stands.
#[derive(Clone, Debug, Default)]
pub enum SaveState {
    /// Nothing is saved.
    #[default]
    Idle,
    /// The person is choosing a place.
    Choosing,
    /// Being made.
    Saving {
        /// How far.
        progress: SaveProgress,
        /// Where it will be.
        path: PathBuf,
    },
    /// There.
    Saved {
        /// Number of the saving.
        id: u32,
        /// Where.
        path: PathBuf,
        /// Length.
        seconds: f64,
    },
    /// Nothing was written.
    Failed {
        /// Number of the saving.
        id: u32,
        /// Why.
        failure: Failure,
    },
}

/// What is heard, from a listener's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackState {
    /// Nothing to play.
    Idle,
    /// For sound.
    Waiting,
    /// It can be heard.
    Playing,
    /// By the person.
    Paused,
    /// To the end.
    Finished,
    /// What arrived was played, the rest failed.
    Failed,
    /// There is no loudspeaker.
    NoDevice,
}

/// What is heard now.
#[derive(Clone, Debug)]
pub struct PlaybackView {
    /// Number of the speech; 0 for none.
    pub speech: u32,
    /// The voice that is tried out, if it is that.
    pub preview: Option<String>,
    /// What it is doing.
    pub state: PlaybackState,
    /// Seconds heard.
    pub position: f64,
    /// Seconds there.
    pub arrived: f64,
    /// Whether that is all.
    pub complete: bool,
    /// Seconds in all, estimated until complete.
    pub expected: f64,
    /// Index of the first mark, and the marks.
    pub marks: (usize, Vec<Mark>),
    /// Index of the first peak, and the peaks.
    pub peaks: (usize, Vec<u8>),
}

/// Everything slow-changing.
#[derive(Clone, Debug)]
pub struct View {
    /// Changes with anything here.
    pub revision: u32,
    /// Where the built-in voice stands; the error is its reason.
    pub builtin: Result<bool, String>,
    /// Of the key.
    pub key: KeyStatus,
    /// In force.
    pub settings: Settings,
    /// See there.
    pub import: ImportState,
    /// Newest first.
    pub documents: Vec<DocumentView>,
    /// What was opened last.
    pub opening: Option<Opening>,
    /// Newest first.
    pub narrations: Vec<NarrationView>,
    /// Where finished files go.
    pub narration_folder: PathBuf,
    /// See there.
    pub save: SaveState,
    /// Newest last.
    pub notices: Vec<Notice>,
    /// A file is held over the window.
    pub drop_hover: bool,
    /// Changes with the list of voices.
    pub voices_revision: u32,
    /// Changes with the pronunciation dictionaries.
    pub dictionaries_revision: u32,
}
