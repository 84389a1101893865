//! Which quotation marks and brackets belong together.
//!
//! One pass with a stack of bounded search: the time grows with the text alone, whatever stands in it.

use std::ops::Range;

use waves::Language;

/// A quotation up to this many characters is not divided: it is one breath, and its takes sound better whole.
const WHOLE_QUOTATION: usize = 140;
/// What stands in brackets is divided only when it is longer than one request may be.
const WHOLE_BRACKET: usize = 250;
/// Marks that may be open at once; a text with more has lost some of their ends.
const DEPTH: usize = 8;

/// The quotation marks and brackets of a text.
pub(super) struct Pairs {
    /// Bytes between an opening mark and its closing one, for those that are not divided: in order, none overlapping.
    whole: Vec<Range<usize>>,
    /// Where marks that close something stand, in order.
    closing: Vec<usize>,
    /// Where marks that open something stand, in order.
    opening: Vec<usize>,
}

struct Open {
    mark: char,
    at: usize,
    character: usize,
}

impl Pairs {
    pub(super) fn find(text: &str, language: Language) -> Self {
        let has_singles = language == Language::English;
        let mut open: Vec<Open> = Vec::new();
        let mut pairs: Vec<(usize, usize, usize, char)> = Vec::new();
        let mut before = None;
        let mut characters = text.char_indices().peekable();
        let mut count = 0;
        while let Some((at, mut mark)) = characters.next() {
            count += 1;
            // Two commas before a word are a German opening mark of whoever had no other.
            if mark == ','
                && text[at..].starts_with(",,")
                && !before.is_some_and(|before: char| before.is_alphanumeric() || before == ',')
            {
                mark = '„';
            }
            if is_mark(mark) {
                let after = characters.peek().map(|(_, after)| *after);
                match role(mark, before, after, &open) {
                    Role::Opens => {
                        if open.len() == DEPTH {
                            open.remove(0);
                        }
                        open.push(Open {
                            mark,
                            at,
                            character: count,
                        });
                    }
                    Role::Closes(index) => {
                        let opened = open.swap_remove(index);
                        open.truncate(index);
                        pairs.push((opened.at, at, count - opened.character, opened.mark));
                    }
                    Role::None => {}
                }
            }
            if has_singles && is_single(mark) {
                let index = open.iter().rposition(|open| is_single(open.mark));
                match (single_opens(&text[at..], mark, before), index) {
                    (true, _) => {
                        if open.len() == DEPTH {
                            open.remove(0);
                        }
                        open.push(Open {
                            mark,
                            at,
                            character: count,
                        });
                    }
                    (false, Some(index)) if single_closes(&text[at..], mark) => {
                        let opened = open.swap_remove(index);
                        open.truncate(index);
                        // Any other end says nothing about the stops inside.
                        if before.is_some_and(is_final) {
                            pairs.push((opened.at, at, count - opened.character, opened.mark));
                        }
                    }
                    _ => {}
                }
            }
            before = Some(mark);
        }
        Self::of(pairs)
    }

    fn of(mut pairs: Vec<(usize, usize, usize, char)>) -> Self {
        let closing = pairs.iter().map(|pair| pair.1).collect();
        pairs.sort_unstable();
        let mut whole: Vec<Range<usize>> = Vec::new();
        for &(from, to, length, mark) in &pairs {
            let limit = if is_bracket(mark) {
                WHOLE_BRACKET
            } else {
                WHOLE_QUOTATION
            };
            let is_inside = whole.last().is_some_and(|last| from < last.end);
            if length <= limit && !is_inside {
                whole.push(from..to);
            }
        }
        Self {
            whole,
            closing,
            opening: pairs.iter().map(|pair| pair.0).collect(),
        }
    }

    /// Whether a mark at this byte closes what another opened.
    pub(super) fn closes(&self, at: usize) -> bool {
        self.closing.binary_search(&at).is_ok()
    }

    /// Whether a mark at this byte opens what another closes.
    pub(super) fn opens(&self, at: usize) -> bool {
        self.opening.binary_search(&at).is_ok()
    }

    /// The undivided quotation or bracket in which this byte lies.
    pub(super) fn around(&self, at: usize) -> Option<Range<usize>> {
        let index = self.whole.partition_point(|whole| whole.end <= at);
        let whole = self.whole.get(index)?;
        (whole.start < at).then(|| whole.clone())
    }
}

