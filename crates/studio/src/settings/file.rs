//! The settings on disk: one JSON object, replaced atomically, with the last good one kept beside it.
//!
//! Invariants: what can be read is not lost because of what cannot; a damaged file is copied aside before it is
//! replaced; a file that cannot be read at all is never replaced; a newer version's fields pass through unchanged.

use std::cell::RefCell;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::{Fields, Settings};
use crate::durable::{self, WriteError};
use crate::home;

/// The shape of the file that this program writes.
const VERSION: u64 = 1;
/// A hundred times what settings need. More is not read: it is not ours, whatever it is.
const LARGEST_FILE: u64 = 1024 * 1024;
/// Damaged files kept aside; after that the last is replaced.
const KEPT_ASIDE: u32 = 20;

/// The settings file: what it says, and how to change it.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    settings: Settings,
    /// The file's object as it was read, unknown fields included, without what is damaged.
    document: Fields,
    /// The fields as they were read: one that did not change since keeps the file's own spelling.
    saved: Fields,
    /// The good content on disk; the next write makes it the backup.
    good: Option<Vec<u8>>,
    /// What must be brought to safety before the file may be replaced.
    endangered: Endangered,
}

#[derive(Debug)]
enum Endangered {
    Nothing,
    /// Damaged content that is nowhere else yet.
    Content(Vec<u8>),
    /// A file that could not be read.
    File,
}

/// Settings as they were found.
#[derive(Debug)]
pub struct Loaded {
    /// The file, to read from and to change.
    pub file: SettingsFile,
    /// What a person should know about it.
    pub notice: Option<SettingsNotice>,
}

/// Something about the settings file that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsNotice {
    /// Some settings were unusable and have their defaults again; all others were kept.
    Salvaged {
        /// The settings that were lost, by name.
        lost: Vec<&'static str>,
        /// The copy of the damaged file; `None` if it could not be copied yet.
        kept_as: Option<PathBuf>,
    },
    /// The file was not readable as settings. What its beginning and the backup still said is in force.
    Restored {
        /// The copy of the damaged file; `None` if it could not be copied yet.
        kept_as: Option<PathBuf>,
    },
    /// The file was not readable as settings, and nothing could be saved from it: the defaults are in force.
    Reset {
        /// The copy of the damaged file; `None` if it could not be copied yet.
        kept_as: Option<PathBuf>,
    },
    /// A newer Peal wrote the file. What this one does not know is kept.
    FromNewerVersion {
        /// The version of its shape.
        version: u64,
    },
    /// The file could not be read at all (permissions, a folder of that name, a failing disk). The defaults are in
    /// force, and changes are not saved, so that nothing is lost.
    Unreadable {
        /// The system's own words.
        details: String,
    },
}

/// Why a change of the settings is not on the disk. It is in force nevertheless, and the next change tries again.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file, its folder or its backup could not be written; the old file is intact.
    #[error(transparent)]
    NotSaved(#[from] WriteError),
    /// There is a file, but it could not be read at the start; it is left alone.
    #[error("{} could not be read and is left as it is", path.display())]
    LeftAlone {
        /// The settings file.
        path: PathBuf,
    },
}

