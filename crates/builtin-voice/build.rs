//! Bakes the JSON tables under `assets/` into sorted, deflated byte tables, so that the program starts without
//! parsing JSON. The format is read back by `src/table.rs`; both describe it in the same words.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value};

type Entries = BTreeMap<String, Vec<u8>>;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let gold = object(&read_asset("lexicon_us_gold.json.gz"));
    let silver = object(&read_asset("lexicon_us_silver.json.gz"));
    write_table(&out, "gold", &pronunciations(&gold));
    write_table(&out, "silver", &pronunciations(&silver));

    let tagger = object(&read_asset("tagger.json.gz"));
    let tags: Vec<&str> = tagger["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(text)
        .collect();
    let tag_index = |tag: &str| -> u8 {
        let index = tags
            .iter()
            .position(|known| *known == tag)
            .expect("a tag of the list");
        u8::try_from(index).expect("fewer than 256 tags")
    };
    let weights = tagger["weights"].as_object().expect("weights").iter();
    write_table(
        &out,
        "tag_weights",
        &weights
            .map(|(feature, scores)| (feature.clone(), tag_scores(scores, tag_index)))
            .collect(),
    );
    let certain = tagger["tagdict"].as_object().expect("tagdict").iter();
    write_table(
        &out,
        "tag_certain",
        &certain
            .map(|(word, tag)| (word.clone(), vec![tag_index(text(tag))]))
            .collect(),
    );
    let vocabulary = tagger["vocab"].as_array().expect("vocab").iter();
    write_table(
        &out,
        "tag_vocabulary",
        &vocabulary
            .map(|word| (text(word).to_owned(), Vec::new()))
            .collect(),
    );
    fs::write(out.join("tags.rs"), format!("&{tags:?}")).expect("write the tag list");

    let exceptions = object(&read_asset("tokenizer_exceptions.json"));
    write_table(
        &out,
        "token_exceptions",
        &exceptions
            .iter()
            .map(|(word, pieces)| {
                let pieces: Vec<&str> = pieces
                    .as_array()
                    .expect("pieces")
                    .iter()
                    .map(text)
                    .collect();
                (word.clone(), pieces.join("\u{1f}").into_bytes())
            })
            .collect(),
    );

    let normalize = object(&read_asset("normalize.json"));
    fs::write(out.join("words.rs"), word_lists(&normalize)).expect("write the word lists");

    let vocabulary = object(&read_asset("vocab.json"));
    let mut ids: Vec<(char, i64)> = vocabulary
        .iter()
        .map(|(symbol, id)| (one_char(symbol), id.as_i64().expect("an id")))
        .collect();
    ids.sort_unstable();
    fs::write(out.join("phoneme_ids.rs"), format!("&{ids:?}")).expect("write the phoneme ids");

    let unknown = object(&read_asset("oov.json"));
    let alphabet = |field: &str| -> Vec<char> {
        unknown[field]
            .as_array()
            .expect("an alphabet")
            .iter()
            .map(|symbol| one_char(text(symbol)))
            .collect()
    };
    let spelling = alphabet("in");
    assert!(
        spelling.is_sorted(),
        "the letters of the unknown-word net are looked up by binary search"
    );
    fs::write(out.join("spelling.rs"), format!("&{spelling:?}"))
        .expect("write the spelling alphabet");
    fs::write(out.join("sounds.rs"), format!("&{:?}", alphabet("out")))
        .expect("write the sound alphabet");
    fs::write(out.join("longest_word.rs"), unknown["maxlen"].to_string())
        .expect("write the longest word");
}

fn read_asset(name: &str) -> Vec<u8> {
    let path = Path::new("assets").join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if !name.ends_with(".gz") {
        return bytes;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice())
        .read_to_end(&mut plain)
        .expect("a gzip asset");
    plain
}

