//! `muster-agent`: the agent as a program, for Aurora and Linux.

mod program;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use muster_agent::platform::linux::bus::Address;
use muster_agent::texts::Language;
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;

use program::{Occasion, Places};

/// Reads facts about this device, signs them and reports them to the organisation whose phone it is.
#[derive(Debug, Parser)]
#[command(name = "muster-agent", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Folder with the agent's state and key.
    #[arg(long, global = true, value_name = "DIR", default_value = "/var/lib/muster-agent")]
    state: PathBuf,
    /// Root of the device's file system.
    #[arg(long, global = true, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// Ask for services on this bus alone (unix:path=…). For tests; without it the device's own are asked where the root is /.
    #[arg(long, global = true, value_name = "ADDRESS", hide = true)]
    bus: Option<Address>,
    /// The agent runs in the sandbox of an application: what it can't see is denied, not absent. Noticed by itself in firejail.
    #[arg(long, global = true)]
    sandboxed: bool,
    /// What is logged to standard error: error, warn, info or debug. Without it `run` logs warnings, and the other commands say
    /// in one line why they failed.
    #[arg(long, global = true, value_name = "LEVEL", value_parser = parse_level)]
    log: Option<log::LevelFilter>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Enrol this device with the link that an administrator made.
    Enrol {
        /// muster://HOST:PORT/enrol?… Without it, the one that the device's management (Aurora Center) has configured.
        link: Option<EnrolLink>,
        /// What the organisation calls this device.
        #[arg(long, value_name = "TAG", value_parser = parse_tag)]
        asset_tag: Option<Text<64>>,
        /// Don't wait for a person's approval: ask again with the same link later.
        #[arg(long)]
        no_wait: bool,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Report periodically, after changes and when asked to, until stopped.
    Run,
    /// Have Aurora start the agent as often as the policy wants reports, and at least 15 minutes apart.
    Schedule,
    /// Make one report, send it and say what came of it.
    Report {
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what was last reported, every rule with its deadline, what is never read, and who asked for what.
    Status {
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
        /// en or ru; else as LANG says.
        #[arg(long, value_name = "LANG")]
        lang: Option<Language>,
    },
    /// Print a link to this device's page on the server, which shows what is known of it and takes what you say of it. It works once,
    /// for five minutes: who opens it is taken for whoever has the device in hand.
    Open {
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the signed reports that wait to a file, for a device without a network. They stay in the queue.
    Export {
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let task = std::env::var_os("AURORA_TASK_ID");
    let done = match Occasion::of(std::env::args_os(), task.as_deref()) {
        Some(occasion) => occasion.answer(),
        None => carry_out(Arguments::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster-agent: {}", muster_agent::errors::one_line(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: Arguments) -> anyhow::Result<()> {
    let usual = if matches!(arguments.command, Command::Run) {
        log::LevelFilter::Warn
    } else {
        log::LevelFilter::Off
    };
    program::log_to_stderr(arguments.log.unwrap_or(usual));
    let Arguments { command, state, root, bus, sandboxed, .. } = arguments;
    let places = Places { state, root, bus, sandboxed };
    match command {
        Command::Enrol { link, asset_tag, no_wait, json } => {
            program::enrol(&places, link, asset_tag, !no_wait, json)
        }
        Command::Run => program::run(&places),
        Command::Schedule => program::schedule(&places),
        Command::Report { json } => program::report(&places, json),
        Command::Status { json, lang } => {
            program::status(&places, json, lang.unwrap_or_else(Language::of_environment))
        }
        Command::Open { json } => program::open(&places, json),
        Command::Export { out } => program::export(&places, &out),
    }
}

fn parse_tag(text: &str) -> Result<Text<64>, String> {
    Text::new(text.trim()).map_err(|error| error.to_string())
}

fn parse_level(text: &str) -> Result<log::LevelFilter, String> {
    text.parse().map_err(|_| "the levels are off, error, warn, info, debug and trace".to_owned())
}
