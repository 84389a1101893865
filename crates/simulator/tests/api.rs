//! The routes as a client meets them when all is well, and the doors that are shut.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use std::time::{Duration, Instant};

use client::{Ask, End, TEXT, get, post, samples, simulator, speech, speech_with};
use serde_json::{Value, json};
use simulator::{FORBIDDEN_KEY, Options, RATE_LIMITED_KEY, Simulator};

const HTTP: &str = "/waves/v1/tts";
const SSE: &str = "/waves/v1/tts/live";

#[tokio::test]
async fn a_body_without_a_format_is_headerless_samples_at_44100_hertz_called_wav() {
    let simulator = simulator().await;
    let body = json!({ "text": TEXT, "voice_id": "sophia" });
    let answer = post(&simulator, HTTP, &body).await;
    assert_eq!((answer.status, answer.end), (200, End::Complete));
    assert_eq!(answer.header("content-type"), Some("audio/wav"));
    let expected = simulator.audio_of(TEXT, "sophia", "lightning_v3.1", 44_100, 1.0);
    assert_eq!(
        expected.len(),
        (TEXT.len() as f64 * 0.06 * 44_100.0).round() as usize
    );
    assert!(answer.samples() == expected, "not the samples of audio_of");
}

#[tokio::test]
async fn a_wav_has_44_bytes_of_true_header_before_the_same_samples() {
    let simulator = simulator().await;
    for changes in [
        json!({ "output_format": "wav" }),
        json!({ "output_format": "pcm", "add_wav_header": true }),
    ] {
        let answer = post(&simulator, HTTP, &speech_with(changes)).await;
        let (header, sound) = answer.body.split_at(44);
        assert_eq!(&header[..4], b"RIFF");
        assert_eq!(&header[40..44], (sound.len() as u32).to_le_bytes());
        assert_eq!(&header[4..8], (sound.len() as u32 + 36).to_le_bytes());
        assert!(samples(sound) == simulator.audio_of(TEXT, "sophia", "", 24_000, 1.0));
        assert_eq!(
            answer.header("content-length"),
            Some(answer.body.len().to_string().as_str())
        );
    }
}

#[tokio::test]
async fn g711_has_one_byte_for_each_sample() {
    let simulator = simulator().await;
    for format in ["ulaw", "alaw"] {
        let body = speech_with(json!({ "output_format": format, "sample_rate": 8000 }));
        let answer = post(&simulator, HTTP, &body).await;
        assert_eq!(answer.header("content-type"), Some("audio/wav"));
        assert_eq!(
            answer.body.len(),
            simulator.audio_of(TEXT, "sophia", "", 8000, 1.0).len()
        );
    }
}

#[tokio::test]
async fn mp3_is_bare_frames_of_128_kilobits_that_hold_the_same_time() {
    let simulator = simulator().await;
    for (rate, head) in [
        (8000, [0xff, 0xe3]),
        (16_000, [0xff, 0xf3]),
        (24_000, [0xff, 0xf3]),
        (44_100, [0xff, 0xfb]),
    ] {
        let body = speech_with(json!({ "output_format": "mp3", "sample_rate": rate }));
        let answer = post(&simulator, HTTP, &body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("audio/wav"))
        );
        assert_eq!(answer.body[..2], head, "{rate}");
        let mut decoder = rusty_mp3::Mp3Decoder::new();
        decoder.push(&answer.body);
        decoder.flush();
        let mut samples = 0;
        while let Ok(frame) = decoder.next_frame() {
            assert_eq!((frame.sample_rate, frame.channels), (rate, 1));
            samples += frame.samples.len();
        }
        let spoken = simulator.audio_of(TEXT, "sophia", "", rate, 1.0).len();
        assert!(
            (spoken..spoken + 4608).contains(&samples),
            "{rate}: {samples} of {spoken}"
        );
        if rate == 24_000 {
            assert_eq!(answer.body[..4], [0xff, 0xf3, 0xc4, 0xc4]);
        }
    }
}

