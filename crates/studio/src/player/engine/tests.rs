//! The engine on a bench: the test is the device and the clock.

use std::sync::mpsc::{self, Receiver, Sender};

use super::*;
use crate::player::feed::Renderer;
use crate::player::{Board, Playback};

const fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

/// The time between two callbacks, and what is asked for in each.
const PERIOD: Duration = ms(40);

/// From the callback to the ear.
const LATENCY: Duration = ms(80);

struct Bench {
    engine: Engine,
    commands: Sender<Command>,
    events: Sender<Event>,
    requests: Receiver<Request>,
    board: Arc<Board>,
    now: Duration,
    /// The rate of the device that is there, if one is.
    device: Option<u32>,
    /// Whether the device answers its callbacks.
    alive: bool,
    stream: Option<(Arc<Feed>, Renderer, Duration)>,
    prepared: Vec<(Duration, Option<String>)>,
    closed: usize,
    heard: Vec<f32>,
}

impl Bench {
    fn new() -> Bench {
        let (commands, received_commands) = mpsc::channel();
        let (events, received_events) = mpsc::channel();
        let (sent_requests, requests) = mpsc::channel();
        let board = Arc::new(Board::new());
        let signal = Arc::new(Signal::default());
        let engine = Engine::new(
            received_commands,
            received_events,
            sent_requests,
            Arc::clone(&board),
            signal,
        );
        Bench {
            engine,
            commands,
            events,
            requests,
            board,
            now: Duration::ZERO,
            device: Some(10_000),
            alive: true,
            stream: None,
            prepared: Vec::new(),
            closed: 0,
            heard: Vec::new(),
        }
    }

    fn tell(&mut self, command: Command) {
        self.commands.send(command).unwrap();
        self.turn();
    }

    /// One step of the engine, and the device's answers to it, until there is nothing to answer.
    fn turn(&mut self) {
        loop {
            assert!(matches!(self.engine.step(self.now), Next::Wait(_)));
            let mut answered = false;
            while let Ok(request) = self.requests.try_recv() {
                answered = true;
                self.answer(request);
            }
            if !answered {
                break;
            }
        }
    }

    fn answer(&mut self, request: Request) {
        let event = match request {
            Request::Prepare { ticket, wanted } => {
                self.prepared.push((self.now, wanted));
                match self.device {
                    Some(rate) => Event::Ready {
                        ticket,
                        rate,
                        name: "bench".to_owned(),
                    },
                    None => Event::Failed { ticket },
                }
            }
            Request::Start { ticket, feed } => {
                let renderer = Renderer::new(Arc::clone(&feed), Duration::ZERO);
                self.stream = Some((feed, renderer, self.now));
                Event::Started { ticket }
            }
            Request::Close => {
                self.stream = None;
                self.closed += 1;
                return;
            }
        };
        self.events.send(event).unwrap();
    }

    /// Lets time pass in steps of 10 ms.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += ms(10);
            if let Some((feed, renderer, due)) = &mut self.stream
                && self.alive
                && *due <= self.now
            {
                *due += PERIOD;
                let mut out = vec![0.0; (feed.rate() as usize * 40) / 1_000];
                renderer.render(&mut out, self.now + LATENCY);
                self.heard.extend(out);
            }
            self.turn();
        }
    }

    /// Lets time pass until this state, at most ten seconds.
    fn pass_until(&mut self, state: PlayerState) -> Playback {
        let end = self.now + Duration::from_secs(10);
        while self.playback().state != state {
            assert!(
                self.now < end,
                "waited for {state:?} in vain: {:?}",
                self.playback()
            );
            self.pass(ms(10));
        }
        self.playback()
    }

    fn playback(&self) -> Playback {
        self.board.playback(self.now)
    }

    /// What was heard, without the silence in it.
    fn sounds(&self) -> Vec<f32> {
        self.heard
            .iter()
            .copied()
            .filter(|&sample| sample != 0.0)
            .collect()
    }

    fn feed(&self) -> &Feed {
        &self.stream.as_ref().expect("a stream is open").0
    }
}

fn ramp(samples: usize) -> Vec<i16> {
    (1..=samples).map(|n| n as i16).collect()
}

fn floats(samples: &[i16]) -> Vec<f32> {
    samples
        .iter()
        .map(|&sample| f32::from(sample) / 32_768.0)
        .collect()
}

/// A finished track of so many milliseconds, at the rate of the bench.
fn track(milliseconds: usize) -> Track {
    let track = Track::new(10_000);
    track.append(&ramp(milliseconds * 10)).unwrap();
    track.finish();
    track
}

#[test]
fn no_device_is_asked_for_before_something_is_played() {
    let mut bench = Bench::new();
    bench.tell(Command::Resume);
    bench.tell(Command::Seek(3.0));
    bench.tell(Command::Pause);
    bench.pass(ms(100));
    assert!(bench.prepared.is_empty());
    assert_eq!(bench.playback().state, PlayerState::Idle);
}

