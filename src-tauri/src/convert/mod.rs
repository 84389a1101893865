//! Between the studio's types and the contract's. No decisions, only translation.

mod dictionaries;
mod documents;
mod narrations;

use narration::document::{Remark, RemarkKind};
use narration::synthesis::{Delivery, VoiceRef};
use serde_json::Value;
use studio::account::{KeyOutcome, KeyStatus};
use studio::failure::{Failure, FailureKind};
use studio::keychain::{KeyCheck, KeyStore, KeychainState};
use studio::notices::Notice;
use studio::player::OutputDevice;
use studio::settings::{Settings, Theme};
use studio::voices::CloudVoices;
use studio::{ImportState, PlaybackState, PlaybackView, Quote, SaveState, Source, View};
use waves::{Language, Model, SampleRate, Speed};

use crate::contract as wire;

pub(crate) use dictionaries::{dictionary_id, dictionary_list, pronunciation, touched};
use documents::document;
pub(crate) use documents::{outline, sentence};
pub(crate) use narrations::{millionths, narration_quote, output, sentence_state};

/// Counts and offsets of texts of at most 100 MB always fit.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

// From the page

pub(crate) fn source(source: wire::Source) -> Source {
    match source {
        wire::Source::Typed { text } => Source::Typed(text),
        wire::Source::Opened { id } => Source::Opened(id),
    }
}

pub(crate) fn voice(name: &str) -> Result<VoiceRef, Failure> {
    name.parse()
        .map_err(|error: narration::synthesis::UnknownVoice| {
            Failure::new(FailureKind::UnknownVoice, error.to_string())
        })
}

pub(crate) fn delivery(delivery: &wire::Delivery) -> Result<Delivery, Failure> {
    Ok(Delivery {
        voice: voice(&delivery.voice)?,
        speed: Speed::new(delivery.speed).unwrap_or_default(),
        language: delivery.language.parse().unwrap_or(Language::Auto),
        // The voices' own rate: nothing is lost, and nothing invented.
        reading: narration::synthesis::Reading::default(),
        rate: SampleRate::Hz44100,
    })
}

/// The names and values of the settings that a patch changes.
pub(crate) fn setting_values(
    settings: &Settings,
    patch: wire::SettingsPatch,
) -> Vec<(&'static str, Value)> {
    let price = |mut price: studio::settings::Price, per_ten_thousand: f64| {
        price.per_ten_thousand = Some(per_ten_thousand);
        price.as_of = studio::settings::this_month();
        serde_json::to_value(price).unwrap_or_default()
    };
    let values = [
        (
            "theme",
            patch
                .theme
                .map(|theme| serde_json::to_value(theme).unwrap_or_default()),
        ),
        ("voice", patch.voice.map(Value::from)),
        ("speed", patch.speed.map(Value::from)),
        ("language", patch.language.map(Value::from)),
        ("volume", patch.volume.map(Value::from)),
        (
            "output",
            patch.output.map(|output| {
                if output.is_empty() {
                    Value::Null
                } else {
                    output.into()
                }
            }),
        ),
        (
            "connectCardDismissed",
            patch.connect_card_dismissed.map(Value::from),
        ),
        (
            "standardPrice",
            patch
                .standard_price
                .map(|changed| price(settings.standard_price.clone(), changed)),
        ),
        (
            "proPrice",
            patch
                .pro_price
                .map(|changed| price(settings.pro_price.clone(), changed)),
        ),
        ("concurrency", patch.concurrency.map(Value::from)),
        ("takesGigabytes", patch.takes_gigabytes.map(Value::from)),
    ];
    values
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
}

pub(crate) fn address(link: wire::Link) -> &'static str {
    match link {
        wire::Link::Console => "https://app.smallest.ai/dashboard",
        wire::Link::ApiKeys => "https://app.smallest.ai/dashboard/api-keys",
        wire::Link::Pricing => "https://smallest.ai/pricing",
        wire::Link::Project => "https://github.com/peal-app/peal",
    }
}

// To the page

