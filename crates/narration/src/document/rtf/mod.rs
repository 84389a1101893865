//! Rich Text Format → what is printed of it, and of that only the text itself (Rich Text Format specification 1.9.1).
//!
//! Groups are kept on a stack of our own, so that no file can nest deeper than it may.

mod tables;
mod tokens;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::ImportError;
use super::draft::{Draft, add_cell, is_chapter_line};
use super::model::BlockKind;
use super::plain;
use super::report::{ImportOptions, RemarkKind};
use tables::{Tables, encoding_of_page};
use tokens::{Token, Tokens};

/// Groups are nested no deeper in a text.
const DEEPEST: usize = 4_000;

/// Words of a note or a title are kept so far, in bytes.
const LONGEST_ASIDE: usize = 4_096;

/// # Errors
/// [`ImportError::Damaged`] for bytes that do not begin as RTF does, [`ImportError::TooComplex`] for groups nested too
/// deep.
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    if !is_rtf(bytes) {
        return Err(ImportError::Damaged);
    }
    draft.headings_are_titles = true;
    let mut reader = Reader::new(options, draft);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for token in Tokens::new(bytes) {
        reader.token(token)?;
    }
    reader.end_paragraph();
    reader.finish();
    Ok(())
}

pub(super) fn is_rtf(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"{\\rtf")
}

/// What the text of a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Spoken.
    Text,
    /// Kept for the report, and not spoken.
    Dropped(RemarkKind),
    /// Of the file's own account of itself.
    Title,
    Author,
    /// The definition of a font, of a style.
    Font,
    Style,
    /// What a field asks for.
    Instruction,
    /// Nothing to a reader.
    Ignored,
}

/// What a group inherits from the one around it.
#[derive(Clone, Copy, Debug)]
struct State {
    place: Place,
    /// Begun with `\*`: to be ignored by those who do not know what follows.
    is_optional: bool,
    font: i32,
    /// Characters to skip after each `\u`.
    fallback: usize,
    is_hidden: bool,
    is_deleted: bool,
}

/// What a paragraph is.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    style: i32,
    /// From 1.
    heading: Option<u8>,
    is_list: bool,
    in_table: bool,
}

struct Reader<'a> {
    options: &'a ImportOptions,
    draft: &'a mut Draft,
    tables: Tables,
    stack: Vec<State>,
    now: State,
    /// Characters that only stand for those who do not know `\u`.
    to_skip: usize,
    /// The first half of a pair.
    surrogate: Option<u16>,
    /// Bytes that wait to be decoded together: one character may have two.
    bytes: Vec<u8>,
    encoding: &'static Encoding,
    shape: Shape,
    words: String,
    /// What is being left out, or the definition that is open.
    aside: String,
    /// What the field asks for that is open.
    instruction: String,
    /// The cells of the row that is open.
    row: Vec<String>,
    title: String,
    author: String,
    language: Option<i32>,
}

impl<'a> Reader<'a> {
    fn new(options: &'a ImportOptions, draft: &'a mut Draft) -> Self {
        Self {
            options,
            draft,
            tables: Tables::default(),
            stack: Vec::new(),
            now: State {
                place: Place::Text,
                is_optional: false,
                font: -1,
                fallback: 1,
                is_hidden: false,
                is_deleted: false,
            },
            to_skip: 0,
            surrogate: None,
            bytes: Vec::new(),
            encoding: WINDOWS_1252,
            shape: Shape::default(),
            words: String::new(),
            aside: String::new(),
            instruction: String::new(),
            row: Vec::new(),
            title: String::new(),
            author: String::new(),
            language: None,
        }
    }

    fn token(&mut self, token: Token<'_>) -> Result<(), ImportError> {
        match token {
            Token::Open => {
                self.flush();
                self.to_skip = 0;
                if self.stack.len() >= DEEPEST {
                    return Err(ImportError::TooComplex);
                }
                self.stack.push(self.now);
            }
            Token::Close => {
                self.flush();
                self.to_skip = 0;
                let inner = self.now;
                if let Some(outer) = self.stack.pop() {
                    self.now = outer;
                    if inner.place != outer.place || inner.place == Place::Style {
                        self.end_place(inner.place);
                    }
                }
            }
            Token::Bytes(bytes) => {
                let skipped = self.to_skip.min(bytes.len());
                self.to_skip -= skipped;
                self.byte(&bytes[skipped..]);
            }
            Token::Byte(byte) => {
                if self.to_skip > 0 {
                    self.to_skip -= 1;
                } else {
                    self.byte(&[byte]);
                }
            }
            Token::Word("u", Some(unit)) => self.unit(unit),
            Token::Sign(b'*') => self.now.is_optional = true,
            Token::Sign(sign) => {
                let character = match sign {
                    b'~' => "\u{a0}",
                    b'-' => "\u{ad}",
                    b'_' => "-",
                    b'{' => "{",
                    b'}' => "}",
                    b'\\' => "\\",
                    b'\n' | b'\r' => {
                        self.word("par", None);
                        return Ok(());
                    }
                    b'\t' => " ",
                    _ => return Ok(()),
                };
                self.say(character);
            }
            Token::Word(name, number) => self.word(name, number),
        }
        Ok(())
    }

