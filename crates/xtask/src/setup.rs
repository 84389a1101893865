//! System packages: what is missing, and installing it where that is allowed.
//!
//! Allowed means: Debian or a relative of it, as root or with a sudo that asks for nothing. Everywhere else the one
//! command that would install them is printed and the program stops. There is never a prompt.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;

/// What a package is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compiling everything but the window.
    Core,
    /// Compiling the window, and the libraries it runs on.
    Window,
    /// The keychain and the sound server that tests start for themselves, and the program that judges finished files.
    CoreTests,
    /// The screen, the driver and the pointer that the journeys use.
    WindowTests,
    /// The independent recogniser that the built-in voice is judged by.
    Bench,
}

/// All that a developer of Peal ever needs, save what only `bench` uses.
pub(crate) const EVERYTHING: &[Need] =
    &[Need::Core, Need::Window, Need::CoreTests, Need::WindowTests];

/// One thing that must be there, under its names in the package systems.
///
/// Names for Fedora and Arch were taken from their package lists; nothing was run there.
struct Package {
    need: Need,
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
}

const fn package(
    need: Need,
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
) -> Package {
    Package {
        need,
        debian,
        fedora,
        arch,
    }
}

const PACKAGES: &[Package] = &[
    package(Need::Core, "build-essential", "gcc-c++", "base-devel"),
    package(Need::Core, "pkg-config", "pkgconf-pkg-config", "pkgconf"),
    package(Need::Core, "libasound2-dev", "alsa-lib-devel", "alsa-lib"),
    package(
        Need::Window,
        "libwebkit2gtk-4.1-dev",
        "webkit2gtk4.1-devel",
        "webkit2gtk-4.1",
    ),
    package(Need::Window, "libdbus-1-dev", "dbus-devel", "dbus"),
    package(Need::CoreTests, "dbus", "dbus-daemon", "dbus"),
    package(
        Need::CoreTests,
        "gnome-keyring",
        "gnome-keyring",
        "gnome-keyring",
    ),
    package(Need::CoreTests, "ffmpeg", "/usr/bin/ffmpeg", "ffmpeg"),
    package(Need::CoreTests, "libsecret-tools", "libsecret", "libsecret"),
    package(Need::CoreTests, "pulseaudio", "pulseaudio", "pulseaudio"),
    package(
        Need::CoreTests,
        "pulseaudio-utils",
        "pulseaudio-utils",
        "libpulse",
    ),
    package(
        Need::WindowTests,
        "xvfb",
        "xorg-x11-server-Xvfb",
        "xorg-server-xvfb",
    ),
    package(
        Need::WindowTests,
        "webkit2gtk-driver",
        "/usr/bin/WebKitWebDriver",
        "webkitgtk-6.0",
    ),
    package(Need::WindowTests, "xdotool", "xdotool", "xdotool"),
    package(Need::WindowTests, "openbox", "openbox", "openbox"),
    package(Need::WindowTests, "xclip", "xclip", "xclip"),
    package(
        Need::WindowTests,
        "python3-gi",
        "python3-gobject",
        "python-gobject",
    ),
    package(Need::WindowTests, "gir1.2-gtk-3.0", "gtk3", "gtk3"),
    package(
        Need::WindowTests,
        "fonts-dejavu-core",
        "dejavu-sans-fonts",
        "ttf-dejavu",
    ),
    package(Need::Bench, "python3-venv", "python3", "python"),
];

/// The families of Linux whose package names we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Debian,
    Fedora,
    Arch,
    Unknown,
}

/// Something is missing that may not be installed from here. The text says what to do.
#[derive(Debug)]
pub(crate) struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

/// Sees to it that the system packages for `needs` are there.
///
/// # Errors
/// [`Missing`] when only the person may install them; any other error when installing failed.
pub(crate) fn packages(needs: &[Need]) -> Result<()> {
    if cfg!(target_os = "macos") {
        return macos();
    }
    if cfg!(windows) {
        windows(needs);
        return Ok(());
    }
    linux(needs)
}

