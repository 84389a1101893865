//! Splits a sentence into tokens as the Penn Treebank does, the way spaCy's English rules put it: each chunk between
//! spaces is looked up among the special cases (contractions, "Mr.", "10am"); otherwise punctuation is peeled off both
//! ends, what is left is split at hyphens and slashes, and pieces that together spell a special case are joined again.

use std::ops::Range;

use regex::Regex;

use crate::table::{Table, baked_table};
use crate::{Error, pronounce::compile};

const QUOTES: &str = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉";
const PUNCTUATION: &str = "…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·";
const ICONS: &str = "™®©°§¶†‡•";
const CURRENCIES: &str = "$£€¥฿₽₹₩₪₺₴₦₫₱₲₵₸₼₾₿";
const DOLLARS: [&str; 3] = ["US$", "C$", "A$"];
const UNITS: [&str; 48] = [
    "km", "km²", "km³", "m", "m²", "m³", "dm", "dm²", "dm³", "cm", "cm²", "cm³", "mm", "mm²",
    "mm³", "ha", "µm", "nm", "yd", "in", "ft", "kg", "g", "mg", "µg", "t", "lb", "oz", "m/s",
    "km/h", "kmh", "mph", "hPa", "Pa", "mbar", "mb", "MB", "kb", "KB", "gb", "GB", "tb", "TB", "T",
    "G", "M", "K", "%",
];

/// A token and whether white space follows it.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) space_after: bool,
}

pub(super) struct Tokenizer {
    special: Table,
    address: Regex,
}

impl Tokenizer {
    pub(super) fn load() -> Result<Tokenizer, Error> {
        Ok(Tokenizer {
            special: baked_table!("token_exceptions")?,
            address: compile(
                r"(?xi) ^(?:(?:https?|ftp)://|www\.)\S+$ | ^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$
                  | ^(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|co|uk|de|fr|info|biz|us|ca|au|tv|me|ly|ai)(?:/\S*)?$",
            )?,
        })
    }

    pub(super) fn tokenize(&self, sentence: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        for chunk in sentence.split_whitespace() {
            tokens.extend(self.split(chunk).into_iter().map(|text| Token {
                text,
                space_after: false,
            }));
            if let Some(last) = tokens.last_mut() {
                last.space_after = true;
            }
        }
        if let Some(last) = tokens.last_mut() {
            last.space_after = false;
        }
        tokens
    }

    fn split(&self, chunk: &str) -> Vec<String> {
        if let Some(pieces) = self.special_pieces(chunk) {
            return pieces;
        }
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let core = self.peel(chunk, &mut before, &mut after);
        let mut pieces = before;
        if let Some(special) = self.special_pieces(core) {
            pieces.extend(special);
        } else if self.address.is_match(core) {
            pieces.push(core.to_owned());
        } else if !core.is_empty() {
            split_inside(core, &mut pieces);
        }
        pieces.extend(after.into_iter().rev());
        self.rejoin(pieces)
    }

    /// Takes prefixes and suffixes off until nothing comes off, or a special case is left.
    fn peel<'a>(
        &self,
        chunk: &'a str,
        before: &mut Vec<String>,
        after: &mut Vec<String>,
    ) -> &'a str {
        let mut core = chunk;
        while !core.is_empty() && !self.special.contains(core) {
            let (prefix, rest) = core.split_at(prefix_length(core));
            if !prefix.is_empty() && self.special.contains(rest) {
                before.push(prefix.to_owned());
                return rest;
            }
            let (shorter, suffix) = core.split_at(core.len() - suffix_length(rest));
            if !suffix.is_empty() && self.special.contains(shorter) {
                after.push(suffix.to_owned());
                return shorter;
            }
            if prefix.is_empty() && suffix.is_empty() {
                break;
            }
            core = rest;
            if !prefix.is_empty() {
                before.push(prefix.to_owned());
            }
            if !suffix.is_empty() {
                core = &core[..core.len() - suffix.len()];
                after.push(suffix.to_owned());
            }
        }
        core
    }

    fn rejoin(&self, pieces: Vec<String>) -> Vec<String> {
        let (mut joined, mut at) = (Vec::with_capacity(pieces.len()), 0);
        while at < pieces.len() {
            let special = [3, 2].into_iter().find_map(|count| {
                let run = pieces.get(at..at + count)?.concat();
                Some((count, self.special_pieces(&run)?))
            });
            if let Some((count, special)) = special {
                joined.extend(special);
                at += count;
            } else {
                joined.push(pieces[at].clone());
                at += 1;
            }
        }
        joined
    }

    fn special_pieces(&self, chunk: &str) -> Option<Vec<String>> {
        Some(
            self.special
                .text(chunk)?
                .split('\u{1f}')
                .map(str::to_owned)
                .collect(),
        )
    }
}

/// Bytes of the punctuation that comes off the front.
fn prefix_length(text: &str) -> usize {
    let dots = text.len() - text.trim_start_matches('.').len();
    if dots >= 2 {
        return dots;
    }
    if let Some(dollars) = DOLLARS
        .into_iter()
        .find(|dollars| text.starts_with(dollars))
    {
        return dollars.len();
    }
    let mut symbols = text.chars();
    match symbols.next() {
        Some('+') if !symbols.next().is_some_and(|next| next.is_ascii_digit()) => 1,
        Some(first)
            if "§%=—–".contains(first) || is_edge_mark(first) || CURRENCIES.contains(first) =>
        {
            first.len_utf8()
        }
        _ => 0,
    }
}

