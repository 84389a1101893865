//! Whether a stop ends its sentence, judged by the word before it and what follows.

use waves::Language;

use super::asian::{goes_on_after_quotation, is_east_asian, is_quoted};
use super::lists::{is_bullet, is_marker, is_roman};
use super::pairs::Pairs;
use super::shapes::{
    has_vowel, is_acronym, is_single_letter, is_unit, is_whole_number, looks_abbreviated,
    short_number,
};
use super::stop::{Kind, Stop};
use super::token::{Case, Next, last_part, last_word, word_before_last};
use super::words::{Abbreviation, Words, is_label, is_link};
use super::{dates, english};

/// A reference in brackets behind a quotation is no longer than this, in bytes.
const CITATION: usize = 60;
/// The first letter of a sentence is sought among so many characters.
const WITHIN: usize = 64;

/// Decides for one text.
pub(super) struct Judge<'t> {
    text: &'t str,
    language: Language,
    words: &'static Words,
    pairs: &'t Pairs,
}

impl<'t> Judge<'t> {
    pub(super) fn new(text: &'t str, language: Language, pairs: &'t Pairs) -> Self {
        Self {
            text,
            language,
            words: Words::of(language),
            pairs,
        }
    }

    /// The marks that begin at `start`, with all that belongs to them.
    pub(super) fn stop(&self, start: usize, mark: char) -> Stop {
        let mut stop = Stop::read(self.text, start, mark, self.pairs);
        if stop.is_spaced && stop.dots > 3 && stop.end == stop.marks_end {
            let is_attached = !self.text[..start].ends_with(char::is_whitespace);
            let next = Next::read(&self.text[stop.end..]);
            // “…compounds. . . . The practice”: the first stop ends the sentence, the others say what is left out.
            if is_attached && next.case == Case::Upper {
                stop.end = start + 1;
                stop.marks_end = stop.end;
                stop.kind = Kind::Full;
            }
        }
        if stop.kind == Kind::Period && stop.end == stop.marks_end {
            stop.end += self.note_number(&stop);
        }
        stop
    }

    /// The length of the numbers of notes that hang on the stop: “He fell.3 The next day”, “(1987).1 12 According to”.
    fn note_number(&self, stop: &Stop) -> usize {
        let rest = &self.text[stop.end..];
        let mut length = 0;
        while let Some(digits) = short_number(&rest[length..]) {
            length += digits;
            let apart = [", ", ",", " "]
                .into_iter()
                .find(|apart| rest[length..].starts_with(apart));
            match apart.filter(|apart| short_number(&rest[length + apart.len()..]).is_some()) {
                Some(apart) => length += apart.len(),
                None => break,
            }
        }
        let next = Next::read(&rest[length..]);
        let before = &self.text[..stop.start];
        let word = last_word(before);
        let is_word = before.ends_with(')')
            || word.chars().count() > 3
                && word.chars().all(char::is_alphabetic)
                && word.ends_with(char::is_lowercase)
                && self.words.abbreviation(word).is_none();
        let is_note = length > 0 && next.is_spaced && next.case == Case::Upper && is_word;
        if is_note { length } else { 0 }
    }

    /// Whether the sentence that began at `start` ends with the stop; `has_words` tells whether it has a letter or digit.
    pub(super) fn ends(&self, stop: &Stop, start: usize, has_words: bool) -> bool {
        let next = Next::read(&self.text[stop.end..]);
        let Some(lead) = next.lead else {
            return true;
        };
        if !has_words || self.is_inside(stop) || self.is_bare_in_bracket(stop) {
            return false;
        }
        if stop.kind == Kind::Full {
            return self.full_ends(stop, start, &next, lead);
        }
        if !next.is_spaced {
            return self.unspaced_ends(stop, start, &next, lead);
        }
        if is_continuing(lead) || (next.is_dashed && next.case == Case::Digit) {
            return false;
        }
        if stop.closes_quotation && self.is_citation(stop, &next) {
            return false;
        }
        if stop.closes_quotation && goes_on_after_quotation(self.language, &next) {
            return false;
        }
        match (stop.kind, next.case) {
            (_, Case::Lower) => self.ends_before_lower(stop, start, &next),
            (Kind::Strong, _) => self.strong_ends(stop, start, &next),
            (Kind::Ellipsis, _) => self.ellipsis_ends(stop, &next),
            (Kind::Period, _) => self.period_ends(stop, start, &next),
            (Kind::Full, _) => true,
        }
    }

