// Made from src-tauri/src/contract by `cargo xtask contract`; do not edit.

/**
 * Which pool a voice comes from. The built-in voice needs no key and no network.
 */
export type Pool = "builtin" | "standard" | "pro";

/**
 * As the service labels a voice.
 */
export type Gender = "female" | "male";

/**
 * One voice a person can choose.
 */
export type Voice = { 
/**
 * Unique over all pools, e.g. `builtin/hibari` or `lightning_v3.1_pro/sophie`.
 */
id: string, 
/**
 * As it is shown.
 */
name: string, 
/**
 * Where it comes from.
 */
pool: Pool, 
/**
 * Codes such as `en`, the main language first; empty when the service does not say.
 */
languages: Array<string>, 
/**
 * In lower case.
 */
accent: string | null, 
/**
 * As the service labels it.
 */
gender: Gender | null, 
/**
 * As the service labels it.
 */
age: string | null, 
/**
 * In lower case.
 */
useCases: Array<string>, };

/**
 * Where the list of cloud voices stands.
 */
export type CloudVoices = { "type": "noKey" } | { "type": "loading" } | { "type": "ready" } | { "type": "known", 
/**
 * Why.
 */
error: ErrorReport | null, };

/**
 * All voices.
 */
export type VoiceList = { 
/**
 * Built-in ones first.
 */
voices: Array<Voice>, 
/**
 * Where the rest stands.
 */
cloud: CloudVoices, };

/**
 * What is to be spoken.
 */
export type Source = { "type": "typed", 
/**
 * The words.
 */
text: string, } | { "type": "opened", 
/**
 * Its id.
 */
id: number, };

/**
 * How it is to be spoken.
 */
export type Delivery = { 
/**
 * A voice's id.
 */
voice: string, 
/**
 * 0.5 to 2.
 */
speed: number, 
/**
 * A code such as `en`, or `auto`.
 */
language: string, };

/**
 * The price before.
 */
export type Quote = { 
/**
 * Unicode scalar values that will be spoken, as the service counts.
 */
characters: number, 
/**
 * Whether there is anything to speak.
 */
speakable: boolean, 
/**
 * Segments.
 */
sentences: number, 
/**
 * Characters that were bought before.
 */
owned: number, 
/**
 * Characters that will be bought; 0 for the built-in voice.
 */
toBuy: number, 
/**
 * US dollars for `toBuy`; `null` when the pool's price is not known.
 */
price: number | null, 
/**
 * Estimated length of the audio.
 */
seconds: number, };

/**
 * One sentence of what is being spoken.
 */
export type Mark = { 
/**
 * UTF-16 offset into the text.
 */
start: number, 
/**
 * Where it ends.
 */
end: number, 
/**
 * When it starts, in seconds from the start of the audio.
 */
from: number, 
/**
 * When it ends; `null` while it is being made.
 */
to: number | null, };

/**
 * What the loudspeaker is doing.
 */
export type PlaybackState = "idle" | "waiting" | "playing" | "paused" | "finished" | "failed" | "noDevice";

/**
 * What the loudspeaker is doing now. `marks` and `peaks` hold only what is newer than the caller asked for.
 */
export type Playback = { 
/**
 * Changes with every new speech or preview: throw away marks and peaks of another one. 0: none yet.
 */
speech: number, 
/**
 * Set while a voice preview, not the text, is played.
 */
preview: string | null, 
/**
 * See there.
 */
state: PlaybackState, 
/**
 * What is heard now, in seconds.
 */
position: number, 
/**
 * How much has arrived, in seconds.
 */
arrived: number, 
/**
 * All audio has arrived: `arrived` is the length.
 */
complete: boolean, 
/**
 * Estimated length of the whole; `arrived` once complete.
 */
expected: number, 
/**
 * Index of the first of `marks`.
 */
marksFrom: number, 
/**
 * Sentences.
 */
marks: Array<Mark>, 
/**
 * Index of the first of `peaks`.
 */
peaksFrom: number, 
/**
 * The waveform, twenty a second, 0–255.
 */
peaks: Array<number>, };

/**
 * Colours of the window.
 */
export type Theme = "system" | "light" | "dark";

/**
 * A price as it was read somewhere.
 */
export type Price = { 
/**
 * US dollars for 10,000 characters; `null` when not known.
 */
perTenThousand: number | null, 
/**
 * The month the figure was read, `2026-09`.
 */
asOf: string, };

