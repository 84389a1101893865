//! What is known of a language's words: its abbreviations, and the words that usually begin a sentence.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use waves::Language;

use super::languages::{self, Lexicon};

/// What a stop after an abbreviation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// It belongs to what follows, whatever that is: `Dr.`, `e.g.`
    Leads,
    /// It belongs to a number that follows: `No. 5`, `p. 12`. Otherwise it is an ordinary word.
    Numbers,
    /// It may stand at the end of a sentence too: `Co.`, `U.S.` What follows must tell.
    Either,
    /// It ends a sentence unless that clearly goes on: `etc.`
    Ends,
}

/// The words of one language.
#[derive(Debug)]
pub(super) struct Words {
    abbreviations: HashMap<String, Abbreviation>,
    starters: HashSet<String>,
    /// Ordinal numbers are written with a stop and may be followed by a capital: `3. Oktober`.
    pub(super) ordinals: bool,
}

impl Words {
    /// The words of a language; those of English for [`Language::Auto`].
    pub(super) fn of(language: Language) -> &'static Self {
        static TABLE: [OnceLock<Words>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        let index = Language::ALL
            .iter()
            .position(|known| *known == language)
            .unwrap_or(0);
        TABLE[index].get_or_init(|| Self::read(languages::lexicon(language)))
    }

    fn read(lexicon: Lexicon) -> Self {
        let mut abbreviations = HashMap::new();
        let kinds = [
            // A word of several kinds is of the last of them, the most careful one.
            (languages::COMMON_LEADS, Abbreviation::Leads),
            (lexicon.numbers, Abbreviation::Numbers),
            (lexicon.leads, Abbreviation::Leads),
            (languages::COMMON_EITHER, Abbreviation::Either),
            (lexicon.either, Abbreviation::Either),
            (languages::COMMON_ENDS, Abbreviation::Ends),
        ];
        for (words, kind) in kinds {
            for word in words.split_whitespace() {
                abbreviations.insert(word.to_lowercase(), kind);
            }
        }
        Self {
            abbreviations,
            starters: lexicon
                .starters
                .split_whitespace()
                .map(str::to_lowercase)
                .collect(),
            ordinals: lexicon.ordinals,
        }
    }

    /// What the stop after `word` means, if the word, in any case and without that stop, is a known abbreviation.
    pub(super) fn abbreviation(&self, word: &str) -> Option<Abbreviation> {
        self.abbreviations.get(&word.to_lowercase()).copied()
    }

    /// Whether sentences often begin with this word and names do not.
    pub(super) fn starts(&self, word: &str) -> bool {
        self.starters.contains(&word.to_lowercase())
    }
}

/// Whether a letter or number after this word is its name, in English: `vitamin C`, `chapter 2`.
pub(super) fn is_label(word: &str) -> bool {
    const LABELS: [&str; 54] = [
        "vitamin",
        "plan",
        "grade",
        "type",
        "class",
        "group",
        "section",
        "appendix",
        "option",
        "part",
        "point",
        "team",
        "hepatitis",
        "exhibit",
        "figure",
        "room",
        "model",
        "size",
        "category",
        "schedule",
        "unit",
        "letter",
        "note",
        "key",
        "axis",
        "chapter",
        "page",
        "volume",
        "number",
        "version",
        "step",
        "table",
        "phase",
        "level",
        "line",
        "platform",
        "gate",
        "verse",
        "act",
        "scene",
        "rule",
        "question",
        "day",
        "week",
        "year",
        "war",
        "world",
        "episode",
        "season",
        "round",
        "top",
        "the",
        "a",
        "is",
    ];
    let word = word.to_lowercase();
    LABELS.contains(&word.as_str())
}

/// Whether a word joins names as well as labels: “vitamins B and C”, “J. Rowling and J. Tolkien”.
pub(super) fn is_link(word: &str) -> bool {
    matches!(
        word,
        "in" | "of" | "at" | "to" | "and" | "or" | "by" | "on" | "for" | "from" | "with" | "&"
    )
}
