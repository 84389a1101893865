//! Renders against a service on this machine: whatever comes in between, what was asked for is kept, and nothing is asked
//! for twice.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use narration::document::Document;
use narration::encode::Format;
use narration::render::Order;
use narration::render::order::{KeptDelivery, KeptReading, Segment};
use narration::synthesis::{Delivery, Reading, Utterance};
use simulator::{ErrorBody, Fault, Options, Simulator, Times};
use tempfile::TempDir;

use super::{
    Limits, Output, Record, Refusal, Render, RenderState, RenderView, Request, Stage, finish,
};
use crate::Studio;
use crate::dictionaries::{Standing, Unassured, put};
use crate::failure::FailureKind;
use crate::home::Home;
use crate::keychain::Keychain;
use crate::ledger::{Entry, Outcome};

const VOICE: &str = "lightning_v3.1_pro/sophie";

/// A studio in a folder of its own.
struct Scene {
    studio: Studio,
    folder: TempDir,
}

impl Scene {
    fn at(simulator: &Simulator) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let studio = Self::open(folder.path(), simulator);
        Self { studio, folder }
    }

    fn open(folder: &Path, simulator: &Simulator) -> Studio {
        let studio = Studio::open_for_one_task(
            &Home::at(&folder.join("home")).unwrap(),
            simulator.url().parse().unwrap(),
            Keychain::named("nobody's"),
            tokio::runtime::Handle::current(),
        );
        studio.account().use_key(simulator.key().parse().unwrap());
        studio
    }

    /// The same folder, after Peal was closed.
    fn again(&self, simulator: &Simulator) -> Studio {
        Self::open(self.folder.path(), simulator)
    }

    fn record(&self, sentences: &[String]) -> Record {
        let segment = |(number, text): (usize, &String)| Segment {
            text: text.clone(),
            voice: None,
            pause: 100,
            chapter: 0,
            paragraph: number,
            ..Segment::default()
        };
        let order = Order {
            title: "Book".to_owned(),
            author: None,
            cover: None,
            delivery: KeptDelivery {
                voice: VOICE.to_owned(),
                speed: 1.0,
                language: "en".to_owned(),
                rate: 8_000,
                reading: None,
            },
            segments: sentences.iter().enumerate().map(segment).collect(),
            chapters: Vec::new(),
        };
        let output = Output {
            folder: self.folder.path().join("out"),
            ..Output::default()
        };
        let request = Request {
            order,
            output,
            source: None,
            asked_at: 0,
        };
        self.studio.library().add(request).unwrap()
    }

    fn begin(&self, sentences: &[String], limits: Limits) -> Render {
        self.studio.allow_at_once(limits.concurrency);
        self.studio.render(self.record(sentences), limits).unwrap()
    }

    fn price_of(&self, sentence: &str) -> u64 {
        let voice = VOICE.parse().unwrap();
        let price = self.studio.synthesizer().price(&voice, sentence.len());
        price.unwrap()
    }

    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let mut files = files_below(self.folder.path());
        files.retain(|path| path.to_string_lossy().ends_with(ending));
        files
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.flat_map(|entry| match entry.path() {
        path if path.is_dir() => files_below(&path),
        path => vec![path],
    });
    files.collect()
}

fn sentences(count: usize) -> Vec<String> {
    let sentence = |number| format!("Sentence number {number:04} is long enough to stand alone.");
    (0..count).map(sentence).collect()
}

fn limits(concurrency: usize) -> Limits {
    Limits {
        concurrency,
        spending: None,
        without_failed: false,
    }
}

async fn service(first_byte: u64) -> Simulator {
    let options = Options {
        first_byte: Duration::from_millis(first_byte),
        ..Options::default()
    };
    Simulator::start(options).await.unwrap()
}

fn asked(simulator: &Simulator) -> usize {
    let requests = simulator.requests().into_iter();
    requests.filter(|one| one.method == "POST").count()
}

fn status(status: u16, retry_after: Option<&str>) -> Fault {
    Fault::Status {
        status,
        retry_after: retry_after.map(str::to_owned),
        body: ErrorBody::ErrorOnly,
    }
}

