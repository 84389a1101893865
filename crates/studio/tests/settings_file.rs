//! The settings file as a person's disk has it: damaged, torn, full, read-only, from another version.

#![expect(
    clippy::unwrap_used,
    reason = "a test may end where something cannot be had"
)]

use std::fs;
use std::path::{Path, PathBuf};

use studio::durable::WriteErrorKind;
use studio::settings::{Loaded, Settings, SettingsError, SettingsFile, SettingsNotice, Theme};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(content: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        fs::write(folder.settings(), content).unwrap();
        folder
    }

    fn settings(&self) -> PathBuf {
        self.path("settings.json")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self) -> Loaded {
        SettingsFile::load(&self.settings())
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_missing_file_means_the_defaults_and_creates_nothing() {
    let folder = Folder::new();
    let Loaded { file, notice } = folder.load();
    assert_eq!(file.settings(), &Settings::default());
    assert_eq!(notice, None);
    assert!(folder.names().is_empty());
}

#[test]
fn changes_are_there_after_a_restart_and_the_last_good_file_is_the_backup() {
    let folder = Folder::new();
    let mut file = SettingsFile::load(&folder.path("deep/settings.json")).file;
    file.update(|settings| settings.speed = 1.25).unwrap();
    file.update(|settings| settings.theme = Theme::Dark)
        .unwrap();
    let again = SettingsFile::load(&folder.path("deep/settings.json"));
    assert_eq!(again.notice, None);
    assert_eq!(again.file.settings(), file.settings());
    assert_eq!(again.file.settings().speed, 1.25);
    let backup = json(&folder.path("deep/settings.backup.json"));
    assert_eq!(backup["speed"], 1.25);
    assert_eq!(backup["theme"], "system");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name| {
            fs::metadata(folder.path(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(mode("deep"), 0o700);
        assert_eq!(mode("deep/settings.json"), 0o600);
    }
}

#[test]
fn nothing_is_written_if_nothing_changes() {
    let folder = Folder::new();
    let mut file = folder.load().file;
    file.update(|settings| settings.speed = 1.5).unwrap();
    let before = fs::metadata(folder.settings()).unwrap().modified().unwrap();
    file.update(|settings| settings.speed = 1.5).unwrap();
    let after = fs::metadata(folder.settings()).unwrap().modified().unwrap();
    assert_eq!(before, after);
    assert_eq!(folder.names(), ["settings.json"]);
}

#[test]
fn one_damaged_field_costs_only_that_field() {
    let damaged = r#"{"version":1,"theme":"sepia","speed":1.5,"volume":"loud","language":"hi","later":{"a":1}}"#;
    let folder = Folder::with(damaged);
    let Loaded { file, notice } = folder.load();
    assert_eq!(file.settings().theme, Theme::System);
    assert_eq!(file.settings().speed, 1.5);
    assert_eq!(file.settings().language, "hi");
    let kept_as = Some(folder.path("settings.damaged-1.json"));
    let lost = vec!["theme", "volume"];
    assert_eq!(notice, Some(SettingsNotice::Salvaged { lost, kept_as }));
    assert_eq!(
        fs::read(folder.path("settings.damaged-1.json")).unwrap(),
        damaged.as_bytes()
    );
    assert_eq!(
        json(&folder.settings())["later"]["a"],
        1,
        "unknown fields stay"
    );
    assert_eq!(
        folder.load().notice,
        None,
        "the next start is an ordinary one"
    );
}

#[test]
fn a_torn_file_loses_only_what_was_torn_off_and_the_backup_fills_in() {
    let folder = Folder::new();
    let mut file = folder.load().file;
    file.update(|settings| settings.language = "ta".to_owned())
        .unwrap();
    file.update(|settings| settings.concurrency = 7).unwrap();
    let whole = fs::read(folder.settings()).unwrap();
    let wanted = file.settings().clone();
    drop(file);
    for length in (0..whole.len() - 2).step_by(3) {
        fs::write(folder.settings(), &whole[..length]).unwrap();
        let Loaded { file, notice } = folder.load();
        let mut expected = wanted.clone();
        // The backup is one change behind, so concurrency is known only if the torn file still has it whole: with
        // the name that follows, for `7` alone might have been 70.
        let text = String::from_utf8_lossy(&whole[..length]);
        if !text.contains("\"concurrency\": 7,\n  \"connectCardDismissed\"") {
            expected.concurrency = 1;
        }
        assert_eq!(file.settings(), &expected, "torn after {length} bytes");
        assert!(matches!(
            notice,
            Some(SettingsNotice::Restored { kept_as: Some(_) })
        ));
        assert_eq!(folder.load().notice, None);
    }
    let kept = folder
        .names()
        .iter()
        .filter(|name| name.contains("damaged"))
        .count();
    assert!(kept <= 20, "{kept} damaged files");
}

#[test]
fn rubbish_is_kept_aside_once_and_the_defaults_are_used() {
    for rubbish in [
        &b""[..],
        b"\0\0\0\0\0\0",
        b"[1,2]",
        b"\xFF\xFE{\0}\0",
        b"null",
        b"{",
    ] {
        let folder = Folder::with(rubbish);
        let Loaded { file, notice } = folder.load();
        assert_eq!(file.settings(), &Settings::default(), "{rubbish:?}");
        let kept_as = Some(folder.path("settings.damaged-1.json"));
        assert_eq!(
            notice,
            Some(SettingsNotice::Reset { kept_as }),
            "{rubbish:?}"
        );
        fs::write(folder.settings(), rubbish).unwrap();
        folder.load();
        let kept = folder
            .names()
            .iter()
            .filter(|name| name.contains("damaged"))
            .count();
        assert_eq!(kept, 1);
    }
}

#[test]
fn deeply_nested_or_endless_content_ends_in_a_notice() {
    let nested = format!("{{\"speed\":1.5,\"x\":{}", "[".repeat(200_000));
    let folder = Folder::with(nested);
    assert_eq!(folder.load().file.settings().speed, 1.5);

    let folder = Folder::with(vec![b' '; 3 * 1024 * 1024]);
    let Loaded { mut file, notice } = folder.load();
    let kept_as = Some(folder.path("settings.damaged-1.json"));
    assert_eq!(notice, Some(SettingsNotice::Reset { kept_as }));
    file.update(|settings| settings.speed = 0.5).unwrap();
    assert_eq!(folder.load().file.settings().speed, 0.5);
}

#[test]
fn a_newer_version_keeps_what_this_one_does_not_know() {
    let newer = r#"{"version":7,"theme":"sepia","pitch":3,"speed":1.5,"voice":{"id":"x"}}"#;
    let folder = Folder::with(newer);
    let Loaded { mut file, notice } = folder.load();
    assert_eq!(
        notice,
        Some(SettingsNotice::FromNewerVersion { version: 7 })
    );
    assert_eq!(file.settings().speed, 1.5);
    file.update(|settings| settings.volume = 0.5).unwrap();
    let written = json(&folder.settings());
    assert_eq!(written["version"], 7);
    assert_eq!(written["theme"], "sepia");
    assert_eq!(written["pitch"], 3);
    assert_eq!(written["voice"]["id"], "x");
    assert_eq!(written["volume"], 0.5);
    file.update(|settings| settings.theme = Theme::Light)
        .unwrap();
    assert_eq!(json(&folder.settings())["theme"], "light");
}

#[test]
fn a_byte_order_mark_is_no_damage() {
    let folder = Folder::with("\u{FEFF}{\"version\":1,\"speed\":2}");
    let Loaded { file, notice } = folder.load();
    assert_eq!((file.settings().speed, notice), (2.0, None));
}

#[test]
fn a_file_that_cannot_be_read_is_left_alone() {
    let folder = Folder::new();
    fs::create_dir(folder.settings()).unwrap();
    let Loaded { mut file, notice } = folder.load();
    assert!(matches!(notice, Some(SettingsNotice::Unreadable { .. })));
    let error = file.update(|settings| settings.speed = 2.0).unwrap_err();
    assert!(matches!(error, SettingsError::LeftAlone { .. }), "{error}");
    assert_eq!(file.settings().speed, 2.0, "in force all the same");
    assert!(folder.settings().is_dir());
}

#[test]
fn a_change_that_cannot_be_saved_is_in_force_and_saved_with_the_next_one() {
    let folder = Folder::new();
    let blocked = folder.path("peal");
    fs::write(&blocked, b"a file where the folder should be").unwrap();
    let mut file = SettingsFile::load(&blocked.join("settings.json")).file;
    let error = file.update(|settings| settings.speed = 2.0).unwrap_err();
    assert!(
        matches!(&error, SettingsError::NotSaved(error) if error.kind == WriteErrorKind::MissingFolder),
        "{error}"
    );
    assert_eq!(file.settings().speed, 2.0, "in force all the same");
    fs::remove_file(&blocked).unwrap();
    file.update(|settings| settings.volume = 0.5).unwrap();
    let again = SettingsFile::load(&blocked.join("settings.json")).file;
    assert_eq!(
        (again.settings().speed, again.settings().volume),
        (2.0, 0.5)
    );
}

#[test]
fn unusable_values_of_the_program_itself_fall_back_to_what_was() {
    let folder = Folder::new();
    let mut file = folder.load().file;
    file.update(|settings| {
        settings.speed = 1.5;
        settings.volume = 7.0;
    })
    .unwrap();
    file.update(|settings| settings.speed = f64::NAN).unwrap();
    assert_eq!(file.settings().speed, 1.5);
    assert_eq!(file.settings().volume, 1.0);
    assert_eq!(folder.load().file.settings(), file.settings());
}
