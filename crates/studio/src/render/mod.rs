//! Narrations in the making: a text of any length becomes files, whatever happens meanwhile.
//!
//! What it is: the driver of [`narration::render::schedule`], what is on disk of it ([`record`]), and what is shown of
//! it ([`RenderView`]). What it is not: the decision what comes next, which is pure and elsewhere.
//!
//! Invariants: a render can be ended at any instant, and goes on with what is missing; a take counts once it is on the
//! disk; one process makes a narration at a time.

mod driver;
mod finish;
pub mod record;
mod view;

use std::path::PathBuf;

use narration::document::Document;
use narration::render::Order;
use narration::render::order::{KeptDelivery, Segment};
use narration::script::Script;
use narration::synthesis::Delivery;

pub use driver::{Limits, Render};
pub use record::{FinishedFile, Library, Output, Progress, Record, Refusal, Request, Split, Stage};
pub use view::{RenderState, RenderView, SegmentState};

use crate::speech::pause_after;

/// What to make of a document.
pub fn order(document: &Document, script: &Script, delivery: &Delivery) -> Order {
    let mut paragraph = 0;
    let segment = |segment: &narration::script::Segment| {
        let made = Segment {
            text: segment.speech(&document.text),
            voice: None,
            pause: pause_after(segment).as_millis() as u64,
            chapter: chapter_at(document, segment.range.start),
            paragraph,
        };
        paragraph += usize::from(segment.ends_paragraph);
        made
    };
    Order {
        title: document.title.clone(),
        author: document.author.clone(),
        delivery: KeptDelivery::from(delivery),
        segments: script.segments.iter().map(segment).collect(),
        chapters: document
            .chapters
            .iter()
            .map(|chapter| chapter.title.clone())
            .collect(),
    }
}

/// Index of the chapter that holds this byte of the text.
fn chapter_at(document: &Document, byte: usize) -> usize {
    let begins_before = |chapter: &narration::document::Chapter| {
        let first = document.blocks.get(chapter.blocks.start);
        first.is_none_or(|block| block.range.start <= byte)
    };
    let begun = document.chapters.partition_point(begins_before);
    begun.saturating_sub(1)
}

/// The files that will be made.
pub fn files(request: &Request) -> Vec<PathBuf> {
    finish::plan(request)
        .into_iter()
        .map(|(path, _)| path)
        .collect()
}
