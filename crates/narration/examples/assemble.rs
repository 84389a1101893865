//! What it costs to make one file of many takes, beside copying the same bytes, as one JSON object.
//!
//! `assemble FOLDER HOURS [FORMAT]`: keeps so many hours of takes in FOLDER, sentences of the built-in voice in ever other
//! orders; copies all of them into one file (the yardstick), once with the copy on the disk at the end and once left to the
//! system; and makes one podcast of them, loudness, check and all, which is on the disk at the end too. FOLDER is emptied
//! at the end. Memory is what the assembly adds to what the process had before; takes are made by another one.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use narration::assembly::{Clip, Finish, Part, Recording, Settings, Source, assemble};
use narration::encode::Format;
use narration::synthesis::{Delivery, Reading, Utterance};
use narration::take::{Fingerprint, Note, Take, Takes};
use narration::wav::Depth;
use serde_json::json;

const RATE: u32 = builtin_voice::SAMPLE_RATE;
/// The word that has the takes made.
const KEEP: &str = "--keep";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, hours, rest @ ..] = arguments.as_slice() else {
        return Err("which folder, and how many hours?".into());
    };
    let (folder, hours) = (PathBuf::from(folder).join("assembly"), hours.parse()?);
    let takes = Takes::in_folder(folder.join("takes"));
    let format = match rest.first().map(String::as_str) {
        Some(KEEP) => return keep(&takes, hours),
        None | Some("wav") => Format::Wav,
        Some("mp3") => Format::Mp3,
        Some("flac") => Format::Flac,
        Some("opus") => Format::Opus,
        Some(other) => return Err(format!("what is {other}?").into()),
    };
    fs::create_dir_all(&folder)?;
    let program = std::env::current_exe()?;
    let made = Command::new(program)
        .args(&arguments[..2])
        .arg(KEEP)
        .status()?;
    let measured = if made.success() {
        measure(&takes, &folder, format)
    } else {
        Err("the takes could not be made".into())
    };
    fs::remove_dir_all(&folder)?;
    println!("{}", measured?);
    Ok(())
}

fn measure(
    takes: &Takes,
    folder: &Path,
    format: Format,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let names: Vec<Fingerprint> = (0..)
        .map(name)
        .take_while(|result| result.as_ref().is_ok_and(|&name| takes.has(name)))
        .collect::<Result<_, _>>()?;
    let (bytes, loose) = copy(takes, &folder.join("copy"), false)?;
    let (_, copied) = copy(takes, &folder.join("copy"), true)?;
    // What was the most so far is forgotten.
    fs::write("/proc/self/clear_refs", "5").ok();
    let before = megabytes("VmHWM:");

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
        if progress.surveyed == progress.total && progress.written == 0 {
            surveyed = started.elapsed();
        }
        ControlFlow::Continue(())
    })?;
    let assembled = started.elapsed();
    Ok(json!({
        "takes": names.len(),
        "hours": made.files[0].length.as_secs_f64() / 3_600.0,
        "megabytes": bytes as f64 / 1e6,
        "copy_s": copied.as_secs_f64(),
        "loose_copy_s": loose.as_secs_f64(),
        "survey_s": surveyed.as_secs_f64(),
        "assembly_s": assembled.as_secs_f64(),
        "ratio": assembled.as_secs_f64() / copied.as_secs_f64(),
        "growth_mb": megabytes("VmHWM:") - before,
        "loudness": made.measured.loudness,
        "true_peak": made.measured.true_peak,
    }))
}

fn utterance(number: usize) -> Result<Utterance, Box<dyn Error>> {
    Ok(Utterance {
        text: format!("Sentence {number}."),
        delivery: Delivery {
            voice: "lightning_v3.1_pro/sophie".parse()?,
            speed: waves::Speed::try_from(1.0)?,
            language: "en".parse()?,
            rate: waves::SampleRate::Hz24000,
            reading: Reading::default(),
        },
    })
}

fn name(number: usize) -> Result<Fingerprint, Box<dyn Error>> {
    Ok(Fingerprint::of(
        &utterance(number)?,
        &waves::Origin::default(),
    ))
}

/// Keeps takes of two sentences each until there are so many hours.
fn keep(takes: &Takes, hours: f64) -> Result<(), Box<dyn Error>> {
    let voice = builtin_voice::Voice::load()?;
    let mut sentences: Vec<Vec<i16>> = Vec::new();
    for text in include_str!("../../builtin-voice/judge/sentences.txt").lines() {
        let mut samples = Vec::new();
        for passage in voice.speak(text, &builtin_voice::Options::default()) {
            let passage = passage?.samples;
            samples.extend(passage.iter().map(|sample| (sample * 32_767.0) as i16));
        }
        sentences.push(samples);
    }
    let (mut number, mut seconds) = (0, 0.0);
    while seconds < hours * 3_600.0 {
        let first = &sentences[number % sentences.len()];
        let second = &sentences[number / sentences.len() % sentences.len()];
        let take = Take {
            rate: RATE,
            samples: [first.as_slice(), &[0; RATE as usize / 4], second].concat(),
            words: Vec::new(),
            note: Note::default(),
        };
        takes.keep(name(number)?, &take)?;
        seconds += take.seconds();
        number += 1;
    }
    Ok(())
}

/// Reads every take and writes it behind the one before; with `synced` all of it is on the disk at the end. Gives the
/// number of bytes, and how long it took.
fn copy(takes: &Takes, to: &Path, synced: bool) -> Result<(u64, Duration), Box<dyn Error>> {
    let started = Instant::now();
    let mut out = File::create(to)?;
    let mut bytes = 0;
    for folder in fs::read_dir(takes.folder())? {
        for file in fs::read_dir(folder?.path())? {
            let read = fs::read(file?.path())?;
            out.write_all(&read)?;
            bytes += read.len() as u64;
        }
    }
    if synced {
        out.sync_all()?;
    }
    let took = started.elapsed();
    drop(out);
    fs::remove_file(to)?;
    Ok((bytes, took))
}

/// A figure of this process, in MB of a million bytes; 0 where the system does not tell.
fn megabytes(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok());
    kilobytes.unwrap_or(0.0) * 1024.0 / 1e6
}
