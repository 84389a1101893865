//! How many requests to have open at once: as many as the account bears, found out without being told.
//!
//! It begins with one and adds one with every success. The first refusal shows the limit; from then on one more is tried
//! only now and then, ever more seldom if it is refused again.

/// Successes between two tries for more, at first.
const PATIENCE: u32 = 32;
/// And at most.
const MOST_PATIENCE: u32 = 1024;

#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    limit: usize,
    now: usize,
    refused_before: bool,
    since: u32,
    patience: u32,
}

impl Width {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            now: 1,
            refused_before: false,
            since: 0,
            patience: PATIENCE,
        }
    }

    pub(super) fn now(&self) -> usize {
        self.now
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
        self.now = self.now.min(self.limit);
    }

    pub(super) fn succeeded(&mut self) {
        self.since += 1;
        if self.now >= self.limit {
            return;
        }
        if !self.refused_before {
            self.now += 1;
        } else if self.since >= self.patience {
            self.now += 1;
            self.since = 0;
        }
    }

    /// The service refused one more while `others` were open.
    pub(super) fn refused(&mut self, others: usize) {
        if self.refused_before && others < self.now {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        self.refused_before = true;
        self.since = 0;
        self.now = self.now.min(others.max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_every_success_up_to_the_limit() {
        let mut width = Width::new(4);
        for expected in [1, 2, 3, 4, 4] {
            assert_eq!(width.now(), expected);
            width.succeeded();
        }
    }

    #[test]
    fn a_burst_of_refusals_leaves_what_the_account_bears() {
        let mut width = Width::new(10);
        (0..9).for_each(|_| width.succeeded());
        for others in (4..10).rev() {
            width.refused(others);
        }
        assert_eq!(width.now(), 4);
    }

    #[test]
    fn one_more_is_tried_ever_more_seldom() {
        let mut width = Width::new(10);
        width.succeeded();
        let mut tries = Vec::new();
        for success in 0..3000 {
            if width.now() > 1 {
                width.refused(1);
                tries.push(success);
            }
            width.succeeded();
        }
        assert!((5..9).contains(&tries.len()), "{tries:?}");
    }

    #[test]
    fn a_lowered_limit_counts_at_once() {
        let mut width = Width::new(10);
        (0..9).for_each(|_| width.succeeded());
        width.set_limit(2);
        assert_eq!(width.now(), 2);
        width.set_limit(0);
        assert_eq!(width.now(), 1);
    }
}