#[test]
fn a_track_is_played_from_start_to_end_exactly_and_the_device_let_go_afterwards() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(1_000)));
    assert_eq!(bench.playback().state, PlayerState::Playing);
    bench.pass(ms(500));
    let playback = bench.playback();
    let expected = (500.0 - 10.0 - 80.0) / 1_000.0;
    assert!(
        (playback.position_seconds - expected).abs() < 0.02,
        "the latency counts: {playback:?}"
    );
    let end = bench.pass_until(PlayerState::Finished);
    assert_eq!(
        (end.position_seconds, end.underruns, end.is_complete),
        (1.0, 0, true)
    );
    assert!(
        bench.now >= ms(1_080),
        "finished only when the last sample was heard, not at {:?}",
        bench.now
    );
    assert_eq!(bench.sounds(), floats(&ramp(10_000)));
    bench.pass(KEPT_OPEN - ms(100));
    assert_eq!(bench.closed, 0);
    bench.pass(ms(200));
    assert_eq!(bench.closed, 1);
    assert_eq!(bench.prepared.len(), 1);
    assert_eq!(bench.playback().position_seconds, 1.0);
}

#[test]
fn sound_begins_when_there_is_more_than_the_device_takes_at_once() {
    let mut bench = Bench::new();
    let track = Track::new(10_000);
    bench.tell(Command::Play(track.clone()));
    bench.pass(ms(100));
    assert_eq!(bench.playback().state, PlayerState::Waiting);
    assert_eq!(
        bench.playback().device.as_deref(),
        Some("bench"),
        "the device is known before sound arrives"
    );
    assert!(bench.stream.is_none(), "and opened only when there is some");
    track.append(&ramp(900)).unwrap();
    bench.pass(ms(10));
    assert_eq!(bench.playback().state, PlayerState::Waiting);
    track.append(&ramp(500)).unwrap();
    bench.turn();
    assert_eq!(bench.playback().state, PlayerState::Playing);
}

#[test]
fn a_track_shorter_than_that_is_played_all_the_same() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(3)));
    bench.pass_until(PlayerState::Finished);
    assert_eq!(bench.sounds(), floats(&ramp(30)));
}

#[test]
fn an_abandoned_track_is_played_as_far_as_it_goes() {
    let mut bench = Bench::new();
    let track = Track::new(10_000);
    track.append(&ramp(700)).unwrap();
    bench.tell(Command::Play(track.clone()));
    track.abandon();
    bench.pass_until(PlayerState::Finished);
    assert_eq!(bench.sounds(), floats(&ramp(700)));
}

#[test]
fn running_dry_waits_for_more_each_time_and_stands_still() {
    let mut bench = Bench::new();
    let track = Track::new(10_000);
    bench.tell(Command::Play(track.clone()));
    track.append(&ramp(2_000)).unwrap();
    bench.pass_until(PlayerState::Playing);
    bench.pass_until(PlayerState::Waiting);
    bench.pass(ms(300));
    let dry = bench.playback();
    assert_eq!((dry.underruns, dry.position_seconds), (1, 0.2));
    track.append(&ramp(2_400)).unwrap();
    bench.pass(ms(100));
    assert_eq!(
        bench.playback().state,
        PlayerState::Waiting,
        "a quarter of a second is wanted this time"
    );
    track.append(&ramp(200)).unwrap();
    bench.pass(ms(20));
    assert_eq!(bench.playback().state, PlayerState::Playing);
    bench.pass_until(PlayerState::Waiting);
    assert_eq!(bench.playback().underruns, 2);
    track.finish();
    bench.pass_until(PlayerState::Finished);
    assert_eq!(
        bench.playback().underruns,
        1,
        "the last silence was the end and no gap"
    );
}

#[test]
fn a_pause_keeps_the_place_even_when_the_device_was_let_go_in_between() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(2_000)));
    bench.pass(ms(500));
    bench.tell(Command::Pause);
    bench.pass(ms(300));
    let paused = bench.playback();
    assert_eq!(paused.state, PlayerState::Paused);
    let so_far = bench.sounds().len();
    bench.pass(KEPT_OPEN + ms(100));
    assert_eq!(bench.closed, 1);
    assert_eq!(bench.sounds().len(), so_far);
    let kept = bench.playback().position_seconds;
    assert!(
        (kept - paused.position_seconds).abs() < 0.006,
        "{kept} and {paused:?}"
    );
    bench.tell(Command::Resume);
    bench.pass_until(PlayerState::Finished);
    let all = floats(&ramp(20_000));
    let sounds = bench.sounds();
    assert_eq!(sounds[sounds.len() - 10_000..], all[10_000..]);
    assert!(
        sounds.len().abs_diff(all.len()) <= 2 * 50,
        "only a fade is heard twice, nothing is lost"
    );
}