pub(crate) fn snapshot(view: View) -> wire::Snapshot {
    wire::Snapshot {
        revision: view.revision,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        builtin: match view.builtin {
            Ok(false) => wire::BuiltinState::Loading,
            Ok(true) => wire::BuiltinState::Ready,
            Err(_) => wire::BuiltinState::Failed,
        },
        key: key_status(view.key),
        settings: settings(view.settings),
        import: import(view.import),
        documents: view.documents.into_iter().map(document).collect(),
        opening: view.opening.map(|opening| wire::Opening {
            turn: opening.turn,
            id: opening.id,
        }),
        narrations: view
            .narrations
            .into_iter()
            .map(narrations::narration)
            .collect(),
        narration_folder: studio::import::file_name(&view.narration_folder),
        save: save(view.save),
        notices: view.notices.iter().map(notice).collect(),
        drop_hover: view.drop_hover,
        voices_revision: view.voices_revision,
        dictionaries_revision: view.dictionaries_revision,
    }
}

fn key_status(status: KeyStatus) -> wire::KeyStatus {
    wire::KeyStatus {
        present: status.present,
        store: status.store.map(|store| match store {
            KeyStore::Environment => wire::KeyStore::Environment,
            KeyStore::Keychain => wire::KeyStore::Keychain,
            KeyStore::Session => wire::KeyStore::Session,
        }),
        check: match status.check {
            KeyCheck::Unknown => wire::KeyCheck::Unknown,
            KeyCheck::Checking => wire::KeyCheck::Checking,
            KeyCheck::Accepted => wire::KeyCheck::Accepted,
            KeyCheck::Refused => wire::KeyCheck::Refused,
            KeyCheck::NoAccess => wire::KeyCheck::NoAccess,
            KeyCheck::Unreachable => wire::KeyCheck::Unreachable,
        },
        keychain: match status.keychain {
            KeychainState::Unknown => wire::KeychainState::Unknown,
            KeychainState::Ready => wire::KeychainState::Ready,
            KeychainState::Locked => wire::KeychainState::Locked,
            KeychainState::Missing => wire::KeychainState::Missing,
            KeychainState::Denied => wire::KeychainState::Denied,
            KeychainState::Waiting => wire::KeychainState::Waiting,
        },
        outcome: status.outcome.map(|outcome| match outcome {
            KeyOutcome::NoKey => wire::KeyOutcome::NoKeyInClipboard,
            KeyOutcome::Checking => wire::KeyOutcome::Checking,
            KeyOutcome::Accepted => wire::KeyOutcome::Accepted,
            KeyOutcome::Refused => wire::KeyOutcome::Refused,
            KeyOutcome::NoAccess => wire::KeyOutcome::NoAccess,
            KeyOutcome::Unreachable => wire::KeyOutcome::Unreachable,
            KeyOutcome::ChooseSession => wire::KeyOutcome::ChooseSession,
        }),
        clipboard_holds_key: status.clipboard_holds_key,
    }
}

fn settings(settings: Settings) -> wire::Settings {
    let price = |price: studio::settings::Price| wire::Price {
        per_ten_thousand: price.per_ten_thousand,
        as_of: price.as_of,
    };
    wire::Settings {
        theme: match settings.theme {
            Theme::System => wire::Theme::System,
            Theme::Light => wire::Theme::Light,
            Theme::Dark => wire::Theme::Dark,
        },
        voice: settings
            .voice
            .unwrap_or_else(|| builtin_voice::presets()[0].id.to_owned()),
        speed: settings.speed,
        language: settings.language,
        volume: settings.volume,
        output: settings.output,
        connect_card_dismissed: settings.connect_card_dismissed,
        standard_price: price(settings.standard_price),
        pro_price: price(settings.pro_price),
        concurrency: u32::from(settings.concurrency),
        takes_gigabytes: settings.takes_gigabytes,
    }
}

fn import(state: ImportState) -> wire::Import {
    match state {
        ImportState::Idle => wire::Import::Idle,
        ImportState::Reading { file_name } => wire::Import::Reading { file_name },
        ImportState::Ready {
            id,
            file_name,
            document,
        } => wire::Import::Ready {
            id,
            file_name,
            title: document.title.clone(),
            text: document.text.clone(),
            remarks: remarks(&document.report),
        },
        ImportState::Failed {
            id,
            file_name,
            failure,
        } => wire::Import::Failed {
            id,
            file_name,
            error: error(&failure),
        },
    }
}

