//! What the package of a book says: its title, the order of its files, and its table of contents.

use std::collections::HashMap;

use super::{resolve, text};
use crate::document::ImportError;
use crate::document::archive::Archive;
use crate::document::model::Cover;
use crate::document::tree::{NodeId, Syntax, Tree};

/// Longer tables of contents than this are not read to the end.
const MOST_MARKS: usize = 20_000;

/// Stand-ins of stand-ins are followed so far.
const LONGEST_CHAIN: usize = 8;

/// What the package document says.
pub(super) struct Package {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
    /// Paths in reading order, and whether they belong to it.
    pub(super) spine: Vec<(String, bool)>,
    /// Paths in the reading order that are of no kind that can be read, and have no stand-in that is.
    pub(super) unreadable: Vec<String>,
    /// The navigation document of EPUB 3.
    pub(super) navigation: Option<String>,
    /// The page that EPUB 2 calls the table of contents.
    pub(super) contents_page: Option<String>,
    ncx: Option<String>,
    cover: Option<(String, String)>,
}

/// A line of the table of contents.
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) fragment: Option<String>,
    pub(super) title: String,
    pub(super) depth: u8,
}

impl Package {
    pub(super) fn read(source: &str, path: &str) -> Result<Self, ImportError> {
        let tree = Tree::parse(source, Syntax::Xml)?;
        let root = tree
            .first_named(Tree::ROOT, "package")
            .ok_or(ImportError::Damaged)?;
        let mut stand_ins: HashMap<&str, &str> = HashMap::new();
        let mut items: HashMap<&str, (String, &str, &str)> = HashMap::new();
        for item in tree
            .descendants(root)
            .filter(|id| tree.node(*id).name == "item")
        {
            let attribute = |name| tree.attribute(item, name).unwrap_or_default();
            if let Some(other) = tree.attribute(item, "fallback") {
                stand_ins.insert(attribute("id"), other);
            }
            items.insert(
                attribute("id"),
                (
                    resolve(path, attribute("href")).0,
                    attribute("media-type"),
                    attribute("properties"),
                ),
            );
        }
        let words = |name: &str| {
            let found = tree
                .descendants(root)
                .filter(|id| tree.node(*id).name == name)
                .map(|id| tree.text_of(id));
            found.filter(|words| !words.is_empty()).collect::<Vec<_>>()
        };
        let authors: Vec<String> = tree
            .descendants(root)
            .filter(|id| tree.node(*id).name == "creator")
            .filter(|id| {
                tree.local_attribute(*id, "role")
                    .is_none_or(|role| role == "aut")
            })
            .map(|id| tree.text_of(id))
            .filter(|name| !name.is_empty())
            .collect();
        let spine_node = tree.first_named(root, "spine");
        let (mut spine, mut unreadable) = (Vec::new(), Vec::new());
        for item in spine_node
            .into_iter()
            .flat_map(|spine| tree.children_named(spine, "itemref"))
        {
            let first = tree.attribute(item, "idref").unwrap_or_default();
            let chain = std::iter::successors(Some(first), |id| stand_ins.get(id).copied());
            let page = chain
                .take(LONGEST_CHAIN)
                .filter_map(|id| items.get(id))
                .find(|(_, kind, _)| is_page(kind));
            let is_linear = tree.attribute(item, "linear") != Some("no");
            match (page, items.get(first)) {
                (Some((path, ..)), _) => spine.push((path.clone(), is_linear)),
                (None, Some((path, ..))) => unreadable.push(path.clone()),
                (None, None) => {}
            }
        }
        let with_property = |wanted: &str| {
            let has = |properties: &str| {
                properties
                    .split_whitespace()
                    .any(|property| property == wanted)
            };
            items.values().find(|(_, _, properties)| has(properties))
        };
        let ncx_id = spine_node.and_then(|spine| tree.attribute(spine, "toc"));
        let ncx = ncx_id
            .and_then(|id| items.get(id))
            .or_else(|| items.values().find(|(_, kind, _)| kind.contains("dtbncx")));
        let cover_id = tree
            .descendants(root)
            .filter(|id| {
                tree.node(*id).name == "meta" && tree.attribute(*id, "name") == Some("cover")
            })
            .find_map(|id| tree.attribute(id, "content"));
        let cover = with_property("cover-image").or_else(|| cover_id.and_then(|id| items.get(id)));
        let contents_page = tree
            .descendants(root)
            .filter(|id| tree.node(*id).name == "reference")
            .find(|id| tree.attribute(*id, "type") == Some("toc"))
            .and_then(|id| tree.attribute(id, "href"))
            .map(|href| resolve(path, href).0);
        Ok(Self {
            contents_page,
            title: words("title").into_iter().next(),
            author: (!authors.is_empty()).then(|| authors.join(", ")),
            language: words("language").into_iter().next(),
            spine,
            unreadable,
            navigation: with_property("nav").map(|(path, _, _)| path.clone()),
            ncx: ncx.map(|(path, _, _)| path.clone()),
            cover: cover
                .filter(|(_, kind, _)| kind.starts_with("image/"))
                .map(|(path, kind, _)| (path.clone(), (*kind).to_owned())),
        })
    }

    /// A cover that cannot be unpacked is none: a book is not refused for its picture.
    pub(super) fn cover(&self, archive: &mut Archive<'_>) -> Option<Cover> {
        let (path, media_type) = self.cover.clone()?;
        let bytes = archive.read(&path).ok()??;
        Some(Cover { media_type, bytes })
    }

