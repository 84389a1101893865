//! The lines of all pages → headings and paragraphs, without page numbers, running heads and footnotes.

use std::collections::{HashMap, HashSet};

use super::layout::Line;
use super::outline::Entry;
use super::{Dropped, Page, furniture, tables};
use crate::document::draft::Draft;
use crate::document::hyphens::Vocabulary;
use crate::document::model::BlockKind;
use crate::document::plain;
use crate::document::report::{ImportOptions, RemarkKind};

/// What is larger than the running text by this much is a heading.
const HEADING_SIZE: f64 = 1.15;

/// `contents` are in the order of their pages.
pub(super) fn read(
    mut pages: Vec<Page>,
    contents: Vec<Entry>,
    options: &ImportOptions,
    draft: &mut Draft,
) {
    draft.headings_are_titles = true;
    let body = body_size(&pages);
    // Where hardly more than numbers and heads stand on the pages, they are the text.
    let count = |pages: &[Page]| pages.iter().map(|page| page.lines.len()).sum::<usize>();
    let whole = (count(&pages) <= 4 * pages.len()).then(|| pages.clone());
    furniture::drop_running_heads(&mut pages, body * HEADING_SIZE, options);
    if let Some(whole) = whole.filter(|_| count(&pages) == 0) {
        pages = whole;
    }
    furniture::drop_contents(&mut pages, options);
    furniture::drop_notes(&mut pages, body, options);
    if !options.keeps(RemarkKind::TablesGuessed) {
        for page in &mut pages {
            page.lines = tables::rows(std::mem::take(&mut page.lines));
        }
    }
    set_initials(&mut pages);
    let mut all = String::new();
    for line in pages.iter().flat_map(|page| &page.lines) {
        all.push_str(&line.text);
        all.push('\n');
    }
    let vocabulary = Vocabulary::of(&all);
    drop(all);
    let mut levels: Vec<i64> = pages
        .iter()
        .flat_map(|page| &page.lines)
        .filter(|line| line.size > body * HEADING_SIZE)
        .map(|line| half_points(line.size))
        .collect();
    levels.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    levels.dedup();
    let mut writer = Writer {
        options,
        draft,
        vocabulary,
        body,
        levels,
        leading: leading(&pages),
        open: Vec::new(),
        words: String::new(),
        is_in_table: false,
    };
    let mut contents = contents.into_iter().peekable();
    for (index, page) in pages.into_iter().enumerate() {
        let mut here = Vec::new();
        while let Some(entry) = contents.next_if(|entry| entry.page <= index) {
            here.push((begins_at(&entry, &page.lines), entry));
        }
        // Several entries on one page stay in their order, wherever they point.
        for at in 1..here.len() {
            here[at].0 = here[at].0.max(here[at - 1].0);
        }
        let mut here = here.into_iter().peekable();
        writer.remark(page.head);
        for (at, line) in page.lines.into_iter().enumerate() {
            while let Some((_, entry)) = here.next_if(|(line, _)| *line <= at) {
                writer.chapter(&entry);
            }
            writer.line(line);
        }
        for (_, entry) in here {
            writer.chapter(&entry);
        }
        writer.remark(page.foot);
    }
    writer.end_paragraph();
}

/// Puts each drop cap before its line: close to it, or as a word of its own where the rest is a word that the text has too.
fn set_initials(pages: &mut [Page]) {
    const WORDS: &str = "AIOYEÀÈÓÚАВИКОСУЯ";
    let lines = || pages.iter().flat_map(|page| &page.lines);
    if lines().all(|line| line.initial.is_none()) {
        return;
    }
    let mut known: HashSet<String> = HashSet::new();
    for line in lines() {
        let words = line.text.split(|c: char| !c.is_alphabetic());
        // The word that is being asked about is no evidence.
        known.extend(
            words
                .skip(usize::from(line.initial.is_some()))
                .map(str::to_lowercase),
        );
    }
    for line in pages.iter_mut().flat_map(|page| &mut page.lines) {
        let Some(initial) = line.initial.take() else {
            continue;
        };
        let rest: String = line
            .text
            .chars()
            .take_while(|c| c.is_alphabetic())
            .collect();
        let rest = rest.to_lowercase();
        let letter = initial.trim_start_matches(|c: char| !c.is_alphabetic());
        let joined = format!("{}{rest}", letter.to_lowercase());
        let is_word = WORDS.contains(letter) && known.contains(&rest) && !known.contains(&joined);
        let space = if is_word { " " } else { "" };
        line.text = format!("{initial}{space}{}", line.text);
    }
}

