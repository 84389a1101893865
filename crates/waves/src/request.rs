//! What to say, with which voice: values that can't hold what the service refuses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Language, Model, SampleRate, Voice};

/// The id of a voice: of the catalogue (`magnus`) or of a clone (`voice_…`).
///
/// 1 to 128 visible characters. An id can exist in both pools, so it names a voice only
/// together with its [`Model`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VoiceId(String);

impl VoiceId {
    /// The longest id taken, in characters.
    pub const MAX_LENGTH: usize = 128;

    /// Checks an id.
    ///
    /// # Errors
    ///
    /// [`InvalidVoiceId`] when it is empty, too long, or has white space or control characters.
    pub fn new(id: impl Into<String>) -> Result<VoiceId, InvalidVoiceId> {
        let id = id.into();
        let length = id.chars().take(VoiceId::MAX_LENGTH + 1).count();
        let visible = |c: char| !c.is_whitespace() && !c.is_control();
        if length == 0 || length > VoiceId::MAX_LENGTH || !id.chars().all(visible) {
            return Err(InvalidVoiceId);
        }
        Ok(VoiceId(id))
    }

    /// The id as the service writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for VoiceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for VoiceId {
    type Err = InvalidVoiceId;

    fn from_str(id: &str) -> Result<VoiceId, InvalidVoiceId> {
        VoiceId::new(id)
    }
}

impl TryFrom<String> for VoiceId {
    type Error = InvalidVoiceId;

    fn try_from(id: String) -> Result<VoiceId, InvalidVoiceId> {
        VoiceId::new(id)
    }
}

impl From<VoiceId> for String {
    fn from(id: VoiceId) -> String {
        id.0
    }
}

/// A text that can't be the id of a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a voice")]
pub struct InvalidVoiceId;

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
        let mut text = text.into();
        text.retain(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'));
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

    /// The JSON body. Only documented fields, `language` always (what the service assumes
    /// without it depends on whom one asks), and always `pcm`: it can be played from the first
    /// chunk, and no header can lie about its length.
    pub(crate) fn body(&self) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct Body<'a> {
            text: &'a str,
            voice_id: &'a str,
            model: &'static str,
            sample_rate: u32,
            output_format: &'static str,
            speed: f64,
            language: &'static str,
        }
        Body {
            text: &self.text,
            voice_id: self.voice.as_str(),
            model: self.model.wire_name(),
            sample_rate: self.rate.hz(),
            output_format: "pcm",
            speed: self.speed.factor(),
            language: self.language.code(),
        }
    }
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
    fn speeds_and_ids_outside_of_their_range_cannot_be_built() {
        assert_eq!(Speed::new(0.5).unwrap(), Speed::MIN);
        assert_eq!(Speed::new(2.0).unwrap(), Speed::MAX);
        for bad in [0.49, 2.01, -1.0, 0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Speed::new(bad), Err(InvalidSpeed), "{bad}");
        }
        let long = "v".repeat(129);
        for bad in ["", " ", "a b", "a\nb", "\0", long.as_str()] {
            assert_eq!(VoiceId::new(bad), Err(InvalidVoiceId), "{bad:?}");
        }
    }

    #[test]
    fn the_body_has_every_field_that_decides_the_sound() {
        let request = request("Hello.")
            .unwrap()
            .with_rate(SampleRate::Hz24000)
            .with_speed(Speed::new(1.25).unwrap())
            .with_language(Language::Hindi);
        assert_eq!(
            serde_json::to_value(request.body()).unwrap(),
            serde_json::json!({
                "text": "Hello.", "voice_id": "magnus", "model": "lightning_v3.1",
                "sample_rate": 24000, "output_format": "pcm", "speed": 1.25, "language": "hi",
            })
        );
    }
}
