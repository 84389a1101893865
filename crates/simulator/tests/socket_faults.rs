//! Each fault on a socket does on the wire what its description says.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use client::socket::{Heard, Socket, ping};
use client::{TEXT, post, simulator, speech, speech_with};
use serde_json::{Value, json};
use simulator::{ErrorBody, Fault, Route, Simulator, Times};

async fn under(fault: Fault) -> (Simulator, Socket) {
    let simulator = simulator().await;
    simulator.fault_on(Route::WebSocket, fault, Times::Once);
    let mut socket = Socket::open(&simulator).await;
    socket.say(json!({})).await;
    (simulator, socket)
}

fn sound(simulator: &Simulator) -> Vec<i16> {
    simulator.audio_of(TEXT, "sophia", "", 24_000, 1.0)
}

async fn still_works(socket: &mut Socket) {
    socket.say(json!({})).await;
    assert!(socket.request().await.is_complete());
}

#[tokio::test]
async fn an_error_frame_comes_in_every_spelling_and_leaves_the_socket_open() {
    for (body, reader) in [
        (ErrorBody::Default, "/message"),
        (ErrorBody::NestedMessage, "/error/message"),
        (ErrorBody::ErrorOnly, "/error"),
        (ErrorBody::StatusErrorCode, "/message"),
        (ErrorBody::Issues, "/error/0/message"),
    ] {
        let (_simulator, mut socket) = under(Fault::Status {
            status: 503,
            retry_after: None,
            body,
        })
        .await;
        let frame = socket.frame().await;
        assert_eq!(frame["status"], "error", "{body:?}");
        assert!(
            frame.pointer(reader).unwrap().is_string(),
            "{body:?} {frame}"
        );
        still_works(&mut socket).await;
    }
    for body in [ErrorBody::Html, ErrorBody::PlainText] {
        let (_simulator, mut socket) = under(Fault::Status {
            status: 502,
            retry_after: None,
            body,
        })
        .await;
        assert!(matches!(socket.next().await, Heard::Text(_)), "{body:?}");
    }
}

#[tokio::test]
async fn the_opening_can_be_refused_with_any_status_or_sent_elsewhere() {
    let simulator = simulator().await;
    for status in [401, 429, 500, 503] {
        let fault = Fault::Status {
            status,
            retry_after: Some("3".to_owned()),
            body: ErrorBody::Default,
        };
        simulator.fault(fault, Times::Once);
        let refused = Socket::open_with(&simulator, "", &[]).await.err().unwrap();
        assert_eq!(refused.status().as_u16(), status);
        assert_eq!(refused.headers()["retry-after"], "3");
    }
    let to = "http://127.0.0.1:1/".to_owned();
    simulator.fault(Fault::Redirect { to }, Times::Once);
    let refused = Socket::open_with(&simulator, "", &[]).await.err().unwrap();
    assert_eq!(refused.status().as_u16(), 307);
    still_works(&mut Socket::open(&simulator).await).await;
}

#[tokio::test]
async fn the_first_chunk_can_be_late_or_never_come() {
    let started = Instant::now();
    let (_simulator, mut socket) = under(Fault::FirstByte(Duration::from_millis(120))).await;
    assert!(socket.request().await.is_complete());
    assert!(started.elapsed() >= Duration::from_millis(120));
    let (simulator, mut socket) = under(Fault::NeverAnswers).await;
    assert!(socket.is_silent().await);
    socket.send(&ping()).await;
    assert_eq!(
        socket.frame().await["type"],
        "pong",
        "the socket itself is alive"
    );
    drop(socket);
    simulator.wait_for_rest().await;
}

#[tokio::test]
async fn chunks_can_come_with_pauses_between_them() {
    let started = Instant::now();
    let (_simulator, mut socket) = under(Fault::BetweenChunks(Duration::from_millis(2))).await;
    let request = socket.request().await;
    assert!(request.is_complete());
    assert!(started.elapsed() >= Duration::from_millis(2) * (request.chunks.len() as u32 - 1));
}

#[tokio::test]
async fn the_second_chunk_is_not_base64_or_not_json() {
    let (simulator, mut socket) = under(Fault::BadBase64).await;
    socket.frame().await;
    let second = socket.frame().await;
    assert!(
        STANDARD
            .decode(second["data"]["audio"].as_str().unwrap())
            .is_err()
    );
    assert_eq!(
        socket.request().await.samples().len() + 960,
        sound(&simulator).len()
    );
    let (_simulator, mut socket) = under(Fault::BadJson).await;
    socket.frame().await;
    assert!(matches!(socket.next().await, Heard::Text(_)));
    assert!(socket.request().await.is_complete());
}

