//! What the loudspeaker of a stage plays, heard as it is played.

use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::Process;
use crate::stage::Stage;
use crate::{PATIENCE, wait_until};

/// Samples a second of a recording. The loudspeaker's own rate, so that nothing is resampled on the way here.
pub const RATE: u32 = 48_000;
const CHANNELS: usize = 2;
/// Longer recordings forget nothing but stop growing: no journey plays for ten minutes.
const LIMIT: usize = RATE as usize * 600;
/// Above the rounding of the resampler, below the quietest breath of speech.
const THRESHOLD: f32 = 0.002;

/// A running recording of the loudspeaker's left channel; speech is the same on both.
///
/// Time is kept by when samples arrive, which is within some milliseconds of when they are played.
#[derive(Debug)]
pub struct Recording {
    heard: Arc<Mutex<Heard>>,
    _recorder: Process,
}

#[derive(Debug, Default)]
struct Heard {
    samples: Vec<f32>,
    // How many samples there were at which time, one entry per arrival.
    arrivals: Vec<(Instant, usize)>,
}

impl Recording {
    pub(crate) fn start(stage: &Stage) -> Result<Self> {
        let mut command = stage.command("parec");
        command.args([
            "--device=loudspeaker.monitor",
            "--format=float32le",
            "--channels=2",
            "--latency-msec=5",
            "--raw",
        ]);
        command.arg(format!("--rate={RATE}"));
        let mut recorder = Process::start_piped("parec", &command, &stage.log("parec"))?;
        let mut output = recorder
            .take_output()
            .context("the recorder has no output")?;
        let heard = Arc::new(Mutex::new(Heard::default()));
        let writer = Arc::clone(&heard);
        thread::spawn(move || {
            let mut buffer = vec![0; 16 * 1024];
            let mut rest = Vec::new();
            while let Ok(count) = output.read(&mut buffer) {
                if count == 0 {
                    break;
                }
                let now = Instant::now();
                rest.extend_from_slice(&buffer[..count]);
                let whole = rest.len() - rest.len() % (4 * CHANNELS);
                let mut heard = lock(&writer);
                if heard.samples.len() < LIMIT {
                    heard.samples.extend(
                        rest[..whole].chunks_exact(4 * CHANNELS).map(|frame| {
                            f32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]])
                        }),
                    );
                    let length = heard.samples.len();
                    heard.arrivals.push((now, length));
                }
                drop(heard);
                rest.drain(..whole);
            }
        });
        let recording = Self {
            heard,
            _recorder: recorder,
        };
        // What is played before the first bytes come is lost.
        wait_until("the recorder to hear silence", PATIENCE, || {
            Ok((!lock(&recording.heard).samples.is_empty()).then_some(()))
        })?;
        Ok(recording)
    }

    /// Everything heard so far, from −1 to 1, [`RATE`] samples a second.
    pub fn samples(&self) -> Vec<f32> {
        lock(&self.heard).samples.clone()
    }

    /// Waits for the first sound that is heard after `since`, and says when it was.
    ///
    /// # Errors
    /// When all stays silent until the deadline.
    pub fn first_sound(&self, since: Instant, deadline: Duration) -> Result<Instant> {
        wait_until("a sound", deadline, || {
            let heard = lock(&self.heard);
            let from = heard.length_at(since);
            let sounding = heard.samples[from..]
                .iter()
                .position(|sample| is_sound(*sample));
            Ok(sounding.and_then(|position| heard.time_of(from + position)))
        })
    }

    /// Waits until nothing has been heard for `quiet`, and says when the last sound was.
    ///
    /// # Errors
    /// When it is still loud at the deadline, or nothing was heard at all.
    pub fn silence(&self, quiet: Duration, deadline: Duration) -> Result<Instant> {
        wait_until("silence", deadline, || {
            let heard = lock(&self.heard);
            let last = heard.samples.iter().rposition(|sample| is_sound(*sample));
            let Some(at) = last.and_then(|position| heard.time_of(position)) else {
                return Ok(None);
            };
            Ok((at.elapsed() > quiet).then_some(at))
        })
    }

    /// Whether anything was heard after `since`.
    pub fn has_sound_since(&self, since: Instant) -> bool {
        let heard = lock(&self.heard);
        let from = heard.length_at(since);
        heard.samples[from..].iter().any(|sample| is_sound(*sample))
    }

    /// Seconds from the first to the last sound heard after `since`; `None` when there was none.
    pub fn sounding_seconds(&self, since: Instant) -> Option<f64> {
        let heard = lock(&self.heard);
        let later = &heard.samples[heard.length_at(since)..];
        sounding_seconds(later, RATE)
    }
}

/// Seconds from the first to the last sound in `samples`; `None` when there is none.
pub(crate) fn sounding_seconds(samples: &[f32], rate: u32) -> Option<f64> {
    let first = samples.iter().position(|sample| is_sound(*sample))?;
    let last = samples.iter().rposition(|sample| is_sound(*sample))?;
    Some((last - first) as f64 / f64::from(rate))
}

fn is_sound(sample: f32) -> bool {
    sample.abs() > THRESHOLD
}

impl Heard {
    /// How many samples there were at a time.
    fn length_at(&self, time: Instant) -> usize {
        let later = self
            .arrivals
            .partition_point(|(arrival, _)| *arrival <= time);
        later
            .checked_sub(1)
            .and_then(|index| self.arrivals.get(index))
            .map_or(0, |(_, length)| *length)
    }

    /// When a sample was played: it arrived with others, the last of which had just been played.
    fn time_of(&self, sample: usize) -> Option<Instant> {
        let index = self
            .arrivals
            .partition_point(|(_, length)| *length <= sample);
        let (arrival, length) = self.arrivals.get(index)?;
        let before_the_last = (length - 1 - sample) as f64 / f64::from(RATE);
        arrival.checked_sub(Duration::from_secs_f64(before_the_last))
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    // Samples are only ever appended: nothing can be half done.
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
