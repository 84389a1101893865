//! The client of the service: what it costs, alone and beside the service's Python client.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::measure::{last_json, number};
use super::table::{Aim, Section};
use crate::command;
use crate::conformance;
use crate::project::Project;

/// What a call costs above a plain one, how soon a chunk arrives, what an hour leaves in memory; then the Python client.
pub(crate) fn api(project: &Project) -> Result<Section> {
    let mut section = Section::new(
        "Client of the service",
        "cargo xtask bench api",
        "Over loopback, at the simulator with its tone, 24 kHz. Plain calls are `reqwest` without a client around it, in turns with it. \
         The Python client is `smallestai` 5.14.0, in the same run and at the same simulator, each on one thread; it reads no events (SSE) at all.",
    );
    command::run(
        project
            .cargo()
            .args(["build", "--release", "--package", "waves"])
            .args(["--example", "overhead", "--package", "simulator"])
            .args(["--bin", "simulator"]),
    )?;
    let program = project
        .target
        .join("release/examples")
        .join(format!("overhead{}", std::env::consts::EXE_SUFFIX));
    let costs = last_json(&mut Command::new(&program))?;
    for (name, title) in [("http", "HTTP"), ("sse", "SSE")] {
        let plain = number(&costs, &format!("{name}_plain_ms"))?;
        let above = number(&costs, &format!("{name}_ms"))? - plain;
        section.add(format!("{title}: a plain call"), plain, "ms", Aim::None);
        section.add(
            format!("{title}: a call of the client, above that"),
            above,
            "ms",
            Aim::AtMost(1.0),
        );
    }
    for (name, title) in [("sse", "SSE"), ("websocket", "WebSocket")] {
        section.add(
            format!("{title}: from the writing of a first chunk to the consumer"),
            number(&costs, &format!("{name}_chunk_ms"))?,
            "ms",
            Aim::AtMost(5.0),
        );
        section.add(
            format!("{title}: memory more after an hour of speech"),
            number(&costs, &format!("{name}_hour_mb"))?,
            "MB",
            Aim::AtMost(5.0),
        );
    }

    let python = conformance::install(project)?;
    let simulator = Served::start(project)?;
    let ours = last_json(Command::new(&program).arg("--against").arg(&simulator.url))?;
    let theirs = last_json(
        Command::new(python)
            .arg(project.root.join(conformance::FOLDER).join("pace.py"))
            .arg(&simulator.url),
    )?;
    for (name, title) in [("http", "HTTP"), ("sse", "SSE"), ("websocket", "WebSocket")] {
        for (figure, what, unit) in [
            ("first_ms", "time to the first sound", "ms"),
            ("cpu_s", "CPU for an hour of speech", "s"),
        ] {
            let figure = format!("{name}_{figure}");
            section.add(
                format!("{title}: {what}"),
                number(&ours, &figure)?,
                unit,
                Aim::None,
            );
            if theirs[&figure].is_number() {
                let theirs = number(&theirs, &figure)?;
                section.add(
                    format!("{title}: {what}, Python client"),
                    theirs,
                    unit,
                    Aim::None,
                );
            }
        }
    }
    Ok(section)
}

/// A simulator of its own process, for as long as this lives.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn start(project: &Project) -> Result<Self> {
        let program = project
            .target
            .join("release")
            .join(format!("simulator{}", std::env::consts::EXE_SUFFIX));
        let mut process = Command::new(program)
            .arg("--tone")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the simulator does not start")?;
        let mut url = String::new();
        let output = process
            .stdout
            .take()
            .context("the simulator says nothing")?;
        let read = BufReader::new(output).read_line(&mut url);
        let served = Self {
            process,
            url: url.trim().to_owned(),
        };
        read.context("the simulator says nothing")?;
        Ok(served)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has ended by itself is gone all the same.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
