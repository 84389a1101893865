//! Between the player's thread and the device's callback: a ring of frames, and the few wishes and observations that go
//! with it.
//!
//! The callback side ([`Renderer`]) never waits, allocates only at its first call, and decides nothing but how sound
//! begins and ends: it fades whenever sound starts or stops in the middle, so nothing clicks, and leaves the natural
//! start and end of a track untouched, so what was sent is what is played. Frames are numbered from 0 for the life of a
//! feed; a feed belongs to one stream and dies with it, so a stream that would not end cannot take from its successor.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::playhead::PlayHead;

/// How long a fade takes.
pub(super) const FADE: Duration = Duration::from_millis(5);

/// How long a change of volume from silence to full takes.
const VOLUME_SWEEP: Duration = Duration::from_millis(40);

/// No jump is wished for; no end is known.
const NONE: u64 = u64::MAX;

pub(super) struct Feed {
    rate: u32,
    /// Samples as bits; its length is a power of two.
    ring: Box<[AtomicU32]>,
    /// Frames written so far.
    written: AtomicU64,
    /// The next frame to play.
    next: AtomicU64,
    /// Where to go on instead, times two, plus one to begin there without fading in; or [`NONE`].
    jump: AtomicU64,
    /// The frame after the last one of the track, or [`NONE`].
    end: AtomicU64,
    open: AtomicBool,
    gain: AtomicU32,

    starved: AtomicBool,
    underruns: AtomicU32,
    beats: AtomicU64,
    burst: AtomicU32,
    broken: AtomicBool,
    head: Mutex<PlayHead>,
}

impl Feed {
    /// A feed for a device of `rate` frames per second, closed and silent. It holds four to eight seconds.
    pub(super) fn new(rate: u32, gain: f32) -> Feed {
        let capacity = (rate.max(1) as usize * 4).next_power_of_two();
        Feed {
            rate,
            ring: (0..capacity).map(|_| AtomicU32::new(0)).collect(),
            written: AtomicU64::new(0),
            next: AtomicU64::new(0),
            jump: AtomicU64::new(NONE),
            end: AtomicU64::new(NONE),
            open: AtomicBool::new(false),
            gain: AtomicU32::new(gain.to_bits()),
            starved: AtomicBool::new(false),
            underruns: AtomicU32::new(0),
            beats: AtomicU64::new(0),
            burst: AtomicU32::new(0),
            broken: AtomicBool::new(false),
            head: Mutex::new(PlayHead::new(rate)),
        }
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// How many frames can be written now.
    pub(super) fn room(&self) -> usize {
        let kept = self
            .written()
            .saturating_sub(self.next.load(Ordering::Acquire));
        // After a pause the callback steps back by a fade, so that much stays in the ring after it was played.
        let margin = frames_of(FADE, self.rate) * 2;
        (self.ring.len() as u64).saturating_sub(kept + margin) as usize
    }

    /// Adds frames; no more than there is room for. Only one thread writes.
    pub(super) fn write(&self, frames: &[f32]) {
        let written = self.written();
        let mask = self.ring.len() - 1;
        for (n, frame) in frames.iter().enumerate() {
            self.ring[(written as usize).wrapping_add(n) & mask]
                .store(frame.to_bits(), Ordering::Relaxed);
        }
        self.written
            .store(written + frames.len() as u64, Ordering::Release);
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// The next frame the device will take, unless a jump is pending.
    pub(super) fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// Fade out, go on at `frame`, and fade in; or begin sharply, at full level with its first sample.
    pub(super) fn jump(&self, frame: u64, sharp: bool) {
        self.jump
            .store(frame * 2 + u64::from(sharp), Ordering::Release);
    }

    /// Whether a jump has not yet been made.
    pub(super) fn is_jumping(&self) -> bool {
        self.jump.load(Ordering::Acquire) != NONE
    }

    /// The track ends before `frame`: running dry there is no underrun.
    pub(super) fn set_end(&self, frame: Option<u64>) {
        self.end.store(frame.unwrap_or(NONE), Ordering::Release);
    }

    /// Lets sound through, or fades it out.
    pub(super) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Release);
    }

