//! What an RTF file defines before its text: fonts with their encodings, and styles.

use std::collections::HashMap;

use encoding_rs::Encoding;

use crate::document::draft::{heading_of, is_code};

/// More fonts or styles than this are in no text.
const MOST: usize = 10_000;

/// What a style says of its paragraphs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// From 1.
    pub(super) heading: Option<u8>,
    pub(super) is_contents: bool,
    pub(super) is_quotation: bool,
    pub(super) is_code: bool,
}

#[derive(Debug)]
pub(super) struct Tables {
    /// Of text in no known font.
    pub(super) usual: &'static Encoding,
    /// The number of the font of text that names none.
    pub(super) usual_font: i32,
    fonts: HashMap<i32, &'static Encoding>,
    styles: HashMap<i32, Style>,
    /// What is being defined.
    font: i32,
    style: i32,
    level: Option<u8>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            usual: encoding_rs::WINDOWS_1252,
            usual_font: -1,
            fonts: HashMap::new(),
            styles: HashMap::new(),
            font: 0,
            style: -1,
            level: None,
        }
    }
}

impl Tables {
    pub(super) fn encoding(&self, font: i32) -> &'static Encoding {
        self.fonts.get(&font).copied().unwrap_or(self.usual)
    }

    pub(super) fn begin_font(&mut self, number: i32) {
        self.font = number;
    }

    pub(super) fn set_charset(&mut self, charset: i32) {
        if let Some(encoding) = encoding_of_charset(charset) {
            self.set_encoding(encoding);
        }
    }

    pub(super) fn set_encoding(&mut self, encoding: &'static Encoding) {
        if self.fonts.len() < MOST {
            self.fonts.insert(self.font, encoding);
        }
    }

    pub(super) fn begin_style(&mut self, number: i32) {
        self.style = number;
        self.level = None;
    }

    pub(super) fn set_level(&mut self, level: i32) {
        self.level = (0..9).contains(&level).then(|| level as u8 + 1);
    }

    pub(super) fn end_style(&mut self, name: &str) {
        let name = name.trim().trim_end_matches(';').trim().to_lowercase();
        let style = Style {
            heading: heading_of(&name)
                .or(self.level)
                .or((name == "subtitle").then_some(2)),
            is_contents: name.starts_with("toc ") || name.starts_with("contents "),
            is_quotation: name.contains("quot"),
            is_code: is_code(&name),
        };
        // Styles of characters have no number of a paragraph's.
        if self.style >= 0 && self.styles.len() < MOST {
            self.styles.insert(self.style, style);
        }
        self.begin_style(-1);
    }

    pub(super) fn style(&self, number: i32) -> Option<Style> {
        self.styles.get(&number).copied()
    }
}

/// `\fcharset`.
fn encoding_of_charset(charset: i32) -> Option<&'static Encoding> {
    use encoding_rs as e;
    Some(match charset {
        0 => e::WINDOWS_1252,
        77 => e::MACINTOSH,
        128 => e::SHIFT_JIS,
        129 => e::EUC_KR,
        134 => e::GBK,
        136 => e::BIG5,
        161 => e::WINDOWS_1253,
        162 => e::WINDOWS_1254,
        163 => e::WINDOWS_1258,
        177 => e::WINDOWS_1255,
        178 => e::WINDOWS_1256,
        186 => e::WINDOWS_1257,
        204 => e::WINDOWS_1251,
        222 => e::WINDOWS_874,
        238 => e::WINDOWS_1250,
        _ => return None,
    })
}

/// `\ansicpg`, `\cpg`: a code page by its number.
pub(super) fn encoding_of_page(page: i32) -> &'static Encoding {
    use encoding_rs as e;
    match page {
        866 => e::IBM866,
        874 => e::WINDOWS_874,
        932 => e::SHIFT_JIS,
        936 | 54_936 => e::GBK,
        949 => e::EUC_KR,
        950 => e::BIG5,
        1250 => e::WINDOWS_1250,
        1251 => e::WINDOWS_1251,
        1253 => e::WINDOWS_1253,
        1254 => e::WINDOWS_1254,
        1255 => e::WINDOWS_1255,
        1256 => e::WINDOWS_1256,
        1257 => e::WINDOWS_1257,
        1258 => e::WINDOWS_1258,
        10_000 => e::MACINTOSH,
        10_007 => e::X_MAC_CYRILLIC,
        20_866 => e::KOI8_R,
        65_001 => e::UTF_8,
        _ => e::WINDOWS_1252,
    }
}

/// The language of a Windows language identifier ([MS-LCID]); `None` for those that nobody speaks.
pub(super) fn language_of(id: i32) -> Option<&'static str> {
    if !(1..0xffff).contains(&id) {
        return None;
    }
    // The lower ten bits are the language, the rest is where it is spoken.
    Some(match id & 0x3ff {
        0x01 => "ar",
        0x02 => "bg",
        0x04 => "zh",
        0x05 => "cs",
        0x06 => "da",
        0x07 => "de",
        0x08 => "el",
        0x09 => "en",
        0x0a => "es",
        0x0b => "fi",
        0x0c => "fr",
        0x0d => "he",
        0x0e => "hu",
        0x10 => "it",
        0x11 => "ja",
        0x12 => "ko",
        0x13 => "nl",
        0x14 => "no",
        0x15 => "pl",
        0x16 => "pt",
        0x18 => "ro",
        0x19 => "ru",
        0x1b => "sk",
        0x1d => "sv",
        0x1e => "th",
        0x1f => "tr",
        0x21 => "id",
        0x22 => "uk",
        0x2a => "vi",
        0x39 => "hi",
        0x3e => "ms",
        0x45 => "bn",
        0x46 => "pa",
        0x47 => "gu",
        0x49 => "ta",
        0x4a => "te",
        0x4b => "kn",
        0x4c => "ml",
        0x4e => "mr",
        _ => return None,
    })
}
