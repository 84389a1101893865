//! A render as others see it: what it can be asked for, and how it stands.

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use super::board::Board;
use super::driver::Driver;
use super::record::{Record, Refusal};
use super::view::{RenderState, RenderView, SegmentState};
use crate::lock::lock;
use crate::synthesizer::Synthesizer;

/// How much may be asked at once, and how much may be spent.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests the account may have open at once, at least 1. The built-in voice takes the machine's cores instead.
    pub concurrency: usize,
    /// Millionths of a dollar for the whole narration; `None` for no limit.
    pub spending: Option<u64>,
    /// Whether files are written although segments have failed.
    pub without_failed: bool,
}

impl Limits {
    /// What is there costs nothing; what is not would have to be bought, which an export does not.
    pub const EXPORT: Self = Self {
        concurrency: 1,
        spending: Some(0),
        without_failed: true,
    };
}

/// A render that goes on by itself. Clones are the same render; it goes on when all of them are gone, to its next rest.
#[derive(Clone)]
pub struct Render {
    view: watch::Receiver<RenderView>,
    board: Arc<Mutex<Board>>,
    wishes: mpsc::UnboundedSender<Wish>,
}

/// What a person may want of it.
pub(super) enum Wish {
    Pause,
    Resume,
    Cancel,
    Retry(usize),
    Limits(Limits),
}

impl Render {
    /// Begins or goes on. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`Refusal::Elsewhere`] while another process makes it; a failure of kind
    /// [`UnknownVoice`](crate::failure::FailureKind::UnknownVoice) for a voice that is none, and
    /// [`NothingToSay`](crate::failure::FailureKind::NothingToSay) without segments.
    pub fn begin(
        synthesizer: Synthesizer,
        record: Record,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let lock = record.lock()?;
        let mut driver = Driver::new(synthesizer, record, limits, lock)?;
        let (wishes, heard) = mpsc::unbounded_channel();
        let (shown, view) = watch::channel(driver.view(RenderState::Running));
        let board = driver.board();
        tokio::spawn(async move { driver.run(heard, shown).await });
        Ok(Self {
            view,
            board,
            wishes,
        })
    }

    /// Whether anything drives it still.
    pub fn is_alive(&self) -> bool {
        !self.wishes.is_closed()
    }

    /// Whether both are handles of one render.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.board, &other.board)
    }

    /// How it stands.
    pub fn view(&self) -> RenderView {
        self.view.borrow().clone()
    }

    /// How segments stand, from the `from`-th on.
    pub fn segments(&self, from: usize, count: usize) -> Vec<SegmentState> {
        lock(&self.board).segments(from, count)
    }

    /// Waits until it stands otherwise.
    pub async fn changed(&mut self) -> RenderView {
        // Without a driver it stands as it did last.
        let _ = self.view.changed().await;
        self.view.borrow_and_update().clone()
    }

    /// Waits until it does nothing more by itself.
    pub async fn rested(&self) -> RenderView {
        let mut view = self.view.clone();
        let rested = view.wait_for(|view| view.state.is_at_rest()).await;
        let rested = rested.map(|view| view.clone());
        rested.unwrap_or_else(|_| self.view())
    }

    /// Begins nothing more. What was asked for is finished.
    pub fn pause(&self) {
        self.wish(Wish::Pause);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.wish(Wish::Resume);
    }

    /// Gives it up. Its takes stay.
    pub fn cancel(&self) {
        self.wish(Wish::Cancel);
    }

    /// Asks for a failed segment again.
    pub fn retry(&self, segment: usize) {
        self.wish(Wish::Retry(segment));
    }

    /// Changes how much may be asked and spent.
    pub fn set_limits(&self, limits: Limits) {
        self.wish(Wish::Limits(limits));
    }

    fn wish(&self, wish: Wish) {
        // One that has ended has no use for wishes.
        let _ = self.wishes.send(wish);
    }
}
