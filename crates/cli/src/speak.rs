//! `peal speak`: a text in, a WAV file or sound out.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use narration::document::{self, Document, ImportOptions, MAX_BYTES};
use narration::durable::WriteError;
use narration::synthesis::Delivery;
use serde::Serialize;
use studio::failure::{Failure, FailureKind};
use studio::save::{self, Order, SaveProgress, Saved};
use studio::{PlaybackState, Quote, Source, Studio, import};
use tokio::task::spawn_blocking;

use crate::arguments::SpeakArguments;
use crate::delivery::delivery;
use crate::terminal::{Terminal, standard_input};
use crate::trouble::{Exit, Trouble};
use crate::{open_studio, words};

/// How often playback is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// A loudspeaker that is being replaced is back sooner than this.
const TO_FIND_A_LOUDSPEAKER: Duration = Duration::from_millis(1500);

/// Endings of files that hold something else: a WAV file of such a name would lie, or replace the text it was made of.
const OTHER_ENDINGS: [&str; 12] = [
    "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "aiff", "txt", "text", "md", "markdown",
];

/// Where the speech goes.
#[derive(Debug, PartialEq, Eq)]
struct Destination {
    file: Option<Target>,
    play: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// A file, replaced when the new one is complete.
    File(PathBuf),
    /// A pipe or a device: something that is written into, never replaced.
    Stream(PathBuf),
    StandardOutput,
}

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Spoken {
    /// `null` when there is no file.
    path: Option<String>,
    seconds: f64,
    rate: u32,
    voice: String,
    characters: usize,
    bought: usize,
    /// US dollars; absent when the price is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<f64>,
}

/// Speaks.
pub(crate) async fn run(arguments: SpeakArguments, terminal: &Terminal) -> Result<(), Trouble> {
    let destination = destination(&arguments, io::stdout().is_terminal())?;
    let studio = open_studio(terminal)?;
    let source = source(&arguments, terminal).await?;
    let delivery = delivery(&studio, &arguments.voice, terminal).await?;
    let speaking = Speaking {
        studio,
        source,
        delivery,
        terminal,
    };
    let spoken = speaking.speak(&destination).await?;
    if terminal.wants_json() {
        return terminal.object(&spoken);
    }
    match &destination.file {
        Some(Target::File(path) | Target::Stream(path)) => terminal.path(path),
        Some(Target::StandardOutput) | None => Ok(()),
    }
}

fn destination(arguments: &SpeakArguments, at_terminal: bool) -> Result<Destination, Trouble> {
    let play = arguments.play || (arguments.output.is_none() && at_terminal);
    let file = match &arguments.output {
        None if !play => return Err(Trouble::usage(words::NO_DESTINATION)),
        None => None,
        Some(path) if path.as_os_str() == "-" => Some(Target::StandardOutput),
        Some(path) => Some(target(path)),
    };
    match &file {
        Some(Target::StandardOutput) if arguments.json => Err(Trouble::usage(words::ONE_OUTPUT)),
        Some(Target::StandardOutput) if at_terminal => {
            Err(Trouble::usage(words::NO_SOUND_ON_TERMINAL))
        }
        Some(Target::File(path)) if is_other_kind(path) => Err(Trouble::usage(words::ONLY_WAV)),
        _ => Ok(Destination { file, play }),
    }
}

/// Replacing a device would take it away from every other program: `/dev/null` would become a file.
fn target(path: &Path) -> Target {
    let is_stream = fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir());
    if is_stream {
        Target::Stream(path.to_owned())
    } else {
        Target::File(path.to_owned())
    }
}

fn is_other_kind(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        OTHER_ENDINGS
            .iter()
            .any(|other| ending.eq_ignore_ascii_case(other))
    })
}

