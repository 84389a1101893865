//! The two streams: results on standard output, everything else on standard error.
//!
//! Nothing that others wrote (the service, a file's name) reaches a terminal with control characters in it.

use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use serde::Serialize;
use serde_json::{Value, json};
use studio::Studio;
use studio::failure::Failure;
use studio::home::Home;
use studio::zeroize::Zeroizing;
use tokio::sync::oneshot;

use crate::trouble::Trouble;
use crate::words;

/// Where results, messages and progress go. Clones are the same terminal.
#[derive(Clone)]
pub(crate) struct Terminal {
    json: bool,
    verbose: bool,
    /// The progress that stands on the last line; `None` where nobody would see it move.
    progress: Option<Arc<Mutex<String>>>,
    /// What has to be waited for when the program ends.
    studio: Arc<OnceLock<Studio>>,
}

impl Terminal {
    pub(crate) fn new(json: bool, verbose: bool) -> Self {
        Self {
            json,
            verbose,
            progress: io::stderr().is_terminal().then(Arc::default),
            studio: Arc::default(),
        }
    }

    /// The studio that the command opened.
    pub(crate) fn studio(&self) -> Option<&Studio> {
        self.studio.get()
    }

    /// Remembers the studio that the command opened.
    pub(crate) fn remember(&self, studio: &Studio) {
        // A command opens one.
        let _ = self.studio.set(studio.clone());
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.json
    }

    /// One line of the result.
    pub(crate) fn result(&self, line: &str) -> Result<(), Trouble> {
        self.write(printable(line).as_bytes())
    }

    /// The result, where it is a file: its name as it was given, byte for byte.
    pub(crate) fn path(&self, path: &Path) -> Result<(), Trouble> {
        self.write(path.as_os_str().as_encoded_bytes())
    }

    /// The result as JSON.
    pub(crate) fn object(&self, value: &impl Serialize) -> Result<(), Trouble> {
        self.clear_progress();
        // A book is not held as JSON once more.
        let mut out = BufWriter::new(io::stdout().lock());
        serde_json::to_writer(&mut out, value)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush())
            .map_err(|error| Trouble::writing(Path::new(words::STANDARD_OUTPUT), error))
    }

    fn write(&self, line: &[u8]) -> Result<(), Trouble> {
        self.clear_progress();
        let mut out = io::stdout().lock();
        out.write_all(line)
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush())
            .map_err(|error| Trouble::writing(Path::new(words::STANDARD_OUTPUT), error))
    }

    /// A sentence on standard error.
    pub(crate) fn remark(&self, sentence: &str) {
        self.clear_progress();
        // Without standard error there is nobody to tell.
        let _ = writeln!(io::stderr(), "peal: {}", printable(sentence));
    }

    /// A sentence on standard error that nobody needs who is not watching: shown on a terminal, and to who asked for more.
    pub(crate) fn aside(&self, sentence: &str) {
        if self.verbose || self.progress.is_some() {
            self.remark(sentence);
        }
    }

    /// What failed without ending the command.
    pub(crate) fn remark_failure(&self, failure: &Failure) {
        self.remark(words::of(failure.kind).sentence);
        self.details(failure);
    }

    /// Why the command ended: the sentence on standard error, and an object on standard output if JSON is wanted.
    pub(crate) fn report(&self, trouble: &Trouble) {
        let (code, sentence, failure) = match trouble {
            Trouble::ReaderGone | Trouble::Said(_) => return,
            Trouble::Failed { failure, about } => {
                let words = words::of(failure.kind);
                let sentence = match (in_own_folder(failure), about) {
                    (Some(sentence), _) => sentence,
                    (None, Some(name)) => format!("{name}: {}", words.sentence),
                    (None, None) => words.sentence.to_owned(),
                };
                (words.code, sentence, Some(failure))
            }
            Trouble::SpendingLimit => {
                let sentence = words::SPENDING_LIMIT.to_owned();
                (words::SPENDING_LIMIT_CODE, sentence, None)
            }
            Trouble::NotOwned => (words::NOT_COMPLETE_CODE, words::NOT_OWNED.to_owned(), None),
            Trouble::Incomplete(narrations) => {
                let failed = narrations.iter().map(|narrated| narrated.failed.len());
                let sentence = words::incomplete(failed.sum());
                (words::NOT_COMPLETE_CODE, sentence, None)
            }
            Trouble::KeyNotKept(sentence) => (words::KEY_NOT_KEPT_CODE, sentence.clone(), None),
            Trouble::Usage(sentence) => (words::USAGE_CODE, sentence.clone(), None),
            Trouble::Stopped(_) => (words::STOPPED_CODE, words::STOPPED.to_owned(), None),
            Trouble::Interrupted(_) => (words::STOPPED_CODE, words::INTERRUPTED.to_owned(), None),
        };
        self.remark(&sentence);
        if let Some(failure) = failure {
            self.details(failure);
        }
        if self.json {
            let mut object = error_object(code, &sentence, failure);
            if let Trouble::Incomplete(narrations) = trouble {
                object["narrations"] = json!(narrations);
            }
            // The exit code says it too.
            let _ = self.object(&object);
        }
    }

    /// Why the command ended, as JSON.
    pub(crate) fn report_to_program(&self, code: &str, message: &str, failure: Option<&Failure>) {
        // The exit code says it too.
        let _ = self.object(&error_object(code, message, failure));
    }

    /// What the service and the system said, for who asked to see it.
    pub(crate) fn details(&self, failure: &Failure) {
        if !self.verbose {
            return;
        }
        if !failure.details.is_empty() {
            self.remark(&failure.details);
        }
        if let Some(id) = &failure.request_id {
            self.remark(&format!("Request {id}"));
        }
    }

    /// Replaces the line that says how far it is.
    pub(crate) fn progress(&self, line: &str) {
        let Some(progress) = &self.progress else {
            return;
        };
        let mut shown = progress.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown != line {
            shown.clear();
            shown.push_str(line);
            let _ = write!(io::stderr(), "\r\x1b[K{line}");
        }
    }

    /// Takes that line away.
    pub(crate) fn clear_progress(&self) {
        let Some(progress) = &self.progress else {
            return;
        };
        let mut shown = progress.lock().unwrap_or_else(PoisonError::into_inner);
        if !shown.is_empty() {
            shown.clear();
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// At most `limit` bytes of standard input, wiped when they are dropped: a key may come that way.
///
/// They are read on a thread that nobody waits for, since nothing can interrupt it while a person thinks.
pub(crate) async fn standard_input(limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    /// Longer than any key, so that none leaves a copy behind in a buffer that was outgrown.
    const ROOM: usize = 1 << 16;
    on_a_thread(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    })
    .await
}

/// What a person types, without showing it; `None` for the end of input. The terminal is given back as it was, whatever
/// happens meanwhile.
///
/// # Errors
/// `Interrupted` for Ctrl-C, which reaches nobody else while the line is hidden.
pub(crate) async fn hidden_line(prompt: &'static str) -> io::Result<Option<Zeroizing<String>>> {
    let mut as_it_was = TerminalMode::now();
    let typed = on_a_thread(move || rpassword::prompt_password(prompt).map(Zeroizing::new)).await;
    match typed {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        typed => {
            as_it_was.is_at_line_start = true;
            typed.map(Some)
        }
    }
}

async fn on_a_thread<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(read());
    })?;
    receiver
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the reading thread is gone")))
}

