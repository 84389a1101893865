//! What can be asked for, as `--help` shows it.

mod dictionary;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use narration::assembly::{Finish, Split};
use narration::captions::CaptionFormat;
use narration::encode::Format;
use narration::wav::Depth;
use studio::render::{NameTemplate, Output, check_cover};
use studio::settings::Transport;
use waves::{Language, Model, SampleRate, Speed};

use crate::trouble::Trouble;

pub(crate) use dictionary::{DictionaryAction, DictionaryArguments};

const ABOUT: &str = "Peal speaks texts: with a voice of its own, without a key and without the internet, \
or with the voices of your Smallest AI account.";

const AFTER: &str = "\
Environment:
  SMALLEST_API_KEY  the key to use, before the one in the keychain
  PEAL_HOME         one folder for everything Peal keeps
  PEAL_API_URL      where the service is, for proxies and tests
  PEAL_LOG          how much is logged to standard error, e.g. info

Exit codes:
  0    done
  1    something unexpected
  2    the command line is wrong
  3    the key: none, not accepted, without access, or the keychain does not give it
  4    the network: no connection, not safe, too slow, cut off, a proxy answered
  5    the service: refused, busy, failing, or it does not know the voice
  6    a file: not readable, not text, too large, not writable, disk full
  7    no speech: nothing to say, the built-in voice or the loudspeaker failed
  130  interrupted (143 terminated, 129 hung up)";

const SPEAK_AFTER: &str = "\
Without -o, the speech is played if standard output is a terminal. A file appears when it is complete; an older one of \
that name is replaced. With -o and --play, the file is saved first and then played.

Sentences that were bought once are kept, and never bought again.

Examples:
  peal speak \"Hello!\"
  peal speak -f chapter.md -o chapter.wav
  date | peal speak -o - | aplay
  peal speak -f letter.txt --voice sophie --speed 1.1 -o letter.wav --json";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "peal", version, about = ABOUT, after_help = AFTER, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// With an error, show what the service and the system said
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Whether the result, or the error, is wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        match &self.command {
            Command::Speak(speak) => speak.json,
            Command::Narrate(narrate) => narrate.json,
            Command::Quote(quote) => quote.json,
            Command::Library(library) => library.action.wants_json(),
            Command::Ledger(ledger) => ledger.json,
            Command::Inspect(inspect) => inspect.json,
            Command::Voices(voices) => voices.json,
            Command::Dictionary(dictionary) => dictionary.action.wants_json(),
            Command::Key(KeyArguments {
                action: KeyAction::Status { json, .. },
            }) => *json,
            Command::Key(_) => false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Speak a text, into a file or aloud
    Speak(SpeakArguments),
    /// Make a narration of a text of any length, into files
    Narrate(NarrateArguments),
    /// Say what a narration would cost and take
    Quote(QuoteArguments),
    /// List, show, export and remove narrations
    Library(LibraryArguments),
    /// Show what was bought
    Ledger(LedgerArguments),
    /// Show what becomes of a document: chapters, paragraphs, sentences, segments, and what was left out
    Inspect(InspectArguments),
    /// List the voices
    Voices(VoicesArguments),
    /// List, show and change how cloud voices say words
    Dictionary(DictionaryArguments),
    /// Show, set or forget the Smallest AI key
    Key(KeyArguments),
}

