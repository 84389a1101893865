//! A track: speech as it arrives, kept to be heard, seeked in and drawn.
//!
//! It is append-only 16-bit mono sound at one rate, with one producer and any number of readers. It is not a file
//! (saving never depends on it), not a decoder, and knows nothing of the player.
//!
//! Invariants: what was appended never changes; `arrived` never shrinks; a track settles at most once, and nothing is
//! appended after that; memory does not grow with its length, because beyond [`MEMORY_LIMIT`] the sound lies in an
//! unnamed temporary file that disappears with the last handle.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tempfile::SpooledTempFile;
use tokio::sync::watch;

/// How many peaks of the waveform stand for one second of sound.
pub const PEAKS_PER_SECOND: u32 = 20;

/// How many bytes of a track are kept in memory before they move to a temporary file: six minutes at 44.1 kHz.
pub const MEMORY_LIMIT: usize = 32 << 20;

/// The rates a track can have, in samples per second. Outside of them no speech and no loudspeaker exists.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=384_000;

/// Speech as it arrives. A cheap handle: clones share the same sound.
#[derive(Clone)]
pub struct Track {
    shared: Arc<Shared>,
}

/// Whether more sound may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackEnd {
    /// The producer is still at work.
    Open,
    /// Everything is there.
    Finished,
    /// The producer gave up; what arrived before is intact and can be heard.
    Abandoned,
}

impl Track {
    /// An empty track of `rate` samples per second. A rate outside 1–384 kHz is taken as the nearest within.
    #[must_use]
    pub fn new(rate: u32) -> Track {
        let (progress, _) = watch::channel(Progress {
            arrived: 0,
            end: TrackEnd::Open,
        });
        let rate = rate.clamp(*RATES.start(), *RATES.end());
        Track {
            shared: Arc::new(Shared {
                rate,
                sound: Mutex::new(Sound {
                    store: SpooledTempFile::new(MEMORY_LIMIT),
                    bytes: Vec::new(),
                    arrived: 0,
                    end: TrackEnd::Open,
                    peaks: Peaks::new(rate),
                    listeners: Vec::new(),
                }),
                progress,
            }),
        }
    }

    /// Adds samples at the end.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] when the disk that holds a long track is full, [`io::ErrorKind::BrokenPipe`] when
    /// the track has already settled, or whatever the disk reports. After an error the track is as it was before.
    pub fn append(&self, samples: &[i16]) -> io::Result<()> {
        let mut sound = self.shared.sound();
        if sound.end != TrackEnd::Open {
            return Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "this track has already ended",
            ));
        }
        if samples.is_empty() {
            return Ok(());
        }
        sound.write(samples)?;
        sound.peaks.extend(samples);
        self.shared.announce(&mut sound);
        Ok(())
    }

    /// Says that nothing more will come. The first of `finish` and `abandon` counts.
    pub fn finish(&self) {
        self.settle(TrackEnd::Finished);
    }

    /// Says that nothing more will come although the speech is not complete. The first of `finish` and `abandon` counts.
    pub fn abandon(&self) {
        self.settle(TrackEnd::Abandoned);
    }

    fn settle(&self, end: TrackEnd) {
        let mut sound = self.shared.sound();
        if sound.end == TrackEnd::Open {
            sound.end = end;
            self.shared.announce(&mut sound);
        }
    }

    /// Samples per second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.shared.rate
    }

    /// How many samples have arrived.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.shared.progress.borrow().arrived
    }

    /// How many seconds have arrived.
    #[must_use]
    pub fn arrived_seconds(&self) -> f64 {
        self.arrived() as f64 / f64::from(self.rate())
    }

    /// Whether and how the track has ended.
    #[must_use]
    pub fn end(&self) -> TrackEnd {
        self.shared.progress.borrow().end
    }

    /// Whether everything is there. An abandoned track is never finished.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.end() == TrackEnd::Finished
    }

    /// Copies samples from position `from` into `out` and returns how many were there: fewer than asked for, or none,
    /// when the rest has not arrived.
    ///
    /// # Errors
    /// What the disk reports, for a track too long for memory.
    pub fn read(&self, from: u64, out: &mut [i16]) -> io::Result<usize> {
        self.shared.sound().read(from, out)
    }

    /// The waveform from peak number `from` on: the greatest loudness of each twentieth of a second, 0 for silence and
    /// 255 for full scale. The last, shorter one is there once the track has ended.
    #[must_use]
    pub fn peaks(&self, from: usize) -> Vec<u8> {
        let sound = self.shared.sound();
        let mut peaks = sound
            .peaks
            .complete
            .get(from..)
            .unwrap_or_default()
            .to_vec();
        if sound.end != TrackEnd::Open && from <= sound.peaks.complete.len() {
            peaks.extend(sound.peaks.unfinished());
        }
        peaks
    }

    /// Waits until at least `samples` have arrived or the track has ended; returns how many have arrived.
    pub async fn wait_for(&self, samples: u64) -> u64 {
        let mut progress = self.shared.progress.subscribe();
        let reached = progress.wait_for(|now| now.arrived >= samples || now.end != TrackEnd::Open);
        // The sender lives as long as this handle, so waiting cannot fail.
        reached.await.map_or(0, |now| now.arrived)
    }

    /// Waits until the track has ended, and says how.
    pub async fn wait_for_end(&self) -> TrackEnd {
        let mut progress = self.shared.progress.subscribe();
        let ended = progress.wait_for(|now| now.end != TrackEnd::Open);
        ended.await.map_or(TrackEnd::Abandoned, |now| now.end)
    }

    /// Raises `signal` at every change from now on, for as long as the signal is held elsewhere.
    pub(crate) fn raise_on_change(&self, signal: &Arc<Signal>) {
        self.shared.sound().listeners.push(Arc::downgrade(signal));
    }

    /// Whether both are handles to the same sound.
    pub(crate) fn is(&self, other: &Track) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl fmt::Debug for Track {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let progress = *self.shared.progress.borrow();
        formatter
            .debug_struct("Track")
            .field("rate", &self.rate())
            .field("arrived", &progress.arrived)
            .field("end", &progress.end)
            .finish()
    }
}

