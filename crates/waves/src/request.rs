//! What to say, with which voice: values that can't hold what the service refuses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CallerId, DictionaryId, Language, Model, OutputFormat, SampleRate, Voice, VoiceId};

/// How fast the voice speaks: 0.5 (half) to 2.0 (double), 1.0 by default.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Speed(f64);

impl Speed {
    /// Half as fast.
    pub const MIN: Speed = Speed(0.5);
    /// The voice's own pace.
    pub const NORMAL: Speed = Speed(1.0);
    /// Twice as fast.
    pub const MAX: Speed = Speed(2.0);

    /// Checks a factor.
    ///
    /// # Errors
    ///
    /// [`InvalidSpeed`] outside of 0.5 to 2.0 and for what is not a number.
    pub fn new(factor: f64) -> Result<Speed, InvalidSpeed> {
        if (Speed::MIN.0..=Speed::MAX.0).contains(&factor) {
            Ok(Speed(factor))
        } else {
            Err(InvalidSpeed)
        }
    }

    /// The factor.
    pub fn factor(self) -> f64 {
        self.0
    }
}

impl Default for Speed {
    fn default() -> Speed {
        Speed::NORMAL
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<f64> for Speed {
    type Error = InvalidSpeed;

    fn try_from(factor: f64) -> Result<Speed, InvalidSpeed> {
        Speed::new(factor)
    }
}

impl From<Speed> for f64 {
    fn from(speed: Speed) -> f64 {
        speed.0
    }
}

/// A factor outside of what the service accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the speed must be between 0.5 and 2")]
pub struct InvalidSpeed;

/// One text to be spoken: what [`crate::Client::synthesize`] sends.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthesisRequest {
    text: String,
    voice: VoiceId,
    model: Model,
    rate: SampleRate,
    speed: Speed,
    language: Language,
    format: OutputFormat,
    snapshot: Option<Snapshot>,
    number_language: Option<Language>,
    math_notation: bool,
    dictionaries: Vec<DictionaryId>,
    word_timings: bool,
    save_history: bool,
    session_id: Option<CallerId>,
    request_id: Option<CallerId>,
    expire_content: bool,
}

/// A dated version of the Pro model, for those who need the same sound for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Snapshot {
    /// `lightning_v3.1_pro_07_26`. Whether every key may use it is not documented.
    July2026,
}

impl SynthesisRequest {
    /// The longest text of one request. The service counts as JavaScript does, so a character
    /// outside of the basic plane (most emoji) counts twice. It recommends 250 at most; longer
    /// texts are cut into pieces on its side.
    pub const MAX_TEXT: usize = 8_000;

    /// A request with the defaults: 44.1 kHz, normal speed, language recognised by the service.
    ///
    /// Control characters other than tab and line breaks are dropped from the text.
    ///
    /// # Errors
    ///
    /// [`TextError`] when nothing is left to speak, or too much.
    pub fn new(
        text: impl Into<String>,
        voice: VoiceId,
        model: Model,
    ) -> Result<SynthesisRequest, TextError> {
        let text = clean(text.into());
        if !text.chars().any(is_visible) {
            return Err(TextError::Blank);
        }
        let length = text.encode_utf16().count();
        if length > SynthesisRequest::MAX_TEXT {
            return Err(TextError::TooLong { length });
        }
        Ok(SynthesisRequest {
            text,
            voice,
            model,
            rate: SampleRate::default(),
            speed: Speed::NORMAL,
            language: Language::Auto,
            format: OutputFormat::Pcm,
            snapshot: None,
            number_language: None,
            math_notation: false,
            dictionaries: Vec::new(),
            word_timings: false,
            save_history: false,
            session_id: None,
            request_id: None,
            expire_content: false,
        })
    }

    /// A request for a voice of a list: takes the model from it, so that the two always fit.
    ///
    /// # Errors
    ///
    /// As [`SynthesisRequest::new`].
    pub fn for_voice(
        text: impl Into<String>,
        voice: &Voice,
    ) -> Result<SynthesisRequest, TextError> {
        SynthesisRequest::new(text, voice.id.clone(), voice.model)
    }

    /// With another sample rate.
    #[must_use]
    pub fn with_rate(mut self, rate: SampleRate) -> SynthesisRequest {
        self.rate = rate;
        self
    }

    /// With another speed.
    #[must_use]
    pub fn with_speed(mut self, speed: Speed) -> SynthesisRequest {
        self.speed = speed;
        self
    }

    /// In another language. One that the model does not speak
    /// ([`Language::supported_by`]) is rejected by the service.
    #[must_use]
    pub fn with_language(mut self, language: Language) -> SynthesisRequest {
        self.language = language;
        self
    }

