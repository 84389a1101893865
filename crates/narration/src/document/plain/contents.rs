//! Tables of contents as typed books have them: a list of names that stand again further down, over their chapters.

use std::collections::HashMap;

use super::super::report::RemarkKind;
use super::furniture::Cut;
use super::headings::is_chapter_name;

/// No entry is longer than this, in bytes.
const LONGEST_ENTRY: usize = 160;

/// No title is longer than this, in bytes.
const LONGEST_TITLE: usize = 60;

/// More entries are no contents.
const MOST_ENTRIES: usize = 2_000;

/// So many places are looked at, so that no text takes long.
const MOST_TRIES: usize = 32;

/// Fewer chapters without a title over them are no contents.
const FEWEST_UNTITLED: usize = 3;

const TITLES: [&str; 24] = [
    "contents",
    "table of contents",
    "inhalt",
    "inhaltsverzeichnis",
    "table des matières",
    "sommaire",
    "índice",
    "contenido",
    "indice",
    "sommario",
    "inhoud",
    "inhoudsopgave",
    "sumário",
    "spis treści",
    "obsah",
    "innehåll",
    "indhold",
    "innhold",
    "sisällys",
    "содержание",
    "оглавление",
    "目次",
    "目录",
    "차례",
];

/// The table of contents of a text, if it has one: its title and its entries.
pub(super) fn find(text: &str) -> Vec<Cut<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut last_lines = None;
    let mut tries = MOST_TRIES;
    let mut at = 0;
    let mut was_name = false;
    for (index, line) in lines.iter().enumerate() {
        let start = at;
        at += line.len();
        let words = line.trim();
        if words.is_empty() {
            continue;
        }
        let is_title = words.len() <= LONGEST_TITLE && is_title(words);
        let is_name = words.len() <= LONGEST_ENTRY && is_chapter_name(words);
        let begins = is_title || is_name && !was_name;
        was_name = is_name;
        if !begins {
            continue;
        }
        if tries == 0 {
            break;
        }
        tries -= 1;
        let last_lines = last_lines.get_or_insert_with(|| last_lines_of(&lines));
        let first = index + usize::from(is_title);
        let (end, entries) = run_of_entries(&lines, first, last_lines);
        if entries >= if is_title { 1 } else { FEWEST_UNTITLED } {
            return cuts(text, start, &lines[index..end]);
        }
    }
    Vec::new()
}

fn is_title(words: &str) -> bool {
    let folded = words.trim_end_matches([':', '.']).to_lowercase();
    TITLES.contains(&folded.as_str())
}

/// The last line of each name.
fn last_lines_of(lines: &[&str]) -> HashMap<String, usize> {
    let names = lines.iter().map(|line| line.trim()).enumerate();
    names
        .filter(|(_, words)| !words.is_empty() && words.len() <= LONGEST_ENTRY)
        .map(|(index, words)| (entry(words), index))
        .collect()
}

/// Behind which line the entries end, and how many there are: lines that stand again behind all of them, whole or as the
/// start of a name.
fn run_of_entries(
    lines: &[&str],
    first: usize,
    last_lines: &HashMap<String, usize>,
) -> (usize, usize) {
    let mut names: Vec<(usize, String)> = Vec::new();
    for (index, line) in lines.iter().enumerate().skip(first) {
        let words = line.trim();
        if words.is_empty() {
            continue;
        }
        if words.len() > LONGEST_ENTRY || names.len() > MOST_ENTRIES {
            break;
        }
        let name = entry(words);
        let is_again = names
            .first()
            .is_some_and(|(_, first)| starts_alike(first, &name));
        if is_again {
            break;
        }
        names.push((index, name));
    }
    let last = names.last().map_or(first, |(index, _)| *index);
    let is_later = |name: &str| last_lines.get(name).is_some_and(|line| *line > last);
    let stands_later = |name: &str| {
        let mut ends = name.match_indices([' ', '.', ':']);
        is_later(name)
            || ends.any(|(at, _)| name[..at].contains(' ') && is_later(name[..at].trim_end()))
    };
    let entries = names
        .iter()
        .take_while(|(_, name)| stands_later(name))
        .count();
    let end = entries
        .checked_sub(1)
        .map_or(first, |last| names[last].0 + 1);
    (end, entries)
}

/// The name in a line of contents: in small letters, without dots and the number of a page.
fn entry(words: &str) -> String {
    let title = words.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let leads = title.trim_end_matches(['.', '…', '_', ' ', '\t']);
    let led_by = &title[leads.len()..];
    let is_led = led_by.len() > 1 || led_by == "\t";
    let name = if is_led { leads } else { words };
    let name = name.trim_end_matches(['.', '…', ' ', '\t', '_', ':']);
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn starts_alike(first: &str, name: &str) -> bool {
    !name.is_empty() && (first == name || name.contains(' ') && first.starts_with(name))
}

fn cuts<'t>(text: &'t str, start: usize, lines: &[&'t str]) -> Vec<Cut<'t>> {
    let mut at = start;
    let mut cuts = Vec::new();
    for line in lines {
        let range = at..at + line.len();
        at = range.end;
        if !line.trim().is_empty() {
            cuts.push(Cut {
                words: text[range.clone()].trim(),
                range,
                kind: RemarkKind::NavigationDropped,
                joins: false,
            });
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        find(text).iter().map(|cut| cut.words).collect()
    }

    #[test]
    fn contents_are_names_that_stand_again_over_their_chapters() {
        let text = "LAMPS\n\nContents\n\n CHAPTER I. The Start\n CHAPTER II. The End ..... 12\n\nCHAPTER I.\n\nThe Start\n\nIt rained.\n\nCHAPTER II. The End\n\nHe slept.\n";
        assert_eq!(
            cut(text),
            [
                "Contents",
                "CHAPTER I. The Start",
                "CHAPTER II. The End ..... 12"
            ]
        );
    }

    #[test]
    fn chapters_in_a_row_are_contents_without_a_title_too() {
        let text = "Chapter 1\nChapter 2\nChapter 3\n\nChapter 1\n\nOne.\n\nChapter 2\n\nTwo.\n\nChapter 3\n\nThree.\n";
        assert_eq!(cut(text), ["Chapter 1", "Chapter 2", "Chapter 3"]);
    }

    #[test]
    fn a_list_that_names_no_chapters_is_text() {
        assert!(cut("Contents\n\nbread\nsalt\n\nPut it all into a bowl.\n").is_empty());
        assert!(cut("Chapter 1\n\nOne.\n\nChapter 2\n\nTwo.\n").is_empty());
    }
}
