//! Every field of a request for speech, as it reaches the service, and what it changes there.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use simulator::{LoggedRequest, Simulator};
use waves::{
    CallerId, Client, ContentExpiry, DictionaryId, FlushAfter, HoldFor, Language, Model, Pieces,
    Pronunciation, Pronunciations, SampleRate, Snapshot, SpeechEvent, Speed, SynthesisRequest,
    Transport, VoiceId,
};

use crate::common::{TRANSPORTS, client, hear_request, key};
use crate::start;

/// A dictionary of the account.
async fn dictionary(client: &Client, word: &str, pronunciation: &str) -> DictionaryId {
    let words = vec![Pronunciation::new(word, pronunciation).unwrap()];
    let words = Pronunciations::new(words).unwrap();
    client.create_dictionary(&key(), &words).await.unwrap().id
}

fn speech(text: &str) -> SynthesisRequest {
    let voice = VoiceId::new("magnus").unwrap();
    SynthesisRequest::new(text, voice, Model::LightningV31)
        .unwrap()
        .with_rate(SampleRate::Hz8000)
}

/// Everything that can be asked for.
fn everything(dictionary: &DictionaryId) -> SynthesisRequest {
    SynthesisRequest::new(
        "It costs $100.",
        VoiceId::new("meher").unwrap(),
        Model::LightningV31Pro,
    )
    .unwrap()
    .with_snapshot(Snapshot::July2026)
    .with_rate(SampleRate::Hz16000)
    .with_speed(Speed::new(1.25).unwrap())
    .with_language(Language::English)
    .with_number_language(Language::Hindi)
    .with_math_notation(true)
    .with_dictionaries([dictionary.clone()])
    .with_word_timings(true)
    .with_history(true)
    .with_session_id(CallerId::new("book-1").unwrap())
    .with_request_id(CallerId::new("segment-7").unwrap())
    .with_expiry(true)
}

/// Speaks it to its end, and gives what the service was asked.
async fn asked(
    simulator: &Simulator,
    client: &Client,
    request: &SynthesisRequest,
    transport: Transport,
) -> LoggedRequest {
    simulator.clear_requests();
    let mut speech = client.synthesize(&key(), request, transport).await.unwrap();
    while let Some(event) = speech.next().await {
        event.unwrap();
    }
    simulator.requests().pop().unwrap()
}

fn fields(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn every_field_of_a_request_reaches_the_service_on_every_transport() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let dictionary = dictionary(&client, "costs", "kosts").await;
    let readme = include_str!("../../README.md");
    for transport in TRANSPORTS {
        let logged = asked(&simulator, &client, &everything(&dictionary), transport).await;
        let mut expected = fields(json!({
            "voice_id": "meher", "model": "lightning_v3.1_pro_07_26", "sample_rate": 16_000,
            "output_format": "pcm", "speed": 1.25, "language": "en",
            "number_pronunciation_language": "hi", "math_notation": true,
            "pronunciation_dicts": [dictionary], "word_timestamps": true, "save_history": true,
            "session_id": "book-1", "request_id": "segment-7",
        }));
        if transport == Transport::WebSocket {
            expected.insert("complete_backoff_ms".to_owned(), json!(0));
        }
        assert_eq!(logged.text, "It costs $100.");
        assert_eq!(logged.fields, expected, "{transport:?}");
        assert_eq!(logged.header("x-expire-content"), Some("true"));
        for name in expected.keys() {
            assert!(
                readme.contains(&format!("| `{name}` ")),
                "{name} is not in the README"
            );
        }
    }
}

#[tokio::test]
async fn a_request_sends_nothing_that_was_not_asked_for() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        let mut logged = asked(&simulator, &client, &speech("Hello."), transport).await;
        if transport == Transport::WebSocket {
            logged.fields.remove("complete_backoff_ms");
            // An id of the client's own, by which it knows the answer again.
            logged.fields.remove("request_id");
        }
        let expected = fields(json!({
            "voice_id": "magnus", "model": "lightning_v3.1", "sample_rate": 8_000,
            "output_format": "pcm", "speed": 1.0, "language": "auto",
        }));
        assert_eq!(logged.fields, expected, "{transport:?}");
        assert_eq!(logged.header("x-expire-content"), None);
    }
}

