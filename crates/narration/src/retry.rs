//! What follows a failed synthesis: pure, because a retry costs money and has to respect pause and cancel.
//!
//! [`course`] is the one place that looks at an error. A render follows it with patience
//! ([`Schedule::failed`](crate::render::schedule::Schedule::failed)); for somebody who waits for sound, [`next`] makes
//! of it a wait or an end.

use std::time::Duration;

use crate::synthesis::SynthesisError;

/// The most that an answer's `Retry-After` is believed by somebody who waits for sound; past that a person should decide.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Attempts in all, for somebody who waits for sound, while the account is busy.
const MOST_BUSY: u32 = 8;
/// And while there is no connection.
const MOST_OFFLINE: u32 = 3;

/// What to do after a failure, as far as its kind decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Ask again, up to so many times in all.
    Again {
        /// Attempts in all, the failed one included.
        attempts: u32,
        /// How long to wait, where the service says so.
        wait: Option<Duration>,
    },
    /// The service has too many requests; it may say how long to wait.
    Busy(Option<Duration>),
    /// There is no connection: wait until there is one.
    Offline,
    /// There is nothing in the text to speak; what comes after it is not concerned.
    Nothing,
    /// This text cannot be spoken; what comes after it is not concerned.
    Fail,
    /// Nothing can be spoken until a person has done something.
    Stop,
}

/// What follows this error. The numbers are the service's advice: a server error is asked once more; a gateway error
/// and an answer that broke off a few times, since nothing of it was kept.
pub fn course(error: &SynthesisError) -> Course {
    match error {
        SynthesisError::NothingToSay => Course::Nothing,
        SynthesisError::Builtin(_) => Course::Fail,
        SynthesisError::Unfinished => again(2, None),
        SynthesisError::Cloud(error) => after_service(error),
    }
}

fn after_service(error: &waves::Error) -> Course {
    use waves::ErrorKind as Kind;
    // “At once” is what was just tried.
    let wait = error.retry_after().filter(|wait| !wait.is_zero());
    match (error.kind(), error.status()) {
        (Kind::Server, Some(502..=504)) => again(4, wait),
        (Kind::Server, _) => again(2, wait),
        (Kind::RateLimited, _) => Course::Busy(wait),
        // Whatever stands between here and the service answers the next request likewise.
        _ if error.is_web_page() => Course::Stop,
        (Kind::Network, _) => Course::Offline,
        (Kind::Truncated, _) => again(3, wait),
        (Kind::TimedOut | Kind::Protocol | Kind::NoSpeech, _) => again(2, wait),
        (Kind::Unauthorized | Kind::Forbidden | Kind::Tls, _) => Course::Stop,
        (Kind::Rejected, _) if concerns_voice(error) => Course::Stop,
        (Kind::Rejected, _) => Course::Fail,
    }
}

fn again(attempts: u32, wait: Option<Duration>) -> Course {
    Course::Again { attempts, wait }
}

/// A voice that the service does not know is refused for every text.
fn concerns_voice(error: &waves::Error) -> bool {
    let mut details = error.details().iter();
    details.any(|detail| detail.path == "voice_id")
}

/// The answer to "it failed; what now?" for somebody who waits for sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again after this long.
    Again(Duration),
    /// Tell the person: asking again would not help, or has been tried often enough.
    GiveUp,
}

/// Decides after the `attempts`-th attempt (1 for the first) ended in `error`. `jitter` is a random number from 0 to 1
/// that keeps many clients from asking in step.
pub fn next(error: &SynthesisError, attempts: u32, jitter: f64) -> Next {
    impatient(course(error), attempts, jitter)
}

fn impatient(course: Course, attempts: u32, jitter: f64) -> Next {
    let (most, wait) = match course {
        Course::Again { attempts, wait } => (attempts, wait),
        Course::Busy(wait) => (MOST_BUSY, wait),
        Course::Offline => (MOST_OFFLINE, None),
        Course::Nothing | Course::Fail | Course::Stop => return Next::GiveUp,
    };
    match wait {
        _ if attempts >= most => Next::GiveUp,
        Some(wait) if wait > LONGEST_WAIT => Next::GiveUp,
        Some(wait) => Next::Again(wait),
        None => Next::Again(backoff(attempts, jitter)),
    }
}

/// 0.5 s, 1 s, 2 s … 30 s, each shortened by up to a half.
pub(crate) fn backoff(attempts: u32, jitter: f64) -> Duration {
    let full = 0.5 * f64::from(2_u32.saturating_pow(attempts.saturating_sub(1).min(10)));
    Duration::from_secs_f64(full.min(30.0) * (1.0 - 0.5 * jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_stays_bounded_and_is_never_shorter_than_a_half() {
        assert_eq!(backoff(1, 0.0), Duration::from_millis(500));
        assert_eq!(backoff(3, 0.0), Duration::from_secs(2));
        assert_eq!(backoff(3, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(4_000_000_000, 0.0), Duration::from_secs(30));
    }

    #[test]
    fn a_text_without_words_is_not_asked_again() {
        assert_eq!(course(&SynthesisError::NothingToSay), Course::Nothing);
        assert_eq!(next(&SynthesisError::NothingToSay, 1, 0.5), Next::GiveUp);
    }

    #[test]
    fn who_waits_for_sound_waits_as_told_and_not_for_ever() {
        let soon = Duration::from_secs(7);
        let busy = |wait, attempts| impatient(Course::Busy(wait), attempts, 0.0);
        assert_eq!(busy(Some(soon), 1), Next::Again(soon));
        assert_eq!(busy(Some(soon * 60), 1), Next::GiveUp);
        assert_eq!(busy(None, 7), Next::Again(Duration::from_secs(30)));
        assert_eq!(busy(None, 8), Next::GiveUp);
        assert_eq!(impatient(again(2, Some(soon)), 1, 0.0), Next::Again(soon));
        assert_eq!(impatient(again(2, None), 2, 0.0), Next::GiveUp);
        assert_eq!(impatient(Course::Offline, 3, 0.0), Next::GiveUp);
        assert_eq!(impatient(Course::Stop, 1, 0.0), Next::GiveUp);
    }
}
