use super::{assemble, drawn, pdf};
use crate::document::{ImportError, ImportOptions, import};

#[test]
fn what_gives_no_text_says_why() {
    let failure = |bytes: &[u8]| import("a.pdf", bytes, &ImportOptions::default()).unwrap_err();
    let empty = pdf(&[vec![]]);
    assert_eq!(failure(&empty), ImportError::Empty);
    assert_eq!(failure(b"%PDF-1.7\n"), ImportError::Damaged);
    let cut = empty.iter().rposition(|byte| *byte == b'%').unwrap() - 1;
    assert_eq!(failure(&empty[..cut]), ImportError::Damaged);
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
fn an_array_of_strings_that_never_ends_is_refused() {
    let content = format!(
        "BT /F1 12 Tf 60 700 Td [{}] TJ ET",
        "(]) (word) ".repeat(120_000)
    );
    let error = import("array.pdf", &drawn(&content), &ImportOptions::default());
    assert_eq!(error.err(), Some(ImportError::TooComplex));
}

#[test]
fn a_glyph_that_stands_for_nothing_leaves_the_others_their_letters() {
    let table = "/CIDInit /ProcSet findresource begin\n1 begincodespacerange <00> <ff> endcodespacerange\n3 beginbfchar\n<41> <0057>\n<42> <>\n<43> <006f>\nendbfchar\nendcmap                ";
    let content = "BT /F1 12 Tf 60 700 Td (ABC) Tj ET";
    let document = import(
        "glyphs.pdf",
        &assemble(&[
            "<</Type/Catalog/Pages 2 0 R>>".into(),
            "<</Type/Pages/Count 1/Kids[4 0 R]>>".into(),
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>".into(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F1 3 0 R>>>>>>".into(),
            format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
            format!("<</Length {}>>stream\n{table}\nendstream", table.len()),
        ]),
        &ImportOptions::default(),
    )
    .unwrap();
    assert_eq!(document.text.replace(' ', ""), "Wo");
}
