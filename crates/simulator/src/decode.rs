//! Recordings that were sent for transcription, as mono samples.

use rusty_mp3::Mp3Decoder;

use crate::formats::{alaw_decoded, ulaw_decoded};

/// Mono sound.
#[derive(Debug)]
pub(crate) struct Sound {
    /// Hertz, above zero.
    pub(crate) rate: u32,
    pub(crate) samples: Vec<i16>,
}

/// What a file turned out to be.
#[derive(Debug)]
pub(crate) enum Decoded {
    Sound(Sound),
    /// Sound, to all appearances, in a format that is not read here.
    Foreign,
    /// Bytes without a header, which may be samples.
    Headerless,
}

pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE") {
        return wav(bytes).map_or(Decoded::Foreign, Decoded::Sound);
    }
    if matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0) || bytes.starts_with(b"ID3") {
        return mp3(bytes).map_or(Decoded::Headerless, Decoded::Sound);
    }
    let foreign: [&[u8]; 4] = [b"OggS", b"fLaC", b"\x1a\x45\xdf\xa3", b"FORM"];
    if foreign.iter().any(|magic| bytes.starts_with(magic)) || bytes.get(4..8) == Some(b"ftyp") {
        return Decoded::Foreign;
    }
    Decoded::Headerless
}

/// Samples without a header, of the named encoding; `None` for one that is not read here.
pub(crate) fn raw(bytes: &[u8], encoding: &str, rate: u32) -> Option<Sound> {
    let samples = match encoding {
        "linear16" => pairs(bytes),
        "linear32" => bytes
            .chunks_exact(4)
            .filter_map(|four| four.last_chunk::<2>().copied().map(i16::from_le_bytes))
            .collect(),
        "mulaw" => bytes.iter().map(|byte| ulaw_decoded(*byte)).collect(),
        "alaw" => bytes.iter().map(|byte| alaw_decoded(*byte)).collect(),
        _ => return None,
    };
    Some(Sound {
        rate: rate.max(1),
        samples,
    })
}

pub(crate) fn pairs(bytes: &[u8]) -> Vec<i16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().copied().map(i16::from_le_bytes).collect()
}

fn wav(bytes: &[u8]) -> Option<Sound> {
    let mut at = 12;
    let mut format = None;
    loop {
        let name = bytes.get(at..at + 4)?;
        let size = u32::from_le_bytes(*bytes.get(at + 4..at + 8)?.first_chunk()?) as usize;
        let begin = at + 8;
        // The size of a file that was streamed is not true.
        let end = begin.saturating_add(size).min(bytes.len());
        let content = bytes.get(begin..end)?;
        match name {
            b"fmt " => format = Some(WavFormat::read(content)?),
            b"data" => return format?.sound(content),
            _ => {}
        }
        at = begin.checked_add(size)?.checked_next_multiple_of(2)?;
    }
}

struct WavFormat {
    tag: u16,
    channels: usize,
    rate: u32,
    bits: u16,
}

impl WavFormat {
    fn read(content: &[u8]) -> Option<Self> {
        let short = |at: usize| Some(u16::from_le_bytes(*content.get(at..at + 2)?.first_chunk()?));
        let tag = short(0)?;
        // Of the extensible format the tag follows later.
        let tag = if tag == 0xfffe { short(24)? } else { tag };
        Some(Self {
            tag,
            channels: short(2)?.clamp(1, 64).into(),
            rate: u32::from_le_bytes(*content.get(4..8)?.first_chunk()?).max(1),
            bits: short(14)?,
        })
    }

    fn sound(&self, content: &[u8]) -> Option<Sound> {
        let all: Vec<i16> = match (self.tag, self.bits) {
            (1, 16) => pairs(content),
            (1, 8) => content
                .iter()
                .map(|byte| (i16::from(*byte) - 128) << 8)
                .collect(),
            (1, 24) => content
                .chunks_exact(3)
                .filter_map(|three| three.last_chunk::<2>().copied().map(i16::from_le_bytes))
                .collect(),
            (1, 32) => raw(content, "linear32", self.rate)?.samples,
            (3, 32) => {
                let (fours, _) = content.as_chunks::<4>();
                fours
                    .iter()
                    .map(|four| (f32::from_le_bytes(*four) * 32_767.0) as i16)
                    .collect()
            }
            (6, 8) => content.iter().map(|byte| alaw_decoded(*byte)).collect(),
            (7, 8) => content.iter().map(|byte| ulaw_decoded(*byte)).collect(),
            _ => return None,
        };
        Some(Sound {
            rate: self.rate,
            samples: first_channel(all, self.channels),
        })
    }
}

fn first_channel(samples: Vec<i16>, channels: usize) -> Vec<i16> {
    if channels < 2 {
        return samples;
    }
    samples.into_iter().step_by(channels).collect()
}

fn mp3(bytes: &[u8]) -> Option<Sound> {
    let mut decoder = Mp3Decoder::new();
    decoder.push(bytes);
    decoder.flush();
    let mut sound: Option<Sound> = None;
    while let Ok(frame) = decoder.next_frame() {
        let sound = sound.get_or_insert_with(|| Sound {
            rate: frame.sample_rate.max(1),
            samples: Vec::new(),
        });
        let channels = usize::from(frame.channels).max(1);
        let first = frame.samples.iter().step_by(channels);
        sound
            .samples
            .extend(first.map(|sample| (sample * 32_767.0) as i16));
    }
    sound
}
