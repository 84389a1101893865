//! The second look at every take: what is kept of it is brought to the file's rate and loudness, and written.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom};
use std::time::Duration;

use sound::{Resampler, TruePeak, decibels, gain_of, limit, squares};

use super::in_order::in_order;
use super::measure::{Measured, Seen, Survey, rms, scale};
use super::timeline::{Place, Timeline};
use super::{
    Assembled, AssemblyError, Clip, Finish, Finished, Heard, Open, OpenError, Part, Recording,
    Settings, Way, time_of,
};
use crate::durable::{EarlyFlush, NewFile, WriteError};
use crate::encode::{Block, Encoder, Form, Mark, Tags};
use crate::take::TimedWord;

/// How long a take comes in and goes out, in hundreds of microseconds: nobody hears it, and no click is left.
const RAMP: u32 = 50;
/// The same where the speech itself must bear it.
const SHORT_RAMP: u32 = 30;

/// A clip ready for its file.
struct Ready {
    block: Block,
    peak: f32,
    squares: f64,
    /// What limiting took off the energy that was surveyed, before the gain. Loud vowels lose it, for which the ear's
    /// weighting changes little.
    lost: f64,
}

/// What a part amounts to.
#[derive(Clone, Copy, Default)]
struct Sum {
    peak: f32,
    squares: f64,
    energy: f64,
    lost: f64,
    length: u64,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.peak = self.peak.max(other.peak);
        self.squares += other.squares;
        self.energy += other.energy;
        self.lost += other.lost;
        self.length += other.length;
    }

    /// Loudness follows the energy that is left, to well within a tenth of a unit: limiting touches few blocks.
    fn measured(self, before: Option<f64>, gain: f64) -> Measured {
        let left = (1.0 - self.lost / self.energy.max(1e-30)).max(1e-3);
        Measured {
            loudness: before.map(|loudness| loudness + gain + 10.0 * left.log10()),
            true_peak: decibels(f64::from(self.peak)),
            rms: rms(self.squares, self.length),
        }
    }
}

pub(super) fn write(
    clips: &[Clip],
    open: &Open<'_>,
    parts: &[Part],
    settings: &Settings,
    survey: Survey,
    way: &mut Way<'_>,
) -> Result<Assembled, AssemblyError> {
    let meter = TruePeak::new();
    // What is not heard is not written either.
    let heard = survey.timelines.iter().map(|line| line.places.len()).sum();
    way.progress.total = heard;
    way.progress.surveyed = heard;
    let (mut files, mut heard, mut all) = (Vec::new(), Vec::new(), Sum::default());
    for (number, part) in parts.iter().enumerate() {
        let line = &survey.timelines[number];
        if line.places.is_empty() {
            continue;
        }
        let failed = |error: io::Error| WriteError::new(&part.path, error);
        let form = Form {
            format: settings.format,
            rate: settings.rate,
            depth: settings.depth,
            total: line.length,
            constant: settings.finish == Finish::Acx,
        };
        let tags = Tags {
            chapters: chapters(clips, line, settings),
            ..part.tags.clone()
        };
        let file = NewFile::create(&part.path)?;
        let mut flush = EarlyFlush::of(&file);
        let mut buffered = BufWriter::with_capacity(1 << 18, file);
        let mut encoder = Encoder::new(&mut buffered, form, &tags).map_err(failed)?;
        let mut sum = Sum {
            length: line.length,
            ..Sum::default()
        };
        in_order(
            0..line.places.len(),
            |index| make(open, &line.places[index], &survey, settings, form, &meter),
            |index, made| {
                let place = &line.places[index];
                let ready = made.map_err(|source| AssemblyError::Take {
                    clip: place.clip,
                    source,
                })?;
                let silence = place.kept().start - encoder.samples();
                encoder.silence(silence).map_err(failed)?;
                encoder.write(&ready.block).map_err(failed)?;
                flush.wrote(ready.block.bytes());
                let seen = survey.seen[place.clip].as_ref();
                sum.add(Sum {
                    peak: ready.peak,
                    squares: ready.squares,
                    energy: seen.map_or(0.0, |seen| seen.energy),
                    lost: ready.lost,
                    length: 0,
                });
                heard.extend(seen.map(|seen| hear(seen, place, number, settings.rate)));
                way.progress.written += 1;
                way.tell()
            },
        )?;
        let silence = line.length - encoder.samples();
        encoder.silence(silence).map_err(failed)?;
        let written = encoder.finish().map_err(failed)?;
        let file = buffered
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        let mut checked = Checked::new(file.reopen().map_err(failed)?, line.places.len(), way);
        let found = written.compare(&mut checked, form);
        checked.end()?;
        if let Some(reason) = found.unwrap_or_else(|error| Some(error.to_string())) {
            return Err(AssemblyError::Damaged {
                path: part.path.clone(),
                reason,
            });
        }
        if !settings.overwrite && part.path.exists() {
            return Err(AssemblyError::Exists(part.path.clone()));
        }
        drop(flush);
        file.commit()?;
        all.add(sum);
        files.push(Finished {
            part: number,
            path: part.path.clone(),
            length: time_of(line.length, settings.rate),
            measured: sum.measured(survey.loudness[number], survey.gain),
        });
    }
    Ok(Assembled {
        files,
        heard,
        measured: all.measured(survey.whole, survey.gain),
        gain: survey.gain,
    })
}

