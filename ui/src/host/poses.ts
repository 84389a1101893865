// The fake host in a state worth looking at: `?state=speaking&theme=dark`. For a browser while developing, and for pictures.

import type {
  ErrorCode,
  ImportRemarkKind,
  KeychainState,
  KeyOutcome,
  Narration,
  Theme,
} from "./contract";
import { errorReport, FakeHost } from "./fake";
import { fakeDocument } from "./fakeShelf";
import type { Host } from "./host";

const STORY = `The lighthouse keeper wrote one line in his log every night. On the night of the great storm he wrote three, and the third one was a question. Nobody has ever been able to answer it, though the museum in the harbour keeps the book open at that page.

Visitors lean over the glass and read it slowly, some of them aloud. The guide waits, because she knows that the silence afterwards is what they came for.

Then she turns off the lamp above the case, and for a moment everyone in the room is looking at the sea.`;

const FINISHED: Narration = {
  id: "old",
  title: "The lighthouse",
  author: null,
  voice: "builtin/hibari",
  state: { type: "finished" },
  total: 40,
  done: 40,
  failed: [],
  doubtful: 1,
  spent: 0.02,
  secondsLeft: null,
  limit: null,
  files: ["The lighthouse.wav"],
  seconds: 312,
  loudness: -19,
  folder: "Music",
  document: null,
};

const CONNECTED = {
  present: true,
  store: "keychain",
  check: "accepted",
} as const;

export function posedHost(query: URLSearchParams): Host {
  const host = new FakeHost();
  const theme = query.get("theme");
  if (theme === "light" || theme === "dark" || theme === "system") {
    wear(host, theme);
  }
  const [state = "first", detail = ""] = (query.get("state") ?? "").split(":");
  const pose = poses[state];
  if (pose !== undefined) void pose(host, detail);
  return host;
}

function wear(host: FakeHost, theme: Theme) {
  host.change({ settings: { ...host.snapshotNow.settings, theme } });
}

function connected(host: FakeHost) {
  host.changeKey(CONNECTED);
  host.connect();
  host.owned = 119;
  host.change({
    settings: {
      ...host.snapshotNow.settings,
      voice: "lightning_v3.1_pro/sophie",
    },
  });
}

/** What a person does by hand, done when the window has drawn itself. */
function afterwards(action: () => void) {
  setTimeout(action, 300);
}

function press(testid: string) {
  const button = document.querySelector<HTMLElement>(
    `[data-testid="${testid}"]`,
  );
  button?.focus();
  button?.click();
}

const poses: Record<
  string,
  (host: FakeHost, detail: string) => void | Promise<void>
