//! A service that gives the answers it was told, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use waves::Upload;

use crate::common::{NEVER, client};

/// A service that gives these answers, one a connection, and keeps what it was asked.
pub(crate) struct Canned {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and path with query.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Canned {
    pub(crate) async fn start(answers: Vec<(u16, String)>) -> Canned {
        Canned::start_as("application/json; charset=utf-8", answers).await
    }

    pub(crate) async fn start_as(kind: &'static str, answers: Vec<(u16, String)>) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                log.lock().unwrap().push(request);
                let head = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nX-Request-Id: canned\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                // The client may have gone.
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body.as_bytes()).await;
            }
        });
        Canned { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only request there was.
    pub(crate) fn one(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1);
        asked[0].clone()
    }
}

pub(crate) async fn read_request(stream: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    let mut piece = [0; 9_000];
    loop {
        let length = stream.read(&mut piece).await.unwrap();
        bytes.extend_from_slice(&piece[..length]);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else {
            assert!(length > 0, "the request was cut");
            continue;
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let line = head
            .lines()
            .next()
            .unwrap()
            .trim_end_matches(" HTTP/1.1")
            .to_owned();
        let asked = Asked {
            line,
            head,
            body: bytes[end + 4..].to_vec(),
        };
        let announced = asked
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        assert_eq!(
            asked.header("transfer-encoding"),
            None,
            "a length is known for all we send"
        );
        if asked.body.len() >= announced || length == 0 {
            return asked;
        }
    }
}

pub(crate) async fn answered<T>(
    answer: Value,
    call: impl AsyncFnOnce(&waves::Client) -> T,
) -> (T, Asked) {
    let service = Canned::start(vec![(200, answer.to_string())]).await;
    let client = client(&service.url);
    let given = tokio::time::timeout(NEVER, call(&client)).await.unwrap();
    (given, service.one())
}

pub(crate) fn sample() -> (Vec<u8>, Upload) {
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n / 3) as u8).collect();
    let reader = std::io::Cursor::new(bytes.clone());
    (bytes, Upload::from_reader(reader, 200_000))
}
