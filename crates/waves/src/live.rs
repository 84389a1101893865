//! Speech over the WebSocket: getting a connection, and giving it a request.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{StatusCode, Upgraded};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::{
    EXPIRE_CONTENT, LIVE, authorization, http_client, no_answer, read_error, refused,
};
use crate::pieces::FeedMessages;
use crate::socket::{self, Failure, Fed, Feed, Item, Job, Outgoing};
use crate::speech::{Ids, Source, SpeechAnswer};
use crate::{
    ApiKey, Client, Error, ErrorKind, OutputFormat, Pieces, SpeechStream, SynthesisRequest,
    TextFeed,
};

impl Client {
    pub(crate) async fn synthesize_on_socket(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
    ) -> Result<SpeechStream, Error> {
        let started = Instant::now();
        let characters = request.text().chars().count();
        tracing::debug!(path = LIVE, characters, model = %request.model(), "asking for speech on a socket");
        let external_id = self.external_id(request);
        let message = message(request, &external_id)?;
        let first_item = async {
            let mut may_reuse = true;
            loop {
                let outgoing = Outgoing::Whole(message.clone());
                let (job, mut items) = socket::job(external_id.clone(), outgoing);
                let reused = self.give(key, request, job, may_reuse).await?;
                match items.recv().await {
                    Some(Ok(first)) => return Ok((first, items)),
                    // The service had closed it: nothing was asked of it, so asking again, on a
                    // new connection, is no second try.
                    Some(Err(Failure::Lost(error))) if reused => {
                        tracing::debug!(kind = ?error.kind(), "a kept connection had ended");
                        may_reuse = false;
                    }
                    Some(Err(failure)) => return Err(failure.into_error()),
                    None => {
                        return Err(Error::new(
                            ErrorKind::Network,
                            "the connection ended without an answer",
                        ));
                    }
                }
            }
        };
        let limit = self.timeouts.first_byte;
        let (first, items) = tokio::time::timeout(limit, first_item)
            .await
            .unwrap_or_else(|_| Err(no_answer(limit)))
            .map_err(|error| refused(error, LIVE, key))?;
        let ids = match &first {
            Item::Synthesis(ids) => ids.clone(),
            _ => Ids::default(),
        };
        Ok(self.speech_of(
            key,
            request,
            ids,
            Some(first),
            items,
            None,
            started.elapsed(),
        ))
    }

    /// Speaks a text that arrives in pieces, over the WebSocket: the request's own text is the
    /// first piece, the others go into the [`TextFeed`]. Returns once there is a connection.
    ///
    /// Words are timed from the start of the whole speech. Of a [`Pieces::Continued`] text, and of
    /// a buffered one that is spoken in parts, the service marks no end; it is over when nothing
    /// followed its last part for 1.5 s.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`], here or from the stream. The stream waits for text without a limit, and
    /// for the sound of the text it has as long as [`crate::Timeouts`] says.
    pub async fn synthesize_pieces(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
        pieces: Pieces,
    ) -> Result<(TextFeed, SpeechStream), Error> {
        let external_id = self.external_id(request);
        let fields = match serde_json::to_value(request.message(&external_id)) {
            Ok(Value::Object(fields)) => fields,
            _ => return Err(unwritable()),
        };
        let (feed, texts) = TextFeed::new();
        // There is room for it: nobody has fed anything yet.
        let _ = feed.push(request.text()).await;
        let fed = Arc::new(Fed::default());
        let outgoing = Outgoing::Pieces(Feed {
            texts,
            messages: FeedMessages::new(fields, pieces),
            fed: Arc::clone(&fed),
        });
        let (job, items) = socket::job(external_id, outgoing);
        // Text that is on its way can't be sent again, so no connection is trusted but a new one.
        let limit = self.timeouts.first_byte;
        tokio::time::timeout(limit, self.give(key, request, job, false))
            .await
            .unwrap_or_else(|_| Err(no_answer(limit)))
            .map_err(|error| refused(error, LIVE, key))?;
        let ids = Ids::default();
        let stream = self.speech_of(key, request, ids, None, items, Some(fed), Duration::ZERO);
        Ok((feed, stream))
    }

