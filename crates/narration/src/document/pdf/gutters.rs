//! Narrow gaps between columns: no wider than a space may be in a justified line, but at the same place in line after line.

use super::layout::Glyph;

/// A gap in fewer lines than this, one below the other, is an accident.
const FEWEST_LINES: usize = 8;

/// Pages wider than this, in points, are not looked at.
const WIDEST: usize = 4000;

/// On each side of a gutter stands at least so much, in sizes of the letters: less is the number of an item.
const NARROWEST_COLUMN: f64 = 6.0;

/// A line of a column begins or ends no further from the gutter than this, in sizes of its letters.
const BESIDE: f64 = 1.2;

/// A strip of a page without ink between two columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gutter {
    x: f64,
    top: f64,
    bottom: f64,
}

impl Gutter {
    /// Whether it divides a row at `y` that has no ink from `start` to `end`.
    pub(super) fn divides(&self, y: f64, start: f64, end: f64) -> bool {
        start <= self.x && self.x <= end && self.top - 1.0 <= y && y <= self.bottom + 1.0
    }
}

/// What a point of the width has seen in the rows from above.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// Rows with a gap here.
    both: usize,
    /// Rows that end just before it, and rows that begin just behind it: columns whose base lines differ.
    left: usize,
    right: usize,
    top: f64,
    bottom: f64,
}

impl Run {
    fn lines(&self) -> usize {
        self.both + self.left.max(self.right)
    }

    fn is_gutter(&self) -> bool {
        self.both + self.left.min(self.right) >= FEWEST_LINES
    }
}

/// The gutters among rows that are in order from above.
pub(super) fn find(rows: &[Vec<Glyph>]) -> Vec<Gutter> {
    let width = rows
        .iter()
        .flatten()
        .map(|glyph| glyph.end)
        .fold(0.0, f64::max);
    if width >= WIDEST as f64 || rows.len() < FEWEST_LINES {
        return Vec::new();
    }
    let mut runs = vec![Run::default(); width as usize + 2];
    let mut found: Vec<(usize, Run)> = Vec::new();
    for row in rows {
        let Some(spans) = spans(row) else { continue };
        let y = row[0].y;
        // A line that goes over the place ends what was there.
        for &(start, end) in &spans.ink {
            for x in cell(start)..=cell(end).min(runs.len() - 1) {
                end_run(x, &mut runs[x], &mut found);
            }
        }
        let mut see = |start: f64, end: f64, count: fn(&mut Run) -> &mut usize| {
            let last = cell(end).min(runs.len());
            let first = (cell(start) + 1).min(last);
            for run in &mut runs[first..last] {
                if run.lines() == 0 {
                    run.top = y;
                }
                *count(run) += 1;
                run.bottom = y;
            }
        };
        for &(start, end) in &spans.gaps {
            see(start, end, |run| &mut run.both);
        }
        let (left, right) = (spans.left, spans.right);
        if right - left > spans.size * NARROWEST_COLUMN {
            see(right, right + spans.size * BESIDE, |run| &mut run.left);
            see(left - spans.size * BESIDE, left, |run| &mut run.right);
        }
    }
    for (x, run) in runs.iter_mut().enumerate() {
        end_run(x, run, &mut found);
    }
    found.sort_by_key(|(x, _)| *x);
    clusters(&found)
}

fn end_run(x: usize, run: &mut Run, found: &mut Vec<(usize, Run)>) {
    let ended = std::mem::take(run);
    if ended.is_gutter() {
        found.push((x, ended));
    }
}

fn cell(x: f64) -> usize {
    x.max(0.0) as usize
}

/// Points beside each other over the same lines, as one gutter.
fn clusters(found: &[(usize, Run)]) -> Vec<Gutter> {
    let mut gutters: Vec<(usize, usize, Run)> = Vec::new();
    for (x, run) in found {
        let known = gutters.iter_mut().rev().take(8).find(|(_, last, known)| {
            x - *last <= 1 && known.top < run.bottom && run.top < known.bottom
        });
        match known {
            Some((_, last, known)) => {
                *last = *x;
                known.top = known.top.min(run.top);
                known.bottom = known.bottom.max(run.bottom);
            }
            None => gutters.push((*x, *x, *run)),
        }
    }
    gutters
        .into_iter()
        .filter(|(first, last, _)| last - first >= 3)
        .map(|(first, last, run)| Gutter {
            x: (first + last + 1) as f64 / 2.0,
            top: run.top,
            bottom: run.bottom,
        })
        .collect()
}

struct Spans {
    size: f64,
    left: f64,
    right: f64,
    /// Where something is printed, without gaps as wide as a gutter.
    ink: Vec<(f64, f64)>,
    /// Gaps that may be a gutter.
    gaps: Vec<(f64, f64)>,
}

fn spans(row: &[Glyph]) -> Option<Spans> {
    let mut glyphs: Vec<(f64, f64, f64)> = row
        .iter()
        .filter(|glyph| !glyph.text.trim().is_empty())
        .map(|glyph| (glyph.x, glyph.end, glyph.size))
        .collect();
    glyphs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = glyphs.iter().map(|glyph| glyph.2).fold(0.0, f64::max);
    let (left, right) = (
        glyphs.first()?.0,
        glyphs.iter().map(|glyph| glyph.1).fold(0.0, f64::max),
    );
    let mut ink = vec![(left, left)];
    let mut gaps = Vec::new();
    for (start, end, _) in glyphs {
        let last = ink.last_mut()?;
        if start - last.1 > size * 0.55 {
            let is_gutter =
                last.1 - left > size * NARROWEST_COLUMN && right - start > size * NARROWEST_COLUMN;
            if is_gutter {
                gaps.push((last.1, start));
            }
            ink.push((start, end));
        } else {
            last.1 = last.1.max(end);
        }
    }
    Some(Spans {
        size,
        left,
        right,
        ink,
        gaps,
    })
}
