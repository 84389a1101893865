//! Speech with the voices of the service.

use serde_json::json;
use simulator::{Fault, Options, Route, Times};

use crate::place::{Place, Service, Wav};

const WORDS: &str = "Good morning, and welcome aboard.";
const PRO: &str = "lightning_v3.1_pro/sophie";

#[test]
fn what_the_service_sends_is_what_the_file_holds_on_every_transport() {
    for (transport, path) in [
        ("http", "/waves/v1/tts"),
        ("sse", "/waves/v1/tts/live"),
        ("websocket", "/waves/v1/tts/live"),
        ("auto", "/waves/v1/tts/live"),
    ] {
        let (place, service) = (Place::new(), Service::start());
        place
            .peal(&[
                "speak",
                WORDS,
                "-o",
                "out.wav",
                "--voice",
                PRO,
                "--transport",
                transport,
            ])
            .at(&service)
            .outcome()
            .done();
        let expected =
            service
                .simulator
                .audio_of(WORDS, "sophie", "lightning_v3.1_pro", 44_100, 1.0);
        let wav = Wav::open(&place.file("out.wav"));
        assert_eq!(wav.rate, 44_100);
        assert!(wav.samples == expected, "{transport}");
        let requests = service.requests();
        // A socket is opened first.
        let expected = if transport == "websocket" { 2 } else { 1 };
        assert_eq!(
            requests.len(),
            expected,
            "nothing but the speech is asked for"
        );
        assert_eq!(requests[0].path, path);
        assert!(requests[0].key_matches);
        assert_eq!(place.left_behind(), ["out.wav"]);
    }
}

#[test]
fn sentences_follow_each_other_with_a_breath_and_paragraphs_with_a_longer_one() {
    let (place, service) = (Place::new(), Service::start());
    let sentences = [
        "The first sentence is long enough to stand alone.",
        "The second one is spoken after a short breath.",
        "A new paragraph is preceded by a longer pause.",
    ];
    let [first, second, third] = sentences;
    place.write(
        "text.txt",
        format!("{first} {second}\r\n\r\n{third}\r\n").as_bytes(),
    );
    for (transport, rate) in [("http", 16_000), ("sse", 24_000)] {
        service.simulator.clear_requests();
        let hertz = rate.to_string();
        place
            .peal(&[
                "speak",
                "-f",
                "text.txt",
                "-o",
                "out.wav",
                "--voice",
                "sophie",
                "--speed",
                "1.5",
                "--rate",
                &hertz,
                "--transport",
                transport,
            ])
            .at(&service)
            .outcome()
            .done();
        let audio = |sentence| {
            let model = "lightning_v3.1_pro";
            service
                .simulator
                .audio_of(sentence, "sophie", model, rate, 1.5)
        };
        let silence = |milliseconds| vec![0; (rate * milliseconds / 1000) as usize];
        let expected = [
            audio(first),
            silence(160),
            audio(second),
            silence(420),
            audio(third),
        ]
        .concat();
        let wav = Wav::open(&place.file("out.wav"));
        assert_eq!(wav.rate, rate);
        assert!(wav.samples == expected, "{transport}");
        let asked: Vec<_> = service
            .syntheses()
            .into_iter()
            .map(|one| one.text)
            .collect();
        assert_eq!(asked, sentences);
    }
}

#[test]
fn speech_that_cannot_be_kept_is_in_the_file_all_the_same() {
    let (place, service) = (Place::new(), Service::start());
    // A file where the folder would be.
    std::fs::write(place.home(), b"").unwrap();
    let outcome = place
        .peal(&["speak", WORDS, "-o", "out.wav", "--voice", "sophie"])
        .at(&service)
        .outcome();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    let expected = service
        .simulator
        .audio_of(WORDS, "sophie", "lightning_v3.1_pro", 44_100, 1.0);
    assert!(Wav::open(&place.file("out.wav")).samples == expected);
}

