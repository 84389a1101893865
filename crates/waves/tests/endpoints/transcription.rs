//! Speech to text: section 13 of the contract.

use std::time::Duration;

use serde_json::json;
use waves::{ErrorKind, Recording, SpokenLanguage, Transcription, TranscriptionRequest, Upload};

use crate::canned::{Canned, answered, sample};
use crate::common::{client, key};

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
