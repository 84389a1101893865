//! EPUB 2 and 3 → the text of the spine, its chapters from the table of contents (EPUB 3.3, W3C Recommendation; OPF and
//! NCX of EPUB 2.0.1).

mod package;

use std::collections::{HashMap, HashSet};

use super::archive::Archive;
use super::draft::Draft;
use super::html::{self, Known, Links, Marks};
use super::report::{ImportOptions, RemarkKind, Report};
use super::tree::{Syntax, Tree};
use super::{ImportError, encoding};
use package::{Entry, Package};

/// # Errors
/// [`ImportError::Locked`] for a book with DRM, [`ImportError::Damaged`] without a package, and those of [`Archive`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let mut archive = Archive::open(bytes)?;
    refuse_locked(&mut archive)?;
    let path = package_path(&mut archive)?.ok_or(ImportError::Damaged)?;
    let source = archive.read(&path)?.ok_or(ImportError::Damaged)?;
    let package = Package::read(&text(&source)?, &path)?;
    draft.title = package.title.clone();
    draft.author = package.author.clone();
    draft.language = package.language.clone();
    draft.headings_are_titles = true;
    draft.cover = package.cover(&mut archive);
    let mut places: HashMap<String, Vec<Entry>> = HashMap::new();
    let mut page_numbers: HashMap<String, HashMap<String, String>> = HashMap::new();
    for entry in package.page_list(&mut archive)? {
        if let Some(fragment) = entry.fragment {
            let of_page = page_numbers.entry(entry.path).or_default();
            of_page.insert(fragment, entry.title);
        }
    }
    for entry in package.contents(&mut archive)? {
        places.entry(entry.path.clone()).or_default().push(entry);
    }
    for name in archive.damaged() {
        draft.report.note(RemarkKind::PartsMissing, 0, &name);
    }
    for path in &package.unreadable {
        draft.report.note(RemarkKind::PartsMissing, 0, path);
    }
    let pages = pages(&mut archive, &package, options, draft)?;
    // Notes are known by what points at them, which may stand in another file.
    let mut notes: HashSet<String> = HashSet::new();
    let mut links = Links::default();
    for Page { path, source, .. } in &pages {
        if source.contains("href") {
            let tree = Tree::parse(source, Syntax::Xml)?;
            links.add(path, &tree, &|href| {
                let (file, fragment) = resolve(path, href);
                fragment.map(|fragment| format!("{file}#{fragment}"))
            });
            notes.extend(html::note_targets(&tree).into_iter().filter_map(|target| {
                let (file, fragment) = resolve(path, &target);
                fragment.map(|fragment| format!("{file}#{fragment}"))
            }));
        }
    }
    let mut mutual = links.finish();
    notes.extend(mutual.notes);
    for page in &pages {
        let Page { path, source, .. } = page;
        if page.is_damaged {
            draft
                .report
                .note(RemarkKind::PartsMissing, draft.position(), path);
        }
        let tree = Tree::parse(source, Syntax::Xml)?;
        let is_called_so = package.contents_page.as_deref() == Some(*path);
        let is_contents = package.navigation.as_deref() == Some(*path)
            || html::is_list_of_links(&tree, is_called_so);
        if (!page.is_linear || is_contents) && !options.keeps(RemarkKind::NavigationDropped) {
            let example = tree.text_of(Tree::ROOT);
            draft
                .report
                .note(RemarkKind::NavigationDropped, draft.position(), &example);
            continue;
        }
        let mut marks: Marks = HashMap::new();
        let ids = html::all_ids(&tree);
        for entry in places.remove(*path).unwrap_or_default() {
            let is_lost = entry
                .fragment
                .as_deref()
                .is_some_and(|fragment| !ids.contains(fragment));
            let place = entry.fragment.filter(|_| !is_lost);
            let here = marks.entry(place).or_default();
            // A place that is not there must not take the text of one that is.
            let at = if is_lost { 0 } else { here.len() };
            here.insert(at, (entry.title, entry.depth));
        }
        let is_note = |id: &str| notes.contains(&format!("{path}#{id}"));
        let known = Known {
            marks,
            signs: mutual.signs.remove(*path).unwrap_or_default(),
            page_numbers: page_numbers.remove(*path).unwrap_or_default(),
        };
        html::read_book_page(&tree, known, &is_note, options, draft);
    }
    let has_picture = |page: &Page<'_>| page.source.contains("<im") || page.source.contains("<svg");
    if draft.is_empty() && pages.iter().any(has_picture) {
        return Err(ImportError::PicturesOnly);
    }
    Ok(())
}

