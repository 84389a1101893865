//! What becomes of a document, shown before anything is spoken.

use serde_json::{Value, json};

use crate::place::Place;

const STORY: &str = "# The Keeper\n\nDr. Gray wrote one line in his log. Nobody knew for whom. He slept well that night!\n\n\
    ## The Storm\n\n[voice: Sophie] The wind came from the north at 3.30 a.m. and stayed. [pause 2s] Then it went as it had come.\n";

fn sentences(inspection: &Value) -> Vec<String> {
    let chapters = inspection["chapters"].as_array().unwrap();
    chapters
        .iter()
        .flat_map(|chapter| chapter["paragraphs"].as_array().unwrap())
        .flat_map(|paragraph| paragraph["sentences"].as_array().unwrap())
        .map(|sentence| sentence.as_str().unwrap().to_owned())
        .collect()
}

fn segments(inspection: &Value) -> Vec<&Value> {
    inspection["segments"].as_array().unwrap().iter().collect()
}

#[test]
fn a_document_is_shown_as_it_will_be_spoken() {
    let place = Place::new();
    place.write("keeper.md", STORY.as_bytes());
    let inspection = place
        .peal(&["inspect", "keeper.md", "--json", "--language", "en"])
        .outcome()
        .done()
        .json();
    assert_eq!(inspection["title"], "The Keeper");
    assert_eq!(inspection["language"], "en");
    assert_eq!(
        sentences(&inspection),
        [
            "The Keeper",
            "Dr. Gray wrote one line in his log.",
            "Nobody knew for whom.",
            "He slept well that night!",
            "The Storm",
            "The wind came from the north at 3.30 a.m. and stayed.",
            "Then it went as it had come.",
        ]
    );
    let segments = segments(&inspection);
    let texts: Vec<&str> = segments
        .iter()
        .map(|segment| segment["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts.join(" "), sentences(&inspection).join(" "));
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    assert_eq!(inspection["characters"], json!(characters));
    let storm = segments[segments.len() - 2];
    assert_eq!(storm["pause_after"], json!(2.0));
    assert_eq!(storm["voice"], "Sophie");
    let kinds: Vec<&Value> = inspection["report"]
        .as_array()
        .unwrap()
        .iter()
        .map(|done| &done["kind"])
        .collect();
    assert!(kinds.contains(&&json!("markdownRead")), "{kinds:?}");
}

#[test]
fn the_rules_of_the_language_asked_for_hold() {
    let place = Place::new();
    let count = |language: &str| {
        let inspection = place
            .peal(&["inspect", "-", "--json", "--language", language])
            .input("Sie war am 12. Juni da und blieb. Dann ging sie weg.")
            .outcome()
            .done()
            .json();
        sentences(&inspection).len()
    };
    assert_eq!((count("de"), count("en")), (2, 3));
}

#[test]
fn a_dialogue_names_its_voices_when_asked() {
    let place = Place::new();
    let text = "ANNA: Where have you been all day long?\n\nOTTO: I was at home.\n";
    let inspect = |arguments: &[&str]| {
        let all = [&["inspect", "-", "--json"], arguments].concat();
        let inspection = place.peal(&all).input(text).outcome().done().json();
        segments(&inspection)
            .iter()
            .map(|segment| (segment["voice"].clone(), segment["text"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        inspect(&["--dialogue"]),
        [
            (json!("ANNA"), json!("Where have you been all day long?")),
            (json!("OTTO"), json!("I was at home.")),
        ]
    );
    assert_eq!(inspect(&[])[0].0, Value::Null);
}

#[test]
fn without_json_an_outline_is_shown() {
    let place = Place::new();
    place.write("keeper.md", STORY.as_bytes());
    let outline = place.peal(&["inspect", "keeper.md"]).outcome().done().out();
    for words in ["The Keeper", "7 sentences", "The Storm", "- Markdown read"] {
        assert!(outline.contains(words), "{words}: {outline}");
    }
    assert!(!place.home().exists(), "looking leaves nothing behind");
}

#[test]
fn what_cannot_be_inspected_is_refused_as_when_speaking() {
    let place = Place::new();
    place.write("photo.png", b"\x89PNG\r\n\x1a\n");
    place.write("blank.txt", b" \n ");
    for (name, code, kind) in [
        ("photo.png", 6, "notText"),
        ("gone.txt", 6, "unreadable"),
        ("blank.txt", 7, "emptyFile"),
    ] {
        let outcome = place.peal(&["inspect", name, "--json"]).outcome();
        assert_eq!(outcome.code(), Some(code), "{name}");
        assert_eq!(outcome.json()["error"]["code"], kind, "{name}");
    }
    let outcome = place.peal(&["inspect"]).outcome();
    assert_eq!(outcome.code(), Some(2));
}

#[test]
fn directions_of_a_writer_are_followed_and_never_spoken() {
    let place = Place::new();
    let with = "One, two, three, four. [pause 1s] Five, six, seven, eight, nine. [skip: ten]";
    let without = "One, two, three, four. Five, six, seven, eight, nine.";
    let seconds = |text: &str| {
        let spoken = place
            .peal(&["speak", text, "-o", "out.wav", "--json"])
            .outcome()
            .done()
            .json();
        (
            spoken["seconds"].as_f64().unwrap(),
            spoken["characters"].clone(),
        )
    };
    let (longer, characters) = seconds(with);
    let (shorter, same) = seconds(without);
    assert_eq!(characters.as_u64().unwrap() + 1, same.as_u64().unwrap());
    assert!(longer > shorter, "{longer} {shorter}");
}
