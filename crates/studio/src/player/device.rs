//! The sound devices of this computer, on a thread of their own: whatever they do, even never answering, the player
//! goes on.
//!
//! It finds and opens the device that is asked for, falls back on the system's default while that one is missing, and
//! says when another device would now be right. Opening happens in two steps, so that a device is known (and its rate
//! with it) before there is anything to play, and the sound is in the buffer before the stream asks for it.
//!
//! Sound leaves through the streams of rodio's own device layer (`rodio::cpal`). What fills them is the player's feed
//! rather than rodio's mixer: the mixer converts the first frames of a source with the format of the previous one, hides
//! the latency of the device, so that nobody could say what is heard now, and cannot bound the time that opening takes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rodio::cpal::{
    self,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use rodio::cpal::{
    BufferSize, ErrorKind, FromSample, OutputCallbackInfo, SampleFormat, SizedSample, StreamConfig,
};
use rodio::cpal::{Device, DeviceId, Host, HostId, Stream, SupportedStreamConfig};
use serde::{Deserialize, Serialize};

use super::feed::{Feed, Renderer};
use crate::track::Signal;

/// How often the default device is compared with the one in use.
const POLL: Duration = Duration::from_secs(2);

/// How long a sound server may take to create a stream.
const OPENING: Duration = Duration::from_secs(3);

/// How long listing the devices may take.
const LISTING: Duration = Duration::from_secs(3);

/// What a new stream begins with, so that what gets lost is silence: PulseAudio loses up to 20 samples, digital outputs
/// more.
const LEAD_IN: Duration = Duration::from_millis(10);

/// More latency than this is a driver's mistake; a radio loudspeaker has a third of a second.
const LONGEST_LATENCY: Duration = Duration::from_secs(2);

/// A loudspeaker, headphones, or whatever else makes sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputDevice {
    /// Stable across restarts; for [`Player::set_output`](super::Player::set_output).
    pub id: String,
    /// What the system calls it.
    pub name: String,
    /// Whether the system plays through it when nothing else is said.
    pub is_default: bool,
}