    /// Whether the stop lies within a quotation or bracket that is not divided.
    fn is_inside(&self, stop: &Stop) -> bool {
        self.pairs
            .around(stop.start)
            .is_some_and(|whole| stop.end <= whole.end)
    }

    /// `[…]`, `(?)`: a mark that is said about the text.
    fn is_bare_in_bracket(&self, stop: &Stop) -> bool {
        stop.closes_bracket && self.text[..stop.start].ends_with(['(', '[', '（', '［'])
    }

    fn full_ends(&self, stop: &Stop, start: usize, next: &Next<'_>, lead: char) -> bool {
        let before = self.text[..stop.start].chars().next_back();
        let is_number = self.text[stop.start..].starts_with('．')
            && before.is_some_and(char::is_numeric)
            && !next.is_spaced
            && (lead.is_numeric() || self.counts(stop.start));
        if is_number
            || self.goes_on_after_bracket(stop, start, next)
            || is_continuing(lead)
            || matches!(lead, '、' | '，' | '；' | '：')
        {
            return false;
        }
        // The number of a verse stands between two marks: ॥१॥
        let number_end = next
            .rest
            .trim_start_matches(|sign: char| sign.is_numeric() || sign == ' ');
        if number_end.len() < next.rest.len() && number_end.starts_with('॥') {
            return false;
        }
        if stop.closes_quotation && goes_on_after_quotation(self.language, next)
            || is_quoted(self.language, next)
        {
            return false;
        }
        // After `?».` or `etc.).` a small letter goes on.
        let is_latin = self.text[stop.start..].starts_with(['.', '!', '?', '…']);
        !(next.case == Case::Lower && is_latin)
    }

    /// `１．` at the beginning, or behind a mark: the number of an item.
    fn counts(&self, stop: usize) -> bool {
        let before = self.text[..stop].trim_end_matches(char::is_numeric);
        before
            .chars()
            .next_back()
            .is_none_or(|sign| !sign.is_alphanumeric())
    }

    /// `彼は（昨日。）来た。`: where no capital tells, a bracket that began within the sentence does not end it.
    fn goes_on_after_bracket(&self, stop: &Stop, start: usize, next: &Next<'_>) -> bool {
        let closes_last = stop.closes_bracket
            && self.text[..stop.end].ends_with([')', ']', '）', '］', '】', '〕']);
        closes_last
            && next.case == Case::Uncased
            && self.pairs.around(stop.start).is_some_and(|bracket| {
                bracket.start > start
                    && self.text[start..bracket.start].contains(char::is_alphanumeric)
            })
    }

