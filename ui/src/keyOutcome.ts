// What the key sheet says after an attempt: outcome and keychain together, with the next step. Exhaustive by type.

import type { KeychainState, KeyOutcome, KeyStatus } from "./host/contract";
import { words } from "./words";

export type KeyStep = "openKeys" | "openConsole" | "tryAgain" | "useForSession";

export interface KeyVerdict {
  tone: "plain" | "good" | "warn" | "bad";
  title: string;
  more: string;
  steps: readonly KeyStep[];
}

const outcomes: Record<
  Exclude<KeyOutcome, "accepted" | "chooseSession">,
  KeyVerdict
> = {
  noKeyInClipboard: {
    tone: "warn",
    title: words.key.noKeyInClipboard,
    more: words.key.noKeyInClipboardMore,
    steps: ["openKeys"],
  },
  checking: { tone: "plain", title: words.key.checking, more: "", steps: [] },
  refused: {
    tone: "bad",
    title: words.key.refused,
    more: words.key.refusedMore,
    steps: ["openKeys"],
  },
  noAccess: {
    tone: "bad",
    title: words.key.noAccess,
    more: words.key.noAccessMore,
    steps: ["openConsole", "tryAgain"],
  },
  unreachable: {
    tone: "warn",
    title: words.key.unreachable,
    more: words.key.unreachableMore,
    steps: ["tryAgain"],
  },
};

const keychains: Record<KeychainState, KeyVerdict> = {
  missing: {
    tone: "warn",
    title: words.key.keychainMissing,
    more: words.key.keychainMissingMore,
    steps: ["useForSession"],
  },
  locked: {
    tone: "warn",
    title: words.key.keychainLocked,
    more: words.key.keychainLockedMore,
    steps: ["tryAgain", "useForSession"],
  },
  denied: {
    tone: "warn",
    title: words.key.keychainDenied,
    more: words.key.keychainDeniedMore,
    steps: ["tryAgain", "useForSession"],
  },
  waiting: {
    tone: "warn",
    title: words.key.keychainWaiting,
    more: words.key.keychainWaitingMore,
    steps: ["tryAgain", "useForSession"],
  },
  unknown: {
    tone: "warn",
    title: words.key.keychainUnknown,
    more: words.key.keychainUnknownMore,
    steps: ["tryAgain", "useForSession"],
  },
  ready: {
    tone: "warn",
    title: words.key.keychainUnknown,
    more: words.key.keychainUnknownMore,
    steps: ["tryAgain", "useForSession"],
  },
};

/**
 * `attempted`: something was tried since the sheet opened. An old success is not news then, nor is an empty clipboard
 * of yesterday. `voices` is the number of cloud voices, `null` while they are on their way.
 */
export function keyVerdict(
  key: KeyStatus,
  attempted: boolean,
  voices: number | null,
): KeyVerdict | null {
  switch (key.outcome) {
    case null:
      return null;
    case "accepted":
      return attempted
        ? {
            tone: "good",
            title: words.key.accepted,
            more: [
              voices === null
                ? words.key.acceptedMore
                : words.key.acceptedVoices(voices),
              key.store === "session"
                ? words.key.acceptedSession
                : words.key.acceptedKeychain,
            ].join(" "),
            steps: [],
          }
        : null;
    case "chooseSession":
      return keychains[key.keychain];
    case "noKeyInClipboard":
      return attempted ? outcomes.noKeyInClipboard : null;
    default:
      return outcomes[key.outcome];
  }
}
