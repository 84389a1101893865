//! PDF with a text layer → paragraphs (ISO 32000-2). A page is only glyphs at places; lines, columns, paragraphs, notes and
//! running heads are made out from where those stand.
//!
//! `hayro` reads the objects, fonts and content streams; [`layout`] turns a page's glyphs into lines in reading order, and
//! [`paragraphs`] the lines of all pages into blocks.

mod asides;
mod cmaps;
mod furniture;
mod gutters;
mod initials;
mod layout;
mod limits;
mod marked;
mod outline;
mod paragraphs;
mod rules;
mod tables;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, font::Glyph as FontGlyph, font::GlyphRun,
    interpret_page,
};
use hayro_syntax::object::{Dict, Name, Object};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use memchr::memmem;

use super::ImportError;
use super::draft::Draft;
use super::report::{ImportOptions, RemarkKind};
use layout::{Glyph, Line};
use marked::{Ended, Marked, Place};
use rules::Rules;

/// More glyphs than this are on no page, and what comes after them is not looked at.
const MOST_GLYPHS_PER_PAGE: usize = 100_000;

/// More glyphs than this are in no book.
const MOST_GLYPHS: usize = 50_000_000;

/// More pages than this are in no book.
const MOST_PAGES: usize = 20_000;

/// A page that takes longer than this to interpret is given up: nobody made it to be read.
const LONGEST_PAGE: Duration = Duration::from_secs(2);

/// So many pages are given up before the file is.
const MOST_ABANDONED: usize = 1;

/// # Errors
/// [`ImportError::Protected`], [`ImportError::PicturesOnly`], [`ImportError::Damaged`] and [`ImportError::TooComplex`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    limits::check(bytes)?;
    // The parser is written not to panic; what it cannot stand must not end Peal all the same.
    let mut pdf = open(bytes.to_vec())?;
    catch_unwind(AssertUnwindSafe(|| limits::check_encrypted(bytes, &pdf)))
        .unwrap_or(Err(ImportError::Damaged))?;
    catch_unwind(AssertUnwindSafe(|| limits::check_fonts(&pdf)))
        .unwrap_or(Err(ImportError::Damaged))?;
    let mended = catch_unwind(AssertUnwindSafe(|| cmaps::mended(bytes, &pdf)));
    if let Some(mended) = mended.unwrap_or_default() {
        pdf = open(mended)?;
    }
    let metadata = pdf.metadata();
    draft.title = metadata
        .title
        .as_deref()
        .and_then(text_string)
        .filter(|title| is_title(title));
    draft.author = metadata.author.as_deref().and_then(text_string);
    // The end of a file is written last.
    let is_whole = memmem::rfind(bytes, b"%%EOF").is_some();
    let pages = pages(&pdf, is_whole, options)?;
    let contents = catch_unwind(AssertUnwindSafe(|| outline::entries(&pdf)));
    let mut contents = contents.unwrap_or_default();
    contents.sort_by_key(|entry| entry.page);
    drop(pdf);
    paragraphs::read(pages, contents, options, draft);
    Ok(())
}

fn open(bytes: Vec<u8>) -> Result<Pdf, ImportError> {
    let opened = catch_unwind(|| Pdf::new(bytes)).map_err(|_| ImportError::Damaged)?;
    opened.map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => ImportError::Protected,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => ImportError::Damaged,
    })
}

/// One page as lines in reading order.
#[derive(Clone, Debug, Default)]
struct Page {
    lines: Vec<Line>,
    height: f64,
    /// What was left out above the text, and below it.
    head: Vec<Dropped>,
    foot: Vec<Dropped>,
}

/// A remark whose place in the text is not known yet.
#[derive(Clone, Debug)]
struct Dropped {
    kind: RemarkKind,
    example: String,
    count: usize,
}

impl Dropped {
    fn new(kind: RemarkKind, example: String) -> Self {
        Self {
            kind,
            example,
            count: 1,
        }
    }
}

