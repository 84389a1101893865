//! How fast a render goes, for an honest guess of what is left.

use std::collections::VecDeque;
use std::time::Instant;

/// How fast takes come, by those that came lately.
#[derive(Default)]
pub(super) struct Pace {
    came: VecDeque<(Instant, usize)>,
}

impl Pace {
    const REMEMBERED: usize = 40;

    /// A take of so many characters has come.
    pub(super) fn note(&mut self, characters: usize) {
        if self.came.len() == Self::REMEMBERED {
            self.came.pop_front();
        }
        self.came.push_back((Instant::now(), characters));
    }

    /// How long so many characters take at this pace; `None` before it is known.
    pub(super) fn seconds_for(&self, characters: usize) -> Option<f64> {
        let (first, last) = (self.came.front()?, self.came.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        let came: usize = self
            .came
            .iter()
            .skip(1)
            .map(|(_, characters)| characters)
            .sum();
        (self.came.len() > 3 && came > 0).then(|| characters as f64 * seconds / came as f64)
    }
}
