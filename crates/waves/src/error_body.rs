//! One tolerant reader for every shape in which the service, or something in front of it,
//! says no. It never fails: an answer that can't be understood is still an error with a status.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::error::{Error, ErrorDetail, ErrorKind, Fields, one_line};
use crate::error_words;

/// The header with the server's id of every answer.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Reads an answer that is an error by its status, or by being no speech (`status` 2xx then).
pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let mut fields = Fields {
        kind: kind_of(status),
        message: String::new(),
        status: Some(status.as_u16()),
        request_id: None,
        code: None,
        details: Vec::new(),
        retry_after: retry_after(headers),
        web_page: false,
        source: None,
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => read_json(&value, &mut fields),
        Err(_) => read_text(headers, body, &mut fields),
    }
    if is_blank(&fields.message) {
        fields.message = status.canonical_reason().unwrap_or_default().to_owned();
    }
    Error::from(fields).with_request_id(request_id(headers))
}

/// Reads an error from the middle of an answer that began well: the data of an event, JSON or not.
pub(crate) fn read_event(data: &str) -> Error {
    match serde_json::from_str::<Value>(data) {
        Ok(value) => read_value(&value),
        Err(_) => read_value(&Value::from(data)),
    }
}

/// The same for what is JSON: an event, or a frame of the WebSocket. Where it has no status, what it speaks of tells its kind.
pub(crate) fn read_value(value: &Value) -> Error {
    let mut fields = Fields {
        kind: ErrorKind::Server,
        message: String::new(),
        status: None,
        request_id: None,
        code: None,
        details: Vec::new(),
        retry_after: None,
        web_page: false,
        source: None,
    };
    read_json(value, &mut fields);
    let status = [&value["status"], &value["code"], &value["error"]["code"]]
        .into_iter()
        .find_map(status_in);
    fields.status = status.map(|status| status.as_u16());
    fields.kind = match status {
        Some(status) => kind_of(status),
        None => error_words::kind_without_status(
            !fields.details.is_empty(),
            fields.code.as_deref(),
            &fields.message,
        ),
    };
    if is_blank(&fields.message) {
        fields.message = "the service reported an error in the middle of its answer".to_owned();
    }
    Error::from(fields)
}

/// Whether nothing of a message is left once it is cleaned: control characters alone say nothing.
fn is_blank(message: &str) -> bool {
    one_line(message, Error::MAX_MESSAGE).is_empty()
}

/// Reads a file that came, with success, in place of the one that was asked for.
pub(crate) fn read_other_file(body: &[u8]) -> Error {
    let start = &body[..body.len().min(4_096)];
    match start.contains(&0)
        || std::str::from_utf8(start).is_err_and(|error| error.error_len().is_some())
    {
        true => Error::new(ErrorKind::Protocol, "no WAV file"),
        false => read(StatusCode::OK, &HeaderMap::new(), start),
    }
}

/// The server's id of an answer, if it can be shown.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    id_in(headers, REQUEST_ID)
}

/// The same for any header.
pub(crate) fn id_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let id = headers.get(name)?.to_str().ok()?.trim();
    (!id.is_empty() && id.len() <= 128).then_some(id)
}

fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        402 | 403 => ErrorKind::Forbidden,
        // A proxy or a network that wants its own sign-in first.
        407 | 511 => ErrorKind::Network,
        408 => ErrorKind::TimedOut,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::Rejected,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Protocol,
    }
}

