//! How much memory processes hold, and whether a secret is in it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::process;

const BLOCK: usize = 1 << 20;
/// Of every processor that Peal's tests run on.
const PAGE: u64 = 4096;

/// Memory of some processes together, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resident {
    /// With every shared page counted once for each process (RSS).
    pub each: u64,
    /// With shared pages divided among those that share them (PSS): the fair figure.
    pub shared_fairly: u64,
}

/// The memory of `processes` now. Processes that have ended count nothing.
pub fn resident(processes: &[u32]) -> Resident {
    let mut sum = Resident::default();
    for process in processes {
        let rollup =
            fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
        sum.each += kibibytes(&rollup, "Rss:") * 1024;
        sum.shared_fairly += kibibytes(&rollup, "Pss:") * 1024;
    }
    sum
}

/// A process and all that it started, as far as they are still there.
pub fn family(process: u32) -> Vec<u32> {
    process::family(process)
}

/// Processor time that `processes` have used so far, in user and system mode together.
pub fn processor_time(processes: &[u32]) -> Duration {
    let ticks: u64 = processes
        .iter()
        .filter_map(|process| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            let (_, fields) = stat.rsplit_once(')')?;
            // utime and stime are the 14th and 15th field of all, see proc_pid_stat(5).
            let mut times = fields.split_whitespace().skip(11);
            let user: u64 = times.next()?.parse().ok()?;
            let system: u64 = times.next()?.parse().ok()?;
            Some(user + system)
        })
        .sum();
    // 100 a second on every Linux that Peal runs on (USER_HZ).
    Duration::from_millis(ticks * 10)
}

