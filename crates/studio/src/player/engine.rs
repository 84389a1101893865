//! The player's decisions, one step at a time: which state it is in, what the device gets, when to ask for a device.
//!
//! A step reads the clock it is given, the commands and the device's answers that have come in, and the feed; it never
//! waits, and touches no device itself. So a test can be the device.

mod stream;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use sound::Resampler;

use super::device::{Event, Request};
use super::feed::Feed;
use super::{Board, Place, PlayerState};
use crate::track::{Signal, Track};
use stream::Stream;

/// A device that asks for nothing for so long is lost.
const STALLED: Duration = Duration::from_millis(1_500);

/// A device that is opened but takes so long to answer is reported as missing, and still waited for.
const UNANSWERED: Duration = Duration::from_secs(3);

/// How long an unused device is kept, so that going on after a pause is immediate and sleeping loudspeakers stay awake.
const KEPT_OPEN: Duration = Duration::from_secs(5);

/// What must have arrived after the sound ran dry, times the number of times (up to four) that it did.
const REFILL: Duration = Duration::from_millis(250);

pub(super) enum Command {
    Play(Track),
    Pause,
    Resume,
    Stop,
    Seek(f64),
    Gain(f32),
    Output(Option<String>),
    Quit,
}

/// Runs the engine until it is told to quit or its player is gone.
pub(super) fn run(mut engine: Engine, signal: &Signal, epoch: Instant) {
    loop {
        let step = catch_unwind(AssertUnwindSafe(|| engine.step(epoch.elapsed())));
        match step {
            Ok(Next::Wait(limit)) => signal.wait(limit),
            Ok(Next::Quit) => break,
            Err(_) => {
                tracing::error!("The player stopped playing because of a mistake of its own.");
                engine.reset();
            }
        }
    }
}

pub(super) enum Next {
    /// Nothing to do until the signal is raised or so much time has passed.
    Wait(Option<Duration>),
    Quit,
}

pub(super) struct Engine {
    commands: Receiver<Command>,
    events: Receiver<Event>,
    requests: Sender<Request>,
    board: Arc<Board>,
    signal: Arc<Signal>,

    track: Option<Track>,
    paused: bool,
    finished: bool,
    /// Where to go on when there is no stream, in samples of the track.
    position: u64,
    /// While waiting for sound to arrive: how much there must be.
    buffering: Option<Duration>,
    /// How often this track ran dry because nothing had arrived.
    dry_spells: u32,
    /// Whether it has not gone on since the last time.
    dried_up: bool,
    underruns: u32,
    gain: f32,
    wanted: Option<String>,

    output: Output,
    ticket: u64,
    /// Failed attempts in a row to get a device.
    failures: u32,
    /// Devices in a row that were lost soon after they had been opened.
    early_losses: u32,
    retry_at: Duration,
    unneeded_since: Option<Duration>,
    last_step: Duration,
}

enum Output {
    Closed,
    Preparing { since: Duration },
    Ready { rate: u32, name: String },
    Open(Box<Stream>),
}

impl Engine {
    pub(super) fn new(
        commands: Receiver<Command>,
        events: Receiver<Event>,
        requests: Sender<Request>,
        board: Arc<Board>,
        signal: Arc<Signal>,
    ) -> Engine {
        Engine {
            commands,
            events,
            requests,
            board,
            signal,
            track: None,
            paused: false,
            finished: false,
            position: 0,
            buffering: None,
            dry_spells: 0,
            dried_up: false,
            underruns: 0,
            gain: 1.0,
            wanted: None,
            output: Output::Closed,
            ticket: 0,
            failures: 0,
            early_losses: 0,
            retry_at: Duration::ZERO,
            unneeded_since: None,
            last_step: Duration::ZERO,
        }
    }

