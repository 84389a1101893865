//! Narrations: whatever ends them, nothing is lost and nothing is bought twice.
#![cfg(unix)]

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Fault, Options, Times};

use crate::place::{Place, Run, Service, Wav, end_of, files_below};

/// The service cannot use a text.
const REFUSAL: Fault = Fault::Status {
    status: 400,
    retry_after: None,
    body: simulator::ErrorBody::ErrorOnly,
};

pub(crate) const VOICE: [&str; 4] = ["--voice", "sophie", "--rate", "8000"];

/// A text of so many sentences, each a paragraph and none like another.
pub(crate) fn text_of(sentences: usize) -> String {
    (0..sentences)
        .map(|number| format!("Sentence number {number} is long enough to stand alone.\n\n"))
        .collect()
}

pub(crate) fn narrate(place: &Place, service: &Service, more: &[&str]) -> Run {
    let arguments = [&["narrate", "book.txt", "-o", "out"][..], &VOICE, more].concat();
    place.peal(&arguments).at(service)
}

pub(crate) fn told(run: Run) -> Value {
    let outcome = run.outcome();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    outcome.json()["narrations"][0].clone()
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    name.starts_with(".peal-") || name.ends_with("-journal")
}

pub(crate) fn temporary_files(place: &Place) -> usize {
    let files = files_below(place.folder()).into_iter();
    files.filter(|path| is_temporary(path)).count()
}

#[test]
fn a_text_becomes_a_file_and_is_free_the_second_time() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(30).as_bytes());
    let first = told(narrate(&place, &service, &["--json", "--concurrency", "4"]));
    assert_eq!(
        (&first["sentences"], &first["reused"]),
        (&30.into(), &0.into())
    );
    assert_eq!(first["bought"], first["characters"]);
    assert_eq!(service.syntheses().len(), 30);
    let wav = Wav::open(&place.file("out/book.wav"));
    assert_eq!(wav.rate, 8000);
    assert!((wav.seconds() - first["files"][0]["seconds"].as_f64().unwrap()).abs() < 0.001);

    let quote = place
        .peal(&[&["quote", "book.txt", "--json"][..], &VOICE].concat())
        .at(&service)
        .outcome()
        .done()
        .json();
    assert_eq!((&quote["toBuy"], &quote["price"]), (&0.into(), &0.0.into()));
    assert_eq!(quote["owned"], first["characters"]);
    for other in [&["--maths"][..], &["--numbers", "hi"]] {
        let arguments = [&["quote", "book.txt", "--json"][..], &VOICE, other].concat();
        let otherwise = place.peal(&arguments).at(&service).outcome().done().json();
        assert_eq!(
            otherwise["toBuy"], first["characters"],
            "it sounds otherwise"
        );
        let built_in = [&["quote", "book.txt"][..], other].concat();
        let refused = place.peal(&built_in).outcome();
        refused.failed(2, "leave out --numbers and --maths");
    }
    let second = told(narrate(&place, &service, &["--json"]));
    assert_eq!(
        (&second["bought"], &second["reused"]),
        (&0.into(), &first["characters"])
    );
    assert_eq!(service.syntheses().len(), 30, "nothing is asked for again");

    let ledger = place.peal(&["ledger", "--json"]).outcome().done().json();
    assert_eq!(ledger["characters"], first["characters"]);
    assert_eq!(
        (&ledger["bought"], &ledger["unanswered"]),
        (&30.into(), &0.into())
    );
    let ids: HashSet<_> = service
        .syntheses()
        .into_iter()
        .map(|one| one.request_id)
        .collect();
    for request in ledger["requests"].as_array().unwrap() {
        assert!(
            ids.contains(request["requestId"].as_str().unwrap()),
            "{request}"
        );
    }
}

