//! Takes: what was paid for, kept on disk under a fingerprint of all that decides its sound.
//!
//! What it is: a folder of audio that makes sure no sentence is bought twice, not after a crash, not after an edit, not
//! when it is saved after it was heard. What the built-in voice says is kept for renders too, apart from the rest, since
//! it costs time alone and may go first.
//!
//! Invariants: a take counts only when it is whole on disk and its checksum agrees; a damaged one is removed and made again,
//! never played. The fingerprint holds no key. Room on the disk is set aside before anything is bought
//! ([`Takes::reserve`]), so that what was bought can be kept.

mod budget;
mod format;
mod look;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::durable::{self, NewFile, WriteError, WriteErrorKind};
use crate::synthesis::{Reading, Utterance, VoiceRef};

pub use budget::{Evicted, Kept};
pub use look::{Known, Look};

/// No utterance is longer: 8,000 characters at half speed stay under 30 minutes.
const MAX_BYTES: u64 = 200_000_000;
/// Counts up when the built-in voice comes to sound different: what it said before is then made again.
const BUILTIN_GENERATION: &str = "1";

/// A hash of all that decides how an utterance sounds: service, model, voice, language, speed, rate and words; how numbers
/// and sums are read, and what the dictionaries say of its words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    hash: [u8; 32],
    paid: bool,
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.to_hex()[..12])
    }
}

impl Fingerprint {
    /// The fingerprint of an utterance; `origin` is where the service is that speaks the cloud voices.
    pub fn of(utterance: &Utterance, origin: &waves::Origin) -> Self {
        match &utterance.delivery.voice {
            VoiceRef::Cloud { model, id } => {
                let delivery = &utterance.delivery;
                let mut parts = vec![
                    // Never changed: takes of every version of Peal are found by it.
                    "take 1".to_owned(),
                    origin.to_string(),
                    model.wire_name().to_owned(),
                    id.as_str().to_owned(),
                    delivery.language.code().to_owned(),
                    format!("{:.3}", delivery.speed.factor()),
                    delivery.rate.hz().to_string(),
                    utterance.text.clone(),
                ];
                parts.extend(parts_of(&delivery.reading, &utterance.text));
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                Self {
                    hash: hash_of(&parts),
                    paid: true,
                }
            }
            VoiceRef::Builtin(preset) => Self {
                hash: hash_of(&[
                    "built-in take",
                    BUILTIN_GENERATION,
                    preset.id,
                    &format!("{:.3}", utterance.delivery.speed.factor()),
                    &utterance.text,
                ]),
                paid: false,
            },
        }
    }

    /// Whether having it again would cost money.
    pub fn is_paid(self) -> bool {
        self.paid
    }

    /// 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex(&self.hash)
    }

    /// The fingerprint written like this, if it is one.
    pub fn from_hex(hex: &str, paid: bool) -> Option<Self> {
        let mut hash = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).ok()?;
        }
        Some(Self { hash, paid })
    }
}

/// What a way of reading adds to a fingerprint: nothing where it is the usual one. Of dictionaries only that counts which
/// touches the text, by what it says: the service may change it and keep the id.
fn parts_of(reading: &Reading, text: &str) -> Vec<String> {
    let touching = reading
        .dictionaries
        .iter()
        .flat_map(|one| one.touching(text));
    let words: Vec<String> = touching
        .flat_map(|one| [one.word(), one.pronunciation()].map(str::to_owned))
        .collect();
    if reading.numbers.is_none() && !reading.maths && words.is_empty() {
        return words;
    }
    let numbers = reading.numbers.map_or("", |language| language.code());
    let usual = [
        "reading",
        numbers,
        if reading.maths { "true" } else { "false" },
    ];
    usual.map(str::to_owned).into_iter().chain(words).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Each part is led by its length, so that no two different utterances are the same run of bytes.
fn hash_of(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// One recorded utterance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Take {
    /// Samples a second.
    pub rate: u32,
    /// Mono.
    pub samples: Vec<i16>,
    /// When each word is heard; empty where the voice does not say.
    pub words: Vec<TimedWord>,
    /// Where it comes from.
    pub note: Note,
}

impl Take {
    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate.max(1))
    }
}

