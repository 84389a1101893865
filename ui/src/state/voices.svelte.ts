// The voices there are, and how one is found among them.

import type { CloudVoices, Pool, Voice } from "../host/contract";
import type { Host } from "../host/host";
import { capitalised, languageName } from "../format";

export interface VoiceFilter {
  /** Words that must all occur in the name, accent, use or language. */
  search: string;
  language: string | null;
  gender: "female" | "male" | null;
  pool: Pool | null;
}

export const NO_FILTER: VoiceFilter = {
  search: "",
  language: null,
  gender: null,
  pool: null,
};

const POOL_ORDER: readonly Pool[] = ["builtin", "pro", "standard"];

/** The voices that fit, built-in first, then by pool and name. */
export function findVoices(
  voices: readonly Voice[],
  filter: VoiceFilter,
): Voice[] {
  const terms = folded(filter.search).split(/\s+/).filter(Boolean);
  return voices
    .filter(
      (voice) =>
        (filter.language === null ||
          voice.languages.includes(filter.language)) &&
        (filter.gender === null || voice.gender === filter.gender) &&
        (filter.pool === null || voice.pool === filter.pool) &&
        terms.every((term) => searchable(voice).includes(term)),
    )
    .sort(
      (a, b) =>
        POOL_ORDER.indexOf(a.pool) - POOL_ORDER.indexOf(b.pool) ||
        a.name.localeCompare(b.name, "en"),
    );
}

/** All languages of some voices, by name. */
export function languagesOf(
  voices: readonly Voice[],
): { code: string; name: string }[] {
  const codes = new Set(voices.flatMap((voice) => voice.languages));
  return [...codes]
    .map((code) => ({ code, name: languageName(code) }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

const searchTexts = new WeakMap<Voice, string>();

function searchable(voice: Voice): string {
  let text = searchTexts.get(voice);
  if (text === undefined) {
    text = folded(
      [
        voice.name,
        voice.accent,
        voice.gender,
        voice.age,
        ...voice.useCases,
        ...voice.languages.map(languageName),
      ].join(" "),
    );
    searchTexts.set(voice, text);
  }
  return text;
}

/** Lower case without accents, so that `jose` finds José. */
function folded(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

/** Something to show for a voice that is not in the list (yet). */
export function placeholderVoice(id: string): Voice {
  const [pool = "", name = id] = id.split("/");
  return {
    id,
    name: capitalised(name),
    pool:
      pool === "builtin"
        ? "builtin"
        : pool.endsWith("_pro")
          ? "pro"
          : "standard",
    languages: [],
    accent: null,
    gender: null,
    age: null,
    useCases: [],
  };
}

export class Voices {
  all = $state.raw<readonly Voice[]>([]);
  cloud = $state.raw<CloudVoices>({ type: "loading" });
  loaded = $state(false);

  readonly cloudCount = $derived(
    this.all.filter((voice) => voice.pool !== "builtin").length,
  );
  readonly builtin = $derived(
    this.all.find((voice) => voice.pool === "builtin")?.id ?? "builtin/hibari",
  );

  readonly #host: Host;
  #turn = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  byId(id: string): Voice {
    return this.all.find((voice) => voice.id === id) ?? placeholderVoice(id);
  }

  /** Never rejects: without an answer the old list stays, and a retry follows. */
  async load(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    for (let delay = 500; turn === this.#turn; delay = delay * 2) {
      try {
        const list = await this.#host.listVoices();
        if (turn !== this.#turn) return;
        this.all = list.voices;
        this.cloud = list.cloud;
        this.loaded = true;
        return;
      } catch {
        if (delay > 8000) return;
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
  }
}
