//! Laws and cases that concern every format alike.

use proptest::prelude::*;

use super::*;

pub(super) fn read(name: &str, bytes: &[u8]) -> Document {
    import(name, bytes, &ImportOptions::default()).unwrap()
}

fn failure(name: &str, bytes: &[u8]) -> ImportError {
    import(name, bytes, &ImportOptions::default()).unwrap_err()
}

fn told(document: &Document) -> Vec<(RemarkKind, &str, usize)> {
    document
        .report
        .iter()
        .map(|remark| (remark.kind, remark.example.as_str(), remark.count))
        .collect()
}

/// An archive of these files, packed.
pub(super) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let (mut entry, config) = archive
            .new_file(name)
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .start()
            .unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

/// What every document promises, whatever it was read from.
pub(super) fn assert_sound(document: &Document) {
    let text = &document.text;
    assert!(
        text.chars()
            .all(|c| !c.is_control() || c == '\n' || c == '\t')
    );
    let mut end = 0;
    for block in &document.blocks {
        let words = &text[block.range.clone()];
        assert!(block.range.start >= end, "blocks overlap at {end}");
        assert!(
            text[end..block.range.start]
                .chars()
                .all(|c| c.is_whitespace() || !c.is_alphanumeric()),
            "{:?} is in no block",
            &text[end..block.range.start]
        );
        assert_eq!(words.trim(), words);
        assert!(!words.is_empty() || block.kind == BlockKind::SceneBreak);
        end = block.range.end;
    }
    assert!(text[end..].trim().is_empty());
    let mut block = 0;
    for chapter in &document.chapters {
        assert_eq!(chapter.blocks.start, block);
        block = chapter.blocks.end;
    }
    assert_eq!(block, document.blocks.len());
    for remark in &document.report {
        assert!(remark.at <= text.len() && remark.count > 0);
        assert!(remark.example.chars().count() <= Remark::EXAMPLE_CHARACTERS);
    }
}

#[test]
fn a_page_or_subtitles_that_are_named_a_text_are_told_apart() {
    let read = |text: &str| import("a.txt", text.as_bytes(), &ImportOptions::default());
    for text in [
        "\u{feff}\n<!DOCTYPE html>\n<p>One.</p>",
        "<HTML><body>One.",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne.",
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nOne.",
    ] {
        assert!(matches!(read(text), Err(ImportError::OtherKind)), "{text}");
    }
    for text in ["1\nOne and --> two.\n--> three", "<p>One.</p>", "7"] {
        assert!(read(text).is_ok(), "{text}");
    }
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
    let big_utf32: Vec<u8> = words
        .chars()
        .flat_map(|character| (character as u32).to_be_bytes())
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
        utf32.clone(),
        big_utf32,
    ] {
        assert_eq!(read("a.txt", &bytes).text, words);
    }
}

