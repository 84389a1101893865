//! `/voice-cloning`: section 12 of the contract.

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    account::{Account, ORGANISATION, VoiceClone, iso, object_id},
    voices::Model,
};

/// The largest sample, in bytes.
const LARGEST_FILE: usize = 5 << 20;

const FILE_TYPES: [&str; 8] = [
    "audio/mpeg",
    "audio/mpeg-3",
    "audio/wav",
    "audio/wave",
    "audio/webm",
    "video/webm",
    "audio/mp4",
    "video/mp4",
];

/// What a new voice says in its samples.
pub(crate) const SAMPLE_TEXT: &str = "Hello, this is how I sound. Thank you for listening.";

/// The parts of a form, as far as they matter.
#[derive(Debug, Default)]
struct Form {
    file: Option<File>,
    fields: Vec<(String, String)>,
}

#[derive(Debug)]
struct File {
    name: String,
    content_type: String,
    size: usize,
}

impl Form {
    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Makes a voice, or says why not. `limit` is how many there may be.
pub(crate) async fn create(
    account: &Account,
    headers: &HeaderMap,
    body: Vec<u8>,
    url: &str,
    limit: usize,
) -> (u16, Value) {
    let refuse = |message: &str| (400, json!({ "error": message }));
    let Some(form) = read(headers, body).await else {
        return refuse("Invalid multipart form data");
    };
    let Some(file) = &form.file else {
        return refuse("No file provided");
    };
    if !FILE_TYPES.contains(&file.content_type.as_str()) {
        return refuse(&format!(
            "Invalid file type '{}'. Supported: {}",
            file.content_type,
            FILE_TYPES.join(", ")
        ));
    }
    if file.size > LARGEST_FILE {
        return refuse("File size exceeds the limit of 5MB");
    }
    if file.size == 0 {
        return (
            500,
            json!({ "error": "The sample holds no audio", "error_code": "voice_clone_error" }),
        );
    }
    let name = form.field("displayName").unwrap_or_default();
    if name.is_empty() || name.chars().count() > 500 {
        return refuse("displayName must be between 1 and 500 characters");
    }
    let model_name = form.field("model").unwrap_or("lightning-v3.1");
    let model = match (model_name, Model::in_path(model_name)) {
        (_, Some(model)) => model,
        ("lightning-v2", None) => {
            return refuse(
                "Voice cloning for lightning-v2 is deprecated. Please use lightning-v3.1",
            );
        }
        _ => {
            return refuse("Invalid model. Supported models: lightning-v3.1, lightning-v3.1-pro");
        }
    };
    let language = form
        .field("language")
        .filter(|language| !language.is_empty());
    if language.is_some_and(|language| !Model::Standard.languages().contains(&language)) {
        return refuse(&format!(
            "Invalid language. Supported: {}",
            Model::Standard.languages().join(", ")
        ));
    }
    if account.clones().len() >= limit {
        return refuse("clone limit exceeded, consider upgrading");
    }
    let text = |name: &str| form.field(name).unwrap_or_default().to_owned();
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(10);
    let clone = VoiceClone {
        id: format!("voice_{id}"),
        name: name.to_owned(),
        model,
        language: language.map(str::to_owned),
        accent: text("accent"),
        description: text("description"),
        tags: tags(form.field("tags").unwrap_or_default()),
        file_name: file.name.clone(),
        created: Timestamp::now(),
    };
    let answer = json!({
        "message": "Voice clone created successfully",
        "data": {
            "voiceId": clone.id, "displayName": clone.name, "status": "completed",
            "language": clone.language.as_deref().unwrap_or("en"),
            "createdAt": iso(clone.created), "organizationId": ORGANISATION,
            "model": { "_id": object_id(), "modelName": clone.model.path_name() },
            "audioFileNames": [clone.file_name],
            "samples": [{
                "text": SAMPLE_TEXT,
                "audioUrl": format!("{url}/previews/{}.wav?expires=3600", clone.id),
            }],
        },
    });
    account.clones().push(clone);
    (200, answer)
}

fn tags(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .map(str::to_owned)
        .collect()
}

async fn read(headers: &HeaderMap, body: Vec<u8>) -> Option<Form> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(content_type).ok()?;
    let once = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]);
    let mut parts = multer::Multipart::new(once, boundary);
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.ok()? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let content_type = part.content_type();
            form.file = Some(File {
                name: part.file_name().unwrap_or("sample").to_owned(),
                content_type: content_type
                    .map_or_else(String::new, |kind| kind.essence_str().to_owned()),
                size: part.bytes().await.ok()?.len(),
            });
        } else {
            form.fields.push((name, part.text().await.ok()?));
        }
    }
    Some(form)
}

/// All voices that were made.
pub(crate) fn list(account: &Account) -> Value {
    let data: Value = account
        .clones()
        .iter()
        .map(|clone| {
            json!({
                // The same each time it is listed, as a database's would be.
                "_id": format!("{:024x}", u128::from(crate::voices::stable_hash(&clone.id))),
                "voiceId": clone.id, "displayName": clone.name, "description": clone.description,
                "accent": clone.accent, "tags": clone.tags,
                "language": clone.language.as_deref().unwrap_or("en"), "status": "completed",
                "cloningType": "instant", "modelIds": [clone.model.path_name()],
                "createdAt": iso(clone.created),
            })
        })
        .collect();
    json!({ "data": data })
}

/// Deletes a voice, for those who may.
pub(crate) fn delete(account: &Account, body: &[u8]) -> (u16, Value) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(id) = body["voiceId"].as_str() else {
        return (400, json!({ "error": "voiceId is required" }));
    };
    let mut clones = account.clones();
    let Some(index) = clones.iter().position(|clone| clone.id == id) else {
        return (404, json!({ "error": "Voice not found" }));
    };
    clones.remove(index);
    (
        200,
        json!({ "success": true, "voiceId": id, "organizationId": ORGANISATION }),
    )
}
