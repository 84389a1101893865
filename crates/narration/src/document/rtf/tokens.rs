//! The bytes of an RTF file as groups, control words and text (Rich Text Format 1.9.1, “Syntax”).

/// One of them. A file of them needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\par`, `\u8212`: the name and the number behind it.
    Word(&'a str, Option<i32>),
    /// `\~`, `\*`: the sign.
    Sign(u8),
    /// `\'e4`, or a byte as it is: in the encoding of its font.
    Bytes(&'a [u8]),
    /// `\'e4`: the byte.
    Byte(u8),
}

#[derive(Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, number: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(number.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.first()?;
        if !first.is_ascii_alphabetic() {
            self.take(1);
            if first != b'\'' {
                return Some(Token::Sign(first));
            }
            let digits = self.rest.get(..2).and_then(|d| std::str::from_utf8(d).ok());
            let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                return Some(Token::Bytes(b""));
            };
            self.take(2);
            return Some(Token::Byte(byte));
        }
        let letters = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let name = std::str::from_utf8(self.take(letters)).unwrap_or_default();
        let sign = usize::from(self.rest.first() == Some(&b'-'));
        let digits = self.rest[sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let mut number = None;
        if digits > 0 {
            let words = std::str::from_utf8(self.take(sign + digits)).unwrap_or_default();
            number = Some(words.parse().unwrap_or(i32::MAX));
        }
        if self.rest.first() == Some(&b' ') {
            self.take(1);
        }
        if name == "bin" {
            // Not text: so many bytes of anything.
            self.take(usize::try_from(number.unwrap_or(0)).unwrap_or(0));
        }
        Some(Token::Word(name, number))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let first = *self.rest.first()?;
            match first {
                b'{' | b'}' | b'\\' => {
                    self.take(1);
                    return match first {
                        b'{' => Some(Token::Open),
                        b'}' => Some(Token::Close),
                        _ => self.control(),
                    };
                }
                b'\r' | b'\n' | 0 => {
                    self.take(1);
                }
                _ => {
                    let end = self
                        .rest
                        .iter()
                        .position(|byte| matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0))
                        .unwrap_or(self.rest.len());
                    return Some(Token::Bytes(self.take(end)));
                }
            }
        }
    }
}
