//! HTML, XHTML and other XML as a tree of elements and text, from any bytes at all.
//!
//! One tokenizer, that of the HTML standard, serves both: it never fails, knows the named characters that XHTML in books
//! uses, and expands no entities of a document's own, so that there is no bomb to be made of them. The tree above it is
//! lenient: an end tag closes what it can, and whatever is open at the end is closed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ops::Deref;
use std::rc::Rc;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult,
    Tokenizer, TokenizerOpts,
};

use super::ImportError;

/// Elements nested deeper than this are not a text.
const DEEPEST: usize = 400;

/// More elements and stretches of text than this are not a text.
const MOST_NODES: usize = 2_500_000;

/// Attributes of one element beyond these are not read: the tokenizer compares each with all before it.
const MOST_ATTRIBUTES: usize = 500;

/// A page's definitions of its own are looked for so far, in bytes, and so many are read.
const LONGEST_DOCTYPE: usize = 1 << 14;
const MOST_ENTITIES: usize = 64;

/// One stands for no more than this, in bytes, and all of them add no more than that.
const LONGEST_ENTITY: usize = 200;
const MOST_GROWTH: usize = 1 << 20;

/// The input is handed over in pieces of so many bytes, so that the limits are checked in between.
const PIECE: usize = 1 << 16;

/// Index of a node.
pub(super) type NodeId = usize;

/// The name of an element or an attribute: there are few, and all nodes share them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(Rc<str>);

impl Name {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

/// An element or a stretch of text.
#[derive(Debug)]
pub(super) struct Node {
    /// The name in small letters without its prefix; empty for text.
    pub(super) name: Name,
    /// Names in small letters with their prefixes.
    attributes: Vec<(Name, StrTendril)>,
    pub(super) text: String,
    pub(super) children: Vec<NodeId>,
}

/// All nodes; the first is the root above the outermost element.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// Which rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Void elements, end tags left out, raw text in scripts.
    Html,
    /// Every element ends where it says so.
    Xml,
}

impl Tree {
    /// # Errors
    /// [`ImportError::TooComplex`] beyond the limits above.
    pub(super) fn parse(source: &str, syntax: Syntax) -> Result<Self, ImportError> {
        let source = &*with_entities(source, syntax);
        let source = &*with_few_attributes(source);
        let nameless = Name("".into());
        let sink = Builder {
            syntax,
            nodes: RefCell::new(vec![Node {
                name: nameless.clone(),
                attributes: Vec::new(),
                text: String::new(),
                children: Vec::new(),
            }]),
            names: RefCell::new(HashSet::new()),
            nameless,
            open: RefCell::new(vec![0]),
            is_too_complex: Cell::new(false),
        };
        let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
        let queue = BufferQueue::default();
        let mut rest = source;
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.floor_char_boundary(PIECE));
            rest = later;
            queue.push_back(StrTendril::from_slice(piece));
            // It pauses after scripts; nothing of ours runs them.
            while !queue.is_empty() {
                let _ = tokenizer.feed(&queue);
            }
            if tokenizer.sink.is_too_complex.get() {
                return Err(ImportError::TooComplex);
            }
        }
        tokenizer.end();
        if tokenizer.sink.is_too_complex.get() {
            return Err(ImportError::TooComplex);
        }
        Ok(Self {
            nodes: tokenizer.sink.nodes.into_inner(),
        })
    }

    pub(super) const ROOT: NodeId = 0;

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// An attribute by its name in small letters, with its prefix.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        let found = self.nodes[id]
            .attributes
            .iter()
            .find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }

    /// An attribute by its name without a prefix, whatever prefix it has.
    pub(super) fn local_attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        let local = |known: &str| known.rsplit(':').next() == Some(name);
        let found = self.nodes[id]
            .attributes
            .iter()
            .find(|(known, _)| local(known));
        found.map(|(_, value)| &**value)
    }

    /// The children with a name.
    pub(super) fn children_named<'a>(
        &'a self,
        id: NodeId,
        name: &'a str,
    ) -> impl Iterator<Item = NodeId> + 'a {
        self.nodes[id]
            .children
            .iter()
            .copied()
            .filter(move |child| self.nodes[*child].name == name)
    }

    pub(super) fn child_named(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.nodes[id]
            .children
            .iter()
            .copied()
            .find(|child| self.nodes[*child].name == name)
    }

    /// Everything below a node, in order, without the node itself.
    pub(super) fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut waiting: Vec<NodeId> = self.nodes[id].children.iter().rev().copied().collect();
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(self.nodes[next].children.iter().rev());
            Some(next)
        })
    }

    pub(super) fn first_named(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.descendants(id)
            .find(|node| self.nodes[*node].name == name)
    }

    /// All the text below a node, with single spaces; at most some kilobytes of it.
    pub(super) fn text_of(&self, id: NodeId) -> String {
        let mut text = self.nodes[id].text.clone();
        for node in self.descendants(id) {
            if text.len() > 4096 {
                break;
            }
            let node = &self.nodes[node];
            if matches!(
                node.name.as_str(),
                "p" | "div" | "li" | "br" | "td" | "tr" | "rt"
            ) {
                text.push(' ');
            }
            text.push_str(&node.text);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The source with the words that it defines itself: `<!ENTITY ship "Heron">` and `&ship;`. Those that stand for other
/// entities or for elements stay as they are, so that nothing grows beyond the words themselves.
fn with_entities(source: &str, syntax: Syntax) -> Cow<'_, str> {
    let head = &source[..source.floor_char_boundary(LONGEST_DOCTYPE)];
    let subset = head
        .find("<!DOCTYPE")
        .and_then(|at| Some((at, head[at..].find('[')?, head[at..].find('>')?)))
        .filter(|(_, open, close)| open < close && syntax == Syntax::Xml)
        .and_then(|(at, open, _)| head[at + open..].split_once("]"))
        .map(|(subset, _)| subset);
    let Some(subset) = subset else {
        return Cow::Borrowed(source);
    };
    let mut known: Vec<(String, &str)> = Vec::new();
    for definition in subset.split("<!ENTITY").skip(1).take(MOST_ENTITIES) {
        let Some((name, rest)) = definition.trim_start().split_once(char::is_whitespace) else {
            continue;
        };
        let rest = rest.trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''));
        let value = quote.and_then(|quote| rest[1..].split_once(quote));
        if let Some((value, _)) = value
            && value.len() <= LONGEST_ENTITY
            && !value.replace("&#", "").contains(['&', '<', '%'])
        {
            known.push((format!("&{name};"), value));
        }
    }
    let (mut told, mut left) = (Cow::Borrowed(source), MOST_GROWTH);
    for (sign, value) in known {
        let growth = value.len() * told.matches(&sign).count();
        if growth > 0 && growth <= left {
            left -= growth;
            told = Cow::Owned(told.replace(&sign, value));
        }
    }
    told
}