/// The line of its page that an entry of the table of contents points at: the one that says the same, else the first
/// below its place.
fn begins_at(entry: &Entry, lines: &[Line]) -> usize {
    let letters = |words: &str| -> String {
        let letters = words.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let title = letters(&entry.title);
    let says_it = |line: &Line| {
        let words = letters(&line.text);
        // A long title goes on in the next line; a short one may have its number before it.
        !words.is_empty()
            && (title.starts_with(&words) && (words.len() > 3 || words == title)
                || words.ends_with(&title) && words.len() <= title.len() + 12)
    };
    let is_below = |line: &&Line| entry.y.is_none_or(|y| line.y >= y - 2.0);
    let found = lines
        .iter()
        .position(|line| is_below(&line) && says_it(line))
        .or_else(|| lines.iter().position(says_it));
    found
        .or_else(|| {
            entry
                .y
                .and_then(|_| lines.iter().position(|line| is_below(&line)))
        })
        .unwrap_or(0)
}

fn half_points(size: f64) -> i64 {
    (size * 2.0).round() as i64
}

/// The size of most of the text.
fn body_size(pages: &[Page]) -> f64 {
    let mut sizes: HashMap<i64, usize> = HashMap::new();
    for line in pages.iter().flat_map(|page| &page.lines) {
        *sizes.entry(half_points(line.size)).or_default() += line.text.len();
    }
    sizes
        .into_iter()
        .max_by_key(|(size, length)| (*length, *size))
        .map_or(10.0, |(size, _)| size as f64 / 2.0)
}

/// The usual distance of base lines, in points.
fn leading(pages: &[Page]) -> f64 {
    let mut steps: HashMap<i64, usize> = HashMap::new();
    for page in pages {
        for pair in page.lines.windows(2) {
            let step = pair[1].y - pair[0].y;
            if step > 2.0 && step < pair[0].size * 3.0 {
                *steps.entry((step * 4.0).round() as i64).or_default() += 1;
            }
        }
    }
    steps
        .into_iter()
        .max_by_key(|(step, number)| (*number, -*step))
        .map_or(12.0, |(step, _)| step as f64 / 4.0)
}

struct Writer<'a> {
    options: &'a ImportOptions,
    draft: &'a mut Draft,
    vocabulary: Vocabulary,
    body: f64,
    /// Sizes of headings in half points, the largest first.
    levels: Vec<i64>,
    leading: f64,
    /// Lines of the paragraph that is open.
    open: Vec<Line>,
    words: String,
    is_in_table: bool,
}

