//! Cloned voices: make, list, and what there is of delete (contract section 12).

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::{ApiKey, Client, Error, ErrorKind, Language, Model, Upload, Voice, VoiceId};

const PATH: &str = "/waves/v1/voice-cloning";
const DELETE_PATH: &str = "/waves/v1/voice-cloning/delete";

/// What a sample is: the labels that the service takes. `audio/x-wav`, Ogg and FLAC are not
/// among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleKind {
    /// MP3: `audio/mpeg`.
    Mp3,
    /// WAV: `audio/wav`.
    Wav,
    /// WebM: `audio/webm`.
    Webm,
    /// MP4, M4A: `audio/mp4`.
    Mp4,
}

impl SampleKind {
    /// Tells by the first bytes of a file, 12 at least; `None` for what the service does not take.
    pub fn of(head: &[u8]) -> Option<SampleKind> {
        if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
            Some(SampleKind::Wav)
        } else if head.starts_with(b"\x1aE\xdf\xa3") {
            Some(SampleKind::Webm)
        } else if head.get(4..8) == Some(b"ftyp") {
            Some(SampleKind::Mp4)
        } else if head.starts_with(b"ID3") || crate::mp3::frame_length(head).is_some() {
            Some(SampleKind::Mp3)
        } else {
            None
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            SampleKind::Mp3 => "audio/mpeg",
            SampleKind::Wav => "audio/wav",
            SampleKind::Webm => "audio/webm",
            SampleKind::Mp4 => "audio/mp4",
        }
    }

    fn file_name(self) -> &'static str {
        match self {
            SampleKind::Mp3 => "sample.mp3",
            SampleKind::Wav => "sample.wav",
            SampleKind::Webm => "sample.webm",
            SampleKind::Mp4 => "sample.m4a",
        }
    }
}

/// A wish for a cloned voice.
///
/// The sample should be 5 to 15 s of one speaker, in a quiet room, in the language that the
/// voice will speak: its tone, pace and loudness carry over. Whether its length is checked is
/// not documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneRequest {
    name: String,
    model: Model,
    language: Option<Language>,
    accent: Option<String>,
    description: Option<String>,
    tags: Vec<String>,
}

/// Why a clone can't be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClone {
    /// A name has 1 to 500 characters.
    #[error("the name of a voice has 1 to 500 characters")]
    Name,
    /// The clone model knows the languages of the standard model only, and no `auto`.
    #[error("voices can't be cloned in this language")]
    Language,
    /// Tags are sent as one list, parted by commas.
    #[error("a tag is not blank and has no comma")]
    Tag,
}

impl CloneRequest {
    /// The largest sample, in bytes: 5 MB, read generously.
    pub const LARGEST_SAMPLE: u64 = 5 << 20;

    /// A voice of this name, for this model.
    ///
    /// # Errors
    ///
    /// [`InvalidClone::Name`].
    pub fn new(name: &str, model: Model) -> Result<CloneRequest, InvalidClone> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 500 {
            return Err(InvalidClone::Name);
        }
        Ok(CloneRequest {
            name: name.to_owned(),
            model,
            language: None,
            accent: None,
            description: None,
            tags: Vec::new(),
        })
    }

    /// The language of the sample, and of what the voice will say.
    ///
    /// # Errors
    ///
    /// [`InvalidClone::Language`].
    pub fn with_language(mut self, language: Language) -> Result<CloneRequest, InvalidClone> {
        if language == Language::Auto || !language.supported_by(Model::LightningV31) {
            return Err(InvalidClone::Language);
        }
        self.language = Some(language);
        Ok(self)
    }

    /// Free text about the accent.
    #[must_use]
    pub fn with_accent(mut self, accent: impl Into<String>) -> CloneRequest {
        self.accent = Some(accent.into());
        self
    }

    /// Free text about the voice.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> CloneRequest {
        self.description = Some(description.into());
        self
    }

    /// Words to find the voice by.
    ///
    /// # Errors
    ///
    /// [`InvalidClone::Tag`].
    pub fn with_tags<'a>(
        mut self,
        tags: impl IntoIterator<Item = &'a str>,
    ) -> Result<CloneRequest, InvalidClone> {
        for tag in tags {
            let tag = tag.trim();
            if tag.is_empty() || tag.contains(',') {
                return Err(InvalidClone::Tag);
            }
            self.tags.push(tag.to_owned());
        }
        Ok(self)
    }

    fn form(&self, sample: Part) -> Form {
        let mut form = Form::new()
            .text("displayName", self.name.clone())
            .text("model", self.model.path_name());
        if let Some(language) = self.language {
            form = form.text("language", language.code());
        }
        if let Some(accent) = &self.accent {
            form = form.text("accent", accent.clone());
        }
        if let Some(description) = &self.description {
            form = form.text("description", description.clone());
        }
        if !self.tags.is_empty() {
            form = form.text("tags", self.tags.join(","));
        }
        // Last, so that the service knows all about it when it comes.
        form.part("file", sample)
    }
}

