//! The glyphs of a page → its lines in reading order, column by column.

use unicode_segmentation::UnicodeSegmentation;

use super::gutters::{self, Gutter};
use super::rules::{Ruled, Rules};
use super::{asides, initials};

/// One glyph, in points from the upper left corner of the page.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    /// Where it begins.
    pub(super) x: f64,
    /// Its base line.
    pub(super) y: f64,
    /// Where the next one would begin.
    pub(super) end: f64,
    /// Of its font, in points.
    pub(super) size: f64,
    pub(super) text: String,
}

/// One line of one column.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) text: String,
    /// Raised numbers and signs that were left out.
    pub(super) marks: Vec<String>,
    /// A raised sign at its beginning, as notes have it.
    pub(super) lead: Option<String>,
    /// A first letter as high as several lines, which is not in the text yet.
    pub(super) initial: Option<String>,
    /// The pieces with wide gaps between them that it is made of, if there are several.
    pub(super) cells: Vec<Cell>,
    /// Where it stands in a ruled table.
    pub(super) ruled: Option<Ruled>,
    /// It is a row of a table, its cells already put together.
    pub(super) is_row: bool,
    /// Where its column begins and ends.
    pub(super) column: (f64, f64),
}

impl Line {
    fn cell(&self) -> Cell {
        Cell {
            left: self.left,
            right: self.right,
            text: self.text.clone(),
        }
    }
}

/// A piece of a line.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) text: String,
}

/// Columns within columns are looked for so deep.
const MOST_CUTS: usize = 3;

/// So many places are tried as the left edge of a column.
const MOST_EDGES: usize = 80;

/// `vertical` of the glyphs are of vertical writing. With `keeps_marks` the signs of notes stay in the text.
pub(super) fn lines(
    mut glyphs: Vec<Glyph>,
    vertical: usize,
    keeps_marks: bool,
    rules: Rules,
) -> Vec<Line> {
    if vertical * 2 < glyphs.len() && vertical > 0 {
        // A few vertical words on a horizontal page were turned the wrong way; nobody reads them aloud.
        glyphs.retain(|glyph| (glyph.end - glyph.x - glyph.size).abs() > 1e-9);
    }
    let initials = initials::take(&mut glyphs);
    let rows = rows(glyphs);
    let gutters = gutters::find(&rows);
    let mut segments: Vec<Line> = rows
        .into_iter()
        .flat_map(|row| segments(row, &gutters, keeps_marks))
        .collect();
    initials::give(initials, &mut segments);
    rules.mark(&mut segments);
    let mut lines = Vec::new();
    columns(segments, 0, &mut lines);
    lines
}

/// Glyphs on the same base line; raised and lowered small ones belong to the line they stand beside.
fn rows(mut glyphs: Vec<Glyph>) -> Vec<Vec<Glyph>> {
    glyphs.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut rows: Vec<(f64, f64, Vec<Glyph>)> = Vec::new();
    for glyph in glyphs {
        // Rows are in order of their base lines, so that only the last few can fit.
        let found = rows
            .iter_mut()
            .rev()
            .take(4)
            .find(|(y, size, _)| (glyph.y - *y).abs() <= 0.25 * size.min(glyph.size));
        match found {
            Some((_, size, row)) => {
                *size = size.max(glyph.size);
                row.push(glyph);
            }
            None => rows.push((glyph.y, glyph.size, vec![glyph])),
        }
    }
    // A row of small glyphs just above a row of larger ones, each beside one of them, is raised.
    let mut merged: Vec<(f64, f64, Vec<Glyph>)> = Vec::new();
    for (y, size, row) in rows {
        let Some((former_y, former_size, former)) = merged.last_mut() else {
            merged.push((y, size, row));
            continue;
        };
        let is_raised = *former_size <= size * 0.85 && y - *former_y < size * 0.7;
        let is_lowered = size <= *former_size * 0.85 && y - *former_y < *former_size * 0.4;
        let (small, large) = if is_raised {
            (&*former, &row)
        } else {
            (&row, &*former)
        };
        let touches = |glyph: &Glyph| {
            large.iter().any(|other| {
                let gap = glyph.x - other.end;
                gap.abs() < other.size * 0.6 || (other.x - glyph.end).abs() < other.size * 0.6
            })
        };
        let fits = (is_raised || is_lowered)
            && small.len() <= large.len()
            && small.len() <= 400
            && small.iter().filter(|glyph| touches(glyph)).count() * 2 >= small.len();
        if fits {
            if is_raised {
                *former_y = y;
                *former_size = size;
            }
            former.extend(row);
        } else {
            merged.push((y, size, row));
        }
    }
    merged.into_iter().map(|(_, _, row)| row).collect()
}

