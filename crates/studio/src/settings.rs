//! What a person has chosen, and the file that remembers it.
//!
//! [`Settings`] always hold usable values: whatever comes from a file or a window passes [`Settings::read`], which
//! takes each field by itself, brings numbers into their range and refuses the rest. [`SettingsFile`] keeps them on
//! disk.
//!
//! Not here: the key (it is never in a file), the API origin (environment only), and when to write (the caller
//! gathers changes).

mod file;

pub use file::{Loaded, SettingsError, SettingsFile, SettingsNotice};

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use narration::script::PauseSettings;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// The name of every setting with its value, as in the file and in the in-app store.
pub type Fields = Map<String, Value>;

/// Speech may be twice as fast or half as fast: the ends the service accepts.
pub const SPEED: RangeInclusive<f64> = 0.5..=2.0;
/// Loudness of the player.
pub const VOLUME: RangeInclusive<f64> = 0.0..=1.0;
/// Requests an account may have open at once.
pub const CONCURRENCY: RangeInclusive<u8> = 1..=10;
/// Room for takes, in gigabytes of 10⁹ bytes.
pub const TAKES_GIGABYTES: RangeInclusive<f64> = 0.1..=10_000.0;

/// Everything a person can set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Colours of the window.
    pub theme: Theme,
    /// The voice with its pool, `builtin/…` or `<model>/…`; `None` is the built-in voice.
    pub voice: Option<String>,
    /// Speed of speech, [`SPEED`]; 1 is the voice's own.
    pub speed: f64,
    /// Language code such as `en` or `pt-BR`, or `auto`.
    pub language: String,
    /// Loudness of the player, [`VOLUME`].
    pub volume: f64,
    /// Id of the output device; `None` is the system's default.
    pub output: Option<String>,
    /// How cloud speech travels.
    pub transport: Transport,
    /// Requests the account may have open at once, [`CONCURRENCY`].
    pub concurrency: u8,
    /// Room for takes on the disk, [`TAKES_GIGABYTES`]. What an unfinished narration needs stays beyond it.
    pub takes_gigabytes: f64,
    /// What the standard cloud voices cost.
    pub standard_price: Price,
    /// What the Pro cloud voices cost.
    pub pro_price: Price,
    /// Silence between sentences, paragraphs, chapters.
    pub pauses: PauseSettings,
    /// Where the window was.
    pub window: Option<WindowGeometry>,
    /// The card that offers to connect a key was sent away.
    pub connect_card_dismissed: bool,
    /// The folder something was last saved to, absolute. A path that is no Unicode is forgotten with the program.
    #[serde(serialize_with = "unicode_path")]
    pub save_folder: Option<PathBuf>,
}

/// Colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How cloud speech travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Transport {
    /// The one that suits the voice: as events, or over a WebSocket where the voice knows when each word is heard.
    #[default]
    Auto,
    /// One answer with the whole audio.
    Http,
    /// Server-sent events: audio while it is made.
    Sse,
    /// A WebSocket: audio while it is made, the times of words from voices that know them, and one connection for all.
    WebSocket,
}

/// A price as it was read somewhere on some day; prices change, so a person may correct them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// US dollars for 10,000 characters, zero or more; `None` when not known.
    pub per_ten_thousand: Option<f64>,
    /// The month the figure was read, `2026-09`.
    pub as_of: String,
}

/// Where the window was, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowGeometry {
    /// Left edge; negative on a screen left of the first.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width, 200 to 16,384.
    pub width: u32,
    /// Height, 200 to 16,384.
    pub height: u32,
    /// It filled the screen.
    pub maximized: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let read_in = |per_ten_thousand| Price {
            per_ten_thousand,
            as_of: "2026-09".to_owned(),
        };
        Self {
            theme: Theme::default(),
            voice: None,
            speed: 1.0,
            language: "auto".to_owned(),
            volume: 1.0,
            output: None,
            transport: Transport::default(),
            // What an account without a plan may do.
            concurrency: 1,
            // About forty hours of the best quality.
            takes_gigabytes: 13.0,
            // The vendor's price list names the Pro voices alone.
            standard_price: read_in(None),
            pro_price: read_in(Some(0.195)),
            pauses: PauseSettings::default(),
            window: None,
            connect_card_dismissed: false,
            save_folder: None,
        }
    }
}

