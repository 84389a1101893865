//! Every call that is not speech, against answers as the service's contract has them.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use common::{NEVER, client, key};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use waves::{
    ChatAnswer, ChatEvent, ChatMessage, ChatRequest, CloneDeletion, CloneRequest, CloneStatus,
    DictionaryId, ErrorKind, Finish, Granularity, Language, Model, PageRequest, Pronunciation,
    Pronunciations, Recording, SampleKind, Series, SeriesRequest, SpokenLanguage, Transcription,
    TranscriptionRequest, Upload, VoiceId,
};

/// A service that gives these answers, one a connection, and keeps what it was asked.
struct Canned {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone, Debug)]
struct Asked {
    /// Method and path with query.
    line: String,
    head: String,
    body: Vec<u8>,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Canned {
    async fn start(answers: Vec<(u16, String)>) -> Canned {
        Canned::start_as("application/json; charset=utf-8", answers).await
    }

    async fn start_as(kind: &'static str, answers: Vec<(u16, String)>) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                log.lock().unwrap().push(request);
                let head = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nX-Request-Id: canned\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                // The client may have gone.
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body.as_bytes()).await;
            }
        });
        Canned { url, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only request there was.
    fn one(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1);
        asked[0].clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    let mut piece = [0; 9_000];
    loop {
        let length = stream.read(&mut piece).await.unwrap();
        bytes.extend_from_slice(&piece[..length]);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else {
            assert!(length > 0, "the request was cut");
            continue;
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let line = head
            .lines()
            .next()
            .unwrap()
            .trim_end_matches(" HTTP/1.1")
            .to_owned();
        let asked = Asked {
            line,
            head,
            body: bytes[end + 4..].to_vec(),
        };
        let announced = asked
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        assert_eq!(
            asked.header("transfer-encoding"),
            None,
            "a length is known for all we send"
        );
        if asked.body.len() >= announced || length == 0 {
            return asked;
        }
    }
}

async fn answered<T>(answer: Value, call: impl AsyncFnOnce(&waves::Client) -> T) -> (T, Asked) {
    let service = Canned::start(vec![(200, answer.to_string())]).await;
    let client = client(&service.url);
    let given = tokio::time::timeout(NEVER, call(&client)).await.unwrap();
    (given, service.one())
}

fn words() -> Pronunciations {
    Pronunciations::new(vec![Pronunciation::new("API", "ay-pee-eye").unwrap()]).unwrap()
}

const DICTIONARY: &str = "0123456789abcdef01234567";

#[tokio::test]
async fn dictionaries_are_made_listed_replaced_and_deleted() {
    let id = DictionaryId::new(DICTIONARY).unwrap();
    let items = json!([{"word": "API", "pronunciation": "ay-pee-eye"}]);
    let one = json!({"id": DICTIONARY, "items": items, "createdAt": "2026-09-01T00:00:00Z"});

    let (list, asked) = answered(json!([one, {"id": "broken"}]), async |client| {
        client.list_dictionaries(&key()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "GET /waves/v1/pronunciation-dicts");
    assert_eq!(
        asked.header("authorization"),
        Some("Bearer sk_sim_local_dev")
    );
    assert_eq!(list.len(), 1, "a broken entry does not hide the others");
    assert_eq!((&list[0].id, list[0].items[0].word()), (&id, "API"));
    assert_eq!(list[0].created_at.as_deref(), Some("2026-09-01T00:00:00Z"));

    let (made, asked) = answered(one, async |client| {
        client.create_dictionary(&key(), &words()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "POST /waves/v1/pronunciation-dicts");
    assert_eq!(asked.json(), json!({"items": items}));
    assert_eq!(made, list[0]);

    let replaced = json!({"id": DICTIONARY, "items": items});
    let (made, asked) = answered(replaced, async |client| {
        client
            .replace_dictionary(&key(), &id, &words())
            .await
            .unwrap()
    })
    .await;
    assert_eq!(asked.line, "PUT /waves/v1/pronunciation-dicts");
    assert_eq!(asked.json(), json!({"id": DICTIONARY, "items": items}));
    assert_eq!(made.created_at, None);

    let (deleted, asked) = answered(json!({"id": DICTIONARY, "deleted": true}), async |client| {
        client.delete_dictionary(&key(), &id).await
    })
    .await;
    deleted.unwrap();
    assert_eq!(asked.line, "DELETE /waves/v1/pronunciation-dicts");
    assert_eq!(asked.json(), json!({"id": DICTIONARY}));
    let (kept, _) = answered(
        json!({"id": DICTIONARY, "deleted": false}),
        async |client| client.delete_dictionary(&key(), &id).await,
    )
    .await;
    assert_eq!(kept.unwrap_err().kind(), ErrorKind::Server);
}

#[tokio::test]
async fn a_refused_dictionary_gives_its_words_and_details() {
    let refusal = json!({"error": "Invalid request body", "details": [
        {"code": "too_small", "path": ["items", 0, "word"], "message": "Required"},
    ]});
    let service = Canned::start(vec![(400, refusal.to_string())]).await;
    let error = client(&service.url)
        .create_dictionary(&key(), &words())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Rejected, "Invalid request body")
    );
    assert_eq!(error.details()[0].path, "items.0.word");
    assert_eq!(error.request_id(), Some("canned"));
}

fn sample() -> (Vec<u8>, Upload) {
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n / 3) as u8).collect();
    let reader = std::io::Cursor::new(bytes.clone());
    (bytes, Upload::from_reader(reader, 200_000))
}

fn clone_request() -> CloneRequest {
    CloneRequest::new("My voice", Model::LightningV31Pro)
        .and_then(|request| request.with_language(Language::Hindi))
        .and_then(|request| request.with_tags(["warm", "slow"]))
        .unwrap()
        .with_accent("indian")
        .with_description("A test.")
}

#[tokio::test]
async fn a_clone_is_made_from_a_streamed_sample_with_its_own_label() {
    let answer = json!({"message": "Voice clone created successfully", "data": {
        "voiceId": "voice_abc", "displayName": "My voice", "status": "completed", "language": "hi",
        "createdAt": "2026-09-01T00:00:00Z", "organizationId": "o",
        "model": {"_id": "m", "modelName": "lightning-v3.1-pro"}, "audioFileNames": ["a.wav"],
        "samples": [{"text": "Hello", "audioUrl": "https://cdn.example/a.wav"}],
    }});
    let (bytes, upload) = sample();
    let told = Arc::new(Mutex::new(0));
    let tell = Arc::clone(&told);
    let upload = upload.with_progress(move |sent| *tell.lock().unwrap() = sent);
    let (made, asked) = answered(answer, async |client| {
        client
            .create_clone(&key(), &clone_request(), SampleKind::Wav, upload)
            .await
            .unwrap()
    })
    .await;
    assert_eq!(made.id.as_str(), "voice_abc");
    assert_eq!(made.status, CloneStatus::Completed);
    assert_eq!(made.models, [Model::LightningV31Pro]);
    assert_eq!(
        made.samples,
        [("Hello".to_owned(), "https://cdn.example/a.wav".to_owned())]
    );
    assert_eq!(made.voices()[0].languages, [Language::Hindi]);
    assert_eq!(*told.lock().unwrap(), 200_000);

    assert_eq!(asked.line, "POST /waves/v1/voice-cloning");
    let boundary = asked
        .header("content-type")
        .unwrap()
        .split_once("boundary=")
        .unwrap()
        .1
        .to_owned();
    let parts = parts(&asked.body, &boundary);
    let texts: Vec<(&str, &str)> = parts[..6]
        .iter()
        .map(|(head, body)| {
            let name = head.split('"').nth(1).unwrap();
            (name, std::str::from_utf8(body).unwrap())
        })
        .collect();
    assert_eq!(
        texts,
        [
            ("displayName", "My voice"),
            ("model", "lightning-v3.1-pro"),
            ("language", "hi"),
            ("accent", "indian"),
            ("description", "A test."),
            ("tags", "warm,slow"),
        ]
    );
    let (head, body) = &parts[6];
    assert!(
        head.contains("name=\"file\"; filename=\"sample.wav\""),
        "{head}"
    );
    assert!(
        head.to_lowercase().contains("content-type: audio/wav"),
        "{head}"
    );
    assert!(*body == bytes, "the sample is sent as it is");
}

/// Heads and bodies of the parts of a form.
fn parts(body: &[u8], boundary: &str) -> Vec<(String, Vec<u8>)> {
    let mark = format!("--{boundary}");
    let find = |from: usize, what: &[u8]| {
        body[from..]
            .windows(what.len())
            .position(|window| window == what)
            .map(|at| from + at)
    };
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(start) = find(at, mark.as_bytes()) {
        let start = start + mark.len() + 2;
        let (Some(head), Some(end)) = (find(start, b"\r\n\r\n"), find(start, mark.as_bytes()))
        else {
            break;
        };
        let text = String::from_utf8(body[start..head].to_vec()).unwrap();
        parts.push((text, body[head + 4..end - 2].to_vec()));
        at = end;
    }
    parts
}

#[tokio::test]
async fn a_sample_that_is_too_large_or_shorter_than_it_was_is_not_a_clone() {
    let service = Canned::start(vec![]).await;
    let client = client(&service.url);
    for length in [0, CloneRequest::LARGEST_SAMPLE + 1] {
        let upload = Upload::from_reader(tokio::io::empty(), length);
        let made = client
            .create_clone(&key(), &clone_request(), SampleKind::Mp3, upload)
            .await;
        assert_eq!(made.unwrap_err().kind(), ErrorKind::Rejected);
    }
    assert!(service.asked().is_empty(), "nothing of it is sent");
    let upload = Upload::from_reader(tokio::io::empty(), 100);
    let made = async {
        let request = clone_request();
        client
            .create_clone(&key(), &request, SampleKind::Mp3, upload)
            .await
    };
    let error = tokio::time::timeout(NEVER, made)
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test]
async fn a_failed_clone_says_whether_another_try_or_another_sample_is_needed() {
    for (status, answer, kind, retryable) in [
        (
            500,
            json!({"error": "a", "error_code": "voice_clone_timeout"}),
            ErrorKind::Server,
            true,
        ),
        (
            500,
            json!({"error": "a", "error_code": "voice_clone_error"}),
            ErrorKind::Rejected,
            false,
        ),
        (
            400,
            json!({"error": "clone limit exceeded, consider upgrading"}),
            ErrorKind::Rejected,
            false,
        ),
        (413, json!({}), ErrorKind::Rejected, false),
    ] {
        let service = Canned::start(vec![(status, answer.to_string())]).await;
        let (_, upload) = sample();
        let made = client(&service.url)
            .create_clone(&key(), &clone_request(), SampleKind::Wav, upload)
            .await;
        let error = made.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (kind, retryable),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn clones_are_listed_with_the_models_they_can_speak_with() {
    let answer = json!({"data": [
        {"_id": "1", "voiceId": "voice_a", "displayName": "A", "status": "processing", "language": "english",
         "tags": ["x"], "cloningType": "instant", "modelIds": ["lightning-v3.1", "lightning-v3.1-pro"], "accent": ""},
        {"voiceId": "voice_b", "modelIds": ["lightning-large"], "cloningType": "professional", "status": "odd"},
        {"displayName": "without an id"},
    ]});
    let (list, asked) = answered(answer, async |client| {
        client.list_clones(&key()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "GET /waves/v1/voice-cloning");
    assert_eq!(list.len(), 2);
    assert_eq!(
        list[0].models,
        [Model::LightningV31, Model::LightningV31Pro]
    );
    assert_eq!(
        (list[0].status.clone(), list[0].professional),
        (CloneStatus::Processing, false)
    );
    assert_eq!(
        (list[0].language, list[0].accent.as_deref()),
        (Some(Language::English), None)
    );
    assert_eq!(list[0].voices().len(), 2);
    assert!(
        list[1].models.is_empty(),
        "a clone of a retired model is silent"
    );
    assert_eq!(list[1].status, CloneStatus::Other("odd".into()));
    assert!(list[1].professional);
}

#[tokio::test]
async fn a_key_that_may_not_delete_a_clone_is_no_bad_key() {
    let id = VoiceId::new("voice_abc").unwrap();
    let service = Canned::start(vec![(
        200,
        json!({"success": true, "voiceId": "voice_abc"}).to_string(),
    )])
    .await;
    let deleted = client(&service.url)
        .delete_clone(&key(), &id)
        .await
        .unwrap();
    assert!(matches!(deleted, CloneDeletion::Deleted));
    let asked = service.one();
    assert_eq!(asked.line, "POST /waves/v1/voice-cloning/delete");
    assert_eq!(asked.json(), json!({"voiceId": "voice_abc"}));
    for status in [401, 403, 404, 410] {
        let service =
            Canned::start(vec![(status, json!({"error": "unauthorized"}).to_string())]).await;
        let refused = client(&service.url)
            .delete_clone(&key(), &id)
            .await
            .unwrap();
        let CloneDeletion::OnlyInConsole(error) = refused else {
            panic!("{status} deleted it")
        };
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Rejected, Some(status))
        );
    }
    let service = Canned::start(vec![(500, String::new())]).await;
    let failed = client(&service.url).delete_clone(&key(), &id).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Server);
}

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

#[tokio::test]
async fn a_recording_is_streamed_and_comes_back_with_words_and_utterances() {
    let answer = json!({
        "status": "success", "transcription": "Hello world.",
        "words": [
            {"word": "Hello", "start": 0.1, "end": 0.5, "confidence": 0.9, "speaker": 0, "speaker_confidence": 0.8},
            {"word": "world.", "start": 0.5, "end": 1, "speaker": "speaker_1"},
            {"word": "broken"},
        ],
        "utterances": [{"text": "Hello world.", "start": 0.1, "end": 1.0, "speaker": 0}],
        "metadata": {"duration": 1.25, "fileSize": 5}, "emotions": {"joy": 0.7}, "gender": "female",
    });
    let request = TranscriptionRequest::pulse(SpokenLanguage::English)
        .with_words()
        .with_speakers();
    let (bytes, upload) = sample();
    let (heard, asked) = answered(answer, async |client| {
        client
            .transcribe(&key(), &request, Recording::upload(upload))
            .await
            .unwrap()
    })
    .await;
    assert_eq!(
        asked.line,
        "POST /waves/v1/stt/?model=pulse&language=en&word_timestamps=true&diarize=true"
    );
    assert_eq!(
        asked.header("content-type"),
        Some("application/octet-stream")
    );
    assert!(asked.body == bytes, "the recording is sent as it is");
    let Transcription::Done(heard) = heard else {
        panic!("{heard:?}")
    };
    assert_eq!(heard.text, "Hello world.");
    assert_eq!(heard.words.len(), 2);
    assert_eq!(
        (heard.words[0].start, heard.words[0].speaker),
        (Duration::from_millis(100), Some(0))
    );
    assert_eq!(heard.words[1].speaker, Some(1), "as older pages write it");
    assert_eq!(heard.utterances[0].end, Duration::from_secs(1));
    assert_eq!(heard.duration, Some(Duration::from_millis(1_250)));
    assert_eq!(heard.emotions, [("joy".to_owned(), 0.7)]);
    assert_eq!(heard.gender.as_deref(), Some("female"));
}

#[tokio::test]
async fn a_recording_elsewhere_is_named_by_its_address() {
    let pulse = TranscriptionRequest::pulse(SpokenLanguage::European);
    let address = "https://files.example/a.wav?x=1";
    let answer = json!({"status": "processing", "request_id": "r"});
    let (heard, asked) = answered(answer, async |client| {
        client
            .transcribe(&key(), &pulse, Recording::at(address).unwrap())
            .await
            .unwrap()
    })
    .await;
    assert_eq!(asked.json(), json!({"url": address}));
    assert_eq!(
        heard,
        Transcription::Processing {
            request_id: Some("r".into())
        }
    );

    let answer = json!({"status": "success", "transcription": "", "audio_length": 2});
    let (heard, asked) = answered(answer, async |client| {
        client
            .transcribe_old(&key(), &pulse, Recording::at(address).unwrap())
            .await
            .unwrap()
    })
    .await;
    assert_eq!(
        asked.line,
        "POST /waves/v1/pulse/get_text?language=multi-eu"
    );
    assert!(
        matches!(heard, Transcription::Done(heard) if heard.duration == Some(Duration::from_secs(2)))
    );

    let service = Canned::start(vec![]).await;
    let client = client(&service.url);
    let pro = TranscriptionRequest::pulse_pro();
    let refused = [
        client
            .transcribe(&key(), &pro, Recording::at(address).unwrap())
            .await,
        client
            .transcribe_old(&key(), &pro, Recording::upload(Upload::from_bytes(vec![1])))
            .await,
        client
            .transcribe(
                &key(),
                &pulse,
                Recording::upload(Upload::from_reader(
                    tokio::io::empty(),
                    Recording::LARGEST + 1,
                )),
            )
            .await,
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Rejected);
    }
}

#[tokio::test]
async fn a_failed_transcription_gives_its_words() {
    let old = json!({"status": "error", "message": "Error handling audio data", "errors": "Audio data too large"});
    let region = json!({"status": "error", "error_code": "LANGUAGE_NOT_ENABLED_IN_REGION", "message": "no", "language": "gu", "region": "us"});
    for (status, answer, code) in [
        (400, old, None),
        (400, region, Some("LANGUAGE_NOT_ENABLED_IN_REGION")),
    ] {
        let service = Canned::start(vec![(status, answer.to_string())]).await;
        let request = TranscriptionRequest::pulse(SpokenLanguage::Indic);
        let recording = Recording::upload(Upload::from_bytes(vec![0; 10]));
        let error = client(&service.url)
            .transcribe_old(&key(), &request, recording)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Rejected, code),
            "{error:?}"
        );
    }
}

