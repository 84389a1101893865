//! Every word the command line says, besides `--help`.
//!
//! Each kind of failure has one sentence for what happened and one for what can be done about it.

use narration::document::{Remark, RemarkKind};
use studio::failure::FailureKind;
use studio::home::HomeError;
use studio::keychain::{KEY_VARIABLE, KeyCheck, KeyStore, KeychainState};
use studio::render::FinishedFile;
use waves::OriginError;

use crate::trouble::Exit;

/// How one kind of failure is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// For programs, in the JSON.
    pub(crate) code: &'static str,
    /// For scripts.
    pub(crate) exit: Exit,
    /// For people: what happened, and what to do.
    pub(crate) sentence: &'static str,
}

/// The words for a kind of failure.
pub(crate) fn of(kind: FailureKind) -> Words {
    use FailureKind as Kind;
    let (code, exit, sentence) = match kind {
        Kind::Unauthorized => (
            "unauthorized",
            Exit::Key,
            "Smallest AI does not accept this key. It may have been rotated or removed; give Peal another one with `peal key set`.",
        ),
        Kind::Forbidden => (
            "forbidden",
            Exit::Key,
            "This key cannot use this voice, or your plan’s limit is reached. Look at your plan in the console, or choose another voice with --voice.",
        ),
        Kind::RateLimited => (
            "rateLimited",
            Exit::Service,
            "Smallest AI is busy with your other requests. What is finished is safe; try again in a while.",
        ),
        Kind::Rejected => (
            "rejected",
            Exit::Service,
            "Smallest AI could not use this text with this voice. Choose another voice with --voice; --verbose shows why.",
        ),
        Kind::UnknownVoice => (
            "unknownVoice",
            Exit::Service,
            "There is no such voice, or it is no longer available. `peal voices` lists those there are.",
        ),
        Kind::Server => (
            "server",
            Exit::Service,
            "Smallest AI had a problem. What is finished is safe; try again in a while.",
        ),
        Kind::Offline => (
            "offline",
            Exit::Network,
            "No connection to Smallest AI. What is finished is safe; try again when you are back, or use the built-in voice.",
        ),
        Kind::Untrusted => (
            "untrusted",
            Exit::Network,
            "The connection is not safe, so Peal did not use it. Check this computer’s date and any proxy, then try again.",
        ),
        Kind::WebPage => (
            "webPage",
            Exit::Network,
            "A web page answered instead of Smallest AI. Sign in to this network, or check your proxy, then try again.",
        ),
        Kind::TimedOut => (
            "timedOut",
            Exit::Network,
            "Smallest AI did not answer in time. What is finished is safe; try again.",
        ),
        Kind::CutOff => (
            "cutOff",
            Exit::Network,
            "The audio was cut off again and again. What is finished is safe; try again, or try another --transport.",
        ),
        Kind::BadAnswer => (
            "badAnswer",
            Exit::Service,
            "Smallest AI answered with something that is not speech. Try again, or try another --transport.",
        ),
        Kind::NothingToSay => (
            "nothingToSay",
            Exit::NoSpeech,
            "There is nothing to say in this text: it has no words that this voice can speak. Give it another text, or another voice with --voice.",
        ),
        Kind::NoKey => (
            "noKey",
            Exit::Key,
            "This needs a Smallest AI key. Give Peal one with `peal key set` or in SMALLEST_API_KEY, or use the built-in voice.",
        ),
        Kind::VoiceFailed => (
            "voiceFailed",
            Exit::NoSpeech,
            "The built-in voice could not say this. Try another text, or a cloud voice; --verbose shows why.",
        ),
        Kind::NotText => (
            "notText",
            Exit::File,
            "This is not a document that Peal reads. It reads text, Markdown, HTML, Word (.docx), OpenDocument (.odt), RTF, EPUB, PDF and subtitles (.srt, .vtt); anything else can come as text on standard input.",
        ),
        Kind::TooLarge => (
            "tooLarge",
            Exit::File,
            "This text is too large. Peal reads up to 100 MB at once; split it.",
        ),
        Kind::OtherKind => (
            "otherKind",
            Exit::File,
            "The file is not what its name says. Give it the ending that fits what is in it, then try again.",
        ),
        Kind::Protected => (
            "protected",
            Exit::File,
            "A password protects this file. Save a copy without one where it was made, and give Peal that.",
        ),
        Kind::Locked => (
            "locked",
            Exit::File,
            "The shop that sold this book has locked it (DRM), so that only its own apps can open it. Choose another file.",
        ),
        Kind::PicturesOnly => (
            "picturesOnly",
            Exit::File,
            "This file holds only pictures of text. Let a program for text recognition (OCR) make text of it first.",
        ),
        Kind::Damaged => (
            "damaged",
            Exit::File,
            "This file is damaged or was not copied in full. Get it again from where it came from.",
        ),
        Kind::TooComplex => (
            "tooComplex",
            Exit::File,
            "This file unpacks to far more than a text does, or is nested far deeper, so Peal did not go on reading it. Choose another file.",
        ),
        Kind::Unreadable => (
            "unreadable",
            Exit::File,
            "This file cannot be read. Check its name, and whether you may read it.",
        ),
        Kind::IsFolder => (
            "isFolder",
            Exit::File,
            "This is a folder. Name a single text file.",
        ),
        Kind::EmptyFile => (
            "emptyFile",
            Exit::NoSpeech,
            "There is no text in it. Give Peal some words to speak.",
        ),
        Kind::ManyFiles => ("manyFiles", Exit::File, "One file at a time, please."),
        // Only windows show something that can change meanwhile.
        Kind::Stale => (
            "stale",
            Exit::Unexpected,
            "It has changed meanwhile. Try again.",
        ),
        Kind::DictionaryChanged => (
            "dictionaryChanged",
            Exit::Service,
            "A word is said otherwise by now than when this began. What was bought is safe; try again, and `peal quote` tells the price.",
        ),
        Kind::InTheWay => (
            "inTheWay",
            Exit::File,
            "Files of these names are already there. Choose another folder, or replace them.",
        ),
        Kind::MadeElsewhere => ("madeElsewhere", Exit::Usage, MADE_ELSEWHERE),
        Kind::DiskFull => (
            "diskFull",
            Exit::File,
            "The disk is full. What was bought is safe; free some space, or choose another place with -o.",
        ),
        Kind::FolderDenied => (
            "folderDenied",
            Exit::File,
            "Peal may not write here. Choose another place with -o.",
        ),
        Kind::FileFailed => (
            "fileFailed",
            Exit::File,
            "The file could not be written. Check that its folder exists and that it is not a folder itself, or choose another place with -o.",
        ),
        Kind::NoLoudspeaker => (
            "noLoudspeaker",
            Exit::NoSpeech,
            "No loudspeaker found. Save the audio with -o instead.",
        ),
        Kind::NoPreview => (
            "noPreview",
            Exit::Service,
            "This voice has no recording to try. Let it speak instead.",
        ),
        Kind::KeychainLocked => (
            "keychainLocked",
            Exit::Key,
            "Your keychain is locked. Unlock it and try again, or give the key in SMALLEST_API_KEY.",
        ),
        Kind::KeychainMissing => (
            "keychainMissing",
            Exit::Key,
            "This system has no keychain, so there is no key in it. Give the key in SMALLEST_API_KEY, or use the built-in voice.",
        ),
        Kind::KeychainDenied => (
            "keychainDenied",
            Exit::Key,
            "The keychain did not let Peal in. Allow it in the keychain’s own settings, or give the key in SMALLEST_API_KEY.",
        ),
        Kind::KeychainWaiting => (
            "keychainWaiting",
            Exit::Key,
            "The keychain is waiting for you. Answer its question and try again, or give the key in SMALLEST_API_KEY.",
        ),
        Kind::SettingsSalvaged => (
            "settingsSalvaged",
            Exit::File,
            "The settings file was damaged. What could be read is used; the rest is as it comes.",
        ),
        Kind::SettingsNotSaved => (
            "settingsNotSaved",
            Exit::File,
            "The settings could not be saved. Check the folder that Peal keeps them in.",
        ),
        Kind::Unexpected => (
            "unexpected",
            Exit::Unexpected,
            "Something went wrong that Peal did not expect. --verbose shows what.",
        ),
    };
    Words {
        code,
        exit,
        sentence,
    }
}

