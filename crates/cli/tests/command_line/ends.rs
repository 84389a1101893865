//! Commands that are stopped, and results that nobody reads to the end.
#![cfg(unix)]

use std::io::Read;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use simulator::{Fault, Options, Times};

use crate::place::{Place, Service, end_of};

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_signal_ends_slow_speech_at_once_and_leaves_nothing() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        for destination in ["out.wav", "-"] {
            let (place, service) = (Place::new(), Service::start());
            place.write("older.wav", b"older");
            // The second sentence never comes: the file has begun by then.
            service
                .simulator
                .fault(Fault::FirstByte(Duration::ZERO), Times::Once);
            service.simulator.fault(Fault::NeverAnswers, Times::Always);
            let text = "The first sentence is a good one. The second sentence is better still.";
            let child = place
                .peal(&["speak", text, "-o", destination, "--voice", "sophie"])
                .at(&service)
                .begin();
            service.wait_for_requests(2);
            assert!(place.left_behind().len() > 1, "a temporary file is there");
            let since = Instant::now();
            signal(&child, name);
            end_of(child).failed(code, "Stopped");
            assert!(since.elapsed() < Duration::from_secs(5));
            assert_eq!(place.left_behind(), ["older.wav"], "{name} {destination}");
        }
    }
}

#[test]
fn a_signal_ends_long_speech_of_the_built_in_voice() {
    let place = Place::new();
    let text = "This is a long text that takes its time to be spoken. ".repeat(4000);
    let input = place.write("long.txt", text.as_bytes());
    let child = place
        .peal(&["speak", "-f", input.to_str().unwrap(), "-o", "out.wav"])
        .begin();
    let since = Instant::now();
    while place.left_behind().len() == 1 {
        assert!(since.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "INT");
    end_of(child).failed(130, "Stopped");
    assert_eq!(place.left_behind(), ["long.txt"]);
}

#[test]
fn a_stopped_command_says_so_in_json() {
    let (place, service) = (Place::new(), Service::start());
    service.simulator.fault(Fault::NeverAnswers, Times::Always);
    let child = place
        .peal(&[
            "speak",
            "Hello there.",
            "-o",
            "out.wav",
            "--voice",
            "sophie",
            "--json",
        ])
        .at(&service)
        .begin();
    service.wait_for_requests(1);
    signal(&child, "INT");
    let outcome = end_of(child);
    assert_eq!(outcome.code(), Some(130));
    assert_eq!(outcome.json()["error"]["code"], "stopped");
}

#[cfg(target_os = "linux")]
#[test]
fn waiting_for_a_text_can_be_stopped() {
    let place = Place::new();
    let mut child = place.peal(&["speak", "-o", "out.wav"]).begin();
    // Held open, so that the text never ends.
    let input = child.stdin.take();
    wait_until_it_hears(&child, 15);
    signal(&child, "TERM");
    end_of(child).failed(143, "Stopped");
    drop(input);
    assert_eq!(place.left_behind(), [""; 0]);
}

/// Returns as soon as the program has something to do when this signal comes.
#[cfg(target_os = "linux")]
fn wait_until_it_hears(child: &Child, signal: u32) {
    let since = Instant::now();
    loop {
        let path = format!("/proc/{}/status", child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
        if caught & (1 << (signal - 1)) != 0 {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let (place, service) = (Place::new(), Service::with(Options::default()));
    for arguments in [
        &["voices"][..],
        &["voices", "--json"],
        &["speak", "Hello there, dear reader.", "-o", "-"],
        &["key", "status"],
        &["--help"],
    ] {
        let mut child = place.peal(arguments).at(&service).begin();
        drop(child.stdout.take());
        let mut messages = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut messages)
            .unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!((code, messages.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn without_any_stream_the_work_is_done_all_the_same() {
    let place = Place::new();
    let outcome = place
        .shell("exec \"$PEAL\" speak Hello. -o out.wav <&- >&- 2>&-")
        .outcome();
    assert_eq!(outcome.code(), Some(0));
    assert_eq!(place.left_behind(), ["out.wav"]);
}
