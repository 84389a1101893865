//! Where speech begins, pauses and ends in a recording of one utterance, whatever noise lies under it.
//!
//! The recording is looked at in hops of 2 ms. What counts is the energy of its movement, without any constant offset,
//! over windows of five hops. Speech is what stands clear of the quietest windows and is not far below the loudest, and
//! lasts: a click is not speech.

use std::ops::Range;

/// Hops in a window.
const WINDOW: usize = 5;
/// Speech stands so far above the noise, in decibels.
const ABOVE_NOISE: f32 = 9.0;
/// What is so far below the loud parts is not speech, however still it is otherwise.
const DEEPEST: f32 = 44.0;
/// What is less far below the loud parts is speech, however noisy it is.
const SHALLOWEST: f32 = 22.0;
/// Nothing below this is speech, in dBFS.
const SILENCE: f32 = -66.0;
/// Of so many windows after the first, this share must be speech too.
const LASTING: usize = 16;
/// See [`LASTING`].
const LASTING_AT_LEAST: usize = 11;
/// Quiet for at least so many hops is a pause: 60 ms. The closure of a plosive is shorter.
const PAUSE: usize = 30;

/// Where speech lies in a recording, in samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// From the first sound of speech to the last.
    pub speech: Range<usize>,
    /// Within it, in order: where it is quiet for 60 ms or longer.
    pub pauses: Vec<Range<usize>>,
    /// The level of what is left when nobody speaks, in dBFS; the quietest tenth of a second-long look.
    pub noise: f32,
}

/// Finds speech; `None` where there is none. `rate` is in samples a second, above zero.
#[must_use]
pub fn outline(samples: &[i16], rate: u32) -> Option<Outline> {
    let hop = (rate / 500).max(1) as usize;
    let hops: Vec<Moments> = samples.chunks(hop).map(Moments::of).collect();
    let levels: Vec<f32> = (0..hops.len().saturating_sub(WINDOW - 1))
        .map(|at| Moments::level(&hops[at..at + WINDOW]))
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let at_share = |share: f64| {
        sorted
            .get(((sorted.len() as f64) * share) as usize)
            .copied()
    };
    let (noise, loud) = (at_share(0.04)?, at_share(0.93)?);
    let bar = (noise + ABOVE_NOISE)
        .clamp(loud - DEEPEST, loud - SHALLOWEST)
        .max(SILENCE);

    let is_speech: Vec<bool> = levels.iter().map(|&level| level > bar).collect();
    let (first, last) = lasting(&is_speech)?;
    // The window saw the sound come before the hop at its end did: the hop itself says where it begins.
    let begins = |hop: &&usize| Moments::level(&hops[**hop..=**hop]) > bar;
    let window: Vec<usize> = (first..first + WINDOW).collect();
    let start = window
        .iter()
        .find(begins)
        .copied()
        .unwrap_or(first + WINDOW - 1);
    let window: Vec<usize> = (last..last + WINDOW).collect();
    let end = window.iter().rev().find(begins).copied().unwrap_or(last) + 1;
    let speech = start * hop..(end * hop).min(samples.len());
    (!speech.is_empty()).then(|| Outline {
        pauses: pauses(&is_speech, start..end, hop),
        speech,
        noise,
    })
}

/// The first and the last window of speech that is not alone.
fn lasting(is_speech: &[bool]) -> Option<(usize, usize)> {
    let mut counts = vec![0_usize];
    for &speech in is_speech {
        counts.push(counts.last().copied().unwrap_or(0) + usize::from(speech));
    }
    let among = |range: Range<usize>| {
        let end = range.end.min(is_speech.len());
        counts[end] - counts[range.start.min(end)]
    };
    let needed = LASTING_AT_LEAST.min(is_speech.len());
    let first =
        (0..is_speech.len()).find(|&at| is_speech[at] && among(at..at + LASTING) >= needed)?;
    let last = (0..is_speech.len())
        .rev()
        .find(|&at| is_speech[at] && among((at + 1).saturating_sub(LASTING)..at + 1) >= needed)?;
    (first <= last).then_some((first, last))
}

fn pauses(is_speech: &[bool], speech: Range<usize>, hop: usize) -> Vec<Range<usize>> {
    let mut pauses = Vec::new();
    let mut quiet_since = None;
    for at in speech.start..speech.end {
        match (is_speech.get(at).copied().unwrap_or(true), quiet_since) {
            (false, None) => quiet_since = Some(at),
            (true, Some(since)) => {
                // A window is quiet only when its last hop is: the pause is longer than the quiet windows.
                let end = at + WINDOW - 1;
                if end - since >= PAUSE && end <= speech.end {
                    pauses.push(since * hop..end * hop);
                }
                quiet_since = None;
            }
            _ => {}
        }
    }
    pauses
}

/// What a hop's samples add up to.
#[derive(Clone, Copy)]
struct Moments {
    count: f32,
    sum: f32,
    squares: f32,
}

impl Moments {
    fn of(samples: &[i16]) -> Self {
        let (lanes, rest) = samples.as_chunks::<8>();
        let (mut sums, mut squares) = ([0_i32; 8], [0.0_f32; 8]);
        for chunk in lanes {
            for lane in 0..8 {
                let sample = f32::from(chunk[lane]);
                sums[lane] += i32::from(chunk[lane]);
                squares[lane] += sample * sample;
            }
        }
        let rest_sum: i32 = rest.iter().map(|&sample| i32::from(sample)).sum();
        let rest_squares: f32 = rest.iter().map(|&sample| f32::from(sample).powi(2)).sum();
        Self {
            count: samples.len() as f32,
            sum: (sums.iter().sum::<i32>() + rest_sum) as f32,
            squares: squares.iter().sum::<f32>() + rest_squares,
        }
    }

