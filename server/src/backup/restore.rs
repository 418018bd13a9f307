//! Restoring: everything is checked before anything is written, and nothing that was there is lost.

use anyhow::{Context as _, bail};
use muster_proto::time::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::archive::{self, Manifest};
use super::folder::{
    self, DATABASE, Moves, Passing, STAGING, contents, make_dir, place_of, refuse_mounts,
    refuse_other_database, refuse_other_owner,
};
use super::make::verify;
use super::record::{Revived, record};
use super::seal::Key;
use crate::store::{self, Place};

/// Where a backup goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub place: Place,
    /// What is there is moved aside.
    pub replace: bool,
    /// No token and no enrolment link of the backup is to work.
    pub revoke: bool,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the backup had.
    pub manifest: Manifest,
    /// What came back with it.
    pub revived: Revived,
    /// Where what was there before is now.
    pub aside: Vec<String>,
}

/// Restores a backup. Until the first file of the folder is moved nothing has changed, and where one can't be moved nothing has either; from
/// then on the folder that everything was unpacked into is the mark of a restore that has not got through.
///
/// # Errors
/// The backup doesn't open or is damaged; something is there already, or a server runs on it; the disk or the database refuses.
pub fn restore(file: &Path, key: &Key, target: &Target, now: Timestamp) -> anyhow::Result<Restored> {
    let data = &target.data;
    if data.exists() {
        refuse_other_owner(data)?;
        // a PostgreSQL database is never named by mistake
        if matches!(target.place, Place::File(_)) {
            refuse_other_database(data, &target.place)?;
        }
    }
    let manifest = verify(file, key)?;
    let name = format!("before_restore_{}", now.to_string().replace(|char: char| !char.is_ascii_digit(), ""));
    let database_aside = refuse_database(target)?.then_some(name.as_str());
    make_dir(data)?;
    let _lock = crate::serve::lock(data)?;
    let old = Old { files: before(target)?, to: data.join(name.replace('_', "-")) };
    let mut staging = Passing::make(data.join(STAGING))?;
    unpack(file, key, staging.path(), &manifest)?;
    store::note(staging.path(), &target.place).context("note which database it is")?;
    let revived = fill(target, &mut staging, &old, database_aside, &manifest, now)?;
    staging.remove()?;
    folder::flush(data)?;
    let mut aside = Vec::new();
    if !old.files.is_empty() {
        aside.push(old.to.display().to_string());
    }
    aside.extend(database_aside.map(|schema| format!("the schema {schema} of the database")));
    Ok(Restored { manifest, revived, aside })
}

/// What was there before.
struct Old {
    files: Vec<PathBuf>,
    /// Where it is moved.
    to: PathBuf,
}

/// What is in the folder, and has to be moved aside.
fn before(target: &Target) -> anyhow::Result<Vec<PathBuf>> {
    let data = &target.data;
    if !contents(data)?.is_empty() && !target.replace {
        bail!(
            "{} is not empty: restore into an empty folder, or say --replace to move aside what is there",
            data.display()
        );
    }
    let database = data.join(DATABASE);
    if database.exists() {
        // one file moves as a whole or not at all; a database that is damaged can't be read, and moves as it is
        store::fold(&database).ok();
    }
    let before = contents(data)?;
    refuse_mounts(data, &before)?;
    Ok(before)
}

/// Refuses a PostgreSQL database that is somebody's; says whether something has to be moved aside.
fn refuse_database(target: &Target) -> anyhow::Result<bool> {
    if matches!(target.place, Place::File(_)) {
        return Ok(false);
    }
    let found = store::occupied(&target.place).context("look into the database")?;
    if found.running {
        bail!("a server runs on the database: stop it first");
    }
    let Some(migration) = found.migration else { return Ok(false) };
    if !target.replace {
        bail!(
            "the database has a server's tables: restore into an empty one, or say --replace to move them into a schema of their own"
        );
    }
    if migration > store::NEWEST {
        bail!(
            "a newer program made the database's tables (migration {migration}), and muster-server {} does not know all of them: restore into \
             an empty database",
            env!("CARGO_PKG_VERSION")
        );
    }
    Ok(true)
}

