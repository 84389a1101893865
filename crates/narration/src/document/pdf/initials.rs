//! Drop caps: a first letter as high as several lines, which belongs to the first of them.

use super::layout::{Glyph, Line};

/// More large letters than this are no initials but headings.
const MOST_LARGE: usize = 400;

/// An initial and where the lines beside it stand.
#[derive(Clone, Debug)]
pub(super) struct Initial {
    text: String,
    left: f64,
    /// Where the lines beside it begin.
    start: f64,
    /// Base lines of the first and the last of them.
    top: f64,
    bottom: f64,
    /// Of the letters in these lines.
    size: f64,
}

/// Takes the initials out of the glyphs of a page.
pub(super) fn take(glyphs: &mut Vec<Glyph>) -> Vec<Initial> {
    let is_visible = |glyph: &&Glyph| !glyph.text.trim().is_empty();
    let mut sizes: Vec<f64> = glyphs
        .iter()
        .filter(is_visible)
        .map(|glyph| glyph.size)
        .collect();
    if sizes.is_empty() {
        return Vec::new();
    }
    let middle = sizes.len() / 2;
    let (_, body, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
    let body = *body;
    let large: Vec<usize> = (0..glyphs.len())
        .filter(|at| glyphs[*at].size > body * 1.7 && !glyphs[*at].text.trim().is_empty())
        .collect();
    if large.len() > MOST_LARGE {
        return Vec::new();
    }
    let mut initials = Vec::new();
    let mut taken = Vec::new();
    for at in &large {
        let letter = &glyphs[*at];
        let near: Vec<usize> = large
            .iter()
            .copied()
            .filter(|other| {
                let other = &glyphs[*other];
                (other.y - letter.y).abs() < letter.size * 0.8
                    && other.x < letter.end + letter.size * 0.8
                    && letter.x < other.end + letter.size * 0.8
            })
            .collect();
        let is_letter = letter.text.chars().all(char::is_alphabetic);
        let is_alone = near
            .iter()
            .all(|other| other == at || !glyphs[*other].text.contains(char::is_alphanumeric));
        if is_letter
            && is_alone
            && let Some(mut initial) = beside(letter, glyphs, body)
        {
            // A quotation mark may be as large.
            let mut signs: Vec<&Glyph> = near.iter().map(|other| &glyphs[*other]).collect();
            signs.sort_by(|a, b| a.x.total_cmp(&b.x));
            initial.text = signs.iter().map(|sign| sign.text.trim()).collect();
            initial.left = signs.first().map_or(letter.x, |sign| sign.x);
            initials.push(initial);
            taken.extend(near);
        }
    }
    let mut at = 0;
    glyphs.retain(|_| {
        at += 1;
        !taken.contains(&(at - 1))
    });
    initials
}

/// Whether at least two lines of smaller letters begin right beside a letter.
fn beside(letter: &Glyph, glyphs: &[Glyph], body: f64) -> Option<Initial> {
    let is_beside = |glyph: &&Glyph| {
        !glyph.text.trim().is_empty()
            && glyph.size <= body * 1.35
            && glyph.x > letter.x - body * 0.1
            && glyph.x < letter.end + body * 2.2
            && glyph.y > letter.y - letter.size * 0.85
            && glyph.y < letter.y + body * 0.3
    };
    let (mut top, mut bottom) = (f64::MAX, f64::MIN);
    for glyph in glyphs.iter().filter(is_beside) {
        top = top.min(glyph.y);
        bottom = bottom.max(glyph.y);
    }
    let start = glyphs
        .iter()
        .filter(is_beside)
        .filter(|glyph| glyph.y - top < body * 0.3)
        .map(|glyph| glyph.x)
        .min_by(f64::total_cmp)?;
    (bottom - top > body * 0.8).then(|| Initial {
        text: String::new(),
        left: letter.x,
        start,
        top,
        bottom,
        size: body,
    })
}

/// Gives each initial to its line, and moves the lines beside it to where the others begin.
pub(super) fn give(initials: Vec<Initial>, lines: &mut [Line]) {
    for initial in initials {
        let size = initial.size;
        let mut text = Some(initial.text);
        for line in lines.iter_mut() {
            let is_near = (line.left - initial.start).abs() < size * 1.5;
            if !is_near || line.y < initial.top - size * 0.3 || line.y > initial.bottom + size * 0.3
            {
                continue;
            }
            line.left = initial.left;
            if (line.y - initial.top).abs() < size * 0.3 && text.is_some() {
                line.initial = text.take();
            }
        }
    }
}
