//! Pages → blocks: what a person would read aloud of them. Pages of books are read whole, pages of the web without what
//! stands around the article (see [`super::article`]).

mod brackets;
mod dropped;
mod mutual;
mod notes;

use std::collections::{HashMap, HashSet};

use super::draft::{Draft, add_cell, is_chapter_line};
use super::model::BlockKind;
use super::report::{ImportOptions, RemarkKind};
use super::tree::{NodeId, Syntax, Tree};
use super::{ImportError, article, encoding, plain};
use brackets::Bracketed;
use notes::{has_kind, kinds};

pub(super) use mutual::Links;
pub(super) use notes::note_targets;

/// Chapters that begin in a page: at an element's id, or at its beginning; with title and depth.
pub(super) type Marks = HashMap<Option<String>, Vec<(String, u8)>>;

/// A page of more letters than this is no table of contents.
const LONGEST_CONTENTS: usize = 20_000;

/// A line of verse is no longer than this, in characters.
const LONGEST_VERSE_LINE: usize = 70;

/// A page of the web, or one that was saved.
///
/// # Errors
/// [`ImportError::NotText`] and [`ImportError::TooComplex`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let source = encoding::markup_of(bytes, options, &mut draft.report)?;
    let head = source
        .get(..source.floor_char_boundary(200))
        .unwrap_or_default();
    let syntax = if head.trim_start().starts_with("<?xml") {
        Syntax::Xml
    } else {
        Syntax::Html
    };
    let tree = Tree::parse(&source, syntax)?;
    drop(source);
    read_metadata(&tree, draft);
    draft.headings_are_titles = true;
    let (notes, known) = own_notes(&tree);
    let article = article::find(&tree, options);
    let is_note = |id: &str| notes.contains(id);
    let mut reader = Reader::new(&tree, known, &is_note, options, draft);
    reader.junk = article.junk;
    for id in article.headings {
        reader.element(id);
        reader.end_block();
    }
    reader.element(article.root);
    reader.end_block();
    for example in article.dropped {
        draft
            .report
            .note(RemarkKind::NavigationDropped, draft.position(), &example);
    }
    Ok(())
}

/// A page that is all text, as Markdown becomes one.
///
/// # Errors
/// [`ImportError::TooComplex`].
pub(super) fn read_whole(
    source: &str,
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let tree = Tree::parse(source, Syntax::Html)?;
    let (notes, known) = own_notes(&tree);
    let is_note = |id: &str| notes.contains(id);
    let mut reader = Reader::new(&tree, known, &is_note, options, draft);
    reader.element(Tree::ROOT);
    reader.end_block();
    Ok(())
}

/// The ids of the notes in a page, and what is known of their signs.
fn own_notes(tree: &Tree) -> (HashSet<String>, Known) {
    let mut links = Links::default();
    links.add("", tree, &|href| href.strip_prefix('#').map(str::to_owned));
    let mut mutual = links.finish();
    let mut notes: HashSet<String> = note_targets(tree)
        .into_iter()
        .filter_map(|target| target.strip_prefix('#').map(str::to_owned))
        .collect();
    notes.extend(mutual.notes);
    let known = Known {
        signs: mutual.signs.remove("").unwrap_or_default(),
        ..Known::default()
    };
    (notes, known)
}

fn read_metadata(tree: &Tree, draft: &mut Draft) {
    let meta = |names: &[&str]| {
        let mut found = tree
            .descendants(Tree::ROOT)
            .filter(|id| tree.node(*id).name == "meta");
        let is_named = |id: &NodeId| {
            ["name", "property"].iter().any(|kind| {
                tree.attribute(*id, kind)
                    .is_some_and(|name| names.contains(&name))
            })
        };
        found
            .find(is_named)
            .and_then(|id| tree.attribute(id, "content"))
            .map(str::to_owned)
    };
    let html = tree.first_named(Tree::ROOT, "html");
    draft.language = html
        .and_then(|id| {
            tree.attribute(id, "lang")
                .or_else(|| tree.attribute(id, "xml:lang"))
        })
        .map(str::to_owned);
    draft.author = meta(&["author", "article:author", "dc.creator"])
        .filter(|author| !author.starts_with("http"));
    let title = tree
        .first_named(Tree::ROOT, "head")
        .and_then(|head| tree.first_named(head, "title"));
    draft.title = meta(&["og:title"]).or_else(|| title.map(|id| tree.text_of(id)));
}

