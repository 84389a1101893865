// The documents screen with a fake program behind it, used as a person uses it.

import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import Window from "../src/App.svelte";
import type { NarrationState } from "../src/host/contract";
import { errorReport, FakeHost } from "../src/host/fake";
import { fakeDocument } from "../src/host/fakeShelf";
import { Rows, sentenceAt } from "../src/rows";
import { App } from "../src/state/app.svelte";
import { words } from "../src/words";

const BOOK =
  "# One\n\nIt was late. [pause 2s] She went home.\n\n# Two\n\nThe end came. Nobody saw it.";

async function opened(prepare: (host: FakeHost) => void = () => {}) {
  const host = new FakeHost();
  host.latency = 0;
  prepare(host);
  const app = new App(host);
  render(Window, { props: { app } });
  await waitFor(() => expect(app.voices.loaded).toBe(true));
  return { host, app };
}

/** A book was dropped. */
async function reading(text = BOOK) {
  const opening = await opened();
  const book = fakeDocument(7, "Book.epub", text);
  book.report = [
    {
      kind: "notesDropped",
      count: 3,
      example: "See page 2.",
      canBeUndone: true,
      isUndone: false,
    },
  ];
  opening.host.open(book);
  await waitFor(() => expect(all("sentence").length).toBeGreaterThan(3));
  await waitFor(() =>
    expect(all("sentence")[1]?.textContent).toContain("late"),
  );
  return opening;
}

const by = (testid: string) => screen.getByTestId(testid);
const maybe = (testid: string) => screen.queryByTestId(testid);
const all = (testid: string) => screen.queryAllByTestId(testid);
const press = (testid: string) => fireEvent.click(by(testid));
const called = (host: FakeHost, name: string) =>
  host.calls.filter(([command]) => command === name);
const within = (row: number, testid: string) =>
  all("sentence")[row]!.querySelector<HTMLElement>(
    `[data-testid="${testid}"]`,
  )!;

describe("the list", () => {
  test("invites to open a file, and lets drops become documents while it is shown", async () => {
    const { host } = await opened();
    await press("rail-documents");
    expect(by("documents-empty").textContent).toContain(
      words.documents.emptyTitle,
    );
    await waitFor(() =>
      expect(called(host, "letDropsOpen").at(-1)).toEqual([
        "letDropsOpen",
        true,
      ]),
    );
    await press("open-documents");
    await waitFor(() => expect(maybe("sentences")).toBeTruthy());
    await press("rail-speak");
    await waitFor(() =>
      expect(called(host, "letDropsOpen").at(-1)?.[1]).toBe(false),
    );
  });

  test("shows what is read, what waits and what failed, and sends away only after asking what can be lost", async () => {
    const { host } = await opened((host) => {
      host.shelf.set(1, fakeDocument(1, "A.txt", "Words."));
      const failed = { type: "failed", error: errorReport("picturesOnly") };
      host.shelf.set(
        2,
        fakeDocument(2, "Scan.pdf", "", { state: failed as never }),
      );
      host.shelf.set(
        3,
        fakeDocument(3, "B.txt", "", { state: { type: "reading" } }),
      );
      host.tellShelf();
    });
    await press("rail-documents");
    const [reading, failed, ready] = all("document-about");
    expect(reading?.textContent).toBe(words.documents.reading);
    expect(failed?.textContent).toBe(words.errors.picturesOnly);
    expect(ready?.textContent).toContain("6 characters");
    await fireEvent.click(all("remove-document")[2]!);
    expect(called(host, "removeDocument")).toEqual([]);
    await press("remove-no");
    await fireEvent.click(all("remove-document")[2]!);
    await press("remove-yes");
    await waitFor(() => expect(all("document")).toHaveLength(2));
    await fireEvent.click(all("remove-document")[1]!);
    await waitFor(() => expect(all("document")).toHaveLength(1));
  });
});

