//! The account of an import: what was joined, dropped and guessed.

use std::collections::{BTreeMap, BTreeSet};

/// Something that a person should know of how a file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What was done.
    pub kind: RemarkKind,
    /// The byte of [`Document::text`](super::Document::text) where it was done, or after which something is missing.
    pub at: usize,
    /// The words in question, at most [`Remark::EXAMPLE_CHARACTERS`] of them; a name where there are no words
    /// (`windows-1252`, `de`).
    pub example: String,
    /// How often, at least 1.
    pub count: usize,
}

impl Remark {
    /// The longest an example is, in characters, before it is cut and ends in `…`.
    pub const EXAMPLE_CHARACTERS: usize = 120;
}

/// What can be said of an import. Each kind can be undone by [`ImportOptions::keep`], except those that
/// [`RemarkKind::can_be_undone`] denies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum RemarkKind {
    /// The file does not say its encoding; the one in the example fits best. The name is the WHATWG label.
    EncodingGuessed,
    /// Bytes that mean nothing in the file's encoding became `�`, which is not spoken.
    CharactersReplaced,
    /// Control characters (NUL and the like) were left out.
    ControlsRemoved,
    /// Markdown signs were read as structure and are not spoken.
    MarkdownRead,
    /// The file does not say its language, or says it wrongly; the text looks like the one in the example.
    LanguageGuessed,
    /// Lines that were broken for the page are whole paragraphs again.
    LinesJoined,
    /// Words that were divided at the end of a line are whole again.
    HyphensMended,
    /// Lines that look like headings became headings.
    HeadingsGuessed,
    /// Lines that stand in columns became rows of a table, read cell by cell.
    TablesGuessed,
    /// Footnotes and endnotes are not spoken.
    NotesDropped,
    /// The numbers and signs in the text that point to notes are not spoken.
    NoteMarksDropped,
    /// Numbers of pages are not spoken.
    PageNumbersDropped,
    /// Lines repeated at the top or the bottom of pages are not spoken.
    RunningHeadsDropped,
    /// Menus, tables of contents, lists of pages and what else stands around a text are not spoken.
    NavigationDropped,
    /// What was deleted while changes were tracked is not spoken.
    DeletionsDropped,
    /// Comments of editors are not spoken.
    CommentsDropped,
    /// Text that is not shown is not spoken.
    HiddenDropped,
    /// Program code is not spoken.
    CodeDropped,
    /// Pictures and formulas are not spoken; the example is what the file says about one, or its page.
    PicturesDropped,
    /// Reading aids beside or above the words (ruby) are not spoken: the words are.
    ReadingAidsDropped,
    /// Signs of layout and descriptions of sounds in a subtitle are not spoken, nor are lines that stay while the next
    /// one comes.
    CueMarksDropped,
    /// Parts that the file names are missing or damaged.
    PartsMissing,
}

impl RemarkKind {
    /// Whether [`ImportOptions::keep`] has an effect on it.
    pub fn can_be_undone(self) -> bool {
        !matches!(
            self,
            Self::EncodingGuessed
                | Self::CharactersReplaced
                | Self::ControlsRemoved
                | Self::LanguageGuessed
                | Self::PartsMissing
        )
    }
}

/// How a file is read where a person knows better than the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What is kept although it would be dropped, or left alone although it would be joined, mended or guessed.
    pub keep: BTreeSet<RemarkKind>,
    /// The encoding of a text file by its WHATWG label (`koi8-r`), or `IBM850` or `IBM852`, instead of a guess. An unknown label counts as none.
    pub encoding: Option<String>,
}

impl ImportOptions {
    pub(super) fn keeps(&self, kind: RemarkKind) -> bool {
        self.keep.contains(&kind)
    }
}

/// So many remarks of a kind are told one by one; later ones only count.
const REMARKS_PER_KIND: usize = 100;

/// Remarks as they come up.
#[derive(Debug, Default)]
pub(super) struct Report {
    remarks: Vec<Remark>,
    /// For each kind: how many remarks there are, and which was the last.
    kinds: BTreeMap<RemarkKind, (usize, usize)>,
}

impl Report {
    /// One more of a kind, told by itself while there are few of it.
    pub(super) fn note(&mut self, kind: RemarkKind, at: usize, example: &str) {
        self.note_many(kind, at, example, 1);
    }

    /// `count` more of a kind as one remark.
    pub(super) fn note_many(&mut self, kind: RemarkKind, at: usize, example: &str, count: usize) {
        let (number, last) = self.kinds.entry(kind).or_insert((0, 0));
        if *number >= REMARKS_PER_KIND {
            self.remarks[*last].count += count;
            return;
        }
        *number += 1;
        *last = self.remarks.len();
        self.remarks.push(Remark {
            kind,
            at,
            example: shortened(example),
            count,
        });
    }

    /// One more of a kind of which there is a single remark with a count, its example the first.
    pub(super) fn count(&mut self, kind: RemarkKind, at: usize, example: &str) {
        match self.kinds.get(&kind) {
            Some((_, last)) => self.remarks[*last].count += 1,
            None => self.note(kind, at, example),
        }
    }

    /// What was read so far is not of the document: only what holds for the whole file is still told.
    pub(super) fn forget_text(&mut self) {
        let kept: Vec<Remark> = std::mem::take(&mut self.remarks);
        self.kinds.clear();
        for remark in kept {
            if matches!(
                remark.kind,
                RemarkKind::EncodingGuessed
                    | RemarkKind::CharactersReplaced
                    | RemarkKind::ControlsRemoved
            ) {
                self.note_many(remark.kind, remark.at, &remark.example, remark.count);
            }
        }
    }

    /// In the order of the text.
    pub(super) fn finish(mut self, text_length: usize) -> Vec<Remark> {
        for remark in &mut self.remarks {
            remark.at = remark.at.min(text_length);
        }
        self.remarks.sort_by_key(|remark| remark.at);
        self.remarks
    }
}

/// On one line, and not longer than an example may be.
fn shortened(words: &str) -> String {
    let mut short = String::new();
    let mut left = Remark::EXAMPLE_CHARACTERS;
    for word in words.split_whitespace() {
        let space = if short.is_empty() { "" } else { " " };
        for character in space.chars().chain(word.chars()) {
            if left <= 1 {
                short.push('…');
                return short;
            }
            short.push(character);
            left -= 1;
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_remarks_of_a_kind_are_a_hundred_that_count_a_thousand() {
        let mut report = Report::default();
        for number in 0..1000 {
            report.note(RemarkKind::NotesDropped, number, &number.to_string());
        }
        let remarks = report.finish(500);
        assert_eq!(remarks.len(), REMARKS_PER_KIND);
        assert_eq!(
            remarks.iter().map(|remark| remark.count).sum::<usize>(),
            1000
        );
        assert!(remarks.iter().all(|remark| remark.at <= 500));
    }

    #[test]
    fn examples_are_short_and_on_one_line() {
        let mut report = Report::default();
        report.note(RemarkKind::HiddenDropped, 0, &"long \n words ".repeat(1000));
        report.note(RemarkKind::NotesDropped, 0, &"a ".repeat(1000));
        report.note(RemarkKind::NotesDropped, 0, &"ab c ".repeat(1000));
        let remarks = report.finish(0);
        assert!(
            remarks
                .iter()
                .all(|remark| remark.example.chars().count() <= Remark::EXAMPLE_CHARACTERS)
        );
        let example = &remarks[0].example;
        assert!(example.chars().count() <= Remark::EXAMPLE_CHARACTERS);
        assert!(example.ends_with('…') && !example.contains('\n'));
    }
}
