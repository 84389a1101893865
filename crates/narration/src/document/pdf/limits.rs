//! Whether the packed streams of a PDF unpack to what a text may be, found out before anything keeps them.
//!
//! The parser unpacks a stream whole, however much it becomes. So each one is unpacked here first, piece by piece, and
//! counted. Only filters that make more of less are followed (ISO 32000-2, 7.4); pictures are never unpacked at all.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Object, ObjectIdentifier, Stream};
use memchr::memmem;

use crate::document::ImportError;

/// No stream unpacks to more, in bytes.
const LARGEST_STREAM: usize = 192 << 20;

/// One that unpacks to more than this, in bytes, must not have been packed better than text, fonts and drawings are.
const LARGEST_DENSE_STREAM: usize = 12 << 20;

/// Text, fonts and drawings are packed to no less than this part of themselves.
const DENSEST: usize = 60;

/// All streams that are packed better, together, in bytes.
const LARGEST_DENSE_SUM: usize = 64 << 20;

/// A stream of objects in an encrypted file is no longer than this, in bytes: the parser unpacks the one with the catalog
/// before anybody else can look into it, and what is packed best becomes a thousand times as much.
const LARGEST_SEALED: usize = 512 << 10;

/// No text is printed at once that is longer than this, in bytes: the interpreter keeps all its glyphs until the end.
const LONGEST_STRING: usize = 1 << 20;

/// Fonts have no more characters than two bytes can number.
const LAST_CHARACTER: i64 = 0xffff;

/// The widths of characters that all ranges in one font may stand for.
const MOST_WIDTHS: i64 = 1 << 20;

/// Dictionaries that stand in one another are looked into so deep.
const DEEPEST: usize = 6;

/// A stream's dictionary is not longer than this, in bytes.
const DICTIONARY: usize = 4096;

/// # Errors
/// [`ImportError::TooComplex`] for a file with streams that unpack to more than they may.
pub(super) fn check(file: &[u8]) -> Result<(), ImportError> {
    let mut sum = Sum::default();
    let is_encrypted = memmem::find(file, b"/Encrypt").is_some();
    for stream in streams(file) {
        if is_encrypted && memmem::find(stream.dictionary, b"/ObjStm").is_some() {
            let end = memmem::find(stream.data, b"endstream");
            if end.unwrap_or(stream.data.len()) > LARGEST_SEALED {
                return Err(ImportError::TooComplex);
            }
        }
        sum.add(stream.data, &filters(stream.dictionary))?;
    }
    Ok(())
}

/// The same for a file that is encrypted with no password: what is in its streams can be seen only now that it is open.
///
/// # Errors
/// [`ImportError::TooComplex`] for a file with streams that unpack to more than they may.
pub(super) fn check_encrypted(file: &[u8], pdf: &Pdf) -> Result<(), ImportError> {
    if memmem::find(file, b"/Encrypt").is_none() {
        return Ok(());
    }
    let mut sum = Sum::default();
    for stream in streams(file) {
        let Some(id) = stream.id else { continue };
        if let Some(opened) = pdf.xref().get::<Stream<'_>>(id) {
            sum.add(&opened.raw_data(), &filters(stream.dictionary))?;
        }
    }
    Ok(())
}

/// A packed stream as it stands in the file.
struct Found<'a> {
    id: Option<ObjectIdentifier>,
    dictionary: &'a [u8],
    data: &'a [u8],
}

fn streams(file: &[u8]) -> impl Iterator<Item = Found<'_>> {
    memmem::find_iter(file, b"stream").filter_map(|at| {
        let data = match file.get(at + 6..) {
            Some([b'\r', b'\n', data @ ..] | [b'\n' | b'\r', data @ ..]) => data,
            _ => return None,
        };
        if file[..at].ends_with(b"end") {
            return None;
        }
        let before = &file[at.saturating_sub(DICTIONARY)..at];
        let start = memmem::rfind(before, b"obj");
        Some(Found {
            id: start.and_then(|start| identifier(&before[..start])),
            dictionary: &before[start.unwrap_or(0)..],
            data,
        })
    })
}

