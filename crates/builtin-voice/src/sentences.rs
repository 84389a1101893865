//! Cuts text into the pieces that are spoken at once: sentences, and parts of sentences too long for the voice.
//!
//! Invariants: pieces come in order and never overlap; every character that is not white space is in one; none is longer
//! than [`LONGEST`] characters; the work is linear in the length of the text, and done as the pieces are asked for.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::pronounce::is_title;

/// Characters of a piece, about as many as the voice takes phonemes at once.
pub(crate) const LONGEST: usize = 400;
/// A line at least this long that ends in the middle of a sentence was wrapped by an editor; a shorter one is a line of
/// its own, such as a heading.
const WRAPPED_LINE: usize = 40;

/// Which pause follows a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    /// In the middle of a sentence.
    Phrase,
    /// Between sentences.
    Sentence,
    /// Between paragraphs.
    Paragraph,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Bytes of the text, without white space at the edges.
    pub(crate) range: Range<usize>,
    pub(crate) then: Break,
}

pub(crate) struct Pieces<'a> {
    text: &'a str,
    at: usize,
}

pub(crate) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { text, at: 0 }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        if start == self.text.len() {
            self.at = start;
            return None;
        }
        let rest = &self.text[start..];
        let (length, then) = first_piece(rest);
        self.at = start + length;
        let range = start..start + rest[..length].trim_end().len();
        Some(Piece { range, then })
    }
}

/// Bytes of the first piece of a text that starts with no white space, and what comes after it.
fn first_piece(text: &str) -> (usize, Break) {
    let mut line_length = 0;
    for (count, (at, symbol)) in text.char_indices().enumerate() {
        if count == LONGEST {
            return (cut(&text[..at], &text[at..]), Break::Phrase);
        }
        let end = at + symbol.len_utf8();
        if symbol == '\n' {
            let (before, after) = (&text[..at], &text[end..]);
            if is_blank_line_next(after) {
                return (end, Break::Paragraph);
            }
            if !goes_on(before, line_length, after) {
                return (
                    end,
                    if ends_firmly(before) {
                        Break::Sentence
                    } else {
                        Break::Paragraph
                    },
                );
            }
            line_length = 0;
            continue;
        }
        line_length += 1;
        if matches!(symbol, '.' | '!' | '?' | '…') {
            let after = text[end..].trim_start_matches(['"', '”', '’', '\'', ')', ']']);
            let closed = text.len() - after.len();
            let next = after.trim_start().chars().next();
            if let Some(next) = next.filter(|_| after.starts_with(char::is_whitespace))
                && !is_blank_line_next_or_newline(after)
                && ends_sentence(&text[..end], next, after.trim_start())
            {
                return (closed, Break::Sentence);
            }
        }
    }
    (text.len(), Break::Paragraph)
}

/// Line ends are judged where they stand.
fn is_blank_line_next_or_newline(after: &str) -> bool {
    let spaces = after.trim_start_matches([' ', '\t', '\r']);
    spaces.starts_with('\n')
}

fn is_blank_line_next(after: &str) -> bool {
    let line = after.trim_start_matches([' ', '\t', '\r']);
    line.is_empty() || line.starts_with('\n')
}

/// Whether a sentence runs over the end of a line.
fn goes_on(before: &str, line_length: usize, after: &str) -> bool {
    let next = after.trim_start().chars().next();
    let opens = next.is_some_and(|next| next.is_alphanumeric() || "\"'“‘(".contains(next));
    line_length >= WRAPPED_LINE && opens && !ends_firmly(before)
}

fn ends_firmly(before: &str) -> bool {
    let before = before
        .trim_end()
        .trim_end_matches(['"', '”', '’', '\'', ')', ']']);
    before.ends_with(['.', '!', '?', '…', ':', ';']) && !ends_in_title(before)
}

fn ends_in_title(before: &str) -> bool {
    before
        .strip_suffix('.')
        .is_some_and(|before| is_title(last_word(before)))
}

/// Whether a mark ends a sentence, knowing what follows: not before a small letter, nor after a title, an initial or an
/// abbreviation that leads on.
fn ends_sentence(upto_mark: &str, next: char, after: &str) -> bool {
    if next.is_lowercase() {
        return false;
    }
    let Some(before) = upto_mark.strip_suffix('.') else {
        return true;
    };
    let word = last_word(before);
    let leads_on = matches!(word, "e.g" | "i.e" | "vs" | "cf" | "approx" | "al");
    let counts = matches!(
        word,
        "No" | "Nos"
            | "no"
            | "nos"
            | "Vol"
            | "vol"
            | "Fig"
            | "fig"
            | "Ch"
            | "ch"
            | "pp"
            | "p"
            | "Jan"
            | "Feb"
            | "Mar"
            | "Apr"
            | "Jun"
            | "Jul"
            | "Aug"
            | "Sep"
            | "Sept"
            | "Oct"
            | "Nov"
            | "Dec"
    );
    if is_title(word) || leads_on || (counts && next.is_ascii_digit()) {
        return false;
    }
    let is_initial = |part: &str| part.chars().count() == 1 && part.chars().all(char::is_uppercase);
    // "J. Smith" and "the U.S. Navy" go on; "Plan B. The next" and "in the U.S. The next" do not.
    word == "I" || !word.split('.').all(is_initial) || starts_sentence(after)
}

