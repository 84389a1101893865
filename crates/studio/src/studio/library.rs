//! The studio's library as a window has it: what was made is found, named, and made into other files without buying.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Studio;
use super::narrations::{NarrationView, failure_of, gone};
use crate::failure::{Failure, FailureKind};
use crate::lock::lock;
use crate::render::record::has_words;
use crate::render::{Limits, Output, Request};

impl Studio {
    /// Narrations in whose title, author, voice or names of files every one of these words stands, in any case of
    /// letters; newest first. Without words, all.
    pub fn find_narrations(&self, words: &str) -> Vec<NarrationView> {
        let mut found = self.narrations();
        found.retain(|one| {
            let known = [one.title.as_str(), &one.voice];
            let author = one.author.as_deref();
            has_words(words, known.into_iter().chain(author), &one.files)
        });
        found
    }

    /// Makes files of a narration again, in another form. What is owned is used and nothing is bought: segments without
    /// a take are left out. Gives the id of the narration that is being made, which is another one where the folder is
    /// another. Without a folder, the files go where those are that were made before. Blocks for a moment.
    ///
    /// # Errors
    /// When the narration is not there any more, [`FailureKind::InTheWay`] as for [`Studio::begin_narration`], or what
    /// keeps it from being begun.
    pub fn export_narration(&self, id: &str, output: Output) -> Result<String, Failure> {
        let before = self.library().find(id).ok_or_else(gone)?;
        let request = before.exported(output);
        self.refuse_to_replace(&request)?;
        self.give_way(&request)?;
        let record = self.library().add(request)?;
        let id = record.id.clone();
        self.make(record, Limits::EXPORT)?;
        Ok(id)
    }

    /// Gives a narration another title. Files that are there keep their names; those that are exported from now on are
    /// called by the new one.
    ///
    /// # Errors
    /// [`FailureKind::NothingToSay`] without a title, when the narration is not there any more, or when the title
    /// cannot be written down.
    pub fn rename_narration(&self, id: &str, title: &str) -> Result<(), Failure> {
        let mut record = self.library().find(id).ok_or_else(gone)?;
        record.rename(title)?;
        self.change_narration(id, |entry| record.title().clone_into(&mut entry.title));
        Ok(())
    }

    /// Takes a narration out of the list; one that this Peal is making is given up first. Its files and takes stay.
    /// Blocks until the sentence has come that is being bought.
    ///
    /// # Errors
    /// While it is made.
    pub fn remove_narration(&self, id: &str) -> Result<(), Failure> {
        self.end_render(id)?;
        if let Some(record) = self.library().find(id) {
            self.library().remove(&record).map_err(failure_of)?;
        }
        lock(&self.shared.narrations).retain(|entry| entry.id != id);
        self.changed();
        Ok(())
    }

    /// Gives up what is made, or rests, of another text, voice or form for the same files: what is asked for now takes
    /// its place. What it has bought is kept.
    pub(super) fn give_way(&self, request: &Request) -> Result<(), Failure> {
        match self.library().find_same(request) {
            Some(before) if !before.request.asks_the_same(request) => self.end_render(&before.id),
            _ => Ok(()),
        }
    }

    /// Gives a render up and waits for its end: one that rests holds its narration too.
    fn end_render(&self, id: &str) -> Result<(), Failure> {
        const FOR_WHAT_IS_PAID: Duration = Duration::from_secs(12);
        const GLANCE: Duration = Duration::from_millis(5);
        let Some(render) = self.find_render(id) else {
            return Ok(());
        };
        render.cancel();
        let deadline = Instant::now() + FOR_WHAT_IS_PAID;
        while render.is_alive() && Instant::now() < deadline {
            std::thread::sleep(GLANCE);
        }
        match render.is_alive() {
            true => Err(FailureKind::MadeElsewhere.into()),
            false => Ok(()),
        }
    }

    /// The first file of a narration.
    pub fn narration_file(&self, id: &str) -> Option<PathBuf> {
        let list = lock(&self.shared.narrations);
        let entry = list.iter().find(|entry| entry.id == id)?;
        entry.files.first().map(|file| file.path.clone())
    }

    /// The words of a segment of a narration. Blocks while it reads them from the disk.
    pub fn narration_sentence(&self, id: &str, segment: usize) -> Option<String> {
        let mut segments = self.library().find(id)?.request.order.segments;
        (segment < segments.len()).then(|| segments.swap_remove(segment).text)
    }
}
