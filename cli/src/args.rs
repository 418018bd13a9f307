//! What may be written on the command line.

use crate::commands::{
    agent_package, audit, device, enrol, exempt, import, inventory, order, org, people, policy, scan, token,
    verify,
};
use clap::{CommandFactory as _, Parser, Subcommand};
use std::path::PathBuf;

/// Muster from the command line: organisations, enrolment, policies, devices, scans.
#[derive(Parser)]
#[command(name = "muster", version, after_help = EXIT_STATUS)]
pub struct Cli {
    /// Data folder of the server; its address, its CA and a local administrator's token are found there
    #[arg(long, env = "MUSTER_DATA", value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// Print JSON, and nothing else, to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
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
    Pending,
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
    /// Grant an exemption from a rule
    Exempt(exempt::Args),
    /// Exemptions that were granted
    Exemptions,
    /// Ask a device for a report, at once
    Scan(scan::Args),
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
    /// Who did what, when
    Audit(audit::Args),
}

/// Ends the program as for any other wrong use.
pub fn wrong_use(why: &str) -> ! {
    Cli::command().error(clap::error::ErrorKind::MissingRequiredArgument, why).exit()
}

#[cfg(test)]
mod tests {
    use super::*;

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