/// A word of the text and when it is heard, in seconds from the start of the take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedWord {
    /// As written in the text.
    pub word: String,
    /// It begins.
    pub start: f64,
    /// It has ended.
    pub end: f64,
}

impl From<waves::WordTiming> for TimedWord {
    fn from(timing: waves::WordTiming) -> Self {
        Self {
            start: timing.start.as_secs_f64(),
            end: timing.end.as_secs_f64(),
            word: timing.word,
        }
    }
}

/// Where a take comes from: what an account of money can be rebuilt from. All of it is missing in takes of the first
/// version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Note {
    /// The voice, as [`VoiceRef`] is written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub voice: String,
    /// Characters that were asked for.
    pub characters: usize,
    /// What the service's support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When it was made, in seconds since 1970.
    pub made_at: u64,
    /// The service was asked for it twice, because the first one sounded wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remade: bool,
}

/// The takes in one folder. Cheap to clone; any number of processes may use the folder at once.
#[derive(Clone, Debug)]
pub struct Takes {
    folder: PathBuf,
}

impl Takes {
    /// The takes kept in `folder`, which is made when the first one is kept.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a take is there, by its name and its size: cheap enough to ask for every sentence of a book.
    pub fn has(&self, fingerprint: Fingerprint) -> bool {
        self.length(fingerprint).is_some()
    }

