//! What the page may ask. Each command unpacks, calls the studio and converts; nothing is decided here.

pub(crate) mod dictionaries;

use std::path::PathBuf;
use std::time::Duration;

use narration::synthesis::{Delivery, VoiceRef};
use studio::failure::{Failure, FailureKind};
use studio::zeroize::Zeroizing;
use studio::{Source, Studio};
use tauri::{AppHandle, State, Window};

use crate::contract as wire;
use crate::{clipboard, convert, dialogs, settings_store, windows};

/// How long a page may wait for news before it is told that there is none.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most sentences of a document that are told at once.
const MOST_SENTENCES: usize = 400;

type Answer<T> = Result<T, wire::ErrorReport>;

/// Runs what takes longer than a window may stand still.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let done = tauri::async_runtime::spawn_blocking(work).await;
    let failed = |error: tauri::Error| Failure::new(FailureKind::Unexpected, error.to_string());
    done.map_err(failed)
        .flatten()
        .map_err(|failure| convert::error(&failure))
}

fn unpack(
    studio: &Studio,
    source: wire::Source,
    delivery: &wire::Delivery,
) -> Answer<(Source, Delivery)> {
    let delivery = self::delivery(studio, delivery).map_err(|failure| convert::error(&failure))?;
    Ok((convert::source(source), delivery))
}

fn voice(delivery: &wire::Delivery) -> Answer<VoiceRef> {
    convert::voice(&delivery.voice).map_err(|failure| convert::error(&failure))
}

fn delivery(studio: &Studio, delivery: &wire::Delivery) -> Result<Delivery, Failure> {
    Ok(studio.with_dictionaries(convert::delivery(delivery)?))
}

#[tauri::command]
pub(crate) async fn snapshot(
    studio: State<'_, Studio>,
    since: Option<u32>,
) -> Answer<wire::Snapshot> {
    let view = match since {
        Some(since) => studio.view_after(since, PATIENCE).await,
        None => studio.view(),
    };
    Ok(convert::snapshot(view))
}

#[tauri::command]
pub(crate) fn playback(
    studio: State<'_, Studio>,
    speech: u32,
    marks_from: u32,
    peaks_from: u32,
) -> wire::Playback {
    convert::playback(studio.playback(speech, marks_from as usize, peaks_from as usize))
}

#[tauri::command]
pub(crate) async fn list_voices(studio: State<'_, Studio>) -> Answer<wire::VoiceList> {
    let (voices, cloud) = studio.voices();
    Ok(convert::voice_list(&voices, cloud))
}

#[tauri::command]
pub(crate) async fn list_outputs() -> Answer<Vec<wire::OutputDevice>> {
    aside(|| {
        Ok(studio::player::output_devices()
            .into_iter()
            .map(convert::output_device)
            .collect())
    })
    .await
}

#[tauri::command]
pub(crate) async fn quote(
    studio: State<'_, Studio>,
    source: wire::Source,
    delivery: wire::Delivery,
) -> Answer<wire::Quote> {
    let studio = studio.inner().clone();
    let (source, delivery) = unpack(&studio, source, &delivery)?;
    aside(move || studio.quote(source, &delivery).map(convert::quote)).await
}

#[tauri::command]
pub(crate) fn prepare_speech(studio: State<'_, Studio>) {
    studio.builtin().prepare();
}

#[tauri::command]
pub(crate) async fn speak(
    studio: State<'_, Studio>,
    source: wire::Source,
    delivery: wire::Delivery,
    from: Option<u32>,
    until: Option<u32>,
) -> Answer<u32> {
    let studio = studio.inner().clone();
    let (source, delivery) = unpack(&studio, source, &delivery)?;
    let [from, until] = [from, until].map(|offset| offset.map(|offset| offset as usize));
    aside(move || studio.speak(source, delivery, from, until)).await
}

#[tauri::command]
pub(crate) fn pause_speech(studio: State<'_, Studio>) {
    studio.pause();
}

#[tauri::command]
pub(crate) fn resume_speech(studio: State<'_, Studio>) {
    studio.resume();
}

#[tauri::command]
pub(crate) fn stop_speech(studio: State<'_, Studio>) {
    studio.stop();
}

#[tauri::command]
pub(crate) fn seek_speech(studio: State<'_, Studio>, seconds: f64) {
    studio.seek(seconds);
}

#[tauri::command]
pub(crate) async fn preview_voice(studio: State<'_, Studio>, voice: String) -> Answer<u32> {
    let voice = convert::voice(&voice).map_err(|failure| convert::error(&failure))?;
    Ok(studio.preview(voice))
}

#[tauri::command]
pub(crate) fn choose_file(app: AppHandle) {
    dialogs::choose_text(&app);
}

#[tauri::command]
pub(crate) fn choose_documents(app: AppHandle) {
    dialogs::choose_documents(&app);
}

