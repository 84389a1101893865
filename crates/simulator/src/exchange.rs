//! One request's answer on its way out: the head, the pieces of the body, the pauses, and the faults that belong to no particular
//! content.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use bytes::Bytes;
use futures_util::Stream;
use serde_json::Value;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    errors,
    fault::{ErrorBody, Fault, HeaderFault, Route},
    log::Entry,
    server::State,
    wire::WireControl,
};

/// Waiting this long is taken for waiting for ever.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What became of the wish that content be deleted.
pub(crate) const X_CONTENT_EXPIRY: HeaderName = HeaderName::from_static("x-content-expiry");

/// The consumer has gone, or shall get nothing more.
#[derive(Debug)]
pub(crate) struct Gone;

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) state: Arc<State>,
    pub(crate) entry: Entry,
    pub(crate) wire: WireControl,
    pub(crate) route: Route,
    pub(crate) request_id: String,
    /// Further headers of the answer.
    pub(crate) headers: Vec<(HeaderName, String)>,
    /// What the request itself asked to go wrong.
    pub(crate) header_fault: Option<HeaderFault>,
    pub(crate) fault: Option<Fault>,
}

impl Exchange {
    /// Takes the scripted fault for this request, and lets it happen if it takes the place of the whole answer.
    pub(crate) async fn meet_fault(&mut self) -> Option<Response<Body>> {
        let asked_for = self.header_fault.take();
        self.fault = asked_for
            .and_then(|header| self.state.count(&header))
            .or_else(|| self.state.script.take(self.route));
        match self.fault.clone()? {
            Fault::NeverAnswers => std::future::pending().await,
            Fault::FirstByte(delay) => {
                pause(delay).await;
                None
            }
            Fault::Status {
                status,
                retry_after,
                body,
            } => Some(self.refuse(status, retry_after.as_deref(), body)),
            Fault::EmptyBody => Some(self.whole(200, "audio/wav", Vec::new())),
            Fault::JsonBody => {
                let body = errors::body(
                    ErrorBody::StatusErrorCode,
                    500,
                    self.route,
                    &self.request_id,
                );
                Some(self.whole(200, body.content_type, body.bytes))
            }
            Fault::HtmlBody => {
                let page = errors::Body::html(
                    "Welcome to the hotel",
                    "Please accept the terms to go online.",
                );
                Some(self.whole(200, page.content_type, page.bytes))
            }
            Fault::Redirect { to } => {
                self.headers.push((header::LOCATION, to));
                Some(self.whole(307, "text/plain", Vec::new()))
            }
            Fault::NotHttp => {
                // The head of a TLS alert, as a proxy with its protocols crossed would send it.
                self.wire
                    .replace(b"\x15\x03\x01\x00\x02\x02\x46 no HTTP here \x00\xff".to_vec());
                Some(self.whole(200, "text/plain", Vec::new()))
            }
            Fault::CutAfter { bytes } => {
                self.wire.cut_after(bytes, false);
                None
            }
            Fault::ResetAfter { bytes } => {
                self.wire.cut_after(bytes, true);
                None
            }
            _ => None,
        }
    }

    /// An error answer.
    pub(crate) fn refuse(
        &mut self,
        status: u16,
        retry_after: Option<&str>,
        shape: ErrorBody,
    ) -> Response<Body> {
        let status = if (200..600).contains(&status) {
            status
        } else {
            500
        };
        if let Some(wait) = retry_after {
            self.headers.push((header::RETRY_AFTER, wait.to_owned()));
        }
        let body = errors::body(shape, status, self.route, &self.request_id);
        self.whole(status, body.content_type, body.bytes)
    }

    /// An answer that is one JSON value.
    pub(crate) fn json(&self, status: u16, value: &Value) -> Response<Body> {
        let body = errors::Body::json(value);
        self.whole(status, body.content_type, body.bytes)
    }

    /// An answer whose body is known.
    pub(crate) fn whole(&self, status: u16, content_type: &str, bytes: Vec<u8>) -> Response<Body> {
        let (outlet, response) = self.begin(status, content_type, Some(bytes.len()));
        if bytes.is_empty() {
            // A server does not ask for a body of no bytes.
            self.entry.update(|request| request.completed = true);
        }
        tokio::spawn(outlet.finish(bytes.into()));
        response
    }

