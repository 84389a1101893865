//! How words are said: the account's pronunciation dictionaries, and what the service does not keep of them: a name, and
//! whether cloud voices follow them.
//!
//! What it is: a list as it was last seen, on disk too, so that what was bought is found without a connection. What it is
//! not: it does not decide which sentence a word touches ([`narration::synthesis::Dictionary`] does).
//!
//! Invariants:
//! - A change is made to what the service has now, never to what was seen here before.
//! - Before a sentence is bought, [`Dictionaries::assure`] has seen, [`FRESH`] ago at most, that the service's words for
//!   it are those under which its take will be kept.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use narration::durable;
use narration::synthesis::{Dictionary, Utterance};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use waves::{ApiKey, Client, DictionaryId, Pronunciation, Pronunciations};

use crate::account::Account;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::home::create_private_folder;
use crate::lock::lock;

/// For so long what the service said of its dictionaries is believed. Asking costs nothing but a moment.
pub const FRESH: Duration = Duration::from_secs(20);

const VERSION: u32 = 1;

/// One of the account's dictionaries, as it was when somebody last looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DictionaryView {
    /// Of the service.
    pub id: DictionaryId,
    /// What a person calls it; `None` for one that was made elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether cloud voices follow it where nothing else is asked for.
    pub in_use: bool,
    /// In its order.
    pub words: Vec<Pronunciation>,
}

impl DictionaryView {
    /// As it is spoken with.
    pub fn to_dictionary(&self) -> Dictionary {
        Dictionary {
            id: self.id.clone(),
            words: self.words.as_slice().into(),
        }
    }
}

/// Where the list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// As it was in an earlier run of Peal.
    #[default]
    Remembered,
    /// Being fetched; what was known before is there.
    Loading,
    /// As the service gave it.
    Current,
    /// As it was last known: why it is not newer.
    Known(Failure),
}

/// Why a sentence must not be bought now.
#[derive(Debug)]
pub enum Unassured {
    /// A word in it is said otherwise by now, or its dictionary is gone.
    Changed,
    /// The service could not be asked.
    Service(waves::Error),
    /// There is no key to ask with.
    Failed(Failure),
}

/// The dictionaries. Clones are the same.
#[derive(Clone)]
pub struct Dictionaries {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    account: Account,
    endpoint: Endpoint,
    state: Mutex<State>,
    /// Held while the service is asked: one request at a time, and no change is lost.
    asking: tokio::sync::Mutex<()>,
    revision: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    list: Vec<DictionaryView>,
    standing: Standing,
    /// When the service was last seen to have just these.
    seen: Option<Instant>,
    /// A newer Peal wrote the file: it is left alone.
    is_foreign: bool,
}

/// The list as it is on disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    /// The service it belongs to.
    origin: String,
    #[serde(default)]
    dictionaries: Vec<DictionaryView>,
}

impl Dictionaries {
    /// Those of this account, as the file remembers them. Asks nobody.
    pub fn new(path: PathBuf, account: Account, endpoint: Endpoint) -> Self {
        let (revision, _) = watch::channel(1);
        let shared = Shared {
            path,
            account,
            endpoint,
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            revision,
        };
        shared.recall();
        Self {
            shared: Arc::new(shared),
        }
    }

    /// All of them, and where the list stands.
    pub fn list(&self) -> (Vec<DictionaryView>, Standing) {
        let state = lock(&self.shared.state);
        (state.list.clone(), state.standing.clone())
    }

    /// Those that cloud voices follow where nothing else is asked for.
    pub fn in_use(&self) -> Vec<Dictionary> {
        let state = lock(&self.shared.state);
        let used = state.list.iter().filter(|one| one.in_use);
        used.map(DictionaryView::to_dictionary).collect()
    }

    /// Changes whenever the list, or where it stands, may have.
    pub fn changes(&self) -> watch::Receiver<u32> {
        self.shared.revision.subscribe()
    }

    /// Counts the changes of the list.
    pub fn revision(&self) -> u32 {
        *self.shared.revision.borrow()
    }

    /// Fetches the list.
    ///
    /// # Errors
    /// Why it is as it was last known.
    pub async fn fetch(&self) -> Result<(), Failure> {
        let _asking = self.shared.asking.lock().await;
        self.shared.tell(|state| {
            if state.standing != Standing::Current {
                state.standing = Standing::Loading;
            }
        });
        let fetched = match self.shared.reach().await {
            Ok((client, key)) => self.shared.look(&client, &key).await,
            Err(failure) => Err(Unassured::Failed(failure)),
        };
        let fetched = fetched.map(|_| ()).map_err(Failure::from);
        if let Err(failure) = &fetched {
            self.shared
                .tell(|state| state.standing = Standing::Known(failure.clone()));
        }
        fetched
    }

