//! Pages made here, glyph by glyph, in the standard fonts.

use std::fmt::Write;

use crate::document::tests::{assert_sound, read};
use crate::document::{BlockKind, ImportError, ImportOptions, RemarkKind, import};

/// A line to print: place from the lower left corner, size, words.
struct Print<'a>(f64, f64, f64, &'a str);

/// A PDF with these pages, in Helvetica.
fn pdf(pages: &[Vec<Print<'_>>]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        String::new(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    let mut kids = String::new();
    for page in pages {
        let mut content = String::new();
        for Print(x, y, size, words) in page {
            let words = words
                .replace('\\', "\\\\")
                .replace('(', "\\(")
                .replace(')', "\\)");
            writeln!(content, "BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET").unwrap();
        }
        let number = objects.len() + 1;
        write!(kids, "{number} 0 R ").unwrap();
        objects.push(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {} 0 R/Resources<</Font<</F1 3 0 R>>>>>>", number + 1));
        objects.push(format!(
            "<</Length {}>>stream\n{content}\nendstream",
            content.len() + 1
        ));
    }
    objects[1] = format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len());
    assemble(&objects)
}

fn assemble(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.7\n".to_owned();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        writeln!(file, "{} 0 obj\n{object}\nendobj", index + 1).unwrap();
    }
    let start = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    write!(
        file,
        "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    file.into_bytes()
}

fn column<'a>(x: f64, top: f64, lines: &[&'a str]) -> Vec<Print<'a>> {
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| Print(x, top - 14.0 * index as f64, 11.0, line))
        .collect()
}

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
fn two_columns_are_read_one_after_the_other_below_their_title() {
    let left = [
        "Left one is the first line here",
        "left two is the second of lines",
        "left three is yet another of it",
        "left four comes after the three",
        "left five is the last on the left",
    ];
    let right = [
        "and right one goes on from there",
        "right two is the second of them",
        "right three is yet another of it",
        "right four comes after the three",
        "right five ends it all at last.",
    ];
    let mut page = vec![Print(
        60.0,
        740.0,
        20.0,
        "A title that reaches across both of them",
    )];
    // Row by row, as some programs write them.
    for (a, b) in column(60.0, 700.0, &left)
        .into_iter()
        .zip(column(320.0, 700.0, &right))
    {
        page.push(a);
        page.push(b);
    }
    let document = read("paper.pdf", &pdf(&[page]));
    let expected = format!(
        "A title that reaches across both of them\n\n{} {}",
        left.join(" "),
        right.join(" ")
    );
    assert_eq!(document.text, expected);
}

