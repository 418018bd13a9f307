//! Restoring: everything is checked before anything is written, and nothing that was there is lost.

use anyhow::{Context as _, bail};
use muster_proto::time::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::archive::{self, Manifest};
use super::folder::{self, DATABASE, Passing, STAGING, contents, make_dir, place_of, refuse_other_owner};
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

/// Restores a backup.
///
/// # Errors
/// The backup doesn't open or is damaged; something is there already, or a server runs on it; the disk or the database refuses.
pub fn restore(file: &Path, key: &Key, target: &Target, now: Timestamp) -> anyhow::Result<Restored> {
    let manifest = verify(file, key)?;
    let data = &target.data;
    let name = format!("before_restore_{}", now.to_string().replace(|char: char| !char.is_ascii_digit(), ""));
    let database_aside = refuse_database(target)?.then_some(name.as_str());
    make_dir(data)?;
    let _lock = crate::serve::lock(data)?;
    let before = contents(data)?;
    if !before.is_empty() && !target.replace {
        bail!(
            "{} is not empty: restore into an empty folder, or say --replace to move aside what is there",
            data.display()
        );
    }
    let staging = Passing::make(data.join(STAGING))?;
    refuse_other_owner(data, staging.path())?;
    unpack(file, key, staging.path(), &manifest)?;
    let revived = fill(target, staging.path(), database_aside, &manifest, now)?;

    let mut aside = Vec::new();
    if !before.is_empty() {
        let old = data.join(name.replace('_', "-"));
        make_dir(&old)?;
        folder::move_all(&before, &old, DATABASE)?;
        aside.push(old.display().to_string());
    }
    aside.extend(database_aside.map(|schema| format!("the schema {schema} of the database")));
    let staged = fs::read_dir(staging.path()).context("read what was unpacked")?;
    let staged: Vec<PathBuf> =
        staged.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    folder::move_all(&staged, data, DATABASE)?;
    Ok(Restored { manifest, revived, aside })
}

/// Refuses a PostgreSQL database that is somebody's; says whether something has to be moved aside.
fn refuse_database(target: &Target) -> anyhow::Result<bool> {
    if matches!(target.place, Place::File(_)) {
        return Ok(false);
    }
    let (there, others) = store::occupied(&target.place).context("look into the database")?;
    if there && !target.replace {
        bail!(
            "the database has a server's tables: restore into an empty one, or say --replace to move them into a schema of their own"
        );
    }
    if there && others > 0 {
        bail!("{others} others are connected to the database: stop the server that runs on it first");
    }
    Ok(there)
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

/// Makes the database out of the copy.
fn fill(
    target: &Target,
    staging: &Path,
    aside: Option<&str>,
    manifest: &Manifest,
    now: Timestamp,
) -> anyhow::Result<Revived> {
    let copy = staging.join(DATABASE);
    let copied = store::look_into(&copy).context("look into the backup's database")?;
    if copied.tables != manifest.tables || copied.migration != manifest.migration {
        bail!("the backup's database has other rows than its manifest says");
    }
    let revived =
        store::copy_in(&copy, &target.place, aside, now, |tx| record(tx, manifest, target.revoke, now));
    let revived = revived.context("fill the database")?;
    if matches!(target.place, Place::Postgres(_)) {
        fs::remove_file(&copy).context("remove the copy of the database")?;
    }
    File::open(staging).and_then(|folder| folder.sync_all()).context("flush what was unpacked")?;
    Ok(revived)
}
