// Narrations as the program tells them, and how the sentences of the open document stand in the one made of it.

import type {
  Narration,
  NarrationQuote,
  NarrationWish,
  SentenceState,
} from "../host/contract";
import type { Host } from "../host/host";

/** States in which a narration goes on by itself. */
const GOING = new Set(["running", "held", "offline", "pausing", "writing"]);

export const isGoing = (narration: Narration) =>
  GOING.has(narration.state.type);

/** Whether there is something left that a person can go on with. */
export const isUnfinished = (narration: Narration) =>
  narration.state.type !== "finished" && narration.state.type !== "cancelled";

/** How much of it is there, 0 to 1. */
export const share = (narration: Narration) =>
  narration.total === 0 ? 0 : narration.done / narration.total;

/** Those in which every word is found: in the title, the author, the voice's name or a file's. */
export function findNarrations(
  list: readonly Narration[],
  search: string,
  voiceName: (id: string) => string,
): readonly Narration[] {
  const terms = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0) return list;
  return list.filter((one) => {
    const text = [one.title, one.author, voiceName(one.voice), ...one.files]
      .join("\n")
      .toLowerCase();
    return terms.every((term) => text.includes(term));
  });
}

export class Narrations {
  list = $state.raw<readonly Narration[]>([]);
  quote = $state.raw<NarrationQuote | null>(null);
  /** What the person chose last, for the next time. */
  wish = $state<NarrationWish>({
    format: "mp3",
    split: "none",
    loudness: "audiobook",
    captions: [],
    overwrite: false,
    limit: null,
  });
  /** The one that is about to be exported again. */
  exporting = $state.raw<Narration | null>(null);
  /** For sentences that are in sight. */
  states = $state.raw<ReadonlyMap<number, SentenceState>>(new Map());

  readonly #host: Host;
  #turn = 0;

  readonly interrupted = $derived(
    this.list.filter(({ state }) => state.type === "interrupted"),
  );
  readonly unfinished = $derived(this.list.filter(isUnfinished));
  readonly going = $derived(this.list.some(isGoing));

  constructor(host: Host) {
    this.#host = host;
  }

  /** Asks how sentences in sight stand. */
  async look(document: number, from: number, count: number): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const states = await this.#host.narratedSentences(document, from, count);
      if (turn !== this.#turn) return;
      this.states = new Map(
        states.map((state, index) => [from + index, state]),
      );
    } catch {
      // The states of before stay until the next look.
    }
  }
}