/// Whether a text starts with a word that hardly ever stands in the middle of a name.
fn starts_sentence(after: &str) -> bool {
    let first = after
        .split(|symbol: char| !symbol.is_alphabetic())
        .next()
        .unwrap_or_default();
    let is_initial = after[first.len()..].starts_with('.');
    !is_initial
        && matches!(
            first,
            "A" | "After"
                | "All"
                | "An"
                | "And"
                | "As"
                | "At"
                | "But"
                | "For"
                | "From"
                | "He"
                | "Her"
                | "His"
                | "How"
                | "I"
                | "If"
                | "In"
                | "It"
                | "Its"
                | "My"
                | "No"
                | "Not"
                | "On"
                | "One"
                | "Our"
                | "She"
                | "So"
                | "That"
                | "The"
                | "Their"
                | "Then"
                | "There"
                | "These"
                | "They"
                | "This"
                | "To"
                | "We"
                | "What"
                | "When"
                | "Where"
                | "Who"
                | "Why"
                | "You"
        )
}

fn last_word(text: &str) -> &str {
    // Bounded: no word that matters here is longer, and a text without spaces must not be searched again and again.
    let from = text
        .char_indices()
        .rev()
        .take(16)
        .find(|(_, symbol)| symbol.is_whitespace());
    let word = from.map_or(text, |(at, space)| &text[at + space.len_utf8()..]);
    word.trim_start_matches(['(', '"', '“', '‘', '\'', '['])
}

/// Where to cut a piece that is too long: after the last clause mark that leaves a fair part, else after the last space,
/// else between two characters.
pub(crate) fn cut(piece: &str, after: &str) -> usize {
    let fair = piece.len() / 3;
    let mut clause = None;
    let mut space = None;
    let mut previous = ' ';
    for (at, symbol) in piece.char_indices() {
        if symbol.is_whitespace() && at >= fair {
            space = Some(at);
            if matches!(previous, ',' | ';' | ':' | '—' | '–' | ')') {
                clause = Some(at);
            }
        }
        previous = symbol;
    }
    clause
        .or(space)
        .unwrap_or_else(|| between_characters(piece, after))
}

/// The end of the piece, or somewhat before it if that would tear a mark off its letter.
fn between_characters(piece: &str, after: &str) -> usize {
    if !after.starts_with(is_combining_mark) {
        return piece.len();
    }
    let letter = piece
        .char_indices()
        .rev()
        .take(64)
        .find(|(_, symbol)| !is_combining_mark(*symbol));
    letter
        .map(|(at, _)| at)
        .filter(|at| *at > 0)
        .unwrap_or(piece.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        pieces(text).map(|piece| &text[piece.range]).collect()
    }

    #[test]
    fn sentences_end_at_their_marks_and_keep_their_quotes() {
        assert_eq!(
            split("One. Two! “Three?” Four… five."),
            ["One.", "Two!", "“Three?”", "Four… five."]
        );
        assert_eq!(
            split("  It is 3.5 km. Go on.  "),
            ["It is 3.5 km.", "Go on."]
        );
    }

    #[test]
    fn titles_initials_and_abbreviations_do_not_end_a_sentence() {
        for whole in [
            "Dr. Smith met J. K. Rowling.",
            "See No. 5, e.g. London, on Jan. 5 at St. Paul's.",
            "The U.S. Navy sailed.",
            "He said “no” vs. Jones.",
        ] {
            assert_eq!(split(whole), [whole]);
        }
        assert_eq!(
            split("We left the U.S. The end."),
            ["We left the U.S.", "The end."]
        );
    }

    #[test]
    fn wrapped_lines_are_joined_and_headings_are_not() {
        let wrapped = "The quick brown fox jumps over the lazy dog and\nruns into the wood.\nChapter One\n\nIt began.";
        assert_eq!(
            split(wrapped),
            [
                "The quick brown fox jumps over the lazy dog and\nruns into the wood.",
                "Chapter One",
                "It began."
            ]
        );
        assert_eq!(split("- milk\r\n- eggs\r\n"), ["- milk", "- eggs"]);
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_clause_and_a_long_word_anywhere() {
        let clauses = "so we went on and on, ".repeat(60);
        assert!(
            split(&clauses)
                .iter()
                .all(|piece| piece.ends_with(',') && piece.chars().count() <= LONGEST)
        );
        let word = "é".repeat(1000);
        assert_eq!(
            split(&word)
                .iter()
                .map(|piece| piece.chars().count())
                .collect::<Vec<_>>(),
            [400, 400, 200]
        );
    }

    #[test]
    fn paragraphs_sentences_and_phrases_are_told_apart() {
        let breaks: Vec<Break> = pieces("One. Two.\n\nThree")
            .map(|piece| piece.then)
            .collect();
        assert_eq!(
            breaks,
            [Break::Sentence, Break::Paragraph, Break::Paragraph]
        );
    }
}
