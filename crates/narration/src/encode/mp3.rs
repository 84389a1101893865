//! MP3 (MPEG-1, 2 and 2.5, layer III), frame by frame, with ID3v2.3 in front.
//!
//! The library's own stream keeps all frames until its end where the bit rate is constant; frames are made one at a time
//! here, so that memory does not grow with the length of a book.

use std::io::{self, Read, Seek, SeekFrom, Write};

use id3::frame::{Chapter, Content, Picture, PictureType, TableOfContents};
use id3::{Frame, Tag, TagLike, Version};
use rusty_mp3::encode::Mp3Encode;
use rusty_mp3::encode::lametag::{
    ENCODER_DELAY, TagInfo, TagStats, extra_priming, frames_for, padding_for, tag_frame, tag_header,
};
use rusty_mp3::header::{FrameHeader, MpegVersion};
use rusty_mp3::{Error, Mp3Decoder, encoder_header};

use super::{Decoded, Form, Tags};

/// Kilobits a second where every frame has the same: what ACX asks for.
const CONSTANT: u32 = 192;
/// The mean of frames that take what they need: speech of full width, and of half.
const WIDE: f32 = 96.0;
const NARROW: f32 = 56.0;

/// How many samples more than went in may come out: delays of both sides, filled up to whole frames.
pub(super) const LONGER: u64 = 5 * 1_152;

/// Writes frames behind a tag.
pub(super) struct Mp3Writer<W> {
    out: W,
    state: Mp3Encode,
    header: FrameHeader,
    /// The mean bit rate, where it is not constant.
    mean: Option<f32>,
    waiting: Vec<f32>,
    samples: u64,
    /// Silence in front of a sound that is shorter than a frame.
    priming: usize,
    stats: TagStats,
    /// Where the frame lies that says how long the stream is.
    info_at: u64,
}

impl<W: Write + Seek> Mp3Writer<W> {
    pub(super) fn new(mut out: W, form: Form, tags: &Tags) -> io::Result<Self> {
        let Form {
            rate,
            total,
            constant,
            ..
        } = form;
        let header = encoder_header(rate, 1, if constant { CONSTANT } else { 0 })
            .map_err(io::Error::other)?;
        id3(tags)
            .write_to(&mut out, Version::Id3v23)
            .map_err(|error| match error.kind {
                // A full disk stays one.
                id3::ErrorKind::Io(error) => error,
                kind => io::Error::other(id3::Error::new(kind, error.description)),
            })?;
        let info_at = out.stream_position()?;
        let info_header = tag_header(&header);
        let spf = header.version.samples_per_frame();
        let priming = if total < spf as u64 {
            extra_priming(total, spf)
        } else {
            0
        };
        let mut writer = Self {
            out,
            state: Mp3Encode::new(),
            mean: (!constant).then_some(if header.version == MpegVersion::V1 {
                WIDE
            } else {
                NARROW
            }),
            header,
            waiting: vec![0.0; priming],
            samples: 0,
            priming,
            stats: TagStats::new(info_header.frame_size()),
            info_at,
        };
        let info = writer.info();
        writer.out.write_all(&info)?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        self.samples += samples.len() as u64;
        self.push(samples)
    }

    fn push(&mut self, samples: &[f32]) -> io::Result<()> {
        self.waiting.extend_from_slice(samples);
        let spf = self.header.version.samples_per_frame();
        let whole = self.waiting.len() / spf * spf;
        for block in self.waiting[..whole].chunks_exact(spf) {
            let frame = self
                .state
                .encode_frame(&self.header, &[block], self.mean)
                .map_err(io::Error::other)?;
            self.stats.add_frame(&frame);
            self.out.write_all(&frame)?;
        }
        self.waiting.drain(..whole);
        Ok(())
    }

    /// The frame at the beginning that says how long the stream is and what of it is sound.
    fn info(&self) -> Vec<u8> {
        let delay = ENCODER_DELAY + self.priming;
        let spf = self.header.version.samples_per_frame();
        let info = TagInfo {
            vbr: self.mean.is_some(),
            delay,
            padding: padding_for(self.samples, delay, spf) as usize,
        };
        tag_frame(&tag_header(&self.header), &self.stats, &info)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let spf = self.header.version.samples_per_frame();
        let delay = ENCODER_DELAY + self.priming;
        let all = frames_for(self.samples, delay, spf) * spf as u64;
        let rest = all - self.samples - self.priming as u64;
        self.push(&vec![0.0; rest as usize])?;
        self.out.seek(SeekFrom::Start(self.info_at))?;
        let info = self.info();
        self.out.write_all(&info)?;
        self.out.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

fn id3(tags: &Tags) -> Tag {
    let mut tag = Tag::new();
    tag.set_title(&tags.title);
    tag.set_album(&tags.album);
    tag.set_genre("Audiobook");
    if let Some(author) = &tags.author {
        tag.set_artist(author);
    }
    if let Some((number, count)) = tags.track {
        tag.set_track(number);
        tag.set_total_tracks(count);
    }
    if let Some(cover) = &tags.cover {
        tag.add_frame(Picture {
            mime_type: cover.kind.to_owned(),
            picture_type: PictureType::CoverFront,
            description: String::new(),
            data: cover.bytes.clone(),
        });
    }
    let millis = |time: std::time::Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    let mut elements = Vec::new();
    for (number, chapter) in tags.chapters.iter().enumerate() {
        let element = format!("chp{number}");
        elements.push(element.clone());
        tag.add_frame(Chapter {
            element_id: element,
            start_time: millis(chapter.time.start),
            end_time: millis(chapter.time.end),
            // As the format says that only the times count.
            start_offset: u32::MAX,
            end_offset: u32::MAX,
            frames: vec![Frame::with_content(
                "TIT2",
                Content::Text(chapter.title.clone()),
            )],
        });
    }
    // The table's format has one byte for their number.
    if !elements.is_empty() && elements.len() < 256 {
        tag.add_frame(TableOfContents {
            element_id: "toc".to_owned(),
            top_level: true,
            ordered: true,
            elements,
            frames: Vec::new(),
        });
    }
    tag
}

/// Decodes a file whole.
pub(super) fn decode(mut file: impl Read + Seek) -> io::Result<Decoded> {
    let mut start = [0; 10];
    file.read_exact(&mut start)?;
    // The tag's length has seven bits a byte.
    let skipped = if &start[..3] == b"ID3" {
        let length = start[6..]
            .iter()
            .fold(0, |length, &byte| (length << 7) | u64::from(byte & 0x7f));
        length + 10
    } else {
        0
    };
    file.seek(SeekFrom::Start(skipped))?;
    let mut decoder = Mp3Decoder::new();
    let mut decoded = Decoded::default();
    let mut block = vec![0; 1 << 16];
    let mut over = false;
    while !over {
        let read = file.read(&mut block)?;
        if read == 0 {
            decoder.flush();
            over = true;
        }
        decoder.push(&block[..read]);
        loop {
            match decoder.next_frame() {
                Ok(frame) => decoded.add(&frame.samples),
                Err(Error::Again | Error::Eof) => break,
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
    Ok(decoded)
}
