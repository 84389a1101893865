use crate::document::tests::{assert_sound, pack, read};
use crate::document::{ImportError, ImportOptions, RemarkKind, import};

const CONTAINER: &str = "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles><rootfile full-path='OEBPS/book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>";

fn book(parts: &[(&str, &str)]) -> Vec<u8> {
    let fixed = [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", CONTAINER),
    ];
    let all: Vec<(&str, &[u8])> = fixed
        .iter()
        .chain(parts)
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    pack(&all)
}

fn modern() -> Vec<u8> {
    let opf = "<?xml version='1.0'?><package xmlns='http://www.idpf.org/2007/opf' version='3.0'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>The Keeper &amp; Co</dc:title><dc:creator>A. One</dc:creator><dc:creator>B. Two</dc:creator><dc:language>en-GB</dc:language></metadata>\
        <manifest><item id='nav' href='nav.xhtml' media-type='application/xhtml+xml' properties='nav'/><item id='a' href='text/one%20a.xhtml' media-type='application/xhtml+xml'/><item id='b' href='text/two.xhtml' media-type='application/xhtml+xml'/><item id='n' href='notes.xhtml' media-type='application/xhtml+xml'/><item id='c' href='c.jpg' media-type='image/jpeg' properties='cover-image'/><item id='gone' href='gone.xhtml' media-type='application/xhtml+xml'/></manifest>\
        <spine page-progression-direction='rtl'><itemref idref='nav'/><itemref idref='b'/><itemref idref='a'/><itemref idref='gone'/><itemref idref='n' linear='no'/></spine></package>";
    let nav = "<html xmlns:epub='http://www.idpf.org/2007/ops'><body><nav epub:type='toc'><h2>Contents</h2><ol><li><span>Part</span><ol><li><a href='text/two.xhtml'>Second first</a></li><li><a href='text/two.xhtml#mid'>Middle</a></li></ol></li><li><a href='text/one%20a.xhtml#x'>One</a></li></ol></nav><nav epub:type='page-list'><ol><li><a href='text/two.xhtml#p1'>1</a></li></ol></nav></body></html>";
    let two = "<html><head><title/></head><body><h1>Second</h1><p>It rained.<a epub:type='noteref' href='../notes.xhtml#n1'>1</a> Much.<span epub:type='pagebreak' id='p1' title='7'/></p><h2 id='mid'>Middle</h2><p>Sun<a id='z'/> came<sup><a href='#n2'>2</a></sup>, too.</p><aside id='n2' epub:type='footnote'><p>The second note.</p></aside><p hidden='hidden'>Secret</p><p>漢<ruby>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby></p></body></html>";
    let one = "<html dir='rtl'><body><p><a id='x'></a>שלום עולם.</p><p>Roses are red,<br/>Violets are blue</p><p>* * *</p><ul><li><p>An item</p></li></ul></body></html>";
    let notes = "<html><body><p id='n1'>The first note.</p></body></html>";
    book(&[
        ("OEBPS/book.opf", opf),
        ("OEBPS/nav.xhtml", nav),
        ("OEBPS/text/two.xhtml", two),
        ("OEBPS/text/one a.xhtml", one),
        ("OEBPS/notes.xhtml", notes),
        ("OEBPS/c.jpg", "JPEG"),
    ])
}

#[test]
fn a_book_is_read_in_the_order_of_its_spine_with_its_own_chapters() {
    let document = read("book.epub", &modern());
    assert_eq!(document.title, "The Keeper & Co");
    assert_eq!(document.author.as_deref(), Some("A. One, B. Two"));
    assert_eq!(
        document.cover.as_ref().map(|cover| cover.bytes.as_slice()),
        Some(b"JPEG".as_slice())
    );
    assert_eq!(
        document.text,
        "Second\n\nIt rained. Much.\n\nMiddle\n\nSun came, too.\n\n漢字\n\nשלום עולם.\n\nRoses are red,\nViolets are blue\n\n* * *\n\nAn item"
    );
    let chapters: Vec<_> = document
        .chapters
        .iter()
        .map(|chapter| {
            (
                chapter.title.as_str(),
                chapter.depth,
                chapter.blocks.clone(),
            )
        })
        .collect();
    assert_eq!(
        chapters,
        [
            ("Part", 0, 0..0),
            ("Second first", 1, 0..2),
            ("Middle", 1, 2..5),
            ("One", 0, 5..9)
        ]
    );
    let kinds: Vec<RemarkKind> = document.report.iter().map(|remark| remark.kind).collect();
    for kind in [
        RemarkKind::NoteMarksDropped,
        RemarkKind::NotesDropped,
        RemarkKind::PageNumbersDropped,
        RemarkKind::HiddenDropped,
        RemarkKind::ReadingAidsDropped,
        RemarkKind::NavigationDropped,
        RemarkKind::PartsMissing,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} in {:?}", document.report);
    }
    assert_sound(&document);
}

