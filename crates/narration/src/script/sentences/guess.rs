//! Which language a text is in, as far as its sentences depend on it.

use waves::Language;

use super::words::Words;

/// Words that are looked at.
const SAMPLE: usize = 400;

/// Languages in Latin letters, the likeliest first.
const LATIN: [Language; 15] = [
    Language::English,
    Language::Spanish,
    Language::French,
    Language::German,
    Language::Italian,
    Language::Portuguese,
    Language::Dutch,
    Language::Swedish,
    Language::Polish,
    Language::Norwegian,
    Language::Finnish,
    Language::Indonesian,
    Language::Malay,
    Language::Vietnamese,
    Language::Turkish,
];

/// The language itself, or for [`Language::Auto`] the one whose script and small words the text has.
pub(super) fn resolve(language: Language, text: &str) -> Language {
    if language != Language::Auto {
        return language;
    }
    let mut letters = text
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .take(SAMPLE);
    let kana = |letter: char| by_script(letter) == Some(Language::Japanese);
    match letters.find_map(by_script) {
        // Chinese characters are written in Japan too, never without kana for long.
        Some(Language::Chinese) if letters.any(kana) => Language::Japanese,
        Some(language) => language,
        None => by_words(text),
    }
}

fn by_script(letter: char) -> Option<Language> {
    Some(match letter {
        '\u{370}'..='\u{3ff}' => Language::Greek,
        '\u{400}'..='\u{52f}' => Language::Russian,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => Language::Arabic,
        '\u{900}'..='\u{97f}' => Language::Hindi,
        '\u{980}'..='\u{9ff}' => Language::Bengali,
        '\u{a00}'..='\u{a7f}' => Language::Punjabi,
        '\u{a80}'..='\u{aff}' => Language::Gujarati,
        '\u{b00}'..='\u{b7f}' => Language::Odia,
        '\u{b80}'..='\u{bff}' => Language::Tamil,
        '\u{c00}'..='\u{c7f}' => Language::Telugu,
        '\u{c80}'..='\u{cff}' => Language::Kannada,
        '\u{d00}'..='\u{d7f}' => Language::Malayalam,
        '\u{3040}'..='\u{30ff}' => Language::Japanese,
        '\u{ac00}'..='\u{d7af}' => Language::Korean,
        '\u{4e00}'..='\u{9fff}' => Language::Chinese,
        _ => return None,
    })
}

fn by_words(text: &str) -> Language {
    let mut scores = [0_usize; LATIN.len()];
    for word in text.split_whitespace().take(SAMPLE) {
        let word = word.trim_matches(|sign: char| !sign.is_alphanumeric());
        if word.is_empty() || word.len() > 16 {
            continue;
        }
        for (score, language) in scores.iter_mut().zip(LATIN) {
            *score += usize::from(Words::of(language).starts(word));
        }
    }
    let mut best = 0;
    for index in 1..LATIN.len() {
        if scores[index] > scores[best] {
            best = index;
        }
    }
    LATIN[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_its_language() {
        for (text, language) in [
            ("The keeper wrote a line and slept.", Language::English),
            (
                "Der Wärter schrieb eine Zeile und schlief.",
                Language::German,
            ),
            ("Le gardien a écrit une ligne et il dort.", Language::French),
            (
                "El guardián escribió una línea y se durmió.",
                Language::Spanish,
            ),
            (
                "Il guardiano scrisse una riga e poi dormì.",
                Language::Italian,
            ),
            ("Wachter schreef een regel en hij sliep.", Language::Dutch),
            ("यह एक वाक्य है।", Language::Hindi),
            ("これは漢字です。", Language::Japanese),
            ("漢字はこれです。", Language::Japanese),
            ("這是一個句子。", Language::Chinese),
            ("Это предложение.", Language::Russian),
            ("", Language::English),
        ] {
            assert_eq!(resolve(Language::Auto, text), language, "{text}");
        }
    }
}
