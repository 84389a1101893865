// How words are said: the account's dictionaries as the program tells them, and what a person changes in them.

import type {
  DictionariesState,
  Dictionary,
  ErrorReport,
  Pronunciation,
} from "../host/contract";
import { reportOf, type Host } from "../host/host";

/** Whether a search finds a word, as it is written or as it is said. */
export function isFound({ word, said }: Pronunciation, search: string) {
  return `${word}\n${said}`.toLowerCase().includes(search.trim().toLowerCase());
}

/** A word that was taken out, and from where. */
interface Removed {
  dictionary: Dictionary;
  word: Pronunciation;
  at: number;
}

export class Pronunciations {
  list = $state.raw<readonly Dictionary[]>([]);
  state = $state.raw<DictionariesState>({ type: "remembered" });
  /** What could not be done last. */
  error = $state.raw<ErrorReport | null>(null);
  /** Something is being done: the service takes one change at a time. */
  busy = $state(false);
  removed = $state.raw<Removed | null>(null);

  /** Another text whenever something that is in use is said otherwise. */
  readonly used = $derived(
    JSON.stringify(
      this.list.filter(({ inUse }) => inUse).map((one) => [one.id, one.words]),
    ),
  );

  readonly #host: Host;
  #turn = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** What the program knows. Never rejects: without an answer the old list stays. */
  async load(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const { dictionaries, state } = await this.#host.listDictionaries();
      if (turn !== this.#turn) return;
      this.list = dictionaries;
      this.state = state;
    } catch {
      // The next change of the list asks again.
    }
  }

  /** Asks the service. Why it did not answer is told with the list. */
  async fetch(): Promise<void> {
    try {
      await this.#host.fetchDictionaries();
    } catch {
      // See above.
    }
    await this.load();
  }

  /** Puts a word into a dictionary, in the place of `before` where that is given. Without a dictionary one is made. */
  put(
    dictionary: string | null,
    name: string,
    before: string | null,
    word: Pronunciation,
  ): Promise<boolean> {
    this.removed = null;
    return this.#do(async () => {
      if (dictionary === null) {
        await this.#host.createDictionary(name, [word]);
      } else {
        await this.#host.putWord(dictionary, before, word, null);
      }
    });
  }

  async remove(dictionary: Dictionary, at: number): Promise<void> {
    const word = dictionary.words[at];
    if (word === undefined) return;
    const removed = await this.#do(() =>
      this.#host.removeWord(dictionary.id, word.word),
    );
    if (removed) this.removed = { dictionary, word, at };
  }

  /** Brings the word back that was removed last, with its dictionary if that went with it. */
  async undo(): Promise<void> {
    const { removed } = this;
    if (removed === null) return;
    const { dictionary, word, at } = removed;
    const isThere = this.list.some(({ id }) => id === dictionary.id);
    const back = await this.#do(async () => {
      if (isThere) await this.#host.putWord(dictionary.id, null, word, at);
      else await this.#again(dictionary, word);
    });
    if (back) this.removed = null;
  }

  async #again(dictionary: Dictionary, word: Pronunciation): Promise<void> {
    const id = await this.#host.createDictionary(dictionary.name, [word]);
    if (!dictionary.inUse) await this.#host.followDictionary(id, false);
  }

  follow(dictionary: Dictionary, inUse: boolean): Promise<boolean> {
    return this.#do(() => this.#host.followDictionary(dictionary.id, inUse));
  }

  rename(dictionary: Dictionary, name: string): Promise<boolean> {
    return this.#do(() => this.#host.renameDictionary(dictionary.id, name));
  }

  delete(dictionary: Dictionary): Promise<boolean> {
    this.removed = null;
    return this.#do(() => this.#host.deleteDictionary(dictionary.id));
  }

  /** Whether it was done; if not, `error` says why. */
  async #do(action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await action();
      return true;
    } catch (cause) {
      this.error = reportOf(cause);
      return false;
    } finally {
      await this.load();
      this.busy = false;
    }
  }
}
