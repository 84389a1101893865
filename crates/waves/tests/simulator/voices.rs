//! Lists of voices and their previews.

use simulator::{ErrorBody, Fault, Route, Times};
use waves::{ErrorKind, Model, add_previews};

use crate::common::{client, key};
use crate::start;

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
