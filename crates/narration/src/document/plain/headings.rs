//! What the name of a chapter looks like in the languages that the service speaks.

use super::ends_sentence;

/// Words that begin the name of a chapter or a part, in the languages that the service speaks.
const CHAPTER_WORDS: [&str; 58] = [
    "chapter",
    "part",
    "book",
    "prologue",
    "epilogue",
    "preface",
    "foreword",
    "introduction",
    "afterword",
    "appendix",
    "kapitel",
    "teil",
    "buch",
    "prolog",
    "epilog",
    "vorwort",
    "nachwort",
    "einleitung",
    "chapitre",
    "partie",
    "livre",
    "prologue",
    "épilogue",
    "préface",
    "avant-propos",
    "capítulo",
    "parte",
    "libro",
    "prólogo",
    "epílogo",
    "prefacio",
    "capitolo",
    "prologo",
    "epilogo",
    "prefazione",
    "hoofdstuk",
    "deel",
    "kapitola",
    "rozdział",
    "część",
    "luku",
    "osa",
    "del",
    "bölüm",
    "kısım",
    "bab",
    "chương",
    "phần",
    "глава",
    "часть",
    "книга",
    "пролог",
    "эпилог",
    "κεφάλαιο",
    "μέρος",
    "अध्याय",
    "অধ্যায়",
    "الفصل",
];

/// “Chapter 4”, “IV.”, “12”, “第三章”: a name of a chapter by itself or with its title.
pub(in crate::document) fn is_chapter_name(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    let folded = first.trim_end_matches([':', '.', ',']).to_lowercase();
    if CHAPTER_WORDS.contains(&folded.as_str()) {
        let Some(number) = words.next() else {
            return true;
        };
        let number = number.trim_matches(['.', ':', '—', '–', '-', ',', '(', ')']);
        return number.is_empty()
            || is_number(number)
            || (is_number_word(number) && !ends_sentence(line));
    }
    if is_cjk_chapter(first) {
        return true;
    }
    let number = first.trim_end_matches(['.', ':']);
    words.next().is_none() && (is_roman(number) || number.len() <= 3 && is_decimal(number))
}

fn is_number(word: &str) -> bool {
    is_decimal(word) || is_roman(&word.to_uppercase())
}

fn is_decimal(word: &str) -> bool {
    !word.is_empty() && word.chars().all(char::is_numeric)
}

fn is_roman(word: &str) -> bool {
    (1..=9).contains(&word.len())
        && word
            .chars()
            .all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C'))
}

fn is_number_word(word: &str) -> bool {
    const WORDS: [&str; 46] = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "the",
        "eins",
        "zwei",
        "drei",
        "vier",
        "fünf",
        "sechs",
        "erstes",
        "zweites",
        "un",
        "deux",
        "trois",
        "quatre",
        "cinq",
        "premier",
        "première",
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "primero",
        "primera",
        "due",
        "tre",
        "первая",
        "вторая",
        "третья",
        "ett",
    ];
    WORDS.contains(&word.to_lowercase().as_str())
}

/// `第` + a number + `章`, `回`, `话`, …
fn is_cjk_chapter(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('第') else {
        return false;
    };
    let number = rest.chars().take_while(|c| {
        "零〇一二三四五六七八九十百千两0123456789０１２３４５６７８９".contains(*c)
    });
    let number = number.count();
    number > 0
        && rest
            .chars()
            .nth(number)
            .is_some_and(|c| "章回话話节節部卷編编幕集".contains(c))
}
