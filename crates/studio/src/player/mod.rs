//! The player: plays a [`Track`] while it still arrives, and goes on through whatever happens to the sound device.
//!
//! It is the only part of the application that touches a sound device. It does not make, decode or save sound, and a
//! track does not depend on it: with no device at all everything else goes on.
//!
//! ```text
//! Player ──commands──▶ engine (its thread: decides, resamples) ──requests──▶ device (its thread: finds, opens)
//!    ▲                    │                                                     │
//!    └── Board (snapshot) ┘            Feed (ring) ◀── callback of the stream ──┘
//! ```
//!
//! Invariants: no method waits for a device, a disk or another thread; a track that is played from start to end without
//! interruption, on a device of its own rate and at full volume, is played sample for sample; wherever sound begins or
//! stops in the middle it fades for 5 ms, unless the device itself is left; the position never runs ahead of what is
//! heard, and stands still in silence.

mod device;
mod engine;
mod feed;
mod playhead;

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use device::{OutputDevice, output_devices};

use crate::track::{Signal, Track, TrackEnd};
use engine::{Command, Engine};
use feed::Feed;

/// Plays tracks, one at a time. Dropping it stops the sound.
pub struct Player {
    commands: Mutex<Sender<Command>>,
    signal: Arc<Signal>,
    board: Arc<Board>,
    /// All times within count from here.
    epoch: Instant,
}

/// What a player is doing, told at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Playback {
    /// What it is doing.
    pub state: PlayerState,
    /// The place in the track that is heard now, in seconds; the latency of the device is accounted for.
    pub position_seconds: f64,
    /// How much of the track has arrived, in seconds.
    pub arrived_seconds: f64,
    /// Whether nothing more will arrive: `arrived_seconds` is then the length.
    pub is_complete: bool,
    /// How often this track fell silent because the next sound was not there in time.
    pub underruns: u32,
    /// The device it plays on, as the system calls it; `None` while none is held.
    pub device: Option<String>,
}

/// What a player is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlayerState {
    /// It has nothing to play.
    Idle,
    /// The first or next sound has not arrived, or the device is being opened.
    Waiting,
    /// It can be heard.
    Playing,
    /// It was asked to pause.
    Paused,
    /// The track was played to its end. Resume plays it again, seek goes on from there.
    Finished,
    /// No loudspeaker was found, or it has gone. It goes on by itself when there is one.
    NoDevice,
}

impl Player {
    /// A player with nothing to play, at full volume, on the system's default device. No device is opened until
    /// something is played.
    #[must_use]
    pub fn new() -> Player {
        let (commands, received_commands) = mpsc::channel();
        let (requests, received_requests) = mpsc::channel();
        let (events, received_events) = mpsc::channel();
        let signal = Arc::new(Signal::default());
        let epoch = Instant::now();
        let board = Arc::new(Board::new());
        device::start(received_requests, events, Arc::clone(&signal), epoch);
        let engine = Engine::new(
            received_commands,
            received_events,
            requests,
            Arc::clone(&board),
            Arc::clone(&signal),
        );
        let run = {
            let signal = Arc::clone(&signal);
            move || engine::run(engine, &signal, epoch)
        };
        if let Err(error) = std::thread::Builder::new().name("player".into()).spawn(run) {
            tracing::error!(%error, "The player's thread did not start; nothing can be heard.");
        }
        Player {
            commands: Mutex::new(commands),
            signal,
            board,
            epoch,
        }
    }

    /// Plays a track from its start, instead of what was played before. Sound begins with the first samples to arrive.
    pub fn play(&self, track: Track) {
        self.send(Command::Play(track));
    }

    /// Falls silent and keeps the position.
    pub fn pause(&self) {
        self.send(Command::Pause);
    }

    /// Goes on after a pause; starts again after the end.
    pub fn resume(&self) {
        self.send(Command::Resume);
    }

    /// Falls silent and forgets the track.
    pub fn stop(&self) {
        self.send(Command::Stop);
    }

    /// Goes on at `seconds` from the start of the track, or as near to it as has arrived. A pause stays a pause.
    pub fn seek(&self, seconds: f64) {
        self.send(Command::Seek(seconds));
    }

