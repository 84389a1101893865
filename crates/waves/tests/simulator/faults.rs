//! What an error says, and what it says of a key.

use std::time::Duration;

use simulator::{ErrorBody, Fault, Route, Times};
use waves::{ApiKey, ErrorKind, Transport};

use crate::common::{TRANSPORTS, client, hear, hear_request, key, request};
use crate::start;

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
