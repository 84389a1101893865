//! Whole numbers in English words: cardinals, ordinals and years. British "and", as the voice was trained to hear;
//! the reader of numbers leaves the "and" out.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const SCALES: [&str; 12] = [
    "",
    " thousand",
    " million",
    " billion",
    " trillion",
    " quadrillion",
    " quintillion",
    " sextillion",
    " septillion",
    " octillion",
    " nonillion",
    " decillion",
];

/// The longest run of digits that has a name; longer ones are read digit by digit.
pub(super) const LONGEST: usize = 36;

/// "one thousand, two hundred and thirty-four". Beyond [`LONGEST`] digits: its digits.
pub(super) fn cardinal(number: u128) -> String {
    if number < 1000 {
        return below_thousand(number);
    }
    let (mut groups, mut rest, mut last_is_small) = (Vec::new(), number, false);
    for scale in SCALES {
        let group = rest % 1000;
        if scale.is_empty() {
            last_is_small = (1..100).contains(&group);
        }
        if group > 0 {
            groups.push(format!("{}{scale}", below_thousand(group)));
        }
        rest /= 1000;
    }
    if rest > 0 {
        return number
            .to_string()
            .bytes()
            .map(|digit| ONES[usize::from(digit - b'0')])
            .collect::<Vec<_>>()
            .join(" ");
    }
    groups.reverse();
    match groups.split_last() {
        Some((last, first)) if last_is_small && !first.is_empty() => {
            format!("{} and {last}", first.join(", "))
        }
        _ => groups.join(", "),
    }
}

/// "twenty-third", "one hundred and first".
pub(super) fn ordinal(number: u128) -> String {
    let cardinal = cardinal(number);
    let last_starts = cardinal.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = cardinal.split_at(last_starts);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{head}{last}")
}

/// "nineteen eighty-four", "nineteen oh-five", "two thousand and five".
pub(super) fn year(number: u128) -> String {
    let (high, low) = (number / 100, number % 100);
    if high == 0 || (high.is_multiple_of(10) && low < 10) || high >= 100 {
        return cardinal(number);
    }
    let low = match low {
        0 => "hundred".to_owned(),
        1..10 => format!("oh-{}", cardinal(low)),
        _ => cardinal(low),
    };
    format!("{} {low}", cardinal(high))
}

/// The word for one ASCII digit.
pub(super) fn digit(digit: char) -> &'static str {
    digit.to_digit(10).map_or("", |value| ONES[value as usize])
}

fn below_thousand(number: u128) -> String {
    let (hundreds, rest) = ((number / 100) as usize, (number % 100) as usize);
    let small = match rest {
        0..20 => ONES[rest].to_owned(),
        _ if rest.is_multiple_of(10) => TENS[rest / 10].to_owned(),
        _ => format!("{}-{}", TENS[rest / 10], ONES[rest % 10]),
    };
    match (hundreds, rest) {
        (0, _) => small,
        (_, 0) => format!("{} hundred", ONES[hundreds]),
        _ => format!("{} hundred and {small}", ONES[hundreds]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_usual_names() {
        assert_eq!(cardinal(0), "zero");
        assert_eq!(cardinal(120), "one hundred and twenty");
        assert_eq!(cardinal(1001), "one thousand and one");
        assert_eq!(cardinal(1234), "one thousand, two hundred and thirty-four");
        assert_eq!(cardinal(2_000_000), "two million");
        assert_eq!(
            cardinal(u128::MAX).split(' ').count(),
            39,
            "a number without a name is read digit by digit"
        );
    }

    #[test]
    fn ordinals_change_the_last_word_only() {
        assert_eq!(ordinal(3), "third");
        assert_eq!(ordinal(21), "twenty-first");
        assert_eq!(ordinal(40), "fortieth");
        assert_eq!(ordinal(1000), "one thousandth");
        assert_eq!(ordinal(112), "one hundred and twelfth");
    }

    #[test]
    fn years_are_read_in_pairs() {
        assert_eq!(year(1984), "nineteen eighty-four");
        assert_eq!(year(1905), "nineteen oh-five");
        assert_eq!(year(1900), "nineteen hundred");
        assert_eq!(year(2005), "two thousand and five");
        assert_eq!(year(2024), "twenty twenty-four");
    }
}
