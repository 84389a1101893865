import { flushSync } from "svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Settings, Snapshot } from "../src/host/contract";
import { errorReport, FakeHost } from "../src/host/fake";
import { App } from "../src/state/app.svelte";
import { Draft } from "../src/state/draft.svelte";
import { patched } from "../src/state/preferences.svelte";
import { findVoices, languagesOf, NO_FILTER } from "../src/state/voices.svelte";
import { words } from "../src/words";

beforeEach(() => {
  vi.useFakeTimers();
});

const soon = () => vi.advanceTimersByTimeAsync(500);

async function running(host = new FakeHost()) {
  const lifetime = new AbortController();
  const app = new App(host);
  app.run(lifetime.signal);
  await soon();
  return { app, host, stop: () => lifetime.abort() };
}

function called(host: FakeHost, name: string) {
  return host.calls.filter(([command]) => command === name);
}

type Ready = Extract<Snapshot["import"], { type: "ready" }>;

function imported(part: Partial<Ready> = {}): Ready {
  return {
    type: "ready",
    id: 7,
    fileName: "report.txt",
    title: "report",
    text: "Hello",
    remarks: [],
    ...part,
  };
}

describe("the draft", () => {
  test("starts with a friendly sentence that a file replaces without a word", () => {
    const draft = new Draft();
    expect(draft.text).toBe(words.sample);
    draft.adopt(imported());
    expect(draft.text).toBe("Hello");
    expect(draft.replaced).toBeNull();
  });

  test("gives back what a file replaced", () => {
    const draft = new Draft();
    draft.edit("My own words.");
    draft.adopt(imported());
    expect(draft.replaced?.message).toBe("Replaced by report.txt");
    draft.undo();
    expect(draft.text).toBe("My own words.");
    expect(draft.replaced).toBeNull();
  });

  test("takes the same import only once, or typing would be overwritten", () => {
    const draft = new Draft();
    draft.adopt(imported());
    draft.edit("Hello, changed");
    expect(draft.adopt(imported())).toBe(false);
    expect(draft.text).toBe("Hello, changed");
  });

  test("counts as the service does: an emoji is one character", () => {
    const draft = new Draft();
    draft.edit("a😀b");
    expect(draft.characters).toBe(3);
  });

  test("survives a reload of the window", () => {
    const draft = new Draft();
    draft.adopt(imported());
    draft.edit("Not lost");
    draft.keep(sessionStorage);
    const next = new Draft();
    next.restore(sessionStorage);
    expect(next.text).toBe("Not lost");
    expect(next.adopt(imported())).toBe(false);
  });

  test("starts fresh from a storage that holds nonsense", () => {
    sessionStorage.setItem("peal.draft", "{");
    const draft = new Draft();
    draft.restore(sessionStorage);
    expect(draft.text).toBe(words.sample);
  });
});

describe("preferences", () => {
  const settings = new FakeHost().snapshotNow.settings;

  test("a patch changes what it names and nothing else", () => {
    const expected: Settings = {
      ...settings,
      output: null,
      speed: 1.5,
      proPrice: { ...settings.proPrice, perTenThousand: 3 },
    };
    expect(
      patched(
        { ...settings, output: "usb" },
        { output: "", speed: 1.5, proPrice: 3 },
      ),
    ).toEqual(expected);
  });

  test("are shown at once and sent together, not for every step of a slider", async () => {
    const { app, host, stop } = await running();
    for (const speed of [1.1, 1.2, 1.3]) app.preferences.change({ speed });
    expect(app.preferences.current.speed).toBe(1.3);
    await soon();
    expect(called(host, "updateSettings")).toEqual([
      ["updateSettings", { speed: 1.3 }],
    ]);
    expect(app.preferences.current.speed).toBe(1.3);
    stop();
  });

  test("go back to what is true when the program refuses", async () => {
    const { app, host, stop } = await running();
    host.refusals.set("updateSettings", errorReport("settingsNotSaved"));
    app.preferences.change({ volume: 0.2 });
    await soon();
    expect(app.preferences.current.volume).toBe(1);
    expect(app.messages.all.map((message) => message.text)).toContain(
      words.errors.settingsNotSaved,
    );
    stop();
  });

  test("are with the program before it speaks", async () => {
    const { app, host, stop } = await running();
    app.preferences.change({ speed: 2 });
    void app.speak();
    await soon();
    const order = host.calls
      .map(([name]) => name)
      .filter((name) => name === "updateSettings" || name === "speak");
    expect(order).toEqual(["updateSettings", "speak"]);
    expect(called(host, "speak")[0]?.[2]).toMatchObject({ speed: 2 });
    stop();
  });
});