    fn byte(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.now.place == Place::Ignored {
            return;
        }
        let encoding = self.tables.encoding(self.now.font);
        if encoding != self.encoding {
            self.flush();
            self.encoding = encoding;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Decodes what waits.
    fn flush(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let (text, _) = self.encoding.decode_without_bom_handling(&bytes);
        self.put(&text);
        self.bytes = bytes;
        self.bytes.clear();
    }

    /// A character that is no byte.
    fn say(&mut self, words: &str) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
            return;
        }
        self.flush();
        self.put(words);
    }

    fn put(&mut self, words: &str) {
        match self.now.place {
            Place::Text if self.now.is_deleted => {
                self.leave_out(RemarkKind::DeletionsDropped, words);
            }
            Place::Text if self.now.is_hidden => self.leave_out(RemarkKind::HiddenDropped, words),
            Place::Text => self.words.push_str(words),
            Place::Ignored => {}
            _ if self.aside.len() < LONGEST_ASIDE => self.aside.push_str(words),
            _ => {}
        }
    }

    fn leave_out(&mut self, kind: RemarkKind, words: &str) {
        if self.options.keeps(kind) {
            self.words.push_str(words);
        } else if !words.trim().is_empty() {
            let at = self.draft.position() + self.words.len();
            self.draft.report.note(kind, at, words);
        }
    }

    /// `\u`: a unit of UTF-16, written with a sign.
    fn unit(&mut self, unit: i32) {
        self.flush();
        let unit = unit as u16;
        let units = self.surrogate.take().into_iter().chain([unit]);
        if (0xd800..0xdc00).contains(&unit) {
            self.surrogate = Some(unit);
        } else {
            for character in char::decode_utf16(units) {
                let mut buffer = [0; 4];
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                self.put(character.encode_utf8(&mut buffer));
            }
        }
        self.to_skip = self.now.fallback;
    }

    fn word(&mut self, name: &str, number: Option<i32>) {
        self.flush();
        let is_optional = std::mem::take(&mut self.now.is_optional);
        if self.to_skip > 0 && sign_of(name).is_some() {
            self.to_skip -= 1;
            return;
        }
        self.to_skip = 0;
        self.shape.is_list |= matches!(name, "listtext" | "pntext");
        if name == "ud" && self.now.place == Place::Ignored {
            // The Unicode half of `{\upr{…}{\*\ud{…}}}`.
            self.now.place = Place::Text;
            return;
        }
        if let Some(place) = place_of(name) {
            if self.now.place != Place::Ignored {
                self.begin_place(place);
            }
            return;
        }
        if is_optional && self.now.place == Place::Text && is_destination(name) {
            self.now.place = Place::Ignored;
            return;
        }
        let is_on = number != Some(0);
        match name {
            "par" | "sect" | "page" if self.now.place == Place::Text => self.end_paragraph(),
            "par" | "line" | "tab" => self.put(if name == "line" { "\n" } else { " " }),
            "cell" | "nestcell" if self.now.place == Place::Text => {
                let cell = std::mem::take(&mut self.words);
                self.row.push(cell);
            }
            "row" | "nestrow" => self.end_row(),
            // The sign of a list brings one of its own.
            "pard" if self.now.place == Place::Text => self.shape = Shape::default(),
            "s" if self.now.place == Place::Text => self.shape.style = number.unwrap_or(0),
            "s" => self.tables.begin_style(number.unwrap_or(0)),
            "outlinelevel" if self.now.place == Place::Style => {
                self.tables.set_level(number.unwrap_or(9));
            }
            "outlinelevel" => {
                self.shape.heading = number
                    .filter(|level| (0..9).contains(level))
                    .map(|l| l as u8 + 1);
            }
            "fldrslt" => self.field(),
            "ls" => self.shape.is_list = is_on,
            "intbl" => self.shape.in_table = true,
            "plain" => {
                self.now.is_hidden = false;
                self.now.is_deleted = false;
                self.now.font = self.tables.usual_font;
            }
            "v" => self.now.is_hidden = is_on,
            "deleted" => self.now.is_deleted = is_on,
            "f" if self.now.place == Place::Font => self.tables.begin_font(number.unwrap_or(0)),
            "f" => self.now.font = number.unwrap_or(0),
            "fcharset" => self.tables.set_charset(number.unwrap_or(0)),
            "cpg" if self.now.place == Place::Font => {
                self.tables
                    .set_encoding(encoding_of_page(number.unwrap_or(0)));
            }
            "deff" => {
                self.tables.usual_font = number.unwrap_or(-1);
                self.now.font = self.tables.usual_font;
            }
            "ansicpg" => self.tables.usual = encoding_of_page(number.unwrap_or(1252)),
            "mac" => self.tables.usual = encoding_rs::MACINTOSH,
            "uc" => self.now.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(64),
            "deflang" => self.language = number,
            "lang" if self.words.is_empty() && self.draft.position() == 0 => self.language = number,
            "chftn" | "chatn" => self.note_mark(),
            "chpgn" => {
                let at = self.draft.position();
                self.draft
                    .report
                    .count(RemarkKind::PageNumbersDropped, at, "");
            }
            _ => {
                if let Some(sign) = sign_of(name) {
                    self.put(sign);
                }
            }
        }
    }

