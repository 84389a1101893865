//! A person's journeys through the real window: with a real pointer, keychain and loudspeaker.

#![cfg(target_os = "linux")]

mod journey;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Keyring, PATIENCE, Scene, Stage, Window, drag_files};
use journey::{
    KEYCHAIN_SERVICE, begin_saving, choose_voice, connect, connect_well, copy, likeness, open,
    save, scene, set_text, wait_for_attribute, wait_for_notice, wait_for_status, wait_for_voice,
    waves,
};
use simulator::{ErrorBody, Fault, Times};

const TWO_SENTENCES: &str = "The lighthouse keeper wrote one line in his log every night. On the night of the great storm he wrote three lines, and the third one was a question.";

#[tokio::test(flavor = "multi_thread")]
async fn first_run_speaks_pauses_seeks_and_saves_with_the_built_in_voice() -> Result<()> {
    let stage = Stage::open(Scene::default())?;
    let recording = stage.listen()?;
    let window = open(&stage).await?;
    let sample = window
        .property("text-area", "value")
        .await?
        .unwrap_or_default();
    ensure!(sample.contains("Press Speak"), "the sample is {sample:?}");

    let clicked = Instant::now();
    window.click("speak-button").await?;
    recording.first_sound(clicked, PATIENCE)?;
    wait_for_status(&window, "playing").await?;
    wait_for_status(&window, "silent").await?;
    let heard = recording
        .sounding_seconds(clicked)
        .context("nothing was heard")?;
    ensure!((5.0..12.0).contains(&heard), "the sample took {heard} s");

    set_text(&window, TWO_SENTENCES).await?;
    window.click("speak-button").await?;
    window
        .wait_for_text("[data-testid=read-view] .now", PATIENCE, |text| {
            text.contains("one line")
        })
        .await?;
    window.click("speak-button").await?;
    wait_for_status(&window, "paused").await?;
    let paused = Instant::now();
    recording.silence(Duration::from_millis(500), PATIENCE)?;
    ensure!(
        !recording.has_sound_since(paused + Duration::from_millis(400)),
        "it went on after the pause"
    );

    // Clicking a sentence goes there, while paused and while playing.
    let resumed = Instant::now();
    window.click("speak-button").await?;
    recording.first_sound(resumed, PATIENCE)?;
    window
        .wait_for_text("[data-testid=read-view] .now", PATIENCE, |text| {
            text.contains("great storm")
        })
        .await?;
    window.click("[data-mark=\"0\"]").await?;
    window
        .wait_for_text("[data-testid=read-view] .now", PATIENCE, |text| {
            text.contains("one line")
        })
        .await?;
    window.click("stop-button").await?;
    wait_for_status(&window, "silent").await?;
    recording.silence(Duration::from_millis(500), PATIENCE)?;

    let target = stage.files().join("keeper.wav");
    let wav = save(&stage, &window, &target).await?;
    let notice = wait_for_notice(&window, "keeper.wav").await?;
    ensure!(
        (wav.rate, wav.channels) == (24_000, 1),
        "{} Hz, {} channels",
        wav.rate,
        wav.channels
    );
    ensure!(
        (6.0..16.0).contains(&wav.seconds()),
        "{} s; {notice}",
        wav.seconds()
    );
    ensure!((0.03..0.3).contains(&wav.level()), "level {}", wav.level());
    let names: Vec<_> = fs::read_dir(stage.files())?
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    ensure!(names == ["keeper.wav"], "beside it lies {names:?}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_key_is_refused_and_the_right_one_goes_into_the_keychain_by_paste_and_by_hand()
-> Result<()> {
    let waves = waves();
    let stage = Stage::open(Scene {
        loudspeaker: false,
        ..scene(&waves)
    })?;
    let window = open(&stage).await?;
    let url = waves.url();
    let kept = ["service", KEYCHAIN_SERVICE, "username", &url];

    connect(
        &stage,
        &window,
        "a shopping list: eggs, milk",
        "noKeyInClipboard",
    )
    .await?;
    connect(&stage, &window, "sk_this_is_not_the_key", "refused").await?;
    ensure!(stage.secret(&kept)?.is_none(), "a refused key was kept");

    // By keyboard, anywhere in the sheet; the page itself must not get to see it.
    let copied = copy(&stage, waves.key())?;
    window.press(&['\u{e009}', 'v']).await?;
    wait_for_attribute(&window, "key-outcome", "data-outcome", "accepted").await?;
    drop(copied);
    ensure!(
        stage.secret(&kept)?.as_deref() == Some(waves.key()),
        "the keychain holds {:?}",
        stage.secret(&kept)?
    );
    window.click("key-sheet-close").await?;
    window
        .wait_for_text("account", PATIENCE, |text| text.contains("keychain"))
        .await?;

    // Forgotten, then typed into the small window.
    window.click("rail-settings").await?;
    window.click("forget-key").await?;
    window.click("forget-yes").await?;
    e2e::wait_until("the keychain to forget", PATIENCE, || {
        Ok(stage.secret(&kept)?.is_none().then_some(()))
    })?;
    window.click("settings-connect").await?;
    type_key(&window, waves.key()).await?;
    wait_for_attribute(&window, "key-outcome", "data-outcome", "accepted").await?;
    ensure!(
        stage.secret(&kept)?.as_deref() == Some(waves.key()),
        "the typed key was not kept"
    );
    window.close().await
}

/// Types a key into the small window, which is gone afterwards.
async fn type_key(window: &Window, key: &str) -> Result<()> {
    let main = window.client().window().await?;
    window.click("type-key").await?;
    let small = window
        .wait_for("the small window", PATIENCE, async |window| {
            let windows = window.client().windows().await?;
            Ok(windows.into_iter().find(|handle| *handle != main))
        })
        .await?;
    window.client().switch_to_window(small.clone()).await?;
    window.write("key-field", key).await?;
    window.click_and_leave("key-submit").await?;
    window.client().switch_to_window(main).await?;
    window
        .wait_for("the small window to be gone", PATIENCE, async |window| {
            let windows = window.client().windows().await?;
            Ok((!windows.contains(&small)).then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_voice_is_heard_as_it_was_sent_and_no_sentence_is_bought_twice() -> Result<()> {
    let waves = waves();
    let stage = Stage::open(scene(&waves))?;
    let recording = stage.listen()?;
    let window = open(&stage).await?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;

    const TEXT: &str = "Every sentence is bought once and heard as often as you like.";
    set_text(&window, TEXT).await?;
    window
        .wait_for_text("fact-price", PATIENCE, |text| text.contains('$'))
        .await?;
    let bought = || {
        waves
            .requests()
            .iter()
            .filter(|request| request.path.contains("/tts"))
            .count()
    };
    let clicked = Instant::now();
    window.click("speak-button").await?;
    recording.first_sound(clicked, PATIENCE)?;
    wait_for_status(&window, "silent").await?;
    ensure!(bought() == 1, "{} requests", bought());

    // What was sent, at the loudspeaker's rate, is found in what was heard.
    let request = waves
        .requests()
        .into_iter()
        .rfind(|request| request.path.contains("/tts"))
        .context("no request")?;
    let rate = request.sample_rate.context("no rate")?;
    let sent = waves.audio_of(TEXT, "sophie", "lightning_v3.1_pro", rate, 1.0);
    let wanted = resampled(&sent, f64::from(rate), f64::from(e2e::RATE));
    let heard = recording.samples();
    let alike = likeness(&heard, &wanted[..e2e::RATE as usize]);
    ensure!(
        alike > 0.99,
        "what was heard is like what was sent by {alike}"
    );

    let again = Instant::now();
    window.click("speak-button").await?;
    recording.first_sound(again, PATIENCE)?;
    wait_for_status(&window, "silent").await?;
    let target = stage.files().join("bought.wav");
    let wav = save(&stage, &window, &target).await?;
    wait_for_notice(&window, "bought.wav").await?;
    ensure!(wav.samples == sent, "the file is not what was sent");
    ensure!(bought() == 1, "it was bought again: {} requests", bought());
    window
        .wait_for_text("fact-price", PATIENCE, |text| {
            !text.contains("$0.00") || text.contains("free")
        })
        .await?;

    // A voice is tried out for nothing.
    window.click("change-voice").await?;
    window.wait_for_shown("voice-hear", PATIENCE).await?;
    let tried = Instant::now();
    window.click("voice-hear").await?;
    recording.first_sound(tried, PATIENCE)?;
    ensure!(bought() == 1, "trying a voice cost money");
    window.close().await
}

/// Linear interpolation is enough to find one sound in another.
fn resampled(samples: &[i16], from: f64, to: f64) -> Vec<f32> {
    let count = (samples.len() as f64 * to / from) as usize;
    let value = |index: usize| f64::from(samples.get(index).copied().unwrap_or(0)) / 32_768.0;
    (0..count)
        .map(|index| {
            let place = index as f64 * from / to;
            let (whole, part) = (place as usize, place.fract());
            (value(whole) * (1.0 - part) + value(whole + 1) * part) as f32
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_files_are_read_or_refused_with_a_sentence() -> Result<()> {
    let stage = Stage::open(Scene {
        loudspeaker: false,
        keyring: Keyring::Absent,
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    let file = |name: &str, bytes: &[u8]| -> Result<std::path::PathBuf> {
        let path = stage.files().join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    };
    let text = || window.property("text-area", "value");
    let dropped = |files: Vec<std::path::PathBuf>| drag_files(&stage, "Peal", &files, || Ok(()));

    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            "Grüße vom Leuchtturm."
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    let path = file("ünï code.txt", &utf16)?;
    drag_files(&stage, "Peal", &[path], || {
        e2e::wait_until("the window to show that it takes files", PATIENCE, || {
            let shown = futures(window.shows("drop-overlay"))?;
            Ok(shown.then_some(()))
        })
    })?;
    window
        .wait_for("the dropped text", PATIENCE, async |_| {
            Ok((text().await?.as_deref() == Some("Grüße vom Leuchtturm.")).then_some(()))
        })
        .await?;

    dropped(vec![file(
        "keeper.md",
        b"# The *Keeper*\n\nHe wrote [three](https://example.org) lines.",
    )?])?;
    let holds = async |wanted: &str| {
        window
            .wait_for("the text that was dropped", PATIENCE, async |_| {
                Ok((text().await?.as_deref() == Some(wanted)).then_some(()))
            })
            .await
    };
    holds("The Keeper\n\nHe wrote three lines.").await?;
    wait_for_notice(&window, "keeper.md").await?;
    window.click("notice-undo").await?;
    holds("Grüße vom Leuchtturm.").await?;

    let before = text().await?;
    dropped(vec![file("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?])?;
    wait_for_notice(&window, "not a document").await?;
    let folder = stage.files().join("folder");
    fs::create_dir(&folder)?;
    dropped(vec![folder])?;
    wait_for_notice(&window, "folder").await?;
    dropped(vec![file("huge.txt", &vec![b'a'; 100_000_001])?])?;
    wait_for_notice(&window, "100 MB").await?;
    dropped(vec![file("nothing.txt", b" \n ")?])?;
    wait_for_notice(&window, "no text in this file").await?;
    ensure!(text().await? == before, "a refused file changed the text");

    // A long text opens as a document, as every book does.
    let long = "This is one of many sentences in a long text. ".repeat(4_000);
    dropped(vec![file("long.txt", long.as_bytes())?])?;
    window.wait_for_shown("documents-screen", PATIENCE).await?;
    window.wait_for_shown("sentence", PATIENCE).await?;
    window.close().await
}

/// Waits for an answer of the window from within a closure that cannot wait.
fn futures<T: Send>(answer: impl Future<Output = Result<T>> + Send) -> Result<T> {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_the_way_is_said_in_words_and_ends_by_itself_where_it_can() -> Result<()> {
    let waves = waves();
    let stage = Stage::open(scene(&waves))?;
    let recording = stage.listen()?;
    let window = open(&stage).await?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;

    let speak = async |text: &str| -> Result<Instant> {
        set_text(&window, text).await?;
        let clicked = Instant::now();
        window.click("speak-button").await?;
        Ok(clicked)
    };
    waves.fault(
        Fault::Status {
            status: 429,
            retry_after: Some("2".to_owned()),
            body: ErrorBody::Default,
        },
        Times::Once,
    );
    let clicked = speak("The account is busy at first.").await?;
    wait_for_notice(&window, "busy").await?;
    recording.first_sound(clicked, PATIENCE)?;
    wait_for_status(&window, "silent").await?;
    ensure!(
        !window.shows("notice").await?,
        "the trouble is over and still shown"
    );

    waves.fault(Fault::CutAfter { bytes: 4_000 }, Times::Once);
    let clicked = speak("The connection breaks in the middle of this sentence.").await?;
    recording.first_sound(clicked, PATIENCE)?;
    wait_for_status(&window, "silent").await?;
    ensure!(
        !window.shows("notice").await?,
        "a sentence that was made again is still shown as cut"
    );

    waves.fault(
        Fault::Status {
            status: 403,
            retry_after: None,
            body: ErrorBody::Default,
        },
        Times::Once,
    );
    speak("This key may not use this voice.").await?;
    wait_for_notice(&window, "cannot use this voice").await?;
    // Until the button says Speak again, it would pause what has just failed.
    wait_for_status(&window, "silent").await?;

    drop(waves);
    speak("Now the service is out of reach.").await?;
    wait_for_notice(&window, "No connection").await?;
    let clicked = Instant::now();
    window.click("notice-useBuiltin").await?;
    recording.first_sound(clicked, PATIENCE)?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_a_key_is_kept_for_the_session_by_choice() -> Result<()> {
    let waves = waves();
    let stage = Stage::open(Scene {
        loudspeaker: false,
        keyring: Keyring::Absent,
        ..scene(&waves)
    })?;
    let window = open(&stage).await?;
    connect(&stage, &window, waves.key(), "chooseSession").await?;
    wait_for_attribute(&window, "key-outcome", "data-keychain", "missing").await?;
    window.click("use-session").await?;
    wait_for_attribute(&window, "key-outcome", "data-outcome", "accepted").await?;
    window.click("key-sheet-close").await?;
    window
        .wait_for_text("account", PATIENCE, |text| text.contains("session"))
        .await?;
    window.close().await?;
    let window = open(&stage).await?;
    window
        .wait_for_text("account", PATIENCE, |text| text.contains("No key"))
        .await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_is_called_locked_and_works_once_unlocked_or_for_the_session()
-> Result<()> {
    let waves = waves();
    let stage = Stage::open(Scene {
        loudspeaker: false,
        keyring: Keyring::Locked,
        ..scene(&waves)
    })?;
    let window = open(&stage).await?;
    connect(&stage, &window, waves.key(), "chooseSession").await?;
    wait_for_attribute(&window, "key-outcome", "data-keychain", "locked").await?;
    window.click("use-session").await?;
    wait_for_attribute(&window, "key-outcome", "data-outcome", "accepted").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_loudspeaker_there_is_a_sentence_and_saving_works() -> Result<()> {
    let stage = Stage::open(Scene {
        loudspeaker: false,
        keyring: Keyring::Absent,
        ..Scene::default()
    })?;
    let window = open(&stage).await?;
    window.click("speak-button").await?;
    wait_for_notice(&window, "No loudspeaker").await?;
    wait_for_status(&window, "noDevice").await?;
    window.click("stop-button").await?;
    let target = stage.files().join("silent.wav");
    let wav = save(&stage, &window, &target).await?;
    ensure!(wav.seconds() > 4.0, "the file is too short");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_saves_peal_leaves_no_half_file_and_keeps_what_was_bought() -> Result<()> {
    let waves = waves();
    waves.set_pace(Some(8.0));
    let stage = Stage::open(Scene {
        loudspeaker: false,
        ..scene(&waves)
    })?;
    let window = open(&stage).await?;
    connect_well(&stage, &window, &waves).await?;
    choose_voice(&window, "Sophie").await?;
    let text: Vec<String> = (1..=12)
        .map(|number| {
            format!("This is sentence number {number} of twelve, and it is bought just once.")
        })
        .collect();
    set_text(&window, &text.join(" ")).await?;
    let target = stage.files().join("killed.wav");
    begin_saving(&stage, &window, &target).await?;
    let answered = |requests: &[simulator::LoggedRequest]| {
        requests
            .iter()
            .filter(|request| request.path.contains("/tts") && request.completed)
            .count()
    };
    waves.wait_until(|requests| answered(requests) >= 4).await;
    for process in window.processes() {
        stage.ask("kill", &["-9", &process.to_string()])?;
    }
    ensure!(!target.exists(), "a half file has the name of a whole one");
    drop(window);
    let before = answered(&waves.requests());

    let window = open(&stage).await?;
    wait_for_voice(&window, "Sophie").await?;
    set_text(&window, &text.join(" ")).await?;
    save(&stage, &window, &target).await?;
    let requests = waves.requests();
    let bought = requests
        .iter()
        .filter(|request| request.path.contains("/tts"))
        .count();
    // What was on its way when the lightning struck may have to be bought again; nothing else.
    ensure!(
        bought <= 12 + 2,
        "{bought} requests for twelve sentences, {before} of which were there before"
    );
    window.close().await
}
