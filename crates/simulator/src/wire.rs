//! The connection under the HTTP server, which can be told to fail at an exact byte.
//!
//! A server library writes whole, correct answers. To cut one in the middle of a transfer chunk, the bytes are metered here, on their
//! way to the socket: past the head, through the chunk framing if there is any, up to the agreed byte of the body.
//! Invariant: with no plan, the bytes pass untouched and uncounted.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// Tells one connection how to fail. Clones speak to the same connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct WireControl(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
enum Plan {
    #[default]
    Pass,
    Cut {
        meter: Meter,
        /// Bytes of body that still pass.
        limit: usize,
        /// With a TCP reset instead of an orderly end.
        reset: bool,
    },
    /// These bytes instead of the answer, then the end.
    Replace(Vec<u8>),
    /// So many bytes pass, and what follows is thrown away as if it had been sent.
    Swallow(usize),
    /// Pieces of so many bytes, with a pause before each.
    Drip {
        size: usize,
        every: Duration,
        next: Pin<Box<Sleep>>,
    },
    Ended,
}

/// How the connection under a socket fails, counted in bytes from when it is told.
#[derive(Debug)]
pub(crate) enum SocketPlan {
    /// As it should, from now on. What is lost already stays lost.
    Pass,
    Cut {
        bytes: usize,
        reset: bool,
    },
    Swallow {
        bytes: usize,
    },
    Drip {
        bytes: usize,
        every: Duration,
    },
    Replace(Vec<u8>),
}

impl WireControl {
    /// Forgets a plan that the former answer did not come to.
    pub(crate) fn pass(&self) {
        let mut plan = self.lock();
        if !matches!(*plan, Plan::Ended) {
            *plan = Plan::Pass;
        }
    }

    /// Ends the connection after so many bytes of the coming answer's body.
    pub(crate) fn cut_after(&self, limit: usize, reset: bool) {
        *self.lock() = Plan::Cut {
            meter: Meter::default(),
            limit,
            reset,
        };
    }

    /// Sends these bytes instead of the coming answer, and ends the connection.
    pub(crate) fn replace(&self, bytes: Vec<u8>) {
        *self.lock() = Plan::Replace(bytes);
    }

    /// For a connection that has become a socket: there is no head any more, every byte counts.
    pub(crate) fn plan_for_socket(&self, plan: SocketPlan) {
        let mut current = self.lock();
        if matches!(*current, Plan::Ended | Plan::Swallow(_)) {
            return;
        }
        *current = match plan {
            SocketPlan::Pass => Plan::Pass,
            SocketPlan::Cut { bytes, reset } => Plan::Cut {
                meter: Meter {
                    place: Place::Plain,
                    body: 0,
                },
                limit: bytes,
                reset,
            },
            SocketPlan::Swallow { bytes } => Plan::Swallow(bytes),
            SocketPlan::Drip { bytes, every } => Plan::Drip {
                size: bytes.max(1),
                every,
                next: Box::pin(sleep(every)),
            },
            SocketPlan::Replace(bytes) => Plan::Replace(bytes),
        };
    }

