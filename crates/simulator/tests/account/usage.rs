//! What was used, health and the plan: section 15 of the contract; and faults of every route.

use serde_json::{Value, json};
use simulator::{ErrorBody, Fault, Route, Times};

use crate::client::{Ask, TEXT, get, post, simulator, speech_with};
use crate::transcription::{PULSE, transcribe};
use crate::{CHAT, CLONES, DICTIONARIES, HTTP, send};

#[tokio::test]
async fn logs_usage_credits_and_subscription_add_up() {
    let simulator = simulator().await;
    for text in ["One.", "Two and more.", "Three, at last."] {
        post(&simulator, HTTP, &speech_with(json!({ "text": text }))).await;
    }
    let mut socket = crate::client::socket::Socket::open(&simulator).await;
    socket.say(json!({ "text": "Over the socket" })).await;
    socket.request().await;
    post(
        &simulator,
        HTTP,
        &speech_with(json!({ "voice_id": "nobody" })),
    )
    .await;
    let characters = 4 + 13 + 15 + 15;
    let logs = get(&simulator, "/waves/v1/analytics/tts/logs?pageSize=3")
        .await
        .json();
    assert_eq!(
        (&logs["totalCount"], &logs["totalPages"], &logs["page"]),
        (&json!(4), &json!(2), &json!(1))
    );
    let newest = &logs["data"][0];
    assert_eq!(
        (
            &newest["request_type"],
            &newest["text"],
            &newest["text_len"]
        ),
        (&json!("ws"), &json!("Over the socket"), &json!(15))
    );
    assert_eq!(
        (&newest["model"], &newest["is_pvc"]),
        (&json!("lightning-v3.1"), &Value::Null)
    );
    assert_eq!(newest["timestamp"].as_str().unwrap().len(), 19);
    let second = get(&simulator, "/waves/v1/analytics/tts/logs?pageSize=3&page=2")
        .await
        .json();
    assert_eq!(second["data"][0]["text"], "One.");
    for granularity in ["hour", "day"] {
        let query = format!("?granularity={granularity}&from=2020-01-01T00:00:00Z");
        // Hours since 2020 are too many steps for one series.
        let query = if granularity == "hour" {
            "?granularity=hour".to_owned()
        } else {
            query
        };
        let usage = get(
            &simulator,
            &format!("/waves/v1/analytics/tts/usage/timeseries{query}"),
        )
        .await
        .json();
        assert_eq!(usage["totalRequestCount"], 4);
        assert_eq!(
            usage["timestamps"].as_array().unwrap().len(),
            usage["values"].as_array().unwrap().len()
        );
        let credits = get(
            &simulator,
            &format!("/waves/v1/analytics/tts/usage/credits/timeseries{query}"),
        )
        .await
        .json();
        assert_eq!(credits["totalCredits"], json!(f64::from(characters)));
    }
    let subscription = get(&simulator, "/atoms/v1/user/subscription").await.json();
    let data = &subscription["data"];
    assert_eq!(
        data["totalCredits"].as_f64().unwrap() - data["currentCredits"].as_f64().unwrap(),
        f64::from(characters)
    );
    for (path, peak) in [("concurrency", 1), ("ws-connections", 1)] {
        let series = get(
            &simulator,
            &format!("/waves/v1/analytics/tts/{path}/timeseries"),
        )
        .await
        .json();
        assert_eq!(series["values"].as_array().unwrap().last().unwrap(), peak);
    }
    for bad in [
        "tts/logs?pageSize=101",
        "tts/logs?page=0",
        "tts/usage/timeseries?granularity=week",
        "tts/usage/timeseries?from=yesterday",
    ] {
        let answer = get(&simulator, &format!("/waves/v1/analytics/{bad}")).await;
        assert_eq!(
            (answer.status, answer.json()["error"].is_string()),
            (400, true),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn transcripts_are_in_the_logs_until_they_are_deleted() {
    let simulator = simulator().await;
    let audio = post(
        &simulator,
        HTTP,
        &speech_with(json!({ "output_format": "wav" })),
    )
    .await
    .body;
    let id = transcribe(&simulator, PULSE, &audio)
        .await
        .header("x-request-id")
        .unwrap()
        .to_owned();
    let logs = get(&simulator, "/waves/v1/analytics/asr/logs").await.json();
    let entry = &logs["data"][0];
    assert_eq!(
        (
            &entry["request_id"],
            &entry["transcription"],
            &entry["file_size"]
        ),
        (&json!(id), &json!(TEXT), &json!(audio.len().to_string()))
    );
    for _ in 0..2 {
        let path = format!("/waves/v1/analytics/asr/history/{id}");
        let gone = send(&simulator, "DELETE", &path, &json!({})).await;
        assert_eq!(gone.json(), json!({ "status": "success" }));
    }
    let usage = get(&simulator, "/waves/v1/analytics/asr/usage/timeseries")
        .await
        .json();
    assert_eq!(usage["totalRequestCount"], 0);
}

#[tokio::test]
async fn health_needs_no_key_and_the_rest_does() {
    let simulator = simulator().await;
    let health = Ask::new("GET", "/waves/v1/health")
        .authorization("")
        .send(&simulator)
        .await;
    assert_eq!(
        (health.status, &health.json()["mongo"]["status"]),
        (200, &json!("connected"))
    );
    for (method, path) in [
        ("GET", DICTIONARIES),
        ("POST", DICTIONARIES),
        ("GET", CLONES),
        ("POST", CLONES),
        ("POST", CHAT),
        ("POST", "/waves/v1/stt/?model=pulse&language=en"),
        ("POST", "/waves/v1/pulse/get_text"),
        ("GET", "/waves/v1/analytics/tts/logs"),
        ("GET", "/atoms/v1/user/subscription"),
        ("POST", "/waves/v1/voice-cloning/delete"),
    ] {
        let refused = Ask::new(method, path).key("wrong").send(&simulator).await;
        assert_eq!(refused.status, 401, "{method} {path}");
        let limited = Ask::new(method, path)
            .key(simulator::RATE_LIMITED_KEY)
            .send(&simulator)
            .await;
        assert_eq!(
            (limited.status, limited.header("retry-after")),
            (429, Some("1"))
        );
        let header = Ask::new(method, path)
            .header("X-Sim-Fault", "503")
            .send(&simulator)
            .await;
        assert_eq!(header.status, 503);
    }
}

#[tokio::test]
async fn every_route_meets_faults() {
    let simulator = simulator().await;
    for (route, method, path) in [
        (Route::Dictionaries, "GET", DICTIONARIES),
        (Route::Cloning, "GET", CLONES),
        (
            Route::Transcription,
            "POST",
            "/waves/v1/stt/?model=pulse&language=en",
        ),
        (Route::Analytics, "GET", "/waves/v1/analytics/tts/logs"),
        (Route::Health, "GET", "/waves/v1/health"),
        (Route::Subscription, "GET", "/atoms/v1/user/subscription"),
        (Route::Retired, "DELETE", "/waves/v1/lightning-large"),
    ] {
        let fault = Fault::Status {
            status: 502,
            retry_after: None,
            body: ErrorBody::Html,
        };
        simulator.fault_on(route, fault, Times::Once);
        let answer = send(&simulator, method, path, &json!({})).await;
        assert_eq!(
            (answer.status, answer.text().starts_with("<!DOCTYPE")),
            (502, true),
            "{path}"
        );
        simulator.fault_on(route, Fault::CutAfter { bytes: 1 }, Times::Once);
        let answer = send(&simulator, method, path, &json!({})).await;
        assert_eq!(
            (answer.body.len(), answer.end),
            (1, crate::client::End::Closed),
            "{path}"
        );
    }
    simulator.fault_on(Route::Chat, Fault::JsonBody, Times::Once);
    assert_eq!(
        post(&simulator, CHAT, &crate::chat::chat(json!({})))
            .await
            .json()["status"],
        "error"
    );
}
