//! Plain text → blocks: what its blank lines, short lines and signs say about paragraphs, headings, lists and verse.
//!
//! The rules look at lines only, never at a language's words but for those that begin chapters (“Chapter”, “Kapitel”).

mod contents;
mod furniture;
mod headings;
mod items;
mod notes;
mod pages;

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::draft::Draft;
use super::hyphens::Vocabulary;
use super::model::{Block, BlockKind, Chapter};
use super::report::{ImportOptions, RemarkKind};
use super::{ImportError, encoding};

use notes::Notes;

pub(super) use headings::is_chapter_name;
pub(super) use items::item_sign;

/// Lines wider than this are whole paragraphs: nothing was wrapped by hand.
const WIDEST_WRAPPED: usize = 110;

/// Lines narrower than this are never taken for wrapped ones on their width alone.
const NARROWEST_WRAPPED: usize = 45;

/// A heading is no longer than this, in columns.
const WIDEST_HEADING: usize = 70;

pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let text = encoding::text_of(bytes, options, &mut draft.report)?;
    read_text(&text, options, draft);
    Ok(())
}

/// Blocks of a text into a draft: lines joined, hyphens mended, headings marked.
pub(super) fn read_text(text: &str, options: &ImportOptions, draft: &mut Draft) {
    let cleared = furniture::cleared(text, options);
    let text = &*cleared.text;
    let mut dropped = cleared.dropped.iter().peekable();
    let vocabulary = Vocabulary::of(text);
    let found = find_blocks(text, options.keeps(RemarkKind::LinesJoined));
    let chapter_level =
        chapter_level(&found).filter(|_| !options.keeps(RemarkKind::HeadingsGuessed));
    if chapter_level.is_none() {
        // Guessed headings of lower levels begin no chapters.
        draft.begin_chapter("", 0);
    }
    let notes = Notes::find(text, &found);
    let mut words = String::new();
    for (index, block) in found.into_iter().enumerate() {
        while let Some((_, kind, words)) = dropped.next_if(|(at, ..)| *at < block.range.end) {
            let at = draft.position();
            draft.report.note(*kind, at, words);
        }
        if notes.leaves_out(index, &text[block.range.clone()], options, draft) {
            continue;
        }
        if draft.is_over() {
            draft.push(block.kind, &text[block.range]);
            continue;
        }
        let mut kind = block.kind;
        if let BlockKind::Heading(level) = kind {
            if options.keeps(RemarkKind::HeadingsGuessed) {
                kind = BlockKind::Paragraph;
            } else if Some(level) == chapter_level {
                draft.begin_chapter(&one_line(&text[block.range.clone()]), 0);
            }
        }
        words.clear();
        if kind == BlockKind::Verse {
            words.push_str(&text[block.range.clone()]);
        } else {
            join_lines(
                &text[block.range.clone()],
                &vocabulary,
                options,
                draft,
                &mut words,
            );
        }
        notes.without_signs(&mut words, options, draft);
        let at = draft.position();
        draft.push(kind, without_emphasis(&words).as_ref());
        if matches!(kind, BlockKind::Heading(_)) && draft.position() > at {
            let heading = &text[block.range];
            draft.report.note(RemarkKind::HeadingsGuessed, at, heading);
        }
    }
    for (_, kind, words) in dropped {
        let at = draft.position();
        draft.report.note(*kind, at, words);
    }
}

/// `_London_` as it is spoken: typed books mark slanted words so.
fn without_emphasis(words: &str) -> Cow<'_, str> {
    if memchr::memchr(b'_', words.as_bytes()).is_none() {
        return Cow::Borrowed(words);
    }
    let mut kept = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = memchr::memchr(b'_', rest.as_bytes()) {
        let (before, marked) = (&rest[..at], &rest[at + 1..]);
        kept.push_str(before);
        let is_apart =
            |sign: Option<char>| sign.is_none_or(|sign| !sign.is_alphanumeric() && sign != '_');
        let opens = is_apart(kept.chars().next_back()) && marked.starts_with(char::is_alphanumeric);
        let close = memchr::memchr(b'_', marked.as_bytes()).filter(|_| opens);
        let close = close.filter(|&close| is_apart(marked[close + 1..].chars().next()));
        match close {
            Some(close) if !marked[..close].ends_with(char::is_whitespace) => {
                kept.push_str(&marked[..close]);
                rest = &marked[close + 1..];
            }
            _ => {
                kept.push('_');
                rest = marked;
            }
        }
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// The blocks of a text that stays as it is.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    find_blocks(text, false)
}

