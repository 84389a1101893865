//! Files made to do harm, and files that came to harm: each ends in a document or in a kind of error, soon, and within
//! memory that its text justifies.
//!
//! `PEAL_FUZZ_SECONDS=600 cargo test --release -p narration --test hostile` breaks files for that long per format.

mod samples;

use std::env;
use std::fs;
use std::time::{Duration, Instant};

use narration::document::{Document, ImportError, ImportOptions, import};
use narration::script::{ScriptOptions, script};

/// Each file is read within this time; unoptimised code may take four times as long.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 5 });

/// And the process never holds more than this, in kilobytes.
const MOST_MEMORY: u64 = 500_000;

/// Imports and cuts; whatever comes of it must be sound.
fn read(name: &str, bytes: &[u8]) -> Result<Document, ImportError> {
    let started = Instant::now();
    let outcome = import(name, bytes, &ImportOptions::default());
    if let Ok(document) = &outcome {
        let script = script(document, &ScriptOptions::default());
        let mut end = 0;
        for segment in &script.segments {
            assert!(segment.range.start >= end, "{name}");
            end = segment.range.end;
            assert!(document.text.get(segment.range.clone()).is_some(), "{name}");
        }
        for remark in &document.report {
            assert!(remark.at <= document.text.len(), "{name}");
        }
    }
    let took = started.elapsed();
    assert!(took < LONGEST, "{name} took {took:?}");
    outcome
}

fn assert_little_memory() {
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return;
    };
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| {
            line.trim()
                .trim_end_matches(" kB")
                .trim()
                .parse::<u64>()
                .ok()
        });
    assert!(peak.is_some_and(|peak| peak < MOST_MEMORY), "{peak:?} kB");
}

#[test]
fn files_that_unpack_to_more_than_a_text_are_refused() {
    let paragraph = format!("<p>{}</p>", "word and word. ".repeat(60_000));
    let spine = "<itemref idref='a'/>".repeat(3_000);
    let font = |widths: &str| {
        format!(
            "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X{widths}>>]>>"
        )
    };
    let text = "BT /F1 11 Tf 60 700 Td (Words) Tj ET";
    let cases = [
        (
            "one file many times.epub",
            samples::epub(&spine, &paragraph),
        ),
        ("spaces.docx", samples::docx(&" ".repeat(70 << 20))),
        ("nested.html", "<div>".repeat(100_000).into_bytes()),
        (
            "nested.docx",
            samples::docx(&"<w:tbl><w:tr><w:tc>".repeat(40_000)),
        ),
        (
            "nested.odt",
            samples::odt(&"<text:list><text:list-item>".repeat(50_000)),
        ),
        (
            "nested.rtf",
            format!("{{\\rtf1 {}", "{\\b ".repeat(100_000)).into_bytes(),
        ),
        (
            "zeros.pdf",
            samples::page(&"\0".repeat(16 << 20), samples::FONT),
        ),
        (
            "widths.pdf",
            samples::page(text, &font("/W[0 2000000000 500]")),
        ),
        (
            "heights.pdf",
            samples::page(text, &font("/W2[0 2000000000 5 5 5]")),
        ),
        (
            "first.pdf",
            samples::page(
                text,
                "<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar 1999999999/LastChar 2000000000/Widths[1 1]>>",
            ),
        ),
    ];
    for (name, bytes) in cases {
        let name = name.rsplit(' ').next().unwrap_or(name);
        assert_eq!(
            read(name, &bytes).err(),
            Some(ImportError::TooComplex),
            "{name}"
        );
    }
    assert_little_memory();
}

#[test]
fn files_made_to_take_long_are_read_soon() {
    let attributes: String = (0..50_000).map(|number| format!(" a{number}=''")).collect();
    let objects = |kids: &str| {
        samples::pdf(&[
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            format!("<</Type/Pages/Count 9/Kids[{kids}]>>").into_bytes(),
        ])
    };
    let cases = [
        (
            "attributes.html",
            format!("<p{attributes}>Words").into_bytes(),
        ),
        ("hyphens.txt", "a-\nb".repeat(50_000).into_bytes()),
        ("brackets.txt", "[voice: ".repeat(50_000).into_bytes()),
        ("quotes.txt", "“".repeat(100_000).into_bytes()),
        ("dots.txt", "a. ".repeat(50_000).into_bytes()),
        ("links.md", "[a](<b".repeat(20_000).into_bytes()),
        ("quotations.md", ">".repeat(50_000).into_bytes()),
        (
            "comment.html",
            format!("<!--{}<p>Words", "-".repeat(1 << 20)).into_bytes(),
        ),
        (
            "entities.html",
            format!("<p>{}", "&nosuch;&amp;".repeat(100_000)).into_bytes(),
        ),
        ("binary.rtf", b"{\\rtf1 Words\\bin2000000000 more}".to_vec()),
        (
            "cells.rtf",
            format!("{{\\rtf1 {}}}", "a\\cell".repeat(100_000)).into_bytes(),
        ),
        (
            "spaces.odt",
            samples::odt(&"<text:p><text:s text:c='2000000000'/>x</text:p>".repeat(2_000)),
        ),
        ("cycle.pdf", objects("2 0 R 2 0 R")),
        ("no pages.pdf", objects("9 0 R")),
        ("itself.pdf", samples::pdf(&[b"1 0 R".to_vec()])),
        (
            "saves.pdf",
            samples::page(&"q ".repeat(500_000), samples::FONT),
        ),
        (
            "arrays.pdf",
            samples::page(&"[".repeat(500_000), samples::FONT),
        ),
    ];
    for (name, bytes) in cases {
        let _ = read(name, &bytes);
    }
    assert_little_memory();
}

