//! Speech to text of what the simulator said itself.

use std::time::Duration;

use futures_util::StreamExt;
use simulator::Simulator;
use waves::{
    Client, Encoding, ErrorKind, OutputFormat, PageRequest, Recording, SpokenLanguage, Transcript,
    Transcription, TranscriptionRequest, Upload, Webhook,
};

use crate::common::{TEXT, client, key, request};
use crate::start;

/// What the service says to [`TEXT`], in a format.
async fn said(client: &Client, format: OutputFormat) -> Vec<u8> {
    let request = request().with_format(format);
    let pieces = client.synthesize_encoded(&key(), &request).await.unwrap();
    let pieces: Vec<_> = pieces.map(|piece| piece.unwrap()).collect().await;
    pieces.concat()
}

fn done(transcription: Transcription) -> Transcript {
    match transcription {
        Transcription::Done(transcript) => transcript,
        other => panic!("{other:?}"),
    }
}

fn upload(bytes: &[u8]) -> Recording {
    Recording::upload(Upload::from_bytes(bytes.to_vec()))
}

fn english() -> TranscriptionRequest {
    TranscriptionRequest::pulse(SpokenLanguage::English)
}

fn query(simulator: &Simulator) -> String {
    simulator.requests().pop().unwrap().path
}

#[tokio::test]
async fn a_recording_is_understood_with_every_wish_on_both_paths() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let wav = said(&client, OutputFormat::Wav).await;
    let wishes = english()
        .with_words()
        .with_speakers()
        .without_personal_facts()
        .without_card_numbers()
        .with_emotions()
        .with_gender();
    let seconds = Duration::from_millis(1_200);
    for old in [false, true] {
        let heard = match old {
            false => client.transcribe(&key(), &wishes, upload(&wav)).await,
            true => client.transcribe_old(&key(), &wishes, upload(&wav)).await,
        };
        let heard = done(heard.unwrap());
        assert_eq!((heard.text.as_str(), heard.duration), (TEXT, Some(seconds)));
        let words: Vec<_> = heard.words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(words, ["A", "sentence", "to", "speak."]);
        assert!(
            heard
                .words
                .windows(2)
                .all(|pair| pair[0].end <= pair[1].start)
        );
        assert!(
            heard
                .words
                .iter()
                .all(|word| word.end <= seconds && word.speaker == Some(0))
        );
        assert!(heard.words[0].confidence.is_some() && heard.words[0].speaker_confidence.is_some());
        assert_eq!(
            (
                heard.utterances[0].text.as_str(),
                heard.utterances[0].speaker
            ),
            (TEXT, Some(0))
        );
        assert!(heard.emotions.iter().any(|(name, _)| name == "neutral"));
        assert_eq!(heard.gender.as_deref(), Some("male"));
        let path = query(&simulator);
        for wish in [
            "word_timestamps",
            "diarize",
            "redact_pii",
            "redact_pci",
            "emotion_detection",
            "gender_detection",
        ] {
            assert!(path.contains(&format!("{wish}=true")), "{path}");
        }
        assert!(
            path.contains("language=en") && path.contains("model=pulse") != old,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_better_model_says_what_it_knows_and_is_not_asked_for_more() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let wav = said(&client, OutputFormat::Wav).await;
    let pro = TranscriptionRequest::pulse_pro()
        .with_words()
        .with_speakers()
        .with_gender();
    let heard = done(client.transcribe(&key(), &pro, upload(&wav)).await.unwrap());
    assert_eq!(heard.text, TEXT);
    assert_eq!((heard.words.len(), heard.utterances.len()), (4, 0));
    assert_eq!(heard.language.as_deref(), Some("en"));
    assert!(heard.request_id.is_some());
    assert_eq!(
        query(&simulator),
        "/waves/v1/stt/?model=pulse-pro&language=en&word_timestamps=true"
    );
}

#[tokio::test]
async fn recordings_without_a_header_are_understood_when_their_coding_is_said() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for (format, encoding) in [
        (OutputFormat::Pcm, Encoding::Linear16),
        (OutputFormat::Ulaw, Encoding::Mulaw),
        (OutputFormat::Alaw, Encoding::Alaw),
    ] {
        let bytes = said(&client, format).await;
        let request = english().of_headerless(encoding, 24_000);
        let heard = client
            .transcribe_old(&key(), &request, upload(&bytes))
            .await;
        assert_eq!(done(heard.unwrap()).text, TEXT, "{format:?}");
        assert!(query(&simulator).contains("sample_rate=24000"));
    }
}

#[tokio::test]
async fn a_recording_that_lies_elsewhere_is_asked_for_by_its_address() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let address = "https://files.example/a.wav";
    let elsewhere = Recording::at(address).unwrap();
    // The simulator fetches nothing from elsewhere, and says so.
    let refused = client.transcribe(&key(), &english(), elsewhere).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Rejected);
    assert_eq!(
        simulator.requests()[0].header("content-type"),
        Some("application/json")
    );
    assert!(Recording::at("http://files.example/a.wav").is_err());
}

#[tokio::test]
async fn what_is_answered_to_elsewhere_is_in_the_logs_until_it_is_forgotten() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let wav = said(&client, OutputFormat::Wav).await;
    let webhook = Webhook {
        url: "https://reader.example/hook?a=1".into(),
        get: true,
        extra: Some("chapter 1".into()),
    };
    let request = TranscriptionRequest::pulse_pro().with_webhook(webhook);
    let heard = client.transcribe(&key(), &request, upload(&wav)).await;
    let Transcription::Processing { request_id } = heard.unwrap() else {
        panic!("it waited")
    };
    let path = query(&simulator);
    for part in [
        "webhook_url=https",
        "webhook_method=GET",
        "webhook_extra=chapter",
    ] {
        assert!(path.contains(part), "{path}");
    }
    let page = PageRequest::default();
    let hooks = client.webhook_log(&key(), page).await.unwrap();
    assert_eq!(hooks.entries[0]["url"], "https://reader.example/hook?a=1");
    done(
        client
            .transcribe(&key(), &english(), upload(&wav))
            .await
            .unwrap(),
    );
    let log = client.transcription_log(&key(), page).await.unwrap();
    assert_eq!(log.total_entries, 2);
    let newest = &log.entries[0];
    assert_eq!(newest.transcription.as_deref(), Some(TEXT));
    assert_eq!(
        (newest.model.as_deref(), newest.language.as_deref()),
        (Some("pulse"), Some("en"))
    );
    assert_eq!(newest.file_size, Some(wav.len() as u64));
    assert_eq!(newest.duration, Some(Duration::from_millis(1_200)));
    assert!(newest.timestamp.is_some());
    let id = request_id.unwrap();
    assert_eq!(log.entries[1].request_id, id);
    client.delete_transcription(&key(), &id).await.unwrap();
    // One that is not there is forgotten already.
    client.delete_transcription(&key(), &id).await.unwrap();
    let log = client.transcription_log(&key(), page).await.unwrap();
    assert_eq!(log.total_entries, 1);
}
