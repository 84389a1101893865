import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { detailsOf, explain, remediesOf, type Remedy } from "../src/errors";
import type { ErrorCode } from "../src/host/contract";
import { errorReport } from "../src/host/fake";
import { words } from "../src/words";

/** The compiler sees to it that no code is missing; this sees to it that the contract of now is meant. */
const codes = [
  ...(readFileSync("src/host/contract.ts", "utf8")
    .match(/export type ErrorCode = ([^;]+);/)?.[1]
    ?.matchAll(/"(\w+)"/g) ?? []),
].map(([, code]) => code as ErrorCode);

describe("every error", () => {
  test("of the contract is known", () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(Object.keys(remediesOf).sort()).toEqual([...codes].sort());
  });

  test.each(codes)(
    "%s has words without a number, a brace or a code",
    (code) => {
      const message = words.errors[code];
      expect(message).toMatch(/^[A-Z].*[.]$/);
      expect(message).not.toMatch(/[{}]|\b[45]\d\d\b/);
      expect(message).not.toContain(code);
    },
  );

  test.each(codes)("%s leaves a person something to do or to know", (code) => {
    const { remedies } = explain(errorReport(code), {
      retrying: false,
      canRepeat: true,
    });
    const explained = words.errors[code].split(/[.;:]/).length > 2;
    expect(remedies.length > 0 || explained).toBe(true);
  });
});

/** The table of the product: what a person can do about the errors they are most likely to meet. */
const promised: [ErrorCode, Remedy[]][] = [
  ["unauthorized", ["pasteKey", "openConsole"]],
  ["forbidden", ["openConsole", "chooseVoice"]],
  ["unknownVoice", ["chooseVoice"]],
  ["offline", ["useBuiltin"]],
  ["server", ["copyDetails"]],
  ["notText", ["chooseFile"]],
  ["diskFull", ["tryAgain"]],
  ["noLoudspeaker", ["settings"]],
  ["keychainLocked", ["tryAgain", "useForSession"]],
];

test.each(promised)("%s offers what was promised", (code, remedies) => {
  const offered = explain(errorReport(code), {
    retrying: false,
    canRepeat: true,
  }).remedies;
  for (const remedy of remedies) expect(offered).toContain(remedy);
});

test("while Peal tries again by itself one can pause, not try again", () => {
  const { remedies, tone } = explain(errorReport("rateLimited"), {
    retrying: true,
    canRepeat: true,
  });
  expect(remedies).toEqual(["pause"]);
  expect(tone).toBe("warn");
});

test("what cannot be repeated is not offered again", () => {
  const { remedies } = explain(errorReport("server"), {
    retrying: false,
    canRepeat: false,
  });
  expect(remedies).not.toContain("tryAgain");
});

test("a code from a newer program reads as unexpected", () => {
  const error = {
    ...errorReport("server"),
    code: "fromTheFuture" as ErrorCode,
  };
  expect(explain(error, { retrying: false, canRepeat: false }).message).toBe(
    words.errors.unexpected,
  );
});

test("the details to copy hold the request id", () => {
  const error = errorReport("server", {
    requestId: "1a2b",
    details: "HTTP 502",
  });
  expect(detailsOf(error)).toBe("server\nRequest 1a2b\nHTTP 502");
});
