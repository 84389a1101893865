//! `GET /tts/live`: speech over a WebSocket, section 6 of the contract.
//!
//! One task reads what the client says and decides; one writes. Requests of one socket are answered one after another and never
//! mixed. What the contract leaves open is decided here like this:
//!
//! - The idle clock stands still while something is spoken; pings of the protocol itself do not reset it, messages do.
//! - A cancelled request ends without a word: neither `complete` nor an error. What follows it is not held up.
//! - A blank text alone is taken for a sign of life. `flush` with nothing to flush gets a lone `complete`.
//! - An error leaves the socket open.

mod frames;
mod held;
mod message;
mod outbox;
mod speaking;

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{
        FromRequestParts,
        ws::{Message as Frame, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderName, Response, header, request::Parts},
    response::IntoResponse,
};
use futures_util::{StreamExt, stream::SplitStream};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};
use uuid::Uuid;

use crate::{
    errors,
    exchange::{Exchange, Gone, X_REQUEST_ID},
    fault::{ErrorBody, HeaderFault, Route},
    log::Entry,
    server::{Slot, State},
    wire::WireControl,
};
use frames::Ids;
use held::{Held, Segment};
use message::{Instruction, Message};
use outbox::{Outbox, outbox};
use speaking::{Closing, Ending, Progress, Speaking, Spoken};

/// A socket on which nobody says anything is closed after this time, unless the client asked for another.
const USUAL_IDLE: Duration = Duration::from_secs(60);
/// The largest message that is read, in bytes.
const LARGEST_MESSAGE: usize = 1 << 20;
/// Requests of one socket that may wait for their turn.
const MOST_QUEUED: usize = 256;
/// How long a client may take to answer a close frame.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// Answers a request to upgrade, whose key is right.
pub(crate) async fn answer(mut exchange: Exchange, mut head: Parts) -> Response<Body> {
    // What a header asks for happens to the requests on the socket, unless it can only happen to the opening.
    let header_fault = exchange
        .header_fault
        .take_if(|header| header.fault.suits(Route::WebSocket));
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    let Some(place) = exchange.state.socket_place() else {
        return exchange.refuse(429, None, ErrorBody::Default);
    };
    let upgrade = match opening(&mut exchange, &mut head).await {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal,
    };
    exchange.entry.update(|request| request.status = 101);
    let wire = exchange.wire.clone();
    let idle = idle_limit(head.uri.query());
    let headers = exchange.headers.clone();
    let request_id = exchange.request_id.clone();
    let response = upgrade
        .max_message_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| async move {
            let mut ended = exchange.state.ended.subscribe();
            tokio::select! {
                () = converse(socket, exchange, wire, idle, header_fault) => {}
                // The simulator is gone, and its connections with it.
                _ = ended.wait_for(|ended| *ended) => {}
            }
            drop(place);
        });
    opened(response, request_id, headers)
}

/// The opening of a socket, or the refusal of a request that does not ask for one.
pub(crate) async fn opening(
    exchange: &mut Exchange,
    head: &mut Parts,
) -> Result<WebSocketUpgrade, Response<Body>> {
    match WebSocketUpgrade::from_request_parts(head, &()).await {
        Ok(upgrade) => Ok(upgrade),
        Err(rejection) => {
            let status = rejection.into_response().status().as_u16();
            let body = errors::Body::json(&json!({
                "error": "Upgrade Required", "message": "This path speaks WebSocket.",
            }));
            exchange
                .headers
                .push((header::UPGRADE, "websocket".to_owned()));
            Err(exchange.whole(status, body.content_type, body.bytes))
        }
    }
}

/// The answer that opens a socket, with its headers.
pub(crate) fn opened(
    mut response: axum::response::Response,
    request_id: String,
    headers: Vec<(HeaderName, String)>,
) -> Response<Body> {
    for (name, value) in [(X_REQUEST_ID, request_id)].into_iter().chain(headers) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response.map(Body::new)
}

/// `?timeout=N`: seconds, any positive integer.
fn idle_limit(query: Option<&str>) -> Duration {
    query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("timeout="))
        .and_then(|seconds| seconds.parse::<u32>().ok())
        .filter(|seconds| *seconds > 0)
        .map_or(USUAL_IDLE, |seconds| Duration::from_secs(seconds.into()))
}

