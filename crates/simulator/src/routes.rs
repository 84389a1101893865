//! From request to route: who is asking, what is asked, what stands in the way.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, Response, header},
};
use futures_util::StreamExt;
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    catalogue, chat, cloning, control, dictionaries, errors,
    exchange::{Exchange, X_CONTENT_EXPIRY, pause},
    fault::{ErrorBody, Fault, HeaderFault, Route},
    formats::{Format, wav_header},
    live,
    log::Keys,
    request,
    server::{FORBIDDEN_KEY, RATE_LIMITED_KEY, State},
    speech::Utterance,
    spelling::spoken,
    synthesis, transcription,
    voices::Model,
    wire::WireControl,
};

/// The largest body that is read, in bytes; more is 413.
const LARGEST_BODY: usize = 1 << 20;
/// As [`LARGEST_BODY`], for a form with a sample of a voice in it.
const LARGEST_FORM: usize = 16 << 20;
/// So much of a body that is too large is taken and thrown away, so that its sender gets to read the answer.
const LARGEST_DISCARDED: usize = 64 << 20;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Synthesis(Route),
    Socket,
    Pool(String),
    AllModels,
    Preview(String),
    Dictionaries,
    CloneCreate,
    CloneList,
    CloneDelete,
    Transcription(transcription::Path),
    LiveTranscription,
    Chat,
    Analytics(Vec<String>),
    ForgetTranscript(String),
    Health,
    Subscription,
    Retired,
    Unknown,
}

impl Target {
    fn of(method: &Method, segments: &[&str]) -> Self {
        let ["waves", "v1", path @ ..] = segments else {
            return match (method.as_str(), segments) {
                ("GET", ["previews", file]) => match file.strip_suffix(".wav") {
                    Some(id) => Target::Preview(id.to_owned()),
                    None => Target::Unknown,
                },
                ("GET", ["atoms", "v1", "user", "subscription"]) => Target::Subscription,
                _ => Target::Unknown,
            };
        };
        match (method.as_str(), path) {
            ("POST", ["tts"]) => Target::Synthesis(Route::Http),
            ("POST", ["tts", "live"]) => Target::Synthesis(Route::Sse),
            ("GET", ["tts", "live"]) => Target::Socket,
            ("GET", ["voice", "get-all-models"]) => Target::AllModels,
            ("GET" | "POST" | "PUT" | "DELETE", ["pronunciation-dicts"]) => Target::Dictionaries,
            ("POST", ["voice-cloning"]) => Target::CloneCreate,
            ("GET", ["voice-cloning"]) => Target::CloneList,
            ("POST", ["voice-cloning", "delete"]) => Target::CloneDelete,
            ("POST", ["stt"]) => Target::Transcription(transcription::Path::Stt),
            ("GET", ["stt", "live"]) => Target::LiveTranscription,
            ("POST", ["pulse", "get_text"]) => Target::Transcription(transcription::Path::GetText),
            ("POST", ["chat", "completions"]) => Target::Chat,
            ("DELETE", ["analytics", "asr", "history", id]) => {
                Target::ForgetTranscript((*id).to_owned())
            }
            ("GET", ["analytics", rest @ ..]) => {
                Target::Analytics(rest.iter().map(|part| (*part).to_owned()).collect())
            }
            ("GET", ["health"]) => Target::Health,
            ("GET", [model, "get_voices"]) => Target::Pool((*model).to_owned()),
            (
                _,
                [
                    "lightning-large" | "lightning-v2" | "prof-voice-cloning",
                    ..,
                ],
            ) => Target::Retired,
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
            Target::Dictionaries => Route::Dictionaries,
            Target::CloneCreate | Target::CloneList | Target::CloneDelete => Route::Cloning,
            Target::Transcription(_) | Target::LiveTranscription => Route::Transcription,
            Target::Chat => Route::Chat,
            Target::Analytics(_) | Target::ForgetTranscript(_) => Route::Analytics,
            Target::Health => Route::Health,
            Target::Subscription => Route::Subscription,
            Target::Retired => Route::Retired,
            Target::Unknown => Route::Unknown,
        }
    }

    fn needs_key(&self) -> bool {
        !matches!(self, Target::Preview(_) | Target::Health | Target::Retired)
    }

    /// Whether the service can be asked to delete what such a request brings.
    fn has_content(&self) -> bool {
        matches!(
            self,
            Target::Synthesis(_)
                | Target::Socket
                | Target::Transcription(_)
                | Target::LiveTranscription
        )
    }

    fn largest_body(&self, state: &State) -> usize {
        match self {
            Target::Transcription(_) => state.largest_audio,
            Target::CloneCreate => LARGEST_FORM,
            _ => LARGEST_BODY,
        }
    }
}

