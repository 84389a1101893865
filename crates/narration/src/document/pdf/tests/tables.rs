use std::fmt::Write;

use super::{Print, column, pdf, told};
use crate::document::tests::read;
use crate::document::{BlockKind, ImportOptions, RemarkKind, import};

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
