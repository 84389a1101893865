// The window with a fake program behind it, used as a person uses it.

import {
  fireEvent,
  render,
  screen,
  waitFor,
  within,
} from "@testing-library/svelte";
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import Window from "../src/App.svelte";
import type { KeychainState, KeyOutcome } from "../src/host/contract";
import { errorReport, FakeHost } from "../src/host/fake";
import { App } from "../src/state/app.svelte";
import { words } from "../src/words";

async function opened(prepare: (host: FakeHost) => void = () => {}) {
  const host = new FakeHost();
  host.latency = 0;
  prepare(host);
  const app = new App(host);
  const window = render(Window, { props: { app } });
  await waitFor(() => expect(app.voices.loaded).toBe(true));
  return { host, app, ...window };
}

const by = (testid: string) => screen.getByTestId(testid);
const maybe = (testid: string) => screen.queryByTestId(testid);
const press = (testid: string) => fireEvent.click(by(testid));

function called(host: FakeHost, name: string) {
  return host.calls.filter(([command]) => command === name);
}

test("the window is whole before the program has said a word", () => {
  const host = new FakeHost();
  vi.spyOn(host, "snapshot").mockReturnValue(new Promise(() => {}));
  render(Window, { props: { app: new App(host) } });
  for (const part of ["speak-button", "text-area", "voice-card", "player"]) {
    expect(by(part)).toBeTruthy();
  }
  expect(maybe("connect-card")).toBeNull();
});

describe("the first run", () => {
  test("speaks the sample sentence by sentence, and Stop gives the text back", async () => {
    const { host } = await opened();
    const area = by("text-area") as HTMLTextAreaElement;
    expect(area.value).toBe(words.sample);
    await press("speak-button");
    await waitFor(() => {
      expect(by("speak-button").dataset["status"]).toBe("playing");
      expect(by("read-view").textContent).toBe(words.sample);
      expect(by("read-view").querySelector(".now")?.textContent).toBe("Hello!");
    });
    expect(area.inert).toBe(true);
    expect(by("speak-button").textContent).toContain(words.speak.pause);
    await press("stop-button");
    await waitFor(() => expect(maybe("read-view")).toBeNull());
    expect(area.inert).toBe(false);
    expect(called(host, "speak")[0]).toEqual([
      "speak",
      { type: "typed", text: words.sample },
      { voice: "builtin/hibari", speed: 1, language: "auto" },
      null,
      null,
    ]);
  });

  test("invites to connect, and takes no for an answer", async () => {
    const { host } = await opened();
    await press("connect-dismiss");
    expect(maybe("connect-card")).toBeNull();
    await waitFor(() =>
      expect(called(host, "updateSettings")[0]?.[1]).toEqual({
        connectCardDismissed: true,
      }),
    );
  });
});

describe("the built-in voice", () => {
  test("is made ready when somebody is here, not before", async () => {
    const { host } = await opened();
    expect(called(host, "prepareSpeech")).toEqual([]);
    await fireEvent.pointerMove(document.body);
    await waitFor(() => expect(called(host, "prepareSpeech")).toHaveLength(1));
    await fireEvent.pointerMove(document.body);
    expect(called(host, "prepareSpeech")).toHaveLength(1);
  });

  test("is left alone while another voice is chosen", async () => {
    const { host, app } = await opened((host) => host.connect());
    const cloud = app.voices.all.find((voice) => voice.pool !== "builtin");
    expect(cloud).toBeDefined();
    app.preferences.change({ voice: cloud?.id ?? "" });
    await fireEvent.pointerMove(document.body);
    expect(called(host, "prepareSpeech")).toEqual([]);
    app.preferences.change({ voice: app.voices.builtin });
    await waitFor(() => expect(called(host, "prepareSpeech")).toHaveLength(1));
  });
});

