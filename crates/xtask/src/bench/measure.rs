//! Runs the measuring programs and reads what they print.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::table::{Aim, Section};
use crate::bundle;
use crate::command;
use crate::project::{DESKTOP, Project};

const MEGABYTE: f64 = 1e6;

/// The built-in voice: speed, first audio, memory, and how well an independent recogniser understands it.
pub(crate) fn voice(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Built-in voice",
        "cargo xtask bench voice",
        "One thread. First audio is that of a sentence of ten words, the voice being loaded.",
    );
    let figures = last_json(
        project
            .cargo()
            .args(["run", "--quiet", "--release", "--package", "builtin-voice"])
            .args(["--example", "measure"]),
    )?;
    section.add(
        "speed",
        number(&figures, "times_real_time")?,
        "× real time",
        Aim::AtLeast(10.0),
    );
    section.add(
        "text to first audio",
        number(&figures, "first_audio_ms")?,
        "ms",
        Aim::AtMost(150.0),
    );
    section.add("loading", number(&figures, "load_ms")?, "ms", Aim::None);
    section.add(
        "peak resident memory",
        number(&figures, "peak_resident_mb")?,
        "MB",
        Aim::AtMost(200.0),
    );
    let judged = judge(project)?;
    section.add(
        "words wrong",
        number(&judged, "percent_wrong")?,
        "%",
        Aim::AtMost(5.0),
    );
    section.add("words judged", number(&judged, "words")?, "", Aim::None);
    Ok(section)
}

/// Start-up and memory beside a bare window, in the same run.
pub(crate) fn window(project: &Project) -> Result<Section> {
    let bare = bare_window(project)?;
    let figures = measure(
        project,
        "startup",
        &[&bare, &project.release_binary(DESKTOP)],
    )?;
    let mut section = Section::new(
        "Start and memory",
        "cargo xtask bench window",
        "Peal and a bare Tauri window are started in turns; paint is read from the screen. Memory is that of all processes \
         of the application, three seconds after the first paint; PSS divides shared pages among those that share them.",
    );
    let (bare, app) = (&figures["bare"], &figures["app"]);
    let (bare_paint, paint) = (number(bare, "paint_ms")?, number(app, "paint_ms")?);
    section.add(
        "start to first paint, bare window",
        bare_paint,
        "ms",
        Aim::None,
    );
    section.add(
        "start to first paint, Peal",
        paint,
        "ms",
        Aim::AtMost(bare_paint * 1.2),
    );
    let (bare_memory, memory) = (number(bare, "pss_mib")?, number(app, "pss_mib")?);
    section.add("memory (PSS), bare window", bare_memory, "MiB", Aim::None);
    section.add(
        "memory (PSS), Peal",
        memory,
        "MiB",
        Aim::AtMost(bare_memory + 40.0),
    );
    section.add(
        "memory (RSS), bare window",
        number(bare, "rss_mib")?,
        "MiB",
        Aim::None,
    );
    section.add(
        "memory (RSS), Peal",
        number(app, "rss_mib")?,
        "MiB",
        Aim::None,
    );
    section.add(
        "processor time to rest, bare window",
        number(bare, "processor_ms")?,
        "ms",
        Aim::None,
    );
    section.add(
        "processor time to rest, Peal",
        number(app, "processor_ms")?,
        "ms",
        Aim::None,
    );
    Ok(section)
}

/// A book dropped on the window, and how it scrolls.
pub(crate) fn documents(project: &Project) -> Result<Section> {
    let figures = measure(project, "documents", &[&project.release_binary(DESKTOP)])?;
    let mut section = Section::new(
        "Documents in the window",
        "cargo xtask bench documents",
        "From letting a book go over the window to the frame that shows its first chapter, as the page saw it. Then the longer \
         one is scrolled by 120 pixels in each of 300 frames; a frame is late after 34 ms, and blank while a sentence in \
         sight has not come yet.",
    );
    let aim = Aim::AtMost(300.0);
    let mut add = |name: &str, key: &str, unit, aim| -> Result<()> {
        section.add(name, number(&figures, key)?, unit, aim);
        Ok(())
    };
    add(
        "a book of a million characters is shown after",
        "million_ms",
        "ms",
        aim,
    )?;
    add("one of 300,000 characters", "typical_ms", "ms", aim)?;
    add(
        "frames while scrolling, median",
        "frame_ms",
        "ms",
        Aim::AtMost(17.0),
    )?;
    add("the longest", "worst_frame_ms", "ms", Aim::AtMost(50.0))?;
    add("late frames", "late_frames", "of 300", Aim::None)?;
    add("blank frames", "blank_frames", "of 300", Aim::AtMost(0.0))?;
    Ok(section)
}

