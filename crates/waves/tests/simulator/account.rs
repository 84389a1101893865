//! Dictionaries, clones, usage, health and the plan, from their making to their end.

use std::time::{Duration, SystemTime};

use serde_json::json;
use simulator::{Options, Simulator};
use waves::{
    CloneDeletion, CloneRequest, CloneStatus, ErrorKind, Granularity, Language, Model, PageRequest,
    Pronunciation, Pronunciations, SampleKind, Series, SeriesRequest, SynthesisRequest, Upload,
    VoiceId,
};

use crate::common::{TRANSPORTS, client, hear, hear_request, key};
use crate::start;

fn words(pairs: &[(&str, &str)]) -> Pronunciations {
    let words = pairs
        .iter()
        .map(|(word, pronunciation)| Pronunciation::new(word, pronunciation).unwrap());
    Pronunciations::new(words.collect()).unwrap()
}

#[tokio::test]
async fn a_dictionary_lives_from_its_making_to_its_end() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let made = client
        .create_dictionary(&key(), &words(&[("API", "ay-pee-eye")]))
        .await
        .unwrap();
    assert!(made.created_at.is_some());
    assert_eq!(
        client.list_dictionaries(&key()).await.unwrap(),
        std::slice::from_ref(&made)
    );
    let other = words(&[("SQL", "sequel"), ("tomato", "tomahto")]);
    let replaced = client
        .replace_dictionary(&key(), &made.id, &other)
        .await
        .unwrap();
    assert_eq!((&replaced.id, replaced.items.len()), (&made.id, 2));
    let listed = client.list_dictionaries(&key()).await.unwrap().remove(0);
    assert_eq!(listed.items, replaced.items);
    assert_eq!(listed.items[0].word(), "SQL");
    assert_eq!(listed.items[0].pronunciation(), "sequel");
    client.delete_dictionary(&key(), &made.id).await.unwrap();
    assert!(client.list_dictionaries(&key()).await.unwrap().is_empty());
    let gone = client
        .delete_dictionary(&key(), &made.id)
        .await
        .unwrap_err();
    assert_eq!(
        (gone.kind(), gone.status()),
        (ErrorKind::Rejected, Some(404))
    );
    let gone = client.replace_dictionary(&key(), &made.id, &other).await;
    assert_eq!(gone.unwrap_err().status(), Some(404));
}

async fn clone(client: &waves::Client, model: Model) -> Result<waves::ClonedVoice, waves::Error> {
    let request = CloneRequest::new("My voice", model)
        .and_then(|request| request.with_language(Language::Hindi))
        .and_then(|request| request.with_tags(["warm", "slow"]))
        .unwrap()
        .with_accent("indian")
        .with_description("For the tests.");
    let sample = Upload::from_bytes(vec![7; 50_000]);
    client
        .create_clone(&key(), &request, SampleKind::Wav, sample)
        .await
}

#[tokio::test]
async fn a_clone_is_made_listed_heard_and_speaks_on_every_transport() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for model in Model::ALL {
        let made = clone(&client, model).await.unwrap();
        assert_eq!(
            (made.status.clone(), made.models.clone()),
            (CloneStatus::Completed, vec![model])
        );
        assert!(!made.professional || made.samples.is_empty());
        let (said, address) = made.samples[0].clone();
        assert!(!said.is_empty());
        assert!(client.preview(&address).await.unwrap().starts_with(b"RIFF"));

        let list = client.list_clones(&key()).await.unwrap();
        let listed = list.iter().find(|clone| clone.id == made.id).unwrap();
        assert_eq!(listed.name, "My voice");
        assert_eq!(listed.models, [model]);
        assert_eq!(
            (listed.language, listed.accent.as_deref()),
            (Some(Language::Hindi), Some("indian"))
        );
        assert_eq!(listed.description.as_deref(), Some("For the tests."));
        assert_eq!(listed.tags, ["warm", "slow"]);
        assert_eq!(
            (&listed.status, listed.professional),
            (&CloneStatus::Completed, false)
        );
        assert_eq!(listed.created_at, made.created_at);

        let voice = listed.voices().remove(0);
        let request = SynthesisRequest::for_voice("I am a copy.", &voice).unwrap();
        for transport in TRANSPORTS {
            hear_request(&client, &key(), &request, transport)
                .await
                .end
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a_clone_with_the_wrong_model_is_no_speech() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let made = clone(&client, Model::LightningV31Pro).await.unwrap();
    let request = SynthesisRequest::new("I am a copy.", made.id, Model::LightningV31).unwrap();
    for transport in TRANSPORTS {
        let heard = hear_request(&client, &key(), &request, transport).await;
        assert_eq!(heard.kind(), Some(ErrorKind::NoSpeech), "{transport:?}");
    }
}

#[tokio::test]
async fn a_clone_too_many_is_refused_in_the_services_words() {
    let options = Options {
        clone_limit: 1,
        ..Options::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let client = client(&simulator.url());
    clone(&client, Model::LightningV31).await.unwrap();
    let refused = clone(&client, Model::LightningV31).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.message()),
        (
            ErrorKind::Rejected,
            "clone limit exceeded, consider upgrading"
        )
    );
}

