//! The client against bytes that no honest server sends, and connections that never come to be.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

mod common;

use std::time::{Duration, Instant};

use common::{NEVER, client, hear, key, request, timeouts};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use waves::{Client, ErrorKind, Model, Origin, SpeechEvent, Transport};

/// Those whose answer is the body of an HTTP answer; `tests/socket.rs` is about the other.
const TRANSPORTS: [Transport; 2] = [Transport::Http, Transport::Sse];

/// What a connection does once a request has arrived on it.
enum Step {
    Send(Vec<u8>),
    /// Sends the same again and again, until the client has had enough.
    Repeat(Vec<u8>),
    /// Waits until the test says so.
    Await(oneshot::Receiver<()>),
    /// Says nothing more until the client closes.
    Hold,
    /// Waits for another request on the same connection.
    NextRequest,
}

/// A server of one connection.
struct Wire {
    url: String,
    /// Heads and bodies of the requests.
    requests: mpsc::UnboundedReceiver<String>,
    /// Resolves when the client has closed a connection that was held open.
    closed: oneshot::Receiver<()>,
}

async fn serve(steps: Vec<Step>) -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (log, requests) = mpsc::unbounded_channel();
    let (closing, closed) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        log.send(read_request(&mut stream).await).unwrap();
        for step in steps {
            match step {
                // The client may have gone: then there is nothing left to do.
                Step::Send(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                }
                Step::Repeat(bytes) => while stream.write_all(&bytes).await.is_ok() {},
                Step::Await(signal) => signal.await.unwrap(),
                Step::Hold => while matches!(stream.read(&mut [0; 1024]).await, Ok(1..)) {},
                Step::NextRequest => {
                    let request = read_request(&mut stream).await;
                    let _ = log.send(request);
                }
            }
        }
        let _ = closing.send(());
    });
    Wire {
        url,
        requests,
        closed,
    }
}

/// Reads a head and as much body as it announces.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4_096];
        let length = stream.read(&mut piece).await.unwrap();
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(length > 0, "the request was cut");
            continue;
        };
        let announced = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        if body.len() >= announced || length == 0 {
            return text;
        }
    }
}

/// The head of a chunked answer.
fn head(transport: Transport) -> Vec<u8> {
    let kind = match transport {
        Transport::Http => "audio/wav",
        Transport::Sse | Transport::WebSocket => "text/event-stream",
    };
    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nX-Request-Id: wire\r\nTransfer-Encoding: chunked\r\n\r\n").into()
}

fn chunk(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// 100 ms of sound, as a piece of the body.
fn sound(transport: Transport) -> Vec<u8> {
    use base64::Engine;
    let bytes: Vec<u8> = (0..2_400i16)
        .flat_map(|n| (n * 13 % 9_000).to_le_bytes())
        .collect();
    match transport {
        Transport::Http => bytes,
        Transport::Sse | Transport::WebSocket => {
            let audio = base64::prelude::BASE64_STANDARD.encode(bytes);
            format!("event: audio\ndata: {{\"audio\":\"{audio}\",\"done\":false,\"status\":\"206\"}}\n\n").into()
        }
    }
}

/// What proves the end, inside of the body.
fn end(transport: Transport) -> &'static [u8] {
    match transport {
        Transport::Http => b"",
        Transport::Sse | Transport::WebSocket => b"data: {\"status\":\"200\",\"done\":true}\n\n",
    }
}

/// An honest answer.
fn whole(transport: Transport) -> Vec<u8> {
    let body = [sound(transport).as_slice(), end(transport)].concat();
    [head(transport), chunk(&body), LAST_CHUNK.to_vec()].concat()
}

