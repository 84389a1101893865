//! `cargo xtask run`: from a fresh clone to an open window, or to a spoken sentence where there is no screen.

use std::env;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::command;
use crate::project::{DESKTOP, Project};
use crate::setup::{self, Need};
use crate::ui;

/// Free of charge, so that trying Peal never spends a cent of a connected account.
const SAMPLE_VOICE: &str = "builtin/hibari";
const SAMPLE: &str =
    "Lightning strikes; a peal follows. This is Peal, speaking on your own machine.";

/// Builds and opens the window; `arguments` after `--` are handed to it.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<ExitCode> {
    if !has_display() {
        speak_sample(project)?;
        return Ok(ExitCode::SUCCESS);
    }
    setup::packages(&[Need::Core, Need::Window])?;
    ui::build(project)?;
    command::run(
        project
            .cargo()
            .args(["build", "--release", "--package", DESKTOP]),
    )?;
    let window = project.release_binary(DESKTOP);
    let arguments = arguments
        .iter()
        .skip_while(|argument| argument.as_str() == "--");
    let status = Command::new(&window)
        .args(arguments)
        .status()
        .with_context(|| format!("{} could not be started", project.shown(&window)))?;
    // A window closed by a signal has no code; that is not a success.
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// macOS and Windows always have a screen as far as a program can tell.
fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn speak_sample(project: &Project) -> Result<()> {
    eprintln!("There is no display here: building the command line only.");
    setup::packages(&[Need::Core])?;
    command::run(
        project
            .cargo()
            .args(["build", "--release", "--package", "cli"]),
    )?;
    let peal = project.release_binary("peal");
    let sample = project.target.join("peal-sample.wav");
    command::run(
        Command::new(&peal)
            .args(["speak", SAMPLE, "--voice", SAMPLE_VOICE, "-o"])
            .arg(&sample)
            .current_dir(&project.root),
    )?;
    println!("Peal spoke a sample sentence into {}", sample.display());
    println!(
        "Say something else with: {} speak \"Your text\" -o out.wav",
        project.shown(&peal)
    );
    Ok(())
}
