//! Text → segments to speak, pure and total.
//!
//! What it is: where one request to a voice ends and the next begins. A segment is one sentence, a run of very short
//! ones, or a piece of a very long one; each is a slice of the text, in order, never overlapping. What it is not: it
//! changes no characters, and it knows neither voices nor prices.
//!
//! Sentences are those of Unicode (UAX #29) with the exceptions that real text needs: abbreviations, initials, numbers
//! with stops, ellipses in mid-sentence, quotations. A line break inside a paragraph of hard-wrapped lines is a space.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// The longest a segment may be, in characters: the service's recommended maximum.
pub const MAX_CHARACTERS: usize = 250;

/// Sentences shorter than this are spoken together with their neighbour: alone they sound clipped and cost a request.
const SHORT_CHARACTERS: usize = 24;

/// Up to this length short sentences are gathered: where the service works best.
const COMFORTABLE_CHARACTERS: usize = 140;

/// A line at least this long that does not end a sentence goes on in the next line: the text was hard-wrapped.
const WRAPPED_LINE_CHARACTERS: usize = 45;

/// What is asked of a voice at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Bytes of the text it was cut from; starts and ends at visible characters.
    pub range: Range<usize>,
    /// Whether a paragraph ends with it.
    pub ends_paragraph: bool,
}

impl Segment {
    /// Its words as they are spoken: line breaks and runs of white space are single spaces.
    pub fn speech(&self, text: &str) -> String {
        let words = text.get(self.range.clone()).unwrap_or_default();
        let mut speech = String::with_capacity(words.len());
        for word in words.split_whitespace() {
            if !speech.is_empty() {
                speech.push(' ');
            }
            speech.push_str(word);
        }
        speech
    }
}

/// Ordered segments to speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// In text order; only segments that hold a letter or a digit.
    pub segments: Vec<Segment>,
}

/// Cuts a text into segments. Time grows with the text alone; nothing in it can make this fail.
pub fn script(text: &str) -> Script {
    let mut segments = Vec::new();
    for paragraph in paragraphs(text) {
        let before = segments.len();
        let sentences = sentences(&text[paragraph.clone()], paragraph.start);
        gather(text, &sentences, &mut segments);
        if segments.len() > before
            && let Some(last) = segments.last_mut()
        {
            last.ends_paragraph = true;
        }
    }
    Script { segments }
}

/// Stretches between blank lines and hard line ends, without surrounding white space.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut paragraphs = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        if words.is_empty() {
            paragraphs.extend(open.take());
            continue;
        }
        let range = start..start + words.len();
        open = match open.take() {
            Some(former) if goes_on(last_line(&text[former.clone()]), words) => {
                Some(former.start..range.end)
            }
            former => {
                paragraphs.extend(former);
                Some(range)
            }
        };
    }
    paragraphs.extend(open);
    paragraphs
}

fn last_line(paragraph: &str) -> &str {
    paragraph.rsplit('\n').next().unwrap_or(paragraph)
}

/// Whether a line is continued by the next one (hard-wrapped text), rather than being a heading, a verse or a list item.
fn goes_on(line: &str, next: &str) -> bool {
    let starts_item = next.starts_with(['-', '*', '•', '–', '—', '·']) || {
        let digits = next.len() - next.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        (1..=3).contains(&digits) && next[digits..].starts_with(['.', ')'])
    };
    let starts_lower = next.chars().next().is_some_and(char::is_lowercase);
    !starts_item && (starts_lower || line.chars().count() >= WRAPPED_LINE_CHARACTERS)
}

/// The sentences of one paragraph that starts at byte `offset` of the text, trimmed.
fn sentences(paragraph: &str, offset: usize) -> Vec<Range<usize>> {
    // A line break always ends a sentence for UAX #29; inside a paragraph it is only a space. One byte for one byte.
    let line = paragraph.replace(['\n', '\t'], " ");
    let mut sentences: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for (at, piece) in line.split_sentence_bound_indices() {
        let end = at + piece.len();
        if !ends_sentence(&line[start..end], &line[end..]) {
            continue;
        }
        push_trimmed(&line, start..end, offset, &mut sentences);
        start = end;
    }
    push_trimmed(&line, start..line.len(), offset, &mut sentences);
    sentences
}

fn push_trimmed(text: &str, range: Range<usize>, offset: usize, into: &mut Vec<Range<usize>>) {
    let words = &text[range.clone()];
    let trimmed = words.trim();
    if !trimmed.is_empty() {
        let start = offset + range.start + (words.len() - words.trim_start().len());
        into.push(start..start + trimmed.len());
    }
}

