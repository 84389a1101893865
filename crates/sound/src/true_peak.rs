//! The highest point of the curve between the samples, at four times the rate (ITU-R BS.1770-5, annex 2).

use std::f64::consts::PI;

use crate::resample::dot;

/// Points looked at from one sample to the next.
const OVERSAMPLING: usize = 4;
/// Samples on each side of a point that count.
const HALF: usize = 12;
const TAPS: usize = 2 * HALF;
/// Samples that are skipped together when nothing in them can matter.
const STRIDE: usize = 32;

/// Finds true peaks. Cheap where the sound is far below what is asked for, which is nearly everywhere.
#[derive(Clone, Debug)]
pub struct TruePeak {
    /// One filter for each point between two samples.
    filters: [[f32; TAPS]; OVERSAMPLING - 1],
    /// No point is higher than this times the highest sample around it.
    worst: f32,
}

impl Default for TruePeak {
    fn default() -> Self {
        Self::new()
    }
}

impl TruePeak {
    /// Makes the filters; they serve every rate.
    #[must_use]
    pub fn new() -> Self {
        let mut filters = [[0.0; TAPS]; OVERSAMPLING - 1];
        for (index, filter) in filters.iter_mut().enumerate() {
            let phase = (index + 1) as f64 / OVERSAMPLING as f64;
            let weights: Vec<f64> = (0..TAPS)
                .map(|tap| {
                    let distance = tap as f64 - (HALF as f64 - 1.0) - phase;
                    let window = (PI * distance / (2.0 * HALF as f64)).cos().powi(2);
                    (PI * distance).sin() / (PI * distance) * window
                })
                .collect();
            let sum: f64 = weights.iter().sum();
            for (slot, weight) in filter.iter_mut().zip(weights) {
                *slot = (weight / sum) as f32;
            }
        }
        let worst = filters
            .iter()
            .map(|filter| filter.iter().map(|weight| weight.abs()).sum::<f32>())
            .fold(1.0, f32::max);
        Self { filters, worst }
    }

    /// The highest point of a sound, or `known` if nothing is higher. Outside of the samples is silence.
    #[must_use]
    pub fn peak(&self, samples: &[f32], known: f32) -> f32 {
        let mut highest = known;
        for (index, bound) in self.bounds(samples).into_iter().enumerate() {
            if bound > highest {
                let padded = padded(samples, index * STRIDE);
                for offset in 0..STRIDE {
                    highest = highest.max(self.point(&padded, offset));
                }
            }
        }
        highest
    }

    /// Where the curve passes `ceiling`: each sample at which, or before the next one, it does, with its highest point.
    pub(crate) fn above(&self, samples: &[f32], ceiling: f32) -> Vec<(usize, f32)> {
        let mut found = Vec::new();
        for (index, bound) in self.bounds(samples).into_iter().enumerate() {
            if bound > ceiling {
                let first = index * STRIDE;
                let padded = padded(samples, first);
                for offset in 0..STRIDE.min(samples.len() - first) {
                    let point = self.point(&padded, offset);
                    if point > ceiling {
                        found.push((first + offset, point));
                    }
                }
            }
        }
        found
    }

    /// What no point in a stride can pass, stride by stride.
    fn bounds(&self, samples: &[f32]) -> Vec<f32> {
        let peaks: Vec<f32> = samples
            .chunks(STRIDE)
            .map(|stride| {
                stride
                    .iter()
                    .fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
            })
            .collect();
        (0..peaks.len())
            .map(|index| {
                let around = &peaks[index.saturating_sub(1)..peaks.len().min(index + 2)];
                around.iter().fold(0.0_f32, |a, &b| a.max(b)) * self.worst
            })
            .collect()
    }

    /// The highest of a sample and the points between it and the next one; `offset` counts from the stride's beginning.
    fn point(&self, padded: &[f32; STRIDE + TAPS], offset: usize) -> f32 {
        let around = &padded[offset..offset + TAPS];
        self.filters
            .iter()
            .map(|filter| dot(around, filter).abs())
            .fold(around[HALF - 1].abs(), f32::max)
    }
}

/// A stride with what lies around it, so that a filter has all its samples.
fn padded(samples: &[f32], first: usize) -> [f32; STRIDE + TAPS] {
    let mut padded = [0.0; STRIDE + TAPS];
    let before = (HALF - 1).min(first);
    let from = first - before;
    let to = samples.len().min(first + STRIDE + HALF + 1);
    let into = HALF - 1 - before;
    padded[into..into + to - from].copy_from_slice(&samples[from..to]);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_between_two_samples_is_seen() {
        // At a quarter of the rate and 45 degrees every sample is 3 dB below the curve's true height.
        let sine: Vec<f32> = (0..4_000)
            .map(|n| (PI / 2.0 * f64::from(n) + PI / 4.0).sin() as f32)
            .map(|sample| 0.5 * sample)
            .collect();
        let middle = TruePeak::new().peak(&sine[100..3_900], 0.0);
        assert!((middle - 0.5).abs() < 0.03, "{middle}");
    }

    #[test]
    fn what_is_skipped_does_not_matter() {
        let mut state = 5_u32;
        let noise: Vec<f32> = (0..20_000)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let swell = (n as f32 / 700.0).sin();
                (state >> 8) as f32 / 16_777_216.0 * swell * swell
            })
            .collect();
        let meter = TruePeak::new();
        let thorough = (0..noise.len())
            .step_by(STRIDE)
            .flat_map(|first| {
                let padded = padded(&noise, first);
                (0..STRIDE).map(move |offset| (padded, offset))
            })
            .map(|(padded, offset)| meter.point(&padded, offset))
            .fold(0.0_f32, f32::max);
        assert_eq!(meter.peak(&noise, 0.0), thorough);
        assert_eq!(meter.peak(&noise, 2.5), 2.5);
        assert_eq!(meter.peak(&[], 0.0), 0.0);
        let above = meter.above(&noise, thorough * 0.9);
        assert!(above.iter().any(|&(_, point)| point == thorough));
    }
}
