//! Who speaks what: the chosen voice, and those that a text names for some of its segments.

use std::collections::BTreeMap;

use narration::script::{Script, Segment};
use narration::synthesis::{Delivery, VoiceRef};
use waves::{SampleRate, Voice};

/// How each segment of a script is delivered.
#[derive(Clone, Debug)]
pub struct Casting {
    main: Delivery,
    others: BTreeMap<String, Delivery>,
    unknown: Vec<String>,
}

impl Casting {
    /// Everything in the chosen voice.
    #[must_use]
    pub fn of_one(main: Delivery) -> Self {
        // The built-in voice has a rate of its own, which voices beside it must share.
        let rate = SampleRate::try_from(main.sample_rate()).unwrap_or(main.rate);
        Self {
            main: Delivery { rate, ..main },
            others: BTreeMap::new(),
            unknown: Vec::new(),
        }
    }

    /// The chosen voice, and those of `voices` and the built-in ones that the script names, by id or name in any case. A
    /// name that is no voice, or one that cannot be joined to the chosen one, is spoken by the chosen one.
    #[must_use]
    pub fn of(script: &Script, main: Delivery, voices: &[Voice]) -> Self {
        let mut casting = Self::of_one(main);
        for segment in &script.segments {
            let Some(name) = &segment.voice else {
                continue;
            };
            if casting.others.contains_key(name) || casting.unknown.contains(name) {
                continue;
            }
            let voice = find(name, voices, &casting.main);
            match voice.and_then(|voice| joined(&casting.main, voice)) {
                Some(delivery) => {
                    casting.others.insert(name.clone(), delivery);
                }
                None => casting.unknown.push(name.clone()),
            }
        }
        casting
    }

    /// The delivery of a segment.
    #[must_use]
    pub fn delivery(&self, segment: &Segment) -> &Delivery {
        segment
            .voice
            .as_ref()
            .and_then(|name| self.others.get(name))
            .unwrap_or(&self.main)
    }

    /// The delivery of all that names no voice.
    #[must_use]
    pub fn main(&self) -> &Delivery {
        &self.main
    }

    /// Whether any of it costs money.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.main.voice.is_paid() || self.others.values().any(|other| other.voice.is_paid())
    }

    /// Names in the text that the chosen voice speaks for, in the order of the text.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

/// The voice of that name: `builtin/…`, `<model>/…`, an id, or what a person calls it; of the chosen voice's own pool
/// first.
fn find(name: &str, voices: &[Voice], main: &Delivery) -> Option<VoiceRef> {
    if name.contains('/') {
        return name.parse().ok();
    }
    let is_meant = |called: &str| {
        called.eq_ignore_ascii_case(name) || called.to_lowercase() == name.to_lowercase()
    };
    let own_pool = match &main.voice {
        VoiceRef::Cloud { model, .. } => Some(*model),
        VoiceRef::Builtin(_) => None,
    };
    let named = |voice: &&Voice| is_meant(voice.id.as_str()) || is_meant(&voice.name);
    let cloud = voices
        .iter()
        .filter(named)
        .max_by_key(|voice| Some(voice.model) == own_pool)
        .map(|voice| VoiceRef::Cloud {
            model: voice.model,
            id: voice.id.clone(),
        });
    let builtin = builtin_voice::presets()
        .iter()
        .find(|preset| preset.id.rsplit('/').next().is_some_and(is_meant) || is_meant(preset.name))
        .map(VoiceRef::Builtin);
    if own_pool.is_none() {
        builtin.or(cloud)
    } else {
        cloud.or(builtin)
    }
}

/// How another voice speaks between segments of the chosen one: at the same rate, in the same language, reading alike; `None` if it
/// cannot.
fn joined(main: &Delivery, voice: VoiceRef) -> Option<Delivery> {
    if let VoiceRef::Cloud { model, .. } = &voice {
        let mut languages = main.reading.numbers.iter().chain([&main.language]);
        if !languages.all(|language| language.supported_by(*model)) {
            return None;
        }
    }
    let rate = SampleRate::try_from(main.sample_rate()).ok()?;
    let delivery = Delivery {
        voice,
        rate,
        ..main.clone()
    };
    (delivery.sample_rate() == main.sample_rate()).then_some(delivery)
}

#[cfg(test)]
mod tests {
    use super::*;
    use narration::document::Document;
    use narration::script::{ScriptOptions, script};
    use narration::synthesis::Reading;
    use waves::{Language, Model, Speed};

    #[test]
    fn another_voice_reads_numbers_and_sums_as_the_chosen_one_does_or_is_none() {
        let voices = waves::seed_voices();
        let of = |model: Model| voices.iter().rfind(|voice| voice.model == model).unwrap();
        let casting = |other: &Voice, numbers: Language| {
            let name = format!("{}/{}", other.model.wire_name(), other.id.as_str());
            let text = Document::plain(&format!("One, two. [voice: {name}] Three, four."));
            let script = script(&text, &ScriptOptions::default());
            let main = Delivery {
                voice: "lightning_v3.1_pro/sophie".parse().unwrap(),
                speed: Speed::default(),
                language: Language::English,
                rate: SampleRate::Hz24000,
                reading: Reading {
                    numbers: Some(numbers),
                    maths: true,
                    ..Reading::default()
                },
            };
            let casting = Casting::of(&script, main, &voices);
            let last = casting.delivery(script.segments.last().unwrap()).clone();
            (last, casting)
        };
        let (other, casting_of_pro) = casting(of(Model::LightningV31Pro), Language::Hindi);
        assert_ne!(other.voice, casting_of_pro.main().voice);
        assert_eq!(other.reading, casting_of_pro.main().reading);

        let beyond = Language::ALL
            .iter()
            .find(|one| !one.supported_by(Model::LightningV31));
        let (chosen, unjoined) = casting(of(Model::LightningV31), *beyond.unwrap());
        assert_eq!(&chosen, unjoined.main());
        assert_eq!(unjoined.unknown().len(), 1);
    }
}
