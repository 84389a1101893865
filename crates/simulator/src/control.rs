//! The simulator's own paths, under `/_sim`: the log, the script of faults and the settings, for tests in another process.
//! They need no key, and are not in the log themselves.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Method, Response, StatusCode, header},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    errors::JSON,
    fault::{Fault, Route, Times},
    server::State,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    fault: Fault,
    #[serde(default)]
    times: Times,
    #[serde(default)]
    route: Option<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Scripted>),
    One(Scripted),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    first_byte_ms: Option<u64>,
    voices_delay_ms: Option<u64>,
    /// Zero: as fast as possible.
    pace: Option<f64>,
    concurrency: Option<usize>,
    complete_backoff_ms: Option<u64>,
    clone_delete: Option<bool>,
    clone_limit: Option<usize>,
}

pub(crate) async fn answer(
    state: &Arc<State>,
    method: &Method,
    path: &[&str],
    query: Option<&str>,
    body: &[u8],
) -> Response<Body> {
    match (method.as_str(), path) {
        ("GET", ["requests"]) => {
            // `?at_least=N` waits until there are so many.
            if let Some(count) = query
                .and_then(|query| query.strip_prefix("at_least="))
                .and_then(|count| count.parse().ok())
            {
                state.log.wait_for(count).await;
            }
            reply(StatusCode::OK, &json!(state.log.snapshot()))
        }
        ("DELETE", ["requests"]) => {
            state.log.clear();
            done()
        }
        ("POST", ["faults"]) => match serde_json::from_slice(body) {
            Ok(scripted) => {
                let scripted = match scripted {
                    OneOrMany::One(one) => vec![one],
                    OneOrMany::Many(many) => many,
                };
                for Scripted {
                    fault,
                    times,
                    route,
                } in scripted
                {
                    state.script.add(route, fault, times);
                }
                done()
            }
            Err(error) => refused(&error),
        },
        ("DELETE", ["faults"]) => {
            state.script.clear();
            done()
        }
        ("POST", ["settings"]) => match serde_json::from_slice(body) {
            Ok(settings) => {
                apply(state, &settings);
                done()
            }
            Err(error) => refused(&error),
        },
        _ => reply(
            StatusCode::NOT_FOUND,
            &json!({ "error": "There are /_sim/requests, /_sim/faults and /_sim/settings." }),
        ),
    }
}

fn apply(state: &State, settings: &Settings) {
    if let Some(limit) = settings.concurrency {
        state.concurrency.store(limit, Ordering::SeqCst);
    }
    let mut tuning = state.tuning();
    if let Some(delay) = settings.first_byte_ms {
        tuning.first_byte = Duration::from_millis(delay);
    }
    if let Some(delay) = settings.voices_delay_ms {
        tuning.voices_delay = Duration::from_millis(delay);
    }
    if let Some(backoff) = settings.complete_backoff_ms {
        tuning.complete_backoff = Duration::from_millis(backoff);
    }
    if let Some(allowed) = settings.clone_delete {
        tuning.clone_delete = allowed;
    }
    if let Some(limit) = settings.clone_limit {
        tuning.clone_limit = limit;
    }
    if let Some(pace) = settings.pace {
        tuning.pace = (pace > 0.0).then_some(pace);
    }
}

fn done() -> Response<Body> {
    reply(StatusCode::OK, &json!({ "ok": true }))
}

fn refused(error: &serde_json::Error) -> Response<Body> {
    reply(
        StatusCode::BAD_REQUEST,
        &json!({ "error": error.to_string() }),
    )
}

fn reply(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}
