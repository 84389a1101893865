//! From spectra to a waveform: a train of pulses at the voice's pitch, filtered by the harmonic spectrum, plus shaped
//! noise, plus the part with a phase of its own; then one inverse short-time Fourier transform.

use std::f32::consts::{PI, TAU};
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::network::{BINS, Spectra};
use crate::{Error, SAMPLE_RATE};

/// Samples of a transform: four hops, so that every sample is covered by four windows.
const WINDOW: usize = 2 * (BINS - 1);
/// Samples from one frame to the next: 12.5 ms.
pub(crate) const HOP: usize = WINDOW / 4;
/// Below this pitch in Hz there is no voice.
const LOWEST_PITCH: f32 = 40.0;
/// Harmonics above this frequency in Hz are left out, so that none folds back.
const HIGHEST_HARMONIC: f32 = 11_000.0;
/// Cap on a log level: a wild frame must not deafen anybody.
const LOUDEST: f32 = 7.0;

/// Plans and tables that every utterance shares.
pub(crate) struct Vocoder {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
}

impl Vocoder {
    pub(crate) fn new() -> Vocoder {
        let mut planner = RealFftPlanner::new();
        let window = (0..WINDOW)
            .map(|at| 0.5 - 0.5 * (TAU * at as f32 / WINDOW as f32).cos())
            .collect();
        Vocoder {
            forward: planner.plan_fft_forward(WINDOW),
            inverse: planner.plan_fft_inverse(WINDOW),
            window,
        }
    }

    /// Mono samples at [`SAMPLE_RATE`]. `pitch_scale` moves the pitch and leaves the timbre of the mouth alone; `haste`
    /// divides the duration by passing over frames, at unchanged pitch; `seed` fixes the noise.
    pub(crate) fn render(
        &self,
        spectra: &Spectra,
        pitch_scale: f32,
        haste: f32,
        seed: u64,
    ) -> Result<Vec<f32>, Error> {
        let given = spectra.pitch.size(1);
        for spectrum in spectra.each_spectrum() {
            if spectrum.shape() != [1, BINS, given] {
                return Err(Error::UnexpectedOutput { name: "spectra" });
            }
        }
        let frames = (given as f32 / haste).ceil() as usize;
        let nearest =
            |frame: usize| ((frame as f32 * haste).round() as usize).min(given.saturating_sub(1));
        let pitch: Vec<f32> = (0..frames)
            .map(|frame| spectra.pitch[[0, nearest(frame)]])
            .collect();
        let source = pulses(&pitch, pitch_scale);
        let mut noise = Noise::new(seed);
        let mut bins = self.forward.make_output_vec();
        let mut scratch = vec![
            Complex::default();
            self.forward
                .get_scratch_len()
                .max(self.inverse.get_scratch_len())
        ];
        let mut frame = vec![0.0f32; WINDOW];
        let mut sum = vec![0.0f32; WINDOW + frames.saturating_sub(1) * HOP];
        let mut windows = sum.clone();
        for index in 0..frames {
            self.source_frame(&source, index, &mut frame);
            self.forward
                .process_with_scratch(&mut frame, &mut bins, &mut scratch)
                .map_err(|_| Error::Transform)?;
            shape(spectra, nearest(index), &mut bins, &mut noise);
            self.inverse
                .process_with_scratch(&mut bins, &mut frame, &mut scratch)
                .map_err(|_| Error::Transform)?;
            let place = index * HOP..index * HOP + WINDOW;
            let weights = sum[place.clone()].iter_mut().zip(&mut windows[place]);
            for ((sum, weight), (sample, window)) in weights.zip(frame.iter().zip(&self.window)) {
                *sum += sample * window / WINDOW as f32;
                *weight += window * window;
            }
        }
        let centred = WINDOW / 2..WINDOW / 2 + frames * HOP;
        let samples = sum
            .iter()
            .zip(&windows)
            .map(|(sum, weight)| sum / weight.max(1e-11));
        Ok(samples.skip(centred.start).take(centred.len()).collect())
    }

    /// One windowed frame of the source, mirrored at its ends, scaled so that a cosine of amplitude 1 has magnitude 1.
    fn source_frame(&self, source: &[f32], index: usize, frame: &mut [f32]) {
        let start = (index * HOP) as isize - (WINDOW / 2) as isize;
        for (at, (sample, window)) in frame.iter_mut().zip(&self.window).enumerate() {
            *sample = mirrored(source, start + at as isize) * window / HOP as f32;
        }
    }
}

impl Spectra {
    fn each_spectrum(&self) -> [&NdTensor<f32, 3>; 5] {
        [
            &self.harmonic_level,
            &self.harmonic_phase,
            &self.noise_level,
            &self.free_level,
            &self.free_phase,
        ]
    }
}

