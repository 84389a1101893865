//! What was used, health and the plan: section 15 of the contract; and answers that are none.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use waves::{ErrorKind, Granularity, PageRequest, Series, SeriesRequest};

use crate::canned::{Canned, answered};
use crate::common::{client, key};
use crate::dictionaries::words;

#[tokio::test]
async fn logs_are_read_page_by_page() {
    let page = PageRequest::new(2, 10).unwrap();
    let entry = json!({
        "timestamp": "2026-09-01 10:00:00", "request_type": "ws", "model": "lightning-v3.1", "voice_id": "magnus",
        "language": "en", "text": "Hello", "text_len": 5, "credits": 0.5, "speed": 1, "sample_rate": 24000,
        "output_format": "pcm", "enhancement": null, "is_pvc": null,
    });
    let answer = json!({"status": "success", "data": [entry, {}], "page": 2, "pageSize": 10, "totalCount": 11, "totalPages": 2});
    let (log, asked) = answered(answer, async |client| {
        client.speech_log(&key(), page).await.unwrap()
    })
    .await;
    assert_eq!(
        asked.line,
        "GET /waves/v1/analytics/tts/logs?page=2&pageSize=10"
    );
    assert_eq!((log.page, log.total_entries, log.total_pages), (2, 11, 2));
    assert_eq!(log.entries.len(), 1);
    let spoken = &log.entries[0];
    assert!(spoken.over_socket);
    assert_eq!((spoken.characters, spoken.credits), (Some(5), Some(0.5)));
    assert_eq!(
        (spoken.speed, spoken.sample_rate),
        (Some(1.0), Some(24_000))
    );

    let entry = json!({"request_id": "r", "timestamp": "t", "model": "pulse", "language": "en", "duration": 1.5,
        "file_size": "3200", "transcription": "hello"});
    let answer = json!({"status": "success", "data": [entry], "page": 1, "pageSize": 50, "totalCount": 1, "totalPages": 1});
    let (log, asked) = answered(answer, async |client| {
        client
            .transcription_log(&key(), PageRequest::default())
            .await
            .unwrap()
    })
    .await;
    assert_eq!(
        asked.line,
        "GET /waves/v1/analytics/asr/logs?page=1&pageSize=50"
    );
    assert_eq!(log.entries[0].file_size, Some(3_200), "written as a string");
    assert_eq!(log.entries[0].duration, Some(Duration::from_millis(1_500)));

    let answer = json!({"status": "success", "data": [{"anything": 1}]});
    let (log, asked) = answered(answer, async |client| {
        client
            .webhook_log(&key(), PageRequest::default())
            .await
            .unwrap()
    })
    .await;
    assert_eq!(
        asked.line,
        "GET /waves/v1/analytics/webhooks/logs?page=1&pageSize=50"
    );
    assert_eq!(log.entries, [json!({"anything": 1})]);
}

#[tokio::test]
async fn series_are_read_over_time() {
    let request = SeriesRequest {
        from: UNIX_EPOCH,
        to: UNIX_EPOCH + Duration::from_secs(86_400),
        granularity: Granularity::Hour,
    };
    let paths = [
        "tts/usage/timeseries",
        "asr/usage/timeseries",
        "tts/usage/credits/timeseries",
        "tts/concurrency/timeseries",
        "tts/ws-connections/timeseries",
    ];
    for (series, path) in Series::ALL.into_iter().zip(paths) {
        let answer =
            json!({"timestamps": ["a", "b", "c"], "values": [1, 2.5], "totalCredits": 3.5});
        let (read, asked) = answered(answer, async |client| {
            client.time_series(&key(), series, request).await.unwrap()
        })
        .await;
        let query = "from=1970-01-01T00%3A00%3A00Z&to=1970-01-02T00%3A00%3A00Z&granularity=hour";
        assert_eq!(
            asked.line,
            format!("GET /waves/v1/analytics/{path}?{query}")
        );
        assert_eq!(read.points, [("a".to_owned(), 1.0), ("b".to_owned(), 2.5)]);
        assert_eq!(read.total, Some(3.5));
    }
}

#[tokio::test]
async fn what_was_transcribed_can_be_forgotten() {
    let answer = json!({"status": "success"});
    let (forgotten, asked) = answered(answer, async |client| {
        client.delete_transcription(&key(), "a/../b c").await
    })
    .await;
    forgotten.unwrap();
    assert_eq!(
        asked.line, "DELETE /waves/v1/analytics/asr/history/a%2F..%2Fb%20c",
        "an id can't lead elsewhere"
    );
}

#[tokio::test]
async fn health_is_asked_without_a_key() {
    let answer =
        json!({"status": "ok", "mongo": {"status": "connected"}, "redis": {"status": "connected"}});
    let (health, asked) = answered(answer, async |client| client.health().await.unwrap()).await;
    assert_eq!(asked.line, "GET /waves/v1/health");
    assert_eq!(asked.header("authorization"), None);
    assert!(health.is_ok);
    assert_eq!(health.parts.len(), 2);
    assert_eq!(
        health.parts[0],
        ("mongo".to_owned(), "connected".to_owned())
    );
}

#[tokio::test]
async fn a_subscription_that_may_not_be_seen_is_no_bad_key() {
    let answer = json!({"status": true, "data": {"planId": "standard", "totalCredits": 100, "currentCredits": "42.5",
        "subscriptionActive": true, "limits": {"calls": 1}}});
    let (plan, asked) = answered(answer, async |client| {
        client.subscription(&key()).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(asked.line, "GET /atoms/v1/user/subscription");
    assert_eq!(
        (plan.total_credits, plan.current_credits),
        (Some(100.0), Some(42.5))
    );
    assert_eq!((plan.is_active, plan.renewal_date), (Some(true), None));
    for status in [401, 403] {
        let service = Canned::start(vec![(status, String::new())]).await;
        assert_eq!(
            client(&service.url).subscription(&key()).await.unwrap(),
            None
        );
    }
    let service = Canned::start(vec![(503, String::new())]).await;
    let failed = client(&service.url).subscription(&key()).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Server);
}

#[tokio::test]
async fn an_answer_of_another_kind_is_not_read_as_empty() {
    for answer in ["", "<html></html>", "[1]", "{}", "null", "{\"data\":{}}"] {
        let service = Canned::start(vec![(200, answer.to_owned()); 4]).await;
        let client = client(&service.url);
        let page = PageRequest::default();
        let kinds = [
            client.list_clones(&key()).await.unwrap_err().kind(),
            client.speech_log(&key(), page).await.unwrap_err().kind(),
            client
                .create_dictionary(&key(), &words())
                .await
                .unwrap_err()
                .kind(),
            client.health().await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::Protocol; 4], "{answer}");
    }
}
