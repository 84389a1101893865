// Scrolling along with the voice, until the person scrolls; then only when they ask for it again.

import { scrollToFollow } from "../reading";

const SCROLL_KEYS = new Set([
  "PageUp",
  "PageDown",
  "Home",
  "End",
  "ArrowUp",
  "ArrowDown",
]);

export class Follow {
  on = $state(true);

  /** An attachment for the scrolling element: notices when the person takes over. */
  readonly watch = (view: HTMLElement) => {
    const lifetime = new AbortController();
    const options = { signal: lifetime.signal, passive: true };
    const release = () => (this.on = false);
    view.addEventListener("wheel", release, options);
    view.addEventListener("touchmove", release, options);
    view.addEventListener(
      "pointerdown",
      (event) => {
        // Beside the content there is only the scrollbar.
        if (event.target === view && event.offsetX > view.clientWidth) {
          release();
        }
      },
      options,
    );
    view.addEventListener(
      "keydown",
      (event) => {
        if (SCROLL_KEYS.has(event.key)) release();
      },
      options,
    );
    return () => lifetime.abort();
  };

  /** Brings `element` into sight if following is on. */
  show(view: HTMLElement, element: HTMLElement): void {
    if (!this.on) return;
    const frame = view.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    const distance = scrollToFollow(
      box.top - frame.top,
      box.bottom - frame.top,
      frame.height,
    );
    if (distance === 0) return;
    // A glide over pages shows nothing but a blur, and ends in the wrong place when the voice goes on meanwhile.
    const far = Math.abs(distance) > frame.height;
    const still = far || matchMedia("(prefers-reduced-motion: reduce)").matches;
    view.scrollTo({
      top: view.scrollTop + distance,
      behavior: still ? "instant" : "smooth",
    });
  }
}
