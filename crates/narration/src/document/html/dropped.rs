//! What of a page is not spoken, and why.

use std::collections::HashSet;

use super::notes::{NOTE_KINDS, has_kind, is_note_sign, kinds, looks_like_note_number};
use super::{Reader, ids, is_block, is_permalink};
use crate::document::report::RemarkKind;
use crate::document::tree::{NodeId, Tree};

/// More style sheets than this, in bytes, are not looked at.
const LONGEST_STYLE: usize = 1 << 20;

/// The classes that a page's own style hides: `.aside { display: none }`.
pub(super) fn hidden_classes(tree: &Tree) -> HashSet<String> {
    let mut classes = HashSet::new();
    let mut left = LONGEST_STYLE;
    for id in (0..tree.len()).filter(|id| tree.node(*id).name == "style") {
        for child in &tree.node(id).children {
            let style = &tree.node(*child).text;
            left = left.saturating_sub(style.len());
            // What holds for some media only, as print, is left alone.
            if left == 0 || style.contains('@') {
                continue;
            }
            for rule in style.split('}') {
                let Some((selectors, body)) = rule.split_once('{') else {
                    continue;
                };
                let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
                if !body.contains("display:none") && !body.contains("visibility:hidden") {
                    continue;
                }
                let names = selectors
                    .split(',')
                    .filter_map(|selector| selector.trim().strip_prefix('.'));
                let is_name = |name: &&str| {
                    name.chars()
                        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                };
                classes.extend(names.filter(is_name).map(str::to_owned));
            }
        }
    }
    classes
}

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
            RemarkKind::PicturesDropped if name == "math" && self.speaks_formula(id) => {
                return true;
            }
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
        if !self.page_numbers.is_empty()
            && ids(tree, id).any(|id_of| {
                self.page_numbers
                    .get(id_of)
                    .is_some_and(|number| number.trim() == tree.text_of(id))
            })
        {
            return Some(RemarkKind::PageNumbersDropped);
        }
        match name {
            "img" | "svg" | "math" => return Some(RemarkKind::PicturesDropped),
            "rt" | "rp" | "rtc" => return Some(RemarkKind::ReadingAidsDropped),
            "nav" => return Some(RemarkKind::NavigationDropped),
            // Of the choices of a switch, only the last is for every reader.
            "case" => return Some(RemarkKind::HiddenDropped),
            "div" if matches!(tree.attribute(id, "title"), Some("header" | "footer")) => {
                return Some(RemarkKind::NavigationDropped);
            }
            "del" | "s" | "strike" if name == "del" => return Some(RemarkKind::DeletionsDropped),
            _ => {}
        }
        if has_kind(
            &kinds,
            &["page-list", "landmarks", "toc", "doc-toc", "doc-pagelist"],
        ) {
            return Some(RemarkKind::NavigationDropped);
        }
        let is_saved_note = name == "div"
            && tree.attribute(id, "id").is_some_and(|id| {
                let number = id.trim_start_matches(|letter: char| !letter.is_ascii_digit());
                let kind = &id[..id.len() - number.len()];
                matches!(kind, "sdfootnote" | "sdendnote" | "ftn" | "edn")
                    && number.bytes().all(|digit| digit.is_ascii_digit())
            });
        if is_saved_note {
            return Some(RemarkKind::NotesDropped);
        }
        let has_hidden_class = !self.hidden.is_empty()
            && tree.attribute(id, "class").is_some_and(|classes| {
                classes
                    .split_whitespace()
                    .any(|class| self.hidden.contains(class))
            });
        let is_hidden = has_hidden_class
            || tree.attribute(id, "hidden").is_some()
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
            && tree.descendants(id).any(|inner| {
                tree.node(inner).name == "a" && looks_like_note_number(&tree.text_of(inner))
            });
        let is_mutual = name == "a"
            && !self.signs.is_empty()
            && tree
                .attribute(id, "href")
                .is_some_and(|href| self.signs.contains(href));
        if is_raised_number
            || is_mutual
            || self.bracketed.is_sign(id)
            || name == "a" && is_note_sign(tree, id)
            || name == "sup" && self.hangs_on_word(id)
        {
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

    /// A raised number without a link behind a stop or a word: a note, unlike the power of a unit or an ordinal.
    fn hangs_on_word(&self, id: NodeId) -> bool {
        let sign = self.tree.text_of(id);
        let digits = sign.trim_matches(['[', ']', '(', ')']);
        let last = self.words.chars().next_back();
        let word = self
            .words
            .rsplit(|letter: char| !letter.is_alphabetic())
            .next()
            .unwrap_or_default();
        let is_unit = ["met", "mèt", "inch", "feet", "foot", "mile", "yard"]
            .iter()
            .any(|unit| word.contains(unit));
        let is_word = word.chars().count() > 3 && word.ends_with(char::is_lowercase) && !is_unit;
        let is_behind = last.is_some_and(|last| ".,;!?”’\"»".contains(last)) || is_word;
        is_behind
            && (1..=3).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    }

    /// A formula for which the page has words, or that is as simple as words are: `a + b`.
    fn speaks_formula(&mut self, id: NodeId) -> bool {
        let tree = self.tree;
        let told = tree
            .attribute(id, "alttext")
            .filter(|told| !told.trim().is_empty() && !told.contains('\\'));
        let is_simple = tree.descendants(id).all(|inner| {
            matches!(
                tree.node(inner).name.as_str(),
                "" | "mi" | "mo" | "mn" | "mtext" | "mrow" | "mstyle" | "semantics"
            )
        });
        let words = match told {
            Some(told) => told.to_owned(),
            None if is_simple => {
                let tokens = tree
                    .descendants(id)
                    .map(|inner| tree.node(inner).text.trim());
                let tokens = tokens.filter(|token| !token.is_empty()).take(12);
                tokens.collect::<Vec<_>>().join(" ")
            }
            None => return false,
        };
        self.words.push_str(&words);
        !words.is_empty()
    }

    fn begins_with_note_id(&self, id: NodeId) -> bool {
        let tree = self.tree;
        let mut at = id;
        for _ in 0..4 {
            let first = tree.node(at).children.iter().copied().find(|child| {
                let child = tree.node(*child);
                let is_bracket = matches!(child.text.trim(), "" | "[" | "(" | "{");
                !child.name.is_empty() || !is_bracket
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
