//! The report: figures with what they aim at, and the machine that they are from.

use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::thread;

use crate::command;

/// What a figure is to be.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
    /// Reported without a promise.
    None,
}

/// A measured value.
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    aim: Aim,
}

/// The figures of one command.
pub(crate) struct Section {
    title: &'static str,
    command: &'static str,
    remark: &'static str,
    figures: Vec<Figure>,
}

impl Section {
    pub(crate) fn new(title: &'static str, command: &'static str, remark: &'static str) -> Self {
        Self {
            title,
            command,
            remark,
            figures: Vec::new(),
        }
    }

    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        aim: Aim,
    ) {
        self.figures.push(Figure {
            name: name.into(),
            value,
            unit,
            aim,
        });
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut text = format!("## {}\n\n{}\n\n", self.title, self.remark);
        writeln!(text, "Command: `{}`\n", self.command).ok();
        text.push_str("| figure | measured | aim | |\n|---|---:|---:|---|\n");
        for figure in &self.figures {
            let Figure {
                name,
                value,
                unit,
                aim,
            } = figure;
            let (wanted, is_met) = match aim {
                Aim::AtMost(limit) => (format!("≤ {} {unit}", rounded(*limit)), value <= limit),
                Aim::AtLeast(limit) => (format!("≥ {} {unit}", rounded(*limit)), value >= limit),
                Aim::None => (String::new(), true),
            };
            let mark = if is_met { "" } else { "missed" };
            writeln!(
                text,
                "| {name} | {} {unit} | {wanted} | {mark} |",
                rounded(*value)
            )
            .ok();
        }
        text.push('\n');
        text
    }
}

/// The head of the report, with the machine.
pub(crate) fn opening() -> String {
    format!(
        "# Performance\n\nWritten by `cargo xtask bench --write`; medians where something was done more than once.\n\nMachine: {}.\n\n",
        machine()
    )
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|facts| {
        let line = facts.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let system = fs::read_to_string("/etc/os-release")
        .ok()
        .and_then(|facts| {
            let line = facts
                .lines()
                .find(|line| line.starts_with("PRETTY_NAME="))?;
            Some(line.split_once('=')?.1.trim_matches('"').to_owned())
        });
    let compiler = command::output(Command::new("rustc").arg("--version")).unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {cores} cores, {}, {}",
        processor.as_deref().unwrap_or(std::env::consts::ARCH),
        system.as_deref().unwrap_or(std::env::consts::OS),
        compiler.trim()
    )
}

/// Three significant digits are more than such a measurement is worth.
fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_aim_is_marked_and_still_reported() {
        let mut section = Section::new("Speed", "measure", "On a quiet machine.");
        section.add("start", 250.0, "ms", Aim::AtMost(200.0));
        section.add("pace", 42.0, "× real time", Aim::AtLeast(10.0));
        let text = section.to_markdown();
        assert!(
            text.contains("| start | 250 ms | ≤ 200 ms | missed |"),
            "{text}"
        );
        assert!(
            text.contains("| pace | 42.0 × real time | ≥ 10.0 × real time |  |"),
            "{text}"
        );
    }
}
