//! The highest point of the curve between the samples, at four times the rate (ITU-R BS.1770-5, annex 2).

use std::f64::consts::PI;
use std::ops::Range;

/// Points looked at from one sample to the next.
const OVERSAMPLING: f64 = 4.0;
/// Samples on each side of a point that count.
const HALF: usize = 12;
const TAPS: usize = 2 * HALF;
/// Samples that are skipped together when nothing in them can matter.
const STRIDE: usize = 32;

/// Points of a stride that are worked out side by side.
const LANES: usize = 8;

/// Finds true peaks. Cheap where the sound is far below what is asked for, which is nearly everywhere.
#[derive(Clone, Debug)]
pub struct TruePeak {
    /// A quarter of the way to the next sample, for a sample and the one that mirrors it: the share of their sum and the
    /// share of their difference. Three quarters of the way, the difference counts the other way.
    quarter: [(f32, f32); HALF],
    /// Half of the way: the share of their sum.
    half: [f32; HALF],
    /// No point is higher than this times the highest sample around it.
    worst: f32,
    /// No point is further than this times the sharpest bend around it from where a straight line would be.
    bend: f32,
}

impl Default for TruePeak {
    fn default() -> Self {
        Self::new()
    }
}

impl TruePeak {
    /// Samples on each side of a point that count.
    pub const REACH: usize = HALF;

    /// Makes the filters; they serve every rate.
    #[must_use]
    pub fn new() -> Self {
        let quarter = weights(1.0 / OVERSAMPLING);
        let half = weights(2.0 / OVERSAMPLING);
        let size = |filter: &[f64; TAPS]| filter.iter().map(|weight| weight.abs()).sum::<f64>();
        let mirrored = |tap: usize| (quarter[tap], quarter[TAPS - 1 - tap]);
        Self {
            quarter: std::array::from_fn(|tap| {
                let (one, other) = mirrored(tap);
                (((one + other) / 2.0) as f32, ((one - other) / 2.0) as f32)
            }),
            half: std::array::from_fn(|tap| half[tap] as f32),
            worst: (size(&quarter).max(size(&half)).max(1.0) * ROUNDING) as f32,
            bend: (bend(&quarter).max(bend(&half)) * ROUNDING) as f32,
        }
    }

    /// The highest point of a sound, or `known` if nothing is higher. Outside of the samples is silence.
    #[must_use]
    pub fn peak(&self, samples: &[f32], known: f32) -> f32 {
        let strides = strides(samples);
        let known = strides.iter().copied().fold(known, higher);
        // The curve still swings after the last sample.
        self.highest(samples, &strides, 0..samples.len() + STRIDE, known)
    }

    /// The same at, and right after, some of the samples: for a sound that comes in pieces, of which those count that have
    /// [`REACH`](Self::REACH) others of the sound on both sides.
    #[must_use]
    pub fn peak_within(&self, samples: &[f32], within: Range<usize>, known: f32) -> f32 {
        self.highest(samples, &strides(samples), within, known)
    }

    fn highest(&self, samples: &[f32], strides: &[f32], within: Range<usize>, known: f32) -> f32 {
        let mut highest = known;
        for index in within.start / STRIDE..within.end.div_ceil(STRIDE).min(strides.len()) {
            if self.may_pass(highest, samples, strides, index) {
                let first = index * STRIDE;
                let points = self.points(&padded(samples, first)).into_iter();
                let wanted = points
                    .enumerate()
                    .filter(|(offset, _)| within.contains(&(first + offset)));
                highest = wanted.map(|(_, point)| point).fold(highest, higher);
            }
        }
        highest
    }

    /// Where the curve passes `ceiling`: each sample at which, or before the next one, it does, with its highest point.
    pub(crate) fn above(&self, samples: &[f32], ceiling: f32) -> Vec<(usize, f32)> {
        self.above_where(samples, ceiling, |_| true)
    }

