//! What comes out of a sound server's sink, in time: first sound, pause, seek, a slow stream, a server that dies.

#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "each test binary uses some of the tools")]
mod sound;

use std::thread;
use std::time::{Duration, Instant};

use sound::{
    Place, Recording, Server, Stretch, as_floats, in_place, noise, stretches, wait_for, wait_until,
};
use studio::player::{Player, PlayerState, output_devices};
use studio::track::Track;

const RATE: u32 = 48_000;

/// Frames in 5 ms, the time of a fade.
const FADE: usize = 240;

fn track_of(samples: &[i16]) -> Track {
    let track = Track::new(RATE);
    track.append(samples).expect("there is room");
    track.finish();
    track
}

/// Runs `attempt` again, twice at most, if it reports that the machine was too busy to play without a gap. The server
/// and the recorder miss their turn on a loaded machine; a fault of ours would show every time.
fn in_good_time(mut attempt: impl FnMut() -> Result<(), String>) {
    let mut reasons = Vec::new();
    for _ in 0..3 {
        match attempt() {
            Ok(()) => return,
            Err(reason) => reasons.push(reason),
        }
    }
    panic!("three times: {reasons:#?}");
}

fn ensure(condition: bool, reason: impl Fn() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(reason()) }
}

/// The recorded stretches of `sent` after recorded sample `from`.
fn heard_since(recording: &Recording, from: usize, sent: &[f32]) -> Vec<Stretch> {
    stretches(&recording.samples()[from..], sent)
}

#[test]
fn the_first_sound_comes_in_time_and_the_whole_track_is_exact() {
    in_place(
        Place::Server,
        "the_first_sound_comes_in_time_and_the_whole_track_is_exact",
        |folder| {
            let server = Server::start(folder);
            let sent = noise(RATE as usize);
            let floats = as_floats(&sent);
            in_good_time(|| {
                let recording = server.record("first");
                let player = Player::new();
                let track = Track::new(RATE);
                player.play(track.clone());
                // The device is found while the first sound is still on its way.
                wait_until(&player, "the device is known", |playback| {
                    playback.device.is_some()
                });
                assert_eq!(player.playback().state, PlayerState::Waiting);
                let from = recording.len();
                let appended = Instant::now();
                track.append(&sent).unwrap();
                track.finish();
                let delay = recording.wait_for_sound(from) - appended;
                println!("from the first samples to sound: {delay:?}");
                wait_for(&player, &[PlayerState::Finished]);
                recording.wait_for_silence();
                let heard = heard_since(&recording, 0, &floats);
                let whole = Stretch {
                    heard: 0,
                    sent: 0,
                    samples: sent.len(),
                };
                ensure(
                    heard.len() == 1 && heard[0].sent == 0 && heard[0].samples == whole.samples,
                    || format!("the track was heard in pieces: {heard:?}"),
                )?;
                assert_eq!(player.playback().underruns, 0);
                ensure(delay < Duration::from_millis(250), || {
                    format!("first sound after {delay:?}")
                })
            });
        },
    );
}

#[test]
fn a_pause_is_silent_soon_and_resume_goes_on_with_the_next_sample() {
    in_place(
        Place::Server,
        "a_pause_is_silent_soon_and_resume_goes_on_with_the_next_sample",
        |folder| {
            let server = Server::start(folder);
            let sent = noise(4 * RATE as usize);
            let floats = as_floats(&sent);
            in_good_time(|| {
                let recording = server.record("first");
                let player = Player::new();
                player.play(track_of(&sent));
                recording.wait_for_sound(0);
                wait_until(&player, "half a second", |playback| {
                    playback.position_seconds > 0.5
                });
                let paused = Instant::now();
                player.pause();
                let silent = recording.wait_for_silence() - Duration::from_millis(100) - paused;
                println!("from pause to silence: {silent:?}");
                let playback = player.playback();
                assert_eq!(playback.state, PlayerState::Paused);
                thread::sleep(Duration::from_millis(300));
                assert_eq!(
                    player.playback().position_seconds,
                    playback.position_seconds,
                    "a pause keeps the position"
                );
                let from = recording.len();
                let resumed = Instant::now();
                player.resume();
                println!(
                    "from resume to sound: {:?}",
                    recording.wait_for_sound(from) - resumed
                );
                wait_for(&player, &[PlayerState::Finished]);
                recording.wait_for_silence();
                let heard = heard_since(&recording, 0, &floats);
                let [before, after] = heard[..] else {
                    return Err(format!("two stretches expected: {heard:?}"));
                };
                ensure(before.sent == 0 && after.sent_end() == sent.len(), || {
                    format!("incomplete: {heard:?}")
                })?;
                // What faded out is heard again, fading in: between the exact stretches lies one fade, and nothing is lost.
                let between = after.sent.saturating_sub(before.sent_end());
                ensure(before.sent_end() <= after.sent && between <= FADE, || {
                    format!("{between} samples lie between")
                })?;
                let told = (playback.position_seconds * f64::from(RATE)) as usize;
                ensure(told.abs_diff(before.sent_end()) <= 2 * FADE, || {
                    format!(
                        "the position told is {told}, the pause was at {}",
                        before.sent_end()
                    )
                })?;
                ensure(silent < Duration::from_millis(250), || {
                    format!("silence only after {silent:?}")
                })
            });
        },
    );
}

