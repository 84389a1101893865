// A host without a program: for tests, and for the window in a browser. It keeps the promises of the contract — long polls,
// speech that arrives faster than it sounds, outcomes of every kind — and lets a test put it into any state.

import type {
  Delivery,
  DictionaryList,
  DocumentOutline,
  DocumentSentence,
  ErrorCode,
  ErrorReport,
  ImportRemarkKind,
  KeyOutcome,
  Link,
  Mark,
  Narration,
  NarrationQuote,
  NarrationWish,
  OutputDevice,
  Playback,
  PlaybackState,
  Pronunciation,
  Quote,
  SentenceState,
  SettingsPatch,
  Snapshot,
  Source,
  TouchedDocument,
  Voice,
  VoiceList,
} from "./contract";
import { FakeDictionaries } from "./fakeDictionaries";
import {
  changeSentence,
  fakeDocument,
  outlineOf,
  sentencesOf,
  textOf,
  undoReport,
  type FakeDocument,
} from "./fakeShelf";
import type { Host } from "./host";
import { characterCount } from "../format";
import { FRESH, patched } from "../state/preferences.svelte";

export function errorReport(
  code: ErrorCode,
  more: Partial<ErrorReport> = {},
): ErrorReport {
  return {
    code,
    retryable: false,
    retryAfter: null,
    requestId: null,
    details: `fake ${code}`,
    ...more,
  };
}

/** Seconds a text takes to speak: fifteen characters a second. */
const seconds = (characters: number, speed: number) => characters / 15 / speed;

function splitSentences(
  text: string,
): { start: number; end: number; text: string }[] {
  const sentences = [];
  for (const match of text.matchAll(/\S[^.!?\n]*[.!?]*/g)) {
    const end = match.index + match[0].length;
    sentences.push({
      start: match.index,
      end,
      text: match[0],
    });
  }
  return sentences;
}

interface Speech {
  number: number;
  preview: string | null;
  state: PlaybackState;
  marks: Mark[];
  length: number;
  /** Seconds that have arrived at the start; the rest follows at `pace` times real time. */
  startedAt: number;
  pace: number;
  position: number;
  resumedAt: number;
}

export class FakeHost implements Host {
  /** Every command, with its arguments, in order. */
  readonly calls: [string, ...unknown[]][] = [];
  /** The next call of a command is refused with this. */
  readonly refusals = new Map<string, ErrorReport>();
  /** What `pasteKey` finds out. */
  pasteOutcome: KeyOutcome = "accepted";
  voices: Voice[] = builtinVoices();
  cloud: VoiceList["cloud"] = { type: "noKey" };
  outputs: OutputDevice[] = [
    { id: "speakers", name: "Built-in Audio", isDefault: true },
    { id: "headset", name: "USB Headset", isDefault: false },
  ];
  owned = 0;
  dictionaries = new FakeDictionaries();
  shelf = new Map<number, FakeDocument>();
  latency = 5;

  snapshotNow: Snapshot = {
    revision: 1,
    version: "0.1.0",
    builtin: "ready",
    key: {
      present: false,
      store: null,
      check: "unknown",
      keychain: "ready",
      outcome: null,
      clipboardHoldsKey: false,
    },
    settings: {
      ...FRESH,
      connectCardDismissed: false,
      standardPrice: { perTenThousand: 0.1, asOf: "2026-09" },
      proPrice: { perTenThousand: 0.2, asOf: "2026-09" },
    },
    import: { type: "idle" },
    documents: [],
    opening: null,
    narrations: [],
    narrationFolder: "Music",
    save: { type: "idle" },
    notices: [],
    dropHover: false,
    voicesRevision: 1,
    dictionariesRevision: 1,
  };

  #waiting = new Set<() => void>();
  #speech: Speech | null = null;
  #speeches = 0;

