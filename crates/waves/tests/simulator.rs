//! The client against the simulator: what works, and every fault on every transport it can happen to.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod common;

use std::time::Duration;

use common::{TEXT, TRANSPORTS, client, hear, hear_request, key, request};
use futures_util::StreamExt;
use simulator::{ErrorBody, Fault, Options, Route, Simulator, Times};
use waves::{
    ApiKey, CallerId, ErrorKind, HoldFor, Language, Model, OutputFormat, Pieces, SampleRate,
    SpeechEvent, Speed, SynthesisRequest, Transport, VoiceId, add_previews,
};

async fn start() -> Simulator {
    Simulator::start(Options::default()).await.unwrap()
}

/// What the simulator says to [`request`].
fn spoken(simulator: &Simulator) -> Vec<i16> {
    simulator.audio_of(TEXT, "magnus", "lightning_v3.1", 24_000, 1.0)
}

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

/// How a fault must show.
#[derive(Clone, Copy)]
enum Shows {
    /// As a failure of one of these kinds.
    As(&'static [ErrorKind]),
    /// Not at all: every sample arrives.
    Not,
}

#[tokio::test]
async fn every_fault_settles_in_its_kind_and_the_next_request_works() {
    use ErrorKind::*;
    use Shows::{As, Not};
    let all = &TRANSPORTS[..];
    let http = &[Transport::Http][..];
    let sse = &[Transport::Sse][..];
    let ws = &[Transport::WebSocket][..];
    let bodies = &[Transport::Http, Transport::Sse][..];
    let live = &[Transport::Sse, Transport::WebSocket][..];
    let status = |status, retry_after: Option<&str>| Fault::Status {
        status,
        retry_after: retry_after.map(str::to_owned),
        body: ErrorBody::Default,
    };
    let table = [
        (all, status(400, None), As(&[Rejected])),
        (all, status(401, None), As(&[Unauthorized])),
        (all, status(402, None), As(&[Forbidden])),
        (all, status(403, None), As(&[Forbidden])),
        (all, status(404, None), As(&[Rejected])),
        (bodies, status(410, None), As(&[Rejected])),
        (bodies, status(413, None), As(&[Rejected])),
        (all, status(429, None), As(&[RateLimited])),
        (all, status(429, Some("7")), As(&[RateLimited])),
        (all, status(500, None), As(&[Server])),
        (all, status(502, None), As(&[Server])),
        (all, status(503, Some("2")), As(&[Server])),
        (all, Fault::NeverAnswers, As(&[TimedOut])),
        (
            all,
            Fault::FirstByte(Duration::from_secs(60)),
            As(&[TimedOut]),
        ),
        (all, Fault::FirstByte(Duration::from_millis(100)), Not),
        (all, Fault::SilenceAfter { bytes: 0 }, As(&[TimedOut])),
        (all, Fault::SilenceAfter { bytes: 9_000 }, As(&[TimedOut])),
        (all, Fault::CutAfter { bytes: 0 }, As(&[Truncated, Network])),
        (all, Fault::CutAfter { bytes: 9_001 }, As(&[Truncated])),
        (all, Fault::ResetAfter { bytes: 9_001 }, As(&[Truncated])),
        (live, Fault::BadBase64, As(&[Protocol])),
        (live, Fault::BadJson, As(&[Protocol])),
        (sse, Fault::MissingEnd, As(&[Truncated])),
        (ws, Fault::MissingEnd, As(&[TimedOut])),
        (live, Fault::DuplicateEnd, Not),
        (
            live,
            Fault::ErrorEvent("out of order".into()),
            As(&[Server]),
        ),
        (
            sse,
            Fault::ErrorEvent(r#"{"status":"429","message":"slow"}"#.into()),
            As(&[RateLimited]),
        ),
        (
            ws,
            Fault::ErrorEvent("Concurrency limit exceeded".into()),
            As(&[RateLimited]),
        ),
        (all, Fault::BetweenChunks(Duration::from_millis(1)), Not),
        (ws, Fault::UnknownFrames, Not),
        (
            ws,
            Fault::Close {
                code: 1011,
                reason: String::new(),
                chunks: 0,
            },
            As(&[Network]),
        ),
        (
            ws,
            Fault::Close {
                code: 1011,
                reason: "gone".into(),
                chunks: 2,
            },
            As(&[Truncated]),
        ),
        (
            ws,
            Fault::Close {
                code: 1008,
                reason: "Too many requests".into(),
                chunks: 0,
            },
            As(&[RateLimited]),
        ),
        (http, Fault::EmptyBody, As(&[NoSpeech])),
        (ws, Fault::EmptyBody, As(&[NoSpeech])),
        (sse, Fault::EmptyBody, As(&[Protocol, Truncated])),
        (bodies, Fault::JsonBody, As(&[Protocol])),
        (ws, Fault::JsonBody, As(&[Server])),
        (bodies, Fault::HtmlBody, As(&[Protocol])),
        (all, Fault::ShortAudio { ms: 20 }, As(&[NoSpeech])),
        (all, Fault::ShortAudio { ms: 0 }, As(&[NoSpeech])),
        (all, Fault::WavSizes(0), Not),
        (all, Fault::WavSizes(u32::MAX), Not),
        (all, Fault::WavSizes(1_000_000), Not),
        (all, Fault::WavSizes(100), Not),
        (all, Fault::WavSizes(101), Not),
        (bodies, Fault::WavHonest, Not),
        (all, Fault::OddChunks, Not),
        // Slower than any real answer, but every byte comes in time to be silence.
        (
            bodies,
            Fault::SlowDrip {
                bytes: 1,
                every: Duration::from_millis(20),
            },
            As(&[TimedOut]),
        ),
        (
            all,
            Fault::SlowDrip {
                bytes: 20_000,
                every: Duration::from_millis(20),
            },
            Not,
        ),
        (http, Fault::WrongLength { by: 100 }, As(&[Truncated])),
        (
            bodies,
            Fault::Redirect {
                to: "http://127.0.0.1:9/elsewhere".into(),
            },
            As(&[Protocol]),
        ),
        (bodies, Fault::NotHttp, As(&[Network])),
    ];
    // Some at once, each with a simulator of its own: most of them are about waiting.
    let cases = table.into_iter().flat_map(|(transports, fault, shows)| {
        let case = move |transport: &Transport| meet(*transport, fault.clone(), shows);
        transports.iter().map(case)
    });
    futures_util::stream::iter(cases)
        .for_each_concurrent(6, |case| case)
        .await;
}

/// One fault, then a request that meets none.
async fn meet(transport: Transport, fault: Fault, shows: Shows) {
    let simulator = start().await;
    let client = client(&simulator.url());
    let samples = spoken(&simulator);
    match transport {
        // Otherwise it would happen to the opening; that has a test of its own.
        Transport::WebSocket => simulator.fault_on(Route::WebSocket, fault.clone(), Times::Once),
        _ => simulator.fault(fault.clone(), Times::Once),
    }
    let heard = hear(&client, transport).await;
    match shows {
        Shows::As(kinds) => {
            let error = heard
                .end
                .expect_err(&format!("{transport:?} with {fault:?} succeeded"));
            assert!(
                kinds.contains(&error.kind()),
                "{transport:?} with {fault:?}: {error:?}"
            );
            assert!(!error.message().is_empty(), "{transport:?} with {fault:?}");
        }
        Shows::Not => {
            heard
                .end
                .unwrap_or_else(|error| panic!("{transport:?} with {fault:?}: {error:?}"));
            assert!(
                heard.samples == samples,
                "{transport:?} with {fault:?}: other samples"
            );
        }
    }
    let after = hear(&client, transport).await;
    assert!(after.samples == samples, "{transport:?} after {fault:?}");
}

#[tokio::test]
async fn every_shape_of_error_gives_its_words_and_the_request_id() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in [Transport::Http, Transport::Sse] {
        for body in ErrorBody::ALL {
            for (status, kind) in [
                (400, ErrorKind::Rejected),
                (401, ErrorKind::Unauthorized),
                (500, ErrorKind::Server),
            ] {
                let fault = Fault::Status {
                    status,
                    retry_after: None,
                    body,
                };
                simulator.fault(fault, Times::Once);
                let error = hear(&client, transport).await.end.unwrap_err();
                assert_eq!(
                    (error.kind(), error.status()),
                    (kind, Some(status)),
                    "{body:?}"
                );
                assert!(!error.message().is_empty(), "{body:?}");
                assert!(!error.message().contains(['{', '<']), "{body:?}: {error}");
                assert_eq!(error.is_web_page(), body == ErrorBody::Html, "{body:?}");
                let logged = simulator.requests().pop().unwrap();
                assert_eq!(
                    error.request_id(),
                    Some(logged.request_id.as_str()),
                    "{body:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_opening_that_fails_settles_in_its_kind_and_the_next_works() {
    let simulator = start().await;
    for (fault, kind) in [
        (
            Fault::Status {
                status: 401,
                retry_after: None,
                body: ErrorBody::Default,
            },
            ErrorKind::Unauthorized,
        ),
        (
            Fault::Status {
                status: 429,
                retry_after: Some("3".into()),
                body: ErrorBody::Default,
            },
            ErrorKind::RateLimited,
        ),
        (Fault::NeverAnswers, ErrorKind::TimedOut),
        (Fault::HtmlBody, ErrorKind::Protocol),
        (Fault::NotHttp, ErrorKind::Network),
        (
            Fault::Redirect {
                to: "http://127.0.0.1:9/elsewhere".into(),
            },
            ErrorKind::Protocol,
        ),
    ] {
        // Each with a client of its own: one that has a connection opens none.
        let client = client(&simulator.url());
        simulator.fault_on(Route::Upgrade, fault.clone(), Times::Once);
        let heard = hear(&client, Transport::WebSocket).await;
        assert_eq!(heard.kind(), Some(kind), "{fault:?}: {:?}", heard.end);
        hear(&client, Transport::WebSocket).await.end.unwrap();
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
async fn retry_after_is_kept_and_nothing_is_tried_twice() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for transport in TRANSPORTS {
        simulator.clear_requests();
        let fault = |retry_after: Option<&str>| Fault::Status {
            status: 429,
            retry_after: retry_after.map(str::to_owned),
            body: ErrorBody::Default,
        };
        simulator.fault(fault(Some("7")), Times::Once);
        simulator.fault(fault(None), Times::Once);
        let first = hear(&client, transport).await.end.unwrap_err();
        assert_eq!(first.retry_after(), Some(Duration::from_secs(7)));
        assert!(first.is_retryable());
        let second = hear(&client, transport).await.end.unwrap_err();
        assert_eq!(second.retry_after(), None);
        assert_eq!(simulator.requests().len(), 2, "a retry would cost money");
    }
}

#[tokio::test]
async fn keys_are_judged_by_every_call() {
    let simulator = start().await;
    let client = client(&simulator.url());
    client.check_key(&key()).await.unwrap();
    for (key, kind) in [
        ("sk_wrong", ErrorKind::Unauthorized),
        (simulator::FORBIDDEN_KEY, ErrorKind::Forbidden),
        (simulator::RATE_LIMITED_KEY, ErrorKind::RateLimited),
    ] {
        let key = ApiKey::parse(key).unwrap();
        assert_eq!(client.check_key(&key).await.unwrap_err().kind(), kind);
        assert_eq!(client.catalogue(&key).await.unwrap_err().kind(), kind);
        for transport in TRANSPORTS {
            let heard = hear_request(&client, &key, &request(), transport).await;
            assert_eq!(heard.kind(), Some(kind), "{transport:?}");
        }
    }
}

#[tokio::test]
async fn a_key_check_that_could_not_ask_is_no_verdict_on_the_key() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for (fault, kind) in [
        (Fault::HtmlBody, ErrorKind::Protocol),
        (Fault::JsonBody, ErrorKind::Protocol),
        (Fault::EmptyBody, ErrorKind::Protocol),
        (Fault::NeverAnswers, ErrorKind::TimedOut),
        (Fault::SilenceAfter { bytes: 100 }, ErrorKind::TimedOut),
        (Fault::CutAfter { bytes: 100 }, ErrorKind::Truncated),
        (Fault::WrongLength { by: 5 }, ErrorKind::Truncated),
        (Fault::NotHttp, ErrorKind::Network),
        (
            Fault::Redirect {
                to: "http://127.0.0.1:9/".into(),
            },
            ErrorKind::Protocol,
        ),
    ] {
        simulator.fault_on(Route::Voices, fault.clone(), Times::Once);
        let error = client
            .check_key(&key())
            .await
            .expect_err(&format!("{fault:?}"));
        assert_eq!(error.kind(), kind, "{fault:?}: {error:?}");
        client.check_key(&key()).await.unwrap();
    }
}

#[tokio::test]
async fn both_pools_and_their_previews_are_listed_and_heard() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let catalogue = client.catalogue(&key()).await.unwrap();
    for model in Model::ALL {
        let mut voices = client.list_voices(&key(), model).await.unwrap();
        assert!(voices.len() >= 73);
        assert!(voices.iter().all(|voice| voice.model == model));
        assert!(voices.iter().all(|voice| !voice.languages.is_empty()));
        add_previews(&mut voices, &catalogue);
        let preview = voices[0].preview.as_deref().unwrap();
        simulator.clear_requests();
        let wav = client.preview(preview).await.unwrap();
        assert!(wav.starts_with(b"RIFF"));
        let logged = simulator.requests().remove(0);
        assert!(
            !logged.authorized,
            "a preview is none of the key's business"
        );
    }
}

#[tokio::test]
async fn a_preview_that_is_none_is_no_verdict_on_the_key() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let preview = format!("{}/previews/magnus.wav", simulator.url());
    client.preview(&preview).await.unwrap();
    for (fault, kind) in [
        (
            Fault::Status {
                status: 403,
                retry_after: None,
                body: ErrorBody::Html,
            },
            ErrorKind::Rejected,
        ),
        (
            Fault::Status {
                status: 401,
                retry_after: None,
                body: ErrorBody::Empty,
            },
            ErrorKind::Rejected,
        ),
        (
            Fault::Status {
                status: 503,
                retry_after: None,
                body: ErrorBody::Empty,
            },
            ErrorKind::Server,
        ),
        (Fault::HtmlBody, ErrorKind::Protocol),
        (Fault::EmptyBody, ErrorKind::Protocol),
        (Fault::NeverAnswers, ErrorKind::TimedOut),
        (Fault::CutAfter { bytes: 100 }, ErrorKind::Truncated),
    ] {
        simulator.fault_on(Route::Preview, fault.clone(), Times::Once);
        let error = client
            .preview(&preview)
            .await
            .expect_err(&format!("{fault:?}"));
        assert_eq!(error.kind(), kind, "{fault:?}: {error:?}");
    }
    for address in [
        "",
        "no url",
        "file:///etc/passwd",
        "http://example.com/a.wav",
        "ftp://127.0.0.1/a.wav",
    ] {
        let error = client.preview(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{address}");
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