/// The chapters of such blocks; none if no heading tells.
pub(super) fn chapters(text: &str, blocks: &[Block]) -> Vec<Chapter> {
    let Some(level) = chapter_level(blocks) else {
        return Vec::new();
    };
    let is_start = |block: &Block| block.kind == BlockKind::Heading(level);
    let mut starts: Vec<usize> = (0..blocks.len())
        .filter(|index| is_start(&blocks[*index]))
        .collect();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([blocks.len()]);
    let chapter = |(start, end): (&usize, usize)| Chapter {
        title: if is_start(&blocks[*start]) {
            one_line(&text[blocks[*start].range.clone()])
        } else {
            String::new()
        },
        depth: 0,
        blocks: *start..end,
    };
    starts.iter().zip(ends).map(chapter).collect()
}

/// Headings of this level begin chapters: those that say so themselves, else those in capitals.
fn chapter_level(blocks: &[Block]) -> Option<u8> {
    (1..=2).find(|level| {
        blocks
            .iter()
            .any(|block| block.kind == BlockKind::Heading(*level))
    })
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a paragraph as one: with a space between them, without one in scripts that have none, and with words
/// mended that were divided.
fn join_lines(
    paragraph: &str,
    vocabulary: &Vocabulary,
    options: &ImportOptions,
    draft: &mut Draft,
    words: &mut String,
) {
    for line in paragraph.lines().map(str::trim) {
        if words.is_empty() {
            words.push_str(line);
            continue;
        }
        let at = draft.position() + words.len();
        draft.report.count(RemarkKind::LinesJoined, at, paragraph);
        if !options.keeps(RemarkKind::HyphensMended)
            && let Some(mended) = vocabulary.mended(words, line)
        {
            draft
                .report
                .note(RemarkKind::HyphensMended, at, &mended.example);
            words.truncate(words.len() - mended.removed);
            words.push_str(line);
            continue;
        }
        let is_unspaced = words.ends_with(is_unspaced) && line.starts_with(is_unspaced);
        if !is_unspaced && !starts_with_stop(line) {
            words.push(' ');
        }
        words.push_str(line);
    }
}

/// A stop that fell into the next line.
fn starts_with_stop(line: &str) -> bool {
    let rest = line.strip_prefix(['.', ',', ';', ':', '!', '?', ')']);
    rest.is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace))
}

/// Characters of scripts that put no spaces between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}' | '\u{2014}' | '\u{2026}')
}

/// One line of a stanza (a run of lines without a blank one).
#[derive(Clone, Debug)]
struct Line {
    /// Without surrounding white space.
    range: Range<usize>,
    /// Columns before its first character.
    indent: usize,
    /// Columns of its characters.
    width: usize,
}

fn find_blocks(text: &str, keeps_lines: bool) -> Vec<Block> {
    let mut stanzas = stanzas(text);
    let page = page_width(&stanzas);
    if page.is_none() {
        stanzas = with_chapters_apart(text, stanzas);
    }
    let mut blocks = Vec::new();
    for (index, stanza) in stanzas.iter().enumerate() {
        let is_followed = stanzas
            .get(index + 1)
            .is_some_and(|next| looks_like_prose(text, next));
        let level = heading_level(text, stanza, stanzas.len());
        if let Some(level) = level
            && (is_followed || level == 1 && index + 1 < stanzas.len())
        {
            let range = span(stanza);
            blocks.push(Block {
                kind: BlockKind::Heading(level),
                range,
            });
            continue;
        }
        push_stanza(text, stanza, page, keeps_lines, &mut blocks);
    }
    blocks
}

fn span(lines: &[Line]) -> Range<usize> {
    let start = lines.first().map_or(0, |line| line.range.start);
    start..lines.last().map_or(start, |line| line.range.end)
}

fn stanzas(text: &str) -> Vec<Vec<Line>> {
    let mut stanzas = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let words = line.trim();
        if words.is_empty() {
            if !open.is_empty() {
                stanzas.push(std::mem::take(&mut open));
            }
            continue;
        }
        let lead = line.len() - line.trim_start().len();
        open.push(Line {
            range: start + lead..start + lead + words.len(),
            indent: line[..lead]
                .chars()
                .map(|c| if c == '\t' { 4 } else { columns(c) })
                .sum(),
            width: words.chars().map(columns).sum(),
        });
    }
    if !open.is_empty() {
        stanzas.push(open);
    }
    stanzas
}

