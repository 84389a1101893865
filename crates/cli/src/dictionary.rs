//! `peal dictionary`: how words are said, in the account's pronunciation dictionaries.

use serde_json::{Value, json};
use studio::Studio;
use studio::dictionaries::{DictionaryView, Standing, put, take_out};
use studio::failure::FailureKind;
use waves::Pronunciation;

use crate::arguments::DictionaryAction;
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::{open_studio, words};

pub(crate) async fn run(action: &DictionaryAction, terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    look(&studio, terminal).await?;
    let dictionaries = studio.dictionaries();
    let said = match action {
        DictionaryAction::List { .. } => return list(&studio, terminal),
        DictionaryAction::Show { dictionary, .. } => find(&studio, dictionary)?.id,
        DictionaryAction::Create { name, words, .. } => {
            if named(&studio, name).next().is_some() {
                return Err(Trouble::usage(words::DICTIONARY_NAME_TAKEN));
            }
            dictionaries.create(Some(name), words.clone()).await?
        }
        DictionaryAction::Set {
            dictionary, words, ..
        } => {
            let id = find(&studio, dictionary)?.id;
            let change = |list: &mut Vec<Pronunciation>| {
                let mut words = words.iter().cloned();
                words.try_for_each(|word| put(list, None, word, None))
            };
            dictionaries.edit(&id, change).await?;
            id
        }
        DictionaryAction::Remove {
            dictionary, words, ..
        } => {
            let found = find(&studio, dictionary)?;
            let unwanted: Vec<&str> = words.iter().map(String::as_str).collect();
            let change = |list: &mut Vec<Pronunciation>| take_out(list, &unwanted);
            let removed = dictionaries.edit(&found.id, change).await;
            removed.map_err(|failure| match failure.kind {
                FailureKind::Stale => Trouble::usage(words::NO_SUCH_WORD),
                _ => failure.into(),
            })?;
            if find(&studio, found.id.as_str()).is_err() {
                terminal.remark(words::LAST_WORD);
                return gone(&found, terminal);
            }
            found.id
        }
        DictionaryAction::Rename {
            dictionary, name, ..
        } => {
            let id = find(&studio, dictionary)?.id;
            if named(&studio, name).any(|other| other.id != id) {
                return Err(Trouble::usage(words::DICTIONARY_NAME_TAKEN));
            }
            dictionaries.rename(&id, name)?;
            id
        }
        DictionaryAction::Use { dictionary, .. } => {
            let id = find(&studio, dictionary)?.id;
            dictionaries.follow(&id, true)?;
            id
        }
        DictionaryAction::Ignore { dictionary, .. } => {
            let id = find(&studio, dictionary)?.id;
            dictionaries.follow(&id, false)?;
            id
        }
        DictionaryAction::Delete { dictionary, .. } => {
            let found = find(&studio, dictionary)?;
            dictionaries.delete(&found.id).await?;
            return gone(&found, terminal);
        }
    };
    show(&find(&studio, said.as_str())?, terminal)
}

/// Asks the service for them. Without it, those that are known do, and that is said.
///
/// # Errors
/// When there is no key, or nothing is known.
pub(crate) async fn look(studio: &Studio, terminal: &Terminal) -> Result<(), Trouble> {
    match studio.dictionaries().fetch().await {
        Ok(()) => Ok(()),
        Err(failure) if studio.dictionaries().list().0.is_empty() => Err(failure.into()),
        Err(failure) => {
            terminal.remark(&words::known_dictionaries(failure.kind));
            terminal.details(&failure);
            Ok(())
        }
    }
}

/// The dictionary of that name or id.
pub(crate) fn find(studio: &Studio, name: &str) -> Result<DictionaryView, Trouble> {
    let (list, _) = studio.dictionaries().list();
    let by_id = |one: &&DictionaryView| one.id.as_str().eq_ignore_ascii_case(name);
    if let Some(found) = list.iter().find(by_id) {
        return Ok(found.clone());
    }
    let mut found = named(studio, name);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Trouble::usage(words::SEVERAL_DICTIONARIES)),
        (None, _) => Err(Trouble::usage(words::NO_DICTIONARY)),
    }
}

/// Those that a person calls so, in any case of letters.
fn named(studio: &Studio, name: &str) -> impl Iterator<Item = DictionaryView> {
    let wanted = name.trim().to_lowercase();
    let (list, _) = studio.dictionaries().list();
    list.into_iter().filter(move |one| {
        one.name.as_ref().map(|name| name.to_lowercase()) == Some(wanted.clone())
    })
}

fn list(studio: &Studio, terminal: &Terminal) -> Result<(), Trouble> {
    let (list, standing) = studio.dictionaries().list();
    if terminal.wants_json() {
        let dictionaries: Vec<Value> = list.iter().map(object).collect();
        return terminal.object(&json!({
            "current": standing == Standing::Current,
            "dictionaries": dictionaries,
        }));
    }
    if list.is_empty() {
        terminal.remark(words::NO_DICTIONARIES);
    }
    list.iter().try_for_each(|one| {
        let name = one.name.as_deref().unwrap_or(words::UNNAMED);
        let used = words::in_use(one.in_use);
        let count = words::entries(one.words.len());
        terminal.result(&format!(
            "{}  {used:8}  {count:10}  {name}",
            one.id.as_str()
        ))
    })
}

fn show(one: &DictionaryView, terminal: &Terminal) -> Result<(), Trouble> {
    if terminal.wants_json() {
        return terminal.object(&object(one));
    }
    let name = one.name.as_deref().unwrap_or(words::UNNAMED);
    terminal.result(&format!("Name   {name}"))?;
    terminal.result(&format!("Id     {}", one.id.as_str()))?;
    terminal.result(&format!("State  {}", words::in_use(one.in_use)))?;
    one.words.iter().try_for_each(|word| {
        terminal.result(&format!("Word   {}={}", word.word(), word.pronunciation()))
    })
}

fn gone(one: &DictionaryView, terminal: &Terminal) -> Result<(), Trouble> {
    if terminal.wants_json() {
        terminal.object(&json!({ "deleted": one.id }))?;
    }
    Ok(())
}

fn object(one: &DictionaryView) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "inUse": one.in_use,
        "words": one.words,
    })
}
