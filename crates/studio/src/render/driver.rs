//! Drives a render: asks for what the schedule says, and tells it what came of it.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use narration::check::{self, Doubt, Norm};
use narration::render::schedule::{Course, Pause, Schedule, State, Step};
use narration::retry;
use narration::synthesis::{SynthesisError, Utterance};
use narration::take::Fingerprint;
use tokio::sync::{mpsc, watch};

use super::finish::{self, Unfinished};
use super::record::{Record, Refusal, Stage};
use super::view::{RenderState, RenderView, SegmentState};
use crate::failure::{Failure, FailureKind};
use crate::lock::lock;
use crate::synthesizer::{Attempt, Made, Synthesizer, random};

/// How much may be asked at once, and how much may be spent.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests the account may have open at once, at least 1. The built-in voice takes the machine's cores instead.
    pub concurrency: usize,
    /// Millionths of a dollar for the whole narration; `None` for no limit.
    pub spending: Option<u64>,
    /// Whether files are written although segments have failed.
    pub without_failed: bool,
}

/// A render that goes on by itself. Clones are the same render; it goes on when all of them are gone, to its next rest.
#[derive(Clone)]
pub struct Render {
    view: watch::Receiver<RenderView>,
    states: Arc<Mutex<Vec<SegmentState>>>,
    wishes: mpsc::UnboundedSender<Wish>,
}

enum Wish {
    Pause,
    Resume,
    Cancel,
    Retry(usize),
    Limits(Limits),
}

impl Render {
    /// Begins or goes on. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`Refusal::Elsewhere`] while another process makes it; [`FailureKind::UnknownVoice`] for a voice that is none,
    /// [`FailureKind::NothingToSay`] without segments.
    pub fn begin(
        synthesizer: Synthesizer,
        record: Record,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let lock = record.lock()?;
        let mut driver = Driver::new(synthesizer, record, limits, lock)?;
        let (wishes, heard) = mpsc::unbounded_channel();
        let (shown, view) = watch::channel(driver.view(RenderState::Running));
        let states = Arc::clone(&driver.states);
        tokio::spawn(async move { driver.run(heard, shown).await });
        Ok(Self {
            view,
            states,
            wishes,
        })
    }

    /// Whether anything drives it still.
    pub fn is_alive(&self) -> bool {
        !self.wishes.is_closed()
    }

    /// How it stands.
    pub fn view(&self) -> RenderView {
        self.view.borrow().clone()
    }

    /// How segments stand, from the `from`-th on.
    pub fn segments(&self, from: usize, count: usize) -> Vec<SegmentState> {
        let states = lock(&self.states);
        states.iter().skip(from).take(count).cloned().collect()
    }

    /// Waits until it stands otherwise.
    pub async fn changed(&mut self) -> RenderView {
        // Without a driver it stands as it did last.
        let _ = self.view.changed().await;
        self.view.borrow_and_update().clone()
    }

    /// Waits until it does nothing more by itself.
    pub async fn rested(&self) -> RenderView {
        let mut view = self.view.clone();
        let rested = view.wait_for(|view| view.state.is_at_rest()).await;
        let rested = rested.map(|view| view.clone());
        rested.unwrap_or_else(|_| self.view())
    }

    /// Begins nothing more. What was asked for is finished.
    pub fn pause(&self) {
        self.wish(Wish::Pause);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.wish(Wish::Resume);
    }

    /// Gives it up. Its takes stay.
    pub fn cancel(&self) {
        self.wish(Wish::Cancel);
    }

    /// Asks for a failed segment again.
    pub fn retry(&self, segment: usize) {
        self.wish(Wish::Retry(segment));
    }

    /// Changes how much may be asked and spent.
    pub fn set_limits(&self, limits: Limits) {
        self.wish(Wish::Limits(limits));
    }

    fn wish(&self, wish: Wish) {
        // One that has ended has no use for wishes.
        let _ = self.wishes.send(wish);
    }
}

/// What is made once.
struct Piece {
    utterance: Utterance,
    fingerprint: Fingerprint,
    characters: usize,
    segments: Vec<usize>,
    failure: Option<Failure>,
    /// Length without silence, of takes that came in this run.
    seconds: Option<f64>,
}

enum Event {
    Answered(usize),
    Made(usize, Made),
    Failed(usize, Attempt),
}