    /// As [`Dictionaries::fetch`], unless that was done [`FRESH`] ago at most. Says whether anything that is in use is
    /// another since.
    ///
    /// # Errors
    /// As there.
    pub async fn refresh(&self) -> Result<bool, Failure> {
        if self.shared.is_fresh() {
            return Ok(false);
        }
        let before = self.in_use();
        self.fetch().await?;
        Ok(self.in_use() != before)
    }

    /// Whether the service still says what the utterance's take will be kept under. An utterance that no dictionary
    /// touches is not asked about.
    ///
    /// # Errors
    /// See [`Unassured`].
    pub async fn assure(&self, utterance: &Utterance) -> Result<(), Unassured> {
        if utterance.dictionaries().next().is_none() {
            return Ok(());
        }
        // What is being changed just now is waited for: it may be one of these words.
        let _asking = self.shared.asking.lock().await;
        if !self.shared.is_fresh() {
            let (client, key) = self.shared.reach().await.map_err(Unassured::Failed)?;
            self.shared.look(&client, &key).await?;
        }
        let state = lock(&self.shared.state);
        let is_so = |meant: &Dictionary| {
            let now = state.list.iter().find(|one| one.id == meant.id);
            let now = now.map(DictionaryView::to_dictionary);
            now.is_some_and(|now| {
                let (now, meant) = (
                    now.touching(&utterance.text),
                    meant.touching(&utterance.text),
                );
                now.eq(meant)
            })
        };
        match utterance.dictionaries().all(is_so) {
            true => Ok(()),
            false => Err(Unassured::Changed),
        }
    }

    /// Makes a dictionary, which cloud voices follow from now on.
    ///
    /// # Errors
    /// [`FailureKind::NothingToSay`] without a word, or why the service did not make it.
    pub async fn create(
        &self,
        name: Option<&str>,
        words: Vec<Pronunciation>,
    ) -> Result<DictionaryId, Failure> {
        let words = Pronunciations::new(words).map_err(|_| FailureKind::NothingToSay)?;
        let _asking = self.shared.asking.lock().await;
        let (client, key) = self.shared.reach().await?;
        self.shared.look(&client, &key).await?;
        let made = client.create_dictionary(&key, &words).await;
        let made = self.shared.noted(&key, made)?;
        let id = made.id.clone();
        self.shared.adopt(|list| {
            list.push(DictionaryView {
                id: made.id,
                name: name.and_then(usable_name),
                in_use: true,
                words: made.items,
            });
        })?;
        Ok(id)
    }

    /// Changes the words of a dictionary, as the service has them now. Without any it is deleted, since the service keeps
    /// none that is empty. Gives what `change` gave.
    ///
    /// # Errors
    /// [`FailureKind::Stale`] when it is not there any more, what `change` refuses, or why the service did not do it.
    pub async fn edit<T>(
        &self,
        id: &DictionaryId,
        change: impl FnOnce(&mut Vec<Pronunciation>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _asking = self.shared.asking.lock().await;
        let (client, key) = self.shared.reach().await?;
        self.shared.look(&client, &key).await?;
        let mut words = self.words_of(id)?;
        let outcome = change(&mut words)?;
        if words == self.words_of(id)? {
            return Ok(outcome);
        }
        match Pronunciations::new(words) {
            Ok(words) => {
                let replaced = client.replace_dictionary(&key, id, &words).await;
                let replaced = self.shared.noted(&key, replaced)?;
                self.shared.adopt(|list| {
                    if let Some(one) = list.iter_mut().find(|one| one.id == *id) {
                        one.words = replaced.items;
                    }
                })?;
            }
            Err(_) => self.shared.delete(&client, &key, id).await?,
        }
        Ok(outcome)
    }

    /// Deletes a dictionary from the account.
    ///
    /// # Errors
    /// Why the service did not do it.
    pub async fn delete(&self, id: &DictionaryId) -> Result<(), Failure> {
        let _asking = self.shared.asking.lock().await;
        let (client, key) = self.shared.reach().await?;
        self.shared.delete(&client, &key, id).await
    }

    /// Gives a dictionary a name, which only this machine knows; without one, takes it away.
    ///
    /// # Errors
    /// [`FailureKind::Stale`] when it is not there any more, or when it cannot be written down.
    pub fn rename(&self, id: &DictionaryId, name: &str) -> Result<(), Failure> {
        self.mark(id, |one| one.name = usable_name(name))
    }

    /// Whether cloud voices follow a dictionary from now on, where nothing else is asked for.
    ///
    /// # Errors
    /// As [`Dictionaries::rename`].
    pub fn follow(&self, id: &DictionaryId, in_use: bool) -> Result<(), Failure> {
        self.mark(id, |one| one.in_use = in_use)
    }

    fn mark(
        &self,
        id: &DictionaryId,
        change: impl FnOnce(&mut DictionaryView),
    ) -> Result<(), Failure> {
        self.words_of(id)?;
        self.shared.adopt(|list| {
            if let Some(one) = list.iter_mut().find(|one| one.id == *id) {
                change(one);
            }
        })
    }

    fn words_of(&self, id: &DictionaryId) -> Result<Vec<Pronunciation>, Failure> {
        let state = lock(&self.shared.state);
        let found = state.list.iter().find(|one| one.id == *id);
        let words = found.map(|one| one.words.clone());
        words.ok_or_else(|| Failure::new(FailureKind::Stale, "this dictionary is gone"))
    }
}

impl Shared {
    async fn reach(&self) -> Result<(Client, ApiKey), Failure> {
        let key = self.account.key().await?;
        Ok((self.endpoint.client()?, key))
    }