describe("a document", () => {
  test("opens where it was dropped, with chapters, sentences and directions as chips", async () => {
    const { app } = await reading();
    expect(app.screen).toBe("documents");
    expect(all("chapter").map((one) => one.textContent)).toEqual([
      "One",
      "Two",
    ]);
    expect(by("chip").textContent).toBe(words.documents.pause(2));
    await waitFor(() =>
      expect(by("fact-characters").textContent).not.toBe("0"),
    );
  });

  test("lets one sentence be heard, or everything from it on", async () => {
    const { host, app } = await reading();
    await fireEvent.click(within(1, "hear"));
    await waitFor(() => expect(called(host, "speak")).toHaveLength(1));
    const starts = app.documents.open!.outline!.starts;
    expect(called(host, "speak")[0]).toEqual([
      "speak",
      { type: "opened", id: 7 },
      expect.anything(),
      starts[1],
      starts[2],
    ]);
    await waitFor(() =>
      expect(all("sentence")[1]!.getAttribute("aria-current")).toBe("true"),
    );
    await fireEvent.click(within(2, "from-here"));
    await waitFor(() => expect(called(host, "speak")).toHaveLength(2));
    expect(called(host, "speak")[1]!.slice(3)).toEqual([starts[2], null]);
  });

  test("is changed with the keyboard alone, and the original comes back", async () => {
    const { host } = await reading();
    const row = all("sentence")[0]!;
    row.focus();
    await fireEvent.keyDown(row, { key: "ArrowDown" });
    await waitFor(() =>
      expect(document.activeElement).toBe(all("sentence")[1]),
    );
    await fireEvent.keyDown(all("sentence")[1]!, { key: "F2" });
    const editor = by("sentence-editor") as HTMLTextAreaElement;
    await waitFor(() => expect(editor.value).toBe("It was late."));
    await fireEvent.input(editor, { target: { value: "It was early." } });
    await fireEvent.keyDown(editor, { key: "Enter" });
    await waitFor(() => {
      expect(called(host, "editSentence")[0]).toEqual([
        "editSentence",
        7,
        1,
        "It was late.",
        "It was early.",
      ]);
      expect(all("sentence")[1]!.textContent).toContain("It was early.");
      expect(within(1, "changed")).toBeTruthy();
    });
    await fireEvent.click(within(1, "edit"));
    await press("restore");
    await waitFor(() =>
      expect(all("sentence")[1]!.textContent).toContain("It was late."),
    );
  });

  test("keeps its words when a change is discarded", async () => {
    const { host } = await reading();
    await fireEvent.click(within(1, "edit"));
    const editor = by("sentence-editor");
    await fireEvent.input(editor, { target: { value: "Nonsense" } });
    await fireEvent.keyDown(editor, { key: "Escape" });
    await waitFor(() => expect(maybe("sentence-editor")).toBeNull());
    expect(called(host, "editSentence")).toEqual([]);
  });

  test("a person says that it is a dialogue", async () => {
    const { host } = await reading();
    await press("report-button");
    expect((by("dialogue") as HTMLInputElement).checked).toBe(false);
    await press("dialogue");
    await waitFor(() => {
      expect(called(host, "markDialogue")[0]).toEqual([
        "markDialogue",
        7,
        true,
      ]);
      expect((by("dialogue") as HTMLInputElement).checked).toBe(true);
    });
  });

  test("says what importing did and undoes it", async () => {
    const { host } = await reading();
    await press("report-button");
    expect(by("report-line").textContent).toContain("See page 2.");
    await press("report-undo");
    await waitFor(() => {
      expect(called(host, "undoImport")[0]).toEqual([
        "undoImport",
        7,
        "notesDropped",
        true,
      ]);
      expect(by("report-line").textContent).toContain(
        words.report.undone.notesDropped,
      );
      expect(by("report-undo").textContent).toBe(words.report.redo);
    });
  });

  test("draws only what is in sight, however long it is", async () => {
    const { host } = await opened();
    host.open(
      fakeDocument(
        9,
        "Long.txt",
        Array.from({ length: 5000 }, (_, one) => `Line ${one} is late.`).join(
          "\n\n",
        ),
      ),
    );
    await waitFor(() =>
      expect(all("sentence")[1]?.textContent).toContain("Line 1"),
    );
    expect(all("sentence").length).toBeLessThan(60);
    expect(all("sentence")[0]!.getAttribute("aria-setsize")).toBe("5000");
    const fetched = called(host, "documentSentences").filter(
      ([, id]) => id === 9,
    );
    expect(fetched.length).toBeLessThan(4);
  });
});

describe("rows", () => {
  test("stand where their heights add up to, guessed or measured", () => {
    const rows = new Rows([10, 20, 30]);
    expect([rows.top(1), rows.top(2), rows.height]).toEqual([10, 30, 60]);
    expect(rows.measure(1, 50)).toBe(true);
    expect(rows.measure(1, 50.2)).toBe(false);
    expect([rows.top(2), rows.height]).toEqual([60, 90]);
    expect([rows.at(0), rows.at(59), rows.at(60), rows.at(1e6)]).toEqual([
      0, 1, 2, 2,
    ]);
    const next = new Rows([10, 20, 30, 40], rows);
    expect(next.height).toBe(130);
    expect(new Rows([]).at(5)).toBe(0);
  });

  test("a place in the text is a sentence", () => {
    const starts = [0, 10, 25, 40];
    expect([0, 9, 10, 39, 99].map((at) => sentenceAt(starts, at))).toEqual([
      0, 0, 1, 2, 2,
    ]);
  });
});