    /// Whether nothing that is written arrives any more, although the connection is open.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(*self.lock(), Plan::Swallow(_))
    }

    /// Whether the connection was to end here: nobody says goodbye on it.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(*self.lock(), Plan::Ended)
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP connection under a [`WireControl`].
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    control: WireControl,
    /// Counts the connections that are open.
    open: Arc<AtomicUsize>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, control: WireControl, open: Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self {
            stream,
            control,
            open,
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self {
            stream, control, ..
        } = self.get_mut();
        let mut plan = control.lock();
        match &mut *plan {
            Plan::Pass => Pin::new(stream).poll_write(context, buffer),
            Plan::Cut {
                meter,
                limit,
                reset,
            } => {
                let allowed = meter.allowed(buffer, *limit);
                let passing = buffer.get(..allowed).unwrap_or_default();
                let written = if passing.is_empty() {
                    0
                } else {
                    ready!(Pin::new(&mut *stream).poll_write(context, passing))?
                };
                meter.advance(passing.get(..written).unwrap_or_default());
                if meter.reached(*limit) {
                    if *reset {
                        stream.set_zero_linger()?;
                    }
                    *plan = Plan::Ended;
                }
                if written > 0 {
                    Poll::Ready(Ok(written))
                } else {
                    Poll::Ready(Err(planned_end()))
                }
            }
            Plan::Replace(bytes) => {
                while !bytes.is_empty() {
                    let written = ready!(Pin::new(&mut *stream).poll_write(context, bytes))?;
                    bytes.drain(..written);
                }
                *plan = Plan::Ended;
                Poll::Ready(Err(planned_end()))
            }
            Plan::Swallow(left) => {
                let passing = buffer.get(..buffer.len().min(*left)).unwrap_or_default();
                if passing.is_empty() {
                    return Poll::Ready(Ok(buffer.len()));
                }
                let written = ready!(Pin::new(stream).poll_write(context, passing))?;
                *left -= written;
                Poll::Ready(Ok(written))
            }
            Plan::Drip { size, every, next } => {
                ready!(next.as_mut().poll(context));
                let passing = buffer.get(..buffer.len().min(*size)).unwrap_or_default();
                let written = ready!(Pin::new(stream).poll_write(context, passing))?;
                next.as_mut().reset(Instant::now() + *every);
                Poll::Ready(Ok(written))
            }
            Plan::Ended => Poll::Ready(Err(planned_end())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self {
            stream, control, ..
        } = self.get_mut();
        if matches!(*control.lock(), Plan::Ended) {
            return Poll::Ready(Err(planned_end()));
        }
        Pin::new(stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.control.is_silent() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn planned_end() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "this connection was to end here")
}

/// Counts the bytes of a body while an HTTP/1.1 answer goes by.
#[derive(Debug, Clone, Default)]
struct Meter {
    place: Place,
    body: usize,
}

#[derive(Debug, Clone)]
enum Place {
    Head(Vec<u8>),
    /// A body with `Content-Length`.
    Plain,
    /// The line with a chunk's size.
    Size(Vec<u8>),
    /// So many bytes of a chunk, and the line end after it.
    Chunk(usize),
}

impl Default for Place {
    fn default() -> Self {
        Place::Head(Vec::new())
    }
}

impl Meter {
    fn reached(&self, limit: usize) -> bool {
        !matches!(self.place, Place::Head(_)) && self.body >= limit
    }

    /// How many of these bytes pass before the limit is reached.
    fn allowed(&self, bytes: &[u8], limit: usize) -> usize {
        let mut ahead = self.clone();
        for (index, byte) in bytes.iter().enumerate() {
            if ahead.reached(limit) {
                return index;
            }
            ahead.step(*byte);
        }
        bytes.len()
    }

    fn advance(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.step(*byte);
        }
    }

    fn step(&mut self, byte: u8) {
        match &mut self.place {
            Place::Head(head) => {
                head.push(byte.to_ascii_lowercase());
                if head.ends_with(b"\r\n\r\n") {
                    let chunked = b"\r\ntransfer-encoding: chunked\r\n";
                    let chunked = head.windows(chunked.len()).any(|line| line == chunked);
                    self.place = if chunked {
                        Place::Size(Vec::new())
                    } else {
                        Place::Plain
                    };
                }
            }
            Place::Plain => self.body += 1,
            Place::Size(line) => {
                line.push(byte);
                if line.ends_with(b"\r\n") {
                    let size = std::str::from_utf8(line)
                        .ok()
                        .and_then(|line| usize::from_str_radix(line.trim(), 16).ok());
                    self.place = Place::Chunk(size.unwrap_or(0) + 2);
                }
            }
            Place::Chunk(left) => {
                *left -= 1;
                if *left >= 2 {
                    self.body += 1;
                }
                if *left == 0 {
                    self.place = Place::Size(Vec::new());
                }
            }
        }
    }
}
