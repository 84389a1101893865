//! Pages made here, glyph by glyph, in the standard fonts.

mod broken;
mod columns;
mod furniture;
mod outline;
mod tables;

use std::fmt::Write;

use crate::document::BlockKind;
use crate::document::tests::{assert_sound, read};

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

fn told(bytes: &[u8]) -> Vec<(BlockKind, String)> {
    let document = read("t.pdf", bytes);
    assert_sound(&document);
    let text = &document.text;
    let block = |block: &crate::document::Block| (block.kind, text[block.range.clone()].to_owned());
    document.blocks.iter().map(block).collect()
}
