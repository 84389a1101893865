//! What is played equals what was sent, on a device that writes down all it is given.

#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "each test binary uses some of the tools")]
mod sound;

use std::f64::consts::PI;
use std::path::Path;

use sound::{Place, as_floats, in_place, noise, played_to_file, wait_for};
use studio::player::{Player, PlayerState};
use studio::track::Track;

/// Plays `samples` from start to end and returns what the device was given.
fn play(folder: &Path, rate: u32, samples: &[i16]) -> Vec<f32> {
    let player = Player::new();
    let track = Track::new(rate);
    track.append(samples).expect("there is room");
    track.finish();
    player.play(track);
    let end = wait_for(&player, &[PlayerState::Finished, PlayerState::NoDevice]);
    assert_eq!(end.state, PlayerState::Finished);
    assert_eq!(end.underruns, 0);
    assert_eq!(end.position_seconds, samples.len() as f64 / f64::from(rate));
    drop(player);
    played_to_file(folder)
}

/// A chord that begins and ends at full level, so that a loss at either end shows.
fn chord(rate: u32, seconds: f64) -> Vec<i16> {
    let samples = (f64::from(rate) * seconds) as usize;
    (0..samples)
        .map(|n| {
            let time = n as f64 / f64::from(rate);
            let tones = [(330.0, 0.5), (1_250.0, 0.2), (4_000.0, 0.1)];
            let value: f64 = tones
                .iter()
                .map(|(hertz, level)| level * (2.0 * PI * hertz * time + 1.0).sin())
                .sum();
            (value * 32_000.0) as i16
        })
        .collect()
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let product = |x: &[f32], y: &[f32]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(x, y)| f64::from(*x) * f64::from(*y))
            .sum()
    };
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

#[test]
fn speech_at_the_rate_of_the_device_is_played_sample_for_sample() {
    in_place(
        Place::File,
        "speech_at_the_rate_of_the_device_is_played_sample_for_sample",
        |folder| {
            let sent = noise(48_000);
            let played = play(folder, 48_000, &sent);
            assert_eq!(played.len(), sent.len());
            assert!(played == as_floats(&sent), "every sample is as it was sent");
        },
    );
}

fn speech_at_another_rate_is_complete(folder: &Path, rate: u32) {
    let played = play(folder, rate, &chord(rate, 1.0));
    let ideal = as_floats(&chord(48_000, 1.0));
    let slack = 48;
    assert!(
        played.len().abs_diff(ideal.len()) <= slack,
        "{} frames instead of {}",
        played.len(),
        ideal.len()
    );
    let length = played.len().min(ideal.len());
    let whole = correlation(&played[..length], &ideal[..length]);
    assert!(whole > 0.999, "the whole correlates with {whole}");
    // The first and last ten milliseconds, where rodio's mixer would have garbled or lost them.
    let start = correlation(&played[..480], &ideal[..480]);
    assert!(start > 0.999, "the start correlates with {start}");
    let end = correlation(&played[length - 480..length], &ideal[length - 480..length]);
    assert!(end > 0.999, "the end correlates with {end}");
}

#[test]
fn speech_of_24_khz_is_complete_from_the_first_ten_milliseconds_to_the_last() {
    let name = "speech_of_24_khz_is_complete_from_the_first_ten_milliseconds_to_the_last";
    in_place(Place::File, name, |folder| {
        speech_at_another_rate_is_complete(folder, 24_000);
    });
}

#[test]
fn speech_of_44_1_khz_is_complete_from_the_first_ten_milliseconds_to_the_last() {
    let name = "speech_of_44_1_khz_is_complete_from_the_first_ten_milliseconds_to_the_last";
    in_place(Place::File, name, |folder| {
        speech_at_another_rate_is_complete(folder, 44_100);
    });
}

#[test]
fn a_track_of_one_sample_is_heard_and_an_empty_one_ends_at_once() {
    in_place(
        Place::File,
        "a_track_of_one_sample_is_heard_and_an_empty_one_ends_at_once",
        |folder| {
            assert_eq!(play(folder, 48_000, &[16_384]), [0.5]);
            let player = Player::new();
            let track = Track::new(24_000);
            track.finish();
            player.play(track);
            wait_for(&player, &[PlayerState::Finished]);
        },
    );
}
