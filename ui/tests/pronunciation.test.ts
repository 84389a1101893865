// The pronunciation screen with a fake program behind it, used as a person uses it.

import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import Window from "../src/App.svelte";
import { errorReport, FakeHost } from "../src/host/fake";
import { fakeDocument } from "../src/host/fakeShelf";
import { App } from "../src/state/app.svelte";
import { words } from "../src/words";

const by = (testid: string) => screen.getByTestId(testid);
const maybe = (testid: string) => screen.queryByTestId(testid);
const all = (testid: string) => screen.queryAllByTestId(testid);
const press = (testid: string) => fireEvent.click(by(testid));
const type = (testid: string, value: string) =>
  fireEvent.input(by(testid), { target: { value } });
const called = (host: FakeHost, name: string) =>
  host.calls.filter(([command]) => command === name);
const shown = () =>
  all("word").map((row) =>
    [...row.querySelectorAll("span[dir]")].map((one) => one.textContent),
  );

async function opened(
  prepare: (host: FakeHost) => void = () => {},
  present = true,
) {
  const host = new FakeHost();
  host.latency = 0;
  if (present) host.changeKey({ present: true, store: "keychain" });
  prepare(host);
  const app = new App(host);
  render(Window, { props: { app } });
  await waitFor(() => expect(app.voices.loaded).toBe(true));
  await press("rail-pronunciation");
  await waitFor(() => expect(by("pronunciation-screen")).toBeTruthy());
  return { host, app };
}

function two(host: FakeHost) {
  host.dictionaries.create("My words", [
    { word: "GIF", said: "jiff" },
    { word: "SQL", said: "sequel" },
  ]);
}

test("without a key it says where words are kept, and leads to the key", async () => {
  const { app, host } = await opened(() => {}, false);
  expect(by("pronunciation-no-key").textContent).toContain(
    words.pronunciation.noKey,
  );
  expect(called(host, "fetchDictionaries")).toEqual([]);
  await fireEvent.click(screen.getByText(words.remedies.connect));
  expect(app.sheet).toBe("key");
});

test("the first word makes a dictionary, the next one joins it, and the fields are ready again", async () => {
  const { host } = await opened();
  await waitFor(() => expect(by("pronunciation-empty")).toBeTruthy());
  expect(by("word-add-save")).toHaveProperty("disabled", true);
  await type("word-add-word", " GIF ");
  await type("word-add-said", "jiff");
  await press("word-add-save");
  await waitFor(() => expect(shown()).toEqual([["GIF", "jiff"]]));
  expect(called(host, "createDictionary")).toEqual([
    [
      "createDictionary",
      words.pronunciation.firstName,
      [{ word: "GIF", said: "jiff" }],
    ],
  ]);
  await waitFor(() => {
    expect(by("word-add-word")).toHaveProperty("value", "");
    expect(document.activeElement).toBe(by("word-add-word"));
  });
  await type("word-add-word", "SQL");
  await type("word-add-said", "sequel");
  await press("word-add-save");
  await waitFor(() => expect(all("word")).toHaveLength(2));
  expect(all("dictionary")).toHaveLength(1);
});

test("a word is changed in its place, and Escape leaves it as it was", async () => {
  const { host } = await opened(two);
  await waitFor(() => expect(all("word")).toHaveLength(2));
  await fireEvent.click(all("word-change")[0]!);
  await type("word-edit-said", "ghif");
  await fireEvent.keyDown(by("word-edit-said"), { key: "Escape" });
  expect(shown()[0]).toEqual(["GIF", "jiff"]);
  await fireEvent.click(all("word-change")[0]!);
  await type("word-edit-word", "GIFs");
  await type("word-edit-said", "jiffs");
  await press("word-edit-save");
  await waitFor(() => expect(shown()[0]).toEqual(["GIFs", "jiffs"]));
  expect(called(host, "putWord")[0]?.slice(2)).toEqual([
    "GIF",
    { word: "GIFs", said: "jiffs" },
    null,
  ]);
  await waitFor(() =>
    expect(document.activeElement).toBe(all("word-change")[0]),
  );
});