    /// The take with this fingerprint, if it is there and undamaged. A damaged one is removed.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Take> {
        let path = self.path_of(fingerprint);
        let size = fs::metadata(&path).ok()?.len();
        let take = if size <= MAX_BYTES {
            format::decode(&fs::read(&path).ok()?)
        } else {
            None
        };
        if take.is_none() {
            tracing::info!(take = ?fingerprint, "A damaged take was removed.");
            // Left in place it would only be found damaged again.
            let _ = fs::remove_file(&path);
        }
        take
    }

    /// Seconds of sound of a take, by its header and size alone.
    pub fn seconds(&self, fingerprint: Fingerprint) -> Option<f64> {
        let (rate, samples) = self.length(fingerprint)?;
        Some(samples as f64 / f64::from(rate))
    }

    /// Samples a second of a take, by its header alone.
    pub fn rate(&self, fingerprint: Fingerprint) -> Option<u32> {
        self.length(fingerprint).map(|(rate, _)| rate)
    }

    fn length(&self, fingerprint: Fingerprint) -> Option<(u32, u64)> {
        let mut file = File::open(self.path_of(fingerprint)).ok()?;
        let mut header = [0; format::HEADER];
        let read = read_up_to(&mut file, &mut header).ok()?;
        format::length(&header[..read], file.metadata().ok()?.len())
    }

    /// Where a take comes from; nothing for takes of the first version. The sound is not looked at.
    pub fn note(&self, fingerprint: Fingerprint) -> Option<Note> {
        let (_, note, _) = self.without_samples(fingerprint)?;
        format::note(&note)
    }

    /// What is known of a take without reading its samples; nothing for takes of earlier versions. Whether it is damaged
    /// is not looked at.
    pub fn known(&self, fingerprint: Fingerprint) -> Option<Known> {
        let (header, note, size) = self.without_samples(fingerprint)?;
        format::known(&header, &note, size)
    }

    /// The header and the note of a take, and the size of its file.
    fn without_samples(
        &self,
        fingerprint: Fingerprint,
    ) -> Option<([u8; format::HEADER], Vec<u8>, u64)> {
        let mut file = File::open(self.path_of(fingerprint)).ok()?;
        let mut header = [0; format::HEADER];
        file.read_exact(&mut header).ok()?;
        let (begins, size) = format::note_place(&header)?;
        file.seek(io::SeekFrom::Start(begins)).ok()?;
        let mut note = vec![0; size];
        file.read_exact(&mut note).ok()?;
        Some((header, note, file.metadata().ok()?.len()))
    }

    /// Says that a take is still of use, for [`Takes::evict`].
    pub fn touch(&self, fingerprint: Fingerprint) {
        let touched = OpenOptions::new()
            .write(true)
            .open(self.path_of(fingerprint))
            .and_then(|file| file.set_modified(SystemTime::now()));
        // Then it counts as unused for longer than it is; what a render needs is kept all the same.
        if let Err(error) = touched {
            tracing::debug!(%error, take = ?fingerprint, "A take could not be marked as used.");
        }
    }

    /// Keeps a take. When this returns, it is on the disk.
    ///
    /// # Errors
    /// When the folder cannot be made or written. Nothing is left half-written.
    pub fn keep(&self, fingerprint: Fingerprint, take: &Take) -> Result<(), WriteError> {
        self.reserve(fingerprint, 0)?.keep(take)
    }

    /// Makes sure that a take of about so many bytes can be kept, before it is bought.
    ///
    /// # Errors
    /// When the folder cannot be made or written, or the disk has no room.
    pub fn reserve(&self, fingerprint: Fingerprint, bytes: u64) -> Result<Reservation, WriteError> {
        match self.reserve_once(fingerprint, bytes) {
            // Somebody took the folder away between its making and its use.
            Err(error) if error.kind == WriteErrorKind::MissingFolder => {
                self.reserve_once(fingerprint, bytes)
            }
            reserved => reserved,
        }
    }

    fn reserve_once(
        &self,
        fingerprint: Fingerprint,
        bytes: u64,
    ) -> Result<Reservation, WriteError> {
        let path = self.path_of(fingerprint);
        let folder = path.parent().unwrap_or(&self.folder);
        make_private_folder(folder).map_err(|error| WriteError::new(folder, error))?;
        let file = NewFile::create_private(&path)?;
        if bytes > 0 {
            file.reserve(bytes)?;
        }
        Ok(Reservation { file })
    }

    /// Tries to be the one process that makes this take; `None` while another one does.
    ///
    /// # Errors
    /// Where files cannot be locked, or the folder cannot be made.
    pub fn claim(&self, fingerprint: Fingerprint) -> io::Result<Option<Claim>> {
        // A fixed number of files, so that they need not be removed, which could not be done without a race. Two
        // different takes seldom share one; then the second waits a little.
        let folder = self.folder.join("claims");
        make_private_folder(&folder)?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(&fingerprint.to_hex()[..3]))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Claim { _file: file })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes one take, as when it sounds wrong. Whether it was there.
    pub fn remove(&self, fingerprint: Fingerprint) -> bool {
        fs::remove_file(self.path_of(fingerprint)).is_ok()
    }

    /// `ab/abcdef….take`: two levels, so that no folder grows past what file managers bear.
    fn path_of(&self, fingerprint: Fingerprint) -> PathBuf {
        let name = fingerprint.to_hex();
        let mut path = self.folder.clone();
        if !fingerprint.paid {
            path.push(FREE);
        }
        path.push(&name[..2]);
        path.push(format!("{name}.{ENDING}"));
        path
    }
}

/// The folder of takes that cost nothing.
const FREE: &str = "free";
const ENDING: &str = "take";

/// The right to make one take, among all processes; given back when dropped, or when the process ends however it does.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

/// Room on the disk for one take.
#[derive(Debug)]
pub struct Reservation {
    file: NewFile,
}

impl Reservation {
    /// Keeps the take. When this returns, it is on the disk.
    ///
    /// # Errors
    /// Nothing is left half-written.
    pub fn keep(mut self, take: &Take) -> Result<(), WriteError> {
        let bytes = format::encode(take);
        let target = self.file.target().to_owned();
        io::Write::write_all(&mut self.file, &bytes)
            .and_then(|()| self.file.cut(bytes.len() as u64))
            .map_err(|error| WriteError::new(&target, error))?;
        self.file.commit()
    }
}

