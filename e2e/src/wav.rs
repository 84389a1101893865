//! Reads the WAV files that the application saves, more strictly than any player does.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// A 16-bit PCM file, read whole. The sizes in its header are checked against the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wav {
    /// Samples a second.
    pub rate: u32,
    /// 1 for mono.
    pub channels: u16,
    /// All samples, channels taking turns.
    pub samples: Vec<i16>,
}

impl Wav {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not there, is not 16-bit PCM, or does not hold exactly what its header says.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&bytes).with_context(|| path.display().to_string())
    }

    /// Reads bytes; see [`Wav::open`].
    ///
    /// # Errors
    /// As [`Wav::open`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        ensure!(
            bytes.get(..4) == Some(b"RIFF".as_slice()),
            "there is no RIFF header"
        );
        ensure!(
            bytes.get(8..12) == Some(b"WAVE".as_slice()),
            "it is not a WAVE file"
        );
        ensure!(
            u32_at(bytes, 4)? as usize == bytes.len() - 8,
            "the header does not give the size of the file"
        );
        let mut format = None;
        let mut position = 12;
        loop {
            let kind = bytes
                .get(position..position + 4)
                .context("there is no data chunk")?;
            let size = u32_at(bytes, position + 4)? as usize;
            let start = position + 8;
            let content = bytes
                .get(start..start + size)
                .context("a chunk is longer than the file")?;
            match kind {
                b"fmt " => format = Some(read_format(content)?),
                b"data" => {
                    let (channels, rate) = format.context("the data comes before the format")?;
                    ensure!(
                        size.is_multiple_of(2 * usize::from(channels)),
                        "a sample is cut in two"
                    );
                    let samples = content
                        .chunks_exact(2)
                        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                        .collect();
                    return Ok(Self {
                        rate,
                        channels,
                        samples,
                    });
                }
                _ => {}
            }
            // Chunks begin at even offsets.
            position = start + size + size % 2;
        }
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.channels) / f64::from(self.rate)
    }

    /// Seconds from the first to the last sound; `None` when all is silent.
    pub fn sounding_seconds(&self) -> Option<f64> {
        let left: Vec<f32> = self
            .samples
            .iter()
            .step_by(usize::from(self.channels))
            .map(|sample| f32::from(*sample) / 32768.0)
            .collect();
        crate::sound::sounding_seconds(&left, self.rate)
    }

    /// Root mean square of all samples, from 0 to 1.
    pub fn level(&self) -> f64 {
        if self.samples.is_empty() {
            return 0.0;
        }
        let sum: f64 = self
            .samples
            .iter()
            .map(|sample| (f64::from(*sample) / 32768.0).powi(2))
            .sum();
        (sum / self.samples.len() as f64).sqrt()
    }
}

fn read_format(content: &[u8]) -> Result<(u16, u32)> {
    let (kind, channels, bits) = (
        u16_at(content, 0)?,
        u16_at(content, 2)?,
        u16_at(content, 14)?,
    );
    let rate = u32_at(content, 4)?;
    if kind != 1 || bits != 16 {
        bail!("it is not 16-bit PCM");
    }
    ensure!(channels > 0 && rate > 0, "channels or rate are zero");
    Ok((channels, rate))
}

fn u16_at(bytes: &[u8], position: usize) -> Result<u16> {
    let pair = bytes
        .get(position..position + 2)
        .context("the file is cut off")?;
    Ok(u16::from_le_bytes([pair[0], pair[1]]))
}

fn u32_at(bytes: &[u8], position: usize) -> Result<u32> {
    let four = bytes
        .get(position..position + 4)
        .context("the file is cut off")?;
    Ok(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(samples: &[i16]) -> Vec<u8> {
        let size = samples.len() as u32 * 2;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + size).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend(24_000_u32.to_le_bytes());
        bytes.extend(48_000_u32.to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data");
        bytes.extend(size.to_le_bytes());
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    #[test]
    fn samples_come_out_as_they_went_in() {
        let wav = Wav::parse(&file(&[0, 1, -1, i16::MAX, i16::MIN])).expect("the file is good");
        assert_eq!((wav.rate, wav.channels), (24_000, 1));
        assert_eq!(wav.samples, [0, 1, -1, i16::MAX, i16::MIN]);
    }

    #[test]
    fn header_that_promises_more_than_there_is_is_refused() {
        let mut bytes = file(&[0; 100]);
        bytes.truncate(bytes.len() - 10);
        assert!(Wav::parse(&bytes).is_err());
    }

    #[test]
    fn header_of_an_unfinished_stream_is_refused() {
        let mut bytes = file(&[0; 100]);
        bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(Wav::parse(&bytes).is_err());
    }

    #[test]
    fn any_cut_of_a_file_is_an_error_and_no_panic() {
        let whole = file(&[1, 2, 3]);
        for length in 0..whole.len() {
            assert!(Wav::parse(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}
