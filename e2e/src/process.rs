//! A program that is running, and that ends when its owner lets go of it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a program may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// A running program in a process group of its own.
///
/// It ends with the thread that started it, whatever happens to that thread: the kernel sees to it. A process that must
/// live longer than one test's thread must therefore not be started from it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with standard error in the file `log`, and standard output where the command says.
    ///
    /// # Errors
    /// When the program is not there.
    pub fn start(name: &str, command: &Command, log: &Path) -> Result<Self> {
        Self::start_with(name, command, log, Stdio::null(), None)
    }

    /// As [`Process::start`], with standard output to be read by the caller.
    pub(crate) fn start_piped(name: &str, command: &Command, log: &Path) -> Result<Self> {
        Self::start_with(name, command, log, Stdio::null(), Some(Stdio::piped()))
    }

    /// As [`Process::start`], with standard input to be written by the caller.
    pub(crate) fn start_fed(name: &str, command: &Command, log: &Path) -> Result<Self> {
        Self::start_with(name, command, log, Stdio::piped(), None)
    }

    fn start_with(
        name: &str,
        command: &Command,
        log: &Path,
        input: Stdio,
        output: Option<Stdio>,
    ) -> Result<Self> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("{} cannot be written", log.display()))?;
        let output = match output {
            Some(output) => output,
            None => Stdio::from(file.try_clone()?),
        };
        // setpriv becomes the program, which keeps the wish to be killed when its parent is gone.
        let mut wrapped = Command::new("setpriv");
        wrapped
            .args(["--pdeathsig", "KILL", "--"])
            .arg(command.get_program())
            .args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        // The stage's variables are the whole environment; nothing of the person's gets through.
        wrapped.env_clear();
        for (key, value) in command.get_envs() {
            if let Some(value) = value {
                wrapped.env(key, value);
            }
        }
        let child = wrapped
            .stdin(input)
            .stdout(output)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        Ok(Self {
            child,
            name: name.to_owned(),
            log: log.to_path_buf(),
        })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name
    }

    /// What the program wrote to standard error so far.
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// An error when the program has ended, with what it wrote last.
    pub(crate) fn require_running(&mut self) -> Result<()> {
        if let Some(status) = self.ended() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(10)..].join("\n");
            bail!("{} ended with {status}\n{tail}", self.name);
        }
        Ok(())
    }

    pub(crate) fn take_input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub(crate) fn take_output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Reads standard output line by line on a thread of its own, so that waiting for a line can have a deadline.
    pub(crate) fn lines(&mut self) -> Result<mpsc::Receiver<String>> {
        let output = self.take_output().context("standard output is taken")?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                // Nobody listening is no reason to let the program's pipe fill up.
                sender.send(line).ok();
            }
        });
        Ok(receiver)
    }

    /// Asks the whole group to end, then makes it.
    pub fn stop(&mut self) {
        let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        if self.ended().is_none() {
            kill_process_group(group, Signal::TERM).ok();
            let asked = Instant::now();
            while self.ended().is_none() && asked.elapsed() < GRACE {
                thread::sleep(Duration::from_millis(5));
            }
        }
        // Also after the leader is gone: what it started may still be there.
        kill_process_group(group, Signal::KILL).ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Kills every process whose environment holds `variable=value`: what was started by a bus or by a driver and left its
/// group. `value` must be unique to one stage.
pub(crate) fn sweep(variable: &str, value: &Path) {
    let wanted = format!("{variable}={}", value.display());
    for process in all() {
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        let is_ours = environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == wanted.as_bytes());
        if is_ours
            && process != std::process::id()
            && let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw)
        {
            kill_process(process, Signal::KILL).ok();
        }
    }
}

/// All processes that `ancestor` started, directly or not, with itself first.
pub(crate) fn family(ancestor: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = all()
        .into_iter()
        .filter_map(|process| Some((process, parent(process)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&current) = found.get(next) {
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == current)
                .map(|(process, _)| *process),
        );
        next += 1;
    }
    found
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold anything, so the fields are counted from its end; see proc_pid_stat(5).
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

fn all() -> Vec<u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}
