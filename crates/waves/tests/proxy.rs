//! The key over plain http never goes through a proxy, whatever the environment asks for.
//!
//! Proxies are read from the environment, so the client runs in a child process: this same program.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod common;

use common::{TRANSPORTS, client, hear};
use simulator::{Options, Simulator};
use tokio::net::TcpListener;

const URL: &str = "WAVES_TEST_URL";

#[tokio::test]
async fn a_loopback_key_does_not_pass_a_proxy() {
    if let Ok(url) = std::env::var(URL) {
        return be_the_client(&url).await;
    }
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());
    let this_program = std::env::current_exe().unwrap();
    let mut child = tokio::process::Command::new(this_program);
    child
        .args(["--exact", "a_loopback_key_does_not_pass_a_proxy"])
        .env(URL, simulator.url())
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ] {
        child.env(name, &proxy_url);
    }
    let (output, visit) = tokio::join!(child.output(), first_visit(&proxy));
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(visit, "GET http://127.0.0.1:9/control HTTP/1.1");
    let heard = simulator
        .requests()
        .into_iter()
        .filter(|request| request.key_matches && request.method != "WS");
    assert_eq!(heard.count(), TRANSPORTS.len());
}

/// Speaks, then shows that the environment would have led an ordinary client to the proxy.
async fn be_the_client(url: &str) {
    let client = client(url);
    for transport in TRANSPORTS {
        hear(&client, transport).await.end.unwrap();
    }
    let control = reqwest::Client::new().get("http://127.0.0.1:9/control");
    assert!(control.send().await.is_err(), "the proxy hangs up");
}

/// The first line of the first request that reaches the proxy. The control comes last, so
/// anything of ours would have come before it.
async fn first_visit(proxy: &TcpListener) -> String {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let (stream, _) = tokio::time::timeout(common::NEVER, proxy.accept())
        .await
        .unwrap()
        .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await.unwrap();
    line.trim_end().to_owned()
}
