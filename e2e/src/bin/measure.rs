//! Measurements in the real window and through the real loudspeaker, for `cargo xtask bench`. Each prints one line of JSON.
//!
//! measure startup BARE APP   start to first paint and memory, taken in turns with the bare window
//! measure click APP          from a click on Speak to the first sound
//! measure stream PEAL        whether playback at 1.3 × real time runs dry
//! measure documents APP      from the drop of a book to its first chapter, and how a long one scrolls
//!
//! Paint is what a camera in front of the screen would see: pixels of the window, read from the X server. Neither program
//! knows that it is measured.

#![cfg(target_os = "linux")]

use std::env;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use e2e::{
    ALIVE, Keyring, LocalWaves, PATIENCE, Process, Recording, Scene, Stage, Wav, Window, book,
    drag_files, memory, wait_until,
};
use rodio::buffer::SamplesBuffer;
use serde_json::{Value, json};
use simulator::{DEFAULT_KEY, Options};

/// Starts of each program; the median is reported.
const STARTS: usize = 9;
/// Clicks on Speak; the median is reported.
const CLICKS: usize = 7;
/// Drops of each book; the median is reported.
const DROPS: usize = 5;
/// What the service takes until its first chunk, as the figures to reach suppose.
const FIRST_CHUNK: Duration = Duration::from_millis(200);
/// How much faster than speech the service sends.
const PACE: f64 = 1.3;
/// Memory is read when a started program has come to rest.
const REST: Duration = Duration::from_secs(3);

const PASSAGE: &str = "The old lighthouse keeper climbed the stairs every evening at half past six. \
    From the gallery he could see the fishing boats come home, one after another, with gulls behind them. \
    On a night in March a storm tore the roof off the boathouse, and nobody slept until the morning. \
    Nobody was hurt, because Margaret had rung the bell in time. \
    She still tells the story to anyone who will listen, and to quite a few who would rather not.";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let figures = match arguments.as_slice() {
        ["startup", bare, app] => startup(Path::new(bare), Path::new(app))?,
        ["click", app] => runtime()?.block_on(click(Path::new(app)))?,
        ["stream", peal] => stream(Path::new(peal))?,
        ["documents", app] => runtime()?.block_on(documents(Path::new(app)))?,
        // Started by `click` on its own stage; see there.
        ["tone"] => return play_tone(),
        _ => bail!("usage: measure startup BARE APP | click APP | stream PEAL | documents APP"),
    };
    println!("{figures}");
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

fn startup(bare: &Path, app: &Path) -> Result<Value> {
    let stage = Stage::open(Scene::default())?;
    let mut figures = [Starts::default(), Starts::default()];
    let programs = [(bare, "Bare window"), (app, "Peal")];
    // The first start of each reads its files from the disk and is not counted.
    for turn in 0..=STARTS {
        for ((program, title), starts) in programs.iter().zip(&mut figures) {
            let start = start_once(&stage, program, title)?;
            if turn > 0 {
                starts.push(&start);
            }
        }
    }
    let [bare, app] = figures.map(Starts::medians);
    Ok(json!({ "bare": bare, "app": app, "starts": STARTS }))
}

struct Start {
    paint: Duration,
    memory: memory::Resident,
    processor: Duration,
}

#[derive(Default)]
struct Starts {
    paint_ms: Vec<f64>,
    shared_fairly_mib: Vec<f64>,
    each_mib: Vec<f64>,
    processor_ms: Vec<f64>,
}

impl Starts {
    fn push(&mut self, start: &Start) {
        const MIB: f64 = 1024.0 * 1024.0;
        self.paint_ms.push(start.paint.as_secs_f64() * 1e3);
        self.shared_fairly_mib
            .push(start.memory.shared_fairly as f64 / MIB);
        self.each_mib.push(start.memory.each as f64 / MIB);
        self.processor_ms.push(start.processor.as_secs_f64() * 1e3);
    }

    fn medians(self) -> Value {
        json!({
            "paint_ms": median(self.paint_ms),
            "pss_mib": median(self.shared_fairly_mib),
            "rss_mib": median(self.each_mib),
            "processor_ms": median(self.processor_ms),
        })
    }
}

fn start_once(stage: &Stage, program: &Path, title: &str) -> Result<Start> {
    let screen = stage.screen()?;
    let log = stage.files().join("start.log");
    let started = Instant::now();
    let mut process = Process::start(title, &stage.command(program), &log)?;
    let mut window = None;
    let painted = loop {
        if window.is_none() {
            window = screen.window_titled(title)?;
        }
        // A window that GTK replaces while it starts is looked for again.
        match window.map(|window| screen.is_painted(&window)) {
            Some(Ok(true)) => break started.elapsed(),
            Some(Err(_)) => window = None,
            Some(Ok(false)) | None => {}
        }
        if process.ended().is_some() || started.elapsed() > PATIENCE {
            bail!(
                "{title} did not paint; there are {:?}\n{}",
                screen.titles()?,
                process.log()
            );
        }
        thread::sleep(Duration::from_millis(2));
    };
    thread::sleep(REST);
    let family = memory::family(process.id());
    Ok(Start {
        paint: painted,
        memory: memory::resident(&family),
        processor: memory::processor_time(&family),
    })
}

