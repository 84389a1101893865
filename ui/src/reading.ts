// From a text and its marks to the pieces the read view shows. Pure.

import type { Mark } from "./host/contract";

export interface Piece {
  start: number;
  text: string;
  /** Index of the mark this piece is the sentence of; `null` for what stands between. */
  mark: number | null;
}

/** Joined, the pieces are the text again, whatever the marks say: overlapping or unordered ones are left out. */
export function piecesOf(text: string, marks: readonly Mark[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  marks.forEach((mark, index) => {
    if (mark.start < at || mark.end <= mark.start || mark.end > text.length) {
      return;
    }
    if (mark.start > at) {
      pieces.push({ start: at, text: text.slice(at, mark.start), mark: null });
    }
    pieces.push({
      start: mark.start,
      text: text.slice(mark.start, mark.end),
      mark: index,
    });
    at = mark.end;
  });
  if (at < text.length) {
    pieces.push({ start: at, text: text.slice(at), mark: null });
  }
  return pieces;
}

/** How far to scroll so that `top`–`bottom` (relative to the view's top) is comfortably in sight; 0 when it is. */
export function scrollToFollow(
  top: number,
  bottom: number,
  viewHeight: number,
): number {
  const comfortable = top >= viewHeight * 0.08 && bottom <= viewHeight * 0.78;
  return comfortable ? 0 : top - viewHeight * 0.25;
}