async fn converse(
    socket: WebSocket,
    exchange: Exchange,
    wire: WireControl,
    idle: Duration,
    header_fault: Option<HeaderFault>,
) {
    let (sink, mut stream) = socket.split();
    let (outbox, writing) = outbox(sink, wire.clone());
    // Dropped with this conversation, and the writer with it.
    let mut writer = JoinSet::new();
    writer.spawn(writing);
    let entry = exchange.entry.clone();
    let session = Session {
        id: format!("ws_{}", Uuid::new_v4()),
        state: exchange.state,
        upgrade: exchange.entry,
        header_fault,
        outbox,
        held: Held::new(),
        queue: VecDeque::new(),
        current: None,
        progress: HashMap::new(),
        closing: None,
        idle,
        heard: Instant::now(),
    };
    if session.run(&mut stream).await.is_ok() {
        entry.update(|request| request.completed = true);
    }
    if wire.has_ended() {
        return;
    }
    // What is on its way still goes out. The client answers the close frame; one that sends for ever is not listened to.
    let _ = tokio::time::timeout(FAREWELL, async {
        writer.join_next().await;
        while let Some(Ok(_)) = stream.next().await {}
    })
    .await;
    if wire.is_silent() {
        // Half open: as long as the other side believes in it.
        while let Some(Ok(_)) = stream.next().await {}
    }
}

type Speech = Pin<Box<dyn Future<Output = Result<Spoken, Gone>> + Send>>;

/// One socket.
struct Session {
    id: String,
    state: Arc<State>,
    /// The log's entry of the upgrade.
    upgrade: Entry,
    header_fault: Option<HeaderFault>,
    outbox: Outbox,
    held: Held<Arc<Slot>>,
    queue: VecDeque<Segment<Arc<Slot>>>,
    /// What is spoken now, and whether it belongs to a context.
    current: Option<(bool, Speech)>,
    /// Requests of which a part was begun, by the number of their run; the one that is spoken now is not among them.
    progress: HashMap<u64, Progress>,
    /// The end that will be told when nothing new begins.
    closing: Option<Closing>,
    idle: Duration,
    /// When the client last said something, or was last spoken to.
    heard: Instant,
}

/// Why a session ended in order.
enum Left {
    Client,
    Server,
}

impl Session {
    async fn run(mut self, stream: &mut SplitStream<WebSocket>) -> Result<Left, Gone> {
        loop {
            self.begin_next();
            let due = self.next_due();
            tokio::select! {
                frame = stream.next() => match frame {
                    Some(Ok(Frame::Text(text))) => self.hear(text.as_str()).await?,
                    Some(Ok(Frame::Binary(bytes))) => {
                        self.hear(&String::from_utf8_lossy(&bytes)).await?;
                    }
                    Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                    Some(Ok(Frame::Close(_))) => return Ok(Left::Client),
                    Some(Err(_)) | None => return Err(Gone),
                },
                spoken = speech_of(&mut self.current) => {
                    self.current = None;
                    self.heard = Instant::now();
                    self.finish(spoken?).await?;
                }
                () = tokio::time::sleep_until(due) => {
                    if self.act_on_time().await? {
                        return Ok(Left::Server);
                    }
                }
                () = self.outbox.gone() => return Err(Gone),
            }
        }
    }