/// Unpacks the backup, which was checked before, once more to its end.
fn unpack(file: &Path, key: &Key, staging: &Path, checked: &Manifest) -> anyhow::Result<()> {
    make_dir(&staging.join("packages"))?;
    let input = File::open(file).with_context(|| format!("open {}", file.display()))?;
    let opened = key.open(input).with_context(|| format!("open {}", file.display()))?;
    let manifest =
        archive::read(opened, &mut |_, member, bytes| put(&place_of(staging, &member.name), bytes))
            .with_context(|| format!("unpack {}", file.display()))?;
    if manifest != *checked {
        bail!("{} changed while it was read", file.display());
    }
    folder::flush(&staging.join("packages"))?;
    folder::flush(staging)
}

fn put(path: &Path, bytes: &mut dyn Read) -> io::Result<()> {
    let public = path.extension().is_some_and(|end| end == "pem" || end == "apk" || end == "rpm");
    let mode = if public { 0o644 } else { 0o600 };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    io::copy(bytes, &mut file)?;
    file.sync_all()
}

/// Makes the database out of the copy, and puts everything in its place: in PostgreSQL before the database's transaction ends, so that its
/// rows never stand beside another server's keys.
fn fill(
    target: &Target,
    staging: &mut Passing,
    old: &Old,
    aside: Option<&str>,
    manifest: &Manifest,
    now: Timestamp,
) -> anyhow::Result<Revived> {
    let copy = staging.path().join(DATABASE);
    let copied = store::look_into(&copy).context("look into the backup's database")?;
    if copied.tables != manifest.tables || copied.migration != manifest.migration {
        bail!("the backup's database has other rows than its manifest says");
    }
    let is_file = matches!(target.place, Place::File(_));
    let revived = store::copy_in(&copy, &target.place, aside, now, |tx| {
        let revived = record(tx, manifest, target.revoke, now).context("write down the restore")?;
        if !is_file {
            put_in_place(staging, old, &target.data, |path| *path != copy)?;
        }
        anyhow::Ok(revived)
    });
    let revived = revived.context("fill the database")?;
    if is_file {
        put_in_place(staging, old, &target.data, |_| true)?;
    }
    Ok(revived)
}

/// Moves aside what was there, and what was unpacked into its place. Either all of it is moved, or nothing.
fn put_in_place(
    staging: &mut Passing,
    old: &Old,
    data: &Path,
    wanted: impl Fn(&PathBuf) -> bool,
) -> anyhow::Result<()> {
    folder::flush(staging.path())?;
    let unpacked = fs::read_dir(staging.path()).context("read what was unpacked")?;
    let unpacked = unpacked.map(|entry| entry.map(|entry| entry.path()));
    let unpacked: Vec<PathBuf> = unpacked.collect::<Result<_, _>>().context("read what was unpacked")?;
    let unpacked: Vec<PathBuf> = unpacked.into_iter().filter(wanted).collect();
    staging.stay();
    let mut moves = Moves::default();
    let aside = if old.files.is_empty() {
        Ok(())
    } else {
        make_dir(&old.to).and_then(|()| moves.all(&old.files, &old.to))
    };
    let Err(error) = aside.and_then(|()| moves.all(&unpacked, data)) else { return Ok(()) };
    if let Err(stuck) = moves.undo() {
        return Err(error.context(format!(
            "{stuck:#}: part of what was there is in {}, and the restore is to be run again with --replace",
            old.to.display()
        )));
    }
    staging.pass();
    // it stays where something else is in it
    fs::remove_dir(&old.to).ok();
    Err(error.context("nothing was changed"))
}
