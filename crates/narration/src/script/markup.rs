//! Directions that a writer puts into a text: `[pause 1.5s]`, `[voice: Sophie]`, `[spell: HTML]`, `[skip: …]`.
//!
//! What it is: where directions stand and what they say. They are never spoken, and never change the text itself, so
//! that a window can show each as what it is. Whatever is not exactly a direction is ordinary text. `\[` is a bracket
//! that begins no direction. docs/markup.md tells it to writers.

use std::ops::Range;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;

/// The longest pause that can be asked for; a longer one is shortened to it.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What `[pause]` without a length is.
const USUAL_PAUSE: Duration = Duration::from_secs(1);

/// The longest name of a voice, and the longest word to spell, in bytes.
const LONGEST_NAME: usize = 120;

/// One direction and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direction {
    /// Bytes of the text, with its brackets.
    pub range: Range<usize>,
    /// What it says.
    pub kind: DirectionKind,
}

/// What a direction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectionKind {
    /// Silence of this length instead of the usual one, up to [`LONGEST_PAUSE`].
    Pause(Duration),
    /// The rest of the paragraph is spoken by this voice; standing alone, all that follows. `None` is the usual voice.
    Voice(Option<String>),
    /// These bytes are spoken letter by letter.
    Spell(Range<usize>),
    /// Nothing of it is spoken.
    Skip,
    /// The backslash before a bracket that begins no direction.
    Escape,
}

/// All directions of a text, in order, none overlapping. Time grows with the text alone.
#[must_use]
pub fn directions(text: &str) -> Vec<Direction> {
    let mut found: Vec<Direction> = Vec::new();
    // Beginnings of stretches to skip, by their index among the found, until their end comes.
    let mut skips: Option<usize> = None;
    let mut at = 0;
    while let Some(offset) = text[at..].find('[') {
        let start = at + offset;
        at = start + 1;
        if text[..start].ends_with('\\') {
            found.push(Direction {
                range: start - 1..start,
                kind: DirectionKind::Escape,
            });
            continue;
        }
        let Some(read) = read(&text[start..]) else {
            continue;
        };
        let range = start..start + read.length;
        at = range.end;
        match read.kind {
            Read::Pause(length) => found.push(Direction {
                range,
                kind: DirectionKind::Pause(length),
            }),
            Read::Voice(name) => found.push(Direction {
                range,
                kind: DirectionKind::Voice(name),
            }),
            Read::Spell(inside) => found.push(Direction {
                range,
                kind: DirectionKind::Spell(start + inside.start..start + inside.end),
            }),
            Read::Skip => found.push(Direction {
                range,
                kind: DirectionKind::Skip,
            }),
            Read::SkipBegins if skips.is_none() => {
                skips = Some(found.len());
                found.push(Direction {
                    range,
                    kind: DirectionKind::Skip,
                });
            }
            Read::SkipEnds => {
                if let Some(index) = skips.take() {
                    found.truncate(index + 1);
                    found[index].range.end = range.end;
                }
            }
            Read::SkipBegins => {}
        }
    }
    // A beginning without an end skips nothing: silence to the end of a book would be a trap.
    if let Some(index) = skips {
        found.remove(index);
    }
    found
}

/// The words of a stretch of text as they are spoken: directions followed, white space in single spaces, without signs
/// that have no sound.
#[must_use]
pub fn speech(text: &str) -> String {
    let mut speech = Speech {
        words: String::with_capacity(text.len()),
        after_direction: false,
    };
    if !text.contains('[') {
        speech.push(text);
        return speech.finish();
    }
    let mut at = 0;
    for direction in directions(text) {
        speech.push(&text[at..direction.range.start]);
        at = direction.range.end;
        match direction.kind {
            DirectionKind::Spell(letters) => speech.spell(&text[letters]),
            DirectionKind::Escape => {}
            DirectionKind::Pause(_) | DirectionKind::Voice(_) | DirectionKind::Skip => {
                speech.space();
                speech.after_direction = true;
            }
        }
    }
    speech.push(&text[at..]);
    speech.finish()
}

/// Letters and digits one by one: “HTML” → “H T M L”.
fn spelled(word: &str) -> impl Iterator<Item = String> {
    word.graphemes(true)
        .filter(|letter| letter.chars().any(char::is_alphanumeric))
        .map(str::to_uppercase)
}

