// Where the rows of a long list stand, of which only a few are drawn: guessed heights until a row has been seen, and the
// measured one from then on. Pure.

export class Rows {
  #heights: Float64Array;
  #measured: Uint8Array;
  /** `#tops[n]` is where row `n` begins; one more for the end. */
  #tops: Float64Array;
  #valid = 0;

  constructor(guesses: ArrayLike<number>, before: Rows | null = null) {
    const count = guesses.length;
    this.#heights = Float64Array.from(guesses);
    this.#measured = new Uint8Array(count);
    this.#tops = new Float64Array(count + 1);
    if (before === null) return;
    // A list that has changed a little is mostly what it was.
    const same = Math.min(count, before.count);
    for (let row = 0; row < same; row += 1) {
      if (before.#measured[row] === 1) {
        this.#heights[row] = before.#heights[row]!;
        this.#measured[row] = 1;
      }
    }
  }

  get count(): number {
    return this.#heights.length;
  }

  get height(): number {
    return this.top(this.count);
  }

  /** Where a row begins; for the count, where the list ends. */
  top(row: number): number {
    const wanted = Math.min(Math.max(0, row), this.count);
    for (; this.#valid < wanted; this.#valid += 1) {
      this.#tops[this.#valid + 1] =
        this.#tops[this.#valid]! + this.#heights[this.#valid]!;
    }
    return this.#tops[wanted]!;
  }

  /** The row that is at this height. */
  at(y: number): number {
    let low = 0;
    let high = Math.max(0, this.count - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Takes the true height of a row. Whether it was another than thought. */
  measure(row: number, height: number): boolean {
    if (row >= this.count || height <= 0) return false;
    this.#measured[row] = 1;
    if (Math.abs(this.#heights[row]! - height) < 0.5) return false;
    this.#heights[row] = height;
    this.#valid = Math.min(this.#valid, row);
    return true;
  }
}

/** A guess at the height of a sentence of so many characters. */
export function guessedHeight(characters: number, width: number): number {
  const perLine = Math.max(16, width / 8.4);
  return 12 + 28 * Math.max(1, Math.ceil(characters / perLine));
}

/** The index of the sentence at a UTF-16 offset. `starts` has one entry more than there are sentences. */
export function sentenceAt(starts: ArrayLike<number>, offset: number): number {
  let low = 0;
  let high = Math.max(0, starts.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
