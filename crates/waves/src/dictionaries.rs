//! Pronunciation dictionaries: how the service is to say words (contract section 11).
//!
//! A pronunciation is a respelling in ordinary letters (`ay-pee-eye`), not IPA; words match by
//! case. Dictionaries have neither name nor language of their own: who needs those keeps them.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{ApiKey, Client, DictionaryId, Error, ErrorKind};

const PATH: &str = "/waves/v1/pronunciation-dicts";

/// A word and how it is said. Neither is blank.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Pronunciation {
    word: String,
    pronunciation: String,
}

#[derive(Deserialize)]
struct Unchecked {
    word: String,
    pronunciation: String,
}

/// A word or a pronunciation without a character that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a word and its pronunciation must not be blank")]
pub struct BlankPronunciation;

impl Pronunciation {
    /// Checks and takes off the white space around both.
    ///
    /// # Errors
    ///
    /// [`BlankPronunciation`].
    pub fn new(word: &str, pronunciation: &str) -> Result<Pronunciation, BlankPronunciation> {
        let (word, pronunciation) = (word.trim(), pronunciation.trim());
        if word.is_empty() || pronunciation.is_empty() {
            return Err(BlankPronunciation);
        }
        Ok(Pronunciation {
            word: word.to_owned(),
            pronunciation: pronunciation.to_owned(),
        })
    }

    /// The word as it stands in texts.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// What is said for it.
    pub fn pronunciation(&self) -> &str {
        &self.pronunciation
    }
}

impl TryFrom<Unchecked> for Pronunciation {
    type Error = BlankPronunciation;

    fn try_from(unchecked: Unchecked) -> Result<Pronunciation, BlankPronunciation> {
        Pronunciation::new(&unchecked.word, &unchecked.pronunciation)
    }
}

/// The words of a dictionary: one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pronunciations(Vec<Pronunciation>);

/// A dictionary without words, which the service refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a dictionary has one word at least")]
pub struct NoPronunciations;

impl Pronunciations {
    /// Checks that there are some.
    ///
    /// # Errors
    ///
    /// [`NoPronunciations`].
    pub fn new(items: Vec<Pronunciation>) -> Result<Pronunciations, NoPronunciations> {
        if items.is_empty() {
            return Err(NoPronunciations);
        }
        Ok(Pronunciations(items))
    }
}

/// A dictionary of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dictionary {
    /// For [`crate::SynthesisRequest::with_dictionaries`].
    pub id: DictionaryId,
    /// Its words. Entries that can't be read are left out.
    pub items: Vec<Pronunciation>,
    /// When it was made, as the service writes it (ISO 8601); absent after a change.
    pub created_at: Option<String>,
}

impl Client {
    /// All dictionaries of the account: `GET /waves/v1/pronunciation-dicts`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn list_dictionaries(&self, key: &ApiKey) -> Result<Vec<Dictionary>, Error> {
        let call = self.call(Method::GET, PATH, key)?;
        let read = |list: &Value| {
            let list = list.as_array()?;
            Some(list.iter().filter_map(read_dictionary).collect())
        };
        self.answer(key, PATH, call, self.timeouts.answer, read)
            .await
    }

    /// Makes a dictionary: `POST /waves/v1/pronunciation-dicts`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`].
    pub async fn create_dictionary(
        &self,
        key: &ApiKey,
        items: &Pronunciations,
    ) -> Result<Dictionary, Error> {
        let body = json!({ "items": items.0 });
        let call = self.call(Method::POST, PATH, key)?.json(&body);
        self.answer(key, PATH, call, self.timeouts.answer, read_dictionary)
            .await
    }

    /// Replaces all words of a dictionary: `PUT /waves/v1/pronunciation-dicts`.
    ///
    /// # Errors
    ///
    /// As [`Client::list_voices`]; [`ErrorKind::Rejected`] when there is no such dictionary.
    pub async fn replace_dictionary(
        &self,
        key: &ApiKey,
        id: &DictionaryId,
        items: &Pronunciations,
    ) -> Result<Dictionary, Error> {
        let body = json!({ "id": id, "items": items.0 });
        let call = self.call(Method::PUT, PATH, key)?.json(&body);
        self.answer(key, PATH, call, self.timeouts.answer, read_dictionary)
            .await
    }

    /// Deletes a dictionary: `DELETE /waves/v1/pronunciation-dicts`.
    ///
    /// # Errors
    ///
    /// As [`Client::replace_dictionary`].
    pub async fn delete_dictionary(&self, key: &ApiKey, id: &DictionaryId) -> Result<(), Error> {
        // The id goes into the body, which few other services do with DELETE.
        let call = self
            .call(Method::DELETE, PATH, key)?
            .json(&json!({ "id": id }));
        let deleted = self
            .answer(key, PATH, call, self.timeouts.answer, |answer| {
                answer.is_object().then(|| answer["deleted"] != false)
            })
            .await?;
        match deleted {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Server,
                "the dictionary was not deleted",
            )),
        }
    }
}

fn read_dictionary(value: &Value) -> Option<Dictionary> {
    let read = |item: &Value| {
        Pronunciation::new(item["word"].as_str()?, item["pronunciation"].as_str()?).ok()
    };
    Some(Dictionary {
        id: DictionaryId::new(value["id"].as_str()?).ok()?,
        items: value["items"].as_array()?.iter().filter_map(read).collect(),
        created_at: value["createdAt"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_the_service_would_refuse_cannot_be_built() {
        for (word, said) in [("", "a"), ("a", ""), (" ", "a"), ("a", "\n")] {
            assert_eq!(Pronunciation::new(word, said), Err(BlankPronunciation));
        }
        let api = Pronunciation::new(" API ", "ay-pee-eye").unwrap();
        assert_eq!((api.word(), api.pronunciation()), ("API", "ay-pee-eye"));
        assert_eq!(Pronunciations::new(vec![]), Err(NoPronunciations));
        assert!(
            serde_json::from_str::<Pronunciation>(r#"{"word":"","pronunciation":"a"}"#).is_err()
        );
    }
}