#[test]
fn one_edited_sentence_of_a_thousand_is_one_request() {
    let (place, service) = (Place::new(), Service::start());
    let text = text_of(1000);
    place.write("book.txt", text.as_bytes());
    told(narrate(
        &place,
        &service,
        &["--json", "--concurrency", "10"],
    ));
    assert_eq!(service.syntheses().len(), 1000);
    let edited = text.replace("number 567 is", "number 567 was once");
    place.write("book.txt", edited.as_bytes());
    let after = told(narrate(&place, &service, &["--json"]));
    assert_eq!(
        after["bought"],
        "Sentence number 567 was once long enough to stand alone.".len()
    );
    assert_eq!(service.syntheses().len(), 1001);
}

#[test]
fn an_interruption_waits_for_the_sentence_that_is_being_bought() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(5).as_bytes());
    service
        .simulator
        .fault(Fault::FirstByte(Duration::from_millis(700)), Times::Always);
    let child = narrate(&place, &service, &[]).begin();
    service.wait_for_requests(1);
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    end_of(child).failed(130, "Stopped");
    assert_eq!(service.syntheses().len(), 1);
    service.simulator.clear_faults();
    let rest = told(narrate(&place, &service, &["--json"]));
    assert_eq!(service.syntheses().len(), 5, "the first was not lost");
    assert!(rest["reused"].as_u64().unwrap() > 0);
}

#[test]
fn a_damaged_take_is_noticed_and_made_again_alone() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(20).as_bytes());
    told(narrate(&place, &service, &["--json"]));
    let before = fs::read(place.file("out/book.wav")).unwrap();
    let takes: Vec<_> = files_below(&place.home().join("takes"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "take"))
        .collect();
    assert_eq!(takes.len(), 20);
    let mut bytes = fs::read(&takes[3]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&takes[3], bytes).unwrap();
    fs::remove_file(&takes[4]).unwrap();
    let mended = narrate(&place, &service, &["--json"]).outcome();
    assert_eq!(
        mended.messages(),
        "peal: 1 of the sentences were damaged on the disk, or gone, and were made again.\n"
    );
    assert_eq!(service.syntheses().len(), 22);
    assert!(fs::read(place.file("out/book.wav")).unwrap() == before);
}

#[test]
fn a_damaged_ledger_costs_nothing_but_prices() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(5).as_bytes());
    told(narrate(&place, &service, &["--json"]));
    fs::write(place.home().join("ledger.sqlite"), b"no database").unwrap();
    let mended = narrate(&place, &service, &["--json"]).outcome();
    let said = "peal: The ledger was damaged. It was made anew";
    assert!(mended.messages().starts_with(said), "{}", mended.messages());
    let again = mended.json()["narrations"][0].clone();
    assert_eq!(again["bought"], 0);
    let ledger = place.peal(&["ledger", "--json"]).outcome().done().json();
    assert_eq!(
        (&ledger["bought"], &ledger["price"]),
        (&5.into(), &0.0.into())
    );
    assert_eq!(ledger["characters"], again["characters"]);
}

#[test]
fn two_at_once_make_one_narration_once_and_buy_what_they_share_once() {
    let place = Place::new();
    let service = Service::with(Options {
        first_byte: Duration::from_millis(30),
        ..Options::default()
    });
    place.write("book.txt", text_of(40).as_bytes());
    let first = narrate(&place, &service, &[]).begin();
    service.wait_for_requests(1);
    narrate(&place, &service, &[])
        .outcome()
        .failed(2, "Another Peal is making this narration now");
    let elsewhere = [&["narrate", "book.txt", "-o", "elsewhere"][..], &VOICE].concat();
    let second = place.peal(&elsewhere).at(&service).outcome();
    assert_eq!(second.code(), Some(0), "{}", second.messages());
    assert_eq!(end_of(first).code(), Some(0));
    assert_eq!(service.syntheses().len(), 40);
    let made =
        ["out/book.wav", "elsewhere/book.wav"].map(|name| fs::read(place.file(name)).unwrap());
    assert!(made[0] == made[1]);
}

