//! Writes out what a dictionary cannot read: times, dates, units, abbreviations, money, numerals, symbols. Plain numbers,
//! years, ordinals and amounts in $, £ and € stay as they are; the reader of numbers knows them.
//!
//! The order of the steps matters: each works on the text the step before it left, and a later one must not see what an
//! earlier one should have taken ("10/12/2019" is a date before it is a fraction).

use regex::{Captures, Regex};

use super::compile;
use super::number_words::{cardinal, ordinal};
use crate::Error;
use words::{
    ABBREVIATIONS, CURRENCIES, NUMBERED_BY_ROMAN, ORDERED_BY_ROMAN, SYMBOLS, TITLES, UNITS,
};

mod words {
    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const FRACTIONS: [&str; 11] = [
    "", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
];
const NUMBER: &str = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?";
const MULTITUDE: &str = r"hundred|thousand|million|billion|trillion|[kKmMbB]\b";

pub(super) struct Normalizer {
    time: Regex,
    iso_date: Regex,
    slash_date: Regex,
    large_amount: Regex,
    cents: Regex,
    foreign_amount: Regex,
    degrees: Regex,
    measure: Regex,
    month_and_day: Regex,
    day_and_month: Regex,
    title: Regex,
    abbreviation: Regex,
    number_sign: Regex,
    roman: Regex,
    telephone: Regex,
    fraction: Regex,
    range: Regex,
}

impl Normalizer {
    pub(super) fn load() -> Result<Normalizer, Error> {
        let short_months = MONTHS.iter().map(|month| &month[..3]);
        let months = any_of(MONTHS.iter().copied().chain(short_months).chain(["Sept"]));
        let titles = any_of(TITLES.iter().map(|(title, _)| *title));
        let abbreviations = any_of(ABBREVIATIONS.iter().map(|(short, _)| *short));
        let units = any_of(UNITS.iter().map(|(unit, _)| *unit));
        let numbered = any_of(NUMBERED_BY_ROMAN.iter().chain(ORDERED_BY_ROMAN).copied());
        Ok(Normalizer {
            time: compile(
                r"\b([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s?([AaPp])\.?[Mm]\b{end-half}\.?)?",
            )?,
            iso_date: compile(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b")?,
            slash_date: compile(r"\b([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})\b")?,
            large_amount: compile(&format!(r"([$£€])({NUMBER})\s?({MULTITUDE})"))?,
            cents: compile(&format!(r"\b{{start-half}}({NUMBER})\s?¢"))?,
            foreign_amount: compile(&format!(
                r"\b{{start-half}}([¥₹₩]|Rs\.?|USD|EUR|GBP)\s?({NUMBER})(?:\s?({MULTITUDE}))?"
            ))?,
            degrees: compile(&format!(
                r"\b{{start-half}}(-?{NUMBER})\s?°\s?([CF])?\b{{end-half}}"
            ))?,
            measure: compile(&format!(
                r"\b{{start-half}}(-?{NUMBER})\s?({units})\b{{end-half}}"
            ))?,
            month_and_day: compile(&format!(
                r"\b({months})\.? ([0-9]{{1,2}})(?:st|nd|rd|th)?\b"
            ))?,
            day_and_month: compile(&format!(
                r"\b(?:the )?([0-9]{{1,2}}) (?:of )?({months})\b(\.)?"
            ))?,
            title: compile(&format!(r"\b({titles})\.? "))?,
            abbreviation: compile(&format!(r"\b{{start-half}}({abbreviations})\b{{end-half}}"))?,
            number_sign: compile(r"\b(Nos?)\. ?|\b{start-half}#")?,
            roman: compile(&format!(r"\b({numbered}) ([IVXLC][IVXLCDM]*)\b"))?,
            telephone: compile(r"\b{start-half}(?:[0-9]{3}-)?[0-9]{3}-[0-9]{4}\b{end-half}")?,
            fraction: compile(r"\b{start-half}([0-9]{1,2})/([0-9]{1,2})\b{end-half}")?,
            range: compile(r"\b{start-half}([0-9]{1,4})\s?[-–]\s?([0-9]{1,4})\b{end-half}")?,
        })
    }

    /// One sentence with everything written out and single spaces.
    pub(super) fn normalize(&self, sentence: &str) -> String {
        let mut text = single_spaces(sentence)
            .replace('’', "'")
            .replace('‒', "-")
            .replace('―', "—");
        text = rewrite(&text, &self.time, time);
        text = rewrite(&text, &self.iso_date, |found| {
            date(number(found, 2), number(found, 3), found.get(1))
        });
        text = rewrite(&text, &self.slash_date, slash_date);
        text = rewrite(&text, &self.large_amount, |found| {
            let [_, unit] = plural_of(CURRENCIES, found.get(1))?;
            Some(format!(
                "{} {} {unit}",
                found.get(2),
                multitude(found.get(3))
            ))
        });
        text = rewrite(&text, &self.cents, |found| {
            not_after(found, ".")?;
            Some(format!(
                "{} {}",
                found.get(1),
                counted(found.get(1), plural_of(CURRENCIES, "¢")?)
            ))
        });
        text = rewrite(&text, &self.foreign_amount, foreign_amount);
        text = rewrite(&text, &self.degrees, degrees);
        text = rewrite(&text, &self.measure, |found| {
            not_after(found, ".")?;
            Some(format!(
                "{} {}",
                found.get(1),
                counted(found.get(1), plural_of(UNITS, found.get(2))?)
            ))
        });
        text = rewrite(&text, &self.month_and_day, month_and_day);
        text = rewrite(&text, &self.day_and_month, day_and_month);
        text = rewrite(&text, &self.title, title);
        text = rewrite(&text, &self.abbreviation, abbreviation);
        text = rewrite(&text, &self.number_sign, number_sign);
        text = rewrite(&text, &self.roman, roman);
        text = rewrite(&text, &self.telephone, telephone);
        text = rewrite(&text, &self.fraction, fraction);
        text = rewrite(&text, &self.range, |found| {
            alone_among(found, ".-", "-%")?;
            Some(format!("{} to {}", found.get(1), found.get(2)))
        });
        single_spaces(&symbols_as_words(&plus_before_digits(&text)))
    }
}

/// Whether a word before a full stop is a title, as in "Dr. Smith".
pub(crate) fn is_title(word: &str) -> bool {
    TITLES.iter().any(|(title, _)| *title == word)
}

/// The word for a symbol such as "×"; empty for one that is passed over in silence.
pub(crate) fn symbol_word(symbol: char) -> Option<&'static str> {
    let mut buffer = [0; 4];
    word_for(SYMBOLS, symbol.encode_utf8(&mut buffer))
}

/// A match, with the text around it.
struct Found<'a> {
    captures: Captures<'a>,
    text: &'a str,
}