    /// Encoded otherwise on its way. Over HTTP only: the other transports carry `pcm` whatever
    /// one asks for. [`crate::Client::synthesize`] decodes it.
    #[must_use]
    pub fn with_format(mut self, format: OutputFormat) -> SynthesisRequest {
        self.format = format;
        self
    }

    /// By a dated version of the Pro model. The standard model has none and is left as it is.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: Snapshot) -> SynthesisRequest {
        self.snapshot = Some(snapshot);
        self
    }

    /// Digits, amounts and times in another language than the text.
    #[must_use]
    pub fn with_number_language(mut self, language: Language) -> SynthesisRequest {
        self.number_language = Some(language);
        self
    }

    /// Whether `5 x 3` and `2 ^ 10` are read as arithmetic; not by default. `-` and `/` count
    /// only between spaces.
    #[must_use]
    pub fn with_math_notation(mut self, read: bool) -> SynthesisRequest {
        self.math_notation = read;
        self
    }

    /// With pronunciation dictionaries, in this order.
    #[must_use]
    pub fn with_dictionaries(
        mut self,
        dictionaries: impl IntoIterator<Item = DictionaryId>,
    ) -> SynthesisRequest {
        self.dictionaries = dictionaries.into_iter().collect();
        self
    }

    /// Whether to time words; not by default. Only the WebSocket does, and only for a few
    /// voices: others speak all the same and time nothing.
    #[must_use]
    pub fn with_word_timings(mut self, time: bool) -> SynthesisRequest {
        self.word_timings = time;
        self
    }

    /// Whether the service keeps it in its history; not by default.
    #[must_use]
    pub fn with_history(mut self, save: bool) -> SynthesisRequest {
        self.save_history = save;
        self
    }

    /// With the caller's name for a group of requests.
    #[must_use]
    pub fn with_session_id(mut self, id: CallerId) -> SynthesisRequest {
        self.session_id = Some(id);
        self
    }

    /// With the caller's name for this request.
    #[must_use]
    pub fn with_request_id(mut self, id: CallerId) -> SynthesisRequest {
        self.request_id = Some(id);
        self
    }

    /// Whether the service is to delete the content after seven days; an enterprise plan's right.
    /// See [`crate::SpeechStream::content_expiry`] for what became of it.
    #[must_use]
    pub fn with_expiry(mut self, expire: bool) -> SynthesisRequest {
        self.expire_content = expire;
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The voice.
    pub fn voice(&self) -> &VoiceId {
        &self.voice
    }

    /// The model, which must be the voice's.
    pub fn model(&self) -> Model {
        self.model
    }

    /// The sample rate of the answer.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The speed.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// How it is encoded on its way over HTTP.
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    pub(crate) fn expires(&self) -> bool {
        self.expire_content
    }

    pub(crate) fn request_id(&self) -> Option<&CallerId> {
        self.request_id.as_ref()
    }

    /// The JSON body. Only documented fields, and `language` always: what the service assumes
    /// without it depends on whom one asks.
    pub(crate) fn body(&self, format: OutputFormat) -> Body<'_> {
        Body {
            text: &self.text,
            voice_id: self.voice.as_str(),
            model: match (self.model, self.snapshot) {
                (Model::LightningV31Pro, Some(Snapshot::July2026)) => "lightning_v3.1_pro_07_26",
                (model, _) => model.wire_name(),
            },
            sample_rate: self.rate.hz(),
            output_format: format.wire_name(),
            speed: self.speed.factor(),
            language: self.language.code(),
            number_pronunciation_language: self.number_language.map(Language::code),
            math_notation: self.math_notation,
            pronunciation_dicts: &self.dictionaries,
            word_timestamps: self.word_timings,
            save_history: self.save_history,
            session_id: self.session_id.as_ref().map(CallerId::as_str),
            request_id: self.request_id.as_ref().map(CallerId::as_str),
            complete_backoff_ms: None,
        }
    }

    /// The fields of a message of the WebSocket: always `pcm`, since whether another format
    /// applies to each chunk is disputed; `complete` at once, not after four seconds; and an id,
    /// by which the answer is told from stragglers.
    pub(crate) fn message<'a>(&'a self, request_id: &'a str) -> Body<'a> {
        Body {
            request_id: Some(request_id),
            complete_backoff_ms: Some(0),
            ..self.body(OutputFormat::Pcm)
        }
    }
}

