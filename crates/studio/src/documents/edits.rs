//! What a person changed in a document: an overlay that is laid over whatever the file is read as.
//!
//! An edit belongs to a paragraph, named by its words as they were imported and, where several are alike, by which of
//! them it is. So it survives a start of Peal, and also another import of the same file with something kept that was
//! dropped before. One whose paragraph is not there waits for it.
//!
//! Pure; blocks keep their numbers, so that chapters stay what they are.

use std::collections::{BTreeMap, HashMap};

use narration::document::{Block, BlockKind, Document};
use serde::{Deserialize, Serialize};

/// The longest a paragraph can become, in bytes: more is no correction.
const LONGEST: usize = 100_000;

/// The changed paragraphs of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Edits(Vec<Edit>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Edit {
    /// The paragraph as it was imported.
    paragraph: String,
    /// Which of several that are alike, from 0.
    #[serde(default)]
    which: usize,
    /// The paragraph as it is now; empty when it is not to be spoken at all.
    text: String,
}

impl Edits {
    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many paragraphs were changed.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The changed paragraphs that are in this import of the document: number of the block → its words.
    pub fn of<'a>(&'a self, imported: &Document) -> BTreeMap<usize, &'a str> {
        let mut wanted: HashMap<&str, HashMap<usize, &str>> = HashMap::new();
        for edit in &self.0 {
            wanted
                .entry(&edit.paragraph)
                .or_default()
                .insert(edit.which, &edit.text);
        }
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut found = BTreeMap::new();
        for (number, block) in imported.blocks.iter().enumerate() {
            let words = &imported.text[block.range.clone()];
            let Some(edits) = wanted.get(words) else {
                continue;
            };
            let which = seen.entry(words).or_default();
            if let Some(text) = edits.get(which) {
                found.insert(number, *text);
            }
            *which += 1;
        }
        found
    }

    /// The imported document with the changes in it.
    pub fn applied_to(&self, imported: &Document) -> Document {
        let changes = self.of(imported);
        let mut text = String::with_capacity(imported.text.len());
        let mut blocks = Vec::with_capacity(imported.blocks.len());
        let mut at = 0;
        for (number, block) in imported.blocks.iter().enumerate() {
            text.push_str(&imported.text[at..block.range.start]);
            at = block.range.end;
            let start = text.len();
            match changes.get(&number) {
                Some(changed) => text.push_str(changed),
                None => text.push_str(&imported.text[block.range.clone()]),
            }
            blocks.push(Block {
                kind: block.kind,
                range: start..text.len(),
            });
        }
        text.push_str(&imported.text[at..]);
        Document {
            text,
            blocks,
            ..imported.clone()
        }
    }

    /// Gives a paragraph other words. What is no text for one paragraph is made one.
    pub fn change(&mut self, imported: &Document, number: usize, text: &str) {
        let Some(block) = imported.blocks.get(number) else {
            return;
        };
        let words = &imported.text[block.range.clone()];
        let which = imported.blocks[..number]
            .iter()
            .filter(|former| &imported.text[former.range.clone()] == words)
            .count();
        self.0
            .retain(|edit| edit.paragraph != words || edit.which != which);
        let text = one_paragraph(text, block.kind);
        if text != words {
            self.0.push(Edit {
                paragraph: words.to_owned(),
                which,
                text,
            });
        }
    }

    /// Gives a paragraph its imported words back.
    pub fn restore(&mut self, imported: &Document, number: usize) {
        if let Some(block) = imported.blocks.get(number) {
            let words = imported.text[block.range.clone()].to_owned();
            self.change(imported, number, &words);
        }
    }
}

/// As importing leaves a paragraph: no control characters, no line breaks but in verse, visible at both ends.
fn one_paragraph(text: &str, kind: BlockKind) -> String {
    let mut clean = String::with_capacity(text.len().min(LONGEST));
    for sign in text.chars() {
        if clean.len() >= LONGEST {
            break;
        }
        match sign {
            '\n' if kind == BlockKind::Verse => clean.push('\n'),
            '\r' | '\n' | '\t' | '\u{2028}' | '\u{2029}' => clean.push(' '),
            sign if sign.is_control() => {}
            sign => clean.push(sign),
        }
    }
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        Document::plain("One. Two.\n\nAlike.\n\nThree.\n\nAlike.")
    }

    #[test]
    fn a_changed_paragraph_is_changed_and_every_other_stays() {
        let imported = document();
        let mut edits = Edits::default();
        edits.change(&imported, 3, "No\nlonger\u{7} alike. ");
        let edited = edits.applied_to(&imported);
        let paragraphs: Vec<&str> = edited
            .blocks
            .iter()
            .map(|block| &edited.text[block.range.clone()])
            .collect();
        assert_eq!(
            paragraphs,
            ["One. Two.", "Alike.", "Three.", "No longer alike."]
        );
        edits.restore(&imported, 3);
        assert!(edits.is_empty(), "{edits:?}");
        assert_eq!(edits.applied_to(&imported), imported);
    }

    #[test]
    fn edits_find_their_paragraph_in_another_import_of_the_file() {
        let mut edits = Edits::default();
        edits.change(&document(), 2, "Thrice.");
        let more = Document::plain("A note.\n\nOne. Two.\n\nAlike.\n\nThree.");
        assert_eq!(edits.of(&more).into_iter().next(), Some((3, "Thrice.")));
        let without = Document::plain("Something else.");
        assert_eq!(edits.applied_to(&without), without);
        assert_eq!(edits.len(), 1, "it waits for its paragraph");
    }

    #[test]
    fn an_emptied_paragraph_keeps_its_number_and_is_not_spoken() {
        let imported = document();
        let mut edits = Edits::default();
        edits.change(&imported, 0, "  ");
        let edited = edits.applied_to(&imported);
        assert_eq!(edited.blocks.len(), imported.blocks.len());
        let script = narration::script::script(&edited, &Default::default());
        assert_eq!(script.sentences[0].block, 1);
    }
}
