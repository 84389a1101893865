//! Speech to text (contract section 13): what a recording says, and when.

use std::fmt;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::{ApiKey, Client, Error, ErrorKind, Upload};

const PATH: &str = "/waves/v1/stt/";
const OLD_PATH: &str = "/waves/v1/pulse/get_text";

/// A language of speech to text, or a group of languages to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "each variant is the English name of the language"
)]
pub enum SpokenLanguage {
    English,
    Hindi,
    German,
    Spanish,
    Russian,
    Italian,
    French,
    Dutch,
    Portuguese,
    Ukrainian,
    Polish,
    Czech,
    Slovak,
    Latvian,
    Estonian,
    Romanian,
    Finnish,
    Swedish,
    Bulgarian,
    Hungarian,
    Danish,
    Lithuanian,
    Maltese,
    Chinese,
    Japanese,
    Korean,
    /// English or one of 21 European languages.
    European,
    /// Chinese, Korean, Japanese or English.
    Asian,
    /// English, Hindi, Gujarati, Marathi, Bengali or Odia; in the service's India region only.
    Indic,
}

impl SpokenLanguage {
    /// Every language, then the groups.
    pub const ALL: [SpokenLanguage; 29] = [
        SpokenLanguage::English,
        SpokenLanguage::Hindi,
        SpokenLanguage::German,
        SpokenLanguage::Spanish,
        SpokenLanguage::Russian,
        SpokenLanguage::Italian,
        SpokenLanguage::French,
        SpokenLanguage::Dutch,
        SpokenLanguage::Portuguese,
        SpokenLanguage::Ukrainian,
        SpokenLanguage::Polish,
        SpokenLanguage::Czech,
        SpokenLanguage::Slovak,
        SpokenLanguage::Latvian,
        SpokenLanguage::Estonian,
        SpokenLanguage::Romanian,
        SpokenLanguage::Finnish,
        SpokenLanguage::Swedish,
        SpokenLanguage::Bulgarian,
        SpokenLanguage::Hungarian,
        SpokenLanguage::Danish,
        SpokenLanguage::Lithuanian,
        SpokenLanguage::Maltese,
        SpokenLanguage::Chinese,
        SpokenLanguage::Japanese,
        SpokenLanguage::Korean,
        SpokenLanguage::European,
        SpokenLanguage::Asian,
        SpokenLanguage::Indic,
    ];

    /// The code the service expects: two letters of ISO 639-1, or the name of a group.
    pub fn code(self) -> &'static str {
        match self {
            SpokenLanguage::English => "en",
            SpokenLanguage::Hindi => "hi",
            SpokenLanguage::German => "de",
            SpokenLanguage::Spanish => "es",
            SpokenLanguage::Russian => "ru",
            SpokenLanguage::Italian => "it",
            SpokenLanguage::French => "fr",
            SpokenLanguage::Dutch => "nl",
            SpokenLanguage::Portuguese => "pt",
            SpokenLanguage::Ukrainian => "uk",
            SpokenLanguage::Polish => "pl",
            SpokenLanguage::Czech => "cs",
            SpokenLanguage::Slovak => "sk",
            SpokenLanguage::Latvian => "lv",
            SpokenLanguage::Estonian => "et",
            SpokenLanguage::Romanian => "ro",
            SpokenLanguage::Finnish => "fi",
            SpokenLanguage::Swedish => "sv",
            SpokenLanguage::Bulgarian => "bg",
            SpokenLanguage::Hungarian => "hu",
            SpokenLanguage::Danish => "da",
            SpokenLanguage::Lithuanian => "lt",
            SpokenLanguage::Maltese => "mt",
            SpokenLanguage::Chinese => "zh",
            SpokenLanguage::Japanese => "ja",
            SpokenLanguage::Korean => "ko",
            SpokenLanguage::European => "multi-eu",
            SpokenLanguage::Asian => "multi-asian",
            SpokenLanguage::Indic => "multi-indic",
        }
    }
}

/// How a recording without a header is written; with its samples a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the codings")]
pub enum Encoding {
    Linear16,
    Linear32,
    Alaw,
    Mulaw,
    Opus,
    OggOpus,
}

impl Encoding {
    fn wire_name(self) -> &'static str {
        match self {
            Encoding::Linear16 => "linear16",
            Encoding::Linear32 => "linear32",
            Encoding::Alaw => "alaw",
            Encoding::Mulaw => "mulaw",
            Encoding::Opus => "opus",
            Encoding::OggOpus => "ogg_opus",
        }
    }
}

