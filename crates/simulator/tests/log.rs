//! The log, and the simulator's own paths for tests in another process.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod client;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use client::{Ask, End, TEXT, get, post, simulator, speech, speech_with};
use serde_json::{Value, json};
use simulator::{Fault, Times};

#[tokio::test]
async fn what_was_asked_is_in_the_log() {
    let simulator = simulator().await;
    let body = speech_with(json!({ "text": "Grüße 😀", "speed": 1.5, "output_format": "wav" }));
    Ask::post("/waves/v1/tts", &body)
        .header("User-Agent", "test/1")
        .send(&simulator)
        .await;
    get(&simulator, "/waves/v1/lightning-v3.1-pro/get_voices").await;
    let requests = simulator.requests();
    let request = &requests[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/waves/v1/tts")
    );
    assert_eq!((request.text.as_str(), request.characters), ("Grüße 😀", 7));
    assert_eq!(request.voice_id.as_deref(), Some("sophia"));
    assert_eq!(request.model.as_deref(), Some("lightning_v3.1"));
    assert_eq!(request.language.as_deref(), Some("en"));
    assert_eq!(request.speed, Some(1.5));
    assert_eq!(request.sample_rate, Some(24_000));
    assert_eq!(request.output_format.as_deref(), Some("wav"));
    assert_eq!(request.header("user-agent"), Some("test/1"));
    assert_eq!((request.status, request.completed), (200, true));
    assert!(request.authorized && request.key_matches);
    assert_eq!(requests[1].model.as_deref(), Some("lightning-v3.1-pro"));
    assert!(requests[0].received_at <= requests[1].received_at);
    simulator.clear_requests();
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn refused_requests_are_in_the_log_with_their_text() {
    let simulator = simulator().await;
    post(
        &simulator,
        "/waves/v1/tts",
        &speech_with(json!({ "voice_id": "nobody" })),
    )
    .await;
    Ask::post("/waves/v1/tts", &speech())
        .key("sk_wrong")
        .send(&simulator)
        .await;
    Ask::post("/waves/v1/tts", &speech())
        .authorization("")
        .send(&simulator)
        .await;
    let requests = simulator.requests();
    assert_eq!(
        (requests[0].status, requests[0].characters),
        (400, TEXT.len())
    );
    assert_eq!(
        (
            requests[1].status,
            requests[1].authorized,
            requests[1].key_matches
        ),
        (401, true, false)
    );
    assert_eq!((requests[2].status, requests[2].authorized), (401, false));
}

#[tokio::test]
async fn neither_the_right_key_nor_a_wrong_one_is_ever_in_the_log() {
    let simulator = simulator().await;
    for key in [
        simulator.key().to_owned(),
        "sk_somebodys_real_key".to_owned(),
    ] {
        let body = speech_with(
            json!({ "text": format!("My key is {key}."), "voice_id": key, "language": key }),
        );
        Ask::post(&format!("/waves/v1/tts?token={key}&a={key}"), &body)
            .key(&key)
            .header("X-Api-Key", &key)
            .header("Cookie", &format!("session={key}"))
            .header("Proxy-Authorization", &key)
            .send(&simulator)
            .await;
        Ask::new("GET", &format!("/waves/{key}/get_voices"))
            .key(&key)
            .send(&simulator)
            .await;
        let (library, http) = (
            format!("{:?}", simulator.requests()),
            get(&simulator, "/_sim/requests").await.text(),
        );
        for log in [library, http] {
            assert!(!log.contains(&key), "{log}");
            assert!(log.contains("(not kept)"));
        }
    }
    let names: Vec<String> = simulator.requests()[0]
        .headers
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    assert!(
        names.contains(&"authorization".to_owned()),
        "that there was one is known"
    );
}

#[tokio::test]
async fn a_token_in_the_query_is_not_logged_even_if_it_is_nobodys_key() {
    let simulator = simulator().await;
    get(&simulator, "/waves/v1/x?a=1&token=short&b=2").await;
    assert_eq!(
        simulator.requests()[0].path,
        "/waves/v1/x?a=1&token=(not kept)&b=2"
    );
}

#[tokio::test]
async fn waiting_for_requests_ends_when_they_have_arrived_and_not_before() {
    let simulator = simulator().await;
    simulator.fault(Fault::NeverAnswers, Times::Always);
    let _first = Ask::post("/waves/v1/tts", &speech())
        .connect(&simulator)
        .await;
    simulator.wait_for_requests(1).await;
    let waiting =
        tokio::time::timeout(Duration::from_millis(100), simulator.wait_for_requests(2)).await;
    assert!(waiting.is_err());
    let (_second, ()) = tokio::join!(
        async {
            Ask::post("/waves/v1/tts", &speech())
                .connect(&simulator)
                .await
        },
        simulator.wait_for_requests(2),
    );
    assert_eq!(simulator.requests()[1].status, 0, "not answered");
    assert!(!simulator.requests()[1].completed);
}

#[tokio::test]
async fn the_log_can_be_read_waited_for_and_cleared_over_http() {
    let simulator = simulator().await;
    let body = speech();
    let (log, _) = tokio::join!(
        get(&simulator, "/_sim/requests?at_least=1"),
        post(&simulator, "/waves/v1/tts", &body),
    );
    let log = log.json();
    assert_eq!(
        log.as_array().unwrap().len(),
        1,
        "its own paths are not in it"
    );
    assert_eq!(log[0]["path"], "/waves/v1/tts");
    assert_eq!(log[0]["characters"], TEXT.len());
    assert!(log[0]["received_after_ms"].is_number());
    assert_eq!(
        Ask::new("DELETE", "/_sim/requests")
            .send(&simulator)
            .await
            .status,
        200
    );
    assert_eq!(get(&simulator, "/_sim/requests").await.json(), json!([]));
}

#[tokio::test]
async fn faults_can_be_scripted_over_http_without_a_key() {
    let simulator = simulator().await;
    let script = async |body: Value| {
        Ask::post("/_sim/faults", &body)
            .authorization("")
            .send(&simulator)
            .await
            .status
    };
    assert_eq!(
        script(json!({ "fault": { "status": { "status": 500 } }, "times": { "n": 2 } })).await,
        200
    );
    assert_eq!(
        script(json!([
            { "fault": "missing_end", "route": "sse", "times": "once" },
            { "fault": { "cut_after": { "bytes": 10 } } },
            { "fault": { "first_byte": 1 } },
            { "fault": { "slow_drip": { "bytes": 4000, "every_ms": 1 } } },
            { "fault": { "status": { "status": 429, "retry_after": "2", "body": "html" } }, "times": "always" },
        ]))
        .await,
        200
    );
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let answer = post(&simulator, "/waves/v1/tts", &speech()).await;
        statuses.push((answer.status, answer.end));
    }
    assert_eq!(
        statuses,
        [
            (500, End::Complete),
            (500, End::Complete),
            (200, End::Closed),
            (200, End::Complete),
            (200, End::Complete),
            (429, End::Complete),
            (429, End::Complete)
        ]
    );
    assert_eq!(
        Ask::new("DELETE", "/_sim/faults")
            .send(&simulator)
            .await
            .status,
        200
    );
    assert_eq!(
        post(&simulator, "/waves/v1/tts/live", &speech())
            .await
            .status,
        200
    );
    assert_eq!(script(json!({ "fault": "no_such_fault" })).await, 400);
    assert_eq!(
        script(json!({ "fault": "missing_end", "often": 3 })).await,
        400
    );
    assert_eq!(get(&simulator, "/_sim/else").await.status, 404);
}

