//! Everything a service and the way to it can do wrong: a sentence, an exit code, and nothing half-written.
//!
//! Silence in the middle of an answer takes the product's own patience (15 and 20 s, twice) to notice; it is proved
//! with shorter times where those can be set, in the client's tests.

use std::net::TcpListener;

use simulator::{ErrorBody, FORBIDDEN_KEY, Fault, RATE_LIMITED_KEY, Times};

use crate::place::{Outcome, Place, Run, Service, Wav};

const WORDS: &str = "Good morning, and welcome aboard.";
const TRANSPORTS: [&str; 2] = ["http", "sse"];

fn speak(place: &Place, transport: &str) -> Run {
    place.peal(&[
        "speak",
        WORDS,
        "-o",
        "out.wav",
        "--voice",
        "sophie",
        "--transport",
        transport,
    ])
}

fn status(status: u16, retry_after: Option<&str>) -> Fault {
    Fault::Status {
        status,
        retry_after: retry_after.map(str::to_owned),
        body: ErrorBody::Default,
    }
}

/// For ever: the sentence and the code, nothing written, and `asked` requests.
fn for_ever(fault: &Fault, transport: &str, code: i32, words: &str, asked: usize) -> Outcome {
    let (place, service) = (Place::new(), Service::start());
    service.simulator.fault(fault.clone(), Times::Always);
    let outcome = speak(&place, transport)
        .at(&service)
        .outcome()
        .failed(code, words);
    assert_eq!(place.left_behind(), [""; 0], "{fault:?} on {transport}");
    assert_eq!(service.syntheses().len(), asked, "{fault:?} on {transport}");
    outcome
}

/// Once: it is tried again, which is said, and the file is as if nothing had happened.
fn once(fault: &Fault, transport: &str) {
    let (place, service) = (Place::new(), Service::start());
    service.simulator.fault(fault.clone(), Times::Once);
    let outcome = speak(&place, transport).at(&service).outcome();
    assert_eq!(outcome.code(), Some(0), "{fault:?}: {}", outcome.messages());
    assert!(
        outcome.messages().ends_with("Trying again…\n"),
        "{fault:?}: {}",
        outcome.messages()
    );
    assert_eq!(outcome.out(), "out.wav\n");
    let expected = service
        .simulator
        .audio_of(WORDS, "sophie", "lightning_v3.1_pro", 44_100, 1.0);
    assert!(
        Wav::open(&place.file("out.wav")).samples == expected,
        "{fault:?} on {transport}"
    );
    assert_eq!(service.syntheses().len(), 2);
    assert_eq!(place.left_behind(), ["out.wav"]);
}

#[test]
fn keys_that_are_not_accepted_are_told_apart() {
    for transport in TRANSPORTS {
        for (key, code, words, asked) in [
            ("sk_wrong", 3, "does not accept this key", 1),
            (FORBIDDEN_KEY, 3, "cannot use this voice", 1),
            // This one is answered with `Retry-After: 1` for ever, eight times in all.
            (RATE_LIMITED_KEY, 5, "busy with your other requests", 8),
        ] {
            let (place, service) = (Place::new(), Service::start());
            speak(&place, transport)
                .at(&service)
                .env("SMALLEST_API_KEY", key)
                .outcome()
                .failed(code, words);
            assert_eq!(service.syntheses().len(), asked, "{words}");
            assert_eq!(place.left_behind(), [""; 0]);
        }
    }
}

#[test]
fn a_busy_service_is_asked_again_when_it_says_so() {
    for transport in TRANSPORTS {
        once(&status(429, Some("1")), transport);
        once(&status(429, None), transport);
        // Longer than anybody waits without being asked.
        let busy = "busy with your other requests";
        for_ever(&status(429, Some("3600")), transport, 5, busy, 1);
    }
}

#[test]
fn a_failing_service_is_asked_once_more() {
    for transport in TRANSPORTS {
        once(&status(500, None), transport);
        once(&status(503, Some("0")), transport);
        for_ever(&status(500, None), transport, 5, "had a problem", 2);
    }
}

