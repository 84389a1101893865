//! A small sound file of each format, to be broken.

use std::fmt::Write as _;
use std::io::Write as _;

/// An archive of these files, packed.
pub(crate) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let (mut entry, config) = archive
            .new_file(name)
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .start()
            .expect("the archive takes a file");
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).expect("memory takes it");
        let (encoder, descriptor) = writer.finish().expect("memory takes it");
        encoder.finish().expect("memory takes it");
        entry.finish(descriptor).expect("the archive takes a file");
    }
    archive.finish().expect("the archive ends");
    bytes
}

const PROSE: &str = "The keeper climbed the stairs at dusk, as he had done for thirty years, and trimmed the wick. “You are late,” he said. Dr. Hale was to be here at 4 p.m.";

pub(crate) fn epub(spine: &str, page: &str) -> Vec<u8> {
    let opf = format!(
        "<package><metadata><dc:title>The Lamp</dc:title></metadata><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/><item id='n' href='n.html' properties='nav' media-type='application/xhtml+xml'/></manifest><spine>{spine}</spine></package>"
    );
    pack(&[
        ("mimetype", b"application/epub+zip"),
        (
            "META-INF/container.xml",
            b"<container><rootfiles><rootfile full-path='o.opf'/></rootfiles></container>",
        ),
        ("o.opf", opf.as_bytes()),
        (
            "n.html",
            b"<nav epub:type='toc'><ol><li><a href='a.html#x'>One</a></li></ol></nav>",
        ),
        ("a.html", page.as_bytes()),
    ])
}

pub(crate) fn docx(body: &str) -> Vec<u8> {
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    pack(&[("word/document.xml", document.as_bytes())])
}

pub(crate) fn odt(body: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    );
    pack(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
    ])
}

/// The objects of a PDF, the first of them its catalog.
pub(crate) fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut list = String::new();
    for (index, object) in objects.iter().enumerate() {
        writeln!(list, "{:010} 00000 n ", file.len()).expect("memory takes it");
        file.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let number = objects.len() + 1;
    file.extend(
        format!(
            "xref\n0 {number}\n0000000000 65535 f \n{list}trailer\n<</Size {number}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
        )
        .into_bytes(),
    );
    file
}

pub(crate) fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    let mut object = format!(
        "<<{dictionary}/Filter/FlateDecode/Length {}>>stream\n",
        packed.len()
    )
    .into_bytes();
    object.extend(packed);
    object.extend(b"\nendstream");
    object
}

/// A page with this content and this font.
pub(crate) fn page(content: &str, font: &str) -> Vec<u8> {
    pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>".to_vec(),
        font.as_bytes().to_vec(),
        stream("", content.as_bytes()),
    ])
}

pub(crate) const FONT: &str =
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// A name and its file, for each format.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let html = format!(
        "<html><head><title>T</title></head><body><h1 id='x'>One</h1><p>{PROSE}<sup><a href='#n'>1</a></sup></p><table><tr><td>a<td>b</table><ul><li>x</ul><aside id='n'>Note</aside></body></html>"
    );
    let lines: String = (0..40)
        .map(|line| {
            format!(
                "BT /F1 11 Tf 60 {} Td ({}) Tj ET\n",
                760 - line * 14,
                &PROSE[..80]
            )
        })
        .collect();
    vec![
        ("a.txt", format!("CHAPTER I\n\n{PROSE}\n\n* * *\n\n- one\n- two\n").into_bytes()),
        ("a.md", format!("# One\n\n{PROSE}[^1]\n\n> q\n\n| a | b |\n|---|---|\n| c | d |\n\n[^1]: n\n").into_bytes()),
        ("a.html", html.clone().into_bytes()),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\n<i>Words</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nMore\n".to_vec()),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Words &amp; more\n".to_vec()),
        ("a.rtf", br"{\rtf1\ansi{\fonttbl{\f0\fcharset204 A;}}{\stylesheet{\s1 heading 1;}}\pard\s1 One\par\pard Fl\'fc\u8212 ?e{\footnote n}\par\trowd\intbl a\cell b\cell\row}".to_vec()),
        ("a.epub", epub("<itemref idref='a'/>", &html)),
        ("a.docx", docx(&format!("<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r><w:t>One</w:t></w:r></w:p><w:p><w:r><w:t>{PROSE}</w:t></w:r><w:del><w:r><w:delText>x</w:delText></w:r></w:del></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"))),
        ("a.odt", odt(&format!("<text:h text:outline-level='1'>One</text:h><text:p>{PROSE}<text:s text:c='3'/>end</text:p><text:list><text:list-item><text:p>x</text:p></text:list-item></text:list>"))),
        ("a.pdf", page(&lines, FONT)),
    ]
}