    pub(super) fn step(&mut self, now: Duration) -> Next {
        while let Ok(event) = self.events.try_recv() {
            self.learn(event, now);
        }
        while let Ok(command) = self.commands.try_recv() {
            if matches!(command, Command::Quit) {
                return Next::Quit;
            }
            self.obey(command, now);
        }
        self.watch(now);
        self.seek_device(now);
        self.fill();
        self.open_gate();
        self.notice_end(now);
        self.release_unneeded(now);
        self.publish();
        self.last_step = now;
        Next::Wait(self.patience(now))
    }

    /// Forgets everything but the chosen device and volume.
    fn reset(&mut self) {
        self.track = None;
        self.close();
        self.publish();
    }

    // What the person wants.

    fn obey(&mut self, command: Command, now: Duration) {
        match command {
            Command::Play(track) => self.play(track, now),
            Command::Pause => self.paused = self.track.is_some() && !self.finished,
            Command::Resume if self.finished => self.go_to(0, now),
            Command::Resume => {
                self.paused = false;
                self.retry_at = now;
            }
            Command::Stop => self.stop(),
            Command::Seek(seconds) => self.seek(seconds, now),
            Command::Gain(gain) => {
                self.gain = gain;
                if let Output::Open(stream) = &self.output {
                    stream.feed.set_gain(gain);
                }
            }
            Command::Output(wanted) => {
                if wanted != self.wanted {
                    self.wanted = wanted;
                    self.leave_device(now);
                }
            }
            Command::Quit => {}
        }
    }

    fn play(&mut self, track: Track, now: Duration) {
        track.raise_on_change(&self.signal);
        if let Output::Open(stream) = &mut self.output {
            stream.resampler = Resampler::new(track.rate(), stream.feed.rate());
            // The gaps of the old track are not the new one's.
            stream.feed.take_starved();
            stream.feed.take_underruns();
        }
        self.track = Some(track);
        self.paused = false;
        self.dry_spells = 0;
        self.underruns = 0;
        self.go_to(0, now);
    }

    fn stop(&mut self) {
        self.track = None;
        self.paused = false;
        self.finished = false;
        self.buffering = None;
        if let Output::Open(stream) = &mut self.output {
            stream.feed.set_open(false);
            stream.go_to(0);
        }
    }

    fn seek(&mut self, seconds: f64, now: Duration) {
        let Some(track) = &self.track else { return };
        // A float that is no number or out of range becomes 0 or the end.
        let sample = ((seconds * f64::from(track.rate())).round() as u64).min(track.arrived());
        self.go_to(sample, now);
    }

    fn go_to(&mut self, sample: u64, now: Duration) {
        self.finished = false;
        self.dried_up = false;
        self.position = sample;
        self.retry_at = now;
        self.buffering = Some(Duration::ZERO);
        if let Output::Open(stream) = &mut self.output {
            stream.go_to(sample);
        }
    }

    /// Whether there is something to be heard now.
    fn is_wanted(&self) -> bool {
        self.track.is_some() && !self.paused && !self.finished
    }

    // The device.

    fn learn(&mut self, event: Event, now: Duration) {
        match event {
            Event::Ready { ticket, rate, name } if ticket == self.ticket => {
                self.output = Output::Ready { rate, name };
            }
            Event::Started { ticket } if ticket == self.ticket => {
                if let Output::Open(stream) = &mut self.output {
                    stream.started = Some(now);
                    stream.beat_at = now;
                }
            }
            Event::Failed { ticket } if ticket == self.ticket => {
                self.leave_device(now);
                self.note_failure(now);
            }
            Event::Elsewhere { ticket } if ticket == self.ticket => self.leave_device(now),
            // An answer to a question that no longer matters.
            Event::Ready { .. }
            | Event::Started { .. }
            | Event::Failed { .. }
            | Event::Elsewhere { .. } => {}
        }
    }

    /// Gives the device up and takes the right one as soon as it is needed, going on where the person stopped hearing.
    fn leave_device(&mut self, now: Duration) {
        self.leave_device_as_of(now, now);
    }

