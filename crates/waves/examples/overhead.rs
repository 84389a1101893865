//! What the client costs: `cargo run --release -p waves --example overhead`.
//!
//! Against a simulator in the same process, so the numbers hold the server's work too: a plain
//! `reqwest` call to the same server, and the client's own. Prints medians.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use simulator::{Options, Simulator};
use waves::{ApiKey, Client, Model, Origin, SynthesisRequest, Timeouts, Transport, VoiceId};

const ROUNDS: usize = 300;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start(Options::default()).await?;
    let key = ApiKey::parse(simulator.key())?;
    let voice = VoiceId::new("magnus")?;
    let request = SynthesisRequest::new("Ten characters and some.", voice, Model::LightningV31)?;

    let started = Instant::now();
    let client = Client::new(Origin::parse(&simulator.url())?, Timeouts::default())?;
    println!("a client is made in      {:?}", started.elapsed());

    let plain = reqwest::Client::builder().no_proxy().build()?;
    let body = serde_json::json!({
        "text": request.text(), "voice_id": "magnus", "model": "lightning_v3.1", "sample_rate": 44_100,
        "output_format": "pcm", "speed": 1.0, "language": "auto",
    });
    for (name, path) in [("HTTP", "/waves/v1/tts"), ("SSE", "/waves/v1/tts/live")] {
        let url = format!("{}{path}", simulator.url());
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let call = plain.post(&url).bearer_auth(simulator.key()).json(&body);
            call.send().await?.bytes().await?;
            times.push(started.elapsed());
        }
        println!("plain reqwest, {name:4}      {:?}", median(&mut times));
    }
    for transport in [Transport::Http, Transport::Sse] {
        let (mut firsts, mut times, mut samples) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let mut speech = client.synthesize(&key, &request, transport).await?;
            let mut first = None;
            while let Some(event) = speech.next().await {
                first.get_or_insert_with(|| started.elapsed());
                if let waves::SpeechEvent::End(end) = event? {
                    samples = end.samples;
                }
            }
            firsts.extend(first);
            times.push(started.elapsed());
        }
        let seconds = samples as f64 / 44_100.0;
        println!(
            "client, {transport:?}: first sound {:?}, whole {:?} ({seconds:.1} s of sound)",
            median(&mut firsts),
            median(&mut times)
        );
    }
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
