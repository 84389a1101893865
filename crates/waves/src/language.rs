//! The languages the service speaks, and which model speaks which.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Model;

/// A language the service can be asked for, or [`Language::Auto`] to let it recognise one.
///
/// Hebrew is missing on purpose: the service's validator lets it pass, no model lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(
    missing_docs,
    reason = "each variant is the English name of the language"
)]
pub enum Language {
    /// The service recognises the language from the text.
    Auto,
    English,
    Spanish,
    French,
    German,
    Italian,
    Dutch,
    Swedish,
    Portuguese,
    Polish,
    Russian,
    Hindi,
    Marathi,
    Gujarati,
    Punjabi,
    Bengali,
    Odia,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Greek,
    Finnish,
    Norwegian,
    Chinese,
    Japanese,
    Korean,
    Indonesian,
    Vietnamese,
    Malay,
    Turkish,
    Arabic,
}

impl Language {
    /// Every language, [`Language::Auto`] first, then in the order of the service's own tables.
    pub const ALL: [Language; 32] = [
        Language::Auto,
        Language::English,
        Language::Spanish,
        Language::French,
        Language::German,
        Language::Italian,
        Language::Dutch,
        Language::Swedish,
        Language::Portuguese,
        Language::Polish,
        Language::Russian,
        Language::Hindi,
        Language::Marathi,
        Language::Gujarati,
        Language::Punjabi,
        Language::Bengali,
        Language::Odia,
        Language::Tamil,
        Language::Telugu,
        Language::Kannada,
        Language::Malayalam,
        Language::Greek,
        Language::Finnish,
        Language::Norwegian,
        Language::Chinese,
        Language::Japanese,
        Language::Korean,
        Language::Indonesian,
        Language::Vietnamese,
        Language::Malay,
        Language::Turkish,
        Language::Arabic,
    ];

    /// The code the service expects: `auto` or two letters of ISO 639-1.
    pub fn code(self) -> &'static str {
        self.code_and_name().0
    }

    /// The English name, in lower case as the service's voice lists write it (`english`).
    pub fn name(self) -> &'static str {
        self.code_and_name().1
    }

    /// Reads a name out of a voice list: any case, codes too, and the spellings
    /// that other catalogues use for the same language.
    pub fn from_name(name: &str) -> Option<Language> {
        let name = name.trim().to_lowercase();
        let by_table = Language::ALL
            .into_iter()
            .find(|language| *language != Language::Auto && language.name() == name);
        by_table.or_else(|| match name.as_str() {
            "oriya" => Some(Language::Odia),
            "mandarin" | "mandarin chinese" | "chinese (mandarin)" => Some(Language::Chinese),
            "panjabi" => Some(Language::Punjabi),
            "bangla" => Some(Language::Bengali),
            "bahasa indonesia" => Some(Language::Indonesian),
            "norwegian bokmål" => Some(Language::Norwegian),
            _ => name
                .parse()
                .ok()
                .filter(|language| *language != Language::Auto),
        })
    }

    /// Whether `model` accepts this language. The standard model speaks the European and
    /// Indic languages except Greek, Finnish and Norwegian; Pro speaks all of them.
    pub fn supported_by(self, model: Model) -> bool {
        match model {
            Model::LightningV31Pro => true,
            Model::LightningV31 => !matches!(
                self,
                Language::Greek
                    | Language::Finnish
                    | Language::Norwegian
                    | Language::Chinese
                    | Language::Japanese
                    | Language::Korean
                    | Language::Indonesian
                    | Language::Vietnamese
                    | Language::Malay
                    | Language::Turkish
                    | Language::Arabic
            ),
        }
    }

    fn code_and_name(self) -> (&'static str, &'static str) {
        match self {
            Language::Auto => ("auto", "automatic"),
            Language::English => ("en", "english"),
            Language::Spanish => ("es", "spanish"),
            Language::French => ("fr", "french"),
            Language::German => ("de", "german"),
            Language::Italian => ("it", "italian"),
            Language::Dutch => ("nl", "dutch"),
            Language::Swedish => ("sv", "swedish"),
            Language::Portuguese => ("pt", "portuguese"),
            Language::Polish => ("pl", "polish"),
            Language::Russian => ("ru", "russian"),
            Language::Hindi => ("hi", "hindi"),
            Language::Marathi => ("mr", "marathi"),
            Language::Gujarati => ("gu", "gujarati"),
            Language::Punjabi => ("pa", "punjabi"),
            Language::Bengali => ("bn", "bengali"),
            Language::Odia => ("or", "odia"),
            Language::Tamil => ("ta", "tamil"),
            Language::Telugu => ("te", "telugu"),
            Language::Kannada => ("kn", "kannada"),
            Language::Malayalam => ("ml", "malayalam"),
            Language::Greek => ("el", "greek"),
            Language::Finnish => ("fi", "finnish"),
            Language::Norwegian => ("no", "norwegian"),
            Language::Chinese => ("zh", "chinese"),
            Language::Japanese => ("ja", "japanese"),
            Language::Korean => ("ko", "korean"),
            Language::Indonesian => ("id", "indonesian"),
            Language::Vietnamese => ("vi", "vietnamese"),
            Language::Malay => ("ms", "malay"),
            Language::Turkish => ("tr", "turkish"),
            Language::Arabic => ("ar", "arabic"),
        }
    }
}

/// Shows the code.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is not the code of a language the service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a language the service speaks")]
pub struct UnknownLanguage;

/// Reads a code (`en`, `auto`), in any case.
impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Language, UnknownLanguage> {
        Language::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code.trim()))
            .ok_or(UnknownLanguage)
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;

    fn try_from(code: String) -> Result<Language, UnknownLanguage> {
        code.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back_to_their_language() {
        for language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(language));
            if language != Language::Auto {
                assert_eq!(
                    Language::from_name(&language.name().to_uppercase()),
                    Some(language)
                );
            }
        }
        assert_eq!(Language::from_name("Oriya"), Some(Language::Odia));
        assert_eq!(Language::from_name("klingon"), None);
        assert_eq!(Language::from_name("auto"), None, "no voice speaks `auto`");
        assert_eq!("he".parse::<Language>(), Err(UnknownLanguage));
    }

    #[test]
    fn the_standard_model_speaks_twenty_languages_and_pro_thirty_one() {
        let spoken = |model| {
            Language::ALL
                .iter()
                .filter(|language| language.supported_by(model))
                .count()
        };
        // One more each: `auto`.
        assert_eq!(spoken(Model::LightningV31), 21);
        assert_eq!(spoken(Model::LightningV31Pro), 32);
    }
}
