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

/// What was kept lately may still be on its way to the disk; more than this many are not held in memory.
const MOST_KEEPING: usize = 8;
/// So many pieces in a row that fail for the same reason stop the render.
const BREAKER: u32 = 3;
/// So many refusals in a row because of too many requests, without any success, stop the render.
const MOST_BUSY: u32 = 12;
/// The longest between two tries while there is no connection.
const OFFLINE_WAIT: Duration = Duration::from_secs(30);
/// A longer `Retry-After` is for a person to decide about.
const LONGEST_HOLD: Duration = Duration::from_secs(15 * 60);

/// What to do after a failure, as far as its kind decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Ask again, up to so many times in all.
    Again {
        /// Attempts in all, the failed one included.
        attempts: u32,
    },
    /// The service has too many requests; it may say how long to wait.
    Busy(Option<Duration>),
    /// There is no connection: wait until there is one.
    Offline,
    /// There is nothing in the piece to speak; the rest goes on.
    Nothing,
    /// This piece cannot be made; the rest goes on.
    Fail,
    /// Nothing can be made until a person has done something.
    Stop,
}

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
    /// In the order in which they are wanted.
    waiting: BTreeSet<usize>,
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
    /// Millionths of a dollar.
    price: u64,
    remade: bool,
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
                price,
                remade: false,
            })
            .collect();
        let waiting =
            |(index, piece): (usize, &Piece<R>)| (piece.state == State::Waiting).then_some(index);
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
            self.waiting.insert(piece);
        }
        let Some(&piece) = self.waiting.first() else {
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
            return Step::Wait;
        }
        if self.not_before > now {
            return Step::WaitUntil(self.not_before);
        }
        let price = self.pieces[piece].price;
        if price > 0 && !self.spending.allows(price) {
            self.pause = Some(Pause::SpendingLimit);
            return self.next(now);
        }
        self.waiting.remove(&piece);
        self.spending.under_way += price;
        self.answering += 1;
        let piece_state = &mut self.pieces[piece];
        piece_state.attempts += 1;
        piece_state.state = State::Making;
        Step::Make {
            piece,
            again: piece_state.remade,
        }
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
                self.waiting.insert(piece);
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
            Course::Again { attempts } if self.pieces[piece].attempts < attempts => {
                let wait = crate::retry::backoff(self.pieces[piece].attempts, jitter);
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
                    let wait = crate::retry::backoff(tries + 1, jitter).min(OFFLINE_WAIT);
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

    /// Asks for a failed piece again. Whether it had failed.
    pub fn retry(&mut self, piece: usize) -> bool {
        let has_failed = matches!(
            self.pieces.get(piece).map(|piece| &piece.state),
            Some(State::Failed(_))
        );
        if has_failed {
            self.wait_again(piece);
        }
        has_failed
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
            None => crate::retry::backoff(self.busy, jitter),
        };
        self.not_before = self.not_before.max(now + wait);
    }

    fn fail(&mut self, piece: usize, reason: R) {
        let piece = &mut self.pieces[piece];
        piece.attempts = 0;
        piece.state = State::Failed(reason.clone());
        let times = match &self.alike {
            Some((before, times)) if *before == reason => times + 1,
            _ => 1,
        };
        self.alike = Some((reason.clone(), times));
        if times >= BREAKER {
            self.stop(reason);
        }
    }

    fn stop(&mut self, reason: R) {
        self.pause.get_or_insert(Pause::Reason(reason));
    }

    fn wait_again(&mut self, piece: usize) {
        let known = &mut self.pieces[piece];
        known.state = State::Waiting;
        known.attempts = 0;
        self.waiting.insert(piece);
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
mod tests {
    use super::*;

    type Plan = Schedule<&'static str>;

    fn plan(pieces: usize, limit: usize) -> Plan {
        Plan::new(vec![(10, false); pieces], limit)
    }

    const NOW: Duration = Duration::from_secs(100);

    fn make(plan: &mut Plan) -> usize {
        match plan.next(NOW) {
            Step::Make { piece, .. } => piece,
            other => panic!("{other:?}"),
        }
    }

    fn finish(plan: &mut Plan, piece: usize) {
        plan.answered(piece);
        plan.kept(piece, true, false);
    }

    #[test]
    fn pieces_are_made_in_order_and_owned_ones_not_at_all() {
        let mut plan = Plan::new([(10, false), (10, true), (10, false)], 1);
        for expected in [0, 2] {
            assert_eq!(make(&mut plan), expected);
            assert_eq!(plan.next(NOW), Step::Wait);
            finish(&mut plan, expected);
        }
        assert_eq!(plan.next(NOW), Step::Done);
    }

    #[test]
    fn the_next_request_begins_while_the_last_take_goes_to_the_disk() {
        let mut plan = plan(3, 1);
        let first = make(&mut plan);
        plan.answered(first);
        assert_eq!(make(&mut plan), 1);
        plan.kept(first, true, false);
        assert_eq!(plan.state(first), &State::Ready);
    }

    #[test]
    fn a_pause_waits_for_what_is_paid_for_and_resume_goes_on() {
        let mut plan = plan(2, 1);
        let first = make(&mut plan);
        plan.pause();
        assert_eq!(plan.next(NOW), Step::Wait);
        finish(&mut plan, first);
        assert_eq!(plan.next(NOW), Step::Paused(Pause::Asked));
        plan.resume();
        assert_eq!(make(&mut plan), 1);
        plan.cancel();
        assert_eq!(plan.next(NOW), Step::Wait);
        finish(&mut plan, 1);
        assert_eq!(plan.next(NOW), Step::Cancelled);
    }

    #[test]
    fn a_failed_piece_never_blocks_the_rest_and_can_be_tried_again() {
        let mut plan = plan(3, 1);
        let first = make(&mut plan);
        plan.failed(first, "rejected", Course::Fail, NOW, 0.0);
        for _ in 0..2 {
            let piece = make(&mut plan);
            finish(&mut plan, piece);
        }
        assert_eq!(plan.next(NOW), Step::Done);
        assert_eq!(plan.state(0), &State::Failed("rejected"));
        assert!(plan.retry(0) && !plan.retry(1));
        assert_eq!(make(&mut plan), 0);
    }

    #[test]
    fn three_equal_failures_in_a_row_pause_and_are_asked_for_again_afterwards() {
        let mut plan = plan(6, 1);
        for reason in ["a", "b", "b"] {
            let piece = make(&mut plan);
            plan.failed(piece, reason, Course::Fail, NOW, 0.0);
        }
        let piece = make(&mut plan);
        plan.failed(piece, "b", Course::Fail, NOW, 0.0);
        assert_eq!(plan.next(NOW), Step::Paused(Pause::Reason("b")));
        plan.resume();
        assert_eq!(plan.state(0), &State::Failed("a"));
        assert_eq!(make(&mut plan), 1, "the first that failed for that reason");
    }

    #[test]
    fn what_cannot_be_cured_pauses_at_once_and_loses_no_piece() {
        let mut plan = plan(3, 2);
        let piece = make(&mut plan);
        plan.failed(piece, "no key", Course::Stop, NOW, 0.0);
        assert_eq!(plan.next(NOW), Step::Paused(Pause::Reason("no key")));
        plan.resume();
        assert_eq!(make(&mut plan), 0);
    }

    #[test]
    fn attempts_are_counted_for_each_piece_and_waits_grow() {
        let mut plan = plan(1, 1);
        let again = Course::Again { attempts: 3 };
        let mut now = NOW;
        for wait in [500, 1000] {
            assert!(matches!(plan.next(now), Step::Make { piece: 0, .. }));
            plan.failed(0, "server", again, now, 0.0);
            let then = now + Duration::from_millis(wait);
            assert_eq!(plan.next(now), Step::WaitUntil(then));
            now = then;
        }
        assert!(matches!(plan.next(now), Step::Make { piece: 0, .. }));
        plan.failed(0, "server", again, now, 0.0);
        assert_eq!(plan.next(now), Step::Done);
    }

    #[test]
    fn without_a_connection_one_at_a_time_is_tried_for_ever() {
        let mut plan = plan(5, 4);
        for _ in 0..3 {
            let piece = make(&mut plan);
            finish(&mut plan, piece);
        }
        let open = [make(&mut plan), make(&mut plan)];
        for piece in open {
            plan.failed(piece, "offline", Course::Offline, NOW, 0.0);
        }
        let mut now = NOW;
        for tries in 0..50 {
            let Step::WaitUntil(then) = plan.next(now) else {
                panic!("it waits");
            };
            assert!(then - now <= OFFLINE_WAIT, "try {tries}");
            now = then;
            assert!(matches!(plan.next(now), Step::Make { piece: 3, .. }));
            assert_eq!(plan.next(now), Step::Wait, "one at a time");
            plan.failed(3, "offline", Course::Offline, now, 0.0);
        }
        let Step::WaitUntil(then) = plan.next(now) else {
            panic!("it waits");
        };
        assert!(matches!(plan.next(then), Step::Make { piece: 3, .. }));
        plan.answered(3);
        assert!(!plan.is_offline());
        assert!(matches!(plan.next(then), Step::Make { piece: 4, .. }));
    }

    #[test]
    fn a_busy_service_is_waited_for_as_it_asks() {
        let mut plan = plan(2, 1);
        let piece = make(&mut plan);
        let wait = Duration::from_secs(12);
        plan.failed(piece, "busy", Course::Busy(Some(wait)), NOW, 0.0);
        assert_eq!(plan.next(NOW), Step::WaitUntil(NOW + wait));
        assert!(matches!(plan.next(NOW + wait), Step::Make { piece: 0, .. }));
    }

    #[test]
    fn a_refusal_beside_requests_of_our_own_waits_for_their_end_alone() {
        let mut plan = plan(9, 8);
        let first = make(&mut plan);
        finish(&mut plan, first);
        let (one, two) = (make(&mut plan), make(&mut plan));
        plan.failed(two, "busy", Course::Busy(None), NOW, 0.0);
        assert_eq!((plan.next(NOW), plan.width()), (Step::Wait, 1));
        finish(&mut plan, one);
        assert_eq!(make(&mut plan), two, "at once");
    }

    #[test]
    fn an_account_that_is_always_busy_pauses_in_the_end() {
        let mut plan = plan(2, 1);
        let mut now = NOW;
        for _ in 0..MOST_BUSY {
            while let Step::WaitUntil(then) = plan.next(now) {
                now = then;
            }
            plan.failed(0, "busy", Course::Busy(None), now, 0.0);
        }
        assert_eq!(plan.next(now), Step::Paused(Pause::Reason("busy")));
    }

    #[test]
    fn no_more_is_spent_than_allowed_and_what_is_free_goes_on() {
        let mut plan = Plan::new([(10, false), (10, false), (10, false)], 1);
        plan.allow(Some(25), 5);
        for _ in 0..2 {
            let piece = make(&mut plan);
            finish(&mut plan, piece);
        }
        assert_eq!(plan.next(NOW), Step::Paused(Pause::SpendingLimit));
        plan.allow(Some(35), 25);
        plan.resume();
        assert_eq!(make(&mut plan), 2);
        let mut free = Plan::new([(0, false)], 1);
        free.allow(Some(0), 0);
        assert_eq!(make(&mut free), 0);
    }

    #[test]
    fn a_doubted_take_is_made_once_more_and_then_marked() {
        let mut plan = plan(1, 1);
        make(&mut plan);
        plan.answered(0);
        plan.kept(0, true, true);
        assert_eq!(
            plan.next(NOW),
            Step::Make {
                piece: 0,
                again: true
            }
        );
        plan.answered(0);
        plan.kept(0, true, true);
        assert_eq!(plan.next(NOW), Step::Done);
        assert_eq!(plan.state(0), &State::Doubtful);
    }

    #[test]
    fn what_could_not_be_kept_stops_and_is_made_again() {
        let mut plan = plan(2, 1);
        make(&mut plan);
        plan.answered(0);
        plan.not_kept(0, true, "disk full");
        assert_eq!(plan.next(NOW), Step::Paused(Pause::Reason("disk full")));
        plan.resume();
        assert_eq!(make(&mut plan), 0);
    }

    proptest::proptest! {
        #[test]
        fn whatever_happens_every_piece_settles_and_no_limit_is_passed(
            limit in 1_usize..6,
            pieces in 1_usize..25,
            events in proptest::collection::vec((0_u8..9, 0_usize..6), 0..300),
        ) {
            let mut plan = plan(pieces, limit);
            let mut now = Duration::ZERO;
            let mut open: Vec<usize> = Vec::new();
            let mut events = events.into_iter();
            loop {
                match plan.next(now) {
                    Step::Make { piece, .. } => {
                        proptest::prop_assert!(!open.contains(&piece));
                        open.push(piece);
                        proptest::prop_assert!(open.len() <= limit);
                        continue;
                    }
                    Step::WaitUntil(then) => {
                        proptest::prop_assert!(then > now);
                        if open.is_empty() {
                            now = then;
                            continue;
                        }
                    }
                    Step::Paused(_) => {
                        proptest::prop_assert!(open.is_empty());
                        plan.resume();
                        continue;
                    }
                    Step::Wait => proptest::prop_assert!(!open.is_empty()),
                    Step::Done => break,
                    Step::Cancelled => unreachable!(),
                }
                let (event, which) = events.next().unwrap_or((0, 0));
                let piece = open.remove(which % open.len());
                match event {
                    0..=3 => finish(&mut plan, piece),
                    4 => plan.failed(piece, "a", Course::Fail, now, 0.5),
                    5 => plan.failed(piece, "b", Course::Again { attempts: 3 }, now, 0.5),
                    6 => plan.failed(piece, "c", Course::Busy(None), now, 0.5),
                    7 => plan.failed(piece, "d", Course::Offline, now, 0.5),
                    _ => {
                        plan.answered(piece);
                        plan.kept(piece, true, true);
                    }
                }
            }
            proptest::prop_assert!(open.is_empty());
            for piece in 0..pieces {
                let settled = !matches!(plan.state(piece), State::Waiting | State::Making);
                proptest::prop_assert!(settled);
            }
        }
    }
}
