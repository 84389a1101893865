use std::fs;

use super::*;

struct Desk {
    folder: tempfile::TempDir,
    documents: Documents,
}

fn cut(document: &Document, dialogue: bool) -> Script {
    let options = narration::script::ScriptOptions {
        dialogue,
        ..Default::default()
    };
    narration::script::script(document, &options)
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::in_folder(folder.path().join("documents"));
        Self { folder, documents }
    }

    /// As after a start of Peal.
    fn again(self) -> Self {
        let documents = Documents::in_folder(self.folder.path().join("documents"));
        documents.recall();
        Self { documents, ..self }
    }

    fn open(&self, name: &str, bytes: &[u8]) -> u32 {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let id = self.documents.expect(std::slice::from_ref(&path))[0];
        assert!(self.documents.begin(id));
        self.documents.read(id, &path, cut, || {}).unwrap();
        id
    }

    fn raw(&self, id: u32) -> Vec<String> {
        let page = self.documents.page(id, cut).unwrap();
        let sentences = page.sentences(0, usize::MAX);
        sentences.into_iter().map(|sentence| sentence.raw).collect()
    }
}

#[test]
fn a_changed_sentence_is_still_changed_after_a_restart_and_can_be_restored() {
    let desk = Desk::new();
    let id = desk.open("A.txt", b"It was late. She went home.\n\nThe end came.");
    desk.documents
        .edit(id, 1, "She went home.", "She stayed there.", cut)
        .unwrap();
    fs::remove_file(desk.folder.path().join("A.txt")).unwrap();

    let desk = desk.again();
    let listed = desk.documents.list();
    assert_eq!(
        (listed[0].title.as_str(), listed[0].changed, listed.len()),
        ("A", 1, 1)
    );
    let id = listed[0].id;
    assert_eq!(
        desk.raw(id),
        ["It was late.", "She stayed there.", "The end came."]
    );
    desk.documents
        .restore(id, 1, "She stayed there.", cut)
        .unwrap();
    assert_eq!(desk.raw(id)[1], "She went home.");
    assert_eq!(desk.again().documents.list()[0].changed, 0);
}

#[test]
fn a_sentence_that_somebody_else_changed_meanwhile_is_left_alone() {
    let desk = Desk::new();
    let id = desk.open("A.txt", b"It was late. She went home.");
    let failure = desk
        .documents
        .edit(id, 0, "It was early.", "It was noon.", cut)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Stale);
    assert_eq!(desk.documents.list()[0].changed, 0);
}

#[test]
fn a_dialogue_is_one_when_a_person_says_so_and_stays_one() {
    let desk = Desk::new();
    let id = desk.open("A.txt", b"Anna: Who is there?\n\nBen: It is me.");
    let voices = |desk: &Desk, id: u32| -> Vec<Option<String>> {
        let page = desk.documents.page(id, cut).unwrap();
        let segments = &page.script().segments;
        segments
            .iter()
            .map(|segment| segment.voice.clone())
            .collect()
    };
    assert_eq!(voices(&desk, id), [None, None]);
    desk.documents.mark_dialogue(id, true, cut).unwrap();
    let spoken = [Some("Anna".to_owned()), Some("Ben".to_owned())];
    assert_eq!(voices(&desk, id), spoken);
    let desk = desk.again();
    let listed = desk.documents.list();
    assert!(listed[0].dialogue);
    assert_eq!(voices(&desk, listed[0].id), spoken);
    desk.documents
        .mark_dialogue(listed[0].id, false, cut)
        .unwrap();
    assert_eq!(voices(&desk, listed[0].id), [None, None]);
}

#[test]
fn what_importing_did_is_undone_and_done_again_with_edits_staying() {
    let desk = Desk::new();
    let text = "This line was broken by hand\nand goes on in the next one\nuntil it ends here.\n\nAnother paragraph stands here.";
    let id = desk.open("A.txt", text.as_bytes());
    let report = desk.documents.report(id, cut).unwrap();
    let Some(line) = report
        .iter()
        .find(|line| line.kind == RemarkKind::LinesJoined)
    else {
        panic!("{report:?}");
    };
    assert!(line.can_be_undone && !line.is_undone && line.count > 0);
    let last = desk.raw(id).len() - 1;
    desk.documents
        .edit(id, last, "Another paragraph stands here.", "Changed.", cut)
        .unwrap();

    desk.documents
        .undo(id, RemarkKind::LinesJoined, true, cut)
        .unwrap();
    let report = desk.documents.report(id, cut).unwrap();
    assert!(
        report
            .iter()
            .any(|line| line.kind == RemarkKind::LinesJoined && line.is_undone)
    );
    assert_eq!(desk.raw(id).last().unwrap(), "Changed.");

    let desk = desk.again();
    let id = desk.documents.list()[0].id;
    desk.documents
        .undo(id, RemarkKind::LinesJoined, false, cut)
        .unwrap();
    assert!(desk.raw(id)[0].starts_with("This line was broken by hand and"));
    assert_eq!(desk.raw(id).last().unwrap(), "Changed.");
}

