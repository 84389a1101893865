// The documents of the fake host: texts cut at their full stops, with edits and a report, as the program would tell them.

import type {
  DocumentEntry,
  DocumentOutline,
  DocumentSentence,
  ErrorReport,
  ImportRemarkKind,
  Piece,
  ReportLine,
} from "./contract";
import { characterCount } from "../format";

interface Sentence {
  raw: string;
  original: string;
  chapter: number;
  isHeading: boolean;
  endsParagraph: boolean;
}

export interface FakeDocument {
  entry: DocumentEntry;
  chapters: string[];
  sentences: Sentence[];
  report: ReportLine[];
}

/** `# Heading` begins a chapter, an empty line a paragraph. */
export function fakeDocument(
  id: number,
  fileName: string,
  text: string,
  more: Partial<DocumentEntry> = {},
): FakeDocument {
  const chapters: string[] = [];
  const sentences: Sentence[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    const isHeading = paragraph.startsWith("# ");
    const words = paragraph.replace(/^# /, "").trim();
    if (words === "") continue;
    if (isHeading) chapters.push(words);
    else if (chapters.length === 0) chapters.push("");
    const cut = isHeading
      ? [words]
      : (words.match(/(?:\[[^\]]*\]|[^.!?[])+[.!?]*/g) ?? [words]);
    cut.forEach((raw, index) => {
      sentences.push({
        raw: raw.trim(),
        original: raw.trim(),
        chapter: chapters.length - 1,
        isHeading,
        endsParagraph: index === cut.length - 1,
      });
    });
  }
  return {
    entry: {
      id,
      revision: 1,
      fileName,
      title: fileName.replace(/\.\w+$/, ""),
      author: null,
      language: "en",
      characters: characterCount(text),
      chapters: chapters.length,
      changed: 0,
      dialogue: false,
      state: { type: "ready" },
      ...more,
    },
    chapters,
    sentences,
    report: [],
  };
}

export function textOf({ sentences }: FakeDocument): string {
  return sentences
    .map(({ raw, endsParagraph }) => raw + (endsParagraph ? "\n\n" : " "))
    .join("");
}

/** Where each sentence starts in the text, and where the last one ends. */
function startsOf({ sentences }: FakeDocument): number[] {
  const starts = [0];
  let at = 0;
  for (const { raw, endsParagraph } of sentences) {
    at += raw.length + (endsParagraph ? 2 : 1);
    starts.push(at);
  }
  return starts;
}

export function outlineOf(document: FakeDocument): DocumentOutline {
  return {
    chapters: document.chapters.map((title, chapter) => {
      const own = document.sentences.filter((one) => one.chapter === chapter);
      return {
        title,
        depth: 0,
        first: document.sentences.indexOf(own[0]!),
        sentences: own.length,
      };
    }),
    starts: startsOf(document),
    report: document.report,
  };
}

export function sentencesOf(
  document: FakeDocument,
  from: number,
  count: number,
): DocumentSentence[] {
  const starts = startsOf(document);
  return document.sentences.slice(from, from + count).map((one, index) => ({
    start: starts[from + index]!,
    end: starts[from + index]! + one.raw.length,
    pieces: piecesOf(one.raw),
    raw: one.raw,
    isHeading: one.isHeading,
    endsParagraph: one.endsParagraph,
    isChanged: one.raw !== one.original,
  }));
}

function piecesOf(raw: string): Piece[] {
  return raw
    .split(/(\[[^\]]*\])/)
    .filter((part) => part !== "")
    .map((part): Piece => {
      const [, name, value] = /^\[(\w+):? ?([^\]]*)\]$/.exec(part) ?? [];
      switch (name) {
        case "pause":
          return { type: "pause", seconds: parseFloat(value ?? "1") };
        case "voice":
          return { type: "voice", name: value || null };
        case "spell":
          return { type: "spell", text: value ?? "" };
        case "skip":
          return { type: "skip", text: value ?? "" };
        default:
          return { type: "words", text: part };
      }
    });
}

/** Gives a sentence other words, or refuses. */
export function changeSentence(
  document: FakeDocument,
  index: number,
  before: string,
  text: (sentence: Sentence) => string,
  stale: ErrorReport,
): void {
  const sentence = document.sentences[index];
  if (sentence === undefined || sentence.raw !== before) throw stale;
  sentence.raw = text(sentence);
  if (sentence.raw === "") document.sentences.splice(index, 1);
  const changed = document.sentences.filter((one) => one.raw !== one.original);
  document.entry = {
    ...document.entry,
    revision: document.entry.revision + 1,
    changed: changed.length,
  };
}

export function undoReport(
  document: FakeDocument,
  kind: ImportRemarkKind,
  undone: boolean,
): void {
  document.report = document.report.map((line) =>
    line.kind === kind ? { ...line, isUndone: undone } : line,
  );
  document.entry = {
    ...document.entry,
    revision: document.entry.revision + 1,
  };
}
