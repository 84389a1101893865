//! A text → a WAV file, whole or not at all.
//!
//! Sentences that were heard before are taken from disk. The file appears under its name only when it is complete; until
//! then a temporary one beside it grows, and is removed if anything goes wrong.

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use narration::durable::{NewFile, WriteError};
use narration::script::Script;
use narration::synthesis::Utterance;
use narration::wav::WavWriter;

use crate::casting::Casting;
use crate::failure::{Failure, FailureKind};
use crate::queue::Urgency;
use crate::speech::pause_samples;
use crate::synthesizer::{Arrival, Synthesizer};

/// A text with its script and how it is to be spoken.
#[derive(Clone)]
pub struct Order {
    /// The text that the script was cut from.
    pub text: Arc<str>,
    /// Its segments.
    pub script: Arc<Script>,
    /// Who speaks it, and how.
    pub casting: Casting,
    /// Requests that may be open at once.
    pub concurrency: usize,
}

/// What was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// Length of the audio.
    pub seconds: f64,
    /// Samples a second.
    pub rate: u32,
    /// Characters that were bought for it.
    pub bought: usize,
    /// Characters that were spoken in all, as the service counts.
    pub characters: usize,
    /// Why something that was bought could not be kept, and would have to be bought again.
    pub not_kept: Option<Failure>,
}

/// Hears of every sentence that is asked for again.
pub type Retrying = Arc<dyn Fn(&Failure) + Send + Sync>;

/// How far it is, in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaveProgress {
    /// Written.
    pub done: usize,
    /// In all.
    pub total: usize,
}

/// Speaks the whole text into `path`. Dropping the future cancels and leaves nothing behind. `progressed` hears of every
/// sentence, `retrying` of every one that is asked for again.
///
/// # Errors
/// What synthesis or writing gives. The target is then as it was before.
pub async fn save(
    synthesizer: &Synthesizer,
    order: Order,
    path: &Path,
    progressed: &(dyn Fn(SaveProgress) + Sync),
    retrying: Retrying,
) -> Result<Saved, Failure> {
    let Order {
        text,
        script,
        casting,
        concurrency,
    } = order;
    let rate = casting.main().sample_rate();
    let total = script.segments.len();
    if total == 0 {
        return Err(FailureKind::NothingToSay.into());
    }
    // A little under 4 bytes a letter at 44.1 kHz would already pass 4 GB at half a million letters.
    let may_be_long = text.len() > 100_000;
    let file = NewFile::create(path)?;
    let failed = |error| Failure::from(WriteError::new(path, error));
    let mut writer = WavWriter::new(BufWriter::with_capacity(1 << 16, file), rate, may_be_long)
        .map_err(failed)?;
    progressed(SaveProgress { done: 0, total });

    // The built-in voice uses one core whatever is asked of it; only the service gains from asking ahead.
    let at_once = if casting.is_paid() {
        concurrency.max(1)
    } else {
        1
    };
    let record_at = |index: usize| {
        let segment = &script.segments[index];
        let text = segment.speech(&text);
        let delivery = casting.delivery(segment).clone();
        record(
            synthesizer.clone(),
            Utterance { text, delivery },
            retrying.clone(),
        )
    };
    let mut recordings = stream::iter(0..total).map(record_at).buffered(at_once);

    let (mut bought, mut characters, mut done) = (0, 0, 0);
    let mut pause = pause_samples(script.pause_before, rate);
    let mut not_kept = None;
    while let Some(recorded) = recordings.next().await {
        let segment = &script.segments[done];
        done += 1;
        match recorded {
            Ok(recorded) => {
                let length = segment.speech(&text).chars().count();
                not_kept = not_kept.or(recorded.not_kept);
                characters += length;
                bought += if recorded.bought { length } else { 0 };
                let samples = [vec![0; pause], recorded.samples].concat();
                pause = pause_samples(segment.pause_after, rate);
                // A disk may stall; nobody else should wait for it.
                writer =
                    tokio::task::spawn_blocking(move || writer.write(&samples).map(|()| writer))
                        .await
                        .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?
                        .map_err(failed)?;
            }
            Err(failure) if failure.kind == FailureKind::NothingToSay => {}
            Err(failure) => return Err(failure),
        }
        progressed(SaveProgress { done, total });
    }
    if characters == 0 {
        return Err(FailureKind::NothingToSay.into());
    }
    let seconds = writer.samples() as f64 / f64::from(rate);
    let path = path.to_owned();
    let committed = tokio::task::spawn_blocking(move || {
        let unwritten = |error| WriteError::new(&path, error);
        let buffered = writer.finish().map_err(unwritten)?;
        buffered
            .into_inner()
            .map_err(|error| unwritten(error.into_error()))?
            .commit()
    });
    committed
        .await
        .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))??;
    Ok(Saved {
        seconds,
        rate,
        bought,
        characters,
        not_kept,
    })
}

struct Recorded {
    samples: Vec<i16>,
    bought: bool,
    not_kept: Option<Failure>,
}

/// One utterance, whole.
async fn record(
    synthesizer: Synthesizer,
    utterance: Utterance,
    retrying: Retrying,
) -> Result<Recorded, Failure> {
    let mut arrivals = synthesizer.speak(utterance, Urgency::Render);
    let (mut samples, mut not_kept) = (Vec::new(), None);
    while let Some(arrival) = arrivals.next().await {
        match arrival? {
            Arrival::Samples(more) => samples.extend_from_slice(&more),
            Arrival::Restart => samples.clear(),
            Arrival::Retrying { failure, .. } => retrying(&failure),
            // The file that is being written holds it; that is what was asked for.
            Arrival::NotKept(failure) => not_kept = Some(failure),
            Arrival::End { bought } => {
                return Ok(Recorded {
                    samples,
                    bought,
                    not_kept,
                });
            }
        }
    }
    Err(Failure::new(
        FailureKind::CutOff,
        "the synthesis ended without an end",
    ))
}

/// A name for a file, from a title: without what any system refuses, not longer than most allow.
pub fn file_name(title: &str) -> String {
    let cleaned = without_forbidden(title);
    let mut name = String::new();
    for word in cleaned.split_whitespace() {
        if name.chars().count() + word.chars().count() >= 60 {
            break;
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    let name = name.trim_matches(['.', ' ', '-', '…']);
    if name.is_empty() || is_device(name) {
        "Speech".to_owned()
    } else {
        name.to_owned()
    }
}

/// With spaces for what some system forbids in the name of a file.
pub(crate) fn without_forbidden(text: &str) -> String {
    let cleaned = text.chars().map(|c| {
        if c.is_control() || "/\\:*?\"<>|".contains(c) {
            ' '
        } else {
            c
        }
    });
    cleaned.collect()
}

/// Whether Windows takes the name for that of a device.
pub(crate) fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_name_is_what_every_system_accepts() {
        assert_eq!(file_name("Why? Because: \"a/b\\c\"."), "Why Because a b c");
        assert_eq!(file_name("nul.txt"), "Speech");
        assert_eq!(file_name(" ... "), "Speech");
        assert_eq!(file_name("Line\nbreak\0s"), "Line break s");
        assert!(file_name(&"word ".repeat(100)).chars().count() <= 60);
        assert_eq!(file_name(&"x".repeat(500)), "Speech");
    }
}
