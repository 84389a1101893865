//! What was used, as `/analytics` tells it: section 15 of the contract. The sums agree with the list by construction: there is one list.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::request::Ask;

/// The oldest entries go when there are more than this.
const KEPT: usize = 10_000;
/// Steps of one series; a longer one is refused.
const MOST_STEPS: usize = 10_000;
/// The credits of the account, before anything was used.
const TOTAL_CREDITS: f64 = 100_000.0;
/// Characters of a text that a log keeps.
const LONGEST_TEXT: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    speech: Mutex<VecDeque<Entry>>,
    transcripts: Mutex<VecDeque<Entry>>,
    webhooks: Mutex<VecDeque<Entry>>,
    /// How many syntheses ran, and how many sockets were open, whenever that changed.
    running: Mutex<VecDeque<(Timestamp, usize)>>,
    sockets: Mutex<VecDeque<(Timestamp, usize)>>,
}

#[derive(Debug, Clone)]
struct Entry {
    time: Timestamp,
    credits: f64,
    line: Value,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep<T>(list: &Mutex<VecDeque<T>>, item: T) {
    let mut list = lock(list);
    list.push_back(item);
    if list.len() > KEPT {
        list.pop_front();
    }
}

impl Ledger {
    /// Writes a synthesis down: one credit for each character.
    pub(crate) fn spoke(&self, ask: &Ask, over_socket: bool) {
        let time = Timestamp::now();
        let length = ask.text.chars().count();
        let text: String = ask.text.chars().take(LONGEST_TEXT).collect();
        let credits = length as f64;
        let line = json!({
            "timestamp": local(time), "request_type": if over_socket { "ws" } else { "rest" },
            "model": ask.model.replace('_', "-"), "voice_id": ask.voice_id, "language": ask.language,
            "text": text, "text_len": length, "credits": credits, "speed": ask.speed,
            "sample_rate": ask.rate, "output_format": ask.format.name(),
            "enhancement": ask.enhancement, "similarity": ask.similarity,
            "consistency": null, "is_pvc": if ask.cloned_voice { json!(true) } else { Value::Null },
        });
        let entry = Entry {
            time,
            credits,
            line,
        };
        keep(&self.speech, entry);
    }

    /// Writes a transcription down; `line` is all but its time.
    pub(crate) fn transcribed(&self, mut line: Value) {
        let time = Timestamp::now();
        line["timestamp"] = json!(local(time));
        if line["webhook_url"].is_string() {
            let webhook = json!({
                "timestamp": local(time), "request_id": line["request_id"],
                "url": line["webhook_url"], "status": "skipped",
            });
            let entry = Entry {
                time,
                credits: 0.0,
                line: webhook,
            };
            keep(&self.webhooks, entry);
        }
        let entry = Entry {
            time,
            credits: 0.0,
            line,
        };
        keep(&self.transcripts, entry);
    }

    pub(crate) fn now_running(&self, count: usize) {
        keep(&self.running, (Timestamp::now(), count));
    }

    pub(crate) fn now_open(&self, count: usize) {
        keep(&self.sockets, (Timestamp::now(), count));
    }

    /// The answer to a question under `/analytics`; `None` if there is no such path.
    pub(crate) fn answer(&self, path: &[&str], query: &[(String, String)]) -> Option<(u16, Value)> {
        Some(match path {
            ["tts", "logs"] => page(&lock(&self.speech), query),
            ["asr", "logs"] => page(&lock(&self.transcripts), query),
            ["webhooks", "logs"] => page(&lock(&self.webhooks), query),
            ["tts", "usage", "timeseries"] => counts(&lock(&self.speech), query),
            ["asr", "usage", "timeseries"] => counts(&lock(&self.transcripts), query),
            ["tts", "usage", "credits", "timeseries"] => credits(&lock(&self.speech), query),
            ["tts", "concurrency", "timeseries"] => peaks(&lock(&self.running), query),
            ["tts", "ws-connections", "timeseries"] => peaks(&lock(&self.sockets), query),
            _ => return None,
        })
    }

    /// `DELETE /asr/history/{request_id}`: done, whether there was one or not.
    pub(crate) fn forget(&self, request_id: &str) -> Value {
        lock(&self.transcripts).retain(|entry| entry.line["request_id"] != request_id);
        json!({ "status": "success" })
    }

