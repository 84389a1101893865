//! The second look at every take: what is kept of it is brought to the file's rate and loudness, and written.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom};
use std::time::Duration;

use sound::decibels;

use super::in_order::in_order;
use super::measure::{Measured, Seen, Survey, rms};
use super::shape::Shaper;
use super::timeline::{Place, Timeline};
use super::{
    Assembled, AssemblyError, Clip, Finish, Finished, Heard, Open, Part, Settings, Way, time_of,
};
use crate::durable::{EarlyFlush, NewFile, WriteError, WriteErrorKind};
use crate::encode::{Encoder, Form, Mark, Tags};
use crate::take::TimedWord;

/// How often a file is written whose peaks come back higher from its encoder than they went in.
const ATTEMPTS: usize = 4;
/// By how much more than what was missing they go in lower the next time, in decibels.
const SPARE: f64 = 0.1;

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
    let shaper = Shaper::new(open, &survey, settings);
    // What is not heard is not written either.
    let heard = survey.timelines.iter().map(|line| line.places.len()).sum();
    way.progress.total = heard;
    way.progress.surveyed = heard;
    let mut done = 0;
    let (mut files, mut heard, mut all) = (Vec::new(), Vec::new(), Sum::default());
    for (number, part) in parts.iter().enumerate() {
        let line = &survey.timelines[number];
        if line.places.is_empty() {
            continue;
        }
        let tags = Tags {
            chapters: chapters(clips, line, settings),
            ..part.tags.clone()
        };
        let writing = Writing {
            part,
            tags,
            line,
            before: done,
            shaper: &shaper,
            survey: &survey,
            settings,
        };
        let (mut spare, mut attempts) = (0.0, 1);
        let (file, sum) = loop {
            let (file, sum) = writing.attempt(spare, way)?;
            let over = decibels(f64::from(sum.peak)) - settings.finish.highest();
            if over <= 0.0 || attempts == ATTEMPTS {
                break (file, sum);
            }
            // Encoding has raised a peak by more than there was room for.
            spare += over + SPARE;
            attempts += 1;
        };
        if settings.overwrite || part.replaces {
            file.commit()?;
        } else {
            file.commit_new().map_err(|error| match error.kind {
                WriteErrorKind::Taken => AssemblyError::Exists(part.path.clone()),
                _ => error.into(),
            })?;
        }
        let places = line.places.iter();
        heard.extend(places.filter_map(|place| {
            let seen = survey.seen[place.clip].as_ref()?;
            Some(hear(seen, place, number, settings.rate))
        }));
        done += line.places.len();
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

/// A file that is to be written.
struct Writing<'a> {
    part: &'a Part,
    tags: Tags,
    line: &'a Timeline,
    /// Clips that are heard in the files before it.
    before: usize,
    shaper: &'a Shaper<'a>,
    survey: &'a Survey,
    settings: &'a Settings,
}

impl Writing<'_> {
    /// Writes it and reads it back; it has no name yet. Peaks go in `spare` decibels lower than usual.
    fn attempt(&self, spare: f64, way: &mut Way<'_>) -> Result<(NewFile, Sum), AssemblyError> {
        let (part, line, settings) = (self.part, self.line, self.settings);
        let failed = |error: io::Error| WriteError::new(&part.path, error);
        let form = Form {
            format: settings.format,
            rate: settings.rate,
            depth: settings.depth,
            total: line.length,
            constant: settings.finish == Finish::Acx,
        };
        let ceiling = self.shaper.ceiling(spare);
        let file = NewFile::create(&part.path)?;
        let mut flush = EarlyFlush::of(&file);
        let mut buffered = BufWriter::with_capacity(1 << 18, file);
        let mut encoder = Encoder::new(&mut buffered, form, &self.tags).map_err(failed)?;
        let mut sum = Sum {
            length: line.length,
            ..Sum::default()
        };
        in_order(
            0..line.places.len(),
            |index| {
                let place = &line.places[index];
                let shaped = self.shaper.shape(place, self.survey.gain, ceiling)?;
                let (peak, squares, lost) = (shaped.peak, shaped.squares, shaped.lost);
                let sum = Sum {
                    peak,
                    squares,
                    energy: self.survey.seen[place.clip]
                        .as_ref()
                        .map_or(0.0, |seen| seen.energy),
                    lost,
                    length: 0,
                };
                Ok((form.pack(shaped.samples), sum))
            },
            |index, made| {
                let place = &line.places[index];
                let (block, own) = made.map_err(|source| AssemblyError::Take {
                    clip: place.clip,
                    source,
                })?;
                let silence = place.kept().start - encoder.samples();
                encoder.silence(silence).map_err(failed)?;
                encoder.write(&block).map_err(failed)?;
                flush.wrote(block.bytes());
                sum.add(own);
                let progress = &mut way.progress;
                progress.written = progress.written.max(self.before + index + 1);
                way.tell()
            },
        )?;
        let silence = line.length - encoder.samples();
        encoder.silence(silence).map_err(failed)?;
        let written = encoder.finish().map_err(failed)?;
        let file = buffered
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        let mut checked = Checked::new(file.reopen().map_err(failed)?, self, way);
        let found = written.compare(&mut checked, form);
        checked.end()?;
        let damaged = |reason| AssemblyError::Damaged {
            path: part.path.clone(),
            reason,
        };
        let found = found.map_err(|error| damaged(error.to_string()))?;
        if let Some(fault) = found.fault {
            return Err(damaged(fault));
        }
        if let Some(peak) = found.peak {
            sum.peak = peak;
        }
        Ok((file, sum))
    }
}

/// A finished file as it is read back: says how far that is, and ends when nobody waits for it any more.
struct Checked<'a, 'b> {
    file: File,
    size: u64,
    at: u64,
    told: u64,
    /// Clips of the file, and those that were checked before it.
    clips: f64,
    before: f64,
    way: &'a mut Way<'b>,
    unwanted: Option<AssemblyError>,
}

impl<'a, 'b> Checked<'a, 'b> {
    fn new(file: File, writing: &Writing<'_>, way: &'a mut Way<'b>) -> Self {
        Self {
            size: file.metadata().map_or(0, |metadata| metadata.len()),
            file,
            at: 0,
            told: 0,
            clips: writing.line.places.len() as f64,
            before: writing.before as f64,
            way,
            unwanted: None,
        }
    }

    fn end(mut self) -> Result<(), AssemblyError> {
        self.note(1.0);
        self.unwanted.map_or_else(|| self.way.tell(), Err)
    }
}

impl Checked<'_, '_> {
    /// What is written once more does not count twice.
    fn note(&mut self, share: f64) {
        let checked = &mut self.way.progress.checked;
        *checked = checked.max(self.before + self.clips * share);
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
            self.note(share.min(1.0));
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
