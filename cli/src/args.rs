//! What may be written on the command line.

use crate::commands::{
    agent_package, api_token, asset, audit, board, carrier, device, dispute, enrol, exempt, group, hook,
    import, inventory, log_level, login, mail, manual, order, org, people, person, policy, scan, schedule,
    session, token, verify,
};
use crate::terminal::Colour;
use clap::{Parser, Subcommand};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Muster from the command line: organisations, enrolment, policies, devices, scans.
#[derive(Parser)]
#[command(name = "muster", version, after_help = EXIT_STATUS)]
pub struct Cli {
    /// Data folder of a server on this machine (or MUSTER_DATA); its address, its CA and a local administrator's token are found there
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "profile")]
    pub data: Option<PathBuf>,
    /// Server that somebody has logged in to (or MUSTER_PROFILE); the one that was logged in to or chosen last without it
    #[arg(long, value_name = "NAME", global = true, value_parser = crate::profile::name)]
    pub profile: Option<String>,
    /// Print JSON, and nothing else, to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only what was asked for: no confirmations, no hints, no progress
    #[arg(long, global = true)]
    pub quiet: bool,
    /// When to paint
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    pub color: Colour,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The command line, with terms of a query that begin with a minus (`muster device list -label:role`) told from options: a space before them,
/// which no query minds. No key of a query begins with a `q`, and so `-qmodel:x` stays an option with its value.
pub fn with_terms(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let (mut device, mut list, mut ended) = (false, false, false);
    let told = |word: OsString| {
        ended |= word == "--";
        let term = list && !ended && word.to_str().is_some_and(is_term);
        list |= device && word == "list";
        device |= word == "device";
        if term { [OsStr::new(" "), &word].into_iter().collect() } else { word }
    };
    words.map(told).collect()
}

