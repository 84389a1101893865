//! Lists that run on in one paragraph: `1) bread 2) salt`, `• one • two`.

use super::words::{is_label, is_link};

/// Signs that begin an item.
const BULLETS: [char; 11] = ['•', '⁃', '◦', '▪', '‣', '●', '○', '■', '□', '▸', '►'];

/// Whether the sign begins an item of a list.
pub(super) fn is_bullet(sign: char) -> bool {
    BULLETS.contains(&sign)
}

/// Where items after the first begin, in bytes, in order. Empty unless the paragraph is a list.
pub(super) fn items(text: &str) -> Vec<usize> {
    let start = text.len() - text.trim_start().len();
    match text[start..].chars().next() {
        Some(sign) if is_bullet(sign) => return bulleted(text, start, sign),
        _ => {}
    }
    if let Some(first) = Marker::read(&text[start..])
        && first.is_first()
    {
        return numbered(text, start, first);
    }
    let list = after_colon(text);
    if list.is_empty() {
        after_stop(text)
    } else {
        list
    }
}

/// `That is all. 1. Bread 2. Salt 3. Oil`: a list of three or more after whole sentences.
fn after_stop(text: &str) -> Vec<usize> {
    for (at, _) in text.match_indices(['.', '!', '?']).take(400) {
        let start = at + 2;
        if text.get(at + 1..start) != Some(" ") {
            continue;
        }
        if let Some(first) = Marker::read(&text[start..])
            && first.count == Count::Number(1)
        {
            let list = numbered(text, start, first);
            return if list.len() > 1 { list } else { Vec::new() };
        }
    }
    Vec::new()
}

/// `Bring these: 1) bread 2) salt`, `Bring these: • bread • salt`.
fn after_colon(text: &str) -> Vec<usize> {
    for (at, _) in text.match_indices(": ").take(8) {
        let start = at + 2;
        let rest = &text[start..];
        let list = match rest.chars().next() {
            Some(sign) if is_bullet(sign) => bulleted(text, start, sign),
            _ => match Marker::read(rest) {
                Some(first) if first.is_first() && first.end != End::Stop => {
                    numbered(text, start, first)
                }
                _ => Vec::new(),
            },
        };
        if !list.is_empty() {
            return [vec![start], list].concat();
        }
    }
    Vec::new()
}

fn bulleted(text: &str, start: usize, bullet: char) -> Vec<usize> {
    let from = start + bullet.len_utf8();
    text[from..]
        .match_indices(bullet)
        .map(|(at, _)| from + at)
        .filter(|&at| text[..at].ends_with(char::is_whitespace))
        .collect()
}

fn numbered(text: &str, start: usize, first: Marker) -> Vec<usize> {
    let mut items = Vec::new();
    let mut last = first;
    let mut before: Option<&str> = None;
    let mut at = start;
    for word in text[start..].split_inclusive(char::is_whitespace) {
        let word_at = at;
        at += word.len();
        let word = word.trim_end();
        if let Some(marker) = Marker::read(&text[word_at..])
            && word_at > start
            && marker.follows(&last)
            && before.is_some_and(|before| may_end_item(before, marker))
        {
            items.push(word_at);
            last = marker;
        }
        if !word.is_empty() {
            before = Some(word);
        }
    }
    items
}

/// `chapter 2. The` is no item of a list; `the first item 2. The` is one.
fn may_end_item(before: &str, marker: Marker) -> bool {
    // “A. Schmidt und B. Müller”: initials.
    let joins_names = matches!(marker.count, Count::Upper(_))
        && (before.ends_with([',', '&']) || is_conjunction(before));
    marker.end != End::Stop
        || !before.ends_with(char::is_alphanumeric) && !joins_names
        || !is_label(before) && !is_link(before) && !joins_names
}

