//! Narrations in the making, whoever asked for them, and the room that their takes have.

use std::sync::PoisonError;

use super::Studio;
use crate::failure::Failure;
use crate::quote::{self, Estimate};
use crate::render::{Library, Limits, Record, Refusal, Render};

impl Studio {
    /// What a narration would cost and take. Blocks while it asks the disk for every sentence.
    ///
    /// # Errors
    /// [`UnknownVoice`](crate::failure::FailureKind::UnknownVoice) for a voice that is none.
    pub fn estimate(&self, order: &narration::render::Order) -> Result<Estimate, Failure> {
        let settings = self.settings().settings().clone();
        quote::estimate(
            order,
            &self.shared.synthesizer,
            &settings,
            self.shared.synthesizer.takes().folder(),
        )
    }

    /// Lets so many requests be open at once until the settings change, whatever they say.
    pub fn allow_at_once(&self, requests: usize) {
        self.shared.queue.set_limit(requests);
    }

    /// All narrations.
    pub fn library(&self) -> &Library {
        &self.shared.library
    }

    /// Begins to make a narration, or goes on with it. One that this studio makes already is found again.
    ///
    /// # Errors
    /// As [`Render::begin`].
    pub fn render(&self, record: Record, limits: Limits) -> Result<Render, Refusal> {
        let mut renders = self
            .shared
            .renders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(render) = renders.get(&record.id).filter(|render| render.is_alive()) {
            render.set_limits(limits);
            render.resume();
            return Ok(render.clone());
        }
        let id = record.id.clone();
        let _context = self.shared.runtime.enter();
        let render = Render::begin(self.shared.synthesizer.clone(), record, limits)?;
        renders.insert(id, render.clone());
        let (studio, rested) = (self.clone(), render.clone());
        self.shared.runtime.spawn(async move {
            rested.rested().await;
            let cleaning = tokio::task::spawn_blocking(move || studio.make_room());
            // What is too much now is removed after the next render.
            let _ = cleaning.await;
        });
        Ok(render)
    }

    /// The render of a narration, if this studio makes it or made it.
    pub fn find_render(&self, id: &str) -> Option<Render> {
        let renders = self
            .shared
            .renders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        renders.get(id).cloned()
    }

    /// Removes takes beyond the room that the settings give them: those that cost nothing first, then those unused for
    /// longest; never what an unfinished narration needs. Looks at every file: for a background thread.
    pub fn make_room(&self) -> narration::take::Evicted {
        let gigabytes = self.settings().settings().takes_gigabytes;
        self.make_room_of((gigabytes * 1e9) as u64)
    }

    pub(crate) fn make_room_of(&self, budget: u64) -> narration::take::Evicted {
        let needed = self.shared.library.needed(self.shared.endpoint.origin());
        self.shared.synthesizer.takes().evict(budget, &needed)
    }
}
