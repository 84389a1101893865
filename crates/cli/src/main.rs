//! `peal` on the command line: the studio without a window.
//!
//! What it is: arguments in, one line or one JSON object out, and an exit code that says what kind of thing went wrong.
//! What it is not: the place of any decision about speech, keys or files; those are [`studio`]'s, as for the window.
//!
//! Invariants:
//! - Standard output carries results only; progress and messages go to standard error.
//! - Whatever ends the program, a signal included, no file is left half-written.
//! - A key is never an argument, never shown and never written outside the keychain.

mod arguments;
mod delivery;
mod dictionary;
mod inspect;
mod key;
mod ledger;
mod library;
mod narrate;
mod quote;
mod speak;
mod terminal;
mod trouble;
mod voices;
mod words;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use studio::Studio;
use studio::home::Home;
use studio::keychain::Keychain;
use tokio::runtime::{Builder, Handle};

use crate::arguments::{Arguments, Command};
use crate::terminal::Terminal;
use crate::trouble::{Stop, Trouble};

/// How long a file in the making is given to be removed after an interruption.
const TO_CLEAN_UP: Duration = Duration::from_secs(2);

/// How long what is being bought is waited for after an interruption, as long as it arrives.
const FOR_WHAT_IS_PAID: Duration = Duration::from_secs(12);

fn main() -> ExitCode {
    studio::diagnostics::start();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer_parser(&error),
    };
    let terminal = Terminal::new(arguments.wants_json(), arguments.verbose);
    let runtime = match Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return end(&terminal, Err(Trouble::unexpected(&error))),
    };
    let goes_on = matches!(arguments.command, Command::Narrate(_));
    let outcome = runtime.block_on(async {
        let outcome = tokio::select! {
            outcome = run(arguments.command, &terminal) => outcome,
            stop = stopped() => Err(if goes_on {
                Trouble::Interrupted(stop)
            } else {
                Trouble::Stopped(stop)
            }),
        };
        if let Some(studio) = terminal.studio() {
            // Whoever asks a second time does not want to wait.
            tokio::select! {
                () = studio.settle(FOR_WHAT_IS_PAID) => {}
                _ = stopped() => {}
            }
        }
        outcome
    });
    // Whoever was writing a file removes it now.
    runtime.shutdown_timeout(TO_CLEAN_UP);
    end(&terminal, outcome)
}

/// Help, the version, or what is wrong with the command line, in the parser's own words.
fn answer_parser(error: &clap::Error) -> ExitCode {
    // Help for a reader who has left is no failure.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    // Nothing was parsed, but whoever asked for JSON is a program.
    if std::env::args_os().any(|argument| argument == "--json") {
        let message = error.render().to_string();
        let summary = message.lines().next().unwrap_or_default();
        Terminal::new(true, false).report_to_program(words::USAGE_CODE, summary, None);
    }
    ExitCode::from(trouble::Exit::Usage as u8)
}

async fn run(command: Command, terminal: &Terminal) -> Result<(), Trouble> {
    match command {
        Command::Speak(arguments) => speak::run(arguments, terminal).await,
        Command::Narrate(arguments) => narrate::run(arguments, terminal).await,
        Command::Quote(arguments) => quote::run(&arguments, terminal).await,
        Command::Library(arguments) => library::run(&arguments.action, terminal).await,
        Command::Ledger(arguments) => ledger::run(&arguments, terminal).await,
        Command::Inspect(arguments) => inspect::run(arguments, terminal).await,
        Command::Voices(arguments) => voices::run(&arguments, terminal).await,
        Command::Dictionary(arguments) => dictionary::run(&arguments.action, terminal).await,
        Command::Key(arguments) => key::run(&arguments.action, terminal).await,
    }
}

fn end(terminal: &Terminal, outcome: Result<(), Trouble>) -> ExitCode {
    terminal.clear_progress();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            terminal.report(&trouble);
            ExitCode::from(trouble.exit_code())
        }
    }
}

/// The studio of this person, with everything as the window has it. Must be called within the runtime.
fn open_studio(terminal: &Terminal) -> Result<Studio, Trouble> {
    let home = Home::from_env().map_err(|error| Trouble::usage(words::no_home(&error)))?;
    let origin =
        studio::service_origin().map_err(|error| Trouble::usage(words::bad_origin(error)))?;
    let studio = Studio::open_for_one_task(&home, origin, Keychain::system(), Handle::current());
    terminal.remember(&studio);
    for notice in studio.view().notices {
        terminal.remark_failure(&notice.failure);
    }
    Ok(studio)
}

/// Waits for a signal that asks the program to end.
#[cfg(unix)]
async fn stopped() -> Stop {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signals) => signals.recv().await,
            // Without a listener the signal ends the program as it always does.
            Err(_) => std::future::pending().await,
        }
    };
    // A limit on the size of files is an error of writing like any other, not the end of the program.
    let mut too_large = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    let passed_over = async {
        if let Ok(signals) = &mut too_large {
            while signals.recv().await.is_some() {}
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = listen(SignalKind::interrupt()) => Stop::Interrupted,
        _ = listen(SignalKind::terminate()) => Stop::Terminated,
        _ = listen(SignalKind::hangup()) => Stop::HungUp,
        () = passed_over => Stop::Interrupted,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn stopped() -> Stop {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Stop::Interrupted
}