    fn is_fresh(&self) -> bool {
        let state = lock(&self.state);
        state.seen.is_some_and(|seen| seen.elapsed() < FRESH)
    }

    /// Asks the service for all of them. To be called by who holds `asking`.
    async fn look(&self, client: &Client, key: &ApiKey) -> Result<(), Unassured> {
        let asked = Instant::now();
        let fetched = client.list_dictionaries(key).await;
        match &fetched {
            Ok(_) => self.account.note_success(key),
            Err(error) => self.account.note_failure(key, error.kind()),
        }
        let fetched = fetched.map_err(Unassured::Service)?;
        self.recall_names();
        let merged = merged(fetched, &lock(&self.state).list);
        self.tell(|state| {
            state.seen = Some(asked);
            state.standing = Standing::Current;
            state.list.clone_from(&merged);
        });
        self.keep().map_err(Unassured::Failed)
    }

    async fn delete(
        &self,
        client: &Client,
        key: &ApiKey,
        id: &DictionaryId,
    ) -> Result<(), Failure> {
        let deleted = client.delete_dictionary(key, id).await;
        self.noted(key, deleted)?;
        self.adopt(|list| list.retain(|one| one.id != *id))
    }

    fn noted<T>(&self, key: &ApiKey, answer: Result<T, waves::Error>) -> Result<T, Failure> {
        match &answer {
            Ok(_) => self.account.note_success(key),
            Err(error) => {
                self.account.note_failure(key, error.kind());
                // Whether it was done all the same is not known.
                lock(&self.state).seen = None;
            }
        }
        Ok(answer?)
    }

    fn adopt(&self, change: impl FnOnce(&mut Vec<DictionaryView>)) -> Result<(), Failure> {
        self.recall_names();
        self.tell(|state| change(&mut state.list));
        self.keep()
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        let changed = {
            let mut state = lock(&self.state);
            let before = (state.list.clone(), state.standing.clone());
            change(&mut state);
            (&before.0, &before.1) != (&state.list, &state.standing)
        };
        if changed {
            self.revision
                .send_modify(|revision| *revision = revision.wrapping_add(1));
        }
    }

    /// What is on disk, if it is of this service and of a Peal no newer than this.
    fn read(&self) -> Option<Kept> {
        let bytes = std::fs::read(&self.path).ok()?;
        let kept: Kept = serde_json::from_slice(&bytes)
            .inspect_err(|error| tracing::warn!(%error, "The dictionaries could not be read."))
            .ok()?;
        if kept.version > VERSION {
            lock(&self.state).is_foreign = true;
            return None;
        }
        (kept.origin == self.endpoint.origin().to_string()).then_some(kept)
    }

    fn recall(&self) {
        if let Some(kept) = self.read() {
            lock(&self.state).list = kept.dictionaries;
        }
    }

    /// Another process may have named one meanwhile.
    fn recall_names(&self) {
        let Some(kept) = self.read() else { return };
        let mut state = lock(&self.state);
        for one in kept.dictionaries {
            match state.list.iter_mut().find(|known| known.id == one.id) {
                Some(known) => (known.name, known.in_use) = (one.name, one.in_use),
                None => state.list.push(one),
            }
        }
    }

