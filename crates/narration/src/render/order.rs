//! What to make: a text cut into segments, how it is spoken, in a form that is kept on disk until it is made.
//!
//! Everything that decides the takes is in it, so that a render goes on after a crash without the file it came from.
//! Files written by every version of Peal stay readable: fields are added with defaults, never changed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use waves::{Language, SampleRate, Speed};

use crate::synthesis::{Delivery, UnknownVoice, Utterance, VoiceRef};

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
}

/// One segment to speak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

impl From<&Delivery> for KeptDelivery {
    fn from(delivery: &Delivery) -> Self {
        Self {
            voice: delivery.voice.to_string(),
            speed: delivery.speed.factor(),
            language: delivery.language.code().to_owned(),
            rate: delivery.rate.hz(),
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
            delivery: KeptDelivery {
                voice: "lightning_v3.1_pro/sophie".to_owned(),
                speed: 1.1,
                language: "en".to_owned(),
                rate: 44_100,
            },
            segments: vec![Segment {
                text: "Words.".to_owned(),
                voice: Some(builtin_voice::presets()[0].id.to_owned()),
                pause: 420,
                chapter: 0,
                paragraph: 3,
            }],
            chapters: vec!["One".to_owned()],
        };
        let text = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
        let utterance = &order.utterances().unwrap()[0];
        assert!(!utterance.delivery.voice.is_paid());
        assert_eq!(utterance.delivery.speed.factor(), 1.1);
    }
}