describe("while it speaks", () => {
  async function speaking() {
    const opening = await opened();
    await press("speak-button");
    await waitFor(() =>
      expect(by("read-view").querySelector(".now")).toBeTruthy(),
    );
    return opening;
  }

  test("a click on a sentence goes there", async () => {
    const { host, app } = await speaking();
    host.poseSpeech({ startedAt: performance.now() - 60_000 });
    app.playhead.refresh();
    await waitFor(() => expect(app.playhead.marks).toHaveLength(3));
    const sentence = by("read-view").querySelector('[data-mark="2"]');
    await fireEvent.click(sentence!);
    await waitFor(() =>
      expect(called(host, "seekSpeech")[0]?.[1]).toBe(
        app.playhead.marks[2]?.from,
      ),
    );
  });

  test("typing ends it and lands in the text area", async () => {
    const { host } = await speaking();
    await fireEvent.keyDown(by("read-view"), { key: "x" });
    await waitFor(() => expect(document.activeElement).toBe(by("text-area")));
    await waitFor(() => expect(called(host, "stopSpeech")).toHaveLength(1));
  });

  test("Ctrl+Enter pauses and Escape stops", async () => {
    await speaking();
    await fireEvent.keyDown(window, { key: "Enter", ctrlKey: true });
    await waitFor(() =>
      expect(by("speak-button").dataset["status"]).toBe("paused"),
    );
    expect(by("speak-button").textContent).toContain(words.speak.resume);
    await fireEvent.keyDown(window, { key: "Escape" });
    await waitFor(() =>
      expect(by("speak-button").dataset["status"]).toBe("silent"),
    );
  });

  test("the position is a slider that says where it is", async () => {
    const { host, app } = await speaking();
    const slider = by("player-position");
    expect(slider.getAttribute("aria-valuetext")).toMatch(
      /seconds? of about \d+ seconds/,
    );
    host.poseSpeech({ position: 3, startedAt: performance.now() - 60_000 });
    app.playhead.refresh();
    await waitFor(() => expect(app.playhead.position).toBeGreaterThan(2.9));
    await fireEvent.keyDown(slider, { key: "Home" });
    await waitFor(() => expect(called(host, "seekSpeech").at(-1)?.[1]).toBe(0));
  });
});

describe("a dropped file", () => {
  test("shows where it can be let go, then replaces the text, and can be undone", async () => {
    const { host } = await opened();
    const area = by("text-area") as HTMLTextAreaElement;
    await fireEvent.input(area, { target: { value: "Mine." } });
    host.change({ dropHover: true });
    await waitFor(() => by("drop-overlay"));
    host.drop("report.txt", "From the file.");
    await waitFor(() => expect(area.value).toBe("From the file."));
    expect(maybe("drop-overlay")).toBeNull();
    expect(by("notice").textContent).toContain("Replaced by report.txt");
    await press("notice-undo");
    expect(area.value).toBe("Mine.");
    expect(maybe("notice")).toBeNull();
  });
});

describe("a message", () => {
  test("has its remedy and its details a click away", async () => {
    const { host } = await opened();
    host.change({
      notices: [
        {
          id: 1,
          retrying: false,
          error: errorReport("unauthorized", { requestId: "1a2b" }),
        },
      ],
    });
    await waitFor(() => by("notice"));
    const notice = within(by("notice"));
    expect(by("notice").textContent).toContain(words.errors.unauthorized);
    expect(notice.getByTestId("notice-details").textContent).toContain("1a2b");
    await press("notice-pasteKey");
    expect(by("key-sheet")).toBeTruthy();
  });

  test("without an error from the program still has words", async () => {
    const { host } = await opened();
    vi.spyOn(host, "saveAudio").mockRejectedValue(new TypeError("odd"));
    await press("save-button");
    await waitFor(() =>
      expect(by("notice").textContent).toContain(words.errors.unexpected),
    );
  });
});

