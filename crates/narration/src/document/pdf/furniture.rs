//! What stands on pages around the text: running heads, numbers of pages, footnotes.

use std::collections::{HashMap, HashSet};

use super::layout::Line;
use super::{Dropped, Page};
use crate::document::report::{ImportOptions, RemarkKind};

/// What is smaller than the running text by this much may be a note.
const NOTE_SIZE: f64 = 0.93;

/// What a page itself calls a running head or its number.
pub(super) fn remark(words: String) -> Dropped {
    let kind = if is_page_number(&words) {
        RemarkKind::PageNumbersDropped
    } else {
        RemarkKind::RunningHeadsDropped
    };
    Dropped::new(kind, words)
}

/// Lines at the top and the bottom that return from page to page, and numbers that stand there. Those larger than
/// `heading` are chapters that begin alike.
pub(super) fn drop_running_heads(pages: &mut [Page], heading: f64, options: &ImportOptions) {
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
        for line in edges(page).iter().flatten().map(|at| &page.lines[*at]) {
            let (shape, y) = key(line);
            // Neighbouring places count together: a base line may fall on either side of a step.
            for y in [y, y + 1] {
                seen.entry((shape.clone(), y)).or_default().insert(index);
            }
        }
    }
    let enough = if number <= 4 { 2 } else { 3 };
    let counted = counted_heads(pages);
    // For each shape: the words, the page where it is told of, and how often it is there.
    let mut heads: HashMap<String, (String, usize, usize)> = HashMap::new();
    for (index, page) in pages.iter_mut().enumerate() {
        let mut dropped = HashSet::new();
        for edge in edges(page) {
            // From the edge of the page inwards, as far as it goes.
            for (place, at) in edge.iter().enumerate() {
                let line = &page.lines[*at];
                if (line.y - page.height / 2.0).abs() < page.height * 0.35 {
                    break;
                }
                let (shape, y) = key(line);
                let times = [y, y + 1]
                    .iter()
                    .filter_map(|y| seen.get(&(shape.clone(), *y)))
                    .map(HashSet::len)
                    .max()
                    .unwrap_or(0);
                let inner = edge.get(place + 1).map(|at| &page.lines[*at]);
                let is_apart = inner.is_none_or(|inner| {
                    (inner.y - line.y).abs() > 1.45 * line.size.max(inner.size)
                });
                let is_usual = times * 5 >= number * 2;
                let is_counted = place < 2 && counted.contains(&(index, *at));
                let kind = if is_page_number(&line.text) && (times >= 2 || is_at_edge(page, line)) {
                    RemarkKind::PageNumbersDropped
                } else if is_counted && (line.size <= heading || is_usual)
                    || times >= enough
                        && number >= 2
                        && (line.size <= heading || is_usual && line.size <= heading * 1.15)
                        && (is_apart || is_usual || is_beside(inner, line))
                {
                    RemarkKind::RunningHeadsDropped
                } else {
                    break;
                };
                if options.keeps(kind) {
                    continue;
                }
                dropped.insert(*at);
                if kind == RemarkKind::RunningHeadsDropped {
                    let words = line.text.clone();
                    heads.entry(shape).or_insert((words, index, 0)).2 += 1;
                    continue;
                }
                let remark = Dropped::new(kind, line.text.clone());
                if line.y < page.height / 2.0 {
                    page.head.push(remark);
                } else {
                    page.foot.push(remark);
                }
            }
        }
        let mut at = 0;
        page.lines.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }
    let mut heads: Vec<(String, usize, usize)> = heads.into_values().collect();
    heads.sort();
    for (example, index, count) in heads {
        pages[index].head.push(Dropped {
            kind: RemarkKind::RunningHeadsDropped,
            example,
            count,
        });
    }
}

/// The outermost lines of pages that begin or end with a number which goes up with the pages: `4 The Keeper`,
/// `Of Lamps 5`. By page and line.
fn counted_heads(pages: &[Page]) -> HashSet<(usize, usize)> {
    let mut steps: HashMap<(usize, i64), Vec<(usize, usize)>> = HashMap::new();
    for (index, page) in pages.iter().enumerate() {
        for (side, edge) in edges(page).iter().enumerate() {
            let Some(first) = edge.first() else { continue };
            let height = page.lines[*first].y;
            let beside = edge
                .iter()
                .filter(|at| (page.lines[**at].y - height).abs() < page.lines[**at].size * 0.5);
            for at in beside {
                for number in outer_numbers(&page.lines[*at].text) {
                    let step = number - index as i64;
                    steps.entry((side, step)).or_default().push((index, *at));
                }
            }
        }
    }
    steps
        .into_values()
        .filter(|lines| lines.len() >= 4 && lines.len() * 3 >= pages.len())
        .flatten()
        .collect()
}

