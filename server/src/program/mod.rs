//! The program `muster-server`: its command line, and one file for each thing that it does.

mod backup;
mod check;
mod manual;
mod restore;
mod serve;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use ring::rand::SystemRandom;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{ConfigError, Raw};

/// Muster's policy server.
#[derive(Debug, Parser)]
#[command(name = "muster-server", version, about)]
pub struct Arguments {
    /// File with the configuration; /etc/muster/server.toml where there is one and no other is named
    #[arg(long, global = true, env = "MUSTER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves phones, administrators and the console until it is asked to stop
    Serve(serve::Arguments),
    /// Writes the database, the keys and the packages into one encrypted file, while the server runs
    Backup(backup::Arguments),
    /// Fills an empty data folder, and an empty database, from a backup
    Restore(restore::Arguments),
    /// Prints completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the man page, or writes a page for each command
    Man {
        /// Folder for the pages: muster-server.1, muster-server-serve.1 …; made if it isn't there
        dir: Option<PathBuf>,
    },
    /// Looks at configuration, addresses, certificates, database, clock and disk; changes nothing
    Check(check::Arguments),
}

/// What comes from outside: what time it is, and randomness.
pub struct Outside {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: SystemRandom,
}

/// The command line as it is parsed, with the values that hold where none is given.
#[must_use]
pub fn command_line() -> clap::Command {
    let usual = serde_json::to_value(Raw::usual()).unwrap_or_default();
    let with_usual = move |argument: clap::Arg| {
        // the environment may have the database's password
        let argument = argument.hide_env_values(true);
        let value = argument.get_long().and_then(|key| usual.get(key)).and_then(|value| value.as_str());
        let Some(value) = value else { return argument };
        let add = |help: &clap::builder::StyledStr| format!("{help} [default: {value}]");
        let (short, long) = (argument.get_help().map(add), argument.get_long_help().map(add));
        let argument = argument.help(short.unwrap_or_default());
        match long {
            Some(long) => argument.long_help(long),
            None => argument,
        }
    };
    let mut line = Arguments::command();
    let names: Vec<String> = line.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        line = line.mut_subcommand(name, |command| command.mut_args(&with_usual));
    }
    line
}

/// Does what the command line says.
#[must_use]
pub fn run(outside: Outside) -> ExitCode {
    let parsed = Arguments::from_arg_matches(&command_line().get_matches());
    let arguments = parsed.unwrap_or_else(|error| error.exit());
    let config = arguments.config.as_deref();
    let done = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments, config, outside),
        Command::Backup(arguments) => backup::run(arguments, config, &outside),
        Command::Restore(arguments) => restore::run(arguments, config, &outside),
        Command::Completions { shell } => manual::completions(shell, command_line()),
        Command::Man { dir } => manual::man(dir.as_deref(), command_line()),
        Command::Check(arguments) => check::run(arguments, config, &outside),
    };
    done.unwrap_or_else(|error| {
        eprintln!("muster-server: {error:#}");
        if error.is::<ConfigError>() { ExitCode::from(WRONG_USE) } else { ExitCode::FAILURE }
    })
}

/// As for what the parser of the command line refuses.
const WRONG_USE: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_and_its_help_names_what_holds_usually() {
        let mut line = command_line();
        line.clone().debug_assert();
        let serve = line.find_subcommand_mut("serve").expect("serve");
        // where lines break depends on how long they are
        let flat = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let help = flat(serve.render_long_help().to_string());
        for value in ["127.0.0.1:8443", "/var/lib/muster", "info"] {
            assert!(help.contains(&format!("[default: {value}]")), "{help}");
        }
        let short = flat(serve.render_help().to_string());
        assert!(short.contains("[default: 127.0.0.1:8443]"), "{short}");
    }
}
