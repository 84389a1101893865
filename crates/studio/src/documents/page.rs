//! A document as it is read on a screen: chapters, and any stretch of its sentences with the writer's directions apart
//! from the words. Pure.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use narration::document::{BlockKind, Document};
use narration::script::Script;
use narration::script::markup::{self, Direction, DirectionKind};

use super::edits::Edits;
use crate::speech::Utf16Position;

/// A document that is open: as imported, as edited, and cut.
#[derive(Debug)]
pub struct Page {
    imported: Arc<Document>,
    edited: Arc<Document>,
    text: Arc<str>,
    script: Arc<Script>,
    /// Those in brackets, and the names of those who speak in a dialogue.
    directions: Vec<Direction>,
    /// Numbers of the blocks that a person changed.
    changed: BTreeSet<usize>,
}

/// A chapter in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChapterView {
    /// Empty for what stands before the first heading.
    pub title: String,
    /// How deep it lies, from 0.
    pub depth: u8,
    /// Index of its first sentence.
    pub first: usize,
    /// How many sentences it has.
    pub sentences: usize,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// To be spoken.
    Words(String),
    /// Silence.
    Pause(Duration),
    /// Another voice; `None` is the usual one again.
    Voice(Option<String>),
    /// Spoken letter by letter.
    Spell(String),
    /// Not spoken.
    Skip(String),
}

/// One sentence on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceView {
    /// UTF-16 offset into the whole text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Index of its chapter.
    pub chapter: usize,
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

impl Page {
    /// Lays the edits over an import and cuts it.
    pub fn new(imported: Arc<Document>, edits: &Edits, cut: impl Fn(&Document) -> Script) -> Self {
        let changed: BTreeSet<usize> = edits.of(&imported).into_keys().collect();
        let edited = if changed.is_empty() {
            Arc::clone(&imported)
        } else {
            Arc::new(edits.applied_to(&imported))
        };
        let script = Arc::new(cut(&edited));
        Self {
            text: edited.text.as_str().into(),
            directions: directions(&edited.text, &script),
            imported,
            edited,
            script,
            changed,
        }
    }

    /// The same, cut anew.
    pub fn cut_again(&self, cut: impl Fn(&Document) -> Script) -> Self {
        let script = Arc::new(cut(&self.edited));
        Self {
            imported: Arc::clone(&self.imported),
            edited: Arc::clone(&self.edited),
            text: Arc::clone(&self.text),
            directions: directions(&self.text, &script),
            script,
            changed: self.changed.clone(),
        }
    }

    /// As the file was read, before any edit.
    pub fn imported(&self) -> &Arc<Document> {
        &self.imported
    }

    /// As it is spoken.
    pub fn document(&self) -> &Arc<Document> {
        &self.edited
    }

    /// The text that is spoken.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The text, cut.
    pub fn script(&self) -> &Arc<Script> {
        &self.script
    }

    /// The chapters that have something to say.
    pub fn chapters(&self) -> Vec<ChapterView> {
        let mut chapters: Vec<ChapterView> = Vec::new();
        let mut last = None;
        for (index, sentence) in self.script.sentences.iter().enumerate() {
            if last != Some(sentence.chapter) {
                last = Some(sentence.chapter);
                let chapter = self.edited.chapters.get(sentence.chapter);
                chapters.push(ChapterView {
                    title: chapter
                        .map(|chapter| chapter.title.clone())
                        .unwrap_or_default(),
                    depth: chapter.map_or(0, |chapter| chapter.depth),
                    first: index,
                    sentences: 0,
                });
            }
            if let Some(chapter) = chapters.last_mut() {
                chapter.sentences += 1;
            }
        }
        chapters
    }

    /// Where each sentence starts, as UTF-16 offsets, and where the last one ends: enough to guess its height.
    pub fn starts(&self) -> Vec<usize> {
        let mut position = Utf16Position::default();
        let sentences = &self.script.sentences;
        let starts = sentences.iter().map(|sentence| sentence.range.start);
        starts
            .chain(sentences.last().map(|sentence| sentence.range.end))
            .map(|bytes| position.of(&self.text, bytes))
            .collect()
    }

    /// Sentences from the `from`-th on, at most `count`.
    pub fn sentences(&self, from: usize, count: usize) -> Vec<SentenceView> {
        let total = self.script.sentences.len();
        let from = from.min(total);
        let to = from.saturating_add(count).min(total);
        let mut position = Utf16Position::default();
        let mut originals: Option<(usize, HashSet<String>)> = None;
        (from..to)
            .map(|index| {
                let sentence = &self.script.sentences[index];
                let block = sentence.block;
                let kind = self.edited.blocks.get(block).map(|block| block.kind);
                let next = self.script.sentences.get(index + 1);
                let raw = self.raw(index).to_owned();
                let is_changed = self.changed.contains(&block) && {
                    if originals.as_ref().is_none_or(|(of, _)| *of != block) {
                        originals = Some((block, self.imported_sentences(block)));
                    }
                    originals
                        .as_ref()
                        .is_some_and(|(_, originals)| !originals.contains(&raw))
                };
                SentenceView {
                    start: position.of(&self.text, sentence.range.start),
                    end: position.of(&self.text, sentence.range.end),
                    chapter: sentence.chapter,
                    pieces: self.pieces(index),
                    raw,
                    is_heading: matches!(kind, Some(BlockKind::Heading(_))),
                    ends_paragraph: next.is_none_or(|next| next.block != block),
                    is_changed,
                }
            })
            .collect()
    }

