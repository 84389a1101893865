//! temporary
use e2e::*;
use std::time::Duration;
fn bare() -> std::path::PathBuf {
    target().join("bare-window/release/bare-window")
}
#[tokio::test]
async fn bare_window_is_driven() {
    let stage = Stage::open(Scene {
        theme: Theme::Dark,
        ..Scene::default()
    })
    .unwrap();
    let t = std::time::Instant::now();
    let window = Window::open(&stage, &bare(), &[]).await.unwrap();
    eprintln!("session {:?}", t.elapsed());
    assert_eq!(
        window.text("heading").await.unwrap().as_deref(),
        Some("Bare window")
    );
    window.write("text", "äö\nü").await.unwrap();
    window.click("count").await.unwrap();
    window
        .wait_for_text("counted", PATIENCE, |t| t == "4")
        .await
        .unwrap();
    window.set("text", "🎉🎉").await.unwrap();
    window.click("count").await.unwrap();
    window
        .wait_for_text("counted", PATIENCE, |t| t == "2")
        .await
        .unwrap();
    assert_eq!(window.text("nothing").await.unwrap(), None);
    assert_eq!(
        window.property("text", "value").await.unwrap().as_deref(),
        Some("🎉🎉")
    );
    eprintln!("{:?}", window.screenshot("bare-dark").await.unwrap());
    stage
        .screen()
        .unwrap()
        .photograph(&shots().unwrap().join("bare-desktop.png"))
        .unwrap();
    let procs = window.processes();
    eprintln!("{procs:?} {:?}", memory::resident(&procs));
    // positive control of the memory scan
    let secret = ["canary-", "typed-into-a-page"].concat();
    window.set("text", &secret).await.unwrap();
    let t = std::time::Instant::now();
    let hits: Vec<_> = procs
        .iter()
        .map(|p| memory::occurrences(*p, &memory::traces(&secret)))
        .collect();
    eprintln!("{hits:?} in {:?}", t.elapsed());
    let file = stage.files().join("ünï code.txt");
    std::fs::write(&file, "hello").unwrap();
    let t = std::time::Instant::now();
    drag_files(&stage, "Bare window", &[file], || {
        stage.screen()?.photograph(&shots()?.join("bare-drag.png"))
    })
    .unwrap();
    eprintln!("drag {:?}", t.elapsed());
    let e = window
        .wait_for_text("counted", Duration::from_millis(300), |t| t == "77")
        .await
        .unwrap_err();
    eprintln!("{e:#}");
    let t = std::time::Instant::now();
    window.close().await.unwrap();
    eprintln!("close {:?}", t.elapsed());
}
