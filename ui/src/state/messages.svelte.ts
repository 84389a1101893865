// The messages under the page, newest last: errors with their remedies, what a drop replaced, how saving goes. One list,
// made of what the program tells and of what went wrong in this window.

import { detailsOf, explain, type Remedy, type Tone } from "../errors";
import type { ErrorCode, ErrorReport } from "../host/contract";
import { words } from "../words";
import type { App } from "./app.svelte";

export interface Action {
  id: Remedy | "undo" | "reveal" | "cancel" | "goOn" | "notNow";
  label: string;
  run: () => void;
}

export interface Message {
  key: string;
  tone: Tone | "plain" | "good";
  text: string;
  /** Further sentences, smaller. */
  more: readonly string[];
  /** What Peal does about it by itself. `until` is a time of `performance.now()`. */
  retry: { until: number | null } | null;
  details: string | null;
  actions: readonly Action[];
  /** `null`: no bar. Without `done` the bar shows that something is under way. */
  progress: { done?: number; total?: number } | null;
  dismiss: (() => void) | null;
}

interface Complaint {
  id: number;
  error: ErrorReport;
  retry: (() => void) | null;
}

const PLAIN = {
  tone: "plain",
  more: [],
  retry: null,
  details: null,
  actions: [],
  progress: null,
  dismiss: null,
} as const;

export class Messages {
  #complaints = $state.raw<readonly Complaint[]>([]);
  #dismissedImport = $state<number | null>(null);
  #dismissedSave = $state<number | null>(null);
  #goOnLater = $state(false);
  #nextId = 1;
  /** When each notice of the program was first seen, to count down from. */
  readonly #seen = new Map<number, number>();

  readonly #app: App;

  readonly all: readonly Message[] = $derived.by(() => [
    ...this.#fromNarrations(),
    ...this.#fromImport(),
    ...this.#fromSave(),
    ...this.#fromNotices(),
    ...this.#fromComplaints(),
    ...this.#fromSilence(),
  ]);

  constructor(app: App) {
    this.#app = app;
  }

