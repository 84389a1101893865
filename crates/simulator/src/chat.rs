//! `POST /chat/completions`: section 14 of the contract. The answers are made by rule, so that a test knows them: the last message of
//! the user is given back, and a tool is called when it is named.

use serde_json::{Map, Value, json};

use crate::voices::stable_hash;

/// Tokens that a request and its answer may have together.
const WINDOW: usize = 32_768;

/// A request that is in order, with its answer.
#[derive(Debug)]
pub(crate) struct Completion {
    id: String,
    created: i64,
    content: Option<String>,
    tool_calls: Vec<Value>,
    finish_reason: &'static str,
    usage: Value,
    pub(crate) streams: bool,
    includes_usage: bool,
    /// How many other tokens are told beside each; `None`: no probabilities at all.
    others: Option<u64>,
}

/// Reads a request and answers it, or gives what is wrong with it: a message and the findings.
pub(crate) fn complete(body: &[u8], created: i64) -> Result<Completion, (String, Vec<Value>)> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| (format!("Invalid JSON: {error}"), Vec::new()))?;
    let issues = check(&body);
    if !issues.is_empty() {
        return Err(("Invalid input data".to_owned(), issues));
    }
    let prompt = tokens(&body["messages"].to_string());
    if prompt >= WINDOW {
        let message = format!("This model's maximum context length is {WINDOW} tokens");
        return Err((message, Vec::new()));
    }
    let mut tool_calls = tool_calls(&body);
    let (mut content, mut finish_reason) = if tool_calls.is_empty() {
        (Some(reply(&body)), "stop")
    } else {
        (None, "tool_calls")
    };
    if let Some(text) = &mut content {
        cut_at_stop(text, &body["stop"]);
        let most = body["max_tokens"].as_u64().unwrap_or(u64::MAX) as usize;
        let most = most.min(WINDOW - prompt);
        if tokens(text) > most {
            *text = pieces(text).take(most).collect();
            finish_reason = "length";
        }
    }
    let hash = stable_hash(&body.to_string());
    for (index, call) in tool_calls.iter_mut().enumerate() {
        call["id"] = json!(format!("call_{hash:016x}{index:02}"));
    }
    let written = tokens(content.as_deref().unwrap_or_default())
        + tool_calls
            .iter()
            .map(|call| tokens(&call["function"].to_string()))
            .sum::<usize>();
    Ok(Completion {
        id: format!("chatcmpl-{hash:016x}"),
        created,
        content,
        tool_calls,
        finish_reason,
        usage: json!({
            "prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written,
            "prompt_tokens_details": { "cached_tokens": 0 },
        }),
        streams: body["stream"] == json!(true),
        includes_usage: body["stream_options"]["include_usage"] == json!(true),
        others: (body["logprobs"] == json!(true))
            .then(|| body["top_logprobs"].as_u64().unwrap_or(0)),
    })
}

impl Completion {
    /// The answer in one piece.
    pub(crate) fn whole(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": self.content });
        if !self.tool_calls.is_empty() {
            message["tool_calls"] = json!(self.tool_calls);
        }
        json!({
            "id": self.id, "object": "chat.completion", "created": self.created, "model": "electron",
            "choices": [{ "index": 0, "message": message, "finish_reason": self.finish_reason,
                "logprobs": self.log_probabilities(self.content.as_deref().unwrap_or_default()) }],
            "usage": self.usage,
        })
    }

    /// The answer as the data of events, but for the last, which is no JSON.
    pub(crate) fn chunks(&self) -> Vec<Value> {
        let choice = |delta: Value, finish_reason: Value| {
            self.chunk(json!([{ "index": 0, "delta": delta, "finish_reason": finish_reason }]))
        };
        let mut chunks = vec![choice(
            json!({ "role": "assistant", "content": "" }),
            Value::Null,
        )];
        for piece in pieces(self.content.as_deref().unwrap_or_default()) {
            let mut chunk = choice(json!({ "content": piece }), Value::Null);
            if self.others.is_some() {
                chunk["choices"][0]["logprobs"] = self.log_probabilities(piece);
            }
            chunks.push(chunk);
        }
        for (index, call) in self.tool_calls.iter().enumerate() {
            let function = &call["function"];
            // The name first, then the arguments in two parts, as they are written.
            let mut head = call.clone();
            head["index"] = json!(index);
            head["function"] = json!({ "name": function["name"], "arguments": "" });
            chunks.push(choice(json!({ "tool_calls": [head] }), Value::Null));
            let arguments = function["arguments"].as_str().unwrap_or_default();
            let middle = arguments.chars().count() / 2;
            let (first, second): (Vec<_>, Vec<_>) = arguments
                .chars()
                .enumerate()
                .partition(|(at, _)| *at < middle);
            for part in [first, second] {
                let part: String = part.into_iter().map(|(_, character)| character).collect();
                let delta = json!({ "tool_calls": [{ "index": index, "function": { "arguments": part } }] });
                chunks.push(choice(delta, Value::Null));
            }
        }
        chunks.push(choice(json!({}), json!(self.finish_reason)));
        if self.includes_usage {
            let mut last = self.chunk(json!([]));
            last["usage"] = self.usage.clone();
            chunks.push(last);
        }
        chunks
    }

    /// Every token was certain, and so there is one in each place: itself.
    fn log_probabilities(&self, text: &str) -> Value {
        let Some(others) = self.others else {
            return Value::Null;
        };
        let token = |piece: &str| {
            let mut token = json!({ "token": piece, "logprob": 0.0, "bytes": piece.as_bytes() });
            let same = token.clone();
            token["top_logprobs"] = if others > 0 { json!([same]) } else { json!([]) };
            token
        };
        json!({ "content": pieces(text).map(token).collect::<Vec<_>>() })
    }

