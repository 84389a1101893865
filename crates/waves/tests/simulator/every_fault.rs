//! Every fault of the simulator on every transport: each meeting settles in time in a value or in an error of the right kind, the next
//! request works, and no task or connection is left over.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use simulator::{ErrorBody, Fault, Route, Simulator, Times};
use tokio::runtime::{Builder, Handle};
use waves::{Client, ErrorKind, Transport};

use crate::common::{NEVER, client, hear, timeouts};
use crate::{spoken, start};

/// Where a fault happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Http,
    Sse,
    /// A request on a WebSocket that is open.
    Socket,
    /// The opening of a WebSocket.
    Opening,
}

impl Place {
    const ALL: [Place; 4] = [Place::Http, Place::Sse, Place::Socket, Place::Opening];

    fn route(self) -> Route {
        match self {
            Place::Http => Route::Http,
            Place::Sse => Route::Sse,
            Place::Socket => Route::WebSocket,
            Place::Opening => Route::Upgrade,
        }
    }

    fn transport(self) -> Transport {
        match self {
            Place::Http => Transport::Http,
            Place::Sse => Transport::Sse,
            Place::Socket | Place::Opening => Transport::WebSocket,
        }
    }
}

/// What comes of a fault.
#[derive(Clone, Copy, Debug)]
enum Cell {
    /// A failure of one of these kinds.
    As(&'static [ErrorKind]),
    /// Every sample arrives.
    Whole,
    /// It can't happen there, and does not: every sample arrives.
    NotThere,
}

use Cell::{As, NotThere, Whole};
use ErrorKind::{
    Forbidden, Network, NoSpeech, Protocol, RateLimited, Rejected, Server, TimedOut, Truncated,
    Unauthorized,
};

fn status(status: u16, retry_after: Option<&str>) -> Fault {
    Fault::Status {
        status,
        retry_after: retry_after.map(str::to_owned),
        body: ErrorBody::Default,
    }
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn close(code: u16, reason: &str, chunks: usize) -> Fault {
    Fault::Close {
        code,
        reason: reason.to_owned(),
        chunks,
    }
}

/// Faults, and what comes of each over HTTP, over SSE, on an open WebSocket and at the opening of one.
fn table() -> Vec<(Fault, [Cell; 4])> {
    let elsewhere = || Fault::Redirect {
        to: "http://127.0.0.1:9/elsewhere".into(),
    };
    let drip = |bytes, every| Fault::SlowDrip {
        bytes,
        every: ms(every),
    };
    vec![
        (status(400, None), [As(&[Rejected]); 4]),
        (status(401, None), [As(&[Unauthorized]); 4]),
        (status(402, None), [As(&[Forbidden]); 4]),
        (status(403, None), [As(&[Forbidden]); 4]),
        (status(404, None), [As(&[Rejected]); 4]),
        (status(408, None), [As(&[TimedOut]); 4]),
        (status(410, None), [As(&[Rejected]); 4]),
        (
            status(413, None),
            [
                As(&[Rejected]),
                As(&[Rejected]),
                As(&[Rejected, Server]),
                As(&[Rejected]),
            ],
        ),
        (status(429, None), [As(&[RateLimited]); 4]),
        (status(429, Some("7")), [As(&[RateLimited]); 4]),
        (status(500, None), [As(&[Server]); 4]),
        (status(502, None), [As(&[Server]); 4]),
        (status(503, Some("2")), [As(&[Server]); 4]),
        (
            status(504, None),
            [
                As(&[Server]),
                As(&[Server]),
                As(&[Server, TimedOut]),
                As(&[Server]),
            ],
        ),
        (Fault::FirstByte(ms(100)), [Whole; 4]),
        (Fault::FirstByte(ms(60_000)), [As(&[TimedOut]); 4]),
        (Fault::NeverAnswers, [As(&[TimedOut]); 4]),
        (
            Fault::SilenceAfter { bytes: 0 },
            [As(&[TimedOut]), As(&[TimedOut]), As(&[TimedOut]), NotThere],
        ),
        (
            Fault::SilenceAfter { bytes: 9_000 },
            [As(&[TimedOut]), As(&[TimedOut]), As(&[TimedOut]), NotThere],
        ),
        (
            Fault::CutAfter { bytes: 0 },
            [
                As(&[Truncated, Network]),
                As(&[Truncated, Network]),
                As(&[Network]),
                NotThere,
            ],
        ),
        (
            Fault::CutAfter { bytes: 9_001 },
            [
                As(&[Truncated]),
                As(&[Truncated]),
                As(&[Truncated]),
                NotThere,
            ],
        ),
        (
            Fault::ResetAfter { bytes: 0 },
            [
                As(&[Truncated, Network]),
                As(&[Truncated, Network]),
                As(&[Network]),
                NotThere,
            ],
        ),
        (
            Fault::ResetAfter { bytes: 9_001 },
            [
                As(&[Truncated]),
                As(&[Truncated]),
                As(&[Truncated]),
                NotThere,
            ],
        ),
        (
            Fault::BadBase64,
            [NotThere, As(&[Protocol]), As(&[Protocol]), NotThere],
        ),
        (
            Fault::BadJson,
            [NotThere, As(&[Protocol]), As(&[Protocol]), NotThere],
        ),
        (
            Fault::MissingEnd,
            [NotThere, As(&[Truncated]), As(&[TimedOut]), NotThere],
        ),
        (Fault::DuplicateEnd, [NotThere, Whole, Whole, NotThere]),
        // What comes after the end was not said: the samples before it are the answer.
        (Fault::WrongOrder, [NotThere, As(&[]), As(&[]), NotThere]),
        (
            Fault::ErrorEvent("out of order".into()),
            [NotThere, As(&[Server]), As(&[Server]), NotThere],
        ),
        (
            Fault::ErrorEvent(r#"{"status":"429","message":"slow"}"#.into()),
            [NotThere, As(&[RateLimited]), As(&[RateLimited]), NotThere],
        ),
        (
            Fault::ErrorEvent("Concurrency limit exceeded".into()),
            [
                NotThere,
                As(&[Server, RateLimited]),
                As(&[RateLimited]),
                NotThere,
            ],
        ),
        (Fault::BetweenChunks(ms(1)), [Whole, Whole, Whole, NotThere]),
        (
            Fault::BetweenChunks(ms(60_000)),
            [As(&[TimedOut]), As(&[TimedOut]), As(&[TimedOut]), NotThere],
        ),
        (Fault::UnknownFrames, [NotThere, NotThere, Whole, NotThere]),
        (
            close(1011, "", 0),
            [NotThere, NotThere, As(&[Network]), NotThere],
        ),
        (
            close(1011, "gone", 2),
            [NotThere, NotThere, As(&[Truncated]), NotThere],
        ),
        (
            close(1000, "", 2),
            [NotThere, NotThere, As(&[Truncated]), NotThere],
        ),
        (
            close(1008, "Too many requests", 0),
            [NotThere, NotThere, As(&[RateLimited]), NotThere],
        ),
        (
            close(4401, "Unauthorized", 0),
            [NotThere, NotThere, As(&[Unauthorized]), NotThere],
        ),
        (
            Fault::EmptyBody,
            [
                As(&[NoSpeech]),
                As(&[Protocol, Truncated]),
                As(&[NoSpeech]),
                As(&[Protocol]),
            ],
        ),
        (
            Fault::JsonBody,
            [
                As(&[Protocol]),
                As(&[Protocol]),
                As(&[Server]),
                As(&[Protocol]),
            ],
        ),
        (Fault::HtmlBody, [As(&[Protocol]); 4]),
        (
            Fault::ShortAudio { ms: 0 },
            [As(&[NoSpeech]), As(&[NoSpeech]), As(&[NoSpeech]), NotThere],
        ),
        (
            Fault::ShortAudio { ms: 20 },
            [As(&[NoSpeech]), As(&[NoSpeech]), As(&[NoSpeech]), NotThere],
        ),
        (Fault::WavSizes(0), [Whole, Whole, Whole, NotThere]),
        (Fault::WavSizes(100), [Whole, Whole, Whole, NotThere]),
        (Fault::WavSizes(101), [Whole, Whole, Whole, NotThere]),
        (Fault::WavSizes(1_000_000), [Whole, Whole, Whole, NotThere]),
        (Fault::WavSizes(u32::MAX), [Whole, Whole, Whole, NotThere]),
        (Fault::WavHonest, [Whole, Whole, NotThere, NotThere]),
        (Fault::OddChunks, [Whole, Whole, Whole, NotThere]),
        (drip(20_000, 20), [Whole, Whole, Whole, NotThere]),
        // Single bytes are no sound, however steadily they come.
        (
            drip(1, 20),
            [As(&[TimedOut]), As(&[TimedOut]), As(&[TimedOut]), NotThere],
        ),
        (
            Fault::WrongLength { by: 100 },
            [As(&[Truncated]), NotThere, NotThere, NotThere],
        ),
        (
            elsewhere(),
            [As(&[Protocol]), As(&[Protocol]), NotThere, As(&[Protocol])],
        ),
        (
            Fault::NotHttp,
            [
                As(&[Network]),
                As(&[Network]),
                As(&[Protocol, Network]),
                As(&[Network]),
            ],
        ),
    ]
}

#[test]
fn every_fault_on_every_transport_settles_in_its_kind_and_leaves_nothing_behind() {
    let cells = table().into_iter().flat_map(|(fault, cells)| {
        let cell = move |(place, cell)| (place, fault.clone(), cell);
        Place::ALL.into_iter().zip(cells).map(cell)
    });
    let cells = Mutex::new(cells.collect::<Vec<_>>());
    // Most of them are about waiting: several at once, each on a runtime of its own, whose tasks can be counted.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = cells.lock().unwrap().pop();
                    let Some((place, fault, cell)) = next else {
                        return;
                    };
                    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(meet(place, fault, cell));
                }
            });
        }
    });
}