/// The source without what is too much in its tags; nearly always the source itself.
fn with_few_attributes(source: &str) -> Cow<'_, str> {
    let bytes = source.as_bytes();
    let mut kept = String::new();
    // How far the source is in what is kept.
    let mut done = 0;
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', &bytes[at..]) {
        at += open + 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let (end, excess) = tag(bytes, at);
        if let Some(excess) = excess {
            kept.push_str(&source[done..excess]);
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return Cow::Borrowed(source);
    }
    kept.push_str(&source[done..]);
    Cow::Owned(kept)
}

/// Where a tag ends, and where its attributes become too many.
fn tag(bytes: &[u8], start: usize) -> (usize, Option<usize>) {
    let mut attributes = 0;
    let mut excess = None;
    let mut quote = None;
    let mut former = b' ';
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match (quote, *byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return (at, excess),
            (None, b'"' | b'\'') if former == b'=' => quote = Some(*byte),
            (None, byte) => {
                let is_apart =
                    former.is_ascii_whitespace() || matches!(former, b'/' | b'"' | b'\'');
                if is_apart && !byte.is_ascii_whitespace() && byte.is_ascii() && byte != b'=' {
                    attributes += 1;
                    if attributes > MOST_ATTRIBUTES && excess.is_none() {
                        excess = Some(at);
                    }
                }
            }
        }
        if !byte.is_ascii_whitespace() || former != b'=' {
            former = *byte;
        }
    }
    (bytes.len(), excess)
}

struct Builder {
    syntax: Syntax,
    nodes: RefCell<Vec<Node>>,
    names: RefCell<HashSet<Rc<str>>>,
    nameless: Name,
    /// From the root to the innermost open element.
    open: RefCell<Vec<NodeId>>,
    is_too_complex: Cell<bool>,
}

impl TokenSink for Builder {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        if self.is_too_complex.get() {
            return TokenSinkResult::Continue;
        }
        match token {
            TagToken(tag) if tag.kind == StartTag => return self.start(tag),
            TagToken(tag) => self.end_tag(&tag),
            CharacterTokens(text) => self.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.syntax == Syntax::Xml
    }
}

impl Builder {
    fn start(&self, tag: Tag) -> TokenSinkResult<()> {
        let name = local(&tag.name);
        let is_html = self.syntax == Syntax::Html;
        if is_html {
            self.close_implied(name);
        }
        let closes_itself = if is_html {
            is_void(name)
        } else {
            // Books forget the slash of these, which never hold anything.
            tag.self_closing || matches!(name, "br" | "hr" | "img" | "wbr")
        };
        let attributes = tag.attrs.into_iter().map(|attribute| {
            let local = &attribute.name.local;
            let name = match attribute.name.prefix {
                Some(prefix) => self.shared(&format!("{prefix}:{local}")),
                None => self.shared(local),
            };
            (name, attribute.value)
        });
        let node = Node {
            name: self.shared(name),
            attributes: attributes.collect(),
            text: String::new(),
            children: Vec::new(),
        };
        let id = self.add(node);
        let mut open = self.open.borrow_mut();
        if !closes_itself {
            open.push(id);
            if open.len() > DEEPEST {
                self.is_too_complex.set(true);
            }
        }
        if !is_html || closes_itself {
            return TokenSinkResult::Continue;
        }
        match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" => TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn shared(&self, name: &str) -> Name {
        let mut names = self.names.borrow_mut();
        if let Some(known) = names.get(name) {
            return Name(Rc::clone(known));
        }
        let new: Rc<str> = name.into();
        names.insert(Rc::clone(&new));
        Name(new)
    }

