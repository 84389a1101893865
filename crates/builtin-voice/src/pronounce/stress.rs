//! The phoneme alphabet's classes, and moving a word between degrees of stress.
//!
//! Phonemes are those of Kokoro's American English: IPA letters, with capitals for diphthongs (`A` as in *day*, `I` as
//! in *my*, `O` as in *go*, `W` as in *now*, `Y` as in *boy*).

/// Marks the vowel after it as carrying the word's main stress.
pub(super) const PRIMARY: char = 'ˈ';
/// Marks the vowel after it as carrying a lesser stress.
pub(super) const SECONDARY: char = 'ˌ';

const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ";
const CONSONANTS: &str = "bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ";
const LONG: &str = "AIOQWYʤʧ";

pub(super) fn is_vowel(phoneme: char) -> bool {
    VOWELS.contains(phoneme)
}

pub(super) fn is_consonant(phoneme: char) -> bool {
    CONSONANTS.contains(phoneme)
}

/// How much a word weighs when two parts of a compound compete for the stress.
pub(super) fn weight(phonemes: &str) -> usize {
    phonemes
        .chars()
        .map(|phoneme| if LONG.contains(phoneme) { 2 } else { 1 })
        .sum()
}

/// A change of stress, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stress {
    /// No stress at all: "point" in "two point five".
    Removed,
    /// Main stress becomes lesser stress.
    Lowered,
    /// Lesser stress at most, and at least.
    Level,
    /// Lesser stress if there was none: Capitalised words.
    Raised,
    /// Main stress, whatever there was: CAPITALS.
    Strong,
}

/// The phonemes with their stress changed; `None` leaves them as they are.
pub(super) fn apply(phonemes: &str, stress: Option<Stress>) -> String {
    let has_primary = phonemes.contains(PRIMARY);
    let has_secondary = phonemes.contains(SECONDARY);
    let marked = has_primary || has_secondary;
    match stress {
        Some(Stress::Removed) => phonemes.replace([PRIMARY, SECONDARY], ""),
        Some(Stress::Lowered | Stress::Level) if has_primary => {
            phonemes.replace(SECONDARY, "").replace(PRIMARY, "ˌ")
        }
        Some(Stress::Level | Stress::Raised) if !marked => mark_first_vowel(phonemes, SECONDARY),
        Some(Stress::Strong) if !marked => mark_first_vowel(phonemes, PRIMARY),
        Some(Stress::Strong) if !has_primary => phonemes.replace(SECONDARY, "ˈ"),
        _ => phonemes.to_owned(),
    }
}

fn mark_first_vowel(phonemes: &str, mark: char) -> String {
    match phonemes.find(is_vowel) {
        Some(at) => format!("{}{mark}{}", &phonemes[..at], &phonemes[at..]),
        None => phonemes.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_degree_changes_only_what_it_should() {
        assert_eq!(apply("pˈYnt", Some(Stress::Removed)), "pYnt");
        assert_eq!(apply("ˌʌnˈIt", Some(Stress::Lowered)), "ʌnˌIt");
        assert_eq!(apply("ænd", Some(Stress::Lowered)), "ænd");
        assert_eq!(apply("ænd", Some(Stress::Level)), "ˌænd");
        assert_eq!(apply("kˈæt", Some(Stress::Raised)), "kˈæt");
        assert_eq!(apply("ænd", Some(Stress::Strong)), "ˈænd");
        assert_eq!(apply("hˌɪz", Some(Stress::Strong)), "hˈɪz");
        assert_eq!(apply("pst", Some(Stress::Strong)), "pst");
        assert_eq!(apply("kˈæt", None), "kˈæt");
    }
}
