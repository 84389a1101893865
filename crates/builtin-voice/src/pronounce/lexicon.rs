//! Pronunciations from the dictionary: a careful list ("gold", with heteronyms by part of speech), a rougher one
//! ("silver"), endings (-s, -ed, -ing) that either may take, letters spelt out, and the function words whose sound
//! depends on their neighbours.

use super::stress::{self, PRIMARY, SECONDARY, Stress};
use super::tagger::Tag;
use crate::Error;
use crate::table::{Table, baked_table};

/// What follows a word, as far as it changes the word's sound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Following {
    /// Whether the next sound is a vowel; `None` at the end of a phrase.
    pub(super) vowel: Option<bool>,
    /// Whether the next word is "to".
    pub(super) to: bool,
}

/// A word to look up: its spelling and what decides between its pronunciations.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    pub(super) word: &'a str,
    /// Empty when unknown.
    pub(super) tag: Tag,
    pub(super) stress: Option<Stress>,
    /// `None` for words inside a number, where position does not matter.
    pub(super) following: Option<Following>,
}

impl<'a> Query<'a> {
    /// A word by itself, as numbers and symbols need it.
    pub(super) fn plain(word: &'a str, stress: Option<Stress>) -> Query<'a> {
        Query {
            word,
            tag: "",
            stress,
            following: None,
        }
    }

    fn with_word<'b>(self, word: &'b str) -> Query<'b> {
        Query {
            word,
            tag: self.tag,
            stress: self.stress,
            following: self.following,
        }
    }
}

pub(super) struct Lexicon {
    gold: Table,
    silver: Table,
}

/// Symbols read as a word.
const SYMBOLS: [(&str, &str); 4] = [("%", "percent"), ("&", "and"), ("+", "plus"), ("@", "at")];

impl Lexicon {
    pub(super) fn load() -> Result<Lexicon, Error> {
        Ok(Lexicon {
            gold: baked_table!("gold")?,
            silver: baked_table!("silver")?,
        })
    }

    /// The pronunciation of a word in its context: a function word, a dictionary word, or one with an ending.
    pub(super) fn word(&self, query: Query) -> Option<String> {
        if let Some(phonemes) = self.function_word(query) {
            return Some(phonemes);
        }
        let lowercase = query.word.to_lowercase();
        let query = if self.reads_as_lowercase(query, &lowercase) {
            query.with_word(&lowercase)
        } else {
            query
        };
        let word = query.word;
        if self.is_known(word) {
            return self.look_up(query);
        }
        if let Some(owner) = word.strip_suffix("s'") {
            let possessive = format!("{owner}'s");
            if self.is_known(&possessive) {
                return self.look_up(query.with_word(&possessive));
            }
        }
        if let Some(stem) = word.strip_suffix('\'')
            && self.is_known(stem)
        {
            return self.look_up(query.with_word(stem));
        }
        let raised = Query {
            stress: query.stress.or(Some(Stress::Raised)),
            ..query
        };
        self.ending_s(query)
            .or_else(|| self.ending_ed(query))
            .or_else(|| self.ending_ing(raised))
    }

    /// The dictionary's pronunciation of a word, spelt out letter by letter where it has none.
    pub(super) fn look_up(&self, query: Query) -> Option<String> {
        let lowercase;
        let (mut word, mut is_name) = (query.word, false);
        if word == word.to_uppercase() && self.gold(word).is_none() {
            lowercase = word.to_lowercase();
            word = &lowercase;
            is_name = query.tag == "NNP";
        }
        let entry = match self.gold(word) {
            None if !is_name => self.silver(word),
            found => found,
        };
        let phonemes = entry.and_then(|entry| choose(entry, query.tag, query.following));
        match phonemes {
            Some(phonemes) if !is_name || phonemes.contains(PRIMARY) => {
                Some(stress::apply(phonemes, query.stress))
            }
            phonemes => self
                .spell(word)
                .or_else(|| phonemes.map(|found| stress::apply(found, query.stress))),
        }
    }

    /// The letters of a word by name, the last one stressed.
    pub(super) fn spell(&self, word: &str) -> Option<String> {
        let mut letters = String::new();
        for letter in word.chars().filter(|symbol| symbol.is_alphabetic()) {
            letters.push_str(self.gold(&letter.to_uppercase().to_string())?);
        }
        let mut phonemes = stress::apply(&letters, Some(Stress::Level));
        if let Some(last) = phonemes.rfind(SECONDARY) {
            phonemes.replace_range(last..last + SECONDARY.len_utf8(), "ˈ");
        }
        Some(phonemes)
    }

    /// A word with -s, -es, -ies or 's on a known stem.
    pub(super) fn ending_s(&self, query: Query) -> Option<String> {
        let word = query.word;
        let length = word.chars().count();
        let stem = word.strip_suffix('s')?;
        let known = |stem: &str| self.is_known(stem).then(|| stem.to_owned());
        let bare = || {
            if length >= 3 && !word.ends_with("ss") {
                known(stem)
            } else {
                None
            }
        };
        let possessive = || {
            let es = length > 4 && word.ends_with("es") && !word.ends_with("ies");
            if length >= 3 && (word.ends_with("'s") || es) {
                known(&stem[..stem.len() - 1])
            } else {
                None
            }
        };
        let ies = || {
            if length > 4 {
                known(&format!("{}y", word.strip_suffix("ies")?))
            } else {
                None
            }
        };
        let stem = bare().or_else(possessive).or_else(ies)?;
        add_s(&self.look_up(query.with_word(&stem))?)
    }

