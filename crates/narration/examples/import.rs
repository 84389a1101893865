//! What import and script make of files, and what it costs.
//!
//! `import FILE…` prints a line of JSON for each: milliseconds for each stage, characters, and the most memory that the
//! process has had so far. With `--show` first it prints the blocks, the chapters and the report instead.

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use narration::document::{Document, ImportOptions, import};
use narration::script::{ScriptOptions, script};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut shows = false;
    for argument in env::args().skip(1) {
        if argument == "--show" {
            shows = true;
            continue;
        }
        let name = Path::new(&argument)
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let started = Instant::now();
        let bytes = fs::read(&argument)?;
        let document = match import(name, &bytes, &ImportOptions::default()) {
            Ok(document) => document,
            Err(error) => {
                println!("{name}: {error:?}, {} ms", started.elapsed().as_millis());
                continue;
            }
        };
        drop(bytes);
        let imported = started.elapsed();
        let script = script(&document, &ScriptOptions::default());
        let scripted = started.elapsed() - imported;
        if shows {
            show(&document);
            continue;
        }
        let figures = json!({
            "file": name,
            "import_ms": imported.as_secs_f64() * 1000.0,
            "script_ms": scripted.as_secs_f64() * 1000.0,
            "characters": document.text.chars().count(),
            "chapters": document.chapters.len(),
            "sentences": script.sentences.len(),
            "segments": script.segments.len(),
            "peak_mb": peak_megabytes(),
        });
        println!("{figures}");
    }
    Ok(())
}

fn show(document: &Document) {
    println!(
        "{} | {:?} | {:?} | cover {}",
        document.title,
        document.author,
        document.language,
        document.cover.is_some()
    );
    for chapter in &document.chapters {
        println!(
            "\n=== {}{}",
            "  ".repeat(chapter.depth.into()),
            chapter.title
        );
        for block in &document.blocks[chapter.blocks.clone()] {
            println!("[{:?}] {}", block.kind, &document.text[block.range.clone()]);
        }
    }
    for remark in &document.report {
        println!(
            "- {:?} ×{} at {}: {}",
            remark.kind, remark.count, remark.at, remark.example
        );
    }
}

/// Of this process, in MB of a million bytes; 0 where the system does not tell.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok());
    kilobytes.unwrap_or(0.0) * 1024.0 / 1e6
}
