//! From one sentence to the phonemes of its sound: write out numbers and abbreviations, split into tokens, tag parts of
//! speech, look up, and let a small network read what no dictionary has.
//!
//! Invariants: never panics, and time and memory grow with the length of the sentence only; callers keep sentences
//! short. The result is in the voice's alphabet, one character a phoneme, mark or space.

mod clean;
mod lexicon;
mod normalize;
mod number_words;
mod numbers;
mod stress;
mod subword;
mod tagger;
mod tokenize;
mod unknown;

use regex::Regex;

use crate::Error;
use lexicon::{Following, Lexicon, Query};
use normalize::Normalizer;
use stress::Stress;
use tagger::{Tag, Tagger};
use tokenize::Tokenizer;
use unknown::UnknownWords;

pub(crate) use normalize::{is_title, symbol_word};
pub(crate) use unknown::is_readable;

/// Marks that the voice hears as pauses.
const PAUSES: &str = ";:,.!?—…";
/// Characters inside a word that have no sound.
const SILENT: &str = "',-._‘’/";
const PUNCTUATION_TAGS: [Tag; 11] = [
    ".", ",", "-LRB-", "-RRB-", "``", "\"\"", "''", ":", "$", "#", "NFP",
];

pub(crate) struct Pronouncer {
    normalizer: Normalizer,
    tokenizer: Tokenizer,
    tagger: Tagger,
    lexicon: Lexicon,
    unknown: UnknownWords,
}

impl Pronouncer {
    pub(crate) fn load() -> Result<Pronouncer, Error> {
        Ok(Pronouncer {
            normalizer: Normalizer::load()?,
            tokenizer: Tokenizer::load()?,
            tagger: Tagger::load()?,
            lexicon: Lexicon::load()?,
            unknown: UnknownWords::load()?,
        })
    }

    /// The phonemes of one sentence; empty if nothing in it can be spoken.
    pub(crate) fn pronounce(&self, sentence: &str) -> Result<String, Error> {
        let mut words = group(self.tokens(&self.normalizer.normalize(&clean::clean(sentence))));
        let mut following = Following::default();
        for word in words.iter_mut().rev() {
            if word.parts.len() == 1 {
                self.pronounce_single(&mut word.parts[0], &mut following)?;
            } else {
                self.pronounce_compound(&mut word.parts, &mut following)?;
            }
        }
        let mut phonemes = String::new();
        for word in &words {
            phonemes.push_str(&word.sound());
            if word.parts.last().is_some_and(|part| part.space_after) {
                phonemes.push(' ');
            }
        }
        // The voice was trained with a flapped t written as `T` and without glottal stops.
        Ok(phonemes
            .replace('ɾ', "T")
            .replace('ʔ', "t")
            .trim()
            .to_owned())
    }

    fn tokens(&self, sentence: &str) -> Vec<Tagged> {
        let tokens = self.tokenizer.tokenize(sentence);
        let texts: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
        let tags = self.tagger.tag(&texts);
        tokens
            .into_iter()
            .zip(tags)
            .map(|(token, tag)| Tagged {
                text: token.text,
                tag,
                space_after: token.space_after,
            })
            .collect()
    }

    fn pronounce_single(&self, part: &mut Part, following: &mut Following) -> Result<(), Error> {
        if part.sound.is_none() {
            let asked = Asked::of(std::slice::from_ref(part));
            let sound = match self.known(&asked, *following) {
                Some(sound) => sound,
                None => self.read_unknown(&part.text)?,
            };
            part.sound = Some(sound);
        }
        let sound = part.sound.as_deref().unwrap_or_default();
        *following = following_word(*following, sound, &part.text, part.tag);
        Ok(())
    }

