//! Cloned voices: section 12 of the contract.

use serde_json::json;
use simulator::{Options, Simulator};

use crate::client::{Ask, get, post, simulator, speech_with};
use crate::{CLONES, HTTP, send};

fn form(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Ask {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    if let Some((kind, bytes)) = file {
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"me.wav\"\r\nContent-Type: {kind}\r\n\r\n").bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    Ask::new("POST", CLONES)
        .header("Content-Type", "multipart/form-data; boundary=edge")
        .body(&body)
}

const SAMPLE: Option<(&str, &[u8])> = Some(("audio/wav", b"RIFF and so on"));

#[tokio::test]
async fn a_clone_is_made_listed_heard_and_speaks_with_its_own_model_only() {
    let simulator = simulator().await;
    let fields = [
        ("displayName", "My voice"),
        ("tags", "warm, slow,"),
        ("language", "en"),
        ("model", "lightning-v3.1-pro"),
    ];
    let made = form(&fields, SAMPLE).send(&simulator).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    assert_eq!(made["message"], "Voice clone created successfully");
    let data = &made["data"];
    let id = data["voiceId"].as_str().unwrap();
    assert!(id.starts_with("voice_"));
    assert_eq!(data["model"]["modelName"], "lightning-v3.1-pro");
    assert_eq!(data["audioFileNames"], json!(["me.wav"]));
    let sample = data["samples"][0]["audioUrl"].as_str().unwrap();
    let sample = get(&simulator, &sample[simulator.url().len()..]).await;
    assert!(sample.body.starts_with(b"RIFF") && sample.body.len() > 20_000);
    let list = get(&simulator, CLONES).await.json();
    assert_eq!(list["data"][0]["voiceId"], id);
    assert_eq!(list["data"][0]["tags"], json!(["warm", "slow"]));
    assert_eq!(list["data"][0]["modelIds"], json!(["lightning-v3.1-pro"]));
    assert_eq!(list["data"][0]["cloningType"], "instant");
    let right = speech_with(json!({ "voice_id": id, "model": "lightning_v3.1_pro" }));
    assert!(post(&simulator, HTTP, &right).await.body.len() > 10_000);
    let wrong = speech_with(json!({ "voice_id": id, "output_format": "wav" }));
    assert_eq!(
        post(&simulator, HTTP, &wrong).await.body.len(),
        44,
        "nothing but a header"
    );
    let logs = get(&simulator, "/waves/v1/analytics/tts/logs").await.json();
    assert_eq!(logs["data"][0]["is_pvc"], true);
}

#[tokio::test]
async fn what_is_wrong_with_a_clone_is_said_in_the_services_words() {
    let simulator = Simulator::start(Options {
        clone_limit: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let named = ("displayName", "x");
    let large = vec![0; (5 << 20) + 1];
    let long = "x".repeat(501);
    for (fields, file, message) in [
        (vec![named], None, "No file provided"),
        (
            vec![named],
            Some(("audio/x-wav", &b"RIFF"[..])),
            "Invalid file type 'audio/x-wav'",
        ),
        (
            vec![named],
            Some(("audio/mpeg", large.as_slice())),
            "File size exceeds",
        ),
        (vec![], SAMPLE, "displayName must be"),
        (
            vec![("displayName", long.as_str())],
            SAMPLE,
            "displayName must be",
        ),
        (
            vec![named, ("language", "xx")],
            SAMPLE,
            "Invalid language. Supported: en, ",
        ),
        (
            vec![named, ("model", "lightning-v2")],
            SAMPLE,
            "Voice cloning for lightning-v2 is deprecated. Please use lightning-v3.1",
        ),
        (
            vec![named, ("model", "other")],
            SAMPLE,
            "Invalid model. Supported models: lightning-v3.1, lightning-v3.1-pro",
        ),
    ] {
        let answer = form(&fields, file).send(&simulator).await;
        assert_eq!(answer.status, 400, "{message}");
        let said = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{said}");
    }
    assert_eq!(
        form(&[named], Some(("audio/wav", b"")))
            .send(&simulator)
            .await
            .json()["error_code"],
        "voice_clone_error"
    );
    assert_eq!(form(&[named], SAMPLE).send(&simulator).await.status, 200);
    let full = form(&[named], SAMPLE).send(&simulator).await;
    assert_eq!(
        full.json(),
        json!({ "error": "clone limit exceeded, consider upgrading" })
    );
}

#[tokio::test]
async fn a_key_may_not_delete_a_clone_unless_a_switch_lets_it() {
    let simulator = simulator().await;
    let made = form(&[("displayName", "x")], SAMPLE)
        .send(&simulator)
        .await
        .json();
    let id = &made["data"]["voiceId"];
    let delete = format!("{CLONES}/delete");
    assert_eq!(
        post(&simulator, &delete, &json!({ "voiceId": id }))
            .await
            .status,
        401
    );
    post(
        &simulator,
        "/_sim/settings",
        &json!({ "clone_delete": true }),
    )
    .await;
    let done = post(&simulator, &delete, &json!({ "voiceId": id }))
        .await
        .json();
    assert_eq!((&done["success"], &done["voiceId"]), (&json!(true), id));
    assert_eq!(get(&simulator, CLONES).await.json(), json!({ "data": [] }));
    assert_eq!(
        post(&simulator, &delete, &json!({ "voiceId": id }))
            .await
            .status,
        404
    );
    for (method, path) in [
        ("DELETE", "/waves/v1/lightning-large"),
        ("POST", "/waves/v1/lightning-v2/get_speech"),
    ] {
        let retired = send(&simulator, method, path, &json!({ "voiceId": id })).await;
        assert_eq!(
            (retired.status, &retired.json()["error_code"]),
            (410, &json!("MODEL_DEPRECATED"))
        );
        assert!(retired.json()["recommended_endpoint"].is_string());
    }
}
