//! Real speech, from the built-in voice: one voice for the whole process, in four timbres for all the ids.

use std::{io, ops::Range, sync::OnceLock};

use builtin_voice::{Options, Passage, SAMPLE_RATE, Timbre, Voice};
use sound::Resampler;

use crate::{
    speech::{Block, Utterance, Word},
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
    let resampler = Resampler::new(SAMPLE_RATE, utterance.rate);
    let mut words = Places::of(utterance);
    let mut seconds = 0.0;
    for passage in voice()?.speak(&utterance.spoken.text, &options) {
        let passage = passage.map_err(io::Error::other)?;
        let samples = resampler.whole(&passage.samples);
        let block = Block {
            words: words.within(&passage, seconds),
            samples: samples.into_iter().map(to_sixteen_bits).collect(),
        };
        seconds += passage.samples.len() as f64 / f64::from(SAMPLE_RATE);
        if !listener(block) {
            break;
        }
    }
    Ok(())
}

/// The written words that are still to be spoken, with the bytes of the spoken text that say them.
struct Places(std::vec::IntoIter<(String, Range<usize>)>);

impl Places {
    fn of(utterance: &Utterance) -> Self {
        let spoken = &utterance.spoken;
        let bytes: Vec<usize> = spoken.text.char_indices().map(|(byte, _)| byte).collect();
        let byte = |character: usize| bytes.get(character).copied().unwrap_or(spoken.text.len());
        let places: Vec<_> = spoken
            .words
            .iter()
            .map(|(word, range)| (word.clone(), byte(range.start)..byte(range.end)))
            .collect();
        Self(places.into_iter())
    }

    /// The words that begin in this passage, which itself begins at this time. A written word may be said as several, or as part of one.
    fn within(&mut self, passage: &Passage, begins: f64) -> Vec<Word> {
        let mut words = Vec::new();
        while let Some((text, range)) = self
            .0
            .as_slice()
            .first()
            .filter(|(_, range)| range.start < passage.text.end)
            .cloned()
        {
            self.0.next();
            let mut said = passage
                .words
                .iter()
                .filter(|word| word.text.start < range.end && range.start < word.text.end);
            let first = said.next();
            if let Some(first) = first {
                let last = said.next_back().unwrap_or(first);
                words.push(Word {
                    text,
                    start: begins + f64::from(first.seconds.start),
                    end: begins + f64::from(last.seconds.end),
                });
            }
        }
        words
    }
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
