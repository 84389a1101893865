//! A WAV file written as the samples come: mono, 16 or 24 bit, of any length.
//!
//! The header is written again at the end, when the length is known. Past 4 GB, where RIFF's 32-bit sizes end (about
//! 24 hours at 24 kHz), the header becomes RF64 (EBU Tech 3306), for which room is kept when asked.

use std::io::{self, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};

/// Bytes of the header of an ordinary file.
const SHORT_HEADER: u64 = 44;
/// Bytes of the `ds64` chunk that a long file needs, or of the `JUNK` that keeps its place.
const LONG_EXTRA: u64 = 36;

/// Bits of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Depth {
    /// What voices give.
    #[default]
    Bits16,
    /// For further work: what a change of level rounds off is far below hearing.
    Bits24,
}

impl Depth {
    /// Bytes of a sample.
    #[must_use]
    pub fn bytes(self) -> u16 {
        match self {
            Self::Bits16 => 2,
            Self::Bits24 => 3,
        }
    }
}

/// Writes samples behind a header.
#[derive(Debug)]
pub struct WavWriter<W> {
    out: W,
    rate: u32,
    depth: Depth,
    samples: u64,
    may_be_long: bool,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Begins a file of mono 16-bit samples, `rate` a second. With `may_be_long`, room is kept for RF64.
    ///
    /// # Errors
    /// What writing the header gives.
    pub fn new(out: W, rate: u32, may_be_long: bool) -> io::Result<Self> {
        Self::with_depth(out, rate, Depth::Bits16, may_be_long)
    }

    /// As [`new`](Self::new), with samples of another depth, which are given to [`write_bytes`](Self::write_bytes).
    ///
    /// # Errors
    /// What writing the header gives.
    pub fn with_depth(mut out: W, rate: u32, depth: Depth, may_be_long: bool) -> io::Result<Self> {
        out.write_all(&header(rate, depth, 0, may_be_long))?;
        Ok(Self {
            out,
            rate,
            depth,
            samples: 0,
            may_be_long,
        })
    }

    /// Appends samples of 16 bits.
    ///
    /// # Errors
    /// As [`write_bytes`](Self::write_bytes).
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        self.write_bytes(&bytes)
    }

    /// Appends whole samples as they lie in the file: signed, least byte first, of the file's depth.
    ///
    /// # Errors
    /// What writing gives, and `FileTooLarge` when the file would pass 4 GB and no room was kept for that.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let after = self.samples + bytes.len() as u64 / u64::from(self.depth.bytes());
        if !self.may_be_long && is_long(after, self.depth, false) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.out.write_all(bytes)?;
        self.samples = after;
        Ok(())
    }

    /// Writes the true sizes and gives back what was written to.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(mut self) -> io::Result<W> {
        // A chunk of an odd length is followed by a byte that its length does not count.
        if (self.samples * u64::from(self.depth.bytes())) % 2 == 1 {
            self.out.write_all(&[0])?;
        }
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header(
            self.rate,
            self.depth,
            self.samples,
            self.may_be_long,
        ))?;
        self.out.seek(SeekFrom::End(0))?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Samples so far.
    pub fn samples(&self) -> u64 {
        self.samples
    }
}

fn is_long(samples: u64, depth: Depth, room: bool) -> bool {
    samples.saturating_mul(u64::from(depth.bytes()))
        + 1
        + SHORT_HEADER
        + if room { LONG_EXTRA } else { 0 }
        > u64::from(u32::MAX)
}

fn header(rate: u32, depth: Depth, samples: u64, room: bool) -> Vec<u8> {
    let size = samples.saturating_mul(u64::from(depth.bytes()));
    let long = room && is_long(samples, depth, room);
    let riff_size = size + size % 2 + SHORT_HEADER - 8 + if room { LONG_EXTRA } else { 0 };
    let narrow = |wide: u64| u32::try_from(wide).unwrap_or(u32::MAX).to_le_bytes();
    let mut header = Vec::with_capacity((SHORT_HEADER + LONG_EXTRA) as usize);
    header.extend_from_slice(if long { b"RF64" } else { b"RIFF" });
    header.extend_from_slice(&narrow(riff_size));
    header.extend_from_slice(b"WAVE");
    if room {
        header.extend_from_slice(if long { b"ds64" } else { b"JUNK" });
        header.extend_from_slice(&28_u32.to_le_bytes());
        for wide in [riff_size, size, samples] {
            header.extend_from_slice(&if long { wide } else { 0 }.to_le_bytes());
        }
        header.extend_from_slice(&0_u32.to_le_bytes());
    }
    header.extend_from_slice(b"fmt ");
    header.extend_from_slice(&16_u32.to_le_bytes());
    header.extend_from_slice(&1_u16.to_le_bytes()); // PCM
    header.extend_from_slice(&1_u16.to_le_bytes()); // mono
    header.extend_from_slice(&rate.to_le_bytes());
    header.extend_from_slice(&rate.saturating_mul(u32::from(depth.bytes())).to_le_bytes());
    header.extend_from_slice(&depth.bytes().to_le_bytes());
    header.extend_from_slice(&(depth.bytes() * 8).to_le_bytes());
    header.extend_from_slice(b"data");
    header.extend_from_slice(&narrow(size));
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_short_file_has_the_plain_header_and_its_samples() {
        let mut writer = WavWriter::new(Cursor::new(Vec::new()), 24_000, false).unwrap();
        writer.write(&[1, -2]).unwrap();
        writer.write(&[i16::MIN]).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert_eq!(bytes.len(), 44 + 6);
        assert_eq!(&bytes[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(bytes[4..8].try_into().unwrap()), 42);
        assert_eq!(&bytes[36..44], b"data\x06\0\0\0");
        assert_eq!(&bytes[44..], [1, 0, 0xfe, 0xff, 0, 0x80]);
    }

    #[test]
    fn an_odd_number_of_odd_bytes_is_padded() {
        let out = Cursor::new(Vec::new());
        let mut writer = WavWriter::with_depth(out, 24_000, Depth::Bits24, false).unwrap();
        writer.write_bytes(&[1, 2, 3]).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert_eq!(bytes.len(), 44 + 4);
        assert_eq!(bytes[4..8], 40_u32.to_le_bytes());
        assert_eq!(bytes[28..36], [0x40, 0x19, 1, 0, 3, 0, 24, 0]);
        assert_eq!(bytes[36..44], *b"data\x03\0\0\0");
    }

    #[test]
    fn room_for_a_long_file_is_a_chunk_that_readers_skip() {
        let bytes = WavWriter::new(Cursor::new(Vec::new()), 44_100, true)
            .unwrap()
            .finish()
            .unwrap()
            .into_inner();
        assert_eq!(bytes.len() as u64, SHORT_HEADER + LONG_EXTRA);
        assert_eq!(&bytes[12..20], b"JUNK\x1c\0\0\0");
        assert_eq!(&bytes[48..52], b"fmt ");
    }

    #[test]
    fn past_four_gigabytes_the_header_is_rf64_with_true_sizes() {
        let samples = 3_000_000_000_u64;
        let header = header(44_100, Depth::Bits16, samples, true);
        assert_eq!(&header[..8], b"RF64\xff\xff\xff\xff");
        assert_eq!(&header[12..16], b"ds64");
        assert_eq!(
            u64::from_le_bytes(header[28..36].try_into().unwrap()),
            samples * 2
        );
        assert_eq!(
            u64::from_le_bytes(header[36..44].try_into().unwrap()),
            samples
        );
    }
}
