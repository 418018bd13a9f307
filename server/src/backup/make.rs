//! Making a backup of a server that may run, and checking one.

use anyhow::{Context as _, bail};
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::archive::{self, AuditHead, Digesting, FORMAT, Manifest, Member};
use super::folder::{COPYING, DATABASE, Passing, flush, place_of, refuse_other_database, refuse_other_owner};
use super::seal::{Key, Lock};
use crate::keys;
use crate::store::{self, Place};

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// What it has.
    pub manifest: Manifest,
    /// Bytes of the file.
    pub size: u64,
}

/// Makes a backup of the server in `data` and its database. `file` is there when all of it is, and durable; nothing is left otherwise.
///
/// # Errors
/// Something can't be read or written, or `file` exists and is not to be replaced.
pub fn make(
    data: &Path,
    place: &Place,
    file: &Path,
    lock: &Lock,
    force: bool,
    now: Timestamp,
) -> anyhow::Result<Made> {
    if file.exists() && !file.is_file() {
        bail!("{} is no file: a backup would take its place", file.display());
    }
    if file.exists() && !force {
        bail!("{} exists: give another name, or --force", file.display());
    }
    refuse_other_owner(data)?;
    refuse_other_database(data, place)?;
    let _one = one_at_a_time(data)?;
    let passing = Passing::make(data.join(COPYING))?;
    let copy = passing.path().join(DATABASE);
    // `now` is before the copy: a phone whose nonce is older has had no answer that the copy lacks
    let copied = store::copy_out(place, &copy).context("copy the database")?;
    let (audit, packages) = look(&copy).context("read the copy of the database")?;
    let mut missing = Vec::new();
    let mut sources = vec![];
    let optional = keys::OPTIONAL.into_iter().filter(|name| data.join(name).exists());
    for name in keys::FILES.into_iter().chain(optional) {
        sources.push((format!("keys/{name}"), data.join(name)));
    }
    for name in packages {
        let path = place_of(data, &name);
        if path.is_file() { sources.push((name, path)) } else { missing.push(name) }
    }
    sources.push((DATABASE.to_owned(), copy));
    let members = sources.iter().map(|(name, path)| member(name, path)).collect::<anyhow::Result<_>>()?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        migration: copied.migration,
        made: now,
        engine: place.engine().to_owned(),
        tables: copied.tables,
        audit,
        members,
        missing,
    };
    let size = write_whole(file, &manifest, lock, &sources)?;
    Ok(Made { manifest, size })
}

/// Reads a backup to its end and checks everything in it, writing nothing.
///
/// # Errors
/// It doesn't open, or something in it is not as it was.
pub fn verify(file: &Path, key: &Key) -> anyhow::Result<Manifest> {
    let input = File::open(file).with_context(|| format!("open {}", file.display()))?;
    let opened = key.open(input).with_context(|| format!("open {}", file.display()))?;
    let manifest = archive::read(opened, &mut |_, _, bytes| io::copy(bytes, &mut io::sink()).map(drop))
        .with_context(|| format!("read {}", file.display()))?;
    if manifest.migration > store::NEWEST {
        bail!(
            "muster-server {} made this backup: its database has migration {}, and muster-server {} knows {}; restore it with that \
             version, or a newer one",
            manifest.program,
            manifest.migration,
            env!("CARGO_PKG_VERSION"),
            store::NEWEST
        );
    }
    let complete = |name: &str| manifest.members.iter().any(|member| member.name == name);
    for name in keys::FILES.map(|name| format!("keys/{name}")).iter().map(String::as_str).chain([DATABASE]) {
        if !complete(name) {
            bail!("{} has no {name}", file.display());
        }
    }
    Ok(manifest)
}

/// Two backups at a time would share the copy of the database.
fn one_at_a_time(data: &Path) -> anyhow::Result<File> {
    let path = data.join("backup.lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let lock = lock.with_context(|| format!("open {}", path.display()))?;
    lock.try_lock().with_context(|| format!("another backup of {} is being made", data.display()))?;
    Ok(lock)
}

fn look(copy: &Path) -> anyhow::Result<(Option<AuditHead>, Vec<String>)> {
    let read = store::read_file(copy, |tx| {
        let head = tx.query_one("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
        let head = head
            .map(|mut row| Ok::<_, store::StoreError>(AuditHead { seq: row.take()?, hash: row.take()? }))
            .transpose()?;
        let mut packages = Vec::new();
        for (table, end) in [("agent_packages", "apk"), ("aurora_packages", "rpm")] {
            // an older database may have no such table yet
            let there = tx.query_one(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
                &store::values![table],
            )?;
            if there.is_some() {
                for mut row in tx.query(&format!("SELECT sha256 FROM {table} ORDER BY sha256"), &[])? {
                    packages.push(format!("packages/{}.{end}", row.take::<Digest>()?));
                }
            }
        }
        Ok((head, packages))
    })?;
    Ok(read)
}

fn member(name: &str, path: &Path) -> anyhow::Result<Member> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let mut bytes = Digesting::of(file);
    io::copy(&mut bytes, &mut io::sink()).with_context(|| format!("read {}", path.display()))?;
    Ok(Member { name: name.to_owned(), size: bytes.size(), sha256: bytes.digest() })
}

/// Writes beside, flushes, renames: under the file's name there is all of it, or what was there before.
fn write_whole(
    file: &Path,
    manifest: &Manifest,
    lock: &Lock,
    sources: &[(String, PathBuf)],
) -> anyhow::Result<u64> {
    let name = file.file_name().context("the backup needs the name of a file")?.to_string_lossy();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    remove_interrupted(folder, &name);
    let aside = Aside(folder.join(format!(".{name}.{}.part", std::process::id())));
    let written = || format!("write {}", aside.0.display());
    let out =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside.0).with_context(written)?;
    // a file system without locks keeps what an interrupted run leaves
    out.try_lock().ok();
    let sealed = lock.close(BufWriter::new(out)).with_context(written)?;
    let open = |member: &Member| {
        let found = sources.iter().find(|(name, _)| *name == member.name);
        found.map_or(Err(io::ErrorKind::NotFound.into()), |(_, path)| File::open(path).map(BufReader::new))
    };
    let sealed = archive::write(sealed, manifest, open).with_context(written)?;
    let mut out = sealed.finish().with_context(written)?;
    out.flush().with_context(written)?;
    out.get_ref().sync_all().with_context(written)?;
    let size = out.get_ref().metadata().with_context(written)?.len();
    fs::rename(&aside.0, file).with_context(|| format!("move it to {}", file.display()))?;
    flush(folder)?;
    Ok(size)
}

/// Removes what runs that were killed have left of a backup of this name. Who still writes holds a lock on it.
fn remove_interrupted(folder: &Path, name: &str) {
    let begin = format!(".{name}.");
    let number = |file: &str| {
        let middle = file.strip_prefix(&begin)?.strip_suffix(".part")?;
        middle.parse::<u32>().ok()
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let left = entry.file_name().to_str().and_then(number).is_some();
        if left && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// A file that is removed unless it was renamed.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}
