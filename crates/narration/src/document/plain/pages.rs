//! What printed pages leave in a text that was typed off them: numbers of pages, alone or beside a running head.
//!
//! A number alone may be the name of a chapter as well. It is of a page where it stands in the middle of a sentence, and
//! where the others of the text do.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::report::RemarkKind;
use super::ends_sentence;
use super::furniture::Cut;

/// Numbers of pages have no more digits.
const MOST_DIGITS: usize = 4;

/// A line that may be of a page.
struct Candidate<'t> {
    /// With its line end.
    range: Range<usize>,
    words: &'t str,
    /// The words beside the number; empty for a number alone.
    head: String,
    number: u32,
    /// The sentence before goes on behind it.
    interrupts: bool,
    /// A page begins with it, or it stands between dashes as no name of a chapter does.
    is_of_page: bool,
}

/// The numbers and heads of pages, in order.
pub(super) fn find(text: &str) -> Vec<Cut<'_>> {
    let candidates = candidates(text);
    of_pages(&candidates)
        .into_iter()
        .map(|index| {
            let candidate = &candidates[index];
            Cut {
                range: candidate.range.clone(),
                kind: if candidate.head.is_empty() {
                    RemarkKind::PageNumbersDropped
                } else {
                    RemarkKind::RunningHeadsDropped
                },
                words: candidate.words,
                joins: candidate.interrupts,
            }
        })
        .collect()
}

fn candidates(text: &str) -> Vec<Candidate<'_>> {
    let mut candidates = Vec::new();
    let mut at = 0;
    // Blank before the first line.
    let mut is_apart = true;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let words = line.trim();
        let was_apart = std::mem::replace(&mut is_apart, words.is_empty());
        let leads_page = line.trim_start_matches([' ', '\t']).starts_with('\u{c}');
        if !was_apart && !leads_page {
            continue;
        }
        let Some((head, number)) = numbered(words) else {
            continue;
        };
        let rest = &text[at..];
        let is_alone = rest
            .lines()
            .next()
            .is_none_or(|next| next.trim().is_empty());
        if !is_alone && !leads_page {
            continue;
        }
        let before = text[..start].trim_end();
        let interrupts = !before.is_empty()
            && !ends_sentence(before)
            && before.ends_with(|last: char| last.is_alphanumeric() || is_dash(last))
            && rest.trim_start().starts_with(char::is_lowercase);
        candidates.push(Candidate {
            range: start..at,
            words,
            head,
            number,
            interrupts,
            is_of_page: leads_page || words.starts_with(is_dash) && words.ends_with(is_dash),
        });
    }
    candidates
}

/// Which of the candidates are of pages.
fn of_pages(candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut numbers: HashMap<&str, Vec<&Candidate<'_>>> = HashMap::new();
    for candidate in candidates {
        numbers.entry(&candidate.head).or_default().push(candidate);
    }
    let alone = numbers.get("").map_or(&[][..], |alone| alone.as_slice());
    let interrupting = alone
        .iter()
        .filter(|number| number.interrupts || number.is_of_page);
    let are_pages = interrupting.count() * 3 >= alone.len();
    let is_running = |same: &[&Candidate<'_>]| {
        let grows = same.windows(2).all(|pair| pair[0].number < pair[1].number);
        let is_next = |pair: &[&Candidate<'_>]| pair[0].number + 1 == pair[1].number;
        grows && (same.len() > 2 || same.len() == 2 && is_next(same))
    };
    // Once for each head, however many pages have it.
    let running: HashSet<&str> = numbers
        .iter()
        .filter(|(_, same)| is_running(same))
        .map(|(head, _)| *head)
        .collect();
    let is_of_page = |candidate: &Candidate<'_>| {
        if candidate.interrupts {
            return true;
        }
        if candidate.head.is_empty() {
            return are_pages || candidate.is_of_page;
        }
        running.contains(candidate.head.as_str())
    };
    let found = candidates.iter().enumerate();
    found
        .filter(|(_, candidate)| is_of_page(candidate))
        .map(|(index, _)| index)
        .collect()
}

/// The head and the number of `12`, `- 12 -`, `[12]`, `Page 12`, `A HEAD    12` and `12    A HEAD`.
fn numbered(words: &str) -> Option<(String, u32)> {
    const MOST_BYTES: usize = 120;
    if words.len() > MOST_BYTES {
        return None;
    }
    let bare = words.trim_matches(|sign: char| is_dash(sign) || "[]() .|".contains(sign));
    let bare = ["Page ", "page ", "PAGE ", "p. ", "Seite ", "Pág. ", "стр. "]
        .iter()
        .find_map(|word| bare.strip_prefix(word))
        .unwrap_or(bare);
    if let Some(number) = number(bare) {
        return Some((String::new(), number));
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let behind = words.len() - words.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, count) = if behind > 0 {
        words.split_at(words.len() - behind)
    } else {
        let (count, head) = words.split_at(digits(words));
        (head, count)
    };
    let count = number(count)?;
    let title = head.trim().trim_matches('|').trim();
    let gap = head.len() - head.trim().len();
    let is_apart = gap >= 3 || head.contains(['\t', '|']);
    (is_apart && title.contains(char::is_alphabetic) && !title.ends_with(['.', '…', ',']))
        .then(|| (title.to_lowercase(), count))
}

fn number(digits: &str) -> Option<u32> {
    let is_number = (1..=MOST_DIGITS).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

fn is_dash(sign: char) -> bool {
    matches!(sign, '-' | '–' | '—' | '\u{ad}' | '\u{2010}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        find(text).iter().map(|cut| cut.words).collect()
    }

    #[test]
    fn a_number_within_a_sentence_is_of_a_page_and_so_are_the_others() {
        let text = "The lamp was lit\n\n12\n\nand the boat came in.\n\n- 13 -\n\nHe slept.\n";
        assert_eq!(cut(text), ["12", "- 13 -"]);
    }

    #[test]
    fn numbers_between_whole_sentences_name_chapters() {
        assert!(cut("1\n\nThe lamp was lit.\n\n2\n\nHe slept.\n").is_empty());
        let text =
            "1\n\nThe lamp was lit.\n\n- 5 -\n\n2\n\nHe slept.\n\n3\n\nHe woke.\n\n4\n\nHe ate.\n";
        assert_eq!(cut(text), ["- 5 -"]);
    }

    #[test]
    fn heads_beside_growing_numbers_are_of_pages() {
        let text =
            "He slept.\n\nTHE LAMP          12\n\nHe woke.\n\n\u{c}THE LAMP        13\nHe went.\n";
        assert_eq!(cut(text), ["THE LAMP          12", "THE LAMP        13"]);
        let text = "14    The Keeper\n\nOne.\n\n16    The Keeper\n\nTwo.\n\n18    The Keeper\n";
        assert_eq!(cut(text).len(), 3);
    }

    #[test]
    fn rows_of_figures_and_chapters_with_numbers_are_no_heads() {
        assert!(cut("Lamps    12\n\nRopes    7\n\nChapter 1\n\nOne.\n\nChapter 2\n").is_empty());
    }
}
