//! The data folder: what of it is in a backup, and how it is filled again.

use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::keys;
use crate::store::{self, Place};

/// The database's name in a backup.
pub const DATABASE: &str = "muster.db";
/// Where a restore puts everything before it takes its place.
pub const STAGING: &str = "restoring";
/// Where a backup puts the copy of the database.
pub const COPYING: &str = "backup.tmp";

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
pub struct Passing {
    path: PathBuf,
    stays: bool,
}

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
        Ok(Self { path, stays: false })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on it stays, as a mark of what was begun, until it is removed.
    pub fn stay(&mut self) {
        self.stays = true;
    }

    /// It goes with this value again: nothing of what was begun is left.
    pub fn pass(&mut self) {
        self.stays = false;
    }

    /// Removes it: what was begun is done.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove(mut self) -> anyhow::Result<()> {
        self.stays = true;
        fs::remove_dir_all(&self.path).with_context(|| format!("remove {}", self.path.display()))
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.stays {
            fs::remove_dir_all(&self.path).ok();
        }
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

/// What a data folder has. Locks, what passes, what earlier restores have kept, and what belongs to the file system do not count.
///
/// # Errors
/// It can't be read.
pub fn contents(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(data).with_context(|| format!("read {}", data.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("read {}", data.display()))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !BESIDE.contains(&name) && !name.starts_with("before-restore-") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// What stands in a data folder and is no content of it.
const BESIDE: [&str; 5] = ["lock", "backup.lock", COPYING, STAGING, "lost+found"];

/// Refuses a folder with other file systems in it: they can't be moved.
///
/// # Errors
/// One of `found` is another's than `data`; they can't be looked at.
pub fn refuse_mounts(data: &Path, found: &[PathBuf]) -> anyhow::Result<()> {
    let device = |path: &Path| {
        let meta = fs::symlink_metadata(path).with_context(|| format!("look at {}", path.display()))?;
        anyhow::Ok(meta.dev())
    };
    let own = device(data)?;
    for path in found {
        if device(path)? != own {
            bail!(
                "{} is a file system of its own and can't be moved aside: unmount it first",
                path.display()
            );
        }
    }
    Ok(())
}

/// Refuses a folder of another user, before anything is left in it that its owner could not open.
///
/// # Errors
/// It is another's, or can't be looked at.
pub fn refuse_other_owner(data: &Path) -> anyhow::Result<()> {
    let meta = fs::metadata(data).with_context(|| format!("look at {}", data.display()))?;
    let (theirs, ours) = (meta.uid(), rustix::process::geteuid().as_raw());
    if theirs != ours {
        bail!(
            "{} belongs to user {theirs}, and this runs as user {ours}: run it as that user (sudo -u)",
            data.display()
        );
    }
    Ok(())
}

/// Refuses a database of another engine than the folder's server has.
///
/// # Errors
/// It is of another; what the folder notes can't be read.
pub fn refuse_other_database(data: &Path, place: &Place) -> anyhow::Result<()> {
    let noted = store::noted_otherwise(data, place).context("read which database the folder's server has")?;
    let Some(noted) = noted else { return Ok(()) };
    bail!(
        "the server of {} has its rows in {noted}, and what was named here is {}: name the same with `database` in server.toml, --database \
         or MUSTER_DATABASE (without any it is muster.db in the folder)",
        data.display(),
        place.shown()
    );
}

/// Renames that can be taken back.
#[derive(Debug, Default)]
pub struct Moves(Vec<(PathBuf, PathBuf)>);

impl Moves {
    /// Moves everything into another folder, the database last.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn all(&mut self, from: &[PathBuf], to: &Path) -> anyhow::Result<()> {
        let is_last = |path: &&PathBuf| path.file_name().is_some_and(|name| name == DATABASE);
        let (ends, others): (Vec<_>, Vec<_>) = from.iter().partition(is_last);
        for path in others.into_iter().chain(ends) {
            let moved = to.join(path.file_name().context("a file has a name")?);
            fs::rename(path, &moved).with_context(|| format!("move {}", path.display()))?;
            self.0.push((path.clone(), moved));
        }
        flush(to)
    }

    /// Moves everything back, the last first.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn undo(self) -> anyhow::Result<()> {
        for (from, to) in self.0.iter().rev() {
            fs::rename(to, from).with_context(|| format!("move {} back", from.display()))?;
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_file_system_is_no_content() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["lost+found", COPYING, STAGING, "before-restore-2026"] {
            fs::create_dir(folder.path().join(name)).expect(name);
        }
        assert_eq!(contents(folder.path()).expect("it can be read"), Vec::<PathBuf>::new());
        fs::write(folder.path().join("order.key"), "a key").expect("a file");
        assert_eq!(contents(folder.path()).expect("it can be read"), [folder.path().join("order.key")]);
    }

    #[test]
    fn another_file_system_inside_is_named() {
        let refused =
            refuse_mounts(Path::new("/"), &[PathBuf::from("/proc")]).expect_err("it can't be moved");
        assert!(refused.to_string().starts_with("/proc is a file system of its own"), "{refused}");
        let folder = tempfile::tempdir().expect("a folder");
        refuse_mounts(folder.path(), &[folder.path().to_owned()]).expect("the same");
    }

    #[test]
    fn a_mark_stays_until_it_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(STAGING);
        drop(Passing::make(path.clone()).expect("made"));
        assert!(!path.exists());
        let mut begun = Passing::make(path.clone()).expect("made");
        begun.stay();
        drop(begun);
        assert!(is_half_restored(folder.path()));
        Passing::make(path).and_then(Passing::remove).expect("removed");
        assert!(!is_half_restored(folder.path()));
    }

    #[test]
    fn moves_are_taken_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        fs::create_dir_all(&from).and_then(|()| fs::create_dir_all(to.join("c/kept"))).expect("folders");
        let names = ["a", DATABASE].map(|name| from.join(name));
        names.iter().for_each(|path| fs::write(path, "x").expect("a file"));
        fs::create_dir(from.join("c")).expect("a folder");
        let mut moves = Moves::default();
        // a folder that has something in it is never replaced
        let stuck = moves.all(&[names[0].clone(), from.join("c"), names[1].clone()], &to);
        assert!(stuck.expect_err("it can't be moved").to_string().starts_with("move "));
        assert!(!names[0].exists() && names[1].exists(), "the database is the last");
        moves.undo().expect("back");
        assert!(names[0].exists() && from.join("c").exists());
    }
}
