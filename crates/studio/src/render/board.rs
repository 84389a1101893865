//! How each piece and each segment of a render stands, with sums that are kept up rather than counted again: a book has
//! tens of thousands of segments, and its view is asked for after each of them.

use std::collections::BTreeSet;

use narration::render::schedule::State;

use super::view::SegmentState;

/// The state of every segment. Segments with the same words and voice share a piece, and so its state.
pub(super) struct Board {
    pieces: Vec<Piece>,
    piece_of: Vec<usize>,
    done: usize,
    failed: BTreeSet<usize>,
    doubtful: BTreeSet<usize>,
    characters: usize,
    characters_left: usize,
    characters_ready: usize,
}

struct Piece {
    state: SegmentState,
    characters: usize,
    segments: Vec<usize>,
}

impl Board {
    /// All pieces waiting: the characters of each, and which segment is which piece.
    pub(super) fn new(characters: impl IntoIterator<Item = usize>, piece_of: Vec<usize>) -> Self {
        let piece = |characters| Piece {
            state: State::Waiting,
            characters,
            segments: Vec::new(),
        };
        let mut pieces: Vec<Piece> = characters.into_iter().map(piece).collect();
        for (segment, &piece) in piece_of.iter().enumerate() {
            pieces[piece].segments.push(segment);
        }
        let characters = pieces.iter().map(|piece| piece.characters).sum();
        Self {
            pieces,
            piece_of,
            done: 0,
            failed: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            characters,
            characters_left: characters,
            characters_ready: 0,
        }
    }

    /// A piece stands like this now.
    pub(super) fn set(&mut self, piece: usize, state: &SegmentState) {
        let Some(known) = self.pieces.get_mut(piece) else {
            return;
        };
        let before = std::mem::replace(&mut known.state, state.clone());
        for (state, is_new) in [(&before, false), (state, true)] {
            let count = |sum: &mut usize, more: usize| {
                *sum = if is_new { *sum + more } else { *sum - more };
            };
            match state {
                State::Waiting | State::Making => {
                    count(&mut self.characters_left, known.characters);
                }
                State::Ready | State::Doubtful => {
                    count(&mut self.characters_ready, known.characters);
                    count(&mut self.done, known.segments.len());
                }
                State::Silent => count(&mut self.done, known.segments.len()),
                State::Failed(_) => {}
            }
            let noted = match state {
                State::Failed(_) => &mut self.failed,
                State::Doubtful => &mut self.doubtful,
                _ => continue,
            };
            for &segment in &known.segments {
                if is_new {
                    noted.insert(segment);
                } else {
                    noted.remove(&segment);
                }
            }
        }
    }

    /// Segments.
    pub(super) fn total(&self) -> usize {
        self.piece_of.len()
    }

    /// Segments whose takes are there, or that have nothing to say.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Segments that failed, in order.
    pub(super) fn failed(&self) -> &BTreeSet<usize> {
        &self.failed
    }

    /// Segments whose takes sound wrong, in order.
    pub(super) fn doubtful(&self) -> &BTreeSet<usize> {
        &self.doubtful
    }

    /// Of all pieces.
    pub(super) fn characters(&self) -> usize {
        self.characters
    }

    /// Of the pieces that are still to be made.
    pub(super) fn characters_left(&self) -> usize {
        self.characters_left
    }

    /// Of the pieces that are there.
    pub(super) fn characters_ready(&self) -> usize {
        self.characters_ready
    }

    /// The piece of a segment.
    pub(super) fn piece_of(&self, segment: usize) -> Option<usize> {
        self.piece_of.get(segment).copied()
    }

    /// How segments stand, from the `from`-th on.
    pub(super) fn segments(&self, from: usize, count: usize) -> Vec<SegmentState> {
        let segments = self.piece_of.iter().skip(from).take(count);
        segments
            .map(|&piece| self.pieces[piece].state.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn sums_follow_every_change_and_equal_segments_stand_alike() {
        let mut board = Board::new([10, 7], vec![0, 1, 0]);
        assert_eq!((board.characters(), board.characters_left()), (17, 17));
        board.set(0, &State::Ready);
        assert_eq!((board.done(), board.characters_ready()), (2, 10));
        board.set(0, &State::Doubtful);
        assert!(board.doubtful().iter().eq(&[0, 2]));
        assert_eq!((board.done(), board.characters_left()), (2, 7));
        board.set(0, &State::Failed(FailureKind::Server));
        assert!(board.failed().iter().eq(&[0, 2]) && board.doubtful().is_empty());
        assert_eq!((board.done(), board.characters_ready()), (0, 0));
        board.set(0, &State::Making);
        board.set(1, &State::Silent);
        assert_eq!((board.done(), board.characters_left()), (1, 10));
        let states = board.segments(1, 9);
        assert_eq!(states, [State::Silent, State::Making]);
    }
}