/// The devices that sound can be played on, the default first. Empty when there is none, or when the sound system does
/// not answer within three seconds. It blocks for as long: not for an async task.
#[must_use]
pub fn output_devices() -> Vec<OutputDevice> {
    let (sender, receiver) = mpsc::channel();
    let listing = move || {
        let devices = catch_unwind(|| quietly(|| list(&cpal::default_host())));
        let _ = sender.send(devices.unwrap_or_default());
    };
    match thread::Builder::new()
        .name("sound-devices".into())
        .spawn(listing)
    {
        Ok(_) => receiver.recv_timeout(LISTING).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// What the player's thread asks for. A ticket numbers one attempt to get a device, so that late answers are known.
pub(super) enum Request {
    /// Find the device with this id, or the default.
    Prepare { ticket: u64, wanted: Option<String> },
    /// Open the device that was found and play this.
    Start { ticket: u64, feed: Arc<Feed> },
    /// Let go of the device.
    Close,
}

pub(super) enum Event {
    /// A device was found.
    Ready {
        ticket: u64,
        rate: u32,
        name: String,
    },
    /// It plays.
    Started { ticket: u64 },
    /// There is no device, or it would not open.
    Failed { ticket: u64 },
    /// Another device would be right now.
    Elsewhere { ticket: u64 },
}

/// Starts the thread; it ends when `requests` is closed. Times in feeds count from `epoch`.
pub(super) fn start(
    requests: Receiver<Request>,
    events: Sender<Event>,
    signal: Arc<Signal>,
    epoch: Instant,
) {
    let run = move || {
        let mut devices = Devices {
            events,
            signal,
            epoch,
            host: None,
            current: None,
        };
        loop {
            // Looking for changes matters only while a device is held.
            let request = if devices.current.is_some() {
                requests.recv_timeout(POLL)
            } else {
                requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match request {
                Ok(request) => devices.answer(request),
                Err(RecvTimeoutError::Timeout) => devices.poll(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        devices.close();
    };
    if let Err(error) = thread::Builder::new()
        .name("sound-device".into())
        .spawn(run)
    {
        tracing::error!(%error, "The thread for sound devices did not start; nothing can be heard.");
    }
}

struct Devices {
    events: Sender<Event>,
    signal: Arc<Signal>,
    epoch: Instant,
    host: Option<Host>,
    current: Option<Current>,
}

struct Current {
    ticket: u64,
    wanted: Option<String>,
    device: Device,
    config: SupportedStreamConfig,
    stream: Option<Stream>,
}

impl Devices {
    fn answer(&mut self, request: Request) {
        let event = match request {
            Request::Prepare { ticket, wanted } => self.prepare(ticket, wanted),
            Request::Start { ticket, feed } => self.start(ticket, &feed),
            Request::Close => return self.close(),
        };
        if matches!(event, Event::Failed { .. }) {
            self.close();
        }
        self.tell(event);
    }

    fn tell(&self, event: Event) {
        let _ = self.events.send(event);
        self.signal.raise();
    }

    fn prepare(&mut self, ticket: u64, wanted: Option<String>) -> Event {
        self.close();
        let host = &mut self.host;
        let found = unharmed(|| {
            let device = find(host, wanted.as_deref())?;
            let config = config_of(&device)?;
            Some((device, config))
        });
        let Some((device, config)) = found else {
            return Event::Failed { ticket };
        };
        let (rate, name) = (config.sample_rate(), name_of(&device));
        self.current = Some(Current {
            ticket,
            wanted,
            device,
            config,
            stream: None,
        });
        Event::Ready { ticket, rate, name }
    }

    fn start(&mut self, ticket: u64, feed: &Arc<Feed>) -> Event {
        let Some(current) = self
            .current
            .as_mut()
            .filter(|current| current.ticket == ticket)
        else {
            return Event::Failed { ticket };
        };
        let (signal, epoch) = (&self.signal, self.epoch);
        let stream = unharmed(|| open(&current.device, &current.config, feed, signal, epoch));
        match stream {
            Some(stream) => {
                current.stream = Some(stream);
                Event::Started { ticket }
            }
            None => Event::Failed { ticket },
        }
    }

    /// Compares the device in use with the one that would be chosen now.
    fn poll(&mut self) {
        let Some(current) = &self.current else { return };
        let (host, wanted) = (&mut self.host, current.wanted.as_deref());
        let right = unharmed(|| find(host, wanted)?.id().ok());
        // Without an answer nothing is better than what plays; if that is gone too, the stream will say so.
        if right.is_some_and(|right| current.device.id().ok() != Some(right)) {
            self.tell(Event::Elsewhere {
                ticket: current.ticket,
            });
        }
    }

    fn close(&mut self) {
        let Some(stream) = self.current.take().and_then(|current| current.stream) else {
            return;
        };
        // Closing waits for the sound server, and one that hangs would be waited for forever.
        let closing = thread::Builder::new()
            .name("sound-closing".into())
            .spawn(move || {
                let _ = catch_unwind(AssertUnwindSafe(|| drop(stream)));
            });
        if let Err(error) = closing {
            tracing::warn!(%error, "A sound stream was closed on the thread that should not wait for it.");
        }
    }
}

/// Runs what may panic inside a driver's wrapper; a panic is as good as no device.
fn unharmed<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(|| quietly(work))).unwrap_or_else(|_| {
        tracing::error!("The sound system's library panicked.");
        None
    })
}

/// Runs `work` while ALSA's library, which prints its troubles to standard error, prints into a buffer instead.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    let _buffer = alsa::Output::local_error_handler();
    work()
}

/// The wanted device, or the default one.
fn find(host: &mut Option<Host>, wanted: Option<&str>) -> Option<Device> {
    if let Some(device) = host
        .as_ref()
        .filter(|host| is_best(host.id()))
        .and_then(|host| choose(host, wanted))
    {
        return Some(device);
    }
    // The connection to a sound server that restarted is dead: take a new one.
    let fresh = host.insert(cpal::default_host());
    choose(fresh, wanted)
}

/// Whether no better way to the devices exists; a sound server may have come up since.
fn is_best(host: HostId) -> bool {
    cpal::available_hosts()
        .first()
        .is_none_or(|&best| best == host)
}

fn choose(host: &Host, wanted: Option<&str>) -> Option<Device> {
    let wanted = wanted.and_then(|id| DeviceId::from_str(id).ok());
    wanted
        .and_then(|id| host.device_by_id(&id))
        .or_else(|| host.default_output_device())
}

fn name_of(device: &Device) -> String {
    device.description().map_or_else(
        |_| String::new(),
        |description| description.name().to_owned(),
    )
}

fn list(host: &Host) -> Vec<OutputDevice> {
    let default = host.default_output_device();
    let default_id = default.as_ref().and_then(|device| device.id().ok());
    let mut devices: Vec<OutputDevice> = Vec::new();
    for device in default
        .into_iter()
        .chain(host.output_devices().into_iter().flatten())
    {
        let Ok(id) = device.id() else { continue };
        let is_default = Some(&id) == default_id.as_ref();
        let known = devices.iter().any(|other| other.id == id.to_string());
        if known || !(is_default || is_worth_listing(&id)) {
            continue;
        }
        devices.push(OutputDevice {
            id: id.to_string(),
            name: name_of(&device),
            is_default,
        });
    }
    // ALSA has a default even where there is no sound card at all.
    if devices.len() == 1 && is_alsa(host.id()) && default_config_of_first(host).is_none() {
        devices.clear();
    }
    devices
}

fn default_config_of_first(host: &Host) -> Option<SupportedStreamConfig> {
    host.default_output_device()?.default_output_config().ok()
}

fn is_alsa(host: HostId) -> bool {
    host.name().eq_ignore_ascii_case("alsa")
}

/// ALSA lists each card a dozen times, once for every plugin, and plugins for servers that do not run; of each card the
/// one that converts whatever it gets is enough.
fn is_worth_listing(id: &DeviceId) -> bool {
    if !is_alsa(id.host()) {
        return true;
    }
    let card = id
        .id()
        .strip_prefix("plughw:CARD=")
        .and_then(|card| card.chars().next());
    card.is_some_and(|first| !first.is_ascii_digit())
}

/// The format that the device would rather have, if it is one that a number can be converted to.
fn config_of(device: &Device) -> Option<SupportedStreamConfig> {
    let preferred = device.default_output_config().ok().filter(is_usable);
    preferred.or_else(|| {
        let mut ranges: Vec<_> = device.supported_output_configs().ok()?.collect();
        ranges.sort_by(|a, b| b.cmp_default_heuristics(a));
        let configs = ranges.into_iter().map(|range| {
            range
                .try_with_sample_rate(48_000)
                .unwrap_or_else(|| range.with_max_sample_rate())
        });
        configs.into_iter().find(is_usable)
    })
}

fn is_usable(config: &SupportedStreamConfig) -> bool {
    use SampleFormat::{F32, F64, I8, I16, I24, I32, I64, U8, U16, U24, U32, U64};
    let numeric = matches!(
        config.sample_format(),
        F32 | F64 | I8 | I16 | I24 | I32 | I64 | U8 | U16 | U24 | U32 | U64
    );
    numeric && config.channels() > 0 && config.sample_rate() > 0
}

fn open(
    device: &Device,
    config: &SupportedStreamConfig,
    feed: &Arc<Feed>,
    signal: &Arc<Signal>,
    epoch: Instant,
) -> Option<Stream> {
    let mut wish = config.config();
    // The default of a system is sometimes too small to survive a busy moment; 43–85 ms is not.
    wish.buffer_size = BufferSize::Fixed(burst_of(wish.sample_rate));
    let fixed = open_with(device, wish, config.sample_format(), feed, signal, epoch);
    let stream = fixed.or_else(|_| {
        wish.buffer_size = BufferSize::Default;
        open_with(device, wish, config.sample_format(), feed, signal, epoch)
    });
    let playing = stream.and_then(|stream| stream.play().map(|()| stream));
    playing
        .inspect_err(|error| tracing::warn!(%error, "The sound device did not open."))
        .ok()
}

/// Frames that are asked for at a time: the power of two nearest to 50 ms.
pub(super) fn burst_of(rate: u32) -> u32 {
    let wish = (rate / 20).clamp(64, 1 << 16);
    let above = wish.next_power_of_two();
    if above - wish <= wish - above / 2 {
        above
    } else {
        above / 2
    }
}

fn open_with(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    feed: &Arc<Feed>,
    signal: &Arc<Signal>,
    epoch: Instant,
) -> Result<Stream, cpal::Error> {
    macro_rules! open_as {
        ($($variant:ident => $sample:ty),+) => {
            match format {
                $(SampleFormat::$variant => open_as::<$sample>(device, config, feed, signal, epoch),)+
                _ => Err(cpal::Error::new(ErrorKind::UnsupportedConfig)),
            }
        };
    }
    open_as!(
        F32 => f32, F64 => f64, I8 => i8, I16 => i16, I24 => cpal::I24, I32 => i32, I64 => i64,
        U8 => u8, U16 => u16, U24 => cpal::U24, U32 => u32, U64 => u64
    )
}

fn open_as<S: SizedSample + FromSample<f32> + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    feed: &Arc<Feed>,
    signal: &Arc<Signal>,
    epoch: Instant,
) -> Result<Stream, cpal::Error> {
    let channels = usize::from(config.channels.max(1));
    let mut renderer = Renderer::new(Arc::clone(feed), LEAD_IN);
    let mut frames: Vec<f32> = Vec::with_capacity(config.sample_rate as usize);
    let failure = Failure {
        feed: Arc::clone(feed),
        signal: Arc::clone(signal),
    };
    let panicked = failure.clone();
    let play = move |out: &mut [S], call: &OutputCallbackInfo| {
        let times = call.timestamp();
        let latency = times
            .playback
            .saturating_duration_since(times.callback)
            .min(LONGEST_LATENCY);
        let at = epoch.elapsed() + latency;
        frames.clear();
        frames.resize(out.len() / channels, 0.0);
        // On some systems the caller is C, and a panic must not reach it.
        if catch_unwind(AssertUnwindSafe(|| renderer.render(&mut frames, at))).is_err() {
            frames.fill(0.0);
            panicked.report();
        }
        spread(&frames, out, channels);
    };
    let fail = move |error: cpal::Error| match error.kind() {
        ErrorKind::Xrun => failure.feed.add_underrun(),
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        _ => failure.report(),
    };
    device.build_output_stream::<S, _, _>(config, play, fail, Some(OPENING))
}

/// A dead device can report more than a hundred thousand errors in a second: the first one counts.
#[derive(Clone)]
struct Failure {
    feed: Arc<Feed>,
    signal: Arc<Signal>,
}

impl Failure {
    fn report(&self) {
        if self.feed.set_broken() {
            self.signal.raise();
        }
    }
}

/// Puts each frame on the left and right loudspeaker (the first two channels), and silence on the others: a centre or
/// a bass loudspeaker would only make it louder than other programs.
fn spread<S: SizedSample + FromSample<f32>>(frames: &[f32], out: &mut [S], channels: usize) {
    for (group, &frame) in out.chunks_exact_mut(channels).zip(frames) {
        let (sounding, silent) = group.split_at_mut(channels.min(2));
        sounding.fill(S::from_sample(frame));
        silent.fill(S::EQUILIBRIUM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_goes_to_the_first_two_channels_and_survives_sixteen_bits_exactly() {
        let samples = [i16::MIN, -12_345, -1, 0, 1, 12_345, i16::MAX];
        let frames: Vec<f32> = samples
            .iter()
            .map(|&sample| f32::from(sample) / 32_768.0)
            .collect();
        let mut out = [7_i16; 7 * 3];
        spread(&frames, &mut out, 3);
        for (group, sample) in out.chunks(3).zip(samples) {
            assert_eq!(group, [sample, sample, 0]);
        }
        let mut mono = [7_i16; 7];
        spread(&frames, &mut mono, 1);
        assert_eq!(mono, samples);
        let mut unsigned = [7_u8; 4];
        spread(&[0.0], &mut unsigned, 4);
        assert_eq!(unsigned, [128; 4]);
    }

    #[test]
    fn the_buffer_is_about_fifty_milliseconds_at_any_rate() {
        assert_eq!(burst_of(48_000), 2_048);
        assert_eq!(burst_of(44_100), 2_048);
        assert_eq!(burst_of(192_000), 8_192);
        assert_eq!(burst_of(8_000), 512);
        assert_eq!(burst_of(0), 64);
    }

    #[test]
    fn of_alsas_many_names_for_a_card_one_is_listed() {
        let listed = |name: &str| {
            HostId::from_str("alsa").is_ok_and(|host| is_worth_listing(&DeviceId::new(host, name)))
        };
        if cfg!(target_os = "linux") {
            assert!(listed("plughw:CARD=PCH,DEV=0"));
        }
        for junk in [
            "null",
            "pulse",
            "jack",
            "samplerate",
            "hw:CARD=PCH,DEV=0",
            "plughw:CARD=0,DEV=0",
            "surround51:CARD=PCH,DEV=0",
        ] {
            assert!(!listed(junk), "{junk}");
        }
    }
}