/// The two numbers at the end of `… 12 0 `, which stand before an object.
fn identifier(before: &[u8]) -> Option<ObjectIdentifier> {
    let tail = &before[before.len().saturating_sub(24)..];
    let tail = String::from_utf8_lossy(tail);
    let mut words = tail.split_ascii_whitespace().rev();
    let generation = words.next()?.parse().ok()?;
    Some(ObjectIdentifier::new(
        words.next()?.parse().ok()?,
        generation,
    ))
}

/// What the streams so far unpack to.
#[derive(Default)]
struct Sum {
    dense: usize,
}

impl Sum {
    fn add(&mut self, data: &[u8], filters: &[Filter]) -> Result<(), ImportError> {
        let (packed, unpacked) = sizes(data, filters)?;
        let is_dense = unpacked > packed.saturating_mul(DENSEST);
        if is_dense {
            self.dense += unpacked;
        }
        if unpacked > LARGEST_STREAM
            || is_dense && unpacked > LARGEST_DENSE_STREAM
            || self.dense > LARGEST_DENSE_SUM
        {
            return Err(ImportError::TooComplex);
        }
        Ok(())
    }
}

/// # Errors
/// [`ImportError::TooComplex`] for a page that prints more at once than the interpreter should keep.
pub(super) fn check_page(content: &[u8]) -> Result<(), ImportError> {
    if content.len() > LONGEST_STRING && longest_operand(content) > LONGEST_STRING {
        return Err(ImportError::TooComplex);
    }
    Ok(())
}

