//! The key is where it should be, and nowhere else: searched for in memory, files, messages, environments and arguments.

#![cfg(target_os = "linux")]

mod journey;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use e2e::{LocalWaves, Scene, Stage, memory};
use journey::{KEYCHAIN_SERVICE, choose_voice, connect_well, open, set_text, wait_for_status};
use simulator::Options;

/// What a connection may keep of its last request.
const BUFFERS_OF_A_CONNECTION: usize = 1;

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_in_the_keychain_and_the_requests_and_nowhere_else() -> Result<()> {
    let key = canary();
    let traces = memory::traces(&key);
    let waves = LocalWaves::start(Options {
        key: key.clone(),
        ..Options::default()
    })?;
    let stage = Stage::open(Scene {
        service: Some(waves.url()),
        variables: vec![("PEAL_LOG".to_owned(), "trace".to_owned())],
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;
    let in_the_core = || -> Result<usize> {
        let core = window
            .processes()
            .first()
            .copied()
            .context("the application has no process")?;
        memory::occurrences(core, &traces)
    };
    let connected = in_the_core()?;
    for number in 1..=5 {
        set_text(
            &window,
            &format!("This is request number {number} with the same key."),
        )
        .await?;
        window.click("speak-button").await?;
        wait_for_status(&window, "playing").await?;
        wait_for_status(&window, "silent").await?;
    }
    let requests = waves.requests();
    ensure!(
        requests.iter().filter(|request| request.authorized).count() >= 5,
        "the key was not used"
    );
    let kept = stage.secret(&["service", KEYCHAIN_SERVICE, "username", &waves.url()])?;
    ensure!(
        kept.as_deref() == Some(key.as_str()),
        "the keychain holds {kept:?}"
    );

    // The search finds what is there: this process runs the service and knows the key.
    ensure!(
        memory::occurrences(std::process::id(), &traces)? > 0,
        "the search of memory finds nothing"
    );
    let control = stage.files().join("control");
    fs::write(&control, &traces[1])?;
    ensure!(
        files_with(&stage.files(), &traces) == [control],
        "the search of files finds nothing"
    );

    let processes = window.processes();
    let (_, web) = processes
        .split_first()
        .context("the application has no process")?;
    ensure!(!web.is_empty(), "there is no web process to search");
    for process in web {
        let found = memory::occurrences(*process, &traces)?;
        ensure!(
            found == 0,
            "{found} copies of the key in the web view's process {process}"
        );
    }
    // Connecting leaves copies in buffers of the clipboard and the bus; using the key must add none.
    let used = in_the_core()?;
    ensure!(
        (1..=connected + BUFFERS_OF_A_CONNECTION).contains(&used),
        "{connected} copies of the key in the core after connecting, {used} after five requests"
    );
    eprintln!(
        "copies of the key in the core: {connected} after connecting, {used} after five requests"
    );

    for process in &processes {
        for part in ["environ", "cmdline"] {
            let bytes = fs::read(format!("/proc/{process}/{part}"))?;
            ensure!(
                !holds(&bytes, &traces),
                "the key is in the {part} of process {process}"
            );
        }
    }
    ensure!(
        !holds(window.log().as_bytes(), &traces),
        "the key is in the messages"
    );
    ensure!(
        window.log().contains("TRACE") || window.log().contains("DEBUG"),
        "there were no messages to search"
    );
    // The keyring's own file is encrypted; searched all the same.
    let home = stage.peal_home();
    let files = files_with(home.parent().context("no home")?, &traces);
    ensure!(files.is_empty(), "the key is in {files:?}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_given_in_the_environment_does_not_reach_the_web_view() -> Result<()> {
    let key = canary();
    let traces = memory::traces(&key);
    let waves = LocalWaves::start(Options {
        key: key.clone(),
        ..Options::default()
    })?;
    let stage = Stage::open(Scene {
        service: Some(waves.url()),
        variables: vec![("SMALLEST_API_KEY".to_owned(), key.clone())],
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    choose_voice(&window, "Sophie").await?;
    set_text(&window, "This voice is paid with the key of the variable.").await?;
    window.click("speak-button").await?;
    wait_for_status(&window, "playing").await?;
    ensure!(
        waves.requests().iter().any(|request| request.authorized),
        "the key was not used"
    );
    let processes = window.processes();
    let (_, web) = processes
        .split_first()
        .context("the application has no process")?;
    ensure!(!web.is_empty(), "there is no web process to search");
    for process in web {
        let environment = fs::read(format!("/proc/{process}/environ"))?;
        ensure!(
            !holds(&environment, &traces),
            "the key is in the environment of process {process}"
        );
        ensure!(
            memory::occurrences(*process, &traces)? == 0,
            "the key is in the memory of process {process}"
        );
    }
    window.close().await
}

/// A key that is nowhere in this program's file: its parts meet only in memory.
fn canary() -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    format!(
        "sk_{:032x}{:08x}",
        now.as_nanos().wrapping_mul(0x9e37_79b9_7f4a_7c15),
        std::process::id()
    )
}

fn holds(bytes: &[u8], traces: &[Vec<u8>]) -> bool {
    traces.iter().any(|trace| {
        bytes
            .windows(trace.len())
            .any(|window| window == trace.as_slice())
    })
}

/// Every file below `folder` that holds a trace.
fn files_with(folder: &Path, traces: &[Vec<u8>]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files_with(&path, traces));
        } else if path.is_file() && fs::read(&path).is_ok_and(|bytes| holds(&bytes, traces)) {
            found.push(path);
        }
    }
    found
}
