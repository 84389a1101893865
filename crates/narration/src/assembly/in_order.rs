//! Work in several threads whose results are taken in order, with little waiting between them.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// More threads than this wait for the disk rather than work.
const MOST_THREADS: usize = 8;
/// Results that may wait for their turn, for each thread.
const AHEAD: usize = 3;

struct Board<T> {
    next: usize,
    taken: usize,
    waiting: Vec<Option<T>>,
}

/// Calls `work` for every number of `range`, in threads, and `take` with the results one after the other in this one.
///
/// # Errors
/// The first that `take` gives; work that has not begun is then left out.
pub(super) fn in_order<T: Send, E>(
    range: Range<usize>,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let count = range.len();
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        .min(count);
    let slots = threads * AHEAD;
    let board = Mutex::new(Board {
        next: 0,
        taken: 0,
        waiting: (0..slots).map(|_| None).collect(),
    });
    let (room, arrived) = (Condvar::new(), Condvar::new());
    let stopped = AtomicBool::new(false);
    let lock = || board.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                // A panic in the work must not leave the others waiting for ever.
                let _guard = OnPanic(&stopped, &room, &arrived);
                loop {
                    let mut now = lock();
                    while now.next < count
                        && now.next >= now.taken + slots
                        && !stopped.load(Ordering::Acquire)
                    {
                        now = room.wait(now).unwrap_or_else(PoisonError::into_inner);
                    }
                    if now.next >= count || stopped.load(Ordering::Acquire) {
                        return;
                    }
                    let index = now.next;
                    now.next += 1;
                    drop(now);
                    let result = work(range.start + index);
                    lock().waiting[index % slots] = Some(result);
                    arrived.notify_one();
                }
            });
        }
        for index in 0..count {
            let mut now = lock();
            let result = loop {
                if let Some(result) = now.waiting[index % slots].take() {
                    break result;
                }
                if stopped.load(Ordering::Acquire) {
                    // Only a panic stops the work from the other side; leaving the scope passes it on.
                    return Ok(());
                }
                now = arrived.wait(now).unwrap_or_else(PoisonError::into_inner);
            };
            now.taken += 1;
            drop(now);
            room.notify_all();
            if let Err(error) = take(range.start + index, result) {
                let _now = lock();
                stopped.store(true, Ordering::Release);
                room.notify_all();
                return Err(error);
            }
        }
        Ok(())
    })
}

struct OnPanic<'a>(&'a AtomicBool, &'a Condvar, &'a Condvar);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Release);
            self.1.notify_all();
            self.2.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        let mut seen = Vec::new();
        let spin = |index: usize| {
            (0..(index * 7_919) % 5_000).for_each(|turn| {
                std::hint::black_box(turn);
            });
            index
        };
        in_order(3..500, spin, |index, result| {
            assert_eq!(index, result);
            seen.push(index);
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(seen, (3..500).collect::<Vec<_>>());
        in_order(0..0, |_| (), |_, ()| Err(())).unwrap();
    }

    #[test]
    fn after_an_error_nothing_more_is_taken() {
        let mut taken = 0;
        let end = in_order(
            0..1_000,
            |index| index,
            |index, _| {
                taken += 1;
                if index == 20 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((end, taken), (Err("enough"), 21));
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_in_the_work_is_passed_on() {
        let _ = in_order(
            0..100,
            |index| assert_ne!(index, 50),
            |_, ()| Ok::<(), ()>(()),
        );
    }
}
