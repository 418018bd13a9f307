//! `muster-bench`: measures Muster on this machine. What matters is given as a ratio against a baseline of the same run, because
//! the absolute figures move with the machine and its clock.

mod agent;
mod api;
mod caller;
mod console;
mod cpu;
mod figures;
mod ingest;
mod packages;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Measures Muster on this machine
#[derive(Parser)]
#[command(name = "muster-bench", version)]
struct Cli {
    /// Print JSON, and nothing else, to standard output
    #[arg(long, global = true)]
    json: bool,
    /// What to measure
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What a page of the list of devices costs, at a thousand devices and at a hundred thousand
    Api(api::Args),
    /// What pages of the console cost, at a thousand devices, at ten thousand and at a hundred thousand
    Console(console::Args),
    /// Reports that a server on SQLite verifies, judges and makes durable, over kept-alive TLS connections
    Ingest(ingest::Args),
    /// What one collect-and-sign costs a phone, and how large report and program are
    Agent(agent::Args),
    /// What cryptography and decoding of one report cost, without a server
    Verify(verify::Args),
    /// Run a program and print what it used (a part of `agent`)
    #[command(hide = true)]
    Usage(cpu::UsageArgs),
}

fn main() -> ExitCode {
    // `--list` as the other scripts have it
    if std::env::args().nth(1).as_deref() == Some("--list") {
        println!("api\nconsole\ningest\nagent\nverify");
        return ExitCode::SUCCESS;
    }
    let cli = Cli::parse();
    let figures = match &cli.what {
        What::Api(args) => api::run(args),
        What::Console(args) => console::run(args),
        What::Ingest(args) => ingest::run(args),
        What::Agent(args) => agent::run(args),
        What::Verify(args) => verify::run(args),
        What::Usage(args) => return cpu::usage(args),
    };
    match figures {
        Ok(figures) => {
            print!("{}", if cli.json { figures.json() } else { figures.text() });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("muster-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
