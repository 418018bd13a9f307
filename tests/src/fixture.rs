//! Folders that stand for devices, and where the repository's own files are.

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The repository.
#[must_use]
pub fn repo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the material that lies beside the repository; `None`, and a line that says so, where it is not there.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = repo().join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// A copy of one of the folders in `tests/roots`, to be changed at will; it lasts as long as one of its clones.
#[derive(Clone)]
pub struct Root {
    folder: Arc<TempDir>,
}

impl Root {
    /// Copies `tests/roots/NAME`.
    ///
    /// # Panics
    /// There is no such folder.
    #[must_use]
    pub fn copy(name: &str) -> Self {
        let from = repo().join("tests/roots").join(name);
        let folder = TempDir::new().expect("a temporary folder");
        copy(&from, folder.path()).unwrap_or_else(|error| panic!("{error:#}"));
        Self { folder: Arc::new(folder) }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below it, and the folders that lead there.
    ///
    /// # Panics
    /// The file can't be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder is made");
        std::fs::write(&path, text).expect("the file is written");
    }

    /// Removes a file below it.
    ///
    /// # Panics
    /// It isn't there.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path().join(path)).expect("the file is there");
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
