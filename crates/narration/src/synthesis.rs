//! Utterance → samples, by the voice it names.
//!
//! What it is: one stream of speech for two kinds of voice. What it is not: it neither retries ([`crate::retry`]) nor
//! keeps anything ([`crate::take`]), and it holds no key; the caller lends one.
//!
//! Dropping a stream cancels what makes it. A stream ends with `End` or with an error, never silently.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use waves::{
    ApiKey, DictionaryId, Language, Model, Pronunciation, SampleRate, Speed, SynthesisRequest,
    Transport, VoiceId, WordTiming,
};

/// The voice of an utterance. Written `builtin/hibari` or `lightning_v3.1_pro/sophie`: an id may exist in both pools of
/// the service, so the model is part of a cloud voice's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoiceRef {
    /// A preset of the built-in voice.
    Builtin(&'static builtin_voice::Preset),
    /// A voice of the service, with the model it belongs to.
    Cloud {
        /// The pool.
        model: Model,
        /// The id within the pool.
        id: VoiceId,
    },
}

impl fmt::Display for VoiceRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(preset) => formatter.write_str(preset.id),
            Self::Cloud { model, id } => write!(formatter, "{}/{}", model.wire_name(), id.as_str()),
        }
    }
}

/// A text that names no voice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no voice is called “{0}”")]
pub struct UnknownVoice(pub String);

impl FromStr for VoiceRef {
    type Err = UnknownVoice;

    fn from_str(name: &str) -> Result<Self, UnknownVoice> {
        if let Some(preset) = builtin_voice::presets()
            .iter()
            .find(|preset| preset.id == name)
        {
            return Ok(Self::Builtin(preset));
        }
        let unknown = || UnknownVoice(name.to_owned());
        let (pool, id) = name.split_once('/').ok_or_else(unknown)?;
        let model = [Model::LightningV31, Model::LightningV31Pro]
            .into_iter()
            .find(|model| model.wire_name() == pool)
            .ok_or_else(unknown)?;
        let id = VoiceId::try_from(id.to_owned()).map_err(|_| unknown())?;
        Ok(Self::Cloud { model, id })
    }
}

impl VoiceRef {
    /// Whether speaking with it costs money.
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Cloud { .. })
    }
}

/// How a cloud voice reads what is more than plain words. The built-in voice leaves no choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The language of digits, amounts and times; `None` for that of the text.
    pub numbers: Option<Language>,
    /// Whether `5 x 3` and `2 ^ 10` are read as arithmetic.
    pub maths: bool,
    /// The account's pronunciation dictionaries, the first one first.
    pub dictionaries: Vec<Dictionary>,
}

/// A pronunciation dictionary as it was when somebody looked. The account may change what is in it and keep the id, so
/// its words are remembered with it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    /// Of the service.
    pub id: DictionaryId,
    /// What it says, in its order.
    pub words: Arc<[Pronunciation]>,
}

impl Dictionary {
    /// What of it touches a text: the words that stand in it, in the dictionary's order.
    pub fn touching<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a Pronunciation> {
        let stands_in_it = |one: &&Pronunciation| stands_in(text, one.word());
        self.words.iter().filter(stands_in_it)
    }
}

/// Whether a word stands in a text, by case and as a whole word, as the service looks for it. How it knows a whole word is
/// not documented: where letters are written without spaces between words, anything counts, since one word too many
/// costs a sentence, and one too few would never be heard.
#[must_use]
pub fn stands_in(text: &str, word: &str) -> bool {
    let goes_on = |one: Option<char>, other: Option<char>| {
        let is_of_word = |letter: char| letter.is_alphanumeric() && letter < '\u{e00}';
        one.zip(other)
            .is_some_and(|(one, other)| is_of_word(one) && is_of_word(other))
    };
    // Each start is looked at, since one place may cover another: “aa-aa” stands at the end of “aaa-aa-aa”.
    let mut from = 0;
    while let Some(found) = text[from..].find(word).filter(|_| !word.is_empty()) {
        let at = from + found;
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let is_whole = !goes_on(before.chars().next_back(), word.chars().next())
            && !goes_on(word.chars().next_back(), after.chars().next());
        if is_whole {
            return true;
        }
        from = at + word.chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// How a text is to be spoken.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Who speaks.
    pub voice: VoiceRef,
    /// 0.5 to 2, as made by the voice itself.
    pub speed: Speed,
    /// The language of the text, or `auto`. The built-in voice speaks English whatever stands here.
    pub language: Language,
    /// Samples a second asked of the service. The built-in voice has one rate of its own.
    pub rate: SampleRate,
    /// How numbers, sums and names are read.
    pub reading: Reading,
}

impl Delivery {
    /// The rate of the samples that will come, in hertz.
    pub fn sample_rate(&self) -> u32 {
        match self.voice {
            VoiceRef::Builtin(_) => builtin_voice::SAMPLE_RATE,
            VoiceRef::Cloud { .. } => self.rate.hz(),
        }
    }
}

/// A segment with all that decides its sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// The words, at most as long as the service takes.
    pub text: String,
    /// How they are spoken.
    pub delivery: Delivery,
}

