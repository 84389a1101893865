//! A take as it is heard in its file: what is kept of it, at the file's rate and loudness, limited.

use sound::{Resampler, TruePeak, gain_of, limit, squares};

use super::measure::{Seen, Survey, scale};
use super::timeline::Place;
use super::{Open, OpenError, Recording, Settings};

/// How long a take comes in and goes out, in hundreds of microseconds: nobody hears it, and no click is left.
const RAMP: u32 = 50;
/// The same where the speech itself must bear it.
const SHORT_RAMP: u32 = 30;

/// Shapes takes.
pub(super) struct Shaper<'a> {
    open: &'a Open<'a>,
    survey: &'a Survey,
    settings: &'a Settings,
    meter: TruePeak,
}

/// A take ready for its file.
pub(super) struct Shaped {
    pub(super) samples: Vec<f32>,
    /// The highest point of its curve; full scale is 1.
    pub(super) peak: f32,
    pub(super) squares: f64,
    /// What limiting took off the energy that was surveyed, before the gain. Loud vowels lose it, for which the ear's
    /// weighting changes little.
    pub(super) lost: f64,
}

impl<'a> Shaper<'a> {
    pub(super) fn new(open: &'a Open<'a>, survey: &'a Survey, settings: &'a Settings) -> Self {
        Self {
            open,
            survey,
            settings,
            meter: TruePeak::new(),
        }
    }

    /// The amplitude that nothing passes before it is encoded; `spare` decibels lower than usual.
    pub(super) fn ceiling(&self, spare: f64) -> f32 {
        let ceiling = self.settings.finish.ceiling() - self.settings.format.headroom();
        gain_of(ceiling - spare) as f32
    }

    /// Opens a take and brings what is kept of it to the file's rate, and to a loudness by a gain in decibels.
    pub(super) fn shape(
        &self,
        place: &Place,
        gain: f64,
        ceiling: f32,
    ) -> Result<Shaped, OpenError> {
        let changed = || OpenError::from("the take is not what it was a moment ago");
        let seen = self.survey.seen[place.clip].as_ref().ok_or_else(changed)?;
        let recording = (self.open)(place.clip)?.ok_or_else(changed)?;
        if (recording.rate, recording.samples.len()) != (seen.rate, seen.samples) {
            return Err(changed());
        }
        let rate = self.settings.rate;
        let gain = gain_of(gain) as f32;
        let kept = kept(&recording, seen, place, rate, gain);
        let mut samples = if recording.rate == rate {
            kept
        } else {
            Resampler::new(recording.rate, rate).whole(&kept)
        };
        let length = place.kept().end - place.kept().start;
        samples.resize(usize::try_from(length)?, 0.0);
        let mut peak = seen.peak * gain;
        let mut lost = 0.0;
        let mut energy = squares(&samples);
        if may_pass(peak, ceiling) {
            if limit(&mut samples, rate, ceiling, &self.meter) {
                let left = squares(&samples);
                lost = seen.energy * (1.0 - left / energy.max(1e-30));
                energy = left;
            }
            peak = peak.min(ceiling);
        }
        Ok(Shaped {
            samples,
            peak,
            squares: energy,
            lost,
        })
    }
}

/// Whether a sound with this peak may have to be limited. At another rate the curve is the same, but a filter may move its
/// highest point by a hair.
pub(super) fn may_pass(peak: f32, ceiling: f32) -> bool {
    peak >= ceiling * 0.97
}

/// The kept samples of a take with this gain, coming in and going out softly.
fn kept(recording: &Recording, seen: &Seen, place: &Place, rate: u32, gain: f32) -> Vec<f32> {
    let gain = gain / 32_768.0;
    let own = |samples: u64| scale(usize::try_from(samples).unwrap_or(0), rate, seen.rate) as usize;
    let speech = &seen.speech;
    let (lead, ring) = (own(place.lead), own(place.ring));
    let from = speech.start.saturating_sub(lead);
    let to = (speech.end + ring).min(recording.samples.len());
    let mut samples: Vec<f32> = recording.samples[from..to]
        .iter()
        .map(|&sample| f32::from(sample) * gain)
        .collect();
    let ramp_of = |quiet: usize| {
        let long = (seen.rate * RAMP / 10_000) as usize;
        let short = (seen.rate * SHORT_RAMP).div_ceil(10_000) as usize;
        if quiet >= long { long } else { short }
    };
    let half = samples.len() / 2;
    let rising = ramp_of(lead).min(half);
    let falling = ramp_of(ring).min(half);
    for (at, sample) in samples.iter_mut().take(rising).enumerate() {
        *sample *= ramp(at, rising);
    }
    for (at, sample) in samples.iter_mut().rev().take(falling).enumerate() {
        *sample *= ramp(at, falling);
    }
    samples
}

/// Half a cosine from 0 to 1.
fn ramp(at: usize, length: usize) -> f32 {
    0.5 - 0.5 * (std::f32::consts::PI * at as f32 / length as f32).cos()
}
