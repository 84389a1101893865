//! A desktop of its own for one journey.

use std::env;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::{self, Process};
use crate::screen::Screen;
use crate::sound::Recording;
use crate::{PATIENCE, wait_until};

/// Opens the login keyring of every stage. Not a secret: the keyring lives in a temporary folder.
const KEYRING_PASSWORD: &str = "open sesame";
/// Wide enough for Peal's window with a place beside it from which to drag.
const SCREEN: &str = "1600x1000x24";

/// The keychain of the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyring {
    /// A keyring that gives and takes secrets without asking.
    #[default]
    Unlocked,
    /// A locked keyring, with nobody there to unlock it.
    Locked,
    /// A session bus without any keychain.
    Absent,
}

/// What the desktop asks applications to look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What a journey finds when it begins.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The keychain.
    pub keyring: Keyring,
    /// Whether there is a loudspeaker.
    pub loudspeaker: bool,
    /// Light or dark.
    pub theme: Theme,
    /// Where the service is, as `PEAL_API_URL`. Without one, an address where nobody listens, so that no journey can ever
    /// reach the real one.
    pub service: Option<String>,
    /// Further variables, such as a key.
    pub variables: Vec<(String, String)>,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            keyring: Keyring::default(),
            loudspeaker: true,
            theme: Theme::default(),
            service: None,
            variables: Vec::new(),
        }
    }
}

/// A private desktop: everything on it ends when this is dropped.
#[derive(Debug)]
pub struct Stage {
    // In the order in which they were started; ended in the opposite one.
    processes: Vec<Process>,
    display: String,
    scene: Scene,
    folder: TempDir,
}

impl Stage {
    /// Sets up the desktop: about a second.
    ///
    /// # Errors
    /// When a program is not installed (`cargo xtask setup` installs them all) or does not become ready.
    pub fn open(scene: Scene) -> Result<Self> {
        let folder = TempDir::with_prefix("peal-stage-")?;
        let mut stage = Self {
            processes: Vec::new(),
            display: String::new(),
            scene,
            folder,
        };
        for name in ["home", "runtime", "log", "tmp", "files"] {
            fs::create_dir(stage.path(name))?;
        }
        // The keyring refuses a runtime folder that others may enter.
        fs::set_permissions(stage.path("runtime"), fs::Permissions::from_mode(0o700))?;
        stage.start_screen()?;
        stage.start_bus()?;
        if stage.scene.keyring != Keyring::Absent {
            stage.start_keyring()?;
        }
        if stage.scene.loudspeaker {
            stage.start_loudspeaker()?;
        }
        Ok(stage)
    }

    /// The folder that Peal keeps all its files in, as `PEAL_HOME`.
    pub fn peal_home(&self) -> PathBuf {
        self.path("home").join("peal")
    }

    /// A folder for the files of the journey.
    pub fn files(&self) -> PathBuf {
        self.path("files")
    }

    /// The X screen, to look at from outside.
    ///
    /// # Errors
    /// When the X server is gone.
    pub fn screen(&self) -> Result<Screen> {
        Screen::connect(&self.display)
    }

    /// Starts to hear what the loudspeaker plays.
    ///
    /// # Errors
    /// When the stage has no loudspeaker.
    pub fn listen(&self) -> Result<Recording> {
        if !self.scene.loudspeaker {
            bail!("this stage has no loudspeaker");
        }
        Recording::start(self)
    }

