//! The studio's documents as a window has them: taken in, looked at, changed.

use std::path::PathBuf;
use std::sync::Arc;

use narration::document::{Document, RemarkKind};
use narration::script::Script;
use waves::Language;

use super::Studio;
use super::reading::Speakers;
use crate::documents::{Page, ReportLine};
use crate::failure::Failure;
use crate::import;

impl Studio {
    pub(super) fn recall_documents(&self) {
        let studio = self.clone();
        self.shared.runtime.spawn_blocking(move || {
            studio.shared.documents.recall();
            studio.changed();
            studio.recall_narrations();
            studio.changed();
        });
    }

    /// Whether files that are dropped become documents, even a single short one; set while those are shown.
    pub fn let_drops_open(&self, open: bool) {
        self.state().drops_open = open;
    }

    /// Takes what was dropped or chosen. A single short text is read to be spoken as it is, unless documents are shown;
    /// everything else becomes a document.
    pub fn take_in(&self, paths: Vec<PathBuf>) {
        match paths.as_slice() {
            [path] if !self.state().drops_open && !import::is_document(path) => self.import(paths),
            _ => self.open_documents(paths),
        }
    }

    /// Begins to open files as documents, one after the other.
    pub fn open_documents(&self, paths: Vec<PathBuf>) {
        self.state().drop_hover = false;
        let ids = self.shared.documents.expect(&paths);
        self.changed();
        let studio = self.clone();
        self.shared.runtime.spawn_blocking(move || {
            let documents = &studio.shared.documents;
            for (id, path) in ids.into_iter().zip(&paths) {
                if !documents.begin(id) {
                    continue;
                }
                studio.changed();
                let shown = || studio.changed();
                if let Err(failure) = documents.read(id, path, studio.cutter(), shown) {
                    studio.shared.notices.add(failure, false);
                }
                studio.changed();
            }
        });
    }

    /// A document's page. Blocks while it is read.
    ///
    /// # Errors
    /// As [`crate::documents::Documents::page`].
    pub fn page(&self, id: u32) -> Result<Arc<Page>, Failure> {
        let page = self.shared.documents.page(id, self.cutter());
        page.inspect_err(|_| self.changed())
    }

    /// What importing did to a document. Blocks while it is read.
    ///
    /// # Errors
    /// As [`crate::documents::Documents::page`].
    pub fn import_report(&self, id: u32) -> Result<Vec<ReportLine>, Failure> {
        self.shared.documents.report(id, self.cutter())
    }

    /// Gives a sentence of a document other words; see [`crate::documents::Documents::edit`].
    ///
    /// # Errors
    /// As there.
    pub fn edit_sentence(
        &self,
        id: u32,
        sentence: usize,
        before: &str,
        text: &str,
    ) -> Result<(), Failure> {
        let documents = &self.shared.documents;
        self.noted(documents.edit(id, sentence, before, text, self.cutter()))
    }

    /// Gives the paragraph of a sentence its imported words back; see [`crate::documents::Documents::restore`].
    ///
    /// # Errors
    /// As there.
    pub fn restore_sentence(&self, id: u32, sentence: usize, before: &str) -> Result<(), Failure> {
        let documents = &self.shared.documents;
        self.noted(documents.restore(id, sentence, before, self.cutter()))
    }

    /// Undoes one kind of what importing did, or does it after all; see [`crate::documents::Documents::undo`].
    ///
    /// # Errors
    /// As there.
    pub fn undo_import(&self, id: u32, kind: RemarkKind, undone: bool) -> Result<(), Failure> {
        let documents = &self.shared.documents;
        self.noted(documents.undo(id, kind, undone, self.cutter()))
    }

    /// Says whether a document is a dialogue; see [`crate::documents::Documents::mark_dialogue`].
    ///
    /// # Errors
    /// As there.
    pub fn mark_dialogue(&self, id: u32, dialogue: bool) -> Result<(), Failure> {
        let documents = &self.shared.documents;
        self.noted(documents.mark_dialogue(id, dialogue, self.cutter()))
    }

    /// Puts a document away; see [`crate::documents::Documents::remove`].
    ///
    /// # Errors
    /// As there.
    pub fn remove_document(&self, id: u32) -> Result<(), Failure> {
        self.noted(self.shared.documents.remove(id))
    }

    pub(super) fn cutter(&self) -> impl Fn(&Document, bool) -> Script {
        let dictionaries = self.shared.dictionaries.in_use();
        move |document: &Document, dialogue: bool| {
            let speakers = Speakers::of(dialogue);
            self.cut_around(document, Language::Auto, &dictionaries, speakers)
        }
    }

    /// The list may have changed, whatever came of it.
    fn noted<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        self.changed();
        outcome
    }
}
