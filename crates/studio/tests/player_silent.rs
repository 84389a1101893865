//! A computer without any sound device: nothing waits, nothing is lost, nothing is printed.

#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "each test binary uses some of the tools")]
mod sound;

use std::time::{Duration, Instant};

use sound::{Place, Server, in_place, noise, wait_for, wait_until};
use studio::player::{Player, PlayerState, output_devices};
use studio::track::Track;

#[test]
fn without_a_device_the_player_says_so_at_once_and_the_track_is_complete() {
    let name = "without_a_device_the_player_says_so_at_once_and_the_track_is_complete";
    let output = in_place(Place::Silent, name, |_| {
        assert_eq!(output_devices(), []);
        let player = Player::new();
        assert_eq!(player.playback().state, PlayerState::Idle);
        let mut changed = player.changed();
        changed.mark_unchanged();
        let track = Track::new(24_000);
        let begun = Instant::now();
        player.play(track.clone());
        let playback = wait_for(&player, &[PlayerState::NoDevice]);
        println!("from play to NoDevice: {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert!(changed.has_changed().unwrap());
        assert_eq!((playback.position_seconds, playback.device), (0.0, None));

        let sent = noise(240_000);
        for chunk in sent.chunks(2_400) {
            track.append(chunk).unwrap();
        }
        track.finish();
        let mut arrived = vec![0; sent.len() + 1];
        assert_eq!(track.read(0, &mut arrived).unwrap(), sent.len());
        assert_eq!(arrived[..sent.len()], sent);

        player.seek(4.0);
        wait_until(&player, "the place that was asked for", |playback| {
            playback.position_seconds == 4.0
        });
        let calls = Instant::now();
        player.pause();
        wait_for(&player, &[PlayerState::Paused]);
        player.resume();
        wait_for(&player, &[PlayerState::Waiting, PlayerState::NoDevice]);
        player.set_output(Some("no such thing".to_owned()));
        player.stop();
        wait_for(&player, &[PlayerState::Idle]);
        assert!(calls.elapsed() < Duration::from_secs(1));
    });
    if let Some(output) = output {
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !printed.contains("ALSA"),
            "the sound library's troubles are kept off standard error: {printed}"
        );
    }
}

#[test]
fn a_device_that_appears_is_used_from_where_the_track_stands() {
    in_place(
        Place::Server,
        "a_device_that_appears_is_used_from_where_the_track_stands",
        |folder| {
            let player = Player::new();
            let track = Track::new(48_000);
            track.append(&noise(3 * 48_000)).unwrap();
            track.finish();
            player.play(track);
            player.seek(2.0);
            wait_for(&player, &[PlayerState::NoDevice]);
            let server = Server::start(folder);
            let recording = server.record("first");
            recording.wait_for_sound(0);
            let playback = wait_for(&player, &[PlayerState::Finished]);
            assert_eq!(playback.position_seconds, 3.0);
            recording.wait_for_silence();
            let audible = recording
                .samples()
                .iter()
                .filter(|&&sample| sample != 0.0)
                .count();
            assert!(
                audible <= 48_000,
                "only the last second was played, not {audible} samples"
            );
        },
    );
}

#[test]
fn a_player_that_is_dropped_while_it_plays_falls_silent() {
    in_place(
        Place::Server,
        "a_player_that_is_dropped_while_it_plays_falls_silent",
        |folder| {
            let server = Server::start(folder);
            let recording = server.record("first");
            let player = Player::new();
            let track = Track::new(48_000);
            track.append(&noise(20 * 48_000)).unwrap();
            player.play(track.clone());
            recording.wait_for_sound(0);
            let dropped = Instant::now();
            drop(player);
            recording.wait_for_silence();
            assert!(dropped.elapsed() < Duration::from_secs(2));
            track.append(&[1]).unwrap();
        },
    );
}

#[test]
fn a_long_track_that_finds_no_room_on_disk_says_so_and_keeps_what_it_has() {
    let name = "a_long_track_that_finds_no_room_on_disk_says_so_and_keeps_what_it_has";
    in_place(Place::Silent, name, |folder| {
        let track = Track::new(48_000);
        let sent = noise(10_000_000);
        track.append(&sent).expect("20 MB are kept in memory");
        let temporary = folder.join("temporary");
        std::fs::remove_dir(&temporary).expect("nothing was written yet");
        let refused = track
            .append(&sent)
            .expect_err("there is no folder to write to");
        assert_eq!(refused.kind(), std::io::ErrorKind::NotFound);
        assert_eq!(track.arrived(), 10_000_000);
        std::fs::create_dir(&temporary).expect("the folder is back");
        track.append(&sent).expect("there is room again");
        let mut arrived = vec![0; 20_000_000];
        assert_eq!(
            track.read(0, &mut arrived).expect("it is read back"),
            20_000_000
        );
        assert!(arrived[..10_000_000] == sent && arrived[10_000_000..] == sent);
        let files = std::fs::read_dir(&temporary)
            .expect("the folder is there")
            .count();
        assert_eq!(files, 0, "the file has no name, so nothing stays behind");
    });
}
