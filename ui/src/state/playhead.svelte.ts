// What the loudspeaker is doing, as the window shows it: polled rarely, moved smoothly in between.
//
// Invariants: marks and peaks always belong to `speech`; `position` never passes `arrived`; while it plays it never runs
// backwards because of a poll. Nothing is polled while nothing sounds.

import type { Mark, Playback, PlaybackState } from "../host/contract";
import type { Host } from "../host/host";

/** How long until the next poll, in milliseconds; `null` waits until something calls `refresh`. */
export function pollDelay(
  state: PlaybackState,
  complete: boolean,
  hidden: boolean,
): number | null {
  switch (state) {
    case "waiting":
    case "playing":
      return hidden ? 2000 : 250;
    case "paused":
      // The rest still arrives while nobody listens.
      return complete || hidden ? null : 1000;
    case "noDevice":
      // The program looks for a loudspeaker by itself and goes on when there is one.
      return hidden ? null : 1000;
    case "idle":
    case "finished":
    case "failed":
      return null;
  }
}

/** The mark that sounds at `position`: the last one that has begun. -1 before the first. */
export function markAt(marks: readonly Mark[], position: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.from ?? Infinity) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A difference this small is caught up with smoothly; a larger one is a jump that really happened. */
const SMOOTH_BELOW = 0.25;
/** Seconds in which a difference shrinks to a third. Above `SMOOTH_BELOW`, so that time never runs backwards. */
const SMOOTH_OVER = 0.4;

export class Playhead {
  speech = $state(0);
  preview = $state<string | null>(null);
  state = $state<PlaybackState>("idle");
  /** Seconds. Moves between polls. */
  position = $state(0);
  arrived = $state(0);
  complete = $state(false);
  expected = $state(0);
  marks = $state.raw<readonly Mark[]>([]);
  /** Changes whenever `peaks` grew or was thrown away. */
  peakCount = $state(0);

  /** Index of the mark that sounds now, -1 before the first. */
  readonly current = $derived(markAt(this.marks, this.position));
  readonly audible = $derived(
    this.state === "playing" ||
      this.state === "waiting" ||
      this.state === "paused" ||
      this.state === "noDevice",
  );

  readonly #host: Host;
  #peaks = new Uint8Array(1024);
  #anchor = { at: 0, position: 0, lead: 0 };
  #commands = 0;
  #stale = true;
  #wake: (() => void) | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Loudness, 0–255, twenty a second: valid up to `peakCount`. */
  get peaks(): Uint8Array {
    return this.#peaks.subarray(0, this.peakCount);
  }

  /** Polls and moves until the signal is aborted. */
  run(signal: AbortSignal): void {
    void this.#poll(signal);
    const visibility = () => this.refresh();
    document.addEventListener("visibilitychange", visibility, { signal });
    let last = 0;
    const frame = (now: number) => {
      if (signal.aborted) return;
      // Thirty a second look the same as sixty here and cost half.
      if (this.state === "playing" && now - last >= 32) {
        last = now;
        this.position = this.at(performance.now());
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Something may have changed: ask now. */
  refresh(): void {
    this.#stale = true;
    this.#wake?.();
  }

  /** The person has moved it: show that at once, and believe no answer that was under way. */
  moved(seconds: number): void {
    this.#commands += 1;
    this.#anchor = { at: performance.now(), position: seconds, lead: 0 };
    this.position = seconds;
  }

  /** Where it is at a time of `performance.now()`. */
  at(now: number): number {
    if (this.state !== "playing") return this.#anchor.position;
    const { at, position, lead } = this.#anchor;
    const passed = Math.max(0, (now - at) / 1000);
    const shown = position + passed + lead * Math.exp(-passed / SMOOTH_OVER);
    return Math.min(Math.max(0, shown), Math.max(this.arrived, position));
  }

  /** Takes an answer. `asOf` is the time of `performance.now()` that it describes. Returns whether all of it fitted. */
  accept(answer: Playback, asOf: number): boolean {
    const now = performance.now();
    const other = answer.speech !== this.speech;
    const shown = this.at(now);
    const moving = this.state === "playing" && answer.state === "playing";

    this.speech = answer.speech;
    this.preview = answer.preview;
    this.state = answer.state;
    this.arrived = answer.arrived;
    this.complete = answer.complete;
    this.expected = answer.expected;
    const fits = this.#merge(answer, other);

    this.#anchor = { at: asOf, position: answer.position, lead: 0 };
    if (moving && !other) {
      const ahead = shown - this.at(now);
      if (Math.abs(ahead) < SMOOTH_BELOW) {
        this.#anchor = {
          at: now,
          position: this.at(now),
          lead: ahead,
        };
      }
    }
    this.position = this.at(now);
    return fits;
  }

  #merge(answer: Playback, other: boolean): boolean {
    if (other) {
      this.marks = [];
      this.peakCount = 0;
    }
    const marksFit = answer.marksFrom <= this.marks.length;
    const peaksFit = answer.peaksFrom <= this.peakCount;
    if (marksFit && answer.marks.length > 0) {
      this.marks = this.marks.slice(0, answer.marksFrom).concat(answer.marks);
    }
    if (peaksFit && answer.peaks.length > 0) {
      const length = answer.peaksFrom + answer.peaks.length;
      if (length > this.#peaks.length) {
        const grown = new Uint8Array(Math.max(length, this.#peaks.length * 2));
        grown.set(this.#peaks.subarray(0, this.peakCount));
        this.#peaks = grown;
      }
      this.#peaks.set(answer.peaks, answer.peaksFrom);
      this.peakCount = length;
    }
    return marksFit && peaksFit;
  }

  /** The first mark whose end is not known yet is asked for again. */
  #settledMarks(): number {
    const open = this.marks.findIndex((mark) => mark.to === null);
    return open === -1 ? this.marks.length : open;
  }

  async #poll(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.#stale = false;
      const commands = this.#commands;
      try {
        const sent = performance.now();
        const answer = await this.#host.playback(
          this.speech,
          this.#settledMarks(),
          this.peakCount,
        );
        const received = performance.now();
        failures = 0;
        if (commands === this.#commands) {
          this.#stale ||= !this.accept(answer, (sent + received) / 2);
        } else {
          this.#stale = true;
        }
      } catch {
        failures += 1;
      }
      const delay =
        failures > 0
          ? Math.min(250 * 2 ** failures, 5000)
          : this.#stale
            ? 30
            : pollDelay(this.state, this.complete, document.hidden);
      await this.#sleep(delay, signal);
    }
  }

  #sleep(milliseconds: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = null;
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer =
        milliseconds === null ? undefined : setTimeout(done, milliseconds);
      this.#wake = done;
      signal.addEventListener("abort", done);
    });
  }
}