#[tokio::test]
async fn a_dictionary_changes_what_is_spoken_on_every_transport() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        let id = dictionary(&client, "SQL", "sequel").await;
        let with = speech("We like SQL.").with_dictionaries([id.clone()]);
        let heard = hear_request(&client, &key(), &with, transport).await;
        assert!(heard.end.is_ok(), "{transport:?}: {:?}", heard.end);
        let respelt = simulator.audio_of("We like sequel.", "magnus", "lightning_v3.1", 8_000, 1.0);
        assert!(heard.samples == respelt, "{transport:?}");
        client.delete_dictionary(&key(), &id).await.unwrap();
        let refused = hear_request(&client, &key(), &with, transport).await;
        let refused = refused.end.unwrap_err();
        assert!(refused.message().contains("not found"), "{refused:?}");
    }
}

#[tokio::test]
async fn formulas_are_read_as_words_on_every_transport_when_asked() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        let plain = speech("5 x 3 = 15");
        let read = plain.clone().with_math_notation(true);
        let plain = hear_request(&client, &key(), &plain, transport).await;
        let read = hear_request(&client, &key(), &read, transport).await;
        assert!(read.samples.len() > plain.samples.len(), "{transport:?}");
    }
}

#[tokio::test]
async fn every_rate_and_speed_at_its_ends_is_taken_and_everything_else_refused_before_it_is_sent() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for speed in [Speed::MIN, Speed::MAX] {
        let request = speech("Hello there.").with_speed(speed);
        let logged = asked(&simulator, &client, &request, Transport::Http).await;
        assert_eq!(logged.fields["speed"], json!(speed.factor()));
    }
    for speed in [0.49, 2.01, f64::NAN] {
        assert!(Speed::new(speed).is_err());
    }
    let longest = "a".repeat(SynthesisRequest::MAX_TEXT);
    let logged = asked(&simulator, &client, &speech(&longest), Transport::Sse).await;
    assert_eq!(logged.characters, SynthesisRequest::MAX_TEXT);
    let voice = VoiceId::new("magnus").unwrap();
    assert!(SynthesisRequest::new(longest + "a", voice, Model::LightningV31).is_err());
}

#[tokio::test]
async fn what_became_of_the_wish_to_forget_is_told() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        for expire in [false, true] {
            let request = speech("Hello.").with_expiry(expire);
            let speech = client
                .synthesize(&key(), &request, transport)
                .await
                .unwrap();
            // The simulated plan is no enterprise plan.
            let told = expire.then_some(ContentExpiry::NotEntitled);
            assert_eq!(speech.content_expiry(), told, "{transport:?}");
        }
    }
}

#[tokio::test]
async fn the_fields_of_a_text_in_pieces_reach_the_service() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let context = CallerId::new("chapter").unwrap();
    for (pieces, names) in [
        (
            Pieces::Buffered {
                at_latest: FlushAfter::new(Duration::from_millis(700)),
            },
            json!({ "continue": false, "flush": true, "max_buffer_flush_ms": 700 }),
        ),
        (
            Pieces::Continued {
                context,
                hold: HoldFor::new(Duration::from_millis(1_234)).unwrap(),
            },
            json!({ "context_id": "chapter", "continue": false, "context_close": true, "max_buffer_delay_ms": 1_234 }),
        ),
    ] {
        simulator.clear_requests();
        let first = speech("A first piece of it,");
        let asked = client.synthesize_pieces(&key(), &first, pieces).await;
        let (feed, mut speech) = asked.unwrap();
        feed.push(" and the second.").await.unwrap();
        feed.finish();
        let mut ended = false;
        while let Some(event) = speech.next().await {
            ended |= matches!(event.unwrap(), SpeechEvent::End(_));
        }
        assert!(ended);
        let logged = simulator.requests().pop().unwrap();
        assert!(logged.text.ends_with("and the second."), "{}", logged.text);
        for (name, value) in fields(names) {
            assert_eq!(logged.fields.get(&name), Some(&value), "{name}");
        }
    }
}
