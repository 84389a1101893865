//! Where the article of a web page is, and what inside it belongs to the page rather than to the text.

use std::collections::HashSet;

use super::html::is_block;
use super::report::{ImportOptions, RemarkKind};
use super::tree::{NodeId, Tree};

/// A paragraph with fewer letters says nothing about where the article is.
const TELLING_PARAGRAPH: usize = 40;

/// What leads in to an article is no longer than this, in bytes.
const LONGEST_LEAD: usize = 1500;

/// What is to be read.
pub(super) struct Article {
    pub(super) root: NodeId,
    /// The title and what leads in to the text, where they stand outside the root.
    pub(super) headings: Vec<NodeId>,
    /// Inside the root, and not to be read.
    pub(super) junk: HashSet<NodeId>,
    /// Words of what is left out, for the report.
    pub(super) dropped: Vec<String>,
}

pub(super) fn find(tree: &Tree, options: &ImportOptions) -> Article {
    let body = tree
        .first_named(Tree::ROOT, "body")
        .or_else(|| tree.first_named(Tree::ROOT, "html"))
        .unwrap_or(Tree::ROOT);
    if options.keeps(RemarkKind::NavigationDropped) {
        return Article {
            root: body,
            headings: Vec::new(),
            junk: HashSet::new(),
            dropped: Vec::new(),
        };
    }
    let lengths = lengths(tree);
    let mut junk = HashSet::new();
    let mut waiting = vec![(body, false)];
    while let Some((id, is_inside)) = waiting.pop() {
        let is_inside = is_inside || is_landmark(tree, id);
        for child in tree.node(id).children.iter().rev() {
            if is_junk(tree, *child, is_inside, &lengths, lengths[body].words) {
                junk.insert(*child);
            } else {
                waiting.push((*child, is_inside));
            }
        }
    }
    let (root, parents) = root(tree, body, &junk);
    let mut headings = Vec::new();
    let mut dropped = Vec::new();
    let has_heading = tree
        .descendants(root)
        .any(|id| tree.node(id).name == "h1" && !junk.contains(&id));
    let mut above_root = HashSet::new();
    let mut above = Some(root);
    while let Some(id) = above {
        above_root.insert(id);
        above = parents[id];
    }
    let mut waiting = vec![body];
    let mut has_begun = false;
    while let Some(id) = waiting.pop() {
        if id == root {
            has_begun = true;
            continue;
        }
        let node = tree.node(id);
        if node.name == "h1" && !has_heading && headings.is_empty() {
            headings.push(id);
            continue;
        }
        // What stands between the title and the text leads in to it.
        let is_lead = !headings.is_empty()
            && !has_begun
            && !above_root.contains(&id)
            && !junk.contains(&id)
            && is_block(&node.name)
            && (TELLING_PARAGRAPH / 2..LONGEST_LEAD).contains(&lengths[id].words)
            && lengths[id].links * 2 < lengths[id].words;
        if is_lead {
            headings.push(id);
            continue;
        }
        if above_root.contains(&id)
            || node.name == "header"
            || tree.first_named(id, "h1").is_some() && !has_heading
        {
            waiting.extend(node.children.iter().rev());
        } else {
            dropped.push(tree.text_of(id));
        }
    }
    let inside = tree.descendants(root).filter(|id| junk.contains(id));
    dropped.extend(inside.map(|id| tree.text_of(id)));
    dropped.retain(|words| !words.trim().is_empty());
    dropped.sort();
    Article {
        root,
        headings,
        junk,
        dropped,
    }
}

#[derive(Clone, Copy, Default)]
struct Length {
    /// Characters.
    words: usize,
    /// Of them in links.
    links: usize,
}

/// Of every node with all that is below it; children come after their parents in the tree.
fn lengths(tree: &Tree) -> Vec<Length> {
    let mut lengths = vec![Length::default(); tree.len()];
    for id in (0..tree.len()).rev() {
        let node = tree.node(id);
        if matches!(node.name.as_str(), "script" | "style" | "noscript") {
            continue;
        }
        let mut length = Length {
            words: node.text.trim().len(),
            links: 0,
        };
        for child in &node.children {
            length.words += lengths[*child].words;
            length.links += lengths[*child].links;
        }
        if node.name == "a" {
            length.links = length.words;
        }
        lengths[id] = length;
    }
    lengths
}

