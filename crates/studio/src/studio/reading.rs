//! From what a person gives to a text that is cut: dropped files, typed words, documents.

use std::path::PathBuf;
use std::sync::Arc;

use narration::document::{Document, MAX_BYTES};
use narration::script::{Script, ScriptOptions, script};
use narration::synthesis::{Delivery, Dictionary};
use waves::Language;

use super::Studio;
use crate::failure::{Failure, FailureKind};
use crate::import;
use crate::view::{ImportState, Source};

/// A dropped text of more characters than this becomes a document: about twenty minutes of speech, which one wants to find
/// one's way in.
const EDITABLE_CHARACTERS: usize = 20_000;

/// Whether a text has speakers of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speakers {
    /// A paragraph that begins with a name and a colon is like any other.
    #[default]
    One,
    /// A paragraph that begins with a name and a colon is spoken by the voice of that name, without the name.
    Named,
}

impl Speakers {
    /// Those of a text of which a person says that it is a dialogue, or not.
    pub(super) fn of(dialogue: bool) -> Self {
        if dialogue { Self::Named } else { Self::One }
    }
}

impl Studio {
    /// Begins to read what was dropped or chosen, to be spoken as it is; too long for that, it becomes a document.
    pub fn import(&self, paths: Vec<PathBuf>) {
        let file_name = paths
            .first()
            .map(|path| import::file_name(path))
            .unwrap_or_default();
        let id = {
            let mut state = self.state();
            state.drop_hover = false;
            state.imports += 1;
            state.import = ImportState::Reading {
                file_name: file_name.clone(),
            };
            state.imports
        };
        self.changed();
        let studio = self.clone();
        self.shared.runtime.spawn_blocking(move || {
            let outcome = match import::read(&paths) {
                Ok(document) if document.text.chars().count() > EDITABLE_CHARACTERS => None,
                Ok(document) => Some(ImportState::Ready {
                    id,
                    file_name,
                    document: Arc::new(document),
                }),
                Err(failure) => Some(ImportState::Failed {
                    id,
                    file_name,
                    failure,
                }),
            };
            let is_too_long = outcome.is_none();
            let mut state = studio.state();
            // A later drop counts.
            let is_wanted = state.imports == id;
            if is_wanted {
                state.import = outcome.unwrap_or_default();
            }
            drop(state);
            if is_wanted && is_too_long {
                studio.open_documents(paths);
            } else {
                studio.changed();
            }
        });
    }

    /// A file is held over the window, or no longer.
    pub fn set_drop_hover(&self, hover: bool) {
        if std::mem::replace(&mut self.state().drop_hover, hover) != hover {
            self.changed();
        }
    }

    /// The script of a document for this way of speaking it, with the pauses of the settings.
    pub fn cut(&self, document: &Document, delivery: &Delivery, speakers: Speakers) -> Script {
        let dictionaries = &delivery.reading.dictionaries;
        self.cut_around(document, delivery.language, dictionaries, speakers)
    }

    /// As [`Studio::cut`]; no cut divides a word of the dictionaries.
    pub(super) fn cut_around(
        &self,
        document: &Document,
        language: Language,
        dictionaries: &[Dictionary],
        speakers: Speakers,
    ) -> Script {
        let options = ScriptOptions {
            language: Some(language),
            pauses: self.settings().settings().pauses,
            dialogue: speakers == Speakers::Named,
            whole: words_of(dictionaries),
        };
        script(document, &options)
    }

    /// The text of a source with its script, by the rules of the language of `delivery`, or of the text's own if that is
    /// [`Language::Auto`]. Blocks for as long as cutting takes: up to a few seconds for the longest.
    ///
    /// # Errors
    /// [`FailureKind::TooLarge`] for more text than any file may have, [`FailureKind::Unreadable`] for a document that
    /// a later one has replaced.
    pub fn read_source(
        &self,
        source: Source,
        delivery: &Delivery,
    ) -> Result<(Arc<str>, Arc<Script>), Failure> {
        match source {
            Source::Typed(text) if text.len() as u64 > MAX_BYTES => {
                Err(FailureKind::TooLarge.into())
            }
            Source::Typed(text) => {
                let script = Arc::new(self.cut(&Document::plain(&text), delivery, Speakers::One));
                Ok((text.into(), script))
            }
            Source::Read(document) => {
                let script = Arc::new(self.cut(&document, delivery, Speakers::One));
                Ok((document.text.as_str().into(), script))
            }
            Source::Opened(id) => {
                let page = self.page(id)?;
                Ok((Arc::clone(page.text()), Arc::clone(page.script())))
            }
        }
    }
}

/// What no cut may divide.
pub(super) fn words_of(dictionaries: &[Dictionary]) -> Vec<String> {
    let words = dictionaries.iter().flat_map(|one| one.words.iter());
    words.map(|one| one.word().to_owned()).collect()
}
