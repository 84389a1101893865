//! The commands of the README, the same on a person's machine and in CI.
//!
//! Each command installs what it misses, says what it does before it does it, and never asks a question. What it
//! may not install it names, with the one command that would.
//!
//! It is not a build system: cargo, npm and the Tauri tool do the work, and every command line is printed so that
//! it can be typed by hand.

mod bench;
mod bundle;
mod command;
mod conformance;
mod project;
mod run;
mod setup;
mod test;
mod ui;

use std::env;
use std::process::ExitCode;

use project::Project;

const USAGE: &str = "\
cargo xtask COMMAND

  run [-- ARGUMENTS]      install what is missing, build, and open the window;
                          without a display, speak a sample sentence into a WAV file
  test [SUBSET…]          install what is missing and run every test, or only a subset:
                          fast (no window, no Node), ui, window, or steps by name (`test --list`)
  bench [PART…] [--write] measure: voice, import, window, sound, sizes; --write puts the table into docs/performance.md
  bundle                  the installer packages of this system, in target/release/bundle
  conformance             run the official clients of the service against the simulator; needs Python
  contract                write ui/src/host/contract.ts from the Rust types
  shots                   pictures of every screen, light and dark, in target/shots
  setup                   only install what building and testing need

Exit codes: 0 done, 1 a step failed, 2 not a command, 3 something is missing that only you may install
";

/// A mistake in how the command was typed.
const EXIT_USAGE: u8 = 2;
/// Something is missing that may not be installed without the person's leave.
const EXIT_MISSING: u8 = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return ExitCode::from(EXIT_USAGE);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match dispatch(name, rest) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask {name}: {error:#}");
            if error.is::<setup::Missing>() {
                ExitCode::from(EXIT_MISSING)
            } else if error.is::<Misused>() {
                ExitCode::from(EXIT_USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn dispatch(name: &str, rest: &[String]) -> anyhow::Result<ExitCode> {
    let project = Project::find()?;
    match name {
        "run" => return run::run(&project, rest),
        "test" => return test::test(&project, rest),
        "bench" => bench::bench(&project, rest)?,
        "conformance" => conformance::conformance(&project)?,
        "bundle" => bundle::bundle(&project)?,
        "contract" => bundle::contract(&project)?,
        "shots" => bundle::shots(&project)?,
        "setup" => {
            setup::packages(setup::EVERYTHING)?;
            ui::install(&project)?;
        }
        other => return Err(Misused(format!("there is no command `{other}`\n\n{USAGE}")).into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The command was typed wrongly; the text says what would be right.
#[derive(Debug)]
struct Misused(String);

impl std::fmt::Display for Misused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Misused {}