impl<'a> Found<'a> {
    /// A group's text; empty if it took no part.
    fn get(&self, group: usize) -> &'a str {
        self.captures.get(group).map_or("", |group| group.as_str())
    }

    fn before(&self) -> &'a str {
        &self.text[..self.captures.get_match().start()]
    }

    fn after(&self) -> &'a str {
        &self.text[self.captures.get_match().end()..]
    }
}

/// Replaces every match that has a reading. One without is left alone, and the search goes on inside it, since its own
/// end may start another match.
fn rewrite(text: &str, pattern: &Regex, reading: impl Fn(&Found) -> Option<String>) -> String {
    let (mut written, mut copied, mut at) = (String::with_capacity(text.len()), 0, 0);
    while let Some(captures) = pattern.captures_at(text, at) {
        let range = captures.get_match().range();
        if let Some(words) = reading(&Found { captures, text }) {
            written.push_str(&text[copied..range.start]);
            written.push_str(&words);
            copied = range.end;
            at = range.end;
        } else {
            at = range.start;
        }
        if at == range.start {
            match text[at..].chars().next() {
                Some(next) => at += next.len_utf8(),
                None => break,
            }
        }
    }
    written.push_str(&text[copied..]);
    written
}

fn time(found: &Found) -> Option<String> {
    let (hour, minute, second) = (
        number(found, 1),
        number(found, 2),
        found.captures.get(3).map(|_| number(found, 3)),
    );
    if found
        .after()
        .starts_with(|next: char| next.is_ascii_digit())
        || hour > 24
        || minute > 59
        || second > Some(59)
    {
        return None;
    }
    let half = found.get(4).to_uppercase();
    let mut words = cardinal(hour);
    match minute {
        0 if half.is_empty() && second.is_none() => words.push_str(" o'clock"),
        0 => {}
        1..10 => words.push_str(&format!(" oh {}", cardinal(minute))),
        _ => words.push_str(&format!(" {}", cardinal(minute))),
    }
    if let Some(second) = second {
        let unit = if second == 1 { "second" } else { "seconds" };
        words.push_str(&format!(" and {} {unit}", cardinal(second)));
    }
    if !half.is_empty() {
        // With full stops, so that the letters are spelt.
        let stop = if found.after().starts_with('.') {
            ""
        } else {
            "."
        };
        words.push_str(&format!(" {half}.M{stop}"));
    }
    Some(words)
}

