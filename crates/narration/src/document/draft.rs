//! A document while it is being read: blocks are pushed in reading order, chapters are marked, and the text grows.
//!
//! Every reader of a format writes into one of these, so that white space, invisible characters and chapters are the same
//! wherever a text comes from.

use std::path::Path;

use super::gutenberg::{self, Edge};
use super::model::{Block, BlockKind, Chapter, Cover, Document};
use super::report::{ImportOptions, RemarkKind, Report};
use super::{ImportError, language, plain};

/// Chapters are made of so many levels of headings, where no table of contents says better.
const CHAPTER_LEVELS: usize = 2;

/// Who typed a book is told within so many blocks.
const FIRST_BLOCKS: usize = 6;

/// A document in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// From the metadata.
    pub(super) title: Option<String>,
    /// From the metadata.
    pub(super) author: Option<String>,
    /// From the metadata, as it stands there.
    pub(super) language: Option<String>,
    pub(super) cover: Option<Cover>,
    pub(super) report: Report,
    /// Whether the first heading is a better title than the file's name.
    pub(super) headings_are_titles: bool,
    text: String,
    blocks: Vec<Block>,
    chapters: Vec<Mark>,
    controls: usize,
    frame: Frame,
}

/// Where a draft is in what Project Gutenberg puts around a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Frame {
    /// Nobody looks for it.
    #[default]
    Kept,
    /// Before the book, or in one that has no frame.
    Unknown,
    /// In the book.
    Inside,
    /// What comes is not of the book.
    Over,
}

/// Where a chapter begins.
#[derive(Debug)]
struct Mark {
    title: String,
    depth: u8,
    block: usize,
}

impl Draft {
    pub(super) fn new(options: &ImportOptions) -> Self {
        let keeps_frame = options.keeps(RemarkKind::NavigationDropped);
        Self {
            frame: if keeps_frame {
                Frame::Kept
            } else {
                Frame::Unknown
            },
            ..Self::default()
        }
    }

    /// Whether there is nothing to speak so far.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How long the text is so far, in bytes: where a remark belongs.
    pub(super) fn position(&self) -> usize {
        self.text.len()
    }

    /// Adds a block. Runs of white space become single spaces, except that a line feed stays one in
    /// [`BlockKind::Verse`] and [`BlockKind::Cue`]; characters that nobody sees go. Without words nothing is added, unless
    /// it is a scene break.
    pub(super) fn push(&mut self, mut kind: BlockKind, words: &str) {
        if self.frame != Frame::Kept && self.is_framed(kind, words) {
            return;
        }
        if kind == BlockKind::SceneBreak {
            return self.push_scene_break(words);
        }
        let before = self.text.len();
        if before > 0 {
            self.text.push_str("\n\n");
        }
        let start = self.text.len();
        let keeps_lines = matches!(kind, BlockKind::Verse | BlockKind::Cue { .. });
        if kind == BlockKind::Verse {
            let joined = joined_lines(words);
            if !joined.contains('\n') {
                kind = BlockKind::Paragraph;
            }
            self.controls += append_clean(&mut self.text, &joined, keeps_lines);
        } else {
            self.controls += append_clean(&mut self.text, words, keeps_lines);
        }
        if self.text.len() == start {
            self.text.truncate(before);
            return;
        }
        let range = start..self.text.len();
        self.blocks.push(Block { kind, range });
    }

    /// Whether the words are of the frame around the book, or have been pushed without what is.
    fn is_framed(&mut self, kind: BlockKind, words: &str) -> bool {
        if self.frame == Frame::Over {
            return true;
        }
        let is_inside = self.frame == Frame::Inside;
        if let Some((edge, line)) = gutenberg::edge(words, is_inside) {
            let (before, after) = (&words[..line.start], &words[line.end..]);
            match edge {
                Edge::Start => {
                    self.drop_all_before(before, &words[line]);
                    self.push(kind, after);
                }
                Edge::End => {
                    self.push(kind, before);
                    self.note_frame(&words[line.start..]);
                    self.frame = Frame::Over;
                }
            }
            return true;
        }
        let is_framed = is_inside
            && (self.blocks.len() < FIRST_BLOCKS && gutenberg::is_credit(words)
                || gutenberg::is_farewell(words));
        if is_framed {
            self.note_frame(words);
        }
        is_framed
    }

    /// The book begins: what was read so far, and `before`, stand in front of it.
    fn drop_all_before(&mut self, before: &str, mark: &str) {
        for told in [self.text.as_str(), before] {
            self.title = gutenberg::told(told, "Title:")
                .map(str::to_owned)
                .or(self.title.take());
            self.author = gutenberg::told(told, "Author:")
                .map(str::to_owned)
                .or(self.author.take());
        }
        let words = if self.text.is_empty() {
            mark
        } else {
            &*self.text
        };
        let words = words.to_owned();
        self.text.clear();
        self.blocks.clear();
        self.chapters.retain(|mark| mark.title.is_empty());
        self.chapters.truncate(1);
        for mark in &mut self.chapters {
            mark.block = 0;
        }
        self.frame = Frame::Inside;
        self.report.forget_text();
        self.note_frame(&words);
    }

