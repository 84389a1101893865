//! What the service knows of an account: logs, usage, credits; and whether it is alive
//! (contract section 15).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::Value;

use crate::client::within;
use crate::{ApiKey, Client, Error};

/// Which page of a log: pages count from 1, and hold 1 to 100 entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    page: u32,
    size: u32,
}

impl PageRequest {
    /// A page; `None` for page 0 and for sizes outside of 1 to 100.
    pub fn new(page: u32, size: u32) -> Option<PageRequest> {
        (page >= 1 && (1..=100).contains(&size)).then_some(PageRequest { page, size })
    }
}

/// The newest 50.
impl Default for PageRequest {
    fn default() -> PageRequest {
        PageRequest { page: 1, size: 50 }
    }
}

/// A page of a log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// Entries that can't be read are left out.
    pub entries: Vec<T>,
    /// Counts from 1.
    pub page: u64,
    /// Entries of the whole log.
    pub total_entries: u64,
    /// Pages of the whole log.
    pub total_pages: u64,
}

/// A synthesis that the service remembers. What it leaves out is `None`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpeechLogEntry {
    /// `YYYY-MM-DD HH:MM:SS` by the service's own clock, of an unknown zone.
    pub timestamp: String,
    /// Whether it came over a WebSocket.
    pub over_socket: bool,
    /// The model, by its name in paths: `lightning-v3.1`.
    pub model: Option<String>,
    /// The voice.
    pub voice_id: Option<String>,
    /// The code of the language.
    pub language: Option<String>,
    /// The text, cut when it was long.
    pub text: Option<String>,
    /// Characters of the whole text.
    pub characters: Option<u64>,
    /// Of no documented unit: not money.
    pub credits: Option<f64>,
    /// The speed that was asked for.
    pub speed: Option<f64>,
    /// Samples a second.
    pub sample_rate: Option<u64>,
    /// `pcm`, `wav`, …
    pub output_format: Option<String>,
}

/// A transcription that the service remembers. What it leaves out is `None`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TranscriptionLogEntry {
    /// For [`Client::delete_transcription`].
    pub request_id: String,
    /// As [`SpeechLogEntry::timestamp`].
    pub timestamp: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The code of the language.
    pub language: Option<String>,
    /// How long the recording was.
    pub duration: Option<Duration>,
    /// How large the recording was, in bytes.
    pub file_size: Option<u64>,
    /// What was understood.
    pub transcription: Option<String>,
}

/// From when to when a series goes, and how fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    /// The first moment.
    pub from: SystemTime,
    /// The last moment.
    pub to: SystemTime,
    /// How much time a value stands for.
    pub granularity: Granularity,
}

/// How much time a value of a series stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

/// What can be followed over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series {
    /// Requests for speech.
    SpeechRequests,
    /// Requests for transcription.
    TranscriptionRequests,
    /// Credits spent on speech.
    SpeechCredits,
    /// Syntheses at once.
    SpeechConcurrency,
    /// WebSockets for speech at once.
    SpeechSockets,
}

impl Series {
    /// Every series.
    pub const ALL: [Series; 5] = [
        Series::SpeechRequests,
        Series::TranscriptionRequests,
        Series::SpeechCredits,
        Series::SpeechConcurrency,
        Series::SpeechSockets,
    ];

    fn path(self) -> &'static str {
        match self {
            Series::SpeechRequests => "/waves/v1/analytics/tts/usage/timeseries",
            Series::TranscriptionRequests => "/waves/v1/analytics/asr/usage/timeseries",
            Series::SpeechCredits => "/waves/v1/analytics/tts/usage/credits/timeseries",
            Series::SpeechConcurrency => "/waves/v1/analytics/tts/concurrency/timeseries",
            Series::SpeechSockets => "/waves/v1/analytics/tts/ws-connections/timeseries",
        }
    }
}

/// Values over time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TimeSeries {
    /// When, as the service writes it, and how much.
    pub points: Vec<(String, f64)>,
    /// Of all points, where the service adds them up.
    pub total: Option<f64>,
}

/// Whether the service is alive. Says nothing about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// It says that it is.
    pub is_ok: bool,
    /// Its parts, and what each says of itself.
    pub parts: Vec<(String, String)>,
}

