//! Speech over a WebSocket, as a client meets it when all is well and when it asks for what can't be had.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use std::time::{Duration, Instant};

use client::socket::{Heard, Socket, ping};
use client::{TEXT, get, post, simulator, speech};
use serde_json::{Value, json};
use simulator::{FORBIDDEN_KEY, Options, RATE_LIMITED_KEY, Simulator, Speech};

fn tone(simulator: &Simulator, text: &str) -> Vec<i16> {
    simulator.audio_of(text, "sophia", "", 24_000, 1.0)
}

async fn with(options: Options) -> Simulator {
    Simulator::start(options).await.unwrap()
}

/// Slow enough that a request still runs when the next message arrives.
async fn slow() -> Simulator {
    with(Options {
        pace: Some(1.0),
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn a_plain_request_is_chunks_of_20_ms_and_one_complete_with_its_ids() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    socket
        .say(json!({ "session_id": "my.session", "request_id": "my-1" }))
        .await;
    let first = socket.frame().await;
    assert_eq!(first["status"], "chunk");
    assert_eq!(first["external_session_id"], "my.session");
    assert_eq!(first["external_request_id"], "my-1");
    let rest = socket.request().await;
    assert!(rest.is_complete());
    assert_eq!(rest.ids, [first["request_id"].as_str().unwrap()]);
    assert_eq!(rest.last["session_id"], first["session_id"]);
    assert!(
        rest.chunks
            .iter()
            .rev()
            .skip(1)
            .all(|chunk| chunk.len() == 960)
    );
    assert_eq!(rest.samples().len() + 480, tone(&simulator, TEXT).len());
    let keys: Vec<&String> = rest.last.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "external_request_id",
            "external_session_id",
            "request_id",
            "session_id",
            "status"
        ]
    );
}

#[tokio::test]
async fn one_socket_serves_many_requests_with_one_session_and_new_request_ids() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let mut ids = Vec::new();
    for text in ["One.", "Two and three.", "Four."] {
        socket.say(json!({ "text": text })).await;
        let request = socket.request().await;
        assert!(request.is_complete());
        assert!(request.samples() == tone(&simulator, text));
        ids.push((request.last["session_id"].clone(), request.ids[0].clone()));
        assert!(request.last.get("external_request_id").is_none());
    }
    assert!(ids.iter().all(|(session, _)| *session == ids[0].0));
    assert!(ids[0].1 != ids[1].1 && ids[1].1 != ids[2].1);
    socket.close().await;
    let log = simulator.requests();
    assert_eq!(log.len(), 4, "the opening and three requests");
    assert_eq!((log[0].method.as_str(), log[0].status), ("GET", 101));
    assert_eq!(
        (log[2].method.as_str(), log[2].text.as_str()),
        ("WS", "Two and three.")
    );
    assert!(
        log[1..]
            .iter()
            .all(|request| request.completed && request.status == 200)
    );
    assert_eq!(log[2].request_id, ids[1].1);
}

#[tokio::test]
async fn requests_that_were_queued_are_answered_one_after_another() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let texts = ["The first one.", "The second.", "And the third of them."];
    for text in texts {
        socket
            .say(json!({ "text": text, "complete_backoff_ms": 0 }))
            .await;
    }
    for text in texts {
        let request = socket.request().await;
        assert!(request.is_complete() && request.samples() == tone(&simulator, text));
    }
}

#[tokio::test]
async fn pieces_are_held_until_the_last_and_are_one_request() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    for last in [
        json!({ "text": "", "continue": false, "flush": true }),
        json!({ "text": "", "continue": false }),
        json!({ "text": null, "flush": true }),
        json!({ "text": "", "continue": true, "flush": true }),
    ] {
        for piece in ["The quick brown fox jumps", " over", " the lazy dog."] {
            socket
                .say(json!({ "text": piece, "continue": true, "flush": false, "max_buffer_flush_ms": 0 }))
                .await;
        }
        assert!(
            socket.is_silent().await,
            "nothing is spoken before the last piece"
        );
        socket.send(&with_null(speech(), &last)).await;
        let request = socket.request().await;
        assert!(request.is_complete() && request.samples() == tone(&simulator, TEXT));
        assert!(socket.is_silent().await, "there is one complete");
    }
    assert_eq!(simulator.requests().last().unwrap().text, TEXT);
}

