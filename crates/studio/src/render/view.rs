//! How a render stands, for whoever asks.

use std::time::Duration;

use narration::render::schedule::State;

use super::record::FinishedFile;
use crate::failure::{Failure, FailureKind};

/// How a segment stands.
pub type SegmentState = State<FailureKind>;

/// What a render is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum RenderState {
    /// Takes are being made.
    Running,
    /// The service asked to wait for so long.
    Held(Duration),
    /// There is no connection; it goes on by itself when there is one.
    Offline,
    /// Nothing new begins; what was asked for is waited for.
    Pausing,
    /// A person paused it.
    Paused,
    /// What is left would cost more than was allowed.
    SpendingLimit,
    /// It stopped because of this, and goes on when asked to.
    Stopped(Failure),
    /// The takes are there but for failed ones; the files wait for a person's decision.
    Incomplete,
    /// The files are being written; this share of it is done, from 0 to 1.
    Writing(f64),
    /// The files are there.
    Finished,
    /// A person gave it up.
    Cancelled,
}

impl RenderState {
    /// Whether it does nothing until somebody asks for something.
    pub fn is_at_rest(&self) -> bool {
        !matches!(
            self,
            Self::Running | Self::Held(_) | Self::Offline | Self::Pausing | Self::Writing(_)
        )
    }
}

/// How a render stands.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderView {
    /// Of the narration.
    pub id: String,
    /// Of the narration.
    pub title: String,
    /// What it is doing.
    pub state: RenderState,
    /// Segments.
    pub total: usize,
    /// Segments whose takes are there, or that have nothing to say.
    pub done: usize,
    /// Segments that failed, and why; the first hundred.
    pub failed: Vec<(usize, Failure)>,
    /// Segments whose takes were made twice and still sound wrong.
    pub doubtful: Vec<usize>,
    /// Segments whose takes were found damaged or gone in this run, and were made again.
    pub damaged: usize,
    /// Characters to speak, each take once.
    pub characters: usize,
    /// Of them bought since it began now.
    pub bought: usize,
    /// Of them had without paying: bought before, or by another.
    pub reused: usize,
    /// What was spent on it in all, in millionths of a dollar, as far as prices are known.
    pub spent: u64,
    /// Until the takes are there, judged by those made so far.
    pub seconds_left: Option<f64>,
    /// Requests open at once at most, as found out.
    pub width: usize,
    /// Once they are there.
    pub files: Vec<FinishedFile>,
}