    /// The sign of a note; in the note itself nobody asks for it.
    fn note_mark(&mut self) {
        if self.now.place == Place::Text {
            let at = self.draft.position() + self.words.len();
            self.draft
                .report
                .count(RemarkKind::NoteMarksDropped, at, "");
        }
    }

    /// What a field shows, after what it asked for.
    fn field(&mut self) {
        let instruction = std::mem::take(&mut self.instruction);
        match instruction.split_whitespace().next() {
            Some("PAGE" | "NUMPAGES" | "PAGEREF" | "SECTIONPAGES") => {
                self.begin_place(Place::Dropped(RemarkKind::PageNumbersDropped));
            }
            Some("TOC" | "INDEX") => {
                self.begin_place(Place::Dropped(RemarkKind::NavigationDropped));
            }
            _ => {}
        }
    }

    fn begin_place(&mut self, place: Place) {
        let place = match place {
            // What is asked for is read where it stands.
            Place::Dropped(kind) if self.options.keeps(kind) => {
                self.words.push(' ');
                return;
            }
            // Within something that is left out, all is.
            place if matches!(self.now.place, Place::Dropped(_)) && place != Place::Ignored => {
                self.now.place
            }
            place => place,
        };
        if place != self.now.place {
            self.aside.clear();
        }
        self.now.place = place;
    }

    fn end_place(&mut self, place: Place) {
        let aside = std::mem::take(&mut self.aside);
        match place {
            Place::Dropped(kind) if !aside.trim().is_empty() => {
                let at = self.draft.position() + self.words.len();
                self.draft.report.note(kind, at, &aside);
            }
            Place::Title => self.title = aside,
            Place::Author => self.author = aside,
            Place::Style => self.tables.end_style(&aside),
            Place::Instruction => self.instruction = aside,
            _ => {}
        }
    }

    fn end_row(&mut self) {
        let mut cells = std::mem::take(&mut self.row);
        cells.push(std::mem::take(&mut self.words));
        let mut line = String::new();
        for cell in cells {
            add_cell(&mut line, &cell);
        }
        self.draft.push(BlockKind::TableRow, &line);
    }

