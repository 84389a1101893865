//! What in a line of a subtitle is not said: `<i>`, `<v Name>`, `{\an8}`, `[door slams]`, `♪`.

use crate::document::report::RemarkKind;

/// A line without them; each is told.
pub(super) fn without(line: &str, tell: &mut dyn FnMut(RemarkKind, &str)) -> String {
    let mut words = String::with_capacity(line.len());
    // What is written for more than one who speaks.
    let mut rest = line.trim_start_matches('>');
    if rest.len() < line.len() {
        tell(
            RemarkKind::CueMarksDropped,
            &line[..line.len() - rest.len()],
        );
    }
    while let Some(at) = rest.find(['<', '{', '&', '[', '(', '♪', '♫']) {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((length, meaning)) = entity(rest) {
            words.push_str(&meaning);
            rest = &rest[length..];
            continue;
        }
        let Some(length) = mark(rest) else {
            let sign = rest.chars().next().map_or(1, char::len_utf8);
            words.push_str(&rest[..sign]);
            rest = &rest[sign..];
            continue;
        };
        let (mark, after) = rest.split_at(length);
        rest = after;
        let name = mark.trim_matches(['<', '>', '/']).to_ascii_lowercase();
        if matches!(name.split(['.', ' ']).next(), Some("rt" | "rp")) && !mark.starts_with("</") {
            let end = after.find('<').unwrap_or(after.len());
            tell(RemarkKind::ReadingAidsDropped, &after[..end]);
            rest = &after[end..];
            continue;
        }
        if name.trim() == "br" {
            words.push(' ');
        }
        tell(RemarkKind::CueMarksDropped, mark);
    }
    words.push_str(rest);
    words.replace("\\N", " ")
}

/// How long the mark is with which a text begins, in bytes.
fn mark(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let inside = &text[first.len_utf8()..];
    let ends = |end: char| text.find(end).map(|at| at + 1);
    match first {
        '<' => ends('>')
            .filter(|_| inside.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')),
        '{' => ends('}').filter(|_| inside.starts_with('\\')),
        '[' => ends(']').filter(|end| is_sound(&text[1..end - 1])),
        '(' => ends(')').filter(|end| {
            let told = &text[1..end - 1];
            told.chars().filter(|c| c.is_alphabetic()).count() > 1
                && told.chars().all(|c| c.is_uppercase() || c == ' ')
        }),
        '♪' | '♫' => Some(first.len_utf8()),
        _ => None,
    }
}

/// What is heard and not said, unlike a direction that somebody wrote for Peal.
fn is_sound(told: &str) -> bool {
    const DIRECTIONS: [&str; 4] = ["pause", "voice", "spell", "skip"];
    let first = told.trim_start_matches('/').to_lowercase();
    told.contains(char::is_alphabetic)
        && !told.contains('[')
        && !DIRECTIONS.iter().any(|name| first.starts_with(name))
}

/// How long the entity is with which a text begins, and what it stands for.
fn entity(text: &str) -> Option<(usize, String)> {
    let name = text.strip_prefix('&')?;
    let end = name.bytes().take(10).position(|byte| byte == b';')?;
    let name = &name[..end];
    let meaning = match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "nbsp" => " ".to_owned(),
        "lrm" | "rlm" => String::new(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?.to_string()
        }
    };
    Some((end + 2, meaning))
}
