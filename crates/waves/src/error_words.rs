//! What an error is about when it has no status: events, frames of the WebSocket and reasons of closing have only words, and the
//! service documents none of them (contract sections 6.6 and 24).
//!
//! A code is believed before a message, and findings of the validator before both. What a message repeats of the request stands in
//! quotes and is not looked at, so that nobody's text decides. Words that say nothing are an error of the service: that one
//! request has failed.

use crate::ErrorKind;

/// The kind of an error without a status: by its findings, its code, its message, in this order.
pub(crate) fn kind_without_status(
    has_findings: bool,
    code: Option<&str>,
    message: &str,
) -> ErrorKind {
    if has_findings {
        return ErrorKind::Rejected;
    }
    let of_message = kind_of_words(message);
    match code.and_then(kind_of_words) {
        // "Internal error" is what everything else is called, too.
        Some(ErrorKind::Server) => of_message
            .filter(|kind| *kind != ErrorKind::Rejected)
            .unwrap_or(ErrorKind::Server),
        Some(kind) => kind,
        None => of_message.unwrap_or(ErrorKind::Server),
    }
}

/// The kind of failure that the reason of a close frame speaks of. Anything else is the end of a connection, and no more.
pub(crate) fn kind_of_close(reason: &str) -> ErrorKind {
    match kind_of_words(reason) {
        Some(kind @ (ErrorKind::RateLimited | ErrorKind::Unauthorized | ErrorKind::Forbidden)) => {
            kind
        }
        _ => ErrorKind::Network,
    }
}

/// Each line is looked for after those above it: "rate limit of your plan" is about the rate, "invalid API key" about the key.
const SUBJECTS: [(ErrorKind, &[&str]); 7] = [
    (
        ErrorKind::RateLimited,
        &[
            "concurren",
            "rate limit",
            "ratelimit",
            "rate exceeded",
            "too many",
            "throttl",
            "parallel",
            "simultaneous",
            "slow down",
        ],
    ),
    (
        ErrorKind::Forbidden,
        &[
            "forbidden",
            "insufficient",
            "credits",
            "quota",
            "usage limit",
            "permission",
            "your plan",
            "upgrade",
            "no access",
            "not allowed to",
            "payment",
            "billing",
        ],
    ),
    (
        ErrorKind::Unauthorized,
        &[
            "unauthori",
            "api key",
            "invalid token",
            "no token",
            "authentication",
            "not authenticated",
        ],
    ),
    (
        ErrorKind::Server,
        &[
            "internal",
            "try again",
            "unavailable",
            "overloaded",
            "bad gateway",
        ],
    ),
    (ErrorKind::TimedOut, &["timed out", "timeout", "inactivity"]),
    (
        ErrorKind::Rejected,
        &[
            "invalid",
            "not supported",
            "unsupported",
            "required",
            "must be",
            "must contain",
            "too long",
            "too large",
            "too big",
            "too small",
            "at most",
            "at least",
            "not allowed",
            "not found",
            "validation",
            "cannot be",
            "unknown voice",
            "unknown model",
            "out of range",
            "deprecated",
            "retired",
            "malformed",
            "bad request",
            "character limit",
            "text limit",
            "exceeds the limit of",
            "exceeds maximum",
        ],
    ),
    // The service's limits are mostly of how much at once.
    (ErrorKind::RateLimited, &["limit"]),
];

fn kind_of_words(words: &str) -> Option<ErrorKind> {
    let words = unquoted(&words.to_lowercase()).replace(['_', '-'], " ");
    let about = |subject: &&(ErrorKind, &[&str])| subject.1.iter().any(|word| words.contains(word));
    SUBJECTS.iter().find(about).map(|(kind, _)| *kind)
}

