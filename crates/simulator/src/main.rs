//! The simulator as a program. Its first line of output is its URL.

use std::{collections::HashSet, io::Write, process::ExitCode, time::Duration};

use clap::Parser;
use simulator::{DEFAULT_KEY, LoggedRequest, Options, Simulator, Speech};

/// The Waves API of Smallest AI on 127.0.0.1, for tests and for working without an account.
#[derive(Debug, Parser)]
#[command(name = "simulator")]
struct Arguments {
    /// Port on 127.0.0.1; 0 for any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The one key that is accepted
    #[arg(long, default_value = DEFAULT_KEY)]
    key: String,
    /// Milliseconds from a synthesis request to the first byte of its answer
    #[arg(long, default_value_t = 0)]
    first_byte_ms: u64,
    /// Send audio at so many times the speed of speech, instead of as fast as possible
    #[arg(long, alias = "speed", value_parser = positive)]
    pace: Option<f64>,
    /// Syntheses that may run at once
    #[arg(long, default_value_t = 10)]
    concurrency: usize,
    /// From the last chunk on a socket to its `complete` frame, for requests that don't say; the service's own default is 4000
    #[arg(long, default_value_t = 0)]
    complete_backoff_ms: u64,
    /// Let the key delete cloned voices, which the service lets only its own console do
    #[arg(long)]
    clone_delete: bool,
    /// How many voices may be cloned
    #[arg(long, default_value_t = 20)]
    clone_limit: usize,
    /// Answer with a tone, at once, instead of speech
    #[arg(long)]
    tone: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("a number above 0 is needed".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        key: arguments.key,
        port: arguments.port,
        speech: if arguments.tone {
            Speech::Tone
        } else {
            Speech::BuiltinVoice
        },
        concurrency: arguments.concurrency,
        first_byte: Duration::from_millis(arguments.first_byte_ms),
        pace: arguments.pace,
        complete_backoff: Duration::from_millis(arguments.complete_backoff_ms),
        clone_delete: arguments.clone_delete,
        clone_limit: arguments.clone_limit,
        ..Options::default()
    };
    let simulator = match Simulator::start(options).await {
        Ok(simulator) => simulator,
        Err(error) => {
            eprintln!("The port can't be had: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Asked once now, so that the signal is listened for before anybody knows the URL.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    if futures_util::poll!(&mut interrupted).is_ready() {
        return ExitCode::FAILURE;
    }
    let mut output = std::io::stdout();
    if writeln!(output, "{}", simulator.url())
        .and_then(|()| output.flush())
        .is_err()
    {
        return ExitCode::FAILURE;
    }
    eprintln!(
        "The log is at {}/_sim/requests. Ctrl-C ends.",
        simulator.url()
    );
    tokio::select! {
        _ = interrupted => ExitCode::SUCCESS,
        () = print_requests(&simulator) => ExitCode::SUCCESS,
    }
}

/// One line for each request as its answer begins, on standard error.
async fn print_requests(simulator: &Simulator) {
    let mut printed = HashSet::new();
    loop {
        let mut fresh = Vec::new();
        simulator
            .wait_until(|requests| {
                let known: HashSet<&str> = requests
                    .iter()
                    .map(|request| request.request_id.as_str())
                    .collect();
                printed.retain(|id: &String| known.contains(id.as_str()));
                for request in requests.iter().filter(|request| request.status != 0) {
                    if printed.insert(request.request_id.clone()) {
                        fresh.push(request.clone());
                    }
                }
                !fresh.is_empty()
            })
            .await;
        for request in fresh {
            let LoggedRequest {
                status,
                method,
                path,
                ..
            } = &request;
            match request.characters {
                0 => eprintln!("{status} {method} {path}"),
                count => eprintln!("{status} {method} {path} ({count} characters)"),
            }
        }
    }
}