#[test]
fn a_sentence_that_fails_blocks_no_other_and_is_tried_again_by_the_same_command() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(10).as_bytes());
    service.simulator.fault(REFUSAL, Times::Once);
    narrate(&place, &service, &[])
        .outcome()
        .failed(5, "1 of the sentences could not be made");
    assert_eq!(service.syntheses().len(), 10);
    assert!(!place.file("out/book.wav").exists());
    told(narrate(&place, &service, &["--json"]));
    assert_eq!(service.syntheses().len(), 11);

    place.write("book.txt", text_of(20).as_bytes());
    service.simulator.fault(REFUSAL, Times::Always);
    narrate(&place, &service, &["--overwrite"])
        .outcome()
        .failed(5, "could not use this text");
    assert_eq!(
        service.syntheses().len(),
        14,
        "three equal failures are enough"
    );
}

#[test]
fn a_sentence_that_fails_keeps_no_other_file_from_being_narrated() {
    let (place, service) = (Place::new(), Service::start());
    let names = ["a.txt", "b.txt", "c.txt"];
    for (index, name) in names.into_iter().enumerate() {
        place.write(
            name,
            format!("The keeper of lamp {index} slept on that night.").as_bytes(),
        );
    }
    let arguments = [
        &["narrate"][..],
        &names,
        &["-o", "out", "--json", "--concurrency", "1"],
        &VOICE,
    ]
    .concat();
    service.simulator.fault(REFUSAL, Times::Once);
    let outcome = place.peal(&arguments).at(&service).outcome();
    assert_eq!(outcome.code(), Some(5), "{}", outcome.messages());
    let told = outcome.json();
    assert_eq!(told["error"]["code"], "incomplete");
    let failed: Vec<_> = told["narrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["failed"].clone())
        .collect();
    assert_eq!(failed, [json!([0]), json!([]), json!([])]);
    assert!(!place.file("out/a.wav").exists() && place.file("out/c.wav").exists());
    let library = place
        .peal(&["library", "list", "--json"])
        .outcome()
        .done()
        .json();
    let failed = |title: &str| {
        let narrations = library["narrations"].as_array().unwrap();
        narrations.iter().find(|one| one["title"] == title).unwrap()["failed"].clone()
    };
    assert_eq!((failed("a"), failed("b")), (json!([0]), json!([])));
    place.peal(&arguments).at(&service).outcome().done();
    assert_eq!(
        service.syntheses().len(),
        4,
        "only what had failed was asked for again"
    );
}

#[test]
fn sentences_that_fail_are_asked_for_last_by_the_next_run() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(8).as_bytes());
    service.simulator.fault(REFUSAL, Times::N(3));
    let one = ["--concurrency", "1"];
    narrate(&place, &service, &one)
        .outcome()
        .failed(5, "could not use this text");
    let texts = || -> Vec<String> {
        service
            .syntheses()
            .into_iter()
            .map(|one| one.text)
            .collect()
    };
    let before = texts();
    assert_eq!(before.len(), 3, "three equal failures are enough");
    told(narrate(&place, &service, &["--concurrency", "1", "--json"]));
    let after = texts().split_off(3);
    assert_eq!(after.len(), 8);
    assert_eq!(after[5..], before, "those that failed come last");
}

#[test]
fn a_refused_key_stops_at_once_and_a_spending_limit_before_it_is_passed() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(10).as_bytes());
    narrate(&place, &service, &[])
        .env("SMALLEST_API_KEY", simulator::FORBIDDEN_KEY)
        .outcome()
        .failed(3, "This key cannot use this voice");
    assert_eq!(service.syntheses().len(), 1);
    // Fifty characters are about a thousandth of a dollar.
    narrate(&place, &service, &["--spend-limit", "0.003"])
        .outcome()
        .failed(5, "spending limit");
    let ledger = place.peal(&["ledger", "--json"]).outcome().done().json();
    assert!(ledger["price"].as_f64().unwrap() <= 0.003, "{ledger}");
    assert!(service.syntheses().len() < 5);
    told(narrate(&place, &service, &["--json"]));
}