fn kibibytes(rollup: &str, field: &str) -> u64 {
    rollup
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// The forms in which a secret could lie about: UTF-8, UTF-16, hexadecimal, and base64 at each of its three offsets.
///
/// # Panics
/// When the secret is shorter than 12 bytes: such short traces are found by chance.
pub fn traces(secret: &str) -> Vec<Vec<u8>> {
    assert!(secret.len() >= 12, "too short to be told from chance");
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut traces = vec![
        bytes.to_vec(),
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    for offset in 0..3 {
        let mut shifted = vec![0; offset];
        shifted.extend(bytes);
        let encoded = STANDARD_NO_PAD.encode(shifted);
        // The letters at both ends also depend on what stands beside the secret.
        let from = [0, 2, 3][offset];
        traces.push(encoded.as_bytes()[from..encoded.len() - 2].to_vec());
    }
    traces
}

/// How often any of `traces` stands in the resident memory of a process.
///
/// # Errors
/// When the memory may not be read: as root, or for one's own children where the system allows it, it may.
pub fn occurrences(process: u32, traces: &[Vec<u8>]) -> Result<usize> {
    let smaps = fs::read_to_string(format!("/proc/{process}/smaps"))
        .with_context(|| format!("process {process} is gone"))?;
    let memory = File::open(format!("/proc/{process}/mem"))
        .with_context(|| format!("the memory of process {process} may not be read"))?;
    let pages = File::open(format!("/proc/{process}/pagemap"))?;
    let overlap = traces.iter().map(Vec::len).max().unwrap_or(1) - 1;
    let mut block = vec![0; BLOCK + overlap];
    let mut found = BTreeSet::new();
    for mapping in touched_mappings(&smaps) {
        for (start, end) in resident_ranges(&pages, mapping)? {
            let mut position = start;
            while position < end {
                let wanted = block.len().min(usize::try_from(end - position)?);
                // Pages may go between being listed and being read.
                let Ok(count) = memory.read_at(&mut block[..wanted], position) else {
                    position += PAGE;
                    continue;
                };
                for trace in traces {
                    // The same place may be seen at the end of one block and at the start of the next.
                    found.extend(
                        find_all(&block[..count], trace).map(|offset| position + offset as u64),
                    );
                }
                if count <= overlap {
                    break;
                }
                position += (count - overlap) as u64;
            }
        }
    }
    Ok(found.len())
}

/// The readable mappings of which any page was ever touched.
fn touched_mappings(smaps: &str) -> Vec<(u64, u64)> {
    let mut mappings = Vec::new();
    let mut current = None;
    for line in smaps.lines() {
        if let Some(range) = readable_range(line) {
            current = range;
        } else if let Some(range) = current
            && line.starts_with("Rss:")
            && kibibytes(line, "Rss:") > 0
        {
            mappings.push(range);
        }
    }
    mappings
}

/// The stretches of a mapping that are in memory or in swap. A web view reserves tens of gigabytes and touches little of it.
fn resident_ranges(pages: &File, (start, end): (u64, u64)) -> Result<Vec<(u64, u64)>> {
    // One 64-bit word a page; its two highest bits say swapped and present, see proc_pid_pagemap(5).
    const WORD: u64 = 8;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let mut words = vec![0; BLOCK];
    let mut page = start / PAGE;
    while page < end / PAGE {
        let wanted = words
            .len()
            .min(usize::try_from((end / PAGE - page) * WORD)?);
        let count = pages.read_at(&mut words[..wanted], page * WORD)?;
        if count < WORD as usize {
            break;
        }
        for word in words[..count].chunks_exact(WORD as usize) {
            if word[7] & 0b1100_0000 != 0 {
                let address = page * PAGE;
                match ranges.last_mut() {
                    Some((_, last)) if *last == address => *last += PAGE,
                    _ => ranges.push((address, address + PAGE)),
                }
            }
            page += 1;
        }
    }
    Ok(ranges)
}

/// The range of a mapping's headline: `Some(None)` when it is one that cannot be read.
fn readable_range(line: &str) -> Option<Option<(u64, u64)>> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let range = (
        u64::from_str_radix(start, 16).ok()?,
        u64::from_str_radix(end, 16).ok()?,
    );
    let is_readable = words.next()?.starts_with('r')
        && !line.ends_with("[vvar]")
        && !line.ends_with("[vsyscall]");
    Some(is_readable.then_some(range))
}

fn find_all<'a>(haystack: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memchr::memmem::find_iter(haystack, needle)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn secret_of_another_process_is_found_and_an_absent_one_is_not() {
        let mut process = Command::new("sleep")
            .arg("600")
            .env("NOTE", "canary-in-the-coal-mine-7f3a")
            .spawn()
            .expect("sleep starts");
        // Until it has become `sleep`, it is still a copy of this process, which knows both.
        crate::wait_until("sleep to run", crate::PATIENCE, || {
            let name = fs::read_to_string(format!("/proc/{}/comm", process.id()))?;
            Ok((name.trim() == "sleep").then_some(()))
        })
        .expect("it runs");
        let present = occurrences(process.id(), &traces("canary-in-the-coal-mine-7f3a"));
        let absent = occurrences(process.id(), &traces("canary-that-is-nowhere-91c2"));
        process.kill().expect("it can be ended");
        process.wait().expect("it ends");
        assert!(present.expect("a child can be read") >= 1);
        assert_eq!(absent.expect("a child can be read"), 0);
    }

    #[test]
    fn base64_of_a_secret_is_recognised_whatever_stands_before_it() {
        let secret = "sk_0123456789abcdef";
        let traces = traces(secret);
        for prefix in ["", "a", "ab", "key=", "Bearer "] {
            let text = STANDARD_NO_PAD.encode(format!("{prefix}{secret}, and more"));
            assert!(
                traces
                    .iter()
                    .any(|trace| find_all(text.as_bytes(), trace).next().is_some()),
                "{prefix}"
            );
        }
    }

    #[test]
    fn own_process_is_resident() {
        let resident = resident(&[std::process::id()]);
        assert!(resident.each >= resident.shared_fairly && resident.shared_fairly > 0);
    }
}
