//! The marks that end a sentence, with all that closes after them.

use waves::Language;

use super::pairs::Pairs;

/// What kind of end the marks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A single full stop, which may belong to an abbreviation or a number.
    Period,
    /// Two or more full stops, or the sign for them.
    Ellipsis,
    /// `!`, `?` or several of them.
    Strong,
    /// A mark that has no other use: `。`, `।`, `؟`, or a stop after the end of a quotation.
    Full,
}

/// One or more marks and what closes after them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    /// First byte of the first mark.
    pub(super) start: usize,
    /// After the last mark of the first run.
    pub(super) marks_end: usize,
    /// After all that closes.
    pub(super) end: usize,
    pub(super) kind: Kind,
    /// A quotation ends with it.
    pub(super) closes_quotation: bool,
    /// A bracket ends with it.
    pub(super) closes_bracket: bool,
    /// The full stops stand apart: `. . .`
    pub(super) is_spaced: bool,
    /// How many full stops there are.
    pub(super) dots: usize,
}

/// Whether the character may end a sentence in this language.
pub(super) fn is_stop(character: char, language: Language) -> bool {
    match character {
        '.' | '!' | '?' => true,
        // The Greek question mark looks like a semicolon and is mostly typed as one.
        ';' => language == Language::Greek,
        _ if character.is_ascii() => false,
        '…' | '‥' => true,
        _ => is_strong(character) || is_full(character),
    }
}

fn is_strong(character: char) -> bool {
    matches!(
        character,
        '!' | '?' | '‼' | '⁇' | '⁈' | '⁉' | '‽' | '\u{37e}'
    )
}

/// Terminators of scripts that have a mark for nothing else, from `Sentence_Terminal` of the Unicode character database.
fn is_full(character: char) -> bool {
    matches!(
        character,
        '。' | '．'
            | '｡'
            | '！'
            | '？'
            | '।'
            | '॥'
            | '؟'
            | '۔'
            | '։'
            | '።'
            | '፧'
            | '፨'
            | '။'
            | '។'
            | '៕'
            | '᙮'
            | '᠃'
            | '᠉'
    )
}

impl Stop {
    /// Reads the marks that begin at `start` with `first`.
    pub(super) fn read(text: &str, start: usize, first: char, pairs: &Pairs) -> Self {
        let mut stop = Self {
            start,
            marks_end: start,
            end: start,
            kind: Kind::Period,
            closes_quotation: false,
            closes_bracket: false,
            is_spaced: false,
            dots: 0,
        };
        let (mut strong, mut full, mut ellipsis) = (first == ';', false, false);
        stop.end += if first == ';' { 1 } else { 0 };
        while let Some(mark) = text[stop.end..].chars().next() {
            match mark {
                '.' => stop.dots += 1,
                '…' | '‥' => ellipsis = true,
                _ if is_strong(mark) => strong = true,
                _ if is_full(mark) => full = true,
                _ => break,
            }
            stop.end += mark.len_utf8();
        }
        if strong && !full {
            // “Really ? ? ?”: marks that stand apart belong together.
            while let Some(length) = spaced_mark(&text[stop.end..]) {
                stop.end += length;
            }
            // “Happy! ... Nobody had asked”: the pause belongs to what was said.
            stop.end += spaced_ellipsis(&text[stop.end..]).unwrap_or(0);
        }
        if !strong && !full {
            while let Some(length) = spaced_dot(&text[stop.end..]) {
                stop.end += length;
                stop.dots += 1;
                stop.is_spaced = true;
            }
        }
        stop.kind = if full {
            Kind::Full
        } else if strong {
            Kind::Strong
        } else if ellipsis || stop.dots > 1 {
            Kind::Ellipsis
        } else {
            Kind::Period
        };
        stop.marks_end = stop.end;
        stop.close(text, pairs);
        stop
    }