/// Where the service is to send what it has understood, instead of keeping the caller waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Called when it is done.
    pub url: String,
    /// With GET rather than POST.
    pub get: bool,
    /// Handed back with it.
    pub extra: Option<String>,
}

/// How to transcribe. By default: the text alone.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptionRequest {
    /// `None`: Pulse Pro, which knows English only.
    pulse: Option<SpokenLanguage>,
    flags: Vec<&'static str>,
    headerless: Option<(Encoding, u32)>,
    webhook: Option<Webhook>,
}

impl TranscriptionRequest {
    /// By Pulse: many languages; speakers, and recordings from elsewhere, if wanted.
    pub fn pulse(language: SpokenLanguage) -> TranscriptionRequest {
        TranscriptionRequest {
            pulse: Some(language),
            flags: Vec::new(),
            headerless: None,
            webhook: None,
        }
    }

    /// By Pulse Pro: English, with the fewest mistakes.
    pub fn pulse_pro() -> TranscriptionRequest {
        TranscriptionRequest {
            pulse: None,
            flags: Vec::new(),
            headerless: None,
            webhook: None,
        }
    }

    fn with(mut self, flag: &'static str) -> TranscriptionRequest {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
        self
    }

    /// With the time of each word, and with utterances (Pulse).
    #[must_use]
    pub fn with_words(self) -> TranscriptionRequest {
        self.with("word_timestamps")
    }

    /// With who speaks. Pulse only; Pulse Pro is not asked for it.
    #[must_use]
    pub fn with_speakers(self) -> TranscriptionRequest {
        match self.pulse {
            Some(_) => self.with("diarize"),
            None => self,
        }
    }

    /// Without names, addresses and the like. English and Hindi only.
    #[must_use]
    pub fn without_personal_facts(self) -> TranscriptionRequest {
        self.with("redact_pii")
    }

    /// Without the numbers of cards. English and Hindi only.
    #[must_use]
    pub fn without_card_numbers(self) -> TranscriptionRequest {
        self.with("redact_pci")
    }

    /// With how it sounds, from 0 to 1 for each emotion.
    #[must_use]
    pub fn with_emotions(self) -> TranscriptionRequest {
        self.with("emotion_detection")
    }

    /// With the gender of the voice. Pulse only; Pulse Pro is not asked for it.
    #[must_use]
    pub fn with_gender(self) -> TranscriptionRequest {
        match self.pulse {
            Some(_) => self.with("gender_detection"),
            None => self,
        }
    }

    /// For a recording without a header. Only [`Client::transcribe_old`] certainly heeds it.
    #[must_use]
    pub fn of_headerless(mut self, encoding: Encoding, rate: u32) -> TranscriptionRequest {
        self.headerless = Some((encoding, rate));
        self
    }

    /// Answered to elsewhere. [`Transcription::Processing`] is what the call then gives.
    #[must_use]
    pub fn with_webhook(mut self, webhook: Webhook) -> TranscriptionRequest {
        self.webhook = Some(webhook);
        self
    }

    /// The query, on the newer path with the model.
    fn query(&self, with_model: bool) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        if with_model {
            let model = match self.pulse {
                Some(_) => "pulse",
                None => "pulse-pro",
            };
            query.push(("model", model.to_owned()));
        }
        let language = self.pulse.unwrap_or(SpokenLanguage::English);
        query.push(("language", language.code().to_owned()));
        query.extend(self.flags.iter().map(|flag| (*flag, "true".to_owned())));
        if let Some((encoding, rate)) = self.headerless {
            query.push(("encoding", encoding.wire_name().to_owned()));
            query.push(("sample_rate", rate.to_string()));
        }
        if let Some(webhook) = &self.webhook {
            let method = if webhook.get { "GET" } else { "POST" };
            query.push(("webhook_url", webhook.url.clone()));
            query.push(("webhook_method", method.to_owned()));
            query.extend(webhook.extra.clone().map(|extra| ("webhook_extra", extra)));
        }
        query
    }
}

/// What is to be transcribed. Mono at 16 kHz is advised.
#[derive(Debug)]
pub struct Recording(RecordingSource);

enum RecordingSource {
    Upload(Upload),
    Url(Url),
}

impl fmt::Debug for RecordingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordingSource::Upload(upload) => upload.fmt(f),
            // What is behind the path may be a signature.
            RecordingSource::Url(url) => f.debug_tuple("Url").field(&url.host_str()).finish(),
        }
    }
}

/// Not an `https` address that the service could fetch a recording from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an https address")]
pub struct InvalidRecordingUrl;

