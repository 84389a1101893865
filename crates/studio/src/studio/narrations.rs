//! The studio's narrations as a window has them: made from opened documents, listed, followed, heard.
//!
//! The list is held in memory, without the texts, so that telling it costs nothing; what is on disk is the truth and is
//! read once.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use narration::durable;
use narration::render::Order;
use narration::script::{Script, Segment};
use narration::synthesis::Delivery;
use narration::take::seconds_since_1970;

use super::Studio;
use crate::casting::Casting;
use crate::failure::{Failure, FailureKind};
use crate::lock::lock;
use crate::quote::Estimate;
use crate::render::{
    FinishedFile, Limits, Output, Record, Refusal, RenderState, RenderView, Request, SegmentState,
    Stage, files, order,
};
use crate::speech::Plan;

/// How often a narration in the making is told anew at most.
const TELLING: Duration = Duration::from_millis(200);

/// How a narration stands.
#[derive(Clone, Debug, PartialEq)]
pub enum NarrationState {
    /// It was not finished when Peal ended, and goes on when asked to.
    Interrupted,
    /// This run of Peal makes it, or made it.
    Here(RenderState),
    /// Its files are there.
    Finished,
    /// A person gave it up.
    Cancelled,
}

/// A narration in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct NarrationView {
    /// Its name in the library.
    pub id: String,
    /// What a person knows it by.
    pub title: String,
    /// Who wrote it, if known.
    pub author: Option<String>,
    /// The voice that speaks it.
    pub voice: String,
    /// How it stands.
    pub state: NarrationState,
    /// Segments.
    pub total: usize,
    /// Segments whose takes are there.
    pub done: usize,
    /// Segments that failed, and why; the first hundred.
    pub failed: Vec<(usize, Failure)>,
    /// Segments that may not sound right.
    pub doubtful: usize,
    /// Millionths of a dollar spent on it, as far as is known in this run.
    pub spent: u64,
    /// Until the takes are there.
    pub seconds_left: Option<f64>,
    /// Millionths of a dollar that may be spent; `None` for no limit.
    pub limit: Option<u64>,
    /// Its files, once they are there.
    pub files: Vec<FinishedFile>,
    /// Where they go.
    pub folder: PathBuf,
    /// The document that it is made of, if that is still in the list.
    pub document: Option<u32>,
    /// The copy of that document's file.
    source: Option<PathBuf>,
}

impl Studio {
    /// All narrations, newest first.
    pub fn narrations(&self) -> Vec<NarrationView> {
        let mut list = lock(&self.shared.narrations).clone();
        for entry in &mut list {
            let source = entry.source.as_deref();
            entry.document = source.and_then(|source| self.shared.documents.of_source(source));
        }
        list
    }

    /// Reads what was made before.
    pub(super) fn recall_narrations(&self) {
        let takes = self.shared.synthesizer.clone();
        let entry = |record: Record| {
            let utterances = record.request.order.utterances().unwrap_or_default();
            let owned = utterances.iter();
            let done = owned.filter(|utterance| takes.takes().has(takes.fingerprint(utterance)));
            let (done, limit) = (done.count(), limit_of(&record));
            entry(&record, done, limit)
        };
        let found: Vec<NarrationView> = self.library().list().into_iter().map(entry).collect();
        let mut list = lock(&self.shared.narrations);
        for narration in found {
            if !list.iter().any(|known| known.id == narration.id) {
                list.push(narration);
            }
        }
    }

    /// What a narration of a document would cost and take. Blocks while it asks the disk for every sentence.
    ///
    /// # Errors
    /// As [`Studio::page`] and [`Studio::estimate`].
    pub fn quote_narration(&self, document: u32, delivery: Delivery) -> Result<Estimate, Failure> {
        self.estimate(&self.order_of(document, delivery)?)
    }

    /// Where finished files go unless a person says otherwise.
    pub fn narration_folder(&self) -> PathBuf {
        let chosen = self.settings().settings().save_folder.clone();
        chosen.filter(|folder| folder.is_dir()).unwrap_or_else(|| {
            let folders = directories::UserDirs::new();
            let of_person = folders.as_ref().map(|folders| {
                let music = folders.audio_dir().filter(|folder| folder.is_dir());
                music.unwrap_or_else(|| folders.home_dir()).to_owned()
            });
            of_person.unwrap_or_else(std::env::temp_dir)
        })
    }

    /// Begins to make a narration of a document, into [`Studio::narration_folder`]. Gives its id. `limit` is in
    /// millionths of a dollar. Blocks for a moment.
    ///
    /// # Errors
    /// As [`Studio::page`]; [`FailureKind::InTheWay`] when files of other origin would be replaced and
    /// [`Output::overwrite`] does not allow it; or what keeps it from being begun.
    pub fn begin_narration(
        &self,
        document: u32,
        delivery: Delivery,
        output: Output,
        limit: Option<u64>,
    ) -> Result<String, Failure> {
        let request = Request {
            order: self.order_of(document, delivery)?,
            output: Output {
                folder: self.narration_folder(),
                ..output
            },
            source: self.shared.documents.source(document),
            asked_at: seconds_since_1970(),
        };
        if request.order.segments.is_empty() {
            return Err(FailureKind::NothingToSay.into());
        }
        self.refuse_to_replace(&request)?;
        self.give_way(&request)?;
        let record = self.library().add(request)?;
        let id = record.id.clone();
        self.make_within(record, limit)?;
        Ok(id)
    }

