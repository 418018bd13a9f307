//! Reading files that somebody else may have laid out: nothing outside the root, nothing that blocks, nothing without end.
//!
//! Symbolic links are followed by hand, below the root, as a process would that had been `chroot`ed into it. Only regular files are
//! opened, at most 64 KiB of each is read (but for the package database, whose reader has bounds of its own), and a folder has at most 20,000 entries.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use muster_proto::facts::Reason;
use rustix::fs::OFlags;

/// At most this much of a file is read.
pub(super) const MAX_FILE: usize = 64 * 1024;
/// A folder with more entries is not listed.
pub(super) const MAX_ENTRIES: usize = 20_000;
/// Links that one path may lead through.
const MAX_LINKS: usize = 32;
/// Names that one path may lead through, links included.
const MAX_STEPS: usize = 512;

/// The files below one root.
#[derive(Debug, Clone)]
pub(super) struct Files {
    root: PathBuf,
    sandboxed: bool,
}

/// The beginning of a file.
pub(super) struct Start {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether they are the whole file.
    pub whole: bool,
}

impl Files {
    pub(super) fn below(root: PathBuf) -> Self {
        Self { root, sandboxed: false }
    }

    /// The same files seen from inside of a sandbox, which shows of the device what it lets through: what isn't there is not
    /// absent but denied. Only of the files that describe the release is it known that every sandbox shows them.
    pub(super) fn seen_from_sandbox(self) -> Self {
        Self { sandboxed: true, ..self }
    }

    pub(super) const fn is_sandboxed(&self) -> bool {
        self.sandboxed
    }

    /// A small text file; bytes that are not UTF-8 are replaced. A larger one is `Failed`.
    pub(super) fn text(&self, path: impl AsRef<Path>) -> Result<String, Reason> {
        let start = self.start(path)?;
        if start.whole { Ok(String::from_utf8_lossy(&start.bytes).into_owned()) } else { Err(Reason::Failed) }
    }

    /// The first 64 KiB of a file.
    pub(super) fn start(&self, path: impl AsRef<Path>) -> Result<Start, Reason> {
        beginning(self.open(path)?)
    }

    /// A regular file, to be read by somebody who bounds what he reads.
    pub(super) fn open(&self, path: impl AsRef<Path>) -> Result<File, Reason> {
        let (place, meta) = self.resolve(path.as_ref())?;
        if !meta.is_file() {
            return Err(Reason::Failed);
        }
        // Between the look and the opening the file may have been exchanged: a link is not followed, a pipe doesn't block.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let flags = i32::try_from(flags.bits()).map_err(|_| Reason::Failed)?;
        let file =
            OpenOptions::new().read(true).custom_flags(flags).open(place).map_err(|error| reason(&error))?;
        if !file.metadata().map_err(|error| reason(&error))?.is_file() {
            return Err(Reason::Failed);
        }
        Ok(file)
    }

    /// Whether something is at `path`.
    pub(super) fn exists(&self, path: impl AsRef<Path>) -> Result<bool, Reason> {
        match self.resolve(path.as_ref()) {
            Ok(_) => Ok(true),
            Err(Reason::Absent) => Ok(false),
            Err(reason) => Err(reason),
        }
    }

    /// Whether `path` is a folder.
    pub(super) fn is_folder(&self, path: impl AsRef<Path>) -> bool {
        self.resolve(path.as_ref()).is_ok_and(|(_, meta)| meta.is_dir())
    }

    /// When something was last changed, and how large it is; `None` where there is nothing to see.
    pub(super) fn stamp(&self, path: impl AsRef<Path>) -> Option<(i64, i64, u64)> {
        let (_, meta) = self.resolve(path.as_ref()).ok()?;
        Some((meta.mtime(), meta.mtime_nsec(), meta.size()))
    }

    /// Where `path` is if it is a folder, else the nearest folder above it that can be seen.
    pub(super) fn folder_of(&self, path: &str) -> Option<PathBuf> {
        let above = Path::new(path).ancestors().filter_map(|path| self.resolve(path).ok());
        above.filter(|(_, meta)| meta.is_dir()).map(|(place, _)| place).next()
    }

