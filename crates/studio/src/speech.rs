//! Speaking a text aloud: sentence after sentence into a track that is heard while it grows.
//!
//! What it is: the production of one track with its marks. What it is not: the player (it only says how far the listener
//! is), or a render (nothing here ends in a file).
//!
//! Invariants: production stays at most [`AHEAD`] before the listener, so that nothing is bought that may never be
//! heard and nothing grows while a person has paused; the track settles whatever happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use narration::script::{Script, Segment};
use narration::synthesis::{Utterance, VoiceRef};
use tokio::task::AbortHandle;

use crate::casting::Casting;
use crate::failure::{Failure, FailureKind};
use crate::queue::Urgency;
use crate::synthesizer::{Arrival, Synthesizer};
use crate::track::Track;

/// How far production may be ahead of the listener, in seconds.
pub const AHEAD: f64 = 30.0;

/// One segment of what is spoken, and when it sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Where it starts in the text, in UTF-16 units as web views count.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// When it starts, in seconds from the start of the track.
    pub from: f64,
    /// When it ends; `None` while it is being made.
    pub to: Option<f64>,
}

/// What happens while a text is produced, for whoever shows notices.
pub enum Happening {
    /// A sentence failed and is asked for again.
    Retrying(Failure, Duration),
    /// Sound arrives again after a failure.
    Recovered,
    /// A sentence was bought but could not be kept.
    NotKept(Failure),
    /// Production ended with a failure; what arrived can be heard.
    Failed(Failure),
}

/// A text being spoken.
pub struct Speech {
    /// Counts up with every speech; never 0.
    pub id: u32,
    /// Set while a voice is tried out, rather than a text spoken.
    pub preview: Option<VoiceRef>,
    /// The sound.
    pub track: Track,
    progress: Arc<Mutex<Progress>>,
    production: Option<AbortHandle>,
}

struct Progress {
    marks: Vec<Mark>,
    failure: Option<Failure>,
    /// Characters whose sound has arrived in full, and all of them.
    done: usize,
    total: usize,
}

/// What is spoken and how.
pub struct Plan {
    /// The text that the script was cut from.
    pub text: Arc<str>,
    /// Its segments.
    pub script: Arc<Script>,
    /// Who speaks it, and how.
    pub casting: Casting,
    /// The first segment to speak.
    pub first: usize,
    /// The first that is no longer spoken.
    pub end: usize,
}

impl Plan {
    fn utterance(&self, segment: &Segment) -> Utterance {
        Utterance {
            text: segment.speech(&self.text),
            delivery: self.casting.delivery(segment).clone(),
        }
    }
}

impl Speech {
    /// A speech whose sound somebody else provides, such as a preview that was downloaded.
    pub fn of_track(id: u32, preview: Option<VoiceRef>, track: Track) -> Self {
        let progress = Progress {
            marks: Vec::new(),
            failure: None,
            done: 0,
            total: 0,
        };
        Self {
            id,
            preview,
            track,
            progress: Arc::new(Mutex::new(progress)),
            production: None,
        }
    }

    /// Begins to speak. `heard` says how many seconds the listener has heard, `happened` is told of what goes wrong.
    /// Must be called within a Tokio runtime.
    pub fn begin(
        id: u32,
        plan: Plan,
        synthesizer: Synthesizer,
        heard: impl Fn() -> f64 + Send + Sync + 'static,
        happened: impl Fn(Happening) + Send + Sync + 'static,
    ) -> Self {
        let track = Track::new(plan.casting.main().sample_rate());
        let total = plan.script.segments[plan.first..plan.end]
            .iter()
            .map(|segment| segment.range.len())
            .sum();
        let progress = Arc::new(Mutex::new(Progress {
            marks: Vec::new(),
            failure: None,
            done: 0,
            total,
        }));
        let mut production = Production {
            plan,
            synthesizer,
            track: track.clone(),
            progress: Arc::clone(&progress),
            heard: Box::new(heard),
            happened: Box::new(happened),
        };
        let task = tokio::spawn(async move { production.run().await });
        Self {
            id,
            preview: None,
            track,
            progress,
            production: Some(task.abort_handle()),
        }
    }

    /// Marks from the `from`-th on.
    pub fn marks(&self, from: usize) -> Vec<Mark> {
        lock(&self.progress)
            .marks
            .get(from..)
            .unwrap_or_default()
            .to_vec()
    }

    /// Why production ended early.
    pub fn failure(&self) -> Option<Failure> {
        lock(&self.progress).failure.clone()
    }

    /// How long it will be, judged by what has arrived; exact once it is complete.
    pub fn expected_seconds(&self) -> f64 {
        let arrived = self.track.arrived_seconds();
        if self.track.is_finished() {
            return arrived;
        }
        let progress = lock(&self.progress);
        let rest = progress.total.saturating_sub(progress.done) as f64;
        let finished_until = progress.marks.iter().rev().find_map(|mark| mark.to);
        match finished_until {
            Some(until) if progress.done > 0 => {
                (until + rest * until / progress.done as f64).max(arrived)
            }
            _ => (rest * SECONDS_PER_CHARACTER).max(arrived),
        }
    }
}