#[test]
fn a_file_that_cannot_be_read_stays_in_the_list_with_its_reason_until_it_is_sent_away() {
    let desk = Desk::new();
    let id = desk.open("photo.txt", b"\x89PNG\r\n\x1a\n");
    let state = desk.documents.list().remove(0).state;
    assert!(
        matches!(state, DocumentState::Failed(failure) if failure.kind == FailureKind::NotText)
    );
    desk.documents.remove(id).unwrap();
    assert!(desk.documents.list().is_empty());
    assert_eq!(
        desk.documents.page(id, cut).unwrap_err().kind,
        FailureKind::Unreadable
    );
}

#[test]
fn the_same_file_again_is_the_same_document_as_it_was_left() {
    let desk = Desk::new();
    let id = desk.open("A.txt", b"It was late.");
    desk.open("B.txt", b"Other words.");
    desk.documents
        .edit(id, 0, "It was late.", "It was early.", cut)
        .unwrap();
    desk.open("A.txt", b"It was late.");
    let listed = desk.documents.list();
    assert_eq!((listed.len(), listed[0].id), (2, id));
    assert_eq!(desk.documents.opening().map(|opening| opening.id), Some(id));
    assert_eq!(desk.raw(id), ["It was early."]);
}

#[test]
fn a_document_sent_away_while_it_is_read_leaves_nothing_behind() {
    let desk = Desk::new();
    let path = desk.folder.path().join("A.txt");
    fs::write(&path, "Words.").unwrap();
    let id = desk.documents.expect(std::slice::from_ref(&path))[0];
    assert!(desk.documents.begin(id));
    desk.documents
        .read(id, &path, cut, || desk.documents.remove(id).unwrap())
        .unwrap();
    assert!(!desk.documents.begin(id));
    assert!(desk.again().documents.list().is_empty());
}

#[test]
fn few_pages_are_held_and_every_other_is_read_again_with_its_edits() {
    let desk = Desk::new();
    let ids: Vec<u32> = (0..MOST_OPEN + 3)
        .map(|number| {
            let name = format!("{number}.txt");
            desk.open(&name, format!("Words of {number}.").as_bytes())
        })
        .collect();
    desk.documents
        .edit(ids[0], 0, "Words of 0.", "Changed.", cut)
        .unwrap();
    for id in &ids {
        desk.documents.page(*id, cut).unwrap();
    }
    let open = lock(&desk.documents.shelf)
        .entries
        .iter()
        .filter(|entry| entry.page.is_some())
        .count();
    assert_eq!(open, MOST_OPEN);
    assert_eq!(desk.raw(ids[0]), ["Changed."]);
}

#[test]
fn pages_in_memory_are_cut_again_where_words_must_stay_whole() {
    let desk = Desk::new();
    let is_apart = |text: &str| {
        let script = cut(&Document::plain(text), false);
        !script
            .segments
            .iter()
            .any(|one| one.speech(text).contains("New York"))
    };
    let texts = (1..60).map(|before| {
        let words = |count: usize| "word ".repeat(count);
        format!("{}New York {}at last.", words(before), words(60 - before))
    });
    let long = texts.into_iter().find(|text| is_apart(text)).unwrap();
    let id = desk.open("A.txt", long.as_bytes());
    let ends = |id| {
        let page = desk.documents.page(id, cut).unwrap();
        let segments = page.script().segments.iter();
        let ends = segments.map(|segment| segment.speech(page.text()));
        ends.collect::<Vec<_>>()
    };
    let before = ends(id);
    let apart = |segments: &[String]| !segments.iter().any(|one| one.contains("New York"));
    assert!(apart(&before), "{before:?}");
    let (revision, sentences) = (desk.documents.list()[0].revision, desk.raw(id));
    desk.documents.cut_again(|document, dialogue| {
        let options = narration::script::ScriptOptions {
            dialogue,
            whole: vec!["New York".to_owned()],
            ..Default::default()
        };
        narration::script::script(document, &options)
    });
    let after = ends(id);
    assert!(!apart(&after), "{after:?}");
    assert_eq!(desk.raw(id), sentences, "what a person reads stays");
    assert_eq!(desk.documents.list()[0].revision, revision);
}
