import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const page = (name: string) =>
  new URL(`./${name}.html`, import.meta.url).pathname;

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  // Relative to nothing: the window serves the bundle from its own origin.
  base: "/",
  envPrefix: ["VITE_"],
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: {
    target: ["es2022", "safari16.4", "chrome111"],
    // The content security policy allows neither inline scripts nor data: fonts.
    assetsInlineLimit: 0,
    // The polyfill would use fetch(), which the policy forbids.
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    sourcemap: false,
    rolldownOptions: {
      input: { index: page("index"), key: page("key") },
    },
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