/// Click to first sound, and playback from a slow service.
pub(crate) fn sound(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Sound",
        "cargo xtask bench sound",
        "The simulator sends its first chunk after 200 ms; what is heard is recorded at the loudspeaker. The loudspeaker's own \
         share is that of a program that only plays a tone through the same library. For the stream, the service sends at \
         1.3 × real time, and what was heard is compared in length with what was saved.",
    );
    let click = measure(project, "click", &[&project.release_binary(DESKTOP)])?;
    section.add(
        "click to first sound",
        number(&click, "click_to_sound_ms")?,
        "ms",
        Aim::None,
    );
    section.add(
        "of it the service's first chunk",
        number(&click, "first_chunk_ms")?,
        "ms",
        Aim::None,
    );
    section.add(
        "of it the loudspeaker",
        number(&click, "loudspeaker_ms")?,
        "ms",
        Aim::None,
    );
    section.add(
        "of it Peal",
        number(&click, "ours_ms")?,
        "ms",
        Aim::AtMost(60.0),
    );
    let stream = measure(project, "stream", &[&project.release_binary("peal")])?;
    section.add(
        "streamed speech",
        number(&stream, "source_s")?,
        "s",
        Aim::None,
    );
    section.add(
        "gaps in its playback",
        number(&stream, "gaps_ms")?,
        "ms",
        Aim::AtMost(20.0),
    );
    Ok(section)
}

/// What a person downloads and what lies on their disk.
pub(crate) fn sizes(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Sizes",
        "cargo xtask bench sizes",
        "Release profile, with the voice inside.",
    );
    for (name, binary) in [("the window", DESKTOP), ("the command line", "peal")] {
        let path = project.release_binary(binary);
        section.add(
            format!("{name} (`{binary}`)"),
            megabytes(&path)?,
            "MB",
            Aim::None,
        );
    }
    if cfg!(target_os = "linux") {
        bundle::packages(project, "deb")?;
        let package = newest(&project.target.join("release/bundle/deb"), "deb")?;
        section.add(
            "package (`.deb`)",
            megabytes(&package)?,
            "MB",
            Aim::AtMost(40.0),
        );
    }
    Ok(section)
}

/// The yardstick: built on demand, in a folder of its own, so that it shares no feature with the product.
fn bare_window(project: &Project) -> Result<PathBuf> {
    let target = project.target.join("bare-window");
    command::run(
        project
            .cargo()
            .args(["build", "--release", "--locked"])
            .args([
                "--manifest-path",
                "e2e/bare-window/Cargo.toml",
                "--target-dir",
            ])
            .arg(&target),
    )?;
    Ok(target.join("release/bare-window"))
}

fn measure(project: &Project, what: &str, programs: &[&Path]) -> Result<Value> {
    last_json(
        project
            .cargo()
            .args([
                "run",
                "--quiet",
                "--package",
                "e2e",
                "--bin",
                "measure",
                "--",
                what,
            ])
            .args(programs),
    )
}

/// Lets a recogniser that knows nothing of our voice write down what it hears.
fn judge(project: &Project) -> Result<Value> {
    let folder = project.root.join("crates/builtin-voice/judge");
    let sentences = folder.join("sentences.txt");
    let text = fs::read_to_string(&sentences)
        .with_context(|| format!("{} cannot be read", project.shown(&sentences)))?;
    command::run(
        project
            .cargo()
            .args(["build", "--release", "--package", "builtin-voice"])
            .args(["--example", "say"]),
    )?;
    let say = project
        .target
        .join("release/examples")
        .join(format!("say{}", std::env::consts::EXE_SUFFIX));
    let python = python(project, "judge", &folder)?;
    let mut spoken = Vec::new();
    for (index, sentence) in text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
    {
        let path = project.target.join("judge").join(format!("{index:02}.wav"));
        command::output(Command::new(&say).arg(sentence).arg(&path))?;
        spoken.push(path);
    }
    let verdict = command::output(
        Command::new(python)
            .arg(folder.join("judge.py"))
            .arg(sentences)
            .args(spoken),
    )?;
    serde_json::from_str(&verdict).context("the judge does not answer in JSON")
}

/// A Python of its own in `target/NAME`, with what the folder's `requirements.txt` asks for; gives the path of its
/// interpreter.
pub(super) fn python(project: &Project, name: &str, folder: &Path) -> Result<PathBuf> {
    let wanted = fs::read(folder.join("requirements.txt"))
        .with_context(|| format!("requirements.txt of {name} cannot be read"))?;
    let environment = project.target.join(name);
    let python = environment.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    // A copy of what was installed, as for npm.
    let installed = environment.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|copy| copy == wanted) {
        return Ok(python);
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    command::run(
        Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    )?;
    command::run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(folder.join("requirements.txt")),
    )?;
    fs::write(&installed, wanted)?;
    Ok(python)
}

/// Runs a measuring program, which prints its figures as the last line.
pub(super) fn last_json(command: &mut Command) -> Result<Value> {
    let output = command::output(command)?;
    let line = output.lines().last().context("nothing was measured")?;
    serde_json::from_str(line).with_context(|| format!("not a line of figures: {line}"))
}

pub(super) fn number(figures: &Value, name: &str) -> Result<f64> {
    figures[name]
        .as_f64()
        .with_context(|| format!("`{name}` was not measured: {figures}"))
}

fn megabytes(path: &Path) -> Result<f64> {
    let size = fs::metadata(path)
        .with_context(|| format!("{} is not there", path.display()))?
        .len();
    Ok(size as f64 / MEGABYTE)
}

fn newest(folder: &Path, extension: &str) -> Result<PathBuf> {
    let found = fs::read_dir(folder)
        .with_context(|| format!("{} is not there", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .max_by_key(|path| fs::metadata(path).and_then(|facts| facts.modified()).ok());
    match found {
        Some(path) => Ok(path),
        None => bail!("there is no .{extension} in {}", folder.display()),
    }
}
