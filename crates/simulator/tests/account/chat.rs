//! The language model: section 14 of the contract.

use serde_json::{Value, json};
use simulator::{Fault, Route, Times};

use crate::CHAT;
use crate::client::{Ask, post, simulator};

pub(crate) fn chat(changes: Value) -> Value {
    let mut body = json!({
        "model": "electron",
        "messages": [{ "role": "system", "content": "Be kind." }, { "role": "user", "content": "Hello to you" }],
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
pub(crate) async fn chat_gives_the_last_message_back_the_same_each_time() {
    let simulator = simulator().await;
    let one = post(&simulator, CHAT, &chat(json!({}))).await.json();
    let two = post(&simulator, CHAT, &chat(json!({}))).await.json();
    assert_eq!(one["choices"], two["choices"]);
    assert_eq!(one["object"], "chat.completion");
    assert_eq!(
        one["choices"][0]["message"],
        json!({ "role": "assistant", "content": "You said: Hello to you" })
    );
    assert_eq!(one["choices"][0]["finish_reason"], "stop");
    let usage = &one["usage"];
    assert_eq!(
        usage["total_tokens"].as_u64(),
        Some(
            usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap()
        )
    );
    let cut = post(&simulator, CHAT, &chat(json!({ "max_tokens": 3 })))
        .await
        .json();
    assert_eq!(cut["choices"][0]["message"]["content"], "You said: Hello ");
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    let stopped = post(&simulator, CHAT, &chat(json!({ "stop": ["Hello"] })))
        .await
        .json();
    assert_eq!(stopped["choices"][0]["message"]["content"], "You said: ");
    let object = post(
        &simulator,
        CHAT,
        &chat(json!({ "response_format": { "type": "json_object" } })),
    )
    .await
    .json();
    let content: Value =
        serde_json::from_str(object["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["reply"], "You said: Hello to you");
}

#[tokio::test]
pub(crate) async fn a_streamed_chat_is_the_same_in_pieces_and_ends_with_done() {
    let simulator = simulator().await;
    let body = chat(json!({ "stream": true, "stream_options": { "include_usage": true } }));
    let answer = post(&simulator, CHAT, &body).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events = answer.events();
    assert_eq!(events.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> = events[..events.len() - 1]
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "You said: Hello to you");
    let usage = chunks.last().unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["total_tokens"].is_number());
    assert_eq!(
        chunks[chunks.len() - 2]["choices"][0]["finish_reason"],
        "stop"
    );
    for (fault, last) in [
        (Fault::MissingEnd, None),
        (Fault::ErrorEvent("no".to_owned()), Some("no")),
    ] {
        simulator.fault_on(Route::Chat, fault, Times::Once);
        let events = post(&simulator, CHAT, &body).await.events();
        let event: Value = serde_json::from_str(events.last().unwrap()).unwrap();
        assert_eq!(event["error"]["message"].as_str(), last);
    }
}

#[tokio::test]
pub(crate) async fn a_tool_is_called_when_it_is_named_or_required_with_what_its_schema_needs() {
    let simulator = simulator().await;
    let tools = json!([{ "type": "function", "function": { "name": "get_weather", "parameters": {
        "type": "object", "required": ["city", "days"],
        "properties": { "city": { "type": "string" }, "days": { "type": "integer" } },
    } } }]);
    for changes in [
        json!({ "tools": tools, "tool_choice": "required" }),
        json!({ "tools": tools, "tool_choice": { "type": "function", "function": { "name": "get_weather" } } }),
        json!({ "tools": tools, "messages": [{ "role": "user", "content": "please get_weather" }] }),
    ] {
        let answer = post(&simulator, CHAT, &chat(changes.clone())).await.json();
        let choice = &answer["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert!(choice["message"]["content"].is_null());
        let function = &choice["message"]["tool_calls"][0]["function"];
        assert_eq!(function["name"], "get_weather");
        assert_eq!(function["arguments"], r#"{"city":"city","days":1}"#);
        let mut streamed = changes;
        streamed["stream"] = json!(true);
        let events = post(&simulator, CHAT, &chat(streamed)).await.events();
        let pieces: String = events
            .iter()
            .filter_map(|event| serde_json::from_str::<Value>(event).ok())
            .filter_map(|chunk| {
                chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        assert_eq!(pieces, r#"{"city":"city","days":1}"#);
    }
    let none = post(&simulator, CHAT, &chat(json!({ "tools": tools })))
        .await
        .json();
    assert_eq!(none["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
pub(crate) async fn what_is_wrong_with_a_chat_is_nested_as_the_openai_client_needs_it() {
    let simulator = simulator().await;
    for (changes, path) in [
        (json!({ "n": 2 }), json!(["n"])),
        (json!({ "prompt_logprobs": 1 }), json!(["prompt_logprobs"])),
        (json!({ "model": "gpt" }), json!(["model"])),
        (json!({ "messages": [] }), json!(["messages"])),
        (json!({ "temperature": 2.1 }), json!(["temperature"])),
        (json!({ "max_tokens": 0 }), json!(["max_tokens"])),
        (
            json!({ "stop": ["a", "b", "c", "d", "e"] }),
            json!(["stop"]),
        ),
        (
            json!({ "messages": [{ "role": "robot", "content": "x" }] }),
            json!(["messages", 0, "role"]),
        ),
    ] {
        let answer = post(&simulator, CHAT, &chat(changes)).await;
        let error = answer.json()["error"].clone();
        assert_eq!(
            (answer.status, &error["message"]),
            (400, &json!("Invalid input data"))
        );
        assert_eq!(
            (&error["type"], &error["details"][0]["path"]),
            (&json!("invalid_request_error"), &path)
        );
        assert_eq!(error["request_id"].as_str(), answer.header("x-request-id"));
    }
    let wrong = Ask::post(CHAT, &chat(json!({})))
        .key("wrong")
        .send(&simulator)
        .await;
    assert_eq!(
        (wrong.status, wrong.json()["error"]["message"].is_string()),
        (401, true)
    );
}
