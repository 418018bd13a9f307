//! Packages of the agent for Android: which there are, to whom each is offered, and their files.
//!
//! The store says what there is; the files lie in the data folder, each under its digest, and are checked whenever the list is read anew.
//! What is handed out is decided from memory: whoever asks for it has not been let in.

mod add;
mod offers;
mod rings;
mod shelf;
mod watch;

pub use add::{MAX_WAIT, NewPackage, add};
pub use offers::offer_to;
pub use rings::{Ring, in_ring, set_ring};
pub use shelf::{Shelf, reload};
pub use watch::{keep_watch, look};

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

use crate::app::App;
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx};

/// The name that every package has to have.
pub const NAME: &str = "io.muster.agent";

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Version for people.
    pub version: String,
    /// Version for Android: it grows.
    pub version_code: u64,
    /// Digest of the file.
    pub sha256: Digest,
    /// Digest of the signer's certificate.
    pub signer_sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// To whom it is offered.
    pub ring: Ring,
    /// Since when.
    pub ring_since: Timestamp,
    /// Offers before this say nothing of whether it makes phones fall silent.
    #[serde(skip)]
    pub watched_since: Timestamp,
    /// Why the server has halted it by itself.
    pub halted: Option<String>,
    /// When it was added.
    pub added: Timestamp,
    /// Who added it.
    pub added_by: String,
}

/// A package in the list.
#[derive(Debug, Clone, Serialize)]
pub struct PackageView {
    /// What the store says.
    #[serde(flatten)]
    pub package: Package,
    /// Whether its file is here and is the one that was added.
    pub intact: bool,
    /// Devices that run it.
    pub devices: u64,
}

/// The list, and where phones get what is handed out.
#[derive(Debug, Clone, Serialize)]
pub struct PackageList {
    /// The packages, the newest first.
    pub packages: Vec<PackageView>,
    /// Version code of the one that new phones get.
    pub current: Option<u64>,
    /// The address for phones in set-up.
    pub download: String,
    /// Whether that address is the listener without TLS, which needs no certificate that a phone in set-up could not know.
    pub plain: bool,
}

/// The list.
///
/// # Errors
/// The store's.
pub async fn list(app: &App) -> Result<PackageList, ActionError> {
    reload(app).await?;
    let running = app.store.read(|tx| Ok::<_, ActionError>(running(tx)?)).await?;
    let packages = app.packages.all();
    let packages = packages
        .iter()
        .map(|(package, intact)| PackageView {
            devices: running.get(&package.version).copied().unwrap_or(0),
            package: package.clone(),
            intact: *intact,
        })
        .collect();
    Ok(PackageList {
        packages,
        current: app.packages.offer(None).map(|package| package.version_code),
        download: app.packages.download().unwrap_or_else(|| format!("{}/agent/android.apk", app.url())),
        plain: app.packages.download().is_some(),
    })
}

const COLUMNS: &str =
    "version_code, version, sha256, signer, size, ring, ring_since, watched_since, halted, added, actor";

/// All packages, the newest first.
fn all(tx: &mut dyn Tx) -> Result<Vec<Package>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM agent_packages ORDER BY version_code DESC");
    tx.query(&sql, &[])?.into_iter().map(package).collect()
}

fn package(mut row: Row) -> Result<Package, StoreError> {
    Ok(Package {
        version_code: row.take()?,
        version: row.take()?,
        sha256: row.take()?,
        signer_sha256: row.take()?,
        size: row.take()?,
        ring: row.parse("a ring")?,
        ring_since: row.take()?,
        watched_since: row.take()?,
        halted: row.take()?,
        added: row.take()?,
        added_by: row.take()?,
    })
}

/// How many phones run which version.
fn running(tx: &mut dyn Tx) -> Result<HashMap<String, u64>, StoreError> {
    let sql = "SELECT agent, COUNT(*) FROM devices WHERE status = 'active' AND platform = 'android' AND agent IS NOT NULL GROUP BY agent";
    tx.query(sql, &[])?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

#[cfg(test)]
mod silence_tests;
#[cfg(test)]
mod tests;