fn is_landmark(tree: &Tree, id: NodeId) -> bool {
    matches!(tree.node(id).name.as_str(), "article" | "main")
        || tree.attribute(id, "role") == Some("main")
}

/// Words in classes and ids of what belongs to the page.
const JUNK_WORDS: [&str; 47] = [
    "comment",
    "comments",
    "disqus",
    "share",
    "sharing",
    "social",
    "related",
    "recommended",
    "recommendations",
    "promo",
    "advert",
    "advertisement",
    "ads",
    "ad",
    "sponsor",
    "sponsored",
    "sidebar",
    "breadcrumb",
    "breadcrumbs",
    "cookie",
    "cookies",
    "newsletter",
    "subscribe",
    "signup",
    "menu",
    "navbar",
    "nav",
    "navigation",
    "footer",
    "pagination",
    "pager",
    "toolbar",
    "popup",
    "modal",
    "banner",
    "tags",
    "metadata",
    "skip",
    "toc",
    "noprint",
    "mw-editsection",
    "navbox",
    "masthead",
    "paywall",
    "author-bio",
    "author-box",
    "about-author",
];

fn is_junk(tree: &Tree, id: NodeId, is_inside: bool, lengths: &[Length], whole: usize) -> bool {
    let node = tree.node(id);
    let length = lengths[id];
    if node.name.is_empty() || is_landmark(tree, id) {
        return false;
    }
    match node.name.as_str() {
        "nav" | "aside" | "form" | "dialog" | "menu" => {
            return length.words * 2 < whole.max(1) || length.words == 0;
        }
        "footer" => return length.words * 2 < whole,
        // Inside an article it holds the title.
        "header" if !is_inside => return tree.first_named(id, "h1").is_none(),
        _ => {}
    }
    if let Some(role) = tree.attribute(id, "role")
        && matches!(
            role,
            "navigation"
                | "banner"
                | "contentinfo"
                | "complementary"
                | "search"
                | "menu"
                | "menubar"
                | "dialog"
                | "alert"
        )
    {
        return length.words * 2 < whole && tree.first_named(id, "h1").is_none();
    }
    let is_list = matches!(
        node.name.as_str(),
        "ul" | "ol" | "div" | "section" | "p" | "table" | "td"
    );
    // A list that is nothing but links.
    if is_list
        && length.words > 0
        && length.links * 10 > length.words * 9
        && !is_inside
        && tree
            .descendants(id)
            .filter(|inner| tree.node(*inner).name == "a")
            .count()
            > 1
    {
        return true;
    }
    if !is_block(&node.name) && node.name != "span" {
        return false;
    }
    // Ids are often whole titles, `handling-related-bugs`, in which a word says nothing.
    let mut found = None;
    for (name, most) in [("class", 3), ("id", 2)] {
        let value = tree.attribute(id, name).unwrap_or_default();
        for word in value.to_ascii_lowercase().split_whitespace() {
            found = found.max(junk_word(word, most));
        }
    }
    let is_rest_enough = match found {
        None => return false,
        // `content-related-info` says little about paragraphs of text within an article.
        Some(Junk::Compound) if is_inside && has_telling_paragraph(tree, id) => return false,
        // What readers write is often longer than what they read.
        Some(Junk::Comments) => whole - length.words >= TELLING_PARAGRAPH * 2,
        Some(_) => length.words * 3 < whole,
    };
    is_rest_enough && tree.first_named(id, "h1").is_none()
}

/// How surely a name says that something is not of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Junk {
    Compound,
    Word,
    Comments,
}

fn junk_word(word: &str, most: usize) -> Option<Junk> {
    let parts: Vec<&str> = word.split(['-', '_']).collect();
    // `has-sidebar`, `no-ads`, `sidebar-free`: said of what is not the thing.
    let is_about = parts.len() > 1
        && (matches!(parts[0], "has" | "with" | "no" | "without" | "hide" | "is")
            || matches!(parts[parts.len() - 1], "free" | "off" | "hidden"));
    if is_about {
        return None;
    }
    let is_comments = |part: &&str| matches!(*part, "comment" | "comments" | "disqus");
    if parts.len() <= most && parts.iter().any(is_comments) {
        return Some(Junk::Comments);
    }
    if JUNK_WORDS.contains(&word) {
        return Some(Junk::Word);
    }
    let is_compound = parts.len() <= most && parts.iter().any(|part| JUNK_WORDS.contains(part));
    is_compound.then_some(Junk::Compound)
}