/// A finished file as it is read back: says how far that is, and ends when nobody waits for it any more.
struct Checked<'a, 'b> {
    file: File,
    size: u64,
    at: u64,
    told: u64,
    /// Clips of the file, and those that were checked before it.
    clips: usize,
    before: f64,
    way: &'a mut Way<'b>,
    unwanted: Option<AssemblyError>,
}

impl<'a, 'b> Checked<'a, 'b> {
    fn new(file: File, clips: usize, way: &'a mut Way<'b>) -> Self {
        Self {
            size: file.metadata().map_or(0, |metadata| metadata.len()),
            file,
            at: 0,
            told: 0,
            clips,
            before: way.progress.checked,
            way,
            unwanted: None,
        }
    }

    fn end(self) -> Result<(), AssemblyError> {
        self.way.progress.checked = self.before + self.clips as f64;
        self.unwanted.map_or_else(|| self.way.tell(), Err)
    }
}

impl Read for Checked<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const STEP: u64 = 1 << 20;
        let read = self.file.read(buffer)?;
        self.at += read as u64;
        if self.at >= self.told + STEP {
            self.told = self.at;
            let share = self.at as f64 / self.size.max(1) as f64;
            self.way.progress.checked = self.before + self.clips as f64 * share.min(1.0);
            if let Err(error) = self.way.tell() {
                self.unwanted = Some(error);
                return Err(io::Error::other("nobody waits for it any more"));
            }
        }
        Ok(read)
    }
}

impl Seek for Checked<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        self.told = self.at;
        Ok(self.at)
    }
}

/// Where the chapters of a file lie, if it has more than one.
fn chapters(clips: &[Clip], line: &Timeline, settings: &Settings) -> Vec<Mark> {
    let end = time_of(line.length, settings.rate);
    let mut marks: Vec<(usize, Mark)> = Vec::new();
    for place in &line.places {
        let chapter = clips[place.clip].chapter;
        if marks.last().is_some_and(|(last, _)| *last == chapter) {
            continue;
        }
        // The first begins with the file, whatever silence it begins with.
        let start = match marks.last_mut() {
            None => Duration::ZERO,
            Some((_, last)) => {
                last.time.end = time_of(place.kept().start, settings.rate);
                last.time.end
            }
        };
        let title = settings
            .chapters
            .get(chapter)
            .filter(|title| !title.is_empty());
        let mark = Mark {
            title: title
                .cloned()
                .unwrap_or_else(|| (marks.len() + 1).to_string()),
            time: start..end,
        };
        marks.push((chapter, mark));
    }
    if marks.len() < 2 {
        return Vec::new();
    }
    marks.into_iter().map(|(_, mark)| mark).collect()
}

