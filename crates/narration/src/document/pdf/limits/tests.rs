use std::io::Write;

use super::*;

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn file(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut file = format!("1 0 obj\n<<{dictionary}>>\nstream\n").into_bytes();
    file.extend_from_slice(data);
    file.extend_from_slice(b"\nendstream\nendobj\n");
    file
}

#[test]
fn what_nobody_can_look_into_before_the_parser_is_short() {
    let sealed = |length: usize, trailer: &str| {
        let mut file = file("/Type/ObjStm/Filter/FlateDecode", &vec![0x5a; length]);
        file.extend_from_slice(trailer.as_bytes());
        check(&file)
    };
    let encrypted = "trailer\n<</Encrypt 5 0 R>>";
    assert!(sealed(LARGEST_SEALED / 2, encrypted).is_ok());
    assert!(sealed(LARGEST_SEALED * 2, "").is_ok());
    assert_eq!(
        sealed(LARGEST_SEALED * 2, encrypted),
        Err(ImportError::TooComplex)
    );
}

#[test]
fn streams_that_unpack_to_far_more_than_a_text_are_refused() {
    let bomb = zlib(&vec![0; 40 << 20]);
    for (dictionary, data) in [
        ("/Filter/FlateDecode", bomb.clone()),
        ("/Filter /Fl", bomb[2..].to_vec()),
        ("/Filter[/FlateDecode/FlateDecode]", zlib(&bomb)),
        (
            "/Filter[/ASCIIHexDecode /FlateDecode]",
            bomb.iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes())
                .chain(*b">")
                .collect(),
        ),
        ("/Filter[/RunLengthDecode/RL]", [129, 129].repeat(200_000)),
    ] {
        assert_eq!(
            check(&file(dictionary, &data)),
            Err(ImportError::TooComplex),
            "{dictionary}"
        );
    }
}

#[test]
fn a_string_that_never_ends_is_refused_and_many_short_ones_are_not() {
    let random: String = (0..3_000_000_u32)
        .map(|number| char::from(b'a' + (number.wrapping_mul(2_654_435_761) >> 28) as u8))
        .collect();
    let told = |content: String| check(&file("/Filter/FlateDecode", &zlib(content.as_bytes())));
    assert_eq!(told(format!("({random}) Tj")), Err(ImportError::TooComplex));
    assert_eq!(told(random.replace("aa", ") Tj (")), Ok(()));
}

#[test]
fn an_array_is_as_long_as_it_is_whatever_its_strings_look_like() {
    let long = format!("[{}] TJ", "(]) 20 (\\)x) ".repeat(200));
    assert_eq!(longest_operand(long.as_bytes()), long.len() - 4);
    let short = "[(a) % ]\n(b)] TJ BI /W 1 ID ((([[[ EI (c(d)e) Tj ".repeat(300);
    assert_eq!(longest_operand(short.as_bytes()), 12);
}

#[test]
fn what_a_text_is_made_of_passes_and_so_do_pictures() {
    let page = zlib("BT (words and words) Tj ET\n".repeat(1000).as_bytes());
    assert_eq!(check(&file("/Filter/FlateDecode", &page)), Ok(()));
    let white = zlib(&vec![255; 40 << 20]);
    assert_eq!(
        check(&file("/Subtype/Image/Filter/FlateDecode", &white)),
        Ok(())
    );
    assert_eq!(check(&file("/Filter/FlateDecode", b"no deflate")), Ok(()));
}

#[test]
fn the_old_packings_are_counted_as_they_are_unpacked() {
    // The example of the standard, 7.4.4.2: 45 45 45 45 45 65 45 45 45 66.
    let packed = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
    assert_eq!(lzw(&packed).1, 10);
    let mut kept = Vec::new();
    ascii_85(b"87cURD]i,\"Ebo80~>", &mut |piece| {
        kept.extend_from_slice(piece);
    });
    assert_eq!(kept, b"Hello World!");
    let mut kept = Vec::new();
    run_length(&[2, b'a', b'b', b'c', 254, b'x', 128], &mut |piece| {
        kept.extend_from_slice(piece);
    });
    assert_eq!(kept, b"abcxxx");
}
