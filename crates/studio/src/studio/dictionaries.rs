//! The studio's pronunciation dictionaries: how they reach what is spoken, and what a change of them would cost.

use std::sync::Arc;

use narration::synthesis::{Delivery, Reading, VoiceRef, stands_in};

use super::Studio;
use super::reading::words_of;
use crate::dictionaries::Dictionaries;
use crate::documents::{DocumentView, Page};
use crate::failure::{Failure, FailureKind};
use crate::lock::lock;

/// Where a word stands in a document that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    /// The document.
    pub document: u32,
    /// What a person knows it by.
    pub title: String,
    /// Segments with the word.
    pub sentences: usize,
    /// Their characters: what a narration of it would buy again when the word is said otherwise.
    pub characters: usize,
    /// US dollars for them; `None` when the price of the voice is not known.
    pub price: Option<f64>,
}

impl Studio {
    /// The account's dictionaries.
    pub fn dictionaries(&self) -> &Dictionaries {
        &self.shared.dictionaries
    }

    /// A way to speak, with the dictionaries that are in use.
    #[must_use]
    pub fn with_dictionaries(&self, delivery: Delivery) -> Delivery {
        Delivery {
            reading: Reading {
                dictionaries: self.shared.dictionaries.in_use(),
                ..delivery.reading
            },
            ..delivery
        }
    }

    /// Sees that the dictionaries in use are as the service has them, if there are any and the voice follows them. Without a connection they are taken
    /// for it: before a sentence is bought, that is seen again.
    ///
    /// # Errors
    /// [`FailureKind::DictionaryChanged`] when they were not: who saw a price has the new one to see first.
    pub async fn see_dictionaries(&self, voice: &VoiceRef) -> Result<(), Failure> {
        if !voice.is_paid() || self.shared.dictionaries.in_use().is_empty() {
            return Ok(());
        }
        match self.shared.dictionaries.refresh().await {
            Ok(true) => Err(FailureKind::DictionaryChanged.into()),
            Ok(false) | Err(_) => Ok(()),
        }
    }

    /// Which sentences of the documents in memory have a word, and what they would cost again with this voice. Blocks
    /// while it looks.
    pub fn touched(&self, word: &str, delivery: &Delivery) -> Vec<Touched> {
        let word = word.trim();
        let touched = |(view, page): (DocumentView, Arc<Page>)| {
            let segments = page.script().segments.iter();
            let speech = segments.map(|segment| segment.speech(page.text()));
            let lengths = speech
                .filter(|speech| stands_in(speech, word))
                .map(|speech| speech.chars().count());
            let lengths: Vec<usize> = lengths.collect();
            let characters = lengths.iter().sum();
            Touched {
                document: view.id,
                title: view.title,
                sentences: lengths.len(),
                characters,
                price: self.price(&delivery.voice, characters),
            }
        };
        let documents = self.shared.documents.in_memory();
        let mut found: Vec<Touched> = documents.into_iter().map(touched).collect();
        found.retain(|one| one.sentences > 0);
        found
    }

    /// Cuts the documents that are in memory again, where that may matter.
    pub(super) fn note_dictionaries(&self) {
        let words = words_of(&self.shared.dictionaries.in_use());
        if std::mem::replace(&mut *lock(&self.shared.whole), words.clone()) == words {
            return;
        }
        let studio = self.clone();
        self.shared.runtime.spawn_blocking(move || {
            studio.shared.documents.cut_again(studio.cutter());
            studio.changed();
        });
    }
}