impl Recording {
    /// The largest recording, in bytes: 250 MB.
    pub const LARGEST: u64 = 250_000_000;

    /// Bytes that are sent along.
    pub fn upload(upload: Upload) -> Recording {
        Recording(RecordingSource::Upload(upload))
    }

    /// A file that the service fetches by itself. Pulse only.
    ///
    /// # Errors
    ///
    /// [`InvalidRecordingUrl`].
    pub fn at(url: &str) -> Result<Recording, InvalidRecordingUrl> {
        let url = Url::parse(url).map_err(|_| InvalidRecordingUrl)?;
        if url.scheme() != "https" {
            return Err(InvalidRecordingUrl);
        }
        Ok(Recording(RecordingSource::Url(url)))
    }
}

/// What comes of a recording.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Transcription {
    /// All of it.
    Done(Transcript),
    /// It will be sent to the webhook.
    Processing {
        /// The service's name for it.
        request_id: Option<String>,
    },
}

/// What a recording says. What the model does not tell is empty or `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Transcript {
    /// The whole text.
    pub text: String,
    /// Each word, where they were asked for.
    pub words: Vec<TranscribedWord>,
    /// Stretches of speech, where words were asked for (Pulse).
    pub utterances: Vec<TranscribedUtterance>,
    /// The code of the language that was recognised (Pulse Pro).
    pub language: Option<String>,
    /// The length of the recording.
    pub duration: Option<Duration>,
    /// Where asked for: how strong each emotion is, 0 to 1.
    pub emotions: Vec<(String, f64)>,
    /// Where asked for.
    pub gender: Option<String>,
    /// The service's name for it.
    pub request_id: Option<String>,
}

/// A word that was heard.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TranscribedWord {
    /// As it is written in the text.
    pub word: String,
    /// From the start of the recording.
    pub start: Duration,
    /// From the start of the recording.
    pub end: Duration,
    /// How sure the service is, 0 to 1.
    pub confidence: Option<f64>,
    /// Who says it: a number for each speaker, from 0.
    pub speaker: Option<u32>,
    /// How sure the service is of the speaker, 0 to 1.
    pub speaker_confidence: Option<f64>,
}

/// A stretch of speech.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TranscribedUtterance {
    /// What is said.
    pub text: String,
    /// From the start of the recording.
    pub start: Duration,
    /// From the start of the recording.
    pub end: Duration,
    /// Who says it: a number for each speaker, from 0.
    pub speaker: Option<u32>,
}

impl Client {
    /// Transcribes a recording: `POST /waves/v1/stt/`.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but [`ErrorKind::NoSpeech`]. [`ErrorKind::Rejected`], without asking, for
    /// a recording over [`Recording::LARGEST`], and for one by its address with Pulse Pro.
    pub async fn transcribe(
        &self,
        key: &ApiKey,
        request: &TranscriptionRequest,
        recording: Recording,
    ) -> Result<Transcription, Error> {
        self.transcribe_at(key, PATH, request, recording).await
    }

    /// Transcribes a recording by Pulse on the older path, which takes recordings without a
    /// header: `POST /waves/v1/pulse/get_text`.
    ///
    /// # Errors
    ///
    /// As [`Client::transcribe`]; [`ErrorKind::Rejected`] for Pulse Pro, which is not there.
    pub async fn transcribe_old(
        &self,
        key: &ApiKey,
        request: &TranscriptionRequest,
        recording: Recording,
    ) -> Result<Transcription, Error> {
        if request.pulse.is_none() {
            return Err(rejected("only Pulse transcribes on the older path"));
        }
        self.transcribe_at(key, OLD_PATH, request, recording).await
    }

    async fn transcribe_at(
        &self,
        key: &ApiKey,
        path: &str,
        request: &TranscriptionRequest,
        recording: Recording,
    ) -> Result<Transcription, Error> {
        let call = self
            .call(Method::POST, path, key)?
            .query(&request.query(path == PATH));
        let call = match recording.0 {
            RecordingSource::Upload(upload) => {
                let length = upload.length();
                if length > Recording::LARGEST {
                    return Err(rejected("the service takes recordings of up to 250 MB"));
                }
                call.header(CONTENT_TYPE, "application/octet-stream")
                    .header(reqwest::header::CONTENT_LENGTH, length)
                    .body(upload.into_body())
            }
            RecordingSource::Url(_) if request.pulse.is_none() => {
                return Err(rejected("Pulse Pro does not fetch recordings"));
            }
            RecordingSource::Url(url) => call.json(&json!({ "url": url.as_str() })),
        };
        self.answer(key, path, call, self.timeouts.upload, read)
            .await
    }
}

