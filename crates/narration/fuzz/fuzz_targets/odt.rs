//! Any bytes as a file that ends in `.odt`: a whole archive, or else the parts of one, with a line `====` between them.

#![no_main]

mod packed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = if bytes.starts_with(b"PK") {
        bytes.to_vec()
    } else {
        let [content, styles, meta] = packed::parts(bytes);
        packed::pack(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", content),
            ("styles.xml", styles),
            ("meta.xml", meta),
        ])
    };
    let options = narration::document::ImportOptions::default();
    if let Ok(document) = narration::document::import("a.odt", &file, &options) {
        let _ = narration::script::script(&document, &narration::script::ScriptOptions::default());
    }
});