/// The longest string or array in what a page draws, read as the standard has them (ISO 32000-2, 7.3.4.2 and 8.9.7):
/// brackets nest, a backslash takes the meaning of the next sign, and pictures may hold anything.
fn longest_operand(content: &[u8]) -> usize {
    let (mut longest, mut depth) = (0, 0_usize);
    let mut string = 0;
    let mut array = None;
    let mut at = 0;
    while let Some(byte) = content.get(at) {
        match byte {
            b'\\' if depth > 0 => at += 1,
            b'(' => {
                if depth == 0 {
                    string = at;
                }
                depth += 1;
            }
            b')' => {
                depth = depth.saturating_sub(1);
                longest = longest.max(at.saturating_sub(string));
            }
            _ if depth > 0 => {}
            b'[' => array = array.or(Some(at)),
            b']' => longest = longest.max(array.take().map_or(0, |start| at - start)),
            b'%' => at += memchr::memchr2(b'\n', b'\r', &content[at..]).unwrap_or(0),
            b'I' if content[at..].starts_with(b"ID")
                && at > 0
                && content[at - 1].is_ascii_whitespace()
                && content.get(at + 2).is_some_and(u8::is_ascii_whitespace) =>
            {
                at += memmem::find(&content[at..], b"EI").unwrap_or(0) + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let open = array.into_iter().chain((depth > 0).then_some(string));
    open.map(|start| content.len() - start)
        .fold(longest, usize::max)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Flate,
    Lzw,
    RunLength,
    Ascii85,
    Hex,
}

/// The filters that a dictionary names, in order; none for a picture or a file within the file.
fn filters(dictionary: &[u8]) -> Vec<Filter> {
    if [&b"/Image"[..], b"/EmbeddedFile"]
        .iter()
        .any(|name| memmem::find(dictionary, name).is_some())
    {
        return Vec::new();
    }
    let names = dictionary.split(|byte| *byte == b'/').skip(1);
    let filter = |name: &[u8]| {
        let end = name
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        Some(match &name[..end] {
            b"FlateDecode" | b"Fl" => Filter::Flate,
            b"LZWDecode" | b"LZW" => Filter::Lzw,
            b"RunLengthDecode" | b"RL" => Filter::RunLength,
            b"ASCII85Decode" | b"A85" => Filter::Ascii85,
            b"ASCIIHexDecode" | b"AHx" => Filter::Hex,
            _ => return None,
        })
    };
    names.filter_map(filter).collect()
}

/// How long a stream is, and how long what is in it; both only as far as the limit. It ends where its filter says, which
/// is never after the end that its dictionary has for it.
fn sizes(data: &[u8], filters: &[Filter]) -> Result<(usize, usize), ImportError> {
    let Some((last, former)) = filters.split_last() else {
        return Ok((0, 0));
    };
    let mut packed = None;
    let mut unpacked: Option<Vec<u8>> = None;
    for filter in former {
        let mut kept = Vec::new();
        let (read, _) = unpack(unpacked.as_deref().unwrap_or(data), *filter, &mut |piece| {
            kept.extend_from_slice(piece);
        });
        if kept.len() > LARGEST_STREAM {
            return Err(ImportError::TooComplex);
        }
        packed = packed.or(Some(read));
        unpacked = Some(kept);
    }
    let mut strings = Strings::default();
    let (read, made) = unpack(unpacked.as_deref().unwrap_or(data), *last, &mut |piece| {
        strings.read(piece);
    });
    if strings.longest.max(strings.length) > LONGEST_STRING {
        return Err(ImportError::TooComplex);
    }
    Ok((packed.unwrap_or(read), made))
}

/// How long what stands in round or square brackets is. What is no page has such signs too, but soon their counterparts.
#[derive(Default)]
struct Strings {
    /// What ends the one that is open.
    end: Option<u8>,
    length: usize,
    longest: usize,
}

impl Strings {
    fn read(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let found = match self.end {
                Some(end) => memchr::memchr(end, piece),
                None => memchr::memchr2(b'(', b'[', piece),
            };
            let Some(at) = found else {
                if self.end.is_some() {
                    self.length += piece.len();
                }
                return;
            };
            if self.end.take().is_some() {
                self.longest = self.longest.max(self.length + at);
            } else {
                self.end = Some(if piece[at] == b'(' { b')' } else { b']' });
            }
            self.length = 0;
            piece = &piece[at + 1..];
        }
    }
}

/// # Errors
/// [`ImportError::TooComplex`] for fonts that say more of their characters than there can be.
pub(super) fn check_fonts(pdf: &Pdf) -> Result<(), ImportError> {
    for object in pdf.objects() {
        let is_sound = match &object {
            Object::Dict(dict) => is_sound(dict, 0),
            Object::Stream(stream) => is_sound(stream.dict(), 0),
            _ => true,
        };
        if !is_sound {
            return Err(ImportError::TooComplex);
        }
    }
    Ok(())
}

/// A dictionary, which may be a font, and those within it.
fn is_sound(dict: &Dict<'_>, depth: usize) -> bool {
    if dict
        .get::<i64>("FirstChar")
        .is_some_and(|first| first > LAST_CHARACTER)
    {
        return false;
    }
    for (name, parts) in [("W", 3), ("W2", 5)] {
        if dict
            .get::<Array<'_>>(name)
            .is_some_and(|widths| ranges(&widths, parts) > MOST_WIDTHS)
        {
            return false;
        }
    }
    if depth >= DEEPEST {
        return true;
    }
    let fonts = dict.get::<Array<'_>>("DescendantFonts");
    let mut fonts = fonts
        .iter()
        .flat_map(|fonts| fonts.iter::<Dict<'_>>().take(8));
    fonts.all(|font| is_sound(&font, DEEPEST))
        && dict.entries().all(|(_, value)| match value {
            MaybeRef::NotRef(Object::Dict(inner)) => is_sound(&inner, depth + 1),
            _ => true,
        })
}

/// How many characters the ranges of an array of widths hold (ISO 32000-2, 9.7.4.3): a range is its first and its last
/// character and then what holds for all.
fn ranges(widths: &Array<'_>, parts: usize) -> i64 {
    let mut sum = 0_i64;
    let mut open: Vec<i64> = Vec::new();
    for part in widths.iter::<Object<'_>>() {
        match part {
            Object::Number(number) => open.push(number.as_i64()),
            _ => open.clear(),
        }
        if open.len() == parts {
            sum = sum.saturating_add(open[1].saturating_sub(open[0]).max(0));
            open.clear();
        }
    }
    sum
}

/// Unpacks up to the limit; gives back how much was read and made.
fn unpack(data: &[u8], filter: Filter, keep: &mut dyn FnMut(&[u8])) -> (usize, usize) {
    match filter {
        Filter::Flate => {
            let mut zlib = ZlibDecoder::new(data);
            let made = drain(&mut zlib, keep);
            if made > 0 {
                return (zlib.total_in() as usize, made);
            }
            // Some files leave out the two bytes in front; the parser forgives that.
            let mut bare = DeflateDecoder::new(data);
            let made = drain(&mut bare, keep);
            (bare.total_in() as usize, made)
        }
        // Counted only: what is long in it is packed too well anyway.
        Filter::Lzw => lzw(data),
        Filter::RunLength => run_length(data, keep),
        Filter::Ascii85 => ascii_85(data, keep),
        Filter::Hex => {
            let end = memchr::memchr(b'>', data).unwrap_or(data.len());
            let mut half = None;
            for digit in data[..end]
                .iter()
                .filter_map(|byte| (*byte as char).to_digit(16))
            {
                half = match half {
                    Some(high) => {
                        keep(&[(high << 4 | digit) as u8]);
                        None
                    }
                    None => Some(digit),
                };
            }
            (end, end / 2)
        }
    }
}

fn drain(from: &mut dyn Read, keep: &mut dyn FnMut(&[u8])) -> usize {
    let mut piece = vec![0; 1 << 16];
    let mut made = 0;
    while made <= LARGEST_STREAM {
        match from.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(number) => {
                made += number;
                keep(&piece[..number]);
            }
        }
    }
    made
}

/// Counts only: nothing that is packed twice is packed with this first. Codes of 9 to 12 bits; 256 begins anew, 257 ends.
fn lzw(data: &[u8]) -> (usize, usize) {
    let mut lengths: Vec<u32> = vec![1; 258];
    let (mut bits, mut held, mut width) = (0_u32, 0_u32, 9);
    let mut made = 0_usize;
    let mut former: Option<u32> = None;
    for (at, byte) in data.iter().enumerate() {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held & ((1 << width) - 1)) as usize;
        bits &= (1 << held) - 1;
        match code {
            256 => {
                lengths.truncate(258);
                width = 9;
                former = None;
                continue;
            }
            257 => return (at, made),
            _ => {}
        }
        let length = match (lengths.get(code), former) {
            (Some(length), _) => *length,
            (None, Some(former)) => former + 1,
            (None, None) => return (at, made),
        };
        made += length as usize;
        if made > LARGEST_STREAM {
            return (at, made);
        }
        if let Some(former) = former
            && lengths.len() < 4096
        {
            lengths.push(former + 1);
            // A code becomes longer one early.
            width = match lengths.len() + 1 {
                ..512 => 9,
                512..1024 => 10,
                1024..2048 => 11,
                _ => 12,
            };
        }
        former = Some(length);
    }
    (data.len(), made)
}

