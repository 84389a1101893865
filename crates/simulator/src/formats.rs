//! Samples as bytes: raw, WAV, G.711, MP3. Mono throughout.

use rusty_mp3::{Mp3Encoder, Mp3EncoderConfig};

/// What `output_format` may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Pcm,
    Wav,
    Mp3,
    Ulaw,
    Alaw,
}

pub(crate) const FORMAT_NAMES: [&str; 5] = ["pcm", "wav", "mp3", "ulaw", "alaw"];

impl Format {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "pcm" => Some(Format::Pcm),
            "wav" => Some(Format::Wav),
            "mp3" => Some(Format::Mp3),
            "ulaw" => Some(Format::Ulaw),
            "alaw" => Some(Format::Alaw),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Pcm => "pcm",
            Format::Wav => "wav",
            Format::Mp3 => "mp3",
            Format::Ulaw => "ulaw",
            Format::Alaw => "alaw",
        }
    }

    /// Bytes a second.
    pub(crate) fn byte_rate(self, rate: u32) -> f64 {
        match self {
            Format::Mp3 => f64::from(MP3_KBPS) * 125.0,
            _ => f64::from(rate) * self.bytes_per_sample() as f64,
        }
    }

    fn bytes_per_sample(self) -> usize {
        match self {
            Format::Ulaw | Format::Alaw => 1,
            Format::Pcm | Format::Wav | Format::Mp3 => 2,
        }
    }

    /// The samples without any header.
    pub(crate) fn encode(self, samples: &[i16]) -> Vec<u8> {
        match self {
            Format::Ulaw => samples.iter().copied().map(ulaw).collect(),
            Format::Alaw => samples.iter().copied().map(alaw).collect(),
            Format::Pcm | Format::Wav | Format::Mp3 => {
                samples.iter().flat_map(|s| s.to_le_bytes()).collect()
            }
        }
    }
}

/// The 44 bytes before 16-bit mono samples. `bytes` is what the header says about their number, true or not.
pub(crate) fn wav_header(rate: u32, bytes: u32) -> Vec<u8> {
    let mut header = Vec::with_capacity(44);
    header.extend(b"RIFF");
    header.extend(bytes.saturating_add(36).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16u32.to_le_bytes());
    header.extend(1u16.to_le_bytes()); // linear PCM
    header.extend(1u16.to_le_bytes()); // mono
    header.extend(rate.to_le_bytes());
    header.extend(rate.saturating_mul(2).to_le_bytes());
    header.extend(2u16.to_le_bytes());
    header.extend(16u16.to_le_bytes());
    header.extend(b"data");
    header.extend(bytes.to_le_bytes());
    header
}

/// ITU-T G.711 μ-law.
fn ulaw(sample: i16) -> u8 {
    const BIAS: i32 = 132;
    const CLIP: i32 = 32_635;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    let exponent = (magnitude >> 7).ilog2().min(7);
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !((sign | (exponent << 4) as i32 | mantissa) as u8)
}

/// ITU-T G.711 A-law, with the even bits inverted as the standard demands.
fn alaw(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80 } else { 0 };
    let magnitude = if sample >= 0 {
        i32::from(sample)
    } else {
        -i32::from(sample) - 1
    } >> 4;
    let code = if magnitude < 16 {
        magnitude
    } else {
        let exponent = magnitude.ilog2() - 3;
        ((exponent as i32) << 4) | ((magnitude >> (exponent - 1)) & 0x0f)
    };
    ((code | sign) ^ 0x55) as u8
}

/// Back to samples, by the tables of the standard.
pub(crate) fn ulaw_decoded(code: u8) -> i16 {
    let code = !code;
    let magnitude = (((i32::from(code & 0x0f) << 3) + 132) << ((code >> 4) & 7)) - 132;
    let sample = if code & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    };
    sample as i16
}

/// As [`ulaw_decoded`].
pub(crate) fn alaw_decoded(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (segment, step) = (i32::from((code >> 4) & 7), i32::from(code & 0x0f) << 4);
    let magnitude = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    let sample = if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    };
    sample as i16
}

/// Samples become bytes, as they come.
pub(crate) enum Encoder {
    /// Each sample for itself.
    Plain(Format),
    Mp3 {
        encoder: Box<Mp3Encoder>,
        rate: u32,
        /// Whether the first frame has come, which holds no sound and which the service does not send.
        begun: bool,
    },
}

/// Kilobits a second, as the service was seen to send.
const MP3_KBPS: u32 = 128;

impl Encoder {
    pub(crate) fn new(format: Format, rate: u32) -> Self {
        match format {
            Format::Mp3 => Encoder::Mp3 {
                encoder: Box::new(Mp3Encoder::new(Mp3EncoderConfig {
                    bitrate_kbps: MP3_KBPS,
                    vbr_quality: None,
                })),
                rate,
                begun: false,
            },
            plain => Encoder::Plain(plain),
        }
    }

    /// The bytes that are ready after these samples.
    pub(crate) fn encode(&mut self, samples: &[i16]) -> Vec<u8> {
        match self {
            Encoder::Plain(format) => format.encode(samples),
            Encoder::Mp3 { encoder, rate, .. } => {
                // All four rates of the service are rates of MP3.
                let _ = encoder.push_pcm_s16(samples, 1, *rate);
                self.packets()
            }
        }
    }

    /// The bytes that were held back until the end.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        if let Encoder::Mp3 { encoder, .. } = self {
            encoder.finish();
        }
        self.packets()
    }

    fn packets(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Encoder::Mp3 { encoder, begun, .. } = self {
            while let Ok(packet) = encoder.next_packet() {
                if std::mem::replace(begun, true) {
                    bytes.extend(packet);
                }
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companded_samples_come_back_within_the_step_of_their_segment() {
        for sample in (i16::MIN..=i16::MAX).step_by(7) {
            let exact = i32::from(sample);
            let step = (exact.abs() / 16).max(16);
            for (name, back) in [
                ("ulaw", ulaw_decoded(ulaw(sample))),
                ("alaw", alaw_decoded(alaw(sample))),
            ] {
                let back = i32::from(back);
                let clipped = exact.clamp(-32_635, 32_635);
                assert!(
                    (back - clipped).abs() <= step,
                    "{name}: {sample} became {back}"
                );
            }
        }
    }

    #[test]
    fn silence_has_the_codes_that_the_standard_gives_it() {
        assert_eq!(ulaw(0), 0xff);
        assert_eq!(alaw(0), 0xd5);
    }

    #[test]
    fn a_wav_header_has_44_bytes_and_a_huge_size_does_not_wrap_around() {
        let header = wav_header(24_000, u32::MAX);
        assert_eq!(header.len(), 44);
        assert_eq!(&header[4..8], &u32::MAX.to_le_bytes());
        assert_eq!(&header[24..28], &24_000u32.to_le_bytes());
    }
}
