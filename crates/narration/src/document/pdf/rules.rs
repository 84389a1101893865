//! The horizontal rules of a page, and the tables that they draw.

use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point};

use super::layout::Line;

/// More rules than this are on no page that is read; later ones are not looked at.
const MOST_RULES: usize = 4000;
/// Rules nearer to each other are one: the two edges of a thin bar.
const SAME: f64 = 3.0;
/// A table is at least this wide, in points.
const NARROWEST: f64 = 60.0;
/// No row of a table is higher, in points.
const HIGHEST_ROW: f64 = 250.0;

/// The edges of what is drawn that lie level.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Clone, Copy, Debug)]
struct Rule {
    y: f64,
    left: f64,
    right: f64,
}

/// Where in a ruled table a piece of text stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ruled {
    pub(super) left: f64,
    pub(super) right: f64,
    /// Which table of the page.
    pub(super) table: usize,
    /// Between which of its rules.
    pub(super) band: usize,
}

impl Rules {
    pub(super) fn take(&mut self, path: &BezPath, transform: Affine) {
        let (mut start, mut at) = (Point::ZERO, Point::ZERO);
        for element in path.elements() {
            let to = match *element {
                PathEl::MoveTo(to) => {
                    (start, at) = (transform * to, transform * to);
                    continue;
                }
                PathEl::LineTo(to) => transform * to,
                PathEl::ClosePath => start,
                PathEl::QuadTo(_, to) | PathEl::CurveTo(_, _, to) => {
                    at = transform * to;
                    continue;
                }
            };
            let is_level = (to.y - at.y).abs() < 0.6 && (to.x - at.x).abs() > 8.0;
            if is_level && to.y.is_finite() && self.0.len() < MOST_RULES {
                self.0.push(Rule {
                    y: at.y,
                    left: at.x.min(to.x),
                    right: at.x.max(to.x),
                });
            }
            at = to;
        }
    }

    /// Says of each piece of text whether it stands in a table: four rules or more of the same width, with text between
    /// at least three pairs of them, and somewhere two pieces side by side.
    pub(super) fn mark(self, pieces: &mut [Line]) {
        for (number, table) in self.tables().into_iter().enumerate() {
            let inside = |piece: &Line| {
                let fits = piece.left > table.left - SAME && piece.right < table.right + SAME;
                let band = table.ys.partition_point(|y| *y < piece.y);
                (fits && band > 0 && band < table.ys.len()).then_some(band)
            };
            let mut found: Vec<(usize, f64)> = pieces
                .iter()
                .filter_map(|piece| Some((inside(piece)?, piece.left)))
                .collect();
            found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let has_cells = found
                .windows(2)
                .any(|pair| pair[0].0 == pair[1].0 && pair[1].1 - pair[0].1 > 20.0);
            found.dedup_by_key(|(band, _)| *band);
            if found.len() < 3 || !has_cells {
                continue;
            }
            for piece in &mut *pieces {
                if let Some(band) = inside(piece)
                    && piece.ruled.is_none()
                {
                    piece.ruled = Some(Ruled {
                        left: table.left,
                        right: table.right,
                        table: number,
                        band,
                    });
                }
            }
        }
    }

    fn tables(self) -> Vec<Table> {
        let mut tables: Vec<Table> = Vec::new();
        for rule in self.merged() {
            let found = tables.iter_mut().rev().take(32).find(|table| {
                (table.left - rule.left).abs() < SAME + 1.0
                    && (table.right - rule.right).abs() < SAME + 1.0
                    && table.ys.last().is_some_and(|y| rule.y - y < HIGHEST_ROW)
            });
            match found {
                Some(table) => {
                    if table.ys.last().is_none_or(|y| rule.y - y > SAME) {
                        table.ys.push(rule.y);
                    }
                }
                None => tables.push(Table {
                    left: rule.left,
                    right: rule.right,
                    ys: vec![rule.y],
                }),
            }
        }
        tables.retain(|table| table.ys.len() >= 4);
        tables
    }

    /// Rules from the top, the pieces of one rule put together.
    fn merged(mut self) -> Vec<Rule> {
        self.0.sort_by(|a, b| a.y.total_cmp(&b.y));
        let mut merged: Vec<Rule> = Vec::new();
        for row in self.0.chunk_by_mut(|a, b| b.y - a.y < 0.6) {
            row.sort_by(|a, b| a.left.total_cmp(&b.left));
            let first = merged.len();
            for rule in row {
                match merged[first..].last_mut() {
                    Some(last) if rule.left <= last.right + SAME => {
                        last.right = last.right.max(rule.right);
                    }
                    _ => merged.push(*rule),
                }
            }
        }
        merged.retain(|rule| rule.right - rule.left > NARROWEST);
        merged
    }
}

struct Table {
    left: f64,
    right: f64,
    /// Of its rules, from the top.
    ys: Vec<f64>,
}
