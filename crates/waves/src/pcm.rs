//! From the bytes of an answer to samples, whatever container they really came in.
//!
//! The service labels every format `audio/wav`, so what was asked for decides, and the bytes must
//! agree. A RIFF header is believed about the coding, and taken off (its sizes are not believed:
//! they may be 0, 0xFFFFFFFF or just wrong). Text, and compressed audio that nobody asked for, is
//! refused before any of it is played.

use crate::OutputFormat;
use crate::g711::Law;
#[cfg(feature = "mp3")]
use crate::mp3::Mp3Decoder;
use crate::mp3::frame_length;

/// Mono samples of 16 bits, cut out of bytes as they arrive.
pub(crate) struct PcmDecoder {
    rate: u32,
    asked: OutputFormat,
    state: State,
}

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// Two bytes, little end first.
    Linear,
    /// One byte.
    G711(Law),
}

/// Bytes that are no PCM of the kind asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotPcm {
    /// JSON, a web page or other text: what has arrived of it.
    Text(Vec<u8>),
    /// Another audio format, or a RIFF header that contradicts the request.
    Format(String),
}

enum State {
    /// Too little has arrived to tell what it is.
    Head(Vec<u8>),
    /// Samples; `left` counts the bytes that a RIFF header announced.
    Samples {
        coding: Coding,
        half: Option<u8>,
        left: Option<u64>,
    },
    #[cfg(feature = "mp3")]
    Mp3(Box<Mp3Decoder>),
    /// The announced bytes are over: what follows is either more chunks of the file, or the
    /// announcement was wrong.
    After {
        coding: Coding,
        bytes: Vec<u8>,
        half: Option<u8>,
        padded: bool,
    },
    /// Chunks behind the samples, which hold titles and the like.
    Ignored,
}

/// What a head is.
#[derive(Debug, PartialEq, Eq)]
enum Head {
    /// More bytes are needed to tell.
    Unclear,
    /// Samples begin after `skip` bytes; a header may announce how many bytes they take.
    Pcm {
        coding: Coding,
        skip: usize,
        announced: Option<u64>,
    },
    #[cfg(feature = "mp3")]
    Mp3,
    Refused(NotPcm),
}

/// Enough to tell text from samples, and less than a millisecond at 24 kHz.
const HEAD: usize = 32;
/// No WAV has its samples further behind than this.
const LONGEST_HEADER: usize = 64 << 10;

impl PcmDecoder {
    /// `rate`: what was asked for, in Hz; a header with another one is refused.
    pub(crate) fn new(asked: OutputFormat, rate: u32) -> PcmDecoder {
        PcmDecoder {
            rate,
            asked,
            state: State::Head(Vec::new()),
        }
    }

    /// Whether enough has arrived to know that it is audio.
    pub(crate) fn is_decided(&self) -> bool {
        !matches!(self.state, State::Head(_))
    }

    /// Takes the next bytes, cut anywhere, and appends the samples that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8], samples: &mut Vec<i16>) -> Result<(), NotPcm> {
        match &mut self.state {
            State::Head(head) => {
                head.extend_from_slice(bytes);
                self.read_head(false, samples)
            }
            State::Samples { coding, half, left } => {
                let announced = left.map_or(bytes.len(), |left| {
                    bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))
                });
                let (now, later) = bytes.split_at(announced);
                match coding {
                    Coding::Linear => join(half, now, samples),
                    Coding::G711(law) => samples.extend(now.iter().map(|byte| law.sample(*byte))),
                }
                let Some(left) = left else { return Ok(()) };
                *left -= now.len() as u64;
                if *left > 0 {
                    return Ok(());
                }
                self.state = State::After {
                    coding: *coding,
                    bytes: Vec::new(),
                    padded: half.is_some() || *coding != Coding::Linear,
                    half: *half,
                };
                self.push(later, samples)
            }
            #[cfg(feature = "mp3")]
            State::Mp3(decoder) => decoder.push(bytes, samples),
            State::After { bytes: held, .. } => {
                held.extend_from_slice(bytes);
                self.read_after(samples)
            }
            State::Ignored => Ok(()),
        }
    }

    /// The bytes are over: decides what was still unclear. Half a sample at the end is dropped;
    /// the transport has proved that nothing more was sent.
    pub(crate) fn finish(&mut self, samples: &mut Vec<i16>) -> Result<(), NotPcm> {
        match self.state {
            State::Head(_) => self.read_head(true, samples),
            _ => Ok(()),
        }
    }

    fn read_head(&mut self, ended: bool, samples: &mut Vec<i16>) -> Result<(), NotPcm> {
        let State::Head(head) = &mut self.state else {
            return Ok(());
        };
        match classify(head, self.asked, self.rate, ended) {
            Head::Unclear => Ok(()),
            Head::Refused(why) => Err(why),
            #[cfg(feature = "mp3")]
            Head::Mp3 => {
                let head = std::mem::take(head);
                self.state = State::Mp3(Box::new(Mp3Decoder::new(self.rate, &head)?));
                self.push(&head, samples)
            }
            Head::Pcm {
                coding,
                skip,
                announced,
            } => {
                let head = std::mem::take(head);
                self.state = State::Samples {
                    coding,
                    half: None,
                    left: announced,
                };
                self.push(&head[skip.min(head.len())..], samples)
            }
        }
    }

    fn read_after(&mut self, samples: &mut Vec<i16>) -> Result<(), NotPcm> {
        let State::After {
            coding,
            bytes,
            half,
            padded,
        } = &mut self.state
        else {
            return Ok(());
        };
        if bytes.len() < 9 {
            return Ok(());
        }
        let bytes = std::mem::take(bytes);
        if bytes.starts_with(b"RIFF") {
            // Every chunk as a file of its own.
            self.state = State::Head(bytes);
            return self.read_head(false, samples);
        }
        if is_known_chunk(&bytes[..4]) || (*padded && is_known_chunk(&bytes[1..5])) {
            self.state = State::Ignored;
            return Ok(());
        }
        self.state = State::Samples {
            coding: *coding,
            half: *half,
            left: None,
        };
        self.push(&bytes, samples)
    }
}

