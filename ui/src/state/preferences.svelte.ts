// The settings as the window shows them: what the program has, with what was just changed here on top, so that a slider
// does not jump back while its new value is on its way.

import type {
  Delivery,
  ErrorReport,
  Settings,
  SettingsPatch,
} from "../host/contract";
import { reportOf, type Host } from "../host/host";

/** Shown until the program has answered. The same as a fresh install. */
export const FRESH: Settings = {
  theme: "system",
  voice: "builtin/hibari",
  speed: 1,
  language: "auto",
  volume: 1,
  output: null,
  connectCardDismissed: true,
  standardPrice: { perTenThousand: null, asOf: "" },
  proPrice: { perTenThousand: null, asOf: "" },
  concurrency: 1,
  takesGigabytes: 13,
};

export function patched(settings: Settings, patch: SettingsPatch): Settings {
  const { output, standardPrice, proPrice, ...same } = patch;
  const next: Settings = { ...settings, ...same };
  if (output !== undefined) next.output = output === "" ? null : output;
  if (standardPrice !== undefined) {
    next.standardPrice = {
      ...settings.standardPrice,
      perTenThousand: standardPrice,
    };
  }
  if (proPrice !== undefined) {
    next.proPrice = { ...settings.proPrice, perTenThousand: proPrice };
  }
  return next;
}

export class Preferences {
  #stored = $state.raw<Settings>(FRESH);
  /** Changed here, not yet sent. */
  #unsent = $state.raw<SettingsPatch>({});
  /** Sent, not yet seen in a snapshot. */
  #sent = $state.raw<SettingsPatch>({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> = Promise.resolve();

  readonly current = $derived(
    patched(patched(this.#stored, this.#sent), this.#unsent),
  );
  readonly delivery: Delivery = $derived({
    voice: this.current.voice,
    speed: this.current.speed,
    language: this.current.language,
  });

  readonly #host: Host;
  readonly #failed: (report: ErrorReport) => void;
  readonly #reload: () => Promise<void>;

  /** `reload` fetches a snapshot, which comes back through `adopt`. */
  constructor(
    host: Host,
    reload: () => Promise<void>,
    failed: (report: ErrorReport) => void,
  ) {
    this.#host = host;
    this.#reload = reload;
    this.#failed = failed;
  }

  adopt(settings: Settings): void {
    this.#stored = settings;
  }

  /** Shown at once; sent at most five times a second, so that a moved slider is heard while it moves. */
  change(patch: SettingsPatch): void {
    this.#unsent = { ...this.#unsent, ...patch };
    this.#timer ??= setTimeout(() => void this.flush(), 200);
  }

  /** Sends what is waiting and returns when the program has it: before speaking, so that it speaks with it. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sending.then(() => this.#send());
    return this.#sending;
  }

  async #send(): Promise<void> {
    const patch = this.#unsent;
    if (Object.keys(patch).length === 0) return;
    this.#sent = patch;
    this.#unsent = {};
    try {
      await this.#host.updateSettings(patch);
      await this.#reload();
    } catch (cause) {
      this.#failed(reportOf(cause));
    } finally {
      this.#sent = {};
    }
  }
}
