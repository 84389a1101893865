//! One frame of the service's WebSocket, from text to a value. Pure; any text ends in a frame or an error.

use serde_json::Value;

use crate::error_body;
use crate::speech::decode_base64;
use crate::{Error, ErrorKind, WordTiming};

/// A frame, and whose it is.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The service's id of the synthesis, new for each.
    pub(crate) request_id: Option<String>,
    /// The service's id of the connection.
    pub(crate) session_id: Option<String>,
    /// The id that we gave the request, where the service repeats it.
    pub(crate) external_id: Option<String>,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// Bytes of sound, as they came.
    Audio(Vec<u8>),
    /// A word, timed from the start of its own synthesis.
    Word(WordTiming),
    /// The synthesis is over.
    Complete,
    /// The service says no, in any of its spellings.
    Failed(Error),
    /// The answer to a ping.
    Pong,
    /// Something of a later version: to be ignored.
    Other,
}

/// Reads a text frame.
///
/// # Errors
///
/// [`ErrorKind::Protocol`] for what is no JSON object, and for a chunk without readable sound.
pub(crate) fn read(text: &str) -> Result<Frame, Error> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Error::new(ErrorKind::Protocol, "a frame that can't be read").with_source(error)
    })?;
    if !value.is_object() {
        return Err(Error::new(ErrorKind::Protocol, "a frame that is no object"));
    }
    let id = |name: &str| value[name].as_str().filter(|id| !id.is_empty());
    Ok(Frame {
        request_id: id("request_id").map(str::to_owned),
        session_id: id("session_id").map(str::to_owned),
        external_id: id("external_request_id").map(str::to_owned),
        content: content(&value)?,
    })
}

fn content(value: &Value) -> Result<Content, Error> {
    if is_error(value) {
        return Ok(Content::Failed(error_body::read_value(value)));
    }
    let data = &value["data"];
    Ok(match value["status"].as_str() {
        Some("chunk") => {
            let audio = data["audio"]
                .as_str()
                .ok_or_else(|| Error::new(ErrorKind::Protocol, "a chunk without sound"))?;
            Content::Audio(decode_base64(audio)?)
        }
        // A word that can't be read costs a caption, not the speech that was paid for.
        Some("word_timestamp") => word(data).map_or(Content::Other, Content::Word),
        Some("complete") => Content::Complete,
        _ if value["done"] == true => Content::Complete,
        _ if value["type"] == "pong" => Content::Pong,
        _ => Content::Other,
    })
}

/// `status` or `type` says so, or there is an `error`, or a status of HTTP.
fn is_error(value: &Value) -> bool {
    value["status"] == "error"
        || value["type"] == "error"
        || !value["error"].is_null()
        || error_body::status_in(&value["status"]).is_some()
}