describe("the long poll", () => {
  test("asks for what is newer and takes it", async () => {
    const { app, host, stop } = await running();
    const revision = host.snapshotNow.revision;
    expect(called(host, "snapshot").at(-1)).toEqual(["snapshot", revision]);
    host.change({ dropHover: true });
    await soon();
    expect(app.snapshot?.dropHover).toBe(true);
    stop();
  });

  test("survives errors, says so, and starts again from nothing", async () => {
    const { app, host, stop } = await running();
    const broken = vi.spyOn(host, "snapshot").mockRejectedValue("gone");
    host.change({});
    await vi.advanceTimersByTimeAsync(15_000);
    expect(app.lost).toBe(true);
    expect(broken.mock.calls.length).toBeLessThan(12);
    expect(broken.mock.calls.at(-1)).toEqual([null]);
    broken.mockRestore();
    host.change({ version: "9.9.9" });
    await vi.advanceTimersByTimeAsync(6000);
    expect(app.lost).toBe(false);
    expect(app.snapshot?.version).toBe("9.9.9");
    stop();
  });

  test("never goes back to an older revision", async () => {
    const { app, host, stop } = await running();
    host.change({ version: "2" });
    await soon();
    const newest = host.snapshotNow;
    host.snapshotNow = { ...newest, revision: 1, version: "1" };
    void app.refresh();
    await soon();
    expect(app.snapshot?.version).toBe("2");
    stop();
  });

  test("ends with the window", async () => {
    const { host, stop } = await running();
    stop();
    host.change({});
    await vi.advanceTimersByTimeAsync(30_000);
    const asked = host.calls.length;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(host.calls.length).toBe(asked);
  });
});

describe("speaking", () => {
  test("goes from silence through pause back to silence", async () => {
    const { app, host, stop } = await running();
    void app.toggle();
    flushSync();
    expect(app.status).toBe("waiting");
    await soon();
    expect(app.status).toBe("playing");
    expect(app.spoken).toEqual({ type: "typed", text: words.sample });
    void app.toggle();
    await soon();
    expect(app.status).toBe("paused");
    void app.toggle();
    await soon();
    expect(app.status).toBe("playing");
    void app.stop();
    await soon();
    expect(app.status).toBe("silent");
    expect(app.spoken).toBeNull();
    expect(called(host, "speak")).toHaveLength(1);
    stop();
  });

  test("an empty page is not sent; the caret goes there instead", async () => {
    const { app, host, stop } = await running();
    app.draft.edit("  \n");
    await app.speak();
    expect(app.focusText).toBe(1);
    expect(called(host, "speak")).toHaveLength(0);
    stop();
  });

  test("a refusal becomes a message whose remedy tries again", async () => {
    const { app, host, stop } = await running();
    host.refusals.set("speak", errorReport("server"));
    void app.speak();
    await soon();
    const [message] = app.messages.all;
    expect(message?.text).toBe(words.errors.server);
    message?.actions.find((action) => action.id === "tryAgain")?.run();
    await soon();
    expect(app.status).toBe("playing");
    expect(app.messages.all).toEqual([]);
    stop();
  });

  test("a dropped file ends the speech of the text it replaces", async () => {
    const { app, host, stop } = await running();
    void app.speak();
    await soon();
    host.drop("new.txt", "Another text.");
    await soon();
    expect(app.status).toBe("silent");
    expect(app.draft.text).toBe("Another text.");
    stop();
  });

  test("a preview is not the text: the button still says Speak", async () => {
    const { app, stop } = await running();
    void app.preview("builtin/hibari");
    await soon();
    expect(app.playhead.preview).toBe("builtin/hibari");
    expect(app.status).toBe("silent");
    stop();
  });

  test("only what has arrived can be reached", async () => {
    const { app, host, stop } = await running();
    void app.speak();
    await soon();
    void app.seek(9999);
    await soon();
    const [, target] = called(host, "seekSpeech")[0] ?? [];
    expect(target).toBeLessThan(5);
    stop();
  });
});

