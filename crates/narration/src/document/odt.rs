//! OpenDocument text (OASIS OpenDocument 1.3, part 3) → what is printed of it, and of that only the text itself.

use std::collections::HashMap;

use super::archive::Archive;
use super::draft::{Draft, add_cell, is_chapter_line, is_code};
use super::model::BlockKind;
use super::report::{ImportOptions, RemarkKind, Report};
use super::tree::{NodeId, Syntax, Tree};
use super::{ImportError, encoding, plain};

/// Styles have parents so many times at most.
const LONGEST_CHAIN: usize = 16;

/// Spaces in a row that one element may stand for.
const MOST_SPACES: usize = 100;

/// # Errors
/// [`ImportError::Damaged`] without a text, [`ImportError::Protected`] for one that is encrypted, and those of
/// [`Archive`] and [`Tree`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let mut archive = Archive::open(bytes)?;
    if let Some(manifest) = part(&mut archive, "META-INF/manifest.xml")?
        && manifest
            .first_named(Tree::ROOT, "encryption-data")
            .is_some()
    {
        return Err(ImportError::Protected);
    }
    let tree = part(&mut archive, "content.xml")?.ok_or(ImportError::Damaged)?;
    let body = tree
        .first_named(Tree::ROOT, "body")
        .and_then(|body| tree.child_named(body, "text"))
        .ok_or(ImportError::Damaged)?;
    let mut styles = Styles::default();
    if let Some(common) = part(&mut archive, "styles.xml")? {
        styles.read(&common);
        let defaults = common.first_named(Tree::ROOT, "default-style");
        draft.language = defaults
            .and_then(|id| common.first_named(id, "text-properties"))
            .and_then(|id| common.attribute(id, "fo:language"))
            .map(str::to_owned);
    }
    styles.read(&tree);
    if let Some(meta) = part(&mut archive, "meta.xml")? {
        let text = |name: &str| {
            let found = meta.first_named(Tree::ROOT, name);
            found
                .map(|id| meta.text_of(id))
                .filter(|text| !text.is_empty())
        };
        draft.title = text("title");
        draft.author = text("initial-creator").or_else(|| text("creator"));
        draft.language = text("language").or_else(|| draft.language.take());
    }
    draft.headings_are_titles = true;
    let mut reader = Reader {
        tree: &tree,
        styles: &styles,
        options,
        draft,
        words: String::new(),
        boxes: Vec::new(),
    };
    reader.blocks(body, BlockKind::Paragraph);
    for name in archive.damaged() {
        draft
            .report
            .note(RemarkKind::PartsMissing, draft.position(), &name);
    }
    Ok(())
}

fn part(archive: &mut Archive<'_>, name: &str) -> Result<Option<Tree>, ImportError> {
    let Some(bytes) = archive.read(name)? else {
        return Ok(None);
    };
    let text = encoding::markup_of(&bytes, &ImportOptions::default(), &mut Report::default())
        .map_err(|_| ImportError::Damaged)?;
    Tree::parse(&text, Syntax::Xml).map(Some)
}

#[derive(Debug, Default)]
struct Style {
    parent: Option<String>,
    is_hidden: bool,
}

#[derive(Debug, Default)]
struct Styles(HashMap<String, Style>);

impl Styles {
    fn read(&mut self, tree: &Tree) {
        for id in tree
            .descendants(Tree::ROOT)
            .filter(|id| tree.node(*id).name == "style")
        {
            let Some(name) = tree.attribute(id, "style:name") else {
                continue;
            };
            let properties = tree.child_named(id, "text-properties");
            let style = Style {
                parent: tree
                    .attribute(id, "style:parent-style-name")
                    .map(str::to_owned),
                is_hidden: properties
                    .is_some_and(|id| tree.attribute(id, "text:display") == Some("none")),
            };
            self.0.insert(name.to_owned(), style);
        }
    }

    /// A style's name and those of its parents, in small letters.
    fn names(&self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut next = Some(name);
        while let Some(name) = next.filter(|_| names.len() < LONGEST_CHAIN) {
            names.push(name.to_lowercase().replace("_20_", " "));
            next = self.0.get(name).and_then(|style| style.parent.as_deref());
        }
        names
    }

    fn is_hidden(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|style| style.is_hidden)
    }
}

struct Reader<'a> {
    tree: &'a Tree,
    styles: &'a Styles,
    options: &'a ImportOptions,
    draft: &'a mut Draft,
    words: String,
    /// Text boxes of the paragraph that is open: they follow it.
    boxes: Vec<NodeId>,
}

