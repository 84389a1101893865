//! Takes → finished files: names, sound and subtitles of a whole narration.

use std::collections::HashSet;
use std::io::{self, BufWriter};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use narration::assembly::{
    self, Assembled, AssemblyError, Clip, Finish, Finished, Heard, OpenError, Part, Recording,
    Settings, Split,
};
use narration::captions::{self, CaptionFormat, CaptionWriter, Spoken};
use narration::durable::{self, NewFile, WriteError};
use narration::encode::{Cover, Tags};
use narration::take::{Fingerprint, Take, Takes};

use super::names::{NameTemplate, Values};
use super::record::{FinishedFile, Late, Record, Request};
use crate::failure::{Failure, FailureKind};

/// A subtitle that is spoken so little late is not told about: nobody sees it.
const NOTICEABLE: Duration = Duration::from_millis(100);
/// The rate that ACX asks for.
const ACX_RATE: u32 = 44_100;

/// Why the files are not there.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// These segments' takes are gone or damaged.
    Missing(Vec<usize>),
    /// It was asked to stop.
    Stopped,
    /// A file could not be written.
    Failed(Failure),
}

/// One file to be made, and its subtitles.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    part: Part,
    captions: Vec<(CaptionFormat, PathBuf)>,
}

impl Planned {
    /// All files of it.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let captions = self.captions.iter().map(|(_, path)| path.as_path());
        std::iter::once(self.part.path.as_path()).chain(captions)
    }
}

/// The file for each run of segments.
pub(super) fn plan(request: &Request) -> Vec<Planned> {
    let (order, output) = (&request.order, &request.output);
    let usual = NameTemplate::usual(output.split);
    let template = output.name.as_ref().unwrap_or(&usual);
    let runs = assembly::parts(&clips(request), output.split);
    let count = runs.len();
    let planned = |(number, run): (usize, Range<usize>)| {
        let chapter = order.chapters.get(order.segments[run.start].chapter);
        let name = template.fill(Values {
            title: &order.title,
            author: order.author.as_deref().unwrap_or_default(),
            number: (number + 1, count),
            chapter: chapter.map(String::as_str).unwrap_or_default(),
        });
        let file = |ending: &str| output.folder.join(format!("{name}.{ending}"));
        Planned {
            part: Part {
                path: file(output.format.ending()),
                clips: run,
                replaces: false,
                tags: Tags {
                    title: match chapter
                        .filter(|name| output.split == Split::Chapter && !name.is_empty())
                    {
                        Some(chapter) => chapter.clone(),
                        None if count == 1 => order.title.clone(),
                        None => format!("{} {}", order.title, number + 1),
                    },
                    album: order.title.clone(),
                    author: order.author.clone(),
                    track: track(number, count),
                    ..Tags::default()
                },
            },
            captions: output
                .captions
                .iter()
                .map(|&format| (format, file(format.ending())))
                .collect(),
        }
    };
    runs.into_iter().enumerate().map(planned).collect()
}

fn track(number: usize, count: usize) -> Option<(u32, u32)> {
    let wide = |number: usize| u32::try_from(number).ok();
    (count > 1).then_some(())?;
    Some((wide(number + 1)?, wide(count)?))
}

fn clips(request: &Request) -> Vec<Clip> {
    let segments = &request.order.segments;
    // Only the first has a time where it is a pause that the text begins with.
    let is_film = segments.iter().skip(1).any(|one| one.begins.is_some());
    let is_told = !is_film || request.output.split == Split::None;
    segments
        .iter()
        .map(|segment| Clip {
            text: segment.text.clone(),
            pause_after: segment.pause_after(),
            chapter: segment.chapter,
            paragraph: segment.paragraph,
            // In several files, times from the beginning of the film mean nothing.
            begins: segment
                .begins
                .filter(|_| is_told)
                .map(Duration::from_millis),
        })
        .collect()
}

