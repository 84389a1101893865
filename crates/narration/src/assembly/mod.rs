//! Takes → finished audio: one file, one for each chapter, or one for each paragraph.
//!
//! What it is: takes without their own silence, with the chosen pauses between them, joined without a click, at one rate,
//! evenly loud over the whole narration, streamed to disk. What it is not: it neither makes takes nor knows where they
//! come from; the caller opens one when it is asked for.
//!
//! Where speech lies in every take and how loud it is comes first, from what was noted when it was made or else from its
//! samples; then follows the timeline, which is pure and knows where everything will be; then the gain, which limiting some
//! of the takes has a say in; then every take is opened and written. Takes are worked on by as many threads as there are processors, and put together in order; memory does not
//! grow with the length of what is read.
//!
//! Invariants: the gain is one for the whole narration, never one for a sentence; a file appears under its name when it is
//! whole, on the disk, read back and decoded; nothing is overwritten unless that is asked for.

mod files;
mod in_order;
mod measure;
mod shape;
mod timeline;
mod trial;
mod write;

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::durable::WriteError;
use crate::encode::{Format, Tags};
use crate::take::{Known, TimedWord};
use crate::wav::Depth;

pub use files::{Split, parts};
pub use measure::Measured;

/// What a take holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Samples a second.
    pub rate: u32,
    /// Mono.
    pub samples: Vec<i16>,
    /// When its words are heard, for voices that say so; times count from the first sample.
    pub words: Vec<TimedWord>,
}

/// A take in its order, before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The words that are spoken in it.
    pub text: String,
    /// Silence between its speech and that of the next clip.
    pub pause_after: Duration,
    /// The number of its chapter.
    pub chapter: usize,
    /// The number of its paragraph.
    pub paragraph: usize,
    /// When its speech must begin, from the beginning of the file: for subtitles. Pauses then follow from that.
    pub begins: Option<Duration>,
}

/// Why a take could not be opened, in the caller's terms.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// Opens the take of a clip, by its number; `None` for one in which there is nothing to say. Called from several threads,
/// a few times for each clip at most, and must give the same each time.
pub type Open<'a> = dyn Fn(usize) -> Result<Option<Recording>, OpenError> + Sync + 'a;

/// What was noted of the take of a clip when it was made, if anything was.
pub type Noted<'a> = dyn Fn(usize) -> Option<Known> + Sync + 'a;

/// Where takes come from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The takes themselves.
    pub open: &'a Open<'a>,
    /// What is known of them without opening them.
    pub noted: &'a Noted<'a>,
}

/// How loud the whole is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Finish {
    /// As the voice made it; only turned down where it would pass full scale.
    #[default]
    AsSpoken,
    /// −16 LUFS, true peak −1 dBTP: podcasts.
    Podcast,
    /// −19 LUFS, true peak −1 dBTP: audiobooks in mono.
    Audiobook,
    /// As ACX takes them: −20.5 dB RMS (−23 to −18 are allowed), peaks at most −3 dB, silence at both ends of a file.
    Acx,
}

impl Finish {
    /// The true peak that nothing passes, in dBTP. A tenth of a decibel is kept for what an encoder adds.
    fn ceiling(self) -> f64 {
        match self {
            Self::AsSpoken | Self::Podcast | Self::Audiobook => -1.1,
            Self::Acx => -3.2,
        }
    }

    /// What no finished file passes, in dBTP, whatever encoding did to its peaks.
    fn highest(self) -> f64 {
        self.ceiling() + 0.05
    }

    /// Whether there is a level that the whole is brought to.
    fn has_target(self) -> bool {
        self != Self::AsSpoken
    }

    /// Silence before the first speech of a file and after its last.
    fn margins(self) -> (Duration, Duration) {
        match self {
            Self::Acx => (Duration::from_millis(750), Duration::from_secs(2)),
            _ => (Duration::ZERO, Duration::ZERO),
        }
    }
}

/// One file to be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Its name.
    pub path: PathBuf,
    /// Its clips. The parts of an assembly follow each other without overlap.
    pub clips: Range<usize>,
    /// What players show of it, but for the chapters, which are found here.
    pub tags: Tags,
    /// Whether this file may replace one of the same name, though others may not.
    pub replaces: bool,
}

