//! The voices the simulator knows, and the languages of their models. Facts of the public voice lists, kept as a copy of its own so
//! that the client's copy is checked by something other than itself.

use std::sync::LazyLock;

use serde::Deserialize;

/// The two pools of voices, by the names that request bodies use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Model {
    #[serde(rename = "lightning_v3.1")]
    Standard,
    #[serde(rename = "lightning_v3.1_pro")]
    Pro,
}

/// Names of models in request bodies; the last is a dated snapshot of the Pro model.
pub(crate) const MODEL_NAMES: [&str; 3] = [
    "lightning_v3.1",
    "lightning_v3.1_pro",
    "lightning_v3.1_pro_07_26",
];

const STANDARD_LANGUAGES: [&str; 20] = [
    "en", "es", "fr", "de", "it", "nl", "sv", "pt", "pl", "ru", "hi", "mr", "gu", "pa", "bn", "or",
    "ta", "te", "kn", "ml",
];

const PRO_LANGUAGES: [&str; 31] = [
    "en", "es", "fr", "de", "it", "nl", "sv", "pt", "pl", "ru", "el", "fi", "no", "hi", "mr", "gu",
    "pa", "bn", "or", "ta", "te", "kn", "ml", "zh", "ja", "ko", "id", "ms", "vi", "tr", "ar",
];

impl Model {
    /// From a request body.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "lightning_v3.1" => Some(Model::Standard),
            "lightning_v3.1_pro" | "lightning_v3.1_pro_07_26" => Some(Model::Pro),
            _ => None,
        }
    }

    /// From a path, where names have hyphens.
    pub(crate) fn in_path(name: &str) -> Option<Self> {
        match name {
            "lightning-v3.1" => Some(Model::Standard),
            "lightning-v3.1-pro" => Some(Model::Pro),
            _ => None,
        }
    }

    /// As paths and clones name it.
    pub(crate) fn path_name(self) -> &'static str {
        match self {
            Model::Standard => "lightning-v3.1",
            Model::Pro => "lightning-v3.1-pro",
        }
    }

    pub(crate) fn languages(self) -> &'static [&'static str] {
        match self {
            Model::Standard => &STANDARD_LANGUAGES,
            Model::Pro => &PRO_LANGUAGES,
        }
    }

    /// Whether a request may name this language. Hebrew is in no list, yet the standard model takes it.
    pub(crate) fn accepts(self, language: &str) -> bool {
        language == "auto"
            || self.languages().contains(&language)
            || (self == Model::Standard && language == "he")
    }
}

/// Every language code that the request's schema knows, whatever the model.
pub(crate) fn language_codes() -> Vec<&'static str> {
    let mut codes = vec!["auto"];
    codes.extend(PRO_LANGUAGES);
    codes.push("he");
    codes
}

/// The name that voice lists use for a language: English, in lower case.
pub(crate) fn language_name(code: &str) -> &'static str {
    match code {
        "en" => "english",
        "hi" => "hindi",
        "mr" => "marathi",
        "gu" => "gujarati",
        "pa" => "punjabi",
        "bn" => "bengali",
        "or" => "odia",
        "ta" => "tamil",
        "te" => "telugu",
        "kn" => "kannada",
        "ml" => "malayalam",
        "es" => "spanish",
        "fr" => "french",
        "de" => "german",
        "it" => "italian",
        "nl" => "dutch",
        "sv" => "swedish",
        "pt" => "portuguese",
        "pl" => "polish",
        "ru" => "russian",
        "el" => "greek",
        "fi" => "finnish",
        "no" => "norwegian",
        "zh" => "chinese",
        "ja" => "japanese",
        "ko" => "korean",
        "id" => "indonesian",
        "ms" => "malay",
        "vi" => "vietnamese",
        "tr" => "turkish",
        "ar" => "arabic",
        _ => "",
    }
}

/// One voice of one pool. The same id may be in both.
#[derive(Debug, Deserialize)]
pub(crate) struct Voice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) model: Model,
    pub(crate) languages: Vec<String>,
    pub(crate) gender: Option<String>,
    pub(crate) accent: Option<String>,
}

static VOICES: LazyLock<Vec<Voice>> = LazyLock::new(|| {
    // The list is part of the program, and a test reads it: it cannot be wrong here only.
    serde_json::from_str(include_str!("voices.json")).unwrap_or_default()
});

pub(crate) fn all() -> &'static [Voice] {
    &VOICES
}

/// The voice with this id, of the wanted pool if it is in both.
pub(crate) fn find(id: &str, model: Model) -> Option<&'static Voice> {
    let with_id = || all().iter().filter(|voice| voice.id == id);
    with_id()
        .find(|voice| voice.model == model)
        .or_else(|| with_id().next())
}

/// Whether the service tells when this voice says each word: six voices do, in English and Hindi.
pub(crate) fn times_words(id: &str, language: &str) -> bool {
    const TIMED: [&str; 6] = ["meher", "devansh", "kartik", "maithili", "liam", "avery"];
    TIMED.contains(&id) && matches!(language, "en" | "hi" | "auto")
}

/// FNV-1a: the same number for the same text on every machine.
pub(crate) fn stable_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