struct Driver {
    synthesizer: Synthesizer,
    record: Record,
    limits: Limits,
    pieces: Vec<Piece>,
    piece_of: Vec<usize>,
    schedule: Schedule<FailureKind>,
    norms: HashMap<String, Norm>,
    pace: Pace,
    states: Arc<Mutex<Vec<SegmentState>>>,
    bought: usize,
    spent: u64,
    started: Instant,
    events: mpsc::UnboundedSender<Event>,
    arrivals: mpsc::UnboundedReceiver<Event>,
    _lock: File,
}

impl Driver {
    fn new(
        synthesizer: Synthesizer,
        record: Record,
        limits: Limits,
        lock: File,
    ) -> Result<Self, Failure> {
        let utterances = record
            .request
            .order
            .utterances()
            .map_err(|error| Failure::new(FailureKind::UnknownVoice, error.to_string()))?;
        if utterances.is_empty() {
            return Err(FailureKind::NothingToSay.into());
        }
        let (pieces, piece_of) = pieces_of(&synthesizer, utterances);
        let takes = synthesizer.takes();
        takes.sweep();
        let owned: Vec<bool> = pieces
            .iter()
            .map(|piece| takes.has(piece.fingerprint))
            .collect();
        let found = pieces
            .iter()
            .zip(&owned)
            .filter(|(piece, owned)| **owned && piece.fingerprint.is_paid());
        synthesizer
            .ledger()
            .found(found.map(|(piece, _)| piece.fingerprint.to_hex()).collect());
        let priced = pieces.iter().zip(&owned).map(|(piece, owned)| {
            let price = synthesizer.price(&piece.utterance.delivery.voice, piece.characters);
            (price.unwrap_or(0), *owned)
        });
        let mut schedule = Schedule::new(priced, concurrency(&pieces, limits));
        let spent = synthesizer
            .ledger()
            .totals(Some(&record.id))
            .map_or(0, |totals| totals.price);
        schedule.allow(limits.spending, spent);
        let (events, arrivals) = mpsc::unbounded_channel();
        let states = vec![State::Waiting; piece_of.len()];
        let driver = Self {
            synthesizer,
            record,
            limits,
            pieces,
            piece_of,
            schedule,
            norms: HashMap::new(),
            pace: Pace::default(),
            states: Arc::new(Mutex::new(states)),
            bought: 0,
            spent,
            started: Instant::now(),
            events,
            arrivals,
            _lock: lock,
        };
        for piece in 0..driver.pieces.len() {
            driver.show(piece);
        }
        Ok(driver)
    }

    async fn run(
        &mut self,
        mut wishes: mpsc::UnboundedReceiver<Wish>,
        shown: watch::Sender<RenderView>,
    ) {
        loop {
            let now = self.started.elapsed();
            let step = self.schedule.next(now);
            let state = match &step {
                Step::Make { piece, again } => {
                    self.ask(*piece, *again);
                    continue;
                }
                Step::WaitUntil(_) | Step::Wait => self.state_while_waiting(now),
                Step::Paused(pause) => self.state_of(pause),
                Step::Cancelled => {
                    self.settle(Stage::Cancelled);
                    shown.send_replace(self.view(RenderState::Cancelled));
                    return;
                }
                Step::Done if self.doubt_in_retrospect() => continue,
                Step::Done if self.has_failed() && !self.limits.without_failed => {
                    RenderState::Incomplete
                }
                Step::Done => {
                    shown.send_replace(self.view(RenderState::Writing));
                    match self.finish().await {
                        Ok(true) => {
                            shown.send_replace(self.view(RenderState::Finished));
                            return;
                        }
                        // Some takes were damaged; they are made again.
                        Ok(false) => continue,
                        Err(failure) => RenderState::Stopped(failure),
                    }
                }
            };
            let rests = state.is_at_rest();
            shown.send_if_modified(|view| {
                let new = self.view(state);
                let is_new = *view != new;
                *view = new;
                is_new
            });
            let until = match step {
                Step::WaitUntil(at) => at.saturating_sub(now),
                _ => Duration::MAX,
            };
            tokio::select! {
                Some(event) = self.arrivals.recv() => self.hear(event),
                wish = wishes.recv() => match wish {
                    Some(wish) => self.obey(wish),
                    // Nobody can wish for anything any more.
                    None if rests => return,
                    None => {
                        // All handles are gone: it goes on to its next rest.
                        tokio::select! {
                            Some(event) = self.arrivals.recv() => self.hear(event),
                            () = wait(until) => {}
                        }
                    }
                },
                () = wait(until) => {}
            }
        }
    }

