//! Narrations in the making: a text of any length becomes files, whatever happens meanwhile.
//!
//! What it is: the driver of [`narration::render::schedule`], what is on disk of it ([`record`]), and what is shown of
//! it ([`RenderView`]). What it is not: the decision what comes next, which is pure and elsewhere.
//!
//! Invariants: a render can be ended at any instant, and goes on with what is missing; a take counts once it is on the
//! disk; one process makes a narration at a time.

mod board;
mod driver;
mod finish;
mod fitting;
mod handle;
mod judge;
mod names;
mod pace;
pub mod record;
#[cfg(test)]
mod tests;
mod view;

use std::path::{Path, PathBuf};

use narration::document::Document;
use narration::encode::Cover;
use narration::render::Order;
use narration::render::order::{KeptDelivery, Picture, Segment};
use narration::script::Script;

pub use handle::{Limits, Render};
pub use names::{NameTemplate, TemplateError};
pub use record::{FinishedFile, Late, Library, Output, Progress, Record, Refusal, Request, Stage};
pub use view::{RenderState, RenderView, SegmentState};

use crate::casting::Casting;
use crate::failure::Failure;

/// Bytes of a cover that is kept with what to make.
const LARGEST_COVER: usize = 3_000_000;

/// What to make of a document.
pub fn order(document: &Document, script: &Script, casting: &Casting) -> Order {
    let segment = |segment: &narration::script::Segment| {
        let delivery = casting.delivery(segment);
        Segment {
            text: segment.speech(&document.text),
            voice: (delivery != casting.main()).then(|| delivery.voice.to_string()),
            pause: segment.pause_after.as_millis() as u64,
            chapter: segment.chapter,
            paragraph: segment.block,
            ..Segment::default()
        }
    };
    let mut segments: Vec<Segment> = script.segments.iter().map(segment).collect();
    if let Some(first) = segments.first_mut()
        && !script.pause_before.is_zero()
    {
        first.begins = Some(script.pause_before.as_millis() as u64);
    }
    // What is no picture for players, or so large that a library of books would feel it, is left out.
    let cover = document.cover.as_ref().filter(|cover| {
        cover.bytes.len() <= LARGEST_COVER && Cover::new(cover.bytes.clone()).is_some()
    });
    fitting::fit(document, casting.main().speed, &mut segments);
    Order {
        title: document.title.clone(),
        author: document.author.clone(),
        cover: cover.map(|cover| Picture(cover.bytes.clone())),
        delivery: KeptDelivery::from(casting.main()),
        segments,
        chapters: document
            .chapters
            .iter()
            .map(|chapter| chapter.title.clone())
            .collect(),
    }
}

/// The files that will be made, subtitles among them.
pub fn files(request: &Request) -> Vec<PathBuf> {
    finish::plan(request)
        .into_iter()
        .flat_map(|planned| planned.paths().map(PathBuf::from).collect::<Vec<_>>())
        .collect()
}

/// Whether this file is a picture that can be a cover.
///
/// # Errors
/// [`FailureKind::Unreadable`](crate::failure::FailureKind::Unreadable) when it is not.
pub fn check_cover(path: &Path) -> Result<(), Failure> {
    finish::cover(path).map(drop)
}