    /// No white space follows: “Hello world.Today”, but also every number, address and file name.
    fn unspaced_ends(&self, stop: &Stop, start: usize, next: &Next<'_>, lead: char) -> bool {
        let before = &self.text[start..stop.start];
        let has_closed = stop.end > stop.marks_end;
        let last = before.chars().next_back();
        if is_east_asian(lead) || lead == '「' || lead == '『' {
            return last.is_some_and(is_east_asian)
                && stop.kind != Kind::Ellipsis
                && !(stop.closes_quotation && goes_on_after_quotation(self.language, next));
        }
        if has_closed {
            return next.case == Case::Upper
                && (lead.is_uppercase() || next.is_opened)
                && !next.is_dashed;
        }
        if stop.kind == Kind::Ellipsis || next.lead_length > 0 && !next.is_opened {
            return false;
        }
        if next.case == Case::Uncased {
            return stop.kind == Kind::Strong;
        }
        if next.case != Case::Upper || next.is_opened {
            // “sagte er.“Dann”: an opening mark may stand close; a bracket is part of an address or of code.
            return next.is_opened
                && next.case == Case::Upper
                && matches!(lead, '"' | '“' | '„' | '«' | '¿' | '¡')
                && !self.pairs.closes(stop.end)
                && self.period_ends(stop, start, next);
        }
        let word = last_word(before);
        let is_number = word.ends_with(|digit: char| digit.is_ascii_digit());
        let is_word = word.chars().count() > 2 && word.ends_with(char::is_lowercase);
        // “1.Bread, 2.Salt” counts.
        let is_count = word.len() < 3 && is_number;
        let is_dotted = word.contains('.') && !is_number || is_count;
        let begins = next.word.chars().nth(1).is_none_or(char::is_lowercase)
            && !next.after_word.starts_with(['(', '.', '@', '/', '_']);
        // “Tuesday.Mr. Smith”: what follows is itself an abbreviation.
        let begins = begins
            || next.after_word.starts_with('.') && self.words.abbreviation(next.word).is_some();
        let is_plain = self.words.abbreviation(word).is_none() || stop.kind == Kind::Strong;
        (is_word || is_number)
            && begins
            && is_plain
            && !is_dotted
            && !chunk_around(self.text, stop.start)
                .contains(['/', '@', '=', '\\', '_', '&', '#', '<', '>'])
    }

    /// “…stairways [...]” (Smith 55).
    fn is_citation(&self, stop: &Stop, next: &Next<'_>) -> bool {
        if next.lead != Some('(') {
            return false;
        }
        let at = self.text.len() - next.rest.len();
        debug_assert!(at >= stop.end);
        self.pairs.around(at + 1).is_some_and(|bracket| {
            bracket.start == at
                && bracket.len() < CITATION
                && self.text[bracket.end + 1..].starts_with(['.', ',', ';', ':'])
        })
    }

    /// A small letter goes on with the sentence, unless whoever wrote this uses no capitals.
    fn ends_before_lower(&self, stop: &Stop, start: usize, next: &Next<'_>) -> bool {
        // “The lamp went out. ...and all was still”: a pause opens the next sentence.
        if matches!(next.lead, Some('.' | '…')) && stop.kind != Kind::Ellipsis {
            let word = last_word(&self.text[start..stop.start]);
            return self.words.abbreviation(word).is_none();
        }
        if next.is_opened || next.is_dashed || stop.closes_quotation || stop.closes_bracket {
            return false;
        }
        let sentence = &self.text[start..stop.start];
        let word = last_word(sentence);
        let letters = word.chars().count();
        let is_word = letters > 2
            && word.chars().all(char::is_alphabetic)
            && self.words.abbreviation(word).is_none();
        let is_informal = sentence
            .chars()
            .take(WITHIN)
            .find(|letter| letter.is_alphabetic())
            .is_some_and(char::is_lowercase)
            && sentence.split_whitespace().nth(1).is_some();
        match stop.kind {
            Kind::Ellipsis | Kind::Full => false,
            Kind::Strong => is_informal || self.language == Language::Greek,
            Kind::Period => {
                is_word
                    && (is_informal && has_vowel(word)
                        || self.language == Language::Greek && letters > 5)
            }
        }
    }

    fn strong_ends(&self, stop: &Stop, start: usize, next: &Next<'_>) -> bool {
        if self.language == Language::English || self.language == Language::Auto {
            if stop.closes_quotation && english::names_speaker(next.rest) {
                return false;
            }
            const NAMES: [&str; 6] = ["Yahoo", "Jeopardy", "Oklahoma", "Yum", "Wham", "E"];
            let word = last_word(&self.text[start..stop.start]);
            if NAMES.contains(&word)
                && self.text[stop.start..stop.end] == *"!"
                && !self.words.starts(next.stem())
            {
                return false;
            }
        }
        true
    }