/// Where every line is a paragraph, the name of a chapter needs no blank line around it.
fn with_chapters_apart(text: &str, stanzas: Vec<Vec<Line>>) -> Vec<Vec<Line>> {
    let mut apart = Vec::with_capacity(stanzas.len());
    for stanza in stanzas {
        let mut open = Vec::new();
        for line in stanza {
            let words = &text[line.range.clone()];
            let is_name = line.width <= WIDEST_HEADING
                && words.contains(char::is_alphabetic)
                && words.chars().count() > 2
                && is_chapter_name(words);
            if is_name {
                if !open.is_empty() {
                    apart.push(std::mem::take(&mut open));
                }
                apart.push(vec![line]);
            } else {
                open.push(line);
            }
        }
        if !open.is_empty() {
            apart.push(open);
        }
    }
    apart
}

fn columns(character: char) -> usize {
    match character {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{3ffff}' => 2,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}' => 0,
        _ => 1,
    }
}

/// How wide the lines of hard-wrapped paragraphs are; `None` where lines are paragraphs.
fn page_width(stanzas: &[Vec<Line>]) -> Option<usize> {
    // The last line of a paragraph says nothing.
    let mut widths: Vec<usize> = stanzas
        .iter()
        .flat_map(|stanza| &stanza[..stanza.len() - 1])
        .map(|line| line.width + line.indent)
        .collect();
    if widths.is_empty() {
        return None;
    }
    let rank = (widths.len() - 1) * 19 / 20;
    let (_, width, _) = widths.select_nth_unstable(rank);
    Some(*width).filter(|width| *width <= WIDEST_WRAPPED)
}

/// Whether a text goes on after a heading: more than another short line, or a short line that is a sentence.
fn looks_like_prose(text: &str, stanza: &[Line]) -> bool {
    let words = &text[span(stanza)];
    stanza.len() > 1
        || stanza[0].width > WIDEST_HEADING
        || ends_sentence(words)
        || is_scene_break(words)
        || heading_level(text, stanza, usize::MAX).is_some()
}

/// Which heading a stanza looks like: 1 for “Chapter IV”, 2 for a line in capitals, 3 for a short line without a stop.
fn heading_level(text: &str, stanza: &[Line], stanzas: usize) -> Option<u8> {
    if stanza.len() > 2 || stanza.iter().any(|line| line.width > WIDEST_HEADING) {
        return None;
    }
    let first = &text[stanza[0].range.clone()];
    let words = &text[span(stanza)];
    if is_chapter_name(first) && (stanza.len() == 1 || !ends_sentence(words)) {
        return Some(1);
    }
    if stanza.len() > 1 || !words.chars().any(char::is_alphabetic) || item_sign(words).is_some() {
        return None;
    }
    let starts_quotation =
        words.starts_with(['"', '“', '„', '«', '‘', '\'', '(', '[', '—', '–', '「']);
    if starts_quotation || words.ends_with(',') || words.ends_with(';') {
        return None;
    }
    let letters = || words.chars().filter(|c| c.is_alphabetic());
    if letters().count() > 3
        && letters().all(|c| !c.is_lowercase())
        && letters().any(char::is_uppercase)
    {
        return (stanzas > 2).then_some(2);
    }
    let begins_small = words.chars().next().is_none_or(char::is_lowercase);
    let is_short = words.unicode_words().count() <= 10;
    (stanzas > 3 && !begins_small && is_short && !ends_sentence(words) && !words.ends_with(':'))
        .then_some(3)
}

fn ends_sentence(words: &str) -> bool {
    let body = words.trim_end_matches([
        '"', '\'', ')', ']', '”', '’', '»', '」', '』', '“', '*', '_',
    ]);
    body.ends_with([
        '.', '!', '?', '…', '。', '！', '？', '।', '॥', '؟', '۔', ':', '，', ',', ';',
    ])
}

/// A line of signs without a letter: stars, dashes, a fleuron.
pub(super) fn is_scene_break(words: &str) -> bool {
    const SIGNS: &str = "*-–—~#_=•·+⁂❦❧☙※◇◆○●□■⁎∗＊★☆†‡";
    let signs = words.chars().filter(|c| !c.is_whitespace());
    let number = signs.clone().count();
    let alone = [
        "⁂", "❦", "❧", "☙", "※", "*", "#", "~", "◇", "◆", "★", "☆", "＊", "•",
    ];
    signs.clone().all(|c| SIGNS.contains(c))
        && (number >= 3 || number == 2 && words.contains('*') || alone.contains(&words.trim()))
}

