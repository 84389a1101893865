//! A person's journey through how words are said: taught in the window, kept at the service, heard in speech.

#![cfg(target_os = "linux")]

mod journey;

use anyhow::{Result, ensure};
use e2e::{PATIENCE, Stage, Window};
use journey::{choose_voice, connect_well, open, scene, set_text, wait_for_status, waves};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_taught_and_goes_only_with_sentences_that_have_it() -> Result<()> {
    let waves = waves();
    let stage = Stage::open(scene(&waves))?;
    let window = open(&stage).await?;
    window.click("rail-pronunciation").await?;
    window.click("pronunciation-connect").await?;
    window.wait_for_shown("paste-key", PATIENCE).await?;
    connect_well(&stage, &window, &waves).await?;
    window
        .wait_for_shown("pronunciation-empty", PATIENCE)
        .await?;
    window.write("word-add-word", "GIF").await?;
    window.write("word-add-said", "jiff").await?;
    window.click("word-add-save").await?;
    wait_for_word(&window, "jiff").await?;

    window.click("rail-speak").await?;
    choose_voice(&window, "sophie").await?;
    set_text(
        &window,
        "The GIF is late today, as it was before. Nobody knows why that had to be so.",
    )
    .await?;
    window.click("speak-button").await?;
    wait_for_status(&window, "playing").await?;
    wait_for_status(&window, "silent").await?;
    let spoken: Vec<(String, bool)> = waves
        .requests()
        .into_iter()
        .filter(|one| !one.text.is_empty())
        .map(|one| {
            let dictionaries = one.fields.get("pronunciation_dicts");
            let follows = dictionaries.and_then(Value::as_array);
            (one.text, follows.is_some_and(|ids| ids.len() == 1))
        })
        .collect();
    ensure!(spoken.len() == 2, "{spoken:?}");
    for (text, follows) in &spoken {
        ensure!(text.contains("GIF") == *follows, "{spoken:?}");
    }
    window.close().await?;

    // The next day it is still there; taken out, it comes back.
    let window = open(&stage).await?;
    window.click("rail-pronunciation").await?;
    wait_for_word(&window, "GIF").await?;
    window.click("word-remove").await?;
    window
        .wait_for_shown("pronunciation-undo", PATIENCE)
        .await?;
    window.click("pronunciation-undo").await?;
    wait_for_word(&window, "jiff").await?;
    window.close().await
}

async fn wait_for_word(window: &Window, part: &str) -> Result<()> {
    let row = "[data-testid=word]";
    let text = window.wait_for_text(row, PATIENCE, |text| text.contains(part));
    text.await.map(|_| ())
}
