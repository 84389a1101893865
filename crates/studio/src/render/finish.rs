//! Takes → finished files. Streamed: one take is in memory at a time.

use std::io::BufWriter;
use std::path::PathBuf;

use narration::durable::{self, NewFile, WriteError};
use narration::render::order::Segment;
use narration::take::{Fingerprint, Takes};
use narration::wav::WavWriter;

use super::record::{FinishedFile, Request, Split};
use crate::failure::{Failure, FailureKind};
use crate::save::file_name;

/// Why the files are not there.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// These segments' takes are gone or damaged.
    Missing(Vec<usize>),
    /// A file could not be written.
    Failed(Failure),
}

/// The file for each run of segments.
pub(super) fn plan(request: &Request) -> Vec<(PathBuf, std::ops::Range<usize>)> {
    let (order, output) = (&request.order, &request.output);
    let title = file_name(&order.title);
    let group = |segment: &Segment| match output.split {
        Split::None => (0, 0),
        Split::Chapter => (segment.chapter, 0),
        Split::Paragraph => (segment.chapter, segment.paragraph),
    };
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, segment) in order.segments.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if group(&order.segments[run.start]) == group(segment) => run.end = index + 1,
            _ => runs.push(index..index + 1),
        }
    }
    let digits = runs.len().to_string().len().max(2);
    let named = |(number, run): (usize, std::ops::Range<usize>)| {
        let number = number + 1;
        let name = match output.split {
            Split::None => format!("{title}.wav"),
            Split::Paragraph => format!("{title} {number:0digits$}.wav"),
            Split::Chapter => {
                let chapter = order.chapters.get(order.segments[run.start].chapter);
                let chapter = chapter.filter(|name| !name.is_empty());
                match chapter {
                    Some(name) => format!("{title} {number:0digits$} {}.wav", file_name(name)),
                    None => format!("{title} {number:0digits$}.wav"),
                }
            }
        };
        (output.folder.join(name), run)
    };
    runs.into_iter().enumerate().map(named).collect()
}

/// Writes the files. `fingerprints` has one for each segment that is heard.
pub(super) fn write(
    request: &Request,
    takes: &Takes,
    fingerprints: &[Option<Fingerprint>],
) -> Result<Vec<FinishedFile>, Unfinished> {
    std::fs::create_dir_all(&request.output.folder).map_err(|error| {
        Unfinished::Failed(WriteError::new(&request.output.folder, error).into())
    })?;
    let mut files = Vec::new();
    for (path, run) in plan(request) {
        let heard = run.clone().any(|index| fingerprints[index].is_some());
        if heard {
            files.push(write_one(&path, request, takes, fingerprints, run)?);
        }
    }
    // What an earlier run left behind when it was killed.
    durable::sweep(&request.output.folder);
    takes.sweep();
    Ok(files)
}

fn write_one(
    path: &std::path::Path,
    request: &Request,
    takes: &Takes,
    fingerprints: &[Option<Fingerprint>],
    run: std::ops::Range<usize>,
) -> Result<FinishedFile, Unfinished> {
    let failed = |error| Unfinished::Failed(WriteError::new(path, error).into());
    let mut writer: Option<WavWriter<BufWriter<NewFile>>> = None;
    let mut missing = Vec::new();
    let (mut rate, mut pause) = (0, 0.0);
    for index in run {
        let Some(fingerprint) = fingerprints[index] else {
            continue;
        };
        let Some(take) = takes.get(fingerprint) else {
            missing.push(index);
            continue;
        };
        if !missing.is_empty() {
            continue;
        }
        if writer.is_none() {
            let file = NewFile::create(path).map_err(|error| Unfinished::Failed(error.into()))?;
            let buffered = BufWriter::with_capacity(1 << 16, file);
            rate = take.rate;
            writer = Some(WavWriter::new(buffered, rate, true).map_err(failed)?);
        }
        if take.rate != rate {
            let details = "voices of different rates cannot be joined in one file";
            return Err(Unfinished::Failed(Failure::new(
                FailureKind::Rejected,
                details,
            )));
        }
        if let Some(writer) = &mut writer {
            let silence = vec![0; (pause * f64::from(rate)) as usize];
            writer.write(&silence).map_err(failed)?;
            writer.write(&take.samples).map_err(failed)?;
        }
        pause = request.order.segments[index].pause_after().as_secs_f64();
    }
    let Some(writer) = writer.filter(|_| missing.is_empty()) else {
        return Err(Unfinished::Missing(missing));
    };
    let seconds = writer.samples() as f64 / f64::from(rate);
    let buffered = writer.finish().map_err(failed)?;
    let file = buffered
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.commit()
        .map_err(|error| Unfinished::Failed(error.into()))?;
    Ok(FinishedFile {
        path: path.to_owned(),
        seconds,
    })
}
