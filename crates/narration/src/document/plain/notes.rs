//! Notes, pictures and page numbers as texts without any structure have them: `[Footnote 1: …]`, `[1]`, `[Pg 12]`.

use std::collections::HashSet;

use super::super::draft::Draft;
use super::super::model::Block;
use super::super::report::{ImportOptions, RemarkKind};

/// A note has no more paragraphs than this.
const LONGEST_NOTE: usize = 20;

/// The notes of a text, and what their signs are.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What stands in the brackets of signs whose notes are there: `1`, `A`, `*`.
    signs: HashSet<String>,
    /// Blocks that are not spoken, in order.
    dropped: Vec<(usize, RemarkKind)>,
}

impl Notes {
    pub(super) fn find(text: &str, blocks: &[Block]) -> Self {
        let mut notes = Self::default();
        if memchr::memchr(b'[', text.as_bytes()).is_none() {
            return notes;
        }
        let mut hanging = HashSet::new();
        for block in blocks {
            let words = &text[block.range.clone()];
            for (at, _) in words.match_indices('[') {
                let is_attached = words[..at]
                    .chars()
                    .next_back()
                    .is_some_and(|before| !before.is_whitespace() && before != '[');
                if let Some(sign) = sign(&words[at..]).filter(|_| is_attached) {
                    hanging.insert(sign);
                }
            }
        }
        let mut index = 0;
        while index < blocks.len() {
            let words = &text[blocks[index].range.clone()];
            if let Some(kind) = bracketed_kind(words) {
                let count = paragraphs_to_close(text, &blocks[index..]);
                if kind == RemarkKind::NotesDropped && count > 0 {
                    notes.signs.extend(footnote_sign(words).map(str::to_owned));
                }
                notes
                    .dropped
                    .extend((index..index + count).map(|block| (block, kind)));
                index += count.max(1);
                continue;
            }
            // “[1] A note”, where a word of the text has that sign.
            if let Some(sign) = sign(words).filter(|sign| hanging.contains(sign))
                && words[sign.len() + 2..].starts_with(char::is_whitespace)
            {
                notes.signs.insert(sign.to_owned());
                notes.dropped.push((index, RemarkKind::NotesDropped));
            }
            index += 1;
        }
        notes
    }

    /// Whether a block is left out, with a remark then.
    pub(super) fn leaves_out(
        &self,
        index: usize,
        words: &str,
        options: &ImportOptions,
        draft: &mut Draft,
    ) -> bool {
        let found = self
            .dropped
            .binary_search_by_key(&index, |(block, _)| *block);
        let Ok(kind) = found.map(|at| self.dropped[at].1) else {
            return false;
        };
        if options.keeps(kind) {
            return false;
        }
        let at = draft.position();
        draft.report.note(kind, at, words);
        true
    }

    /// The words without signs of notes and numbers of pages.
    pub(super) fn without_signs(
        &self,
        words: &mut String,
        options: &ImportOptions,
        draft: &mut Draft,
    ) {
        if memchr::memchr(b'[', words.as_bytes()).is_none() {
            return;
        }
        let mut kept = String::with_capacity(words.len());
        let mut rest = words.as_str();
        while let Some(at) = memchr::memchr(b'[', rest.as_bytes()) {
            let (before, bracket) = rest.split_at(at);
            kept.push_str(before);
            let sign = sign(bracket).filter(|sign| self.signs.contains(*sign));
            let found = match (sign, page_number(bracket)) {
                (Some(sign), _) if !kept.is_empty() => {
                    Some((RemarkKind::NoteMarksDropped, sign.len() + 2))
                }
                (_, Some(length)) => Some((RemarkKind::PageNumbersDropped, length)),
                _ => None,
            };
            let Some((kind, length)) = found.filter(|(kind, _)| !options.keeps(*kind)) else {
                kept.push('[');
                rest = &bracket[1..];
                continue;
            };
            let position = draft.position() + kept.len();
            draft.report.count(kind, position, &bracket[..length]);
            rest = &bracket[length..];
            if kept.is_empty() || kept.ends_with(char::is_whitespace) {
                rest = rest.trim_start();
            }
        }
        kept.push_str(rest);
        *words = kept;
    }
}

/// What stands in brackets at the start of the text, if it may be the sign of a note.
fn sign(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let end = inside.bytes().take(5).position(|byte| byte == b']')?;
    let sign = &inside[..end];
    let is_number = sign.len() <= 3 && sign.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = sign.len() == 1 && sign.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_star = sign.bytes().all(|byte| byte == b'*');
    (!sign.is_empty() && (is_number || is_letter || is_star)).then_some(sign)
}

