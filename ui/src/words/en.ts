// Every word the window shows, in English. Components hold none of their own; a test looks for stray ones.

import {
  bytes,
  clock,
  count,
  duration,
  money,
  monthName,
  plural,
} from "../format";
import type { ErrorCode, ImportRemarkKind } from "../host/contract";

/** What a person reads for each kind of error. How long until the next attempt is shown beside it. */
const errors: Record<ErrorCode, string> = {
  unauthorized:
    "Smallest AI does not accept this key. It may have been rotated or removed.",
  forbidden: "This key cannot use this voice, or your plan’s limit is reached.",
  rateLimited: "Smallest AI is busy with your other requests.",
  rejected: "Smallest AI could not use this text with this voice.",
  unknownVoice: "This voice is no longer available.",
  server: "Smallest AI had a problem.",
  offline:
    "No connection. What is finished is safe. Try again when you are back, or use the built-in voice.",
  untrusted:
    "The connection is not safe, so Peal did not use it. Check this computer’s date and any proxy, then try again.",
  webPage:
    "A web page answered instead of Smallest AI. Sign in to this network, or check your proxy, then try again.",
  timedOut: "Smallest AI did not answer in time. What is finished is safe.",
  cutOff: "The audio was cut off; that sentence is made again.",
  badAnswer: "Smallest AI answered with something that is not speech.",
  nothingToSay:
    "There is nothing to say in this text: it has no words, only signs or spaces.",
  noKey: "This voice needs a Smallest AI key.",
  voiceFailed: "The built-in voice could not say this.",
  notText:
    "This is not a document that Peal reads. It reads text, Markdown, HTML, Word, OpenDocument, RTF, EPUB, PDF and subtitles.",
  tooLarge: "This file is too large. Peal reads files of up to 100 MB.",
  otherKind:
    "This file is not what its name says. Give it the ending that fits what is in it.",
  protected:
    "A password protects this file. Save a copy without one and choose that.",
  locked:
    "The shop that sold this book has put a lock on it, so that only its own apps can open it.",
  picturesOnly:
    "This file holds only pictures of text. Let a program for text recognition make text of it first.",
  damaged:
    "This file is broken or was not copied in full. Get it again from where it came from.",
  tooComplex:
    "This file unpacks to far more than a text does, or is nested far deeper, so Peal did not go on reading it.",
  unreadable:
    "This file cannot be read. It may be open elsewhere or protected.",
  isFolder: "This is a folder. Drop the files that are in it.",
  emptyFile: "There is no text in this file.",
  manyFiles: "One file at a time, please. Nothing was changed.",
  stale: "This sentence has changed meanwhile. Look at it again.",
  dictionaryChanged:
    "A word in it is said otherwise by now, so nothing was bought with the old sound. Make it again: only sentences with that word are bought.",
  inTheWay:
    "Files of these names are in the folder already. Choose another folder, or replace them.",
  madeElsewhere:
    "Another Peal is making this narration now. Wait for it, or stop it there.",
  diskFull:
    "The disk is full. What is finished is safe. Free some space and try again.",
  folderDenied: "Peal may not write into this folder. Choose another one.",
  fileFailed: "The file could not be written.",
  noLoudspeaker: "No loudspeaker found. You can still save the audio.",
  noPreview: "This voice has no recording to try. Press Speak to hear it.",
  keychainLocked: "Your keychain is locked. Unlock it and try again.",
  keychainMissing:
    "This system has no keychain, so the key can only be kept until you close Peal.",
  keychainDenied: "The keychain did not let Peal in.",
  keychainWaiting:
    "The keychain is waiting for you: answer its question, then try again.",
  settingsSalvaged:
    "The settings file was damaged. What could be read was kept; the rest is back to normal.",
  settingsNotSaved:
    "The settings could not be saved. They apply until you close Peal.",
  unexpected: "Something went wrong that Peal did not expect.",
};