fn hello() -> ChatRequest {
    ChatRequest::new(&[ChatMessage::User("Hello.".into())]).unwrap()
}

#[tokio::test]
async fn a_chat_is_answered_with_words_calls_and_what_it_cost() {
    let answer = json!({
        "id": "c", "object": "chat.completion", "model": "electron",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "One moment.",
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "time", "arguments": "{}"}}],
        }}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 4}},
    });
    let (answer, asked) = answered(answer, async |client| {
        client.chat(&key(), &hello()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "POST /waves/v1/chat/completions");
    assert_eq!(
        asked.json(),
        json!({"model": "electron", "messages": [{"role": "user", "content": "Hello."}]})
    );
    assert_eq!(
        (answer.content.as_str(), &answer.finish),
        ("One moment.", &Finish::ToolCalls)
    );
    assert_eq!(
        (
            answer.tool_calls[0].id.as_str(),
            answer.tool_calls[0].name.as_str()
        ),
        ("t1", "time")
    );
    let usage = answer.usage.unwrap();
    assert_eq!(
        (
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.completion_tokens,
            usage.total_tokens
        ),
        (9, 4, 3, 12)
    );
}

/// Listens to a stream of these events: the words, and how it ended.
async fn chat(events: &[Value], done: bool) -> (String, Result<ChatAnswer, waves::Error>, Asked) {
    let mut body: String = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    if done {
        body.push_str("data: [DONE]\n\n");
    }
    let service = Canned::start_as("text/event-stream", vec![(200, body)]).await;
    let mut stream = client(&service.url)
        .chat_stream(&key(), &hello())
        .await
        .unwrap();
    assert_eq!(stream.request_id(), Some("canned"));
    let mut words = String::new();
    let end = loop {
        match tokio::time::timeout(NEVER, stream.next()).await.unwrap() {
            Some(Ok(ChatEvent::Text(more))) => words.push_str(&more),
            Some(Ok(ChatEvent::End(answer))) => break Ok(answer),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(error)) => break Err(error),
            None => panic!("a stream must say how it ended"),
        }
    };
    assert!(stream.next().await.is_none());
    (words, end, service.one())
}

