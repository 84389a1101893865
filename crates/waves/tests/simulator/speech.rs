//! Speech that goes well, and what the service refuses.

use std::time::Duration;

use futures_util::StreamExt;
use simulator::{Fault, Options, Simulator, Times};
use waves::{
    CallerId, ErrorKind, HoldFor, Language, Model, OutputFormat, Pieces, SampleRate, SpeechEvent,
    Speed, SynthesisRequest, Transport, VoiceId,
};

use crate::common::{self, TEXT, TRANSPORTS, client, hear, hear_request, key, request};
use crate::{spoken, start};

#[tokio::test]
async fn every_sample_arrives_on_every_transport_at_every_rate() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        for rate in SampleRate::ALL {
            let request = request()
                .with_rate(rate)
                .with_speed(Speed::new(1.5).unwrap());
            let heard = hear_request(&client, &key(), &request, transport).await;
            let samples = simulator.audio_of(TEXT, "magnus", "lightning_v3.1", rate.hz(), 1.5);
            assert_eq!(heard.end.unwrap(), samples.len() as u64);
            assert_eq!(heard.samples, samples, "{transport:?} at {rate}");
            assert!(heard.request_id.is_some());
        }
    }
}

#[tokio::test]
async fn a_request_carries_what_was_asked_and_nothing_of_the_machine() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for (transport, path) in [
        (Transport::Http, "/waves/v1/tts"),
        (Transport::Sse, "/waves/v1/tts/live"),
    ] {
        simulator.clear_requests();
        let voice = VoiceId::new("meher").unwrap();
        let request = SynthesisRequest::new("Namaste, world.", voice, Model::LightningV31Pro)
            .unwrap()
            .with_language(Language::Hindi)
            .with_speed(Speed::new(0.75).unwrap());
        hear_request(&client, &key(), &request, transport)
            .await
            .end
            .unwrap();
        let logged = simulator.requests().remove(0);
        assert_eq!(
            (logged.method.as_str(), logged.path.as_str()),
            ("POST", path)
        );
        assert!(logged.key_matches && !logged.mismatched_pool);
        assert_eq!(logged.text, "Namaste, world.");
        assert_eq!(logged.voice_id.as_deref(), Some("meher"));
        assert_eq!(logged.model.as_deref(), Some("lightning_v3.1_pro"));
        assert_eq!(logged.language.as_deref(), Some("hi"));
        assert_eq!(logged.output_format.as_deref(), Some("pcm"));
        assert_eq!(
            (logged.speed, logged.sample_rate),
            (Some(0.75), Some(44_100))
        );
        assert_eq!(logged.header("accept"), Some("audio/wav"));
        assert_eq!(logged.header("content-type"), Some("application/json"));
        let agent = logged.header("user-agent").unwrap();
        assert!(agent.starts_with("Peal/"), "{agent}");
        let mut names: Vec<&str> = logged
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "accept",
                "accept-encoding",
                "authorization",
                "content-length",
                "content-type",
                "host",
                "user-agent"
            ]
        );
    }
}

#[tokio::test]
async fn every_format_of_the_simulator_is_decoded_and_passed_through() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let linear = spoken(&simulator);
    for format in [
        OutputFormat::Pcm,
        OutputFormat::Wav,
        OutputFormat::Ulaw,
        OutputFormat::Alaw,
    ] {
        let request = request().with_format(format);
        let heard = hear_request(&client, &key(), &request, Transport::Http).await;
        assert_eq!(heard.end.unwrap(), linear.len() as u64, "{format:?}");
        let logged = simulator.requests().pop().unwrap();
        assert_eq!(logged.output_format.as_deref(), Some(format.wire_name()));
        // G.711 is never further off than half of its widest step, 1024.
        let far = heard
            .samples
            .iter()
            .zip(&linear)
            .map(|(one, other)| one.abs_diff(*other))
            .max();
        let allowed = if matches!(format, OutputFormat::Pcm | OutputFormat::Wav) {
            0
        } else {
            512
        };
        assert!(far.unwrap() <= allowed, "{format:?}: {far:?}");

        let encoded = client.synthesize_encoded(&key(), &request).await.unwrap();
        assert!(encoded.request_id().is_some());
        let pieces: Vec<_> = encoded.map(|piece| piece.unwrap()).collect().await;
        let bytes = pieces.concat();
        let expected = match format {
            OutputFormat::Pcm => linear.len() * 2,
            OutputFormat::Wav => linear.len() * 2 + 44,
            _ => linear.len(),
        };
        assert_eq!(bytes.len(), expected, "{format:?}");
        assert_eq!(bytes.starts_with(b"RIFF"), format == OutputFormat::Wav);
        // Elsewhere it is samples that travel, whatever one asks for.
        let heard = hear_request(&client, &key(), &request, Transport::Sse).await;
        assert!(heard.samples == linear, "{format:?}");
    }
    for (fault, kind) in [
        (Fault::HtmlBody, ErrorKind::Protocol),
        (Fault::EmptyBody, ErrorKind::NoSpeech),
        (Fault::CutAfter { bytes: 9_000 }, ErrorKind::Truncated),
    ] {
        simulator.fault(fault.clone(), Times::Once);
        let request = request().with_format(OutputFormat::Ulaw);
        let end = match client.synthesize_encoded(&key(), &request).await {
            Ok(encoded) => encoded.collect::<Vec<_>>().await.pop().unwrap().map(|_| ()),
            Err(error) => Err(error),
        };
        assert_eq!(end.unwrap_err().kind(), kind, "{fault:?}");
    }
}

