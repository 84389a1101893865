//! Names that the service takes, each checked once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Gives a checked name its conversions, all of which go through `new`.
macro_rules! name {
    ($name:ident, $error:ident) => {
        impl $name {
            /// The id as the service writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(id: &str) -> Result<$name, $error> {
                $name::new(id)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(id: String) -> Result<$name, $error> {
                $name::new(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

/// The id of a voice: of the catalogue (`magnus`) or of a clone (`voice_…`).
///
/// 1 to 128 visible characters. An id can exist in both pools, so it names a voice only
/// together with its [`crate::Model`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VoiceId(String);

impl VoiceId {
    /// The longest id taken, in characters.
    pub const MAX_LENGTH: usize = 128;

    /// Checks an id.
    ///
    /// # Errors
    ///
    /// [`InvalidVoiceId`] when it is empty, too long, or has white space or control characters.
    pub fn new(id: impl Into<String>) -> Result<VoiceId, InvalidVoiceId> {
        let id = id.into();
        let length = id.chars().take(VoiceId::MAX_LENGTH + 1).count();
        let visible = |c: char| !c.is_whitespace() && !c.is_control();
        if length == 0 || length > VoiceId::MAX_LENGTH || !id.chars().all(visible) {
            return Err(InvalidVoiceId);
        }
        Ok(VoiceId(id))
    }
}

name!(VoiceId, InvalidVoiceId);

/// A text that can't be the id of a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a voice")]
pub struct InvalidVoiceId;

/// An id of the caller's own, for a session, a request or a context: 1 to 128 ASCII letters,
/// digits, `_`, `.` and `-`. The service repeats it (contract section 3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallerId(String);

impl CallerId {
    /// The longest id taken, in characters.
    pub const MAX_LENGTH: usize = 128;

    /// Checks an id.
    ///
    /// # Errors
    ///
    /// [`InvalidCallerId`] when it is empty, too long, or has other characters.
    pub fn new(id: impl Into<String>) -> Result<CallerId, InvalidCallerId> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if id.is_empty() || id.len() > CallerId::MAX_LENGTH || !id.bytes().all(allowed) {
            return Err(InvalidCallerId);
        }
        Ok(CallerId(id))
    }
}

name!(CallerId, InvalidCallerId);

/// A text that can't be an id of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 128 letters, digits, `_`, `.` and `-`")]
pub struct InvalidCallerId;

/// The id of a pronunciation dictionary: 24 hexadecimal digits, given by the service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DictionaryId(String);

impl DictionaryId {
    /// Checks an id.
    ///
    /// # Errors
    ///
    /// [`InvalidDictionaryId`] for anything but 24 hexadecimal digits.
    pub fn new(id: impl Into<String>) -> Result<DictionaryId, InvalidDictionaryId> {
        let id = id.into();
        if id.len() != 24 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidDictionaryId);
        }
        Ok(DictionaryId(id))
    }
}

name!(DictionaryId, InvalidDictionaryId);

/// A text that can't be the id of a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a dictionary has 24 hexadecimal digits")]
pub struct InvalidDictionaryId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_the_service_would_refuse_cannot_be_built() {
        let long = "v".repeat(129);
        for bad in ["", " ", "a b", "a\nb", "\0", long.as_str()] {
            assert_eq!(VoiceId::new(bad), Err(InvalidVoiceId), "{bad:?}");
            assert_eq!(CallerId::new(bad), Err(InvalidCallerId), "{bad:?}");
        }
        for bad in ["ä", "a/b", "a:b"] {
            assert_eq!(CallerId::new(bad), Err(InvalidCallerId), "{bad:?}");
        }
        assert_eq!(CallerId::new("A-1_b.c").unwrap().as_str(), "A-1_b.c");
        assert!(DictionaryId::new("0123456789abcdefABCDEF01").is_ok());
        for bad in [
            "",
            "0123456789abcdefABCDEF0",
            "0123456789abcdefABCDEF012",
            "0123456789abcdefABCDEFg1",
        ] {
            assert_eq!(DictionaryId::new(bad), Err(InvalidDictionaryId), "{bad:?}");
        }
        assert!(serde_json::from_str::<DictionaryId>("\"x\"").is_err());
    }
}
