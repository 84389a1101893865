//! Samples → a finished file of some format, as they come; and the same file decoded again, to see that it is whole.
//!
//! What it is: one writer for all formats, with what players show (title, author, chapters, cover). What it is not: it
//! knows neither takes nor names. Memory does not grow with the length of what is written.

mod flac;
mod mp3;
mod opus;

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::time::Duration;

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};
use sound::{TruePeak, squares};

use crate::wav::{Depth, WavWriter};

/// A kind of sound file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// Uncompressed.
    #[default]
    Wav,
    /// For players of every kind.
    Mp3,
    /// Compressed without loss.
    Flac,
    /// The least room for the same sound; in Ogg.
    Opus,
}

impl Format {
    /// The ending of the file's name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
            Self::Opus => "opus",
        }
    }

    /// By how much peaks must stay below what is allowed, in dB, because leaving things out raises some of them again.
    /// Measured on speech: up to 0.2 dB with Opus, 0.1 dB with MP3.
    #[must_use]
    pub fn headroom(self) -> f64 {
        match self {
            Self::Wav | Self::Flac => 0.0,
            Self::Mp3 | Self::Opus => 0.5,
        }
    }

    /// The rate that the format has and that loses nothing of this one, if there is any.
    #[must_use]
    pub fn rate_for(self, rate: u32) -> u32 {
        const MP3_RATES: [u32; 8] = [
            8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100,
        ];
        match self {
            Self::Wav | Self::Flac => rate,
            Self::Mp3 => MP3_RATES
                .into_iter()
                .find(|&known| known >= rate)
                .unwrap_or(48_000),
            Self::Opus => opus::rate_for(rate),
        }
    }
}

/// What players show of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Of the file.
    pub title: String,
    /// Of the whole.
    pub album: String,
    /// Who wrote the text.
    pub author: Option<String>,
    /// The file's number, from 1, and how many there are.
    pub track: Option<(u32, u32)>,
    /// In order; empty where there is but one.
    pub chapters: Vec<Mark>,
    /// A picture.
    pub cover: Option<Cover>,
}

/// A chapter within a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// As players show it.
    pub title: String,
    /// From the beginning of the file.
    pub time: Range<Duration>,
}

/// FLAC can hold no picture of more than 16 MB, and few players show one of more than this.
const LARGEST_COVER: usize = 10_000_000;

/// A picture that players show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Cover {
    /// A picture in JPEG or PNG; `None` for anything else, and for one that is damaged or has more than 10 MB.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let is_sound = bytes.len() <= LARGEST_COVER && flac::picture(&bytes).is_ok();
        let kind = if !is_sound {
            return None;
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            "image/jpeg"
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            "image/png"
        } else {
            return None;
        };
        Some(Self { kind, bytes })
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) format: Format,
    pub(crate) rate: u32,
    /// Of WAV and FLAC.
    pub(crate) depth: Depth,
    /// Samples there will be.
    pub(crate) total: u64,
    /// Whether every second of an MP3 file takes the same room.
    pub(crate) constant: bool,
}

impl Form {
    /// Brings samples (full scale is 1) into the form in which the file takes them. Done by many threads at once.
    pub(crate) fn pack(self, samples: Vec<f32>) -> Block {
        match self.format {
            Format::Wav => Block::Bytes(bytes_of(&samples, self.depth)),
            Format::Flac => Block::Whole(whole_of(&samples, self.depth)),
            Format::Mp3 | Format::Opus => Block::Plain(samples),
        }
    }

    fn silence(self, samples: usize) -> Block {
        match self.format {
            Format::Wav => Block::Bytes(vec![0; samples * usize::from(self.depth.bytes())]),
            Format::Flac => Block::Whole(vec![0; samples]),
            Format::Mp3 | Format::Opus => Block::Plain(vec![0.0; samples]),
        }
    }
}

/// Samples in the form in which a file takes them.
pub(crate) enum Block {
    Bytes(Vec<u8>),
    Whole(Vec<i32>),
    Plain(Vec<f32>),
}

impl Block {
    /// Bytes that it has before any compression.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Whole(samples) => samples.len() * 2,
            Self::Plain(samples) => samples.len() * 2,
        };
        bytes as u64
    }
}

/// Writes a file from its beginning to its end.
pub(crate) struct Encoder<W: Write + Seek> {
    kind: Kind<W>,
    form: Form,
    written: Written,
}

enum Kind<W: Write + Seek> {
    Wav(WavWriter<W>),
    Mp3(Box<mp3::Mp3Writer<W>>),
    Flac(Box<flac::FlacWriter<W>>),
    Opus(Box<opus::OpusWriter<W>>),
}