/// Appends the samples of `bytes`, the first of which may complete a sample begun before.
fn join(half: &mut Option<u8>, mut bytes: &[u8], samples: &mut Vec<i16>) {
    if let (Some(low), [high, rest @ ..]) = (*half, bytes) {
        samples.push(i16::from_le_bytes([low, *high]));
        *half = None;
        bytes = rest;
    }
    let (pairs, odd) = bytes.as_chunks::<2>();
    samples.extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
    if let [odd] = odd {
        *half = Some(*odd);
    }
}

fn classify(head: &[u8], asked: OutputFormat, rate: u32, ended: bool) -> Head {
    if head.len() < HEAD && !ended {
        return Head::Unclear;
    }
    if head.len() >= 12 && matches!(&head[..4], b"RIFF" | b"RF64" | b"RIFX") {
        return if &head[8..12] == b"WAVE" && !head.starts_with(b"RIFX") {
            read_wav_header(head, rate, ended)
        } else {
            refused("a RIFF file that is no WAV")
        };
    }
    if head.starts_with(b"ID3") {
        return mp3(asked);
    }
    for (magic, name) in [
        (&b"OggS"[..], "Ogg"),
        (b"fLaC", "FLAC"),
        (b"\x1aE\xdf\xa3", "WebM"),
    ] {
        if head.starts_with(magic) {
            return refused(name);
        }
    }
    if head.get(4..8) == Some(b"ftyp") {
        return refused("MP4");
    }
    if let Some(length) = frame_length(head) {
        // A loud sample can look like one MP3 header, but not like two in the right distance.
        let next = head.get(length..).filter(|next| next.len() >= 4);
        if next.is_none() && !ended {
            return Head::Unclear;
        }
        let alone = head.len() <= length && asked == OutputFormat::Mp3;
        if alone || next.is_some_and(|next| frame_length(next).is_some()) {
            return mp3(asked);
        }
    }
    // Sixteen samples in a row whose every byte is a printable character would be a loud
    // constant tone of direct current: no speech begins like that.
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let start = &head[..head.len().min(HEAD)];
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if !start.is_empty() && start.iter().all(is_text) {
        return Head::Refused(NotPcm::Text(head.to_vec()));
    }
    let coding = match asked {
        OutputFormat::Pcm | OutputFormat::Wav => Coding::Linear,
        OutputFormat::Ulaw => Coding::G711(Law::Mu),
        OutputFormat::Alaw => Coding::G711(Law::A),
        OutputFormat::Mp3 if head.is_empty() => Coding::Linear,
        OutputFormat::Mp3 => return refused("bytes that are no MP3"),
    };
    Head::Pcm {
        coding,
        skip: 0,
        announced: None,
    }
}

/// MP3 is for those who asked for it: to others it would be a lossy answer to a lossless wish.
fn mp3(asked: OutputFormat) -> Head {
    #[cfg(feature = "mp3")]
    if asked == OutputFormat::Mp3 {
        return Head::Mp3;
    }
    let _ = asked;
    refused("MP3")
}

