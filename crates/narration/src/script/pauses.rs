//! How much silence comes between what.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::markup::LONGEST_PAUSE;

/// A silence of 0 to 60 seconds; written as a number of milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct Pause(u32);

impl Pause {
    /// A pause of so many milliseconds; of [`LONGEST_PAUSE`] if there are more.
    #[must_use]
    pub const fn milliseconds(milliseconds: u32) -> Self {
        let longest = LONGEST_PAUSE.as_millis() as u32;
        Self(if milliseconds > longest {
            longest
        } else {
            milliseconds
        })
    }

    /// How long it is.
    #[must_use]
    pub const fn length(self) -> Duration {
        Duration::from_millis(self.0 as u64)
    }
}

impl From<u32> for Pause {
    fn from(milliseconds: u32) -> Self {
        Self::milliseconds(milliseconds)
    }
}

impl From<Pause> for u32 {
    fn from(pause: Pause) -> Self {
        pause.0
    }
}

/// The silences of a script, each on top of what a voice leaves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PauseSettings {
    /// Within a sentence that was too long for one request.
    pub clause: Pause,
    /// Between sentences of a paragraph, lines of verse, rows of a table and subtitles.
    pub sentence: Pause,
    /// Between paragraphs, and between items of a list.
    pub paragraph: Pause,
    /// After a heading, and before one.
    pub heading: Pause,
    /// Between chapters.
    pub chapter: Pause,
    /// Where a line of stars or a wide gap stands.
    pub scene: Pause,
}

impl Default for PauseSettings {
    fn default() -> Self {
        Self {
            clause: Pause::milliseconds(60),
            sentence: Pause::milliseconds(160),
            paragraph: Pause::milliseconds(420),
            heading: Pause::milliseconds(700),
            chapter: Pause::milliseconds(1200),
            scene: Pause::milliseconds(1000),
        }
    }
}
