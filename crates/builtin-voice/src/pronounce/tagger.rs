//! Parts of speech (Penn Treebank tags), by an averaged perceptron: a word with one dominant tag is answered from a
//! list; for the rest each feature of the word and its neighbours votes. Only the pronunciation of heteronyms (*read*,
//! *live*, *record*) and of function words depends on the answer.

use crate::Error;
use crate::table::{Table, baked_table};

/// A Penn Treebank tag, such as `NN` or `VBD`.
pub(super) type Tag = &'static str;

const TAGS: &[Tag] = include!(concat!(env!("OUT_DIR"), "/tags.rs"));

pub(super) struct Tagger {
    weights: Table,
    certain: Table,
    vocabulary: Table,
}

impl Tagger {
    pub(super) fn load() -> Result<Tagger, Error> {
        Ok(Tagger {
            weights: baked_table!("tag_weights")?,
            certain: baked_table!("tag_certain")?,
            vocabulary: baked_table!("tag_vocabulary")?,
        })
    }

    /// One tag for each word, in order. Words must not be empty.
    pub(super) fn tag(&self, words: &[String]) -> Vec<Tag> {
        let known: Vec<String> = words.iter().map(|word| self.known_form(word)).collect();
        let mut tags: Vec<Tag> = Vec::with_capacity(words.len());
        for (index, word) in words.iter().enumerate() {
            let certain = self
                .certain
                .get(word)
                .and_then(|bytes| TAGS.get(usize::from(*bytes.first()?)));
            let tag = match certain {
                Some(tag) => tag,
                None => self.vote(index, word, &known, &tags),
            };
            tags.push(tag);
        }
        tags
    }

    fn vote(&self, index: usize, word: &str, known: &[String], tags: &[Tag]) -> Tag {
        let before = |distance: usize| index.checked_sub(distance);
        let previous_tag = before(1).map_or("-START-", |at| tags[at]);
        let tag_before_that = match index {
            0 => "-START2-",
            1 => "-START-",
            _ => tags[index - 2],
        };
        let neighbour = |offset: isize| -> &str {
            match index.checked_add_signed(offset) {
                Some(at) => known.get(at).map_or(
                    if at == known.len() { "-END-" } else { "-END2-" },
                    String::as_str,
                ),
                None if index == 0 && offset == -2 => "-START2-",
                None => "-START-",
            }
        };
        let features = [
            "b".to_owned(),
            format!("s3={}", ending(word)),
            format!("p1={}", word.chars().next().unwrap_or_default()),
            format!("w={}", neighbour(0)),
            format!("sh={}", shape(word)),
            if index == 0 { "i0" } else { "i+" }.to_owned(),
            format!("t-1={previous_tag}"),
            format!("t-2={tag_before_that}"),
            format!("t-12={previous_tag},{tag_before_that}"),
            format!("w-1={}", neighbour(-1)),
            format!("s3-1={}", ending(neighbour(-1))),
            format!("w-2={}", neighbour(-2)),
            format!("w+1={}", neighbour(1)),
            format!("s3+1={}", ending(neighbour(1))),
            format!("w+2={}", neighbour(2)),
        ];
        let mut votes = vec![0i32; TAGS.len()];
        for weights in features
            .iter()
            .filter_map(|feature| self.weights.get(feature))
        {
            for weight in weights.chunks_exact(3) {
                if let Some(vote) = votes.get_mut(usize::from(weight[0])) {
                    *vote += i32::from(i16::from_le_bytes([weight[1], weight[2]]));
                }
            }
        }
        let best = votes.iter().zip(TAGS).max().map(|(_, tag)| *tag);
        best.unwrap_or("NN")
    }

    /// The word as its neighbours see it; a rare one is only its shape.
    fn known_form(&self, word: &str) -> String {
        let form = if word.contains('-') && !word.starts_with('-') {
            "!HYPHEN".to_owned()
        } else if word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            "!YEAR".to_owned()
        } else if word.starts_with(|first: char| first.is_ascii_digit()) {
            "!DIGITS".to_owned()
        } else {
            word.to_lowercase()
        };
        if self.vocabulary.contains(&form) {
            form
        } else {
            format!("<{}>", shape(word))
        }
    }
}

/// The last three characters.
fn ending(word: &str) -> &str {
    word.char_indices()
        .rev()
        .nth(2)
        .map_or(word, |(at, _)| &word[at..])
}

/// Which kinds of characters a word is made of, and how it is capitalised.
fn shape(word: &str) -> String {
    if word.chars().all(char::is_alphabetic) {
        let lower = |text: &str| text.chars().all(char::is_lowercase);
        let mut rest = word.chars();
        let first_is_upper = rest.next().is_some_and(char::is_uppercase);
        let shape = if lower(word) {
            "x"
        } else if word.chars().all(char::is_uppercase) {
            if rest.as_str().is_empty() { "X1" } else { "XX" }
        } else if first_is_upper && lower(rest.as_str()) {
            "Xx"
        } else {
            "xX"
        };
        return shape.to_owned();
    }
    if word.chars().all(|symbol| symbol.is_ascii_digit()) {
        return "d".to_owned();
    }
    let kind = |symbol: char| match symbol {
        _ if symbol.is_ascii_digit() => 'd',
        _ if symbol.is_alphabetic() => 'x',
        _ => symbol,
    };
    word.chars().take(4).map(kind).collect()
}
