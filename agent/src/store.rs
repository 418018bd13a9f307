//! The agent's folder: one state file that is replaced whole, the keys, and a lock that one process holds as long as it lives.
//!
//! A save is: write beside, flush, rename, flush the folder. So a process or a phone that stops in the middle finds either the old state or
//! the new one. What is not a whole state of ours is set aside under another name, never overwritten.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use muster_proto::time::Timestamp;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::core::{StateError, Stored};

/// The folder, held by this process.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    _lock: File,
}

/// Why the folder can't be used, or the state not be saved.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder can't be made or entered.
    #[error("open the state folder {}", dir.display())]
    Open {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it.
    #[error("another process holds the state in {}: stop `muster-agent run` first", .0.display())]
    Held(PathBuf),
    /// The state can't be read.
    #[error("read the state {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What stood there is no state of ours. It was kept under another name.
    #[error("the state {} is {why}; it was set aside as {}, enrol this device again", path.display(), to.display())]
    SetAside {
        /// Where it stood.
        path: PathBuf,
        /// Where it is now.
        to: PathBuf,
        /// What is wrong with it.
        why: StateError,
    },
    /// What stands there is no state of ours, and it was left there.
    #[error("the state {} is {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: StateError,
    },
    /// The state is not saved; the one before is as it was.
    #[error("save the state in {}", dir.display())]
    Save {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
}

const STATE: &str = "state";
const LOCK: &str = "lock";

impl Store {
    /// Makes the folder where it isn't there, for the owner alone, and takes it for this process. One that is there keeps its mode: it may
    /// hold other things, and what we write into it is the owner's alone by itself.
    ///
    /// # Errors
    /// The folder can't be used, or another process has it.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open { dir: dir.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(dir.join(LOCK))
            .map_err(failed)?;
        // not `File::try_lock`: the standard library has none for Android
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
            Err(Errno::WOULDBLOCK) => Err(StoreError::Held(dir.to_owned())),
            Err(source) => Err(failed(source.into())),
        }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The saved state; none before the first save. What is torn or foreign is set aside.
    ///
    /// # Errors
    /// It can't be read, or it was set aside: then this device has no state any more.
    pub fn load(&self, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let read = peek(&self.dir);
        let Err(StoreError::Unusable { path, why }) = read else { return read };
        if let StateError::Newer(_) = why {
            return Err(StoreError::Unusable { path, why });
        }
        let to = self.set_aside(now)?;
        Err(StoreError::SetAside { path, to, why })
    }

    /// Keeps the state file under another name, which is returned. That there is none is no error.
    ///
    /// # Errors
    /// It can't be renamed.
    pub fn set_aside(&self, now: Timestamp) -> Result<PathBuf, StoreError> {
        let (path, to) = (self.dir.join(STATE), self.aside(now));
        match fs::rename(&path, &to) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::Read { path, source }),
            _ => Ok(to),
        }
    }

    /// Puts back what [`Self::set_aside`] kept, where nothing has taken its place.
    ///
    /// # Errors
    /// It can't be renamed.
    pub fn bring_back(&self, aside: &Path) -> Result<(), StoreError> {
        let path = self.dir.join(STATE);
        if path.exists() || !aside.exists() {
            return Ok(());
        }
        fs::rename(aside, &path).map_err(|source| StoreError::Read { path, source })
    }

    /// Makes `state` the durable one.
    ///
    /// # Errors
    /// It is not durable. Before the rename the old one is whole; after it either may be found.
    pub fn save(&self, state: &Stored) -> Result<(), StoreError> {
        write_durably(&self.dir, STATE, &state.to_bytes())
            .map_err(|source| StoreError::Save { dir: self.dir.clone(), source })
    }

    /// Forgets the state: an enrolment that was refused leaves none.
    ///
    /// # Errors
    /// The file can't be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        let removed = fs::remove_file(self.dir.join(STATE)).and_then(|()| File::open(&self.dir)?.sync_all());
        match removed {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Save { dir: self.dir.clone(), source })
            }
            _ => Ok(()),
        }
    }

    /// A name that nothing has yet.
    fn aside(&self, now: Timestamp) -> PathBuf {
        let stamp: String =
            now.to_string().chars().map(|char| if char == ':' { '-' } else { char }).collect();
        let name = |nth: u32| match nth {
            0 => format!("{STATE}.set-aside-{stamp}"),
            nth => format!("{STATE}.set-aside-{stamp}-{nth}"),
        };
        let free = (0..).map(|nth| self.dir.join(name(nth))).find(|path| !path.exists());
        free.expect("a folder has an end, the numbers have none")
    }
}

