//! Opened documents, for the page.

use std::sync::Arc;

use studio::documents::{DocumentState, DocumentView, Page, Piece, ReportLine, SentenceView};

use super::{count, error, remark_kind};
use crate::contract as wire;

pub(super) fn document(view: DocumentView) -> wire::DocumentEntry {
    wire::DocumentEntry {
        id: view.id,
        revision: view.revision,
        file_name: view.file_name,
        title: view.title,
        author: view.author,
        language: view.language,
        characters: count(view.characters),
        chapters: count(view.chapters),
        changed: count(view.changed),
        dialogue: view.dialogue,
        state: match view.state {
            DocumentState::Waiting => wire::DocumentState::Waiting,
            DocumentState::Reading => wire::DocumentState::Reading,
            DocumentState::Ready => wire::DocumentState::Ready,
            DocumentState::Failed(failure) => wire::DocumentState::Failed {
                error: error(&failure),
            },
        },
    }
}

pub(crate) fn outline(page: &Arc<Page>, report: Vec<ReportLine>) -> wire::DocumentOutline {
    wire::DocumentOutline {
        chapters: page
            .chapters()
            .into_iter()
            .map(|chapter| wire::DocumentChapter {
                title: chapter.title,
                depth: chapter.depth.into(),
                first: count(chapter.first),
                sentences: count(chapter.sentences),
            })
            .collect(),
        starts: page.starts().into_iter().map(count).collect(),
        report: report
            .into_iter()
            .map(|line| wire::ReportLine {
                kind: remark_kind(line.kind),
                count: count(line.count),
                example: line.example,
                can_be_undone: line.can_be_undone,
                is_undone: line.is_undone,
            })
            .collect(),
    }
}

pub(crate) fn sentence(view: SentenceView) -> wire::DocumentSentence {
    wire::DocumentSentence {
        start: count(view.start),
        end: count(view.end),
        pieces: view.pieces.into_iter().map(piece).collect(),
        raw: view.raw,
        is_heading: view.is_heading,
        ends_paragraph: view.ends_paragraph,
        is_changed: view.is_changed,
    }
}

fn piece(piece: Piece) -> wire::Piece {
    match piece {
        Piece::Words(text) => wire::Piece::Words { text },
        Piece::Pause(length) => wire::Piece::Pause {
            seconds: length.as_secs_f64(),
        },
        Piece::Voice(name) => wire::Piece::Voice { name },
        Piece::Spell(text) => wire::Piece::Spell { text },
        Piece::Skip(text) => wire::Piece::Skip { text },
    }
}
