//! Pronunciation dictionaries: section 11 of the contract.

use serde_json::json;
use waves::{DictionaryId, ErrorKind, Pronunciation, Pronunciations};

use crate::canned::{Canned, answered};
use crate::common::{client, key};

pub(crate) fn words() -> Pronunciations {
    Pronunciations::new(vec![Pronunciation::new("API", "ay-pee-eye").unwrap()]).unwrap()
}

const DICTIONARY: &str = "0123456789abcdef01234567";

#[tokio::test]
async fn dictionaries_are_made_listed_replaced_and_deleted() {
    let id = DictionaryId::new(DICTIONARY).unwrap();
    let items = json!([{"word": "API", "pronunciation": "ay-pee-eye"}]);
    let one = json!({"id": DICTIONARY, "items": items, "createdAt": "2026-09-01T00:00:00Z"});

    let (list, asked) = answered(json!([one, {"id": "broken"}]), async |client| {
        client.list_dictionaries(&key()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "GET /waves/v1/pronunciation-dicts");
    assert_eq!(
        asked.header("authorization"),
        Some("Bearer sk_sim_local_dev")
    );
    assert_eq!(list.len(), 1, "a broken entry does not hide the others");
    assert_eq!((&list[0].id, list[0].items[0].word()), (&id, "API"));
    assert_eq!(list[0].created_at.as_deref(), Some("2026-09-01T00:00:00Z"));

    let (made, asked) = answered(one, async |client| {
        client.create_dictionary(&key(), &words()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "POST /waves/v1/pronunciation-dicts");
    assert_eq!(asked.json(), json!({"items": items}));
    assert_eq!(made, list[0]);

    let replaced = json!({"id": DICTIONARY, "items": items});
    let (made, asked) = answered(replaced, async |client| {
        client
            .replace_dictionary(&key(), &id, &words())
            .await
            .unwrap()
    })
    .await;
    assert_eq!(asked.line, "PUT /waves/v1/pronunciation-dicts");
    assert_eq!(asked.json(), json!({"id": DICTIONARY, "items": items}));
    assert_eq!(made.created_at, None);

    let (deleted, asked) = answered(json!({"id": DICTIONARY, "deleted": true}), async |client| {
        client.delete_dictionary(&key(), &id).await
    })
    .await;
    deleted.unwrap();
    assert_eq!(asked.line, "DELETE /waves/v1/pronunciation-dicts");
    assert_eq!(asked.json(), json!({"id": DICTIONARY}));
    let (kept, _) = answered(
        json!({"id": DICTIONARY, "deleted": false}),
        async |client| client.delete_dictionary(&key(), &id).await,
    )
    .await;
    assert_eq!(kept.unwrap_err().kind(), ErrorKind::Server);
}

#[tokio::test]
async fn a_refused_dictionary_gives_its_words_and_details() {
    let refusal = json!({"error": "Invalid request body", "details": [
        {"code": "too_small", "path": ["items", 0, "word"], "message": "Required"},
    ]});
    let service = Canned::start(vec![(400, refusal.to_string())]).await;
    let error = client(&service.url)
        .create_dictionary(&key(), &words())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Rejected, "Invalid request body")
    );
    assert_eq!(error.details()[0].path, "items.0.word");
    assert_eq!(error.request_id(), Some("canned"));
}
