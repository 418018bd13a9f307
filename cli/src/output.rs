//! What goes to standard output, and how a command ends.

use crate::printable::{printable, printable_lines};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::io::{self, Read as _, Write as _};
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

/// Prints lines for people: of what others have written, only what can be seen.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_raw(&printable_lines(text))
}

/// Prints what is for programs, or moves the cursor on purpose.
pub fn print_raw(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Prints what nobody asked for in particular: that it was done, and what might come next.
pub fn note(text: &str) -> anyhow::Result<()> {
    if crate::terminal::quiet() { Ok(()) } else { print(text) }
}

/// Says on one line of standard error what is wrong, whatever the cause had in it.
pub fn complain(why: &str) {
    let words: Vec<&str> = why.split_whitespace().collect();
    eprintln!("muster: {}", printable(&words.join(" ")));
}

/// Prints `value` as JSON.
pub fn print_json(value: &Value) -> anyhow::Result<()> {
    print_raw(&serde_json::to_string_pretty(value)?)
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

/// Longest file with reports: many exports in one.
pub const MAX_REPORTS: u64 = 256 * 1024 * 1024;

/// Reads a file of at most `most` bytes, or standard input for `-`.
pub fn read_file(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        return bounded(&mut io::stdin().lock(), most).context("read standard input");
    }
    let read = || bounded(&mut std::fs::File::open(path)?, most);
    read().with_context(|| format!("read {}", path.display()))
}

/// The same for what is no document but a file that was built: a device or a pipe is none.
pub fn read_regular(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    // asked before it is opened: opening a pipe waits for whoever writes to it
    if path.as_os_str() != "-" {
        let what = std::fs::metadata(path).with_context(|| format!("read {}", path.display()))?;
        ensure!(what.is_file(), "read {}: it is not a regular file", path.display());
    }
    read_file(path, most)
}

fn bounded(from: &mut dyn io::Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Whether the error is only that whoever reads our output has seen enough (`muster audit | head`).
pub fn reader_left(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        std::fs::write(&path, [7; 10]).expect("a file");
        for read in [read_file, read_regular] {
            assert_eq!(read(&path, 10).expect("it fits"), [7; 10]);
            let error = format!("{:#}", read(&path, 9).expect_err("one byte too many"));
            assert!(error.ends_with("it has more than 9 bytes"), "{error}");
            assert!(read(&folder.path().join("b"), 10).is_err());
        }
    }

    #[test]
    fn a_device_has_no_end() {
        let zero = Path::new("/dev/zero");
        assert!(read_file(zero, 1000).is_err());
        let error = read_regular(zero, 1000).expect_err("a device").to_string();
        assert_eq!(error, "read /dev/zero: it is not a regular file");
        let folder = std::env::temp_dir();
        assert!(read_regular(&folder, 1000).expect_err("a folder").to_string().contains("regular"));
    }
}
