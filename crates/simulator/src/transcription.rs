//! `/stt/` and `/pulse/get_text`: section 13 of the contract. Only what the simulator said itself is understood; of anything else the
//! answer says that it is not.

pub(crate) mod live;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::{
    decode::{Decoded, Sound, decode, pairs, raw},
    ears::{Found, Sketch},
    server::State,
    speech::Word,
    voices::{self, Model},
};

/// The transcription of sound that was not made here.
pub(crate) const UNKNOWN: &str =
    "[The simulator understands only what it said itself, and this it did not say.]";

const LANGUAGES: [&str; 29] = [
    "en",
    "hi",
    "de",
    "es",
    "ru",
    "it",
    "fr",
    "nl",
    "pt",
    "uk",
    "pl",
    "cs",
    "sk",
    "lv",
    "et",
    "ro",
    "fi",
    "sv",
    "bg",
    "hu",
    "da",
    "lt",
    "mt",
    "zh",
    "ja",
    "ko",
    "multi-eu",
    "multi-asian",
    "multi-indic",
];

/// What is asked for, in order.
#[derive(Debug)]
struct Asked {
    pro: bool,
    language: String,
    words: bool,
    diarize: bool,
    gender: bool,
    emotions: bool,
    redact_pii: bool,
    redact_pci: bool,
    webhook_url: Option<String>,
    encoding: Option<String>,
    rate: u32,
}

/// Which of the two paths: their errors differ, and the older knows one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    Stt,
    GetText,
}

impl Path {
    /// The error of this path for a message.
    pub(crate) fn error(self, message: &str, request_id: &str) -> Value {
        match self {
            Path::Stt => json!({ "error": message, "request_id": request_id }),
            Path::GetText => {
                json!({ "status": "error", "message": "Error handling audio data", "errors": message })
            }
        }
    }
}

/// The status and the body of the answer.
pub(crate) async fn answer(
    state: &Arc<State>,
    path: Path,
    query: &[(String, String)],
    headers: &HeaderMap,
    body: Vec<u8>,
    request_id: &str,
) -> (u16, Value) {
    match transcribe(state, path, query, headers, body, request_id).await {
        Ok(answer) => (200, answer),
        Err(message) => (400, path.error(&message, request_id)),
    }
}

async fn transcribe(
    state: &Arc<State>,
    path: Path,
    query: &[(String, String)],
    headers: &HeaderMap,
    body: Vec<u8>,
    request_id: &str,
) -> Result<Value, String> {
    let asked = Asked::read(path, query)?;
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if content_type.starts_with("multipart/") {
        return Err("Send the audio as the body, not as a form".to_owned());
    }
    let mut line = asked.log_line(request_id);
    if asked.webhook_url.is_some() && asked.pro {
        state.ledger.transcribed(line);
        return Ok(json!({ "status": "processing", "request_id": request_id }));
    }
    let by_url = content_type.contains("json");
    let file_size = body.len();
    let (heard, seconds, file_name) = if by_url {
        fetch(state, &asked, &body).await?
    } else {
        let (heard, seconds) = listen(state, &asked, body).await?;
        (heard, seconds, None)
    };
    let transcript = Transcript::of(&heard, seconds);
    line["duration"] = json!(seconds);
    line["file_size"] = json!(file_size.to_string());
    line["transcription"] = json!(transcript.text);
    state.ledger.transcribed(line);
    Ok(asked.answer(&transcript, seconds, file_size, file_name, request_id))
}

/// What was recognised, `None` in the place of what was not.
type Heard = Option<Vec<Found>>;

async fn listen(state: &Arc<State>, asked: &Asked, body: Vec<u8>) -> Result<(Heard, f64), String> {
    if body.is_empty() {
        return Err("No audio data provided".to_owned());
    }
    let sound = match decode(&body) {
        Decoded::Sound(sound) => sound,
        Decoded::Foreign => return Ok((None, 0.0)),
        Decoded::Headerless => match &asked.encoding {
            Some(encoding) => match raw(&body, encoding, asked.rate) {
                Some(sound) => sound,
                None => return Ok((None, 0.0)),
            },
            None => {
                let Some(found) = state.ears.exact(&pairs(&body)) else {
                    return Err("Unsupported or corrupt audio".to_owned());
                };
                let seconds = found.recording.seconds;
                return Ok((Some(vec![found]), seconds));
            }
        },
    };
    let seconds = sound.samples.len() as f64 / f64::from(sound.rate);
    let state = Arc::clone(state);
    let heard = tokio::task::spawn_blocking(move || recognise(&state, &sound)).await;
    let heard = heard.map_err(|error| error.to_string())?;
    Ok((heard, seconds))
}

