//! The voices a person can choose from: the built-in presets, and the service's two pools.
//!
//! Without a key, or while the service cannot be reached, the cloud list is the one that ships with Peal, and says so.

use std::io::Cursor;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};

use narration::synthesis::VoiceRef;
use rodio::{Decoder, Source};
use waves::{ApiKey, Model, Voice};

use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};

/// Where the list of cloud voices stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudVoices {
    /// There is no key, so there are no cloud voices to speak with.
    NoKey,
    /// Being fetched.
    Loading,
    /// As the service gave it.
    Ready,
    /// The list that ships with Peal, because the real one could not be fetched.
    Known(Option<Failure>),
}

/// The list and where it stands.
pub struct Voices {
    state: Mutex<State>,
}

struct State {
    cloud: CloudVoices,
    voices: Vec<Voice>,
}

impl Default for Voices {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                cloud: CloudVoices::NoKey,
                voices: waves::seed_voices(),
            }),
        }
    }
}

impl Voices {
    /// Cloud voices and where their list stands.
    pub fn list(&self) -> (Vec<Voice>, CloudVoices) {
        let state = self.lock();
        (state.voices.clone(), state.cloud.clone())
    }

    /// Forgets the service's list: the key is gone.
    pub fn forget(&self) {
        *self.lock() = State {
            cloud: CloudVoices::NoKey,
            voices: waves::seed_voices(),
        };
    }

    /// Says that fetching has begun.
    pub fn begin_loading(&self) {
        let mut state = self.lock();
        // A list that is there stays in view while a newer one is fetched.
        if state.cloud != CloudVoices::Ready {
            state.cloud = CloudVoices::Loading;
        }
    }

    /// Takes the outcome of [`fetch`].
    pub fn settle(&self, fetched: Result<Vec<Voice>, Failure>) {
        let mut state = self.lock();
        match fetched {
            Ok(voices) => {
                *state = State {
                    cloud: CloudVoices::Ready,
                    voices,
                }
            }
            Err(_) if state.cloud == CloudVoices::Ready => {}
            Err(failure) => state.cloud = CloudVoices::Known(Some(failure)),
        }
    }

    /// The voice with this name, if it is in the list.
    pub fn find(&self, voice: &VoiceRef) -> Option<Voice> {
        let VoiceRef::Cloud { model, id } = voice else {
            return None;
        };
        self.lock()
            .voices
            .iter()
            .find(|voice| voice.model == *model && voice.id == *id)
            .cloned()
    }

    /// A voice by its bare id, as people type it: in the pool that is asked for, else the Pro pool first.
    pub fn find_by_id(&self, id: &str, model: Option<Model>) -> Option<Voice> {
        let state = self.lock();
        let matches = |wanted: Model| {
            state
                .voices
                .iter()
                .find(|voice| voice.model == wanted && voice.id.as_str() == id)
                .cloned()
        };
        match model {
            Some(model) => matches(model),
            None => matches(Model::LightningV31Pro).or_else(|| matches(Model::LightningV31)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fetches both pools and the previews. Previews are a comfort: without them the list is whole.
///
/// # Errors
/// When neither pool, or a pool for another reason than the plan, can be listed.
pub async fn fetch(endpoint: &Endpoint, key: &ApiKey) -> Result<Vec<Voice>, waves::Error> {
    let client = endpoint.client()?;
    // One after the other: an account may have a single request open.
    let pro = client.list_voices(key, Model::LightningV31Pro).await;
    let standard = client.list_voices(key, Model::LightningV31).await;
    let mut voices = match (pro, standard) {
        (Ok(pro), Ok(standard)) => [pro, standard].concat(),
        // A plan without one pool still has the other.
        (Ok(voices), Err(error)) | (Err(error), Ok(voices))
            if error.kind() == waves::ErrorKind::Forbidden =>
        {
            voices
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    if let Ok(catalogue) = client.catalogue(key).await {
        waves::add_previews(&mut voices, &catalogue);
    }
    Ok(voices)
}

/// The sound of a downloaded preview: a short WAV from an address the service named, so nothing in it is believed.
///
/// # Errors
/// [`FailureKind::BadAnswer`] when it is not a WAV of one or two channels at an ordinary rate with something in it.
pub fn decode_preview(bytes: Vec<u8>) -> Result<(u32, Vec<i16>), Failure> {
    let bad = |reason: &str| {
        let details = format!("the preview cannot be played: {reason}");
        Failure::new(FailureKind::BadAnswer, details)
    };
    // The decoder panics on some headers that make no sense, a rate of zero among them.
    let decoded = catch_unwind(|| {
        let decoder = Decoder::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
        let (rate, channels) = (decoder.sample_rate().get(), decoder.channels().get());
        if !(8_000..=96_000).contains(&rate) || !(1..=2).contains(&channels) {
            return Err("unusual rate or channels".to_owned());
        }
        Ok((rate, usize::from(channels), decoder.collect::<Vec<f32>>()))
    });
    let decoded = decoded.unwrap_or_else(|_| Err("its header makes no sense".to_owned()));
    let (rate, channels, samples) = decoded.map_err(|reason| bad(&reason))?;
    let mono = |frame: &[f32]| frame.iter().sum::<f32>() / frame.len() as f32;
    let to_i16 = |sample: f32| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
    let samples: Vec<i16> = samples
        .chunks_exact(channels)
        .map(|frame| to_i16(mono(frame)))
        .collect();
    if samples.is_empty() {
        return Err(bad("it is empty"));
    }
    Ok((rate, samples))
}

#[cfg(test)]
mod tests {
    use super::*;
    use narration::wav::WavWriter;

    fn wav(samples: &[i16]) -> Vec<u8> {
        let mut writer = WavWriter::new(Cursor::new(Vec::new()), 24_000, false).unwrap();
        writer.write(samples).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_preview_is_heard_as_it_was_sent() {
        let (rate, samples) = decode_preview(wav(&[0, 1000, -1000, 32_767])).unwrap();
        assert_eq!(rate, 24_000);
        for (heard, sent) in samples.iter().zip([0_i16, 1000, -1000, 32_767]) {
            assert!(heard.abs_diff(sent) <= 1, "{heard} for {sent}");
        }
    }

    #[test]
    fn a_preview_with_any_byte_changed_ends_in_sound_or_an_error() {
        let whole = wav(&[500; 200]);
        for at in 0..48 {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if let Ok((rate, samples)) = decode_preview(bytes) {
                    assert!(rate > 0 && samples.len() <= 400, "byte {at} as {value}");
                }
            }
        }
        assert!(decode_preview(Vec::new()).is_err());
        assert!(decode_preview(b"<html>".to_vec()).is_err());
    }
}