pub(crate) async fn answer(
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
        let body = read(body, LARGEST_BODY).await.unwrap_or_default();
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
    if target.has_content()
        && head
            .headers
            .get("x-expire-content")
            .is_some_and(|asked| asked == "true")
    {
        // That is for enterprises, and nobody's plan here.
        exchange
            .headers
            .push((X_CONTENT_EXPIRY, "not-entitled".to_owned()));
    }
    let Some(body) = read(body, target.largest_body(&state)).await else {
        return too_large(exchange, &target);
    };
    if let Some(refusal) = header_fault(&mut exchange, &target, &head.headers) {
        return refusal;
    }
    if target.needs_key()
        && let Some(refusal) = check_key(&mut exchange, key.as_deref(), &head.headers)
    {
        return refusal;
    }
    match target {
        Target::Socket => live::answer(exchange, head).await,
        Target::LiveTranscription => {
            let query = query(head.uri.query());
            transcription::live::answer(exchange, head, query).await
        }
        Target::Synthesis(_) => synthesis(exchange, &head.headers, &body, &keys).await,
        Target::Pool(model) => voices(exchange, &model).await,
        Target::AllModels => {
            let list = catalogue::all(&state.url);
            listed(exchange, &list).await
        }
        Target::Preview(id) => preview(exchange, &id).await,
        Target::Chat => completion(exchange, &body, &keys).await,
        target => {
            if let Some(response) = exchange.meet_fault().await {
                return response;
            }
            let asked = Asked {
                state: &state,
                method: &head.method,
                path: &path,
                headers: &head.headers,
                query: query(head.uri.query()),
                request_id: &exchange.request_id,
            };
            let (status, value) = asked.answer(target, body).await;
            exchange.json(status, &value)
        }
    }
}

/// What the routes that answer with one JSON value want to know.
struct Asked<'a> {
    state: &'a Arc<State>,
    method: &'a Method,
    path: &'a str,
    headers: &'a HeaderMap,
    query: Vec<(String, String)>,
    request_id: &'a str,
}

impl Asked<'_> {
    async fn answer(&self, target: Target, body: Vec<u8>) -> (u16, Value) {
        let state = self.state;
        let account = &state.account;
        match target {
            Target::Dictionaries => dictionaries::answer(account, self.method, &body),
            Target::CloneCreate => {
                let limit = state.tuning().clone_limit;
                cloning::create(account, self.headers, body, &state.url, limit).await
            }
            Target::CloneList => (200, cloning::list(account)),
            Target::CloneDelete => {
                // Only the console's own tokens may; a switch lets a key.
                if state.tuning().clone_delete {
                    cloning::delete(account, &body)
                } else {
                    (401, json!({ "error": "unauthorized" }))
                }
            }
            Target::Transcription(path) => {
                let id = self.request_id;
                transcription::answer(state, path, &self.query, self.headers, body, id).await
            }
            Target::Analytics(path) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                match state.ledger.answer(&path, &self.query) {
                    Some(answer) => answer,
                    None => self.not_found(),
                }
            }
            Target::ForgetTranscript(id) => (200, state.ledger.forget(&id)),
            Target::Health => {
                let connected = json!({ "status": "connected" });
                let health = json!({
                    "status": "ok", "mongo": connected, "redis": connected, "rabbitmq": connected,
                });
                (200, health)
            }
            Target::Subscription => (200, state.ledger.subscription()),
            Target::Retired => (
                410,
                json!({
                    "status": "error", "error_code": "MODEL_DEPRECATED",
                    "message": "This model is retired. Please use lightning_v3.1.",
                    "recommended_endpoint": "/waves/v1/tts",
                }),
            ),
            _ => self.not_found(),
        }
    }

    fn not_found(&self) -> (u16, Value) {
        (
            404,
            json!({ "error": "Not Found", "message": format!("Cannot {} {}", self.method, self.path) }),
        )
    }
}

fn too_large(mut exchange: Exchange, target: &Target) -> Response<Body> {
    let Target::Transcription(path) = target else {
        return exchange.refuse(413, None, ErrorBody::ErrorOnly);
    };
    // The older path says so with another status.
    let (status, message) = match path {
        transcription::Path::Stt => (413, "File size exceeds maximum limit of 250MB."),
        transcription::Path::GetText => (400, "Audio data too large"),
    };
    let value = path.error(message, &exchange.request_id);
    exchange.json(status, &value)
}

/// The whole body; `None` if it is too large or does not arrive.
async fn read(body: Incoming, largest: usize) -> Option<Vec<u8>> {
    let mut chunks = Body::new(body).into_data_stream();
    let (mut kept, mut total) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        total += chunk.len();
        if total > largest + LARGEST_DISCARDED {
            return None;
        }
        if total <= largest {
            kept.extend_from_slice(&chunk);
        }
    }
    (total <= largest).then_some(kept)
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