/// The body with these fields, `null` and all.
fn with_null(mut body: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_held_piece_is_spoken_after_max_buffer_flush_ms_and_belongs_to_the_same_request() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    socket
        .say(json!({ "text": "Hello there, ", "continue": true, "max_buffer_flush_ms": 50 }))
        .await;
    let first = socket.frame().await;
    assert_eq!(first["status"], "chunk", "without a flush");
    socket
        .say(json!({ "text": "old friend.", "continue": false }))
        .await;
    let rest = socket.request().await;
    assert!(rest.is_complete());
    assert_eq!(rest.ids, [first["request_id"].as_str().unwrap()]);
    let both = tone(&simulator, "Hello there, ").len() + tone(&simulator, "old friend.").len();
    assert_eq!(rest.samples().len() + 480, both);
    assert!(socket.is_silent().await);
    let log = simulator.requests();
    assert_eq!(
        (log.len(), log[1].text.as_str()),
        (2, "Hello there, old friend.")
    );
}

#[tokio::test]
async fn a_flush_of_nothing_gets_a_lone_complete_and_a_blank_text_nothing() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    socket.say(json!({ "text": " " })).await;
    assert!(
        socket.is_silent().await,
        "how old clients keep the socket open"
    );
    socket
        .send(&with_null(speech(), &json!({ "text": "", "flush": true })))
        .await;
    let request = socket.request().await;
    assert!(request.is_complete() && request.chunks.is_empty());
    socket.say(json!({})).await;
    assert!(socket.request().await.is_complete());
}

#[tokio::test]
async fn a_context_speaks_whole_sentences_each_with_its_own_complete() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let fragments = [
        "This is the first sentence.",
        " And this",
        " is the second one, too.",
        " Rest",
    ];
    for text in fragments {
        socket
            .say(json!({ "text": text, "context_id": "turn-1", "continue": true }))
            .await;
    }
    let first = socket.request().await;
    let second = socket.request().await;
    assert!(first.is_complete() && second.is_complete() && first.ids != second.ids);
    assert!(first.samples() == tone(&simulator, "This is the first sentence."));
    assert!(second.samples() == tone(&simulator, " And this is the second one, too."));
    assert!(second.last.get("context_id").is_none());
    assert!(socket.is_silent().await);
    socket
        .send(&with_null(
            speech(),
            &json!({ "text": "", "context_id": "turn-1", "continue": false }),
        ))
        .await;
    assert!(socket.request().await.samples() == tone(&simulator, " Rest"));
    assert_eq!(simulator.running(), 0, "the context's place is free");
}

#[tokio::test]
async fn a_context_that_holds_nothing_closes_without_a_frame() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    socket
        .send(&with_null(
            speech(),
            &json!({ "text": "", "context_id": "turn-1", "continue": false }),
        ))
        .await;
    assert!(socket.is_silent().await);
}

#[tokio::test]
async fn a_fragment_is_held_no_longer_than_max_buffer_delay_ms() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let started = Instant::now();
    socket
        .say(json!({ "text": "No end in", "context_id": "c", "continue": true, "max_buffer_delay_ms": 120 }))
        .await;
    assert!(socket.request().await.samples() == tone(&simulator, "No end in"));
    assert!(started.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_context_holds_no_more_than_240_characters() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let text = "word ".repeat(100);
    socket
        .say(json!({ "text": text.as_str(), "context_id": "c", "continue": false }))
        .await;
    let mut characters = 0;
    for _ in 0..3 {
        characters += socket.request().await.samples().len() / 1440;
    }
    assert_eq!(characters, 500);
    assert!(socket.is_silent().await);
}

#[tokio::test]
async fn a_cancelled_context_drops_what_it_holds_and_a_closed_one_speaks_it() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let held = json!({ "text": "Held", "context_id": "c", "continue": true });
    socket.say(held.clone()).await;
    socket
        .say(json!({ "text": null, "context_id": "c", "cancel_request": true }))
        .await;
    assert!(socket.is_silent().await);
    assert_eq!(simulator.running(), 0);
    socket.say(held).await;
    socket
        .say(json!({ "text": null, "context_id": "c", "continue": true, "context_close": true }))
        .await;
    assert!(socket.request().await.samples() == tone(&simulator, "Held"));
}