#[derive(Debug, Args)]
#[command(after_help = SPEAK_AFTER)]
pub(crate) struct SpeakArguments {
    /// The text; without it and without -f, standard input is read unless it is a terminal
    #[arg(conflicts_with = "file")]
    pub(crate) text: Option<String>,
    /// Read the text from a document of up to 100 MB; - is standard input
    #[arg(long, short, value_name = "FILE|-")]
    pub(crate) file: Option<PathBuf>,
    /// Save the speech as a WAV file; - is standard output
    #[arg(long, short, value_name = "OUT.wav|-")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) voice: VoiceArguments,
    /// Play the speech
    #[arg(long)]
    pub(crate) play: bool,
    /// Say the result, or what went wrong, as one JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who speaks, and how.
#[derive(Debug, Args)]
pub(crate) struct VoiceArguments {
    /// The voice, as `peal voices` lists it; of a cloud voice, the part behind the / is enough [default: the one of the
    /// settings, else builtin/hibari]
    #[arg(long, value_name = "ID")]
    pub(crate) voice: Option<String>,
    /// The model of a cloud voice that is named without it: lightning_v3.1 or lightning_v3.1_pro [default: Pro if it has
    /// the voice]
    #[arg(long, requires = "voice")]
    pub(crate) model: Option<Model>,
    /// How fast, 0.5 to 2 [default: as in the settings, else 1]
    #[arg(long, value_parser = speed)]
    pub(crate) speed: Option<Speed>,
    /// The language of the text: a code such as hi, an English name, or auto [default: as in the settings, else auto]
    #[arg(long, value_parser = language)]
    pub(crate) language: Option<Language>,
    /// Samples a second: 8000, 16000, 24000 or 44100 [default: 44100; the built-in voice always has 24000]
    #[arg(long, value_name = "HZ", value_parser = rate)]
    pub(crate) rate: Option<SampleRate>,
    /// Cloud voices read digits, amounts and times in this language [default: that of the text]
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    pub(crate) numbers: Option<Language>,
    /// Cloud voices read sums such as 5 x 3 and 2 ^ 10 as arithmetic
    #[arg(long)]
    pub(crate) maths: bool,
    /// Cloud voices say words as this pronunciation dictionary does, and as those named after it; see `peal dictionary`
    /// [default: those in use]
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) dictionary: Vec<String>,
    /// Cloud voices follow no pronunciation dictionary
    #[arg(long, conflicts_with = "dictionary")]
    pub(crate) no_dictionaries: bool,
    /// How cloud speech travels [default: as in the settings, else auto]
    #[arg(long)]
    pub(crate) transport: Option<TransportName>,
}

const NARRATE_AFTER: &str = "\
What was bought is kept, sentence by sentence. Interrupted by whatever, the same command goes on with what is missing; with \
a text or a voice that was changed, only what has changed is bought. Files of other origin are never replaced.

Examples:
  peal narrate book.md -o audio --voice sophie --spend-limit 5
  peal narrate one.txt two.txt -o audio --split paragraph
  peal narrate book.md -o audio --split chapter --name \"{number} {chapter}\" --captions srt,json --preview";

#[derive(Debug, Args)]
#[command(after_help = NARRATE_AFTER)]
pub(crate) struct NarrateArguments {
    /// The texts, each a narration of its own
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The folder for the finished files
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) voice: VoiceArguments,
    /// A paragraph that begins with a name and a colon is spoken by that voice
    #[arg(long)]
    pub(crate) dialogue: bool,
    #[command(flatten)]
    pub(crate) form: FormArguments,
    /// Requests open at once, 1 to 10: as many as your account allows [default: as in the settings, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) concurrency: Option<u8>,
    /// Stop before more than so many US dollars are spent on a narration, all its runs together
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub(crate) spend_limit: Option<f64>,
    /// Write the files even if sentences have failed
    #[arg(long)]
    pub(crate) without_failed: bool,
    /// Only show the names of the files that would be made
    #[arg(long)]
    pub(crate) preview: bool,
    /// Say the result, or what went wrong, as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// What the finished files are.
#[derive(Debug, Args)]
pub(crate) struct FormArguments {
    /// The kind of file
    #[arg(long, value_enum, default_value_t = FormatName::Wav)]
    pub(crate) format: FormatName,
    /// Bits of a sample in WAV and FLAC: 16, or 24 for further work [default: 16]
    #[arg(long, value_name = "16|24", value_parser = depth)]
    pub(crate) bits: Option<Depth>,
    /// One file, or one for each chapter or paragraph
    #[arg(long, value_enum, default_value_t = SplitName::None)]
    pub(crate) split: SplitName,
    /// How loud the whole is
    #[arg(long, value_enum, default_value_t = LoudnessName::Audiobook)]
    pub(crate) loudness: LoudnessName,
    /// Subtitles beside each file, any of these with commas between
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT,…")]
    pub(crate) captions: Vec<CaptionName>,
    /// What files are called: words and the fields {title}, {author}, {number} and {chapter} [default: "{title}", with
    /// "{number}" and "{chapter}" where there are several]
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name: Option<NameTemplate>,
    /// A picture that players show, in JPEG or PNG, of up to 10 MB; not in WAV
    #[arg(long, value_name = "PICTURE")]
    pub(crate) cover: Option<PathBuf>,
    /// Replace files of the same name whatever they are
    #[arg(long)]
    pub(crate) overwrite: bool,
}

