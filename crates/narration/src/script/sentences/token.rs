//! The word before a stop, and what comes after it.

/// Words longer than this many bytes are no abbreviations.
const LONGEST: usize = 48;

/// The word that ends at the end of `before`, without what opens it. Empty when there is none, or when it is too long to
/// be of interest.
pub(super) fn last_word(before: &str) -> &str {
    let mut start = before.len();
    for (at, character) in before.char_indices().rev() {
        if is_edge(character) {
            break;
        }
        if before.len() - at > LONGEST {
            return "";
        }
        start = at;
    }
    &before[start..]
}

/// The word before the last one, if white space is all that lies between them.
pub(super) fn word_before_last<'t>(before: &'t str, last: &str) -> &'t str {
    last_word(before[..before.len() - last.len()].trim_end())
}

fn is_edge(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '(' | '['
                | '{'
                | '"'
                | '“'
                | '”'
                | '„'
                | '«'
                | '»'
                | '‹'
                | '‘'
                | '—'
                | '–'
                | ','
                | ';'
                | ':'
                | '¿'
                | '¡'
                | '…'
                | '!'
                | '?'
                | '*'
                | '_'
                | '（'
                | '「'
                | '、'
                | '，'
        )
}

/// The part of a word that may be an abbreviation by itself: `Ing` of `l'Ing`, `Str` of `Karl-Marx-Str`.
pub(super) fn last_part(word: &str) -> Option<&str> {
    let at = word.rfind(['\'', '’', '-', '/'])?;
    let length = word[at..].chars().next().map_or(1, char::len_utf8);
    let part = &word[at + length..];
    (part.chars().nth(1).is_some()).then_some(part)
}

/// How the text goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Digit,
    /// A letter of a script without capitals.
    Uncased,
    /// No letter or digit.
    Other,
    /// Nothing.
    End,
}

/// What follows a stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next<'t> {
    /// White space comes first.
    pub(super) is_spaced: bool,
    /// The first visible character.
    pub(super) lead: Option<char>,
    /// From there on.
    pub(super) rest: &'t str,
    /// The first word, behind what opens it.
    pub(super) word: &'t str,
    /// What follows that word.
    pub(super) after_word: &'t str,
    /// How the word begins.
    pub(super) case: Case,
    /// Quotation marks, brackets or `¿¡` stand before it.
    pub(super) is_opened: bool,
    /// A dash stands before it.
    pub(super) is_dashed: bool,
    /// Bytes between the start of `rest` and the word.
    pub(super) lead_length: usize,
}

impl<'t> Next<'t> {
    pub(super) fn read(text: &'t str) -> Self {
        let rest = text.trim_start();
        let mut next = Self {
            is_spaced: rest.len() != text.len(),
            lead: rest.chars().next(),
            rest,
            word: "",
            after_word: rest,
            case: Case::End,
            is_opened: false,
            is_dashed: false,
            lead_length: 0,
        };
        let mut after = rest;
        for _ in 0..8 {
            let Some(character) = after.chars().next() else {
                break;
            };
            match character {
                '"' | '＂' | '“' | '”' | '„' | '«' | '»' | '‹' | '‘' | '’' | '\'' | '(' | '['
                | '{' | '¿' | '¡' | '（' | '「' | '『' | '【' | '〈' | '《' | '〔' => {
                    next.is_opened = true;
                }
                '-' | '–' | '—' | '―' => next.is_dashed = true,
                '*' | '_' | '.' | '…' | '•' | '⁃' | '~' => {}
                _ if character.is_whitespace() => {}
                _ => break,
            }
            after = &after[character.len_utf8()..];
        }
        next.lead_length = rest.len() - after.len();
        let length = word_length(after);
        next.word = &after[..length];
        next.after_word = &after[length..];
        next.case = case_of(after);
        next
    }

    /// The word without what an apostrophe adds: `That` of `That's`.
    pub(super) fn stem(&self) -> &'t str {
        self.word
            .split(['\'', '’'])
            .next()
            .filter(|stem| !stem.is_empty())
            .unwrap_or(self.word)
    }
}

fn word_length(text: &str) -> usize {
    let mut length = 0;
    for (at, character) in text.char_indices() {
        let belongs = character.is_alphanumeric()
            || matches!(character, '\'' | '’' | '-' | '\u{300}'..='\u{36f}')
            || is_dependent(character);
        if !belongs || at > LONGEST {
            break;
        }
        length = at + character.len_utf8();
    }
    length
}

/// Vowel signs and the like of Indic scripts, which are no letters to Rust.
pub(super) fn is_dependent(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{dff}') && !matches!(character, '।' | '॥')
}

fn case_of(text: &str) -> Case {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return Case::End;
    };
    if first.is_uppercase() {
        Case::Upper
    } else if first.is_lowercase() {
        // iPhone, eBay: names that begin sentences as they are.
        match characters.next() {
            Some(second) if second.is_uppercase() => Case::Upper,
            _ => Case::Lower,
        }
    } else if first.is_numeric() {
        Case::Digit
    } else if first.is_alphabetic() {
        Case::Uncased
    } else {
        Case::Other
    }
}
