//! The body of a Word document → blocks: paragraphs, lists, tables, fields, text boxes, without what was deleted.

use super::formulas::formula;
use super::is_on;
use super::styles::{Style, Styles};
use crate::document::draft::{Draft, add_cell, heading_of, is_chapter_line, is_code};
use crate::document::html::raised;
use crate::document::model::BlockKind;
use crate::document::plain;
use crate::document::report::{ImportOptions, RemarkKind};
use crate::document::tree::{NodeId, Tree};

/// What a paragraph is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    heading: Option<u8>,
    is_list: bool,
    is_quotation: bool,
    is_contents: bool,
    is_hidden: bool,
    is_code: bool,
    /// It is the first letter of the next paragraph, set apart.
    is_drop_cap: bool,
}

/// A field (`PAGE`, `TOC`) that is open.
#[derive(Debug, Default)]
struct Field {
    instruction: String,
    /// Past the instruction, in what it shows.
    shows: bool,
}

pub(super) struct Reader<'a> {
    tree: &'a Tree,
    styles: &'a Styles,
    options: &'a ImportOptions,
    draft: &'a mut Draft,
    words: String,
    /// A drop cap that waits for its paragraph.
    initial: String,
    fields: Vec<Field>,
    /// Text boxes of the paragraph that is open: they follow it.
    boxes: Vec<NodeId>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        tree: &'a Tree,
        styles: &'a Styles,
        options: &'a ImportOptions,
        draft: &'a mut Draft,
    ) -> Self {
        Self {
            tree,
            styles,
            options,
            draft,
            words: String::new(),
            initial: String::new(),
            fields: Vec::new(),
            boxes: Vec::new(),
        }
    }

    /// The tree is bounded in depth, and so is this.
    pub(super) fn blocks(&mut self, parent: NodeId) {
        let tree = self.tree;
        for child in &tree.node(parent).children {
            match tree.node(*child).name.as_str() {
                "p" => self.paragraph(*child),
                "tbl" => self.table(*child),
                "del" | "movefrom" => self.dropped(*child, RemarkKind::DeletionsDropped),
                "sdt" if self.is_contents(*child) => {
                    self.dropped(*child, RemarkKind::NavigationDropped);
                }
                "sdt" if self.is_placeholder(*child) => {
                    self.dropped(*child, RemarkKind::HiddenDropped);
                }
                "sdt" | "sdtcontent" | "ins" | "moveto" | "customxml" | "smarttag" => {
                    self.blocks(*child);
                }
                "alternatecontent" => self.alternative(*child, Self::blocks),
                _ => {}
            }
        }
    }

    fn is_contents(&self, control: NodeId) -> bool {
        let properties = self.tree.child_named(control, "sdtpr");
        let gallery = properties.and_then(|id| self.tree.first_named(id, "docpartgallery"));
        gallery.and_then(|id| self.tree.local_attribute(id, "val")) == Some("Table of Contents")
    }

    /// Whether a control has not been filled in and shows what to do with it.
    fn is_placeholder(&self, control: NodeId) -> bool {
        let properties = self.tree.child_named(control, "sdtpr");
        properties.is_some_and(|id| is_on(self.tree, id, "showingplchdr"))
    }

    /// What this program may choose from: the first, else what is meant for those that know none of them.
    fn alternative(&mut self, id: NodeId, read: fn(&mut Self, NodeId)) {
        let chosen = self
            .tree
            .child_named(id, "choice")
            .or_else(|| self.tree.child_named(id, "fallback"));
        if let Some(chosen) = chosen {
            read(self, chosen);
        }
    }

    fn dropped(&mut self, id: NodeId, kind: RemarkKind) {
        if self.options.keeps(kind) {
            return match self.tree.node(id).name.as_str() {
                "sdt" => self.blocks(id),
                "r" => self.run_content(id),
                _ => self.inline(id),
            };
        }
        let words = printed(self.tree, id);
        if !words.is_empty() {
            let at = self.draft.position() + self.words.len();
            self.draft.report.note(kind, at, &words);
        }
    }

    fn paragraph(&mut self, id: NodeId) {
        let tree = self.tree;
        let properties = tree.child_named(id, "ppr");
        let shape = self.shape(properties);
        self.inline(id);
        if self.words.trim().is_empty() && is_rule(tree, id, properties) {
            self.draft.push(BlockKind::SceneBreak, "");
        }
        let mark = properties.and_then(|id| tree.child_named(id, "rpr"));
        // With its mark deleted, a paragraph runs on into the next one.
        let runs_on = mark.is_some_and(|mark| tree.child_named(mark, "del").is_some());
        if runs_on && !self.options.keeps(RemarkKind::DeletionsDropped) {
            return;
        }
        self.end_paragraph(shape);
    }

    fn shape(&self, properties: Option<NodeId>) -> Shape {
        let tree = self.tree;
        let Some(properties) = properties else {
            return Shape::default();
        };
        let value = |name: &str| {
            tree.child_named(properties, name)
                .and_then(|id| tree.local_attribute(id, "val"))
        };
        let style = value("pstyle").unwrap_or_default();
        let drop_cap = tree
            .child_named(properties, "framepr")
            .and_then(|id| tree.local_attribute(id, "dropcap"));
        let mut shape = Shape {
            is_drop_cap: matches!(drop_cap, Some("drop" | "margin")),
            heading: value("outlinelvl")
                .and_then(|level| level.parse::<u8>().ok())
                .filter(|level| *level < 9)
                .map(|level| level + 1),
            is_list: tree.child_named(properties, "numpr").is_some_and(|id| {
                tree.child_named(id, "numid")
                    .and_then(|id| tree.local_attribute(id, "val"))
                    != Some("0")
            }),
            ..Shape::default()
        };
        let fallback = Style {
            name: style.to_lowercase(),
            ..Style::default()
        };
        let known: Vec<&Style> = self.styles.chain(style).collect();
        for style in if known.is_empty() {
            vec![&fallback]
        } else {
            known
        } {
            let level = style
                .outline
                .filter(|level| *level < 9)
                .map(|level| level + 1);
            shape.heading = shape.heading.or(level).or_else(|| heading_of(&style.name));
            shape.is_list |= style.is_list || style.name.starts_with("list ");
            shape.is_quotation |= style.name.contains("quote") || style.name == "block text";
            shape.is_contents |= style.name.starts_with("toc ") && !style.name.contains("heading");
            shape.is_hidden |= style.is_hidden;
            shape.is_code |= is_code(&style.name);
        }
        shape.heading = shape.heading.map(|level| level.clamp(1, 6));
        shape
    }

    pub(super) fn end_paragraph(&mut self, shape: Shape) {
        // A field that has shown nothing by the end of its paragraph never will: the file forgot its end.
        self.fields.retain(|field| field.shows);
        let mut words = std::mem::take(&mut self.words);
        if shape.is_drop_cap {
            self.initial.push_str(words.trim());
            return;
        }
        words.insert_str(0, &std::mem::take(&mut self.initial));
        let boxes = std::mem::take(&mut self.boxes);
        let kind = match shape {
            Shape {
                heading: Some(level),
                ..
            } => BlockKind::Heading(level),
            Shape { is_list: true, .. } => BlockKind::ListItem,
            Shape {
                is_quotation: true, ..
            } => BlockKind::Quotation,
            _ => BlockKind::Paragraph,
        };
        let kind = if kind == BlockKind::Paragraph
            && !self.options.keeps(RemarkKind::HeadingsGuessed)
            && is_chapter_line(words.trim())
        {
            let at = self.draft.position();
            self.draft
                .report
                .note(RemarkKind::HeadingsGuessed, at, words.trim());
            BlockKind::Heading(1)
        } else {
            kind
        };
        let at = self.draft.position();
        let left_out = [
            (shape.is_contents, RemarkKind::NavigationDropped),
            (shape.is_hidden, RemarkKind::HiddenDropped),
            (shape.is_code, RemarkKind::CodeDropped),
        ]
        .into_iter()
        .find(|(is_so, kind)| *is_so && !self.options.keeps(*kind));
        if let Some((_, kind)) = left_out {
            if !words.trim().is_empty() {
                self.draft.report.note(kind, at, &words);
            }
        } else if plain::is_scene_break(words.trim()) && !words.trim().is_empty() {
            self.draft.push(BlockKind::SceneBreak, &words);
        } else {
            let lines = words.trim().lines().count();
            let is_verse = kind == BlockKind::Paragraph
                && lines > 1
                && words.lines().all(|line| line.chars().count() <= 70);
            self.draft
                .push(if is_verse { BlockKind::Verse } else { kind }, words.trim());
        }
        for id in boxes {
            self.blocks(id);
        }
    }

    /// Runs and what holds runs.
    fn inline(&mut self, parent: NodeId) {
        let tree = self.tree;
        for child in &tree.node(parent).children {
            match tree.node(*child).name.as_str() {
                "r" => self.run(*child),
                "del" | "movefrom" => self.dropped(*child, RemarkKind::DeletionsDropped),
                "ppr" | "rpr" | "sdtpr" | "sdtendpr" | "proofErr" => {}
                "fldsimple" => {
                    let instruction = tree
                        .local_attribute(*child, "instr")
                        .unwrap_or_default()
                        .to_owned();
                    self.fields.push(Field {
                        instruction,
                        shows: true,
                    });
                    self.inline(*child);
                    self.fields.pop();
                }
                "alternatecontent" => self.alternative(*child, Self::inline),
                "sdt" if self.is_placeholder(*child) => {
                    self.dropped(*child, RemarkKind::HiddenDropped);
                }
                "omath" | "omathpara" => formula(tree, *child, &mut self.words),
                "" => {}
                _ => self.inline(*child),
            }
        }
    }

    fn run(&mut self, id: NodeId) {
        let tree = self.tree;
        let properties = tree.child_named(id, "rpr");
        let style = properties
            .and_then(|id| tree.child_named(id, "rstyle"))
            .and_then(|id| tree.local_attribute(id, "val"));
        let is_hidden = properties.is_some_and(|id| is_on(tree, id, "vanish"))
            || style.is_some_and(|style| self.styles.chain(style).any(|style| style.is_hidden));
        if is_hidden && !self.options.keeps(RemarkKind::HiddenDropped) {
            return self.dropped(id, RemarkKind::HiddenDropped);
        }
        let before = self.words.len();
        self.run_content(id);
        let is_raised = properties
            .and_then(|id| tree.child_named(id, "vertalign"))
            .and_then(|id| tree.local_attribute(id, "val"))
            == Some("superscript");
        if is_raised && self.words[..before].ends_with(|last: char| last.is_ascii_digit()) {
            let words = self.words.split_off(before);
            self.words.push_str(&raised(&words));
        }
    }

    fn run_content(&mut self, id: NodeId) {
        let tree = self.tree;
        // A note may have a sign of its own, which follows.
        let has_own_sign = tree.node(id).children.iter().any(|child| {
            matches!(
                tree.local_attribute(*child, "custommarkfollows"),
                Some("1" | "true" | "on")
            )
        });
        for child in &tree.node(id).children {
            let node = tree.node(*child);
            match node.name.as_str() {
                "t" | "sym"
                    if has_own_sign && !self.options.keeps(RemarkKind::NoteMarksDropped) => {}
                "fldchar" => self.field_mark(*child),
                "instrtext" => {
                    let text = tree.text_of(*child);
                    if let Some(field) = self
                        .fields
                        .last_mut()
                        .filter(|field| field.instruction.len() < 1000)
                    {
                        field.instruction.push_str(&text);
                    }
                }
                "t" | "deltext" => self.text(*child),
                "tab" | "ptab" => self.words.push(' '),
                "br" | "cr" => match tree.local_attribute(*child, "type") {
                    Some("page" | "column") => self.words.push(' '),
                    _ => self.words.push('\n'),
                },
                "nobreakhyphen" => self.words.push('-'),
                "sym" => self.words.extend(symbol(tree, *child)),
                "footnotereference" | "endnotereference" => {
                    let number = tree.local_attribute(*child, "id").unwrap_or_default();
                    if self.options.keeps(RemarkKind::NoteMarksDropped) {
                        self.words.push_str(&format!("[{number}]"));
                    } else {
                        let at = self.draft.position() + self.words.len();
                        self.draft
                            .report
                            .count(RemarkKind::NoteMarksDropped, at, number);
                    }
                }
                "alternatecontent" => self.alternative(*child, Self::run_content),
                "drawing" | "pict" | "object" => self.drawing(*child),
                "ruby" => self.ruby(*child),
                _ => {}
            }
        }
    }

    fn text(&mut self, id: NodeId) {
        let tree = self.tree;
        let shown = self
            .fields
            .iter()
            .find(|field| is_page_field(field) || !field.shows && !field.instruction.is_empty());
        let is_contents = self.fields.iter().any(|field| {
            let instruction = field.instruction.trim_start();
            instruction.starts_with("TOC") || instruction.starts_with("INDEX")
        });
        let at = self.draft.position() + self.words.len();
        let (kind, kept) = match shown {
            Some(field) if !field.shows => return,
            Some(_) => (
                RemarkKind::PageNumbersDropped,
                self.options.keeps(RemarkKind::PageNumbersDropped),
            ),
            None => (
                RemarkKind::NavigationDropped,
                !is_contents || self.options.keeps(RemarkKind::NavigationDropped),
            ),
        };
        if !kept {
            let words = tree.text_of(id);
            return self.draft.report.count(kind, at, &words);
        }
        for child in &tree.node(id).children {
            // White space is kept as it is; a line break would be one of the file.
            self.words
                .push_str(&tree.node(*child).text.replace('\n', " "));
        }
    }

    fn field_mark(&mut self, id: NodeId) {
        match self.tree.local_attribute(id, "fldchartype") {
            Some("begin") if self.fields.len() < 64 => self.fields.push(Field::default()),
            Some("separate") => {
                if let Some(field) = self.fields.last_mut() {
                    field.shows = true;
                }
            }
            Some("end") => {
                self.fields.pop();
            }
            _ => {}
        }
    }

    fn drawing(&mut self, id: NodeId) {
        let tree = self.tree;
        let mut boxes = tree
            .descendants(id)
            .filter(|inner| tree.node(*inner).name == "txbxcontent")
            .peekable();
        if boxes.peek().is_some() {
            // Each box once, even where it stands in another.
            self.boxes.extend(boxes.take(1));
            return;
        }
        let properties = tree.first_named(id, "docpr");
        let told = properties
            .and_then(|id| tree.attribute(id, "descr"))
            .unwrap_or_default();
        if told.is_empty() {
            return;
        }
        if self.options.keeps(RemarkKind::PicturesDropped) {
            self.words.push_str(told);
        } else {
            let at = self.draft.position() + self.words.len();
            self.draft
                .report
                .note(RemarkKind::PicturesDropped, at, told);
        }
    }

    fn ruby(&mut self, id: NodeId) {
        if let Some(aid) = self.tree.child_named(id, "rt") {
            let at = self.draft.position() + self.words.len();
            let words = self.tree.text_of(aid);
            self.draft
                .report
                .count(RemarkKind::ReadingAidsDropped, at, &words);
        }
        if let Some(base) = self.tree.child_named(id, "rubybase") {
            self.inline(base);
        }
    }

    /// Row by row, cell by cell; a table of one column, or with long texts in its cells, lays out a page.
    fn table(&mut self, id: NodeId) {
        let tree = self.tree;
        let rows: Vec<Vec<NodeId>> = self
            .below(id, "tr")
            .into_iter()
            .map(|row| self.below(row, "tc"))
            .collect();
        let paragraphs = |cell: &NodeId| {
            tree.children_named(*cell, "p")
                .filter(|p| !tree.text_of(*p).is_empty())
                .count()
        };
        let is_layout = rows.iter().all(|cells| cells.len() < 2)
            || rows
                .iter()
                .flatten()
                .any(|cell| tree.child_named(*cell, "tbl").is_some() || paragraphs(cell) > 3);
        for cells in rows {
            let mut line = String::new();
            for cell in cells {
                if is_layout {
                    self.blocks(cell);
                    continue;
                }
                for paragraph in self.below(cell, "p") {
                    let boxes = std::mem::take(&mut self.boxes);
                    self.inline(paragraph);
                    self.boxes = boxes;
                    self.words.push(' ');
                }
                add_cell(&mut line, &std::mem::take(&mut self.words));
            }
            self.draft.push(BlockKind::TableRow, &line);
        }
    }

    /// Children of a name, also inside content controls and accepted insertions; deleted ones are none.
    fn below(&self, parent: NodeId, name: &str) -> Vec<NodeId> {
        let tree = self.tree;
        let mut found = Vec::new();
        let mut waiting: Vec<NodeId> = tree.node(parent).children.iter().rev().copied().collect();
        while let Some(id) = waiting.pop() {
            let node = tree.node(id);
            if node.name == name {
                let properties = tree.child_named(id, "trpr");
                if properties.is_none_or(|id| tree.child_named(id, "del").is_none()) {
                    found.push(id);
                }
            } else if matches!(
                node.name.as_str(),
                "sdt" | "sdtcontent" | "ins" | "customxml" | "moveto"
            ) {
                waiting.extend(node.children.iter().rev());
            }
        }
        found
    }
}

