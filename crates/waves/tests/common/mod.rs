//! What the tests of this crate share: a short-tempered client, and a consumer that collects.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::time::Duration;

use futures_util::StreamExt;
use waves::{
    ApiKey, Client, Error, ErrorKind, Model, Origin, SampleRate, SpeechEvent, SynthesisRequest,
    Timeouts, Transport, VoiceId,
};

/// Every transport.
pub(crate) const TRANSPORTS: [Transport; 3] = Transport::ALL;

/// Far above every limit of [`client`]: reached only by a call that would never settle.
pub(crate) const NEVER: Duration = Duration::from_secs(15);

/// Limits long enough for a busy machine and short enough for a test that reaches them.
pub(crate) fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_millis(1_500),
        first_byte: Duration::from_millis(1_500),
        silence: Duration::from_millis(1_000),
        answer: Duration::from_millis(3_000),
        upload: Duration::from_millis(3_000),
        idle: Duration::from_secs(50),
    }
}

/// A client of a server on this machine.
pub(crate) fn client(url: &str) -> Client {
    Client::new(Origin::parse(url).unwrap(), timeouts()).unwrap()
}

/// The key of the tests.
pub(crate) fn key() -> ApiKey {
    ApiKey::parse("sk_sim_local_dev").unwrap()
}

/// The text of the tests: 1.2 s of the simulator's tone.
pub(crate) const TEXT: &str = "A sentence to speak.";

/// A request at 24 kHz.
pub(crate) fn request() -> SynthesisRequest {
    SynthesisRequest::new(TEXT, VoiceId::new("magnus").unwrap(), Model::LightningV31)
        .unwrap()
        .with_rate(SampleRate::Hz24000)
}

/// What came of a request: the samples heard, and how it ended.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) samples: Vec<i16>,
    pub(crate) request_id: Option<String>,
    pub(crate) end: Result<u64, Error>,
}

impl Heard {
    /// The kind of the failure it must have ended with.
    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        self.end.as_ref().err().map(Error::kind)
    }
}

/// Speaks [`request`] and listens to the end, which must come.
pub(crate) async fn hear(client: &Client, transport: Transport) -> Heard {
    hear_request(client, &key(), &request(), transport).await
}

/// Speaks and listens to the end, which must come, and only once.
pub(crate) async fn hear_request(
    client: &Client,
    key: &ApiKey,
    request: &SynthesisRequest,
    transport: Transport,
) -> Heard {
    let listening = async {
        let mut speech = match client.synthesize(key, request, transport).await {
            Ok(speech) => speech,
            Err(error) => {
                return Heard {
                    samples: Vec::new(),
                    request_id: None,
                    end: Err(error),
                };
            }
        };
        assert_eq!(speech.rate(), request.rate());
        let request_id = speech.request_id().map(str::to_owned);
        let mut samples = Vec::new();
        let end = loop {
            match speech.next().await {
                Some(Ok(SpeechEvent::Audio(piece))) => {
                    assert!(!piece.is_empty());
                    samples.extend(piece);
                }
                Some(Ok(SpeechEvent::End(end))) => break Ok(end.samples),
                Some(Ok(other)) => panic!("{other:?} on {transport:?}"),
                Some(Err(error)) => break Err(error),
                None => panic!("a stream must say how it ended"),
            }
        };
        assert!(speech.next().await.is_none(), "nothing follows the end");
        Heard {
            samples,
            request_id,
            end,
        }
    };
    tokio::time::timeout(NEVER, listening)
        .await
        .unwrap_or_else(|_| panic!("{transport:?} did not settle"))
}
