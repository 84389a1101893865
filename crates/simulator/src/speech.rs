//! What the simulator says: a tone at once, or real speech from the built-in voice.
//!
//! Both come as blocks of samples at the asked rate, and for the same request always the same samples.

use std::{collections::VecDeque, io, ops::Range, sync::Arc};

use tokio::sync::mpsc;

use crate::{builtin, spelling::Spoken, voices::stable_hash};

/// How requests are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speech {
    /// A sine with 60 ms for each character at speed 1: there at once and always the same. Its pitch is the voice's, moved
    /// a little by each character, so that two texts of one length still differ. It fades in and out, and white space is silent.
    #[default]
    Tone,
    /// Speech from the built-in voice, sentence by sentence. It is loaded once for the whole process, on first use.
    BuiltinVoice,
}

/// What to say and how.
#[derive(Debug, Clone)]
pub(crate) struct Utterance {
    pub(crate) spoken: Spoken,
    pub(crate) voice_id: String,
    /// Hertz.
    pub(crate) rate: u32,
    /// 0.5–2.
    pub(crate) speed: f64,
}

/// A word of the text as it is written there, and when it is heard: seconds from the beginning of the audio.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// A stretch of samples, with the words that begin in it.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) samples: Vec<i16>,
    pub(crate) words: Vec<Word>,
}

impl Speech {
    /// All samples, made on the calling thread.
    pub(crate) fn all(self, utterance: &Utterance) -> io::Result<Vec<i16>> {
        match self {
            Speech::Tone => Ok(Tone::new(utterance)
                .flat_map(|block| block.samples)
                .collect()),
            Speech::BuiltinVoice => {
                let mut samples = Vec::new();
                builtin::speak(utterance, |block| {
                    samples.extend(block.samples);
                    true
                })?;
                Ok(samples)
            }
        }
    }

    /// The same samples in blocks, for a caller who must not block.
    pub(crate) fn stream(self, utterance: Utterance) -> Blocks {
        match self {
            Speech::Tone => Blocks::Here(Box::new(Tone::new(&utterance))),
            Speech::BuiltinVoice => {
                let (blocks, receiver) = mpsc::channel(2);
                tokio::task::spawn_blocking(move || {
                    // When nobody listens any more, what is left need not be spoken.
                    let spoken =
                        builtin::speak(&utterance, |block| blocks.blocking_send(Ok(block)).is_ok());
                    if let Err(error) = spoken {
                        let _ = blocks.blocking_send(Err(error));
                    }
                });
                Blocks::Elsewhere(receiver)
            }
        }
    }
}

/// Blocks of samples as they become ready.
pub(crate) enum Blocks {
    Here(Box<Tone>),
    Elsewhere(mpsc::Receiver<io::Result<Block>>),
}

impl Blocks {
    pub(crate) async fn next(&mut self) -> Option<io::Result<Block>> {
        match self {
            Blocks::Here(blocks) => blocks.next().map(Ok),
            Blocks::Elsewhere(blocks) => blocks.recv().await,
        }
    }
}

/// Whether there is anything in the text that a voice could say.
fn is_speakable(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Seconds of tone for each character at speed 1.
const SECONDS_PER_CHARACTER: f64 = 0.06;
const FADE_SECONDS: f64 = 0.03;
/// At the edges of words, beside the silence of white space.
const WORD_FADE_SECONDS: f64 = 0.008;
const LOUDNESS: f64 = 0.4 * i16::MAX as f64;

/// A tone in the making.
pub(crate) struct Tone {
    characters: Arc<[char]>,
    /// The words still to come: what they are, and the numbers of their first character and of the one after them.
    words: VecDeque<(String, Range<usize>)>,
    /// Index of the next character to sound.
    next: usize,
    /// Samples already made.
    made: usize,
    total: usize,
    rate: f64,
    seconds_per_character: f64,
    pitch: f64,
    /// In turns, 0–1.
    phase: f64,
}

impl Tone {
    fn new(utterance: &Utterance) -> Self {
        // Where there is nothing to say the service answers with next to nothing.
        let characters: Arc<[char]> = if is_speakable(&utterance.spoken.text) {
            utterance.spoken.text.chars().collect()
        } else {
            Arc::default()
        };
        let words = if characters.is_empty() {
            VecDeque::new()
        } else {
            utterance.spoken.words.clone().into()
        };
        let rate = f64::from(utterance.rate);
        let seconds_per_character = SECONDS_PER_CHARACTER / utterance.speed;
        let semitones = (stable_hash(&utterance.voice_id) % 25) as f64;
        Self {
            next: 0,
            made: 0,
            total: (characters.len() as f64 * seconds_per_character * rate).round() as usize,
            characters,
            words,
            rate,
            seconds_per_character,
            pitch: 110.0 * (semitones / 12.0).exp2(),
            phase: 0.0,
        }
    }

    /// The next sample, softer by this factor.
    fn sample(&mut self, pitch: f64, softer: f64) -> i16 {
        let fade = (FADE_SECONDS * self.rate)
            .min(self.total as f64 / 4.0)
            .max(1.0);
        let from_edge = self.made.min(self.total - 1 - self.made) as f64;
        let gain = softer * (from_edge / fade).min(1.0);
        let value = (self.phase * std::f64::consts::TAU).sin() * gain * LOUDNESS;
        self.phase = (self.phase + pitch / self.rate).fract();
        self.made += 1;
        value.round() as i16
    }
}

impl Iterator for Tone {
    type Item = Block;

    /// One character's samples.
    fn next(&mut self) -> Option<Block> {
        let character = *self.characters.get(self.next)?;
        self.next += 1;
        let end = (self.next as f64 * self.seconds_per_character * self.rate).round() as usize;
        let end = end.min(self.total);
        let lift = f64::from(u32::from(character) % 17) / 16.0 - 0.5;
        let pitch = self.pitch * (1.0 + 0.2 * lift);
        let mut block = Block::default();
        let silent = |index: Option<usize>| {
            let neighbour = index.and_then(|index| self.characters.get(index));
            neighbour.is_some_and(|character| character.is_whitespace())
        };
        let (rises, falls) = (silent(self.next.checked_sub(2)), silent(Some(self.next)));
        let ramp = WORD_FADE_SECONDS * self.rate;
        let begin = self.made;
        while self.made < end {
            let from_word_edge = [
                rises.then(|| self.made - begin),
                falls.then(|| end - 1 - self.made),
            ]
            .into_iter()
            .flatten()
            .min();
            let softer = match from_word_edge {
                _ if character.is_whitespace() => 0.0,
                Some(distance) => (distance as f64 / ramp).min(1.0),
                None => 1.0,
            };
            let sample = self.sample(pitch, softer);
            block.samples.push(sample);
        }
        let begins = |(_, range): &mut (String, Range<usize>)| range.start < self.next;
        if let Some((text, range)) = self.words.pop_front_if(begins) {
            block.words.push(Word {
                text,
                start: range.start as f64 * self.seconds_per_character,
                end: range.end as f64 * self.seconds_per_character,
            });
        }
        Some(block)
    }
}
