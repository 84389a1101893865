//! Installer packages, the generated contract, and pictures of the screens.

use anyhow::{Context, Result};

use crate::command;
use crate::project::{DESKTOP, Project};
use crate::setup::{self, EVERYTHING, Need};
use crate::ui;

/// The variable that makes the contract's test write the file instead of comparing with it.
const WRITE_CONTRACT: &str = "PEAL_WRITE_CONTRACT";

/// Builds the installer packages of this system with the pinned Tauri tool.
pub(crate) fn bundle(project: &Project) -> Result<()> {
    setup::packages(&[Need::Core, Need::Window])?;
    ui::install(project)?;
    // The AppImage tool downloads programs while it runs, so it is left to releases.
    let kinds = if cfg!(target_os = "macos") {
        "app,dmg"
    } else if cfg!(windows) {
        "msi"
    } else {
        "deb,rpm"
    };
    command::run(ui::tauri(project).args(["build", "--ci", "--bundles", kinds]))?;
    println!(
        "The packages are in {}",
        project.shown(&project.target.join("release/bundle"))
    );
    Ok(())
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