  /** Changes the snapshot and answers the long polls. */
  change(part: Partial<Snapshot>): void {
    this.snapshotNow = {
      ...this.snapshotNow,
      ...part,
      revision: this.snapshotNow.revision + 1,
    };
    for (const answer of [...this.#waiting]) answer();
  }

  changeKey(part: Partial<Snapshot["key"]>): void {
    this.change({ key: { ...this.snapshotNow.key, ...part } });
  }

  /** A short text was dropped. */
  drop(fileName: string, text: string): void {
    const id = this.snapshotNow.revision + 1;
    this.change({
      dropHover: false,
      import: {
        type: "ready",
        id,
        fileName,
        title: fileName.replace(/\.\w+$/, ""),
        text,
        remarks: [],
      },
    });
  }

  /** Sets the speech forward or into another state, for a test or a picture. */
  poseSpeech(part: Partial<Speech>): void {
    if (this.#speech !== null) {
      Object.assign(this.#speech, { resumedAt: performance.now() }, part);
    }
  }

  async snapshot(since: number | null): Promise<Snapshot> {
    await this.#answer("snapshot", since);
    if (since !== null && this.snapshotNow.revision <= since) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, 10_000);
        this.#waiting.add(done);
      });
    }
    return this.snapshotNow;
  }

  async playback(
    speech: number,
    marksFrom: number,
    peaksFrom: number,
  ): Promise<Playback> {
    await this.#answer("playback", speech, marksFrom, peaksFrom);
    const now = this.#advance();
    if (now === null) {
      return {
        speech: this.#speeches,
        preview: null,
        state: "idle",
        position: 0,
        arrived: 0,
        complete: false,
        expected: 0,
        marksFrom: 0,
        marks: [],
        peaksFrom: 0,
        peaks: [],
      };
    }
    const same = now.number === speech;
    const arrived = this.#arrived(now);
    const marks = now.marks
      .filter((mark) => mark.from < arrived)
      .map((mark) => ({
        ...mark,
        to: mark.to !== null && mark.to <= arrived ? mark.to : null,
      }));
    const firstMark = same ? Math.min(marksFrom, marks.length) : 0;
    const firstPeak = same ? peaksFrom : 0;
    const peakCount = Math.floor(arrived * 20);
    return {
      speech: now.number,
      preview: now.preview,
      state: now.state,
      position: now.position,
      arrived,
      complete: arrived >= now.length,
      expected: now.length,
      marksFrom: firstMark,
      marks: marks.slice(firstMark),
      peaksFrom: firstPeak,
      peaks: Array.from(
        { length: Math.max(0, peakCount - firstPeak) },
        (_, index) => peak(firstPeak + index, now.marks),
      ),
    };
  }

  async listVoices(): Promise<VoiceList> {
    await this.#answer("listVoices");
    return { voices: this.voices, cloud: this.cloud };
  }

  async listOutputs(): Promise<OutputDevice[]> {
    await this.#answer("listOutputs");
    return this.outputs;
  }

  async quote(source: Source, delivery: Delivery): Promise<Quote> {
    await this.#answer("quote", source, delivery);
    const text = this.#text(source);
    const characters = characterCount(text);
    const builtin = delivery.voice.startsWith("builtin/");
    const owned = Math.min(this.owned, characters);
    const price = delivery.voice.includes("_pro/")
      ? this.snapshotNow.settings.proPrice
      : this.snapshotNow.settings.standardPrice;
    const toBuy = builtin ? 0 : characters - owned;
    return {
      characters,
      speakable: /[\p{L}\p{N}]/u.test(text),
      sentences: splitSentences(text).length,
      owned: builtin ? 0 : owned,
      toBuy,
      price: builtin
        ? 0
        : price.perTenThousand === null
          ? null
          : (toBuy / 10_000) * price.perTenThousand,
      seconds: seconds(characters, delivery.speed),
    };
  }

  async prepareSpeech(): Promise<void> {
    await this.#answer("prepareSpeech");
  }

  async speak(
    source: Source,
    delivery: Delivery,
    from: number | null,
    until: number | null,
  ): Promise<number> {
    await this.#answer("speak", source, delivery, from, until);
    const text = this.#text(source);
    if (!/[\p{L}\p{N}]/u.test(text)) throw errorReport("nothingToSay");
    let at = 0;
    const marks = splitSentences(text)
      .filter(
        (sentence) =>
          sentence.end > (from ?? 0) && sentence.start < (until ?? Infinity),
      )
      .map((sentence) => {
        const length = seconds(sentence.text.length + 6, delivery.speed);
        const mark = {
          start: sentence.start,
          end: sentence.end,
          from: at,
          to: at + length,
        };
        at += length;
        return mark;
      });
    return this.#begin(null, marks, at);
  }

  async pauseSpeech(): Promise<void> {
    await this.#answer("pauseSpeech");
    const now = this.#advance();
    if (now !== null && now.state !== "finished") now.state = "paused";
  }

  async resumeSpeech(): Promise<void> {
    await this.#answer("resumeSpeech");
    if (this.#speech === null) return;
    this.#speech.state = "playing";
    this.#speech.resumedAt = performance.now();
  }

  async stopSpeech(): Promise<void> {
    await this.#answer("stopSpeech");
    this.#speech = null;
  }

  async seekSpeech(to: number): Promise<void> {
    await this.#answer("seekSpeech", to);
    const now = this.#advance();
    if (now === null) return;
    now.position = Math.min(to, this.#arrived(now));
    if (now.state === "finished") now.state = "playing";
  }

  async previewVoice(voice: string): Promise<number> {
    await this.#answer("previewVoice", voice);
    return this.#begin(voice, [{ start: 0, end: 0, from: 0, to: 4 }], 4);
  }

  async chooseFile(): Promise<void> {
    await this.#answer("chooseFile");
    this.drop("Chosen.txt", "A text that was chosen from a file.");
  }

  /** A file was opened as a document. */
  open(document: FakeDocument): void {
    this.shelf.set(document.entry.id, document);
    const turn = (this.snapshotNow.opening?.turn ?? 0) + 1;
    this.tellShelf({ opening: { turn, id: document.entry.id } });
  }

  tellShelf(more: Partial<Snapshot> = {}): void {
    const entries = [...this.shelf.values()].map(({ entry }) => entry);
    this.change({ documents: entries.reverse(), dropHover: false, ...more });
  }

  async chooseDocuments(): Promise<void> {
    await this.#answer("chooseDocuments");
    const id = this.snapshotNow.revision + 1;
    this.open(fakeDocument(id, "Chosen.txt", "It was chosen. It is short."));
  }

  letDropsOpen = (open: boolean) => this.#answer("letDropsOpen", open);

  async documentOutline(id: number): Promise<DocumentOutline> {
    await this.#answer("documentOutline", id);
    return outlineOf(this.#document(id));
  }

  async documentSentences(
    id: number,
    from: number,
    count: number,
  ): Promise<DocumentSentence[]> {
    await this.#answer("documentSentences", id, from, count);
    return sentencesOf(this.#document(id), from, count);
  }

  async editSentence(
    id: number,
    index: number,
    before: string,
    text: string,
  ): Promise<void> {
    await this.#answer("editSentence", id, index, before, text);
    const stale = errorReport("stale");
    changeSentence(this.#document(id), index, before, () => text, stale);
    this.tellShelf();
  }

  async restoreSentence(
    id: number,
    index: number,
    before: string,
  ): Promise<void> {
    await this.#answer("restoreSentence", id, index, before);
    const stale = errorReport("stale");
    changeSentence(
      this.#document(id),
      index,
      before,
      (sentence) => sentence.original,
      stale,
    );
    this.tellShelf();
  }

  async undoImport(
    id: number,
    kind: ImportRemarkKind,
    undone: boolean,
  ): Promise<void> {
    await this.#answer("undoImport", id, kind, undone);
    undoReport(this.#document(id), kind, undone);
    this.tellShelf();
  }

  async markDialogue(id: number, dialogue: boolean): Promise<void> {
    await this.#answer("markDialogue", id, dialogue);
    const document = this.#document(id);
    const { entry } = document;
    document.entry = { ...entry, dialogue, revision: entry.revision + 1 };
    this.tellShelf();
  }

  async removeDocument(id: number): Promise<void> {
    await this.#answer("removeDocument", id);
    this.shelf.delete(id);
    this.tellShelf();
  }

  #document(id: number): FakeDocument {
    const document = this.shelf.get(id);
    if (document === undefined) throw errorReport("unreadable");
    return document;
  }

  async saveAudio(
    source: Source,
    delivery: Delivery,
    name: string | null,
  ): Promise<void> {
    await this.#answer("saveAudio", source, delivery, name);
    this.change({
      save: {
        type: "saved",
        id: this.snapshotNow.revision,
        fileName: `${name ?? "Hello"}.wav`,
        folder: "Music",
        seconds: 8,
      },
    });
  }

  async cancelSave(): Promise<void> {
    await this.#answer("cancelSave");
    this.change({ save: { type: "idle" } });
  }

  revealSaved = () => this.#answer("revealSaved");

  async quoteNarration(
    document: number,
    delivery: Delivery,
  ): Promise<NarrationQuote> {
    await this.#answer("quoteNarration", document, delivery);
    const source = { type: "opened", id: document } as const;
    const quote = await this.quote(source, delivery);
    return {
      sentences: quote.sentences,
      characters: quote.characters,
      owned: quote.owned,
      toBuy: quote.toBuy,
      price: quote.price,
      priceAsOf: quote.toBuy > 0 ? "2026-09" : null,
      seconds: quote.seconds,
      secondsToMake: quote.seconds / 3.3,
      bytes: quote.seconds * 88_200 * 2,
      bytesFree: 84e9,
    };
  }

  async beginNarration(
    document: number,
    delivery: Delivery,
    wish: NarrationWish,
  ): Promise<string> {
    await this.#answer("beginNarration", document, delivery, wish);
    const { entry, sentences } = this.#document(document);
    const id = `n${document}`;
    this.tellNarration({
      id,
      title: entry.title,
      author: entry.author,
      voice: delivery.voice,
      state: { type: "running" },
      total: sentences.length,
      done: 0,
      failed: [],
      doubtful: 0,
      spent: 0,
      secondsLeft: null,
      limit: wish.limit,
      files: [],
      seconds: 0,
      loudness: null,
      folder: "Music",
      document,
    });
    return id;
  }

  /** A narration stands so now. */
  tellNarration(narration: Narration): void {
    const others = this.snapshotNow.narrations.filter(
      ({ id }) => id !== narration.id,
    );
    this.change({ narrations: [narration, ...others] });
  }

  changeNarration(id: string, part: Partial<Narration>): void {
    this.change({
      narrations: this.snapshotNow.narrations.map((narration) =>
        narration.id === id ? { ...narration, ...part } : narration,
      ),
    });
  }

  async resumeNarration(id: string, limit: number | null): Promise<void> {
    await this.#answer("resumeNarration", id, limit);
    this.changeNarration(id, { state: { type: "running" }, limit });
  }

  async pauseNarration(id: string): Promise<void> {
    await this.#answer("pauseNarration", id);
    this.changeNarration(id, { state: { type: "paused" } });
  }

  async cancelNarration(id: string): Promise<void> {
    await this.#answer("cancelNarration", id);
    this.changeNarration(id, { state: { type: "cancelled" } });
  }

  async retryNarration(id: string, segment: number | null): Promise<void> {
    await this.#answer("retryNarration", id, segment);
    const narration = this.snapshotNow.narrations.find((one) => one.id === id);
    const left = narration?.failed.filter((one) => one.segment !== segment);
    this.changeNarration(id, {
      state: { type: "running" },
      failed: segment === null ? [] : (left ?? []),
    });
  }

  async retrySentence(document: number, sentence: number): Promise<void> {
    await this.#answer("retrySentence", document, sentence);
    const id = `n${document}`;
    const narration = this.snapshotNow.narrations.find((one) => one.id === id);
    const failed = narration?.failed.filter(
      ({ segment }) => segment !== sentence,
    );
    this.changeNarration(id, {
      state: { type: "running" },
      failed: failed ?? [],
    });
  }

  async narrationSentence(id: string, segment: number): Promise<string | null> {
    await this.#answer("narrationSentence", id, segment);
    return `This is sentence ${segment + 1} of the text.`;
  }

  async renameNarration(id: string, title: string): Promise<void> {
    await this.#answer("renameNarration", id, title);
    this.changeNarration(id, { title });
  }

  async exportNarration(id: string, wish: NarrationWish): Promise<string> {
    await this.#answer("exportNarration", id, wish);
    this.changeNarration(id, { state: { type: "writing", share: 0 } });
    return id;
  }

  async removeNarration(id: string): Promise<void> {
    await this.#answer("removeNarration", id);
    this.change({
      narrations: this.snapshotNow.narrations.filter((one) => one.id !== id),
    });
  }

  async playNarration(id: string): Promise<number> {
    await this.#answer("playNarration", id);
    return this.#begin(null, [{ start: 0, end: 9, from: 0, to: 60 }], 60);
  }

  revealNarration = (id: string) => this.#answer("revealNarration", id);
  chooseNarrationFolder = () => this.#answer("chooseNarrationFolder");

  async narratedSentences(
    document: number,
    from: number,
    count: number,
  ): Promise<SentenceState[]> {
    await this.#answer("narratedSentences", document, from, count);
    const narration = this.snapshotNow.narrations.find(
      ({ id }) => id === `n${document}`,
    );
    const failed = new Set(narration?.failed.map(({ segment }) => segment));
    return Array.from({ length: count }, (_, index): SentenceState => {
      if (narration === undefined) return "none";
      if (failed.has(from + index)) return "failed";
      const ahead = from + index - narration.done;
      return ahead < 0 ? "ready" : ahead === 0 ? "making" : "waiting";
    });
  }

  async listDictionaries(): Promise<DictionaryList> {
    await this.#answer("listDictionaries");
    return this.dictionaries.told();
  }

  fetchDictionaries = () => this.#change("fetchDictionaries", [], () => {});

  createDictionary = (name: string | null, words: Pronunciation[]) =>
    this.#change("createDictionary", [name, words], () =>
      this.dictionaries.create(name, words),
    );

  putWord = (
    dictionary: string,
    before: string | null,
    word: Pronunciation,
    at: number | null,
  ) =>
    this.#change("putWord", [dictionary, before, word, at], (known) =>
      known.put(known.find(dictionary, errorReport("stale")), before, word, at),
    );

  removeWord = (dictionary: string, word: string) =>
    this.#change("removeWord", [dictionary, word], (known) =>
      known.remove(known.find(dictionary, errorReport("stale")), word),
    );

  renameDictionary = (dictionary: string, name: string) =>
    this.#change("renameDictionary", [dictionary, name], (known) => {
      known.find(dictionary, errorReport("stale")).name = name;
    });

  followDictionary = (dictionary: string, inUse: boolean) =>
    this.#change("followDictionary", [dictionary, inUse], (known) => {
      known.find(dictionary, errorReport("stale")).inUse = inUse;
    });

  deleteDictionary = (dictionary: string) =>
    this.#change("deleteDictionary", [dictionary], (known) =>
      known.delete(known.find(dictionary, errorReport("stale"))),
    );

  /** Changes the dictionaries, and says that they have changed. */
  async #change<T>(
    command: string,
    args: unknown[],
    change: (dictionaries: FakeDictionaries) => T,
  ): Promise<T> {
    await this.#answer(command, ...args);
    const changed = change(this.dictionaries);
    this.change({
      dictionariesRevision: this.snapshotNow.dictionariesRevision + 1,
    });
    return changed;
  }

  async touchedDocuments(
    word: string,
    delivery: Delivery,
  ): Promise<TouchedDocument[]> {
    await this.#answer("touchedDocuments", word, delivery);
    const touched = [...this.shelf.values()].map((document) => {
      const sentences = splitSentences(textOf(document)).filter(({ text }) =>
        text.split(/[^\p{L}\p{N}]+/u).includes(word),
      );
      const characters = sentences.reduce(
        (sum, { text }) => sum + characterCount(text),
        0,
      );
      return {
        document: document.entry.id,
        title: document.entry.title,
        sentences: sentences.length,
        characters,
        price: (characters / 10_000) * 0.2,
      };
    });
    return touched.filter(({ sentences }) => sentences > 0);
  }

  async updateSettings(patch: SettingsPatch): Promise<void> {
    await this.#answer("updateSettings", patch);
    this.change({ settings: patched(this.snapshotNow.settings, patch) });
  }

  async pasteKey(): Promise<void> {
    await this.#answer("pasteKey");
    this.settleKey(this.pasteOutcome);
  }

  /** As if a key had come in and been judged so. */
  settleKey(outcome: KeyOutcome): void {
    const kept = outcome === "accepted" || outcome === "unreachable";
    const found = outcome !== "noKeyInClipboard";
    this.changeKey({
      outcome,
      clipboardHoldsKey: found,
      ...(found && outcome !== "chooseSession" ? { check: outcome } : {}),
      ...(kept ? { present: true, store: "keychain" } : {}),
    });
    if (outcome === "accepted") this.connect();
  }

  /** The cloud's voices are there. */
  connect(): void {
    this.voices = [...builtinVoices(), ...cloudVoices()];
    this.cloud = { type: "ready" };
    this.change({ voicesRevision: this.snapshotNow.voicesRevision + 1 });
  }

  typeKey = () => this.#answer("typeKey");

  async keepKeyForSession(): Promise<void> {
    await this.#answer("keepKeyForSession");
    this.settleKey("accepted");
    this.changeKey({ store: "session" });
  }

  async checkKey(): Promise<void> {
    await this.#answer("checkKey");
    this.changeKey({ check: "accepted", keychain: "ready" });
  }

  async forgetKey(): Promise<void> {
    await this.#answer("forgetKey");
    this.changeKey({
      present: false,
      store: null,
      check: "unknown",
      outcome: null,
    });
  }

  async clearClipboard(): Promise<void> {
    await this.#answer("clearClipboard");
    this.changeKey({ clipboardHoldsKey: false });
  }

  openLink = (link: Link) => this.#answer("openLink", link);

  async dismissNotice(id: number): Promise<void> {
    await this.#answer("dismissNotice", id);
    this.change({
      notices: this.snapshotNow.notices.filter((notice) => notice.id !== id),
    });
  }

  async #answer(command: string, ...args: unknown[]): Promise<void> {
    this.calls.push([command, ...args]);
    await new Promise((resolve) => setTimeout(resolve, this.latency));
    const refusal = this.refusals.get(command);
    if (refusal !== undefined) {
      this.refusals.delete(command);
      throw refusal;
    }
  }

  #text(source: Source): string {
    switch (source.type) {
      case "typed":
        return source.text;
      case "opened":
        return textOf(this.#document(source.id));
    }
  }

  #begin(preview: string | null, marks: Mark[], length: number): number {
    this.#speeches += 1;
    const now = performance.now();
    this.#speech = {
      number: this.#speeches,
      preview,
      state: "playing",
      marks,
      length,
      startedAt: now,
      pace: 4,
      position: 0,
      resumedAt: now,
    };
    return this.#speeches;
  }

  #arrived(speech: Speech): number {
    const passed = (performance.now() - speech.startedAt) / 1000;
    return Math.min(speech.length, 0.4 + passed * speech.pace);
  }

  #advance(): Speech | null {
    const speech = this.#speech;
    if (speech === null || speech.state !== "playing") return speech;
    const now = performance.now();
    speech.position += (now - speech.resumedAt) / 1000;
    speech.resumedAt = now;
    const arrived = this.#arrived(speech);
    if (speech.position >= arrived) {
      speech.position = arrived;
      if (arrived >= speech.length) speech.state = "finished";
    }
    return speech;
  }
}

