//! Does a take sound whole? Judged by its samples alone, at no cost.
//!
//! What it is: measures of one take and a verdict, pure. What it is not: speech recognition; it finds takes that are
//! silent, clipped, cut off, or of a length that the voice never has for so many characters. It doubts rather too
//! seldom, since every doubt costs a second take.

use std::collections::VecDeque;

/// Why a take is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Next to nothing is heard.
    Silent,
    /// Far shorter than this voice needs for so many characters.
    Short,
    /// Far longer than this voice needs for so many characters.
    Long,
    /// Much of it is louder than samples can be.
    Clipped,
    /// It is short, and ends in the middle of a sound.
    CutOff,
    /// It is silent in between, for longer than anybody pauses.
    Gap,
}

/// What one take is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Length without the silence before and after.
    pub seconds: f64,
    /// The greatest sample, 0 to 1.
    pub peak: f64,
    /// The share of samples at full scale.
    pub clipped: f64,
    /// The longest silence within it, in seconds.
    pub gap: f64,
    /// The loudness of its end beside that of its loud parts: 1 for an end in mid-sound, near 0 for one that fades.
    pub end: f64,
}

/// Frames in which loudness is measured, in seconds.
const FRAME: f64 = 0.01;
/// Quieter than this is silence: −50 dB of full scale.
const SILENCE: f64 = 0.003;

/// Measures a take.
pub fn measure(samples: &[i16], rate: u32) -> Measures {
    let frame = ((f64::from(rate) * FRAME) as usize).max(1);
    let loudness: Vec<f64> = samples.chunks(frame).map(loudness_of).collect();
    let is_loud = |loudness: &f64| *loudness > SILENCE;
    let first = loudness.iter().position(is_loud);
    let last = loudness.iter().rposition(is_loud);
    let frames = match (first, last) {
        (Some(first), Some(last)) => last + 1 - first,
        _ => 0,
    };
    let within = first.map_or(&[][..], |first| &loudness[first..first + frames]);
    let gap = within.split(is_loud).map(<[f64]>::len).max().unwrap_or(0);
    let peak = samples.iter().map(|one| one.unsigned_abs()).max();
    let at_full_scale = samples
        .iter()
        .filter(|one| one.unsigned_abs() >= 32_760)
        .count();
    let mut sorted = loudness.clone();
    sorted.sort_by(f64::total_cmp);
    let loud = sorted.get(sorted.len() * 9 / 10).copied().unwrap_or(0.0);
    let end = &loudness[loudness.len().saturating_sub(2)..];
    let end = end.iter().sum::<f64>() / end.len().max(1) as f64;
    Measures {
        seconds: frames as f64 * FRAME,
        gap: gap as f64 * FRAME,
        peak: f64::from(peak.unwrap_or(0)) / 32_768.0,
        clipped: at_full_scale as f64 / samples.len().max(1) as f64,
        end: if loud > 0.0 { end / loud } else { 0.0 },
    }
}

fn loudness_of(frame: &[i16]) -> f64 {
    let sum: f64 = frame.iter().map(|&one| f64::from(one).powi(2)).sum();
    (sum / frame.len().max(1) as f64).sqrt() / 32_768.0
}

/// What is usual for one voice at one speed: its own takes so far.
#[derive(Clone, Debug, Default)]
pub struct Norm {
    /// Seconds a character, newest last.
    paces: VecDeque<f64>,
}

/// The median of fewer takes says nothing.
const ENOUGH: usize = 12;
const REMEMBERED: usize = 500;
/// Longer than any pause within what is asked for at once, in seconds.
const LONGEST_GAP: f64 = 2.5;
/// Nobody speaks more letters a second, at twice the usual speed either: about twice what can be understood.
const MOST_LETTERS: f64 = 60.0;
/// The pace of shorter texts says more of their pauses than of the voice.
const LONG_ENOUGH: usize = 20;

impl Norm {
    /// Takes note of a take that nobody doubts.
    pub fn learn(&mut self, seconds: f64, text: &str) {
        let characters = text.chars().count();
        if characters < LONG_ENOUGH || seconds <= 0.0 {
            return;
        }
        if self.paces.len() == REMEMBERED {
            self.paces.pop_front();
        }
        self.paces.push_back(seconds / characters as f64);
    }

