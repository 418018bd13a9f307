//! `muster`: the command line of administrators. It speaks to the HTTP API of the server that runs on a data folder, and
//! finds the address, the CA and a local administrator's token there. Only `verify` needs no server.

mod args;
mod commands;
mod field;
mod output;
mod server;
mod table;
mod when;

use args::{Cli, Command};
use clap::Parser as _;
use output::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Changes) => ExitCode::from(3),
        Ok(Outcome::Failed(why)) => fail(&why, FAILED),
        Err(error) if output::reader_left(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<output::WrongUse>() => fail(&format!("{error:#}"), WRONG_USE),
        Err(error) => fail(&format!("{error:#}"), FAILED),
    }
}

fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let json = cli.json;
    if let Command::Verify(args) = &cli.command {
        return commands::verify::run(args, json);
    }
    let Some(data) = &cli.data else {
        args::wrong_use("say which server: --data DIR, or MUSTER_DATA");
    };
    let server = server::Server::of(data)?;
    match &cli.command {
        Command::Org(args) => commands::org::run(&server, args, json),
        Command::EnrolToken(args) => commands::enrol::token(&server, args, json),
        Command::Token(args) => commands::token::run(&server, args, json),
        Command::Pending => commands::enrol::pending(&server, json),
        Command::Approve(args) => commands::enrol::approve(&server, args),
        Command::Refuse(args) => commands::enrol::refuse(&server, args),
        Command::Plan(args) => commands::policy::plan(&server, args, json),
        Command::Apply(args) => commands::policy::apply(&server, args, json),
        Command::AgentPackage(args) => commands::agent_package::run(&server, args, json),
        Command::Policy(args) => commands::policy::run(&server, args, json),
        Command::Device(args) => commands::device::run(&server, args, json),
        Command::Exempt(args) => commands::exempt::run(&server, args, json),
        Command::Exemptions => commands::exempt::list(&server, json),
        Command::Scan(args) => commands::scan::run(&server, args, json),
        Command::Order(args) => commands::order::run(&server, args, json),
        Command::Import(args) => commands::import::run(&server, args, json),
        Command::Inventory(args) => commands::inventory::run(&server, args, json),
        Command::SignInLink(args) => commands::people::sign_in_link(&server, args, json),
        Command::Audit(args) => commands::audit::run(&server, args, json),
        Command::Verify(_) => Ok(Outcome::Done),
    }
}

const FAILED: u8 = 1;
/// As for what the parser of the command line refuses.
const WRONG_USE: u8 = 2;

/// One line on stderr, whatever the cause had in it.
fn fail(why: &str, status: u8) -> ExitCode {
    let printable: String = why.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let line: Vec<&str> = printable.split_whitespace().collect();
    eprintln!("muster: {}", line.join(" "));
    ExitCode::from(status)
}
