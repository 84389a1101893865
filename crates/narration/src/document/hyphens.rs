//! Words divided at the end of a line: which hyphens belong to the word, and which only to the line.
//!
//! There is no dictionary. A text is its own: a word that it also has whole was divided, one that it has with a hyphen was
//! not, and the halves of a compound are words by themselves.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

/// Words of a text, as evidence.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Folded words, with and without hyphens, and how often they stand within lines.
    words: HashMap<Box<str>, u32>,
    /// Whether U+2010 stands at the ends of lines and nowhere else, as where a program divides words with it: it is then
    /// never of the word, and the hyphen of the keyboard always is.
    has_signs_of_its_own: bool,
}

/// A word put together again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mended {
    /// Bytes to take away from the end of the first line before the next one is put behind it: the hyphen, or nothing.
    pub(super) removed: usize,
    /// The word.
    pub(super) example: String,
}

/// So many different words are evidence enough.
const MOST_WORDS: usize = 200_000;

/// No more of a line is looked at for its last word, in bytes.
const LONGEST_WORD: usize = 256;

impl Vocabulary {
    pub(super) fn of(text: &str) -> Self {
        let mut words: HashMap<Box<str>, u32> = HashMap::new();
        // Without a hyphen at the end of a line there is nothing to decide.
        if !text
            .lines()
            .any(|line| line.trim_end().ends_with(is_hyphen))
        {
            return Self::default();
        }
        let (mut at_ends, mut within) = (0, 0);
        for line in text.lines() {
            let line = line.trim_end();
            at_ends += usize::from(line.ends_with('\u{2010}'));
            within += line
                .trim_end_matches('\u{2010}')
                .matches('\u{2010}')
                .count();
            for word in
                line.split(|c: char| !c.is_alphanumeric() && !is_hyphen(c) && c != '\'' && c != '’')
            {
                // The halves at the ends of lines are what is being asked about.
                if word.is_empty() || word.ends_with(is_hyphen) || words.len() >= MOST_WORDS {
                    continue;
                }
                *words.entry(folded(word).into()).or_default() += 1;
            }
        }
        Self {
            words,
            has_signs_of_its_own: at_ends > 2 && within == 0,
        }
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains_key(folded(word).as_str())
    }

    /// Small words that hardly any other language has together.
    fn is_french(&self) -> bool {
        ["est", "une", "les", "dans", "qui"]
            .iter()
            .filter(|word| self.has(word))
            .count()
            >= 3
    }

    /// How the end of one line and the beginning of the next belong together, if a hyphen stands between them.
    pub(super) fn mended(&self, line: &str, next: &str) -> Option<Mended> {
        let hyphen = line.chars().next_back().filter(|c| is_hyphen(*c))?;
        let body = &line[..line.len() - hyphen.len_utf8()];
        let left = last_word(body)?;
        let right = next
            .unicode_words()
            .next()
            .filter(|word| next.starts_with(word))?;
        let begins_small = right.chars().next().is_some_and(char::is_lowercase);
        let joined = format!("{left}{right}");
        let compound = format!("{left}-{right}");
        let is_divided = if self.has_signs_of_its_own {
            hyphen != '-'
        } else if hyphen == '\u{ad}' || self.has(&joined) {
            true
        } else if self.has(&compound)
            || !begins_small
            || left.contains('-')
            || is_number(left)
            || self.is_french() && is_french_compound(left, right)
        {
            false
        } else {
            // “well-known” has two words of the text in it, “exam-ple” has not.
            let are_words = self.has(left)
                && self.has(right)
                && left.chars().count() > 2
                && right.chars().count() > 2;
            !are_words && !is_prefix(left)
        };
        Some(if is_divided {
            Mended {
                removed: hyphen.len_utf8(),
                example: joined,
            }
        } else {
            Mended {
                removed: 0,
                example: compound,
            }
        })
    }
}

/// The hyphens that divide words. A dash is none, and neither is a non-breaking hyphen.
fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{ad}')
}

fn is_number(word: &str) -> bool {
    word.chars().all(char::is_numeric)
}

/// Beginnings of words that keep their hyphen.
fn is_prefix(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "self" | "ex" | "non" | "anti" | "semi" | "quasi" | "vice" | "half" | "all" | "well"
    )
}

/// `viendrait-il`, `peut-être`: what French writes with a hyphen wherever it stands.
fn is_french_compound(left: &str, right: &str) -> bool {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    let follows_verb = matches!(
        right.as_str(),
        "il" | "ils"
            | "elle"
            | "elles"
            | "on"
            | "ce"
            | "je"
            | "tu"
            | "nous"
            | "vous"
            | "le"
            | "la"
            | "les"
            | "moi"
            | "toi"
            | "lui"
            | "leur"
            | "y"
            | "en"
            | "là"
            | "ci"
            | "même"
            | "mêmes"
    );
    let is_pair = matches!(
        (left.as_str(), right.as_str()),
        ("peut", "être")
            | ("au" | "par" | "ci" | "là", "dessus" | "dessous")
            | ("au" | "par", "delà")
            | ("là", "bas" | "haut")
            | ("après", "midi")
            | ("avant", "hier")
            | ("week", "end")
    );
    follows_verb || is_pair
}

/// The word that a line ends with, its own hyphens included (`mother-in`).
fn last_word(line: &str) -> Option<&str> {
    let line = &line[line.floor_char_boundary(line.len().saturating_sub(LONGEST_WORD))..];
    let word = line
        .rsplit(|c: char| !c.is_alphanumeric() && c != '-' && c != '’' && c != '\'')
        .next()?;
    let word = word.trim_start_matches(['-', '\'', '’']);
    (!word.is_empty()).then_some(word)
}

fn folded(word: &str) -> String {
    word.to_lowercase()
        .replace('\u{2010}', "-")
        .replace('\u{ad}', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> String {
        let vocabulary = Vocabulary::of(text);
        let mut lines = text.lines();
        let mut words = lines.next().unwrap().to_owned();
        for line in lines {
            match vocabulary.mended(&words, line) {
                Some(mended) => words.truncate(words.len() - mended.removed),
                None => words.push(' '),
            }
            words.push_str(line);
        }
        words
    }

    #[test]
    fn a_text_says_itself_which_hyphens_stay() {
        assert_eq!(mended("an exam-\nple of it"), "an example of it");
        assert_eq!(
            mended("a word is well-\nknown, as known as a well"),
            "a word is well-known, as known as a well"
        );
        assert_eq!(
            mended("the light-\nhouse stood; no lighthouse, no light, no house"),
            "the lighthouse stood; no lighthouse, no light, no house"
        );
        assert_eq!(mended("Jean-\nLuc came"), "Jean-Luc came");
        assert_eq!(mended("mother-in-\nlaw"), "mother-in-law");
        assert_eq!(mended("1914-\n1918"), "1914-1918");
        assert_eq!(mended("he waited -\nand went"), "he waited - and went");
        assert_eq!(mended("Don\u{ad}\nau"), "Donau");
        assert_eq!(
            mended("une lampe qui est dans les tours viendrait-\nil? peut-\nêtre en mon-\ntagne"),
            "une lampe qui est dans les tours viendrait-il? peut-être en montagne"
        );
        assert_eq!(
            mended("go a\u{2010}\nhead, main\u{2010}\ntain, Over\u{2010}\nView a so-\ncalled"),
            "go ahead, maintain, OverView a so-called"
        );
    }
}
