import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { createServer, type HtmlTagDescriptor, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

const page = (name: string) =>
  new URL(`./${name}.html`, import.meta.url).pathname;

/** Writes the first frame and the styles it needs into the main page: it can be painted before any script has run. */
function firstFrame(): Plugin {
  async function draw(): Promise<string> {
    const server = await createServer({
      configFile: false,
      plugins: [svelte()],
      appType: "custom",
      server: { middlewareMode: true, hmr: false, ws: false },
      optimizeDeps: { noDiscovery: true, include: [] },
    });
    try {
      const { firstFrame } = await server.ssrLoadModule("/src/firstFrame.ts");
      // The content security policy allows no style in an attribute; without one, it is set when the page comes alive.
      return (firstFrame as string).replace(/ style="[^"]*"/g, "");
    } finally {
      await server.close();
    }
  }
  return {
    name: "first-frame",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      async handler(html, { filename, bundle }) {
        if (filename !== page("index")) return html;
        const chunks = Object.values(bundle ?? {}).filter(
          (one) => one.type === "chunk",
        );
        const alive = chunks.filter(({ name }) => name === "window");
        for (const { imports } of alive) {
          alive.push(
            ...chunks.filter(
              (one) => imports.includes(one.fileName) && !alive.includes(one),
            ),
          );
        }
        const styles = new Set(
          alive.flatMap((one) => [...(one.viteMetadata?.importedCss ?? [])]),
        );
        const tags = [...styles]
          .filter((href) => !html.includes(href))
          .map((href): HtmlTagDescriptor => ({
            tag: "link",
            attrs: { rel: "stylesheet", href: `/${href}` },
            injectTo: "head",
          }));
        if (tags.length === 0) throw new Error("the window has no styles");
        const frame = await draw();
        return {
          html: html.replace("<body></body>", () => `<body>${frame}</body>`),
          tags,
        };
      },
    },
  };
}

export default defineConfig({
  plugins: [svelte(), svelteTesting(), firstFrame()],
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
