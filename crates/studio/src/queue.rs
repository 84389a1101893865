//! One queue to the service: as many requests at once as the account allows, the most urgent first.
//!
//! What it is: permits. What it is not: it sends nothing and retries nothing. When the service says that it is busy, the
//! whole queue waits, since the next request would be told the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// Who goes first. A person who waits for sound is served before one who tries a voice, and before a file is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody is listening.
    Speech,
    /// Somebody is trying a voice.
    Preview,
    /// A file is being made.
    Render,
}

/// A handle to the queue; clones are the same queue.
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Mutex<Waiting>>,
}

struct Waiting {
    limit: usize,
    running: usize,
    arrivals: u64,
    line: BTreeMap<(Urgency, u64), oneshot::Sender<Permit>>,
    not_before: Option<Instant>,
}

/// The right to have one request open; given back when dropped.
pub struct Permit {
    /// Empty once it was found that nobody is there to use it.
    queue: Option<Queue>,
}

impl Queue {
    /// A queue that lets `limit` requests (at least 1) run at once.
    pub fn new(limit: usize) -> Self {
        let waiting = Waiting {
            limit: limit.max(1),
            running: 0,
            arrivals: 0,
            line: BTreeMap::new(),
            not_before: None,
        };
        Self {
            shared: Arc::new(Mutex::new(waiting)),
        }
    }

    /// Changes how many may run at once. Those that run already go on.
    pub fn set_limit(&self, limit: usize) {
        let mut waiting = self.lock();
        waiting.limit = limit.max(1);
        self.admit(&mut waiting);
    }

    /// Nobody starts for this long: the service asked for a pause.
    pub fn hold(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut waiting = self.lock();
        waiting.not_before = Some(waiting.not_before.map_or(until, |before| before.max(until)));
    }

    /// Waits for a turn. Dropping the future leaves the line.
    pub async fn enter(&self, urgency: Urgency) -> Permit {
        loop {
            let (sender, turn) = oneshot::channel();
            {
                let mut waiting = self.lock();
                waiting.arrivals += 1;
                let place = (urgency, waiting.arrivals);
                waiting.line.insert(place, sender);
                self.admit(&mut waiting);
            }
            // A sender is never dropped unanswered; should it be, standing in line again is right.
            let Ok(permit) = turn.await else { continue };
            self.wait_out_the_pause().await;
            return permit;
        }
    }

    async fn wait_out_the_pause(&self) {
        // The pause may be prolonged meanwhile.
        loop {
            let not_before = self.lock().not_before;
            match not_before {
                Some(instant) if instant > Instant::now() => {
                    tokio::time::sleep_until(instant).await;
                }
                _ => return,
            }
        }
    }

    /// Gives free turns to the most urgent. A permit travels with the answer, so that it is given back even if the one
    /// who waited leaves between being admitted and looking.
    fn admit(&self, waiting: &mut Waiting) {
        while waiting.running < waiting.limit {
            let Some((_, turn)) = waiting.line.pop_first() else {
                return;
            };
            match turn.send(Permit {
                queue: Some(self.clone()),
            }) {
                Ok(()) => waiting.running += 1,
                // It left the line and takes no turn; the permit must not be given back, it never counted.
                Err(mut permit) => permit.queue = None,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            let mut waiting = queue.lock();
            waiting.running = waiting.running.saturating_sub(1);
            queue.admit(&mut waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::pin::pin;

    #[tokio::test]
    async fn speech_goes_before_previews_and_renders() {
        let queue = Queue::new(1);
        let first = queue.enter(Urgency::Render).await;
        let mut render = pin!(queue.enter(Urgency::Render));
        let mut preview = pin!(queue.enter(Urgency::Preview));
        let mut speech = pin!(queue.enter(Urgency::Speech));
        assert!(render.as_mut().now_or_never().is_none());
        assert!(preview.as_mut().now_or_never().is_none());
        assert!(speech.as_mut().now_or_never().is_none());
        drop(first);
        assert!(render.as_mut().now_or_never().is_none());
        assert!(preview.as_mut().now_or_never().is_none());
        let permit = speech.await;
        drop(permit);
        assert!(render.as_mut().now_or_never().is_none());
        drop(preview.await);
        drop(render.await);
    }

    #[tokio::test]
    async fn no_more_run_at_once_than_allowed_and_a_raised_limit_counts_at_once() {
        let queue = Queue::new(1);
        let _first = queue.enter(Urgency::Speech).await;
        let mut second = pin!(queue.enter(Urgency::Speech));
        assert!(second.as_mut().now_or_never().is_none());
        queue.set_limit(2);
        let _second = second.await;
        assert!(queue.enter(Urgency::Speech).now_or_never().is_none());
    }

    #[tokio::test]
    async fn who_leaves_the_line_blocks_nobody() {
        let queue = Queue::new(1);
        let first = queue.enter(Urgency::Speech).await;
        {
            let mut impatient = Box::pin(queue.enter(Urgency::Speech));
            assert!(impatient.as_mut().now_or_never().is_none());
        }
        drop(first);
        let _next = queue.enter(Urgency::Render).await;
    }

    #[tokio::test]
    async fn who_leaves_just_after_being_admitted_gives_the_turn_back() {
        let queue = Queue::new(1);
        let first = queue.enter(Urgency::Speech).await;
        let mut admitted = Box::pin(queue.enter(Urgency::Speech));
        assert!(admitted.as_mut().now_or_never().is_none());
        drop(first);
        drop(admitted);
        let _next = queue.enter(Urgency::Render).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_asked_by_the_service_holds_everybody() {
        let queue = Queue::new(2);
        queue.hold(Duration::from_secs(12));
        let started = Instant::now();
        let _permit = queue.enter(Urgency::Speech).await;
        assert!(started.elapsed() >= Duration::from_secs(12));
    }
}
