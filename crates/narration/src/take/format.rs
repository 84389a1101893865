//! The bytes of a take file.
//!
//! ```text
//! version 1   PEALTAKE  1  rate             hash  samples
//! version 2   PEALTAKE  2  rate  note size  hash  note  samples
//! ```
//!
//! Numbers are 32 bit, little-endian; the hash is SHA-256 over all that is not magic, version or hash itself; the note is
//! JSON ([`Note`], with the words and the [`Look`]); samples are 16 bit, mono. Version 1 is read for good: an update is no reason to buy anything again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::look::{KeptLook, Known, Look};
use super::{Note, Take, TimedWord};

const MAGIC: &[u8; 8] = b"PEALTAKE";
/// Magic, version, rate, hash of rate and samples.
const HEADER_1: usize = 8 + 4 + 4 + 32;
/// Magic, version, rate, size of the note, hash of rate, note and samples.
pub(super) const HEADER_2: usize = 8 + 4 + 4 + 4 + 32;
/// A note holds the words of one utterance; a larger one is damage.
const MAX_NOTE: usize = 4_000_000;

/// What is read first of a file: enough for the header of either version.
pub(super) const HEADER: usize = HEADER_2;

/// The note as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    note: Note,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    words: Vec<TimedWord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look: Option<KeptLook>,
}

pub(super) fn encode(take: &Take) -> Vec<u8> {
    let written = Written {
        note: take.note.clone(),
        words: take.words.clone(),
        look: (take.rate >= 1_000).then(|| KeptLook::from(&Look::at(&take.samples, take.rate))),
    };
    // Plain values always become JSON; without a note the sound is still worth keeping.
    let note = serde_json::to_vec(&written).unwrap_or_else(|_| b"{}".to_vec());
    let note_size = u32::try_from(note.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = Vec::with_capacity(HEADER_2 + note.len() + take.samples.len() * 2);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&2_u32.to_le_bytes());
    bytes.extend_from_slice(&take.rate.to_le_bytes());
    bytes.extend_from_slice(&note_size);
    bytes.extend_from_slice(&[0; 32]);
    bytes.extend_from_slice(&note);
    bytes.extend(take.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    let hash = hash_of(&[&bytes[12..20], &bytes[HEADER_2..]]);
    bytes[20..HEADER_2].copy_from_slice(&hash);
    bytes
}

/// The take, if the bytes are whole.
pub(super) fn decode(bytes: &[u8]) -> Option<Take> {
    match Header::read(bytes)? {
        Header::One { rate } => {
            let (header, samples) = bytes.split_at_checked(HEADER_1)?;
            (header[16..] == hash_of(&[&header[12..16], samples])).then_some(())?;
            Some(Take {
                rate,
                samples: samples_of(samples)?,
                words: Vec::new(),
                note: Note::default(),
            })
        }
        Header::Two { rate, note_size } => {
            let (header, rest) = bytes.split_at_checked(HEADER_2)?;
            (header[20..] == hash_of(&[&header[12..20], rest])).then_some(())?;
            let (note, samples) = rest.split_at_checked(note_size)?;
            let written: Written = serde_json::from_slice(note).ok()?;
            Some(Take {
                rate,
                samples: samples_of(samples)?,
                words: written.words,
                note: written.note,
            })
        }
    }
}

/// How many samples a second and how many samples, by the header and the size of the whole file.
pub(super) fn length(header: &[u8], size: u64) -> Option<(u32, u64)> {
    let (rate, before) = match Header::read(header)? {
        Header::One { rate } => (rate, HEADER_1),
        Header::Two { rate, note_size } => (rate, HEADER_2 + note_size),
    };
    Some((rate, size.checked_sub(before as u64)? / 2))
}

/// Where the note lies in a file that begins with these bytes; nothing for version 1.
pub(super) fn note_size(header: &[u8]) -> Option<usize> {
    match Header::read(header)? {
        Header::One { .. } => None,
        Header::Two { note_size, .. } => Some(note_size),
    }
}

pub(super) fn note(bytes: &[u8]) -> Option<Note> {
    let written: Written = serde_json::from_slice(bytes).ok()?;
    Some(written.note)
}

/// What can be known without the samples, from the header, the note and the size of the whole file. Whether they are
/// damaged is seen only when all is read.
pub(super) fn known(header: &[u8], note: &[u8], size: u64) -> Option<Known> {
    let (rate, samples) = length(header, size)?;
    let samples = usize::try_from(samples).ok()?;
    let written: Written = serde_json::from_slice(note).ok()?;
    Some(Known {
        rate,
        samples,
        words: written.words,
        look: written.look?.open(rate, samples)?,
    })
}

enum Header {
    One { rate: u32 },
    Two { rate: u32, note_size: usize },
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| -> Option<u32> {
            let four = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(four))
        };
        if !bytes.starts_with(MAGIC) {
            return None;
        }
        let rate = number(12).filter(|&rate| rate > 0)?;
        match number(8)? {
            1 => Some(Self::One { rate }),
            2 => {
                let note_size = usize::try_from(number(16)?).ok()?;
                (note_size <= MAX_NOTE).then_some(Self::Two { rate, note_size })
            }
            _ => None,
        }
    }
}

fn samples_of(bytes: &[u8]) -> Option<Vec<i16>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect())
}

fn hash_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as the first version of Peal wrote it.
    fn version_1(rate: u32, samples: &[i16]) -> Vec<u8> {
        let samples: Vec<u8> = samples.iter().flat_map(|one| one.to_le_bytes()).collect();
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&rate.to_le_bytes());
        bytes.extend_from_slice(&hash_of(&[&rate.to_le_bytes(), &samples]));
        bytes.extend_from_slice(&samples);
        bytes
    }

    #[test]
    fn takes_of_the_first_version_are_still_read() {
        let bytes = version_1(24_000, &[1, -2, 3]);
        let take = decode(&bytes).unwrap();
        assert_eq!((take.rate, take.samples), (24_000, vec![1, -2, 3]));
        assert_eq!(length(&bytes, bytes.len() as u64), Some((24_000, 3)));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn a_take_of_a_later_version_is_not_taken_for_damage_of_this_one() {
        let mut bytes = version_1(24_000, &[1]);
        bytes[8] = 3;
        assert_eq!(decode(&bytes), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_take_or_none(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut led = MAGIC.to_vec();
            led.extend_from_slice(&2_u32.to_le_bytes());
            led.extend_from_slice(&bytes);
            for bytes in [&bytes, &led] {
                proptest::prop_assert_eq!(decode(bytes), None);
                length(bytes, bytes.len() as u64);
            }
        }
    }
}
