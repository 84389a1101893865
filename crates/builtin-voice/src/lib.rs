//! The built-in voice: English text to speech on this machine, without a key, a network or an installation.
//!
//! The weights and tables are those of *hibari* 0.2.1 (Apache-2.0, see `assets/README.md`); everything around the
//! networks is written here: sentences, text to phonemes ([`pronounce`]), spectra to sound ([`vocoder`]).
//!
//! What this crate is not: it knows no files, no audio devices and no cloud.
//!
//! Invariants:
//! - No text panics, and memory and time per passage are bounded whatever the text: pieces of at most 400 characters and
//!   400 phonemes.
//! - Speech is made lazily, piece by piece; dropping the iterator cancels.
//! - The same text, options and seed give the same samples on the same machine. Other processors round differently.
//! - The networks run on one thread.

mod finish;
mod network;
mod pronounce;
mod sentences;
mod table;
mod timing;
mod vocoder;

use std::collections::VecDeque;
use std::ops::Range;

use network::{AcousticNetwork, MAX_PHONEMES};
use pronounce::Pronouncer;
use sentences::{Break, Piece, Pieces};
use vocoder::Vocoder;

/// Samples a second of all speech; one channel.
pub const SAMPLE_RATE: u32 = 24_000;

/// The slowest [`Options::speed`] that is spoken; a lower one is raised to it.
pub const SLOWEST: f32 = 0.5;
/// The fastest [`Options::speed`] that is spoken; a higher one is lowered to it.
pub const FASTEST: f32 = 2.0;

/// Up to here the network itself speaks faster; beyond it swallows the starts of sentences, so the rest of the haste is
/// made by passing over frames of what it said.
const FASTEST_ARTICULATION: f32 = 1.2;

/// Why there is no voice, or no speech. None of these depends on the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A network inside the program does not load or run.
    #[error("the built-in voice's network failed: {0}")]
    Model(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A table inside the program is damaged.
    #[error("the built-in voice's table “{name}” is damaged")]
    Table {
        /// Which one.
        name: &'static str,
    },
    /// A network answered with something of another type or shape.
    #[error("the built-in voice's network gave an unexpected “{name}”")]
    UnexpectedOutput {
        /// Which output.
        name: &'static str,
    },
    /// A Fourier transform refused its buffers.
    #[error("the built-in voice could not turn spectra into sound")]
    Transform,
}

impl From<rten::LoadError> for Error {
    fn from(error: rten::LoadError) -> Error {
        Error::Model(Box::new(error))
    }
}

impl From<rten::RunError> for Error {
    fn from(error: rten::RunError) -> Error {
        Error::Model(Box::new(error))
    }
}

/// How the voice sounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Timbre {
    /// As the voice was made: a woman, speaking American English.
    #[default]
    Natural,
    /// Three fifths of the natural pitch.
    Deep,
    /// Three quarters of the natural pitch.
    Low,
    /// Six fifths of the natural pitch.
    Bright,
}

impl Timbre {
    fn pitch_scale(self) -> f32 {
        match self {
            Timbre::Natural => 1.0,
            Timbre::Deep => 0.6,
            Timbre::Low => 0.75,
            Timbre::Bright => 1.2,
        }
    }
}

/// How to speak.
#[derive(Clone, Debug)]
pub struct Options {
    /// Speed, 1.0 being the voice's own. Clamped to [`SLOWEST`]`..=`[`FASTEST`], where it stays intelligible; anything
    /// that is not a number counts as 1.0.
    pub speed: f32,
    /// The voice's timbre.
    pub timbre: Timbre,
    /// Fixes the noise in the voice: the same seed gives the same samples.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            speed: 1.0,
            timbre: Timbre::Natural,
            seed: 0,
        }
    }
}

/// One sentence of speech, or a piece of a long one.
///
/// The speech has 30 ms of near silence before it and 60 ms after it. If more speech follows from the same text, the
/// passage also holds the pause up to it, so passages are played one directly after the other.
#[derive(Clone, Debug)]
pub struct Passage {
    /// Mono samples at [`SAMPLE_RATE`], within ±1 (peaks at most −1 dBFS, speech about −20 dBFS RMS).
    pub samples: Vec<f32>,
    /// The bytes of the input that it speaks. Ranges ascend and do not overlap.
    pub text: Range<usize>,
    /// When each of its words is heard, in order. Marks that are not heard are not among them.
    pub words: Vec<WordTime>,
}