/// The pairs of a query, decoded.
fn query(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = query.unwrap_or_default().split('&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let code = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the request itself asks to go wrong. A status comes before anything is looked at; what goes wrong later, later.
fn header_fault(
    exchange: &mut Exchange,
    target: &Target,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    let header = HeaderFault::parse(headers.get("x-sim-fault")?.to_str().ok()?)?;
    let suits = header.fault.suits(exchange.route)
        || (*target == Target::Socket && header.fault.suits(Route::WebSocket));
    if !suits {
        return None;
    }
    let Fault::Status { .. } = header.fault else {
        exchange.header_fault = Some(header);
        return None;
    };
    match exchange.state.count(&header)? {
        Fault::Status {
            status,
            retry_after,
            body,
        } => Some(exchange.refuse(status, retry_after.as_deref(), body)),
        _ => None,
    }
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
        None if !headers.contains_key(header::AUTHORIZATION) && exchange.route != Route::Chat => {
            Some(exchange.json(
                401,
                &json!({ "message": "Unauthorized: No tokens provided" }),
            ))
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
            let message = format!("The body is not JSON: {error}");
            return exchange.json(
                400,
                &json!({ "error": "InvalidRequest", "message": message }),
            );
        }
    };
    exchange.entry.update(|request| request.note(&body, keys));
    let ask = match request::read(&body, &exchange.state.account) {
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
        let message = format!(
            "Invalid model '{model}'. Supported models: lightning-v3.1, lightning-v3.1-pro"
        );
        return exchange.json(
            400,
            &json!({ "error": "InvalidRequest", "message": message }),
        );
    };
    listed(exchange, &catalogue::pool(pool)).await
}

async fn listed(mut exchange: Exchange, list: &Value) -> Response<Body> {
    let delay = exchange.state.tuning().voices_delay;
    pause(delay).await;
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    exchange.json(200, list)
}

async fn preview(mut exchange: Exchange, id: &str) -> Response<Body> {
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    match preview_recording(&exchange.state, id).await {
        Ok(Some(file)) => exchange.whole(200, "audio/wav", file),
        Ok(None) => exchange.refuse(404, None, ErrorBody::Default),
        Err(_) => exchange.refuse(500, None, ErrorBody::Default),
    }
}

/// A short WAV at 24 kHz; public, as on the service's content network. `None` for an unknown voice.
pub(crate) async fn preview_recording(
    state: &Arc<State>,
    id: &str,
) -> Result<Option<Vec<u8>>, String> {
    const RATE: u32 = 24_000;
    let cloned = || {
        let clones = state.account.clones();
        let known = clones.iter().any(|clone| clone.id == id);
        known.then(|| cloning::SAMPLE_TEXT.to_owned())
    };
    let Some(text) = catalogue::preview_text(id).or_else(cloned) else {
        return Ok(None);
    };
    let mut sketch = crate::ears::Sketch::new(RATE);
    let mut blocks = state.speech.stream(Utterance {
        spoken: spoken(&text, &[], false),
        voice_id: id.to_owned(),
        rate: RATE,
        speed: 1.0,
    });
    let (mut samples, mut words) = (Vec::new(), Vec::new());
    while let Some(block) = blocks.next().await {
        let block = block.map_err(|error| error.to_string())?;
        sketch.add(&block.samples);
        samples.extend(block.samples);
        words.extend(block.words);
    }
    state.ears.remember(&text, id, words, &sketch);
    let mut file = wav_header(RATE, u32::try_from(samples.len() * 2).unwrap_or(u32::MAX));
    file.extend(Format::Pcm.encode(&samples));
    Ok(Some(file))
}

async fn completion(mut exchange: Exchange, body: &[u8], keys: &Keys<'_>) -> Response<Body> {
    let asked = serde_json::from_slice(body).unwrap_or_default();
    exchange.entry.update(|request| request.note(&asked, keys));
    let completion = match chat::complete(body, Timestamp::now().as_second()) {
        Ok(completion) => completion,
        Err((message, details)) => {
            let error = json!({ "error": {
                "message": message, "type": "invalid_request_error", "details": details,
                "request_id": exchange.request_id,
            } });
            return exchange.json(400, &error);
        }
    };
    if let Some(response) = exchange.meet_fault().await {
        return response;
    }
    if !completion.streams {
        return exchange.json(200, &completion.whole());
    }
    let fault = exchange.fault.clone();
    let (mut outlet, response) = exchange.begin(200, "text/event-stream", None);
    tokio::spawn(async move {
        for (index, chunk) in completion.chunks().iter().enumerate() {
            let event = match fault {
                Some(Fault::BadJson) if index == 1 => "data: {\"choices\":[{\"de\n\n".to_owned(),
                _ => format!("data: {chunk}\n\n"),
            };
            if outlet.send(event.into()).await.is_err() {
                return;
            }
        }
        let end = match fault {
            Some(Fault::MissingEnd) => String::new(),
            Some(Fault::ErrorEvent(text)) => {
                format!("data: {}\n\n", json!({ "error": { "message": text } }))
            }
            _ => "data: [DONE]\n\n".to_owned(),
        };
        // Whether the consumer stayed to the end is in the log.
        let _ = outlet.finish(end.into()).await;
    });
    response
}