    /// The factor for every sample.
    pub(super) fn set_gain(&self, gain: f32) {
        self.gain.store(gain.to_bits(), Ordering::Release);
    }

    /// The stream has failed. Says whether that is news.
    pub(super) fn set_broken(&self) -> bool {
        !self.broken.swap(true, Ordering::AcqRel)
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// Whether the device ran dry since the last question.
    pub(super) fn take_starved(&self) -> bool {
        self.starved.swap(false, Ordering::AcqRel)
    }

    /// How often it ran dry since the last question.
    pub(super) fn take_underruns(&self) -> u32 {
        self.underruns.swap(0, Ordering::AcqRel)
    }

    /// The device has reported a gap of its own.
    pub(super) fn add_underrun(&self) {
        self.underruns.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts the callbacks: a number that stands still means a device that does.
    pub(super) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Acquire)
    }

    /// The most frames the device has asked for in one callback.
    pub(super) fn burst(&self) -> u32 {
        self.burst.load(Ordering::Acquire)
    }

    /// The frame that is heard at `now`.
    pub(super) fn heard(&self, now: Duration) -> Option<u64> {
        self.head
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .heard(now)
    }

    fn frame(&self, number: u64) -> f32 {
        let mask = self.ring.len() - 1;
        f32::from_bits(self.ring[number as usize & mask].load(Ordering::Relaxed))
    }
}

fn frames_of(time: Duration, rate: u32) -> u64 {
    ((time.as_secs_f64() * f64::from(rate)) as u64).max(1)
}

/// The callback's side of a [`Feed`].
pub(super) struct Renderer {
    feed: Arc<Feed>,
    /// 0 is silence, 1 is full level.
    envelope: f32,
    fade_step: f32,
    gain: f32,
    gain_step: f32,
    /// Whether the sound after the next silence begins at full level.
    sharp: bool,
    /// Frames taken since the fade towards silence began.
    faded: u64,
    /// What is left of the last sample before an underrun, and how fast it goes.
    tail: f32,
    tail_step: f32,
    unreported: Option<Report>,
    /// Frames of silence still to come before anything else.
    lead_in: u64,
}

impl Renderer {
    /// A new stream begins with `lead_in` of silence: devices and sound servers lose some of the first samples.
    pub(super) fn new(feed: Arc<Feed>, lead_in: Duration) -> Renderer {
        let gain = f32::from_bits(feed.gain.load(Ordering::Acquire));
        let fade = frames_of(FADE, feed.rate) as f32;
        let sweep = frames_of(VOLUME_SWEEP, feed.rate) as f32;
        Renderer {
            lead_in: (lead_in.as_secs_f64() * f64::from(feed.rate)) as u64,
            feed,
            envelope: 0.0,
            fade_step: 1.0 / fade,
            gain,
            gain_step: 1.0 / sweep,
            sharp: false,
            faded: 0,
            tail: 0.0,
            tail_step: 0.0,
            unreported: None,
        }
    }

    /// Fills `out` with the frames that come next, one sample each. The first of them is heard at `at`.
    pub(super) fn render(&mut self, out: &mut [f32], at: Duration) {
        let feed = Arc::clone(&self.feed);
        feed.beats.fetch_add(1, Ordering::AcqRel);
        feed.burst.fetch_max(out.len() as u32, Ordering::AcqRel);
        let open = feed.open.load(Ordering::Acquire);
        let gain = f32::from_bits(feed.gain.load(Ordering::Acquire));
        let written = feed.written();
        let mut next = feed.next();
        if let Some(report) = self.unreported.take() {
            report.deliver(&feed, &mut self.unreported);
        }
        let mut run = Run::default();
        for (n, sample) in out.iter_mut().enumerate() {
            if self.envelope == 0.0 && feed.is_jumping() {
                let jump = feed.jump.swap(NONE, Ordering::AcqRel);
                if jump != NONE {
                    run.report(&feed, at, &mut self.unreported);
                    next = jump / 2;
                    self.sharp = jump % 2 == 1;
                }
            }
            let wanted = open && !feed.is_jumping();
            self.gain += (gain - self.gain).clamp(-self.gain_step, self.gain_step);
            *sample = match self.frame(wanted, next, written) {
                Step::Silence { back } => {
                    next -= back;
                    run.report(&feed, at, &mut self.unreported);
                    self.remains()
                }
                Step::Play(frame) => {
                    run.take(n, next);
                    next += 1;
                    frame * self.envelope * self.gain
                }
            };
        }
        run.report(&feed, at, &mut self.unreported);
        feed.next.store(next, Ordering::Release);
    }

