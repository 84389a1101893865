//! What the client costs: `cargo run --release -p waves --example overhead`.
//!
//! Against a simulator in the same process, so the numbers hold the server's work too: a plain
//! `reqwest` call to the same server, and the client's own. Prints medians.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use simulator::{Options, Simulator};
use waves::{
    ApiKey, Client, Model, Origin, SampleRate, SynthesisRequest, Timeouts, Transport, VoiceId,
};

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
    for transport in Transport::ALL {
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
    hour(&client, &key).await
}

/// An hour of speech over SSE and over the WebSocket: how much more memory this process, the
/// simulator in it included, has afterwards.
async fn hour(client: &Client, key: &ApiKey) -> Result<(), Box<dyn std::error::Error>> {
    // 60 ms for each character.
    let text = "Ten sounds ".repeat(700);
    let request = SynthesisRequest::new(text, VoiceId::new("magnus")?, Model::LightningV31)?
        .with_rate(SampleRate::Hz24000);
    for transport in [Transport::Sse, Transport::WebSocket] {
        let (mut samples, mut before) = (0, 0);
        let started = Instant::now();
        while samples < 24_000 * 3_600 {
            let mut speech = client.synthesize(key, &request, transport).await?;
            while let Some(event) = speech.next().await {
                if let waves::SpeechEvent::End(end) = event? {
                    samples += end.samples;
                }
            }
            if before == 0 {
                before = resident();
            }
        }
        let grown = resident().saturating_sub(before) as f64 / 1e6;
        println!(
            "an hour, {transport:?}: {grown:.1} MB more after {:?}",
            started.elapsed()
        );
    }
    Ok(())
}

/// Bytes of memory in use; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
