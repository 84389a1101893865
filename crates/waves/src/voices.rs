//! Voices: what they are, the lists the service gives, and a seed for browsing without it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Language, Model, VoiceId};

/// A voice of one pool. Identified by `model` and `id` together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Sent with a request.
    pub id: VoiceId,
    /// The pool it belongs to; the only model it sounds right with.
    pub model: Model,
    /// Shown to a person.
    pub name: String,
    /// What it was made for, the main language first; empty when the service does not say.
    #[serde(default)]
    pub languages: Vec<Language>,
    /// As the service labels it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// In lower case: `american`, `british`, `indian`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// As the service labels it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    /// In lower case: `narration`, `conversational`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub use_cases: Vec<String>,
    /// URL of a short WAV for [`crate::Client::preview`]; the lists of the pools have none, see
    /// [`add_previews`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

/// How the service labels a voice's gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Gender {
    Female,
    Male,
}

/// How the service labels a voice's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Age {
    Young,
    MiddleAged,
    Senior,
}

/// A row of the catalogue of both pools: it knows previews and descriptions, but not the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Joins it with a [`Voice`].
    pub id: VoiceId,
    /// Shown to a person.
    pub name: String,
    /// A sentence about the voice.
    pub description: Option<String>,
    /// URL of a short WAV, for [`crate::Client::preview`].
    pub preview: Option<String>,
}

/// The voices that the service's documentation names, for browsing without a key or a network.
///
/// Every Pro voice, about a third of the standard pool (the rest is known to the live list only);
/// no age, use case or preview. Pro voices are listed after the standard ones.
pub fn seed_voices() -> Vec<Voice> {
    serde_json::from_str(include_str!("voices/seed.json")).expect("a test reads this constant")
}

/// Whether the service says when this voice speaks each word, which it does over a WebSocket alone: the documentation names
/// six voices, in English and Hindi.
pub fn times_words(model: Model, voice: &VoiceId, language: Language) -> bool {
    let is_named = match model {
        Model::LightningV31Pro => voice.as_str() == "meher",
        Model::LightningV31 => {
            ["devansh", "kartik", "maithili", "liam", "avery"].contains(&voice.as_str())
        }
    };
    let is_spoken = [Language::English, Language::Hindi, Language::Auto].contains(&language);
    is_named && is_spoken
}

/// Fills in the previews that the catalogue knows, leaving those that are there already.
pub fn add_previews(voices: &mut [Voice], catalogue: &[CatalogueEntry]) {
    let previews: std::collections::HashMap<&VoiceId, &String> = catalogue
        .iter()
        .filter_map(|entry| Some((&entry.id, entry.preview.as_ref()?)))
        .collect();
    for voice in voices.iter_mut().filter(|voice| voice.preview.is_none()) {
        voice.preview = previews.get(&voice.id).map(|url| (*url).clone());
    }
}

/// Reads the list of one pool; `None` when it is no such list at all. Entries without an id
/// and repeated ids are left out, since one bad row must not hide the others.
pub(crate) fn read_voices(list: &Value, model: Model) -> Option<Vec<Voice>> {
    let read = |row: &Value| {
        let id = id_of(row)?;
        let tags = &row["tags"];
        Some(Voice {
            name: word(&row["displayName"]).unwrap_or_else(|| id.to_string()),
            id,
            model,
            languages: languages(&tags["language"]),
            gender: word(&tags["gender"]).and_then(|gender| match &*gender.to_lowercase() {
                "female" => Some(Gender::Female),
                "male" => Some(Gender::Male),
                _ => None,
            }),
            accent: word(&tags["accent"]).map(|accent| accent.to_lowercase()),
            age: word(&tags["age"]).and_then(|age| {
                match &*age.to_lowercase().replace(['-', '_'], " ") {
                    "young" => Some(Age::Young),
                    "middle aged" => Some(Age::MiddleAged),
                    "senior" | "old" => Some(Age::Senior),
                    _ => None,
                }
            }),
            use_cases: words(&tags["usecases"])
                .map(|case| case.to_lowercase())
                .collect(),
            preview: word(&row["audioPreview"]),
        })
    };
    Some(without_repeats(
        rows(list)?.iter().filter_map(read),
        |voice| &voice.id,
    ))
}

/// Reads the catalogue of both pools, by the same rules.
pub(crate) fn read_catalogue(list: &Value) -> Option<Vec<CatalogueEntry>> {
    let read = |row: &Value| {
        let id = id_of(row)?;
        Some(CatalogueEntry {
            name: word(&row["displayName"]).unwrap_or_else(|| id.to_string()),
            id,
            description: word(&row["description"]),
            preview: word(&row["audioPreview"]),
        })
    };
    Some(without_repeats(
        rows(list)?.iter().filter_map(read),
        |entry| &entry.id,
    ))
}

fn rows(list: &Value) -> Option<&Vec<Value>> {
    list["voices"].as_array().or_else(|| list.as_array())
}

fn id_of(row: &Value) -> Option<VoiceId> {
    VoiceId::new(row["voiceId"].as_str()?.trim()).ok()
}

