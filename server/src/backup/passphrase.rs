//! Where a passphrase comes from: a file, or a person at a terminal. Never an argument, which every user of the machine could read.

use age::secrecy::{ExposeSecret as _, SecretString};
use anyhow::{Context as _, bail};
use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;

/// The first line of a file.
///
/// # Errors
/// It can't be read, or is empty.
pub fn from_file(path: &Path) -> anyhow::Result<SecretString> {
    let text =
        fs::read_to_string(path).with_context(|| format!("read the passphrase in {}", path.display()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("the first line of {} is empty: it has to be the passphrase", path.display());
    }
    Ok(SecretString::from(line.to_owned()))
}

/// Asks a person, twice where it is a new one.
///
/// # Errors
/// There is no terminal; it is empty, or not the same twice.
pub fn ask(new: bool) -> anyhow::Result<SecretString> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "there is no terminal to ask for the passphrase: give --passphrase-file, or --recipient and --identity"
        );
    }
    let read = |prompt: &str| {
        rpassword::prompt_password(prompt).map(SecretString::from).context("ask for the passphrase")
    };
    let passphrase = read("Passphrase of the backup: ")?;
    if passphrase.expose_secret().is_empty() {
        bail!("the passphrase is empty");
    }
    if new && read("The same again: ")?.expose_secret() != passphrase.expose_secret() {
        bail!("the two passphrases differ");
    }
    Ok(passphrase)
}
