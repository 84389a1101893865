//! `/pronunciation-dicts`: section 11 of the contract.

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::account::{Account, Dictionary, iso, object_id};

/// The status and the body of the answer.
pub(crate) fn answer(account: &Account, method: &Method, body: &[u8]) -> (u16, Value) {
    if method == Method::GET {
        let list: Value = account
            .dictionaries()
            .iter()
            .map(|dictionary| {
                json!({
                    "id": dictionary.id, "items": dictionary.items_json(),
                    "createdAt": iso(dictionary.created),
                })
            })
            .collect();
        return (200, list);
    }
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(_) => return refused(vec![issue(&[], "Expected object, received nothing")]),
    };
    let mut issues = Vec::new();
    let id = if method == Method::POST {
        String::new()
    } else {
        required(&body, &[], "id", &mut issues)
    };
    let items = if method == Method::DELETE {
        Vec::new()
    } else {
        items(&body, &mut issues)
    };
    if !issues.is_empty() {
        return refused(issues);
    }
    let mut dictionaries = account.dictionaries();
    if method == Method::POST {
        let dictionary = Dictionary {
            id: object_id(),
            items,
            created: Timestamp::now(),
        };
        let answer = json!({
            "id": dictionary.id, "items": dictionary.items_json(), "createdAt": iso(dictionary.created),
        });
        dictionaries.push(dictionary);
        return (200, answer);
    }
    let Some(index) = dictionaries.iter().position(|known| known.id == id) else {
        return (
            404,
            json!({ "error": "Pronunciation dictionary not found" }),
        );
    };
    if method == Method::DELETE {
        dictionaries.remove(index);
        return (200, json!({ "id": id, "deleted": true }));
    }
    let items = match dictionaries.get_mut(index) {
        Some(dictionary) => {
            dictionary.items = items;
            dictionary.items_json()
        }
        None => Value::Null,
    };
    (200, json!({ "id": id, "items": items }))
}

fn items(body: &Value, issues: &mut Vec<Value>) -> Vec<(String, String)> {
    let Some(list) = body["items"].as_array() else {
        issues.push(issue(&[json!("items")], "Required"));
        return Vec::new();
    };
    if list.is_empty() {
        let mut empty = issue(
            &[json!("items")],
            "Array must contain at least 1 element(s)",
        );
        empty["code"] = json!("too_small");
        issues.push(empty);
    }
    list.iter()
        .enumerate()
        .map(|(index, item)| {
            let path = [json!("items"), json!(index)];
            (
                required(item, &path, "word", issues),
                required(item, &path, "pronunciation", issues),
            )
        })
        .collect()
}

fn required(body: &Value, path: &[Value], name: &str, issues: &mut Vec<Value>) -> String {
    let path: Vec<Value> = path.iter().cloned().chain([json!(name)]).collect();
    match body[name].as_str() {
        Some("") => {
            let mut empty = issue(&path, "String must contain at least 1 character(s)");
            empty["code"] = json!("too_small");
            issues.push(empty);
            String::new()
        }
        Some(text) => text.to_owned(),
        None => {
            let message = if body[name].is_null() {
                "Required"
            } else {
                "Expected string"
            };
            let mut wrong = issue(&path, message);
            wrong["expected"] = json!("string");
            issues.push(wrong);
            String::new()
        }
    }
}

fn issue(path: &[Value], message: &str) -> Value {
    json!({ "code": "invalid_type", "path": path, "message": message })
}

fn refused(issues: Vec<Value>) -> (u16, Value) {
    (
        400,
        json!({ "error": "Invalid request body", "details": issues }),
    )
}