    fn end_paragraph(&mut self) {
        self.flush();
        if self.shape.in_table {
            // The cell goes on.
            self.words.push(' ');
            return;
        }
        if !self.row.is_empty() {
            // The file forgot to end it.
            self.end_row();
            return;
        }
        let words = std::mem::take(&mut self.words);
        let style = self.tables.style(self.shape.style);
        let heading = self.shape.heading.or(style.and_then(|style| style.heading));
        let is_contents = style.is_some_and(|style| style.is_contents);
        let trimmed = words.trim();
        if is_contents && !self.options.keeps(RemarkKind::NavigationDropped) {
            if !trimmed.is_empty() {
                let at = self.draft.position();
                self.draft
                    .report
                    .note(RemarkKind::NavigationDropped, at, trimmed);
            }
            return;
        }
        let is_code = style.is_some_and(|style| style.is_code);
        if is_code && !self.options.keeps(RemarkKind::CodeDropped) {
            if !trimmed.is_empty() {
                let at = self.draft.position();
                self.draft.report.note(RemarkKind::CodeDropped, at, trimmed);
            }
            return;
        }
        // Some programs write the signs of a list as text.
        let bullet = plain::item_sign(trimmed);
        let kind = match heading {
            Some(level) if !trimmed.is_empty() => BlockKind::Heading(level.clamp(1, 6)),
            _ if !trimmed.is_empty() && plain::is_scene_break(trimmed) => BlockKind::SceneBreak,
            _ if self.shape.is_list || bullet.is_some() => BlockKind::ListItem,
            _ if !self.options.keeps(RemarkKind::HeadingsGuessed) && is_chapter_line(trimmed) => {
                let at = self.draft.position();
                self.draft
                    .report
                    .note(RemarkKind::HeadingsGuessed, at, trimmed);
                BlockKind::Heading(1)
            }
            _ if style.is_some_and(|style| style.is_quotation) => BlockKind::Quotation,
            _ if trimmed.lines().count() > 1
                && trimmed.lines().all(|line| line.chars().count() <= 70) =>
            {
                BlockKind::Verse
            }
            _ => BlockKind::Paragraph,
        };
        self.draft.push(kind, &trimmed[bullet.unwrap_or(0)..]);
    }

    fn finish(self) {
        self.draft.title = Some(self.title).filter(|title| !title.trim().is_empty());
        self.draft.author = Some(self.author).filter(|author| !author.trim().is_empty());
        self.draft.language = self
            .language
            .and_then(tables::language_of)
            .map(str::to_owned);
    }
}

/// Groups that hold something else than text to speak.
fn place_of(name: &str) -> Option<Place> {
    Some(match name {
        "fonttbl" => Place::Font,
        "stylesheet" => Place::Style,
        "title" => Place::Title,
        "author" => Place::Author,
        "footnote" => Place::Dropped(RemarkKind::NotesDropped),
        "annotation" => Place::Dropped(RemarkKind::CommentsDropped),
        "fldinst" => Place::Instruction,
        "colortbl" | "filetbl" | "listtable" | "listoverridetable" | "revtbl" | "rsidtbl"
        | "pict" | "objdata" | "objclass" | "objname" | "header" | "headerl" | "headerr"
        | "headerf" | "footer" | "footerl" | "footerr" | "footerf" | "listtext" | "pntext"
        | "pn" | "pntxta" | "pntxtb" | "pnseclvl" | "bkmkstart" | "bkmkend" | "xe" | "tc"
        | "tcn" | "rxe" | "txe" | "datafield" | "formfield" | "themedata"
        | "colorschememapping" | "latentstyles" | "datastore" | "generator" | "xmlnstbl"
        | "pgptbl" | "nonshppict" | "sv" | "subject" | "operator" | "keywords" | "comment"
        | "doccomm" | "hlinkbase" | "manager" | "company" | "category" | "creatim" | "revtim"
        | "printim" | "buptim" | "userprops" | "atnid" | "atnauthor" | "atntime" | "atnref"
        | "atndate" | "atnparent" | "atrfstart" | "atrfend" | "template" | "panose" | "falt"
        | "fontemb" | "sn" | "sp" | "ftnsep" | "ftnsepc" | "ftncn" | "aftnsep" | "aftnsepc"
        | "aftncn" | "mmathPr" | "wgrffmtfilter" | "background" | "picprop" | "blipuid"
        | "shpgrp" | "shprslt" | "upr" | "keycode" | "leveltext" | "levelnumbers" => Place::Ignored,
        _ => return None,
    })
}

/// After `\*`, everything that is not known to hold text is none.
fn is_destination(name: &str) -> bool {
    !matches!(name, "shppict" | "shpinst" | "shptxt" | "cs" | "result")
}

fn sign_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "emdash" => "—",
        "endash" => "–",
        "lquote" => "‘",
        "rquote" => "’",
        "ldblquote" => "“",
        "rdblquote" => "”",
        "bullet" => "•",
        "emspace" | "enspace" | "qmspace" => " ",
        "zwj" => "\u{200d}",
        "zwnj" => "\u{200c}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