/// The saved state, without taking the folder: for looking at it while `run` works. Files are only ever replaced whole.
///
/// # Errors
/// It can't be read, or isn't a state of ours.
pub fn peek(dir: &Path) -> Result<Option<Stored>, StoreError> {
    let path = dir.join(STATE);
    match fs::read(&path) {
        Ok(bytes) => Stored::from_bytes(&bytes).map(Some).map_err(|why| StoreError::Unusable { path, why }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path, source }),
    }
}

/// Replaces the file `name` in `dir` by one with this content, readable by the owner alone.
///
/// # Errors
/// It is not durable.
pub fn write_durably(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = dir.join(format!("{name}.new"));
    let written = write_flushed(&beside, bytes).and_then(|()| fs::rename(&beside, dir.join(name)));
    if let Err(error) = written {
        // On a full disk what was half written would only be in the way.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    File::open(dir)?.sync_all()
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Pending;
    use muster_proto::key::PublicKey;
    use std::os::unix::fs::PermissionsExt as _;

    fn stored(asset_tag: &str) -> Stored {
        Stored::Pending(Box::new(Pending {
            link: "muster://a:1/enrol?".to_owned(),
            key: PublicKey::from_point(&[4; 65]).unwrap(),
            asset_tag: Some(asset_tag.to_owned()),
            code: None,
        }))
    }

    #[test]
    fn what_was_saved_is_found_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("state");
        let store = Store::open(&dir).unwrap();
        assert!(store.load(Timestamp::default()).unwrap().is_none());
        store.save(&stored("one")).unwrap();
        store.save(&stored("two")).unwrap();
        assert_eq!(store.load(Timestamp::default()).unwrap(), Some(stored("two")));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join(STATE)), 0o600);
    }

    #[test]
    fn a_folder_that_was_there_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Store::open(folder.path()).unwrap().save(&stored("one")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&folder.path().join(STATE))), (0o755, 0o600));
    }

    #[test]
    fn what_was_set_aside_comes_back_unless_something_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.save(&stored("old")).unwrap();
        let aside = store.set_aside(Timestamp::default()).unwrap();
        store.bring_back(&aside).unwrap();
        assert_eq!(store.load(Timestamp::default()).unwrap(), Some(stored("old")));
        let aside = store.set_aside(Timestamp::default()).unwrap();
        store.save(&stored("new")).unwrap();
        store.bring_back(&aside).unwrap();
        assert_eq!(store.load(Timestamp::default()).unwrap(), Some(stored("new")));
        assert!(aside.exists());
    }

    #[test]
    fn the_folder_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert!(matches!(Store::open(folder.path()), Err(StoreError::Held(_))));
        assert!(peek(folder.path()).unwrap().is_none(), "looking is allowed");
        drop(store);
        Store::open(folder.path()).unwrap();
    }

    #[test]
    fn what_is_torn_or_foreign_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let path = folder.path().join(STATE);
        let whole = stored("one").to_bytes();
        for content in [&whole[..whole.len() - 3], b"something else", b""] {
            fs::write(&path, content).unwrap();
            let Err(StoreError::SetAside { to, .. }) = store.load(Timestamp::from_secs(1)) else {
                panic!("not set aside")
            };
            assert_eq!(fs::read(to).unwrap(), content);
            assert!(store.load(Timestamp::from_secs(1)).unwrap().is_none());
        }
    }

    #[test]
    fn a_newer_state_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        fs::write(folder.path().join(STATE), "muster-agent state 3 00\n{}").unwrap();
        assert!(matches!(store.load(Timestamp::default()), Err(StoreError::Unusable { .. })));
        assert!(folder.path().join(STATE).exists());
    }

    #[test]
    fn a_save_that_was_cut_off_leaves_the_old_state() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.save(&stored("old")).unwrap();
        fs::write(folder.path().join("state.new"), "half of a").unwrap();
        assert_eq!(store.load(Timestamp::default()).unwrap(), Some(stored("old")));
        store.save(&stored("new")).unwrap();
        assert_eq!(store.load(Timestamp::default()).unwrap(), Some(stored("new")));
    }
}
