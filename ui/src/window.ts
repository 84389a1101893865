// The main window comes alive. In a browser, where there is no program around it, a fake one stands in; builds for the
// application don't contain it.

import { hydrate, mount } from "svelte";
import Window from "./App.svelte";
import type { Host } from "./host/host";
import { tauriHost } from "./host/tauri";
import { App } from "./state/app.svelte";

async function host(): Promise<Host> {
  if (import.meta.env.MODE === "production") return tauriHost;
  const { posedHost } = await import("./host/poses");
  return posedHost(new URLSearchParams(location.search));
}

const app = new App(await host());
app.draft.restore(sessionStorage);
// The development server draws no first frame.
const enliven = document.body.firstElementChild === null ? mount : hydrate;
enliven(Window, { target: document.body, props: { app } });
