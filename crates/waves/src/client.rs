//! The calls, one method per endpoint.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    TRANSFER_ENCODING,
};
use reqwest::{ClientBuilder, Method, RequestBuilder, Response, Url, Version};
use serde_json::Value;
use tokio::time::Instant;

use crate::error_body;
use crate::socket::Sockets;
use crate::speech::{Body, Framing, Ids, Source, SpeechAnswer};
use crate::voices::{read_catalogue, read_voices};
use crate::{
    ApiKey, CatalogueEntry, EncodedSpeech, Error, ErrorKind, Model, Origin, OutputFormat,
    SpeechStream, SynthesisRequest, Voice,
};

/// Where speech is made while it is heard.
pub(crate) const LIVE: &str = "/waves/v1/tts/live";
/// Asks for the content to be deleted after seven days.
pub(crate) const EXPIRE_CONTENT: &str = "x-expire-content";
/// The longest list of voices read, in bytes; the real ones are below 200 kB.
const LONGEST_LIST: usize = 8 << 20;
/// The longest preview read, in bytes.
const LONGEST_PREVIEW: usize = 5 << 20;
/// The longest error answer read, in bytes; more is cut off.
const LONGEST_ERROR: usize = 64 << 10;

/// How a synthesis travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// One HTTP answer whose body is the audio. No overhead; whether it arrives while it is
    /// made is up to the service.
    Http,
    /// Server-Sent Events: pieces of about 20 ms as they are made, a third more bytes.
    Sse,
    /// The same pieces as frames of a WebSocket, and words with their times. One connection
    /// serves one request after another.
    WebSocket,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Transport; 3] = [Transport::Http, Transport::Sse, Transport::WebSocket];
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection: name, TCP and TLS. 10 s by default.
    pub connect: Duration,
    /// From the call to the first sound of a synthesis, connecting included. 20 s by default.
    pub first_byte: Duration,
    /// For more sound once some has arrived. Comments and single bytes are no sound. 15 s by
    /// default.
    pub silence: Duration,
    /// For the whole of any other answer: lists, previews. 30 s by default.
    pub answer: Duration,
    /// For the whole of an upload and its answer, and of an answer of the language model: the
    /// service answers when it is done. 10 min by default.
    pub upload: Duration,
    /// How long an unused connection is kept. 50 s by default, since servers commonly close
    /// after 60 s: a request into a connection that is being closed is lost, and may have been
    /// billed. A WebSocket is kept alive for as long as this, however long.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(20),
            silence: Duration::from_secs(15),
            answer: Duration::from_secs(30),
            upload: Duration::from_secs(600),
            idle: Duration::from_secs(50),
        }
    }
}

/// A client of one origin. Clones share its connections.
///
/// The key is given with each call and not kept, so that another key, or none, takes effect
/// with the next one. Nothing is ever tried twice: speech is billed, so trying again is the
/// caller's decision ([`Error::is_retryable`]). Every call can be cancelled by dropping it.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    /// For WebSockets, which begin in HTTP/1.1 only. Made when first needed, since it reads the
    /// system's certificates again.
    pub(crate) http1: Arc<OnceLock<reqwest::Client>>,
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) origin: Origin,
    pub(crate) timeouts: Timeouts,
}

impl Client {
    /// Prepares a client; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Tls`] when this machine has no certificates to trust.
    pub fn new(origin: Origin, timeouts: Timeouts) -> Result<Client, Error> {
        Ok(Client {
            http: http_client(&origin, &timeouts, |builder| builder)?,
            http1: Arc::default(),
            sockets: Sockets::new(timeouts.idle),
            origin,
            timeouts,
        })
    }

    /// Where it sends keys and requests.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Speaks a text: `POST /waves/v1/tts` or `/tts/live`, or a WebSocket at `/tts/live`. Returns
    /// once the service has accepted the request; the sound comes with the stream, from its
    /// first chunk on.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`], here or from the stream.
    pub async fn synthesize(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
        transport: Transport,
    ) -> Result<SpeechStream, Error> {
        if transport == Transport::WebSocket {
            return self.synthesize_on_socket(key, request).await;
        }
        let answer = self.ask_for_speech(key, request, transport).await?;
        Ok(SpeechStream::new(answer))
    }