    /// As [`Engine::leave_device`], when what the device took was played only until `heard`.
    fn leave_device_as_of(&mut self, heard: Duration, now: Duration) {
        if let (Output::Open(stream), Some(track)) = (&self.output, &self.track) {
            if !self.finished {
                self.position = stream
                    .resampler
                    .sample_at(stream.heard_frame(heard))
                    .min(track.arrived());
                self.buffering = Some(self.buffering.unwrap_or_default());
            }
            self.underruns += stream.feed.take_underruns();
        }
        self.close();
        self.retry_at = now;
    }

    fn close(&mut self) {
        if !matches!(self.output, Output::Closed) {
            self.output = Output::Closed;
            self.ticket += 1;
            let _ = self.requests.send(Request::Close);
        }
        self.unneeded_since = None;
    }

    fn note_failure(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        let wait = Duration::from_millis(250) * 2_u32.pow(self.failures.min(3) - 1);
        self.retry_at = now + wait;
    }

    /// Notices a device that failed or stands still.
    fn watch(&mut self, now: Duration) {
        let was_asleep =
            now.saturating_sub(self.last_step) > STALLED / 2 && self.last_step != Duration::ZERO;
        let Output::Open(stream) = &mut self.output else {
            return;
        };
        let beats = stream.feed.beats();
        if beats != stream.beats || was_asleep {
            stream.beats = beats;
            stream.beat_at = now;
        }
        let stalled = stream.started.is_some() && now.saturating_sub(stream.beat_at) >= STALLED;
        if stream.feed.is_broken() || stalled {
            tracing::warn!(device = stream.name, stalled, "The sound device was lost.");
            let lived = stream
                .started
                .map_or(Duration::ZERO, |started| now.saturating_sub(started));
            // What a device that stands still has in its buffer may never have been heard.
            let heard = if stalled { stream.beat_at } else { now };
            self.leave_device_as_of(heard, now);
            // One that fails as soon as it is opened must not be opened over and over without a rest.
            if lived < STALLED * 2 {
                self.early_losses += 1;
            }
            if self.early_losses > 1 {
                self.note_failure(now);
            } else if stalled {
                // It has been silent for a while, and that is told; the next attempt need not wait.
                self.failures = self.failures.max(1);
            }
        } else if stream
            .started
            .is_some_and(|started| now.saturating_sub(started) > STALLED)
        {
            self.failures = 0;
            self.early_losses = 0;
        }
    }

    /// Finds a device when one is needed, and opens it when there is something to play on it.
    fn seek_device(&mut self, now: Duration) {
        if !self.is_wanted() {
            return;
        }
        match &self.output {
            Output::Closed if now >= self.retry_at => {
                self.ticket += 1;
                self.output = Output::Preparing { since: now };
                let _ = self.requests.send(Request::Prepare {
                    ticket: self.ticket,
                    wanted: self.wanted.clone(),
                });
            }
            Output::Ready { rate, name } => {
                let (rate, name) = (*rate, name.clone());
                self.open_stream(rate, name, now);
            }
            Output::Closed | Output::Preparing { .. } | Output::Open(_) => {}
        }
    }

    fn open_stream(&mut self, rate: u32, name: String, now: Duration) {
        let Some(track) = &self.track else { return };
        let feed = Arc::new(Feed::new(rate, self.gain));
        let mut stream = Stream::new(Arc::clone(&feed), name, track.rate(), now);
        stream.go_to(self.position);
        if !stream.has_enough(track, self.buffering.unwrap_or_default()) {
            return;
        }
        self.output = Output::Open(Box::new(stream));
        // The stream asks for its first frames while it is being opened.
        self.fill();
        self.open_gate();
        let _ = self.requests.send(Request::Start {
            ticket: self.ticket,
            feed,
        });
    }

    fn release_unneeded(&mut self, now: Duration) {
        if self.is_wanted() || matches!(self.output, Output::Closed) {
            self.unneeded_since = None;
            return;
        }
        let since = *self.unneeded_since.get_or_insert(now);
        if now.saturating_sub(since) < KEPT_OPEN {
            return;
        }
        if let Output::Open(stream) = &self.output
            && !self.finished
        {
            self.position = stream.resampler.sample_at(stream.next_frame());
            self.buffering = Some(self.buffering.unwrap_or_default());
        }
        self.close();
    }