struct Shared {
    rate: u32,
    sound: Mutex<Sound>,
    progress: watch::Sender<Progress>,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    arrived: u64,
    end: TrackEnd,
}

impl Shared {
    fn sound(&self) -> MutexGuard<'_, Sound> {
        self.sound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self, sound: &mut Sound) {
        self.progress.send_replace(Progress {
            arrived: sound.arrived,
            end: sound.end,
        });
        sound.listeners.retain(|listener| match listener.upgrade() {
            Some(signal) => {
                signal.raise();
                true
            }
            None => false,
        });
    }
}

struct Sound {
    store: SpooledTempFile,
    /// Scratch space, so that neither writing nor reading allocates each time.
    bytes: Vec<u8>,
    arrived: u64,
    end: TrackEnd,
    peaks: Peaks,
    listeners: Vec<Weak<Signal>>,
}

impl Sound {
    fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        self.bytes.clear();
        self.bytes
            .extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        // Seeking first makes a half-written append harmless: the next one overwrites it.
        self.store.seek(SeekFrom::Start(self.arrived * 2))?;
        self.store.write_all(&self.bytes)?;
        self.arrived += samples.len() as u64;
        Ok(())
    }

    fn read(&mut self, from: u64, out: &mut [i16]) -> io::Result<usize> {
        let there = self.arrived.saturating_sub(from).min(out.len() as u64) as usize;
        if there == 0 {
            return Ok(0);
        }
        self.bytes.resize(there * 2, 0);
        self.store.seek(SeekFrom::Start(from * 2))?;
        self.store.read_exact(&mut self.bytes)?;
        for (sample, bytes) in out.iter_mut().zip(self.bytes.chunks_exact(2)) {
            *sample = i16::from_le_bytes([bytes[0], bytes[1]]);
        }
        Ok(there)
    }
}

/// The waveform, computed once as sound arrives.
struct Peaks {
    rate: u64,
    complete: Vec<u8>,
    samples: u64,
    loudest: u16,
}

impl Peaks {
    fn new(rate: u32) -> Peaks {
        Peaks {
            rate: u64::from(rate),
            complete: Vec::new(),
            samples: 0,
            loudest: 0,
        }
    }

    fn extend(&mut self, mut samples: &[i16]) {
        while !samples.is_empty() {
            // Counted from the start, so that a rate that is no multiple of 20 does not drift.
            let next = (self.complete.len() as u64 + 1) * self.rate / u64::from(PEAKS_PER_SECOND);
            let missing = next.saturating_sub(self.samples).min(samples.len() as u64) as usize;
            let (window, rest) = samples.split_at(missing);
            let loudest = window
                .iter()
                .map(|sample| sample.unsigned_abs())
                .max()
                .unwrap_or(0);
            self.loudest = self.loudest.max(loudest);
            self.samples += missing as u64;
            if self.samples == next {
                self.complete.push(scaled(self.loudest));
                self.loudest = 0;
            }
            samples = rest;
        }
    }

    fn unfinished(&self) -> Option<u8> {
        let begun = self.complete.len() as u64 * self.rate / u64::from(PEAKS_PER_SECOND);
        (self.samples > begun).then(|| scaled(self.loudest))
    }
}

fn scaled(loudest: u16) -> u8 {
    ((u32::from(loudest) * 255 + 16_384) / 32_768) as u8
}

