//! PDF with a text layer → paragraphs (ISO 32000-2). A page is only glyphs at places; lines, columns, paragraphs, notes and
//! running heads are made out from where those stand.
//!
//! `hayro` reads the objects, fonts and content streams; [`layout`] turns a page's glyphs into lines in reading order, and
//! [`paragraphs`] the lines of all pages into blocks.

mod layout;
mod paragraphs;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, font::Glyph as FontGlyph, font::GlyphRun,
    interpret_page,
};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::ImportError;
use super::draft::Draft;
use super::report::{ImportOptions, RemarkKind};
use layout::{Glyph, Line};

/// More glyphs than this are on no page, and what comes after them is not looked at.
const MOST_GLYPHS_PER_PAGE: usize = 100_000;

/// More glyphs than this are in no book.
const MOST_GLYPHS: usize = 50_000_000;

/// More pages than this are in no book.
const MOST_PAGES: usize = 20_000;

/// # Errors
/// [`ImportError::Protected`], [`ImportError::PicturesOnly`], [`ImportError::Damaged`] and [`ImportError::TooComplex`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    // The parser is written not to panic, but a font is a program of its own: what it cannot stand must not end Peal.
    let pages = catch_unwind(AssertUnwindSafe(|| pages(bytes, draft)))
        .unwrap_or(Err(ImportError::Damaged))?;
    paragraphs::read(pages, options, draft);
    Ok(())
}

/// One page as lines in reading order.
#[derive(Debug, Default)]
struct Page {
    lines: Vec<Line>,
    height: f64,
}

fn pages(bytes: &[u8], draft: &mut Draft) -> Result<Vec<Page>, ImportError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => ImportError::Protected,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => ImportError::Damaged,
    })?;
    let metadata = pdf.metadata();
    draft.title = metadata
        .title
        .as_deref()
        .and_then(text_string)
        .filter(|title| is_title(title));
    draft.author = metadata.author.as_deref().and_then(text_string);
    if pdf.pages().len() > MOST_PAGES {
        return Err(ImportError::TooComplex);
    }
    let cache = InterpreterCache::new();
    let mut pages = Vec::new();
    let (mut glyphs, mut pictures) = (0, false);
    for page in pdf.pages().iter() {
        let (width, height) = page.render_dimensions();
        let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let transform = Affine::new(page.initial_transform(true).as_coeffs());
        let mut context = Context::new(
            transform,
            bounds,
            &cache,
            pdf.xref(),
            InterpreterSettings::default(),
        );
        let mut reader = Reader {
            bounds,
            ..Reader::default()
        };
        interpret_page(page, &mut context, &mut reader);
        glyphs += reader.glyphs.len();
        pictures |= reader.has_pictures;
        if glyphs > MOST_GLYPHS {
            return Err(ImportError::TooComplex);
        }
        pages.push(Page {
            lines: layout::lines(reader.glyphs, reader.vertical),
            height: bounds.height(),
        });
    }
    if pages.is_empty() {
        return Err(ImportError::Damaged);
    }
    let has_words = pages
        .iter()
        .flat_map(|page| &page.lines)
        .any(|line| line.text.chars().any(char::is_alphanumeric));
    if !has_words && pictures {
        return Err(ImportError::PicturesOnly);
    }
    let raised: Vec<&str> = pages
        .iter()
        .flat_map(|page| &page.lines)
        .flat_map(|line| &line.marks)
        .map(String::as_str)
        .collect();
    for mark in raised {
        draft.report.count(RemarkKind::NoteMarksDropped, 0, mark);
    }
    Ok(pages)
}

/// A text string of the PDF standard: UTF-16 or UTF-8 with a mark, else as good as Latin 1.
fn text_string(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xff, 0xfe, rest @ ..] => encoding_rs::UTF_16LE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
                .into_owned(),
        },
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Programs write names of files and their own into the title.
fn is_title(title: &str) -> bool {
    let small = title.to_lowercase();
    !small.starts_with("microsoft word")
        && !small.starts_with("untitled")
        && ![".doc", ".docx", ".pdf", ".dvi", ".tex", ".indd", ".qxd"]
            .iter()
            .any(|end| small.ends_with(end))
}

/// Takes the glyphs of a page and lets everything else pass.
#[derive(Default)]
struct Reader {
    glyphs: Vec<Glyph>,
    bounds: Rect,
    vertical: usize,
    has_pictures: bool,
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.has_pictures = true;
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.glyphs.len() >= MOST_GLYPHS_PER_PAGE {
                return;
            }
            let text = match glyph.as_unicode() {
                Some(BfString::Char(character)) => unligated(character),
                Some(BfString::String(text)) => text
                    .chars()
                    .flat_map(|c| unligated(c).chars().collect::<Vec<_>>())
                    .collect(),
                None => continue,
            };
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            if text.is_empty() {
                continue;
            }
            let advance = match &**glyph {
                FontGlyph::Outline(outline) => outline.advance_width().map_or(500.0, f64::from),
                FontGlyph::Type3(_) => 500.0,
            };
            let transform = props.transform * glyph.transform();
            let origin = transform * Point::ZERO;
            let top = transform * Point::new(0.0, 1000.0);
            let end = transform * Point::new(advance, 0.0);
            let size = origin.distance(top);
            let numbers = [origin.x, origin.y, end.x, end.y, size];
            if !numbers.iter().all(|number| number.is_finite())
                || size < 0.5
                || !self.bounds.inflate(2.0, 2.0).contains(origin)
            {
                continue;
            }
            if run.writing_mode() == WritingMode::Vertical {
                self.vertical += 1;
                // Read like lines from the right edge of the page to the left one.
                let (x, y) = (origin.y, self.bounds.width() - origin.x);
                self.glyphs.push(Glyph {
                    x,
                    y,
                    end: x + size,
                    size,
                    text,
                });
            } else if (end.y - origin.y).abs() * 3.0 <= (end.x - origin.x).abs() || advance == 0.0 {
                let (x, end) = (origin.x.min(end.x), origin.x.max(end.x));
                self.glyphs.push(Glyph {
                    x,
                    y: origin.y,
                    end,
                    size,
                    text,
                });
            }
        }
    }
}

/// `ﬁ` → `fi`, and Arabic letters as they are typed.
fn unligated(character: char) -> String {
    match character {
        'ﬀ' => "ff".into(),
        'ﬁ' => "fi".into(),
        'ﬂ' => "fl".into(),
        'ﬃ' => "ffi".into(),
        'ﬄ' => "ffl".into(),
        'ﬅ' | 'ﬆ' => "st".into(),
        _ => character.to_string(),
    }
}

#[cfg(test)]
mod tests;
