//! The ledger: what was asked of the service, what came of it, and what it cost.
//!
//! What it is: an account of money in SQLite, for people and for spending limits. What it is not: the truth of what is
//! owned; that are the takes. Losing it loses no take, and it is rebuilt from their notes when it is found damaged.
//!
//! Every request is written down before it is sent, as `asked`, and again when its outcome is known. What a killed
//! process left at `asked` is the possible cost of that kill; if its take is on the disk, it was bought.
//!
//! Lines are written by a thread of their own, in the order in which they come, so that nobody waits for the disk.
//! Several processes may write at once. The journal is SQLite's own, with full synchronisation.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use narration::take::{Fingerprint, Takes};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use crate::failure::{Failure, FailureKind};
use crate::lock::lock;

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Seconds since 1970.
    pub at: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// Of the take.
    pub fingerprint: String,
    /// As voices are written.
    pub voice: String,
    /// Characters of the text, as the service counts.
    pub characters: usize,
    /// Millionths of a US dollar, by the prices of that day; `None` where the price was not known.
    pub price: Option<u64>,
    /// What the service's support asks for.
    pub request_id: Option<String>,
    /// The narration it was for.
    pub render: Option<String>,
    /// Its number in the ledger; 0 before it is there.
    pub id: i64,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It was sent; nothing is known of the answer. Of a process that ended, it may have cost something.
    #[default]
    Asked,
    /// The whole answer came.
    Bought,
    /// Nothing was asked of the service: it was bought before.
    Reused,
    /// It was refused or cut off. Whether the service counts such requests is not documented.
    Failed,
}

impl Outcome {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Bought => "bought",
            Self::Reused => "reused",
            Self::Failed => "failed",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "bought" => Self::Bought,
            "reused" => Self::Reused,
            "failed" => Self::Failed,
            _ => Self::Asked,
        }
    }
}

/// Sums over the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests that brought speech.
    pub bought: u64,
    /// Their characters.
    pub characters: u64,
    /// Their price in millionths of a dollar, as far as it is known.
    pub price: u64,
    /// Of the characters those whose price is not known.
    pub unpriced: u64,
    /// Characters that were had again without paying.
    pub reused: u64,
    /// Requests of which nothing is known: sent by a process that was ended.
    pub asked: u64,
    /// What those may have cost, in millionths of a dollar.
    pub asked_price: u64,
    /// Requests that failed.
    pub failed: u64,
    /// What those may have cost that failed in the middle of an answer, in millionths of a dollar.
    pub failed_price: u64,
}

/// A handle to the ledger; clones are the same. The file is made when the first line is written.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    writer: Mutex<Option<mpsc::Sender<Message>>>,
}

/// Where it is, and what it is rebuilt from.
#[derive(Clone)]
struct Place {
    path: PathBuf,
    takes: Takes,
    /// Where a damaged one was put, until somebody is told.
    aside: Arc<Mutex<Option<PathBuf>>>,
}

enum Message {
    Line(Entry),
    Found(Vec<Entry>),
    Flush(mpsc::Sender<()>),
}

impl Ledger {
    /// The ledger in this file; `takes` are what it is rebuilt from.
    pub fn at(path: PathBuf, takes: Takes) -> Self {
        Self {
            shared: Arc::new(Shared {
                place: Place {
                    path,
                    takes,
                    aside: Arc::default(),
                },
                writer: Mutex::default(),
            }),
        }
    }

    /// Writes a line, soon. `Bought` and `Failed` take the place of the `Asked` of the same take, if there is one.
    pub fn write(&self, entry: Entry) {
        self.send(Message::Line(entry));
    }

    /// The takes of these lines are on the disk: what was asked for them and never answered for was bought, and a line
    /// that is missing is written. Takes made before a line's time are not counted for its render.
    pub fn found(&self, takes: Vec<Entry>) {
        if !takes.is_empty() {
            self.send(Message::Found(takes));
        }
    }