    fn frame(&mut self, wanted: bool, next: u64, written: u64) -> Step {
        if self.lead_in > 0 {
            self.lead_in -= 1;
            return Step::Silence { back: 0 };
        }
        if !wanted && self.envelope == 0.0 {
            return Step::Silence { back: 0 };
        }
        if next >= written {
            return self.run_dry(wanted, next);
        }
        if wanted {
            self.faded = 0;
            self.envelope = if self.sharp {
                1.0
            } else {
                (self.envelope + self.fade_step).min(1.0)
            };
            self.sharp = false;
        } else {
            self.envelope = (self.envelope - self.fade_step).max(0.0);
            if self.envelope < self.fade_step / 2.0 {
                self.envelope = 0.0;
                // What was faded out is heard again, fading in, when the sound goes on from here.
                let back = std::mem::take(&mut self.faded);
                return Step::Silence {
                    back: if self.feed.is_jumping() { 0 } else { back },
                };
            }
            self.faded += 1;
        }
        Step::Play(self.feed.frame(next))
    }

    fn run_dry(&mut self, wanted: bool, next: u64) -> Step {
        let ended = next >= self.feed.end.load(Ordering::Acquire);
        if self.envelope > 0.0 {
            if !ended {
                let last = next
                    .checked_sub(1)
                    .map_or(0.0, |last| self.feed.frame(last));
                self.tail = last * self.envelope * self.gain;
                self.tail_step = self.tail.abs() * self.fade_step;
                if wanted {
                    self.feed.underruns.fetch_add(1, Ordering::AcqRel);
                    self.feed.starved.store(true, Ordering::Release);
                }
            }
            self.envelope = 0.0;
            self.faded = 0;
        }
        Step::Silence { back: 0 }
    }

    /// The last sample before an underrun, dying away.
    fn remains(&mut self) -> f32 {
        if self.tail == 0.0 {
            return 0.0;
        }
        let remaining = self.tail.abs() - self.tail_step;
        self.tail = if remaining > 0.0 {
            remaining.copysign(self.tail)
        } else {
            0.0
        };
        self.tail
    }
}

enum Step {
    /// Nothing to play; the position steps back by so many frames.
    Silence {
        back: u64,
    },
    Play(f32),
}

/// Frames played in a row within one callback.
#[derive(Default)]
struct Run {
    offset: usize,
    first: u64,
    frames: u64,
}

impl Run {
    fn take(&mut self, offset: usize, frame: u64) {
        if self.frames == 0 {
            self.offset = offset;
            self.first = frame;
        }
        self.frames += 1;
    }

    fn report(&mut self, feed: &Feed, at: Duration, unreported: &mut Option<Report>) {
        if self.frames == 0 {
            return;
        }
        let at = at + Duration::from_secs_f64(self.offset as f64 / f64::from(feed.rate));
        Report {
            at,
            first: self.first,
            frames: self.frames,
        }
        .deliver(feed, unreported);
        self.frames = 0;
    }
}

/// What the play head is to be told.
struct Report {
    at: Duration,
    first: u64,
    frames: u64,
}

impl Report {
    /// A reader holds the lock for nanoseconds; rather tell it at the next callback than wait.
    fn deliver(self, feed: &Feed, unreported: &mut Option<Report>) {
        match feed.head.try_lock() {
            Ok(mut head) => head.took(self.at, self.first, self.frames),
            Err(_) => *unreported = Some(self),
        }
    }
}

#[cfg(test)]
mod tests;
