//! How long a book takes from its file to its sentences, beside what most programs do it with.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::measure::{last_json, number, python};
use super::table::{Aim, Section};
use crate::command;
use crate::project::Project;

/// Each file is read so often, and the slowest time counts.
const TIMES: usize = 3;

/// An EPUB of a million characters and a PDF of a thousand pages, made for the purpose.
pub(crate) fn import(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Import",
        "cargo xtask bench import",
        "From the bytes of a file to chapters, sentences and segments, in a process of its own; the slowest of three. Beside \
         it, in the same run: ebooklib for the paragraphs and pysbd for the sentences.",
    );
    let folder = project.root.join("crates/narration/bench");
    let python = python(project, "import-bench", &folder)?;
    let books = project.target.join("import-bench/books");
    fs::create_dir_all(&books)?;
    command::run(
        Command::new(&python)
            .arg(folder.join("make.py"))
            .arg(&books),
    )?;
    command::run(
        project
            .cargo()
            .args(["build", "--quiet", "--release", "--package", "narration"])
            .args(["--example", "import"]),
    )?;
    let epub = books.join("lamp.epub");
    let figures = measured(project, &epub)?;
    let seconds = total(&figures)? / 1000.0;
    section.add(
        "EPUB: characters",
        number(&figures, "characters")?,
        "",
        Aim::AtLeast(1e6),
    );
    section.add(
        "EPUB: import and script",
        seconds * 1000.0,
        "ms",
        Aim::AtMost(1000.0),
    );
    section.add(
        "of it the script",
        number(&figures, "script_ms")?,
        "ms",
        Aim::AtMost(300.0),
    );
    section.add(
        "EPUB: peak resident memory",
        number(&figures, "peak_mb")?,
        "MB",
        Aim::AtMost(150.0),
    );
    let usual = last_json(
        Command::new(&python)
            .arg(folder.join("usual.py"))
            .arg(&epub),
    )?;
    let usual = number(&usual, "seconds")?;
    section.add("EPUB: ebooklib and pysbd", usual, "s", Aim::None);
    section.add(
        "EPUB: times as fast as those",
        usual / seconds,
        "×",
        Aim::AtLeast(20.0),
    );
    let figures = measured(project, &books.join("lamp.pdf"))?;
    section.add(
        "PDF of 1,000 pages: import and script",
        total(&figures)? / 1000.0,
        "s",
        Aim::AtMost(10.0),
    );
    section.add(
        "PDF: peak resident memory",
        number(&figures, "peak_mb")?,
        "MB",
        Aim::None,
    );
    Ok(section)
}

fn measured(project: &Project, file: &Path) -> Result<Value> {
    let program = project
        .target
        .join("release/examples")
        .join(format!("import{}", std::env::consts::EXE_SUFFIX));
    let mut slowest: Option<(f64, Value)> = None;
    for _ in 0..TIMES {
        let figures = last_json(Command::new(&program).arg(file))?;
        let time = total(&figures)?;
        if slowest.as_ref().is_none_or(|(slow, _)| time > *slow) {
            slowest = Some((time, figures));
        }
    }
    Ok(slowest.map(|(_, figures)| figures).unwrap_or_default())
}

/// Milliseconds.
fn total(figures: &Value) -> Result<f64> {
    Ok(number(figures, "import_ms")? + number(figures, "script_ms")?)
}