/// Waits until it stands like this.
async fn until(render: &mut Render, is_meant: impl Fn(&RenderState) -> bool) -> RenderView {
    let wait = async {
        let mut view = render.view();
        while !is_meant(&view.state) {
            view = render.changed().await;
        }
        view
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
    waited.expect("it comes to stand like this")
}

async fn finished(render: &mut Render) -> RenderView {
    until(render, |state| *state == RenderState::Finished).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_keeps_what_was_asked_for_and_resume_goes_on() {
    let simulator = service(20).await;
    let scene = Scene::at(&simulator);
    let mut render = scene.begin(&sentences(12), limits(2));
    simulator.wait_for_requests(4).await;
    render.pause();
    let paused = until(&mut render, |state| *state == RenderState::Paused).await;
    assert_eq!(paused.done, asked(&simulator));
    assert!(paused.done < 12);
    assert!(scene.files(".part").is_empty(), "nothing is set aside");
    render.resume();
    let view = finished(&mut render).await;
    assert_eq!((view.done, asked(&simulator)), (12, 12));
    assert!(scene.folder.path().join("out/Book.wav").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_before_a_cancel_is_not_bought_again() {
    let simulator = service(20).await;
    let scene = Scene::at(&simulator);
    let mut render = scene.begin(&sentences(8), limits(1));
    simulator.wait_for_requests(3).await;
    render.cancel();
    let cancelled = until(&mut render, |state| *state == RenderState::Cancelled).await;
    let bought = asked(&simulator);
    assert_eq!(cancelled.done, bought);
    let kept = scene.studio.library().find(&cancelled.id).unwrap();
    assert_eq!(kept.progress.stage, Stage::Cancelled);
    assert!(scene.files(".wav").is_empty() && scene.files(".part").is_empty());
    let mut again = scene.begin(&sentences(8), limits(1));
    let view = finished(&mut again).await;
    assert_eq!(asked(&simulator), 8);
    assert_eq!(view.bought, (8 - bought) * sentences(1)[0].len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_failed_is_made_when_somebody_asks_for_it_again() {
    let simulator = service(0).await;
    let scene = Scene::at(&simulator);
    simulator.fault(status(400, None), Times::Once);
    let mut render = scene.begin(&sentences(5), limits(1));
    let view = until(&mut render, |state| *state == RenderState::Incomplete).await;
    assert_eq!((view.done, view.failed[0].0), (4, 0));
    assert_eq!(view.failed[0].1.kind, FailureKind::Rejected);
    render.retry(0);
    let view = finished(&mut render).await;
    assert_eq!((view.done, asked(&simulator)), (5, 6));
    assert!(view.failed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_service_is_asked_again_when_it_said_and_not_before() {
    for refusal in [429, 503] {
        let simulator = service(0).await;
        let scene = Scene::at(&simulator);
        simulator.fault(status(refusal, Some("1")), Times::Once);
        let mut render = scene.begin(&sentences(1), limits(1));
        finished(&mut render).await;
        let requests = simulator.requests();
        let waited = requests[1].received_after - requests[0].received_after;
        assert_eq!(requests.len(), 2);
        assert!(waited >= Duration::from_secs(1), "{refusal}: {waited:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_equal_failures_stop_it_and_it_goes_on_with_those_that_failed() {
    let simulator = service(0).await;
    let scene = Scene::at(&simulator);
    simulator.fault(status(400, None), Times::Always);
    let mut render = scene.begin(&sentences(9), limits(1));
    let is_stopped = |state: &RenderState| matches!(state, RenderState::Stopped(_));
    let view = until(&mut render, is_stopped).await;
    assert_eq!(asked(&simulator), 3);
    assert!(matches!(view.state, RenderState::Stopped(why) if why.kind == FailureKind::Rejected));
    simulator.clear_faults();
    render.resume();
    assert_eq!(finished(&mut render).await.done, 9);
    assert_eq!(asked(&simulator), 3 + 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_goes_is_waited_for() {
    let simulator = service(5).await;
    let scene = Scene::at(&simulator);
    let port = simulator.url().rsplit(':').next().unwrap().parse().unwrap();
    let mut render = scene.begin(&sentences(10), limits(1));
    simulator.wait_for_requests(3).await;
    drop(simulator);
    until(&mut render, |state| *state == RenderState::Offline).await;
    let options = Options {
        port,
        ..Options::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    assert_eq!(finished(&mut render).await.done, 10);
    let totals = scene.studio.synthesizer().ledger().totals(None).unwrap();
    assert_eq!((totals.bought, totals.asked), (10, 0), "each once");
    assert!(asked(&simulator) <= 8, "two were there before it went");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spending_limit_counts_what_is_under_way_and_what_may_have_been_paid() {
    let simulator = service(30).await;
    let scene = Scene::at(&simulator);
    let book = sentences(12);
    let each = scene.price_of(&book[0]);
    let record = scene.record(&book);
    // A process that was ended left this behind.
    scene.studio.synthesizer().ledger().write(Entry {
        outcome: Outcome::Asked,
        fingerprint: "unknown".to_owned(),
        price: Some(each * 2),
        render: Some(record.id),
        ..Entry::default()
    });
    let mut four = limits(4);
    four.spending = Some(each * 7 + each / 2);
    let mut render = scene.begin(&book, four);
    let view = until(&mut render, |state| *state == RenderState::SpendingLimit).await;
    assert_eq!((asked(&simulator), view.spent), (5, each * 5));
    render.set_limits(limits(4));
    render.resume();
    assert_eq!(finished(&mut render).await.spent, each * 12);
    assert_eq!(asked(&simulator), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spending_limit_counts_answers_that_broke_off() {
    let simulator = service(0).await;
    let scene = Scene::at(&simulator);
    let book = sentences(9);
    let each = scene.price_of(&book[0]);
    simulator.fault(Fault::CutAfter { bytes: 3_000 }, Times::N(2));
    let mut one = limits(1);
    one.spending = Some(each * 5 + each / 2);
    let mut render = scene.begin(&book, one);
    let view = until(&mut render, |state| *state == RenderState::SpendingLimit).await;
    assert_eq!((asked(&simulator), view.spent), (5, each * 3));
    let totals = scene.studio.synthesizer().ledger().totals(Some(&view.id));
    let totals = totals.unwrap();
    assert_eq!((totals.failed, totals.failed_price), (2, each * 2));
    // Another process counts them too.
    render.cancel();
    until(&mut render, |state| *state == RenderState::Cancelled).await;
    let mut again = scene.begin(&book, one);
    until(&mut again, |state| *state == RenderState::SpendingLimit).await;
    assert_eq!(asked(&simulator), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cover_of_a_book_is_that_of_its_files() {
    const PICTURE: &[u8] = &[
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
        0, 0, 0, 58, 126, 155, 85, 0, 0, 0, 10, 73, 68, 65, 84, 120, 218, 99, 104, 0, 0, 0, 130, 0,
        129, 218, 69, 8, 59, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ];
    let simulator = service(0).await;
    let scene = Scene::at(&simulator);
    let mut request = scene.record(&sentences(1)).request;
    request.output.format = Format::Flac;
    for (bytes, is_picture) in [(PICTURE, true), (b"GIF89a", false)] {
        let document = Document {
            cover: Some(narration::document::Cover {
                media_type: "image/png".to_owned(),
                bytes: bytes.to_vec(),
            }),
            ..Document::clone(&Document::plain("One."))
        };
        let delivery = request.order.delivery.to_delivery().unwrap();
        let script = scene.studio.cut(&document, &delivery, crate::Speakers::One);
        let casting = scene.studio.cast(&script, delivery);
        request.order.cover = super::order(&document, &script, &casting).cover;
        let record = scene.studio.library().add(request.clone()).unwrap();
        let mut render = scene.studio.render(record, limits(1)).unwrap();
        let file = finished(&mut render).await.files[0].path.clone();
        let sound = std::fs::read(file).unwrap();
        let shows = sound.windows(PICTURE.len()).any(|part| part == PICTURE);
        assert_eq!(shows, is_picture);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_segments_share_one_request() {
    let simulator = service(0).await;
    let scene = Scene::at(&simulator);
    let two = sentences(2);
    let six = [two.clone(), two.clone(), two].concat();
    let mut render = scene.begin(&six, limits(3));
    let view = finished(&mut render).await;
    assert_eq!((view.done, asked(&simulator)), (6, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_that_an_unfinished_narration_needs_are_never_evicted() {
    let simulator = service(20).await;
    let scene = Scene::at(&simulator);
    let mut render = scene.begin(&sentences(8), limits(1));
    simulator.wait_for_requests(4).await;
    render.pause();
    until(&mut render, |state| *state == RenderState::Paused).await;
    let age = |scene: &Scene| {
        for take in scene.files(".take") {
            let take = std::fs::File::options().write(true).open(take).unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
            take.set_modified(long_ago).unwrap();
        }
    };
    age(&scene);
    assert_eq!(
        scene.studio.synthesizer().takes().list().len(),
        asked(&simulator)
    );
    assert_eq!(scene.studio.make_room_of(0).takes, 0);
    render.resume();
    finished(&mut render).await;
    assert_eq!(asked(&simulator), 8);
    age(&scene);
    assert_eq!(
        scene.studio.make_room_of(0).takes,
        8,
        "now they are no more than a cache"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_bought_for_a_folder_that_takes_no_files() {
    let simulator = service(20).await;
    let scene = Scene::at(&simulator);
    std::fs::write(scene.folder.path().join("out"), "no folder").unwrap();
    let refused = scene
        .studio
        .render(scene.record(&sentences(2)), limits(1))
        .err();
    assert!(
        matches!(&refused, Some(Refusal::Failed(failure)) if failure.kind == FailureKind::FileFailed),
        "{refused:?}"
    );
    assert_eq!(asked(&simulator), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_not_written_on_after_a_wish_to_stop() {
    let simulator = service(20).await;
    let scene = Scene::at(&simulator);
    let mut render = scene.begin(&sentences(3), limits(1));
    finished(&mut render).await;
    let mut request = scene.record(&sentences(3)).request;
    request.output.folder = scene.folder.path().join("again");
    let synthesizer = scene.studio.synthesizer();
    let utterances = request.order.utterances().unwrap();
    let takes: Vec<_> = utterances
        .iter()
        .map(|utterance| Some(synthesizer.fingerprint(utterance)))
        .collect();
    let write = |go_on: &mut dyn FnMut(f64) -> bool| {
        finish::write(
            &request,
            &Default::default(),
            synthesizer.takes(),
            &takes,
            go_on,
        )
    };
    for enough in [0.0, 0.04, 0.5, 1.0] {
        let stopped = write(&mut |share| share < enough);
        assert!(matches!(stopped, Err(finish::Unfinished::Stopped)));
        assert!(files_below(&request.output.folder).is_empty(), "{enough}");
    }
    let mut told = Vec::new();
    let files = write(&mut |share| {
        told.push(share);
        true
    });
    assert_eq!(files.unwrap().len(), 1);
    assert!(told.is_sorted() && told[0] == 0.0 && told.last() == Some(&1.0));
}

#[test]
fn narrations_of_the_first_version_are_still_opened() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("0123456789ab");
    std::fs::create_dir_all(&own).unwrap();
    let order = r#"{"version":1,"order":{"title":"Book","delivery":{"voice":"lightning_v3.1_pro/sophie","speed":1.0,
        "language":"en","rate":44100},"segments":[{"text":"Words.","pause":300,"chapter":0,"paragraph":0}],"chapters":[]},
        "output":{"folder":"/home/someone/Music","split":"none"},"source":"/home/someone/book.txt","askedAt":1790000000}"#;
    let progress = r#"{"version":1,"stage":"finished","files":[{"path":"/home/someone/Music/Book.wav","seconds":1.5}],
        "doubtful":[],"finishedAt":1790000100}"#;
    std::fs::write(own.join("order.json"), order).unwrap();
    std::fs::write(own.join("progress.json"), progress).unwrap();
    let library = super::Library::in_folder(folder.path().to_owned());
    let [record] = library.list().try_into().unwrap();
    assert_eq!(record.title(), "Book");
    assert_eq!(record.progress.stage, Stage::Finished);
    assert_eq!(record.progress.files[0].seconds, 1.5);
    assert_eq!(record.request.order.utterances().unwrap().len(), 1);
}

#[tokio::test]
async fn a_word_that_is_said_otherwise_by_now_stops_the_render_before_anything_is_bought_with_it() {
    let simulator = service(0).await;
    let (here, elsewhere) = (Scene::at(&simulator), Scene::at(&simulator));
    let word = |said: &str| waves::Pronunciation::new("Peal", said).unwrap();
    let dictionaries = here.studio.dictionaries();
    let id = dictionaries.create(None, vec![word("peel")]).await.unwrap();
    let mut sentences = sentences(3);
    sentences[1] = "Nobody says Peal like that, neither here nor there.".to_owned();
    let mut record = here.record(&sentences);
    record.request.order.delivery.reading = Some(KeptReading::from(&Reading {
        dictionaries: dictionaries.in_use(),
        ..Reading::default()
    }));
    let record = here.studio.library().add(record.request).unwrap();
    // What another program does to it shows as soon as somebody looks.
    let others = elsewhere.studio.dictionaries();
    others.fetch().await.unwrap();
    let change = |words: &mut Vec<_>| put(words, None, word("pearl"), None);
    others.edit(&id, change).await.unwrap();
    dictionaries.fetch().await.unwrap();

    let render = here.studio.render(record, limits(1)).unwrap();
    let state = render.rested().await.state;
    let changed = matches!(&state, RenderState::Stopped(failure) if failure.kind == FailureKind::DictionaryChanged);
    assert!(changed, "{state:?}");
    let spoken = simulator.requests().into_iter();
    let spoken = spoken.filter(|one| one.text.contains("Peal")).count();
    assert_eq!(spoken, 0, "the old take would have the new sound");
}

#[tokio::test]
async fn what_the_disk_remembers_of_a_dictionary_is_held_against_the_service_before_it_is_paid_for()
{
    let simulator = service(0).await;
    let (here, elsewhere) = (Scene::at(&simulator), Scene::at(&simulator));
    let word = |said: &str| waves::Pronunciation::new("Peal", said).unwrap();
    let id = here
        .studio
        .dictionaries()
        .create(Some("Names"), vec![word("peel")])
        .await
        .unwrap();
    let others = elsewhere.studio.dictionaries();
    let change = |words: &mut Vec<_>| put(words, None, word("pearl"), None);
    others.fetch().await.unwrap();
    others.edit(&id, change).await.unwrap();

    let (again, asking) = (here.again(&simulator), here.again(&simulator));
    let remembered = again.dictionaries();
    // Who saw a price is told, once.
    let voice = VOICE.parse().unwrap();
    let seen = asking.see_dictionaries(&voice).await.unwrap_err();
    assert_eq!(seen.kind, FailureKind::DictionaryChanged);
    assert_eq!(asking.see_dictionaries(&voice).await, Ok(()));
    assert_eq!(remembered.list().1, Standing::Remembered);
    let said = |text: &str| Utterance {
        text: text.to_owned(),
        delivery: Delivery {
            voice: VOICE.parse().unwrap(),
            speed: waves::Speed::default(),
            language: waves::Language::English,
            rate: waves::SampleRate::Hz8000,
            reading: Reading {
                dictionaries: remembered.in_use(),
                ..Reading::default()
            },
        },
    };
    let (old, untouched) = (said("Peal speaks."), said("Peals are rung."));
    assert!(remembered.assure(&untouched).await.is_ok());
    assert_eq!(
        remembered.list().1,
        Standing::Remembered,
        "nobody was asked"
    );
    assert!(matches!(
        remembered.assure(&old).await,
        Err(Unassured::Changed)
    ));
    assert!(
        remembered.assure(&said("Peal speaks.")).await.is_ok(),
        "as it is now"
    );
    let (list, standing) = remembered.list();
    assert_eq!(
        (list[0].name.as_deref(), standing),
        (Some("Names"), Standing::Current)
    );
}
