//! Error bodies, in every shape the service and the gateways before it are known to send.

use serde_json::{Value, json};

use crate::fault::{ErrorBody, Route};

/// A body with its content type.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Body {
    pub(crate) fn json(value: &Value) -> Self {
        Self {
            content_type: JSON,
            bytes: value.to_string().into_bytes(),
        }
    }

    pub(crate) fn html(title: &str, text: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body>\n</html>\n"
        );
        Self {
            content_type: HTML,
            bytes: page.into_bytes(),
        }
    }
}

/// The body for a status, in that shape.
pub(crate) fn body(shape: ErrorBody, status: u16, route: Route, request_id: &str) -> Body {
    let message = message(status);
    let code = code(status);
    match shape {
        ErrorBody::Default => Body::json(&usual(status, route, request_id)),
        ErrorBody::Issues => Body::json(&json!({
            "error": [
                { "code": "custom", "message": "Invalid Voice ID", "path": ["voice_id"] },
                {
                    "code": "invalid_enum_value", "path": ["output_format"], "received": "ogg",
                    "options": ["pcm", "wav", "mp3", "ulaw", "alaw"],
                    "message": "Invalid enum value. Expected 'pcm' | 'wav' | 'mp3' | 'ulaw' | 'alaw', received 'ogg'",
                },
            ]
        })),
        ErrorBody::StringAndMessage => {
            Body::json(&json!({ "error": "InvalidRequest", "message": message }))
        }
        ErrorBody::StatusErrorCode => Body::json(&json!({
            "status": "error", "error_code": code, "message": message, "request_id": request_id,
        })),
        ErrorBody::MessageOnly => Body::json(&json!({ "message": message })),
        ErrorBody::ErrorOnly => Body::json(&json!({ "error": message })),
        ErrorBody::NestedMessage => Body::json(&json!({
            "error": {
                "message": message, "type": "invalid_request_error", "request_id": request_id,
                "details": [{ "code": "custom", "message": message, "path": ["text"] }],
            }
        })),
        ErrorBody::ErrorAndDetails => Body::json(&json!({
            "error": "Invalid request body",
            "details": [{ "code": "custom", "message": message, "path": ["text"] }],
        })),
        ErrorBody::ErrorAndRequestId => {
            Body::json(&json!({ "error": message, "request_id": request_id }))
        }
        ErrorBody::ErrorAndCode => Body::json(&json!({ "error": message, "error_code": code })),
        ErrorBody::Region => Body::json(&json!({
            "status": "error", "error_code": "LANGUAGE_NOT_ENABLED_IN_REGION", "message": message,
            "language": "hi", "region": "us-west-2",
        })),
        ErrorBody::MessageAndErrors => Body::json(&json!({
            "status": "error", "message": "Error handling audio data", "errors": message,
        })),
        ErrorBody::Retired => Body::json(&json!({
            "status": "error", "error_code": "MODEL_DEPRECATED",
            "message": "This model is retired. Please use lightning_v3.1.",
            "recommended_endpoint": "/waves/v1/tts",
        })),
        ErrorBody::Html => Body::html(&format!("{status} {message}"), "nginx"),
        ErrorBody::PlainText => Body {
            content_type: "text/plain",
            bytes: message.as_bytes().to_vec(),
        },
        ErrorBody::Empty => Body {
            content_type: "text/plain",
            bytes: Vec::new(),
        },
    }
}

/// What the service sends by itself.
fn usual(status: u16, route: Route, request_id: &str) -> Value {
    let message = message(status);
    let simple = json!({ "error": message, "message": message });
    match (route, status) {
        (Route::Chat, _) => {
            let kind = match status {
                401 => "authentication_error",
                429 => "rate_limit_error",
                400..500 => "invalid_request_error",
                _ => "server_error",
            };
            return json!({ "error": { "message": message, "type": kind, "request_id": request_id } });
        }
        (Route::Dictionaries, 401) => return json!({ "error": "Unauthorized" }),
        (Route::Cloning, 500..) => {
            return json!({ "error": message, "error_code": "voice_clone_error" });
        }
        (Route::Dictionaries | Route::Cloning | Route::Analytics, 400 | 404 | 500..) => {
            return json!({ "error": message });
        }
        (Route::Transcription, 400 | 403..) => {
            return json!({ "error": message, "request_id": request_id });
        }
        _ => {}
    }
    match status {
        400 if route.is_synthesis() => json!({
            "error": [{ "code": "custom", "message": "Invalid Voice ID", "path": ["voice_id"] }]
        }),
        401 => json!({ "error": "unauthorized" }),
        403 => json!({ "error": "Forbidden", "message": message }),
        404 => json!({ "error": "Not Found", "message": message }),
        410 => json!({
            "status": "error", "error_code": "MODEL_DEPRECATED", "message": message,
            "recommended_endpoint": "/waves/v1/tts",
        }),
        429 => json!({ "error": message, "request_id": request_id }),
        500.. if route.is_synthesis() => json!({
            "status": "error", "error_code": code(status), "message": message, "request_id": request_id,
        }),
        _ => simple,
    }
}

/// A refused body, with everything that is wrong with it.
pub(crate) fn issues(issues: &[Value]) -> Body {
    Body::json(&json!({ "error": issues }))
}

pub(crate) fn message(status: u16) -> &'static str {
    match status {
        400 => "Invalid request",
        401 => "Unauthorized",
        402 => "Insufficient credits",
        403 => "This API key has no access to this resource",
        404 => "The requested resource was not found",
        408 => "Request timeout",
        410 => "This model is retired. Please use lightning_v3.1.",
        413 => "Request entity too large",
        429 => "Concurrency or rate limit exceeded. Please retry after a short backoff.",
        500 => "Internal server error",
        502 => "Bad gateway",
        503 => "Service temporarily unavailable",
        504 => "Gateway timeout",
        501.. => "Server error",
        _ => "Request failed",
    }
}

pub(crate) fn code(status: u16) -> &'static str {
    match status {
        400 => "INVALID_REQUEST",
        401 => "UNAUTHORIZED",
        402 => "INSUFFICIENT_CREDITS",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        410 => "MODEL_DEPRECATED",
        429 => "RATE_LIMITED",
        503 => "SERVICE_UNAVAILABLE",
        _ => "INTERNAL_ERROR",
    }
}
