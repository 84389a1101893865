//! How words are said, for the page and from it.

use studio::Touched;
use studio::dictionaries::{DictionaryView, Standing};
use studio::failure::{Failure, FailureKind};
use waves::{DictionaryId, Pronunciation};

use super::{count, error};
use crate::contract as wire;

pub(crate) fn dictionary_list(
    (list, standing): (Vec<DictionaryView>, Standing),
) -> wire::DictionaryList {
    wire::DictionaryList {
        dictionaries: list.into_iter().map(dictionary).collect(),
        state: match standing {
            Standing::Remembered => wire::DictionariesState::Remembered,
            Standing::Loading => wire::DictionariesState::Loading,
            Standing::Current => wire::DictionariesState::Current,
            Standing::Known(failure) => wire::DictionariesState::Known {
                error: error(&failure),
            },
        },
    }
}

fn dictionary(view: DictionaryView) -> wire::Dictionary {
    let word = |one: &Pronunciation| wire::Pronunciation {
        word: one.word().to_owned(),
        said: one.pronunciation().to_owned(),
    };
    wire::Dictionary {
        id: view.id.as_str().to_owned(),
        name: view.name,
        in_use: view.in_use,
        words: view.words.iter().map(word).collect(),
    }
}

/// A word as a person typed it.
pub(crate) fn pronunciation(one: &wire::Pronunciation) -> Result<Pronunciation, Failure> {
    Pronunciation::new(&one.word, &one.said)
        .map_err(|error| Failure::new(FailureKind::NothingToSay, error.to_string()))
}

pub(crate) fn dictionary_id(id: String) -> Result<DictionaryId, Failure> {
    DictionaryId::new(id).map_err(|error| Failure::new(FailureKind::Stale, error.to_string()))
}

pub(crate) fn touched(one: Touched) -> wire::TouchedDocument {
    wire::TouchedDocument {
        document: one.document,
        title: one.title,
        sentences: count(one.sentences),
        characters: count(one.characters),
        price: one.price,
    }
}
