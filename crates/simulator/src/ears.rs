//! Recognises what the simulator said itself, by its outline: where it is silent and how fast it swings elsewhere. That survives another
//! rate, another loudness, G.711, MP3, silence cut off at the ends, and several recordings joined to one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use crate::speech::Word;

/// Recordings that are remembered; the oldest go first.
const REMEMBERED: usize = 512;
/// From one look to the next, and how much is looked at, in seconds.
const HOP: f64 = 0.02;
const LOOK: f64 = 0.04;
/// Of the loudest look; what is quieter counts as silent.
const SILENT: f32 = 0.02;
/// Two outlines are the same recording if they differ by no more, 0–1, on average.
const SAME: f32 = 0.22;
/// A difference of so many octaves is as good as any.
const FAR: f32 = 0.3;
/// Sounds with fewer looks than this are too short to be recognised.
const FEWEST: usize = 4;
/// Longer recordings are not compared, in looks: 40 minutes.
const MOST: usize = 120_000;

/// What is heard in one look.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    Silent,
    /// The logarithm of its swings a second, to base 2.
    Sound(f32),
}

impl Look {
    /// 0–1.
    fn distance(self, other: Look) -> f32 {
        match (self, other) {
            (Look::Silent, Look::Silent) => 0.0,
            (Look::Sound(one), Look::Sound(two)) => ((one - two).abs() / FAR).min(1.0),
            _ => 1.0,
        }
    }
}

/// Makes an outline while the samples come.
#[derive(Debug)]
pub(crate) struct Sketch {
    rate: f64,
    /// Samples that a look to come needs; the first has the number `first`.
    rest: Vec<f32>,
    first: usize,
    /// Loudness and swings of each look.
    looks: Vec<(f32, f32)>,
    samples: usize,
    /// Of all samples: recognises a recording that is given back as it is, whatever it holds.
    hash: u64,
}

impl Sketch {
    pub(crate) fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate),
            rest: Vec::new(),
            first: 0,
            looks: Vec::new(),
            samples: 0,
            hash: 0xcbf2_9ce4_8422_2325,
        }
    }

    pub(crate) fn add(&mut self, samples: &[i16]) {
        self.samples += samples.len();
        for sample in samples {
            self.hash =
                (self.hash ^ u64::from(sample.cast_unsigned())).wrapping_mul(0x0100_0000_01b3);
            self.rest.push(f32::from(*sample));
        }
        let length = (LOOK * self.rate) as usize;
        loop {
            let begin = (self.looks.len() as f64 * HOP * self.rate) as usize;
            let Some(window) = self
                .rest
                .get(begin - self.first..begin - self.first + length)
            else {
                self.rest.drain(..(begin - self.first).min(self.rest.len()));
                self.first = begin.min(self.first + self.samples);
                return;
            };
            self.looks.push(look(window, self.rate as f32));
        }
    }

    fn seconds(&self) -> f64 {
        self.samples as f64 / self.rate
    }

    fn outline(&self) -> Vec<Look> {
        let loudest = self
            .looks
            .iter()
            .map(|(loudness, _)| *loudness)
            .fold(0.0, f32::max);
        self.looks
            .iter()
            .map(|(loudness, swings)| {
                if *loudness < loudest * SILENT || *swings <= 0.0 {
                    Look::Silent
                } else {
                    Look::Sound(swings.log2())
                }
            })
            .collect()
    }
}

/// Loudness, and how often a second it swings from clearly below zero to clearly above: measured between the first and the last time it
/// does. What noise does around zero does not count.
fn look(window: &[f32], rate: f32) -> (f32, f32) {
    let power: f32 = window.iter().map(|sample| sample * sample).sum();
    let loudness = (power / window.len().max(1) as f32).sqrt();
    let clearly = window
        .iter()
        .fold(0.0f32, |peak, sample| peak.max(sample.abs()))
        * 0.15;
    let (mut below, mut crossed) = (false, None);
    let (mut count, mut first, mut last) = (0, 0.0, 0.0);
    let mut before = 0.0;
    for (index, sample) in window.iter().enumerate() {
        if *sample < -clearly {
            below = true;
        }
        if before < 0.0 && *sample >= 0.0 {
            crossed = Some(index as f32 - sample / (sample - before));
        }
        if below
            && *sample > clearly
            && let Some(place) = crossed
        {
            below = false;
            if count == 0 {
                first = place;
            }
            count += 1;
            last = place;
        }
        before = *sample;
    }
    let swings = if count > 1 && last > first {
        (count - 1) as f32 * rate / (last - first)
    } else {
        0.0
    };
    (loudness, swings)
}