#[test]
fn what_was_dropped_comes_back_when_asked_for() {
    let keep = [
        RemarkKind::NotesDropped,
        RemarkKind::HiddenDropped,
        RemarkKind::NavigationDropped,
        RemarkKind::NoteMarksDropped,
    ]
    .into();
    let document = import(
        "book.epub",
        &modern(),
        &ImportOptions {
            keep,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    for words in [
        "The second note.",
        "The first note.",
        "Secret",
        "It rained.1",
    ] {
        assert!(document.text.contains(words), "{words}");
    }
}

#[test]
fn an_old_book_has_its_chapters_from_the_ncx() {
    let opf = "<package><metadata><dc:title>Old</dc:title></metadata><manifest><item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine toc='ncx'><itemref idref='a'/></spine></package>";
    let ncx = "<ncx><navMap><navPoint><navLabel><text>One</text></navLabel><content src='a.html'/><navPoint><navLabel><text>Inner</text></navLabel><content src='a.html#i'/></navPoint></navPoint></navMap></ncx>";
    let page = "<html><body><p>First.</p><div id='i'><p>Second<a href='#fn1'><sup>1</sup></a>.</p></div><p><a id='fn1' href='#r1'>1</a> A note at the end.</p></body></html>";
    let document = read(
        "old.epub",
        &book(&[
            ("OEBPS/book.opf", opf),
            ("OEBPS/toc.ncx", ncx),
            ("OEBPS/a.html", page),
        ]),
    );
    assert_eq!(document.text, "First.\n\nSecond.");
    let chapters: Vec<_> = document
        .chapters
        .iter()
        .map(|chapter| (chapter.title.as_str(), chapter.depth))
        .collect();
    assert_eq!(chapters, [("One", 0), ("Inner", 1)]);
}

#[test]
fn a_locked_book_is_said_to_be_locked_and_one_with_hidden_fonts_is_not() {
    let with = |algorithm: &str, target: &str| {
        let encryption = format!(
            "<encryption><enc:EncryptedData><enc:EncryptionMethod Algorithm='{algorithm}'/><enc:CipherData><enc:CipherReference URI='{target}'/></enc:CipherData></enc:EncryptedData></encryption>"
        );
        let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
        book(&[
            ("META-INF/encryption.xml", &encryption),
            ("OEBPS/book.opf", opf),
            ("OEBPS/a.html", "<p>Words.</p>"),
        ])
    };
    let read = |bytes: &[u8]| import("b.epub", bytes, &ImportOptions::default());
    assert_eq!(
        read(&with(
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            "OEBPS/a.html"
        ))
        .unwrap_err(),
        ImportError::Locked
    );
    assert_eq!(
        read(&with("http://www.idpf.org/2008/embedding", "OEBPS/f.otf"))
            .unwrap()
            .text,
        "Words."
    );
}

#[test]
fn a_part_that_was_damaged_on_its_way_is_said_to_be() {
    let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
    let mut bytes = book(&[
        ("OEBPS/book.opf", opf),
        ("OEBPS/a.html", "<p>Words of a page.</p>"),
    ]);
    let told = |bytes: &[u8]| {
        let document = read("b.epub", bytes);
        let missing = |remark: &&crate::document::Remark| remark.kind == RemarkKind::PartsMissing;
        document
            .report
            .iter()
            .find(missing)
            .map(|remark| remark.example.clone())
    };
    assert_eq!(told(&bytes), None);
    // The checksum of the last file in the list at the end.
    let entry = bytes
        .windows(4)
        .rposition(|four| four == b"PK\x01\x02")
        .unwrap();
    bytes[entry + 16] ^= 1;
    assert_eq!(told(&bytes).as_deref(), Some("OEBPS/a.html"));
}

#[test]
fn hostile_books_end_in_a_kind_of_error() {
    let read =
        |name: &str, bytes: &[u8]| import(name, bytes, &ImportOptions::default()).unwrap_err();
    assert_eq!(read("b.epub", b"PK\x03\x04"), ImportError::Damaged);
    let whole = modern();
    assert_eq!(
        read("b.epub", &whole[..whole.len() / 2]),
        ImportError::Damaged
    );
    assert_eq!(read("b.txt", &whole), ImportError::OtherKind);
    assert_eq!(read("b.epub", b"Just words."), ImportError::OtherKind);
    assert_eq!(read("b.epub", b"\x89PNG\r\n\x1a\n"), ImportError::NotText);
    let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
    let deep = "<div>".repeat(100_000);
    assert_eq!(
        read(
            "b.epub",
            &book(&[("OEBPS/book.opf", opf), ("OEBPS/a.html", &deep)])
        ),
        ImportError::TooComplex
    );
    let bomb = " ".repeat(80 << 20);
    assert_eq!(
        read(
            "b.epub",
            &book(&[("OEBPS/book.opf", opf), ("OEBPS/a.html", &bomb)])
        ),
        ImportError::TooComplex
    );
    let names: Vec<String> = (0..60_000).map(|number| number.to_string()).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(read("b.epub", &book(&many)), ImportError::TooComplex);
    let entities = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><html><body><p>&b; words</p></body></html>";
    let document = crate::document::tests::read(
        "b.epub",
        &book(&[("OEBPS/book.opf", opf), ("OEBPS/a.html", entities)]),
    );
    assert_eq!(document.text, "&b; words");
}

#[test]
fn the_licence_around_a_book_is_left_out_and_the_book_is_not() {
    let opf = "<package><metadata><dc:title>Lamps</dc:title></metadata><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/><item id='b' href='b.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/><itemref idref='b'/></spine></package>";
    let first = "<html><body><p>This ebook is for the use of anyone.</p><p>Author: A. One</p><p>*** START OF THE PROJECT GUTENBERG EBOOK LAMPS ***</p><p>Produced by B. Two</p><h2>I</h2><p>It rained.[<a href='b.html#n1'>1</a>]</p></body></html>";
    let second = "<html><body><p>[<a id='n1' href='a.html#r1'>1</a>] Much.</p><p>The end.</p><pre>*** END OF THE PROJECT GUTENBERG EBOOK LAMPS ***\nUpdated editions</pre><p>A licence.</p></body></html>";
    let bytes = book(&[
        ("OEBPS/book.opf", opf),
        ("OEBPS/a.html", first),
        ("OEBPS/b.html", second),
    ]);
    let document = read("b.epub", &bytes);
    assert_eq!(document.text, "I\n\nIt rained.\n\nThe end.");
    assert_eq!(document.author.as_deref(), Some("A. One"));
    assert_sound(&document);
    let options = ImportOptions {
        keep: [RemarkKind::NavigationDropped].into(),
        ..ImportOptions::default()
    };
    let whole = import("b.epub", &bytes, &options).unwrap();
    assert!(whole.text.starts_with("This ebook") && whole.text.ends_with("A licence."));
}

#[test]
fn what_a_book_hides_in_odd_places_is_read_and_what_it_says_twice_is_not() {
    let opf = "<package><manifest><item id='p' href='p.pdf' media-type='application/pdf' fallback='q'/><item id='q' href='q.bin' media-type='x/y' fallback='a'/><item id='a' href='a.html' media-type='application/xhtml+xml'/><item id='s' href='s.svg' media-type='image/svg+xml'/><item id='t' href='t.html' media-type='application/xhtml+xml'/><item id='z' href='z.bin' media-type='x/y'/></manifest><spine><itemref idref='t'/><itemref idref='p'/><itemref idref='s'/><itemref idref='z'/></spine></package>";
    let page = "<html><body><p>One.</p><p>Two.<br>Three <epub:switch><epub:case>no</epub:case><epub:default>four</epub:default></epub:switch>, <math alttext='x squared'><msup><mi>x</mi><mn>2</mn></msup></math>, <math><mi>a</mi><mo>+</mo><mi>b</mi></math>, 10<sup>6</sup>.<p>Open";
    let contents = "<html><body><h1>Contents</h1><p><a href='a.html'>The first chapter</a></p><p><a href='a.html#b'>The second chapter</a></p><p><a href='a.html#c'>The third chapter</a></p></body></html>";
    let document = read(
        "b.epub",
        &book(&[
            ("OEBPS/book.opf", opf),
            ("OEBPS/t.html", contents),
            ("OEBPS/a.html", page),
            (
                "OEBPS/s.svg",
                "<svg><title>no</title><text>Drawn.</text></svg>",
            ),
        ]),
    );
    assert_eq!(
        document.text,
        "One.\n\nTwo.\nThree four, x squared, a + b, 10⁶.\n\nOpen\n\nDrawn."
    );
    let told = |kind| {
        let found = document.report.iter().find(|remark| remark.kind == kind);
        found.map(|remark| remark.example.as_str())
    };
    assert_eq!(told(RemarkKind::PartsMissing), Some("OEBPS/z.bin"));
    assert!(told(RemarkKind::NavigationDropped).is_some_and(|words| words.contains("Contents")));
    let pictures = book(&[
        ("OEBPS/book.opf", opf),
        (
            "OEBPS/a.html",
            "<html><body><img src='1.jpg' alt=''/></body></html>",
        ),
    ]);
    let error = import("b.epub", &pictures, &ImportOptions::default()).unwrap_err();
    assert_eq!(error, ImportError::PicturesOnly);
}

#[test]
fn notes_are_known_by_links_both_ways_and_pages_by_their_list() {
    let opf = "<package><manifest><item id='nav' href='nav.xhtml' properties='nav' media-type='application/xhtml+xml'/><item id='a' href='a.html' media-type='application/xhtml+xml'/><item id='n' href='n.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/><itemref idref='n'/></spine></package>";
    let nav = "<html><body><nav epub:type='page-list'><ol><li><a href='a.html#p6'>6</a></li></ol></nav></body></html>";
    let page = "<html><body><p><a id='t1' href='#c1'>I</a></p><p>Rain<a href='n.html#e2' id='er2'>²</a> fell<a href='#fn3' id='r3'>†</a> and<a href='#fn4' id='r4'>Note 4</a> fell <span id='p6'>6</span>on <a href='#far' id='x'>7</a> days.</p><h2 id='c1'><a href='#t1'>I</a></h2><p id='far'>The seventh day.</p><p><sup>1</sup>In the beginning</p><p id='fn3'>† Much. <a href='#r3'>back</a></p><p id='fn4'><a href='#r4'>4.</a> More.</p></body></html>";
    let notes = "<html><body><p id='e2'><a href='a.html#er2'>2</a>. At sea.</p></body></html>";
    let document = read(
        "b.epub",
        &book(&[
            ("OEBPS/book.opf", opf),
            ("OEBPS/nav.xhtml", nav),
            ("OEBPS/a.html", page),
            ("OEBPS/n.html", notes),
        ]),
    );
    assert_eq!(
        document.text,
        "I\n\nRain fell and fell on 7 days.\n\nI\n\nThe seventh day.\n\n1 In the beginning"
    );
}

#[test]
fn a_page_may_define_words_lie_about_its_letters_and_call_no_heading_a_heading() {
    let opf = "<package><manifest><item id='a' href='a.html' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
    let page = b"<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html [<!ENTITY ship \"Heron\"><!ENTITY bomb '&ship;&ship;'>]><html><body><p class='ct'>Chapter II</p><p>The &ship; came to the caf\xe9 of the town at last, and nobody was there to see the na\xefve captain of it.</p></body></html>";
    let files: [(&str, &[u8]); 4] = [
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", CONTAINER.as_bytes()),
        ("OEBPS/book.opf", opf.as_bytes()),
        ("OEBPS/a.html", page),
    ];
    let document = read("b.epub", &pack(&files));
    assert_eq!(
        document.text,
        "Chapter II\n\nThe Heron came to the café of the town at last, and nobody was there to see the naïve captain of it."
    );
    assert_eq!(document.chapters[0].title, "Chapter II");
    let kinds: Vec<RemarkKind> = document.report.iter().map(|remark| remark.kind).collect();
    for kind in [RemarkKind::EncodingGuessed, RemarkKind::HeadingsGuessed] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}