pub(crate) const USAGE_CODE: &str = "usage";
pub(crate) const STOPPED_CODE: &str = "stopped";
pub(crate) const STOPPED: &str = "Stopped. Nothing was written.";
pub(crate) const INTERRUPTED: &str = "Stopped. What is finished is safe; the same command goes on.";
pub(crate) const KEY_NOT_KEPT_CODE: &str = "keyNotKept";
/// What stands before the name of standard input in messages.
pub(crate) const STANDARD_INPUT: &str = "standard input";
pub(crate) const STANDARD_OUTPUT: &str = "standard output";

pub(crate) const NO_TEXT: &str =
    "Nothing to speak was given. Give a text, or a file with -f, or a text on standard input.";
pub(crate) const NO_DESTINATION: &str = "Standard output is not a terminal, so say where the speech shall go: -o OUT.wav, -o - for standard output, or --play.";
pub(crate) const NO_SOUND_ON_TERMINAL: &str = "Standard output is a terminal, which shows no sound. Send it to a file or a program, or leave out -o -.";
pub(crate) const ONE_OUTPUT: &str = "Standard output cannot hold both. Leave out --json or -o -.";
pub(crate) const ONLY_WAV: &str =
    "Peal writes WAV files only, and never over a text. Give the file a name that ends in .wav.";
