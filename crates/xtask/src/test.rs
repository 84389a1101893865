//! `cargo xtask test`: every check there is, in the order in which they fail fastest.
//!
//! The first failing step ends the run; the summary says what was not run. Tests are counted from what their runners
//! print, so the closing line never claims more than was seen.

use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::Misused;
use crate::bundle;
use crate::command::{self, Counts};
use crate::project::{DESKTOP, Project};
use crate::setup::{self, Need};
use crate::ui;

/// Which subset a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    /// Everything that needs neither Node nor WebKit.
    Fast,
    /// The web part by itself.
    Ui,
    /// The built application.
    Window,
}

const GROUPS: &[(&str, Group)] = &[
    ("fast", Group::Fast),
    ("ui", Group::Ui),
    ("window", Group::Window),
];

struct Step {
    name: &'static str,
    group: Group,
    /// Longer than this on two slow cores means that something hangs.
    minutes: u64,
    run: fn(&Plan, Duration) -> Result<Counts>,
}

const STEPS: &[Step] = &[
    step("lock", Group::Fast, 10, lock),
    step("format", Group::Fast, 5, format),
    step("ui-check", Group::Ui, 10, ui_check),
    step("ui-test", Group::Ui, 10, ui_test),
    step("ui-build", Group::Window, 10, ui_build),
    step("lints", Group::Fast, 40, lints),
    step("crates", Group::Fast, 45, crates),
    step("docs", Group::Fast, 20, docs),
    step("deny", Group::Fast, 10, deny),
    step("release", Group::Window, 60, release),
    step("desktop", Group::Window, 40, desktop),
    step("journeys", Group::Window, 30, journeys),
];

const fn step(
    name: &'static str,
    group: Group,
    minutes: u64,
    run: fn(&Plan, Duration) -> Result<Counts>,
) -> Step {
    Step {
        name,
        group,
        minutes,
        run,
    }
}

/// What was asked for.
struct Plan<'a> {
    project: &'a Project,
    steps: Vec<&'static Step>,
}

impl Plan<'_> {
    /// The window is compiled anyway, so that lints and documentation cover it too.
    fn includes_window(&self) -> bool {
        self.steps.iter().any(|step| step.group == Group::Window)
    }

    fn includes(&self, group: Group) -> bool {
        self.steps.iter().any(|step| step.group == group)
    }

    /// `--workspace` where WebKit and Node are at hand, else the default members.
    fn scope(&self) -> Vec<&'static str> {
        if !self.includes_window() {
            return Vec::new();
        }
        vec!["--workspace"]
    }
}

enum Outcome {
    Passed(Duration),
    Failed(Duration, anyhow::Error),
    NotRun,
}

