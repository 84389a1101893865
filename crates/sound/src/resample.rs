//! From one sample rate to another: a windowed sinc, evaluated where it is needed.
//!
//! Every frame of output depends only on its number and on the input, not on what was made before. So a seek, a new
//! device or the end of the input need no special case, nothing is lost or delayed at either end, and equal rates pass
//! samples through unchanged. The passband is flat to 88 % of the smaller bandwidth; what would alias or mirror lies
//! below −80 dB.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side. With this and [`BETA`] the transition takes 5.3 % of the sample rate.
const CROSSINGS: f64 = 48.0;

/// Shape of the Kaiser window: about −80 dB beside the passband.
const BETA: f64 = 7.857;

/// Half the width of the transition, as a share of the sample rate: the cutoff lies this far inside the bandwidth.
const HALF_TRANSITION: f64 = 0.0265;

/// Frames that [`Resampler::whole`] makes at once.
const BLOCK: usize = 4_096;

/// At most this many coefficients are kept; only ratios that no real device has need more, and get the nearest instead.
const TABLE_LIMIT: usize = 1 << 18;

/// Resamples one stretch of sound, in any order and in pieces of any size.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// In lowest terms: `step` frames of input take as long as `phases` frames of output.
    step: u64,
    phases: u64,
    /// How many phases the table holds; `phases`, unless that would be too many.
    kept: usize,
    /// Samples on each side of an output frame that count.
    half: usize,
    table: Vec<f32>,
}

impl Resampler {
    /// From `from` to `to` samples a second, both above zero.
    #[must_use]
    pub fn new(from: u32, to: u32) -> Resampler {
        let divisor = greatest_common_divisor(from, to);
        let (step, phases) = (from / divisor, to / divisor);
        let narrowing = (f64::from(to) / f64::from(from)).min(1.0);
        let half = (CROSSINGS / narrowing).ceil() as usize;
        let kept = (phases as usize).min((TABLE_LIMIT / (2 * half)).max(1));
        let mut resampler = Resampler {
            step: u64::from(step),
            phases: u64::from(phases),
            kept,
            half,
            table: Vec::new(),
        };
        if from != to {
            resampler.table = (0..kept)
                .flat_map(|phase| filter(phase as f64 / kept as f64, half, narrowing))
                .collect();
        }
        resampler
    }

    /// The output frame at which input sample number `sample` is due (rounded up).
    pub fn frame_at(&self, sample: u64) -> u64 {
        scale(sample, self.phases, self.step)
    }

    /// The input sample that output frame number `frame` stands at (rounded up).
    pub fn sample_at(&self, frame: u64) -> u64 {
        scale(frame, self.step, self.phases)
    }

    /// How many output frames can be made when `arrived` input samples are there and more may follow.
    pub fn frames_within(&self, arrived: u64) -> u64 {
        if self.is_exact() {
            return arrived;
        }
        self.frame_at(arrived.saturating_sub(self.half as u64))
    }

    /// The input samples that frames `first` to `first + frames` are made of: the number of the first, which is
    /// negative near the start of a track, and their count.
    pub fn window(&self, first: u64, frames: usize) -> (i64, usize) {
        if self.is_exact() || frames == 0 {
            return (first as i64, frames);
        }
        let begin = self.stands_at(first) - self.half as i64 + 1;
        let end = self.stands_at(first + frames as u64 - 1) + self.half as i64;
        (begin, (end - begin + 1) as usize)
    }

    /// Appends `frames` frames from number `first` on to `out`. `input` holds what [`Resampler::window`] asked for,
    /// with zeros for what lies outside of the sound. Between two samples at full scale the true curve goes higher: what
    /// cannot bear more than ±1 is to be clamped by the caller.
    pub fn resample(&self, first: u64, frames: usize, input: &[f32], out: &mut Vec<f32>) {
        if self.is_exact() {
            out.extend_from_slice(input);
            return;
        }
        let taps = 2 * self.half;
        let begin = self.stands_at(first);
        out.extend((first..first + frames as u64).map(|frame| {
            let from = (self.stands_at(frame) - begin) as usize;
            let phase = self.phase(frame);
            let filter = &self.table[phase * taps..(phase + 1) * taps];
            dot(&input[from..from + taps], filter)
        }));
    }

    /// All of `input`, whatever lies outside of it being silence.
    #[must_use]
    pub fn whole(&self, input: &[f32]) -> Vec<f32> {
        let frames = usize::try_from(self.frame_at(input.len() as u64)).unwrap_or(usize::MAX);
        let mut out = Vec::with_capacity(frames);
        let mut window = Vec::new();
        while out.len() < frames {
            let block = BLOCK.min(frames - out.len());
            let (begin, count) = self.window(out.len() as u64, block);
            window.clear();
            window.resize(count, 0.0);
            let before = usize::try_from(begin.saturating_neg())
                .unwrap_or(0)
                .min(count);
            let from = usize::try_from(begin).unwrap_or(0).min(input.len());
            let there = (count - before).min(input.len() - from);
            window[before..before + there].copy_from_slice(&input[from..from + there]);
            self.resample(out.len() as u64, block, &window, &mut out);
        }
        out
    }

