//! From connection to route: who is asking, what is asked, what stands in the way.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, Response, header},
};
use futures_util::StreamExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};
use uuid::Uuid;

use crate::{
    catalogue, control, errors,
    exchange::{Exchange, pause},
    fault::{ErrorBody, Fault, HeaderFault, Route, Script},
    formats::{Format, wav_header},
    live,
    log::{Keys, Log},
    request,
    speech::{Speech, Utterance},
    synthesis,
    voices::Model,
    wire::{Wire, WireControl},
};

/// The largest body that is read, in bytes; more is 413.
const LARGEST_BODY: usize = 1 << 20;

/// So much of a body that is too large is taken and thrown away, so that its sender gets to read the answer.
const LARGEST_DISCARDED: usize = 64 << 20;

/// How long a synthesis waits for another to end before it is refused.
const SLOT_GRACE: Duration = Duration::from_millis(200);

/// A key that is always over its rate limit.
pub(crate) const RATE_LIMITED_KEY: &str = "sk_sim_rate_limited";
/// A key without access to anything.
pub(crate) const FORBIDDEN_KEY: &str = "sk_sim_forbidden";

/// What all connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) key: String,
    pub(crate) url: String,
    pub(crate) speech: Speech,
    pub(crate) concurrency: AtomicUsize,
    pub(crate) running: AtomicUsize,
    pub(crate) slot_freed: Notify,
    /// Open sockets.
    pub(crate) sockets: AtomicUsize,
    /// Becomes true when the simulator ends, for those that outlive its connections' tasks.
    pub(crate) ended: watch::Sender<bool>,
    pub(crate) tuning: Mutex<Tuning>,
    pub(crate) script: Script,
    /// How often each counted `X-Sim-Fault` has happened.
    pub(crate) header_faults: Mutex<HashMap<String, u32>>,
    pub(crate) log: Arc<Log>,
}

/// What can be changed while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    pub(crate) first_byte: Duration,
    pub(crate) pace: Option<f64>,
    pub(crate) voices_delay: Duration,
    /// From the last chunk on a socket to the `complete` frame, when the request does not say.
    pub(crate) complete_backoff: Duration,
}

impl State {
    pub(crate) fn tuning(&self) -> MutexGuard<'_, Tuning> {
        self.tuning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place among the syntheses that may run at once, if there is one.
    ///
    /// Whoever breaks a connection off and asks again at once would otherwise race against the news of the broken connection.
    pub(crate) async fn slot(self: &Arc<Self>) -> Option<Slot> {
        let freed = async {
            loop {
                let freed = self.slot_freed.notified();
                if let Some(slot) = self.free_slot() {
                    return slot;
                }
                freed.await;
            }
        };
        tokio::time::timeout(SLOT_GRACE, freed).await.ok()
    }

    /// The same without waiting.
    pub(crate) fn free_slot(self: &Arc<Self>) -> Option<Slot> {
        let limit = self.concurrency.load(Ordering::SeqCst);
        self.running
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |running| {
                (running < limit).then_some(running + 1)
            })
            .ok()
            .map(|_| Slot(Arc::clone(self)))
    }
}

impl State {
    /// A place among the sockets that may be open: five for each synthesis that may run.
    pub(crate) fn socket_place(self: &Arc<Self>) -> Option<SocketPlace> {
        let limit = self.concurrency.load(Ordering::SeqCst).saturating_mul(5);
        self.sockets
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |open| {
                (open < limit).then_some(open + 1)
            })
            .ok()
            .map(|_| SocketPlace(Arc::clone(self)))
    }

    /// Returns as soon as no synthesis runs and no socket is open.
    pub(crate) async fn rest(&self) {
        loop {
            let freed = self.slot_freed.notified();
            let busy = [&self.running, &self.sockets].map(|count| count.load(Ordering::SeqCst));
            if busy == [0, 0] {
                return;
            }
            freed.await;
        }
    }

    /// What must not get into the log, once it is known that the right key was sent.
    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys {
            accepted: &self.key,
            sent: None,
        }
    }

    /// The fault that a header asks for, unless it has happened often enough.
    pub(crate) fn count(&self, header: &HeaderFault) -> Option<Fault> {
        if let Some(times) = header.times {
            let mut counts = self
                .header_faults
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(header.id.clone()).or_default();
            if *count >= times {
                return None;
            }
            *count += 1;
        }
        Some(header.fault.clone())
    }
}

/// One open socket.
#[derive(Debug)]
pub(crate) struct SocketPlace(Arc<State>);

impl Drop for SocketPlace {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::SeqCst);
        self.0.slot_freed.notify_waiters();
    }
}

/// One running synthesis; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<State>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.slot_freed.notify_waiters();
    }
}

