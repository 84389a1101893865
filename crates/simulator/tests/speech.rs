//! The simulator with the built-in voice: real speech over the same wire.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use client::{Ask, get, post, samples, speech_with};
use serde_json::{Value, json};
use simulator::{Options, Simulator, Speech};

async fn speaking() -> Simulator {
    Simulator::start(Options {
        speech: Speech::BuiltinVoice,
        ..Options::default()
    })
    .await
    .unwrap()
}

fn loudness(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    (power / samples.len() as f64).sqrt()
}

#[tokio::test]
async fn speech_is_the_same_on_both_routes_and_is_what_audio_of_gives() {
    let simulator = speaking().await;
    let text = "Hello there. This is speech.";
    for (rate, voice) in [(8000, "liam"), (44_100, "sophia")] {
        let body = speech_with(json!({ "text": text, "voice_id": voice, "sample_rate": rate }));
        let plain = post(&simulator, "/waves/v1/tts", &body).await.samples();
        let events = post(&simulator, "/waves/v1/tts/live", &body).await;
        let expected = simulator.audio_of(text, voice, "lightning_v3.1", rate, 1.0);
        assert!(plain == expected && samples(&events.event_audio()) == expected);
        let seconds = plain.len() as f64 / f64::from(rate);
        assert!((1.0..6.0).contains(&seconds), "{seconds} s");
        assert!(loudness(&plain) > 500.0, "{}", loudness(&plain));
    }
}

#[tokio::test]
async fn voices_differ_and_so_do_speeds() {
    let simulator = speaking().await;
    let speak =
        |voice: &str, speed: f64| simulator.audio_of("One, two, three.", voice, "", 24_000, speed);
    assert!(speak("liam", 1.0) != speak("sophia", 1.0));
    assert!(speak("liam", 1.5).len() < speak("liam", 0.8).len());
}

#[tokio::test]
async fn the_first_sentence_is_sent_while_the_others_are_still_to_be_spoken() {
    use tokio::io::AsyncReadExt;
    let simulator = speaking().await;
    let body = speech_with(json!({ "text": "This sentence is one of very many. ".repeat(200) }));
    let mut connection = Ask::post("/waves/v1/tts/live", &body)
        .connect(&simulator)
        .await;
    let mut received = vec![0; 20_000];
    connection.read_exact(&mut received).await.unwrap();
    assert_eq!(simulator.running(), 1);
    assert!(!simulator.requests()[0].completed);
    assert!(received.starts_with(b"HTTP/1.1 200"));
    // Nobody listens any more: the rest is not spoken, and the place is free.
    drop(connection);
    simulator.set_concurrency(1);
    let next = post(
        &simulator,
        "/waves/v1/tts/live",
        &speech_with(json!({ "text": "Next." })),
    )
    .await;
    assert_eq!(next.status, 200);
}

#[tokio::test]
async fn previews_are_spoken_too() {
    let simulator = speaking().await;
    let preview = get(&simulator, "/previews/liam.wav").await;
    assert_eq!(preview.status, 200);
    assert!(loudness(&samples(&preview.body[44..])) > 500.0);
}

#[tokio::test]
async fn text_that_the_voice_cannot_read_gives_no_sound_and_ends_in_order() {
    let simulator = speaking().await;
    let answer = post(
        &simulator,
        "/waves/v1/tts/live",
        &speech_with(json!({ "text": "…" })),
    )
    .await;
    let last: Value = serde_json::from_str(answer.events().last().unwrap()).unwrap();
    assert_eq!((answer.events().len(), &last["done"]), (1, &json!(true)));
}