/// The length of `[Pg 12]` at the start of the text.
fn page_number(text: &str) -> Option<usize> {
    let inside = text
        .strip_prefix("[Pg ")
        .or_else(|| text.strip_prefix("[Page "))?;
    let digits = inside
        .bytes()
        .take(6)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let is_number = inside[..digits]
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"ivxlc".contains(&byte));
    (digits > 0 && is_number && inside[digits..].starts_with(']'))
        .then(|| text.len() - inside.len() + digits + 1)
}

fn bracketed_kind(words: &str) -> Option<RemarkKind> {
    const KINDS: [(&str, RemarkKind); 6] = [
        ("[Footnote", RemarkKind::NotesDropped),
        ("[Endnote", RemarkKind::NotesDropped),
        ("[Illustration", RemarkKind::PicturesDropped),
        ("[Transcriber", RemarkKind::CommentsDropped),
        ("Transcriber's Note:", RemarkKind::CommentsDropped),
        ("Transcriber’s Note:", RemarkKind::CommentsDropped),
    ];
    KINDS
        .iter()
        .find(|(lead, _)| words.starts_with(lead))
        .map(|(_, kind)| *kind)
}

/// `1` of `[Footnote 1: …`.
fn footnote_sign(words: &str) -> Option<&str> {
    let (_, rest) = words.split_once(' ')?;
    let end = rest.find([':', ']', '.', ' '])?;
    (end <= 4).then(|| &rest[..end])
}

/// How many blocks there are to the bracket that closes what the first of them opens; none if it is not closed.
fn paragraphs_to_close(text: &str, blocks: &[Block]) -> usize {
    if !text[blocks[0].range.clone()].starts_with('[') {
        return 1;
    }
    let mut depth = 0_i32;
    for (index, block) in blocks.iter().take(LONGEST_NOTE).enumerate() {
        let words = &text[block.range.clone()];
        for byte in words.bytes() {
            depth += match byte {
                b'[' => 1,
                b']' => -1,
                _ => 0,
            };
        }
        if depth <= 0 {
            return if words.ends_with(']') { index + 1 } else { 0 };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use crate::document::tests::{assert_sound, read};
    use crate::document::{ImportOptions, RemarkKind, import};

    const BOOK: &str = "Title: Lamps\n\nAuthor: A. One\n\n*** START OF THE PROJECT GUTENBERG EBOOK LAMPS ***\n\nCHAPTER I\n\nIt rained.[1] The keeper[A] slept.\n\n[Illustration: A lamp]\n\n[Pg 12] He woke.\n\n[Footnote 1: Much,\nand long.\n\nTwo days.]\n\n[A] Of Hook.\n\n[sic] is no note[2].\n\nEnd of the Project Gutenberg EBook of Lamps\n\n*** END OF THE PROJECT GUTENBERG EBOOK LAMPS ***\n\nA licence.\n";

    #[test]
    fn notes_pictures_pages_and_the_licence_are_left_out_of_a_typed_book() {
        let document = read("lamps.txt", BOOK.as_bytes());
        assert_eq!(
            document.text,
            "CHAPTER I\n\nIt rained. The keeper slept.\n\nHe woke.\n\n[sic] is no note[2]."
        );
        assert_eq!(document.title, "Lamps");
        let guessed = document.report.iter();
        let guessed = guessed.filter(|remark| remark.kind == RemarkKind::HeadingsGuessed);
        let guessed: Vec<&str> = guessed.map(|remark| &*remark.example).collect();
        assert_eq!(guessed, ["CHAPTER I"]);
        assert_eq!(document.author.as_deref(), Some("A. One"));
        assert_sound(&document);
    }

    #[test]
    fn what_is_left_out_of_a_typed_book_comes_back_when_asked_for() {
        let keep = [
            RemarkKind::NotesDropped,
            RemarkKind::NoteMarksDropped,
            RemarkKind::NavigationDropped,
            RemarkKind::PicturesDropped,
            RemarkKind::PageNumbersDropped,
        ];
        let options = ImportOptions {
            keep: keep.into(),
            ..ImportOptions::default()
        };
        let whole = import("lamps.txt", BOOK.as_bytes(), &options).unwrap().text;
        for words in [
            "rained.[1]",
            "[Footnote 1",
            "A licence.",
            "A lamp",
            "[Pg 12]",
        ] {
            assert!(whole.contains(words), "{words}");
        }
    }
}
