//! The lists of voices, and the previews they point at. Ages, use cases and descriptions are invented: the public lists don't say.

use serde_json::{Value, json};

use crate::voices::{self, Model, Voice, language_name, stable_hash};

/// The body of `GET /{model}/get_voices`: one pool.
pub(crate) fn pool(model: Model) -> Value {
    let voices: Vec<Value> = voices::all()
        .iter()
        .filter(|voice| voice.model == model)
        .map(|voice| {
            let mut tags = json!({
                "language": languages(voice),
                "accent": voice.accent.as_deref().unwrap_or(""),
                "age": age(voice),
                "emotions": [],
                "usecases": use_cases(voice),
            });
            // Any tag may be missing. Where the gender is not known, it is.
            if let Some(gender) = &voice.gender {
                tags["gender"] = json!(gender);
            }
            json!({ "voiceId": voice.id, "displayName": voice.name, "tags": tags })
        })
        .collect();
    json!({ "voices": voices })
}

/// The body of `GET /voice/get-all-models`: both pools together, without saying which is which.
pub(crate) fn all(url: &str) -> Value {
    let voices: Vec<Value> = voices::all()
        .iter()
        .map(|voice| {
            json!({
                "_id": format!("{:024x}", u128::from(stable_hash(&format!("{:?}/{}", voice.model, voice.id)))),
                "voiceId": voice.id,
                "displayName": voice.name,
                "description": format!("{} speaks {}", voice.name, languages(voice).join(" and ")),
                "audioPreview": format!("{url}/previews/{}.wav", voice.id),
                "tags": { "age": age(voice), "emotions": [], "language": languages(voice) },
            })
        })
        .collect();
    json!({ "voices": voices })
}

/// What a voice says in its preview; `None` for an unknown voice.
pub(crate) fn preview_text(id: &str) -> Option<String> {
    let voice = voices::find(id, Model::Standard)?;
    Some(format!("Hello, I am {}. This is how I sound.", voice.name))
}

fn languages(voice: &Voice) -> Vec<&'static str> {
    voice
        .languages
        .iter()
        .map(|code| language_name(code))
        .collect()
}

fn age(voice: &Voice) -> &'static str {
    ["young", "middle aged", "senior"][(stable_hash(&voice.id) % 3) as usize]
}

fn use_cases(voice: &Voice) -> &'static [&'static str] {
    match stable_hash(&voice.name) % 4 {
        0 => &["narration"],
        1 => &["conversational"],
        2 => &["conversational", "narration"],
        _ => &[],
    }
}
