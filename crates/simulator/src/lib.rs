//! The Waves API of Smallest AI on 127.0.0.1: synthesis over HTTP, Server-Sent Events and WebSocket, lists of voices, previews; with the
//! service's validation and error shapes, with faults on demand, and with a log of what was asked.
//!
//! It is for tests and for working without an account. It is not a stand-in for the service's voices, it takes no key but the one
//! it was started with, and it is no part of the product.
//!
//! - It listens on 127.0.0.1 only.
//! - Neither the accepted key nor any key that was sent is ever in its log.
//! - For the same request it sends the same samples: what [`Simulator::audio_of`] gives.
//! - When [`Simulator`] is dropped its connections end.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! use simulator::{Fault, Options, Simulator, Times};
//!
//! let simulator = Simulator::start(Options::default()).await?;
//! simulator.fault(Fault::CutAfter { bytes: 5000 }, Times::Once);
//! println!("{} takes the key {}", simulator.url(), simulator.key());
//! # Ok(()) }
//! ```

mod account;
mod audio;
mod builtin;
mod catalogue;
mod chat;
mod cloning;
mod control;
mod decode;
mod dictionaries;
mod ears;
mod errors;
mod exchange;
mod fault;
mod formats;
mod ledger;
mod live;
mod log;
mod request;
mod routes;
mod server;
mod speech;
mod spelling;
mod synthesis;
mod transcription;
mod voices;
mod wire;

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinHandle,
};

pub use crate::{
    fault::{ErrorBody, Fault, Route, Times},
    log::LoggedRequest,
    speech::Speech,
};

/// The transcription of sound that the simulator did not make itself.
pub const UNKNOWN_SPEECH: &str = transcription::UNKNOWN;
/// The key a simulator takes unless another is given.
pub const DEFAULT_KEY: &str = "sk_sim_local_dev";
/// A key that is answered with 429 and `Retry-After: 1`, always.
pub const RATE_LIMITED_KEY: &str = server::RATE_LIMITED_KEY;
/// A key that is answered with 403, always.
pub const FORBIDDEN_KEY: &str = server::FORBIDDEN_KEY;

/// How a simulator starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The one key that is accepted.
    pub key: String,
    /// The port on 127.0.0.1; 0 for any that is free.
    pub port: u16,
    /// How requests are spoken.
    pub speech: Speech,
    /// Syntheses that may run at once, over all transports; one more is answered with 429.
    pub concurrency: usize,
    /// From a synthesis request to the first byte of its answer.
    pub first_byte: Duration,
    /// Audio comes at so many times the speed of speech; `None` as fast as possible.
    pub pace: Option<f64>,
    /// From a request for voices to the first byte of its answer.
    pub voices_delay: Duration,
    /// From the last chunk on a socket to its `complete` frame, for requests that don't say. The service's own default is 4 s.
    pub complete_backoff: Duration,
    /// Whether a key may delete a cloned voice. The service lets only its own console.
    pub clone_delete: bool,
    /// How many voices may be cloned.
    pub clone_limit: usize,
    /// The largest recording that is transcribed, in bytes.
    pub largest_audio: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            key: DEFAULT_KEY.to_owned(),
            port: 0,
            speech: Speech::default(),
            concurrency: 10,
            first_byte: Duration::ZERO,
            pace: None,
            voices_delay: Duration::ZERO,
            complete_backoff: Duration::ZERO,
            clone_delete: false,
            clone_limit: 20,
            largest_audio: 250 << 20,
        }
    }
}