/// Words without what stands in quotes. An apostrophe within a word is no quote, and one that is never closed quotes nothing.
fn unquoted(words: &str) -> String {
    let mut kept = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(open) = rest.find(['\'', '"', '`']) {
        let (before, quoted) = rest.split_at(open);
        kept.push_str(before);
        let mut characters = quoted.chars();
        let mark = characters.next().unwrap_or_default();
        let inside = characters.as_str();
        let within_word = before.ends_with(char::is_alphanumeric);
        match inside.find(mark).filter(|_| !within_word) {
            Some(close) => rest = &inside[close + mark.len_utf8()..],
            None => {
                kept.push(mark);
                rest = inside;
            }
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn findings_come_before_a_code_and_a_code_before_a_message() {
        let limit = "Concurrency limit exceeded";
        for (findings, code, message, kind) in [
            (true, Some("RATE_LIMITED"), limit, ErrorKind::Rejected),
            (false, Some("INVALID_REQUEST"), limit, ErrorKind::Rejected),
            (false, Some("E1001"), limit, ErrorKind::RateLimited),
            (false, None, limit, ErrorKind::RateLimited),
            (
                false,
                Some("CONCURRENCY_LIMIT_EXCEEDED"),
                "no",
                ErrorKind::RateLimited,
            ),
            (
                false,
                Some("INTERNAL_ERROR"),
                "Invalid state",
                ErrorKind::Server,
            ),
            (false, Some("MODEL_DEPRECATED"), "", ErrorKind::Rejected),
            (
                false,
                Some("insufficient-credits"),
                "",
                ErrorKind::Forbidden,
            ),
            (false, Some("INTERNAL_ERROR"), limit, ErrorKind::RateLimited),
            (false, None, "", ErrorKind::Server),
            (false, None, "out of order", ErrorKind::Server),
        ] {
            assert_eq!(
                kind_without_status(findings, code, message),
                kind,
                "{code:?} {message}"
            );
        }
    }

    #[test]
    fn words_are_told_by_what_they_speak_of() {
        for (message, kind) in [
            ("Invalid API key", ErrorKind::Unauthorized),
            ("Unauthorized: No tokens provided", ErrorKind::Unauthorized),
            (
                "Usage limit reached, consider upgrading",
                ErrorKind::Forbidden,
            ),
            ("You have exceeded your usage limit", ErrorKind::Forbidden),
            ("Rate limit of your plan exceeded", ErrorKind::RateLimited),
            (
                "You've reached your account's limit",
                ErrorKind::RateLimited,
            ),
            (
                "Text exceeds the limit of 8000 characters",
                ErrorKind::Rejected,
            ),
            (
                "String must contain at most 8000 character(s)",
                ErrorKind::Rejected,
            ),
            (
                "Invalid enum value. Expected 'pcm' | 'wav', received 'too many'",
                ErrorKind::Rejected,
            ),
            (
                "Invalid text: \"the concurrency of 'rate limit'\"",
                ErrorKind::Rejected,
            ),
            (
                "Language 'unauthorized' is not supported on the lightning_v3.1 model",
                ErrorKind::Rejected,
            ),
            (
                "Connection timed out after 60 seconds of inactivity",
                ErrorKind::TimedOut,
            ),
            ("Service temporarily unavailable", ErrorKind::Server),
        ] {
            assert_eq!(kind_without_status(false, None, message), kind, "{message}");
        }
    }

    #[test]
    fn a_close_is_the_end_of_a_connection_unless_its_reason_says_more() {
        for (reason, kind) in [
            ("", ErrorKind::Network),
            ("going away", ErrorKind::Network),
            ("Invalid frame", ErrorKind::Network),
            ("Too many connections", ErrorKind::RateLimited),
            ("unauthorized", ErrorKind::Unauthorized),
            ("insufficient credits", ErrorKind::Forbidden),
        ] {
            assert_eq!(kind_of_close(reason), kind, "{reason}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_never_decides(quoted in "[^\"]{0,40}") {
            let kind = kind_without_status(false, None, &format!("Invalid value \"{quoted}\" for speed"));
            prop_assert_eq!(kind, ErrorKind::Rejected);
        }

        #[test]
        fn any_words_have_a_kind(words in any::<String>()) {
            kind_without_status(false, Some(&words), &words);
            kind_of_close(&words);
        }
    }
}