/// What a book says of one of its files elsewhere.
#[derive(Default)]
pub(super) struct Known {
    pub(super) marks: Marks,
    /// Addresses in links that are signs of notes.
    pub(super) signs: HashSet<String>,
    /// What the numbers of pages are that stand at these ids.
    pub(super) page_numbers: HashMap<String, String>,
}

/// One file of a book. `is_note` says of an element's id whether a note's sign points at it.
pub(super) fn read_book_page(
    tree: &Tree,
    mut known: Known,
    is_note: &dyn Fn(&str) -> bool,
    options: &ImportOptions,
    draft: &mut Draft,
) {
    let pending = known.marks.remove(&None).unwrap_or_default();
    let mut reader = Reader::new(tree, known, is_note, options, draft);
    reader.pending = pending;
    reader.guesses_chapters = !options.keeps(RemarkKind::HeadingsGuessed);
    match tree.first_named(Tree::ROOT, "body") {
        Some(body) => reader.element(body),
        None => match tree.child_named(Tree::ROOT, "svg") {
            // A page that is one drawing is read for its words.
            Some(drawing) => {
                for text in tree
                    .descendants(drawing)
                    .filter(|id| tree.node(*id).name == "text")
                {
                    reader.block(text, BlockKind::Paragraph);
                }
            }
            None => reader.element(Tree::ROOT),
        },
    }
    reader.end_block();
    reader.begin_pending();
}

/// Whether a page holds hardly more than links into its book: a table of contents. One that the book calls so needs fewer.
pub(super) fn is_list_of_links(tree: &Tree, is_called_so: bool) -> bool {
    let Some(body) = tree.first_named(Tree::ROOT, "body") else {
        return false;
    };
    let letters = |id: NodeId| {
        let texts = std::iter::once(id).chain(tree.descendants(id));
        texts
            .map(|id| {
                tree.node(id)
                    .text
                    .chars()
                    .filter(|c| c.is_alphabetic())
                    .count()
            })
            .sum::<usize>()
    };
    let all = letters(body);
    let (mut linked, mut links) = (0, 0);
    for link in tree
        .descendants(body)
        .filter(|id| tree.node(*id).name == "a")
    {
        let leads_inside = tree
            .attribute(link, "href")
            .is_some_and(|href| !href.contains("://") && !href.starts_with("mailto:"));
        let words = letters(link);
        if leads_inside && words > 0 {
            links += 1;
            linked += words;
        }
    }
    let is_full = if is_called_so {
        links > 0 && linked * 2 >= all
    } else {
        links >= 3 && linked * 5 >= all * 4
    };
    is_full && all < LONGEST_CONTENTS
}

/// Every id in a page.
pub(super) fn all_ids(tree: &Tree) -> HashSet<&str> {
    (0..tree.len()).flat_map(|node| ids(tree, node)).collect()
}

fn ids(tree: &Tree, node: NodeId) -> impl Iterator<Item = &str> {
    let name = tree
        .attribute(node, "name")
        .filter(|_| tree.node(node).name == "a");
    [
        tree.attribute(node, "id"),
        tree.attribute(node, "xml:id"),
        name,
    ]
    .into_iter()
    .flatten()
}

struct Reader<'a> {
    tree: &'a Tree,
    marks: Marks,
    signs: HashSet<String>,
    page_numbers: HashMap<String, String>,
    /// Chapters that begin with the next block.
    pending: Vec<(String, u8)>,
    is_note: &'a dyn Fn(&str) -> bool,
    options: &'a ImportOptions,
    draft: &'a mut Draft,
    /// Left out without being looked at.
    junk: HashSet<NodeId>,
    /// Classes that the page itself does not show.
    hidden: HashSet<String>,
    /// Empty where the signs of notes are kept.
    bracketed: Bracketed,
    words: String,
    /// Of the block that is open.
    kind: BlockKind,
    quotations: usize,
    /// Inside `pre`, white space counts.
    keeps_lines: bool,
    /// Books may have headings that only look so; pages of the web are full of such lines.
    guesses_chapters: bool,
}