    /// The usual pace in seconds a character, once enough is known.
    pub fn pace(&self) -> Option<f64> {
        if self.paces.len() < ENOUGH {
            return None;
        }
        let mut paces: Vec<f64> = self.paces.iter().copied().collect();
        let middle = paces.len() / 2;
        let (_, median, _) = paces.select_nth_unstable_by(middle, f64::total_cmp);
        Some(*median)
    }

    /// Whether there is reason to doubt a take of this text.
    pub fn doubt(&self, measures: &Measures, text: &str) -> Option<Doubt> {
        let characters = text.chars().count();
        if measures.peak < SILENCE || measures.seconds < 0.05 {
            return Some(Doubt::Silent);
        }
        if measures.clipped > 0.02 {
            return Some(Doubt::Clipped);
        }
        if measures.gap > LONGEST_GAP {
            return Some(Doubt::Gap);
        }
        let letters = text.chars().filter(|sign| sign.is_alphanumeric()).count();
        if letters >= LONG_ENOUGH && letters as f64 > MOST_LETTERS * measures.seconds {
            return Some(Doubt::Short);
        }
        let usual = self.pace().filter(|_| characters >= LONG_ENOUGH)?;
        let ratio = measures.seconds / (usual * characters as f64);
        // Digits are few characters and many syllables.
        let digits = text.chars().filter(char::is_ascii_digit).count();
        if ratio < 0.55 {
            Some(Doubt::Short)
        } else if ratio > 2.5 && digits * 8 < characters {
            Some(Doubt::Long)
        } else if ratio < 0.7 && measures.end > 0.7 {
            Some(Doubt::CutOff)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;
    const TEXT: &str = "A sentence of about forty characters, say.";

    fn tone(seconds: f64, gain: f64) -> Vec<i16> {
        let samples = (seconds * f64::from(RATE)) as usize;
        (0..samples)
            .map(|at| {
                let fade = (samples - at).min(at).min(400) as f64 / 400.0;
                ((at as f64 * 0.3).sin() * gain * fade * 32_767.0).clamp(-32_768.0, 32_767.0) as i16
            })
            .collect()
    }

    fn usual() -> Norm {
        let mut norm = Norm::default();
        for _ in 0..ENOUGH {
            norm.learn(measure(&tone(2.5, 0.4), RATE).seconds, TEXT);
        }
        norm
    }

    fn doubt(samples: &[i16]) -> Option<Doubt> {
        usual().doubt(&measure(samples, RATE), TEXT)
    }

    #[test]
    fn a_take_like_the_others_is_not_doubted() {
        for seconds in [1.9, 2.5, 4.0] {
            assert_eq!(doubt(&tone(seconds, 0.4)), None);
        }
        let padded = [vec![0; 8_000], tone(2.5, 0.4), vec![0; 40_000]].concat();
        assert_eq!(doubt(&padded), None, "silence around it is not counted");
    }

    #[test]
    fn silent_clipped_short_long_and_cut_off_takes_are_doubted() {
        assert_eq!(doubt(&[]), Some(Doubt::Silent));
        assert_eq!(doubt(&vec![3; 20_000]), Some(Doubt::Silent));
        assert_eq!(doubt(&tone(2.5, 3.0)), Some(Doubt::Clipped));
        assert_eq!(doubt(&tone(0.8, 0.4)), Some(Doubt::Short));
        assert_eq!(doubt(&tone(9.0, 0.4)), Some(Doubt::Long));
        assert_eq!(doubt(&tone(2.5, 0.4)[..12_800]), Some(Doubt::CutOff));
        assert_eq!(doubt(&tone(2.5, 0.4)[..10_000]), Some(Doubt::Short));
        let half = [&tone(2.5, 0.4)[..10_000], &[0; 10_000]].concat();
        assert_eq!(doubt(&half), Some(Doubt::Short));
        let torn = [&tone(1.2, 0.4)[..], &[0; 24_000], &tone(1.2, 0.4)].concat();
        assert_eq!(doubt(&torn), Some(Doubt::Gap));
    }

    #[test]
    fn length_is_judged_only_once_the_voice_is_known() {
        let norm = Norm::default();
        assert_eq!(norm.doubt(&measure(&tone(0.8, 0.4), RATE), TEXT), None);
        // But for what no voice can.
        let fast = norm.doubt(&measure(&tone(0.4, 0.4), RATE), TEXT);
        assert_eq!(fast, Some(Doubt::Short));
        assert_eq!(norm.doubt(&measure(&[], RATE), TEXT), Some(Doubt::Silent));
    }
}
