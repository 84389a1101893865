//! One segment on its way to the client: chunks, words among them, and whatever shall go wrong meanwhile.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{frames::Ids, held::Segment, outbox::Outbox};
use crate::{
    audio::{Audio, Clock, EVENT_BYTES, sizes},
    exchange::{Gone, pause},
    fault::Fault,
    formats::{Format, wav_header},
    log::Entry,
    server::{Slot, State},
    speech::Word,
    voices,
    wire::SocketPlan,
};

/// How far a request has come, over all its segments.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) ids: Ids,
    pub(crate) entry: Entry,
    /// What goes wrong with it.
    fault: Option<Fault>,
    /// Whether its first segment was begun.
    begun: bool,
    /// Seconds of audio that were sent.
    seconds: f64,
    words: usize,
}

impl Progress {
    pub(crate) fn new(ids: Ids, entry: Entry, fault: Option<Fault>) -> Self {
        Self {
            ids,
            entry,
            fault,
            begun: false,
            seconds: 0.0,
            words: 0,
        }
    }
}

/// How a segment ended.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) run: u64,
    pub(crate) progress: Progress,
    pub(crate) ending: Ending,
}

#[derive(Debug)]
pub(crate) enum Ending {
    /// More of the same request follows.
    Open,
    /// The request is over, after this time.
    Complete {
        after: Duration,
        /// How often it is said.
        times: usize,
    },
    /// The request is over, and it was said or will never be.
    Over,
}

/// A segment with all it takes to speak it.
pub(crate) struct Speaking {
    pub(crate) state: Arc<State>,
    pub(crate) segment: Segment<Arc<Slot>>,
    pub(crate) progress: Progress,
    pub(crate) outbox: Outbox,
}

impl Speaking {
    pub(crate) async fn run(mut self) -> Result<Spoken, Gone> {
        let ending = self.speak().await?;
        let Self {
            segment, progress, ..
        } = self;
        // Whoever has read the end may ask again at once.
        drop(segment.place);
        Ok(Spoken {
            run: segment.run,
            progress,
            ending,
        })
    }

    async fn speak(&mut self) -> Result<Ending, Gone> {
        if !std::mem::replace(&mut self.progress.begun, true) {
            self.outbox.plan(SocketPlan::Pass).await?;
            let delay = self.state.tuning().first_byte;
            pause(delay).await;
            if let Some(ending) = self.meet_fault().await? {
                return Ok(ending);
            }
        }
        self.progress.entry.update(|request| request.status = 200);
        self.state.ledger.spoke(&self.segment.ask, true);
        let after = self
            .segment
            .complete_backoff
            .unwrap_or(self.state.tuning().complete_backoff);
        let complete = |times| Ending::Complete { after, times };
        match self.chunks().await? {
            Chunks::All => {}
            Chunks::Broken => return Ok(Ending::Over),
        }
        if !self.segment.ends {
            return Ok(Ending::Open);
        }
        Ok(match self.progress.fault {
            Some(Fault::MissingEnd | Fault::WrongOrder) => Ending::Over,
            Some(Fault::DuplicateEnd) => complete(2),
            _ => complete(1),
        })
    }

    /// Lets a fault happen that takes the place of the whole answer, and prepares those that spoil the connection.
    async fn meet_fault(&mut self) -> Result<Option<Ending>, Gone> {
        let Some(fault) = self.progress.fault.clone() else {
            return Ok(None);
        };
        let plan = match fault {
            Fault::NeverAnswers => std::future::pending().await,
            Fault::FirstByte(delay) => {
                pause(delay).await;
                return Ok(None);
            }
            Fault::Status { status, body, .. } => {
                self.progress
                    .entry
                    .update(|request| request.status = status);
                let frame = self.progress.ids.refusal(body, status);
                self.outbox.text(frame).await?;
                return Ok(Some(Ending::Over));
            }
            Fault::EmptyBody => {
                self.progress.entry.update(|request| request.status = 200);
                let after = Duration::ZERO;
                return Ok(Some(Ending::Complete { after, times: 1 }));
            }
            Fault::JsonBody => {
                let frame = r#"{"error":"Internal server error","error_code":"INTERNAL_ERROR"}"#;
                self.outbox.text(frame.to_owned()).await?;
                return Ok(Some(Ending::Over));
            }
            Fault::HtmlBody => {
                let frame = "<!DOCTYPE html>\n<title>Welcome to the hotel</title>\n";
                self.outbox.text(frame.to_owned()).await?;
                return Ok(Some(Ending::Over));
            }
            Fault::CutAfter { bytes } => SocketPlan::Cut {
                bytes,
                reset: false,
            },
            Fault::ResetAfter { bytes } => SocketPlan::Cut { bytes, reset: true },
            Fault::SilenceAfter { bytes } => SocketPlan::Swallow { bytes },
            Fault::SlowDrip { bytes, every } => SocketPlan::Drip { bytes, every },
            Fault::NotHttp => SocketPlan::Replace(b"\x15\x03\x01 no frame \x00\xff".to_vec()),
            _ => return Ok(None),
        };
        self.outbox.plan(plan).await?;
        Ok(None)
    }

