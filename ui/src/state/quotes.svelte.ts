// The price before: asked for shortly after the last change, and never shown for a text it was not made for without
// saying so (`fresh`).

import type { Delivery, Quote, Source } from "../host/contract";
import type { Host } from "../host/host";

export class Quotes {
  current = $state.raw<Quote | null>(null);
  /** `current` belongs to the text and voice of now. */
  fresh = $state(false);

  readonly #host: Host;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Asks 150 ms after the last call. */
  ask(source: Source, delivery: Delivery): void {
    this.fresh = false;
    this.#turn += 1;
    const turn = this.#turn;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      try {
        const quote = await this.#host.quote(source, delivery);
        if (turn !== this.#turn) return;
        this.current = quote;
        this.fresh = true;
      } catch {
        // The old figures stay, greyed; speaking or saving will say what is wrong.
      }
    }, 150);
  }
}
