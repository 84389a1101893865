//! The first look at every take: where its speech lies, how loud it is, and what gain follows for all of them.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use sound::{Loudness, Outline, TruePeak, Weighting, decibels, outline};

use super::in_order::in_order;
use super::timeline::{Shape, Timeline, timeline};
use super::{AssemblyError, Clip, Finish, Open, OpenError, Part, Settings, samples_of};
use crate::take::TimedWord;

/// How loud a file is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Integrated loudness in LUFS (EBU R 128); `None` for what is silent throughout.
    pub loudness: Option<f64>,
    /// The highest point of the curve, in dBTP.
    pub true_peak: f64,
    /// The level over all of it, pauses included, in dBFS.
    pub rms: f64,
}

/// A gain outside of this is for a sound that is none.
const GAINS: Range<f64> = -40.0..40.0;

/// What is known of a take after the first look.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) rate: u32,
    pub(super) samples: usize,
    pub(super) outline: Outline,
    pub(super) words: Vec<TimedWord>,
    /// No point of its curve is higher: its own highest, or that of a clip of the same part where that is higher.
    pub(super) peak: f32,
    /// The sum of the squares of its speech, in samples of the finished file.
    pub(super) squares: f64,
    /// The same, weighted for the ear.
    pub(super) energy: f64,
}

/// What is known of all.
pub(super) struct Survey {
    /// By the number of the clip.
    pub(super) seen: Vec<Option<Seen>>,
    /// By the number of the part.
    pub(super) timelines: Vec<Timeline>,
    /// By the number of the part: its loudness before the gain.
    pub(super) loudness: Vec<Option<f64>>,
    /// All parts together, before the gain.
    pub(super) whole: Option<f64>,
    /// In decibels.
    pub(super) gain: f64,
}

/// A number of a take's samples as a number of the file's.
pub(super) fn scale(samples: usize, from: u32, to: u32) -> u64 {
    (samples as u128 * u128::from(to) / u128::from(from)) as u64
}

pub(super) fn survey(
    clips: &[Clip],
    open: &Open<'_>,
    parts: &[Part],
    settings: &Settings,
    report: &mut dyn FnMut(usize) -> Result<(), AssemblyError>,
) -> Result<Survey, AssemblyError> {
    let rate = settings.rate;
    let margins = settings.finish.margins();
    let mut survey = Survey {
        seen: vec![None; clips.len()],
        timelines: Vec::new(),
        loudness: Vec::new(),
        whole: None,
        gain: 0.0,
    };
    let meter = TruePeak::new();
    let mut whole = Loudness::new(rate);
    let (mut done, mut begun) = (0, 0_u64);
    for part in parts {
        let mut loudness = Loudness::new(rate);
        // Where the clip that is looked at will stand: as the timeline will say, but for the first one's lead.
        let mut at = samples_of(margins.0, rate);
        // Only the highest point of a part counts; what cannot be higher need not be looked at closely. The bits of
        // positive numbers are in the order of the numbers.
        let highest = AtomicU32::new(0);
        let mut waiting: Option<std::time::Duration> = None;
        in_order(
            part.clips.clone(),
            |clip| look(open, clip, rate, &meter, &highest),
            |clip, looked| {
                done += 1;
                report(done)?;
                let looked = looked.map_err(|source| AssemblyError::Take { clip, source })?;
                let pause = clips[clip].pause_after;
                let Some((seen, energies)) = looked else {
                    waiting = waiting.map(|wait| wait.max(pause));
                    return Ok::<(), AssemblyError>(());
                };
                at += waiting.map_or(0, |wait| {
                    if clips[clip].begins.is_some() {
                        0
                    } else {
                        samples_of(wait, rate)
                    }
                });
                if let Some(asked) = clips[clip].begins {
                    at = at.max(samples_of(asked, rate));
                }
                let hop = (rate / 100) as usize;
                loudness.add(at, &energies, hop);
                whole.add(begun + at, &energies, hop);
                at += scale(seen.outline.speech.len(), seen.rate, rate);
                waiting = Some(pause);
                survey.seen[clip] = Some(seen);
                Ok(())
            },
        )?;
        let shapes: Vec<Option<Shape>> = survey.seen[part.clips.clone()]
            .iter()
            .map(|seen| seen.as_ref().map(|seen| shape(seen, rate)))
            .collect();
        let timeline = timeline(clips, part, &shapes, rate, margins);
        begun += at.max(timeline.length) + u64::from(rate);
        survey.loudness.push(loudness.integrated(timeline.length));
        survey.timelines.push(timeline);
    }
    if survey.timelines.iter().all(|line| line.places.is_empty()) {
        return Err(AssemblyError::Nothing);
    }
    survey.whole = whole.integrated(begun);
    survey.gain = gain(&survey, settings.finish);
    Ok(survey)
}

fn shape(seen: &Seen, rate: u32) -> Shape {
    let speech = &seen.outline.speech;
    Shape {
        before: scale(speech.start, seen.rate, rate),
        speech: scale(speech.len(), seen.rate, rate),
        after: scale(seen.samples - speech.end, seen.rate, rate),
    }
}

type Looked = Option<(Seen, Vec<f32>)>;

fn look(
    open: &Open<'_>,
    clip: usize,
    rate: u32,
    meter: &TruePeak,
    highest: &AtomicU32,
) -> Result<Looked, OpenError> {
    let Some(recording) = open(clip)? else {
        return Ok(None);
    };
    if recording.rate < 1_000 {
        return Err("a recording with an impossible rate".into());
    }
    let Some(outline) = outline(&recording.samples, recording.rate) else {
        return Ok(None);
    };
    let speech: Vec<f32> = recording.samples[outline.speech.clone()]
        .iter()
        .map(|&sample| f32::from(sample) / 32_768.0)
        .collect();
    let stretch = rate as f32 / recording.rate as f32;
    let mut energies = Weighting::new(recording.rate).energies(&speech);
    for energy in &mut energies {
        *energy *= stretch;
    }
    let squares: f64 = speech
        .chunks(1_024)
        .map(|chunk| f64::from(chunk.iter().map(|sample| sample * sample).sum::<f32>()))
        .sum();
    let known = f32::from_bits(highest.load(Ordering::Relaxed));
    let peak = meter.peak(&speech, known);
    highest.fetch_max(peak.to_bits(), Ordering::Relaxed);
    let seen = Seen {
        rate: recording.rate,
        samples: recording.samples.len(),
        outline,
        words: recording.words,
        peak,
        squares: squares * f64::from(stretch),
        energy: energies.iter().map(|&energy| f64::from(energy)).sum(),
    };
    Ok(Some((seen, energies)))
}

fn gain(survey: &Survey, finish: Finish) -> f64 {
    let wanted = |target: f64| survey.whole.map_or(0.0, |loudness| target - loudness);
    let seen = || survey.seen.iter().flatten();
    let gain = match finish {
        Finish::AsSpoken => {
            let peak = seen().map(|seen| seen.peak).fold(0.0, f32::max);
            (finish.ceiling() - decibels(f64::from(peak))).min(0.0)
        }
        Finish::Podcast => wanted(-16.0),
        Finish::Audiobook => wanted(-19.0),
        Finish::Acx => {
            let squares: f64 = seen().map(|seen| seen.squares).sum();
            let length: u64 = survey.timelines.iter().map(|line| line.length).sum();
            -20.5 - rms(squares, length)
        }
    };
    gain.clamp(GAINS.start, GAINS.end)
}

/// The level of so much energy over so many samples.
pub(super) fn rms(squares: f64, samples: u64) -> f64 {
    decibels((squares / samples.max(1) as f64).sqrt())
}
