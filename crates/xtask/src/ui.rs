//! The window's web part: npm packages and the built files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::project::Project;

/// The oldest Node that the UI's tools run on; `ui/package.json` says the same.
const NODE_FLOOR: (u32, u32) = (20, 19);

/// The version of the Tauri tool; `ui/package.json` uses the same for the icons.
const TAURI_CLI: &str = "2.12.5";

/// Installs the npm packages of the lock file, unless just these are installed.
pub(crate) fn install(project: &Project) -> Result<()> {
    require_node()?;
    let folder = folder(project);
    let lock = fs::read(folder.join("package-lock.json"))
        .context("ui/package-lock.json could not be read")?;
    // A copy of the lock file that was installed; npm deletes the folder around it before it installs anew.
    let installed = folder.join("node_modules/.peal-installed-lock.json");
    if fs::read(&installed).is_ok_and(|copy| copy == lock) {
        return Ok(());
    }
    command::run(npm(&folder).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&installed, lock).context("ui/node_modules cannot be written")
}

/// Builds `ui/dist`, which the window embeds.
pub(crate) fn build(project: &Project) -> Result<()> {
    install(project)?;
    command::run(npm(&folder(project)).args(["run", "build"]))
}

/// npm, started in the UI's folder.
pub(crate) fn npm_here(project: &Project) -> Command {
    npm(&folder(project))
}

/// The Tauri tool, which only bundling needs: fetched when it is used, so that running and testing do without it.
pub(crate) fn tauri(project: &Project) -> Command {
    let mut command = npm(&project.root);
    command.args(["exec", "--yes"]);
    command.arg(format!("--package=@tauri-apps/cli@{TAURI_CLI}"));
    command.args(["--", "tauri"]);
    command
}

fn folder(project: &Project) -> PathBuf {
    project.root.join("ui")
}

fn npm(folder: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

fn require_node() -> Result<()> {
    let (major, minor) = NODE_FLOOR;
    let Ok(answer) = command::output(Command::new("node").arg("--version")) else {
        bail!("Node {major}.{minor} or newer is needed for the window: https://nodejs.org");
    };
    let version = answer.trim().trim_start_matches('v');
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE_FLOOR {
        bail!(
            "Node {version} is too old: {major}.{minor} or newer is needed for the window: https://nodejs.org"
        );
    }
    Ok(())
}
