//! Speech of a text that arrives in pieces, over the WebSocket.
//!
//! One piece is always held back until the next one or the end, so that the message which ends
//! the text has words in it: only then is there certainly sound to wait for.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::request::clean;
use crate::{CallerId, SynthesisRequest};

/// How the service holds the pieces of a text together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pieces {
    /// It keeps the pieces until the last one and speaks them as one text. With `at_latest` it
    /// speaks what it has after that time, whether or not a sentence is over.
    Buffered {
        /// `max_buffer_flush_ms`; without it nothing is spoken before the last piece.
        at_latest: Option<FlushAfter>,
    },
    /// It speaks sentence by sentence as they become whole, with one unbroken prosody.
    Continued {
        /// Names the text on its connection.
        context: CallerId,
        /// `max_buffer_delay_ms`: how long an unfinished sentence may be held.
        hold: HoldFor,
    },
}

/// `max_buffer_flush_ms`: 1 ms to 1 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlushAfter(u16);

impl FlushAfter {
    /// Checks a time, which is cut to whole milliseconds; `None` outside of 1 ms to 1 s.
    pub fn new(time: Duration) -> Option<FlushAfter> {
        let ms = u16::try_from(time.as_millis()).ok()?;
        (1..=1_000).contains(&ms).then_some(FlushAfter(ms))
    }
}

/// `max_buffer_delay_ms`: 0 to 5 s, 3 s by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldFor(u16);

impl HoldFor {
    /// Checks a time, which is cut to whole milliseconds; `None` above 5 s.
    pub fn new(time: Duration) -> Option<HoldFor> {
        let ms = u16::try_from(time.as_millis()).ok()?;
        (ms <= 5_000).then_some(HoldFor(ms))
    }
}

impl Default for HoldFor {
    fn default() -> HoldFor {
        HoldFor(3_000)
    }
}

/// Takes the pieces of a text for one [`crate::SpeechStream`].
///
/// Dropping it ends the text, as [`TextFeed::finish`] does. To cancel, drop the stream.
#[derive(Debug)]
pub struct TextFeed {
    texts: mpsc::Sender<String>,
}

/// Why a piece was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PieceError {
    /// Longer than [`SynthesisRequest::MAX_TEXT`].
    #[error("the piece has {length} characters, one message takes 8000")]
    TooLong {
        /// Its length in UTF-16 units, as the service counts.
        length: usize,
    },
    /// The stream of this text is over, or dropped.
    #[error("nobody listens to this text any more")]
    NobodyListens,
}

impl TextFeed {
    pub(crate) fn new() -> (TextFeed, mpsc::Receiver<String>) {
        let (texts, pieces) = mpsc::channel(8);
        (TextFeed { texts }, pieces)
    }

    /// Adds text as it is, white space included: the service puts nothing between pieces.
    /// Waits while the service is behind.
    ///
    /// # Errors
    ///
    /// [`PieceError`]; an empty piece is taken and changes nothing.
    pub async fn push(&self, text: impl Into<String>) -> Result<(), PieceError> {
        let text = clean(text.into());
        let length = text.encode_utf16().count();
        if length > SynthesisRequest::MAX_TEXT {
            return Err(PieceError::TooLong { length });
        }
        if text.is_empty() {
            return Ok(());
        }
        self.texts
            .send(text)
            .await
            .map_err(|_| PieceError::NobodyListens)
    }

    /// Says that the text is whole.
    pub fn finish(self) {}
}

/// What tells that the sound of a text in pieces is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieceEnd {
    /// The one `complete` that follows the last piece.
    Complete,
    /// A `complete` that nothing followed for so long. The service marks no last segment; it is
    /// silent for its time to the first byte between two, some 0.2 to 0.8 s.
    Quiet(Duration),
}

/// Makes the messages of a text in pieces.
#[derive(Debug)]
pub(crate) struct FeedMessages {
    fields: Map<String, Value>,
    mode: Pieces,
}

impl FeedMessages {
    /// `fields`: what all messages have in common.
    pub(crate) fn new(mut fields: Map<String, Value>, mode: Pieces) -> FeedMessages {
        match &mode {
            Pieces::Buffered { at_latest } => {
                let at_latest = at_latest.map_or(0, |time| time.0);
                fields.insert("max_buffer_flush_ms".to_owned(), at_latest.into());
            }
            Pieces::Continued { context, hold } => {
                fields.insert("context_id".to_owned(), context.as_str().into());
                fields.insert("max_buffer_delay_ms".to_owned(), hold.0.into());
            }
        }
        FeedMessages { fields, mode }
    }

    pub(crate) fn message(&self, text: &str, last: bool) -> String {
        let mut message = self.fields.clone();
        message.insert("text".to_owned(), text.into());
        message.insert("continue".to_owned(), (!last).into());
        match self.mode {
            Pieces::Buffered { .. } => message.insert("flush".to_owned(), last.into()),
            Pieces::Continued { .. } => message.insert("context_close".to_owned(), last.into()),
        };
        Value::Object(message).to_string()
    }

    pub(crate) fn cancel(&self) -> String {
        let mut message = Map::new();
        message.insert("cancel_request".to_owned(), true.into());
        if let Pieces::Continued { context, .. } = &self.mode {
            message.insert("context_id".to_owned(), context.as_str().into());
        }
        Value::Object(message).to_string()
    }

    pub(crate) fn end(&self) -> PieceEnd {
        match self.mode {
            Pieces::Buffered { at_latest: None } => PieceEnd::Complete,
            _ => PieceEnd::Quiet(Duration::from_millis(1_500)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_outside_of_their_range_cannot_be_built() {
        let ms = Duration::from_millis;
        for (time, flush, hold) in [
            (Duration::ZERO, false, true),
            (ms(1), true, true),
            (ms(1_000), true, true),
            (ms(1_001), false, true),
            (ms(5_000), false, true),
            (ms(5_001), false, false),
            (Duration::MAX, false, false),
        ] {
            assert_eq!(FlushAfter::new(time).is_some(), flush, "{time:?}");
            assert_eq!(HoldFor::new(time).is_some(), hold, "{time:?}");
        }
    }

    #[test]
    fn a_context_never_goes_with_the_fields_that_it_excludes() {
        let context = CallerId::new("book").unwrap();
        let hold = HoldFor::default();
        let messages = FeedMessages::new(Map::new(), Pieces::Continued { context, hold });
        let read = |message: String| serde_json::from_str::<Value>(&message).unwrap();
        assert_eq!(
            read(messages.message("And", false)),
            serde_json::json!({
                "text": "And", "continue": true, "context_id": "book", "max_buffer_delay_ms": 3_000, "context_close": false,
            })
        );
        assert_eq!(
            read(messages.cancel()),
            serde_json::json!({"cancel_request": true, "context_id": "book"})
        );
        let at_latest = FlushAfter::new(Duration::from_millis(250));
        let messages = FeedMessages::new(Map::new(), Pieces::Buffered { at_latest });
        assert_eq!(
            read(messages.message("end.", true)),
            serde_json::json!({"text": "end.", "continue": false, "flush": true, "max_buffer_flush_ms": 250})
        );
    }
}