/// Whether this is `-key:value`, or with another sign.
fn is_term(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('-') else { return false };
    let key = rest.find([':', '=', '<', '>']).map(|at| &rest[..at]);
    key.is_some_and(|key| {
        key.len() > 1 && !key.starts_with('q') && key.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

/// Also part of the man page.
pub const EXIT_STATUS: &str = "\
Exit status: 0 it was done; 1 it failed, and one line on standard error says why; 2 wrong use, also where only the server can tell; 3 `plan` found changes.
Times are RFC 3339 in UTC. A state is one of compliant, grace, failing, unknown, exempt, not-applicable.";

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Organisations
    Org(org::Args),
    /// Make a link with which phones enrol
    EnrolToken(Box<enrol::TokenArgs>),
    /// Tokens of links that still let phones in: list, revoke
    Token(token::Args),
    /// Enrolments that wait for a person's approval
    Pending(crate::watch::WatchArgs),
    /// Approve an enrolment
    Approve(enrol::ApproveArgs),
    /// Refuse an enrolment
    Refuse(enrol::DeviceArg),
    /// Say what a policy would change, and change nothing; exit status 3 if it would change something
    Plan(policy::PlanArgs),
    /// Put a policy into force
    Apply(policy::ApplyArgs),
    /// Packages of the agent: for Android, as phones are offered them, and for Aurora OS
    AgentPackage(agent_package::Args),
    /// Policies in force
    Policy(policy::Args),
    /// Devices
    Device(device::Args),
    /// Groups: queries under a name, which stand for themselves in other queries
    Group(group::Args),
    /// The register: an organisation's phones, whether they report or not
    Asset(asset::Args),
    /// Who carries the phones of the register, held against the directory
    Carrier(carrier::Args),
    /// Grant an exemption from a rule
    Exempt(exempt::Args),
    /// Exemptions that were granted
    Exemptions,
    /// What the people who carry phones say is wrong
    Dispute(dispute::Args),
    /// Ask a device for a report, at once
    Scan(scan::Args),
    /// Scans that are repeated
    Schedule(schedule::Args),
    /// Orders
    Order(order::Args),
    /// Check the signature of a report and print what it says; works without a server
    Verify(verify::Args),
    /// Take in reports that an agent wrote with `muster-agent export`
    Import(import::Args),
    /// What the management system says is installed, as a second source
    Inventory(inventory::Args),
    /// Make a link with which a person signs in to the console
    SignInLink(people::LinkArgs),
    /// People: who may sign in, and what was given to them
    Person(person::Args),
    /// Where somebody is signed in, and an end to it
    Session(session::Args),
    /// Who is ready and who is late, by organisation, now or on a past day
    Board(board::Args),
    /// Who did what, when
    Audit(audit::Args),
    /// Is the server well, and if not, what exactly is wrong?
    Health,
    /// Webhooks: addresses that are told when a finding changes
    Hook(hook::Args),
    /// Mail: who is written to of what changes
    Mail(mail::Args),
    /// What the server logs, and more of it for a while about one request, device or route
    LogLevel(log_level::Args),
    /// Log in to a server elsewhere, and remember it as a profile
    Login(login::LoginArgs),
    /// Forget a profile with its token
    Logout,
    /// Servers that were logged in to
    Profile(login::ProfileArgs),
    /// The CA by which people's programs know the server, and its fingerprint to compare with
    Ca(login::CaArgs),
    /// Tokens for pipelines, programs and command lines elsewhere
    ApiToken(api_token::Args),
    /// Who the server takes this command line for
    Whoami,
    /// Print completions for a shell
    Completions(manual::CompletionsArgs),
    /// Print the man page, or write a page for each command
    Man(manual::ManArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn a_query_may_begin_with_a_minus() {
        let listed = |line: &[&str]| {
            let line = [&["muster", "device", "list"], line].concat();
            let words = with_terms(line.iter().map(OsString::from));
            Cli::try_parse_from(words).map(|cli| (cli.json, device::asked(&cli.command)))
        };
        for line in [
            ["-label:x", "verdict:failing", "--json"],
            ["verdict:failing", "-label:x", "--json"],
            ["--json", "--", "-label:x verdict:failing"],
            ["--query", "-label:x verdict:failing", "--json"],
            ["--json", "verdict:failing", "-label:x"],
        ] {
            let (json, query) = listed(&line).expect("it is a query");
            let mut terms: Vec<&str> = query.split_whitespace().collect();
            terms.sort_unstable();
            assert_eq!((json, terms), (true, vec!["-label:x", "verdict:failing"]), "{line:?}");
        }
        assert_eq!(listed(&["--", "-telegram"]).ok().map(|(_, query)| query), Some("-telegram".to_owned()));
        assert_eq!(listed(&["-qmodel:x"]).ok().map(|(_, query)| query), Some("model:x".to_owned()));
        assert_eq!(
            listed(&["--limit", "3", "-silent>2d"]).ok().map(|(_, query)| query.trim().to_owned()),
            Some("-silent>2d".to_owned())
        );
        assert!(listed(&["-x"]).is_err() && listed(&["--nonsense"]).is_err());
        for line in [
            "scan --reason x --query -label:x",
            "group add a --query -label:x",
            "device label a=b --query -label:x",
        ] {
            assert!(Cli::try_parse_from(format!("muster {line}").split(' ')).is_ok(), "{line}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_no_id_of_a_device_is_refused_by_the_name_of_its_option() {
        for line in [
            "enrol-token --org a --replaces zz",
            "approve 00 --replaces zz",
            "exempt --rule r --until 2026-01-01 --reason x --device zz",
        ] {
            let refused = Cli::try_parse_from(format!("muster {line}").split(' ')).err().expect("refused");
            let (said, option) = (refused.to_string(), line.split(' ').rev().nth(1).unwrap_or_default());
            assert!(
                said.contains("'zz'") && said.contains(option) && said.contains("32 hexadecimal"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_rule_is_exempted_for_a_device_or_an_organisation() {
        let line = |rest: &str| {
            Cli::try_parse_from(
                format!("muster exempt --rule r --until 2026-01-01 --reason x {rest}").split(' '),
            )
        };
        let device = "0a".repeat(16);
        assert!(line(&format!("--device {device}")).is_ok());
        assert!(line("--org a").is_ok());
        assert!(line(&format!("--org a --device {device}")).is_err());
        assert!(
            Cli::try_parse_from([
                "muster",
                "exempt",
                "--rule",
                "r",
                "--until",
                "2026-01-01",
                "--reason",
                "x"
            ])
            .is_err()
        );
    }
}