    fn chunk(&self, choices: Value) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created,
            "model": "electron", "choices": choices,
        })
    }
}

/// About what a tokeniser would make of it: words with the space before them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(char::is_whitespace)
}

fn tokens(text: &str) -> usize {
    pieces(text).count()
}

fn reply(body: &Value) -> String {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let last = |role: &str| {
        messages
            .iter()
            .rev()
            .find(|message| message["role"] == role)
            .and_then(|message| message["content"].as_str())
    };
    let text = match messages.last() {
        Some(message) if message["role"] == "tool" => {
            format!("The tool says: {}", last("tool").unwrap_or_default())
        }
        _ => format!("You said: {}", last("user").unwrap_or("nothing")),
    };
    if body["response_format"]["type"] == "json_object" {
        json!({ "reply": text }).to_string()
    } else {
        text
    }
}

fn cut_at_stop(text: &mut String, stop: &Value) {
    let stops: Vec<&str> = match stop {
        Value::String(stop) => vec![stop],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let stops = stops.into_iter().filter(|stop| !stop.is_empty());
    if let Some(end) = stops.filter_map(|stop| text.find(stop)).min() {
        text.truncate(end);
    }
}

/// The tool that must be called, or those whose names the user's last message holds.
fn tool_calls(body: &Value) -> Vec<Value> {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let asked = messages.last().filter(|message| message["role"] == "user");
    let asked = asked
        .and_then(|message| message["content"].as_str())
        .unwrap_or_default();
    let choice = &body["tool_choice"];
    let tools = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    let wanted = tools.iter().enumerate().filter(|(index, tool)| {
        let name = tool["function"]["name"].as_str().unwrap_or_default();
        match choice {
            Value::Object(_) => choice["function"]["name"] == name,
            _ if choice == "none" => false,
            _ if choice == "required" => *index == 0,
            _ => !name.is_empty() && asked.contains(name),
        }
    });
    wanted
        .map(|(_, tool)| {
            let arguments = arguments(&tool["function"]["parameters"]);
            json!({ "id": "", "type": "function", "function": {
                "name": tool["function"]["name"], "arguments": Value::Object(arguments).to_string(),
            } })
        })
        .collect()
}

/// A value for everything that the schema requires.
fn arguments(schema: &Value) -> Map<String, Value> {
    let required = schema["required"].as_array().into_iter().flatten();
    required
        .filter_map(Value::as_str)
        .map(|name| {
            let property = &schema["properties"][name];
            let value = match property["enum"].as_array().and_then(|list| list.first()) {
                Some(first) => first.clone(),
                None => match property["type"].as_str() {
                    Some("number" | "integer") => json!(1),
                    Some("boolean") => json!(true),
                    Some("array") => json!([]),
                    Some("object") => json!({}),
                    _ => json!(name),
                },
            };
            (name.to_owned(), value)
        })
        .collect()
}

fn check(body: &Value) -> Vec<Value> {
    let mut issues = Vec::new();
    let mut wrong = |code: &str, message: &str, path: Value| {
        issues.push(json!({ "code": code, "message": message, "path": path }));
    };
    match body["model"].as_str() {
        Some("electron") => {}
        Some(_) => wrong(
            "invalid_enum_value",
            "Unknown model. Supported: electron",
            json!(["model"]),
        ),
        None => wrong("invalid_type", "Required", json!(["model"])),
    }
    match body["messages"].as_array() {
        None => wrong("invalid_type", "Required", json!(["messages"])),
        Some(list) if list.is_empty() || list.len() > 200 => wrong(
            "too_small",
            "messages must hold 1 to 200 elements",
            json!(["messages"]),
        ),
        Some(list) => {
            for (index, message) in list.iter().enumerate() {
                let role = message["role"].as_str().unwrap_or_default();
                if !["system", "user", "assistant", "tool"].contains(&role) {
                    let path = json!(["messages", index, "role"]);
                    wrong("invalid_enum_value", "Invalid role", path);
                }
                if !(message["content"].is_string() || message["content"].is_null()) {
                    let path = json!(["messages", index, "content"]);
                    wrong("invalid_type", "Expected string", path);
                }
            }
        }
    }
    for (name, least, most) in [
        ("temperature", 0.0, 2.0),
        ("top_p", 0.0, 1.0),
        ("presence_penalty", -2.0, 2.0),
        ("frequency_penalty", -2.0, 2.0),
        ("top_logprobs", 0.0, 20.0),
        ("max_tokens", 1.0, f64::MAX),
    ] {
        let value = &body[name];
        let fits = |number: f64| (least..=most).contains(&number);
        if !value.is_null() && !value.as_f64().is_some_and(fits) {
            wrong(
                "invalid_type",
                &format!("{name} is out of range"),
                json!([name]),
            );
        }
    }
    if body["n"].as_f64().is_some_and(|n| n > 1.0) {
        wrong("custom", "n > 1 is not supported", json!(["n"]));
    }
    if !body["prompt_logprobs"].is_null() {
        wrong(
            "custom",
            "prompt_logprobs is not supported",
            json!(["prompt_logprobs"]),
        );
    }
    if body["tools"].as_array().is_some_and(|list| list.len() > 64) {
        wrong(
            "too_big",
            "At most 64 tools are supported",
            json!(["tools"]),
        );
    }
    if body["stop"].as_array().is_some_and(|list| list.len() > 4) {
        wrong(
            "too_big",
            "At most 4 stop sequences are supported",
            json!(["stop"]),
        );
    }
    let format = &body["response_format"]["type"];
    if !format.is_null() && format != "text" && format != "json_object" {
        wrong(
            "invalid_enum_value",
            "Invalid response_format",
            json!(["response_format", "type"]),
        );
    }
    issues
}