/// The plan of an account. What the service leaves out is `None`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Subscription {
    /// Its id.
    pub plan: Option<String>,
    /// Whether it is paid for.
    pub is_active: Option<bool>,
    /// Credits of a period.
    pub total_credits: Option<f64>,
    /// Credits that are left.
    pub current_credits: Option<f64>,
    /// When the next period begins, as the service writes it.
    pub renewal_date: Option<String>,
    /// Limits of other products: they say nothing of how much speech may be made at once.
    pub limits: Value,
    /// What is included.
    pub features: Value,
}

impl Client {
    /// A page of what was spoken: `GET /waves/v1/analytics/tts/logs`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn speech_log(
        &self,
        key: &ApiKey,
        page: PageRequest,
    ) -> Result<Page<SpeechLogEntry>, Error> {
        self.log(key, "/waves/v1/analytics/tts/logs", page, read_speech)
            .await
    }

    /// A page of what was transcribed: `GET /waves/v1/analytics/asr/logs`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn transcription_log(
        &self,
        key: &ApiKey,
        page: PageRequest,
    ) -> Result<Page<TranscriptionLogEntry>, Error> {
        self.log(
            key,
            "/waves/v1/analytics/asr/logs",
            page,
            read_transcription,
        )
        .await
    }

    /// A page of the webhooks that were called: `GET /waves/v1/analytics/webhooks/logs`. What an
    /// entry holds is not documented, so each is given as it came.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn webhook_log(&self, key: &ApiKey, page: PageRequest) -> Result<Page<Value>, Error> {
        let path = "/waves/v1/analytics/webhooks/logs";
        self.log(key, path, page, |entry| Some(entry.clone())).await
    }

    async fn log<T>(
        &self,
        key: &ApiKey,
        path: &str,
        page: PageRequest,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Page<T>, Error> {
        let call = self
            .call(Method::GET, path, key)?
            .query(&[("page", page.page), ("pageSize", page.size)]);
        let read = |answer: &Value| {
            let entries: Vec<T> = answer["data"].as_array()?.iter().filter_map(read).collect();
            Some(Page {
                page: answer["page"].as_u64().unwrap_or(page.page.into()),
                total_entries: answer["totalCount"]
                    .as_u64()
                    .unwrap_or(entries.len() as u64),
                total_pages: answer["totalPages"].as_u64().unwrap_or(1),
                entries,
            })
        };
        self.answer(key, path, call, self.timeouts.answer, read)
            .await
    }

    /// A series over time: `GET /waves/v1/analytics/…/timeseries`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn time_series(
        &self,
        key: &ApiKey,
        series: Series,
        request: SeriesRequest,
    ) -> Result<TimeSeries, Error> {
        let granularity = match request.granularity {
            Granularity::Hour => "hour",
            Granularity::Day => "day",
        };
        let (from, to) = (iso8601(request.from), iso8601(request.to));
        let query = [
            ("from", from.as_str()),
            ("to", &to),
            ("granularity", granularity),
        ];
        let path = series.path();
        let call = self.call(Method::GET, path, key)?.query(&query);
        self.answer(key, path, call, self.timeouts.answer, read_series)
            .await
    }

    /// Deletes what the service remembers of a transcription:
    /// `DELETE /waves/v1/analytics/asr/history/{request_id}`. It says so for unknown ids too.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn delete_transcription(&self, key: &ApiKey, request_id: &str) -> Result<(), Error> {
        let path = "/waves/v1/analytics/asr/history/";
        let call = self.call_below(Method::DELETE, path, request_id, key)?;
        let read = |answer: &Value| (answer["status"] == "success").then_some(());
        self.answer(key, path, call, self.timeouts.answer, read)
            .await
    }

    /// Whether the service is alive: `GET /waves/v1/health`, without a key.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn health(&self) -> Result<Health, Error> {
        let path = "/waves/v1/health";
        let call = self
            .http
            .get(self.origin.at(path))
            .header(ACCEPT, "application/json");
        let limit = self.timeouts.answer;
        within(limit, self.read_json(call, limit, read_health)).await
    }

    /// Plan and credits: `GET /atoms/v1/user/subscription`, another product's address. `None`
    /// when this key may not look, which is no fault of the key.
    ///
    /// # Errors
    ///
    /// Any [`crate::ErrorKind`] but `Unauthorized`, `Forbidden` and `NoSpeech`.
    pub async fn subscription(&self, key: &ApiKey) -> Result<Option<Subscription>, Error> {
        let path = "/atoms/v1/user/subscription";
        let call = self.call(Method::GET, path, key)?;
        let read = |answer: &Value| {
            answer["data"]
                .is_object()
                .then(|| read_subscription(&answer["data"]))
        };
        match self
            .answer(key, path, call, self.timeouts.answer, read)
            .await
        {
            Ok(subscription) => Ok(Some(subscription)),
            Err(error) if matches!(error.status(), Some(401..=404)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A string that is not empty.
fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A number, or one written as a string.
fn number(value: &Value) -> Option<f64> {
    let number = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number)
}

fn count(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

fn read_speech(entry: &Value) -> Option<SpeechLogEntry> {
    Some(SpeechLogEntry {
        timestamp: text(&entry["timestamp"])?,
        over_socket: entry["request_type"] == "ws",
        model: text(&entry["model"]),
        voice_id: text(&entry["voice_id"]),
        language: text(&entry["language"]),
        text: text(&entry["text"]),
        characters: count(&entry["text_len"]),
        credits: number(&entry["credits"]),
        speed: number(&entry["speed"]),
        sample_rate: count(&entry["sample_rate"]),
        output_format: text(&entry["output_format"]),
    })
}

fn read_transcription(entry: &Value) -> Option<TranscriptionLogEntry> {
    let duration = number(&entry["duration"]);
    Some(TranscriptionLogEntry {
        request_id: text(&entry["request_id"])?,
        timestamp: text(&entry["timestamp"]),
        model: text(&entry["model"]),
        language: text(&entry["language"]),
        duration: duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        file_size: count(&entry["file_size"]),
        transcription: text(&entry["transcription"]),
    })
}

fn read_series(answer: &Value) -> Option<TimeSeries> {
    let moments = answer["timestamps"].as_array()?.iter();
    let values = answer["values"].as_array()?.iter();
    let total = [&answer["totalRequestCount"], &answer["totalCredits"]];
    Some(TimeSeries {
        points: moments
            .zip(values)
            .filter_map(|(moment, value)| Some((text(moment)?, number(value)?)))
            .collect(),
        total: total.into_iter().find_map(number),
    })
}

fn read_health(answer: &Value) -> Option<Health> {
    let parts = answer.as_object()?.iter();
    Some(Health {
        is_ok: answer["status"].as_str()? == "ok",
        parts: parts
            .filter_map(|(name, part)| Some((name.clone(), text(&part["status"])?)))
            .collect(),
    })
}

fn read_subscription(data: &Value) -> Subscription {
    Subscription {
        plan: text(&data["planId"]),
        is_active: data["subscriptionActive"].as_bool(),
        total_credits: number(&data["totalCredits"]),
        current_credits: number(&data["currentCredits"]),
        renewal_date: text(&data["renewalDate"]),
        limits: data["limits"].clone(),
        features: data["features"].clone(),
    }
}

/// `2026-09-01T12:30:00Z`. Moments before 1970 become its first.
fn iso8601(moment: SystemTime) -> String {
    let seconds = moment
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March have the leap day at their end; eras of 400 years are all alike.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!(
        "{:04}-{month:02}-{day_of_month:02}T{:02}:{:02}:{:02}Z",
        era * 400 + year + next,
        time / 3_600,
        time / 60 % 60,
        time % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_service_reads_them() {
        for (seconds, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_788_266_096, "2026-09-01T12:34:56Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(iso8601(UNIX_EPOCH + Duration::from_secs(seconds)), written);
        }
    }

    #[test]
    fn pages_that_do_not_exist_cannot_be_asked_for() {
        for (page, size, exists) in [
            (1, 1, true),
            (1, 100, true),
            (0, 1, false),
            (1, 0, false),
            (1, 101, false),
        ] {
            assert_eq!(PageRequest::new(page, size).is_some(), exists);
        }
    }
}