impl<'a> Reader<'a> {
    fn new(
        tree: &'a Tree,
        known: Known,
        is_note: &'a dyn Fn(&str) -> bool,
        options: &'a ImportOptions,
        draft: &'a mut Draft,
    ) -> Self {
        Self {
            tree,
            marks: known.marks,
            signs: known.signs,
            page_numbers: known.page_numbers,
            pending: Vec::new(),
            is_note,
            options,
            draft,
            junk: HashSet::new(),
            hidden: dropped::hidden_classes(tree),
            bracketed: if options.keeps(RemarkKind::NoteMarksDropped) {
                Bracketed::default()
            } else {
                Bracketed::find(tree)
            },
            words: String::new(),
            kind: BlockKind::Paragraph,
            quotations: 0,
            keeps_lines: false,
            guesses_chapters: false,
        }
    }

    /// The tree is bounded in depth, and so is this.
    fn element(&mut self, id: NodeId) {
        let tree = self.tree;
        let node = tree.node(id);
        if node.name.is_empty() && id != Tree::ROOT {
            let words = self.bracketed.rest_of(id, &node.text);
            return self.text(words);
        }
        if self.junk.contains(&id) {
            return;
        }
        for known in ids(tree, id) {
            if !self.marks.is_empty()
                && let Some(titles) = self.marks.remove(&Some(known.to_owned()))
            {
                if is_block(&node.name) {
                    self.end_block();
                }
                self.pending.extend(titles);
            }
        }
        if self.is_dropped(id) {
            return;
        }
        match node.name.as_str() {
            "br" => self.words.push('\n'),
            "wbr" => {}
            "sup" if self.words.ends_with(|last: char| last.is_ascii_digit()) => {
                self.words.push_str(&raised(&tree.text_of(id)));
            }
            // The number of a verse before its words.
            "sup"
                if !self.words.ends_with(|last: char| !last.is_whitespace())
                    && tree.text_of(id).bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                self.children(id);
                self.words.push(' ');
            }
            "hr" => {
                self.end_block();
                self.draft.push(BlockKind::SceneBreak, "");
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.block(id, BlockKind::Heading(node.name.as_bytes()[1] - b'0'));
            }
            "li" => self.block(id, BlockKind::ListItem),
            "p" if self.kind == BlockKind::ListItem => self.block(id, BlockKind::ListItem),
            "blockquote" => {
                self.end_block();
                self.quotations += 1;
                self.block(id, BlockKind::Quotation);
                self.quotations -= 1;
            }
            "pre" => {
                self.end_block();
                self.keeps_lines = true;
                self.block(id, BlockKind::Verse);
                self.keeps_lines = false;
            }
            "table" => self.table(id),
            "q" => {
                self.words.push('“');
                self.children(id);
                self.words.push('”');
            }
            "p" if has_kind(&kinds(tree, id), &["title", "subtitle"]) => {
                self.block(id, BlockKind::Paragraph);
            }
            name if is_block(name) => {
                let kind = match self.kind {
                    BlockKind::ListItem | BlockKind::Heading(_) => self.kind,
                    _ if self.quotations > 0 => BlockKind::Quotation,
                    _ => BlockKind::Paragraph,
                };
                self.block(id, kind);
            }
            _ => self.children(id),
        }
    }

    fn children(&mut self, id: NodeId) {
        let tree = self.tree;
        for child in &tree.node(id).children {
            self.element(*child);
        }
    }

    fn block(&mut self, id: NodeId, kind: BlockKind) {
        self.end_block();
        let former = std::mem::replace(&mut self.kind, kind);
        self.children(id);
        self.end_block();
        self.kind = former;
    }

    fn text(&mut self, text: &str) {
        if self.keeps_lines {
            self.words.push_str(text);
            return;
        }
        // `<h1><span>1</span><span>The Start</span></h1>`: set apart by their style.
        if matches!(self.kind, BlockKind::Heading(_))
            && self.words.ends_with(|last: char| last.is_ascii_digit())
            && text.starts_with(char::is_uppercase)
        {
            self.words.push(' ');
        }
        for piece in text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end_matches(char::is_whitespace);
            self.words.push_str(word);
            if word.len() < piece.len() {
                self.words.push(' ');
            }
        }
    }

    fn begin_pending(&mut self) {
        for (title, depth) in self.pending.drain(..) {
            self.draft.begin_chapter(&title, depth);
        }
    }

    fn end_block(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.trim().is_empty() {
            return;
        }
        self.begin_pending();
        if plain::is_scene_break(words.trim()) {
            return self.draft.push(BlockKind::SceneBreak, &words);
        }
        if self.guesses_chapters
            && self.kind == BlockKind::Paragraph
            && is_chapter_line(words.trim())
        {
            let at = self.draft.position();
            self.draft
                .report
                .note(RemarkKind::HeadingsGuessed, at, words.trim());
            return self.draft.push(BlockKind::Heading(1), &words);
        }
        if self.kind == BlockKind::Verse || !words.contains('\n') {
            return self.draft.push(self.kind, &words);
        }
        // Old pages divide paragraphs by two line breaks.
        let mut part = String::new();
        let mut parts = Vec::new();
        for line in words.split('\n') {
            if line.trim().is_empty() {
                parts.push(std::mem::take(&mut part));
            } else {
                if !part.is_empty() {
                    part.push('\n');
                }
                part.push_str(line.trim());
            }
        }
        parts.push(part);
        for part in parts {
            let lines = part.lines().count();
            let is_verse = lines > 1
                && !matches!(self.kind, BlockKind::Heading(_))
                && part
                    .lines()
                    .all(|line| line.chars().count() <= LONGEST_VERSE_LINE);
            self.draft.push(
                if is_verse {
                    BlockKind::Verse
                } else {
                    self.kind
                },
                &part,
            );
        }
    }

    /// Rows with their cells; a table that only lays out a page is read like the page.
    fn table(&mut self, id: NodeId) {
        self.end_block();
        let tree = self.tree;
        let is_layout = tree.descendants(id).any(|inner| {
            let node = tree.node(inner);
            node.name == "table"
                || matches!(node.name.as_str(), "td" | "th")
                    && node
                        .children
                        .iter()
                        .filter(|child| is_block(&tree.node(**child).name))
                        .count()
                        > 1
        });
        if is_layout {
            return self.block(id, BlockKind::Paragraph);
        }
        let former = std::mem::replace(&mut self.kind, BlockKind::TableRow);
        for row in tree
            .descendants(id)
            .filter(|inner| matches!(tree.node(*inner).name.as_str(), "tr" | "caption"))
        {
            if tree.node(row).name == "caption" {
                self.block(row, BlockKind::Paragraph);
                continue;
            }
            if self.is_dropped(row) {
                continue;
            }
            let mut line = String::new();
            for cell in &tree.node(row).children {
                if !matches!(tree.node(*cell).name.as_str(), "td" | "th") || self.is_dropped(*cell)
                {
                    continue;
                }
                self.inline(*cell);
                add_cell(&mut line, &std::mem::take(&mut self.words));
            }
            self.words = line;
            self.end_block();
        }
        self.kind = former;
    }

    /// Everything below a node as part of the block that is open.
    fn inline(&mut self, id: NodeId) {
        let tree = self.tree;
        for child in &tree.node(id).children {
            let node = tree.node(*child);
            if is_block(&node.name) {
                if !self.is_dropped(*child) {
                    self.words.push(' ');
                    self.inline(*child);
                }
            } else if node.name == "br" {
                self.words.push(' ');
            } else {
                self.element(*child);
            }
        }
    }
}