    fn keep(&self) -> Result<(), Failure> {
        let kept = {
            let state = lock(&self.state);
            if state.is_foreign || (state.list.is_empty() && !self.path.exists()) {
                return Ok(());
            }
            Kept {
                version: VERSION,
                origin: self.endpoint.origin().to_string(),
                dictionaries: state.list.clone(),
            }
        };
        let bytes = serde_json::to_vec_pretty(&kept)
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        if std::fs::read(&self.path).is_ok_and(|before| before == bytes) {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            create_private_folder(folder)
                .map_err(|error| durable::WriteError::new(folder, error))?;
        }
        Ok(durable::write_atomically(&self.path, &bytes)?)
    }
}

impl From<Unassured> for Failure {
    fn from(unassured: Unassured) -> Self {
        match unassured {
            Unassured::Changed => FailureKind::DictionaryChanged.into(),
            Unassured::Service(error) => error.into(),
            Unassured::Failed(failure) => failure,
        }
    }
}

/// The service's list, with what only this machine knows of it.
fn merged(fetched: Vec<waves::Dictionary>, before: &[DictionaryView]) -> Vec<DictionaryView> {
    let view = |one: waves::Dictionary| {
        let known = before.iter().find(|known| known.id == one.id);
        DictionaryView {
            name: known.and_then(|known| known.name.clone()),
            // What somebody made elsewhere changes no sound here until it is asked for.
            in_use: known.is_some_and(|known| known.in_use),
            id: one.id,
            words: one.items,
        }
    };
    fetched.into_iter().map(view).collect()
}

fn usable_name(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty()).then(|| name.chars().take(100).collect())
}

/// Says a word in this way: in the place of `before` where that is another word, else where the word stands, else at
/// `at`, else at the end.
///
/// # Errors
/// [`FailureKind::Stale`] when `before` is not there.
pub fn put(
    words: &mut Vec<Pronunciation>,
    before: Option<&str>,
    new: Pronunciation,
    at: Option<usize>,
) -> Result<(), Failure> {
    let place =
        |words: &[Pronunciation], word: &str| words.iter().position(|one| one.word() == word);
    let at = match before {
        Some(before) => Some(place(words, before).ok_or(FailureKind::Stale)?),
        None => place(words, new.word()).or(at),
    };
    let at = at.unwrap_or(words.len()).min(words.len());
    let (old, word) = (before.map(str::to_owned), new.word().to_owned());
    words.insert(at, new);
    let mut index = 0;
    words.retain(|one| {
        let is_new = index == at;
        index += 1;
        is_new || (one.word() != word && Some(one.word()) != old.as_deref())
    });
    Ok(())
}

/// Takes words out of a list.
///
/// # Errors
/// [`FailureKind::Stale`] when one of them is not there.
pub fn take_out(words: &mut Vec<Pronunciation>, unwanted: &[&str]) -> Result<(), Failure> {
    let there: HashSet<&str> = words.iter().map(Pronunciation::word).collect();
    if unwanted.iter().any(|word| !there.contains(word)) {
        return Err(FailureKind::Stale.into());
    }
    words.retain(|one| !unwanted.contains(&one.word()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pairs: &[&str]) -> Vec<Pronunciation> {
        let word = |pair: &&str| {
            let (word, said) = pair.split_once('=').unwrap();
            Pronunciation::new(word, said).unwrap()
        };
        pairs.iter().map(word).collect()
    }

    #[test]
    fn a_word_takes_the_place_of_the_one_it_was_and_stands_once() {
        for (before, new, at, after) in [
            (None, "D=4", None, &["A=1", "B=2", "C=3", "D=4"][..]),
            (None, "D=4", Some(1), &["A=1", "D=4", "B=2", "C=3"]),
            (None, "D=4", Some(99), &["A=1", "B=2", "C=3", "D=4"]),
            (None, "B=4", Some(0), &["A=1", "B=4", "C=3"]),
            (Some("B"), "D=4", None, &["A=1", "D=4", "C=3"]),
            (Some("B"), "B=4", None, &["A=1", "B=4", "C=3"]),
            (Some("A"), "C=4", None, &["C=4", "B=2"]),
        ] {
            let mut list = words(&["A=1", "B=2", "C=3"]);
            put(&mut list, before, words(&[new]).remove(0), at).unwrap();
            assert_eq!(list, words(after), "{before:?} {new} {at:?}");
        }
        let mut list = words(&["A=1"]);
        let gone = put(&mut list, Some("B"), words(&["B=2"]).remove(0), None);
        assert_eq!(gone, Err(FailureKind::Stale.into()));
    }

    #[test]
    fn words_are_taken_out_together_or_not_at_all() {
        let mut list = words(&["A=1", "B=2"]);
        assert!(take_out(&mut list, &["A", "C"]).is_err());
        assert_eq!(list, words(&["A=1", "B=2"]));
        take_out(&mut list, &["A", "B"]).unwrap();
        assert!(list.is_empty());
    }
}
