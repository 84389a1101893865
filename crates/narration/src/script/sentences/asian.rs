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
        Language::Korean => [
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
        .any(|particle| rest.starts_with(particle)),
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
        _ => false,
    }
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
