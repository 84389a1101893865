//! Drives a render: asks for what the schedule says, and tells it what came of it.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use narration::check::{self, Measures};
use narration::render::schedule::{Pause, Schedule, State, Step};
use narration::retry::{self, Course};
use narration::synthesis::Utterance;
use narration::take::Fingerprint;
use tokio::sync::{mpsc, watch};

use super::board::Board;
use super::finish::{self, Unfinished};
use super::handle::{Limits, Wish};
use super::judge::Judge;
use super::pace::Pace;
use super::record::{Record, Refusal, Stage};
use super::view::{RenderState, RenderView};
use crate::failure::{Failure, FailureKind};
use crate::ledger::Entry;
use crate::lock::lock;
use crate::synthesizer::{Attempt, Made, Room, Synthesizer, random};

/// What is made once.
struct Piece {
    utterance: Utterance,
    fingerprint: Fingerprint,
    characters: usize,
    failure: Option<Failure>,
}

/// What came of a request.
enum Event {
    Answered(usize),
    Made(usize, Made, Measures),
    Failed(usize, Attempt),
}

/// What came of writing the files.
enum End {
    Written,
    NotYet,
}

pub(super) struct Driver {
    synthesizer: Synthesizer,
    record: Record,
    limits: Limits,
    pieces: Vec<Piece>,
    schedule: Schedule<FailureKind>,
    board: Arc<Mutex<Board>>,
    judge: Judge,
    pace: Pace,
    /// For pieces that are asked for soon.
    rooms: HashMap<usize, Room>,
    bought: usize,
    /// Segments whose takes were damaged or gone.
    damaged: usize,
    /// Millionths of a dollar that are known to be spent on it.
    spent: u64,
    /// And what requests may have cost that failed in the middle of an answer, or of which a process that ended never told.
    uncertain: u64,
    started: Instant,
    events: mpsc::UnboundedSender<Event>,
    arrivals: mpsc::UnboundedReceiver<Event>,
    /// Keeps other processes off; gone as soon as it has ended.
    lock: Option<File>,
}

impl Driver {
    pub(super) fn new(
        synthesizer: Synthesizer,
        record: Record,
        limits: Limits,
        lock: File,
    ) -> Result<Self, Refusal> {
        let utterances = record
            .request
            .order
            .utterances()
            .map_err(|error| Failure::new(FailureKind::UnknownVoice, error.to_string()))?;
        if utterances.is_empty() {
            return Err(Failure::from(FailureKind::NothingToSay).into());
        }
        // Nothing is bought for files that could not be written.
        finish::check_folder(&record.request.output.folder)?;
        let (pieces, piece_of) = pieces_of(&synthesizer, utterances);
        let takes = synthesizer.takes();
        takes.sweep();
        let owned: Vec<bool> = pieces
            .iter()
            .map(|piece| takes.has(piece.fingerprint))
            .collect();
        for (piece, _) in pieces.iter().zip(&owned).filter(|(_, owned)| **owned) {
            takes.touch(piece.fingerprint);
        }
        let price = |piece: &Piece| {
            let voice = &piece.utterance.delivery.voice;
            synthesizer.price(voice, piece.characters)
        };
        let found = pieces.iter().zip(&owned);
        let found = found.filter(|(piece, owned)| **owned && piece.fingerprint.is_paid());
        let line = |(piece, _): (&Piece, &bool)| Entry {
            at: record.request.asked_at,
            fingerprint: piece.fingerprint.to_hex(),
            voice: piece.utterance.delivery.voice.to_string(),
            characters: piece.characters,
            price: price(piece),
            render: Some(record.id.clone()),
            ..Entry::default()
        };
        synthesizer.ledger().found(found.map(line).collect());
        let priced = pieces
            .iter()
            .zip(&owned)
            .map(|(piece, owned)| (price(piece).unwrap_or(0), *owned));
        let mut schedule = Schedule::new(priced, concurrency(&pieces, limits));
        // Without its account a limit still holds for this run.
        let totals = synthesizer.ledger().totals(Some(&record.id));
        let totals = totals.unwrap_or_default();
        let uncertain = totals.asked_price + totals.failed_price;
        schedule.allow(limits.spending, totals.price + uncertain);
        let failed = record.progress.failed.iter();
        let failed: BTreeSet<usize> = failed.filter_map(|&at| piece_of.get(at).copied()).collect();
        failed
            .into_iter()
            .for_each(|piece| schedule.ask_last(piece));
        let board = Board::new(pieces.iter().map(|piece| piece.characters), piece_of);
        let (events, arrivals) = mpsc::unbounded_channel();
        let driver = Self {
            synthesizer,
            record,
            limits,
            pieces,
            schedule,
            board: Arc::new(Mutex::new(board)),
            judge: Judge::default(),
            pace: Pace::default(),
            rooms: HashMap::new(),
            bought: 0,
            damaged: 0,
            spent: totals.price,
            uncertain,
            started: Instant::now(),
            events,
            arrivals,
            lock: Some(lock),
        };
        driver.show_all();
        Ok(driver)
    }

