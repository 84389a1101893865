//! How loud a sound is for the ear: K-weighting and gated loudness as in ITU-R BS.1770-5 and EBU R 128.
//!
//! A narration is measured piece by piece, in any number of threads: [`Weighting::energies`] of one take depend on
//! nothing else, because a take begins and ends in silence. [`Loudness`] puts them in their places on the timeline and
//! gates. Its memory does not grow with the length.

use std::f64::consts::PI;

/// Energies are kept for every hundredth of a second.
const HOPS_A_SECOND: u32 = 100;
/// Stretches of a sound that are filtered side by side.
const LANES: usize = 8;
/// So many hops before its own is each lane's filter fed: its slowest part has fallen by 100 dB after 50 ms.
const WARM_UP: usize = 8;

/// A level in decibels of an amplitude relative to full scale.
#[must_use]
pub fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-10).log10()
}

/// The factor that changes a level by so many decibels.
#[must_use]
pub fn gain_of(decibels: f64) -> f64 {
    10.0_f64.powf(decibels / 20.0)
}

/// The sum of the squares of samples: their energy, not weighted.
#[must_use]
pub fn squares(samples: &[f32]) -> f64 {
    // In pieces, whose sums single precision holds, and in lanes that a processor can do at once.
    let piece = |piece: &[f32]| {
        let (blocks, rest) = piece.as_chunks::<LANES>();
        let mut lanes = [0.0_f32; LANES];
        for block in blocks {
            for lane in 0..LANES {
                lanes[lane] += block[lane] * block[lane];
            }
        }
        let rest: f32 = rest.iter().map(|sample| sample * sample).sum();
        f64::from(lanes.iter().sum::<f32>() + rest)
    };
    samples.chunks(1_024).map(piece).sum()
}

/// The filter that hears as the ear does, for one sample rate: a shelf that lifts the treble, then a high-pass.
#[derive(Clone, Debug)]
pub struct Weighting {
    stages: [Biquad; 2],
    hop: usize,
}

#[derive(Clone, Copy, Debug)]
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
}

impl Weighting {
    /// For `rate` samples a second, at least 100.
    ///
    /// BS.1770 prints coefficients for 48 kHz; these are of the analogue filters behind them, brought to any rate by the
    /// bilinear transform.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        let turn = |hertz: f64| (PI * hertz / f64::from(rate)).tan();
        let (k, q) = (turn(1_681.974_450_955_533), 0.707_175_236_955_419_6);
        let high = gain_of(3.999_843_853_973_347);
        let band = high.powf(0.499_666_774_154_541_6);
        let norm = 1.0 + k / q + k * k;
        let shelf = Biquad {
            b: [
                ((high + band * k / q + k * k) / norm) as f32,
                (2.0 * (k * k - high) / norm) as f32,
                ((high - band * k / q + k * k) / norm) as f32,
            ],
            a: [
                (2.0 * (k * k - 1.0) / norm) as f32,
                ((1.0 - k / q + k * k) / norm) as f32,
            ],
        };
        let (k, q) = (turn(38.135_470_876_024_44), 0.500_327_037_323_877_3);
        let norm = 1.0 + k / q + k * k;
        let high_pass = Biquad {
            b: [1.0, -2.0, 1.0],
            a: [
                (2.0 * (k * k - 1.0) / norm) as f32,
                ((1.0 - k / q + k * k) / norm) as f32,
            ],
        };
        Self {
            stages: [shelf, high_pass],
            hop: (rate / HOPS_A_SECOND).max(1) as usize,
        }
    }

    /// Samples in one hop, the unit of [`energies`](Self::energies).
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// The sum of the squares of the weighted samples, hop by hop; the last hop may be a part of one.
    ///
    /// A recursive filter can only go on from sample to sample, so that a processor with wide registers would idle:
    /// eight stretches of the sound are filtered side by side, each warmed up on what lies before it.
    #[must_use]
    pub fn energies(&self, samples: &[f32]) -> Vec<f32> {
        let hops = samples.len().div_ceil(self.hop);
        let each = hops.div_ceil(LANES);
        let mut energies = vec![0.0_f32; each * LANES];
        let mut block = vec![[0.0_f32; LANES]; self.hop];
        let mut state = [[[0.0_f32; LANES]; 2]; 2];
        for step in 0..each + WARM_UP {
            for lane in 0..LANES {
                let hop = (lane * each + step).checked_sub(WARM_UP);
                let from = hop.map_or(samples.len(), |hop| (hop * self.hop).min(samples.len()));
                let there = &samples[from..samples.len().min(from + self.hop)];
                for (slot, &sample) in block.iter_mut().zip(there) {
                    slot[lane] = sample;
                }
                for slot in &mut block[there.len()..] {
                    slot[lane] = 0.0;
                }
            }
            let sums = self.filter(&block, &mut state);
            if let Some(step) = step.checked_sub(WARM_UP) {
                for lane in 0..LANES {
                    energies[lane * each + step] = sums[lane];
                }
            }
        }
        energies.truncate(hops);
        energies
    }

    /// Filters a block of eight lanes and gives the energy of each.
    fn filter(&self, block: &[[f32; LANES]], state: &mut [[[f32; LANES]; 2]; 2]) -> [f32; LANES] {
        let [first, second] = self.stages;
        let [[mut a, mut b], [mut c, mut d]] = *state;
        let mut sums = [0.0_f32; LANES];
        for input in block {
            for lane in 0..LANES {
                let x = input[lane];
                let y = first.b[0] * x + a[lane];
                a[lane] = first.b[1] * x - first.a[0] * y + b[lane];
                b[lane] = first.b[2] * x - first.a[1] * y;
                let z = second.b[0] * y + c[lane];
                c[lane] = second.b[1] * y - second.a[0] * z + d[lane];
                d[lane] = second.b[2] * y - second.a[1] * z;
                sums[lane] += z * z;
            }
        }
        *state = [[a, b], [c, d]];
        sums
    }
}