/// A raised number as one, so that `10<sup>6</sup>` is no 106; other words as they are.
pub(super) fn raised(words: &str) -> String {
    let signs = words.chars().map(|sign| match sign {
        '0' => Some('⁰'),
        '1' => Some('¹'),
        '2' => Some('²'),
        '3' => Some('³'),
        '4'..='9' => char::from_u32('⁴' as u32 + sign as u32 - '4' as u32),
        '+' => Some('⁺'),
        '-' | '−' => Some('⁻'),
        _ => None,
    });
    signs
        .collect::<Option<String>>()
        .unwrap_or_else(|| words.to_owned())
}

/// The sign beside a heading that is a link to itself.
fn is_permalink(tree: &Tree, id: NodeId, kinds: &str) -> bool {
    let points_here = tree
        .attribute(id, "href")
        .is_some_and(|href| href.starts_with('#'));
    let words = || tree.text_of(id);
    has_kind(
        kinds,
        &["headerlink", "anchor", "permalink", "anchorjs-link"],
    ) && !words().contains(char::is_alphanumeric)
        || points_here && matches!(words().as_str(), "¶" | "#" | "🔗" | "§")
}

pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "aside"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "ul"
            | "ol"
            | "dl"
            | "li"
            | "dt"
            | "dd"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "blockquote"
            | "pre"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "figure"
            | "figcaption"
            | "form"
            | "fieldset"
            | "address"
            | "details"
            | "summary"
            | "center"
            | "hgroup"
            | "body"
            | "html"
            | "caption"
            | "menu"
    )
}

#[cfg(test)]
mod tests;
