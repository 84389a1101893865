//! The words the window and the core exchange: one type for each thing that crosses, TypeScript made from them.
//!
//! Wire types, apart from the studio's own: the studio may change its mind without the window noticing. Seconds are
//! `f64`, offsets are UTF-16 units as the web view counts, enums are tagged, names are camelCase. Nothing here ever
//! holds a key, a path or audio.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Writes the derives that every type of the contract has.
macro_rules! wire {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS)]
        #[serde(rename_all = "camelCase")]
        #[ts(export_to = "contract.ts")]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    };
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "camelCase")]
        #[ts(export_to = "contract.ts")]
        pub enum $name { $($(#[$variant_meta])* $variant,)* }
    };
    ($(#[$meta:meta])* pub union $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS)]
        #[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
        #[ts(export_to = "contract.ts")]
        pub enum $name { $($body)* }
    };
}

mod dictionaries;
mod documents;
mod narrations;

pub use dictionaries::*;
pub use documents::*;
pub use narrations::*;

wire! {
    /// Which pool a voice comes from. The built-in voice needs no key and no network.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Pool { Builtin, Standard, Pro, }
}
wire! {
    /// As the service labels a voice.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Gender { Female, Male, }
}
wire! {
    /// One voice a person can choose.
    pub struct Voice {
        /// Unique over all pools, e.g. `builtin/hibari` or `lightning_v3.1_pro/sophie`.
        pub id: String,
        /// As it is shown.
        pub name: String,
        /// Where it comes from.
        pub pool: Pool,
        /// Codes such as `en`, the main language first; empty when the service does not say.
        pub languages: Vec<String>,
        /// In lower case.
        pub accent: Option<String>,
        /// As the service labels it.
        pub gender: Option<Gender>,
        /// As the service labels it.
        pub age: Option<String>,
        /// In lower case.
        pub use_cases: Vec<String>,
    }
}
wire! {
    /// Where the list of cloud voices stands.
    pub union CloudVoices {
        /// There is no key.
        NoKey,
        /// Being fetched.
        Loading,
        /// As the service gave it.
        Ready,
        /// The list that ships with Peal: shown while the real one cannot be fetched.
        Known {
            /// Why.
            error: Option<ErrorReport>,
        },
    }
}
wire! {
    /// All voices.
    pub struct VoiceList {
        /// Built-in ones first.
        pub voices: Vec<Voice>,
        /// Where the rest stands.
        pub cloud: CloudVoices,
    }
}
wire! {
    /// What is to be spoken.
    pub union Source {
        /// What stands in the text area.
        Typed {
            /// The words.
            text: String,
        },
        /// One of the documents in [`Snapshot::documents`].
        Opened {
            /// Its id.
            id: u32,
        },
    }
}
wire! {
    /// How it is to be spoken.
    pub struct Delivery {
        /// A voice's id.
        pub voice: String,
        /// 0.5 to 2.
        pub speed: f64,
        /// A code such as `en`, or `auto`.
        pub language: String,
    }
}
wire! {
    /// The price before.
    pub struct Quote {
        /// Unicode scalar values that will be spoken, as the service counts.
        pub characters: u32,
        /// Whether there is anything to speak.
        pub speakable: bool,
        /// Segments.
        pub sentences: u32,
        /// Characters that were bought before.
        pub owned: u32,
        /// Characters that will be bought; 0 for the built-in voice.
        pub to_buy: u32,
        /// US dollars for `toBuy`; `null` when the pool's price is not known.
        pub price: Option<f64>,
        /// Estimated length of the audio.
        pub seconds: f64,
    }
}
wire! {
    /// One sentence of what is being spoken.
    pub struct Mark {
        /// UTF-16 offset into the text.
        pub start: u32,
        /// Where it ends.
        pub end: u32,
        /// When it starts, in seconds from the start of the audio.
        pub from: f64,
        /// When it ends; `null` while it is being made.
        pub to: Option<f64>,
    }
}
wire! {
    /// What the loudspeaker is doing.
    pub enum PlaybackState {
        /// Nothing to play.
        Idle,
        /// For the first or the next sound.
        Waiting,
        /// It can be heard.
        Playing,
        /// By the person.
        Paused,
        /// To the end.
        Finished,
        /// What arrived was played; the rest failed.
        Failed,
        /// There is no loudspeaker.
        NoDevice,
    }
}
wire! {
    /// What the loudspeaker is doing now. `marks` and `peaks` hold only what is newer than the caller asked for.
    pub struct Playback {
        /// Changes with every new speech or preview: throw away marks and peaks of another one. 0: none yet.
        pub speech: u32,
        /// Set while a voice preview, not the text, is played.
        pub preview: Option<String>,
        /// See there.
        pub state: PlaybackState,
        /// What is heard now, in seconds.
        pub position: f64,
        /// How much has arrived, in seconds.
        pub arrived: f64,
        /// All audio has arrived: `arrived` is the length.
        pub complete: bool,
        /// Estimated length of the whole; `arrived` once complete.
        pub expected: f64,
        /// Index of the first of `marks`.
        pub marks_from: u32,
        /// Sentences.
        pub marks: Vec<Mark>,
        /// Index of the first of `peaks`.
        pub peaks_from: u32,
        /// The waveform, twenty a second, 0–255.
        pub peaks: Vec<u8>,
    }
}
wire! {
    /// Colours of the window.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Theme { System, Light, Dark, }
}
wire! {
    /// A price as it was read somewhere.
    pub struct Price {
        /// US dollars for 10,000 characters; `null` when not known.
        pub per_ten_thousand: Option<f64>,
        /// The month the figure was read, `2026-09`.
        pub as_of: String,
    }
}
wire! {
    /// What a person has chosen.
    pub struct Settings {
        /// Colours.
        pub theme: Theme,
        /// A voice's id.
        pub voice: String,
        /// 0.5 to 2.
        pub speed: f64,
        /// A code, or `auto`.
        pub language: String,
        /// 0 to 1.
        pub volume: f64,
        /// Output device id; `null` is the system's default.
        pub output: Option<String>,
        /// The card that offers to connect a key was sent away.
        pub connect_card_dismissed: bool,
        /// What the standard voices cost.
        pub standard_price: Price,
        /// What the Pro voices cost.
        pub pro_price: Price,
        /// Requests the account may have open at once, 1 to 10.
        pub concurrency: u32,
        /// Room for sentences that are kept, in gigabytes of 10⁹ bytes, 0.1 to 10,000.
        pub takes_gigabytes: f64,
    }
}

/// What is to change; absent fields stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[ts(export_to = "contract.ts", optional_fields)]
pub struct SettingsPatch {
    /// Colours.
    pub theme: Option<Theme>,
    /// A voice's id.
    pub voice: Option<String>,
    /// 0.5 to 2.
    pub speed: Option<f64>,
    /// A code, or `auto`.
    pub language: Option<String>,
    /// 0 to 1.
    pub volume: Option<f64>,
    /// Output device id; `""` is the system's default.
    pub output: Option<String>,
    /// The card that offers to connect a key was sent away.
    pub connect_card_dismissed: Option<bool>,
    /// US dollars for 10,000 characters.
    pub standard_price: Option<f64>,
    /// US dollars for 10,000 characters.
    pub pro_price: Option<f64>,
    /// 1 to 10.
    pub concurrency: Option<u32>,
    /// 0.1 to 10,000.
    pub takes_gigabytes: Option<f64>,
}

wire! {
    /// Where the key is.
    pub enum KeyStore {
        /// `SMALLEST_API_KEY`.
        Environment,
        /// The system's.
        Keychain,
        /// This session's memory.
        Session,
    }
}
wire! {
    /// What the service last said of the key.
    pub enum KeyCheck {
        /// Not asked yet.
        Unknown,
        /// Being asked.
        Checking,
        /// Fine.
        Accepted,
        /// No such key (401).
        Refused,
        /// The key is fine but may not do this (403).
        NoAccess,
        /// Could not be asked.
        Unreachable,
    }
}
wire! {
    /// How the last attempt to give Peal a key ended.
    pub enum KeyOutcome {
        /// The clipboard holds nothing that could be a key.
        NoKeyInClipboard,
        /// Being checked or stored.
        Checking,
        /// Checked and kept.
        Accepted,
        /// Not accepted, not kept.
        Refused,
        /// Kept, but it may not do this.
        NoAccess,
        /// Kept, and checked later.
        Unreachable,
        /// There is no usable keychain (see `keychain`): the key waits for a yes to keep it for this session only.
        ChooseSession,
    }
}
wire! {
    /// What the keychain last said.
    pub enum KeychainState {
        /// Not asked yet.
        Unknown,
        /// It works.
        Ready,
        /// It has to be unlocked.
        Locked,
        /// This system has none.
        Missing,
        /// It refused.
        Denied,
        /// It has not answered yet; perhaps it is asking the person.
        Waiting,
    }
}
wire! {
    /// All that the window ever learns of the key.
    pub struct KeyStatus {
        /// There is one.
        pub present: bool,
        /// Where.
        pub store: Option<KeyStore>,
        /// What the service said.
        pub check: KeyCheck,
        /// What the keychain said.
        pub keychain: KeychainState,
        /// How the last attempt ended.
        pub outcome: Option<KeyOutcome>,
        /// The clipboard still holds the key that was pasted: offer to clear it.
        pub clipboard_holds_key: bool,
    }
}
wire! {
    /// Where saving stands.
    pub union Save {
        /// Nothing is saved.
        Idle,
        /// The person is choosing a place.
        Choosing,
        /// Sentence after sentence.
        Saving {
            /// Sentences written.
            done: u32,
            /// Sentences in all.
            total: u32,
            /// The name it will have.
            file_name: String,
        },
        /// Done.
        Saved {
            /// Differs for each saving.
            id: u32,
            /// Its name.
            file_name: String,
            /// The name of the folder it is in.
            folder: String,
            /// Length of the audio.
            seconds: f64,
        },
        /// Nothing was written.
        Failed {
            /// Differs for each saving.
            id: u32,
            /// Why.
            error: ErrorReport,
        },
    }
}
wire! {
    /// What somebody can act on; one set of words for each.
    #[expect(missing_docs, reason = "the studio's kinds of failure, documented there")]
    pub enum ErrorCode {
        Unauthorized, Forbidden, RateLimited, Rejected, UnknownVoice, Server, Offline, Untrusted, WebPage, TimedOut, CutOff,
        BadAnswer, NothingToSay, NoKey, VoiceFailed, NotText, TooLarge, OtherKind, Protected, Locked, PicturesOnly, Damaged, TooComplex, Unreadable, IsFolder, EmptyFile, ManyFiles, Stale, DictionaryChanged, InTheWay, MadeElsewhere, DiskFull,
        FolderDenied, FileFailed, NoLoudspeaker, NoPreview, KeychainLocked, KeychainMissing, KeychainDenied, KeychainWaiting,
        SettingsSalvaged, SettingsNotSaved, Unexpected,
    }
}
wire! {
    /// An error as the window needs it: words come from the catalogue by code.
    pub struct ErrorReport {
        /// What to act on.
        pub code: ErrorCode,
        /// The same attempt may succeed later.
        pub retryable: bool,
        /// Seconds until Peal tries again or the service allows it.
        pub retry_after: Option<f64>,
        /// What the service's support asks for.
        pub request_id: Option<String>,
        /// For copying.
        pub details: String,
    }
}
wire! {
    /// Something a person should know that is not the answer to a command.
    pub struct Notice {
        /// For `dismiss_notice`.
        pub id: u32,
        /// What happened.
        pub error: ErrorReport,
        /// Peal is trying again by itself.
        pub retrying: bool,
    }
}
wire! {
    /// Where the built-in voice stands.
    pub enum BuiltinState {
        /// Not wanted yet, or being loaded in the background.
        Loading,
        /// It can speak.
        Ready,
        /// It does not work on this machine.
        Failed,
    }
}
wire! {
    /// Everything slow-changing that the window shows.
    pub struct Snapshot {
        /// A new one means that something here changed.
        pub revision: u32,
        /// Of Peal.
        pub version: String,
        /// See there.
        pub builtin: BuiltinState,
        /// See there.
        pub key: KeyStatus,
        /// See there.
        pub settings: Settings,
        /// See there.
        pub import: Import,
        /// Newest first.
        pub documents: Vec<DocumentEntry>,
        /// What was opened last in this run of Peal.
        pub opening: Option<Opening>,
        /// Newest first.
        pub narrations: Vec<Narration>,
        /// The name of the folder where finished files go.
        pub narration_folder: String,
        /// See there.
        pub save: Save,
        /// Newest last.
        pub notices: Vec<Notice>,
        /// A file is held over the window.
        pub drop_hover: bool,
        /// Changes when `list_voices` would answer otherwise.
        pub voices_revision: u32,
        /// Changes when `list_dictionaries` would answer otherwise.
        pub dictionaries_revision: u32,
    }
}
wire! {
    /// A loudspeaker.
    pub struct OutputDevice {
        /// For the settings.
        pub id: String,
        /// As the system calls it.
        pub name: String,
        /// What the system would choose.
        pub is_default: bool,
    }
}
wire! {
    /// Constant https addresses that `open_link` may open.
    pub enum Link {
        /// Where keys are made.
        Console,
        /// The same, at the list of keys.
        ApiKeys,
        /// Prices.
        Pricing,
        /// Peal itself.
        Project,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ts_rs::Config;

    fn typescript() -> String {
        let config = Config::new();
        let mut out = String::from(
            "// Made from src-tauri/src/contract by `cargo xtask contract`; do not edit.\n",
        );
        macro_rules! add {
            ($($type:ty),* $(,)?) => {
                $(
                    out.push('\n');
                    if let Some(docs) = <$type as TS>::docs() {
                        out.push_str(&docs);
                    }
                    out.push_str("export ");
                    out.push_str(&<$type as TS>::decl(&config));
                    out.push('\n');
                )*
            };
        }
        add!(
            Pool,
            Gender,
            Voice,
            CloudVoices,
            VoiceList,
            Source,
            Delivery,
            Quote,
            Mark,
            PlaybackState,
            Playback,
            Theme,
            Price,
            Settings,
            SettingsPatch,
            KeyStore,
            KeyCheck,
            KeyOutcome,
            KeychainState,
            KeyStatus,
            Save,
            Import,
            ImportRemarkKind,
            ImportRemark,
            DocumentState,
            DocumentEntry,
            Opening,
            NarrationState,
            FailedSentence,
            Narration,
            NarrationQuote,
            NarrationFormat,
            NarrationSplit,
            NarrationLoudness,
            NarrationCaptions,
            NarrationWish,
            SentenceState,
            DocumentChapter,
            ReportLine,
            DocumentOutline,
            Piece,
            DocumentSentence,
            ErrorCode,
            ErrorReport,
            Notice,
            BuiltinState,
            Snapshot,
            OutputDevice,
            Link,
            Pronunciation,
            Dictionary,
            DictionariesState,
            DictionaryList,
            TouchedDocument,
        );
        out
    }

    #[test]
    fn the_typescript_in_the_window_is_the_one_made_from_here() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/host/contract.ts");
        let made = typescript();
        if std::env::var_os("PEAL_WRITE_CONTRACT").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(
            committed == made,
            "ui/src/host/contract.ts is out of date: run `cargo xtask contract`"
        );
    }
}
