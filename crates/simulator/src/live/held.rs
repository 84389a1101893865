//! Text that was sent and is not spoken yet, and the decision when it is. Pure: times are given, nothing is waited for.
//!
//! There are two ways to send text in pieces. Without a context there is one buffer, a *run*: it is spoken when its last piece
//! arrives or, in parts, when it was held for too long; all its parts are one request with one `complete`. With a context, sentences
//! are released as they become whole, and each release is a request of its own.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::message::{ContextPart, Instruction};
use crate::request::Ask;

/// A context speaks a sentence that is at least so many characters long; a shorter one waits for the next.
const ENOUGH: usize = 20;
/// A context holds no more characters than this.
const LARGEST_HELD: usize = 240;
/// Contexts of one socket; when there are more, they must be finished first.
pub(crate) const MOST_CONTEXTS: usize = 64;
/// A buffer holds no more bytes than this, however many pieces it is sent in.
pub(crate) const LARGEST_BUFFER: usize = 64 * 1024;

/// Something to be spoken now.
#[derive(Debug, Clone)]
pub(crate) struct Segment<P> {
    /// With the text of this segment only; it may be blank, then there is only the end to be told.
    pub(crate) ask: Ask,
    /// Segments with the same number are parts of one request.
    pub(crate) run: u64,
    /// Whether the request ends with this segment.
    pub(crate) ends: bool,
    pub(crate) complete_backoff: Option<Duration>,
    pub(crate) in_context: bool,
    /// Its place among the syntheses that may run at once.
    pub(crate) place: P,
}

/// What is held for one socket.
#[derive(Debug)]
pub(crate) struct Held<P> {
    run: Option<Run<P>>,
    contexts: HashMap<String, Context<P>>,
    runs: u64,
}

#[derive(Debug)]
struct Run<P> {
    number: u64,
    ask: Ask,
    complete_backoff: Option<Duration>,
    due: Option<Instant>,
    place: P,
}

#[derive(Debug)]
struct Context<P> {
    ask: Ask,
    delay: Duration,
    due: Option<Instant>,
    place: P,
}

impl<P: Clone> Held<P> {
    pub(crate) fn new() -> Self {
        Self {
            run: None,
            contexts: HashMap::new(),
            runs: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.run.is_none() && self.contexts.is_empty()
    }

    /// Whether this instruction begins something that needs a place of its own.
    pub(crate) fn begins(&self, instruction: &Instruction) -> bool {
        let says = !instruction.ask.text.trim().is_empty();
        let known = match &instruction.context {
            Some(context) => self.contexts.contains_key(&context.id),
            None => self.run.is_some(),
        };
        let asks = says || (instruction.flush && instruction.context.is_none());
        asks && !known && !instruction.cancel
    }

    /// Whether the instruction would make this hold more than is allowed.
    pub(crate) fn overflows(&self, instruction: &Instruction) -> bool {
        let held = match &instruction.context {
            Some(context) => {
                if self.begins(instruction) && self.contexts.len() >= MOST_CONTEXTS {
                    return true;
                }
                self.contexts
                    .get(&context.id)
                    .map_or(0, |context| context.ask.text.len())
            }
            None => self.run.as_ref().map_or(0, |run| run.ask.text.len()),
        };
        held + instruction.ask.text.len() > LARGEST_BUFFER
    }

    /// Takes an instruction, with a place if it [`begins`](Self::begins) something, and gives what is to be spoken now.
    pub(crate) fn take(
        &mut self,
        instruction: Instruction,
        place: Option<P>,
        now: Instant,
    ) -> Vec<Segment<P>> {
        match instruction.context.clone() {
            Some(context) => self.take_into_context(instruction, &context, place, now),
            None => self.take_into_run(instruction, place, now),
        }
    }

    fn take_into_run(
        &mut self,
        instruction: Instruction,
        place: Option<P>,
        now: Instant,
    ) -> Vec<Segment<P>> {
        if instruction.cancel {
            self.run = None;
            return Vec::new();
        }
        let run = match (self.run.take(), place) {
            (Some(mut run), _) => {
                run.ask = run.ask.followed_by(instruction.ask);
                run.complete_backoff = instruction.complete_backoff.or(run.complete_backoff);
                run
            }
            (None, Some(place)) => Run {
                number: self.number(),
                ask: instruction.ask,
                complete_backoff: instruction.complete_backoff,
                due: None,
                place,
            },
            (None, None) => return Vec::new(),
        };
        if instruction.flush || !instruction.continues {
            return vec![run.segment(true)];
        }
        let mut run = run;
        if let Some(delay) = instruction.flush_after
            && !run.ask.text.trim().is_empty()
        {
            run.due = run.due.or(Some(now + delay));
        }
        self.run = Some(run);
        Vec::new()
    }

    fn take_into_context(
        &mut self,
        instruction: Instruction,
        part: &ContextPart,
        place: Option<P>,
        now: Instant,
    ) -> Vec<Segment<P>> {
        let context = self.contexts.remove(&part.id);
        if instruction.cancel {
            return Vec::new();
        }
        let mut context = match (context, place) {
            (Some(mut context), _) => {
                context.ask = context.ask.followed_by(instruction.ask);
                context
            }
            (None, Some(place)) => Context {
                ask: instruction.ask,
                delay: part.delay,
                due: None,
                place,
            },
            (None, None) => return Vec::new(),
        };
        context.delay = part.delay;
        let finished = part.close || !instruction.continues;
        let texts = releases(&mut context.ask.text, finished);
        if !texts.is_empty() {
            context.due = None;
        }
        let segments = texts
            .into_iter()
            .map(|text| context.segment(text, self.number()))
            .collect();
        if !finished {
            context.hold(now);
            self.contexts.insert(part.id.clone(), context);
        }
        segments
    }

    /// When something is held for too long.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let contexts = self.contexts.values().filter_map(|context| context.due);
        let run = self.run.as_ref().and_then(|run| run.due);
        contexts.chain(run).min()
    }

