//! Chat completions by the service's language model, in the shape of OpenAI's API
//! (contract section 14).

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::{body_of, media_type, read_error, refused};
use crate::speech::Body;
use crate::sse::{SseEvent, SseParser};
use crate::{ApiKey, Client, Error, ErrorKind, error_body};

const PATH: &str = "/waves/v1/chat/completions";
/// The longest event taken, in bytes; real ones hold a word.
const LONGEST_EVENT: usize = 1 << 20;
/// The longest answer taken, in bytes: far above what the model's 32,768 tokens can be.
const LONGEST_ANSWER: usize = 2 << 20;

/// Something that was said in a chat.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatMessage {
    /// How the model is to behave.
    System(String),
    /// What a person says.
    User(String),
    /// What the model has said, and the tools it has called.
    Assistant {
        /// Its words, if there were any.
        content: Option<String>,
        /// In its order.
        tool_calls: Vec<ToolCall>,
    },
    /// What a tool gave.
    Tool {
        /// The id of the call.
        call_id: String,
        /// Its result.
        content: String,
    },
}

impl ChatMessage {
    fn to_json(&self) -> Value {
        match self {
            ChatMessage::System(content) => json!({ "role": "system", "content": content }),
            ChatMessage::User(content) => json!({ "role": "user", "content": content }),
            ChatMessage::Tool { call_id, content } => {
                json!({ "role": "tool", "tool_call_id": call_id, "content": content })
            }
            ChatMessage::Assistant {
                content,
                tool_calls,
            } => {
                let mut message = json!({ "role": "assistant", "content": content });
                if !tool_calls.is_empty() {
                    let calls = tool_calls.iter().map(ToolCall::to_json);
                    message["tool_calls"] = calls.collect();
                }
                message
            }
        }
    }
}

/// A tool that the model wants called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// For the answer: [`ChatMessage::Tool`].
    pub id: String,
    /// The function's name.
    pub name: String,
    /// JSON, as the model wrote it: it may be broken.
    pub arguments: String,
}

impl ToolCall {
    fn to_json(&self) -> Value {
        let function = json!({ "name": self.name, "arguments": self.arguments });
        json!({ "id": self.id, "type": "function", "function": function })
    }
}

/// A function that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its parameters, as JSON Schema.
    pub parameters: Value,
}

/// Whether tools are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model thinks fit.
    #[default]
    Auto,
    /// Not at all.
    None,
    /// One at least.
    Required,
    /// This one.
    Function(String),
}

/// A wish for the next message of a chat. Numbers are checked, and what is not set is left to
/// the service.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    fields: Map<String, Value>,
}

/// What can't be asked of the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct InvalidChat {
    /// Which field.
    pub field: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

