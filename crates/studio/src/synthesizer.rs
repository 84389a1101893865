//! Utterance → samples, with all that the studio adds: owned takes first, the queue, patience, and never buying twice.
//!
//! Invariants:
//! - A sentence that was asked of the service is received to its end and kept, even if the listener leaves meanwhile:
//!   it is paid for.
//! - Two that want the same sentence at once buy it once.
//! - The stream of arrivals ends with `End` or an error.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use narration::durable::{WriteError, WriteErrorKind};
use narration::retry::{self, Next};
use narration::synthesis::{self, SpeechEvent, SynthesisError, Utterance, VoiceRef};
use narration::take::{self, Claim, Fingerprint, Note, Take, Takes, TimedWord};
use tokio::sync::mpsc;
use waves::ApiKey;

use crate::account::Account;
use crate::builtin::BuiltinVoice;
use crate::dictionaries::{Dictionaries, Unassured};
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::ledger::{Entry, Ledger, Outcome};
use crate::lock::lock;
use crate::queue::{Queue, Urgency};
use crate::settings::{Settings, Transport};

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
    dictionaries: Dictionaries,
    builtin: BuiltinVoice,
    takes: Takes,
    ledger: Ledger,
    queue: Queue,
    transport: Mutex<Transport>,
    /// Something between here and the service lets no WebSocket through.
    no_sockets: AtomicBool,
    prices: Mutex<Prices>,
    under_way: Arc<UnderWay>,
    /// One lock for each sentence that is being bought.
    purchases: Mutex<HashMap<Fingerprint, Weak<tokio::sync::Mutex<()>>>>,
}

