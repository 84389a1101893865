//! The WebSocket: one connection that serves one request after another.
//!
//! Each connection is a task. While it serves a [`Job`] it passes the service's frames on, as
//! fast as they are taken, and keeps the connection alive; between jobs it lies in [`Sockets`]
//! and watches for the end of the connection, so that a dead one is seldom taken up again.
//!
//! Invariants:
//! - One job at a time on a connection: what arrives belongs to it, or to nobody.
//! - A connection is back in [`Sockets`] before its job is told that it is over, so that the
//!   next request finds it.
//! - A connection serves only the key it was opened with, and keeps no copy of it.
//! - A task ends with its connection, when it lies unused for too long, or with the client.

pub(crate) mod frame;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Upgraded;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WireError, Message};

use crate::pieces::{FeedMessages, PieceEnd};
use crate::speech::Ids;
use crate::{ApiKey, Error, ErrorKind, SynthesisRequest, WordTiming, error_words};
use frame::{Content, Frame};

/// The longest frame taken, in bytes: over a minute of speech at 44.1 kHz; real ones hold 20 ms.
const LONGEST_FRAME: usize = 8 << 20;
/// How many frames may wait for the consumer, whose slowness then holds the service back.
const WAITING_FRAMES: usize = 16;
/// The service closes after 60 s without a message of ours, also while it speaks.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// For a message of ours to leave. It is longer only when nobody reads at the other end.
const LONGEST_WRITE: Duration = Duration::from_secs(10);
/// For the end of a cancelled request, and for the closing handshake.
const LONGEST_GOODBYE: Duration = Duration::from_secs(2);
/// For the close that follows an error about the connection itself.
const CLOSE_AFTER_ERROR: Duration = Duration::from_millis(250);
/// Connections kept for later. More lie idle only after as many requests at once.
const MOST_IDLE: usize = 16;
/// Where white space stops being added to a piece, in bytes.
const LONGEST_PIECE: usize = SynthesisRequest::MAX_TEXT;

/// The connections of a client that serve nobody at the moment.
#[derive(Debug)]
pub(crate) struct Sockets {
    idle: Mutex<Vec<Idle>>,
    /// How long a connection may lie here.
    keep: Duration,
    names: RandomState,
    count: AtomicU64,
}

#[derive(Debug)]
struct Idle {
    owner: Owner,
    next: oneshot::Sender<Job>,
}

/// Tells the connections of one key from those of another, without holding either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Sockets {
    pub(crate) fn new(keep: Duration) -> Arc<Sockets> {
        Arc::new(Sockets {
            idle: Mutex::default(),
            keep,
            names: RandomState::new(),
            count: AtomicU64::new(0),
        })
    }

    /// `expire`: whether content is to be deleted, which is asked for when a connection opens.
    pub(crate) fn owner(&self, key: &ApiKey, expire: bool) -> Owner {
        Owner(self.names.hash_one((key.expose(), expire)))
    }

    /// An id for a request that has none of its own: says nothing, and never comes twice.
    pub(crate) fn request_id(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}", self.names.hash_one(count))
    }

    /// Gives a job to an idle connection, the one used last; gives it back when there is none.
    pub(crate) fn give(&self, owner: Owner, mut job: Job) -> Result<(), Job> {
        loop {
            let idle = {
                let mut all = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(at) = all.iter().rposition(|idle| idle.owner == owner) else {
                    return Err(job);
                };
                all.remove(at)
            };
            job.reused = true;
            match idle.next.send(job) {
                Ok(()) => return Ok(()),
                // It ended in this moment.
                Err(unsent) => job = unsent,
            }
        }
    }

    fn park(&self, owner: Owner) -> Option<oneshot::Receiver<Job>> {
        let (next, job) = oneshot::channel();
        let mut all = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|idle| !idle.next.is_closed());
        if all.len() >= MOST_IDLE {
            return None;
        }
        all.push(Idle { owner, next });
        Some(job)
    }
}

/// One request for a connection: its messages, and whom to tell.
#[derive(Debug)]
pub(crate) struct Job {
    /// The id in every message, which the service repeats.
    pub(crate) external_id: String,
    pub(crate) outgoing: Outgoing,
    pub(crate) items: mpsc::Sender<Result<Item, Failure>>,
    /// Given to a connection that has served others.
    pub(crate) reused: bool,
}

