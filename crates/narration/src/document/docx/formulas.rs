//! The formulas of a Word document, in one line.

use crate::document::html::raised;
use crate::document::tree::{NodeId, Tree};

/// A formula in one line: `1/2`, `r²`, `√x`.
pub(super) fn formula(tree: &Tree, id: NodeId, words: &mut String) {
    let part = |name: &str| {
        let mut words = String::new();
        if let Some(part) = tree.child_named(id, name) {
            formula(tree, part, &mut words);
        }
        words
    };
    match tree.node(id).name.as_str() {
        "t" => words.push_str(&tree.text_of(id)),
        "f" => words.push_str(&format!("{}/{}", part("num"), part("den"))),
        "ssup" => words.push_str(&format!("{}{}", part("e"), raised(&part("sup")))),
        "rad" => words.push_str(&format!("√{}", part("e"))),
        _ => {
            for child in &tree.node(id).children {
                formula(tree, *child, words);
            }
        }
    }
}
