//! Reading a number that is written in digits: years in pairs, amounts of money with their units, decimals, ordinals,
//! and codes digit by digit.

use super::lexicon::{Lexicon, Query, add_ed, add_ing, add_s};
use super::number_words::{self, LONGEST};
use super::stress::Stress;

const ORDINALS: [&str; 4] = ["st", "nd", "rd", "th"];

/// Names of a currency's unit and of its hundredth part.
pub(super) fn currency_names(symbol: char) -> Option<(&'static str, &'static str)> {
    match symbol {
        '$' => Some(("dollar", "cent")),
        '£' => Some(("pound", "pence")),
        '€' => Some(("euro", "cent")),
        _ => None,
    }
}

/// Whether a token is a number that [`read`] understands: digits, commas and points, perhaps with a minus and an ending.
pub(super) fn is_number(word: &str, starts_word: bool) -> bool {
    if !word.contains(|symbol: char| symbol.is_ascii_digit()) {
        return false;
    }
    let endings = ["ing", "'d", "ed", "'s", "st", "nd", "rd", "th", "s"];
    let digits = endings
        .into_iter()
        .find_map(|ending| word.strip_suffix(ending))
        .unwrap_or(word);
    let digits = if starts_word {
        digits.strip_prefix('-').unwrap_or(digits)
    } else {
        digits
    };
    digits
        .chars()
        .all(|symbol| symbol.is_ascii_digit() || symbol == ',' || symbol == '.')
}

/// The pronunciation of a number. `starts_word` is false for digits inside a mixed word such as "B52".
pub(super) fn read(
    lexicon: &Lexicon,
    word: &str,
    currency: Option<char>,
    starts_word: bool,
) -> Option<String> {
    let number =
        word.trim_end_matches(|symbol: char| symbol.is_ascii_lowercase() || symbol == '\'');
    let ending = &word[number.len()..];
    let is_ordinal = ORDINALS.contains(&ending);
    let mut reading = Reading {
        lexicon,
        parts: Vec::new(),
    };
    let number = match number.strip_prefix('-') {
        Some(positive) => {
            reading.word("minus", None);
            positive
        }
        None => number,
    };
    let only_digits = is_digits(number);
    let currency = currency.and_then(currency_names);
    if only_digits && is_ordinal {
        reading.value(number, number_words::ordinal);
    } else if only_digits && number.len() == 4 && currency.is_none() && reading.parts.is_empty() {
        reading.value(number, number_words::year);
    } else if !starts_word && !number.contains('.') {
        reading.code(&number.replace(',', ""));
    } else if !starts_word || number.matches('.').count() > 1 {
        reading.dotted(&number.replace(',', ""));
    } else if let Some(names) = currency.filter(|_| is_amount(number)) {
        reading.amount(&number.replace(',', ""), names);
    } else {
        reading.quantity(&number.replace(',', ""), is_ordinal);
    }
    let phonemes = reading.parts.join(" ");
    if phonemes.is_empty() {
        return None;
    }
    match ending {
        "s" | "'s" => add_s(&phonemes),
        "ed" | "'d" => add_ed(&phonemes),
        "ing" => add_ing(&phonemes),
        _ => Some(phonemes),
    }
}

struct Reading<'a> {
    lexicon: &'a Lexicon,
    parts: Vec<String>,
}

impl Reading<'_> {
    fn word(&mut self, word: &str, stress: Option<Stress>) {
        self.parts
            .extend(self.lexicon.look_up(Query::plain(word, stress)));
    }

    /// Number words, without their "and".
    fn words(&mut self, words: &str) {
        for word in words.split(|symbol: char| !symbol.is_ascii_lowercase()) {
            match word {
                "" | "and" => {}
                "point" => self.word(word, Some(Stress::Removed)),
                _ => self.word(word, None),
            }
        }
    }

    fn digits(&mut self, digits: &str) {
        for digit in digits.chars() {
            self.words(number_words::digit(digit));
        }
    }

    /// Digits as one number, or one by one where the number has no name.
    fn value(&mut self, digits: &str, name: impl Fn(u128) -> String) {
        let significant = digits.trim_start_matches('0');
        match digits.parse() {
            Ok(number) if significant.len() <= LONGEST => self.words(&name(number)),
            _ => self.digits(digits),
        }
    }

    fn cardinal(&mut self, digits: &str) {
        self.value(digits, number_words::cardinal);
    }

    /// Digits inside a word: "B52" → fifty-two, "A320" → three twenty, "X1000" → one zero zero zero.
    fn code(&mut self, digits: &str) {
        match digits.as_bytes() {
            [b'0', ..] | [_, _, _, _, ..] => self.digits(digits),
            [_, b'0', b'0'] | [_] | [_, _] => self.cardinal(digits),
            [_, b'0', _] => {
                self.digits(&digits[..1]);
                self.word("O", Some(Stress::Removed));
                self.digits(&digits[2..]);
            }
            [_, _, _] => {
                self.digits(&digits[..1]);
                self.cardinal(&digits[1..]);
            }
            [] => {}
        }
    }

    /// Several numbers with points between them: a version, an address.
    fn dotted(&mut self, number: &str) {
        for part in number.split('.').filter(|part| !part.is_empty()) {
            let is_round = part[1..].bytes().all(|digit| digit == b'0');
            if part.starts_with('0') || (part.len() != 2 && !is_round) {
                self.digits(part);
            } else {
                self.cardinal(part);
            }
        }
    }

    fn amount(&mut self, number: &str, (unit, hundredth): (&str, &str)) {
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        // "$5.5" is five dollars and fifty cents.
        let part = if part.len() == 1 {
            format!("{part}0")
        } else {
            part.to_owned()
        };
        let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
        let mut said = false;
        for (digits, name) in [(whole, unit), (part.as_str(), hundredth)] {
            let last_chance = name == unit && is_zero(&part);
            if is_zero(digits) && !last_chance {
                continue;
            }
            if said {
                self.word("and", None);
            }
            said = true;
            self.cardinal(if digits.is_empty() { "0" } else { digits });
            if digits.trim_start_matches('0') == "1" || name == "pence" {
                self.word(name, None);
            } else {
                self.parts.extend(
                    self.lexicon
                        .ending_s(Query::plain(&format!("{name}s"), None)),
                );
            }
        }
    }

    fn quantity(&mut self, number: &str, is_ordinal: bool) {
        match number.split_once('.') {
            None if is_ordinal => self.value(number, number_words::ordinal),
            None => self.cardinal(number),
            Some((whole, part)) => {
                // ".50" keeps its zeros; "3.50" is three point five.
                let part = if whole.is_empty() {
                    part
                } else {
                    part.trim_end_matches('0')
                };
                if !whole.is_empty() {
                    self.cardinal(whole);
                }
                if !part.is_empty() {
                    self.words("point");
                    self.digits(part);
                }
            }
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether digits after the point can be hundredths.
fn is_amount(number: &str) -> bool {
    number
        .split_once('.')
        .is_none_or(|(_, part)| part.len() < 3)
}
