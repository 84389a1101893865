//! Bytes of a file → a clean text in reading order, with an account of what was joined, dropped and guessed.
//!
//! What it is: one reader for each format, all writing into one kind of draft. What it is not: it opens no files and
//! decides nothing about sentences; that is [`crate::script`].
//!
//! Invariants:
//! - No bytes make it panic, recurse without end or take memory that their text does not justify.
//! - Nothing is invented: every word of a document stands in its file.
//! - What is left out, joined or guessed is in [`Document::report`], and [`ImportOptions`] undoes it.

mod archive;
mod article;
mod docx;
mod draft;
mod encoding;
mod epub;
mod gutenberg;
mod html;
mod hyphens;
mod language;
mod markdown;
mod model;
mod odt;
mod pdf;
mod plain;
mod report;
mod rtf;
mod subtitles;
mod tree;

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
    #[error("the file unpacks to far more than a text, or is nested deeper")]
    TooComplex,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Plain,
    Markdown,
    Html,
    Epub,
    Docx,
    Odt,
    Rtf,
    Pdf,
    Subtitles,
}

/// The endings of names that are read, in small letters and without their dot.
pub const ENDINGS: &[&str] = &[
    "txt", "text", "md", "markdown", "html", "htm", "xhtml", "epub", "docx", "docm", "odt", "rtf",
    "pdf", "srt", "vtt",
];

/// What a name's ending says.
fn format_of(name: &str) -> Option<Format> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "txt" | "text" => Format::Plain,
        "md" | "markdown" => Format::Markdown,
        "html" | "htm" | "xhtml" => Format::Html,
        "epub" => Format::Epub,
        "pdf" => Format::Pdf,
        "docx" | "docm" => Format::Docx,
        "odt" => Format::Odt,
        "rtf" => Format::Rtf,
        "srt" | "vtt" => Format::Subtitles,
        _ => return None,
    })
}

/// What the first bytes say, where they say anything.
fn sniffed(bytes: &[u8]) -> Option<Format> {
    // Some programs write a few bytes before the header; readers look for it in the first kilobyte.
    let head = &bytes[..bytes.len().min(1024)];
    if bytes.starts_with(b"%PDF-") || head.windows(6).any(|window| window == b"\n%PDF-") {
        return Some(Format::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let mut archive = archive::Archive::open(bytes).ok()?;
        let kind = archive.read("mimetype").ok().flatten().unwrap_or_default();
        if kind.starts_with(b"application/epub+zip") || archive.has("META-INF/container.xml") {
            return Some(Format::Epub);
        }
        if archive.has("word/document.xml") || archive.has("word/document2.xml") {
            return Some(Format::Docx);
        }
        if kind.starts_with(b"application/vnd.oasis.opendocument.text") {
            return Some(Format::Odt);
        }
    }
    if rtf::is_rtf(bytes) {
        return Some(Format::Rtf);
    }
    None
}

/// Whether what is named a plain text is a web page or subtitles, whose marks would be spoken.
fn is_marked_up(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let begins = |mark: &str| {
        let lead = head.get(..mark.len());
        lead.is_some_and(|lead| lead.eq_ignore_ascii_case(mark))
    };
    let mut lines = head.lines().map(str::trim);
    let is_number = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    begins("<!doctype html")
        || begins("<html")
        || head.starts_with("WEBVTT")
        || lines.next().is_some_and(is_number)
            && lines.next().is_some_and(|line| {
                line.contains(" --> ") && line.starts_with(|c: char| c.is_ascii_digit())
            })
}

/// Whether a file of this name is worth opening at all.
pub fn is_supported(name: &str) -> bool {
    format_of(name).is_some()
}

/// Reads a file's bytes. `name` is the file's name with its ending, which has to agree with what the bytes are.
///
/// # Errors
/// An [`ImportError`] for everything that gives no text to speak.
pub fn import(name: &str, bytes: &[u8], options: &ImportOptions) -> Result<Document, ImportError> {
    let named = format_of(name).ok_or(ImportError::NotText)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    if bytes.is_empty() {
        return Err(ImportError::Empty);
    }
    match sniffed(bytes) {
        Some(found) if found != named => return Err(ImportError::OtherKind),
        None if named.is_binary() => return Err(refused(bytes)),
        None if named == Format::Plain && is_marked_up(bytes) => {
            return Err(ImportError::OtherKind);
        }
        _ => {}
    }
    let mut draft = Draft::new(options);
    match named {
        Format::Plain => plain::read(bytes, options, &mut draft)?,
        Format::Markdown => markdown::read(bytes, options, &mut draft)?,
        Format::Html => html::read(bytes, options, &mut draft)?,
        Format::Epub => epub::read(bytes, options, &mut draft)?,
        Format::Pdf => pdf::read(bytes, options, &mut draft)?,
        Format::Docx => docx::read(bytes, options, &mut draft)?,
        Format::Odt => odt::read(bytes, options, &mut draft)?,
        Format::Rtf => rtf::read(bytes, options, &mut draft)?,
        Format::Subtitles => subtitles::read(bytes, options, &mut draft)?,
    }
    draft.finish(name)
}

impl Format {
    /// Whether its first bytes must say so.
    fn is_binary(self) -> bool {
        matches!(
            self,
            Self::Epub | Self::Docx | Self::Odt | Self::Rtf | Self::Pdf
        )
    }
}

/// Why a file that should begin with the bytes of its kind does not.
fn refused(bytes: &[u8]) -> ImportError {
    // A document with a password is an encrypted stream in Microsoft's older container ([MS-OFFCRYPTO] 2.3).
    let encrypted: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes.starts_with(b"\xd0\xcf\x11\xe0")
        && bytes
            .windows(encrypted.len())
            .any(|window| window == encrypted)
    {
        return ImportError::Protected;
    }
    if bytes.starts_with(b"PK") {
        return match archive::Archive::open(bytes) {
            Ok(_) => ImportError::OtherKind,
            Err(error) => error,
        };
    }
    match encoding::text_of(
        bytes,
        &ImportOptions::default(),
        &mut report::Report::default(),
    ) {
        Ok(text) if text.trim().is_empty() => ImportError::Empty,
        Ok(_) => ImportError::OtherKind,
        Err(_) => ImportError::NotText,
    }
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