/// What went into a file, to compare with what comes out of it.
#[derive(Debug, Default)]
pub(crate) struct Written {
    samples: u64,
    /// Of the bytes of uncompressed samples.
    hash: Hasher,
    /// The sum of their squares, where samples are only nearly kept.
    squares: f64,
}

impl<W: Write + Seek> Encoder<W> {
    /// # Errors
    /// What writing gives, and where the format cannot hold what is asked for.
    pub(crate) fn new(out: W, form: Form, tags: &Tags) -> io::Result<Self> {
        let Form { rate, depth, .. } = form;
        let kind = match form.format {
            Format::Wav => Kind::Wav(WavWriter::with_depth(out, rate, depth, true)?),
            Format::Mp3 => Kind::Mp3(Box::new(mp3::Mp3Writer::new(out, form, tags)?)),
            Format::Flac => Kind::Flac(Box::new(flac::FlacWriter::new(out, form, tags)?)),
            Format::Opus => Kind::Opus(Box::new(opus::OpusWriter::new(out, rate, tags)?)),
        };
        Ok(Self {
            kind,
            form,
            written: Written::default(),
        })
    }

    /// Samples so far.
    pub(crate) fn samples(&self) -> u64 {
        self.written.samples
    }

    /// Appends what [`Form::pack`] of the same form made.
    ///
    /// # Errors
    /// What writing gives.
    pub(crate) fn write(&mut self, block: &Block) -> io::Result<()> {
        let written = &mut self.written;
        match (&mut self.kind, block) {
            (Kind::Wav(writer), Block::Bytes(bytes)) => {
                written.samples += bytes.len() as u64 / u64::from(self.form.depth.bytes());
                written.hash.update(bytes);
                writer.write_bytes(bytes)
            }
            (Kind::Flac(writer), Block::Whole(samples)) => {
                written.samples += samples.len() as u64;
                writer.write(samples)
            }
            (Kind::Mp3(writer), Block::Plain(samples)) => {
                written.add(samples);
                writer.write(samples)
            }
            (Kind::Opus(writer), Block::Plain(samples)) => {
                written.add(samples);
                writer.write(samples)
            }
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Appends silence.
    ///
    /// # Errors
    /// What writing gives.
    pub(crate) fn silence(&mut self, mut samples: u64) -> io::Result<()> {
        while samples > 0 {
            let now = samples.min(4_096);
            self.write(&self.form.silence(now as usize))?;
            samples -= now;
        }
        Ok(())
    }

    /// Ends the file and says what is in it.
    ///
    /// # Errors
    /// What writing gives.
    pub(crate) fn finish(self) -> io::Result<Written> {
        match self.kind {
            Kind::Wav(writer) => writer.finish().map(drop)?,
            Kind::Mp3(writer) => writer.finish()?,
            Kind::Flac(writer) => writer.finish()?,
            Kind::Opus(writer) => writer.finish()?,
        }
        Ok(self.written)
    }
}

impl Written {
    fn add(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.squares += squares(samples);
    }

    /// Decodes a file and compares it with what went in: bit by bit where the format keeps every sample, else by its length
    /// and its level.
    ///
    /// # Errors
    /// What reading gives, and a file that cannot be decoded.
    pub(crate) fn compare(self, mut file: impl Read + Seek, form: Form) -> io::Result<Found> {
        let exactly = |is_same: bool| Found {
            fault: (!is_same).then(|| "its samples changed on the way".to_owned()),
            peak: None,
        };
        match form.format {
            Format::Wav => {
                file.seek(SeekFrom::Start(WAV_HEADER))?;
                let size = self.samples * u64::from(form.depth.bytes());
                let hash = hash_of(&mut file.take(size))?;
                Ok(exactly(hash == self.hash.finalize()))
            }
            Format::Flac => Ok(exactly(flac::is_whole(file)?)),
            Format::Opus => Ok(self.nearly(opus::decode(file, form.rate)?, 0)),
            Format::Mp3 => Ok(self.nearly(mp3::decode(file)?, mp3::LONGER)),
        }
    }

    fn nearly(&self, decoded: Decoded, longer: u64) -> Found {
        let change = 10.0 * ((decoded.squares + 1e-6) / (self.squares + 1e-6)).log10();
        let fault = if !(self.samples..=self.samples + longer).contains(&decoded.samples) {
            Some(format!(
                "{} of its {} samples are there",
                decoded.samples, self.samples
            ))
        } else if change.abs() > MOST_CHANGE {
            Some(format!("its level changed by {change:.1} dB on the way"))
        } else {
            None
        };
        Found {
            fault,
            peak: Some(decoded.peak()),
        }
    }
}

/// What a finished file turned out to be.
#[derive(Debug)]
pub(crate) struct Found {
    /// What is wrong with it; nothing with a whole one.
    pub(crate) fault: Option<String>,
    /// The highest point of its curve, where that is not the one of what went in. Full scale is 1.
    pub(crate) peak: Option<f32>,
}

/// Bytes of a WAV file's header with room for a long file.
const WAV_HEADER: u64 = 80;
/// What a format that keeps samples only nearly may change the level by, in decibels.
const MOST_CHANGE: f64 = 1.0;

/// What a decoded file amounts to.
#[derive(Debug, Default)]
struct Decoded {
    samples: u64,
    squares: f64,
    meter: TruePeak,
    peak: f32,
    /// Whose curve was not looked at yet, led by samples that count for it.
    open: Vec<f32>,
    led: usize,
}

impl Decoded {
    fn add(&mut self, samples: &[f32]) {
        const MANY: usize = 1 << 14;
        const REACH: usize = TruePeak::REACH;
        self.samples += samples.len() as u64;
        self.squares += squares(samples);
        self.open.extend_from_slice(samples);
        if self.open.len() > MANY {
            let seen = self.open.len() - REACH;
            self.peak = self
                .meter
                .peak_within(&self.open, self.led..seen, self.peak);
            self.open.drain(..seen - REACH);
            self.led = REACH;
        }
    }

    fn peak(mut self) -> f32 {
        let all = self.led..usize::MAX;
        self.peak = self.meter.peak_within(&self.open, all, self.peak);
        self.peak
    }
}

fn hash_of(file: &mut impl Read) -> io::Result<u32> {
    let mut hash = Hasher::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize()),
            read => hash.update(&block[..read]),
        }
    }
}

