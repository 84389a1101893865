//! Markdown → what a reader would say of it (CommonMark with tables, footnotes and front matter).
//!
//! Addresses of links, code, pictures and raw HTML are not speech and stay out.

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd,
};

use super::draft::Draft;
use super::model::BlockKind;
use super::report::{ImportOptions, RemarkKind};
use super::{ImportError, encoding, plain};

pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let source = encoding::text_of(bytes, options, &mut draft.report)?;
    if options.keeps(RemarkKind::MarkdownRead) {
        plain::read_text(&source, options, draft);
        return Ok(());
    }
    draft.headings_are_titles = true;
    draft.report.note(RemarkKind::MarkdownRead, 0, "");
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut reader = Reader {
        options,
        draft,
        words: String::new(),
        silent: None,
        lists: 0,
        quotations: 0,
    };
    for event in Parser::new_ext(&source, extensions) {
        reader.event(event);
    }
    reader.end_block();
    Ok(())
}

struct Reader<'a> {
    options: &'a ImportOptions,
    draft: &'a mut Draft,
    /// Of the block that is open.
    words: String,
    /// What is being left out, and how deep in it we are.
    silent: Option<(Silence, usize)>,
    lists: usize,
    quotations: usize,
}

/// Why words are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    Dropped(RemarkKind),
    FrontMatter,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>) {
        if self.silent.is_some() {
            return self.silent_event(&event);
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) | Event::Code(words) => self.words.push_str(&words),
            Event::InlineMath(formula) | Event::DisplayMath(formula) => {
                self.words.push_str(&formula);
            }
            Event::SoftBreak | Event::HardBreak => self.words.push(' '),
            Event::Rule => {
                self.end_block();
                self.draft.push(BlockKind::SceneBreak, "");
            }
            Event::FootnoteReference(label) => {
                if self.options.keeps(RemarkKind::NoteMarksDropped) {
                    self.words.push_str(&format!("[{label}]"));
                } else {
                    let at = self.draft.position();
                    self.draft
                        .report
                        .count(RemarkKind::NoteMarksDropped, at, &label);
                }
            }
            Event::InlineHtml(tag) if is_line_break(&tag) => self.words.push(' '),
            Event::Html(_) | Event::InlineHtml(_) | Event::TaskListMarker(_) => {}
        }
    }

    /// Collects what is left out, for the report.
    fn silent_event(&mut self, event: &Event<'_>) {
        let Some((silence, depth)) = &mut self.silent else {
            return;
        };
        match event {
            Event::Start(_) => *depth += 1,
            Event::End(_) if *depth > 0 => *depth -= 1,
            Event::End(_) => {
                let silence = *silence;
                self.silent = None;
                self.end_silence(silence);
            }
            Event::Text(words) | Event::Code(words) => self.words.push_str(words),
            Event::SoftBreak | Event::HardBreak => self.words.push(' '),
            _ => {}
        }
    }

    fn end_silence(&mut self, silence: Silence) {
        match silence {
            Silence::Dropped(RemarkKind::PicturesDropped) => {
                // A picture stands within a line, whose words went before it.
                let (line, alternative) =
                    self.words.rsplit_once('\u{1}').unwrap_or(("", &self.words));
                let at = self.draft.position();
                self.draft
                    .report
                    .note(RemarkKind::PicturesDropped, at, alternative);
                self.words = line.to_owned();
            }
            Silence::Dropped(kind) => {
                let at = self.draft.position();
                self.draft.report.note(kind, at, &self.words);
                self.words.clear();
            }
            Silence::FrontMatter => {
                read_front_matter(&self.words, self.draft);
                self.words.clear();
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let drop = |reader: &mut Self, kind| {
            if !reader.options.keeps(kind) {
                reader.silent = Some((Silence::Dropped(kind), 0));
            }
        };
        match tag {
            Tag::MetadataBlock(MetadataBlockKind::YamlStyle | MetadataBlockKind::PlusesStyle) => {
                self.end_block();
                self.silent = Some((Silence::FrontMatter, 0));
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.end_block();
                drop(self, RemarkKind::CodeDropped);
            }
            Tag::FootnoteDefinition(_) => {
                self.end_block();
                drop(self, RemarkKind::NotesDropped);
            }
            Tag::Image { .. } => {
                drop(self, RemarkKind::PicturesDropped);
                if self.silent.is_some() {
                    self.words.push('\u{1}');
                }
            }
            Tag::List(_) => {
                self.end_block();
                self.lists += 1;
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.quotations += 1;
            }
            Tag::Heading { .. } | Tag::Paragraph | Tag::Item | Tag::Table(_) | Tag::HtmlBlock => {
                self.end_block();
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.end_as(BlockKind::Heading(number(level))),
            TagEnd::TableCell => self.words.push_str(", "),
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = self.words.trim_end_matches([',', ' ']).len();
                self.words.truncate(row);
                self.end_as(BlockKind::TableRow);
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists = self.lists.saturating_sub(1);
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotations = self.quotations.saturating_sub(1);
            }
            TagEnd::Paragraph
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::CodeBlock
            | TagEnd::FootnoteDefinition => {
                self.end_block();
            }
            _ => {}
        }
    }

    fn end_block(&mut self) {
        self.end_as(if self.lists > 0 {
            BlockKind::ListItem
        } else if self.quotations > 0 {
            BlockKind::Quotation
        } else {
            BlockKind::Paragraph
        });
    }

    fn end_as(&mut self, kind: BlockKind) {
        let kind = if plain::is_scene_break(&self.words) {
            BlockKind::SceneBreak
        } else {
            kind
        };
        if !self.words.trim().is_empty() {
            self.draft.push(kind, &self.words);
        }
        self.words.clear();
    }
}

fn is_line_break(tag: &str) -> bool {
    tag.get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("<br"))
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Title, author and language of YAML (`title: x`) or TOML (`title = "x"`); everything else there is not for reading.
fn read_front_matter(source: &str, draft: &mut Draft) {
    for line in source.lines() {
        let Some((name, value)) = line.split_once([':', '=']) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'', '[', ']']).trim();
        if value.is_empty() || name.starts_with([' ', '\t']) {
            continue;
        }
        match name.trim() {
            "title" => draft.title = Some(value.to_owned()),
            "author" => draft.author = Some(value.to_owned()),
            "lang" | "language" => draft.language = Some(value.to_owned()),
            _ => {}
        }
    }
}