/// Runs all steps, or those of the named subsets.
pub(crate) fn test(project: &Project, subsets: &[String]) -> Result<ExitCode> {
    if subsets.iter().any(|subset| subset == "--list") {
        for step in STEPS {
            println!("{}", step.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let plan = Plan {
        project,
        steps: choose(subsets)?,
    };
    prepare(&plan)?;

    let started = Instant::now();
    let mut total = Counts::default();
    let mut outcomes: Vec<(&'static Step, Outcome)> = Vec::new();
    let mut failed = false;
    for &step in &plan.steps {
        if failed {
            outcomes.push((step, Outcome::NotRun));
            continue;
        }
        eprintln!("\n── {} ──", step.name);
        let begun = Instant::now();
        let (counts, outcome) = split((step.run)(&plan, Duration::from_secs(step.minutes * 60)));
        total.add(counts);
        failed = outcome.is_err();
        outcomes.push((
            step,
            match outcome {
                Ok(()) => Outcome::Passed(begun.elapsed()),
                Err(error) => Outcome::Failed(begun.elapsed(), error),
            },
        ));
    }
    summarise(&outcomes, started.elapsed(), total, failed);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn choose(subsets: &[String]) -> Result<Vec<&'static Step>> {
    let mut chosen = Vec::new();
    for subset in subsets {
        let group = GROUPS.iter().find(|(name, _)| name == subset);
        let found: Vec<&Step> = STEPS
            .iter()
            .filter(|step| match group {
                Some((_, group)) => step.group == *group,
                None => step.name == subset.as_str(),
            })
            .collect();
        if found.is_empty() {
            let names: Vec<&str> = GROUPS
                .iter()
                .map(|(name, _)| *name)
                .chain(STEPS.iter().map(|step| step.name))
                .collect();
            return Err(Misused(format!(
                "there is no subset or step `{subset}`; there are: {}",
                names.join(" ")
            ))
            .into());
        }
        chosen.extend(found.iter().map(|step| step.name));
    }
    Ok(STEPS
        .iter()
        .filter(|step| subsets.is_empty() || chosen.contains(&step.name))
        .collect())
}

fn prepare(plan: &Plan) -> Result<()> {
    let mut needs = vec![Need::Core];
    if plan.includes(Group::Fast) {
        needs.push(Need::CoreTests);
    }
    if plan.includes_window() {
        needs.extend([Need::Window, Need::CoreTests, Need::WindowTests]);
    }
    setup::packages(&needs)?;
    if plan.includes(Group::Ui) || plan.includes_window() {
        ui::install(plan.project)?;
    }
    Ok(())
}

fn summarise(outcomes: &[(&'static Step, Outcome)], took: Duration, total: Counts, failed: bool) {
    println!();
    for (step, outcome) in outcomes {
        match outcome {
            Outcome::Passed(took) => println!("  passed   {:<10} {}", step.name, shown(*took)),
            Outcome::Failed(took, error) => {
                println!("  FAILED   {:<10} {}  {error:#}", step.name, shown(*took));
            }
            Outcome::NotRun => println!("  not run  {}", step.name),
        }
    }
    println!("  in all              {}", shown(took));
    if total.passed + total.failed > 0 {
        // A step that failed without a failing test, such as a lint, must not read as a success.
        let failures = total.failed.max(u64::from(failed));
        let skipped = if total.skipped > 0 {
            format!(", {} skipped", total.skipped)
        } else {
            String::new()
        };
        println!("\n{} passed, {failures} failed{skipped}", total.passed);
    }
}

fn shown(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{:>3} min {:02} s", seconds / 60, seconds % 60)
}

/// Counts survive a failure: the error carries them.
fn split(result: Result<Counts>) -> (Counts, Result<()>) {
    match result {
        Ok(counts) => (counts, Ok(())),
        Err(error) => match error.downcast::<FailedTests>() {
            Ok(failed) => (failed.counts, Err(failed.cause)),
            Err(error) => (Counts::default(), Err(error)),
        },
    }
}

#[derive(Debug)]
struct FailedTests {
    counts: Counts,
    cause: anyhow::Error,
}

impl std::fmt::Display for FailedTests {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cause.fmt(formatter)
    }
}

impl std::error::Error for FailedTests {}

fn counted((counts, outcome): (Counts, Result<()>)) -> Result<Counts> {
    match outcome {
        Ok(()) => Ok(counts),
        Err(cause) => Err(FailedTests { counts, cause }.into()),
    }
}

fn uncounted(result: Result<()>) -> Result<Counts> {
    result.map(|()| Counts::default())
}

/// A stale lock file would make every other machine build something else.
fn lock(plan: &Plan, _: Duration) -> Result<Counts> {
    uncounted(command::run(
        plan.project.cargo().args(["fetch", "--locked"]),
    ))
    .context("Cargo.lock does not match the manifests, or a crate could not be fetched")
}

fn format(plan: &Plan, _: Duration) -> Result<Counts> {
    uncounted(command::run(
        plan.project.cargo().args(["fmt", "--all", "--check"]),
    ))
}

fn ui_check(plan: &Plan, limit: Duration) -> Result<Counts> {
    counted(command::run_tests(
        ui::npm_here(plan.project).args(["run", "check"]),
        limit,
    ))
}

fn ui_test(plan: &Plan, limit: Duration) -> Result<Counts> {
    counted(command::run_tests(
        ui::npm_here(plan.project).arg("test"),
        limit,
    ))
}

/// Before anything that compiles the window: its build embeds what this writes.
fn ui_build(plan: &Plan, _: Duration) -> Result<Counts> {
    uncounted(ui::build(plan.project))
}

fn lints(plan: &Plan, _: Duration) -> Result<Counts> {
    uncounted(command::run(
        plan.project
            .cargo()
            .args(["clippy", "--all-targets"])
            .args(plan.scope())
            .args(["--", "-D", "warnings"]),
    ))?;
    // Whoever uses the client without some of its parts gets one that compiles.
    for features in ["", "chat", "transcription", "mp3"] {
        command::run(
            plan.project
                .cargo()
                .args(["clippy", "--all-targets", "--package", "waves"])
                .args(["--no-default-features", "--features", features])
                .args(["--", "-D", "warnings"]),
        )?;
    }
    Ok(Counts::default())
}

/// Debug build: with overflow checks and assertions, which the released programs do without.
fn crates(plan: &Plan, limit: Duration) -> Result<Counts> {
    counted(command::run_tests(
        plan.project.cargo().args(["test", "--no-fail-fast"]),
        limit,
    ))
}

fn docs(plan: &Plan, _: Duration) -> Result<Counts> {
    uncounted(command::run(
        plan.project
            .cargo()
            .args(["doc", "--no-deps", "--document-private-items"])
            .args(plan.scope())
            // Private items are documented here, so links to them lead somewhere.
            .env(
                "RUSTDOCFLAGS",
                "-D warnings -A rustdoc::private_intra_doc_links",
            ),
    ))
}

/// Licences and the direction of dependencies are checked by `crates/xtask/tests/house_rules.rs` without this tool.
/// It adds duplicate versions and sources, and takes minutes to compile, so it is used where it is.
fn deny(plan: &Plan, _: Duration) -> Result<Counts> {
    if !command::says_yes("cargo-deny", &["--version"]) {
        eprintln!(
            "cargo-deny is not installed: its checks of sources and versions are left out (cargo install cargo-deny --locked)"
        );
        return Ok(Counts::default());
    }
    uncounted(command::run(plan.project.cargo().args([
        "deny",
        "--workspace",
        "--offline",
        "check",
        "bans",
        "licenses",
        "sources",
    ])))
}

fn release(plan: &Plan, _: Duration) -> Result<Counts> {
    uncounted(bundle::build_release(plan.project))
}

/// The window's own tests, among them that the committed contract is the one that the types give. In the release
/// profile, because that is compiled already.
fn desktop(plan: &Plan, limit: Duration) -> Result<Counts> {
    counted(command::run_tests(
        plan.project
            .cargo()
            .args(["test", "--release", "--package", DESKTOP]),
        limit,
    ))
}

/// One journey at a time: each has a screen, a keychain and a loudspeaker of its own, but the processor is shared.
fn journeys(plan: &Plan, limit: Duration) -> Result<Counts> {
    if env::consts::OS != "linux" {
        eprintln!("The journeys need WebKitWebDriver and are run on Linux only.");
        return Ok(Counts::default());
    }
    counted(command::run_tests(
        plan.project
            .cargo()
            .args(["test", "--package", "e2e", "--no-fail-fast", "--"])
            .arg("--test-threads=1"),
        limit,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(subsets: &[&str]) -> Vec<&'static str> {
        let subsets: Vec<String> = subsets.iter().map(|&subset| subset.to_owned()).collect();
        choose(&subsets)
            .expect("the subsets exist")
            .iter()
            .map(|step| step.name)
            .collect()
    }

    #[test]
    fn no_subset_means_every_step() {
        assert_eq!(names(&[]).len(), STEPS.len());
    }

    #[test]
    fn subsets_and_single_steps_keep_the_order_of_the_whole() {
        assert_eq!(
            names(&["docs", "ui", "format"]),
            ["format", "ui-check", "ui-test", "docs"]
        );
    }

    #[test]
    fn unknown_subset_is_a_mistake_in_the_command() {
        let error = choose(&["widnow".to_owned()])
            .err()
            .expect("there is no such subset");
        assert!(error.is::<Misused>());
        assert!(error.to_string().contains("window"));
    }

    #[test]
    fn counts_survive_a_failing_runner() {
        let counts = Counts {
            passed: 3,
            failed: 1,
            skipped: 0,
        };
        let (kept, outcome) = split(counted((counts, Err(anyhow::anyhow!("no")))));
        assert_eq!(kept, counts);
        assert!(outcome.is_err());
    }
}