#[test]
fn a_seek_lands_where_it_was_asked_to_and_stays_within_what_has_arrived() {
    in_place(
        Place::Server,
        "a_seek_lands_where_it_was_asked_to_and_stays_within_what_has_arrived",
        |folder| {
            let server = Server::start(folder);
            let sent = noise(5 * RATE as usize);
            let floats = as_floats(&sent);
            in_good_time(|| {
                let recording = server.record("first");
                let player = Player::new();
                let track = Track::new(RATE);
                track.append(&sent).unwrap();
                player.play(track.clone());
                recording.wait_for_sound(0);
                wait_until(&player, "a moment", |playback| {
                    playback.position_seconds > 0.2
                });
                player.seek(4.0);
                wait_until(&player, "the new place", |playback| {
                    playback.position_seconds >= 4.0
                });
                wait_until(&player, "half a second later", |playback| {
                    playback.position_seconds >= 4.5
                });
                player.seek(f64::INFINITY);
                wait_until(&player, "the end of what there is", |playback| {
                    playback.position_seconds >= 5.0
                });
                wait_for(&player, &[PlayerState::Waiting]);
                player.seek(-3.0);
                wait_until(&player, "the start", |playback| {
                    playback.position_seconds < 1.0
                });
                wait_until(&player, "a moment", |playback| {
                    playback.position_seconds > 0.2
                });
                player.seek(4.5);
                track.finish();
                wait_for(&player, &[PlayerState::Finished]);
                recording.wait_for_silence();
                let heard = heard_since(&recording, 0, &floats);
                let [first, second, third, fourth] = heard[..] else {
                    return Err(format!("four stretches expected: {heard:?}"));
                };
                assert_eq!(first.sent, 0);
                let lands = |stretch: Stretch, seconds: f64| {
                    let place = (seconds * f64::from(RATE)) as usize;
                    stretch.sent >= place && stretch.sent <= place + FADE
                };
                assert!(lands(second, 4.0), "{second:?}");
                assert_eq!(
                    third.sent, 0,
                    "the start is played as it is, without fading in"
                );
                assert!(lands(fourth, 4.5), "{fourth:?}");
                ensure(fourth.sent_end() == sent.len(), || {
                    format!("the end is missing: {fourth:?}")
                })
            });
        },
    );
}

#[test]
fn a_stream_that_is_little_faster_than_speech_plays_without_a_gap() {
    in_place(
        Place::Server,
        "a_stream_that_is_little_faster_than_speech_plays_without_a_gap",
        |folder| {
            let server = Server::start(folder);
            let sent = noise(3 * RATE as usize);
            let floats = as_floats(&sent);
            in_good_time(|| {
                let recording = server.record("first");
                let player = Player::new();
                let track = Track::new(RATE);
                player.play(track.clone());
                let begun = Instant::now();
                for (n, chunk) in sent.chunks(RATE as usize / 50).enumerate() {
                    let due = begun + Duration::from_secs_f64(n as f64 * 0.02 / 1.3);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    track.append(chunk).unwrap();
                }
                track.finish();
                let end = wait_for(&player, &[PlayerState::Finished]);
                recording.wait_for_silence();
                let heard = heard_since(&recording, 0, &floats);
                ensure(end.underruns == 0, || {
                    format!("{} underruns", end.underruns)
                })?;
                ensure(heard.len() == 1 && heard[0].samples == sent.len(), || {
                    format!("heard in pieces: {heard:?}")
                })
            });
        },
    );
}

