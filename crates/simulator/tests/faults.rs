//! Each fault really does on the wire what its description says, and settles in no other way.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use client::{Answer, Ask, End, TEXT, get, post, samples, simulator, speech, speech_with};
use serde_json::{Value, json};
use simulator::{ErrorBody, Fault, Options, Route, Simulator, Times};

const HTTP: &str = "/waves/v1/tts";
const SSE: &str = "/waves/v1/tts/live";
const VOICES: &str = "/waves/v1/lightning-v3.1/get_voices";
const END_EVENT: &str = "{\"status\":\"200\",\"done\":true}";

async fn speech_under(fault: Fault, path: &str) -> Answer {
    let simulator = simulator().await;
    simulator.fault(fault, Times::Once);
    post(&simulator, path, &speech()).await
}

async fn sound() -> Vec<i16> {
    simulator().await.audio_of(TEXT, "sophia", "", 24_000, 1.0)
}

#[tokio::test]
async fn any_status_comes_with_retry_after_and_every_shape_of_body() {
    let simulator = simulator().await;
    for body in ErrorBody::ALL {
        for path in [HTTP, SSE] {
            for (status, retry_after) in [
                (429, Some("7")),
                (500, None),
                (400, None),
                (401, None),
                (503, Some("Wed, 21 Oct 2026 07:28:00 GMT")),
            ] {
                let retry_after = retry_after.map(str::to_owned);
                simulator.fault(
                    Fault::Status {
                        status,
                        retry_after: retry_after.clone(),
                        body,
                    },
                    Times::Once,
                );
                let answer = post(&simulator, path, &speech()).await;
                assert_eq!(
                    (answer.status, answer.end),
                    (status, End::Complete),
                    "{body:?}"
                );
                assert_eq!(answer.header("retry-after"), retry_after.as_deref());
                let id = answer.header("x-request-id").unwrap().to_owned();
                check_shape(body, &answer, &id);
            }
        }
    }
}

fn check_shape(body: ErrorBody, answer: &Answer, request_id: &str) {
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let expected: &[&str] = match body {
        ErrorBody::Html => {
            assert_eq!(
                answer.header("content-type"),
                Some("text/html; charset=utf-8")
            );
            return assert!(answer.text().starts_with("<!DOCTYPE html>"));
        }
        ErrorBody::PlainText => {
            assert_eq!(answer.header("content-type"), Some("text/plain"));
            return assert!(!answer.text().starts_with('{') && !answer.text().is_empty());
        }
        ErrorBody::Empty => return assert!(answer.body.is_empty()),
        ErrorBody::Default => return assert!(answer.json().is_object()),
        ErrorBody::Issues => {
            let issues = answer.json()["error"].as_array().unwrap().clone();
            assert_eq!(issues[0]["message"], "Invalid Voice ID");
            return assert!(issues[1]["options"].is_array() && issues[1]["received"].is_string());
        }
        ErrorBody::NestedMessage => {
            assert_eq!(answer.json()["error"]["request_id"], request_id);
            return assert!(answer.json()["error"]["message"].is_string());
        }
        ErrorBody::StatusErrorCode => &["error_code", "message", "request_id", "status"],
        ErrorBody::StringAndMessage => &["error", "message"],
        ErrorBody::MessageOnly => &["message"],
        ErrorBody::ErrorOnly => &["error"],
        ErrorBody::ErrorAndDetails => &["details", "error"],
        ErrorBody::ErrorAndRequestId => &["error", "request_id"],
        ErrorBody::ErrorAndCode => &["error", "error_code"],
        ErrorBody::Region => &["error_code", "language", "message", "region", "status"],
        ErrorBody::MessageAndErrors => &["errors", "message", "status"],
        ErrorBody::Retired => &["error_code", "message", "recommended_endpoint", "status"],
        other => panic!("{other:?} has no check"),
    };
    assert_eq!(keys(&answer.json()), expected, "{body:?}");
}

#[tokio::test]
async fn a_scripted_status_happens_to_lists_and_previews_too() {
    let simulator = simulator().await;
    for path in [
        VOICES,
        "/waves/v1/voice/get-all-models",
        "/previews/zoe.wav",
        "/nowhere",
    ] {
        simulator.fault(
            Fault::Status {
                status: 503,
                retry_after: None,
                body: ErrorBody::Default,
            },
            Times::Once,
        );
        assert_eq!(get(&simulator, path).await.status, 503, "{path}");
    }
}