describe("the price", () => {
  test("is asked for once after a burst of typing", async () => {
    const { app, host, stop } = await running();
    const before = called(host, "quote").length;
    for (const text of ["H", "He", "Hel"]) {
      app.draft.edit(text);
      flushSync();
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(app.quotes.fresh).toBe(false);
    await soon();
    expect(called(host, "quote")).toHaveLength(before + 1);
    expect(app.quotes.current?.characters).toBe(3);
    expect(app.quotes.fresh).toBe(true);
    stop();
  });
});

describe("messages", () => {
  test("count saving and offer its cancel", async () => {
    const { app, host, stop } = await running();
    host.change({
      save: { type: "saving", done: 3, total: 9, fileName: "a.wav" },
    });
    await soon();
    const [message] = app.messages.all;
    expect(message?.progress).toEqual({ done: 3, total: 9 });
    message?.actions[0]?.run();
    await soon();
    expect(called(host, "cancelSave")).toHaveLength(1);
    expect(app.messages.all).toEqual([]);
    stop();
  });

  test("of a retry say when, and can be sent away", async () => {
    const { app, host, stop } = await running();
    host.change({
      notices: [
        {
          id: 4,
          retrying: true,
          error: errorReport("rateLimited", { retryAfter: 12 }),
        },
      ],
    });
    await soon();
    const [message] = app.messages.all;
    expect(message?.retry?.until).toBeGreaterThan(performance.now() + 11_000);
    message?.dismiss?.();
    await soon();
    expect(called(host, "dismissNotice")).toEqual([["dismissNotice", 4]]);
    expect(app.messages.all).toEqual([]);
    stop();
  });

  test("of a refused file name it and offer another", async () => {
    const { app, host, stop } = await running();
    host.change({
      import: {
        type: "failed",
        id: 3,
        fileName: "cat.png",
        error: errorReport("notText"),
      },
    });
    await soon();
    const [message] = app.messages.all;
    expect(message?.more).toEqual(["cat.png"]);
    expect(message?.actions.map((action) => action.id)).toEqual(["chooseFile"]);
    message?.dismiss?.();
    expect(app.messages.all).toEqual([]);
    stop();
  });

  test("the built-in voice speaks when the cloud can't", async () => {
    const { app, host, stop } = await running();
    app.preferences.change({ voice: "lightning_v3.1/mia" });
    await soon();
    host.refusals.set("speak", errorReport("offline"));
    void app.speak();
    await soon();
    app.messages.all[0]?.actions
      .find((action) => action.id === "useBuiltin")
      ?.run();
    await soon();
    expect(called(host, "speak").at(-1)?.[2]).toMatchObject({
      voice: "builtin/hibari",
    });
    stop();
  });
});

describe("voices", () => {
  const host = new FakeHost();
  host.connect();

  test("are found by name without accents, use and language", () => {
    const names = (search: string) =>
      findVoices(host.voices, { ...NO_FILTER, search }).map(({ name }) => name);
    expect(names("jose")).toContain("José");
    expect(names("narration british sophie")).toContain("Sophie");
    expect(names("zzz")).toEqual([]);
  });

  test("come built-in first, and every filter holds", () => {
    const all = findVoices(host.voices, NO_FILTER);
    expect(all[0]?.pool).toBe("builtin");
    expect(all).toHaveLength(host.voices.length);
    const some = findVoices(host.voices, {
      search: "",
      language: "hi",
      gender: "male",
      pool: "standard",
    });
    expect(some.length).toBeGreaterThan(0);
    for (const voice of some) {
      expect(voice.languages).toContain("hi");
      expect([voice.gender, voice.pool]).toEqual(["male", "standard"]);
    }
  });

  test("know their languages by name", () => {
    expect(languagesOf(host.voices)).toContainEqual({
      code: "ta",
      name: "Tamil",
    });
  });

  test("are loaded again when the program has others", async () => {
    const { app, host: fake, stop } = await running();
    expect(app.voices.all).toHaveLength(1);
    fake.connect();
    await soon();
    expect(app.voices.cloudCount).toBe(264);
    stop();
  });
});
