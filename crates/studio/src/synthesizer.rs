//! Utterance → samples, with all that the studio adds: owned takes first, the queue, patience, and never buying twice.
//!
//! Invariants:
//! - A sentence that was asked of the service is received to its end and kept, even if the listener leaves meanwhile:
//!   it is paid for.
//! - Two that want the same sentence at once buy it once.
//! - The stream of arrivals ends with `End` or an error.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use narration::retry::{self, Next};
use narration::synthesis::{self, SpeechEvent, SynthesisError, Utterance, VoiceRef};
use narration::take::{Fingerprint, Take, Takes};
use tokio::sync::mpsc;
use waves::ApiKey;

use crate::account::Account;
use crate::builtin::BuiltinVoice;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::queue::{Queue, Urgency};
use crate::settings::Transport;

/// What comes of an utterance, in order.
#[derive(Debug)]
pub enum Arrival {
    /// More samples, mono.
    Samples(Vec<i16>),
    /// What came so far of this utterance is void; it begins anew.
    Restart,
    /// It failed, and is asked for again after this long.
    Retrying {
        /// Why.
        failure: Failure,
        /// The wait.
        after: Duration,
    },
    /// The samples are whole but could not be kept: the sentence would have to be bought again.
    NotKept(Failure),
    /// All samples have arrived.
    End {
        /// Whether the service was paid for it just now.
        bought: bool,
    },
}

/// Arrivals as they come; ends after [`Arrival::End`] or an error.
pub type Arrivals = BoxStream<'static, Result<Arrival, Failure>>;

/// Speaks utterances with whatever voice they name. Clones are the same synthesizer.
#[derive(Clone)]
pub struct Synthesizer {
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: Endpoint,
    account: Account,
    builtin: BuiltinVoice,
    takes: Takes,
    queue: Queue,
    transport: Mutex<waves::Transport>,
    /// One lock for each sentence that is being bought.
    purchases: Mutex<HashMap<Fingerprint, Weak<tokio::sync::Mutex<()>>>>,
}

impl Synthesizer {
    /// Puts the parts together.
    pub fn new(
        endpoint: Endpoint,
        account: Account,
        builtin: BuiltinVoice,
        takes: Takes,
        queue: Queue,
    ) -> Self {
        let shared = Shared {
            endpoint,
            account,
            builtin,
            takes,
            queue,
            transport: Mutex::new(waves::Transport::Sse),
            purchases: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// How cloud speech travels from now on.
    pub fn set_transport(&self, transport: Transport) {
        let transport = match transport {
            Transport::Http => waves::Transport::Http,
            // The first sound comes soonest that way.
            Transport::Auto | Transport::Sse => waves::Transport::Sse,
        };
        *self
            .shared
            .transport
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = transport;
    }

    /// Whether the utterance can be had without paying.
    pub fn owns(&self, utterance: &Utterance) -> bool {
        Fingerprint::of(utterance, self.shared.endpoint.origin())
            .is_none_or(|fingerprint| self.shared.takes.has(fingerprint))
    }

    /// Speaks. Must be called within a Tokio runtime.
    pub fn speak(&self, utterance: Utterance, urgency: Urgency) -> Arrivals {
        match (
            &utterance.delivery.voice,
            Fingerprint::of(&utterance, self.shared.endpoint.origin()),
        ) {
            (VoiceRef::Cloud { .. }, Some(fingerprint)) => {
                self.buy(utterance, fingerprint, urgency)
            }
            _ => self.speak_here(utterance),
        }
    }

    fn speak_here(&self, utterance: Utterance) -> Arrivals {
        let builtin = self.shared.builtin.clone();
        let events = async move {
            match builtin.voice().await {
                Ok(voice) => synthesis::builtin(voice, &utterance).map(arrival).boxed(),
                Err(failure) => stream::iter([Err(failure)]).boxed(),
            }
        };
        stream::once(events).flatten().boxed()
    }

    fn buy(&self, utterance: Utterance, fingerprint: Fingerprint, urgency: Urgency) -> Arrivals {
        // One utterance is short, so nothing is gained by making the service wait for a slow listener.
        let (sender, receiver) = mpsc::unbounded_channel();
        let purchase = Purchase {
            shared: Arc::clone(&self.shared),
            utterance,
            fingerprint,
            urgency,
            sender,
        };
        tokio::spawn(async move {
            if let Err(failure) = purchase.run().await {
                let _ = purchase.sender.send(Err(failure));
            }
        });
        stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|arrival| (arrival, receiver))
        })
        .boxed()
    }
}

