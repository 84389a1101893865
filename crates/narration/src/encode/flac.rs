//! FLAC (RFC 9639), with Vorbis comments.

use std::io::{self, BufReader, Read, Seek, Write};

use flac_codec::decode::{Verified, verify_reader};
use flac_codec::encode::{FlacSampleWriter, Options};
use flac_codec::metadata::{Picture, PictureType};

use super::{Form, Tags, comments};

/// Writes whole samples.
pub(super) struct FlacWriter<W: Write + Seek> {
    inner: FlacSampleWriter<W>,
}

impl<W: Write + Seek> FlacWriter<W> {
    pub(super) fn new(out: W, form: Form, tags: &Tags) -> io::Result<Self> {
        let mut options = Options::default().no_padding();
        for (field, value) in comments(tags) {
            options = options.tag(&field, value);
        }
        if let Some(cover) = &tags.cover {
            options = options.picture(picture(&cover.bytes)?);
        }
        Ok(Self {
            inner: FlacSampleWriter::new(
                out,
                options,
                form.rate,
                u32::from(form.depth.bytes()) * 8,
                1,
                Some(form.total),
            )?,
        })
    }

    pub(super) fn write(&mut self, samples: &[i32]) -> io::Result<()> {
        Ok(self.inner.write(samples)?)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        Ok(self.inner.finalize()?)
    }
}

/// The picture of the front cover, if it is one whose size can be read.
pub(super) fn picture(bytes: &[u8]) -> io::Result<Picture> {
    let picture = Picture::new(PictureType::FrontCover, "", bytes.to_vec());
    picture.map_err(io::Error::other)
}

/// Decodes a file whole and compares it with the hash of what went in.
pub(super) fn is_whole(file: impl Read) -> io::Result<bool> {
    let verified = verify_reader(BufReader::with_capacity(1 << 16, file))?;
    Ok(verified == Verified::MD5Match)
}