/// Bytes of the punctuation, unit or possessive that comes off the end: the longest there is.
fn suffix_length(text: &str) -> usize {
    let Some(last) = text.chars().next_back() else {
        return 0;
    };
    let dots = text.len() - text.trim_end_matches('.').len();
    if dots >= 2 {
        return dots;
    }
    if text.ends_with("……") {
        return "……".len();
    }
    let before = &text[..text.len() - last.len_utf8()];
    let ends_in_digit = |text: &str| text.ends_with(|symbol: char| symbol.is_ascii_digit());
    if last == '.' {
        return usize::from(dot_comes_off(before));
    }
    let after_digit = UNITS
        .into_iter()
        .chain(DOLLARS)
        .filter(|unit| text.strip_suffix(unit).is_some_and(ends_in_digit));
    let possessive = ["'s", "'S", "’s", "’S"]
        .into_iter()
        .filter(|suffix| text.ends_with(suffix));
    let single = is_edge_mark(last)
        || "—–".contains(last)
        || ((last == '+' || CURRENCIES.contains(last)) && ends_in_digit(before));
    after_digit
        .chain(possessive)
        .map(str::len)
        .chain(single.then_some(last.len_utf8()))
        .max()
        .unwrap_or(0)
}

/// A full stop is a token of its own after a small letter, a digit, a mark, or two capitals; not after one capital,
/// which is an initial.
fn dot_comes_off(before: &str) -> bool {
    let mut backwards = before.chars().rev();
    let Some(last) = backwards.next() else {
        return false;
    };
    let second = backwards.next();
    last.is_ascii_digit()
        || is_small(last)
        || "%²-+".contains(last)
        || PUNCTUATION.contains(last)
        || QUOTES.contains(last)
        || (is_capital(last) && second.is_some_and(is_capital))
        || ("FCK".contains(last) && second == Some('°'))
}

/// Splits at hyphens, slashes and the like between words, keeping each separator as a token.
fn split_inside(text: &str, pieces: &mut Vec<String>) {
    let (mut start, mut at) = (0, 0);
    while let Some(symbol) = text[at..].chars().next() {
        let separator = separator_at(text, at);
        if at == 0 || separator.is_empty() {
            at += symbol.len_utf8().max(separator.len());
            continue;
        }
        if separator.start > start {
            pieces.push(text[start..separator.start].to_owned());
        }
        pieces.push(text[separator.clone()].to_owned());
        (start, at) = (separator.end, separator.end);
    }
    if start < text.len() {
        pieces.push(text[start..].to_owned());
    }
}

fn separator_at(text: &str, at: usize) -> Range<usize> {
    let (before, rest) = text.split_at(at);
    let dots = rest.len() - rest.trim_start_matches('.').len();
    if dots >= 2 {
        return at..at + dots;
    }
    let Some(symbol) = rest.chars().next() else {
        return at..at;
    };
    let previous = before.chars().next_back();
    let next = rest[symbol.len_utf8()..].chars().next();
    let (previous_is, next_is) = (
        |class: fn(char) -> bool| previous.is_some_and(class),
        |class: fn(char) -> bool| next.is_some_and(class),
    );
    let splits = match symbol {
        '…' => true,
        _ if ICONS.contains(symbol) => true,
        '+' | '-' | '*' | '^'
            if previous_is(is_digit) && next_is(|next| next == '-' || is_digit(next)) =>
        {
            true
        }
        '.' => {
            previous_is(|previous| is_small(previous) || QUOTES.contains(previous))
                && next_is(|next| is_capital(next) || QUOTES.contains(next))
        }
        ',' => previous_is(is_letter) && next_is(is_letter),
        ':' | '<' | '>' | '=' | '/' => previous_is(is_word) && next_is(is_letter),
        _ => false,
    };
    if splits {
        return at..at + symbol.len_utf8();
    }
    let dash = ["---", "--", "-", "–", "——", "—", "~"]
        .into_iter()
        .find(|dash| {
            rest.strip_prefix(dash)
                .and_then(|rest| rest.chars().next())
                .is_some_and(is_letter)
        });
    match dash {
        Some(dash) if previous_is(is_word) => at..at + dash.len(),
        _ => at..at,
    }
}

fn is_edge_mark(symbol: char) -> bool {
    PUNCTUATION.contains(symbol) || QUOTES.contains(symbol) || ICONS.contains(symbol)
}

fn is_digit(symbol: char) -> bool {
    symbol.is_ascii_digit()
}

/// A letter, in the sense of "part of a word, but no ordinary digit".
pub(super) fn is_letter(symbol: char) -> bool {
    symbol.is_alphanumeric() && !symbol.is_ascii_digit()
}

fn is_word(symbol: char) -> bool {
    symbol.is_alphanumeric()
}

/// A small Latin-1 letter.
pub(super) fn is_small(symbol: char) -> bool {
    matches!(symbol, 'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ')
}

/// A capital Latin-1 letter.
pub(super) fn is_capital(symbol: char) -> bool {
    matches!(symbol, 'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ')
}