/// What a job sends.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// The one message of a request whose text is known.
    Whole(String),
    /// Text that arrives in pieces.
    Pieces(Feed),
}

/// The messages of a text in pieces, from [`crate::TextFeed`].
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) texts: mpsc::Receiver<String>,
    pub(crate) messages: FeedMessages,
    pub(crate) fed: Arc<Fed>,
}

/// What is known of the text of a feed, for whoever waits for its sound.
#[derive(Debug, Default)]
pub(crate) struct Fed {
    /// Characters sent so far.
    pub(crate) characters: AtomicUsize,
    /// Text was sent that has not been spoken to its end.
    pub(crate) owed: AtomicBool,
}

/// Something of the service's answer, in its order.
#[derive(Debug)]
pub(crate) enum Item {
    /// What follows belongs to another synthesis, whose words are timed from its own start.
    Synthesis(Ids),
    Audio(Vec<u8>),
    Word(WordTiming),
    /// The answer is whole.
    Complete,
}

/// Why nothing more comes.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection had ended before the service took the request up.
    Lost(Error),
    Failed(Error),
}

impl Failure {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Failure::Lost(error) | Failure::Failed(error) => error,
        }
    }
}

/// A job and where its answer arrives.
pub(crate) fn job(
    external_id: String,
    outgoing: Outgoing,
) -> (Job, mpsc::Receiver<Result<Item, Failure>>) {
    let (items, answer) = mpsc::channel(WAITING_FRAMES);
    let job = Job {
        external_id,
        outgoing,
        items,
        reused: false,
    };
    (job, answer)
}

/// Serves a job on a new connection, and others after it.
pub(crate) async fn serve(
    stream: Upgraded,
    ids: Ids,
    sockets: &Arc<Sockets>,
    owner: Owner,
    job: Job,
) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(LONGEST_FRAME))
        .max_frame_size(Some(LONGEST_FRAME));
    let wire = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
    let connection = Connection {
        wire,
        sockets: Arc::downgrade(sockets),
        keep: sockets.keep,
        ids,
        owner,
        finished: None,
    };
    tokio::spawn(connection.run(job));
}

struct Connection {
    wire: WebSocketStream<Upgraded>,
    sockets: Weak<Sockets>,
    keep: Duration,
    /// What the service said when the connection was opened.
    ids: Ids,
    owner: Owner,
    /// The service's id of the synthesis before, of which stragglers may come.
    finished: Option<String>,
}

/// How a job left its connection.
enum Left {
    /// Ready for another, which arrives here.
    Ready(oneshot::Receiver<Job>),
    /// Of no more use.
    Useless,
}

/// What arrived on the connection.
enum Arrival {
    Frame(Frame),
    /// A control frame.
    Nothing,
}

impl Connection {
    async fn run(mut self, mut job: Job) {
        while let Left::Ready(next) = self.work(job).await {
            match self.rest(next).await {
                Some(given) => job = given,
                None => break,
            }
        }
        let goodbye = async {
            let _ = self.wire.close(None).await;
            while let Some(Ok(_)) = self.wire.next().await {}
        };
        let _ = tokio::time::timeout(LONGEST_GOODBYE, goodbye).await;
    }

    /// Waits for the next job. `None` when the connection has ended, or has lain here too long.
    async fn rest(&mut self, mut next: oneshot::Receiver<Job>) -> Option<Job> {
        let mut keep_alive = keep_alive();
        let mut answered = true;
        let too_long = tokio::time::sleep(self.keep);
        tokio::pin!(too_long);
        loop {
            tokio::select! {
                job = &mut next => return job.ok(),
                () = &mut too_long => break,
                _ = keep_alive.tick() => {
                    // Nobody is at the other end any more.
                    if !answered || self.ping().await.is_err() {
                        break;
                    }
                    answered = false;
                }
                arrival = self.wire.next() => match read(arrival) {
                    // An error here is the idle limit; the close follows.
                    Ok(Arrival::Frame(Frame { content: Content::Failed(_), .. })) | Err(_) => break,
                    Ok(_) => answered = true,
                },
            }
        }
        next.close();
        // Somebody may have chosen this connection just now.
        if let Ok(job) = next.try_recv() {
            let gone = Error::new(ErrorKind::Network, "the connection has ended");
            let _ = job.items.send(Err(Failure::Lost(gone))).await;
        }
        None
    }