    /// The numbers of the printed pages, with where they stand.
    pub(super) fn page_list(&self, archive: &mut Archive<'_>) -> Result<Vec<Entry>, ImportError> {
        let mut entries = Vec::new();
        for path in [&self.navigation, &self.ncx].into_iter().flatten() {
            let Some(bytes) = archive.read(path)? else {
                continue;
            };
            let tree = Tree::parse(&text(&bytes)?, Syntax::Xml)?;
            let is_list = |id: &NodeId| {
                tree.node(*id).name == "pagelist"
                    || tree
                        .attribute(*id, "epub:type")
                        .is_some_and(|kind| kind.split_whitespace().any(|k| k == "page-list"))
            };
            let Some(list) = tree.descendants(Tree::ROOT).find(is_list) else {
                continue;
            };
            for item in tree.descendants(list).take(MOST_MARKS) {
                let (href, title) = match tree.node(item).name.as_str() {
                    "a" => (tree.attribute(item, "href"), tree.text_of(item)),
                    "pagetarget" => {
                        let source = tree.child_named(item, "content");
                        let label = tree.child_named(item, "navlabel");
                        (
                            source.and_then(|id| tree.attribute(id, "src")),
                            label.map(|id| tree.text_of(id)).unwrap_or_default(),
                        )
                    }
                    _ => continue,
                };
                if let Some(href) = href {
                    let (path, fragment) = resolve(path, href);
                    entries.push(Entry {
                        path,
                        fragment,
                        title,
                        depth: 0,
                    });
                }
            }
        }
        Ok(entries)
    }

    /// From the navigation document, else from the NCX.
    pub(super) fn contents(&self, archive: &mut Archive<'_>) -> Result<Vec<Entry>, ImportError> {
        let mut entries = Vec::new();
        if let Some(path) = &self.navigation
            && let Some(bytes) = archive.read(path)?
        {
            let tree = Tree::parse(&text(&bytes)?, Syntax::Xml)?;
            let is_contents = |id: &NodeId| {
                tree.node(*id).name == "nav"
                    && tree
                        .attribute(*id, "epub:type")
                        .is_some_and(|kind| kind.split_whitespace().any(|k| k == "toc"))
            };
            if let Some(list) = tree
                .descendants(Tree::ROOT)
                .find(is_contents)
                .and_then(|nav| tree.first_named(nav, "ol"))
            {
                navigation_entries(&tree, list, path, 0, &mut entries);
            }
        }
        if entries.is_empty()
            && let Some(path) = &self.ncx
            && let Some(bytes) = archive.read(path)?
        {
            let tree = Tree::parse(&text(&bytes)?, Syntax::Xml)?;
            if let Some(map) = tree.first_named(Tree::ROOT, "navmap") {
                ncx_entries(&tree, map, path, 0, &mut entries);
            }
        }
        Ok(entries)
    }
}

fn is_page(media_type: &str) -> bool {
    media_type.contains("html")
        || media_type.contains("oeb1")
        || media_type == "image/svg+xml"
        || media_type.is_empty()
}

/// What a link in the table of contents is called; a picture has its name instead.
fn label(tree: &Tree, link: NodeId) -> String {
    let words = tree.text_of(link);
    let picture = tree.first_named(link, "img");
    let told = picture.and_then(|id| tree.attribute(id, "alt"));
    match told {
        Some(told) if words.is_empty() => told.to_owned(),
        _ => words,
    }
}

/// The tree is no deeper than its limit, so neither is this.
fn navigation_entries(tree: &Tree, list: NodeId, path: &str, depth: u8, entries: &mut Vec<Entry>) {
    for item in tree.children_named(list, "li") {
        let label = tree
            .node(item)
            .children
            .iter()
            .copied()
            .find(|id| matches!(tree.node(*id).name.as_str(), "a" | "span"));
        let mut inner = tree.children_named(item, "ol");
        let nested = inner.next();
        if let Some(label) = label
            && entries.len() < MOST_MARKS
        {
            // A part without a place of its own begins where its first chapter does.
            let href = tree.attribute(label, "href").or_else(|| {
                let first = nested.and_then(|list| {
                    tree.descendants(list)
                        .find(|id| tree.attribute(*id, "href").is_some())
                });
                first.and_then(|id| tree.attribute(id, "href"))
            });
            if let Some(href) = href {
                let (file, fragment) = resolve(path, href);
                entries.push(Entry {
                    path: file,
                    fragment,
                    title: self::label(tree, label),
                    depth,
                });
            }
        }
        if let Some(nested) = nested {
            navigation_entries(tree, nested, path, depth.saturating_add(1), entries);
        }
    }
}

fn ncx_entries(tree: &Tree, parent: NodeId, path: &str, depth: u8, entries: &mut Vec<Entry>) {
    for point in tree.children_named(parent, "navpoint") {
        let title = tree
            .child_named(point, "navlabel")
            .map(|label| tree.text_of(label))
            .unwrap_or_default();
        let source = tree
            .child_named(point, "content")
            .and_then(|content| tree.attribute(content, "src"));
        if let Some(source) = source.filter(|_| entries.len() < MOST_MARKS) {
            let (file, fragment) = resolve(path, source);
            entries.push(Entry {
                path: file,
                fragment,
                title,
                depth,
            });
        }
        ncx_entries(tree, point, path, depth.saturating_add(1), entries);
    }
}
