//! The client against the simulator: what works, and every fault on every transport.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod account;
#[cfg(feature = "chat")]
mod chat;
#[path = "../common/mod.rs"]
mod common;
mod every_fault;
mod faults;
mod fields;
mod speech;
#[cfg(feature = "transcription")]
mod transcription;
mod voices;

use common::TEXT;
use simulator::{Options, Simulator};

pub(crate) async fn start() -> Simulator {
    Simulator::start(Options::default()).await.unwrap()
}

/// What the simulator says to [`request`].
pub(crate) fn spoken(simulator: &Simulator) -> Vec<i16> {
    simulator.audio_of(TEXT, "magnus", "lightning_v3.1", 24_000, 1.0)
}
