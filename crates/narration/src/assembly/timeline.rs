//! Where every clip will be in its file, pure: from what is known of the takes, before a sample is written.

use std::ops::Range;
use std::time::Duration;

use super::{Clip, Part, samples_of};

/// What is kept of a take before its speech, if it is there: a soft consonant may begin unseen.
const LEAD: Duration = Duration::from_millis(25);
/// What is kept of a take after its speech: the last sound rings.
const RING: Duration = Duration::from_millis(60);
/// The share of a pause that the ringing of the clip before may take.
const RING_SHARE: f64 = 0.6;

/// What is known of a take: samples of the finished file, not of the take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// There before the speech.
    pub(super) before: u64,
    /// The speech.
    pub(super) speech: u64,
    /// There after the speech.
    pub(super) after: u64,
}

/// Where a clip is in its file. Samples of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The clip.
    pub(super) clip: usize,
    /// Where the speech begins.
    pub(super) speech: u64,
    /// Samples of the take that are kept before the speech.
    pub(super) lead: u64,
    /// How long the speech is.
    pub(super) length: u64,
    /// Samples of the take that are kept after the speech.
    pub(super) ring: u64,
    /// By how much the speech begins later than was asked.
    pub(super) late: u64,
}

impl Place {
    /// Everything of the take that is kept.
    pub(super) fn kept(&self) -> Range<u64> {
        self.speech - self.lead..self.speech + self.length + self.ring
    }
}

/// One file: its clips in order, none overlapping, and its length in samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline {
    /// The clips that are heard.
    pub(super) places: Vec<Place>,
    /// Samples in all.
    pub(super) length: u64,
}

