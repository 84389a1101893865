//! How words are said.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ErrorReport;

wire! {
    /// A word and how it is said.
    pub struct Pronunciation {
        /// As it stands in texts; by case, and as a whole.
        pub word: String,
        /// Spelt in ordinary letters.
        pub said: String,
    }
}
wire! {
    /// A pronunciation dictionary of the account.
    pub struct Dictionary {
        /// Of the service.
        pub id: String,
        /// `null` for one that was made elsewhere.
        pub name: Option<String>,
        /// Whether cloud voices follow it.
        pub in_use: bool,
        /// In its order.
        pub words: Vec<Pronunciation>,
    }
}
wire! {
    /// Where the list of dictionaries stands.
    pub union DictionariesState {
        /// As it was in an earlier run of Peal.
        Remembered,
        /// Being fetched.
        Loading,
        /// As the service gave it.
        Current,
        /// As it was last known.
        Known {
            /// Why it is not newer.
            error: ErrorReport,
        },
    }
}
wire! {
    /// All dictionaries.
    pub struct DictionaryList {
        /// In the service's order.
        pub dictionaries: Vec<Dictionary>,
        /// Where they stand.
        pub state: DictionariesState,
    }
}
wire! {
    /// Where a word stands in a document that is open.
    pub struct TouchedDocument {
        /// Its id.
        pub document: u32,
        /// What a person knows it by.
        pub title: String,
        /// Sentences with the word.
        pub sentences: u32,
        /// Their characters, which a narration buys again when the word is said otherwise.
        pub characters: u32,
        /// US dollars for them; `null` when the price of the voice is not known.
        pub price: Option<f64>,
    }
}