    async fn work(&mut self, job: Job) -> Left {
        let mut work = Work {
            external_id: job.external_id,
            items: job.items,
            reused: job.reused,
            connection: self.ids.clone(),
            repeats_id: false,
            synthesis: None,
            begun: false,
            waiting: Vec::new(),
            open: false,
            last_was_complete: false,
        };
        let mut feeding = match job.outgoing {
            Outgoing::Whole(message) => {
                if let Err(error) = self.send(message).await {
                    work.fail(error).await;
                    return Left::Useless;
                }
                None
            }
            Outgoing::Pieces(feed) => {
                work.open = true;
                Some(Feeding {
                    feed,
                    held: None,
                    quiet: None,
                })
            }
        };
        let outcome = self.attend(&mut work, &mut feeding).await;
        match outcome {
            Outcome::Complete => self.settle(work, Ok(Item::Complete)).await,
            Outcome::Refused(error) if work.reused && !work.begun && self.closes().await => {
                // It was about the connection: the idle limit, reached as we wrote.
                work.fail(error).await;
                Left::Useless
            }
            Outcome::Refused(error) => self.settle(work, Err(Failure::Failed(error))).await,
            Outcome::Broken(error) => {
                work.fail(error).await;
                Left::Useless
            }
            Outcome::Cancelled => {
                let context = feeding
                    .as_ref()
                    .map(|feeding| feeding.feed.messages.cancel());
                self.cancel(work, context).await
            }
        }
    }

    /// Makes the connection ready for the next job, and only then tells the consumer of this
    /// one how it ended: whoever hears it may send the next request at once.
    async fn settle(&mut self, mut work: Work, last: Result<Item, Failure>) -> Left {
        self.finished = work.synthesis.take();
        let left = self.park();
        work.flush().await;
        let _ = work.items.send(last).await;
        left
    }

    fn park(&self) -> Left {
        let sockets = self.sockets.upgrade();
        sockets
            .and_then(|sockets| sockets.park(self.owner))
            .map_or(Left::Useless, Left::Ready)
    }

    /// Whether the service closes the connection right after an error.
    async fn closes(&mut self) -> bool {
        let closing = async { while read(self.wire.next().await).is_ok() {} };
        tokio::time::timeout(CLOSE_AFTER_ERROR, closing)
            .await
            .is_ok()
    }

    /// Passes on what arrives until the job is over.
    async fn attend(&mut self, work: &mut Work, feeding: &mut Option<Feeding>) -> Outcome {
        let mut keep_alive = keep_alive();
        let items = work.items.clone();
        loop {
            let quiet = feeding.as_ref().and_then(|feeding| feeding.quiet);
            tokio::select! {
                // In this order: nothing is said for a consumer who is gone.
                biased;
                () = items.closed() => return Outcome::Cancelled,
                permit = items.reserve(), if !work.waiting.is_empty() => {
                    if let Ok(permit) = permit {
                        permit.send(Ok(work.waiting.remove(0)));
                    }
                }
                _ = keep_alive.tick() => {
                    if let Err(error) = self.ping().await {
                        return Outcome::Broken(error);
                    }
                }
                text = next_text(feeding), if work.open => {
                    if let Some(feeding) = feeding
                        && let Err(outcome) = self.feed(work, feeding, text).await
                    {
                        return outcome;
                    }
                }
                () = until(quiet), if quiet.is_some() => return Outcome::Complete,
                arrival = self.wire.next(), if work.waiting.is_empty() => {
                    let frame = match read(arrival) {
                        Ok(Arrival::Frame(frame)) => frame,
                        Ok(Arrival::Nothing) => continue,
                        Err(error) => return Outcome::Broken(work.interrupted(error)),
                    };
                    if let Some(outcome) = work.take(frame, self.finished.as_deref(), feeding.as_mut()) {
                        return outcome;
                    }
                }
            }
        }
    }

