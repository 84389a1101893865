//! MP3: telling it from samples, and decoding it as it arrives.

/// The length in bytes of the MPEG layer III frame that `bytes` begins with, if it does.
pub(crate) fn frame_length(bytes: &[u8]) -> Option<usize> {
    let &[0xff, version, rates, _, ..] = bytes else {
        return None;
    };
    if version & 0xe0 != 0xe0 || version & 0x06 != 0x02 {
        return None;
    }
    let (kbits, divisor, per_frame): ([usize; 16], usize, usize) = match version >> 3 & 3 {
        3 => (
            [
                0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
            ],
            1,
            144,
        ),
        2 => (
            [
                0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
            ],
            2,
            72,
        ),
        0 => (
            [
                0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
            ],
            4,
            72,
        ),
        _ => return None,
    };
    let hz = [44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))? / divisor;
    let kbits = kbits[usize::from(rates >> 4)];
    (kbits > 0).then(|| per_frame * kbits * 1_000 / hz + usize::from(rates >> 1 & 1))
}

#[cfg(feature = "mp3")]
pub(crate) use decoder::Mp3Decoder;

#[cfg(feature = "mp3")]
mod decoder {
    use symphonia_bundle_mp3::MpaDecoder;
    use symphonia_core::codecs::audio::well_known::CODEC_ID_MP3;
    use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
    use symphonia_core::packet::PacketRef;
    use symphonia_core::units::{Duration, Timestamp};

    use super::frame_length;
    use crate::pcm::NotPcm;

    /// The longest tag before the first frame, in bytes. The service sends none.
    const LONGEST_TAG: usize = 256 << 10;
    /// The first frames may lean on some that were never sent.
    const FRAMES_WITHOUT_SOUND: u32 = 3;

    /// Decodes one MP3 stream of a known rate to mono samples.
    pub(crate) struct Mp3Decoder {
        decoder: MpaDecoder,
        rate: u32,
        held: Vec<u8>,
        /// Bytes of a tag that are still to be skipped.
        tag: usize,
        frames: u32,
        /// What follows is a tag behind the sound.
        over: bool,
        plane: Vec<i16>,
    }

    impl Mp3Decoder {
        /// Begins with the first bytes of the stream, ten of them at least unless it is shorter.
        pub(crate) fn new(rate: u32, head: &[u8]) -> Result<Mp3Decoder, NotPcm> {
            let mut parameters = AudioCodecParameters::new();
            parameters.for_codec(CODEC_ID_MP3).with_sample_rate(rate);
            let options = AudioDecoderOptions::default();
            let decoder = MpaDecoder::try_new(&parameters, &options)
                .map_err(|error| refused(&format!("MP3, which can't be decoded ({error}),")))?;
            let tag = id3_length(head).unwrap_or(0);
            if tag > LONGEST_TAG {
                return Err(refused("an MP3 behind an endless tag"));
            }
            Ok(Mp3Decoder {
                decoder,
                rate,
                held: Vec::new(),
                tag,
                frames: 0,
                over: false,
                plane: Vec::new(),
            })
        }

        /// Takes the next bytes, cut anywhere, and appends the samples of the frames they
        /// complete. What the end leaves of a frame has no sound.
        pub(crate) fn push(&mut self, bytes: &[u8], samples: &mut Vec<i16>) -> Result<(), NotPcm> {
            if self.over {
                return Ok(());
            }
            let skipped = self.tag.min(bytes.len());
            self.tag -= skipped;
            self.held.extend_from_slice(&bytes[skipped..]);
            let mut at = 0;
            while let Some(rest) = self.held.get(at..).filter(|rest| rest.len() >= 4) {
                let Some(length) = frame_length(rest) else {
                    self.over = [&b"TAG"[..], b"APE", b"LYR"]
                        .iter()
                        .any(|tag| rest.starts_with(tag));
                    return match self.over && self.frames > 0 {
                        true => Ok(()),
                        false => Err(refused("a broken MP3")),
                    };
                };
                let Some(frame) = rest.get(..length) else {
                    break;
                };
                at += length;
                self.frames += 1;
                decode(
                    &mut self.decoder,
                    self.rate,
                    self.frames,
                    frame,
                    &mut self.plane,
                )?;
                samples.append(&mut self.plane);
            }
            self.held.drain(..at);
            Ok(())
        }
    }

