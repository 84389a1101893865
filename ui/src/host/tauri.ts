// The host in the application: one line per command, and the only file that knows Tauri.

import { invoke } from "@tauri-apps/api/core";
import type { Host } from "./host";

export const tauriHost: Host = {
  snapshot: (since) => invoke("snapshot", { since }),
  playback: (speech, marksFrom, peaksFrom) =>
    invoke("playback", { speech, marksFrom, peaksFrom }),
  listVoices: () => invoke("list_voices"),
  listOutputs: () => invoke("list_outputs"),
  quote: (source, delivery) => invoke("quote", { source, delivery }),
  prepareSpeech: () => invoke("prepare_speech"),
  speak: (source, delivery, from, until) =>
    invoke("speak", { source, delivery, from, until }),
  pauseSpeech: () => invoke("pause_speech"),
  resumeSpeech: () => invoke("resume_speech"),
  stopSpeech: () => invoke("stop_speech"),
  seekSpeech: (seconds) => invoke("seek_speech", { seconds }),
  previewVoice: (voice) => invoke("preview_voice", { voice }),
  chooseFile: () => invoke("choose_file"),
  chooseDocuments: () => invoke("choose_documents"),
  letDropsOpen: (open) => invoke("let_drops_open", { open }),
  documentOutline: (id) => invoke("document_outline", { id }),
  documentSentences: (id, from, count) =>
    invoke("document_sentences", { id, from, count }),
  editSentence: (id, sentence, before, text) =>
    invoke("edit_sentence", { id, sentence, before, text }),
  restoreSentence: (id, sentence, before) =>
    invoke("restore_sentence", { id, sentence, before }),
  undoImport: (id, kind, undone) => invoke("undo_import", { id, kind, undone }),
  markDialogue: (id, dialogue) => invoke("mark_dialogue", { id, dialogue }),
  removeDocument: (id) => invoke("remove_document", { id }),
  saveAudio: (source, delivery, name) =>
    invoke("save_audio", { source, delivery, name }),
  cancelSave: () => invoke("cancel_save"),
  revealSaved: () => invoke("reveal_saved"),
  quoteNarration: (document, delivery) =>
    invoke("quote_narration", { document, delivery }),
  beginNarration: (document, delivery, wish) =>
    invoke("begin_narration", { document, delivery, wish }),
  resumeNarration: (id, limit) => invoke("resume_narration", { id, limit }),
  pauseNarration: (id) => invoke("pause_narration", { id }),
  cancelNarration: (id) => invoke("cancel_narration", { id }),
  retryNarration: (id, segment) => invoke("retry_narration", { id, segment }),
  retrySentence: (document, sentence) =>
    invoke("retry_sentence", { document, sentence }),
  narrationSentence: (id, segment) =>
    invoke("narration_sentence", { id, segment }),
  renameNarration: (id, title) => invoke("rename_narration", { id, title }),
  exportNarration: (id, wish) => invoke("export_narration", { id, wish }),
  removeNarration: (id) => invoke("remove_narration", { id }),
  playNarration: (id) => invoke("play_narration", { id }),
  revealNarration: (id) => invoke("reveal_narration", { id }),
  narratedSentences: (document, from, count) =>
    invoke("narrated_sentences", { document, from, count }),
  chooseNarrationFolder: () => invoke("choose_narration_folder"),
  listDictionaries: () => invoke("list_dictionaries"),
  fetchDictionaries: () => invoke("fetch_dictionaries"),
  createDictionary: (name, words) =>
    invoke("create_dictionary", { name, words }),
  putWord: (dictionary, before, word, at) =>
    invoke("put_word", { dictionary, before, word, at }),
  removeWord: (dictionary, word) => invoke("remove_word", { dictionary, word }),
  renameDictionary: (dictionary, name) =>
    invoke("rename_dictionary", { dictionary, name }),
  followDictionary: (dictionary, inUse) =>
    invoke("follow_dictionary", { dictionary, inUse }),
  deleteDictionary: (dictionary) => invoke("delete_dictionary", { dictionary }),
  touchedDocuments: (word, delivery) =>
    invoke("touched_documents", { word, delivery }),
  updateSettings: (patch) => invoke("update_settings", { patch }),
  pasteKey: () => invoke("paste_key"),
  typeKey: () => invoke("type_key"),
  keepKeyForSession: () => invoke("keep_key_for_session"),
  checkKey: () => invoke("check_key"),
  forgetKey: () => invoke("forget_key"),
  clearClipboard: () => invoke("clear_clipboard"),
  openLink: (link) => invoke("open_link", { link }),
  dismissNotice: (id) => invoke("dismiss_notice", { id }),
};

/** The two commands of the key window. The main window has no permission for them. */
export const keyWindow = {
  submit: (key: string): Promise<void> => invoke("submit_key", { key }),
  cancel: (): Promise<void> => invoke("cancel_key"),
};
