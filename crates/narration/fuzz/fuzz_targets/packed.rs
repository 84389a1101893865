//! Bytes as the parts of a sound package: random bytes are hardly ever an archive, and would not reach the readers of
//! what is packed.

/// The input, cut into parts at each line `====`.
pub(crate) fn parts<'a, const N: usize>(bytes: &'a [u8]) -> [&'a [u8]; N] {
    let mut parts = [&b""[..]; N];
    let mut rest = bytes;
    for part in &mut parts {
        let mark = rest.windows(6).position(|window| window == b"\n====\n");
        let (head, tail) = match mark {
            Some(at) => (&rest[..at], &rest[at + 6..]),
            None => (rest, &b""[..]),
        };
        (*part, rest) = (head, tail);
    }
    parts
}

/// An archive of these files, as they are.
pub(crate) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut list = Vec::new();
    for (name, content) in files {
        let at = archive.len() as u32;
        let mut head = Vec::new();
        // Version, flags, method (stored), time, date, checksum (0 is not checked), sizes, lengths of names.
        head.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        head.extend((content.len() as u32).to_le_bytes());
        head.extend((content.len() as u32).to_le_bytes());
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&head);
        archive.extend(name.as_bytes());
        archive.extend(*content);
        list.extend(b"PK\x01\x02");
        list.extend([20, 0]);
        list.extend(&head);
        list.extend([0; 10]);
        list.extend(at.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (start, count) = (archive.len() as u32, files.len() as u16);
    archive.extend(&list);
    archive.extend(b"PK\x05\x06");
    archive.extend([0; 4]);
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend((list.len() as u32).to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0; 2]);
    archive
}
