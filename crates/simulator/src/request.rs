//! The body of a synthesis request, checked as the service checks it: first the schema, whose findings are reported together, then
//! what the schema can't know (voice ids, languages of a model). Unknown keys are dropped without a word.

use serde_json::{Map, Value, json};

use crate::{
    account::Account,
    formats::{FORMAT_NAMES, Format},
    speech::Utterance,
    spelling::spoken,
    voices::{self, MODEL_NAMES, Model},
};

/// The most text one request may hold, in UTF-16 units: that is how the service's own validator counts.
const LONGEST_TEXT: usize = 8000;

const SAMPLE_RATES: [u32; 4] = [8000, 16_000, 24_000, 44_100];

/// A request that is in order.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) text: String,
    pub(crate) voice_id: String,
    /// As bodies name it.
    pub(crate) model: &'static str,
    /// Hertz.
    pub(crate) rate: u32,
    pub(crate) format: Format,
    /// 0.5–2.
    pub(crate) speed: f64,
    pub(crate) wav_header: bool,
    pub(crate) word_timestamps: bool,
    /// A code, or `auto`.
    pub(crate) language: &'static str,
    /// Left over from older models: kept for the log of usage only.
    pub(crate) enhancement: Option<f64>,
    pub(crate) similarity: Option<f64>,
    /// Signs of formulas are read as words.
    pub(crate) formulas: bool,
    /// Words and what is said instead of them.
    pub(crate) pronunciations: Vec<(String, String)>,
    pub(crate) cloned_voice: bool,
    /// The caller's own; empty if there is none.
    pub(crate) session_id: String,
    pub(crate) request_id: String,
    pub(crate) mismatched_pool: bool,
    /// All fields as they were sent, but for the text.
    pub(crate) fields: Map<String, Value>,
}

impl Ask {
    pub(crate) fn utterance(&self) -> Utterance {
        // A clone that is asked for with the wrong model gives next to nothing.
        let text = if self.cloned_voice && self.mismatched_pool {
            ""
        } else {
            &self.text
        };
        Utterance {
            spoken: spoken(text, &self.pronunciations, self.formulas),
            voice_id: self.voice_id.clone(),
            rate: self.rate,
            speed: self.speed,
        }
    }

    /// The same with more text, under the newer conditions; a voice that is not named again stays.
    pub(crate) fn followed_by(mut self, mut next: Ask) -> Ask {
        self.text.push_str(&next.text);
        next.text = self.text;
        if next.voice_id.is_empty() {
            next.voice_id = self.voice_id;
        }
        self.fields.extend(next.fields);
        next.fields = self.fields;
        next
    }
}

/// Reads a body, or says everything that is wrong with it, in the validator's own shape.
pub(crate) fn read(body: &Value, account: &Account) -> Result<Ask, Vec<Value>> {
    let mut check = Check::of(body)?;
    let text = check.text();
    let voice_id = Some(check.required_string("voice_id"));
    let draft = check.draft(text, voice_id);
    check.end()?;
    draft.settle(account)
}

/// A request whose fields are well formed, before it is known whether they fit together.
#[derive(Debug)]
pub(crate) struct Draft {
    ask: Ask,
    names_voice: bool,
    /// Ids of pronunciation dictionaries, well formed.
    dictionaries: Vec<String>,
    /// `None`: not said.
    language: Option<&'static str>,
}

impl Draft {
    /// Checks what the schema can't know. A request without a voice, which the socket allows, passes.
    pub(crate) fn settle(self, account: &Account) -> Result<Ask, Vec<Value>> {
        let Draft {
            mut ask,
            names_voice,
            dictionaries,
            language,
        } = self;
        let model_name = ask.model;
        let model = Model::named(model_name).unwrap_or(Model::Standard);
        let mut issues = Vec::new();
        let voice = account.voice(&ask.voice_id, model);
        if voice.is_none() && names_voice {
            issues.push(custom("Invalid Voice ID", "voice_id"));
        }
        if let Some(language) = language.filter(|language| !model.accepts(language)) {
            let supported = model.languages().join(", ");
            issues.push(custom(
                &format!(
                    "Language '{language}' is not supported on the {model_name} model. Supported languages: {supported}"
                ),
                "language",
            ));
        }
        match account.pronunciations(&dictionaries) {
            Ok(pronunciations) => ask.pronunciations = pronunciations,
            Err(index) => issues.push(json!({
                "code": "custom", "message": "Pronunciation dictionary not found",
                "path": ["pronunciation_dicts", index],
            })),
        }
        if !issues.is_empty() {
            return Err(issues);
        }
        ask.cloned_voice = voice.is_some_and(|voice| voice.cloned);
        ask.mismatched_pool = voice.is_some_and(|voice| voice.model != model);
        Ok(ask)
    }
}