impl SettingsFile {
    /// Reads the settings. Never fails: a missing file means the defaults, any other trouble a notice.
    #[must_use]
    pub fn load(path: &Path) -> Loaded {
        let mut file = Self {
            path: path.to_owned(),
            settings: Settings::default(),
            document: Fields::new(),
            saved: Fields::new(),
            good: None,
            endangered: Endangered::Nothing,
        };
        let notice = match read_limited(path) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                None
            }
            Err(error) => {
                file.endangered = Endangered::File;
                Some(SettingsNotice::Unreadable {
                    details: error.to_string(),
                })
            }
            Ok(None) => Some(file.move_aside()),
            Ok(Some(bytes)) => file.adopt(bytes),
        };
        file.saved = file.settings.fields();
        Loaded { file, notice }
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes the settings and brings them to the disk before returning.
    ///
    /// Unusable values that `change` leaves behind (a speed that is no number) fall back to what they were, numbers
    /// out of range are brought into it. Nothing is written if nothing changes.
    ///
    /// # Errors
    /// The change is in force but not on the disk: see [`SettingsError`]. The file has its old content.
    pub fn update(&mut self, change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
        let mut changed = self.settings.clone();
        change(&mut changed);
        // What cannot be written down (see `save_folder`) stays in force as it is.
        let save_folder = changed.save_folder.clone();
        (self.settings, _) = Settings::read(changed.fields(), &self.settings);
        if save_folder
            .as_deref()
            .is_some_and(|folder| folder.to_str().is_none())
        {
            self.settings.save_folder = save_folder;
        }
        self.save()
    }

    fn save(&mut self) -> Result<(), SettingsError> {
        let fields = self.settings.fields();
        let mut document = self.document.clone();
        for (name, value) in &fields {
            if self.saved.get(name) != Some(value) || !document.contains_key(name) {
                document.insert(name.clone(), value.clone());
            }
        }
        let version = version_of(&document).max(VERSION);
        document.insert("version".to_owned(), version.into());
        let mut bytes = serde_json::to_vec_pretty(&document)
            .map_err(|error| WriteError::new(&self.path, error.into()))?;
        bytes.push(b'\n');
        if self.good.as_ref() == Some(&bytes) {
            return Ok(());
        }
        self.bring_to_safety()?;
        durable::write_atomically(&self.path, &bytes)?;
        self.document = document;
        self.saved = fields;
        self.good = Some(bytes);
        Ok(())
    }

    /// Everything that must be on the disk before the file may be replaced.
    fn bring_to_safety(&mut self) -> Result<(), SettingsError> {
        match &self.endangered {
            Endangered::Nothing => {}
            Endangered::Content(damaged) => {
                keep_aside(&self.path, damaged)?;
                self.endangered = Endangered::Nothing;
            }
            Endangered::File => {
                return Err(SettingsError::LeftAlone {
                    path: self.path.clone(),
                });
            }
        }
        if let Some(folder) = self.path.parent() {
            home::create_private_folder(folder)
                .map_err(|source| WriteError::new(&self.path, source))?;
        }
        if let Some(good) = &self.good {
            durable::write_atomically(&backup_path(&self.path), good)?;
        }
        Ok(())
    }

    /// Takes what `bytes` say, and saves what can be saved if they are damaged.
    fn adopt(&mut self, bytes: Vec<u8>) -> Option<SettingsNotice> {
        let Some(document) = parse(&bytes) else {
            return Some(self.rescue(bytes));
        };
        let version = version_of(&document);
        let lost = self.take(document);
        if version > VERSION {
            self.good = Some(bytes);
            return Some(SettingsNotice::FromNewerVersion { version });
        }
        if lost.is_empty() {
            self.good = Some(bytes);
            return None;
        }
        let kept_as = self.replace_damaged(bytes);
        Some(SettingsNotice::Salvaged { lost, kept_as })
    }

    /// Not JSON: the fields before the damage count, then those of the backup.
    fn rescue(&mut self, bytes: Vec<u8>) -> SettingsNotice {
        let beginning = fields_before_damage(&bytes);
        let backup = read_limited(&backup_path(&self.path))
            .ok()
            .flatten()
            .and_then(|bytes| parse(&bytes));
        let nothing = beginning.is_empty() && backup.is_none();
        let mut document = backup.unwrap_or_default();
        document.extend(beginning);
        self.take(document);
        let kept_as = self.replace_damaged(bytes);
        if nothing {
            SettingsNotice::Reset { kept_as }
        } else {
            SettingsNotice::Restored { kept_as }
        }
    }

    /// Puts `document` in force; returns the names of unusable fields, which are dropped unless a newer version may
    /// know better.
    fn take(&mut self, mut document: Fields) -> Vec<&'static str> {
        let (settings, lost) = Settings::read(document.clone(), &Settings::default());
        if version_of(&document) <= VERSION {
            for name in &lost {
                document.remove(*name);
            }
        }
        self.settings = settings;
        self.document = document;
        lost
    }

    /// Copies the damaged content aside and writes the salvaged settings, so that the next start is an ordinary one.
    /// What fails here is tried again with the next change.
    fn replace_damaged(&mut self, damaged: Vec<u8>) -> Option<PathBuf> {
        let kept_as = keep_aside(&self.path, &damaged);
        if kept_as.is_err() {
            self.endangered = Endangered::Content(damaged);
        }
        self.saved = self.settings.fields();
        if let Err(error) = self.save() {
            tracing::warn!(%error, "the salvaged settings could not be saved");
        }
        kept_as.ok()
    }

    /// Far too large to be read, let alone copied.
    fn move_aside(&mut self) -> SettingsNotice {
        let free = (1..=KEPT_ASIDE)
            .map(|number| aside_path(&self.path, number))
            .find(|aside| !aside.exists())
            .unwrap_or_else(|| aside_path(&self.path, KEPT_ASIDE));
        let moved = fs::rename(&self.path, &free);
        if moved.is_err() {
            self.endangered = Endangered::File;
        }
        SettingsNotice::Reset {
            kept_as: moved.ok().map(|()| free),
        }
    }
}

