//! The routes around synthesis: dictionaries, clones, transcription, chat, analytics and the small ones.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod chat;
#[path = "../client/mod.rs"]
mod client;
mod clones;
mod dictionaries;
mod transcription;
mod usage;

use client::{Answer, Ask};
use serde_json::Value;
use simulator::Simulator;

pub(crate) const HTTP: &str = "/waves/v1/tts";
pub(crate) const DICTIONARIES: &str = "/waves/v1/pronunciation-dicts";
pub(crate) const CLONES: &str = "/waves/v1/voice-cloning";
pub(crate) const CHAT: &str = "/waves/v1/chat/completions";

pub(crate) async fn send(simulator: &Simulator, method: &str, path: &str, body: &Value) -> Answer {
    Ask::new(method, path)
        .header("Content-Type", "application/json")
        .body(body.to_string().as_bytes())
        .send(simulator)
        .await
}