#[test]
fn everything_asked_for_is_sent() {
    let (place, service) = (Place::new(), Service::start());
    place
        .peal(&[
            "speak",
            WORDS,
            "-o",
            "out.wav",
            "--voice",
            "magnus",
            "--model",
            "lightning-v3.1",
            "--speed",
            "1.25",
            "--language",
            "english",
            "--rate",
            "8000",
        ])
        .at(&service)
        .outcome()
        .done();
    let asked = &service.syntheses()[0];
    assert_eq!(asked.text, WORDS);
    assert_eq!(asked.voice_id.as_deref(), Some("magnus"));
    assert_eq!(asked.model.as_deref(), Some("lightning_v3.1"));
    assert_eq!((asked.speed, asked.sample_rate), (Some(1.25), Some(8_000)));
    assert_eq!(asked.language.as_deref(), Some("en"));
    assert_eq!(Wav::open(&place.file("out.wav")).rate, 8_000);
}

#[test]
fn what_was_bought_once_is_never_asked_for_again_not_even_without_key_and_network() {
    let (place, service) = (Place::new(), Service::start());
    let text =
        "The first sentence is here. The second one comes after it. And then there is a third.";
    let arguments = [
        "speak", text, "-o", "out.wav", "--voice", "sophie", "--json",
    ];
    let first = place.peal(&arguments).at(&service).outcome().done().json();
    let bought = first["bought"].as_u64().unwrap();
    let paid: usize = service
        .syntheses()
        .iter()
        .map(|request| request.characters)
        .sum();
    assert_eq!(
        (bought, paid as u64),
        (first["characters"].as_u64().unwrap(), bought)
    );
    // The list price of Pro voices for 10,000 characters.
    let price = 0.195 * paid as f64 / 10_000.0;
    assert!(
        (first["price"].as_f64().unwrap() - price).abs() < 1e-9,
        "{first}"
    );
    assert_eq!(
        (&first["voice"], &first["rate"]),
        (&json!(PRO), &json!(44_100))
    );
    let wav = Wav::open(&place.file("out.wav"));
    assert!((first["seconds"].as_f64().unwrap() - wav.seconds()).abs() < 1e-6);

    service.simulator.clear_requests();
    let address = service.simulator.url();
    let again = place.peal(&arguments).at(&service).outcome().done().json();
    assert_eq!(
        (&again["bought"], &again["price"]),
        (&json!(0), &json!(0.0))
    );
    assert!(service.requests().is_empty());
    drop(service);
    let again = place
        .peal(&arguments)
        .env("PEAL_API_URL", &address)
        .outcome()
        .done()
        .json();
    assert_eq!(again["bought"], 0);
    assert!(Wav::open(&place.file("out.wav")) == wav);
}

#[test]
fn speech_that_was_interrupted_goes_on_where_it_stopped() {
    let (place, service) = (Place::new(), Service::start());
    let text = "The first sentence is a good one. The second sentence is better still.";
    let arguments = [
        "speak", text, "-o", "out.wav", "--voice", "sophie", "--json",
    ];
    // The first sentence comes, the second is refused for good.
    service
        .simulator
        .fault(Fault::FirstByte(std::time::Duration::ZERO), Times::Once);
    service.simulator.fault(
        Fault::Status {
            status: 400,
            retry_after: None,
            body: simulator::ErrorBody::Default,
        },
        Times::Once,
    );
    let failed = place.peal(&arguments).at(&service).outcome();
    assert_eq!(failed.code(), Some(5));
    assert_eq!(place.left_behind(), [""; 0]);

    service.simulator.clear_requests();
    let result = place.peal(&arguments).at(&service).outcome().done().json();
    let asked = service.syntheses();
    assert_eq!(asked.len(), 1, "only what is missing is bought");
    assert_eq!(asked[0].text, "The second sentence is better still.");
    assert_eq!(result["bought"], asked[0].characters);
}

