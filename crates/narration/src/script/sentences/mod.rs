//! Where sentences end.
//!
//! What it is: the sentence rules of Unicode (UAX #29) – a stop, what closes after it, white space, something that can
//! begin a sentence – with the exceptions that real text needs: abbreviations, initials, numbers, ordinals, ellipses,
//! quotations, brackets, addresses of the web, lists in one paragraph. What it is not: it knows no paragraphs, no
//! markup and no voices.
//!
//! Invariants: ranges are in order, do not overlap, begin and end at visible characters, and hold every visible
//! character of the text. The time grows with the text alone.

mod asian;
mod dates;
mod english;
mod guess;
mod languages;
mod lists;
mod pairs;
mod shapes;
mod stop;
mod token;
mod verdict;
mod words;

use std::ops::Range;

use waves::Language;

use pairs::Pairs;
use stop::is_stop;
use verdict::Judge;
pub(super) use verdict::keeps_together;

/// The sentences of one paragraph, as bytes of it. For [`Language::Auto`] the text itself says which rules hold.
///
/// A text without a letter or digit is one sentence; an empty one has none.
#[must_use]
pub fn sentences(text: &str, language: Language) -> Vec<Range<usize>> {
    let language = guess::resolve(language, text);
    let pairs = Pairs::find(text, language);
    let judge = Judge::new(text, language, &pairs);
    let mut items = lists::items(text).into_iter().peekable();
    let mut cutter = Cutter::new(text);
    let mut at = 0;
    while at < text.len() {
        let Some((stop_at, mark)) = next_stop(&text[at..], at, language, &mut cutter, &mut items)
        else {
            break;
        };
        let stop = judge.stop(stop_at, mark);
        if judge.ends(&stop, cutter.start, cutter.has_words) {
            cutter.cut(stop.end);
        }
        at = stop.end;
    }
    let mut found = cutter.finish();
    if language == Language::Arabic {
        found = asian::arabic_clauses(text, found, &pairs);
    }
    found
}

/// The language that a text looks like, as far as its sentences depend on it; English if nothing tells.
pub(super) fn guess_language(text: &str) -> Language {
    guess::resolve(Language::Auto, text)
}

/// The next mark that may end a sentence, cutting before items of a list on the way.
fn next_stop(
    rest: &str,
    from: usize,
    language: Language,
    cutter: &mut Cutter<'_>,
    items: &mut std::iter::Peekable<std::vec::IntoIter<usize>>,
) -> Option<(usize, char)> {
    for (offset, character) in rest.char_indices() {
        let at = from + offset;
        while items.next_if(|&item| item <= at).is_some() {
            cutter.cut(at);
        }
        if is_stop(character, language) {
            return Some((at, character));
        }
        cutter.has_words |= character.is_alphanumeric();
    }
    None
}

/// Collects sentences. What holds no letter or digit goes with the sentence before it.
struct Cutter<'t> {
    text: &'t str,
    start: usize,
    has_words: bool,
    found: Vec<Range<usize>>,
}

impl<'t> Cutter<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            start: 0,
            has_words: false,
            found: Vec::new(),
        }
    }

    fn cut(&mut self, end: usize) {
        let words = &self.text[self.start..end];
        let trimmed = words.trim();
        if !trimmed.is_empty() {
            let start = self.start + (words.len() - words.trim_start().len());
            let end = start + trimmed.len();
            match self.found.last_mut() {
                Some(last) if !self.has_words => last.end = end,
                _ => self.found.push(start..end),
            }
        }
        self.start = end;
        self.has_words = false;
    }

    fn finish(mut self) -> Vec<Range<usize>> {
        self.cut(self.text.len());
        self.found
    }
}