    fn decode(
        decoder: &mut MpaDecoder,
        rate: u32,
        number: u32,
        frame: &[u8],
        plane: &mut Vec<i16>,
    ) -> Result<(), NotPcm> {
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, frame);
        let sound = match decoder.decode_ref(&packet) {
            Ok(sound) => sound,
            Err(_) if number <= FRAMES_WITHOUT_SOUND => return Ok(()),
            Err(_) => return Err(refused("a broken MP3")),
        };
        let found = sound.spec().rate();
        if found != rate {
            return Err(refused(&format!(
                "MP3 at {found} Hz, where {rate} Hz was asked for,"
            )));
        }
        let channels = sound.num_planes();
        let mut interleaved: Vec<i16> = Vec::new();
        sound.copy_to_vec_interleaved(&mut interleaved);
        let mix = |samples: &[i16]| {
            let sum: i32 = samples.iter().map(|sample| i32::from(*sample)).sum();
            (sum / samples.len() as i32) as i16
        };
        plane.extend(interleaved.chunks_exact(channels.max(1)).map(mix));
        Ok(())
    }

    /// The length of the ID3 tag that the bytes begin with: its size has seven bits a byte.
    fn id3_length(bytes: &[u8]) -> Option<usize> {
        let header = bytes
            .get(..10)
            .filter(|header| header.starts_with(b"ID3"))?;
        let size = header[6..]
            .iter()
            .fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
        Some(10 + size + footer)
    }

    fn refused(found: &str) -> NotPcm {
        NotPcm::Format(found.to_owned())
    }
}

#[cfg(all(test, feature = "mp3"))]
mod tests {
    use crate::OutputFormat;
    use crate::pcm::{NotPcm, PcmDecoder};
    use proptest::prelude::*;

    /// Half a second of 440 Hz, as LAME writes it: MPEG-2.5, MPEG-2 and MPEG-1.
    const TONES: [(u32, &[u8]); 3] = [
        (8_000, include_bytes!("../tests/sounds/tone-8000.mp3")),
        (24_000, include_bytes!("../tests/sounds/tone-24000.mp3")),
        (44_100, include_bytes!("../tests/sounds/tone-44100.mp3")),
    ];

    fn decode(bytes: &[u8], rate: u32, step: usize) -> Result<Vec<i16>, NotPcm> {
        let mut decoder = PcmDecoder::new(OutputFormat::Mp3, rate);
        let mut samples = Vec::new();
        for piece in bytes.chunks(step) {
            decoder.push(piece, &mut samples)?;
        }
        decoder.finish(&mut samples)?;
        Ok(samples)
    }

    #[test]
    fn a_tone_is_heard_at_its_pitch_and_length_at_every_rate() {
        for (rate, mp3) in TONES {
            let whole = decode(mp3, rate, mp3.len()).unwrap();
            for step in [1, 100, 417] {
                assert!(
                    decode(mp3, rate, step).unwrap() == whole,
                    "{rate}, step {step}"
                );
            }
            // An encoder adds up to three frames, of 576 or 1152 samples.
            let half = rate as usize / 2;
            assert!(
                (half..half + 3 * 1_152).contains(&whole.len()),
                "{rate}: {}",
                whole.len()
            );
            let middle = &whole[whole.len() / 2 - rate as usize / 10..][..rate as usize / 5];
            let rises = middle
                .windows(2)
                .filter(|pair| pair[0] < 0 && pair[1] >= 0)
                .count();
            assert!((87..=89).contains(&rises), "{rate}: {} Hz", rises * 5);
            assert!(middle.iter().any(|sample| *sample > 3_000));
        }
    }

    #[test]
    fn a_tag_before_the_sound_is_skipped() {
        let (rate, mp3) = TONES[1];
        let whole = decode(mp3, rate, 1_000).unwrap();
        let mut tagged = b"ID3\x04\0\0\0\0\x02\x00".to_vec();
        tagged.extend([0xff; 256]);
        tagged.extend(mp3);
        for step in [1, 300, 10_000] {
            assert!(decode(&tagged, rate, step).unwrap() == whole, "step {step}");
        }
        let endless = [b"ID3\x04\0\0\x7f\x7f\x7f\x7f".as_slice(), &[0; 300_000]].concat();
        assert!(matches!(
            decode(&endless, rate, 9_000),
            Err(NotPcm::Format(_))
        ));
    }

    #[test]
    fn what_is_not_the_mp3_that_was_asked_for_is_refused() {
        let (rate, mp3) = TONES[1];
        assert!(matches!(decode(mp3, 44_100, 100), Err(NotPcm::Format(_))));
        assert!(matches!(
            decode(&[7; 5_000], rate, 100),
            Err(NotPcm::Format(_))
        ));
        let text = b"upstream connect error or disconnect";
        assert!(matches!(decode(text, rate, 7), Err(NotPcm::Text(_))));
        // To those who asked for samples it is no answer at all.
        let mut decoder = PcmDecoder::new(OutputFormat::Pcm, rate);
        assert!(decoder.push(mp3, &mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn any_damage_ends_in_samples_or_an_error(
            which in 0usize..3,
            damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..40),
            end in any::<usize>(),
            step in 1usize..700,
        ) {
            let (rate, mp3) = TONES[which];
            let mut bytes = mp3[..end % (mp3.len() + 1)].to_vec();
            for (at, byte) in damage {
                if let Some(place) = at.checked_rem(bytes.len()) {
                    bytes[place] = byte;
                }
            }
            if let Ok(samples) = decode(&bytes, rate, step) {
                prop_assert!(samples.len() < rate as usize * 2);
            }
        }
    }
}
