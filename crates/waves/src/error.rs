//! What can go wrong with a call, by what the caller can do about it.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::ApiKey;

/// Why a call failed. Branch on [`Error::kind`]; the texts are for people.
///
/// No part of it holds the key, even if the service repeated it in its answer.
pub struct Error(Box<Fields>);

/// What a person or a caller can do about a failure.
///
/// Exhaustive on purpose: a new kind should make every caller decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 401: no such key. Ask for another one.
    Unauthorized,
    /// 402, 403: the key is fine, but has no access, credit or plan for this. Keep it, explain.
    Forbidden,
    /// 429: too many requests, or too many at once. Wait, [`Error::retry_after`] at least.
    RateLimited,
    /// 400, 404, 410, 413 and the other 4xx: the request itself. Show the words, don't repeat it.
    Rejected,
    /// 5xx, or an error reported in the middle of an answer: the service's own trouble.
    Server,
    /// The service could not be reached, or the connection broke before it answered.
    Network,
    /// No trustworthy connection: a certificate that does not hold, or no TLS at all at the
    /// other end. Not worth repeating before the clock, the proxy or the address is put right.
    Tls,
    /// No connection, no first byte, or no further audio within the time allowed.
    TimedOut,
    /// The answer is not what the service would send: a web page, JSON or another audio format
    /// in place of speech, a redirect, broken encoding, more than any answer may have.
    Protocol,
    /// The answer began and stopped before its end. What was heard of it is incomplete.
    Truncated,
    /// A complete answer with less than 50 ms of sound for a text that has words. Usually a
    /// voice used with the wrong model, or a text with nothing that can be spoken.
    NoSpeech,
}

/// One complaint about one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDetail {
    /// Where in the request: `voice_id`, `items.0.word`. Empty when the service does not say.
    pub path: String,
    /// The service's words.
    pub message: String,
    /// `custom`, `invalid_enum_value`, …
    pub code: Option<String>,
}

/// What an [`Error`] is made of. Texts are cleaned and cut when it becomes one.
pub(crate) struct Fields {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) details: Vec<ErrorDetail>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) web_page: bool,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// The longest message, in characters; the service's words are cut to it.
    pub const MAX_MESSAGE: usize = 500;
    const MAX_DETAILS: usize = 16;

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::from(Fields {
            kind,
            message: message.into(),
            status: None,
            request_id: None,
            code: None,
            details: Vec::new(),
            retry_after: None,
            web_page: false,
            source: None,
        })
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Error {
        self.0.source = Some(Box::new(source));
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// Adds the id of the answer, unless the error has a better one from its body.
    pub(crate) fn with_request_id(mut self, id: Option<&str>) -> Error {
        if self.0.request_id.is_none() {
            self.0.request_id = id.map(str::to_owned);
        }
        self
    }

    /// Takes the key out of all texts, in case the service repeated it.
    pub(crate) fn without_key(mut self, key: &ApiKey) -> Error {
        let fields = &mut *self.0;
        let details = fields.details.iter_mut().flat_map(|detail| {
            [&mut detail.path, &mut detail.message]
                .into_iter()
                .chain(&mut detail.code)
        });
        let texts = std::iter::once(&mut fields.message)
            .chain(&mut fields.request_id)
            .chain(&mut fields.code)
            .chain(details);
        for text in texts {
            if text.contains(key.expose()) {
                *text = text.replace(key.expose(), "(key)");
            }
        }
        self
    }

    /// An error of a host that never gets the key, and so can't say anything about it.
    pub(crate) fn of_other_host(mut self) -> Error {
        if matches!(
            self.0.kind,
            ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::RateLimited
        ) {
            self.0.kind = ErrorKind::Rejected;
        }
        self
    }

    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The service's own words where it gave some, else ours: one line of at most
    /// [`Error::MAX_MESSAGE`] characters.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The id that the service's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The service's `error_code`, such as `MODEL_DEPRECATED`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What exactly was wrong with the request, at most 16 entries; often none.
    pub fn details(&self) -> &[ErrorDetail] {
        &self.0.details
    }

    /// How long the service asks to wait before another try, at most a day.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed later. Whether to try, and how often, is the
    /// caller's decision: speech is billed.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Network
            | ErrorKind::TimedOut
            | ErrorKind::Truncated => true,
            ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::Rejected
            | ErrorKind::Tls
            | ErrorKind::Protocol
            | ErrorKind::NoSpeech => false,
        }
    }

    /// Whether the answer was a web page: then a proxy, a firewall or a network's sign-in page
    /// spoke rather than the service, whatever the kind says.
    pub fn is_web_page(&self) -> bool {
        self.0.web_page
    }
}