/// One fault, then a request that meets none, then nobody.
async fn meet(place: Place, fault: Fault, cell: Cell) {
    let simulator = start().await;
    let samples = spoken(&simulator);
    let tasks = Handle::current().metrics().num_alive_tasks();
    let client = client(&simulator.url());
    simulator.fault_on(place.route(), fault.clone(), Times::Once);
    let here = format!("{place:?} with {fault:?}");
    let started = Instant::now();
    let heard = hear(&client, place.transport()).await;
    let limits = timeouts();
    let slack = ms(4_000);
    assert!(
        started.elapsed() < limits.first_byte + limits.silence + slack,
        "{here}: settled only after {:?}",
        started.elapsed()
    );
    match (cell, &heard.end) {
        (Whole | NotThere, Ok(_)) => assert!(heard.samples == samples, "{here}: other samples"),
        (As([]), Ok(_)) => assert!(
            samples.starts_with(&heard.samples) && heard.samples.len() < samples.len(),
            "{here}: other samples"
        ),
        (As(kinds), Err(error)) => {
            assert!(kinds.contains(&error.kind()), "{here}: {error:?}");
            assert!(!error.message().is_empty(), "{here}");
        }
        (cell, end) => panic!("{here}: {end:?} instead of {cell:?}"),
    }
    // A fault that could not happen is still in the script, for a request that it suits.
    let after = hear(&client, place.transport()).await;
    assert!(after.samples == samples, "after {here}: {:?}", after.end);
    nothing_is_left(client, &simulator, tasks, &here).await;
}