/// English at an ordinary pace: about 15 characters a second.
pub const SECONDS_PER_CHARACTER: f64 = 1.0 / 15.0;

impl Drop for Speech {
    fn drop(&mut self) {
        if let Some(production) = &self.production {
            production.abort();
        }
        self.track.abandon();
    }
}

struct Production {
    plan: Plan,
    synthesizer: Synthesizer,
    track: Track,
    progress: Arc<Mutex<Progress>>,
    heard: Box<dyn Fn() -> f64 + Send + Sync>,
    happened: Box<dyn Fn(Happening) + Send + Sync>,
}

impl Production {
    async fn run(&mut self) {
        match self.speak_all().await {
            Ok(()) => self.track.finish(),
            Err(failure) => {
                lock(&self.progress).failure = Some(failure.clone());
                self.track.abandon();
                (self.happened)(Happening::Failed(failure));
            }
        }
    }

    async fn speak_all(&mut self) -> Result<(), Failure> {
        let script = Arc::clone(&self.plan.script);
        let mut position = Utf16Position::default();
        let mut last: Option<&Segment> = None;
        if self.plan.first == 0 {
            self.fall_silent(script.pause_before)?;
        }
        for segment in &script.segments[self.plan.first..self.plan.end] {
            self.wait_for_the_listener().await;
            if let Some(last) = last {
                self.fall_silent(last.pause_after)?;
            }
            let start = position.of(&self.plan.text, segment.range.start);
            let end = position.of(&self.plan.text, segment.range.end);
            lock(&self.progress).marks.push(Mark {
                start,
                end,
                from: self.track.arrived_seconds(),
                to: None,
            });
            match self.speak_segment(segment).await {
                Ok(()) => last = Some(segment),
                // One sentence in another script is no reason to stop.
                Err(failure) if failure.kind == FailureKind::NothingToSay => {
                    lock(&self.progress).marks.pop();
                }
                Err(failure) => return Err(failure),
            }
            lock(&self.progress).done += segment.range.len();
        }
        if last.is_none() {
            Err(FailureKind::NothingToSay.into())
        } else {
            Ok(())
        }
    }

    async fn speak_segment(&mut self, segment: &Segment) -> Result<(), Failure> {
        let mut arrivals = self
            .synthesizer
            .speak(self.plan.utterance(segment), Urgency::Speech);
        let mut troubled = false;
        while let Some(arrival) = arrivals.next().await {
            match arrival? {
                Arrival::Samples(samples) => {
                    if troubled && !samples.is_empty() {
                        troubled = false;
                        (self.happened)(Happening::Recovered);
                    }
                    self.append(&samples)?;
                }
                // What was heard of it stays heard; the sentence is made again from its start.
                Arrival::Restart => self.change_mark(|mark, now| mark.from = now),
                Arrival::Retrying { failure, after } => {
                    troubled = true;
                    (self.happened)(Happening::Retrying(failure, after));
                }
                Arrival::NotKept(failure) => (self.happened)(Happening::NotKept(failure)),
                Arrival::End { .. } => {
                    self.change_mark(|mark, now| mark.to = Some(now));
                    return Ok(());
                }
            }
        }
        Err(Failure::new(
            FailureKind::CutOff,
            "the synthesis ended without an end",
        ))
    }

    fn change_mark(&self, change: impl FnOnce(&mut Mark, f64)) {
        if let Some(mark) = lock(&self.progress).marks.last_mut() {
            change(mark, self.track.arrived_seconds());
        }
    }

    fn fall_silent(&self, pause: Duration) -> Result<(), Failure> {
        self.append(&vec![0; pause_samples(pause, self.track.rate())])
    }

    fn append(&self, samples: &[i16]) -> Result<(), Failure> {
        self.track
            .append(samples)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::StorageFull => {
                    Failure::new(FailureKind::DiskFull, error.to_string())
                }
                _ => Failure::new(FailureKind::Unexpected, error.to_string()),
            })
    }

    async fn wait_for_the_listener(&self) {
        while self.track.arrived_seconds() - (self.heard)() > AHEAD {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// How many samples a silence is.
pub(crate) fn pause_samples(pause: Duration, rate: u32) -> usize {
    (pause.as_secs_f64() * f64::from(rate)) as usize
}

/// Turns byte offsets, asked for in ascending order, into UTF-16 offsets without starting over each time.
#[derive(Default)]
pub(crate) struct Utf16Position {
    bytes: usize,
    units: usize,
}

impl Utf16Position {
    pub(crate) fn of(&mut self, text: &str, bytes: usize) -> usize {
        let between = text.get(self.bytes..bytes).unwrap_or_default();
        self.units += between.encode_utf16().count();
        self.bytes = bytes.max(self.bytes);
        self.units
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