    /// What is held for too long.
    pub(crate) fn release_due(&mut self, now: Instant) -> Vec<Segment<P>> {
        let mut segments = Vec::new();
        if let Some(run) = &mut self.run
            && run.due.is_some_and(|due| due <= now)
        {
            segments.push(run.segment(false));
            run.ask.text.clear();
            run.due = None;
        }
        let mut runs = self.runs;
        for context in self.contexts.values_mut() {
            if context.due.is_some_and(|due| due <= now) {
                context.due = None;
                for text in releases(&mut context.ask.text, true) {
                    runs += 1;
                    segments.push(context.segment(text, runs));
                }
            }
        }
        self.runs = runs;
        segments
    }

    fn number(&mut self) -> u64 {
        self.runs += 1;
        self.runs
    }
}

impl<P: Clone> Run<P> {
    fn segment(&self, ends: bool) -> Segment<P> {
        Segment {
            ask: self.ask.clone(),
            run: self.number,
            ends,
            complete_backoff: self.complete_backoff,
            in_context: false,
            place: self.place.clone(),
        }
    }
}

impl<P: Clone> Context<P> {
    fn segment(&self, text: String, run: u64) -> Segment<P> {
        let mut ask = self.ask.clone();
        ask.text = text;
        Segment {
            ask,
            run,
            ends: true,
            // Nothing is ever held back between the segments of a context.
            complete_backoff: Some(Duration::ZERO),
            in_context: true,
            place: self.place.clone(),
        }
    }

    fn hold(&mut self, now: Instant) {
        if self.ask.text.trim().is_empty() {
            self.due = None;
        } else {
            self.due = self.due.or(Some(now + self.delay));
        }
    }
}

/// Takes out of the text what a context may speak now: everything if it is finished, else whole sentences that are long enough, and
/// whatever lies above the largest size. Nothing blank is released.
fn releases(text: &mut String, finished: bool) -> Vec<String> {
    let mut released = Vec::new();
    loop {
        let cut = if text.chars().count() > LARGEST_HELD {
            Some(largest_cut(text))
        } else if finished {
            None
        } else {
            sentences_end(text)
        };
        let Some(cut) = cut else { break };
        let rest = text.split_off(cut);
        released.push(std::mem::replace(text, rest));
    }
    if finished {
        released.push(std::mem::take(text));
    }
    released.retain(|text| !text.trim().is_empty());
    released
}

/// After the last sentence that is known to be whole, because white space follows it.
fn sentences_end(text: &str) -> Option<usize> {
    let mut end = None;
    let mut characters = text.char_indices().peekable();
    let mut before = 0;
    while let Some((_, character)) = characters.next() {
        before += 1;
        if matches!(character, '.' | '!' | '?' | '…' | '।' | '\n')
            && let Some((next, following)) = characters.peek()
            && (following.is_whitespace() || character == '\n')
            && before >= ENOUGH
        {
            end = Some(*next);
        }
    }
    end
}

/// At the last white space that keeps the piece within the largest size, or in the middle of a very long word.
fn largest_cut(text: &str) -> usize {
    let within = text
        .char_indices()
        .nth(LARGEST_HELD)
        .map_or(text.len(), |(index, _)| index);
    text.get(..within)
        .and_then(|text| text.rfind(char::is_whitespace))
        .filter(|cut| *cut > 0)
        .unwrap_or(within)
}
