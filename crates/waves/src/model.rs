//! Models and sample rates: the closed sets of the service.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A speech model. Each has a pool of voices of its own, and the service does not check that a
/// voice and a model belong together: a wrong pair gives a garbled voice, not an error. Keep the
/// model with the voice ([`crate::Voice::model`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Model {
    /// Lightning v3.1, the standard pool.
    LightningV31,
    /// Lightning v3.1 Pro.
    LightningV31Pro,
}

impl Model {
    /// Both models, the standard one first.
    pub const ALL: [Model; 2] = [Model::LightningV31, Model::LightningV31Pro];

    /// The name in request bodies, with an underscore: `lightning_v3.1`.
    pub fn wire_name(self) -> &'static str {
        match self {
            Model::LightningV31 => "lightning_v3.1",
            Model::LightningV31Pro => "lightning_v3.1_pro",
        }
    }

    /// The name in paths and in the cloning calls, with hyphens: `lightning-v3.1`.
    pub fn path_name(self) -> &'static str {
        match self {
            Model::LightningV31 => "lightning-v3.1",
            Model::LightningV31Pro => "lightning-v3.1-pro",
        }
    }
}

/// Shows the name used in request bodies.
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire_name())
    }
}

/// A text that names no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a model of the service: `lightning_v3.1` and `lightning_v3.1_pro` are")]
pub struct UnknownModel;

/// Reads either form of the name.
impl FromStr for Model {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<Model, UnknownModel> {
        let name = name.trim();
        Model::ALL
            .into_iter()
            .find(|model| model.wire_name() == name || model.path_name() == name)
            .ok_or(UnknownModel)
    }
}

impl TryFrom<String> for Model {
    type Error = UnknownModel;

    fn try_from(name: String) -> Result<Model, UnknownModel> {
        name.parse()
    }
}

impl From<Model> for String {
    fn from(model: Model) -> String {
        model.wire_name().to_owned()
    }
}

/// A sample rate the service can answer in. 44.1 kHz is native to both models and its default.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub enum SampleRate {
    /// 8,000 samples a second: telephone.
    Hz8000,
    /// 16,000 samples a second.
    Hz16000,
    /// 24,000 samples a second.
    Hz24000,
    /// 44,100 samples a second: what the models make.
    #[default]
    Hz44100,
}

impl SampleRate {
    /// Every rate, lowest first.
    pub const ALL: [SampleRate; 4] = [
        SampleRate::Hz8000,
        SampleRate::Hz16000,
        SampleRate::Hz24000,
        SampleRate::Hz44100,
    ];

    /// Samples per second.
    pub fn hz(self) -> u32 {
        match self {
            SampleRate::Hz8000 => 8_000,
            SampleRate::Hz16000 => 16_000,
            SampleRate::Hz24000 => 24_000,
            SampleRate::Hz44100 => 44_100,
        }
    }
}

/// Shows the number of samples a second.
impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hz().fmt(f)
    }
}

/// A rate the service does not offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} Hz is not offered: 8000, 16000, 24000 and 44100 are")]
pub struct UnsupportedRate(pub u32);

impl TryFrom<u32> for SampleRate {
    type Error = UnsupportedRate;

    fn try_from(hz: u32) -> Result<SampleRate, UnsupportedRate> {
        SampleRate::ALL
            .into_iter()
            .find(|rate| rate.hz() == hz)
            .ok_or(UnsupportedRate(hz))
    }
}

impl From<SampleRate> for u32 {
    fn from(rate: SampleRate) -> u32 {
        rate.hz()
    }
}

/// How speech is encoded on its way. The service labels every format `audio/wav`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// Signed 16-bit little-endian samples without a header: nothing is lost, and it can be
    /// played from the first chunk.
    #[default]
    Pcm,
    /// The same behind a RIFF header.
    Wav,
    /// MPEG layer III, lossy, about a third of the bytes.
    Mp3,
    /// G.711 µ-law: telephone, half of the bytes.
    Ulaw,
    /// G.711 A-law: telephone, half of the bytes.
    Alaw,
}

impl OutputFormat {
    /// Every format.
    pub const ALL: [OutputFormat; 5] = [
        OutputFormat::Pcm,
        OutputFormat::Wav,
        OutputFormat::Mp3,
        OutputFormat::Ulaw,
        OutputFormat::Alaw,
    ];

    /// The name in request bodies. (Speech to text says `mulaw` where this says `ulaw`.)
    pub fn wire_name(self) -> &'static str {
        match self {
            OutputFormat::Pcm => "pcm",
            OutputFormat::Wav => "wav",
            OutputFormat::Mp3 => "mp3",
            OutputFormat::Ulaw => "ulaw",
            OutputFormat::Alaw => "alaw",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_rates_lead_back_to_their_value() {
        for model in Model::ALL {
            assert_eq!(model.wire_name().parse(), Ok(model));
            assert_eq!(model.path_name().parse(), Ok(model));
        }
        assert_eq!("lightning_v2".parse::<Model>(), Err(UnknownModel));
        for rate in SampleRate::ALL {
            assert_eq!(SampleRate::try_from(rate.hz()), Ok(rate));
        }
        assert_eq!(SampleRate::try_from(48_000), Err(UnsupportedRate(48_000)));
    }
}