/// Accepts connections until the task is aborted, which ends them too.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&state)));
                }
                // Out of file descriptors, most likely: others must end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    // Each chunk shall arrive when it was sent. A socket that refuses the option works too.
    let _ = stream.set_nodelay(true);
    let control = WireControl::default();
    let wire = Wire::new(stream, control.clone());
    let service = service_fn(move |request| {
        let (state, control) = (Arc::clone(&state), control.clone());
        async move { Ok::<_, Infallible>(answer(state, control, request).await) }
    });
    // A connection that breaks, on purpose or not, concerns nobody else.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades()
        .await;
}

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Synthesis(Route),
    Socket,
    Pool(String),
    AllModels,
    Preview(String),
    Unknown,
}

impl Target {
    fn of(method: &Method, segments: &[&str]) -> Self {
        match (method.as_str(), segments) {
            ("POST", ["waves", "v1", "tts"]) => Target::Synthesis(Route::Http),
            ("POST", ["waves", "v1", "tts", "live"]) => Target::Synthesis(Route::Sse),
            ("GET", ["waves", "v1", "tts", "live"]) => Target::Socket,
            ("GET", ["waves", "v1", "voice", "get-all-models"]) => Target::AllModels,
            ("GET", ["waves", "v1", model, "get_voices"]) => Target::Pool((*model).to_owned()),
            ("GET", ["previews", file]) => match file.strip_suffix(".wav") {
                Some(id) => Target::Preview(id.to_owned()),
                None => Target::Unknown,
            },
            _ => Target::Unknown,
        }
    }

    fn route(&self) -> Route {
        match self {
            Target::Synthesis(route) => *route,
            Target::Socket => Route::Upgrade,
            Target::Pool(_) => Route::Voices,
            Target::AllModels => Route::Models,
            Target::Preview(_) => Route::Preview,
            Target::Unknown => Route::Unknown,
        }
    }
}

async fn answer(
    state: Arc<State>,
    wire: WireControl,
    request: Request<Incoming>,
) -> Response<Body> {
    wire.pass();
    let (head, body) = request.into_parts();
    // A slash at the end makes no difference; several in a row are one.
    let path = head.uri.path().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if let ["_sim", rest @ ..] = segments.as_slice() {
        let body = read(body).await.unwrap_or_default();
        return control::answer(&state, &head.method, rest, head.uri.query(), &body).await;
    }
    let target = Target::of(&head.method, &segments);
    let key = bearer(&head.headers).or_else(|| token(&target, head.uri.query()));
    let keys = Keys {
        accepted: &state.key,
        sent: key.as_deref(),
    };
    let entry = state
        .log
        .begin(&head.method, &head.uri, &head.headers, &keys);
    let mut exchange = Exchange {
        request_id: Uuid::new_v4().to_string(),
        route: target.route(),
        state: Arc::clone(&state),
        entry,
        wire,
        headers: Vec::new(),
        header_fault: None,
        fault: None,
    };
    exchange
        .entry
        .update(|request| request.request_id.clone_from(&exchange.request_id));
    let Some(body) = read(body).await else {
        return exchange.refuse(413, None, ErrorBody::ErrorOnly);
    };
    let mut header_fault = head
        .headers
        .get("x-sim-fault")
        .and_then(|value| HeaderFault::parse(value.to_str().ok()?))
        .filter(|header| {
            header.fault.suits(exchange.route)
                || (target == Target::Socket && header.fault.suits(Route::WebSocket))
        });
    // A status comes before anything is looked at; what goes wrong later, later.
    if let Some(header) =
        header_fault.take_if(|header| matches!(header.fault, Fault::Status { .. }))
        && let Some(Fault::Status {
            status,
            retry_after,
            body,
        }) = state.count(&header)
    {
        return exchange.refuse(status, retry_after.as_deref(), body);
    }
    exchange.header_fault = header_fault;
    if segments.first() != Some(&"previews")
        && let Some(refusal) = check_key(&mut exchange, key.as_deref(), &head.headers)
    {
        return refusal;
    }
    match target {
        Target::Socket => live::answer(exchange, head).await,
        Target::Synthesis(_) => synthesis(exchange, &head.headers, &body, &keys).await,
        Target::Pool(model) => voices(exchange, &model).await,
        Target::AllModels => {
            let list = catalogue::all(&state.url);
            listed(exchange, &list).await
        }
        Target::Preview(id) => preview(exchange, &id).await,
        Target::Unknown => match exchange.meet_fault().await {
            Some(response) => response,
            None => {
                let body = errors::Body::json(&json!({
                    "error": "Not Found", "message": format!("Cannot {} {path}", head.method),
                }));
                exchange.whole(404, body.content_type, body.bytes)
            }
        },
    }
}