struct Speech {
    words: String,
    after_direction: bool,
}

impl Speech {
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_whitespace() {
                self.space();
            } else if !is_soundless(character) {
                if self.after_direction
                    && matches!(character, ',' | '.' | ';' | ':' | '!' | '?' | ')' | '…')
                {
                    self.words.truncate(self.words.trim_end().len());
                }
                self.after_direction = false;
                self.words.push(character);
            }
        }
    }

    fn space(&mut self) {
        if !self.words.is_empty() && !self.words.ends_with(' ') {
            self.words.push(' ');
        }
    }

    fn spell(&mut self, word: &str) {
        for (index, letter) in spelled(word).enumerate() {
            if index > 0 {
                self.words.push(' ');
            }
            self.words.push_str(&letter);
        }
    }

    fn finish(mut self) -> String {
        self.words.truncate(self.words.trim_end().len());
        self.words
    }
}

/// Signs of layout: soft hyphen, zero-width space, word joiner, byte order mark.
fn is_soundless(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

struct Found {
    length: usize,
    kind: Read,
}

enum Read {
    Pause(Duration),
    Voice(Option<String>),
    Spell(Range<usize>),
    Skip,
    SkipBegins,
    SkipEnds,
}

/// The direction at the start of a text that begins with a bracket.
fn read(text: &str) -> Option<Found> {
    const WORDS: [&str; 5] = ["pause", "voice", "spell", "skip", "/skip"];
    let body = text.get(1..)?;
    let word = WORDS.into_iter().find(|word| {
        body.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    })?;
    let rest = &body[word.len()..];
    // No direction lies within another, so each stretch is searched once.
    let is_end = |sign: char| matches!(sign, ']' | '[') || (sign == '\n' && word != "skip");
    let end = rest.find(is_end)?;
    if !rest[end..].starts_with(']') {
        return None;
    }
    let inside = &rest[..end];
    let length = 1 + word.len() + end + 1;
    let argument = argument(inside);
    let kind = match (word, argument) {
        ("pause", None) => Read::Pause(USUAL_PAUSE),
        ("pause", Some(_)) => Read::Pause(pause(inside)?),
        ("voice", None) => Read::Voice(None),
        ("voice", Some(name)) => {
            let name = colon_argument(inside, name)?;
            (name.len() <= LONGEST_NAME).then(|| Read::Voice(Some(name.to_owned())))?
        }
        ("spell", Some(letters)) => {
            let letters = colon_argument(inside, letters)?;
            if letters.len() > LONGEST_NAME || !letters.contains(char::is_alphanumeric) {
                return None;
            }
            let start = 1 + word.len() + inside.rfind(letters)?;
            Read::Spell(start..start + letters.len())
        }
        ("skip", None) => Read::SkipBegins,
        ("skip", Some(words)) => {
            colon_argument(inside, words)?;
            Read::Skip
        }
        ("/skip", None) => Read::SkipEnds,
        _ => return None,
    };
    Some(Found { length, kind })
}

/// What stands after the word, without colon and surrounding white space; `None` if nothing does.
fn argument(inside: &str) -> Option<&str> {
    let argument = inside.trim();
    let argument = argument.strip_prefix(':').unwrap_or(argument).trim();
    (!argument.is_empty()).then_some(argument)
}

/// The argument, if a colon sets it off: `[skipper]` and `[voice mail]` are no directions.
fn colon_argument<'t>(inside: &str, argument: &'t str) -> Option<&'t str> {
    inside.trim_start().starts_with(':').then_some(argument)
}

/// `1.5s`, `0,8 s`, `500ms`, `2 sec`, `: 1s`.
fn pause(inside: &str) -> Option<Duration> {
    let is_apart = inside.starts_with([' ', ':', '\u{a0}', '\t']);
    let argument = argument(inside).filter(|argument| is_apart && argument.len() <= 24)?;
    let digits = argument
        .find(|sign: char| !sign.is_ascii_digit() && sign != '.' && sign != ',')
        .unwrap_or(argument.len());
    let number: f64 = argument[..digits].replace(',', ".").parse().ok()?;
    let seconds = match argument[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "second" | "seconds" => number,
        "ms" | "millisecond" | "milliseconds" => number / 1000.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(
        seconds.clamp(0.0, LONGEST_PAUSE.as_secs_f64()),
    ))
}

