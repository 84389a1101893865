//! When each written word of a passage is heard.
//!
//! The network decides how long each phoneme lasts. Which phonemes a written word became is not kept on the way there, since numbers, dates
//! and abbreviations are written out first. So each word is pronounced once more by itself, and what comes of that is matched with what
//! was said: mostly one to one, and as well as it goes where a word is read differently in its sentence ("2024").

use std::ops::Range;

use crate::Error;
use crate::pronounce::Pronouncer;

/// What a phoneme group costs that has no partner; a pair of groups costs at most 1.
const UNMATCHED: f32 = 0.6;

/// One spoken word in the phonemes of a passage.
struct Group<'a> {
    sounds: &'a str,
    /// The numbers of its phonemes among those that the network was given.
    phonemes: Range<usize>,
}

/// A written word and what is heard of it.
pub(crate) struct Place {
    /// Bytes of the text.
    pub(crate) text: Range<usize>,
    /// The numbers of its phonemes among those that the network was given.
    pub(crate) phonemes: Range<usize>,
}

/// The words of `text` with their phonemes. A word that is not heard, such as a dash, is left out.
pub(crate) fn words(
    pronouncer: &Pronouncer,
    text: &str,
    phonemes: &str,
    is_given: impl Fn(char) -> bool,
) -> Result<Vec<Place>, Error> {
    let spoken = groups(phonemes, &is_given);
    let mut written = Vec::new();
    let mut pronunciations = Vec::new();
    for range in written_words(text) {
        let alone = pronouncer.pronounce(&text[range.clone()])?;
        let number = written.len();
        let sounds = groups(&alone, &is_given);
        if !sounds.is_empty() {
            pronunciations.extend(sounds.iter().map(|group| (group.sounds.to_owned(), number)));
            written.push(range);
        }
    }
    let mut places: Vec<Option<Range<usize>>> = vec![None; written.len()];
    for (group, partner) in spoken.iter().zip(partners(&spoken, &pronunciations)) {
        let Some(place) = partner.and_then(|number| places.get_mut(number)) else {
            continue;
        };
        let known = place.get_or_insert_with(|| group.phonemes.clone());
        known.end = known.end.max(group.phonemes.end);
    }
    Ok(written
        .into_iter()
        .zip(places)
        .filter_map(|(text, phonemes)| {
            Some(Place {
                text,
                phonemes: phonemes?,
            })
        })
        .collect())
}

fn written_words(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        start..start + word.len()
    })
}

/// What stands between spaces and is heard, without the marks around it.
fn groups(phonemes: &str, is_given: impl Fn(char) -> bool) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut number = 0;
    for run in phonemes.split_inclusive(' ') {
        let mut range: Option<Range<usize>> = None;
        for sound in run.chars().filter(|sound| is_given(*sound)) {
            if sound.is_alphabetic() || range.is_some() && is_inner(sound) {
                range.get_or_insert(number..number).end = number + 1;
            }
            number += 1;
        }
        if let Some(range) = range {
            groups.push(Group {
                sounds: run.trim(),
                phonemes: range,
            });
        }
    }
    groups
}

/// Stress and length marks belong to the word they stand in.
fn is_inner(sound: char) -> bool {
    matches!(sound, 'ˈ' | 'ˌ' | 'ː')
}

/// For each spoken group the number of the written word that it belongs to: the cheapest way to pair both in their order.
/// A spoken group without a partner belongs to the word before it.
fn partners(spoken: &[Group], pronunciations: &[(String, usize)]) -> Vec<Option<usize>> {
    let width = pronunciations.len() + 1;
    let mut costs = vec![0.0f32; (spoken.len() + 1) * width];
    for row in 0..=spoken.len() {
        for column in 0..width {
            let above = |costs: &[f32]| costs[(row - 1) * width + column] + UNMATCHED;
            let before = |costs: &[f32]| costs[row * width + column - 1] + UNMATCHED;
            costs[row * width + column] = match (row, column) {
                (0, 0) => 0.0,
                (0, _) => before(&costs),
                (_, 0) => above(&costs),
                _ => {
                    let pair = difference(spoken[row - 1].sounds, &pronunciations[column - 1].0);
                    let both = costs[(row - 1) * width + column - 1] + pair;
                    both.min(above(&costs)).min(before(&costs))
                }
            };
        }
    }
    let mut found = vec![None; spoken.len()];
    let (mut row, mut column) = (spoken.len(), width - 1);
    while row > 0 {
        let here = costs[row * width + column];
        if column > 0 && here == costs[row * width + column - 1] + UNMATCHED {
            column -= 1;
            continue;
        }
        row -= 1;
        if here == costs[row * width + column] + UNMATCHED {
            continue;
        }
        column = column.saturating_sub(1);
        found[row] = pronunciations.get(column).map(|(_, number)| *number);
    }
    let mut last = None;
    for partner in &mut found {
        last = partner.or(last);
        *partner = last;
    }
    found
}

/// How unlike two groups sound, 0–1: the share of sounds that they do not have in common.
fn difference(one: &str, two: &str) -> f32 {
    if one == two {
        return 0.0;
    }
    let mut left: Vec<char> = two.chars().collect();
    let mut common = 0;
    for sound in one.chars() {
        if let Some(at) = left.iter().position(|other| *other == sound) {
            left.swap_remove(at);
            common += 1;
        }
    }
    let both = one.chars().count() + two.chars().count();
    1.0 - 2.0 * common as f32 / both.max(1) as f32
}
