//! Speech to text: section 13 of the contract.

use serde_json::json;
use simulator::{Options, Simulator, UNKNOWN_SPEECH};

use crate::HTTP;
use crate::client::socket::{Heard, Socket};
use crate::client::{Answer, Ask, TEXT, get, post, simulator, speech, speech_with};

pub(crate) async fn transcribe(simulator: &Simulator, query: &str, audio: &[u8]) -> Answer {
    Ask::new("POST", &format!("/waves/v1/stt/?{query}"))
        .header("Content-Type", "application/octet-stream")
        .body(audio)
        .send(simulator)
        .await
}

pub(crate) const PULSE: &str = "model=pulse&language=en&word_timestamps=true";

#[tokio::test]
pub(crate) async fn own_audio_is_understood_in_every_format_and_rate() {
    let simulator = simulator().await;
    for rate in [8000, 16_000, 24_000, 44_100] {
        for format in ["wav", "pcm", "mp3"] {
            let body = speech_with(json!({ "output_format": format, "sample_rate": rate }));
            let audio = post(&simulator, HTTP, &body).await.body;
            let answer = transcribe(&simulator, PULSE, &audio).await;
            assert_eq!(answer.status, 200, "{format} {rate}: {}", answer.text());
            assert_eq!(answer.json()["transcription"], TEXT, "{format} {rate}");
        }
    }
    let body = speech_with(json!({ "output_format": "ulaw", "sample_rate": 8000 }));
    let audio = post(&simulator, HTTP, &body).await.body;
    let answer = transcribe(
        &simulator,
        &format!("{PULSE}&encoding=mulaw&sample_rate=8000"),
        &audio,
    )
    .await;
    assert_eq!(answer.json()["transcription"], TEXT);
}

#[tokio::test]
pub(crate) async fn a_transcript_has_words_and_utterances_with_times_and_the_fields_of_its_model() {
    let simulator = simulator().await;
    let wav = post(
        &simulator,
        HTTP,
        &speech_with(json!({ "output_format": "wav" })),
    )
    .await
    .body;
    let pulse = transcribe(
        &simulator,
        &format!("{PULSE}&diarize=true&gender_detection=true"),
        &wav,
    )
    .await
    .json();
    let words = pulse["words"].as_array().unwrap();
    assert_eq!(words.len(), 9);
    assert_eq!(
        (&words[1]["word"], &words[1]["start"], &words[1]["end"]),
        (&json!("quick"), &json!(0.24), &json!(0.54))
    );
    assert_eq!(words[0]["speaker"], 0);
    assert_eq!(pulse["utterances"][0]["text"], TEXT);
    assert_eq!(
        pulse["metadata"],
        json!({ "duration": 2.64, "fileSize": wav.len() })
    );
    assert!(pulse["language"].is_null() && pulse["gender"].is_string());
    let plain = transcribe(&simulator, "model=pulse&language=en", &wav)
        .await
        .json();
    assert_eq!(
        (&plain["words"], &plain["utterances"]),
        (&json!([]), &json!([]))
    );
    let pro = transcribe(
        &simulator,
        "model=pulse-pro&language=en&emotion_detection=true",
        &wav,
    )
    .await
    .json();
    assert_eq!(
        (&pro["transcription"], &pro["language"], &pro["totalBytes"]),
        (&json!(TEXT), &json!("en"), &json!(wav.len()))
    );
    assert!(
        pro["utterances"].is_null() && pro["request_id"].is_string() && pro["emotions"].is_object()
    );
    assert!(pro["metadata"]["rtfx"].is_number());
    let old = Ask::new("POST", "/waves/v1/pulse/get_text")
        .body(&wav)
        .send(&simulator)
        .await
        .json();
    assert_eq!(old["transcription"], TEXT);
}