/// A row's pieces between gaps that are wider than a space between words.
fn segments(mut row: Vec<Glyph>, gutters: &[Gutter], keeps_marks: bool) -> Vec<Line> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    // Bold type is sometimes made by printing twice.
    row.dedup_by(|b, a| {
        a.text == b.text
            && (a.x - b.x).abs() < 0.12 * a.size
            && (a.y - b.y).abs() < 0.12 * a.size
            && !a.text.trim().is_empty()
    });
    // Some programs print no spaces but within a few words; theirs are as narrow as a line makes them.
    let blank = row.iter().filter(|glyph| glyph.text.trim().is_empty());
    let has_spaces = blank.count() * 20 >= row.len();
    let mut segments = Vec::new();
    let mut open: Vec<Glyph> = Vec::new();
    let (mut end, mut size) = (f64::MIN, 0.0_f64);
    for glyph in row {
        let is_blank = glyph.text.trim().is_empty();
        let gap = glyph.x - end;
        let is_wide = gap > glyph.size.max(size) * 1.4
            || gap > size * 0.5
                && gutters
                    .iter()
                    .any(|gutter| gutter.divides(glyph.y, end, glyph.x));
        if !is_blank && !open.is_empty() && is_wide {
            segments.extend(segment(std::mem::take(&mut open), has_spaces, keeps_marks));
            end = f64::MIN;
        }
        if !is_blank {
            end = end.max(glyph.end);
            size = glyph.size;
        } else if open.is_empty() {
            continue;
        }
        open.push(glyph);
    }
    segments.extend(segment(open, has_spaces, keeps_marks));
    segments
}

/// Fewer gaps than these do not say how a line is set.
const FEWEST_GAPS: usize = 8;

struct Piece {
    glyph: Glyph,
    /// A space stands before it.
    has_gap: bool,
    is_raised: bool,
}

/// Where spaces are, and what is raised, measured by the larger letters of a segment: the row may hold another one, of
/// other letters, in the next column.
fn pieces(glyphs: Vec<Glyph>, has_spaces: bool) -> (Vec<Piece>, f64, f64) {
    let visible = || glyphs.iter().filter(|glyph| !glyph.text.trim().is_empty());
    let mut sizes: Vec<f64> = visible().map(|glyph| glyph.size).collect();
    sizes.sort_by(f64::total_cmp);
    let size = sizes.get(sizes.len() * 3 / 4).copied().unwrap_or(1.0);
    let mut bases: Vec<f64> = visible()
        .filter(|glyph| glyph.size > size * 0.9)
        .map(|glyph| glyph.y)
        .collect();
    bases.sort_by(f64::total_cmp);
    let y = bases
        .get(bases.len() / 2)
        .copied()
        .unwrap_or_else(|| glyphs.first().map_or(0.0, |glyph| glyph.y));
    let least = size * word_gap(&glyphs, size, has_spaces);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut end = f64::MIN;
    let mut space = false;
    for glyph in glyphs {
        if glyph.text.trim().is_empty() {
            space = true;
            continue;
        }
        let gap = glyph.x - end;
        let is_word_gap = gap > least;
        end = end.max(glyph.end);
        pieces.push(Piece {
            has_gap: !pieces.is_empty() && (space && gap > -0.1 * size || is_word_gap),
            is_raised: glyph.size <= size * 0.85 && y - glyph.y > 0.12 * size,
            glyph,
        });
        space = false;
    }
    (pieces, y, size)
}

/// The least gap between words, in sizes of the letters. Where letters stand apart, as in headings that are spaced out, gaps
/// say less; where they touch and no space is printed, a tight line has words with less between them than any space.
fn word_gap(glyphs: &[Glyph], size: f64, has_spaces: bool) -> f64 {
    let mut gaps: Vec<f64> = glyphs
        .windows(2)
        .filter(|pair| pair.iter().all(|glyph| !glyph.text.trim().is_empty()))
        .map(|pair| (pair[1].x - pair[0].end) / size)
        .collect();
    gaps.sort_by(f64::total_cmp);
    let (Some(quarter), Some(middle)) = (gaps.get(gaps.len() / 4), gaps.get(gaps.len() / 2)) else {
        return if has_spaces { 0.3 } else { 0.17 };
    };
    match has_spaces {
        true if gaps.len() >= FEWEST_GAPS && *quarter > 0.2 => (quarter * 1.5).max(0.3),
        true if *middle > 0.05 => 0.3,
        false if gaps.len() >= FEWEST_GAPS && middle.abs() <= 0.02 => 0.13,
        _ => 0.17,
    }
}