/// "October twelfth, 2019"; an empty year is left out.
fn date(month: u128, day: u128, year: &str) -> Option<String> {
    let month = month_name(month)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    let year = if year.is_empty() {
        String::new()
    } else {
        format!(", {year}")
    };
    Some(format!("{month} {}{year}", ordinal(day)))
}

/// American order, unless the first number cannot be a month.
fn slash_date(found: &Found) -> Option<String> {
    let (first, second) = (number(found, 1), number(found, 2));
    let year = match found.get(3) {
        short if short.len() == 2 => {
            format!("{}{short}", if number(found, 3) > 30 { "19" } else { "20" })
        }
        year => year.to_owned(),
    };
    if first <= 12 {
        date(first, second, &year)
    } else {
        date(second, first, &year)
    }
}

fn foreign_amount(found: &Found) -> Option<String> {
    let names = plural_of(CURRENCIES, found.get(1).trim_end_matches('.'))?;
    let amount = found.get(2);
    Some(match found.get(3) {
        "" => format!("{amount} {}", counted(amount, names)),
        size => format!("{amount} {} {}", multitude(size), names[1]),
    })
}

fn degrees(found: &Found) -> Option<String> {
    not_after(found, ".")?;
    let amount = found.get(1);
    let scale = match found.get(2) {
        "C" => " Celsius",
        "F" => " Fahrenheit",
        _ => "",
    };
    Some(format!(
        "{amount} {}{scale}",
        counted(amount, ["degree", "degrees"])
    ))
}

fn month_and_day(found: &Found) -> Option<String> {
    let day = number(found, 2);
    if found.after().starts_with([':', '%']) || !(1..=31).contains(&day) {
        return None;
    }
    Some(format!("{} {}", full_month(found.get(1))?, ordinal(day)))
}

fn day_and_month(found: &Found) -> Option<String> {
    let day = number(found, 1);
    if !(1..=31).contains(&day) {
        return None;
    }
    let month = full_month(found.get(2))?;
    // The full stop of a shortened month goes, unless it also ends the sentence.
    let stop = if month == found.get(2) || found.after().is_empty() {
        found.get(3)
    } else {
        ""
    };
    Some(format!("the {} of {month}{stop}", ordinal(day)))
}

/// "St. Paul", "Dr Who": only before a name.
fn title(found: &Found) -> Option<String> {
    if !found
        .after()
        .starts_with(|next: char| next.is_ascii_uppercase())
    {
        return None;
    }
    Some(format!("{} ", word_for(TITLES, found.get(1))?))
}

fn abbreviation(found: &Found) -> Option<String> {
    not_after(found, ".")?;
    let short = found.get(1);
    // The full stop of an abbreviation at the end also ends the sentence.
    let stop = if short.ends_with('.') && found.after().is_empty() {
        "."
    } else {
        ""
    };
    Some(format!("{}{stop}", word_for(ABBREVIATIONS, short)?))
}

fn number_sign(found: &Found) -> Option<String> {
    if !found
        .after()
        .starts_with(|next: char| next.is_ascii_digit())
    {
        return None;
    }
    match found.get(1) {
        "No" => Some("Number ".to_owned()),
        "Nos" => Some("Numbers ".to_owned()),
        _ => not_after(found, "&").map(|()| "number ".to_owned()),
    }
}

/// "Chapter IV" → "Chapter 4", "Henry VIII" → "Henry the eighth". A lone C or L is more likely a letter.
fn roman(found: &Found) -> Option<String> {
    let mut after = found.after().chars();
    let goes_on =
        matches!(after.next(), Some('.' | '\'')) && after.next().is_some_and(char::is_alphanumeric);
    let value =
        roman_value(found.get(2)).filter(|_| !goes_on && !matches!(found.get(2), "C" | "L"))?;
    let name = found.get(1);
    Some(if NUMBERED_BY_ROMAN.contains(&name) {
        format!("{name} {value}")
    } else {
        format!("{name} the {}", ordinal(value))
    })
}

