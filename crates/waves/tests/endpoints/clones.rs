//! Cloned voices: section 12 of the contract.

use std::sync::{Arc, Mutex};

use serde_json::json;
use waves::{
    CloneDeletion, CloneRequest, CloneStatus, ErrorKind, Language, Model, SampleKind, Upload,
    VoiceId,
};

use crate::canned::{Canned, answered, sample};
use crate::common::{NEVER, client, key};

fn clone_request() -> CloneRequest {
    CloneRequest::new("My voice", Model::LightningV31Pro)
        .and_then(|request| request.with_language(Language::Hindi))
        .and_then(|request| request.with_tags(["warm", "slow"]))
        .unwrap()
        .with_accent("indian")
        .with_description("A test.")
}

#[tokio::test]
async fn a_clone_is_made_from_a_streamed_sample_with_its_own_label() {
    let answer = json!({"message": "Voice clone created successfully", "data": {
        "voiceId": "voice_abc", "displayName": "My voice", "status": "completed", "language": "hi",
        "createdAt": "2026-09-01T00:00:00Z", "organizationId": "o",
        "model": {"_id": "m", "modelName": "lightning-v3.1-pro"}, "audioFileNames": ["a.wav"],
        "samples": [{"text": "Hello", "audioUrl": "https://cdn.example/a.wav"}],
    }});
    let (bytes, upload) = sample();
    let told = Arc::new(Mutex::new(0));
    let tell = Arc::clone(&told);
    let upload = upload.with_progress(move |sent| *tell.lock().unwrap() = sent);
    let (made, asked) = answered(answer, async |client| {
        client
            .create_clone(&key(), &clone_request(), SampleKind::Wav, upload)
            .await
            .unwrap()
    })
    .await;
    assert_eq!(made.id.as_str(), "voice_abc");
    assert_eq!(made.status, CloneStatus::Completed);
    assert_eq!(made.models, [Model::LightningV31Pro]);
    assert_eq!(
        made.samples,
        [("Hello".to_owned(), "https://cdn.example/a.wav".to_owned())]
    );
    assert_eq!(made.voices()[0].languages, [Language::Hindi]);
    assert_eq!(*told.lock().unwrap(), 200_000);

    assert_eq!(asked.line, "POST /waves/v1/voice-cloning");
    let boundary = asked
        .header("content-type")
        .unwrap()
        .split_once("boundary=")
        .unwrap()
        .1
        .to_owned();
    let parts = parts(&asked.body, &boundary);
    let texts: Vec<(&str, &str)> = parts[..6]
        .iter()
        .map(|(head, body)| {
            let name = head.split('"').nth(1).unwrap();
            (name, std::str::from_utf8(body).unwrap())
        })
        .collect();
    assert_eq!(
        texts,
        [
            ("displayName", "My voice"),
            ("model", "lightning-v3.1-pro"),
            ("language", "hi"),
            ("accent", "indian"),
            ("description", "A test."),
            ("tags", "warm,slow"),
        ]
    );
    let (head, body) = &parts[6];
    assert!(
        head.contains("name=\"file\"; filename=\"sample.wav\""),
        "{head}"
    );
    assert!(
        head.to_lowercase().contains("content-type: audio/wav"),
        "{head}"
    );
    assert!(*body == bytes, "the sample is sent as it is");
}

/// Heads and bodies of the parts of a form.
fn parts(body: &[u8], boundary: &str) -> Vec<(String, Vec<u8>)> {
    let mark = format!("--{boundary}");
    let find = |from: usize, what: &[u8]| {
        body[from..]
            .windows(what.len())
            .position(|window| window == what)
            .map(|at| from + at)
    };
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(start) = find(at, mark.as_bytes()) {
        let start = start + mark.len() + 2;
        let (Some(head), Some(end)) = (find(start, b"\r\n\r\n"), find(start, mark.as_bytes()))
        else {
            break;
        };
        let text = String::from_utf8(body[start..head].to_vec()).unwrap();
        parts.push((text, body[head + 4..end - 2].to_vec()));
        at = end;
    }
    parts
}

