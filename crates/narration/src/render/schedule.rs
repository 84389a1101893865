//! What next? The decisions of a render, pure: events and times go in, the next step comes out.
//!
//! A *piece* is what is made once: segments with the same words and voice share one. Times are counted from any fixed
//! moment by a clock that never goes back. `R` is the reason of a failure; reasons are compared, never read.
//!
//! Invariants: a piece is asked for by one request at a time; one that failed never blocks the others; nothing begins
//! while it is paused, and what was begun is always waited for, since it is paid for.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::width::Width;
use crate::retry::{Course, backoff};

/// What was kept lately may still be on its way to the disk; more than this many are not held in memory.
const MOST_KEEPING: usize = 8;
/// So many pieces in a row that fail for the same reason stop the render, as long as others are left to try.
const BREAKER: u32 = 3;
/// So many refusals in a row because of too many requests, without any success, stop the render.
const MOST_BUSY: u32 = 12;
/// The longest between two tries while there is no connection.
const OFFLINE_WAIT: Duration = Duration::from_secs(30);
/// A longer `Retry-After` is for a person to decide about.
const LONGEST_HOLD: Duration = Duration::from_secs(15 * 60);

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<R> {
    /// Ask for this piece; `again` means that an earlier take of it is doubted, and must not be taken from the disk.
    Make {
        /// Its index.
        piece: usize,
        /// Whether it replaces one.
        again: bool,
    },
    /// This piece is asked for soon: what it needs on this machine can be made ready while the service is busy with
    /// others. Told once before each [`Step::Make`], if there is time for it.
    Prepare {
        /// Its index.
        piece: usize,
    },
    /// Nothing until this time, unless something happens before.
    WaitUntil(Duration),
    /// Nothing until something happens.
    Wait,
    /// Stopped, and nothing is under way.
    Paused(Pause<R>),
    /// Everything is made or has failed.
    Done,
    /// Given up, and nothing is under way.
    Cancelled,
}

/// Why it is paused.
#[derive(Clone, Debug, PartialEq)]
pub enum Pause<R> {
    /// A person wanted it.
    Asked,
    /// What is left would cost more than was allowed.
    SpendingLimit,
    /// The same went wrong again and again, or what went wrong concerns every piece.
    Reason(R),
}

/// How a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State<R> {
    /// Not yet asked for.
    Waiting,
    /// Being made.
    Making,
    /// On the disk.
    Ready,
    /// On the disk, made twice, and still doubted.
    Doubtful,
    /// Nothing in it can be spoken.
    Silent,
    /// It failed.
    Failed(R),
}

/// The render's state, and what is decided from it.
#[derive(Clone, Debug)]
pub struct Schedule<R> {
    pieces: Vec<Piece<R>>,
    /// How often each has failed, and which it is: in the order in which they are asked for.
    waiting: BTreeSet<(u32, usize)>,
    /// Asked again at this time.
    later: VecDeque<(Duration, usize)>,
    width: Width,
    answering: usize,
    keeping: usize,
    not_before: Duration,
    busy: u32,
    offline: Option<u32>,
    alike: Option<(R, u32)>,
    pause: Option<Pause<R>>,
    cancelled: bool,
    spending: Spending,
}

#[derive(Clone, Debug)]
struct Piece<R> {
    state: State<R>,
    attempts: u32,
    /// How often it has failed for good.
    failures: u32,
    /// Millionths of a dollar.
    price: u64,
    remade: bool,
    prepared: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spending {
    limit: Option<u64>,
    spent: u64,
    under_way: u64,
}

impl<R: Clone + PartialEq> Schedule<R> {
    /// Pieces with what each costs in millionths of a dollar and whether it is there already, and how many requests may
    /// be open at once.
    pub fn new(pieces: impl IntoIterator<Item = (u64, bool)>, limit: usize) -> Self {
        let pieces: Vec<Piece<R>> = pieces
            .into_iter()
            .map(|(price, ready)| Piece {
                state: if ready { State::Ready } else { State::Waiting },
                attempts: 0,
                failures: 0,
                price,
                remade: false,
                prepared: false,
            })
            .collect();
        let waiting = |(index, piece): (usize, &Piece<R>)| {
            (piece.state == State::Waiting).then_some((0, index))
        };
        Self {
            waiting: pieces.iter().enumerate().filter_map(waiting).collect(),
            pieces,
            later: VecDeque::new(),
            width: Width::new(limit),
            answering: 0,
            keeping: 0,
            not_before: Duration::ZERO,
            busy: 0,
            offline: None,
            alike: None,
            pause: None,
            cancelled: false,
            spending: Spending::default(),
        }
    }

    /// Changes how many requests may be open at once.
    pub fn set_limit(&mut self, limit: usize) {
        self.width.set_limit(limit);
    }

    /// Allows so many millionths of a dollar in all, of which `spent` are gone already; `None` allows everything.
    pub fn allow(&mut self, limit: Option<u64>, spent: u64) {
        self.spending.limit = limit;
        self.spending.spent = spent;
    }