    /// Looks for the longest runs of parts that the dictionary knows, from the end backwards. If a part is left that
    /// it does not know, the whole word is read by the network.
    fn pronounce_compound(
        &self,
        parts: &mut [Part],
        following: &mut Following,
    ) -> Result<(), Error> {
        let (mut left, mut right) = (0, parts.len());
        while left < right {
            let run = &mut parts[left..right];
            let asked = run
                .iter()
                .all(|part| part.sound.is_none())
                .then(|| Asked::of(run));
            let sound = asked
                .as_ref()
                .and_then(|asked| self.known(asked, *following));
            if let (Some(asked), Some(sound)) = (asked, sound) {
                *following = following_word(*following, &sound, &asked.text, asked.tag);
                for (index, part) in run.iter_mut().enumerate() {
                    part.sound = Some(if index == 0 {
                        sound.clone()
                    } else {
                        String::new()
                    });
                }
                (left, right) = (0, left);
            } else if left + 1 < right {
                left += 1;
            } else {
                right -= 1;
                let part = &mut parts[right];
                if part.sound.is_none() {
                    if !is_silent(&part.text) {
                        return self.read_whole(parts);
                    }
                    part.sound = Some(String::new());
                }
                left = 0;
            }
        }
        balance_stress(parts);
        Ok(())
    }

    fn read_whole(&self, parts: &mut [Part]) -> Result<(), Error> {
        let sound = self.read_unknown(&joined_text(parts))?;
        for part in parts.iter_mut() {
            part.sound = Some(String::new());
            part.space_before = false;
        }
        if let Some(first) = parts.first_mut() {
            first.sound = Some(sound);
        }
        Ok(())
    }

    /// The sound of a word in a dictionary, or of a number.
    fn known(&self, asked: &Asked, following: Following) -> Option<String> {
        use unicode_normalization::UnicodeNormalization;
        let word: String = asked.spelling.replace(['‘', '’'], "'").nfkc().collect();
        let stress = if word == word.to_lowercase() {
            None
        } else if word == word.to_uppercase() {
            Some(Stress::Strong)
        } else {
            Some(Stress::Raised)
        };
        let query = Query {
            word: &word,
            tag: asked.tag,
            stress,
            following: Some(following),
        };
        if let Some(sound) = self.lexicon.word(query) {
            let unit = asked
                .currency
                .and_then(numbers::currency_names)
                .and_then(|(unit, _)| {
                    self.lexicon
                        .ending_s(Query::plain(&format!("{unit}s"), None))
                });
            return Some(match unit {
                Some(unit) => format!("{sound} {unit}"),
                None => sound,
            });
        }
        if numbers::is_number(&word, asked.starts_word) {
            return numbers::read(&self.lexicon, &word, asked.currency, asked.starts_word);
        }
        None
    }

    fn read_unknown(&self, word: &str) -> Result<String, Error> {
        let mut sounds = Vec::new();
        for piece in subword::readable_pieces(word) {
            let sound = match piece.chars().next() {
                Some(first) if first.is_ascii_digit() => {
                    numbers::read(&self.lexicon, &piece, None, false).unwrap_or_default()
                }
                Some(first) if first.is_alphanumeric() => self.unknown.pronounce(&piece)?,
                _ => piece.chars().map(symbol_sound).collect(),
            };
            if !sound.is_empty() {
                sounds.push(sound);
            }
        }
        Ok(sounds.join(" "))
    }
}

struct Tagged {
    text: String,
    tag: Tag,
    space_after: bool,
}

/// What is written together: one part, or several that share a sound.
struct Word {
    parts: Vec<Part>,
}

impl Word {
    fn sound(&self) -> String {
        let mut sound = String::new();
        for part in &self.parts {
            let next = part.sound.as_deref().unwrap_or_default();
            if part.space_before && !next.is_empty() && !sound.is_empty() && !sound.ends_with(' ') {
                sound.push(' ');
            }
            sound.push_str(next);
        }
        sound
    }
}

