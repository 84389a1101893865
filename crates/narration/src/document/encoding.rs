//! Bytes → characters: a byte order mark is believed, then UTF-8 if it is valid, then UTF-16 by its pattern, then a guess
//! by the frequency of letters, and at last by what stands between them ([`old`]).

mod old;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};

use super::report::{RemarkKind, Report};
use super::{ImportError, ImportOptions};
use old::Old;

/// So much of a text decides how it is encoded, from the first character that is not ASCII on.
const GUESSED_FROM: usize = 1 << 20;

/// Decodes a text file, with one kind of line end and without control characters.
///
/// # Errors
/// [`ImportError::NotText`] when the bytes are none in any encoding.
pub(super) fn text_of(
    bytes: &[u8],
    options: &ImportOptions,
    report: &mut Report,
) -> Result<String, ImportError> {
    Ok(clean(&decode(bytes, options, report)?, report))
}

/// Decodes markup, whose own declaration (`charset=…`, `encoding="…"`) counts where there is no byte order mark.
///
/// # Errors
/// As [`text_of`].
pub(super) fn markup_of(
    bytes: &[u8],
    options: &ImportOptions,
    report: &mut Report,
) -> Result<String, ImportError> {
    let declared = match Encoding::for_bom(bytes) {
        Some(_) => None,
        // UTF-16 cannot be declared in letters of one byte: whoever says so does not know.
        None => declared(bytes).filter(|encoding| ![UTF_16LE, UTF_16BE].contains(encoding)),
    };
    match declared {
        // What says UTF-8 and is mostly something else was never converted.
        Some(encoding) if encoding == UTF_8 && is_mostly_broken(bytes) => {
            decode(bytes, options, report)
        }
        Some(encoding) if options.encoding.is_none() && std::str::from_utf8(bytes).is_err() => {
            Ok(decode_as(encoding, bytes, report))
        }
        _ => decode(bytes, options, report),
    }
}

/// Whether more bytes above ASCII are no UTF-8 than are.
fn is_mostly_broken(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += chunk.invalid().len();
    }
    broken > whole
}

/// What the first kilobytes of a page or an XML file say of its encoding.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let at = head.find("charset=").map(|at| at + 8).or_else(|| {
        let is_xml = head.trim_start().starts_with("<?xml");
        head.find("encoding=").filter(|_| is_xml).map(|at| at + 9)
    })?;
    let label = head[at..].trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)))?;
    Encoding::for_label(&label.as_bytes()[..end])
}

fn decode(
    bytes: &[u8],
    options: &ImportOptions,
    report: &mut Report,
) -> Result<String, ImportError> {
    if let Some(text) = decode_utf32(bytes) {
        return Ok(text);
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(decode_as(encoding, bytes, report));
    }
    if looks_binary(bytes) {
        return Err(ImportError::NotText);
    }
    let wanted = options
        .encoding
        .as_deref()
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Some(encoding) = wanted {
        return Ok(decode_as(encoding, bytes, report));
    }
    if let Some(old) = options.encoding.as_deref().and_then(Old::named) {
        return Ok(old.decode(bytes));
    }
    if let Some((name, read)) = looks_utf32(bytes) {
        report.note(RemarkKind::EncodingGuessed, 0, name);
        return Ok(units_of(bytes, read));
    }
    // ASCII in UTF-16 is valid UTF-8 too, every other byte a NUL.
    if let Some(encoding) = looks_utf16(bytes) {
        return Ok(decode_guessed(encoding, bytes, report));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let is_shifted = [b"\x1b$B", b"\x1b$@"]
            .iter()
            .any(|shift| holds(bytes, *shift));
        return Ok(if is_shifted {
            decode_guessed(ISO_2022_JP, bytes, report)
        } else {
            text.to_owned()
        });
    }
    if is_mostly_utf8(bytes) {
        return Ok(decode_as(UTF_8, bytes, report));
    }
    if control_share(bytes) > 0.02 {
        return Err(ImportError::NotText);
    }
    let guess = guess(bytes);
    if let Some(old) = Old::better_than(guess, telling_part(bytes)) {
        report.note(RemarkKind::EncodingGuessed, 0, old.name());
        return Ok(old.decode(bytes));
    }
    Ok(decode_guessed(guess, bytes, report))
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// So much from the first character on that is not ASCII, and a little before it.
fn telling_part(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let start = first.saturating_sub(1024);
    &bytes[start..bytes.len().min(start + GUESSED_FROM)]
}

/// A UTF-8 file with a broken byte is still a UTF-8 file: that it is damaged is said by the replacements.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0, 0);
    for chunk in telling_part(bytes).utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // The part that is looked at may end within a character.
    whole > 2 && whole > broken.saturating_sub(1) * 8
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(telling_part(bytes), true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

fn decode_guessed(encoding: &'static Encoding, bytes: &[u8], report: &mut Report) -> String {
    if encoding != UTF_8 {
        report.note(RemarkKind::EncodingGuessed, 0, encoding.name());
    }
    decode_as(encoding, bytes, report)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8], report: &mut Report) -> String {
    let (text, _, had_errors) = encoding.decode(bytes);
    if had_errors {
        let places = text.matches('\u{fffd}').count();
        report.note_many(RemarkKind::CharactersReplaced, 0, "", places.max(1));
    }
    text.into_owned()
}

/// UTF-32 with a byte order mark, which the web's encoding library leaves out on purpose.
fn decode_utf32(bytes: &[u8]) -> Option<String> {
    let read: Unit = match bytes.get(..4)? {
        [0xff, 0xfe, 0, 0] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff] => u32::from_be_bytes,
        _ => return None,
    };
    Some(units_of(&bytes[4..], read))
}

