//! The shell around the studio: windows, commands, drag and drop, dialogs, clipboard.
//!
//! What it is: the thin layer that turns what a person does in a window into calls of [`studio::Studio`], and its views
//! into the [`contract`] with the web page. What it is not: the place of any decision about speech, keys or files.
//!
//! Invariants:
//! - The web page never sees a key, a path or audio; it may call only the commands its capability names.
//! - No command waits for a job; the page asks how things stand.
//! - Only our own page is ever shown: navigation elsewhere and new windows are refused.

mod clipboard;
mod commands;
pub mod contract;
mod convert;
mod dialogs;
mod settings_store;
mod windows;

use std::time::Duration;

use anyhow::Context;
use studio::Studio;
use studio::home::Home;
use studio::keychain::Keychain;
use tauri::{AppHandle, Manager, RunEvent};

/// Runs the application until its window is closed. To be called by the main thread, before there is another.
///
/// # Errors
/// When there is no data folder, when `PEAL_API_URL` is not an address the key may be sent to, or when the system gives
/// no window.
pub fn run() -> anyhow::Result<()> {
    // SAFETY: called first thing, before anything starts a thread.
    #[expect(unsafe_code, reason = "the web view's processes would inherit the key")]
    unsafe {
        studio::keychain::take_environment_key();
    }
    studio::diagnostics::start();
    let home = Home::from_env().context("Peal has no folder for its data")?;
    let origin = studio::service_origin().context("PEAL_API_URL cannot be used")?;
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_store::Builder::default().build())
        .invoke_handler(tauri::generate_handler![
            commands::snapshot,
            commands::playback,
            commands::list_voices,
            commands::list_outputs,
            commands::quote,
            commands::prepare_speech,
            commands::speak,
            commands::pause_speech,
            commands::resume_speech,
            commands::stop_speech,
            commands::seek_speech,
            commands::preview_voice,
            commands::choose_file,
            commands::choose_documents,
            commands::let_drops_open,
            commands::document_outline,
            commands::document_sentences,
            commands::edit_sentence,
            commands::restore_sentence,
            commands::undo_import,
            commands::mark_dialogue,
            commands::remove_document,
            commands::quote_narration,
            commands::begin_narration,
            commands::resume_narration,
            commands::pause_narration,
            commands::cancel_narration,
            commands::retry_narration,
            commands::retry_sentence,
            commands::narration_sentence,
            commands::rename_narration,
            commands::export_narration,
            commands::remove_narration,
            commands::play_narration,
            commands::narrated_sentences,
            commands::choose_narration_folder,
            commands::reveal_narration,
            commands::save_audio,
            commands::cancel_save,
            commands::reveal_saved,
            commands::dictionaries::list_dictionaries,
            commands::dictionaries::fetch_dictionaries,
            commands::dictionaries::create_dictionary,
            commands::dictionaries::put_word,
            commands::dictionaries::remove_word,
            commands::dictionaries::rename_dictionary,
            commands::dictionaries::follow_dictionary,
            commands::dictionaries::delete_dictionary,
            commands::dictionaries::touched_documents,
            commands::update_settings,
            commands::paste_key,
            commands::type_key,
            commands::keep_key_for_session,
            commands::check_key,
            commands::forget_key,
            commands::clear_clipboard,
            commands::submit_key,
            commands::cancel_key,
            commands::open_link,
            commands::dismiss_notice,
        ])
        .setup(move |app| {
            be_the_only_one(app.handle());
            let runtime = tauri::async_runtime::handle().inner().clone();
            let studio = Studio::open(&home, origin, Keychain::system(), runtime);
            settings_store::hold(app.handle(), &studio, &home)?;
            app.manage(studio);
            windows::open_main(app.handle())?;
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("Peal cannot open a window")?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            leave(app);
        }
    });
    Ok(())
}

/// Ends this process if a Peal runs already, whose window is shown then; else makes this the one.
///
/// A Peal that was killed a moment ago can still seem to run and no longer answer: it is asked again. Whatever comes of
/// that, a person who starts Peal gets a window: two at once lose nothing.
fn be_the_only_one(app: &AppHandle) {
    for wait in [100, 400, 0] {
        let only = tauri_plugin_single_instance::init(|app, _arguments, _folder| {
            windows::show_main(app);
        });
        let Err(error) = app.plugin(only) else {
            return;
        };
        tracing::warn!(%error, "The Peal that seems to run does not answer.");
        std::thread::sleep(Duration::from_millis(wait));
    }
}

/// Lets nothing half-made behind.
fn leave(app: &AppHandle) {
    app.state::<Studio>().close();
}