fn refused(format: &str) -> Head {
    Head::Refused(NotPcm::Format(format.to_owned()))
}

/// Walks the chunks up to the samples.
fn read_wav_header(head: &[u8], rate: u32, ended: bool) -> Head {
    // A header without samples is an answer without speech, not a strange format.
    let more = if ended {
        Head::Pcm {
            coding: Coding::Linear,
            skip: head.len(),
            announced: None,
        }
    } else {
        Head::Unclear
    };
    let mut coding = None;
    let mut at = 12;
    loop {
        if at > LONGEST_HEADER {
            return refused("a WAV with an endless header");
        }
        let Some(chunk) = head.get(at..at + 8) else {
            return more;
        };
        let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        match &chunk[..4] {
            b"data" if let Some(coding) = coding => {
                // 0 and 0xFFFFFFFF are what a writer puts that does not know the length yet.
                let known = !matches!(size, 0 | u32::MAX);
                return Head::Pcm {
                    coding,
                    skip: at + 8,
                    announced: known.then_some(u64::from(size)),
                };
            }
            b"data" => return refused("a WAV without a format"),
            b"fmt " => {
                if !(16..=1_024).contains(&size) {
                    return refused("a WAV with a broken format");
                }
                let Some(format) = head.get(at + 8..at + 8 + size as usize) else {
                    return more;
                };
                match check_format(format, rate) {
                    Ok(found) => coding = Some(found),
                    Err(difference) => return Head::Refused(NotPcm::Format(difference)),
                }
            }
            _ => {}
        }
        // Chunks are padded to even lengths.
        at = at.saturating_add(8 + size as usize + (size as usize & 1));
    }
}

/// What a `fmt ` chunk (16 bytes at least) says, which must be mono at `rate`.
fn check_format(format: &[u8], rate: u32) -> Result<Coding, String> {
    let short = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
    let in_rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
    let tag = match (short(0), format.get(24..26)) {
        // The extensible form has the real tag at the front of its sub-format.
        (0xfffe, Some(sub_format)) => u16::from_le_bytes([sub_format[0], sub_format[1]]),
        (tag, _) => tag,
    };
    match (tag, short(14)) {
        _ if (short(2), in_rate) != (1, rate) => {}
        (1, 16) => return Ok(Coding::Linear),
        (6, 8) => return Ok(Coding::G711(Law::A)),
        (7, 8) => return Ok(Coding::G711(Law::Mu)),
        _ => {}
    }
    Err(format!(
        "a WAV with format tag {tag}, {} channels, {} bits and {in_rate} Hz, where mono at {rate} Hz was asked for",
        short(2),
        short(14),
    ))
}