/// Whether the stop at the end of `sentence` is a sentence's end, given what follows.
fn ends_sentence(sentence: &str, rest: &str) -> bool {
    let rest = rest.trim_start();
    let Some(next) = rest.chars().next() else {
        return true;
    };
    let body = sentence
        .trim_end()
        .trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '」']);
    if !body.ends_with('.') {
        // “Really?” she asked: the sentence goes on after the quotation.
        return !(next.is_lowercase() && body.len() < sentence.trim_end().len());
    }
    if body.ends_with("..") {
        return !next.is_lowercase();
    }
    let last_word = body
        .trim_end_matches('.')
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '‘' | '«'))
        .next()
        .unwrap_or("");
    let mut letters = last_word.chars();
    let first = letters.next();
    // Initials: "J. R. Smith", "U.S. Army" — one letter before the stop, upper case, and not the pronoun "I".
    let is_initial =
        first.is_some_and(char::is_uppercase) && letters.next().is_none() && last_word != "I";
    if is_initial && next.is_uppercase() {
        return false;
    }
    let lower = last_word.to_lowercase();
    if NEVER_END.contains(&lower.as_str()) {
        return false;
    }
    if BEFORE_NUMBER.contains(&lower.as_str()) && next.is_ascii_digit() {
        return false;
    }
    !next.is_lowercase()
}

/// Abbreviations that are followed by the word they belong to, in the languages of the voices' Latin script.
const NEVER_END: [&str; 52] = [
    "mr", "mrs", "ms", "mx", "dr", "prof", "rev", "hon", "st", "mt", "ft", "gen", "col", "capt",
    "cpt", "lt", "sgt", "maj", "cmdr", "adm", "gov", "sen", "rep", "pres", "messrs", "mmes",
    "mlle", "mme", "sr", "sra", "srta", "dña", "ud", "hr", "fr", "frl", "herr", "dott", "sig",
    "avv", "ing", "e.g", "i.e", "z.b", "d.h", "u.a", "vs", "cf", "bzw", "ca", "approx", "mons",
];

/// Abbreviations that are part of the number after them: "No. 5", "p. 12".
const BEFORE_NUMBER: [&str; 24] = [
    "no", "nos", "nr", "vol", "p", "pp", "fig", "figs", "art", "ch", "chap", "sec", "eq", "ed",
    "jan", "feb", "mar", "apr", "aug", "sept", "sep", "oct", "nov", "dec",
];

/// Short sentences joined with their neighbours, long ones cut, those without anything to say left out.
fn gather(text: &str, sentences: &[Range<usize>], into: &mut Vec<Segment>) {
    let mut open: Option<Range<usize>> = None;
    for sentence in sentences {
        if !text[sentence.clone()].contains(char::is_alphanumeric) {
            continue;
        }
        let joined = open.as_ref().map(|open| open.start..sentence.end);
        open = match (open.take(), joined) {
            (Some(former), Some(joined)) if belongs(text, &former, sentence, &joined) => {
                Some(joined)
            }
            (former, _) => {
                former
                    .into_iter()
                    .for_each(|former| cut(text, former, into));
                Some(sentence.clone())
            }
        };
    }
    open.into_iter().for_each(|former| cut(text, former, into));
}

fn belongs(
    text: &str,
    former: &Range<usize>,
    sentence: &Range<usize>,
    joined: &Range<usize>,
) -> bool {
    let short = |range: &Range<usize>| {
        text[range.clone()].chars().take(SHORT_CHARACTERS).count() < SHORT_CHARACTERS
    };
    let fits = text[joined.clone()]
        .chars()
        .take(COMFORTABLE_CHARACTERS + 1)
        .count()
        <= COMFORTABLE_CHARACTERS;
    fits && (short(former) || short(sentence))
}

/// Pieces of at most [`MAX_CHARACTERS`]: cut at clause marks where possible, else at spaces, else between graphemes.
fn cut(text: &str, sentence: Range<usize>, into: &mut Vec<Segment>) {
    let mut start = sentence.start;
    loop {
        let rest = &text[start..sentence.end];
        let Some((limit, _)) = rest.char_indices().nth(MAX_CHARACTERS) else {
            break;
        };
        let end = start + best_cut(&rest[..limit]);
        push_segment(text, start..end, into);
        start = end;
    }
    push_segment(text, start..sentence.end, into);
}

fn push_segment(text: &str, range: Range<usize>, into: &mut Vec<Segment>) {
    let words = &text[range.clone()];
    let trimmed = words.trim();
    if trimmed.contains(char::is_alphanumeric) {
        let start = range.start + (words.len() - words.trim_start().len());
        into.push(Segment {
            range: start..start + trimmed.len(),
            ends_paragraph: false,
        });
    }
}

