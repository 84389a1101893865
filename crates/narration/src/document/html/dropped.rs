//! What of a page is not spoken, and why.

use super::notes::{NOTE_KINDS, has_kind, is_note_sign, kinds, looks_like_note_number};
use super::{Reader, ids, is_block, is_permalink};
use crate::document::report::RemarkKind;
use crate::document::tree::NodeId;

impl Reader<'_> {
    /// Leaves out what is not read aloud, with a remark.
    pub(super) fn is_dropped(&mut self, id: NodeId) -> bool {
        let tree = self.tree;
        let name = tree.node(id).name.as_str();
        if matches!(
            name,
            "script"
                | "style"
                | "head"
                | "template"
                | "noscript"
                | "iframe"
                | "object"
                | "audio"
                | "video"
                | "canvas"
                | "button"
                | "input"
                | "select"
                | "textarea"
                | "link"
                | "meta"
                | "col"
                | "colgroup"
        ) {
            return true;
        }
        let Some(kind) = self.reason(id, name) else {
            return false;
        };
        if self.options.keeps(kind) {
            if name == "img" {
                self.words
                    .push_str(tree.attribute(id, "alt").unwrap_or_default());
            }
            return name == "img";
        }
        let mut example = tree.text_of(id);
        match kind {
            RemarkKind::PicturesDropped => {
                let told = tree
                    .attribute(id, "alt")
                    .or_else(|| tree.attribute(id, "alttext"));
                example = told.map_or(example, str::to_owned);
                // The first letter of a chapter, drawn.
                if example.chars().count() == 1 && example.chars().all(char::is_alphabetic) {
                    self.words.push_str(&example);
                    return true;
                }
            }
            RemarkKind::PageNumbersDropped if example.is_empty() => {
                let told = tree
                    .attribute(id, "title")
                    .or_else(|| tree.attribute(id, "aria-label"));
                example = told.unwrap_or_default().to_owned();
            }
            RemarkKind::NoteMarksDropped => {
                // No space is left before the comma that follows the sign.
                self.words.truncate(self.words.trim_end_matches(' ').len());
            }
            _ => {}
        }
        let at = self.draft.position() + self.words.len();
        match kind {
            RemarkKind::NavigationDropped if name == "a" => {
                self.draft.report.count(kind, at, &example);
            }
            RemarkKind::NoteMarksDropped
            | RemarkKind::PageNumbersDropped
            | RemarkKind::ReadingAidsDropped => {
                self.draft.report.count(kind, at, &example);
            }
            RemarkKind::PicturesDropped if example.trim().is_empty() => {}
            _ if example.trim().is_empty() => {}
            _ => self.draft.report.note(kind, at, &example),
        }
        true
    }

    fn reason(&self, id: NodeId, name: &str) -> Option<RemarkKind> {
        let tree = self.tree;
        let kinds = kinds(tree, id);
        if has_kind(
            &kinds,
            &[
                "pagebreak",
                "doc-pagebreak",
                "pagenum",
                "pageno",
                "page-number",
                "pagenumber",
            ],
        ) {
            return Some(RemarkKind::PageNumbersDropped);
        }
        match name {
            "img" | "svg" | "math" => return Some(RemarkKind::PicturesDropped),
            "rt" | "rp" | "rtc" => return Some(RemarkKind::ReadingAidsDropped),
            "nav" => return Some(RemarkKind::NavigationDropped),
            "del" | "s" | "strike" if name == "del" => return Some(RemarkKind::DeletionsDropped),
            _ => {}
        }
        if has_kind(
            &kinds,
            &["page-list", "landmarks", "toc", "doc-toc", "doc-pagelist"],
        ) {
            return Some(RemarkKind::NavigationDropped);
        }
        let is_hidden = tree.attribute(id, "hidden").is_some()
            || tree.attribute(id, "aria-hidden") == Some("true")
                && !matches!(name, "body" | "section")
            || tree.attribute(id, "style").is_some_and(|style| {
                let style: String = style
                    .chars()
                    .filter(|c| !c.is_whitespace())
                    .collect::<String>()
                    .to_ascii_lowercase();
                style.contains("display:none") || style.contains("visibility:hidden")
            });
        if is_hidden {
            return Some(RemarkKind::HiddenDropped);
        }
        let is_raised_number = name == "sup"
            && tree.node(id).children.iter().any(|child| {
                tree.node(*child).name == "a" && looks_like_note_number(&tree.text_of(*child))
            });
        if is_raised_number || name == "a" && is_note_sign(tree, id) {
            return Some(RemarkKind::NoteMarksDropped);
        }
        if name == "a" && is_permalink(tree, id, &kinds) {
            return Some(RemarkKind::NavigationDropped);
        }
        if matches!(name, "body" | "html" | "article" | "main") {
            return None;
        }
        if is_block(name) || name == "aside" {
            let is_note = has_kind(&kinds, &NOTE_KINDS) && !name.starts_with('h')
                || ids(tree, id).any(self.is_note)
                // The id often stands on a link at the beginning of the note's paragraph.
                || matches!(name, "p" | "li" | "dd" | "td" | "div") && self.begins_with_note_id(id);
            if is_note {
                return Some(RemarkKind::NotesDropped);
            }
        }
        if name == "pre" && tree.first_named(id, "code").is_some() {
            return Some(RemarkKind::CodeDropped);
        }
        None
    }

    fn begins_with_note_id(&self, id: NodeId) -> bool {
        let tree = self.tree;
        let mut at = id;
        for _ in 0..4 {
            let first = tree.node(at).children.iter().copied().find(|child| {
                let child = tree.node(*child);
                !child.name.is_empty() || !child.text.trim().is_empty()
            });
            let Some(first) = first.filter(|first| {
                !tree.node(*first).name.is_empty() && !is_block(&tree.node(*first).name)
            }) else {
                return false;
            };
            if ids(tree, first).any(self.is_note) {
                return true;
            }
            at = first;
        }
        false
    }
}
