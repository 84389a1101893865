//! What cannot be asked for, and how the program explains itself.

use serde_json::json;

use crate::place::Place;

#[test]
fn help_tells_everything_a_script_needs() {
    let place = Place::new();
    let help = place.peal(&["--help"]).outcome().done().out();
    for word in [
        "SMALLEST_API_KEY",
        "PEAL_HOME",
        "PEAL_API_URL",
        "130",
        "speak",
        "voices",
        "key",
    ] {
        assert!(help.contains(word), "{word}");
    }
    let version = place.peal(&["--version"]).outcome().done().out();
    assert_eq!(version, concat!("peal ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence_and_a_code_of_its_own() {
    let place = Place::new();
    for (arguments, words) in [
        (&["speak", "Hello."][..], "say where the speech shall go"),
        (&["speak", "Hello.", "-o", "a.mp3"], "WAV files only"),
        (&["speak", "Hello.", "-o", "a.MD"], "WAV files only"),
        (
            &["speak", "Hello.", "-o", "a.wav", "--rate", "8000"],
            "24000",
        ),
        (
            &["speak", "Hello.", "-o", "a.wav", "--language", "hi"],
            "English only",
        ),
        (
            &[
                "speak",
                "Hello.",
                "-o",
                "a.wav",
                "--voice",
                "lightning_v3.1/magnus",
                "--model",
                "lightning_v3.1_pro",
            ],
            "another model",
        ),
        (
            &[
                "speak",
                "Hello.",
                "-o",
                "a.wav",
                "--voice",
                "builtin/hibari",
                "--model",
                "lightning_v3.1",
            ],
            "another model",
        ),
        (
            &[
                "speak",
                "Hello.",
                "-o",
                "a.wav",
                "--voice",
                "lightning_v3.1/magnus",
                "--language",
                "el",
            ],
            "does not speak that language",
        ),
    ] {
        place.peal(arguments).outcome().failed(2, words);
    }
    for arguments in [
        &[][..],
        &["speka"],
        &["speak", "Hello.", "--loud"],
        &["speak", "Hello.", "-o", "a.wav", "--speed", "9"],
        &["speak", "Hello.", "-f", "a.txt"],
    ] {
        let outcome = place.peal(arguments).outcome();
        assert_eq!(outcome.code(), Some(2), "{arguments:?}");
        assert!(outcome.messages().contains("--help"), "{arguments:?}");
        assert_eq!(outcome.out(), "");
    }
    assert_eq!(place.left_behind(), [""; 0]);
}

#[test]
fn an_address_that_would_show_the_key_is_refused() {
    let place = Place::new();
    for (address, words) in [
        (
            "http://api.example.com",
            "plain http is allowed for this machine only",
        ),
        ("https://user:secret@example.com", "user name or password"),
        ("https://example.com/waves", "must end after the host"),
        ("ftp://example.com", "must start with https://"),
        ("nonsense", "not a URL"),
    ] {
        let outcome = place
            .peal(&["speak", "Hello.", "-o", "a.wav", "--voice", "sophie"])
            .env("PEAL_API_URL", address)
            .env("SMALLEST_API_KEY", "sk_1")
            .outcome()
            .failed(2, words);
        assert!(outcome.messages().contains("PEAL_API_URL"));
        assert!(!outcome.messages().contains("secret"));
    }
}

#[test]
fn who_asks_for_json_gets_errors_as_json_too_and_the_sentence_all_the_same() {
    let place = Place::new();
    let outcome = place.peal(&["speak", "Hello.", "--json"]).outcome();
    assert_eq!(outcome.code(), Some(2));
    let error = &outcome.json()["error"];
    assert_eq!(
        (&error["code"], &error["requestId"], &error["details"]),
        (&json!("usage"), &json!(null), &json!(""))
    );
    assert!(
        outcome
            .messages()
            .contains(error["message"].as_str().unwrap())
    );

    let outcome = place
        .peal(&["speak", "Hello.", "-o", "-", "--json"])
        .outcome();
    assert_eq!(
        (outcome.code(), &outcome.json()["error"]["code"]),
        (Some(2), &json!("usage"))
    );

    let outcome = place.peal(&["speak", "--json", "--nonsense"]).outcome();
    assert_eq!(outcome.code(), Some(2));
    let error = &outcome.json()["error"];
    assert_eq!(error["code"], "usage");
    assert!(error["message"].as_str().unwrap().contains("--nonsense"));
}

#[test]
fn a_key_given_as_an_argument_is_refused_and_not_repeated() {
    let place = Place::new();
    for arguments in [
        &["key", "set", "sk_5ecret"][..],
        &["key", "set", "--", "sk_5ecret"],
        &["key", "set", "--key=sk_5ecret"],
    ] {
        let outcome = place
            .peal(arguments)
            .outcome()
            .failed(2, "never an argument");
        assert!(!outcome.messages().contains("5ecret"));
    }
}