/// Lays the clips of a part on a timeline of `rate` samples a second. `takes` says what is known of each clip of the part;
/// `None` is a clip that is not heard. `margins` are the silence before the first speech and after the last.
pub(super) fn timeline(
    clips: &[Clip],
    part: &Part,
    takes: &[Option<Shape>],
    rate: u32,
    margins: (Duration, Duration),
) -> Timeline {
    let (lead, ring) = (samples_of(LEAD, rate), samples_of(RING, rate));
    let head = samples_of(margins.0, rate);
    let mut places: Vec<Place> = Vec::new();
    // What comes between the end of the last speech and the next; the sum when clips in between are not heard.
    let mut pause = Duration::ZERO;
    for (clip, take) in part.clips.clone().zip(takes) {
        let Some(take) = take else {
            // The longest counts: a heading without words does not make the pause before it longer.
            pause = pause.max(clips[clip].pause_after);
            continue;
        };
        let asked = clips[clip].begins.map(|time| samples_of(time, rate));
        let (speech, own_lead, late) = match places.last_mut() {
            None => {
                let own_lead = take.before.min(lead);
                let earliest = head.max(own_lead);
                match asked {
                    None => (earliest, own_lead, 0),
                    // At the very beginning there may be less room than the lead wants. A pause that is shorter than the
                    // margin lies within it; a subtitle is late.
                    Some(asked) => {
                        let speech = asked.max(head);
                        let is_film = clips[clip + 1..].iter().any(|one| one.begins.is_some());
                        let late = if is_film { speech - asked } else { 0 };
                        (speech, own_lead.min(speech), late)
                    }
                }
            }
            Some(last) => {
                let over = last.speech + last.length;
                let gap = match asked {
                    None => samples_of(pause, rate),
                    Some(asked) => asked.saturating_sub(over),
                };
                last.ring = last.ring.min((gap as f64 * RING_SHARE) as u64);
                let own_lead = take.before.min(lead).min(gap - last.ring);
                let late = asked.map_or(0, |asked| over.saturating_sub(asked));
                (over + gap, own_lead, late)
            }
        };
        places.push(Place {
            clip,
            speech,
            lead: own_lead,
            length: take.speech,
            ring: take.after.min(ring),
            late,
        });
        pause = clips[clip].pause_after;
    }
    let length = places.last().map_or(0, |last| {
        let over = last.speech + last.length;
        over + last.ring.max(samples_of(margins.1, rate))
    });
    Timeline { places, length }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: u32 = 24_000;

    fn clip(pause: u64, begins: Option<u64>) -> Clip {
        Clip {
            text: String::new(),
            pause_after: Duration::from_millis(pause),
            chapter: 0,
            paragraph: 0,
            begins: begins.map(Duration::from_millis),
        }
    }

    fn part(clips: usize) -> Part {
        Part {
            path: "a.wav".into(),
            clips: 0..clips,
            ..Part::default()
        }
    }

    fn take(before: u64, speech: u64, after: u64) -> Option<Shape> {
        Some(Shape {
            before,
            speech,
            after,
        })
    }

    #[test]
    fn a_pause_at_the_beginning_is_never_shorter_than_the_margin() {
        let margins = (Duration::from_millis(750), Duration::ZERO);
        let shape = Some(Shape {
            before: 4_800,
            speech: RATE.into(),
            after: 4_800,
        });
        for (asked, begins) in [(500, 750), (2_000, 2_000)] {
            let mut clips = vec![clip(400, Some(asked)), clip(400, None)];
            let line = timeline(&clips, &part(2), &[shape; 2], RATE, margins);
            let first = line.places[0];
            assert_eq!((first.speech, first.late), (begins * 24, 0));
            clips[1].begins = Some(Duration::from_secs(9));
            let film = timeline(&clips, &part(2), &[shape; 2], RATE, margins);
            assert_eq!(film.places[0].late, (begins - asked) * 24);
        }
    }

    #[test]
    fn a_clip_that_cannot_begin_in_time_is_late_and_says_so() {
        let clips = [
            clip(0, Some(1_000)),
            clip(0, Some(1_500)),
            clip(0, Some(4_000)),
        ];
        let takes = [take(0, 24_000, 0), take(0, 24_000, 0), take(0, 2_400, 0)];
        let line = timeline(&clips, &part(3), &takes, RATE, Default::default());
        let begun: Vec<u64> = line.places.iter().map(|place| place.speech).collect();
        assert_eq!(begun, [24_000, 48_000, 96_000]);
        let late: Vec<u64> = line.places.iter().map(|place| place.late).collect();
        assert_eq!(late, [0, 12_000, 0]);
    }

    #[test]
    fn a_clip_that_is_not_heard_leaves_one_pause() {
        let clips = [clip(300, None), clip(800, None), clip(200, None)];
        let takes = [take(0, 100, 0), None, take(0, 100, 0)];
        let line = timeline(&clips, &part(3), &takes, RATE, Default::default());
        assert_eq!(line.places[1].speech, 100 + 19_200);
    }

    #[test]
    fn margins_are_silence_at_both_ends() {
        let margins = (Duration::from_millis(500), Duration::from_secs(1));
        let line = timeline(
            &[clip(0, None)],
            &part(1),
            &[take(900, 1_000, 900)],
            RATE,
            margins,
        );
        assert_eq!(line.places[0].speech, 12_000);
        assert_eq!(line.length, 12_000 + 1_000 + 24_000);
    }

    proptest! {
        #[test]
        fn the_gap_between_two_speeches_is_the_pause_and_nothing_overlaps(
            shapes in prop::collection::vec((0_u64..9_000, 1_u64..90_000, 0_u64..9_000, 0_u64..2_000), 1..20),
        ) {
            let clips: Vec<Clip> = shapes.iter().map(|shape| clip(shape.3, None)).collect();
            let takes: Vec<_> = shapes.iter().map(|shape| take(shape.0, shape.1, shape.2)).collect();
            let line = timeline(&clips, &part(clips.len()), &takes, RATE, Default::default());
            for (pair, clip) in line.places.windows(2).zip(&clips) {
                let gap = pair[1].speech - (pair[0].speech + pair[0].length);
                prop_assert_eq!(gap, samples_of(clip.pause_after, RATE));
                prop_assert!(pair[0].kept().end <= pair[1].kept().start);
            }
            prop_assert!(line.places.last().unwrap().kept().end <= line.length);
        }
    }
}
