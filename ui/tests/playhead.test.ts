import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Mark, Playback } from "../src/host/contract";
import { FakeHost } from "../src/host/fake";
import { markAt, Playhead, pollDelay } from "../src/state/playhead.svelte";

const MARKS: Mark[] = [
  { start: 0, end: 10, from: 0, to: 2 },
  { start: 11, end: 20, from: 2.5, to: 4 },
  { start: 21, end: 30, from: 4, to: null },
];

function answer(part: Partial<Playback> = {}): Playback {
  return {
    speech: 1,
    preview: null,
    state: "playing",
    position: 0,
    arrived: 10,
    complete: false,
    expected: 20,
    marksFrom: 0,
    marks: [],
    peaksFrom: 0,
    peaks: [],
    ...part,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

function seconds(count: number) {
  vi.advanceTimersByTime(count * 1000);
}

describe("polling", () => {
  test("is quick while it sounds, slow while nobody sees it, and stops when nothing happens", () => {
    expect(pollDelay("playing", false, false)).toBe(250);
    expect(pollDelay("waiting", false, false)).toBe(250);
    expect(pollDelay("playing", false, true)).toBe(2000);
    for (const state of ["idle", "finished", "failed"] as const) {
      expect(pollDelay(state, true, false)).toBeNull();
    }
    expect(pollDelay("paused", true, false)).toBeNull();
  });

  test("goes on while paused until everything has arrived", () => {
    expect(pollDelay("paused", false, false)).toBe(1000);
  });

  test("asks once in silence and again only when told to", async () => {
    const host = new FakeHost();
    const lifetime = new AbortController();
    const playhead = new Playhead(host);
    playhead.run(lifetime.signal);
    await vi.advanceTimersByTimeAsync(30_000);
    const asked = () => host.calls.filter(([name]) => name === "playback");
    expect(asked()).toHaveLength(1);
    playhead.refresh();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked()).toHaveLength(2);
    lifetime.abort();
  });

  test("survives a host that refuses, and backs off", async () => {
    const host = new FakeHost();
    const playback = vi.spyOn(host, "playback").mockRejectedValue("gone");
    const lifetime = new AbortController();
    const playhead = new Playhead(host);
    playhead.run(lifetime.signal);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(playback.mock.calls.length).toBeLessThan(10);
    playback.mockRestore();
    void host.speak(
      { type: "typed", text: "Hello there." },
      { voice: "builtin/hibari", speed: 1, language: "auto" },
      null,
      null,
    );
    await vi.advanceTimersByTimeAsync(6000);
    expect(playhead.speech).toBe(1);
    lifetime.abort();
  });
});

describe("the sentence that sounds", () => {
  test("is the last that has begun, also in the pause after it", () => {
    expect(markAt(MARKS, -0.1)).toBe(-1);
    expect(markAt(MARKS, 0)).toBe(0);
    expect(markAt(MARKS, 2.2)).toBe(0);
    expect(markAt(MARKS, 2.5)).toBe(1);
    expect(markAt(MARKS, 99)).toBe(2);
    expect(markAt([], 3)).toBe(-1);
  });
});

describe("between two polls", () => {
  test("time goes on by itself while it plays", () => {
    const playhead = new Playhead(new FakeHost());
    playhead.accept(answer({ position: 1 }), performance.now());
    seconds(0.2);
    expect(playhead.at(performance.now())).toBeCloseTo(1.2, 5);
  });

  test("time stands while it is paused or waits", () => {
    const playhead = new Playhead(new FakeHost());
    for (const state of ["paused", "waiting", "finished"] as const) {
      playhead.accept(answer({ position: 3, state }), performance.now());
      seconds(1);
      expect(playhead.at(performance.now())).toBe(3);
    }
  });

  test("never passes what has arrived", () => {
    const playhead = new Playhead(new FakeHost());
    playhead.accept(answer({ position: 9.9, arrived: 10 }), performance.now());
    seconds(5);
    expect(playhead.at(performance.now())).toBe(10);
  });

  test("an answer that took its time is reckoned from when it was true", () => {
    const playhead = new Playhead(new FakeHost());
    const asOf = performance.now();
    seconds(0.1);
    playhead.accept(answer({ position: 1 }), asOf);
    expect(playhead.position).toBeCloseTo(1.1, 5);
  });

  test("a small difference is caught up with and never runs backwards", () => {
    const playhead = new Playhead(new FakeHost());
    playhead.accept(answer({ position: 1 }), performance.now());
    seconds(0.25);
    // The clock of the sound card is 0.2 s behind what was shown.
    playhead.accept(answer({ position: 1.05 }), performance.now());
    let last = 1.25;
    expect(playhead.position).toBeCloseTo(last, 5);
    for (let step = 0; step < 100; step += 1) {
      seconds(0.02);
      const now = playhead.at(performance.now());
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(last).toBeCloseTo(1.05 + 2, 2);
  });

  test("a real jump is shown at once", () => {
    const playhead = new Playhead(new FakeHost());
    playhead.accept(answer({ position: 1 }), performance.now());
    playhead.accept(answer({ position: 7 }), performance.now());
    expect(playhead.position).toBe(7);
  });

  test("a move by the person is not undone by an answer under way", async () => {
    const host = new FakeHost();
    host.latency = 50;
    const lifetime = new AbortController();
    await Promise.all([
      host.speak(
        { type: "typed", text: "A sentence that is long enough to seek in." },
        { voice: "builtin/hibari", speed: 1, language: "auto" },
        null,
        null,
      ),
      vi.advanceTimersByTimeAsync(50),
    ]);
    const playhead = new Playhead(host);
    playhead.run(lifetime.signal);
    await vi.advanceTimersByTimeAsync(1000);
    playhead.refresh();
    await vi.advanceTimersByTimeAsync(20);
    playhead.moved(0);
    await vi.advanceTimersByTimeAsync(40);
    expect(playhead.at(performance.now())).toBeLessThan(0.2);
    lifetime.abort();
  });
});

describe("marks and peaks", () => {
  test("are joined to those that are there, and an open mark is replaced", () => {
    const playhead = new Playhead(new FakeHost());
    playhead.accept(answer({ marks: MARKS, peaks: [1, 2, 3] }), 0);
    playhead.accept(
      answer({
        marksFrom: 2,
        marks: [
          { start: 21, end: 30, from: 4, to: 6 },
          { start: 31, end: 40, from: 6, to: null },
        ],
        peaksFrom: 3,
        peaks: [4, 5],
      }),
      0,
    );
    expect(playhead.marks.map((mark) => mark.to)).toEqual([2, 4, 6, null]);
    expect([...playhead.peaks]).toEqual([1, 2, 3, 4, 5]);
  });

  test("of another speech are thrown away", () => {
    const playhead = new Playhead(new FakeHost());
    playhead.accept(answer({ marks: MARKS, peaks: [1, 2, 3] }), 0);
    const fits = playhead.accept(
      answer({ speech: 2, marksFrom: 3, peaksFrom: 3, peaks: [9] }),
      0,
    );
    expect(fits).toBe(false);
    expect(playhead.marks).toEqual([]);
    expect(playhead.peakCount).toBe(0);
  });

  test("with a hole before them are asked for again", () => {
    const playhead = new Playhead(new FakeHost());
    expect(playhead.accept(answer({ peaksFrom: 4, peaks: [1] }), 0)).toBe(
      false,
    );
    expect(playhead.peakCount).toBe(0);
  });

  test("of hours fit", () => {
    const playhead = new Playhead(new FakeHost());
    const peaks = Array.from({ length: 200_000 }, (_, index) => index % 256);
    playhead.accept(answer({ peaks }), 0);
    expect(playhead.peakCount).toBe(200_000);
    expect(playhead.peaks[199_999]).toBe(199_999 % 256);
  });
});