fn run_length(data: &[u8], keep: &mut dyn FnMut(&[u8])) -> (usize, usize) {
    let (mut at, mut made) = (0, 0);
    while let Some(length) = data.get(at).copied().filter(|length| *length != 128) {
        let run = if length < 128 {
            let end = (at + 2 + usize::from(length)).min(data.len());
            let run = &data[(at + 1).min(end)..end];
            keep(run);
            at = end;
            run.len()
        } else {
            let run = 257 - usize::from(length);
            if let Some(byte) = data.get(at + 1) {
                keep(&[*byte; 129][..run]);
            }
            at += 2;
            run
        };
        made += run;
        if made > LARGEST_STREAM {
            break;
        }
    }
    (at, made)
}

fn ascii_85(data: &[u8], keep: &mut dyn FnMut(&[u8])) -> (usize, usize) {
    let end = memchr::memchr(b'~', data).unwrap_or(data.len());
    let mut group: u64 = 0;
    let mut digits = 0;
    let mut made = 0;
    for byte in &data[..end] {
        match byte {
            b'z' if digits == 0 => {
                keep(&[0; 4]);
                made += 4;
            }
            b'!'..=b'u' => {
                group = group * 85 + u64::from(byte - b'!');
                digits += 1;
                if digits == 5 {
                    keep(&(group as u32).to_be_bytes());
                    made += 4;
                    (group, digits) = (0, 0);
                }
            }
            _ => {}
        }
        if made > LARGEST_STREAM {
            break;
        }
    }
    if digits > 1 {
        for _ in digits..5 {
            group = group * 85 + 84;
        }
        keep(&(group as u32).to_be_bytes()[..digits - 1]);
        made += digits - 1;
    }
    (end, made)
}

#[cfg(test)]
mod tests;
