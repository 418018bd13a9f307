//! The data folder: what of it is in a backup, and how it is filled again.

use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::keys;

/// The database's name in a backup.
pub const DATABASE: &str = "muster.db";
/// Where a restore puts everything before it takes its place.
pub const STAGING: &str = "restoring";

/// Whether a backup may have a file of this name: a fixed list, so that none leads out of the folder.
#[must_use]
pub fn is_member(name: &str) -> bool {
    match name.split_once('/') {
        None => name == DATABASE,
        Some(("keys", file)) => keys::FILES.contains(&file) || keys::OPTIONAL.contains(&file),
        Some(("packages", file)) => file.rsplit_once('.').is_some_and(|(digest, end)| {
            let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            matches!(end, "apk" | "rpm") && digest.len() == 64 && digest.bytes().all(hex)
        }),
        Some(_) => false,
    }
}

/// Where in a data folder a member belongs.
#[must_use]
pub fn place_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(name.strip_prefix("keys/").unwrap_or(name))
}

/// Whether a restore into this folder was begun and not ended.
#[must_use]
pub fn is_half_restored(data: &Path) -> bool {
    data.join(STAGING).exists()
}

/// A folder that is made for something passing, and goes with it.
pub struct Passing(PathBuf);

impl Passing {
    /// Makes it, for its owner alone; what an interrupted run has left there is removed. The caller holds a lock on it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn make(path: PathBuf) -> anyhow::Result<Self> {
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("remove {}", path.display()))?;
        }
        make_dir(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Makes a folder for its owner alone.
///
/// # Errors
/// The disk refuses.
pub fn make_dir(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("make {}", path.display()))
}

/// Refuses a folder that has something in it: what locks and half restores leave does not count.
///
/// # Errors
/// It has; it can't be read.
pub fn contents(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(data).with_context(|| format!("read {}", data.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("read {}", data.display()))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !["lock", "backup.lock", STAGING].contains(&name) && !name.starts_with("before-restore-") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Refuses a folder of another user: the server could not read what this program leaves in it.
///
/// # Errors
/// It is another's.
pub fn refuse_other_owner(data: &Path, mine: &Path) -> anyhow::Result<()> {
    let owner = |path: &Path| fs::metadata(path).map(|meta| meta.uid()).context("look at the data folder");
    let (theirs, ours) = (owner(data)?, owner(mine)?);
    if theirs != ours {
        bail!(
            "{} belongs to user {theirs}, and this runs as user {ours}: run it as that user (sudo -u)",
            data.display()
        );
    }
    Ok(())
}

/// Moves everything from one folder into another; `last` comes last.
///
/// # Errors
/// The disk refuses.
pub fn move_all(from: &[PathBuf], to: &Path, last: &str) -> anyhow::Result<()> {
    let is_last = |path: &&PathBuf| path.file_name().is_some_and(|name| name == last);
    let (ends, others): (Vec<_>, Vec<_>) = from.iter().partition(is_last);
    for path in others.into_iter().chain(ends) {
        let name = path.file_name().context("a file has a name")?;
        fs::rename(path, to.join(name)).with_context(|| format!("move {}", path.display()))?;
    }
    flush(to)
}

/// Makes what was renamed in a folder durable.
///
/// # Errors
/// The disk refuses.
pub fn flush(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("flush {}", folder.display()))
}