/// How files are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The kind of file.
    pub format: Format,
    /// Samples a second, at least 8,000 and one that the format has ([`Format::rate_for`]).
    pub rate: u32,
    /// Bits of a sample in files that keep every sample.
    pub depth: Depth,
    /// How loud.
    pub finish: Finish,
    /// Titles of the chapters that clips name by number.
    pub chapters: Vec<String>,
    /// Whether files of the same names may be replaced.
    pub overwrite: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Clips that were looked at.
    pub surveyed: usize,
    /// Clips that were written.
    pub written: usize,
    /// Clips whose part was read back, as far as it was: 2.5 are two, and half of the third.
    pub checked: f64,
    /// Clips in all.
    pub total: usize,
}

impl Progress {
    /// The share of the work that is done, from 0 to 1: as it is spread where looking means reading what was noted.
    #[must_use]
    pub fn share(self) -> f64 {
        const SURVEYING: f64 = 0.05;
        const CHECKING: f64 = 0.2;
        let share = |clips: f64| clips / self.total.max(1) as f64;
        SURVEYING * share(self.surveyed as f64)
            + CHECKING * share(self.checked)
            + (1.0 - SURVEYING - CHECKING) * share(self.written as f64)
    }
}

/// Hears of progress and says whether to go on.
pub type Report<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Why there is no file, or not all of them. Parts that were finished before stay.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// A take is gone or damaged: it must be made again.
    #[error("the take of sentence {} cannot be opened: {source}", clip + 1)]
    Take {
        /// The number of the clip, from 0.
        clip: usize,
        /// What the caller said.
        source: OpenError,
    },
    /// A file of that name is there already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The disk refused.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// No clip holds speech.
    #[error("there is nothing to hear")]
    Nothing,
    /// What was written is not what can be read back: a failing disk, or a defect of ours.
    #[error("{} was written but cannot be read back: {reason}", path.display())]
    Damaged {
        /// The file, which was not kept.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Cancelled,
}

/// A finished file.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The number of its part.
    pub part: usize,
    /// Where it is.
    pub path: PathBuf,
    /// How long it plays.
    pub length: Duration,
    /// How loud it is.
    pub measured: Measured,
}

/// A clip as it is heard: what captions are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The number of the clip.
    pub clip: usize,
    /// The number of the part it is in.
    pub part: usize,
    /// Where its speech lies, from the beginning of the file.
    pub speech: Range<Duration>,
    /// Where it is quiet within the speech.
    pub pauses: Vec<Range<Duration>>,
    /// Its words, from voices that say when they are heard; times count from the beginning of the file.
    pub words: Vec<TimedWord>,
    /// By how much its speech begins later than was asked, because the clip before it was not over.
    pub late: Duration,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Assembled {
    /// In the order of the parts; one in which nothing is heard has none.
    pub files: Vec<Finished>,
    /// The clips that are heard, in order.
    pub heard: Vec<Heard>,
    /// All files together.
    pub measured: Measured,
    /// What was applied to all of them, in decibels.
    pub gain: f64,
}

/// Makes the files.
///
/// # Errors
/// Nothing half-written is left. Parts before the one that failed are finished and stay.
pub fn assemble(
    clips: &[Clip],
    source: Source<'_>,
    parts: &[Part],
    settings: &Settings,
    report: &mut Report<'_>,
) -> Result<Assembled, AssemblyError> {
    let is_in_the_way = |part: &&Part| !part.replaces && part.path.exists();
    if !settings.overwrite
        && let Some(there) = parts.iter().find(is_in_the_way)
    {
        return Err(AssemblyError::Exists(there.path.clone()));
    }
    let mut way = Way {
        progress: Progress {
            total: parts.iter().map(|part| part.clips.len()).sum(),
            ..Progress::default()
        },
        report,
    };
    way.tell()?;
    let mut survey = measure::survey(clips, source, parts, settings, &mut way)?;
    trial::settle(source.open, &mut survey, settings)?;
    write::write(clips, source.open, parts, settings, survey, &mut way)
}

/// The work as far as it is, and who hears of it.
struct Way<'a> {
    progress: Progress,
    report: &'a mut Report<'a>,
}

impl Way<'_> {
    /// # Errors
    /// When whoever hears of it wants no more.
    fn tell(&mut self) -> Result<(), AssemblyError> {
        match (self.report)(self.progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(AssemblyError::Cancelled),
        }
    }
}

/// A number of samples as a time.
fn time_of(samples: u64, rate: u32) -> Duration {
    let nanos = u128::from(samples) * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A time as a number of samples, rounded.
fn samples_of(time: Duration, rate: u32) -> u64 {
    let samples = (time.as_nanos() * u128::from(rate) + 500_000_000) / 1_000_000_000;
    u64::try_from(samples).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