    /// Whether all that comes is left out, since the book is over.
    pub(super) fn is_over(&self) -> bool {
        self.frame == Frame::Over
    }

    fn note_frame(&mut self, words: &str) {
        let at = self.text.len();
        self.report.note(RemarkKind::NavigationDropped, at, words);
    }

    /// A break needs something before it, and two in a row are one.
    fn push_scene_break(&mut self, words: &str) {
        let last = self.blocks.last().map(|block| block.kind);
        if matches!(last, None | Some(BlockKind::SceneBreak)) && words.is_empty() {
            return;
        }
        let before = self.text.len();
        if before > 0 && !words.is_empty() {
            self.text.push_str("\n\n");
        }
        let start = self.text.len();
        append_clean(&mut self.text, words, false);
        let range = start..self.text.len();
        self.blocks.push(Block {
            kind: BlockKind::SceneBreak,
            range,
        });
    }

    /// A chapter begins with the next block. `depth` counts from 0.
    pub(super) fn begin_chapter(&mut self, title: &str, depth: u8) {
        if self.frame == Frame::Over {
            return;
        }
        let mut clean = String::new();
        append_clean(&mut clean, title, false);
        let block = self.blocks.len();
        self.chapters.push(Mark {
            title: clean,
            depth,
            block,
        });
    }

    /// The document, if there is anything in it to speak.
    pub(super) fn finish(mut self, name: &str) -> Result<Document, ImportError> {
        if !self.text.chars().any(char::is_alphanumeric) {
            return Err(ImportError::Empty);
        }
        if self.chapters.is_empty() {
            self.mark_headings();
        }
        let first_heading = self
            .blocks
            .iter()
            .find(|block| matches!(block.kind, BlockKind::Heading(_)))
            .filter(|_| self.headings_are_titles)
            .map(|block| self.text[block.range.clone()].to_owned());
        let mut title = String::new();
        append_clean(&mut title, self.title.as_deref().unwrap_or_default(), false);
        if title.is_empty() {
            title = first_heading.unwrap_or_else(|| title_from_name(name));
        }
        if self.controls > 0 {
            self.report
                .note_many(RemarkKind::ControlsRemoved, 0, "", self.controls);
        }
        let language = language::settle(self.language.as_deref(), &self.text, &mut self.report);
        let mut author = String::new();
        append_clean(
            &mut author,
            self.author.as_deref().unwrap_or_default(),
            false,
        );
        Ok(Document {
            title,
            author: Some(author).filter(|author| !author.is_empty()),
            language,
            cover: self.cover,
            chapters: chapters(self.chapters, self.blocks.len()),
            report: self.report.finish(self.text.len()),
            text: self.text,
            blocks: self.blocks,
        })
    }

    /// Chapters from the headings of the highest levels.
    fn mark_headings(&mut self) {
        let level = |block: &Block| match block.kind {
            BlockKind::Heading(level) => Some(level),
            _ => None,
        };
        let mut levels: Vec<u8> = self.blocks.iter().filter_map(level).collect();
        levels.sort_unstable();
        levels.dedup();
        levels.truncate(CHAPTER_LEVELS);
        let mut former_heading = None;
        for (index, block) in self.blocks.iter().enumerate() {
            let Some(level) = level(block) else { continue };
            let Some(depth) = levels.iter().position(|chapter| *chapter == level) else {
                continue;
            };
            // A heading set in two blocks of the same level (“Chapter 1”, “The Key”) begins one chapter.
            if former_heading == Some((index.wrapping_sub(1), level))
                && let Some(mark) = self.chapters.last_mut()
            {
                mark.title.push_str(": ");
                mark.title.push_str(&self.text[block.range.clone()]);
            } else {
                self.chapters.push(Mark {
                    title: self.text[block.range.clone()].to_owned(),
                    depth: depth as u8,
                    block: index,
                });
            }
            former_heading = Some((index, level));
        }
    }
}

/// Marks → chapters that cover all blocks. Of marks at the same place the last ones hold the blocks; those before them
/// are empty, as a part is that begins with its first chapter.
fn chapters(mut marks: Vec<Mark>, blocks: usize) -> Vec<Chapter> {
    marks.sort_by_key(|mark| mark.block);
    if marks.first().is_none_or(|mark| mark.block > 0) {
        marks.insert(
            0,
            Mark {
                title: String::new(),
                depth: 0,
                block: 0,
            },
        );
    }
    let ends: Vec<usize> = marks
        .iter()
        .skip(1)
        .map(|mark| mark.block)
        .chain([blocks])
        .collect();
    marks
        .into_iter()
        .zip(ends)
        .map(|(mark, end)| Chapter {
            title: mark.title,
            depth: mark.depth,
            blocks: mark.block..end,
        })
        .collect()
}

pub(super) fn title_from_name(name: &str) -> String {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or(name).to_owned()
}

/// Whether a character has neither shape nor sound: soft hyphens, zero-width spaces, marks of direction. The zero-width
/// joiners stay: in Persian and in the scripts of India they decide how a word is read.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{61c}')
}