    /// Sends what was held back, and holds back `text`; `None` says that the held one is the last.
    async fn feed(
        &mut self,
        work: &mut Work,
        feeding: &mut Feeding,
        text: Option<String>,
    ) -> Result<(), Outcome> {
        let last = text.is_none();
        if let (Some(held), Some(text)) = (&mut feeding.held, &text)
            && text.trim().is_empty()
        {
            // A last piece of white space would have no sound to wait for.
            if held.len() + text.len() <= LONGEST_PIECE {
                held.push_str(text);
            }
            return Ok(());
        }
        let Some(held) = std::mem::replace(&mut feeding.held, text) else {
            work.open = !last;
            // Nothing was ever said.
            return if last { Err(Outcome::Complete) } else { Ok(()) };
        };
        let fed = &feeding.feed.fed;
        fed.characters
            .fetch_add(held.chars().count(), Ordering::Relaxed);
        fed.owed.store(true, Ordering::Relaxed);
        let message = feeding.feed.messages.message(&held, last);
        work.open = !last;
        work.last_was_complete = false;
        self.send(message).await.map_err(Outcome::Broken)
    }

    /// The consumer is gone: tells the service, and sees whether the connection can be kept.
    /// What was released of a context may come at any time, so that one can't.
    ///
    /// The request's end is either said, or shown by the answer to a ping that was sent behind
    /// the cancel: what straggles in after that is known by the id that the service repeats.
    async fn cancel(&mut self, mut work: Work, context: Option<String>) -> Left {
        let in_context = context.is_some();
        let message = context.unwrap_or_else(|| CANCEL.to_owned());
        if self.send(message).await.is_err() || in_context || self.ping().await.is_err() {
            return Left::Useless;
        }
        let end = async {
            loop {
                match read(self.wire.next().await) {
                    Ok(Arrival::Nothing) => {}
                    Ok(Arrival::Frame(frame)) => {
                        work.repeats_id |= frame.external_id.is_some();
                        let over = match frame.content {
                            Content::Complete | Content::Failed(_) => true,
                            Content::Pong => work.repeats_id,
                            _ => false,
                        };
                        if over {
                            return Some(frame.request_id);
                        }
                    }
                    Err(_) => return None,
                }
            }
        };
        match tokio::time::timeout(LONGEST_GOODBYE, end).await {
            Ok(Some(finished)) => {
                self.finished = finished.or_else(|| work.synthesis.take());
                self.park()
            }
            _ => Left::Useless,
        }
    }

    async fn ping(&mut self) -> Result<(), Error> {
        self.send(PING.to_owned()).await
    }

