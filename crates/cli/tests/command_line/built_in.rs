//! Speech without a key and without a network.

use std::fs;

use serde_json::json;

use crate::place::{Place, Wav};

const WORDS: &str = "The quick brown fox jumps over the lazy dog.";

fn spoken(place: &Place, arguments: &[&str]) -> Wav {
    let whole = [&["speak", "-o", "out.wav"], arguments].concat();
    place.peal(&whole).outcome().done();
    Wav::open(&place.file("out.wav"))
}

#[test]
fn a_sentence_becomes_a_whole_file_and_nothing_else_is_left() {
    let place = Place::new();
    let outcome = place
        .peal(&["speak", WORDS, "-o", "out.wav"])
        .outcome()
        .done();
    assert_eq!(outcome.out(), "out.wav\n");
    let wav = Wav::open(&place.file("out.wav"));
    assert_eq!(wav.rate, 24_000);
    assert!((1.5..6.0).contains(&wav.seconds()), "{}", wav.seconds());
    assert!(wav.peak() > 3_000, "speech, not silence: {}", wav.peak());
    assert_eq!(place.left_behind(), ["out.wav"]);
    assert!(!place.home().exists(), "what costs nothing is not kept");
}

#[test]
fn the_result_as_json_says_what_was_made() {
    let place = Place::new();
    let result = place
        .peal(&["speak", WORDS, "-o", "out.wav", "--json"])
        .outcome()
        .done()
        .json();
    let seconds = Wav::open(&place.file("out.wav")).seconds();
    assert_eq!(
        result,
        json!({
            "path": "out.wav", "seconds": seconds, "rate": 24_000, "voice": "builtin/hibari",
            "characters": WORDS.chars().count(), "bought": 0, "price": 0.0,
        })
    );
}

#[test]
fn the_same_words_sound_the_same_wherever_they_come_from() {
    let place = Place::new();
    let words = "Straße, café, and naïve: all of them are words.";
    let expected = spoken(&place, &[words]);
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(words.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let western: Vec<u8> = words
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap())
        .collect();
    let with_nuls = words.replace(' ', " \0");
    let encoded: [(&str, &[u8]); 4] = [
        ("utf8", words.as_bytes()),
        ("utf16", &utf16),
        ("western", &western),
        ("nuls", with_nuls.as_bytes()),
    ];
    for (name, bytes) in encoded {
        let from_file = place.write(&format!("{name}.txt"), bytes);
        let remarked = place
            .peal(&["speak", "-o", "out.wav", "-f", from_file.to_str().unwrap()])
            .outcome();
        assert_eq!(remarked.code(), Some(0), "{name}: {}", remarked.messages());
        assert!(Wav::open(&place.file("out.wav")) == expected, "{name} file");
        let is_guessed = matches!(name, "western" | "nuls");
        assert_eq!(is_guessed, !remarked.messages().is_empty(), "{name}");

        for arguments in [&["-f", "-"][..], &["-"], &[]] {
            let outcome = place
                .peal(&[&["speak", "-o", "out.wav"], arguments].concat())
                .input(bytes)
                .outcome();
            assert_eq!(outcome.code(), Some(0), "{name}: {}", outcome.messages());
            assert!(
                Wav::open(&place.file("out.wav")) == expected,
                "{name} input"
            );
        }
    }
}

#[test]
fn markdown_is_read_aloud_without_its_signs() {
    let place = Place::new();
    place.write("a.md", b"# Rain\n\nIt *rains*.\n");
    assert!(
        spoken(&place, &["-f", "a.md"]) == spoken(&place, &["Rain [pause 700ms]\n\nIt rains."])
    );
}

#[test]
fn voice_and_speed_are_heard() {
    let place = Place::new();
    let usual = spoken(&place, &[WORDS]);
    let fast = spoken(&place, &[WORDS, "--speed", "1.5"]);
    assert!(fast.seconds() < usual.seconds() * 0.8);
    let deep = spoken(&place, &[WORDS, "--voice", "builtin/hibari-deep"]);
    assert_ne!(deep, usual);
    assert!(spoken(&place, &[WORDS, "--rate", "24000", "--language", "en"]) == usual);
}