pub(crate) const OTHER_MODEL: &str = "The voice is of another model. Leave out --model.";
pub(crate) const MODEL_LANGUAGE: &str = "This model does not speak that language; lightning_v3.1_pro speaks all of them. Choose one of its voices with --voice.";
pub(crate) const BUILTIN_RATE: &str = "The built-in voice has 24000 samples a second. Leave out --rate, or choose a cloud voice with --voice.";
pub(crate) const BUILTIN_LANGUAGE: &str = "The built-in voice speaks English only. Choose a cloud voice with --voice; `peal voices` lists them.";
pub(crate) const BUILTIN_READING: &str = "The built-in voice reads numbers and sums in its own way. Choose a cloud voice with --voice, or leave out --numbers and --maths.";
pub(crate) const BUILTIN_DICTIONARY: &str = "The built-in voice follows no pronunciation dictionary. Choose a cloud voice with --voice, or leave out --dictionary.";
pub(crate) const NO_DICTIONARY: &str =
    "There is no such dictionary; `peal dictionary list` shows those there are.";
pub(crate) const SEVERAL_DICTIONARIES: &str = "Several dictionaries are called so. Name the one you mean by its id; `peal dictionary list` shows it.";
pub(crate) const DICTIONARY_NAME_TAKEN: &str =
    "Another dictionary is called so already. Choose another name.";
pub(crate) const NO_SUCH_WORD: &str = "The dictionary does not have all of these words, so nothing was removed; `peal dictionary show` lists those it has.";
pub(crate) const LAST_WORD: &str =
    "That was its last word. Smallest AI keeps no empty dictionary, so it is deleted.";
pub(crate) const NO_DICTIONARIES: &str =
    "There is no dictionary yet. `peal dictionary create NAME WORD=SAID` makes one.";
/// What stands for the name of a dictionary that was made elsewhere.
pub(crate) const UNNAMED: &str = "(no name)";
pub(crate) const NOT_PLAYED: &str =
    "It is not played: it could not be kept, and would have to be bought once more to be heard.";

pub(crate) fn no_home(error: &HomeError) -> String {
    format!("Peal has no folder for what it keeps: {error}.")
}

pub(crate) fn bad_origin(error: OriginError) -> String {
    format!("{} cannot be used: {error}.", studio::ORIGIN_VARIABLE)
}

/// A sentence is asked for again.
pub(crate) fn trying_again(kind: FailureKind) -> String {
    let what = match kind {
        FailureKind::RateLimited => "Smallest AI is busy with your other requests.",
        FailureKind::Server => "Smallest AI had a problem.",
        FailureKind::Offline => "No connection to Smallest AI.",
        FailureKind::CutOff => "The audio was cut off.",
        FailureKind::TimedOut => "Smallest AI did not answer in time.",
        FailureKind::BadAnswer => "Smallest AI answered with something that is not speech.",
        _ => "That did not work.",
    };
    format!("{what} Trying again…")
}

/// The service could not be asked for its dictionaries.
pub(crate) fn known_dictionaries(kind: FailureKind) -> String {
    format!(
        "These dictionaries are as they were last seen. {}",
        of(kind).sentence
    )
}

/// Whether cloud voices follow a dictionary where no other is named.
pub(crate) fn in_use(is_used: bool) -> &'static str {
    if is_used { "in use" } else { "not used" }
}

pub(crate) fn entries(words: usize) -> String {
    match words {
        1 => "1 word".to_owned(),
        words => format!("{words} words"),
    }
}

