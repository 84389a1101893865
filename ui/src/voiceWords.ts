// A voice in a few words.

import { capitalised, languageName } from "./format";
import type { Voice } from "./host/contract";
import { words } from "./words";

/** For the card: "British · narration · Pro", "English · works offline". */
export function voiceLine(voice: Voice): string {
  const parts =
    voice.pool === "builtin"
      ? [...voice.languages.slice(0, 1).map(languageName), words.voice.builtin]
      : [
          voice.accent === null
            ? languageList(voice, 1)
            : capitalised(voice.accent),
          voice.useCases[0] ?? voice.age,
          words.voice[voice.pool],
        ];
  return parts.filter(Boolean).join(words.voice.separator);
}

/** For the list: everything that helps to choose. */
export function voiceDetails(voice: Voice): string {
  return [
    languageList(voice, 3),
    voice.accent === null ? null : capitalised(voice.accent),
    voice.gender === null ? null : words.picker[voice.gender],
    voice.age === null ? null : capitalised(voice.age),
    voice.pool === "builtin"
      ? words.voice.builtin
      : voice.useCases.slice(0, 2).join(", "),
  ]
    .filter(Boolean)
    .join(words.voice.separator);
}

function languageList(voice: Voice, most: number): string {
  return voice.languages.length <= most
    ? voice.languages.map(languageName).join(", ")
    : words.picker.languages(voice.languages.length);
}
