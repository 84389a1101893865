//! Phonemes against those of the reference implementation, frozen by `golden/freeze.py`, and the readings in which this
//! one deliberately differs.
#![expect(clippy::unwrap_used, reason = "a failure in a test may panic")]

use std::sync::OnceLock;

use builtin_voice::Voice;

fn phonemes(text: &str) -> String {
    static VOICE: OnceLock<Voice> = OnceLock::new();
    VOICE
        .get_or_init(|| Voice::load().unwrap())
        .phonemes(text)
        .unwrap()
}

#[test]
fn every_frozen_text_is_pronounced_as_the_reference_does() {
    let frozen = include_str!("golden/phonemes.tsv");
    let mut different = Vec::new();
    for line in frozen.lines() {
        let (text, expected) = line.split_once('\t').expect("text, tab, phonemes");
        let spoken = phonemes(text);
        if spoken != expected {
            different.push(format!(
                "{text}\n  expected {expected}\n  spoken   {spoken}"
            ));
        }
    }
    assert!(frozen.lines().count() >= 57);
    assert!(
        different.is_empty(),
        "{} differ:\n{}",
        different.len(),
        different.join("\n")
    );
}

#[test]
fn readings_that_are_deliberately_our_own() {
    let as_if = |text: &str, spoken: &str| {
        assert_eq!(
            phonemes(text),
            phonemes(spoken),
            "{text} should be read {spoken}"
        );
    };
    // The reference reads a single digit of cents as so many cents, and keeps a range before a full stop as digits.
    as_if("It is $5.5.", "It is $5.50.");
    as_if("See pages 3-5.", "See pages 3 to 5.");
    as_if("Add 1/2.", "Add one half.");
    // It takes a lone C or L for a numeral.
    assert!(!phonemes("Use Section C today.").contains("hˈʌndɹəd"));
    // It reads what cannot be seen, and takes the target of a link for text.
    as_if("so\u{ad}ft cafe\u{301}", "soft café");
    as_if("See [the manual](https://example.com/).", "See the manual.");
    as_if("𝓗𝓮𝓵𝓵𝓸 ｗｏｒｌｄ", "Hello world");
}

#[test]
fn numbers_without_a_name_are_read_digit_by_digit() {
    assert_eq!(phonemes(&"7".repeat(60)).matches("sˈɛvən").count(), 60);
}
