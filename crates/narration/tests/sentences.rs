//! Where sentences end in every language that the service speaks, by the cases in `sentences/*.txt`.
//!
//! A case is a line; `¦` stands where a sentence ends and the next begins. Lines with `#` are headings.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use narration::script::sentences::sentences;
use waves::Language;

/// Every line of every file: by language, with the line number.
fn cases() -> BTreeMap<Language, Vec<(usize, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sentences");
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder of cases is there") {
        let path = entry.expect("the folder can be listed").path();
        let language: Language = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.parse().ok())
            .expect("each file is named after a language");
        let lines = fs::read_to_string(&path).expect("the cases are text");
        let of_language = lines
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with("# "))
            .map(|(index, line)| (index + 1, line.to_owned()))
            .collect();
        cases.insert(language, of_language);
    }
    cases
}

fn marked(text: &str, language: Language) -> String {
    let found = sentences(text, language);
    let mut marked = String::new();
    let mut at = 0;
    for (index, sentence) in found.iter().enumerate() {
        marked.push_str(&text[at..sentence.start]);
        if index > 0 {
            marked.push('¦');
        }
        marked.push_str(&text[sentence.clone()]);
        at = sentence.end;
    }
    marked.push_str(&text[at..]);
    marked
}

#[test]
fn every_language_of_the_service_has_cases() {
    let cases = cases();
    for language in Language::ALL {
        if language != Language::Auto {
            let count = cases.get(&language).map_or(0, Vec::len);
            assert!(count >= 6, "{language}: {count}");
        }
    }
}

#[test]
fn sentences_end_where_a_reader_ends_them() {
    let mut wrong = Vec::new();
    for (language, lines) in cases() {
        let (all, before) = (lines.len(), wrong.len());
        for (number, line) in lines {
            let text = line.replace('¦', "");
            let found = marked(&text, language);
            if found != line {
                wrong.push(format!(
                    "{language}:{number}\n  meant {line}\n  found {found}"
                ));
            }
        }
        println!("{language}: {} of {all}", all - (wrong.len() - before));
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_text_of_unknown_language_is_read_by_the_rules_of_its_own() {
    for (language, lines) in cases() {
        let right = lines
            .iter()
            .filter(|(_, line)| marked(&line.replace('¦', ""), Language::Auto) == *line)
            .count();
        // Single lines are short to tell a language by; whole documents are not.
        assert!(
            right * 10 >= lines.len() * 7,
            "{language}: {right} of {}",
            lines.len()
        );
    }
}