    fn ask(&mut self, piece: usize, again: bool) {
        self.show(piece);
        let (synthesizer, events) = (self.synthesizer.clone(), self.events.clone());
        let utterance = self.pieces[piece].utterance.clone();
        let render = Some(self.record.id.clone());
        tokio::spawn(async move {
            let answered = || {
                let _ = events.send(Event::Answered(piece));
            };
            let made = synthesizer.make(utterance, again, render, answered).await;
            // A render that has ended needs nothing; the take is on the disk.
            let _ = events.send(match made {
                Ok(made) => Event::Made(piece, made),
                Err(attempt) => Event::Failed(piece, attempt),
            });
        });
    }

    fn hear(&mut self, event: Event) {
        let piece = match event {
            Event::Answered(piece) => {
                self.schedule.answered(piece);
                return;
            }
            Event::Made(piece, made) => {
                let doubt = self.look_at(piece, &made);
                self.count(piece, made.bought);
                self.pieces[piece].failure = None;
                self.schedule.kept(piece, made.bought, doubt.is_some());
                piece
            }
            Event::Failed(piece, Attempt::NotKept { failure, bought }) => {
                self.count(piece, bought);
                let kind = failure.kind;
                self.pieces[piece].failure = Some(failure);
                self.schedule.not_kept(piece, bought, kind);
                piece
            }
            Event::Failed(piece, attempt) => {
                let (failure, course) = course(attempt);
                tracing::info!(kind = ?failure.kind, request_id = ?failure.request_id, ?course, "A segment failed.");
                let kind = failure.kind;
                self.pieces[piece].failure = Some(failure);
                let now = self.started.elapsed();
                self.schedule.failed(piece, kind, course, now, random());
                piece
            }
        };
        self.show(piece);
    }

    fn obey(&mut self, wish: Wish) {
        match wish {
            Wish::Pause => self.schedule.pause(),
            Wish::Resume => self.schedule.resume(),
            Wish::Cancel => self.schedule.cancel(),
            Wish::Retry(segment) => {
                if let Some(&piece) = self.piece_of.get(segment) {
                    self.schedule.retry(piece);
                }
            }
            Wish::Limits(limits) => {
                self.limits = limits;
                self.schedule.set_limit(concurrency(&self.pieces, limits));
                self.schedule.allow(limits.spending, self.spent);
            }
        }
        for piece in 0..self.pieces.len() {
            self.show(piece);
        }
    }

    /// Judges a take that has just come, and learns from it.
    fn look_at(&mut self, piece: usize, made: &Made) -> Option<Doubt> {
        let measures = check::measure(&made.take.samples, made.take.rate);
        let piece = &mut self.pieces[piece];
        piece.seconds = Some(measures.seconds);
        self.pace.note(piece.characters);
        let text = &piece.utterance.text;
        let norm = self
            .norms
            .entry(piece.utterance.delivery.voice.to_string())
            .or_default();
        // What was bought before was judged before; only what costs nothing more is learnt from it.
        let doubt = if made.bought {
            norm.doubt(&measures, text)
        } else {
            None
        };
        if doubt.is_none() {
            norm.learn(measures.seconds, text);
        }
        doubt
    }

    /// The first takes came before it was known how the voice speaks: once all are there they are judged again. Whether
    /// there is something to make again.
    fn doubt_in_retrospect(&mut self) -> bool {
        let mut doubted = false;
        for index in 0..self.pieces.len() {
            let piece = &self.pieces[index];
            let (Some(seconds), State::Ready) = (piece.seconds, self.schedule.state(index)) else {
                continue;
            };
            let measures = check::Measures {
                seconds,
                peak: 1.0,
                clipped: 0.0,
                end: 0.0,
            };
            let voice = piece.utterance.delivery.voice.to_string();
            let norm = self.norms.get(&voice);
            let doubt = norm.and_then(|norm| norm.doubt(&measures, &piece.utterance.text));
            if piece.fingerprint.is_paid() && doubt.is_some() && !self.schedule.was_remade(index) {
                self.schedule.judge(index, true);
                doubted = true;
            }
            self.pieces[index].seconds = None;
        }
        doubted
    }