#[tokio::test]
async fn complete_can_be_missing_or_doubled_or_too_early() {
    let (simulator, mut socket) = under(Fault::MissingEnd).await;
    let mut bytes = 0;
    while bytes < sound(&simulator).len() * 2 {
        let frame = socket.frame().await;
        bytes += STANDARD
            .decode(frame["data"]["audio"].as_str().unwrap())
            .unwrap()
            .len();
    }
    assert!(socket.is_silent().await);
    still_works(&mut socket).await;

    let (_simulator, mut socket) = under(Fault::DuplicateEnd).await;
    let request = socket.request().await;
    assert!(request.is_complete());
    assert_eq!(socket.frame().await, request.last);
    still_works(&mut socket).await;

    let (simulator, mut socket) = under(Fault::WrongOrder).await;
    let request = socket.request().await;
    assert!(request.is_complete());
    let late = socket.frame().await;
    let late = STANDARD
        .decode(late["data"]["audio"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        request.samples().len() + late.len() / 2,
        sound(&simulator).len()
    );
    still_works(&mut socket).await;
}

#[tokio::test]
async fn an_error_comes_after_two_chunks_as_it_was_ordered() {
    for (text, expected) in [
        ("out of memory", None),
        ("{\"error\":\"no\"}", Some(json!({ "error": "no" }))),
        ("[1]", Some(json!([1]))),
    ] {
        let (_simulator, mut socket) = under(Fault::ErrorEvent(text.to_owned())).await;
        let request = socket.request().await;
        assert_eq!(request.chunks.len(), 2);
        match expected {
            Some(frame) => assert_eq!(request.last, frame),
            None => assert_eq!(request.last["message"], text),
        }
        still_works(&mut socket).await;
    }
}

#[tokio::test]
async fn an_answer_can_be_empty_or_short_or_odd_or_have_a_header_or_strange_company() {
    let (_simulator, mut socket) = under(Fault::EmptyBody).await;
    let request = socket.request().await;
    assert!(request.is_complete() && request.chunks.is_empty());

    let (simulator, mut socket) = under(Fault::ShortAudio { ms: 30 }).await;
    let request = socket.request().await;
    assert!(request.is_complete() && request.samples() == sound(&simulator)[..720]);

    let (simulator, mut socket) = under(Fault::OddChunks).await;
    let request = socket.request().await;
    assert!(request.chunks.iter().any(|chunk| chunk.len() % 2 == 1));
    assert!(request.samples() == sound(&simulator));

    let (_simulator, mut socket) = under(Fault::WavSizes(77)).await;
    let request = socket.request().await;
    assert_eq!(&request.chunks[0][..4], b"RIFF");
    assert_eq!(&request.chunks[0][40..44], 77u32.to_le_bytes());

    let (simulator, mut socket) = under(Fault::UnknownFrames).await;
    let mut audio = Vec::new();
    let mut unknown = 0;
    loop {
        let frame = socket.frame().await;
        match frame["status"].as_str().unwrap() {
            "chunk" => audio.extend(
                STANDARD
                    .decode(frame["data"]["audio"].as_str().unwrap())
                    .unwrap(),
            ),
            "complete" => break,
            _ => unknown += 1,
        }
    }
    assert!(unknown > 10 && client::samples(&audio) == sound(&simulator));

    let (_simulator, mut socket) = under(Fault::JsonBody).await;
    let frame = socket.frame().await;
    assert!(frame["status"].is_null() && frame["error"].is_string());
    let (_simulator, mut socket) = under(Fault::HtmlBody).await;
    assert!(matches!(socket.next().await, Heard::Text(text) if text.starts_with("<!DOCTYPE")));
}

#[tokio::test]
async fn the_server_closes_with_the_wanted_code_after_so_many_chunks() {
    for (code, chunks) in [(1000, 0), (1001, 1), (1011, 3), (1013, 5), (4001, 100_000)] {
        let reason = "as ordered".to_owned();
        let (simulator, mut socket) = under(Fault::Close {
            code,
            reason: reason.clone(),
            chunks,
        })
        .await;
        let mut received = 0;
        loop {
            match socket.next().await {
                Heard::Frame(frame) => {
                    assert_eq!(frame["status"], "chunk");
                    received += 1;
                }
                Heard::Close(found, said) => {
                    assert_eq!((found, said), (code, reason));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        let all = (sound(&simulator).len() * 2).div_ceil(960);
        assert_eq!(received, chunks.min(all));
        assert!(matches!(socket.next().await, Heard::Broken));
        simulator.wait_for_rest().await;
    }
}

#[tokio::test]
async fn a_frame_is_cut_at_the_byte_and_the_connection_ends_with_or_without_a_reset() {
    for fault in [
        Fault::CutAfter { bytes: 2000 },
        Fault::ResetAfter { bytes: 2000 },
    ] {
        let (simulator, mut socket) = under(fault).await;
        // 1426 bytes of frame hold 960 of audio: one is whole, the next is not.
        assert_eq!(socket.frame().await["status"], "chunk");
        assert!(matches!(socket.next().await, Heard::Broken));
        simulator.wait_for_rest().await;
        assert!(!simulator.requests()[1].completed);
    }
    let (simulator, mut socket) = under(Fault::CutAfter { bytes: 0 }).await;
    assert!(matches!(socket.next().await, Heard::Broken));
    simulator.wait_for_rest().await;
}

#[tokio::test]
async fn a_cut_that_a_request_does_not_come_to_is_forgotten() {
    let (_simulator, mut socket) = under(Fault::CutAfter { bytes: 10_000_000 }).await;
    assert!(socket.request().await.is_complete());
    still_works(&mut socket).await;
}

#[tokio::test]
async fn a_half_open_socket_takes_everything_and_says_nothing_not_even_a_pong() {
    let (simulator, mut socket) = under(Fault::SilenceAfter { bytes: 2000 }).await;
    assert_eq!(socket.frame().await["status"], "chunk");
    assert!(socket.is_silent().await);
    socket.send(&ping()).await;
    socket.ping().await;
    assert!(socket.is_silent().await);
    drop(socket);
    simulator.wait_for_rest().await;
}

#[tokio::test]
async fn frames_can_drip_and_the_next_request_flows_again() {
    let every = Duration::from_millis(1);
    let (simulator, mut socket) = under(Fault::SlowDrip { bytes: 500, every }).await;
    let started = Instant::now();
    let request = socket.request().await;
    assert!(request.is_complete() && request.samples() == sound(&simulator));
    let wire = request.chunks.len() as u32 * 1400;
    assert!(started.elapsed() >= every * (wire / 500));
    still_works(&mut socket).await;
}

#[tokio::test]
async fn garbage_can_take_the_place_of_frames() {
    let (simulator, mut socket) = under(Fault::NotHttp).await;
    assert!(matches!(socket.next().await, Heard::Broken));
    simulator.wait_for_rest().await;
}

#[tokio::test]
async fn a_header_asks_for_a_status_a_named_fault_or_one_with_fields() {
    let simulator = simulator().await;
    let header = |value| [("x-sim-fault", value)];
    let refused = Socket::open_with(&simulator, "", &header("429;retry-after=2;times=1"))
        .await
        .err()
        .unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"2".parse().unwrap())
    );
    let mut socket = Socket::open_with(&simulator, "", &header("empty_body;times=1;id=a"))
        .await
        .unwrap();
    socket.say(json!({})).await;
    assert!(socket.request().await.chunks.is_empty());
    still_works(&mut socket).await;
    let close = r#"{"close":{"code":4009,"chunks":1}};times=1"#;
    let mut socket = Socket::open_with(&simulator, "", &header(close))
        .await
        .unwrap();
    socket.say(json!({})).await;
    assert_eq!(socket.frame().await["status"], "chunk");
    assert!(matches!(socket.next().await, Heard::Close(4009, _)));
}

#[tokio::test]
async fn the_same_header_serves_the_other_transports() {
    let simulator = simulator().await;
    let ask =
        |path: &str, fault: &str| client::Ask::post(path, &speech()).header("X-Sim-Fault", fault);
    let answer = ask("/waves/v1/tts/live", "missing_end")
        .send(&simulator)
        .await;
    assert!(!answer.text().contains("\"done\":true"));
    let cut = r#"{"cut_after":{"bytes":1000}};times=1;id=cut"#;
    assert_eq!(
        ask("/waves/v1/tts", cut).send(&simulator).await.body.len(),
        1000
    );
    assert!(ask("/waves/v1/tts", cut).send(&simulator).await.body.len() > 1000);
    let early = ask("/waves/v1/tts/live", "wrong_order")
        .send(&simulator)
        .await;
    let events = early.events();
    let end: Value = serde_json::from_str(&events[events.len() - 2]).unwrap();
    assert_eq!(end["done"], true);
    let slow = Fault::BetweenChunks(Duration::from_millis(40));
    simulator.fault(slow, Times::Once);
    let started = Instant::now();
    let body = speech_with(json!({ "text": "ab", "sample_rate": 8000 }));
    post(&simulator, "/waves/v1/tts/live", &body).await;
    assert!(
        started.elapsed() >= Duration::from_millis(40),
        "two events, one pause"
    );
}
