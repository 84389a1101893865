//! The system's own dialogs for choosing files. What they answer goes to the studio, never to the page.

use std::path::PathBuf;

use narration::synthesis::Delivery;
use studio::{Source, Studio};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};

/// Lets a person choose a text to speak, or a document.
pub(crate) fn choose_text(app: &AppHandle) {
    let studio = app.state::<Studio>().inner().clone();
    texts(app).pick_file(move |chosen| {
        if let Some(path) = chosen.and_then(local) {
            studio.take_in(vec![path]);
        }
    });
}

/// Lets a person choose texts to open as documents.
pub(crate) fn choose_documents(app: &AppHandle) {
    let studio = app.state::<Studio>().inner().clone();
    texts(app).pick_files(move |chosen| {
        let paths: Vec<PathBuf> = chosen.into_iter().flatten().filter_map(local).collect();
        if !paths.is_empty() {
            studio.open_documents(paths);
        }
    });
}

/// Lets a person choose where finished narrations go.
pub(crate) fn choose_narration_folder(app: &AppHandle) {
    let studio = app.state::<Studio>().inner().clone();
    dialog(app)
        .set_directory(studio.narration_folder())
        .pick_folder(move |chosen| {
            if let Some(folder) = chosen.and_then(local) {
                studio.change_settings(|settings| settings.save_folder = Some(folder));
            }
        });
}

fn texts(app: &AppHandle) -> FileDialogBuilder<tauri::Wry> {
    dialog(app).add_filter(
        "*.txt, *.md, *.html, *.docx, *.odt, *.rtf, *.epub, *.pdf, *.srt, *.vtt",
        narration::document::ENDINGS,
    )
}

/// Lets a person choose where to save, then saves there.
pub(crate) fn choose_place_and_save(
    app: &AppHandle,
    source: Source,
    delivery: Delivery,
    name: Option<&str>,
) {
    let studio = app.state::<Studio>().inner().clone();
    if !studio.begin_choosing() {
        return;
    }
    let mut dialog = dialog(app)
        .add_filter("*.wav", &["wav"])
        .set_file_name(format!(
            "{}.wav",
            studio::save::file_name(name.unwrap_or_default())
        ));
    if let Some(folder) = studio
        .view()
        .settings
        .save_folder
        .filter(|folder| folder.is_dir())
    {
        dialog = dialog.set_directory(folder);
    }
    dialog.save_file(move |chosen| match chosen.and_then(local) {
        Some(path) => {
            let path = with_ending(path);
            if let Some(folder) = path.parent() {
                studio.change_settings(|settings| settings.save_folder = Some(folder.to_owned()));
            }
            studio.save(source, delivery, path);
        }
        None => studio.cancel_save(),
    });
}

fn dialog(app: &AppHandle) -> FileDialogBuilder<tauri::Wry> {
    let dialog = app.dialog().file();
    match app.get_webview_window("main") {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

fn local(path: FilePath) -> Option<PathBuf> {
    path.into_path().ok()
}

/// A name typed without an ending gets the one of what is in the file.
fn with_ending(path: PathBuf) -> PathBuf {
    let has_ending = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("wav"));
    if has_ending {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".wav");
    name.into()
}
