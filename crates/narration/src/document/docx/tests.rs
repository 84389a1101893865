use crate::document::tests::{assert_sound, pack, read};
use crate::document::{BlockKind, ImportOptions, RemarkKind, import};

fn letter(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let document = format!(
        "<?xml version='1.0'?><w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>{body}</w:body></w:document>"
    );
    let fixed = [
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", document.as_str()),
    ];
    let all: Vec<(&str, &[u8])> = fixed
        .iter()
        .chain(more)
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    pack(&all)
}

fn p(words: &str) -> String {
    format!("<w:p><w:r><w:t xml:space='preserve'>{words}</w:t></w:r></w:p>")
}

#[test]
fn a_letter_is_read_as_it_is_printed() {
    let styles = "<w:styles><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val='en-US'/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type='paragraph' w:styleId='berschrift1'><w:name w:val='heading 1'/></w:style><w:style w:type='paragraph' w:styleId='Own'><w:name w:val='My own'/><w:basedOn w:val='berschrift1'/></w:style></w:styles>";
    let body = [
        "<w:p><w:pPr><w:pStyle w:val='berschrift1'/></w:pPr><w:r><w:t>One</w:t></w:r></w:p>",
        "<w:p><w:r><w:t xml:space='preserve'>He </w:t></w:r><w:del><w:r><w:delText>slept</w:delText></w:r></w:del><w:ins><w:r><w:t>woke</w:t></w:r></w:ins><w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>.</w:t></w:r></w:p>",
        "<w:p><w:pPr><w:pStyle w:val='Own'/></w:pPr><w:hyperlink><w:r><w:t>Two</w:t></w:r></w:hyperlink></w:p>",
        "<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>Item</w:t></w:r></w:p>",
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Day</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Rain</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>Around it</w:t></w:r></w:p>",
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>17</w:t></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>",
        "<w:p><w:r><w:t>A line,</w:t><w:br/><w:t>and one</w:t></w:r></w:p>",
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>Runs </w:t></w:r></w:p><w:p><w:r><w:t>on.</w:t></w:r></w:p>",
    ]
    .concat();
    let notes = "<w:footnotes><w:footnote w:type='separator' w:id='0'><w:p/></w:footnote><w:footnote w:id='2'><w:p><w:r><w:t>See there.</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let bytes = letter(
        &body,
        &[("word/styles.xml", styles), ("word/footnotes.xml", notes)],
    );
    let document = read("letter.docx", &bytes);
    assert_eq!(
        document.text,
        "One\n\nHe woke.\n\nTwo\n\nItem\n\nDay, Rain\n\nAround it\n\nBoxed\n\nA line,\nand one\n\nRuns on."
    );
    let kinds: Vec<BlockKind> = document.blocks.iter().map(|block| block.kind).collect();
    assert_eq!(kinds[0], BlockKind::Heading(1));
    assert_eq!(
        &kinds[2..5],
        [
            BlockKind::Heading(1),
            BlockKind::ListItem,
            BlockKind::TableRow
        ]
    );
    assert_eq!(document.chapters.len(), 2);
    let told: Vec<(RemarkKind, &str)> = document
        .report
        .iter()
        .map(|remark| (remark.kind, remark.example.as_str()))
        .collect();
    for expected in [
        (RemarkKind::DeletionsDropped, "slept"),
        (RemarkKind::HiddenDropped, "hidden"),
        (RemarkKind::NotesDropped, "See there."),
        (RemarkKind::PageNumbersDropped, "17"),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    assert_sound(&document);
    let keep = [RemarkKind::DeletionsDropped, RemarkKind::NotesDropped].into();
    let kept = import(
        "letter.docx",
        &bytes,
        &ImportOptions {
            keep,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    assert!(kept.text.contains("He sleptwoke.") && kept.text.ends_with("See there."));
}

#[test]
fn a_deep_document_is_refused_and_a_cut_off_one_is_damaged() {
    let deep = "<w:sdt>".repeat(10_000);
    let error = import("a.docx", &letter(&deep, &[]), &ImportOptions::default()).unwrap_err();
    assert_eq!(error, super::ImportError::TooComplex);
    let whole = letter(&p("Words."), &[]);
    let error = import(
        "a.docx",
        &whole[..whole.len() - 30],
        &ImportOptions::default(),
    )
    .unwrap_err();
    assert_eq!(error, super::ImportError::Damaged);
}

#[test]
fn rules_are_scene_breaks_and_program_code_is_left_out() {
    let body = [
        p("One."),
        "<w:p><w:r><w:pict><v:rect style='width:0;height:1.5pt' o:hralign='center' o:hrstd='t' o:hr='t'/></w:pict></w:r></w:p>".to_owned(),
        p("Two."),
        "<w:p><w:pPr><w:pBdr><w:bottom w:val='single'/></w:pBdr></w:pPr></w:p>".to_owned(),
        "<w:p><w:pPr><w:pStyle w:val='SourceCode'/></w:pPr><w:r><w:t>let x = 1;</w:t></w:r></w:p>".to_owned(),
        p("Three."),
    ]
    .concat();
    let document = read("rules.docx", &letter(&body, &[]));
    assert_eq!(document.text, "One.\n\nTwo.\n\nThree.");
    let kinds: Vec<BlockKind> = document.blocks.iter().map(|block| block.kind).collect();
    assert_eq!(
        kinds,
        [
            BlockKind::Paragraph,
            BlockKind::SceneBreak,
            BlockKind::Paragraph,
            BlockKind::SceneBreak,
            BlockKind::Paragraph
        ]
    );
    assert_eq!(document.report.len(), 1);
    assert_eq!(document.report[0].kind, RemarkKind::CodeDropped);
}

#[test]
fn a_remark_shows_what_is_printed_and_not_the_instructions_of_fields() {
    let body = [
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr><w:sdtContent><w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>TOC \\o</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>One</w:t></w:r><w:r><w:tab/><w:t>3</w:t></w:r></w:p></w:sdtContent></w:sdt>".to_owned(),
        p("Words."),
    ]
    .concat();
    let document = read("contents.docx", &letter(&body, &[]));
    assert_eq!(document.text, "Words.");
    assert_eq!(document.report[0].example, "One 3");
}

#[test]
fn formulas_powers_and_notes_with_signs_of_their_own_are_read_as_they_are_meant() {
    let run = |words: &str, properties: &str| {
        format!("<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{words}</w:t></w:r>")
    };
    let raised = "<w:vertAlign w:val='superscript'/>";
    let body = format!(
        "<w:p>{}{}{}<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>{}<m:oMath><m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></w:p>\
         <w:p>{}<w:r><w:footnoteReference w:customMarkFollows='1' w:id='2'/><w:t>*</w:t></w:r>{}</w:p>",
        run("10", ""),
        run("6", raised),
        run(" men and ", ""),
        run(" or ", ""),
        run("Custom", ""),
        run(" end.", ""),
    );
    let document = read("letter.docx", &letter(&body, &[]));
    assert_eq!(document.text, "10⁶ men and 1/2 or r²\n\nCustom end.");
}

#[test]
fn drop_caps_belong_to_their_word_and_chapters_need_no_style() {
    let control = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Click here.</w:t></w:r></w:sdtContent></w:sdt>";
    let body = format!(
        "{}<w:p><w:pPr><w:framePr w:dropCap='drop'/></w:pPr><w:r><w:t>I</w:t></w:r></w:p>{}\
         <w:p><w:r><w:t>Name:</w:t></w:r>{control}</w:p>\
         <w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>DATE</w:instrText></w:r></w:p>{}",
        p("CHAPTER ONE"),
        p("t rained."),
        p("The end."),
    );
    let document = read("letter.docx", &letter(&body, &[]));
    assert_eq!(
        document.text,
        "CHAPTER ONE\n\nIt rained.\n\nName:\n\nThe end."
    );
    assert_eq!(document.blocks[0].kind, BlockKind::Heading(1));
    let kinds: Vec<RemarkKind> = document.report.iter().map(|remark| remark.kind).collect();
    assert!(
        kinds.contains(&RemarkKind::HeadingsGuessed) && kinds.contains(&RemarkKind::HiddenDropped)
    );
}
