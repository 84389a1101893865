//! What an import gives: one text, and how it is divided.

use std::ops::Range;
use std::time::Duration;

use super::report::Remark;

/// A text ready to be cut into sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// From the file's metadata, else its first heading, else its name without the ending.
    pub title: String,
    /// Who wrote it, if the file says so.
    pub author: Option<String>,
    /// A BCP 47 tag (`en`, `pt-BR`): what the metadata says if the text bears it out, else what the text looks like; `None` when nothing can be said.
    pub language: Option<String>,
    /// The picture of its cover, as it lies in the file.
    pub cover: Option<Cover>,
    /// Everything there is to speak, in reading order. Lines end in `\n`; no control characters but `\n` and `\t`.
    pub text: String,
    /// Stretches of `text`, in order, none overlapping, together holding every visible character of it.
    pub blocks: Vec<Block>,
    /// In order, none overlapping, together holding every block; at least one.
    pub chapters: Vec<Chapter>,
    /// What was joined, dropped and guessed, in the order of the text.
    pub report: Vec<Remark>,
}

/// A chapter: what a person finds in the table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// As the table of contents or the heading has it; empty for text before the first heading.
    pub title: String,
    /// How deep it lies in the table of contents, from 0.
    pub depth: u8,
    /// Indices into [`Document::blocks`].
    pub blocks: Range<usize>,
}

/// A stretch of text of one kind: what sentences never cross.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Bytes of [`Document::text`]; begins and ends at visible characters.
    pub range: Range<usize>,
}

/// What a block is, as far as it decides pauses and reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading; 1 is the highest level.
    Heading(u8),
    /// A paragraph. Line breaks within it are spaces.
    Paragraph,
    /// One item of a list, without its bullet or number sign.
    ListItem,
    /// A paragraph of a quotation.
    Quotation,
    /// Lines whose ends are pauses: verse, addresses.
    Verse,
    /// One row of a table, its cells separated by `, `.
    TableRow,
    /// A line of stars, a rule, a wide gap; it may be empty of words.
    SceneBreak,
    /// A subtitle with the time at which it is shown.
    Cue {
        /// From the beginning of the film.
        start: Duration,
        /// When it disappears.
        end: Duration,
    },
}

/// A picture of the cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// `image/jpeg`, `image/png`, …
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}