fn arrival(event: Result<SpeechEvent, SynthesisError>) -> Result<Arrival, Failure> {
    match event? {
        SpeechEvent::Audio(samples) => Ok(Arrival::Samples(samples)),
        SpeechEvent::End => Ok(Arrival::End { bought: false }),
        // Word timings are for captions, which speech alone has no use for.
        SpeechEvent::Word(_) => Ok(Arrival::Samples(Vec::new())),
    }
}

/// One sentence on its way from the service to the disk.
struct Purchase {
    shared: Arc<Shared>,
    utterance: Utterance,
    fingerprint: Fingerprint,
    urgency: Urgency,
    sender: mpsc::UnboundedSender<Result<Arrival, Failure>>,
}

impl Purchase {
    async fn run(&self) -> Result<(), Failure> {
        let lock = self.shared.lock_for(self.fingerprint);
        let _alone = lock.lock().await;
        if let Some(take) = self.owned().await {
            self.tell(Arrival::Samples(take.samples));
            self.tell(Arrival::End { bought: false });
            return Ok(());
        }
        let mut attempts = 0;
        loop {
            // Until something was asked of the service, leaving costs nothing.
            let permit = tokio::select! {
                permit = self.shared.queue.enter(self.urgency) => permit,
                () = self.sender.closed() => return Ok(()),
            };
            attempts += 1;
            let error = match self.receive().await? {
                Ok(take) => {
                    drop(permit);
                    return self.keep(take).await;
                }
                Err(error) => error,
            };
            let next = retry::next(&error, attempts, random());
            let failure = Failure::from(error);
            let Next::Again(after) = next else {
                return Err(failure);
            };
            if failure.kind == FailureKind::RateLimited {
                self.shared.queue.hold(after);
            }
            drop(permit);
            tracing::info!(kind = ?failure.kind, request_id = ?failure.request_id, ?after, "A sentence is asked for again.");
            self.tell(Arrival::Restart);
            self.tell(Arrival::Retrying { failure, after });
            tokio::select! {
                () = tokio::time::sleep(after) => {}
                () = self.sender.closed() => return Ok(()),
            }
        }
    }

    /// One attempt. The outer error is final, the inner one may be tried again.
    async fn receive(&self) -> Result<Result<Take, SynthesisError>, Failure> {
        let key = self.shared.account.key().await?;
        let received = self.receive_with(&key).await;
        match &received {
            Ok(_) => self.shared.account.note_success(&key),
            Err(SynthesisError::Cloud(error)) => {
                self.shared.account.note_failure(&key, error.kind());
            }
            Err(_) => {}
        }
        Ok(received)
    }

    async fn receive_with(&self, key: &ApiKey) -> Result<Take, SynthesisError> {
        let client = self.shared.endpoint.client()?;
        let transport = *self
            .shared
            .transport
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut speech = synthesis::cloud(&client, key, &self.utterance, transport).await?;
        let mut samples = Vec::new();
        while let Some(event) = speech.next().await {
            match event? {
                SpeechEvent::Audio(more) => {
                    samples.extend_from_slice(&more);
                    self.tell(Arrival::Samples(more));
                }
                SpeechEvent::End => {
                    return Ok(Take {
                        rate: self.utterance.delivery.sample_rate(),
                        samples,
                    });
                }
                SpeechEvent::Word(_) => {}
            }
        }
        // The client promises an end or an error; without either nothing counts.
        Err(SynthesisError::Unfinished)
    }

    async fn owned(&self) -> Option<Take> {
        let (takes, fingerprint) = (self.shared.takes.clone(), self.fingerprint);
        tokio::task::spawn_blocking(move || takes.get(fingerprint))
            .await
            .ok()
            .flatten()
    }

    async fn keep(&self, take: Take) -> Result<(), Failure> {
        let (takes, fingerprint) = (self.shared.takes.clone(), self.fingerprint);
        let kept = tokio::task::spawn_blocking(move || takes.keep(fingerprint, &take)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(%error, "A take could not be kept.");
            self.tell(Arrival::NotKept(error.into()));
        }
        self.tell(Arrival::End { bought: true });
        Ok(())
    }

    fn tell(&self, arrival: Arrival) {
        // Whoever asked may have left; the purchase goes on for the sake of the take.
        let _ = self.sender.send(Ok(arrival));
    }
}

impl Shared {
    fn lock_for(&self, fingerprint: Fingerprint) -> Arc<tokio::sync::Mutex<()>> {
        let mut purchases = self
            .purchases
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        purchases.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = purchases.get(&fingerprint).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::default();
        purchases.insert(fingerprint, Arc::downgrade(&lock));
        lock
    }
}

/// A number from 0 to 1 that differs every time; nothing secret hangs on it.
fn random() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}