/// A request as it is sent. What is left at the service's default is left out.
#[derive(Serialize)]
pub(crate) struct Body<'a> {
    text: &'a str,
    voice_id: &'a str,
    model: &'static str,
    sample_rate: u32,
    output_format: &'static str,
    speed: f64,
    language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_pronunciation_language: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    math_notation: bool,
    #[serde(skip_serializing_if = "<[DictionaryId]>::is_empty")]
    pronunciation_dicts: &'a [DictionaryId],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    word_timestamps: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    save_history: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_backoff_ms: Option<u32>,
}

/// A text without the control characters that no voice can say.
pub(crate) fn clean(mut text: String) -> String {
    text.retain(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'));
    text
}

/// Whether a character shows: neither white space nor one of the invisible marks that texts from
/// the web are full of.
fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Why a text can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space and invisible characters.
    #[error("there is no text to speak")]
    Blank,
    /// Longer than [`SynthesisRequest::MAX_TEXT`].
    #[error("the text has {length} characters, one request takes 8000")]
    TooLong {
        /// Its length in UTF-16 units, as the service counts.
        length: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<SynthesisRequest, TextError> {
        SynthesisRequest::new(text, VoiceId::new("magnus").unwrap(), Model::LightningV31)
    }

    #[test]
    fn a_text_without_anything_to_speak_is_refused_before_it_is_sent() {
        for blank in ["", " ", "\n\t\r", "\u{200b}\u{feff}", "\0\0"] {
            assert_eq!(request(blank).unwrap_err(), TextError::Blank, "{blank:?}");
        }
        assert_eq!(request("a\0b\u{1b}\nc").unwrap().text(), "ab\nc");
    }

    #[test]
    fn length_is_counted_as_the_service_counts() {
        assert!(request(&"ü".repeat(8_000)).is_ok());
        let too_long = |length| Err(TextError::TooLong { length });
        assert_eq!(request(&"a".repeat(8_001)), too_long(8_001));
        assert_eq!(request(&"😀".repeat(4_001)), too_long(8_002));
    }

    #[test]
    fn speeds_outside_of_their_range_cannot_be_built() {
        assert_eq!(Speed::new(0.5).unwrap(), Speed::MIN);
        assert_eq!(Speed::new(2.0).unwrap(), Speed::MAX);
        for bad in [0.49, 2.01, -1.0, 0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Speed::new(bad), Err(InvalidSpeed), "{bad}");
        }
    }

    #[test]
    fn the_body_has_what_was_asked_and_leaves_the_rest_to_the_service() {
        let plain = request("Hello.")
            .unwrap()
            .with_rate(SampleRate::Hz24000)
            .with_speed(Speed::new(1.25).unwrap())
            .with_language(Language::Hindi);
        assert_eq!(
            serde_json::to_value(plain.body(OutputFormat::Pcm)).unwrap(),
            serde_json::json!({
                "text": "Hello.", "voice_id": "magnus", "model": "lightning_v3.1",
                "sample_rate": 24000, "output_format": "pcm", "speed": 1.25, "language": "hi",
            })
        );
        let id = |id: &str| CallerId::new(id).unwrap();
        let dictionary = "0123456789abcdef01234567";
        let full = plain
            .clone()
            .with_number_language(Language::English)
            .with_math_notation(true)
            .with_dictionaries([DictionaryId::new(dictionary).unwrap()])
            .with_word_timings(true)
            .with_history(true)
            .with_session_id(id("book"))
            .with_request_id(id("page"))
            .with_format(OutputFormat::Mp3)
            .with_snapshot(Snapshot::July2026);
        assert_eq!(
            serde_json::to_value(full.body(full.format())).unwrap(),
            serde_json::json!({
                "text": "Hello.", "voice_id": "magnus", "model": "lightning_v3.1",
                "sample_rate": 24000, "output_format": "mp3", "speed": 1.25, "language": "hi",
                "number_pronunciation_language": "en", "math_notation": true,
                "pronunciation_dicts": [dictionary], "word_timestamps": true, "save_history": true,
                "session_id": "book", "request_id": "page",
            })
        );
        let message = serde_json::to_value(full.message("me")).unwrap();
        assert_eq!(message["output_format"], "pcm");
        assert_eq!(message["complete_backoff_ms"], 0);
        assert_eq!(message["request_id"], "me");
        let pro =
            SynthesisRequest::new("a", VoiceId::new("meher").unwrap(), Model::LightningV31Pro);
        let dated = pro.unwrap().with_snapshot(Snapshot::July2026);
        let body = serde_json::to_value(dated.body(OutputFormat::Pcm)).unwrap();
        assert_eq!(body["model"], "lightning_v3.1_pro_07_26");
    }
}
