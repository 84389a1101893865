//! A person's journey from a book to its finished audio: what it costs, what goes wrong on the way, and what is done with it later.

#![cfg(target_os = "linux")]

mod journey;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use e2e::{LocalWaves, PATIENCE, Scene, Stage, Wav, Window, drag_files, wait_until};
use journey::{choose_voice, connect_well, open, scene, wait_for_notice, waves};
use simulator::{ErrorBody, Fault, LoggedRequest, Times};

/// What the narrations of this file are made of: a heading and so many sentences.
const SENTENCES: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_that_failed_is_tried_again_and_what_is_finished_is_renamed_found_heard_and_exported_for_nothing()
-> Result<()> {
    let waves = waves();
    let stage = Stage::open(scene(&waves))?;
    let recording = stage.listen()?;
    let window = open(&stage).await?;
    let folder = home(&stage)?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;
    open_book(&stage, &window).await?;

    waves.fault(
        Fault::Status {
            status: 400,
            retry_after: None,
            body: ErrorBody::ErrorOnly,
        },
        Times::Once,
    );
    window.click("make-button").await?;
    window
        .wait_for_text("make-price", PATIENCE, |price| price.contains('$'))
        .await?;
    choose_format(&window, "wav").await?;
    window.click("make-srt").await?;
    window.click("make-begin").await?;
    window.click("rail-library").await?;
    wait_for_state(&window, "incomplete").await?;
    ensure!(
        !folder.join("The lamp.wav").exists(),
        "a file is there although a sentence is missing"
    );
    let asked = bought(&waves).len();

    window
        .click("[data-testid=narration-failures] summary")
        .await?;
    window
        .wait_for_text("narration-failure", PATIENCE, |text| {
            text.contains("lamp") || text.contains("The lamp")
        })
        .await?;
    window.screenshot("narration-failed").await?;
    window.click("narration-retry-one").await?;
    wait_for_state(&window, "finished").await?;
    ensure!(
        bought(&waves).len() == asked + 1,
        "trying one sentence again took {} requests",
        bought(&waves).len() - asked
    );
    let made = Wav::open(&folder.join("The lamp.wav"))?;
    ensure!(made.seconds() > 20.0, "it lasts {} s", made.seconds());
    let captions = fs::read_to_string(folder.join("The lamp.srt"))?;
    ensure!(
        captions.contains("night number 12"),
        "the captions are {captions}"
    );

    window.click("narration-rename").await?;
    window.write("narration-name", "A long winter").await?;
    window.click("narration-name-save").await?;
    window.write("library-search", "winter").await?;
    // Asked of the page: the driver takes a line that may be cut short for one that is not shown.
    let title = "return document.querySelector('[data-testid=narration] h2')?.innerText";
    window
        .wait_for("the new title", PATIENCE, async |window| {
            let title = window.run(title, vec![]).await?;
            Ok((title == "A long winter").then_some(()))
        })
        .await?;
    window.write("library-search", "summer").await?;
    window.wait_for_shown("library-none", PATIENCE).await?;
    window.write("library-search", "winter").await?;

    window.click("narration-export").await?;
    choose_format(&window, "flac").await?;
    window.click("export-begin").await?;
    let flac = folder.join("A long winter.flac");
    wait_until("the second file", PATIENCE, || {
        Ok(flac.is_file().then_some(()))
    })?;
    ensure!(
        fs::read(&flac)?.starts_with(b"fLaC"),
        "the second file is no FLAC"
    );
    wait_for_state(&window, "finished").await?;

    let clicked = std::time::Instant::now();
    window.click("narration-play").await?;
    recording.first_sound(clicked, PATIENCE)?;
    ensure!(
        bought(&waves).len() == asked + 1,
        "what is finished was bought again"
    );
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_offers_to_go_on_and_buys_nothing_twice() -> Result<()> {
    let waves = waves();
    waves.set_pace(Some(4.0));
    let stage = Stage::open(Scene {
        loudspeaker: false,
        ..scene(&waves)
    })?;
    let window = open(&stage).await?;
    let folder = home(&stage)?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;
    open_book(&stage, &window).await?;
    window.click("make-button").await?;
    window
        .wait_for_text("make-price", PATIENCE, |price| price.contains('$'))
        .await?;
    choose_format(&window, "wav").await?;
    window.click("make-begin").await?;
    waves.wait_until(|requests| answered(requests) >= 4).await;
    for process in window.processes() {
        stage.ask("kill", &["-9", &process.to_string()])?;
    }
    drop(window);
    let flying = bought(&waves).len() - answered(&waves.requests());

    let window = open(&stage).await?;
    let notice = wait_for_notice(&window, "The lamp").await?;
    ensure!(
        notice.contains("not paid for again"),
        "the notice says {notice}"
    );
    window.screenshot("narration-interrupted").await?;
    waves.set_pace(None);
    window.click("notice-goOn").await?;
    window.click("rail-library").await?;
    wait_for_state(&window, "finished").await?;
    ensure!(
        Wav::open(&folder.join("The lamp.wav"))?.seconds() > 20.0,
        "it is too short"
    );
    let once = SENTENCES + 1;
    let requests = bought(&waves).len();
    // What was on its way at the kill, and the take that was not yet on the disk, may have to be bought again.
    ensure!(
        requests <= once + flying + 1,
        "{requests} requests for {once} segments, {flying} of them on their way at the kill"
    );
    window.close().await
}

/// Where finished files go when nobody has chosen a folder.
fn home(stage: &Stage) -> Result<PathBuf> {
    let peal = stage.peal_home();
    Ok(peal.parent().context("the home has a parent")?.to_owned())
}

/// Drops the book onto the window and waits for its sentences.
async fn open_book(stage: &Stage, window: &Window) -> Result<()> {
    let path = stage.files().join("The lamp.md");
    write_book(&path)?;
    window.click("rail-documents").await?;
    window.wait_for_shown("documents-empty", PATIENCE).await?;
    drag_files(stage, "Peal", std::slice::from_ref(&path), || Ok(()))?;
    window
        .wait_for_text(
            "[data-testid=sentence][data-index=\"1\"]",
            PATIENCE,
            |text| text.contains("night number 1"),
        )
        .await
        .map(drop)
}

fn write_book(path: &Path) -> Result<()> {
    let sentences: Vec<String> = (1..=SENTENCES)
        .map(|number| {
            format!(
                "The keeper of the lamp wrote down what he saw on night number {number} of that winter."
            )
        })
        .collect();
    Ok(fs::write(
        path,
        format!("# The lamp\n\n{}\n", sentences.join("\n\n")),
    )?)
}

async fn choose_format(window: &Window, format: &str) -> Result<()> {
    let script = "const format = document.querySelector('[data-testid=make-format]');
        format.value = arguments[0];
        format.dispatchEvent(new Event('change', { bubbles: true }));
        return null";
    window.run(script, vec![format.into()]).await.map(drop)
}

async fn wait_for_state(window: &Window, wanted: &str) -> Result<()> {
    journey::wait_for_attribute(window, "narration", "data-state", wanted).await
}

fn bought(waves: &LocalWaves) -> Vec<LoggedRequest> {
    let requests = waves.requests().into_iter();
    requests.filter(|request| request.characters > 0).collect()
}

fn answered(requests: &[LoggedRequest]) -> usize {
    let spoken = requests
        .iter()
        .filter(|request| request.characters > 0 && request.completed);
    spoken.count()
}
