//! Bytes of a file → clean text, with an account of what was guessed and dropped.
//!
//! What it is: the import of plain text and Markdown, in any encoding, bounded in size. What it is not: it opens no
//! files and decides nothing about sentences; that is [`crate::script`].

use std::path::Path;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The largest file that is read: 10 MB.
pub const MAX_BYTES: u64 = 10_000_000;

/// A text ready to be split into sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The first heading of a Markdown file, else the file's name without its ending.
    pub title: String,
    /// Lines end in `\n`; no control characters but `\n` and `\t`; never blank.
    pub text: String,
    /// What a person should know of how it was read.
    pub remarks: Vec<Remark>,
}

/// Something that was guessed or dropped while reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The file does not say its encoding; this one fits best. The name is the WHATWG label, e.g. `windows-1252`.
    EncodingGuessed(&'static str),
    /// So many places held bytes that mean nothing in the file's encoding; each became `�`, which is not spoken.
    CharactersReplaced(usize),
    /// So many control characters (NUL and the like) were left out.
    ControlsRemoved(usize),
    /// Markdown signs were read as structure and are not spoken.
    MarkdownRead,
}

/// Why a file gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not a kind of file that can be read: a picture, a program, a Word file.
    #[error("this kind of file cannot be read as text")]
    NotText,
    /// Larger than [`MAX_BYTES`].
    #[error("the file is larger than 10 MB")]
    TooLarge,
    /// Nothing but white space.
    #[error("there is no text in the file")]
    Empty,
}

/// How a file's name says it is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Markdown,
}

fn kind_of(name: &str) -> Option<Kind> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "txt" | "text" => Some(Kind::Plain),
        "md" | "markdown" => Some(Kind::Markdown),
        _ => None,
    }
}

/// Whether a file of this name is worth opening at all.
pub fn is_supported(name: &str) -> bool {
    kind_of(name).is_some()
}

/// Reads a file's bytes. `name` is the file's name with its ending, which decides how they are read.
///
/// # Errors
/// [`ImportError`] when the ending is not one of `.txt`, `.text`, `.md`, `.markdown`, when the bytes are no text, when
/// there are more than [`MAX_BYTES`], or when nothing is left to read.
pub fn import(name: &str, bytes: &[u8]) -> Result<Document, ImportError> {
    let kind = kind_of(name).ok_or(ImportError::NotText)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let mut remarks = Vec::new();
    let decoded = decode(bytes, &mut remarks)?;
    let mut text = clean(&decoded, &mut remarks);
    let mut title = title_from_name(name);
    if kind == Kind::Markdown {
        let read = read_markdown(&text);
        remarks.push(Remark::MarkdownRead);
        text = read.text;
        if let Some(heading) = read.heading {
            title = heading;
        }
    }
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    Ok(Document {
        title,
        text,
        remarks,
    })
}

fn title_from_name(name: &str) -> String {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or(name).to_owned()
}

/// Bytes → text: a byte order mark is believed, then UTF-8 if it is valid, then UTF-16 by the pattern of its zeros,
/// then a guess by letter frequencies.
fn decode(bytes: &[u8], remarks: &mut Vec<Remark>) -> Result<String, ImportError> {
    if let Some(text) = decode_utf32(bytes) {
        return Ok(text);
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(decode_as(encoding, bytes, remarks));
    }
    if looks_binary(bytes) {
        return Err(ImportError::NotText);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return match looks_utf16(bytes) {
            // ASCII in UTF-16 is valid UTF-8 too, every other byte a NUL.
            Some(encoding) => Ok(decode_guessed(encoding, bytes, remarks)),
            None => Ok(text.to_owned()),
        };
    }
    if let Some(encoding) = looks_utf16(bytes) {
        return Ok(decode_guessed(encoding, bytes, remarks));
    }
    if control_share(bytes) > 0.02 {
        return Err(ImportError::NotText);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Allow);
    Ok(decode_guessed(encoding, bytes, remarks))
}

fn decode_guessed(encoding: &'static Encoding, bytes: &[u8], remarks: &mut Vec<Remark>) -> String {
    // A UTF-8 file with one broken byte is still a UTF-8 file: that it is damaged is said by the replacements.
    if encoding != UTF_8 {
        remarks.push(Remark::EncodingGuessed(encoding.name()));
    }
    decode_as(encoding, bytes, remarks)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8], remarks: &mut Vec<Remark>) -> String {
    let (text, _, had_errors) = encoding.decode(bytes);
    if had_errors {
        remarks.push(Remark::CharactersReplaced(text.matches('\u{fffd}').count()));
    }
    text.into_owned()
}