impl Reader<'_> {
    /// The tree is bounded in depth, and so is this.
    fn blocks(&mut self, parent: NodeId, kind: BlockKind) {
        let tree = self.tree;
        for child in &tree.node(parent).children {
            let id = *child;
            match tree.node(id).name.as_str() {
                "p" => self.paragraph(id, kind),
                "h" => {
                    let level = tree
                        .attribute(id, "text:outline-level")
                        .and_then(|level| level.parse::<u8>().ok());
                    self.paragraph(id, BlockKind::Heading(level.unwrap_or(1).clamp(1, 6)));
                }
                "list" | "list-item" | "list-header" => self.blocks(id, BlockKind::ListItem),
                "table" => self.table(id),
                "section" if tree.attribute(id, "text:display") == Some("none") => {
                    self.dropped(id, RemarkKind::HiddenDropped, kind);
                }
                "section" | "index-body" | "text-box" | "numbered-paragraph" => {
                    self.blocks(id, kind);
                }
                "tracked-changes" => self.deletions(id),
                "table-of-content" | "illustration-index" | "table-index" | "object-index"
                | "alphabetical-index" | "user-index" => {
                    self.dropped(id, RemarkKind::NavigationDropped, kind);
                }
                "frame" | "g" | "custom-shape" | "a" => {
                    self.inline(id);
                    self.end_paragraph(kind);
                }
                _ => {}
            }
        }
    }

    fn dropped(&mut self, id: NodeId, kind: RemarkKind, block: BlockKind) {
        if self.options.keeps(kind) {
            return self.blocks(id, block);
        }
        self.remark(id, kind);
    }

    fn remark(&mut self, id: NodeId, kind: RemarkKind) {
        let words = self.tree.text_of(id);
        if !words.is_empty() {
            let at = self.draft.position() + self.words.len();
            self.draft.report.note(kind, at, &words);
        }
    }

    /// What was deleted stands apart, before the text.
    fn deletions(&mut self, id: NodeId) {
        let tree = self.tree;
        for region in tree
            .descendants(id)
            .filter(|id| tree.node(*id).name == "deletion")
        {
            for child in &tree.node(region).children {
                if tree.node(*child).name != "change-info" {
                    self.remark(*child, RemarkKind::DeletionsDropped);
                }
            }
        }
    }

    fn paragraph(&mut self, id: NodeId, kind: BlockKind) {
        let style = self.tree.attribute(id, "text:style-name").unwrap_or("");
        if self.styles.is_hidden(style) && !self.options.keeps(RemarkKind::HiddenDropped) {
            return self.remark(id, RemarkKind::HiddenDropped);
        }
        let names = self.styles.names(style);
        if names.iter().any(|name| is_code(name)) && !self.options.keeps(RemarkKind::CodeDropped) {
            return self.remark(id, RemarkKind::CodeDropped);
        }
        let is = |wanted: &str| names.iter().any(|name| name.starts_with(wanted));
        let kind = match kind {
            BlockKind::Paragraph if is("title") => BlockKind::Heading(1),
            BlockKind::Paragraph if is("quot") => BlockKind::Quotation,
            kind => kind,
        };
        self.inline(id);
        self.end_paragraph(kind);
    }

    fn end_paragraph(&mut self, kind: BlockKind) {
        let words = std::mem::take(&mut self.words);
        let trimmed = words.trim();
        let is_guessed = kind == BlockKind::Paragraph
            && !self.options.keeps(RemarkKind::HeadingsGuessed)
            && is_chapter_line(trimmed);
        let kind = if is_guessed {
            BlockKind::Heading(1)
        } else {
            kind
        };
        if is_guessed {
            let at = self.draft.position();
            self.draft
                .report
                .note(RemarkKind::HeadingsGuessed, at, trimmed);
        }
        let is_verse = kind == BlockKind::Paragraph
            && trimmed.lines().count() > 1
            && trimmed.lines().all(|line| line.chars().count() <= 70);
        if !trimmed.is_empty() && plain::is_scene_break(trimmed) {
            self.draft.push(BlockKind::SceneBreak, trimmed);
        } else {
            self.draft
                .push(if is_verse { BlockKind::Verse } else { kind }, trimmed);
        }
        for id in std::mem::take(&mut self.boxes) {
            self.blocks(id, BlockKind::Paragraph);
        }
    }

    fn inline(&mut self, parent: NodeId) {
        let tree = self.tree;
        for child in &tree.node(parent).children {
            let id = *child;
            let node = tree.node(id);
            match node.name.as_str() {
                // Runs of white space are one space; more are written as `text:s`.
                "" => self.words.push_str(&node.text.replace(['\n', '\r'], " ")),
                "s" => {
                    let number = tree
                        .attribute(id, "text:c")
                        .and_then(|number| number.parse().ok())
                        .unwrap_or(1);
                    self.words.push_str(&" ".repeat(MOST_SPACES.min(number)));
                }
                "tab" => self.words.push(' '),
                "number" => {
                    self.inline(id);
                    self.words.push(' ');
                }
                "line-break" => self.words.push('\n'),
                "note" => self.note(id),
                "annotation" => {
                    if !self.options.keeps(RemarkKind::CommentsDropped) {
                        self.remark(id, RemarkKind::CommentsDropped);
                    } else if let Some(words) = Some(tree.text_of(id)).filter(|w| !w.is_empty()) {
                        self.words.push(' ');
                        self.words.push_str(&words);
                    }
                }
                "page-number" | "page-count" | "page-continuation" => {
                    let at = self.draft.position() + self.words.len();
                    self.draft
                        .report
                        .count(RemarkKind::PageNumbersDropped, at, &tree.text_of(id));
                }
                "ruby" => {
                    if let Some(base) = tree.child_named(id, "ruby-base") {
                        self.inline(base);
                    }
                    if let Some(aid) = tree.child_named(id, "ruby-text") {
                        let at = self.draft.position() + self.words.len();
                        let words = tree.text_of(aid);
                        self.draft
                            .report
                            .count(RemarkKind::ReadingAidsDropped, at, &words);
                    }
                }
                "text-box" => self.boxes.push(id),
                "image" | "desc" | "object" => self.picture(id),
                "title" if tree.node(parent).name == "frame" => self.picture(id),
                "bibliography-mark" | "change" | "change-start" | "change-end" => {}
                _ if self.is_hidden(id) => self.remark(id, RemarkKind::HiddenDropped),
                _ => self.inline(id),
            }
        }
    }

    fn is_hidden(&self, id: NodeId) -> bool {
        let style = self.tree.attribute(id, "text:style-name").unwrap_or("");
        let says_so = matches!(
            self.tree.node(id).name.as_str(),
            "hidden-text" | "hidden-paragraph"
        );
        (says_so || self.styles.is_hidden(style)) && !self.options.keeps(RemarkKind::HiddenDropped)
    }

    fn note(&mut self, id: NodeId) {
        let tree = self.tree;
        let sign = tree
            .child_named(id, "note-citation")
            .map(|id| tree.text_of(id))
            .unwrap_or_default();
        let at = self.draft.position() + self.words.len();
        if self.options.keeps(RemarkKind::NoteMarksDropped) {
            self.words.push_str(&format!("[{sign}]"));
        } else {
            self.draft
                .report
                .count(RemarkKind::NoteMarksDropped, at, &sign);
        }
        let Some(body) = tree.child_named(id, "note-body") else {
            return;
        };
        if self.options.keeps(RemarkKind::NotesDropped) {
            self.boxes.push(body);
        } else {
            self.remark(body, RemarkKind::NotesDropped);
        }
    }

    /// What the file says of it.
    fn picture(&mut self, id: NodeId) {
        let told = self.tree.text_of(id);
        if told.is_empty() {
            return;
        }
        if self.options.keeps(RemarkKind::PicturesDropped) {
            self.words.push_str(&told);
        } else {
            let at = self.draft.position() + self.words.len();
            self.draft
                .report
                .note(RemarkKind::PicturesDropped, at, &told);
        }
    }

    /// Row by row, cell by cell; a table of one column, or with long texts in its cells, lays out a page.
    fn table(&mut self, id: NodeId) {
        let tree = self.tree;
        let mut rows = Vec::new();
        let mut waiting = vec![id];
        while let Some(part) = waiting.pop() {
            for child in tree.node(part).children.iter().rev() {
                if matches!(
                    tree.node(*child).name.as_str(),
                    "table-row" | "table-header-rows" | "table-rows" | "table-row-group"
                ) {
                    waiting.push(*child);
                }
            }
            if tree.node(part).name == "table-row" {
                rows.push(part);
            }
        }
        let cells = |row: NodeId| tree.children_named(row, "table-cell");
        let is_long = |cell: NodeId| {
            tree.child_named(cell, "table").is_some()
                || tree
                    .children_named(cell, "p")
                    .filter(|p| !tree.text_of(*p).is_empty())
                    .count()
                    > 3
        };
        let is_layout = rows.iter().all(|row| cells(*row).count() < 2)
            || rows.iter().any(|row| cells(*row).any(is_long));
        for row in rows {
            let mut line = String::new();
            for cell in cells(row) {
                if is_layout {
                    self.blocks(cell, BlockKind::Paragraph);
                    continue;
                }
                for child in &tree.node(cell).children {
                    self.inline_block(*child);
                }
                add_cell(&mut line, &std::mem::take(&mut self.words));
            }
            self.draft.push(BlockKind::TableRow, &line);
        }
    }

    /// A paragraph, or the items of a list, in a cell.
    fn inline_block(&mut self, id: NodeId) {
        let tree = self.tree;
        match tree.node(id).name.as_str() {
            "p" | "h" => {
                self.inline(id);
                self.words.push(' ');
            }
            "list" | "list-item" | "section" => {
                for child in &tree.node(id).children {
                    self.inline_block(*child);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_sound, pack, read};
    use super::super::{BlockKind, ImportError, ImportOptions, RemarkKind, import};

    fn odt(body: &str, manifest: &str) -> Vec<u8> {
        let content = format!(
            "<office:document-content><office:automatic-styles><style:style style:name='H' style:family='text'><style:text-properties text:display='none'/></style:style><style:style style:name='P1' style:parent-style-name='Quotations'/></office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>"
        );
        let meta = "<office:document-meta><office:meta><dc:title>The Keeper</dc:title><meta:initial-creator>A. Keeper</meta:initial-creator></office:meta></office:document-meta>";
        pack(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", content.as_bytes()),
            ("meta.xml", meta.as_bytes()),
            ("META-INF/manifest.xml", manifest.as_bytes()),
        ])
    }

    const BODY: &str = "<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>X</dc:creator></office:change-info><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>\
        <text:table-of-content><text:index-body><text:p>Chapter One 3</text:p></text:index-body></text:table-of-content>\
        <text:h text:outline-level='1'>Chapter One</text:h>\
        <text:p>It<text:s text:c='2'/>rained<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note.</text:p></text:note-body></text:note>, <text:span>much</text:span>.<text:span text:style-name='H'>Secret</text:span><text:change-start/></text:p>\
        <text:list><text:list-item><text:p>An item</text:p></text:list-item></text:list>\
        <text:p text:style-name='P1'>Quoted.</text:p>\
        <table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Day</text:p></table:table-cell><table:table-cell><text:p>Rain</text:p></table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell><text:p>Monday</text:p></table:table-cell><table:table-cell><text:p>none</text:p></table:table-cell></table:table-row></table:table>\
        <text:p>Line one,<text:line-break/>line two<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>";

    #[test]
    fn text_is_read_in_order_and_what_is_not_printed_is_left_out() {
        let document = read("a.odt", &odt(BODY, "<manifest/>"));
        assert_eq!(document.title, "The Keeper");
        assert_eq!(document.author.as_deref(), Some("A. Keeper"));
        assert_eq!(
            document.text,
            "Chapter One\n\nIt rained, much.\n\nAn item\n\nQuoted.\n\nDay, Rain\n\nMonday, none\n\nLine one,\nline two\n\nIn a box."
        );
        assert_eq!(document.blocks[0].kind, BlockKind::Heading(1));
        assert_eq!(document.blocks[3].kind, BlockKind::Quotation);
        let kinds: Vec<RemarkKind> = document.report.iter().map(|remark| remark.kind).collect();
        for kind in [
            RemarkKind::DeletionsDropped,
            RemarkKind::NavigationDropped,
            RemarkKind::NotesDropped,
            RemarkKind::NoteMarksDropped,
            RemarkKind::HiddenDropped,
        ] {
            assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
        }
        assert_sound(&document);
    }

    #[test]
    fn numbers_stand_apart_and_code_is_left_out() {
        let body = "<text:h text:outline-level='1'><text:number>1.</text:number>One</text:h><text:p text:style-name='Preformatted_20_Text'>return 1</text:p><text:p>Two.</text:p>";
        let document = read("a.odt", &odt(body, "<manifest/>"));
        assert_eq!(document.text, "1. One\n\nTwo.");
        assert_eq!(document.report[0].kind, RemarkKind::CodeDropped);
    }

    #[test]
    fn notes_come_back_when_asked_for_and_a_locked_file_is_said_to_be_locked() {
        let options = ImportOptions {
            keep: [RemarkKind::NotesDropped].into(),
            ..ImportOptions::default()
        };
        let document = import("a.odt", &odt(BODY, "<manifest/>"), &options).unwrap();
        assert!(document.text.contains("It rained, much.\n\nA note."));
        let locked = odt(BODY, "<manifest><manifest:encryption-data/></manifest>");
        let error = import("a.odt", &locked, &ImportOptions::default()).unwrap_err();
        assert_eq!(error, ImportError::Protected);
    }
}
