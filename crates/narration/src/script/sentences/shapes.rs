//! What a word looks like, whatever it means: a number, an initial, an abbreviation.

use super::token::is_dependent;

pub(super) fn is_whole_number(word: &str) -> bool {
    !word.is_empty() && word.chars().all(char::is_numeric)
}

/// One letter with its marks: an initial.
pub(super) fn is_single_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic)
        && letters.all(|mark| is_dependent(mark) && !mark.is_alphabetic() || is_combining(mark))
}

fn is_combining(mark: char) -> bool {
    matches!(mark, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}')
}

pub(super) fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 42] = [
        "mi", "gal", "km", "kg", "cm", "mm", "m", "g", "l", "ml", "mg", "h", "s", "min", "mins",
        "sec", "hr", "hrs", "ft", "lb", "lbs", "oz", "yd", "mph", "r", "zł", "км", "кг", "см",
        "мм", "м", "л", "мин", "сек", "руб", "коп", "чел", "экз", "шт", "дол", "долл", "га",
    ];
    UNITS.contains(&word)
}

/// `U.S`, `Ph.D`, `a.k.a`: short parts between stops.
pub(super) fn is_acronym(word: &str) -> bool {
    let mut parts = word.split('.');
    let first = parts.next().unwrap_or_default().chars().count();
    let mut has_more = false;
    for part in parts {
        has_more = true;
        let part = part.trim_start_matches('-');
        let length = part.chars().count();
        if !(1..=3).contains(&length) || !part.chars().all(char::is_alphabetic) {
            return false;
        }
    }
    has_more && (1..=3).contains(&first) && word.starts_with(char::is_alphabetic)
}

/// Two to five letters without a vowel, and not all capitals: hardly a word in any language in Latin or Cyrillic letters.
pub(super) fn looks_abbreviated(word: &str) -> bool {
    let length = word.chars().count();
    let is_cased = |letter: char| letter.is_lowercase() || letter.is_uppercase();
    const SOUNDS: [&str; 12] = [
        "hm", "hmm", "mm", "mmm", "shh", "sh", "pst", "psst", "brr", "grr", "pff", "tsk",
    ];
    (2..=5).contains(&length)
        && word.chars().all(is_cased)
        && word.chars().skip(1).all(char::is_lowercase)
        && !has_vowel(word)
        && !SOUNDS.contains(&word.to_lowercase().as_str())
}

pub(super) fn has_vowel(word: &str) -> bool {
    word.chars().flat_map(char::to_lowercase).any(|letter| {
        !letter.is_ascii()
            && !matches!(
                letter,
                '\u{430}'
                    ..='\u{44f}' | 'ł' | 'ń' | 'ś' | 'ź' | 'ż' | 'ć' | 'ñ' | 'ç' | 'ß' | 'ş' | 'ğ'
            )
            || matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
            || matches!(letter, 'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я')
    })
}

/// The length of a number of one or two digits at the start of the text, and of no more.
pub(super) fn short_number(text: &str) -> Option<usize> {
    let digits = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits).then_some(digits)
}
