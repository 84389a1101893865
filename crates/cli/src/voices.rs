//! `peal voices`: the built-in voices and those of the service.

use narration::synthesis::VoiceRef;
use serde::Serialize;
use serde_json::{Value, json};
use studio::Studio;
use studio::failure::{Failure, FailureKind};
use studio::keychain::KeychainState;
use waves::{Age, Gender, Language, Voice};

use crate::arguments::VoicesArguments;
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::{open_studio, words};

/// One voice, as the JSON has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// What `--voice` takes.
    id: String,
    name: String,
    /// `null` for the built-in voices.
    model: Option<&'static str>,
    languages: Vec<&'static str>,
    accent: Option<String>,
    gender: Option<Gender>,
    age: Option<Age>,
    use_cases: Vec<String>,
}

/// Lists.
pub(crate) async fn run(arguments: &VoicesArguments, terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    let outcome = fetch(&studio).await;
    let (cloud, _) = studio.voices();
    let rows = builtin_rows()
        .chain(cloud.into_iter().map(cloud_row))
        .filter(|row| is_wanted(row, arguments))
        .collect::<Vec<_>>();
    if let Err(failure) = &outcome {
        terminal.remark(&words::known_voices(failure.kind));
        terminal.details(failure);
    }
    if terminal.wants_json() {
        return terminal.object(&object(&rows, outcome.err().as_ref()));
    }
    if rows.is_empty() {
        terminal.remark(words::NO_VOICE_MATCHES);
        return Ok(());
    }
    table(&rows)
        .iter()
        .try_for_each(|line| terminal.result(line))
}

/// The service's list, if there is a key and the keychain gives it without a question that nobody expects.
async fn fetch(studio: &Studio) -> Result<(), Failure> {
    studio.account().look_for_key_once().await;
    let status = studio.account().status();
    if status.present {
        return studio.fetch_voices().await;
    }
    let kind = match status.keychain {
        KeychainState::Locked => FailureKind::KeychainLocked,
        KeychainState::Denied => FailureKind::KeychainDenied,
        KeychainState::Waiting => FailureKind::KeychainWaiting,
        KeychainState::Unknown | KeychainState::Ready | KeychainState::Missing => {
            FailureKind::NoKey
        }
    };
    Err(kind.into())
}

fn builtin_rows() -> impl Iterator<Item = Row> {
    builtin_voice::presets().iter().map(|preset| Row {
        id: preset.id.to_owned(),
        name: preset.name.to_owned(),
        model: None,
        languages: vec![Language::English.code()],
        accent: Some("american".to_owned()),
        gender: None,
        age: None,
        use_cases: Vec::new(),
    })
}

fn cloud_row(voice: Voice) -> Row {
    let languages = voice.languages.iter().map(|language| language.code());
    Row {
        languages: languages.collect(),
        name: voice.name,
        model: Some(voice.model.wire_name()),
        accent: voice.accent,
        gender: voice.gender,
        age: voice.age,
        use_cases: voice.use_cases,
        id: VoiceRef::Cloud {
            model: voice.model,
            id: voice.id,
        }
        .to_string(),
    }
}

fn is_wanted(row: &Row, arguments: &VoicesArguments) -> bool {
    let speaks =
        |language: Language| language == Language::Auto || row.languages.contains(&language.code());
    let described = [
        row.id.as_str(),
        &row.name,
        row.accent.as_deref().unwrap_or_default(),
        gender(row),
        &row.use_cases.join(" "),
    ]
    .join("\n")
    .to_lowercase();
    let mut searched = arguments
        .search
        .as_deref()
        .unwrap_or_default()
        .split_whitespace();
    arguments.language.is_none_or(speaks)
        // “male” is not meant to find every “female”.
        && searched.all(|word| has_word(&described, &word.to_lowercase()))
}

/// Whether a word of the text begins with this one.
fn has_word(text: &str, beginning: &str) -> bool {
    text.match_indices(beginning).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(char::is_alphanumeric)
    })
}

fn gender(row: &Row) -> &'static str {
    match row.gender {
        Some(Gender::Female) => "female",
        Some(Gender::Male) => "male",
        None => "",
    }
}

fn object(rows: &[Row], failure: Option<&Failure>) -> Value {
    json!({
        // Whether the list is the service's own, or the one that came with Peal.
        "current": failure.is_none(),
        "reason": failure.map(|failure| words::of(failure.kind).code),
        "voices": rows,
    })
}

/// Columns as wide as what stands in them.
fn table(rows: &[Row]) -> Vec<String> {
    let heading = ["ID", "NAME", "LANGUAGES", "ACCENT", "GENDER"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        [
            row.id.clone(),
            row.name.clone(),
            row.languages.join(","),
            row.accent.clone().unwrap_or_default(),
            gender(row).to_owned(),
        ]
    });
    let lines: Vec<[String; 5]> = std::iter::once(heading).chain(cells).collect();
    let mut widths = [0; 5];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let written = lines.iter().map(|line| {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(widths) {
            text.push_str(&format!("{cell:width$}  "));
        }
        text.trim_end().to_owned()
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn a_search_finds_words_by_their_beginning() {
        assert!(has_word("lightning_v3.1_pro/sophie\nfemale", "soph"));
        assert!(has_word("a\nfemale", "fem"));
        assert!(!has_word("a\nfemale", "male"));
    }
}