    /// What is edited as sentence number `index`: its part of the paragraph, so that all of the paragraph can be
    /// reached, directions between sentences too. Empty for a sentence that is not there.
    pub fn raw(&self, index: usize) -> &str {
        &self.text[self.part(index)]
    }

    /// The number of a sentence's paragraph, and that paragraph's words with those of the sentence replaced.
    pub fn replaced(&self, index: usize, text: &str) -> Option<(usize, String)> {
        let sentence = self.script.sentences.get(index)?;
        let block = self.edited.blocks.get(sentence.block)?.range.clone();
        let part = self.part(index);
        let before = &self.text[block.start..part.start];
        let mut after = &self.text[part.end..block.end];
        if text.trim().is_empty() {
            after = after.trim_start();
        }
        Some((sentence.block, format!("{before}{text}{after}")))
    }

    /// Bytes of the text that belong to a sentence: from the end of the one before it in its paragraph.
    fn part(&self, index: usize) -> Range<usize> {
        let sentences = &self.script.sentences;
        let Some(sentence) = sentences.get(index) else {
            return 0..0;
        };
        let Some(block) = self.edited.blocks.get(sentence.block) else {
            return sentence.range.clone();
        };
        let before = index.checked_sub(1).and_then(|index| sentences.get(index));
        let start = match before {
            Some(before) if before.block == sentence.block => before.range.end,
            _ => block.range.start,
        };
        let end = match sentences.get(index + 1) {
            Some(next) if next.block == sentence.block => sentence.range.end,
            _ => block.range.end,
        };
        let part = &self.text[start..end];
        let lead = part.len() - part.trim_start().len();
        start + lead..start + lead + part.trim().len()
    }

    fn pieces(&self, index: usize) -> Vec<Piece> {
        let sentences = &self.script.sentences;
        let part = self.part(index);
        let before = index
            .checked_sub(1)
            .map_or(0, |before| self.part(before).end);
        let is_last = index + 1 == sentences.len();
        let end = if is_last { self.text.len() } else { part.end };
        let mut pieces = Vec::new();
        let mut at = part.start;
        let first = self
            .directions
            .partition_point(|direction| direction.range.start < before);
        let within = self.directions[first..]
            .iter()
            .take_while(|direction| direction.range.start < end);
        for direction in within {
            if direction.range.start > at {
                let words = at..direction.range.start.min(part.end);
                self.push_words(&mut pieces, words);
            }
            at = at.max(direction.range.end);
            let piece = match &direction.kind {
                DirectionKind::Pause(length) => Piece::Pause(*length),
                DirectionKind::Voice(name) => Piece::Voice(name.clone()),
                DirectionKind::Spell(letters) => Piece::Spell(self.text[letters.clone()].into()),
                DirectionKind::Skip => {
                    Piece::Skip(without_brackets(&self.text[direction.range.clone()]))
                }
                DirectionKind::Escape => continue,
            };
            pieces.push(piece);
        }
        if at < part.end {
            self.push_words(&mut pieces, at..part.end);
        }
        pieces
    }

    fn push_words(&self, pieces: &mut Vec<Piece>, range: Range<usize>) {
        let Some(words) = self.text.get(range).filter(|words| !words.is_empty()) else {
            return;
        };
        match pieces.last_mut() {
            // An escaped bracket is a part of the words around it.
            Some(Piece::Words(before)) => before.push_str(words),
            _ if words.trim().is_empty() => {}
            _ => pieces.push(Piece::Words(words.to_owned())),
        }
    }

    /// The sentences of a paragraph before it was changed. Cut as plain text: only to tell what is the same.
    fn imported_sentences(&self, block: usize) -> HashSet<String> {
        let Some(block) = self.imported.blocks.get(block) else {
            return HashSet::new();
        };
        let document = Document {
            text: self.imported.text[block.range.clone()].to_owned(),
            blocks: vec![narration::document::Block {
                kind: block.kind,
                range: 0..block.range.len(),
            }],
            chapters: vec![narration::document::Chapter {
                title: String::new(),
                depth: 0,
                blocks: 0..1,
            }],
            cover: None,
            report: Vec::new(),
            ..Document::clone(&Document::plain(""))
        };
        let language = self.imported.language.clone();
        let document = Arc::new(Document {
            language,
            ..document
        });
        let page = Self::new(document, &Edits::default(), |document| {
            narration::script::script(document, &Default::default())
        });
        (0..page.script.sentences.len())
            .map(|index| page.raw(index).to_owned())
            .collect()
    }
}

