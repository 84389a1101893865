//! Peaks kept below a ceiling without being heard: the level sinks before the peak and comes back slowly after it.

use crate::true_peak::TruePeak;

/// How long before a peak the level begins to sink, and how long it stays after it, in seconds.
const APPROACH: f64 = 0.003;
/// How fast the level comes back: a third of the way is left after so many seconds.
const RELEASE: f64 = 0.06;
/// Turning the level down moves the curve between the samples a little, so it may need to be done again.
const ROUNDS: usize = 4;
/// So much lower than the ceiling is aimed each time: what is left over by that little move is mostly less.
const SPARE: f32 = 0.002;
/// The level is worked out for every so many samples, and changes evenly in between.
const HOP: usize = 8;
/// A level that is so near to full again is full: less than a thousandth of a decibel.
const BACK: f32 = 1e-4;

/// Turns the sound down around every place where its curve would pass `ceiling` (an amplitude; full scale is 1), and only
/// there. Says whether there was such a place.
pub fn limit(samples: &mut [f32], rate: u32, ceiling: f32, meter: &TruePeak) -> bool {
    let mut above = meter.above(samples, ceiling);
    for round in 0..ROUNDS {
        if above.is_empty() {
            return round > 0;
        }
        let aim = ceiling * (1.0 - SPARE * (round + 1) as f32);
        let cuts = cuts(&above, samples.len(), rate, aim);
        let (hops, rest) = samples.as_chunks_mut::<HOP>();
        for (hop, ends) in hops.iter_mut().zip(cuts.array_windows()) {
            turn_down(hop, *ends);
        }
        if let [.., first, second] = cuts[..] {
            turn_down(rest, [first, second]);
        }
        above = meter.above_where(samples, ceiling, |range| {
            cuts[range.start / HOP..(range.end / HOP + 2).min(cuts.len())]
                .iter()
                .any(|&cut| cut != 0.0)
        });
    }
    true
}

/// Takes off the first share at the first sample, and more or less after it, towards the second.
#[inline]
fn turn_down(hop: &mut [f32], [first, second]: [f32; 2]) {
    if first == 0.0 && second == 0.0 {
        return;
    }
    let step = (second - first) / HOP as f32;
    for (at, sample) in hop.iter_mut().enumerate() {
        *sample *= 1.0 - (first + step * at as f32);
    }
}

/// The share that is taken off, for every hop and the end of the last. Around a peak it is at least what the peak needs:
/// the mean of values over a window cannot be less than the least of them, and all of them are held up over the whole
/// window.
fn cuts(above: &[(usize, f32)], length: usize, rate: u32, aim: f32) -> Vec<f32> {
    let reach = (f64::from(rate) * APPROACH / HOP as f64).ceil() as usize;
    let keep = (-(HOP as f64) / (f64::from(rate) * RELEASE)).exp() as f32;
    let count = length.div_ceil(HOP) + 1;
    // With room on both sides for what a window holds beyond the ends.
    let mut held = vec![0.0_f32; count + 2 * reach];
    for &(at, point) in above {
        let needed = 1.0 - aim / point;
        // The point may lie between this sample and the next; each lies between two values.
        let end = held.len().min((at + 1) / HOP + 2 * reach + 2);
        for cut in &mut held[at / HOP..end] {
            *cut = cut.max(needed);
        }
    }
    // Nearly everywhere nothing is cut: such stretches are passed over.
    let mut at = 0;
    while let Some(silent) = held[at..].iter().position(|&cut| cut != 0.0) {
        at += silent;
        let mut level = 0.0_f32;
        for cut in &mut held[at..] {
            level = (level * keep).max(*cut);
            if level < BACK {
                *cut = 0.0;
                break;
            }
            *cut = level;
            at += 1;
        }
    }
    // The sum is kept up rather than made again; in double precision nothing of it is lost.
    let width = 2 * reach + 1;
    let mut sum: f64 = held[..width].iter().map(|&cut| f64::from(cut)).sum();
    let share = 1.0 / width as f64;
    let mut means = vec![0.0; count];
    let mut at = 0;
    while at < count {
        if sum == 0.0 {
            let coming = held.get(at + width..).unwrap_or_default();
            match coming.iter().position(|&cut| cut != 0.0) {
                Some(quiet) => at += quiet,
                None => break,
            }
        }
        let Some(mean) = means.get_mut(at) else {
            break;
        };
        *mean = (sum * share) as f32;
        let coming = held.get(at + width).copied().unwrap_or(0.0);
        sum += f64::from(coming) - f64::from(held[at]);
        at += 1;
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bursts(seed: u32, samples: usize, level: f32) -> Vec<f32> {
        let mut state = seed | 1;
        (0..samples)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let swell = (n as f32 / 1_900.0).sin().powi(8);
                let tone = (n as f32 * 0.05).sin();
                let hiss = (state >> 8) as f32 / 16_777_216.0 - 0.5;
                level * (0.1 + swell) * (tone + 0.2 * hiss)
            })
            .collect()
    }

    #[test]
    fn a_sound_below_the_ceiling_is_left_as_it_is() {
        let meter = TruePeak::new();
        let mut sound = bursts(3, 30_000, 0.5);
        let before = sound.clone();
        assert!(!limit(&mut sound, 24_000, 0.9, &meter));
        assert_eq!(sound, before);
    }

    #[test]
    fn the_level_never_jumps() {
        let meter = TruePeak::new();
        let above = meter.above(&bursts(9, 60_000, 1.4), 0.7);
        assert!(!above.is_empty());
        let cuts = cuts(&above, 60_000, 24_000, 0.7);
        assert_eq!(cuts.len(), 60_000 / HOP + 1);
        let steepest = cuts
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0, f32::max);
        // From full to half within six milliseconds at the most.
        assert!(steepest < 0.01 * HOP as f32, "{steepest}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn nothing_passes_the_ceiling(seed: u32, level in 0.2_f32..4.0, ceiling in 0.3_f32..1.0) {
            let meter = TruePeak::new();
            let mut sound = bursts(seed, 20_000, level);
            limit(&mut sound, 24_000, ceiling, &meter);
            let peak = meter.peak(&sound, 0.0);
            prop_assert!(peak <= ceiling * 1.001, "{peak} above {ceiling}");
        }
    }
}