/**
 * What a person has chosen.
 */
export type Settings = { 
/**
 * Colours.
 */
theme: Theme, 
/**
 * A voice's id.
 */
voice: string, 
/**
 * 0.5 to 2.
 */
speed: number, 
/**
 * A code, or `auto`.
 */
language: string, 
/**
 * 0 to 1.
 */
volume: number, 
/**
 * Output device id; `null` is the system's default.
 */
output: string | null, 
/**
 * The card that offers to connect a key was sent away.
 */
connectCardDismissed: boolean, 
/**
 * What the standard voices cost.
 */
standardPrice: Price, 
/**
 * What the Pro voices cost.
 */
proPrice: Price, 
/**
 * Requests the account may have open at once, 1 to 10.
 */
concurrency: number, 
/**
 * Room for sentences that are kept, in gigabytes of 10⁹ bytes, 0.1 to 10,000.
 */
takesGigabytes: number, };

/**
 * What is to change; absent fields stay as they are.
 */
export type SettingsPatch = { 
/**
 * Colours.
 */
theme?: Theme, 
/**
 * A voice's id.
 */
voice?: string, 
/**
 * 0.5 to 2.
 */
speed?: number, 
/**
 * A code, or `auto`.
 */
language?: string, 
/**
 * 0 to 1.
 */
volume?: number, 
/**
 * Output device id; `""` is the system's default.
 */
output?: string, 
/**
 * The card that offers to connect a key was sent away.
 */
connectCardDismissed?: boolean, 
/**
 * US dollars for 10,000 characters.
 */
standardPrice?: number, 
/**
 * US dollars for 10,000 characters.
 */
proPrice?: number, 
/**
 * 1 to 10.
 */
concurrency?: number, 
/**
 * 0.1 to 10,000.
 */
takesGigabytes?: number, };

/**
 * Where the key is.
 */
export type KeyStore = "environment" | "keychain" | "session";

/**
 * What the service last said of the key.
 */
export type KeyCheck = "unknown" | "checking" | "accepted" | "refused" | "noAccess" | "unreachable";

/**
 * How the last attempt to give Peal a key ended.
 */
export type KeyOutcome = "noKeyInClipboard" | "checking" | "accepted" | "refused" | "noAccess" | "unreachable" | "chooseSession";

/**
 * What the keychain last said.
 */
export type KeychainState = "unknown" | "ready" | "locked" | "missing" | "denied" | "waiting";

/**
 * All that the window ever learns of the key.
 */
export type KeyStatus = { 
/**
 * There is one.
 */
present: boolean, 
/**
 * Where.
 */
store: KeyStore | null, 
/**
 * What the service said.
 */
check: KeyCheck, 
/**
 * What the keychain said.
 */
keychain: KeychainState, 
/**
 * How the last attempt ended.
 */
outcome: KeyOutcome | null, 
/**
 * The clipboard still holds the key that was pasted: offer to clear it.
 */
clipboardHoldsKey: boolean, };

/**
 * Where saving stands.
 */
export type Save = { "type": "idle" } | { "type": "choosing" } | { "type": "saving", 
/**
 * Sentences written.
 */
done: number, 
/**
 * Sentences in all.
 */
total: number, 
/**
 * The name it will have.
 */
fileName: string, } | { "type": "saved", 
/**
 * Differs for each saving.
 */
id: number, 
/**
 * Its name.
 */
fileName: string, 
/**
 * The name of the folder it is in.
 */
folder: string, 
/**
 * Length of the audio.
 */
seconds: number, } | { "type": "failed", 
/**
 * Differs for each saving.
 */
id: number, 
/**
 * Why.
 */
error: ErrorReport, };

/**
 * The outcome of the newest drop or choice of a file.
 */
export type Import = { "type": "idle" } | { "type": "reading", 
/**
 * Its name.
 */
fileName: string, } | { "type": "ready", 
/**
 * Differs for each import.
 */
id: number, 
/**
 * Its name.
 */
fileName: string, 
/**
 * Its heading, or its name.
 */
title: string, 
/**
 * The text.
 */
text: string, 
/**
 * Things worth knowing.
 */
remarks: Array<ImportRemark>, } | { "type": "failed", 
/**
 * Differs for each import.
 */
id: number, 
/**
 * Its name.
 */
fileName: string, 
/**
 * Why.
 */
error: ErrorReport, };