    /// The same, of those points alone for which a sample counts that is `wanted`. It is asked with ranges of samples.
    pub(crate) fn above_where(
        &self,
        samples: &[f32],
        ceiling: f32,
        wanted: impl Fn(Range<usize>) -> bool,
    ) -> Vec<(usize, f32)> {
        let strides = strides(samples);
        let mut found = Vec::new();
        for index in 0..strides.len() {
            let first = index * STRIDE;
            let counting = first.saturating_sub(HALF)..(first + STRIDE + HALF).min(samples.len());
            if wanted(counting) && self.may_pass(ceiling, samples, &strides, index) {
                let points = self.points(&padded(samples, first));
                let there = points.into_iter().take(samples.len() - first).enumerate();
                found.extend(
                    there
                        .filter(|&(_, point)| point > ceiling)
                        .map(|(offset, point)| (first + offset, point)),
                );
            }
        }
        found
    }

    /// Whether a point in a stride can be higher than `level`. `strides` are the highest samples of all.
    #[inline]
    fn may_pass(&self, level: f32, samples: &[f32], strides: &[f32], index: usize) -> bool {
        let before = index.checked_sub(1).map_or(0.0, |index| strides[index]);
        let after = strides.get(index + 1).copied().unwrap_or(0.0);
        let highest = higher(higher(before, strides[index]), after);
        highest * self.worst > level && {
            // Speech bends little from sample to sample: nearly always the straight line says enough.
            let first = index * STRIDE;
            let near_line = |around: &[f32; STRIDE + TAPS]| {
                let next = around[HALF - 1 + STRIDE].abs();
                higher(strides[index], next) + sharpest(around) * self.bend
            };
            let inner = first.checked_sub(HALF - 1).map(|from| &samples[from..]);
            match inner.and_then(|inner| inner.first_chunk()) {
                Some(around) => near_line(around) > level,
                None => near_line(&padded(samples, first)) > level,
            }
        }
    }

    /// For each sample of a stride the highest of itself and the points between it and the next one.
    fn points(&self, padded: &[f32; STRIDE + TAPS]) -> [f32; STRIDE] {
        let mut points = [0.0_f32; STRIDE];
        let (blocks, _) = points.as_chunks_mut::<LANES>();
        for (number, block) in blocks.iter_mut().enumerate() {
            let around = &padded[number * LANES..number * LANES + LANES + TAPS];
            let [mut sums, mut differences, mut middle] = [[0.0_f32; LANES]; 3];
            for tap in 0..HALF {
                let (before, after) = (&around[tap..], &around[TAPS - 1 - tap..]);
                let (before, after) = (&before[..LANES], &after[..LANES]);
                let (of_sum, of_difference) = self.quarter[tap];
                for lane in 0..LANES {
                    let sum = before[lane] + after[lane];
                    sums[lane] += of_sum * sum;
                    differences[lane] += of_difference * (before[lane] - after[lane]);
                    middle[lane] += self.half[tap] * sum;
                }
            }
            for lane in 0..LANES {
                let first = (sums[lane] + differences[lane]).abs();
                let last = (sums[lane] - differences[lane]).abs();
                let between = higher(higher(first, last), middle[lane].abs());
                block[lane] = higher(between, around[HALF - 1 + lane].abs());
            }
        }
        points
    }
}

/// What rounding may add to a point beyond what is possible, with plenty to spare.
const ROUNDING: f64 = 1.000_1;

