//! Measures the voice on this machine and prints JSON: milliseconds to load, milliseconds from a ten-word sentence to its
//! first audio (median), how many times faster than speech on one thread, resident megabytes (Linux only).
//! Only a release build gives figures worth reporting.

use std::error::Error;
use std::time::Instant;

use builtin_voice::{Options, SAMPLE_RATE, Voice};

const TEN_WORDS: &str = "Please leave the small blue box beside the garden door.";
const STORY: &str = "The old lighthouse keeper climbed the stairs every evening at half past six. From the gallery he could see \
    the fishing boats come home, one after another, with gulls behind them. On March 3rd, 2024, a storm tore the roof off \
    the boathouse and cost the village $12,500 in repairs. Nobody was hurt, because Margaret had rung the bell in time. \
    She still tells the story to anyone who will listen, and to quite a few who would rather not.";

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::default();
    let start = Instant::now();
    let voice = Voice::load()?;
    let load = start.elapsed();

    let first_use = time_to_first_audio(&voice, &options)?;
    let mut first_audio = Vec::new();
    for _ in 0..9 {
        first_audio.push(time_to_first_audio(&voice, &options)?);
    }
    first_audio.sort_by(f64::total_cmp);

    let start = Instant::now();
    let mut samples = 0;
    for passage in voice.speak(STORY, &options) {
        samples += passage?.samples.len();
    }
    let seconds_of_speech = samples as f64 / f64::from(SAMPLE_RATE);
    let times_real_time = seconds_of_speech / start.elapsed().as_secs_f64();

    let figures = serde_json::json!({
        "load_ms": rounded(load.as_secs_f64() * 1e3),
        "first_use_ms": rounded(first_use),
        "first_audio_ms": rounded(first_audio[first_audio.len() / 2]),
        "times_real_time": rounded(times_real_time),
        "resident_mb": memory("VmRSS:").map(rounded),
        "peak_resident_mb": memory("VmHWM:").map(rounded),
    });
    println!("{figures}");
    Ok(())
}

fn time_to_first_audio(voice: &Voice, options: &Options) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    voice
        .speak(TEN_WORDS, options)
        .next()
        .ok_or("nothing was spoken")??;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

fn rounded(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

fn memory(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