fn word(data: &Value) -> Option<WordTiming> {
    let seconds = |name: &str| std::time::Duration::try_from_secs_f64(data[name].as_f64()?).ok();
    let (start, end) = (seconds("start")?, seconds("end")?);
    let word = data["word"].as_str()?.to_owned();
    (start <= end).then_some(WordTiming { word, start, end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn content_of(text: &str) -> Content {
        read(text).unwrap().content
    }

    #[test]
    fn the_frames_of_the_service_are_read() {
        let chunk = read(r#"{"session_id":"ws_1","request_id":"task_1","external_request_id":"me","status":"chunk","data":{"audio":"AQID"}}"#).unwrap();
        assert_eq!(chunk.request_id.as_deref(), Some("task_1"));
        assert_eq!(chunk.external_id.as_deref(), Some("me"));
        assert!(matches!(chunk.content, Content::Audio(bytes) if bytes == [1, 2, 3]));
        let word =
            r#"{"status":"word_timestamp","data":{"word":"$100","start":0.25,"end":1,"id":0}}"#;
        let Content::Word(timing) = content_of(word) else {
            panic!("no word")
        };
        assert_eq!(timing.word, "$100");
        assert_eq!(timing.start, Duration::from_millis(250));
        assert_eq!(timing.end, Duration::from_secs(1));
        for complete in [
            r#"{"status":"complete","request_id":"r"}"#,
            r#"{"status":"complete","message":"All chunks sent","done":true}"#,
        ] {
            assert!(
                matches!(content_of(complete), Content::Complete),
                "{complete}"
            );
        }
    }

    #[test]
    fn what_a_later_version_may_add_is_ignored() {
        for other in [
            "{}",
            r#"{"status":"started","data":[1,2]}"#,
            r#"{"status":7}"#,
            r#"{"status":"word_timestamp","data":{"word":"a","start":2,"end":1}}"#,
            r#"{"status":"word_timestamp","data":{"word":"a","start":-1,"end":1}}"#,
            r#"{"status":"word_timestamp","data":["a",0,1]}"#,
            r#"{"request_id":7,"session_id":[]}"#,
        ] {
            assert!(matches!(content_of(other), Content::Other), "{other}");
        }
    }

    #[test]
    fn every_spelling_of_an_error_is_read_by_kind() {
        use ErrorKind::*;
        for (frame, kind, words) in [
            (
                r#"{"status":"error","message":"Invalid Voice ID"}"#,
                Rejected,
                "Invalid Voice ID",
            ),
            (
                r#"{"status":"error","error":{"message":"Something broke","code":"E1"}}"#,
                Server,
                "Something broke",
            ),
            (
                r#"{"error":"Concurrency limit reached"}"#,
                RateLimited,
                "Concurrency limit reached",
            ),
            (
                r#"{"status":"error","message":"Wait","error_code":"RATE_LIMITED"}"#,
                RateLimited,
                "Wait",
            ),
            (
                r#"{"type":"error","status":429,"message":"slow down"}"#,
                RateLimited,
                "slow down",
            ),
            (r#"{"type":"error","message":"no"}"#, Server, "no"),
            (
                r#"{"status":"error","message":"Language 'x' is not supported on the y model."}"#,
                Rejected,
                "Language 'x' is not supported on the y model.",
            ),
            (
                r#"{"error":[{"code":"too_big","path":["speed"],"message":"Number too big"}]}"#,
                Rejected,
                "speed: Number too big",
            ),
        ] {
            let Content::Failed(error) = content_of(frame) else {
                panic!("{frame} is no error")
            };
            assert_eq!((error.kind(), error.message()), (kind, words), "{frame}");
        }
    }

    #[test]
    fn what_is_no_object_and_sound_that_is_none_is_refused() {
        for bad in [
            "",
            "nonsense",
            "[]",
            r#"["chunk",{"audio":"AAAA"}]"#,
            "7",
            "null",
            "\"complete\"",
            r#"{"status":"chunk"}"#,
            r#"{"status":"chunk","data":["AAAA"]}"#,
            r#"{"status":"chunk","data":{"audio":7}}"#,
            r#"{"status":"chunk","data":{"audio":"%%%"}}"#,
            r#"{"status":"chunk","data":{"audio":"AAAA"}"#,
        ] {
            assert_eq!(read(bad).unwrap_err().kind(), ErrorKind::Protocol, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_frame_or_an_error(
            text in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..40)
        ) {
            crate::fuzz::frame(text.concat().as_bytes());
        }

        #[test]
        fn sound_that_is_sent_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            use base64::Engine;
            let audio = base64::prelude::BASE64_STANDARD.encode(&bytes);
            let text = serde_json::json!({"status": "chunk", "data": {"audio": audio}}).to_string();
            let Content::Audio(read) = content_of(&text) else { panic!("no sound") };
            prop_assert_eq!(read, bytes);
        }
    }

    /// What makes the corners of the reader likely.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"status\"",
        "\"chunk\"",
        "\"data\"",
        "\"audio\"",
        "\"AAAA\"",
        "\"complete\"",
        "\"error\"",
        "\"word_timestamp\"",
        "\"word\"",
        "\"start\"",
        "\"end\"",
        "1e999",
        "-1",
        "0.5",
        "null",
        "true",
        "\"message\"",
        "\"type\"",
        "\"\\u0000\"",
        "\"request_id\"",
        "429",
    ];
}
