//! What an account of the service keeps: pronunciation dictionaries and cloned voices. In memory, for as long as the simulator runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::voices::{self, Model};

/// The one account there is.
pub(crate) const ORGANISATION: &str = "5eed0000c0ffee0000000001";

#[derive(Debug, Default)]
pub(crate) struct Account {
    dictionaries: Mutex<Vec<Dictionary>>,
    clones: Mutex<Vec<VoiceClone>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Dictionary {
    /// 24 hex digits.
    pub(crate) id: String,
    /// Words and their pronunciations.
    pub(crate) items: Vec<(String, String)>,
    pub(crate) created: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct VoiceClone {
    /// `voice_` and a short id.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) model: Model,
    pub(crate) language: Option<String>,
    pub(crate) accent: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) file_name: String,
    pub(crate) created: Timestamp,
}

/// What a request needs to know of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownVoice {
    pub(crate) model: Model,
    pub(crate) cloned: bool,
}

impl Account {
    pub(crate) fn dictionaries(&self) -> MutexGuard<'_, Vec<Dictionary>> {
        self.dictionaries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clones(&self) -> MutexGuard<'_, Vec<VoiceClone>> {
        self.clones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A catalogue voice of that pool if there is one, else of the other, else a clone.
    pub(crate) fn voice(&self, id: &str, model: Model) -> Option<KnownVoice> {
        if let Some(voice) = voices::find(id, model) {
            return Some(KnownVoice {
                model: voice.model,
                cloned: false,
            });
        }
        let clones = self.clones();
        let clone = clones.iter().find(|clone| clone.id == id)?;
        Some(KnownVoice {
            model: clone.model,
            cloned: true,
        })
    }

    /// All entries of these dictionaries, or the number of the first that there is not.
    pub(crate) fn pronunciations(&self, ids: &[String]) -> Result<Vec<(String, String)>, usize> {
        let dictionaries = self.dictionaries();
        let mut items = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            let found = dictionaries
                .iter()
                .find(|dictionary| dictionary.id.eq_ignore_ascii_case(id))
                .ok_or(index)?;
            items.extend(found.items.iter().cloned());
        }
        Ok(items)
    }
}

/// An id as the service's database makes them: 24 hex digits.
pub(crate) fn object_id() -> String {
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(24);
    id
}

impl Dictionary {
    pub(crate) fn items_json(&self) -> Value {
        self.items
            .iter()
            .map(|(word, pronunciation)| json!({ "word": word, "pronunciation": pronunciation }))
            .collect()
    }
}

/// As the service writes times: ISO 8601 with milliseconds, in UTC.
pub(crate) fn iso(time: Timestamp) -> String {
    format!("{time:.3}")
}
