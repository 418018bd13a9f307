//! A package is taken in: written aside while it comes, read, checked, and only then put on the shelf.

use axum::body::{Body, HttpBody as _};
use muster_apk::{Apk, ApkError, MAX_SIZE};
use muster_proto::id::{Digest, hex};
use ring::digest::{Context, SHA256};
use serde::Serialize;
use serde_json::json;
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::shelf::busy;
use super::{AuroraPackage, NAME, Package, Ring, all, aurora, is_plain, reload};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};
use muster_rpm::{self as rpm, Rpm};

/// A whole package has to come within this.
pub const MAX_WAIT: Duration = Duration::from_secs(10 * 60);

/// How a package is taken in.
#[derive(Debug, Clone, Copy)]
pub struct NewPackage {
    /// To whom it is offered; without it to one phone in a hundred where another version is offered to all, else to all.
    pub ring: Option<Ring>,
    /// Whether it may be signed by another key than those before.
    pub new_signer: bool,
}

/// A package that was taken in.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Added {
    /// For Android.
    Android(Package),
    /// For Aurora OS.
    Aurora(AuroraPackage),
}

/// Takes a package in: for Android, or, if it is an RPM, for Aurora OS. The same file again changes nothing.
///
/// # Errors
/// It is no package of the agent, older than what is there, or signed by another key; it can't be kept.
pub async fn add(app: &App, actor: &Actor, new: NewPackage, body: Body) -> Result<Added, ActionError> {
    let _one = app.packages.adding.try_lock().map_err(|_| busy())?;
    let aside = Aside::new(app.packages.folder(), &hex(&app.draw()?[..8])).map_err(disk)?;
    let written = tokio::time::timeout(MAX_WAIT, aside.write(body)).await;
    let (sha256, size) =
        written.map_err(|_| ActionError::invalid(Code::TooSlow, "the package did not come in time"))??;
    let path = aside.path.clone();
    let read = tokio::task::spawn_blocking(move || read(&path, size));
    let actor = actor.clone();
    match read.await.map_err(|error| disk(io::Error::other(error)))?? {
        Read::Apk(apk) => {
            let package = described(apk, sha256, size, &actor, app)?;
            let work = move |tx: &mut dyn Tx| record_package(tx, package, &actor, new);
            keep(app, &aside, sha256, app.packages.path(sha256), work).await.map(Added::Android)
        }
        Read::Rpm(_) if new.ring.is_some() || new.new_signer => {
            let detail = "packages for Aurora OS have no rings, and the server doesn't look at their signers";
            Err(ActionError::invalid(Code::NoRings, detail))
        }
        Read::Rpm(rpm) => {
            let package = AuroraPackage::of(rpm, sha256, size, app.now(), &actor)?;
            let work = move |tx: &mut dyn Tx| aurora::record(tx, package, &actor);
            keep(app, &aside, sha256, app.packages.rpm_path(sha256), work).await.map(Added::Aurora)
        }
    }
}

/// What a file is.
enum Read {
    Apk(Apk),
    Rpm(Rpm),
}

fn read(path: &Path, size: u64) -> Result<Read, ActionError> {
    let mut file = std::fs::File::open(path).map_err(disk)?;
    let mut begins = Vec::new();
    io::Read::take(&mut file, rpm::MAGIC.len() as u64).read_to_end(&mut begins).map_err(disk)?;
    io::Seek::rewind(&mut file).map_err(disk)?;
    if begins != rpm::MAGIC {
        return muster_apk::read(&mut file).map(Read::Apk).map_err(|error| refused(&error));
    }
    rpm::read(&mut io::BufReader::new(file), size)
        .map(Read::Rpm)
        .map_err(|error| ActionError::invalid(Code::PackageMalformed, error.to_string()))
}

/// Puts the file on the shelf and writes it down; a file that could not be written down goes again.
async fn keep<T: Send + 'static>(
    app: &App,
    aside: &Aside,
    sha256: Digest,
    kept: PathBuf,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, ActionError> + Send + 'static,
) -> Result<T, ActionError> {
    std::fs::rename(&aside.path, &kept).map_err(disk)?;
    app.packages.note_whole(sha256);
    let recorded = app.store.write(work).await;
    let there = reload(app).await;
    let on_the_shelf = app.packages.all().iter().any(|(known, _)| known.sha256 == sha256)
        || app.packages.aurora().iter().any(|(known, _)| known.sha256 == sha256);
    if recorded.is_err() && !on_the_shelf {
        std::fs::remove_file(&kept).ok();
    }
    there?;
    recorded
}

fn described(apk: Apk, sha256: Digest, size: u64, actor: &Actor, app: &App) -> Result<Package, ActionError> {
    if apk.name != NAME {
        return Err(ActionError::invalid(
            Code::OtherPackage,
            format!("the package is {:?}, not {NAME}", apk.name),
        ));
    }
    if !is_plain(&apk.version, b".-+_") {
        return Err(ActionError::invalid(
            Code::PackageVersion,
            "the package's version is not 1 to 24 letters, digits, dots, dashes, plus signs and underscores",
        ));
    }
    let now = app.now();
    Ok(Package {
        version: apk.version,
        version_code: apk.version_code,
        sha256,
        signer_sha256: Digest::of(&apk.certificate),
        size,
        // until it is known what else there is
        ring: Ring::Halt,
        ring_since: now,
        watched_since: now,
        halted: None,
        added: now,
        added_by: actor.name().to_owned(),
    })
}

