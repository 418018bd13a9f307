//! `muster-server restore`.

use clap::Args;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Outside;
use super::backup::{key, tell};
use crate::backup::{Target, restore};
use crate::config::{self, Config, DatabaseUrl, Raw};

/// How to restore.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The backup
    file: PathBuf,
    /// The data folder to fill; made if it isn't there
    #[arg(long, env = "MUSTER_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL database to fill, instead of a file in the folder: postgres://…
    #[arg(long, env = "MUSTER_DATABASE")]
    database: Option<DatabaseUrl>,
    /// The passphrase is the first line of this file; without it, and without --identity, you are asked for it
    #[arg(long, env = "MUSTER_BACKUP_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The file of secret keys (age-keygen) for a backup that was made with --recipient
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Move aside what is in the folder and in the database
    #[arg(long)]
    replace: bool,
    /// Let no API token and no enrolment link of the backup work
    #[arg(long)]
    revoke_tokens: bool,
}

/// Restores.
///
/// # Errors
/// It can't be done.
pub fn run(args: Arguments, file: Option<&Path>, outside: &Outside) -> anyhow::Result<ExitCode> {
    let out = &mut std::io::stdout();
    let config = Config::try_from(config::read(
        file,
        Raw { data: args.data, database: args.database, ..Raw::default() },
    )?)?;
    let key = key(args.identity.as_deref(), args.passphrase_file.as_deref())?;
    let target =
        Target { data: config.data, place: config.place, replace: args.replace, revoke: args.revoke_tokens };
    let done = restore(&args.file, &key, &target, outside.clock.now())?;
    writeln!(out, "restored into {}", target.data.display())?;
    for aside in &done.aside {
        writeln!(out, "what was there before is now in {aside}")?;
    }
    tell(&done.manifest, out)?;
    let back = &done.revived;
    if !back.audit_holds {
        writeln!(
            out,
            "warning: the audit was broken in the backup already: `muster audit verify` says where"
        )?;
    }
    writeln!(out, "ended: {} sessions, {} sign-in links, {} orders", back.sessions, back.links, back.orders)?;
    if args.revoke_tokens {
        writeln!(out, "taken back: every API token and every enrolment link")?;
    } else {
        let names = if back.api_tokens.is_empty() { "none".to_owned() } else { back.api_tokens.join(", ") };
        writeln!(
            out,
            "they work again, also if they were taken back since the backup: API tokens {names}; enrolment links {}",
            back.enrolment_tokens
        )?;
    }
    writeln!(
        out,
        "what was done since the backup is undone: look again at exemptions, policies, phones that were approved, refused or retired \
         (docs/operations.md, \"After a restore\")"
    )?;
    Ok(ExitCode::SUCCESS)
}
