//! What it costs to make one file of many takes, beside copying the same bytes, as one JSON object.
//!
//! `assemble FOLDER HOURS [FORMAT]`: keeps so many hours of made-up takes in FOLDER, copies all of them into one file that
//! is then on the disk (the yardstick), and makes one podcast of them, loudness, check and all. FOLDER is emptied at the
//! end. Memory is what the assembly adds to what the process had at its most before.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use narration::assembly::{Clip, Finish, Part, Recording, Settings, Source, assemble};
use narration::encode::Format;
use narration::synthesis::{Delivery, Reading, Utterance};
use narration::take::{Fingerprint, Note, Take, Takes};
use narration::wav::Depth;
use serde_json::json;

const RATE: u32 = 24_000;
const TAKE: Duration = Duration::from_secs(8);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?).join("assembly");
    let hours: f64 = arguments.next().ok_or("how many hours?")?.parse()?;
    let format = match arguments.next().as_deref() {
        None | Some("wav") => Format::Wav,
        Some("mp3") => Format::Mp3,
        Some("flac") => Format::Flac,
        Some("opus") => Format::Opus,
        Some(other) => return Err(format!("what is {other}?").into()),
    };
    fs::create_dir_all(&folder)?;
    let measured = measure(&folder, hours, format);
    fs::remove_dir_all(&folder)?;
    println!("{}", measured?);
    Ok(())
}

fn measure(
    folder: &Path,
    hours: f64,
    format: Format,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let takes = Takes::in_folder(folder.join("takes"));
    let names = keep(&takes, (hours * 3_600.0 / TAKE.as_secs_f64()) as usize)?;
    let before = megabytes("VmHWM:");

    let started = Instant::now();
    let bytes = copy(&takes, &folder.join("copy"))?;
    let copied = started.elapsed();
    fs::remove_file(folder.join("copy"))?;

    let clips: Vec<Clip> = (0..names.len())
        .map(|number| Clip {
            text: String::new(),
            pause_after: Duration::from_millis(400),
            chapter: number / 100,
            paragraph: number / 5,
            begins: None,
        })
        .collect();
    let part = Part {
        path: folder.join("book").with_extension(format.ending()),
        clips: 0..clips.len(),
        ..Part::default()
    };
    let settings = Settings {
        format,
        rate: format.rate_for(RATE),
        depth: Depth::Bits16,
        finish: Finish::Podcast,
        chapters: Vec::new(),
        overwrite: false,
    };
    let open = |clip: usize| {
        let take = takes.get(names[clip]).ok_or("the take is gone")?;
        Ok(Some(Recording {
            rate: take.rate,
            samples: take.samples,
            words: take.words,
        }))
    };
    let source = Source {
        open: &open,
        noted: &|clip| takes.known(names[clip]),
    };
    let (started, mut surveyed) = (Instant::now(), Duration::ZERO);
    let made = assemble(&clips, source, &[part], &settings, &mut |progress| {
        if progress.done == progress.total / 2 {
            surveyed = started.elapsed();
        }
        ControlFlow::Continue(())
    })?;
    let assembled = started.elapsed();
    Ok(json!({
        "takes": names.len(),
        "megabytes": bytes as f64 / 1e6,
        "copy_s": copied.as_secs_f64(),
        "survey_s": surveyed.as_secs_f64(),
        "assembly_s": assembled.as_secs_f64(),
        "ratio": assembled.as_secs_f64() / copied.as_secs_f64(),
        "growth_mb": megabytes("VmHWM:") - before,
        "loudness": made.measured.loudness,
        "true_peak": made.measured.true_peak,
    }))
}

/// Every take is another stretch of a minute of made-up speech.
fn keep(takes: &Takes, count: usize) -> Result<Vec<Fingerprint>, Box<dyn Error>> {
    let minute: Vec<i16> = (0..RATE * 60).map(sample).collect();
    let length = (TAKE.as_secs() * u64::from(RATE)) as usize;
    let delivery = Delivery {
        voice: "lightning_v3.1_pro/sophie".parse()?,
        speed: waves::Speed::try_from(1.0)?,
        language: "en".parse()?,
        rate: waves::SampleRate::Hz24000,
        reading: Reading::default(),
    };
    let mut names = Vec::with_capacity(count);
    for number in 0..count {
        let from = (number * 7_919) % (minute.len() - length);
        let mut samples = minute[from..from + length].to_vec();
        // As voices give it: with silence around.
        samples[..2_400].fill(0);
        samples[length - 9_600..].fill(0);
        let utterance = Utterance {
            text: format!("Sentence {number}."),
            delivery: delivery.clone(),
        };
        let name = Fingerprint::of(&utterance, &waves::Origin::default());
        let take = Take {
            rate: RATE,
            samples,
            words: Vec::new(),
            note: Note::default(),
        };
        takes.keep(name, &take)?;
        names.push(name);
    }
    Ok(names)
}

/// A buzz that rings in a mouth, in syllables, with a pause now and then.
fn sample(n: u32) -> i16 {
    let time = f64::from(n) / f64::from(RATE);
    let since = (time * 120.0).fract() / 120.0;
    let syllable = (0.5 - 0.5 * (time * 27.0).cos()) * (0.7 + 0.3 * (time * 1.7).sin());
    let speaks = (time * 0.31).fract() > 0.08;
    let ring = (-since * 250.0).exp() * (since * 3_500.0).sin();
    let hiss = f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 8_192.0 - 4.0;
    let level = if speaks { 9_000.0 } else { 0.0 };
    (level * syllable * ring + hiss) as i16
}

/// Reads every take and writes it behind the one before; then all of it is on the disk. Gives the number of bytes.
fn copy(takes: &Takes, to: &Path) -> Result<u64, Box<dyn Error>> {
    let mut out = File::create(to)?;
    let mut bytes = 0;
    for folder in fs::read_dir(takes.folder())? {
        for file in fs::read_dir(folder?.path())? {
            let read = fs::read(file?.path())?;
            out.write_all(&read)?;
            bytes += read.len() as u64;
        }
    }
    out.sync_all()?;
    Ok(bytes)
}

/// A figure of this process, in MB of a million bytes; 0 where the system does not tell.
fn megabytes(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok());
    kilobytes.unwrap_or(0.0) * 1024.0 / 1e6
}
