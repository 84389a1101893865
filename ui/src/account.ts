// What the foot of the rail says of the key: one state, two short lines.

import type { KeyStatus } from "./host/contract";
import { words } from "./words";

export interface AccountLines {
  title: string;
  more: string;
  /** Colour of the dot: nothing there, well, to be looked at, broken. */
  dot: "off" | "good" | "warn" | "bad";
  /** A click leads here. */
  to: "key" | "settings";
}

export function accountLines(key: KeyStatus | null): AccountLines {
  const say = words.account;
  if (key === null) {
    return {
      title: say.starting,
      more: say.startingMore,
      dot: "off",
      to: "settings",
    };
  }
  if (!key.present) {
    switch (key.keychain) {
      case "locked":
        return {
          title: say.locked,
          more: say.lockedMore,
          dot: "warn",
          to: "settings",
        };
      case "waiting":
        return {
          title: say.waiting,
          more: say.waitingMore,
          dot: "warn",
          to: "settings",
        };
      case "denied":
        return {
          title: say.denied,
          more: say.deniedMore,
          dot: "warn",
          to: "settings",
        };
      case "unknown":
      case "ready":
      case "missing":
        return { title: say.noKey, more: say.noKeyMore, dot: "off", to: "key" };
    }
  }
  switch (key.check) {
    case "refused":
      return {
        title: say.refused,
        more: say.refusedMore,
        dot: "bad",
        to: "key",
      };
    case "noAccess":
      return {
        title: say.noAccess,
        more: say.noAccessMore,
        dot: "bad",
        to: "settings",
      };
    case "unreachable":
      return {
        title: say.unreachable,
        more: say.unreachableMore,
        dot: "warn",
        to: "settings",
      };
    case "checking":
      return {
        title: say.connected,
        more: say.checking,
        dot: "off",
        to: "settings",
      };
    case "unknown":
    case "accepted":
      return {
        title: say.connected,
        more: storeWords(key),
        dot: "good",
        to: "settings",
      };
  }
}

export function storeWords(key: KeyStatus): string {
  switch (key.store) {
    case "environment":
      return words.account.inEnvironment;
    case "session":
      return words.account.inSession;
    case "keychain":
    case null:
      return words.account.inKeychain;
  }
}