fn backup_path(path: &Path) -> PathBuf {
    path.with_extension("backup.json")
}

fn aside_path(path: &Path, number: u32) -> PathBuf {
    path.with_extension(format!("damaged-{number}.json"))
}

/// Copies damaged content beside the settings; the same content is kept once, however often it is found.
fn keep_aside(path: &Path, damaged: &[u8]) -> Result<PathBuf, WriteError> {
    for number in 1..=KEPT_ASIDE {
        let aside = aside_path(path, number);
        match fs::read(&aside) {
            Ok(kept) if kept == damaged => return Ok(aside),
            Ok(_) if number < KEPT_ASIDE => {}
            _ => return durable::write_atomically(&aside, damaged).map(|()| aside),
        }
    }
    unreachable!("the last number always returns")
}

/// `None` if the file is larger than settings can be.
fn read_limited(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LARGEST_FILE).then_some(bytes))
}

fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    // Notepad likes to add one.
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

fn parse(bytes: &[u8]) -> Option<Fields> {
    serde_json::from_slice(without_byte_order_mark(bytes)).ok()
}

fn version_of(document: &Fields) -> u64 {
    document
        .get("version")
        .and_then(Value::as_u64)
        .unwrap_or(VERSION)
}

/// The complete fields at the beginning of an object that breaks off or turns into noise further on.
fn fields_before_damage(bytes: &[u8]) -> Fields {
    let fields = RefCell::new(Fields::new());
    let mut reader = serde_json::Deserializer::from_slice(without_byte_order_mark(bytes));
    // The error is the damage we came for.
    let _ = Collect(&fields).deserialize(&mut reader);
    fields.into_inner()
}

struct Collect<'a>(&'a RefCell<Fields>);

impl<'de> DeserializeSeed<'de> for Collect<'_> {
    type Value = IgnoredAny;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<IgnoredAny, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Collect<'_> {
    type Value = IgnoredAny;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<IgnoredAny, A::Error> {
        // A number is whole only if something follows it: `1` may be what is left of `10`.
        let mut number: Option<(String, Value)> = None;
        while let Some(name) = map.next_key::<String>()? {
            self.0.borrow_mut().extend(number.take());
            let value = map.next_value()?;
            if matches!(value, Value::Number(_)) {
                number = Some((name, value));
            } else {
                self.0.borrow_mut().insert(name, value);
            }
        }
        self.0.borrow_mut().extend(number);
        Ok(IgnoredAny)
    }
}
