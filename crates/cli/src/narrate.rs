//! `peal narrate`: texts of any length in, finished files out, whatever happens in between.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use narration::synthesis::Delivery;
use serde::Serialize;
use serde_json::json;
use studio::failure::{Failure, FailureKind};
use studio::render::{
    FinishedFile, Limits, Record, Refusal, Render, RenderState, RenderView, Request, files, order,
};
use studio::{Studio, import};
use tokio::task::spawn_blocking;

use crate::arguments::NarrateArguments;
use crate::delivery::{delivery, speakers};
use crate::speak::joined;
use crate::terminal::Terminal;
use crate::trouble::{Exit, Trouble};
use crate::{open_studio, words};

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Narrations {
    narrations: Vec<Narrated>,
}

/// One narration of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Narrated {
    id: String,
    title: String,
    files: Vec<FinishedFile>,
    sentences: usize,
    characters: usize,
    bought: usize,
    reused: usize,
    /// US dollars spent on it in all its runs.
    spent: f64,
    /// Indices of sentences that are missing.
    pub(crate) failed: Vec<usize>,
    /// Indices of sentences that may not sound right.
    doubtful: Vec<usize>,
}

impl Narrated {
    /// Its files, each followed by its subtitles.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().flat_map(|file| {
            let captions = file.captions.iter().map(PathBuf::as_path);
            std::iter::once(file.path.as_path()).chain(captions)
        })
    }

    /// Says how loud it became.
    pub(crate) fn tell_loudness(&self, terminal: &Terminal) {
        if let Some(sentence) = words::loudness(&self.files) {
            terminal.aside(&sentence);
        }
    }
}

/// Narrates.
pub(crate) async fn run(arguments: NarrateArguments, terminal: &Terminal) -> Result<(), Trouble> {
    let studio = open_studio(terminal)?;
    let delivery = delivery(&studio, &arguments.voice, terminal).await?;
    let synthesizer = studio.synthesizer();
    if arguments.spend_limit.is_some() && synthesizer.price(&delivery.voice, 1).is_none() {
        return Err(Trouble::usage(words::PRICE_UNKNOWN));
    }
    let concurrency = arguments
        .concurrency
        .unwrap_or_else(|| studio.view().settings.concurrency);
    studio.allow_at_once(usize::from(concurrency));
    let limits = Limits {
        concurrency: usize::from(concurrency),
        spending: arguments.spend_limit.map(|dollars| (dollars * 1e6) as u64),
        without_failed: arguments.without_failed,
    };
    let mut requests = Vec::new();
    for file in &arguments.files {
        let request = request(&studio, file, &arguments, &delivery, terminal).await?;
        if !arguments.preview {
            let before = studio.library().find_same(&request);
            refuse_to_replace(&request, before.as_ref())?;
        }
        requests.push(request);
    }
    let planned: Vec<PathBuf> = requests.iter().flat_map(files).collect();
    refuse_the_same_name(&planned)?;
    if arguments.preview {
        return preview(&planned, terminal);
    }
    let mut narrations = Vec::new();
    let mut is_whole = true;
    for request in requests {
        let record = studio.library().add(request)?;
        let narrated = match make(&studio, record, limits, terminal).await {
            // One that cannot be whole keeps no other from being made.
            Err(Trouble::Incomplete(incomplete)) => {
                is_whole = false;
                narrations.extend(incomplete);
                continue;
            }
            made => made?,
        };
        narrated.tell_loudness(terminal);
        if !terminal.wants_json() {
            narrated.paths().try_for_each(|path| terminal.path(path))?;
        }
        narrations.push(narrated);
    }
    if let Some(aside) = synthesizer.ledger().set_aside() {
        terminal.remark(&words::ledger_rebuilt(&aside));
    }
    let cleaning = studio.clone();
    joined(spawn_blocking(move || cleaning.make_room()).await)?;
    if !is_whole {
        return Err(Trouble::Incomplete(narrations));
    }
    if terminal.wants_json() {
        terminal.object(&Narrations { narrations })?;
    }
    Ok(())
}

/// What to make of a file.
async fn request(
    studio: &Studio,
    file: &Path,
    arguments: &NarrateArguments,
    delivery: &Delivery,
    terminal: &Terminal,
) -> Result<Request, Trouble> {
    let path = file.to_owned();
    let (delivery, studio, speakers) = (
        delivery.clone(),
        studio.clone(),
        speakers(arguments.dialogue),
    );
    let read = spawn_blocking(move || {
        let document = import::read(std::slice::from_ref(&path))?;
        let script = studio.cut(&document, &delivery, speakers);
        let casting = studio.cast(&script, delivery);
        let order = order(&document, &script, &casting);
        Ok((order, document.report, casting.unknown().to_vec()))
    });
    let (order, remarks, unknown) =
        joined(read.await)?.map_err(|failure: Failure| Trouble::about(failure, file))?;
    for remark in remarks.iter().filter_map(words::remark) {
        terminal.remark(&remark);
    }
    for name in &unknown {
        terminal.remark(&words::unknown_speaker(name));
    }
    if order.segments.is_empty() {
        return Err(Trouble::about(FailureKind::NothingToSay, file));
    }
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(|error| Trouble::writing(path, error));
    Ok(Request {
        order,
        output: arguments.form.output(&arguments.output)?,
        source: Some(absolute(file)?),
        asked_at: narration::take::seconds_since_1970(),
    })
}