pub(crate) fn saving(done: usize, total: usize) -> String {
    format!("{done} of {total} sentences")
}

pub(crate) fn playing(position: f64, expected: f64, is_exact: bool) -> String {
    let about = if is_exact { "" } else { "about " };
    format!("{} of {about}{}", clock(position), clock(expected))
}

fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// What a person should know of how a text was read. Nothing where it was to be expected.
pub(crate) fn remark(remark: &Remark) -> Option<String> {
    match remark.kind {
        RemarkKind::EncodingGuessed => Some(format!(
            "The text does not say how it is encoded; Peal took it for {}.",
            remark.example
        )),
        RemarkKind::CharactersReplaced => Some(format!(
            "Some characters could not be read and are not spoken ({}).",
            remark.count
        )),
        RemarkKind::ControlsRemoved => Some(format!(
            "Invisible control characters were left out ({}).",
            remark.count
        )),
        RemarkKind::PartsMissing => Some(format!(
            "A part of the file is missing or damaged and is not spoken: {}.",
            remark.example
        )),
        // What every document of its kind has done to it; `peal inspect` tells.
        _ => None,
    }
}

/// A text names a voice that cannot be had.
pub(crate) fn unknown_speaker(name: &str) -> String {
    format!(
        "No voice that fits is called “{name}”; the chosen voice speaks for it. `peal voices` lists those there are."
    )
}

/// What an import did, for a list of what it did.
pub(crate) fn done(kind: RemarkKind) -> &'static str {
    match kind {
        RemarkKind::EncodingGuessed => "encoding guessed",
        RemarkKind::CharactersReplaced => "characters that could not be read",
        RemarkKind::ControlsRemoved => "control characters left out",
        RemarkKind::MarkdownRead => "Markdown read",
        RemarkKind::LanguageGuessed => "language guessed",
        RemarkKind::LinesJoined => "lines joined",
        RemarkKind::HyphensMended => "divided words mended",
        RemarkKind::HeadingsGuessed => "headings guessed",
        RemarkKind::TablesGuessed => "tables guessed",
        RemarkKind::NotesDropped => "notes left out",
        RemarkKind::NoteMarksDropped => "marks of notes left out",
        RemarkKind::PageNumbersDropped => "page numbers left out",
        RemarkKind::RunningHeadsDropped => "running heads left out",
        RemarkKind::NavigationDropped => "navigation left out",
        RemarkKind::DeletionsDropped => "tracked deletions left out",
        RemarkKind::CommentsDropped => "comments left out",
        RemarkKind::HiddenDropped => "hidden text left out",
        RemarkKind::CodeDropped => "program code left out",
        RemarkKind::PicturesDropped => "pictures left out",
        RemarkKind::ReadingAidsDropped => "reading aids left out",
        RemarkKind::CueMarksDropped => "marks of subtitles left out",
        RemarkKind::PartsMissing => "parts missing or damaged",
    }
}

/// Why the list of voices is the one that came with Peal.
pub(crate) fn known_voices(why: FailureKind) -> String {
    let reason = match why {
        FailureKind::NoKey => {
            "Cloud voices need a Smallest AI key: `peal key set` or SMALLEST_API_KEY."
        }
        kind => of(kind).sentence,
    };
    format!("{reason} This is the list that came with Peal; a voice may be missing, or gone since.")
}

pub(crate) const NOT_KEPT: &str = "What was bought could not be kept on this disk: it would have to be bought again. Look at the folder that Peal keeps it in, and at its room.";
pub(crate) const MADE_ELSEWHERE: &str =
    "Another Peal is making this narration now. Wait for it, or stop it there.";
pub(crate) const PRICE_UNKNOWN: &str = "The price of this voice is not known, so nothing can be kept within a limit. Set it in the settings, or leave out --spend-limit.";
pub(crate) const NO_NARRATION: &str =
    "There is no such narration. `peal library list` lists those there are.";
pub(crate) const SPENDING_LIMIT: &str = "Stopped at your spending limit. What is finished is safe; the same command with a higher --spend-limit goes on.";
pub(crate) const NOT_OWNED: &str = "Some of its sentences are damaged or gone, and an export buys nothing. `peal narrate` with the same file and voice makes them again; what is there is not paid for again.";
pub(crate) const SPENDING_LIMIT_CODE: &str = "spendingLimit";
pub(crate) const NOT_COMPLETE_CODE: &str = "incomplete";
pub(crate) const OFFLINE_WAITING: &str = "No connection. What is finished is safe; Peal goes on when you are back. Ctrl-C ends it, and the same command goes on later.";
pub(crate) const EMPTY_LIBRARY: &str = "There are no narrations yet. `peal narrate` makes one.";