struct Part {
    text: String,
    /// Read instead of `text`: "B2B" is "B to B".
    alias: Option<&'static str>,
    tag: Tag,
    space_after: bool,
    starts_word: bool,
    currency: Option<char>,
    sound: Option<String>,
    /// Whether a space separates its sound from that of the part before it.
    space_before: bool,
}

/// A run of parts as one thing to look up.
struct Asked {
    text: String,
    spelling: String,
    tag: Tag,
    starts_word: bool,
    currency: Option<char>,
}

impl Asked {
    fn of(parts: &[Part]) -> Asked {
        let text = joined_text(parts);
        let capitals = |part: &Part| {
            part.text
                .chars()
                .map(|symbol| 1 + usize::from(!is_lowest(symbol)))
                .sum::<usize>()
        };
        // The longest, most capitalised part speaks for all; the first of equals.
        let tag = parts
            .iter()
            .rev()
            .max_by_key(|part| capitals(part))
            .map_or("", |part| part.tag);
        Asked {
            spelling: parts
                .first()
                .and_then(|part| part.alias)
                .map_or_else(|| text.clone(), str::to_owned),
            text,
            tag,
            starts_word: parts.first().is_some_and(|part| part.starts_word),
            currency: parts.iter().filter_map(|part| part.currency).max(),
        }
    }
}

fn is_lowest(symbol: char) -> bool {
    let mut lower = symbol.to_lowercase();
    lower.next() == Some(symbol) && lower.next().is_none()
}

fn joined_text(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}

/// Splits tokens into parts, settles punctuation, and groups the parts that are written together.
fn group(tokens: Vec<Tagged>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut currency, mut open) = (None, false);
    for (index, token) in tokens.iter().enumerate() {
        let texts = subword::parts(&token.text);
        let next_is_number = tokens.get(index + 1).is_some_and(|next| next.tag == "CD");
        for (position, text) in texts.iter().enumerate() {
            let is_last = position + 1 == texts.len();
            let mut part = Part {
                text: text.clone(),
                alias: None,
                tag: token.tag,
                space_after: is_last && token.space_after,
                starts_word: true,
                currency: None,
                sound: None,
                space_before: false,
            };
            let symbol = single_char(text);
            let amount_sign = symbol
                .filter(|symbol| part.tag == "$" && numbers::currency_names(*symbol).is_some());
            if amount_sign.is_some() {
                currency = amount_sign;
                part.sound = Some(String::new());
            } else if let Some(sound) = punctuation_sound(&part) {
                part.sound = Some(sound);
            } else if currency.is_some() {
                if part.tag != "CD" {
                    currency = None;
                } else if is_last && !next_is_number {
                    part.currency = currency;
                }
            } else if text == "2" && between_letters(&texts, position) {
                part.alias = Some("to");
            }
            let settled = part.sound.is_some() || part.alias.is_some();
            let continues = open && !settled;
            open = !settled && !part.space_after;
            match words.last_mut() {
                Some(word) if continues => {
                    part.starts_word = false;
                    word.parts.push(part);
                }
                _ => words.push(Word { parts: vec![part] }),
            }
        }
    }
    words
}

fn single_char(text: &str) -> Option<char> {
    let mut symbols = text.chars();
    symbols.next().filter(|_| symbols.as_str().is_empty())
}

fn punctuation_sound(part: &Part) -> Option<String> {
    if part.tag == ":" && matches!(part.text.as_str(), "-" | "–") {
        return Some("—".to_owned());
    }
    if !PUNCTUATION_TAGS.contains(&part.tag)
        || part.text.chars().all(|symbol| symbol.is_ascii_alphabetic())
    {
        return None;
    }
    Some(match part.tag {
        "-LRB-" => "(".to_owned(),
        "-RRB-" => ")".to_owned(),
        "``" => "“".to_owned(),
        "\"\"" | "''" => "”".to_owned(),
        _ => part
            .text
            .chars()
            .filter(|symbol| PAUSES.contains(*symbol) || "\"“”".contains(*symbol))
            .collect(),
    })
}

