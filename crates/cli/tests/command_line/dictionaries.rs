//! How words are said: kept at the service, followed by cloud voices, and paid for only where it is heard.
#![cfg(unix)]

use serde_json::{Value, json};
use simulator::LoggedRequest;

use crate::narrate::{VOICE, narrate, text_of, told};
use crate::place::{Outcome, Place, Service};

fn dictionary(place: &Place, service: &Service, arguments: &[&str]) -> Outcome {
    let arguments = [&["dictionary"][..], arguments].concat();
    place.peal(&arguments).at(service).outcome()
}

fn quote(place: &Place, service: &Service, more: &[&str]) -> Value {
    let arguments = [&["quote", "book.txt", "--json"][..], &VOICE, more].concat();
    place.peal(&arguments).at(service).outcome().done().json()
}

/// What speech was asked for: the text of each request.
fn spoken(service: &Service) -> Vec<String> {
    let mut requests = service.requests();
    requests.retain(|one| one.method == "POST" && !one.path.contains("pronunciation"));
    let text = |one: &LoggedRequest| one.text.clone();
    requests.iter().map(text).collect()
}

#[test]
fn a_dictionary_is_made_changed_and_deleted() {
    let (place, service) = (Place::new(), Service::start());
    let made = dictionary(
        &place,
        &service,
        &[
            "create",
            "Names",
            "GIF=jiff",
            "New York = noo yawk",
            "--json",
        ],
    );
    let made = made.done().json();
    assert_eq!(
        (&made["name"], &made["inUse"]),
        (&"Names".into(), &true.into())
    );
    assert_eq!(
        made["words"][1],
        json!({ "word": "New York", "pronunciation": "noo yawk" })
    );

    let again = dictionary(&place, &service, &["create", "names", "API=ay-pee-eye"]);
    again.failed(2, "called so already");
    let set = dictionary(
        &place,
        &service,
        &["set", "NAMES", "GIF=ghif", "API=ay-pee-eye", "--json"],
    );
    let said = |json: &Value| {
        let words = json["words"].as_array().unwrap().iter();
        let pairs = words.map(|one| {
            format!(
                "{}={}",
                one["word"].as_str().unwrap(),
                one["pronunciation"].as_str().unwrap()
            )
        });
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(
        said(&set.done().json()),
        ["GIF=ghif", "New York=noo yawk", "API=ay-pee-eye"]
    );
    let id = made["id"].as_str().unwrap();
    let shown = dictionary(&place, &service, &["show", id]).done().out();
    assert!(shown.contains("Word   GIF=ghif\n"), "{shown}");
    dictionary(&place, &service, &["remove", "Names", "GIF", "SQL"]).failed(2, "does not have all");
    let less = dictionary(
        &place,
        &service,
        &["remove", "Names", "GIF", "API", "--json"],
    );
    assert_eq!(said(&less.done().json()), ["New York=noo yawk"]);
    dictionary(&place, &service, &["rename", "Names", "Places"]).done();
    dictionary(&place, &service, &["ignore", "Places"]).done();
    let list = dictionary(&place, &service, &["list"]).done().out();
    assert_eq!(list, format!("{id}  not used  1 word      Places\n"));

    let last = dictionary(
        &place,
        &service,
        &["remove", "Places", "New York", "--json"],
    );
    assert_eq!(last.json(), json!({ "deleted": id }));
    assert!(
        last.messages().contains("no empty dictionary"),
        "{}",
        last.messages()
    );
    let none = dictionary(&place, &service, &["list", "--json"])
        .done()
        .json();
    assert_eq!(none, json!({ "current": true, "dictionaries": [] }));
    dictionary(&place, &service, &["delete", "Places"]).failed(2, "no such dictionary");
}

#[test]
fn one_word_said_otherwise_buys_exactly_the_sentences_that_have_it_and_the_quote_says_so_first() {
    let (place, service) = (Place::new(), Service::start());
    let (with, like) = (
        "The GIF of number 7 is long enough to stand alone.",
        "A GIFT of number 8 is long enough to stand alone.",
    );
    let text = text_of(20) + with + "\n\n" + like + "\n\n";
    place.write("book.txt", text.as_bytes());
    let first = told(narrate(&place, &service, &["--json"]));
    assert_eq!(spoken(&service).len(), 22);

    dictionary(
        &place,
        &service,
        &["create", "Names", "GIF=jiff", "SQL=sequel"],
    )
    .done();
    let before = quote(&place, &service, &[]);
    assert_eq!(before["toBuy"], with.len());
    assert_eq!(
        before["owned"],
        first["characters"].as_u64().unwrap() - with.len() as u64
    );
    assert_eq!(quote(&place, &service, &["--no-dictionaries"])["toBuy"], 0);
    assert_eq!(spoken(&service).len(), 22, "a quote buys nothing");
    let after = told(narrate(&place, &service, &["--json"]));
    assert_eq!(after["bought"], before["toBuy"]);
    assert_eq!(spoken(&service)[22..], [with]);
    let asked = service.requests();
    let dictionaries =
        |one: &LoggedRequest| Some(one.fields.get("pronunciation_dicts")?.as_array()?.len());
    let sent: Vec<usize> = asked.iter().filter_map(dictionaries).collect();
    assert_eq!(sent.iter().sum::<usize>(), 1, "only where it is heard");

    dictionary(&place, &service, &["set", "Names", "SQL=ess-queue-ell"]).done();
    assert_eq!(
        quote(&place, &service, &[])["toBuy"],
        0,
        "no sentence has it"
    );
    dictionary(&place, &service, &["set", "Names", "GIF=ghif"]).done();
    assert_eq!(quote(&place, &service, &[])["toBuy"], with.len());
    dictionary(&place, &service, &["set", "Names", "GIF=jiff"]).done();
    assert_eq!(
        quote(&place, &service, &[])["toBuy"],
        0,
        "both sounds are kept"
    );
    dictionary(&place, &service, &["ignore", "Names"]).done();
    assert_eq!(
        quote(&place, &service, &[])["toBuy"],
        0,
        "and the one without"
    );
    assert_eq!(
        quote(&place, &service, &["--dictionary", "Names"])["toBuy"],
        0
    );
    assert_eq!(spoken(&service).len(), 23);
}

#[test]
fn a_word_changed_elsewhere_is_in_the_next_quote_and_never_in_an_old_take() {
    let (place, elsewhere, service) = (Place::new(), Place::new(), Service::start());
    place.write("book.txt", b"The GIF is late. Nobody knows why that is so.");
    let made = dictionary(&place, &service, &["create", "Names", "GIF=jiff", "--json"]);
    let id = made.done().json()["id"].as_str().unwrap().to_owned();
    told(narrate(&place, &service, &["--json"]));
    assert_eq!(quote(&place, &service, &[])["toBuy"], 0);
    dictionary(&elsewhere, &service, &["set", &id, "GIF=ghif"]).done();
    assert!(quote(&place, &service, &[])["toBuy"].as_u64().unwrap() > 0);

    dictionary(&elsewhere, &service, &["delete", &id]).done();
    let gone = place.peal(&[&["quote", "book.txt", "--dictionary", "Names"][..], &VOICE].concat());
    gone.at(&service).outcome().failed(2, "no such dictionary");
}

#[test]
fn without_the_service_what_was_last_seen_finds_what_was_bought() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", b"The GIF is late. Nobody knows why that is so.");
    dictionary(&place, &service, &["create", "Names", "GIF=jiff"]).done();
    told(narrate(&place, &service, &["--json"]));
    let (url, key) = (service.simulator.url(), service.simulator.key().to_owned());
    drop(service);
    let arguments = [&["quote", "book.txt", "--json"][..], &VOICE].concat();
    let quote = place.peal(&arguments).env("PEAL_API_URL", &url);
    let quote = quote.env("SMALLEST_API_KEY", &key).outcome();
    assert_eq!(quote.json()["toBuy"], 0);
    let said = quote.messages();
    assert!(said.contains("as they were last seen"), "{said}");
}

#[test]
fn the_built_in_voice_follows_no_dictionary_and_says_so() {
    let place = Place::new();
    let spoken = place.peal(&["speak", "Hello.", "-o", "out.wav", "--dictionary", "Names"]);
    spoken
        .outcome()
        .failed(2, "follows no pronunciation dictionary");
    place
        .peal(&["dictionary", "list"])
        .outcome()
        .failed(3, "SMALLEST_API_KEY");
}
