//! What Peal says of itself to whoever looks for a fault, and what it never says.
//!
//! Log lines go to standard error, at the level that `PEAL_LOG` asks for. Libraries that would write headers or bodies
//! when asked for everything are held at warnings whatever it asks: the key is in those headers, texts in those bodies.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The variable that says how much is logged, in the form of `tracing`'s filters, e.g. `info` or `studio=debug`.
pub const LOG_VARIABLE: &str = "PEAL_LOG";

/// Libraries that see the key or a text on its way.
const DISCREET: [&str; 12] = [
    "hyper",
    "hyper_util",
    "h2",
    "reqwest",
    "rustls",
    "tungstenite",
    "tokio_tungstenite",
    "zbus",
    "zvariant",
    "secret_service",
    "wry",
    "tauri",
];

/// Begins to log, and sees to it that a crash writes no memory to disk. Does nothing the second time.
pub fn start() {
    forbid_core_dumps();
    let wanted = std::env::var(LOG_VARIABLE).unwrap_or_default();
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .parse_lossy(&wanted);
    let discreet = tracing_subscriber::filter::filter_fn(|line| {
        let library = line.target().split("::").next().unwrap_or_default();
        *line.level() <= tracing::Level::WARN || !DISCREET.contains(&library)
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // Whoever began to log before goes on.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(discreet)
        .with(lines)
        .try_init();
}

/// The memory of a crashed process may hold the key.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let maximum = getrlimit(Resource::Core).maximum;
        if let Err(error) = setrlimit(
            Resource::Core,
            Rlimit {
                current: Some(0),
                maximum,
            },
        ) {
            tracing::warn!(%error, "Core dumps could not be switched off.");
        }
    }
}
