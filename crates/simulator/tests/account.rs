//! The routes around synthesis: dictionaries, clones, transcription, chat, analytics and the small ones.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use client::{Answer, Ask, TEXT, get, post, simulator, speech, speech_with};
use serde_json::{Value, json};
use simulator::{ErrorBody, Fault, Options, Route, Simulator, Times, UNKNOWN_SPEECH};

const HTTP: &str = "/waves/v1/tts";
const DICTIONARIES: &str = "/waves/v1/pronunciation-dicts";
const CLONES: &str = "/waves/v1/voice-cloning";
const CHAT: &str = "/waves/v1/chat/completions";

async fn send(simulator: &Simulator, method: &str, path: &str, body: &Value) -> Answer {
    Ask::new(method, path)
        .header("Content-Type", "application/json")
        .body(body.to_string().as_bytes())
        .send(simulator)
        .await
}

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
            client::samples(&answer.event_audio())
        };
        assert!(samples == spoken, "{path}");
    }
    let mut socket = client::socket::Socket::open(&simulator).await;
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

async fn transcribe(simulator: &Simulator, query: &str, audio: &[u8]) -> Answer {
    Ask::new("POST", &format!("/waves/v1/stt/?{query}"))
        .header("Content-Type", "application/octet-stream")
        .body(audio)
        .send(simulator)
        .await
}

const PULSE: &str = "model=pulse&language=en&word_timestamps=true";

