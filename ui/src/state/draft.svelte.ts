// The text in the text area. Knows nothing of how it sounds.

import type { Import, Source } from "../host/contract";
import { characterCount } from "../format";
import { words } from "../words";

type Imported = Extract<Import, { type: "ready" }>;

/** What can be taken back, and the words for what happened. */
export interface Replaced {
  message: string;
  before: { text: string; name: string | null };
}

const KEPT = "peal.draft";

export class Draft {
  text = $state(words.sample);
  /** Nobody has touched the sample yet: whatever comes replaces it without a word. */
  untouched = $state(true);
  replaced = $state.raw<Replaced | null>(null);
  /** UTF-16 offset of the caret in the text. */
  caret = $state(0);
  /** The name a saved file may start from: the imported text's, or none. */
  name = $state<string | null>(null);
  #importId: number | null = null;

  readonly source: Source = $derived({ type: "typed", text: this.text });
  readonly empty = $derived(this.text.trim().length === 0);
  readonly characters = $derived(characterCount(this.text));

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
    const name = imported.title || imported.fileName;
    this.#replace(
      words.notices.replaced(imported.fileName),
      imported.text,
      name,
    );
    return true;
  }

  clear(): void {
    this.#replace(words.notices.cleared, "", null);
  }

  undo(): void {
    if (this.replaced === null) return;
    const { text, name } = this.replaced.before;
    this.text = text;
    this.name = name;
    this.replaced = null;
    this.caret = 0;
  }

  /** A reload of the window must not lose a text. Storage may be switched off; then it does. */
  keep(storage: Storage): void {
    try {
      const { text, untouched, name } = this;
      const importId = this.#importId;
      storage.setItem(
        KEPT,
        JSON.stringify({ text, untouched, name, importId }),
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
      this.untouched = kept.untouched === true;
      this.name = kept.name ?? null;
      this.#importId = kept.importId ?? null;
    } catch {
      // As above.
    }
  }

  #replace(message: string, text: string, name: string | null): void {
    const before = { text: this.text, name: this.name };
    const worthUndoing = !this.untouched && before.text.trim() !== "";
    this.text = text;
    this.name = name;
    this.untouched = false;
    this.caret = 0;
    this.replaced = worthUndoing ? { message, before } : null;
  }
}