describe("the key sheet", () => {
  async function sheet(prepare: (host: FakeHost) => void = () => {}) {
    const opening = await opened(prepare);
    await press("connect");
    return opening;
  }

  test.each<[KeyOutcome, string]>([
    ["noKeyInClipboard", words.key.noKeyInClipboard],
    ["refused", words.key.refused],
    ["noAccess", words.key.noAccess],
    ["unreachable", words.key.unreachable],
    ["checking", words.key.checking],
    ["accepted", words.key.accepted],
  ])("says %s in plain words", async (outcome, title) => {
    await sheet((host) => (host.pasteOutcome = outcome));
    await press("paste-key");
    await waitFor(() => {
      expect(by("key-outcome").dataset["outcome"]).toBe(outcome);
      expect(by("key-outcome").textContent).toContain(title);
    });
  });

  test.each<[KeychainState, string]>([
    ["missing", words.key.keychainMissing],
    ["locked", words.key.keychainLocked],
    ["denied", words.key.keychainDenied],
    ["waiting", words.key.keychainWaiting],
  ])("offers this session when the keychain is %s", async (keychain, title) => {
    const { host } = await sheet((fake) => {
      fake.pasteOutcome = "chooseSession";
      fake.changeKey({ keychain });
    });
    await press("paste-key");
    await waitFor(() => expect(by("key-outcome").textContent).toContain(title));
    await waitFor(() =>
      expect(by("use-session")).toHaveProperty("disabled", false),
    );
    await press("use-session");
    await waitFor(() =>
      expect(by("key-outcome").textContent).toContain(
        words.key.acceptedSession,
      ),
    );
    expect(called(host, "keepKeyForSession")).toHaveLength(1);
  });

  test("after success counts the voices and offers to clear the clipboard", async () => {
    const { host } = await sheet();
    await press("paste-key");
    await waitFor(() =>
      expect(by("key-outcome").textContent).toContain("264 voices are ready."),
    );
    await press("clear-clipboard");
    await waitFor(() => expect(maybe("clear-clipboard")).toBeNull());
    expect(called(host, "clearClipboard")).toHaveLength(1);
    await press("key-choose-voice");
    expect(by("voice-picker")).toBeTruthy();
  });

  test.each([{ ctrlKey: true }, { metaKey: true }])(
    "catches the paste shortcut %o and has the program read the clipboard",
    async (modifier) => {
      const { host } = await sheet();
      const event = new KeyboardEvent("keydown", {
        key: "v",
        bubbles: true,
        cancelable: true,
        ...modifier,
      });
      by("type-key").dispatchEvent(event);
      expect(event.defaultPrevented).toBe(true);
      await waitFor(() => expect(called(host, "pasteKey")).toHaveLength(1));
    },
  );

  test("a paste from a menu is caught too, and its content not looked at", async () => {
    const { host } = await sheet();
    const event = new Event("paste", { bubbles: true, cancelable: true });
    const look = vi.fn();
    Object.defineProperty(event, "clipboardData", { get: look });
    by("key-sheet").dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    await waitFor(() => expect(called(host, "pasteKey")).toHaveLength(1));
    expect(look).not.toHaveBeenCalled();
  });

  test("two quick pastes are one", async () => {
    const { host } = await sheet((fake) => (fake.latency = 20));
    by("paste-key").click();
    by("key-sheet").dispatchEvent(
      new Event("paste", { bubbles: true, cancelable: true }),
    );
    await waitFor(() => by("key-outcome"));
    expect(called(host, "pasteKey")).toHaveLength(1);
  });

  test("has no field a key could be typed into", async () => {
    await sheet();
    expect(by("key-sheet").querySelector("input, textarea")).toBeNull();
    await press("type-key");
  });
});

describe("the voice picker", () => {
  test("finds, moves and chooses with the keyboard alone", async () => {
    const { host, app } = await opened((fake) => {
      fake.changeKey({ present: true, check: "accepted", store: "keychain" });
      fake.connect();
    });
    await press("change-voice");
    const search = by("voice-search");
    await fireEvent.input(search, { target: { value: "priya pro" } });
    await fireEvent.input(search, { target: { value: "sophie" } });
    const options = screen.getAllByTestId("voice-option");
    expect(options.length).toBeGreaterThan(3);
    await fireEvent.keyDown(search, { key: "ArrowDown" });
    const active = document.getElementById(
      search.getAttribute("aria-activedescendant") ?? "",
    );
    expect(active).toBe(options[1]);
    await fireEvent.keyDown(search, { key: "Enter" });
    expect(maybe("voice-picker")).toBeNull();
    expect(app.preferences.current.voice).toBe(options[1]?.dataset["voice"]);
    await waitFor(() => expect(called(host, "updateSettings")).toHaveLength(1));
  });

  test("plays a preview without choosing", async () => {
    const { host, app } = await opened();
    await press("change-voice");
    await press("voice-option-preview");
    await waitFor(() =>
      expect(called(host, "previewVoice")).toEqual([
        ["previewVoice", "builtin/hibari"],
      ]),
    );
    expect(by("voice-picker")).toBeTruthy();
    expect(app.status).toBe("silent");
  });

  test("says that no voice matches, and shows all again", async () => {
    await opened();
    await press("change-voice");
    await fireEvent.input(by("voice-search"), { target: { value: "zzz" } });
    await fireEvent.click(within(by("voices-none")).getByRole("button"));
    expect(screen.getAllByTestId("voice-option")).toHaveLength(1);
  });

  test.each([
    ["noKey", "voices-no-key"],
    ["loading", "voices-loading"],
  ] as const)("tells of the cloud when it is %s", async (type, testid) => {
    await opened((host) => (host.cloud = { type }));
    await press("change-voice");
    expect(by(testid)).toBeTruthy();
  });

  test("says when the list is not the current one, and why", async () => {
    await opened(
      (host) => (host.cloud = { type: "known", error: errorReport("offline") }),
    );
    await press("change-voice");
    expect(by("voices-known").textContent).toContain(words.errors.offline);
  });
});