    /// A piece that failed in an earlier run is asked for behind those that never did.
    pub fn ask_last(&mut self, piece: usize) {
        let known = &mut self.pieces[piece];
        if self.waiting.remove(&(known.failures, piece)) {
            known.failures += 1;
            self.waiting.insert((known.failures, piece));
        }
    }

    /// How each piece is.
    pub fn state(&self, piece: usize) -> &State<R> {
        &self.pieces[piece].state
    }

    /// Whether a piece has been made twice because it was doubted.
    pub fn was_remade(&self, piece: usize) -> bool {
        self.pieces[piece].remade
    }

    /// Why it is paused, or about to be.
    pub fn pause_reason(&self) -> Option<&Pause<R>> {
        self.pause.as_ref()
    }

    /// Whether it waits for a connection.
    pub fn is_offline(&self) -> bool {
        self.offline.is_some()
    }

    /// Until when nobody may ask, if that is later than `now`.
    pub fn held_until(&self, now: Duration) -> Option<Duration> {
        (self.not_before > now).then_some(self.not_before)
    }

    /// Requests that are open, and takes on their way to the disk.
    pub fn under_way(&self) -> usize {
        self.answering + self.keeping
    }

    /// How many may be open at once at this time.
    pub fn width(&self) -> usize {
        self.width.now()
    }

    /// What to do now. A piece to be made counts as begun.
    pub fn next(&mut self, now: Duration) -> Step<R> {
        if self.cancelled || self.pause.is_some() {
            return match (&self.pause, self.under_way()) {
                (_, 1..) => Step::Wait,
                (_, 0) if self.cancelled => Step::Cancelled,
                (Some(pause), 0) => Step::Paused(pause.clone()),
                (None, 0) => Step::Wait,
            };
        }
        while let Some(&(at, piece)) = self.later.front() {
            if at > now {
                break;
            }
            self.later.pop_front();
            self.queue(piece);
        }
        let Some(&(failures, piece)) = self.waiting.first() else {
            return match self.later.front() {
                Some(&(at, _)) => Step::WaitUntil(at),
                None if self.under_way() > 0 => Step::Wait,
                None => Step::Done,
            };
        };
        let width = if self.offline.is_some() {
            1
        } else {
            self.width.now()
        };
        if self.answering >= width || self.keeping >= MOST_KEEPING {
            return self.prepare(width).unwrap_or(Step::Wait);
        }
        if self.not_before > now {
            return Step::WaitUntil(self.not_before);
        }
        let price = self.pieces[piece].price;
        if price > 0 && !self.spending.allows(price) {
            self.pause = Some(Pause::SpendingLimit);
            return self.next(now);
        }
        self.waiting.remove(&(failures, piece));
        self.spending.under_way += price;
        self.answering += 1;
        let piece_state = &mut self.pieces[piece];
        piece_state.attempts += 1;
        piece_state.state = State::Making;
        piece_state.prepared = false;
        Step::Make {
            piece,
            again: piece_state.remade,
        }
    }

    /// As many pieces are made ready as may be asked for next at once.
    fn prepare(&mut self, width: usize) -> Option<Step<R>> {
        let mut next = self.waiting.iter().take(width);
        let &(_, piece) = next.find(|(_, piece)| !self.pieces[*piece].prepared)?;
        self.pieces[piece].prepared = true;
        Some(Step::Prepare { piece })
    }

    // What happens

    /// The whole answer has come; it is on its way to the disk, and another request may begin.
    pub fn answered(&mut self, _piece: usize) {
        self.answering = self.answering.saturating_sub(1);
        self.keeping += 1;
        self.width.succeeded();
        self.busy = 0;
        self.offline = None;
        self.alike = None;
    }

    /// After [`Schedule::answered`]: it is on the disk, and was paid for just now or not. `doubted` means that it sounds
    /// wrong: it is made once more, and after that left as it is.
    pub fn kept(&mut self, piece: usize, bought: bool, doubted: bool) {
        self.keeping = self.keeping.saturating_sub(1);
        self.settle_price(piece, bought);
        self.judge(piece, doubted);
    }

    /// A piece that is ready is doubted after all, or no longer.
    pub fn judge(&mut self, piece: usize, doubted: bool) {
        let known = &mut self.pieces[piece];
        known.attempts = 0;
        match (doubted, known.remade) {
            (false, _) => known.state = State::Ready,
            (true, true) => known.state = State::Doubtful,
            (true, false) => {
                known.remade = true;
                known.state = State::Waiting;
                self.queue(piece);
            }
        }
    }

    /// After [`Schedule::answered`]: it could not be kept. The render stops for this reason; the piece waits.
    pub fn not_kept(&mut self, piece: usize, bought: bool, reason: R) {
        self.keeping = self.keeping.saturating_sub(1);
        self.settle_price(piece, bought);
        self.wait_again(piece);
        self.stop(reason);
    }

