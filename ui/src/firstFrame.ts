// The window before the program has told anything, as it is written into the page when Peal is built.

import { render } from "svelte/server";
import Window from "./App.svelte";
import { tauriHost } from "./host/tauri";
import { App } from "./state/app.svelte";

export const firstFrame: string = render(Window, {
  props: { app: new App(tauriHost) },
}).body;
