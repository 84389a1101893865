//! What is kept of a document on disk: the file as it was, and `document.json` with what a person decided about it.
//!
//! The file is copied, so that a document opens again, and can be read in another way, when the original was moved.

use std::fs;
use std::path::{Path, PathBuf};

use narration::document::{Document, RemarkKind};
use narration::durable;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::edits::Edits;
use crate::failure::{Failure, FailureKind};
use crate::home::create_private_folder;

/// The only version so far. A newer one is left alone.
const VERSION: u32 = 1;

/// `document.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Kept {
    version: u32,
    /// The file's name as it was dropped.
    pub(super) file_name: String,
    /// For the list, without reading the file.
    pub(super) title: String,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
    pub(super) characters: usize,
    pub(super) chapters: usize,
    /// Seconds since 1970.
    pub(super) opened_at: u64,
    /// What a person wants back of what importing dropped, joined or guessed.
    pub(super) keep: Vec<RemarkKind>,
    /// A person says that it is a dialogue.
    pub(super) dialogue: bool,
    pub(super) edits: Edits,
}

impl Kept {
    pub(super) fn of(file_name: &str) -> Self {
        Self {
            version: VERSION,
            file_name: file_name.to_owned(),
            title: file_name.to_owned(),
            opened_at: narration::take::seconds_since_1970(),
            ..Self::default()
        }
    }

    /// Takes over what the list shows.
    pub(super) fn describe(&mut self, document: &Document) {
        self.title.clone_from(&document.title);
        self.author.clone_from(&document.author);
        self.language.clone_from(&document.language);
        self.characters = document.text.chars().count();
        self.chapters = document.chapters.len();
    }
}

/// The folder name of a file: equal files are one document.
pub(super) fn key_of(file_name: &str, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update((file_name.len() as u64).to_le_bytes());
    hash.update(file_name);
    hash.update(bytes);
    hash.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// All documents in a folder, by the names of their folders. What cannot be read is left out and left alone.
pub(super) fn list(folder: &Path) -> Vec<(String, Kept)> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let key = entry.file_name().into_string().ok()?;
            let bytes = fs::read(entry.path().join("document.json")).ok()?;
            durable::sweep(&entry.path());
            match serde_json::from_slice::<Kept>(&bytes) {
                Ok(kept) if kept.version <= VERSION => Some((key, kept)),
                Ok(_) => None,
                Err(error) => {
                    tracing::warn!(%key, %error, "A document could not be read.");
                    None
                }
            }
        })
        .collect()
}

/// The file of a document.
///
/// # Errors
/// When it is gone or cannot be read.
pub(super) fn source(folder: &Path, key: &str) -> Result<Vec<u8>, Failure> {
    let path = folder.join(key).join("source");
    fs::read(&path).map_err(|error| Failure::reading(&path, &error))
}

/// Puts a document's file into its folder.
///
/// # Errors
/// When it cannot be written.
pub(super) fn save_source(folder: &Path, key: &str, bytes: &[u8]) -> Result<(), Failure> {
    Ok(durable::write_atomically(
        &prepared(folder, key)?.join("source"),
        bytes,
    )?)
}

/// Writes what a person decided.
///
/// # Errors
/// When it cannot be written.
pub(super) fn save(folder: &Path, key: &str, kept: &Kept) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(kept)
        .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
    Ok(durable::write_atomically(
        &prepared(folder, key)?.join("document.json"),
        &bytes,
    )?)
}

/// Forgets a document.
///
/// # Errors
/// When it cannot be removed.
pub(super) fn remove(folder: &Path, key: &str) -> Result<(), Failure> {
    let path = folder.join(key);
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(durable::WriteError::new(&path, error).into())
        }
        _ => Ok(()),
    }
}

fn prepared(folder: &Path, key: &str) -> Result<PathBuf, Failure> {
    let own = folder.join(key);
    // One after the other, so that each is this person's alone.
    let above = [folder.parent(), Some(folder), Some(own.as_path())];
    let made = above
        .into_iter()
        .flatten()
        .try_for_each(create_private_folder);
    made.map_err(|error| durable::WriteError::new(&own, error))?;
    Ok(own)
}
