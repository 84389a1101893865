// The dictionaries of an account that is not there: what the service and the program promise of them.

import type {
  DictionariesState,
  Dictionary,
  DictionaryList,
  ErrorReport,
  Pronunciation,
} from "./contract";

export class FakeDictionaries {
  list: Dictionary[] = [];
  state: DictionariesState = { type: "current" };
  #made = 0;

  told(): DictionaryList {
    return { dictionaries: structuredClone(this.list), state: this.state };
  }

  create(name: string | null, words: Pronunciation[], inUse = true): string {
    this.#made += 1;
    const id = this.#made.toString(16).padStart(24, "0");
    this.list.push({ id, name, inUse, words: [...words] });
    return id;
  }

  find(id: string, stale: ErrorReport): Dictionary {
    const found = this.list.find((one) => one.id === id);
    if (found === undefined) throw stale;
    return found;
  }

  put(
    dictionary: Dictionary,
    before: string | null,
    word: Pronunciation,
    at: number | null,
  ): void {
    const place = dictionary.words.findIndex(
      (one) => one.word === (before ?? word.word),
    );
    if (place >= 0) dictionary.words[place] = word;
    else dictionary.words.splice(at ?? dictionary.words.length, 0, word);
  }

  /** The service keeps no empty dictionary. */
  remove(dictionary: Dictionary, word: string): void {
    dictionary.words = dictionary.words.filter((one) => one.word !== word);
    if (dictionary.words.length === 0) this.delete(dictionary);
  }

  delete(dictionary: Dictionary): void {
    this.list = this.list.filter((one) => one !== dictionary);
  }
}
