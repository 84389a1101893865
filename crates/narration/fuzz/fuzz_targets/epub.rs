//! Any bytes as a file that ends in `.epub`: a whole archive, or else the parts of one, with a line `====` between them.

#![no_main]

mod packed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = if bytes.starts_with(b"PK") {
        bytes.to_vec()
    } else {
        let [package, contents, page, list] = packed::parts(bytes);
        packed::pack(&[
            ("mimetype", b"application/epub+zip"),
            (
                "META-INF/container.xml",
                b"<container><rootfiles><rootfile full-path='o.opf'/></rootfiles></container>",
            ),
            ("o.opf", package),
            ("n.xhtml", contents),
            ("a.xhtml", page),
            ("t.ncx", list),
        ])
    };
    let options = narration::document::ImportOptions::default();
    if let Ok(document) = narration::document::import("a.epub", &file, &options) {
        let _ = narration::script::script(&document, &narration::script::ScriptOptions::default());
    }
});
