//! The styles of a Word document, as far as they say what a paragraph is.

use std::collections::HashMap;

use super::is_on;
use crate::document::tree::{NodeId, Tree};

/// Styles are based on one another so many times at most.
const LONGEST_CHAIN: usize = 16;

/// What a style says of its paragraphs.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    pub(super) name: String,
    pub(super) based_on: Option<String>,
    pub(super) outline: Option<u8>,
    pub(super) is_hidden: bool,
    pub(super) is_list: bool,
}

#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    pub(super) language: Option<String>,
}

impl Styles {
    pub(super) fn read(tree: &Tree) -> Self {
        let mut styles = HashMap::new();
        for id in tree
            .descendants(Tree::ROOT)
            .filter(|id| tree.node(*id).name == "style")
        {
            let value = |parent: NodeId, name: &str| {
                tree.child_named(parent, name)
                    .and_then(|child| tree.local_attribute(child, "val"))
            };
            let paragraph = tree.child_named(id, "ppr");
            let run = tree.child_named(id, "rpr");
            let style = Style {
                name: value(id, "name").unwrap_or_default().to_lowercase(),
                based_on: value(id, "basedon").map(str::to_owned),
                outline: paragraph
                    .and_then(|id| value(id, "outlinelvl"))
                    .and_then(|level| level.parse().ok()),
                is_hidden: run.is_some_and(|run| is_on(tree, run, "vanish")),
                is_list: paragraph.is_some_and(|id| tree.child_named(id, "numpr").is_some()),
            };
            if let Some(name) = tree.local_attribute(id, "styleid") {
                styles.insert(name.to_owned(), style);
            }
        }
        let defaults = tree.first_named(Tree::ROOT, "docdefaults");
        let language = defaults
            .and_then(|id| tree.first_named(id, "lang"))
            .and_then(|id| tree.local_attribute(id, "val"));
        Self {
            styles,
            language: language.map(str::to_owned),
        }
    }

    /// A style and those it is based on.
    pub(super) fn chain<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Style> {
        let mut next = self.styles.get(name);
        std::iter::from_fn(move || {
            let style = next?;
            next = style
                .based_on
                .as_deref()
                .and_then(|name| self.styles.get(name));
            Some(style)
        })
        .take(LONGEST_CHAIN)
    }
}
