//! The signs of notes in a page, and what they point at.

use super::brackets::Bracketed;
use crate::document::tree::{NodeId, Tree};

/// The addresses that the signs of notes point at.
pub(in crate::document) fn note_targets(tree: &Tree) -> Vec<String> {
    (0..tree.len())
        .filter(|id| tree.node(*id).name == "a" && is_note_sign(tree, *id))
        .chain(superscript_links(tree))
        .chain(Bracketed::find(tree).to_notes())
        .filter_map(|id| tree.attribute(id, "href").map(str::to_owned))
        .collect()
}

/// Whether an address is named like that of a note: `#fn1`, `notes.html#n3`, `#_ftn2`, `#endnote-4`.
pub(super) fn note_address(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    ["note", "fn", "ftn", "fuss", "edn"]
        .iter()
        .any(|name| address.contains(name))
}

fn superscript_links(tree: &Tree) -> impl Iterator<Item = NodeId> + '_ {
    let raised = (0..tree.len()).filter(|id| tree.node(*id).name == "sup");
    raised
        .flat_map(|id| {
            tree.descendants(id)
                .filter(|inner| tree.node(*inner).name == "a")
        })
        .filter(|id| looks_like_note_number(&tree.text_of(*id)))
}

/// `epub:type`, `role` and `class` together, as words in small letters.
pub(super) fn kinds(tree: &Tree, id: NodeId) -> String {
    let mut kinds = String::new();
    for name in ["epub:type", "role", "class"] {
        if let Some(value) = tree.attribute(id, name) {
            kinds.push(' ');
            kinds.push_str(value);
        }
    }
    kinds.make_ascii_lowercase();
    kinds
}

pub(super) fn has_kind(kinds: &str, wanted: &[&str]) -> bool {
    kinds.split_whitespace().any(|kind| wanted.contains(&kind))
}

/// A number, a letter or a sign, perhaps in brackets.
pub(super) fn looks_like_note_number(words: &str) -> bool {
    let body = words
        .trim()
        .trim_matches(['[', ']', '(', ')', '{', '}', '.', '↩', '^']);
    let number = body.chars().count();
    let is_short = (1..=4).contains(&number);
    let is_sign = body.chars().all(|c| "*†‡§¶#•⁂".contains(c));
    is_short
        && (body.chars().all(char::is_numeric)
            || is_sign
            || number == 1 && words.trim().starts_with(['[', '('])
            || is_small_roman(body))
}

fn is_small_roman(word: &str) -> bool {
    word.chars().all(|c| matches!(c, 'i' | 'v' | 'x'))
}

/// Whether a link is the sign of a note: it says so, or it is a raised or bracketed number that points into a text.
pub(super) fn is_note_sign(tree: &Tree, id: NodeId) -> bool {
    let kinds = kinds(tree, id);
    if has_kind(
        &kinds,
        &[
            "noteref",
            "doc-noteref",
            "footnote-ref",
            "footnoteref",
            "fnref",
            "footnote-reference",
        ],
    ) {
        return true;
    }
    let points_inside = tree
        .attribute(id, "href")
        .is_some_and(|href| href.contains('#') && !href.contains("://"));
    let words = || tree.text_of(id);
    points_inside && {
        let only_raised = tree.node(id).children.iter().all(|child| {
            let child = tree.node(*child);
            child.name == "sup" || child.name.is_empty() && child.text.trim().is_empty()
        });
        let words = words();
        let is_bracketed = words.starts_with('[') && words.ends_with(']');
        looks_like_note_number(&words)
            && (only_raised && !words.is_empty()
                || is_bracketed
                || kinds.contains("footnote")
                || kinds.contains("noteref"))
    }
}

pub(super) const NOTE_KINDS: [&str; 24] = [
    "footnote",
    "footnotes",
    "endnote",
    "endnotes",
    "rearnote",
    "rearnotes",
    "note-body",
    "doc-footnote",
    "doc-endnote",
    "doc-endnotes",
    "footnote-text",
    "fn",
    "footnote-definition",
    "footnotetext",
    "ftnote",
    "_idfootnote",
    "_idfootnotes",
    "_idendnote",
    "_idendnotes",
    "msofootnotetext",
    "msoendnotetext",
    "duokan-footnote-item",
    "duokan-footnote-content",
    "doc-footnotes",
];