#[test]
fn the_settings_of_the_window_count_unless_something_else_is_said() {
    let place = Place::new();
    let deep = spoken(&place, &[WORDS, "--voice", "builtin/hibari-deep"]);
    let usual = spoken(&place, &[WORDS]);
    fs::create_dir(place.home()).unwrap();
    let settings = json!({ "version": 1, "voice": "builtin/hibari-deep", "language": "hi" });
    fs::write(place.home().join("settings.json"), settings.to_string()).unwrap();
    assert!(spoken(&place, &[WORDS]) == deep);
    assert!(spoken(&place, &[WORDS, "--voice", "builtin/hibari"]) == usual);

    fs::write(place.home().join("settings.json"), "{ \"speed\": fast").unwrap();
    let outcome = place.peal(&["speak", WORDS, "-o", "out.wav"]).outcome();
    assert_eq!(outcome.code(), Some(0));
    assert!(outcome.messages().contains("settings file was damaged"));
}

#[test]
fn standard_output_can_be_the_file() {
    let place = Place::new();
    let wav = spoken(&place, &[WORDS]);
    let outcome = place.peal(&["speak", WORDS, "-o", "-"]).outcome().done();
    assert!(Wav::parse(&outcome.0.stdout) == wav);
    assert_eq!(place.left_behind(), ["out.wav"]);
}

#[test]
fn an_older_file_is_replaced_only_by_a_complete_one() {
    let place = Place::new();
    place.write("out.wav", b"older");
    place
        .peal(&["speak", "👍", "-o", "out.wav"])
        .outcome()
        .failed(7, "nothing to say");
    assert_eq!(fs::read(place.file("out.wav")).unwrap(), b"older");
    assert!(spoken(&place, &[WORDS]).seconds() > 1.0);
    assert_eq!(place.left_behind(), ["out.wav"]);
}

#[test]
fn a_text_without_words_is_no_speech() {
    let place = Place::new();
    for text in ["", " \n", "👍🎉", "—…!?", "中文"] {
        for destination in [&["-o", "out.wav"][..], &["-o", "-"], &["--play"]] {
            let arguments = [&["speak", text], destination].concat();
            place.peal(&arguments).outcome().failed(7, "nothing to say");
        }
    }
    place
        .peal(&["speak", "-o", "out.wav"])
        .outcome()
        .failed(7, "There is no text in it");
    assert_eq!(place.left_behind(), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_trusted_certificates_can_speak() {
    let place = Place::new();
    place
        .peal(&["speak", WORDS, "-o", "out.wav"])
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent")
        .outcome()
        .done();
    assert!(Wav::open(&place.file("out.wav")).peak() > 3_000);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_loudspeaker_it_says_so() {
    let place = Place::new();
    place
        .peal(&["speak", WORDS, "--play"])
        .outcome()
        .failed(7, "No loudspeaker found");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_played_reaches_the_loudspeaker_and_may_be_saved_too() {
    let place = Place::new();
    let played = place.folder().join("played.raw");
    let loudspeaker = format!(
        "pcm.!default {{ type file slave.pcm \"null\" file \"{}\" format \"raw\" }}\n",
        played.display()
    );
    fs::write(place.folder().join("sound.conf"), loudspeaker).unwrap();

    let result = place
        .peal(&["speak", WORDS, "--play", "--json"])
        .outcome()
        .done()
        .json();
    assert_eq!(
        (&result["path"], &result["bought"]),
        (&json!(null), &json!(0))
    );
    assert!(result["seconds"].as_f64().unwrap() > 1.5, "{result}");
    let is_heard = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte != 0).count() > 48_000;
    assert!(is_heard(&fs::read(&played).unwrap()));

    fs::remove_file(&played).unwrap();
    spoken(&place, &[WORDS, "--play"]);
    assert!(is_heard(&fs::read(&played).unwrap()));
}
