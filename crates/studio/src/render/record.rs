//! A narration on disk: what to make and how far it is, so that whatever ends the program, it can go on.
//!
//! `order.json` says what to make and is never changed while it is made; `progress.json` says what cannot be seen from
//! the takes alone; `lock` is held by the one process that makes it. All of it is written whole or not at all.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use narration::assembly::{Finish, Split};
use narration::captions::CaptionFormat;
use narration::durable;
use narration::encode::Format;
use narration::render::Order;
use narration::take::Fingerprint;
use narration::wav::Depth;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::names::NameTemplate;
use crate::failure::{Failure, FailureKind};
use crate::home::create_private_folder;

/// What to make, and into which files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The text and how it is spoken.
    pub order: Order,
    /// Where the files go.
    pub output: Output,
    /// The file that the text came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PathBuf>,
    /// When it was first asked for, in seconds since 1970.
    pub asked_at: u64,
}

impl Request {
    /// Whether the other one asks for the same, whenever that was.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        (&self.order, &self.output, &self.source) == (&other.order, &other.output, &other.source)
    }
}

/// The finished files: where they go and what they are. What was added later has a default, so that older records are
/// read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// An absolute folder.
    pub folder: PathBuf,
    /// One file, or several.
    pub split: Split,
    /// The kind of file.
    #[serde(default)]
    pub format: Format,
    /// Bits of a sample, where the format has a choice.
    #[serde(default)]
    pub depth: Depth,
    /// How loud.
    #[serde(default)]
    pub loudness: Finish,
    /// The subtitle files that go with each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<CaptionFormat>,
    /// How they are called; `None` for the usual way of the split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameTemplate>,
    /// A picture that players show, in JPEG or PNG; an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<PathBuf>,
    /// Whether files of other origin are replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overwrite: bool,
}

/// How far it is, beyond what the takes show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// Where it stands.
    pub stage: Stage,
    /// The files that were made.
    pub files: Vec<FinishedFile>,
    /// Names under which files were about to be made, when nobody else had a file there: they are ours to replace even if
    /// the program ended before it could say so.
    pub claimed: Vec<PathBuf>,
    /// How files of it were left: one that is otherwise now is another's.
    pub left: Vec<Left>,
    /// Segments whose takes were made twice and still sound wrong.
    pub doubtful: Vec<usize>,
    /// Segments that had failed when it last came to rest.
    pub failed: Vec<usize>,
    /// When it was finished, in seconds since 1970.
    pub finished_at: Option<u64>,
}

/// Where a narration stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Something is left to do.
    #[default]
    Unfinished,
    /// Its files are there.
    Finished,
    /// A person gave it up.
    Cancelled,
}

impl Progress {
    /// Whether the file of this name is one that Peal made, and may replace: nobody has changed it since.
    pub fn is_ours(&self, path: &Path) -> bool {
        let is_claimed = self.claimed.iter().any(|ours| ours == path);
        let is_made = || {
            let mut files = self.files.iter();
            files.any(|file| file.path == path || file.captions.iter().any(|ours| ours == path))
        };
        let left = self.left.iter().find(|left| left.path == path);
        (is_claimed || is_made()) && left.is_none_or(Left::is_as_it_was)
    }

    /// Notes how the finished files are left.
    pub(super) fn leave(&mut self) {
        let files = self.files.iter();
        let paths = files.flat_map(|file| std::iter::once(&file.path).chain(&file.captions));
        let now: Vec<Left> = paths.filter_map(|path| Left::of(path)).collect();
        self.left
            .retain(|old| now.iter().all(|new| new.path != old.path));
        self.left.extend(now);
    }
}

/// How a file was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Left {
    /// Which.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When it was written, in milliseconds since 1970: as exact as every file system is trusted to be.
    pub modified: u64,
    /// CRC-32 of pieces spread over it.
    pub sample: u32,
}

impl Left {
    /// Spread over the file from its first byte to its last. What edits a sound or its tags changes one of them.
    const SAMPLES: u64 = 16;
    /// Bytes of each.
    const SAMPLE: u64 = 1 << 16;

    fn of(path: &Path) -> Option<Self> {
        let (bytes, modified) = Self::size_and_time(path)?;
        Some(Self {
            path: path.to_owned(),
            bytes,
            modified,
            sample: Self::sample(path, bytes).ok()?,
        })
    }

    fn size_and_time(path: &Path) -> Option<(u64, u64)> {
        let metadata = fs::metadata(path).ok()?;
        let modified = metadata.modified().ok()?;
        // A clock may stand before 1970.
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Some((metadata.len(), modified))
    }