/// How far the making of a clone is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloneStatus {
    /// Not begun.
    Pending,
    /// Being made.
    Processing,
    /// Ready to speak.
    Completed,
    /// It came to nothing.
    Failed,
    /// A word that is not documented.
    Other(String),
}

/// A clone of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClonedVoice {
    /// `voice_…`, to speak with.
    pub id: VoiceId,
    /// As it was named.
    pub name: String,
    /// How far it is.
    pub status: CloneStatus,
    /// The models it can speak with. A clone of retired models has none, and is silent.
    pub models: Vec<Model>,
    /// The language it was made for.
    pub language: Option<Language>,
    /// Free text.
    pub accent: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether it is a professional clone, which the service makes by hand.
    pub professional: bool,
    /// When it was made, as the service writes it.
    pub created_at: Option<String>,
    /// What it sounds like, right after it was made: texts and addresses of recordings, which expire.
    pub samples: Vec<(String, String)>,
}

impl ClonedVoice {
    /// It as a voice of each of its models.
    pub fn voices(&self) -> Vec<Voice> {
        let voice = |model: &Model| Voice {
            id: self.id.clone(),
            model: *model,
            name: self.name.clone(),
            languages: self.language.into_iter().collect(),
            gender: None,
            accent: self.accent.clone(),
            age: None,
            use_cases: Vec::new(),
            preview: None,
        };
        self.models.iter().map(voice).collect()
    }
}

/// What became of the wish to delete a clone.
#[derive(Debug)]
pub enum CloneDeletion {
    /// It is gone.
    Deleted,
    /// A key may not do this, only a person in the service's console; the key is fine. This is
    /// what the service said.
    OnlyInConsole(Error),
}

impl Client {
    /// Makes a voice out of a sample: `POST /waves/v1/voice-cloning`. Takes a minute or more.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but [`ErrorKind::NoSpeech`]. [`ErrorKind::Rejected`] for a sample over
    /// [`CloneRequest::LARGEST_SAMPLE`], which is not sent, and for one that the service can make
    /// no voice of (`voice_clone_error`): another sample is needed.
    pub async fn create_clone(
        &self,
        key: &ApiKey,
        request: &CloneRequest,
        kind: SampleKind,
        sample: Upload,
    ) -> Result<ClonedVoice, Error> {
        let length = sample.length();
        if length == 0 || length > CloneRequest::LARGEST_SAMPLE {
            return Err(Error::new(
                ErrorKind::Rejected,
                format!("the sample has {length} bytes, the service takes 5 MB at most"),
            ));
        }
        let part = Part::stream_with_length(sample.into_body(), length)
            .file_name(kind.file_name())
            .mime_str(kind.media_type())
            .map_err(|error| {
                Error::new(ErrorKind::Rejected, "the sample can't be labelled").with_source(error)
            })?;
        let call = self
            .call(Method::POST, PATH, key)?
            .multipart(request.form(part));
        let read = |answer: &Value| read_clone(&answer["data"]);
        self.answer(key, PATH, call, self.timeouts.upload, read)
            .await
            .map(|mut clone| {
                if clone.models.is_empty() {
                    clone.models.push(request.model);
                }
                clone
            })
            .map_err(|error| match error.code() {
                Some("voice_clone_error") => error.with_kind(ErrorKind::Rejected),
                _ => error,
            })
    }