    /// The level of some hops together in dBFS, without their common offset.
    fn level(hops: &[Self]) -> f32 {
        let count: f32 = hops.iter().map(|hop| hop.count).sum();
        let sum: f32 = hops.iter().map(|hop| hop.sum).sum();
        let squares: f32 = hops.iter().map(|hop| hop.squares).sum();
        let mean = sum / count.max(1.0);
        let power = (squares / count.max(1.0) - mean * mean).max(1e-3);
        10.0 * (power / (32_768.0 * 32_768.0)).log10()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: u32 = 24_000;

    /// A voiced sound like speech: pulses at 110 Hz that ring, with the level of syllables.
    fn voice(samples: usize) -> Vec<f32> {
        (0..samples)
            .map(|n| {
                let time = n as f32 / RATE as f32;
                let since = (time * 110.0).fract() / 110.0;
                let syllable = 0.55 + 0.45 * (time * 25.0).sin();
                syllable * (-since * 300.0).exp() * (since * 3_800.0).sin() * 9_000.0
            })
            .collect()
    }

    fn noise(seed: u32, samples: usize, level: f32) -> Vec<f32> {
        let mut state = seed | 1;
        (0..samples)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                level * ((state >> 8) as f32 / 8_388_608.0 - 1.0)
            })
            .collect()
    }

    /// Silence, voice, silence, over noise and an offset.
    fn take(before: usize, spoken: usize, after: usize, level: f32, offset: f32) -> Vec<i16> {
        let mut sound = vec![0.0; before];
        sound.extend(voice(spoken));
        sound.resize(before + spoken + after, 0.0);
        sound
            .iter()
            .zip(noise(77, sound.len(), level))
            .map(|(sample, noise)| (sample + noise + offset).round() as i16)
            .collect()
    }

    #[test]
    fn silence_and_noise_without_speech_hold_none_or_are_taken_whole() {
        assert_eq!(outline(&[], RATE), None);
        assert_eq!(outline(&[0; 48_000], RATE), None);
        assert_eq!(
            outline(&[1_000; 48_000], RATE),
            None,
            "an offset is silence"
        );
        assert_eq!(outline(&[5; 3], RATE), None);
        let whisper: Vec<i16> = noise(5, 48_000, 3.0).iter().map(|&s| s as i16).collect();
        assert_eq!(outline(&whisper, RATE), None);
    }

    #[test]
    fn a_steady_tone_is_speech_from_end_to_end() {
        let tone: Vec<i16> = (0..24_000)
            .map(|n| ((n as f32 * 0.1).sin() * 8_000.0) as i16)
            .collect();
        assert_eq!(
            outline(&tone, RATE).map(|outline| outline.speech),
            Some(0..24_000)
        );
    }

    #[test]
    fn a_click_before_the_voice_is_not_its_beginning() {
        let mut take = take(12_000, 24_000, 9_600, 2.0, 0.0);
        take[2_000] = 20_000;
        take[2_001] = -20_000;
        take[44_000] = 20_000;
        let speech = outline(&take, RATE).unwrap().speech;
        assert!(speech.start.abs_diff(12_000) <= 240, "{speech:?}");
        assert!(speech.end.abs_diff(36_000) <= 480, "{speech:?}");
    }

    #[test]
    fn pauses_within_speech_are_found_where_they_are() {
        let mut sound = take(4_800, 24_000, 0, 2.0, 0.0);
        let gap = sound.len()..sound.len() + 4_800;
        sound.extend(take(4_800, 24_000, 4_800, 2.0, 0.0));
        let found = outline(&sound, RATE).unwrap();
        assert_eq!(found.pauses.len(), 1, "{:?}", found.pauses);
        assert!(
            found.pauses[0].start.abs_diff(gap.start) <= 480,
            "{found:?}"
        );
        assert!(found.pauses[0].end.abs_diff(gap.end) <= 480, "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn speech_is_found_within_ten_milliseconds_over_noise(
            before in 1_200_usize..24_000, spoken in 12_000_usize..60_000, after in 1_200_usize..24_000,
            level in 0.0_f32..160.0, offset in -900.0_f32..900.0,
        ) {
            let found = outline(&take(before, spoken, after, level, offset), RATE).unwrap().speech;
            // The voice rings for a few milliseconds and swells from a syllable's level.
            prop_assert!(found.start.abs_diff(before) <= 300, "{found:?} begins at {before}");
            prop_assert!(found.end.abs_diff(before + spoken) <= 480, "{found:?} ends at {}", before + spoken);
        }

        #[test]
        fn any_samples_give_ranges_inside_them(samples in prop::collection::vec(any::<i16>(), 0..3_000), rate in 1_u32..100_000) {
            if let Some(found) = outline(&samples, rate) {
                prop_assert!(found.speech.end <= samples.len() && !found.speech.is_empty());
                let mut at = found.speech.start;
                for pause in found.pauses {
                    prop_assert!(pause.start >= at && pause.start < pause.end && pause.end <= found.speech.end);
                    at = pause.end;
                }
            }
        }
    }
}