describe("making audio", () => {
  test("says the price first, begins as chosen, and shows how far each sentence is", async () => {
    const { host, app } = await reading();
    host.connect();
    app.preferences.change({ voice: "lightning_v3.1_pro/sophie" });
    await press("make-button");
    await waitFor(() =>
      expect(by("make-price").textContent).toContain("$0.00"),
    );
    await fireEvent.change(by("make-loudness"), { target: { value: "acx" } });
    await fireEvent.click(by("make-srt"));
    await fireEvent.input(by("make-limit"), { target: { value: "2.5" } });
    await press("make-begin");
    await waitFor(() => expect(maybe("make-sheet")).toBeNull());
    expect(called(host, "beginNarration")[0]?.slice(3)).toEqual([
      {
        format: "mp3",
        split: "none",
        loudness: "acx",
        captions: ["srt"],
        overwrite: false,
        limit: 2.5,
      },
    ]);
    host.changeNarration("n7", { done: 2, secondsLeft: 600 });
    await waitFor(() => {
      expect(by("narration-done").textContent).toContain("2 of 6");
      expect(by("narration-state").textContent).toContain("10 min");
      expect(all("sentence-state").map((one) => one.dataset["state"])).toEqual([
        "ready",
        "ready",
        "making",
        "waiting",
        "waiting",
        "waiting",
      ]);
    });
    await press("narration-pause");
    await waitFor(() => expect(by("narration-resume")).toBeTruthy());
  });

  test("replaces files of others only when told to", async () => {
    const { host } = await reading();
    await press("make-button");
    await waitFor(() =>
      expect((by("make-begin") as HTMLButtonElement).disabled).toBe(false),
    );
    host.refusals.set("beginNarration", errorReport("inTheWay"));
    await press("make-begin");
    await waitFor(() =>
      expect(by("make-error").textContent).toContain(words.errors.inTheWay),
    );
    await press("make-overwrite");
    await press("make-begin");
    await waitFor(() => expect(maybe("make-sheet")).toBeNull());
    expect(called(host, "beginNarration")[1]?.[3]).toMatchObject({
      overwrite: true,
    });
  });

  test("one with a word that is said otherwise by now is made anew, with its price first", async () => {
    const { host } = await reading();
    await press("make-button");
    await waitFor(() =>
      expect((by("make-begin") as HTMLButtonElement).disabled).toBe(false),
    );
    await press("make-begin");
    await waitFor(() => expect(maybe("make-sheet")).toBeNull());
    const error = errorReport("dictionaryChanged");
    host.changeNarration("n7", { state: { type: "stopped", error } });
    await waitFor(() =>
      expect(by("narration-state").textContent).toContain(
        words.errors.dictionaryChanged,
      ),
    );
    expect(maybe("narration-resume")).toBeNull();
    const quotes = called(host, "quoteNarration").length;
    await press("narration-anew");
    await waitFor(() => expect(by("make-sheet")).toBeTruthy());
    expect(called(host, "quoteNarration")).toHaveLength(quotes + 1);
    host.dictionaries.create("My words", [{ word: "late", said: "leit" }]);
    await host.fetchDictionaries();
    await waitFor(() =>
      expect(called(host, "quoteNarration")).toHaveLength(quotes + 2),
    );
  });

  test("an interrupted one is offered after a start, retried, and given up only after asking", async () => {
    const { host } = await reading();
    await press("make-button");
    await waitFor(() =>
      expect((by("make-begin") as HTMLButtonElement).disabled).toBe(false),
    );
    await press("make-begin");
    await waitFor(() => expect(by("library-count").textContent).toContain("1"));
    host.changeNarration("n7", { state: { type: "interrupted" } });
    await press("rail-library");
    await waitFor(() =>
      expect(by("narration-state").textContent).toContain(
        words.library.states.interrupted,
      ),
    );
    await press("narration-resume");
    expect(called(host, "resumeNarration")[0]).toEqual([
      "resumeNarration",
      "n7",
      null,
    ]);
    host.changeNarration("n7", {
      state: { type: "incomplete" },
      failed: [{ segment: 1, error: errorReport("rejected") }],
    });
    await waitFor(() =>
      expect(by("narration-failure").textContent).toContain(
        words.errors.rejected,
      ),
    );
    await press("narration-retry");
    await waitFor(() => expect(called(host, "retryNarration")).toHaveLength(1));
    await press("narration-remove");
    expect(called(host, "cancelNarration")).toEqual([]);
    await press("narration-sure");
    await waitFor(() =>
      expect(by("narration").dataset["state"]).toBe("cancelled"),
    );
    await press("narration-play");
    await waitFor(() => expect(called(host, "playNarration")).toHaveLength(1));
  });

  test("each failed sentence is tried again by a click, where it stands and in the list", async () => {
    const { host } = await reading();
    await press("make-button");
    await waitFor(() =>
      expect((by("make-begin") as HTMLButtonElement).disabled).toBe(false),
    );
    await press("make-begin");
    await waitFor(() => expect(maybe("make-sheet")).toBeNull());
    const error = errorReport("rejected");
    host.changeNarration("n7", {
      state: { type: "incomplete" },
      done: 6,
      failed: [
        { segment: 1, error },
        { segment: 3, error },
      ],
    });
    await waitFor(() => expect(all("retry-sentence")).toHaveLength(2));
    await fireEvent.click(all("retry-sentence")[1]!);
    await waitFor(() =>
      expect(called(host, "retrySentence")).toEqual([["retrySentence", 7, 3]]),
    );
    await waitFor(() => expect(all("retry-sentence")).toHaveLength(1));
    const details = by("narration-failures") as HTMLDetailsElement;
    details.open = true;
    await fireEvent(details, new Event("toggle"));
    await waitFor(() =>
      expect(by("narration-failure").textContent).toContain("sentence 2"),
    );
    await press("narration-retry-one");
    await waitFor(() =>
      expect(called(host, "retryNarration")).toEqual([
        ["retryNarration", "n7", 1],
      ]),
    );
  });
});