fn object(json: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(json).expect("a JSON object")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn one_char(symbol: &str) -> char {
    let mut symbols = symbol.chars();
    let first = symbols.next().expect("a symbol");
    assert!(
        symbols.next().is_none(),
        "{symbol:?} is more than one character"
    );
    first
}

/// A word with one pronunciation keeps it as it is; one that depends on the part of speech becomes
/// `|TAG=phonemes|TAG=phonemes…`, where empty phonemes mean "spell it".
fn pronunciations(words: &Map<String, Value>) -> Entries {
    words
        .iter()
        .map(|(word, value)| {
            let phonemes = match value {
                Value::String(phonemes) => phonemes.clone(),
                Value::Object(by_tag) => by_tag
                    .iter()
                    .map(|(tag, phonemes)| {
                        format!("|{tag}={}", phonemes.as_str().unwrap_or_default())
                    })
                    .collect(),
                other => panic!("{word}: {other} is not a pronunciation"),
            };
            (word.clone(), phonemes.into_bytes())
        })
        .collect()
}

/// Three bytes a tag: its index, and its weight in tenths as a little-endian `i16`.
fn tag_scores(scores: &Value, tag_index: impl Fn(&str) -> u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (tag, weight) in scores.as_object().expect("weights by tag") {
        let tenths = (weight.as_f64().expect("a weight") * 10.0).round();
        assert!(tenths.abs() < f64::from(i16::MAX), "{tenths} does not fit");
        bytes.push(tag_index(tag));
        bytes.extend((tenths as i16).to_le_bytes());
    }
    bytes
}

/// The small word lists of the normaliser as Rust constants.
fn word_lists(tables: &Map<String, Value>) -> String {
    let pairs = |field: &str| -> String {
        let entries = tables[field].as_object().expect("an object").iter();
        let lines: Vec<String> = entries
            .map(|(from, to)| format!("({from:?}, {:?})", text(to)))
            .collect();
        format!("&[{}]", lines.join(", "))
    };
    let plurals = |field: &str| -> String {
        let entries = tables[field].as_object().expect("an object").iter();
        let lines: Vec<String> = entries
            .map(|(from, forms)| {
                format!("({from:?}, [{:?}, {:?}])", text(&forms[0]), text(&forms[1]))
            })
            .collect();
        format!("&[{}]", lines.join(", "))
    };
    let list = |field: &str| -> String {
        let words: Vec<&str> = tables[field]
            .as_array()
            .expect("an array")
            .iter()
            .map(text)
            .collect();
        format!("&{words:?}")
    };
    format!(
        "pub(super) const TITLES: &[(&str, &str)] = {};\n\
         pub(super) const ABBREVIATIONS: &[(&str, &str)] = {};\n\
         pub(super) const SYMBOLS: &[(&str, &str)] = {};\n\
         pub(super) const UNITS: &[(&str, [&str; 2])] = {};\n\
         pub(super) const CURRENCIES: &[(&str, [&str; 2])] = {};\n\
         pub(super) const NUMBERED_BY_ROMAN: &[&str] = {};\n\
         pub(super) const ORDERED_BY_ROMAN: &[&str] = {};\n",
        pairs("titles"),
        pairs("abbreviations"),
        pairs("symbols"),
        plurals("units"),
        plurals("currency"),
        list("roman_cardinal"),
        list("roman_ordinal"),
    )
}

/// Layout, all little-endian: `u32` count; count + 1 `u32` key ends (the first is 0) and count + 1 value ends, each an
/// offset into its blob; `u32` length of the key blob; the keys in byte order; the values.
fn write_table(out: &Path, name: &str, entries: &Entries) {
    let mut key_ends = 0u32.to_le_bytes().to_vec();
    let mut value_ends = key_ends.clone();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        keys.extend(key.as_bytes());
        values.extend(value);
        key_ends.extend(
            u32::try_from(keys.len())
                .expect("small tables")
                .to_le_bytes(),
        );
        value_ends.extend(
            u32::try_from(values.len())
                .expect("small tables")
                .to_le_bytes(),
        );
    }
    let count = u32::try_from(entries.len()).expect("small tables");
    let key_length = u32::try_from(keys.len()).expect("small tables");
    let table = [
        &count.to_le_bytes()[..],
        &key_ends,
        &value_ends,
        &key_length.to_le_bytes(),
        &keys,
        &values,
    ]
    .concat();

    let mut deflate =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflate.write_all(&table).expect("write to memory");
    let deflated = deflate.finish().expect("write to memory");
    let length = u32::try_from(table.len()).expect("small tables");
    fs::write(
        out.join(format!("{name}.table")),
        [&length.to_le_bytes()[..], &deflated].concat(),
    )
    .expect("write a table");
}
