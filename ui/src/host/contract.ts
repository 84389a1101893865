// Generated from src-tauri/src/contract.rs; do not edit. `cargo xtask contract` writes it again.

/** Which pool a voice comes from. The built-in voice needs no key and no network. */
export type Pool = "builtin" | "standard" | "pro";

/** One voice a person can choose. `id` is unique over all pools, e.g. `builtin/hibari` or `lightning_v3.1_pro/sophie`. */
export type Voice = { id: string, name: string, pool: Pool, languages: Array<string>, accent: string | null, gender: "female" | "male" | null, age: string | null, useCases: Array<string>, };

/** Where the list of cloud voices stands. `known` is the list that ships with Peal: shown while the real one cannot be fetched. */
export type CloudVoices = { "type": "noKey" } | { "type": "loading" } | { "type": "ready" } | { "type": "known", error: ErrorReport | null };

export type VoiceList = { voices: Array<Voice>, cloud: CloudVoices, };

/** What is to be spoken: what stands in the text area, or an imported document too long for it. */
export type Source = { "type": "typed", text: string } | { "type": "document", id: number };

/** How it is to be spoken. Speed from 0.5 to 2; language a code such as `en`, or `auto`. */
export type Delivery = { voice: string, speed: number, language: string, };

/** The price before. Characters are Unicode scalar values as the service counts them; price in US dollars, null when the price of the pool is not known, 0 when nothing has to be bought. */
export type Quote = { characters: number, speakable: boolean, sentences: number, owned: number, toBuy: number, price: number | null, seconds: number, };

/** One sentence of what is being spoken: UTF-16 offsets into the text (of the document's excerpt for documents: absolute offsets into the whole text), and when it sounds, in seconds from the start of the audio. `to` is null while it is still being made. */
export type Mark = { start: number, end: number, from: number, to: number | null, };

export type PlaybackState = "idle" | "waiting" | "playing" | "paused" | "finished" | "failed" | "noDevice";

/** What the loudspeaker is doing now. Seconds. `marks` and `peaks` hold only what is newer than the caller asked for. */
export type Playback = { 
/** Changes with every new speech or preview: throw away marks and peaks of another one. */
speech: number, 
/** Set while a voice preview, not the text, is played. */
preview: string | null, state: PlaybackState, position: number, arrived: number, 
/** All audio has arrived: `arrived` is the length. */
complete: boolean, 
/** Estimated length of the whole, equal to `arrived` once complete. */
expected: number, marksFrom: number, marks: Array<Mark>, 
/** Twenty a second, 0–255. */
peaksFrom: number, peaks: Array<number>, };

export type Theme = "system" | "light" | "dark";

/** US dollars per 10,000 characters, null when not known; `asOf` is the month the figure was read, `2026-09`. */
export type Price = { perTenThousand: number | null, asOf: string, };

export type Settings = { theme: Theme, voice: string, speed: number, language: string, 
/** 0 to 1. */
volume: number, 
/** Output device id; null is the system's default. */
output: string | null, connectCardDismissed: boolean, standardPrice: Price, proPrice: Price, 
/** Requests the account may have open at once, 1 to 10. */
concurrency: number, };

/** What is to change; absent fields stay as they are. */
export type SettingsPatch = { theme?: Theme, voice?: string, speed?: number, language?: string, volume?: number, 
/** `""` is the system's default. */
output?: string, connectCardDismissed?: boolean, standardPrice?: number, proPrice?: number, concurrency?: number, };

export type KeyStore = "environment" | "keychain" | "session";

/** What the service last said of the key. */
export type KeyCheck = "unknown" | "checking" | "accepted" | "refused" | "noAccess" | "unreachable";

/** How the last attempt to give Peal a key ended. `chooseSession`: there is no usable keychain (see `keychain`); the key waits in memory for a yes to keep it for this session only. */
export type KeyOutcome = "noKeyInClipboard" | "checking" | "accepted" | "refused" | "noAccess" | "unreachable" | "chooseSession";

export type KeychainState = "unknown" | "ready" | "locked" | "missing" | "denied" | "waiting";

/** All that the window ever learns of the key. */
export type KeyStatus = { present: boolean, store: KeyStore | null, check: KeyCheck, keychain: KeychainState, outcome: KeyOutcome | null, 
/** The clipboard still holds the key that was pasted: offer to clear it. */
clipboardHoldsKey: boolean, };

/** Where saving stands. Sentences. */
export type Save = { "type": "idle" } | { "type": "choosing" } | { "type": "saving", done: number, total: number, fileName: string } | { "type": "saved", id: number, fileName: string, folder: string, seconds: number } | { "type": "failed", id: number, error: ErrorReport };

/** The outcome of the newest drop, choice or paste of a file. Short documents bring their text; long ones (`text` null) stay on the Rust side and are read by `document_passage`. */
export type Import = { "type": "idle" } | { "type": "reading", fileName: string } | { "type": "ready", id: number, fileName: string, title: string, characters: number, text: string | null, 
/** Things worth knowing: the encoding that was guessed, what was left out. */
remarks: Array<ImportRemark> } | { "type": "failed", id: number, fileName: string, error: ErrorReport };

export type ImportRemark = { kind: "encodingGuessed" | "charactersReplaced" | "controlsRemoved" | "markdownRead", detail: string, };

/** A stretch of a long document: sentences from `from` on, with absolute UTF-16 offsets. */
export type Passage = { from: number, total: number, sentences: Array<PassageSentence>, };
export type PassageSentence = { start: number, end: number, text: string, paragraphEnd: boolean, };

export type ErrorCode = "unauthorized" | "forbidden" | "rateLimited" | "rejected" | "unknownVoice" | "server" | "offline" | "timedOut" | "cutOff" | "badAnswer" | "nothingToSay" | "noKey" | "voiceFailed" | "notText" | "tooLarge" | "unreadable" | "isFolder" | "emptyFile" | "manyFiles" | "diskFull" | "folderDenied" | "fileFailed" | "noLoudspeaker" | "keychainLocked" | "keychainMissing" | "keychainDenied" | "keychainWaiting" | "settingsSalvaged" | "settingsNotSaved" | "unexpected";

/** An error as the window needs it: words come from the catalogue by code; `details` is for copying. */
export type ErrorReport = { code: ErrorCode, retryable: boolean, retryAfter: number | null, requestId: string | null, details: string, };

/** Something a person should know that is not the answer to a command. Newest last. `retrying`: Peal is trying again by itself. */
export type Notice = { id: number, error: ErrorReport, retrying: boolean, };

export type BuiltinState = "loading" | "ready" | "failed";

/** Everything slow-changing the window shows. A new `revision` means that something in it changed. */
export type Snapshot = { revision: number, version: string, builtin: BuiltinState, key: KeyStatus, settings: Settings, import: Import, save: Save, notices: Array<Notice>, 
/** A file is held over the window. */
dropHover: boolean, 
/** Changes when `list_voices` would answer otherwise. */
voicesRevision: number, };

export type OutputDevice = { id: string, name: string, isDefault: boolean, };

/** Constant https addresses that `open_link` may open. */
export type Link = "console" | "apiKeys" | "pricing" | "project";
