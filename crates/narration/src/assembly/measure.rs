//! What is known of every take: where its speech lies, how loud it is, and what gain follows for all of them.

use std::ops::Range;

use sound::{Loudness, decibels};

use super::in_order::in_order;
use super::timeline::{Shape, Timeline, timeline};
use super::{AssemblyError, Clip, Finish, OpenError, Part, Settings, Source, Way, samples_of};
use crate::take::{Known, Look, TimedWord};

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

/// What is known of a take, without its energies.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) rate: u32,
    pub(super) samples: usize,
    pub(super) speech: Range<usize>,
    pub(super) pauses: Vec<Range<usize>>,
    pub(super) words: Vec<TimedWord>,
    /// The highest point of its curve.
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
    source: Source<'_>,
    parts: &[Part],
    settings: &Settings,
    way: &mut Way<'_>,
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
    let mut whole = Loudness::new(rate);
    let (mut begun, mut ended) = (0_u64, 0);
    for part in parts {
        let mut loudness = Loudness::new(rate);
        // Where the clip that is looked at will stand: as the timeline will say, but for the first one's lead.
        let mut at = samples_of(margins.0, rate);
        let mut waiting: Option<std::time::Duration> = None;
        in_order(
            part.clips.clone(),
            |clip| look(source, clip),
            |clip, looked| {
                way.progress.surveyed += 1;
                way.tell()?;
                let looked = looked.map_err(|source| AssemblyError::Take { clip, source })?;
                let pause = clips[clip].pause_after;
                let Some(known) = looked else {
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
                let (seen, energies) = seen(known, rate);
                let hop = (rate / 100) as usize;
                loudness.add(at, &energies, hop);
                whole.add(begun + at, &energies, hop);
                at += scale(seen.speech.len(), seen.rate, rate);
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
        ended = begun + timeline.length;
        begun += at.max(timeline.length) + u64::from(rate);
        survey.loudness.push(loudness.integrated(timeline.length));
        survey.timelines.push(timeline);
    }
    if survey.timelines.iter().all(|line| line.places.is_empty()) {
        return Err(AssemblyError::Nothing);
    }
    survey.whole = whole.integrated(ended);
    survey.gain = gain(&survey, settings.finish);
    Ok(survey)
}

/// What is known of a take, and its energies, in samples of the finished file.
fn seen(known: Known, rate: u32) -> (Seen, Vec<f32>) {
    let look = known.look;
    let stretch = rate as f32 / known.rate as f32;
    let mut energies = look.energies;
    for energy in &mut energies {
        *energy *= stretch;
    }
    let seen = Seen {
        rate: known.rate,
        samples: known.samples,
        speech: look.speech,
        pauses: look.pauses,
        words: known.words,
        peak: look.peak,
        squares: look.squares * f64::from(stretch),
        energy: energies.iter().map(|&energy| f64::from(energy)).sum(),
    };
    (seen, energies)
}

fn shape(seen: &Seen, rate: u32) -> Shape {
    let speech = &seen.speech;
    Shape {
        before: scale(speech.start, seen.rate, rate),
        speech: scale(speech.len(), seen.rate, rate),
        after: scale(seen.samples - speech.end, seen.rate, rate),
    }
}

fn look(source: Source<'_>, clip: usize) -> Result<Option<Known>, OpenError> {
    let known = match (source.noted)(clip) {
        Some(known) => known,
        None => {
            let Some(recording) = (source.open)(clip)? else {
                return Ok(None);
            };
            if recording.rate < 1_000 {
                return Err("a recording with an impossible rate".into());
            }
            Known {
                look: Look::at(&recording.samples, recording.rate),
                rate: recording.rate,
                samples: recording.samples.len(),
                words: recording.words,
            }
        }
    };
    Ok((!known.look.speech.is_empty()).then_some(known))
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