/// What is printed of a part, for a remark: not the instructions of its fields.
pub(super) fn printed(tree: &Tree, id: NodeId) -> String {
    let mut words = String::new();
    for inner in tree.descendants(id) {
        let node = tree.node(inner);
        match node.name.as_str() {
            "p" | "tab" | "br" => words.push(' '),
            "t" | "deltext" => words.push_str(&tree.text_of(inner)),
            _ => {}
        }
        if words.len() > 4096 {
            break;
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a paragraph is a line across the page: a drawn one, or the border of nothing.
fn is_rule(tree: &Tree, paragraph: NodeId, properties: Option<NodeId>) -> bool {
    let is_bordered = properties
        .and_then(|id| tree.child_named(id, "pbdr"))
        .is_some_and(|borders| {
            ["top", "bottom"].into_iter().any(|side| {
                tree.child_named(borders, side).is_some_and(|line| {
                    !matches!(tree.local_attribute(line, "val"), Some("nil" | "none"))
                })
            })
        });
    is_bordered
        || tree.descendants(paragraph).any(|id| {
            matches!(tree.node(id).name.as_str(), "rect" | "shape")
                && matches!(tree.local_attribute(id, "hr"), Some("t" | "true" | "1"))
        })
}

fn is_page_field(field: &Field) -> bool {
    let name = field
        .instruction
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    matches!(name.as_str(), "PAGE" | "NUMPAGES" | "SECTIONPAGES")
}

/// A character of a symbol font; those of private use are pictures, and what they show is not known.
fn symbol(tree: &Tree, id: NodeId) -> Option<char> {
    let code = u32::from_str_radix(tree.local_attribute(id, "char")?, 16).ok()?;
    let font = tree.local_attribute(id, "font").unwrap_or_default();
    let code = if (0xf000..=0xf0ff).contains(&code) {
        code - 0xf000
    } else {
        code
    };
    if font.starts_with("Symbol") {
        const GREEK: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
        return match code {
            0x41..=0x5a => GREEK.chars().nth(code as usize - 0x41),
            0x61..=0x7a => GREEK
                .chars()
                .nth(code as usize - 0x61)
                .and_then(|c| c.to_lowercase().next()),
            0xb0 => Some('°'),
            0xb1 => Some('±'),
            0xb4 => Some('×'),
            0xb7 => Some('•'),
            _ => None,
        };
    }
    if font.starts_with("Wingdings") || font.starts_with("Webdings") {
        return None;
    }
    char::from_u32(code).filter(|c| !c.is_control())
}