#[test]
fn pausing_while_waiting_opens_nothing_until_resumed() {
    let mut bench = Bench::new();
    let track = Track::new(10_000);
    bench.tell(Command::Play(track.clone()));
    bench.tell(Command::Pause);
    track.append(&ramp(5_000)).unwrap();
    bench.pass(ms(200));
    assert!(bench.stream.is_none());
    assert_eq!(bench.playback().state, PlayerState::Paused);
    bench.tell(Command::Resume);
    assert_eq!(bench.playback().state, PlayerState::Playing);
}

#[test]
fn a_seek_is_kept_within_what_has_arrived_and_a_pause_stays_a_pause() {
    let mut bench = Bench::new();
    let track = Track::new(10_000);
    track.append(&ramp(10_000)).unwrap();
    bench.tell(Command::Play(track));
    bench.pass(ms(200));
    bench.tell(Command::Pause);
    bench.pass(ms(200));
    for (asked, expected) in [
        (0.5, 0.5),
        (f64::NAN, 0.0),
        (-1.0, 0.0),
        (7.0, 1.0),
        (f64::INFINITY, 1.0),
        (0.25, 0.25),
    ] {
        bench.tell(Command::Seek(asked));
        bench.pass(ms(50));
        let playback = bench.playback();
        assert_eq!(
            (playback.state, playback.position_seconds),
            (PlayerState::Paused, expected),
            "{asked}"
        );
    }
    let before = bench.heard.len();
    bench.tell(Command::Resume);
    bench.pass(ms(200));
    let last = *bench.heard.last().unwrap();
    let since = bench.heard[before..]
        .iter()
        .filter(|&&sample| sample != 0.0)
        .count();
    assert_eq!(
        last,
        f32::from((2_500 + since) as i16) / 32_768.0,
        "it goes on from the last place asked for"
    );
}

#[test]
fn after_the_end_resume_starts_again_and_a_seek_goes_on_from_there() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(300)));
    bench.pass_until(PlayerState::Finished);
    bench.tell(Command::Pause);
    assert_eq!(
        bench.playback().state,
        PlayerState::Finished,
        "there is nothing to pause"
    );
    bench.tell(Command::Resume);
    bench.pass_until(PlayerState::Finished);
    assert_eq!(
        bench.sounds(),
        [floats(&ramp(3_000)), floats(&ramp(3_000))].concat()
    );
    bench.tell(Command::Seek(0.2));
    assert_eq!(bench.playback().state, PlayerState::Playing);
    bench.pass_until(PlayerState::Finished);
}

#[test]
fn stopping_forgets_the_track_and_another_one_starts_exactly() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(2_000)));
    bench.pass(ms(200));
    bench.tell(Command::Stop);
    bench.pass(ms(200));
    let stopped = bench.playback();
    assert_eq!(
        (
            stopped.state,
            stopped.position_seconds,
            stopped.arrived_seconds
        ),
        (PlayerState::Idle, 0.0, 0.0)
    );
    let before = bench.heard.len();
    bench.tell(Command::Play(track(100)));
    bench.pass_until(PlayerState::Finished);
    let sounds: Vec<f32> = bench.heard[before..]
        .iter()
        .copied()
        .filter(|&sample| sample != 0.0)
        .collect();
    assert_eq!(sounds, floats(&ramp(1_000)));
    assert_eq!(bench.prepared.len(), 1, "the device was still open");
}

#[test]
fn without_a_device_attempts_become_rarer_and_playing_begins_when_one_appears() {
    let mut bench = Bench::new();
    bench.device = None;
    bench.tell(Command::Play(track(500)));
    assert_eq!(bench.playback().state, PlayerState::NoDevice);
    bench.pass(Duration::from_secs(20));
    let attempts = bench.prepared.len();
    assert!((15..=25).contains(&attempts), "{attempts} attempts in 20 s");
    bench.device = Some(10_000);
    bench.pass(ms(1_010));
    bench.pass_until(PlayerState::Finished);
    assert_eq!(bench.sounds(), floats(&ramp(5_000)));
}

#[test]
fn a_lost_device_is_replaced_at_once_and_playing_goes_on_from_what_was_heard() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(2_000)));
    bench.pass(ms(500));
    let heard = bench.playback().position_seconds;
    bench.feed().set_broken();
    let sounds = bench.sounds().len();
    bench.pass(ms(30));
    assert_eq!((bench.closed, bench.prepared.len()), (1, 2));
    bench.pass_until(PlayerState::Finished);
    let again = bench.sounds()[sounds..].len();
    let expected = ((2.0 - heard) * 10_000.0) as usize;
    assert!(
        again.abs_diff(expected) < 300,
        "{again} samples after the loss instead of {expected}"
    );
}