/// As `f32::max` of numbers, in the form that a processor has.
fn higher(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// What the samples around a point count for that lies `phase` of the way from one sample to the next.
fn weights(phase: f64) -> [f64; TAPS] {
    let weights: [f64; TAPS] = std::array::from_fn(|tap| {
        let distance = tap as f64 - (HALF as f64 - 1.0) - phase;
        let window = (PI * distance / (2.0 * HALF as f64)).cos().powi(2);
        (PI * distance).sin() / (PI * distance) * window
    });
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// How far a point can be from the straight line between its two samples, where no second difference of the samples
/// around is larger than 1. What a filter adds to a straight line can be written as a sum of second differences: their
/// shares are what is left of its weights, summed up twice.
fn bend(filter: &[f64; TAPS]) -> f64 {
    let place = |tap: usize| tap as f64 - (HALF as f64 - 1.0);
    // Where on the line a filter that keeps lines would have to be.
    let phase: f64 = (0..TAPS).map(|tap| place(tap) * filter[tap]).sum();
    let (mut once, mut twice, mut sum) = (0.0, 0.0, 0.0_f64);
    for (tap, weight) in filter.iter().enumerate() {
        let straight = match tap + 1 {
            HALF => 1.0 - phase,
            after if after == HALF + 1 => phase,
            _ => 0.0,
        };
        once += weight - straight;
        twice += once;
        sum += twice.abs();
    }
    sum
}

/// The highest sample of every stride.
fn strides(samples: &[f32]) -> Vec<f32> {
    let (strides, rest) = samples.as_chunks::<STRIDE>();
    let highest = |stride: &[f32; STRIDE]| {
        let mut lanes = [0.0_f32; LANES];
        for first in (0..STRIDE).step_by(LANES) {
            for (lane, highest) in lanes.iter_mut().enumerate() {
                *highest = higher(*highest, stride[first + lane].abs());
            }
        }
        highest_of(lanes)
    };
    let mut last = [0.0; STRIDE];
    last[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then(|| highest(&last));
    strides.iter().map(highest).chain(last).collect()
}

/// The largest second difference.
fn sharpest(samples: &[f32; STRIDE + TAPS]) -> f32 {
    const LAST: usize = STRIDE + TAPS - LANES - 2;
    let mut lanes = [0.0_f32; LANES];
    // The last block begins where it still has all of its samples.
    for first in (0..LAST).step_by(LANES).chain([LAST]) {
        for (lane, sharpest) in lanes.iter_mut().enumerate() {
            let at = first + lane;
            let bend = samples[at] - 2.0 * samples[at + 1] + samples[at + 2];
            *sharpest = higher(*sharpest, bend.abs());
        }
    }
    highest_of(lanes)
}

/// The highest of all lanes.
fn highest_of(mut lanes: [f32; LANES]) -> f32 {
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        for lane in 0..count {
            lanes[lane] = higher(lanes[lane], lanes[lane + count]);
        }
    }
    lanes[0]
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
    use proptest::prelude::*;

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

    fn thorough(meter: &TruePeak, samples: &[f32]) -> f32 {
        (0..samples.len())
            .step_by(STRIDE)
            .flat_map(|first| meter.points(&padded(samples, first)))
            .fold(0.0_f32, f32::max)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_skipped_does_not_matter(
            seed: u32, hiss in 0.0_f32..1.0, turn in 0.001_f32..3.0, length in 0_usize..9_000,
        ) {
            let mut state = seed;
            let samples: Vec<f32> = (0..length)
                .map(|n| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
                    let swell = (n as f32 / 700.0).sin();
                    swell * swell * ((n as f32 * turn).sin() + hiss * noise)
                })
                .collect();
            let meter = TruePeak::new();
            let highest = thorough(&meter, &samples);
            prop_assert_eq!(meter.peak(&samples, 0.0), highest);
            prop_assert_eq!(meter.peak(&samples, 2.5), 2.5_f32.max(highest));
            // In two pieces that overlap by what counts on both sides.
            let (cut, reach) = (length / 3, 2 * TruePeak::REACH);
            if cut > reach {
                let first = meter.peak_within(&samples[..cut + reach], 0..cut, 0.0);
                let rest = &samples[cut - reach..];
                let both = meter.peak_within(rest, reach..rest.len() + STRIDE, first);
                prop_assert!((both - highest).abs() <= highest * 1e-5, "{} for {}", both, highest);
            }
            let above = meter.above(&samples, highest * 0.9);
            let passing = samples.chunks(STRIDE).enumerate().flat_map(|(index, stride)| {
                let points = meter.points(&padded(&samples, index * STRIDE));
                points.into_iter().take(stride.len())
            });
            prop_assert_eq!(above.len(), passing.filter(|&point| point > highest * 0.9).count());
        }
    }
}
