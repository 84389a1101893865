//! Which language a text is in: what the file says, checked against the letters.

use std::collections::BTreeMap;

use whatlang::{Detector, Info, Lang, Script};

use super::report::{RemarkKind, Report};

/// Fewer letters than this do not outvote what the file says.
const LETTERS_TO_CONTRADICT: usize = 200;

/// Fewer letters of a script tell nothing.
const FEWEST_LETTERS: usize = 3;

/// Fewer letters than this say nothing at all.
const LETTERS_TO_GUESS: usize = 20;

/// So much of a text is looked at, in bytes, from its middle on: front matter is often in another language.
const SAMPLE_BYTES: usize = 12_000;

/// The language of a text as a BCP 47 tag: `told` if the text bears it out.
pub(super) fn settle(told: Option<&str>, text: &str, report: &mut Report) -> Option<String> {
    let told = told.and_then(tag);
    let sample = sample(text);
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let seen = detect(sample).filter(|_| letters >= LETTERS_TO_GUESS);
    let Some(info) = seen else {
        return told.or_else(|| by_script(sample, report));
    };
    let code = code(info.lang());
    match told {
        Some(told) if is_same(&told, code) => Some(told),
        Some(told) => {
            let is_certain = letters >= LETTERS_TO_CONTRADICT && info.confidence() > 0.9
                || letters >= LETTERS_TO_GUESS && !could_be(&told, info.script());
            // A language that cannot be told apart may be what the file says.
            if !is_certain || !is_known(&told) && could_be(&told, info.script()) {
                return Some(told);
            }
            let example = format!("{code} ({told})");
            report.note(RemarkKind::LanguageGuessed, 0, &example);
            Some(code.to_owned())
        }
        None if info.is_reliable() || letters >= LETTERS_TO_CONTRADICT => {
            report.note(RemarkKind::LanguageGuessed, 0, code);
            Some(code.to_owned())
        }
        None => by_script(sample, report),
    }
}

/// The language of most letters, where they are of a script that only one language of the service is written in.
fn by_script(text: &str, report: &mut Report) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut letters = 0;
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        let code = match letter {
            '\u{3040}'..='\u{30ff}' => "ja",
            '\u{ac00}'..='\u{d7af}' => "ko",
            '\u{4e00}'..='\u{9fff}' => "zh",
            '\u{370}'..='\u{3ff}' => "el",
            '\u{a00}'..='\u{a7f}' => "pa",
            '\u{a80}'..='\u{aff}' => "gu",
            '\u{b00}'..='\u{b7f}' => "or",
            '\u{b80}'..='\u{bff}' => "ta",
            '\u{c00}'..='\u{c7f}' => "te",
            '\u{c80}'..='\u{cff}' => "kn",
            '\u{d00}'..='\u{d7f}' => "ml",
            _ => continue,
        };
        *counts.entry(code).or_default() += 1;
    }
    // Japanese is written with Chinese characters too, never without kana for long.
    if let Some(kana) = counts.remove("ja") {
        let shared = counts.remove("zh").unwrap_or_default();
        counts.insert("ja", kana + shared);
    }
    let (code, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    if count < FEWEST_LETTERS || count * 2 < letters {
        return None;
    }
    report.note(RemarkKind::LanguageGuessed, 0, code);
    Some(code.to_owned())
}

fn detect(text: &str) -> Option<Info> {
    // Languages of small vocabularies of trigrams, which short texts in others are mistaken for.
    Detector::with_denylist(vec![Lang::Epo, Lang::Aka, Lang::Zul, Lang::Sna, Lang::Jav])
        .detect(text)
}

