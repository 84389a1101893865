//! Any bytes as a file that ends in `.docx`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let options = narration::document::ImportOptions::default();
    if let Ok(document) = narration::document::import("a.docx", bytes, &options) {
        let _ = narration::script::script(&document, &narration::script::ScriptOptions::default());
    }
});