    // The sound.

    fn fill(&mut self) {
        if let (Output::Open(stream), Some(track)) = (&mut self.output, &self.track) {
            stream.fill(track);
        }
    }

    /// Lets sound through if it is wanted and enough of it is there.
    fn open_gate(&mut self) {
        let (Output::Open(stream), Some(track)) = (&mut self.output, &self.track) else {
            return;
        };
        self.underruns += stream.feed.take_underruns();
        if stream.feed.take_starved() && !stream.has_enough(track, Duration::ZERO) {
            self.dry_spells += 1;
            self.dried_up = true;
            self.buffering = Some(REFILL * self.dry_spells.min(4));
        }
        if self
            .buffering
            .is_some_and(|needed| stream.has_enough(track, needed))
        {
            self.buffering = None;
            self.dried_up &= stream.is_drained();
        }
        stream
            .feed
            .set_open(!self.paused && !self.finished && self.buffering.is_none());
    }

    fn notice_end(&mut self, now: Duration) {
        let (Output::Open(stream), Some(track)) = (&self.output, &self.track) else {
            return;
        };
        if self.dried_up && stream.is_drained() {
            // It fell silent because it was over; only that was not known yet.
            self.underruns = self.underruns.saturating_sub(1);
            self.dried_up = false;
        }
        if !self.finished && stream.has_ended(now) {
            self.finished = true;
            self.paused = false;
            self.position = track.arrived();
        }
    }

    // What others see.

    fn state(&self) -> PlayerState {
        if self.track.is_none() {
            return PlayerState::Idle;
        }
        if self.finished {
            return PlayerState::Finished;
        }
        if self.paused {
            return PlayerState::Paused;
        }
        match &self.output {
            Output::Open(stream) if stream.started.is_some() => {
                if self.buffering.is_none() {
                    PlayerState::Playing
                } else {
                    PlayerState::Waiting
                }
            }
            Output::Preparing { since } if self.last_step.saturating_sub(*since) > UNANSWERED => {
                PlayerState::NoDevice
            }
            Output::Open(stream) if self.last_step.saturating_sub(stream.asked) > UNANSWERED => {
                PlayerState::NoDevice
            }
            _ if self.failures > 0 => PlayerState::NoDevice,
            _ => PlayerState::Waiting,
        }
    }

    fn publish(&self) {
        let (place, device) = match &self.output {
            Output::Open(stream) if self.track.is_some() && !self.finished => {
                let place = Place::Moving {
                    feed: Arc::clone(&stream.feed),
                    first: stream.first,
                    seconds: stream.frame as f64 / f64::from(stream.feed.rate()),
                };
                (place, Some(&stream.name))
            }
            Output::Open(stream) => (self.still(), Some(&stream.name)),
            Output::Ready { name, .. } => (self.still(), Some(name)),
            Output::Closed | Output::Preparing { .. } => (self.still(), None),
        };
        self.board.publish(
            self.state(),
            self.track.as_ref(),
            place,
            self.underruns,
            device.map(String::as_str),
        );
    }

    fn still(&self) -> Place {
        let seconds = self
            .track
            .as_ref()
            .map_or(0.0, |track| self.position as f64 / f64::from(track.rate()));
        Place::Still { seconds }
    }

    /// How long nothing needs to be done, unless the signal is raised.
    fn patience(&self, now: Duration) -> Option<Duration> {
        match &self.output {
            Output::Closed if self.is_wanted() => Some(self.retry_at.saturating_sub(now)),
            Output::Closed => None,
            Output::Open(stream) if self.is_wanted() && stream.is_complete() => {
                Some(Duration::from_millis(20))
            }
            Output::Open(_) if self.is_wanted() => Some(Duration::from_millis(50)),
            Output::Open(_) | Output::Ready { .. } | Output::Preparing { .. } => {
                Some(Duration::from_millis(500))
            }
        }
    }
}

#[cfg(test)]
mod tests;
