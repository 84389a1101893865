//! Every call that is not speech, against answers as the service's contract has them.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod account;
mod canned;
#[cfg(feature = "chat")]
mod chat;
mod clones;
#[path = "../common/mod.rs"]
mod common;
mod dictionaries;
#[cfg(feature = "transcription")]
mod transcription;
