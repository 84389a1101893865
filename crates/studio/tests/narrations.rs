//! From a dropped file to finished audio, as the window does it, with the voice that needs no account.

use std::fs;
use std::path::Path;
use std::time::Duration;

use narration::encode::Format;
use narration::synthesis::{Delivery, Reading, VoiceRef};
use studio::documents::DocumentState;
use studio::failure::FailureKind;
use studio::home::Home;
use studio::keychain::Keychain;
use studio::render::{Output, RenderState, SegmentState};
use studio::{NarrationState, NarrationView, Studio, View};
use tokio::runtime::Handle;

const TEXT: &str = "# One\n\nIt was late in the evening. She went home alone.\n\n# Two\n\nNobody saw her on the way.";

fn studio(home: &Path) -> Studio {
    let home = Home::at(home).expect("a home");
    home.create().expect("its folder");
    // Nothing listens there: whatever is said is said by the built-in voice.
    let origin = "http://127.0.0.1:9".parse().expect("an address");
    Studio::open(
        &home,
        origin,
        Keychain::named("Peal test of narrations"),
        Handle::current(),
    )
}

async fn wait_for<T>(studio: &Studio, found: impl Fn(&View) -> Option<T>) -> T {
    let waiting = async {
        let mut view = studio.view();
        loop {
            if let Some(found) = found(&view) {
                return found;
            }
            view = studio
                .view_after(view.revision, Duration::from_secs(10))
                .await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), waiting)
        .await
        .expect("it comes about in time")
}

async fn opened(studio: &Studio, folder: &Path) -> u32 {
    let path = folder.join("A book.md");
    fs::write(&path, TEXT).expect("the book");
    studio.open_documents(vec![path]);
    wait_for(studio, |view| {
        let document = view.documents.first()?;
        (document.state == DocumentState::Ready).then_some(document.id)
    })
    .await
}

async fn finished(studio: &Studio) -> NarrationView {
    let is_finished = |state: &NarrationState| {
        matches!(
            state,
            NarrationState::Finished | NarrationState::Here(RenderState::Finished)
        )
    };
    wait_for(studio, |view| {
        let narration = view.narrations.first()?;
        is_finished(&narration.state).then(|| narration.clone())
    })
    .await
}

