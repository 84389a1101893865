import { describe, expect, test } from "vitest";
import { accountLines } from "../src/account";
import {
  characterCount,
  clock,
  languageName,
  money,
  monthName,
  spokenTime,
} from "../src/format";
import type {
  KeyCheck,
  KeychainState,
  KeyOutcome,
  KeyStatus,
} from "../src/host/contract";
import { keyVerdict } from "../src/keyOutcome";
import { piecesOf, scrollToFollow } from "../src/reading";
import { matches, shortcuts, spell } from "../src/shortcuts";
import { barsOf, barsPath } from "../src/waveform";
import { words } from "../src/words";

describe("numbers as people read them", () => {
  test("times", () => {
    expect(clock(0)).toBe("0:00");
    expect(clock(67.9)).toBe("1:07");
    expect(clock(3723)).toBe("1:02:03");
    expect(spokenTime(65)).toBe("1 minute 5 seconds");
    expect(spokenTime(0.4)).toBe("0 seconds");
  });

  test("money never rounds a real price to nothing", () => {
    expect(money(0)).toBe("$0.00");
    expect(money(0.007)).toBe("$0.007");
    expect(money(0.0001)).toBe("< $0.001");
    expect(money(13.349)).toBe("$13.35");
  });

  test("names", () => {
    expect(languageName("hi")).toBe("Hindi");
    expect(languageName("not a code")).toBe("not a code");
    expect(monthName("2026-09")).toBe("September 2026");
    expect(monthName("")).toBe("");
  });

  test("a lone surrogate is a character too", () => {
    expect(characterCount("a\ud800b")).toBe(3);
    expect(characterCount("\udc00\ud800")).toBe(2);
  });
});

describe("the read view", () => {
  const text = "  One. Two!\n\nThree";
  const mark = (start: number, end: number) => ({ start, end, from: 0, to: 1 });

  test("holds every letter of the text, whatever the marks", () => {
    const odd = [
      [mark(2, 6), mark(7, 11), mark(13, 18)],
      [],
      [mark(2, 6), mark(4, 11), mark(50, 60), mark(8, 8)],
      [mark(13, 18), mark(2, 6)],
    ];
    for (const marks of odd) {
      const joined = piecesOf(text, marks).map((piece) => piece.text);
      expect(joined.join("")).toBe(text);
    }
  });

  test("knows which piece is which sentence", () => {
    const pieces = piecesOf(text, [mark(2, 6), mark(7, 11)]);
    expect(pieces.map((piece) => piece.mark)).toEqual([null, 0, null, 1, null]);
  });

  test("scrolls only when the sentence leaves the comfortable part", () => {
    expect(scrollToFollow(200, 240, 600)).toBe(0);
    expect(scrollToFollow(580, 620, 600)).toBe(430);
    expect(scrollToFollow(-100, -60, 600)).toBe(-250);
  });
});

describe("the waveform", () => {
  test("has dots where nothing has arrived", () => {
    const bars = barsOf(new Uint8Array(20).fill(255), 2, 4);
    expect(bars).toEqual([1, 1, null, null]);
  });

  test("has one stroke per bar and no broken numbers", () => {
    const path = barsPath([0, 0.5, null], 2, 5, 40);
    expect(path.match(/M/g)).toHaveLength(3);
    expect(path).not.toMatch(/NaN|undefined/);
  });

  test("of nothing is empty, not an error", () => {
    expect(barsOf(new Uint8Array(0), 0, 3)).toEqual([null, null, null]);
  });
});

describe("shortcuts", () => {
  test("are spelled and matched", () => {
    expect(spell(shortcuts.speak)).toBe("Ctrl+Enter");
    const event = (init: KeyboardEventInit) =>
      new KeyboardEvent("keydown", init);
    const enter = event({ key: "Enter", ctrlKey: true });
    expect(matches(enter, shortcuts.speak)).toBe(true);
    expect(matches(enter, shortcuts.speakFromCursor)).toBe(false);
    expect(matches(event({ key: "S", ctrlKey: true }), shortcuts.save)).toBe(
      true,
    );
    expect(matches(event({ key: "s" }), shortcuts.save)).toBe(false);
  });
});

const key: KeyStatus = {
  present: false,
  store: null,
  check: "unknown",
  keychain: "ready",
  outcome: null,
  clipboardHoldsKey: false,
};
const chains: KeychainState[] = [
  "unknown",
  "ready",
  "locked",
  "missing",
  "denied",
  "waiting",
];
const outcomes: KeyOutcome[] = [
  "noKeyInClipboard",
  "checking",
  "accepted",
  "refused",
  "noAccess",
  "unreachable",
  "chooseSession",
];

describe("every outcome of a key", () => {
  test.each(
    outcomes.flatMap((outcome) =>
      chains.map((keychain) => [outcome, keychain] as const),
    ),
  )(
    "%s with the keychain %s has words and a next step",
    (outcome, keychain) => {
      const verdict = keyVerdict({ ...key, outcome, keychain }, true, 264);
      expect(verdict?.title).toBeTruthy();
      if (outcome === "checking" || outcome === "accepted") {
        expect(verdict?.steps).toEqual([]);
      } else {
        expect(verdict?.steps.length).toBeGreaterThan(0);
        expect(verdict?.more).not.toBe("");
      }
      if (outcome === "chooseSession") {
        expect(verdict?.steps).toContain("useForSession");
      }
    },
  );

  test("an old success is no news when the sheet opens again", () => {
    expect(keyVerdict({ ...key, outcome: "accepted" }, false, 3)).toBeNull();
  });

  test("success tells how many voices there are, or that they are coming", () => {
    const status: KeyStatus = { ...key, outcome: "accepted", store: "session" };
    expect(keyVerdict(status, true, 264)?.more).toBe(
      `264 voices are ready. ${words.key.acceptedSession}`,
    );
    expect(keyVerdict(status, true, null)?.more).toContain(
      words.key.acceptedMore,
    );
  });
});

test("the foot of the rail has words for every state of the key", () => {
  const checks: KeyCheck[] = [
    "unknown",
    "checking",
    "accepted",
    "refused",
    "noAccess",
    "unreachable",
  ];
  for (const present of [true, false]) {
    for (const check of checks) {
      for (const keychain of chains) {
        const lines = accountLines({ ...key, present, check, keychain });
        expect(lines.title).toBeTruthy();
        expect(lines.more).toBeTruthy();
      }
    }
  }
  expect(accountLines(null).title).toBeTruthy();
});
