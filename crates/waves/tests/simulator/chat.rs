//! The language model: every field that can be asked for, and what it changes.

use futures_util::StreamExt;
use serde_json::{Value, json};
use waves::{ChatAnswer, ChatEvent, ChatMessage, ChatRequest, Finish, Tool, ToolCall, ToolChoice};

use crate::common::{client, key};
use crate::start;

fn user(text: &str) -> ChatRequest {
    ChatRequest::new(&[ChatMessage::User(text.into())]).unwrap()
}

/// Asks in one piece and streamed, which must come to the same.
async fn answer(client: &waves::Client, request: &ChatRequest) -> ChatAnswer {
    let whole = client.chat(&key(), request).await.unwrap();
    let mut stream = client.chat_stream(&key(), request).await.unwrap();
    assert!(stream.request_id().is_some());
    let mut words = String::new();
    let mut end = None;
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            ChatEvent::Text(more) => words.push_str(&more),
            ChatEvent::End(answer) => end = Some(answer),
            other => panic!("{other:?}"),
        }
    }
    let streamed = end.unwrap();
    assert_eq!(words, streamed.content);
    assert_eq!(
        (&streamed.content, &streamed.finish),
        (&whole.content, &whole.finish)
    );
    let called = |answer: &ChatAnswer| {
        let calls = answer.tool_calls.iter();
        calls
            .map(|call| (call.name.clone(), call.arguments.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(called(&streamed), called(&whole));
    assert!(
        streamed.usage.unwrap().total_tokens > 0,
        "usage is asked for"
    );
    whole
}

#[tokio::test]
async fn a_chat_says_the_same_whole_and_streamed() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let said = answer(&client, &user("Good day.")).await;
    assert_eq!(
        (said.content.as_str(), &said.finish),
        ("You said: Good day.", &Finish::Stop)
    );
    let usage = said.usage.unwrap();
    assert_eq!(
        usage.total_tokens,
        usage.prompt_tokens + usage.completion_tokens
    );
    assert_eq!(usage.cached_tokens, 0);
    assert!(said.request_id.is_none() || said.request_id.as_deref() != Some(""));
}

#[tokio::test]
async fn every_field_of_a_chat_reaches_the_service() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let request = user("Good day.")
        .with_temperature(0.5)
        .and_then(|request| request.with_top_p(0.25))
        .and_then(|request| request.with_presence_penalty(-2.0))
        .and_then(|request| request.with_frequency_penalty(2.0))
        .and_then(|request| request.with_max_tokens(100))
        .and_then(|request| request.with_stop(&["STOP"]))
        .and_then(|request| request.with_log_probabilities(3))
        .and_then(|request| request.with_tools(&[clock()], ToolChoice::None))
        .unwrap()
        .with_json_answer()
        .with_seed(7)
        .with_logit_bias([(42, -100)])
        .with_user("reader");
    let said = answer(&client, &request).await;
    let json: Value = serde_json::from_str(&said.content).unwrap();
    assert_eq!(
        json,
        json!({ "reply": "You said: Good day." }),
        "as JSON, and no tool called"
    );
    let probabilities = said.log_probabilities.unwrap();
    assert_eq!(probabilities["content"][0]["logprob"], 0.0);
    let mut logged = simulator.requests();
    let (streamed, whole) = (logged.pop().unwrap().fields, logged.pop().unwrap().fields);
    let mut expected = json!({
        "model": "electron", "messages": [{ "role": "user", "content": "Good day." }],
        "temperature": 0.5, "top_p": 0.25, "presence_penalty": -2.0, "frequency_penalty": 2.0,
        "max_tokens": 100, "stop": ["STOP"], "logprobs": true, "top_logprobs": 3,
        "tools": [{ "type": "function", "function": {
            "name": "clock", "description": "Tells the time.", "parameters": parameters(),
        } }],
        "tool_choice": "none", "response_format": { "type": "json_object" }, "seed": 7,
        "logit_bias": { "42": -100 }, "user": "reader",
    });
    let readme = include_str!("../../README.md");
    for name in expected.as_object().unwrap().keys() {
        assert!(
            readme.contains(&format!("`{name}")),
            "{name} is not in the README"
        );
    }
    assert_eq!(Value::Object(whole), expected);
    expected["stream"] = json!(true);
    expected["stream_options"] = json!({ "include_usage": true });
    assert_eq!(Value::Object(streamed), expected);
}

fn parameters() -> Value {
    json!({ "type": "object", "properties": { "zone": { "type": "string" } }, "required": ["zone"] })
}

fn clock() -> Tool {
    Tool {
        name: "clock".into(),
        description: "Tells the time.".into(),
        parameters: parameters(),
    }
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_is_heard() {
    let simulator = start().await;
    let client = client(&simulator.url());
    for choice in [
        ToolChoice::Auto,
        ToolChoice::Required,
        ToolChoice::Function("clock".into()),
    ] {
        let request = user("What does the clock say?").with_tools(&[clock()], choice.clone());
        let called = answer(&client, &request.unwrap()).await;
        assert_eq!(called.finish, Finish::ToolCalls, "{choice:?}");
        let ToolCall {
            id,
            name,
            arguments,
        } = called.tool_calls[0].clone();
        assert_eq!(
            (name.as_str(), arguments.as_str()),
            ("clock", r#"{"zone":"zone"}"#)
        );
        let with_result = ChatRequest::new(&[
            ChatMessage::System("Be brief.".into()),
            ChatMessage::User("What does the clock say?".into()),
            ChatMessage::Assistant {
                content: None,
                tool_calls: called.tool_calls,
            },
            ChatMessage::Tool {
                call_id: id,
                content: "Noon.".into(),
            },
        ]);
        let said = answer(&client, &with_result.unwrap()).await;
        assert_eq!(said.content, "The tool says: Noon.");
    }
}

#[tokio::test]
async fn an_answer_ends_where_it_was_told_to() {
    let simulator = start().await;
    let client = client(&simulator.url());
    let short = user("one two three").with_max_tokens(3).unwrap();
    let said = answer(&client, &short).await;
    assert_eq!(
        (said.content.trim(), &said.finish),
        ("You said: one", &Finish::Length)
    );
    let stopped = user("one two three").with_stop(&["two"]).unwrap();
    let said = answer(&client, &stopped).await;
    assert_eq!(
        (said.content.trim(), &said.finish),
        ("You said: one", &Finish::Stop)
    );
}