#[test]
fn a_refusal_in_any_shape_is_not_repeated_and_never_shown_raw() {
    for body in ErrorBody::ALL {
        let fault = Fault::Status {
            status: 400,
            retry_after: None,
            body,
        };
        let (code, words) = match body {
            ErrorBody::Html => (4, "A web page answered"),
            // The service's own for 400 is a complaint about the voice.
            ErrorBody::Default => (5, ""),
            _ => (5, "could not use this text"),
        };
        let words = if matches!(body, ErrorBody::Issues | ErrorBody::Default) {
            ""
        } else {
            words
        };
        for_ever(&fault, "sse", code, words, 1);
    }
}

#[test]
fn answers_that_are_not_speech_are_failures() {
    let not_speech = "something that is not speech";
    for transport in TRANSPORTS {
        // Whatever put it there answers the next request likewise.
        for_ever(&Fault::HtmlBody, transport, 4, "A web page answered", 1);
        for_ever(&Fault::JsonBody, transport, 5, "", 2);
        for_ever(&Fault::EmptyBody, transport, 5, "", 2);
        for_ever(&Fault::ShortAudio { ms: 20 }, transport, 5, not_speech, 2);
        for_ever(&Fault::NotHttp, transport, 4, "No connection", 3);
    }
    for_ever(&Fault::BadBase64, "sse", 5, not_speech, 2);
    for_ever(&Fault::BadJson, "sse", 5, not_speech, 2);
}

#[test]
fn speech_that_breaks_off_is_made_again_and_never_half_kept() {
    for transport in TRANSPORTS {
        for fault in [
            Fault::CutAfter { bytes: 20_001 },
            Fault::ResetAfter { bytes: 20_001 },
        ] {
            once(&fault, transport);
            for_ever(&fault, transport, 4, "cut off", 3);
        }
    }
    once(&Fault::MissingEnd, "sse");
    for_ever(&Fault::MissingEnd, "sse", 4, "cut off", 3);
    once(&Fault::WrongLength { by: 1000 }, "http");
}

#[test]
fn a_redirect_is_not_followed_with_the_key() {
    let elsewhere = Service::start();
    let to = format!("{}/waves/v1/tts", elsewhere.simulator.url());
    for transport in TRANSPORTS {
        let (place, service) = (Place::new(), Service::start());
        service
            .simulator
            .fault(Fault::Redirect { to: to.clone() }, Times::Always);
        let outcome = speak(&place, transport).at(&service).outcome();
        assert_eq!(outcome.code(), Some(5), "{}", outcome.messages());
        assert_eq!(place.left_behind(), [""; 0]);
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_service_that_is_not_there_is_a_matter_of_the_network() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for transport in TRANSPORTS {
        speak(&place, transport)
            .env("SMALLEST_API_KEY", "sk_1")
            .env("PEAL_API_URL", &format!("http://{address}"))
            .outcome()
            .failed(4, "No connection to Smallest AI");
    }
    assert_eq!(place.left_behind(), [""; 0]);
}

#[test]
fn a_service_that_cannot_prove_itself_gets_no_key() {
    let (place, service) = (Place::new(), Service::start());
    // Its port speaks no TLS.
    let address = service.simulator.url().replace("http://", "https://");
    speak(&place, "sse")
        .env("SMALLEST_API_KEY", "sk_1")
        .env("PEAL_API_URL", &address)
        .outcome()
        .failed(4, "The connection is not safe");
    assert!(service.requests().is_empty());
    assert_eq!(place.left_behind(), [""; 0]);
}

#[test]
fn what_support_asks_for_is_shown_to_who_asks() {
    let (place, service) = (Place::new(), Service::start());
    service.simulator.fault(status(500, None), Times::Always);
    let plain = speak(&place, "http")
        .at(&service)
        .outcome()
        .failed(5, "had a problem");
    let id = &service.syntheses()[1].request_id;
    assert!(!id.is_empty() && !plain.messages().contains(id));

    service.simulator.clear_requests();
    let verbose = place
        .peal(&[
            "-v", "speak", WORDS, "-o", "out.wav", "--voice", "sophie", "--json",
        ])
        .at(&service)
        .outcome();
    let id = &service.syntheses()[1].request_id;
    assert!(
        verbose
            .messages()
            .contains(&format!("peal: Request {id}\n")),
        "{}",
        verbose.messages()
    );
    let error = &verbose.json()["error"];
    assert_eq!(
        (&error["code"], &error["requestId"]),
        (&"server".into(), &id.as_str().into())
    );
    assert!(
        verbose
            .messages()
            .contains(error["details"].as_str().unwrap())
    );
}