#[test]
fn a_gap_in_the_stream_is_silence_and_nothing_is_lost() {
    in_place(
        Place::Server,
        "a_gap_in_the_stream_is_silence_and_nothing_is_lost",
        |folder| {
            let server = Server::start(folder);
            let sent = noise(2 * RATE as usize);
            let floats = as_floats(&sent);
            in_good_time(|| {
                let recording = server.record("first");
                let player = Player::new();
                let track = Track::new(RATE);
                player.play(track.clone());
                track.append(&sent[..RATE as usize]).unwrap();
                wait_for(&player, &[PlayerState::Playing]);
                let dry = wait_for(&player, &[PlayerState::Waiting]);
                assert_eq!(dry.underruns, 1);
                recording.wait_for_silence();
                assert_eq!(
                    player.playback().position_seconds,
                    1.0,
                    "silence does not move the position"
                );
                track.append(&sent[RATE as usize..]).unwrap();
                track.finish();
                let end = wait_for(&player, &[PlayerState::Finished]);
                recording.wait_for_silence();
                assert_eq!(end.underruns, 1);
                let heard = heard_since(&recording, 0, &floats);
                let [before, after] = heard[..] else {
                    return Err(format!("two stretches expected: {heard:?}"));
                };
                assert_eq!((before.sent, before.sent_end()), (0, RATE as usize));
                assert!(
                    after.sent <= RATE as usize + FADE,
                    "after the gap it fades in: {after:?}"
                );
                ensure(after.sent_end() == sent.len(), || {
                    format!("the end is missing: {after:?}")
                })
            });
        },
    );
}

#[test]
fn a_sound_server_that_dies_is_noticed_and_playing_goes_on_when_it_is_back() {
    in_place(
        Place::Server,
        "a_sound_server_that_dies_is_noticed_and_playing_goes_on_when_it_is_back",
        |folder| {
            let sent = noise(6 * RATE as usize);
            let floats = as_floats(&sent);
            let server = Server::start(folder);
            let player = Player::new();
            player.play(track_of(&sent));
            wait_until(&player, "a second", |playback| {
                playback.position_seconds > 1.0
            });
            let killed = Instant::now();
            server.kill();
            let gone = wait_for(&player, &[PlayerState::NoDevice]);
            println!(
                "from the server's death to NoDevice: {:?}",
                killed.elapsed()
            );
            assert!(killed.elapsed() < Duration::from_secs(5));
            assert_eq!(gone.device, None);
            assert!((0.9..1.5).contains(&gone.position_seconds), "{gone:?}");
            let server = Server::start(folder);
            let back = Instant::now();
            let recording = server.record("first");
            wait_for(&player, &[PlayerState::Playing]);
            println!("from the server's return to Playing: {:?}", back.elapsed());
            wait_for(&player, &[PlayerState::Finished]);
            recording.wait_for_silence();
            let heard = heard_since(&recording, 0, &floats);
            // The recorder may join late; whatever it hears first is not from before the place where sound broke off.
            let place = (gone.position_seconds * f64::from(RATE)) as usize;
            assert!(
                heard[0].sent >= place && heard.last().unwrap().sent_end() == sent.len(),
                "{gone:?} {heard:?}"
            );
        },
    );
}

#[test]
fn a_sound_server_that_hangs_blocks_nothing_and_playing_goes_on_when_it_wakes() {
    let name = "a_sound_server_that_hangs_blocks_nothing_and_playing_goes_on_when_it_wakes";
    in_place(Place::Server, name, |folder| {
        let sent = noise(3 * RATE as usize);
        let server = Server::start(folder);
        let player = Player::new();
        player.play(track_of(&sent));
        wait_until(&player, "half a second", |playback| {
            playback.position_seconds > 0.5
        });
        server.signal("-STOP");
        let stuck = Instant::now();
        let gone = wait_for(&player, &[PlayerState::NoDevice]);
        println!("from hanging to NoDevice: {:?}", stuck.elapsed());
        assert!(gone.position_seconds < 1.0, "{gone:?}");
        let call = Instant::now();
        player.pause();
        player.seek(0.25);
        player.set_volume(0.5);
        player.resume();
        assert!(
            call.elapsed() < Duration::from_millis(100),
            "no call waits for the server"
        );
        wait_until(&player, "the new place", |playback| {
            playback.position_seconds == 0.25
        });
        let woken = Instant::now();
        server.signal("-CONT");
        wait_for(&player, &[PlayerState::Playing]);
        println!("from waking to Playing: {:?}", woken.elapsed());
        wait_for(&player, &[PlayerState::Finished]);
        println!("from waking to Finished: {:?}", woken.elapsed());
    });
}

