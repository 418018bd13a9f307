//! What goes to standard output, and how a command ends.

use anyhow::Context as _;
use serde_json::Value;
use std::io::{self, Write as _};
use std::path::Path;

/// How a command ended that was carried out.
pub enum Outcome {
    /// As it should.
    Done,
    /// A plan that would change something.
    Changes,
    /// What was asked did not happen, and this is why; what there is to show was shown.
    Failed(String),
}

/// The command line or what it says is wrong, and another try would change nothing.
#[derive(Debug)]
pub struct WrongUse(pub String);

impl std::fmt::Display for WrongUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// Prints lines for people.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Prints `value` as JSON.
pub fn print_json(value: &Value) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Writes bytes to a file, or to standard output for `-`.
pub fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        return Ok(out.flush()?);
    }
    std::fs::write(path, bytes).with_context(|| format!("write {}", path.display()))
}

/// Opens a file that holds a secret, before the secret is made: for its owner alone, empty.
pub fn secret_file(path: &Path) -> anyhow::Result<std::fs::File> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let file = file.with_context(|| format!("write {}", path.display()))?;
    // one that was there before keeps its mode otherwise
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("keep {} from others", path.display()))?;
    Ok(file)
}

/// Reads a file, or standard input for `-`.
pub fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes).context("read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("read {}", path.display()))
}

/// Whether the error is only that whoever reads our output has seen enough (`muster audit | head`).
pub fn reader_left(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