/// The text to speak, wherever it comes from.
async fn source(arguments: &SpeakArguments, terminal: &Terminal) -> Result<Source, Trouble> {
    let document = match (&arguments.text, &arguments.file) {
        (Some(text), _) if text != "-" => return Ok(Source::Typed(text.clone())),
        (None, Some(path)) => read_document(path).await?,
        (None, None) if io::stdin().is_terminal() => return Err(Trouble::usage(words::NO_TEXT)),
        _ => read_document(Path::new("-")).await?,
    };
    for remark in document.report.iter().filter_map(words::remark) {
        terminal.remark(&remark);
    }
    Ok(Source::Read(Arc::new(document)))
}

/// A document from a file; `-` is standard input, read as plain text.
pub(crate) async fn read_document(path: &Path) -> Result<Document, Trouble> {
    if path.as_os_str() == "-" {
        let read = read_standard_input().await;
        return read.map_err(|failure| Trouble::about(failure, Path::new(words::STANDARD_INPUT)));
    }
    let paths = [path.to_owned()];
    let read = spawn_blocking(move || import::read(&paths)).await;
    joined(read)?.map_err(|failure| Trouble::about(failure, path))
}

async fn read_standard_input() -> Result<Document, Failure> {
    // One byte too many tells a text that fits from one that does not.
    let bytes = standard_input(MAX_BYTES + 1)
        .await
        .map_err(|error| Failure::new(FailureKind::Unreadable, error.to_string()))?;
    Ok(document::import(
        "stdin.txt",
        &bytes,
        &ImportOptions::default(),
    )?)
}

/// One text on its way.
struct Speaking<'a> {
    studio: Studio,
    source: Source,
    delivery: Delivery,
    terminal: &'a Terminal,
}