    /// Goes on with a narration that rests or was interrupted; `limit` takes the place of the former one.
    ///
    /// # Errors
    /// When it is not there any more, or is made by another process.
    pub fn resume_narration(&self, id: &str, limit: Option<u64>) -> Result<(), Failure> {
        let record = self.library().find(id).ok_or_else(gone)?;
        self.make_within(record, limit)
    }

    /// Begins nothing more of it.
    pub fn pause_narration(&self, id: &str) {
        if let Some(render) = self.find_render(id) {
            render.pause();
        }
    }

    /// Gives a narration up. Its takes stay.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn cancel_narration(&self, id: &str) -> Result<(), Failure> {
        if let Some(render) = self.find_render(id).filter(crate::render::Render::is_alive) {
            render.cancel();
            return Ok(());
        }
        let mut record = self.library().find(id).ok_or_else(gone)?;
        record.progress.stage = Stage::Cancelled;
        record.save_progress()?;
        self.change_narration(id, |entry| entry.state = NarrationState::Cancelled);
        Ok(())
    }

    /// Asks again for failed segments: one, or all. Goes on if it rested.
    pub fn retry_narration(&self, id: &str, segment: Option<usize>) {
        let Some(render) = self.find_render(id) else {
            return;
        };
        match segment {
            Some(segment) => render.retry(segment),
            None => (0..)
                .zip(render.segments(0, usize::MAX))
                .filter(|(_, state)| matches!(state, SegmentState::Failed(_)))
                .for_each(|(failed, _)| render.retry(failed)),
        }
        render.resume();
    }

    /// As [`Studio::retry_narration`], for the segments in which a sentence of a document is spoken.
    ///
    /// # Errors
    /// As [`Studio::page`].
    pub fn retry_sentence(&self, document: u32, sentence: usize) -> Result<(), Failure> {
        let page = self.page(document)?;
        let Some((id, render)) = self.render_of(document) else {
            return Ok(());
        };
        let segments = &page.script().segments;
        if render.view().total == segments.len() {
            let own = segments.iter().enumerate();
            own.filter(|(_, segment)| segment.sentences.contains(&sentence))
                .for_each(|(segment, _)| self.retry_narration(&id, Some(segment)));
        }
        Ok(())
    }

    /// Lets a narration be heard from its takes; what is there is not bought again. Blocks for a moment.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn play_narration(&self, id: &str) -> Result<u32, Failure> {
        let record = self.library().find(id).ok_or_else(gone)?;
        let plan = plan_of(&record.request.order, &self.voices().0)?;
        Ok(self.begin_speech(plan, None))
    }

    /// How the sentences of a document stand in the narration that was made of it last; `None` for one that was not
    /// asked for, or has changed since.
    ///
    /// # Errors
    /// As [`Studio::page`].
    pub fn narrated(
        &self,
        document: u32,
        sentences: Range<usize>,
    ) -> Result<Vec<Option<SegmentState>>, Failure> {
        let nothing = vec![None; sentences.len()];
        let Some((_, render)) = self.render_of(document) else {
            return Ok(nothing);
        };
        let page = self.page(document)?;
        let segments = &page.script().segments;
        if render.view().total != segments.len() {
            return Ok(nothing);
        }
        let first = segments.partition_point(|one| one.sentences.end <= sentences.start);
        let last = segments.partition_point(|one| one.sentences.start < sentences.end);
        let states = render.segments(first, last.saturating_sub(first));
        let of = |sentence: usize| {
            let own = segments[first..last].iter().zip(&states);
            own.filter(|(segment, _)| segment.sentences.contains(&sentence))
                .map(|(_, state)| state)
                // A sentence in several pieces is as far as the one that is least so.
                .reduce(|one, other| {
                    if *one == SegmentState::Ready {
                        other
                    } else {
                        one
                    }
                })
                .cloned()
        };
        Ok(sentences.map(of).collect())
    }

    /// The narration that was made of a document last, and its render, if this run of Peal has one.
    fn render_of(&self, document: u32) -> Option<(String, crate::render::Render)> {
        let source = self.shared.documents.source(document);
        let id = lock(&self.shared.narrations)
            .iter()
            .find(|entry| entry.source.is_some() && entry.source == source)
            .map(|entry| entry.id.clone())?;
        let render = self.find_render(&id)?;
        Some((id, render))
    }

    fn order_of(&self, document: u32, delivery: Delivery) -> Result<Order, Failure> {
        let page = self.page(document)?;
        let casting = self.cast(page.script(), delivery);
        Ok(order(page.document(), page.script(), &casting))
    }

    /// Files of other origin are found before anything is spent.
    pub(super) fn refuse_to_replace(&self, request: &Request) -> Result<(), Failure> {
        if request.output.overwrite {
            return Ok(());
        }
        let before = self.library().find_same(request);
        let is_ours = |path: &Path| (before.as_ref()).is_some_and(|one| one.progress.is_ours(path));
        let mut files = files(request).into_iter();
        match files.find(|path| path.exists() && !is_ours(path)) {
            Some(path) => Err(Failure::new(
                FailureKind::InTheWay,
                path.display().to_string(),
            )),
            None => Ok(()),
        }
    }

    fn make_within(&self, record: Record, limit: Option<u64>) -> Result<(), Failure> {
        keep_limit(&record, limit)?;
        let limits = Limits {
            concurrency: usize::from(self.settings().settings().concurrency),
            spending: limit,
            without_failed: false,
        };
        self.make(record, limits)
    }

    pub(super) fn make(&self, record: Record, limits: Limits) -> Result<(), Failure> {
        let listed = entry(&record, 0, limit_of(&record));
        let mut render = self.render(record, limits).map_err(failure_of)?;
        {
            let mut list = lock(&self.shared.narrations);
            list.retain(|entry| entry.id != listed.id);
            list.insert(0, listed);
        }
        self.tell_narration(&render.view());
        let studio = self.clone();
        self.shared.runtime.spawn(async move {
            loop {
                let view = render.changed().await;
                let current = studio.find_render(&view.id);
                if !current.is_some_and(|current| current.is_same(&render)) {
                    // Another has taken its place.
                    return;
                }
                studio.tell_narration(&view);
                if !render.is_alive() {
                    // What it said last may have come in between.
                    studio.tell_narration(&render.view());
                    return;
                }
                tokio::time::sleep(TELLING).await;
            }
        });
        Ok(())
    }

    fn tell_narration(&self, view: &RenderView) {
        self.change_narration(&view.id, |entry| {
            entry.state = NarrationState::Here(view.state.clone());
            entry.total = view.total;
            entry.done = view.done;
            entry.failed.clone_from(&view.failed);
            entry.doubtful = view.doubtful.len();
            entry.spent = view.spent;
            entry.seconds_left = view.seconds_left;
            entry.files.clone_from(&view.files);
        });
    }

    pub(super) fn change_narration(&self, id: &str, change: impl FnOnce(&mut NarrationView)) {
        if let Some(entry) = lock(&self.shared.narrations)
            .iter_mut()
            .find(|entry| entry.id == id)
        {
            change(entry);
        }
        self.changed();
    }
}