    fn ending_ed(&self, query: Query) -> Option<String> {
        let word = query.word;
        let length = word.chars().count();
        let known = |stem: &str| self.is_known(stem).then(|| stem.to_owned());
        let d = || {
            if length >= 4 && !word.ends_with("dd") {
                known(word.strip_suffix('d')?)
            } else {
                None
            }
        };
        let ed = || {
            if length > 4 && !word.ends_with("eed") {
                known(word.strip_suffix("ed")?)
            } else {
                None
            }
        };
        let stem = d().or_else(ed)?;
        add_ed(&self.look_up(query.with_word(&stem))?)
    }

    fn ending_ing(&self, query: Query) -> Option<String> {
        let stem = query.word.strip_suffix("ing")?;
        let length = query.word.chars().count();
        let known = |stem: &str| self.is_known(stem).then(|| stem.to_owned());
        let bare = || if length > 5 { known(stem) } else { None };
        let with_e = || {
            if length >= 5 {
                known(&format!("{stem}e"))
            } else {
                None
            }
        };
        let single = || {
            if length > 5 && is_doubled(stem) {
                known(&stem[..stem.len() - 1])
            } else {
                None
            }
        };
        let stem = bare().or_else(with_e).or_else(single)?;
        add_ing(&self.look_up(query.with_word(&stem))?)
    }

    /// Words whose sound depends on their grammar or on what follows.
    fn function_word(&self, query: Query) -> Option<String> {
        let Query { word, tag, .. } = query;
        let following = query.following.unwrap_or_default();
        if tag == "ADD" && (word == "." || word == "/") {
            let name = if word == "." { "dot" } else { "slash" };
            return self.look_up(Query::plain(name, Some(Stress::Lowered)));
        }
        if let Some((_, name)) = SYMBOLS.iter().find(|(symbol, _)| *symbol == word) {
            return self.look_up(Query {
                word: name,
                tag: "",
                stress: None,
                ..query
            });
        }
        if is_dotted_acronym(word) {
            return self.spell(word);
        }
        let phonemes = match word {
            "a" | "A" if tag == "DT" => "ɐ",
            "a" | "A" => "ˈA",
            "am" | "Am" | "AM" if tag.starts_with("NN") => return self.spell(word),
            "am" if following.vowel.is_some()
                && query.stress.is_none_or(|stress| stress < Stress::Raised) =>
            {
                "ɐm"
            }
            "am" | "Am" | "AM" => self.gold("am")?,
            "AN" if tag.starts_with("NN") => return self.spell(word),
            "an" | "An" | "AN" => "ɐn",
            "I" if tag == "PRP" => "ˌI",
            "by" | "By" | "BY" if tag.starts_with("RB") => "bˈI",
            "to" | "To" => self.to(following)?,
            "TO" if tag == "TO" || tag == "IN" => self.to(following)?,
            "in" | "In" if following.vowel.is_some() && tag == "IN" => "ɪn",
            "in" | "In" => "ˈɪn",
            "IN" if following.vowel.is_some() && tag == "IN" => "ɪn",
            "IN" if tag != "NNP" => "ˈɪn",
            "the" | "The" => the(following),
            "THE" if tag == "DT" => the(following),
            "used" | "Used" | "USED" => {
                let tag = if (tag == "VBD" || tag == "JJ") && following.to {
                    "VBD"
                } else {
                    "DEFAULT"
                };
                choose(self.gold("used")?, tag, None)?
            }
            _ if tag == "IN" && matches!(word.to_lowercase().as_str(), "vs" | "vs.") => {
                return self.look_up(Query {
                    word: "versus",
                    tag: "",
                    stress: None,
                    ..query
                });
            }
            _ => return None,
        };
        Some(phonemes.to_owned())
    }

    fn to(&self, following: Following) -> Option<&str> {
        match following.vowel {
            None => self.gold("to"),
            Some(false) => Some("tə"),
            Some(true) => Some("tʊ"),
        }
    }

    /// Whether a capitalised word stands for its lowercase form, rather than being a name of its own.
    fn reads_as_lowercase(&self, query: Query, lowercase: &str) -> bool {
        let word = query.word;
        let mut rest = word.chars();
        rest.next();
        let rest = rest.as_str();
        !rest.is_empty()
            && word != lowercase
            && word
                .chars()
                .all(|symbol| symbol.is_alphabetic() || symbol == '\'')
            && (query.tag != "NNP" || word.chars().count() > 7)
            && self.gold(word).is_none()
            && self.silver(word).is_none()
            && (word == word.to_uppercase() || rest == rest.to_lowercase())
            && {
                let query = query.with_word(lowercase);
                self.gold(lowercase).is_some()
                    || self.silver(lowercase).is_some()
                    || self.ending_s(query).is_some()
                    || self.ending_ed(query).is_some()
                    || self.ending_ing(query).is_some()
            }
    }

