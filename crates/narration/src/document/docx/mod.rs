//! Word documents (Office Open XML, ECMA-376 part 1, WordprocessingML) → what is printed of them, and of that only the
//! text itself: no headers, footers, notes, comments or deletions.

mod body;
mod formulas;
mod styles;

use super::archive::Archive;
use super::draft::Draft;
use super::report::{ImportOptions, RemarkKind, Report};
use super::tree::{NodeId, Syntax, Tree};
use super::{ImportError, encoding};
use body::{Reader, Shape, printed};
use styles::Styles;

/// # Errors
/// [`ImportError::Damaged`] without a main part, and those of [`Archive`] and [`Tree`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let mut archive = Archive::open(bytes)?;
    let path = main_part(&mut archive)?;
    let tree = part(&mut archive, &path)?.ok_or(ImportError::Damaged)?;
    let folder = path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder)
        .to_owned();
    let beside = |name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    let styles = match part(&mut archive, &beside("styles.xml"))? {
        Some(tree) => Styles::read(&tree),
        None => Styles::default(),
    };
    if let Some(core) = part(&mut archive, "docProps/core.xml")? {
        let text = |name: &str| {
            core.first_named(Tree::ROOT, name)
                .map(|id| core.text_of(id))
                .filter(|text| !text.is_empty())
        };
        draft.title = text("title");
        draft.author = text("creator");
        draft.language = text("language");
    }
    draft.language = draft.language.take().or_else(|| styles.language.clone());
    draft.headings_are_titles = true;
    let body = tree
        .first_named(Tree::ROOT, "body")
        .ok_or(ImportError::Damaged)?;
    let mut reader = Reader::new(&tree, &styles, options, draft);
    reader.blocks(body);
    reader.end_paragraph(Shape::default());
    for name in archive.damaged() {
        draft
            .report
            .note(RemarkKind::PartsMissing, draft.position(), &name);
    }
    for (name, element, kind) in [
        ("footnotes.xml", "footnote", RemarkKind::NotesDropped),
        ("endnotes.xml", "endnote", RemarkKind::NotesDropped),
        ("comments.xml", "comment", RemarkKind::CommentsDropped),
    ] {
        let Some(notes) = part(&mut archive, &beside(name))? else {
            continue;
        };
        for note in notes
            .descendants(Tree::ROOT)
            .filter(|id| notes.node(*id).name == element)
        {
            // Separators have a type; notes have none.
            if notes
                .local_attribute(note, "type")
                .is_some_and(|kind| kind != "normal")
            {
                continue;
            }
            if options.keeps(kind) {
                let mut reader = Reader::new(&notes, &styles, options, draft);
                reader.blocks(note);
                reader.end_paragraph(Shape::default());
            } else {
                let words = printed(&notes, note);
                if !words.is_empty() {
                    draft.report.note(kind, draft.position(), &words);
                }
            }
        }
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

/// Where the text is: what the package's relations say, else where it always is.
fn main_part(archive: &mut Archive<'_>) -> Result<String, ImportError> {
    let relations = part(archive, "_rels/.rels")?;
    let target = relations.as_ref().and_then(|tree| {
        let found = tree.descendants(Tree::ROOT).find(|id| {
            tree.attribute(*id, "type")
                .is_some_and(|kind| kind.ends_with("/officeDocument"))
        })?;
        tree.attribute(found, "target")
            .map(|target| target.trim_start_matches('/').to_owned())
    });
    Ok(target.unwrap_or_else(|| "word/document.xml".to_owned()))
}

/// Whether a property without a value, or with a true one, is there.
fn is_on(tree: &Tree, properties: NodeId, name: &str) -> bool {
    tree.child_named(properties, name).is_some_and(|id| {
        !matches!(
            tree.local_attribute(id, "val"),
            Some("0" | "false" | "off" | "none")
        )
    })
}

#[cfg(test)]
mod tests;