fn between_letters(texts: &[String], position: usize) -> bool {
    let before = position
        .checked_sub(1)
        .and_then(|at| texts[at].chars().next_back());
    let after = texts.get(position + 1).and_then(|text| text.chars().next());
    before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic)
}

fn is_silent(text: &str) -> bool {
    text.chars().all(|symbol| SILENT.contains(symbol))
}

/// What the word before this one finds after it.
fn following_word(after: Following, sound: &str, text: &str, tag: Tag) -> Following {
    let first = sound.chars().find(|symbol| {
        stress::is_vowel(*symbol) || stress::is_consonant(*symbol) || PAUSES.contains(*symbol)
    });
    let vowel = match first {
        Some(symbol) if PAUSES.contains(symbol) => None,
        Some(symbol) => Some(stress::is_vowel(symbol)),
        None => after.vowel,
    };
    let to = matches!(text, "to" | "To") || (text == "TO" && (tag == "TO" || tag == "IN"));
    Following { vowel, to }
}

/// Settles the parts of a compound against each other: parts of different kinds are spoken apart; of several stressed
/// ones, the lighter half gives way.
fn balance_stress(parts: &mut [Part]) {
    let text = joined_text(parts);
    let kind = |symbol: char| match symbol {
        _ if symbol.is_alphabetic() => 0,
        _ if symbol.is_ascii_digit() => 1,
        _ => 2,
    };
    let mut kinds = text
        .chars()
        .filter(|symbol| !SILENT.contains(*symbol))
        .map(kind);
    let first_kind = kinds.next();
    let apart = text.contains([' ', '/']) || kinds.any(|kind| Some(kind) != first_kind);
    for part in parts.iter_mut().skip(1) {
        part.space_before = apart;
    }
    if apart {
        return;
    }
    let mut sounding: Vec<(bool, usize, usize)> = parts
        .iter()
        .enumerate()
        .filter_map(|(index, part)| {
            Some((
                index,
                part.sound.as_deref().filter(|sound| !sound.is_empty())?,
            ))
        })
        .map(|(index, sound)| {
            (
                sound.contains(stress::PRIMARY),
                stress::weight(sound),
                index,
            )
        })
        .collect();
    let stressed = sounding
        .iter()
        .filter(|(is_stressed, _, _)| *is_stressed)
        .count();
    let yielding: Vec<usize> = match sounding.as_slice() {
        [(_, _, first), (_, _, second)] if single_char(&parts[*first].text).is_some() => {
            vec![*second]
        }
        [] | [_] => return,
        _ if stressed <= sounding.len().div_ceil(2) => return,
        _ => {
            sounding.sort_unstable();
            sounding
                .iter()
                .take(sounding.len() / 2)
                .map(|(_, _, index)| *index)
                .collect()
        }
    };
    for index in yielding {
        let part = &mut parts[index];
        part.sound = part
            .sound
            .as_deref()
            .map(|sound| stress::apply(sound, Some(Stress::Lowered)));
    }
}

/// How a symbol is read when nothing else gave it a meaning.
fn symbol_sound(symbol: char) -> &'static str {
    match symbol {
        '/' => "slˈæʃ",
        '=' => "ˈikwᵊlz",
        '+' => "plˈʌs",
        '&' => "ænd",
        '@' => "æt",
        '%' => "pəɹsˈɛnt",
        '#' => "hˈæʃ",
        '*' => "ˈæstəɹˌɪsk",
        '~' => "tˈɪldə",
        '^' => "kˈɛɹət",
        '<' => "lˈɛs ðən",
        '>' => "ɡɹˈATəɹ ðən",
        '—' => "—",
        _ => "",
    }
}

/// A pattern of ours; its failure to compile is a fault of the build, reported like any other damaged part.
fn compile(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern).map_err(|_| Error::Table { name: "patterns" })
}