> = {
  first() {},
  connected(host) {
    connected(host);
    host.drop("story.txt", STORY);
  },
  undo(host) {
    connected(host);
    host.drop("story.txt", STORY);
    afterwards(() => host.drop("report.txt", STORY.slice(0, 300)));
  },
  speaking(host, detail) {
    connected(host);
    host.drop("story.txt", STORY);
    afterwards(() => {
      press("speak-button");
      setTimeout(() => {
        host.poseSpeech({
          position: Number(detail) || 9.5,
          startedAt: performance.now() - 4500,
        });
      }, 120);
    });
  },
  paused(host) {
    void poses["speaking"]?.(host, "20");
    setTimeout(() => press("speak-button"), 900);
  },
  waiting(host) {
    host.change({ builtin: "loading" });
    afterwards(() => {
      press("speak-button");
      setTimeout(() => host.poseSpeech({ state: "waiting", position: 0 }), 60);
    });
  },
  picker(host, detail) {
    if (detail === "loading") host.cloud = { type: "loading" };
    else if (detail === "known") {
      connected(host);
      host.cloud = { type: "known", error: errorReport("offline") };
    } else if (detail !== "noKey") connected(host);
    afterwards(() => press("change-voice"));
  },
  key(host, detail) {
    const [outcome, keychain] = detail.split("-") as [
      KeyOutcome | "",
      KeychainState | undefined,
    ];
    if (keychain !== undefined) host.changeKey({ keychain });
    afterwards(() => {
      press("connect");
      if (outcome === "") return;
      host.pasteOutcome = outcome;
      setTimeout(() => press("paste-key"), 100);
    });
  },
  settings(host) {
    connected(host);
    afterwards(() => press("rail-settings"));
  },
  error(host, detail) {
    connected(host);
    host.drop("story.txt", STORY);
    host.change({
      notices: detail.split(",").map((code, index) => ({
        id: index + 1,
        error: errorReport(code as ErrorCode, {
          retryAfter: code === "rateLimited" ? 12 : null,
          requestId: code === "server" ? "1a2b3c4d-77" : null,
        }),
        retrying: code === "rateLimited" || code === "server",
      })),
    });
  },
  refused(host, detail) {
    host.change({
      import: {
        type: "failed",
        id: 1,
        fileName: "holiday.png",
        error: errorReport((detail || "notText") as ErrorCode),
      },
    });
  },
  drop(host) {
    host.change({ dropHover: true });
  },
  saving(host) {
    connected(host);
    host.drop("story.txt", STORY);
    host.change({
      save: { type: "saving", done: 12, total: 40, fileName: "story.wav" },
    });
  },
  saved(host) {
    connected(host);
    host.drop("story.txt", STORY);
    host.change({
      save: {
        type: "saved",
        id: 1,
        fileName: "story.wav",
        folder: "Music",
        seconds: 31,
      },
    });
  },
  documents(host, detail) {
    connected(host);
    if (detail === "empty") {
      afterwards(() => press("rail-documents"));
      return;
    }
    const chapters = Array.from(
      { length: 61 },
      (_, index) => `# Chapter ${index + 1}\n\n${STORY}\n\n${STORY}`,
    );
    chapters[0] = `# Chapter 1\n\nIt is a truth universally acknowledged. [pause 1.5s] That a single man in possession of a good fortune must be in want of a wife, says [spell: HTML] [skip: page 12].\n\n${STORY}`;
    const book = fakeDocument(
      1,
      "Pride and Prejudice.epub",
      chapters.join("\n\n"),
      { author: "Jane Austen" },
    );
    book.report = [
      ["notesDropped", 12, "See the edition of 1813."],
      ["pageNumbersDropped", 118, "214"],
      ["languageGuessed", 1, "en"],
    ].map(([kind, count, example]) => ({
      kind: kind as ImportRemarkKind,
      count: count as number,
      example: example as string,
      canBeUndone: kind !== "languageGuessed",
      isUndone: false,
    }));
    const reading = fakeDocument(2, "A letter.docx", STORY, {
      state: { type: "reading" },
    });
    const failed = fakeDocument(3, "Scan.pdf", "", {
      title: "Scan.pdf",
      state: { type: "failed", error: errorReport("picturesOnly") },
    });
    for (const document of [failed, reading, book]) {
      host.shelf.set(document.entry.id, document);
    }
    host.tellShelf();
    afterwards(() => {
      press("rail-documents");
      if (detail === "list") return;
      setTimeout(() => {
        document
          .querySelector<HTMLElement>("[data-testid=open-document]")
          ?.click();
      }, 100);
      if (detail === "report") setTimeout(() => press("report-button"), 500);
      if (detail === "make") setTimeout(() => press("make-button"), 500);
      if (detail === "making" || detail === "library") {
        setTimeout(() => press("make-button"), 500);
        setTimeout(() => press("make-begin"), 900);
        setTimeout(
          () =>
            host.changeNarration("n1", {
              done: 5,
              spent: 0.41,
              secondsLeft: 11_400,
            }),
          1200,
        );
      }
      if (detail === "failed") {
        const error = errorReport("rejected");
        setTimeout(() => press("make-button"), 500);
        setTimeout(() => press("make-begin"), 900);
        setTimeout(
          () =>
            host.changeNarration("n1", {
              state: { type: "incomplete" },
              done: 480,
              failed: [
                { segment: 2, error },
                { segment: 5, error },
              ],
            }),
          1200,
        );
        setTimeout(
          () =>
            document
              .querySelector<HTMLElement>(
                "[data-testid=narration-failures] summary",
              )
              ?.click(),
          1500,
        );
      }
      if (detail === "interrupted" || detail === "export") {
        host.tellNarration({
          ...FINISHED,
          state: { type: detail === "export" ? "finished" : "interrupted" },
          done: 31,
        });
      }
      if (detail === "export") {
        setTimeout(() => press("rail-library"), 800);
        setTimeout(() => press("narration-export"), 1000);
      }
      if (detail === "library") {
        host.tellNarration(FINISHED);
        host.tellNarration({
          ...host.snapshotNow.narrations[0]!,
          id: "cut",
          document: null,
          title: "Moby Dick",
          state: { type: "spendingLimit" },
          done: 12,
          limit: 15,
          files: [],
          seconds: 0,
          doubtful: 0,
        });
        setTimeout(() => press("rail-library"), 1400);
      }
      if (detail === "edit") setTimeout(() => press("edit"), 600);
      if (detail === "speaking") {
        setTimeout(() => press("listen-button"), 500);
        setTimeout(
          () =>
            host.poseSpeech({
              position: 9,
              startedAt: performance.now() - 60_000,
            }),
          900,
        );
      }
    });
  },
  pronunciation(host, detail) {
    if (detail !== "noKey") connected(host);
    const { dictionaries } = host;
    if (detail === "" || detail === "edit" || detail === "removed") {
      dictionaries.create("My words", [
        { word: "museum", said: "mew-zee-um" },
        { word: "Siobhan", said: "shi-vawn" },
        { word: "GIF", said: "jiff" },
        { word: "Worcester", said: "wuster" },
        { word: "SQL", said: "sequel" },
      ]);
      dictionaries.create(
        null,
        [
          { word: "API", said: "ay-pee-eye" },
          { word: "New York", said: "noo yawk" },
        ],
        false,
      );
    }
    if (detail === "offline") {
      dictionaries.create("My words", [{ word: "GIF", said: "jiff" }]);
      dictionaries.state = { type: "known", error: errorReport("offline") };
    }
    if (detail === "forbidden") {
      dictionaries.state = { type: "known", error: errorReport("forbidden") };
    }
    if (detail === "edit") {
      const story = fakeDocument(1, "The great storm.docx", STORY);
      host.shelf.set(story.entry.id, story);
      host.tellShelf();
    }
    afterwards(() => {
      press("rail-pronunciation");
      if (detail === "edit") {
        setTimeout(() => press("word-change"), 400);
      }
      if (detail === "removed") setTimeout(() => press("word-remove"), 400);
    });
  },
  account(host, detail) {
    const [check, keychain] = detail.split("-");
    if (keychain !== undefined) {
      host.changeKey({ keychain: keychain as KeychainState });
    } else {
      host.changeKey({
        ...CONNECTED,
        check: (check || "accepted") as "accepted",
      });
    }
  },
};
