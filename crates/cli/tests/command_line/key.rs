//! The key: where it comes from, and where it is never found.
#![cfg(target_os = "linux")]

use std::fs;

use serde_json::json;
use simulator::{FORBIDDEN_KEY, Fault, Options, Times};

use crate::place::{Place, Service, files_below};

#[test]
fn the_key_of_the_environment_is_told_by_its_source_alone() {
    let place = Place::new();
    let outcome = place
        .peal(&["key", "status"])
        .env("SMALLEST_API_KEY", "sk_5ecret")
        .outcome()
        .done();
    assert!(
        outcome.out().starts_with("Key: from SMALLEST_API_KEY.\n"),
        "{}",
        outcome.out()
    );
    assert!(!outcome.out().contains("5ecret"));
    let status = place
        .peal(&["key", "status", "--json"])
        .env("SMALLEST_API_KEY", "sk_5ecret")
        .outcome()
        .done()
        .json();
    let expected = json!({ "present": true, "store": "environment", "keychain": "unknown", "check": "unknown" });
    assert_eq!(status, expected);
}

#[test]
fn without_a_key_the_status_is_a_result_and_its_code_says_it_too() {
    let place = Place::new();
    for variable in ["", "two words"] {
        let outcome = place
            .peal(&["key", "status"])
            .env("SMALLEST_API_KEY", variable)
            .outcome();
        assert_eq!(outcome.code(), Some(3));
        assert_eq!(
            outcome.out(),
            "Key: none.\nKeychain: there is none on this system.\n"
        );
    }
    let status = place.peal(&["key", "status", "--json"]).outcome();
    assert_eq!(status.code(), Some(3));
    let expected =
        json!({ "present": false, "store": null, "keychain": "missing", "check": "unknown" });
    assert_eq!(status.json(), expected);
}

#[test]
fn the_service_is_asked_about_the_key_only_on_request() {
    let (place, service) = (Place::new(), Service::start());
    place.peal(&["key", "status"]).at(&service).outcome().done();
    assert!(service.requests().is_empty());
    let accepted = service.simulator.key().to_owned();
    for (key, code, words) in [
        (accepted.as_str(), 0, "Smallest AI accepts it."),
        ("sk_wrong", 3, "Smallest AI does not accept it."),
        (FORBIDDEN_KEY, 3, "It is right, but may not use speech."),
    ] {
        let outcome = place
            .peal(&["key", "status", "--check"])
            .at(&service)
            .env("SMALLEST_API_KEY", key)
            .outcome();
        assert_eq!(outcome.code(), Some(code), "{words}");
        assert!(outcome.out().contains(words), "{}", outcome.out());
    }
    let outcome = place
        .peal(&["key", "status", "--check"])
        .env("SMALLEST_API_KEY", "sk_1")
        .outcome();
    assert_eq!(outcome.code(), Some(4));
    assert!(
        outcome.out().contains("could not be asked"),
        "{}",
        outcome.out()
    );
}

#[test]
fn a_key_that_no_keychain_can_keep_is_written_nowhere() {
    let key = "sk_0123456789abcdef_nowhere";
    let service = Service::with(Options {
        key: key.to_owned(),
        ..Options::default()
    });
    let place = Place::new();
    let set = |input: &str| {
        place
            .peal(&["key", "set"])
            .env("PEAL_API_URL", &service.simulator.url())
            .env("PEAL_LOG", "trace")
            .input(input)
            .outcome()
    };
    let outcome = set(&format!("{key}\n"));
    assert_eq!((outcome.code(), outcome.out()), (Some(3), String::new()));
    assert!(
        outcome.messages().contains("This system has no keychain,"),
        "{}",
        outcome.messages()
    );
    assert!(
        outcome.messages().contains("SMALLEST_API_KEY"),
        "{}",
        outcome.messages()
    );
    assert!(service.requests()[0].key_matches, "it was checked first");
    assert!(!outcome.messages().contains(key));

    for (input, words) in [
        ("sk_another_one", "does not accept this key"),
        ("milk, eggs and bread", "That is not a key"),
        ("", "That is not a key"),
        ("\u{e9}", "That is not a key"),
    ] {
        let outcome = set(input);
        assert_eq!(
            (outcome.code(), outcome.out()),
            (Some(3), String::new()),
            "{input}"
        );
        assert!(
            outcome.messages().contains(words),
            "{input}: {}",
            outcome.messages()
        );
    }
    let outcome = set(&"k".repeat(5_000_000));
    assert_eq!(outcome.code(), Some(3));
    assert!(outcome.messages().contains("That is not a key"));
    assert_nowhere(&place, key);
}

#[test]
fn forgetting_without_a_keychain_says_why_not() {
    let place = Place::new();
    place
        .peal(&["key", "forget"])
        .outcome()
        .failed(3, "This system has no keychain");
}

#[test]
fn the_key_is_nowhere_but_in_the_request() {
    let key = "sk_fedcba9876543210_nowhere";
    let service = Service::with(Options {
        key: key.to_owned(),
        ..Options::default()
    });
    let place = Place::new();
    for transport in ["http", "sse"] {
        for fault in [
            None,
            Some(Fault::HtmlBody),
            Some(Fault::ErrorEvent(format!("no {key}"))),
        ] {
            service.simulator.clear_faults();
            if let Some(fault) = fault {
                service.simulator.fault(fault, Times::Once);
            }
            for command in [
                &[
                    "speak",
                    "Nobody shall know.",
                    "-o",
                    "out.wav",
                    "--voice",
                    "sophie",
                    "--json",
                    "-v",
                ][..],
                &["voices"],
                &["key", "status", "--check"],
            ] {
                let arguments = match command[0] {
                    "speak" => [command, &["--transport", transport]].concat(),
                    _ => command.to_vec(),
                };
                let outcome = place
                    .peal(&arguments)
                    .at(&service)
                    .env(
                        "PEAL_LOG",
                        "trace,hyper=trace,h2=trace,reqwest=trace,rustls=trace",
                    )
                    .outcome();
                assert!(outcome.code().is_some());
                assert!(!outcome.out().contains(key));
                assert!(!outcome.messages().contains(key), "{}", outcome.messages());
            }
        }
        fs::remove_dir_all(place.home()).unwrap();
    }
    assert!(service.requests().iter().any(|request| request.key_matches));
    assert_nowhere(&place, key);
}

/// The key is in no file of the place.
fn assert_nowhere(place: &Place, key: &str) {
    for file in files_below(place.folder()) {
        let bytes = fs::read(&file).unwrap();
        let found = bytes
            .windows(key.len())
            .any(|window| window == key.as_bytes());
        assert!(!found, "{}", file.display());
    }
}