/**
 * Kinds of [`ImportRemark`].
 */
export type ImportRemarkKind = "encodingGuessed" | "charactersReplaced" | "controlsRemoved" | "markdownRead" | "languageGuessed" | "linesJoined" | "hyphensMended" | "headingsGuessed" | "tablesGuessed" | "notesDropped" | "noteMarksDropped" | "pageNumbersDropped" | "runningHeadsDropped" | "navigationDropped" | "deletionsDropped" | "commentsDropped" | "hiddenDropped" | "codeDropped" | "picturesDropped" | "readingAidsDropped" | "cueMarksDropped" | "partsMissing";

/**
 * Something that was guessed or dropped while a file was read.
 */
export type ImportRemark = { 
/**
 * What.
 */
kind: ImportRemarkKind, 
/**
 * The name of the encoding, the language or the part; else how often.
 */
detail: string, };

/**
 * How a document stands.
 */
export type DocumentState = { "type": "waiting" } | { "type": "reading" } | { "type": "ready" } | { "type": "failed", 
/**
 * Why.
 */
error: ErrorReport, };

/**
 * A document in the list.
 */
export type DocumentEntry = { 
/**
 * Differs for each document in this run of Peal.
 */
id: number, 
/**
 * Changes with its text: what was fetched of it before is out of date.
 */
revision: number, 
/**
 * The file's name.
 */
fileName: string, 
/**
 * From the file, else the file's name.
 */
title: string, 
/**
 * Who wrote it, if the file says so.
 */
author: string | null, 
/**
 * A BCP 47 tag, if it is known.
 */
language: string | null, 
/**
 * Of the text as imported.
 */
characters: number, 
/**
 * In its table of contents.
 */
chapters: number, 
/**
 * Paragraphs that a person changed.
 */
changed: number, 
/**
 * A person says that it is a dialogue: `Name: line` is spoken by the voice of that name.
 */
dialogue: boolean, 
/**
 * See there.
 */
state: DocumentState, };

/**
 * That a person opened something: the page goes there.
 */
export type Opening = { 
/**
 * Counts up.
 */
turn: number, 
/**
 * The document; the first one of several.
 */
id: number, };

/**
 * How a narration stands.
 */
export type NarrationState = { "type": "interrupted" } | { "type": "running" } | { "type": "held", 
/**
 * Seconds.
 */
seconds: number, } | { "type": "offline" } | { "type": "pausing" } | { "type": "paused" } | { "type": "spendingLimit" } | { "type": "stopped", 
/**
 * Why.
 */
error: ErrorReport, } | { "type": "incomplete" } | { "type": "writing", 
/**
 * The share that is done, from 0 to 1.
 */
share: number, } | { "type": "finished" } | { "type": "cancelled" };

/**
 * A sentence that failed.
 */
export type FailedSentence = { 
/**
 * Index of its segment.
 */
segment: number, 
/**
 * Why.
 */
error: ErrorReport, };

/**
 * A narration in the list.
 */
export type Narration = { 
/**
 * In the library.
 */
id: string, 
/**
 * As of its document.
 */
title: string, 
/**
 * Who wrote it, if known.
 */
author: string | null, 
/**
 * A voice's id.
 */
voice: string, 
/**
 * See there.
 */
state: NarrationState, 
/**
 * Segments.
 */
total: number, 
/**
 * Segments that are there.
 */
done: number, 
/**
 * The first hundred.
 */
failed: Array<FailedSentence>, 
/**
 * Segments that may not sound right.
 */
doubtful: number, 
/**
 * US dollars.
 */
spent: number, 
/**
 * Until all sentences are there, as far as can be said.
 */
secondsLeft: number | null, 
/**
 * US dollars that may be spent.
 */
limit: number | null, 
/**
 * Names of its files, once they are there.
 */
files: Array<string>, 
/**
 * Their length.
 */
seconds: number, 
/**
 * LUFS of the first file, once it is there.
 */
loudness: number | null, 
/**
 * The name of the folder they are in.
 */
folder: string, 
/**
 * The document that it is made of, if that is still in the list.
 */
document: number | null, };

/**
 * The price of a narration before it is made.
 */
