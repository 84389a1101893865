//! Splits a token into the parts that are looked up one by one if the whole is not known: camelCase, letters and digits,
//! hyphens, apostrophes.

use super::tokenize::{is_capital, is_letter, is_small};

/// The parts of a token, in order. Characters that belong to none are left out.
pub(super) fn parts(token: &str) -> Vec<String> {
    let symbols: Vec<char> = token.chars().collect();
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < symbols.len() {
        match part_length(&symbols, at) {
            0 => at += 1,
            length => {
                parts.push(symbols[at..at + length].iter().collect());
                at += length;
            }
        }
    }
    parts
}

/// The pieces of an unknown token that have a sound of their own: words, numbers, runs of symbols.
pub(super) fn readable_pieces(token: &str) -> Vec<String> {
    let symbols: Vec<char> = token.chars().collect();
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < symbols.len() {
        let rest = &symbols[at..];
        let length = match rest[0] {
            first if is_letter(first) => words_with_apostrophes(rest),
            first if first.is_ascii_digit() => 1 + digits_with_separators(&rest[1..]),
            first if is_symbol(first) => {
                rest.iter().take_while(|symbol| is_symbol(**symbol)).count()
            }
            _ => 0,
        };
        if length > 0 {
            pieces.push(rest[..length].iter().collect());
        }
        at += length.max(1);
    }
    pieces
}

fn part_length(symbols: &[char], at: usize) -> usize {
    let rest = &symbols[at..];
    let first = rest[0];
    let run_of = |class: fn(char) -> bool| rest.iter().take_while(|symbol| class(**symbol)).count();
    let quotes = run_of(is_quote);
    if at == 0 && quotes > 0 {
        return quotes;
    }
    // The last capital of a run that starts a word: "H" of "HTMLHelp" is found when its turn comes.
    if is_capital(first)
        && rest.get(1).copied().is_some_and(is_capital)
        && rest.get(2).copied().is_some_and(is_small)
    {
        return 1;
    }
    let minus = usize::from(at == 0 && first == '-');
    let digits = digits_with_separators(&rest[minus..]);
    if digits > 0 {
        return minus + digits;
    }
    let dashes = run_of(|symbol| symbol == '-' || symbol == '_');
    if dashes > 0 {
        return dashes;
    }
    if quotes > 0 {
        return if quotes >= 2 || quotes == rest.len() {
            quotes
        } else {
            0
        };
    }
    if is_letter(first) {
        return camel_hump(rest).unwrap_or_else(|| letters_then_elisions(rest));
    }
    usize::from(is_symbol(first) || first.is_whitespace())
}

/// The shortest start of a word that ends in a small letter before a capital: "Mc" of "McDonald".
fn camel_hump(rest: &[char]) -> Option<usize> {
    let letters = rest.iter().take_while(|symbol| is_letter(**symbol)).count();
    let hump_ends = |at: usize| {
        rest.get(at).copied().is_some_and(is_small)
            && rest.get(at + 1).copied().is_some_and(is_capital)
    };
    (0..letters).find(|at| hump_ends(*at)).map(|at| at + 1)
}

/// "don't", "rock'n": letters, then apostrophes with one letter each.
fn letters_then_elisions(rest: &[char]) -> usize {
    let mut end = rest.iter().take_while(|symbol| is_letter(**symbol)).count();
    while rest.get(end).copied().is_some_and(is_quote)
        && rest.get(end + 1).copied().is_some_and(is_letter)
    {
        end += 2;
    }
    end
}

fn words_with_apostrophes(rest: &[char]) -> usize {
    let letters_from = |at: usize| {
        rest[at..]
            .iter()
            .take_while(|symbol| is_letter(**symbol))
            .count()
    };
    let mut end = letters_from(0);
    while matches!(rest.get(end), Some('\'' | '’')) && letters_from(end + 1) > 0 {
        end += 1 + letters_from(end + 1);
    }
    end
}

/// Digits, with single commas or points before some of them.
fn digits_with_separators(rest: &[char]) -> usize {
    let is_digit = |at: usize| rest.get(at).is_some_and(char::is_ascii_digit);
    let mut end = 0;
    loop {
        if is_digit(end) {
            end += 1;
        } else if matches!(rest.get(end), Some(',' | '.')) && is_digit(end + 1) {
            end += 2;
        } else {
            return end;
        }
    }
}

fn is_quote(symbol: char) -> bool {
    matches!(symbol, '\'' | '‘' | '’')
}

fn is_symbol(symbol: char) -> bool {
    !symbol.is_alphanumeric() && !symbol.is_whitespace() && symbol != '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_where_their_sound_does() {
        assert_eq!(parts("McDonald's"), ["Mc", "Donald's"]);
        assert_eq!(parts("AClass"), ["A", "Class"]);
        assert_eq!(parts("HTMLHelp"), ["HTMLHelp"]);
        assert_eq!(parts("1,234.5km"), ["1,234.5", "km"]);
        assert_eq!(parts("B-52"), ["B", "-", "52"]);
        assert_eq!(parts("-5"), ["-5"]);
        assert_eq!(readable_pieces("don't/3.5%"), ["don't", "/", "3.5", "%"]);
    }
}