#[tokio::test]
async fn a_context_goes_with_neither_flush_nor_a_timed_flush() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    for field in [
        json!({ "flush": true }),
        json!({ "max_buffer_flush_ms": 100 }),
    ] {
        socket
            .send(&with_null(
                with_null(speech(), &json!({ "context_id": "c" })),
                &field,
            ))
            .await;
        let frame = socket.frame().await;
        assert_eq!(frame["status"], "error");
        assert!(frame["message"].as_str().unwrap().contains("context_id"));
    }
}

#[tokio::test]
async fn a_cancelled_request_stops_and_the_socket_goes_on() {
    let simulator = slow().await;
    let mut socket = Socket::open(&simulator).await;
    socket
        .say(json!({ "text": "a long text ".repeat(50) }))
        .await;
    let cancelled = socket.frame().await["request_id"].clone();
    socket.send(&json!({ "cancel_request": true })).await;
    socket.say(json!({ "text": "Short." })).await;
    loop {
        let frame = socket.frame().await;
        if frame["status"] == "complete" {
            assert_ne!(frame["request_id"], cancelled);
            break;
        }
    }
    let log = simulator.requests();
    assert!(!log[1].completed && log[2].completed);
    assert_eq!(simulator.running(), 0);
}

#[tokio::test]
async fn words_come_in_the_order_of_the_audio_for_the_voices_that_have_them() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    let text = "It cost $100 on the 25th - really.";
    socket
        .say(json!({ "text": text, "voice_id": "avery", "word_timestamps": true }))
        .await;
    let mut heard = 0.0;
    let mut words = Vec::new();
    loop {
        let frame = socket.frame().await;
        match frame["status"].as_str().unwrap() {
            "chunk" => heard += 0.02,
            "word_timestamp" => {
                let data = &frame["data"];
                assert_eq!(data["id"], words.len());
                assert!(
                    data["start"].as_f64().unwrap() <= heard,
                    "not before its audio"
                );
                words.push((
                    data["word"].as_str().unwrap().to_owned(),
                    data["start"].as_f64().unwrap(),
                    data["end"].as_f64().unwrap(),
                ));
            }
            _ => break,
        }
    }
    let spelled: Vec<&str> = words.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(
        spelled,
        ["It", "cost", "$100", "on", "the", "25th", "really."]
    );
    assert!((words[1].1 - 3.0 * 0.06).abs() < 0.002 && (words[1].2 - 7.0 * 0.06).abs() < 0.002);
    assert!(words.windows(2).all(|pair| pair[0].2 <= pair[1].1));
    for other in [
        json!({ "word_timestamps": true }),
        json!({ "voice_id": "avery", "word_timestamps": true, "language": "fr" }),
        json!({ "voice_id": "avery" }),
    ] {
        socket.say(other.clone()).await;
        assert!(socket.request().await.words.is_empty(), "{other}");
    }
}

#[tokio::test]
async fn every_kind_of_keep_alive_gets_a_pong() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    for kind in ["ping", "keepalive", "keep_alive", "keep-alive"] {
        socket.send(&json!({ "type": kind })).await;
        assert_eq!(socket.frame().await, json!({ "type": "pong" }));
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_in_a_frame_and_the_socket_stays_open() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    for (changes, expected) in [
        (json!({ "voice_id": "nobody" }), "Invalid Voice ID"),
        (json!({ "voice_id": null }), "voice_id: Required"),
        (
            json!({ "language": "tr" }),
            "Language 'tr' is not supported on the lightning_v3.1 model",
        ),
        (
            json!({ "speed": 3 }),
            "speed: Number must be less than or equal to 2",
        ),
        (
            json!({ "text": "a".repeat(8001) }),
            "text: String must contain at most 8000 character(s)",
        ),
        (
            json!({ "text": 5 }),
            "text: Expected string, received number",
        ),
        (
            json!({ "max_buffer_flush_ms": 1001 }),
            "max_buffer_flush_ms: Number must be less",
        ),
        (
            json!({ "complete_backoff_ms": -1 }),
            "complete_backoff_ms: Number must be greater",
        ),
        (
            json!({ "max_buffer_delay_ms": 6000 }),
            "max_buffer_delay_ms: Number must be less",
        ),
        (
            json!({ "context_id": "no spaces please" }),
            "context_id: Invalid",
        ),
        (
            json!({ "continue": "yes" }),
            "continue: Expected boolean, received string",
        ),
        (
            json!({ "output_format": "ogg" }),
            "output_format: Invalid enum value",
        ),
    ] {
        let mut message = client::speech_with(changes);
        message["request_id"] = json!("mine");
        socket.send(&message).await;
        let frame = socket.frame().await;
        assert_eq!(frame["status"], "error");
        let said = frame["message"].as_str().unwrap();
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(frame["external_request_id"], "mine");
        assert!(frame["request_id"].is_string() && frame["session_id"].is_string());
    }
    for broken in ["{", "\"text\"", "[1, 2]", "null"] {
        socket.send_text(broken).await;
        assert_eq!(socket.frame().await["status"], "error", "{broken}");
    }
    socket.say(json!({})).await;
    assert!(socket.request().await.is_complete());
    let refused = simulator
        .requests()
        .iter()
        .filter(|request| request.status == 400)
        .count();
    assert_eq!(refused, 15, "all but the one that is no JSON");
}