#[tokio::test]
async fn the_first_sound_is_heard_before_the_second_is_made() {
    for transport in TRANSPORTS {
        let (go_on, wait) = oneshot::channel();
        let wire = serve(vec![
            Step::Send([head(transport), chunk(&sound(transport))].concat()),
            Step::Await(wait),
            Step::Send(
                [
                    chunk(&sound(transport)),
                    chunk(end(transport)),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            ),
        ]);
        let wire = wire.await;
        let client = client(&wire.url);
        let mut speech = client
            .synthesize(&key(), &request(), transport)
            .await
            .unwrap();
        assert_eq!(speech.request_id(), Some("wire"));
        let first = tokio::time::timeout(NEVER, speech.next()).await.unwrap();
        let Some(Ok(SpeechEvent::Audio(samples))) = first else {
            panic!("{first:?}")
        };
        assert_eq!(samples.len(), 2_400, "{transport:?}");
        go_on.send(()).unwrap();
        let rest: Vec<_> = speech.map(|event| event.unwrap()).collect().await;
        let Some(SpeechEvent::End(end)) = rest.last() else {
            panic!("{rest:?}")
        };
        assert_eq!(end.samples, 4_800);
    }
}

#[tokio::test]
async fn time_that_the_consumer_takes_is_not_the_services_silence() {
    for transport in TRANSPORTS {
        let (go_on, wait) = oneshot::channel();
        let wire = serve(vec![
            Step::Send([head(transport), chunk(&sound(transport))].concat()),
            Step::Await(wait),
            Step::Send(
                [
                    chunk(&[sound(transport).as_slice(), end(transport)].concat()),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            ),
        ])
        .await;
        let mut timeouts = timeouts();
        timeouts.silence = Duration::from_millis(300);
        let client = Client::new(Origin::parse(&wire.url).unwrap(), timeouts).unwrap();
        let mut speech = client
            .synthesize(&key(), &request(), transport)
            .await
            .unwrap();
        assert!(matches!(
            speech.next().await,
            Some(Ok(SpeechEvent::Audio(_)))
        ));
        // A paused player asks for nothing; the service, its window full, sends nothing.
        tokio::time::sleep(timeouts.silence * 2).await;
        let (next, ()) = tokio::join!(speech.next(), async { go_on.send(()).unwrap() });
        assert!(
            matches!(next, Some(Ok(SpeechEvent::Audio(_)))),
            "{transport:?}: {next:?}"
        );
    }
}

#[tokio::test]
async fn dropping_a_speech_closes_its_connection() {
    for transport in TRANSPORTS {
        let start = [head(transport), chunk(&sound(transport))].concat();
        let wire = serve(vec![Step::Send(start), Step::Hold]).await;
        let client = client(&wire.url);
        let mut speech = client
            .synthesize(&key(), &request(), transport)
            .await
            .unwrap();
        assert!(matches!(
            speech.next().await,
            Some(Ok(SpeechEvent::Audio(_)))
        ));
        drop(speech);
        tokio::time::timeout(NEVER, wire.closed)
            .await
            .expect("the connection stays open")
            .unwrap();
    }
}

#[tokio::test]
async fn a_finished_speech_leaves_its_connection_for_the_next() {
    for transport in TRANSPORTS {
        let answer = whole(transport);
        // The last chunk comes on its own, as it does from a service that flushes each event.
        let (start, last) = answer.split_at(answer.len() - LAST_CHUNK.len());
        let mut wire = serve(vec![
            Step::Send(start.to_vec()),
            Step::Send(last.to_vec()),
            Step::NextRequest,
            Step::Send(answer.clone()),
        ])
        .await;
        let client = client(&wire.url);
        hear(&client, transport).await.end.unwrap();
        wire.requests.recv().await.unwrap();
        // The server takes no second connection: this can only be answered on the first.
        hear(&client, transport).await.end.unwrap();
        assert!(wire.requests.recv().await.is_some(), "{transport:?}");
    }
}

/// What it is, on which transport, what the server does, and the samples or failure that must
/// come of it.
type Case = (&'static str, Transport, Vec<Step>, Result<u64, ErrorKind>);

#[tokio::test]
async fn dishonest_bytes_settle_in_their_kind() {
    use ErrorKind::*;
    let plain = |head: &str, body: &[u8]| [head.as_bytes(), b"\r\n\r\n", body].concat();
    let wav = |transport| sound(transport);
    let (http, sse) = (Transport::Http, Transport::Sse);
    let events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream";
    let audio = "HTTP/1.1 200 OK\r\nContent-Type: audio/wav";
    let cases: Vec<Case> = vec![
        (
            "cut in a chunk",
            http,
            vec![Step::Send(
                [head(http), b"ffff\r\n".to_vec(), wav(http)].concat(),
            )],
            Err(Truncated),
        ),
        (
            "cut in a chunk",
            sse,
            vec![Step::Send(
                [head(sse), b"ffff\r\n".to_vec(), wav(sse)].concat(),
            )],
            Err(Truncated),
        ),
        (
            "no last chunk",
            http,
            vec![Step::Send([head(http), chunk(&wav(http))].concat())],
            Err(Truncated),
        ),
        (
            "no last chunk, but the end event",
            sse,
            vec![Step::Send(
                [head(sse), chunk(&wav(sse)), chunk(end(sse))].concat(),
            )],
            Ok(2_400),
        ),
        (
            "end event without its blank line",
            sse,
            vec![Step::Send(
                [
                    head(sse),
                    chunk(&wav(sse)),
                    chunk(b"data: {\"done\":true}"),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            )],
            Ok(2_400),
        ),
        (
            "an event cut at the end",
            sse,
            vec![Step::Send(
                [
                    head(sse),
                    chunk(&wav(sse)),
                    chunk(b"data: {\"done\":tr"),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            )],
            Err(Truncated),
        ),
        (
            "nonsense for a chunk size",
            http,
            vec![Step::Send([head(http), b"xyz\r\n".to_vec()].concat())],
            Err(Truncated),
        ),
        (
            "ended by closing, so nobody knows",
            http,
            vec![Step::Send(plain(audio, &wav(http)))],
            Err(Truncated),
        ),
        (
            "ended by closing after the end event",
            sse,
            vec![Step::Send(plain(
                events,
                &[wav(sse).as_slice(), end(sse)].concat(),
            ))],
            Ok(2_400),
        ),
        ("closed without a word", http, vec![], Err(Network)),
        (
            "closed in the head",
            sse,
            vec![Step::Send(b"HTTP/1.1 200 O".to_vec())],
            Err(Network),
        ),
        (
            "half a head, then nothing",
            http,
            vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Hold],
            Err(TimedOut),
        ),
        (
            "a head, then nothing",
            sse,
            vec![Step::Send(head(sse)), Step::Hold],
            Err(TimedOut),
        ),
        (
            "an error whose body never comes",
            http,
            vec![
                Step::Send(b"HTTP/1.1 401 No\r\nContent-Length: 50\r\n\r\n".to_vec()),
                Step::Hold,
            ],
            Err(Unauthorized),
        ),
        (
            "an error without an end",
            sse,
            vec![
                Step::Send(b"HTTP/1.1 500 Oh\r\n\r\n".to_vec()),
                Step::Repeat(vec![b'e'; 9_000]),
            ],
            Err(Server),
        ),
        (
            "sound without an end",
            http,
            vec![
                Step::Send(head(http)),
                Step::Repeat(chunk(&wav(http).repeat(20))),
            ],
            Err(Protocol),
        ),
        (
            "sound without an end",
            sse,
            vec![
                Step::Send(head(sse)),
                Step::Repeat(chunk(&wav(sse).repeat(20))),
            ],
            Err(Protocol),
        ),
        (
            "a line without an end",
            sse,
            vec![Step::Send(head(sse)), Step::Repeat(chunk(&[b'x'; 60_000]))],
            Err(Protocol),
        ),
        (
            "comments and no sound",
            sse,
            vec![
                Step::Send([head(sse), chunk(&wav(sse))].concat()),
                Step::Repeat(chunk(b": alive\n\n")),
            ],
            Err(TimedOut),
        ),
        (
            "JSON that calls itself audio",
            http,
            vec![Step::Send(plain(
                &format!("{audio}\r\nContent-Length: 24"),
                br#"{"error":"unauthorized"}"#,
            ))],
            Err(Protocol),
        ),
        (
            "a page that calls itself audio",
            http,
            vec![Step::Send(plain(
                &format!("{audio}\r\nContent-Length: 44"),
                b"<!DOCTYPE html><html><title>Hi</title></html>",
            ))],
            Err(Protocol),
        ),
        (
            "MP3 that calls itself WAV",
            http,
            vec![Step::Send(
                [
                    head(http),
                    chunk(
                        &[[0xff, 0xf3, 0xc4, 0xc4].as_slice(), &[0; 380]]
                            .concat()
                            .repeat(9),
                    ),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            )],
            Err(Protocol),
        ),
        (
            "audio in place of events",
            sse,
            vec![Step::Send(
                [head(http), chunk(&wav(http)), LAST_CHUNK.to_vec()].concat(),
            )],
            Err(Protocol),
        ),
        (
            "no content",
            http,
            vec![Step::Send(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())],
            Err(Truncated),
        ),
        (
            "an endless head",
            http,
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\nX: ".to_vec()),
                Step::Repeat(vec![b'x'; 9_000]),
            ],
            Err(Network),
        ),
        (
            "an event for errors",
            sse,
            vec![Step::Send(
                [head(sse), chunk(b"event: error\ndata: no more voices\n\n")].concat(),
            )],
            Err(Server),
        ),
        (
            "a status of failure at the end",
            sse,
            vec![Step::Send(
                [
                    head(sse),
                    chunk(&wav(sse)),
                    chunk(b"data: {\"status\":\"500\",\"done\":true}\n\n"),
                ]
                .concat(),
            )],
            Err(Server),
        ),
        (
            "unknown events",
            sse,
            vec![Step::Send(
                [
                    head(sse),
                    chunk(b"event: news\ndata: {\"x\":[1]}\n\nid: 5\n\ndata:\n\n"),
                    chunk(&wav(sse)),
                    chunk(end(sse)),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            )],
            Ok(2_400),
        ),
        (
            "the older shape",
            sse,
            vec![Step::Send(
                [
                    head(sse),
                    chunk(
                        &String::from_utf8(wav(sse))
                            .unwrap()
                            .replace(",\"done\":false,\"status\":\"206\"", "")
                            .into_bytes(),
                    ),
                    chunk(b"data: {\"done\":true}\n\n"),
                    LAST_CHUNK.to_vec(),
                ]
                .concat(),
            )],
            Ok(2_400),
        ),
    ];
    let cases = cases
        .into_iter()
        .map(|(name, transport, steps, expected)| async move {
            let wire = serve(steps).await;
            let heard = hear(&client(&wire.url), transport).await;
            let outcome = heard
                .end
                .as_ref()
                .map(|samples| *samples)
                .map_err(waves::Error::kind);
            assert_eq!(outcome, expected, "{name}, {transport:?}: {:?}", heard.end);
            // The samples of a failed answer are a part of it, never noise.
            let honest: Vec<i16> = (0..2_400i16).map(|n| n * 13 % 9_000).collect();
            let parts = heard.samples.chunks(honest.len());
            assert!(
                parts.into_iter().all(|part| part == &honest[..part.len()]),
                "{name}, {transport:?}"
            );
        });
    // Some at once: most of them are about waiting.
    futures_util::stream::iter(cases)
        .for_each_concurrent(4, |case| case)
        .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_key_along() {
    for status in [301, 302, 303, 307, 308] {
        for transport in TRANSPORTS {
            let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = elsewhere.local_addr().unwrap();
            let answer = format!(
                "HTTP/1.1 {status} Moved\r\nLocation: http://{address}/waves/v1/tts\r\nContent-Length: 0\r\n\r\n"
            );
            let wire = serve(vec![Step::Send(answer.into())]).await;
            let heard = hear(&client(&wire.url), transport).await;
            assert_eq!(heard.kind(), Some(ErrorKind::Protocol), "{status}");
            let visited = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
            assert!(visited.is_err(), "{status} led to another host");
        }
    }
}

#[tokio::test]
async fn a_key_that_the_service_repeats_is_taken_out_of_the_error() {
    let words = br#"{"error":"no such key: sk_sim_local_dev","request_id":"sk_sim_local_dev"}"#;
    let answer = [
        format!("HTTP/1.1 401 No\r\nContent-Length: {}\r\n\r\n", words.len()).as_bytes(),
        words,
    ]
    .concat();
    for transport in TRANSPORTS {
        let event = b"data: {\"error\":\"sk_sim_local_dev is used up\"}\n\n";
        for steps in [
            vec![Step::Send(answer.clone())],
            vec![Step::Send([head(transport), chunk(event)].concat())],
        ] {
            let wire = serve(steps).await;
            let error = hear(&client(&wire.url), transport).await.end.unwrap_err();
            let printed = format!(
                "{error} {error:?} {:?} {:?}",
                error.request_id(),
                error.message()
            );
            assert!(!printed.contains("sk_sim"), "{printed}");
        }
    }
}

#[tokio::test]
async fn lists_are_bounded_and_read_tolerantly() {
    let head =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    let wire = serve(vec![
        Step::Send(head.clone()),
        Step::Repeat(chunk(&[b' '; 60_000])),
    ])
    .await;
    let error = client(&wire.url).catalogue(&key()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);

    let list = br#"{"voices":[{"voiceId":"a"},{"voiceId":7},{"voiceId":"b","tags":{"language":["hindi"]}}],"more":1}"#;
    let wire = serve(vec![Step::Send(
        [head, chunk(list), LAST_CHUNK.to_vec()].concat(),
    )])
    .await;
    let voices = client(&wire.url)
        .list_voices(&key(), Model::LightningV31Pro)
        .await
        .unwrap();
    let ids: Vec<&str> = voices.iter().map(|voice| voice.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[tokio::test]
async fn connections_that_never_come_to_be_fail_by_kind() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = plain.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1_024]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 400 This is plain HTTP\r\n\r\n")
                .await;
        }
    });
    let untrusted = serve_untrusted_tls().await;
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute_address = mute.local_addr().unwrap();
    for (origin, kind) in [
        (format!("http://{free}"), ErrorKind::Network),
        (format!("https://{free}"), ErrorKind::Network),
        // `.invalid` is reserved: no name server knows a name in it.
        ("https://peal-test.invalid".to_owned(), ErrorKind::Network),
        (format!("https://{plain_address}"), ErrorKind::Tls),
        (format!("https://{untrusted}"), ErrorKind::Tls),
        // Connected, but nobody shakes hands.
        (format!("https://{mute_address}"), ErrorKind::TimedOut),
    ] {
        let client = client(&origin);
        for transport in Transport::ALL {
            let started = Instant::now();
            let error = hear(&client, transport).await.end.unwrap_err();
            assert_eq!(error.kind(), kind, "{origin}: {error:?}");
            assert_eq!(error.is_retryable(), kind != ErrorKind::Tls);
            assert!(
                started.elapsed() < NEVER / 2,
                "{origin} took {:?}",
                started.elapsed()
            );
        }
        let error = client.check_key(&key()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{origin}: {error:?}");
    }
}

/// A TLS server with a certificate that nobody has reason to trust.
async fn serve_untrusted_tls() -> std::net::SocketAddr {
    use tokio_rustls::rustls::{self, pki_types::PrivateKeyDer};
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let private = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(
        rustls::crypto::aws_lc_rs::default_provider().into(),
    )
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![made.cert.der().clone()], private)
    .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // The client hangs up as soon as it has seen the certificate.
            assert!(
                acceptor.accept(stream).await.is_err(),
                "the client trusted a stranger"
            );
        }
    });
    address
}
