//! The packed files inside a book or a word processor's document (ZIP), read one by one within limits.

use std::collections::HashMap;
use std::io::Read;

use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive};

use super::ImportError;

/// More files than this are in no book.
const MOST_ENTRIES: usize = 50_000;

/// The largest file that is unpacked, in bytes.
const LARGEST_ENTRY: u64 = 64 << 20;

/// All files that are unpacked of one archive, in bytes.
const LARGEST_SUM: u64 = 96 << 20;

pub(super) struct Archive<'a> {
    archive: ZipSliceArchive<&'a [u8]>,
    entries: HashMap<String, Entry>,
    left: u64,
    damaged: Vec<String>,
}

#[derive(Clone, Copy)]
struct Entry {
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    is_encrypted: bool,
}

impl<'a> Archive<'a> {
    /// # Errors
    /// [`ImportError::Damaged`] without a readable list of files, [`ImportError::TooComplex`] for too long a one.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let archive = ZipArchive::from_slice(bytes).map_err(|_| ImportError::Damaged)?;
        let mut entries = HashMap::new();
        let mut listed = archive.entries();
        let mut number = 0;
        // A list that breaks off has what came before.
        while let Ok(Some(record)) = listed.next_entry() {
            number += 1;
            if number > MOST_ENTRIES {
                return Err(ImportError::TooComplex);
            }
            let name = String::from_utf8_lossy(record.file_path().as_ref()).replace('\\', "/");
            let entry = Entry {
                place: record.wayfinder(),
                method: record.compression_method(),
                is_encrypted: record.flags().is_encrypted(),
            };
            entries.entry(name).or_insert(entry);
        }
        if entries.is_empty() {
            return Err(ImportError::Damaged);
        }
        Ok(Self {
            archive,
            entries,
            left: LARGEST_SUM,
            damaged: Vec::new(),
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Names of files that were read since this was last asked, and are not as they were packed: cut off, or with
    /// another checksum than the archive has for them.
    pub(super) fn damaged(&mut self) -> Vec<String> {
        std::mem::take(&mut self.damaged)
    }

    /// A file, unpacked, as far as that goes; `None` when there is none of this name, or nothing of it can be unpacked.
    /// What is not as it was packed is in [`Archive::damaged`].
    ///
    /// # Errors
    /// [`ImportError::TooComplex`] for a file that unpacks to too much, [`ImportError::Protected`] for one that is locked
    /// with a password.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ImportError> {
        let found = self.entries.get(name).or_else(|| {
            let other = self
                .entries
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            other.map(|(_, entry)| entry)
        });
        let Some(entry) = found else { return Ok(None) };
        if entry.is_encrypted {
            return Err(ImportError::Protected);
        }
        let Ok(packed) = self.archive.get_entry(entry.place) else {
            self.damaged.push(name.to_owned());
            return Ok(None);
        };
        let limit = LARGEST_ENTRY.min(self.left);
        let mut bytes = Vec::new();
        let outcome = match entry.method {
            CompressionMethod::STORE => packed.data().take(limit + 1).read_to_end(&mut bytes),
            CompressionMethod::DEFLATE => flate2::bufread::DeflateDecoder::new(packed.data())
                .take(limit + 1)
                .read_to_end(&mut bytes),
            _ => {
                self.damaged.push(name.to_owned());
                return Ok(None);
            }
        };
        if bytes.len() as u64 > limit {
            return Err(ImportError::TooComplex);
        }
        self.left -= bytes.len() as u64;
        // A file that breaks off is read as far as it goes: better than nothing of it.
        let promised = packed.claim_verifier();
        let is_whole = promised.uncompressed_size == bytes.len() as u64
            && (promised.crc == 0 || promised.crc == crc32fast::hash(&bytes));
        if outcome.is_err() || !is_whole {
            self.damaged.push(name.to_owned());
        }
        Ok((outcome.is_ok() || !bytes.is_empty()).then_some(bytes))
    }
}
