// The window as a whole: what the program last told, what the person is doing, and the commands that follow from it.
// Components ask this class and call it; it decides; the host does.

import type { Snapshot, Source } from "../host/contract";
import { reportOf, type Host } from "../host/host";
import { Documents } from "./documents.svelte";
import { Draft } from "./draft.svelte";
import { Messages } from "./messages.svelte";
import { Narrations } from "./narrations.svelte";
import { Playhead } from "./playhead.svelte";
import { Preferences } from "./preferences.svelte";
import { Pronunciations } from "./pronunciations.svelte";
import { Quotes } from "./quotes.svelte";
import { Voices } from "./voices.svelte";

export type Screen =
  "speak" | "documents" | "library" | "pronunciation" | "settings";
export type Sheet = "key" | "voices" | "report" | "make" | "export";
export type SpeechStatus =
  "silent" | "waiting" | "playing" | "paused" | "noDevice";

export class App {
  snapshot = $state.raw<Snapshot | null>(null);
  screen = $state<Screen>("speak");
  sheet = $state<Sheet | null>(null);
  /** Nothing has been heard from the program for a while. */
  lost = $state(false);
  /** Counts the wishes to have the caret in the text area. */
  focusText = $state(0);
  /** Somebody is here: a pointer moved or a key was pressed in the window. */
  attended = $state(false);

  /** What the running speech was started with. */
  #spoken = $state.raw<{ speech: number; source: Source } | null>(null);
  /** Words that stand in no text, and their speech. */
  #said = $state.raw<{ speech: number; text: string } | null>(null);
  #starting = $state(false);

  readonly host: Host;
  readonly draft = new Draft();
  readonly documents: Documents;
  readonly narrations: Narrations;
  readonly playhead: Playhead;
  readonly preferences: Preferences;
  readonly pronunciations: Pronunciations;
  readonly quotes: Quotes;
  readonly voices: Voices;
  readonly messages: Messages;

  /** What is on the screen to be spoken; `null` where there is nothing. */
  readonly source: Source | null = $derived.by(() => {
    if (this.screen === "documents") {
      const { open } = this.documents;
      return open === null ? null : { type: "opened", id: open.id };
    }
    return this.draft.empty ? null : this.draft.source;
  });

  /** Characters of it, until a quote says so exactly. */
  readonly characters = $derived.by(() =>
    this.screen === "documents"
      ? (this.documents.entry?.characters ?? 0)
      : this.draft.characters,
  );

  readonly voice = $derived.by(() =>
    this.voices.byId(this.preferences.current.voice),
  );

