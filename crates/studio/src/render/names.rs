//! How finished files are called: a template with fields, pure.

use std::fmt;
use std::str::FromStr;

use narration::assembly::Split;
use serde::{Deserialize, Serialize};

use crate::save::{is_device, without_forbidden};

/// The longest name without its ending, in bytes: file systems take 255, and a temporary name is a little longer.
const LONGEST: usize = 200;

/// The name of a file with fields in it: `{title}`, `{author}`, `{number}`, `{chapter}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NameTemplate {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    Field(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Title,
    Author,
    Number,
    Chapter,
}

const FIELDS: [(&str, Field); 4] = [
    ("title", Field::Title),
    ("author", Field::Author),
    ("number", Field::Number),
    ("chapter", Field::Chapter),
];

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A field of another name.
    #[error(
        "there is no field {{{0}}}; there are {{title}}, {{author}}, {{number}} and {{chapter}}"
    )]
    UnknownField(String),
    /// A brace without its other.
    #[error("a field begins with {{ and ends with }}")]
    Brace,
    /// A character that cannot be in the name of a file.
    #[error("{0:?} cannot be in the name of a file")]
    Forbidden(char),
    /// Without a field, every narration would have the same name.
    #[error(
        "a name needs at least one of the fields {{title}}, {{author}}, {{number}} and {{chapter}}"
    )]
    NoField,
}

/// What the fields stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub(super) title: &'a str,
    pub(super) author: &'a str,
    /// Of the file among its kind, from 1, and of the last.
    pub(super) number: (usize, usize),
    pub(super) chapter: &'a str,
}

impl NameTemplate {
    /// What names are without a template of one's own.
    pub fn usual(split: Split) -> Self {
        let space = || Piece::Words(" ".to_owned());
        let mut pieces = vec![Piece::Field(Field::Title)];
        if split != Split::None {
            pieces.extend([space(), Piece::Field(Field::Number)]);
        }
        if split == Split::Chapter {
            pieces.extend([space(), Piece::Field(Field::Chapter)]);
        }
        Self { pieces }
    }

    /// The name without its ending, for every system: neither too long nor empty nor that of a device.
    pub(super) fn fill(&self, values: Values<'_>) -> String {
        let mut room = LONGEST;
        loop {
            let name = self.fill_within(values, room);
            if name.len() <= LONGEST {
                return name;
            }
            // Every field becomes shorter, so that those behind the longest one are not lost.
            room /= 2;
            if room == 0 {
                return name.chars().take(LONGEST / 4).collect();
            }
        }
    }

    fn fill_within(&self, values: Values<'_>, room: usize) -> String {
        let mut name = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => name.push_str(words),
                Piece::Field(Field::Title) => name.push_str(&shortened(values.title, room)),
                Piece::Field(Field::Author) => name.push_str(&shortened(values.author, room)),
                Piece::Field(Field::Chapter) => name.push_str(&shortened(values.chapter, room)),
                Piece::Field(Field::Number) => {
                    let digits = values.number.1.to_string().len().max(2);
                    name.push_str(&format!("{:0digits$}", values.number.0));
                }
            }
        }
        // What stood between two fields of which one is empty.
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = name.trim_matches(['.', ' ', '-', '–', '_', ',', '…']);
        if name.is_empty() || is_device(name) {
            "Speech".to_owned()
        } else {
            name.to_owned()
        }
    }
}

/// Cleaned, and cut to about so many bytes, between words where there are any.
fn shortened(text: &str, room: usize) -> String {
    let cleaned = without_forbidden(text);
    let mut name = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.len() > room {
        let mut end = room;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let word = name[..end].rfind(' ').filter(|&at| at > end / 2);
        name.truncate(word.unwrap_or(end));
    }
    name.trim_matches(['.', ' ', '…']).to_owned()
}

impl FromStr for NameTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (words, field) = rest.split_at(at);
            let (name, after) = field
                .strip_prefix('{')
                .and_then(|field| field.split_once('}'))
                .ok_or(TemplateError::Brace)?;
            let known = FIELDS.iter().find(|(known, _)| *known == name);
            let (_, field) = known.ok_or_else(|| TemplateError::UnknownField(name.to_owned()))?;
            pieces.extend([Piece::Words(words.to_owned()), Piece::Field(*field)]);
            rest = after;
        }
        pieces.push(Piece::Words(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Words(String::new()));
        for piece in &pieces {
            if let Piece::Words(words) = piece
                && let Some((bad, _)) = words
                    .chars()
                    .zip(without_forbidden(words).chars())
                    .find(|(before, after)| before != after)
            {
                return Err(TemplateError::Forbidden(bad));
            }
        }
        if pieces.iter().all(|piece| matches!(piece, Piece::Words(_))) {
            return Err(TemplateError::NoField);
        }
        Ok(Self { pieces })
    }
}

impl TryFrom<String> for NameTemplate {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        text.parse()
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Words(words) => formatter.write_str(words),
            Piece::Field(field) => {
                let known = FIELDS.iter().find(|(_, known)| known == field);
                write!(formatter, "{{{}}}", known.map_or("", |(name, _)| name))
            }
        })
    }
}

impl From<NameTemplate> for String {
    fn from(template: NameTemplate) -> Self {
        template.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(title: &'a str, chapter: &'a str) -> Values<'a> {
        Values {
            title,
            author: "",
            number: (7, 120),
            chapter,
        }
    }

    #[test]
    fn fields_are_filled_and_what_stands_between_empty_ones_is_left_out() {
        let template: NameTemplate = "{number} - {title} - {chapter}".parse().unwrap();
        assert_eq!(
            template.fill(values("The Keeper", "1: Fog")),
            "007 - The Keeper - 1 Fog"
        );
        assert_eq!(template.fill(values("The Keeper", "")), "007 - The Keeper");
        assert_eq!(template.to_string().parse(), Ok(template));
    }

    #[test]
    fn a_name_is_never_too_long_empty_or_a_device() {
        let template: NameTemplate = "{chapter} {title} {number}".parse().unwrap();
        let name = template.fill(values(&"अध्याय ".repeat(90), &"雨".repeat(300)));
        assert!(name.len() <= LONGEST && name.ends_with("007"), "{name}");
        let template: NameTemplate = "{title}".parse().unwrap();
        for title in ["", "???", "con", "..."] {
            assert_eq!(template.fill(values(title, "")), "Speech");
        }
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        let refused = |text: &str| text.parse::<NameTemplate>().unwrap_err();
        assert_eq!(
            refused("{name}"),
            TemplateError::UnknownField("name".into())
        );
        assert_eq!(refused("{title"), TemplateError::Brace);
        assert_eq!(refused("a}"), TemplateError::Brace);
        assert_eq!(refused("a/{title}"), TemplateError::Forbidden('/'));
        assert_eq!(refused("same"), TemplateError::NoField);
    }
}