/// Brings what is kept of a take to the file's rate, loudness and depth.
fn make(
    open: &Open<'_>,
    place: &Place,
    survey: &Survey,
    settings: &Settings,
    form: Form,
    meter: &TruePeak,
) -> Result<Ready, OpenError> {
    let changed = || OpenError::from("the take is not what it was a moment ago");
    let seen = survey.seen[place.clip].as_ref().ok_or_else(changed)?;
    let recording = open(place.clip)?.ok_or_else(changed)?;
    if (recording.rate, recording.samples.len()) != (seen.rate, seen.samples) {
        return Err(changed());
    }
    let gain = gain_of(survey.gain) as f32;
    let kept = kept(&recording, seen, place, settings.rate, gain);
    let mut samples = if recording.rate == settings.rate {
        kept
    } else {
        Resampler::new(recording.rate, settings.rate).whole(&kept)
    };
    let length = place.kept().end - place.kept().start;
    samples.resize(usize::try_from(length)?, 0.0);
    let ceiling = gain_of(settings.finish.ceiling() - settings.format.headroom()) as f32;
    let mut peak = seen.peak * gain;
    let mut lost = 0.0;
    // At another rate the curve is the same, but a filter may move its highest point by a hair.
    let mut energy = squares(&samples);
    if peak >= ceiling * 0.97 {
        if limit(&mut samples, settings.rate, ceiling, meter) {
            let left = squares(&samples);
            lost = seen.energy * (1.0 - left / energy);
            energy = left;
        }
        peak = peak.min(ceiling);
    }
    Ok(Ready {
        peak,
        squares: energy,
        lost,
        block: form.pack(samples),
    })
}

/// The kept samples of a take with this gain, coming in and going out softly.
fn kept(recording: &Recording, seen: &Seen, place: &Place, rate: u32, gain: f32) -> Vec<f32> {
    let gain = gain / 32_768.0;
    let own = |samples: u64| scale(usize::try_from(samples).unwrap_or(0), rate, seen.rate) as usize;
    let speech = &seen.speech;
    let (lead, ring) = (own(place.lead), own(place.ring));
    let from = speech.start.saturating_sub(lead);
    let to = (speech.end + ring).min(recording.samples.len());
    let mut samples: Vec<f32> = recording.samples[from..to]
        .iter()
        .map(|&sample| f32::from(sample) * gain)
        .collect();
    let ramp_of = |quiet: usize| {
        let long = (seen.rate * RAMP / 10_000) as usize;
        let short = (seen.rate * SHORT_RAMP).div_ceil(10_000) as usize;
        if quiet >= long { long } else { short }
    };
    let half = samples.len() / 2;
    let rising = ramp_of(lead).min(half);
    let falling = ramp_of(ring).min(half);
    for (at, sample) in samples.iter_mut().take(rising).enumerate() {
        *sample *= ramp(at, rising);
    }
    for (at, sample) in samples.iter_mut().rev().take(falling).enumerate() {
        *sample *= ramp(at, falling);
    }
    samples
}

/// Half a cosine from 0 to 1.
fn ramp(at: usize, length: usize) -> f32 {
    0.5 - 0.5 * (std::f32::consts::PI * at as f32 / length as f32).cos()
}

fn hear(seen: &Seen, place: &Place, part: usize, rate: u32) -> Heard {
    // Times of the take, brought to where it stands in the file.
    let start = time_of(place.speech, rate);
    let origin = time_of(seen.speech.start as u64, seen.rate);
    let moved = |time: Duration| (start + time).saturating_sub(origin);
    Heard {
        clip: place.clip,
        part,
        speech: start..time_of(place.speech + place.length, rate),
        pauses: seen
            .pauses
            .iter()
            .map(|pause| {
                moved(time_of(pause.start as u64, seen.rate))
                    ..moved(time_of(pause.end as u64, seen.rate))
            })
            .collect(),
        words: seen
            .words
            .iter()
            .map(|word| TimedWord {
                word: word.word.clone(),
                start: (start.as_secs_f64() - origin.as_secs_f64() + word.start).max(0.0),
                end: (start.as_secs_f64() - origin.as_secs_f64() + word.end).max(0.0),
            })
            .collect(),
        late: time_of(place.late, rate),
    }
}
