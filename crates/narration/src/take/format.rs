//! The bytes of a take file.
//!
//! ```text
//! version 1   PEALTAKE  1  rate                    hash      samples
//! version 2   PEALTAKE  2  rate  note size         hash      note  samples
//! version 3   PEALTAKE  3  rate  note size  count  checksum  note  samples
//! ```
//!
//! Numbers are 32 bit, little-endian; the hash is SHA-256 and the checksum CRC-32, over all that is not magic, version or
//! itself; the note is JSON ([`Note`], with the words and the [`Look`]); samples are 16 bit, mono,
//! and the count is theirs: a file that was cut off shows it by its size. Version 3 is written:
//! damage is to be noticed, nobody is to be kept out, and a book is read several times as fast. The others are read for
//! good: an update is no reason to buy anything again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::look::{KeptLook, Known, Look};
use super::{Note, Take, TimedWord};

const MAGIC: &[u8; 8] = b"PEALTAKE";
/// A note holds the words of one utterance; a larger one is damage.
const MAX_NOTE: usize = 4_000_000;

/// What is read first of a file: enough to know what lies where.
pub(super) const HEADER: usize = 28;

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
    let count = u32::try_from(take.samples.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + note.len() + take.samples.len() * 2);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&3_u32.to_le_bytes());
    bytes.extend_from_slice(&take.rate.to_le_bytes());
    bytes.extend_from_slice(&note_size);
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&note);
    bytes.extend(take.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    let checksum = checksum_of(&[&bytes[12..24], &bytes[HEADER..]]);
    bytes[24..HEADER].copy_from_slice(&checksum);
    bytes
}

/// The take, if the bytes are whole.
pub(super) fn decode(bytes: &[u8]) -> Option<Take> {
    let header = Header::read(bytes)?;
    let (before, rest) = bytes.split_at_checked(header.size())?;
    let (numbers, sealed) = before[12..].split_at_checked(header.numbers())?;
    let is_whole = match header.version {
        Version::Three => sealed == checksum_of(&[numbers, rest]),
        Version::One | Version::Two => sealed == hash_of(&[numbers, rest]),
    };
    is_whole.then_some(())?;
    let (note, samples) = rest.split_at_checked(header.note_size)?;
    let written: Option<Written> = match header.version {
        Version::One => None,
        Version::Two | Version::Three => Some(serde_json::from_slice(note).ok()?),
    };
    let (words, note) = written.map_or_else(Default::default, |one| (one.words, one.note));
    Some(Take {
        rate: header.rate,
        samples: samples_of(samples)?,
        words,
        note,
    })
}

/// How many samples a second and how many samples, by the header and the size of the whole file; nothing for one that was
/// cut off, where that shows.
pub(super) fn length(header: &[u8], size: u64) -> Option<(u32, u64)> {
    let header = Header::read(header)?;
    let before = header.size() + header.note_size;
    let samples = size.checked_sub(before as u64)? / 2;
    let is_whole = header.count.is_none_or(|count| count == samples);
    is_whole.then_some((header.rate, samples))
}

/// Where the note begins in a file that begins with these bytes, and how long it is; nothing for version 1.
pub(super) fn note_place(header: &[u8]) -> Option<(u64, usize)> {
    let header = Header::read(header)?;
    (header.version != Version::One).then_some((header.size() as u64, header.note_size))
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

#[derive(Clone, Copy, PartialEq)]
enum Version {
    One,
    Two,
    Three,
}

struct Header {
    version: Version,
    rate: u32,
    /// In version 1 nothing.
    note_size: usize,
    /// How many samples there are; version 3 says it.
    count: Option<u64>,
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
        let version = match number(8)? {
            1 => Version::One,
            2 => Version::Two,
            3 => Version::Three,
            _ => return None,
        };
        let note_size = match version {
            Version::One => 0,
            Version::Two | Version::Three => usize::try_from(number(16)?).ok()?,
        };
        let count = match version {
            Version::One | Version::Two => None,
            Version::Three => Some(number(20)?.into()),
        };
        (note_size <= MAX_NOTE).then_some(Self {
            version,
            rate,
            note_size,
            count,
        })
    }

    /// Bytes of the numbers between the version and what seals them.
    fn numbers(&self) -> usize {
        match self.version {
            Version::One => 4,
            Version::Two => 8,
            Version::Three => 12,
        }
    }

    /// Bytes before the note.
    fn size(&self) -> usize {
        let seal = if self.version == Version::Three {
            4
        } else {
            32
        };
        12 + self.numbers() + seal
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

fn checksum_of(parts: &[&[u8]]) -> [u8; 4] {
    let mut checksum = crc32fast::Hasher::new();
    for part in parts {
        checksum.update(part);
    }
    checksum.finalize().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as Peal wrote it before it knew checksums.
    fn version_2(take: &Take) -> Vec<u8> {
        let newest = encode(take);
        let mut bytes = newest[..20].to_vec();
        bytes[8] = 2;
        let hash = hash_of(&[&newest[12..20], &newest[HEADER..]]);
        bytes.extend_from_slice(&hash);
        bytes.extend_from_slice(&newest[HEADER..]);
        bytes
    }

    fn spoken() -> Take {
        let samples = (0..4_000).map(|n| ((n * n) % 9_000) as i16 - 4_500);
        Take {
            rate: 24_000,
            samples: samples.collect(),
            words: vec![TimedWord {
                word: "Hello.".to_owned(),
                start: 0.02,
                end: 0.15,
            }],
            note: Note {
                voice: "lightning_v3.1_pro/sophie".to_owned(),
                characters: 6,
                ..Note::default()
            },
        }
    }

    #[test]
    fn a_take_of_the_second_version_is_as_good_as_a_new_one() {
        let take = spoken();
        let (old, new) = (version_2(&take), encode(&take));
        assert_eq!(decode(&old), Some(take.clone()));
        assert_eq!(decode(&new), Some(take));
        let seen = |bytes: &[u8]| {
            let (begin, size) = note_place(bytes)?;
            let begin = usize::try_from(begin).ok()?;
            known(bytes, &bytes[begin..begin + size], bytes.len() as u64)
        };
        assert_eq!(seen(&old), seen(&new));
        assert!(seen(&new).is_some());
        for at in 0..old.len() {
            let mut damaged = old.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), None, "byte {at}");
        }
    }

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
        bytes[8] = 4;
        assert_eq!(decode(&bytes), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_take_or_none(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let led = [1_u32, 2, 3].map(|version| [MAGIC, &version.to_le_bytes()[..], &bytes].concat());
            for bytes in led.iter().chain([&bytes]) {
                proptest::prop_assert_eq!(decode(bytes), None);
                length(bytes, bytes.len() as u64);
            }
        }
    }
}
