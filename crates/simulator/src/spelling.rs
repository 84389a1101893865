//! What is said instead of what is written: pronunciation dictionaries and formulas. Every written word keeps its place in what is
//! said, so that its time can be told.

use std::ops::Range;

/// A text as it is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) text: String,
    /// The words as they are written, and which characters of the spoken text say them. In order; a range may be empty.
    pub(crate) words: Vec<(String, Range<usize>)>,
}

/// Replaces whole words, case and all, by their pronunciations, the longest word first; and the signs of formulas, if they shall be read.
pub(crate) fn spoken(text: &str, pronunciations: &[(String, String)], formulas: bool) -> Spoken {
    let written: Vec<char> = text.chars().collect();
    let mut entries: Vec<(Vec<char>, Vec<char>)> = pronunciations
        .iter()
        .map(|(word, sound)| (word.chars().collect(), sound.chars().collect()))
        .collect();
    entries.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    let mut spoken: Vec<char> = Vec::with_capacity(written.len());
    // For each written character, and for the end, where it is in what is spoken.
    let mut places = Vec::with_capacity(written.len() + 1);
    let mut at = 0;
    while let Some(character) = written.get(at) {
        let entry = entries
            .iter()
            .find(|(word, _)| stands_at(&written, at, word))
            .map(|(word, sound)| (word.len(), sound.clone()));
        let sign = || formulas.then(|| sign_at(&written, at)).flatten();
        let (length, sound) = entry
            .or_else(|| sign().map(|name| (1, name.chars().collect())))
            .unwrap_or_else(|| (1, vec![*character]));
        for within in 0..length {
            places.push(spoken.len() + within * sound.len() / length);
        }
        spoken.extend(sound);
        at += length;
    }
    places.push(spoken.len());
    let place = |index: usize| places.get(index).copied().unwrap_or(spoken.len());
    let words = written_words(&written)
        .into_iter()
        .map(|(word, range)| (word, place(range.start)..place(range.end)))
        .collect();
    Spoken {
        text: spoken.into_iter().collect(),
        words,
    }
}

/// What stands between white space and can be said, with the numbers of its first character and of the one after it.
fn written_words(characters: &[char]) -> Vec<(String, Range<usize>)> {
    let mut words = Vec::new();
    let mut start = 0;
    for run in characters.split(|character| character.is_whitespace()) {
        let end = start + run.len();
        if run.iter().any(|character| character.is_alphanumeric()) {
            words.push((run.iter().collect(), start..end));
        }
        start = end + 1;
    }
    words
}

/// Whether the word stands there by itself.
fn stands_at(text: &[char], at: usize, word: &[char]) -> bool {
    let part_of_word = |index: Option<usize>| {
        index
            .and_then(|index| text.get(index))
            .is_some_and(|character| character.is_alphanumeric())
    };
    !word.is_empty()
        && text.get(at..).is_some_and(|rest| rest.starts_with(word))
        && !part_of_word(at.checked_sub(1))
        && !part_of_word(Some(at + word.len()))
}

/// The name of a sign that stands by itself between two numbers or brackets.
fn sign_at(text: &[char], at: usize) -> Option<&'static str> {
    let name = match text.get(at)? {
        'x' | '*' | '×' => "times",
        '/' | '÷' => "divided by",
        '+' => "plus",
        '=' => "equals",
        '^' => "to the power of",
        '-' | '−' => "minus",
        _ => return None,
    };
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let alone = before.last() == Some(&' ') && after.first() == Some(&' ');
    let ends_number = |character: &&char| character.is_ascii_digit() || **character == ')';
    let begins_number = |character: &&char| character.is_ascii_digit() || **character == '(';
    let between = before
        .iter()
        .rfind(|c| **c != ' ')
        .as_ref()
        .is_some_and(ends_number)
        && after
            .iter()
            .find(|c| **c != ' ')
            .as_ref()
            .is_some_and(begins_number);
    (alone && between).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, entries: &[(&str, &str)]) -> Spoken {
        let entries: Vec<(String, String)> = entries
            .iter()
            .map(|(word, sound)| ((*word).to_owned(), (*sound).to_owned()))
            .collect();
        spoken(text, &entries, false)
    }

    #[test]
    fn whole_words_are_replaced_and_written_words_keep_their_places() {
        let spoken = with("The API of APIs, API!", &[("API", "ay-pee-eye")]);
        assert_eq!(spoken.text, "The ay-pee-eye of APIs, ay-pee-eye!");
        let words: Vec<(&str, String)> = spoken
            .words
            .iter()
            .map(|(word, range)| {
                let said = spoken.text.chars().skip(range.start).take(range.len());
                (word.as_str(), said.collect())
            })
            .collect();
        assert_eq!(
            words,
            [
                ("The", "The".to_owned()),
                ("API", "ay-pee-eye".to_owned()),
                ("of", "of".to_owned()),
                ("APIs,", "APIs,".to_owned()),
                ("API!", "ay-pee-eye!".to_owned())
            ]
        );
    }

    #[test]
    fn case_counts_and_the_longest_word_wins() {
        let entries = [("New", "noo"), ("New York", "noo yawk")];
        assert_eq!(
            with("New York, new New", &entries).text,
            "noo yawk, new noo"
        );
    }

    #[test]
    fn formulas_are_read_only_between_numbers_and_when_asked() {
        let text = "5 x 3 - 1 = 14, an x - well-known 2 ^ 10";
        assert_eq!(
            spoken(text, &[], true).text,
            "5 times 3 minus 1 equals 14, an x - well-known 2 to the power of 10"
        );
        assert_eq!(spoken(text, &[], false).text, text);
    }
}
