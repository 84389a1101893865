//! Who speaks, and how: the arguments first, then the settings.

use narration::synthesis::{Delivery, Dictionary, Reading, VoiceRef};
use studio::failure::{Failure, FailureKind};
use studio::{Speakers, Studio};
use waves::{Language, Model, SampleRate, Speed};

use crate::arguments::VoiceArguments;
use crate::dictionary;
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::words;

/// How it is spoken: as the arguments say, else as the settings do.
pub(crate) async fn delivery(
    studio: &Studio,
    arguments: &VoiceArguments,
    terminal: &Terminal,
) -> Result<Delivery, Trouble> {
    let settings = studio.view().settings;
    let voice = match arguments.voice.as_deref().or(settings.voice.as_deref()) {
        Some(name) => voice(studio, name, arguments.model).await?,
        None => VoiceRef::Builtin(&builtin_voice::presets()[0]),
    };
    if !voice.is_paid() {
        // The settings may be meant for cloud voices; what was asked for just now is not passed over.
        if arguments
            .rate
            .is_some_and(|rate| rate.hz() != builtin_voice::SAMPLE_RATE)
        {
            return Err(Trouble::usage(words::BUILTIN_RATE));
        }
        if !matches!(
            arguments.language,
            None | Some(Language::Auto | Language::English)
        ) {
            return Err(Trouble::usage(words::BUILTIN_LANGUAGE));
        }
        if arguments.maths || arguments.numbers.is_some() {
            return Err(Trouble::usage(words::BUILTIN_READING));
        }
        if !arguments.dictionary.is_empty() {
            return Err(Trouble::usage(words::BUILTIN_DICTIONARY));
        }
    }
    let usual_language = settings.language.parse().unwrap_or(Language::Auto);
    let language = arguments.language.unwrap_or(usual_language);
    let languages = [Some(language), arguments.numbers];
    let is_beyond = |model: Model| {
        let mut named = languages.iter().flatten();
        named.any(|language| !language.supported_by(model))
    };
    if matches!(&voice, VoiceRef::Cloud { model, .. } if is_beyond(*model)) {
        return Err(Trouble::usage(words::MODEL_LANGUAGE));
    }
    let dictionaries = dictionaries(studio, &voice, arguments, terminal).await?;
    if let Some(transport) = arguments.transport {
        studio.synthesizer().set_transport(transport.into());
    }
    let usual_speed = Speed::new(settings.speed).unwrap_or_default();
    Ok(Delivery {
        voice,
        speed: arguments.speed.unwrap_or(usual_speed),
        language,
        // The same as in the window, so that what was bought there is found here.
        rate: arguments.rate.unwrap_or(SampleRate::Hz44100),
        reading: Reading {
            numbers: arguments.numbers,
            maths: arguments.maths,
            dictionaries,
        },
    })
}

/// Those that are named, else those in use. The service is asked for them only where they matter.
async fn dictionaries(
    studio: &Studio,
    voice: &VoiceRef,
    arguments: &VoiceArguments,
    terminal: &Terminal,
) -> Result<Vec<Dictionary>, Trouble> {
    if arguments.no_dictionaries || !voice.is_paid() {
        return Ok(Vec::new());
    }
    let names = &arguments.dictionary;
    if names.is_empty() && studio.dictionaries().in_use().is_empty() {
        return Ok(Vec::new());
    }
    dictionary::look(studio, terminal).await?;
    if names.is_empty() {
        return Ok(studio.dictionaries().in_use());
    }
    let named = names.iter().map(|name| dictionary::find(studio, name));
    let mut found: Vec<Dictionary> = Vec::new();
    for view in named {
        let one = view?.to_dictionary();
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

/// Who speaks in a text, by `--dialogue`.
pub(crate) fn speakers(dialogue: bool) -> Speakers {
    if dialogue {
        Speakers::Named
    } else {
        Speakers::One
    }
}

/// The voice of that name. A bare id is looked up, in the list that came with Peal before the service's.
async fn voice(studio: &Studio, name: &str, model: Option<Model>) -> Result<VoiceRef, Trouble> {
    let unknown = || {
        Failure::new(
            FailureKind::UnknownVoice,
            format!("no voice is called “{name}”"),
        )
    };
    if name.contains('/') {
        let voice: VoiceRef = name.parse().map_err(|_| unknown())?;
        let is_meant = match (&voice, model) {
            (_, None) => true,
            (VoiceRef::Cloud { model, .. }, Some(meant)) => *model == meant,
            (VoiceRef::Builtin(_), Some(_)) => false,
        };
        return if is_meant {
            Ok(voice)
        } else {
            Err(Trouble::usage(words::OTHER_MODEL))
        };
    }
    let found = match studio.find_voice(name, model) {
        Some(voice) => voice,
        None => {
            studio.fetch_voices().await?;
            studio.find_voice(name, model).ok_or_else(unknown)?
        }
    };
    Ok(VoiceRef::Cloud {
        model: found.model,
        id: found.id,
    })
}
