//! Which frame is being heard now, told from what the device took and when it said that would sound.
//!
//! Pure: time comes in as a [`Duration`] since any fixed moment. Between callbacks of the device the position moves on
//! with the clock, but never past what the device has taken, and in silence (an underrun, a pause) it stands still.

use std::collections::VecDeque;
use std::time::Duration;

/// More than a second of callbacks at any buffer size a device uses.
const KEPT: usize = 64;

pub(super) struct PlayHead {
    rate: u32,
    spans: VecDeque<Span>,
}

/// Frames handed to the device in one go.
#[derive(Clone, Copy)]
struct Span {
    /// When the first of them is heard.
    at: Duration,
    first: u64,
    frames: u64,
}

impl PlayHead {
    pub(super) fn new(rate: u32) -> PlayHead {
        PlayHead {
            rate,
            spans: VecDeque::with_capacity(KEPT + 1),
        }
    }

    /// The device took `frames` frames from number `first` on; the first is heard at `at`.
    pub(super) fn took(&mut self, at: Duration, first: u64, frames: u64) {
        self.spans.push_back(Span { at, first, frames });
        if self.spans.len() > KEPT {
            self.spans.pop_front();
        }
    }

    /// The frame that is heard at `now`; `None` while nothing has been taken.
    pub(super) fn heard(&self, now: Duration) -> Option<u64> {
        let sounding = self.spans.iter().rev().find(|span| span.at <= now);
        match sounding {
            Some(span) => {
                let passed = ((now - span.at).as_secs_f64() * f64::from(self.rate)) as u64;
                Some(span.first + passed.min(span.frames))
            }
            None => self.spans.front().map(|span| span.first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn nothing_is_heard_before_anything_was_taken() {
        assert_eq!(PlayHead::new(1_000).heard(ms(5)), None);
    }

    #[test]
    fn the_latency_of_the_device_is_waited_for() {
        let mut head = PlayHead::new(1_000);
        head.took(ms(80), 0, 40);
        assert_eq!(head.heard(ms(10)), Some(0));
        assert_eq!(head.heard(ms(80)), Some(0));
        assert_eq!(head.heard(ms(100)), Some(20));
        head.took(ms(120), 40, 40);
        assert_eq!(head.heard(ms(119)), Some(39));
        assert_eq!(head.heard(ms(130)), Some(50));
    }

    #[test]
    fn the_position_stands_still_in_silence() {
        let mut head = PlayHead::new(1_000);
        head.took(ms(0), 0, 40);
        assert_eq!(
            head.heard(ms(500)),
            Some(40),
            "no more was taken, so no more can be heard"
        );
        head.took(ms(600), 40, 40);
        assert_eq!(head.heard(ms(599)), Some(40));
        assert_eq!(head.heard(ms(620)), Some(60));
    }

    #[test]
    fn a_long_play_keeps_a_bounded_history() {
        let mut head = PlayHead::new(1_000);
        for n in 0..10_000 {
            head.took(ms(n * 40), n * 40, 40);
        }
        assert!(head.spans.len() <= KEPT);
        assert_eq!(head.heard(ms(399_990)), Some(399_990));
    }
}
