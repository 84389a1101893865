//! Pronunciation dictionaries: section 11 of the contract.

use serde_json::{Value, json};

use crate::client::{get, post, simulator, speech_with};
use crate::{DICTIONARIES, HTTP, send};

#[tokio::test]
async fn a_dictionary_is_made_listed_changed_and_deleted() {
    let simulator = simulator().await;
    let items = json!([{ "word": "API", "pronunciation": "ay-pee-eye" }]);
    let made = post(&simulator, DICTIONARIES, &json!({ "items": items })).await;
    assert_eq!(made.status, 200);
    let made = made.json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!((id.len(), &made["items"]), (24, &items));
    assert_eq!(get(&simulator, DICTIONARIES).await.json(), json!([made]));
    let other = json!([{ "word": "SQL", "pronunciation": "sequel" }, { "word": "a", "pronunciation": "b" }]);
    let changed = send(
        &simulator,
        "PUT",
        DICTIONARIES,
        &json!({ "id": id, "items": other }),
    )
    .await;
    assert_eq!(changed.json(), json!({ "id": id, "items": other }));
    assert_eq!(
        get(&simulator, DICTIONARIES).await.json()[0]["items"],
        other
    );
    let deleted = send(&simulator, "DELETE", DICTIONARIES, &json!({ "id": id })).await;
    assert_eq!(deleted.json(), json!({ "id": id, "deleted": true }));
    assert_eq!(get(&simulator, DICTIONARIES).await.json(), json!([]));
    for method in ["PUT", "DELETE"] {
        let gone = send(
            &simulator,
            method,
            DICTIONARIES,
            &json!({ "id": id, "items": items }),
        )
        .await;
        assert_eq!(gone.status, 404);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_dictionary_is_said_with_its_path() {
    let simulator = simulator().await;
    for (body, path) in [
        (json!({}), json!(["items"])),
        (json!({ "items": [] }), json!(["items"])),
        (
            json!({ "items": [{ "word": "a" }] }),
            json!(["items", 0, "pronunciation"]),
        ),
        (
            json!({ "items": [{ "word": "", "pronunciation": "b" }] }),
            json!(["items", 0, "word"]),
        ),
        (
            json!({ "items": [{ "word": 4, "pronunciation": "b" }] }),
            json!(["items", 0, "word"]),
        ),
    ] {
        let answer = post(&simulator, DICTIONARIES, &body).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "Invalid request body");
        assert_eq!(answer.json()["details"][0]["path"], path);
        assert!(answer.json()["details"][0]["message"].is_string());
    }
}

#[tokio::test]
async fn a_dictionary_changes_what_is_spoken_and_not_which_words_are_told() {
    let simulator = simulator().await;
    let items = json!([{ "word": "API", "pronunciation": "ay-pee-eye" }]);
    let made = post(&simulator, DICTIONARIES, &json!({ "items": items }))
        .await
        .json();
    let body =
        speech_with(json!({ "text": "The API, APIs.", "pronunciation_dicts": [made["id"]] }));
    let spoken = simulator.audio_of("The ay-pee-eye, APIs.", "sophia", "", 24_000, 1.0);
    for path in [HTTP, "/waves/v1/tts/live"] {
        let answer = post(&simulator, path, &body).await;
        let samples = if path == HTTP {
            answer.samples()
        } else {
            crate::client::samples(&answer.event_audio())
        };
        assert!(samples == spoken, "{path}");
    }
    let mut socket = crate::client::socket::Socket::open(&simulator).await;
    let mut timed = body.clone();
    timed["voice_id"] = json!("avery");
    timed["word_timestamps"] = json!(true);
    socket.send(&timed).await;
    let request = socket.request().await;
    assert_eq!(request.samples().len(), spoken.len());
    let words: Vec<&Value> = request.words.iter().map(|word| &word["word"]).collect();
    assert_eq!(words, ["The", "API,", "APIs."]);
    assert_eq!(
        request.words[1]["end"],
        json!(0.9),
        "15 characters are spoken by then"
    );
    let unknown = speech_with(json!({ "pronunciation_dicts": ["0123456789abcdef01234567"] }));
    let refused = post(&simulator, HTTP, &unknown).await;
    assert_eq!(
        refused.json()["error"][0]["path"],
        json!(["pronunciation_dicts", 0])
    );
}

#[tokio::test]
async fn formulas_are_read_as_words_when_asked() {
    let simulator = simulator().await;
    let body = speech_with(json!({ "text": "2 ^ 3 = 8", "math_notation": true }));
    let spoken = simulator.audio_of("2 to the power of 3 equals 8", "sophia", "", 24_000, 1.0);
    assert!(post(&simulator, HTTP, &body).await.samples() == spoken);
}