fn record_package(
    tx: &mut dyn Tx,
    mut new: Package,
    actor: &Actor,
    asked: NewPackage,
) -> Result<Package, ActionError> {
    let known = all(tx)?;
    if let Some(same) = known.iter().find(|known| known.sha256 == new.sha256) {
        return match asked.ring.filter(|ring| *ring != same.ring) {
            None => Ok(same.clone()),
            Some(_) => Err(ActionError::conflict(
                Code::PackageKnown,
                format!(
                    "this package is here already, with ring {}; another one is set with `ring`",
                    same.ring.word()
                ),
            )),
        };
    }
    if let Some(same) = known.iter().find(|known| known.version_code == new.version_code) {
        let newest = known.first().is_some_and(|newest| newest.version_code == same.version_code);
        let or_remove = if newest {
            format!(
                " or, if no phone has that one yet, halt and remove it: muster agent-package ring {0} halt, \
                 muster agent-package remove {0}",
                same.version
            )
        } else {
            String::new()
        };
        let detail = format!(
            "version {} ({}) is here already, as another file ({}); give the new one a higher version{or_remove}",
            same.version, same.version_code, same.sha256
        );
        return Err(ActionError::conflict(Code::PackageKnown, detail));
    }
    if let Some(newest) = known.first() {
        if new.version_code <= newest.version_code || known.iter().any(|known| known.version == new.version) {
            let detail = format!(
                "the package is version {} ({}), and {} ({}) is here already; phones refuse to go back",
                new.version, new.version_code, newest.version, newest.version_code
            );
            return Err(ActionError::conflict(Code::PackageOlder, detail));
        }
        if new.signer_sha256 != newest.signer_sha256 && !asked.new_signer {
            let detail = format!(
                "the package is signed by {}, the one before by {}: phones that have that one refuse this one",
                new.signer_sha256, newest.signer_sha256
            );
            return Err(ActionError::conflict(Code::OtherSigner, detail));
        }
    }
    let others = known.iter().any(|known| known.ring == Ring::All);
    new.ring = asked.ring.unwrap_or(if others { Ring::One } else { Ring::All });
    insert(tx, &new, actor)?;
    Ok(new)
}

fn insert(tx: &mut dyn Tx, new: &Package, actor: &Actor) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO agent_packages (version_code, version, sha256, signer, size, ring, ring_since, watched_since, halted, added, actor) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, NULL, $7, $8)",
        &values![
            new.version_code,
            &new.version,
            new.sha256,
            new.signer_sha256,
            new.size,
            new.ring.word(),
            new.added,
            actor.name()
        ],
    )?;
    let detail = format!("sha256 {}, signer {}, ring {}", new.sha256, new.signer_sha256, new.ring.word());
    let act = Act::new("package.add", format!("package:{}", new.version)).detail(detail).after(json!({
        "version": new.version,
        "version_code": new.version_code,
        "sha256": new.sha256,
        "signer": new.signer_sha256,
        "ring": new.ring,
    }));
    audit::append(tx, new.added, actor, act)
}

/// A file that goes when nothing has become of it.
struct Aside {
    path: PathBuf,
}

impl Aside {
    /// What a server that was killed has left behind goes too: one package is taken in at a time.
    fn new(folder: &Path, name: &str) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        for entry in std::fs::read_dir(folder)?.flatten() {
            if entry.path().extension().is_some_and(|end| end == "new") {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { path: folder.join(format!("{name}.new")) })
    }

    async fn write(&self, mut body: Body) -> Result<(Digest, u64), ActionError> {
        let mut file = File::create_new(&self.path).await.map_err(disk)?;
        let (mut context, mut size) = (Context::new(&SHA256), 0_u64);
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let broke = |_| ActionError::invalid(Code::BrokeOff, "the package broke off on its way");
            let Ok(piece) = frame.map_err(broke)?.into_data() else { continue };
            size += piece.len() as u64;
            if size > MAX_SIZE {
                return Err(refused(&ApkError::TooLarge(size)));
            }
            context.update(&piece);
            file.write_all(&piece).await.map_err(disk)?;
        }
        file.sync_all().await.map_err(disk)?;
        Ok((Digest(context.finish().as_ref().try_into().unwrap_or_default()), size))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

fn refused(error: &ApkError) -> ActionError {
    let code = match error {
        ApkError::NoSignature => Code::PackageUnsigned,
        ApkError::ManySigners => Code::PackageSigners,
        ApkError::TooLarge(_) => Code::TooLong,
        _ => Code::PackageMalformed,
    };
    ActionError::invalid(code, error.to_string())
}

fn disk(error: io::Error) -> ActionError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
            StoreError::Full(Arc::new(error)).into()
        }
        _ => StoreError::Engine(Arc::new(error)).into(),
    }
}