impl Synthesizer {
    /// Puts the parts together.
    pub fn new(
        endpoint: Endpoint,
        account: Account,
        dictionaries: Dictionaries,
        builtin: BuiltinVoice,
        takes: Takes,
        ledger: Ledger,
        queue: Queue,
    ) -> Self {
        let shared = Shared {
            endpoint,
            account,
            dictionaries,
            builtin,
            takes,
            ledger,
            queue,
            transport: Mutex::default(),
            no_sockets: AtomicBool::new(false),
            prices: Mutex::default(),
            under_way: Arc::default(),
            purchases: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// How cloud speech travels from now on.
    pub fn set_transport(&self, transport: Transport) {
        *lock(&self.shared.transport) = transport;
    }

    /// What speech costs from now on.
    pub fn set_prices(&self, settings: &Settings) {
        *lock(&self.shared.prices) = Prices {
            standard: settings.standard_price.per_ten_thousand,
            pro: settings.pro_price.per_ten_thousand,
        };
    }

    /// What so many characters cost with a voice, in millionths of a US dollar; `None` when its pool's price is not known.
    pub fn price(&self, voice: &VoiceRef, characters: usize) -> Option<u64> {
        lock(&self.shared.prices).of(voice, characters)
    }

    /// As [`Synthesizer::price`], in US dollars and not rounded.
    pub fn dollars(&self, voice: &VoiceRef, characters: usize) -> Option<f64> {
        lock(&self.shared.prices).dollars(voice, characters)
    }

    /// Whether the utterance can be had without paying.
    pub fn owns(&self, utterance: &Utterance) -> bool {
        let fingerprint = self.fingerprint(utterance);
        !fingerprint.is_paid() || self.shared.takes.has(fingerprint)
    }

    /// Under which name its take is kept.
    pub fn fingerprint(&self, utterance: &Utterance) -> Fingerprint {
        Fingerprint::of(utterance, self.shared.endpoint.origin())
    }

    /// What is kept.
    pub fn takes(&self) -> &Takes {
        &self.shared.takes
    }

    /// The account of what was bought.
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    /// Speaks. Must be called within a Tokio runtime.
    pub fn speak(&self, utterance: Utterance, urgency: Urgency) -> Arrivals {
        let fingerprint = self.fingerprint(&utterance);
        if fingerprint.is_paid() {
            self.buy(utterance, fingerprint, urgency)
        } else {
            self.speak_here(utterance)
        }
    }

    /// One attempt to have the utterance's take on the disk. `answered` is told when it has come whole and another
    /// request may begin; it is not on the disk then. With `again` what is on the disk is not enough. `room` is what
    /// [`Synthesizer::set_room_aside`] gave for the same utterance, if there was time for it.
    ///
    /// # Errors
    /// [`Attempt`] says which stage failed. Before anything is asked of the service, room on the disk is set aside.
    pub async fn make(
        &self,
        utterance: Utterance,
        again: bool,
        for_render: Option<String>,
        room: Option<Room>,
        answered: impl FnOnce() + Send,
    ) -> Result<Made, Attempt> {
        let fingerprint = self.fingerprint(&utterance);
        let (sender, _) = mpsc::unbounded_channel();
        let purchase = Purchase {
            shared: Arc::clone(&self.shared),
            utterance,
            fingerprint,
            urgency: Urgency::Render,
            sender,
            for_render,
        };
        purchase.make_once(again, room, answered).await
    }

    /// Sets room on the disk aside for the take of an utterance that is asked for soon, in the background. Must be
    /// called within a Tokio runtime.
    pub fn set_room_aside(&self, utterance: &Utterance) -> Room {
        let fingerprint = self.fingerprint(utterance);
        self.shared.set_room_aside(utterance, fingerprint)
    }

    /// Waits for what was asked of the service, since it is paid for: as long as sound arrives, and no longer than
    /// `patience`. Says whether all of it is on the disk.
    pub async fn settle(&self, patience: Duration) -> bool {
        /// Nothing may ever come of a request that has been silent for so long.
        const SILENT: Duration = Duration::from_millis(2500);
        let since = Instant::now();
        while self.shared.under_way.count() > 0 {
            let is_hopeless = self.shared.under_way.silent_for() > SILENT;
            if since.elapsed() > patience || (is_hopeless && since.elapsed() > SILENT) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        true
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
            for_render: None,
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
        SpeechEvent::End { .. } => Ok(Arrival::End { bought: false }),
        // Word timings are for captions, which speech alone has no use for.
        SpeechEvent::Word(_) => Ok(Arrival::Samples(Vec::new())),
    }
}

/// Room on the disk for one take, or the reason why there is none. Given back when dropped.
#[derive(Debug)]
pub struct Room(tokio::task::JoinHandle<Result<take::Reservation, WriteError>>);

impl Room {
    async fn take(self) -> Result<take::Reservation, Failure> {
        let reserved = self
            .0
            .await
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        Ok(reserved?)
    }
}

/// Whether the answer to a request for a WebSocket may have come from something on the way that knows none. Nothing was
/// bought then.
fn is_no_socket(way: waves::Transport, error: &SynthesisError) -> bool {
    let SynthesisError::Cloud(error) = error else {
        return false;
    };
    way == waves::Transport::WebSocket
        && matches!(
            error.kind(),
            waves::ErrorKind::Protocol | waves::ErrorKind::Rejected
        )
}

/// Generous: a slow voice, with what stands around the samples.
fn expected_bytes(utterance: &Utterance) -> u64 {
    const SECONDS_PER_CHARACTER: f64 = 0.12;
    let delivery = &utterance.delivery;
    let seconds =
        utterance.text.chars().count() as f64 * SECONDS_PER_CHARACTER / delivery.speed.factor();
    (seconds * f64::from(delivery.sample_rate()) * 2.0) as u64 + 16_384
}

/// A take that is on the disk.
#[derive(Clone, Debug)]
pub struct Made {
    /// The take.
    pub take: Arc<Take>,
    /// Whether the service was paid for it just now.
    pub bought: bool,
}

/// How an attempt failed.
#[derive(Debug)]
pub enum Attempt {
    /// Nothing was bought: the speech itself failed.
    Synthesis(SynthesisError),
    /// Nothing was bought: something else stands in the way.
    Refused(Failure),
    /// It came whole, and may be paid for, but could not be kept.
    NotKept {
        /// Why.
        failure: Failure,
        /// Whether it was paid for.
        bought: bool,
    },
}

/// One sentence on its way from the service to the disk.
struct Purchase {
    shared: Arc<Shared>,
    utterance: Utterance,
    fingerprint: Fingerprint,
    urgency: Urgency,
    sender: mpsc::UnboundedSender<Result<Arrival, Failure>>,
    /// The render that it is for.
    for_render: Option<String>,
}

/// What came of one request.
struct Received {
    take: Take,
    /// Its line in the ledger.
    entry: Option<Entry>,
}

impl Purchase {
    async fn run(&self) -> Result<(), Failure> {
        let lock = self.shared.lock_for(self.fingerprint);
        let _alone = lock.lock().await;
        let Some(_claim) = self.claim().await else {
            return Ok(());
        };
        if let Some(take) = self.owned().await {
            self.note_reuse(&take);
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
            let _under_way = self.shared.under_way.one_more();
            let error = match self.receive().await? {
                Ok(received) => {
                    drop(permit);
                    let take = Arc::new(received.take);
                    let kept = self.keep(&take, received.entry, None).await;
                    if let Err(failure) = kept {
                        tracing::warn!(details = failure.details, "A take could not be kept.");
                        self.tell(Arrival::NotKept(failure));
                    }
                    self.tell(Arrival::End { bought: true });
                    return Ok(());
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

    async fn make_once(
        &self,
        again: bool,
        room: Option<Room>,
        answered: impl FnOnce() + Send,
    ) -> Result<Made, Attempt> {
        let lock = self.shared.lock_for(self.fingerprint);
        let _alone = lock.lock().await;
        let _claim = self.claim_patiently().await;
        let before = if again { None } else { self.owned().await };
        if let Some(take) = before {
            self.note_reuse(&take);
            answered();
            return Ok(Made {
                take: Arc::new(take),
                bought: false,
            });
        }
        let set_aside = || {
            self.shared
                .set_room_aside(&self.utterance, self.fingerprint)
        };
        let room = room.unwrap_or_else(set_aside);
        let room = room.take().await.map_err(Attempt::Refused)?;
        let received = if self.fingerprint.is_paid() {
            let permit = self.shared.queue.enter(self.urgency).await;
            let _under_way = self.shared.under_way.one_more();
            let received = self.receive().await.map_err(Attempt::Refused)?;
            drop(permit);
            received
        } else {
            self.receive_here().await.map_err(Attempt::Refused)?
        };
        let mut received = received.map_err(Attempt::Synthesis)?;
        received.take.note.remade = again;
        let _under_way = self.shared.under_way.one_more();
        answered();
        let bought = received.entry.is_some();
        let take = Arc::new(received.take);
        match self.keep(&take, received.entry, Some(room)).await {
            Ok(()) => Ok(Made { take, bought }),
            Err(failure) => Err(Attempt::NotKept { failure, bought }),
        }
    }

    /// Waits until no other process buys the same; `None` when whoever asked has left meanwhile.
    async fn claim(&self) -> Option<Option<Claim>> {
        tokio::select! {
            claim = self.claim_patiently() => Some(claim),
            () = self.sender.closed() => None,
        }
    }

    /// `None` where files cannot be locked: then two processes at once may buy the same sentence.
    async fn claim_patiently(&self) -> Option<Claim> {
        const GLANCE: Duration = Duration::from_millis(50);
        loop {
            match self.shared.takes.claim(self.fingerprint) {
                Ok(Some(claim)) => return Some(claim),
                Ok(None) => tokio::time::sleep(GLANCE).await,
                Err(error) => {
                    tracing::debug!(%error, "A take could not be claimed.");
                    return None;
                }
            }
        }
    }

    /// One attempt. The outer error is final, the inner one may be tried again.
    async fn receive(&self) -> Result<Result<Received, SynthesisError>, Failure> {
        // Sound of another pronunciation than the take's name says would be kept for ever.
        match self.shared.dictionaries.assure(&self.utterance).await {
            Ok(()) => {}
            Err(Unassured::Service(error)) => return Ok(Err(error.into())),
            Err(unassured) => return Err(unassured.into()),
        }
        let key = self.shared.account.key().await?;
        let mut entry = self.entry(Outcome::Asked);
        self.shared.ledger.write(entry.clone());
        let received = self.receive_with(&key).await;
        match &received {
            Ok(_) => self.shared.account.note_success(&key),
            Err(SynthesisError::Cloud(error)) => {
                self.shared.account.note_failure(&key, error.kind());
            }
            Err(_) => {}
        }
        Ok(match received {
            Ok(take) => {
                entry.outcome = Outcome::Bought;
                entry.request_id.clone_from(&take.note.request_id);
                Ok(Received {
                    take,
                    entry: Some(entry),
                })
            }
            Err(error) => {
                entry.outcome = Outcome::Failed;
                if !error.may_have_cost() {
                    entry.price = Some(0);
                }
                if let SynthesisError::Cloud(error) = &error {
                    entry.request_id = error.request_id().map(str::to_owned);
                }
                self.shared.ledger.write(entry);
                Err(error)
            }
        })
    }

    async fn receive_with(&self, key: &ApiKey) -> Result<Take, SynthesisError> {
        let client = self.shared.endpoint.client()?;
        let transport = *lock(&self.shared.transport);
        let way = self.way(transport);
        let asked = synthesis::cloud(&client, key, &self.utterance, way).await;
        let speech = match asked {
            Err(error) if transport == Transport::Auto && is_no_socket(way, &error) => {
                let way = waves::Transport::Sse;
                let speech = synthesis::cloud(&client, key, &self.utterance, way).await?;
                self.shared.no_sockets.store(true, Ordering::Relaxed);
                speech
            }
            asked => asked?,
        };
        self.record(speech).await
    }

    fn way(&self, transport: Transport) -> waves::Transport {
        let knows_words = || match &self.utterance.delivery.voice {
            VoiceRef::Cloud { model, id } => {
                waves::times_words(*model, id, self.utterance.delivery.language)
            }
            VoiceRef::Builtin(_) => false,
        };
        match transport {
            Transport::Http => waves::Transport::Http,
            Transport::WebSocket => waves::Transport::WebSocket,
            // Captions may want the words of whatever is bought, now or in a year.
            Transport::Auto if !self.shared.no_sockets.load(Ordering::Relaxed) && knows_words() => {
                waves::Transport::WebSocket
            }
            // The first sound comes soonest that way.
            Transport::Auto | Transport::Sse => waves::Transport::Sse,
        }
    }

    async fn receive_here(&self) -> Result<Result<Received, SynthesisError>, Failure> {
        let voice = self.shared.builtin.voice().await?;
        let speech = synthesis::builtin(voice, &self.utterance);
        let take = self.record(speech).await;
        Ok(take.map(|take| Received { take, entry: None }))
    }

    async fn record(&self, mut speech: synthesis::Speech) -> Result<Take, SynthesisError> {
        let mut take = Take {
            rate: self.utterance.delivery.sample_rate(),
            note: Note {
                voice: self.utterance.delivery.voice.to_string(),
                characters: self.utterance.text.chars().count(),
                made_at: take::seconds_since_1970(),
                ..Note::default()
            },
            ..Take::default()
        };
        while let Some(event) = speech.next().await {
            match event? {
                SpeechEvent::Audio(more) => {
                    take.samples.extend_from_slice(&more);
                    self.shared.under_way.sound_came();
                    self.tell(Arrival::Samples(more));
                }
                SpeechEvent::Word(timing) => take.words.push(TimedWord::from(timing)),
                SpeechEvent::End { request_id } => {
                    take.note.request_id = request_id;
                    return Ok(take);
                }
            }
        }
        // The client promises an end or an error; without either nothing counts.
        Err(SynthesisError::Unfinished)
    }

    async fn owned(&self) -> Option<Take> {
        let (takes, fingerprint) = (self.shared.takes.clone(), self.fingerprint);
        if !takes.has(fingerprint) {
            return None;
        }
        let read = move || {
            let take = takes.get(fingerprint);
            if take.is_some() {
                takes.touch(fingerprint);
            }
            take
        };
        tokio::task::spawn_blocking(read).await.ok().flatten()
    }

    async fn keep(
        &self,
        take: &Arc<Take>,
        entry: Option<Entry>,
        room: Option<take::Reservation>,
    ) -> Result<(), Failure> {
        let (takes, fingerprint) = (self.shared.takes.clone(), self.fingerprint);
        let take = Arc::clone(take);
        let keep = move || match room {
            Some(room) => match room.keep(&take) {
                // Somebody took the folder away after room was set aside in it.
                Err(error) if error.kind == WriteErrorKind::MissingFolder => {
                    takes.keep(fingerprint, &take)
                }
                kept => kept,
            },
            None => takes.keep(fingerprint, &take),
        };
        let kept = tokio::task::spawn_blocking(keep).await;
        // Paid for, kept or not; and only when it is kept may the ledger's “asked” become “bought” for good.
        if let Some(entry) = entry {
            self.shared.ledger.write(entry);
        }
        match kept {
            Ok(kept) => kept.map_err(Failure::from),
            Err(error) => Err(Failure::new(FailureKind::Unexpected, error.to_string())),
        }
    }

    fn entry(&self, outcome: Outcome) -> Entry {
        let voice = &self.utterance.delivery.voice;
        let characters = self.utterance.text.chars().count();
        Entry {
            at: take::seconds_since_1970(),
            outcome,
            fingerprint: self.fingerprint.to_hex(),
            voice: voice.to_string(),
            characters,
            price: self.shared.price(voice, characters),
            request_id: None,
            render: self.for_render.clone(),
            ..Entry::default()
        }
    }

    fn note_reuse(&self, take: &Take) {
        if self.fingerprint.is_paid() {
            let mut entry = self.entry(Outcome::Reused);
            entry.price = Some(0);
            entry.request_id.clone_from(&take.note.request_id);
            self.shared.ledger.write(entry);
        }
    }

    fn tell(&self, arrival: Arrival) {
        // Whoever asked may have left; the purchase goes on for the sake of the take.
        let _ = self.sender.send(Ok(arrival));
    }
}

/// US dollars for ten thousand characters.
#[derive(Clone, Copy, Debug, Default)]
struct Prices {
    standard: Option<f64>,
    pro: Option<f64>,
}

impl Prices {
    fn of(self, voice: &VoiceRef, characters: usize) -> Option<u64> {
        let dollars = self.dollars(voice, characters)?;
        Some((dollars * 1e6).round() as u64)
    }

    fn dollars(self, voice: &VoiceRef, characters: usize) -> Option<f64> {
        let price = match voice {
            VoiceRef::Builtin(_) => Some(0.0),
            VoiceRef::Cloud {
                model: waves::Model::LightningV31Pro,
                ..
            } => self.pro,
            VoiceRef::Cloud { .. } => self.standard,
        };
        price.map(|price| price * characters as f64 / 10_000.0)
    }
}

/// What was asked of the service and is not on the disk yet.
#[derive(Default)]
struct UnderWay {
    count: AtomicUsize,
    last_sound: Mutex<Option<Instant>>,
}

impl UnderWay {
    fn one_more(self: &Arc<Self>) -> OneMore {
        self.count.fetch_add(1, Ordering::SeqCst);
        OneMore(Arc::clone(self))
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    fn sound_came(&self) {
        *lock(&self.last_sound) = Some(Instant::now());
    }

    fn silent_for(&self) -> Duration {
        lock(&self.last_sound).map_or(Duration::MAX, |last| last.elapsed())
    }
}

/// One of those; no longer when dropped.
struct OneMore(Arc<UnderWay>);

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn set_room_aside(&self, utterance: &Utterance, fingerprint: Fingerprint) -> Room {
        let (takes, bytes) = (self.takes.clone(), expected_bytes(utterance));
        Room(tokio::task::spawn_blocking(move || {
            takes.reserve(fingerprint, bytes)
        }))
    }

    fn price(&self, voice: &VoiceRef, characters: usize) -> Option<u64> {
        lock(&self.prices).of(voice, characters)
    }

    fn lock_for(&self, fingerprint: Fingerprint) -> Arc<tokio::sync::Mutex<()>> {
        let mut purchases = lock(&self.purchases);
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
pub(crate) fn random() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}