#[tokio::test]
async fn own_audio_is_understood_in_every_format_and_rate() {
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
async fn a_transcript_has_words_and_utterances_with_times_and_the_fields_of_its_model() {
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
fn wav(samples: &[i16]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend(24_000u32.to_le_bytes());
    file.extend(48_000u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((samples.len() as u32 * 2).to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[tokio::test]
async fn takes_that_were_trimmed_joined_and_made_softer_are_understood_in_their_order() {
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
async fn of_unknown_audio_the_answer_says_that_it_is_unknown_and_of_silence_nothing() {
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
async fn a_preview_is_transcribed_by_its_address() {
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
async fn what_is_wrong_with_a_transcription_is_said_in_the_words_of_its_path() {
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

fn chat(changes: Value) -> Value {
    let mut body = json!({
        "model": "electron",
        "messages": [{ "role": "system", "content": "Be kind." }, { "role": "user", "content": "Hello to you" }],
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn chat_gives_the_last_message_back_the_same_each_time() {
    let simulator = simulator().await;
    let one = post(&simulator, CHAT, &chat(json!({}))).await.json();
    let two = post(&simulator, CHAT, &chat(json!({}))).await.json();
    assert_eq!(one["choices"], two["choices"]);
    assert_eq!(one["object"], "chat.completion");
    assert_eq!(
        one["choices"][0]["message"],
        json!({ "role": "assistant", "content": "You said: Hello to you" })
    );
    assert_eq!(one["choices"][0]["finish_reason"], "stop");
    let usage = &one["usage"];
    assert_eq!(
        usage["total_tokens"].as_u64(),
        Some(
            usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap()
        )
    );
    let cut = post(&simulator, CHAT, &chat(json!({ "max_tokens": 3 })))
        .await
        .json();
    assert_eq!(cut["choices"][0]["message"]["content"], "You said: Hello ");
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    let stopped = post(&simulator, CHAT, &chat(json!({ "stop": ["Hello"] })))
        .await
        .json();
    assert_eq!(stopped["choices"][0]["message"]["content"], "You said: ");
    let object = post(
        &simulator,
        CHAT,
        &chat(json!({ "response_format": { "type": "json_object" } })),
    )
    .await
    .json();
    let content: Value =
        serde_json::from_str(object["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["reply"], "You said: Hello to you");
}

#[tokio::test]
async fn a_streamed_chat_is_the_same_in_pieces_and_ends_with_done() {
    let simulator = simulator().await;
    let body = chat(json!({ "stream": true, "stream_options": { "include_usage": true } }));
    let answer = post(&simulator, CHAT, &body).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events = answer.events();
    assert_eq!(events.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> = events[..events.len() - 1]
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "You said: Hello to you");
    let usage = chunks.last().unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["total_tokens"].is_number());
    assert_eq!(
        chunks[chunks.len() - 2]["choices"][0]["finish_reason"],
        "stop"
    );
    for (fault, last) in [
        (Fault::MissingEnd, None),
        (Fault::ErrorEvent("no".to_owned()), Some("no")),
    ] {
        simulator.fault_on(Route::Chat, fault, Times::Once);
        let events = post(&simulator, CHAT, &body).await.events();
        let event: Value = serde_json::from_str(events.last().unwrap()).unwrap();
        assert_eq!(event["error"]["message"].as_str(), last);
    }
}

#[tokio::test]
async fn a_tool_is_called_when_it_is_named_or_required_with_what_its_schema_needs() {
    let simulator = simulator().await;
    let tools = json!([{ "type": "function", "function": { "name": "get_weather", "parameters": {
        "type": "object", "required": ["city", "days"],
        "properties": { "city": { "type": "string" }, "days": { "type": "integer" } },
    } } }]);
    for changes in [
        json!({ "tools": tools, "tool_choice": "required" }),
        json!({ "tools": tools, "tool_choice": { "type": "function", "function": { "name": "get_weather" } } }),
        json!({ "tools": tools, "messages": [{ "role": "user", "content": "please get_weather" }] }),
    ] {
        let answer = post(&simulator, CHAT, &chat(changes.clone())).await.json();
        let choice = &answer["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert!(choice["message"]["content"].is_null());
        let function = &choice["message"]["tool_calls"][0]["function"];
        assert_eq!(function["name"], "get_weather");
        assert_eq!(function["arguments"], r#"{"city":"city","days":1}"#);
        let mut streamed = changes;
        streamed["stream"] = json!(true);
        let events = post(&simulator, CHAT, &chat(streamed)).await.events();
        let pieces: String = events
            .iter()
            .filter_map(|event| serde_json::from_str::<Value>(event).ok())
            .filter_map(|chunk| {
                chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        assert_eq!(pieces, r#"{"city":"city","days":1}"#);
    }
    let none = post(&simulator, CHAT, &chat(json!({ "tools": tools })))
        .await
        .json();
    assert_eq!(none["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn what_is_wrong_with_a_chat_is_nested_as_the_openai_client_needs_it() {
    let simulator = simulator().await;
    for (changes, path) in [
        (json!({ "n": 2 }), json!(["n"])),
        (json!({ "prompt_logprobs": 1 }), json!(["prompt_logprobs"])),
        (json!({ "model": "gpt" }), json!(["model"])),
        (json!({ "messages": [] }), json!(["messages"])),
        (json!({ "temperature": 2.1 }), json!(["temperature"])),
        (json!({ "max_tokens": 0 }), json!(["max_tokens"])),
        (
            json!({ "stop": ["a", "b", "c", "d", "e"] }),
            json!(["stop"]),
        ),
        (
            json!({ "messages": [{ "role": "robot", "content": "x" }] }),
            json!(["messages", 0, "role"]),
        ),
    ] {
        let answer = post(&simulator, CHAT, &chat(changes)).await;
        let error = answer.json()["error"].clone();
        assert_eq!(
            (answer.status, &error["message"]),
            (400, &json!("Invalid input data"))
        );
        assert_eq!(
            (&error["type"], &error["details"][0]["path"]),
            (&json!("invalid_request_error"), &path)
        );
        assert_eq!(error["request_id"].as_str(), answer.header("x-request-id"));
    }
    let wrong = Ask::post(CHAT, &chat(json!({})))
        .key("wrong")
        .send(&simulator)
        .await;
    assert_eq!(
        (wrong.status, wrong.json()["error"]["message"].is_string()),
        (401, true)
    );
}

#[tokio::test]
async fn logs_usage_credits_and_subscription_add_up() {
    let simulator = simulator().await;
    for text in ["One.", "Two and more.", "Three, at last."] {
        post(&simulator, HTTP, &speech_with(json!({ "text": text }))).await;
    }
    let mut socket = client::socket::Socket::open(&simulator).await;
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
            (1, client::End::Closed),
            "{path}"
        );
    }
    simulator.fault_on(Route::Chat, Fault::JsonBody, Times::Once);
    assert_eq!(
        post(&simulator, CHAT, &chat(json!({}))).await.json()["status"],
        "error"
    );
}
