//! Installer packages, the generated contract, and pictures of the screens.

use anyhow::{Context, Result};
use serde_json::json;

use crate::command;
use crate::project::{DESKTOP, Project};
use crate::setup::{self, EVERYTHING, Need};
use crate::ui;

/// The variable that makes the contract's test write the file instead of comparing with it.
const WRITE_CONTRACT: &str = "PEAL_WRITE_CONTRACT";

/// Builds the installer packages of this system with the pinned Tauri tool.
pub(crate) fn bundle(project: &Project) -> Result<()> {
    setup::packages(&[Need::Core, Need::Window])?;
    // The AppImage tool downloads programs while it runs, so it is left to releases.
    let kinds = if cfg!(target_os = "macos") {
        "app,dmg"
    } else if cfg!(windows) {
        "msi"
    } else {
        "deb,rpm"
    };
    packages(project, kinds)?;
    println!(
        "The packages are in {}",
        project.shown(&project.target.join("release/bundle"))
    );
    Ok(())
}

/// Builds packages of the named kinds into `target/release/bundle`. Those of Linux hold the command line too, and all
/// licences that must travel with the voice.
pub(crate) fn packages(project: &Project, kinds: &str) -> Result<()> {
    ui::build(project)?;
    // One build for all programs: what Tauri's tool compiles by itself has other features, so everything twice.
    build_release(project)?;
    let mut bundle = ui::tauri(project);
    bundle.args(["bundle", "--ci", "--bundles", kinds]);
    if cfg!(target_os = "linux") {
        bundle.arg("--config").arg(linux_files(project).to_string());
    }
    command::run(&mut bundle)
}

/// What a Linux package installs beside the window's own program. Told here and not in `tauri.conf.json`, because the
/// folder that cargo builds into can be anywhere.
fn linux_files(project: &Project) -> serde_json::Value {
    let files = json!({
        "/usr/bin/peal": project.release_binary("peal"),
        "/usr/share/doc/peal/LICENSE-APACHE": project.root.join("LICENSE-APACHE"),
        "/usr/share/doc/peal/LICENSE-MIT": project.root.join("LICENSE-MIT"),
        "/usr/share/doc/peal/builtin-voice/LICENSE": project.root.join("crates/builtin-voice/assets/LICENSE"),
        "/usr/share/doc/peal/builtin-voice/NOTICE": project.root.join("crates/builtin-voice/assets/NOTICE"),
    });
    json!({ "bundle": { "linux": { "deb": { "files": files }, "rpm": { "files": files } } } })
}

/// Writes `ui/src/host/contract.ts` from the wire types.
pub(crate) fn contract(project: &Project) -> Result<()> {
    setup::packages(&[Need::Core, Need::Window])?;
    ui::build(project)?;
    command::run(
        project
            .cargo()
            .args(["test", "--release", "--package", DESKTOP])
            .arg("contract")
            .env(WRITE_CONTRACT, "1"),
    )
}

/// Photographs every screen in light and dark, through the same journeys that the tests take.
pub(crate) fn shots(project: &Project) -> Result<()> {
    setup::packages(EVERYTHING)?;
    ui::build(project)?;
    build_release(project)?;
    let folder = project.target.join("shots");
    std::fs::create_dir_all(&folder).context("target/shots cannot be made")?;
    command::run(
        project
            .cargo()
            .args(["test", "--package", "e2e", "--test", "screens"]),
    )?;
    println!("The pictures are in {}", project.shown(&folder));
    Ok(())
}

/// Builds the three programs that journeys and measurements use, as they are released.
pub(crate) fn build_release(project: &Project) -> Result<()> {
    command::run(
        project
            .cargo()
            .args(["build", "--release"])
            .args(["--package", DESKTOP])
            .args(["--package", "cli", "--package", "simulator"]),
    )
}