/// The whole body; `None` if it is too large or does not arrive.
async fn read(body: Incoming) -> Option<Vec<u8>> {
    let mut chunks = Body::new(body).into_data_stream();
    let (mut kept, mut total) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        total += chunk.len();
        if total > LARGEST_DISCARDED {
            return None;
        }
        if total <= LARGEST_BODY {
            kept.extend_from_slice(&chunk);
        }
    }
    (total <= LARGEST_BODY).then_some(kept)
}

/// The key that was sent: one space, no quotes.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then(|| key.to_owned())
}

/// The key of a socket's address, for browsers, which can't send headers there.
fn token(target: &Target, query: Option<&str>) -> Option<String> {
    let mut pairs = query?.split('&').filter(|_| *target == Target::Socket);
    let key = pairs.find_map(|pair| pair.strip_prefix("token="))?;
    Some(key.to_owned())
}

fn check_key(
    exchange: &mut Exchange,
    key: Option<&str>,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    match key {
        Some(RATE_LIMITED_KEY) => Some(exchange.refuse(429, Some("1"), ErrorBody::Default)),
        Some(FORBIDDEN_KEY) => Some(exchange.refuse(403, None, ErrorBody::Default)),
        // An unknown path is unknown to everyone.
        _ if exchange.route == Route::Unknown => None,
        Some(key) if key == exchange.state.key => None,
        None if !headers.contains_key(header::AUTHORIZATION) => {
            let body =
                errors::Body::json(&json!({ "message": "Unauthorized: No tokens provided" }));
            Some(exchange.whole(401, body.content_type, body.bytes))
        }
        _ => Some(exchange.refuse(401, None, ErrorBody::Default)),
    }
}

async fn synthesis(
    mut exchange: Exchange,
    headers: &HeaderMap,
    body: &[u8],
    keys: &Keys<'_>,
) -> Response<Body> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    // A body that is not said to be JSON is not looked at.
    let body = if is_json {
        serde_json::from_slice::<Value>(body)
    } else {
        Ok(json!({}))
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let refusal = errors::Body::json(&json!({
                "error": "InvalidRequest", "message": format!("The body is not JSON: {error}"),
            }));
            return exchange.whole(400, refusal.content_type, refusal.bytes);
        }
    };
    exchange.entry.update(|request| request.note(&body, keys));
    let ask = match request::read(&body) {
        Ok(ask) => ask,
        Err(issues) => {
            let refusal = errors::issues(&issues);
            return exchange.whole(400, refusal.content_type, refusal.bytes);
        }
    };
    exchange
        .entry
        .update(|request| request.mismatched_pool = ask.mismatched_pool);
    let Some(slot) = exchange.state.slot().await else {
        return exchange.refuse(429, None, ErrorBody::Default);
    };
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    let delay = exchange.state.tuning().first_byte;
    pause(delay).await;
    synthesis::answer(exchange, ask, slot).await
}

async fn voices(exchange: Exchange, model: &str) -> Response<Body> {
    exchange
        .entry
        .update(|request| request.model = Some(model.to_owned()));
    let Some(pool) = Model::in_path(model) else {
        let body = errors::Body::json(&json!({
            "error": "InvalidRequest",
            "message": format!("Invalid model '{model}'. Supported models: lightning-v3.1, lightning-v3.1-pro"),
        }));
        return exchange.whole(400, body.content_type, body.bytes);
    };
    listed(exchange, &catalogue::pool(pool)).await
}

async fn listed(mut exchange: Exchange, list: &Value) -> Response<Body> {
    let delay = exchange.state.tuning().voices_delay;
    pause(delay).await;
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    let body = errors::Body::json(list);
    exchange.whole(200, body.content_type, body.bytes)
}

/// A short WAV at 24 kHz; public, as on the service's content network.
async fn preview(mut exchange: Exchange, id: &str) -> Response<Body> {
    const RATE: u32 = 24_000;
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    let Some(text) = catalogue::preview_text(id) else {
        return exchange.refuse(404, None, ErrorBody::Default);
    };
    let mut blocks = exchange.state.speech.stream(Utterance {
        text,
        voice_id: id.to_owned(),
        rate: RATE,
        speed: 1.0,
    });
    let mut samples = Vec::new();
    while let Some(block) = blocks.next().await {
        match block {
            Ok(block) => samples.extend(block.samples),
            Err(_) => return exchange.refuse(500, None, ErrorBody::Default),
        }
    }
    let mut file = wav_header(RATE, u32::try_from(samples.len() * 2).unwrap_or(u32::MAX));
    file.extend(Format::Pcm.encode(&samples));
    exchange.whole(200, "audio/wav", file)
}
