//! Takes out of a sentence what has no sound but would hide a word from the dictionary: control and format characters,
//! stray combining marks, styled look-alikes of plain letters, the targets of Markdown links.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The sentence in composed, plain characters.
pub(super) fn clean(sentence: &str) -> String {
    let mut plain = String::with_capacity(sentence.len());
    for symbol in sentence.nfc() {
        match symbol {
            _ if symbol.is_ascii_graphic() => plain.push(symbol),
            _ if symbol.is_whitespace() => plain.push(' '),
            _ if is_combining_mark(symbol) || is_invisible(symbol) => {}
            _ if is_styled(symbol) => plain.extend(std::iter::once(symbol).nfkc()),
            _ => plain.push(symbol),
        }
    }
    without_link_targets(&plain)
}

fn is_invisible(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{feff}' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Mathematical alphabets, full-width forms and ligatures: letters in a costume.
fn is_styled(symbol: char) -> bool {
    matches!(symbol, '\u{1d400}'..='\u{1d7ff}' | '\u{ff01}'..='\u{ff5e}' | '\u{fb00}'..='\u{fb06}')
}

/// `[label](target)` → `label`.
fn without_link_targets(text: &str) -> String {
    let (mut written, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(middle) = rest.find("](") {
        let (before, after) = (&rest[..middle], &rest[middle + 2..]);
        let label = before.rfind('[').filter(|at| !before[at + 1..].is_empty());
        let target = after
            .find(')')
            .filter(|end| !after[..*end].contains([' ', '(']));
        match (label, target) {
            (Some(label), Some(target)) => {
                written.push_str(&before[..label]);
                written.push_str(&before[label + 1..]);
                rest = &after[target + 1..];
            }
            _ => {
                written.push_str(&rest[..middle + 2]);
                rest = after;
            }
        }
    }
    written.push_str(rest);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_costume_become_plain_and_invisible_ones_go() {
        assert_eq!(clean("𝓗𝓮𝓵𝓵𝓸 ｗｏｒｌｄ"), "Hello world");
        assert_eq!(clean("so\u{ad}ft\u{200b}\u{0}"), "soft");
        assert_eq!(clean("cafe\u{301}"), "café");
        assert_eq!(clean("z\u{335}\u{336}a\u{347}lgo"), "zalgo");
        assert_eq!(clean("½ © …"), "½ © …");
    }

    #[test]
    fn a_link_is_read_by_its_label() {
        assert_eq!(
            clean("See [the manual](https://example.com/a) now."),
            "See the manual now."
        );
        assert_eq!(
            clean("f[i](x y) and ]( and [a](b"),
            "f[i](x y) and ]( and [a](b"
        );
    }
}
