//! A desktop session of a test's own: home folder, D-Bus and a real `gnome-keyring-daemon`, all ended with the test.
//!
//! The session is found through environment variables, so each test runs once more as a process of its own in which
//! they are set. Needs the Debian packages dbus, gnome-keyring and libsecret-tools.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use waves::{ApiKey, Origin};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::ObjectPath;

/// Set inside; names the session's folder.
const FOLDER: &str = "PEAL_TEST_DESKTOP";
const SECRETS: &str = "org.freedesktop.secrets";
/// Longer than anything here takes, on the busiest machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body` in a process of its own, with a session of its own, and passes on how it ended.
pub(crate) fn in_own_session(test: &str, body: impl FnOnce(&mut Desktop)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return body(&mut Desktop {
            folder: folder.into(),
            bus: None,
            keyring: None,
        });
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["home", "run"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let address = format!("unix:path={}", folder.path().join("bus").display());
    let inside = Command::new("timeout")
        .args(["--kill-after=5", "300"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .env("HOME", folder.path().join("home"))
        .env("XDG_RUNTIME_DIR", folder.path().join("run"))
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .env_remove("XDG_DATA_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("SMALLEST_API_KEY")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = inside.wait_with_output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    assert!(
        stdout.contains("1 passed") || !status.success(),
        "{test} is no test: {stdout}"
    );
    assert!(status.success(), "{stdout}\n{stderr}");
}

/// A program that ends with the test, however the test ends.
pub(crate) struct Program(Child);

impl Program {
    fn start(program: &str, arguments: &[&str], configure: impl FnOnce(&mut Command)) -> Self {
        // The system ends it if this process is killed before it can.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", program])
            .args(arguments);
        command.stderr(Stdio::null());
        configure(&mut command);
        let child = command.spawn();
        Self(child.unwrap_or_else(|error| panic!("{program} does not start: {error}")))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct Desktop {
    folder: PathBuf,
    keyring: Option<Program>,
    bus: Option<Program>,
}

impl Desktop {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A bus that starts no program by itself: there is a Secret Service only if the test starts one.
    pub(crate) fn start_bus(&mut self) {
        let config = self.folder.join("bus.conf");
        let socket = self.folder.join("bus");
        let text = format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#,
            socket.display()
        );
        fs::write(&config, text).unwrap();
        let config = format!("--config-file={}", config.display());
        let mut bus = Program::start(
            "dbus-daemon",
            &["--nofork", "--print-address=1", &config],
            |command| {
                command.stdout(Stdio::piped());
            },
        );
        let mut address = String::new();
        BufReader::new(bus.0.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        assert!(address.starts_with("unix:"), "the bus did not start");
        self.bus = Some(bus);
    }

    /// Starts the keyring with its login collection unlocked.
    pub(crate) fn start_keyring(&mut self) {
        let arguments = ["--foreground", "--unlock", "--components=secrets"];
        let mut keyring = Program::start("gnome-keyring-daemon", &arguments, |command| {
            command.stdin(Stdio::piped()).stdout(Stdio::null());
        });
        keyring
            .0
            .stdin
            .take()
            .unwrap()
            .write_all(b"testpass")
            .unwrap();
        self.keyring = Some(keyring);
        self.wait_for_keyring();
    }

    /// Starts the keyring as on a desktop whose login never created a collection.
    pub(crate) fn start_keyring_without_collection(&mut self) {
        let arguments = ["--foreground", "--components=secrets"];
        self.keyring = Some(Program::start(
            "gnome-keyring-daemon",
            &arguments,
            |command| {
                command.stdin(Stdio::null()).stdout(Stdio::null());
            },
        ));
        self.wait_for_keyring();
    }

    /// The keyring takes calls but answers none, until it is resumed.
    pub(crate) fn pause_keyring(&self) {
        self.signal_keyring("-STOP");
    }

    pub(crate) fn resume_keyring(&self) {
        self.signal_keyring("-CONT");
    }

    fn signal_keyring(&self, signal: &str) {
        let keyring = self.keyring.as_ref().unwrap().0.id().to_string();
        let done = Command::new("sh")
            .args(["-c", &format!("kill {signal} {keyring}")])
            .status();
        assert!(done.unwrap().success());
    }

    pub(crate) fn end_keyring(&mut self) {
        self.keyring = None;
    }

    fn wait_for_keyring(&self) {
        let bus = self.connect();
        wait_until("the keyring is on the bus", || {
            bus.call_method(
                Some("org.freedesktop.DBus"),
                "/org/freedesktop/DBus",
                Some("org.freedesktop.DBus"),
                "NameHasOwner",
                &SECRETS,
            )
            .unwrap()
            .body()
            .deserialize()
            .unwrap()
        });
    }

    /// Bus and unlocked keyring.
    pub(crate) fn start(&mut self) {
        self.start_bus();
        self.start_keyring();
    }

    /// A connection of the test's own, beside the one under test.
    pub(crate) fn connect(&self) -> Connection {
        Connection::session().unwrap()
    }

    /// Takes the place of the program that shows prompts, and never answers.
    pub(crate) fn show_prompts_to_nobody(&self) -> Connection {
        Builder::session()
            .unwrap()
            .name("org.gnome.keyring.SystemPrompter")
            .unwrap()
            .build()
            .unwrap()
    }

    pub(crate) fn lock(&self) {
        let login = ObjectPath::try_from("/org/freedesktop/secrets/collection/login").unwrap();
        self.connect()
            .call_method(
                Some(SECRETS),
                "/org/freedesktop/secrets",
                Some("org.freedesktop.Secret.Service"),
                "Lock",
                &(vec![login],),
            )
            .unwrap();
    }

    /// Sends a word over the bus in clear.
    pub(crate) fn say_in_clear(&self, word: &str) {
        self.connect()
            .call_method(
                Some(SECRETS),
                "/org/freedesktop/secrets",
                Some("org.freedesktop.Secret.Service"),
                "SearchItems",
                &(HashMap::from([("service", word)]),),
            )
            .unwrap();
    }

    /// Writes everything that crosses the bus into a file.
    pub(crate) fn record_bus(&self, file: &Path) -> Program {
        let file = fs::File::create(file).unwrap();
        Program::start("dbus-monitor", &["--session", "--binary"], |command| {
            command.stdout(file);
        })
    }
}

/// `secret-tool lookup`: the entry as any other program sees it.
pub(crate) fn looked_up(service: &str, origin: &Origin) -> Option<String> {
    let output = secret_tool(&["lookup"], service, origin).output().unwrap();
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap())
}

/// `secret-tool store`: an entry made by another program.
pub(crate) fn put_from_outside(service: &str, origin: &Origin, secret: &str) {
    let mut program = secret_tool(&["store", "--label=from outside"], service, origin)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    program
        .stdin
        .take()
        .unwrap()
        .write_all(secret.as_bytes())
        .unwrap();
    assert!(program.wait().unwrap().success());
}

fn secret_tool(arguments: &[&str], service: &str, origin: &Origin) -> Command {
    let mut command = Command::new("secret-tool");
    command
        .args(arguments)
        .args(["service", service, "username", &origin.to_string()])
        .stderr(Stdio::null());
    command
}

/// A key that exists nowhere else, and is joined only in memory.
pub(crate) fn new_key() -> ApiKey {
    let mut random = [0_u8; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| std::io::Read::read_exact(&mut source, &mut random))
        .unwrap();
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    ApiKey::try_from(format!("sk_{digits}")).unwrap()
}

pub(crate) fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

/// Runs one call to its end.
pub(crate) fn now<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(call)
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the key is in there, as text, as UTF-16 or as hexadecimal digits.
pub(crate) fn contains_key(haystack: &[u8], key: &ApiKey) -> bool {
    let key = key.expose();
    let hexadecimal: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let wide: Vec<u8> = key.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [
        key.as_bytes(),
        &wide,
        hexadecimal.as_bytes(),
        hexadecimal.to_uppercase().as_bytes(),
    ]
    .into_iter()
    .any(|needle| contains(haystack, needle))
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// Every file below `folder`.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files.extend(files_below(&entry.path())),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}