fn remark(remark: &Remark) -> wire::ImportRemark {
    // A name, where there is one to tell; else how often.
    let detail = match remark.kind {
        RemarkKind::EncodingGuessed | RemarkKind::LanguageGuessed | RemarkKind::PartsMissing => {
            remark.example.clone()
        }
        _ => remark.count.to_string(),
    };
    wire::ImportRemark {
        kind: remark_kind(remark.kind),
        detail,
    }
}

/// Both directions of kinds that are the same on either side.
macro_rules! remark_kinds {
    ($($name:ident),* $(,)?) => {
        fn remark_kind(kind: RemarkKind) -> wire::ImportRemarkKind {
            match kind { $(RemarkKind::$name => wire::ImportRemarkKind::$name,)* }
        }

        pub(crate) fn kind_of_remark(kind: wire::ImportRemarkKind) -> RemarkKind {
            match kind { $(wire::ImportRemarkKind::$name => RemarkKind::$name,)* }
        }
    };
}

remark_kinds!(
    EncodingGuessed,
    CharactersReplaced,
    ControlsRemoved,
    MarkdownRead,
    LanguageGuessed,
    LinesJoined,
    HyphensMended,
    HeadingsGuessed,
    TablesGuessed,
    NotesDropped,
    NoteMarksDropped,
    PageNumbersDropped,
    RunningHeadsDropped,
    NavigationDropped,
    DeletionsDropped,
    CommentsDropped,
    HiddenDropped,
    CodeDropped,
    PicturesDropped,
    ReadingAidsDropped,
    CueMarksDropped,
    PartsMissing,
);

/// Of each kind one, counting all; what was to be expected is not worth a notice.
fn remarks(report: &[Remark]) -> Vec<wire::ImportRemark> {
    let mut told: Vec<Remark> = Vec::new();
    for next in report {
        match told.iter_mut().find(|former| former.kind == next.kind) {
            Some(former) => former.count += next.count,
            None if next.kind == RemarkKind::LanguageGuessed => {}
            None => told.push(next.clone()),
        }
    }
    told.iter().map(remark).collect()
}

fn save(state: SaveState) -> wire::Save {
    match state {
        SaveState::Idle => wire::Save::Idle,
        SaveState::Choosing => wire::Save::Choosing,
        SaveState::Saving { progress, path } => wire::Save::Saving {
            done: count(progress.done),
            total: count(progress.total),
            file_name: studio::import::file_name(&path),
        },
        SaveState::Saved { id, path, seconds } => wire::Save::Saved {
            id,
            file_name: studio::import::file_name(&path),
            folder: path
                .parent()
                .map(studio::import::file_name)
                .unwrap_or_default(),
            seconds,
        },
        SaveState::Failed { id, failure } => wire::Save::Failed {
            id,
            error: error(&failure),
        },
    }
}

fn notice(notice: &Notice) -> wire::Notice {
    wire::Notice {
        id: notice.id,
        error: error(&notice.failure),
        retrying: notice.retrying,
    }
}

pub(crate) fn error(failure: &Failure) -> wire::ErrorReport {
    wire::ErrorReport {
        code: error_code(failure.kind),
        retryable: failure.is_retryable(),
        retry_after: failure.retry_after.map(|wait| wait.as_secs_f64()),
        request_id: failure.request_id.clone(),
        details: failure.details.clone(),
    }
}

fn error_code(kind: FailureKind) -> wire::ErrorCode {
    macro_rules! same {
        ($($name:ident),* $(,)?) => {
            match kind { $(FailureKind::$name => wire::ErrorCode::$name,)* }
        };
    }
    same!(
        Unauthorized,
        Forbidden,
        RateLimited,
        Rejected,
        UnknownVoice,
        Server,
        Offline,
        Untrusted,
        WebPage,
        TimedOut,
        CutOff,
        BadAnswer,
        NothingToSay,
        NoKey,
        VoiceFailed,
        NotText,
        TooLarge,
        OtherKind,
        Protected,
        Locked,
        PicturesOnly,
        Damaged,
        TooComplex,
        Unreadable,
        IsFolder,
        EmptyFile,
        ManyFiles,
        Stale,
        DictionaryChanged,
        InTheWay,
        MadeElsewhere,
        DiskFull,
        FolderDenied,
        FileFailed,
        NoLoudspeaker,
        NoPreview,
        KeychainLocked,
        KeychainMissing,
        KeychainDenied,
        KeychainWaiting,
        SettingsSalvaged,
        SettingsNotSaved,
        Unexpected,
    )
}

