//! Places in which sound can be heard and measured without a sound card.
//!
//! Which devices exist is decided by the environment of a process, so each test runs in a process of its own: the test
//! binary runs itself again for that one test, with the environment of the place.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use studio::player::{Playback, Player, PlayerState};

/// Longer than anything here takes on a busy machine; only a test that would fail anyway waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const INSIDE: &str = "PEAL_TEST_PLACE";

/// Where a test takes place.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// No sound card, no sound server.
    Silent,
    /// A device that writes to a file whatever it is given, as fast as it is given it.
    File,
    /// No sound card; a PulseAudio server where [`Server::start`] puts one.
    Server,
}

/// Runs `test` in a process of its own, in `place`, with an empty folder to work in. `name` is that of the calling
/// test. Returns what the process printed, to the calling process only.
pub(crate) fn in_place(place: Place, name: &str, test: impl FnOnce(&Path)) -> Option<Output> {
    if let Some(folder) = std::env::var_os(INSIDE) {
        test(Path::new(&folder));
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).expect("a folder for temporary files");
    // Where that is allowed, sound comes before whatever else the machine is busy with.
    let child = Command::new("nice")
        .args(["-n", "-15"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(INSIDE, folder.path())
        .env("HOME", folder.path())
        .env("TMPDIR", &temporary)
        .env("XDG_RUNTIME_DIR", folder.path())
        .env(
            "PULSE_SERVER",
            format!("unix:{}", socket(folder.path()).display()),
        )
        .env_remove("PULSE_RUNTIME_PATH")
        .env("ALSA_CONFIG_PATH", alsa_config(place, folder.path()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("this program runs again");
    let group = child.id();
    let output = ended_within(child, Duration::from_secs(120));
    // A sound server that a failed test left behind.
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{group}")])
        .stderr(Stdio::null())
        .status();
    let Some(output) = output else {
        panic!("the test did not end")
    };
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the test failed in its place");
    let ran = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(ran, "no test is called {name}");
    Some(output)
}

fn ended_within(child: Child, limit: Duration) -> Option<Output> {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    receiver.recv_timeout(limit).ok()?.ok()
}

fn alsa_config(place: Place, folder: &Path) -> String {
    let config = folder.join("asound.conf");
    let device = match place {
        Place::File => {
            let file = sound_file(folder);
            format!(
                r#"type file slave.pcm "null" file "{}" format "raw""#,
                file.display()
            )
        }
        Place::Silent | Place::Server => r#"type hw card "none""#.to_owned(),
    };
    fs::write(&config, format!("pcm.!default {{ {device} }}\n"))
        .expect("the configuration is written");
    format!("/usr/share/alsa/alsa.conf:{}", config.display())
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("sound-server")
}

fn sound_file(folder: &Path) -> PathBuf {
    folder.join("played.raw")
}

/// The left channel of what the file device was given, without the silence around it; both channels are alike.
pub(crate) fn played_to_file(folder: &Path) -> Vec<f32> {
    let bytes = fs::read(sound_file(folder)).expect("something was played");
    let mut left = Vec::new();
    for frame in bytes.chunks_exact(8) {
        let sample =
            |at: usize| f32::from_le_bytes(frame[at..at + 4].try_into().expect("four bytes"));
        assert_eq!(sample(0), sample(4), "both channels are alike");
        left.push(sample(0));
    }
    let first = left
        .iter()
        .position(|&sample| sample != 0.0)
        .unwrap_or(left.len());
    let last = left
        .iter()
        .rposition(|&sample| sample != 0.0)
        .map_or(first, |last| last + 1);
    left[first..last].to_vec()
}

/// Waits until the player is in one of these states, and says what it is doing then.
pub(crate) fn wait_for(player: &Player, states: &[PlayerState]) -> Playback {
    wait_until(player, &format!("{states:?}"), |playback| {
        states.contains(&playback.state)
    })
}

/// Waits until what the player is doing satisfies `condition`.
pub(crate) fn wait_until(
    player: &Player,
    what: &str,
    condition: impl Fn(&Playback) -> bool,
) -> Playback {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let playback = player.playback();
        if condition(&playback) {
            return playback;
        }
        assert!(
            Instant::now() < deadline,
            "waited for {what} in vain: {playback:?}"
        );
        thread::sleep(Duration::from_millis(2));
    }
}

/// Sound in which every place is recognisable: noise, loud enough never to be silent for two samples in a row.
pub(crate) fn noise(samples: usize) -> Vec<i16> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..samples)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let sample = (state >> 33) as i16 / 4;
            if sample == 0 { 1 } else { sample }
        })
        .collect()
}

pub(crate) fn as_floats(samples: &[i16]) -> Vec<f32> {
    samples
        .iter()
        .map(|&sample| f32::from(sample) / 32_768.0)
        .collect()
}