#[test]
fn without_a_connection_it_waits_and_goes_on_by_itself() {
    let place = Place::new();
    place.write("book.txt", text_of(5).as_bytes());
    // A port that is free now, and at which the service turns up later.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let arguments = [&["narrate", "book.txt", "-o", "out"][..], &VOICE].concat();
    let mut child = place
        .peal(&arguments)
        .env("PEAL_API_URL", &format!("http://127.0.0.1:{port}"))
        .env("SMALLEST_API_KEY", simulator::DEFAULT_KEY)
        .begin();
    let mut messages = child.stderr.take().unwrap();
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains("No connection") {
        let mut byte = [0];
        std::io::Read::read_exact(&mut messages, &mut byte).unwrap();
        said.push(byte[0]);
    }
    let service = Service::with(Options {
        port,
        ..Options::default()
    });
    assert_eq!(end_of(child).code(), Some(0));
    assert_eq!(service.syntheses().len(), 5);
    assert!(place.file("out/book.wav").exists());
}

#[test]
fn nothing_is_bought_that_cannot_be_kept() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(5).as_bytes());
    // A file where the takes would go, and one where the finished files would.
    fs::create_dir_all(place.home()).unwrap();
    fs::write(place.home().join("takes"), b"").unwrap();
    narrate(&place, &service, &[])
        .outcome()
        .failed(6, "could not write into its own folder");
    assert_eq!(service.syntheses().len(), 0);
    fs::remove_file(place.home().join("takes")).unwrap();

    // A disk without room, as far as the process can tell.
    let line = format!(
        "ulimit -f 8; exec \"$PEAL\" narrate book.txt -o out {}",
        VOICE.join(" ")
    );
    let full = place.shell(&line).at(&service).outcome();
    assert_eq!(full.code(), Some(6), "{}", full.messages());
    assert_eq!(service.syntheses().len(), 0);
    told(narrate(&place, &service, &["--json"]));
    assert_eq!(service.syntheses().len(), 5);
    assert_eq!(temporary_files(&place), 0);
}

#[test]
fn takes_whose_folder_is_taken_away_are_made_again() {
    let place = Place::new();
    let service = Service::with(Options {
        first_byte: Duration::from_millis(20),
        ..Options::default()
    });
    place.write("book.txt", text_of(30).as_bytes());
    let child = narrate(&place, &service, &[]).begin();
    service.wait_for_requests(15);
    fs::rename(place.home().join("takes"), place.folder().join("gone")).unwrap();
    let outcome = end_of(child);
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    assert_eq!(Wav::open(&place.file("out/book.wav")).rate, 8000);
}

#[test]
fn files_of_other_origin_are_not_replaced_unless_asked() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(3).as_bytes());
    fs::create_dir(place.file("out")).unwrap();
    place.write("out/book.wav", b"somebody's");
    narrate(&place, &service, &[])
        .outcome()
        .failed(2, "is there already");
    assert_eq!(
        service.syntheses().len(),
        0,
        "found before anything is bought"
    );
    narrate(&place, &service, &["--overwrite"]).outcome().done();
    narrate(&place, &service, &[]).outcome().done();
}

#[test]
fn the_built_in_voice_narrates_the_same_whatever_the_order_and_without_a_key() {
    let text = "The first sentence is short. The second one is a little longer than that.\n\nA third ends it.\n";
    let made = ["1", "8"].map(|threads| {
        let place = Place::new();
        place.write("tale.txt", text.as_bytes());
        place
            .peal(&["narrate", "tale.txt", "-o", "out", "--split", "paragraph"])
            .env("TOKIO_WORKER_THREADS", threads)
            .outcome()
            .done();
        ["out/tale 01.wav", "out/tale 02.wav"].map(|name| fs::read(place.file(name)).unwrap())
    });
    assert!(made[0] == made[1]);
}