#[tokio::test]
async fn words_come_with_the_sound_from_voices_that_have_them() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let voice = VoiceId::new("meher").unwrap();
    let request = SynthesisRequest::new("It costs $100 today.", voice, Model::LightningV31Pro)
        .unwrap()
        .with_language(Language::English)
        .with_word_timings(true);
    let mut speech = client
        .synthesize(&key(), &request, Transport::WebSocket)
        .await
        .unwrap();
    let (mut words, mut samples) = (Vec::new(), 0);
    while let Some(event) = speech.next().await {
        match event.unwrap() {
            SpeechEvent::Word(word) => words.push(word),
            SpeechEvent::Audio(more) => samples += more.len(),
            _ => {}
        }
    }
    let spelt: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
    assert_eq!(spelt.len(), 4, "{spelt:?}");
    assert!(spelt[2].contains("$100"), "{spelt:?}");
    assert!(words.windows(2).all(|pair| pair[0].end <= pair[1].start));
    let length = Duration::from_secs_f64(samples as f64 / 44_100.0);
    assert!(words.iter().all(|word| word.end <= length));
}

#[tokio::test]
async fn text_in_pieces_is_spoken_as_one() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let context = CallerId::new("chapter").unwrap();
    for pieces in [
        Pieces::Buffered { at_latest: None },
        Pieces::Continued {
            context,
            hold: HoldFor::default(),
        },
    ] {
        let (feed, mut speech) = client
            .synthesize_pieces(&key(), &request(), pieces.clone())
            .await
            .unwrap();
        for piece in [" And", " another", " sentence."] {
            feed.push(piece).await.unwrap();
        }
        feed.finish();
        let mut ended = None;
        while let Some(event) = speech.next().await {
            if let SpeechEvent::End(end) = event.unwrap() {
                ended = Some(end.samples);
            }
        }
        // 60 ms for each of at least 40 characters.
        assert!(ended.unwrap() > 24 * 60 * 40, "{pieces:?}: {ended:?}");
    }
}

#[tokio::test]
async fn the_words_of_a_rejection_come_with_its_details() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let nobody = VoiceId::new("nobody").unwrap();
    let request = SynthesisRequest::new("Hello.", nobody, Model::LightningV31).unwrap();
    for transport in TRANSPORTS {
        let error = hear_request(&client, &key(), &request, transport)
            .await
            .end
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        // A frame has room for words only.
        if transport == Transport::WebSocket {
            assert_eq!(error.message(), "Invalid Voice ID");
        } else {
            assert_eq!(error.message(), "voice_id: Invalid Voice ID");
            assert_eq!(error.details()[0].path, "voice_id");
        }
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn dropping_a_speech_frees_its_place_at_the_service() {
    let simulator = Simulator::start(Options {
        concurrency: 1,
        pace: Some(1.0),
        ..Options::default()
    })
    .await
    .unwrap();
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        let mut speech = client
            .synthesize(&key(), &request(), transport)
            .await
            .unwrap();
        assert!(matches!(
            speech.next().await,
            Some(Ok(SpeechEvent::Audio(_)))
        ));
        let full = hear(&client, transport).await;
        assert_eq!(full.kind(), Some(ErrorKind::RateLimited), "one at a time");
        drop(speech);
        // The simulator notices when it next writes: wait for that, not for a time.
        tokio::time::timeout(common::NEVER, async {
            while simulator.running() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("the request went on without a listener");
    }
}

#[tokio::test]
async fn a_text_that_says_nothing_is_a_failure_and_not_silence() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let dots = SynthesisRequest::new(
        "… — …",
        VoiceId::new("magnus").unwrap(),
        Model::LightningV31,
    )
    .unwrap();
    for transport in TRANSPORTS {
        let heard = hear_request(&client, &key(), &dots, transport).await;
        assert_eq!(heard.kind(), Some(ErrorKind::NoSpeech), "{heard:?}");
    }
}
