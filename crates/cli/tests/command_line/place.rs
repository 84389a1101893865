//! A folder of a test's own in which `peal` runs, a service for it to ask, and what came of a command.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use simulator::{LoggedRequest, Options, Simulator};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Longer than anything here takes on a busy machine; only a command that hangs waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Variables that would let the machine's own settings in.
const FROM_OUTSIDE: [&str; 12] = [
    "SMALLEST_API_KEY",
    "PEAL_LOG",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "PULSE_RUNTIME_PATH",
];

/// Where commands run: without a keychain, without a loudspeaker, and with nobody at the service's address unless a
/// test says otherwise.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["work", "temporary", "runtime"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(
            folder.path().join("sound.conf"),
            "pcm.!default { type hw card \"none\" }\n",
        )
        .unwrap();
        Self { folder }
    }

    /// Everything there is of this place.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `PEAL_HOME`, which only exists once something is kept.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    /// Where commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder().join("work")
    }

    /// A file in the folder in which commands run.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.work().join(name)
    }

    /// A file with this content.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Names of all files and folders that commands may have left behind, hidden ones included.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let mut names: Vec<String> = [self.work(), self.folder().join("temporary")]
            .iter()
            .flat_map(|folder| fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// `peal` with these arguments.
    pub(crate) fn peal(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peal"));
        self.settle(&mut command);
        command.args(arguments);
        Run {
            command,
            input: Vec::new(),
        }
    }

    /// A shell that finds the program as `$PEAL`, for what only a shell can do.
    pub(crate) fn shell(&self, line: &str) -> Run {
        let mut command = Command::new("sh");
        self.settle(&mut command);
        command.args(["-c", line]);
        Run {
            command,
            input: Vec::new(),
        }
    }

    fn settle(&self, command: &mut Command) {
        for name in FROM_OUTSIDE {
            command.env_remove(name);
        }
        let inside = |name: &str| self.folder().join(name);
        command
            .current_dir(self.work())
            .env("PEAL", env!("CARGO_BIN_EXE_peal"))
            .env("PEAL_HOME", self.home())
            .env("PEAL_API_URL", nobody())
            .env("HOME", self.folder())
            .env("TMPDIR", inside("temporary"))
            .env("XDG_RUNTIME_DIR", inside("runtime"))
            .env(
                "PULSE_SERVER",
                format!("unix:{}", inside("no-server").display()),
            )
            .env(
                "ALSA_CONFIG_PATH",
                format!(
                    "/usr/share/alsa/alsa.conf:{}",
                    inside("sound.conf").display()
                ),
            );
    }
}

/// An address at which nobody listens: the discard port, closed on every ordinary machine.
fn nobody() -> &'static str {
    "http://127.0.0.1:9"
}

/// A command about to run.
pub(crate) struct Run {
    command: Command,
    input: Vec<u8>,
}

impl Run {
    /// Asks this service, with the key it takes.
    pub(crate) fn at(self, service: &Service) -> Self {
        let key = service.simulator.key().to_owned();
        self.env("PEAL_API_URL", &service.simulator.url())
            .env("SMALLEST_API_KEY", &key)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// What stands on standard input; nothing otherwise.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Runs to the end.
    pub(crate) fn outcome(self) -> Outcome {
        let (mut child, input) = self.start();
        let writing = child.stdin.take().map(|mut stdin| {
            // A program that refuses its input closes it early.
            thread::spawn(move || drop(stdin.write_all(&input)))
        });
        let outcome = end_of(child);
        if let Some(writing) = writing {
            writing.join().unwrap();
        }
        outcome
    }

    /// Begins, for tests that do something to it meanwhile; its input stays open.
    pub(crate) fn begin(self) -> Child {
        self.start().0
    }

    fn start(mut self) -> (Child, Vec<u8>) {
        let child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        (child, self.input)
    }
}

/// Waits for the end of a command. One that hangs is ended, and the test with it.
pub(crate) fn end_of(child: Child) -> Outcome {
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(output) => Outcome(output.unwrap()),
        Err(_) => {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
            panic!("the command did not end");
        }
    }
}

