//! Drives the built application in a real window, with a real pointer, keychain and loudspeaker.
//!
//! A [`Stage`] is a desktop of its own: home folder, X screen, window manager, session bus, keyring and sound server,
//! none of which knows of the person's. A [`Window`] is the application on it, driven through WebKitGTK's WebDriver.
//! What it plays is heard by a [`Recording`]; the service it speaks to is a [`LocalWaves`].
//!
//! It is not a place for what a unit test can test: each journey costs seconds.
//!
//! Invariants: nothing outlives its stage, not even after a panic or a killed test runner; nothing on the stage can reach
//! the person's desktop or key; every wait has a deadline and says what it waited for. Linux only.

#![cfg(target_os = "linux")]

mod book;
mod local_waves;
pub mod memory;
mod pointer;
mod process;
mod screen;

mod sound;
mod stage;
mod wav;
mod window;

pub use book::book;
pub use local_waves::LocalWaves;
pub use pointer::{drag_files, save_into};
pub use process::Process;
pub use screen::{Placed, Screen};
pub use sound::{RATE, Recording};
pub use stage::{Keyring, Scene, Stage, Theme};
pub use wav::Wav;
pub use window::Window;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for a busy machine, short enough that a hang is seen as one.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The page, once it has come alive: its first frame stands there before that, and answers nothing.
pub const ALIVE: &str = "[data-ready=true]";

/// How often a condition is looked at. Short beside what a person notices.
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// Looks again and again until `look` has an answer.
///
/// # Errors
/// When there is none by the deadline, or when looking fails.
pub fn wait_until<T>(
    what: &str,
    deadline: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if started.elapsed() > deadline {
            bail!("waited {deadline:.1?} in vain for {what}");
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// The top of the clone.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(PathBuf::from)
        .unwrap_or_default()
}

/// Cargo's target folder: this program lies in `TARGET/debug/deps` or `TARGET/release`.
pub fn target() -> PathBuf {
    let profile = ["debug", "release"];
    std::env::current_exe()
        .ok()
        .and_then(|program| {
            program
                .ancestors()
                .find(|folder| {
                    folder
                        .file_name()
                        .is_some_and(|name| profile.iter().any(|profile| name == *profile))
                })
                .and_then(|folder| folder.parent())
                .map(PathBuf::from)
        })
        .unwrap_or_else(|| root().join("target"))
}

/// A program of the workspace as the release profile built it.
///
/// # Errors
/// When it is not built; the error says which command builds it.
pub fn release_binary(name: &str) -> Result<PathBuf> {
    let path = target().join("release").join(name);
    if !path.is_file() {
        bail!(
            "{} is not built: `cargo xtask test release` builds it",
            path.display()
        );
    }
    Ok(path)
}

/// Where pictures are written: `target/shots`.
///
/// # Errors
/// When the folder cannot be made.
pub fn shots() -> Result<PathBuf> {
    let folder = target().join("shots");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