/// “and” and “or” in the languages that have capitals.
fn is_conjunction(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "und"
            | "oder"
            | "et"
            | "ou"
            | "y"
            | "e"
            | "o"
            | "ed"
            | "en"
            | "of"
            | "och"
            | "og"
            | "eller"
            | "i"
            | "oraz"
            | "lub"
            | "ja"
            | "tai"
            | "ve"
            | "veya"
            | "dan"
            | "atau"
            | "và"
            | "и"
            | "или"
            | "και"
            | "ή"
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stop,
    Bracket,
    StopAndBracket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Number(u32),
    Lower(u32),
    Upper(u32),
    Roman(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marker {
    count: Count,
    end: End,
}

impl Marker {
    /// The marker at the start of a text; white space must follow it.
    fn read(text: &str) -> Option<Self> {
        let body = text.strip_prefix('(').unwrap_or(text);
        let length = body
            .bytes()
            .take(6)
            .take_while(u8::is_ascii_alphanumeric)
            .count();
        let count = Count::read(&body[..length])?;
        let rest = &body[length..];
        let (end, rest) = if let Some(rest) = rest.strip_prefix(".)") {
            (End::StopAndBracket, rest)
        } else if let Some(rest) = rest.strip_prefix(')') {
            (End::Bracket, rest)
        } else {
            (End::Stop, rest.strip_prefix('.')?)
        };
        let is_open = text.starts_with('(');
        (rest.starts_with(char::is_whitespace) && (!is_open || end == End::Bracket))
            .then_some(Self { count, end })
    }

    fn is_first(self) -> bool {
        match self.count {
            Count::Number(count) => count <= 1,
            Count::Lower(count) | Count::Upper(count) | Count::Roman(count) => count == 1,
        }
    }

    fn follows(self, last: &Self) -> bool {
        let is_next = match (last.count, self.count) {
            (Count::Number(last), Count::Number(next))
            | (Count::Lower(last), Count::Lower(next))
            | (Count::Upper(last), Count::Upper(next))
            | (Count::Roman(last), Count::Roman(next)) => next == last + 1,
            _ => false,
        };
        is_next && self.end == last.end
    }
}

impl Count {
    fn read(sign: &str) -> Option<Self> {
        if let Ok(number) = sign.parse()
            && sign.len() <= 3
        {
            return Some(Self::Number(number));
        }
        const ROMAN: [&str; 12] = [
            "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
        ];
        let letter = (sign.len() == 1).then(|| sign.as_bytes()[0]);
        match letter {
            // Letters come first: a list of nine lettered items is rarer than a Roman first.
            Some(letter @ b'a'..=b'h') => Some(Self::Lower(u32::from(letter - b'a') + 1)),
            Some(letter @ b'A'..=b'Z') => Some(Self::Upper(u32::from(letter - b'A') + 1)),
            _ => {
                let place = ROMAN.iter().position(|roman| *roman == sign)?;
                Some(Self::Roman(u32::try_from(place).ok()? + 1))
            }
        }
    }
}

/// Whether what stands between the start of a sentence and a stop is the marker of an item: `3`, `b`, `IV`, `• 9`.
pub(super) fn is_marker(before_stop: &str) -> bool {
    if before_stop.len() > 32 {
        return false;
    }
    let sign = before_stop
        .trim_start_matches(|sign: char| sign.is_whitespace() || is_bullet(sign) || sign == '(');
    if sign.is_empty() || sign.len() > 9 {
        return false;
    }
    sign.chars().count() <= 3 && sign.chars().all(char::is_numeric)
        || sign.chars().count() == 1 && sign.chars().all(char::is_alphabetic)
        || is_roman(sign)
        // 1.2, 3.1.4
        || sign.starts_with(|digit: char| digit.is_ascii_digit())
            && sign.split('.').all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether a word is a Roman numeral up to 399, in one case throughout.
pub(super) fn is_roman(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    if word.is_empty() || (word != upper && word != word.to_ascii_lowercase()) {
        return false;
    }
    let mut rest = upper.trim_start_matches('C');
    if upper.len() - rest.len() > 3 {
        return false;
    }
    for (one, five, ten) in [("X", "L", "C"), ("I", "V", "X")] {
        let nine = format!("{one}{ten}");
        let four = format!("{one}{five}");
        if let Some(after) = rest
            .strip_prefix(nine.as_str())
            .or_else(|| rest.strip_prefix(four.as_str()))
        {
            rest = after;
            continue;
        }
        rest = rest.strip_prefix(five).unwrap_or(rest);
        let after = rest.trim_start_matches(one);
        if rest.len() - after.len() > 3 {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roman_numerals_are_told_from_words() {
        for word in ["I", "iv", "XIV", "xxiii", "CXC", "LX"] {
            assert!(is_roman(word), "{word}");
        }
        for word in ["", "Iv", "ill", "civil", "mix", "IIII", "di", "lil", "vv"] {
            assert!(!is_roman(word), "{word}");
        }
    }
}