export type NarrationQuote = { 
/**
 * Segments.
 */
sentences: number, 
/**
 * Characters to have; equal sentences count once.
 */
characters: number, 
/**
 * Characters that are there already.
 */
owned: number, 
/**
 * Characters to buy.
 */
toBuy: number, 
/**
 * US dollars; `null` when the price is not known.
 */
price: number | null, 
/**
 * The month in which the price was read.
 */
priceAsOf: string | null, 
/**
 * Length of the audio.
 */
seconds: number, 
/**
 * Time to make it.
 */
secondsToMake: number, 
/**
 * Room it takes on the disk.
 */
bytes: number, 
/**
 * Room there is.
 */
bytesFree: number | null, };

/**
 * The kind of file.
 */
export type NarrationFormat = "wav" | "mp3" | "flac" | "opus";

/**
 * How a narration is divided into files.
 */
export type NarrationSplit = "none" | "chapter" | "paragraph";

/**
 * How loud it becomes.
 */
export type NarrationLoudness = "asSpoken" | "podcast" | "audiobook" | "acx";

/**
 * Subtitle files that go with it.
 */
export type NarrationCaptions = "srt" | "vtt" | "lrc" | "json";

/**
 * What the files are to be.
 */
export type NarrationWish = { 
/**
 * See there.
 */
format: NarrationFormat, 
/**
 * See there.
 */
split: NarrationSplit, 
/**
 * See there.
 */
loudness: NarrationLoudness, 
/**
 * See there.
 */
captions: Array<NarrationCaptions>, 
/**
 * Files of other origin may be replaced.
 */
overwrite: boolean, 
/**
 * US dollars that may be spent; `null` for no limit.
 */
limit: number | null, };

/**
 * How a sentence stands in the narration that is made of its document.
 */
export type SentenceState = "none" | "waiting" | "making" | "ready" | "doubtful" | "silent" | "failed";

/**
 * A chapter in a list.
 */
export type DocumentChapter = { 
/**
 * Empty for what stands before the first heading.
 */
title: string, 
/**
 * How deep it lies, from 0.
 */
depth: number, 
/**
 * Index of its first sentence.
 */
first: number, 
/**
 * How many sentences it has.
 */
sentences: number, };

/**
 * What importing did, and whether it is wanted.
 */
export type ReportLine = { 
/**
 * What was done.
 */
kind: ImportRemarkKind, 
/**
 * How often; 0 where it was undone.
 */
count: number, 
/**
 * Words it was done to, or a name; empty where it was undone.
 */
example: string, 
/**
 * Whether it can be undone.
 */
canBeUndone: boolean, 
/**
 * A person undid it.
 */
isUndone: boolean, };

/**
 * What a screen needs of a document before it shows any sentence.
 */
export type DocumentOutline = { 
/**
 * Those that have something to say.
 */
chapters: Array<DocumentChapter>, 
/**
 * Where each sentence starts, as UTF-16 offsets, and where the last one ends.
 */
starts: Array<number>, 
/**
 * What importing did.
 */
report: Array<ReportLine>, };

/**
 * A part of a sentence: words, or a direction of the writer.
 */
export type Piece = { "type": "words", 
/**
 * As they stand.
 */
text: string, } | { "type": "pause", 
/**
 * How long.
 */
seconds: number, } | { "type": "voice", 
/**
 * `null` is the usual one again.
 */
name: string | null, } | { "type": "spell", 
/**
 * The word.
 */
text: string, } | { "type": "skip", 
/**
 * The words.
 */
text: string, };

/**
 * One sentence of an opened document.
 */
export type DocumentSentence = { 
/**
 * UTF-16 offset into the whole text.
 */
start: number, 
/**
 * Where it ends.
 */
end: number, 
/**
 * Words and directions, with those that stand before it.
 */
pieces: Array<Piece>, 
/**
 * What is edited: the words with their directions, as they stand in the text.
 */
raw: string, 
/**
 * It is a heading.
 */
isHeading: boolean, 
/**
 * A paragraph ends with it.
 */
endsParagraph: boolean, 
/**
 * A person changed it.
 */
isChanged: boolean, };

/**
 * What somebody can act on; one set of words for each.
 */