impl FormArguments {
    /// The same, as a narration keeps it.
    pub(crate) fn output(&self, folder: &Path) -> Result<Output, Trouble> {
        let absolute =
            |path: &Path| std::path::absolute(path).map_err(|error| Trouble::writing(path, error));
        let mut captions: Vec<CaptionFormat> = Vec::new();
        for format in self.captions.iter().copied().map(CaptionFormat::from) {
            if !captions.contains(&format) {
                captions.push(format);
            }
        }
        if let Some(cover) = &self.cover {
            check_cover(cover).map_err(|failure| Trouble::about(failure, cover))?;
        }
        Ok(Output {
            folder: absolute(folder)?,
            split: self.split.into(),
            format: self.format.into(),
            depth: self.bits.unwrap_or_default(),
            loudness: self.loudness.into(),
            captions,
            name: self.name.clone(),
            cover: self.cover.as_deref().map(absolute).transpose()?,
            overwrite: self.overwrite,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// Uncompressed
    Wav,
    /// For players of every kind, with chapters
    Mp3,
    /// Compressed without loss, with chapters
    Flac,
    /// The least room for the same sound, with chapters
    Opus,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Wav => Self::Wav,
            FormatName::Mp3 => Self::Mp3,
            FormatName::Flac => Self::Flac,
            FormatName::Opus => Self::Opus,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoudnessName {
    /// As the voice speaks
    None,
    /// -16 LUFS
    Podcast,
    /// -19 LUFS
    Audiobook,
    /// As ACX takes audiobooks: -20.5 dB RMS, peaks at most -3 dB, silence at both ends, 44.1 kHz
    Acx,
}

impl From<LoudnessName> for Finish {
    fn from(name: LoudnessName) -> Self {
        match name {
            LoudnessName::None => Self::AsSpoken,
            LoudnessName::Podcast => Self::Podcast,
            LoudnessName::Audiobook => Self::Audiobook,
            LoudnessName::Acx => Self::Acx,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CaptionName {
    /// SubRip
    Srt,
    /// WebVTT
    Vtt,
    /// For players of lyrics
    Lrc,
    /// The time of every word, and where the times come from
    Json,
}

impl From<CaptionName> for CaptionFormat {
    fn from(name: CaptionName) -> Self {
        match name {
            CaptionName::Srt => Self::Srt,
            CaptionName::Vtt => Self::Vtt,
            CaptionName::Lrc => Self::Lrc,
            CaptionName::Json => Self::Json,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitName {
    /// One file
    None,
    /// One for each chapter
    Chapter,
    /// One for each paragraph
    Paragraph,
}

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::None => Self::None,
            SplitName::Chapter => Self::Chapter,
            SplitName::Paragraph => Self::Paragraph,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct QuoteArguments {
    /// The text
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) voice: VoiceArguments,
    /// A paragraph that begins with a name and a colon is spoken by that voice
    #[arg(long)]
    pub(crate) dialogue: bool,
    /// Say it as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LibraryArguments {
    #[command(subcommand)]
    pub(crate) action: LibraryAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LibraryAction {
    /// List the narrations
    List {
        /// Only those with all these words in their title, author, voice or files
        #[arg(long, value_name = "WORDS")]
        find: Option<String>,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one narration
    Show {
        /// As `peal library list` has it
        id: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give a narration another title
    Rename {
        /// As `peal library list` has it
        id: String,
        /// What it is called from now on; files that are there keep their names
        title: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the files of a narration again, without buying anything
    Export {
        /// As `peal library list` has it
        id: String,
        /// The folder for the files
        #[arg(long, short, value_name = "DIR")]
        output: PathBuf,
        #[command(flatten)]
        form: FormArguments,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take a narration out of the library; its files stay where they are
    Remove {
        /// As `peal library list` has it
        id: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl LibraryAction {
    fn wants_json(&self) -> bool {
        match self {
            Self::List { json, .. }
            | Self::Rename { json, .. }
            | Self::Show { json, .. }
            | Self::Export { json, .. }
            | Self::Remove { json, .. } => *json,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LedgerArguments {
    /// Only the requests of one narration, as `peal library list` has it
    #[arg(long, value_name = "ID")]
    pub(crate) narration: Option<String>,
    /// So many of the newest requests
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,
    /// Say it as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The document; - is standard input, read as plain text
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// The language whose rules for sentences hold: a code such as hi, an English name, or auto [default: that of the
    /// document]
    #[arg(long, value_parser = language)]
    pub(crate) language: Option<Language>,
    /// A paragraph that begins with a name and a colon is spoken by that voice
    #[arg(long)]
    pub(crate) dialogue: bool,
    /// Show everything as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TransportName {
    /// The one that suits the moment
    Auto,
    /// One answer for each sentence
    Http,
    /// Server-sent events: sound while it is made
    Sse,
    /// A WebSocket: the same, and times of words where the voice knows them
    #[value(name = "websocket")]
    WebSocket,
}

impl From<TransportName> for Transport {
    fn from(name: TransportName) -> Self {
        match name {
            TransportName::Auto => Self::Auto,
            TransportName::Http => Self::Http,
            TransportName::Sse => Self::Sse,
            TransportName::WebSocket => Self::WebSocket,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct VoicesArguments {
    /// Only voices for this language: a code such as hi, or an English name
    #[arg(long, value_parser = language)]
    pub(crate) language: Option<Language>,
    /// Only voices in whose id, name, accent, gender or uses all these words occur
    #[arg(long, value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// Say the list, or what went wrong, as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    #[command(subcommand)]
    pub(crate) action: KeyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Say whether there is a key and where it comes from, never the key itself; exit code 3 if there is none
    Status {
        /// Ask the service whether it accepts the key
        #[arg(long)]
        check: bool,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check a key with the service and keep it in the system's keychain: asks for it without showing it, or reads it
    /// from standard input
    Set {
        /// Taken so that the parser does not repeat it on the screen; refused all the same.
        #[arg(hide = true, allow_hyphen_values = true, trailing_var_arg = true)]
        refused: Vec<OsString>,
    },
    /// Remove the key from the keychain; at Smallest AI it stays valid
    Forget,
}

fn dollars(text: &str) -> Result<f64, String> {
    let dollars = text.parse().unwrap_or(f64::NAN);
    if (0.0..=1_000_000.0).contains(&dollars) {
        Ok(dollars)
    } else {
        Err("an amount in US dollars, such as 2.50".to_owned())
    }
}

fn depth(text: &str) -> Result<Depth, String> {
    match text {
        "16" => Ok(Depth::Bits16),
        "24" => Ok(Depth::Bits24),
        _ => Err("16 or 24".to_owned()),
    }
}

fn speed(text: &str) -> Result<Speed, String> {
    let factor = text.parse().unwrap_or(f64::NAN);
    Speed::new(factor).map_err(|error| error.to_string())
}

fn language(text: &str) -> Result<Language, String> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(Language::Auto);
    }
    Language::from_name(text).ok_or_else(|| {
        let codes: Vec<_> = Language::ALL.iter().map(|known| known.code()).collect();
        format!("the languages are {}", codes.join(", "))
    })
}

fn rate(text: &str) -> Result<SampleRate, String> {
    let hertz: u32 = text.parse().map_err(|_| "not a number".to_owned())?;
    SampleRate::try_from(hertz).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense_to_its_parser() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn values_that_no_voice_can_have_are_refused_before_anything_is_done() {
        for line in [
            "speak a --speed 3",
            "speak a --speed fast",
            "speak a --speed NaN",
            "speak a --rate 22050",
            "speak a --language klingon",
            "speak a --voice sophie --model lightning_v2",
            "speak a --model lightning_v3.1",
            "speak a -f b.txt",
            "speak a --transport wss",
            "narrate a.txt",
            "narrate -o out",
            "narrate a.txt -o out --concurrency 0",
            "narrate a.txt -o out --spend-limit much",
            "narrate a.txt -o out --bits 8",
            "narrate a.txt -o out --captions srt,sub",
            "narrate a.txt -o out --loudness loud",
            "narrate a.txt -o out --name {what}",
            "key",
            "dictionary create Names",
            "dictionary create Names GIF",
            "dictionary set Names GIF=",
            "speak a --dictionary Names --no-dictionaries",
        ] {
            let words = std::iter::once("peal").chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_err(), "{line}");
        }
    }

    #[test]
    fn languages_are_taken_as_codes_and_as_names() {
        assert_eq!(language("HI"), Ok(Language::Hindi));
        assert_eq!(language("German"), Ok(Language::German));
        assert_eq!(language("Auto"), Ok(Language::Auto));
    }
}
