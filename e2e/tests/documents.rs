//! A person's journey through a book: dropped, looked at, heard, changed, and there again the next day.

#![cfg(target_os = "linux")]

mod journey;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{PATIENCE, Scene, Stage, Window, book, drag_files};
use journey::{choose_voice, connect_well, open, scene, wait_for_attribute, waves};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_book_is_dropped_heard_changed_and_there_again_after_a_restart() -> Result<()> {
    let stage = Stage::open(Scene::default())?;
    let recording = stage.listen()?;
    let window = open(&stage).await?;
    window.click("rail-documents").await?;
    window.wait_for_shown("documents-empty", PATIENCE).await?;
    let path = stage.files().join("The keeper.epub");
    fs::write(&path, keeper())?;
    drag_files(&stage, "Peal", std::slice::from_ref(&path), || Ok(()))?;

    wait_for_sentence(&window, 1, "one line in his log").await?;
    // Asked of the page: the driver takes a line that is cut short for one that is not shown.
    let facts = "return document.querySelector('[data-testid=document-facts]')?.innerText";
    window
        .wait_for("the facts of the book", PATIENCE, async |window| {
            let facts = window.run(facts, vec![]).await?.to_string();
            Ok((facts.contains("A. Lamp") && facts.contains("2 chapters")).then_some(()))
        })
        .await?;
    let chapters = window
        .run(
            "return [...document.querySelectorAll('[data-testid=chapter]')].map((one) => one.innerText)",
            vec![],
        )
        .await?;
    ensure!(
        chapters.to_string().contains("The storm"),
        "the chapters are {chapters}"
    );

    // One sentence, not the next.
    let clicked = Instant::now();
    window.click(&within(1, "hear")).await?;
    recording.first_sound(clicked, PATIENCE)?;
    wait_for_attribute(&window, "listen-button", "data-status", "silent").await?;
    let heard = recording
        .sounding_seconds(clicked)
        .context("nothing was heard")?;
    ensure!((1.5..5.5).contains(&heard), "one sentence took {heard} s");

    // A note that importing left out comes back, and goes again.
    window.click("report-button").await?;
    window
        .click("[data-kind=notesDropped] [data-testid=report-undo]")
        .await?;
    window
        .wait_for_text("[data-kind=notesDropped]", PATIENCE, |text| {
            text.contains("Notes are spoken")
        })
        .await?;
    window.click("report-sheet-close").await?;

    change(&window, 1, "He wrote two lines in his log.").await?;
    wait_for_sentence(&window, 1, "two lines").await?;
    change(&window, 2, "This change is not wanted.").await?;
    wait_for_sentence(&window, 2, "not wanted").await?;
    open_editor(&window, 2).await?;
    window.click("restore").await?;
    wait_for_sentence(&window, 2, "great storm").await?;
    window.close().await?;

    fs::remove_file(&path)?;
    let window = open(&stage).await?;
    window.click("rail-documents").await?;
    window
        .wait_for_text("document-about", PATIENCE, |text| {
            text.contains("1 paragraph")
        })
        .await?;
    window.click("open-document").await?;
    wait_for_sentence(&window, 1, "two lines").await?;
    wait_for_sentence(&window, 2, "great storm").await?;
    window.click("report-button").await?;
    window
        .wait_for_text("[data-kind=notesDropped]", PATIENCE, |text| {
            text.contains("Notes are spoken")
        })
        .await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_open_at_once_and_a_long_one_scrolls_to_its_end() -> Result<()> {
    let stage = Stage::open(Scene {
        loudspeaker: false,
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    let file = |name: &str, bytes: &[u8]| -> Result<std::path::PathBuf> {
        let path = stage.files().join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    };
    let long: String = (0..20_000)
        .map(|number| format!("Sentence {number} is one of very many in this long text.\n\n"))
        .collect();
    let files = [
        file("long.txt", long.as_bytes())?,
        file("short.txt", b"Short.")?,
        file("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?,
    ];
    drag_files(&stage, "Peal", &files, || Ok(()))?;
    window.wait_for_shown("documents-screen", PATIENCE).await?;
    window
        .wait_for("all files to be read or refused", PATIENCE, async |window| {
            let script = "return [...document.querySelectorAll('[data-testid=document]')].map((one) => one.innerText).join('|')";
            let told = window.run(script, vec![]).await?.to_string();
            let done = told.contains("20,000") || told.contains("characters");
            Ok((done && told.contains("not a document") && !told.contains("Reading")).then_some(()))
        })
        .await?;
    window.click("open-document").await?;
    wait_for_sentence(&window, 0, "Sentence 0 ").await?;
    window
        .run(
            "document.querySelector('[data-testid=sentences]').scrollTop = 1e9; return null",
            vec![],
        )
        .await?;
    wait_for_sentence(&window, 19_999, "Sentence 19999").await?;
    let drawn = window
        .run(
            "return document.querySelectorAll('[data-testid=sentence]').length",
            vec![],
        )
        .await?;
    ensure!(
        drawn.as_u64().is_some_and(|drawn| drawn < 150),
        "{drawn} sentences are drawn"
    );
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialogue_is_spoken_by_the_voices_that_its_lines_name() -> Result<()> {
    let waves = waves();
    let stage = Stage::open(scene(&waves))?;
    let window = open(&stage).await?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "sophie").await?;
    let path = stage.files().join("At the door.txt");
    fs::write(
        &path,
        "Daniel: Who is knocking at this hour?\n\nOlivia: Only the wind, as ever.\n",
    )?;
    window.click("rail-documents").await?;
    window.wait_for_shown("documents-empty", PATIENCE).await?;
    drag_files(&stage, "Peal", std::slice::from_ref(&path), || Ok(()))?;
    wait_for_sentence(&window, 0, "Daniel: Who is knocking").await?;
    window.click("report-button").await?;
    window.click("dialogue").await?;
    window.click("report-sheet-close").await?;
    window
        .wait_for_text(&row(0), PATIENCE, |text| {
            text.contains("Who is knocking") && !text.contains("Daniel:")
        })
        .await?;
    let chips =
        "return [...document.querySelectorAll('[data-testid=chip]')].map((one) => one.innerText)";
    let chips = window.run(chips, vec![]).await?.to_string();
    ensure!(
        chips.contains("Daniel") && chips.contains("Olivia"),
        "the chips are {chips}"
    );
    window.click("listen-button").await?;
    wait_for_attribute(&window, "listen-button", "data-status", "playing").await?;
    wait_for_attribute(&window, "listen-button", "data-status", "silent").await?;
    let spoken: Vec<(String, Value)> = waves
        .requests()
        .into_iter()
        .filter(|one| !one.text.is_empty())
        .map(|one| {
            (
                one.text,
                one.fields.get("voice_id").cloned().unwrap_or_default(),
            )
        })
        .collect();
    let expected = [
        ("Who is knocking at this hour?", "daniel"),
        ("Only the wind, as ever.", "olivia"),
    ]
    .map(|(text, voice)| (text.to_owned(), Value::from(voice)));
    ensure!(spoken == expected, "{spoken:?}");
    window.close().await
}

fn row(index: usize) -> String {
    format!("[data-testid=sentence][data-index=\"{index}\"]")
}

fn within(index: usize, part: &str) -> String {
    format!("{} [data-testid={part}]", row(index))
}

async fn wait_for_sentence(window: &Window, index: usize, words: &str) -> Result<()> {
    window
        .wait_for_text(&row(index), PATIENCE, |text| text.contains(words))
        .await
        .map(drop)
}

/// By keyboard, as no pointer has to hover then.
async fn open_editor(window: &Window, index: usize) -> Result<()> {
    let script = format!(
        "document.querySelector('{}').focus(); return null",
        row(index)
    );
    window.run(&script, vec![]).await?;
    // WebDriver's code for F2.
    window.press(&['\u{e032}']).await?;
    window
        .wait_for_shown("sentence-editor", Duration::from_secs(5))
        .await
}

async fn change(window: &Window, index: usize, text: &str) -> Result<()> {
    open_editor(window, index).await?;
    window.set("sentence-editor", text).await?;
    window.click("keep-edit").await
}

/// A small EPUB with two chapters and a note.
fn keeper() -> Vec<u8> {
    book(
        "The keeper",
        "A. Lamp",
        &[
            (
                "The log".to_owned(),
                "<p>The keeper wrote one line in his log every night.</p><p>On the night of the great storm he wrote three<a epub:type=\"noteref\" href=\"#n1\">1</a>.</p><aside epub:type=\"footnote\" id=\"n1\"><p>The museum keeps the book.</p></aside>".to_owned(),
            ),
            (
                "The storm".to_owned(),
                "<p>Nobody has ever been able to answer it.</p>".to_owned(),
            ),
        ],
    )
}
