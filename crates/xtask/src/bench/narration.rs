//! Narrations: how busy they keep the service, what a kill costs, and how fast takes become a file.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::{last_json, number};
use super::table::{Aim, Section};
use crate::command;
use crate::project::Project;

/// Sentences of the narration whose pace is measured.
const SENTENCES: &str = "1000";

/// How busy a render keeps the service.
pub(crate) fn pace(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Pace of a narration",
        "cargo xtask bench pace",
        "A thousand sentences at a simulated service. The yardstick is a client that asks for the same and does nothing \
         else: no take is written, nothing is accounted for.",
    );
    for (slots, milliseconds, aim) in [("1", "50", 1.03), ("10", "50", 1.1), ("10", "200", 1.1)] {
        let figures = last_json(
            project
                .cargo()
                .args(["run", "--quiet", "--release", "--package", "studio"])
                .args(["--example", "render_pace", "--"])
                .args([SENTENCES, slots, milliseconds])
                .env("SMALLEST_API_KEY", "sk_sim_local_dev"),
        )?;
        section.add(
            format!("until all takes are there, {slots} at once, {milliseconds} ms each"),
            number(&figures, "ratio")?,
            "× the service's busy time",
            Aim::AtMost(aim),
        );
    }
    Ok(section)
}

/// Hours of takes, unless `PEAL_HOURS` says otherwise. They need about 350 MB of disk each.
const HOURS: &str = "10";

/// How fast takes become a file.
pub(crate) fn assembly(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Takes to a file",
        "cargo xtask bench assembly",
        "Ten hours of takes, sentences of the built-in voice, become one podcast in WAV: laid out, brought to one loudness, \
         limited, written, read back and on the disk. The yardstick reads the same takes and writes them into one file that \
         is on the disk at the end; what was just read or written lies in the system's cache for both.",
    );
    let hours = std::env::var("PEAL_HOURS").unwrap_or_else(|_| HOURS.to_owned());
    let figures = last_json(
        project
            .cargo()
            .args(["run", "--quiet", "--release", "--package", "narration"])
            .args(["--example", "assemble", "--"])
            .arg(&project.target)
            .arg(hours),
    )?;
    for (name, key, unit, aim) in [
        ("takes", "hours", "hours", Aim::None),
        ("copying them", "copy_s", "s", Aim::None),
        ("making the file", "assembly_s", "s", Aim::None),
        ("beside copying", "ratio", "× the time", Aim::AtMost(3.0)),
        ("memory that it adds", "growth_mb", "MB", Aim::AtMost(60.0)),
        ("loudness, −16 being asked", "loudness", "LUFS", Aim::None),
        ("true peak", "true_peak", "dBTP", Aim::AtMost(-1.0)),
    ] {
        section.add(name, number(&figures, key)?, unit, aim);
    }
    Ok(section)
}

/// What two hundred kills cost.
pub(crate) fn soak(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Kills",
        "cargo xtask bench soak",
        "A narration of 300 sentences, four at once, is ended with `kill -9` at 200 seeded random moments. The test fails \
         unless the result equals an undisturbed one, nothing that was on the disk is bought again, the ledger accounts \
         for every sentence and no temporary file is left.",
    );
    let output = command::output(
        project
            .cargo()
            .args(["test", "--quiet", "--package", "cli", "--test"])
            .args(["command_line", "--", "--nocapture", "killed::"])
            .env("PEAL_KILLS", "200"),
    )?;
    let line = output.lines().find(|line| line.starts_with('{'));
    let line = line.context("nothing was measured")?;
    let figures: Value = serde_json::from_str(line)?;
    let kills = number(&figures, "kills")?;
    section.add("kills", kills, "", Aim::AtLeast(150.0));
    section.add(
        "characters sold beside those of the script",
        number(&figures, "sold")? / number(&figures, "characters")?,
        "×",
        Aim::None,
    );
    section.add(
        "requests in flight at a kill, on average",
        number(&figures, "in_flight")? / kills,
        "",
        Aim::None,
    );
    section.add(
        "and at most",
        number(&figures, "most")?,
        "",
        Aim::AtMost(12.0),
    );
    Ok(section)
}
