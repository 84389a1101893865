//! The bookmarks of a PDF (ISO 32000-2, 12.3): its table of contents, where it has one.

use std::collections::{HashMap, HashSet};

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, String as Text};

use super::text_string;

/// Longer tables of contents are not read to the end.
const MOST_ENTRIES: usize = 20_000;

/// Deeper ones are not read to the bottom.
const DEEPEST: u8 = 32;

/// Destinations that are looked up by name, and nodes of the tree they hang in.
const MOST_NAMES: usize = 200_000;

/// A line of the table of contents.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) title: String,
    /// From 0.
    pub(super) depth: u8,
    /// Index of the page.
    pub(super) page: usize,
    /// How far below the upper edge of the page, in points, if it says so.
    pub(super) y: Option<f64>,
}

/// In the order of the table of contents.
pub(super) fn entries(pdf: &Pdf) -> Vec<Entry> {
    let Some(root) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else {
        return Vec::new();
    };
    let Some(first) = root
        .get::<Dict<'_>>("Outlines")
        .and_then(|outlines| outlines.get::<Dict<'_>>("First"))
    else {
        return Vec::new();
    };
    let pages = pdf.pages();
    let numbers = pages.iter().enumerate().filter_map(|(index, page)| {
        let id = page.raw().obj_id()?;
        Some((id, index))
    });
    let places = Places {
        tops: pages
            .iter()
            .map(|page| page.intersected_crop_box().y1)
            .collect(),
        pages: numbers.collect(),
        names: names(&root),
    };
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    // What is still to be read: an entry and its depth.
    let mut waiting = vec![(first, 0)];
    while let Some((item, depth)) = waiting.pop() {
        let is_new = item.obj_id().is_none_or(|id| seen.insert(id));
        if !is_new || seen.len() > MOST_ENTRIES || entries.len() >= MOST_ENTRIES {
            continue;
        }
        if let Some(next) = item.get::<Dict<'_>>("Next") {
            waiting.push((next, depth));
        }
        if depth < DEEPEST
            && let Some(child) = item.get::<Dict<'_>>("First")
        {
            waiting.push((child, depth + 1));
        }
        let title = item
            .get::<Text<'_>>("Title")
            .and_then(|title| text_string(title.as_bytes()));
        if let Some(title) = title
            && let Some((page, y)) = places.of(&item)
        {
            entries.push(Entry {
                title,
                depth,
                page,
                y,
            });
        }
    }
    entries
}

struct Places<'a> {
    pages: HashMap<ObjectIdentifier, usize>,
    /// The upper edges of the pages.
    tops: Vec<f64>,
    names: HashMap<Vec<u8>, Object<'a>>,
}

impl Places<'_> {
    fn of(&self, item: &Dict<'_>) -> Option<(usize, Option<f64>)> {
        let destination = item.get::<Object<'_>>("Dest").or_else(|| {
            let action = item.get::<Dict<'_>>("A")?;
            action.get::<Object<'_>>("D")
        })?;
        self.resolved(&destination)
    }

    fn resolved(&self, destination: &Object<'_>) -> Option<(usize, Option<f64>)> {
        let named = match destination {
            Object::String(name) => self.names.get(name.as_bytes()),
            Object::Name(name) => self.names.get(&**name),
            other => return self.place(other),
        };
        named.and_then(|place| self.place(place))
    }

    /// `[page /XYZ left top zoom]` and its relatives.
    fn place(&self, destination: &Object<'_>) -> Option<(usize, Option<f64>)> {
        let array = match destination {
            Object::Array(array) => array.clone(),
            Object::Dict(dict) => dict.get::<Array<'_>>("D")?,
            _ => return None,
        };
        let page = match array.raw_iter().next()? {
            MaybeRef::Ref(page) => *self.pages.get(&page.into())?,
            // Only remote destinations should count pages; some programs count all.
            MaybeRef::NotRef(number) => usize::try_from(number.into_i32()?).ok()?,
        };
        let top = *self.tops.get(page)?;
        let parts: Vec<Object<'_>> = array.iter::<Object<'_>>().take(5).collect();
        // The reference to the page resolves to its dictionary, so that the kind is second.
        let kind = parts
            .iter()
            .position(|part| matches!(part, Object::Name(_)));
        let y = kind.and_then(|at| {
            let Object::Name(kind) = &parts[at] else {
                return None;
            };
            let number = |at: usize| match parts.get(at)? {
                Object::Number(number) => Some(number.as_f64()),
                _ => None,
            };
            match &**kind {
                b"XYZ" => number(at + 2),
                b"FitH" | b"FitBH" => number(at + 1),
                b"FitR" => number(at + 4),
                _ => None,
            }
        });
        Some((page, y.map(|y| top - y)))
    }
}

/// Destinations by name: a dictionary in old files, a tree in newer ones.
fn names<'a>(root: &Dict<'a>) -> HashMap<Vec<u8>, Object<'a>> {
    let mut names = HashMap::new();
    if let Some(dict) = root.get::<Dict<'a>>("Dests") {
        for key in dict.keys().take(MOST_NAMES) {
            let key: Name<'a> = key;
            if let Some(place) = dict.get::<Object<'a>>(&*key) {
                names.insert(key.to_vec(), place);
            }
        }
    }
    let tree = root
        .get::<Dict<'a>>("Names")
        .and_then(|names| names.get::<Dict<'a>>("Dests"));
    let mut seen = HashSet::new();
    let mut waiting: Vec<Dict<'a>> = tree.into_iter().collect();
    while let Some(node) = waiting.pop() {
        let is_new = node.obj_id().is_none_or(|id| seen.insert(id));
        if !is_new || seen.len() + names.len() > MOST_NAMES {
            continue;
        }
        if let Some(kids) = node.get::<Array<'a>>("Kids") {
            waiting.extend(kids.iter::<Dict<'a>>().take(MOST_NAMES));
        }
        if let Some(pairs) = node.get::<Array<'a>>("Names") {
            let mut pairs = pairs.iter::<Object<'a>>();
            while let (Some(Object::String(name)), Some(place)) = (pairs.next(), pairs.next()) {
                names.insert(name.as_bytes().to_vec(), place);
                if names.len() > MOST_NAMES {
                    break;
                }
            }
        }
    }
    names
}
