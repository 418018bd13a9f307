//! `muster-demo`: the whole product on one machine: a server, three real agents on prepared folders, many simulated phones.

mod stage;
mod summary;

use anyhow::Context as _;
use clap::Parser;
use stage::Stage;
use std::path::PathBuf;
use std::process::ExitCode;
use tempfile::TempDir;

/// Shows the whole product on this machine
#[derive(Parser)]
#[command(name = "muster-demo", version)]
struct Cli {
    /// Do everything once: ask one phone for a scan, wait for its report, print a summary, and end
    #[arg(long)]
    once: bool,
    /// Where everything is kept, to go on from there the next time; a temporary folder without it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The repository: the policy and the folders that stand for devices are found there
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// How many simulated phones
    #[arg(long, value_name = "N", default_value_t = 50)]
    phones: u64,
    /// The same seed gives the same simulated phones
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where the server listens; any free port without it
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let temporary = TempDir::with_prefix("muster-demo-").context("make a temporary folder")?;
    let data = cli.data.as_deref().unwrap_or(temporary.path());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let _inside = runtime.enter();

    let mut stage = Stage::set(cli, data)?;
    stage.enrol_agents()?;
    runtime.block_on(stage.enrol_phones(cli))?;
    stage.wait_for_reports()?;
    if cli.once {
        return summary::once(&stage);
    }
    summary::invite(&stage)?;
    runtime.block_on(until_told())?;
    println!("stopping");
    stage.strike()
}

/// Ctrl-C, or SIGTERM.
async fn until_told() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        told = tokio::signal::ctrl_c() => Ok(told?),
        _ = terminate.recv() => Ok(()),
    }
}