test("a word that was taken out comes back to its place, even with its dictionary", async () => {
  const { host, app } = await opened(two);
  await waitFor(() => expect(all("word")).toHaveLength(2));
  await fireEvent.click(all("word-remove")[0]!);
  await waitFor(() => expect(shown()).toEqual([["SQL", "sequel"]]));
  await waitFor(() =>
    expect(document.activeElement).toBe(all("word-change")[0]),
  );
  await press("pronunciation-undo");
  await waitFor(() => expect(shown()[0]).toEqual(["GIF", "jiff"]));
  await waitFor(() => expect(maybe("pronunciation-undo")).toBeNull());

  await fireEvent.click(all("word-remove")[0]!);
  await waitFor(() => expect(all("word")).toHaveLength(1));
  await waitFor(() => expect(app.pronunciations.busy).toBe(false));
  await fireEvent.click(all("word-remove")[0]!);
  await waitFor(() => expect(all("dictionary")).toHaveLength(0));
  await press("pronunciation-undo");
  await waitFor(() => expect(shown()).toEqual([["SQL", "sequel"]]));
  expect(called(host, "createDictionary").at(-1)?.[1]).toBe("My words");
});

test("what is in use can be left aside, renamed, and deleted after a question", async () => {
  const { host } = await opened(two);
  await waitFor(() => expect(all("dictionary")).toHaveLength(1));
  await press("dictionary-used");
  await waitFor(() => expect(host.dictionaries.list[0]?.inUse).toBe(false));
  await press("dictionary-rename");
  await type("dictionary-name", "Names");
  await press("dictionary-name-save");
  await waitFor(() =>
    expect(by("dictionary").querySelector("h2")?.textContent?.trim()).toBe(
      "Names",
    ),
  );
  await press("dictionary-delete");
  expect(called(host, "deleteDictionary")).toEqual([]);
  await press("dictionary-sure");
  await waitFor(() => expect(maybe("dictionary")).toBeNull());
});

test("a word is heard as it is said, and a second press stops it", async () => {
  const { host } = await opened(two);
  await waitFor(() => expect(all("word")).toHaveLength(2));
  const say = () =>
    all("word")[0]!.querySelector<HTMLElement>("[data-testid=say]")!;
  await fireEvent.click(say());
  await waitFor(() =>
    expect(say().getAttribute("aria-label")).toBe(words.speak.stop),
  );
  expect(called(host, "speak")[0]?.[1]).toEqual({
    type: "typed",
    text: "jiff",
  });
  await fireEvent.click(say());
  await waitFor(() => expect(called(host, "stopSpeech")).toHaveLength(1));
});

test("while a word is typed, it is told where it stands and what that would cost", async () => {
  await opened((host) => {
    const story = fakeDocument(7, "Story.txt", "A GIF came. It went. A GIF!");
    host.shelf.set(7, story);
    host.tellShelf();
  });
  await type("word-add-word", "GIF");
  await waitFor(() =>
    expect(by("word-add-touched").textContent).toContain(
      words.pronunciation.touched("Story", 2),
    ),
  );
});

test("what cannot be reached, or is not allowed, is said, and the words last seen stay", async () => {
  const { host, app } = await opened((host) => {
    two(host);
    host.dictionaries.state = { type: "known", error: errorReport("offline") };
  });
  await waitFor(() =>
    expect(by("pronunciation-error").textContent).toContain(
      words.pronunciation.errors.offline,
    ),
  );
  expect(all("word")).toHaveLength(2);
  host.refusals.set("removeWord", errorReport("forbidden"));
  await waitFor(() => expect(app.pronunciations.busy).toBe(false));
  await fireEvent.click(all("word-remove")[0]!);
  await waitFor(() =>
    expect(by("pronunciation-error").textContent).toContain(
      words.pronunciation.errors.forbidden,
    ),
  );
  expect(all("word")).toHaveLength(2);
  host.dictionaries.state = { type: "current" };
  await press("pronunciation-again");
  await waitFor(() => expect(maybe("pronunciation-error")).toBeNull());
});

test("among many words a search shows those that have it, written or said", async () => {
  const { host } = await opened((host) => {
    two(host);
    host.dictionaries.create(
      "Places",
      Array.from({ length: 12 }, (_, index) => ({
        word: `Town${index}`,
        said: "place",
      })),
    );
  });
  await waitFor(() => expect(all("word")).toHaveLength(14));
  await type("pronunciation-search", "SEQ");
  expect(shown()).toEqual([["SQL", "sequel"]]);
  await press("word-remove");
  await waitFor(() => expect(called(host, "removeWord")).toHaveLength(1));
  expect(called(host, "removeWord")[0]?.[2]).toBe("SQL");
  await waitFor(() =>
    expect(by("pronunciation-none").textContent).toContain(
      words.pronunciation.nothingFound,
    ),
  );
});
