//! What all connections share, and the connections themselves.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};

use crate::{
    account::Account,
    ears::Ears,
    fault::{Fault, HeaderFault, Script},
    ledger::Ledger,
    log::{Keys, Log},
    routes,
    speech::Speech,
    wire::{Wire, WireControl},
};

/// How long a synthesis waits for another to end before it is refused.
const SLOT_GRACE: Duration = Duration::from_millis(200);

/// A key that is always over its rate limit.
pub(crate) const RATE_LIMITED_KEY: &str = "sk_sim_rate_limited";
/// A key without access to anything.
pub(crate) const FORBIDDEN_KEY: &str = "sk_sim_forbidden";

/// What all connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) key: String,
    pub(crate) url: String,
    pub(crate) speech: Speech,
    pub(crate) concurrency: AtomicUsize,
    pub(crate) running: AtomicUsize,
    pub(crate) slot_freed: Notify,
    /// Open sockets.
    pub(crate) sockets: AtomicUsize,
    /// Open TCP connections, those of sockets among them.
    pub(crate) connections: Arc<AtomicUsize>,
    /// Becomes true when the simulator ends, for those that outlive its connections' tasks.
    pub(crate) ended: watch::Sender<bool>,
    pub(crate) tuning: Mutex<Tuning>,
    pub(crate) script: Script,
    /// How often each counted `X-Sim-Fault` has happened.
    pub(crate) header_faults: Mutex<HashMap<String, u32>>,
    pub(crate) log: Arc<Log>,
    pub(crate) account: Account,
    pub(crate) ledger: Ledger,
    pub(crate) ears: Ears,
    /// The largest recording that is transcribed, in bytes.
    pub(crate) largest_audio: usize,
}

/// What can be changed while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    pub(crate) first_byte: Duration,
    pub(crate) pace: Option<f64>,
    pub(crate) voices_delay: Duration,
    /// From the last chunk on a socket to the `complete` frame, when the request does not say.
    pub(crate) complete_backoff: Duration,
    /// Whether a key may delete a cloned voice.
    pub(crate) clone_delete: bool,
    /// How many voices may be cloned.
    pub(crate) clone_limit: usize,
}

impl State {
    pub(crate) fn tuning(&self) -> MutexGuard<'_, Tuning> {
        self.tuning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place among the syntheses that may run at once, if there is one.
    ///
    /// Whoever breaks a connection off and asks again at once would otherwise race against the news of the broken connection.
    pub(crate) async fn slot(self: &Arc<Self>) -> Option<Slot> {
        let freed = async {
            loop {
                let freed = self.slot_freed.notified();
                if let Some(slot) = self.free_slot() {
                    return slot;
                }
                freed.await;
            }
        };
        tokio::time::timeout(SLOT_GRACE, freed).await.ok()
    }

    /// The same without waiting.
    pub(crate) fn free_slot(self: &Arc<Self>) -> Option<Slot> {
        let limit = self.concurrency.load(Ordering::SeqCst);
        self.running
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |running| {
                (running < limit).then_some(running + 1)
            })
            .ok()
            .map(|running| {
                self.ledger.now_running(running + 1);
                Slot(Arc::clone(self))
            })
    }
}

impl State {
    /// A place among the sockets that may be open: five for each synthesis that may run.
    pub(crate) fn socket_place(self: &Arc<Self>) -> Option<SocketPlace> {
        let limit = self.concurrency.load(Ordering::SeqCst).saturating_mul(5);
        self.sockets
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |open| {
                (open < limit).then_some(open + 1)
            })
            .ok()
            .map(|open| {
                self.ledger.now_open(open + 1);
                SocketPlace(Arc::clone(self))
            })
    }

    /// Returns as soon as no synthesis runs and no socket is open.
    pub(crate) async fn rest(&self) {
        loop {
            let freed = self.slot_freed.notified();
            let busy = [&self.running, &self.sockets].map(|count| count.load(Ordering::SeqCst));
            if busy == [0, 0] {
                return;
            }
            freed.await;
        }
    }

    /// What must not get into the log, once it is known that the right key was sent.
    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys {
            accepted: &self.key,
            sent: None,
        }
    }

    /// The fault that a header asks for, unless it has happened often enough.
    pub(crate) fn count(&self, header: &HeaderFault) -> Option<Fault> {
        if let Some(times) = header.times {
            let mut counts = self
                .header_faults
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(header.id.clone()).or_default();
            if *count >= times {
                return None;
            }
            *count += 1;
        }
        Some(header.fault.clone())
    }
}

/// One open socket.
#[derive(Debug)]
pub(crate) struct SocketPlace(Arc<State>);

impl Drop for SocketPlace {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::SeqCst);
        self.0.slot_freed.notify_waiters();
    }
}

/// One running synthesis; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<State>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.slot_freed.notify_waiters();
    }
}

/// Accepts connections until the task is aborted, which ends them too.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&state)));
                }
                // Out of file descriptors, most likely: others must end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    // Each chunk shall arrive when it was sent. A socket that refuses the option works too.
    let _ = stream.set_nodelay(true);
    let control = WireControl::default();
    let wire = Wire::new(stream, control.clone(), Arc::clone(&state.connections));
    let service = service_fn(move |request| {
        let (state, control) = (Arc::clone(&state), control.clone());
        async move { Ok::<_, Infallible>(routes::answer(state, control, request).await) }
    });
    // A connection that breaks, on purpose or not, concerns nobody else.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades()
        .await;
}