#[tokio::test]
async fn settings_can_be_changed_over_http() {
    let simulator = simulator().await;
    let settings =
        json!({ "concurrency": 0, "first_byte_ms": 5, "pace": 100.0, "voices_delay_ms": 1 });
    assert_eq!(
        post(&simulator, "/_sim/settings", &settings).await.status,
        200
    );
    assert_eq!(
        post(&simulator, "/waves/v1/tts", &speech()).await.status,
        429
    );
    assert_eq!(
        post(&simulator, "/_sim/settings", &json!({ "volume": 1 }))
            .await
            .status,
        400
    );
}

#[test]
fn the_program_says_its_url_first_and_ends_with_ctrl_c() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_simulator"))
        .args(["--tone", "--key", "sk_of_the_program", "--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let address = url
        .trim()
        .strip_prefix("http://")
        .expect("a URL")
        .to_owned();
    assert!(address.starts_with("127.0.0.1:"));
    std::net::TcpStream::connect(address).expect("it listens when it has said so");
    #[cfg(unix)]
    {
        let interrupted = Command::new("kill")
            .args(["-INT", &program.id().to_string()])
            .status()
            .unwrap();
        assert!(interrupted.success());
        assert!(program.wait().unwrap().success());
    }
    #[cfg(not(unix))]
    program.kill().unwrap();
}
