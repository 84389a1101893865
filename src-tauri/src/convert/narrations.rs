//! Narrations, for the page and from it.

use narration::assembly::{Finish, Split};
use narration::captions::CaptionFormat;
use narration::encode::Format;
use studio::quote::Estimate;
use studio::render::{Output, RenderState, SegmentState};
use studio::{NarrationState, NarrationView, import};

use super::{count, error};
use crate::contract as wire;

/// Millionths of a dollar.
pub(crate) fn millionths(dollars: Option<f64>) -> Option<u64> {
    dollars.map(|dollars| (dollars.max(0.0) * 1e6) as u64)
}

fn dollars(millionths: u64) -> f64 {
    millionths as f64 / 1e6
}

/// What the files are to be; where they go is the studio's own affair.
pub(crate) fn output(wish: &wire::NarrationWish) -> Output {
    let captions = wish.captions.iter().map(|captions| match captions {
        wire::NarrationCaptions::Srt => CaptionFormat::Srt,
        wire::NarrationCaptions::Vtt => CaptionFormat::Vtt,
        wire::NarrationCaptions::Lrc => CaptionFormat::Lrc,
        wire::NarrationCaptions::Json => CaptionFormat::Json,
    });
    Output {
        format: match wish.format {
            wire::NarrationFormat::Wav => Format::Wav,
            wire::NarrationFormat::Mp3 => Format::Mp3,
            wire::NarrationFormat::Flac => Format::Flac,
            wire::NarrationFormat::Opus => Format::Opus,
        },
        split: match wish.split {
            wire::NarrationSplit::None => Split::None,
            wire::NarrationSplit::Chapter => Split::Chapter,
            wire::NarrationSplit::Paragraph => Split::Paragraph,
        },
        loudness: match wish.loudness {
            wire::NarrationLoudness::AsSpoken => Finish::AsSpoken,
            wire::NarrationLoudness::Podcast => Finish::Podcast,
            wire::NarrationLoudness::Audiobook => Finish::Audiobook,
            wire::NarrationLoudness::Acx => Finish::Acx,
        },
        captions: captions.collect(),
        overwrite: wish.overwrite,
        ..Output::default()
    }
}

pub(crate) fn narration_quote(estimate: Estimate) -> wire::NarrationQuote {
    wire::NarrationQuote {
        sentences: count(estimate.segments),
        characters: count(estimate.characters),
        owned: count(estimate.owned),
        to_buy: count(estimate.to_buy),
        price: estimate.price,
        price_as_of: estimate.price_as_of,
        seconds: estimate.seconds,
        seconds_to_make: estimate.seconds_to_make,
        bytes: estimate.bytes as f64,
        bytes_free: estimate.bytes_free.map(|bytes| bytes as f64),
    }
}

pub(super) fn narration(view: NarrationView) -> wire::Narration {
    wire::Narration {
        id: view.id,
        title: view.title,
        author: view.author,
        voice: view.voice,
        state: state(view.state),
        total: count(view.total),
        done: count(view.done),
        failed: view
            .failed
            .iter()
            .map(|(segment, failure)| wire::FailedSentence {
                segment: count(*segment),
                error: error(failure),
            })
            .collect(),
        doubtful: count(view.doubtful),
        spent: dollars(view.spent),
        seconds_left: view.seconds_left,
        limit: view.limit.map(dollars),
        seconds: view.files.iter().map(|file| file.seconds).sum(),
        loudness: view.files.first().and_then(|file| file.loudness),
        files: view
            .files
            .iter()
            .map(|file| import::file_name(&file.path))
            .collect(),
        folder: import::file_name(&view.folder),
        document: view.document,
    }
}

fn state(state: NarrationState) -> wire::NarrationState {
    use wire::NarrationState as Wire;
    match state {
        NarrationState::Interrupted => Wire::Interrupted,
        NarrationState::Finished | NarrationState::Here(RenderState::Finished) => Wire::Finished,
        NarrationState::Cancelled | NarrationState::Here(RenderState::Cancelled) => Wire::Cancelled,
        NarrationState::Here(RenderState::Running) => Wire::Running,
        NarrationState::Here(RenderState::Held(wait)) => Wire::Held {
            seconds: wait.as_secs_f64(),
        },
        NarrationState::Here(RenderState::Offline) => Wire::Offline,
        NarrationState::Here(RenderState::Pausing) => Wire::Pausing,
        NarrationState::Here(RenderState::Paused) => Wire::Paused,
        NarrationState::Here(RenderState::SpendingLimit) => Wire::SpendingLimit,
        NarrationState::Here(RenderState::Stopped(failure)) => Wire::Stopped {
            error: error(&failure),
        },
        NarrationState::Here(RenderState::Incomplete) => Wire::Incomplete,
        NarrationState::Here(RenderState::Writing(share)) => Wire::Writing { share },
    }
}

pub(crate) fn sentence_state(state: Option<SegmentState>) -> wire::SentenceState {
    use wire::SentenceState as Wire;
    match state {
        None => Wire::None,
        Some(SegmentState::Waiting) => Wire::Waiting,
        Some(SegmentState::Making) => Wire::Making,
        Some(SegmentState::Ready) => Wire::Ready,
        Some(SegmentState::Doubtful) => Wire::Doubtful,
        Some(SegmentState::Silent) => Wire::Silent,
        Some(SegmentState::Failed(_)) => Wire::Failed,
    }
}
