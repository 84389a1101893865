//! What assembling needs to know of a take's sound: found out once, when the take is in memory anyway.
//!
//! It lies in the take's note, so that a book is laid out and its loudness known before a single sample is read. A note of
//! an earlier version has none; then it is found out from the samples, with the same result but for rounding.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sound::{TruePeak, Weighting, outline, squares};

use super::TimedWord;

/// Counts up when the same samples come to be seen otherwise: what was noted before is then left aside.
const GENERATION: u32 = 1;
/// Energies are noted in steps of a hundredth of a decibel above this level: far finer than any meter shows.
const FLOOR: f32 = -160.0;
const STEPS: f32 = 100.0;

/// Where speech lies in a take and how loud it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// From the first sound of speech to the last, in samples; empty when there is none.
    pub speech: Range<usize>,
    /// Within it: where it is quiet for 60 ms or longer, in samples.
    pub pauses: Vec<Range<usize>>,
    /// The highest point of its curve; full scale is 1.
    pub peak: f32,
    /// The sum of the squares of its speech; full scale is 1.
    pub squares: f64,
    /// The same, weighted for the ear, for every hop of a hundredth of a second.
    pub energies: Vec<f32>,
}

impl Look {
    /// Looks at samples; `rate` a second, at least 1,000.
    #[must_use]
    pub fn at(samples: &[i16], rate: u32) -> Self {
        let Some(outline) = outline(samples, rate) else {
            return Self {
                speech: 0..0,
                pauses: Vec::new(),
                peak: 0.0,
                squares: 0.0,
                energies: Vec::new(),
            };
        };
        let speech: Vec<f32> = samples[outline.speech.clone()]
            .iter()
            .map(|&sample| f32::from(sample) / 32_768.0)
            .collect();
        Self {
            squares: squares(&speech),
            peak: TruePeak::new().peak(&speech, 0.0),
            energies: Weighting::new(rate).energies(&speech),
            speech: outline.speech,
            pauses: outline.pauses,
        }
    }
}

/// What can be known of a take without reading its samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Samples a second.
    pub rate: u32,
    /// How many there are.
    pub samples: usize,
    /// When each word is heard.
    pub words: Vec<TimedWord>,
    /// Its sound.
    pub look: Look,
}

/// A [`Look`] as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct KeptLook {
    generation: u32,
    speech: (usize, usize),
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pauses: Vec<(usize, usize)>,
    peak: f32,
    squares: f64,
    /// In base64, two bytes each, least byte first.
    #[serde(skip_serializing_if = "String::is_empty")]
    energies: String,
}

impl From<&Look> for KeptLook {
    fn from(look: &Look) -> Self {
        let step = |energy: &f32| {
            let level = (10.0 * energy.log10() - FLOOR) * STEPS;
            // Nothing at all is as far down as can be written.
            (level.max(0.0).round() as u16).to_le_bytes()
        };
        let energies: Vec<u8> = look.energies.iter().flat_map(step).collect();
        Self {
            generation: GENERATION,
            speech: (look.speech.start, look.speech.end),
            pauses: look.pauses.iter().map(|one| (one.start, one.end)).collect(),
            peak: look.peak,
            squares: look.squares,
            energies: STANDARD.encode(energies),
        }
    }
}

impl KeptLook {
    /// The look, if it is of this version and fits a take of so many samples.
    pub(super) fn open(&self, rate: u32, samples: usize) -> Option<Look> {
        let speech = self.speech.0..self.speech.1;
        let is_within = |range: &Range<usize>, all: &Range<usize>| {
            range.start <= range.end && all.start <= range.start && range.end <= all.end
        };
        let pauses: Vec<Range<usize>> = self.pauses.iter().map(|one| one.0..one.1).collect();
        let bytes = STANDARD.decode(&self.energies).ok()?;
        let (steps, rest) = bytes.as_chunks::<2>();
        let is_sound = self.generation == GENERATION
            && rate >= 1_000
            && is_within(&speech, &(0..samples))
            && pauses.iter().all(|pause| is_within(pause, &speech))
            && rest.is_empty()
            && steps.len() == speech.len().div_ceil(Weighting::new(rate).hop())
            && self.peak.is_finite()
            && self.squares.is_finite();
        let energy = |&step: &[u8; 2]| match u16::from_le_bytes(step) {
            0 => 0.0,
            step => 10.0_f32.powf((f32::from(step) / STEPS + FLOOR) / 10.0),
        };
        is_sound.then(|| Look {
            energies: steps.iter().map(energy).collect(),
            peak: self.peak,
            squares: self.squares,
            speech,
            pauses,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(samples: usize) -> Vec<i16> {
        let wave = |n: usize| {
            let time = n as f32 / 24_000.0;
            let swell = (time * 7.0).sin().max(0.0);
            (swell * 9_000.0 * (time * 900.0).sin()) as i16
        };
        (0..samples).map(wave).collect()
    }

    #[test]
    fn what_is_written_of_a_look_is_the_look_to_a_two_hundredth_of_a_decibel() {
        let samples = sound(60_000);
        let look = Look::at(&samples, 24_000);
        assert!(!look.speech.is_empty());
        let read = KeptLook::from(&look).open(24_000, samples.len()).unwrap();
        assert_eq!((&read.speech, &read.pauses), (&look.speech, &look.pauses));
        assert_eq!((read.peak, read.squares), (look.peak, look.squares));
        for (read, seen) in read.energies.iter().zip(&look.energies) {
            let off = 10.0 * (read.max(1e-16) / seen.max(1e-16)).log10();
            assert!(off.abs() < 0.006, "{read} for {seen}");
        }
    }

    #[test]
    fn a_look_that_does_not_fit_its_take_is_left_aside() {
        let samples = sound(60_000);
        let look = Look::at(&samples, 24_000);
        let kept = || KeptLook::from(&look);
        assert!(kept().open(24_000, look.speech.end - 1).is_none());
        assert!(kept().open(44_100, samples.len()).is_none(), "other hops");
        let later = KeptLook {
            generation: GENERATION + 1,
            ..kept()
        };
        assert!(later.open(24_000, samples.len()).is_none());
        let silent = KeptLook::from(&Look::at(&[0; 9_000], 24_000));
        assert!(silent.open(24_000, 9_000).unwrap().speech.is_empty());
    }
}
