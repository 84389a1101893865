//! What a client may say on the socket: section 6.2 of the contract. Unknown keys are dropped without a word.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    account::Account,
    request::{Ask, Check, custom},
};

/// How long a context may hold an unfinished sentence, unless it says otherwise.
const USUAL_DELAY_MS: f64 = 3000.0;

/// One message, in order.
#[derive(Debug)]
pub(crate) enum Message {
    /// To keep the connection alive.
    Ping,
    Instruction(Box<Instruction>),
}

/// What to do with a text, which may be empty.
#[derive(Debug, Clone)]
pub(crate) struct Instruction {
    /// Its voice is empty if none was named.
    pub(crate) ask: Ask,
    /// More text follows.
    pub(crate) continues: bool,
    /// Speak what is held.
    pub(crate) flush: bool,
    pub(crate) cancel: bool,
    /// Speak what is held after this time at the latest.
    pub(crate) flush_after: Option<Duration>,
    /// From the last chunk to the `complete` frame, if it was said.
    pub(crate) complete_backoff: Option<Duration>,
    pub(crate) context: Option<ContextPart>,
}

/// The part of an instruction that belongs to a continuation.
#[derive(Debug, Clone)]
pub(crate) struct ContextPart {
    pub(crate) id: String,
    /// Longest time that an unfinished sentence is held.
    pub(crate) delay: Duration,
    /// Speak the rest and forget the context.
    pub(crate) close: bool,
}

/// Reads a message, or says everything that is wrong with it.
pub(crate) fn read(body: &Value, account: &Account) -> Result<Message, Vec<Value>> {
    const PINGS: [&str; 4] = ["ping", "keepalive", "keep_alive", "keep-alive"];
    if body["type"]
        .as_str()
        .is_some_and(|kind| PINGS.contains(&kind))
    {
        return Ok(Message::Ping);
    }
    let mut check = Check::of(body)?;
    let text = check.optional_text();
    let (continues, flush, cancel) = (
        check.flag("continue"),
        check.flag("flush"),
        check.flag("cancel_request"),
    );
    let close = check.flag("context_close");
    // A blank text alone was how older clients kept the connection alive.
    let can_speak = !cancel && !close && (flush || !text.trim().is_empty());
    let voice_id = if can_speak {
        Some(check.required_string("voice_id"))
    } else {
        check.optional_string("voice_id")
    };
    let flush_after = milliseconds(&mut check, "max_buffer_flush_ms", 1000.0)
        .filter(|duration| !duration.is_zero());
    let complete_backoff = milliseconds(&mut check, "complete_backoff_ms", 10_000.0);
    let delay = milliseconds(&mut check, "max_buffer_delay_ms", 5000.0);
    let id = check.caller_id("context_id");
    if !id.is_empty() && (flush || flush_after.is_some()) {
        check.add(custom(
            "context_id cannot be combined with flush or max_buffer_flush_ms",
            "context_id",
        ));
    }
    let draft = check.draft(text, voice_id);
    check.end()?;
    let context = (!id.is_empty()).then(|| ContextPart {
        id,
        delay: delay.unwrap_or(Duration::from_secs_f64(USUAL_DELAY_MS / 1000.0)),
        close,
    });
    Ok(Message::Instruction(Box::new(Instruction {
        ask: draft.settle(account)?,
        continues,
        flush,
        cancel,
        flush_after,
        complete_backoff,
        context,
    })))
}

fn milliseconds(check: &mut Check<'_>, name: &str, most: f64) -> Option<Duration> {
    let number = check.number(name, 0.0, most)?;
    Duration::try_from_secs_f64(number / 1000.0).ok()
}

/// The findings of the validator in one line, as the socket's error frames carry them.
pub(crate) fn in_one_line(issues: &[Value]) -> String {
    let lines: Vec<String> = issues
        .iter()
        .map(|issue| {
            let message = issue["message"].as_str().unwrap_or("Invalid");
            let path: Vec<String> = issue["path"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|part| part.as_str().map_or(part.to_string(), str::to_owned))
                .collect();
            if issue["code"] == json!("custom") || path.is_empty() {
                message.to_owned()
            } else {
                format!("{}: {message}", path.join("."))
            }
        })
        .collect();
    lines.join("; ")
}