enum Role {
    Opens,
    /// With the index of what it closes.
    Closes(usize),
    None,
}

fn role(mark: char, before: Option<char>, after: Option<char>, open: &[Open]) -> Role {
    let closes = |openers: &[char]| open.iter().rposition(|open| openers.contains(&open.mark));
    let closes_or_none = |openers: &[char]| closes(openers).map_or(Role::None, Role::Closes);
    let is_apart = before.is_none_or(|before| !before.is_alphanumeric() && !is_final(before));
    let leads = after.is_some_and(|after| !after.is_whitespace());
    match mark {
        '(' | '[' | '{' | '（' | '［' | '「' | '『' | '【' | '〈' | '《' | '〔' | '„' | '‹' => {
            Role::Opens
        }
        ')' => closes_or_none(&['(']),
        ']' => closes_or_none(&['[']),
        '}' => closes_or_none(&['{']),
        '）' => closes_or_none(&['（']),
        '］' => closes_or_none(&['［']),
        '」' => closes_or_none(&['「']),
        '』' => closes_or_none(&['『']),
        '】' => closes_or_none(&['【']),
        '〉' => closes_or_none(&['〈']),
        '》' => closes_or_none(&['《']),
        '〕' => closes_or_none(&['〔']),
        '›' => closes_or_none(&['‹']),
        // Opens in English, closes in German.
        '“' => closes(&['„']).map_or(Role::Opens, Role::Closes),
        '”' => match closes(&['“', '„', '”']) {
            Some(index) => Role::Closes(index),
            None if is_apart && leads => Role::Opens,
            None => Role::None,
        },
        // French opens with it and German closes with it.
        '«' => match closes(&['»']) {
            Some(index) if !(is_apart && leads) => Role::Closes(index),
            _ => Role::Opens,
        },
        '»' => match closes(&['«']) {
            Some(index) => Role::Closes(index),
            None if is_apart && leads => Role::Opens,
            None => closes_or_none(&['»']),
        },
        // A straight mark is what stands around it.
        _ => {
            let opens = is_apart
                && after.is_some_and(|after| {
                    after.is_alphanumeric() || "¿¡([{«“„'‘$£€.…".contains(after)
                });
            match closes(&['"', '＂']) {
                Some(index) if !opens || after == Some('.') => Role::Closes(index),
                None if opens => Role::Opens,
                Some(index) => Role::Closes(index),
                None => Role::None,
            }
        }
    }
}

/// Quotation marks that are apostrophes too, with what typewriters made of them.
fn is_single(mark: char) -> bool {
    matches!(mark, '\'' | '‘' | '’' | '`')
}

/// Whether a single mark opens a quotation; what is left out before `’tis` and `’em` opens none.
fn single_opens(rest: &str, mark: char, before: Option<char>) -> bool {
    const CLIPPED: [&str; 14] = [
        "tis", "twas", "twere", "twill", "em", "til", "till", "cause", "bout", "round", "n",
        "neath", "gainst", "nother",
    ];
    let after = &rest[mark.len_utf8()..];
    let word = after
        .split(|letter: char| !letter.is_alphabetic())
        .next()
        .unwrap_or_default();
    mark != '’'
        && before.is_none_or(|before| before.is_whitespace() || "(\"“—–-[".contains(before))
        && !word.is_empty()
        && word.len() < 24
        && !CLIPPED.contains(&word.to_lowercase().as_str())
}

fn single_closes(rest: &str, mark: char) -> bool {
    !matches!(mark, '‘' | '`')
        && !rest[mark.len_utf8()..].starts_with(|after: char| after.is_alphanumeric())
}

fn is_mark(mark: char) -> bool {
    matches!(
        mark,
        '(' | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '"'
            | '＂'
            | '“'
            | '”'
            | '„'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '（'
            | '）'
            | '［'
            | '］'
            | '「'
            | '」'
            | '『'
            | '』'
            | '【'
            | '】'
            | '〈'
            | '〉'
            | '《'
            | '》'
            | '〔'
            | '〕'
    )
}

fn is_bracket(mark: char) -> bool {
    matches!(
        mark,
        '(' | '[' | '{' | '（' | '［' | '【' | '〈' | '《' | '〔'
    )
}

fn is_final(mark: char) -> bool {
    matches!(mark, '.' | '!' | '?' | '…' | ',' | ';' | '。' | '！' | '？')
}
