//! The lines of all pages → headings and paragraphs, without page numbers, running heads and footnotes.

use std::collections::{HashMap, HashSet};

use super::Page;
use super::layout::Line;
use crate::document::draft::Draft;
use crate::document::hyphens::Vocabulary;
use crate::document::model::BlockKind;
use crate::document::plain;
use crate::document::report::{ImportOptions, RemarkKind};

/// What is larger than the running text by this much is a heading.
const HEADING_SIZE: f64 = 1.15;

/// What is smaller than the running text by this much may be a note.
const NOTE_SIZE: f64 = 0.93;

pub(super) fn read(mut pages: Vec<Page>, options: &ImportOptions, draft: &mut Draft) {
    draft.headings_are_titles = true;
    drop_running_heads(&mut pages, options, draft);
    let body = body_size(&pages);
    drop_notes(&mut pages, body, options, draft);
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
    };
    for page in pages {
        for line in page.lines {
            writer.line(line);
        }
    }
    writer.end_paragraph();
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

/// Lines at the top and the bottom that return from page to page, and numbers that stand there.
fn drop_running_heads(pages: &mut [Page], options: &ImportOptions, draft: &mut Draft) {
    // With what is alike in them: letters, and a sign for each number; and where they stand, roughly.
    let key = |line: &Line| {
        let mut shape = String::new();
        for character in line.text.chars().flat_map(char::to_lowercase) {
            if character.is_numeric() {
                if !shape.ends_with('#') {
                    shape.push('#');
                }
            } else if !character.is_whitespace() {
                shape.push(character);
            }
        }
        (shape, (line.y / 6.0).round() as i64)
    };
    let number = pages.len();
    let mut seen: HashMap<(String, i64), HashSet<usize>> = HashMap::new();
    for (index, page) in pages.iter().enumerate() {
        for line in edges(page).into_iter().map(|at| &page.lines[at]) {
            let (shape, y) = key(line);
            // Neighbouring places count together: a base line may fall on either side of a step.
            for y in [y, y + 1] {
                seen.entry((shape.clone(), y)).or_default().insert(index);
            }
        }
    }
    let enough = if number <= 4 { 2 } else { 3 };
    let mut heads: HashMap<String, usize> = HashMap::new();
    for page in pages.iter_mut() {
        let mut dropped = HashSet::new();
        for at in edges(page) {
            let line = &page.lines[at];
            let (shape, y) = key(line);
            let times = [y, y + 1]
                .iter()
                .filter_map(|y| seen.get(&(shape.clone(), *y)))
                .map(HashSet::len)
                .max()
                .unwrap_or(0);
            let kind = if is_page_number(&line.text) && (times >= 2 || is_at_edge(page, line)) {
                RemarkKind::PageNumbersDropped
            } else if times >= enough && number >= 2 {
                RemarkKind::RunningHeadsDropped
            } else {
                continue;
            };
            if options.keeps(kind) {
                continue;
            }
            dropped.insert(at);
            if kind == RemarkKind::PageNumbersDropped {
                draft.report.count(kind, 0, &line.text);
            } else {
                *heads.entry(line.text.clone()).or_default() += 1;
            }
        }
        let mut at = 0;
        page.lines.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }
    let mut heads: Vec<(String, usize)> = heads.into_iter().collect();
    heads.sort();
    for (words, times) in heads {
        draft
            .report
            .note_many(RemarkKind::RunningHeadsDropped, 0, &words, times);
    }
}