impl ChatRequest {
    /// The next message after these, 1 to 200.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] for none or too many.
    pub fn new(messages: &[ChatMessage]) -> Result<ChatRequest, InvalidChat> {
        check(
            (1..=200).contains(&messages.len()),
            "messages",
            "1 to 200 of them",
        )?;
        let messages: Value = messages.iter().map(ChatMessage::to_json).collect();
        let mut request = ChatRequest { fields: Map::new() };
        request.set("model", "electron");
        request.set("messages", messages);
        Ok(request)
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    fn number(
        mut self,
        name: &'static str,
        value: f64,
        most: f64,
    ) -> Result<ChatRequest, InvalidChat> {
        let least = if most == 2.0 && name.ends_with("penalty") {
            -2.0
        } else {
            0.0
        };
        let rule = match (least < 0.0, most == 1.0) {
            (true, _) => "-2 to 2",
            (_, true) => "0 to 1",
            _ => "0 to 2",
        };
        check((least..=most).contains(&value), name, rule)?;
        self.set(name, value);
        Ok(self)
    }

    /// How adventurous: 0 to 2, 1 by default.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] outside of that.
    pub fn with_temperature(self, temperature: f64) -> Result<ChatRequest, InvalidChat> {
        self.number("temperature", temperature, 2.0)
    }

    /// From how much of the likely words it chooses: 0 to 1, 1 by default.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] outside of that.
    pub fn with_top_p(self, top_p: f64) -> Result<ChatRequest, InvalidChat> {
        self.number("top_p", top_p, 1.0)
    }

    /// How much it avoids what was said: -2 to 2.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] outside of that.
    pub fn with_presence_penalty(self, penalty: f64) -> Result<ChatRequest, InvalidChat> {
        self.number("presence_penalty", penalty, 2.0)
    }

    /// How much it avoids what was often said: -2 to 2.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] outside of that.
    pub fn with_frequency_penalty(self, penalty: f64) -> Result<ChatRequest, InvalidChat> {
        self.number("frequency_penalty", penalty, 2.0)
    }

    /// The longest answer in tokens, 1 at least. Question and answer together have 32,768 at most.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] outside of that.
    pub fn with_max_tokens(mut self, tokens: u32) -> Result<ChatRequest, InvalidChat> {
        check((1..=32_768).contains(&tokens), "max_tokens", "1 to 32768")?;
        self.set("max_tokens", tokens);
        Ok(self)
    }

    /// With functions that it may call, at most 64.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] for more.
    pub fn with_tools(
        mut self,
        tools: &[Tool],
        choice: ToolChoice,
    ) -> Result<ChatRequest, InvalidChat> {
        check(tools.len() <= 64, "tools", "64 at most")?;
        let function = |tool: &Tool| {
            json!({ "type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.parameters,
            } })
        };
        self.set("tools", tools.iter().map(function).collect::<Value>());
        let choice = match choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::None => json!("none"),
            ToolChoice::Required => json!("required"),
            ToolChoice::Function(name) => {
                json!({ "type": "function", "function": { "name": name } })
            }
        };
        self.set("tool_choice", choice);
        Ok(self)
    }

    /// Answered with a JSON object.
    #[must_use]
    pub fn with_json_answer(mut self) -> ChatRequest {
        self.set("response_format", json!({ "type": "json_object" }));
        self
    }

    /// Ended before any of these texts, at most 4.
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] for more.
    pub fn with_stop(mut self, stop: &[&str]) -> Result<ChatRequest, InvalidChat> {
        check(stop.len() <= 4, "stop", "4 at most")?;
        self.set("stop", stop);
        Ok(self)
    }

    /// Meant to be answered alike with the same seed.
    #[must_use]
    pub fn with_seed(mut self, seed: i64) -> ChatRequest {
        self.set("seed", seed);
        self
    }

    /// With a push for or against tokens: -100 to 100 each.
    #[must_use]
    pub fn with_logit_bias(mut self, bias: impl IntoIterator<Item = (u32, i8)>) -> ChatRequest {
        let bias = bias.into_iter();
        let bias = bias.map(|(token, push)| (token.to_string(), push.clamp(-100, 100).into()));
        self.set("logit_bias", bias.collect::<Map<_, _>>());
        self
    }

    /// With how likely each token was, and up to 20 others in its place: see
    /// [`ChatAnswer::log_probabilities`].
    ///
    /// # Errors
    ///
    /// [`InvalidChat`] for more others.
    pub fn with_log_probabilities(mut self, others: u8) -> Result<ChatRequest, InvalidChat> {
        check(others <= 20, "top_logprobs", "20 at most")?;
        self.set("logprobs", true);
        self.set("top_logprobs", others);
        Ok(self)
    }

    /// With a name for the person who asks.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> ChatRequest {
        self.set("user", user.into());
        self
    }
}

fn check(holds: bool, field: &'static str, rule: &'static str) -> Result<(), InvalidChat> {
    match holds {
        true => Ok(()),
        false => Err(InvalidChat { field, rule }),
    }
}

/// What the model says.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatAnswer {
    /// Its words; beside tool calls perhaps a filler.
    pub content: String,
    /// The tools it wants called, in its order.
    pub tool_calls: Vec<ToolCall>,
    /// Why it stopped.
    pub finish: Finish,
    /// What it cost.
    pub usage: Option<Usage>,
    /// Where asked for, as it came. Not of a streamed answer.
    pub log_probabilities: Option<Value>,
    /// The service's name for it.
    pub request_id: Option<String>,
}

