//! `peal inspect`: what import and script make of a document.

use std::collections::BTreeMap;

use narration::document::{BlockKind, Document, Remark};
use narration::script::{PauseSettings, Script, ScriptOptions, script};
use serde::Serialize;
use studio::home::Home;
use studio::settings::SettingsFile;
use tokio::task::spawn_blocking;
use waves::Language;

use crate::arguments::InspectArguments;
use crate::speak::{joined, read_document};
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::words;

/// Characters of a sentence or an example that the outline shows.
const SHOWN: usize = 72;

/// A document taken apart, as the JSON has it. All words are as they are spoken.
#[derive(Debug, Serialize)]
struct Inspection {
    title: String,
    author: Option<String>,
    /// The language whose rules were used; `null` if nothing could be said.
    language: Option<String>,
    chapters: Vec<Chapter>,
    segments: Vec<Segment>,
    /// Of all segments, as the service counts.
    characters: usize,
    report: Vec<Done>,
}

#[derive(Debug, Serialize)]
struct Chapter {
    title: String,
    paragraphs: Vec<Paragraph>,
}

#[derive(Debug, Serialize)]
struct Paragraph {
    kind: &'static str,
    sentences: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Segment {
    text: String,
    /// Index of the chapter.
    chapter: usize,
    /// Seconds.
    pause_after: f64,
    /// `null` for the voice that speaks the document.
    voice: Option<String>,
}

/// Something that was joined, dropped or guessed.
#[derive(Debug, Serialize)]
struct Done {
    kind: String,
    r#where: Place,
    example: String,
    count: usize,
    /// For people.
    #[serde(skip)]
    words: &'static str,
}

#[derive(Debug, Serialize)]
struct Place {
    /// Index of the chapter.
    chapter: usize,
    /// Index of the paragraph in it.
    paragraph: usize,
}

/// Inspects.
pub(crate) async fn run(arguments: InspectArguments, terminal: &Terminal) -> Result<(), Trouble> {
    let document = read_document(&arguments.file).await?;
    let options = ScriptOptions {
        language: arguments.language,
        pauses: pauses(),
        dialogue: arguments.dialogue,
        ..ScriptOptions::default()
    };
    let inspect = move || inspection(&document, &script(&document, &options), options.language);
    let inspection = joined(spawn_blocking(inspect).await)?;
    if terminal.wants_json() {
        return terminal.object(&inspection);
    }
    outline(&inspection)
        .iter()
        .try_for_each(|line| terminal.result(line))
}

/// Those of the settings; the usual ones where there is no place for settings.
fn pauses() -> PauseSettings {
    let Ok(home) = Home::from_env() else {
        return PauseSettings::default();
    };
    let loaded = SettingsFile::load(&home.settings_path());
    loaded.file.settings().pauses
}

fn inspection(document: &Document, script: &Script, language: Option<Language>) -> Inspection {
    let text = &document.text;
    let mut chapters: Vec<Chapter> = document
        .chapters
        .iter()
        .map(|chapter| Chapter {
            title: chapter.title.clone(),
            paragraphs: Vec::new(),
        })
        .collect();
    // Which paragraph of its chapter a block is; those without words are none.
    let mut places: BTreeMap<usize, Place> = BTreeMap::new();
    for sentence in &script.sentences {
        let paragraphs = &mut chapters[sentence.chapter].paragraphs;
        let place = places.entry(sentence.block).or_insert_with(|| {
            paragraphs.push(Paragraph {
                kind: kind_of(document.blocks[sentence.block].kind),
                sentences: Vec::new(),
            });
            Place {
                chapter: sentence.chapter,
                paragraph: paragraphs.len() - 1,
            }
        });
        paragraphs[place.paragraph]
            .sentences
            .push(sentence.speech(text));
    }
    let segments: Vec<Segment> = script
        .segments
        .iter()
        .map(|segment| Segment {
            text: segment.speech(text),
            chapter: segment.chapter,
            pause_after: segment.pause_after.as_secs_f64(),
            voice: segment.voice.clone(),
        })
        .collect();
    let asked = language.filter(|language| *language != Language::Auto);
    Inspection {
        title: document.title.clone(),
        author: document.author.clone(),
        language: asked
            .map(|language| language.code().to_owned())
            .or_else(|| document.language.clone()),
        chapters,
        characters: segments
            .iter()
            .map(|segment| segment.text.chars().count())
            .sum(),
        segments,
        report: document
            .report
            .iter()
            .map(|remark| done(document, &places, remark))
            .collect(),
    }
}

fn done(document: &Document, places: &BTreeMap<usize, Place>, remark: &Remark) -> Done {
    let block = document
        .blocks
        .partition_point(|block| block.range.end <= remark.at);
    // A remark about what is missing stands where it was missed.
    let near = places
        .range(block..)
        .next()
        .or_else(|| places.range(..block).next_back());
    let (chapter, paragraph) = near.map_or((0, 0), |(_, place)| (place.chapter, place.paragraph));
    let name = format!("{:?}", remark.kind);
    let (first, rest) = name.split_at(1);
    Done {
        kind: first.to_ascii_lowercase() + rest,
        r#where: Place { chapter, paragraph },
        example: remark.example.clone(),
        count: remark.count,
        words: words::done(remark.kind),
    }
}

fn kind_of(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Heading(_) => "heading",
        BlockKind::Paragraph => "paragraph",
        BlockKind::ListItem => "listItem",
        BlockKind::Quotation => "quotation",
        BlockKind::Verse => "verse",
        BlockKind::TableRow => "tableRow",
        BlockKind::SceneBreak => "sceneBreak",
        BlockKind::Cue { .. } => "cue",
    }
}

/// A table of contents with the beginning of each chapter, then what was done.
fn outline(inspection: &Inspection) -> Vec<String> {
    let sentences_of = |chapter: &Chapter| -> usize {
        chapter
            .paragraphs
            .iter()
            .map(|paragraph| paragraph.sentences.len())
            .sum()
    };
    let by = inspection
        .author
        .as_ref()
        .map(|author| format!(", {author}"));
    let mut lines = vec![
        format!("{}{}", inspection.title, by.unwrap_or_default()),
        format!(
            "{} · {} characters · {} sentences · {} segments",
            inspection.language.as_deref().unwrap_or("language unknown"),
            inspection.characters,
            inspection.chapters.iter().map(sentences_of).sum::<usize>(),
            inspection.segments.len(),
        ),
    ];
    for (index, chapter) in inspection.chapters.iter().enumerate() {
        lines.push(String::new());
        lines.push(format!(
            "{}. {} ({} paragraphs, {} sentences)",
            index + 1,
            if chapter.title.is_empty() {
                "–"
            } else {
                &chapter.title
            },
            chapter.paragraphs.len(),
            sentences_of(chapter),
        ));
        let first = chapter
            .paragraphs
            .iter()
            .filter(|paragraph| paragraph.kind != "heading")
            .find_map(|paragraph| paragraph.sentences.first());
        lines.extend(first.map(|sentence| format!("   {}", shortened(sentence))));
    }
    if !inspection.report.is_empty() {
        lines.push(String::new());
    }
    for done in &inspection.report {
        let example = shortened(&done.example);
        lines.push(format!("- {} ({}): {example}", done.words, done.count));
    }
    lines
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