/// Makes the names ours before there is anything under them, so that a run that is killed while it writes can be followed
/// by another.
///
/// Gives those under which there is a file already.
///
/// # Errors
/// When a file of other origin has come to be there and may not be replaced, or this cannot be written down.
pub(super) fn claim(record: &mut Record) -> Result<HashSet<PathBuf>, Failure> {
    let paths = super::files(&record.request);
    if !record.request.output.overwrite
        && let Some(theirs) = paths
            .iter()
            .find(|path| path.exists() && !record.progress.is_ours(path))
    {
        return Err(taken(theirs.clone()));
    }
    let there = paths.iter().filter(|path| path.exists()).cloned().collect();
    // A run that is killed leaves them otherwise than they are.
    record
        .progress
        .left
        .retain(|left| !paths.contains(&left.path));
    // What was made in another form stays ours to replace.
    let mut claimed = std::mem::take(&mut record.progress.claimed);
    for file in &record.progress.files {
        claimed.push(file.path.clone());
        claimed.extend(file.captions.iter().cloned());
    }
    claimed.retain(|path| path.exists());
    claimed.extend(paths);
    claimed.sort_unstable();
    claimed.dedup();
    record.progress.claimed = claimed;
    record.save_progress()?;
    Ok(there)
}

/// Another file has this name.
fn taken(path: PathBuf) -> Failure {
    let error = AssemblyError::Exists(path.clone());
    Failure {
        place: Some(path),
        ..Failure::new(FailureKind::InTheWay, error.to_string())
    }
}

/// Makes sure that files can be written into this folder, which is made if it is not there.
///
/// # Errors
/// Why they cannot.
pub(super) fn check_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| WriteError::new(folder, error))?;
    // Never committed: it only shows whether a file can be begun.
    NewFile::create_private(&folder.join(".peal")).map(drop)?;
    Ok(())
}

