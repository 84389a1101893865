//! What the service finds wrong with a request, word for word.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use client::{Ask, post, simulator, speech, speech_with};
use serde_json::{Value, json};
use simulator::Simulator;

/// The issues for a body, which must be the same on both routes.
async fn issues(simulator: &Simulator, body: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for path in ["/waves/v1/tts", "/waves/v1/tts/live"] {
        let answer = post(simulator, path, body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        found.push(answer.json()["error"].as_array().expect("an array").clone());
    }
    assert_eq!(found[0], found[1]);
    found.swap_remove(0)
}

#[tokio::test]
async fn each_bad_field_is_named_with_the_validators_own_words() {
    let simulator = simulator().await;
    let cases = [
        (json!({ "text": null }), "text", "invalid_type", "Required"),
        (
            json!({ "text": 5 }),
            "text",
            "invalid_type",
            "Expected string, received number",
        ),
        (
            json!({ "text": "" }),
            "text",
            "too_small",
            "String must contain at least 1 character(s)",
        ),
        (
            json!({ "text": "a".repeat(8001) }),
            "text",
            "too_big",
            "String must contain at most 8000 character(s)",
        ),
        (
            json!({ "voice_id": null }),
            "voice_id",
            "invalid_type",
            "Required",
        ),
        (
            json!({ "voice_id": "nobody" }),
            "voice_id",
            "custom",
            "Invalid Voice ID",
        ),
        (
            json!({ "voice_id": "" }),
            "voice_id",
            "custom",
            "Invalid Voice ID",
        ),
        (
            json!({ "voice_id": ["sophia"] }),
            "voice_id",
            "invalid_type",
            "Expected string, received array",
        ),
        (
            json!({ "model": "lightning-v3.1" }),
            "model",
            "invalid_enum_value",
            "Invalid enum value. Expected 'lightning_v3.1' | 'lightning_v3.1_pro' | 'lightning_v3.1_pro_07_26', received 'lightning-v3.1'",
        ),
        (
            json!({ "sample_rate": 48000 }),
            "sample_rate",
            "invalid_enum_value",
            "Invalid enum value. Expected 8000 | 16000 | 24000 | 44100, received '48000'",
        ),
        (
            json!({ "sample_rate": "24000" }),
            "sample_rate",
            "invalid_type",
            "Expected number, received string",
        ),
        (
            json!({ "output_format": "ogg" }),
            "output_format",
            "invalid_enum_value",
            "Invalid enum value. Expected 'pcm' | 'wav' | 'mp3' | 'ulaw' | 'alaw', received 'ogg'",
        ),
        (
            json!({ "speed": 0.49 }),
            "speed",
            "too_small",
            "Number must be greater than or equal to 0.5",
        ),
        (
            json!({ "speed": 2.01 }),
            "speed",
            "too_big",
            "Number must be less than or equal to 2",
        ),
        (
            json!({ "speed": "fast" }),
            "speed",
            "invalid_type",
            "Expected number, received string",
        ),
        (
            json!({ "enhancement": 3 }),
            "enhancement",
            "too_big",
            "Number must be less than or equal to 2",
        ),
        (
            json!({ "similarity": -0.1 }),
            "similarity",
            "too_small",
            "Number must be greater than or equal to 0",
        ),
        (
            json!({ "math_notation": "yes" }),
            "math_notation",
            "invalid_type",
            "Expected boolean, received string",
        ),
        (
            json!({ "session_id": "a b" }),
            "session_id",
            "invalid_string",
            "Invalid",
        ),
        (
            json!({ "request_id": "" }),
            "request_id",
            "invalid_string",
            "Invalid",
        ),
        (
            json!({ "request_id": "a".repeat(129) }),
            "request_id",
            "invalid_string",
            "Invalid",
        ),
        (
            json!({ "language": "zh" }),
            "language",
            "custom",
            "Language 'zh' is not supported on the lightning_v3.1 model. Supported languages: en, es, fr, de, it, nl, sv, pt, pl, ru, hi, mr, gu, pa, bn, or, ta, te, kn, ml",
        ),
    ];
    for (change, field, code, message) in cases {
        let issues = issues(&simulator, &speech_with(change.clone())).await;
        assert_eq!(issues.len(), 1, "{issues:?}");
        assert_eq!(issues[0]["path"], json!([field]));
        assert_eq!(issues[0]["code"], code);
        assert_eq!(issues[0]["message"], message);
    }
}

#[tokio::test]
async fn enum_issues_say_what_was_received_and_what_would_do() {
    let simulator = simulator().await;
    let found = issues(
        &simulator,
        &speech_with(json!({ "output_format": "mulaw" })),
    )
    .await;
    assert_eq!(found[0]["received"], "mulaw");
    assert_eq!(
        found[0]["options"],
        json!(["pcm", "wav", "mp3", "ulaw", "alaw"])
    );
    let found = issues(&simulator, &speech_with(json!({ "sample_rate": 7 }))).await;
    assert_eq!(found[0]["received"], 7);
    assert_eq!(found[0]["options"], json!([8000, 16000, 24000, 44100]));
    let found = issues(&simulator, &speech_with(json!({ "language": "xx" }))).await;
    assert_eq!(found[0]["code"], "invalid_enum_value");
    assert_eq!(found[0]["options"].as_array().unwrap().len(), 33);
}

#[tokio::test]
async fn everything_wrong_is_reported_together() {
    let simulator = simulator().await;
    let found = issues(&simulator, &json!({ "speed": 3, "sample_rate": 1 })).await;
    let fields: Vec<&str> = found
        .iter()
        .map(|issue| issue["path"][0].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["text", "voice_id", "sample_rate", "speed"]);
    let found = issues(
        &simulator,
        &speech_with(json!({ "voice_id": "x", "language": "ja" })),
    )
    .await;
    assert_eq!(
        found.len(),
        2,
        "what the schema can't know is reported together too"
    );
}

#[tokio::test]
async fn dictionary_ids_have_24_hex_digits_and_the_bad_one_is_counted_out() {
    let simulator = simulator().await;
    let good = "0123456789abcdef01234567";
    let found = issues(
        &simulator,
        &speech_with(json!({ "pronunciation_dicts": [good, "short"] })),
    )
    .await;
    assert_eq!(found[0]["path"], json!(["pronunciation_dicts", 1]));
    let body = speech_with(json!({ "pronunciation_dicts": [good] }));
    let found = issues(&simulator, &body).await;
    assert_eq!(found[0]["message"], "Pronunciation dictionary not found");
}

#[tokio::test]
async fn what_is_at_the_edge_of_a_range_is_taken() {
    let simulator = simulator().await;
    for change in [
        json!({ "text": "a" }),
        json!({ "text": "ä".repeat(8000), "sample_rate": 8000, "speed": 2 }),
        json!({ "speed": 0.5 }),
        json!({ "speed": 2 }),
        json!({ "sample_rate": 8000 }),
        json!({ "sample_rate": 16000 }),
        json!({ "sample_rate": 44100.0 }),
        json!({ "language": "auto" }),
        json!({ "language": "he" }),
        json!({ "language": "zh", "model": "lightning_v3.1_pro", "voice_id": "hazel" }),
        json!({ "model": "lightning_v3.1_pro_07_26", "voice_id": "hazel" }),
        json!({ "enhancement": Value::Null, "unheard_of": { "a": 1 } }),
        json!({ "session_id": "A_b.c-9", "request_id": "a".repeat(128) }),
    ] {
        let body = speech_with(change);
        assert_eq!(
            post(&simulator, "/waves/v1/tts", &body).await.status,
            200,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_character_outside_the_basic_plane_counts_twice_for_the_limit() {
    let simulator = simulator().await;
    let fits =
        speech_with(json!({ "text": "a".to_owned() + &"😀".repeat(3999), "sample_rate": 8000 }));
    assert_eq!(post(&simulator, "/waves/v1/tts", &fits).await.status, 200);
    let too_long = speech_with(json!({ "text": "😀".repeat(4001) }));
    assert_eq!(issues(&simulator, &too_long).await[0]["code"], "too_big");
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused_and_none_is_a_crash() {
    let simulator = simulator().await;
    let found = issues(&simulator, &json!([1, 2])).await;
    assert_eq!(found[0]["message"], "Expected object, received array");
    assert_eq!(found[0]["path"], json!([]));
    for body in [
        &b""[..],
        b"{",
        b"\xff\xfe",
        b"{\"text\":\"\\ud800\"}",
        b"nul",
    ] {
        let answer = Ask::post("/waves/v1/tts", &speech())
            .body(body)
            .send(&simulator)
            .await;
        assert_eq!(answer.status, 400);
        assert!(answer.json()["message"].is_string());
    }
}

#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_is_not_looked_at() {
    let simulator = simulator().await;
    let answer = Ask::new("POST", "/waves/v1/tts")
        .header("Content-Type", "text/plain")
        .body(speech().to_string().as_bytes())
        .send(&simulator)
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"][0]["message"], "Required");
}

#[tokio::test]
async fn a_voice_of_the_other_pool_is_taken_but_flagged_in_the_log() {
    let simulator = simulator().await;
    for (voice, model, mismatched) in [
        ("hazel", "lightning_v3.1", true),
        ("sophia", "lightning_v3.1_pro", true),
        ("sophia", "lightning_v3.1", false),
        ("mishka", "lightning_v3.1", false),
        ("mishka", "lightning_v3.1_pro", false),
    ] {
        simulator.clear_requests();
        let body = speech_with(json!({ "voice_id": voice, "model": model }));
        assert_eq!(post(&simulator, "/waves/v1/tts", &body).await.status, 200);
        assert_eq!(
            simulator.requests()[0].mismatched_pool,
            mismatched,
            "{voice} with {model}"
        );
    }
}