#[tokio::test]
async fn a_clone_is_deleted_only_where_the_service_lets_a_key() {
    for allowed in [false, true] {
        let options = Options {
            clone_delete: allowed,
            ..Options::default()
        };
        let simulator = Simulator::start(options).await.unwrap();
        let client = client(&simulator.url());
        let made = clone(&client, Model::LightningV31).await.unwrap();
        match client.delete_clone(&key(), &made.id).await.unwrap() {
            CloneDeletion::Deleted => assert!(allowed),
            CloneDeletion::OnlyInConsole(error) => {
                assert!(!allowed);
                assert_eq!(error.status(), Some(401));
            }
        }
        let left = client.list_clones(&key()).await.unwrap().len();
        assert_eq!(left, usize::from(!allowed));
        // What was refused was the deletion, not the key.
        client.check_key(&key()).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_spoken_is_in_the_log_and_the_sums_agree() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let texts = ["One.", "And two.", "And then three."];
    for (text, transport) in texts.into_iter().zip(TRANSPORTS) {
        let voice = VoiceId::new("meher").unwrap();
        let request = SynthesisRequest::new(text, voice, Model::LightningV31Pro).unwrap();
        hear_request(&client, &key(), &request, transport)
            .await
            .end
            .unwrap();
    }
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();

    let log = client
        .speech_log(&key(), PageRequest::default())
        .await
        .unwrap();
    assert_eq!((log.page, log.total_entries, log.total_pages), (1, 3, 1));
    let newest = &log.entries[0];
    assert_eq!(newest.text.as_deref(), Some("And then three."));
    assert!(newest.over_socket && !log.entries[1].over_socket);
    assert_eq!(newest.model.as_deref(), Some("lightning-v3.1-pro"));
    assert_eq!(newest.voice_id.as_deref(), Some("meher"));
    assert_eq!(newest.language.as_deref(), Some("auto"));
    assert_eq!(
        (newest.speed, newest.sample_rate),
        (Some(1.0), Some(44_100))
    );
    assert_eq!(newest.output_format.as_deref(), Some("pcm"));
    assert_eq!(newest.timestamp.len(), "2026-09-01 10:00:00".len());
    let spoken = log.entries.iter().filter_map(|entry| entry.characters);
    assert_eq!(spoken.sum::<u64>(), characters as u64);
    let credits: f64 = log.entries.iter().filter_map(|entry| entry.credits).sum();

    let second = PageRequest::new(2, 2).unwrap();
    let page = client.speech_log(&key(), second).await.unwrap();
    assert_eq!((page.page, page.total_pages, page.entries.len()), (2, 2, 1));
    assert_eq!(page.entries[0].text.as_deref(), Some("One."));

    let day = Duration::from_secs(86_400);
    let now = SystemTime::now();
    for granularity in [Granularity::Hour, Granularity::Day] {
        let request = SeriesRequest {
            from: now - day,
            to: now + day,
            granularity,
        };
        for series in Series::ALL {
            let read = client.time_series(&key(), series, request).await.unwrap();
            let sum: f64 = read.points.iter().map(|(_, value)| value).sum();
            assert!(read.points.iter().all(|(time, _)| time.ends_with('Z')));
            match series {
                Series::SpeechRequests => assert_eq!((sum, read.total), (3.0, Some(3.0))),
                Series::TranscriptionRequests => assert_eq!((sum, read.total), (0.0, Some(0.0))),
                Series::SpeechCredits => assert_eq!((sum, read.total), (credits, Some(credits))),
                Series::SpeechConcurrency | Series::SpeechSockets => {
                    assert_eq!((sum, read.total), (1.0, None));
                }
            }
        }
    }

    let plan = client.subscription(&key()).await.unwrap().unwrap();
    let left = plan.total_credits.unwrap() - plan.current_credits.unwrap();
    assert_eq!(left, credits);
    assert_eq!(plan.is_active, Some(true));
    assert!(plan.plan.is_some() && plan.renewal_date.is_some());
    assert_eq!((plan.limits, plan.features), (json!({}), json!({})));
}

#[tokio::test]
async fn health_says_nothing_of_a_key_and_needs_none() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let health = client.health().await.unwrap();
    assert!(health.is_ok);
    assert_eq!(health.parts.len(), 3, "{:?}", health.parts);
    assert!(!simulator.requests()[0].authorized);
}

#[tokio::test]
async fn no_more_is_spoken_at_once_than_the_account_allows_whatever_the_transport() {
    let options = Options {
        concurrency: 1,
        pace: Some(1.0),
        ..Options::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let client = client(&simulator.url());
    let request = crate::common::request();
    for busy in TRANSPORTS {
        let held = client.synthesize(&key(), &request, busy).await.unwrap();
        for other in TRANSPORTS {
            let refused = hear(&client, other).await;
            assert_eq!(
                refused.kind(),
                Some(ErrorKind::RateLimited),
                "{other:?} beside {busy:?}"
            );
        }
        drop(held);
        // The end of the one is the beginning of the next, once the service has heard of it.
        let freed = async {
            while simulator.running() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(crate::common::NEVER, freed)
            .await
            .unwrap();
    }
}
