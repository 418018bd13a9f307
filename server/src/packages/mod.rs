//! Packages of the agent: those for Android, to whom each is offered, those for Aurora OS, and the files of both.
//!
//! The store says what there is; the files lie in the data folder, each under its digest, and are checked whenever the list is read anew.
//! What is handed out is decided from memory: whoever asks for it has not been let in.

mod add;
mod aurora;
mod offers;
mod remove;
mod rings;
mod shelf;
mod watch;

pub use add::{Added, MAX_WAIT, NewPackage, add};
pub use aurora::{AuroraKind, AuroraPackage};
pub use offers::offer_to;
pub use remove::remove;
pub use rings::{Ring, in_ring, set_ring};
pub use shelf::{Shelf, reload};
pub use watch::{keep_watch, look};

use muster_proto::facts::Platform;
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx};

/// The name that every package has to have.
pub const NAME: &str = "io.muster.agent";

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct PackageView {
    /// What the store says.
    #[serde(flatten)]
    pub package: Package,
    /// Whether its file is here and is the one that was added.
    pub intact: bool,
    /// Devices that run it.
    pub devices: u64,
}

/// A package for Aurora OS in the list.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct AuroraView {
    /// What the store says.
    #[serde(flatten)]
    pub package: AuroraPackage,
    /// Its full name, by which it is removed.
    pub name: String,
    /// Whether its file is here and is the one that was added.
    pub intact: bool,
    /// Where it is handed out; none where a newer one is.
    pub download: Option<String>,
}

/// How many devices run a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Running {
    /// Operating system.
    pub platform: Platform,
    /// Version of the agent, by the newest report.
    pub version: String,
    /// How many.
    pub devices: u64,
}

/// The list, and where phones get what is handed out.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct PackageList {
    /// The packages, the newest first.
    pub packages: Vec<PackageView>,
    /// Those for Aurora OS, of each kind and architecture the newest first.
    pub aurora: Vec<AuroraView>,
    /// What devices run, by system.
    pub running: Vec<Running>,
    /// Version code of the one that new phones get.
    pub current: Option<u64>,
    /// The address for phones in set-up; none where no version is offered to all.
    pub download: Option<String>,
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
            devices: on_android(&running, &package.version),
            package: package.clone(),
            intact: *intact,
        })
        .collect();
    let current = app.packages.current_aurora();
    let aurora = app.packages.aurora();
    let aurora = aurora.iter().map(|(package, intact)| AuroraView {
        name: package.name(),
        download: current.contains(package).then(|| format!("{}/agent/aurora/{}", app.url(), package.file())),
        package: package.clone(),
        intact: *intact,
    });
    let offered = app.packages.offer(None).map(|package| package.version_code);
    let address = || app.packages.download().unwrap_or_else(|| format!("{}/agent/android.apk", app.url()));
    Ok(PackageList {
        packages,
        aurora: aurora.collect(),
        running,
        current: offered,
        download: offered.map(|_| address()),
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

/// Whether a version is short and has only letters, digits and `marks`: it is shown, and stands in addresses.
fn is_plain(version: &str, marks: &[u8]) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    (1..=24).contains(&version.len()) && version.bytes().all(plain)
}

/// How many devices run which version on which system.
fn running(tx: &mut dyn Tx) -> Result<Vec<Running>, StoreError> {
    let sql = "SELECT platform, agent, COUNT(*) FROM devices WHERE status = 'active' AND agent IS NOT NULL \
               GROUP BY platform, agent ORDER BY platform, agent";
    let read = |mut row: Row| {
        Ok(Running { platform: row.parse("a platform")?, version: row.take()?, devices: row.take()? })
    };
    let mut running = tx.query(sql, &[])?.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    running
        .sort_by(|a, b| a.platform.cmp(&b.platform).then_with(|| muster_rpm::order(&b.version, &a.version)));
    Ok(running)
}

fn on_android(running: &[Running], version: &str) -> u64 {
    let is_it = |one: &&Running| one.platform == Platform::Android && one.version == version;
    running.iter().find(is_it).map_or(0, |one| one.devices)
}

#[cfg(test)]
mod aurora_tests;
#[cfg(test)]
mod silence_tests;
#[cfg(test)]
mod tests;