/// An error status written as a number or a string.
pub(crate) fn status_in(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let status = StatusCode::from_u16(u16::try_from(number).ok()?).ok()?;
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// The shapes met so far:
/// `{"error":[{code,path,message}]}`, `{"error":{message,type,details,request_id}}`,
/// `{"error":"…"}` with or without `message`, `errors`, `details`, `error_code`,
/// `{"status":"error","message":…}`, `{"message":…}`, a bare list of issues, a bare string.
fn read_json(value: &Value, fields: &mut Fields) {
    let error = &value["error"];
    let issues = [
        value,
        error,
        &value["details"],
        &error["details"],
        &value["errors"],
        &value["detail"],
    ]
    .into_iter()
    .find_map(Value::as_array);
    fields.details = issues
        .into_iter()
        .flatten()
        .take(64)
        .filter_map(detail)
        .collect();
    fields.message = match error {
        Value::Object(_) => text(&error["message"]).unwrap_or_default(),
        Value::String(error) => {
            let more = text(&value["message"]).or_else(|| text(&value["errors"]));
            match more {
                Some(more) if more != *error => format!("{error}: {more}"),
                _ => error.clone(),
            }
        }
        _ => [value, &value["message"], &value["errors"], &value["detail"]]
            .into_iter()
            .find_map(text)
            .unwrap_or_default(),
    };
    let complaints: Vec<String> = fields
        .details
        .iter()
        .map(|detail| match detail.path.as_str() {
            "" => detail.message.clone(),
            path => format!("{path}: {}", detail.message),
        })
        .collect();
    if is_blank(&fields.message) {
        fields.message = complaints.join("; ");
    }
    fields.code = [
        &value["error_code"],
        &value["code"],
        &error["code"],
        &error["type"],
    ]
    .into_iter()
    .find_map(text);
    fields.request_id = [&value["request_id"], &error["request_id"]]
        .into_iter()
        .find_map(text);
}

/// A string or number as text; anything else is no text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One issue: an object with a message, or just a message.
fn detail(issue: &Value) -> Option<ErrorDetail> {
    let message = text(issue)
        .or_else(|| text(&issue["message"]))
        .or_else(|| text(&issue["msg"]))?;
    let path = match &issue["path"] {
        Value::Array(steps) => steps.iter().filter_map(text).collect::<Vec<_>>().join("."),
        other => text(other).unwrap_or_default(),
    };
    Some(ErrorDetail {
        path,
        message,
        code: text(&issue["code"]),
    })
}

/// A web page gives its title, plain text gives itself.
fn read_text(headers: &HeaderMap, body: &[u8], fields: &mut Fields) {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let labelled = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let starts_with = |tag: &str| {
        text.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    fields.web_page = starts_with("<!doctype html")
        || starts_with("<html")
        || starts_with("<head")
        || (labelled && text.starts_with('<'));
    fields.message = if fields.web_page {
        match title(text) {
            Some(title) => format!("a web page: {title}"),
            None => "a web page".to_owned(),
        }
    } else {
        text.to_owned()
    };
}

/// What stands in the first `<title>`, else the first `<h1>`.
fn title(page: &str) -> Option<&str> {
    // ASCII only: offsets in the lowered copy are offsets in the page.
    let lowered = page.to_ascii_lowercase();
    ["title", "h1"].into_iter().find_map(|tag| {
        let open = lowered.find(&format!("<{tag}"))?;
        let start = open + lowered[open..].find('>')? + 1;
        let end = start + lowered[start..].find("</")?;
        let title = page[start..end].trim();
        (!title.is_empty()).then_some(title)
    })
}

/// `Retry-After`: seconds, or an HTTP date, which is compared with the answer's own `Date` where
/// there is one, since this machine's clock may be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    fn read_with(status: u16, headers: &[(&'static str, &str)], body: &str) -> Error {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        read(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes())
    }

    #[test]
    fn every_known_shape_gives_its_words() {
        for (status, body, message) in [
            (
                400,
                r#"{"error":[{"code":"custom","path":["voice_id"],"message":"Invalid Voice ID"},{"path":[],"message":"x"}]}"#,
                "voice_id: Invalid Voice ID; x",
            ),
            (
                400,
                r#"{"status":"error","error_code":"E","message":"Bad text","request_id":"r"}"#,
                "Bad text",
            ),
            (
                400,
                r#"{"error":"InvalidRequest","message":"text is required"}"#,
                "InvalidRequest: text is required",
            ),
            (
                401,
                r#"{"message":"Unauthorized: No tokens provided"}"#,
                "Unauthorized: No tokens provided",
            ),
            (401, r#"{"error":"unauthorized"}"#, "unauthorized"),
            (
                400,
                r#"{"error":"Invalid request body","details":[{"code":"too_small","path":["items",0,"word"],"message":"Required"}]}"#,
                "Invalid request body",
            ),
            (
                500,
                r#"{"error":"failed","error_code":"voice_clone_timeout"}"#,
                "failed",
            ),
            (
                410,
                r#"{"status":"error","error_code":"MODEL_DEPRECATED","message":"This model is retired.","recommended_endpoint":"/x"}"#,
                "This model is retired.",
            ),
            (
                400,
                r#"{"status":"error","message":"Error handling audio data","errors":"Audio data too large"}"#,
                "Error handling audio data",
            ),
            (
                400,
                r#"{"error":"Bad","errors":"Audio data too large"}"#,
                "Bad: Audio data too large",
            ),
            (
                400,
                r#"{"error":{"message":"Invalid input data","type":"invalid_request_error","details":[{"code":"custom","message":"n > 1","path":["n"]}],"request_id":"r"}}"#,
                "Invalid input data",
            ),
            (
                400,
                r#"[{"path":["speed"],"message":"too fast"}]"#,
                "speed: too fast",
            ),
            (
                400,
                r#"{"message":["a","b"],"statusCode":400}"#,
                "Bad Request",
            ),
            (
                422,
                r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#,
                "field required",
            ),
            (400, r#""just a string""#, "just a string"),
            (400, "null", "Bad Request"),
            (400, "{}", "Bad Request"),
            (400, r#"{"error":{}}"#, "Bad Request"),
            (502, "", "Bad Gateway"),
            (503, "upstream  connect\nerror", "upstream connect error"),
            (
                400,
                r#"{"error":"cut off in the mid"#,
                r#"{"error":"cut off in the mid"#,
            ),
        ] {
            let error = read_with(status, &[], body);
            assert_eq!(error.message(), message, "from {body}");
            assert_eq!(error.status(), Some(status));
        }
    }

    #[test]
    fn codes_details_and_ids_are_kept_and_the_body_is_believed_first() {
        let error = read_with(
            400,
            &[("x-request-id", "from-header")],
            r#"{"error":[{"code":"invalid_enum_value","path":["sample_rate",1],"message":"Bad"}],"request_id":"from-body","error_code":"E1"}"#,
        );
        assert_eq!(error.request_id(), Some("from-body"));
        assert_eq!(error.code(), Some("E1"));
        assert_eq!(
            error.details(),
            [ErrorDetail {
                path: "sample_rate.1".into(),
                message: "Bad".into(),
                code: Some("invalid_enum_value".into()),
            }]
        );
        let error = read_with(500, &[("x-request-id", "from-header")], "");
        assert_eq!(error.request_id(), Some("from-header"));
        let nested = r#"{"error":{"message":"m","type":"t","request_id":"nested"}}"#;
        let error = read_with(503, &[], nested);
        assert_eq!(
            (error.request_id(), error.code()),
            (Some("nested"), Some("t"))
        );
    }

    #[test]
    fn a_status_decides_the_kind() {
        for (status, kind) in [
            (401, ErrorKind::Unauthorized),
            (402, ErrorKind::Forbidden),
            (403, ErrorKind::Forbidden),
            (429, ErrorKind::RateLimited),
            (400, ErrorKind::Rejected),
            (404, ErrorKind::Rejected),
            (410, ErrorKind::Rejected),
            (413, ErrorKind::Rejected),
            (407, ErrorKind::Network),
            (408, ErrorKind::TimedOut),
            (500, ErrorKind::Server),
            (503, ErrorKind::Server),
            (302, ErrorKind::Protocol),
            (200, ErrorKind::Protocol),
        ] {
            assert_eq!(read_with(status, &[], "").kind(), kind, "{status}");
        }
    }

    #[test]
    fn a_web_page_is_known_and_gives_its_title() {
        let page = "<!DOCTYPE html><html><head><TITLE lang=en>\n Sign in\n to Café Wi-Fi </TITLE>";
        let error = read_with(403, &[], page);
        assert!(error.is_web_page());
        assert_eq!(error.message(), "a web page: Sign in to Café Wi-Fi");
        let html = [("content-type", "text/html; charset=utf-8")];
        let error = read_with(502, &html, "<center><h1>502 Bad Gateway</h1></center>");
        assert!(error.is_web_page());
        assert_eq!(error.message(), "a web page: 502 Bad Gateway");
        assert!(!read_with(502, &html, "oops").is_web_page());
        assert!(!read_with(500, &[], r#"{"error":"<html>"}"#).is_web_page());
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let wait = |headers: &[(&'static str, &str)]| read_with(429, headers, "").retry_after();
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(wait(&[("retry-after", "7")]), seconds(7));
        assert_eq!(wait(&[("retry-after", " 0 ")]), seconds(0));
        assert_eq!(
            wait(&[("retry-after", "1.5")]),
            Some(Duration::from_millis(1_500))
        );
        assert_eq!(wait(&[("retry-after", "999999999")]), seconds(86_400));
        for nonsense in ["", "soon", "-1", "NaN", "inf", "1e999"] {
            assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(wait(&[]), None);
        // The server's own clock counts, however wrong ours is.
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        let later = ("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT");
        assert_eq!(wait(&[date, later]), seconds(30));
        assert_eq!(wait(&[later]), seconds(0), "a date in the past means now");
    }

    #[test]
    fn an_error_event_in_the_middle_has_a_kind_and_words() {
        for (data, kind, message) in [
            (r#"{"error":"boom"}"#, ErrorKind::Server, "boom"),
            (
                r#"{"status":"error","message":"boom"}"#,
                ErrorKind::Server,
                "boom",
            ),
            (
                r#"{"status":"429","message":"slow down"}"#,
                ErrorKind::RateLimited,
                "slow down",
            ),
            (
                r#"{"error":{"code":401,"message":"who?"}}"#,
                ErrorKind::Unauthorized,
                "who?",
            ),
            ("not json", ErrorKind::Server, "not json"),
        ] {
            let error = read_event(data);
            assert_eq!((error.kind(), error.message()), (kind, message), "{data}");
        }
    }

    proptest! {
        #[test]
        fn any_body_becomes_a_bounded_error(
            status in 100u16..=599,
            body in proptest::collection::vec(any::<u8>(), 0..2_000),
        ) {
            let error = read(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
            prop_assert!(error.message().chars().count() <= Error::MAX_MESSAGE);
            prop_assert!(!error.message().contains(char::is_control));
        }

        #[test]
        fn any_json_becomes_a_bounded_error(body in json()) {
            let error = read(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.to_string().as_bytes());
            prop_assert!(!error.message().is_empty());
            prop_assert!(error.message().chars().count() <= Error::MAX_MESSAGE);
            prop_assert!(error.details().len() <= 16);
            let _ = read_event(&body.to_string());
        }
    }

    /// Any JSON, with the keys that the reader looks at.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let keys = prop_oneof![
                Just("error"),
                Just("message"),
                Just("errors"),
                Just("details"),
                Just("path"),
                Just("code"),
                Just("error_code"),
                Just("request_id"),
                Just("status"),
                Just("detail"),
            ];
            let object =
                proptest::collection::vec((keys, inner.clone()), 0..6).prop_map(|entries| {
                    entries
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect::<Value>()
                });
            prop_oneof![
                proptest::collection::vec(inner, 0..5).prop_map(Value::from),
                object
            ]
        })
    }
}