fn has_telling_paragraph(tree: &Tree, id: NodeId) -> bool {
    tree.descendants(id).any(|inner| {
        tree.node(inner).name == "p"
            && tree
                .node(inner)
                .children
                .iter()
                .map(|child| inline_length(tree, *child))
                .sum::<usize>()
                >= TELLING_PARAGRAPH
    })
}

/// The element that holds the article: what says so, else the deepest one with most of the paragraphs. With it come the
/// parents of all that is no junk.
fn root(tree: &Tree, body: NodeId, junk: &HashSet<NodeId>) -> (NodeId, Vec<Option<NodeId>>) {
    let mut parents: Vec<Option<NodeId>> = vec![None; tree.len()];
    let mut scores: Vec<usize> = vec![0; tree.len()];
    // All words that are neither junk nor in links.
    let mut plain: Vec<usize> = vec![0; tree.len()];
    let mut order = Vec::new();
    let mut waiting = vec![body];
    while let Some(id) = waiting.pop() {
        order.push(id);
        for child in tree
            .node(id)
            .children
            .iter()
            .rev()
            .filter(|child| !junk.contains(child))
        {
            parents[*child] = Some(id);
            waiting.push(*child);
        }
    }
    for id in order.iter().rev() {
        let node = tree.node(*id);
        let own: usize = if matches!(
            node.name.as_str(),
            "p" | "pre" | "blockquote" | "li" | "dd" | "td" | "div" | "section" | "article"
        ) {
            let letters: usize = node
                .children
                .iter()
                .map(|child| inline_length(tree, *child))
                .sum();
            if letters >= TELLING_PARAGRAPH {
                letters
            } else {
                0
            }
        } else {
            0
        };
        scores[*id] += own;
        if !matches!(node.name.as_str(), "a" | "script" | "style" | "noscript") {
            plain[*id] += node.text.trim().len();
        } else {
            plain[*id] = 0;
        }
        if let Some(parent) = parents[*id] {
            scores[parent] += scores[*id];
            plain[parent] += plain[*id];
        }
    }
    let score = |id: NodeId| scores[id];
    let whole = score(body);
    let named = |name: &str| {
        let found = order.iter().copied().filter(|id| {
            tree.node(*id).name == name
                || name == "main" && tree.attribute(*id, "role") == Some("main")
        });
        found
            .max_by_key(|id| score(*id))
            .filter(|id| whole == 0 || score(*id) * 10 >= whole * 4)
    };
    if let Some(article) = named("article").or_else(|| named("main")) {
        return (article, parents);
    }
    let mut at = body;
    loop {
        let next = tree
            .node(at)
            .children
            .iter()
            .copied()
            .filter(|child| parents[*child] == Some(at) && is_block(&tree.node(*child).name));
        match next.max_by_key(|child| score(*child)) {
            // Down as long as one child has nearly everything, but not into a paragraph; a page of short lines has
            // few paragraphs to tell by, and much to lose.
            Some(child)
                if whole > 0
                    && plain[child] * 5 >= plain[at] * 3
                    && tree
                        .first_named(child, "th")
                        .is_none_or(|_| tree.node(child).name != "table")
                    && score(child) * 10 >= whole * 8
                    && matches!(
                        tree.node(child).name.as_str(),
                        "div" | "section" | "article" | "td" | "tr" | "table" | "center" | "main"
                    ) =>
            {
                at = child;
            }
            _ => return (at, parents),
        }
    }
}

/// The letters of a child that stand in its parent's line.
fn inline_length(tree: &Tree, id: NodeId) -> usize {
    let node = tree.node(id);
    if is_block(&node.name) || matches!(node.name.as_str(), "script" | "style" | "a" | "tbody") {
        return 0;
    }
    node.text.trim().len()
        + node
            .children
            .iter()
            .map(|child| inline_length(tree, *child))
            .sum::<usize>()
}