/// A copy of a stretch of text, byte for byte as long, in which directions are spaces, words to spell are one word, and
/// line breaks are spaces. `at` is where the stretch lies in the text that the directions were found in.
pub(super) fn masked(stretch: &str, at: usize, directions: &[Direction]) -> String {
    let mut masked = String::with_capacity(stretch.len());
    let mut from = 0;
    let plain = |masked: &mut String, words: &str| {
        for character in words.chars() {
            masked.push(if matches!(character, '\n' | '\t') {
                ' '
            } else {
                character
            });
        }
    };
    for direction in directions {
        let start = direction.range.start.max(at) - at;
        let end = direction.range.end.min(at + stretch.len()).max(at) - at;
        if start >= end {
            continue;
        }
        plain(&mut masked, &stretch[from..start]);
        let sign = match direction.kind {
            DirectionKind::Spell(_) => "X",
            // Something visible, so that a stretch never begins behind it and takes the bracket for a direction.
            DirectionKind::Escape => "(",
            DirectionKind::Pause(_) | DirectionKind::Voice(_) | DirectionKind::Skip => " ",
        };
        masked.push_str(&sign.repeat(end - start));
        from = end;
    }
    plain(&mut masked, &stretch[from..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<DirectionKind> {
        directions(text)
            .into_iter()
            .map(|direction| direction.kind)
            .collect()
    }

    #[test]
    fn lengths_of_pauses_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("[pause 1.5s]", 1500),
            ("[pause 500ms]", 500),
            ("[PAUSE 2 s]", 2000),
            ("[pause: 0,8 sec]", 800),
            ("[pause 3]", 3000),
            ("[pause]", 1000),
            ("[pause 9999s]", 60_000),
            ("[pause 0s]", 0),
        ] {
            let length = Duration::from_millis(milliseconds);
            assert_eq!(kinds(text), [DirectionKind::Pause(length)], "{text}");
        }
    }

    #[test]
    fn what_is_not_exactly_a_direction_is_text() {
        for text in [
            "[pause for breath]",
            "[paused]",
            "[pause -1s]",
            "[pause 1.2.3s]",
            "[pause 1 h]",
            "[voice mail]",
            "[voicemail]",
            "[spell: …]",
            "[spell]",
            "[skipper]",
            "[sic]",
            "[...]",
            "[1]",
            "[pause 1s",
            "[voice: a\nb]",
            "[/skip]",
            "[skip]",
            "[",
        ] {
            assert_eq!(kinds(text), [], "{text}");
            assert_eq!(speech(text), text.replace('\n', " "), "{text}");
        }
    }

    #[test]
    fn directions_are_not_spoken() {
        for (text, spoken) in [
            ("Wait [pause 1s] there.", "Wait there."),
            ("Wait[pause 1s]there.", "Wait there."),
            ("Wait [pause 1s], there [skip: ha ha].", "Wait, there."),
            ("[voice: Sophie] Hello.", "Hello."),
            ("It is [spell: HTML5]-like.", "It is H T M L 5-like."),
            ("[spell: a-b é]", "A B É"),
            ("One [skip]two [pause 1s] three[/skip] four.", "One four."),
            ("One [skip]two.", "One [skip]two."),
            (r"\[pause 1s] is \[text].", "[pause 1s] is [text]."),
            ("Do\u{ad}nau\u{200b}dampf\tschiff", "Donaudampf schiff"),
        ] {
            assert_eq!(speech(text), spoken, "{text}");
        }
    }

    #[test]
    fn a_masked_text_is_as_long_as_the_text() {
        let text = "ä [pause 1s]\t[spell: Äb]\n\\[x] [skip]é[/skip] [voice: Zoë]ö";
        let masked = masked(text, 0, &directions(text));
        assert_eq!(masked.len(), text.len());
        assert_eq!(
            masked.split_whitespace().collect::<Vec<_>>(),
            ["ä", "XXXXXXXXXXXX", "([x]", "ö"]
        );
    }
}