    /// The clones of the account: `GET /waves/v1/voice-cloning`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn list_clones(&self, key: &ApiKey) -> Result<Vec<ClonedVoice>, Error> {
        let call = self.call(Method::GET, PATH, key)?;
        let read = |answer: &Value| {
            let list = answer["data"].as_array()?;
            Some(list.iter().filter_map(read_clone).collect())
        };
        self.answer(key, PATH, call, self.timeouts.answer, read)
            .await
    }

    /// Tries to delete a clone: `POST /waves/v1/voice-cloning/delete`. The service lets its
    /// console do this and refuses it to keys, which is no fault of the key: see
    /// [`CloneDeletion::OnlyInConsole`].
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but [`ErrorKind::Unauthorized`], [`ErrorKind::Forbidden`] and
    /// [`ErrorKind::NoSpeech`].
    pub async fn delete_clone(&self, key: &ApiKey, id: &VoiceId) -> Result<CloneDeletion, Error> {
        let body = json!({ "voiceId": id });
        let call = self.call(Method::POST, DELETE_PATH, key)?.json(&body);
        let read = |answer: &Value| (answer["success"] == true).then_some(());
        match self
            .answer(key, DELETE_PATH, call, self.timeouts.answer, read)
            .await
        {
            Ok(()) => Ok(CloneDeletion::Deleted),
            Err(error) if matches!(error.status(), Some(401 | 403 | 404 | 410)) => Ok(
                CloneDeletion::OnlyInConsole(error.with_kind(ErrorKind::Rejected)),
            ),
            Err(error) => Err(error),
        }
    }
}

fn read_clone(value: &Value) -> Option<ClonedVoice> {
    let id = VoiceId::new(value["voiceId"].as_str()?.trim()).ok()?;
    let text = |name: &str| {
        let text = value[name].as_str().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let texts = |list: &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    };
    // A list of names, or what was just made: one name, bare or in an object.
    let mut models = texts(&value["modelIds"]);
    models.extend(value["model"].as_str().map(str::to_owned));
    models.extend(value["model"]["modelName"].as_str().map(str::to_owned));
    let samples = value["samples"].as_array().into_iter().flatten();
    Some(ClonedVoice {
        name: text("displayName").unwrap_or_else(|| id.to_string()),
        id,
        status: match value["status"].as_str().unwrap_or_default() {
            "pending" => CloneStatus::Pending,
            "processing" => CloneStatus::Processing,
            "completed" => CloneStatus::Completed,
            "failed" => CloneStatus::Failed,
            other => CloneStatus::Other(other.to_owned()),
        },
        models: models.iter().filter_map(|name| name.parse().ok()).collect(),
        language: text("language").and_then(|language| Language::from_name(&language)),
        accent: text("accent"),
        description: text("description"),
        tags: texts(&value["tags"]),
        professional: value["cloningType"] == "professional",
        created_at: text("createdAt"),
        samples: samples
            .filter_map(|sample| {
                let text = sample["text"].as_str().unwrap_or_default();
                Some((text.to_owned(), sample["audioUrl"].as_str()?.to_owned()))
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_that_the_service_would_refuse_cannot_be_asked_for() {
        let request = |name: &str| CloneRequest::new(name, Model::LightningV31);
        assert_eq!(request(" "), Err(InvalidClone::Name));
        assert_eq!(request(&"ä".repeat(501)), Err(InvalidClone::Name));
        let request = request(&"ä".repeat(500)).unwrap();
        for language in [Language::Auto, Language::Greek] {
            let refused = request.clone().with_language(language);
            assert_eq!(refused, Err(InvalidClone::Language));
        }
        assert!(request.clone().with_language(Language::Hindi).is_ok());
        assert_eq!(request.with_tags(["a", "b,c"]), Err(InvalidClone::Tag));
    }

    #[test]
    fn samples_are_told_by_their_first_bytes() {
        for (head, kind) in [
            (&b"RIFF\0\0\0\0WAVEfmt "[..], Some(SampleKind::Wav)),
            (b"ID3\x04\0\0\0\0\0\0\0\0", Some(SampleKind::Mp3)),
            (b"\xff\xf3\xc4\xc4\0\0\0\0\0\0\0\0", Some(SampleKind::Mp3)),
            (b"\x1aE\xdf\xa3\0\0\0\0\0\0\0\0", Some(SampleKind::Webm)),
            (b"\0\0\0\x20ftypM4A ", Some(SampleKind::Mp4)),
            (b"OggS\0\0\0\0\0\0\0\0", None),
            (b"fLaC\0\0\0\0\0\0\0\0", None),
            (b"", None),
        ] {
            assert_eq!(SampleKind::of(head), kind, "{head:?}");
        }
    }
}