/// Where to cut a stretch that is too long, in bytes from its start; more than 0.
fn best_cut(window: &str) -> usize {
    let from = window
        .char_indices()
        .nth(MAX_CHARACTERS / 3)
        .map_or(0, |(at, _)| at);
    let clause = |marks: &[char]| {
        window[from..].char_indices().rev().find_map(|(at, mark)| {
            let end = from + at + mark.len_utf8();
            // A mark inside a number or an address ("1,000", "10:30") has no space after it.
            let free = window[end..].starts_with(char::is_whitespace)
                || matches!(mark, '；' | '：' | '，' | '、' | '。');
            (marks.contains(&mark) && free).then_some(end)
        })
    };
    clause(&[';', ':', '；', '：', '—', '。'])
        .or_else(|| clause(&[',', '，', '、', '،', '–']))
        .or_else(|| window.rfind(char::is_whitespace).filter(|&at| at > 0))
        .or_else(|| {
            window
                .grapheme_indices(true)
                .next_back()
                .map(|(at, _)| at)
                .filter(|&at| at > 0)
        })
        .unwrap_or(window.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spoken(text: &str) -> Vec<String> {
        script(text)
            .segments
            .iter()
            .map(|segment| segment.speech(text))
            .collect()
    }

    fn sentence_texts(text: &str) -> Vec<&str> {
        sentences(text, 0)
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn abbreviations_initials_and_numbers_do_not_end_a_sentence() {
        for sentence in [
            "Mr. Bennet was so odd a mixture of quick parts.",
            "The book by J. R. R. Tolkien costs $4.99 at Dr. Brown's shop.",
            "See No. 5 and p. 12, e.g. the second table.",
            "The U.S. government met at 5.30 p.m. on Monday.",
            "She waited ... and then left.",
            "“Really?” she asked.",
            "Version 2.0.1 is out.",
        ] {
            assert_eq!(sentence_texts(sentence), [sentence]);
        }
    }

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        assert_eq!(
            sentence_texts("It rained. We stayed! Did you? Yes."),
            ["It rained.", "We stayed!", "Did you?", "Yes."]
        );
        assert_eq!(
            sentence_texts("“Go away.” He went."),
            ["“Go away.”", "He went."]
        );
        assert_eq!(
            sentence_texts("So do I. You know."),
            ["So do I.", "You know."]
        );
        assert_eq!(
            sentence_texts("यह पहला वाक्य है। यह दूसरा है।"),
            ["यह पहला वाक्य है।", "यह दूसरा है।"]
        );
        assert_eq!(
            sentence_texts("今日は晴れです。明日は雨です。"),
            ["今日は晴れです。", "明日は雨です。"]
        );
        assert_eq!(
            sentence_texts("هل أنت بخير؟ نعم."),
            ["هل أنت بخير؟", "نعم."]
        );
    }

    #[test]
    fn hard_wrapped_lines_are_one_paragraph_and_headings_are_not() {
        let text = "Chapter One\nThe lighthouse keeper wrote one line in his log\nevery single night, and nobody knew for whom.\n\nThe end.";
        assert_eq!(
            spoken(text),
            [
                "Chapter One",
                "The lighthouse keeper wrote one line in his log every single night, and nobody knew for whom.",
                "The end."
            ]
        );
        assert!(
            script(text)
                .segments
                .iter()
                .all(|segment| segment.ends_paragraph)
        );
    }

    #[test]
    fn list_items_stay_apart() {
        assert_eq!(
            spoken(
                "We need the following things for the long voyage home:\n- bread\n- salt\n3. rope"
            ),
            [
                "We need the following things for the long voyage home:",
                "- bread",
                "- salt",
                "3. rope"
            ]
        );
    }

    #[test]
    fn very_short_sentences_are_spoken_with_their_neighbour() {
        assert_eq!(
            spoken("No. Never again will I sail with him on that old boat."),
            ["No. Never again will I sail with him on that old boat."]
        );
    }

    #[test]
    fn what_holds_no_letter_or_digit_is_not_spoken() {
        assert_eq!(spoken("* * *\n\n— … —\n\n🙂"), Vec::<String>::new());
        assert_eq!(spoken(""), Vec::<String>::new());
    }

    #[test]
    fn a_long_sentence_is_cut_at_clauses_and_never_inside_a_number() {
        let text = "Prices rose from 1,000 to 2,500 coins; ".repeat(12) + "and then they fell.";
        let pieces = spoken(&text);
        assert!(pieces.len() > 1);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.chars().count() <= MAX_CHARACTERS)
        );
        assert!(
            pieces[..pieces.len() - 1]
                .iter()
                .all(|piece| piece.ends_with("coins;"))
        );
    }

    #[test]
    fn a_megabyte_without_a_space_is_cut_in_time() {
        let text = "a".repeat(1_000_000);
        let started = std::time::Instant::now();
        assert_eq!(
            script(&text).segments.len(),
            1_000_000_usize.div_ceil(MAX_CHARACTERS - 1)
        );
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn segments_are_in_order_bounded_and_lose_no_word(text in "[a-zA-Z0-9 .,;!?\n\t“”()é漢।🙂\u{301}'-]{0,900}") {
            let script = script(&text);
            let mut at = 0;
            let mut kept = String::new();
            for segment in &script.segments {
                prop_assert!(segment.range.start >= at);
                at = segment.range.end;
                let words = &text[segment.range.clone()];
                prop_assert!(words.chars().count() <= MAX_CHARACTERS);
                prop_assert_eq!(words.trim(), words);
                kept.push_str(words);
            }
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&kept), letters(&text));
        }

        #[test]
        fn any_text_is_cut_without_a_panic(text in any::<String>()) {
            script(&text);
        }
    }
}