fn segment(glyphs: Vec<Glyph>, has_spaces: bool, keeps_marks: bool) -> Option<Line> {
    let (pieces, y, size) = pieces(glyphs, has_spaces);
    let left = pieces.first()?.glyph.x;
    let right = pieces
        .iter()
        .map(|piece| piece.glyph.end)
        .fold(left, f64::max);
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut lead = None;
    let mut at = 0;
    while at < pieces.len() {
        let piece = &pieces[at];
        if piece.is_raised {
            let run: Vec<&Piece> = pieces[at..]
                .iter()
                .take_while(|piece| piece.is_raised)
                .collect();
            let words: String = run.iter().map(|piece| piece.glyph.text.as_str()).collect();
            if at == 0 {
                lead = Some(words.clone());
            }
            at += run.len();
            if !keeps_marks && is_mark(&text, &words) {
                marks.push(words);
            } else {
                text.push_str(&words);
            }
            continue;
        }
        let is_apart =
            piece.has_gap || lead.is_some() && at > 0 && pieces[..at].iter().all(|p| p.is_raised);
        if is_apart && !goes_with(&text, &piece.glyph.text) {
            text.push(' ');
        }
        text.push_str(&piece.glyph.text);
        at += 1;
    }
    let text = logical(text.trim());
    (!text.is_empty()).then_some(Line {
        left,
        right,
        y,
        size,
        text,
        marks,
        lead,
        initial: None,
        cells: Vec::new(),
        ruled: None,
        is_row: false,
        column: (left, right),
    })
}

/// Whether a sign belongs to the letter before it, as vowel signs do, wherever it is drawn.
fn goes_with(before: &str, sign: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), sign.chars().next()) else {
        return false;
    };
    !first.is_ascii()
        && last != ' '
        && [last, first]
            .iter()
            .collect::<String>()
            .graphemes(true)
            .count()
            == 1
}

/// Whether raised signs point to a note: `word²`, `end.3`, but not `10⁵`, `m²` or `1st`.
fn is_mark(before: &str, words: &str) -> bool {
    let body = words.trim_matches(['[', ']', '(', ')', ',']);
    let is_sign = !body.is_empty()
        && body.chars().count() <= 3
        && body
            .chars()
            .all(|c| c.is_ascii_digit() || "*†‡§¶,".contains(c));
    let word: Vec<char> = before.chars().rev().take(3).collect();
    let follows_word = word.len() == 3 && word.iter().all(|c| c.is_alphabetic());
    let follows_stop = before.ends_with([
        '.', ',', ';', ':', '!', '?', '”', '"', '’', ')', '»', '。', '、', '」',
    ]);
    is_sign && (follows_word || follows_stop)
}

fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

/// Text in the order of reading: what stands from right to left is turned round, the numbers and Latin words in it are not.
fn logical(text: &str) -> String {
    let (rtl, letters) = text.chars().fold((0, 0), |(rtl, all), c| {
        (
            rtl + usize::from(is_rtl(c)),
            all + usize::from(c.is_alphabetic()),
        )
    });
    if rtl == 0 {
        return text.to_owned();
    }
    if rtl * 2 > letters {
        return turned(text);
    }
    // A few words from right to left in a line that runs the other way.
    let mut line = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_rtl) {
        line.push_str(&rest[..start]);
        rest = &rest[start..];
        let ends = rest
            .char_indices()
            .take_while(|(_, c)| is_rtl(*c) || *c == ' ')
            .filter(|(_, c)| is_rtl(*c))
            .last();
        let end = ends.map_or(rest.len(), |(at, c)| at + c.len_utf8());
        line.push_str(&turned(&rest[..end]));
        rest = &rest[end..];
    }
    line.push_str(rest);
    line
}