/// A tag as it should be written; `None` for those that name no language.
fn tag(told: &str) -> Option<String> {
    let mut parts = told.trim().split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    let primary = match primary.as_str() {
        "" | "und" | "mul" | "zxx" | "mis" | "x" | "i" => return None,
        "eng" | "english" => "en",
        "ger" | "deu" | "german" | "deutsch" => "de",
        "fre" | "fra" | "french" => "fr",
        "spa" | "spanish" => "es",
        "ita" | "italian" => "it",
        "por" => "pt",
        "rus" => "ru",
        "jpn" => "ja",
        "zho" | "chi" | "cmn" => "zh",
        "kor" => "ko",
        "ara" => "ar",
        "hin" => "hi",
        "nld" | "dut" => "nl",
        "pol" => "pl",
        "swe" => "sv",
        "tur" => "tr",
        other => other,
    };
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut tag = primary.to_owned();
    for part in parts.take(3) {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            break;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Whether a tag names the language of a code, or one so near that letters cannot tell.
fn is_same(tag: &str, code: &str) -> bool {
    const NEAR: [&[&str]; 6] = [
        &["no", "nb", "nn", "da"],
        &["hr", "sr", "bs", "sh", "sl"],
        &["id", "ms"],
        &["hi", "mr", "ne", "sa"],
        &["zh", "yue", "lzh", "wuu"],
        &["fa", "ps", "ur", "ar"],
    ];
    let told = primary(tag);
    told == code
        || NEAR
            .iter()
            .any(|group| group.contains(&told) && group.contains(&code))
}

fn is_known(tag: &str) -> bool {
    Lang::all().iter().any(|lang| code(*lang) == primary(tag))
}

/// Whether a language is ever written so.
fn could_be(tag: &str, script: Script) -> bool {
    let usual = match primary(tag) {
        "ru" | "uk" | "bg" | "be" | "mk" => Script::Cyrillic,
        "ja" => {
            return matches!(
                script,
                Script::Hiragana | Script::Katakana | Script::Mandarin
            );
        }
        "zh" => Script::Mandarin,
        "ko" => Script::Hangul,
        "ar" | "fa" | "ur" => Script::Arabic,
        "he" | "yi" => Script::Hebrew,
        "hi" | "mr" | "ne" => Script::Devanagari,
        "bn" => Script::Bengali,
        "ta" => Script::Tamil,
        "te" => Script::Telugu,
        "kn" => Script::Kannada,
        "ml" => Script::Malayalam,
        "gu" => Script::Gujarati,
        "pa" => Script::Gurmukhi,
        "or" => Script::Oriya,
        "th" => Script::Thai,
        "el" => Script::Greek,
        "en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "sv" | "da" | "no" | "nb" | "fi"
        | "pl" | "cs" | "sk" | "hu" | "ro" | "tr" | "vi" | "id" | "ms" => Script::Latin,
        _ => return true,
    };
    script == usual
}

fn sample(text: &str) -> &str {
    let middle = text.len().saturating_sub(SAMPLE_BYTES) / 2;
    let start = text.floor_char_boundary(middle);
    let end = text.floor_char_boundary(start + SAMPLE_BYTES);
    &text[start..end]
}

/// ISO 639-1 where there is one.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "no",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
        Lang::Epo => "eo",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: &str = "Als der Wind sich legte, stieg der alte Wärter die Treppe hinauf und sah nach dem Licht. Niemand hatte es in dieser Nacht gesehen, und doch brannte es noch immer. Er setzte sich an den Tisch und schrieb drei Zeilen in das Buch, ehe er einschlief. Am Morgen kam das Boot mit der Post und mit Brot, und der Junge fragte ihn, warum er so müde aussehe.";

    fn settled(told: Option<&str>, text: &str) -> (Option<String>, usize) {
        let mut report = Report::default();
        let language = settle(told, text, &mut report);
        (language, report.finish(text.len()).len())
    }

    #[test]
    fn what_the_file_says_is_believed_if_the_text_bears_it_out() {
        assert_eq!(settled(Some("de_at"), GERMAN), (Some("de-AT".into()), 0));
        assert_eq!(settled(Some("en-US"), GERMAN), (Some("de".into()), 1));
        assert_eq!(settled(Some("und"), GERMAN), (Some("de".into()), 1));
        assert_eq!(settled(Some("EN"), "Hallo."), (Some("en".into()), 0));
        assert_eq!(
            settled(Some("zh-hant-tw"), "短"),
            (Some("zh-Hant-TW".into()), 0)
        );
        assert_eq!(settled(None, "Hallo."), (None, 0));
        assert_eq!(settled(None, "漢字です。"), (Some("ja".into()), 1));
        assert_eq!(settled(None, "Seoul 서울에서"), (None, 0));
        assert_eq!(settled(None, "Καλημέρα"), (Some("el".into()), 1));
    }

    #[test]
    fn a_language_that_letters_do_not_tell_stays_what_the_file_says() {
        assert_eq!(settled(Some("lb"), GERMAN), (Some("lb".into()), 0));
    }
}
