//! Any bytes as a file that ends in `.docx`: a whole archive, or else the parts of one, with a line `====` between them.

#![no_main]

mod packed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = if bytes.starts_with(b"PK") {
        bytes.to_vec()
    } else {
        let [document, styles, notes, core] = packed::parts(bytes);
        packed::pack(&[
            ("word/document.xml", document),
            ("word/styles.xml", styles),
            ("word/footnotes.xml", notes),
            ("docProps/core.xml", core),
        ])
    };
    let options = narration::document::ImportOptions::default();
    if let Ok(document) = narration::document::import("a.docx", &file, &options) {
        let _ = narration::script::script(&document, &narration::script::ScriptOptions::default());
    }
});
