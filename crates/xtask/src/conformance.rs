//! `cargo xtask conformance`: the official clients of the service, unmodified, against the simulator.
//!
//! They are Python packages. They are installed, in pinned versions, into a folder of their own under the target folder, and nowhere else.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::project::Project;

/// Where their list and the programs that use them lie.
pub(crate) const FOLDER: &str = "crates/simulator/conformance";

/// Installs the clients if they are not there yet, builds the simulator and runs the cases. Prints a table.
pub(crate) fn conformance(project: &Project) -> Result<()> {
    let folder = project.root.join(FOLDER);
    let python = install(project)?;
    command::run(project.cargo().args(["build", "--package", "simulator"]))?;
    let simulator = project
        .target
        .join("debug")
        .join(format!("simulator{}", env::consts::EXE_SUFFIX));
    command::run(
        Command::new(python)
            .arg(folder.join("conformance.py"))
            .arg(simulator)
            .current_dir(&project.root),
    )
}

/// A Python that has the packages of the list; they are installed if they are not there yet.
pub(crate) fn install(project: &Project) -> Result<PathBuf> {
    let list = project.root.join(FOLDER).join("requirements.txt");
    let wanted = fs::read(&list).context("the list of clients could not be read")?;
    let environment = project.target.join("conformance");
    let python = if cfg!(windows) {
        environment.join("Scripts/python.exe")
    } else {
        environment.join("bin/python")
    };
    // A copy of the list that was installed, written last.
    let installed = environment.join("installed.txt");
    if fs::read(&installed).is_ok_and(|copy| copy == wanted) {
        return Ok(python);
    }
    let system = ["python3", "python"].into_iter().find(|program| {
        command::says_yes(
            program,
            &[
                "-c",
                "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))",
            ],
        )
    });
    let Some(system) = system else {
        bail!(
            "Python 3.10 or newer with its `venv` module is needed; on Debian: apt-get install python3-venv"
        );
    };
    command::run(
        Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    )?;
    command::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&list),
    )?;
    fs::write(&installed, wanted).context("the target folder cannot be written")?;
    Ok(python)
}