/// Sentences that failed, when everything else is there.
pub(crate) fn incomplete(failed: usize) -> String {
    format!(
        "{failed} of the sentences could not be made, so there are no files yet. The same command tries them again; with \
         --without-failed the files are written without them."
    )
}

/// A file that is in the way.
pub(crate) fn in_the_way(path: &std::path::Path) -> String {
    format!(
        "{} is there already, and is not Peal’s to replace. Choose another folder, or replace it with --overwrite.",
        path.display()
    )
}

/// Two files that a template gives one name.
pub(crate) fn same_name(path: &std::path::Path) -> String {
    format!(
        "Two files would be called {}. Give each a name of its own with --name and a number in it, or another folder.",
        path.display()
    )
}

/// Subtitles that are spoken late; nothing where none is.
pub(crate) fn late(files: &[FinishedFile]) -> Option<String> {
    let late = files.iter().flat_map(|file| &file.late);
    let most = late.clone().map(|late| late.seconds).reduce(f64::max)?;
    Some(format!(
        "{} of the subtitles begin late, by up to {most:.1} seconds: their words need more time than they have.",
        late.count()
    ))
}

/// How loud finished files are; nothing for silent ones.
pub(crate) fn loudness(files: &[FinishedFile]) -> Option<String> {
    let range = |values: &mut dyn Iterator<Item = f64>, unit: &str| {
        let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        let words = |value: f64| format!("{value:.1}").replace('-', "\u{2212}");
        (least <= most).then(|| match (words(least), words(most)) {
            (least, most) if least == most => format!("{most} {unit}"),
            (least, most) => format!("{least} to {most} {unit}"),
        })
    };
    let loudness = range(&mut files.iter().filter_map(|file| file.loudness), "LUFS")?;
    let peak = range(&mut files.iter().filter_map(|file| file.true_peak), "dBTP")?;
    let rms = range(&mut files.iter().filter_map(|file| file.rms), "dB")?;
    Some(format!("Loudness {loudness}, true peak {peak}, RMS {rms}."))
}

/// Takes that sound wrong.
pub(crate) fn doubtful(sentences: usize) -> String {
    format!(
        "{sentences} of the sentences may not sound right, although they were made twice; --json lists them."
    )
}

/// Takes that were damaged, or taken away.
pub(crate) fn damaged(sentences: usize) -> String {
    format!("{sentences} of the sentences were damaged on the disk, or gone, and were made again.")
}

/// A ledger that was damaged.
pub(crate) fn ledger_rebuilt(aside: &std::path::Path) -> String {
    format!(
        "The ledger was damaged. It was made anew from the sentences on the disk, without their prices; what was left of \
         it is {}.",
        aside.display()
    )
}

/// Narrations that the library cannot read.
pub(crate) fn unreadable(narrations: usize) -> String {
    format!(
        "{narrations} of the narrations cannot be read, because their notes are damaged. Nothing that was bought is lost: \
         `peal narrate` writes them anew."
    )
}

/// What to do when it is Peal's own folder that cannot be written.
pub(crate) fn of_own_folder(kind: FailureKind) -> Option<&'static str> {
    match kind {
        FailureKind::DiskFull => Some(
            "The disk with Peal's own folder is full. What was bought is safe; free some space there, or choose another folder with PEAL_HOME.",
        ),
        FailureKind::FolderDenied => Some(
            "Peal may not write into its own folder. Make it writable, or choose another one with PEAL_HOME.",
        ),
        FailureKind::FileFailed => Some(
            "Peal could not write into its own folder. Check that it is a folder and that its disk is there, or choose another one with PEAL_HOME.",
        ),
        _ => None,
    }
}

/// How far a narration is.
pub(crate) fn narrating(done: usize, total: usize, left: Option<f64>) -> String {
    match left {
        Some(left) => format!("{done} of {total} sentences, about {} left", clock(left)),
        None => saving(done, total),
    }
}

/// How far the writing of the files is, from 0 to 1.
pub(crate) fn writing(share: f64) -> String {
    format!("Writing the files: {:.0} %", (share * 100.0).floor())
}