    fn count(&mut self, piece: usize, bought: bool) {
        if !bought {
            return;
        }
        let piece = &self.pieces[piece];
        self.bought += piece.characters;
        let voice = &piece.utterance.delivery.voice;
        self.spent += self.synthesizer.price(voice, piece.characters).unwrap_or(0);
    }

    async fn finish(&mut self) -> Result<bool, Failure> {
        let fingerprints: Vec<Option<Fingerprint>> = self
            .piece_of
            .iter()
            .map(|&piece| {
                let is_heard = matches!(self.schedule.state(piece), State::Ready | State::Doubtful);
                is_heard.then_some(self.pieces[piece].fingerprint)
            })
            .collect();
        if fingerprints.iter().all(Option::is_none) {
            return Err(FailureKind::NothingToSay.into());
        }
        let (request, takes) = (
            self.record.request.clone(),
            self.synthesizer.takes().clone(),
        );
        let written =
            tokio::task::spawn_blocking(move || finish::write(&request, &takes, &fingerprints));
        let written = written
            .await
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        match written {
            Ok(files) => {
                self.record.progress.files = files;
                self.record.progress.finished_at = Some(narration::take::seconds_since_1970());
                self.settle(Stage::Finished);
                Ok(true)
            }
            Err(Unfinished::Missing(segments)) => {
                for segment in segments {
                    let piece = self.piece_of[segment];
                    self.schedule.lost(piece);
                    self.show(piece);
                }
                Ok(false)
            }
            Err(Unfinished::Failed(failure)) => Err(failure),
        }
    }

    /// Writes down how it ended.
    fn settle(&mut self, stage: Stage) {
        narration::durable::sweep(self.record.folder());
        self.record.progress.stage = stage;
        self.record.progress.doubtful = self.segments_that(|state| *state == State::Doubtful);
        if let Err(failure) = self.record.save_progress() {
            // It would only be finished once more, without buying anything.
            tracing::warn!(
                details = failure.details,
                "The end of a render could not be written down."
            );
        }
    }

    // What is shown

    fn view(&self, state: RenderState) -> RenderView {
        let settled =
            |state: &SegmentState| matches!(state, State::Ready | State::Doubtful | State::Silent);
        let characters = self.pieces.iter().map(|piece| piece.characters).sum();
        let (mut left, mut ready) = (0, 0);
        for (index, piece) in self.pieces.iter().enumerate() {
            match self.schedule.state(index) {
                State::Waiting | State::Making => left += piece.characters,
                State::Ready | State::Doubtful => ready += piece.characters,
                State::Silent | State::Failed(_) => {}
            }
        }
        let failure_of = |segment: usize| {
            let failure = self.pieces[self.piece_of[segment]].failure.clone();
            (
                segment,
                failure.unwrap_or_else(|| FailureKind::Unexpected.into()),
            )
        };
        let failed = self.segments_that(|state| matches!(state, State::Failed(_)));
        RenderView {
            id: self.record.id.clone(),
            title: self.record.request.order.title.clone(),
            state,
            total: self.piece_of.len(),
            done: self.segments_that(settled).len(),
            failed: failed.into_iter().take(100).map(failure_of).collect(),
            doubtful: self.segments_that(|state| *state == State::Doubtful),
            characters,
            bought: self.bought,
            reused: usize::saturating_sub(ready, self.bought),
            spent: self.spent,
            seconds_left: self.pace.seconds_for(left),
            width: self.schedule.width(),
            files: self.record.progress.files.clone(),
        }
    }

    fn segments_that(&self, is_meant: impl Fn(&SegmentState) -> bool) -> Vec<usize> {
        let states = lock(&self.states);
        let meant = states
            .iter()
            .enumerate()
            .filter(|(_, state)| is_meant(state));
        meant.map(|(segment, _)| segment).collect()
    }

    fn has_failed(&self) -> bool {
        (0..self.pieces.len()).any(|piece| matches!(self.schedule.state(piece), State::Failed(_)))
    }

    fn show(&self, piece: usize) {
        let state = self.schedule.state(piece);
        let mut states = lock(&self.states);
        for &segment in &self.pieces[piece].segments {
            states[segment] = state.clone();
        }
    }