    /// Takes in closing marks, references to notes, and a further mark after them as in `?».`
    fn close(&mut self, text: &str, pairs: &Pairs) {
        loop {
            let rest = &text[self.end..];
            let mut characters = rest.chars();
            let (Some(mark), next) = (characters.next(), characters.next()) else {
                return;
            };
            let length = match mark {
                ')' | ']' | '}' | '）' | '］' | '】' | '〉' | '》' | '〕' => {
                    self.closes_bracket = true;
                    mark.len_utf8()
                }
                '」' | '』' | '›' => {
                    self.closes_quotation = true;
                    mark.len_utf8()
                }
                '"' | '＂' | '“' | '”' | '«' | '»' if self.closes_here(pairs, mark) => {
                    self.closes_quotation = true;
                    mark.len_utf8()
                }
                '\'' | '’' | '‘' | '`' if !next.is_some_and(char::is_alphanumeric) => {
                    self.closes_quotation = true;
                    mark.len_utf8()
                }
                ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'
                    if next.is_some_and(|next| {
                        matches!(next, '»' | '”' | '"' | '«' | '“')
                            && pairs.closes(self.end + mark.len_utf8())
                    }) =>
                {
                    self.closes_quotation = true;
                    mark.len_utf8() + next.map_or(0, char::len_utf8)
                }
                ' ' if !text.starts_with('[') => match spaced_references(rest) {
                    Some(length) => length,
                    None => return,
                },
                '*' | '_' | '†' | '‡' | '¹' | '²' | '³' | '⁰' | '⁴'..='⁹' => {
                    mark.len_utf8()
                }
                '[' => match reference(rest) {
                    Some(length) => length,
                    None => return,
                },
                '.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟' | '۔'
                    if self.closes_quotation || self.closes_bracket =>
                {
                    self.kind = Kind::Full;
                    mark.len_utf8()
                }
                _ => return,
            };
            self.end += length;
        }
    }

    fn closes_here(&self, pairs: &Pairs, mark: char) -> bool {
        pairs.closes(self.end) || (matches!(mark, '”' | '»') && !pairs.opens(self.end))
    }
}

/// The length of ` .` when that goes on an ellipsis whose stops stand apart.
fn spaced_dot(rest: &str) -> Option<usize> {
    let mut characters = rest.chars();
    let space = characters
        .next()
        .filter(|space| matches!(space, ' ' | '\u{a0}' | '\u{202f}'))?;
    (characters.next() == Some('.')
        && characters
            .next()
            .is_none_or(|after| !after.is_alphanumeric() && after != '.'))
    .then_some(space.len_utf8() + 1)
}

/// The length of ` ?` or ` !` with nothing but white space after it.
fn spaced_mark(rest: &str) -> Option<usize> {
    let mut characters = rest.chars();
    let space = characters
        .next()
        .filter(|space| matches!(space, ' ' | '\u{a0}' | '\u{202f}'))?;
    let mark = characters.next().filter(|mark| is_strong(*mark))?;
    characters
        .next()
        .is_none_or(char::is_whitespace)
        .then_some(space.len_utf8() + mark.len_utf8())
}

/// The length of ` ...`, ` . . .` or ` …` with nothing but white space after it.
fn spaced_ellipsis(rest: &str) -> Option<usize> {
    let marks = rest.trim_start_matches([' ', '\u{a0}']);
    let after = marks.trim_start_matches(['.', '…', ' ', '\u{a0}']);
    let ellipsis = marks[..marks.len() - after.len()].trim_end();
    let dots = ellipsis.chars().filter(|mark| *mark == '.').count();
    let is_ellipsis = marks.len() < rest.len() && (dots > 1 || ellipsis.starts_with('…'));
    let end = rest.len() - marks.len() + ellipsis.len();
    (is_ellipsis && rest[end..].chars().next().is_none_or(char::is_whitespace)).then_some(end)
}

/// The length of ` [1][2]` between a stop and the next sentence.
fn spaced_references(rest: &str) -> Option<usize> {
    let mut end = 1;
    while let Some(length) = reference(&rest[end..]) {
        end += length;
    }
    let is_end = rest[end..].chars().next().is_none_or(char::is_whitespace);
    (end > 1 && is_end).then_some(end)
}

/// The length of a reference to a note at the start of the text: `[12]`.
fn reference(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('[')?;
    let digits = inside
        .bytes()
        .take(4)
        .take_while(u8::is_ascii_digit)
        .count();
    (digits > 0 && inside[digits..].starts_with(']')).then_some(digits + 2)
}