impl Utterance {
    /// The dictionaries that have a word of the text. The others are kept from the service, so that they can neither
    /// change how it sounds nor stand in its way.
    pub fn dictionaries(&self) -> impl Iterator<Item = &Dictionary> {
        let dictionaries = self.delivery.reading.dictionaries.iter();
        dictionaries.filter(|one| one.touching(&self.text).next().is_some())
    }
}

/// Why there is no speech.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// The service, or the way to it.
    #[error(transparent)]
    Cloud(#[from] waves::Error),
    /// The built-in voice.
    #[error(transparent)]
    Builtin(#[from] builtin_voice::Error),
    /// Nothing in the text is a word for this voice.
    #[error("there is nothing in the text that this voice can speak")]
    NothingToSay,
    /// The stream broke its promise to end with an end or an error.
    #[error("the speech ended without an end")]
    Unfinished,
}

impl SynthesisError {
    /// Whether the service may have counted the request although nothing came of it: it had begun to answer.
    pub fn may_have_cost(&self) -> bool {
        use waves::ErrorKind::{NoSpeech, Protocol, TimedOut, Truncated};
        match self {
            Self::Cloud(error) => {
                matches!(error.kind(), Truncated | NoSpeech | TimedOut | Protocol)
            }
            Self::Unfinished => true,
            Self::Builtin(_) | Self::NothingToSay => false,
        }
    }
}

/// What comes of an utterance, whoever speaks it.
#[derive(Clone, Debug, PartialEq)]
pub enum SpeechEvent {
    /// More samples, mono, at [`Delivery::sample_rate`].
    Audio(Vec<i16>),
    /// When a word is heard; only from voices that know.
    Word(WordTiming),
    /// Everything has come.
    End {
        /// What the service's support asks for; the built-in voice has none.
        request_id: Option<String>,
    },
}

/// Speech as it comes. Ends after [`SpeechEvent::End`] or the first error.
pub type Speech = BoxStream<'static, Result<SpeechEvent, SynthesisError>>;

/// Asks the service to speak.
///
/// # Errors
/// As [`waves::Client::synthesize`]; the stream's items carry the errors that come later.
pub async fn cloud(
    client: &waves::Client,
    key: &ApiKey,
    utterance: &Utterance,
    transport: Transport,
) -> Result<Speech, SynthesisError> {
    let VoiceRef::Cloud { model, id } = &utterance.delivery.voice else {
        return Err(SynthesisError::NothingToSay);
    };
    let reading = &utterance.delivery.reading;
    let request = SynthesisRequest::new(utterance.text.clone(), id.clone(), *model)
        .map_err(|_| SynthesisError::NothingToSay)?
        .with_rate(utterance.delivery.rate)
        .with_speed(utterance.delivery.speed)
        .with_language(utterance.delivery.language)
        .with_math_notation(reading.maths)
        .with_dictionaries(utterance.dictionaries().map(|one| one.id.clone()))
        // Elsewhere the service takes the wish and does nothing about it.
        .with_word_timings(transport == Transport::WebSocket);
    let request = match reading.numbers {
        Some(language) => request.with_number_language(language),
        None => request,
    };
    let stream = client.synthesize(key, &request, transport).await?;
    let request_id = stream.request_id().map(str::to_owned);
    Ok(stream
        .filter_map(move |event| {
            let known = known(event, &request_id).transpose();
            async { known }
        })
        .boxed())
}

/// Events that a later version of the client may add are nothing to us.
fn known(
    event: Result<waves::SpeechEvent, waves::Error>,
    request_id: &Option<String>,
) -> Result<Option<SpeechEvent>, SynthesisError> {
    Ok(match event? {
        waves::SpeechEvent::Audio(samples) => Some(SpeechEvent::Audio(samples)),
        waves::SpeechEvent::Word(timing) => Some(SpeechEvent::Word(timing)),
        waves::SpeechEvent::End(_) => Some(SpeechEvent::End {
            request_id: request_id.clone(),
        }),
        _ => None,
    })
}

/// Speaks on this machine, on a thread of its own that stops soon after the stream is dropped.
pub fn builtin(voice: Arc<builtin_voice::Voice>, utterance: &Utterance) -> Speech {
    let VoiceRef::Builtin(preset) = &utterance.delivery.voice else {
        return nothing();
    };
    if !builtin_voice::speakable(&utterance.text) {
        return nothing();
    }
    let options = builtin_voice::Options {
        speed: utterance.delivery.speed.factor() as f32,
        timbre: preset.timbre,
        ..builtin_voice::Options::default()
    };
    let text = utterance.text.clone();
    // One passage ahead: enough that the listener never waits, little enough that a cancel wastes nothing.
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        let mut spoken = 0;
        for passage in voice.speak(&text, &options) {
            let events = match passage {
                Ok(passage) => heard(&text, &passage, spoken).map(Ok).collect(),
                Err(error) => vec![Err(SynthesisError::from(error))],
            };
            for event in events {
                if let Ok(SpeechEvent::Audio(samples)) = &event {
                    spoken += samples.len();
                }
                let failed = event.is_err();
                // The listener may have left meanwhile.
                if sender.blocking_send(event).is_err() || failed {
                    return;
                }
            }
        }
        let end = if spoken > 0 {
            Ok(SpeechEvent::End { request_id: None })
        } else {
            Err(SynthesisError::NothingToSay)
        };
        // If nobody listens any more, nobody needs the end.
        let _ = sender.blocking_send(end);
    });
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|event| (event, receiver))
    })
    .boxed()
}