    /// The request failed. `jitter` is a random number from 0 to 1.
    pub fn failed(&mut self, piece: usize, reason: R, course: Course, now: Duration, jitter: f64) {
        self.answering = self.answering.saturating_sub(1);
        self.settle_price(piece, false);
        match course {
            Course::Again { attempts, wait }
                if self.pieces[piece].attempts < attempts
                    && wait.is_none_or(|wait| wait <= LONGEST_HOLD) =>
            {
                let wait = wait.unwrap_or_else(|| backoff(self.pieces[piece].attempts, jitter));
                self.ask_later(piece, now + wait);
            }
            Course::Again { .. } | Course::Fail => self.fail(piece, reason),
            Course::Busy(wait) => self.refused(piece, reason, wait, now, jitter),
            Course::Offline => {
                self.wait_again(piece);
                let tries = self.offline.unwrap_or(0);
                // Those that were open when the connection went count as one try.
                if self.not_before <= now || tries == 0 {
                    self.offline = Some(tries + 1);
                    let wait = backoff(tries + 1, jitter).min(OFFLINE_WAIT);
                    self.not_before = self.not_before.max(now + wait);
                }
            }
            Course::Nothing => {
                self.pieces[piece].state = State::Silent;
                self.pieces[piece].attempts = 0;
            }
            Course::Stop => {
                self.wait_again(piece);
                self.stop(reason);
            }
        }
    }

    // What a person wants

    /// Begins nothing more; what is under way is finished.
    pub fn pause(&mut self) {
        self.pause.get_or_insert(Pause::Asked);
    }

    /// Goes on. Pieces that had failed for the reason of the pause are asked for again.
    pub fn resume(&mut self) {
        for piece in &mut self.pieces {
            piece.prepared = false;
        }
        let reason = match self.pause.take() {
            Some(Pause::Reason(reason)) => Some(reason),
            _ => None,
        };
        for piece in 0..self.pieces.len() {
            if matches!((&self.pieces[piece].state, &reason), (State::Failed(why), Some(reason)) if why == reason)
            {
                self.wait_again(piece);
            }
        }
        self.not_before = Duration::ZERO;
        self.busy = 0;
        self.offline = None;
        self.alike = None;
    }

    /// Gives up; what is under way is finished.
    pub fn cancel(&mut self) {
        self.cancelled = true;
    }

    /// Asks for a failed piece again, before those that only failed. Whether it had failed.
    pub fn retry(&mut self, piece: usize) -> bool {
        let has_failed = matches!(
            self.pieces.get(piece).map(|piece| &piece.state),
            Some(State::Failed(_))
        );
        if has_failed {
            self.pieces[piece].failures = 0;
            self.wait_again(piece);
        }
        has_failed
    }

    /// A request that failed may have cost its price all the same: limits count it.
    pub fn may_have_cost(&mut self, piece: usize) {
        self.spending.spent += self.pieces[piece].price;
    }

    /// Asks for a piece that is ready once more, because its take is gone or damaged.
    pub fn lost(&mut self, piece: usize) {
        self.wait_again(piece);
    }

    // Inside

    fn settle_price(&mut self, piece: usize, bought: bool) {
        let price = self.pieces[piece].price;
        self.spending.under_way = self.spending.under_way.saturating_sub(price);
        if bought {
            self.spending.spent += price;
        }
    }

    fn refused(
        &mut self,
        piece: usize,
        reason: R,
        wait: Option<Duration>,
        now: Duration,
        jitter: f64,
    ) {
        self.wait_again(piece);
        self.width.refused(self.answering);
        self.busy += 1;
        if self.busy >= MOST_BUSY || wait.is_some_and(|wait| wait > LONGEST_HOLD) {
            return self.stop(reason);
        }
        let wait = match wait {
            Some(wait) => wait,
            // One of our own is in the way: its end is the time to ask.
            None if self.answering > 0 => return,
            None => backoff(self.busy, jitter),
        };
        self.not_before = self.not_before.max(now + wait);
    }

    fn fail(&mut self, piece: usize, reason: R) {
        let piece = &mut self.pieces[piece];
        piece.attempts = 0;
        piece.failures += 1;
        piece.state = State::Failed(reason.clone());
        let times = match &self.alike {
            Some((before, times)) if *before == reason => times + 1,
            _ => 1,
        };
        self.alike = Some((reason.clone(), times));
        // Where only such are left as have failed before, there is nothing to keep from failing too.
        let untried = self
            .waiting
            .first()
            .is_some_and(|(failures, _)| *failures == 0);
        if times >= BREAKER && (untried || !self.later.is_empty()) {
            self.stop(reason);
        }
    }

    fn queue(&mut self, piece: usize) {
        self.waiting.insert((self.pieces[piece].failures, piece));
    }

    fn stop(&mut self, reason: R) {
        self.pause.get_or_insert(Pause::Reason(reason));
    }

    fn wait_again(&mut self, piece: usize) {
        let known = &mut self.pieces[piece];
        known.state = State::Waiting;
        known.attempts = 0;
        self.queue(piece);
    }

    fn ask_later(&mut self, piece: usize, at: Duration) {
        self.pieces[piece].state = State::Waiting;
        let place = self.later.partition_point(|(before, _)| *before <= at);
        self.later.insert(place, (at, piece));
    }
}

impl Spending {
    fn allows(self, price: u64) -> bool {
        self.limit
            .is_none_or(|limit| self.spent + self.under_way + price <= limit)
    }
}

#[cfg(test)]
mod tests;
