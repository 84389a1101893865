//! The price before: what a narration would cost, how long it would be, how long it would take, and how much room.

use std::collections::HashSet;
use std::path::Path;

use narration::render::Order;

use crate::failure::{Failure, FailureKind};
use crate::settings::Settings;
use crate::speech::SECONDS_PER_CHARACTER;
use crate::synthesizer::Synthesizer;

/// What a narration would cost and take. Equal sentences count once: they are bought once.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Segments to speak.
    pub segments: usize,
    /// Characters to have, as the service counts.
    pub characters: usize,
    /// Of them there already.
    pub owned: usize,
    /// Of them to be bought.
    pub to_buy: usize,
    /// US dollars for those; `None` when the price of a voice is not known.
    pub price: Option<f64>,
    /// The month in which the prices were read; `None` when nothing costs anything.
    pub price_as_of: Option<String>,
    /// Length of the narration.
    pub seconds: f64,
    /// Time to make what is missing.
    pub seconds_to_make: f64,
    /// Bytes on the disk: new takes and the finished files.
    pub bytes: u64,
    /// Bytes there are.
    pub bytes_free: Option<u64>,
}

/// The service speaks about so many times faster than a person, by its maker's figures; the built-in voice about so
/// many times on one core.
const SERVICE_PACE: f64 = 3.3;
const BUILTIN_PACE: f64 = 10.0;

/// Estimates. Asks the disk for every sentence: not for a thread that must not wait.
///
/// # Errors
/// [`FailureKind::UnknownVoice`] for a voice that is none.
pub(crate) fn estimate(
    order: &Order,
    synthesizer: &Synthesizer,
    settings: &Settings,
    home: &Path,
) -> Result<Estimate, Failure> {
    let utterances = order
        .utterances()
        .map_err(|error| Failure::new(FailureKind::UnknownVoice, error.to_string()))?;
    let at_once = f64::from(settings.concurrency.max(1));
    let mut seen = HashSet::new();
    let mut estimate = Estimate {
        segments: utterances.len(),
        characters: 0,
        owned: 0,
        to_buy: 0,
        price: Some(0.0),
        price_as_of: None,
        seconds: 0.0,
        seconds_to_make: 0.0,
        bytes: 0,
        bytes_free: fs4::available_space(
            home.ancestors()
                .find(|folder| folder.exists())
                .unwrap_or(home),
        )
        .ok(),
    };
    for (utterance, segment) in utterances.iter().zip(&order.segments) {
        let characters = utterance.text.chars().count();
        let delivery = &utterance.delivery;
        let fingerprint = synthesizer.fingerprint(utterance);
        let known = synthesizer.takes().seconds(fingerprint);
        let guess = characters as f64 * SECONDS_PER_CHARACTER / delivery.speed.factor();
        let seconds = known.unwrap_or(guess);
        let bytes = (seconds * f64::from(delivery.sample_rate()) * 2.0) as u64;
        estimate.seconds += seconds + segment.pause_after().as_secs_f64();
        estimate.bytes += bytes;
        if !seen.insert(fingerprint) {
            continue;
        }
        estimate.characters += characters;
        if known.is_some() {
            estimate.owned += characters;
            continue;
        }
        estimate.bytes += bytes;
        if fingerprint.is_paid() {
            estimate.to_buy += characters;
            estimate.seconds_to_make += seconds / SERVICE_PACE / at_once;
            let price = synthesizer.price(&delivery.voice, characters);
            estimate.price = estimate
                .price
                .zip(price)
                .map(|(sum, price)| sum + price as f64 / 1e6);
            let months = [&settings.standard_price.as_of, &settings.pro_price.as_of];
            // The older of the two is the one to be wary of.
            estimate.price_as_of = months.into_iter().min().cloned();
        } else {
            estimate.seconds_to_make += seconds / BUILTIN_PACE;
        }
    }
    Ok(estimate)
}