    /// Sets the volume, 0 (silent) to 1 (the samples as they are). The ear judges loudness by ratios, so the samples
    /// are multiplied with the cube: 0.5 is −18 dB and sounds about a third as loud.
    pub fn set_volume(&self, volume: f64) {
        let volume = if volume.is_nan() {
            1.0
        } else {
            volume.clamp(0.0, 1.0)
        };
        self.send(Command::Gain(volume.powi(3) as f32));
    }

    /// Plays on the device with this id (see [`output_devices`]), or on the system's default. What is playing goes on
    /// there at the same place. While the chosen device is missing, the default takes its place.
    pub fn set_output(&self, device: Option<String>) {
        self.send(Command::Output(device));
    }

    /// What it is doing now.
    #[must_use]
    pub fn playback(&self) -> Playback {
        self.board.playback(self.epoch.elapsed())
    }

    /// A number that changes whenever [`Playback::state`] or [`Playback::device`] does, but not with the position.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.board.version.subscribe()
    }

    fn send(&self, command: Command) {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        // Without its thread the player is silent, which was reported when it did not start.
        let _ = commands.send(command);
        self.signal.raise();
    }
}

impl Default for Player {
    fn default() -> Player {
        Player::new()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.send(Command::Quit);
    }
}

/// Where the engine leaves what others may see.
struct Board {
    view: Mutex<View>,
    version: watch::Sender<u64>,
}

struct View {
    state: PlayerState,
    track: Option<Track>,
    place: Place,
    underruns: u32,
    device: Option<String>,
    /// The last position told: it does not run backwards because a device changed its mind about its latency.
    told: f64,
}

/// Where the position is to be read.
enum Place {
    Still {
        seconds: f64,
    },
    /// Frame `first` of the feed is `seconds` from the start of the track.
    Moving {
        feed: Arc<Feed>,
        first: u64,
        seconds: f64,
    },
}

impl Place {
    fn is_same_run(&self, other: &Place) -> bool {
        match (self, other) {
            (
                Place::Moving {
                    feed,
                    first,
                    seconds,
                },
                Place::Moving {
                    feed: other_feed,
                    first: other_first,
                    seconds: other_seconds,
                },
            ) => Arc::ptr_eq(feed, other_feed) && first == other_first && seconds == other_seconds,
            _ => false,
        }
    }
}

impl Board {
    fn new() -> Board {
        let (version, _) = watch::channel(0);
        let view = View {
            state: PlayerState::Idle,
            track: None,
            place: Place::Still { seconds: 0.0 },
            underruns: 0,
            device: None,
            told: 0.0,
        };
        Board {
            view: Mutex::new(view),
            version,
        }
    }

    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(
        &self,
        state: PlayerState,
        track: Option<&Track>,
        place: Place,
        underruns: u32,
        device: Option<&str>,
    ) {
        let mut view = self.view();
        let changed = view.state != state || view.device.as_deref() != device;
        let is_same_track = match (&view.track, track) {
            (Some(before), Some(now)) => before.is(now),
            (None, None) => true,
            _ => false,
        };
        if !is_same_track {
            view.track = track.cloned();
        }
        if !view.place.is_same_run(&place) || !is_same_track {
            view.told = 0.0;
        }
        view.place = place;
        view.state = state;
        view.underruns = underruns;
        if changed {
            view.device = device.map(str::to_owned);
            drop(view);
            self.version.send_modify(|version| *version += 1);
        }
    }

    fn playback(&self, now: Duration) -> Playback {
        let mut view = self.view();
        let arrived_seconds = view.track.as_ref().map_or(0.0, Track::arrived_seconds);
        let position = match &view.place {
            Place::Still { seconds } => *seconds,
            Place::Moving {
                feed,
                first,
                seconds,
            } => {
                let heard = feed.heard(now).unwrap_or(*first).saturating_sub(*first);
                seconds + heard as f64 / f64::from(feed.rate())
            }
        };
        view.told = view.told.max(position).min(arrived_seconds);
        Playback {
            state: view.state,
            position_seconds: view.told,
            arrived_seconds,
            is_complete: view
                .track
                .as_ref()
                .is_some_and(|track| track.end() != TrackEnd::Open),
            underruns: view.underruns,
            device: view.device.clone(),
        }
    }
}
