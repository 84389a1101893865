// What jsdom doesn't have and the window needs.

import { configure } from "@testing-library/svelte";
import { afterEach, beforeAll, vi } from "vitest";

// What is waited for comes at once, but not on a machine that is busy with something else.
configure({ asyncUtilTimeout: 10_000 });

// The window fetches it after its first frame; here it has come.
beforeAll(async () => {
  await import("../src/rest");
});

HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  if (!this.open) return;
  this.open = false;
  this.dispatchEvent(new Event("close"));
};
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
window.matchMedia = (query) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
  }) as unknown as MediaQueryList;
Element.prototype.scrollTo = () => {};

afterEach(() => {
  vi.useRealTimers();
  sessionStorage.clear();
  delete document.documentElement.dataset["theme"];
});
