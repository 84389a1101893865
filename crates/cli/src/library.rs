//! `peal library`: what was made, and what is half made.

use std::path::Path;

use serde_json::{Value, json};
use studio::Studio;
use studio::render::{Limits, Record, Refusal, Stage};

use crate::arguments::LibraryAction;
use crate::narrate::{make, refuse_to_replace};
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::{open_studio, words};

pub(crate) async fn run(action: &LibraryAction, terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    match action {
        LibraryAction::List { find, .. } => {
            list(&studio, find.as_deref().unwrap_or_default(), terminal)
        }
        LibraryAction::Rename { id, title, .. } => {
            let mut record = find(&studio, id)?;
            record.rename(title)?;
            if terminal.wants_json() {
                terminal.object(&object(&record))?;
            }
            Ok(())
        }
        LibraryAction::Show { id, .. } => show(&find(&studio, id)?, terminal),
        LibraryAction::Remove { id, .. } => remove(&studio, &find(&studio, id)?, terminal),
        LibraryAction::Export {
            id, output, form, ..
        } => {
            let request = find(&studio, id)?.exported(form.output(output)?);
            let before = studio.library().find_same(&request);
            refuse_to_replace(&request, before.as_ref())?;
            let record = studio.library().add(request)?;
            let made = make(&studio, record, Limits::EXPORT, terminal).await;
            let narrated = made.map_err(|trouble| match trouble {
                // The limit is the export's own: nobody set it.
                Trouble::SpendingLimit => Trouble::NotOwned,
                trouble => trouble,
            })?;
            narrated.tell_loudness(terminal);
            if terminal.wants_json() {
                return terminal.object(&narrated);
            }
            narrated.paths().try_for_each(|path| terminal.path(path))
        }
    }
}

fn find(studio: &Studio, id: &str) -> Result<Record, Trouble> {
    let found = studio.library().find(id);
    found.ok_or_else(|| Trouble::usage(words::NO_NARRATION))
}

fn list(studio: &Studio, words: &str, terminal: &Terminal) -> Result<(), Trouble> {
    let mut records = studio.library().list();
    records.retain(|record| record.has_words(words));
    let unreadable = studio.library().unreadable();
    if unreadable > 0 {
        terminal.remark(&words::unreadable(unreadable));
    }
    if terminal.wants_json() {
        let narrations: Vec<Value> = records.iter().map(object).collect();
        return terminal.object(&json!({ "narrations": narrations }));
    }
    if records.is_empty() && unreadable == 0 && words.is_empty() {
        terminal.remark(words::EMPTY_LIBRARY);
    }
    records.iter().try_for_each(|record| {
        let line = format!("{}  {:10}  {}", record.id, stage(record), record.title());
        terminal.result(&line)
    })
}

fn show(record: &Record, terminal: &Terminal) -> Result<(), Trouble> {
    if terminal.wants_json() {
        return terminal.object(&object(record));
    }
    let order = &record.request.order;
    terminal.result(&format!("Title      {}", record.title()))?;
    terminal.result(&format!("State      {}", stage(record)))?;
    terminal.result(&format!("Voice      {}", order.delivery.voice))?;
    terminal.result(&format!("Sentences  {}", order.segments.len()))?;
    for file in &record.progress.files {
        let length = words::length(file.seconds);
        terminal.result(&format!("File       {}  {length}", file.path.display()))?;
    }
    Ok(())
}

fn remove(studio: &Studio, record: &Record, terminal: &Terminal) -> Result<(), Trouble> {
    studio
        .library()
        .remove(record)
        .map_err(|refusal| match refusal {
            Refusal::Elsewhere => Trouble::usage(words::MADE_ELSEWHERE),
            Refusal::Failed(failure) => failure.into(),
        })?;
    if terminal.wants_json() {
        terminal.object(&json!({ "removed": record.id }))?;
    }
    Ok(())
}

fn object(record: &Record) -> Value {
    let order = &record.request.order;
    let characters: usize = order
        .segments
        .iter()
        .map(|segment| segment.text.chars().count())
        .sum();
    json!({
        "id": record.id,
        "title": record.title(),
        "state": record.progress.stage,
        "voice": order.delivery.voice,
        "sentences": order.segments.len(),
        "characters": characters,
        "source": record.request.source.as_deref().map(Path::to_string_lossy),
        "files": record.progress.files,
        "doubtful": record.progress.doubtful,
        "failed": record.progress.failed,
        "askedAt": record.request.asked_at,
        "finishedAt": record.progress.finished_at,
    })
}

fn stage(record: &Record) -> &'static str {
    match record.progress.stage {
        Stage::Unfinished => "unfinished",
        Stage::Finished => "finished",
        Stage::Cancelled => "cancelled",
    }
}