#[test]
fn playing_moves_to_another_device_and_follows_the_default() {
    in_place(
        Place::Server,
        "playing_moves_to_another_device_and_follows_the_default",
        |folder| {
            let server = Server::start(folder);
            let devices = output_devices();
            let names: Vec<_> = devices
                .iter()
                .map(|device| (device.id.as_str(), device.is_default))
                .collect();
            assert_eq!(
                names,
                [("pulseaudio:first", true), ("pulseaudio:second", false)]
            );
            assert!(devices.iter().all(|device| !device.name.is_empty()));

            let (first, second) = (server.record("first"), server.record("second"));
            let sent = noise(20 * RATE as usize);
            let floats = as_floats(&sent);
            let player = Player::new();
            player.play(track_of(&sent));
            first.wait_for_sound(0);
            player.set_output(Some("pulseaudio:second".to_owned()));
            second.wait_for_sound(0);
            wait_until(&player, "the other name", |playback| {
                playback.device.as_ref() == Some(&devices[1].name)
            });
            wait_until(&player, "a moment", |playback| {
                playback.position_seconds > 1.0
            });
            first.wait_for_silence();
            let (left, joined) = (
                heard_since(&first, 0, &floats),
                heard_since(&second, 0, &floats),
            );
            let (left, joined) = (left.last().unwrap().sent_end(), joined[0].sent);
            assert!(
                left.abs_diff(joined) < RATE as usize / 4,
                "it left at {left} and went on at {joined}"
            );

            // Nothing but the default exists under this name, so it plays there, and follows when the default changes.
            player.set_output(Some("pulseaudio:gone".to_owned()));
            first.wait_for_sound(first.len());
            let from = second.len();
            assert!(server.control(&["set-default-sink", "second"]));
            second.wait_for_sound(from + RATE as usize / 2);
            wait_until(&player, "the other name", |playback| {
                playback.device.as_ref() == Some(&devices[1].name)
            });
            player.stop();
            second.wait_for_silence();
            assert_eq!(player.playback().state, PlayerState::Idle);
        },
    );
}

#[test]
fn volume_is_the_cube_and_a_new_track_replaces_the_old_one() {
    in_place(
        Place::Server,
        "volume_is_the_cube_and_a_new_track_replaces_the_old_one",
        |folder| {
            let server = Server::start(folder);
            let recording = server.record("first");
            let player = Player::new();
            let loud = vec![16_384; 10 * RATE as usize];
            player.play(track_of(&loud));
            recording.wait_for_sound(0);
            player.set_volume(0.5);
            recording.wait_until("an eighth", |samples| samples.last() == Some(&0.0625));
            let steps = recording.samples();
            let largest = steps
                .windows(2)
                .skip_while(|pair| pair[0] != 0.5)
                .fold(0.0_f32, |largest, pair| {
                    largest.max((pair[1] - pair[0]).abs())
                });
            assert!(largest < 0.01, "a click of {largest}");
            player.set_volume(f64::NAN);
            player.set_volume(7.0);
            recording.wait_until("full volume", |samples| samples.last() == Some(&0.5));
            player.set_volume(0.0);
            recording.wait_for_silence();
            assert_eq!(player.playback().state, PlayerState::Playing);
            player.set_volume(1.0);
            player.play(track_of(&vec![-16_384; RATE as usize / 2]));
            recording.wait_until("the new track", |samples| samples.last() == Some(&-0.5));
            wait_for(&player, &[PlayerState::Finished]);
            player.resume();
            wait_for(&player, &[PlayerState::Playing]);
            wait_for(&player, &[PlayerState::Finished]);
        },
    );
}
