//! Phonemes against those of the reference implementation, frozen by `golden/freeze.py`, and the readings in which this
//! one deliberately differs.

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