impl Writer<'_> {
    fn chapter(&mut self, entry: &Entry) {
        self.end_paragraph();
        self.draft.begin_chapter(&entry.title, entry.depth);
    }

    /// Where the text is now, is where it was left out.
    fn remark(&mut self, dropped: Vec<Dropped>) {
        let at = self.draft.position() + self.words.len();
        let report = &mut self.draft.report;
        for Dropped {
            kind,
            example,
            count,
        } in dropped
        {
            if matches!(
                kind,
                RemarkKind::PageNumbersDropped
                    | RemarkKind::NoteMarksDropped
                    | RemarkKind::NavigationDropped
            ) {
                report.count(kind, at, &example);
            } else {
                report.note_many(kind, at, &example, count);
            }
        }
    }

    fn line(&mut self, mut line: Line) {
        let was_in_table = std::mem::replace(&mut self.is_in_table, line.is_row);
        if line.is_row {
            self.end_paragraph();
            if !was_in_table {
                let at = self.draft.position();
                self.draft
                    .report
                    .note(RemarkKind::TablesGuessed, at, &line.text);
            }
            self.remark_marks(&mut line);
            self.draft.push(BlockKind::TableRow, &line.text);
            return;
        }
        if plain::is_scene_break(&line.text) {
            self.end_paragraph();
            self.draft.push(BlockKind::SceneBreak, &line.text);
            return;
        }
        if let Some(last) = self.open.last()
            && (self.options.keeps(RemarkKind::LinesJoined) || !self.goes_on(last, &line))
        {
            self.end_paragraph();
        }
        self.append(&line.text);
        self.remark_marks(&mut line);
        self.open.push(line);
    }

    fn remark_marks(&mut self, line: &mut Line) {
        let marks = std::mem::take(&mut line.marks);
        self.remark(
            marks
                .into_iter()
                .map(|mark| Dropped::new(RemarkKind::NoteMarksDropped, mark))
                .collect(),
        );
    }

    /// Whether a paragraph runs on from one line into the next, on this page, in this column, or beyond.
    fn goes_on(&self, last: &Line, line: &Line) -> bool {
        if (last.size - line.size).abs() > last.size * 0.08 {
            return false;
        }
        if last.cells.len() > 1 && line.cells.len() > 1 {
            // Rows of a table.
            return false;
        }
        let is_heading = self.level(line).is_some();
        let words = last.text.trim_end();
        let ends = words.ends_with([
            '.', '!', '?', '”', '"', '»', '。', '！', '？', '」', '।', '؟', ':', '…', '’', ')',
        ]);
        let begins_small = line.text.chars().next().is_some_and(char::is_lowercase);
        let step = line.y - last.y;
        let is_below = step > 0.0
            && step < last.size * 4.0
            && last.right > line.left
            && line.right > last.left;
        if is_heading {
            return is_below && step < line.size * 1.7;
        }
        if starts_item(&line.text) {
            return false;
        }
        let em = line.size;
        let is_short = last.right < last.column.1 - em * 4.0
            && last.right - last.column.0 < (last.column.1 - last.column.0) * 0.9;
        let first = self.open.first().unwrap_or(last);
        if !is_below {
            // The next column or page.
            let is_indented =
                line.left > line.column.0 + em * 0.8 && line.left < line.column.0 + em * 6.0;
            return begins_small || !ends && !is_short && !is_indented;
        }
        if step > self.leading.max(last.size) * 1.45 {
            return false;
        }
        // Drawn in at its first line, as books do it.
        let is_indented = line.left > last.left + em * 0.7 && line.left < last.left + em * 6.0;
        let was_indented_first = self.open.len() == 1 && first.left > line.left + em * 0.7;
        if is_indented && !was_indented_first && !begins_small {
            // A centred line or a hanging one begins where it likes.
            return !ends && !is_short;
        }
        let is_half = last.right < last.column.0 + (last.column.1 - last.column.0) * 0.6;
        !is_short || (!ends && (begins_small || !is_half))
    }

    fn append(&mut self, text: &str) {
        if self.words.is_empty() {
            self.words.push_str(text);
            return;
        }
        let at = self.draft.position() + self.words.len();
        self.draft.report.count(RemarkKind::LinesJoined, at, text);
        if !self.options.keeps(RemarkKind::HyphensMended)
            && let Some(mended) = self.vocabulary.mended(&self.words, text)
        {
            self.draft
                .report
                .note(RemarkKind::HyphensMended, at, &mended.example);
            self.words.truncate(self.words.len() - mended.removed);
        } else if !(self.words.ends_with(plain::is_unspaced)
            && text.starts_with(plain::is_unspaced))
        {
            self.words.push(' ');
        }
        self.words.push_str(text);
    }

    /// Which heading a line would be by its size.
    fn level(&self, line: &Line) -> Option<u8> {
        if line.size <= self.body * HEADING_SIZE {
            return None;
        }
        let place = self
            .levels
            .iter()
            .position(|size| *size == half_points(line.size))
            .unwrap_or(0);
        Some(place.min(5) as u8 + 1)
    }

    fn end_paragraph(&mut self) {
        let words = std::mem::take(&mut self.words);
        let lines = std::mem::take(&mut self.open);
        let Some(first) = lines.first() else { return };
        let is_heading = words.chars().count() <= 200 && words.chars().any(char::is_alphanumeric);
        let level = self.level(first).filter(|_| is_heading);
        let kind = match level {
            Some(level) => BlockKind::Heading(level),
            None if lines.len() == 1 && plain::is_chapter_name(&words) => {
                let at = self.draft.position();
                self.draft
                    .report
                    .note(RemarkKind::HeadingsGuessed, at, &words);
                BlockKind::Heading(1)
            }
            None if starts_item(&words) => BlockKind::ListItem,
            None => BlockKind::Paragraph,
        };
        let words = if kind == BlockKind::ListItem {
            words.trim_start_matches(['•', '◦', '▪', '‣', '●', '○', '■', '–', ' '])
        } else {
            &words
        };
        self.draft.push(kind, words);
    }
}

fn starts_item(text: &str) -> bool {
    if text.starts_with(['•', '◦', '▪', '‣', '●', '○', '■']) || text.starts_with("– ")
    {
        return true;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits)
        && (text[digits..].starts_with(". ") || text[digits..].starts_with(") "))
}
