//! What to make: a text cut into segments, how it is spoken, in a form that is kept on disk until it is made.
//!
//! Everything that decides the takes is in it, so that a render goes on after a crash without the file it came from.
//! Files written by every version of Peal stay readable: fields are added with defaults, never changed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use waves::{Language, Pronunciation, SampleRate, Speed};

use crate::synthesis::{Delivery, Dictionary, Reading, UnknownVoice, Utterance, VoiceRef};

/// A whole narration to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// What a person knows it by.
    pub title: String,
    /// Who wrote the text, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// How it is spoken, where a segment does not say otherwise.
    pub delivery: KeptDelivery,
    /// In the order in which they are heard.
    pub segments: Vec<Segment>,
    /// Titles of the chapters that segments name by their index.
    #[serde(default)]
    pub chapters: Vec<String>,
    /// The cover of the document, for players to show where a person chooses none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<Picture>,
}

/// The bytes of a picture, written in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Picture(pub Vec<u8>);

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

impl From<Picture> for String {
    fn from(picture: Picture) -> Self {
        STANDARD.encode(picture.0)
    }
}

impl From<String> for Picture {
    /// What is damaged is an empty picture: no narration is lost for it.
    fn from(written: String) -> Self {
        Self(STANDARD.decode(written).unwrap_or_default())
    }
}

/// One segment to speak.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// The words as they are spoken.
    pub text: String,
    /// The voice, where it is not the narration's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// Silence after it, in milliseconds.
    pub pause: u64,
    /// Index of its chapter.
    #[serde(default)]
    pub chapter: usize,
    /// Counts up from paragraph to paragraph.
    #[serde(default)]
    pub paragraph: usize,
    /// When it must begin, in milliseconds from the beginning of all: of subtitles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<u64>,
    /// How fast, 0.5 to 2, where it is not as fast as the narration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
}

impl Segment {
    /// Silence after it.
    pub fn pause_after(&self) -> Duration {
        Duration::from_millis(self.pause)
    }
}

/// A [`Delivery`] as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptDelivery {
    /// As [`VoiceRef`] is written.
    pub voice: String,
    /// 0.5 to 2.
    pub speed: f64,
    /// A code, or `auto`.
    pub language: String,
    /// Hertz.
    pub rate: u32,
    /// Only where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<KeptReading>,
}

/// A [`Reading`] as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeptReading {
    /// A code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<String>,
    /// Whether sums are read as arithmetic.
    pub maths: bool,
    /// In their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dictionaries: Vec<KeptDictionary>,
}

/// A [`Dictionary`] as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptDictionary {
    /// Of the service.
    pub id: waves::DictionaryId,
    /// What it said when the narration was asked for.
    pub words: Vec<Pronunciation>,
}

impl From<&Reading> for KeptReading {
    fn from(reading: &Reading) -> Self {
        let dictionary = |one: &Dictionary| KeptDictionary {
            id: one.id.clone(),
            words: one.words.to_vec(),
        };
        Self {
            numbers: reading.numbers.map(|language| language.code().to_owned()),
            maths: reading.maths,
            dictionaries: reading.dictionaries.iter().map(dictionary).collect(),
        }
    }
}

impl KeptReading {
    fn to_reading(&self) -> Reading {
        let dictionary = |one: &KeptDictionary| Dictionary {
            id: one.id.clone(),
            words: one.words.as_slice().into(),
        };
        Reading {
            numbers: self.numbers.as_deref().and_then(|code| code.parse().ok()),
            maths: self.maths,
            dictionaries: self.dictionaries.iter().map(dictionary).collect(),
        }
    }
}

impl From<&Delivery> for KeptDelivery {
    fn from(delivery: &Delivery) -> Self {
        Self {
            voice: delivery.voice.to_string(),
            speed: delivery.speed.factor(),
            language: delivery.language.code().to_owned(),
            rate: delivery.rate.hz(),
            reading: (delivery.reading != Reading::default())
                .then(|| KeptReading::from(&delivery.reading)),
        }
    }
}

impl KeptDelivery {
    /// The delivery, if its voice is one that this Peal knows the kind of.
    ///
    /// # Errors
    /// [`UnknownVoice`].
    pub fn to_delivery(&self) -> Result<Delivery, UnknownVoice> {
        Ok(Delivery {
            voice: self.voice.parse()?,
            speed: Speed::new(self.speed).unwrap_or_default(),
            language: self.language.parse().unwrap_or(Language::Auto),
            rate: SampleRate::try_from(self.rate).unwrap_or(SampleRate::Hz44100),
            reading: self
                .reading
                .as_ref()
                .map(KeptReading::to_reading)
                .unwrap_or_default(),
        })
    }
}

impl Order {
    /// What is asked of a voice, segment by segment.
    ///
    /// # Errors
    /// [`UnknownVoice`] for the first voice that is none.
    pub fn utterances(&self) -> Result<Vec<Utterance>, UnknownVoice> {
        let usual = self.delivery.to_delivery()?;
        let utterance = |segment: &Segment| {
            let mut delivery = usual.clone();
            if let Some(voice) = &segment.voice {
                delivery.voice = voice.parse::<VoiceRef>()?;
            }
            if let Some(speed) = segment.speed.and_then(|speed| Speed::new(speed).ok()) {
                delivery.speed = speed;
            }
            Ok(Utterance {
                text: segment.text.clone(),
                delivery,
            })
        };
        self.segments.iter().map(utterance).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_comes_back_from_disk_as_it_was() {
        let order = Order {
            title: "A book".to_owned(),
            author: None,
            cover: Some(Picture(vec![0xff, 0xd8, 0, 7])),
            delivery: KeptDelivery {
                voice: "lightning_v3.1_pro/sophie".to_owned(),
                speed: 1.1,
                language: "en".to_owned(),
                rate: 44_100,
                reading: None,
            },
            segments: vec![Segment {
                text: "Words.".to_owned(),
                voice: Some(builtin_voice::presets()[0].id.to_owned()),
                pause: 420,
                chapter: 0,
                paragraph: 3,
                begins: Some(1_500),
                speed: Some(1.25),
            }],
            chapters: vec!["One".to_owned()],
        };
        let text = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
        let utterance = &order.utterances().unwrap()[0];
        assert!(!utterance.delivery.voice.is_paid());
        assert_eq!(utterance.delivery.speed.factor(), 1.25);
        assert!(!text.contains("reading"), "as in every version");
    }

    #[test]
    fn how_it_is_read_comes_back_from_disk() {
        let id = waves::DictionaryId::new("0123456789abcdef01234567").unwrap();
        let reading = Reading {
            numbers: Some(Language::Hindi),
            maths: true,
            dictionaries: vec![Dictionary {
                id,
                words: [Pronunciation::new("Peal", "peel").unwrap()].into(),
            }],
        };
        let delivery = Delivery {
            voice: "lightning_v3.1_pro/sophie".parse().unwrap(),
            speed: Speed::default(),
            language: Language::English,
            rate: SampleRate::Hz24000,
            reading,
        };
        let text = serde_json::to_string(&KeptDelivery::from(&delivery)).unwrap();
        let kept: KeptDelivery = serde_json::from_str(&text).unwrap();
        assert_eq!(kept.to_delivery().unwrap(), delivery);
    }
}