fn delivery() -> Delivery {
    Delivery {
        voice: VoiceRef::Builtin(&builtin_voice::presets()[0]),
        speed: waves::Speed::default(),
        language: waves::Language::Auto,
        rate: waves::SampleRate::Hz24000,
        reading: Reading::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_becomes_a_file_that_is_listed_heard_and_made_again_after_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let home = folder.path().join("home");
    let first = studio(&home);
    first.change_settings(|settings| settings.save_folder = Some(out.clone()));
    let document = opened(&first, folder.path()).await;
    let quote = first.quote_narration(document, delivery()).unwrap();
    assert_eq!((quote.to_buy, quote.owned), (0, 0));
    first
        .begin_narration(document, delivery(), Output::default(), Some(1_000_000))
        .unwrap();
    let narration = finished(&first).await;
    let [file] = narration.files.as_slice() else {
        panic!("{narration:?}");
    };
    assert!(file.path.starts_with(&out) && file.path.is_file());
    assert_eq!(narration.document, Some(document));
    let states = first.narrated(document, 0..5).unwrap();
    assert_eq!(states, vec![Some(SegmentState::Ready); 5]);
    drop(first);

    let second = studio(&home);
    let narration = finished(&second).await;
    assert_eq!(
        narration.limit,
        Some(1_000_000),
        "a limit outlives a restart"
    );
    assert_ne!(second.play_narration(&narration.id).unwrap(), 0);
    second.stop();

    let document = narration
        .document
        .unwrap_or_else(|| second.view().documents[0].id);
    second
        .edit_sentence(document, 1, "It was late in the evening.", "It was noon.")
        .unwrap();
    let quote = second.quote_narration(document, delivery()).unwrap();
    assert!(
        quote.owned > 0 && quote.owned < quote.characters,
        "only what was changed is made: {quote:?}"
    );

    second
        .rename_narration(&narration.id, " Her way home ")
        .unwrap();
    for (words, count) in [("", 1), ("HOME her", 1), ("one WAV", 1), ("moon", 0)] {
        assert_eq!(second.find_narrations(words).len(), count, "{words}");
    }
    let flac = Output {
        format: Format::Flac,
        ..Output::default()
    };
    let again = second.export_narration(&narration.id, flac).unwrap();
    assert_eq!(again, narration.id, "the same text in the same folder");
    let exported = wait_for(&second, |view| {
        let narration = view.narrations.first()?;
        let is_there = narration.state == NarrationState::Here(RenderState::Finished);
        is_there.then(|| narration.clone())
    })
    .await;
    assert_eq!(exported.files[0].path, out.join("Her way home.flac"));
    assert!(narration.files[0].path.is_file(), "nothing is replaced");
    assert_eq!(exported.spent, 0);
    let first = second.narration_sentence(&again, 1);
    assert!(first.unwrap().starts_with("It was late in the evening."));

    second.remove_narration(&narration.id).unwrap();
    assert!(second.narrations().is_empty());
    assert!(narration.files[0].path.is_file(), "its files stay");

    // That file is no longer one of Peal's narrations.
    let begin = |overwrite| {
        let output = Output {
            overwrite,
            ..Output::default()
        };
        second.begin_narration(document, delivery(), output, None)
    };
    assert_eq!(begin(false).unwrap_err().kind, FailureKind::InTheWay);
    begin(true).unwrap();
    finished(&second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narration_that_rests_can_be_taken_out_of_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let studio = studio(&folder.path().join("home"));
    let document = opened(&studio, folder.path()).await;
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    studio.change_settings(|settings| settings.save_folder = Some(out));
    let output = Output::default();
    let id = studio
        .begin_narration(document, delivery(), output, None)
        .unwrap();
    studio.pause_narration(&id);
    wait_for(&studio, |view| {
        let narration = view.narrations.first()?;
        let rests = matches!(&narration.state, NarrationState::Here(state) if state.is_at_rest());
        rests.then_some(())
    })
    .await;
    studio.remove_narration(&id).unwrap();
    assert!(studio.narrations().is_empty());
    assert!(studio.library().find(&id).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_while_a_narration_rests_is_in_the_one_that_is_asked_for_next() {
    let folder = tempfile::tempdir().unwrap();
    let studio = studio(&folder.path().join("home"));
    let document = opened(&studio, folder.path()).await;
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    studio.change_settings(|settings| settings.save_folder = Some(out.clone()));
    let begin = || {
        let output = Output::default();
        studio.begin_narration(document, delivery(), output, None)
    };
    let first = begin().unwrap();
    studio.pause_narration(&first);
    let before = studio.page(document).unwrap().raw(1).to_owned();
    let words = "It was early in the morning.";
    studio.edit_sentence(document, 1, &before, words).unwrap();
    let second = begin().unwrap();
    assert_eq!(second, first, "the same document for the same folder");
    assert_eq!(finished(&studio).await.files.len(), 1);
    let order = studio.library().find(&second).unwrap().request.order;
    let synthesizer = studio.synthesizer();
    let is_made = |utterance: &_| synthesizer.takes().has(synthesizer.fingerprint(utterance));
    let utterances = order.utterances().unwrap();
    assert!(utterances.iter().any(|one| one.text.contains(words)));
    assert!(utterances.iter().all(is_made), "the old words were made");
    let spoken = studio.narrated(document, 0..4).unwrap();
    assert!(
        spoken
            .iter()
            .all(|state| *state == Some(SegmentState::Ready)),
        "{spoken:?}"
    );
    assert_eq!(studio.narrations().len(), 1);
}
