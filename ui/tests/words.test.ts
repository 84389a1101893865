// One catalogue holds every word: nothing empty in it, nothing unused, and no words anywhere else.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "svelte/compiler";
import { expect, test } from "vitest";
import { words } from "../src/words";

const files = readdirSync("src", { recursive: true, encoding: "utf8" });
const components = files.filter((name) => name.endsWith(".svelte"));
const sources = files
  .filter(
    (name) => /\.(svelte|ts)$/.test(name) && name !== join("words", "en.ts"),
  )
  .map((name) => readFileSync(join("src", name), "utf8"))
  .join("\n");

type Leaf = [path: string, value: unknown];

function leaves(value: unknown, path: string): Leaf[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) =>
        leaves(inner, path === "" ? key : `${path}.${key}`),
      )
    : [[path, value]];
}

test.each(leaves(words, ""))("%s says something", (path, value) => {
  const given = path === "settings.asOf" ? ["2026-09"] : [2, 3, 4];
  const text = typeof value === "function" ? value(...given) : value;
  expect(typeof text).toBe("string");
  expect(text.trim()).not.toBe("");
  expect(text).not.toMatch(/undefined|NaN|\[object/);
});

test("no word is left that nothing shows", () => {
  const unused = leaves(words, "")
    .map(([path]) => path.split("."))
    .filter((path) => {
      const key = path.at(-1) ?? "";
      return !new RegExp(`[.\\["']${key}\\b`).test(sources);
    })
    // Reached by the code of an error or the kind of a remark.
    .filter(([group]) => group !== "errors" && group !== "remarks");
  expect(unused).toEqual([]);
});

/** Attributes whose value a person reads or hears. */
const READ = new Set([
  "title",
  "placeholder",
  "alt",
  "aria-label",
  "aria-valuetext",
  "aria-description",
  "aria-roledescription",
]);

test.each(components)(
  "%s has no words and no inline style of its own",
  (name) => {
    const source = readFileSync(join("src", name), "utf8");
    const found: string[] = [];
    const visit = (node: unknown) => {
      if (Array.isArray(node)) return node.forEach(visit);
      if (typeof node !== "object" || node === null) return;
      const {
        type,
        name: attribute,
        value,
        data,
      } = node as Record<string, unknown>;
      if (type === "Text" && /\p{L}/u.test(String(data)))
        found.push(String(data));
      if (type === "StyleDirective") return;
      if (type === "Attribute") {
        if (attribute === "style") found.push("style");
        // Other attributes hold names for the machine.
        if (!READ.has(String(attribute))) return;
        if (Array.isArray(value)) visit(value);
        return;
      }
      Object.entries(node)
        .filter(
          ([key]) => key !== "css" && key !== "instance" && key !== "module",
        )
        .forEach(([, inner]) => visit(inner));
    };
    visit(parse(source, { modern: true }).fragment);
    expect(found).toEqual([]);
  },
);

test("only the host for Tauri knows Tauri", () => {
  const knowing = files.filter(
    (name) =>
      /\.(svelte|ts)$/.test(name) &&
      readFileSync(join("src", name), "utf8").includes("@tauri-apps/"),
  );
  expect(knowing).toEqual([join("host", "tauri.ts")]);
});

test("nothing reads the clipboard", () => {
  expect(sources).not.toMatch(/clipboardData|clipboard\.read/);
});