describe("the library", () => {
  async function library() {
    const opening = await opened();
    const narration = (id: string, title: string, state: NarrationState) =>
      opening.host.tellNarration({
        id,
        title,
        author: "Jane Austen",
        voice: "builtin/hibari",
        state,
        total: 40,
        done: 12,
        failed: [],
        doubtful: 0,
        spent: 0,
        secondsLeft: null,
        limit: 3,
        files: [`${title}.mp3`],
        seconds: 60,
        loudness: -19,
        folder: "Music",
        document: null,
      });
    narration("a", "Emma", { type: "finished" });
    narration("b", "Persuasion", { type: "interrupted" });
    await waitFor(() => expect(by("library-count").textContent).toBe("1"));
    return opening;
  }

  test("offers after a start to go on with what was left unfinished, once", async () => {
    const { host } = await library();
    expect(by("notice").textContent).toContain(
      words.notices.interrupted("Persuasion", 12, 40),
    );
    await press("notice-notNow");
    expect(maybe("notice")).toBeNull();
    expect(called(host, "resumeNarration")).toEqual([]);
  });

  test("goes on within the limit of before", async () => {
    const { host } = await library();
    await press("notice-goOn");
    await waitFor(() => expect(maybe("notice")).toBeNull());
    expect(called(host, "resumeNarration")).toEqual([
      ["resumeNarration", "b", 3],
    ]);
  });

  test("is searched by every word in title, author, voice and files", async () => {
    await library();
    await press("rail-library");
    const search = (value: string) =>
      fireEvent.input(by("library-search"), { target: { value } });
    const titles = () =>
      all("narration").map((one) => one.getAttribute("aria-label"));
    await search("austen HIBARI emma.mp3");
    expect(titles()).toEqual(["Emma"]);
    await search("melville");
    expect(titles()).toEqual([]);
    expect(by("library-none")).toBeTruthy();
    await search("");
    expect(titles()).toEqual(["Persuasion", "Emma"]);
  });

  test("gives what was made another name, and other files without buying", async () => {
    const { host } = await library();
    await press("rail-library");
    const emma = all("narration")[1]!;
    const inside = (testid: string) =>
      emma.querySelector<HTMLElement>(`[data-testid="${testid}"]`)!;
    await fireEvent.click(inside("narration-rename"));
    await fireEvent.input(by("narration-name"), {
      target: { value: " Emma 2 " },
    });
    await press("narration-name-save");
    await waitFor(() => expect(emma.getAttribute("aria-label")).toBe("Emma 2"));
    expect(called(host, "renameNarration")).toEqual([
      ["renameNarration", "a", "Emma 2"],
    ]);
    await fireEvent.click(inside("narration-export"));
    await fireEvent.change(by("make-format"), { target: { value: "flac" } });
    host.refusals.set("exportNarration", errorReport("inTheWay"));
    await press("export-begin");
    await waitFor(() =>
      expect(by("export-error").textContent).toContain(words.errors.inTheWay),
    );
    await press("export-overwrite");
    await press("export-begin");
    await waitFor(() => expect(maybe("export-sheet")).toBeNull());
    expect(called(host, "exportNarration")[1]?.slice(1)).toEqual([
      "a",
      expect.objectContaining({ format: "flac", overwrite: true }),
    ]);
  });
});
