//! Opus in Ogg (RFC 6716 and 7845), with Vorbis comments.

use std::io::{self, BufReader, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opus_pure::{
    Application, MAX_PACKET_BYTES, MAX_PACKET_SAMPLES, OggOpusReader, OggOpusWriter, OpusEncoder,
    OpusHead, OpusTags, RateControl, Trim,
};

use super::{Cover, Decoded, Tags, comments};

/// Bits a second for one voice, at which speech sounds as it did.
const BITS: i32 = 48_000;
/// Samples of a second in which Opus counts, whatever the rate.
const TICKS: u32 = 48_000;
/// Twenty milliseconds.
const FRAMES_A_SECOND: u32 = 50;

/// Writes frames of 20 ms.
pub(super) struct OpusWriter<W: Write> {
    inner: OggOpusWriter<W>,
    encoder: OpusEncoder,
    packet: Vec<u8>,
    frame: usize,
    waiting: Vec<f32>,
    samples: u64,
    rate: u32,
    pre_skip: u64,
}

/// The rate that Opus knows and that loses nothing of this one.
pub(super) fn rate_for(rate: u32) -> u32 {
    [8_000, 12_000, 16_000, 24_000]
        .into_iter()
        .find(|&known| known >= rate)
        .unwrap_or(TICKS)
}

impl<W: Write> OpusWriter<W> {
    pub(super) fn new(out: W, rate: u32, tags: &Tags) -> io::Result<Self> {
        let mut encoder =
            OpusEncoder::new(rate as i32, 1, Application::Audio).map_err(of_system)?;
        encoder.bitrate_bps = BITS;
        encoder.rate_control = RateControl::Vbr;
        let head = OpusHead::for_encoder(&encoder, rate);
        let mut fields = OpusTags::new();
        for (field, value) in comments(tags) {
            fields.push(&field, &value).map_err(of_system)?;
        }
        if let Some(cover) = &tags.cover {
            let block = STANDARD.encode(picture(cover));
            fields
                .push("METADATA_BLOCK_PICTURE", &block)
                .map_err(of_system)?;
        }
        Ok(Self {
            pre_skip: u64::from(head.pre_skip),
            inner: OggOpusWriter::with_tags(out, head, fields).map_err(of_system)?,
            encoder,
            packet: vec![0; MAX_PACKET_BYTES],
            frame: (rate / FRAMES_A_SECOND) as usize,
            waiting: Vec::new(),
            samples: 0,
            rate,
        })
    }

    pub(super) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        self.samples += samples.len() as u64;
        self.waiting.extend_from_slice(samples);
        // The last frame is kept back: it says where the sound ends.
        let whole = self.waiting.len().saturating_sub(1) / self.frame * self.frame;
        for block in self.waiting[..whole].chunks_exact(self.frame) {
            let size = self
                .encoder
                .encode(block, self.frame, &mut self.packet)
                .map_err(of_system)?;
            self.inner
                .write_packet(&self.packet[..size])
                .map_err(of_system)?;
        }
        self.waiting.drain(..whole);
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let ticks = u64::from(TICKS / self.rate);
        // What is still in the encoder is pushed out by silence.
        let late = self.pre_skip.div_ceil(ticks) as usize;
        let rest = (self.waiting.len() + late).next_multiple_of(self.frame);
        self.waiting.resize(rest, 0.0);
        let end = self.pre_skip + self.samples * ticks;
        let last = rest / self.frame;
        for (number, block) in self.waiting.chunks_exact(self.frame).enumerate() {
            let size = self
                .encoder
                .encode(block, self.frame, &mut self.packet)
                .map_err(of_system)?;
            let packet = &self.packet[..size];
            if number + 1 == last {
                let length = end.saturating_sub(u64::try_from(self.inner.granule()).unwrap_or(0));
                self.inner
                    .write_packet_with_duration(packet, u32::try_from(length).unwrap_or(0))
            } else {
                self.inner.write_packet(packet)
            }
            .map_err(of_system)?;
        }
        self.inner.finish().map_err(of_system)?;
        Ok(())
    }
}

/// What the disk says must stay what it is: whoever hears of it tells a full one from a broken one.
fn of_system(error: opus_pure::Error) -> io::Error {
    match error {
        opus_pure::Error::Io(error) => error,
        error => io::Error::other(error),
    }
}

/// A picture as FLAC has it (RFC 9639, section 8.8): the front cover, of a size that the reader finds out.
fn picture(cover: &Cover) -> Vec<u8> {
    let mut block = Vec::new();
    let number = |block: &mut Vec<u8>, value: usize| {
        block.extend_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes());
    };
    number(&mut block, 3);
    number(&mut block, cover.kind.len());
    block.extend_from_slice(cover.kind.as_bytes());
    // No description; width, height, depth and colours unknown.
    for _ in 0..5 {
        number(&mut block, 0);
    }
    number(&mut block, cover.bytes.len());
    block.extend_from_slice(&cover.bytes);
    block
}

/// Decodes a file whole, at a rate that Opus knows.
pub(super) fn decode(file: impl Read, rate: u32) -> io::Result<Decoded> {
    let source = BufReader::with_capacity(1 << 16, file);
    let mut reader = OggOpusReader::new(source).map_err(of_system)?;
    let mut decoder = reader.head().decoder(rate as i32).map_err(of_system)?;
    let mut trim = Trim::new(reader.head(), rate as i32, 1).map_err(of_system)?;
    let mut block = vec![0.0; MAX_PACKET_SAMPLES];
    let mut decoded = Decoded::default();
    for packet in reader.packets() {
        let packet = packet.map_err(of_system)?;
        let count = decoder
            .decode(&packet.data, MAX_PACKET_SAMPLES, &mut block)
            .map_err(of_system)?;
        decoded.add(trim.keep(&packet, &block[..count]));
    }
    Ok(decoded)
}
