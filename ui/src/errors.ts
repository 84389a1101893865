// What a person reads for an error, and what they can do about it. Every code the contract knows has an entry: the
// compiler refuses a missing one.

import type { ErrorCode, ErrorReport } from "./host/contract";
import { words } from "./words";

export type Remedy = keyof typeof words.remedies;

/** `bad`: something failed. `warn`: Peal goes on, or only a part is affected. */
export type Tone = "warn" | "bad";

export const remediesOf: Record<
  ErrorCode,
  { tone: Tone; remedies: readonly Remedy[] }
> = {
  unauthorized: { tone: "bad", remedies: ["pasteKey", "openConsole"] },
  forbidden: { tone: "bad", remedies: ["openConsole", "chooseVoice"] },
  rateLimited: { tone: "warn", remedies: ["pause", "tryAgain"] },
  rejected: { tone: "bad", remedies: ["chooseVoice", "copyDetails"] },
  unknownVoice: { tone: "bad", remedies: ["chooseVoice"] },
  server: { tone: "warn", remedies: ["tryAgain", "copyDetails"] },
  offline: { tone: "warn", remedies: ["tryAgain", "useBuiltin"] },
  untrusted: { tone: "bad", remedies: ["tryAgain", "copyDetails"] },
  webPage: { tone: "bad", remedies: ["tryAgain", "useBuiltin"] },
  timedOut: { tone: "warn", remedies: ["tryAgain", "useBuiltin"] },
  cutOff: { tone: "warn", remedies: ["tryAgain"] },
  badAnswer: { tone: "bad", remedies: ["tryAgain", "copyDetails"] },
  nothingToSay: { tone: "warn", remedies: [] },
  noKey: { tone: "warn", remedies: ["connect", "useBuiltin"] },
  voiceFailed: { tone: "bad", remedies: ["tryAgain", "copyDetails"] },
  notText: { tone: "warn", remedies: ["chooseFile"] },
  tooLarge: { tone: "warn", remedies: ["chooseFile"] },
  otherKind: { tone: "warn", remedies: ["chooseFile"] },
  protected: { tone: "warn", remedies: ["chooseFile"] },
  locked: { tone: "warn", remedies: ["chooseFile"] },
  picturesOnly: { tone: "warn", remedies: ["chooseFile"] },
  damaged: { tone: "bad", remedies: ["chooseFile", "copyDetails"] },
  tooComplex: { tone: "warn", remedies: ["chooseFile"] },
  unreadable: { tone: "bad", remedies: ["chooseFile", "copyDetails"] },
  isFolder: { tone: "warn", remedies: ["chooseFile"] },
  emptyFile: { tone: "warn", remedies: ["chooseFile"] },
  manyFiles: { tone: "warn", remedies: ["chooseFile"] },
  stale: { tone: "warn", remedies: [] },
  dictionaryChanged: { tone: "warn", remedies: ["tryAgain"] },
  inTheWay: { tone: "warn", remedies: [] },
  madeElsewhere: { tone: "warn", remedies: [] },
  diskFull: { tone: "bad", remedies: ["tryAgain", "saveElsewhere"] },
  folderDenied: { tone: "bad", remedies: ["saveElsewhere"] },
  fileFailed: { tone: "bad", remedies: ["saveElsewhere", "copyDetails"] },
  noLoudspeaker: { tone: "warn", remedies: ["tryAgain", "settings"] },
  noPreview: { tone: "warn", remedies: [] },
  keychainLocked: { tone: "warn", remedies: ["tryAgain", "useForSession"] },
  keychainMissing: { tone: "warn", remedies: ["useForSession"] },
  keychainDenied: { tone: "warn", remedies: ["tryAgain", "useForSession"] },
  keychainWaiting: { tone: "warn", remedies: ["tryAgain", "useForSession"] },
  settingsSalvaged: { tone: "warn", remedies: ["settings"] },
  settingsNotSaved: { tone: "warn", remedies: ["copyDetails"] },
  unexpected: { tone: "bad", remedies: ["tryAgain", "copyDetails"] },
};

export interface Explanation {
  tone: Tone;
  message: string;
  remedies: readonly Remedy[];
}

/**
 * Words and remedies for a report. While Peal is `retrying` by itself there is nothing to try again; where nothing can be
 * repeated (`canRepeat` false) there isn't either. A code from a newer program than this window reads as `unexpected`.
 */
export function explain(
  error: ErrorReport,
  { retrying, canRepeat }: { retrying: boolean; canRepeat: boolean },
): Explanation {
  const code: ErrorCode = error.code in remediesOf ? error.code : "unexpected";
  const { tone, remedies } = remediesOf[code];
  return {
    tone: retrying ? "warn" : tone,
    message: words.errors[code],
    remedies: remedies.filter((remedy) => {
      if (remedy === "tryAgain") return canRepeat && !retrying;
      if (remedy === "pause") return retrying;
      return true;
    }),
  };
}

/** What *Copy details* puts on the clipboard: for a message to support, with nothing secret in it. */
export function detailsOf(error: ErrorReport): string {
  return [
    error.code,
    error.requestId === null ? "" : words.notices.requestId(error.requestId),
    error.details,
  ]
    .filter((line) => line !== "")
    .join("\n");
}
