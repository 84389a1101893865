//! Subtitles that are spoken: each begins when it is shown, and is spoken faster where there is too little time. Pure.

use narration::document::{BlockKind, Document};
use narration::render::order::Segment;
use waves::Speed;

use crate::speech::SECONDS_PER_CHARACTER;

/// Faster than this, a voice is not comfortable to listen to; then the next subtitle begins late, and that is told.
const FASTEST: f64 = 1.35;
/// Speeds are so far apart, so that equal words at nearly equal speeds share a take.
const STEP: f64 = 0.05;
/// What is left free before the next subtitle, in seconds.
const BREATH: f64 = 0.08;

/// Gives the segments of subtitles their beginnings, and a speed where they need one.
pub(super) fn fit(document: &Document, usual: Speed, segments: &mut [Segment]) {
    let shown = |block: usize| match document.blocks.get(block).map(|block| block.kind) {
        Some(BlockKind::Cue { start, end }) => Some((start.as_secs_f64(), end.as_secs_f64())),
        _ => None,
    };
    let mut at = 0;
    while at < segments.len() {
        let block = segments[at].paragraph;
        let over = at
            + segments[at..]
                .iter()
                .take_while(|segment| segment.paragraph == block)
                .count();
        let next = segments
            .get(over)
            .and_then(|segment| shown(segment.paragraph));
        if let Some((start, end)) = shown(block) {
            let cue = &mut segments[at..over];
            cue[0].begins = Some((start * 1_000.0).round() as u64);
            let room = next.map_or(end, |(next, _)| next) - start - BREATH;
            if let Some(speed) = speed(cue, room, usual.factor()) {
                for segment in cue {
                    segment.speed = Some(speed);
                }
            }
        }
        at = over;
    }
}

/// How fast a subtitle must be spoken; nothing where there is time enough.
fn speed(cue: &[Segment], room: f64, usual: f64) -> Option<f64> {
    let characters: usize = cue.iter().map(|segment| segment.text.chars().count()).sum();
    let pauses: u64 = cue[..cue.len() - 1]
        .iter()
        .map(|segment| segment.pause)
        .sum();
    let needed = characters as f64 * SECONDS_PER_CHARACTER / usual;
    let room = (room - pauses as f64 / 1_000.0).max(0.1);
    let factor = (needed / room).min(FASTEST);
    let speed = ((usual * factor / STEP).ceil() * STEP).min(2.0);
    (factor > 1.0 && speed > usual).then_some(speed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use narration::document::{ImportOptions, import};

    #[test]
    fn subtitles_begin_when_they_are_shown_and_hurry_only_where_they_must() {
        let text = "1\n00:00:01,000 --> 00:00:04,000\nThere is time.\n\n\
                    2\n00:00:05,000 --> 00:00:06,500\nThis one has to be spoken faster.\n\n\
                    3\n00:00:07,000 --> 00:00:07,500\nAnd for all of this there is not time enough.\n";
        let document = import("film.srt", text.as_bytes(), &ImportOptions::default()).unwrap();
        let mut segments: Vec<Segment> = document
            .blocks
            .iter()
            .enumerate()
            .map(|(paragraph, block)| Segment {
                text: document.text[block.range.clone()].to_owned(),
                paragraph,
                ..Segment::default()
            })
            .collect();
        fit(&document, Speed::default(), &mut segments);
        let begun: Vec<_> = segments.iter().map(|segment| segment.begins).collect();
        assert_eq!(begun, [Some(1_000), Some(5_000), Some(7_000)]);
        assert_eq!(segments[0].speed, None);
        let faster = segments[1].speed.unwrap();
        assert!((1.05..1.3).contains(&faster), "{faster}");
        assert_eq!(segments[2].speed, Some(1.35));
        assert!(Duration::from_millis(segments[2].begins.unwrap()) < Duration::from_secs(8));
    }
}
