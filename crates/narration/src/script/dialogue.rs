//! Scripts in which every paragraph says who speaks: `ROMEO: But soft!`

use std::ops::Range;

/// The longest name, in characters.
const LONGEST_NAME: usize = 40;
/// The most words in a name.
const MOST_WORDS: usize = 4;

/// Who speaks a paragraph, and the bytes that say so: the name, its colon and the white space after it.
pub(super) fn speaker(paragraph: &str) -> Option<(&str, Range<usize>)> {
    let start = paragraph.len() - paragraph.trim_start().len();
    let (colon, mark) = paragraph[start..]
        .char_indices()
        .take(LONGEST_NAME + 1)
        .find(|(_, sign)| matches!(sign, ':' | '：'))?;
    let name = paragraph[start..start + colon].trim_end();
    let after = start + colon + mark.len_utf8();
    let line = &paragraph[after..];
    let is_apart = mark == '：' || line.starts_with(char::is_whitespace);
    let is_name = name.starts_with(|letter: char| letter.is_alphabetic() && !letter.is_lowercase())
        && name.split_whitespace().count() <= MOST_WORDS
        && !name.contains(['!', '?', ',', ';', '"', '“', '”', '[', '(', '。', '，']);
    let length = line.len() - line.trim_start().len();
    (is_name && is_apart && !line.trim().is_empty()).then_some((name, start..after + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_is_named_before_a_colon() {
        for (line, name) in [
            ("ROMEO: But soft!", "ROMEO"),
            ("Dr. Watson: Indeed.", "Dr. Watson"),
            ("Anna Maria : Ja.", "Anna Maria"),
            ("小明：你好。", "小明"),
            ("राम: नमस्ते।", "राम"),
        ] {
            assert_eq!(speaker(line).map(|(name, _)| name), Some(name), "{line}");
        }
        for line in [
            "It is late, he said: go.",
            "http://example.com",
            "At 10:30 we left.",
            "ROMEO:",
            "",
            "The reason why nobody ever came here again: fear.",
        ] {
            assert_eq!(speaker(line), None, "{line}");
        }
    }
}