    fn state_while_waiting(&self, now: Duration) -> RenderState {
        if self.schedule.pause_reason().is_some() {
            RenderState::Pausing
        } else if self.schedule.is_offline() {
            RenderState::Offline
        } else {
            match self.schedule.held_until(now) {
                Some(until) => RenderState::Held(until - now),
                None => RenderState::Running,
            }
        }
    }

    fn state_of(&self, pause: &Pause<FailureKind>) -> RenderState {
        match pause {
            Pause::Asked => RenderState::Paused,
            Pause::SpendingLimit => RenderState::SpendingLimit,
            Pause::Reason(kind) => {
                let mut failures = self
                    .pieces
                    .iter()
                    .filter_map(|piece| piece.failure.as_ref());
                let failure = failures.find(|failure| failure.kind == *kind).cloned();
                RenderState::Stopped(failure.unwrap_or_else(|| (*kind).into()))
            }
        }
    }
}

/// Segments with the same words and voice share a piece.
fn pieces_of(synthesizer: &Synthesizer, utterances: Vec<Utterance>) -> (Vec<Piece>, Vec<usize>) {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut known: HashMap<Fingerprint, usize> = HashMap::new();
    let mut piece_of = Vec::with_capacity(utterances.len());
    for (segment, utterance) in utterances.into_iter().enumerate() {
        let fingerprint = synthesizer.fingerprint(&utterance);
        let piece = *known.entry(fingerprint).or_insert_with(|| {
            pieces.push(Piece {
                characters: utterance.text.chars().count(),
                utterance,
                fingerprint,
                segments: Vec::new(),
                failure: None,
                seconds: None,
            });
            pieces.len() - 1
        });
        pieces[piece].segments.push(segment);
        piece_of.push(piece);
    }
    (pieces, piece_of)
}

/// The service bears what the account allows; the built-in voice uses one core for each utterance.
fn concurrency(pieces: &[Piece], limits: Limits) -> usize {
    if pieces.iter().any(|piece| piece.fingerprint.is_paid()) {
        limits.concurrency
    } else {
        std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
    }
}

/// What to do after a failed attempt, as far as its kind decides.
fn course(attempt: Attempt) -> (Failure, Course) {
    let error = match attempt {
        Attempt::Synthesis(error) => error,
        Attempt::Refused(failure) | Attempt::NotKept { failure, .. } => {
            return (failure, Course::Stop);
        }
    };
    let course = match &error {
        SynthesisError::NothingToSay => Course::Nothing,
        SynthesisError::Builtin(_) => Course::Fail,
        SynthesisError::Unfinished => Course::Again { attempts: 2 },
        SynthesisError::Cloud(error) => match error.kind() {
            waves::ErrorKind::RateLimited => Course::Busy(error.retry_after()),
            waves::ErrorKind::Network => Course::Offline,
            waves::ErrorKind::Rejected => Course::Fail,
            waves::ErrorKind::Unauthorized
            | waves::ErrorKind::Forbidden
            | waves::ErrorKind::Tls => Course::Stop,
            _ => Course::Again {
                attempts: retry::limit(error),
            },
        },
    };
    let failure = Failure::from(error);
    match failure.kind {
        FailureKind::UnknownVoice | FailureKind::WebPage => (failure, Course::Stop),
        _ => (failure, course),
    }
}

/// How fast takes come, by those that came lately.
#[derive(Default)]
struct Pace {
    came: std::collections::VecDeque<(Instant, usize)>,
}

impl Pace {
    const REMEMBERED: usize = 40;

    fn note(&mut self, characters: usize) {
        if self.came.len() == Self::REMEMBERED {
            self.came.pop_front();
        }
        self.came.push_back((Instant::now(), characters));
    }

    fn seconds_for(&self, characters: usize) -> Option<f64> {
        let (first, last) = (self.came.front()?, self.came.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        let came: usize = self
            .came
            .iter()
            .skip(1)
            .map(|(_, characters)| characters)
            .sum();
        (self.came.len() > 3 && came > 0).then(|| characters as f64 * seconds / came as f64)
    }
}

async fn wait(time: Duration) {
    if time == Duration::MAX {
        std::future::pending::<()>().await;
    } else {
        tokio::time::sleep(time).await;
    }
}