    fn is_exact(&self) -> bool {
        self.step == self.phases
    }

    fn stands_at(&self, frame: u64) -> i64 {
        (u128::from(frame) * u128::from(self.step) / u128::from(self.phases)) as i64
    }

    fn phase(&self, frame: u64) -> usize {
        let phase = (u128::from(frame) * u128::from(self.step) % u128::from(self.phases)) as u64;
        (u128::from(phase) * self.kept as u128 / u128::from(self.phases)) as usize
    }
}

/// The sum of products, in lanes that a processor can do at once.
pub(crate) fn dot(samples: &[f32], weights: &[f32]) -> f32 {
    let (samples, last_samples) = samples.as_chunks::<8>();
    let (weights, last_weights) = weights.as_chunks::<8>();
    let mut lanes = [0.0_f32; 8];
    for (sample, weight) in samples.iter().zip(weights) {
        for lane in 0..8 {
            lanes[lane] += sample[lane] * weight[lane];
        }
    }
    let rest = last_samples.iter().zip(last_weights);
    lanes.iter().sum::<f32>() + rest.map(|(sample, weight)| sample * weight).sum::<f32>()
}

/// `value * numerator / denominator`, rounded up.
fn scale(value: u64, numerator: u64, denominator: u64) -> u64 {
    let scaled = (u128::from(value) * u128::from(numerator)).div_ceil(u128::from(denominator));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The weights of the samples around a point that lies `phase` (0 to 1) behind a sample.
fn filter(phase: f64, half: usize, narrowing: f64) -> Vec<f32> {
    let cutoff = narrowing * (1.0 - 2.0 * HALF_TRANSITION);
    let weights: Vec<f64> = (0..2 * half)
        .map(|tap| {
            let distance = tap as f64 - (half as f64 - 1.0) - phase;
            let angle = PI * distance * cutoff;
            let sinc = if angle.abs() < 1e-9 {
                1.0
            } else {
                angle.sin() / angle
            };
            sinc * kaiser(distance / half as f64)
        })
        .collect();
    // Every phase has the same loudness, or silence with an offset would whistle.
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

fn kaiser(position: f64) -> f64 {
    let inside = 1.0 - position * position;
    if inside <= 0.0 {
        0.0
    } else {
        bessel(BETA * inside.sqrt()) / bessel(BETA)
    }
}

/// The modified Bessel function of the first kind and order zero.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..40 {
        term *= (x / (2.0 * f64::from(n))).powi(2);
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, hertz: f64, samples: usize) -> Vec<f32> {
        (0..samples)
            .map(|n| (0.5 * (2.0 * PI * hertz * n as f64 / f64::from(rate)).sin()) as f32)
            .collect()
    }

    /// Resamples all of `input` in blocks of `block` frames.
    fn resampled(resampler: &Resampler, input: &[f32], block: usize) -> Vec<f32> {
        let total = resampler.frame_at(input.len() as u64) as usize;
        let mut out = Vec::new();
        while out.len() < total {
            let frames = block.min(total - out.len());
            let first = out.len() as u64;
            let (begin, count) = resampler.window(first, frames);
            let window: Vec<f32> = (begin..begin + count as i64)
                .map(|at| {
                    usize::try_from(at)
                        .ok()
                        .and_then(|at| input.get(at))
                        .copied()
                        .unwrap_or(0.0)
                })
                .collect();
            resampler.resample(first, frames, &window, &mut out);
        }
        out
    }

    /// The amplitude of `hertz` in the middle of `sound`, under a Hann window.
    fn amplitude(sound: &[f32], rate: u32, hertz: f64) -> f64 {
        let middle = &sound[sound.len() / 8..sound.len() * 7 / 8];
        let (mut re, mut im, mut weights) = (0.0, 0.0, 0.0);
        for (n, &sample) in middle.iter().enumerate() {
            let weight = 0.5 - 0.5 * (2.0 * PI * n as f64 / middle.len() as f64).cos();
            let angle = 2.0 * PI * hertz * n as f64 / f64::from(rate);
            re += weight * f64::from(sample) * angle.cos();
            im += weight * f64::from(sample) * angle.sin();
            weights += weight;
        }
        2.0 * re.hypot(im) / weights
    }

    fn decibels(ratio: f64) -> f64 {
        20.0 * ratio.max(1e-12).log10()
    }

    #[test]
    fn equal_rates_pass_samples_through_unchanged() {
        let input = sine(48_000, 440.0, 1_000);
        let resampler = Resampler::new(48_000, 48_000);
        assert_eq!(resampled(&resampler, &input, 77), input);
    }

    #[test]
    fn a_whole_sound_is_what_its_pieces_are() {
        let input = sine(44_100, 997.0, 20_000);
        for to in [24_000, 44_100, 48_000] {
            let resampler = Resampler::new(44_100, to);
            assert_eq!(resampler.whole(&input), resampled(&resampler, &input, 777));
        }
        assert!(Resampler::new(44_100, 48_000).whole(&[]).is_empty());
    }

    #[test]
    fn the_passband_is_flat() {
        for (from, to) in [
            (24_000, 48_000),
            (44_100, 48_000),
            (48_000, 44_100),
            (22_050, 44_100),
            (16_000, 48_000),
        ] {
            let resampler = Resampler::new(from, to);
            for share in [0.01, 0.1, 0.5, 0.8, 0.88] {
                let hertz = share * f64::from(from.min(to)) / 2.0;
                let out = resampled(&resampler, &sine(from, hertz, from as usize / 5), 960);
                let gain = decibels(amplitude(&out, to, hertz) / 0.5);
                assert!(
                    gain.abs() < 0.05,
                    "{from} to {to}: {hertz} Hz came out {gain:.3} dB off"
                );
            }
        }
    }

    #[test]
    fn mirrors_and_aliases_are_below_minus_sixty_decibels() {
        // A tone in the passband must not show up mirrored at the old rate.
        for (from, to) in [(24_000_u32, 48_000_u32), (44_100, 48_000), (22_050, 48_000)] {
            let resampler = Resampler::new(from, to);
            for share in [0.2, 0.5, 0.88] {
                let hertz = share * f64::from(from) / 2.0;
                let out = resampled(&resampler, &sine(from, hertz, from as usize / 5), 960);
                let mut mirror = (f64::from(from) - hertz).rem_euclid(f64::from(to));
                mirror = mirror.min(f64::from(to) - mirror);
                let level = decibels(amplitude(&out, to, mirror) / 0.5);
                assert!(
                    level < -60.0,
                    "{from} to {to}: {hertz} Hz mirrored at {level:.1} dB"
                );
            }
        }
        // A tone above the new bandwidth must not fold back into it.
        let resampler = Resampler::new(48_000, 24_000);
        for hertz in [12_000.0, 14_000.0, 20_000.0] {
            let out = resampled(&resampler, &sine(48_000, hertz, 24_000), 960);
            let loudest = out[200..out.len() - 200]
                .iter()
                .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
            let level = decibels(f64::from(loudest) / 0.5);
            assert!(level < -60.0, "{hertz} Hz folded back at {level:.1} dB");
        }
    }

    #[test]
    fn the_result_is_the_curve_itself_from_the_first_frame_to_the_last() {
        // A tone that swells from nothing, so that the silence outside of it is part of the curve.
        let tone = |rate: u32, count: usize| -> Vec<f32> {
            (0..count)
                .map(|n| {
                    let time = n as f64 / f64::from(rate);
                    ((PI * time / 0.25).sin() * 0.6 * (2.0 * PI * 500.0 * time).sin()) as f32
                })
                .collect()
        };
        for (from, to) in [
            (24_000, 48_000),
            (44_100, 48_000),
            (24_000, 44_100),
            (8_000, 47_999),
        ] {
            let out = resampled(
                &Resampler::new(from, to),
                &tone(from, from as usize / 4),
                480,
            );
            assert_eq!(
                out.len(),
                (u64::from(from / 4) * u64::from(to)).div_ceil(u64::from(from)) as usize
            );
            let ideal = tone(to, out.len());
            let worst = out
                .iter()
                .zip(&ideal)
                .fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
            assert!(worst < 1e-3, "{from} to {to}: off by {worst}");
        }
    }

    #[test]
    fn blocks_of_any_size_give_the_same_frames() {
        let input = sine(44_100, 997.0, 5_000);
        let resampler = Resampler::new(44_100, 48_000);
        let whole = resampled(&resampler, &input, usize::MAX);
        for block in [1, 13, 480, 2_048] {
            assert_eq!(resampled(&resampler, &input, block), whole);
        }
    }

    #[test]
    fn positions_convert_both_ways_without_drift_over_many_hours() {
        for (from, to) in [
            (24_000, 48_000),
            (44_100, 48_000),
            (22_050, 192_000),
            (384_000, 8_000),
        ] {
            let resampler = Resampler::new(from, to);
            for sample in [0, 1, 44_099, 44_100 * 3_600 * 100] {
                let back = resampler.sample_at(resampler.frame_at(sample));
                let tolerance = u64::from(from / to) + 1;
                assert!(
                    back.abs_diff(sample) <= tolerance,
                    "{from} to {to}: {sample} came back as {back}"
                );
            }
        }
    }

    #[test]
    fn rates_without_a_common_measure_still_take_bounded_memory() {
        let resampler = Resampler::new(383_999, 1_000);
        assert!(resampler.table.len() <= TABLE_LIMIT);
        assert!(Resampler::new(1_000, 383_999).table.len() <= TABLE_LIMIT);
    }
}