/// From the click, as the page saw it, to the first sample at the loudspeaker, as the recorder heard it.
async fn click(app: &Path) -> Result<Value> {
    let waves = LocalWaves::start(Options {
        first_byte: FIRST_CHUNK,
        ..Options::default()
    })?;
    let stage = Stage::open(Scene {
        service: Some(waves.url()),
        variables: vec![("SMALLEST_API_KEY".into(), DEFAULT_KEY.into())],
        ..Scene::default()
    })?;
    let recording = stage.listen()?;
    let window = Window::open(&stage, app, &[]).await?;
    window.wait_for_shown(ALIVE, PATIENCE).await?;
    window.click("change-voice").await?;
    window
        .click("[data-testid=\"voice-option\"][data-voice^=\"lightning_v3.1/\"]")
        .await?;
    window
        .run(
            "document.addEventListener('click', (event) => {
                window.clickedAt = performance.timeOrigin + event.timeStamp;
            }, true);",
            vec![],
        )
        .await?;
    let mut latencies = Vec::new();
    for turn in 0..CLICKS {
        // A new text each time: what was spoken before is not asked for again.
        window
            .set(
                "text-area",
                &format!("Sentence number {turn} is spoken at once."),
            )
            .await?;
        let before = Instant::now();
        window.click("speak-button").await?;
        let heard = recording.first_sound(before, PATIENCE)?;
        let clicked = window.run("return window.clickedAt;", vec![]).await?;
        let clicked = clicked.as_f64().context("the page saw no click")?;
        latencies.push(since_epoch(heard)? - clicked);
        recording.silence(Duration::from_millis(700), PATIENCE)?;
    }
    window.close().await?;
    let total = median(latencies);
    let loudspeaker = loudspeaker_latency(&stage, &recording)?;
    let first_chunk = FIRST_CHUNK.as_secs_f64() * 1e3;
    Ok(json!({
        "click_to_sound_ms": total,
        "first_chunk_ms": first_chunk,
        "loudspeaker_ms": loudspeaker,
        "ours_ms": total - first_chunk - loudspeaker,
        "clicks": CLICKS,
    }))
}

/// What the sound library and the sound server take by themselves, with the device open: the same library as Peal's plays a
/// tone in a program that does nothing else.
fn loudspeaker_latency(stage: &Stage, recording: &Recording) -> Result<f64> {
    let mut latencies = Vec::new();
    for _ in 0..CLICKS {
        let before = Instant::now();
        let program = env::current_exe()?;
        let answer = stage
            .command(program)
            .arg("tone")
            .output()
            .context("the tone could not be played")?;
        let played: f64 = String::from_utf8_lossy(&answer.stdout)
            .trim()
            .parse()
            .context("the tone was not played")?;
        latencies.push(since_epoch(recording.first_sound(before, PATIENCE)?)? - played);
        recording.silence(Duration::from_millis(300), PATIENCE)?;
    }
    Ok(median(latencies))
}

/// Opens the loudspeaker, lets it settle, plays a tone, and prints when it was handed over.
fn play_tone() -> Result<()> {
    let sink = rodio::DeviceSinkBuilder::open_default_sink()?;
    thread::sleep(Duration::from_millis(500));
    let tone: Vec<f32> = (0..12_000_u16)
        .map(|index| (f32::from(index) * 0.06).sin() * 0.3)
        .collect();
    let mono = 1.try_into()?;
    let rate = e2e::RATE.try_into()?;
    let handed_over = since_epoch(Instant::now())?;
    sink.mixer().add(SamplesBuffer::new(mono, rate, tone));
    println!("{handed_over}");
    thread::sleep(Duration::from_millis(600));
    Ok(())
}

/// Plays from a service that is only a little faster than speech, and compares what was heard with what is saved
/// afterwards from the same takes.
fn stream(peal: &Path) -> Result<Value> {
    let waves = LocalWaves::start(Options {
        first_byte: FIRST_CHUNK,
        pace: Some(PACE),
        ..Options::default()
    })?;
    let stage = Stage::open(Scene {
        keyring: Keyring::Absent,
        service: Some(waves.url()),
        variables: vec![("SMALLEST_API_KEY".into(), DEFAULT_KEY.into())],
        ..Scene::default()
    })?;
    let recording = stage.listen()?;
    let before = Instant::now();
    speak(&stage, peal, &["--transport", "sse", "--play"])?;
    recording.silence(Duration::from_millis(500), PATIENCE)?;
    let played = recording
        .sounding_seconds(before)
        .context("nothing was heard")?;
    let bought = waves.requests().len();

    let saved = stage.files().join("saved.wav");
    let saved_name = saved.to_str().context("the path is not UTF-8")?;
    speak(&stage, peal, &["-o", saved_name])?;
    if waves.requests().len() != bought {
        bail!("what was saved is not what was played: it was asked for again");
    }
    let source = Wav::open(&saved)?
        .sounding_seconds()
        .context("what was saved is silent")?;
    Ok(
        json!({ "pace": PACE, "source_s": source, "played_s": played, "gaps_ms": (played - source) * 1e3 }),
    )
}