fn directions(text: &str, script: &Script) -> Vec<Direction> {
    let mut directions = markup::directions(text);
    directions.extend_from_slice(&script.speakers);
    directions.sort_by_key(|direction| direction.range.start);
    directions
}

/// `[skip: words]` and `[skip]words[/skip]` → `words`.
fn without_brackets(direction: &str) -> String {
    let inside = direction.trim_start_matches('[');
    let inside = match inside.find([':', ']']) {
        Some(at) => &inside[at + 1..],
        None => inside,
    };
    let inside = inside.strip_suffix(']').unwrap_or(inside);
    let inside = inside.rsplit_once('[').map_or(inside, |(inside, _)| inside);
    inside.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use narration::script::ScriptOptions;

    use super::*;

    fn page(text: &str) -> Page {
        Page::new(
            Arc::new(Document::plain(text)),
            &Edits::default(),
            |document| narration::script::script(document, &Default::default()),
        )
    }

    #[test]
    fn directions_stand_apart_from_the_words() {
        let page = page(
            "[voice: Anna]\n\nThe first one is here. [pause 2s] Read [spell: HTML] and \\[not this] well. [skip: Not said.]",
        );
        let sentences = page.sentences(0, 10);
        assert_eq!(
            sentences[0].pieces,
            [
                Piece::Voice(Some("Anna".into())),
                Piece::Words("The first one is here.".into())
            ]
        );
        assert_eq!(
            sentences[1].pieces,
            [
                Piece::Pause(Duration::from_secs(2)),
                Piece::Words(" Read ".into()),
                Piece::Spell("HTML".into()),
                Piece::Words(" and [not this] well. ".into()),
                Piece::Skip("Not said.".into()),
            ]
        );
        assert!(sentences[1].raw.starts_with("[pause 2s] Read"));
    }

    #[test]
    fn whoever_speaks_a_line_of_a_dialogue_stands_apart_from_it() {
        let page = page("Anna: Who is there? Ben?\n\n[pause 1s] Ben: It is me.");
        assert_eq!(
            page.sentences(0, 1)[0].pieces,
            [Piece::Words("Anna: Who is there?".into())]
        );
        let options = ScriptOptions {
            dialogue: true,
            ..ScriptOptions::default()
        };
        let page = page.cut_again(|document| narration::script::script(document, &options));
        let sentences = page.sentences(0, 3);
        let pieces: Vec<&[Piece]> = sentences.iter().map(|one| &*one.pieces).collect();
        let anna = Piece::Voice(Some("Anna".into()));
        let ben = Piece::Voice(Some("Ben".into()));
        let pause = Piece::Pause(Duration::from_secs(1));
        let expected: [&[Piece]; 3] = [
            &[anna, Piece::Words("Who is there?".into())],
            &[Piece::Words("Ben?".into())],
            &[pause, ben, Piece::Words("It is me.".into())],
        ];
        assert_eq!(pieces, expected);
        assert_eq!(sentences[0].raw, "Anna: Who is there?");
    }

    #[test]
    fn a_replaced_sentence_leaves_the_rest_of_its_paragraph_alone() {
        let text = "One is first. Two is second. Three is third.\n\nNext.";
        let page = page(text);
        assert_eq!(
            page.replaced(1, "Changed it is."),
            Some((0, "One is first. Changed it is. Three is third.".into()))
        );
        assert_eq!(
            page.replaced(1, ""),
            Some((0, "One is first. Three is third.".into()))
        );
        assert_eq!(page.replaced(99, "x"), None);
        let parts: Vec<&str> = (0..4).map(|index| page.raw(index)).collect();
        assert_eq!(parts.join(" "), text.replace("\n\n", " "));
    }

    #[test]
    fn only_the_sentence_that_differs_is_marked_as_changed() {
        let imported = Arc::new(Document::plain("One is first. Two is second.\n\nNext."));
        let mut edits = Edits::default();
        edits.change(&imported, 0, "One is first. Two is other.");
        let page = Page::new(imported, &edits, |document| {
            narration::script::script(document, &Default::default())
        });
        let changed: Vec<bool> = page
            .sentences(0, 9)
            .iter()
            .map(|sentence| sentence.is_changed)
            .collect();
        assert_eq!(changed, [false, true, false]);
    }

    #[test]
    fn any_window_of_sentences_is_the_same_as_that_part_of_all() {
        let page = page(&"A bird 🐦 sang here. It was late.\n\n".repeat(50));
        let all = page.sentences(0, usize::MAX);
        assert_eq!(page.sentences(17, 20), all[17..37]);
        assert!(page.sentences(1000, 5).is_empty());
        let starts = page.starts();
        assert_eq!(starts.len(), all.len() + 1);
        assert!(
            all.iter()
                .zip(&starts)
                .all(|(one, start)| one.start == *start)
        );
    }
}