/// Now, as a take's note has it.
pub fn seconds_since_1970() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A take is not safe in a folder that a power cut may take away.
    folder.parent().map_or(Ok(()), durable::flush_folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::{Delivery, Dictionary};

    fn utterance(text: &str, voice: &str, speed: f64) -> Utterance {
        let delivery = Delivery {
            voice: voice.parse().unwrap(),
            speed: waves::Speed::try_from(speed).unwrap(),
            language: "en".parse().unwrap(),
            rate: waves::SampleRate::Hz24000,
            reading: Reading::default(),
        };
        Utterance {
            text: text.to_owned(),
            delivery,
        }
    }

    fn fingerprint(text: &str, voice: &str, speed: f64) -> Fingerprint {
        Fingerprint::of(&utterance(text, voice, speed), &waves::Origin::default())
    }

    const PRO: &str = "lightning_v3.1_pro/sophie";

    fn tone(samples: Vec<i16>) -> Take {
        Take {
            rate: 24_000,
            samples,
            ..Take::default()
        }
    }

    #[test]
    fn everything_that_changes_the_sound_changes_the_fingerprint() {
        let base = fingerprint("Hello.", PRO, 1.0);
        assert_eq!(base, fingerprint("Hello.", PRO, 1.0));
        assert_ne!(base, fingerprint("Hello!", PRO, 1.0));
        assert_ne!(base, fingerprint("Hello.", "lightning_v3.1/sophie", 1.0));
        assert_ne!(base, fingerprint("Hello.", PRO, 1.1));
        let elsewhere: waves::Origin = "http://127.0.0.1:9".parse().unwrap();
        assert_ne!(
            base,
            Fingerprint::of(&utterance("Hello.", PRO, 1.0), &elsewhere)
        );
    }

    #[test]
    fn how_numbers_sums_and_names_are_read_changes_the_fingerprint() {
        let read = |reading| {
            let mut utterance = utterance("5 x 3 in Worcester", PRO, 1.0);
            utterance.delivery.reading = reading;
            Fingerprint::of(&utterance, &waves::Origin::default())
        };
        let dictionary = |id: char, words: &[(&str, &str)]| {
            let words = words
                .iter()
                .map(|(word, said)| waves::Pronunciation::new(word, said));
            Reading {
                dictionaries: vec![Dictionary {
                    id: waves::DictionaryId::new(id.to_string().repeat(24)).unwrap(),
                    words: words.map(Result::unwrap).collect(),
                }],
                ..Reading::default()
            }
        };
        let numbers = |language| Reading {
            numbers: Some(language),
            ..Reading::default()
        };
        let maths = Reading {
            maths: true,
            ..Reading::default()
        };
        let readings = [
            Reading::default(),
            maths,
            numbers(waves::Language::English),
            numbers(waves::Language::Hindi),
            dictionary('a', &[("Worcester", "wooster")]),
            dictionary('a', &[("Worcester", "worcester")]),
        ];
        let different: std::collections::HashSet<_> = readings.into_iter().map(read).collect();
        assert_eq!(different.len(), 6);
        let elsewhere = [("Worcester", "wooster"), ("Leicester", "lester")];
        let same = [&elsewhere[..1], &elsewhere].map(|words| read(dictionary('b', words)));
        assert_eq!(
            same[0],
            read(dictionary('a', &elsewhere[..1])),
            "where it lies is the same"
        );
        assert_eq!(same[0], same[1], "what it says of other words is the same");
        let untouched = read(dictionary('a', &elsewhere[1..]));
        assert_eq!(untouched, read(Reading::default()), "as if there were none");
    }

    #[test]
    fn a_cloud_take_is_found_by_the_name_it_always_had() {
        // Written by the first version of Peal: were it to change, everything would be bought again.
        assert_eq!(
            fingerprint("Hello.", PRO, 1.0).to_hex(),
            "1660ed349efce41877bdf923f9ec07b4de1df53d625d948a9771be84052c7257"
        );
    }

    #[test]
    fn what_the_built_in_voice_says_is_the_same_whatever_the_service() {
        let here = builtin_voice::presets()[0].id;
        let base = fingerprint("Hello.", here, 1.0);
        assert!(!base.is_paid());
        let elsewhere: waves::Origin = "http://127.0.0.1:9".parse().unwrap();
        assert_eq!(
            base,
            Fingerprint::of(&utterance("Hello.", here, 1.0), &elsewhere)
        );
        assert_ne!(base, fingerprint("Hello.", here, 1.5));
    }

    #[test]
    fn a_kept_take_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path().join("takes"));
        let take = Take {
            rate: 24_000,
            samples: vec![0, 1, -1, i16::MAX, i16::MIN],
            words: vec![TimedWord {
                word: "Hello.".to_owned(),
                start: 0.125,
                end: 0.5,
            }],
            note: Note {
                voice: PRO.to_owned(),
                characters: 6,
                request_id: Some("1a2b".to_owned()),
                made_at: 1_790_000_000,
                remade: false,
            },
        };
        let name = fingerprint("Hello.", PRO, 1.0);
        assert_eq!(takes.get(name), None);
        takes.keep(name, &take).unwrap();
        assert!(takes.has(name));
        assert_eq!(takes.note(name), Some(take.note.clone()));
        assert_eq!(takes.seconds(name), Some(5.0 / 24_000.0));
        assert_eq!(takes.get(name), Some(take));
        let free = fingerprint("Hello.", builtin_voice::presets()[0].id, 1.0);
        takes.keep(free, &tone(vec![1])).unwrap();
        assert_eq!(takes.get(free), Some(tone(vec![1])));
        assert_eq!(Fingerprint::from_hex(&name.to_hex(), true), Some(name));
    }

    #[test]
    fn a_take_damaged_anywhere_is_not_played_but_removed() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path().to_owned());
        let name = fingerprint("Hello.", PRO, 1.0);
        let whole = format::encode(&tone(vec![5; 40]));
        takes.keep(name, &tone(vec![])).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(takes.path_of(name), &bytes).unwrap();
            assert_eq!(takes.get(name), None, "byte {at}");
            assert!(!takes.has(name));
        }
        for length in [0, 7, format::HEADER - 1, whole.len() - 2, whole.len() - 1] {
            assert_eq!(format::decode(&whole[..length]), None, "cut to {length}");
            fs::write(takes.path_of(name), &whole[..length]).unwrap();
            assert!(!takes.has(name), "cut to {length}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_before_anything_is_bought() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let takes = Takes::in_folder(file.join("takes"));
        let name = fingerprint("Hello.", PRO, 1.0);
        assert!(takes.reserve(name, 1000).is_err());
        assert!(takes.keep(name, &tone(vec![])).is_err());
    }

    #[test]
    fn what_is_reserved_and_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path().to_owned());
        let name = fingerprint("Hello.", PRO, 1.0);
        let reserved = takes.reserve(name, 100_000).unwrap();
        assert!(!takes.has(name));
        drop(reserved);
        let left = fs::read_dir(takes.path_of(name).parent().unwrap()).unwrap();
        assert_eq!(left.count(), 0);
        takes
            .reserve(name, 100_000)
            .unwrap()
            .keep(&tone(vec![3; 10]))
            .unwrap();
        assert_eq!(takes.get(name), Some(tone(vec![3; 10])));
    }

    #[test]
    fn only_one_at_a_time_may_make_a_take() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path().to_owned());
        let name = fingerprint("Hello.", PRO, 1.0);
        let first = takes.claim(name).unwrap();
        assert!(first.is_some());
        assert!(takes.claim(name).unwrap().is_none());
        drop(first);
        assert!(takes.claim(name).unwrap().is_some());
    }
}
