//! What the fuzz targets and the property tests run: any bytes must end in a value or an error,
//! and the laws that hold for all of them must hold.

use crate::socket::frame;
use crate::{Error, ErrorKind};

/// A frame of the WebSocket.
pub fn frame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match frame::read(text) {
        Ok(frame) => {
            assert!(
                text.trim_start().starts_with('{'),
                "only objects are frames"
            );
            if let frame::Content::Failed(error) = frame.content {
                readable(&error);
            }
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::Protocol),
    }
}

/// An error is one bounded line for a person.
fn readable(error: &Error) {
    assert!(!error.message().is_empty());
    assert!(error.message().chars().count() <= Error::MAX_MESSAGE);
    assert!(!error.message().contains(['\n', '\r']));
}