    /// How its segments stand, for others to look at.
    pub(super) fn board(&self) -> Arc<Mutex<Board>> {
        Arc::clone(&self.board)
    }

    /// Runs until the files are there, or it is given up, or it rests and nobody is left to wish for anything.
    pub(super) async fn run(
        &mut self,
        mut wishes: mpsc::UnboundedReceiver<Wish>,
        shown: watch::Sender<RenderView>,
    ) {
        let mut is_watched = true;
        loop {
            let now = self.started.elapsed();
            let step = self.schedule.next(now);
            let state = match &step {
                Step::Make { piece, again } => {
                    self.ask(*piece, *again);
                    continue;
                }
                Step::Prepare { piece } => {
                    let utterance = &self.pieces[*piece].utterance;
                    let room = self.synthesizer.set_room_aside(utterance);
                    self.rooms.insert(*piece, room);
                    continue;
                }
                Step::WaitUntil(_) | Step::Wait => self.state_while_waiting(now),
                Step::Paused(pause) => self.state_of(pause),
                Step::Cancelled => RenderState::Cancelled,
                Step::Done if self.doubt_in_retrospect() => continue,
                Step::Done if self.has_failed() && !self.limits.without_failed => {
                    RenderState::Incomplete
                }
                Step::Done => {
                    shown.send_replace(self.view(RenderState::Writing(0.0)));
                    match self.finish(&mut wishes, &shown).await {
                        Ok(End::Written) => RenderState::Finished,
                        // Some takes were damaged and are made again; or a person wants something else.
                        Ok(End::NotYet) => continue,
                        Err(failure) => RenderState::Stopped(failure),
                    }
                }
            };
            if state.is_at_rest() {
                // What was made ready is not needed soon, or never.
                self.rooms.clear();
                self.note_failed();
            }
            let stage = match state {
                RenderState::Cancelled => Some(Stage::Cancelled),
                RenderState::Finished => Some(Stage::Finished),
                _ => None,
            };
            if let Some(stage) = stage {
                self.settle(stage);
            }
            let has_ended = stage.is_some() || (state.is_at_rest() && !is_watched);
            let new = self.view(state);
            if has_ended {
                // Whoever sees the end may begin anew at once.
                self.lock = None;
                wishes.close();
            }
            shown.send_if_modified(|view| {
                let is_new = *view != new;
                *view = new;
                is_new
            });
            if has_ended {
                return;
            }
            let until = match step {
                Step::WaitUntil(at) => Some(at.saturating_sub(now)),
                _ => None,
            };
            tokio::select! {
                Some(event) = self.arrivals.recv() => self.hear(event),
                wish = wishes.recv(), if is_watched => match wish {
                    Some(wish) => self.obey(wish),
                    // All handles are gone: it goes on to its next rest.
                    None => is_watched = false,
                },
                () = tokio::time::sleep(until.unwrap_or_default()), if until.is_some() => {}
            }
        }
    }