/// Files of other origin are found before anything is spent.
pub(crate) fn refuse_to_replace(request: &Request, before: Option<&Record>) -> Result<(), Trouble> {
    let is_ours =
        |path: &PathBuf| before.is_some_and(|before| before.progress.is_ours(path.as_path()));
    let in_the_way = files(request)
        .into_iter()
        .find(|path| path.exists() && !is_ours(path));
    match in_the_way {
        Some(path) if !request.output.overwrite => Err(Trouble::usage(words::in_the_way(&path))),
        _ => Ok(()),
    }
}

/// Two files of one name would be one.
fn refuse_the_same_name(planned: &[PathBuf]) -> Result<(), Trouble> {
    let mut known = HashSet::new();
    let twice = planned.iter().find(|path| {
        // Some file systems do not tell capital letters apart.
        !known.insert(path.to_string_lossy().to_lowercase())
    });
    match twice {
        Some(path) => Err(Trouble::usage(words::same_name(path))),
        None => Ok(()),
    }
}

fn preview(planned: &[PathBuf], terminal: &Terminal) -> Result<(), Trouble> {
    if terminal.wants_json() {
        let names: Vec<_> = planned.iter().map(|path| path.to_string_lossy()).collect();
        return terminal.object(&json!({ "files": names }));
    }
    planned.iter().try_for_each(|path| terminal.path(path))
}

/// Makes one narration to its end.
pub(crate) async fn make(
    studio: &Studio,
    record: Record,
    limits: Limits,
    terminal: &Terminal,
) -> Result<Narrated, Trouble> {
    let folder = record.request.output.folder.clone();
    // What is wrong with files is said of the folder they go to.
    let named = |failure: Failure| match words::of(failure.kind).exit {
        Exit::File => Trouble::about(failure, &folder),
        _ => failure.into(),
    };
    let mut render = studio
        .render(record, limits)
        .map_err(|refusal| match refusal {
            Refusal::Elsewhere => Trouble::usage(words::MADE_ELSEWHERE),
            Refusal::Failed(failure) => named(failure),
        })?;
    let view = follow(&mut render, terminal).await;
    match &view.state {
        RenderState::Finished => {}
        RenderState::Stopped(failure) => return Err(named(failure.clone())),
        RenderState::SpendingLimit => return Err(Trouble::SpendingLimit),
        _ => {
            for (segment, failure) in view.failed.iter().take(3) {
                terminal.remark(&format!(
                    "Sentence {}: {}",
                    segment + 1,
                    words::of(failure.kind).sentence
                ));
                terminal.details(failure);
            }
            return Err(Trouble::Incomplete(vec![narrated(view)]));
        }
    }
    if view.damaged > 0 {
        terminal.remark(&words::damaged(view.damaged));
    }
    if let Some(sentence) = words::late(&view.files) {
        terminal.remark(&sentence);
    }
    if !view.doubtful.is_empty() {
        terminal.remark(&words::doubtful(view.doubtful.len()));
    }
    Ok(narrated(view))
}

async fn follow(render: &mut Render, terminal: &Terminal) -> RenderView {
    let mut view = render.view();
    let mut told = None;
    while !view.state.is_at_rest() {
        let kind = match &view.state {
            RenderState::Offline => Some(FailureKind::Offline),
            RenderState::Held(_) => Some(FailureKind::RateLimited),
            _ => None,
        };
        if kind != told && kind.is_some() {
            terminal.remark(
                match kind {
                    Some(FailureKind::Offline) => words::OFFLINE_WAITING.to_owned(),
                    _ => words::trying_again(FailureKind::RateLimited),
                }
                .as_str(),
            );
        }
        told = kind;
        terminal.progress(&match view.state {
            RenderState::Writing(share) => words::writing(share),
            _ => words::narrating(view.done, view.total, view.seconds_left),
        });
        view = render.changed().await;
    }
    view
}

fn narrated(view: RenderView) -> Narrated {
    Narrated {
        id: view.id,
        title: view.title,
        files: view.files,
        sentences: view.total,
        characters: view.characters,
        bought: view.bought,
        reused: view.reused,
        spent: view.spent as f64 / 1e6,
        failed: view.failed.iter().map(|(segment, _)| *segment).collect(),
        doubtful: view.doubtful,
    }
}