fn entry(record: &Record, done: usize, limit: Option<u64>) -> NarrationView {
    let order = &record.request.order;
    NarrationView {
        id: record.id.clone(),
        title: record.title().to_owned(),
        author: order.author.clone(),
        voice: order.delivery.voice.clone(),
        state: match record.progress.stage {
            Stage::Unfinished => NarrationState::Interrupted,
            Stage::Finished => NarrationState::Finished,
            Stage::Cancelled => NarrationState::Cancelled,
        },
        total: order.segments.len(),
        done,
        failed: Vec::new(),
        doubtful: record.progress.doubtful.len(),
        spent: 0,
        seconds_left: None,
        limit,
        files: record.progress.files.clone(),
        folder: record.request.output.folder.clone(),
        document: None,
        source: record.request.source.clone(),
    }
}

/// An order as something to be heard.
fn plan_of(order: &Order, voices: &[waves::Voice]) -> Result<Plan, Failure> {
    let delivery = order
        .delivery
        .to_delivery()
        .map_err(|error| Failure::new(FailureKind::UnknownVoice, error.to_string()))?;
    let mut text = String::new();
    let segment = |one: &narration::render::order::Segment| {
        let start = text.len();
        // The words are final: a bracket in them begins no direction.
        text.push_str(&one.text.replace('[', "\\["));
        let range = start..text.len();
        text.push(' ');
        Segment {
            range,
            chapter: one.chapter,
            block: one.paragraph,
            sentences: 0..0,
            pause_after: one.pause_after(),
            voice: one.voice.clone(),
        }
    };
    let segments: Vec<Segment> = order.segments.iter().map(segment).collect();
    let script = Script {
        segments,
        ..Script::default()
    };
    Ok(Plan {
        casting: Casting::of(&script, delivery, voices),
        text: text.into(),
        first: 0,
        end: script.segments.len(),
        script: Arc::new(script),
    })
}

fn limit_path(record: &Record) -> PathBuf {
    record.folder().join("limit.json")
}

/// A limit holds after a restart too.
fn keep_limit(record: &Record, limit: Option<u64>) -> Result<(), Failure> {
    let text = serde_json::json!({ "spending": limit }).to_string();
    Ok(durable::write_atomically(
        &limit_path(record),
        text.as_bytes(),
    )?)
}

fn limit_of(record: &Record) -> Option<u64> {
    let bytes = std::fs::read(limit_path(record)).ok()?;
    let kept: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    kept.get("spending")?.as_u64()
}

pub(super) fn failure_of(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Elsewhere => FailureKind::MadeElsewhere.into(),
        Refusal::Failed(failure) => failure,
    }
}

pub(super) fn gone() -> Failure {
    Failure::new(FailureKind::Unreadable, "this narration is gone")
}