    fn ellipsis_ends(&self, stop: &Stop, next: &Next<'_>) -> bool {
        // Where no capital tells, full stops in a row are a pause: sentences end with a mark of their own.
        if next.case == Case::Uncased
            && next.word.starts_with(|letter: char| !is_east_asian(letter))
        {
            return self.words.starts(next.word) && !self.text[..stop.start].ends_with(' ');
        }
        // The English I is a capital wherever it stands, so it tells nothing after a pause.
        let is_pause = stop.dots <= 3 && (stop.is_spaced || self.text[..stop.start].ends_with(' '));
        !(is_pause && next.stem() == "I" && !next.is_opened)
    }

    fn period_ends(&self, stop: &Stop, start: usize, next: &Next<'_>) -> bool {
        let sentence = &self.text[start..stop.start];
        let closed = &self.text[stop.marks_end..stop.end];
        if matches!(closed, "" | ")") && is_marker(sentence.trim_start()) {
            return false;
        }
        let word = last_word(sentence);
        if word.is_empty() {
            return true;
        }
        let is_initial = next.word.chars().nth(1).is_none() && next.after_word.starts_with('.');
        let starts =
            !is_initial && (self.words.starts(next.word) || self.words.starts(next.stem()));
        // What opens after the stop begins a sentence more often than not.
        let begins = starts
            || matches!(next.lead, Some('¿' | '¡'))
            || next.lead.is_some_and(is_bullet)
            || next.case == Case::Other;
        // “im 1. –3. Jahrhundert”, “vom 1.-3. Mai”: the last number of a range.
        let number = word.rsplit(['-', '–']).next().unwrap_or(word);
        if is_whole_number(number) && (number == word || self.words.ordinals) {
            return self.number_ends(sentence, number, begins, next);
        }
        if word.starts_with(|digit: char| digit.is_ascii_digit()) && !word.contains('.') {
            return true;
        }
        match self.meaning(sentence, word, next) {
            Some(Abbreviation::Ends) => true,
            Some(Abbreviation::Leads) => {
                next.case == Case::Other
                    && !matches!(next.lead, Some('§' | '№' | '#' | '$' | '€' | '£'))
            }
            Some(Abbreviation::Numbers) => !leads_number(next),
            Some(Abbreviation::Either)
                if next.case == Case::Upper
                    && (english::is_time(word)
                        || english::is_era(word) && follows_number(sentence, word)) =>
            {
                self.language != Language::English
                    || starts
                        && (next.stem() != "I"
                            || !sentence.trim_start().starts_with(char::is_uppercase))
                    || english::ends_with_time(sentence, next.word)
            }
            Some(Abbreviation::Either)
                if next.case == Case::Upper && self.is_date(sentence, word) =>
            {
                starts || !dates::opens(sentence)
            }
            // “N.B. Nothing was found”, “U.S. Steel was sold”.
            Some(Abbreviation::Either) if is_acronym(word) && sentence.trim_start() == word => {
                false
            }
            Some(Abbreviation::Either) => {
                let former = word_before_last(sentence, word);
                begins && next.case != Case::Digit
                    || self.language == Language::English
                        && next.case == Case::Upper
                        && english::ends_with_degree(word, former, next.word)
            }
            None => true,
        }
    }

    /// `44 a. C.`, `52 av. J.-C.`, `1812 г.`: what counts years in the languages that write it so.
    fn is_date(&self, sentence: &str, word: &str) -> bool {
        let former = word_before_last(sentence, word);
        let unit = match former {
            "a." | "d." | "av." | "ap." => sentence[..sentence.len() - word.len()].trim_end(),
            _ => sentence,
        };
        let counted = if unit.len() == sentence.len() {
            word
        } else {
            former
        };
        dates::counts_years(self.language, former, word) && follows_number(unit, counted)
    }