/// What came of a command.
pub(crate) struct Outcome(pub(crate) Output);

impl Outcome {
    pub(crate) fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn messages(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        let out = self.out();
        assert_eq!(out.lines().count(), 1, "one object on one line: {out}");
        serde_json::from_str(&out).unwrap()
    }

    /// It did what it was asked to and had nothing to say about it.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!((self.code(), self.messages()), (Some(0), String::new()));
        self
    }

    /// It ended with this code, one sentence that has these words in it, and nothing on standard output.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &str) -> Self {
        let messages = self.messages();
        assert_eq!(self.code(), Some(code), "{messages}");
        let last = messages.lines().last().unwrap_or_default();
        assert!(last.contains(words), "{messages}");
        assert!(last.starts_with("peal: ") && last.ends_with('.'), "{last}");
        for jargon in ["panicked", "RUST_BACKTRACE", "{", "os error"] {
            assert!(!messages.contains(jargon), "{messages}");
        }
        assert_eq!(self.out(), "", "results only stand on standard output");
        self
    }
}

/// A service on this machine.
pub(crate) struct Service {
    pub(crate) simulator: Simulator,
    // Declared last, so that the simulator ends before the runtime it runs on.
    runtime: Runtime,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        Self { simulator, runtime }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.simulator.requests()
    }

    /// What speech was asked for so far.
    pub(crate) fn syntheses(&self) -> Vec<LoggedRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.method == "POST");
        requests
    }

    /// Waits a moment for so many requests; whether they have arrived.
    pub(crate) fn has_requests(&self, count: usize) -> bool {
        const MOMENT: Duration = Duration::from_millis(10);
        let arrived = self.simulator.wait_for_requests(count);
        let in_time = async { tokio::time::timeout(MOMENT, arrived).await };
        self.runtime.block_on(in_time).is_ok()
    }

    /// Returns as soon as so many requests have arrived.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        let arrived = self.simulator.wait_for_requests(count);
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, arrived).await })
            .expect("the requests come");
    }
}

/// A WAV file of 16-bit mono.
#[derive(Debug, PartialEq)]
pub(crate) struct Wav {
    pub(crate) rate: u32,
    pub(crate) samples: Vec<i16>,
}

impl Wav {
    pub(crate) fn open(path: &Path) -> Self {
        Self::parse(&fs::read(path).unwrap())
    }

    /// Takes a file apart byte by byte: any player must find the same in it.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let short = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
        assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
        assert_eq!(number(4) as usize, bytes.len() - 8);
        let mut at = 12;
        if &bytes[at..at + 4] == b"JUNK" {
            // Room for the sizes of a file that might have become very long.
            at += 8 + number(at + 4) as usize;
        }
        assert_eq!((&bytes[at..at + 4], number(at + 4)), (&b"fmt "[..], 16));
        let (format, channels, bits) = (short(at + 8), short(at + 10), short(at + 22));
        assert_eq!((format, channels, bits), (1, 1, 16));
        let rate = number(at + 12);
        assert_eq!((number(at + 16), short(at + 20)), (rate * 2, 2));
        assert_eq!(&bytes[at + 24..at + 28], b"data");
        assert_eq!(number(at + 28) as usize, bytes.len() - at - 32);
        let (samples, rest) = bytes[at + 32..].as_chunks::<2>();
        assert!(rest.is_empty());
        Self {
            rate,
            samples: samples
                .iter()
                .map(|&pair| i16::from_le_bytes(pair))
                .collect(),
        }
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    pub(crate) fn peak(&self) -> u16 {
        self.samples
            .iter()
            .map(|sample| sample.unsigned_abs())
            .max()
            .unwrap_or(0)
    }
}

/// Every file below `folder`.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files.extend(files_below(&entry.path())),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}