#[test]
fn a_lost_device_without_a_replacement_is_told_and_the_place_is_kept() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(2_000)));
    bench.pass(ms(500));
    bench.device = None;
    bench.feed().set_broken();
    bench.pass(ms(10));
    let lost = bench.playback();
    assert_eq!((lost.state, &lost.device), (PlayerState::NoDevice, &None));
    assert!((lost.position_seconds - 0.41).abs() < 0.03, "{lost:?}");
    bench.pass(Duration::from_secs(3));
    assert_eq!(bench.playback().position_seconds, lost.position_seconds);
}

#[test]
fn a_device_that_asks_for_nothing_is_lost_after_one_and_a_half_seconds() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(3_000)));
    bench.pass(ms(300));
    bench.alive = false;
    bench.pass(ms(1_400));
    assert_eq!(bench.closed, 0);
    bench.pass(ms(200));
    assert_eq!(bench.closed, 1);
    assert!(
        bench.playback().position_seconds < 0.4,
        "nothing was heard meanwhile"
    );
}

#[test]
fn a_device_that_breaks_as_soon_as_it_is_opened_is_not_opened_without_a_rest() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(60_000 / 20)));
    let mut states = Vec::new();
    for _ in 0..1_000 {
        if bench.stream.is_some() {
            bench.feed().set_broken();
        }
        bench.pass(ms(10));
        states.push(bench.playback().state);
    }
    assert!(
        bench.prepared.len() < 16,
        "{} attempts in 10 s",
        bench.prepared.len()
    );
    let silent = states
        .iter()
        .filter(|&&state| state == PlayerState::NoDevice)
        .count();
    assert!(silent > 900, "it says that nothing can be heard");
}

#[test]
fn a_computer_that_slept_has_not_lost_its_device() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(3_000)));
    bench.pass(ms(300));
    bench.now += Duration::from_secs(3_600);
    if let Some((_, _, due)) = &mut bench.stream {
        *due = bench.now + ms(20);
    }
    bench.pass(ms(100));
    assert_eq!(bench.closed, 0);
}

#[test]
fn another_device_goes_on_at_the_same_place_at_its_own_rate() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(2_000)));
    bench.pass(ms(500));
    let before = bench.playback().position_seconds;
    bench.device = Some(20_000);
    bench.tell(Command::Output(Some("other".to_owned())));
    assert_eq!(bench.prepared.last().unwrap().1.as_deref(), Some("other"));
    assert!((bench.playback().position_seconds - before).abs() < 0.001);
    bench.tell(Command::Output(Some("other".to_owned())));
    assert_eq!(
        bench.prepared.len(),
        2,
        "the same choice again changes nothing"
    );
    bench.pass(ms(500));
    assert!((bench.playback().position_seconds - before - 0.41).abs() < 0.03);
    let end = bench.pass_until(PlayerState::Finished);
    assert_eq!(end.position_seconds, 2.0);
}

#[test]
fn a_new_default_device_is_followed_and_late_answers_mean_nothing() {
    let mut bench = Bench::new();
    bench.tell(Command::Play(track(2_000)));
    bench.pass(ms(300));
    let ticket = bench.engine.ticket;
    bench.events.send(Event::Elsewhere { ticket }).unwrap();
    bench.pass(ms(10));
    assert_eq!(bench.prepared.len(), 2);
    for event in [
        Event::Elsewhere { ticket },
        Event::Failed { ticket },
        Event::Ready {
            ticket,
            rate: 1,
            name: "late".to_owned(),
        },
        Event::Started { ticket },
    ] {
        bench.events.send(event).unwrap();
    }
    bench.pass(ms(50));
    assert_eq!(
        (bench.prepared.len(), bench.playback().state),
        (2, PlayerState::Playing)
    );
}

#[test]
fn a_sound_server_that_does_not_answer_is_told_as_no_device() {
    let mut bench = Bench::new();
    bench.commands.send(Command::Play(track(500))).unwrap();
    for _ in 0..400 {
        bench.now += ms(10);
        bench.engine.step(bench.now);
    }
    assert_eq!(bench.playback().state, PlayerState::NoDevice);
    bench.turn();
    assert_eq!(
        bench.playback().state,
        PlayerState::Playing,
        "its late answer is as good as any"
    );
}

#[test]
fn the_version_changes_with_the_state_and_not_with_the_position() {
    let mut bench = Bench::new();
    let version = bench.board.version.subscribe();
    bench.tell(Command::Play(track(1_000)));
    bench.pass(ms(100));
    let playing = *version.borrow();
    bench.pass(ms(500));
    assert_eq!(*version.borrow(), playing);
    bench.tell(Command::Pause);
    assert_eq!(*version.borrow(), playing + 1);
}