#[test]
fn a_name_that_does_not_fit_is_told_for_every_pair_of_formats() {
    let samples = samples::all();
    for (name, bytes) in &samples {
        for (other, _) in &samples {
            let outcome = read(other, bytes);
            if name == other {
                assert!(outcome.is_ok(), "{name}: {outcome:?}");
            } else if ["a.epub", "a.docx", "a.odt", "a.pdf", "a.rtf"].contains(name) {
                assert_eq!(
                    outcome.err(),
                    Some(ImportError::OtherKind),
                    "{name} as {other}"
                );
            }
        }
    }
}

#[test]
fn a_file_cut_off_anywhere_is_read_as_far_as_it_goes_or_said_to_be_damaged() {
    for (name, bytes) in samples::all() {
        for sixteenth in 0..16 {
            let _ = read(name, &bytes[..bytes.len() * sixteenth / 16]);
        }
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % limit.max(1)
    }

    /// A few bytes changed, cut out, doubled or put in.
    fn break_up(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len());
            let end = (at + self.below(40)).min(bytes.len());
            match self.below(6) {
                0 => bytes[at..end].fill(0),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let part = bytes[at..end].to_vec();
                    let place = self.below(bytes.len());
                    bytes.splice(place..place, part);
                }
                3 => {
                    const ODD: [&[u8]; 8] = [
                        b"<",
                        b"{\\",
                        b"2000000000",
                        b"\xff\xfe",
                        b"]]>",
                        b"(",
                        b"-1",
                        b"<w:tbl>",
                    ];
                    let odd = ODD[self.below(ODD.len())];
                    bytes.splice(at..at, odd.iter().copied());
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
            if bytes.is_empty() {
                return;
            }
        }
    }
}

#[test]
fn broken_files_of_every_format_end_in_a_document_or_an_error() {
    let seconds = env::var("PEAL_FUZZ_SECONDS").ok();
    let seconds: Option<u64> = seconds.and_then(|seconds| seconds.parse().ok());
    for (name, bytes) in samples::all() {
        let mut dice = Dice(seconds.unwrap_or(1));
        let started = Instant::now();
        let mut rounds = 0;
        while seconds.map_or(rounds < 60, |seconds| started.elapsed().as_secs() < seconds) {
            rounds += 1;
            let mut broken = bytes.clone();
            dice.break_up(&mut broken);
            let _ = read(name, &broken);
            let _ = read(name, &rewritten(name, &mut dice));
        }
        if seconds.is_some() {
            println!("{name}: {rounds} rounds");
        }
    }
    assert_little_memory();
}

/// What is packed is broken before it is packed, so that the break reaches the reader of the format.
fn rewritten(name: &str, dice: &mut Dice) -> Vec<u8> {
    let mut inner = |sound: &str| {
        let mut bytes = sound.as_bytes().to_vec();
        dice.break_up(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    match name {
        "a.epub" => samples::epub(
            &inner("<itemref idref='a'/><itemref idref='n' linear='no'/>"),
            &inner(
                "<h1 id='x'>One</h1><p>Words<a epub:type='noteref' href='#n'>1</a>.</p><aside id='n'><p>Note</p></aside><table><tr><td>a</td><td>b</td></tr></table><ruby>a<rt>b</rt></ruby>",
            ),
        ),
        "a.docx" => samples::docx(&inner(
            "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>Words</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        )),
        "a.odt" => samples::odt(&inner(
            "<text:h text:outline-level='1'>One</text:h><text:p>Words<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>n</text:p></text:note-body></text:note></text:p><table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row></table:table>",
        )),
        "a.pdf" => samples::page(
            &inner(
                "BT /F1 11 Tf 60 700 Td (Words and words) Tj 0 -14 Td [(more) -200 (of) 30 (them)] TJ ET q 1 0 0 1 0 0 cm Q /P <</MCID 0>> BDC EMC",
            ),
            &inner(samples::FONT),
        ),
        _ => inner("{\\rtf1 \\pard One{\\*\\x y}\\par}").into_bytes(),
    }
}