    /// The names in a folder, sorted. A folder with too many is `Failed`: some would stay unseen.
    pub(super) fn names(&self, path: impl AsRef<Path>) -> Result<Vec<OsString>, Reason> {
        let (place, meta) = self.resolve(path.as_ref())?;
        if !meta.is_dir() {
            return Err(Reason::Failed);
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(place).map_err(|error| reason(&error))? {
            names.push(entry.map_err(|error| reason(&error))?.file_name());
            if names.len() > MAX_ENTRIES {
                return Err(Reason::Failed);
            }
        }
        names.sort();
        Ok(names)
    }

    /// The place outside of which no link leads, and what is there (never a link).
    fn resolve(&self, path: &Path) -> Result<(PathBuf, fs::Metadata), Reason> {
        self.followed(path).map_err(|reason| match reason {
            Reason::Absent if self.sandboxed && !let_through(path) => Reason::Denied,
            reason => reason,
        })
    }

    fn followed(&self, path: &Path) -> Result<(PathBuf, fs::Metadata), Reason> {
        let mut pending: Vec<OsString> = reversed(path);
        let mut place = self.root.clone();
        let mut depth = 0_usize;
        let (mut links, mut steps) = (0, 0);
        while let Some(name) = pending.pop() {
            steps += 1;
            if steps > MAX_STEPS {
                return Err(Reason::Failed);
            }
            if name == OsStr::new("..") {
                if depth > 0 {
                    place.pop();
                    depth -= 1;
                }
                continue;
            }
            let next = place.join(&name);
            let meta = fs::symlink_metadata(&next).map_err(|error| reason(&error))?;
            if !meta.is_symlink() {
                place = next;
                depth += 1;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(Reason::Failed);
            }
            let target = fs::read_link(&next).map_err(|error| reason(&error))?;
            if target.is_absolute() {
                place.clone_from(&self.root);
                depth = 0;
            }
            pending.extend(reversed(&target));
        }
        let meta = if depth == 0 { fs::metadata(&place) } else { fs::symlink_metadata(&place) };
        meta.map(|meta| (place, meta)).map_err(|error| reason(&error))
    }
}

/// Whether it is one of the files that every sandbox shows.
fn let_through(path: &Path) -> bool {
    const RELEASES: [&str; 5] = [
        "etc/aurora-release",
        "etc/sailfish-release",
        "etc/os-release",
        "usr/lib/os-release",
        "etc/hw-release",
    ];
    RELEASES.iter().any(|release| path == Path::new(release))
}

/// The names of a path, the last one first; `/` and `.` are no names.
fn reversed(path: &Path) -> Vec<OsString> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    });
    names.rev().collect()
}

fn beginning(file: File) -> Result<Start, Reason> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    let whole = bytes.len() <= MAX_FILE;
    bytes.truncate(MAX_FILE);
    Ok(Start { bytes, whole })
}

fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Reason::Absent,
        io::ErrorKind::PermissionDenied => Reason::Denied,
        _ => Reason::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn root() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("etc")).unwrap();
        fs::write(folder.path().join("secret"), "outside").unwrap();
        (folder, Files::below(root))
    }

    #[test]
    fn links_stay_below_the_root() {
        let (folder, files) = root();
        let etc = folder.path().join("root/etc");
        fs::write(etc.join("release"), "inside").unwrap();
        symlink("/etc/release", etc.join("absolute")).unwrap();
        symlink("release", etc.join("relative")).unwrap();
        symlink("../../../../etc/release", etc.join("above")).unwrap();
        for link in ["absolute", "relative", "above"] {
            assert_eq!(files.text(Path::new("etc").join(link)).unwrap(), "inside", "{link}");
        }
        symlink("../../secret", etc.join("out")).unwrap();
        symlink(folder.path().join("secret"), etc.join("far-out")).unwrap();
        assert_eq!(files.text("etc/out"), Err(Reason::Absent));
        assert_eq!(files.text("etc/far-out"), Err(Reason::Absent));
        assert_eq!(files.text("../secret"), Err(Reason::Absent));
    }

    #[test]
    fn loops_end() {
        let (folder, files) = root();
        let etc = folder.path().join("root/etc");
        symlink("b", etc.join("a")).unwrap();
        symlink("a", etc.join("b")).unwrap();
        symlink(".", etc.join("self")).unwrap();
        assert_eq!(files.text("etc/a"), Err(Reason::Failed));
        assert_eq!(files.text(format!("etc/{}a", "self/".repeat(600))), Err(Reason::Failed));
        assert_eq!(files.exists("etc/a"), Err(Reason::Failed));
    }

    #[test]
    fn only_regular_files_of_some_size_are_read() {
        let (folder, files) = root();
        let etc = folder.path().join("root/etc");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            etc.join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert_eq!(files.text("etc/pipe"), Err(Reason::Failed));
        assert_eq!(files.text("etc"), Err(Reason::Failed));
        File::create(etc.join("huge")).unwrap().set_len(1 << 30).unwrap();
        assert_eq!(files.text("etc/huge"), Err(Reason::Failed));
        let start = files.start("etc/huge").unwrap();
        assert_eq!((start.bytes.len(), start.whole), (MAX_FILE, false));
        fs::write(etc.join("full"), vec![b'a'; MAX_FILE]).unwrap();
        assert_eq!(files.text("etc/full").unwrap().len(), MAX_FILE);
    }

    #[test]
    fn the_root_itself_is_a_folder() {
        let (_folder, files) = root();
        assert_eq!(files.names("").unwrap(), ["etc"]);
        assert_eq!(files.names("etc/nothing"), Err(Reason::Absent));
        assert!(files.is_folder("/"));
        assert_eq!(Files::below("/nonexistent/root".into()).names("/"), Err(Reason::Absent));
    }
}
