//! `muster-server backup`.

use anyhow::Context as _;
use clap::Args;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Outside;
use crate::backup::{Key, Lock, Manifest, make, passphrase, verify};
use crate::config::{self, Config, DatabaseUrl, Raw};

/// How to back up.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file to write, or with --verify to read
    file: PathBuf,
    /// The server's data folder
    #[arg(long, env = "MUSTER_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The server's PostgreSQL database, if it has one: postgres://…
    #[arg(long, env = "MUSTER_DATABASE")]
    database: Option<DatabaseUrl>,
    /// Encrypt with the passphrase in the first line of this file; without it, and without --recipient, you are asked for one
    #[arg(long, env = "MUSTER_BACKUP_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Encrypt for this public key of age (age1…), may be given more than once: no secret is needed to make the backup
    #[arg(long, value_name = "KEY", conflicts_with = "verify")]
    recipient: Vec<String>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Write nothing: decrypt a backup and check everything in it
    #[arg(long)]
    verify: bool,
    /// With --verify: the file of secret keys (age-keygen) for a backup that was made with --recipient
    #[arg(long, value_name = "FILE", requires = "verify")]
    identity: Option<PathBuf>,
}

/// Backs up, or checks a backup.
///
/// # Errors
/// It can't be done.
pub fn run(args: Arguments, file: Option<&Path>, outside: &Outside) -> anyhow::Result<ExitCode> {
    let out = &mut std::io::stdout();
    if args.verify {
        let key = key(args.identity.as_deref(), args.passphrase_file.as_deref())?;
        let manifest = verify(&args.file, &key)?;
        writeln!(out, "{} is whole", args.file.display())?;
        tell(&manifest, out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::try_from(config::read(
        file,
        Raw { data: args.data, database: args.database, ..Raw::default() },
    )?)?;
    let lock = if args.recipient.is_empty() {
        Lock::Passphrase(match &args.passphrase_file {
            Some(file) => passphrase::from_file(file)?,
            None => passphrase::ask(true)?,
        })
    } else {
        Lock::recipients(&args.recipient)?
    };
    let made = make(&config.data, &config.place, &args.file, &lock, args.force, outside.clock.now())?;
    writeln!(out, "{}: {} bytes", args.file.display(), made.size)?;
    for name in &made.manifest.missing {
        writeln!(
            out,
            "warning: the file of {name} is missing in the data folder, so it is missing in the backup"
        )?;
    }
    tell(&made.manifest, out)?;
    Ok(ExitCode::SUCCESS)
}

/// Says what a backup has.
///
/// # Errors
/// Nobody listens.
pub(super) fn tell(manifest: &Manifest, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "made on {} by muster-server {} ({}, migration {})",
        manifest.made, manifest.program, manifest.engine, manifest.migration
    )?;
    let rows = |table: &str| manifest.tables.get(table).copied().unwrap_or(0);
    let packages = manifest.members.iter().filter(|member| member.name.starts_with("packages/")).count();
    let bytes: u64 = manifest.members.iter().map(|member| member.size).sum();
    writeln!(
        out,
        "{} devices, {} reports, {} audit entries, {} rows in all, {packages} packages; {} files, {bytes} bytes unpacked",
        rows("devices"),
        rows("reports"),
        rows("audit"),
        manifest.tables.values().sum::<u64>(),
        manifest.members.len()
    )?;
    if let Some(head) = manifest.audit {
        writeln!(out, "audit up to entry {}, {}", head.seq, head.hash)?;
    }
    Ok(())
}

/// What opens a backup: a secret key, or a passphrase.
///
/// # Errors
/// It can't be read.
pub(super) fn key(identity: Option<&Path>, file: Option<&Path>) -> anyhow::Result<Key> {
    match (identity, file) {
        (Some(path), _) => {
            let text = fs::read(path).with_context(|| format!("read {}", path.display()))?;
            Ok(Key::identities(&text)?)
        }
        (None, Some(path)) => Ok(Key::Passphrase(passphrase::from_file(path)?)),
        (None, None) => Ok(Key::Passphrase(passphrase::ask(false)?)),
    }
}
