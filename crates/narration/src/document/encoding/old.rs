//! Encodings from before the web, which the guess by frequency does not know: those of DOS and of the old Macintosh.
//!
//! They are told by what a wrong reading does to words: signs between letters, capitals after small ones.

use encoding_rs::{Encoding, MACINTOSH, X_MAC_CYRILLIC};

/// So many bytes are looked at.
const LOOKED_AT: usize = 1 << 16;

/// How bytes above ASCII are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Old {
    Mac(&'static Encoding),
    Dos(&'static str, &'static [char; 128]),
}

const ALL: [Old; 4] = [
    Old::Mac(MACINTOSH),
    Old::Dos("IBM850", &WESTERN),
    Old::Dos("IBM852", &CENTRAL),
    Old::Mac(X_MAC_CYRILLIC),
];

impl Old {
    /// The one that reads a text far better than the guess does.
    pub(super) fn better_than(guess: &'static Encoding, bytes: &[u8]) -> Option<Self> {
        if !guess.is_single_byte() {
            return None;
        }
        let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
        let (text, _) = guess.decode_without_bom_handling(bytes);
        let known = Reading::of(&text);
        if known.faults < 2 {
            return None;
        }
        let best = ALL
            .into_iter()
            .map(|old| (Reading::of(&old.decode(bytes)), old))
            .min_by_key(|(reading, _)| reading.faults);
        best.filter(|(reading, _)| {
            reading.faults * 4 <= known.faults && reading.letters * 2 >= known.letters
        })
        .map(|(_, old)| old)
    }

    /// By a name that the web's encoding library does not know, in any case.
    pub(super) fn named(label: &str) -> Option<Self> {
        let named = |old: &Self| {
            let number = old.name().strip_prefix("IBM");
            number.is_some_and(|number| {
                ["ibm", "cp"]
                    .iter()
                    .any(|prefix| label.eq_ignore_ascii_case(&format!("{prefix}{number}")))
            })
        };
        ALL.into_iter().find(named)
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Mac(encoding) => encoding.name(),
            Self::Dos(name, _) => name,
        }
    }

    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        match self {
            Self::Mac(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Dos(_, table) => bytes
                .iter()
                .map(|byte| match byte.checked_sub(128) {
                    Some(index) => table[usize::from(index)],
                    None => char::from(*byte),
                })
                .collect(),
        }
    }
}

/// How the characters above ASCII fit into the words of a text.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    letters: usize,
    faults: usize,
}

impl Reading {
    fn of(text: &str) -> Self {
        let mut reading = Self::default();
        let mut before = ' ';
        // Letters of the open word so far, and whether all of them are accented Latin ones.
        let (mut length, mut is_foreign) = (0, true);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let after = characters.peek().copied().unwrap_or(' ');
            if !character.is_ascii() {
                reading.add(before, character, after);
            }
            if is_letter(character) {
                length += 1;
                is_foreign &= matches!(character, '\u{80}'..='\u{24f}');
            } else {
                if length > 2 && is_foreign {
                    reading.faults += length;
                }
                (length, is_foreign) = (0, true);
            }
            before = character;
        }
        reading
    }

    fn add(&mut self, before: char, character: char, after: char) {
        // What stands between letters in good texts too.
        const INSIDE: [char; 8] = ['’', '‘', '·', '\u{ad}', '–', '—', '…', '‐'];
        if is_letter(character) {
            let is_mixed = is_cyrillic(character)
                && (before.is_ascii_alphabetic() || after.is_ascii_alphabetic());
            let is_fault = is_mixed || character.is_uppercase() && before.is_lowercase();
            self.faults += usize::from(is_fault);
            self.letters += usize::from(!is_fault);
        } else if character.is_control()
            || is_letter(before)
                && is_letter(after)
                && !INSIDE.contains(&character)
                && !matches!(character, '\u{300}'..='\u{36f}')
        {
            self.faults += 1;
        }
    }
}

fn is_cyrillic(character: char) -> bool {
    matches!(character, '\u{400}'..='\u{4ff}')
}