/// Collects what is wrong while the fields are read.
pub(crate) struct Check<'a> {
    fields: &'a Map<String, Value>,
    issues: Vec<Value>,
}

impl<'a> Check<'a> {
    pub(crate) fn of(body: &'a Value) -> Result<Self, Vec<Value>> {
        match body.as_object() {
            Some(fields) => Ok(Self {
                fields,
                issues: Vec::new(),
            }),
            None => Err(vec![wrong_type("object", body, json!([]))]),
        }
    }

    /// Everything that was wrong so far.
    pub(crate) fn end(self) -> Result<(), Vec<Value>> {
        if self.issues.is_empty() {
            Ok(())
        } else {
            Err(self.issues)
        }
    }

    /// The fields that all transports share, but for the text and the voice.
    pub(crate) fn draft(&mut self, text: String, voice_id: Option<String>) -> Draft {
        let model = self.one_of("model", &MODEL_NAMES).unwrap_or(MODEL_NAMES[0]);
        let rate = self.sample_rate();
        let format = self
            .one_of("output_format", &FORMAT_NAMES)
            .and_then(Format::named)
            .unwrap_or(Format::Pcm);
        let speed = self.number("speed", 0.5, 2.0).unwrap_or(1.0);
        let codes = voices::language_codes();
        let language = self.one_of("language", &codes);
        let numbers = self.one_of("number_pronunciation_language", &codes);
        let enhancement = self.number("enhancement", 0.0, 2.0);
        let similarity = self.number("similarity", 0.0, 1.0);
        let wav_header = self.flag("add_wav_header");
        let word_timestamps = self.flag("word_timestamps");
        let formulas = self.flag("math_notation");
        self.flag("save_history");
        let dictionaries = self.dictionaries();
        let session_id = self.caller_id("session_id");
        let request_id = self.caller_id("request_id");
        // Named alone, the language of numbers is that of everything.
        let language = language.or(numbers);
        Draft {
            ask: Ask {
                text,
                voice_id: voice_id.clone().unwrap_or_default(),
                model,
                rate,
                format,
                speed,
                wav_header,
                word_timestamps,
                language: language.unwrap_or("auto"),
                enhancement,
                similarity,
                formulas,
                pronunciations: Vec::new(),
                cloned_voice: false,
                session_id,
                request_id,
                mismatched_pool: false,
                fields: but_for_text(self.fields),
            },
            names_voice: voice_id.is_some(),
            dictionaries,
            language,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    pub(crate) fn add(&mut self, issue: Value) {
        self.issues.push(issue);
    }

    fn text(&mut self) -> String {
        let text = self.required_string("text");
        if text.is_empty() && self.fields.get("text").is_some_and(Value::is_string) {
            self.issues.push(json!({
                "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
                "message": "String must contain at least 1 character(s)", "path": ["text"],
            }));
        }
        self.check_length(&text);
        text
    }

    /// As on the socket: nothing is as good as absent.
    pub(crate) fn optional_text(&mut self) -> String {
        let text = self.optional_string("text").unwrap_or_default();
        self.check_length(&text);
        text
    }

    fn check_length(&mut self, text: &str) {
        if text.encode_utf16().count() > LONGEST_TEXT {
            self.issues.push(json!({
                "code": "too_big", "maximum": LONGEST_TEXT, "type": "string", "inclusive": true, "exact": false,
                "message": format!("String must contain at most {LONGEST_TEXT} character(s)"), "path": ["text"],
            }));
        }
    }

    pub(crate) fn optional_string(&mut self, name: &str) -> Option<String> {
        if self.has(name) {
            Some(self.required_string(name))
        } else {
            None
        }
    }

    pub(crate) fn required_string(&mut self, name: &str) -> String {
        match self.fields.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => {
                self.issues.push(wrong_type("string", other, json!([name])));
                String::new()
            }
            None => {
                self.issues.push(json!({
                    "code": "invalid_type", "expected": "string", "received": "undefined",
                    "path": [name], "message": "Required",
                }));
                String::new()
            }
        }
    }

    fn one_of(&mut self, name: &str, options: &[&'static str]) -> Option<&'static str> {
        let value = self.fields.get(name)?;
        let Some(text) = value.as_str() else {
            let expected = options
                .iter()
                .map(|option| format!("'{option}'"))
                .collect::<Vec<_>>()
                .join(" | ");
            let mut issue = wrong_type(&expected, value, json!([name]));
            issue["expected"] = json!(expected);
            self.issues.push(issue);
            return None;
        };
        let found = options.iter().find(|option| **option == text).copied();
        if found.is_none() {
            let expected = options.iter().map(|option| format!("'{option}'"));
            self.issues.push(not_an_option(
                name,
                &json!(options),
                value,
                &expected.collect::<Vec<_>>().join(" | "),
                text,
            ));
        }
        found
    }

    fn sample_rate(&mut self) -> u32 {
        const DEFAULT: u32 = 44_100;
        let Some(value) = self.fields.get("sample_rate") else {
            return DEFAULT;
        };
        if !value.is_number() {
            self.issues
                .push(wrong_type("number", value, json!(["sample_rate"])));
            return DEFAULT;
        }
        let rate = SAMPLE_RATES
            .into_iter()
            .find(|rate| value.as_f64() == Some(f64::from(*rate)));
        if rate.is_none() {
            let expected = SAMPLE_RATES.map(|rate| rate.to_string()).join(" | ");
            self.issues.push(not_an_option(
                "sample_rate",
                &json!(SAMPLE_RATES),
                value,
                &expected,
                &value.to_string(),
            ));
        }
        rate.unwrap_or(DEFAULT)
    }

    /// `null` is as good as absent.
    pub(crate) fn number(&mut self, name: &str, least: f64, most: f64) -> Option<f64> {
        let value = self.fields.get(name).filter(|value| !value.is_null())?;
        let Some(number) = value.as_f64() else {
            self.issues.push(wrong_type("number", value, json!([name])));
            return None;
        };
        if number < least {
            self.issues.push(json!({
                "code": "too_small", "minimum": shortest(least), "type": "number", "inclusive": true, "exact": false,
                "message": format!("Number must be greater than or equal to {least}"), "path": [name],
            }));
        } else if number > most {
            self.issues.push(json!({
                "code": "too_big", "maximum": shortest(most), "type": "number", "inclusive": true, "exact": false,
                "message": format!("Number must be less than or equal to {most}"), "path": [name],
            }));
        }
        Some(number)
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.fields.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.issues
                    .push(wrong_type("boolean", other, json!([name])));
                false
            }
        }
    }

    fn dictionaries(&mut self) -> Vec<String> {
        let Some(value) = self.fields.get("pronunciation_dicts") else {
            return Vec::new();
        };
        let Some(ids) = value.as_array() else {
            self.issues
                .push(wrong_type("array", value, json!(["pronunciation_dicts"])));
            return Vec::new();
        };
        let mut known = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            let path = json!(["pronunciation_dicts", index]);
            match id.as_str() {
                None => self.issues.push(wrong_type("string", id, path)),
                Some(id) if id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    known.push(id.to_owned());
                }
                Some(_) => self.issues.push(bad_pattern(path)),
            }
        }
        known
    }

    pub(crate) fn caller_id(&mut self, name: &str) -> String {
        let Some(value) = self.fields.get(name) else {
            return String::new();
        };
        let Some(id) = value.as_str() else {
            self.issues.push(wrong_type("string", value, json!([name])));
            return String::new();
        };
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        if id.is_empty() || id.len() > 128 || !id.bytes().all(fits) {
            self.issues.push(bad_pattern(json!([name])));
            return String::new();
        }
        id.to_owned()
    }
}

/// All fields of a body but the text, which is told apart.
pub(crate) fn but_for_text(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = fields.clone();
    fields.remove("text");
    fields
}

/// A number as JavaScript writes it: 2 and not 2.0.
fn shortest(number: f64) -> Value {
    if number.fract() == 0.0 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

pub(crate) fn custom(message: &str, field: &str) -> Value {
    json!({ "code": "custom", "message": message, "path": [field] })
}

fn bad_pattern(path: Value) -> Value {
    json!({ "validation": "regex", "code": "invalid_string", "message": "Invalid", "path": path })
}

fn not_an_option(
    field: &str,
    options: &Value,
    received: &Value,
    expected: &str,
    shown: &str,
) -> Value {
    json!({
        "code": "invalid_enum_value", "options": options, "received": received, "path": [field],
        "message": format!("Invalid enum value. Expected {expected}, received '{shown}'"),
    })
}

fn wrong_type(expected: &str, value: &Value, path: Value) -> Value {
    let received = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    json!({
        "code": "invalid_type", "expected": expected, "received": received, "path": path,
        "message": format!("Expected {expected}, received {received}"),
    })
}