/// The month it is, as prices are dated: `2026-09`.
#[must_use]
pub fn this_month() -> String {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    month_of(seconds / 86_400)
}

/// The month of a day counted from 1 January 1970.
fn month_of(days: u64) -> String {
    day_of(days)[..7].to_owned()
}

/// A day counted from 1 January 1970 as `2026-11-24`, by the Gregorian calendar (Hinnant's `civil_from_days`).
#[must_use]
pub fn day_of(days: u64) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    format!("{year:04}-{month:02}-{day:02}")
}

/// A value that fits no setting: the name is unknown, or the value is of the wrong kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} cannot have this value")]
pub struct UnfitValue {
    /// The setting's name.
    pub name: String,
}

impl Settings {
    /// The settings by name: what goes into the file, and into the in-app store.
    #[must_use]
    pub fn fields(&self) -> Fields {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            // A struct of plain values always becomes an object.
            _ => Fields::new(),
        }
    }

    /// Changes one setting by its name, as the in-app store reports it. A number out of range is brought into it.
    ///
    /// # Errors
    /// [`UnfitValue`]; the settings stay as they are.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), UnfitValue> {
        let unfit = || UnfitValue {
            name: name.to_owned(),
        };
        let mut fields = self.fields();
        *fields.get_mut(name).ok_or_else(unfit)? = value;
        let (changed, refused) = Self::read(fields, self);
        if !refused.is_empty() {
            return Err(unfit());
        }
        *self = changed;
        Ok(())
    }

    /// Takes every usable field; for the others the value of `fallback` stands and the name is reported.
    ///
    /// Absent fields are no fault, unknown ones are passed over.
    #[must_use]
    pub fn read(fields: Fields, fallback: &Self) -> (Self, Vec<&'static str>) {
        let mut take = Take {
            fields,
            refused: Vec::new(),
        };
        let old = fallback;
        let settings = Self {
            theme: take.field("theme", &old.theme, Some),
            voice: take.field("voice", &old.voice, |id| {
                optional(id, |id: &String| is_name(id))
            }),
            speed: take.field("speed", &old.speed, |speed| within(speed, SPEED)),
            language: take.field("language", &old.language, |code: String| {
                is_language(&code).then_some(code)
            }),
            volume: take.field("volume", &old.volume, |volume| within(volume, VOLUME)),
            output: take.field("output", &old.output, |id| {
                optional(id, |id: &String| is_name(id))
            }),
            transport: take.field("transport", &old.transport, Some),
            concurrency: take.field("concurrency", &old.concurrency, |requests: f64| {
                let ends = f64::from(*CONCURRENCY.start())..=f64::from(*CONCURRENCY.end());
                // In range after this, so that nothing is cut off.
                within(requests, ends).map(|requests| requests as u8)
            }),
            takes_gigabytes: take.field("takesGigabytes", &old.takes_gigabytes, |gigabytes| {
                within(gigabytes, TAKES_GIGABYTES)
            }),
            standard_price: take.field("standardPrice", &old.standard_price, price),
            pro_price: take.field("proPrice", &old.pro_price, price),
            pauses: take.field("pauses", &old.pauses, Some),
            window: take.field("window", &old.window, |window: Option<WindowGeometry>| {
                Some(window.map(of_usable_size))
            }),
            connect_card_dismissed: take.field(
                "connectCardDismissed",
                &old.connect_card_dismissed,
                Some,
            ),
            save_folder: take.field("saveFolder", &old.save_folder, |folder| {
                optional(folder, |folder: &PathBuf| folder.is_absolute())
            }),
        };
        (settings, take.refused)
    }
}

struct Take {
    fields: Fields,
    refused: Vec<&'static str>,
}