/// Wakes one waiting thread; a signal raised before anyone waits is not lost.
#[derive(Default)]
pub(crate) struct Signal {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    pub(crate) fn raise(&self) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    /// Waits for the signal, no longer than `limit` if there is one, and lowers it.
    pub(crate) fn wait(&self, limit: Option<Duration>) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        match limit {
            Some(limit) => {
                let waited = self
                    .changed
                    .wait_timeout_while(raised, limit, |raised| !*raised);
                raised = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            None => {
                let waited = self.changed.wait_while(raised, |raised| !*raised);
                raised = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
        *raised = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_of(track: &Track) -> Vec<i16> {
        let mut out = vec![0; track.arrived() as usize];
        assert_eq!(track.read(0, &mut out).unwrap(), out.len());
        out
    }

    #[test]
    fn what_was_appended_is_read_back_from_any_position() {
        let track = Track::new(24_000);
        track.append(&[1, -2, i16::MIN]).unwrap();
        track.append(&[]).unwrap();
        track.append(&[i16::MAX, 5]).unwrap();
        assert_eq!(all_of(&track), [1, -2, i16::MIN, i16::MAX, 5]);
        let mut out = [0; 4];
        assert_eq!(track.read(3, &mut out).unwrap(), 2);
        assert_eq!(out[..2], [i16::MAX, 5]);
        assert_eq!(track.read(5, &mut out).unwrap(), 0);
        assert_eq!(track.read(u64::MAX, &mut out).unwrap(), 0);
    }

    #[test]
    fn a_track_longer_than_memory_is_intact_and_its_memory_is_bounded() {
        let track = Track::new(48_000);
        let block: Vec<i16> = (0..1_000_000)
            .map(|n| (n % 65_521 - 32_760) as i16)
            .collect();
        for _ in 0..20 {
            track.append(&block).unwrap();
        }
        assert!(
            track.shared.sound().store.is_rolled(),
            "40 MB are more than the limit of memory"
        );
        let mut out = vec![0; 3];
        for place in [0_u64, 8_388_607, 16_777_216, 19_999_997] {
            assert_eq!(track.read(place, &mut out).unwrap(), 3);
            let from = (place % 1_000_000) as usize;
            assert_eq!(out, block[from..from + 3]);
        }
        track.append(&[7]).unwrap();
        assert_eq!(track.read(20_000_000, &mut out).unwrap(), 1);
        assert_eq!(out[0], 7);
    }

    #[test]
    fn a_track_settles_once_and_takes_nothing_more() {
        let track = Track::new(24_000);
        track.append(&[1]).unwrap();
        track.abandon();
        track.finish();
        assert_eq!(track.end(), TrackEnd::Abandoned);
        assert!(!track.is_finished());
        let refused = track.append(&[2]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(all_of(&track), [1]);
    }

    #[test]
    fn peaks_are_the_same_whatever_the_size_of_the_pieces() {
        let samples: Vec<i16> = (0..30_000)
            .map(|n: i32| ((n * n) % 30_011) as i16)
            .collect();
        let whole = Track::new(22_050);
        whole.append(&samples).unwrap();
        whole.finish();
        for size in [1, 7, 1102, 1103, 9_999] {
            let pieces = Track::new(22_050);
            for piece in samples.chunks(size) {
                pieces.append(piece).unwrap();
            }
            pieces.finish();
            assert_eq!(pieces.peaks(0), whole.peaks(0));
        }
    }

    #[test]
    fn peaks_go_from_silence_to_full_scale_and_arrive_window_by_window() {
        let track = Track::new(20_000);
        track.append(&vec![0; 1_000]).unwrap();
        track.append(&vec![i16::MIN; 1_500]).unwrap();
        assert_eq!(track.peaks(0), [0, 255]);
        assert_eq!(track.peaks(1), [255]);
        assert_eq!(track.peaks(2), [0_u8; 0]);
        assert_eq!(track.peaks(99), [0_u8; 0]);
        track.finish();
        assert_eq!(
            track.peaks(2),
            [255],
            "the last, shorter window counts once nothing more will come"
        );
        assert_eq!(track.peaks(3), [0_u8; 0]);
    }

    #[test]
    fn rates_that_cannot_exist_are_brought_into_range() {
        assert_eq!(Track::new(0).rate(), 1_000);
        assert_eq!(Track::new(u32::MAX).rate(), 384_000);
    }

    #[tokio::test]
    async fn a_reader_wakes_when_enough_has_arrived_or_nothing_more_will() {
        let track = Track::new(24_000);
        let waiting = tokio::spawn({
            let track = track.clone();
            async move {
                (
                    track.wait_for(3).await,
                    track.wait_for(100).await,
                    track.wait_for_end().await,
                )
            }
        });
        track.append(&[1, 2]).unwrap();
        track.append(&[3]).unwrap();
        tokio::task::yield_now().await;
        track.finish();
        assert_eq!(waiting.await.unwrap(), (3, 3, TrackEnd::Finished));
    }
}