/// Turns the spectrum of the source into that of the speech, in place.
fn shape(spectra: &Spectra, index: usize, bins: &mut [Complex<f32>], noise: &mut Noise) {
    for (bin, value) in bins.iter_mut().enumerate() {
        let at = [0, bin, index];
        let harmonic = polar(
            spectra.harmonic_level[at],
            PI * spectra.harmonic_phase[at].tanh(),
        );
        let free = polar(spectra.free_level[at], spectra.free_phase[at]);
        *value = *value * harmonic + noise.next() * level(spectra.noise_level[at]) + free;
    }
    // The transform of a real signal is real at both ends.
    for end in [0, BINS - 1] {
        bins[end].im = 0.0;
    }
}

fn level(log: f32) -> f32 {
    log.min(LOUDEST).exp()
}

fn polar(log_level: f32, phase: f32) -> Complex<f32> {
    Complex::from_polar(level(log_level), phase)
}

/// A sample of the source, reflected at both ends without repeating the end itself.
fn mirrored(source: &[f32], at: isize) -> f32 {
    let last = source.len() as isize - 1;
    let at = if at < 0 { -at } else { at };
    let at = if at > last {
        (2 * last - at).max(0)
    } else {
        at
    };
    source.get(at as usize).copied().unwrap_or_default()
}

/// The source: every harmonic of the pitch at unit amplitude, in closed form; silence where there is no voice.
///
/// The power per hertz is kept when the pitch is scaled, so that voice and breath stay in balance.
fn pulses(pitch: &[f32], pitch_scale: f32) -> Vec<f32> {
    let frames = pitch.len();
    let pitch_at = |frame: usize| pitch[frame.min(frames.saturating_sub(1))];
    let amplitude = pitch_scale.sqrt();
    let mut samples = Vec::with_capacity(frames * HOP);
    let mut cycles = 0.0f64;
    for at in 0..frames * HOP {
        // Between the centres of two frames the pitch runs straight.
        let position = (at as f32 + 0.5) / HOP as f32 - 0.5;
        let before = position.floor();
        let (weight, before) = (position - before, before.max(0.0) as usize);
        let after = if position < 0.0 { 0 } else { before + 1 };
        let natural = pitch_at(before) * (1.0 - weight) + pitch_at(after) * weight;
        let frequency = natural.max(LOWEST_PITCH) * pitch_scale;
        cycles = (cycles + f64::from(frequency) / f64::from(SAMPLE_RATE)).fract();
        samples.push(if natural > LOWEST_PITCH {
            amplitude * harmonics(cycles as f32 * TAU, frequency)
        } else {
            0.0
        });
    }
    samples
}

/// `Σ cos(h·phase)` over all harmonics `h` of `frequency` that are kept.
fn harmonics(phase: f32, frequency: f32) -> f32 {
    let count = (HIGHEST_HARMONIC / frequency).floor();
    let denominator = 2.0 * (phase * 0.5).sin();
    if denominator.abs() <= 2e-3 {
        count
    } else {
        ((count + 0.5) * phase).sin() / denominator - 0.5
    }
}

/// Seeded complex noise, normally distributed with unit variance in each component.
struct Noise {
    state: u64,
}

impl Noise {
    fn new(seed: u64) -> Noise {
        Noise { state: seed }
    }

    fn next(&mut self) -> Complex<f32> {
        // Box–Muller: a radius and an angle from two uniform numbers. SplitMix64 supplies both halves at once.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let uniform = |bits: u64| ((bits & 0xff_ffff) as f32 + 0.5) / (1 << 24) as f32;
        let radius = (-2.0 * uniform(bits).ln()).sqrt();
        Complex::from_polar(radius, TAU * uniform(bits >> 32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_normal_and_repeats_with_its_seed() {
        let mut noise = Noise::new(7);
        let values: Vec<f32> = (0..50_000)
            .flat_map(|_| {
                let z = noise.next();
                [z.re, z.im]
            })
            .collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|value| value * value).sum::<f32>() / values.len() as f32;
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03,
            "mean {mean}, variance {variance}"
        );
        assert_eq!(Noise::new(7).next(), Noise::new(7).next());
        assert_ne!(Noise::new(7).next(), Noise::new(8).next());
    }

    #[test]
    fn pulses_have_the_pitch_they_are_given() {
        let second = pulses(&[200.0; 80], 1.0);
        let peaks = second
            .windows(3)
            .filter(|three| three[1] > 30.0 && three[1] >= three[0] && three[1] > three[2])
            .count();
        assert!(
            (198..=202).contains(&peaks),
            "{peaks} pulses in a second of 200 Hz"
        );
        assert!(pulses(&[0.0; 4], 1.0).iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn a_short_source_is_mirrored_without_end() {
        assert_eq!(mirrored(&[1.0, 2.0], 5), 1.0);
        assert_eq!(mirrored(&[], -600), 0.0);
    }
}