    fn send(&self, message: Message) {
        let mut writer = lock(&self.shared.writer);
        let message = match writer.as_ref() {
            None => message,
            Some(open) => match open.send(message) {
                Ok(()) => return,
                // Its thread is gone; another takes its place.
                Err(mpsc::SendError(message)) => message,
            },
        };
        let (sender, receiver) = mpsc::channel();
        let place = self.shared.place.clone();
        let begun = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_lines(&place, &receiver));
        match begun {
            Ok(_) => {
                let _ = sender.send(message);
                *writer = Some(sender);
            }
            Err(error) => tracing::error!(%error, "The ledger could not be written."),
        }
    }

    /// Waits until all lines so far are on the disk, or the patience ends.
    pub fn flush(&self, patience: Duration) {
        let writer = lock(&self.shared.writer);
        let Some(open) = writer.as_ref() else {
            return;
        };
        let (sender, receiver) = mpsc::channel();
        if open.send(Message::Flush(sender)).is_ok() {
            // What is not written by then may be missing; the takes are there.
            let _ = receiver.recv_timeout(patience);
        }
    }

    /// Where a ledger that was found damaged was put, if that happened since this was last asked. It was made anew from
    /// the takes.
    pub fn set_aside(&self) -> Option<PathBuf> {
        lock(&self.shared.place.aside).take()
    }

    /// The newest lines, newest first; those of one narration if one is named.
    ///
    /// # Errors
    /// [`FailureKind::FileFailed`] when there is a ledger that cannot be read.
    pub fn entries(&self, render: Option<&str>, most: usize) -> Result<Vec<Entry>, Failure> {
        self.read(Vec::new(), |ledger| {
            let mut statement = ledger.prepare(&format!(
                "SELECT id, at, outcome, fingerprint, voice, characters, price, request_id, render FROM entries \
                 {} ORDER BY id DESC LIMIT ?2",
                of(render)
            ))?;
            let rows = statement.query_map(params![render, most as i64], |row| {
                Ok(Entry {
                    id: row.get(0)?,
                    at: row.get::<_, i64>(1)?.unsigned_abs(),
                    outcome: Outcome::from_name(&row.get::<_, String>(2)?),
                    fingerprint: row.get(3)?,
                    voice: row.get(4)?,
                    characters: row.get::<_, i64>(5)?.unsigned_abs() as usize,
                    price: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs),
                    request_id: row.get(7)?,
                    render: row.get(8)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Sums; of one narration if one is named.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn totals(&self, render: Option<&str>) -> Result<Totals, Failure> {
        self.read(Totals::default(), |ledger| {
            let mut statement = ledger.prepare(&format!(
                "SELECT outcome, COUNT(*), COALESCE(SUM(characters), 0), COALESCE(SUM(price), 0), \
                 COALESCE(SUM(CASE WHEN price IS NULL THEN characters END), 0) FROM entries {} GROUP BY outcome",
                of(render)
            ))?;
            let mut rows = statement.query(params![render])?;
            let mut totals = Totals::default();
            while let Some(row) = rows.next()? {
                let number = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
                match Outcome::from_name(&row.get::<_, String>(0)?) {
                    Outcome::Bought => {
                        totals.bought = number(1)?;
                        totals.characters = number(2)?;
                        totals.price = number(3)?;
                        totals.unpriced = number(4)?;
                    }
                    Outcome::Reused => totals.reused = number(2)?,
                    Outcome::Asked => {
                        totals.asked = number(1)?;
                        totals.asked_price = number(3)?;
                    }
                    Outcome::Failed => {
                        totals.failed = number(1)?;
                        totals.failed_price = number(3)?;
                    }
                }
            }
            Ok(totals)
        })
    }

    fn read<T>(
        &self,
        nothing: T,
        read: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        self.flush(Duration::from_secs(10));
        let place = &self.shared.place;
        if !place.path.exists() {
            return Ok(nothing);
        }
        let first = open(&place.path).and_then(|ledger| read(&ledger));
        let outcome = match first {
            Err(error) if is_damage(&error) => rebuild(place).and_then(|ledger| read(&ledger)),
            other => other,
        };
        outcome.map_err(|error| Failure::new(FailureKind::FileFailed, error.to_string()))
    }
}

/// The lines that are meant: an index finds those of one narration.
fn of(render: Option<&str>) -> &'static str {
    match render {
        Some(_) => "WHERE render = ?1",
        // The parameter is there all the same.
        None => "WHERE ?1 IS NULL",
    }
}

/// Runs until the last handle is gone.
fn write_lines(place: &Place, lines: &mpsc::Receiver<Message>) {
    let mut ledger = None;
    while let Ok(first) = lines.recv() {
        let (mut batch, mut waiting) = (Vec::new(), Vec::new());
        // What has come meanwhile goes to the disk together.
        for message in std::iter::once(first).chain(lines.try_iter().take(500)) {
            match message {
                Message::Line(entry) => batch.push(Change::Line(entry)),
                Message::Found(found) => batch.push(Change::Found(found)),
                Message::Flush(done) => waiting.push(done),
            }
        }
        if !batch.is_empty() {
            write_batch(&mut ledger, place, &batch);
        }
        for done in waiting {
            let _ = done.send(());
        }
    }
}

/// What is to be written.
enum Change {
    Line(Entry),
    Found(Vec<Entry>),
}

fn write_batch(ledger: &mut Option<Connection>, place: &Place, batch: &[Change]) {
    for _ in 0..2 {
        let opened = match ledger.take() {
            Some(open) => Ok(open),
            None => open_and_check(&place.path),
        };
        let written = opened.and_then(|mut open| {
            insert(&mut open, &place.takes, batch)?;
            Ok(open)
        });
        match written {
            Ok(open) => {
                *ledger = Some(open);
                return;
            }
            Err(error) if is_damage(&error) => {
                *ledger = rebuild(place).ok();
            }
            Err(error) => {
                tracing::warn!(%error, "The ledger could not be written.");
                return;
            }
        }
    }
}

fn insert(ledger: &mut Connection, takes: &Takes, batch: &[Change]) -> rusqlite::Result<()> {
    let transaction = ledger.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for change in batch {
        let entry = match change {
            Change::Line(entry) => entry,
            Change::Found(found) => {
                for entry in found {
                    account_for(&transaction, takes, entry)?;
                }
                continue;
            }
        };
        // An answer belongs to the newest question about the same take.
        let question: Option<i64> = match entry.outcome {
            Outcome::Asked => None,
            _ => transaction
                .query_row(
                    "SELECT id FROM entries WHERE fingerprint = ?1 AND outcome = 'asked' ORDER BY id DESC LIMIT 1",
                    [&entry.fingerprint],
                    |row| row.get(0),
                )
                .optional()?,
        };
        match (question, entry.outcome) {
            // Its process was ended after the take was on the disk and before the ledger heard of it.
            (Some(id), Outcome::Reused) => {
                transaction.execute("UPDATE entries SET outcome = 'bought' WHERE id = ?1", [id])?;
            }
            (Some(id), _) => {
                transaction.execute(
                    "UPDATE entries SET outcome = ?2, request_id = ?3, price = ?4 WHERE id = ?1",
                    params![
                        id,
                        entry.outcome.name(),
                        entry.request_id,
                        entry.price.map(|price| price as i64)
                    ],
                )?;
                continue;
            }
            (None, _) => {}
        }
        add(&transaction, entry)?;
    }
    transaction.commit()
}

fn add(ledger: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let mut statement = ledger.prepare(
        "INSERT INTO entries (at, outcome, fingerprint, voice, characters, price, request_id, render) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        entry.at as i64,
        entry.outcome.name(),
        entry.fingerprint,
        entry.voice,
        entry.characters as i64,
        entry.price.map(|price| price as i64),
        entry.request_id,
        entry.render,
    ])?;
    Ok(())
}

/// A take that is on the disk was bought, even if the process that bought it was ended before it could write that down.
fn account_for(ledger: &Connection, takes: &Takes, found: &Entry) -> rusqlite::Result<()> {
    let mut known = ledger.prepare(
        "SELECT MAX(CASE WHEN outcome = 'asked' THEN id END), COALESCE(MAX(outcome = 'bought'), 0), COUNT(*) \
         FROM entries WHERE fingerprint = ?1",
    )?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (asked, is_bought, lines): (Option<i64>, bool, i64) =
        known.query_row([&found.fingerprint], row)?;
    if is_bought {
        return Ok(());
    }
    // One request brought the take; older ones without an answer stay what they are.
    if let Some(asked) = asked {
        ledger.execute(
            "UPDATE entries SET outcome = 'bought' WHERE id = ?1",
            [asked],
        )?;
    } else if lines == 0 {
        let note = Fingerprint::from_hex(&found.fingerprint, true)
            .and_then(|fingerprint| takes.note(fingerprint))
            .unwrap_or_default();
        let is_of_this_render = note.made_at >= found.at;
        let bought = Entry {
            at: note.made_at,
            outcome: Outcome::Bought,
            request_id: note.request_id,
            render: found.render.clone().filter(|_| is_of_this_render),
            ..found.clone()
        };
        add(ledger, &bought)?;
    }
    Ok(())
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    if let Some(folder) = path.parent() {
        // If that fails, opening says why.
        let _ = crate::home::create_private_folder(folder);
    }
    let ledger = Connection::open(path)?;
    ledger.busy_timeout(Duration::from_secs(20))?;
    ledger.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;
         CREATE TABLE IF NOT EXISTS entries (
           id INTEGER PRIMARY KEY,
           at INTEGER NOT NULL,
           outcome TEXT NOT NULL,
           fingerprint TEXT NOT NULL,
           voice TEXT NOT NULL,
           characters INTEGER NOT NULL,
           price INTEGER,
           request_id TEXT,
           render TEXT
         );
         CREATE INDEX IF NOT EXISTS entries_of_take ON entries (fingerprint, outcome);
         CREATE INDEX IF NOT EXISTS entries_of_render ON entries (render, outcome);",
    )?;
    Ok(ledger)
}

/// As [`open`], and every page is looked at: once for each writer, since it takes longer the more there is.
fn open_and_check(path: &Path) -> rusqlite::Result<Connection> {
    let ledger = open(path)?;
    let verdict: String = ledger.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(verdict),
        ));
    }
    Ok(ledger)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Sets a damaged ledger aside and makes a new one from the notes of the takes. What was spent on takes that are gone,
