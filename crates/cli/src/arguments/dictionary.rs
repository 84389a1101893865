//! How cloud voices say words, as `--help` shows it.

use clap::{Args, Subcommand};
use waves::Pronunciation;

const AFTER: &str = "\
A dictionary says how words are said: each word, by case and as a whole, is spoken as the letters behind the = are. Its \
words are kept in your Smallest AI account; its name, and whether it is used, on this computer. Where a word changes, only \
the sentences that have it are bought again; `peal quote` tells the price before.

Examples:
  peal dictionary create Names \"Siobhan=shi-vawn\" \"GIF=jiff\"
  peal dictionary set Names \"Worcester=wuster\"
  peal dictionary remove Names GIF
  peal narrate book.md -o audio --voice sophie --dictionary Names";

#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct DictionaryArguments {
    #[command(subcommand)]
    pub(crate) action: DictionaryAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DictionaryAction {
    /// List the dictionaries of the account
    List {
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show the words of a dictionary
    Show {
        /// Its name, or its id
        dictionary: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make a dictionary, which cloud voices follow from now on
    Create {
        /// What it is called on this computer
        name: String,
        /// Words and how they are said
        #[arg(required = true, value_name = "WORD=SAID", value_parser = pronunciation)]
        words: Vec<Pronunciation>,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Add words to a dictionary, or change how they are said
    Set {
        /// Its name, or its id
        dictionary: String,
        /// Words and how they are said
        #[arg(required = true, value_name = "WORD=SAID", value_parser = pronunciation)]
        words: Vec<Pronunciation>,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take words out of a dictionary; with the last one it is deleted
    Remove {
        /// Its name, or its id
        dictionary: String,
        /// Words as they are written
        #[arg(required = true, value_name = "WORD")]
        words: Vec<String>,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give a dictionary another name
    Rename {
        /// Its name, or its id
        dictionary: String,
        /// What it is called on this computer from now on
        name: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Let cloud voices follow a dictionary where no other is named
    Use {
        /// Its name, or its id
        dictionary: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Let cloud voices follow a dictionary only where it is named
    Ignore {
        /// Its name, or its id
        dictionary: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Delete a dictionary from the account
    Delete {
        /// Its name, or its id
        dictionary: String,
        /// Say it as one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl DictionaryAction {
    pub(super) fn wants_json(&self) -> bool {
        match self {
            Self::List { json }
            | Self::Show { json, .. }
            | Self::Create { json, .. }
            | Self::Set { json, .. }
            | Self::Remove { json, .. }
            | Self::Rename { json, .. }
            | Self::Use { json, .. }
            | Self::Ignore { json, .. }
            | Self::Delete { json, .. } => *json,
        }
    }
}

/// `WORD=SAID` as it is typed.
fn pronunciation(text: &str) -> Result<Pronunciation, String> {
    let (word, said) = text
        .split_once('=')
        .ok_or_else(|| "a word and how it is said, such as GIF=jiff".to_owned())?;
    Pronunciation::new(word, said).map_err(|error| error.to_string())
}