/** Looks like speech: syllables, and silence at the joins. */
function peak(index: number, marks: readonly Mark[]): number {
  const at = index / 20;
  const edge = Math.min(
    ...marks.slice(0, 400).map((mark) => Math.abs((mark.to ?? Infinity) - at)),
    1,
  );
  const syllable = Math.abs(Math.sin(at * 7.3) + 0.6 * Math.sin(at * 11.9));
  const phrase = 0.55 + 0.45 * Math.sin(at * 1.3 + 1);
  return Math.round(
    Math.min(1, 0.08 + syllable * phrase * 0.7 * Math.min(1, edge * 4)) * 255,
  );
}

function builtinVoices(): Voice[] {
  return [
    {
      id: "builtin/hibari",
      name: "Hibari",
      pool: "builtin",
      languages: ["en"],
      accent: "American",
      gender: "female",
      age: "young",
      useCases: ["reading"],
    },
  ];
}

function cloudVoices(): Voice[] {
  const names =
    "Sophie Aarav Mia José Freja Omar Lena Yuki Priya Marco Chloé Daniel Ines Ravi Hannah Noah Zoe Tomasz Leila Kenji Emma Luca Anika Pierre Olga Mateo Saanvi Arthur Elif Grace Hugo Nadia".split(
      " ",
    );
  const languages = ["en", "hi", "es", "fr", "de", "it", "ta", "pt", "ar"];
  const accents = ["British", "American", "Indian", "Australian", "Castilian"];
  const uses = ["narration", "conversation", "news", "teaching", "support"];
  return Array.from({ length: 264 }, (_, index) => {
    const pro = index % 4 === 0;
    const name = names[index % names.length] ?? "Sophie";
    const round = Math.floor(index / names.length);
    const label = round === 0 ? name : `${name} ${round + 1}`;
    const first = languages[index % languages.length] ?? "en";
    return {
      id: `lightning_v3.1${pro ? "_pro" : ""}/${label.toLowerCase().replace(" ", "")}`,
      name: label,
      pool: pro ? "pro" : "standard",
      languages: index % 3 === 0 && first !== "en" ? [first, "en"] : [first],
      accent: accents[index % accents.length] ?? null,
      gender: index % 2 === 0 ? "female" : "male",
      age: index % 5 === 0 ? "middle-aged" : "young",
      useCases: [uses[index % uses.length] ?? "narration"],
    } satisfies Voice;
  });
}
