//! What the fuzz targets (`crates/waves/fuzz`) and the property tests run: any bytes must end in
//! a value or an error, and the laws that hold for all of them must hold.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::pcm::{NotPcm, PcmDecoder};
use crate::socket::frame as frames;
use crate::sse::{SseEvent, SseParser};
use crate::{Error, ErrorKind, OutputFormat, error_body};

/// A frame of the WebSocket.
pub fn frame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match frames::read(text) {
        Ok(frame) => {
            assert!(
                text.trim_start().starts_with('{'),
                "only objects are frames"
            );
            if let frames::Content::Failed(error) = frame.content {
                readable(&error);
            }
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::Protocol),
    }
}

/// Server-Sent Events: the first byte decides how the rest is cut, which changes nothing.
pub fn sse(bytes: &[u8]) {
    let Some((cut, wire)) = bytes.split_first() else {
        return;
    };
    let step = usize::from(*cut).max(1);
    assert_eq!(events(wire, wire.len().max(1)), events(wire, step));
}

fn events(wire: &[u8], step: usize) -> (Vec<SseEvent>, Option<SseEvent>) {
    let mut parser = SseParser::new(1 << 20);
    let mut events = Vec::new();
    for piece in wire.chunks(step) {
        assert!(
            parser.push(piece, &mut events).is_ok(),
            "shorter than the limit"
        );
    }
    (events, parser.finish())
}

/// The body of an answer that is an error: the first byte decides its status.
pub fn error(bytes: &[u8]) {
    let Some((status, body)) = bytes.split_first() else {
        return;
    };
    let status = StatusCode::from_u16(200 + u16::from(*status) * 2).unwrap_or(StatusCode::OK);
    let error = error_body::read(status, &HeaderMap::new(), body);
    assert_eq!(error.status(), Some(status.as_u16()));
    readable(&error);
    if let Ok(event) = std::str::from_utf8(body) {
        readable(&error_body::read_event(event));
    }
}

/// Bytes that should be audio: the first byte decides what was asked for and how they are cut,
/// which changes nothing about what is heard.
pub fn sound(bytes: &[u8]) {
    let Some((choice, wire)) = bytes.split_first() else {
        return;
    };
    let asked = OutputFormat::ALL[usize::from(*choice) % OutputFormat::ALL.len()];
    let step = usize::from(*choice).max(1);
    match (
        decode(asked, wire, wire.len().max(1)),
        decode(asked, wire, step),
    ) {
        // How much text had arrived differs, not that it is text.
        (Err(NotPcm::Text(_)), Err(NotPcm::Text(_))) => {}
        (whole, pieces) => assert_eq!(whole, pieces),
    }
}

fn decode(asked: OutputFormat, wire: &[u8], step: usize) -> Result<Vec<i16>, NotPcm> {
    let mut decoder = PcmDecoder::new(asked, 24_000);
    let mut samples = Vec::new();
    for piece in wire.chunks(step) {
        decoder.push(piece, &mut samples)?;
    }
    decoder.finish(&mut samples)?;
    Ok(samples)
}

/// An error is one bounded line for a person.
fn readable(error: &Error) {
    assert!(!error.message().is_empty());
    assert!(error.message().chars().count() <= Error::MAX_MESSAGE);
    assert!(!error.message().contains(['\n', '\r']));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// What makes the corners of all readers likely.
    const PIECES: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\"",
        b"\\",
        b"\n",
        b"\r",
        b" ",
        b"data: ",
        b"event: error\n",
        b"\"error\":",
        b"\"message\":",
        b"\"details\":",
        b"\"path\":",
        b"\"status\":",
        b"\"a\"",
        b"429",
        b"1e999",
        b"null",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xc3",
        b"<html>",
        b"<title>",
        b"</",
        b"RIFF",
        b"\x10\0\0\0",
        b"WAVE",
        b"fmt ",
        b"data",
        b"LIST",
        b"\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0",
        b"\0\0\0\0",
        b"ID3\x04\0\0\0\0\0\x02",
        b"\xff\xf3\x44\xc4",
        b"\xff\xfb\x90\xc4",
        b"OggS",
        b"\x07\0\x01\0\xc0\x5d\0\0\xc0\x5d\0\0\x01\0\x08\0",
    ];

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            proptest::sample::select(PIECES.to_vec()).prop_map(<[u8]>::to_vec),
            proptest::collection::vec(any::<u8>(), 0..40),
            (any::<u8>(), 0usize..600).prop_map(|(byte, count)| vec![byte; count]),
        ];
        let pieces = proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
        (any::<u8>(), pieces).prop_map(|(choice, pieces)| [vec![choice], pieces].concat())
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_events(bytes in bytes()) {
            super::sse(&bytes);
        }

        #[test]
        fn any_bytes_end_in_a_frame_or_a_refusal(bytes in bytes()) {
            // The first byte is a choice for the other readers.
            super::frame(bytes.get(1..).unwrap_or_default());
        }

        #[test]
        fn any_bytes_end_in_an_error_for_a_person(bytes in bytes()) {
            super::error(&bytes);
        }

        #[test]
        fn any_bytes_end_in_sound_or_a_refusal(bytes in bytes()) {
            super::sound(&bytes);
        }
    }
}
