//! What finished files are: their names, their loudness, their subtitles.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::place::{Place, Wav};

const BOOK: &str = "# The Keeper\n\nHe climbed the hundred and eleven steps, as he had done every evening for thirty \
years, and lit the lamp.\n\n## Fog\n\nThe first night was quiet.\n\nThe second was not.\n\n## Light\n\nMorning came.\n";

fn narrate(place: &Place, more: &[&str]) -> Value {
    place.write("book.md", BOOK.as_bytes());
    let arguments = [&["narrate", "book.md", "-o", "out", "--json"][..], more].concat();
    let outcome = place.peal(&arguments).outcome();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    outcome.json()["narrations"][0].clone()
}

#[test]
fn a_narration_is_as_loud_as_its_preset_and_says_so() {
    let place = Place::new();
    for (preset, wanted) in [("podcast", -16.0), ("audiobook", -19.0)] {
        let told = narrate(&place, &["--loudness", preset]);
        let loudness = told["files"][0]["loudness"].as_f64().unwrap();
        assert!((loudness - wanted).abs() < 0.5, "{loudness} for {preset}");
        assert!(told["files"][0]["truePeak"].as_f64().unwrap() <= -1.0);
        assert!(Wav::open(&place.file("out/The Keeper.wav")).peak() <= 29_205);
    }
    let told = narrate(&place, &["--loudness", "acx"]);
    let rms = told["files"][0]["rms"].as_f64().unwrap();
    assert!((-23.0..=-18.0).contains(&rms), "{rms}");
    assert_eq!(Wav::open(&place.file("out/The Keeper.wav")).rate, 44_100);
    let spoken = place
        .peal(&["narrate", "book.md", "-o", "out", "--verbose"])
        .outcome();
    assert_eq!(spoken.code(), Some(0));
    assert!(
        spoken.messages().contains("Loudness"),
        "{}",
        spoken.messages()
    );
}

