//! Takes: what was paid for, kept on disk under a fingerprint of all that decides its sound.
//!
//! What it is: a folder of audio that makes sure no sentence is bought twice, not after a crash, not after an edit, not
//! when it is saved after it was heard. What it is not: a cache for what costs nothing; the built-in voice speaks anew.
//!
//! Invariants: a take counts only when it is whole on disk and its hash agrees; a damaged one is removed and bought
//! again, never played. The fingerprint holds no key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::durable::{self, WriteError};
use crate::synthesis::{Utterance, VoiceRef};

const MAGIC: &[u8; 8] = b"PEALTAKE";
const VERSION: u32 = 1;
/// Magic, version, rate, hash of the samples.
const HEADER: usize = 8 + 4 + 4 + 32;
/// No utterance is longer: 8,000 characters at half speed stay under 30 minutes.
const MAX_BYTES: u64 = 200_000_000;

/// A hash of all that decides how an utterance sounds: service, model, voice, language, speed, rate and words.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.to_hex()[..12])
    }
}

impl Fingerprint {
    /// The fingerprint of an utterance as the service at `origin` speaks it; `None` for the built-in voice, whose
    /// speech is free and made anew.
    pub fn of(utterance: &Utterance, origin: &waves::Origin) -> Option<Self> {
        let VoiceRef::Cloud { model, id } = &utterance.delivery.voice else {
            return None;
        };
        let mut hash = Sha256::new();
        // Each part is led by its length, so that no two different utterances are the same run of bytes.
        for part in [
            "take 1",
            &origin.to_string(),
            model.wire_name(),
            id.as_str(),
            utterance.delivery.language.code(),
            &format!("{:.3}", utterance.delivery.speed.factor()),
            &utterance.delivery.rate.hz().to_string(),
            &utterance.text,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Some(Self(hash.finalize().into()))
    }

    fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// One recorded utterance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// Samples a second.
    pub rate: u32,
    /// Mono.
    pub samples: Vec<i16>,
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

    /// Whether a take is there, by its name alone: cheap enough to ask for every sentence of a book.
    pub fn has(&self, fingerprint: Fingerprint) -> bool {
        self.path_of(fingerprint).is_file()
    }

    /// The take with this fingerprint, if it is there and undamaged. A damaged one is removed.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Take> {
        let path = self.path_of(fingerprint);
        let size = fs::metadata(&path).ok()?.len();
        let take = if size <= MAX_BYTES {
            decode(&fs::read(&path).ok()?)
        } else {
            None
        };
        if take.is_none() {
            tracing::warn!(take = ?fingerprint, "A damaged take was removed.");
            // Left in place it would only be found damaged again.
            let _ = fs::remove_file(&path);
        }
        take
    }

    /// Keeps a take. When this returns, it is on the disk.
    ///
    /// # Errors
    /// When the folder cannot be made or written. Nothing is left half-written.
    pub fn keep(&self, fingerprint: Fingerprint, take: &Take) -> Result<(), WriteError> {
        let path = self.path_of(fingerprint);
        let folder = path.parent().unwrap_or(&self.folder);
        make_private_folder(folder).map_err(|error| WriteError::new(folder, error))?;
        durable::write_atomically(&path, &encode(take))
    }

    /// `ab/abcdef….take`: two levels, so that no folder grows past what file managers bear.
    fn path_of(&self, fingerprint: Fingerprint) -> PathBuf {
        let name = fingerprint.to_hex();
        self.folder.join(&name[..2]).join(format!("{name}.take"))
    }
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn encode(take: &Take) -> Vec<u8> {
    let samples: Vec<u8> = take
        .samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    let mut bytes = Vec::with_capacity(HEADER + samples.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&take.rate.to_le_bytes());
    bytes.extend_from_slice(&hash_of(take.rate, &samples));
    bytes.extend_from_slice(&samples);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Take> {
    let (header, samples) = bytes.split_at_checked(HEADER)?;
    let number = |at: usize| {
        header
            .get(at..at + 4)?
            .try_into()
            .ok()
            .map(u32::from_le_bytes)
    };
    let rate = number(12)?;
    let whole = header.starts_with(MAGIC)
        && number(8)? == VERSION
        && header[16..] == hash_of(rate, samples)
        && rate > 0;
    let (pairs, rest) = samples.as_chunks::<2>();
    (whole && rest.is_empty()).then(|| Take {
        rate,
        samples: pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect(),
    })
}

fn hash_of(rate: u32, samples: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(rate.to_le_bytes())
        .chain_update(samples)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::Delivery;

    fn utterance(text: &str, voice: &str, speed: f64) -> Utterance {
        let delivery = Delivery {
            voice: voice.parse().unwrap(),
            speed: waves::Speed::try_from(speed).unwrap(),
            language: "en".parse().unwrap(),
            rate: waves::SampleRate::Hz24000,
        };
        Utterance {
            text: text.to_owned(),
            delivery,
        }
    }

    fn fingerprint(text: &str, voice: &str, speed: f64) -> Fingerprint {
        Fingerprint::of(&utterance(text, voice, speed), &waves::Origin::default()).unwrap()
    }

    const PRO: &str = "lightning_v3.1_pro/sophie";

    #[test]
    fn everything_that_changes_the_sound_changes_the_fingerprint() {
        let base = fingerprint("Hello.", PRO, 1.0);
        assert_eq!(base, fingerprint("Hello.", PRO, 1.0));
        assert_ne!(base, fingerprint("Hello!", PRO, 1.0));
        assert_ne!(base, fingerprint("Hello.", "lightning_v3.1/sophie", 1.0));
        assert_ne!(base, fingerprint("Hello.", PRO, 1.1));
        let elsewhere: waves::Origin = "http://127.0.0.1:9".parse().unwrap();
        assert_ne!(
            Some(base),
            Fingerprint::of(&utterance("Hello.", PRO, 1.0), &elsewhere)
        );
        assert_eq!(
            Fingerprint::of(
                &utterance("Hello.", builtin_voice::presets()[0].id, 1.0),
                &elsewhere
            ),
            None
        );
    }

    #[test]
    fn a_kept_take_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path().join("takes"));
        let take = Take {
            rate: 24_000,
            samples: vec![0, 1, -1, i16::MAX, i16::MIN],
        };
        let name = fingerprint("Hello.", PRO, 1.0);
        assert_eq!(takes.get(name), None);
        takes.keep(name, &take).unwrap();
        assert!(takes.has(name));
        assert_eq!(takes.get(name), Some(take));
    }

    #[test]
    fn a_take_damaged_anywhere_is_not_played_but_removed() {
        let folder = tempfile::tempdir().unwrap();
        let takes = Takes::in_folder(folder.path().to_owned());
        let name = fingerprint("Hello.", PRO, 1.0);
        let whole = encode(&Take {
            rate: 24_000,
            samples: vec![5; 40],
        });
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            takes
                .keep(
                    name,
                    &Take {
                        rate: 1,
                        samples: vec![],
                    },
                )
                .unwrap();
            fs::write(takes.path_of(name), &bytes).unwrap();
            assert_eq!(takes.get(name), None, "byte {at}");
            assert!(!takes.has(name));
        }
        for length in [0, 7, HEADER - 1, whole.len() - 1] {
            assert_eq!(decode(&whole[..length]), None, "cut to {length}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let takes = Takes::in_folder(file.join("takes"));
        assert!(
            takes
                .keep(
                    fingerprint("Hello.", PRO, 1.0),
                    &Take {
                        rate: 1,
                        samples: vec![]
                    }
                )
                .is_err()
        );
    }
}
