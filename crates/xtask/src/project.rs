//! Where things are, and the packages of the workspace by name.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command;

/// The window's package, as cargo knows it.
pub(crate) const DESKTOP: &str = "peal-desktop";

/// The folders of this clone.
pub(crate) struct Project {
    /// The top of the clone.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the person's settings put it.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Asks cargo where this clone builds. Needs no network: only our own manifests are read.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("xtask does not lie in crates/xtask")?
            .to_path_buf();
        let answer = command::output(
            cargo()
                .args(["metadata", "--no-deps", "--format-version", "1"])
                .current_dir(&root),
        )?;
        let metadata: Value =
            serde_json::from_str(&answer).context("cargo metadata is not JSON")?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target folder")?
            .into();
        Ok(Self { root, target })
    }

    /// Cargo, started at the top of the clone.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// A program of ours as the release profile built it.
    pub(crate) fn release_binary(&self, name: &str) -> PathBuf {
        self.target
            .join("release")
            .join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// A file's path as a person in the clone would type it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// The cargo that runs this program, so that the pinned toolchain is used throughout.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set by `cargo run` for this program alone; the programs started from here have their own.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}
