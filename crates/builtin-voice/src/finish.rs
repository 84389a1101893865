//! From raw speech to a passage that can be played after another: even loudness, no clipping, silence at the edges
//! trimmed to a constant, no clicks.

use crate::SAMPLE_RATE;

/// RMS of the spoken parts, as a fraction of full scale: −20 dBFS, about the level of the cloud voices.
const SPEECH_LEVEL: f32 = 0.1;
/// The voice's natural level needs this factor; a passage may be moved this much less or more, so that a murmur stays
/// softer than a shout.
const USUAL_GAIN: f32 = 2.0;
const GAIN_SPREAD: f32 = 1.5;
/// No sample is beyond this: −1 dBFS.
const CEILING: f32 = 0.89;
/// Blocks quieter than this RMS, −50 dBFS, count as silence at the edges.
const SILENCE: f32 = 0.003;

const MILLISECOND: usize = SAMPLE_RATE as usize / 1000;
const LEAD: usize = 30 * MILLISECOND;
const TAIL: usize = 60 * MILLISECOND;
const FADE: usize = 5 * MILLISECOND;
const BLOCK: usize = 5 * MILLISECOND;

/// A passage that can be played after another.
pub(crate) struct Finished {
    /// Empty if there was nothing but silence.
    pub(crate) samples: Vec<f32>,
    /// What was sample 0 of the raw speech is this one now; below 0 if silence was cut off.
    pub(crate) origin: isize,
}

/// Finishes raw speech. `pause` samples of silence follow the tail.
pub(crate) fn finish(raw: Vec<f32>, pause: usize) -> Finished {
    let mut samples = raw;
    for sample in &mut samples {
        if !sample.is_finite() {
            *sample = 0.0;
        }
    }
    even_out(&mut samples);
    let Some(mut finished) = trim(&mut samples) else {
        return Finished {
            samples: Vec::new(),
            origin: 0,
        };
    };
    let length = finished.samples.len() + pause;
    finished.samples.resize(length, 0.0);
    finished
}

/// Brings speech to its level and holds the peaks down without distorting them.
fn even_out(samples: &mut [f32]) {
    let level = speech_level(samples);
    if level <= 0.0 {
        return;
    }
    let gain = (SPEECH_LEVEL / level).clamp(USUAL_GAIN / GAIN_SPREAD, USUAL_GAIN * GAIN_SPREAD);
    let reduction = peak_reduction(samples, gain);
    for (index, sample) in samples.iter_mut().enumerate() {
        let (block, within) = (index / BLOCK, (index % BLOCK) as f32 / BLOCK as f32);
        let (from, to) = (reduction[block], reduction[block + 1]);
        *sample = (*sample * gain * (from + (to - from) * within)).clamp(-CEILING, CEILING);
    }
}

/// RMS of the blocks that hold speech: those not far below the loudest.
fn speech_level(samples: &[f32]) -> f32 {
    let powers: Vec<f32> = samples.chunks(4 * BLOCK).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    let spoken: Vec<f32> = powers
        .into_iter()
        .filter(|power| *power > loudest * 1e-3)
        .collect();
    if spoken.is_empty() {
        0.0
    } else {
        (spoken.iter().sum::<f32>() / spoken.len() as f32).sqrt()
    }
}

/// For each border between blocks, the factor that keeps the peaks around it under the ceiling. A factor reaches two
/// blocks to either side, so that the gain has come down before the peak arrives.
fn peak_reduction(samples: &[f32], gain: f32) -> Vec<f32> {
    let needed: Vec<f32> = samples
        .chunks(BLOCK)
        .map(|block| {
            let peak = block
                .iter()
                .fold(0.0f32, |peak, sample| peak.max(sample.abs()))
                * gain;
            if peak > CEILING { CEILING / peak } else { 1.0 }
        })
        .collect();
    let lowest_near = |border: usize, reach: usize| {
        let near = border.saturating_sub(reach)..(border + reach).min(needed.len());
        needed[near].iter().copied().fold(1.0, f32::min)
    };
    let lowest: Vec<f32> = (0..=needed.len())
        .map(|border| lowest_near(border, 2))
        .collect();
    (0..lowest.len())
        .map(|border| {
            let near = &lowest[border.saturating_sub(1)..(border + 2).min(lowest.len())];
            near.iter().sum::<f32>() / near.len() as f32
        })
        .collect()
}

/// The speech with [`LEAD`] before and [`TAIL`] after it: what the voice does there, faded, then true silence.
fn trim(samples: &mut [f32]) -> Option<Finished> {
    let speaks = |block: &[f32]| power(block) > SILENCE * SILENCE;
    let first = samples.chunks(BLOCK).position(speaks)? * BLOCK;
    let end = samples
        .chunks(BLOCK)
        .rposition(speaks)
        .map_or(samples.len(), |last| (last + 1) * BLOCK);
    let end = end.min(samples.len());
    let (lead, tail) = (first.min(LEAD), (samples.len() - end).min(TAIL));
    let speech = &mut samples[first - lead..end + tail];
    fade(speech);
    let mut passage = vec![0.0; LEAD - lead];
    passage.extend_from_slice(speech);
    passage.resize(passage.len() + TAIL - tail, 0.0);
    Some(Finished {
        samples: passage,
        origin: LEAD as isize - first as isize,
    })
}

fn fade(speech: &mut [f32]) {
    let length = (speech.len() / 2).min(FADE);
    for at in 0..length {
        let factor = at as f32 / length as f32;
        speech[at] *= factor;
        let mirrored = speech.len() - 1 - at;
        speech[mirrored] *= factor;
    }
}

fn power(block: &[f32]) -> f32 {
    block.iter().map(|sample| sample * sample).sum::<f32>() / block.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(milliseconds: usize, amplitude: f32) -> Vec<f32> {
        (0..milliseconds * MILLISECOND)
            .map(|at| amplitude * (at as f32 * 0.05).sin())
            .collect()
    }

    #[test]
    fn edges_are_constant_whatever_the_silence_around_the_speech() {
        let bare = finish(tone(500, 0.1), 0).samples.len();
        let padded = finish(
            [vec![0.0; 9600], tone(500, 0.1), vec![0.0; 9600]].concat(),
            0,
        )
        .samples
        .len();
        assert_eq!(bare, 590 * MILLISECOND);
        assert!(padded.abs_diff(bare) <= BLOCK);
    }

    #[test]
    fn a_peak_is_held_down_and_the_rest_keeps_its_level() {
        let mut samples = tone(2000, 0.07);
        samples[24_000] = 3.0;
        let passage = finish(samples, 0).samples;
        let peak = passage
            .iter()
            .fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        assert!(peak <= CEILING);
        let quiet = speech_level(&passage[..12_000]);
        assert!((0.08..0.12).contains(&quiet), "{quiet}");
    }

    #[test]
    fn silence_and_broken_numbers_become_no_passage() {
        assert!(finish(vec![0.0; 24_000], 100).samples.is_empty());
        assert!(finish(vec![f32::NAN; 24_000], 100).samples.is_empty());
        assert!(finish(Vec::new(), 100).samples.is_empty());
    }

    #[test]
    fn a_passage_starts_and_ends_at_zero() {
        let passage = finish(tone(300, 0.5), 240).samples;
        assert_eq!(passage.first(), Some(&0.0));
        assert!(
            passage[passage.len() - 240..]
                .iter()
                .all(|sample| *sample == 0.0)
        );
    }
}