impl Speaking<'_> {
    async fn speak(&self, destination: &Destination) -> Result<Spoken, Trouble> {
        let Some(target) = &destination.file else {
            return self.speak_aloud().await;
        };
        // What it costs is not known any more once it is bought.
        let price = if self.terminal.wants_json() {
            self.quote().await?.price
        } else {
            None
        };
        let saved = self.save(target).await?;
        if destination.play {
            // It is heard from the takes; without them it would be bought twice.
            if self.quote().await?.to_buy > 0 {
                self.terminal.remark(words::NOT_PLAYED);
            } else {
                self.play().await?;
            }
        }
        let path = match target {
            Target::File(path) | Target::Stream(path) => Some(path.display().to_string()),
            Target::StandardOutput => None,
        };
        Ok(Spoken {
            path,
            seconds: saved.seconds,
            rate: saved.rate,
            voice: self.delivery.voice.to_string(),
            characters: saved.characters,
            bought: saved.bought,
            price,
        })
    }

    async fn speak_aloud(&self) -> Result<Spoken, Trouble> {
        let before = self.quote().await?;
        if !before.speakable {
            return Err(FailureKind::NothingToSay.into());
        }
        let seconds = self.play().await?;
        let left = self.quote().await?.to_buy;
        Ok(Spoken {
            path: None,
            seconds,
            rate: self.delivery.sample_rate(),
            voice: self.delivery.voice.to_string(),
            characters: before.characters,
            bought: before.to_buy.saturating_sub(left),
            price: before.price,
        })
    }

    async fn quote(&self) -> Result<Quote, Trouble> {
        let (studio, delivery) = (self.studio.clone(), self.delivery.clone());
        let source = self.source.clone();
        Ok(joined(
            spawn_blocking(move || studio.quote(source, &delivery)).await,
        )??)
    }

    // Saving

    async fn save(&self, target: &Target) -> Result<Saved, Trouble> {
        let path = match target {
            Target::File(path) => return self.save_as(path, path).await,
            Target::Stream(path) => Some(path.clone()),
            Target::StandardOutput => None,
        };
        // A header tells the length, so the file is complete before its first byte is sent.
        let name = path
            .clone()
            .unwrap_or_else(|| words::STANDARD_OUTPUT.into());
        let folder = tempfile::Builder::new()
            .prefix("peal-")
            .tempdir()
            .map_err(|error| {
                Trouble::about(WriteError::new(&std::env::temp_dir(), error), &name)
            })?;
        let whole = folder.path().join("speech.wav");
        let saved = self.save_as(&whole, &name).await?;
        joined(spawn_blocking(move || copy(&whole, path.as_deref())).await)?
            .map_err(|error| Trouble::writing(&name, error))?;
        Ok(saved)
    }

    /// Saves into `path`, which is called `name` when something is wrong with it.
    async fn save_as(&self, path: &Path, name: &Path) -> Result<Saved, Trouble> {
        let (studio, source) = (self.studio.clone(), self.source.clone());
        let cut_for = self.delivery.clone();
        let (text, script) =
            joined(spawn_blocking(move || studio.read_source(source, &cut_for)).await)??;
        let casting = self.studio.cast(&script, self.delivery.clone());
        for name in casting.unknown() {
            self.terminal.remark(&words::unknown_speaker(name));
        }
        let order = Order {
            text,
            script,
            casting,
            concurrency: usize::from(self.studio.view().settings.concurrency),
        };
        let progressed =
            |SaveProgress { done, total }| self.terminal.progress(&words::saving(done, total));
        let terminal = self.terminal.clone();
        let retrying = Arc::new(move |failure: &Failure| {
            terminal.remark(&words::trying_again(failure.kind));
        });
        save::save(
            self.studio.synthesizer(),
            order,
            path,
            &progressed,
            retrying,
        )
        .await
        .map_err(|failure| match words::of(failure.kind).exit {
            Exit::File => Trouble::about(failure, name),
            _ => failure.into(),
        })
        .inspect(|saved| {
            if let Some(failure) = &saved.not_kept {
                self.terminal.remark(words::NOT_KEPT);
                self.terminal.details(failure);
            }
        })
    }

    // Playing

    /// Plays to the end; gives the seconds that were heard.
    async fn play(&self) -> Result<f64, Trouble> {
        let (studio, delivery) = (self.studio.clone(), self.delivery.clone());
        let source = self.source.clone();
        let id = joined(spawn_blocking(move || studio.speak(source, delivery, None, None)).await)??;
        let (mut told, mut heard_of_device) = (0, Instant::now());
        loop {
            tokio::time::sleep(GLANCE).await;
            told = self.tell_retries_after(told);
            // Marks and peaks are for pictures.
            let heard = self.studio.playback(id, usize::MAX, usize::MAX);
            if heard.state != PlaybackState::NoDevice {
                heard_of_device = Instant::now();
            }
            let failure = self.studio.speech_failure(id);
            match (heard.state, failure) {
                (PlaybackState::Playing, _) => self.terminal.progress(&words::playing(
                    heard.position,
                    heard.expected,
                    heard.complete,
                )),
                // What arrived before it was heard.
                (_, Some(failure)) => return Err(failure.into()),
                (PlaybackState::Finished, None) => return Ok(heard.position),
                (PlaybackState::NoDevice, None)
                    if heard_of_device.elapsed() > TO_FIND_A_LOUDSPEAKER =>
                {
                    return Err(FailureKind::NoLoudspeaker.into());
                }
                _ => {}
            }
        }
    }

    /// Says what is tried again, since notice number `told`; gives the number of the newest.
    fn tell_retries_after(&self, told: u32) -> u32 {
        let notices = self.studio.view().notices;
        let new = |notice: &&studio::notices::Notice| notice.retrying && notice.id > told;
        for notice in notices.iter().filter(new) {
            self.terminal
                .remark(&words::trying_again(notice.failure.kind));
        }
        notices.last().map_or(told, |newest| newest.id.max(told))
    }
}

/// Into standard output, or into what is there already.
fn copy(whole: &Path, into: Option<&Path>) -> io::Result<()> {
    let mut whole = File::open(whole)?;
    match into {
        None => {
            let mut out = io::stdout().lock();
            io::copy(&mut whole, &mut out)?;
            out.flush()
        }
        Some(path) => {
            let mut out = OpenOptions::new().write(true).open(path)?;
            io::copy(&mut whole, &mut out).map(|_| ())
        }
    }
}

pub(crate) fn joined<T>(outcome: Result<T, tokio::task::JoinError>) -> Result<T, Trouble> {
    outcome.map_err(|error| Trouble::unexpected(&error))
}
