use std::fmt::Write;

use super::assemble;
use crate::document::tests::{assert_sound, read};

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
