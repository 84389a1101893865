//! Which lines of a plain text are items of a list.

/// A line of a list without any sign has at most so many words.
const BARE_WORDS: usize = 5;

/// For each line of a stanza what [`item_sign`] says, if it is an item of a list.
///
/// A letter or a Roman numeral is the sign of an item only beside the one before or after it: `A. Smith` is a name. Three
/// or more lines of a few small words without a stop are a list too.
pub(super) fn signs<'t>(lines: impl Iterator<Item = &'t str> + Clone) -> Vec<Option<usize>> {
    let counts: Vec<Counts> = lines.clone().map(Counts::read).collect();
    let is_bare = counts.len() > 2 && lines.clone().all(is_bare);
    lines
        .enumerate()
        .map(|(index, words)| {
            let counted = || {
                let own = &counts[index];
                own.is_some() && counts.iter().any(|other| own.is_beside(other))
            };
            item_sign(words).or_else(|| (is_bare || counted()).then_some(0))
        })
        .collect()
}

fn is_bare(words: &str) -> bool {
    words.starts_with(char::is_lowercase)
        && words.ends_with(char::is_alphanumeric)
        && words.split_whitespace().nth(BARE_WORDS).is_none()
}

/// What the sign `c.` may count: the third letter, or a hundred.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    letter: Option<i32>,
    roman: Option<i32>,
}

impl Counts {
    fn read(words: &str) -> Self {
        let length = words
            .bytes()
            .take(5)
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let sign = &words[..length];
        if !words[length..].starts_with(['.', ')']) || !words[length + 1..].starts_with([' ', '\t'])
        {
            return Self::default();
        }
        let letter = sign.bytes().next().filter(|_| length == 1);
        Self {
            letter: letter.map(i32::from),
            roman: roman(sign),
        }
    }

    fn is_some(self) -> bool {
        self.letter.is_some() || self.roman.is_some()
    }

    fn is_beside(self, other: &Self) -> bool {
        let beside = |own: Option<i32>, other: Option<i32>| {
            own.zip(other)
                .is_some_and(|(own, other)| (own - other).abs() == 1)
        };
        beside(self.letter, other.letter) || beside(self.roman, other.roman)
    }
}

/// The value of a Roman numeral up to 39; that of one in small letters is negative, to tell the two apart.
fn roman(sign: &str) -> Option<i32> {
    let is_small = sign.starts_with(|letter: char| letter.is_ascii_lowercase());
    let mut value = 0;
    let mut last = 0;
    for letter in sign.chars().rev() {
        if letter.is_ascii_lowercase() != is_small {
            return None;
        }
        let digit = match letter.to_ascii_uppercase() {
            'I' => 1,
            'V' => 5,
            'X' => 10,
            _ => return None,
        };
        value += if digit < last { -digit } else { digit };
        last = last.max(digit);
    }
    (value > 0).then_some(if is_small { -value } else { value })
}

/// The bytes of a bullet with the space after it; 0 for a number, which is spoken. `None` if the line is no item.
pub(in crate::document) fn item_sign(words: &str) -> Option<usize> {
    let bullet = words
        .chars()
        .next()
        .filter(|c| "-*•·‣▪◦●○■□–➢✓".contains(*c));
    if let Some(bullet) = bullet {
        let rest = &words[bullet.len_utf8()..];
        // “– Chi è? – Sono io.”: people talk.
        let is_talk = || {
            ['.', '?', '!', '…'].iter().any(|mark| {
                rest.match_indices(*mark).any(|(at, mark)| {
                    let after = rest[at + mark.len()..].trim_start();
                    after.starts_with(bullet) && after[bullet.len_utf8()..].starts_with(' ')
                })
            })
        };
        if matches!(bullet, '–' | '-') && is_talk() {
            return None;
        }
        // Several items in one line are told apart by their signs.
        if !bullet.is_ascii() && bullet != '–' && rest.contains(bullet) {
            return None;
        }
        let is_item =
            rest.starts_with([' ', '\t']) && rest.trim_start().chars().any(char::is_alphanumeric);
        return is_item.then(|| words.len() - rest.trim_start().len());
    }
    let words = words.strip_prefix('(').map_or(words, |inside| {
        let has_end = inside.find(')').is_some_and(|end| end <= 3);
        if has_end { inside } else { words }
    });
    let digits = words.len() - words.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let letter = words
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic());
    let mark = if (1..=3).contains(&digits) {
        digits
    } else {
        usize::from(letter)
    };
    let rest = words.get(mark..).filter(|_| mark > 0)?;
    let is_item =
        rest.starts_with(") ") || digits > 0 && (rest.starts_with(". ") || rest.starts_with(".\t"));
    is_item.then_some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Option<usize>> {
        signs(text.lines())
    }

    #[test]
    fn letters_and_roman_numerals_count_only_beside_their_neighbours() {
        assert_eq!(told("a. Bread\nb. Salt"), [Some(0), Some(0)]);
        assert_eq!(told("ii. Bread\niii. Salt"), [Some(0), Some(0)]);
        assert_eq!(told("(1) Bread\n(2) Salt"), [Some(0), Some(0)]);
        assert_eq!(told("A. Smith came.\nC. Jones did not."), [None, None]);
        assert_eq!(told("I. Newton fell asleep.\nHe woke."), [None, None]);
    }

    #[test]
    fn a_few_small_words_in_each_line_are_a_list_and_a_wrapped_sentence_is_none() {
        assert_eq!(told("bread\nfresh butter\nsalt"), [Some(0); 3]);
        assert_eq!(told("bread and\nfresh butter\nwere there."), [None; 3]);
        assert_eq!(told("it was cold\nin town"), [None; 2]);
    }
}