#[tokio::test]
async fn doors_are_shut_with_the_statuses_of_the_other_routes() {
    let simulator = simulator().await;
    for (headers, status) in [
        (vec![], 401),
        (vec![("authorization", "Bearer wrong".to_owned())], 401),
        (
            vec![("authorization", format!("Bearer {RATE_LIMITED_KEY}"))],
            429,
        ),
        (
            vec![("authorization", format!("Bearer {FORBIDDEN_KEY}"))],
            403,
        ),
    ] {
        let headers: Vec<(&'static str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let refused = Socket::open_as(&simulator, "", &headers)
            .await
            .err()
            .unwrap();
        assert_eq!(refused.status().as_u16(), status);
        assert!(refused.headers().contains_key("x-request-id"));
    }
    let query = format!("?token={}&timeout=5", simulator.key());
    let mut socket = Socket::open_as(&simulator, &query, &[]).await.unwrap();
    socket.say(json!({})).await;
    assert!(socket.request().await.is_complete());
    assert!(!format!("{:?}", simulator.requests()).contains(simulator.key()));
    let plain = get(&simulator, "/waves/v1/tts/live").await;
    assert!((400..500).contains(&plain.status), "{}", plain.status);
}

#[tokio::test]
async fn an_idle_socket_is_told_so_and_closed() {
    let simulator = simulator().await;
    let mut socket = Socket::open_with(&simulator, "?timeout=1", &[])
        .await
        .unwrap();
    let started = Instant::now();
    for _ in 0..3 {
        assert!(socket.is_silent().await);
    }
    socket.send(&ping()).await;
    assert_eq!(socket.frame().await["type"], "pong");
    assert_eq!(
        socket.frame().await,
        json!({ "status": "error", "message": "Connection timed out after 1 seconds of inactivity" })
    );
    assert!(
        started.elapsed() >= Duration::from_millis(1550),
        "a message starts the time anew"
    );
    assert!(matches!(socket.next().await, Heard::Close(1000, _)));
    assert!(matches!(socket.next().await, Heard::Broken));
}

#[tokio::test]
async fn all_transports_share_one_number_of_places() {
    let simulator = with(Options {
        concurrency: 1,
        pace: Some(1.0),
        ..Options::default()
    })
    .await;
    let (mut one, mut two) = (
        Socket::open(&simulator).await,
        Socket::open(&simulator).await,
    );
    one.say(json!({})).await;
    assert_eq!(one.frame().await["status"], "chunk");
    two.say(json!({})).await;
    one.say(json!({ "request_id": "second" })).await;
    assert_eq!(
        two.frame().await["error_code"],
        "CONCURRENCY_LIMIT_EXCEEDED"
    );
    assert_eq!(
        post(&simulator, "/waves/v1/tts", &speech()).await.status,
        429
    );
    assert_eq!(
        post(&simulator, "/waves/v1/tts/live", &speech())
            .await
            .status,
        429
    );
    let refused = loop {
        let frame = one.frame().await;
        if frame["status"] == "error" {
            break frame;
        }
    };
    assert_eq!(refused["external_request_id"], "second");
    simulator.set_pace(None);
    assert!(
        one.request().await.is_complete(),
        "the first is not disturbed"
    );
    one.say(json!({})).await;
    assert!(one.request().await.is_complete());
    let busy: Vec<u16> = simulator
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(busy.iter().filter(|status| **status == 429).count(), 4);
}

#[tokio::test]
async fn five_sockets_may_be_open_for_each_place() {
    let simulator = with(Options {
        concurrency: 1,
        ..Options::default()
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(Socket::open(&simulator).await);
    }
    let refused = Socket::open_with(&simulator, "", &[]).await.err().unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    drop(open);
    simulator.wait_for_rest().await;
    Socket::open(&simulator).await.close().await;
}

#[tokio::test]
async fn complete_waits_for_its_backoff_and_is_dropped_when_another_request_begins() {
    let simulator = simulator().await;
    let mut socket = Socket::open(&simulator).await;
    socket
        .say(json!({ "text": "One", "complete_backoff_ms": 300 }))
        .await;
    let first = socket.frame().await["request_id"].clone();
    socket
        .say(json!({ "text": "Two", "complete_backoff_ms": 150 }))
        .await;
    let rest = socket.request().await;
    let last_chunk = Instant::now();
    assert_eq!(rest.last["status"], "complete");
    assert_ne!(
        rest.last["request_id"], first,
        "one for both, with the later id"
    );
    assert!(last_chunk.elapsed() < Duration::from_millis(150));
    assert!(socket.is_silent().await);
    socket
        .say(json!({ "text": "Three", "complete_backoff_ms": 150 }))
        .await;
    let started = Instant::now();
    assert!(socket.request().await.is_complete());
    assert!(started.elapsed() >= Duration::from_millis(150));
    assert_eq!(simulator.running(), 0);
}

#[tokio::test]
async fn the_backoff_of_requests_that_do_not_say_is_a_switch() {
    let simulator = with(Options {
        complete_backoff: Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    let mut socket = Socket::open(&simulator).await;
    let started = Instant::now();
    socket.say(json!({ "text": "One" })).await;
    assert!(socket.request().await.is_complete());
    assert!(started.elapsed() >= Duration::from_millis(200));
    let started = Instant::now();
    socket
        .say(json!({ "text": "Two words", "context_id": "c" }))
        .await;
    assert!(socket.request().await.is_complete());
    assert!(
        started.elapsed() < Duration::from_millis(200),
        "never between segments"
    );
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_place_and_a_simulator_that_ends_closes_its_sockets() {
    let simulator = slow().await;
    let mut socket = Socket::open(&simulator).await;
    socket
        .say(json!({ "text": "a long text ".repeat(50) }))
        .await;
    socket.frame().await;
    assert_eq!(simulator.running(), 1);
    drop(socket);
    simulator.wait_for_rest().await;
    assert_eq!((simulator.running(), simulator.sockets()), (0, 0));
    let mut socket = Socket::open(&simulator).await;
    drop(simulator);
    assert!(matches!(
        socket.next().await,
        Heard::Broken | Heard::Close(..)
    ));
}

#[tokio::test]
async fn the_built_in_voice_tells_its_words_as_they_are_written() {
    let simulator = with(Options {
        speech: Speech::BuiltinVoice,
        ..Options::default()
    })
    .await;
    let mut socket = Socket::open(&simulator).await;
    let text = "It cost $100 on the 25th. Really, all of it.";
    socket
        .say(json!({ "text": text, "voice_id": "liam", "word_timestamps": true }))
        .await;
    let request = socket.request().await;
    let words: Vec<&str> = request
        .words
        .iter()
        .map(|word| word["word"].as_str().unwrap())
        .collect();
    assert_eq!(words, text.split(' ').collect::<Vec<_>>());
    let times: Vec<f64> = request
        .words
        .iter()
        .flat_map(|word| {
            [
                word["start"].as_f64().unwrap(),
                word["end"].as_f64().unwrap(),
            ]
        })
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let length = request.samples().len() as f64 / 24_000.0;
    assert!(*times.last().unwrap() <= length && *times.last().unwrap() > 0.8 * length);
    let pause = times[12] - times[11];
    assert!(
        pause > 0.05,
        "the second sentence comes after a pause: {times:?}"
    );
}
