//! Files of keys: written whole or not at all, and readable by their owner alone where they are secret.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Why keys could not be loaded or made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file could not be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has something else than it should.
    #[error("{} is not the key that it should be: {why}", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A certificate could not be made.
    #[error("make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// The system gave no randomness.
    #[error("draw random bytes")]
    NoRandomness,
}

/// The file's bytes, where it is there.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, KeysError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(KeysError::Read { path: path.to_owned(), source }),
    }
}

/// Writes a file that only its owner may read.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    write(path, bytes, 0o600)
}

/// Writes a file that everybody may read.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    write(path, bytes, 0o644)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeysError> {
    replace(path, bytes, mode).map_err(|source| KeysError::Write { path: path.to_owned(), source })
}

/// Write, flush, rename, flush the folder: after a power cut the file is the old one or the new one.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
