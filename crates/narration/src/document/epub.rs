//! EPUB 2 and 3 → the text of the spine, its chapters from the table of contents (EPUB 3.3, W3C Recommendation; OPF and
//! NCX of EPUB 2.0.1).

use std::collections::{HashMap, HashSet};

use super::archive::Archive;
use super::draft::Draft;
use super::html::{self, Marks};
use super::model::Cover;
use super::report::{ImportOptions, RemarkKind, Report};
use super::tree::{NodeId, Syntax, Tree};
use super::{ImportError, encoding};

/// Longer tables of contents than this are not read to the end.
const MOST_MARKS: usize = 20_000;

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
    for entry in package.contents(&mut archive)? {
        places.entry(entry.path.clone()).or_default().push(entry);
    }
    for name in archive.damaged() {
        draft.report.note(RemarkKind::PartsMissing, 0, &name);
    }
    let pages = pages(&mut archive, &package, options, draft)?;
    // Notes are known by what points at them, which may stand in another file.
    let mut notes: HashSet<String> = HashSet::new();
    for Page { path, source, .. } in &pages {
        if source.contains("href") {
            let tree = Tree::parse(source, Syntax::Xml)?;
            notes.extend(html::note_targets(&tree).filter_map(|target| {
                let (file, fragment) = resolve(path, &target);
                fragment.map(|fragment| format!("{file}#{fragment}"))
            }));
        }
    }
    for page in &pages {
        let Page { path, source, .. } = page;
        if page.is_damaged {
            draft
                .report
                .note(RemarkKind::PartsMissing, draft.position(), path);
        }
        let tree = Tree::parse(source, Syntax::Xml)?;
        let is_contents = package.navigation.as_deref() == Some(*path);
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
            let place = entry
                .fragment
                .filter(|fragment| ids.contains(fragment.as_str()));
            marks
                .entry(place)
                .or_default()
                .push((entry.title, entry.depth));
        }
        let is_note = |id: &str| notes.contains(&format!("{path}#{id}"));
        html::read_book_page(&tree, marks, &is_note, options, draft);
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
        let is_font = [".ttf", ".otf", ".woff", ".woff2"]
            .iter()
            .any(|end| target.to_ascii_lowercase().ends_with(end));
        if !is_font && !method.is_some_and(|method| OBFUSCATIONS.contains(&method)) {
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

/// What the package document says.
struct Package {
    title: Option<String>,
    author: Option<String>,
    language: Option<String>,
    /// Paths in reading order, and whether they belong to it.
    spine: Vec<(String, bool)>,
    /// The navigation document of EPUB 3.
    navigation: Option<String>,
    ncx: Option<String>,
    cover: Option<(String, String)>,
}

/// A line of the table of contents.
struct Entry {
    path: String,
    fragment: Option<String>,
    title: String,
    depth: u8,
}

impl Package {
    fn read(source: &str, path: &str) -> Result<Self, ImportError> {
        let tree = Tree::parse(source, Syntax::Xml)?;
        let root = tree
            .first_named(Tree::ROOT, "package")
            .ok_or(ImportError::Damaged)?;
        let mut items: HashMap<&str, (String, &str, &str)> = HashMap::new();
        for item in tree
            .descendants(root)
            .filter(|id| tree.node(*id).name == "item")
        {
            let attribute = |name| tree.attribute(item, name).unwrap_or_default();
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
        let spine = spine_node
            .into_iter()
            .flat_map(|spine| tree.children_named(spine, "itemref"))
            .filter_map(|item| {
                let (path, media_type, _) = items.get(tree.attribute(item, "idref")?)?;
                let is_page = media_type.contains("html")
                    || media_type.contains("oeb1")
                    || media_type.is_empty();
                is_page.then(|| (path.clone(), tree.attribute(item, "linear") != Some("no")))
            });
        let spine: Vec<(String, bool)> = spine.collect();
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
        Ok(Self {
            title: words("title").into_iter().next(),
            author: (!authors.is_empty()).then(|| authors.join(", ")),
            language: words("language").into_iter().next(),
            spine,
            navigation: with_property("nav").map(|(path, _, _)| path.clone()),
            ncx: ncx.map(|(path, _, _)| path.clone()),
            cover: cover
                .filter(|(_, kind, _)| kind.starts_with("image/"))
                .map(|(path, kind, _)| (path.clone(), (*kind).to_owned())),
        })
    }

    /// A cover that cannot be unpacked is none: a book is not refused for its picture.
    fn cover(&self, archive: &mut Archive<'_>) -> Option<Cover> {
        let (path, media_type) = self.cover.clone()?;
        let bytes = archive.read(&path).ok()??;
        Some(Cover { media_type, bytes })
    }

    /// From the navigation document, else from the NCX.
    fn contents(&self, archive: &mut Archive<'_>) -> Result<Vec<Entry>, ImportError> {
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
                    title: tree.text_of(label),
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
mod tests {
    use super::super::tests::{assert_sound, pack, read};
    use super::super::{ImportError, ImportOptions, RemarkKind, import};

    const CONTAINER: &str = "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles><rootfile full-path='OEBPS/book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>";

    fn book(parts: &[(&str, &str)]) -> Vec<u8> {
        let fixed = [
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", CONTAINER),
        ];
        let all: Vec<(&str, &[u8])> = fixed
            .iter()
            .chain(parts)
            .map(|(name, text)| (*name, text.as_bytes()))
            .collect();
        pack(&all)
    }

    fn modern() -> Vec<u8> {
        let opf = "<?xml version='1.0'?><package xmlns='http://www.idpf.org/2007/opf' version='3.0'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>The Keeper &amp; Co</dc:title><dc:creator>A. One</dc:creator><dc:creator>B. Two</dc:creator><dc:language>en-GB</dc:language></metadata>\
            <manifest><item id='nav' href='nav.xhtml' media-type='application/xhtml+xml' properties='nav'/><item id='a' href='text/one%20a.xhtml' media-type='application/xhtml+xml'/><item id='b' href='text/two.xhtml' media-type='application/xhtml+xml'/><item id='n' href='notes.xhtml' media-type='application/xhtml+xml'/><item id='c' href='c.jpg' media-type='image/jpeg' properties='cover-image'/><item id='gone' href='gone.xhtml' media-type='application/xhtml+xml'/></manifest>\
            <spine page-progression-direction='rtl'><itemref idref='nav'/><itemref idref='b'/><itemref idref='a'/><itemref idref='gone'/><itemref idref='n' linear='no'/></spine></package>";
        let nav = "<html xmlns:epub='http://www.idpf.org/2007/ops'><body><nav epub:type='toc'><h2>Contents</h2><ol><li><span>Part</span><ol><li><a href='text/two.xhtml'>Second first</a></li><li><a href='text/two.xhtml#mid'>Middle</a></li></ol></li><li><a href='text/one%20a.xhtml#x'>One</a></li></ol></nav><nav epub:type='page-list'><ol><li><a href='text/two.xhtml#p1'>1</a></li></ol></nav></body></html>";
        let two = "<html><head><title/></head><body><h1>Second</h1><p>It rained.<a epub:type='noteref' href='../notes.xhtml#n1'>1</a> Much.<span epub:type='pagebreak' id='p1' title='7'/></p><h2 id='mid'>Middle</h2><p>Sun<a id='z'/> came<sup><a href='#n2'>2</a></sup>, too.</p><aside id='n2' epub:type='footnote'><p>The second note.</p></aside><p hidden='hidden'>Secret</p><p>漢<ruby>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby></p></body></html>";
        let one = "<html dir='rtl'><body><p><a id='x'></a>שלום עולם.</p><p>Roses are red,<br/>Violets are blue</p><p>* * *</p><ul><li><p>An item</p></li></ul></body></html>";
        let notes = "<html><body><p id='n1'>The first note.</p></body></html>";
        book(&[
            ("OEBPS/book.opf", opf),
            ("OEBPS/nav.xhtml", nav),
            ("OEBPS/text/two.xhtml", two),
            ("OEBPS/text/one a.xhtml", one),
            ("OEBPS/notes.xhtml", notes),
            ("OEBPS/c.jpg", "JPEG"),
        ])
    }

    #[test]
    fn a_book_is_read_in_the_order_of_its_spine_with_its_own_chapters() {
        let document = read("book.epub", &modern());
        assert_eq!(document.title, "The Keeper & Co");
        assert_eq!(document.author.as_deref(), Some("A. One, B. Two"));
        assert_eq!(
            document.cover.as_ref().map(|cover| cover.bytes.as_slice()),
            Some(b"JPEG".as_slice())
        );
        assert_eq!(
            document.text,
            "Second\n\nIt rained. Much.\n\nMiddle\n\nSun came, too.\n\n漢字\n\nשלום עולם.\n\nRoses are red,\nViolets are blue\n\n* * *\n\nAn item"
        );
        let chapters: Vec<_> = document
            .chapters
            .iter()
            .map(|chapter| {
                (
                    chapter.title.as_str(),
                    chapter.depth,
                    chapter.blocks.clone(),
                )
            })
            .collect();
        assert_eq!(
            chapters,
            [
                ("Part", 0, 0..0),
                ("Second first", 1, 0..2),
                ("Middle", 1, 2..5),
                ("One", 0, 5..9)
            ]
        );
        let kinds: Vec<RemarkKind> = document.report.iter().map(|remark| remark.kind).collect();
        for kind in [
            RemarkKind::NoteMarksDropped,
            RemarkKind::NotesDropped,
            RemarkKind::PageNumbersDropped,
            RemarkKind::HiddenDropped,
            RemarkKind::ReadingAidsDropped,
            RemarkKind::NavigationDropped,
            RemarkKind::PartsMissing,
        ] {
            assert!(kinds.contains(&kind), "{kind:?} in {:?}", document.report);
        }
        assert_sound(&document);
    }

    #[test]
    fn what_was_dropped_comes_back_when_asked_for() {
        let keep = [
            RemarkKind::NotesDropped,
            RemarkKind::HiddenDropped,
            RemarkKind::NavigationDropped,
            RemarkKind::NoteMarksDropped,
        ]
        .into();
        let document = import(
            "book.epub",
            &modern(),
            &ImportOptions {
                keep,
                ..ImportOptions::default()
            },
        )
        .unwrap();
        for words in [
            "The second note.",
            "The first note.",
            "Secret",
            "It rained.1",
        ] {
            assert!(document.text.contains(words), "{words}");
        }
    }

    #[test]
    fn an_old_book_has_its_chapters_from_the_ncx() {
        let opf = "<package><metadata><dc:title>Old</dc:title></metadata><manifest><item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine toc='ncx'><itemref idref='a'/></spine></package>";
        let ncx = "<ncx><navMap><navPoint><navLabel><text>One</text></navLabel><content src='a.html'/><navPoint><navLabel><text>Inner</text></navLabel><content src='a.html#i'/></navPoint></navPoint></navMap></ncx>";
        let page = "<html><body><p>First.</p><div id='i'><p>Second<a href='#fn1'><sup>1</sup></a>.</p></div><p><a id='fn1' href='#r1'>1</a> A note at the end.</p></body></html>";
        let document = read(
            "old.epub",
            &book(&[
                ("OEBPS/book.opf", opf),
                ("OEBPS/toc.ncx", ncx),
                ("OEBPS/a.html", page),
            ]),
        );
        assert_eq!(document.text, "First.\n\nSecond.");
        let chapters: Vec<_> = document
            .chapters
            .iter()
            .map(|chapter| (chapter.title.as_str(), chapter.depth))
            .collect();
        assert_eq!(chapters, [("One", 0), ("Inner", 1)]);
    }

    #[test]
    fn a_locked_book_is_said_to_be_locked_and_one_with_hidden_fonts_is_not() {
        let with = |algorithm: &str, target: &str| {
            let encryption = format!(
                "<encryption><enc:EncryptedData><enc:EncryptionMethod Algorithm='{algorithm}'/><enc:CipherData><enc:CipherReference URI='{target}'/></enc:CipherData></enc:EncryptedData></encryption>"
            );
            let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
            book(&[
                ("META-INF/encryption.xml", &encryption),
                ("OEBPS/book.opf", opf),
                ("OEBPS/a.html", "<p>Words.</p>"),
            ])
        };
        let read = |bytes: &[u8]| import("b.epub", bytes, &ImportOptions::default());
        assert_eq!(
            read(&with(
                "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
                "OEBPS/a.html"
            ))
            .unwrap_err(),
            ImportError::Locked
        );
        assert_eq!(
            read(&with("http://www.idpf.org/2008/embedding", "OEBPS/f.otf"))
                .unwrap()
                .text,
            "Words."
        );
    }

    #[test]
    fn a_part_that_was_damaged_on_its_way_is_said_to_be() {
        let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
        let mut bytes = book(&[
            ("OEBPS/book.opf", opf),
            ("OEBPS/a.html", "<p>Words of a page.</p>"),
        ]);
        let told = |bytes: &[u8]| {
            let document = read("b.epub", bytes);
            let missing = |remark: &&super::super::Remark| remark.kind == RemarkKind::PartsMissing;
            document
                .report
                .iter()
                .find(missing)
                .map(|remark| remark.example.clone())
        };
        assert_eq!(told(&bytes), None);
        // The checksum of the last file in the list at the end.
        let entry = bytes
            .windows(4)
            .rposition(|four| four == b"PK\x01\x02")
            .unwrap();
        bytes[entry + 16] ^= 1;
        assert_eq!(told(&bytes).as_deref(), Some("OEBPS/a.html"));
    }

    #[test]
    fn hostile_books_end_in_a_kind_of_error() {
        let read =
            |name: &str, bytes: &[u8]| import(name, bytes, &ImportOptions::default()).unwrap_err();
        assert_eq!(read("b.epub", b"PK\x03\x04"), ImportError::Damaged);
        let whole = modern();
        assert_eq!(
            read("b.epub", &whole[..whole.len() / 2]),
            ImportError::Damaged
        );
        assert_eq!(read("b.txt", &whole), ImportError::OtherKind);
        assert_eq!(read("b.epub", b"Just words."), ImportError::OtherKind);
        assert_eq!(read("b.epub", b"\x89PNG\r\n\x1a\n"), ImportError::NotText);
        let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
        let deep = "<div>".repeat(100_000);
        assert_eq!(
            read(
                "b.epub",
                &book(&[("OEBPS/book.opf", opf), ("OEBPS/a.html", &deep)])
            ),
            ImportError::TooComplex
        );
        let bomb = " ".repeat(80 << 20);
        assert_eq!(
            read(
                "b.epub",
                &book(&[("OEBPS/book.opf", opf), ("OEBPS/a.html", &bomb)])
            ),
            ImportError::TooComplex
        );
        let names: Vec<String> = (0..60_000).map(|number| number.to_string()).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(read("b.epub", &book(&many)), ImportError::TooComplex);
        let entities = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><html><body><p>&b; words</p></body></html>";
        let document = super::super::tests::read(
            "b.epub",
            &book(&[("OEBPS/book.opf", opf), ("OEBPS/a.html", entities)]),
        );
        assert_eq!(document.text, "&b; words");
    }
}
