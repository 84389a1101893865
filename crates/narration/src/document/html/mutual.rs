//! Notes that are known by links in both directions: one from the middle of a paragraph to the beginning of another, and
//! one from there back, whatever the sign is.

use std::collections::{HashMap, HashSet};

use super::notes::looks_like_note_number;
use super::{ids, is_block};
use crate::document::tree::{NodeId, Tree};

/// A note is longer than its sign by at least this, in bytes.
const SHORTEST_NOTE: usize = 4;

/// No more of a paragraph is looked at, in nodes.
const NEAR: usize = 200;

/// The links of a book's pages.
#[derive(Debug, Default)]
pub(in crate::document) struct Links {
    /// Places at the beginning of a paragraph that may be a note.
    starts: HashSet<String>,
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    page: String,
    href: String,
    target: String,
    /// Places that are this link.
    own: Vec<String>,
    /// Places at the beginning of its paragraph.
    block: Vec<String>,
    is_sign: bool,
}

/// The signs and their notes.
#[derive(Debug, Default)]
pub(in crate::document) struct Mutual {
    /// By page, the addresses in links that are signs.
    pub(in crate::document) signs: HashMap<String, HashSet<String>>,
    pub(in crate::document) notes: HashSet<String>,
}

impl Links {
    /// Takes in a page. `place` makes of an address, seen from this page, a place in the book.
    pub(in crate::document) fn add(
        &mut self,
        page: &str,
        tree: &Tree,
        place: &dyn Fn(&str) -> Option<String>,
    ) {
        let here = |id: &str| place(&format!("#{id}"));
        let mut waiting: Vec<(NodeId, NodeId, NodeId)> = vec![(Tree::ROOT, Tree::ROOT, Tree::ROOT)];
        let mut begins: HashMap<NodeId, Vec<String>> = HashMap::new();
        while let Some((id, parent, mut block)) = waiting.pop() {
            let node = tree.node(id);
            if is_block(&node.name) {
                block = id;
                let places: Vec<String> = beginning(tree, id)
                    .flat_map(|inner| ids(tree, inner))
                    .filter_map(here)
                    .collect();
                if !is_heading(&node.name) && is_longer_than_a_sign(tree, id) {
                    self.starts.extend(places.iter().cloned());
                }
                begins.insert(id, places);
            }
            if node.name == "a"
                && let Some(href) = tree.attribute(id, "href")
                && let Some(target) = place(href)
            {
                let words = tree.text_of(id);
                let inline_parent = Some(parent).filter(|id| !is_block(&tree.node(*id).name));
                self.links.push(Link {
                    page: page.to_owned(),
                    href: href.to_owned(),
                    target,
                    own: std::iter::once(id)
                        .chain(inline_parent)
                        .flat_map(|id| ids(tree, id))
                        .filter_map(here)
                        .collect(),
                    block: begins.get(&block).cloned().unwrap_or_default(),
                    is_sign: looks_like_sign(&words),
                });
            }
            for child in node.children.iter().rev() {
                waiting.push((*child, id, block));
            }
        }
    }

    pub(in crate::document) fn finish(self) -> Mutual {
        let mut back: HashSet<(&str, &str)> = HashSet::new();
        for link in &self.links {
            for from in link.block.iter().chain(&link.own) {
                back.insert((from, &link.target));
            }
        }
        let mut mutual = Mutual::default();
        for link in self.links.iter().filter(|link| link.is_sign) {
            let is_answered = link.own.iter().any(|own| {
                !self.starts.contains(own) && back.contains(&(link.target.as_str(), own.as_str()))
            });
            if is_answered && self.starts.contains(&link.target) {
                mutual.notes.insert(link.target.clone());
                let signs = mutual.signs.entry(link.page.clone()).or_default();
                signs.insert(link.href.clone());
            }
        }
        mutual
    }
}

/// A block and what it begins with, element within element.
fn beginning(tree: &Tree, block: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    let first = |id: &NodeId| {
        let mut children = tree.node(*id).children.iter().copied();
        let first = children.find(|child| {
            let child = tree.node(*child);
            !child.name.is_empty() || !child.text.trim().is_empty()
        });
        first.filter(|first| {
            let name = &tree.node(*first).name;
            !name.is_empty() && !is_block(name)
        })
    };
    std::iter::successors(Some(block), first).take(4)
}

fn is_heading(name: &str) -> bool {
    name.len() == 2 && name.starts_with('h') && name.ends_with(|digit: char| digit.is_ascii_digit())
}

fn is_longer_than_a_sign(tree: &Tree, block: NodeId) -> bool {
    let mut length = 0;
    for inner in tree.descendants(block).take(NEAR) {
        if tree.node(inner).name.is_empty() {
            length += tree.node(inner).text.trim().len();
        }
        if length > SHORTEST_NOTE {
            return true;
        }
    }
    false
}

/// A number or sign of a note, also as `Note 4`.
fn looks_like_sign(words: &str) -> bool {
    let small = words.trim().to_lowercase();
    let number = ["note", "fn", "footnote", "endnote"]
        .iter()
        .find_map(|name| small.strip_prefix(name))
        .unwrap_or(&small);
    looks_like_note_number(number.trim())
}