#[tokio::test]
async fn faults_happen_once_or_so_many_times_or_always_and_in_order() {
    let simulator = simulator().await;
    let status = |status| Fault::Status {
        status,
        retry_after: None,
        body: ErrorBody::Default,
    };
    simulator.fault(status(500), Times::Once);
    simulator.fault(status(502), Times::N(2));
    simulator.fault(status(599), Times::N(0));
    simulator.fault(status(503), Times::Always);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(post(&simulator, HTTP, &speech()).await.status);
    }
    assert_eq!(seen, [500, 502, 502, 503, 503, 503]);
    simulator.clear_faults();
    assert_eq!(post(&simulator, HTTP, &speech()).await.status, 200);
}

#[tokio::test]
async fn a_fault_waits_for_a_request_that_it_suits() {
    let simulator = simulator().await;
    simulator.fault(Fault::MissingEnd, Times::Once);
    simulator.fault_on(Route::Sse, Fault::EmptyBody, Times::Once);
    assert_eq!(get(&simulator, VOICES).await.status, 200);
    assert_eq!(
        post(&simulator, HTTP, &speech()).await.samples().len(),
        sound().await.len()
    );
    assert_eq!(
        post(&simulator, HTTP, &json!({})).await.status,
        400,
        "a refused request meets no fault"
    );
    let answer = post(&simulator, SSE, &speech()).await;
    assert_ne!(answer.events().last().unwrap(), END_EVENT);
    assert!(post(&simulator, SSE, &speech()).await.body.is_empty());
}

#[tokio::test]
async fn the_first_byte_can_be_late_or_never_come() {
    for path in [HTTP, SSE] {
        let started = Instant::now();
        let answer = speech_under(Fault::FirstByte(Duration::from_millis(120)), path).await;
        assert_eq!((answer.status, answer.end), (200, End::Complete));
        assert!(started.elapsed() >= Duration::from_millis(120));
        for never in [Fault::FirstByte(Duration::MAX), Fault::NeverAnswers] {
            let simulator = simulator().await;
            simulator.fault(never, Times::Once);
            let answer = Ask::post(path, &speech())
                .unanswered()
                .send(&simulator)
                .await;
            assert_eq!((answer.end, answer.head.as_str()), (End::Silent, ""));
        }
    }
}