fn pages(pdf: &Pdf, is_whole: bool, options: &ImportOptions) -> Result<Vec<Page>, ImportError> {
    let number = pdf.pages().len();
    if number > MOST_PAGES {
        return Err(ImportError::TooComplex);
    }
    let cache = InterpreterCache::new();
    let codes_are_letters =
        catch_unwind(AssertUnwindSafe(|| codes_are_letters(pdf))).unwrap_or_default();
    let mut pages = Vec::with_capacity(number);
    let (mut glyphs, mut pictures, mut abandoned, mut broken) = (0, false, 0, 0);
    for (index, page) in pdf.pages().iter().enumerate() {
        let mut reader = Reader {
            codes_are_letters,
            keeps_heads: options.keeps(RemarkKind::RunningHeadsDropped)
                || options.keeps(RemarkKind::PageNumbersDropped),
            ..Reader::default()
        };
        let content = catch_unwind(AssertUnwindSafe(|| {
            page.page_stream().map_or(Ok(()), limits::check_page)
        }));
        content.unwrap_or(Ok(()))?;
        // A font is a program of its own: one that the interpreter cannot stand costs its page, not the book.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            interpret(pdf, page, &cache, &mut reader);
        }));
        let mut read = Page {
            height: reader.bounds.height(),
            ..Page::default()
        };
        if let Err(panic) = outcome {
            let took_too_long = panic.is::<TookTooLong>();
            abandoned += usize::from(took_too_long);
            broken += usize::from(!took_too_long);
            if abandoned > MOST_ABANDONED {
                return Err(ImportError::TooComplex);
            }
            let place = format!("page {}", index + 1);
            read.head
                .push(Dropped::new(RemarkKind::PartsMissing, place));
        }
        glyphs += reader.count();
        // Letters that nobody can name are as good as pictures of letters.
        pictures |= reader.has_pictures || reader.nameless > 0;
        if glyphs > MOST_GLYPHS {
            return Err(ImportError::TooComplex);
        }
        if reader.nameless > 20 && reader.nameless > reader.count() / 10 {
            let place = format!("page {}", index + 1);
            read.head
                .push(Dropped::new(RemarkKind::PartsMissing, place));
        }
        if reader.has_pictures && reader.count() == 0 {
            let place = format!("page {}", index + 1);
            read.head
                .push(Dropped::new(RemarkKind::PicturesDropped, place));
        }
        reader.read_into(&mut read, options);
        pages.push(read);
    }
    let has_words = pages
        .iter()
        .flat_map(|page| &page.lines)
        .any(|line| line.text.chars().any(char::is_alphanumeric));
    match has_words {
        _ if pages.is_empty() => Err(ImportError::Damaged),
        false if abandoned > 0 => Err(ImportError::TooComplex),
        false if broken > 0 || !is_whole => Err(ImportError::Damaged),
        false if pictures => Err(ImportError::PicturesOnly),
        _ => Ok(pages),
    }
}

/// Whether a font says that the codes of its characters are those of Unicode, by a name where others have a table.
fn codes_are_letters(pdf: &Pdf) -> bool {
    pdf.objects().into_iter().any(|object| match &object {
        Object::Dict(dict) => dict
            .get::<Name<'_>>("ToUnicode")
            .is_some_and(|name| name.starts_with(b"Identity")),
        _ => false,
    })
}

fn interpret<'a>(
    pdf: &'a Pdf,
    page: &hayro_syntax::page::Page<'a>,
    cache: &InterpreterCache<'a>,
    reader: &mut Reader,
) {
    let (width, height) = page.render_dimensions();
    reader.bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    reader.deadline = Some(Instant::now() + LONGEST_PAGE);
    let transform = Affine::new(page.initial_transform(true).as_coeffs());
    let mut context = Context::new(
        transform,
        reader.bounds,
        cache,
        pdf.xref(),
        InterpreterSettings::default(),
    );
    interpret_page(page, &mut context, reader);
}

/// A text string of the PDF standard: UTF-16 or UTF-8 with a mark, else as good as Latin 1.
fn text_string(bytes: &[u8]) -> Option<String> {
    Some(decoded(bytes).trim().to_owned()).filter(|text| !text.is_empty())
}

fn decoded(bytes: &[u8]) -> String {
    match bytes {
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
            Err(_) => bytes.iter().map(|byte| pdf_character(*byte)).collect(),
        },
    }
}

/// PDFDocEncoding (ISO 32000-2, annex D.2): Latin 1 but for these.
fn pdf_character(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const SIGNS: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0xa0 => SIGNS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
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
    /// By how often a quarter of a turn the page must be turned to read them.
    glyphs: [Vec<Glyph>; 4],
    /// Glyphs that stand for no known character.
    nameless: usize,
    codes_are_letters: bool,
    bounds: Rect,
    vertical: usize,
    has_pictures: bool,
    rules: Rules,
    marked: Marked,
    /// Running heads and numbers of pages that the page itself calls so.
    furniture: Vec<String>,
    keeps_heads: bool,
    deadline: Option<Instant>,
}

/// The interpreter cannot be told to stop, so this unwinds through it.
struct TookTooLong;

/// Text that runs another way than its page is a label if it has fewer glyphs than this.
const LABEL: usize = 200;

impl Reader {
    fn count(&self) -> usize {
        self.glyphs.iter().map(Vec::len).sum()
    }