/// A WAV file of these samples at 24 kHz.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend(24_000u32.to_le_bytes());
    file.extend(48_000u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((samples.len() as u32 * 2).to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[tokio::test]
pub(crate) async fn takes_that_were_trimmed_joined_and_made_softer_are_understood_in_their_order() {
    let simulator = simulator().await;
    let texts = [
        "The first sentence is here.",
        "And then there was another one!",
        "Finally, the end.",
    ];
    let mut joined = Vec::new();
    for text in texts {
        let take = post(&simulator, HTTP, &speech_with(json!({ "text": text })))
            .await
            .samples();
        let end = take.len() - 300;
        joined.extend(take[300..end].iter().map(|sample| sample / 2));
        joined.extend([0; 7777]);
    }
    let answer = transcribe(&simulator, PULSE, &wav(&joined)).await.json();
    assert_eq!(answer["transcription"], texts.join(" "));
    let spoken = answer["utterances"].as_array().unwrap();
    let second = (27.0 * 0.06 * 24_000.0 - 600.0 + 7777.0 - 300.0) / 24_000.0;
    assert!(
        (spoken[1]["start"].as_f64().unwrap() - second).abs() < 0.03,
        "{}",
        spoken[1]
    );
}

#[tokio::test]
pub(crate) async fn of_unknown_audio_the_answer_says_that_it_is_unknown_and_of_silence_nothing() {
    let simulator = simulator().await;
    post(&simulator, HTTP, &speech()).await;
    let hum: Vec<i16> = (0..48_000)
        .map(|n| ((f64::from(n) * 0.3).sin() * 9000.0) as i16)
        .collect();
    let other = simulator.audio_of(
        "Quite another sentence than that.",
        "sophia",
        "",
        24_000,
        1.0,
    );
    for unknown in [&hum, &other] {
        let answer = transcribe(&simulator, PULSE, &wav(unknown)).await.json();
        assert_eq!(
            (&answer["transcription"], &answer["words"]),
            (&json!(UNKNOWN_SPEECH), &json!([]))
        );
    }
    let silent = transcribe(&simulator, PULSE, &wav(&[0; 24_000]))
        .await
        .json();
    assert_eq!(
        (&silent["transcription"], &silent["metadata"]["duration"]),
        (&json!(""), &json!(1.0))
    );
    let foreign = transcribe(&simulator, PULSE, b"OggS and so on")
        .await
        .json();
    assert_eq!(foreign["transcription"], UNKNOWN_SPEECH);
}

#[tokio::test]
pub(crate) async fn a_preview_is_transcribed_by_its_address() {
    let simulator = simulator().await;
    let url = format!("{}/previews/zoe.wav", simulator.url());
    let ask = |url: &str| {
        Ask::post(
            "/waves/v1/stt?model=pulse&language=en",
            &json!({ "url": url }),
        )
    };
    let answer = ask(&url).send(&simulator).await.json();
    assert_eq!(
        answer["transcription"],
        "Hello, I am Zoe. This is how I sound."
    );
    assert_eq!(answer["metadata"]["filename"], "zoe.wav");
    assert_eq!(
        ask("https://example.com/a.wav")
            .send(&simulator)
            .await
            .status,
        400
    );
}

#[tokio::test]
pub(crate) async fn what_is_wrong_with_a_transcription_is_said_in_the_words_of_its_path() {
    let simulator = Simulator::start(Options {
        largest_audio: 1000,
        ..Options::default()
    })
    .await
    .unwrap();
    for (query, message) in [
        (
            "language=en",
            "Missing required query param: model. Supported values: pulse | pulse-pro.",
        ),
        ("model=whisper&language=en", "Invalid model: whisper."),
        ("model=pulse", "Missing required query param: language."),
        ("model=pulse&language=tlh", "Invalid language: tlh."),
        (
            "model=pulse-pro&language=hi",
            "Language 'hi' is not supported on pulse-pro.",
        ),
        (
            "model=pulse&language=en&diarize=perhaps",
            "Invalid value for diarize: perhaps.",
        ),
        ("model=pulse&language=en", "Unsupported or corrupt audio"),
    ] {
        let answer = transcribe(&simulator, query, b"no audio at all").await;
        assert_eq!(answer.status, 400);
        let said = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{said}");
        assert!(answer.json()["request_id"].is_string());
    }
    let large = transcribe(&simulator, PULSE, &[0; 1001]).await;
    assert_eq!(large.status, 413);
    assert_eq!(
        large.json()["error"],
        "File size exceeds maximum limit of 250MB."
    );
    let old = Ask::new("POST", "/waves/v1/pulse/get_text")
        .body(&[0; 1001])
        .send(&simulator)
        .await;
    assert_eq!(
        (old.status, &old.json()["errors"]),
        (400, &json!("Audio data too large"))
    );
    let later = transcribe(
        &simulator,
        "model=pulse-pro&language=en&webhook_url=http%3A%2F%2Fx%2Fy",
        b"RIFF",
    )
    .await;
    assert_eq!(later.json()["status"], "processing");
    let hooks = get(&simulator, "/waves/v1/analytics/webhooks/logs")
        .await
        .json();
    assert_eq!(hooks["data"][0]["url"], "http://x/y");
}

/// Sound at 16 kHz: this text, and then so many seconds of silence.
async fn spoken(simulator: &Simulator, text: &str, silence: f64) -> Vec<u8> {
    let body = speech_with(json!({ "text": text, "sample_rate": 16_000 }));
    let mut sound = post(simulator, HTTP, &body).await.body;
    sound.resize(sound.len() + (silence * 16_000.0) as usize * 2, 0);
    sound
}

async fn listener(simulator: &Simulator, query: &str) -> Result<Socket, u16> {
    let key = format!("Bearer {}", simulator.key());
    let path = format!("/waves/v1/stt/live?{query}");
    let headers = [("authorization", key.as_str())];
    let opened = Socket::open_at(simulator, &path, &headers).await;
    opened.map_err(|refusal| refusal.status().as_u16())
}

#[tokio::test]
pub(crate) async fn a_stream_is_understood_at_its_pauses_and_when_it_is_asked_for_and_ends_with_the_last()
 {
    let simulator = simulator().await;
    let mut socket = listener(
        &simulator,
        &format!("{PULSE}&encoding=linear16&sample_rate=16000&vad_events=true"),
    )
    .await
    .unwrap();
    let first = spoken(&simulator, TEXT, 1.0).await;
    // A network cuts where it likes, also within a sample.
    for piece in first.chunks(1001) {
        socket.send_bytes(piece).await;
    }
    assert_eq!(socket.frame().await["type"], "speech_started");
    let text = socket.frame().await;
    assert_eq!(
        (
            &text["transcript"],
            &text["is_final"],
            &text["speech_final"]
        ),
        (&json!(TEXT), &json!(true), &json!(true))
    );
    assert_eq!(text["words"].as_array().unwrap().len(), 9);
    assert_eq!(socket.frame().await["type"], "speech_ended");

    socket
        .send_bytes(&spoken(&simulator, "Another sentence.", 0.0).await)
        .await;
    assert_eq!(socket.frame().await["type"], "speech_started");
    socket.send(&json!({ "type": "keepalive" })).await;
    assert_eq!(socket.frame().await["type"], "pong");
    socket.send(&json!({ "type": "finalize" })).await;
    let text = socket.frame().await;
    assert_eq!(
        (&text["transcription"], &text["from_finalize"]),
        (&json!("Another sentence."), &json!(true))
    );
    let start = text["words"][0]["start"].as_f64().unwrap();
    assert!(
        (start - 3.64).abs() < 0.15,
        "in the time of the stream: {start}"
    );
    assert_eq!(socket.frame().await["type"], "speech_ended");

    socket.send(&json!({ "type": "what" })).await;
    assert_eq!(socket.frame().await["type"], "error");
    socket.send(&json!({ "type": "close_stream" })).await;
    let last = socket.frame().await;
    assert_eq!(
        (&last["transcript"], &last["is_last"]),
        (&json!(""), &json!(true))
    );
    assert!(matches!(socket.next().await, Heard::Close(1000, _)));
    let logs = get(&simulator, "/waves/v1/analytics/asr/logs").await.json();
    assert_eq!(
        (
            &logs["data"][0]["transcription"],
            &logs["data"][0]["request_type"]
        ),
        (&json!(format!("{TEXT} Another sentence.")), &json!("ws"))
    );
}

#[tokio::test]
pub(crate) async fn a_stream_with_a_wrong_wish_is_refused_before_it_opens_and_one_too_many_after() {
    let simulator = Simulator::start(Options {
        concurrency: 0,
        ..Options::default()
    })
    .await
    .unwrap();
    for wrong in [
        "model=pulse-pro&language=en",
        "model=pulse&language=xx",
        "language=en",
        "model=pulse&language=en&encoding=opus",
    ] {
        assert_eq!(
            listener(&simulator, wrong).await.err(),
            Some(400),
            "{wrong}"
        );
    }
    let mut socket = listener(&simulator, "model=pulse&language=multi")
        .await
        .unwrap();
    assert!(matches!(socket.next().await, Heard::Close(1008, _)));
}
