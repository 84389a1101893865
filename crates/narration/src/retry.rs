//! What to do when a synthesis fails: pure, because a retry costs money and has to respect pause and cancel.

use std::time::Duration;

use crate::synthesis::SynthesisError;

/// The most that an answer's `Retry-After` is believed; past that a person should decide.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The answer to "it failed; what now?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again after this long.
    Again(Duration),
    /// Tell the person: asking again would not help, or has been tried often enough.
    GiveUp,
}

/// Decides after the `attempts`-th attempt (1 for the first) ended in `error`. `jitter` is a random number from 0 to 1
/// that keeps many clients from asking in step.
///
/// The limits follow the service's advice: a busy account waits as told, else 0.5 s doubling to 30 s; a server error is
/// asked once more; a gateway error and a lost connection a few times, since nothing of the answer was kept.
pub fn next(error: &SynthesisError, attempts: u32, jitter: f64) -> Next {
    let SynthesisError::Cloud(error) = error else {
        return Next::GiveUp;
    };
    if attempts >= limit(error) {
        return Next::GiveUp;
    }
    match error.retry_after() {
        Some(wait) if wait > LONGEST_WAIT => Next::GiveUp,
        Some(wait) => Next::Again(wait),
        None => Next::Again(backoff(attempts, jitter)),
    }
}

/// How often in all the service is asked for the same when it ends like this.
pub fn limit(error: &waves::Error) -> u32 {
    match (error.kind(), error.status()) {
        (waves::ErrorKind::RateLimited, _) => 8,
        (waves::ErrorKind::Server, Some(502..=504)) => 4,
        (waves::ErrorKind::Server, _) => 2,
        (waves::ErrorKind::Network | waves::ErrorKind::Truncated, _) => 3,
        (
            waves::ErrorKind::TimedOut | waves::ErrorKind::Protocol | waves::ErrorKind::NoSpeech,
            _,
        ) => 2,
        _ => 1,
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
        assert_eq!(next(&SynthesisError::NothingToSay, 1, 0.5), Next::GiveUp);
    }
}
