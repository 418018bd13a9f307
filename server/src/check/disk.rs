//! Whether there is room, the folder can be written, and secrets are their owner's alone.

use rustix::fs::{Access, access};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::Finding;
use crate::config::Config;
use crate::space::Space;

pub fn look(config: &Config) -> Vec<Finding> {
    let data = &config.data;
    if !data.exists() {
        return vec![missing(data)];
    }
    if !data.is_dir() {
        let said = format!("{} is no folder", data.display());
        return vec![Finding::failure("data", said, "name a folder as `data`")];
    }
    vec![room(data), writable(data), secrets(data)]
}

fn missing(data: &Path) -> Finding {
    let above = data.ancestors().skip(1).find(|folder| folder.exists());
    match above.map(|above| access(above, Access::WRITE_OK)) {
        Some(Ok(())) => Finding::ok("data", format!("{} will be made at the first start", data.display())),
        _ => Finding::failure(
            "data",
            format!("{} is not there and can't be made by this user", data.display()),
            "make it, for the server's user alone: install -d -m 700 -o USER DIR",
        ),
    }
}

fn room(data: &Path) -> Finding {
    let space = match Space::of(data) {
        Ok(space) => space,
        Err(error) => {
            return Finding::warning(
                "disk",
                format!("it doesn't say how full it is: {error}"),
                "look with df",
            );
        }
    };
    let seen = match space.inodes {
        Some(inodes) => format!("{} MiB and {inodes} inodes are free", space.free_mib()),
        None => format!("{} MiB are free", space.free_mib()),
    };
    let advice =
        "make room, or put the data folder on a larger disk: when it is full, reports wait on the phones";
    if !space.is_enough() {
        Finding::failure("disk", seen, advice)
    } else if !space.is_ample() {
        Finding::warning("disk", seen, advice)
    } else {
        Finding::ok("disk", seen)
    }
}

fn writable(data: &Path) -> Finding {
    match access(data, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("data", format!("{} can be written", data.display())),
        Err(error) => Finding::failure(
            "data",
            format!("{} can't be read and written by this user: {error}", data.display()),
            "check as the server's user (sudo -u muster muster-server check), or give it the folder",
        ),
    }
}

/// The folder and the files that nobody but the server may read.
fn secrets(data: &Path) -> Finding {
    let mode = |path: &Path| path.metadata().map(|about| about.permissions().mode() & 0o777);
    let mut open = Vec::new();
    if mode(data).is_ok_and(|mode| mode & 0o077 != 0) {
        open.push(format!("chmod 700 {}", data.display()));
    }
    let files = std::fs::read_dir(data).into_iter().flatten().filter_map(Result::ok);
    for path in files.map(|file| file.path()) {
        let secret = path.extension().is_some_and(|end| end == "key" || end == "token");
        if secret && mode(&path).is_ok_and(|mode| mode & 0o077 != 0) {
            open.push(format!("chmod 600 {}", path.display()));
        }
    }
    if !open.is_empty() {
        return Finding::failure("secrets", "others than the server's user can read them", open.join("; "));
    }
    match strangers(data) {
        Some(file) => Finding::failure(
            "secrets",
            format!("{file} belongs to another user than the data folder"),
            format!("chown -R --reference={0} {0}", data.display()),
        ),
        None => Finding::ok("secrets", "they are the server's user's alone"),
    }
}

/// A file that a start as another user has left: the server can't read it.
fn strangers(data: &Path) -> Option<String> {
    let owner = data.metadata().ok()?.uid();
    let files = std::fs::read_dir(data).ok()?.filter_map(Result::ok);
    let other = |file: &std::fs::DirEntry| file.metadata().is_ok_and(|about| about.uid() != owner);
    files.into_iter().find(other).map(|file| file.path().display().to_string())
}
