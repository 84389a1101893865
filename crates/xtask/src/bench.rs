//! `cargo xtask bench`: the figures that Peal promises, measured on this machine.
//!
//! Prints one Markdown table per part, with the machine and the command of each figure; `--write` puts them into
//! `docs/performance.md`. A figure that misses its aim is printed all the same and marked.

mod api;
mod import;
mod measure;
mod narration;
mod table;

use std::fs;

use anyhow::Result;

use crate::Misused;
use crate::bundle;
use crate::project::Project;
use crate::setup::{self, EVERYTHING, Need};
use crate::ui;
use table::Section;

const REPORT: &str = "docs/performance.md";

/// What can be measured by itself, by name.
type Part = fn(&Project) -> Result<Section>;
const PARTS: &[(&str, Part)] = &[
    ("voice", measure::voice),
    ("import", import::import),
    ("window", measure::window),
    ("documents", measure::documents),
    ("sound", measure::sound),
    ("sizes", measure::sizes),
    ("api", api::api),
    ("assembly", narration::assembly),
    ("pace", narration::pace),
    ("soak", narration::soak),
];

/// Measures all parts, or the named ones.
pub(crate) fn bench(project: &Project, arguments: &[String]) -> Result<()> {
    let write = arguments.iter().any(|argument| argument == "--write");
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| *argument != "--write")
        .collect();
    if let Some(unknown) = named
        .iter()
        .find(|name| !PARTS.iter().any(|(part, _)| part == *name))
    {
        let parts: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        return Err(Misused(format!(
            "there is no part `{unknown}`; there are: {}",
            parts.join(" ")
        ))
        .into());
    }
    if write && !named.is_empty() {
        return Err(Misused(
            "--write replaces the whole of docs/performance.md: measure all parts with it".into(),
        )
        .into());
    }
    let is_chosen = |name: &str| named.is_empty() || named.contains(&name);

    // Those that cargo and the simulator are enough for.
    let is_modest = |name: &str| ["api", "assembly", "pace", "soak"].contains(&name);
    if PARTS
        .iter()
        .any(|(name, _)| is_chosen(name) && !is_modest(name))
    {
        let mut needs = EVERYTHING.to_vec();
        needs.push(Need::Bench);
        setup::packages(&needs)?;
    }
    if ["window", "documents", "sound", "sizes"]
        .into_iter()
        .any(is_chosen)
    {
        ui::build(project)?;
        bundle::build_release(project)?;
    }
    let mut report = table::opening();
    for (name, part) in PARTS {
        if is_chosen(name) {
            report.push_str(&part(project)?.to_markdown());
        }
    }
    println!("\n{report}");
    if write {
        fs::write(project.root.join(REPORT), &report)?;
        println!("Written to {REPORT}");
    }
    Ok(())
}
