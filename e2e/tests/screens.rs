//! Pictures of every screen in light and dark, in `target/shots`: `cargo xtask shots`. A picture that cannot be taken
//! because its screen is not reached is a failure like any other.

#![cfg(target_os = "linux")]

use std::fs;

use anyhow::Result;
use e2e::{ALIVE, LocalWaves, PATIENCE, Scene, Stage, Theme, Window, drag_files, release_binary};
use simulator::{DEFAULT_KEY, Options};

/// A voice of the service, as the picker lists it.
const CLOUD_VOICE: &str = "[data-testid=\"voice-option\"][data-voice^=\"lightning_v3.1/\"]";
const PASSAGE: &str = "The lighthouse keeper wrote one line in his log every night.\n\n\
    On the night of the great storm he wrote three lines, and the third one was a question. \
    Nobody has answered it since, though the log still lies open on the desk by the window.";

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_photographed_in_light() -> Result<()> {
    photograph(Theme::Light, "light").await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_photographed_in_dark() -> Result<()> {
    photograph(Theme::Dark, "dark").await
}

async fn photograph(theme: Theme, look: &str) -> Result<()> {
    photograph_first_run(theme, look).await?;
    photograph_with_key(theme, look).await
}

async fn photograph_first_run(theme: Theme, look: &str) -> Result<()> {
    let stage = Stage::open(Scene {
        theme,
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    let shot = async |name: &str| window.screenshot(&format!("{name}-{look}")).await;
    shot("first").await?;
    window.click("connect").await?;
    window.wait_for_shown("paste-key", PATIENCE).await?;
    shot("key").await?;
    window.click("paste-key").await?;
    window.wait_for_shown("key-outcome", PATIENCE).await?;
    shot("key-nothing-in-clipboard").await?;
    window.click("key-sheet-close").await?;
    window.click("change-voice").await?;
    window.wait_for_shown("voices-no-key", PATIENCE).await?;
    shot("voices-without-key").await?;
    window.close().await
}

async fn photograph_with_key(theme: Theme, look: &str) -> Result<()> {
    let waves = LocalWaves::start(Options::default())?;
    let stage = Stage::open(Scene {
        theme,
        service: Some(waves.url()),
        variables: vec![("SMALLEST_API_KEY".to_owned(), DEFAULT_KEY.to_owned())],
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    let shot = async |name: &str| window.screenshot(&format!("{name}-{look}")).await;
    window.click("change-voice").await?;
    window.wait_for_shown(CLOUD_VOICE, PATIENCE).await?;
    shot("voices").await?;
    // Found by name, it is in view: the list is longer than the window.
    window.write("voice-search", "Sophie").await?;
    window
        .wait_for_text("voice-option", PATIENCE, |text| text.contains("Sophie"))
        .await?;
    window.click("voice-option").await?;
    window
        .wait_for("the picker to close", PATIENCE, async |window| {
            Ok((!window.shows("voice-search").await?).then_some(()))
        })
        .await?;

    window.set("text-area", PASSAGE).await?;
    shot("written").await?;
    window.click("speak-button").await?;
    window
        .wait_for_shown("[data-testid=\"read-view\"] .now", PATIENCE)
        .await?;
    shot("speak").await?;
    window.click("stop-button").await?;
    window.wait_for_shown("text-area", PATIENCE).await?;
    photograph_drop(&stage, &window, look)?;

    window.set("text-area", "").await?;
    shot("empty").await?;
    window.click("rail-settings").await?;
    window.wait_for_shown("settings-screen", PATIENCE).await?;
    shot("settings").await?;
    window.click("rail-pronunciation").await?;
    window
        .wait_for_shown("pronunciation-screen", PATIENCE)
        .await?;
    shot("pronunciation").await?;
    photograph_documents(&stage, &window, look).await?;
    window.click("rail-speak").await?;

    drop(waves);
    window
        .set("text-area", "Now the service is out of reach.")
        .await?;
    window.click("speak-button").await?;
    window.wait_for_shown("notice", PATIENCE).await?;
    shot("offline").await?;
    window.client().set_window_size(900, 600).await?;
    shot("offline-small").await?;
    window.close().await
}

async fn photograph_documents(stage: &Stage, window: &Window, look: &str) -> Result<()> {
    let shot = async |name: &str| window.screenshot(&format!("{name}-{look}")).await;
    window.click("rail-documents").await?;
    window.wait_for_shown("documents-empty", PATIENCE).await?;
    shot("documents-empty").await?;
    let book = stage.files().join("The keeper.md");
    let chapter = |number: u32| format!("# Chapter {number}\n\n{PASSAGE} [pause 2s]\n\n");
    fs::write(&book, (1..30).map(chapter).collect::<String>())?;
    drag_files(stage, "Peal", &[book], || Ok(()))?;
    window.wait_for_shown("sentences", PATIENCE).await?;
    window
        .wait_for_text("[data-index=\"0\"]", PATIENCE, |text| {
            text.contains("Chapter 1")
        })
        .await?;
    shot("document").await?;
    window.click("report-button").await?;
    window.wait_for_shown("report-line", PATIENCE).await?;
    shot("import-report").await?;
    window.click("report-sheet-close").await?;
    window.click("all-documents").await?;
    window.wait_for_shown("open-document", PATIENCE).await?;
    shot("documents").await.map(drop)
}

async fn open(stage: &Stage) -> Result<Window> {
    let window = Window::open(stage, &release_binary("peal-desktop")?, &[]).await?;
    window.wait_for_shown(ALIVE, PATIENCE).await?;
    Ok(window)
}

/// How the page looks while a file hangs over it.
fn photograph_drop(stage: &Stage, window: &Window, look: &str) -> Result<()> {
    let file = stage.files().join("A letter.txt");
    fs::write(&file, PASSAGE)?;
    // Dragging waits on its own thread; only the page is asked in between.
    tokio::task::block_in_place(|| {
        drag_files(stage, "Peal", &[file], || {
            tokio::runtime::Handle::current().block_on(async {
                window.wait_for_shown("drop-overlay", PATIENCE).await?;
                window.screenshot(&format!("drop-{look}")).await.map(drop)
            })
        })
        .map(drop)
    })
}
