//! From one sample rate to another by a windowed sinc, for rates with a small common ratio.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side, at the lower of the two rates.
const CROSSINGS: f64 = 24.0;
/// Of the lower rate's Nyquist frequency; the rest is room for the filter to fall.
const PASSBAND: f64 = 0.92;

/// Resamples one stretch of sound that begins and ends in silence. Rates in hertz, above zero.
pub(crate) fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let divisor = greatest_common_divisor(from, to);
    let (up, down) = ((to / divisor) as usize, (from / divisor) as usize);
    let cutoff = PASSBAND * (f64::from(to) / f64::from(from)).min(1.0);
    let reach = (CROSSINGS / cutoff).ceil() as usize;
    let phases: Vec<Vec<f32>> = (0..up)
        .map(|phase| kernel(phase as f64 / up as f64, cutoff, reach))
        .collect();
    (0..samples.len() * up / down)
        .map(|index| {
            let position = index * down;
            let (centre, phase) = (position / up, position % up);
            // The kernel's first tap lies on this sample, which may be before the beginning.
            let first = centre as isize + 1 - reach as isize;
            let skipped = first.min(0).unsigned_abs();
            let taps = phases.get(phase).and_then(|taps| taps.get(skipped..));
            let under = samples.get(first.max(0) as usize..).unwrap_or_default();
            let taps = taps.unwrap_or_default().iter();
            taps.zip(under).map(|(tap, sample)| tap * sample).sum()
        })
        .collect()
}

/// The taps for an output sample that lies `offset` (0–1) after an input sample, normalised so that silence stays silent and a
/// constant keeps its level.
fn kernel(offset: f64, cutoff: f64, reach: usize) -> Vec<f32> {
    let taps: Vec<f64> = (0..2 * reach)
        .map(|tap| {
            let distance = tap as f64 + 1.0 - reach as f64 - offset;
            let angle = PI * distance * cutoff;
            let sinc = if angle.abs() < 1e-9 {
                1.0
            } else {
                angle.sin() / angle
            };
            sinc * blackman(distance / reach as f64)
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

/// Blackman's window over −1…1.
fn blackman(place: f64) -> f64 {
    if place.abs() >= 1.0 {
        return 0.0;
    }
    0.42 + 0.5 * (PI * place).cos() + 0.08 * (2.0 * PI * place).cos()
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f64, rate: u32) -> Vec<f32> {
        (0..rate)
            .map(|n| (2.0 * PI * frequency * f64::from(n) / f64::from(rate)).sin() as f32)
            .collect()
    }

    /// Level in decibels, away from the edges.
    fn level(samples: &[f32]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power: f64 = middle.iter().map(|s| f64::from(*s).powi(2)).sum();
        10.0 * (power / middle.len() as f64).log10()
    }

    #[test]
    fn a_sine_is_the_same_sine_at_the_other_rate() {
        for to in [8000, 16_000, 44_100] {
            let (resampled, wanted) = (
                resample(&sine(1000.0, 24_000), 24_000, to),
                sine(1000.0, to),
            );
            assert_eq!(resampled.len(), wanted.len());
            let error: Vec<f32> = resampled.iter().zip(&wanted).map(|(a, b)| a - b).collect();
            assert!(level(&error) < -65.0, "{to}: {} dB", level(&error));
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_does_not_come_back_as_another_pitch() {
        for (frequency, to) in [(5000.0, 8000), (9000.0, 16_000), (11_000.0, 8000)] {
            let resampled = resample(&sine(frequency, 24_000), 24_000, to);
            assert!(
                level(&resampled) < -65.0,
                "{frequency}: {} dB",
                level(&resampled)
            );
        }
    }

    #[test]
    fn short_and_empty_sounds_are_no_exception() {
        for length in 0..50 {
            assert_eq!(resample(&vec![0.5; length], 24_000, 8000).len(), length / 3);
        }
    }
}
