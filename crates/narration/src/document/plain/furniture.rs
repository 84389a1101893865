//! Lines of a typed book that nobody would read aloud: numbers and heads of its pages, and its table of contents.

use std::borrow::Cow;
use std::ops::Range;

use super::super::report::{ImportOptions, RemarkKind};
use super::{contents, pages};

/// Lines to leave out.
pub(super) struct Cut<'t> {
    /// With the line end.
    pub(super) range: Range<usize>,
    pub(super) kind: RemarkKind,
    pub(super) words: &'t str,
    /// What stands before goes on behind: the blank lines around go too.
    pub(super) joins: bool,
}

/// A text without such lines.
pub(super) struct Cleared<'t> {
    pub(super) text: Cow<'t, str>,
    /// What was left out, and where in `text` it stood, in order.
    pub(super) dropped: Vec<(usize, RemarkKind, &'t str)>,
}

/// Leaves out what is not to be kept.
pub(super) fn cleared<'t>(text: &'t str, options: &ImportOptions) -> Cleared<'t> {
    let mut cuts = contents::find(text);
    cuts.extend(pages::find(text));
    cuts.retain(|cut| !options.keeps(cut.kind));
    cuts.sort_by_key(|cut| cut.range.start);
    let mut dropped = Vec::with_capacity(cuts.len());
    if cuts.is_empty() {
        let text = Cow::Borrowed(text);
        return Cleared { text, dropped };
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        if cut.range.start < from {
            continue;
        }
        kept.push_str(&text[from..cut.range.start]);
        from = cut.range.end;
        if cut.joins {
            kept.truncate(kept.trim_end().len());
            kept.push('\n');
            from += text[from..].len() - text[from..].trim_start().len();
        }
        dropped.push((kept.len(), cut.kind, cut.words));
    }
    kept.push_str(&text[from..]);
    Cleared {
        text: Cow::Owned(kept),
        dropped,
    }
}
