//! What the README says of the tests: every one that it names exists, and every row of its tables names one.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it is"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");

/// The last cell of each row of the tables whose last column is of tests.
fn rows() -> Vec<(&'static str, &'static str)> {
    let mut rows = Vec::new();
    let mut of_tests = false;
    for line in README.lines() {
        let Some(cells) = line
            .strip_prefix("| ")
            .and_then(|line| line.strip_suffix(" |"))
        else {
            of_tests &= line.starts_with('|');
            continue;
        };
        let (first, last) = (cells.split(" | ").next(), cells.rsplit(" | ").next());
        let (first, last) = (first.unwrap(), last.unwrap());
        if last == "Tests" {
            of_tests = true;
        } else if of_tests {
            rows.push((first, last));
        }
    }
    rows
}

/// What stands between backticks.
fn named(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The names of all functions below a folder that are marked as tests.
fn tests_below(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, tests);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let mut marked = false;
            for line in fs::read_to_string(&path).unwrap().lines() {
                let line = line.trim();
                marked |= line == "#[test]" || line.starts_with("#[tokio::test");
                if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
                    tests.extend(rest.split('(').next().map(str::to_owned));
                    marked = false;
                }
            }
        }
    }
}

#[test]
fn every_test_that_the_readme_names_exists_and_every_row_names_one() {
    let mut tests = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests_below(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut tests,
        );
    }
    let rows = rows();
    assert!(rows.len() > 60, "only {} rows were found", rows.len());
    for (what, cell) in rows {
        for name in named(cell) {
            assert!(tests.contains(name), "{what}: there is no test {name}");
        }
        let by_another_row = cell.starts_with("the same") || cell.starts_with("the first");
        assert!(
            by_another_row || named(cell).next().is_some(),
            "{what} names no test"
        );
    }
}

/// All paths that the service documents for a key. A new one needs a row.
#[test]
fn every_endpoint_of_the_service_has_a_row() {
    for path in [
        "POST /waves/v1/tts`",
        "POST /waves/v1/tts/live`",
        "GET /waves/v1/tts/live`",
        "get_voices`",
        "GET /waves/v1/voice/get-all-models`",
        "GET /waves/v1/pronunciation-dicts`",
        "POST /waves/v1/pronunciation-dicts`",
        "PUT /waves/v1/pronunciation-dicts`",
        "DELETE /waves/v1/pronunciation-dicts`",
        "POST /waves/v1/voice-cloning`",
        "GET /waves/v1/voice-cloning`",
        "POST /waves/v1/voice-cloning/delete`",
        "POST /waves/v1/stt/`",
        "POST /waves/v1/pulse/get_text`",
        "POST /waves/v1/chat/completions`",
        "GET /waves/v1/analytics/tts/logs`",
        "GET /waves/v1/analytics/{asr,webhooks}/logs`",
        "usage/timeseries`",
        "usage/credits/timeseries`",
        "concurrency/timeseries`",
        "ws-connections/timeseries`",
        "DELETE /waves/v1/analytics/asr/history/{id}`",
        "GET /waves/v1/health`",
        "GET /atoms/v1/user/subscription`",
    ] {
        assert!(README.contains(path), "{path}");
    }
}
