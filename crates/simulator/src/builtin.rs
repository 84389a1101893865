//! Real speech, from the built-in voice: one voice for the whole process, in four timbres for all the ids.

use std::{io, sync::OnceLock};

use builtin_voice::{Options, SAMPLE_RATE, Timbre, Voice};

use crate::{
    resample::resample,
    speech::{Block, Utterance},
    voices::{self, Model, stable_hash},
};

/// Speaks, sentence by sentence, on the calling thread, until the listener returns `false`.
///
/// # Errors
/// If the voice can't be loaded, or fails.
pub(crate) fn speak(
    utterance: &Utterance,
    mut listener: impl FnMut(Block) -> bool,
) -> io::Result<()> {
    let options = Options {
        // The voice itself stays within what it can do.
        speed: utterance.speed as f32,
        timbre: timbre(&utterance.voice_id),
        seed: stable_hash(&utterance.voice_id),
    };
    for passage in voice()?.speak(&utterance.text, &options) {
        let passage = passage.map_err(io::Error::other)?;
        let samples = resample(&passage.samples, SAMPLE_RATE, utterance.rate);
        let block = Block {
            samples: samples.into_iter().map(to_sixteen_bits).collect(),
            words: Vec::new(),
        };
        if !listener(block) {
            break;
        }
    }
    Ok(())
}

/// Loaded when it is first needed; those who come meanwhile wait.
fn voice() -> io::Result<&'static Voice> {
    static VOICE: OnceLock<Result<Voice, String>> = OnceLock::new();
    VOICE
        .get_or_init(|| Voice::load().map_err(|error| error.to_string()))
        .as_ref()
        .map_err(|error| io::Error::other(error.clone()))
}

/// High for women, low for men, anything for those who don't say.
fn timbre(voice_id: &str) -> Timbre {
    let gender = voices::find(voice_id, Model::Standard).and_then(|voice| voice.gender.as_deref());
    let choice: &[Timbre] = match gender {
        Some("female") => &[Timbre::Natural, Timbre::Bright],
        Some("male") => &[Timbre::Low, Timbre::Deep],
        _ => &[Timbre::Natural, Timbre::Bright, Timbre::Low, Timbre::Deep],
    };
    let index = stable_hash(voice_id) % choice.len() as u64;
    choice.get(index as usize).copied().unwrap_or_default()
}

fn to_sixteen_bits(sample: f32) -> i16 {
    (sample * f32::from(i16::MAX)).round() as i16
}
