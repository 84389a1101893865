//! What every journey does: opening Peal, waiting for it to speak, connecting a key.

#![allow(
    dead_code,
    reason = "each test program uses its own part of this module"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};
use e2e::{ALIVE, LocalWaves, PATIENCE, Scene, Stage, Wav, Window, save_into};
use simulator::Options;

/// Under which the key is kept in the keyring, and for which service.
pub(crate) const KEYCHAIN_SERVICE: &str = "Peal";

/// A service that answers with tones at once.
pub(crate) fn waves() -> LocalWaves {
    LocalWaves::start(Options::default()).expect("the simulator starts")
}

/// A desktop whose Peal speaks to this service.
pub(crate) fn scene(waves: &LocalWaves) -> Scene {
    Scene {
        service: Some(waves.url()),
        ..Scene::default()
    }
}

/// Peal, with its page there and its built-in voice loaded.
pub(crate) async fn open(stage: &Stage) -> Result<Window> {
    let window = Window::open(stage, &e2e::release_binary("peal-desktop")?, &[]).await?;
    window.wait_for_shown(ALIVE, PATIENCE).await?;
    Ok(window)
}

/// Waits until the main button's state is this one: `silent`, `waiting`, `playing`, `paused`, `noDevice`.
pub(crate) async fn wait_for_status(window: &Window, wanted: &str) -> Result<()> {
    wait_for_attribute(window, "speak-button", "data-status", wanted).await
}

/// Waits until an attribute has this value.
pub(crate) async fn wait_for_attribute(
    window: &Window,
    id: &str,
    name: &str,
    wanted: &str,
) -> Result<()> {
    let mut last = None;
    let found = window
        .wait_for(
            &format!("{name} of {id} to be {wanted}"),
            PATIENCE,
            async |window| {
                last = window.attribute(id, name).await?;
                Ok((last.as_deref() == Some(wanted)).then_some(()))
            },
        )
        .await;
    found.with_context(|| format!("it was {last:?}"))
}

/// Waits for a notice with this in it and gives its whole text.
pub(crate) async fn wait_for_notice(window: &Window, words: &str) -> Result<String> {
    window
        .wait_for(&format!("a notice with “{words}”"), PATIENCE, async |window| {
            let script = "return [...document.querySelectorAll('[data-testid=notice]')].map((notice) => notice.innerText)";
            let notices = window.run(script, vec![]).await?;
            let texts = notices.as_array().cloned().unwrap_or_default();
            let texts = texts.iter().filter_map(|text| text.as_str());
            Ok(texts
                .map(str::to_owned)
                .find(|text| text.contains(words)))
        })
        .await
}

/// Writes a text into the text area, as if pasted.
pub(crate) async fn set_text(window: &Window, text: &str) -> Result<()> {
    window.wait_for_shown("text-area", PATIENCE).await?;
    window.set("text-area", text).await
}

/// The clipboard of the stage holds `text` for as long as the answer lives.
pub(crate) fn copy(stage: &Stage, text: &str) -> Result<Copied> {
    let mut owner = stage
        .command("xclip")
        .args(["-selection", "clipboard", "-quiet", "-in"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("xclip is not installed")?;
    owner
        .stdin
        .take()
        .context("xclip reads no text")?
        .write_all(text.as_bytes())?;
    e2e::wait_until("the clipboard to hold the text", PATIENCE, || {
        let held = stage.ask("xclip", &["-selection", "clipboard", "-out"])?;
        Ok((held.as_deref() == Some(text)).then_some(()))
    })?;
    Ok(Copied(owner))
}

/// Ends the clipboard's owner when dropped.
pub(crate) struct Copied(Child);

impl Drop for Copied {
    fn drop(&mut self) {
        // It may have ended by itself: another program has taken the clipboard over.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Connects a key through the sheet: copies it, opens the sheet, presses **Paste key**, waits for the outcome.
pub(crate) async fn connect(
    stage: &Stage,
    window: &Window,
    key: &str,
    outcome: &str,
) -> Result<()> {
    let _copied = copy(stage, key)?;
    if !window.shows("key-sheet").await? {
        window.click("connect").await?;
    }
    window.wait_for_shown("paste-key", PATIENCE).await?;
    window.click("paste-key").await?;
    wait_for_attribute(window, "key-outcome", "data-outcome", outcome).await
}

/// Connects the right key and closes the sheet.
pub(crate) async fn connect_well(stage: &Stage, window: &Window, waves: &LocalWaves) -> Result<()> {
    connect(stage, window, waves.key(), "accepted").await?;
    window.click("key-sheet-close").await?;
    Ok(())
}

/// Chooses a voice in the picker by searching for it.
pub(crate) async fn choose_voice(window: &Window, name: &str) -> Result<()> {
    window.click("change-voice").await?;
    window.wait_for_shown("voice-search", PATIENCE).await?;
    window.write("voice-search", name).await?;
    let option = "[data-testid=\"voice-option\"]";
    window
        .wait_for_text(option, PATIENCE, |text| {
            text.to_lowercase().contains(&name.to_lowercase())
        })
        .await?;
    window.click(option).await?;
    window
        .wait_for("the picker to close", PATIENCE, async |window| {
            Ok((!window.shows("voice-search").await?).then_some(()))
        })
        .await?;
    wait_for_voice(window, name).await
}

/// Waits until the card names this voice.
pub(crate) async fn wait_for_voice(window: &Window, name: &str) -> Result<()> {
    window
        .wait_for("the voice on its card", PATIENCE, async |window| {
            let script = "return document.querySelector('[data-testid=voice-card]').textContent";
            let card = window.run(script, vec![]).await?;
            let card = card.as_str().unwrap_or_default().to_lowercase();
            Ok(card.contains(&name.to_lowercase()).then_some(()))
        })
        .await
}

/// Begins to save what stands in the text area, through the system's own dialog.
pub(crate) async fn begin_saving(stage: &Stage, window: &Window, target: &Path) -> Result<()> {
    window.click("save-button").await?;
    save_into(stage, "Save File", target)
}

/// Saves what stands in the text area and reads the file when it is there.
pub(crate) async fn save(stage: &Stage, window: &Window, target: &Path) -> Result<Wav> {
    begin_saving(stage, window, target).await?;
    e2e::wait_until("the file", PATIENCE, || Ok(target.is_file().then_some(())))?;
    Wav::open(target)
}

/// How well `wanted` is found in `heard`, both at the same rate: the highest normalised correlation over all places.
/// Both are looked at in steps of four samples for the search, and then exactly around the best place.
pub(crate) fn likeness(heard: &[f32], wanted: &[f32]) -> f64 {
    const COARSE: usize = 4;
    if wanted.is_empty() || heard.len() < wanted.len() {
        return 0.0;
    }
    let at = |place: usize, step: usize| {
        let (mut product, mut left, mut right) = (0.0_f64, 0.0_f64, 0.0_f64);
        for index in (0..wanted.len()).step_by(step) {
            let (a, b) = (f64::from(heard[place + index]), f64::from(wanted[index]));
            product += a * b;
            left += a * a;
            right += b * b;
        }
        product / (left * right).sqrt().max(1e-12)
    };
    let last = heard.len() - wanted.len();
    let stride = (wanted.len() / 64).max(1) * 2 + 1;
    let rough = (0..=last)
        .step_by(COARSE)
        .map(|place| (at(place, stride), place))
        .fold(
            (0.0, 0),
            |best, next| if next.0 > best.0 { next } else { best },
        );
    (rough.1.saturating_sub(COARSE)..=(rough.1 + COARSE).min(last))
        .map(|place| at(place, 1))
        .fold(0.0, f64::max)
}
