//! The documents that a person works on: opened from files, edited sentence by sentence, kept until they are put away.
//!
//! What it is: a list with a [`Page`] behind each entry, and what is on disk of it. What it is not: it plays nothing and
//! knows no prices; a page gives text and script to whoever does.
//!
//! Whoever cuts a text is told whether a person says that it is a dialogue.
//!
//! Invariants:
//! - What a person changed is on disk before the change is answered for.
//! - Only [`MOST_OPEN`] pages are held in memory; every other is read again when it is looked at.
//! - A file that cannot be read stays in the list with its reason, until the person sends it away.

mod edits;
mod kept;
mod page;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use narration::document::{self, Document, ImportOptions, RemarkKind};
use narration::script::Script;

pub use edits::Edits;
pub use page::{ChapterView, Page, Piece, SentenceView};

use crate::failure::{Failure, FailureKind};
use crate::import;
use crate::lock::lock;
use kept::Kept;

/// So many pages are held in memory: what is read, what is heard, and one to compare with.
pub const MOST_OPEN: usize = 3;

/// So many documents are in the list at most; the list is told as a whole.
const MOST_LISTED: usize = 1000;

/// How a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentState {
    /// Other files are read first.
    Waiting,
    /// Being read.
    Reading,
    /// It can be looked at.
    Ready,
    /// It could not be read.
    Failed(Failure),
}

/// A document in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    /// Differs for each document in this run of Peal.
    pub id: u32,
    /// Changes with its text.
    pub revision: u32,
    /// The file's name.
    pub file_name: String,
    /// From the file, else the file's name.
    pub title: String,
    /// Who wrote it, if the file says so.
    pub author: Option<String>,
    /// A BCP 47 tag, if it is known.
    pub language: Option<String>,
    /// Of the text as imported.
    pub characters: usize,
    /// In its table of contents.
    pub chapters: usize,
    /// Paragraphs that a person changed.
    pub changed: usize,
    /// A person says that it is a dialogue: `Name: line` is spoken by the voice of that name.
    pub dialogue: bool,
    /// How it stands.
    pub state: DocumentState,
}

/// What importing did, and whether it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// What was done.
    pub kind: RemarkKind,
    /// How often; 0 where it was undone.
    pub count: usize,
    /// Words it was done to; empty where it was undone.
    pub example: String,
    /// Whether it can be undone.
    pub can_be_undone: bool,
    /// A person undid it.
    pub is_undone: bool,
}

/// That a person opened something: whoever shows documents goes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Counts up.
    pub turn: u32,
    /// The document; the first one of several.
    pub id: u32,
}

/// All documents. Calls that read a file or cut a text block for as long as that takes.
pub struct Documents {
    folder: PathBuf,
    shelf: Mutex<Shelf>,
    /// Held while a page is made, so that none is made twice and no change is lost.
    making: Mutex<()>,
}

#[derive(Default)]
struct Shelf {
    /// Newest first.
    entries: Vec<Entry>,
    ids: u32,
    uses: u64,
    opening: Option<Opening>,
}

struct Entry {
    id: u32,
    revision: u32,
    /// Its folder; `None` until the file has been read once.
    key: Option<String>,
    kept: Kept,
    state: DocumentState,
    page: Option<Arc<Page>>,
    /// The file is in its folder: the page may be let go.
    is_on_disk: bool,
    used: u64,
}