#[tokio::test]
async fn a_streamed_chat_comes_word_by_word_and_whole_at_its_end() {
    let delta =
        |delta: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
    let call = |piece: Value| delta(json!({"tool_calls": [piece]}));
    let events = [
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"content": "Good "})),
        delta(json!({"content": "day."})),
        call(json!({"index": 0, "id": "t1", "function": {"name": "time", "arguments": ""}})),
        call(json!({"index": 0, "function": {"arguments": "{\"a\""}})),
        call(json!({"index": 0, "function": {"arguments": ":1}"}})),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
    ];
    let (words, end, asked) = chat(&events, true).await;
    assert_eq!(asked.json()["stream"], true);
    assert_eq!(
        asked.json()["stream_options"],
        json!({"include_usage": true})
    );
    let answer = end.unwrap();
    assert_eq!(
        (words.as_str(), answer.content.as_str()),
        ("Good day.", "Good day.")
    );
    assert_eq!(answer.tool_calls[0].arguments, "{\"a\":1}");
    assert_eq!(
        (answer.finish, answer.usage.unwrap().total_tokens),
        (Finish::ToolCalls, 3)
    );
    assert_eq!(answer.request_id.as_deref(), Some("canned"));
}

#[tokio::test]
async fn a_streamed_chat_that_breaks_is_no_answer() {
    let words = json!({"choices": [{"delta": {"content": "Good "}}]});
    for (events, done, kind) in [
        (vec![words.clone()], false, ErrorKind::Truncated),
        (vec![], false, ErrorKind::Truncated),
        (
            vec![words.clone(), json!({"error": {"message": "no"}})],
            true,
            ErrorKind::Server,
        ),
        (vec![words.clone(), json!([1])], true, ErrorKind::Protocol),
        (
            vec![json!({"choices": [{"delta": {"tool_calls": [{"index": 1_000_000}]}}]})],
            true,
            ErrorKind::Protocol,
        ),
    ] {
        let (_, end, _) = chat(&events, done).await;
        assert_eq!(end.unwrap_err().kind(), kind, "{events:?}");
    }
    let nested = json!({"error": {"message": "Invalid input data", "type": "invalid_request_error",
        "details": [{"code": "custom", "message": "n > 1 is not supported", "path": ["n"]}], "request_id": "r"}});
    let service = Canned::start(vec![(400, nested.to_string())]).await;
    let error = client(&service.url)
        .chat_stream(&key(), &hello())
        .await
        .unwrap_err();
    assert_eq!(
        (error.message(), error.request_id()),
        ("Invalid input data", Some("r"))
    );
}