fn recognise(state: &State, sound: &Sound) -> Heard {
    if let Some(found) = state.ears.exact(&sound.samples)
        && found.recording.rate == sound.rate
    {
        return Some(vec![found]);
    }
    if sound
        .samples
        .iter()
        .all(|sample| sample.unsigned_abs() < 64)
    {
        return Some(Vec::new());
    }
    let mut sketch = Sketch::new(sound.rate);
    sketch.add(&sound.samples);
    let found = state.ears.find(&sketch);
    (!found.is_empty()).then_some(found)
}

/// `{"url": …}`: one of the simulator's own previews. It fetches nothing from elsewhere.
async fn fetch(
    state: &Arc<State>,
    asked: &Asked,
    body: &[u8],
) -> Result<(Heard, f64, Option<String>), String> {
    if asked.pro {
        return Err("URL input is supported by pulse only".to_owned());
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| "Invalid JSON body".to_owned())?;
    let url = body["url"]
        .as_str()
        .ok_or_else(|| "Missing required field: url".to_owned())?;
    let name = url.strip_prefix(&format!("{}/previews/", state.url));
    let name = name.and_then(|name| name.split('?').next());
    let Some(id) = name.and_then(|name| name.strip_suffix(".wav")) else {
        return Err("NoSuchKey: the simulator reads only addresses of its own".to_owned());
    };
    let recording = crate::routes::preview_recording(state, id).await?;
    let file = recording.ok_or_else(|| "NoSuchKey".to_owned())?;
    let (heard, seconds) = listen(state, asked, file).await?;
    Ok((heard, seconds, Some(format!("{id}.wav"))))
}

impl Asked {
    fn read(path: Path, query: &[(String, String)]) -> Result<Self, String> {
        let value = |name: &str| {
            let mut pairs = query.iter().filter(|(known, _)| known == name);
            pairs.next().map(|(_, value)| value.as_str())
        };
        let flag = |name: &str| match value(name) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(format!(
                "Invalid value for {name}: {text}. Supported values: true | false."
            )),
        };
        let pro = match (path, value("model")) {
            (Path::GetText, _) | (Path::Stt, Some("pulse")) => false,
            (Path::Stt, Some("pulse-pro")) => true,
            (Path::Stt, None) => {
                return Err(
                    "Missing required query param: model. Supported values: pulse | pulse-pro."
                        .to_owned(),
                );
            }
            (Path::Stt, Some(other)) => {
                return Err(format!(
                    "Invalid model: {other}. Supported values: pulse | pulse-pro."
                ));
            }
        };
        let language = match (path, value("language")) {
            (Path::GetText, None) => "multi-eu",
            (Path::Stt, None) => return Err("Missing required query param: language.".to_owned()),
            (_, Some(language)) => language,
        };
        if !LANGUAGES.contains(&language) {
            return Err(format!(
                "Invalid language: {language}. Supported values: {}.",
                LANGUAGES.join(" | ")
            ));
        }
        if pro && language != "en" {
            return Err(format!(
                "Language '{language}' is not supported on pulse-pro. Supported values: en."
            ));
        }
        Ok(Self {
            pro,
            language: language.to_owned(),
            words: flag("word_timestamps")?,
            diarize: flag("diarize")?,
            gender: flag("gender_detection")?,
            emotions: flag("emotion_detection")?,
            redact_pii: flag("redact_pii")?,
            redact_pci: flag("redact_pci")?,
            webhook_url: value("webhook_url").map(str::to_owned),
            encoding: value("encoding").map(str::to_owned),
            rate: value("sample_rate")
                .and_then(|rate| rate.parse().ok())
                .filter(|rate| (4000..=192_000).contains(rate))
                .unwrap_or(16_000),
        })
    }

    fn log_line(&self, request_id: &str) -> Value {
        json!({
            "request_id": request_id, "request_type": "rest",
            "model": if self.pro { "pulse-pro" } else { "pulse" }, "language": self.language,
            "duration": 0.0, "file_size": "0", "transcription": "", "word_timestamps": self.words,
            "diarize": self.diarize, "redact_pii": self.redact_pii, "redact_pci": self.redact_pci, "numerals": null,
            "keywords": null, "emotion_detection": self.emotions, "gender_detection": self.gender,
            "emotions": null, "gender": null, "webhook_url": self.webhook_url,
        })
    }

    fn answer(
        &self,
        transcript: &Transcript,
        seconds: f64,
        file_size: usize,
        file_name: Option<String>,
        request_id: &str,
    ) -> Value {
        let mut answer = json!({
            "status": "success", "transcription": transcript.text,
            "words": if self.words { transcript.words(self.diarize && !self.pro) } else { json!([]) },
        });
        if self.pro {
            answer["language"] = json!(self.language);
            answer["totalBytes"] = json!(file_size);
            answer["request_id"] = json!(request_id);
            let chunks = (seconds / 30.0).ceil().max(1.0);
            answer["metadata"] = json!({
                "duration": rounded(seconds), "processing_time_ms": 1, "rtfx": rounded(seconds * 1000.0),
                "num_chunks": chunks as u64,
            });
        } else {
            answer["utterances"] = if self.words {
                transcript.utterances(self.diarize)
            } else {
                json!([])
            };
            answer["metadata"] = json!({ "duration": rounded(seconds), "fileSize": file_size });
            if let Some(name) = file_name {
                answer["metadata"]["filename"] = json!(name);
            }
            if self.gender {
                answer["gender"] = json!(transcript.gender);
            }
        }
        if self.emotions {
            answer["emotions"] = json!({ "neutral": 0.9, "happiness": 0.1, "sadness": 0.0, "anger": 0.0, "fear": 0.0 });
        }
        answer
    }
}