/// A recording that was made here.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) text: String,
    pub(crate) voice_id: String,
    /// In the recording's own time.
    pub(crate) words: Vec<Word>,
    pub(crate) seconds: f64,
    /// Hertz.
    pub(crate) rate: u32,
    /// The outline without the silence at its ends, and how many looks of it are gone at the beginning.
    outline: Vec<Look>,
    skipped: usize,
    hash: u64,
}

/// Where a recording was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) recording: Arc<Recording>,
    /// Where it begins, in seconds; a little below zero if its silence was cut off.
    pub(crate) start: f64,
}

/// All recordings that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Ears(Mutex<VecDeque<Arc<Recording>>>);

impl Ears {
    pub(crate) fn remember(&self, text: &str, voice_id: &str, words: Vec<Word>, sketch: &Sketch) {
        let whole = sketch.outline();
        let sounds = |look: &Look| *look != Look::Silent;
        // A look at the edge sees half of the silence that may be missing next time.
        let first = whole.iter().position(sounds).map_or(0, |at| at + 1);
        let last = whole.iter().rposition(sounds).unwrap_or(0);
        let recording = Recording {
            text: text.to_owned(),
            voice_id: voice_id.to_owned(),
            words,
            seconds: sketch.seconds(),
            rate: sketch.rate as u32,
            outline: whole.get(first..last).unwrap_or_default().to_vec(),
            skipped: first,
            hash: sketch.hash,
        };
        let mut recordings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Saying the same again is no news.
        recordings.retain(|known| known.hash != recording.hash || known.text != recording.text);
        recordings.push_back(Arc::new(recording));
        if recordings.len() > REMEMBERED {
            recordings.pop_front();
        }
    }

    fn known(&self) -> Vec<Arc<Recording>> {
        let recordings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recordings.iter().rev().cloned().collect()
    }

    /// The recording that consists of exactly these samples.
    pub(crate) fn exact(&self, samples: &[i16]) -> Option<Found> {
        let mut sketch = Sketch::new(1);
        for sample in samples {
            sketch.hash =
                (sketch.hash ^ u64::from(sample.cast_unsigned())).wrapping_mul(0x0100_0000_01b3);
        }
        let known = self.known();
        let recording = known.into_iter().find(|known| known.hash == sketch.hash)?;
        Some(Found {
            recording,
            start: 0.0,
        })
    }

    /// All recordings in this sound, in order. It takes its time: not on a thread that must not block.
    pub(crate) fn find(&self, sketch: &Sketch) -> Vec<Found> {
        let heard = sketch.outline();
        if heard.len() > MOST {
            return Vec::new();
        }
        let mut known = self.known();
        // A long recording before the short ones that sound like a part of it.
        known.sort_by_key(|recording| std::cmp::Reverse(recording.outline.len()));
        let mut taken = vec![false; heard.len()];
        let mut found = Vec::new();
        for recording in known {
            for start in places(&recording.outline, &heard, &mut taken) {
                found.push(Found {
                    start: (start as f64 - recording.skipped as f64) * HOP,
                    recording: Arc::clone(&recording),
                });
            }
        }
        found.sort_by(|one, two| one.start.total_cmp(&two.start));
        found
    }
}

/// Where this outline occurs in what was heard and nothing else was found yet; those places are taken then.
fn places(outline: &[Look], heard: &[Look], taken: &mut [bool]) -> Vec<usize> {
    if outline.len() < FEWEST {
        return Vec::new();
    }
    let mut candidates: Vec<(f32, usize)> = heard
        .windows(outline.len())
        .enumerate()
        .filter_map(|(start, window)| {
            // A few looks rule most places out.
            let step = outline.len().div_ceil(12);
            let probe = mean(outline.iter().zip(window).step_by(step));
            if probe > 2.0 * SAME {
                return None;
            }
            let distance = mean(outline.iter().zip(window));
            (distance <= SAME).then_some((distance, start))
        })
        .collect();
    candidates.sort_by(|one, two| one.0.total_cmp(&two.0));
    let mut starts = Vec::new();
    for (_, start) in candidates {
        let Some(place) = taken.get_mut(start..start + outline.len()) else {
            continue;
        };
        if !place.iter().any(|taken| *taken) {
            place.fill(true);
            starts.push(start);
        }
    }
    starts
}

fn mean<'a>(pairs: impl Iterator<Item = (&'a Look, &'a Look)>) -> f32 {
    let (mut sum, mut count) = (0.0, 0);
    for (one, two) in pairs {
        sum += one.distance(*two);
        count += 1;
    }
    sum / count.max(1) as f32
}