/// Why an answer stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finish {
    /// It was all said.
    #[default]
    Stop,
    /// It was as long as it may be.
    Length,
    /// Tools are to be called.
    ToolCalls,
    /// It may not be said.
    ContentFilter,
    /// A reason that is not documented.
    Other(String),
}

/// Tokens of a question and its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Of the question.
    pub prompt_tokens: u64,
    /// Of the question, those that were known from before and are cheaper.
    pub cached_tokens: u64,
    /// Of the answer.
    pub completion_tokens: u64,
    /// Of both.
    pub total_tokens: u64,
}

/// What arrives of an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ChatEvent {
    /// The next words. Never empty.
    Text(String),
    /// The answer is whole: here it is. Nothing follows.
    End(ChatAnswer),
}

/// An answer while it is made. Dropping it cancels it. Ends after [`ChatEvent::End`] or the first
/// error.
pub struct ChatStream {
    request_id: Option<String>,
    events: Pin<Box<dyn Stream<Item = Result<ChatEvent, Error>> + Send>>,
}

impl ChatStream {
    /// The id that the service gave this request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl Stream for ChatStream {
    type Item = Result<ChatEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Asks for the next message of a chat, and waits for all of it:
    /// `POST /waves/v1/chat/completions`.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`] but [`ErrorKind::NoSpeech`].
    pub async fn chat(&self, key: &ApiKey, request: &ChatRequest) -> Result<ChatAnswer, Error> {
        let call = self.call(Method::POST, PATH, key)?.json(&request.fields);
        self.answer(key, PATH, call, self.timeouts.upload, read_answer)
            .await
    }

    /// The same, word by word. A stream that breaks can only be asked for again from its start.
    ///
    /// # Errors
    ///
    /// As [`Client::chat`], here or from the stream.
    pub async fn chat_stream(
        &self,
        key: &ApiKey,
        request: &ChatRequest,
    ) -> Result<ChatStream, Error> {
        let mut fields = request.fields.clone();
        fields.insert("stream".to_owned(), true.into());
        fields.insert(
            "stream_options".to_owned(),
            json!({ "include_usage": true }),
        );
        let call = self.call(Method::POST, PATH, key)?.json(&fields);
        let answer = async {
            let response = self.send(call, self.timeouts.first_byte).await?;
            match media_type(response.headers()).as_str() {
                "text/event-stream" | "" => Ok(response),
                _ => Err(read_error(response).await),
            }
        };
        let response = answer.await.map_err(|error| refused(error, PATH, key))?;
        let request_id = error_body::request_id(response.headers()).map(str::to_owned);
        let reading = Reading {
            body: body_of(response),
            parser: SseParser::new(LONGEST_EVENT),
            answer: ChatAnswer {
                request_id: request_id.clone(),
                ..ChatAnswer::default()
            },
            length: 0,
            silence: self.timeouts.silence,
            key: key.clone(),
            over: false,
        };
        let events = stream::unfold(reading, |mut reading| async move {
            let events = reading.next().await?;
            Some((stream::iter(events), reading))
        });
        Ok(ChatStream {
            request_id,
            events: Box::pin(events.flatten()),
        })
    }
}

struct Reading {
    body: Body,
    parser: SseParser,
    /// What has arrived so far.
    answer: ChatAnswer,
    /// Its bytes.
    length: usize,
    silence: Duration,
    key: ApiKey,
    over: bool,
}

impl Reading {
    async fn next(&mut self) -> Option<Vec<Result<ChatEvent, Error>>> {
        if self.over {
            return None;
        }
        let mut text = String::new();
        // Comments renew nothing.
        let until = tokio::time::Instant::now() + self.silence;
        let settled = loop {
            match self.read(until, &mut text).await {
                Ok(false) if text.is_empty() => {}
                Ok(false) => break None,
                Ok(true) => break Some(Ok(ChatEvent::End(std::mem::take(&mut self.answer)))),
                Err(error) => break Some(Err(error)),
            }
        };
        let mut events = Vec::with_capacity(2);
        if !text.is_empty() {
            events.push(Ok(ChatEvent::Text(text)));
        }
        if let Some(settled) = settled {
            self.over = true;
            self.body = Box::pin(stream::empty());
            let id = self.answer.request_id.clone();
            events.push(
                settled
                    .map_err(|error| error.with_request_id(id.as_deref()).without_key(&self.key)),
            );
        }
        Some(events)
    }

