// The documents a person works on, and the one that is on the screen. Sentences stay on the other side until they are
// looked at.

import type {
  DocumentChapter,
  DocumentEntry,
  DocumentOutline,
  DocumentSentence,
  ErrorReport,
  ImportRemarkKind,
  ReportLine,
} from "../host/contract";
import { reportOf, type Host } from "../host/host";
import { sentenceAt } from "../rows";

/** Sentences fetched at once. */
const CHUNK = 60;
/** Chunks held; the ones looked at longest ago are let go. */
const MOST_CHUNKS = 40;

/** A document on the screen. */
export class OpenDocument {
  readonly id: number;
  outline = $state.raw<DocumentOutline | null>(null);
  error = $state.raw<ErrorReport | null>(null);
  /** Sentence that the keyboard is at. */
  current = $state(0);
  /** Sentence that is being edited. */
  editing = $state<number | null>(null);
  /** Counts arrivals, so that what was drawn without a sentence is drawn again. */
  arrivals = $state(0);

  readonly #host: Host;
  #revision = 0;
  #turn = 0;
  #chunks = new Map<number, DocumentSentence[]>();
  /** Of the revision before: shown until the new one is here. */
  #former = new Map<number, DocumentSentence[]>();
  #asked = new Set<number>();

  readonly count = $derived(
    Math.max(0, (this.outline?.starts.length ?? 1) - 1),
  );
  readonly chapters: readonly DocumentChapter[] = $derived(
    this.outline?.chapters ?? [],
  );
  readonly report: readonly ReportLine[] = $derived(this.outline?.report ?? []);
  /** Index of the chapter that the keyboard is in. */
  readonly chapter = $derived(this.chapterOf(this.current));

  constructor(host: Host, id: number) {
    this.#host = host;
    this.id = id;
  }

  /** Fetches what there is of a revision. */
  async adopt(revision: number): Promise<void> {
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const outline = await this.#host.documentOutline(this.id);
      if (turn !== this.#turn) return;
      this.#former = this.#chunks.size > 0 ? this.#chunks : this.#former;
      this.#chunks = new Map();
      this.#asked.clear();
      this.outline = outline;
      this.error = null;
      this.current = Math.min(this.current, Math.max(0, this.count - 1));
    } catch (cause) {
      if (turn === this.#turn) this.error = reportOf(cause);
    }
    this.arrivals += 1;
  }

  /** A sentence, if it is here; it is fetched if not. */
  sentence(index: number): DocumentSentence | null {
    void this.arrivals;
    const chunk = Math.floor(index / CHUNK);
    const found = this.#chunks.get(chunk);
    if (found === undefined) void this.#fetch(chunk);
    return (found ?? this.#former.get(chunk))?.[index % CHUNK] ?? null;
  }

  chapterOf(sentence: number): number {
    const next = this.chapters.findIndex((one) => one.first > sentence);
    return Math.max(0, (next === -1 ? this.chapters.length : next) - 1);
  }

  /** Sentences that sound with what is spoken from `start` to `end`. */
  spoken(start: number, end: number): [number, number] {
    const starts = this.outline?.starts ?? [];
    const first = sentenceAt(starts, start);
    return [
      first,
      Math.max(first, sentenceAt(starts, Math.max(start, end - 1))),
    ];
  }

  edit(index: number, before: string, text: string): Promise<void> {
    return this.#host.editSentence(this.id, index, before, text);
  }

  restore(index: number, before: string): Promise<void> {
    return this.#host.restoreSentence(this.id, index, before);
  }

  undo(kind: ImportRemarkKind, undone: boolean): Promise<void> {
    return this.#host.undoImport(this.id, kind, undone);
  }

  markDialogue(dialogue: boolean): Promise<void> {
    return this.#host.markDialogue(this.id, dialogue);
  }

  async #fetch(chunk: number): Promise<void> {
    if (this.outline === null || this.#asked.has(chunk)) return;
    this.#asked.add(chunk);
    const turn = this.#turn;
    try {
      const sentences = await this.#host.documentSentences(
        this.id,
        chunk * CHUNK,
        CHUNK,
      );
      if (turn !== this.#turn) return;
      this.#chunks.set(chunk, sentences);
      for (const oldest of this.#chunks.keys()) {
        if (this.#chunks.size <= MOST_CHUNKS) break;
        this.#chunks.delete(oldest);
        this.#asked.delete(oldest);
      }
    } catch (cause) {
      if (turn !== this.#turn) return;
      this.#asked.delete(chunk);
      this.error = reportOf(cause);
    }
    this.arrivals += 1;
  }
}

export class Documents {
  list = $state.raw<readonly DocumentEntry[]>([]);
  open = $state.raw<OpenDocument | null>(null);

  readonly #host: Host;
  /** The last opening that this window knows of. */
  #opening: number | null = null;

  /** What the list says of the document on the screen. */
  readonly entry = $derived(
    this.list.find((entry) => entry.id === this.open?.id) ?? null,
  );

  constructor(host: Host) {
    this.#host = host;
  }

  /** Takes a snapshot's list. Whether something was opened since the last one. */
  adopt(
    list: readonly DocumentEntry[],
    opening: { turn: number; id: number } | null,
  ): boolean {
    this.list = list;
    if (this.open !== null && this.entry === null) this.open = null;
    const turn = opening?.turn ?? 0;
    const isNews = this.#opening !== null && turn !== this.#opening;
    this.#opening = turn;
    if (isNews && opening !== null) {
      const several = list.filter(({ state }) => state.type !== "ready");
      if (several.length > 1) this.open = null;
      else this.show(opening.id);
    }
    if (this.open !== null && this.entry?.state.type === "ready") {
      void this.open.adopt(this.entry.revision);
    }
    return isNews;
  }

  show(id: number): void {
    if (this.open?.id === id) return;
    this.open = new OpenDocument(this.#host, id);
    if (this.entry?.state.type === "ready") {
      void this.open.adopt(this.entry.revision);
    }
  }

  close(): void {
    this.open = null;
  }

  remove(id: number): Promise<void> {
    return this.#host.removeDocument(id);
  }
}