/// A PulseAudio server with two sinks that make no sound, `first` (the default) and `second`.
pub(crate) struct Server {
    folder: PathBuf,
    process: Child,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Server {
        let script = folder.join("server.pa");
        let socket = socket(folder);
        let _ = fs::remove_file(&socket);
        let sink = |name: &str| {
            format!(
                "load-module module-null-sink sink_name={name} rate=48000 channels=2 format=float32le\n"
            )
        };
        let lines = format!(
            "{}{}set-default-sink first\nload-module module-native-protocol-unix auth-anonymous=1 socket={}\n",
            sink("first"),
            sink("second"),
            socket.display(),
        );
        fs::write(&script, lines).expect("the configuration is written");
        let process = Command::new("pulseaudio")
            .arg("-n")
            .arg("-F")
            .arg(&script)
            .args([
                "--daemonize=no",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
                "--disable-shm=yes",
            ])
            .env_remove("PULSE_SERVER")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pulseaudio is installed");
        let server = Server {
            folder: folder.to_owned(),
            process,
        };
        let deadline = Instant::now() + PATIENCE;
        while !server.control(&["info"]) {
            assert!(
                Instant::now() < deadline,
                "the sound server does not answer"
            );
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Runs `pactl`; whether it succeeded.
    pub(crate) fn control(&self, arguments: &[&str]) -> bool {
        let run = Command::new("pactl")
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        run.expect("pactl is installed").success()
    }

    pub(crate) fn record(&self, sink: &str) -> Recording {
        Recording::start(sink)
    }

    /// Lets it hang, or go on.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status();
        assert!(sent.expect("kill is installed").success());
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        let _ = fs::remove_file(socket(&self.folder));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What comes out of a sink, from before anything was played.
pub(crate) struct Recording {
    process: Child,
    heard: Arc<(Mutex<Vec<f32>>, Condvar)>,
}

impl Recording {
    fn start(sink: &str) -> Recording {
        let mut process = Command::new("parec")
            .args([
                "-d",
                &format!("{sink}.monitor"),
                "--format=float32le",
                "--rate=48000",
                "--channels=2",
            ])
            .args(["--latency-msec=5", "--raw"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("parec is installed");
        let mut sound = process.stdout.take().expect("it is piped");
        let heard = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        thread::spawn({
            let heard = Arc::clone(&heard);
            move || {
                let mut frame = Vec::new();
                let mut bytes = [0; 4_096];
                while let Ok(count) = sound.read(&mut bytes) {
                    if count == 0 {
                        break;
                    }
                    let mut samples = heard.0.lock().expect("the recorder lives");
                    for &byte in &bytes[..count] {
                        frame.push(byte);
                        if frame.len() == 8 {
                            samples.push(f32::from_le_bytes(
                                frame[..4].try_into().expect("four bytes"),
                            ));
                            frame.clear();
                        }
                    }
                    heard.1.notify_all();
                }
            }
        });
        let recording = Recording { process, heard };
        recording.wait_until("the recording begins", |samples| !samples.is_empty());
        recording
    }

    /// Waits until what was recorded satisfies `condition`, and says when it did.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&[f32]) -> bool) -> Instant {
        let deadline = Instant::now() + PATIENCE;
        let mut samples = self.heard.0.lock().expect("the recorder lives");
        while !condition(&samples) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain: {what}");
            samples = self
                .heard
                .1
                .wait_timeout(samples, left)
                .expect("the recorder lives")
                .0;
        }
        Instant::now()
    }

    /// Waits until there is sound after recorded sample `from`; says when it was there.
    pub(crate) fn wait_for_sound(&self, from: usize) -> Instant {
        self.wait_until("sound", |samples| {
            samples[from.min(samples.len())..]
                .iter()
                .any(|&sample| sample != 0.0)
        })
    }

    /// Waits until the last tenth of a second was silent; says when.
    pub(crate) fn wait_for_silence(&self) -> Instant {
        self.wait_until("silence", |samples| {
            samples.len() >= 4_800
                && samples[samples.len() - 4_800..]
                    .iter()
                    .all(|&sample| sample == 0.0)
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.heard.0.lock().expect("the recorder lives").len()
    }

    pub(crate) fn samples(&self) -> Vec<f32> {
        self.heard.0.lock().expect("the recorder lives").clone()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A stretch of a recording that is exactly a stretch of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Where it begins in the recording.
    pub(crate) heard: usize,
    /// Where it begins in what was sent.
    pub(crate) sent: usize,
    pub(crate) samples: usize,
}

impl Stretch {
    pub(crate) fn sent_end(&self) -> usize {
        self.sent + self.samples
    }

    pub(crate) fn heard_end(&self) -> usize {
        self.heard + self.samples
    }
}

/// The stretches of `heard` that are exactly in `sent`, of at least 64 samples, in order.
pub(crate) fn stretches(heard: &[f32], sent: &[f32]) -> Vec<Stretch> {
    use std::collections::HashMap;
    let key = |samples: &[f32]| {
        [
            samples[0].to_bits(),
            samples[1].to_bits(),
            samples[2].to_bits(),
        ]
    };
    let places: HashMap<_, _> = sent
        .windows(3)
        .enumerate()
        .map(|(at, window)| (key(window), at))
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 3 <= heard.len() {
        let Some(&place) = places.get(&key(&heard[at..])) else {
            at += 1;
            continue;
        };
        let samples = heard[at..]
            .iter()
            .zip(&sent[place..])
            .take_while(|(heard, sent)| heard == sent)
            .count();
        if samples >= 64 {
            found.push(Stretch {
                heard: at,
                sent: place,
                samples,
            });
        }
        at += samples.max(1);
    }
    found
}
