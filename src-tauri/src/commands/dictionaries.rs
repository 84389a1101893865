//! How words are said.

use studio::Studio;
use studio::dictionaries::{put, take_out};
use studio::failure::Failure;
use tauri::State;

use super::{Answer, aside, delivery};
use crate::{contract as wire, convert};

fn told<T>(outcome: Result<T, Failure>) -> Answer<T> {
    outcome.map_err(|failure| convert::error(&failure))
}

#[tauri::command]
pub(crate) async fn list_dictionaries(studio: State<'_, Studio>) -> Answer<wire::DictionaryList> {
    Ok(convert::dictionary_list(studio.dictionaries().list()))
}

#[tauri::command]
pub(crate) async fn fetch_dictionaries(studio: State<'_, Studio>) -> Answer<()> {
    told(studio.dictionaries().fetch().await)
}

#[tauri::command]
pub(crate) async fn create_dictionary(
    studio: State<'_, Studio>,
    name: Option<String>,
    words: Vec<wire::Pronunciation>,
) -> Answer<String> {
    let words = told(words.iter().map(convert::pronunciation).collect())?;
    let made = studio.dictionaries().create(name.as_deref(), words).await;
    told(made.map(|id| id.as_str().to_owned()))
}

#[tauri::command]
pub(crate) async fn put_word(
    studio: State<'_, Studio>,
    dictionary: String,
    before: Option<String>,
    word: wire::Pronunciation,
    at: Option<u32>,
) -> Answer<()> {
    let (id, word) = told(both(dictionary, &word))?;
    let at = at.map(|at| at as usize);
    let dictionaries = studio.dictionaries();
    let change = |words: &mut Vec<_>| put(words, before.as_deref(), word, at);
    told(dictionaries.edit(&id, change).await)
}

fn both(
    id: String,
    word: &wire::Pronunciation,
) -> Result<(waves::DictionaryId, waves::Pronunciation), Failure> {
    Ok((convert::dictionary_id(id)?, convert::pronunciation(word)?))
}

#[tauri::command]
pub(crate) async fn remove_word(
    studio: State<'_, Studio>,
    dictionary: String,
    word: String,
) -> Answer<()> {
    let id = told(convert::dictionary_id(dictionary))?;
    let change = |words: &mut Vec<_>| take_out(words, &[&word]);
    told(studio.dictionaries().edit(&id, change).await)
}

#[tauri::command]
pub(crate) async fn rename_dictionary(
    studio: State<'_, Studio>,
    dictionary: String,
    name: String,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || {
        let id = convert::dictionary_id(dictionary)?;
        studio.dictionaries().rename(&id, &name)
    })
    .await
}

#[tauri::command]
pub(crate) async fn follow_dictionary(
    studio: State<'_, Studio>,
    dictionary: String,
    in_use: bool,
) -> Answer<()> {
    let studio = studio.inner().clone();
    aside(move || {
        let id = convert::dictionary_id(dictionary)?;
        studio.dictionaries().follow(&id, in_use)
    })
    .await
}

#[tauri::command]
pub(crate) async fn delete_dictionary(studio: State<'_, Studio>, dictionary: String) -> Answer<()> {
    let id = told(convert::dictionary_id(dictionary))?;
    told(studio.dictionaries().delete(&id).await)
}

#[tauri::command]
pub(crate) async fn touched_documents(
    studio: State<'_, Studio>,
    word: String,
    delivery: wire::Delivery,
) -> Answer<Vec<wire::TouchedDocument>> {
    let studio = studio.inner().clone();
    aside(move || {
        let delivery = self::delivery(&studio, &delivery)?;
        let touched = studio.touched(&word, &delivery).into_iter();
        Ok(touched.map(convert::touched).collect())
    })
    .await
}