/// Letters that words are made of: not `ª`, not `ˆ`.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !matches!(character, 'ª' | 'º' | '\u{2b0}'..='\u{2ff}')
}

/// IBM code page 850.
const WESTERN: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ',
    'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ',
    'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©',
    '╣', '║', '╗', '╝', '¢', '¥', '┐', '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦',
    '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì',
    '▀', 'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}',
    '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

/// IBM code page 852.
const CENTRAL: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'ů', 'ć', 'ç', 'ł', 'ë', 'Ő', 'ő', 'î', 'Ź', 'Ä', 'Ć', 'É', 'Ĺ', 'ĺ',
    'ô', 'ö', 'Ľ', 'ľ', 'Ś', 'ś', 'Ö', 'Ü', 'Ť', 'ť', 'Ł', '×', 'č', 'á', 'í', 'ó', 'ú', 'Ą', 'ą',
    'Ž', 'ž', 'Ę', 'ę', '¬', 'ź', 'Č', 'ş', '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'Ě', 'Ş',
    '╣', '║', '╗', '╝', 'Ż', 'ż', '┐', '└', '┴', '┬', '├', '─', '┼', 'Ă', 'ă', '╚', '╔', '╩', '╦',
    '╠', '═', '╬', '¤', 'đ', 'Đ', 'Ď', 'Ë', 'ď', 'Ň', 'Í', 'Î', 'ě', '┘', '┌', '█', '▄', 'Ţ', 'Ů',
    '▀', 'Ó', 'ß', 'Ô', 'Ń', 'ń', 'ň', 'Š', 'š', 'Ŕ', 'Ú', 'ŕ', 'Ű', 'ý', 'Ý', 'ţ', '´', '\u{ad}',
    '˝', '˛', 'ˇ', '˘', '§', '÷', '¸', '°', '¨', '˙', 'ű', 'Ř', 'ř', '■', '\u{a0}',
];

#[cfg(test)]
mod tests {
    use encoding_rs::{WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    fn bytes(text: &str, old: Old) -> Vec<u8> {
        let sign =
            |character: char| (0..=255).find(|byte| old.decode(&[*byte]).starts_with(character));
        text.chars()
            .map(|character| sign(character).unwrap())
            .collect()
    }

    #[test]
    fn words_tell_old_encodings_from_those_of_the_web() {
        for (text, guess, name) in [
            (
                "Le gardien à l’été dernier: rivières, forêts, déjà vus, naïveté.",
                WINDOWS_1252,
                "macintosh",
            ),
            (
                "Le gardien a l'été dernier: rivières, forêts, déjà vus, naïveté.",
                WINDOWS_1252,
                "IBM850",
            ),
            (
                "Żona poszła wcześnie na łąkę; mąż został, więc śpiewał cicho.",
                WINDOWS_1250,
                "IBM852",
            ),
            (
                "Моя тётя ушла в поля, а я остался стоять у моря и смеялся.",
                WINDOWS_1251,
                "x-mac-cyrillic",
            ),
        ] {
            let old = ALL.into_iter().find(|old| old.name() == name).unwrap();
            let found = Old::better_than(guess, &bytes(text, old)).unwrap();
            assert_eq!(found.name(), name);
            assert_eq!(found.decode(&bytes(text, old)), text);
        }
        for (text, encoding) in [
            (
                "Le gardien à l’été dernier: rivières, forêts, déjà vus, «naïveté».",
                WINDOWS_1252,
            ),
            (
                "Żona poszła wcześnie na łąkę; mąż został, więc śpiewał cicho.",
                WINDOWS_1250,
            ),
            (
                "Моя тётя ушла в поля, а я остался стоять у моря и смеялся.",
                WINDOWS_1251,
            ),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert!(Old::better_than(encoding, &bytes).is_none(), "{text}");
        }
        assert_eq!(Old::named("cp850").unwrap().name(), "IBM850");
        assert!(Old::named("koi8-r").is_none());
    }
}