/// Notes when the first sentence of a document has been painted.
const WATCH: &str = "
    window.shownAt = null;
    const look = () => {
        const first = document.querySelector('[data-testid=sentence][data-index=\"0\"] .text');
        if (!first?.textContent.includes('Chapter')) return requestAnimationFrame(look);
        requestAnimationFrame(() => setTimeout(() => {
            window.shownAt = performance.timeOrigin + performance.now();
        }));
    };
    requestAnimationFrame(look);
    return null;
";

/// Scrolls on by this many pixels in each frame: a fast hand at a wheel. Counts the frames in which a sentence in sight has
/// not come yet.
const SCROLL: &str = "
    const [step, frames] = arguments;
    const view = document.querySelector('[data-testid=sentences]');
    window.scrolled = null;
    const times = [];
    let blank = 0;
    const next = (now) => {
        times.push(now);
        const box = view.getBoundingClientRect();
        const isBlank = [...view.querySelectorAll('.ghost')].some((ghost) => {
            const { top, bottom } = ghost.getBoundingClientRect();
            return bottom > box.top && top < box.bottom;
        });
        if (isBlank) blank += 1;
        if (times.length > frames) {
            const lengths = times.slice(1).map((time, index) => time - times[index]);
            window.scrolled = { lengths, blank };
            return;
        }
        view.scrollTop += step;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    return null;
";

/// How long a book is there after it was dropped, and how smoothly it scrolls.
async fn documents(app: &Path) -> Result<Value> {
    let stage = Stage::open(Scene {
        loudspeaker: false,
        ..Scene::default()
    })?;
    let mut first = Vec::new();
    let mut typical = Vec::new();
    let mut scrolling = Value::Null;
    for turn in 0..DROPS {
        for (characters, shown) in [(1_000_000, &mut first), (300_000, &mut typical)] {
            let window = Window::open(&stage, app, &[]).await?;
            window.wait_for_shown(ALIVE, PATIENCE).await?;
            let file = stage.files().join(format!("Book {characters} {turn}.epub"));
            // Another book each time: one that is known already is not read again.
            std::fs::write(&file, long_book(characters, turn))?;
            window.run(WATCH, vec![]).await?;
            let dropped = since_epoch(drag_files(&stage, "Peal", &[file], || Ok(()))?)?;
            let at = answer(&window, "shownAt").await?;
            shown.push(at.as_f64().context("no time")? - dropped);
            if turn == 0 && characters == 1_000_000 {
                // What is written to the disk after the first sentence is not part of the scrolling.
                tokio::time::sleep(REST).await;
                window.run(SCROLL, vec![json!(120), json!(300)]).await?;
                scrolling = answer(&window, "scrolled").await?;
            }
            window.close().await?;
        }
    }
    let mut frames: Vec<f64> = scrolling["lengths"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect();
    frames.sort_by(f64::total_cmp);
    let worst = frames.last().copied().unwrap_or(f64::NAN);
    let late = frames.iter().filter(|length| **length > 34.0).count();
    Ok(json!({
        "million_ms": median(first),
        "typical_ms": median(typical),
        "drops": DROPS,
        "frame_ms": median(frames.clone()),
        "worst_frame_ms": worst,
        "late_frames": late,
        "blank_frames": scrolling["blank"],
        "frames": frames.len(),
    }))
}

/// What the page leaves in a variable of its window.
async fn answer(window: &Window, name: &str) -> Result<Value> {
    let script = format!("return window.{name};");
    window
        .wait_for(name, 2 * PATIENCE, async |window| {
            let value = window.run(&script, vec![]).await?;
            Ok((!value.is_null()).then_some(value))
        })
        .await
}

fn long_book(characters: usize, turn: usize) -> Vec<u8> {
    const CHAPTER: usize = 20_000;
    let paragraph = |number: usize| format!("<p>{number}. {PASSAGE}</p>");
    let chapters: Vec<(String, String)> = (1..=characters / CHAPTER)
        .map(|number| {
            let paragraphs = (0..CHAPTER / PASSAGE.len()).map(|one| paragraph(number * 100 + one));
            (format!("Chapter {number}"), paragraphs.collect())
        })
        .collect();
    book(&format!("Book {turn}"), "A. Lamp", &chapters)
}

fn speak(stage: &Stage, peal: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = stage.command(peal);
    command
        .args(["speak", PASSAGE, "--voice", "lightning_v3.1/avery"])
        .args(arguments);
    let mut process = Process::start("peal", &command, &stage.files().join("peal.log"))?;
    let ended = wait_until("peal to end", Duration::from_secs(180), || {
        Ok(process.ended())
    })?;
    if !ended.success() {
        bail!("peal ended with {ended}\n{}", process.log());
    }
    Ok(())
}

/// Milliseconds since 1970, the clock that the page and other programs share with us.
fn since_epoch(instant: Instant) -> Result<f64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok((now.as_secs_f64() - instant.elapsed().as_secs_f64()) * 1e3)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