/// How the terminal was, restored on drop: an interrupted prompt would leave it hiding what is typed.
struct TerminalMode {
    #[cfg(unix)]
    mode: Option<rustix::termios::Termios>,
    /// The prompt was answered, so what comes next needs no new line.
    is_at_line_start: bool,
}

impl TerminalMode {
    fn now() -> Self {
        Self {
            #[cfg(unix)]
            mode: rustix::termios::tcgetattr(io::stdin()).ok(),
            is_at_line_start: false,
        }
    }
}

impl Drop for TerminalMode {
    fn drop(&mut self) {
        if !self.is_at_line_start {
            let _ = writeln!(io::stderr());
        }
        #[cfg(unix)]
        if let Some(mode) = &self.mode {
            // There is nothing left to do about a terminal that refuses.
            let _ = rustix::termios::tcsetattr(
                io::stdin(),
                rustix::termios::OptionalActions::Now,
                mode,
            );
        }
    }
}

/// The text in one line, without characters that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

/// What is to be said of a file that Peal keeps for itself, which no -o would put elsewhere.
fn in_own_folder(failure: &Failure) -> Option<String> {
    let home = Home::from_env().ok()?;
    let is_own = failure.place.as_ref()?.starts_with(home.folder());
    let sentence = words::of_own_folder(failure.kind).filter(|_| is_own)?;
    Some(format!("{}: {sentence}", home.folder().display()))
}

fn error_object(code: &str, message: &str, failure: Option<&Failure>) -> Value {
    json!({
        "error": {
            "code": code,
            "message": message,
            "requestId": failure.and_then(|failure| failure.request_id.as_deref()),
            "details": failure.map_or("", |failure| &failure.details),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_that_others_wrote_commands_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{9b}d"), "a [2Jb c d");
    }
}