    /// “Die Abstimmung vom 12. Juni”, unlike “Es waren 12. Dann”.
    fn number_ends(&self, sentence: &str, number: &str, begins: bool, next: &Next<'_>) -> bool {
        // “2020. 1. 5. 서울에서”
        if self.language == Language::Korean {
            let former = word_before_last(sentence, number);
            let is_part = former.strip_suffix('.').is_some_and(is_whole_number);
            return !(next.case == Case::Digit || is_part);
        }
        if !self.words.ordinals || number.len() > 3 {
            return true;
        }
        // “S. 225.” is a page, not the two hundred and twenty-fifth.
        let former = word_before_last(sentence, number);
        let is_counted = former
            .strip_suffix('.')
            .is_some_and(|word| self.words.abbreviation(word) == Some(Abbreviation::Numbers));
        if is_counted {
            return true;
        }
        match next.case {
            Case::Upper => begins,
            Case::Digit => next.is_opened,
            _ => true,
        }
    }

    /// What the stop after the last word of a sentence means, if that word is more than a word.
    fn meaning(&self, sentence: &str, word: &str, next: &Next<'_>) -> Option<Abbreviation> {
        let former = word_before_last(sentence, word);
        let follows_number = follows_number(sentence, word);
        if Self::is_name(sentence, word) {
            return None;
        }
        let known = self.known(word, former);
        // “100 km. Then”, “5 m. Il”: the unit of a number, whatever else the letters stand for.
        if follows_number
            && !(self.is_date(sentence, word) && dates::opens(sentence))
            && is_unit(word)
            && next.word.chars().nth(1).is_some()
            && next.case != Case::Digit
        {
            return Some(Abbreviation::Ends);
        }
        // “Sec. Clinton”, unlike “Sec. 5”.
        if self.language == Language::English
            && word == "Sec"
            && next.case == Case::Upper
            && !leads_number(next)
        {
            return Some(Abbreviation::Either);
        }
        if word == "al" && former == "et" {
            return Some(Abbreviation::Either);
        }
        // “He lives on Elm St. She does not”: a street, no saint.
        if self.language == Language::English
            && word == "St"
            && former.starts_with(char::is_uppercase)
            && self.words.starts(next.word)
        {
            return Some(Abbreviation::Either);
        }
        // “Roe v. Wade”, unlike a thing that is called v.
        if self.language == Language::English
            && word == "v"
            && !former.starts_with(char::is_uppercase)
        {
            return Some(Abbreviation::Either);
        }
        // A capital letter is a page only before a number, else the initial of a name.
        let is_initial = is_single_letter(word)
            && (known.is_none() || known == Some(Abbreviation::Numbers) && !leads_number(next));
        if known.is_some() && !is_initial {
            return known;
        }
        if is_initial {
            return self.initial(sentence, word, former, follows_number, next);
        }
        if is_acronym(word) || looks_abbreviated(word) {
            return Some(Abbreviation::Either);
        }
        if self.words.ordinals && word.len() > 1 && is_roman(word) {
            return Some(Abbreviation::Either);
        }
        None
    }

    /// `Max`, `Franz`: names that are abbreviations only in small letters, or where they begin a sentence.
    fn is_name(sentence: &str, word: &str) -> bool {
        const NAMES: [&str; 4] = ["Max", "Min", "Franz", "Schweiz"];
        NAMES.contains(&word) && sentence.trim_start() != word
    }

    /// The meaning of a known abbreviation, also of one in several words (`z. B.`) or behind an article (`l'Ing.`).
    fn known(&self, word: &str, former: &str) -> Option<Abbreviation> {
        if let Some(first) = former.strip_suffix('.')
            && word.chars().count() <= 2
            && first.chars().count() <= 2
        {
            let both = format!("{first}.{word}");
            if let Some(known) = self.words.abbreviation(&both) {
                return Some(known);
            }
        }
        // “Bahnhofstr.” is a street like “Berliner Str.”.
        let is_street = self.language == Language::German && word.ends_with("str");
        let word = if is_street { "str" } else { word };
        self.words
            .abbreviation(word)
            .or_else(|| last_part(word).and_then(|part| self.words.abbreviation(part)))
    }

