//! Files that are read, and the documents that they become.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ErrorReport;

wire! {
    /// The outcome of the newest drop or choice of a file.
    pub union Import {
        /// None yet.
        Idle,
        /// Being read.
        Reading {
            /// Its name.
            file_name: String,
        },
        /// Read; a text too long to be edited is opened as a document instead.
        Ready {
            /// Differs for each import.
            id: u32,
            /// Its name.
            file_name: String,
            /// Its heading, or its name.
            title: String,
            /// The text.
            text: String,
            /// Things worth knowing.
            remarks: Vec<ImportRemark>,
        },
        /// Not read.
        Failed {
            /// Differs for each import.
            id: u32,
            /// Its name.
            file_name: String,
            /// Why.
            error: ErrorReport,
        },
    }
}
wire! {
    /// Kinds of [`ImportRemark`].
    #[expect(missing_docs, reason = "the import's kinds of remark, documented there")]
    pub enum ImportRemarkKind {
        EncodingGuessed, CharactersReplaced, ControlsRemoved, MarkdownRead, LanguageGuessed, LinesJoined, HyphensMended,
        HeadingsGuessed, TablesGuessed, NotesDropped, NoteMarksDropped, PageNumbersDropped, RunningHeadsDropped, NavigationDropped, DeletionsDropped,
        CommentsDropped, HiddenDropped, CodeDropped, PicturesDropped, ReadingAidsDropped, CueMarksDropped, PartsMissing,
    }
}
wire! {
    /// Something that was guessed or dropped while a file was read.
    pub struct ImportRemark {
        /// What.
        pub kind: ImportRemarkKind,
        /// The name of the encoding, the language or the part; else how often.
        pub detail: String,
    }
}
wire! {
    /// How a document stands.
    pub union DocumentState {
        /// Other files are read first.
        Waiting,
        /// Being read.
        Reading,
        /// It can be looked at.
        Ready,
        /// It could not be read.
        Failed {
            /// Why.
            error: ErrorReport,
        },
    }
}
wire! {
    /// A document in the list.
    pub struct DocumentEntry {
        /// Differs for each document in this run of Peal.
        pub id: u32,
        /// Changes with its text: what was fetched of it before is out of date.
        pub revision: u32,
        /// The file's name.
        pub file_name: String,
        /// From the file, else the file's name.
        pub title: String,
        /// Who wrote it, if the file says so.
        pub author: Option<String>,
        /// A BCP 47 tag, if it is known.
        pub language: Option<String>,
        /// Of the text as imported.
        pub characters: u32,
        /// In its table of contents.
        pub chapters: u32,
        /// Paragraphs that a person changed.
        pub changed: u32,
        /// A person says that it is a dialogue: `Name: line` is spoken by the voice of that name.
        pub dialogue: bool,
        /// See there.
        pub state: DocumentState,
    }
}
wire! {
    /// That a person opened something: the page goes there.
    pub struct Opening {
        /// Counts up.
        pub turn: u32,
        /// The document; the first one of several.
        pub id: u32,
    }
}
wire! {
    /// A chapter in a list.
    pub struct DocumentChapter {
        /// Empty for what stands before the first heading.
        pub title: String,
        /// How deep it lies, from 0.
        pub depth: u32,
        /// Index of its first sentence.
        pub first: u32,
        /// How many sentences it has.
        pub sentences: u32,
    }
}
wire! {
    /// What importing did, and whether it is wanted.
    pub struct ReportLine {
        /// What was done.
        pub kind: ImportRemarkKind,
        /// How often; 0 where it was undone.
        pub count: u32,
        /// Words it was done to, or a name; empty where it was undone.
        pub example: String,
        /// Whether it can be undone.
        pub can_be_undone: bool,
        /// A person undid it.
        pub is_undone: bool,
    }
}
wire! {
    /// What a screen needs of a document before it shows any sentence.
    pub struct DocumentOutline {
        /// Those that have something to say.
        pub chapters: Vec<DocumentChapter>,
        /// Where each sentence starts, as UTF-16 offsets, and where the last one ends.
        pub starts: Vec<u32>,
        /// What importing did.
        pub report: Vec<ReportLine>,
    }
}
wire! {
    /// A part of a sentence: words, or a direction of the writer.
    pub union Piece {
        /// To be spoken.
        Words {
            /// As they stand.
            text: String,
        },
        /// Silence.
        Pause {
            /// How long.
            seconds: f64,
        },
        /// Another voice.
        Voice {
            /// `null` is the usual one again.
            name: Option<String>,
        },
        /// Spoken letter by letter.
        Spell {
            /// The word.
            text: String,
        },
        /// Not spoken.
        Skip {
            /// The words.
            text: String,
        },
    }
}
wire! {
    /// One sentence of an opened document.
    pub struct DocumentSentence {
        /// UTF-16 offset into the whole text.
        pub start: u32,
        /// Where it ends.
        pub end: u32,
        /// Words and directions, with those that stand before it.
        pub pieces: Vec<Piece>,
        /// What is edited: the words with their directions, as they stand in the text.
        pub raw: String,
        /// It is a heading.
        pub is_heading: bool,
        /// A paragraph ends with it.
        pub ends_paragraph: bool,
        /// A person changed it.
        pub is_changed: bool,
    }
}
