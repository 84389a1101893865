//! Where a sentence that is too long for one request is cut.
//!
//! Invariants: no piece is longer than [`MAX_CHARACTERS`]; no cut lies within a number, an abbreviation, an address of
//! the web, a grapheme or a phrase that is kept together, as long as the piece has any other place to cut. The time
//! grows with the text alone.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use waves::Language;

use super::MAX_CHARACTERS;
use super::sentences::keeps_together;

/// Long sentences are cut into pieces of about this many characters.
const AIM: usize = 180;

/// No piece is shorter than this, if that can be helped.
const SHORTEST: usize = 40;

/// How a text may be cut besides its own marks.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) language: Language,
    /// Words and phrases that stay whole.
    pub(super) whole: &'a [String],
}

/// Pieces of a sentence, given as bytes of `text`; one piece if it is short enough.
pub(super) fn pieces(text: &str, sentence: Range<usize>, rules: Rules<'_>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut left = text[sentence.clone()].chars().count();
    let mut start = sentence.start;
    while left > MAX_CHARACTERS {
        let rest = &text[start..sentence.end];
        let limit = rest
            .char_indices()
            .nth(MAX_CHARACTERS)
            .map_or(rest.len(), |(at, _)| at);
        let aim = left / left.div_ceil(AIM);
        let end = start + best_cut(rest, limit, aim, rules);
        left -= text[start..end].chars().count();
        pieces.extend(trimmed(text, start..end));
        start = end;
    }
    pieces.extend(trimmed(text, start..sentence.end));
    pieces
}

/// A stretch without surrounding white space; `None` if it holds no letter or digit.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let words = &text[range.clone()];
    let visible = words.trim();
    let start = range.start + (words.len() - words.trim_start().len());
    visible
        .contains(char::is_alphanumeric)
        .then(|| start..start + visible.len())
}

/// Where to cut a text of more than [`MAX_CHARACTERS`], in bytes: after 0, at most at `limit`.
fn best_cut(rest: &str, limit: usize, aim: usize, rules: Rules<'_>) -> usize {
    let window = &rest[..limit];
    let forbidden = whole_ranges(rest, limit, rules.whole);
    let is_free = |at: usize| {
        !forbidden
            .iter()
            .any(|whole| whole.start < at && at < whole.end)
    };
    let mut best: Option<(i64, usize)> = None;
    let mut before = None;
    for (count, (at, sign)) in window.char_indices().enumerate() {
        let end = at + sign.len_utf8();
        if let Some(strength) = strength(sign, before, &rest[end..], &rest[..at], rules.language)
            && end < rest.len()
            && is_free(end)
        {
            let score = score(strength, count + 1, aim);
            if best.is_none_or(|(former, _)| score >= former) {
                best = Some((score, end));
            }
        }
        before = Some(sign);
    }
    best.map(|(_, at)| at)
        .or_else(|| last_grapheme(window, &is_free))
        .or_else(|| last_grapheme(window, &|_| true))
        .unwrap_or(limit)
}

/// How good a cut after so many characters is: near the aim and at a strong mark.
fn score(strength: i64, count: usize, aim: usize) -> i64 {
    let distance = (count as i64 - aim as i64).abs();
    let is_stub = count < SHORTEST;
    strength - distance - if is_stub { 400 } else { 0 }
}

/// How well a text can be cut after a sign; `None` if it cannot.
fn strength(
    sign: char,
    before: Option<char>,
    after: &str,
    upto: &str,
    language: Language,
) -> Option<i64> {
    if matches!(sign, '。' | '！' | '？' | '।' | '॥' | '؟' | '۔') {
        return (!after.starts_with(['」', '』', '”', '）'])).then_some(160);
    }
    if matches!(sign, '；' | '：') {
        return Some(120);
    }
    if matches!(sign, '，' | '、') {
        return Some(90);
    }
    if !sign.is_whitespace() {
        return None;
    }
    // A run of white space is one place: its end.
    if after.starts_with(char::is_whitespace) {
        return None;
    }
    let words = upto.trim_end();
    let closed = words.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '“']);
    match closed.chars().next_back().or(before)? {
        '.' if keeps_together(closed, after, language) => None,
        // No sentence ends here, so that the stop is of an ordinal or an abbreviation: “am 3. Oktober”, “Friedrich II. war”.
        '.' if closed.len() == words.len() && is_short_sign(closed) => None,
        '.' | '!' | '?' | '…' => Some(if after.starts_with(char::is_lowercase) {
            60
        } else {
            160
        }),
        ';' | ':' | '؛' | '·' | '—' | '–' => Some(120),
        ',' | '،' => Some(90),
        // What these are of follows: “n° 5”.
        '°' | '№' | '§' | '#' => None,
        // A number or an abbreviation goes on: “150 000”, “z. B.”
        _ if keeps_together(words, after, language) => None,
        _ if after.starts_with(['—', '–', '(', '“', '«', '„']) => Some(60),
        _ => Some(0),
    }
}

/// Whether the last word is a number, a Roman numeral or a letter or two, with a stop.
fn is_short_sign(words: &str) -> bool {
    let last = words.split_whitespace().next_back().unwrap_or_default();
    let sign = last.trim_end_matches('.');
    sign.chars().nth(2).is_none()
        || sign.ends_with(char::is_numeric)
        || sign.chars().all(|letter| "IVXLCDM".contains(letter))
}

/// The last place between graphemes of a window whose last grapheme may go on behind it.
fn last_grapheme(window: &str, is_free: &dyn Fn(usize) -> bool) -> Option<usize> {
    window
        .grapheme_indices(true)
        .map(|(at, _)| at)
        .rfind(|&at| at > 0 && is_free(at))
}

/// Where phrases that stay whole begin before `limit`.
fn whole_ranges(rest: &str, limit: usize, whole: &[String]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for phrase in whole.iter().filter(|phrase| !phrase.is_empty()) {
        let mut reach = (limit + phrase.len()).min(rest.len());
        while !rest.is_char_boundary(reach) {
            reach += 1;
        }
        ranges.extend(
            rest[..reach]
                .match_indices(phrase.as_str())
                .map(|(at, found)| at..at + found.len()),
        );
    }
    ranges
}