/// When a word is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct WordTime {
    /// The bytes of the input that it stands in: what is between white space, marks and all.
    pub text: Range<usize>,
    /// Seconds from the beginning of the passage. Exact to 12.5 ms, since the voice
    /// measures phonemes in steps of 25 ms, where the word is read in its sentence as it is by itself.
    pub seconds: Range<f32>,
}

/// A voice to choose: an id that never changes, a name to show, and the timbre it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Starts with `builtin/`.
    pub id: &'static str,
    /// For people to read.
    pub name: &'static str,
    /// What to put into [`Options::timbre`].
    pub timbre: Timbre,
}

/// The voices to choose from, the natural one first.
pub fn presets() -> &'static [Preset] {
    const PRESETS: [Preset; 4] = [
        Preset {
            id: "builtin/hibari",
            name: "Hibari",
            timbre: Timbre::Natural,
        },
        Preset {
            id: "builtin/hibari-bright",
            name: "Hibari, bright",
            timbre: Timbre::Bright,
        },
        Preset {
            id: "builtin/hibari-low",
            name: "Hibari, low",
            timbre: Timbre::Low,
        },
        Preset {
            id: "builtin/hibari-deep",
            name: "Hibari, deep",
            timbre: Timbre::Deep,
        },
    ];
    &PRESETS
}

/// Whether anything in the text can be spoken. `false` for empty text, for emoji alone, and for scripts that the voice
/// does not read, such as Chinese. Needs no voice, and stops at the first character that can be spoken.
pub fn speakable(text: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    let has_sound = |symbol: char| symbol.is_ascii_alphanumeric() || pronounce::is_readable(symbol);
    text.chars().any(|symbol| match symbol {
        _ if symbol.is_ascii() => symbol.is_ascii_alphanumeric() || "%&@+".contains(symbol),
        _ if has_sound(symbol) => true,
        _ if pronounce::symbol_word(symbol)
            .is_some_and(|word| word.contains(char::is_alphabetic)) =>
        {
            true
        }
        _ => symbol.is_alphanumeric() && std::iter::once(symbol).nfkc().any(has_sound),
    })
}

/// The voice, ready to speak. Can be shared between threads; speaking does not change it.
pub struct Voice {
    pronouncer: Pronouncer,
    network: AcousticNetwork,
    vocoder: Vocoder,
}

impl Voice {
    /// Unpacks the voice. Takes a few tenths of a second: call it on a background thread.
    ///
    /// # Errors
    /// Only if the program itself is damaged.
    pub fn load() -> Result<Voice, Error> {
        Ok(Voice {
            pronouncer: Pronouncer::load()?,
            network: AcousticNetwork::load()?,
            vocoder: Vocoder::new(),
        })
    }

    /// Speaks a text, passage by passage, each made when it is asked for. Parts that cannot be spoken are passed over; a
    /// text without anything speakable gives no passage. Dropping the iterator cancels.
    ///
    /// # Errors
    /// An item is an error if a network fails; it is the last item.
    pub fn speak<'a>(
        &'a self,
        text: &'a str,
        options: &Options,
    ) -> impl Iterator<Item = Result<Passage, Error>> + Send + use<'a> {
        Speech {
            voice: self,
            text,
            options: options.clone(),
            pieces: sentences::pieces(text),
            waiting: VecDeque::new(),
            failed: false,
        }
    }

    /// The phonemes of one sentence, in the voice's alphabet. For tests and for the curious.
    ///
    /// # Errors
    /// If the network that reads unknown words fails.
    pub fn phonemes(&self, sentence: &str) -> Result<String, Error> {
        self.pronouncer.pronounce(sentence)
    }
}

struct Speech<'a> {
    voice: &'a Voice,
    text: &'a str,
    options: Options,
    pieces: Pieces<'a>,
    /// Parts of a piece that had more phonemes than fit.
    waiting: VecDeque<Piece>,
    failed: bool,
}