#[tauri::command]
pub(crate) fn let_drops_open(studio: State<'_, Studio>, open: bool) {
    studio.let_drops_open(open);
}

#[tauri::command]
pub(crate) async fn document_outline(
    studio: State<'_, Studio>,
    id: u32,
) -> Answer<wire::DocumentOutline> {
    let studio = studio.inner().clone();
    aside(move || {
        Ok(convert::outline(
            &studio.page(id)?,
            studio.import_report(id)?,
        ))
    })
    .await
}

#[tauri::command]
pub(crate) async fn document_sentences(
    studio: State<'_, Studio>,
    id: u32,
    from: u32,
    count: u32,
) -> Answer<Vec<wire::DocumentSentence>> {
    let studio = studio.inner().clone();
    let count = (count as usize).min(MOST_SENTENCES);
    aside(move || {
        let sentences = studio.page(id)?.sentences(from as usize, count);
        Ok(sentences.into_iter().map(convert::sentence).collect())
    })
    .await
}

#[tauri::command]
pub(crate) async fn edit_sentence(
    studio: State<'_, Studio>,
    id: u32,
    sentence: u32,
    before: String,
    text: String,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.edit_sentence(id, sentence as usize, &before, &text)).await
}

#[tauri::command]
pub(crate) async fn restore_sentence(
    studio: State<'_, Studio>,
    id: u32,
    sentence: u32,
    before: String,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.restore_sentence(id, sentence as usize, &before)).await
}

#[tauri::command]
pub(crate) async fn undo_import(
    studio: State<'_, Studio>,
    id: u32,
    kind: wire::ImportRemarkKind,
    undone: bool,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.undo_import(id, convert::kind_of_remark(kind), undone)).await
}

#[tauri::command]
pub(crate) async fn mark_dialogue(
    studio: State<'_, Studio>,
    id: u32,
    dialogue: bool,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.mark_dialogue(id, dialogue)).await
}

#[tauri::command]
pub(crate) async fn remove_document(studio: State<'_, Studio>, id: u32) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.remove_document(id)).await
}

#[tauri::command]
pub(crate) async fn save_audio(
    app: AppHandle,
    studio: State<'_, Studio>,
    source: wire::Source,
    delivery: wire::Delivery,
    name: Option<String>,
) -> Answer<()> {
    let (source, delivery) = unpack(&studio, source, &delivery)?;
    dialogs::choose_place_and_save(&app, source, delivery, name.as_deref());
    Ok(())
}

#[tauri::command]
pub(crate) fn cancel_save(studio: State<'_, Studio>) {
    studio.cancel_save();
}

#[tauri::command]
pub(crate) async fn reveal_saved(studio: State<'_, Studio>) -> Answer<()> {
    reveal(studio.saved_path()).await
}

async fn reveal(path: Option<PathBuf>) -> Answer<()> {
    aside(move || {
        let Some(path) = path else { return Ok(()) };
        let failed = |error: tauri_plugin_opener::Error| {
            Failure::new(FailureKind::Unreadable, error.to_string())
        };
        tauri_plugin_opener::reveal_item_in_dir(path).map_err(failed)
    })
    .await
}

#[tauri::command]
pub(crate) async fn quote_narration(
    studio: State<'_, Studio>,
    document: u32,
    delivery: wire::Delivery,
) -> Answer<wire::NarrationQuote> {
    let studio = studio.inner().clone();
    let voice = voice(&delivery)?;
    // What is changed by that is in the quote.
    let _ = studio.see_dictionaries(&voice).await;
    aside(move || {
        let delivery = self::delivery(&studio, &delivery)?;
        let estimate = studio.quote_narration(document, delivery)?;
        Ok(convert::narration_quote(estimate))
    })
    .await
}

#[tauri::command]
pub(crate) async fn begin_narration(
    studio: State<'_, Studio>,
    document: u32,
    delivery: wire::Delivery,
    wish: wire::NarrationWish,
) -> Answer<String> {
    let studio = studio.inner().clone();
    let (output, limit) = (convert::output(&wish), convert::millionths(wish.limit));
    let seen = studio.see_dictionaries(&voice(&delivery)?).await;
    seen.map_err(|failure| convert::error(&failure))?;
    aside(move || {
        let delivery = self::delivery(&studio, &delivery)?;
        studio.begin_narration(document, delivery, output, limit)
    })
    .await
}

#[tauri::command]
pub(crate) async fn resume_narration(
    studio: State<'_, Studio>,
    id: String,
    limit: Option<f64>,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.resume_narration(&id, convert::millionths(limit))).await
}

#[tauri::command]
pub(crate) fn pause_narration(studio: State<'_, Studio>, id: String) {
    studio.pause_narration(&id);
}

