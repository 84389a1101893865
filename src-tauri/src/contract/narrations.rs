//! Documents as finished audio.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ErrorReport;

wire! {
    /// How a narration stands.
    pub union NarrationState {
        /// It was not finished when Peal ended, and goes on when asked to.
        Interrupted,
        /// Takes are being made.
        Running,
        /// The service asked to wait.
        Held {
            /// Seconds.
            seconds: f64,
        },
        /// It goes on by itself when there is a connection.
        Offline,
        /// What was asked for is waited for.
        Pausing,
        /// By the person.
        Paused,
        /// What is left would cost more than was allowed.
        SpendingLimit,
        /// It goes on when asked to.
        Stopped {
            /// Why.
            error: ErrorReport,
        },
        /// All but failed sentences are there.
        Incomplete,
        /// The files are being written.
        Writing {
            /// The share that is done, from 0 to 1.
            share: f64,
        },
        /// The files are there.
        Finished,
        /// A person gave it up.
        Cancelled,
    }
}
wire! {
    /// A sentence that failed.
    pub struct FailedSentence {
        /// Index of its segment.
        pub segment: u32,
        /// Why.
        pub error: ErrorReport,
    }
}
wire! {
    /// A narration in the list.
    pub struct Narration {
        /// In the library.
        pub id: String,
        /// As of its document.
        pub title: String,
        /// Who wrote it, if known.
        pub author: Option<String>,
        /// A voice's id.
        pub voice: String,
        /// See there.
        pub state: NarrationState,
        /// Segments.
        pub total: u32,
        /// Segments that are there.
        pub done: u32,
        /// The first hundred.
        pub failed: Vec<FailedSentence>,
        /// Segments that may not sound right.
        pub doubtful: u32,
        /// US dollars.
        pub spent: f64,
        /// Until all sentences are there, as far as can be said.
        pub seconds_left: Option<f64>,
        /// US dollars that may be spent.
        pub limit: Option<f64>,
        /// Names of its files, once they are there.
        pub files: Vec<String>,
        /// Their length.
        pub seconds: f64,
        /// LUFS of the first file, once it is there.
        pub loudness: Option<f64>,
        /// The name of the folder they are in.
        pub folder: String,
        /// The document that it is made of, if that is still in the list.
        pub document: Option<u32>,
    }
}
wire! {
    /// The price of a narration before it is made.
    pub struct NarrationQuote {
        /// Segments.
        pub sentences: u32,
        /// Characters to have; equal sentences count once.
        pub characters: u32,
        /// Characters that are there already.
        pub owned: u32,
        /// Characters to buy.
        pub to_buy: u32,
        /// US dollars; `null` when the price is not known.
        pub price: Option<f64>,
        /// The month in which the price was read.
        pub price_as_of: Option<String>,
        /// Length of the audio.
        pub seconds: f64,
        /// Time to make it.
        pub seconds_to_make: f64,
        /// Room it takes on the disk.
        pub bytes: f64,
        /// Room there is.
        pub bytes_free: Option<f64>,
    }
}
wire! {
    /// How a narration is divided into files.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum NarrationSplit { None, Chapter, Paragraph, }
}
wire! {
    /// The kind of file.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum NarrationFormat { Wav, Mp3, Flac, Opus, }
}
wire! {
    /// How loud it becomes.
    #[expect(missing_docs, reason = "the names say it, and the assembly's presets")]
    pub enum NarrationLoudness { AsSpoken, Podcast, Audiobook, Acx, }
}
wire! {
    /// Subtitle files that go with it.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum NarrationCaptions { Srt, Vtt, Lrc, Json, }
}
wire! {
    /// What the files are to be.
    pub struct NarrationWish {
        /// See there.
        pub format: NarrationFormat,
        /// See there.
        pub split: NarrationSplit,
        /// See there.
        pub loudness: NarrationLoudness,
        /// See there.
        pub captions: Vec<NarrationCaptions>,
        /// Files of other origin may be replaced.
        pub overwrite: bool,
        /// US dollars that may be spent; `null` for no limit.
        pub limit: Option<f64>,
    }
}
wire! {
    /// How a sentence stands in the narration that is made of its document.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum SentenceState { None, Waiting, Making, Ready, Doubtful, Silent, Failed, }
}