impl Documents {
    /// The documents in this folder, which is made with the first one. Nothing is read yet.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            shelf: Mutex::default(),
            making: Mutex::default(),
        }
    }

    /// Reads the list of what was opened before.
    pub fn recall(&self) {
        let mut found = kept::list(&self.folder);
        found.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.opened_at));
        found.truncate(MOST_LISTED);
        let mut shelf = lock(&self.shelf);
        for (key, kept) in found {
            let is_known = shelf
                .entries
                .iter()
                .any(|entry| entry.key.as_ref() == Some(&key));
            if is_known {
                continue;
            }
            let entry = shelf.entry(kept, DocumentState::Ready);
            shelf.entries.push(Entry {
                key: Some(key),
                is_on_disk: true,
                ..entry
            });
        }
    }

    /// All documents, newest first.
    pub fn list(&self) -> Vec<DocumentView> {
        lock(&self.shelf).entries.iter().map(Entry::view).collect()
    }

    /// What was opened last in this run of Peal.
    pub fn opening(&self) -> Option<Opening> {
        lock(&self.shelf).opening
    }

    /// Puts files into the list that will be read. Gives their ids, in the same order.
    pub fn expect(&self, paths: &[PathBuf]) -> Vec<u32> {
        let mut shelf = lock(&self.shelf);
        let room = MOST_LISTED.saturating_sub(shelf.entries.len());
        let files = paths.iter().take(room);
        let new: Vec<Entry> = files
            .map(|path| shelf.entry(Kept::of(&import::file_name(path)), DocumentState::Waiting))
            .collect();
        let ids: Vec<u32> = new.iter().map(|entry| entry.id).collect();
        if let Some(first) = ids.first() {
            shelf.open(*first);
        }
        shelf.entries.splice(0..0, new);
        ids
    }

    /// Begins with a file that was expected; `false` if it is no longer wanted.
    pub fn begin(&self, id: u32) -> bool {
        self.with(id, |entry| entry.state = DocumentState::Reading)
            .is_some()
    }

    /// Reads a file that was expected. The page is there before the copy on disk; `shown` is called in between. A file
    /// that is in the list already comes to its head instead, as it was left.
    ///
    /// # Errors
    /// What keeps the document from being kept; it can be looked at all the same. Why a file could not be read is said
    /// in the list.
    pub fn read(
        &self,
        id: u32,
        path: &Path,
        cut: impl Fn(&Document, bool) -> Script,
        shown: impl FnOnce(),
    ) -> Result<(), Failure> {
        let _making = lock(&self.making);
        let name = import::file_name(path);
        let bytes = match import::read_bytes(path) {
            Ok(bytes) => bytes,
            Err(failure) => {
                self.fail(id, failure);
                return Ok(());
            }
        };
        let key = kept::key_of(&name, &bytes);
        if self.found_again(id, &key) {
            return Ok(());
        }
        let imported = match document::import(&name, &bytes, &ImportOptions::default()) {
            Ok(imported) => Arc::new(imported),
            Err(error) => {
                self.fail(id, error.into());
                return Ok(());
            }
        };
        let mut kept = Kept::of(&name);
        kept.describe(&imported);
        let page = Arc::new(Page::new(imported, &kept.edits, |document| {
            cut(document, kept.dialogue)
        }));
        let adopted = self.with(id, |entry| {
            entry.key = Some(key.clone());
            entry.kept = kept.clone();
            entry.page = Some(page);
            entry.state = DocumentState::Ready;
            entry.revision += 1;
        });
        if adopted.is_none() {
            return Ok(());
        }
        self.make_room(id);
        shown();
        kept::save_source(&self.folder, &key, &bytes)?;
        kept::save(&self.folder, &key, &kept)?;
        // Sent away while it was written.
        if self.with(id, |entry| entry.is_on_disk = true).is_none() {
            kept::remove(&self.folder, &key)?;
        }
        Ok(())
    }

    /// A document's page; read again if it was let go.
    ///
    /// # Errors
    /// [`FailureKind::Unreadable`] for a document that is not there, else why its file could not be read.
    pub fn page(
        &self,
        id: u32,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<Arc<Page>, Failure> {
        if let Some(page) = self.opened(id)? {
            return Ok(page);
        }
        let _making = lock(&self.making);
        match self.opened(id)? {
            Some(page) => Ok(page),
            None => self.read_again(id, cut),
        }
    }

    /// Gives a sentence other words. `before` is what the person saw: a sentence that has changed since is left alone.
    ///
    /// # Errors
    /// As [`Documents::page`]; [`FailureKind::Stale`]; or what keeps the change from being kept, and then it holds until
    /// Peal is closed.
    pub fn edit(
        &self,
        id: u32,
        sentence: usize,
        before: &str,
        text: &str,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<(), Failure> {
        self.change(id, sentence, before, cut, |page, edits| {
            if let Some((block, paragraph)) = page.replaced(sentence, text) {
                edits.change(page.imported(), block, &paragraph);
            }
        })
    }

    /// Gives the paragraph of a sentence its imported words back.
    ///
    /// # Errors
    /// As [`Documents::edit`].
    pub fn restore(
        &self,
        id: u32,
        sentence: usize,
        before: &str,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<(), Failure> {
        self.change(id, sentence, before, cut, |page, edits| {
            if let Some(sentence) = page.script().sentences.get(sentence) {
                edits.restore(page.imported(), sentence.block);
            }
        })
    }

    fn change(
        &self,
        id: u32,
        sentence: usize,
        before: &str,
        cut: impl Fn(&Document, bool) -> Script,
        make: impl FnOnce(&Page, &mut Edits),
    ) -> Result<(), Failure> {
        let page = self.page(id, &cut)?;
        let _making = lock(&self.making);
        // Another change may have come first.
        let page = self.opened(id)?.unwrap_or(page);
        if page.raw(sentence) != before {
            return Err(FailureKind::Stale.into());
        }
        let mut kept = self.kept(id)?;
        make(&page, &mut kept.edits);
        let page = Page::new(Arc::clone(page.imported()), &kept.edits, |document| {
            cut(document, kept.dialogue)
        });
        self.settle(id, kept, page)
    }

    /// What importing did to a document, each kind once.
    ///
    /// # Errors
    /// As [`Documents::page`].
    pub fn report(
        &self,
        id: u32,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<Vec<ReportLine>, Failure> {
        let page = self.page(id, cut)?;
        let kept = self.kept(id)?;
        let mut lines: Vec<ReportLine> = Vec::new();
        for remark in &page.imported().report {
            match lines.iter_mut().find(|line| line.kind == remark.kind) {
                Some(line) => line.count += remark.count,
                None => lines.push(ReportLine {
                    kind: remark.kind,
                    count: remark.count,
                    example: remark.example.clone(),
                    can_be_undone: remark.kind.can_be_undone(),
                    is_undone: false,
                }),
            }
        }
        for kind in kept.keep {
            lines.retain(|line| line.kind != kind);
            lines.push(ReportLine {
                kind,
                count: 0,
                example: String::new(),
                can_be_undone: true,
                is_undone: true,
            });
        }
        lines.sort_by_key(|line| line.kind);
        Ok(lines)
    }

    /// Undoes one kind of what importing did, or does it after all. The file is read again; edits stay with their
    /// paragraphs.
    ///
    /// # Errors
    /// As [`Documents::edit`].
    pub fn undo(
        &self,
        id: u32,
        kind: RemarkKind,
        undone: bool,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<(), Failure> {
        let _making = lock(&self.making);
        let mut kept = self.kept(id)?;
        kept.keep.retain(|kept| *kept != kind);
        if undone && kind.can_be_undone() {
            kept.keep.push(kind);
        }
        let imported = self.import_again(id, &kept)?;
        kept.describe(&imported);
        let page = Page::new(imported, &kept.edits, |document| {
            cut(document, kept.dialogue)
        });
        self.settle(id, kept, page)
    }

    /// Says whether a document is a dialogue, in which a paragraph that begins with a name and a colon is spoken by the
    /// voice of that name.
    ///
    /// # Errors
    /// As [`Documents::edit`].
    pub fn mark_dialogue(
        &self,
        id: u32,
        dialogue: bool,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<(), Failure> {
        let page = self.page(id, &cut)?;
        let _making = lock(&self.making);
        let page = self.opened(id)?.unwrap_or(page);
        let mut kept = self.kept(id)?;
        kept.dialogue = dialogue;
        let page = Page::new(Arc::clone(page.imported()), &kept.edits, |document| {
            cut(document, dialogue)
        });
        self.settle(id, kept, page)
    }

    /// Puts a document away, with what was changed in it. The file that it came from is not touched.
    ///
    /// # Errors
    /// When what is kept of it cannot be removed.
    pub fn remove(&self, id: u32) -> Result<(), Failure> {
        let removed = {
            let mut shelf = lock(&self.shelf);
            let position = shelf.entries.iter().position(|entry| entry.id == id);
            position.map(|position| shelf.entries.remove(position))
        };
        match removed.and_then(|entry| entry.key) {
            Some(key) => kept::remove(&self.folder, &key),
            None => Ok(()),
        }
    }

    /// The documents whose pages are in memory, newest first.
    pub fn in_memory(&self) -> Vec<(DocumentView, Arc<Page>)> {
        let shelf = lock(&self.shelf);
        let entries = shelf.entries.iter();
        entries
            .filter_map(|entry| Some((entry.view(), entry.page.clone()?)))
            .collect()
    }

    /// Cuts the pages that are in memory again, since they are to be cut otherwise.
    pub fn cut_again(&self, cut: impl Fn(&Document, bool) -> Script) {
        let _making = lock(&self.making);
        for (view, page) in self.in_memory() {
            let page = page.cut_again(|document| cut(document, view.dialogue));
            let page = Arc::new(page);
            self.with(view.id, |entry| entry.page = Some(page));
        }
    }

    /// Where the copy of a document's file is: what a narration of it is known by.
    pub fn source(&self, id: u32) -> Option<PathBuf> {
        let key = self.with(id, |entry| entry.key.clone()).flatten()?;
        Some(self.folder.join(key).join("source"))
    }

    /// The document whose file's copy is there.
    pub fn of_source(&self, source: &Path) -> Option<u32> {
        let key = source.strip_prefix(&self.folder).ok()?.parent()?.to_str()?;
        let shelf = lock(&self.shelf);
        let mut entries = shelf.entries.iter();
        entries
            .find(|entry| entry.key.as_deref() == Some(key))
            .map(|entry| entry.id)
    }

    // Inside

    fn with<T>(&self, id: u32, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let mut shelf = lock(&self.shelf);
        let entry = shelf.entries.iter_mut().find(|entry| entry.id == id)?;
        Some(change(entry))
    }

    fn fail(&self, id: u32, failure: Failure) {
        self.with(id, |entry| entry.state = DocumentState::Failed(failure));
    }

    fn kept(&self, id: u32) -> Result<Kept, Failure> {
        self.with(id, |entry| entry.kept.clone()).ok_or_else(gone)
    }

    /// The page, if it is in memory.
    fn opened(&self, id: u32) -> Result<Option<Arc<Page>>, Failure> {
        let mut shelf = lock(&self.shelf);
        shelf.uses += 1;
        let used = shelf.uses;
        let entry = shelf.entries.iter_mut().find(|entry| entry.id == id);
        let entry = entry.ok_or_else(gone)?;
        entry.used = used;
        Ok(entry.page.clone())
    }

    /// The same file as before: the new entry goes, the old one comes to the head of the list.
    fn found_again(&self, id: u32, key: &str) -> bool {
        let mut shelf = lock(&self.shelf);
        let is_before = |entry: &Entry| entry.id != id && entry.key.as_deref() == Some(key);
        let Some(position) = shelf.entries.iter().position(is_before) else {
            return false;
        };
        let before = shelf.entries.remove(position);
        if shelf.opening.is_some_and(|opening| opening.id == id) {
            shelf.open(before.id);
        }
        match shelf.entries.iter().position(|entry| entry.id == id) {
            Some(new) => shelf.entries[new] = before,
            None => shelf.entries.insert(position, before),
        }
        true
    }

    fn import_again(&self, id: u32, kept: &Kept) -> Result<Arc<Document>, Failure> {
        let key = self.with(id, |entry| entry.key.clone()).flatten();
        let bytes = kept::source(&self.folder, &key.ok_or_else(gone)?)?;
        let options = ImportOptions {
            keep: kept.keep.iter().copied().collect(),
            ..ImportOptions::default()
        };
        Ok(Arc::new(document::import(
            &kept.file_name,
            &bytes,
            &options,
        )?))
    }

    fn read_again(
        &self,
        id: u32,
        cut: impl Fn(&Document, bool) -> Script,
    ) -> Result<Arc<Page>, Failure> {
        let kept = self.kept(id)?;
        let imported = match self.import_again(id, &kept) {
            Ok(imported) => imported,
            Err(failure) => {
                self.fail(id, failure.clone());
                return Err(failure);
            }
        };
        let page = Arc::new(Page::new(imported, &kept.edits, |document| {
            cut(document, kept.dialogue)
        }));
        self.with(id, |entry| {
            entry.page = Some(Arc::clone(&page));
            entry.state = DocumentState::Ready;
        });
        self.make_room(id);
        Ok(page)
    }

    /// Takes over a change and keeps it.
    fn settle(&self, id: u32, kept: Kept, page: Page) -> Result<(), Failure> {
        let key = self.with(id, |entry| {
            entry.kept = kept.clone();
            entry.page = Some(Arc::new(page));
            entry.state = DocumentState::Ready;
            entry.revision += 1;
            entry.key.clone()
        });
        match key.flatten() {
            Some(key) => kept::save(&self.folder, &key, &kept),
            None => Err(gone()),
        }
    }

    /// Lets go of the pages that were looked at longest ago.
    fn make_room(&self, id: u32) {
        let mut shelf = lock(&self.shelf);
        shelf.uses += 1;
        let now = shelf.uses;
        let mut open: Vec<&mut Entry> = shelf
            .entries
            .iter_mut()
            .filter(|entry| entry.page.is_some())
            .collect();
        if let Some(entry) = open.iter_mut().find(|entry| entry.id == id) {
            entry.used = now;
        }
        open.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        for entry in open.into_iter().skip(MOST_OPEN) {
            if entry.is_on_disk {
                entry.page = None;
            }
        }
    }
}

impl Shelf {
    fn open(&mut self, id: u32) {
        let turn = self.opening.map_or(0, |opening| opening.turn) + 1;
        self.opening = Some(Opening { turn, id });
    }

    fn entry(&mut self, kept: Kept, state: DocumentState) -> Entry {
        self.ids += 1;
        Entry {
            id: self.ids,
            revision: 1,
            key: None,
            kept,
            state,
            page: None,
            is_on_disk: false,
            used: 0,
        }
    }
}

impl Entry {
    fn view(&self) -> DocumentView {
        DocumentView {
            id: self.id,
            revision: self.revision,
            file_name: self.kept.file_name.clone(),
            title: self.kept.title.clone(),
            author: self.kept.author.clone(),
            language: self.kept.language.clone(),
            dialogue: self.kept.dialogue,
            characters: self.kept.characters,
            chapters: self.kept.chapters,
            changed: self.kept.edits.len(),
            state: self.state.clone(),
        }
    }
}

fn gone() -> Failure {
    Failure::new(FailureKind::Unreadable, "this document was put away")
}

#[cfg(test)]
mod tests;