#[tauri::command]
pub(crate) async fn cancel_narration(studio: State<'_, Studio>, id: String) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.cancel_narration(&id)).await
}

#[tauri::command]
pub(crate) fn retry_narration(studio: State<'_, Studio>, id: String, segment: Option<u32>) {
    studio.retry_narration(&id, segment.map(|segment| segment as usize));
}

#[tauri::command]
pub(crate) async fn retry_sentence(
    studio: State<'_, Studio>,
    document: u32,
    sentence: u32,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.retry_sentence(document, sentence as usize)).await
}

#[tauri::command]
pub(crate) async fn narration_sentence(
    studio: State<'_, Studio>,
    id: String,
    segment: u32,
) -> Answer<Option<String>> {
    let studio = studio.inner().clone();
    aside(move || Ok(studio.narration_sentence(&id, segment as usize))).await
}

#[tauri::command]
pub(crate) async fn rename_narration(
    studio: State<'_, Studio>,
    id: String,
    title: String,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.rename_narration(&id, &title)).await
}

#[tauri::command]
pub(crate) async fn export_narration(
    studio: State<'_, Studio>,
    id: String,
    wish: wire::NarrationWish,
) -> Answer<String> {
    let studio = studio.inner().clone();
    let output = convert::output(&wish);
    aside(move || studio.export_narration(&id, output)).await
}

#[tauri::command]
pub(crate) async fn remove_narration(studio: State<'_, Studio>, id: String) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || studio.remove_narration(&id)).await
}

#[tauri::command]
pub(crate) async fn play_narration(studio: State<'_, Studio>, id: String) -> Answer<u32> {
    let studio = studio.inner().clone();
    aside(move || studio.play_narration(&id)).await
}

#[tauri::command]
pub(crate) async fn narrated_sentences(
    studio: State<'_, Studio>,
    document: u32,
    from: u32,
    count: u32,
) -> Answer<Vec<wire::SentenceState>> {
    let studio = studio.inner().clone();
    let (from, count) = (from as usize, (count as usize).min(MOST_SENTENCES));
    aside(move || {
        let states = studio.narrated(document, from..from + count)?;
        Ok(states.into_iter().map(convert::sentence_state).collect())
    })
    .await
}

#[tauri::command]
pub(crate) fn choose_narration_folder(app: AppHandle) {
    dialogs::choose_narration_folder(&app);
}

#[tauri::command]
pub(crate) async fn reveal_narration(studio: State<'_, Studio>, id: String) -> Answer<()> {
    reveal(studio.narration_file(&id)).await
}

#[tauri::command]
pub(crate) async fn update_settings(app: AppHandle, patch: wire::SettingsPatch) -> Answer<()> {
    aside(move || {
        settings_store::change(&app, patch);
        Ok(())
    })
    .await
}

#[tauri::command]
pub(crate) async fn paste_key(studio: State<'_, Studio>) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || {
        studio.account().offer(&clipboard::text(), true);
        Ok(())
    })
    .await
}

#[tauri::command]
pub(crate) async fn type_key(app: AppHandle) -> Answer<()> {
    windows::open_key(&app)
        .map_err(|error| convert::error(&Failure::new(FailureKind::Unexpected, error.to_string())))
}

#[tauri::command]
pub(crate) fn keep_key_for_session(studio: State<'_, Studio>) {
    studio.account().keep_for_this_session();
}

#[tauri::command]
pub(crate) fn check_key(studio: State<'_, Studio>) {
    studio.account().try_again();
}

#[tauri::command]
pub(crate) async fn forget_key(studio: State<'_, Studio>) -> Answer<()> {
    studio
        .account()
        .forget()
        .await
        .map(|_| ())
        .map_err(|failure| convert::error(&failure))
}

#[tauri::command]
pub(crate) async fn clear_clipboard(studio: State<'_, Studio>) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || {
        clipboard::clear_key();
        studio.account().forget_clipboard();
        Ok(())
    })
    .await
}

#[tauri::command]
pub(crate) fn submit_key(window: Window, studio: State<'_, Studio>, key: String) {
    studio.account().offer(&Zeroizing::new(key), false);
    windows::close_key(&window);
}

#[tauri::command]
pub(crate) fn cancel_key(window: Window) {
    windows::close_key(&window);
}

#[tauri::command]
pub(crate) async fn open_link(link: wire::Link) -> Answer<()> {
    aside(move || {
        let failed = |error: tauri_plugin_opener::Error| {
            Failure::new(FailureKind::Unexpected, error.to_string())
        };
        tauri_plugin_opener::open_url(convert::address(link), None::<&str>).map_err(failed)
    })
    .await
}

#[tauri::command]
pub(crate) fn dismiss_notice(studio: State<'_, Studio>, id: u32) {
    studio.dismiss_notice(id);
}