fn rejected(why: &str) -> Error {
    Error::new(ErrorKind::Rejected, why)
}

/// Reads an answer; `None` when it is none.
fn read(answer: &Value) -> Option<Transcription> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if answer["status"] == "processing" {
        let request_id = text(&answer["request_id"]);
        return Some(Transcription::Processing { request_id });
    }
    if answer["status"] == "error" {
        return None;
    }
    let list = |name: &str| answer[name].as_array().into_iter().flatten();
    let length = [&answer["metadata"]["duration"], &answer["audio_length"]];
    Some(Transcription::Done(Transcript {
        text: text(&answer["transcription"])?,
        words: list("words").filter_map(read_word).collect(),
        utterances: list("utterances").filter_map(read_utterance).collect(),
        language: text(&answer["language"]),
        duration: length.into_iter().find_map(seconds),
        emotions: answer["emotions"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(emotion, strength)| Some((emotion.clone(), strength.as_f64()?)))
            .collect(),
        gender: text(&answer["gender"]),
        request_id: text(&answer["request_id"]),
    }))
}

fn seconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}

/// A number; older pages write `speaker_0`.
fn speaker(value: &Value) -> Option<u32> {
    match value {
        Value::String(name) => name.rsplit('_').next()?.parse().ok(),
        _ => u32::try_from(value.as_u64()?).ok(),
    }
}

fn read_word(word: &Value) -> Option<TranscribedWord> {
    Some(TranscribedWord {
        word: word["word"].as_str()?.to_owned(),
        start: seconds(&word["start"])?,
        end: seconds(&word["end"])?,
        confidence: word["confidence"].as_f64(),
        speaker: speaker(&word["speaker"]),
        speaker_confidence: word["speaker_confidence"].as_f64(),
    })
}

fn read_utterance(utterance: &Value) -> Option<TranscribedUtterance> {
    // Older pages call it `transcript`.
    let text = utterance["text"]
        .as_str()
        .or_else(|| utterance["transcript"].as_str())?;
    Some(TranscribedUtterance {
        text: text.to_owned(),
        start: seconds(&utterance["start"])?,
        end: seconds(&utterance["end"])?,
        speaker: speaker(&utterance["speaker"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_never_asks_a_model_for_what_it_does_not_do() {
        let every = |request: TranscriptionRequest| {
            request
                .with_words()
                .with_words()
                .with_speakers()
                .with_gender()
                .with_emotions()
                .without_personal_facts()
                .without_card_numbers()
        };
        let names = |request: &TranscriptionRequest, with_model| -> Vec<String> {
            let query = request.query(with_model).into_iter();
            query
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        let pulse = every(TranscriptionRequest::pulse(SpokenLanguage::European));
        assert_eq!(
            names(&pulse, true),
            [
                "model=pulse",
                "language=multi-eu",
                "word_timestamps=true",
                "diarize=true",
                "gender_detection=true",
                "emotion_detection=true",
                "redact_pii=true",
                "redact_pci=true",
            ]
        );
        let pro = every(TranscriptionRequest::pulse_pro());
        assert_eq!(
            names(&pro, true),
            [
                "model=pulse-pro",
                "language=en",
                "word_timestamps=true",
                "emotion_detection=true",
                "redact_pii=true",
                "redact_pci=true"
            ]
        );
        let old = TranscriptionRequest::pulse(SpokenLanguage::Hindi)
            .of_headerless(Encoding::Mulaw, 8_000)
            .with_webhook(Webhook {
                url: "https://a.example/".into(),
                get: true,
                extra: Some("7".into()),
            });
        assert_eq!(
            names(&old, false),
            [
                "language=hi",
                "encoding=mulaw",
                "sample_rate=8000",
                "webhook_url=https://a.example/",
                "webhook_method=GET",
                "webhook_extra=7",
            ]
        );
    }

    #[test]
    fn languages_have_a_code_each_and_recordings_an_https_address() {
        let codes: std::collections::HashSet<_> =
            SpokenLanguage::ALL.map(SpokenLanguage::code).into();
        assert_eq!(codes.len(), SpokenLanguage::ALL.len());
        for bad in ["", "a.wav", "http://a.example/a.wav", "file:///etc/passwd"] {
            assert!(Recording::at(bad).is_err(), "{bad}");
        }
        let signed = Recording::at("https://a.example/a.wav?signature=secret").unwrap();
        assert!(!format!("{signed:?}").contains("secret"));
    }
}