    /// Reads one piece of the body. `Ok(true)` at the proven end.
    async fn read(
        &mut self,
        until: tokio::time::Instant,
        text: &mut String,
    ) -> Result<bool, Error> {
        let piece = tokio::time::timeout_at(until, self.body.next())
            .await
            .map_err(|_| {
                Error::new(
                    ErrorKind::TimedOut,
                    format!("no more words for {:?}", self.silence),
                )
            })?;
        let broken = |message: &str| Error::new(ErrorKind::Truncated, message);
        let mut events = Vec::new();
        let parsed = match piece {
            Some(Ok(piece)) => self.parser.push(&piece, &mut events),
            Some(Err(error)) => {
                return Err(broken("the connection broke").with_source(error.without_url()));
            }
            None => match self
                .parser
                .finish()
                .filter(|event| event.data.trim() == "[DONE]")
            {
                Some(_) => return Ok(true),
                None => return Err(broken("the end event is missing")),
            },
        };
        for event in &events {
            if self.take(event, text)? {
                return Ok(true);
            }
        }
        parsed.map_err(|_| Error::new(ErrorKind::Protocol, "an endless event"))?;
        Ok(false)
    }

    fn take(&mut self, event: &SseEvent, text: &mut String) -> Result<bool, Error> {
        let data = event.data.trim();
        if data.is_empty() {
            return Ok(false);
        }
        if data == "[DONE]" {
            return Ok(true);
        }
        self.length += data.len();
        if self.length > LONGEST_ANSWER * 64 {
            return Err(Error::new(ErrorKind::Protocol, "an endless answer"));
        }
        let unreadable = || Error::new(ErrorKind::Protocol, "an event that can't be read");
        let chunk: Value =
            serde_json::from_str(data).map_err(|error| unreadable().with_source(error))?;
        if !chunk.is_object() {
            return Err(unreadable());
        }
        if !chunk["error"].is_null() || event.event.eq_ignore_ascii_case("error") {
            return Err(error_body::read_event(data));
        }
        self.answer.usage = read_usage(&chunk["usage"]).or(self.answer.usage);
        let choice = &chunk["choices"][0];
        if let Some(more) = choice["delta"]["content"].as_str() {
            text.push_str(more);
            self.answer.content.push_str(more);
        }
        for call in choice["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            add_to_call(&mut self.answer.tool_calls, call)?;
        }
        if let Some(finish) = choice["finish_reason"].as_str() {
            self.answer.finish = read_finish(finish);
        }
        if self.answer.content.len() > LONGEST_ANSWER {
            return Err(Error::new(ErrorKind::Protocol, "an endless answer"));
        }
        Ok(false)
    }
}

/// Adds a piece of a call: the first has its id and name, all have some of its arguments.
fn add_to_call(calls: &mut Vec<ToolCall>, piece: &Value) -> Result<(), Error> {
    let index = piece["index"].as_u64().unwrap_or(0) as usize;
    if index > 64 {
        return Err(Error::new(
            ErrorKind::Protocol,
            "more calls than there are tools",
        ));
    }
    if calls.len() <= index {
        calls.resize(index + 1, ToolCall::default());
    }
    let call = &mut calls[index];
    let add = |to: &mut String, more: &Value| to.push_str(more.as_str().unwrap_or_default());
    add(&mut call.id, &piece["id"]);
    add(&mut call.name, &piece["function"]["name"]);
    add(&mut call.arguments, &piece["function"]["arguments"]);
    match call.arguments.len() > LONGEST_ANSWER {
        true => Err(Error::new(ErrorKind::Protocol, "an endless answer")),
        false => Ok(()),
    }
}