#[tokio::test]
async fn a_client_that_gives_up_waiting_frees_its_place() {
    let simulator = Simulator::start(Options {
        concurrency: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    for (fault, heard) in [
        (Fault::NeverAnswers, None),
        (Fault::SilenceAfter { bytes: 3000 }, Some(3000)),
    ] {
        for path in [HTTP, SSE] {
            simulator.fault(fault.clone(), Times::Once);
            let ask = Ask::post(path, &speech());
            let ask = match heard {
                None => ask.unanswered(),
                Some(bytes) => ask.silent_after(bytes),
            };
            let answer = ask.send(&simulator).await;
            assert_eq!(answer.end, End::Silent);
            assert_eq!(post(&simulator, path, &speech()).await.status, 200);
            let requests = simulator.requests();
            let [.., given_up, done] = requests.as_slice() else {
                panic!()
            };
            assert!(!given_up.completed && done.completed);
        }
    }
}

#[tokio::test]
async fn silence_begins_after_exactly_so_many_bytes() {
    for path in [HTTP, SSE, VOICES] {
        for bytes in [0, 1, 1000, 4097] {
            let simulator = simulator().await;
            simulator.fault(Fault::SilenceAfter { bytes }, Times::Once);
            let ask = match path {
                VOICES => Ask::new("GET", path),
                _ => Ask::post(path, &speech()),
            };
            let answer = ask.silent_after(bytes).send(&simulator).await;
            assert_eq!(answer.end, End::Silent, "{path} {bytes}");
            assert_eq!((answer.status, answer.body.len()), (200, bytes));
        }
    }
}

#[tokio::test]
async fn a_cut_comes_after_exactly_so_many_bytes_and_inside_a_transfer_chunk() {
    for path in [HTTP, SSE] {
        let whole = post(&simulator().await, path, &speech()).await;
        for bytes in [0, 1, 1000, 5000] {
            let answer = speech_under(Fault::CutAfter { bytes }, path).await;
            assert_eq!(
                (answer.status, answer.end),
                (200, End::Closed),
                "{path} {bytes}"
            );
            assert_eq!(answer.body.len(), bytes);
            assert_eq!(answer.body, whole.body[..bytes]);
            let complete: usize = answer.chunks.iter().sum();
            assert!(
                complete < bytes || bytes == 0,
                "the last chunk that began is not complete"
            );
        }
    }
}

#[tokio::test]
async fn a_body_with_a_length_can_be_cut_too() {
    let simulator = simulator().await;
    simulator.fault(Fault::CutAfter { bytes: 1000 }, Times::Once);
    let answer = post(
        &simulator,
        HTTP,
        &speech_with(json!({ "output_format": "wav" })),
    )
    .await;
    assert_eq!((answer.body.len(), answer.end), (1000, End::Closed));
    assert!(
        answer
            .header("content-length")
            .unwrap()
            .parse::<usize>()
            .unwrap()
            > 1000
    );
    simulator.fault(Fault::CutAfter { bytes: 10 }, Times::Once);
    let answer = get(&simulator, VOICES).await;
    assert_eq!(
        (answer.body.as_slice(), answer.end),
        (&b"{\"voices\":"[..], End::Closed)
    );
}

#[tokio::test]
async fn a_cut_leaves_the_log_saying_that_the_answer_was_not_whole() {
    let simulator = simulator().await;
    simulator.fault(Fault::CutAfter { bytes: 3000 }, Times::Once);
    for path in [HTTP, SSE] {
        post(&simulator, path, &speech()).await;
    }
    let completed: Vec<bool> = simulator
        .requests()
        .iter()
        .map(|request| request.completed)
        .collect();
    assert_eq!(completed, [false, true]);
}

#[tokio::test]
async fn a_cut_that_an_answer_does_not_come_to_leaves_the_connection_whole() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let simulator = simulator().await;
    simulator.fault(Fault::CutAfter { bytes: 1_000_000 }, Times::Once);
    let mut connection = Ask::new("GET", "/nowhere").connect(&simulator).await;
    let mut buffer = vec![0; 4096];
    for round in 0..2 {
        if round > 0 {
            let request = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
            connection.write_all(request).await.unwrap();
        }
        let count = connection.read(&mut buffer).await.unwrap();
        assert!(
            buffer[..count].starts_with(b"HTTP/1.1 404"),
            "round {round}"
        );
    }
    assert!(simulator.requests().iter().all(|request| request.completed));
}

#[tokio::test]
async fn who_has_read_the_end_finds_the_request_completed() {
    let simulator = simulator().await;
    for _ in 0..20 {
        for path in [HTTP, SSE] {
            simulator.clear_requests();
            post(&simulator, path, &speech()).await;
            assert!(simulator.requests()[0].completed, "{path}");
        }
        simulator.clear_requests();
        simulator.fault(Fault::EmptyBody, Times::Once);
        post(&simulator, HTTP, &speech()).await;
        assert!(
            simulator.requests()[0].completed,
            "nothing is all there was"
        );
    }
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    for path in [HTTP, SSE] {
        let answer = speech_under(Fault::ResetAfter { bytes: 1000 }, path).await;
        assert_eq!(answer.end, End::Reset);
        assert!(
            answer.body.len() <= 1000,
            "a reset may overtake what was sent"
        );
    }
}

#[tokio::test]
async fn the_second_event_is_not_base64_or_not_json() {
    for short in [false, true] {
        let body = speech_with(if short {
            json!({ "text": "a", "sample_rate": 8000 })
        } else {
            json!({})
        });
        for fault in [Fault::BadBase64, Fault::BadJson] {
            let simulator = simulator().await;
            simulator.fault(fault.clone(), Times::Once);
            let answer = post(&simulator, SSE, &body).await;
            assert_eq!(answer.end, End::Complete);
            let events = answer.events();
            let first: Value = serde_json::from_str(&events[0]).unwrap();
            assert!(STANDARD.decode(first["audio"].as_str().unwrap()).is_ok());
            let second = serde_json::from_str::<Value>(&events[1]);
            if fault == Fault::BadJson {
                assert!(second.is_err());
            } else {
                assert!(
                    STANDARD
                        .decode(second.unwrap()["audio"].as_str().unwrap())
                        .is_err()
                );
            }
            assert_eq!(events.last().unwrap(), END_EVENT);
        }
    }
}

#[tokio::test]
async fn the_end_event_is_missing_or_doubled() {
    let answer = speech_under(Fault::MissingEnd, SSE).await;
    assert_eq!(answer.end, End::Complete, "the body itself ends in order");
    assert!(!answer.text().contains("\"done\":true"));
    assert!(samples(&answer.event_audio()) == sound().await);
    let answer = speech_under(Fault::DuplicateEnd, SSE).await;
    assert_eq!(answer.text().matches(END_EVENT).count(), 2);
    assert!(samples(&answer.event_audio()) == sound().await);
}

#[tokio::test]
async fn an_error_event_comes_after_two_of_audio_and_is_the_last() {
    for (text, expected) in [
        ("out of memory", "{\"error\":\"out of memory\"}"),
        (
            "{\"status\":\"error\",\"message\":\"no\"}",
            "{\"status\":\"error\",\"message\":\"no\"}",
        ),
    ] {
        let answer = speech_under(Fault::ErrorEvent(text.to_owned()), SSE).await;
        assert_eq!((answer.status, answer.end), (200, End::Complete));
        let events = answer.events();
        assert_eq!(events.len(), 3);
        assert_eq!(events[2], expected);
        assert_eq!(answer.event_audio().len(), 2 * 960);
    }
}

#[tokio::test]
async fn success_can_be_empty_or_json_or_a_page() {
    for path in [HTTP, SSE] {
        let empty = speech_under(Fault::EmptyBody, path).await;
        assert_eq!(
            (empty.status, empty.body.len(), empty.end),
            (200, 0, End::Complete)
        );
        let object = speech_under(Fault::JsonBody, path).await;
        assert_eq!(object.status, 200);
        assert!(
            object
                .header("content-type")
                .unwrap()
                .starts_with("application/json")
        );
        assert_eq!(object.json()["status"], "error");
        let page = speech_under(Fault::HtmlBody, path).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("text/html; charset=utf-8"))
        );
        assert!(page.text().starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn audio_can_be_short_and_still_end_in_order() {
    let all = sound().await;
    let fault = Fault::ShortAudio { ms: 20 };
    assert!(speech_under(fault.clone(), HTTP).await.samples() == all[..480]);
    let answer = speech_under(fault.clone(), SSE).await;
    assert!(samples(&answer.event_audio()) == all[..480]);
    assert_eq!(answer.events().last().unwrap(), END_EVENT);
    let simulator = simulator().await;
    simulator.fault(fault, Times::Once);
    let wav = post(
        &simulator,
        HTTP,
        &speech_with(json!({ "output_format": "wav" })),
    )
    .await;
    assert_eq!(wav.body.len(), 44 + 960);
    assert_eq!(&wav.body[40..44], 960u32.to_le_bytes());
    simulator.fault(Fault::ShortAudio { ms: 0 }, Times::Once);
    let none = post(&simulator, HTTP, &speech()).await;
    assert_eq!(
        (none.status, none.body.len(), none.end),
        (200, 0, End::Complete)
    );
}

#[tokio::test]
async fn a_wav_header_can_lie_or_come_unasked() {
    for size in [0, 1000, 0x7fff_ffff, u32::MAX] {
        let answer = speech_under(Fault::WavSizes(size), HTTP).await;
        assert_eq!(&answer.body[..4], b"RIFF");
        assert_eq!(&answer.body[40..44], size.to_le_bytes());
        assert!(samples(&answer.body[44..]) == sound().await);
        let answer = speech_under(Fault::WavSizes(size), SSE).await;
        assert_eq!(&answer.event_audio()[40..44], size.to_le_bytes());
    }
    let answer = speech_under(Fault::WavHonest, HTTP).await;
    let bytes = sound().await.len() as u32 * 2;
    assert_eq!(&answer.body[40..44], bytes.to_le_bytes());
    assert!(samples(&answer.body[44..]) == sound().await);
}

#[tokio::test]
async fn odd_chunks_are_odd_and_join_to_the_same_samples() {
    let answer = speech_under(Fault::OddChunks, HTTP).await;
    assert_eq!(answer.chunks[..5], [961, 1, 4801, 3, 333]);
    assert!(answer.samples() == sound().await);
    let answer = speech_under(Fault::OddChunks, SSE).await;
    let first: Value = serde_json::from_str(&answer.events()[0]).unwrap();
    assert_eq!(
        STANDARD
            .decode(first["audio"].as_str().unwrap())
            .unwrap()
            .len(),
        961
    );
    assert!(samples(&answer.event_audio()) == sound().await);
}

#[tokio::test]
async fn a_slow_drip_comes_in_small_pieces_with_pauses() {
    let simulator = simulator().await;
    let body = speech_with(json!({ "text": "a", "sample_rate": 8000 })); // 960 bytes
    simulator.fault(
        Fault::SlowDrip {
            bytes: 100,
            every: Duration::from_millis(20),
        },
        Times::Once,
    );
    let started = Instant::now();
    let answer = post(&simulator, HTTP, &body).await;
    assert_eq!(answer.end, End::Complete);
    assert_eq!(answer.chunks, [[100; 9].as_slice(), &[60]].concat());
    assert!(started.elapsed() >= Duration::from_millis(9 * 20));
}

#[tokio::test]
async fn a_wrong_length_is_too_long_or_too_short_by_that_much() {
    let bytes = sound().await.len() * 2;
    let longer = speech_under(Fault::WrongLength { by: 500 }, HTTP).await;
    assert_eq!(
        longer.header("content-length"),
        Some((bytes + 500).to_string().as_str())
    );
    assert_eq!((longer.body.len(), longer.end), (bytes, End::Closed));
    let shorter = speech_under(Fault::WrongLength { by: -501 }, HTTP).await;
    assert_eq!(
        (shorter.body.len(), shorter.end),
        (bytes - 501, End::Complete)
    );
}

#[tokio::test]
async fn a_redirect_points_where_it_was_told() {
    for path in [HTTP, SSE] {
        let answer = speech_under(
            Fault::Redirect {
                to: "http://example.com/x".to_owned(),
            },
            path,
        )
        .await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (307, Some("http://example.com/x"))
        );
    }
}

#[tokio::test]
async fn what_is_no_http_is_sent_as_it_is_and_the_connection_ends() {
    let simulator = simulator().await;
    simulator.fault(Fault::NotHttp, Times::Once);
    let (bytes, end) = Ask::post(HTTP, &speech()).send_raw(&simulator).await;
    assert!(bytes.starts_with(b"\x15\x03\x01") && end == End::Closed);
}

#[tokio::test]
async fn a_fault_by_header_counts_by_its_id() {
    let simulator = simulator().await;
    let ask = |fault: &str| Ask::post(HTTP, &speech()).header("X-Sim-Fault", fault);
    let first = ask("429;times=2;retry-after=3;id=a").send(&simulator).await;
    assert_eq!(
        (first.status, first.header("retry-after")),
        (429, Some("3"))
    );
    assert!(first.json()["error"].is_string());
    let mut seen = Vec::new();
    for fault in [
        "429;times=2;id=a",
        "429;times=2;id=a",
        "500;times=1;id=b",
        "500;times=1;id=b",
        "503",
        "503",
        "nonsense",
    ] {
        seen.push(ask(fault).send(&simulator).await.status);
    }
    assert_eq!(seen, [429, 200, 500, 200, 503, 503, 200]);
    let lists = Ask::new("GET", VOICES)
        .header("x-sim-fault", "502; id=c")
        .send(&simulator)
        .await;
    assert_eq!(lists.status, 502);
}

#[tokio::test]
async fn statuses_that_are_no_answers_become_500() {
    for status in [0, 100, 199, 600, 65_535] {
        let fault = Fault::Status {
            status,
            retry_after: None,
            body: ErrorBody::Default,
        };
        assert_eq!(speech_under(fault, HTTP).await.status, 500);
    }
}
