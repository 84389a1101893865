//! Bytes of a file → a clean text in reading order, with an account of what was joined, dropped and guessed.
//!
//! What it is: one reader for each format, all writing into one kind of draft. What it is not: it opens no files and
//! decides nothing about sentences; that is [`crate::script`].
//!
//! Invariants:
//! - No bytes make it panic, recurse without end or take memory that their text does not justify.
//! - Nothing is invented: every word of a document stands in its file.
//! - What is left out, joined or guessed is in [`Document::report`], and [`ImportOptions`] undoes it.

mod draft;
mod encoding;
mod hyphens;
mod language;
mod markdown;
mod model;
mod plain;
mod report;

use std::path::Path;

pub use model::{Block, BlockKind, Chapter, Cover, Document};
pub use report::{ImportOptions, Remark, RemarkKind};

use draft::Draft;

/// The largest file that is read: 100 MB.
pub const MAX_BYTES: u64 = 100_000_000;

/// Why a file gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not a kind of file that can be read: a picture, a program.
    #[error("this kind of file cannot be read as text")]
    NotText,
    /// The file is of one kind that can be read and its name says another.
    #[error("the file's name does not say what it is")]
    OtherKind,
    /// Larger than [`MAX_BYTES`].
    #[error("the file is larger than 100 MB")]
    TooLarge,
    /// Nothing to speak in it.
    #[error("there is no text in the file")]
    Empty,
    /// A password is needed to open it.
    #[error("the file is protected by a password")]
    Protected,
    /// A bookshop's lock (DRM) is on it.
    #[error("the book is locked by the shop it comes from")]
    Locked,
    /// Its pages are pictures of text.
    #[error("the file holds only pictures of text")]
    PicturesOnly,
    /// Cut off or broken so badly that nothing can be read.
    #[error("the file is damaged")]
    Damaged,
    /// Unpacks to more than any text does, is nested deeper, or has more parts: made to do harm, or no text.
    #[error("the file unpacks to far more than a text")]
    TooComplex,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Plain,
    Markdown,
}

/// What a name's ending says.
fn format_of(name: &str) -> Option<Format> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "txt" | "text" => Format::Plain,
        "md" | "markdown" => Format::Markdown,
        _ => return None,
    })
}

/// The endings of names that are read, in small letters and without their dot.
pub const ENDINGS: &[&str] = &["txt", "text", "md", "markdown"];

/// Whether a file of this name is worth opening at all.
pub fn is_supported(name: &str) -> bool {
    format_of(name).is_some()
}

/// Reads a file's bytes. `name` is the file's name with its ending, which has to agree with what the bytes are.
///
/// # Errors
/// An [`ImportError`] for everything that gives no text to speak.
pub fn import(name: &str, bytes: &[u8], options: &ImportOptions) -> Result<Document, ImportError> {
    let format = format_of(name).ok_or(ImportError::NotText)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let mut draft = Draft::default();
    match format {
        Format::Plain => plain::read(bytes, options, &mut draft)?,
        Format::Markdown => markdown::read(bytes, options, &mut draft)?,
    }
    draft.finish(name)
}

impl Document {
    /// A text that a person typed or pasted. [`Document::text`] is that text, unchanged, so that places in the one are
    /// places in the other; it may be blank, and then there are no blocks.
    pub fn plain(text: &str) -> Self {
        let blocks = plain::blocks(text);
        let mut chapters = plain::chapters(text, &blocks);
        if chapters.is_empty() {
            chapters.push(Chapter {
                title: String::new(),
                depth: 0,
                blocks: 0..blocks.len(),
            });
        }
        Self {
            title: String::new(),
            author: None,
            language: language::settle(None, text, &mut report::Report::default()),
            cover: None,
            text: text.to_owned(),
            blocks,
            chapters,
            report: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