    async fn send(&mut self, message: String) -> Result<(), Error> {
        match tokio::time::timeout(LONGEST_WRITE, self.wire.send(Message::text(message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(broken(error)),
            Err(_) => Err(Error::new(ErrorKind::TimedOut, "the service does not read")),
        }
    }
}

const PING: &str = r#"{"type":"ping"}"#;
const CANCEL: &str = r#"{"cancel_request":true}"#;

enum Outcome {
    Complete,
    /// The service said no; the connection may be fine.
    Refused(Error),
    /// The connection is of no more use.
    Broken(Error),
    Cancelled,
}

/// The state of a job that is being served.
struct Work {
    external_id: String,
    items: mpsc::Sender<Result<Item, Failure>>,
    reused: bool,
    connection: Ids,
    /// The service repeats our id, so that frames of others are known.
    repeats_id: bool,
    /// The service's id of what is being spoken.
    synthesis: Option<String>,
    /// Something of its answer has arrived.
    begun: bool,
    /// Read, and not yet taken by the consumer.
    waiting: Vec<Item>,
    /// More text may come.
    open: bool,
    last_was_complete: bool,
}

impl Work {
    /// Sorts a frame in. An outcome when it ends the job.
    fn take(
        &mut self,
        frame: Frame,
        finished: Option<&str>,
        feeding: Option<&mut Feeding>,
    ) -> Option<Outcome> {
        let strange = frame
            .external_id
            .as_ref()
            .is_some_and(|id| *id != self.external_id);
        // Said twice, the second time to the wrong one.
        let late = !self.begun
            && matches!(frame.content, Content::Complete)
            && finished.is_some_and(|finished| frame.request_id.as_deref() == Some(finished));
        if strange || late {
            return None;
        }
        self.repeats_id |= frame.external_id.is_some();
        let whole = feeding.is_none();
        match frame.content {
            Content::Pong | Content::Other => return None,
            Content::Failed(error) => {
                return Some(Outcome::Refused(
                    error.with_request_id(frame.request_id.as_deref()),
                ));
            }
            Content::Complete if whole => {
                self.name(frame.request_id, frame.session_id);
                return Some(Outcome::Complete);
            }
            Content::Complete => self.last_was_complete = true,
            Content::Audio(audio) => {
                self.name(frame.request_id, frame.session_id);
                self.last_was_complete = false;
                self.waiting.push(Item::Audio(audio));
            }
            Content::Word(word) => {
                self.name(frame.request_id, frame.session_id);
                self.last_was_complete = false;
                self.waiting.push(Item::Word(word));
            }
        }
        let feeding = feeding?;
        if self.last_was_complete && !self.open && self.begun {
            match feeding.feed.messages.end() {
                PieceEnd::Complete => return Some(Outcome::Complete),
                PieceEnd::Quiet(quiet) => feeding.quiet = Some(Instant::now() + quiet),
            }
        } else {
            feeding.quiet = None;
        }
        // Once it is all spoken, the caller has the next word, or this task's own clock the end.
        let owed = !self.last_was_complete;
        feeding.feed.fed.owed.store(owed, Ordering::Relaxed);
        None
    }

    /// A change of the service's id ends the synthesis before, whether or not it said so.
    fn name(&mut self, id: Option<String>, session: Option<String>) {
        let same = id.is_none() || id == self.synthesis;
        if self.begun && same {
            return;
        }
        self.begun = true;
        if id.is_some() {
            self.synthesis = id;
        }
        self.waiting.push(Item::Synthesis(Ids {
            request: self.synthesis.clone(),
            session: session.or_else(|| self.connection.session.clone()),
            expiry: self.connection.expiry,
        }));
    }

    /// The connection ended in the middle of it.
    fn interrupted(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Network if self.begun => error.with_kind(ErrorKind::Truncated),
            _ => error,
        }
    }

    /// Hands out what was read and not yet taken.
    async fn flush(&mut self) {
        for item in self.waiting.drain(..) {
            if self.items.send(Ok(item)).await.is_err() {
                return;
            }
        }
    }

    async fn fail(&mut self, error: Error) {
        self.flush().await;
        let failure = match self.reused && !self.begun {
            true => Failure::Lost(error),
            false => Failure::Failed(error),
        };
        let _ = self.items.send(Err(failure)).await;
    }
}

/// Text in pieces, one of which is always held back, so that the closing message has text and
/// its sound an end to wait for.
struct Feeding {
    feed: Feed,
    held: Option<String>,
    /// When the silence after the last `complete` has lasted long enough to be the end.
    quiet: Option<Instant>,
}

async fn next_text(feeding: &mut Option<Feeding>) -> Option<String> {
    match feeding {
        Some(feeding) => feeding.feed.texts.recv().await,
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn keep_alive() -> tokio::time::Interval {
    let mut ticks = tokio::time::interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Reads what the connection gives. An error says that nothing more comes.
fn read(arrival: Option<Result<Message, WireError>>) -> Result<Arrival, Error> {
    match arrival {
        Some(Ok(Message::Text(text))) => frame::read(&text).map(Arrival::Frame),
        Some(Ok(Message::Binary(_))) => Err(Error::new(
            ErrorKind::Protocol,
            "a binary frame, where text was expected",
        )),
        Some(Ok(Message::Close(close))) => Err(closed(close.as_ref())),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Arrival::Nothing),
        Some(Err(error)) => Err(broken(error)),
        None => Err(closed(None)),
    }
}

fn closed(close: Option<&CloseFrame>) -> Error {
    let message = match close {
        Some(close) if close.reason.is_empty() => {
            format!("the connection was closed with code {}", close.code)
        }
        Some(close) => format!("the connection was closed: {}", close.reason),
        None => "the connection was closed".to_owned(),
    };
    let kind = close.map_or(ErrorKind::Network, |close| {
        error_words::kind_of_close(&close.reason)
    });
    Error::new(kind, message)
}

fn broken(error: WireError) -> Error {
    let (kind, message) = match &error {
        WireError::Capacity(_) => (ErrorKind::Protocol, "a frame that is too long"),
        WireError::Utf8(_) => (ErrorKind::Protocol, "a frame that is no text"),
        // A connection that is cut without a close frame counts as a protocol error there.
        WireError::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => (ErrorKind::Network, "the connection broke"),
        WireError::Protocol(_) => (ErrorKind::Protocol, "not the frames of a WebSocket"),
        _ => (ErrorKind::Network, "the connection broke"),
    };
    Error::new(kind, message).with_source(error)
}