/// Chunks that writers put behind the samples.
fn is_known_chunk(id: &[u8]) -> bool {
    [
        b"LIST", b"id3 ", b"ID3 ", b"fact", b"cue ", b"smpl", b"inst", b"bext", b"iXML", b"_PMX",
        b"JUNK", b"junk", b"PAD ", b"FLLR", b"acid", b"PEAK", b"plst", b"C2PA",
    ]
    .iter()
    .any(|known| known.as_slice() == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: u32 = 24_000;

    /// Decodes `wire`, given in pieces of `step` bytes.
    fn decode(wire: &[u8], step: usize) -> Result<Vec<i16>, NotPcm> {
        let mut decoder = PcmDecoder::new(OutputFormat::Pcm, RATE);
        let mut samples = Vec::new();
        for piece in wire.chunks(step) {
            decoder.push(piece, &mut samples)?;
        }
        decoder.finish(&mut samples)?;
        Ok(samples)
    }

    fn bytes(samples: &[i16]) -> Vec<u8> {
        samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect()
    }

    fn chunk(id: &[u8; 4], size: u32, content: &[u8]) -> Vec<u8> {
        [id.as_slice(), &size.to_le_bytes(), content].concat()
    }

    fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
        let mut format = Vec::new();
        format.extend(tag.to_le_bytes());
        format.extend(channels.to_le_bytes());
        format.extend(rate.to_le_bytes());
        format.extend((rate * u32::from(channels) * u32::from(bits) / 8).to_le_bytes());
        format.extend((channels * bits / 8).to_le_bytes());
        format.extend(bits.to_le_bytes());
        format
    }

    fn wav(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"RIFF\x10\0\0\0WAVE".as_slice(), &chunks.concat()].concat()
    }

    fn plain_format() -> Vec<u8> {
        chunk(b"fmt ", 16, &format(1, 1, RATE, 16))
    }

    const SPEECH: [i16; 40] = {
        let mut speech = [0; 40];
        let mut at = 0;
        while at < 40 {
            speech[at] = at as i16 * 700 - 14_000;
            at += 1;
        }
        speech
    };

    /// Decodes with another format asked for.
    fn decode_as(asked: OutputFormat, wire: &[u8], step: usize) -> Result<Vec<i16>, NotPcm> {
        let mut decoder = PcmDecoder::new(asked, RATE);
        let mut samples = Vec::new();
        for piece in wire.chunks(step) {
            decoder.push(piece, &mut samples)?;
        }
        decoder.finish(&mut samples)?;
        Ok(samples)
    }

    #[test]
    fn one_byte_a_sample_is_read_with_and_without_a_header() {
        let codes: Vec<u8> = (0..=255).collect();
        for (asked, law, tag) in [
            (OutputFormat::Ulaw, Law::Mu, 7),
            (OutputFormat::Alaw, Law::A, 6),
        ] {
            let samples: Vec<i16> = codes.iter().map(|code| law.sample(*code)).collect();
            let file = wav(&[
                chunk(b"fmt ", 16, &format(tag, 1, RATE, 8)),
                chunk(b"fact", 4, &[0; 4]),
                chunk(b"data", 256, &codes),
                chunk(b"LIST", 12, b"INFOISFTLavf"),
            ]);
            for step in [1, 7, 300] {
                assert_eq!(
                    decode_as(asked, &codes, step).unwrap(),
                    samples,
                    "{asked:?}"
                );
                assert_eq!(decode_as(asked, &file, step).unwrap(), samples, "{asked:?}");
                // The header says what it is, whatever was asked for.
                assert_eq!(decode(&file, step).unwrap(), samples, "{asked:?}");
            }
            let text = br#"{"error":"unauthorized","message":"no"}"#;
            assert!(matches!(decode_as(asked, text, 9), Err(NotPcm::Text(_))));
        }
    }

    #[test]
    fn odd_pieces_are_joined_before_they_are_cut_into_samples() {
        for step in 1..=9 {
            assert_eq!(
                decode(&bytes(&SPEECH), step).unwrap(),
                SPEECH,
                "step {step}"
            );
        }
        let mut odd = bytes(&SPEECH);
        odd.push(1);
        assert_eq!(decode(&odd, 3).unwrap(), SPEECH, "half a sample is dropped");
        assert!(decode(&[], 1).unwrap().is_empty());
        assert_eq!(decode(&[0, 1, 2], 1).unwrap(), [256]);
    }

    #[test]
    fn sizes_in_a_riff_header_are_not_believed() {
        let real = SPEECH.len() as u32 * 2;
        for size in [
            real,
            0,
            u32::MAX,
            u32::MAX - 36,
            real + 1_000,
            2,
            10,
            real - 1,
            7,
        ] {
            let wire = wav(&[plain_format(), chunk(b"data", size, &bytes(&SPEECH))]);
            for step in [1, 2, 7, 44, 45, 1_000] {
                let samples = decode(&wire, step).unwrap();
                // Up to eight bytes after a wrong end can't be told from padding.
                let lost = SPEECH.len() - samples.len();
                assert!(lost <= 4, "size {size}, step {step}: {lost} lost");
                assert_eq!(samples, SPEECH[..samples.len()], "size {size}, step {step}");
            }
        }
    }

    #[test]
    fn other_chunks_are_no_sound() {
        let mut extensible = format(0xfffe, 1, RATE, 16);
        extensible.extend([22, 0, 16, 0, 4, 0, 0, 0, 1, 0]);
        extensible.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
        let real = SPEECH.len() as u32 * 2;
        let wire = wav(&[
            chunk(b"JUNK", 3, b"abc\0"),
            chunk(b"fmt ", 40, &extensible),
            chunk(b"LIST", 5, b"INFOx\0"),
            chunk(b"data", real, &bytes(&SPEECH)),
            chunk(b"LIST", 12, b"INFOISFTLavf"),
        ]);
        for step in [1, 5, 64, 1_000] {
            assert_eq!(decode(&wire, step).unwrap(), SPEECH, "step {step}");
        }
        // An odd number of bytes is padded, and the padding is not the high half of a sample.
        let odd = [&bytes(&SPEECH)[..79], &[0]].concat();
        let wire = wav(&[
            plain_format(),
            chunk(b"data", 79, &odd),
            chunk(b"LIST", 12, b"INFOISFTLavf"),
        ]);
        assert_eq!(decode(&wire, 6).unwrap(), SPEECH[..39]);
    }

    #[test]
    fn a_file_per_chunk_is_one_speech() {
        let file = wav(&[plain_format(), chunk(b"data", 80, &bytes(&SPEECH))]);
        let twice = [file.clone(), file].concat();
        assert_eq!(decode(&twice, 50).unwrap(), [SPEECH, SPEECH].concat());
    }

    #[test]
    fn a_header_without_samples_is_silence_and_not_an_error() {
        let whole = wav(&[plain_format(), chunk(b"data", 0, &[])]);
        for cut in 12..=whole.len() {
            assert!(
                decode(&whole[..cut], 10).unwrap().is_empty(),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_header_that_contradicts_the_request_is_refused() {
        for (tag, channels, rate, bits) in [
            (7, 1, RATE, 16),
            (1, 2, RATE, 16),
            (1, 1, 44_100, 16),
            (3, 1, RATE, 32),
            (1, 1, 0, 16),
        ] {
            let wire = wav(&[
                chunk(b"fmt ", 16, &format(tag, channels, rate, bits)),
                chunk(b"data", 80, &bytes(&SPEECH)),
            ]);
            assert!(
                matches!(decode(&wire, 9), Err(NotPcm::Format(_))),
                "{tag} {channels} {rate} {bits}"
            );
        }
        let endless = wav(&[plain_format(), chunk(b"JUNK", 1 << 30, &[0; 200])]);
        assert!(matches!(decode(&endless, 9), Err(NotPcm::Format(_))));
        let none = wav(&[chunk(b"data", 80, &bytes(&SPEECH))]);
        assert!(matches!(decode(&none, 9), Err(NotPcm::Format(_))));
    }

    #[test]
    fn other_audio_formats_are_refused_by_name() {
        // As captured from the service: MPEG-2 layer III, 24 kHz, 128 kbit/s, frames of 384 bytes.
        let mut frame = vec![0x11; 384];
        frame[..4].copy_from_slice(&[0xff, 0xf3, 0xc4, 0xc4]);
        assert_eq!(frame_length(&frame), Some(384));
        for (wire, name) in [
            ([frame.clone(), frame].concat(), "MP3"),
            ([b"ID3\x04".as_slice(), &[0; 60]].concat(), "MP3"),
            ([b"OggS".as_slice(), &[0; 60]].concat(), "Ogg"),
            ([b"fLaC".as_slice(), &[0; 60]].concat(), "FLAC"),
            ([b"\0\0\0\x20ftypM4A ".as_slice(), &[0; 60]].concat(), "MP4"),
        ] {
            for step in [1, 100, 10_000] {
                assert_eq!(decode(&wire, step), Err(NotPcm::Format(name.into())));
            }
        }
        // One loud sample that looks like a frame header is still a sample.
        let loud: Vec<i16> = [-3_073, -15_292]
            .into_iter()
            .chain(SPEECH.repeat(20))
            .collect();
        assert_eq!(decode(&bytes(&loud), 11).unwrap(), loud);
    }

    #[test]
    fn text_is_refused_before_it_is_heard() {
        let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>";
        for text in [
            r#"{"error":"unauthorized"}"#,
            "{}",
            page,
            "upstream connect error or disconnect",
            "\u{feff}{\"error\": \"aaaaaaaaaaaaaaaaaaaaaaaa\"}",
        ] {
            for step in [1, 20, 1_000] {
                let Err(NotPcm::Text(seen)) = decode(text.as_bytes(), step) else {
                    panic!("{text} was heard");
                };
                assert!(text.as_bytes().starts_with(&seen));
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_cut_anywhere_give_the_same_samples(
            start in prop_oneof![
                Just(vec![]), Just(wav(&[])), Just(wav(&[plain_format()])),
                Just(wav(&[plain_format(), chunk(b"data", 20, &[])])), Just(b"RIFF".to_vec()),
                Just(vec![0xff, 0xf3, 0xc4, 0xc4]),
            ],
            rest in proptest::collection::vec(any::<u8>(), 0..600),
            step in 1usize..40,
        ) {
            let wire = [start, rest].concat();
            let whole = decode(&wire, wire.len().max(1));
            let pieces = decode(&wire, step);
            match (whole, pieces) {
                // How much text had arrived differs, not that it is text.
                (Err(NotPcm::Text(_)), Err(NotPcm::Text(_))) => {}
                (whole, pieces) => prop_assert_eq!(whole, pieces),
            }
        }
    }
}