/// Without its client, no connection is open and no task runs but those of the simulator.
async fn nothing_is_left(client: Client, simulator: &Simulator, tasks: usize, here: &str) {
    drop(client);
    let left = || {
        let connections = simulator.connections();
        let tasks = Handle::current().metrics().num_alive_tasks() - tasks;
        (connections, simulator.running(), tasks)
    };
    // Tasks end without telling anybody, so that there is nothing to wait for but the count.
    let ended = async {
        while left() != (0, 0, 0) {
            tokio::time::sleep(ms(5)).await;
        }
    };
    let ended = tokio::time::timeout(NEVER, ended).await;
    assert!(
        ended.is_ok(),
        "{here} left behind (connections, syntheses, tasks): {:?}",
        left()
    );
}

#[test]
fn no_fault_of_the_simulator_is_left_out() {
    let named = |fault: &Fault| match serde_json::to_value(fault).unwrap() {
        serde_json::Value::String(name) => name,
        fields => fields.as_object().unwrap().keys().next().unwrap().clone(),
    };
    let met: BTreeSet<String> = table().iter().map(|(fault, _)| named(fault)).collect();
    // The refusal of a fault that there is not names those there are.
    let refusal = serde_json::from_str::<Fault>("\"none of them\"")
        .unwrap_err()
        .to_string();
    let (_, names) = refusal.split_once("expected one of").unwrap();
    let all: BTreeSet<String> = names
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(all.len() > 20, "{refusal}");
    assert_eq!(met, all);
}