    fn ask(&mut self, piece: usize, again: bool) {
        self.show(piece);
        let (synthesizer, events) = (self.synthesizer.clone(), self.events.clone());
        let utterance = self.pieces[piece].utterance.clone();
        let room = self.rooms.remove(&piece);
        let render = Some(self.record.id.clone());
        tokio::spawn(async move {
            let answered = || {
                let _ = events.send(Event::Answered(piece));
            };
            let made = synthesizer.make(utterance, again, render, room, answered);
            // A render that has ended needs nothing; the take is on the disk.
            let _ = events.send(match made.await {
                Ok(made) => {
                    let measures = check::measure(&made.take.samples, made.take.rate);
                    Event::Made(piece, made, measures)
                }
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
            Event::Made(piece, made, measures) => {
                self.count(piece, made.bought);
                let known = &mut self.pieces[piece];
                known.failure = None;
                self.pace.note(known.characters);
                let utterance = &known.utterance;
                let is_doubted = self.judge.hear(piece, utterance, &measures, made.bought);
                self.schedule.kept(piece, made.bought, is_doubted);
                piece
            }
            Event::Failed(piece, Attempt::NotKept { failure, bought }) => {
                self.count(piece, bought);
                let kind = failure.kind;
                self.pieces[piece].failure = Some(failure);
                self.schedule.not_kept(piece, bought, kind);
                piece
            }
            Event::Failed(piece, Attempt::Synthesis(error)) => {
                if error.may_have_cost() {
                    let utterance = &self.pieces[piece].utterance;
                    let voice = &utterance.delivery.voice;
                    let price = self.synthesizer.price(voice, self.pieces[piece].characters);
                    self.uncertain += price.unwrap_or(0);
                    self.schedule.may_have_cost(piece);
                }
                let course = retry::course(&error);
                self.failed(piece, error.into(), course);
                piece
            }
            Event::Failed(piece, Attempt::Refused(failure)) => {
                self.failed(piece, failure, Course::Stop);
                piece
            }
        };
        self.show(piece);
    }

    fn failed(&mut self, piece: usize, failure: Failure, course: Course) {
        tracing::info!(kind = ?failure.kind, request_id = ?failure.request_id, ?course, "A segment failed.");
        let (kind, now) = (failure.kind, self.started.elapsed());
        self.pieces[piece].failure = Some(failure);
        self.schedule.failed(piece, kind, course, now, random());
    }

    fn obey(&mut self, wish: Wish) {
        match wish {
            Wish::Pause => self.schedule.pause(),
            Wish::Resume => self.schedule.resume(),
            Wish::Cancel => self.schedule.cancel(),
            Wish::Retry(segment) => {
                let piece = lock(&self.board).piece_of(segment);
                if let Some(piece) = piece {
                    self.schedule.retry(piece);
                }
            }
            Wish::Limits(limits) => {
                self.limits = limits;
                self.schedule.set_limit(concurrency(&self.pieces, limits));
                self.schedule
                    .allow(limits.spending, self.spent + self.uncertain);
            }
        }
        self.show_all();
    }

    /// Whether there is something to make again now that all takes are there.
    fn doubt_in_retrospect(&mut self) -> bool {
        let pieces = &self.pieces;
        let doubted = self.judge.in_retrospect(|piece| &pieces[piece].utterance);
        let mut is_any = false;
        for piece in doubted {
            let is_new = *self.schedule.state(piece) == State::Ready
                && !self.schedule.was_remade(piece)
                && self.pieces[piece].fingerprint.is_paid();
            if is_new {
                self.schedule.judge(piece, true);
                self.show(piece);
                is_any = true;
            }
        }
        is_any
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

    /// Writes the files, and hears what is wished meanwhile: to pause or to cancel ends the writing.
    async fn finish(
        &mut self,
        wishes: &mut mpsc::UnboundedReceiver<Wish>,
        shown: &watch::Sender<RenderView>,
    ) -> Result<End, Failure> {
        /// Steps of this size are seen to move.
        const STEP: f64 = 0.005;
        let fingerprint = |segment: usize| {
            let piece = lock(&self.board).piece_of(segment)?;
            let is_heard = matches!(self.schedule.state(piece), State::Ready | State::Doubtful);
            is_heard.then_some(self.pieces[piece].fingerprint)
        };
        let segments = 0..self.record.request.order.segments.len();
        let fingerprints: Vec<Option<Fingerprint>> = segments.map(fingerprint).collect();
        if fingerprints.iter().all(Option::is_none) {
            return Err(FailureKind::NothingToSay.into());
        }
        let there = finish::claim(&mut self.record)?;
        let (request, takes) = (
            self.record.request.clone(),
            self.synthesizer.takes().clone(),
        );
        let stop = Arc::new(AtomicBool::new(false));
        let (stopping, showing) = (Arc::clone(&stop), shown.clone());
        let mut told = 0.0;
        let mut writing = tokio::task::spawn_blocking(move || {
            let mut go_on = |share: f64| {
                if share >= told + STEP {
                    told = share;
                    showing.send_modify(|view| view.state = RenderState::Writing(share));
                }
                !stopping.load(Ordering::Relaxed)
            };
            finish::write(&request, &there, &takes, &fingerprints, &mut go_on)
        });
        let written = loop {
            tokio::select! {
                written = &mut writing => break written,
                Some(wish) = wishes.recv() => {
                    if matches!(wish, Wish::Pause | Wish::Cancel) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    self.obey(wish);
                }
            }
        };
        let written =
            written.map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        match written {
            Ok(files) => {
                self.record.progress.files = files;
                self.record.progress.leave();
                self.record.progress.finished_at = Some(narration::take::seconds_since_1970());
                Ok(End::Written)
            }
            Err(Unfinished::Stopped) => Ok(End::NotYet),
            Err(Unfinished::Missing(segments)) => {
                self.damaged += segments.len();
                for segment in segments {
                    let piece = lock(&self.board).piece_of(segment);
                    if let Some(piece) = piece {
                        self.schedule.lost(piece);
                        self.show(piece);
                    }
                }
                Ok(End::NotYet)
            }
            Err(Unfinished::Failed(failure)) => {
                if failure.kind == FailureKind::InTheWay {
                    // It was somebody else who made it.
                    let progress = &mut self.record.progress;
                    let is_theirs = |path: &PathBuf| Some(path) == failure.place.as_ref();
                    progress.claimed.retain(|path| !is_theirs(path));
                    self.record.save_progress()?;
                }
                Err(failure)
            }
        }
    }

    /// Writes down which segments have failed: the next run asks for the others first.
    fn note_failed(&mut self) {
        let failed: Vec<usize> = lock(&self.board).failed().iter().copied().collect();
        if failed != self.record.progress.failed {
            self.record.progress.failed = failed;
            self.write_down();
        }
    }

    /// Writes down how it ended.
    fn settle(&mut self, stage: Stage) {
        narration::durable::sweep(self.record.folder());
        self.record.progress.stage = stage;
        let doubtful = lock(&self.board).doubtful().iter().copied().collect();
        self.record.progress.doubtful = doubtful;
        self.write_down();
    }

    fn write_down(&self) {
        if let Err(failure) = self.record.save_progress() {
            // It would only be finished once more, without buying anything.
            tracing::warn!(
                details = failure.details,
                "How a render stands could not be written down."
            );
        }
    }

    // What is shown

    pub(super) fn view(&self, state: RenderState) -> RenderView {
        let board = lock(&self.board);
        let failure_of = |&segment: &usize| {
            let piece = board.piece_of(segment);
            let failure = piece.and_then(|piece| self.pieces[piece].failure.clone());
            let failure = failure.unwrap_or_else(|| FailureKind::Unexpected.into());
            (segment, failure)
        };
        RenderView {
            id: self.record.id.clone(),
            title: self.record.request.order.title.clone(),
            state,
            total: board.total(),
            done: board.done(),
            failed: board.failed().iter().take(100).map(failure_of).collect(),
            doubtful: board.doubtful().iter().copied().collect(),
            damaged: self.damaged,
            characters: board.characters(),
            bought: self.bought,
            reused: board.characters_ready().saturating_sub(self.bought),
            spent: self.spent,
            seconds_left: self.pace.seconds_for(board.characters_left()),
            width: self.schedule.width(),
            files: self.record.progress.files.clone(),
        }
    }

    fn has_failed(&self) -> bool {
        !lock(&self.board).failed().is_empty()
    }

    fn show(&self, piece: usize) {
        lock(&self.board).set(piece, self.schedule.state(piece));
    }

    fn show_all(&self) {
        (0..self.pieces.len()).for_each(|piece| self.show(piece));
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

/// Segments with the same words and voice share a piece: the pieces, and the piece of each segment.
fn pieces_of(synthesizer: &Synthesizer, utterances: Vec<Utterance>) -> (Vec<Piece>, Vec<usize>) {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut known: HashMap<Fingerprint, usize> = HashMap::new();
    let mut piece_of = Vec::with_capacity(utterances.len());
    for utterance in utterances {
        let fingerprint = synthesizer.fingerprint(&utterance);
        let piece = *known.entry(fingerprint).or_insert_with(|| {
            pieces.push(Piece {
                characters: utterance.text.chars().count(),
                utterance,
                fingerprint,
                failure: None,
            });
            pieces.len() - 1
        });
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
