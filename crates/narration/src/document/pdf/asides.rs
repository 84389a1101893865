//! Boxes at the side of a page, around which its text runs: they are read when the paragraph beside them is over.

use super::layout::{Line, is_column};

/// So many lines beside each other are a box and a text, and no accident.
const FEWEST: usize = 3;

/// A box beside the text: what is in it, and all the rest, both in the order in which they came.
pub(super) struct Aside {
    pub(super) inside: Vec<Line>,
    pub(super) text: Vec<Line>,
    /// Base lines of the first and the last line in it.
    top: f64,
    bottom: f64,
    /// Where the lines beside it begin and end.
    beside: (f64, f64),
}

/// The box on a page whose lines have one of these left edges.
pub(super) fn find(segments: &[Line], edges: impl Iterator<Item = f64>) -> Option<Aside> {
    edges
        .filter_map(|edge| at(segments, edge))
        .max_by_key(|aside| aside.inside.len())
}

fn at(segments: &[Line], edge: f64) -> Option<Aside> {
    let is_right = |line: &&Line| line.left >= edge;
    let mut right: Vec<&Line> = segments.iter().filter(is_right).collect();
    if right.len() < FEWEST {
        return None;
    }
    right.sort_by(|a, b| a.y.total_cmp(&b.y));
    let (top, bottom) = (right[0].y, right[right.len() - 1].y);
    let size = right[right.len() / 2].size;
    let is_within = |line: &&Line| line.y > top - size * 1.2 && line.y < bottom + size * 1.2;
    let left: Vec<&Line> = segments
        .iter()
        .filter(|line| line.left < edge)
        .filter(is_within)
        .collect();
    let gap = right.iter().map(|line| line.left).fold(f64::MAX, f64::min)
        - left.iter().map(|line| line.right).fold(f64::MIN, f64::max);
    let is_ruled = left.iter().chain(&right).any(|line| line.ruled.is_some());
    // The rows of a table stand on common base lines.
    let aligned = right
        .iter()
        .filter(|line| left.iter().any(|other| (other.y - line.y).abs() < 0.6));
    let is_table = aligned.count() * 10 > right.len() * 6
        && (left[left.len() / 2].size - size).abs() < size * 0.04;
    if left.len() < FEWEST
        || left.len() + right.len() == segments.len()
        || gap < size * 0.8
        || is_ruled
        || is_table
        || !is_column(&left)
        || !is_column(&right)
    {
        return None;
    }
    let span = |lines: &[&Line]| {
        (
            lines.iter().map(|line| line.left).fold(f64::MAX, f64::min),
            lines.iter().map(|line| line.right).fold(f64::MIN, f64::max),
        )
    };
    let (left_span, right_span) = (span(&left), span(&right));
    let is_box_right = right_span.1 - right_span.0 <= left_span.1 - left_span.0;
    let is_inside = |line: &Line| {
        if is_box_right {
            line.left >= edge
        } else {
            line.left < edge && is_within(&line)
        }
    };
    let (inside, text): (Vec<Line>, Vec<Line>) = segments.iter().cloned().partition(is_inside);
    Some(Aside {
        inside,
        text,
        top,
        bottom,
        beside: if is_box_right { left_span } else { right_span },
    })
}

impl Aside {
    /// Tells the lines beside the box how wide they may be, and finds the place among them where a paragraph is over.
    pub(super) fn place(&self, lines: &mut [Line]) -> usize {
        let is_beside =
            |line: &Line| line.y > self.top - line.size && line.y < self.bottom + line.size;
        for line in lines.iter_mut().filter(|line| is_beside(line)) {
            line.column = self.beside;
        }
        let first = lines.iter().position(is_beside).unwrap_or(lines.len());
        (first..lines.len())
            .find(|at| *at > 0 && ends_paragraph(&lines[at - 1], &lines[*at]))
            .unwrap_or(lines.len())
    }
}

fn ends_paragraph(last: &Line, next: &Line) -> bool {
    let is_short = last.right < last.column.1 - last.size * 2.0;
    let is_apart = next.y - last.y > last.size * 1.75;
    let ends = last
        .text
        .ends_with(['.', '!', '?', '”', '"', '»', ':', '…']);
    ends && (is_short || is_apart) || (next.size - last.size).abs() > last.size * 0.08
}
