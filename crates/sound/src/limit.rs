//! Peaks kept below a ceiling without being heard: the level sinks before the peak and comes back slowly after it.

use crate::true_peak::TruePeak;

/// How long before a peak the level begins to sink, and how long it stays after it, in seconds.
const APPROACH: f64 = 0.003;
/// How fast the level comes back: a third of the way is left after so many seconds.
const RELEASE: f64 = 0.06;
/// Turning the level down moves the curve between the samples a little, so it may need to be done again.
const ROUNDS: usize = 4;

/// Turns the sound down around every place where its curve would pass `ceiling` (an amplitude; full scale is 1), and only
/// there. Gives the least factor that was applied: 1 when the sound was left as it is.
pub fn limit(samples: &mut [f32], rate: u32, ceiling: f32, meter: &TruePeak) -> f32 {
    let mut least = 1.0_f32;
    for round in 0..ROUNDS {
        // A hair lower each time, so that what is left over by a rounding cannot go on for ever.
        let ceiling = ceiling * (1.0 - 0.002 * round as f32);
        let above = meter.above(samples, ceiling);
        if above.is_empty() {
            break;
        }
        let factors = factors(&above, samples.len(), rate, ceiling);
        for (sample, factor) in samples.iter_mut().zip(&factors) {
            *sample *= factor;
        }
        least *= factors.iter().copied().fold(1.0, f32::min);
    }
    least
}

/// The factor for every sample. Around a peak it is at most what the peak needs: the mean of values over a window cannot
/// be greater than the greatest of them, and all of them are held down over the whole window.
fn factors(above: &[(usize, f32)], length: usize, rate: u32, ceiling: f32) -> Vec<f32> {
    let reach = ((f64::from(rate) * APPROACH) as usize).max(1);
    let mut held = vec![1.0_f32; length];
    for &(at, point) in above {
        let needed = ceiling / point;
        // The point may lie between this sample and the next.
        let from = at.saturating_sub(reach);
        let to = length.min(at + 2 + reach);
        for factor in &mut held[from..to] {
            *factor = factor.min(needed);
        }
    }
    let back = 1.0 - (-1.0 / (f64::from(rate) * RELEASE)).exp();
    let mut level = 1.0_f32;
    for factor in &mut held {
        level += (1.0 - level) * back as f32;
        level = level.min(*factor);
        *factor = level;
    }
    mean_around(&held, reach)
}

/// The mean over `reach` values on each side; beyond the ends the level is what it is at the end.
fn mean_around(values: &[f32], reach: usize) -> Vec<f32> {
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        return Vec::new();
    };
    let at = |index: isize| -> f64 {
        f64::from(match usize::try_from(index) {
            Err(_) => first,
            Ok(index) => values.get(index).copied().unwrap_or(last),
        })
    };
    let reach = reach as isize;
    let width = (2 * reach + 1) as f64;
    let mut sum: f64 = (-reach..=reach).map(at).sum();
    (0..values.len() as isize)
        .map(|index| {
            let mean = (sum / width) as f32;
            sum += at(index + reach + 1) - at(index - reach);
            mean
        })
        .collect()
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
        assert_eq!(limit(&mut sound, 24_000, 0.9, &meter), 1.0);
        assert_eq!(sound, before);
    }

    #[test]
    fn the_level_never_jumps() {
        let meter = TruePeak::new();
        let above = meter.above(&bursts(9, 60_000, 1.4), 0.7);
        assert!(!above.is_empty());
        let factors = factors(&above, 60_000, 24_000, 0.7);
        let steepest = factors
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0, f32::max);
        // From full to half within six milliseconds at the most.
        assert!(steepest < 0.01, "{steepest}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn nothing_passes_the_ceiling(seed: u32, level in 0.2_f32..4.0, ceiling in 0.3_f32..1.0) {
            let meter = TruePeak::new();
            let mut sound = bursts(seed, 20_000, level);
            limit(&mut sound, 24_000, ceiling, &meter);
            let peak = meter.peak(&sound, 0.0);
            prop_assert!(peak <= ceiling * 1.003, "{peak} above {ceiling}");
        }
    }
}
