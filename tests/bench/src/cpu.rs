//! CPU time and memory, as the kernel counts them.

use anyhow::{Context as _, anyhow};
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use std::process::{Command, ExitCode};
use std::time::Duration;

/// CPU time that the calling thread has used, to the nanosecond.
pub fn of_this_thread() -> anyhow::Result<Duration> {
    Ok(Duration::from(
        clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).context("read the clock of this thread")?,
    ))
}

/// CPU time that a process has used with all its threads, user and system (`/proc/PID/stat`, fields 14 and 15, in ticks of 10 ms).
pub fn of_process(id: u32) -> anyhow::Result<Duration> {
    let path = format!("/proc/{id}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    // the second field is the name, in brackets, and may have spaces
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).ok_or_else(|| anyhow!("read {path}: {text:?}"))?;
    Ok(Duration::from_millis(10 * (user + system)))
}

/// Peak memory of a process (`VmHWM`), in bytes.
pub fn peak_memory(id: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{id}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> =
        line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok());
    Ok(1024 * kib.ok_or_else(|| anyhow!("{path} has no VmHWM"))?)
}

/// What follows `usage`.
#[derive(clap::Args)]
pub struct UsageArgs {
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<String>,
}

/// Runs a program to its end in a process of its own, so that what the kernel counts for children is that program's alone.
pub fn usage(args: &UsageArgs) -> ExitCode {
    let status =
        Command::new(&args.command[0]).args(&args.command[1..]).stdout(std::process::Stdio::null()).status();
    let Ok(status) = status else {
        eprintln!("muster-bench: start {}", args.command[0]);
        return ExitCode::FAILURE;
    };
    let Ok(used) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return ExitCode::FAILURE };
    let micros =
        [used.user_time(), used.system_time()].map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    println!("{} {}", micros[0] + micros[1], used.max_rss() * 1024);
    u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// CPU time and peak memory in bytes of one run of a program.
pub fn of_one_run(command: &[String]) -> anyhow::Result<(Duration, u64)> {
    let own = std::env::current_exe().context("find this program")?;
    let output =
        Command::new(own).arg("usage").arg("--").args(command).output().context("measure a program")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}: {}", command.join(" "), said.trim());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().filter_map(|number| number.parse::<u64>().ok());
    let (micros, bytes) = numbers
        .next()
        .zip(numbers.next())
        .ok_or_else(|| anyhow!("measure {}: {text:?}", command.join(" ")))?;
    Ok((Duration::from_micros(micros), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_figures_can_be_read() {
        assert!(of_this_thread().is_ok_and(|used| !used.is_zero()));
        assert!(of_process(std::process::id()).is_ok());
        assert!(peak_memory(std::process::id()).is_ok_and(|bytes| bytes > 100_000));
    }
}