/// Loudness below this is silence (BS.1770, absolute gate), in LUFS.
const ABSOLUTE_GATE: f64 = -70.0;
/// What lies so far below the mean does not count (BS.1770, relative gate), in LU.
const RELATIVE_GATE: f64 = -10.0;
/// The offset of BS.1770 that makes a sine of full scale at 997 Hz −3.01 LUFS.
const OFFSET: f64 = -0.691;
/// A gating block is four bins of 100 ms, and begins with each bin.
const BLOCK: usize = 4;
/// Steps of the histogram in a loudness unit.
const STEPS: f64 = 50.0;
/// The histogram ends 20 LU above full scale.
const HEADROOM: f64 = 20.0;

/// Integrated loudness of a timeline on which pieces of sound lie, with silence between.
#[derive(Clone, Debug)]
pub struct Loudness {
    /// Samples in 100 ms.
    bin: u64,
    /// The number of the bin that is being filled.
    open: u64,
    /// Energy of the open bin and of the three before it.
    recent: [f64; BLOCK],
    /// Of all blocks above the absolute gate, by loudness: how many, and their mean squares together.
    histogram: Vec<(u64, f64)>,
    /// All energy there was.
    total: f64,
}

impl Loudness {
    /// For a timeline of `rate` samples a second, at least 100.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self {
            bin: u64::from(rate / 10).max(1),
            open: 0,
            recent: [0.0; BLOCK],
            histogram: vec![(0, 0.0); ((HEADROOM - ABSOLUTE_GATE) * STEPS) as usize + 1],
            total: 0.0,
        }
    }

    /// Lays a piece of sound on the timeline, by its [`Weighting::energies`]. Pieces come in order of time and do not
    /// overlap; `at` is the position of the first sample, `hop` the samples of one energy.
    pub fn add(&mut self, at: u64, energies: &[f32], hop: usize) {
        let hop = hop.max(1) as u64;
        for (index, &energy) in energies.iter().enumerate() {
            let energy = f64::from(energy);
            let begin = at + index as u64 * hop;
            self.advance(begin / self.bin);
            self.total += energy;
            // A hop that lies across two bins is shared out by the time it spends in each.
            let inside = ((self.open + 1) * self.bin).saturating_sub(begin).min(hop);
            let share = energy * inside as f64 / hop as f64;
            self.recent[BLOCK - 1] += share;
            if inside < hop {
                self.advance(self.open + 1);
                self.recent[BLOCK - 1] += energy - share;
            }
        }
    }

    /// The integrated loudness in LUFS of everything up to `end`, a position in samples; `None` when nothing is louder
    /// than silence.
    #[must_use]
    pub fn integrated(mut self, end: u64) -> Option<f64> {
        let total = self.total;
        self.advance((end / self.bin).max(self.open));
        let mean_of = |gate: f64| {
            let first = ((gate - ABSOLUTE_GATE) * STEPS).floor().max(0.0) as usize;
            let (count, sum) = self.histogram[first.min(self.histogram.len())..]
                .iter()
                .fold((0, 0.0), |(count, sum), step| {
                    (count + step.0, sum + step.1)
                });
            (count > 0).then(|| OFFSET + 10.0 * (sum / count as f64).log10())
        };
        if let Some(mean) = mean_of(ABSOLUTE_GATE) {
            return mean_of(mean + RELATIVE_GATE);
        }
        // Shorter than a block: all there is counts as one.
        let loudness = OFFSET + 10.0 * (total / end.max(1) as f64).max(1e-30).log10();
        (end < BLOCK as u64 * self.bin && loudness > ABSOLUTE_GATE).then_some(loudness)
    }

    /// Closes all bins before number `to`.
    fn advance(&mut self, to: u64) {
        while self.open < to {
            if self.recent.iter().all(|&energy| energy <= 0.0) {
                self.open = to;
                return;
            }
            if self.open + 1 >= BLOCK as u64 {
                let mean = self.recent.iter().sum::<f64>() / (BLOCK as u64 * self.bin) as f64;
                let loudness = OFFSET + 10.0 * mean.max(1e-30).log10();
                if loudness > ABSOLUTE_GATE {
                    let step = ((loudness - ABSOLUTE_GATE) * STEPS) as usize;
                    let step = step.min(self.histogram.len() - 1);
                    self.histogram[step].0 += 1;
                    self.histogram[step].1 += mean;
                }
            }
            self.recent.rotate_left(1);
            self.recent[BLOCK - 1] = 0.0;
            self.open += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebur128::{EbuR128, Mode};
    use proptest::prelude::*;

    fn noise(seed: u64, samples: usize, level: f32) -> Vec<f32> {
        let mut state = seed | 1;
        let mut low = 0.0;
        (0..samples)
            .map(|n| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let white = ((state >> 40) as f32 / 8_388_608.0) - 1.0;
                low += 0.2 * (white - low);
                let swell = (n as f32 / 9_000.0).sin().abs();
                low * swell * level
            })
            .collect()
    }

    fn measured(rate: u32, pieces: &[(u64, Vec<f32>)], end: u64) -> Option<f64> {
        let weighting = Weighting::new(rate);
        let mut loudness = Loudness::new(rate);
        for (at, samples) in pieces {
            loudness.add(*at, &weighting.energies(samples), weighting.hop());
        }
        loudness.integrated(end)
    }

    /// What the field's own library says of the same timeline.
    fn reference(rate: u32, pieces: &[(u64, Vec<f32>)], end: u64) -> f64 {
        let mut timeline = vec![0.0_f32; end as usize];
        for (at, samples) in pieces {
            timeline[*at as usize..*at as usize + samples.len()].copy_from_slice(samples);
        }
        let mut meter = EbuR128::new(1, rate, Mode::I).unwrap();
        meter.add_frames_f32(&timeline).unwrap();
        meter.loudness_global().unwrap()
    }

    #[test]
    fn a_sine_of_full_scale_is_three_units_below_it() {
        let sine: Vec<f32> = (0..48_000 * 5)
            .map(|n| (2.0 * PI * 997.0 * f64::from(n) / 48_000.0).sin() as f32)
            .collect();
        let end = sine.len() as u64;
        let loudness = measured(48_000, &[(0, sine)], end).unwrap();
        assert!((loudness + 3.01).abs() < 0.03, "{loudness}");
    }

    #[test]
    fn silence_has_no_loudness_and_a_short_sound_has_one() {
        assert_eq!(measured(24_000, &[(0, vec![0.0; 24_000])], 24_000), None);
        assert_eq!(measured(24_000, &[], 0), None);
        let short = noise(7, 3_000, 0.8);
        assert!(measured(24_000, &[(0, short)], 3_000).is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn pieces_on_a_timeline_are_as_loud_as_the_whole(
            seed: u64,
            rate in prop::sample::select(vec![8_000_u32, 16_000, 22_050, 24_000, 44_100, 48_000]),
            shapes in prop::collection::vec((60_000_usize..200_000, 500_usize..40_000, 0.3_f32..1.5), 2..6),
        ) {
            let mut pieces = Vec::new();
            let mut at = 0;
            for (index, &(length, gap, level)) in shapes.iter().enumerate() {
                at += gap as u64;
                pieces.push((at, noise(seed.wrapping_add(index as u64), length, level)));
                at += length as u64;
            }
            let end = at + u64::from(rate);
            let ours = measured(rate, &pieces, end).unwrap_or(f64::NEG_INFINITY);
            let theirs = reference(rate, &pieces, end);
            prop_assert!((ours - theirs).abs() < 0.15, "{ours} and {theirs}");
        }
    }
}
