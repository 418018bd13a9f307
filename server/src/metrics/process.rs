//! What the system says of this process.

use std::fs;

/// What a process uses.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Processor time in seconds.
    pub cpu_seconds: f64,
    /// Bytes of memory that are resident.
    pub resident: u64,
    /// Bytes of address space.
    pub virtual_memory: u64,
    /// Threads.
    pub threads: u64,
    /// Open file descriptors.
    pub descriptors: u64,
}

/// What this process uses now; zeros where the system doesn't say.
#[must_use]
pub fn usage() -> Usage {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let descriptors = fs::read_dir("/proc/self/fd").map_or(0, |folder| folder.count() as u64);
    let ticks = rustix::param::clock_ticks_per_second();
    Usage { descriptors, ..parse(&text, ticks, rustix::param::page_size() as u64).unwrap_or_default() }
}

/// How many descriptors may be open.
#[must_use]
pub fn most_descriptors() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// `/proc/PID/stat`: the name in brackets may have spaces and brackets itself, so fields count from its end.
fn parse(text: &str, ticks: u64, page: u64) -> Option<Usage> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // proc(5) counts from 1, and the first here is its third
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    #[expect(clippy::cast_precision_loss, reason = "a process of 2^53 ticks is older than anything")]
    let cpu_seconds = (field(14)? + field(15)?) as f64 / ticks.max(1) as f64;
    Some(Usage {
        cpu_seconds,
        resident: field(24)? * page,
        virtual_memory: field(23)?,
        threads: field(20)?,
        descriptors: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_moves_no_field() {
        let text = "42 (a) b) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 7 0 9999 1000000 30 18446744073709551615 0";
        let usage = parse(text, 100, 4096).expect("a process");
        assert!((usage.cpu_seconds - 2.0).abs() < 1e-9);
        assert_eq!((usage.threads, usage.virtual_memory, usage.resident), (7, 1_000_000, 30 * 4096));
        assert_eq!(parse("", 100, 4096), None);
    }

    #[test]
    fn this_process_uses_something() {
        let usage = usage();
        assert!(usage.resident > 0 && usage.threads > 0 && usage.descriptors > 2, "{usage:?}");
    }
}