    fn is_known(&self, word: &str) -> bool {
        if self.gold(word).is_some()
            || SYMBOLS.iter().any(|(symbol, _)| *symbol == word)
            || self.silver(word).is_some()
        {
            return true;
        }
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return false;
        }
        // One letter is spelt, and so are CAPITALS.
        word[1..].bytes().all(|byte| byte.is_ascii_uppercase())
    }

    fn gold(&self, word: &str) -> Option<&str> {
        in_either_case(&self.gold, word)
    }

    fn silver(&self, word: &str) -> Option<&str> {
        in_either_case(&self.silver, word)
    }
}

/// A lowercase entry also answers to its Capitalised form, and the other way round.
fn in_either_case<'a>(table: &'a Table, word: &str) -> Option<&'a str> {
    if let Some(entry) = table.text(word) {
        return Some(entry);
    }
    let mut rest = word.chars();
    let first = rest.next()?;
    let rest = rest.as_str();
    if rest.is_empty() || rest != rest.to_lowercase() {
        return None;
    }
    let other: String = if first.is_lowercase() {
        first.to_uppercase().collect()
    } else {
        first.to_lowercase().collect()
    };
    table.text(&format!("{other}{rest}"))
}

/// The pronunciation for a part of speech, from an entry as `build.rs` writes it. `None` means "spell it".
fn choose(entry: &str, tag: Tag, following: Option<Following>) -> Option<&str> {
    let Some(by_tag) = entry.strip_prefix('|') else {
        return Some(entry);
    };
    let of = |wanted: &str| {
        by_tag
            .split('|')
            .find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='))
    };
    let at_phrase_end = following.is_some_and(|following| following.vowel.is_none());
    let phonemes = if let Some(final_form) = of("None").filter(|_| at_phrase_end) {
        Some(final_form)
    } else {
        of(tag)
            .or_else(|| of(word_class(tag)))
            .or_else(|| of("DEFAULT"))
    };
    phonemes.filter(|phonemes| !phonemes.is_empty())
}

fn word_class(tag: Tag) -> &'static str {
    match tag {
        _ if tag.starts_with("VB") => "VERB",
        _ if tag.starts_with("NN") => "NOUN",
        _ if tag.starts_with("RB") => "ADV",
        _ if tag.starts_with("JJ") => "ADJ",
        _ => tag,
    }
}

fn the(following: Following) -> &'static str {
    if following.vowel == Some(true) {
        "ði"
    } else {
        "ðə"
    }
}

/// "U.S.", "p.m.", "e.g.": letters between full stops, at most two together.
fn is_dotted_acronym(word: &str) -> bool {
    word.trim_matches('.').contains('.')
        && word
            .chars()
            .all(|symbol| symbol == '.' || symbol.is_alphabetic())
        && word.split('.').all(|part| part.chars().count() < 3)
}

/// Whether a stem doubled its last consonant before -ing: "running", "picnicking".
fn is_doubled(stem: &str) -> bool {
    let mut backwards = stem.chars().rev();
    match (backwards.next(), backwards.next()) {
        (Some('k'), Some('c')) => true,
        (Some(last), Some(before)) => last == before && "bcdgklmnprstvxz".contains(last),
        _ => false,
    }
}

/// Whether a `t` after this phoneme is flapped in American English ("waiting", "started").
fn flaps(phoneme: Option<char>) -> bool {
    phoneme.is_some_and(|phoneme| "AIOWYiuæɑəɛɪɹʊʌ".contains(phoneme))
}

pub(super) fn add_s(stem: &str) -> Option<String> {
    Some(match stem.chars().next_back()? {
        'p' | 't' | 'k' | 'f' | 'θ' => format!("{stem}s"),
        's' | 'z' | 'ʃ' | 'ʒ' | 'ʧ' | 'ʤ' => format!("{stem}ᵻz"),
        _ => format!("{stem}z"),
    })
}

pub(super) fn add_ed(stem: &str) -> Option<String> {
    let mut backwards = stem.chars().rev();
    Some(match backwards.next()? {
        'p' | 'k' | 'f' | 'θ' | 'ʃ' | 's' | 'ʧ' => format!("{stem}t"),
        'd' => format!("{stem}ᵻd"),
        't' => match backwards.next() {
            None => format!("{stem}ɪd"),
            before if flaps(before) => format!("{}ɾᵻd", &stem[..stem.len() - 1]),
            _ => format!("{stem}ᵻd"),
        },
        _ => format!("{stem}d"),
    })
}

pub(super) fn add_ing(stem: &str) -> Option<String> {
    let mut backwards = stem.chars().rev();
    Some(match backwards.next()? {
        't' if flaps(backwards.next()) => format!("{}ɾɪŋ", &stem[..stem.len() - 1]),
        _ => format!("{stem}ɪŋ"),
    })
}
