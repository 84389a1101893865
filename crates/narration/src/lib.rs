//! From a text to speech: documents, scripts, utterances and takes.
//!
//! What it is: the stages between "a person dropped a file" and "samples arrive", each a module with values in and
//! values out. [`document`] turns bytes into text, [`script`] turns text into segments to speak, [`synthesis`] turns an
//! utterance into a stream of samples by whichever voice it names, [`retry`] says what to do when that fails, and
//! [`take`] keeps what was paid for. [`assembly`] makes finished files of takes in the formats
//! of [`encode`], and [`captions`] the subtitles that go with them.
//!
//! What it is not: it knows no window, no keychain, no sound device, and reads no environment.
//!
//! Invariants:
//! - `script` and `retry` are pure: equal input, equal output, no clock, no disk.
//! - A segment's text is a slice of the document's text; the slices are in order and do not overlap.
//! - A take is on disk, whole and synced, before anything calls it finished.

pub mod assembly;
pub mod captions;
pub mod check;
pub mod document;
pub mod durable;
pub mod encode;
pub mod render;
pub mod retry;
pub mod script;
pub mod synthesis;
pub mod take;
pub mod wav;