    /// A command that runs on the stage: with its variables and no others.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear();
        command.current_dir(self.path("home"));
        for name in ["PATH", "RUST_BACKTRACE", "TZ"] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        let runtime = self.path("runtime");
        command
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("LANG", "C.UTF-8")
            .env("XDG_RUNTIME_DIR", &runtime)
            .env("DISPLAY", &self.display)
            .env("GDK_BACKEND", "x11")
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", runtime.join("bus").display()),
            )
            // No accessibility bus is started behind our back.
            .env("NO_AT_BRIDGE", "1")
            .env("PEAL_HOME", self.peal_home())
            // Port 9 is "discard": nobody listens there.
            .env(
                "PEAL_API_URL",
                self.scene
                    .service
                    .as_deref()
                    .unwrap_or("http://127.0.0.1:9"),
            )
            // Without a graphics card, this draws faster, and pictures through WebDriver show the newest frame.
            .env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1")
            .env(
                "GTK_THEME",
                match self.scene.theme {
                    Theme::Light => "Adwaita",
                    Theme::Dark => "Adwaita:dark",
                },
            );
        for (name, value) in &self.scene.variables {
            command.env(name, value);
        }
        if self.scene.loudspeaker {
            command.env("PULSE_SERVER", self.pulse_server());
        } else {
            command
                .env("PULSE_SERVER", "unix:/nonexistent")
                .env("ALSA_CONFIG_PATH", "/dev/null");
        }
        command
    }

    /// Runs a small program on the stage to its end and gives what it printed; `None` when it said no.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> Result<Option<String>> {
        let answer = self
            .command(program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{program} could not be started"))?;
        Ok(answer
            .status
            .success()
            .then(|| String::from_utf8_lossy(&answer.stdout).into_owned()))
    }

    /// A secret in the keyring, looked up from outside by its attributes: `["service", "…", "username", "…"]`.
    ///
    /// # Errors
    /// When `secret-tool` is not installed.
    pub fn secret(&self, attributes: &[&str]) -> Result<Option<String>> {
        let mut arguments = vec!["lookup"];
        arguments.extend(attributes);
        self.ask("secret-tool", &arguments)
    }

    /// Locks the login keyring, as a screen saver may.
    ///
    /// # Errors
    /// When there is no keyring.
    pub fn lock_keyring(&self) -> Result<()> {
        let locked = self.ask_keyring(&[
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ])?;
        locked.map(drop).context("the keyring was not locked")
    }

    /// Takes the loudspeaker away, as if it were unplugged together with its sound server.
    pub fn lose_loudspeaker(&mut self) {
        self.processes
            .retain(|process| !process.is_called("pulseaudio"));
    }

    /// Where a program of this name writes its messages.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.path("log").join(format!("{name}.log"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn pulse_server(&self) -> String {
        format!("unix:{}", self.path("runtime").join("sound").display())
    }

    fn start_screen(&mut self) -> Result<()> {
        let mut command = self.command("Xvfb");
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
            "-noreset",
        ]);
        let mut server = Process::start_piped("xvfb", &command, &self.log("xvfb"))?;
        let lines = server.lines()?;
        let number = lines
            .recv_timeout(PATIENCE)
            .with_context(|| format!("Xvfb found no free display\n{}", server.log()))?;
        self.display = format!(":{}", number.trim());
        self.processes.push(server);

        let mut command = self.command("openbox");
        command.arg("--sm-disable");
        self.processes
            .push(Process::start("openbox", &command, &self.log("openbox"))?);
        let screen = self.screen()?;
        self.ready("a window manager", || {
            Ok(screen.is_managed()?.then_some(()))
        })
    }

    /// A bus that starts nothing by itself, so that what is on the stage is what the scene says.
    fn start_bus(&mut self) -> Result<()> {
        let socket = self.path("runtime").join("bus");
        let configuration = self.path("runtime").join("bus.conf");
        fs::write(
            &configuration,
            format!(
                r#"<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
                socket.display()
            ),
        )?;
        let mut command = self.command("dbus-daemon");
        command
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--nopidfile"]);
        self.processes.push(Process::start(
            "dbus-daemon",
            &command,
            &self.log("dbus-daemon"),
        )?);
        self.ready("the session bus", || {
            Ok(UnixStream::connect(&socket).ok().map(drop))
        })
    }

    fn start_keyring(&mut self) -> Result<()> {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        let mut daemon = Process::start_fed("gnome-keyring", &command, &self.log("gnome-keyring"))?;
        daemon
            .take_input()
            .context("the keyring reads no password")?
            .write_all(KEYRING_PASSWORD.as_bytes())?;
        self.processes.push(daemon);
        self.ready("the login keyring", || {
            let answer =
                self.ask_keyring(&["org.freedesktop.Secret.Service.ReadAlias", "string:default"])?;
            Ok(answer
                .filter(|answer| answer.contains("collection/login"))
                .map(drop))
        })?;
        if self.scene.keyring == Keyring::Locked {
            self.lock_keyring()?;
        }
        Ok(())
    }

    fn ask_keyring(&self, call: &[&str]) -> Result<Option<String>> {
        let mut arguments = vec![
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
        ];
        arguments.extend(call);
        self.ask("dbus-send", &arguments)
    }

    /// A loudspeaker that plays in real time into a monitor, which [`Recording`] hears.
    fn start_loudspeaker(&mut self) -> Result<()> {
        let socket = self.path("runtime").join("sound");
        let script = self.path("runtime").join("sound.pa");
        fs::write(
            &script,
            format!(
                "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
                 load-module module-null-sink sink_name=loudspeaker rate=48000 channels=2 format=float32le\n\
                 set-default-sink loudspeaker\n",
                socket.display()
            ),
        )?;
        let mut command = self.command("pulseaudio");
        command
            .args(["-n", "-F"])
            .arg(&script)
            .args([
                "--daemonize=no",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
                "--disable-shm=yes",
            ])
            .env_remove("PULSE_SERVER");
        self.processes.push(Process::start(
            "pulseaudio",
            &command,
            &self.log("pulseaudio"),
        )?);
        self.ready("the sound server", || {
            Ok(UnixStream::connect(&socket).ok().map(drop))
        })?;
        // The socket is there before the sink that the script loads next.
        self.ready("the loudspeaker", || {
            let sinks = self.ask("pactl", &["list", "short", "sinks"])?;
            Ok(sinks
                .filter(|sinks| sinks.contains("loudspeaker"))
                .map(drop))
        })
    }

    /// Waits for `look`, which concerns the process that was started last.
    fn ready(&self, what: &str, look: impl FnMut() -> Result<Option<()>>) -> Result<()> {
        wait_until(what, PATIENCE, look).with_context(|| {
            self.processes
                .last()
                .map(|process| {
                    format!("{} did not become ready\n{}", process.name(), process.log())
                })
                .unwrap_or_default()
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print_logs();
        }
        while let Some(mut process) = self.processes.pop() {
            process.stop();
        }
        process::sweep("XDG_RUNTIME_DIR", &self.path("runtime"));
    }
}

impl Stage {
    /// What a failed test needs to be understood on a machine that nobody can look at.
    fn print_logs(&self) {
        for entry in fs::read_dir(self.path("log"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let bytes = fs::read(entry.path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().collect();
            if lines.is_empty() {
                continue;
            }
            eprintln!("── {} (last lines)", entry.path().display());
            for line in &lines[lines.len().saturating_sub(25)..] {
                eprintln!("   {line}");
            }
        }
    }
}
