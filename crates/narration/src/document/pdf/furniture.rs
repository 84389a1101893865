//! What stands on pages around the text: running heads, numbers of pages, footnotes.

use std::collections::{HashMap, HashSet};

use super::layout::Line;
use super::{Dropped, Page};
use crate::document::report::{ImportOptions, RemarkKind};

/// What is smaller than the running text by this much may be a note.
const NOTE_SIZE: f64 = 0.93;

/// Lines at the top and the bottom that return from page to page, and numbers that stand there.
pub(super) fn drop_running_heads(pages: &mut [Page], options: &ImportOptions) {
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
    // For each: the page where it is told of, and how often it is there.
    let mut heads: HashMap<String, (usize, usize)> = HashMap::new();
    for (index, page) in pages.iter_mut().enumerate() {
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
            if kind == RemarkKind::RunningHeadsDropped {
                heads.entry(line.text.clone()).or_insert((index, 0)).1 += 1;
                continue;
            }
            let dropped = Dropped::new(kind, line.text.clone());
            if line.y < page.height / 2.0 {
                page.head.push(dropped);
            } else {
                page.foot.push(dropped);
            }
        }
        let mut at = 0;
        page.lines.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }
    let mut heads: Vec<(String, (usize, usize))> = heads.into_iter().collect();
    heads.sort();
    for (example, (index, count)) in heads {
        pages[index].head.push(Dropped {
            kind: RemarkKind::RunningHeadsDropped,
            example,
            count,
        });
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
pub(super) fn drop_notes(pages: &mut [Page], body: f64, options: &ImportOptions) {
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
                        let note = std::mem::take(&mut note);
                        page.foot.push(Dropped::new(RemarkKind::NotesDropped, note));
                    }
                    if !note.is_empty() {
                        note.push(' ');
                    }
                    note.push_str(&page.lines[line].text);
                    dropped.insert(line);
                }
                page.foot.push(Dropped::new(RemarkKind::NotesDropped, note));
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
