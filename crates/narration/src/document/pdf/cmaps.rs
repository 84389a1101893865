//! Tables of what the glyphs of a font stand for that say of some that they stand for nothing (`<025f> <>`, ISO 32000-2,
//! 9.10.3), as programs write them for letters that are drawn as several glyphs. The parser gives up such a table, and with
//! it every letter of the font; so they are written anew, in the same place, with a sign that nobody hears.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Object, Stream};
use memchr::memmem;

/// Tables longer than this are left alone, in bytes: all characters of a large font take less.
const LONGEST: usize = 1 << 20;

/// No more than this is unpacked to look for such tables, in bytes.
const MOST: usize = 64 << 20;

/// The file with such tables mended; `None` where there are none.
pub(super) fn mended(file: &[u8], pdf: &Pdf) -> Option<Vec<u8>> {
    let start = pdf.data().as_ref().as_ptr() as usize;
    let mut mended: Option<Vec<u8>> = None;
    let mut seen = HashSet::new();
    let mut unpacked = 0;
    for object in pdf.objects() {
        let Object::Dict(font) = &object else {
            continue;
        };
        let Some(stream) = font.get::<Stream<'_>>("ToUnicode") else {
            continue;
        };
        // What is encrypted stands nowhere in the file, and is left as it is.
        let Cow::Borrowed(packed) = stream.raw_data() else {
            continue;
        };
        if packed.len() > LONGEST || !seen.insert(stream.obj_id()) {
            continue;
        }
        let Ok(table) = stream.decoded() else {
            continue;
        };
        unpacked += table.len();
        if unpacked > MOST {
            break;
        }
        let Some(new) = packed_anew(&table, packed.len(), stream.filters().is_empty()) else {
            continue;
        };
        let at = (packed.as_ptr() as usize).wrapping_sub(start);
        let file = mended.get_or_insert_with(|| file.to_vec());
        let place = at
            .checked_add(packed.len())
            .and_then(|end| file.get_mut(at..end));
        if let Some(place) = place.filter(|place| **place == *packed) {
            place.copy_from_slice(&new);
        }
    }
    mended
}

/// What to put in the place of a table, as long as that is; `None` if it needs no mending or has no room.
fn packed_anew(table: &[u8], room: usize, is_plain: bool) -> Option<Vec<u8>> {
    let filled = (table.len() <= LONGEST).then(|| filled(table)).flatten()?;
    let (mut new, fill) = if is_plain {
        (filled, b' ')
    } else {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&filled).ok()?;
        (packer.finish().ok()?, 0)
    };
    (new.len() <= room).then(|| {
        new.resize(room, fill);
        new
    })
}

/// The lists of a table without what stands around them, so that there is room; `None` if all its targets have letters.
fn filled(table: &[u8]) -> Option<Vec<u8>> {
    let lists = memmem::find(table, b"beginbf")?;
    let mut filled = Vec::with_capacity(table.len() - lists);
    let mut is_empty_known = false;
    for &byte in &table[lists..] {
        let is_space = byte.is_ascii_whitespace();
        let last = filled.last().copied();
        if is_space && matches!(last, Some(b' ' | b'<' | b'>' | b'[')) {
            continue;
        }
        if byte == b'>' && last == Some(b'<') {
            filled.extend_from_slice(b"0001");
            is_empty_known = true;
        }
        filled.push(if is_space { b' ' } else { byte });
    }
    is_empty_known.then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_nothing_stands_for_a_sign_that_nobody_hears() {
        let table = b"/CMapName /X def\n2 beginbfchar\n<01> <0041>\n<02> < >\nendbfchar\nendcmap\n";
        let expected = "beginbfchar <01><0041><02><0001>endbfchar endcmap ";
        assert_eq!(String::from_utf8(filled(table).unwrap()).unwrap(), expected);
        assert!(filled(b"1 beginbfchar <01> <0041> endbfchar").is_none());
    }
}
