//! The Waves API on this machine, for a journey to speak to.

use std::ops::Deref;

use anyhow::{Context, Result};
use simulator::{Options, Simulator};
use tokio::runtime::Runtime;

/// A running simulator on threads of its own, so that it answers also while a journey waits for a sound or a window.
///
/// All that [`Simulator`] can do, it can do: scripted faults, the request log, the exact samples that it sends.
#[derive(Debug)]
pub struct LocalWaves {
    simulator: Simulator,
    runtime: Option<Runtime>,
}

impl LocalWaves {
    /// Starts it; its address goes into [`crate::Scene::service`].
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(options: Options) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        // A journey may itself run on a runtime, from whose threads another one cannot be entered.
        let handle = runtime.handle().clone();
        let simulator = std::thread::spawn(move || handle.block_on(Simulator::start(options)))
            .join()
            .ok()
            .context("the simulator panicked")??;
        Ok(Self {
            simulator,
            runtime: Some(runtime),
        })
    }
}

impl Deref for LocalWaves {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}

impl Drop for LocalWaves {
    fn drop(&mut self) {
        // Waiting for its threads would panic inside a journey's own runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