fn linux(needs: &[Need]) -> Result<()> {
    let family = family(&fs::read_to_string("/etc/os-release").unwrap_or_default());
    let wanted: Vec<&'static str> = PACKAGES
        .iter()
        .filter(|package| needs.contains(&package.need))
        .map(|package| match family {
            Family::Debian | Family::Unknown => package.debian,
            Family::Fedora => package.fedora,
            Family::Arch => package.arch,
        })
        .collect();
    let missing: Vec<&'static str> = wanted
        .into_iter()
        .filter(|name| !is_installed(family, name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if family != Family::Debian {
        return Err(Missing(advice(family, &missing)).into());
    }
    let sudo = match permission() {
        Permission::Root => false,
        Permission::SudoWithoutPrompt => true,
        Permission::None => return Err(Missing(advice(family, &missing)).into()),
    };
    eprintln!("Installing system packages: {}", missing.join(" "));
    command::run(&mut apt_get(sudo, &["update", "-q"]))?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    command::run(&mut apt_get(sudo, &arguments)).context("the system packages were not installed")
}

fn apt_get(sudo: bool, arguments: &[&str]) -> Command {
    let mut command;
    if sudo {
        command = Command::new("sudo");
        command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    } else {
        command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
    }
    command.args(arguments).stdin(std::process::Stdio::null());
    command
}

enum Permission {
    Root,
    SudoWithoutPrompt,
    None,
}

fn permission() -> Permission {
    if command::output(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0") {
        Permission::Root
    } else if command::says_yes("sudo", &["-n", "true"]) {
        Permission::SudoWithoutPrompt
    } else {
        Permission::None
    }
}

/// The one command that installs what is missing, to be copied into a terminal.
fn advice(family: Family, missing: &[&str]) -> String {
    let names = missing.join(" ");
    match family {
        Family::Debian => format!(
            "system packages are missing. This command installs them:\n\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}\n"
        ),
        Family::Fedora => format!(
            "system packages are missing. This command installs them:\n\n  sudo dnf install -y {names}\n"
        ),
        Family::Arch => format!(
            "system packages are missing. This command installs them:\n\n  sudo pacman -S --needed {names}\n"
        ),
        Family::Unknown => format!(
            "these libraries and programs are missing; here are their names on Debian, install what your system calls them:\n\n  {names}\n"
        ),
    }
}

fn is_installed(family: Family, name: &str) -> bool {
    match family {
        Family::Debian => Command::new("dpkg-query")
            .args(["-W", "-f=${db:Status-Status}\n", name])
            .stderr(std::process::Stdio::null())
            .output()
            .is_ok_and(|answer| {
                // One line for each architecture it is known for.
                String::from_utf8_lossy(&answer.stdout)
                    .lines()
                    .any(|line| line == "installed")
            }),
        Family::Fedora => command::says_yes("rpm", &["-q", "--whatprovides", name]),
        Family::Arch => command::says_yes("pacman", &["-Qq", name]),
        Family::Unknown => probe(name),
    }
}

/// Looks for the thing itself where no package system can be asked.
fn probe(debian_name: &str) -> bool {
    let library = |name| command::says_yes("pkg-config", &["--exists", name]);
    let program = |name: &str| command::says_yes("sh", &["-c", &format!("command -v {name}")]);
    match debian_name {
        "build-essential" => program("cc"),
        "pkg-config" => program("pkg-config"),
        "libasound2-dev" => library("alsa"),
        "libwebkit2gtk-4.1-dev" => library("webkit2gtk-4.1"),
        "libdbus-1-dev" => library("dbus-1"),
        "dbus" => program("dbus-daemon"),
        "gnome-keyring" => program("gnome-keyring-daemon"),
        "libsecret-tools" => program("secret-tool"),
        "pulseaudio-utils" => program("parec"),
        "xvfb" => program("Xvfb"),
        "webkit2gtk-driver" => program("WebKitWebDriver"),
        "python3-gi" | "gir1.2-gtk-3.0" => command::says_yes(
            "/usr/bin/python3",
            &["-c", "import gi; gi.require_version('Gtk', '3.0')"],
        ),
        "fonts-dejavu-core" => true,
        "python3-venv" => command::says_yes("python3", &["-c", "import venv, ensurepip"]),
        other => program(other),
    }
}

/// Reads the fields that systemd's os-release(5) defines for this purpose.
fn family(os_release: &str) -> Family {
    let fields: BTreeMap<&str, &str> = os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key, value.trim_matches(['"', '\''])))
        .collect();
    let names = ["ID", "ID_LIKE"]
        .into_iter()
        .filter_map(|key| fields.get(key))
        .flat_map(|value| value.split_whitespace());
    for name in names {
        match name {
            "debian" | "ubuntu" => return Family::Debian,
            "fedora" | "rhel" | "centos" => return Family::Fedora,
            "arch" | "archlinux" => return Family::Arch,
            _ => {}
        }
    }
    Family::Unknown
}

fn macos() -> Result<()> {
    if command::says_yes("xcode-select", &["-p"]) {
        return Ok(());
    }
    Err(Missing(
        "Apple's command line tools are missing. This command installs them:\n\n  xcode-select --install\n"
            .into(),
    )
    .into())
}

/// Rust brought Microsoft's build tools with it, or this program would not have been linked. Windows 11 and an updated
/// Windows 10 have WebView2; its absence stops the window, not the build, so it is only mentioned.
fn windows(needs: &[Need]) {
    const RUNTIME: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    let places = [
        format!(r"HKLM\SOFTWARE\WOW6432Node\{RUNTIME}"),
        format!(r"HKCU\SOFTWARE\{RUNTIME}"),
    ];
    let is_there = places
        .iter()
        .any(|place| command::says_yes("reg", &["query", place, "/v", "pv"]));
    if needs.contains(&Need::Window) && !is_there {
        eprintln!(
            "The WebView2 runtime was not found. If the window does not open, install it from https://developer.microsoft.com/microsoft-edge/webview2/"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_of_a_system_are_known_by_what_they_are_like() {
        assert_eq!(
            family("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"),
            Family::Debian
        );
        assert_eq!(
            family("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"),
            Family::Debian
        );
        assert_eq!(
            family("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"),
            Family::Fedora
        );
        assert_eq!(family("ID=manjaro\nID_LIKE=arch\n"), Family::Arch);
        assert_eq!(family("ID=nixos\n"), Family::Unknown);
        assert_eq!(family(""), Family::Unknown);
    }

    #[test]
    fn advice_is_one_command_that_names_every_missing_package() {
        let advice = advice(Family::Debian, &["libasound2-dev", "pkg-config"]);
        let commands: Vec<&str> = advice
            .lines()
            .filter(|line| line.contains("apt-get install"))
            .collect();
        assert_eq!(commands.len(), 1);
        assert!(commands[0].ends_with("libasound2-dev pkg-config"));
    }
}