/// The level of a heading by the name of its style in small letters: `heading 2`, and what other programs call it in the
/// languages of their writers.
pub(super) fn heading_of(style: &str) -> Option<u8> {
    const NAMES: [&str; 18] = [
        "heading",
        "überschrift",
        "titre",
        "título",
        "titulo",
        "titolo",
        "intestazione",
        "заголовок",
        "kop",
        "rubrik",
        "overskrift",
        "otsikko",
        "nagłówek",
        "başlık",
        "見出し",
        "标题",
        "標題",
        "제목",
    ];
    if style == "title" {
        return Some(1);
    }
    let number = NAMES.iter().find_map(|name| style.strip_prefix(name))?;
    let level = number.trim().parse().ok()?;
    (1..=9).contains(&level).then_some(level)
}

/// A paragraph that is only `Chapter One`, as writers leave it who use no styles.
pub(super) fn is_chapter_line(words: &str) -> bool {
    words.chars().any(char::is_alphabetic)
        && words.chars().count() <= 70
        && !words.contains('\n')
        && plain::is_chapter_name(words)
}

/// Styles that programs give to program code: pandoc's, and those that writers make.
pub(super) fn is_code(style: &str) -> bool {
    matches!(
        style,
        "source code"
            | "sourcecode"
            | "code"
            | "code block"
            | "html preformatted"
            | "preformatted text"
            | "macro text"
    )
}

/// Adds the words of a cell to the line of its row; a cell without words is not heard.
pub(super) fn add_cell(line: &mut String, words: &str) {
    let words = words.trim();
    if words.is_empty() {
        return;
    }
    if !line.is_empty() {
        line.push_str(", ");
    }
    line.push_str(words);
}

/// Lines that were broken by hand, with those joined that go on: without a mark at their end, before a small letter.
fn joined_lines(words: &str) -> String {
    let mut joined = String::with_capacity(words.len());
    for line in words.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !joined.is_empty() {
            let goes_on =
                joined.ends_with(char::is_alphanumeric) && line.starts_with(char::is_lowercase);
            joined.push(if goes_on { ' ' } else { '\n' });
        }
        joined.push_str(line);
    }
    joined
}

/// Appends words with single spaces between them; gives back how many control characters were left out.
pub(super) fn append_clean(text: &mut String, words: &str, keeps_lines: bool) -> usize {
    let start = text.len();
    let mut controls = 0;
    let mut gap = None;
    for character in words.chars() {
        if character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}') {
            let is_line = keeps_lines && character == '\n';
            if gap != Some('\n') {
                gap = Some(if is_line { '\n' } else { ' ' });
            }
        } else if character.is_control() {
            controls += 1;
        } else if !is_invisible(character) {
            if let Some(gap) = gap
                && text.len() > start
            {
                text.push(gap);
            }
            gap = None;
            text.push(character);
        }
    }
    controls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(draft: Draft) -> Document {
        draft.finish("a.txt").unwrap()
    }

    #[test]
    fn blocks_are_clean_and_empty_ones_are_none() {
        let mut draft = Draft::default();
        draft.push(BlockKind::Paragraph, "  One\n two\u{ad}\u{a0} three\u{0} ");
        draft.push(BlockKind::Paragraph, " \u{feff}\n");
        draft.push(BlockKind::SceneBreak, "");
        draft.push(BlockKind::SceneBreak, "");
        draft.push(BlockKind::Verse, "A\n\n  B");
        let document = finished(draft);
        assert_eq!(document.text, "One two three\n\nA\nB");
        assert_eq!(
            document
                .blocks
                .iter()
                .map(|block| block.kind)
                .collect::<Vec<_>>(),
            [
                BlockKind::Paragraph,
                BlockKind::SceneBreak,
                BlockKind::Verse
            ]
        );
        assert_eq!(document.report[0].kind, RemarkKind::ControlsRemoved);
    }

    #[test]
    fn text_before_the_first_chapter_has_a_chapter_without_a_title() {
        let mut draft = Draft::default();
        draft.push(BlockKind::Paragraph, "Before.");
        draft.begin_chapter("Part", 0);
        draft.begin_chapter("One", 1);
        draft.push(BlockKind::Paragraph, "In it.");
        let chapters = finished(draft).chapters;
        let told: Vec<_> = chapters
            .iter()
            .map(|chapter| (chapter.title.as_str(), chapter.blocks.clone()))
            .collect();
        assert_eq!(told, [("", 0..1), ("Part", 1..1), ("One", 1..2)]);
    }

    #[test]
    fn chapters_come_from_the_two_highest_levels_of_headings() {
        let mut draft = Draft::default();
        for (level, words) in [(2, "A"), (3, "a"), (4, "x"), (2, "B"), (2, "b")] {
            draft.push(BlockKind::Heading(level), words);
        }
        let told: Vec<_> = finished(draft)
            .chapters
            .into_iter()
            .map(|chapter| (chapter.title, chapter.depth))
            .collect();
        assert_eq!(
            told,
            [
                ("A".to_owned(), 0),
                ("a".to_owned(), 1),
                ("B: b".to_owned(), 0)
            ]
        );
    }
}