/// The two highest and the two lowest lines of a page, where they stand near its edges.
fn edges(page: &Page) -> Vec<usize> {
    let mut order: Vec<usize> = (0..page.lines.len()).collect();
    order.sort_by(|a, b| page.lines[*a].y.total_cmp(&page.lines[*b].y));
    let top = order
        .iter()
        .take(3)
        .filter(|at| page.lines[**at].y < page.height * 0.15);
    let bottom = order
        .iter()
        .rev()
        .take(3)
        .filter(|at| page.lines[**at].y > page.height * 0.85);
    let mut found: Vec<usize> = top.chain(bottom).copied().collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn is_at_edge(page: &Page, line: &Line) -> bool {
    line.y < page.height * 0.09 || line.y > page.height * 0.91
}

/// `12`, `- 12 -`, `xii`, `Page 3 of 10`.
fn is_page_number(text: &str) -> bool {
    let small = text.to_lowercase();
    let body = small.trim_matches(|c: char| c.is_whitespace() || "-–—·•|[]()~.".contains(c));
    let words: Vec<&str> = body
        .split(|c: char| c.is_whitespace() || c == '/')
        .filter(|word| !word.is_empty())
        .collect();
    let is_number = |word: &str| {
        let digits = word.chars().all(char::is_numeric) && word.chars().count() <= 5;
        digits
            || word.len() <= 8
                && word
                    .chars()
                    .all(|c| matches!(c, 'i' | 'v' | 'x' | 'l' | 'c'))
    };
    let is_page = |word: &str| {
        matches!(
            word,
            "page"
                | "p"
                | "p."
                | "pg"
                | "seite"
                | "s."
                | "página"
                | "pagina"
                | "strona"
                | "стр"
                | "стр."
                | "страница"
                | "第"
                | "页"
                | "頁"
        )
    };
    let is_of = |word: &str| {
        matches!(
            word,
            "of" | "von" | "de" | "di" | "sur" | "из" | "z" | "van" | "av" | "/"
        )
    };
    !words.is_empty()
        && words.len() <= 4
        && words.iter().any(|word| is_number(word))
        && words
            .iter()
            .all(|word| is_number(word) || is_page(word) || is_of(word))
}

/// Small lines at the foot of a page, from the first that begins with the sign of a note on.
fn drop_notes(pages: &mut [Page], body: f64, options: &ImportOptions, draft: &mut Draft) {
    if options.keeps(RemarkKind::NotesDropped) {
        return;
    }
    for page in pages {
        // Each column has its own foot.
        let mut at = page.lines.len();
        let mut dropped: HashSet<usize> = HashSet::new();
        while at > 0 {
            let end = at;
            while at > 0
                && page.lines[at - 1].size <= body * NOTE_SIZE
                && (at == end || page.lines[at - 1].y <= page.lines[at].y + 1.0)
            {
                at -= 1;
            }
            let foot = at..end;
            let is_low = foot
                .clone()
                .next()
                .is_some_and(|first| page.lines[first].y > page.height * 0.45);
            let first_note = foot.clone().find(|line| begins_note(&page.lines[*line]));
            let is_last = end == page.lines.len() || page.lines[end].y < page.lines[end - 1].y;
            if is_low
                && is_last
                && let Some(first) = first_note
            {
                let mut note = String::new();
                for line in first..end {
                    if begins_note(&page.lines[line]) && !note.is_empty() {
                        draft.report.note(RemarkKind::NotesDropped, 0, &note);
                        note.clear();
                    }
                    if !note.is_empty() {
                        note.push(' ');
                    }
                    note.push_str(&page.lines[line].text);
                    dropped.insert(line);
                }
                draft.report.note(RemarkKind::NotesDropped, 0, &note);
            }
            if at == end {
                at -= 1;
            }
        }
        let mut at = 0;
        page.lines.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }
}

fn begins_note(line: &Line) -> bool {
    let text = line.text.trim_start_matches(['[', '(']);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let rest = text.get(digits..).unwrap_or_default();
    let is_numbered = (1..=3).contains(&digits)
        && rest
            .chars()
            .next()
            .is_some_and(|c| !c.is_numeric() && !"%/:°-".contains(c));
    is_numbered || text.starts_with(['*', '†', '‡', '§', '¹', '²', '³'])
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
}

impl Writer<'_> {
    fn line(&mut self, line: Line) {
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
        self.open.push(line);
    }

    /// Whether a paragraph runs on from one line into the next, on this page, in this column, or beyond.
    fn goes_on(&self, last: &Line, line: &Line) -> bool {
        if (last.size - line.size).abs() > last.size * 0.08 {
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