    fn sample(path: &Path, bytes: u64) -> io::Result<u32> {
        let mut file = File::open(path)?;
        let mut hasher = crc32fast::Hasher::new();
        let mut buffer = Vec::new();
        let last = bytes.saturating_sub(Self::SAMPLE);
        for number in 0..Self::SAMPLES {
            let at = u128::from(last) * u128::from(number) / u128::from(Self::SAMPLES - 1);
            file.seek(SeekFrom::Start(u64::try_from(at).unwrap_or(last)))?;
            buffer.clear();
            (&file).take(Self::SAMPLE).read_to_end(&mut buffer)?;
            hasher.update(&buffer);
        }
        Ok(hasher.finalize())
    }

    /// Whether it is so still, as far as can be told. Copying it back, or a clock that was set, changes only its time: only
    /// then it is read.
    fn is_as_it_was(&self) -> bool {
        let Some((bytes, modified)) = Self::size_and_time(&self.path) else {
            return true;
        };
        let sample = || Self::sample(&self.path, bytes).ok();
        let is_same = || sample().is_none_or(|now| now == self.sample);
        bytes == self.bytes && (modified == self.modified || is_same())
    }
}

/// A file of a narration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FinishedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub seconds: f64,
    /// Integrated loudness in LUFS, unless it is silent throughout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<f64>,
    /// The highest point of its curve, in dBTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_peak: Option<f64>,
    /// The level over all of it, pauses included, in dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rms: Option<f64>,
    /// The subtitle files that go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<PathBuf>,
    /// Sentences of spoken subtitles that begin later than they should.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
}

/// A sentence for which there was not time enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Late {
    /// Its index among all.
    pub sentence: usize,
    /// By how much it is late.
    pub seconds: f64,
}

/// Why a narration cannot be made or removed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another process is making it.
    Elsewhere,
    /// Something stands in the way.
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

/// What a person calls a narration: beside the rest, since it may be written while another process makes it.
#[derive(Serialize, Deserialize)]
struct Name {
    title: String,
}

const VERSION: u32 = 1;

/// All narrations, finished or not. Clones are the same library.
#[derive(Clone, Debug)]
pub struct Library {
    folder: PathBuf,
}

/// One narration of the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its name in the library.
    pub id: String,
    /// What to make.
    pub request: Request,
    /// How far it is.
    pub progress: Progress,
    /// What a person calls it, where that is not the title of the text.
    name: Option<String>,
    folder: PathBuf,
}

impl Library {
    /// The library in this folder, which is made with the first narration.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// All narrations, the newest first. What cannot be read is left out and left alone.
    pub fn list(&self) -> Vec<Record> {
        let mut records: Vec<Record> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| self.find(entry.file_name().to_str()?))
            .collect();
        records.sort_by(|one, other| {
            (other.request.asked_at, &other.id).cmp(&(one.request.asked_at, &one.id))
        });
        records
    }

    /// How many narrations there are whose notes cannot be read. Asked for again, each is written anew.
    pub fn unreadable(&self) -> usize {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let is_unreadable = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            let found = name.to_str().and_then(|id| self.find(id));
            found.is_none() && entry.path().join("order.json").exists()
        };
        entries.filter(is_unreadable).count()
    }

    /// The narration with this id.
    pub fn find(&self, id: &str) -> Option<Record> {
        let is_id = !id.is_empty() && id.bytes().all(|c| c.is_ascii_alphanumeric());
        let folder = self.folder.join(is_id.then_some(id)?);
        Some(Record {
            id: id.to_owned(),
            request: read(&folder.join("order.json"))?,
            progress: read(&folder.join("progress.json")).unwrap_or_default(),
            name: read(&folder.join("name.json")).map(|name: Name| name.title),
            folder,
        })
    }

    /// The narration that [`Library::add`] would go on with.
    pub fn find_same(&self, request: &Request) -> Option<Record> {
        self.find(&id_of(request))
    }

    /// Puts a narration into the library, or finds it there. The same source for the same folder is the same narration:
    /// asked for again it goes on, and where the text or the voice has changed, only what has changed is made anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, mut request: Request) -> Result<Record, Failure> {
        let id = id_of(&request);
        let before = self.find(&id);
        if let Some(before) = &before {
            request.asked_at = before.request.asked_at;
            if before.request.asks_the_same(&request) && before.progress.stage == Stage::Unfinished
            {
                return Ok(before.clone());
            }
        }
        let folder = self.folder.join(&id);
        // One after the other, so that each is this person's alone.
        let above = [
            self.folder.parent(),
            Some(&self.folder),
            Some(folder.as_path()),
        ];
        let made = above
            .into_iter()
            .flatten()
            .try_for_each(create_private_folder);
        made.map_err(|error| durable::WriteError::new(&folder, error))?;
        let (progress, name) =
            before.map_or_else(Default::default, |before| (before.progress, before.name));
        let mut record = Record {
            progress,
            name,
            id,
            request,
            folder,
        };
        // Files that were made before are ours to replace, and its takes are needed again.
        record.progress.stage = Stage::Unfinished;
        record.progress.doubtful.clear();
        record.save_progress()?;
        write(&record.folder.join("order.json"), &record.request)?;
        Ok(record)
    }

    /// Takes a narration out of the library; its files stay. Takes that no other narration needs become evictable.
    ///
    /// # Errors
    /// When it is being made, or cannot be removed.
    pub fn remove(&self, record: &Record) -> Result<(), Refusal> {
        let lock = record.lock()?;
        let removed = fs::remove_dir_all(&record.folder);
        drop(lock);
        removed.map_err(|error| {
            Refusal::Failed(durable::WriteError::new(&record.folder, error).into())
        })
    }

    /// The takes that unfinished narrations need: those that must not be evicted.
    pub fn needed(&self, origin: &waves::Origin) -> HashSet<Fingerprint> {
        self.list()
            .iter()
            .filter(|record| record.progress.stage == Stage::Unfinished)
            .flat_map(|record| record.request.order.utterances().unwrap_or_default())
            .map(|utterance| Fingerprint::of(&utterance, origin))
            .collect()
    }
}

