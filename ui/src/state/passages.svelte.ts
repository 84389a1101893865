// The window of sentences of a long document that is on the screen. Never more than `LIMIT`, however long the book.

import type { PassageSentence } from "../host/contract";
import type { Host } from "../host/host";

const STEP = 160;
const LIMIT = 640;

/** A change of the window, not yet made: `anchor` is the start of a sentence that is there before and after. */
export interface Change {
  anchor: number;
  apply: () => void;
}

export class Passages {
  sentences = $state.raw<readonly PassageSentence[]>([]);
  /** Number of the first sentence of the window. */
  first = $state(0);
  total = $state<number | null>(null);

  readonly paragraphs: readonly (readonly PassageSentence[])[] = $derived.by(
    () => {
      const paragraphs: PassageSentence[][] = [];
      let open: PassageSentence[] | null = null;
      for (const sentence of this.sentences) {
        if (open === null) paragraphs.push((open = []));
        open.push(sentence);
        if (sentence.paragraphEnd) open = null;
      }
      return paragraphs;
    },
  );

  readonly #host: Host;
  readonly #id: number;
  #busy = false;

  constructor(host: Host, id: number) {
    this.#host = host;
    this.#id = id;
  }

  /** The window from a sentence on. */
  async open(from: number): Promise<void> {
    const passage = await this.#host.documentPassage(this.#id, from, STEP * 2);
    this.first = passage.from;
    this.total = passage.total;
    this.sentences = passage.sentences;
  }

  /** The window around a UTF-16 offset, for a jump of the voice. */
  async openAt(offset: number): Promise<void> {
    const index = await this.#indexOf(offset);
    await this.open(Math.max(0, index - STEP / 4));
  }

  holds(offset: number): boolean {
    const [first] = this.sentences;
    const last = this.sentences.at(-1);
    return (
      first !== undefined &&
      last !== undefined &&
      offset >= first.start &&
      offset < last.end
    );
  }

  /** More sentences at one end, fewer at the other. `null` when there are none or a fetch is under way. */
  async fetch(end: "earlier" | "later"): Promise<Change | null> {
    const { sentences, first } = this;
    const last = first + sentences.length;
    const from = end === "later" ? last : Math.max(0, first - STEP);
    const count = end === "later" ? STEP : first - from;
    if (this.#busy || count <= 0 || last === 0) return null;
    if (end === "later" && this.total !== null && last >= this.total) {
      return null;
    }
    this.#busy = true;
    try {
      const passage = await this.#host.documentPassage(this.#id, from, count);
      if (this.sentences !== sentences || passage.sentences.length === 0) {
        return null;
      }
      const joined =
        end === "later"
          ? [...sentences, ...passage.sentences]
          : [...passage.sentences, ...sentences];
      const surplus = Math.max(0, joined.length - LIMIT);
      const kept =
        end === "later"
          ? joined.slice(surplus)
          : joined.slice(0, joined.length - surplus);
      const anchor = end === "later" ? sentences.at(-1) : sentences[0];
      return {
        anchor: anchor?.start ?? 0,
        apply: () => {
          this.first = end === "later" ? first + surplus : from;
          this.sentences = kept;
        },
      };
    } finally {
      this.#busy = false;
    }
  }

  /** Sentences are only known by number: halve until the one with the offset is found. */
  async #indexOf(offset: number): Promise<number> {
    let low = 0;
    let high = this.total ?? 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const passage = await this.#host.documentPassage(this.#id, middle, 1);
      const [sentence] = passage.sentences;
      if (sentence === undefined || sentence.start > offset) high = middle;
      else low = middle;
    }
    return low;
  }
}
