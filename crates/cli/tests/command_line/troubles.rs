//! What can be wrong with the machine while a narration is made: each gives a sentence, and nothing is lost but what is
//! damaged. Other troubles of this kind are told in `narrate` and `killed`.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::narrate::{VOICE, narrate, temporary_files, text_of, told};
use crate::place::{Place, Service, Wav, files_below};

const SENTENCES: usize = 12;

fn place_with_book() -> Place {
    let place = Place::new();
    place.write("book.txt", text_of(SENTENCES).as_bytes());
    place
}

fn narrate_line() -> String {
    format!("\"$PEAL\" narrate book.txt -o out {}", VOICE.join(" "))
}

/// How to have file systems of one's own: as root, else as root of a user namespace; `None` where neither is allowed.
fn own_mounts() -> Option<&'static str> {
    let is_allowed = |way: &&str| {
        let tried = format!("{way} mount -t tmpfs none /mnt");
        let tried = Command::new("sh")
            .args(["-c", &tried])
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    };
    ["unshare -m", "unshare -rm"].into_iter().find(is_allowed)
}

/// Its files are all there, and what was asked of the service is `asked`.
#[track_caller]
fn whole(place: &Place, service: &Service, asked: usize) {
    told(narrate(place, service, &["--json"]));
    assert_eq!(service.syntheses().len(), asked);
    assert!(Wav::open(&place.file("out/book.wav")).seconds() > SENTENCES as f64);
    assert_eq!(temporary_files(place), 0);
}

#[test]
fn a_disk_that_fills_up_is_told_before_anything_is_bought_for_it() {
    let (place, service) = (place_with_book(), Service::start());
    let narrate = narrate_line();
    fs::create_dir_all(place.home()).unwrap();
    // A real disk where one may be made; else a limit on files that no take fits under.
    let line = match own_mounts() {
        Some(own) => format!(
            "exec {own} sh -c 'mount -t tmpfs -o size=500k none \"$PEAL_HOME\" && {narrate}; code=$?; \
             mount -o remount,size=50m \"$PEAL_HOME\" && {narrate} >&2 && exit $code'"
        ),
        None => format!("(ulimit -f 8; {narrate}); code=$?; {narrate} >&2 && exit $code"),
    };
    let outcome = place.shell(&line).at(&service).outcome();
    let messages = outcome.messages();
    assert_eq!(outcome.code(), Some(6), "{messages}");
    let words = ["own folder is full", "could not write into its own folder"];
    assert!(
        words.iter().any(|words| messages.contains(words)),
        "{messages}"
    );
    assert_eq!(service.syntheses().len(), SENTENCES, "each was bought once");
    assert!(place.file("out/book.wav").exists());
}

#[test]
fn a_folder_that_may_not_be_written_costs_no_sentence() {
    let (place, service) = (place_with_book(), Service::start());
    let out = place.file("out");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).unwrap();
    let is_denied = fs::write(out.join("probe"), b"").is_err();
    // Root may write anywhere but where nobody may.
    let line = match own_mounts().filter(|_| !is_denied) {
        Some(own) => format!(
            "exec {own} sh -c 'mount -t tmpfs -o ro none out && {}'",
            narrate_line()
        ),
        None => narrate_line(),
    };
    let _ = fs::remove_file(out.join("probe"));
    let denied = place.shell(&line).at(&service).outcome();
    denied.failed(6, "out");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o755)).unwrap();
    whole(&place, &service, SENTENCES);
}

#[test]
fn a_folder_that_is_gone_is_made_again() {
    let (place, service) = (place_with_book(), Service::start());
    whole(&place, &service, SENTENCES);
    fs::remove_dir_all(place.file("out")).unwrap();
    whole(&place, &service, SENTENCES);
    fs::remove_dir_all(place.home().join("library")).unwrap();
    fs::remove_dir_all(place.file("out")).unwrap();
    whole(&place, &service, SENTENCES);
    fs::remove_dir_all(place.file("out")).unwrap();
    fs::remove_dir_all(place.home()).unwrap();
    whole(&place, &service, SENTENCES * 2);
}

#[test]
fn a_clock_that_was_set_back_changes_nothing() {
    let (place, service) = (place_with_book(), Service::start());
    whole(&place, &service, SENTENCES);
    let takes = files_below(&place.home().join("takes"));
    let take = |path: &&std::path::PathBuf| path.extension().is_some_and(|it| it == "take");
    for take in takes.iter().filter(take) {
        let part = take.with_file_name(".peal-0.part");
        fs::write(part, b"of a killed process").unwrap();
    }
    let in_two_days = SystemTime::now() + Duration::from_secs(2 * 24 * 3600);
    for file in files_below(&place.home()) {
        let file = fs::File::options().write(true).open(file).unwrap();
        file.set_modified(in_two_days).unwrap();
    }
    whole(&place, &service, SENTENCES);
    let edited = text_of(SENTENCES).replace("number 5 is", "number five is");
    place.write("book.txt", edited.as_bytes());
    whole(&place, &service, SENTENCES + 1);
    let ledger = place.peal(&["ledger", "--json"]).outcome().done().json();
    assert_eq!(ledger["bought"], SENTENCES + 1);
}

#[test]
fn damaged_notes_of_a_narration_are_written_anew() {
    for name in ["order.json", "progress.json"] {
        let (place, service) = (place_with_book(), Service::start());
        whole(&place, &service, SENTENCES);
        let named = |path: &&std::path::PathBuf| path.ends_with(Path::new(name));
        let notes = files_below(&place.home().join("library"));
        let note = notes.iter().find(named).unwrap();
        fs::write(note, b"{\"version\": 1, \"ord").unwrap();
        let listed = place.peal(&["library", "list"]).outcome();
        assert_eq!(listed.code(), Some(0));
        if name == "order.json" {
            assert!(
                listed
                    .messages()
                    .starts_with("peal: 1 of the narrations cannot be read")
            );
        }
        narrate(&place, &service, &["--overwrite"]).outcome().done();
        whole(&place, &service, SENTENCES);
    }
}
