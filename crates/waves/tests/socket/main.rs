//! The WebSocket against a service that is written out frame by frame.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod cancel;
#[path = "../common/mod.rs"]
mod common;
mod connections;
mod errors;
mod pieces;
mod requests;
mod service;
