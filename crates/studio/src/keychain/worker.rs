//! The thread that waits for the system's keychain so that nobody else has to.
//!
//! It does one job after the other. A caller that gives up before its job began takes the job back; one that gives up
//! later leaves it running, and until it ends every new call is told at once that the keychain is being waited for.

use crate::lock::lock;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::KeychainError;

/// A read that hangs this long will never end: the keychain died with its prompt open. It is left to itself.
const HOPELESS_AFTER: Duration = Duration::from_secs(120);
/// Threads that may be left hanging in the life of a program.
const MOST_HOPELESS: u32 = 4;

/// Whether a job leaves the keychain as it was. One that may change it is never given up for another thread, since two
/// changes could then overtake each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Change,
}

struct Job {
    number: u64,
    kind: Kind,
    run: Box<dyn FnOnce() + Send>,
}

/// The thread in use, started with the first job, and how many before it were given up.
#[derive(Debug, Default)]
pub(super) struct Workers {
    current: Mutex<Option<Arc<Worker>>>,
    hopeless: AtomicU64,
}

struct Worker {
    jobs: mpsc::Sender<Job>,
    progress: Arc<Progress>,
}

/// Jobs are numbered from 1 and done in order, so three numbers tell everything.
#[derive(Debug, Default)]
struct Progress {
    /// The newest job given out.
    begun: AtomicU64,
    /// The newest job that somebody stopped waiting for.
    given_up: AtomicU64,
    /// The newest job that ended.
    ended: AtomicU64,
    running: Mutex<Option<(u64, Kind, Instant)>>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.progress.fmt(formatter)
    }
}

impl Progress {
    fn is_stuck(&self) -> bool {
        self.given_up.load(Ordering::SeqCst) > self.ended.load(Ordering::SeqCst)
    }

    fn running(&self) -> Option<(u64, Kind, Instant)> {
        *lock(&self.running)
    }
}

impl Workers {
    /// Hands a job to the thread. `work` learns through its argument whether somebody still waits for the answer.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl FnOnce(&dyn Fn() -> bool) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<Pending<T>, KeychainError> {
        let worker = self.worker()?;
        if worker.progress.is_stuck() {
            return Err(KeychainError::Waiting);
        }
        let (answer, answered) = oneshot::channel();
        let run = Box::new(move || {
            if !answer.is_closed() {
                let outcome = work(&|| !answer.is_closed());
                // Nobody there any more: the outcome, and with it the key, is wiped here.
                drop(answer.send(outcome));
            }
        });
        let number = worker.progress.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let progress = Arc::clone(&worker.progress);
        worker
            .jobs
            .send(Job { number, kind, run })
            .map_err(|_| KeychainError::Other("its thread has ended".to_owned()))?;
        Ok(Pending {
            answered,
            number,
            progress,
            settled: false,
        })
    }

    pub(super) fn is_waiting(&self) -> bool {
        lock(&self.current)
            .as_ref()
            .is_some_and(|worker| worker.progress.is_stuck())
    }

    fn worker(&self) -> Result<Arc<Worker>, KeychainError> {
        let mut current = lock(&self.current);
        if let Some(worker) = current.as_ref() {
            let hopeless = worker.is_hopeless(HOPELESS_AFTER);
            let given_up = self.hopeless.load(Ordering::SeqCst);
            if !hopeless || given_up >= u64::from(MOST_HOPELESS) {
                return Ok(Arc::clone(worker));
            }
            tracing::warn!("the keychain has hung for minutes; a new thread takes over");
            self.hopeless.fetch_add(1, Ordering::SeqCst);
        }
        let worker = Arc::new(Worker::start()?);
        *current = Some(Arc::clone(&worker));
        Ok(worker)
    }
}

impl Worker {
    fn start() -> Result<Self, KeychainError> {
        let (jobs, incoming) = mpsc::channel();
        let progress = Arc::new(Progress::default());
        let shared = Arc::clone(&progress);
        thread::Builder::new()
            .name("keychain".to_owned())
            // Not joined: it may hang in the system, and the program must be able to end.
            .spawn(move || work_off(&incoming, &shared))
            .map_err(|error| KeychainError::Other(error.to_string()))?;
        Ok(Self { jobs, progress })
    }

    fn is_hopeless(&self, after: Duration) -> bool {
        self.progress.is_stuck()
            && self
                .progress
                .running()
                .is_some_and(|(_, kind, since)| kind == Kind::Read && since.elapsed() > after)
    }
}

fn work_off(jobs: &mpsc::Receiver<Job>, progress: &Progress) {
    for Job { number, kind, run } in jobs {
        *lock(&progress.running) = Some((number, kind, Instant::now()));
        // A panic in a keychain library costs one answer, not all that follow.
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            tracing::error!("the keychain's library panicked");
        }
        *lock(&progress.running) = None;
        progress.ended.store(number, Ordering::SeqCst);
    }
}

/// An answer of the keychain that may be long in coming. Dropped, it is no longer wanted.
#[derive(Debug)]
#[must_use]
pub struct Pending<T> {
    answered: oneshot::Receiver<Result<T, KeychainError>>,
    number: u64,
    progress: Arc<Progress>,
    settled: bool,
}

impl<T> Pending<T> {
    /// Waits for the answer, but not longer than `deadline`. May be called again after an error of time.
    ///
    /// # Errors
    /// [`KeychainError::TimedOut`] if the job runs and has not ended, [`KeychainError::Waiting`] if it has not even
    /// begun because of another one; else what the keychain said.
    pub async fn within(&mut self, deadline: Duration) -> Result<T, KeychainError> {
        match timeout(deadline, &mut self.answered).await {
            Ok(answer) => self.settle(answer.ok()),
            Err(_) => {
                self.give_up();
                match self.progress.running() {
                    Some((running, ..)) if running != self.number => Err(KeychainError::Waiting),
                    _ => Err(KeychainError::TimedOut),
                }
            }
        }
    }