  /** A command was refused. A newer complaint of the same kind takes the place of the older. */
  complain(error: ErrorReport, retry: (() => void) | null): void {
    const id = this.#nextId++;
    this.#complaints = [
      ...this.#complaints.filter((other) => other.error.code !== error.code),
      { id, error, retry },
    ];
  }

  /** A new attempt has begun: complaints about older ones are out of date. */
  settle(): void {
    this.#complaints = [];
    this.#app.draft.replaced = null;
  }

  /** What a Peal that was closed left unfinished is offered once. */
  #fromNarrations(): Message[] {
    const app = this.#app;
    const { interrupted } = app.narrations;
    const [first] = interrupted;
    if (first === undefined || this.#goOnLater) return [];
    const later = () => (this.#goOnLater = true);
    const goOn = () => {
      for (const { id, limit } of interrupted) {
        void app.command(() => app.host.resumeNarration(id, limit));
      }
    };
    return [
      {
        ...PLAIN,
        key: "interrupted",
        text:
          interrupted.length === 1
            ? words.notices.interrupted(first.title, first.done, first.total)
            : words.notices.severalInterrupted(interrupted.length),
        more: [words.notices.interruptedMore],
        actions: [
          { id: "goOn", label: words.library.resume, run: goOn },
          { id: "notNow", label: words.notices.notNow, run: later },
        ],
      },
    ];
  }

  #fromImport(): Message[] {
    const { draft, snapshot } = this.#app;
    const current = snapshot?.import;
    const found: Message[] = [];
    const remarks =
      current?.type === "ready" && current.id !== this.#dismissedImport
        ? current.remarks.map((remark) =>
            words.remarks[remark.kind](remark.detail),
          )
        : [];
    const replaced = draft.replaced;
    if (replaced !== null || remarks.length > 0) {
      found.push({
        ...PLAIN,
        key: "import",
        text: replaced?.message ?? remarks[0] ?? "",
        more: replaced === null ? remarks.slice(1) : remarks,
        actions:
          replaced === null
            ? []
            : [
                {
                  id: "undo",
                  label: words.notices.undo,
                  run: () => draft.undo(),
                },
              ],
        dismiss: () => {
          draft.replaced = null;
          if (current?.type === "ready") this.#dismissedImport = current.id;
        },
      });
    }
    if (current?.type === "reading") {
      found.push({
        ...PLAIN,
        key: "reading",
        text: words.notices.reading(current.fileName),
        progress: {},
      });
    }
    if (current?.type === "failed" && current.id !== this.#dismissedImport) {
      found.push({
        ...this.#error(`import-${current.id}`, current.error, false, null),
        more: current.fileName === "" ? [] : [current.fileName],
        dismiss: () => (this.#dismissedImport = current.id),
      });
    }
    return found;
  }

  #fromSave(): Message[] {
    const app = this.#app;
    const save = app.snapshot?.save;
    if (save === undefined) return [];
    switch (save.type) {
      case "idle":
      case "choosing":
        return [];
      case "saving":
        return [
          {
            ...PLAIN,
            key: "save",
            text: words.notices.saving(save.fileName, save.done, save.total),
            progress: { done: save.done, total: save.total },
            actions: [
              {
                id: "cancel",
                label: words.cancel,
                run: () => void app.command(() => app.host.cancelSave()),
              },
            ],
          },
        ];
      case "saved":
        if (save.id === this.#dismissedSave) return [];
        return [
          {
            ...PLAIN,
            key: "save",
            tone: "good",
            text: words.notices.saved(save.fileName, save.folder, save.seconds),
            actions: [
              {
                id: "reveal",
                label: words.notices.reveal,
                run: () => void app.command(() => app.host.revealSaved()),
              },
            ],
            dismiss: () => (this.#dismissedSave = save.id),
          },
        ];
      case "failed":
        if (save.id === this.#dismissedSave) return [];
        return [
          {
            ...this.#error("save", save.error, false, () => void app.save()),
            dismiss: () => (this.#dismissedSave = save.id),
          },
        ];
    }
  }

  #fromNotices(): Message[] {
    const app = this.#app;
    const notices = app.snapshot?.notices ?? [];
    return notices.map((notice) => {
      const since = this.#seen.get(notice.id) ?? performance.now();
      this.#seen.set(notice.id, since);
      const { retryAfter } = notice.error;
      return {
        ...this.#error(
          `notice-${notice.id}`,
          notice.error,
          notice.retrying,
          this.#again(notice.error.code),
        ),
        retry: notice.retrying
          ? { until: retryAfter === null ? null : since + retryAfter * 1000 }
          : null,
        dismiss: () =>
          void app.command(() => app.host.dismissNotice(notice.id)),
      };
    });
  }

  #fromComplaints(): Message[] {
    return this.#complaints.map(({ id, error, retry }) => ({
      ...this.#error(`complaint-${id}`, error, false, retry),
      dismiss: () => {
        this.#complaints = this.#complaints.filter((one) => one.id !== id);
      },
    }));
  }

  #fromSilence(): Message[] {
    if (!this.#app.lost) return [];
    return [
      {
        ...PLAIN,
        key: "lost",
        tone: "warn",
        text: words.notices.lost,
        progress: {},
      },
    ];
  }

  /** What *Try again* means for an error that no command of this window answered with. */
  #again(code: ErrorCode): () => void {
    const app = this.#app;
    switch (code) {
      case "noLoudspeaker":
        return () => void app.resume();
      case "keychainLocked":
      case "keychainMissing":
      case "keychainDenied":
      case "keychainWaiting":
        return () => void app.command(() => app.host.checkKey());
      default:
        return () => void app.speak();
    }
  }

  #error(
    key: string,
    error: ErrorReport,
    retrying: boolean,
    retry: (() => void) | null,
  ): Message {
    const { tone, message, remedies } = explain(error, {
      retrying,
      canRepeat: retry !== null,
    });
    return {
      ...PLAIN,
      key,
      tone,
      text: message,
      details: detailsOf(error),
      actions: remedies
        .filter((remedy) => remedy !== "copyDetails")
        .map((remedy) => ({
          id: remedy,
          label: words.remedies[remedy],
          run: () => this.#remedy(remedy, retry),
        })),
    };
  }

  #remedy(remedy: Remedy, retry: (() => void) | null): void {
    const app = this.#app;
    switch (remedy) {
      case "pasteKey":
      case "connect":
        app.sheet = "key";
        return;
      case "openConsole":
        void app.command(() => app.host.openLink("console"));
        return;
      case "chooseVoice":
        app.sheet = "voices";
        return;
      case "useBuiltin":
        app.useBuiltinVoice();
        void app.speak();
        return;
      case "pause":
        void app.pause();
        return;
      case "tryAgain":
        retry?.();
        return;
      case "settings":
        app.screen = "settings";
        return;
      case "chooseFile":
        void app.chooseFile();
        return;
      case "saveElsewhere":
        void app.save();
        return;
      case "useForSession":
        void app.command(() => app.host.keepKeyForSession());
        return;
      case "copyDetails":
        // The disclosure with the details has its own button for it.
        return;
    }
  }
}
