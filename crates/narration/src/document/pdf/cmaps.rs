//! Tables of what the glyphs of a font stand for that say of some that they stand for nothing (`<025f> <>`, ISO 32000-2,
//! 9.10.3), as programs write them for letters that are drawn as several glyphs. The parser gives up such a table, and with
//! it every letter of the font; so they are written anew, in the same place, with a sign that nobody hears.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Object, Stream};
use memchr::memmem;

/// Tables longer than this are left alone, in bytes: all characters of a large font take less.
const LONGEST: usize = 4 << 20;

/// More fonts than this are in no book.
const MOST_FONTS: usize = 10_000;

/// The file with such tables mended; `None` where there are none.
pub(super) fn mended(file: &[u8], pdf: &Pdf) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    for object in pdf.objects().into_iter().take(MOST_FONTS * 100) {
        let Object::Dict(font) = &object else {
            continue;
        };
        let Some((old, new)) = table(font) else {
            continue;
        };
        // What is encrypted is not found, and left as it is.
        if let Some(at) = memmem::find(file, &old) {
            let file = mended.get_or_insert_with(|| file.to_vec());
            file[at..at + old.len()].copy_from_slice(&new);
        }
    }
    mended
}

/// The bytes of a font's table and those to put there, as many; `None` if it needs no mending or cannot be mended.
fn table(font: &Dict<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let stream = font.get::<Stream<'_>>("ToUnicode")?;
    let packed = stream.raw_data().into_owned();
    if packed.len() > LONGEST {
        return None;
    }
    let table = stream.decoded().ok()?;
    let filled = (table.len() <= LONGEST).then(|| filled(&table)).flatten()?;
    let (mut new, fill) = if stream.filters().is_empty() {
        (filled, b' ')
    } else {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&filled).ok()?;
        (packer.finish().ok()?, 0)
    };
    if new.len() > packed.len() {
        return None;
    }
    new.resize(packed.len(), fill);
    Some((packed, new))
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