  /** Of the text, not of a preview. */
  readonly status: SpeechStatus = $derived.by(() => {
    if (this.#starting) return "waiting";
    if (this.playhead.preview !== null || !this.playhead.audible) {
      return "silent";
    }
    return this.playhead.state as SpeechStatus;
  });

  /** What is being spoken now. `null` in silence, or when this window did not start it. */
  readonly spoken: Source | null = $derived.by(() =>
    this.status !== "silent" && this.#spoken?.speech === this.playhead.speech
      ? this.#spoken.source
      : null,
  );

  /** The words that are heard by themselves. */
  readonly saying: string | null = $derived.by(() =>
    this.status !== "silent" && this.#said?.speech === this.playhead.speech
      ? this.#said.text
      : null,
  );

  constructor(host: Host) {
    this.host = host;
    this.playhead = new Playhead(host);
    this.messages = new Messages(this);
    this.preferences = new Preferences(
      host,
      () => this.refresh(),
      (report) => this.messages.complain(report, null),
    );
    this.documents = new Documents(host);
    this.narrations = new Narrations(host);
    this.pronunciations = new Pronunciations(host);
    this.quotes = new Quotes(host);
    this.voices = new Voices(host);
  }

  /** Listens to the program until the signal is aborted. */
  run(signal: AbortSignal): void {
    void this.#listen(signal);
    this.playhead.run(signal);
    const stop = $effect.root(() => {
      $effect(() => {
        const settings = this.preferences.current;
        // Named, so that a change of any of them asks again.
        void [settings.standardPrice, settings.proPrice];
        void [this.playhead.state, this.snapshot?.save.type];
        void this.documents.entry?.revision;
        void this.pronunciations.used;
        this.quotes.ask(
          this.source ?? this.draft.source,
          this.preferences.delivery,
        );
      });
      $effect(() => {
        const open = this.screen === "documents";
        void this.host.letDropsOpen(open).catch(() => {});
      });
      $effect(() => {
        // The built-in voice takes some memory and a moment: it is made ready as soon as it may be wanted, not before.
        if (this.attended && this.voice.pool === "builtin") {
          void this.host.prepareSpeech();
        }
      });
      $effect(() => {
        if (this.snapshot?.voicesRevision !== undefined) {
          void this.voices.load();
        }
      });
      $effect(() => {
        if (this.snapshot?.dictionariesRevision !== undefined) {
          void this.pronunciations.load();
        }
      });
    });
    signal.addEventListener("abort", stop);
  }

  /** Fetches what is true now, without waiting for a change. */
  async refresh(): Promise<void> {
    this.#adopt(await this.host.snapshot(null));
  }

  /** Speaks what is on the screen, from a UTF-16 offset on; on a document, from where the keyboard is. */
  async speak(from: number | null = null): Promise<void> {
    const { open } = this.documents;
    if (this.screen === "documents" && open !== null) {
      const start = open.outline?.starts[open.current] ?? null;
      return this.speakSource({ type: "opened", id: open.id }, from ?? start);
    }
    if (this.draft.empty) {
      this.screen = "speak";
      this.focusText += 1;
      return;
    }
    this.draft.untouched = false;
    return this.speakSource(this.draft.source, from);
  }

  async speakSource(
    source: Source,
    from: number | null,
    until: number | null = null,
  ): Promise<void> {
    this.#starting = true;
    try {
      await this.preferences.flush();
      const speech = await this.host.speak(
        source,
        this.preferences.delivery,
        from,
        until,
      );
      this.#spoken = { speech, source };
      this.messages.settle();
      this.playhead.moved(0);
      await this.#heard(speech);
    } catch (cause) {
      this.messages.complain(
        reportOf(cause),
        () => void this.speakSource(source, from, until),
      );
    } finally {
      this.#starting = false;
    }
  }

  /** The one big button: speak, pause, go on. */
  async toggle(): Promise<void> {
    switch (this.status) {
      case "silent":
        return this.speak();
      case "playing":
      case "waiting":
        return this.pause();
      case "paused":
      case "noDevice":
        return this.resume();
    }
  }

  pause(): Promise<void> {
    return this.command(() => this.host.pauseSpeech());
  }

  resume(): Promise<void> {
    return this.command(() => this.host.resumeSpeech());
  }

  stop(): Promise<void> {
    return this.command(() => this.host.stopSpeech());
  }

  /** Seconds; only what has arrived can be reached. */
  async seek(seconds: number): Promise<void> {
    const target = Math.min(Math.max(0, seconds), this.playhead.arrived);
    this.playhead.moved(target);
    await this.command(() => this.host.seekSpeech(target));
  }

  /** Hears a voice, or stops its preview when it is already to be heard. */
  async preview(voice: string): Promise<void> {
    if (this.playhead.preview === voice && this.playhead.audible) {
      return this.stop();
    }
    await this.command(
      async () => {
        await this.host.previewVoice(voice);
      },
      () => void this.preview(voice),
    );
  }

  /** Hears words that stand in no text, with the chosen voice; stops them when they are to be heard already. */
  async say(text: string): Promise<void> {
    if (this.saying === text) return this.stop();
    await this.command(
      async () => {
        await this.preferences.flush();
        const { delivery } = this.preferences;
        const source: Source = { type: "typed", text };
        const speech = await this.host.speak(source, delivery, null, null);
        this.#said = { speech, text };
        this.messages.settle();
        await this.#heard(speech);
      },
      () => void this.say(text),
    );
  }

  async save(): Promise<void> {
    const { source } = this;
    if (source === null) {
      this.screen = "speak";
      this.focusText += 1;
      return;
    }
    const name =
      source.type === "opened"
        ? (this.documents.entry?.title ?? null)
        : this.draft.name;
    await this.preferences.flush();
    await this.command(
      () => this.host.saveAudio(source, this.preferences.delivery, name),
      () => void this.save(),
    );
  }

  /** Opens the system's dialog for what is on the screen: a text to speak, or documents. */
  chooseFile(): Promise<void> {
    return this.command(() =>
      this.screen === "documents"
        ? this.host.chooseDocuments()
        : this.host.chooseFile(),
    );
  }

  /** Hears a narration from its takes. */
  playNarration(id: string): Promise<void> {
    return this.command(
      async () => {
        const speech = await this.host.playNarration(id);
        this.#spoken = null;
        await this.#heard(speech);
      },
      () => void this.playNarration(id),
    );
  }

  useBuiltinVoice(): void {
    this.preferences.change({ voice: this.voices.builtin });
  }

  /** Runs a command; a rejection becomes a message, with `retry` behind *Try again*. */
  async command(
    action: () => Promise<void>,
    retry: (() => void) | null = null,
  ): Promise<void> {
    try {
      await action();
    } catch (cause) {
      this.messages.complain(reportOf(cause), retry);
    }
    this.playhead.refresh();
  }

  /** Waits until the playhead knows of a speech, so that the buttons do not flicker back. */
  async #heard(speech: number): Promise<void> {
    this.playhead.refresh();
    for (let turn = 0; turn < 40; turn += 1) {
      if (this.playhead.speech >= speech) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  #adopt(next: Snapshot): void {
    if (this.snapshot !== null && next.revision < this.snapshot.revision) {
      return;
    }
    this.snapshot = next;
    this.preferences.adopt(next.settings);
    if (next.import.type === "ready" && this.draft.adopt(next.import)) {
      this.screen = "speak";
      this.sheet = null;
      if (this.status !== "silent") void this.stop();
    }
    this.narrations.list = next.narrations;
    if (this.documents.adopt(next.documents, next.opening)) {
      this.screen = "documents";
      this.sheet = null;
    }
    this.playhead.refresh();
  }

  async #listen(signal: AbortSignal): Promise<void> {
    let since: number | null = null;
    let failures = 0;
    while (!signal.aborted) {
      let pause = 30;
      try {
        const next: Snapshot = await this.host.snapshot(since);
        if (signal.aborted) return;
        this.#adopt(next);
        since = next.revision;
        failures = 0;
        this.lost = false;
      } catch {
        failures += 1;
        since = null;
        pause = Math.min(250 * 2 ** failures, 5000);
        this.lost = failures >= 2;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
