//! Books to drop on a window: EPUB files made here, so that none has to be kept.

/// An EPUB of these chapters, each a title and the markup below it.
pub fn book(title: &str, author: &str, chapters: &[(String, String)]) -> Vec<u8> {
    const XML: &str = "<?xml version=\"1.0\"?>";
    let page = |title: &str, body: &str| {
        format!(
            "{XML}<html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\"><head><title>{title}</title></head><body>{body}</body></html>"
        )
    };
    let (mut manifest, mut spine, mut contents) = (String::new(), String::new(), String::new());
    let mut files = vec![
        ("mimetype".to_owned(), "application/epub+zip".to_owned()),
        (
            "META-INF/container.xml".to_owned(),
            format!(
                "{XML}<container version=\"1.0\" xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\"><rootfiles><rootfile full-path=\"package.opf\" media-type=\"application/oebps-package+xml\"/></rootfiles></container>"
            ),
        ),
    ];
    for (number, (title, body)) in chapters.iter().enumerate() {
        let name = format!("chapter{number}.xhtml");
        manifest += &format!(
            "<item id=\"c{number}\" href=\"{name}\" media-type=\"application/xhtml+xml\"/>"
        );
        spine += &format!("<itemref idref=\"c{number}\"/>");
        contents += &format!("<li><a href=\"{name}\">{title}</a></li>");
        files.push((name, page(title, &format!("<h1>{title}</h1>{body}"))));
    }
    files.push((
        "nav.xhtml".to_owned(),
        page(
            "Contents",
            &format!("<nav epub:type=\"toc\"><ol>{contents}</ol></nav>"),
        ),
    ));
    files.push((
        "package.opf".to_owned(),
        format!("{XML}<package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" unique-identifier=\"id\"><metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:identifier id=\"id\">{title}</dc:identifier><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>en</dc:language></metadata><manifest><item id=\"nav\" href=\"nav.xhtml\" media-type=\"application/xhtml+xml\" properties=\"nav\"/>{manifest}</manifest><spine>{spine}</spine></package>"),
    ));
    stored(&files)
}

/// A ZIP archive of files that are not compressed (APPNOTE 4.3).
fn stored(files: &[(String, String)]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, text) in files {
        let at = archive.len() as u32;
        let mut fields = Vec::new();
        fields.extend([20_u16, 0, 0, 0, 33].map(u16::to_le_bytes).concat());
        let length = text.len() as u32;
        let sums = [crc32(text.as_bytes()), length, length];
        fields.extend(sums.map(u32::to_le_bytes).concat());
        fields.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        archive.extend(b"PK\x03\x04");
        archive.extend(&fields);
        archive.extend(name.as_bytes());
        archive.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0_u8; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = archive.len() as u32;
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([files.len() as u16; 2].map(u16::to_le_bytes).concat());
    let places = [directory.len() as u32, start];
    archive.extend(places.map(u32::to_le_bytes).concat());
    archive.extend([0_u8, 0]);
    archive
}

/// The checksum of ZIP (ISO 3309), bit by bit: these files are short.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = !0_u32;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}