/// UTF-32 with a byte order mark, which the web's encoding library leaves out on purpose.
fn decode_utf32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes.get(..4)? {
        [0xff, 0xfe, 0, 0] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff] => u32::from_be_bytes,
        _ => return None,
    };
    let units = bytes[4..]
        .chunks_exact(4)
        .map(|unit| [unit[0], unit[1], unit[2], unit[3]]);
    Some(
        units
            .map(|unit| char::from_u32(read(unit)).unwrap_or('\u{fffd}'))
            .collect(),
    )
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

/// UTF-16 without a mark: nearly all zeros of mostly Latin text stand on one side of the pairs, and pairs that are
/// line feeds or spaces are plentiful in any script.
fn looks_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes.as_chunks::<2>().0;
    let pairs = &pairs[..pairs.len().min(4096)];
    if pairs.is_empty() {
        return None;
    }
    let share = |wanted: fn(&[u8; 2]) -> bool| {
        pairs.iter().filter(|pair| wanted(pair)).count() as f64 / pairs.len() as f64
    };
    let little = share(|pair| pair[1] == 0 && pair[0] != 0);
    let big = share(|pair| pair[0] == 0 && pair[1] != 0);
    let little_space = share(|pair| matches!(pair, [b' ' | b'\n', 0]));
    let big_space = share(|pair| matches!(pair, [0, b' ' | b'\n']));
    if little > 0.4 && big < 0.05 || little_space > 0.04 && big_space < 0.005 && big < 0.05 {
        Some(UTF_16LE)
    } else if big > 0.4 && little < 0.05
        || big_space > 0.04 && little_space < 0.005 && little < 0.05
    {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn control_share(bytes: &[u8]) -> f64 {
    let controls = bytes
        .iter()
        .filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
        .count();
    controls as f64 / bytes.len().max(1) as f64
}

/// One kind of line end, no control characters, no invisible marks at the start.
fn clean(text: &str, remarks: &mut Vec<Remark>) -> String {
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
        remarks.push(Remark::ControlsRemoved(removed));
    }
    out
}

struct MarkdownText {
    text: String,
    heading: Option<String>,
}

/// Markdown → what a reader would say: headings, paragraphs and list items as paragraphs of their own, tables row by
/// row; code blocks, pictures, raw HTML and addresses of links are not speech and stay out.
fn read_markdown(source: &str) -> MarkdownText {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut text = String::with_capacity(source.len());
    let mut heading = None;
    let mut heading_start = None;
    let mut silent = 0_usize; // Depth inside blocks that are not spoken.
    for event in Parser::new_ext(source, options) {
        match event {
            Event::Start(
                Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Image { .. } | Tag::MetadataBlock(_),
            ) => silent += 1,
            Event::End(
                TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Image | TagEnd::MetadataBlock(_),
            ) => silent = silent.saturating_sub(1),
            _ if silent > 0 => {}
            Event::Start(Tag::Heading { .. }) => heading_start = Some(text.len()),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(start) = heading_start.take() {
                    let words = text[start..].trim();
                    if heading.is_none() && !words.is_empty() {
                        heading = Some(words.to_owned());
                    }
                }
                end_block(&mut text);
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Table) => end_block(&mut text),
            Event::Start(Tag::List(_)) => end_block(&mut text),
            Event::End(TagEnd::TableCell) => text.push_str(", "),
            Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                text.truncate(text.trim_end_matches([',', ' ']).len());
                text.push_str(".\n");
            }
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::SoftBreak => text.push(' '),
            Event::HardBreak => text.push('\n'),
            Event::Rule => end_block(&mut text),
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    MarkdownText { text, heading }
}