fn push_stanza(
    text: &str,
    stanza: &[Line],
    page: Option<usize>,
    keeps_lines: bool,
    blocks: &mut Vec<Block>,
) {
    let first = blocks.len();
    let indent = stanza.iter().map(|line| line.indent).min().unwrap_or(0);
    let mut open: Option<(BlockKind, Range<usize>)> = None;
    let mut joined = false;
    let mut former: Option<&Line> = None;
    let signs = items::signs(stanza.iter().map(|line| &text[line.range.clone()]));
    for (line, sign) in stanza.iter().zip(signs) {
        let words = &text[line.range.clone()];
        // A sentence that fills its line goes on, whatever its next word looks like.
        let sign = sign.filter(|_| {
            let is_item = matches!(open, Some((BlockKind::ListItem, _)));
            let runs_on = |former: &Line| {
                let before = &text[former.range.clone()];
                let room = words.split_whitespace().next().map_or(0, str::len);
                !ends_sentence(before)
                    && page.is_some_and(|page| {
                        former.indent + former.width + room >= page.max(NARROWEST_WRAPPED)
                    })
            };
            is_item || !former.is_some_and(runs_on)
        });
        if is_scene_break(words) {
            blocks.extend(open.take().map(|(kind, range)| Block { kind, range }));
            blocks.push(Block {
                kind: BlockKind::SceneBreak,
                range: line.range.clone(),
            });
            former = None;
            continue;
        }
        let goes_on = former.is_some_and(|former| {
            !keeps_lines
                && sign.is_none()
                && !is_new_paragraph(former, line, indent, stanza)
                && is_wrapped(text, former, line, page)
        });
        match &mut open {
            Some((_, range)) if goes_on => {
                range.end = line.range.end;
                joined = true;
            }
            _ => {
                blocks.extend(open.take().map(|(kind, range)| Block { kind, range }));
                open = Some(match sign {
                    Some(sign) => (BlockKind::ListItem, line.range.start + sign..line.range.end),
                    None => (BlockKind::Paragraph, line.range.clone()),
                });
            }
        }
        former = Some(line);
    }
    blocks.extend(open.map(|(kind, range)| Block { kind, range }));
    if !joined && is_verse(text, stanza, &blocks[first..]) {
        let range = span(stanza);
        blocks.truncate(first);
        blocks.push(Block {
            kind: BlockKind::Verse,
            range,
        });
    }
}

/// Set off from the line before: its first line is drawn in, as books do it.
fn is_new_paragraph(former: &Line, line: &Line, indent: usize, stanza: &[Line]) -> bool {
    line.indent >= former.indent + 2 && former.indent == indent && stanza.len() > 2
}

/// Whether a line goes on in the next one because the page was too narrow for it.
fn is_wrapped(text: &str, line: &Line, next: &Line, page: Option<usize>) -> bool {
    let words = &text[line.range.clone()];
    let following = &text[next.range.clone()];
    let first = following.chars().next().unwrap_or(' ');
    if words.ends_with('-') && words.len() > 1 && first.is_ascii_digit() {
        return words[..words.len() - 1].ends_with(|last: char| last.is_ascii_digit());
    }
    if following.starts_with(['—', '–', '-']) {
        return !ends_sentence(words);
    }
    if first.is_lowercase() || starts_with_stop(following) {
        return true;
    }
    // Japanese says with its last letter that a line goes on.
    if is_unspaced(first) && words.ends_with(['の', 'を', 'は', 'が', '、']) {
        return true;
    }
    let Some(page) = page else { return false };
    let page = page.max(NARROWEST_WRAPPED);
    let is_spaced = !first.is_alphabetic() || !is_unspaced(first);
    let first_word = if is_spaced {
        1 + following
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .chars()
            .map(columns)
            .sum::<usize>()
    } else {
        2
    };
    // Where the next line is far wider than the page, nobody wrapped this one to fit.
    if next.width * 3 > page * 4 && first_word * 2 < page {
        return false;
    }
    let is_full = line.indent + line.width + first_word > page;
    let is_nearly_full =
        !ends_sentence(words) && line.width >= NARROWEST_WRAPPED && line.width * 4 >= page * 3;
    is_full || is_nearly_full
}

/// Short lines of their own, not sentences each: verse or an address.
fn is_verse(text: &str, stanza: &[Line], blocks: &[Block]) -> bool {
    let sentences = stanza.iter().filter(|line| {
        let words = &text[line.range.clone()];
        words.ends_with([
            '.', '!', '?', '。', '！', '？', '।', '؟', '"', '”', '»', '」',
        ])
    });
    stanza.len() >= 3
        && blocks
            .iter()
            .all(|block| block.kind == BlockKind::Paragraph)
        && stanza.iter().all(|line| line.width <= 60)
        && sentences.count() * 2 <= stanza.len()
}

#[cfg(test)]
mod tests;
