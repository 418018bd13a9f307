//! `muster-server check`.

use clap::Args;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Outside;
use crate::check::{self, Finding, State};
use crate::config::{self, Config, Raw, USUAL_FILE};

/// What to check.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print findings as JSON
    #[arg(long)]
    json: bool,
    /// The file with the passphrase of backups: whether others can read it is looked at, too
    #[arg(long, env = "MUSTER_BACKUP_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    raw: Raw,
}

/// Looks at everything and says what was found.
///
/// # Errors
/// Standard output can't be written.
pub fn run(arguments: Arguments, file: Option<&Path>, outside: &Outside) -> anyhow::Result<ExitCode> {
    let path = file.unwrap_or(Path::new(USUAL_FILE));
    let data = arguments.raw.data.clone();
    let found = match config::read(file, arguments.raw).and_then(Config::try_from) {
        Err(error) => {
            let mut found = vec![flawed(&anyhow::Error::from(error))];
            found.extend(check::written::look(path, data.as_deref()));
            found
        }
        Ok(config) => {
            let passphrase = arguments.passphrase_file.map(|file| (check::PASSPHRASE, file));
            let secrets = passphrase.into_iter().chain(check::written::holds_a_password(path)).collect();
            let mut found = vec![sound(path)];
            found.extend(check::look(&config, secrets, outside.clock.now()));
            found
        }
    };
    if arguments.json {
        let ok = !failed(&found);
        serde_json::to_writer_pretty(std::io::stdout(), &serde_json::json!({ "ok": ok, "findings": found }))?;
        println!();
    } else {
        print(&found)?;
    }
    Ok(if failed(&found) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn failed(found: &[Finding]) -> bool {
    found.iter().any(|finding| finding.state == State::Failure)
}

fn sound(path: &Path) -> Finding {
    let seen = if path.exists() {
        path.display().to_string()
    } else {
        "no file; options and environment".to_owned()
    };
    Finding::ok("configuration", seen)
}

fn flawed(error: &anyhow::Error) -> Finding {
    Finding::failure(
        "configuration",
        format!("{error:#}"),
        "mend it: beside the file itself nothing else could be looked at; docs/configuration.md lists the keys",
    )
}

fn print(found: &[Finding]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for finding in found {
        let colour = match finding.state {
            State::Ok => "32",
            State::Warning => "33",
            State::Failure => "31",
        };
        let word = format!("{:<8}", finding.state.word());
        let word = if colours { format!("\u{1b}[{colour}m{word}\u{1b}[0m") } else { word };
        writeln!(out, "{word} {}: {}", finding.what, finding.seen)?;
        if let Some(advice) = &finding.advice {
            writeln!(out, "{:<8} -> {advice}", "")?;
        }
    }
    let count = |state| found.iter().filter(|finding| finding.state == state).count();
    writeln!(out, "{} failures, {} warnings", count(State::Failure), count(State::Warning))
}