fn end_block(text: &mut String) {
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push_str("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(name: &str, bytes: &[u8]) -> String {
        import(name, bytes).unwrap().text
    }

    #[test]
    fn every_common_encoding_gives_the_same_text() {
        let words = "Zwölf Boxkämpfer jagten Viktor über den großen Sylter Deich. «Où est le café?» — Ñandú, señor; žluťoučký kůň příliš úpěl.";
        let utf16: Vec<u16> = words.encode_utf16().collect();
        let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let utf32: Vec<u8> = words
            .chars()
            .flat_map(|character| (character as u32).to_le_bytes())
            .collect();
        let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            words.as_bytes().to_vec(),
            with(b"\xef\xbb\xbf", words.as_bytes()),
            with(b"\xff\xfe", &little),
            with(b"\xfe\xff", &big),
            little.clone(),
            big.clone(),
            with(b"\xff\xfe\0\0", &utf32),
        ] {
            assert_eq!(text_of("a.txt", &bytes), words);
        }
    }

    #[test]
    fn an_old_western_file_is_read_and_the_guess_is_said() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252
            .encode("Der Fluß trägt das Mädchen über die Brücke, «déjà vu» inbegriffen.");
        let document = import("alt.txt", &bytes).unwrap();
        assert!(document.text.contains("Fluß trägt das Mädchen"));
        assert_eq!(document.remarks, [Remark::EncodingGuessed("windows-1252")]);
    }

    #[test]
    fn a_russian_file_of_the_nineties_is_read() {
        let words = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(words);
        assert_eq!(text_of("anna.txt", &bytes), words);
    }

    #[test]
    fn control_characters_are_left_out_and_counted() {
        let document = import("a.txt", b"One\0 two.\x07\r\nThree.\rFour.\x0cFive.").unwrap();
        assert_eq!(document.text, "One two.\nThree.\nFour.\nFive.");
        assert_eq!(document.remarks, [Remark::ControlsRemoved(2)]);
    }

    #[test]
    fn lone_surrogates_are_replaced_and_counted() {
        let units: Vec<u8> = [0x0041_u16, 0xd800, 0x0042]
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect();
        let document = import("a.txt", &[b"\xff\xfe", units.as_slice()].concat()).unwrap();
        assert_eq!(document.text, "A\u{fffd}B");
        assert_eq!(document.remarks, [Remark::CharactersReplaced(1)]);
    }

    #[test]
    fn what_is_not_text_is_refused_by_kind() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(import("photo.png", png), Err(ImportError::NotText));
        assert_eq!(import("photo.txt", png), Err(ImportError::NotText));
        assert_eq!(
            import("letter.docx", b"PK\x03\x04"),
            Err(ImportError::NotText)
        );
        assert_eq!(
            import(
                "noise.txt",
                &(0..=255).cycle().take(5000).collect::<Vec<u8>>()
            ),
            Err(ImportError::NotText)
        );
        assert_eq!(import("empty.txt", b""), Err(ImportError::Empty));
        assert_eq!(import("blank.md", b" \n\t\n"), Err(ImportError::Empty));
        assert_eq!(
            import("huge.txt", &vec![b'a'; MAX_BYTES as usize + 1]),
            Err(ImportError::TooLarge)
        );
        assert_eq!(import("no-ending", b"words"), Err(ImportError::NotText));
    }

    #[test]
    fn markdown_is_read_as_a_person_would_read_it() {
        let source = "---\ntags: x\n---\n# The *Keeper*\n\nHe wrote [three](https://example.org) lines,\nand `slept`.\n\n```rust\nfn main() {}\n```\n\n- one\n- two\n  - deep\n\n| Day | Rain |\n|---|---|\n| Monday | none |\n\n![alt](x.png)\n\n<b>bold</b> end";
        let document = import("keeper.md", source.as_bytes()).unwrap();
        assert_eq!(document.title, "The Keeper");
        assert_eq!(
            document.text,
            "The Keeper\n\nHe wrote three lines, and slept.\n\none\n\ntwo\n\ndeep\n\nDay, Rain.\nMonday, none.\n\nbold end"
        );
    }

    #[test]
    fn the_title_of_a_plain_file_is_its_name() {
        assert_eq!(
            import("My story.v2.txt", b"Hi.").unwrap().title,
            "My story.v2"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_bytes_end_in_clean_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000), markdown: bool) {
            let name = if markdown { "a.md" } else { "a.txt" };
            if let Ok(document) = import(name, &bytes) {
                prop_assert!(!document.text.trim().is_empty());
                prop_assert!(document.text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
            }
        }
    }
}