    /// Speaks a text over HTTP and gives the bytes as the service encoded them, in
    /// [`SynthesisRequest::format`]: `POST /waves/v1/tts`.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`], here or from the stream.
    pub async fn synthesize_encoded(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
    ) -> Result<EncodedSpeech, Error> {
        let answer = self.ask_for_speech(key, request, Transport::Http).await?;
        Ok(EncodedSpeech::new(answer))
    }

    async fn ask_for_speech(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
        transport: Transport,
    ) -> Result<SpeechAnswer, Error> {
        let started = Instant::now();
        let (path, format) = match transport {
            Transport::Http => ("/waves/v1/tts", request.format()),
            // The service sends samples there, whatever it was asked for.
            Transport::Sse | Transport::WebSocket => (LIVE, OutputFormat::Pcm),
        };
        let mut call = self
            .http
            .post(self.origin.at(path))
            .header(AUTHORIZATION, authorization(key)?)
            // The service asks for this whatever the format, and labels every format so.
            .header(ACCEPT, "audio/wav")
            // Compressing would delay chunks, and gains nothing on speech.
            .header(ACCEPT_ENCODING, "identity")
            .json(&request.body(format));
        if request.expires() {
            call = call.header(EXPIRE_CONTENT, "true");
        }
        let characters = request.text().chars().count();
        tracing::debug!(path, characters, model = %request.model(), "asking for speech");
        let answer = async {
            let response = self.send(call, self.timeouts.first_byte).await?;
            let framing = self.speech_framing(&response, transport);
            let left = self.timeouts.first_byte.saturating_sub(started.elapsed());
            match framing {
                Some(framing) => Ok((response, framing, left)),
                // 200, but no speech: JSON, a web page.
                None => Err(read_error(response).await),
            }
        };
        let (response, framing, first_byte) =
            answer.await.map_err(|error| refused(error, path, key))?;
        Ok(SpeechAnswer {
            format,
            rate: request.rate(),
            characters,
            ids: Ids::of(response.headers()),
            source: Source::Body {
                framing,
                body: body_of(response),
            },
            first_byte,
            silence: self.timeouts.silence,
            key: key.clone(),
        })
    }

    /// The voices of one pool: `GET /waves/v1/{model}/get_voices`. Without previews, see
    /// [`crate::add_previews`].
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but [`ErrorKind::NoSpeech`]. Entries that can't be read are left out.
    pub async fn list_voices(&self, key: &ApiKey, model: Model) -> Result<Vec<Voice>, Error> {
        let path = format!("/waves/v1/{}/get_voices", model.path_name());
        let call = self.call(Method::GET, &path, key)?;
        let read = |list: &Value| read_voices(list, model);
        self.answer(key, &path, call, self.timeouts.answer, read)
            .await
    }

