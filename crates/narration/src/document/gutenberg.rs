//! What Project Gutenberg puts around its books in every format: the licence, between whose two parts the book stands
//! behind “*** START OF …” and before “*** END OF …”.

use std::ops::Range;

/// What is not of the book, a mark or a credit, is no longer than this, in bytes.
const LONGEST_MARK: usize = 400;

/// What leads in to the name of the project is no longer than this, in bytes: `*** START OF THIS `.
const LONGEST_LEAD: usize = 40;

/// Which side of the book a mark is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// The book follows.
    Start,
    /// The book is over.
    End,
}

/// The first mark in a text, with its bytes; only that of the end if `is_inside`.
pub(super) fn edge(words: &str, is_inside: bool) -> Option<(Edge, Range<usize>)> {
    let bytes = words.as_bytes();
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&bytes[from..], b"PROJECT GUTENBERG") {
        let at = from + found;
        from = at + 1;
        let near = words.ceil_char_boundary(at.saturating_sub(LONGEST_LEAD));
        let Some(stars) = words[near..at].rfind("***").map(|stars| near + stars) else {
            continue;
        };
        let kind = match words[stars + 3..at].trim_start() {
            lead if lead.starts_with("START OF TH") && !is_inside => Edge::Start,
            lead if lead.starts_with("END OF TH") => Edge::End,
            _ => continue,
        };
        let limit = words.floor_char_boundary((at + LONGEST_MARK).min(words.len()));
        let end = match words[at..limit].find("***") {
            Some(close) => at + close + 3,
            None => words[at..].find('\n').map_or(words.len(), |end| at + end),
        };
        return Some((kind, stars..end));
    }
    None
}

/// What the part before a book says of it: `Title: …`.
pub(super) fn told<'t>(words: &'t str, label: &str) -> Option<&'t str> {
    words
        .lines()
        .find_map(|line| line.trim().strip_prefix(label))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// A line behind the first mark that is not of the book: who typed it.
pub(super) fn is_credit(words: &str) -> bool {
    const LEADS: [&str; 6] = [
        "Produced by",
        "E-text prepared by",
        "E-Text prepared by",
        "Etext prepared by",
        "This etext was prepared",
        "This eBook was produced by",
    ];
    words.len() <= LONGEST_MARK
        && LEADS
            .iter()
            .any(|lead| words.trim_start().starts_with(lead))
}

/// A line before the last mark that is not of the book.
pub(super) fn is_farewell(words: &str) -> bool {
    let rest = words.trim_start().strip_prefix("End of ");
    words.len() <= LONGEST_MARK
        && rest.is_some_and(|rest| {
            rest.to_lowercase()
                .trim_start_matches("the ")
                .starts_with("project gutenberg")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_a_book_are_told_from_talk_of_them() {
        let old = "Title: Lamps\n*** START OF THIS PROJECT GUTENBERG EBOOK LAMPS ***\nOne.";
        let (kind, line) = edge(old, false).unwrap();
        assert_eq!((kind, &old[line.end..]), (Edge::Start, "\nOne."));
        let joined = "*** END OF THE PROJECT GUTENBERG EBOOK THE KEEPER’S LAMP *** Updated";
        let (kind, line) = edge(joined, true).unwrap();
        assert_eq!((kind, &joined[line.end..]), (Edge::End, " Updated"));
        assert_eq!(
            edge("THE START OF PROJECT GUTENBERG was in 1971.", false),
            None
        );
        assert_eq!(told(old, "Title:"), Some("Lamps"));
        assert!(is_credit("Produced by A. Keeper") && !is_credit("Produced in 1971"));
        assert!(!is_credit(&format!(
            "Produced by A. Keeper {}",
            "It rained. ".repeat(50)
        )));
        assert!(
            is_farewell("End of the Project Gutenberg EBook of Lamps")
                && !is_farewell("End of May")
        );
    }
}
