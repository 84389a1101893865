//! What only Chinese, Japanese, Korean and Arabic need.

use std::ops::Range;

use waves::Language;

use super::pairs::Pairs;
use super::token::Next;

/// An Arabic sentence longer than this is read in its clauses: its commas join what others write as sentences.
const LONG_ARABIC: usize = 140;

/// Fewer words before a comma lead in to a sentence: “In the meantime, …”
const SHORTEST_ARABIC: usize = 4;

/// A label before a colon is no longer than this, in bytes.
const LONGEST_LABEL: usize = 200;

/// Whether the sentence goes on after a quotation that ended with a mark: 「…。」と言った.
pub(super) fn goes_on_after_quotation(language: Language, next: &Next<'_>) -> bool {
    let rest = next.rest;
    match language {
        // A particle binds the quotation to what follows.
        Language::Japanese => {
            rest.starts_with(|sign: char| matches!(sign, '\u{3041}'..='\u{309f}'))
        }
        Language::Korean => {
            [
                "라고",
                "이라고",
                "하고",
                "라며",
                "라는",
                "고 ",
                "며 ",
                "란 ",
                "라면서",
                "하며",
            ]
            .iter()
            .any(|particle| rest.starts_with(particle))
                || tells_speaker(rest)
        }
        Language::Chinese => {
            const VERBS: [char; 18] = [
                '说', '道', '问', '喊', '叫', '答', '笑', '骂', '嚷', '說', '問', '罵', '吼', '叹',
                '嘆', '哭', '想', '曰',
            ];
            rest.chars()
                .take(8)
                .take_while(|sign| sign.is_alphabetic() && !matches!(sign, '没' | '沒' | '不'))
                .any(|sign| VERBS.contains(&sign))
        }
        Language::Hindi
        | Language::Marathi
        | Language::Bengali
        | Language::Gujarati
        | Language::Punjabi
        | Language::Odia
        | Language::Tamil
        | Language::Telugu
        | Language::Kannada
        | Language::Malayalam => tells_speaker(rest),
        Language::Arabic => {
            let clause = clause(rest);
            clause.split_whitespace().next().is_some_and(tells_speech)
        }
        _ => false,
    }
}

/// A clause that names a speaker is no longer than this, in words.
const LONGEST_TAG: usize = 7;

/// Whether a quotation is followed by who said it: `"तुम कहाँ हो?" उसने पूछा।` No capital tells, so the verb must.
fn tells_speaker(rest: &str) -> bool {
    const STEMS: [&str; 48] = [
        "पूछ",
        "कहा",
        "बोल",
        "चिल्ला",
        "जवाब",
        "उत्तर",
        "पुकार",
        "फुसफुसा",
        "विचार",
        "म्हण",
        "म्हट",
        "ओरड",
        "সাড়া",
        "বলল",
        "বলে",
        "জিজ্ঞ",
        "চিৎকার",
        "উত্তর",
        "પૂછ",
        "કહ્ય",
        "બોલ",
        "જવાબ",
        "ਪੁੱਛ",
        "ਕਿਹਾ",
        "ਬੋਲ",
        "ପଚାର",
        "କହି",
        "ପଚା",
        "கேட்ட",
        "என்ற",
        "கூறி",
        "சொன்ன",
        "கத்தி",
        "అడిగ",
        "అన్న",
        "చెప్ప",
        "అరిచ",
        "ಕೇಳಿ",
        "ಹೇಳಿ",
        "ಕೂಗಿ",
        "ചോദിച്ച",
        "പറഞ്ഞ",
        "물었",
        "말했",
        "외쳤",
        "대답",
        "소리",
        "속삭",
    ];
    let clause = clause(rest);
    let opens = clause.contains(['"', '“', '‘', '「', '«']);
    // “Nobody answered.”
    let is_denied = clause
        .split_whitespace()
        .any(|word| matches!(word, "नहीं" | "न" | "না" | "નહીં" | "ਨਹੀਂ" | "नाही" | "않았다"));
    !opens
        && !is_denied
        && clause.split_whitespace().nth(LONGEST_TAG).is_none()
        && clause
            .split_whitespace()
            .any(|word| STEMS.iter().any(|stem| word.starts_with(stem)))
}

/// The text up to the next mark that may end a sentence; a few hundred bytes at most.
fn clause(rest: &str) -> &str {
    let near = &rest[..rest.floor_char_boundary(400)];
    let end = near.find(['.', '!', '?', '।', '؟', '。']);
    &near[..end.unwrap_or(near.len())]
}

/// `本当に？と彼女は聞いた。`: a mark before the particle that quotes ends no sentence.
pub(super) fn is_quoted(language: Language, next: &Next<'_>) -> bool {
    let after = next.rest.strip_prefix('と').filter(|_| !next.is_spaced);
    language == Language::Japanese
        && after.is_some_and(|after| {
            after.starts_with(
            |sign: char| matches!(sign, '\u{4e00}'..='\u{9fff}' | '、' | '\u{30a0}'..='\u{30ff}'),
        ) || after.starts_with("いう")
            || after.starts_with("いっ")
        })
}

/// Whether a letter belongs to a script written without spaces, or to Hangul.
pub(super) fn is_east_asian(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// Arabic sentences: a label before a colon stands alone, and a long run of clauses is divided at its commas.
pub(super) fn arabic_clauses(
    text: &str,
    sentences: Vec<Range<usize>>,
    pairs: &Pairs,
) -> Vec<Range<usize>> {
    let mut clauses = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        let words = &text[sentence.clone()];
        let is_long = words.chars().nth(LONG_ARABIC).is_some();
        let mut start = 0;
        for (at, mark) in words.match_indices([':', '،']) {
            let end = at + mark.len();
            let rest = &words[end..];
            if end <= start || !rest.starts_with(char::is_whitespace) || rest.trim().is_empty() {
                continue;
            }
            if pairs.around(sentence.start + at).is_some() {
                continue;
            }
            let before = &words[start..at];
            let cuts = match mark {
                ":" => start == 0 && before.len() < LONGEST_LABEL && !tells_speech(before),
                _ => {
                    is_long
                        && !is_one_word_to_comma(rest)
                        && before.split_whitespace().nth(SHORTEST_ARABIC - 1).is_some()
                }
            };
            if cuts {
                clauses.push(sentence.start + start..sentence.start + end);
                start = end + (rest.len() - rest.trim_start().len());
            }
        }
        clauses.push(sentence.start + start..sentence.end);
    }
    clauses
}

/// Whether the words before a colon say that somebody speaks.
fn tells_speech(before: &str) -> bool {
    const STEMS: [&str; 16] = [
        "قال", "يقول", "تقول", "نقول", "أقول", "قائل", "أضاف", "اضاف", "سأل", "أجاب", "ردت", "صرح",
        "كتب", "صاح", "هتف", "قلت",
    ];
    before.split_whitespace().any(|word| {
        STEMS
            .iter()
            .any(|stem| word.trim_start_matches(['و', 'ف']).starts_with(stem))
    })
}

/// Whether a comma follows after a single word: a list, not a clause.
fn is_one_word_to_comma(rest: &str) -> bool {
    let word = rest.split_whitespace().next().unwrap_or_default();
    word.ends_with('،')
}
