//! `muster`: the command line of administrators. It speaks to the HTTP API of a server: one that somebody has logged in to, or one whose
//! data folder is here, where the address, the CA and a local administrator's token are found.

mod args;
mod change;
mod commands;
mod connect;
mod field;
#[cfg(test)]
mod operations;
mod output;
mod pages;
mod printable;
mod profile;
mod progress;
mod repeat;
mod server;
#[cfg(test)]
mod shown_commands;
mod table;
mod terminal;
mod trust;
mod watch;
mod when;

use args::{Cli, Command};
use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _};
use output::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = parse();
    terminal::choose(cli.color, cli.quiet);
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
    match &cli.command {
        Command::Verify(args) => return commands::verify::run(args, json),
        Command::Login(args) => return commands::login::login(args, cli.profile.as_deref(), json),
        Command::Logout => return commands::login::logout(cli.profile.as_deref()),
        Command::Profile(args) => return commands::login::profile(args, json),
        Command::Completions(args) => return commands::manual::completions(args),
        Command::Man(args) => return commands::manual::man(args),
        Command::Audit(args) => {
            if let Some(outcome) = commands::audit::offline(args, json) {
                return outcome;
            }
        }
        _ => {}
    }
    let server = connect::server(cli)?;
    match &cli.command {
        Command::Org(args) => commands::org::run(&server, args, json),
        Command::EnrolToken(args) => commands::enrol::token(&server, args, json),
        Command::Token(args) => commands::token::run(&server, args, json),
        Command::Pending(args) => commands::enrol::pending(&server, *args, json),
        Command::Approve(args) => commands::enrol::approve(&server, args),
        Command::Refuse(args) => commands::enrol::refuse(&server, args),
        Command::Plan(args) => commands::policy::plan(&server, args, json),
        Command::Apply(args) => commands::policy::apply(&server, args, json),
        Command::AgentPackage(args) => commands::agent_package::run(&server, args, json),
        Command::Policy(args) => commands::policy::run(&server, args, json),
        Command::Device(args) => commands::device::run(&server, args, json),
        Command::Group(args) => commands::group::run(&server, args, json),
        Command::Schedule(args) => commands::schedule::run(&server, args, json),
        Command::Asset(args) => commands::asset::run(&server, args, json),
        Command::Carrier(args) => commands::carrier::run(&server, args, json),
        Command::Exempt(args) => commands::exempt::run(&server, args, json),
        Command::Exemptions => commands::exempt::list(&server, json),
        Command::Dispute(args) => commands::dispute::run(&server, args, json),
        Command::Scan(args) => commands::scan::run(&server, args, json),
        Command::Order(args) => commands::order::run(&server, args, json),
        Command::Import(args) => commands::import::run(&server, args, json),
        Command::Inventory(args) => commands::inventory::run(&server, args, json),
        Command::SignInLink(args) => commands::people::sign_in_link(&server, args, json),
        Command::Person(args) => commands::person::run(&server, args, json),
        Command::Session(args) => commands::session::run(&server, args, json),
        Command::Board(args) => commands::board::run(&server, args, json),
        Command::Audit(args) => commands::audit::run(&server, args, json),
        Command::Health => commands::health::run(&server, json),
        Command::Hook(args) => commands::hook::run(&server, args, json),
        Command::Mail(args) => commands::mail::run(&server, args, json),
        Command::LogLevel(args) => commands::log_level::run(&server, args, json),
        Command::ApiToken(args) => commands::api_token::run(&server, args, json),
        Command::Ca(args) => commands::login::ca(&server, args, json),
        Command::Whoami => commands::login::whoami(&server, json),
        Command::Verify(_)
        | Command::Login(_)
        | Command::Logout
        | Command::Profile(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(Outcome::Done),
    }
}

/// Reads the command line; help and complaints about it are painted as everything else is.
fn parse() -> Cli {
    let words = args::with_terms(std::env::args_os());
    let said = words.iter().zip(words.iter().skip(1));
    let never = said.into_iter().any(|(option, value)| option == "--color" && value == "never");
    let choice = if never || words.iter().any(|word| word == "--color=never") {
        ColorChoice::Never
    } else {
        ColorChoice::Auto
    };
    let matches = Cli::command().color(choice).get_matches_from(words);
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

const FAILED: u8 = 1;
/// As for what the parser of the command line refuses.
const WRONG_USE: u8 = 2;

fn fail(why: &str, status: u8) -> ExitCode {
    output::complain(why);
    ExitCode::from(status)
}
