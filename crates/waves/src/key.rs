//! The API key: goes in, is sent, is wiped; never printed.
//!
//! One allocation holds `Bearer <key>` for the life of the key and all its clones, and every
//! request borrows it: neither cloning the key nor sending it makes another copy in our own code.
//! (What the TLS and HTTP libraries keep in their write buffers is outside of its reach.)

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use zeroize::{Zeroize, Zeroizing};

const SCHEME: &str = "Bearer ";

/// A key of the Smallest AI console.
///
/// `Debug` and `Display` redact, nothing serialises it, and its bytes are overwritten when the
/// last clone is dropped. Clones share one copy.
#[derive(Clone)]
pub struct ApiKey {
    /// `Bearer <key>`, ASCII, owned by a buffer that wipes itself.
    authorization: Bytes,
}

impl ApiKey {
    /// The longest key taken, in characters. Real ones are well below 100.
    pub const MAX_LENGTH: usize = 512;

    /// Reads a key as a person pastes it: surrounding white space, quotes and a leading
    /// `Bearer ` are taken off. The text itself is the caller's to wipe; `TryFrom<String>`
    /// does that.
    ///
    /// # Errors
    ///
    /// See [`KeyError`].
    pub fn parse(text: &str) -> Result<ApiKey, KeyError> {
        let key = bare(text);
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        if key.chars().any(char::is_whitespace) {
            return Err(KeyError::WhitespaceInside);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::NotAscii);
        }
        if key.len() > ApiKey::MAX_LENGTH {
            return Err(KeyError::TooLong);
        }
        // Sized once: a growing buffer would leave parts of the key behind.
        let mut authorization = Zeroizing::new(Vec::with_capacity(SCHEME.len() + key.len()));
        authorization.extend_from_slice(SCHEME.as_bytes());
        authorization.extend_from_slice(key.as_bytes());
        Ok(ApiKey {
            authorization: Bytes::from_owner(authorization),
        })
    }

    /// The key itself, for the one other place that may hold it: the keychain. Do not log,
    /// format or copy it.
    pub fn expose(&self) -> &str {
        // ASCII was checked when the key was made.
        std::str::from_utf8(&self.authorization[SCHEME.len()..]).unwrap_or_default()
    }

    /// Whether it starts with `sk_`, as keys of the console do. A hint for a sentence before
    /// saving, not a reason to refuse.
    pub fn looks_like_key(&self) -> bool {
        self.expose().starts_with("sk_")
    }

    /// The header that carries it: marked sensitive, so that HTTP/2 never indexes it and
    /// `Debug` of a request does not show it.
    pub(crate) fn header(&self) -> Result<HeaderValue, KeyError> {
        let mut value = HeaderValue::from_maybe_shared(self.authorization.clone())
            .map_err(|_| KeyError::NotAscii)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Takes off what surrounds a key on a clipboard, in any order and nesting.
fn bare(text: &str) -> &str {
    let mut key = text;
    loop {
        let trimmed = key
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
            .trim_matches(['"', '\'', '`', '“', '”', '‘', '’']);
        let trimmed = match trimmed.get(..SCHEME.len()) {
            Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => &trimmed[SCHEME.len()..],
            _ => trimmed,
        };
        if trimmed.len() == key.len() {
            // `Bearer` alone, its space already trimmed, is no key.
            return if key.eq_ignore_ascii_case(SCHEME.trim_end()) {
                ""
            } else {
                key
            };
        }
        key = trimmed;
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

impl FromStr for ApiKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<ApiKey, KeyError> {
        ApiKey::parse(text)
    }
}

/// Like [`ApiKey::parse`], and wipes the text it was given, also when it is refused.
impl TryFrom<String> for ApiKey {
    type Error = KeyError;

    fn try_from(mut text: String) -> Result<ApiKey, KeyError> {
        let key = ApiKey::parse(&text);
        text.zeroize();
        key
    }
}

/// Why a text can't be a key. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing but white space, quotes or `Bearer`.
    #[error("the key is empty")]
    Empty,
    /// White space within: more than the key was copied, or it was broken over lines.
    #[error("the key has a space or line break in the middle")]
    WhitespaceInside,
    /// Control or non-ASCII characters, which can't be sent in a header.
    #[error("the key has characters that no key has")]
    NotAscii,
    /// Longer than [`ApiKey::MAX_LENGTH`].
    #[error("the text is too long to be a key")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_pasted_key_is_taken_off() {
        for pasted in [
            "sk_abc",
            "  sk_abc\r\n",
            "\"sk_abc\"",
            "'sk_abc' ",
            "Bearer sk_abc",
            "bearer   sk_abc",
            "\"Bearer sk_abc\"",
            "“sk_abc”",
            "\u{feff}sk_abc\u{200b}",
        ] {
            let key = ApiKey::parse(pasted).unwrap();
            assert_eq!(key.expose(), "sk_abc", "from {pasted:?}");
            assert!(key.looks_like_key());
        }
        assert!(!ApiKey::parse("abc").unwrap().looks_like_key());
    }

    #[test]
    fn texts_that_are_no_keys_are_refused_by_kind() {
        for (text, error) in [
            ("", KeyError::Empty),
            (" \n\t", KeyError::Empty),
            ("\"\"", KeyError::Empty),
            ("Bearer ", KeyError::Empty),
            ("Bearer", KeyError::Empty),
            ("sk_a sk_b", KeyError::WhitespaceInside),
            ("sk_a\nbc", KeyError::WhitespaceInside),
            ("sk_é", KeyError::NotAscii),
            ("sk_a\0b", KeyError::NotAscii),
            ("sk_\u{7f}", KeyError::NotAscii),
        ] {
            assert_eq!(ApiKey::parse(text).unwrap_err(), error, "from {text:?}");
        }
        let long = "k".repeat(ApiKey::MAX_LENGTH + 1);
        assert_eq!(ApiKey::try_from(long).unwrap_err(), KeyError::TooLong);
    }

    #[test]
    fn nothing_that_prints_shows_the_key() {
        let key = ApiKey::parse("sk_secret_words").unwrap();
        let header = key.header().unwrap();
        let printed = format!("{key} {key:?} {key:#?} {header:?}");
        assert!(!printed.contains("secret"), "{printed}");
        assert_eq!(header.as_bytes(), b"Bearer sk_secret_words");
    }

    #[test]
    fn clones_and_headers_share_one_copy_of_the_key() {
        let key = ApiKey::parse("sk_abc").unwrap();
        let clone = key.clone();
        let header = key.header().unwrap();
        assert_eq!(key.expose().as_ptr(), clone.expose().as_ptr());
        assert_eq!(
            key.authorization.as_ptr(),
            header.as_bytes().as_ptr(),
            "a request must not copy the key"
        );
    }
}
