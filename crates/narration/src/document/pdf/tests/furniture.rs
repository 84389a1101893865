use std::fmt::Write;

use super::{Print, column, drawn, pdf};
use crate::document::tests::{assert_sound, read};
use crate::document::{BlockKind, ImportOptions, RemarkKind, import};

#[test]
fn lines_are_joined_hyphens_mended_and_heads_numbers_and_notes_left_out() {
    let page = |number: &'static str, text: &[&'static str]| {
        let mut page = vec![
            Print(250.0, 770.0, 9.0, "The Keeper's Book"),
            Print(295.0, 30.0, 9.0, number),
        ];
        page.extend(column(60.0, 700.0, text));
        page
    };
    let mut first = page(
        "1",
        &[
            "When the wind dropped at last, the keeper climbed the stairs of the light-",
            "house and looked for the boat, which nobody had seen that night or on any of the",
            "nights before.",
            "In the morning the boy came with bread, and with the letters that had waited",
        ],
    );
    first.insert(2, Print(60.0, 740.0, 18.0, "Chapter One"));
    first.push(Print(
        60.0,
        90.0,
        8.0,
        "1 A note at the foot of the page that nobody wants to hear.",
    ));
    first.push(Print(128.0, 676.0, 6.5, "1"));
    let mut second = page(
        "2",
        &["for him in the town since the first days of the year, when he was young."],
    );
    second.push(Print(60.0, 660.0, 11.0, "He slept."));
    let third = page(
        "3",
        &["He woke when it was evening again and the lamps were to be lit, as always."],
    );
    let bytes = pdf(&[first, second, third]);
    let document = read("book.pdf", &bytes);
    assert_eq!(
        document.text,
        "Chapter One\n\nWhen the wind dropped at last, the keeper climbed the stairs of the lighthouse and looked for the boat, which nobody had seen that night or on any of the nights before.\n\nIn the morning the boy came with bread, and with the letters that had waited for him in the town since the first days of the year, when he was young.\n\nHe slept.\n\nHe woke when it was evening again and the lamps were to be lit, as always."
    );
    assert_eq!(document.title, "Chapter One");
    assert_eq!(document.blocks[0].kind, BlockKind::Heading(1));
    let count = |kind| {
        document
            .report
            .iter()
            .filter(|remark| remark.kind == kind)
            .map(|remark| remark.count)
            .sum::<usize>()
    };
    assert_eq!(count(RemarkKind::RunningHeadsDropped), 3);
    assert_eq!(count(RemarkKind::PageNumbersDropped), 3);
    assert_eq!(count(RemarkKind::NotesDropped), 1);
    assert_eq!(count(RemarkKind::NoteMarksDropped), 1);
    assert_eq!(count(RemarkKind::HyphensMended), 1);
    assert_sound(&document);
    let keep = [
        RemarkKind::RunningHeadsDropped,
        RemarkKind::PageNumbersDropped,
        RemarkKind::NotesDropped,
    ]
    .into();
    let kept = import(
        "book.pdf",
        &bytes,
        &ImportOptions {
            keep,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    assert!(kept.text.contains("The Keeper's Book") && kept.text.contains("nobody wants to hear"));
}

#[test]
fn a_remark_stands_where_something_was_left_out() {
    let page = |number: &'static str, words: &'static str| {
        vec![
            Print(250.0, 770.0, 9.0, "The Keeper's Book"),
            Print(295.0, 30.0, 9.0, number),
            Print(60.0, 700.0, 11.0, words),
            Print(60.0, 680.0, 11.0, "And that was all that there was of it."),
        ]
    };
    let mut last = page("3", "He slept again.");
    last.push(Print(60.0, 80.0, 8.0, "1 A note at the foot of the page."));
    let bytes = pdf(&[page("1", "It rained."), page("2", "He woke."), last]);
    let document = read("book.pdf", &bytes);
    let at = |kind| {
        let found = document.report.iter().find(|remark| remark.kind == kind);
        found.map(|remark| remark.at).unwrap()
    };
    // The paragraph before it is still open, so that its two line feeds may be missing.
    assert!(at(RemarkKind::NotesDropped) + 2 >= document.text.len());
    let first_page = document.text.find("He woke").unwrap();
    assert!((1..first_page).contains(&at(RemarkKind::PageNumbersDropped)));
}

#[test]
fn a_table_of_contents_is_left_out_and_chapters_that_begin_alike_are_not() {
    let mut pages = vec![vec![
        Print(60.0, 700.0, 14.0, "Contents"),
        Print(60.0, 680.0, 11.0, "Chapter 1 . . . . . . . . . . 1"),
        Print(60.0, 660.0, 11.0, "Chapter 2 . . . . . . . . . . 2"),
        Print(60.0, 640.0, 11.0, "Chapter 3 . . . . . . . . . . 3"),
    ]];
    for title in ["Chapter 1", "Chapter 2", "Chapter 3"] {
        pages.push(vec![
            Print(60.0, 740.0, 18.0, title),
            Print(
                60.0,
                700.0,
                11.0,
                "It rained all day long, and nobody came to see the lamp.",
            ),
            // The first line below the head is no second head.
            Print(60.0, 686.0, 11.0, "Note"),
        ]);
    }
    let document = read("book.pdf", &pdf(&pages));
    assert!(
        document.text.starts_with("Chapter 1\n\nIt rained"),
        "{}",
        document.text
    );
    assert_eq!(document.text.matches("Chapter").count(), 3);
    assert_eq!(document.text.matches("Note").count(), 3);
    let kinds: Vec<_> = document.report.iter().map(|remark| remark.kind).collect();
    assert!(kinds.contains(&RemarkKind::NavigationDropped));
}

#[test]
fn a_note_as_large_as_the_text_is_known_by_its_raised_sign() {
    let mut page = column(
        60.0,
        700.0,
        &[
            "When the wind dropped at last, the keeper went up",
            "to the lamp, and there he stayed.",
        ],
    );
    page.push(Print(210.0, 690.0, 6.5, "1"));
    page.push(Print(60.0, 104.0, 6.5, "1"));
    page.push(Print(
        64.0,
        100.0,
        11.0,
        "Wicks were trimmed every four hours.",
    ));
    let document = read("book.pdf", &pdf(&[page]));
    assert!(!document.text.contains("Wicks"), "{}", document.text);
}

#[test]
fn a_label_at_the_side_is_left_out_and_told_of() {
    let mut content = "BT /F1 12 Tf 0 1 -1 0 30 200 Tm (archive 2401.1 [stamp]) Tj ET\n".to_owned();
    for line in 0..20 {
        let y = 700 - line * 15;
        writeln!(
            content,
            "BT /F1 12 Tf 60 {y} Td (Words of the text that go on and on,) Tj ET"
        )
        .unwrap();
    }
    let document = read("stamp.pdf", &drawn(&content));
    assert!(!document.text.contains("stamp"), "{}", document.text);
    let told = document
        .report
        .iter()
        .find(|remark| remark.kind == RemarkKind::RunningHeadsDropped)
        .unwrap();
    assert_eq!(told.example, "archive 2401.1 [stamp]");
}

#[test]
fn pages_with_nothing_but_numbers_keep_them() {
    let page = |words| vec![Print(280.0, 770.0, 12.0, words)];
    let document = read("numbers.pdf", &pdf(&[page("Page 1"), page("Page 2")]));
    assert!(document.text.contains("Page 1"), "{}", document.text);
    assert!(document.text.contains("Page 2"), "{}", document.text);
}