impl Iterator for Speech<'_> {
    type Item = Result<Passage, Error>;

    fn next(&mut self) -> Option<Result<Passage, Error>> {
        while !self.failed {
            let piece = self.waiting.pop_front().or_else(|| self.pieces.next())?;
            match self.passage(piece) {
                Ok(Some(passage)) => return Some(Ok(passage)),
                Ok(None) => {}
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl Speech<'_> {
    /// The speech of a piece; `None` if it has no sound, or had too many phonemes and now waits in two parts.
    fn passage(&mut self, piece: Piece) -> Result<Option<Passage>, Error> {
        let text = &self.text[piece.range.clone()];
        if !speakable(text) {
            return Ok(None);
        }
        let phonemes = self.voice.pronouncer.pronounce(text)?;
        if phonemes.chars().count() > MAX_PHONEMES && self.halve(&piece) {
            return Ok(None);
        }
        let speed = speed(self.options.speed);
        let articulation = speed.min(FASTEST_ARTICULATION);
        let Some(spectra) = self.voice.network.spectra(&phonemes, articulation)? else {
            return Ok(None);
        };
        // Each place in the text has noise of its own, whatever was spoken before it.
        let seed =
            self.options.seed ^ (piece.range.start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let pitch_scale = self.options.timbre.pitch_scale();
        let haste = speed / articulation;
        let raw = self
            .voice
            .vocoder
            .render(&spectra, pitch_scale, haste, seed)?;
        let finished = finish::finish(raw, self.pause_after(&piece));
        if finished.samples.is_empty() {
            return Ok(None);
        }
        let words = timing::words(&self.voice.pronouncer, text, &phonemes, network::is_given)?;
        // Steps to seconds, as the vocoder laid the frames out and the finish moved them.
        let frames_per_step = spectra.frames_per_step();
        let second = |step: usize| {
            let frame = step as f32 * frames_per_step;
            let sample = frame * vocoder::HOP as f32 / haste + finished.origin as f32;
            // The end of a word may be softer than what counts as silence.
            sample.clamp(0.0, finished.samples.len() as f32) / SAMPLE_RATE as f32
        };
        let timed = |place: timing::Place| {
            // The silence before the speech has a duration too.
            let start = spectra.ends.get(place.phonemes.start)?;
            let end = spectra.ends.get(place.phonemes.end)?;
            Some(WordTime {
                text: piece.range.start + place.text.start..piece.range.start + place.text.end,
                seconds: second(*start)..second(*end),
            })
        };
        Ok(Some(Passage {
            words: words.into_iter().filter_map(timed).collect(),
            samples: finished.samples,
            text: piece.range.clone(),
        }))
    }

    fn halve(&mut self, piece: &Piece) -> bool {
        let text = &self.text[piece.range.clone()];
        let middle = text
            .char_indices()
            .map(|(at, _)| at)
            .nth(text.chars().count().div_ceil(2))
            .unwrap_or(text.len());
        let at = sentences::cut(&text[..middle], &text[middle..]);
        let (first, second) = (text[..at].trim_end(), text[at..].trim_start());
        if first.is_empty() || second.is_empty() {
            return false;
        }
        let Range { start, end } = piece.range;
        self.waiting.push_front(Piece {
            range: end - second.len()..end,
            then: piece.then,
        });
        self.waiting.push_front(Piece {
            range: start..start + first.len(),
            then: Break::Phrase,
        });
        true
    }

    /// Samples of silence up to the speech that follows; none if none does.
    fn pause_after(&self, piece: &Piece) -> usize {
        if !speakable(&self.text[piece.range.end..]) {
            return 0;
        }
        let milliseconds = match piece.then {
            Break::Phrase => 60.0,
            Break::Sentence => 260.0,
            Break::Paragraph => 560.0,
        };
        (milliseconds / speed(self.options.speed) * SAMPLE_RATE as f32 / 1000.0) as usize
    }
}

fn speed(wanted: f32) -> f32 {
    if wanted.is_nan() {
        1.0
    } else {
        wanted.clamp(SLOWEST, FASTEST)
    }
}