    async fn chunks(&mut self) -> Result<Chunks, Gone> {
        let ask = self.segment.ask.clone();
        // What the service's newer notes say is per chunk, and every client reads: raw samples, whatever was asked for.
        let mut audio = Audio::new(&self.state, &ask, Format::Pcm);
        if let Some(Fault::ShortAudio { ms }) = self.progress.fault {
            audio.samples_left = (u64::from(ms) * u64::from(ask.rate) / 1000) as usize;
        }
        let bytes_per_second = f64::from(ask.rate) * 2.0;
        let pace = self.state.tuning().pace;
        let mut clock = Clock::start(pace, bytes_per_second);
        let mut sizes = sizes(
            EVENT_BYTES,
            matches!(self.progress.fault, Some(Fault::OddChunks)),
        );
        let with_words = ask.word_timestamps && voices::times_words(&ask.voice_id, ask.language);
        let header = match self.progress.fault {
            Some(Fault::WavSizes(bytes)) => Some(bytes),
            _ => None,
        };
        let (mut index, mut sent) = (0, 0);
        let mut held_back = None;
        loop {
            let piece = audio.piece(sizes.next().unwrap_or(EVENT_BYTES)).await;
            let mut piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    let frame = self
                        .progress
                        .ids
                        .error(&error.to_string(), "SYNTHESIS_FAILED");
                    self.progress.entry.update(|request| request.status = 500);
                    self.outbox.text(frame).await?;
                    return Ok(Chunks::Broken);
                }
            };
            if piece.is_empty() {
                break;
            }
            tokio::time::sleep_until(clock.due(piece.len())).await;
            sent += piece.len();
            if let (Some(bytes), 0) = (header, index) {
                piece.splice(0..0, wav_header(ask.rate, bytes));
            }
            let chunk = self.progress.ids.chunk(&piece);
            match &self.progress.fault {
                Some(Fault::BadBase64) if index == 1 => {
                    self.outbox
                        .text(self.progress.ids.bad_base64(&piece))
                        .await?;
                }
                Some(Fault::BadJson) if index == 1 => {
                    self.outbox.text(self.progress.ids.bad_json(&piece)).await?;
                }
                Some(Fault::ErrorEvent(text)) if index == 2 => {
                    let frame = if text.starts_with(['{', '[']) {
                        text.clone()
                    } else {
                        self.progress.ids.error(text, "INTERNAL_ERROR")
                    };
                    self.outbox.text(frame).await?;
                    return Ok(Chunks::Broken);
                }
                Some(Fault::Close {
                    code,
                    reason,
                    chunks,
                }) if index >= *chunks => {
                    self.outbox.close(*code, reason).await?;
                    return Ok(Chunks::Broken);
                }
                Some(Fault::WrongOrder) => {
                    if let Some(earlier) = held_back.replace(chunk) {
                        self.outbox.text(earlier).await?;
                    }
                }
                fault => {
                    let (between, unknown) = match fault {
                        Some(Fault::BetweenChunks(between)) if index > 0 => (*between, false),
                        Some(Fault::UnknownFrames) => (Duration::ZERO, true),
                        _ => (Duration::ZERO, false),
                    };
                    pause(between).await;
                    if unknown {
                        self.outbox.text(self.progress.ids.unknown()).await?;
                    }
                    self.outbox.text(chunk).await?;
                }
            }
            index += 1;
            if with_words {
                let words = audio.words_until(sent as f64 / bytes_per_second);
                self.tell(words).await?;
            }
        }
        if with_words {
            let words = audio.words_until(f64::INFINITY);
            self.tell(words).await?;
        }
        if let Some(Fault::Close { code, reason, .. }) = &self.progress.fault {
            self.outbox.close(*code, reason).await?;
            return Ok(Chunks::Broken);
        }
        if let Some(last) = held_back {
            let complete = self.progress.ids.complete();
            self.outbox.text(complete).await?;
            self.outbox.text(last).await?;
        }
        self.progress.seconds += audio.samples as f64 / f64::from(ask.rate);
        Ok(Chunks::All)
    }

    async fn tell(&mut self, words: Vec<Word>) -> Result<(), Gone> {
        for mut word in words {
            word.start += self.progress.seconds;
            word.end += self.progress.seconds;
            let frame = self.progress.ids.word(&word, self.progress.words);
            self.progress.words += 1;
            self.outbox.text(frame).await?;
        }
        Ok(())
    }
}

enum Chunks {
    All,
    /// Nothing more comes.
    Broken,
}

/// The `complete` frame of a request that is over, when it is due.
#[derive(Debug)]
pub(crate) struct Closing {
    pub(crate) due: Instant,
    pub(crate) progress: Progress,
    pub(crate) times: usize,
}

impl Closing {
    pub(crate) async fn say(self, outbox: &Outbox) -> Result<(), Gone> {
        // Whoever has read the end finds it in the log.
        self.progress
            .entry
            .update(|request| request.completed = true);
        for _ in 0..self.times {
            outbox.text(self.progress.ids.complete()).await?;
        }
        Ok(())
    }
}