    /// The lines of the page, as most of its text runs; what runs another way comes after them, or is left out when it is
    /// only a label at the side.
    fn read_into(mut self, page: &mut Page, options: &ImportOptions) {
        let keeps_marks = options.keeps(RemarkKind::NoteMarksDropped);
        let most = self.glyphs.iter().map(Vec::len).max().unwrap_or_default();
        let main = self.glyphs.iter().position(|turned| turned.len() == most);
        if main.is_some_and(|turn| turn % 2 == 1) {
            page.height = self.bounds.width();
        }
        for words in std::mem::take(&mut self.furniture) {
            page.foot.push(furniture::remark(words));
        }
        let mut others = Vec::new();
        for (turn, glyphs) in std::mem::take(&mut self.glyphs).into_iter().enumerate() {
            let is_label = glyphs.len() < LABEL && glyphs.len() * 4 < most;
            let vertical = if turn == 0 { self.vertical } else { 0 };
            // Text that is turned stands in no table that is not.
            let rules = if turn == 0 {
                std::mem::take(&mut self.rules)
            } else {
                Rules::default()
            };
            let lines = layout::lines(glyphs, vertical, keeps_marks, rules);
            if main == Some(turn) {
                page.lines = lines;
            } else if is_label && !options.keeps(RemarkKind::RunningHeadsDropped) {
                for line in lines {
                    let remark = Dropped::new(RemarkKind::RunningHeadsDropped, line.text);
                    page.foot.push(remark);
                }
            } else {
                others.extend(lines);
            }
        }
        page.lines.extend(others);
    }

    /// A glyph, by where it begins and ends and where its top is.
    fn take(&mut self, origin: Point, end: Point, top: Point, size: f64, text: String) {
        let (width, height) = (self.bounds.width(), self.bounds.height());
        let (dx, dy) = (end.x - origin.x, end.y - origin.y);
        let (turn, x, end, y) = if dy.abs() * 3.0 <= dx.abs() {
            if dx < 0.0 && top.y > origin.y {
                (2, width - origin.x, width - end.x, height - origin.y)
            } else {
                (0, origin.x.min(end.x), origin.x.max(end.x), origin.y)
            }
        } else if dx.abs() * 3.0 <= dy.abs() {
            if dy > 0.0 {
                (1, origin.y, end.y, width - origin.x)
            } else {
                (3, height - origin.y, height - end.y, origin.x)
            }
        } else {
            // Across the page: a stamp.
            return;
        };
        self.glyphs[turn].push(Glyph {
            x,
            y,
            end,
            size,
            text: layout::visual(text),
        });
    }

    /// What a glyph stands for, without signs that nobody sees; `None` if nobody knows.
    fn text_of(&self, glyph: &FontGlyph<'_>) -> Option<String> {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(character)) => unligated(character),
            Some(BfString::String(text)) => text.chars().map(unligated).collect(),
            None => match char::from_u32(glyph.char_code()) {
                Some(letter) if self.codes_are_letters => unligated(letter),
                _ => return None,
            },
        };
        Some(text.chars().filter(|c| !c.is_control()).collect())
    }

    /// Called whenever anything is drawn.
    fn check_time(&self) {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() > deadline)
        {
            resume_unwind(Box::new(TookTooLong));
        }
    }
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.check_time();
        self.rules.take(path, props.transform);
    }
    fn push_clip_path(&mut self, _: &ClipPath) {
        self.check_time();
    }
    fn push_clip_rect(&mut self, _: &Rect) {
        self.check_time();
    }
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.check_time();
    }
    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, _: &DrawMode) {
        self.check_time();
        self.rules.take(&rect.to_path(0.1), props.transform);
    }
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn begin_marked_content(&mut self, tag: &[u8], properties: Option<&Dict<'_>>) {
        let tag = if self.keeps_heads { b"" } else { tag };
        self.marked.begin(tag, properties);
    }

    fn end_marked_content(&mut self) {
        match self.marked.end() {
            Ended::Nothing => {}
            Ended::Words(words, at) => {
                let words: String = words.chars().filter(|c| !c.is_control()).collect();
                if !words.is_empty() {
                    self.take(at.origin, at.end, at.top, at.size, words);
                }
            }
            Ended::Furniture(words) if words.trim().is_empty() => {}
            Ended::Furniture(words) => self.furniture.push(words),
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.check_time();
        self.has_pictures = true;
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.check_time();
        for glyph in run.glyphs() {
            if self.count() >= MOST_GLYPHS_PER_PAGE {
                return;
            }
            let advance = match &**glyph {
                FontGlyph::Outline(outline) => outline.advance_width().map_or(500.0, f64::from),
                FontGlyph::Type3(glyph) => glyph.advance_width().map_or(500.0, f64::from),
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
            let place = Place {
                origin,
                end,
                top,
                size,
            };
            let text = self.text_of(glyph);
            if self
                .marked
                .takes(text.as_deref().unwrap_or_default(), place)
            {
                continue;
            }
            let Some(text) = text else {
                self.nameless += 1;
                continue;
            };
            if text.is_empty() {
                continue;
            }
            if run.writing_mode() == WritingMode::Vertical {
                self.vertical += 1;
                // Read like lines from the right edge of the page to the left one.
                let (x, y) = (origin.y, self.bounds.width() - origin.x);
                self.glyphs[0].push(Glyph {
                    x,
                    y,
                    end: x + size,
                    size,
                    text,
                });
            } else {
                // A glyph of no width runs as one with a width would.
                let ahead = transform * Point::new(advance.max(1e-3), 0.0);
                self.take(origin, ahead, top, size, text);
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