fn turned(text: &str) -> String {
    let visual: Vec<&str> = text.graphemes(true).rev().collect();
    let first = |at: usize| visual.get(at).and_then(|sign| sign.chars().next());
    let is_ltr = |sign: Option<char>| sign.is_some_and(|c| c.is_alphanumeric() && !is_rtl(c));
    let is_letter = |sign: Option<char>| sign.is_some_and(char::is_alphabetic);
    let mut turned: Vec<char> = Vec::with_capacity(text.len());
    let mut kept: Vec<usize> = Vec::new();
    let put = |kept: &mut Vec<usize>, turned: &mut Vec<char>| {
        turned.extend(kept.drain(..).rev().flat_map(|at| visual[at].chars()));
    };
    for (at, words) in visual.iter().enumerate() {
        let (sign, next) = (first(at), first(at + 1));
        // What stands within a number or a name of several Latin words goes with them; of two numbers each is by itself.
        let joins_names = sign == Some(' ')
            && is_ltr(next)
            && (is_letter(next) || kept.last().is_some_and(|last| is_letter(first(*last))));
        let is_kept = is_ltr(sign)
            || !kept.is_empty()
                && (matches!(sign, Some('.' | ',' | ':' | '/' | '-' | '\'' | '’')) && is_ltr(next)
                    || joins_names);
        if is_kept {
            kept.push(at);
        } else {
            put(&mut kept, &mut turned);
            turned.extend(words.chars());
        }
    }
    put(&mut kept, &mut turned);
    (0..turned.len()).map(|at| bracket(&turned, at)).collect()
}

/// Words of one glyph as they stand on the page: those from right to left are turned with their line later.
pub(super) fn visual(words: String) -> String {
    if words.chars().nth(1).is_some() && words.contains(is_rtl) {
        words.graphemes(true).rev().collect()
    } else {
        words
    }
}

/// A sign as it is typed. Some programs name a bracket in text from right to left by its shape, others by its sense: a
/// bracket behind a space and before a word opens, one behind a word closes, and what neither tells is turned round.
fn bracket(text: &[char], at: usize) -> char {
    const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('«', '»')];
    let sign = text[at];
    let Some((open, close)) = PAIRS
        .into_iter()
        .find(|(open, close)| sign == *open || sign == *close)
    else {
        return sign;
    };
    let is_word = |sign: Option<&char>| sign.is_some_and(|sign| sign.is_alphanumeric());
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    match (is_word(before), is_word(text.get(at + 1))) {
        (false, true) => open,
        (true, false) => close,
        _ if sign == open => close,
        _ => open,
    }
}

/// Divides a page at the gutters between its columns; what reaches across one comes before what is below it.
fn columns(segments: Vec<Line>, depth: usize, lines: &mut Vec<Line>) {
    let Some(gutter) = (depth < MOST_CUTS).then(|| gutter(&segments)).flatten() else {
        return one_column(segments, depth, lines);
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut across: Vec<Line> = Vec::new();
    let flush = |left: &mut Vec<Line>, right: &mut Vec<Line>, lines: &mut Vec<Line>| {
        for side in [left, right] {
            columns(std::mem::take(side), depth + 1, lines);
        }
    };
    for segment in segments {
        let crosses = segment.left < gutter && segment.right > gutter + 1.0
            || is_ruled_across(&segment, gutter);
        if crosses {
            flush(&mut left, &mut right, lines);
            across.push(segment);
            continue;
        }
        if !across.is_empty() {
            lines.extend(joined(std::mem::take(&mut across)));
        }
        if segment.right <= gutter + 1.0 {
            left.push(segment);
        } else {
            right.push(segment);
        }
    }
    lines.extend(joined(across));
    flush(&mut left, &mut right, lines);
}

/// A page, or a column of it, perhaps with a box at its side.
fn one_column(segments: Vec<Line>, depth: usize, lines: &mut Vec<Line>) {
    let edges = edges(&segments).into_iter();
    let aside = (depth < MOST_CUTS && segments.len() >= 8)
        .then(|| asides::find(&segments, edges.map(|(edge, _)| edge as f64 * 2.0 - 1.5)));
    let Some(mut aside) = aside.flatten() else {
        return lines.extend(joined(segments));
    };
    let (mut inside, mut text) = (Vec::new(), Vec::new());
    columns(std::mem::take(&mut aside.inside), depth + 1, &mut inside);
    columns(std::mem::take(&mut aside.text), depth + 1, &mut text);
    let place = aside.place(&mut text);
    let later = text.split_off(place);
    lines.extend(text);
    lines.extend(inside);
    lines.extend(later);
}

/// Whether it stands in a ruled table that reaches across.
fn is_ruled_across(segment: &Line, gutter: f64) -> bool {
    segment
        .ruled
        .is_some_and(|table| table.left < gutter && table.right > gutter + 1.0)
}

/// Where the right column of two begins, less a little; `None` where there are not two columns of running text.
fn gutter(segments: &[Line]) -> Option<f64> {
    if segments.len() < 8 {
        return None;
    }
    let candidates = edges(segments).into_iter().filter_map(|(edge, _)| {
        let gutter = edge as f64 * 2.0 - 1.5;
        let left: Vec<&Line> = segments
            .iter()
            .filter(|segment| segment.right <= gutter + 1.0 && !is_ruled_across(segment, gutter))
            .collect();
        let right: Vec<&Line> = segments
            .iter()
            .filter(|segment| segment.left >= gutter && !is_ruled_across(segment, gutter))
            .collect();
        let across = segments.len() - left.len() - right.len();
        let fewer = left.len().min(right.len());
        let is_divided = fewer >= 4
            && across * 3 <= segments.len()
            && is_column(&left)
            && is_column(&right)
            && overlap(&left, &right);
        is_divided.then_some((fewer, gutter))
    });
    // The leftmost of equally good ones, so that three columns are cut from the left.
    candidates
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)))
        .map(|(_, gutter)| gutter)
}