/// The value of a numeral below four thousand in its one canonical spelling.
fn roman_value(numeral: &str) -> Option<u128> {
    const PARTS: [(u128, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let (mut value, mut rest) = (0, numeral);
    for (worth, part) in PARTS {
        let most = if part.len() == 1 && worth.to_string().starts_with('1') {
            3
        } else {
            1
        };
        for _ in 0..most {
            let Some(shorter) = rest.strip_prefix(part) else {
                break;
            };
            (value, rest) = (value + worth, shorter);
        }
    }
    (rest.is_empty() && value > 0).then_some(value)
}

/// Digit by digit, with a breath between the groups.
fn telephone(found: &Found) -> Option<String> {
    alone_among(found, ".-", "-")?;
    let spaced: Vec<String> = found
        .get(0)
        .replace('-', ",")
        .chars()
        .map(String::from)
        .collect();
    Some(spaced.join(" "))
}

fn fraction(found: &Found) -> Option<String> {
    alone_among(found, "./", "/")?;
    let (above, below) = (number(found, 1), number(found, 2));
    if 0 < above && above < below && below <= 10 {
        return Some(match (above, FRACTIONS[below as usize]) {
            (1, "half") => "one half".to_owned(),
            (1, part) => format!("1 {part}"),
            (_, part) => format!("{above} {part}s"),
        });
    }
    date(above, below, "").or_else(|| Some(format!("{above} slash {below}")))
}

fn plus_before_digits(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut previous = None;
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        let starts_number = symbols.peek().is_some_and(char::is_ascii_digit);
        let joins = previous
            .is_some_and(|previous: char| previous.is_alphanumeric() || "_+".contains(previous));
        if symbol == '+' && starts_number && !joins {
            written.push_str("plus ");
        } else {
            written.push(symbol);
        }
        previous = Some(symbol);
    }
    written
}

fn symbols_as_words(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for (at, symbol) in text.char_indices() {
        let Some(word) = symbol_word(symbol) else {
            written.push(symbol);
            continue;
        };
        let (before, after) = (&text[..at], &text[at + symbol.len_utf8()..]);
        let between =
            !before.trim_end_matches(' ').is_empty() && !after.trim_start_matches(' ').is_empty();
        if "=<>~".contains(symbol) && !between {
            written.push(symbol);
        } else {
            written.push(' ');
            written.push_str(word);
            written.push(' ');
        }
    }
    written
}

/// White space folded to single spaces, none at the ends or before a mark that ends a phrase.
fn single_spaces(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let ends_phrase = word.starts_with([',', '.', ';', ':', '!', '?'])
            && !word[1..].starts_with(|next: char| next.is_ascii_digit());
        if !written.is_empty() && !ends_phrase {
            written.push(' ');
        }
        written.push_str(word);
    }
    written
}

/// `None` (no reading) if the match directly follows one of these marks.
fn not_after(found: &Found, marks: &str) -> Option<()> {
    (!found.before().ends_with(|last: char| marks.contains(last))).then_some(())
}

/// `None` if the match is part of something longer: directly after one of `before`, or directly before one of `after`.
/// A full stop that ends the phrase makes nothing longer.
fn alone_among(found: &Found, before: &str, after: &str) -> Option<()> {
    not_after(found, before)?;
    let mut following = found.after().chars();
    let joined = match following.next() {
        Some('.') => following.next().is_some_and(char::is_alphanumeric),
        Some(next) => after.contains(next),
        None => false,
    };
    (!joined).then_some(())
}

fn number(found: &Found, group: usize) -> u128 {
    found.get(group).parse().unwrap_or_default()
}

fn counted<'a>(amount: &str, [one, many]: [&'a str; 2]) -> &'a str {
    if matches!(amount.replace(',', "").as_str(), "1" | "1.0" | "-1") {
        one
    } else {
        many
    }
}

fn multitude(word: &str) -> &str {
    match word {
        "k" | "K" => "thousand",
        "m" | "M" => "million",
        "b" | "B" => "billion",
        _ => word,
    }
}

fn month_name(number: u128) -> Option<&'static str> {
    MONTHS
        .get(usize::try_from(number).ok()?.checked_sub(1)?)
        .copied()
}

fn full_month(name: &str) -> Option<&'static str> {
    MONTHS
        .into_iter()
        .find(|month| name.get(..3).is_some_and(|start| month.starts_with(start)))
}

fn word_for(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(from, _)| *from == key)
        .map(|(_, to)| *to)
}

fn plural_of(table: &[(&str, [&'static str; 2])], key: &str) -> Option<[&'static str; 2]> {
    table
        .iter()
        .find(|(from, _)| *from == key)
        .map(|(_, forms)| *forms)
}

/// A pattern for any of these words, longest first.
fn any_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<String> = words.map(regex::escape).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.join("|")
}