#[test]
fn what_gives_no_text_says_why() {
    let failure = |bytes: &[u8]| import("a.pdf", bytes, &ImportOptions::default()).unwrap_err();
    let empty = pdf(&[vec![]]);
    assert_eq!(failure(&empty), ImportError::Empty);
    assert_eq!(failure(b"%PDF-1.7\n"), ImportError::Damaged);
    assert_eq!(failure(b"Just words."), ImportError::OtherKind);
    let content = "q 600 0 0 800 0 0 cm /I Do Q";
    let picture = assemble(&[
        "<</Type/Catalog/Pages 2 0 R>>".into(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".into(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>".into(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>stream\nA\nendstream".into(),
    ]);
    assert_eq!(failure(&picture), ImportError::PicturesOnly);
}

#[test]
fn the_bookmarks_of_a_file_are_its_chapters() {
    let page = |lines: &[(f64, &str)]| {
        let mut content = String::new();
        for (y, words) in lines {
            writeln!(content, "BT /F1 11 Tf 60 {y} Td ({words}) Tj ET").unwrap();
        }
        format!("<</Length {}>>stream\n{content}\nendstream", content.len())
    };
    let leaf = |content: usize| {
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {content} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        )
    };
    let bytes = assemble(&[
        "<</Type/Catalog/Pages 2 0 R/Outlines 8 0 R/Names<</Dests 12 0 R>>>>".into(),
        "<</Type/Pages/Count 2/Kids[4 0 R 6 0 R]>>".into(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".into(),
        leaf(5),
        page(&[
            (700.0, "1 One"),
            (680.0, "It rained all day long."),
            (640.0, "Within"),
            (620.0, "Much."),
        ]),
        leaf(7),
        page(&[(700.0, "It went on."), (500.0, "Two begins here.")]),
        "<</First 9 0 R/Last 10 0 R>>".into(),
        "<</Title(One)/Dest[4 0 R/XYZ 60 710 0]/First 11 0 R/Next 10 0 R>>".into(),
        // It comes after itself: read once.
        "<</Title<FEFF00540077006F>/A<</S/GoTo/D(two)>>/Next 10 0 R>>".into(),
        "<</Title(Within)/Dest[4 0 R/Fit]>>".into(),
        "<</Names[(two)<</D[6 0 R/FitH 520]>>]>>".into(),
    ]);
    let document = read("book.pdf", &bytes);
    let told: Vec<_> = document
        .chapters
        .iter()
        .map(|chapter| {
            let first = document.blocks.get(chapter.blocks.start);
            (
                chapter.title.as_str(),
                chapter.depth,
                first.map(|block| &document.text[block.range.clone()]),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("One", 0, Some("1 One")),
            ("Within", 1, Some("Within")),
            ("Two", 0, Some("Two begins here."))
        ]
    );
    assert_sound(&document);
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
fn a_page_that_draws_itself_over_and_over_is_given_up() {
    // Each form draws the next one twenty times: 20^12 in all.
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>".to_owned(),
        "<</Length 4>>stream\n/F Do\nendstream".to_owned(),
    ];
    for number in 5..17 {
        let content = "/F Do ".repeat(20);
        objects.push(format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F {} 0 R>>>>/Length {}>>stream\n{content}\nendstream",
            number + 1,
            content.len()
        ));
    }
    let error = import("a.pdf", &assemble(&objects), &ImportOptions::default()).unwrap_err();
    assert_eq!(error, ImportError::TooComplex);
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
fn a_heading_beside_the_text_of_the_other_column_leaves_its_words_apart() {
    let left: Vec<String> = (0..12)
        .map(|line| format!("left line {line} is long enough to be a column"))
        .collect();
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    let right: Vec<String> = (0..10)
        .map(|line| format!("right line {line} is long enough to be one too"))
        .collect();
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    let mut page = column(60.0, 700.0, &left);
    page.push(Print(320.0, 698.5, 16.0, "The Second Night"));
    page.extend(column(320.0, 672.0, &right));
    let document = read("paper.pdf", &pdf(&[page]));
    assert!(
        document.text.starts_with("left line 0 is long enough"),
        "{}",
        document.text
    );
    assert!(
        document
            .text
            .contains("\n\nThe Second Night\n\nright line 0"),
        "{}",
        document.text
    );
}

/// A page with this content in Helvetica.
fn drawn(content: &str) -> Vec<u8> {
    assemble(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[4 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F1 3 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len() + 1),
    ])
}

#[test]
fn text_that_runs_another_way_than_its_page_is_read_as_it_runs() {
    let lines = ["The keeper climbed the stairs", "and trimmed the lamp."];
    let turned = |matrix: [&str; 2]| -> String {
        lines
            .iter()
            .zip(matrix)
            .map(|(line, matrix)| format!("BT /F1 12 Tf {matrix} Tm ({line}) Tj ET\n"))
            .collect()
    };
    for matrix in [
        ["1 0 0 1 60 700", "1 0 0 1 60 685"],
        ["0 1 -1 0 300 100", "0 1 -1 0 315 100"],
        ["-1 0 0 -1 500 300", "-1 0 0 -1 500 315"],
        ["0 -1 1 0 300 700", "0 -1 1 0 285 700"],
    ] {
        let document = read("turned.pdf", &drawn(&turned(matrix)));
        assert_eq!(document.text, lines.join(" "), "{matrix:?}");
    }
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

#[test]
fn an_array_of_strings_that_never_ends_is_refused() {
    let content = format!(
        "BT /F1 12 Tf 60 700 Td [{}] TJ ET",
        "(]) (word) ".repeat(120_000)
    );
    let error = import("array.pdf", &drawn(&content), &ImportOptions::default());
    assert_eq!(error.err(), Some(ImportError::TooComplex));
}

/// A table: words at the places of the columns, a line for each row.
fn print_table<'a>(columns: &[f64], top: f64, step: f64, rows: &[&[&'a str]]) -> Vec<Print<'a>> {
    let mut page = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        for (x, words) in columns.iter().zip(*row) {
            if !words.is_empty() {
                page.push(Print(*x, top - step * index as f64, 11.0, words));
            }
        }
    }
    page
}

fn told(bytes: &[u8]) -> Vec<(BlockKind, String)> {
    let document = read("t.pdf", bytes);
    assert_sound(&document);
    let text = &document.text;
    let block = |block: &crate::document::Block| (block.kind, text[block.range.clone()].to_owned());
    document.blocks.iter().map(block).collect()
}