export const en = {
  brand: "Peal",
  sample:
    "Hello! I am the voice that comes with Peal. Press Speak to hear me read this, or type something of your own.",

  /** Joined with the words of a button for its tooltip. */
  withShortcut: (label: string, keys: string) => `${label} (${keys})`,
  close: "Close",
  cancel: "Cancel",
  unknownValue: "–",

  rail: {
    label: "Screens",
    speak: "Speak",
    documents: "Documents",
    library: "Library",
    pronunciation: "Pronunciation",
    settings: "Settings",
  },

  account: {
    label: "Smallest AI account",
    starting: "Peal",
    startingMore: "Getting ready…",
    noKey: "No key yet",
    noKeyMore: "Using the built-in voice",
    connected: "Smallest AI",
    inKeychain: "Key in your keychain",
    inSession: "Key for this session only",
    inEnvironment: "Key from the environment",
    checking: "Checking the key…",
    refused: "Key not accepted",
    refusedMore: "Paste a new one",
    noAccess: "Key without access",
    noAccessMore: "See what can be done",
    unreachable: "Key not checked yet",
    unreachableMore: "Smallest AI is out of reach",
    locked: "Keychain locked",
    lockedMore: "Unlock it to use your key",
    waiting: "Keychain is waiting",
    waitingMore: "Answer its question",
    denied: "Keychain said no",
    deniedMore: "See what can be done",
  },

  speak: {
    title: "Speak",
    speak: "Speak",
    speakTip: "Read the text aloud",
    fromCursor: "Speak from the cursor",
    pause: "Pause",
    resume: "Resume",
    stop: "Stop",
    save: "Save audio…",
    saving: "Saving…",
    saveTip: "Save the speech as a WAV file",
    textLabel: "Text to speak",
    placeholder: "Type or paste a text here.",
    reading: "The text being spoken",
    drop: "Drop a text, a Word or PDF file or a whole e-book here, or",
    dropShort: "Drop a file here, or",
    choose: "Choose a file…",
    chooseTip: "Open a text or a document",
    edit: "Edit",
    editTip: "Stop and change the text",
    follow: "Back to the voice",
    followTip: "Scroll along with the voice again",
    clear: "Clear",
    clearTip: "Start with an empty page",
    side: "Voice, speed and price",
    firstSentence: "Making the first sentence…",
    waitingForMore: "Waiting for the next sentence…",
    voiceLoading: "Getting the voice ready…",
  },

  documents: {
    title: "Documents",
    open: "Open files…",
    openTip: "Open texts, books or subtitles",
    emptyTitle: "Drop a book here",
    empty:
      "Text, Markdown, HTML, Word, EPUB, PDF or subtitles, one or many. You see every sentence, fix what you like, and hear it before anything is bought.",
    list: "Opened documents",
    waiting: "Waiting for the files before it…",
    reading: "Reading…",
    chapters: (chapters: number) => plural(chapters, "chapter", "chapters"),
    characters: (characters: number) =>
      plural(characters, "character", "characters"),
    changed: (paragraphs: number) =>
      `${plural(paragraphs, "paragraph", "paragraphs")} changed`,
    separator: " · ",
    remove: (title: string) => `Put ${title} away`,
    cancel: (title: string) => `Do not read ${title}`,
    dismiss: (title: string) => `Send ${title} away`,
    removeQuestion: (title: string, changed: number) =>
      changed > 0
        ? `Put “${title}” away, with your ${plural(changed, "change", "changes")}? The file it came from stays.`
        : `Put “${title}” away? The file it came from stays.`,
    removeYes: "Put away",
    removeNo: "Keep",
    back: "All documents",
    backTip: "Back to the list",
    chapterList: "Chapters",
    untitled: (number: number) =>
      number === 0 ? "Beginning" : `Part ${count(number + 1)}`,
    report: "Report",
    reportCount: (lines: number) => `Report (${count(lines)})`,
    reportTip: "What importing joined, left out or guessed",
    listen: "Listen",
    listenTip: "Hear it from the chosen sentence on",
    text: "Sentences",
    loading: "Reading the document…",
    failed: "This document could not be shown.",
    nothing: "There is nothing to speak in this document.",
    sentenceLabel: (number: number, total: number) =>
      `Sentence ${count(number)} of ${count(total)}`,
    hear: "Hear this sentence",
    fromHere: "Hear from here on",
    edit: "Change this sentence",
    editLabel: "The sentence’s words",
    save: "Keep",
    discard: "Discard",
    restore: "Original words",
    restoreTip: "Give this paragraph its own words back",
    editHelp:
      "Enter keeps it, Esc discards. Empty: not spoken. [pause 1s] makes a pause.",
    isChanged: "Changed by you",
    follow: "Back to the voice",
    pause: (seconds: number) => `pause ${seconds.toLocaleString("en")} s`,
    voice: (name: string) => `voice: ${name}`,
    usualVoice: "usual voice",
    spell: (word: string) => `spell ${word}`,
    skip: (text: string) => `not spoken: ${text}`,
  },

  make: {
    open: "Make audio…",
    openTip: "Price and form first, then the whole document as files",
    title: "Make audio",
    sentences: "Sentences",
    owned: "Characters already yours",
    toBuy: "Characters to buy",
    price: "Price",
    priceUnknown: "not known",
    asOf: (month: string) => ` as of ${month}`,
    length: "Length",
    time: "Time to make it",
    disk: "Room on the disk",
    room: (needed: number, free: number | null) =>
      free === null ? bytes(needed) : `${bytes(needed)} of ${bytes(free)} free`,
    left: (seconds: number) =>
      seconds < 60 ? "less than a minute" : `about ${duration(seconds)}`,
    format: "Format",
    formats: {
      wav: "WAV (uncompressed)",
      mp3: "MP3 (plays everywhere)",
      flac: "FLAC (without loss)",
      opus: "Opus (smallest)",
    },
    split: "Files",
    splits: {
      none: "One file",
      chapter: "One for each chapter",
      paragraph: "One for each paragraph",
    },
    loudness: "Loudness",
    loudnesses: {
      asSpoken: "As the voice speaks",
      podcast: "Podcast (−16 LUFS)",
      audiobook: "Audiobook (−19 LUFS)",
      acx: "As ACX takes it",
    },
    captions: "Captions",
    captionNames: { srt: "SRT", vtt: "WebVTT", lrc: "LRC", json: "JSON" },
    limit: "Spend at most",
    noLimit: "US dollars, no limit",
    folder: "Folder",
    chooseFolder: "Choose…",
    overwrite: "Replace the files that are there",
    begin: "Make audio",
  },

  library: {
    title: "Library",
    narration: "Narration",
    list: "Narrations",
    emptyTitle: "Nothing made yet",
    empty:
      "Open a document and press Make audio. Everything you make stays here: to hear, to find, to make again without paying twice.",
    toDocuments: "Go to Documents",
    states: {
      interrupted: "Interrupted when Peal was closed. Nothing is lost.",
      running: "Working out how long it takes…",
      held: "Smallest AI asks to wait a moment.",
      offline: "No connection. It goes on by itself.",
      pausing: "Finishing what was begun…",
      paused: "Paused",
      spendingLimit: "Your limit is reached.",
      stopped: "Stopped",
      incomplete: "Some sentences failed. Try them again.",
      writing: "Writing the files…",
      finished: "Finished",
      cancelled: "Given up. What was made is kept.",
    },
    done: (done: number, total: number) =>
      `${count(done)} of ${plural(total, "sentence", "sentences")}`,
    progress: (title: string) => `Progress of ${title}`,
    spent: (dollars: string) => `${dollars} spent`,
    files: (files: number, folder: string) =>
      `${plural(files, "file", "files")} in ${folder}`,
    pause: "Pause",
    resume: "Go on",
    retry: (failed: number) =>
      failed === 1
        ? "Try the sentence again"
        : `Try all ${count(failed)} sentences again`,
    failures: (failed: number) =>
      `${plural(failed, "sentence", "sentences")} failed`,
    moreFailures: (more: number) => `and ${count(more)} more`,
    retryOne: "Try again",
    search: "Search the library",
    nothingFound: "Nothing in the library has all these words.",
    rename: (title: string) => `Give ${title} another name`,
    renameLabel: "New name",
    renameSave: "Save",
    export: "Export…",
    exportTip: "Files in another form, from what is yours already",
    exportTitle: "Export again",
    exportMore:
      "Made from the sentences that are yours already. Nothing is bought.",
    exportBegin: "Export",
    play: (title: string) => `Hear ${title}`,
    cancel: (title: string) => `Give up ${title}`,
    remove: (title: string) => `Take ${title} out of the list`,
    cancelQuestion:
      "Give this narration up? What was made is kept and not paid for again.",
    cancelYes: "Give up",
    removeQuestion: "Take this out of the list? Its files stay where they are.",
    removeYes: "Take out",
    no: "Keep",
    newLimit: "New limit in US dollars",
    doubtful: (sentences: number) =>
      `${plural(sentences, "sentence", "sentences")} may not sound right.`,
    unfinished: (title: string) => `${title} is not finished.`,
  },

  pronunciation: {
    title: "Pronunciation",
    intro:
      "How your Smallest AI voices say words: as the letters you write for them. Capital letters count, and only whole words. The built-in voice has its own ways.",
    word: "Word",
    wordExample: "GIF",
    said: "Say it as",
    saidExample: "jiff",
    add: "Add",
    into: "Into",
    newDictionary: "A new dictionary…",
    nameLabel: "Name of the dictionary",
    firstName: "My words",
    unnamed: "Made elsewhere",
    count: (entries: number) => plural(entries, "word", "words"),
    used: "Used when speaking",
    hear: (voice: string) => `Hear it with ${voice}`,
    hearWord: (word: string, voice: string) => `Hear ${word} with ${voice}`,
    change: (word: string) => `Change ${word}`,
    remove: (word: string) => `Take ${word} out`,
    removed: (word: string) => `“${word}” is taken out.`,
    rename: (title: string) => `Give ${title} another name`,
    delete: (title: string) => `Delete ${title}`,
    deleteQuestion: (title: string, entries: number) =>
      `Delete “${title}” with ${plural(entries, "word", "words")} from your Smallest AI account? This cannot be undone.`,
    deleteYes: "Delete",
    search: "Search words",
    nothingFound: "No dictionary has this.",
    loading: "Asking Smallest AI for your words…",
    again: "Try again",
    emptyTitle: "Every word as it is written",
    empty:
      "When a voice says a name or an abbreviation wrong, add it here: how it is written, and how it sounds. Only sentences that have the word are made again.",
    noKeyTitle: "These words are kept in your account",
    noKey:
      "Smallest AI keeps them and its voices follow them, so this needs a key. The built-in voice cannot be taught words.",
    touched: (title: string, sentences: number) =>
      `${plural(sentences, "sentence", "sentences")} of “${title}” ${sentences === 1 ? "has" : "have"} this word.`,
    touchedCost: (characters: number, price: string) =>
      `Made again, that is up to ${plural(characters, "character", "characters")} to buy: ${price}.`,
    touchedFree: "Made again, that costs nothing with this voice.",
    errors: {
      forbidden:
        "This key may not see or change how words are said, or your plan’s limit is reached.",
      offline:
        "No connection. The words shown are those last seen; they can be changed when you are back.",
      rejected: "Smallest AI could not keep this. Try other letters.",
      stale: "This has been changed elsewhere meanwhile. Look at it again.",
      noKey: "This needs a Smallest AI key.",
      nothingToSay: "Write the word, and how it is said.",
    },
  },

  sentenceStates: {
    waiting: "Not made yet",
    making: "Being made",
    ready: "Made",
    doubtful: "May not sound right",
    silent: "Nothing to say",
    failed: "Failed",
  },

  report: {
    title: "What importing did",
    none: "Everything was read as it stands in the file.",
    intro: "Undo what you know better. Your own changes to sentences stay.",
    undo: "Undo",
    redo: "Do it after all",
    undoLabel: (what: string) => `Undo: ${what}`,
    redoLabel: (what: string) => `Do it after all: ${what}`,
    example: (words: string) => `“${words}”`,
    working: "Reading the file again…",
    dialogue: "This is a dialogue",
    dialogueHint:
      "A paragraph like “Anna: Who is there?” is spoken by the voice of that name.",
    undone: {
      encodingGuessed: "The encoding was chosen by you.",
      charactersReplaced: "Unreadable characters stay.",
      controlsRemoved: "Control characters stay.",
      markdownRead: "Markdown signs are spoken as they stand.",
      languageGuessed: "The language is the one the file names.",
      linesJoined: "Each line is a paragraph of its own.",
      hyphensMended: "Words divided at the end of a line stay divided.",
      headingsGuessed: "No line is taken for a heading.",
      tablesGuessed: "No lines are taken for rows of a table.",
      notesDropped: "Notes are spoken.",
      noteMarksDropped: "Signs that point to notes are spoken.",
      pageNumbersDropped: "Page numbers are spoken.",
      runningHeadsDropped: "Lines repeated on every page are spoken.",
      navigationDropped: "Menus and tables of contents are spoken.",
      deletionsDropped: "Deleted passages are spoken.",
      commentsDropped: "Comments are spoken.",
      hiddenDropped: "Hidden text is spoken.",
      codeDropped: "Code is spoken.",
      picturesDropped: "Descriptions of pictures are spoken.",
      readingAidsDropped: "Reading aids beside the words are spoken.",
      cueMarksDropped: "Signs of layout in subtitles are spoken.",
      partsMissing: "Missing parts stay missing.",
    } satisfies Record<ImportRemarkKind, string>,
  },

  overlay: {
    title: "Drop it here",
    more: "Peal reads documents, books, PDF and subtitles of up to 100 MB.",
  },

  voice: {
    title: "Voice",
    change: "Change voice…",
    changeTip: "Choose another voice",
    preview: (name: string) => `Hear ${name}`,
    stopPreview: (name: string) => `Stop the preview of ${name}`,
    builtin: "works offline",
    standard: "Standard",
    pro: "Pro",
    loading: "Looking for voices…",
    separator: " · ",
  },

  speed: {
    title: "Speed",
    value: (speed: number) => `${speed.toFixed(2).replace(/0$/, "")} ×`,
    spoken: (speed: number) => `${speed} times the normal speed`,
    reset: "Normal",
    resetTip: "Back to the voice’s own speed",
  },

  language: {
    title: "Language",
    auto: "Find out by itself",
  },

  facts: {
    title: "What it takes",
    characters: "Characters",
    owned: "Already yours",
    toBuy: "To buy",
    price: "Price",
    free: "free",
    length: "Length",
    about: (seconds: number) =>
      `about ${clock(Math.max(1, Math.round(seconds)))}`,
    buy: (characters: number, price: number | null) =>
      price === null
        ? `${count(characters)} · price not known`
        : `${count(characters)} · ${money(price)}`,
    nothingToBuy: "nothing",
  },

  connect: {
    title: "More natural voices",
    text: "Connect Smallest AI for more than 260 voices in 31 languages. Your key stays in this computer’s keychain.",
    connect: "Connect…",
    dismiss: "Not now",
  },

  player: {
    label: "Player",
    play: "Play",
    position: "Position",
    positionText: (at: string, of: string) => `${at} of ${of}`,
    positionAbout: (at: string, of: string) => `${at} of about ${of}`,
    idle: "Nothing is playing",
    approximately: (time: string) => `≈ ${time}`,
    preview: (name: string) => `Preview: ${name}`,
    volume: "Volume and output",
    volumeSlider: "Volume",
    percent: (part: number) => `${Math.round(part * 100)} %`,
    output: "Output",
    defaultOutput: "System default",
    defaultOutputNamed: (name: string) => `System default (${name})`,
    noOutputs: "No loudspeaker found",
    failed: "The speech stopped because of an error",
    noDevice: "No loudspeaker found",
  },

  picker: {
    title: "Choose a voice",
    search: "Search by name, accent or use",
    searchLabel: "Search voices",
    language: "Language",
    anyLanguage: "Any language",
    gender: "Gender",
    anyGender: "Any gender",
    female: "Female",
    male: "Male",
    pool: "Kind",
    anyPool: "Any kind",
    builtin: "Built-in",
    list: "Voices",
    onThisComputer: "On this computer",
    proVoices: "Lightning Pro",
    standardVoices: "Lightning",
    found: (voices: number) => plural(voices, "voice", "voices"),
    none: "No voice matches.",
    noneMore: "Try another word, or fewer filters.",
    reset: "Show all voices",
    noKey: "More than 260 natural voices are one key away.",
    loading: "Asking Smallest AI for its voices…",
    known:
      "This is the list that came with Peal. The current one could not be fetched, so a voice may be missing.",
    tryAgain: "Try again",
    languages: (codes: number) => plural(codes, "language", "languages"),
    chosen: "In use",
    help: "↑ ↓ to move, Enter to choose",
  },

  notices: {
    label: "Messages",
    dismiss: "Dismiss",
    retrying: "Trying again.",
    retryingIn: (seconds: number) => `Trying again in ${Math.ceil(seconds)} s.`,
    requestId: (id: string) => `Request ${id}`,
    details: "Details",
    copied: "Copied",
    more: (hidden: number) => plural(hidden, "more message", "more messages"),
    replaced: (file: string) => `Replaced by ${file}`,
    cleared: "The page is empty",
    interrupted: (title: string, done: number, total: number) =>
      `${title} was not finished: ${count(done)} of ${plural(total, "sentence is", "sentences are")} there.`,
    severalInterrupted: (narrations: number) =>
      `${plural(narrations, "narration was", "narrations were")} not finished.`,
    interruptedMore: "What is there is not paid for again.",
    notNow: "Not now",
    undo: "Undo",
    reading: (file: string) => `Reading ${file}…`,
    saving: (file: string, done: number, total: number) =>
      `Saving ${file}: ${count(done)} of ${plural(total, "sentence", "sentences")}`,
    saved: (file: string, folder: string, seconds: number) =>
      `Saved ${file} (${clock(seconds)}) in ${folder}`,
    reveal: "Show in folder",
    lost: "The window lost touch with Peal. Trying to get it back…",
  },

  remarks: {
    encodingGuessed: (detail: string) =>
      `The file does not say how it is encoded; Peal took it for ${detail}.`,
    charactersReplaced: (detail: string) =>
      `Some characters could not be read and became � (${detail}).`,
    controlsRemoved: (detail: string) =>
      `Invisible control characters were left out (${detail}).`,
    markdownRead: () => "Read as Markdown: signs like # and * are not spoken.",
    languageGuessed: (detail: string) =>
      `The language was taken from the text (${detail}).`,
    linesJoined: (detail: string) =>
      `Lines broken for the page are whole paragraphs again (${detail}).`,
    hyphensMended: (detail: string) =>
      `Words divided at the end of a line are whole again (${detail}).`,
    headingsGuessed: (detail: string) =>
      `Lines that look like headings are read as headings (${detail}).`,
    tablesGuessed: (detail: string) =>
      `Lines that stand in columns are read as rows of a table (${detail}).`,
    notesDropped: (detail: string) => `Notes are not spoken (${detail}).`,
    noteMarksDropped: (detail: string) =>
      `Signs that point to notes are not spoken (${detail}).`,
    pageNumbersDropped: (detail: string) =>
      `Page numbers are not spoken (${detail}).`,
    runningHeadsDropped: (detail: string) =>
      `Lines repeated on every page are not spoken (${detail}).`,
    navigationDropped: (detail: string) =>
      `Menus and tables of contents are not spoken (${detail}).`,
    deletionsDropped: (detail: string) =>
      `Deleted passages are not spoken (${detail}).`,
    commentsDropped: (detail: string) => `Comments are not spoken (${detail}).`,
    hiddenDropped: (detail: string) => `Hidden text is not spoken (${detail}).`,
    codeDropped: (detail: string) => `Code is not spoken (${detail}).`,
    picturesDropped: (detail: string) => `Pictures are not spoken (${detail}).`,
    readingAidsDropped: (detail: string) =>
      `Reading aids beside the words are not spoken (${detail}).`,
    cueMarksDropped: (detail: string) =>
      `Signs of layout in subtitles are not spoken (${detail}).`,
    partsMissing: (detail: string) =>
      `A part of the file is missing or damaged and is not spoken: ${detail}.`,
  },

  errors,

  remedies: {
    pasteKey: "Paste a new key",
    connect: "Connect…",
    openConsole: "Open console",
    chooseVoice: "Choose another voice",
    useBuiltin: "Use built-in voice",
    pause: "Pause",
    tryAgain: "Try again",
    settings: "Settings",
    chooseFile: "Choose another file",
    saveElsewhere: "Save elsewhere…",
    useForSession: "Use for this session",
    copyDetails: "Copy details",
  },

  key: {
    title: "Connect Smallest AI",
    intro:
      "Peal speaks with the voices of your own Smallest AI account. You pay Smallest AI for what is made, and nothing to us.",
    step1: "Sign in to Smallest AI",
    step1More: "A free account is enough to begin.",
    openConsole: "Open console",
    step2: "Create an API key and copy it",
    step2More: "Under API keys, press Create, then Copy.",
    step3: "Come back and paste it",
    step3More:
      "Peal takes it from the clipboard straight into the keychain. This window never sees it.",
    paste: "Paste key",
    type: "Type it instead",
    done: "Done",
    chooseVoice: "Choose a voice",
    clearClipboard: "Clear clipboard",
    clipboardHolds: "The clipboard still holds the key.",
    checking: "Asking Smallest AI…",
    tryAgain: "Try again",
    useForSession: "Use for this session only",
    openKeys: "Open API keys",

    noKeyInClipboard: "There is no key in the clipboard.",
    noKeyInClipboardMore:
      "Copy the key in the console, then press Paste key. A key is one long word without spaces.",
    refused: "Smallest AI does not accept this key.",
    refusedMore:
      "It may be incomplete, rotated or removed. Copy it again, or create a new one.",
    noAccess: "The key is right, but it may not use speech.",
    noAccessMore:
      "Your plan may not include it, or its limit is reached. Look at your plan in the console; nothing has been spent.",
    unreachable: "Smallest AI is out of reach. The key is kept.",
    unreachableMore:
      "Peal checks it when you are back online. Until then, the built-in voice works.",
    accepted: "Connected.",
    acceptedVoices: (voices: number) =>
      `${plural(voices, "voice is", "voices are")} ready.`,
    acceptedMore: "Your voices are on their way.",
    acceptedKeychain: "The key is in your keychain.",
    acceptedSession: "The key is kept until you close Peal.",

    keychainMissing: "This system has no keychain.",
    keychainMissingMore:
      "Peal never writes a key into a file. It can keep this one in memory until you close the window.",
    keychainLocked: "Your keychain is locked.",
    keychainLockedMore:
      "Unlock it and try again, or use the key until you close the window.",
    keychainDenied: "The keychain did not let Peal in.",
    keychainDeniedMore:
      "Allow Peal in the keychain’s own settings and try again, or use the key until you close the window.",
    keychainWaiting: "The keychain is waiting for you.",
    keychainWaitingMore:
      "It has opened a window of its own, perhaps behind this one. Answer it, or use the key until you close Peal.",
    keychainUnknown: "The key could not be put into the keychain.",
    keychainUnknownMore:
      "Try again, or use the key until you close the window.",
  },

  keyWindow: {
    title: "Type your Smallest AI key",
    explanation:
      "This small window is closed for good as soon as you press Connect, and the key with it.",
    label: "API key",
    submit: "Connect",
    cancel: "Cancel",
    failed: "That did not work. Please try once more.",
  },

  settings: {
    title: "Settings",
    account: "Smallest AI",
    accountNone:
      "No key. Peal speaks with the built-in voice, which needs none.",
    accountAccepted: "Connected",
    accountUnknown: "A key is there; it is checked when it is first used.",
    accountChecking: "Checking the key…",
    accountRefused: "Smallest AI does not accept this key.",
    accountNoAccess: "The key is right, but it may not use speech.",
    accountUnreachable: "Smallest AI is out of reach; the key is kept.",
    connect: "Connect…",
    replace: "Replace key…",
    check: "Check again",
    forget: "Forget key",
    forgetAsk:
      "Forget the key? Peal removes it from the keychain. At Smallest AI it stays valid.",
    forgetYes: "Forget it",
    forgetNo: "Keep it",
    environment:
      "It comes from SMALLEST_API_KEY. To remove it, unset that variable and start Peal again.",
    tryKeychain: "Try the keychain again",

    sound: "Sound",
    output: "Output",
    outputMore:
      "Where speech is heard. A vanished device is replaced by the default.",
    volume: "Volume",

    look: "Look",
    theme: "Theme",
    system: "As the system",
    light: "Light",
    dark: "Dark",

    prices: "Prices",
    pricesMore:
      "Smallest AI does not tell prices to programs. Peal reckons with these figures; put in those of your plan.",
    standardPrice: "Lightning voices",
    proPrice: "Lightning Pro voices",
    currency: "$",
    perTenThousand: "US$ per 10,000 characters",
    asOf: (month: string) => `as of ${monthName(month)}`,
    openPricing: "Open price list",

    requests: "Requests at once",
    requestsMore:
      "How many requests your plan lets you have open. More is faster; too many and Smallest AI asks Peal to wait.",
    kept: "Room for what is kept",
    keptMore:
      "Every sentence you bought stays on this computer, so that you never pay for it twice. Beyond this, those unused for longest go first; never what an unfinished narration needs.",
    gigabytes: "GB",
    fewer: "Fewer",
    more: "More",

    about: "About",
    version: (version: string) => `Peal ${version}`,
    aboutMore: "No telemetry, no account of ours.",
    project: "Project page",
  },
};

export type Words = typeof en;