#[test]
fn chapters_become_files_named_as_asked_with_subtitles_beside_them() {
    let place = Place::new();
    place.write("book.md", BOOK.as_bytes());
    let form = [
        "--split",
        "chapter",
        "--name",
        "{number} {chapter} of {title}",
    ];
    let form = [&form[..], &["--captions", "srt,vtt,lrc,json,srt"]].concat();
    let preview = [&["narrate", "book.md", "-o", "out", "--preview"][..], &form].concat();
    let preview = place.peal(&preview).outcome().done();
    assert!(!place.file("out").exists(), "a preview makes nothing");
    let told = narrate(&place, &form);
    let files = told["files"].as_array().unwrap();
    let mut names: Vec<String> = Vec::new();
    for file in files {
        names.push(file["path"].as_str().unwrap().to_owned());
        let captions = file["captions"].as_array().unwrap();
        names.extend(
            captions
                .iter()
                .map(|path| path.as_str().unwrap().to_owned()),
        );
    }
    let text = preview.out();
    assert_eq!(text.lines().collect::<Vec<_>>(), names);
    assert!(names[5].ends_with("/02 Fog of The Keeper.wav"), "{names:?}");
    assert!(
        names[9].ends_with("/02 Fog of The Keeper.json"),
        "{names:?}"
    );
    assert!(
        names
            .iter()
            .all(|name| fs::metadata(name).unwrap().len() > 0)
    );

    let cues: Value = serde_json::from_slice(&fs::read(&names[9]).unwrap()).unwrap();
    let cues = cues["cues"].as_array().unwrap();
    let mut over = 0.0;
    let mut said = Vec::new();
    for cue in cues {
        let (start, end) = (cue["start"].as_f64().unwrap(), cue["end"].as_f64().unwrap());
        assert!(over <= start && start < end, "{cue}");
        over = end;
        assert_eq!(cue["source"], "voice", "the built-in voice knows its words");
        let words = cue["words"].as_array().unwrap();
        said.extend(
            words
                .iter()
                .map(|word| word["word"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(
        said.join(" "),
        "Fog The first night was quiet. The second was not."
    );
    let srt = fs::read_to_string(&names[6]).unwrap();
    assert!(srt.starts_with("1\n00:00:00,"), "{srt}");
}

#[test]
fn a_file_of_24_bits_holds_the_same_length_of_sound() {
    let place = Place::new();
    let short = narrate(&place, &[]);
    let bytes = fs::metadata(place.file("out/The Keeper.wav"))
        .unwrap()
        .len();
    let long = narrate(&place, &["--bits", "24"]);
    assert_eq!(short["files"][0]["seconds"], long["files"][0]["seconds"]);
    let wide = fs::metadata(place.file("out/The Keeper.wav"))
        .unwrap()
        .len();
    assert_eq!((wide - 80) / 3, (bytes - 80) / 2);
}

#[test]
fn two_files_of_one_name_are_refused_before_anything_is_made() {
    let place = Place::new();
    place.write("book.md", BOOK.as_bytes());
    place
        .peal(&[
            "narrate", "book.md", "-o", "out", "--split", "chapter", "--name", "{title}",
        ])
        .outcome()
        .failed(2, "Two files would be called");
    place.write("other.md", b"# The Keeper\n\nOther words.");
    place
        .peal(&["narrate", "book.md", "other.md", "-o", "out"])
        .outcome()
        .failed(2, "Two files would be called");
    fs::create_dir(place.file("out")).unwrap();
    place.write("out/The Keeper.srt", b"somebody's");
    place
        .peal(&["narrate", "book.md", "-o", "out", "--captions", "srt"])
        .outcome()
        .failed(2, "is there already");
    assert!(!place.file("out/The Keeper.wav").exists());
}

#[test]
fn an_export_gives_another_form_of_what_was_made() {
    let place = Place::new();
    let told = narrate(&place, &["--loudness", "none"]);
    let id = told["id"].as_str().unwrap();
    let export = ["library", "export", id, "-o", "again", "--captions", "vtt"];
    place.peal(&export).outcome().done();
    let text = fs::read_to_string(place.file("again/The Keeper.vtt")).unwrap();
    assert!(text.starts_with("WEBVTT\n\n00:00:00."), "{text}");
    assert!(place.file("again/The Keeper.wav").exists());
}

#[test]
fn a_book_becomes_one_file_with_its_chapters_in_every_format() {
    let place = Place::new();
    for (format, head) in [("mp3", "ID3"), ("flac", "fLaC"), ("opus", "OggS")] {
        let told = narrate(&place, &["--format", format, "--captions", "srt"]);
        let path = told["files"][0]["path"].as_str().unwrap();
        assert!(path.ends_with(&format!("The Keeper.{format}")), "{path}");
        let bytes = fs::read(path).unwrap();
        assert!(bytes.starts_with(head.as_bytes()));
        let has = |words: &str| {
            bytes
                .windows(words.len())
                .any(|part| part == words.as_bytes())
        };
        let utf16: Vec<u8> = "Light".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(
            has("Light") || bytes.windows(10).any(|part| part == utf16),
            "{format}"
        );
    }
    place.write("cover.gif", b"GIF89a");
    place
        .peal(&["narrate", "book.md", "-o", "out", "--cover", "cover.gif"])
        .outcome()
        .failed(6, "cover.gif");
}

#[test]
fn subtitles_that_are_spoken_keep_their_times_and_tell_where_they_cannot() {
    let place = Place::new();
    let film = "1\n00:00:02,000 --> 00:00:04,000\nWho is there?\n\n2\n00:00:06,000 --> 00:00:06,400\n\
                It is only me, and I have been waiting for you since yesterday evening.\n\n3\n\
                00:00:07,000 --> 00:00:09,000\nThen come in.\n";
    place.write("film.srt", film.as_bytes());
    let run = [
        "narrate",
        "film.srt",
        "-o",
        "out",
        "--captions",
        "json",
        "--json",
    ];
    let outcome = place.peal(&run).outcome();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    let words = "1 of the subtitles begin late";
    assert!(outcome.messages().contains(words), "{}", outcome.messages());
    let file = outcome.json()["narrations"][0]["files"][0].clone();
    assert_eq!(file["late"][0]["sentence"], 2);
    let cues = fs::read(file["captions"][0].as_str().unwrap()).unwrap();
    let cues: Value = serde_json::from_slice(&cues).unwrap();
    assert_eq!(cues["cues"][0]["start"], 2.0);
    assert_eq!(cues["cues"][1]["start"], 6.0);
}

#[test]
fn a_pause_that_the_text_begins_with_is_heard() {
    let place = Place::new();
    place.write("later.txt", b"[pause 2s] At last.");
    for split in ["none", "paragraph"] {
        let arguments = ["narrate", "later.txt", "-o", split, "--split", split];
        let told = place.peal(&arguments).outcome().done().out();
        let sound = Wav::open(Path::new(told.trim()));
        let loud = sound
            .samples
            .iter()
            .position(|sample| sample.unsigned_abs() > 600)
            .unwrap();
        let silence = loud as f64 / f64::from(sound.rate);
        assert!((1.9..2.2).contains(&silence), "{silence} s, {split}");
    }
}

#[test]
fn in_a_dialogue_names_choose_voices_and_are_not_spoken() {
    let place = Place::new();
    place.write(
        "play.txt",
        b"Hibari: Where have you been?\n\nOTTO: At home.",
    );
    let characters = |more: &[&str]| {
        let arguments = [&["quote", "play.txt", "--json"][..], more].concat();
        let outcome = place.peal(&arguments).outcome();
        outcome.json()["characters"].as_u64().unwrap()
    };
    let spoken = "Where have you been?At home.".len() as u64;
    assert_eq!(characters(&["--dialogue"]), spoken);
    assert!(characters(&[]) > spoken);
    let heard = |more: &[&str]| {
        let arguments = [
            &["narrate", "play.txt", "-o", "out", "--overwrite"][..],
            more,
        ]
        .concat();
        let outcome = place.peal(&arguments).outcome();
        assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
        let seconds = Wav::open(&place.file("out/play.wav")).seconds();
        (seconds, outcome.messages().contains("OTTO"))
    };
    let (dialogue, is_told) = heard(&["--dialogue"]);
    assert!(is_told, "that no voice is called so");
    let (plain, is_told) = heard(&[]);
    assert!(!is_told);
    assert!(dialogue < plain, "{dialogue} s, {plain} s");
}