#[test]
fn lines_that_stand_in_columns_are_rows_and_can_be_left_alone() {
    let mut page = column(
        60.0,
        700.0,
        &["The ferries leave from the old pier, as they always have, on these days:"],
    );
    page.extend(print_table(
        &[60.0, 200.0, 340.0],
        670.0,
        16.0,
        &[
            &["Ferry", "Day", "Fare"],
            &["Heron", "Monday", "12.50"],
            &["Gannet", "Tuesday and", "9.00"],
            &["", "Thursday", ""],
            &["Puffin", "Sunday", "15.00"],
        ],
    ));
    page.extend(column(
        60.0,
        570.0,
        &["Children sail for nothing, and so do dogs that know how to behave on board."],
    ));
    let bytes = pdf(&[page]);
    use BlockKind::{Paragraph, TableRow};
    let blocks = told(&bytes);
    let rows: Vec<&str> = blocks
        .iter()
        .filter(|(kind, _)| *kind == TableRow)
        .map(|(_, words)| words.as_str())
        .collect();
    assert_eq!(
        rows,
        [
            "Ferry, Day, Fare",
            "Heron, Monday, 12.50",
            "Gannet, Tuesday and Thursday, 9.00",
            "Puffin, Sunday, 15.00"
        ]
    );
    assert_eq!(
        blocks.iter().filter(|(kind, _)| *kind == Paragraph).count(),
        2
    );
    let report = &read("t.pdf", &bytes).report;
    assert_eq!(
        report
            .iter()
            .filter(|remark| remark.kind == RemarkKind::TablesGuessed)
            .count(),
        1
    );
    let mut options = ImportOptions::default();
    options.keep.insert(RemarkKind::TablesGuessed);
    let left = import("t.pdf", &bytes, &options).unwrap();
    assert!(left.blocks.iter().all(|block| block.kind != TableRow));
}

/// Four rows of two lines in each of two columns, the rows a little or far apart, with or without rules between them.
fn print_long_rows(gap: f64, is_ruled: bool) -> Vec<(BlockKind, String)> {
    let rows = [
        [
            "The Heron carries forty",
            "and their bicycles too,",
            "from the old pier, at nine",
            "and again in the evening",
        ],
        [
            "The Gannet, small, fast,",
            "and always wet, sails on",
            "Tuesday and on Thursday,",
            "whatever the sea may do",
        ],
        [
            "The Puffin is not for the",
            "winter: she sails when",
            "the birds come in May, on",
            "Sunday, from the far side",
        ],
        [
            "The Curlew brings bread",
            "and the post, and those",
            "who missed the Heron, on",
            "any morning but Monday",
        ],
    ];
    let (mut page, mut rules, mut y) = (Vec::new(), String::new(), 700.0);
    for [first, second, third, fourth] in rows {
        page.push(Print(60.0, y, 11.0, first));
        page.push(Print(300.0, y, 11.0, third));
        page.push(Print(60.0, y - 13.0, 11.0, second));
        page.push(Print(300.0, y - 13.0, 11.0, fourth));
        write!(rules, "60 {0} m 500 {0} l S ", y + 11.5).unwrap();
        y -= 26.0 + gap;
    }
    write!(rules, "60 {0} m 500 {0} l S ", y + 11.5).unwrap();
    let file = String::from_utf8(pdf(&[page])).unwrap();
    let at = file.find("stream\n").unwrap() + "stream\n".len();
    let rules = if is_ruled { rules.as_str() } else { "" };
    told(format!("{}{rules}\n{}", &file[..at], &file[at..]).as_bytes())
}

#[test]
fn a_ruled_table_is_read_row_by_row_however_long_its_cells_are() {
    let blocks = print_long_rows(0.0, true);
    assert_eq!(blocks.len(), 4, "{blocks:?}");
    let gannet = "The Gannet, small, fast, and always wet, sails on, Tuesday and on Thursday, whatever the sea may do";
    assert_eq!(blocks[1], (BlockKind::TableRow, gannet.to_owned()));
    // Without its rules it is two columns like any other.
    let blocks = print_long_rows(0.0, false);
    assert!(
        blocks[0]
            .1
            .starts_with("The Heron carries forty and their bicycles too, The Gannet"),
        "{blocks:?}"
    );
}

#[test]
fn words_with_wide_gaps_between_them_are_no_table() {
    let page = print_table(
        &[60.0, 190.0, 350.0],
        700.0,
        14.0,
        &[&["one bright", "day the", "keeper"]],
    );
    let mut page = page;
    page.extend(print_table(
        &[60.0, 160.0, 300.0],
        686.0,
        14.0,
        &[&["rowed out", "to the rocks", "alone"]],
    ));
    page.extend(print_table(
        &[60.0, 230.0, 390.0],
        672.0,
        14.0,
        &[&["and did", "not come", "back"]],
    ));
    assert!(
        told(&pdf(&[page]))
            .iter()
            .all(|(kind, _)| *kind != BlockKind::TableRow)
    );
}

#[test]
fn gaps_are_spaces_also_where_some_spaces_are_printed() {
    // Each word by itself, some with the space after them: the others are told by gaps of a fifth of the letters' size.
    let mut page = vec![Print(60.0, 700.0, 10.0, "wool ")];
    page.push(Print(60.0 + 22.2 + 2.78, 700.0, 10.0, "on"));
    page.push(Print(60.0 + 22.2 + 2.78 + 11.12 + 2.1, 700.0, 10.0, "loom"));
    assert_eq!(told(&pdf(&[page]))[0].1, "wool on loom");
}
