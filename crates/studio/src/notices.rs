//! Things a person should know that are not the answer to something they just did.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::{Failure, FailureKind};

/// More than this many at once nobody reads; the oldest go.
const MOST: usize = 8;

/// One thing to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Counts up.
    pub id: u32,
    /// What happened.
    pub failure: Failure,
    /// Peal is trying again by itself; the notice goes when that succeeds.
    pub retrying: bool,
}

/// The notices that stand.
#[derive(Default)]
pub struct Notices {
    state: Mutex<(u32, Vec<Notice>)>,
}

impl Notices {
    /// Adds one. An older one of the same kind gives way: twice the same words help nobody.
    pub fn add(&self, failure: Failure, retrying: bool) {
        let mut state = self.lock();
        state.0 = state.0.wrapping_add(1);
        let id = state.0;
        state
            .1
            .retain(|notice| notice.failure.kind != failure.kind && (retrying || !notice.retrying));
        state.1.push(Notice {
            id,
            failure,
            retrying,
        });
        let surplus = state.1.len().saturating_sub(MOST);
        state.1.drain(..surplus);
    }

    /// Removes the one a person has read.
    pub fn dismiss(&self, id: u32) {
        self.lock().1.retain(|notice| notice.id != id);
    }

    /// Removes those of attempts that have succeeded meanwhile. Whether there were any.
    pub fn recovered(&self) -> bool {
        self.remove(|notice| notice.retrying)
    }

    /// Removes those of this kind, because it is no longer so. Whether there were any.
    pub fn no_longer(&self, kind: FailureKind) -> bool {
        self.remove(|notice| notice.failure.kind == kind)
    }

    /// Those that stand, newest last.
    pub fn list(&self) -> Vec<Notice> {
        self.lock().1.clone()
    }

    fn remove(&self, unwanted: impl Fn(&Notice) -> bool) -> bool {
        let mut state = self.lock();
        let before = state.1.len();
        state.1.retain(|notice| !unwanted(notice));
        state.1.len() < before
    }

    fn lock(&self) -> MutexGuard<'_, (u32, Vec<Notice>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(notices: &Notices) -> Vec<FailureKind> {
        notices
            .list()
            .iter()
            .map(|notice| notice.failure.kind)
            .collect()
    }

    #[test]
    fn the_same_trouble_is_said_once_and_a_retry_ends_with_its_outcome() {
        let notices = Notices::default();
        notices.add(FailureKind::RateLimited.into(), true);
        notices.add(FailureKind::RateLimited.into(), true);
        assert_eq!(kinds(&notices), [FailureKind::RateLimited]);
        notices.add(FailureKind::Server.into(), false);
        assert_eq!(kinds(&notices), [FailureKind::Server]);
        notices.add(FailureKind::TimedOut.into(), true);
        assert!(notices.recovered());
        assert_eq!(kinds(&notices), [FailureKind::Server]);
        let id = notices.list()[0].id;
        notices.dismiss(id);
        assert!(notices.list().is_empty());
    }
}
