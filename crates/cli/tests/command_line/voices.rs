//! The list of voices.

use serde_json::{Value, json};
use simulator::{Fault, Route, Times};

use crate::place::{Outcome, Place, Service};

fn ids(outcome: &Outcome) -> Vec<String> {
    let list = outcome.json();
    let voices = list["voices"].as_array().unwrap();
    voices
        .iter()
        .map(|voice| voice["id"].as_str().unwrap().to_owned())
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_key_there_are_the_built_in_voices_and_the_list_that_came_along() {
    let place = Place::new();
    let outcome = place.peal(&["voices"]).outcome();
    assert_eq!(outcome.code(), Some(0));
    assert!(
        outcome.messages().contains("need a Smallest AI key"),
        "{}",
        outcome.messages()
    );
    let out = outcome.out();
    let mut lines = out.lines();
    let heading = lines.next().unwrap();
    assert!(
        heading.starts_with("ID ") && heading.ends_with("GENDER"),
        "{heading}"
    );
    assert!(lines.next().unwrap().starts_with("builtin/hibari "));
    let sophie = out
        .lines()
        .find(|line| line.starts_with("lightning_v3.1_pro/sophie "));
    let column = |name| heading.find(name).unwrap();
    let sophie = sophie.expect("a voice that the documentation names");
    assert!(sophie[column("NAME")..].starts_with("Sophie"));
    assert!(sophie[column("LANGUAGES")..].starts_with("en"));

    let list = place.peal(&["voices", "--json"]).outcome().json();
    assert_eq!(
        (&list["current"], &list["reason"]),
        (&json!(false), &json!("noKey"))
    );
}

#[test]
fn with_a_key_the_list_is_the_services() {
    let (place, service) = (Place::new(), Service::start());
    let outcome = place
        .peal(&["voices", "--json"])
        .at(&service)
        .outcome()
        .done();
    let list = outcome.json();
    assert_eq!(
        (&list["current"], &list["reason"]),
        (&json!(true), &Value::Null)
    );
    let ids = ids(&outcome);
    assert!(
        ids.contains(&"lightning_v3.1/mishka".to_owned()),
        "only the service knows her"
    );
    assert!(ids.iter().any(|id| id.starts_with("builtin/")));
    let lists = service.requests();
    assert_eq!(
        lists
            .iter()
            .filter(|request| request.path.ends_with("get_voices"))
            .count(),
        2
    );

    // What is listed can be asked for.
    let id = ids.last().unwrap();
    place
        .peal(&["speak", "Hello there.", "-o", "out.wav", "--voice", id])
        .at(&service)
        .outcome()
        .done();
}

#[test]
fn a_service_that_does_not_answer_leaves_the_known_list_and_a_reason() {
    let (place, service) = (Place::new(), Service::start());
    for (key, fault, reason) in [
        ("sk_wrong", None, "unauthorized"),
        (service.simulator.key(), Some(Fault::HtmlBody), "webPage"),
        (service.simulator.key(), Some(Fault::EmptyBody), "badAnswer"),
    ] {
        service.simulator.clear_faults();
        if let Some(fault) = fault {
            service
                .simulator
                .fault_on(Route::Voices, fault, Times::Always);
        }
        let outcome = place
            .peal(&["voices", "--json"])
            .at(&service)
            .env("SMALLEST_API_KEY", key)
            .outcome();
        assert_eq!(outcome.code(), Some(0));
        let list = outcome.json();
        assert_eq!(
            (&list["current"], &list["reason"]),
            (&json!(false), &json!(reason))
        );
        assert!(ids(&outcome).contains(&"lightning_v3.1_pro/sophie".to_owned()));
        assert!(outcome.messages().contains("the list that came with Peal"));
    }
}

#[test]
fn voices_are_found_by_language_and_by_words() {
    let (place, service) = (Place::new(), Service::start());
    let found = |arguments: &[&str]| {
        let whole = [&["voices", "--json"], arguments].concat();
        let outcome = place.peal(&whole).at(&service).outcome().done();
        outcome.json()["voices"].as_array().unwrap().clone()
    };
    let all = found(&[]).len();
    let hindi = found(&["--language", "hindi"]);
    assert!(!hindi.is_empty() && hindi.len() < all);
    for voice in &hindi {
        assert!(
            voice["languages"]
                .as_array()
                .unwrap()
                .contains(&json!("hi")),
            "{voice}"
        );
    }
    let british = found(&["--search", "male BRITISH"]);
    assert!(!british.is_empty());
    for voice in &british {
        assert_eq!(
            (&voice["gender"], &voice["accent"]),
            (&json!("male"), &json!("british"))
        );
    }
    let outcome = place
        .peal(&["voices", "--search", "xyzzy"])
        .at(&service)
        .outcome();
    assert_eq!((outcome.code(), outcome.out()), (Some(0), String::new()));
    assert!(outcome.messages().contains("No voice matches"));
}
