//! `kill -9` at instants that nobody chose: nothing that was kept is bought again, and the result is what it would have
//! been.
#![cfg(unix)]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::process::Child;
use std::time::Duration;

use simulator::{LoggedRequest, Options};

use crate::narrate::{narrate, temporary_files, text_of, told};
use crate::place::{Place, Service, files_below};

const SENTENCES: usize = 300;
const AT_ONCE: usize = 4;
/// Answers that may be on their way to the disk beside the open requests.
const KEEPING: usize = 8;
const ARGUMENTS: [&str; 3] = ["--json", "--concurrency", "4"];

/// Numbers that look random and are the same every time.
fn numbers(mut seed: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    }
}

/// The requests that brought the takes on the disk.
fn kept(place: &Place) -> HashSet<String> {
    const BEFORE: &[u8] = b"\"requestId\":\"";
    let request_of = |bytes: &[u8]| {
        let at = bytes.windows(BEFORE.len()).position(|here| here == BEFORE);
        let id = &bytes[at.unwrap() + BEFORE.len()..];
        let end = id.iter().position(|&byte| byte == b'"').unwrap();
        String::from_utf8(id[..end].to_vec()).unwrap()
    };
    files_below(&place.home().join("takes"))
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "take"))
        .map(|path| request_of(&fs::read(path).unwrap()))
        .collect()
}

/// Lets it run until so many requests have come in all, and a moment longer. Whether it had ended by itself.
fn kill_after(child: &mut Child, service: &Service, requests: usize, moment: Duration) -> bool {
    while !service.has_requests(requests) && child.try_wait().unwrap().is_none() {}
    std::thread::sleep(moment);
    let has_ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    has_ended
}

/// Ends a narration of 300 sentences so many times, at moments spread over the whole of it and over what a request goes
/// through.
fn killed(times: usize, seed: u64) {
    let place = Place::new();
    let service = Service::with(Options {
        first_byte: Duration::from_millis(8),
        ..Options::default()
    });
    let text = text_of(SENTENCES);
    let characters: usize = text.lines().map(|line| line.chars().count()).sum();
    place.write("book.txt", text.as_bytes());
    let mut random = numbers(seed);
    let (mut kills, mut in_flight, mut most) = (0, 0, 0);
    for _ in 0..times {
        let before = service.syntheses().len();
        let mut child = narrate(&place, &service, &ARGUMENTS).begin();
        let until = before + random(2 * SENTENCES as u64 / times as u64 + 1) as usize;
        let moment = Duration::from_micros(random(25_000));
        if kill_after(&mut child, &service, until, moment) {
            continue;
        }
        kills += 1;
        let kept = kept(&place);
        let lost = service.syntheses()[before..]
            .iter()
            .filter(|one| !kept.contains(&one.request_id))
            .count();
        assert!(lost <= AT_ONCE + KEEPING, "{lost} were lost at one kill");
        in_flight += lost;
        most = most.max(lost);
    }
    let last = told(narrate(&place, &service, &ARGUMENTS));
    assert_eq!(last["sentences"], SENTENCES);
    same_as_undisturbed(&place, &text);

    let kept = kept(&place);
    assert_eq!(kept.len(), SENTENCES);
    let asked = service.syntheses();
    let mut last_of: HashMap<&str, &LoggedRequest> = HashMap::new();
    for one in &asked {
        let before = last_of.insert(&one.text, one);
        let was_kept = before.is_some_and(|before| kept.contains(&before.request_id));
        assert!(!was_kept, "“{}” was there and was asked for", one.text);
    }
    let sold = asked.iter().filter(|one| one.completed);
    let sold: usize = sold.map(|one| one.characters).sum();
    let longest = text.lines().map(|line| line.chars().count()).max();
    let allowed = characters + in_flight * longest.unwrap();
    assert!(sold <= allowed, "{sold} of {characters}");
    assert_eq!(temporary_files(&place), 0);

    let ledger = place.peal(&["ledger", "--json"]).outcome().done().json();
    assert_eq!(
        ledger["bought"], SENTENCES,
        "what is owned is accounted for"
    );
    let unanswered = ledger["unanswered"].as_u64().unwrap();
    assert!(unanswered as usize <= in_flight, "{unanswered}");
    let figures = serde_json::json!({
        "kills": kills, "in_flight": in_flight, "most": most,
        "sold": sold, "characters": characters, "unanswered": unanswered,
    });
    println!("{figures}");
}

fn same_as_undisturbed(place: &Place, text: &str) {
    let undisturbed = Place::new();
    undisturbed.write("book.txt", text.as_bytes());
    told(narrate(&undisturbed, &Service::start(), &ARGUMENTS));
    let sound = |place: &Place| fs::read(place.file("out/book.wav")).unwrap();
    assert!(sound(place) == sound(&undisturbed), "it is the same sound");
}

#[test]
fn a_narration_that_is_killed_again_and_again_is_complete_and_not_bought_twice() {
    // `cargo xtask bench soak` asks for two hundred.
    let asked = std::env::var("PEAL_KILLS").ok();
    let times = asked.and_then(|times| times.parse().ok());
    killed(times.unwrap_or(25), 7);
}
