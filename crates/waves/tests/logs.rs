//! Nothing that is logged, at any level, by us or by the libraries below, holds the key or the text.
//! A program of its own, since a process has one log.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod common;

use std::io;
use std::sync::{Arc, Mutex};

use common::{TRANSPORTS, client, hear_request, request};
use simulator::{ErrorBody, Fault, Options, Simulator, Times};
use tracing_subscriber::fmt::MakeWriter;
use waves::{ApiKey, Model};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_line_holds_the_key_or_the_text() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    // Libraries that write to `log` are heard too: `init` forwards it, and this makes sure.
    let _ = tracing_log::LogTracer::init();

    // Not the simulator's own key, so that no other part of this program can have written it.
    let secret = "sk_canary_9f31c7";
    let options = Options {
        key: secret.to_owned(),
        ..Options::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let client = client(&simulator.url());
    let key = ApiKey::parse(secret).unwrap();
    for transport in TRANSPORTS {
        hear_request(&client, &key, &request(), transport)
            .await
            .end
            .unwrap();
        for fault in [
            Fault::Status {
                status: 500,
                retry_after: None,
                body: ErrorBody::Html,
            },
            Fault::CutAfter { bytes: 1_000 },
            Fault::NotHttp,
            Fault::HtmlBody,
        ] {
            simulator.fault(fault, Times::Once);
            let heard = hear_request(&client, &key, &request(), transport).await;
            // A socket that broke before it was asked anything is replaced.
            let Err(error) = heard.end else { continue };
            tracing::error!(?error, %error, ?client, ?key, %key, "as a caller might log it");
        }
    }
    client.list_voices(&key, Model::LightningV31).await.unwrap();

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    // Otherwise an empty log would pass.
    assert!(
        log.contains("asking for speech"),
        "our own lines are missing"
    );
    assert!(
        log.contains("TRACE") && log.contains("hyper"),
        "the libraries' lines are missing"
    );
    assert!(log.contains("as a caller might log it"));
    for line in log.lines() {
        assert!(!line.contains("canary"), "{line}");
        assert!(!line.contains("sentence to speak"), "{line}");
    }
}
