//! Speech as bytes, cut into the pieces that answers are made of, each at its time, with the words that begin in it.

use std::{io, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    ears::Sketch,
    formats::{Encoder, Format},
    request::Ask,
    server::State,
    speech::{Blocks, Word},
};

/// Bytes of audio in one event or frame: what the service was seen to send, 20 ms at 24 kHz.
pub(crate) const EVENT_BYTES: usize = 960;
/// Bytes of audio in one piece of a plain body.
pub(crate) const PIECE_BYTES: usize = 4096;
/// Sizes in bytes for [`Fault::OddChunks`](crate::Fault::OddChunks), in turn.
const ODD_SIZES: [usize; 5] = [961, 1, 4801, 3, 333];

/// Sizes of the pieces that the audio is sent in.
pub(crate) fn sizes(usual: usize, odd: bool) -> Box<dyn Iterator<Item = usize> + Send> {
    if odd {
        Box::new(ODD_SIZES.into_iter().cycle())
    } else {
        Box::new(std::iter::repeat(usual))
    }
}

/// Blocks of samples as bytes, to be cut at any byte.
pub(crate) struct Audio {
    state: Arc<State>,
    blocks: Blocks,
    encoder: Encoder,
    /// What is remembered of it when it is complete.
    text: String,
    voice_id: String,
    sketch: Sketch,
    heard: Vec<Word>,
    /// Bytes that are made and not yet given.
    pub(crate) ready: Vec<u8>,
    /// So many samples more, then the audio ends.
    pub(crate) samples_left: usize,
    /// Samples that were made so far.
    pub(crate) samples: usize,
    /// Words of the blocks that were made, not yet told.
    words: Vec<Word>,
    ended: bool,
}

impl Audio {
    pub(crate) fn new(state: &Arc<State>, ask: &Ask, format: Format) -> Self {
        Self {
            state: Arc::clone(state),
            blocks: state.speech.stream(ask.utterance()),
            encoder: Encoder::new(format, ask.rate),
            text: ask.text.clone(),
            voice_id: ask.voice_id.clone(),
            sketch: Sketch::new(ask.rate),
            heard: Vec::new(),
            ready: Vec::new(),
            samples_left: usize::MAX,
            samples: 0,
            words: Vec::new(),
            ended: false,
        }
    }

    /// Waits until that many bytes are ready, or all there are.
    pub(crate) async fn gather(&mut self, bytes: usize) -> io::Result<()> {
        while self.ready.len() < bytes && !self.ended {
            match self.blocks.next().await {
                Some(block) => {
                    let mut block = block?;
                    block.samples.truncate(self.samples_left);
                    self.samples_left -= block.samples.len();
                    self.samples += block.samples.len();
                    self.ready.extend(self.encoder.encode(&block.samples));
                    self.sketch.add(&block.samples);
                    self.heard.extend(block.words.iter().cloned());
                    self.words.extend(block.words);
                    self.ended = self.samples_left == 0;
                }
                None => self.ended = true,
            }
            if self.ended {
                self.ready.extend(self.encoder.finish());
                if self.samples > 0 {
                    let words = std::mem::take(&mut self.heard);
                    let ears = &self.state.ears;
                    ears.remember(&self.text, &self.voice_id, words, &self.sketch);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn prepend(&mut self, header: &[u8]) {
        self.ready.splice(0..0, header.iter().copied());
    }

    /// The next piece; empty at the end.
    pub(crate) async fn piece(&mut self, size: usize) -> io::Result<Vec<u8>> {
        self.gather(size).await?;
        let rest = self.ready.split_off(size.min(self.ready.len()));
        Ok(std::mem::replace(&mut self.ready, rest))
    }

    /// The words that begin before this time, in seconds, and were not told yet.
    pub(crate) fn words_until(&mut self, seconds: f64) -> Vec<Word> {
        let begun = self
            .words
            .iter()
            .take_while(|word| word.start < seconds)
            .count();
        self.words.drain(..begun).collect()
    }

    pub(crate) fn all_given(&self) -> bool {
        self.ended && self.ready.is_empty()
    }
}

/// When the pieces are due, if they come at the pace of speech.
pub(crate) struct Clock {
    started: Instant,
    /// Bytes a second, faster or slower than real time.
    rate: Option<f64>,
    sent: usize,
}

impl Clock {
    pub(crate) fn start(pace: Option<f64>, bytes_per_second: f64) -> Self {
        Self {
            started: Instant::now(),
            rate: pace
                .filter(|pace| pace.is_finite() && *pace > 0.0)
                .map(|pace| pace * bytes_per_second),
            sent: 0,
        }
    }

    /// When the next piece, of so many bytes, shall go: when the ones before it have been heard.
    pub(crate) fn due(&mut self, bytes: usize) -> Instant {
        let seconds = self.rate.map_or(0.0, |rate| self.sent as f64 / rate);
        self.sent += bytes;
        self.started + Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}