    /// The catalogue of both pools with previews: `GET /waves/v1/voice/get-all-models`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn catalogue(&self, key: &ApiKey) -> Result<Vec<CatalogueEntry>, Error> {
        let path = "/waves/v1/voice/get-all-models";
        let call = self.call(Method::GET, path, key)?;
        self.answer(key, path, call, self.timeouts.answer, read_catalogue)
            .await
    }

    /// Asks whether the service accepts a key, by listing the standard voices: the cheapest call
    /// that looks at it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`] and [`ErrorKind::Forbidden`] say no; every other kind says
    /// that nobody knows.
    pub async fn check_key(&self, key: &ApiKey) -> Result<(), Error> {
        self.list_voices(key, Model::LightningV31).await.map(|_| ())
    }

    /// Fetches the WAV of a voice's preview, 5 MB at most. The key is not sent: previews lie on
    /// another host. Only `https`, or this machine when the service is here too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`] for an address that is not allowed and for every 4xx: what the
    /// other host refuses says nothing about the key. [`ErrorKind::Protocol`] when it is no WAV
    /// or too long.
    pub async fn preview(&self, url: &str) -> Result<Vec<u8>, Error> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| self.origin.may_fetch(url))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Rejected,
                    "not an address to fetch a preview from",
                )
            })?;
        let call = self
            .http
            .get(url)
            .header(ACCEPT, "audio/wav, audio/*;q=0.9");
        let limit = self.timeouts.answer;
        let wav = within(limit, async {
            let response = self.send(call, limit).await?;
            read_bounded(response, LONGEST_PREVIEW).await
        })
        .await
        .map_err(Error::of_other_host)?;
        if !(wav.starts_with(b"RIFF") && wav.get(8..12) == Some(b"WAVE")) {
            return Err(error_body::read_other_file(&wav));
        }
        Ok(wav)
    }

    /// A call with a key, to be answered with JSON.
    pub(crate) fn call(
        &self,
        method: Method,
        path: &str,
        key: &ApiKey,
    ) -> Result<RequestBuilder, Error> {
        self.call_at(method, self.origin.at(path), key)
    }

    /// The same, with a last step of the path that may be anything.
    pub(crate) fn call_below(
        &self,
        method: Method,
        path: &str,
        step: &str,
        key: &ApiKey,
    ) -> Result<RequestBuilder, Error> {
        let mut url = self.origin.at(path);
        if let Ok(mut steps) = url.path_segments_mut() {
            steps.pop_if_empty().push(step);
        }
        self.call_at(method, url, key)
    }

    fn call_at(&self, method: Method, url: Url, key: &ApiKey) -> Result<RequestBuilder, Error> {
        let call = self.http.request(method, url);
        Ok(call
            .header(AUTHORIZATION, authorization(key)?)
            .header(ACCEPT, "application/json"))
    }

    /// Sends a call with a key and reads its answer, all within `limit`; `None` from `read`
    /// means that it is not the answer.
    pub(crate) async fn answer<T>(
        &self,
        key: &ApiKey,
        path: &str,
        call: RequestBuilder,
        limit: Duration,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Error> {
        within(limit, self.read_json(call, limit, read))
            .await
            .map_err(|error| refused(error, path, key))
    }

    pub(crate) async fn read_json<T>(
        &self,
        call: RequestBuilder,
        limit: Duration,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Error> {
        let response = self.send(call, limit).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_bounded(response, LONGEST_LIST).await?;
        serde_json::from_slice(&body)
            .ok()
            .and_then(|value| read(&value))
            .ok_or_else(|| error_body::read(status, &headers, &body))
    }

    /// Sends a request and waits for the head of its answer, which must be a success.
    pub(crate) async fn send(
        &self,
        call: RequestBuilder,
        limit: Duration,
    ) -> Result<Response, Error> {
        let response = tokio::time::timeout(limit, call.send())
            .await
            .map_err(|_| no_answer(limit))?
            .map_err(|error| self.unreachable(error))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            _ => Err(read_error(response).await),
        }
    }

    /// How the audio lies in an answer; `None` when its type says that it is none.
    fn speech_framing(&self, response: &Response, transport: Transport) -> Option<Framing> {
        let kind = media_type(response.headers());
        match transport {
            Transport::Sse if kind.is_empty() || kind == "text/event-stream" => {
                Some(Framing::events())
            }
            Transport::Sse | Transport::WebSocket => None,
            Transport::Http if kind.starts_with("text/") || kind.ends_with("json") => None,
            Transport::Http => {
                let headers = response.headers();
                let delimited = response.version() >= Version::HTTP_2
                    || headers.contains_key(CONTENT_LENGTH)
                    || headers.contains_key(TRANSFER_ENCODING);
                Some(Framing::Bare { delimited })
            }
        }
    }

    /// No answer at all: why?
    pub(crate) fn unreachable(&self, error: reqwest::Error) -> Error {
        let error = error.without_url();
        let is = |kind: io::ErrorKind| {
            causes(&error).any(|cause| {
                let io = cause.downcast_ref::<io::Error>();
                io.is_some_and(|io| io.kind() == kind)
            })
        };
        let (kind, message) = if error.is_timeout() || is(io::ErrorKind::TimedOut) {
            (ErrorKind::TimedOut, "no connection in time")
        } else if error.is_connect() && is(io::ErrorKind::InvalidData) {
            // All that rustls has to complain about comes as invalid data.
            (ErrorKind::Tls, "no secure connection could be made")
        } else if error.is_dns() {
            (ErrorKind::Network, "its name could not be found")
        } else if is(io::ErrorKind::ConnectionRefused) {
            (ErrorKind::Network, "the connection was refused")
        } else if error.is_connect() {
            (ErrorKind::Network, "no connection could be made")
        } else {
            (
                ErrorKind::Network,
                "the connection was closed without an answer",
            )
        };
        let root = causes(&error).last().map(ToString::to_string);
        let message = match root {
            Some(root) => format!("{}: {message} ({root})", self.origin),
            None => format!("{}: {message}", self.origin),
        };
        Error::new(kind, message).with_source(error)
    }
}

