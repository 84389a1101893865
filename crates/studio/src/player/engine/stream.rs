//! A stream on a device, and which part of the track is in it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sound::Resampler;

use crate::player::device::burst_of;
use crate::player::feed::Feed;
use crate::track::{Track, TrackEnd};

/// How much is kept ready for the device: enough for a disk or a processor that is busy for a moment. Speech is being
/// made at the same time, on all there is.
const AHEAD: Duration = Duration::from_millis(1_500);

/// How much is written at once.
const BLOCK: Duration = Duration::from_millis(20);

/// More sound than the device asks for at once, so that the first moment of a track does not run dry.
const MARGIN: Duration = Duration::from_millis(20);

/// No device needs more than this before it begins.
const START_LIMIT: Duration = Duration::from_millis(300);

pub(super) struct Stream {
    pub(super) feed: Arc<Feed>,
    /// The name of the device.
    pub(super) name: String,
    pub(super) resampler: Resampler,
    /// When it was asked for.
    pub(super) asked: Duration,
    /// When it answered; `None` before.
    pub(super) started: Option<Duration>,
    /// How many callbacks were seen, and when the last.
    pub(super) beats: u64,
    pub(super) beat_at: Duration,
    /// Frame `first` of the feed is frame `frame` of the track, at the device's rate.
    pub(super) first: u64,
    pub(super) frame: u64,
    /// The next frame of the track to be written.
    cursor: u64,
    /// Whether all of the track has been written.
    complete: bool,
    samples: Vec<i16>,
    input: Vec<f32>,
    frames: Vec<f32>,
}

impl Stream {
    pub(super) fn new(feed: Arc<Feed>, name: String, track_rate: u32, now: Duration) -> Stream {
        Stream {
            resampler: Resampler::new(track_rate, feed.rate()),
            feed,
            name,
            asked: now,
            started: None,
            beats: 0,
            beat_at: now,
            first: 0,
            frame: 0,
            cursor: 0,
            complete: false,
            samples: Vec::new(),
            input: Vec::new(),
            frames: Vec::new(),
        }
    }

    /// Everything from `sample` on is written anew, and played instead of what was.
    pub(super) fn go_to(&mut self, sample: u64) {
        self.frame = self.resampler.frame_at(sample);
        self.first = self.feed.written();
        self.cursor = self.frame;
        self.complete = false;
        self.feed.set_end(None);
        self.feed.jump(self.first, sample == 0);
    }

    /// The frame of the track that the device takes next.
    pub(super) fn next_frame(&self) -> u64 {
        let next = if self.feed.is_jumping() {
            self.first
        } else {
            self.feed.next().max(self.first)
        };
        self.frame + (next - self.first)
    }

    /// The frame of the track that is heard at `now`.
    pub(super) fn heard_frame(&self, now: Duration) -> u64 {
        let heard = self.feed.heard(now).unwrap_or(self.first);
        self.frame + heard.saturating_sub(self.first)
    }

    /// Whether the device has taken all of the track.
    pub(super) fn is_drained(&self) -> bool {
        self.complete && !self.feed.is_jumping() && self.next_frame() >= self.cursor
    }

    /// Whether all of the track has been heard at `now`.
    pub(super) fn has_ended(&self, now: Duration) -> bool {
        self.is_drained() && self.heard_frame(now) >= self.cursor
    }

    /// Whether all of the track has been written.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether so much sound is there, and more than the device asks for at once, that it can begin or go on without
    /// running dry at once.
    pub(super) fn has_enough(&self, track: &Track, needed: Duration) -> bool {
        if track.end() != TrackEnd::Open || self.complete {
            return true;
        }
        let rate = self.feed.rate();
        let burst = self.feed.burst();
        // A stream that has not begun fills both halves of its buffer before anything is heard.
        let burst = if burst == 0 {
            2 * burst_of(rate)
        } else {
            burst
        };
        let burst = Duration::from_secs_f64(f64::from(burst) / f64::from(rate));
        let needed = needed.max((burst + MARGIN).min(START_LIMIT));
        let there = self.limit(track).saturating_sub(self.next_frame());
        there as f64 / f64::from(rate) >= needed.as_secs_f64()
    }

    /// Writes what has arrived, as far ahead as is wanted.
    pub(super) fn fill(&mut self, track: &Track) {
        let rate = f64::from(self.feed.rate());
        let ahead = (AHEAD.as_secs_f64() * rate) as u64;
        let block = (BLOCK.as_secs_f64() * rate) as u64;
        let ended = track.end() != TrackEnd::Open;
        let limit = self.limit(track);
        while !self.complete {
            let wanted = (self.next_frame() + ahead).saturating_sub(self.cursor);
            let there = limit.saturating_sub(self.cursor);
            let frames = wanted.min(there).min(block).min(self.feed.room() as u64) as usize;
            if frames == 0 {
                break;
            }
            if let Err(error) = self.write(track, frames) {
                tracing::error!(%error, "The sound of a long track could not be read back; it ends here.");
                self.complete = true;
            }
        }
        self.complete |= ended && self.cursor >= limit;
        if self.complete {
            self.feed.set_end(Some(self.feed.written()));
        }
    }

    fn write(&mut self, track: &Track, frames: usize) -> io::Result<()> {
        let (begin, count) = self.resampler.window(self.cursor, frames);
        self.read(track, begin, count)?;
        self.frames.clear();
        self.resampler
            .resample(self.cursor, frames, &self.input, &mut self.frames);
        // Between two samples at full scale the true curve goes higher; a device would wrap or clip it anyway.
        for frame in &mut self.frames {
            *frame = frame.clamp(-1.0, 1.0);
        }
        self.feed.write(&self.frames);
        self.cursor += frames as u64;
        Ok(())
    }

    /// Reads `count` samples from position `begin` on, with silence where the track has none.
    fn read(&mut self, track: &Track, begin: i64, count: usize) -> io::Result<()> {
        let before = usize::try_from(begin.saturating_neg())
            .unwrap_or(0)
            .min(count);
        self.samples.clear();
        self.samples.resize(count, 0);
        track.read(
            u64::try_from(begin).unwrap_or(0),
            &mut self.samples[before..],
        )?;
        self.input.clear();
        self.input.extend(
            self.samples
                .iter()
                .map(|&sample| f32::from(sample) / 32_768.0),
        );
        Ok(())
    }

    /// How many frames of the track can be made of what has arrived.
    fn limit(&self, track: &Track) -> u64 {
        match track.end() {
            TrackEnd::Open => self.resampler.frames_within(track.arrived()),
            TrackEnd::Finished | TrackEnd::Abandoned => self.resampler.frame_at(track.arrived()),
        }
    }
}