    /// The head of an answer, and the way for its body; `length` is that of the body, if it is known.
    pub(crate) fn begin(
        &self,
        status: u16,
        content_type: &str,
        length: Option<usize>,
    ) -> (Outlet, Response<Body>) {
        let (sender, pieces) = mpsc::channel(1);
        let mut declared = length.map(|length| length as u64);
        if let (Some(length), Some(Fault::WrongLength { by })) = (length, &self.fault) {
            declared = Some((length as u64).saturating_add_signed(*by));
            if *by > 0 {
                // A server whose body ends too early throws away what it has not yet written. So the body does not end: the
                // connection does, when all of it has passed.
                self.wire.cut_after(length, false);
                let held = sender.clone();
                tokio::spawn(async move { held.closed().await });
            }
        }
        let outlet = Outlet {
            pieces: sender,
            silence_after: match self.fault {
                Some(Fault::SilenceAfter { bytes }) => Some(bytes),
                _ => None,
            },
            drip: match self.fault {
                Some(Fault::SlowDrip { bytes, every }) => Some((bytes.max(1), every)),
                _ => None,
            },
            sent: 0,
        };
        let body = Outgoing {
            pieces,
            entry: self.entry.clone(),
            declared,
            cut: match self.fault {
                Some(Fault::CutAfter { bytes } | Fault::ResetAfter { bytes }) => Some(bytes as u64),
                _ => None,
            },
            sent: 0,
        };
        let mut response = Response::new(Body::from_stream(body));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let own = [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (X_REQUEST_ID, self.request_id.clone()),
        ];
        for (name, value) in own.iter().chain(&self.headers) {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        }
        if let Some(length) = declared {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length.into());
        }
        self.entry.update(|request| request.status = status);
        (outlet, response)
    }
}

/// Sleeps; for ever if the time is long enough.
pub(crate) async fn pause(time: Duration) {
    if time >= FOR_EVER {
        std::future::pending::<()>().await;
    }
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// A part of a body.
#[derive(Debug)]
enum Piece {
    More(Bytes),
    Last(Bytes),
    /// Nothing more can come: the connection breaks.
    Broken(io::Error),
}

/// Where the pieces of a body go.
#[derive(Debug)]
pub(crate) struct Outlet {
    pieces: mpsc::Sender<Piece>,
    silence_after: Option<usize>,
    drip: Option<(usize, Duration)>,
    sent: usize,
}

impl Outlet {
    /// Sends a piece; returns when it can be sent.
    pub(crate) async fn send(&mut self, bytes: Bytes) -> Result<(), Gone> {
        let (bytes, silent) = self.until_silence(bytes);
        self.drip(bytes, false).await?;
        self.be_silent(silent).await
    }

    /// Sends the last piece, which may be empty.
    pub(crate) async fn finish(mut self, bytes: Bytes) -> Result<(), Gone> {
        let (bytes, silent) = self.until_silence(bytes);
        self.drip(bytes, !silent).await?;
        self.be_silent(silent).await
    }

    /// What may still be said of this piece, and whether nothing may be said after it.
    fn until_silence(&self, mut bytes: Bytes) -> (Bytes, bool) {
        match self.silence_after {
            Some(limit) if self.sent + bytes.len() > limit => {
                bytes.truncate(limit.saturating_sub(self.sent));
                (bytes, true)
            }
            _ => (bytes, false),
        }
    }

    async fn be_silent(&self, silent: bool) -> Result<(), Gone> {
        if silent {
            self.pieces.closed().await;
            return Err(Gone);
        }
        Ok(())
    }

    async fn drip(&mut self, mut bytes: Bytes, last: bool) -> Result<(), Gone> {
        if let Some((size, every)) = self.drip {
            while bytes.len() > size {
                self.pass(Piece::More(bytes.split_to(size)), size).await?;
                self.wait_until(Instant::now() + every).await?;
            }
        }
        let length = bytes.len();
        match (last, length) {
            (false, 0) => Ok(()),
            (false, _) => self.pass(Piece::More(bytes), length).await,
            (true, _) => self.pass(Piece::Last(bytes), length).await,
        }
    }

    async fn pass(&mut self, piece: Piece, length: usize) -> Result<(), Gone> {
        self.sent += length;
        self.pieces.send(piece).await.map_err(|_| Gone)
    }

    /// Returns at that time, or as soon as the consumer has gone.
    pub(crate) async fn wait_until(&self, due: Instant) -> Result<(), Gone> {
        if due <= Instant::now() {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep_until(due) => Ok(()),
            () = self.pieces.closed() => Err(Gone),
        }
    }

    /// Breaks the connection.
    pub(crate) async fn fail(self, error: io::Error) {
        // If the consumer has gone there is nothing left to break.
        let _ = self.pieces.send(Piece::Broken(error)).await;
    }
}

/// The body as the server reads it. Notes in the log that all of it was sent, before the last of it is: who has read the end
/// finds it in the log.
struct Outgoing {
    pieces: mpsc::Receiver<Piece>,
    entry: Entry,
    /// The declared length.
    declared: Option<u64>,
    /// Where the connection will be cut.
    cut: Option<u64>,
    sent: u64,
}

impl Stream for Outgoing {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let bytes = match std::task::ready!(self.pieces.poll_recv(context)) {
            None => return Poll::Ready(None),
            Some(Piece::Broken(error)) => return Poll::Ready(Some(Err(error))),
            Some(Piece::More(bytes)) => {
                self.sent += bytes.len() as u64;
                bytes
            }
            Some(Piece::Last(bytes)) => {
                self.sent += bytes.len() as u64;
                let as_declared = self.declared.is_none_or(|length| length == self.sent);
                let uncut = self.cut.is_none_or(|cut| self.sent < cut);
                if as_declared && uncut {
                    self.entry.update(|request| request.completed = true);
                }
                bytes
            }
        };
        Poll::Ready(Some(Ok(bytes)))
    }
}