/// The sound of a passage and when its words are heard, after so many samples of the same text.
fn heard<'a>(
    text: &'a str,
    passage: &'a builtin_voice::Passage,
    before: usize,
) -> impl Iterator<Item = SpeechEvent> + 'a {
    let rate = f64::from(builtin_voice::SAMPLE_RATE);
    let begin = before as f64 / rate;
    let at = move |seconds: f32| Duration::from_secs_f64(begin + f64::from(seconds.max(0.0)));
    let samples = passage.samples.iter().map(|&sample| to_i16(sample));
    let sound = SpeechEvent::Audio(samples.collect());
    let words = passage.words.iter().filter_map(move |word| {
        let written = text.get(word.text.clone())?;
        let timing = WordTiming::new(written, at(word.seconds.start), at(word.seconds.end));
        Some(SpeechEvent::Word(timing))
    });
    std::iter::once(sound).chain(words)
}

fn nothing() -> Speech {
    stream::once(async { Err(SynthesisError::NothingToSay) }).boxed()
}

/// ±1 → 16 bit, rounded, never wrapping.
fn to_i16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_dictionary_is_found_by_case_and_as_a_whole_word() {
        for (text, word, stands) in [
            ("The API is up.", "API", true),
            ("API", "API", true),
            ("(API)", "API", true),
            ("The api is up.", "API", false),
            ("Many APIs are up.", "API", false),
            ("RAPID, then API.", "API", true),
            ("aaa-aa-aa", "aa-aa", true),
            ("New York City", "New York", true),
            ("New Yorkers", "New York", false),
            ("Über Überall", "Über", true),
            ("Überall", "Über", false),
            ("in C++11", "C++", true),
            ("我在重庆。", "重庆", true),
            ("", "API", false),
            ("The API", "", false),
        ] {
            assert_eq!(stands_in(text, word), stands, "{word} in {text}");
        }
    }
}
