//! What the client costs: `cargo run --release -p waves --example overhead`.
//!
//! Prints a line of JSON. Three things are measured, on loopback:
//!
//! - a call of the client and a plain `reqwest` call to the same simulator, in turns: medians in milliseconds;
//! - how long a first chunk takes from its writing to the consumer, over SSE and the WebSocket: medians in milliseconds;
//! - what an hour of speech adds to this process's memory, the simulator in it included, in megabytes.
//!
//! `-- --against URL` measures something else: time to the first sound and CPU seconds for an hour of speech, of this process alone,
//! at a simulator in another one. `cargo xtask bench api` runs it beside the service's Python client.

use std::time::{Duration, Instant};

use base64::Engine;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use simulator::{Options, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use waves::{
    ApiKey, Client, Model, Origin, SampleRate, SpeechEvent, SynthesisRequest, Timeouts, Transport,
    VoiceId,
};

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 300;
/// Samples of an hour at 24 kHz.
const HOUR: u64 = 24_000 * 3_600;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let figures = match arguments.as_slice() {
        // The simulator runs in this process too.
        [] => Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(costs())?,
        // One thread, as the Python client has.
        [flag, url] if flag == "--against" => Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(comparison(url))?,
        _ => return Err("usage: overhead [--against URL]".into()),
    };
    println!("{}", Value::Object(figures));
    Ok(())
}

async fn costs() -> Result<Map<String, Value>, Failure> {
    let mut figures = Map::new();
    let simulator = Simulator::start(Options::default()).await?;
    let key = ApiKey::parse(simulator.key())?;
    let client = Client::new(Origin::parse(&simulator.url())?, Timeouts::default())?;
    for (transport, path) in [
        (Transport::Http, "/waves/v1/tts"),
        (Transport::Sse, "/waves/v1/tts/live"),
    ] {
        let url = format!("{}{path}", simulator.url());
        let (plain, ours) = in_turns(&client, &key, &url, transport).await?;
        let name = format!("{transport:?}").to_lowercase();
        figures.insert(format!("{name}_plain_ms"), plain.into());
        figures.insert(format!("{name}_ms"), ours.into());
    }
    for transport in [Transport::Sse, Transport::WebSocket] {
        let name = format!("{transport:?}").to_lowercase();
        figures.insert(
            format!("{name}_chunk_ms"),
            first_chunk(transport).await?.into(),
        );
        let grown = hour(&client, &key, transport).await?;
        figures.insert(format!("{name}_hour_mb"), grown.into());
    }
    Ok(figures)
}

/// The median of a plain call and of one of the client, in milliseconds.
async fn in_turns(
    client: &Client,
    key: &ApiKey,
    url: &str,
    transport: Transport,
) -> Result<(f64, f64), Failure> {
    let request = request("Ten characters and some.")?;
    let plain = reqwest::Client::builder().no_proxy().build()?;
    let body = json!({
        "text": request.text(), "voice_id": "magnus", "model": "lightning_v3.1", "sample_rate": 24_000,
        "output_format": "pcm", "speed": 1.0, "language": "auto",
    });
    let (mut plains, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let call = plain.post(url).bearer_auth("sk_sim_local_dev").json(&body);
        call.send().await?.bytes().await?;
        plains.push(started.elapsed());
        let started = Instant::now();
        speak(client, key, &request, transport).await?;
        ours.push(started.elapsed());
    }
    Ok((median(&mut plains), median(&mut ours)))
}

fn request(text: &str) -> Result<SynthesisRequest, Failure> {
    let request = SynthesisRequest::new(text, VoiceId::new("magnus")?, Model::LightningV31)?;
    Ok(request.with_rate(SampleRate::Hz24000))
}

/// When the first sound came, and how many samples there were.
async fn speak(
    client: &Client,
    key: &ApiKey,
    request: &SynthesisRequest,
    transport: Transport,
) -> Result<(Option<Instant>, u64), Failure> {
    let mut speech = client.synthesize(key, request, transport).await?;
    let (mut first, mut samples) = (None, 0);
    while let Some(event) = speech.next().await {
        match event? {
            SpeechEvent::Audio(_) => {
                first.get_or_insert_with(Instant::now);
            }
            SpeechEvent::End(end) => samples = end.samples,
            _ => {}
        }
    }
    Ok((first, samples))
}

