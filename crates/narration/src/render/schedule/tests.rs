//! What a render decides, event by event.

use super::*;

type Plan = Schedule<&'static str>;

fn plan(pieces: usize, limit: usize) -> Plan {
    Plan::new(vec![(10, false); pieces], limit)
}

const NOW: Duration = Duration::from_secs(100);
const AGAIN: Course = Course::Again {
    attempts: 3,
    wait: None,
};

/// What comes next, preparations aside.
fn step(plan: &mut Plan, now: Duration) -> Step<&'static str> {
    loop {
        match plan.next(now) {
            Step::Prepare { .. } => {}
            other => return other,
        }
    }
}

fn make(plan: &mut Plan) -> usize {
    match step(plan, NOW) {
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
        assert_eq!(step(&mut plan, NOW), Step::Wait);
        finish(&mut plan, expected);
    }
    assert_eq!(step(&mut plan, NOW), Step::Done);
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
fn what_may_be_asked_for_next_is_prepared_once_while_the_service_is_busy() {
    let mut plan = plan(5, 2);
    let first = make(&mut plan);
    assert_eq!(plan.next(NOW), Step::Prepare { piece: 1 });
    assert_eq!(plan.next(NOW), Step::Wait, "as wide as it is now");
    finish(&mut plan, first);
    assert_eq!(make(&mut plan), 1);
    assert_eq!(make(&mut plan), 2);
    let prepared = [Step::Prepare { piece: 3 }, Step::Prepare { piece: 4 }];
    assert_eq!([plan.next(NOW), plan.next(NOW)], prepared);
    assert_eq!(plan.next(NOW), Step::Wait);
    plan.failed(1, "server", AGAIN, NOW, 0.0);
    let later = NOW + Duration::from_secs(1);
    assert!(matches!(plan.next(later), Step::Make { piece: 1, .. }));
    plan.pause();
    assert_eq!(plan.next(NOW), Step::Wait, "nothing is prepared in a pause");
}

#[test]
fn a_server_in_trouble_is_waited_for_as_it_asks() {
    let mut plan = plan(1, 1);
    let wait = |seconds| Course::Again {
        attempts: 3,
        wait: Some(Duration::from_secs(seconds)),
    };
    make(&mut plan);
    plan.failed(0, "server", wait(20), NOW, 0.0);
    let then = NOW + Duration::from_secs(20);
    assert_eq!(step(&mut plan, NOW), Step::WaitUntil(then));
    assert!(matches!(plan.next(then), Step::Make { piece: 0, .. }));
    plan.failed(0, "server", wait(3600), then, 0.0);
    assert_eq!(step(&mut plan, then), Step::Done, "an hour is for a person");
    assert_eq!(plan.state(0), &State::Failed("server"));
}

#[test]
fn a_pause_waits_for_what_is_paid_for_and_resume_goes_on() {
    let mut plan = plan(2, 1);
    let first = make(&mut plan);
    plan.pause();
    assert_eq!(step(&mut plan, NOW), Step::Wait);
    finish(&mut plan, first);
    assert_eq!(step(&mut plan, NOW), Step::Paused(Pause::Asked));
    plan.resume();
    assert_eq!(make(&mut plan), 1);
    plan.cancel();
    assert_eq!(step(&mut plan, NOW), Step::Wait);
    finish(&mut plan, 1);
    assert_eq!(step(&mut plan, NOW), Step::Cancelled);
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
    assert_eq!(step(&mut plan, NOW), Step::Done);
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
    assert_eq!(step(&mut plan, NOW), Step::Paused(Pause::Reason("b")));
    plan.resume();
    assert_eq!(plan.state(0), &State::Failed("a"));
    let order: Vec<usize> = (0..5).map(|_| take(&mut plan)).collect();
    assert_eq!(order, [4, 5, 1, 2, 3], "those that never failed come first");
    assert_eq!(step(&mut plan, NOW), Step::Done);
}

fn take(plan: &mut Plan) -> usize {
    let piece = make(plan);
    finish(plan, piece);
    piece
}

#[test]
fn what_failed_in_an_earlier_run_is_asked_for_last_and_keeps_nothing_waiting() {
    let mut plan = plan(6, 1);
    for piece in [0, 1, 3, 4] {
        plan.ask_last(piece);
    }
    assert_eq!((take(&mut plan), take(&mut plan)), (2, 5));
    for _ in 0..4 {
        let piece = make(&mut plan);
        plan.failed(piece, "rejected", Course::Fail, NOW, 0.0);
    }
    assert_eq!(
        step(&mut plan, NOW),
        Step::Done,
        "nothing else was left to try"
    );
}

#[test]
fn what_cannot_be_cured_pauses_at_once_and_loses_no_piece() {
    let mut plan = plan(3, 2);
    let piece = make(&mut plan);
    plan.failed(piece, "no key", Course::Stop, NOW, 0.0);
    assert_eq!(step(&mut plan, NOW), Step::Paused(Pause::Reason("no key")));
    plan.resume();
    assert_eq!(make(&mut plan), 0);
}

#[test]
fn attempts_are_counted_for_each_piece_and_waits_grow() {
    let mut plan = plan(1, 1);
    let mut now = NOW;
    for wait in [500, 1000] {
        assert!(matches!(step(&mut plan, now), Step::Make { piece: 0, .. }));
        plan.failed(0, "server", AGAIN, now, 0.0);
        let then = now + Duration::from_millis(wait);
        assert_eq!(step(&mut plan, now), Step::WaitUntil(then));
        now = then;
    }
    assert!(matches!(step(&mut plan, now), Step::Make { piece: 0, .. }));
    plan.failed(0, "server", AGAIN, now, 0.0);
    assert_eq!(step(&mut plan, now), Step::Done);
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
        let Step::WaitUntil(then) = step(&mut plan, now) else {
            panic!("it waits");
        };
        assert!(then - now <= OFFLINE_WAIT, "try {tries}");
        now = then;
        assert!(matches!(step(&mut plan, now), Step::Make { piece: 3, .. }));
        assert_eq!(step(&mut plan, now), Step::Wait, "one at a time");
        plan.failed(3, "offline", Course::Offline, now, 0.0);
    }
    let Step::WaitUntil(then) = step(&mut plan, now) else {
        panic!("it waits");
    };
    assert!(matches!(step(&mut plan, then), Step::Make { piece: 3, .. }));
    plan.answered(3);
    assert!(!plan.is_offline());
    assert!(matches!(step(&mut plan, then), Step::Make { piece: 4, .. }));
}