/// What every connection of a client obeys.
pub(crate) fn http_client(
    origin: &Origin,
    timeouts: &Timeouts,
    adapt: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, Error> {
    let builder = || {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("Peal/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(timeouts.connect)
            .pool_idle_timeout(timeouts.idle)
            .tcp_keepalive(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(15))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .tcp_nodelay(true);
        adapt(if origin.is_plain_loopback() {
            // A proxy would see the key, and can't reach this machine's loopback anyway.
            builder.no_proxy()
        } else {
            builder.https_only(true)
        })
    };
    builder()
        .build()
        .or_else(|error| match origin.is_plain_loopback() {
            // Without certificates https previews fail, speech does not need them.
            true => builder().tls_certs_only([]).build(),
            false => Err(error),
        })
        .map_err(|error| {
            Error::new(
                ErrorKind::Tls,
                "this machine's trusted certificates can't be read",
            )
            .with_source(error)
        })
}

pub(crate) fn authorization(key: &ApiKey) -> Result<reqwest::header::HeaderValue, Error> {
    key.header()
        .map_err(|error| Error::new(ErrorKind::Unauthorized, error.to_string()))
}

/// Everything below an error, nearest first.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| {
        // An I/O error speaks for the error it wraps, and names the cause below that as its own.
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => cause.source(),
        }
    })
}

pub(crate) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_| Err(no_answer(limit)))
}

pub(crate) fn no_answer(limit: Duration) -> Error {
    Error::new(ErrorKind::TimedOut, format!("no answer within {limit:?}"))
}

/// The last stop of an error of a call with a key.
pub(crate) fn refused(error: Error, path: &str, key: &ApiKey) -> Error {
    let error = error.without_key(key);
    tracing::debug!(
        path,
        kind = ?error.kind(),
        status = error.status(),
        request_id = error.request_id(),
        "the call failed"
    );
    error
}

/// `audio/wav` out of `Audio/WAV; charset=utf-8`.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

pub(crate) fn body_of(response: Response) -> Body {
    Box::pin(response.bytes_stream())
}

/// Reads what an error answer says, or as much of it as comes in a reasonable time.
pub(crate) async fn read_error(response: Response) -> Error {
    const LONGEST_WAIT: Duration = Duration::from_secs(3);
    let (status, headers) = (response.status(), response.headers().clone());
    let mut text = Vec::new();
    let mut body = body_of(response);
    let _ = tokio::time::timeout(LONGEST_WAIT, async {
        while let Some(Ok(piece)) = body.next().await {
            let room = LONGEST_ERROR - text.len();
            text.extend_from_slice(&piece[..piece.len().min(room)]);
            if text.len() == LONGEST_ERROR {
                break;
            }
        }
    })
    .await;
    error_body::read(status, &headers, &text)
}

/// Reads a whole body, or fails when it is longer than `longest` or stops too early.
async fn read_bounded(response: Response, longest: usize) -> Result<Vec<u8>, Error> {
    let request_id = error_body::request_id(response.headers()).map(str::to_owned);
    let fail =
        |kind, message: &str| Error::new(kind, message).with_request_id(request_id.as_deref());
    let mut bytes = Vec::new();
    let mut body = body_of(response);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| {
            fail(ErrorKind::Truncated, "the connection broke").with_source(error.without_url())
        })?;
        if piece.len() > longest - bytes.len() {
            return Err(fail(ErrorKind::Protocol, "the answer is too long"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