/// A file of the spine.
struct Page<'a> {
    path: &'a str,
    /// Whether it belongs to the reading order.
    is_linear: bool,
    /// Missing, or not as it was packed.
    is_damaged: bool,
    source: String,
}

/// # Errors
/// [`ImportError::Damaged`] if there is nothing to read at all.
fn pages<'a>(
    archive: &mut Archive<'_>,
    package: &'a Package,
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<Vec<Page<'a>>, ImportError> {
    let mut pages = Vec::new();
    for (path, is_linear) in &package.spine {
        let source = match archive.read(path)? {
            Some(bytes) => encoding::markup_of(&bytes, options, &mut draft.report).ok(),
            None => None,
        };
        pages.push(Page {
            path,
            is_linear: *is_linear,
            is_damaged: source.is_none() || !archive.damaged().is_empty(),
            source: source.unwrap_or_default(),
        });
    }
    if pages.iter().all(|page| page.source.is_empty()) {
        return Err(ImportError::Damaged);
    }
    Ok(pages)
}

fn text(bytes: &[u8]) -> Result<String, ImportError> {
    encoding::markup_of(bytes, &ImportOptions::default(), &mut Report::default())
        .map_err(|_| ImportError::Damaged)
}

/// Fonts may be obfuscated; anything else that is encrypted can be opened by the shop's program only.
fn refuse_locked(archive: &mut Archive<'_>) -> Result<(), ImportError> {
    const OBFUSCATIONS: [&str; 2] = [
        "http://www.idpf.org/2008/embedding",
        "http://ns.adobe.com/pdf/enc#RC",
    ];
    let Some(bytes) = archive.read("META-INF/encryption.xml")? else {
        return Ok(());
    };
    let tree = Tree::parse(&text(&bytes)?, Syntax::Xml)?;
    for part in tree
        .descendants(Tree::ROOT)
        .filter(|id| tree.node(*id).name == "encrypteddata")
    {
        let method = tree
            .first_named(part, "encryptionmethod")
            .and_then(|id| tree.attribute(id, "algorithm"));
        let target = tree
            .first_named(part, "cipherreference")
            .and_then(|id| tree.attribute(id, "uri"))
            .unwrap_or_default();
        // Pictures and sound are not read.
        let is_other = [
            ".ttf", ".otf", ".woff", ".woff2", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp3",
            ".mp4",
        ]
        .iter()
        .any(|end| target.to_ascii_lowercase().ends_with(end));
        if !is_other && !method.is_some_and(|method| OBFUSCATIONS.contains(&method)) {
            return Err(ImportError::Locked);
        }
    }
    Ok(())
}

fn package_path(archive: &mut Archive<'_>) -> Result<Option<String>, ImportError> {
    let Some(bytes) = archive.read("META-INF/container.xml")? else {
        return Ok(None);
    };
    let tree = Tree::parse(&text(&bytes)?, Syntax::Xml)?;
    let root = tree
        .first_named(Tree::ROOT, "rootfile")
        .and_then(|id| tree.attribute(id, "full-path"));
    Ok(root.map(|path| resolve("", path).0))
}

/// A relative address seen from a file: the path inside the archive, and the fragment.
fn resolve(from: &str, href: &str) -> (String, Option<String>) {
    let (path, fragment) = match href.split_once('#') {
        Some((path, fragment)) => (path, Some(decoded(fragment))),
        None => (href, None),
    };
    let path = decoded(path.split('?').next().unwrap_or(path));
    if path.is_empty() {
        return (from.to_owned(), fragment);
    }
    let folder = if path.starts_with('/') {
        ""
    } else {
        from.rsplit_once('/').map_or("", |(folder, _)| folder)
    };
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    (
        parts.join("/"),
        fragment.filter(|fragment| !fragment.is_empty()),
    )
}

/// `%20` → a space.
fn decoded(words: &str) -> String {
    let mut bytes = Vec::with_capacity(words.len());
    let mut rest = words.as_bytes();
    while let Some((first, later)) = rest.split_first() {
        let hex = later
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &later[2..];
            }
            None => {
                bytes.push(*first);
                rest = later;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
