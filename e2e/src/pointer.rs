//! What a person does with the mouse outside the page: dragging a file, and answering the system's dialogs.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::Process;
use crate::stage::Stage;
use crate::{PATIENCE, root, wait_until};

/// Between two movements of the pointer, about as often as a real mouse reports under a slow hand. A drag is a matter of
/// motion over time; toolkits ignore one that jumps.
const STEP: Duration = Duration::from_millis(20);
const STEPS: i32 = 20;

/// Drags files from a window beside the application to the middle of the window titled `title` and lets go.
///
/// `midway` is called while the files hang over the window, to look at how it shows that. Gives the time just before the
/// button was let go.
///
/// # Errors
/// When there is no such window, or it does not take the files.
pub fn drag_files(
    stage: &Stage,
    title: &str,
    files: &[PathBuf],
    midway: impl FnOnce() -> Result<()>,
) -> Result<Instant> {
    let mut command = stage.command("/usr/bin/python3");
    command
        .arg(root().join("e2e/tools/drag_source.py"))
        .args(files);
    let mut source = Process::start_piped("drag source", &command, &stage.log("drag-source"))?;
    let said = source.lines()?;
    let place = expect(&said, "ready", &source)?;
    let mut numbers = place
        .split_whitespace()
        .map_while(|word| word.parse::<i32>().ok());
    let (Some(x), Some(y)) = (numbers.next(), numbers.next()) else {
        bail!("the drag source does not say where it is: {place}");
    };
    let target = wait_until(&format!("a window titled {title}"), PATIENCE, || {
        stage.screen()?.window_titled(title)
    })?;
    let (to_x, to_y) = target.centre();

    point(stage, x, y)?;
    thread::sleep(STEP);
    xdotool(stage, &["mousedown", "1"])?;
    for step in 1..=STEPS {
        point(
            stage,
            x + (to_x - x) * step / STEPS,
            y + (to_y - y) * step / STEPS,
        )?;
        thread::sleep(STEP);
    }
    expect(&said, "lifted", &source)?;
    let outcome = midway();
    // The last movements are inside the window, so that it has answered before the button is let go.
    for nudge in 1..=6 {
        point(stage, to_x + nudge, to_y)?;
        thread::sleep(STEP);
    }
    let let_go = Instant::now();
    xdotool(stage, &["mouseup", "1"])?;
    outcome?;
    expect(&said, "taken", &source)?;
    Ok(let_go)
}

/// Answers the system's dialog titled `title` with a path, as a person who types it.
///
/// # Errors
/// When no such dialog opens, or it does not close again.
pub fn save_into(stage: &Stage, title: &str, path: &Path) -> Result<()> {
    let screen = stage.screen()?;
    let opened = wait_until(&format!("the dialog {title}"), PATIENCE, || {
        screen.window_titled(title)
    });
    if let Err(error) = opened {
        bail!("{error:#}; there are {:?}", screen.titles()?);
    }
    let path = path.to_str().context("the path is not UTF-8")?;
    xdotool(
        stage,
        &[
            "search",
            "--onlyvisible",
            "--name",
            &format!("^{title}$"),
            "windowactivate",
            "--sync",
        ],
    )?;
    // The whole name is replaced: GTK's dialog takes an absolute path there as well as a name.
    xdotool(stage, &["key", "ctrl+a"])?;
    xdotool(stage, &["type", "--delay", "5", path])?;
    let typed = Instant::now();
    loop {
        xdotool(stage, &["key", "Return"])?;
        // The first Return may only accept the completion that GTK offers for the path.
        let closed = wait_until("the dialog to close", Duration::from_secs(2), || {
            Ok(screen.window_titled(title)?.is_none().then_some(()))
        });
        match closed {
            Ok(()) => return Ok(()),
            Err(error) if typed.elapsed() > PATIENCE => return Err(error),
            Err(_) => {}
        }
    }
}

fn point(stage: &Stage, x: i32, y: i32) -> Result<()> {
    xdotool(stage, &["mousemove", &x.to_string(), &y.to_string()])
}

fn xdotool(stage: &Stage, arguments: &[&str]) -> Result<()> {
    stage
        .ask("xdotool", arguments)?
        .map(drop)
        .with_context(|| format!("xdotool could not {}", arguments.join(" ")))
}

/// Waits for a line that begins with `word` and gives the rest of it.
fn expect(said: &Receiver<String>, word: &str, source: &Process) -> Result<String> {
    let asked = Instant::now();
    while let Some(left) = PATIENCE.checked_sub(asked.elapsed()) {
        let Ok(line) = said.recv_timeout(left) else {
            break;
        };
        if let Some(rest) = line.strip_prefix(word) {
            return Ok(rest.to_owned());
        }
        if line.starts_with("refused") {
            bail!("the files were dropped but not taken: {line}");
        }
    }
    bail!("the drag source never said `{word}`\n{}", source.log())
}
