// Keyboard shortcuts: what they are called on this system, and whether an event is one.

import { words } from "./words";

const onMac = /mac/i.test(
  typeof navigator === "undefined" ? "" : navigator.userAgent,
);

export interface Shortcut {
  key: string;
  /** Ctrl, on a Mac Command. */
  mod?: boolean;
  shift?: boolean;
}

export const shortcuts = {
  speak: { key: "Enter", mod: true },
  speakFromCursor: { key: "Enter", mod: true, shift: true },
  stop: { key: "Escape" },
  save: { key: "s", mod: true },
  open: { key: "o", mod: true },
  paste: { key: "v", mod: true },
  settings: { key: ",", mod: true },
  speakScreen: { key: "1", mod: true },
  documentsScreen: { key: "2", mod: true },
  libraryScreen: { key: "3", mod: true },
  pronunciationScreen: { key: "4", mod: true },
  settingsScreen: { key: "5", mod: true },
  edit: { key: "F2" },
  hear: { key: "Enter" },
  hearFromHere: { key: "Enter", shift: true },
} satisfies Record<string, Shortcut>;

export function matches(event: KeyboardEvent, shortcut: Shortcut): boolean {
  const mod = onMac ? event.metaKey : event.ctrlKey;
  const other = onMac ? event.ctrlKey : event.metaKey;
  return (
    event.key.toLowerCase() === shortcut.key.toLowerCase() &&
    mod === (shortcut.mod ?? false) &&
    event.shiftKey === (shortcut.shift ?? false) &&
    !other &&
    !event.altKey
  );
}

/** "Ctrl+Enter", "⌘↩". */
export function spell(shortcut: Shortcut): string {
  const names: Record<string, string> = onMac
    ? { Enter: "↩", Escape: "esc" }
    : { Enter: "Enter", Escape: "Esc" };
  const key = names[shortcut.key] ?? shortcut.key.toUpperCase();
  if (onMac) {
    return `${shortcut.shift ? "⇧" : ""}${shortcut.mod ? "⌘" : ""}${key}`;
  }
  return [shortcut.mod && "Ctrl", shortcut.shift && "Shift", key]
    .filter(Boolean)
    .join("+");
}

/** Words of a button with its shortcut, for its tooltip. */
export function tip(label: string, shortcut: Shortcut): string {
  return words.withShortcut(label, spell(shortcut));
}

/** For `aria-keyshortcuts`. */
export function ariaKeys(shortcut: Shortcut): string {
  return [
    shortcut.mod && (onMac ? "Meta" : "Control"),
    shortcut.shift && "Shift",
    shortcut.key.length === 1 ? shortcut.key.toUpperCase() : shortcut.key,
  ]
    .filter(Boolean)
    .join("+");
}