impl Take {
    /// One field: parsed as `Raw`, then judged. Absent: the fallback. Unusable: the fallback, and reported.
    fn field<Raw: DeserializeOwned, T: Clone>(
        &mut self,
        name: &'static str,
        fallback: &T,
        judge: impl FnOnce(Raw) -> Option<T>,
    ) -> T {
        let Some(value) = self.fields.remove(name) else {
            return fallback.clone();
        };
        let usable = serde_json::from_value(value).ok().and_then(judge);
        usable.unwrap_or_else(|| {
            self.refused.push(name);
            fallback.clone()
        })
    }
}

fn within(number: f64, range: RangeInclusive<f64>) -> Option<f64> {
    number
        .is_finite()
        .then(|| number.clamp(*range.start(), *range.end()))
}

fn optional<T>(value: Option<T>, is_usable: impl FnOnce(&T) -> bool) -> Option<Option<T>> {
    match value {
        Some(value) if !is_usable(&value) => None,
        usable => Some(usable),
    }
}

fn is_name(id: &str) -> bool {
    (1..=1024).contains(&id.len()) && !id.contains(char::is_control)
}

fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let language = parts.next().unwrap_or_default();
    code == "auto"
        || (matches!(language.len(), 2 | 3)
            && language.bytes().all(|letter| letter.is_ascii_lowercase())
            && code.len() <= 35
            && parts.all(|part| {
                (2..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
            }))
}

fn price(price: Price) -> Option<Price> {
    const HIGHEST: f64 = 1_000_000.0;
    let figure = price.per_ten_thousand;
    let is_price = figure.is_none_or(|figure| (0.0..=HIGHEST).contains(&figure));
    let is_month = price.as_of.len() <= 16 && !price.as_of.contains(char::is_control);
    (is_price && is_month).then_some(price)
}

fn of_usable_size(window: WindowGeometry) -> WindowGeometry {
    WindowGeometry {
        width: window.width.clamp(200, 16_384),
        height: window.height.clamp(200, 16_384),
        ..window
    }
}

fn unicode_path<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_deref().and_then(Path::to_str).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_day_is_in_its_month() {
        for (days, month) in [
            (0, "1970-01"),
            (59, "1970-03"),
            (11_016, "2000-02"),
            (11_017, "2000-03"),
            (20_781, "2026-11"),
        ] {
            assert_eq!(month_of(days), month);
        }
    }

    #[test]
    fn the_defaults_survive_their_own_reading() {
        let settings = Settings::default();
        let other = Settings {
            speed: 2.0,
            concurrency: 9,
            ..Settings::default()
        };
        assert_eq!(
            Settings::read(settings.fields(), &other),
            (settings, vec![])
        );
    }

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        let mut settings = Settings::default();
        for (name, value) in [
            ("speed", json!(99)),
            ("volume", json!(-3.5)),
            ("concurrency", json!(4000)),
        ] {
            settings.set(name, value).unwrap();
        }
        assert_eq!(
            (settings.speed, settings.volume, settings.concurrency),
            (2.0, 0.0, 10)
        );
    }

    #[test]
    fn values_of_the_wrong_kind_are_refused_and_change_nothing() {
        let mut settings = Settings::default();
        for (name, value) in [
            ("theme", json!("sepia")),
            ("theme", json!(null)),
            ("speed", json!("fast")),
            ("language", json!("English, please")),
            ("language", json!("")),
            ("output", json!("a\u{0}b")),
            ("voice", json!("")),
            ("saveFolder", json!("../relative")),
            (
                "proPrice",
                json!({"perTenThousand": -1.0, "asOf": "2026-09"}),
            ),
            ("window", json!({"x": 1})),
            ("noSuchSetting", json!(1)),
        ] {
            let error = settings.set(name, value.clone()).unwrap_err();
            assert_eq!(error.name, name, "{value}");
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn language_codes_are_told_from_other_words() {
        for code in ["auto", "en", "hin", "pt-BR", "zh-Hant-TW"] {
            assert!(is_language(code), "{code}");
        }
        for code in ["", "e", "EN", "en-", "en_US", "english", "en-x"] {
            assert!(!is_language(code), "{code}");
        }
    }
}