/// Writes the files. `there` are those that may be replaced; `fingerprints` has one for each segment that is heard; `go_on` hears of the share that is done, often,
/// and says whether to.
pub(super) fn write(
    request: &Request,
    there: &HashSet<PathBuf>,
    takes: &Takes,
    fingerprints: &[Option<Fingerprint>],
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Vec<FinishedFile>, Unfinished> {
    let output = &request.output;
    std::fs::create_dir_all(&output.folder)
        .map_err(|error| Unfinished::Failed(WriteError::new(&output.folder, error).into()))?;
    let plan = plan(request);
    let mut parts: Vec<Part> = plan.iter().map(|planned| planned.part.clone()).collect();
    let cover = match (&output.cover, &request.order.cover) {
        (Some(chosen), _) => Some(cover(chosen).map_err(Unfinished::Failed)?),
        (None, Some(of_document)) => Cover::new(of_document.0.clone()),
        (None, None) => None,
    };
    for part in &mut parts {
        part.tags.cover.clone_from(&cover);
        part.replaces = there.contains(&part.path);
    }
    let settings = Settings {
        format: output.format,
        chapters: request.order.chapters.clone(),
        rate: rate(request, takes, fingerprints),
        depth: output.depth,
        finish: output.loudness,
        overwrite: output.overwrite,
    };
    let clips = clips(request);
    let lost = Mutex::new(Vec::new());
    let open = |clip: usize| -> Result<Option<Recording>, OpenError> {
        let Some(fingerprint) = fingerprints[clip] else {
            return Ok(None);
        };
        match takes.get(fingerprint) {
            Some(take) => Ok(Some(recording(take))),
            None => {
                let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
                lost.push(clip);
                Err("the take is gone".into())
            }
        }
    };
    let source = assembly::Source {
        open: &open,
        noted: &|clip| takes.known(fingerprints[clip]?),
    };
    let made = assembly::assemble(&clips, source, &parts, &settings, &mut |progress| {
        if go_on(progress.share()) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let made = match made {
        Ok(made) => made,
        Err(AssemblyError::Take { clip, source }) => {
            let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
            if !lost.contains(&clip) {
                return Err(Unfinished::Failed(Failure::new(
                    FailureKind::Unexpected,
                    source.to_string(),
                )));
            }
            return Err(Unfinished::Missing(missing(takes, fingerprints)));
        }
        Err(AssemblyError::Write(error)) => return Err(Unfinished::Failed(error.into())),
        Err(AssemblyError::Cancelled) => return Err(Unfinished::Stopped),
        Err(AssemblyError::Nothing) => {
            return Err(Unfinished::Failed(FailureKind::NothingToSay.into()));
        }
        Err(AssemblyError::Exists(path)) => {
            return Err(Unfinished::Failed(taken(path)));
        }
        Err(error) => {
            return Err(Unfinished::Failed(Failure::new(
                FailureKind::FileFailed,
                error.to_string(),
            )));
        }
    };
    let may_replace = |path: &Path| output.overwrite || there.contains(path);
    let files = subtitles(&plan, &clips, made, &may_replace)
        .map_err(|error| Unfinished::Failed(error.into()))?;
    // What an earlier run left behind when it was killed.
    durable::sweep(&output.folder);
    takes.sweep();
    Ok(files)
}

/// The picture in this file.
///
/// # Errors
/// When it cannot be read, or is neither JPEG nor PNG.
pub(super) fn cover(path: &Path) -> Result<Cover, Failure> {
    let unreadable = |details: String| Failure::new(FailureKind::Unreadable, details);
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    Cover::new(bytes).ok_or_else(|| unreadable("neither a JPEG nor a PNG picture".to_owned()))
}

/// Samples a second of the files: as many as the best take has, so that none loses anything.
fn rate(request: &Request, takes: &Takes, fingerprints: &[Option<Fingerprint>]) -> u32 {
    let least = match request.output.loudness {
        Finish::Acx => ACX_RATE,
        _ => 8_000,
    };
    let rates = fingerprints
        .iter()
        .flatten()
        .filter_map(|&take| takes.rate(take));
    request.output.format.rate_for(rates.fold(least, u32::max))
}

/// All segments whose takes cannot be read, so that they are made again together.
fn missing(takes: &Takes, fingerprints: &[Option<Fingerprint>]) -> Vec<usize> {
    let numbered = fingerprints.iter().enumerate();
    numbered
        .filter(|(_, take)| take.is_some_and(|take| takes.get(take).is_none()))
        .map(|(segment, _)| segment)
        .collect()
}

fn recording(take: Take) -> Recording {
    Recording {
        rate: take.rate,
        samples: take.samples,
        words: take.words,
    }
}

/// Writes the subtitles of what was made.
fn subtitles(
    plan: &[Planned],
    clips: &[Clip],
    made: Assembled,
    may_replace: &dyn Fn(&Path) -> bool,
) -> Result<Vec<FinishedFile>, WriteError> {
    let mut files = Vec::new();
    for finished in made.files {
        let captions = &plan[finished.part].captions;
        let late = late(&made.heard, finished.part);
        if !captions.is_empty() {
            let heard = made
                .heard
                .iter()
                .filter(|heard| heard.part == finished.part);
            let said = || heard.clone().map(|heard| spoken(heard, clips));
            for (format, path) in captions {
                let failed = |error: io::Error| WriteError::new(path, error);
                let file = BufWriter::new(NewFile::create(path)?);
                let mut writer = CaptionWriter::new(*format, file).map_err(failed)?;
                captions::each_cue(said(), finished.length, |cue| writer.write(cue))
                    .map_err(failed)?;
                let file = writer.finish().map_err(failed)?;
                let file = file
                    .into_inner()
                    .map_err(|error| failed(error.into_error()))?;
                if may_replace(path) {
                    file.commit()?;
                } else {
                    file.commit_new()?;
                }
            }
        }
        files.push(FinishedFile {
            late,
            ..told(finished, captions)
        });
    }
    Ok(files)
}

fn spoken<'a>(heard: &'a Heard, clips: &'a [Clip]) -> Spoken<'a> {
    let clip = &clips[heard.clip];
    Spoken {
        text: &clip.text,
        speech: heard.speech.clone(),
        pauses: &heard.pauses,
        // What has to begin at a moment is shown from that moment on, not from where the voice says that its first
        // word begins.
        words: match clip.begins {
            Some(_) => &[],
            None => &heard.words,
        },
    }
}

fn told(finished: Finished, captions: &[(CaptionFormat, PathBuf)]) -> FinishedFile {
    // More digits than anybody's meter has are noise.
    let rounded = |level: f64| (level * 100.0).round() / 100.0;
    FinishedFile {
        path: finished.path,
        seconds: finished.length.as_secs_f64(),
        loudness: finished.measured.loudness.map(rounded),
        true_peak: Some(rounded(finished.measured.true_peak)),
        rms: Some(rounded(finished.measured.rms)),
        captions: captions.iter().map(|(_, path)| path.clone()).collect(),
        late: Vec::new(),
    }
}

fn late(heard: &[Heard], part: usize) -> Vec<Late> {
    let late = heard
        .iter()
        .filter(|heard| heard.part == part && heard.late >= NOTICEABLE);
    late.map(|heard| Late {
        sentence: heard.clip,
        seconds: heard.late.as_millis() as f64 / 1_000.0,
    })
    .collect()
}