    fn external_id(&self, request: &SynthesisRequest) -> String {
        match request.request_id() {
            Some(id) => id.as_str().to_owned(),
            None => self.sockets.request_id(),
        }
    }

    /// Gives a job to a connection; `true` when that has served others before.
    async fn give(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
        job: Job,
        may_reuse: bool,
    ) -> Result<bool, Error> {
        let owner = self.sockets.owner(key, request.expires());
        let job = match may_reuse {
            false => job,
            true => match self.sockets.give(owner, job) {
                Ok(()) => return Ok(true),
                Err(job) => job,
            },
        };
        let (stream, ids) = self.upgrade(key, request.expires()).await?;
        socket::serve(stream, ids, &self.sockets, owner, job).await;
        Ok(false)
    }

    /// Opens a connection, by the rules that every other call obeys.
    async fn upgrade(&self, key: &ApiKey, expire: bool) -> Result<(Upgraded, Ids), Error> {
        let http = match self.http1.get() {
            Some(http) => http,
            None => {
                let http = http_client(&self.origin, &self.timeouts, |builder| {
                    builder.http1_only().pool_max_idle_per_host(0)
                })?;
                self.http1.get_or_init(|| http)
            }
        };
        let nonce = generate_key();
        let mut call = http
            .get(self.origin.at(LIVE))
            .header(reqwest::header::AUTHORIZATION, authorization(key)?)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, &nonce);
        if expire {
            call = call.header(EXPIRE_CONTENT, "true");
        }
        let limit = self.timeouts.first_byte;
        let response = tokio::time::timeout(limit, call.send())
            .await
            .map_err(|_| no_answer(limit))?
            .map_err(|error| self.unreachable(error))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(read_error(response).await);
        }
        if !is_accepted(response.headers(), &nonce) {
            return Err(Error::new(
                ErrorKind::Protocol,
                "not the handshake of a WebSocket",
            ));
        }
        let ids = Ids::of(response.headers());
        let stream = response.upgrade().await.map_err(|error| {
            Error::new(ErrorKind::Network, "the connection broke").with_source(error.without_url())
        })?;
        Ok((stream, ids))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the two callers differ in each of them"
    )]
    fn speech_of(
        &self,
        key: &ApiKey,
        request: &SynthesisRequest,
        ids: Ids,
        first: Option<Item>,
        items: mpsc::Receiver<Result<Item, Failure>>,
        fed: Option<Arc<Fed>>,
        waited: Duration,
    ) -> SpeechStream {
        SpeechStream::new(SpeechAnswer {
            source: Source::Frames { first, items, fed },
            format: OutputFormat::Pcm,
            rate: request.rate(),
            characters: request.text().chars().count(),
            ids,
            first_byte: self.timeouts.first_byte.saturating_sub(waited),
            silence: self.timeouts.silence,
            key: key.clone(),
        })
    }
}

/// Whether the other end has understood that it is to be a WebSocket, without extensions.
fn is_accepted(headers: &HeaderMap, nonce: &str) -> bool {
    let accepted = headers.get(SEC_WEBSOCKET_ACCEPT);
    let upgraded = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.as_bytes() == derive_accept_key(nonce.as_bytes()).as_bytes()
    }) && upgraded.is_some_and(|upgraded| upgraded.eq_ignore_ascii_case("websocket"))
        && !headers.contains_key(reqwest::header::SEC_WEBSOCKET_EXTENSIONS)
}

fn message(request: &SynthesisRequest, external_id: &str) -> Result<String, Error> {
    serde_json::to_string(&request.message(external_id)).map_err(|_| unwritable())
}

fn unwritable() -> Error {
    Error::new(ErrorKind::Rejected, "the request can't be written as JSON")
}