export type ErrorCode = "unauthorized" | "forbidden" | "rateLimited" | "rejected" | "unknownVoice" | "server" | "offline" | "untrusted" | "webPage" | "timedOut" | "cutOff" | "badAnswer" | "nothingToSay" | "noKey" | "voiceFailed" | "notText" | "tooLarge" | "otherKind" | "protected" | "locked" | "picturesOnly" | "damaged" | "tooComplex" | "unreadable" | "isFolder" | "emptyFile" | "manyFiles" | "stale" | "dictionaryChanged" | "inTheWay" | "madeElsewhere" | "diskFull" | "folderDenied" | "fileFailed" | "noLoudspeaker" | "noPreview" | "keychainLocked" | "keychainMissing" | "keychainDenied" | "keychainWaiting" | "settingsSalvaged" | "settingsNotSaved" | "unexpected";

/**
 * An error as the window needs it: words come from the catalogue by code.
 */
export type ErrorReport = { 
/**
 * What to act on.
 */
code: ErrorCode, 
/**
 * The same attempt may succeed later.
 */
retryable: boolean, 
/**
 * Seconds until Peal tries again or the service allows it.
 */
retryAfter: number | null, 
/**
 * What the service's support asks for.
 */
requestId: string | null, 
/**
 * For copying.
 */
details: string, };

/**
 * Something a person should know that is not the answer to a command.
 */
export type Notice = { 
/**
 * For `dismiss_notice`.
 */
id: number, 
/**
 * What happened.
 */
error: ErrorReport, 
/**
 * Peal is trying again by itself.
 */
retrying: boolean, };

/**
 * Where the built-in voice stands.
 */
export type BuiltinState = "loading" | "ready" | "failed";

/**
 * Everything slow-changing that the window shows.
 */
export type Snapshot = { 
/**
 * A new one means that something here changed.
 */
revision: number, 
/**
 * Of Peal.
 */
version: string, 
/**
 * See there.
 */
builtin: BuiltinState, 
/**
 * See there.
 */
key: KeyStatus, 
/**
 * See there.
 */
settings: Settings, 
/**
 * See there.
 */
import: Import, 
/**
 * Newest first.
 */
documents: Array<DocumentEntry>, 
/**
 * What was opened last in this run of Peal.
 */
opening: Opening | null, 
/**
 * Newest first.
 */
narrations: Array<Narration>, 
/**
 * The name of the folder where finished files go.
 */
narrationFolder: string, 
/**
 * See there.
 */
save: Save, 
/**
 * Newest last.
 */
notices: Array<Notice>, 
/**
 * A file is held over the window.
 */
dropHover: boolean, 
/**
 * Changes when `list_voices` would answer otherwise.
 */
voicesRevision: number, 
/**
 * Changes when `list_dictionaries` would answer otherwise.
 */
dictionariesRevision: number, };

/**
 * A loudspeaker.
 */
export type OutputDevice = { 
/**
 * For the settings.
 */
id: string, 
/**
 * As the system calls it.
 */
name: string, 
/**
 * What the system would choose.
 */
isDefault: boolean, };

/**
 * Constant https addresses that `open_link` may open.
 */
export type Link = "console" | "apiKeys" | "pricing" | "project";

/**
 * A word and how it is said.
 */
export type Pronunciation = { 
/**
 * As it stands in texts; by case, and as a whole.
 */
word: string, 
/**
 * Spelt in ordinary letters.
 */
said: string, };

/**
 * A pronunciation dictionary of the account.
 */
export type Dictionary = { 
/**
 * Of the service.
 */
id: string, 
/**
 * `null` for one that was made elsewhere.
 */
name: string | null, 
/**
 * Whether cloud voices follow it.
 */
inUse: boolean, 
/**
 * In its order.
 */
words: Array<Pronunciation>, };

/**
 * Where the list of dictionaries stands.
 */
export type DictionariesState = { "type": "remembered" } | { "type": "loading" } | { "type": "current" } | { "type": "known", 
/**
 * Why it is not newer.
 */
error: ErrorReport, };

/**
 * All dictionaries.
 */
export type DictionaryList = { 
/**
 * In the service's order.
 */
dictionaries: Array<Dictionary>, 
/**
 * Where they stand.
 */
state: DictionariesState, };

/**
 * Where a word stands in a document that is open.
 */
export type TouchedDocument = { 
/**
 * Its id.
 */
document: number, 
/**
 * What a person knows it by.
 */
title: string, 
/**
 * Sentences with the word.
 */
sentences: number, 
/**
 * Their characters, which a narration buys again when the word is said otherwise.
 */
characters: number, 
/**
 * US dollars for them; `null` when the price of the voice is not known.
 */
price: number | null, };
