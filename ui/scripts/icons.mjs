// Makes the application's icons from icons/app.svg. Run by hand after a change of the drawing: `npm run icons`.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const icons = fileURLToPath(new URL("../../icons/", import.meta.url));
/** What the bundles for Linux, macOS and Windows need; the rest is for stores and phones. */
const wanted = new Set([
  "32x32.png",
  "128x128.png",
  "128x128@2x.png",
  "icon.png",
  "icon.icns",
  "icon.ico",
]);

const work = mkdtempSync(join(tmpdir(), "peal-icons-"));
try {
  // `npm run icons` puts the Tauri tool on the path.
  execFileSync(
    process.platform === "win32" ? "tauri.cmd" : "tauri",
    ["icon", join(icons, "app.svg"), "--output", icons],
    { stdio: "inherit", cwd: work, shell: process.platform === "win32" },
  );
} finally {
  rmSync(work, { recursive: true });
}
for (const name of readdirSync(icons)) {
  if (name !== "app.svg" && !wanted.has(name)) {
    rmSync(join(icons, name), { recursive: true });
  }
}