#[test]
fn the_library_lists_exports_and_forgets() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(4).as_bytes());
    let id = told(narrate(&place, &service, &["--json"]))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let list = place
        .peal(&["library", "list", "--json"])
        .outcome()
        .done()
        .json();
    assert_eq!(list["narrations"][0]["id"], id.as_str());
    assert_eq!(list["narrations"][0]["state"], "finished");
    let show = place
        .peal(&["library", "show", &id, "--json"])
        .outcome()
        .done()
        .json();
    assert_eq!(show, list["narrations"][0]);
    let export = [
        "library",
        "export",
        &id,
        "-o",
        "again",
        "--split",
        "paragraph",
    ];
    place.peal(&export).at(&service).outcome().done();
    assert_eq!(fs::read_dir(place.file("again")).unwrap().count(), 4);
    assert_eq!(service.syntheses().len(), 4, "an export buys nothing");
    fs::remove_dir_all(place.home().join("takes")).unwrap();
    let elsewhere = ["library", "export", &id, "-o", "elsewhere"];
    place
        .peal(&elsewhere)
        .at(&service)
        .outcome()
        .failed(5, "not paid for again");
    assert_eq!(service.syntheses().len(), 4, "an export buys nothing");
    let rename = ["library", "rename", &id, "The lighthouse"];
    place.peal(&rename).outcome().done();
    let found = |words| {
        let list = ["library", "list", "--find", words, "--json"];
        let list = place.peal(&list).outcome().done().json();
        list["narrations"].as_array().unwrap().len()
    };
    assert_eq!((found("LIGHT house"), found("moon")), (1, 0));
    place.peal(&["library", "remove", &id]).outcome().done();
    place
        .peal(&["library", "show", &id])
        .outcome()
        .failed(2, "no such narration");
    assert!(place.file("out/book.wav").exists());
}

#[test]
fn a_file_that_somebody_changed_is_not_replaced_unasked() {
    let (place, service) = (Place::new(), Service::start());
    place.write("book.txt", text_of(3).as_bytes());
    let captions = ["--captions", "srt"];
    for name in ["out/book.wav", "out/book.srt"] {
        told(narrate(
            &place,
            &service,
            &[&captions[..], &["--json", "--overwrite"]].concat(),
        ));
        // As it was left it is ours to make again.
        told(narrate(
            &place,
            &service,
            &[&captions[..], &["--json"]].concat(),
        ));
        fs::write(place.file(name), "changed by hand").unwrap();
        narrate(&place, &service, &captions)
            .outcome()
            .failed(2, "is there already");
        assert_eq!(fs::read(place.file(name)).unwrap(), b"changed by hand");
    }
}

#[test]
fn of_two_narrations_at_once_under_one_name_one_is_refused() {
    let (place, service) = (Place::new(), Service::start());
    let form = ["-o", "out", "--captions", "srt", "--json"];
    let made: Vec<_> = ["one.md", "two.md"]
        .map(|name| {
            let text = format!("# The same title\n\nOnly {name} says this. {}", text_of(8));
            place.write(name, text.as_bytes());
            let arguments = [&["narrate", name][..], &form, &VOICE].concat();
            place.peal(&arguments).at(&service).begin()
        })
        .into_iter()
        .map(end_of)
        .collect();
    let mut ends: Vec<_> = made.iter().map(|outcome| outcome.code()).collect();
    ends.sort_unstable();
    let words: Vec<String> = made.iter().map(|outcome| outcome.messages()).collect();
    assert!(
        matches!(ends[..], [Some(0), Some(2 | 6)]),
        "{ends:?} {words:?}"
    );
    let winner = made
        .iter()
        .position(|outcome| outcome.code() == Some(0))
        .unwrap();
    let subtitles = fs::read_to_string(place.file("out/The same title.srt")).unwrap();
    assert!(
        subtitles.contains(["Only one.md", "Only two.md"][winner]),
        "{subtitles}"
    );
    // The other one is refused again, though it was about to write under that name.
    let other = ["two.md", "one.md"][winner];
    let again = [&["narrate", other][..], &form, &VOICE].concat();
    let again = place.peal(&again).at(&service).outcome();
    assert_eq!(again.code(), Some(2), "{}", again.messages());
}
