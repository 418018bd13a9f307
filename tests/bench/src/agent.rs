//! `agent`: what one collect-and-sign costs a phone, and how large its report and the program are.
//!
//! The phone is a folder with 300 applications; the program is the one that goes on phones (`--profile agent`), run against a real server.
//! A second phone shows how the cost grows: with 1,000 applications, and with 10,000 of them and a package database of 2,000.

use crate::cpu;
use crate::figures::{Figures, median};
use crate::ingest::{clock, report};
use crate::verify::key;
use anyhow::Context as _;
use muster_fleet::model::{Model, catalogue};
use muster_proto::cose::seal;
use muster_tests::{Agent, Root, Server, program};
use std::path::{Path, PathBuf};

/// What follows `agent`.
#[derive(clap::Args)]
pub struct Args {
    /// Applications on the phone
    #[arg(long, default_value_t = 300)]
    applications: usize,
    /// Reports that are made
    #[arg(long, default_value_t = 11)]
    runs: usize,
    /// The agent to measure; by default the one of `--profile agent`, or if it wasn't built the one beside this program
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Measures.
pub fn run(args: &Args) -> anyhow::Result<Figures> {
    let agent_program = args.program.clone().unwrap_or_else(phone_program);
    let folder = tempfile::TempDir::new().context("make a temporary folder")?;
    let server = Server::launch(&folder.path().join("server"), &[])?;
    server.try_muster(&["org", "add", "bench", "--title", "bench"])?.done()?;
    let root = phone(args.applications);
    let agent = Agent::at(root.path(), &folder.path().join("state"));
    agent.try_run(&["enrol", &server.try_link("bench", 1)?])?.done()?;

    let (time, memory) = one_report(&agent, &agent_program, args.runs)?;
    let out = folder.path().join("report.cbor");
    let id = agent.try_status()?["device"].as_str().context("the agent has no device")?.to_owned();
    server.try_muster(&["device", "report", &id, "--out", &out.to_string_lossy()])?.done()?;

    let mut figures = Figures::of(format!(
        "One report of a phone with {} applications, {}",
        args.applications,
        agent_program.display()
    ));
    figures.add("CPU time: start, collect, sign, save, send", time, "ms");
    figures.add("peak memory", memory, "MiB");
    figures.add("its report", float(std::fs::metadata(&out)?.len()), "bytes");
    growth(&mut figures, &server, &agent_program, args.runs)?;
    sizes(&mut figures)?;
    figures.add("program", float(std::fs::metadata(&agent_program)?.len()) / 1024.0 / 1024.0, "MiB");
    Ok(figures)
}

/// Milliseconds of CPU for one report, and the most memory that one took, in MiB.
fn one_report(agent: &Agent, program: &Path, runs: usize) -> anyhow::Result<(f64, f64)> {
    let command: Vec<String> = std::iter::once(program.to_string_lossy().into_owned())
        .chain(agent.command(&["report"]).get_args().map(|word| word.to_string_lossy().into_owned()))
        .collect();
    let (mut times, mut memory) = (Vec::new(), 0);
    for _ in 0..runs {
        let (time, bytes) = cpu::of_one_run(&command)?;
        times.push(time.as_secs_f64() * 1e3);
        memory = memory.max(bytes);
    }
    Ok((median(&mut times), float(memory) / 1024.0 / 1024.0))
}

/// What ten times as many applications cost, and a package database beside them. Ten times the applications may cost ten times as much
/// and no more: `growth` is what each of the 9,000 more costs against one of the first 1,000.
fn growth(figures: &mut Figures, server: &Server, program: &Path, runs: usize) -> anyhow::Result<()> {
    let of = |applications: usize, packages: usize| {
        let (root, state) = (phone(applications), tempfile::TempDir::new()?);
        if packages > 0 {
            crate::packages::lay_out(root.path(), packages)?;
        }
        let agent = Agent::at(root.path(), state.path());
        agent.try_run(&["enrol", &server.try_link("bench", 1)?])?.done()?;
        one_report(&agent, program, runs)
    };
    let (none, few, many) = (of(0, 0)?, of(1_000, 0)?, of(10_000, 0)?);
    let all = of(10_000, 2_000)?;
    figures.add("CPU time with 1,000 applications", few.0, "ms");
    figures.add("CPU time with 10,000 applications", many.0, "ms");
    figures.add("CPU time with 10,000 and 2,000 packages", all.0, "ms");
    figures.add("peak memory with 1,000 applications", few.1, "MiB");
    figures.add("peak memory with 10,000 and 2,000 packages", all.1, "MiB");
    let (first, later) = ((few.0 - none.0) / 1_000.0, (many.0 - few.0) / 9_000.0);
    figures.add("growth: cost of a later application against an early one", later / first, "");
    Ok(())
}

/// Reports of phones as the simulator draws them.
fn sizes(figures: &mut Figures) -> anyhow::Result<()> {
    let (catalogue, now, (signer, _)) = (catalogue()?, clock().1, key()?);
    let size = |model: &Model, nth| anyhow::Ok(seal(&report(model, nth, &catalogue), &signer)?.len());
    let mut all = (0..2000)
        .map(|nth| size(&Model::draw(1, nth, &catalogue, now), nth))
        .collect::<Result<Vec<_>, _>>()?;
    all.sort_unstable();
    let mut full = Model::draw(1, 0, &catalogue, now);
    full.carry(10, &catalogue, now);
    figures.add("report of a phone, typical", float(all[all.len() / 2] as u64), "bytes");
    figures.add("report of a phone, largest of 2000", float(all[all.len() - 1] as u64), "bytes");
    figures.add("report of a phone with ten sightings", float(size(&full, 0)? as u64), "bytes");
    Ok(())
}

/// A phone in order with many applications, none of them watched.
fn phone(applications: usize) -> Root {
    let root = Root::copy("aurora-5.2-ok");
    for nth in 0..applications {
        let name = format!("usr/share/applications/com.example.app{nth}.desktop");
        let (title, exec) = (format!("Приложение {nth}"), format!("/usr/bin/app{nth} %u"));
        let text = format!(
            "[Desktop Entry]\nType=Application\nName=Application {nth}\nName[ru]={title}\nExec={exec}\nIcon=app{nth}\n\n\
             [X-Application]\nPermissions=Internet;UserDirs\nOrganizationName=com.example\nApplicationName=app{nth}\n"
        );
        root.write(&name, &text);
    }
    root
}

fn phone_program() -> PathBuf {
    let beside = program("muster-agent");
    let small = beside.parent().and_then(Path::parent).map(|target| target.join("agent/muster-agent"));
    small.filter(|path| path.is_file()).unwrap_or(beside)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}