#[test]
fn a_busy_service_is_waited_for_as_it_asks() {
    let mut plan = plan(2, 1);
    let piece = make(&mut plan);
    let wait = Duration::from_secs(12);
    plan.failed(piece, "busy", Course::Busy(Some(wait)), NOW, 0.0);
    assert_eq!(step(&mut plan, NOW), Step::WaitUntil(NOW + wait));
    assert!(matches!(
        step(&mut plan, NOW + wait),
        Step::Make { piece: 0, .. }
    ));
}

#[test]
fn a_refusal_beside_requests_of_our_own_waits_for_their_end_alone() {
    let mut plan = plan(9, 8);
    let first = make(&mut plan);
    finish(&mut plan, first);
    let (one, two) = (make(&mut plan), make(&mut plan));
    plan.failed(two, "busy", Course::Busy(None), NOW, 0.0);
    assert_eq!((step(&mut plan, NOW), plan.width()), (Step::Wait, 1));
    finish(&mut plan, one);
    assert_eq!(make(&mut plan), two, "at once");
}

#[test]
fn an_account_that_is_always_busy_pauses_in_the_end() {
    let mut plan = plan(2, 1);
    let mut now = NOW;
    for _ in 0..MOST_BUSY {
        while let Step::WaitUntil(then) = step(&mut plan, now) {
            now = then;
        }
        plan.failed(0, "busy", Course::Busy(None), now, 0.0);
    }
    assert_eq!(step(&mut plan, now), Step::Paused(Pause::Reason("busy")));
}

#[test]
fn no_more_is_spent_than_allowed_and_what_is_free_goes_on() {
    let mut plan = Plan::new([(10, false), (10, false), (10, false)], 1);
    plan.allow(Some(25), 5);
    for _ in 0..2 {
        let piece = make(&mut plan);
        finish(&mut plan, piece);
    }
    assert_eq!(step(&mut plan, NOW), Step::Paused(Pause::SpendingLimit));
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
        step(&mut plan, NOW),
        Step::Make {
            piece: 0,
            again: true
        }
    );
    plan.answered(0);
    plan.kept(0, true, true);
    assert_eq!(step(&mut plan, NOW), Step::Done);
    assert_eq!(plan.state(0), &State::Doubtful);
}

#[test]
fn what_could_not_be_kept_stops_and_is_made_again() {
    let mut plan = plan(2, 1);
    make(&mut plan);
    plan.answered(0);
    plan.not_kept(0, true, "disk full");
    assert_eq!(
        step(&mut plan, NOW),
        Step::Paused(Pause::Reason("disk full"))
    );
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
            match step(&mut plan, now) {
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
                Step::Cancelled | Step::Prepare { .. } => unreachable!(),
            }
            let (event, which) = events.next().unwrap_or((0, 0));
            let piece = open.remove(which % open.len());
            match event {
                0..=3 => finish(&mut plan, piece),
                4 => plan.failed(piece, "a", Course::Fail, now, 0.5),
                5 => plan.failed(piece, "b", AGAIN, now, 0.5),
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
