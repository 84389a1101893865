// What the window can ask of the program around it. Components and state classes know only this interface; `tauri.ts`
// answers it in the application, `fake.ts` in tests and in a browser. A rejected promise carries an `ErrorReport`.

import type {
  Delivery,
  DictionaryList,
  DocumentOutline,
  DocumentSentence,
  ErrorReport,
  ImportRemarkKind,
  Link,
  NarrationQuote,
  NarrationWish,
  OutputDevice,
  Playback,
  Pronunciation,
  Quote,
  SentenceState,
  SettingsPatch,
  Snapshot,
  Source,
  TouchedDocument,
  VoiceList,
} from "./contract";

export interface Host {
  /** `null` answers at once; a revision answers when there is a newer one, or after ten seconds. */
  snapshot(since: number | null): Promise<Snapshot>;
  /** Marks and peaks from the given counts on; all of them when `speech` is not the one being played. */
  playback(
    speech: number,
    marksFrom: number,
    peaksFrom: number,
  ): Promise<Playback>;

  listVoices(): Promise<VoiceList>;
  listOutputs(): Promise<OutputDevice[]>;
  quote(source: Source, delivery: Delivery): Promise<Quote>;

  /** Somebody seems about to speak with the built-in voice: it is loaded in the background. Asking again costs nothing. */
  prepareSpeech(): Promise<void>;
  /** Answers at once with the number of the speech. `from` is a UTF-16 offset, `null` the start; what begins at `until`
   * or after it is not spoken. */
  speak(
    source: Source,
    delivery: Delivery,
    from: number | null,
    until: number | null,
  ): Promise<number>;
  pauseSpeech(): Promise<void>;
  resumeSpeech(): Promise<void>;
  stopSpeech(): Promise<void>;
  seekSpeech(seconds: number): Promise<void>;
  previewVoice(voice: string): Promise<number>;

  /** Opens the system's dialog; the outcome comes as `snapshot.import`, or as a new document. */
  chooseFile(): Promise<void>;

  /** Opens the system's dialog; what is chosen comes into `snapshot.documents`. */
  chooseDocuments(): Promise<void>;
  /** Whether what is dropped becomes a document, even a single short file. */
  letDropsOpen(open: boolean): Promise<void>;
  documentOutline(id: number): Promise<DocumentOutline>;
  documentSentences(
    id: number,
    from: number,
    count: number,
  ): Promise<DocumentSentence[]>;
  /** `before` is what the person saw; a sentence that is another by now is left alone (`stale`). */
  editSentence(
    id: number,
    sentence: number,
    before: string,
    text: string,
  ): Promise<void>;
  /** Gives the paragraph its imported words back. */
  restoreSentence(id: number, sentence: number, before: string): Promise<void>;
  undoImport(
    id: number,
    kind: ImportRemarkKind,
    undone: boolean,
  ): Promise<void>;
  /** Says whether `Name: line` is spoken by the voice of that name. */
  markDialogue(id: number, dialogue: boolean): Promise<void>;
  removeDocument(id: number): Promise<void>;

  /** Opens the system's dialog; the outcome comes as `snapshot.save`. */
  saveAudio(
    source: Source,
    delivery: Delivery,
    name: string | null,
  ): Promise<void>;
  cancelSave(): Promise<void>;
  revealSaved(): Promise<void>;

  quoteNarration(document: number, delivery: Delivery): Promise<NarrationQuote>;
  /** Answers with the narration's id once it has begun; how it goes on is in `snapshot.narrations`. */
  beginNarration(
    document: number,
    delivery: Delivery,
    wish: NarrationWish,
  ): Promise<string>;
  /** Goes on with one that rests or was interrupted. `limit` in US dollars. */
  resumeNarration(id: string, limit: number | null): Promise<void>;
  pauseNarration(id: string): Promise<void>;
  cancelNarration(id: string): Promise<void>;
  /** One failed segment, or with `null` all of them. */
  retryNarration(id: string, segment: number | null): Promise<void>;
  /** As `retryNarration`, for a sentence of the document that it is made of. */
  retrySentence(document: number, sentence: number): Promise<void>;
  /** The words of a segment. */
  narrationSentence(id: string, segment: number): Promise<string | null>;
  renameNarration(id: string, title: string): Promise<void>;
  /** Makes files of what is owned, beside those of before. Nothing is bought: `limit` means nothing here. */
  exportNarration(id: string, wish: NarrationWish): Promise<string>;
  removeNarration(id: string): Promise<void>;
  playNarration(id: string): Promise<number>;
  revealNarration(id: string): Promise<void>;
  narratedSentences(
    document: number,
    from: number,
    count: number,
  ): Promise<SentenceState[]>;
  /** Opens the system's dialog; the outcome comes as `snapshot.narrationFolder`. */
  chooseNarrationFolder(): Promise<void>;

  /** What is known of the account's dictionaries. */
  listDictionaries(): Promise<DictionaryList>;
  /** Asks the service for them. */
  fetchDictionaries(): Promise<void>;
  /** Answers with its id. Cloud voices follow it from now on. */
  createDictionary(
    name: string | null,
    words: Pronunciation[],
  ): Promise<string>;
  /** In the place of `before`, else where the word stands, else at index `at`, else at the end. */
  putWord(
    dictionary: string,
    before: string | null,
    word: Pronunciation,
    at: number | null,
  ): Promise<void>;
  /** With its last word, a dictionary is deleted. */
  removeWord(dictionary: string, word: string): Promise<void>;
  renameDictionary(dictionary: string, name: string): Promise<void>;
  followDictionary(dictionary: string, inUse: boolean): Promise<void>;
  deleteDictionary(dictionary: string): Promise<void>;
  /** Where a word stands in the documents that are open. */
  touchedDocuments(
    word: string,
    delivery: Delivery,
  ): Promise<TouchedDocument[]>;

  updateSettings(patch: SettingsPatch): Promise<void>;

  /** The key is read from the clipboard on the other side: it never comes here. */
  pasteKey(): Promise<void>;
  /** Opens the small window in which a key can be typed. */
  typeKey(): Promise<void>;
  keepKeyForSession(): Promise<void>;
  checkKey(): Promise<void>;
  forgetKey(): Promise<void>;
  clearClipboard(): Promise<void>;

  openLink(link: Link): Promise<void>;
  dismissNotice(id: number): Promise<void>;
}

/** The report in a rejection, or one made of whatever was thrown instead. */
export function reportOf(cause: unknown): ErrorReport {
  if (isReport(cause)) return cause;
  const details =
    cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return {
    code: "unexpected",
    retryable: false,
    retryAfter: null,
    requestId: null,
    details,
  };
}

function isReport(cause: unknown): cause is ErrorReport {
  return (
    typeof cause === "object" &&
    cause !== null &&
    typeof (cause as ErrorReport).code === "string" &&
    typeof (cause as ErrorReport).details === "string"
  );
}