describe("settings", () => {
  test("the theme is put on the page", async () => {
    await opened();
    await press("rail-settings");
    await fireEvent.click(by("theme-dark"));
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    await fireEvent.click(by("theme-system"));
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
  });

  test("the key is forgotten only after a second yes", async () => {
    const { host } = await opened((fake) =>
      fake.changeKey({ present: true, check: "accepted", store: "keychain" }),
    );
    await press("rail-settings");
    await press("forget-key");
    expect(called(host, "forgetKey")).toHaveLength(0);
    await press("forget-yes");
    await waitFor(() =>
      expect(by("key-status").textContent).toBe(words.settings.accountNone),
    );
  });

  test("a price can be changed and a nonsensical one is not sent", async () => {
    const { host } = await opened();
    await press("rail-settings");
    const price = by("proPrice");
    await fireEvent.change(price, { target: { value: "" } });
    await fireEvent.change(price, { target: { value: "0.3" } });
    await waitFor(() =>
      expect(called(host, "updateSettings")).toEqual([
        ["updateSettings", { proPrice: 0.3 }],
      ]),
    );
  });

  test("shortcuts lead there and back", async () => {
    await opened();
    await fireEvent.keyDown(window, { key: ",", ctrlKey: true });
    expect(by("settings-screen")).toBeTruthy();
    await fireEvent.keyDown(window, { key: "1", ctrlKey: true });
    expect(by("speak-screen")).toBeTruthy();
  });
});

describe("the key window", () => {
  const submit = vi.hoisted(() => vi.fn());
  const cancel = vi.hoisted(() => vi.fn());

  vi.mock("@tauri-apps/api/core", () => ({
    invoke: (command: string, args: unknown) =>
      command === "submit_key" ? submit(args) : cancel(args),
  }));

  async function keyWindow() {
    vi.resetModules();
    const html = readFileSync("key.html", "utf8");
    document.body.innerHTML = /<body>([\s\S]*)<\/body>/.exec(html)?.[1] ?? "";
    await import("../src/key/main");
    return document.getElementById("key") as HTMLInputElement;
  }

  test("sends the key once and wipes the field at once", async () => {
    submit.mockResolvedValue(undefined);
    const field = await keyWindow();
    expect(field.type).toBe("password");
    field.value = " sk_test_0000 ";
    field.form?.requestSubmit();
    expect(field.value).toBe("");
    expect(submit.mock.calls).toEqual([[{ key: "sk_test_0000" }]]);
  });

  test("says so when it could not be taken", async () => {
    submit.mockRejectedValue("no");
    const field = await keyWindow();
    field.value = "sk_test_0000";
    field.form?.requestSubmit();
    await waitFor(() =>
      expect(document.getElementById("problem")?.textContent).toBe(
        words.keyWindow.failed,
      ),
    );
    expect(field.value).toBe("");
  });

  test("Escape cancels and wipes", async () => {
    cancel.mockResolvedValue(undefined);
    const field = await keyWindow();
    field.value = "sk_test_0000";
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(field.value).toBe("");
    expect(cancel).toHaveBeenCalled();
  });
});
