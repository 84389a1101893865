//! Declares which commands exist, so that a window may call only those its capability names.

/// Every command of the application. A command missing here could be called from any window.
const COMMANDS: &[&str] = &[
    "snapshot",
    "playback",
    "list_voices",
    "list_outputs",
    "quote",
    "prepare_speech",
    "speak",
    "pause_speech",
    "resume_speech",
    "stop_speech",
    "seek_speech",
    "preview_voice",
    "choose_file",
    "choose_documents",
    "let_drops_open",
    "document_outline",
    "document_sentences",
    "edit_sentence",
    "restore_sentence",
    "undo_import",
    "mark_dialogue",
    "remove_document",
    "quote_narration",
    "begin_narration",
    "resume_narration",
    "pause_narration",
    "cancel_narration",
    "retry_narration",
    "retry_sentence",
    "narration_sentence",
    "rename_narration",
    "export_narration",
    "remove_narration",
    "play_narration",
    "narrated_sentences",
    "choose_narration_folder",
    "reveal_narration",
    "save_audio",
    "cancel_save",
    "reveal_saved",
    "list_dictionaries",
    "fetch_dictionaries",
    "create_dictionary",
    "put_word",
    "remove_word",
    "rename_dictionary",
    "follow_dictionary",
    "delete_dictionary",
    "touched_documents",
    "update_settings",
    "paste_key",
    "type_key",
    "keep_key_for_session",
    "check_key",
    "forget_key",
    "clear_clipboard",
    "submit_key",
    "cancel_key",
    "open_link",
    "dismiss_notice",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) =
        tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
    {
        println!("cargo::error={error:#}");
    }
}
