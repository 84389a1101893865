//! What lines say about the structure of a text.

use super::*;

fn told(text: &str) -> Vec<(BlockKind, &str)> {
    blocks(text)
        .into_iter()
        .map(|block| (block.kind, &text[block.range]))
        .collect()
}

#[test]
fn hard_wrapped_lines_are_one_paragraph_and_deliberate_ones_are_not() {
    let text = "When the wind dropped at last, the keeper climbed the stairs and\nlooked for the light, which nobody had seen that night.\nHe slept.\nThe boy came in the morning with bread, and with the letters that had\nwaited.\n";
    let words: Vec<&str> = told(text).into_iter().map(|(_, words)| words).collect();
    assert_eq!(words.len(), 3);
    assert!(words[0].ends_with("that night."));
    assert_eq!(words[1], "He slept.");
}

#[test]
fn lines_that_are_paragraphs_stay_apart() {
    let long = "A paragraph that nobody has wrapped goes on and on until its end, far beyond what any page is wide enough to hold, as the lines of a word processor do.";
    let text = format!("{long}\n{long}\n{long}\n");
    assert_eq!(told(&text).len(), 3);
}

#[test]
fn a_line_before_a_much_wider_one_was_not_wrapped() {
    let long = "The jury meets in the spring, reads all that was sent to it, and writes to everyone before the summer is over.";
    let text = format!(
        "The Great Harbour Prize of the Year\n(a lamp, a rope and a map of the whole bay)\n{long}"
    );
    assert_eq!(told(&text).len(), 3);
}

#[test]
fn lists_headings_breaks_and_verse_are_seen() {
    use BlockKind::{Heading, ListItem, Paragraph, SceneBreak, Verse};
    let text = "CHAPTER I\n\nThe Keeper\n\nHe slept well.\n\n* * *\n\n- bread\n- salt\n1. One.\n\nThe woods are lovely, dark and deep,\nBut I have promises to keep,\nAnd miles to go before I sleep\n\nThe end.";
    assert_eq!(
        told(text),
        [
            (Heading(1), "CHAPTER I"),
            (Heading(3), "The Keeper"),
            (Paragraph, "He slept well."),
            (SceneBreak, "* * *"),
            (ListItem, "bread"),
            (ListItem, "salt"),
            (ListItem, "1. One."),
            (
                Verse,
                "The woods are lovely, dark and deep,\nBut I have promises to keep,\nAnd miles to go before I sleep"
            ),
            (Paragraph, "The end."),
        ]
    );
}

#[test]
fn chapter_names_are_known_in_many_languages_and_sentences_are_none() {
    for name in [
        "Chapter 12",
        "CHAPTER IV. The Storm",
        "Kapitel 3",
        "Глава первая",
        "第十二章 风暴",
        "XIV.",
        "7",
        "Épilogue",
        "Chapter One",
        "Chapter Twenty-Three: The Storm",
        "Erstes Kapitel",
        "2. Teil",
        "Première partie",
        "Segunda parte",
        "Третья глава",
        "الفصل الثامن",
        "제9장",
    ] {
        assert!(is_chapter_name(name), "{name}");
    }
    for words in [
        "Part of me wanted to go.",
        "I went home.",
        "Book your flight now",
        "2024",
        "Мама мыла раму",
        "One part of me wanted to go.",
    ] {
        assert!(!is_chapter_name(words), "{words}");
    }
}

#[test]
fn japanese_lines_go_on_after_a_particle_and_signs_tell_items_apart() {
    assert_eq!(told("これは父の\n家です。").len(), 1);
    assert_eq!(told("これは山です\nこれは山です").len(), 2);
    let items = "• 9. The first item • 10. The second item";
    assert_eq!(told(items), [(BlockKind::Paragraph, items)]);
}

#[test]
fn chapters_stand_out_where_every_line_is_a_paragraph() {
    let long = "A paragraph that nobody has wrapped goes on and on until its end, far beyond what any page is wide enough to hold, as the lines of a word processor do.";
    let text = format!("{long}\nChapter Two\n{long}\nII\n{long}\n");
    let kinds: Vec<BlockKind> = told(&text).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds[1], BlockKind::Heading(1));
    assert_eq!(kinds[3], BlockKind::Paragraph);
}

#[test]
fn a_full_line_goes_on_whatever_the_next_looks_like() {
    let text = "Twenty boats had gone out in the night, and the others lay as one may think\n- so he said - in the harbour. The war of 1914-\n1918 was long over, and the lamps of the town were lit\nagain.";
    assert_eq!(told(text).len(), 1);
    let list = "For the whole of the winter that lies before us now we shall be in need of:\n- bread\n- salt";
    assert_eq!(told(list).len(), 3);
}

#[test]
fn marks_of_slanted_words_are_silent_and_names_with_lines_are_whole() {
    let text =
        "In _London_, he said. _Very late_, it was; the file is snake_case_name or _init or a _ b.";
    assert_eq!(
        without_emphasis(text),
        "In London, he said. Very late, it was; the file is snake_case_name or _init or a _ b."
    );
}

#[test]
fn a_short_text_has_no_headings() {
    assert_eq!(
        told("Hello there\n\nYours, John"),
        [
            (BlockKind::Paragraph, "Hello there"),
            (BlockKind::Paragraph, "Yours, John")
        ]
    );
}
