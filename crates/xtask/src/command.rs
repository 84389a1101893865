//! Starting other programs: shown before they run, with a limit on how long they may take.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// How many tests passed, failed and were skipped, as far as the runners said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Shows and runs a program to its end; anything but exit code 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    show(command);
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if !status.success() {
        bail!("`{}` ended with {status}", name(command));
    }
    Ok(())
}

/// What a program writes to standard output. Its errors go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", name(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` did not write UTF-8", name(command)))
}

/// Whether a program starts and says yes. What it prints is thrown away.
pub(crate) fn says_yes(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a test runner, passes on what it prints, and counts the tests it reports.
///
/// The counts are given also when it fails. A runner that takes longer than `limit` is ended with all that it started.
pub(crate) fn run_tests(command: &mut Command, limit: Duration) -> (Counts, Result<()>) {
    show(command);
    let mut counts = Counts::default();
    let outcome = watch(command, limit, |line| {
        if let Some(found) = counts_in(line) {
            counts.add(found);
        }
    });
    (counts, outcome)
}

/// Prints the command line in a form that can be pasted into a terminal.
fn show(command: &Command) {
    let mut line = String::from("$ ");
    if let Some(folder) = command.get_current_dir() {
        let is_here = std::env::current_dir().is_ok_and(|here| here == folder);
        if !is_here {
            line.push_str(&format!("cd {} && ", quoted(folder.as_os_str())));
        }
    }
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            line.push_str(&format!("{}={} ", key.to_string_lossy(), quoted(value)));
        }
    }
    line.push_str(&quoted(command.get_program()));
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&quoted(argument));
    }
    eprintln!("{line}");
}

fn watch(command: &mut Command, limit: Duration, mut each_line: impl FnMut(&str)) -> Result<()> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let stdout = child
        .stdout
        .take()
        .context("the program has no standard output")?;
    let (lines, arrived) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n') {
            let Ok(line) = line else { break };
            if lines
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                break;
            }
        }
    });
    loop {
        let left = limit.saturating_sub(started.elapsed());
        match arrived.recv_timeout(left) {
            Ok(line) => {
                println!("{line}");
                each_line(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end_with_descendants(&mut child);
                bail!(
                    "`{}` had not ended after {} min and was stopped",
                    name(command),
                    limit.as_secs() / 60
                );
            }
        }
    }
    std::io::stdout().flush().ok();
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` ended with {status}", name(command));
    }
    Ok(())
}

/// Test programs outlive the cargo that started them, and would keep the terminal's pipe open.
fn end_with_descendants(child: &mut Child) {
    let family = descendants(child.id());
    child.kill().ok();
    child.wait().ok();
    for process in family {
        says_yes("kill", &["-KILL", &process.to_string()]);
    }
}

/// All processes that `ancestor` started, directly or not. Empty where there is no `/proc`.
fn descendants(ancestor: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name in brackets may hold anything; the parent is the second field after it.
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, fields)| fields.split_whitespace().nth(1))
            .and_then(|field| field.parse::<u32>().ok());
        if let Some(parent) = parent {
            parents.push((process, parent));
        }
    }
    let mut found = vec![ancestor];
    let mut next = 0;
    while next < found.len() {
        let current = found[next];
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == current)
                .map(|(process, _)| *process),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Reads the closing line of libtest (`test result: ok. 3 passed; 1 failed; …`) or of vitest (`Tests  1 failed | 3 passed (4)`).
fn counts_in(line: &str) -> Option<Counts> {
    let plain = without_colours(line);
    let plain = plain.trim();
    let totals = plain
        .strip_prefix("test result:")
        .or_else(|| plain.strip_prefix("Tests "))?;
    let mut counts = Counts::default();
    let words: Vec<&str> = totals
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    for pair in words.windows(2) {
        let Ok(number) = pair[0].parse::<u64>() else {
            continue;
        };
        match pair[1] {
            "passed" => counts.passed += number,
            "failed" => counts.failed += number,
            "ignored" | "skipped" | "todo" => counts.skipped += number,
            _ => {}
        }
    }
    Some(counts)
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// The program without its folder, and the first words after it: enough to know which command is meant.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(
        command
            .get_args()
            .take(3)
            .map(|argument| argument.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        anyhow!("`{program}` was not found on this machine")
    } else {
        anyhow!("`{program}` could not be started: {error}")
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = !word.is_empty()
        && word
            .chars()
            .all(|letter| letter.is_alphanumeric() || "-_=/.,:+@%".contains(letter));
    if is_plain {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_line_of_libtest_is_counted() {
        let counts = counts_in(
            "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
        assert_eq!(
            counts,
            Some(Counts {
                passed: 12,
                failed: 2,
                skipped: 1
            })
        );
    }

    #[test]
    fn closing_line_of_vitest_is_counted_without_its_colours() {
        let counts = counts_in(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m\u{1b}[2m | \u{1b}[22m\u{1b}[32m41 passed\u{1b}[39m (42)",
        );
        assert_eq!(
            counts,
            Some(Counts {
                passed: 41,
                failed: 1,
                skipped: 0
            })
        );
    }

    #[test]
    fn files_that_vitest_counts_are_not_tests() {
        assert_eq!(counts_in(" Test Files  3 passed (3)"), None);
    }

    #[cfg(unix)]
    #[test]
    fn runner_that_hangs_is_ended_with_its_children() {
        let mut shell = Command::new("sh");
        shell.args([
            "-c",
            "sleep 600 & echo 'test result: ok. 1 passed; 0 failed'; wait",
        ]);
        let started = Instant::now();
        let (counts, outcome) = run_tests(&mut shell, Duration::from_millis(300));
        assert!(outcome.is_err());
        assert_eq!(
            counts.passed, 1,
            "what was counted before the end is not lost"
        );
        assert!(started.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn shown_command_can_be_pasted_into_a_shell() {
        assert_eq!(quoted(OsStr::new("it's here")), r"'it'\''s here'");
        assert_eq!(quoted(OsStr::new("--features=a/b")), "--features=a/b");
    }
}