impl Record {
    /// What a person knows it by.
    pub fn title(&self) -> &str {
        let name = self.name.as_ref();
        name.unwrap_or(&self.request.order.title)
    }

    /// Gives it another title, at any time.
    ///
    /// # Errors
    /// [`FailureKind::NothingToSay`] without a title; when it cannot be written.
    pub fn rename(&mut self, title: &str) -> Result<(), Failure> {
        let title = title.trim().to_owned();
        if title.is_empty() {
            return Err(FailureKind::NothingToSay.into());
        }
        let name = Name { title };
        write(&self.folder.join("name.json"), &name)?;
        self.name = Some(name.title);
        Ok(())
    }

    /// Whether every one of these words stands in its title, author, voice or the names of its files, in any case of
    /// letters.
    pub fn has_words(&self, words: &str) -> bool {
        let order = &self.request.order;
        let known = [self.title(), &order.delivery.voice];
        let author = order.author.as_deref();
        has_words(words, known.into_iter().chain(author), &self.progress.files)
    }

    /// What to make for its files in another form, under the title that it has now. Without a folder, they go where its
    /// files are.
    pub fn exported(&self, output: Output) -> Request {
        let mut request = self.request.clone();
        self.title().clone_into(&mut request.order.title);
        let folder = std::mem::replace(&mut request.output, output).folder;
        if request.output.folder.as_os_str().is_empty() {
            request.output.folder = folder;
        }
        request
    }

    /// Where it is kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes how far it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_progress(&self) -> Result<(), Failure> {
        write(&self.folder.join("progress.json"), &self.progress)
    }

    /// Makes this process the one that makes it.
    ///
    /// # Errors
    /// [`Refusal::Elsewhere`] while another process does.
    pub fn lock(&self) -> Result<File, Refusal> {
        let path = self.folder.join("lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Failure::from(durable::WriteError::new(&path, error)))?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => Err(Refusal::Elsewhere),
            // Where files cannot be locked, each claims its sentences as well as it can.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {
                durable::sweep(&self.folder);
                Ok(file)
            }
        }
    }
}

/// Whether every one of these words stands in one of the texts or the names of the files.
pub(crate) fn has_words<'a>(
    words: &str,
    texts: impl Iterator<Item = &'a str>,
    files: &[FinishedFile],
) -> bool {
    let names = files.iter().filter_map(|file| file.path.file_name());
    let mut parts: Vec<String> = texts.map(str::to_lowercase).collect();
    parts.extend(names.map(|name| name.to_string_lossy().to_lowercase()));
    let mut words = words.split_whitespace().map(str::to_lowercase);
    words.all(|word| parts.iter().any(|part| part.contains(&word)))
}

fn id_of(request: &Request) -> String {
    let mut hash = Sha256::new();
    let source = match &request.source {
        Some(source) => source.as_os_str().as_encoded_bytes().to_vec(),
        None => request.order.title.clone().into_bytes(),
    };
    for part in [
        &source,
        request.output.folder.as_os_str().as_encoded_bytes(),
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    let bytes = fs::read(path).ok()?;
    match serde_json::from_slice::<Versioned<T>>(&bytes) {
        Ok(versioned) if versioned.version <= VERSION => Some(versioned.content),
        Ok(_) => None,
        Err(error) => {
            tracing::info!(path = %path.display(), %error, "A narration could not be read.");
            None
        }
    }
}

fn write<T: Serialize>(path: &Path, content: &T) -> Result<(), Failure> {
    let versioned = Versioned {
        version: VERSION,
        content,
    };
    let bytes = serde_json::to_vec(&versioned)
        .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
    Ok(durable::write_atomically(path, &bytes)?)
}