/// How four bytes are one number.
type Unit = fn([u8; 4]) -> u32;

fn units_of(bytes: &[u8], read: Unit) -> String {
    let units = bytes.as_chunks::<4>().0;
    units
        .iter()
        .map(|unit| char::from_u32(read(*unit)).unwrap_or('\u{fffd}'))
        .collect()
}

/// UTF-32 without a mark: hardly anything else is made of nothing but numbers that are characters.
fn looks_utf32(bytes: &[u8]) -> Option<(&'static str, Unit)> {
    let (units, rest) = bytes.as_chunks::<4>();
    let units = &units[..units.len().min(4096)];
    let orders: [(&str, Unit); 2] = [
        ("UTF-32LE", u32::from_le_bytes),
        ("UTF-32BE", u32::from_be_bytes),
    ];
    let is_text = |read: Unit| {
        units.iter().all(|unit| {
            char::from_u32(read(*unit))
                .is_some_and(|character| !character.is_control() || character.is_whitespace())
        })
    };
    orders
        .into_iter()
        .find(|(_, read)| units.len() > 1 && rest.is_empty() && is_text(*read))
}

/// The first bytes of kinds of file that are often met and never text, whatever they are called.
fn looks_binary(bytes: &[u8]) -> bool {
    const SIGNATURES: [&[u8]; 17] = [
        b"\x89PNG\r\n",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"%PDF-",
        b"\x7fELF",
        b"MZ\x90\x00",
        b"\x1f\x8b\x08",
        b"BZh",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"ID3",
        b"OggS",
        b"fLaC",
        b"\xd0\xcf\x11\xe0",
    ];
    SIGNATURES
        .iter()
        .any(|signature| bytes.starts_with(signature))
        || (bytes.starts_with(b"RIFF") && bytes.len() > 12)
        || bytes.get(4..8) == Some(b"ftyp")
}

/// UTF-16 without a mark. Text in any other encoding has no bytes below 0x20 but line ends; in UTF-16 they are plentiful
/// (the zeros of Latin, the `0x0c` of a Chinese comma), and only the right order of bytes gives characters of few kinds.
fn looks_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes.as_chunks::<2>().0;
    let pairs = &pairs[..pairs.len().min(4096)];
    if pairs.is_empty() || control_share(pairs.as_flattened()) < 0.004 {
        return None;
    }
    let little = plausibility(pairs.iter().map(|pair| u16::from_le_bytes(*pair)));
    let big = plausibility(pairs.iter().map(|pair| u16::from_be_bytes(*pair)));
    // Two letters of one byte look like a Chinese one.
    let least = if std::str::from_utf8(bytes).is_ok() {
        0.85
    } else {
        0.5
    };
    if little > least && little > big + 0.1 {
        Some(UTF_16LE)
    } else if big > least && big > little + 0.1 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// From 1 for units that are all ordinary letters and punctuation down to -2 for noise.
fn plausibility(units: impl Iterator<Item = u16>) -> f64 {
    let (mut sum, mut number) = (0.0, 0);
    for character in char::decode_utf16(units) {
        number += 1;
        sum += match character.map(u32::from) {
            Ok(
                0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0xa0..=0x6ff | 0x900..=0xe7f | 0x1e00..=0x1fff,
            ) => 1.0,
            Ok(0x2010..=0x203a | 0x3000..=0x30ff | 0xff01..=0xff60) => 1.0,
            // Any two letters of one byte make one of these.
            Ok(0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0x1_f000..=0x1_faff) => 0.7,
            Ok(0x00..=0x1f | 0x7f..=0x9f | 0xe000..=0xf8ff | 0xfff0..) | Err(_) => -2.0,
            Ok(_) => 0.0,
        };
    }
    sum / f64::from(number.max(1))
}

fn control_share(bytes: &[u8]) -> f64 {
    let controls = bytes
        .iter()
        .filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
        .count();
    controls as f64 / bytes.len().max(1) as f64
}

/// One kind of line end, no control characters, no invisible marks at the start.
fn clean(text: &str, report: &mut Report) -> String {
    let mut out = String::with_capacity(text.len());
    let mut removed = 0;
    let mut characters = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .chars()
        .peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                out.push('\n');
            }
            // Next line, line and paragraph separator, form feed, vertical tab.
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{0c}' | '\u{0b}' => out.push('\n'),
            '\n' | '\t' => out.push(character),
            _ if character.is_control() => removed += 1,
            _ => out.push(character),
        }
    }
    if removed > 0 {
        report.note_many(RemarkKind::ControlsRemoved, 0, "", removed);
    }
    out
}