    /// When the next thing happens by itself.
    fn next_due(&self) -> Instant {
        let busy = self.current.is_some() || self.closing.is_some();
        let idle = (!busy).then(|| self.heard + self.idle);
        let closing = self.closing.as_ref().map(|closing| closing.due);
        let far = Instant::now() + USUAL_IDLE;
        [idle, closing, self.held.next_due()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(far)
    }

    /// Does what is due. Gives whether the session is over.
    async fn act_on_time(&mut self) -> Result<bool, Gone> {
        let now = Instant::now();
        if self
            .closing
            .as_ref()
            .is_some_and(|closing| closing.due <= now)
            && let Some(closing) = self.closing.take()
        {
            closing.say(&self.outbox).await?;
            self.heard = now;
        }
        self.queue.extend(self.held.release_due(now));
        let busy = self.current.is_some() || !self.queue.is_empty() || self.closing.is_some();
        if busy || now < self.heard + self.idle {
            return Ok(false);
        }
        let frame = json!({
            "status": "error",
            "message": format!("Connection timed out after {} seconds of inactivity", self.idle.as_secs()),
        });
        self.outbox.text(frame.to_string()).await?;
        self.outbox.close(1000, "").await?;
        Ok(true)
    }

    async fn hear(&mut self, text: &str) -> Result<(), Gone> {
        self.heard = Instant::now();
        let Ok(body) = serde_json::from_str::<Value>(text) else {
            let ids = self.ids(&Value::Null);
            let frame = ids.error("Invalid JSON", "INVALID_REQUEST");
            return self.outbox.text(frame).await;
        };
        match message::read(&body, &self.state.account) {
            Ok(Message::Ping) => self.outbox.text(r#"{"type":"pong"}"#.to_owned()).await,
            Ok(Message::Instruction(instruction)) => self.follow(*instruction, &body).await,
            Err(issues) => {
                let message = message::in_one_line(&issues);
                self.refuse(&body, 400, &message, "INVALID_REQUEST").await
            }
        }
    }

    async fn follow(&mut self, instruction: Instruction, body: &Value) -> Result<(), Gone> {
        if instruction.cancel && instruction.context.is_none() {
            self.cancel();
        }
        if self.held.overflows(&instruction) || self.queue.len() >= MOST_QUEUED {
            let message = "Too much text is waiting on this connection";
            return self.refuse(body, 400, message, "INVALID_REQUEST").await;
        }
        let mut place = None;
        if self.held.begins(&instruction) {
            // Nobody but this socket's own request could be meant to end: there is nothing to wait for.
            let busy = self.current.is_some() || !self.queue.is_empty() || !self.held.is_empty();
            place = if busy {
                self.state.free_slot()
            } else {
                self.state.slot().await
            };
            if place.is_none() {
                let message = "Concurrency limit exceeded. Please wait for a request to finish.";
                return self
                    .refuse(body, 429, message, "CONCURRENCY_LIMIT_EXCEEDED")
                    .await;
            }
        }
        let segments = self
            .held
            .take(instruction, place.map(Arc::new), Instant::now());
        self.queue.extend(segments);
        Ok(())
    }

    /// Drops what is spoken, what waits and what is held, except in contexts.
    fn cancel(&mut self) {
        self.queue.retain(|segment| segment.in_context);
        if self
            .current
            .as_ref()
            .is_some_and(|(in_context, _)| !in_context)
        {
            self.current = None;
        }
        self.closing = None;
        self.progress.clear();
    }

    async fn refuse(
        &mut self,
        body: &Value,
        status: u16,
        message: &str,
        code: &str,
    ) -> Result<(), Gone> {
        let ids = self.ids(body);
        let entry = self.state.log.begin_on_socket(&self.upgrade);
        entry.update(|request| {
            request.request_id.clone_from(&ids.request);
            request.status = status;
        });
        entry.update(|request| request.note(body, &self.state.keys()));
        self.outbox.text(ids.error(message, code)).await
    }

    /// The ids of a new request; the caller's own are echoed if they are strings at all.
    fn ids(&self, body: &Value) -> Ids {
        let own = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Ids {
            session: self.id.clone(),
            request: format!("task_{}", Uuid::new_v4()),
            external_session: own("session_id"),
            external_request: own("request_id"),
        }
    }

    /// Begins what is next, if nothing is spoken.
    fn begin_next(&mut self) {
        if self.current.is_some() {
            return;
        }
        let Some(segment) = self.queue.pop_front() else {
            return;
        };
        // A new request takes the place of the end of the last one.
        self.closing = None;
        let known = self.progress.remove(&segment.run);
        let progress = known.unwrap_or_else(|| {
            Progress::new(
                Ids {
                    session: self.id.clone(),
                    request: format!("task_{}", Uuid::new_v4()),
                    external_session: segment.ask.session_id.clone(),
                    external_request: segment.ask.request_id.clone(),
                },
                self.state.log.begin_on_socket(&self.upgrade),
                self.fault(),
            )
        });
        progress.entry.update(|request| {
            request.request_id.clone_from(&progress.ids.request);
            request.speak(&segment.ask, &self.state.keys());
        });
        let in_context = segment.in_context;
        let speaking = Speaking {
            state: Arc::clone(&self.state),
            segment,
            progress,
            outbox: self.outbox.clone(),
        };
        self.current = Some((in_context, Box::pin(speaking.run())));
    }

    fn fault(&self) -> Option<crate::Fault> {
        self.header_fault
            .as_ref()
            .filter(|fault| fault.fault.suits(Route::WebSocket))
            .and_then(|fault| self.state.count(fault))
            .or_else(|| self.state.script.take(Route::WebSocket))
    }

    async fn finish(&mut self, spoken: Spoken) -> Result<(), Gone> {
        match spoken.ending {
            Ending::Open => {
                self.progress.insert(spoken.run, spoken.progress);
            }
            Ending::Over => {}
            Ending::Complete { after, times } => {
                let closing = Closing {
                    due: Instant::now() + after,
                    progress: spoken.progress,
                    times,
                };
                if after.is_zero() {
                    closing.say(&self.outbox).await?;
                } else {
                    self.closing = Some(closing);
                }
            }
        }
        Ok(())
    }
}

/// What is spoken now; for ever, if nothing is.
async fn speech_of(current: &mut Option<(bool, Speech)>) -> Result<Spoken, Gone> {
    match current {
        Some((_, speech)) => speech.await,
        None => std::future::pending().await,
    }
}
