//! What may depend on what, and under which licences: read from what cargo would really build.
//!
//! The rules for licences and refused crates are those of `deny.toml`, so that this test and cargo-deny cannot differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The programs that a person installs.
const PRODUCT: &[&str] = &["peal-desktop", "cli"];
/// The crates that must work without a window.
const WINDOWLESS: &[&str] = &[
    "waves",
    "builtin-voice",
    "sound",
    "narration",
    "studio",
    "cli",
    "simulator",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Through {
    /// What ends up in the program.
    Normal,
    /// Also what builds and tests it.
    Anything,
}

struct Tree {
    metadata: Value,
}

impl Tree {
    /// The resolved tree for every platform, as the lock file pins it.
    fn read() -> Self {
        let root = root();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(root)
            .output()
            .expect("cargo starts");
        assert!(
            output.status.success(),
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self {
            metadata: serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON"),
        }
    }

    fn packages(&self) -> &[Value] {
        self.metadata["packages"]
            .as_array()
            .expect("there are packages")
    }

    /// The id of a member of the workspace, if there is one of that name.
    fn member(&self, name: &str) -> Option<&str> {
        self.packages()
            .iter()
            .find(|package| package["name"] == name && package["source"].is_null())
            .and_then(|package| package["id"].as_str())
    }

    /// The names of all that `start` depends on, directly or not.
    fn closure(&self, start: &str, through: Through) -> BTreeSet<&str> {
        let names: BTreeMap<&str, &str> = self
            .packages()
            .iter()
            .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
            .collect();
        let nodes: BTreeMap<&str, &Value> = self.metadata["resolve"]["nodes"]
            .as_array()
            .expect("the tree is resolved")
            .iter()
            .filter_map(|node| Some((node["id"].as_str()?, node)))
            .collect();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![start];
        while let Some(id) = waiting.pop() {
            for dependency in nodes[id]["deps"].as_array().into_iter().flatten() {
                let is_followed = through == Through::Anything
                    || dependency["dep_kinds"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|kind| kind["kind"].is_null());
                let target = dependency["pkg"].as_str().expect("a dependency has an id");
                if is_followed && seen.insert(target) {
                    waiting.push(target);
                }
            }
        }
        seen.into_iter()
            .filter_map(|id| names.get(id).copied())
            .collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("xtask lies in crates/xtask")
}

fn deny_rules() -> toml::Table {
    fs::read_to_string(root().join("deny.toml"))
        .expect("deny.toml is there")
        .parse()
        .expect("deny.toml is TOML")
}

fn allowed_licences() -> BTreeSet<String> {
    deny_rules()["licenses"]["allow"]
        .as_array()
        .expect("licenses.allow is a list")
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Whether an SPDX expression can be met with allowed licences alone.
///
/// `OR` binds weaker than `AND`, `WITH` belongs to its licence; `/` is what old crates wrote for `OR`.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let verdict = either(&mut words, allowed);
    assert!(words.is_empty(), "`{expression}` is not an SPDX expression");
    verdict
}

fn either(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> bool {
    let mut verdict = both(words, allowed);
    while words.last() == Some(&"OR") {
        words.pop();
        // Both sides must be read, whatever the first one says.
        let other = both(words, allowed);
        verdict = verdict || other;
    }
    verdict
}

fn both(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> bool {
    let mut verdict = single(words, allowed);
    while words.last() == Some(&"AND") {
        words.pop();
        let other = single(words, allowed);
        verdict = verdict && other;
    }
    verdict
}

fn single(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.pop() else {
        return false;
    };
    if word == "(" {
        let verdict = either(words, allowed);
        assert_eq!(words.pop(), Some(")"), "a bracket is not closed");
        return verdict;
    }
    if words.last() == Some(&"WITH") {
        words.pop();
        let exception = words.pop().unwrap_or_default();
        return allowed.contains(&format!("{word} WITH {exception}")) || allowed.contains(word);
    }
    allowed.contains(word)
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed = allowed_licences();
    let tree = Tree::read();
    let refused: Vec<String> = tree
        .packages()
        .iter()
        .filter(|package| !package["source"].is_null())
        .filter(|package| {
            let licence = package["license"].as_str().unwrap_or("none given");
            licence == "none given" || !is_allowed(licence, &allowed)
        })
        .map(|package| {
            format!(
                "{} {}: {}",
                package["name"], package["version"], package["license"]
            )
        })
        .collect();
    assert!(
        refused.is_empty(),
        "not allowed by deny.toml:\n{}",
        refused.join("\n")
    );
}

#[test]
fn every_dependency_comes_from_the_registry() {
    let tree = Tree::read();
    let foreign: Vec<&Value> = tree
        .packages()
        .iter()
        .map(|package| &package["source"])
        .filter(|source| {
            source
                .as_str()
                .is_some_and(|source| !source.starts_with("registry+"))
        })
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn refused_crates_are_not_in_the_tree() {
    let rules = deny_rules();
    let refused: BTreeSet<&str> = rules["bans"]["deny"]
        .as_array()
        .expect("bans.deny is a list")
        .iter()
        .filter_map(|rule| rule["crate"].as_str())
        .collect();
    assert!(!refused.is_empty());
    let tree = Tree::read();
    for name in PRODUCT {
        let Some(id) = tree.member(name) else {
            continue;
        };
        let closure = tree.closure(id, Through::Normal);
        let found: Vec<_> = closure.intersection(&refused).collect();
        assert!(found.is_empty(), "{name} depends on {found:?}");
    }
}

#[test]
fn everything_below_the_window_works_without_tauri() {
    let tree = Tree::read();
    for name in WINDOWLESS {
        let id = tree.member(name).expect("the crate is a member");
        let closure = tree.closure(id, Through::Normal);
        for window in ["tauri", "wry", "tao", "gtk"] {
            assert!(!closure.contains(window), "{name} depends on {window}");
        }
    }
}

#[test]
fn crates_depend_in_one_direction() {
    let forbidden: &[(&str, &[&str])] = &[
        (
            "sound",
            &[
                "waves",
                "builtin-voice",
                "narration",
                "studio",
                "simulator",
                "cli",
            ],
        ),
        (
            "waves",
            &["builtin-voice", "narration", "studio", "simulator", "cli"],
        ),
        (
            "builtin-voice",
            &["waves", "narration", "studio", "simulator", "cli"],
        ),
        ("narration", &["studio", "simulator", "cli"]),
        ("studio", &["simulator", "cli"]),
        ("simulator", &["narration", "studio", "cli"]),
    ];
    let tree = Tree::read();
    for (name, above) in forbidden {
        let id = tree.member(name).expect("the crate is a member");
        let closure = tree.closure(id, Through::Normal);
        for other in *above {
            assert!(!closure.contains(other), "{name} depends on {other}");
        }
    }
}

#[test]
fn what_only_tests_use_is_not_in_the_product() {
    let tree = Tree::read();
    for name in PRODUCT {
        let Some(id) = tree.member(name) else {
            continue;
        };
        let closure = tree.closure(id, Through::Normal);
        for tool in ["simulator", "e2e", "xtask", "fantoccini"] {
            assert!(!closure.contains(tool), "{name} ships {tool}");
        }
    }
}

#[test]
fn built_in_voice_needs_no_network_and_no_sound_device() {
    let tree = Tree::read();
    let id = tree.member("builtin-voice").expect("the crate is a member");
    let closure = tree.closure(id, Through::Normal);
    for library in ["reqwest", "hyper", "tokio", "cpal", "rodio"] {
        assert!(
            !closure.contains(library),
            "builtin-voice depends on {library}"
        );
    }
}

#[test]
fn closure_sees_through_to_indirect_dependencies() {
    let tree = Tree::read();
    let id = tree.member("studio").expect("the crate is a member");
    let direct_and_indirect = tree.closure(id, Through::Normal);
    assert!(direct_and_indirect.contains("waves"), "through narration");
    assert!(
        direct_and_indirect.contains("hyper"),
        "through waves and reqwest"
    );
    let with_tests = tree.closure(id, Through::Anything);
    assert!(with_tests.is_superset(&direct_and_indirect));
}

#[test]
fn licence_expressions_are_read_with_their_brackets() {
    let allowed: BTreeSet<String> = ["MIT", "Apache-2.0", "Unicode-3.0"]
        .map(str::to_owned)
        .into();
    for good in [
        "MIT",
        "MIT OR Apache-2.0",
        "GPL-3.0 OR MIT",
        "MIT/GPL-3.0",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR Apache-2.0) AND GPL-3.0",
        "GPL-3.0 OR MIT AND LGPL-3.0",
    ] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}