/// A running simulator. It runs on the Tokio runtime that started it, until it is dropped.
#[derive(Debug)]
pub struct Simulator {
    state: Arc<server::State>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Binds to 127.0.0.1 and starts answering.
    ///
    /// # Errors
    /// If the port can't be had.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(server::State {
            key: options.key,
            url,
            speech: options.speech,
            concurrency: AtomicUsize::new(options.concurrency),
            running: AtomicUsize::new(0),
            slot_freed: Notify::new(),
            sockets: AtomicUsize::new(0),
            connections: Arc::default(),
            ended: watch::Sender::new(false),
            tuning: Mutex::new(server::Tuning {
                first_byte: options.first_byte,
                pace: options.pace,
                voices_delay: options.voices_delay,
                complete_backoff: options.complete_backoff,
                clone_delete: options.clone_delete,
                clone_limit: options.clone_limit,
            }),
            script: fault::Script::default(),
            header_faults: Mutex::default(),
            log: Arc::new(log::Log::new()),
            account: account::Account::default(),
            ledger: ledger::Ledger::default(),
            ears: ears::Ears::default(),
            largest_audio: options.largest_audio,
        });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Self { state, server })
    }

    /// Scheme, address and port, without a path and without a slash at the end.
    pub fn url(&self) -> String {
        self.state.url.clone()
    }

    /// The key that is accepted.
    pub fn key(&self) -> &str {
        &self.state.key
    }

    /// Adds a fault to the script, for the next requests that it suits, on any route.
    ///
    /// A fault happens to requests that would otherwise have succeeded: the key is checked before, and so is the body. One request meets one fault.
    pub fn fault(&self, fault: Fault, times: Times) {
        self.state.script.add(None, fault, times);
    }

    /// As [`fault`](Self::fault), for one route.
    pub fn fault_on(&self, route: Route, fault: Fault, times: Times) {
        self.state.script.add(Some(route), fault, times);
    }

    /// Forgets the rest of the script.
    pub fn clear_faults(&self) {
        self.state.script.clear();
    }

    /// What was asked so far, oldest first, the latest ten thousand at most. Requests under `/_sim` are not in it.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.state.log.snapshot()
    }

    /// Empties the log.
    pub fn clear_requests(&self) {
        self.state.log.clear();
    }

    /// Returns as soon as so many requests have arrived since the start or the last [`clear_requests`](Self::clear_requests).
    pub async fn wait_for_requests(&self, count: usize) {
        self.state.log.wait_for(count).await;
    }

    /// Returns as soon as the log is as wanted; the condition is asked after each change.
    pub async fn wait_until(&self, condition: impl FnMut(&[LoggedRequest]) -> bool) {
        self.state.log.wait_until(condition).await;
    }

    /// Changes the time to the first byte of syntheses to come.
    pub fn set_first_byte(&self, delay: Duration) {
        self.state.tuning().first_byte = delay;
    }

    /// Changes the pace of syntheses to come.
    pub fn set_pace(&self, pace: Option<f64>) {
        self.state.tuning().pace = pace;
    }

    /// Changes the delay of the lists of voices.
    pub fn set_voices_delay(&self, delay: Duration) {
        self.state.tuning().voices_delay = delay;
    }

    /// Changes how many syntheses may run at once; those that run are left alone.
    pub fn set_concurrency(&self, limit: usize) {
        self.state.concurrency.store(limit, Ordering::SeqCst);
    }

    /// Returns as soon as no synthesis runs and no socket is open.
    pub async fn wait_for_rest(&self) {
        self.state.rest().await;
    }

    /// How many sockets are open now.
    pub fn sockets(&self) -> usize {
        self.state.sockets.load(Ordering::SeqCst)
    }

    /// How many TCP connections are open now, those of sockets among them.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How many syntheses run now.
    pub fn running(&self) -> usize {
        self.state.running.load(Ordering::SeqCst)
    }

    /// Exactly the samples that a request like this is answered with: `rate` in hertz, `speed` 0.5–2. The model makes no difference.
    /// With [`Speech::BuiltinVoice`] it takes its time on the calling thread, and gives nothing if the voice
    /// can't be loaded.
    pub fn audio_of(
        &self,
        text: &str,
        voice: &str,
        _model: &str,
        rate: u32,
        speed: f64,
    ) -> Vec<i16> {
        let utterance = speech::Utterance {
            spoken: spelling::spoken(text, &[], false),
            voice_id: voice.to_owned(),
            rate,
            speed,
        };
        self.state.speech.all(&utterance).unwrap_or_default()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
        self.state.ended.send_replace(true);
    }
}