/// The numbers that a line of several words begins and ends with.
fn outer_numbers(text: &str) -> Vec<i64> {
    let mut words = text.split_whitespace();
    let (first, last) = (words.next(), words.next_back());
    let number = |word: Option<&str>| {
        let word = word.filter(|word| word.len() < 5 && word.bytes().all(|b| b.is_ascii_digit()));
        word.and_then(|word| word.parse().ok())
    };
    if last.is_none() {
        return Vec::new();
    }
    [number(first), number(last)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether two lines stand at the same height: parts of one running head.
fn is_beside(inner: Option<&Line>, line: &Line) -> bool {
    inner.is_some_and(|inner| (inner.y - line.y).abs() < 0.5 * line.size)
}

/// The highest and the lowest lines of a page, where they stand near its edges, each from the edge inwards; one more of
/// each is there to measure the distance to.
fn edges(page: &Page) -> [Vec<usize>; 2] {
    let mut order: Vec<usize> = (0..page.lines.len()).collect();
    order.sort_by(|a, b| page.lines[*a].y.total_cmp(&page.lines[*b].y));
    let top = order
        .iter()
        .take(4)
        .copied()
        .take_while(|at| page.lines[*at].y < page.height * 0.25);
    let bottom = order
        .iter()
        .rev()
        .take(4)
        .copied()
        .take_while(|at| page.lines[*at].y > page.height * 0.75);
    [top.collect(), bottom.collect()]
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

/// Fewer lines with leaders than this are no table of contents.
const FEWEST_ENTRIES: usize = 3;

/// Tables of contents: lines with dots that lead to the number of a page, and what else stands on pages full of them.
pub(super) fn drop_contents(pages: &mut [Page], options: &ImportOptions) {
    if options.keeps(RemarkKind::NavigationDropped) {
        return;
    }
    for page in pages {
        let entries = page.lines.iter().filter(|line| has_leader(&line.text));
        let entries = entries.count();
        if entries < FEWEST_ENTRIES {
            continue;
        }
        let is_full = entries * 2 >= page.lines.len();
        let first = page.lines.iter().position(|line| has_leader(&line.text));
        let last = page.lines.iter().rposition(|line| has_leader(&line.text));
        let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
        let lines = std::mem::take(&mut page.lines);
        for (at, line) in lines.into_iter().enumerate() {
            // Entries of chapters often have no leaders, and their list has a title.
            let is_entry = has_leader(&line.text)
                || is_full
                    && (line.text.ends_with(char::is_numeric) && at + 2 >= first
                        || at < first
                        || (first..=last).contains(&at));
            if is_entry {
                page.head
                    .push(Dropped::new(RemarkKind::NavigationDropped, line.text));
            } else {
                page.lines.push(line);
            }
        }
    }
}

/// `A chapter . . . . . 12`, `A chapter.......xii`.
fn has_leader(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| {
        c.is_numeric() || matches!(c, 'i' | 'v' | 'x' | 'l' | 'I' | 'V' | 'X') || c == '-'
    });
    let leader = number.trim_end_matches(['.', '…', '·', '_', ' ']);
    let dots = number[leader.len()..].chars().filter(|c| *c != ' ');
    let dots: usize = dots.map(|c| if c == '…' { 3 } else { 1 }).sum();
    number.len() < text.len() && dots >= 4 && !leader.is_empty()
}

/// Lines at the foot of a page from the first that begins with the sign of a note on: small ones, and those whose sign
/// stands raised in the text above.
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
                dropped.extend(first..end);
                drop_note(page, first, end);
            }
            if at == end {
                at -= 1;
            }
        }
        if dropped.is_empty()
            && let Some(first) = answered_foot(page)
        {
            dropped.extend(first..page.lines.len());
            drop_note(page, first, page.lines.len());
        }
        let mut at = 0;
        page.lines.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }
}

fn drop_note(page: &mut Page, first: usize, end: usize) {
    let mut notes: Vec<String> = Vec::new();
    for line in &page.lines[first..end] {
        match notes.last_mut() {
            Some(note) if !begins_note(line) => {
                note.push(' ');
                note.push_str(&line.text);
            }
            _ => notes.push(line.text.clone()),
        }
    }
    let notes = notes
        .into_iter()
        .map(|note| Dropped::new(RemarkKind::NotesDropped, note));
    page.foot.extend(notes);
}

/// The first line low on a page that begins with a raised sign which stands in the text above too.
fn answered_foot(page: &Page) -> Option<usize> {
    let marks: HashSet<&str> = page
        .lines
        .iter()
        .flat_map(|line| line.marks.iter().map(String::as_str))
        .collect();
    let first = page.lines.iter().position(|line| {
        line.y > page.height * 0.45
            && line
                .lead
                .as_deref()
                .is_some_and(|lead| marks.contains(lead))
    })?;
    let goes_down = page.lines[first..]
        .windows(2)
        .all(|pair| pair[1].y >= pair[0].y - 1.0);
    goes_down.then_some(first)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_that_lead_to_a_number_are_leaders() {
        for entry in [
            "4.2 Ropes . . . . . . 20",
            "Foreword.......xii",
            "Lamps …… 7",
        ] {
            assert!(has_leader(entry), "{entry}");
        }
        for words in [
            "He waited.... 3 men came",
            "in 1999",
            "and so on...",
            "....... 12",
            "v. 1.2.3.4",
        ] {
            assert!(!has_leader(words), "{words}");
        }
    }
}