impl From<Fields> for Error {
    fn from(mut fields: Fields) -> Error {
        fields.message = one_line(&fields.message, Error::MAX_MESSAGE);
        if fields.message.is_empty() {
            fields.message = fields.kind.to_string();
        }
        fields.request_id = fields
            .request_id
            .map(|id| one_line(&id, 128))
            .filter(|id| !id.is_empty());
        fields.code = fields
            .code
            .map(|code| one_line(&code, 128))
            .filter(|code| !code.is_empty());
        fields.details.truncate(Error::MAX_DETAILS);
        for detail in &mut fields.details {
            detail.path = one_line(&detail.path, 128);
            detail.message = one_line(&detail.message, Error::MAX_MESSAGE);
            detail.code = detail.code.take().map(|code| one_line(&code, 128));
        }
        fields.retry_after = fields
            .retry_after
            .map(|wait| wait.min(Duration::from_secs(86_400)));
        Error(Box::new(fields))
    }
}

/// One line without control characters, at most `longest` characters.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > longest * 4 {
            break;
        }
    }
    if let Some((end, _)) = line.char_indices().nth(longest) {
        let keep = line[..end]
            .char_indices()
            .last()
            .map_or(0, |(last, _)| last);
        line.truncate(keep);
        line.push('…');
    }
    line
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorKind::Unauthorized => "the key was refused",
            ErrorKind::Forbidden => "the key has no access",
            ErrorKind::RateLimited => "too many requests",
            ErrorKind::Rejected => "the request was rejected",
            ErrorKind::Server => "the service failed",
            ErrorKind::Network => "the service could not be reached",
            ErrorKind::Tls => "no secure connection",
            ErrorKind::TimedOut => "the service took too long",
            ErrorKind::Protocol => "the answer made no sense",
            ErrorKind::Truncated => "the answer stopped before its end",
            ErrorKind::NoSpeech => "the answer has no speech in it",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(f)?;
        if let Some(status) = self.0.status {
            write!(f, " ({status})")?;
        }
        if !self.0.message.is_empty() {
            write!(f, ": {}", self.0.message)?;
        }
        if let Some(id) = &self.0.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = &*self.0;
        f.debug_struct("Error")
            .field("kind", &fields.kind)
            .field("message", &fields.message)
            .field("status", &fields.status)
            .field("request_id", &fields.request_id)
            .field("code", &fields.code)
            .field("details", &fields.details)
            .field("retry_after", &fields.retry_after)
            .field("web_page", &fields.web_page)
            .field("source", &fields.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_one_bounded_line() {
        assert_eq!(one_line(" a\r\n\tb\0c  ", 10), "a b c");
        assert_eq!(one_line("äöüäöü", 6), "äöüäöü");
        assert_eq!(one_line("äöüäöü", 5), "äöüä…");
        assert_eq!(one_line(&"x".repeat(1 << 20), 500).chars().count(), 500);
        assert_eq!(one_line("", 5), "");
    }

    #[test]
    fn a_key_repeated_by_the_service_is_taken_out() {
        let key = ApiKey::parse("sk_very_secret").unwrap();
        let error = Error::from(Fields {
            details: vec![ErrorDetail {
                path: "sk_very_secret".into(),
                message: "no sk_very_secret here".into(),
                code: Some("sk_very_secret".into()),
            }],
            code: Some("x-sk_very_secret".into()),
            request_id: Some("sk_very_secret".into()),
            ..*Error::new(ErrorKind::Unauthorized, "key sk_very_secret is unknown").0
        })
        .without_key(&key);
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains("secret"), "{printed}");
        assert_eq!(error.message(), "key (key) is unknown");
    }
}