/// The median from the writing of a first chunk until the consumer has it, in milliseconds.
async fn first_chunk(transport: Transport) -> Result<f64, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = Origin::parse(&format!("http://{}", listener.local_addr()?))?;
    let key = ApiKey::parse("sk_sim_local_dev")?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        // A client for each: the other end speaks to one connection once.
        let client = Client::new(origin.clone(), Timeouts::default())?;
        let request = request("Hello.")?;
        let speaking = async {
            let mut speech = client.synthesize(&key, &request, transport).await?;
            let first = speech.next().await.ok_or("no sound")??;
            assert!(matches!(first, SpeechEvent::Audio(_)), "{first:?}");
            Ok::<_, Failure>(Instant::now())
        };
        let (heard, written) = tokio::join!(speaking, serve(&listener, transport));
        // What is dropped meanwhile is the connection, on which nothing was missing.
        let (written, _connection) = written?;
        times.push(heard?.saturating_duration_since(written));
    }
    Ok(median(&mut times))
}

enum Connection {
    Http(#[expect(dead_code, reason = "kept open")] TcpStream),
    Socket(#[expect(dead_code, reason = "kept open")] Box<WebSocketStream<TcpStream>>),
}

/// Writes one chunk of 20 ms to whoever asks, and says when.
async fn serve(
    listener: &TcpListener,
    transport: Transport,
) -> Result<(Instant, Connection), Failure> {
    let (mut stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let mut asked = Vec::new();
    while !asked.windows(4).any(|four| four == b"\r\n\r\n") {
        stream.read_buf(&mut asked).await?;
    }
    let audio = base64::prelude::BASE64_STANDARD.encode([1; 960]);
    if transport == Transport::Sse {
        let event = format!(
            "event: audio\ndata: {{\"audio\":\"{audio}\",\"done\":false,\"status\":\"206\"}}\n\n"
        );
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await?;
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        let written = Instant::now();
        stream.write_all(chunk.as_bytes()).await?;
        return Ok((written, Connection::Http(stream)));
    }
    let head = String::from_utf8_lossy(&asked).into_owned();
    let nonce = head
        .lines()
        .find(|line| line.to_lowercase().starts_with("sec-websocket-key"))
        .and_then(|line| line.split_once(": "))
        .ok_or("no key")?
        .1;
    let accept = derive_accept_key(nonce.trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    socket.next().await.ok_or("no request")??;
    let frame = json!({ "status": "chunk", "request_id": "task", "data": { "audio": audio } });
    let written = Instant::now();
    socket.send(Message::text(frame.to_string())).await?;
    Ok((written, Connection::Socket(Box::new(socket))))
}

/// Megabytes that an hour of speech adds to this process.
async fn hour(client: &Client, key: &ApiKey, transport: Transport) -> Result<f64, Failure> {
    // The first one fills what is kept.
    let (mut samples, mut before) = (0, None);
    let request = long()?;
    while samples < HOUR {
        samples += speak(client, key, &request, transport).await?.1;
        before.get_or_insert_with(resident);
    }
    let grown = resident().saturating_sub(before.unwrap_or_default());
    Ok(grown as f64 / 1e6)
}

/// A request for seven minutes of speech: 60 ms for each character.
fn long() -> Result<SynthesisRequest, Failure> {
    request(&"Ten sounds ".repeat(700))
}

/// Time to the first sound, in milliseconds, and CPU seconds for an hour of speech.
async fn comparison(url: &str) -> Result<Map<String, Value>, Failure> {
    let mut figures = Map::new();
    let key = ApiKey::parse("sk_sim_local_dev")?;
    let client = Client::new(Origin::parse(url)?, Timeouts::default())?;
    for transport in Transport::ALL {
        let name = format!("{transport:?}").to_lowercase();
        let request = request("Ten characters and some.")?;
        let mut times = Vec::new();
        for _ in 0..100 {
            let started = Instant::now();
            let first = speak(&client, &key, &request, transport).await?.0;
            times.extend(first.map(|first| first.duration_since(started)));
        }
        figures.insert(format!("{name}_first_ms"), median(&mut times).into());
        let (mut samples, before) = (0, cpu_seconds());
        let request = long()?;
        while samples < HOUR {
            samples += speak(&client, &key, &request, transport).await?.1;
        }
        let spent = (cpu_seconds() - before) * HOUR as f64 / samples as f64;
        figures.insert(format!("{name}_cpu_s"), spent.into());
    }
    Ok(figures)
}

/// Bytes of memory in use; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}

/// Seconds of CPU that this process has used, to a hundredth; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before it may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// In milliseconds.
fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times
        .get(times.len() / 2)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
