//! The stage itself: what journeys rely on when they say that something was heard, kept or gone.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use e2e::{Keyring, PATIENCE, Scene, Stage};

/// A tone of a second as a WAV file that PulseAudio's own player reads.
fn tone(stage: &Stage) -> std::path::PathBuf {
    let samples: Vec<u8> = (0..48_000)
        .map(|index| (f64::from(index) * 440.0 * std::f64::consts::TAU / 48_000.0).sin())
        .flat_map(|value| ((value * 8000.0) as i16).to_le_bytes())
        .collect();
    let size = samples.len() as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(96_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples);
    let path = stage.files().join("tone.wav");
    fs::write(&path, bytes).expect("the file is written");
    path
}

fn quiet(keyring: Keyring) -> Scene {
    Scene {
        keyring,
        loudspeaker: false,
        ..Scene::default()
    }
}

/// Processes that carry the stage's runtime folder in their environment.
fn on_stage(runtime: &str) -> Vec<String> {
    fs::read_dir("/proc")
        .expect("this is Linux")
        .flatten()
        .filter(|entry| {
            fs::read(entry.path().join("environ")).is_ok_and(|environment| {
                String::from_utf8_lossy(&environment)
                    .split('\0')
                    .any(|variable| variable == runtime)
            })
        })
        .map(|entry| fs::read_to_string(entry.path().join("comm")).unwrap_or_default())
        .collect()
}

fn runtime(stage: &Stage) -> String {
    stage
        .command("true")
        .get_envs()
        .find_map(|(key, value)| (key == "XDG_RUNTIME_DIR").then_some(value?))
        .map(|value| format!("XDG_RUNTIME_DIR={}", value.to_string_lossy()))
        .expect("the stage has a runtime folder")
}

#[test]
fn nothing_outlives_its_stage() {
    let stage = Stage::open(Scene::default()).expect("the stage opens");
    let runtime = runtime(&stage);
    // It leaves every process group, like a service that a bus started.
    let stray = stage
        .command("setsid")
        .args(["--fork", "sleep", "600"])
        .status()
        .expect("setsid is part of util-linux");
    assert!(stray.success());
    for name in ["Xvfb", "dbus-daemon", "pulseaudio", "sleep"] {
        e2e::wait_until(name, PATIENCE, || {
            let found = on_stage(&runtime).iter().any(|found| found.trim() == name);
            Ok(found.then_some(()))
        })
        .unwrap_or_else(|error| panic!("{error} among {:?}", on_stage(&runtime)));
    }
    drop(stage);
    let gone = e2e::wait_until("all to be gone", PATIENCE, || {
        Ok(on_stage(&runtime).is_empty().then_some(()))
    });
    gone.unwrap_or_else(|error| panic!("{error}: {:?}", on_stage(&runtime)));
}

#[test]
fn variables_of_the_person_do_not_reach_the_stage() {
    let stage = Stage::open(quiet(Keyring::Absent)).expect("the stage opens");
    let seen = stage
        .ask("env", &[])
        .expect("env runs")
        .expect("env says yes");
    let names: Vec<&str> = seen
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .collect();
    for name in [
        "CARGO",
        "SMALLEST_API_KEY",
        "HTTP_PROXY",
        "https_proxy",
        "WAYLAND_DISPLAY",
    ] {
        assert!(!names.contains(&name), "{name} reaches the stage");
    }
    assert!(
        names.contains(&"PEAL_API_URL"),
        "without it a journey could reach the real service"
    );
}

#[test]
fn secret_is_given_out_until_the_keyring_is_locked() {
    let stage = Stage::open(quiet(Keyring::Unlocked)).expect("the stage opens");
    let mut store = stage
        .command("secret-tool")
        .args([
            "store",
            "--label=A test",
            "service",
            "harness",
            "username",
            "somebody",
        ])
        .stdin(Stdio::piped())
        .spawn()
        .expect("secret-tool is installed");
    store
        .stdin
        .take()
        .expect("it reads the secret")
        .write_all(b"forty two")
        .expect("it reads the secret");
    assert!(store.wait().expect("it ends").success());

    let attributes = ["service", "harness", "username", "somebody"];
    let found = stage.secret(&attributes).expect("secret-tool runs");
    assert_eq!(found.as_deref(), Some("forty two"));
    stage.lock_keyring().expect("the keyring locks");
    let found = stage.secret(&attributes).expect("secret-tool runs");
    assert_eq!(found, None);
}

#[test]
fn stage_without_a_keychain_keeps_no_secret() {
    let stage = Stage::open(quiet(Keyring::Absent)).expect("the stage opens");
    assert_eq!(
        stage
            .secret(&["service", "harness"])
            .expect("secret-tool runs"),
        None
    );
}

#[test]
fn sound_is_heard_for_as_long_as_it_is_played() {
    let stage = Stage::open(Scene {
        keyring: Keyring::Absent,
        ..Scene::default()
    })
    .expect("the stage opens");
    let recording = stage.listen().expect("there is a loudspeaker");
    let started = Instant::now();
    assert!(!recording.has_sound_since(started));
    let played = stage
        .ask(
            "paplay",
            &[tone(&stage).to_str().expect("the path is UTF-8")],
        )
        .expect("paplay runs");
    assert!(played.is_some(), "paplay played the file");
    let first = recording
        .first_sound(started, PATIENCE)
        .expect("the tone is heard");
    let last = recording
        .silence(Duration::from_millis(300), PATIENCE)
        .expect("the tone ends");
    let seconds = recording
        .sounding_seconds(started)
        .expect("there was a sound");
    // A busy machine may let the player run dry, which only makes it longer.
    assert!((0.95..2.5).contains(&seconds), "{seconds} s");
    assert!(last > first);
    assert!(!recording.has_sound_since(last + Duration::from_millis(100)));
}