    /// The answer if it has come, `None` if not. Never waits.
    pub fn try_take(&mut self) -> Option<Result<T, KeychainError>> {
        match self.answered.try_recv() {
            Ok(answer) => Some(self.settle(Some(answer))),
            Err(oneshot::error::TryRecvError::Closed) => Some(self.settle(None)),
            Err(oneshot::error::TryRecvError::Empty) => None,
        }
    }

    fn settle(&mut self, answer: Option<Result<T, KeychainError>>) -> Result<T, KeychainError> {
        self.settled = true;
        answer.unwrap_or_else(|| Err(KeychainError::Other("it gave no answer".to_owned())))
    }

    fn give_up(&self) {
        self.progress
            .given_up
            .fetch_max(self.number, Ordering::SeqCst);
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        if !self.settled {
            self.give_up();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    fn quick(workers: &Workers) -> Pending<u8> {
        workers.begin(Kind::Read, |_| Ok(1)).unwrap()
    }

    /// A job that hangs until the sender is used or dropped.
    fn hanging(workers: &Workers) -> (Pending<u8>, mpsc::Sender<()>) {
        let (release, released) = mpsc::channel();
        let job = workers.begin(Kind::Change, move |_| {
            let _ = released.recv();
            Ok(2)
        });
        (job.unwrap(), release)
    }

    #[tokio::test]
    async fn a_call_that_hangs_holds_up_nobody_and_its_late_answer_can_be_had() {
        let workers = Workers::default();
        let (mut hanging, release) = hanging(&workers);
        assert_eq!(hanging.within(SOON).await, Err(KeychainError::TimedOut));
        assert!(workers.is_waiting());
        let refused = workers.begin(Kind::Read, |_| Ok(1)).map(|_| ());
        assert_eq!(refused, Err(KeychainError::Waiting));
        release.send(()).unwrap();
        assert_eq!(hanging.within(LONG).await, Ok(2));
        assert_eq!(quick_after(&workers).await, Ok(1));
        assert!(!workers.is_waiting());
    }

    /// The thread may still be on its way from the answer to the end of the job.
    async fn quick_after(workers: &Workers) -> Result<u8, KeychainError> {
        while workers.is_waiting() {
            tokio::task::yield_now().await;
        }
        quick(workers).within(LONG).await
    }

    #[tokio::test]
    async fn a_call_behind_a_slow_one_waits_its_turn() {
        let workers = Workers::default();
        let (mut slow, release) = hanging(&workers);
        let mut next = quick(&workers);
        release.send(()).unwrap();
        assert_eq!(next.within(LONG).await, Ok(1));
        assert_eq!(slow.within(LONG).await, Ok(2));
    }

    #[tokio::test]
    async fn a_job_given_up_before_it_began_is_never_done() {
        let workers = Workers::default();
        let (mut slow, release) = hanging(&workers);
        let (done, was_done) = mpsc::channel();
        let mut second = workers
            .begin(Kind::Change, move |_| {
                done.send(()).unwrap();
                Ok(())
            })
            .unwrap();
        while workers
            .current
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .progress
            .running()
            .is_none()
        {
            tokio::task::yield_now().await;
        }
        assert_eq!(second.within(SOON).await, Err(KeychainError::Waiting));
        drop(second);
        release.send(()).unwrap();
        assert_eq!(slow.within(LONG).await, Ok(2));
        assert_eq!(quick_after(&workers).await, Ok(1));
        assert!(was_done.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer_only() {
        let workers = Workers::default();
        let mut panics = workers
            .begin(Kind::Read, |_| -> Result<u8, KeychainError> {
                panic!("as a library might")
            })
            .unwrap();
        assert!(matches!(
            panics.within(LONG).await,
            Err(KeychainError::Other(_))
        ));
        assert_eq!(quick(&workers).within(LONG).await, Ok(1));
    }

    #[tokio::test]
    async fn a_job_learns_that_nobody_waits_for_it_any_more() {
        let workers = Workers::default();
        let (release, released) = mpsc::channel::<()>();
        let (report, reported) = mpsc::channel();
        let mut pending = workers
            .begin(Kind::Change, move |is_awaited| {
                report.send(is_awaited()).unwrap();
                let _ = released.recv();
                report.send(is_awaited()).unwrap();
                Ok(())
            })
            .unwrap();
        assert!(reported.recv_timeout(LONG).unwrap());
        assert_eq!(pending.within(SOON).await, Err(KeychainError::TimedOut));
        drop(pending);
        release.send(()).unwrap();
        assert!(!reported.recv_timeout(LONG).unwrap());
    }

    #[tokio::test]
    async fn only_a_read_that_hangs_is_hopeless() {
        let workers = Workers::default();
        let (mut change, _release) = hanging(&workers);
        let _ = change.within(SOON).await;
        assert!(!workers.worker().unwrap().is_hopeless(Duration::ZERO));

        let workers = Workers::default();
        let (_release, released) = mpsc::channel::<()>();
        let mut read = workers
            .begin(Kind::Read, move |_| {
                let _ = released.recv();
                Ok(())
            })
            .unwrap();
        let _ = read.within(SOON).await;
        assert!(workers.worker().unwrap().is_hopeless(Duration::ZERO));
        assert!(!workers.worker().unwrap().is_hopeless(HOPELESS_AFTER));
    }
}