    fn initial(
        &self,
        sentence: &str,
        word: &str,
        former: &str,
        follows_number: bool,
        next: &Next<'_>,
    ) -> Option<Abbreviation> {
        let letter = word.chars().next().unwrap_or_default();
        let is_english = self.language == Language::English;
        if is_english && word == "I" && !english::is_initial_i(sentence) {
            return None;
        }
        // “vitamin C.”, “vitamins B and C.”, unlike “J. Rowling and J. R. Tolkien”.
        if is_english && letter.is_uppercase() {
            let before_link =
                word_before_last(sentence[..sentence.len() - word.len()].trim_end(), former);
            let names = is_label(former)
                || is_link(former) && (is_single_letter(before_link) || is_label(before_link));
            let is_initial_next = is_single_letter(next.word) && next.after_word.starts_with('.');
            if names && !is_initial_next {
                return None;
            }
        }
        // “Это я.”: a word of one letter.
        if self.language == Language::Russian && letter.is_lowercase() && has_vowel(word) {
            return None;
        }
        if letter.is_uppercase() || letter.is_lowercase() {
            return Some(Abbreviation::Either);
        }
        // Scripts without capitals: a single letter is an initial, unless it is the unit of a number.
        (!follows_number && !is_east_asian(letter)).then_some(Abbreviation::Leads)
    }
}

/// Whether a white space between two words must not divide a request: they are one number, one name, one abbreviation.
pub(in crate::script) fn keeps_together(before: &str, after: &str, language: Language) -> bool {
    let ends_in_digit = before.ends_with(|digit: char| digit.is_numeric());
    if ends_in_digit {
        // “150 000”, “5 km”: a number with the rest of it, or with its unit.
        let letters = after
            .chars()
            .take(4)
            .take_while(|sign| sign.is_alphanumeric())
            .count();
        return after.starts_with(|digit: char| digit.is_numeric() || "%°$€£".contains(digit))
            || (1..=3).contains(&letters);
    }
    if before.ends_with(['$', '€', '£', '¥', '№', '§', '#']) {
        return true;
    }
    let Some(sentence) = before.strip_suffix('.') else {
        return false;
    };
    let word = last_word(sentence);
    is_single_letter(word) || is_acronym(word) || Words::of(language).abbreviation(word).is_some()
}

/// Punctuation that goes on with a sentence.
fn is_continuing(lead: char) -> bool {
    matches!(
        lead,
        ',' | ';' | ':' | '%' | '=' | '+' | '&' | '/' | ')' | ']' | '}' | '،' | '؛'
    )
}

/// The characters without white space around a byte; at most a few hundred.
fn chunk_around(text: &str, at: usize) -> &str {
    const REACH: usize = 120;
    let start = text[..at]
        .char_indices()
        .rev()
        .take(REACH)
        .take_while(|(_, sign)| !sign.is_whitespace())
        .last()
        .map_or(at, |(start, _)| start);
    let end = text[at..]
        .char_indices()
        .take(REACH)
        .take_while(|(_, sign)| !sign.is_whitespace())
        .last()
        .map_or(at, |(end, sign)| at + end + sign.len_utf8());
    &text[start..end]
}

/// `No. 5`, `art. IV`, `fig. B`.
fn leads_number(next: &Next<'_>) -> bool {
    next.case == Case::Digit
        || next.word != "I" && is_roman(next.word)
        || next.word.chars().count() == 1
            && !matches!(next.word, "I" | "A")
            && next.case == Case::Upper
        || matches!(next.lead, Some('№' | '#' | '§'))
        || matches!(next.word, "No" | "Nos" | "Nr") && next.after_word.starts_with('.')
}

/// Whether a number stands before the last word of a sentence.
fn follows_number(sentence: &str, word: &str) -> bool {
    let former = word_before_last(sentence, word);
    // “50 тыс. руб.”
    const LARGE: [&str; 4] = ["тыс.", "млн.", "млрд.", "млн"];
    former.ends_with(|digit: char| digit.is_ascii_digit()) || LARGE.contains(&former)
}