fn read_finish(finish: &str) -> Finish {
    match finish {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "tool_calls" => Finish::ToolCalls,
        "content_filter" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

fn read_usage(usage: &Value) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    usage.is_object().then(|| Usage {
        prompt_tokens: count(&usage["prompt_tokens"]),
        cached_tokens: count(&usage["prompt_tokens_details"]["cached_tokens"]),
        completion_tokens: count(&usage["completion_tokens"]),
        total_tokens: count(&usage["total_tokens"]),
    })
}

fn read_answer(answer: &Value) -> Option<ChatAnswer> {
    let choice = &answer["choices"][0];
    let message = choice["message"].as_object()?;
    let mut tool_calls = Vec::new();
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for call in calls.into_iter().flatten().take(64) {
        let function = &call["function"];
        tool_calls.push(ToolCall {
            id: call["id"].as_str()?.to_owned(),
            name: function["name"].as_str()?.to_owned(),
            arguments: function["arguments"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        });
    }
    Some(ChatAnswer {
        content: message
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        tool_calls,
        finish: read_finish(choice["finish_reason"].as_str().unwrap_or("stop")),
        usage: read_usage(&answer["usage"]),
        log_probabilities: Some(&choice["logprobs"])
            .filter(|probabilities| !probabilities.is_null())
            .cloned(),
        request_id: answer["request_id"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_would_refuse_cannot_be_asked() {
        let hello = [ChatMessage::User("Hello.".into())];
        let request = || ChatRequest::new(&hello).unwrap();
        assert!(ChatRequest::new(&[]).is_err());
        assert!(ChatRequest::new(&vec![hello[0].clone(); 201]).is_err());
        for bad in [-0.1, 2.1, f64::NAN] {
            assert!(request().with_temperature(bad).is_err(), "{bad}");
        }
        assert!(request().with_temperature(2.0).is_ok());
        assert!(request().with_top_p(1.1).is_err());
        assert!(request().with_presence_penalty(-2.0).is_ok());
        assert!(request().with_frequency_penalty(-2.1).is_err());
        assert!(request().with_max_tokens(0).is_err());
        assert!(request().with_stop(&["a"; 5]).is_err());
        assert!(request().with_log_probabilities(21).is_err());
        let tool = Tool {
            name: "t".into(),
            description: String::new(),
            parameters: json!({}),
        };
        assert!(
            request()
                .with_tools(&vec![tool; 65], ToolChoice::Auto)
                .is_err()
        );
    }

    #[test]
    fn a_request_has_what_was_asked_in_openais_shape() {
        let call = ToolCall {
            id: "c1".into(),
            name: "time".into(),
            arguments: "{}".into(),
        };
        let messages = [
            ChatMessage::System("Be brief.".into()),
            ChatMessage::User("What time is it?".into()),
            ChatMessage::Assistant {
                content: None,
                tool_calls: vec![call],
            },
            ChatMessage::Tool {
                call_id: "c1".into(),
                content: "noon".into(),
            },
        ];
        let tool = Tool {
            name: "time".into(),
            description: "The time.".into(),
            parameters: json!({"type": "object"}),
        };
        let request = ChatRequest::new(&messages)
            .and_then(|request| request.with_tools(&[tool], ToolChoice::Function("time".into())))
            .and_then(|request| request.with_temperature(0.5))
            .and_then(|request| request.with_stop(&["."]))
            .unwrap()
            .with_json_answer()
            .with_seed(7)
            .with_logit_bias([(50, -100)])
            .with_user("me");
        assert_eq!(
            Value::Object(request.fields),
            json!({
                "model": "electron", "temperature": 0.5, "stop": ["."], "seed": 7, "user": "me",
                "logit_bias": {"50": -100}, "response_format": {"type": "json_object"},
                "tool_choice": {"type": "function", "function": {"name": "time"}},
                "tools": [{"type": "function", "function": {
                    "name": "time", "description": "The time.", "parameters": {"type": "object"},
                }}],
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "What time is it?"},
                    {"role": "assistant", "content": null, "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "time", "arguments": "{}"}},
                    ]},
                    {"role": "tool", "tool_call_id": "c1", "content": "noon"},
                ],
            })
        );
    }
}
