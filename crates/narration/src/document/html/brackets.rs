//! Signs of notes whose brackets stand around the link: `[<a href="#n1">1</a>]`, as EPUB 2 has them.

use std::collections::HashMap;
use std::ops::Range;

use super::ids;
use super::notes::{looks_like_note_number, note_address};
use crate::document::tree::{NodeId, Tree};

/// Links in brackets that are signs of notes, and what is left of the text around them.
#[derive(Debug, Default)]
pub(in crate::document) struct Bracketed {
    /// With whether what the link points at is certainly a note.
    links: HashMap<NodeId, bool>,
    /// Texts that lose a bracket, or what divides two signs: the bytes that stay.
    rest: HashMap<NodeId, Range<usize>>,
}

impl Bracketed {
    pub(in crate::document) fn find(tree: &Tree) -> Self {
        let mut found = Self::default();
        let starts = (0..tree.len())
            .flat_map(|id| ids(tree, id).map(move |name| (name, id)))
            .collect();
        for parent in 0..tree.len() {
            let children = &tree.node(parent).children;
            let mut at = 1;
            while at + 1 < children.len() {
                at += found.group(tree, &children[at - 1..], &starts).max(1);
            }
        }
        found
    }

    pub(super) fn is_sign(&self, link: NodeId) -> bool {
        self.links.contains_key(&link)
    }

    /// The links whose targets are notes.
    pub(super) fn to_notes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.links
            .iter()
            .filter(|(_, is_note)| **is_note)
            .map(|(link, _)| *link)
    }

    /// What is to be read of a text.
    pub(super) fn rest_of<'t>(&self, text: NodeId, words: &'t str) -> &'t str {
        self.rest
            .get(&text)
            .map_or(words, |rest| &words[rest.clone()])
    }

    /// Takes in the signs that begin behind the first of `nodes`: `[`, links with commas between them, `]`. How many nodes
    /// those are; none if there is no such group.
    fn group(&mut self, tree: &Tree, nodes: &[NodeId], starts: &HashMap<&str, NodeId>) -> usize {
        let before = &tree.node(nodes[0]).text;
        let Some(open) = before.trim_end().chars().next_back() else {
            return 0;
        };
        let close = match open {
            '[' => ']',
            '(' => ')',
            '{' => '}',
            _ => return 0,
        };
        let mut links = Vec::new();
        let mut between = Vec::new();
        for (count, id) in nodes.iter().enumerate().skip(1) {
            let node = tree.node(*id);
            if count % 2 == 1 {
                let Some(link) = sole_link(tree, *id) else {
                    return 0;
                };
                links.push((*id, link));
                continue;
            }
            if !node.name.is_empty() {
                return 0;
            }
            if node.text.trim().chars().all(|sign| ",;–-".contains(sign)) {
                between.push(*id);
                continue;
            }
            let Some(after) = node.text.trim_start().strip_prefix(close) else {
                return 0;
            };
            let targets: Vec<_> = links
                .iter()
                .map(|(_, link)| target_kind(tree, *link, starts))
                .collect();
            let is_group = targets
                .iter()
                .all(|kind| *kind == Target::Note || open == '[' && *kind == Target::Elsewhere);
            if !is_group {
                return 0;
            }
            for ((outer, link), kind) in links.into_iter().zip(targets) {
                self.links.insert(outer, false);
                self.links.insert(link, kind == Target::Note);
            }
            for text in between {
                self.rest.insert(text, 0..0);
            }
            let start = self.rest.get(&nodes[0]).map_or(0, |rest| rest.start);
            let end = before.trim_end().len() - open.len_utf8();
            self.rest.insert(nodes[0], start..end.max(start));
            let start = node.text.len() - after.len();
            self.rest.insert(*id, start..node.text.len());
            return count;
        }
        0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// It is named like a note, begins with the number of the sign, or stands in another file.
    Note,
    /// Nothing tells.
    Elsewhere,
}

fn target_kind(tree: &Tree, link: NodeId, starts: &HashMap<&str, NodeId>) -> Target {
    let address = tree.attribute(link, "href").unwrap_or_default();
    let sign = tree.text_of(link);
    let place = address.split_once('#').filter(|(file, _)| file.is_empty());
    let begins_with_sign = place
        .and_then(|(_, name)| starts.get(name))
        .is_some_and(|target| first_words(tree, *target).starts_with(sign.trim()));
    if begins_with_sign || note_address(address) || place.is_none() {
        Target::Note
    } else {
        Target::Elsewhere
    }
}

/// What a reader meets first from a node on, without an opening bracket: nodes are in the order of the page.
fn first_words(tree: &Tree, from: NodeId) -> &str {
    (from..tree.len().min(from + 12))
        .map(|id| {
            tree.node(id)
                .text
                .trim_start_matches(['[', '(', '{', ' ', '\n'])
        })
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}

/// The link that a node is, or that is all there is in it.
fn sole_link(tree: &Tree, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    for _ in 0..4 {
        match tree.node(at).name.as_str() {
            "a" => {
                let href = tree.attribute(at, "href")?;
                let is_sign = href.contains('#')
                    && !href.contains("://")
                    && looks_like_note_number(&tree.text_of(at));
                return is_sign.then_some(at);
            }
            "span" | "sup" | "small" | "b" | "i" | "em" | "strong" | "font" => {}
            _ => return None,
        }
        let mut inside = tree.node(at).children.iter().filter(|child| {
            let child = tree.node(**child);
            !child.name.is_empty() || !child.text.trim().is_empty()
        });
        at = *inside.next()?;
        if inside.next().is_some() {
            return None;
        }
    }
    None
}
