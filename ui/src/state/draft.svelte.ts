// What is to be spoken: the text in the text area, or a document too long for it. Knows nothing of how it sounds.

import type { Import, Source } from "../host/contract";
import { characterCount } from "../format";
import { words } from "../words";

/** A document that stays on the other side; only passages of it come here. */
export interface LongDocument {
  id: number;
  title: string;
  fileName: string;
  characters: number;
}

interface Content {
  text: string;
  document: LongDocument | null;
}

type Imported = Extract<Import, { type: "ready" }>;

/** What can be taken back, and the words for what happened. */
export interface Replaced {
  message: string;
  before: Content;
}

const KEPT = "peal.draft";

export class Draft {
  text = $state(words.sample);
  document = $state.raw<LongDocument | null>(null);
  /** Nobody has touched the sample yet: whatever comes replaces it without a word. */
  untouched = $state(true);
  replaced = $state.raw<Replaced | null>(null);
  /** UTF-16 offset of the caret in the text. */
  caret = $state(0);
  #importId: number | null = null;

  readonly source: Source = $derived(
    this.document === null
      ? { type: "typed", text: this.text }
      : { type: "document", id: this.document.id },
  );
  readonly empty = $derived(
    this.document === null && this.text.trim().length === 0,
  );
  readonly characters = $derived(
    this.document?.characters ?? characterCount(this.text),
  );
  /** The name a saved file may start from: the document's, or none. */
  name = $state<string | null>(null);

  /** The person has typed. */
  edit(text: string): void {
    this.text = text;
    this.untouched = false;
    this.replaced = null;
    if (text === "") this.name = null;
  }

  /** Takes an imported file once, however often the snapshot tells of it. */
  adopt(imported: Imported): boolean {
    if (imported.id === this.#importId) return false;
    this.#importId = imported.id;
    this.#replace(words.notices.replaced(imported.fileName), {
      text: imported.text ?? "",
      document:
        imported.text === null
          ? {
              id: imported.id,
              title: imported.title,
              fileName: imported.fileName,
              characters: imported.characters,
            }
          : null,
    });
    this.name = imported.title || imported.fileName;
    return true;
  }

  clear(): void {
    const message =
      this.document === null
        ? words.notices.cleared
        : words.notices.closed(this.document.title);
    this.#replace(message, { text: "", document: null });
    this.name = null;
  }

  undo(): void {
    if (this.replaced === null) return;
    const { text, document } = this.replaced.before;
    this.text = text;
    this.document = document;
    this.name = document?.title ?? null;
    this.replaced = null;
    this.caret = 0;
  }

  /** A reload of the window must not lose a text. Storage may be switched off; then it does. */
  keep(storage: Storage): void {
    try {
      const { text, document, untouched, name } = this;
      const importId = this.#importId;
      storage.setItem(
        KEPT,
        JSON.stringify({ text, document, untouched, name, importId }),
      );
    } catch {
      // Nothing to be done about a full or forbidden storage.
    }
  }

  restore(storage: Storage): void {
    try {
      const kept = JSON.parse(storage.getItem(KEPT) ?? "null");
      if (kept === null || typeof kept.text !== "string") return;
      this.text = kept.text;
      this.document = kept.document ?? null;
      this.untouched = kept.untouched === true;
      this.name = kept.name ?? null;
      this.#importId = kept.importId ?? null;
    } catch {
      // As above.
    }
  }

  #replace(message: string, next: Content): void {
    const before = { text: this.text, document: this.document };
    const worthUndoing =
      before.document !== null ||
      (!this.untouched && before.text.trim() !== "");
    this.text = next.text;
    this.document = next.document;
    this.untouched = false;
    this.caret = 0;
    this.replaced = worthUndoing ? { message, before } : null;
  }
}