/// Tags as FLAC and Ogg have them, chapters in the way that players agree on.
fn comments(tags: &Tags) -> Vec<(String, String)> {
    let mut fields = vec![
        ("TITLE".to_owned(), tags.title.clone()),
        ("ALBUM".to_owned(), tags.album.clone()),
        ("GENRE".to_owned(), "Audiobook".to_owned()),
    ];
    if let Some(author) = &tags.author {
        fields.push(("ARTIST".to_owned(), author.clone()));
    }
    if let Some((number, count)) = tags.track {
        fields.push(("TRACKNUMBER".to_owned(), number.to_string()));
        fields.push(("TRACKTOTAL".to_owned(), count.to_string()));
    }
    for (number, mark) in tags.chapters.iter().enumerate() {
        let (seconds, millis) = (mark.time.start.as_secs(), mark.time.start.subsec_millis());
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let field = format!("CHAPTER{number:03}");
        let name = format!("{field}NAME");
        fields.push((
            field,
            format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}"),
        ));
        fields.push((name, mark.title.clone()));
    }
    fields
}

fn bytes_of(samples: &[f32], depth: Depth) -> Vec<u8> {
    let mut bytes = vec![0; samples.len() * usize::from(depth.bytes())];
    match depth {
        Depth::Bits16 => {
            for (slot, sample) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(samples) {
                // Beside this number a single has no room for fractions: its last bits are the nearest whole number.
                const NO_FRACTION: f32 = 12_582_912.0;
                let scaled = (sample * 32_768.0).clamp(-32_768.0, 32_767.0);
                *slot = ((scaled + NO_FRACTION).to_bits() as i16).to_le_bytes();
            }
        }
        Depth::Bits24 => {
            for (slot, sample) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(samples) {
                let whole = rounded(sample * 8_388_608.0).clamp(-8_388_608, 8_388_607);
                let [low, middle, high, _] = whole.to_le_bytes();
                *slot = [low, middle, high];
            }
        }
    }
    bytes
}

fn whole_of(samples: &[f32], depth: Depth) -> Vec<i32> {
    let most = 1_i32 << (depth.bytes() * 8 - 1);
    let whole = |sample: &f32| rounded(sample * most as f32).clamp(-most, most - 1);
    samples.iter().map(whole).collect()
}

/// The nearest whole number; in a form that a processor can do for many at once, as `f32::round` is not everywhere.
fn rounded(value: f32) -> i32 {
    (value + 0.5_f32.copysign(value)) as i32
}

#[cfg(test)]
mod tests;
