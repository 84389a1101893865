//! What a page says of stretches of its own content: the words that glyphs stand for where the glyphs do not tell, and
//! what is there for the page only (ISO 32000-2, 14.6, 14.8.2.2 and 14.9.4).

use hayro_interpret::kurbo::Point;
use hayro_syntax::object::{Dict, Name, String as Text};

/// Stretches within stretches beyond these are taken for plain ones.
const DEEPEST: usize = 64;

/// Words for one stretch are no longer than this, in bytes.
const LONGEST: usize = 1 << 16;

/// Where a glyph stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) origin: Point,
    pub(super) end: Point,
    pub(super) top: Point,
    pub(super) size: f64,
}

/// A stretch of content.
#[derive(Debug)]
enum Stretch {
    Plain,
    /// It stands for these words, and reaches from the first glyph to the last.
    Words(String, Option<Place>),
    /// A running head or a number of a page.
    Furniture(String),
}

/// The stretches that are open.
#[derive(Debug, Default)]
pub(super) struct Marked {
    open: Vec<Stretch>,
    too_deep: usize,
}

/// What a stretch was, when it is over.
pub(super) enum Ended {
    Nothing,
    Words(String, Place),
    Furniture(String),
}

impl Marked {
    pub(super) fn begin(&mut self, tag: &[u8], properties: Option<&Dict<'_>>) {
        if self.open.len() >= DEEPEST {
            self.too_deep += 1;
            return;
        }
        let is_furniture = tag == b"Artifact"
            && properties
                .and_then(|properties| properties.get::<Name<'_>>("Type"))
                .is_some_and(|kind| kind.starts_with(b"Pagination"));
        let words = properties
            .and_then(|properties| properties.get::<Text<'_>>("ActualText"))
            .filter(|words| words.as_bytes().len() < LONGEST)
            .map(|words| super::decoded(words.as_bytes()));
        self.open.push(match words {
            _ if is_furniture => Stretch::Furniture(String::new()),
            Some(words) => Stretch::Words(words, None),
            None => Stretch::Plain,
        });
    }

    pub(super) fn end(&mut self) -> Ended {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return Ended::Nothing;
        }
        match self.open.pop() {
            Some(Stretch::Words(words, Some(place))) => Ended::Words(words, place),
            Some(Stretch::Furniture(words)) => Ended::Furniture(words),
            _ => Ended::Nothing,
        }
    }

    /// Whether a glyph belongs to a stretch that is read in another way, the outermost one. `text` is empty where nobody
    /// knows what it stands for.
    pub(super) fn takes(&mut self, text: &str, glyph: Place) -> bool {
        for stretch in &mut self.open {
            match stretch {
                Stretch::Plain => {}
                Stretch::Furniture(words) => {
                    words.push_str(text);
                    return true;
                }
                Stretch::Words(_, place) => {
                    let known = place.get_or_insert(glyph);
                    // As far as it goes on in its line, in either direction.
                    let is_level = (known.origin.y - glyph.origin.y).abs() < known.size * 0.5;
                    if is_level && glyph.end.x > known.end.x {
                        known.end = glyph.end;
                    }
                    if is_level && glyph.origin.x < known.origin.x {
                        known.top.x += glyph.origin.x - known.origin.x;
                        known.origin = glyph.origin;
                    }
                    return true;
                }
            }
        }
        false
    }
}
