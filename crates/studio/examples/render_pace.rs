//! How much longer a render takes than the service is busy with it, as one JSON object.
//!
//! `SMALLEST_API_KEY=sk_sim_local_dev cargo run --release -p studio --example render_pace -- [SEGMENTS] [SLOTS] [MILLISECONDS]`: so many segments at a
//! simulated service of so many slots that takes so long for each. How long the service is busy is measured beside it: the
//! same requests by a client that asks, receives and does nothing else.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use narration::render::Order;
use narration::render::order::{KeptDelivery, Segment};
use narration::synthesis;
use simulator::{Options, Simulator};
use studio::Studio;
use studio::home::Home;
use studio::keychain::Keychain;
use studio::render::{Limits, Output, RenderState, Request};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|one| one.parse::<usize>());
    let mut next = |usual: usize| arguments.next().unwrap_or(Ok(usual));
    let (segments, slots, milliseconds) = (next(1000)?, next(1)?, next(50)?);
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let home = Home::at(&folder.path().join("home"))?;
    let busy_each = Duration::from_millis(milliseconds as u64);

    runtime.block_on(async {
        let simulator = Simulator::start(Options {
            concurrency: slots,
            first_byte: busy_each,
            ..Options::default()
        })
        .await?;
        let studio = Studio::open_for_one_task(
            &home,
            simulator.url().parse()?,
            Keychain::system(),
            tokio::runtime::Handle::current(),
        );
        studio.allow_at_once(slots);
        let record = studio
            .library()
            .add(request(segments, folder.path()))
            .map_err(|failure| failure.details)?;
        let limits = Limits {
            concurrency: slots,
            spending: None,
            without_failed: false,
        };
        let started = Instant::now();
        let render = studio
            .render(record, limits)
            .map_err(|refusal| format!("{refusal:?}"))?;
        let mut last_take = None;
        let mut watched = render.clone();
        let view = loop {
            let view = watched.changed().await;
            if view.done == view.total {
                last_take.get_or_insert_with(|| started.elapsed());
            }
            if view.state.is_at_rest() {
                break view;
            }
        };
        if view.state != RenderState::Finished {
            return Err(format!("{:?}", view.state).into());
        }
        let wall = last_take.unwrap_or_else(|| started.elapsed()).as_secs_f64();
        let with_files = started.elapsed().as_secs_f64();
        let requests = simulator.requests();
        let asked = requests.iter().filter(|one| one.method == "POST").count();
        let busy = bare(&simulator, &request(segments, folder.path()), slots).await?;
        let at_least = busy_each.as_secs_f64() * segments as f64 / slots as f64;
        println!(
            "{}",
            serde_json::json!({
                "segments": segments, "slots": slots, "requests": asked, "waits_s": at_least, "busy_s": busy, "takes_s": wall,
                "ratio": wall / busy, "with_files_s": with_files,
            })
        );
        Ok(())
    })
}

/// Seconds that the service takes for all segments, by a part of them asked for in as many lines as it has slots.
async fn bare(
    simulator: &Simulator,
    request: &Request,
    slots: usize,
) -> Result<f64, Box<dyn std::error::Error>> {
    let client = waves::Client::new(simulator.url().parse()?, waves::Timeouts::default())?;
    let key = simulator.key().parse::<waves::ApiKey>()?;
    let utterances = request.order.utterances()?;
    let each = utterances.len() / slots / 4;
    let lines = utterances.chunks(each.max(1)).take(slots).map(|line| {
        let (client, key, line) = (client.clone(), key.clone(), line.to_vec());
        tokio::spawn(async move {
            for utterance in line {
                let transport = waves::Transport::Sse;
                let mut speech = synthesis::cloud(&client, &key, &utterance, transport).await?;
                while let Some(event) = speech.next().await {
                    event?;
                }
            }
            Ok::<(), synthesis::SynthesisError>(())
        })
    });
    let started = Instant::now();
    for line in lines.collect::<Vec<_>>() {
        line.await??;
    }
    let asked = each.max(1) * slots;
    Ok(started.elapsed().as_secs_f64() * utterances.len() as f64 / asked as f64)
}

fn request(segments: usize, folder: &std::path::Path) -> Request {
    let segment = |number: usize| Segment {
        text: format!("Sentence number {number} is long enough to stand alone."),
        voice: None,
        pause: 160,
        chapter: 0,
        paragraph: number,
        ..Segment::default()
    };
    Request {
        order: Order {
            title: "Pace".to_owned(),
            author: None,
            cover: None,
            delivery: KeptDelivery {
                voice: "lightning_v3.1_pro/sophie".to_owned(),
                speed: 1.0,
                language: "en".to_owned(),
                rate: 24_000,
                reading: None,
            },
            segments: (0..segments).map(segment).collect(),
            chapters: Vec::new(),
        },
        output: Output {
            folder: folder.join("out"),
            ..Output::default()
        },
        source: None,
        asked_at: 0,
    }
}
