//! One text saved as one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use narration::synthesis::Delivery;

use super::Studio;
use crate::failure::{Failure, FailureKind};
use crate::save::{self, Order, SaveProgress};
use crate::view::{SaveState, Source};

impl Studio {
    /// A place is about to be chosen. `false` if something is being saved already.
    pub fn begin_choosing(&self) -> bool {
        let mut state = self.state();
        if matches!(state.save, SaveState::Choosing | SaveState::Saving { .. }) {
            return false;
        }
        state.save = SaveState::Choosing;
        drop(state);
        self.changed();
        true
    }

    /// No place was chosen, or what is being saved is no longer wanted.
    pub fn cancel_save(&self) {
        let mut state = self.state();
        if let Some(saving) = state.saving.take() {
            saving.abort();
        }
        state.save = SaveState::Idle;
        drop(state);
        self.changed();
    }

    /// Begins to save into `path`.
    pub fn save(&self, source: Source, delivery: Delivery, path: PathBuf) {
        let progress = SaveProgress { done: 0, total: 0 };
        let id = {
            let mut state = self.state();
            state.saves += 1;
            state.save = SaveState::Saving {
                progress,
                path: path.clone(),
            };
            state.saves
        };
        self.changed();
        let studio = self.clone();
        let task = self.shared.runtime.spawn(async move {
            let outcome = studio.save_to(source, delivery, &path, id).await;
            let mut not_kept = None;
            let save = match outcome {
                Ok(saved) => {
                    not_kept = saved.not_kept;
                    SaveState::Saved {
                        id,
                        path,
                        seconds: saved.seconds,
                    }
                }
                Err(failure) => SaveState::Failed { id, failure },
            };
            let mut state = studio.state();
            state.save = save;
            state.saving = None;
            drop(state);
            studio.shared.notices.recovered();
            if let Some(failure) = not_kept {
                studio.shared.notices.add(failure, false);
            }
            studio.changed();
        });
        let mut state = self.state();
        if matches!(state.save, SaveState::Saving { .. }) {
            state.saving = Some(task.abort_handle());
        }
    }

    async fn save_to(
        &self,
        source: Source,
        delivery: Delivery,
        path: &Path,
        id: u32,
    ) -> Result<save::Saved, Failure> {
        let studio = self.clone();
        let cut_for = delivery.clone();
        let read = self
            .shared
            .runtime
            .spawn_blocking(move || studio.read_source(source, &cut_for));
        let (text, script) = read
            .await
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))??;
        let concurrency = usize::from(self.settings().settings().concurrency);
        let casting = self.cast(&script, delivery);
        let order = Order {
            text,
            script,
            casting,
            concurrency,
        };
        let progressed = |progress| {
            let mut state = self.state();
            if state.saves == id
                && let SaveState::Saving {
                    progress: shown, ..
                } = &mut state.save
            {
                *shown = progress;
            }
            drop(state);
            self.shared.notices.recovered();
            self.changed();
        };
        let studio = self.clone();
        let retrying = Arc::new(move |failure: &Failure| {
            studio.shared.notices.add(failure.clone(), true);
            studio.changed();
        });
        save::save(&self.shared.synthesizer, order, path, &progressed, retrying).await
    }

    /// Where the last saved file is.
    pub fn saved_path(&self) -> Option<PathBuf> {
        match &self.state().save {
            SaveState::Saved { path, .. } => Some(path.clone()),
            _ => None,
        }
    }
}