/// Places where at least three segments begin, in steps of two points, with how many do; the most used first.
fn edges(segments: &[Line]) -> Vec<(i64, usize)> {
    let mut edges: Vec<(i64, usize)> = Vec::new();
    let mut lefts: Vec<i64> = segments
        .iter()
        .map(|segment| (segment.left / 2.0).floor() as i64)
        .collect();
    lefts.sort_unstable();
    for left in lefts {
        match edges.last_mut() {
            Some((known, number)) if *known == left => *number += 1,
            _ => edges.push((left, 1)),
        }
    }
    edges.retain(|(_, number)| *number >= 3);
    edges.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    edges.truncate(MOST_EDGES);
    edges
}

/// Whether lines fill a width as running text does, rather than standing in the cells of a table.
pub(super) fn is_column(lines: &[&Line]) -> bool {
    let left = lines.iter().map(|line| line.left).fold(f64::MAX, f64::min);
    let right = lines.iter().map(|line| line.right).fold(f64::MIN, f64::max);
    let mut widths: Vec<f64> = lines.iter().map(|line| line.right - line.left).collect();
    widths.sort_by(f64::total_cmp);
    let size = lines[lines.len() / 2].size;
    let median = widths[widths.len() / 2];
    median > size * 7.0 && median > (right - left) * 0.45
}

fn overlap(left: &[&Line], right: &[&Line]) -> bool {
    let span = |lines: &[&Line]| {
        let top = lines.iter().map(|line| line.y).fold(f64::MAX, f64::min);
        (
            top,
            lines.iter().map(|line| line.y).fold(f64::MIN, f64::max),
        )
    };
    let (a, b) = (span(left), span(right));
    let shared = a.1.min(b.1) - a.0.max(b.0);
    shared > 0.3 * (a.1 - a.0).min(b.1 - b.0)
}

/// The segments of one column as lines: those on one base line are one.
fn joined(segments: Vec<Line>) -> Vec<Line> {
    let left = segments
        .iter()
        .map(|line| line.left)
        .fold(f64::MAX, f64::min);
    let right = segments
        .iter()
        .map(|line| line.right)
        .fold(f64::MIN, f64::max);
    let mut lines: Vec<Line> = Vec::new();
    for segment in segments {
        match lines.last_mut() {
            Some(line) if (line.y - segment.y).abs() < 0.3 * line.size.min(segment.size) => {
                let is_rtl = line
                    .text
                    .chars()
                    .chain(segment.text.chars())
                    .filter(|c| matches!(c, '\u{590}'..='\u{8ff}'))
                    .count()
                    * 2
                    > line.text.chars().count();
                if line.cells.is_empty() {
                    line.cells.push(line.cell());
                }
                line.cells.push(segment.cell());
                if is_rtl {
                    line.text = format!("{} {}", segment.text, line.text);
                } else {
                    line.text.push(' ');
                    line.text.push_str(&segment.text);
                }
                line.right = line.right.max(segment.right);
                line.marks.extend(segment.marks);
            }
            _ => lines.push(segment),
        }
    }
    for line in &mut lines {
        line.column = (left, right);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_right_to_left_is_read_as_it_is_typed_whatever_its_brackets_are_called() {
        let typed = "נולד (בצפון הארץ) בשנת 1987, קרא את The Lamp, 12 34.";
        let by_sense = ".34 12 ,The Lamp תא ארק ,1987 תנשב )ץראה ןופצב( דלונ";
        let by_shape = by_sense
            .replace('(', "<")
            .replace(')', "(")
            .replace('<', ")");
        assert_eq!(logical(by_sense), typed);
        assert_eq!(logical(&by_shape), typed);
        assert_eq!(logical("The Lamp (1987)"), "The Lamp (1987)");
    }
}
