//! Files on their way to the service: streamed, counted, bounded.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use reqwest::Body;
use tokio::io::{AsyncRead, AsyncReadExt};

/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// The bytes of a file of known length, which need not lie in memory.
pub struct Upload {
    length: u64,
    source: Source,
    progress: Option<Progress>,
}

type Progress = Arc<dyn Fn(u64) + Send + Sync>;

enum Source {
    Bytes(Bytes),
    Reader(Pin<Box<dyn AsyncRead + Send>>),
}

impl Upload {
    /// Bytes that lie in memory.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Upload {
        let bytes = bytes.into();
        Upload {
            length: bytes.len() as u64,
            source: Source::Bytes(bytes),
            progress: None,
        }
    }

    /// Bytes that are read while they are sent. `length`: how many there are; more are not read,
    /// and with fewer the call fails.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static, length: u64) -> Upload {
        Upload {
            length,
            source: Source::Reader(Box::pin(reader)),
            progress: None,
        }
    }

    /// Tells how many bytes have been handed to the connection, from 0 to all. Called from the
    /// task that sends: it should return at once.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(u64) + Send + Sync + 'static) -> Upload {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn into_body(self) -> Body {
        Body::wrap_stream(self.pieces())
    }

    fn pieces(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let Upload {
            length,
            source,
            progress,
        } = self;
        stream::try_unfold((source, 0), move |(mut source, sent)| {
            let progress = progress.clone();
            async move {
                if let Some(progress) = &progress {
                    progress(sent);
                }
                let most = PIECE.min(usize::try_from(length - sent).unwrap_or(PIECE));
                if most == 0 {
                    return Ok(None);
                }
                let piece = match &mut source {
                    Source::Bytes(bytes) => bytes.split_to(most.min(bytes.len())),
                    Source::Reader(reader) => {
                        let mut piece = vec![0; most];
                        let read = reader.read(&mut piece).await?;
                        piece.truncate(read);
                        piece.into()
                    }
                };
                if piece.is_empty() {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the file is shorter than it was",
                    ));
                }
                let sent = sent + piece.len() as u64;
                Ok(Some((piece, (source, sent))))
            }
        })
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;
    use std::sync::Mutex;

    #[tokio::test]
    async fn what_is_read_is_sent_and_counted_and_never_more_than_was_said() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        let reader = io::Cursor::new(bytes.clone());
        let upload = Upload::from_reader(reader, 150_000)
            .with_progress(move |sent| tell.lock().unwrap().push(sent));
        let sent: Vec<Bytes> = upload.pieces().try_collect().await.unwrap();
        assert!(sent.concat() == bytes[..150_000]);
        let told = told.lock().unwrap().clone();
        assert_eq!((told.first(), told.last()), (Some(&0), Some(&150_000)));
        assert!(told.is_sorted());

        let short = Upload::from_reader(io::Cursor::new(vec![1, 2, 3]), 4);
        let error = short.pieces().try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