/// A non-blank string of reasonable length; anything else is as good as missing.
fn word(value: &Value) -> Option<String> {
    let word = value.as_str()?.trim();
    (!word.is_empty() && word.len() <= 2_000).then(|| word.to_owned())
}

/// A list of words, or a single word where a list was expected.
fn words(value: &Value) -> impl Iterator<Item = String> {
    let one = std::slice::from_ref(value);
    value
        .as_array()
        .map_or(one, Vec::as_slice)
        .iter()
        .filter_map(word)
        .take(64)
}

fn languages(value: &Value) -> Vec<Language> {
    let mut languages = Vec::new();
    for language in words(value).filter_map(|name| Language::from_name(&name)) {
        if !languages.contains(&language) {
            languages.push(language);
        }
    }
    languages
}

fn without_repeats<T>(entries: impl Iterator<Item = T>, id: impl Fn(&T) -> &VoiceId) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    entries
        .filter(|entry| seen.insert(id(entry).clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_seed_has_the_voices_that_the_documentation_names() {
        let voices = seed_voices();
        let count = |model| voices.iter().filter(|voice| voice.model == model).count();
        assert_eq!(count(Model::LightningV31), 73);
        assert_eq!(count(Model::LightningV31Pro), 192);
        assert!(voices.iter().all(|voice| !voice.languages.is_empty()));
        let unique: std::collections::HashSet<_> =
            voices.iter().map(|v| (v.model, v.id.clone())).collect();
        assert_eq!(unique.len(), voices.len());
        let magnus = voices.iter().find(|v| v.id.as_str() == "magnus").unwrap();
        assert_eq!(magnus.name, "Magnus");
        assert_eq!(magnus.gender, Some(Gender::Male));
        assert_eq!(magnus.accent.as_deref(), Some("american"));
    }

    #[test]
    fn tags_are_typed_and_a_bad_row_does_not_hide_the_others() {
        let list = json!({"voices": [
            {"voiceId": "magnus", "displayName": "Magnus", "tags": {
                "language": ["english", "hindi", "klingon", "english"], "accent": "American",
                "gender": "male", "age": "middle aged", "emotions": [], "usecases": ["Narration", 7, ""],
                "new": {"x": 1}}, "isSaved": true},
            {"voiceId": "bare"},
            {"voiceId": "odd", "displayName": 7, "tags": {"language": "tamil", "gender": "", "age": "ageless", "accent": null}},
            {"displayName": "no id"}, {"voiceId": ""}, {"voiceId": 7}, null, "text", [],
            {"voiceId": "magnus", "displayName": "Again"},
        ]});
        let voices = read_voices(&list, Model::LightningV31).unwrap();
        let ids: Vec<&str> = voices.iter().map(|voice| voice.id.as_str()).collect();
        assert_eq!(ids, ["magnus", "bare", "odd"]);
        let magnus = &voices[0];
        assert_eq!(magnus.languages, [Language::English, Language::Hindi]);
        assert_eq!(magnus.accent.as_deref(), Some("american"));
        assert_eq!(magnus.gender, Some(Gender::Male));
        assert_eq!(magnus.age, Some(Age::MiddleAged));
        assert_eq!(magnus.use_cases, ["narration"]);
        assert_eq!(voices[1].name, "bare");
        assert_eq!(voices[2].languages, [Language::Tamil]);
        assert_eq!(
            (voices[2].gender, voices[2].age, &voices[2].accent),
            (None, None, &None)
        );
    }

    #[test]
    fn what_is_no_list_is_told_from_an_empty_one() {
        assert_eq!(
            read_voices(&json!({"voices": []}), Model::LightningV31),
            Some(vec![])
        );
        assert_eq!(
            read_voices(&json!([]), Model::LightningV31Pro),
            Some(vec![])
        );
        for value in [
            json!({}),
            json!({"voices": {}}),
            json!(null),
            json!("voices"),
        ] {
            assert_eq!(read_voices(&value, Model::LightningV31), None, "{value}");
            assert_eq!(read_catalogue(&value), None, "{value}");
        }
    }

    #[test]
    fn previews_are_joined_by_id() {
        let catalogue = read_catalogue(&json!({"voices": [
            {"_id": "0123456789abcdef01234567", "voiceId": "magnus", "displayName": "Magnus",
             "description": "Calm.", "audioPreview": "https://cdn.example/magnus.wav", "tags": {}},
            {"voiceId": "olivia", "audioPreview": ""},
        ]}))
        .unwrap();
        assert_eq!(catalogue[0].description.as_deref(), Some("Calm."));
        let mut voices = seed_voices();
        add_previews(&mut voices, &catalogue);
        let preview = |id: &str| {
            let voice = voices.iter().find(|voice| voice.id.as_str() == id).unwrap();
            voice.preview.clone()
        };
        assert_eq!(
            preview("magnus").as_deref(),
            Some("https://cdn.example/magnus.wav")
        );
        assert_eq!(preview("olivia"), None);
    }
}
