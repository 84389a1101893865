//! Pictures of every screen in light and dark, in `target/shots`: `cargo xtask shots`. A picture that cannot be taken
//! because its screen is not reached is a failure like any other.

#![cfg(target_os = "linux")]

#[path = "journey/mod.rs"]
mod journey;

use std::fs;

use anyhow::Result;
use e2e::{PATIENCE, Scene, Stage, Theme, Window, drag_files};
use journey::{
    choose_voice, connect_well, open, scene, set_text, wait_for_notice, wait_for_status, waves,
};

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
    let waves = waves();
    let stage = Stage::open(Scene {
        theme,
        ..scene(&waves)
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
    window.click("voice-picker-close").await?;

    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;
    window.click("change-voice").await?;
    window.wait_for_shown("voice-option", PATIENCE).await?;
    shot("voices").await?;
    window.click("voice-picker-close").await?;

    set_text(&window, PASSAGE).await?;
    shot("written").await?;
    window.click("speak-button").await?;
    wait_for_status(&window, "playing").await?;
    window
        .wait_for_shown("[data-testid=read-view] .now", PATIENCE)
        .await?;
    shot("speak").await?;
    window.click("stop-button").await?;
    photograph_drop(&stage, &window, look)?;

    set_text(&window, "").await?;
    shot("empty").await?;
    window.click("rail-settings").await?;
    window.wait_for_shown("settings-screen", PATIENCE).await?;
    shot("settings").await?;
    window.click("rail-speak").await?;

    drop(waves);
    set_text(&window, "Now the service is out of reach.").await?;
    window.click("speak-button").await?;
    wait_for_notice(&window, "No connection").await?;
    shot("offline").await?;
    window.client().set_window_size(900, 600).await?;
    shot("offline-small").await?;
    window.close().await
}

/// The whole screen, since the page alone does not show the file that hangs over it.
fn photograph_drop(stage: &Stage, window: &Window, look: &str) -> Result<()> {
    let file = stage.files().join("A letter.txt");
    fs::write(&file, PASSAGE)?;
    let picture = e2e::shots()?.join(format!("drop-{look}.png"));
    tokio::task::block_in_place(|| {
        drag_files(stage, "Peal", &[file], || {
            let shown = window.wait_for_shown("drop-overlay", PATIENCE);
            tokio::runtime::Handle::current().block_on(shown)?;
            stage.screen()?.photograph(&picture)
        })
    })
}