    fn add(&self, node: Node) -> NodeId {
        let mut nodes = self.nodes.borrow_mut();
        let id = nodes.len();
        if id >= MOST_NODES {
            self.is_too_complex.set(true);
            return 0;
        }
        let parent = self.open.borrow().last().copied().unwrap_or(Tree::ROOT);
        nodes.push(node);
        nodes[parent].children.push(id);
        id
    }

    fn text(&self, text: &str) {
        let parent = self.open.borrow().last().copied().unwrap_or(Tree::ROOT);
        {
            let mut nodes = self.nodes.borrow_mut();
            let last = nodes[parent].children.last().copied();
            if let Some(last) = last.filter(|last| nodes[*last].name.is_empty()) {
                nodes[last].text.push_str(text);
                return;
            }
        }
        self.add(Node {
            name: self.nameless.clone(),
            attributes: Vec::new(),
            text: text.to_owned(),
            children: Vec::new(),
        });
    }

    fn end_tag(&self, tag: &Tag) {
        let name = local(&tag.name);
        let nodes = self.nodes.borrow();
        let mut open = self.open.borrow_mut();
        // An end tag does not reach out of its cell or list; one that fits nothing is ignored.
        for depth in (1..open.len()).rev() {
            let known = nodes[open[depth]].name.as_str();
            if known == name {
                open.truncate(depth);
                return;
            }
            let is_wall = matches!(known, "td" | "th" | "table")
                && !matches!(name, "tr" | "tbody" | "thead" | "table" | "body" | "html");
            if is_wall && self.syntax == Syntax::Html {
                return;
            }
        }
    }

    /// End tags that HTML lets be left out.
    fn close_implied(&self, name: &str) {
        const ENDS_PARAGRAPH: [&str; 35] = [
            "p",
            "div",
            "ul",
            "ol",
            "dl",
            "li",
            "dt",
            "dd",
            "table",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "pre",
            "blockquote",
            "section",
            "article",
            "aside",
            "nav",
            "header",
            "footer",
            "main",
            "figure",
            "figcaption",
            "form",
            "fieldset",
            "address",
            "details",
            "summary",
            "center",
            "menu",
            "hgroup",
        ];
        let nodes = self.nodes.borrow();
        let mut open = self.open.borrow_mut();
        let mut close = |names: &[&str], walls: &[&str]| {
            for depth in (1..open.len()).rev() {
                let known = nodes[open[depth]].name.as_str();
                if names.contains(&known) {
                    open.truncate(depth);
                    return;
                }
                if walls.contains(&known) {
                    return;
                }
            }
        };
        if ENDS_PARAGRAPH.contains(&name) {
            close(
                &["p"],
                &["td", "th", "li", "div", "table", "button", "object"],
            );
        }
        match name {
            "li" => close(&["li"], &["ul", "ol", "menu"]),
            "dt" | "dd" => close(&["dt", "dd"], &["dl"]),
            "tr" => close(&["tr"], &["table"]),
            "td" | "th" => close(&["td", "th"], &["tr", "table"]),
            "tbody" | "thead" | "tfoot" => close(&["tbody", "thead", "tfoot"], &["table"]),
            "option" => close(&["option"], &["select"]),
            "rt" | "rp" | "rb" => close(&["rt", "rp", "rb"], &["ruby"]),
            "body" => close(&["head"], &[]),
            _ => {}
        }
    }
}

fn local(name: &str) -> &str {
    // `<http: …>` is no element of anybody's; without a name it would pass for text.
    name.rsplit(':')
        .next()
        .filter(|local| !local.is_empty())
        .unwrap_or(name)
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_a_hundred_thousand_attributes_is_read_with_the_first_of_them() {
        let many: String = (0..100_000)
            .map(|number| format!(" a{number}='>'"))
            .collect();
        let source = format!("<p id=x{many}>Words</p><p title='a b c'>More</p>");
        let tree = Tree::parse(&source, Syntax::Html).unwrap();
        let texts: Vec<String> = tree
            .descendants(Tree::ROOT)
            .filter(|id| tree.node(*id).name == "p")
            .map(|id| tree.text_of(id))
            .collect();
        assert_eq!(texts, ["Words", "More"]);
        let first = tree.first_named(Tree::ROOT, "p").unwrap();
        assert_eq!(tree.attribute(first, "id"), Some("x"));
        assert_eq!(tree.attribute(first, "a99999"), None);
    }
}
