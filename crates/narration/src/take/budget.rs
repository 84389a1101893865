//! How much room takes may have, and which go first when they have more.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{ENDING, FREE, Fingerprint, Takes};
use crate::durable;

/// A take in the folder, by its file alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub fingerprint: Fingerprint,
    /// Bytes on the disk.
    pub bytes: u64,
    /// When it was last made or used.
    pub used: SystemTime,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Takes.
    pub takes: usize,
    /// Bytes.
    pub bytes: u64,
}

/// What was used so short a time ago is not removed: a render that begins now may count on it.
const IN_USE: Duration = Duration::from_secs(60 * 60);

impl Takes {
    /// Every take there is, in no order. Looks at each file: for a background thread.
    pub fn list(&self) -> Vec<Kept> {
        let mut kept = Vec::new();
        for (folder, paid) in [(self.folder.clone(), true), (self.folder.join(FREE), false)] {
            for shelf in shelves(&folder) {
                kept.extend(files_of(&shelf, paid));
            }
        }
        kept
    }

    /// Removes takes until the rest have at most `budget` bytes: those that cost nothing first, then those unused for
    /// longest. What is `needed`, and what was used in the last hour, stays even if that is more than the budget.
    pub fn evict(&self, budget: u64, needed: &HashSet<Fingerprint>) -> Evicted {
        let kept = self.list();
        let mut evicted = Evicted::default();
        for one in leaving(kept, budget, needed, SystemTime::now()) {
            if self.remove(one.fingerprint) {
                evicted.takes += 1;
                evicted.bytes += one.bytes;
            }
        }
        evicted
    }

    /// Removes what killed processes left half-written. Returns how many files that were.
    pub fn sweep(&self) -> usize {
        [self.folder.clone(), self.folder.join(FREE)]
            .iter()
            .flat_map(|folder| shelves(folder))
            .map(|shelf| durable::sweep(&shelf))
            .sum()
    }
}

/// Which takes go.
fn leaving(
    mut kept: Vec<Kept>,
    budget: u64,
    needed: &HashSet<Fingerprint>,
    now: SystemTime,
) -> Vec<Kept> {
    let mut bytes: u64 = kept.iter().map(|one| one.bytes).sum();
    kept.retain(|one| {
        // Used in the future: the clock was set back, and nobody knows how long ago that was.
        let unused = now.duration_since(one.used).unwrap_or(Duration::ZERO);
        !needed.contains(&one.fingerprint) && unused > IN_USE
    });
    kept.sort_by_key(|one| (one.fingerprint.is_paid(), one.used, one.fingerprint));
    let mut leaving = Vec::new();
    for one in kept {
        if bytes <= budget {
            break;
        }
        bytes -= one.bytes;
        leaving.push(one);
    }
    leaving
}

fn shelves(folder: &Path) -> Vec<std::path::PathBuf> {
    let is_shelf = |name: &str| name.len() == 2 && name.bytes().all(|c| c.is_ascii_hexdigit());
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_shelf))
        .map(|entry| entry.path())
        .collect()
}

fn files_of(shelf: &Path, paid: bool) -> Vec<Kept> {
    let kept = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let hex = name.to_str()?.strip_suffix(ENDING)?.strip_suffix('.')?;
        let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Kept {
            fingerprint: Fingerprint::from_hex(hex, paid)?,
            bytes: metadata.len(),
            used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        })
    };
    fs::read_dir(shelf)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(kept)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::take::Take;

    fn fingerprint(number: u8, paid: bool) -> Fingerprint {
        Fingerprint {
            hash: [number; 32],
            paid,
        }
    }

    fn folder_of_takes(takes: &[(u8, bool, u64)]) -> (tempfile::TempDir, Takes) {
        let folder = tempfile::tempdir().unwrap();
        let kept = Takes::in_folder(folder.path().to_owned());
        for &(number, paid, hours) in takes {
            let take = Take {
                rate: 1,
                samples: vec![0; 500],
                ..Take::default()
            };
            kept.keep(fingerprint(number, paid), &take).unwrap();
            let file = fs::File::options()
                .write(true)
                .open(kept.path_of(fingerprint(number, paid)))
                .unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600))
                .unwrap();
        }
        (folder, kept)
    }

    #[test]
    fn free_takes_go_first_then_those_unused_for_longest() {
        let (_folder, takes) = folder_of_takes(&[(1, true, 5), (2, true, 9), (3, false, 2)]);
        let each = takes.list()[0].bytes;
        assert_eq!(takes.evict(each * 3, &HashSet::new()), Evicted::default());
        let one_too_many = takes.evict(each * 3 - 1, &HashSet::new());
        assert_eq!((one_too_many.takes, one_too_many.bytes), (1, each));
        assert!(!takes.has(fingerprint(3, false)));
        takes.evict(each, &HashSet::new());
        assert!(takes.has(fingerprint(1, true)) && !takes.has(fingerprint(2, true)));
    }

    #[test]
    fn what_a_render_needs_stays_whatever_the_budget() {
        let (_folder, takes) = folder_of_takes(&[(1, true, 5), (2, true, 9), (3, false, 20)]);
        let needed = HashSet::from([fingerprint(2, true), fingerprint(3, false)]);
        assert_eq!(takes.evict(0, &needed).takes, 1);
        assert!(takes.has(fingerprint(2, true)) && takes.has(fingerprint(3, false)));
    }

    #[test]
    fn what_was_just_used_or_used_in_the_future_stays() {
        let (_folder, takes) = folder_of_takes(&[(1, true, 0), (2, true, 9)]);
        takes.touch(fingerprint(2, true));
        assert_eq!(takes.evict(0, &HashSet::new()).takes, 0);
        let future = Kept {
            fingerprint: fingerprint(1, true),
            bytes: 10,
            used: SystemTime::now() + Duration::from_secs(99_999),
        };
        assert!(leaving(vec![future], 0, &HashSet::new(), SystemTime::now()).is_empty());
    }
}
