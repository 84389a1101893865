//! Writes that are cut off: the process is killed in the middle, or the disk takes no more.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may end where something cannot be had"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use studio::durable::{NewFile, WriteErrorKind, write_atomically};
use studio::settings::{SettingsError, SettingsFile};

/// Set in the process that is to be interrupted; names the folder it writes to.
const FOLDER: &str = "PEAL_TEST_INTERRUPTED_IN";
const SIZE: usize = 256 * 1024;

/// In the process started by [`again`]: the folder to write to.
fn inside() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// This test once more, as a process of its own; `limit` is a shell command that runs before it.
fn again(test: &str, folder: &Path, limit: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("{limit}; exec \"$0\" --exact {test} --nocapture"),
        ])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, folder)
        .stdout(Stdio::piped());
    command
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_process_killed_among_many_writes_leaves_old_or_new_content_never_a_mixture() {
    if let Some(folder) = inside() {
        let target = folder.join("settings.json");
        println!("writing");
        for letter in (b'a'..=b'z').cycle() {
            write_atomically(&target, &[letter; SIZE]).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("settings.json");
    write_atomically(&target, &[b'-'; SIZE]).unwrap();
    let test = "a_process_killed_among_many_writes_leaves_old_or_new_content_never_a_mixture";
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..25_u64 {
        let mut writer = Killed(again(test, folder.path(), ":").spawn().unwrap());
        let output = BufReader::new(writer.0.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap().contains("writing")));
        // Not a wait for something: each round cuts the writer off at another place.
        std::thread::sleep(Duration::from_micros(700 * round));
        drop(writer);
        let content = fs::read(&target).unwrap();
        assert_eq!(content.len(), SIZE);
        assert!(
            content.iter().all(|byte| *byte == content[0]),
            "torn in round {round}"
        );
        seen.insert(content[0]);
    }
    assert!(seen.len() > 1, "the writer never got to write anything");
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_old_file_and_no_rest() {
    if let Some(folder) = inside() {
        let target = folder.join("speech.wav");
        let error = write_atomically(&target, &[1; SIZE]).unwrap_err();
        assert_eq!(error.kind, WriteErrorKind::TooLarge, "{error}");

        let mut new = NewFile::create(&target).unwrap();
        let written = (0..100).try_for_each(|_| new.write_all(&[2; 4096]));
        assert_eq!(
            WriteErrorKind::of(&written.unwrap_err()),
            WriteErrorKind::TooLarge
        );
        drop(new);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("speech.wav"), b"old").unwrap();
    let test = "a_disk_that_takes_no_more_leaves_the_old_file_and_no_rest";
    // 64 blocks of 512 bytes for any one file; ignoring the signal turns the limit into an error of the write.
    let limit = "trap '' XFSZ; ulimit -f 64";
    let output = again(test, folder.path(), limit).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(fs::read(folder.path().join("speech.wav")).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn settings_that_cannot_be_written_keep_their_old_file() {
    if let Some(folder) = inside() {
        let mut file = SettingsFile::load(&folder.join("settings.json")).file;
        assert_eq!(file.settings().speed, 1.5);
        let error = file.update(|settings| settings.speed = 2.0).unwrap_err();
        assert!(
            matches!(&error, SettingsError::NotSaved(error) if error.kind == WriteErrorKind::TooLarge),
            "{error}"
        );
        assert_eq!(file.settings().speed, 2.0);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    SettingsFile::load(&path)
        .file
        .update(|settings| settings.speed = 1.5)
        .unwrap();
    let before = fs::read(&path).unwrap();
    let test = "settings_that_cannot_be_written_keep_their_old_file";
    let limit = "trap '' XFSZ; ulimit -f 0";
    let output = again(test, folder.path(), limit)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no rest is left"
    );
}