/// US dollars.
pub(crate) fn dollars(amount: Option<f64>) -> String {
    match amount {
        Some(amount) => format!("${amount:.4}"),
        None => "price not known".to_owned(),
    }
}

/// A moment, in universal time: `2026-11-24 09:30`.
pub(crate) fn moment(seconds_since_1970: u64) -> String {
    let day = studio::settings::day_of(seconds_since_1970 / 86_400);
    let (hours, minutes) = (seconds_since_1970 / 3600 % 24, seconds_since_1970 / 60 % 60);
    format!("{day} {hours:02}:{minutes:02}")
}

pub(crate) fn length(seconds: f64) -> String {
    clock(seconds)
}

pub(crate) const NO_VOICE_MATCHES: &str = "No voice matches. Try other words, or fewer.";

pub(crate) const KEY_IS_NO_ARGUMENT: &str = "A key is never an argument: every program on this computer can read those. Leave it out, and Peal asks for it; or send it to standard input.";
pub(crate) const KEY_PROMPT: &str = "Smallest AI key (not shown): ";
pub(crate) const KEY_KEPT: &str = "The key is in your keychain.";
pub(crate) const KEY_KEPT_UNCHECKED: &str =
    "Smallest AI is out of reach, so the key is not checked yet; it is when it is first used.";
pub(crate) const KEY_KEPT_NO_ACCESS: &str = "The key is right, but it may not use speech. Your plan may not include it, or its limit is reached; look at it in the console.";
pub(crate) const NOT_A_KEY: &str =
    "That is not a key. A key is one long word without spaces; copy it again in the console.";
pub(crate) const ENVIRONMENT_FIRST: &str =
    "SMALLEST_API_KEY is set and comes first; unset it to use the keychain’s.";
pub(crate) const KEY_FORGOTTEN: &str =
    "The key is no longer in your keychain. At Smallest AI it stays valid.";
pub(crate) const NO_KEY_TO_FORGET: &str = "There was no key in your keychain.";
pub(crate) const ENVIRONMENT_STAYS: &str =
    "SMALLEST_API_KEY is still set, and Peal uses it until you unset it.";

/// Why the keychain does not keep a key, and what to do instead.
pub(crate) fn key_not_kept(state: KeychainState) -> String {
    let reason = match state {
        KeychainState::Locked => "Your keychain is locked",
        KeychainState::Missing => "This system has no keychain",
        KeychainState::Denied => "The keychain did not let Peal in",
        KeychainState::Waiting => "The keychain is still waiting for your answer",
        KeychainState::Unknown | KeychainState::Ready => "The keychain did not take the key",
    };
    format!(
        "{reason}, so the key was not kept: Peal never writes one into a file. To use it all the same, put it into \
         {KEY_VARIABLE} where it is needed."
    )
}

pub(crate) fn keychain_state(state: KeychainState) -> &'static str {
    match state {
        KeychainState::Unknown => "Keychain: not asked.",
        KeychainState::Ready => "Keychain: ready.",
        KeychainState::Locked => "Keychain: locked.",
        KeychainState::Missing => "Keychain: there is none on this system.",
        KeychainState::Denied => "Keychain: it did not let Peal in.",
        KeychainState::Waiting => "Keychain: it is waiting for your answer.",
    }
}

pub(crate) fn key_source(store: Option<KeyStore>) -> String {
    match store {
        None => "Key: none.".to_owned(),
        Some(KeyStore::Environment) => format!("Key: from {KEY_VARIABLE}."),
        Some(KeyStore::Keychain) => "Key: in your keychain.".to_owned(),
        Some(KeyStore::Session) => "Key: for this run only.".to_owned(),
    }
}

pub(crate) fn key_check(check: KeyCheck) -> Option<&'static str> {
    match check {
        KeyCheck::Unknown | KeyCheck::Checking => None,
        KeyCheck::Accepted => Some("Smallest AI accepts it."),
        KeyCheck::Refused => Some("Smallest AI does not accept it."),
        KeyCheck::NoAccess => Some("It is right, but may not use speech."),
        KeyCheck::Unreachable => Some("Smallest AI could not be asked."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_show_hours_only_when_there_are_some() {
        assert_eq!(clock(-1.0), "0:00");
        assert_eq!(clock(59.9), "0:59");
        assert_eq!(clock(3_605.0), "1:00:05");
    }
}
