use crate::document::tests::{assert_sound, read};
use crate::document::{BlockKind, Document, ImportError, ImportOptions, RemarkKind, import};

const HEAD: &str = r"{\rtf1\ansi\ansicpg1252\deff0\deflang1031{\fonttbl{\f0\froman\fcharset0 Times;}{\f1\fcharset204 Arial;}}{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\*\cs10 Quote Char;}}{\info{\title The Keeper}{\author A. Keeper}}";

fn rtf(body: &str) -> Document {
    let document = read("a.rtf", format!("{HEAD}{body}}}").as_bytes());
    assert_sound(&document);
    document
}

fn kinds(document: &Document) -> Vec<RemarkKind> {
    document.report.iter().map(|remark| remark.kind).collect()
}

#[test]
fn text_headings_lists_and_tables_are_read_and_what_stands_around_is_not() {
    let document = rtf(
        r"{\header\pard Running head\par}\pard\s1 Chapter One\par\pard\plain It rained.{\super\chftn{\footnote\pard\plain{\super\chftn} A note.\par}} Much,
 and \b long\b0 .\line Still.{\v Secret}{\deleted gone}\par{\*\unknown{nothing}}\pard{\listtext 1.\tab}\ls1 An item\par
\trowd\pard\intbl Day\cell Rain\cell\row\pard\intbl Monday\cell none\par at all\cell\row\pard {\field{\*\fldinst PAGE}{\fldrslt 7}}The {\field{\*\fldinst{HYPERLINK x}}{\fldrslt link}}.\par{\pict ffd8ffe0}",
    );
    assert_eq!(document.title, "The Keeper");
    assert_eq!(document.author.as_deref(), Some("A. Keeper"));
    assert_eq!(
        document.text,
        "Chapter One\n\nIt rained. Much, and long.\nStill.\n\nAn item\n\nDay, Rain\n\nMonday, none at all\n\nThe link."
    );
    assert_eq!(document.blocks[0].kind, BlockKind::Heading(1));
    assert_eq!(document.blocks[2].kind, BlockKind::ListItem);
    assert_eq!(document.blocks[3].kind, BlockKind::TableRow);
    for kind in [
        RemarkKind::NotesDropped,
        RemarkKind::NoteMarksDropped,
        RemarkKind::HiddenDropped,
        RemarkKind::DeletionsDropped,
        RemarkKind::PageNumbersDropped,
    ] {
        assert!(kinds(&document).contains(&kind), "{kind:?}");
    }
}

#[test]
fn characters_come_from_the_encoding_of_their_font_or_from_unicode() {
    let document = rtf(
        r"\pard Fl\'fc\'dfe \{x\} \u8212 ?\u-10179 ?\u-8704 ?\u233\'e9 {\uc2\u1073 ab}c {\f1 \'cf\'f0\'e8\'e2\'e5\'f2} \ldblquote a\rdblquote\~b\-c\par",
    );
    assert_eq!(document.text, "Flüße {x} —😀é бc Привет “a” bc");
}

#[test]
fn what_was_dropped_comes_back_when_asked_for() {
    let source = format!(r"{HEAD}\pard A{{\footnote B}}{{\v C}}{{\deleted D}}\par}}");
    let options = ImportOptions {
        keep: [
            RemarkKind::NotesDropped,
            RemarkKind::HiddenDropped,
            RemarkKind::DeletionsDropped,
        ]
        .into(),
        ..ImportOptions::default()
    };
    let document = import("a.rtf", source.as_bytes(), &options).unwrap();
    assert_eq!(document.text, "A BCD");
}

#[test]
fn hostile_files_end_in_a_kind_of_error_or_in_what_there_is() {
    let failure = |bytes: &[u8]| import("a.rtf", bytes, &ImportOptions::default()).unwrap_err();
    let deep = format!("{{\\rtf1 {}", "{".repeat(100_000));
    assert_eq!(failure(deep.as_bytes()), ImportError::TooComplex);
    assert_eq!(failure(b"{\\rtf1 {\\pict 00}"), ImportError::Empty);
    assert_eq!(failure(b"Just words."), ImportError::OtherKind);
    let told = import("a.txt", b"{\\rtf1 x}", &ImportOptions::default());
    assert_eq!(told.unwrap_err(), ImportError::OtherKind);
    for odd in [
        r"{\rtf1 Words}}}}} and\bin99999 more",
        r"{\rtf1 Words\u99999999999999999999 \'zz \uc-7\u5",
        "{\\rtf1 Words\\",
    ] {
        assert!(read("a.rtf", odd.as_bytes()).text.starts_with("Words"));
    }
}

#[test]
fn what_is_said_in_two_ways_is_read_once_and_a_heading_with_a_number_is_no_item() {
    let source = r"{\rtf1\ansi{\stylesheet{\s1 Normal;}{\s2 Preformatted Text;}}\pard\plain \s1\outlinelevel0{\listtext\pard\plain 1.\tab}\ls1 Chapter One\par\pard A{\upr{fallback}{\*\ud{\u946 ?}}} word.\par\pard\s2 return 1\par\pard {\shp{\*\shpinst{\shptxt Boxed.\par}}{\shprslt Again.\par}}}";
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(source.as_bytes());
    let document = read("a.rtf", &bytes);
    assert_eq!(document.text, "Chapter One\n\nAβ word.\n\nBoxed.");
    assert_eq!(document.blocks[0].kind, BlockKind::Heading(1));
    assert_eq!(kinds(&document), [RemarkKind::CodeDropped]);
}
