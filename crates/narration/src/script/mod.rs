//! Document → segments to speak, pure and total.
//!
//! What it is: where one request to a voice ends and the next begins, how long the silence between them is, and which
//! voice was asked for. A segment is one sentence, a run of very short ones, or a piece of a very long one. What it is
//! not: it changes no characters, and it knows neither prices nor which voices there are.
//!
//! Invariants:
//! - Equal input gives equal output: no clock, no disk, no settings but those handed in.
//! - Segments and sentences are in the order of the text, never overlap, and never cross a block.
//! - Together they hold every letter and digit of the document, but for what a direction says not to speak.
//! - The time grows with the text alone; nothing in a text can make this fail.

mod cut;
mod dialogue;
pub mod markup;
mod pauses;
mod segments;
pub mod sentences;

use std::ops::Range;
use std::time::Duration;

use waves::Language;

use crate::document::Document;

pub use pauses::{Pause, PauseSettings};

/// The longest a segment may be, in characters: the service's recommended maximum (contract section 17).
pub const MAX_CHARACTERS: usize = 250;

/// Up to this length short sentences are gathered: where the service works best (contract section 17).
pub const COMFORTABLE_CHARACTERS: usize = 140;

/// Sentences shorter than this are spoken together with their neighbour: alone they sound clipped and cost a request.
/// Longer ones stay alone, so that changing one buys one.
const SHORT_CHARACTERS: usize = 24;

/// Ordered segments to speak, and the sentences that they were made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// In text order; only segments that hold a letter or a digit.
    pub segments: Vec<Segment>,
    /// In text order; what a person reads and edits as a sentence.
    pub sentences: Vec<Sentence>,
    /// Silence that a writer asked for before the first word.
    pub pause_before: Duration,
    /// Where the lines of a dialogue name their speakers, in text order: directions for a voice, without brackets.
    pub speakers: Vec<markup::Direction>,
}

/// What is asked of a voice at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Bytes of [`Document::text`]; begins and ends at visible characters.
    pub range: Range<usize>,
    /// Index into [`Document::chapters`].
    pub chapter: usize,
    /// Index into [`Document::blocks`].
    pub block: usize,
    /// Indices into [`Script::sentences`]: several when they are short, a single one, shared with its neighbours, when
    /// this is a piece of it.
    pub sentences: Range<usize>,
    /// Silence between this segment and the next, on top of what the voice leaves by itself. Nothing follows the last.
    pub pause_after: Duration,
    /// The voice that a writer named; `None` is the one that speaks the document.
    pub voice: Option<String>,
}

impl Segment {
    /// Its words exactly as they are spoken: white space in single spaces, directions followed and left out.
    #[must_use]
    pub fn speech(&self, text: &str) -> String {
        markup::speech(text.get(self.range.clone()).unwrap_or_default())
    }
}

/// One sentence of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Bytes of [`Document::text`].
    pub range: Range<usize>,
    /// Index into [`Document::chapters`].
    pub chapter: usize,
    /// Index into [`Document::blocks`].
    pub block: usize,
}

impl Sentence {
    /// Its words exactly as they are spoken; see [`Segment::speech`].
    #[must_use]
    pub fn speech(&self, text: &str) -> String {
        markup::speech(text.get(self.range.clone()).unwrap_or_default())
    }
}

/// How a document is made a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptOptions {
    /// The language whose rules hold; `None` is that of the document, or what its text looks like.
    pub language: Option<Language>,
    /// Silence between segments.
    pub pauses: PauseSettings,
    /// A paragraph that begins with a name and a colon is spoken by that voice, without the name.
    pub dialogue: bool,
    /// Words and phrases that no cut divides: those of pronunciation dictionaries.
    pub whole: Vec<String>,
}

/// Cuts a document into segments.
#[must_use]
pub fn script(document: &Document, options: &ScriptOptions) -> Script {
    let language = options
        .language
        .filter(|language| *language != Language::Auto)
        .or_else(|| document.language.as_deref().and_then(language_of))
        .unwrap_or_else(|| sentences::guess_language(&document.text));
    segments::Cutting::new(document, options, language).run()
}

/// The language whose rules a BCP 47 tag asks for: itself, or a close relative for some that the service does not speak.
fn language_of(tag: &str) -> Option<Language> {
    let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
    match primary.as_str() {
        "nb" | "nn" | "da" => Some(Language::Norwegian),
        "uk" | "be" | "bg" | "mk" | "sr" => Some(Language::Russian),
        "fa" | "ur" => Some(Language::Arabic),
        "gl" | "ca" => Some(Language::Spanish),
        "et" => Some(Language::Finnish),
        "yue" | "wuu" | "cmn" => Some(Language::Chinese),
        "ne" | "sa" => Some(Language::Hindi),
        "auto" => None,
        code => code.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