/// and prices, are lost with it.
fn rebuild(place: &Place) -> rusqlite::Result<Connection> {
    let Place { path, takes, .. } = place;
    // Of several processes that find the damage one mends it.
    let guard = fs::File::create(path.with_extension("lock"));
    let _alone = guard.and_then(|guard| guard.lock().map(|()| guard));
    if let Ok(mended) = open_and_check(path) {
        return Ok(mended);
    }
    let aside = path.with_extension(format!("damaged-{}", narration::take::seconds_since_1970()));
    tracing::info!(aside = %aside.display(), "The ledger was damaged; it was set aside and made anew.");
    let _ = fs::rename(path, &aside);
    *lock(&place.aside) = Some(aside);
    let _ = fs::remove_file(path.with_extension("sqlite-journal"));
    let mut ledger = open(path)?;
    let mut found: Vec<Entry> = takes
        .list()
        .into_iter()
        .filter(|kept| kept.fingerprint.is_paid())
        .map(|kept| {
            let note = takes.note(kept.fingerprint).unwrap_or_default();
            Entry {
                at: note.made_at,
                outcome: Outcome::Bought,
                fingerprint: kept.fingerprint.to_hex(),
                voice: note.voice,
                characters: note.characters,
                request_id: note.request_id,
                ..Entry::default()
            }
        })
        .collect();
    found.sort_by(|one, other| (one.at, &one.fingerprint).cmp(&(other.at, &other.fingerprint)));
    let found: Vec<Change> = found.into_iter().map(Change::Line).collect();
    insert(&mut ledger, takes, &found)?;
    Ok(ledger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use narration::synthesis::{Delivery, Utterance};
    use narration::take::{Note, Take};

    fn ledger_in(folder: &Path) -> Ledger {
        let takes = Takes::in_folder(folder.join("takes"));
        Ledger::at(folder.join("ledger.sqlite"), takes)
    }

    fn entry(outcome: Outcome, fingerprint: &str) -> Entry {
        Entry {
            at: 1_790_000_000,
            outcome,
            fingerprint: fingerprint.to_owned(),
            voice: "lightning_v3.1_pro/sophie".to_owned(),
            characters: 40,
            price: Some(780),
            render: Some("book".to_owned()),
            ..Entry::default()
        }
    }

    fn fingerprint() -> Fingerprint {
        let delivery = Delivery {
            voice: "lightning_v3.1_pro/sophie".parse().unwrap(),
            speed: waves::Speed::default(),
            language: waves::Language::English,
            rate: waves::SampleRate::Hz24000,
            reading: narration::synthesis::Reading::default(),
        };
        let utterance = Utterance {
            text: "Kept.".to_owned(),
            delivery,
        };
        Fingerprint::of(&utterance, &waves::Origin::default())
    }

    fn take_made_at(made_at: u64) -> Take {
        Take {
            rate: 24_000,
            samples: vec![1; 50],
            note: Note {
                characters: 5,
                request_id: Some("id".to_owned()),
                made_at,
                ..Note::default()
            },
            ..Take::default()
        }
    }

    #[test]
    fn an_answer_takes_the_place_of_its_question() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger_in(folder.path());
        assert_eq!(ledger.totals(None).unwrap(), Totals::default());
        assert!(
            !folder.path().join("ledger.sqlite").exists(),
            "nothing to write yet"
        );
        for outcome in [Outcome::Asked, Outcome::Bought, Outcome::Reused] {
            ledger.write(entry(outcome, "a"));
        }
        for outcome in [Outcome::Asked, Outcome::Failed] {
            ledger.write(entry(outcome, "b"));
        }
        ledger.write(entry(Outcome::Asked, "c"));
        let totals = ledger.totals(Some("book")).unwrap();
        let expected = Totals {
            bought: 1,
            characters: 40,
            price: 780,
            unpriced: 0,
            reused: 40,
            asked: 1,
            asked_price: 780,
            failed: 1,
            failed_price: 780,
        };
        assert_eq!(totals, expected);
        assert_eq!(ledger.totals(Some("another")).unwrap(), Totals::default());
        assert_eq!(ledger.entries(None, 2).unwrap().len(), 2);
    }

    #[test]
    fn a_purchase_of_which_the_ledger_never_heard_counts_once_its_take_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger_in(folder.path());
        ledger.write(entry(Outcome::Asked, "a"));
        ledger.write(entry(Outcome::Reused, "a"));
        let totals = ledger.totals(None).unwrap();
        assert_eq!((totals.bought, totals.asked, totals.reused), (1, 0, 40));
    }

    #[test]
    fn a_take_of_which_nothing_is_written_was_bought_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger_in(folder.path());
        let fingerprint = fingerprint();
        let takes = &ledger.shared.place.takes;
        takes
            .keep(fingerprint, &take_made_at(1_790_000_005))
            .unwrap();
        ledger.write(entry(Outcome::Asked, "a"));
        ledger.write(entry(Outcome::Failed, "c"));
        let found = ["a", "b", "c", &fingerprint.to_hex()].map(|take| entry(Outcome::Reused, take));
        for _ in 0..2 {
            ledger.found(found.to_vec());
        }
        let totals = ledger.totals(None).unwrap();
        assert_eq!((totals.bought, totals.asked, totals.failed), (3, 0, 1));
        // Nobody knows when “b” was made: it may have been long before.
        assert_eq!(ledger.totals(Some("book")).unwrap().bought, 2);
        let newest = ledger.entries(Some("book"), 1).unwrap().remove(0);
        assert_eq!(newest.request_id.as_deref(), Some("id"));
        assert_eq!((newest.at, newest.price), (1_790_000_005, Some(780)));
    }

    #[test]
    fn a_hundred_thousand_lines_are_summed_and_listed_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger_in(folder.path());
        for line in 0..100_000 {
            let mut entry = entry(Outcome::Bought, &format!("{line}"));
            entry.render = Some(format!("book {}", line % 50));
            ledger.write(entry);
        }
        ledger.flush(Duration::from_secs(60));
        let began = std::time::Instant::now();
        assert_eq!(ledger.totals(None).unwrap().bought, 100_000);
        assert_eq!(ledger.totals(Some("book 7")).unwrap().bought, 2_000);
        assert_eq!(ledger.entries(Some("book 7"), 50).unwrap().len(), 50);
        let took = began.elapsed();
        println!("a ledger of 100,000 lines: sums and a page in {took:?}");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }

    #[test]
    fn a_damaged_ledger_is_set_aside_and_rebuilt_from_the_takes() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger_in(folder.path());
        let takes = &ledger.shared.place.takes;
        takes.keep(fingerprint(), &take_made_at(0)).unwrap();
        fs::write(folder.path().join("ledger.sqlite"), vec![b'x'; 9000]).unwrap();
        ledger.write(entry(Outcome::Asked, "b"));
        ledger.write(entry(Outcome::Bought, "b"));
        let totals = ledger.totals(None).unwrap();
        assert_eq!((totals.bought, totals.characters), (2, 45));
        let oldest = ledger.entries(None, 10).unwrap().pop().unwrap();
        assert_eq!(oldest.request_id.as_deref(), Some("id"));
        let aside = fs::read_dir(folder.path()).unwrap().flatten();
        let aside = aside.filter(|entry| entry.file_name().to_string_lossy().contains("damaged"));
        assert_eq!(aside.count(), 1);
    }

    #[test]
    fn two_writers_at_once_lose_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let ledger = ledger_in(folder.path());
                thread::spawn(move || {
                    for line in 0..50 {
                        ledger.write(entry(Outcome::Bought, &format!("{writer}-{line}")));
                    }
                    ledger.flush(Duration::from_secs(60));
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        assert_eq!(ledger_in(folder.path()).totals(None).unwrap().bought, 100);
    }
}