#[tokio::test]
async fn events_are_spelled_as_the_service_spells_them_and_carry_960_bytes() {
    let simulator = simulator().await;
    let answer = post(&simulator, SSE, &speech()).await;
    assert_eq!((answer.status, answer.end), (200, End::Complete));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = answer.text();
    let first = text.split("\n\n").next().unwrap();
    assert!(
        first.starts_with("event: audio\ndata: {\"audio\":\""),
        "{first}"
    );
    assert!(
        first.ends_with("\",\"done\":false,\"status\":\"206\"}"),
        "{first}"
    );
    assert!(text.ends_with("\n\ndata: {\"status\":\"200\",\"done\":true}\n\n"));
    let expected = simulator.audio_of(TEXT, "sophia", "", 24_000, 1.0);
    assert!(samples(&answer.event_audio()) == expected);
    assert_eq!(
        answer.events().len(),
        (expected.len() * 2).div_ceil(960) + 1
    );
}

#[tokio::test]
async fn events_carry_raw_samples_whatever_format_was_asked_for() {
    let simulator = simulator().await;
    for format in ["wav", "mp3", "ulaw"] {
        let answer = post(
            &simulator,
            SSE,
            &speech_with(json!({ "output_format": format })),
        )
        .await;
        assert!(
            samples(&answer.event_audio()) == simulator.audio_of(TEXT, "sophia", "", 24_000, 1.0),
            "{format}"
        );
    }
}

#[tokio::test]
async fn the_tone_is_the_same_each_time_and_differs_by_voice_text_and_speed() {
    let simulator = simulator().await;
    let tone =
        |text: &str, voice: &str, speed: f64| simulator.audio_of(text, voice, "", 16_000, speed);
    let one = tone("hello there", "sophia", 1.0);
    assert_eq!(one.len(), 11 * 960);
    assert!(one == tone("hello there", "sophia", 1.0));
    assert!(one != tone("hello there", "kartik", 1.0));
    assert!(one != tone("hello where", "sophia", 1.0));
    assert_eq!(tone("hello there", "sophia", 2.0).len(), one.len() / 2);
    assert_eq!(tone("hello there", "sophia", 0.5).len(), one.len() * 2);
}

#[tokio::test]
async fn the_tone_fades_in_and_out_and_has_no_jump_in_it() {
    let simulator = simulator().await;
    let tone = simulator.audio_of(TEXT, "sophia", "", 44_100, 1.0);
    let loudest = |part: &[i16]| part.iter().map(|s| s.unsigned_abs()).max().unwrap();
    let middle = loudest(&tone[tone.len() / 2..][..4410]);
    assert!(middle > 10_000);
    assert!(loudest(&tone[..220]) < middle / 4, "5 ms at the beginning");
    assert!(
        loudest(&tone[tone.len() - 220..]) < middle / 4,
        "5 ms at the end"
    );
    let steepest = tone
        .windows(2)
        .map(|w| (w[1] - w[0]).unsigned_abs())
        .max()
        .unwrap();
    assert!(
        steepest < 1000,
        "{steepest}: the pitch changes without a click"
    );
}

