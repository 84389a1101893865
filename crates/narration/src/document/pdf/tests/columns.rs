use super::{Print, column, drawn, pdf, told};
use crate::document::tests::read;

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
fn gaps_are_spaces_also_where_some_spaces_are_printed() {
    // Each word by itself, some with the space after them: the others are told by gaps of a fifth of the letters' size.
    let mut page = vec![Print(60.0, 700.0, 10.0, "wool ")];
    page.push(Print(60.0 + 22.2 + 2.78, 700.0, 10.0, "on"));
    page.push(Print(60.0 + 22.2 + 2.78 + 11.12 + 2.1, 700.0, 10.0, "loom"));
    assert_eq!(told(&pdf(&[page]))[0].1, "wool on loom");
}

#[test]
fn a_drop_cap_begins_the_word_that_it_stands_before() {
    let page = vec![
        Print(60.0, 672.0, 40.0, "K"),
        Print(
            92.0,
            700.0,
            11.0,
            "eepers of lamps sleep by day, as everyone in the town",
        ),
        Print(
            92.0,
            686.0,
            11.0,
            "knows, and wake when the sun goes down behind the hill",
        ),
        Print(
            92.0,
            672.0,
            11.0,
            "and the first of the boats comes in with its lanterns",
        ),
        Print(
            60.0,
            658.0,
            11.0,
            "and with the fish that were caught since the morning.",
        ),
        Print(60.0, 612.0, 40.0, "A"),
        Print(
            92.0,
            640.0,
            11.0,
            "boat came in that night with nobody on board but a",
        ),
        Print(
            92.0,
            626.0,
            11.0,
            "dog, and nobody in the town had ever seen that dog or",
        ),
        Print(
            92.0,
            612.0,
            11.0,
            "the boat, or knew what to think of the one or the other.",
        ),
    ];
    assert_eq!(
        told(&pdf(&[page]))
            .into_iter()
            .map(|(_, words)| words)
            .collect::<Vec<_>>(),
        [
            "Keepers of lamps sleep by day, as everyone in the town knows, and wake when the sun goes down behind the hill and the first of the boats comes in with its lanterns and with the fish that were caught since the morning.",
            "A boat came in that night with nobody on board but a dog, and nobody in the town had ever seen that dog or the boat, or knew what to think of the one or the other.",
        ]
    );
}

#[test]
fn a_box_at_the_side_is_read_when_the_paragraph_beside_it_is_over() {
    let mut page = column(
        60.0,
        700.0,
        &[
            "The keeper climbed the stairs in the evening and looked for the light that nobody had",
            "seen that night or on any of the nights before, and then",
            "he sat down beside the lamp and read what the",
            "boy had brought: three letters, of which one was",
            "not for him, and a paper from the week before.",
            "In the morning the boats came back with very little fish, and the men said nothing of",
            "what they had seen, for nobody had asked them.",
        ],
    );
    for (line, words) in [
        "Lamps burn oil of",
        "whales, and much",
        "of it every night",
        "of the year.",
    ]
    .iter()
    .enumerate()
    {
        page.push(Print(390.0, 688.5 - 10.5 * line as f64, 8.0, words));
    }
    assert_eq!(
        told(&pdf(&[page]))
            .into_iter()
            .map(|(_, words)| words)
            .collect::<Vec<_>>(),
        [
            "The keeper climbed the stairs in the evening and looked for the light that nobody had seen that night or on any of the nights before, and then he sat down beside the lamp and read what the boy had brought: three letters, of which one was not for him, and a paper from the week before.",
            "Lamps burn oil of whales, and much of it every night of the year.",
            "In the morning the boats came back with very little fish, and the men said nothing of what they had seen, for nobody had asked them.",
        ]
    );
}

#[test]
fn letters_that_stand_apart_are_words_and_words_of_a_tight_line_are_apart() {
    let spaced = "BT /F1 12 Tf 6 Tc 60 700 Td (THE LAMP IS LIT) Tj ET";
    assert_eq!(told(&drawn(spaced))[0].1, "THE LAMP IS LIT");
    // No space is printed: the words are 0.15 of their size apart.
    let tight = "BT /F1 10 Tf 60 700 Td [(every)-150(evening)-150(she)-150(trims)-150(it)] TJ ET";
    assert_eq!(told(&drawn(tight))[0].1, "every evening she trims it");
}
