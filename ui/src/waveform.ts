// From loudness over time to bars: pure, so that it can be tested without a picture.

/**
 * `count` bars over `length` seconds: the mean of the peaks (0–255, twenty a second) under each bar, 0 to 1. Of hours of
 * speech the loudest would be the same everywhere.
 * `null` where nothing has arrived yet.
 */
export function barsOf(
  peaks: Uint8Array,
  length: number,
  count: number,
): (number | null)[] {
  const total = Math.max(length * 20, 1);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index / count) * total);
    const to = Math.max(from + 1, Math.floor(((index + 1) / count) * total));
    if (from >= peaks.length) return null;
    const until = Math.min(to, peaks.length);
    let sum = 0;
    for (let at = from; at < until; at += 1) sum += peaks[at] ?? 0;
    // A square root, because loudness is heard that way: quiet speech is not a flat line.
    return Math.sqrt(sum / (until - from) / 255);
  });
}

/** An SVG path of upright strokes, one per bar from `first` on; what has not arrived is a dot. */
export function barsPath(
  bars: readonly (number | null)[],
  first: number,
  pitch: number,
  height: number,
): string {
  const middle = height / 2;
  return bars
    .map((bar, index) => {
      const half = Math.max(0.01, (bar ?? 0) * (middle - 2));
      const x = ((first + index + 0.5) * pitch).toFixed(1);
      return `M${x} ${(middle - half).toFixed(2)}v${(2 * half).toFixed(2)}`;
    })
    .join("");
}