#[tokio::test]
async fn a_sample_that_is_too_large_or_shorter_than_it_was_is_not_a_clone() {
    let service = Canned::start(vec![]).await;
    let client = client(&service.url);
    for length in [0, CloneRequest::LARGEST_SAMPLE + 1] {
        let upload = Upload::from_reader(tokio::io::empty(), length);
        let made = client
            .create_clone(&key(), &clone_request(), SampleKind::Mp3, upload)
            .await;
        assert_eq!(made.unwrap_err().kind(), ErrorKind::Rejected);
    }
    assert!(service.asked().is_empty(), "nothing of it is sent");
    let upload = Upload::from_reader(tokio::io::empty(), 100);
    let made = async {
        let request = clone_request();
        client
            .create_clone(&key(), &request, SampleKind::Mp3, upload)
            .await
    };
    let error = tokio::time::timeout(NEVER, made)
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test]
async fn a_failed_clone_says_whether_another_try_or_another_sample_is_needed() {
    for (status, answer, kind, retryable) in [
        (
            500,
            json!({"error": "a", "error_code": "voice_clone_timeout"}),
            ErrorKind::Server,
            true,
        ),
        (
            500,
            json!({"error": "a", "error_code": "voice_clone_error"}),
            ErrorKind::Rejected,
            false,
        ),
        (
            400,
            json!({"error": "clone limit exceeded, consider upgrading"}),
            ErrorKind::Rejected,
            false,
        ),
        (413, json!({}), ErrorKind::Rejected, false),
    ] {
        let service = Canned::start(vec![(status, answer.to_string())]).await;
        let (_, upload) = sample();
        let made = client(&service.url)
            .create_clone(&key(), &clone_request(), SampleKind::Wav, upload)
            .await;
        let error = made.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (kind, retryable),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn clones_are_listed_with_the_models_they_can_speak_with() {
    let answer = json!({"data": [
        {"_id": "1", "voiceId": "voice_a", "displayName": "A", "status": "processing", "language": "english",
         "tags": ["x"], "cloningType": "instant", "modelIds": ["lightning-v3.1", "lightning-v3.1-pro"], "accent": ""},
        {"voiceId": "voice_b", "modelIds": ["lightning-large"], "cloningType": "professional", "status": "odd"},
        {"displayName": "without an id"},
    ]});
    let (list, asked) = answered(answer, async |client| {
        client.list_clones(&key()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "GET /waves/v1/voice-cloning");
    assert_eq!(list.len(), 2);
    assert_eq!(
        list[0].models,
        [Model::LightningV31, Model::LightningV31Pro]
    );
    assert_eq!(
        (list[0].status.clone(), list[0].professional),
        (CloneStatus::Processing, false)
    );
    assert_eq!(
        (list[0].language, list[0].accent.as_deref()),
        (Some(Language::English), None)
    );
    assert_eq!(list[0].voices().len(), 2);
    assert!(
        list[1].models.is_empty(),
        "a clone of a retired model is silent"
    );
    assert_eq!(list[1].status, CloneStatus::Other("odd".into()));
    assert!(list[1].professional);
}

#[tokio::test]
async fn a_key_that_may_not_delete_a_clone_is_no_bad_key() {
    let id = VoiceId::new("voice_abc").unwrap();
    let service = Canned::start(vec![(
        200,
        json!({"success": true, "voiceId": "voice_abc"}).to_string(),
    )])
    .await;
    let deleted = client(&service.url)
        .delete_clone(&key(), &id)
        .await
        .unwrap();
    assert!(matches!(deleted, CloneDeletion::Deleted));
    let asked = service.one();
    assert_eq!(asked.line, "POST /waves/v1/voice-cloning/delete");
    assert_eq!(asked.json(), json!({"voiceId": "voice_abc"}));
    for status in [401, 403, 404, 410] {
        let service =
            Canned::start(vec![(status, json!({"error": "unauthorized"}).to_string())]).await;
        let refused = client(&service.url)
            .delete_clone(&key(), &id)
            .await
            .unwrap();
        let CloneDeletion::OnlyInConsole(error) = refused else {
            panic!("{status} deleted it")
        };
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Rejected, Some(status))
        );
    }
    let service = Canned::start(vec![(500, String::new())]).await;
    let failed = client(&service.url).delete_clone(&key(), &id).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Server);
}
