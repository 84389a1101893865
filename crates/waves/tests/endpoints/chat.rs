//! The language model: section 14 of the contract.

use futures_util::StreamExt;
use serde_json::{Value, json};
use waves::{ChatAnswer, ChatEvent, ChatMessage, ChatRequest, ErrorKind, Finish};

use crate::canned::{Asked, Canned, answered};
use crate::common::{NEVER, client, key};

fn hello() -> ChatRequest {
    ChatRequest::new(&[ChatMessage::User("Hello.".into())]).unwrap()
}

#[tokio::test]
async fn a_chat_is_answered_with_words_calls_and_what_it_cost() {
    let answer = json!({
        "id": "c", "object": "chat.completion", "model": "electron",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "One moment.",
            "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "time", "arguments": "{}"}}],
        }}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 4}},
    });
    let (answer, asked) = answered(answer, async |client| {
        client.chat(&key(), &hello()).await.unwrap()
    })
    .await;
    assert_eq!(asked.line, "POST /waves/v1/chat/completions");
    assert_eq!(
        asked.json(),
        json!({"model": "electron", "messages": [{"role": "user", "content": "Hello."}]})
    );
    assert_eq!(
        (answer.content.as_str(), &answer.finish),
        ("One moment.", &Finish::ToolCalls)
    );
    assert_eq!(
        (
            answer.tool_calls[0].id.as_str(),
            answer.tool_calls[0].name.as_str()
        ),
        ("t1", "time")
    );
    let usage = answer.usage.unwrap();
    assert_eq!(
        (
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.completion_tokens,
            usage.total_tokens
        ),
        (9, 4, 3, 12)
    );
}

/// Listens to a stream of these events: the words, and how it ended.
async fn chat(events: &[Value], done: bool) -> (String, Result<ChatAnswer, waves::Error>, Asked) {
    let mut body: String = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    if done {
        body.push_str("data: [DONE]\n\n");
    }
    let service = Canned::start_as("text/event-stream", vec![(200, body)]).await;
    let mut stream = client(&service.url)
        .chat_stream(&key(), &hello())
        .await
        .unwrap();
    assert_eq!(stream.request_id(), Some("canned"));
    let mut words = String::new();
    let end = loop {
        match tokio::time::timeout(NEVER, stream.next()).await.unwrap() {
            Some(Ok(ChatEvent::Text(more))) => words.push_str(&more),
            Some(Ok(ChatEvent::End(answer))) => break Ok(answer),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(error)) => break Err(error),
            None => panic!("a stream must say how it ended"),
        }
    };
    assert!(stream.next().await.is_none());
    (words, end, service.one())
}

#[tokio::test]
async fn a_streamed_chat_comes_word_by_word_and_whole_at_its_end() {
    let delta =
        |delta: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
    let call = |piece: Value| delta(json!({"tool_calls": [piece]}));
    let events = [
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"content": "Good "})),
        delta(json!({"content": "day."})),
        call(json!({"index": 0, "id": "t1", "function": {"name": "time", "arguments": ""}})),
        call(json!({"index": 0, "function": {"arguments": "{\"a\""}})),
        call(json!({"index": 0, "function": {"arguments": ":1}"}})),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
    ];
    let (words, end, asked) = chat(&events, true).await;
    assert_eq!(asked.json()["stream"], true);
    assert_eq!(
        asked.json()["stream_options"],
        json!({"include_usage": true})
    );
    let answer = end.unwrap();
    assert_eq!(
        (words.as_str(), answer.content.as_str()),
        ("Good day.", "Good day.")
    );
    assert_eq!(answer.tool_calls[0].arguments, "{\"a\":1}");
    assert_eq!(
        (answer.finish, answer.usage.unwrap().total_tokens),
        (Finish::ToolCalls, 3)
    );
    assert_eq!(answer.request_id.as_deref(), Some("canned"));
}

#[tokio::test]
async fn a_streamed_chat_that_breaks_is_no_answer() {
    let words = json!({"choices": [{"delta": {"content": "Good "}}]});
    for (events, done, kind) in [
        (vec![words.clone()], false, ErrorKind::Truncated),
        (vec![], false, ErrorKind::Truncated),
        (
            vec![words.clone(), json!({"error": {"message": "no"}})],
            true,
            ErrorKind::Server,
        ),
        (vec![words.clone(), json!([1])], true, ErrorKind::Protocol),
        (
            vec![json!({"choices": [{"delta": {"tool_calls": [{"index": 1_000_000}]}}]})],
            true,
            ErrorKind::Protocol,
        ),
    ] {
        let (_, end, _) = chat(&events, done).await;
        assert_eq!(end.unwrap_err().kind(), kind, "{events:?}");
    }
    let nested = json!({"error": {"message": "Invalid input data", "type": "invalid_request_error",
        "details": [{"code": "custom", "message": "n > 1 is not supported", "path": ["n"]}], "request_id": "r"}});
    let service = Canned::start(vec![(400, nested.to_string())]).await;
    let error = client(&service.url)
        .chat_stream(&key(), &hello())
        .await
        .unwrap_err();
    assert_eq!(
        (error.message(), error.request_id()),
        ("Invalid input data", Some("r"))
    );
}