pub(crate) fn voice_list(cloud_voices: &[waves::Voice], cloud: CloudVoices) -> wire::VoiceList {
    let builtin = builtin_voice::presets().iter().map(|preset| wire::Voice {
        id: preset.id.to_owned(),
        name: preset.name.to_owned(),
        pool: wire::Pool::Builtin,
        languages: vec![Language::English.code().to_owned()],
        accent: Some("american".to_owned()),
        gender: None,
        age: None,
        use_cases: Vec::new(),
    });
    let cloud = match cloud {
        CloudVoices::NoKey => wire::CloudVoices::NoKey,
        CloudVoices::Loading => wire::CloudVoices::Loading,
        CloudVoices::Ready => wire::CloudVoices::Ready,
        CloudVoices::Known(failure) => wire::CloudVoices::Known {
            error: failure.as_ref().map(error),
        },
    };
    wire::VoiceList {
        voices: builtin
            .chain(cloud_voices.iter().map(cloud_voice))
            .collect(),
        cloud,
    }
}

fn cloud_voice(voice: &waves::Voice) -> wire::Voice {
    wire::Voice {
        id: format!("{}/{}", voice.model.wire_name(), voice.id),
        name: voice.name.clone(),
        pool: match voice.model {
            Model::LightningV31 => wire::Pool::Standard,
            Model::LightningV31Pro => wire::Pool::Pro,
        },
        languages: voice
            .languages
            .iter()
            .map(|language| language.code().to_owned())
            .collect(),
        accent: voice.accent.clone(),
        gender: voice.gender.map(|gender| match gender {
            waves::Gender::Female => wire::Gender::Female,
            waves::Gender::Male => wire::Gender::Male,
        }),
        age: voice.age.map(|age| {
            let name = match age {
                waves::Age::Young => "young",
                waves::Age::MiddleAged => "middle aged",
                waves::Age::Senior => "senior",
            };
            name.to_owned()
        }),
        use_cases: voice.use_cases.clone(),
    }
}

pub(crate) fn quote(quote: Quote) -> wire::Quote {
    wire::Quote {
        characters: count(quote.characters),
        speakable: quote.speakable,
        sentences: count(quote.sentences),
        owned: count(quote.owned),
        to_buy: count(quote.to_buy),
        price: quote.price,
        seconds: quote.seconds,
    }
}

pub(crate) fn playback(view: PlaybackView) -> wire::Playback {
    wire::Playback {
        speech: view.speech,
        preview: view.preview,
        state: match view.state {
            PlaybackState::Idle => wire::PlaybackState::Idle,
            PlaybackState::Waiting => wire::PlaybackState::Waiting,
            PlaybackState::Playing => wire::PlaybackState::Playing,
            PlaybackState::Paused => wire::PlaybackState::Paused,
            PlaybackState::Finished => wire::PlaybackState::Finished,
            PlaybackState::Failed => wire::PlaybackState::Failed,
            PlaybackState::NoDevice => wire::PlaybackState::NoDevice,
        },
        position: view.position,
        arrived: view.arrived,
        complete: view.complete,
        expected: view.expected,
        marks_from: count(view.marks.0),
        marks: view
            .marks
            .1
            .iter()
            .map(|mark| wire::Mark {
                start: count(mark.start),
                end: count(mark.end),
                from: mark.from,
                to: mark.to,
            })
            .collect(),
        peaks_from: count(view.peaks.0),
        peaks: view.peaks.1,
    }
}

pub(crate) fn output_device(device: OutputDevice) -> wire::OutputDevice {
    wire::OutputDevice {
        id: device.id,
        name: device.name,
        is_default: device.is_default,
    }
}