/// A few sentences in each of the encodings that old files are in.
#[test]
fn old_encodings_are_guessed() {
    use encoding_rs as e;
    let cases: [(&'static encoding_rs::Encoding, &str); 16] = [
        (
            e::WINDOWS_1252,
            "Der Fluß trägt das Mädchen über die Brücke, «déjà vu» inbegriffen. Später hörte es auf zu regnen.",
        ),
        (
            e::WINDOWS_1251,
            "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.",
        ),
        (
            e::KOI8_U,
            "Все смешалось в доме. Жена узнала, что муж был в связи с бывшею в их доме француженкою-гувернанткой.",
        ),
        (
            e::IBM866,
            "Мой дядя самых честных правил, когда не в шутку занемог, он уважать себя заставил и лучше выдумать не мог.",
        ),
        (
            e::SHIFT_JIS,
            "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        ),
        (
            e::EUC_JP,
            "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        ),
        (
            e::ISO_2022_JP,
            "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        ),
        (
            e::GBK,
            "天下大势，分久必合，合久必分。周末七国分争，并入于秦。及秦灭之后，楚、汉分争，又并入于汉。",
        ),
        (
            e::BIG5,
            "話說天下大勢，分久必合，合久必分。周末七國分爭，并入於秦。及秦滅之後，楚、漢分爭，又并入於漢。",
        ),
        (
            e::EUC_KR,
            "메밀꽃 필 무렵, 여름장이란 애시당초에 글러서, 해는 아직 중천에 있건만 장판은 벌써 쓸쓸하였다.",
        ),
        (
            e::WINDOWS_1250,
            "Příliš žluťoučký kůň úpěl ďábelské ódy, a pak se vrátil domů. Všichni byli šťastni a zpívali.",
        ),
        (
            e::ISO_8859_2,
            "W Szczebrzeszynie chrząszcz brzmi w trzcinie i Szczebrzeszyn z tego słynie. Zażółć gęślą jaźń.",
        ),
        (
            e::WINDOWS_1253,
            "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Σε γνωρίζω από την κόψη του σπαθιού την τρομερή.",
        ),
        (
            e::WINDOWS_1254,
            "Pijamalı hasta yağız şoföre çabucak güvendi. Bugün hava çok güzeldi ve çocuklar bahçede oynadılar.",
        ),
        (
            e::WINDOWS_1255,
            "דג סקרן שט בים מאוכזב ולפתע מצא לו חברה. בראשית ברא אלוהים את השמים ואת הארץ.",
        ),
        (
            e::WINDOWS_1256,
            "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء.",
        ),
    ];
    for (encoding, words) in cases {
        let (bytes, _, _) = encoding.encode(words);
        let document = read("alt.txt", &bytes);
        assert_eq!(document.text, words, "{}", encoding.name());
        assert_eq!(document.report[0].kind, RemarkKind::EncodingGuessed);
    }
    let chinese = "天下大势，分久必合，合久必分。周末七国分争，并入于秦。";
    for turn in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = chinese.encode_utf16().flat_map(turn).collect();
        assert_eq!(read("zh.txt", &bytes).text, chinese);
    }
}

#[test]
fn a_wrong_guess_can_be_set_right() {
    let (bytes, _, _) = encoding_rs::KOI8_R.encode("Мороз и солнце; день чудесный!");
    let options = ImportOptions {
        encoding: Some("koi8-r".into()),
        ..ImportOptions::default()
    };
    assert_eq!(
        import("a.txt", &bytes, &options).unwrap().text,
        "Мороз и солнце; день чудесный!"
    );
}

#[test]
fn a_broken_byte_does_not_make_a_utf_8_file_an_old_one() {
    let document = read(
        "a.txt",
        "Über den großen Deich\u{0}, für"
            .as_bytes()
            .iter()
            .copied()
            .chain([0xff])
            .chain(*b" immer.")
            .collect::<Vec<_>>()
            .as_slice(),
    );
    assert_eq!(document.text, "Über den großen Deich, für� immer.");
    let kinds: Vec<RemarkKind> = document.report.iter().map(|remark| remark.kind).collect();
    assert!(
        kinds.contains(&RemarkKind::CharactersReplaced)
            && kinds.contains(&RemarkKind::ControlsRemoved)
    );
}

#[test]
fn control_characters_are_left_out_and_counted() {
    let document = read("a.txt", b"One\0 two.\x07\r\nThree.\rFour.\x0cFive.");
    assert_eq!(document.text, "One two.\n\nThree.\n\nFour.\n\nFive.");
    assert_eq!(told(&document), [(RemarkKind::ControlsRemoved, "", 2)]);
}

#[test]
fn lone_surrogates_are_replaced_and_counted() {
    let units: Vec<u8> = [0x0041_u16, 0xd800, 0x0042]
        .iter()
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    let document = read("a.txt", &[b"\xff\xfe", units.as_slice()].concat());
    assert_eq!(document.text, "A\u{fffd}B");
    assert_eq!(told(&document), [(RemarkKind::CharactersReplaced, "", 1)]);
}

#[test]
fn what_is_not_text_is_refused_by_kind() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    assert_eq!(failure("photo.png", png), ImportError::NotText);
    assert_eq!(failure("photo.txt", png), ImportError::NotText);
    assert_eq!(
        failure(
            "noise.txt",
            &(0..=255).cycle().take(5000).collect::<Vec<u8>>()
        ),
        ImportError::NotText
    );
    assert_eq!(failure("empty.txt", b""), ImportError::Empty);
    assert_eq!(failure("blank.md", b" \n\t\n"), ImportError::Empty);
    assert_eq!(
        failure("huge.txt", &vec![b'a'; MAX_BYTES as usize + 1]),
        ImportError::TooLarge
    );
    assert_eq!(failure("no-ending", b"words"), ImportError::NotText);
}

#[test]
fn markdown_is_read_as_a_person_would_read_it() {
    let source = "---\ntags: x\nauthor: \"A. Keeper\"\n---\n# The *Keeper*\n\nHe wrote [three](https://example.org) lines[^1],\nand `slept`.\n\n```rust\nfn main() {}\n```\n\n- one\n- two\n  - deep\n\n> Quoted.\n\n***\n\n| Day | Rain |\n|---|---|\n| Monday | none |\n\nSee ![alt](x.png) here.\n\n[^1]: A note.\n\n<b>bold</b> end";
    let document = read("keeper.md", source.as_bytes());
    assert_eq!(document.title, "The Keeper");
    assert_eq!(document.author.as_deref(), Some("A. Keeper"));
    assert_eq!(
        document.text,
        "The Keeper\n\nHe wrote three lines, and slept.\n\none\n\ntwo\n\ndeep\n\nQuoted.\n\nDay, Rain\n\nMonday, none\n\nSee here.\n\nbold end"
    );
    assert_eq!(document.blocks[0].kind, BlockKind::Heading(1));
    assert_eq!(document.blocks[2].kind, BlockKind::ListItem);
    assert_eq!(document.blocks[6].kind, BlockKind::SceneBreak);
    assert_eq!(
        told(&document),
        [
            (RemarkKind::MarkdownRead, "", 1),
            (RemarkKind::LanguageGuessed, "en", 1),
            (RemarkKind::NoteMarksDropped, "[1]", 1),
            (RemarkKind::CodeDropped, "fn main() {}", 1),
            (RemarkKind::PicturesDropped, "alt", 1),
            (RemarkKind::NotesDropped, "1 A note.", 1),
        ]
    );
    assert_sound(&document);
    let keep = [
        RemarkKind::NotesDropped,
        RemarkKind::CodeDropped,
        RemarkKind::PicturesDropped,
    ]
    .into();
    let kept = import(
        "keeper.md",
        source.as_bytes(),
        &ImportOptions {
            keep,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    assert!(
        kept.text.contains("A note.")
            && kept.text.contains("fn main")
            && kept.text.contains("See alt here.")
    );
}

#[test]
fn a_text_without_chapters_is_one_chapter() {
    for text in [
        "Hi.",
        "He slept.\n\nThe Keeper\n\nHe woke.\n\nIt rained.\n\nHe ate.",
    ] {
        assert_eq!(read("a.txt", text.as_bytes()).chapters.len(), 1);
    }
}

#[test]
fn the_title_of_a_plain_file_is_its_name() {
    assert_eq!(read("My story.v2.txt", b"Hi.").title, "My story.v2");
}

#[test]
fn a_hard_wrapped_text_is_joined_and_mended() {
    let text = "CHAPTER I\n\nWhen the wind dropped at last, the keeper climbed the stairs of the light-\nhouse and looked for the boat, which nobody had seen that night or the\nnight before.\n\nCHAPTER II\n\nMorning came.";
    let document = read("a.txt", text.as_bytes());
    assert_eq!(
        document.text,
        "CHAPTER I\n\nWhen the wind dropped at last, the keeper climbed the stairs of the lighthouse and looked for the boat, which nobody had seen that night or the night before.\n\nCHAPTER II\n\nMorning came."
    );
    let titles: Vec<&str> = document
        .chapters
        .iter()
        .map(|chapter| chapter.title.as_str())
        .collect();
    assert_eq!(titles, ["CHAPTER I", "CHAPTER II"]);
    let keep = [RemarkKind::HyphensMended].into();
    let kept = import(
        "a.txt",
        text.as_bytes(),
        &ImportOptions {
            keep,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    assert!(kept.text.contains("light- house"));
    let keep = [RemarkKind::LinesJoined, RemarkKind::HeadingsGuessed].into();
    let kept = import(
        "a.txt",
        text.as_bytes(),
        &ImportOptions {
            keep,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    assert!(
        kept.blocks
            .iter()
            .all(|block| block.kind == BlockKind::Paragraph)
    );
    assert_eq!(kept.blocks.len(), 6);
}

#[test]
fn chinese_lines_are_joined_without_spaces() {
    let text = "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。及秦灭之后，\n楚、汉分争，又并入于汉。汉朝自高祖斩白蛇而起义，一统天下，后来光武\n中兴，传至献帝，遂分为三国。";
    assert_eq!(read("a.txt", text.as_bytes()).text, text.replace('\n', ""));
}

#[test]
fn a_typed_text_stays_as_it_is() {
    for text in [
        "",
        " \n",
        "Hello  there.\r\n\r\n- a\u{7}b\n",
        "One\n\n***\n\nTwo",
    ] {
        assert_eq!(Document::plain(text).text, text);
    }
    assert!(Document::plain(" \n").blocks.is_empty());
    assert_eq!(Document::plain(" \n").chapters.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_end_in_a_sound_document_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000), markdown: bool) {
        let name = if markdown { "a.md" } else { "a.txt" };
        if let Ok(document) = import(name, &bytes, &ImportOptions::default()) {
            assert_sound(&document);
        }
    }

    #[test]
    fn any_text_is_divided_soundly(text in "([-*#a-zA-Z0-9 .,\n\t一。]|CHAPTER I\n\n){0,200}") {
        if let Ok(document) = import("a.txt", text.as_bytes(), &ImportOptions::default()) {
            assert_sound(&document);
        }
        let plain = Document::plain(&text);
        prop_assert_eq!(&plain.text, &text);
        assert_sound(&plain);
    }
}