/// What was said, piece by piece.
struct Transcript {
    text: String,
    pieces: Vec<Piece>,
    gender: &'static str,
}

struct Piece {
    text: String,
    start: f64,
    end: f64,
    words: Vec<Word>,
}

impl Transcript {
    fn of(heard: &Heard, seconds: f64) -> Self {
        let Some(found) = heard else {
            return Self {
                text: UNKNOWN.to_owned(),
                pieces: Vec::new(),
                gender: "unknown",
            };
        };
        let within = |time: f64| time.clamp(0.0, seconds);
        let pieces: Vec<Piece> = found
            .iter()
            .map(|found| {
                let moved = |word: &Word| Word {
                    text: word.text.clone(),
                    start: within(word.start + found.start),
                    end: within(word.end + found.start),
                };
                Piece {
                    text: found.recording.text.trim().to_owned(),
                    start: within(found.start),
                    end: within(found.start + found.recording.seconds),
                    words: found.recording.words.iter().map(moved).collect(),
                }
            })
            .collect();
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let gender = found
            .first()
            .and_then(|found| voices::find(&found.recording.voice_id, Model::Standard))
            .and_then(|voice| voice.gender.as_deref())
            .unwrap_or("unknown");
        Self {
            text: texts.join(" "),
            pieces,
            gender,
        }
    }

    /// The same, in the time of a stream in which it begins after so many seconds.
    fn later(mut self, seconds: f64) -> Self {
        for piece in &mut self.pieces {
            piece.start += seconds;
            piece.end += seconds;
            for word in &mut piece.words {
                word.start += seconds;
                word.end += seconds;
            }
        }
        self
    }

    fn words(&self, diarize: bool) -> Value {
        let words = self.pieces.iter().flat_map(|piece| &piece.words);
        words
            .map(|word| {
                let mut value = json!({
                    "word": word.text, "start": rounded(word.start), "end": rounded(word.end),
                    "confidence": 0.99,
                });
                if diarize {
                    value["speaker"] = json!(0);
                    value["speaker_confidence"] = json!(0.95);
                }
                value
            })
            .collect()
    }

    fn utterances(&self, diarize: bool) -> Value {
        self.pieces
            .iter()
            .map(|piece| {
                let mut value = json!({
                    "text": piece.text, "start": rounded(piece.start), "end": rounded(piece.end),
                });
                if diarize {
                    value["speaker"] = json!(0);
                }
                value
            })
            .collect()
    }
}

/// To whole milliseconds.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