    /// The body of `GET /atoms/v1/user/subscription`.
    pub(crate) fn subscription(&self) -> Value {
        let used: f64 = lock(&self.speech).iter().map(|entry| entry.credits).sum();
        json!({ "status": true, "data": {
            "_id": "5eed0000c0ffee0000000002", "organization": crate::account::ORGANISATION,
            "planId": "simulated", "totalCredits": TOTAL_CREDITS,
            "currentCredits": (TOTAL_CREDITS - used).max(0.0),
            "renewalDate": "2099-01-01T00:00:00.000Z", "subscriptionActive": true,
            "onPremEnabled": false, "limits": {}, "features": {},
        } })
    }
}

/// As the service writes times in its logs: without a zone.
fn local(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn refused(message: &str) -> (u16, Value) {
    (400, json!({ "error": message }))
}

fn value<'q>(query: &'q [(String, String)], name: &str) -> Option<&'q str> {
    let mut pairs = query.iter();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// One page of a log, the newest entry first.
fn page(entries: &VecDeque<Entry>, query: &[(String, String)]) -> (u16, Value) {
    let number = |name: &str, usual: usize, most: usize| match value(query, name) {
        None => Some(usual),
        Some(text) => text.parse().ok().filter(|n| (1..=most).contains(n)),
    };
    let (Some(page), Some(size)) = (number("page", 1, usize::MAX), number("pageSize", 50, 100))
    else {
        return refused("page must be at least 1 and pageSize between 1 and 100");
    };
    let first = (page - 1).saturating_mul(size);
    let data: Vec<&Value> = entries
        .iter()
        .rev()
        .skip(first)
        .take(size)
        .map(|entry| &entry.line)
        .collect();
    (
        200,
        json!({
            "status": "success", "data": data, "page": page, "pageSize": size,
            "totalCount": entries.len(), "totalPages": entries.len().div_ceil(size),
        }),
    )
}

/// The steps of a series.
struct Steps {
    /// Where each begins; the last ends the series.
    borders: Vec<Timestamp>,
}

impl Steps {
    fn of(query: &[(String, String)]) -> Result<Self, (u16, Value)> {
        let now = Timestamp::now();
        let time = |name: &str, usual: Timestamp| match value(query, name) {
            None => Ok(usual),
            Some(text) => {
                read_time(text).ok_or_else(|| refused(&format!("{name} must be an ISO 8601 date")))
            }
        };
        let from = time("from", now - SignedDuration::from_hours(24 * 7))?;
        let to = time("to", now)?;
        let length = match value(query, "granularity").unwrap_or("day") {
            "hour" => SignedDuration::from_hours(1),
            "day" => SignedDuration::from_hours(24),
            _ => return Err(refused("granularity must be hour or day")),
        };
        if from > to {
            return Err(refused("from must be before to"));
        }
        // Hours and days begin at multiples of themselves, in UTC.
        let into = from.as_second().rem_euclid(length.as_secs());
        let start = Timestamp::from_second(from.as_second() - into)
            .map_err(|_| refused("from is out of range"))?;
        let mut borders = vec![start];
        let mut next = start;
        while next <= to {
            next = next
                .checked_add(length)
                .map_err(|_| refused("to is out of range"))?;
            borders.push(next);
            if borders.len() > MOST_STEPS {
                return Err(refused("The range has too many steps"));
            }
        }
        Ok(Self { borders })
    }

    /// The number of the step that holds this time.
    fn place(&self, time: Timestamp) -> Option<usize> {
        let after = self.borders.partition_point(|border| *border <= time);
        (after > 0 && after < self.borders.len()).then(|| after - 1)
    }

    fn count(&self) -> usize {
        self.borders.len() - 1
    }

    fn names(&self) -> Vec<String> {
        let begins = self.borders.iter().take(self.count());
        begins.map(|time| crate::account::iso(*time)).collect()
    }
}

/// A time; without a zone it is UTC, and a day alone is its beginning.
fn read_time(text: &str) -> Option<Timestamp> {
    let variants = [
        text.to_owned(),
        format!("{text}Z"),
        format!("{text}T00:00:00Z"),
    ];
    variants.iter().find_map(|text| text.parse().ok())
}

fn counts(entries: &VecDeque<Entry>, query: &[(String, String)]) -> (u16, Value) {
    let steps = match Steps::of(query) {
        Ok(steps) => steps,
        Err(refusal) => return refusal,
    };
    let mut values = vec![0u64; steps.count()];
    for entry in entries {
        if let Some(value) = steps
            .place(entry.time)
            .and_then(|step| values.get_mut(step))
        {
            *value += 1;
        }
    }
    let total: u64 = values.iter().sum();
    (
        200,
        json!({ "timestamps": steps.names(), "values": values, "totalRequestCount": total }),
    )
}

fn credits(entries: &VecDeque<Entry>, query: &[(String, String)]) -> (u16, Value) {
    let steps = match Steps::of(query) {
        Ok(steps) => steps,
        Err(refusal) => return refusal,
    };
    let mut values = vec![0.0; steps.count()];
    for entry in entries {
        if let Some(value) = steps
            .place(entry.time)
            .and_then(|step| values.get_mut(step))
        {
            *value += entry.credits;
        }
    }
    let total: f64 = values.iter().sum();
    (
        200,
        json!({ "timestamps": steps.names(), "values": values, "totalCredits": total }),
    )
}

fn peaks(changes: &VecDeque<(Timestamp, usize)>, query: &[(String, String)]) -> (u16, Value) {
    let steps = match Steps::of(query) {
        Ok(steps) => steps,
        Err(refusal) => return refusal,
    };
    let mut values = vec![0usize; steps.count()];
    for (time, count) in changes {
        if let Some(value) = steps.place(*time).and_then(|step| values.get_mut(step)) {
            *value = (*value).max(*count);
        }
    }
    (
        200,
        json!({ "timestamps": steps.names(), "values": values }),
    )
}