#[test]
fn a_bare_id_is_looked_up_pro_first_and_in_the_services_own_list_last() {
    let (place, service) = (Place::new(), Service::start());
    let speak = |arguments: &[&str]| {
        service.simulator.clear_requests();
        let whole = [&["speak", WORDS, "-o", "out.wav", "--json"], arguments].concat();
        place.peal(&whole).at(&service).outcome()
    };
    let voice = |arguments: &[&str]| speak(arguments).done().json()["voice"].clone();
    assert_eq!(voice(&["--voice", "sophie"]), PRO);
    assert_eq!(service.requests().len(), 1, "a known voice needs no list");
    assert_eq!(voice(&["--voice", "magnus"]), "lightning_v3.1/magnus");
    // The list that comes with Peal has her in the other pool only.
    assert_eq!(
        voice(&["--voice", "mishka", "--model", "lightning_v3.1"]),
        "lightning_v3.1/mishka"
    );
    assert!(service.requests().len() > 1);

    for unknown in ["nobody", "lightning_v3.1/nobody", "builtin/nobody", "a/b"] {
        let outcome = speak(&["--voice", unknown]);
        assert_eq!(outcome.code(), Some(5), "{unknown}: {}", outcome.messages());
        assert_eq!(outcome.json()["error"]["code"], "unknownVoice", "{unknown}");
        let spoken = service.syntheses();
        assert!(
            spoken.iter().all(|request| request.status == 400),
            "{unknown}"
        );
    }
    let pro_only = speak(&["--voice", "sophie", "--model", "lightning_v3.1"]);
    assert_eq!(
        pro_only.code(),
        Some(5),
        "the standard pool has no such voice"
    );
}

#[test]
fn a_text_without_words_costs_nothing() {
    let (place, service) = (Place::new(), Service::start());
    for text in ["", "👍🎉", "…"] {
        place
            .peal(&["speak", text, "-o", "out.wav", "--voice", "sophie"])
            .at(&service)
            .outcome()
            .failed(7, "nothing to say");
    }
    assert!(service.requests().is_empty());
    assert_eq!(place.left_behind(), [""; 0]);
}

#[test]
fn a_voice_that_costs_money_needs_a_key() {
    let (place, service) = (Place::new(), Service::start());
    place
        .peal(&["speak", WORDS, "-o", "out.wav", "--voice", "sophie"])
        .env("PEAL_API_URL", &service.simulator.url())
        .outcome()
        .failed(3, "SMALLEST_API_KEY");
    assert!(service.requests().is_empty());
    assert_eq!(place.left_behind(), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn cloud_speech_is_played_and_bought_once() {
    let (place, service) = (Place::new(), Service::with(Options::default()));
    let played = place.folder().join("played.raw");
    let loudspeaker = format!(
        "pcm.!default {{ type file slave.pcm \"null\" file \"{}\" format \"raw\" }}\n",
        played.display()
    );
    std::fs::write(place.folder().join("sound.conf"), loudspeaker).unwrap();
    let arguments = ["speak", WORDS, "--voice", "sophie", "--play", "--json"];
    let result = place.peal(&arguments).at(&service).outcome().done().json();
    assert_eq!(result["bought"], WORDS.chars().count());
    place
        .peal(&[
            "speak", WORDS, "--voice", "sophie", "--play", "-o", "out.wav",
        ])
        .at(&service)
        .outcome()
        .done();
    assert_eq!(service.syntheses().len(), 1);
    assert!(std::fs::metadata(played).unwrap().len() > 100_000);
}

#[test]
fn a_voice_that_knows_its_words_gives_them_to_captions_unless_no_socket_gets_through() {
    for (refusal, source) in [
        (None, "voice"),
        (Some(404), "aligned"),
        (Some(426), "aligned"),
    ] {
        let (place, service) = (Place::new(), Service::start());
        if let Some(status) = refusal {
            let fault = Fault::Status {
                status,
                retry_after: None,
                body: Default::default(),
            };
            service
                .simulator
                .fault_on(Route::Upgrade, fault, Times::Always);
        }
        place.write("text.txt", b"The tide came in. Nobody had seen it coming.");
        let arguments = "narrate text.txt -o out --voice lightning_v3.1/avery --language en --captions json --json";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let outcome = place.peal(&arguments).at(&service).outcome();
        assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
        let told = outcome.json();
        let captions = &told["narrations"][0]["files"][0]["captions"][0];
        let captions = std::fs::read(captions.as_str().unwrap()).unwrap();
        let captions: serde_json::Value = serde_json::from_slice(&captions).unwrap();
        for cue in captions["cues"].as_array().unwrap() {
            assert_eq!(cue["source"], source, "{refusal:?}");
        }
        // Where none gets through, that is found out once.
        let mut sockets = service.requests();
        sockets.retain(|request| request.method == "GET");
        assert_eq!(sockets.len(), 1, "{refusal:?}");
    }
}