#[tokio::test]
async fn text_without_a_letter_or_a_digit_gives_no_sound() {
    let simulator = simulator().await;
    let answer = post(
        &simulator,
        HTTP,
        &speech_with(json!({ "text": " …! ", "output_format": "wav" })),
    )
    .await;
    assert_eq!((answer.status, answer.body.len()), (200, 44));
    let answer = post(&simulator, SSE, &speech_with(json!({ "text": " … " }))).await;
    assert_eq!(answer.events(), ["{\"status\":\"200\",\"done\":true}"]);
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own_that_is_in_the_log() {
    let simulator = simulator().await;
    let answers = [
        post(&simulator, HTTP, &speech()).await,
        post(&simulator, SSE, &json!({})).await,
        get(&simulator, "/waves/v1/voice/get-all-models").await,
        get(&simulator, "/nowhere").await,
        Ask::new("GET", "/waves/v1/lightning-v3.1/get_voices")
            .key("wrong")
            .send(&simulator)
            .await,
    ];
    let mut seen = std::collections::HashSet::new();
    for (answer, logged) in answers.iter().zip(simulator.requests()) {
        let id = answer
            .header("x-request-id")
            .expect("an id on every answer");
        assert_eq!(id, logged.request_id);
        assert_eq!(answer.status, logged.status);
        assert_eq!(id.len(), 36);
        assert!(seen.insert(id.to_owned()));
    }
}

#[tokio::test]
async fn callers_own_ids_come_back_and_are_empty_when_there_were_none() {
    let simulator = simulator().await;
    let body = speech_with(json!({ "session_id": "book_1", "request_id": "s.1-2" }));
    for path in [HTTP, SSE] {
        let answer = post(&simulator, path, &body).await;
        assert_eq!(answer.header("x-external-session-id"), Some("book_1"));
        assert_eq!(answer.header("x-external-request-id"), Some("s.1-2"));
        assert!(
            answer
                .header("x-session-id")
                .is_some_and(|id| !id.is_empty())
        );
        let answer = post(&simulator, path, &speech()).await;
        assert_eq!(answer.header("x-external-session-id"), Some(""));
        assert_eq!(answer.header("x-external-request-id"), Some(""));
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_makes_no_difference() {
    let simulator = simulator().await;
    for path in ["/waves/v1/tts/", "/waves/v1/tts/live/"] {
        assert_eq!(post(&simulator, path, &speech()).await.status, 200);
    }
    assert_eq!(
        get(&simulator, "/waves/v1/lightning-v3.1/get_voices/")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_404_with_json() {
    let simulator = simulator().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/waves/v1/nothing"),
        ("DELETE", HTTP),
        ("GET", "/previews/x.mp3"),
    ] {
        let answer = Ask::new(method, path).send(&simulator).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        assert!(answer.json()["message"].is_string());
    }
}

#[tokio::test]
async fn no_key_and_a_wrong_key_are_401_each_in_its_own_shape() {
    let simulator = simulator().await;
    for path in [
        "/waves/v1/lightning-v3.1/get_voices",
        "/waves/v1/voice/get-all-models",
    ] {
        let none = Ask::new("GET", path)
            .authorization("")
            .send(&simulator)
            .await;
        assert_eq!(none.status, 401);
        assert_eq!(
            none.json(),
            json!({ "message": "Unauthorized: No tokens provided" })
        );
        for wrong in [
            "Bearer sk_wrong",
            "Basic abc",
            "Bearer ",
            "Bearer \"sk_sim_local_dev\"",
            "sk_sim_local_dev",
            "Bearer  sk_sim_local_dev",
        ] {
            let answer = Ask::new("GET", path)
                .authorization(wrong)
                .send(&simulator)
                .await;
            assert_eq!(answer.status, 401, "{wrong}");
            assert_eq!(answer.json(), json!({ "error": "unauthorized" }));
        }
    }
    for path in [HTTP, SSE] {
        assert_eq!(
            Ask::post(path, &speech())
                .key("sk_wrong")
                .send(&simulator)
                .await
                .status,
            401
        );
    }
}

#[tokio::test]
async fn the_special_keys_are_429_and_403_on_every_route() {
    let simulator = simulator().await;
    for (method, path) in [
        ("POST", HTTP),
        ("POST", SSE),
        ("GET", "/waves/v1/lightning-v3.1/get_voices"),
        ("GET", "/waves/v1/voice/get-all-models"),
        ("GET", "/waves/v1/else"),
    ] {
        let answer = Ask::new(method, path)
            .key(RATE_LIMITED_KEY)
            .send(&simulator)
            .await;
        assert_eq!(answer.status, 429, "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(
            answer.json()["request_id"],
            answer.header("x-request-id").unwrap()
        );
        let answer = Ask::new(method, path)
            .key(FORBIDDEN_KEY)
            .send(&simulator)
            .await;
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(answer.json()["error"], "Forbidden");
        assert!(answer.json()["message"].is_string());
    }
}

#[tokio::test]
async fn another_key_can_be_the_right_one() {
    let simulator = Simulator::start(Options {
        key: "sk_mine".to_owned(),
        ..Options::default()
    })
    .await
    .unwrap();
    assert_eq!(post(&simulator, HTTP, &speech()).await.status, 200);
    assert_eq!(
        Ask::post(HTTP, &speech())
            .key("sk_sim_local_dev")
            .send(&simulator)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn each_pool_lists_its_own_voices_with_languages_by_name() {
    let simulator = simulator().await;
    let standard = get(&simulator, "/waves/v1/lightning-v3.1/get_voices")
        .await
        .json();
    let pro = get(&simulator, "/waves/v1/lightning-v3.1-pro/get_voices")
        .await
        .json();
    assert_eq!((voices(&standard).len(), voices(&pro).len()), (74, 192));
    let liam = voice(&standard, "liam").expect("liam is standard");
    assert_eq!(liam["displayName"], "Liam");
    assert_eq!(liam["tags"]["language"], json!(["english"]));
    assert_eq!(liam["tags"]["accent"], "british");
    assert_eq!(liam["tags"]["gender"], "male");
    assert!(voice(&pro, "liam").is_none());
    assert_eq!(voice(&pro, "henry").unwrap()["tags"]["accent"], "british");
    assert!(voice(&standard, "mishka").is_some() && voice(&pro, "mishka").is_some());
    for voice in voices(&standard).iter().chain(voices(&pro)) {
        let languages = voice["tags"]["language"].as_array().unwrap();
        assert!(!languages.is_empty());
        assert!(
            languages
                .iter()
                .all(|name| name.as_str().unwrap().len() > 3),
            "{voice}"
        );
    }
}

#[tokio::test]
async fn a_pool_that_does_not_exist_is_400() {
    let simulator = simulator().await;
    for model in ["lightning_v3.1", "lightning-v2"] {
        let answer = get(&simulator, &format!("/waves/v1/{model}/get_voices")).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json()["error"].is_string() && answer.json()["message"].is_string());
    }
}

#[tokio::test]
async fn the_catalogue_has_both_pools_and_previews_that_can_be_heard_without_a_key() {
    let simulator = simulator().await;
    let catalogue = get(&simulator, "/waves/v1/voice/get-all-models")
        .await
        .json();
    assert_eq!(voices(&catalogue).len(), 266);
    let mut ids = std::collections::HashSet::new();
    for voice in voices(&catalogue) {
        let id = voice["_id"].as_str().unwrap();
        assert!(id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(ids.insert(id.to_owned()), "{id} twice");
    }
    let url = voice(&catalogue, "zoe").unwrap()["audioPreview"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = url
        .strip_prefix(&simulator.url())
        .expect("at the simulator itself");
    let preview = Ask::new("GET", path)
        .authorization("")
        .send(&simulator)
        .await;
    assert_eq!(
        (preview.status, preview.header("content-type")),
        (200, Some("audio/wav"))
    );
    assert_eq!(&preview.body[..4], b"RIFF");
    assert!(preview.body.len() > 24_000, "half a second at least");
    assert_eq!(get(&simulator, "/previews/nobody.wav").await.status, 404);
}

fn voices(list: &Value) -> &[Value] {
    list["voices"].as_array().unwrap()
}

fn voice<'a>(list: &'a Value, id: &str) -> Option<&'a Value> {
    voices(list).iter().find(|voice| voice["voiceId"] == id)
}

#[tokio::test]
async fn one_synthesis_too_many_is_429_whatever_the_transport_and_the_place_is_free_again_afterwards()
 {
    let simulator = Simulator::start(Options {
        concurrency: 1,
        pace: Some(1.0),
        ..Options::default()
    })
    .await
    .unwrap();
    let long = speech_with(json!({ "text": "word ".repeat(200) }));
    for (running, refused) in [(HTTP, SSE), (SSE, HTTP)] {
        simulator.clear_requests();
        let connection = Ask::post(running, &long).connect(&simulator).await;
        simulator
            .wait_until(|requests| requests.first().is_some_and(|r| r.status == 200))
            .await;
        assert_eq!(simulator.running(), 1);
        let answer = post(&simulator, refused, &speech()).await;
        assert_eq!(answer.status, 429);
        assert_eq!(
            answer.json()["request_id"],
            answer.header("x-request-id").unwrap()
        );
        assert_eq!(
            get(&simulator, "/waves/v1/lightning-v3.1/get_voices")
                .await
                .status,
            200,
            "lists don't count"
        );
        drop(connection);
        simulator.set_pace(None);
        assert_eq!(post(&simulator, refused, &speech()).await.status, 200);
        simulator.set_pace(Some(1.0));
    }
    simulator.set_concurrency(0);
    assert_eq!(post(&simulator, HTTP, &speech()).await.status, 429);
}

#[tokio::test]
async fn the_place_of_a_synthesis_is_free_as_soon_as_its_end_was_read() {
    let simulator = Simulator::start(Options {
        concurrency: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    for round in 0..30 {
        for (path, format) in [(HTTP, "pcm"), (HTTP, "wav"), (SSE, "pcm")] {
            let answer = post(
                &simulator,
                path,
                &speech_with(json!({ "text": "hi", "output_format": format })),
            )
            .await;
            assert_eq!(answer.status, 200, "round {round}, {path} {format}");
        }
    }
}

#[tokio::test]
async fn the_first_byte_comes_when_it_shall_and_audio_at_the_pace_that_was_set() {
    let simulator = simulator().await;
    let body = speech_with(json!({ "text": "a".repeat(10) })); // 0.6 s
    for path in [HTTP, SSE] {
        simulator.set_first_byte(Duration::from_millis(150));
        simulator.set_pace(None);
        let started = Instant::now();
        post(&simulator, path, &body).await;
        assert!(started.elapsed() >= Duration::from_millis(150));
        simulator.set_first_byte(Duration::ZERO);
        simulator.set_pace(Some(4.0));
        let started = Instant::now();
        post(&simulator, path, &body).await;
        let took = started.elapsed();
        // The last piece is sent when what was before it has been heard, at four times the speed.
        assert!(took >= Duration::from_millis(115), "{path}: {took:?}");
    }
}

#[tokio::test]
async fn a_request_too_large_is_413_and_its_sender_gets_to_read_that() {
    let simulator = simulator().await;
    let body = speech_with(json!({ "text": "a".repeat(10 << 20) }));
    let answer = post(&simulator, HTTP, &body).await;
    assert_eq!((answer.status, answer.end), (413, End::Complete));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let simulator = simulator().await;
    let ask = Ask::new("GET", "/waves/v1/else");
    let mut connection = ask.connect(&simulator).await;
    let mut buffer = vec![0; 4096];
    for round in 0..3 {
        if round > 0 {
            let request = "GET /waves/v1/else HTTP/1.1\r\nHost: x\r\n\r\n";
            connection.write_all(request.as_bytes()).await.unwrap();
        }
        let count = connection.read(&mut buffer).await.unwrap();
        assert!(
            buffer[..count].starts_with(b"HTTP/1.1 404"),
            "round {round}"
        );
    }
}

#[tokio::test]
async fn a_dropped_simulator_ends_its_connections_and_frees_its_port() {
    let simulator = simulator().await;
    simulator.set_pace(Some(1.0));
    let url = simulator.url();
    let ask = Ask::post(SSE, &speech());
    let mut connection = ask.connect(&simulator).await;
    simulator.wait_for_requests(1).await;
    drop(simulator);
    let mut rest = Vec::new();
    // Whether it ends in order or with an error: it ends.
    let _ = tokio::time::timeout(
        Duration::from_secs(5),
        tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut rest),
    )
    .await
    .expect("the connection ends");
    let address = url.replace("http://", "");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn it_listens_on_the_loopback_address_only() {
    let simulator = simulator().await;
    assert!(simulator.url().starts_with("http://127.0.0.1:"));
}
