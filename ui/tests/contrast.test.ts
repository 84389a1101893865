// The colours, as they are in the style sheet: every pair that stands on the screen can be read, in both themes.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync("src/styles/tokens.css", "utf8");

function block(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  expect(start).toBeGreaterThanOrEqual(0);
  const body = css.slice(start, css.indexOf("}", start));
  return new Map(
    [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [
      name ?? "",
      (value ?? "").replace(/\s+/g, " "),
    ]),
  );
}

const light = block(":root");
const dark = block(':root[data-theme="dark"]');

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort(
    (a, b) => a - b,
  );
  return (high + 0.05) / (low + 0.05);
}

const texts: [string, string[]][] = [
  [
    "ink",
    [
      "paper",
      "surface",
      "rail",
      "accent-soft",
      "bolt-soft",
      "good-soft",
      "warn-soft",
      "bad-soft",
    ],
  ],
  [
    "ink-soft",
    ["paper", "surface", "rail", "accent-soft", "warn-soft", "bad-soft"],
  ],
  ["ink-faint", ["paper", "surface"]],
  ["accent", ["paper", "surface", "accent-soft", "rail"]],
  ["accent-ink", ["accent", "accent-strong"]],
  ["good", ["paper", "surface", "good-soft"]],
  ["warn", ["paper", "surface", "warn-soft"]],
  ["bad", ["paper", "surface", "bad-soft"]],
  ["paper", ["ink"]],
];
const edges: [string, string[]][] = [
  ["line-strong", ["paper", "surface", "rail", "accent-soft"]],
  ["accent", ["wave", "paper"]],
];

function pairs(list: [string, string[]][]) {
  return list.flatMap(([front, backs]) => backs.map((back) => [front, back]));
}

describe.each([
  ["light", light],
  ["dark", dark],
])("%s", (_, tokens) => {
  const colour = (name: string) => tokens.get(name) ?? "missing";

  test.each(pairs(texts))("%s can be read on %s", (front, back) => {
    expect(contrast(colour(front!), colour(back!))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(pairs(edges))("%s can be seen on %s", (front, back) => {
    expect(contrast(colour(front!), colour(back!))).toBeGreaterThanOrEqual(3);
  });
});

test("the dark theme is the same by choice and by system", () => {
  expect(dark).toEqual(block(':root:not([data-theme="light"])'));
});

test("the dark theme has a value for every colour", () => {
  const colours = [...light]
    .filter(([, value]) => /#|rgb/.test(value))
    .map(([name]) => name);
  for (const name of colours) expect(dark.has(name)).toBe(true);
});
