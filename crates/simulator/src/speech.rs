//! What the simulator says: a tone at once, or real speech from the built-in voice.
//!
//! Both come as blocks of samples at the asked rate, and for the same request always the same samples.

use std::{io, sync::Arc};

use tokio::sync::mpsc;

use crate::{builtin, voices::stable_hash};

/// How requests are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speech {
    /// A sine with 60 ms for each character at speed 1: there at once and always the same. Its pitch is the voice's, moved
    /// a little by each character, so that two texts of one length still differ. It fades in and out.
    #[default]
    Tone,
    /// Speech from the built-in voice, sentence by sentence. It is loaded once for the whole process, on first use.
    BuiltinVoice,
}

/// What to say and how.
#[derive(Debug, Clone)]
pub(crate) struct Utterance {
    pub(crate) text: String,
    pub(crate) voice_id: String,
    /// Hertz.
    pub(crate) rate: u32,
    /// 0.5–2.
    pub(crate) speed: f64,
}

impl Speech {
    /// All samples, made on the calling thread.
    pub(crate) fn all(self, utterance: &Utterance) -> io::Result<Vec<i16>> {
        match self {
            Speech::Tone => Ok(Tone::new(utterance).flatten().collect()),
            Speech::BuiltinVoice => {
                let mut samples = Vec::new();
                builtin::speak(utterance, |block| {
                    samples.extend(block);
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
    Elsewhere(mpsc::Receiver<io::Result<Vec<i16>>>),
}

impl Blocks {
    pub(crate) async fn next(&mut self) -> Option<io::Result<Vec<i16>>> {
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
const LOUDNESS: f64 = 0.4 * i16::MAX as f64;

/// A tone in the making.
pub(crate) struct Tone {
    characters: Arc<[char]>,
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
        let characters: Arc<[char]> = if is_speakable(&utterance.text) {
            utterance.text.chars().collect()
        } else {
            Arc::default()
        };
        let rate = f64::from(utterance.rate);
        let seconds_per_character = SECONDS_PER_CHARACTER / utterance.speed;
        let semitones = (stable_hash(&utterance.voice_id) % 25) as f64;
        Self {
            next: 0,
            made: 0,
            total: (characters.len() as f64 * seconds_per_character * rate).round() as usize,
            characters,
            rate,
            seconds_per_character,
            pitch: 110.0 * (semitones / 12.0).exp2(),
            phase: 0.0,
        }
    }

    fn sample(&mut self, pitch: f64) -> i16 {
        let fade = (FADE_SECONDS * self.rate)
            .min(self.total as f64 / 4.0)
            .max(1.0);
        let from_edge = self.made.min(self.total - 1 - self.made) as f64;
        let gain = (from_edge / fade).min(1.0);
        let value = (self.phase * std::f64::consts::TAU).sin() * gain * LOUDNESS;
        self.phase = (self.phase + pitch / self.rate).fract();
        self.made += 1;
        value.round() as i16
    }
}

impl Iterator for Tone {
    type Item = Vec<i16>;

    /// One character's samples.
    fn next(&mut self) -> Option<Vec<i16>> {
        let character = *self.characters.get(self.next)?;
        self.next += 1;
        let end = (self.next as f64 * self.seconds_per_character * self.rate).round() as usize;
        let end = end.min(self.total);
        let lift = f64::from(u32::from(character) % 17) / 16.0 - 0.5;
        let pitch = self.pitch * (1.0 + 0.2 * lift);
        let mut block = Vec::with_capacity(end.saturating_sub(self.made));
        while self.made < end {
            block.push(self.sample(pitch));
        }
        Some(block)
    }
}
