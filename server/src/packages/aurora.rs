//! Packages of the agent for Aurora OS: kept and handed out. Who installs which is decided elsewhere (Aurora Center, APM), so there are no
//! rings: of each kind and architecture the newest is the one that is handed out.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::cmp::Ordering;

use super::is_plain;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, values};
use muster_rpm::{Rpm, order};

/// In which role the agent of a package runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuroraKind {
    /// An application, in its sandbox.
    Application,
    /// A service of the system.
    System,
}

/// A package for Aurora OS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AuroraPackage {
    /// In which role its agent runs.
    pub kind: AuroraKind,
    /// The architecture.
    pub arch: String,
    /// The version.
    pub version: String,
    /// The release of this version.
    pub release: String,
    /// Whether it carries a signature of RPM's own kind (OpenPGP), by its file; nothing where that can't be read.
    pub signed: Option<bool>,
    /// Digest of the file.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// When it was added.
    pub added: Timestamp,
    /// Who added it.
    pub added_by: String,
}

/// Architectures of Aurora's phones.
const ARCHITECTURES: [&str; 2] = ["aarch64", "armv7hl"];

impl AuroraKind {
    const ALL: [Self; 2] = [Self::Application, Self::System];

    /// The word of addresses and of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::System => "system",
        }
    }

    /// The name that its packages have.
    #[must_use]
    pub const fn package(self) -> &'static str {
        match self {
            Self::Application => "ru.muster.Agent",
            Self::System => "muster-agent-system",
        }
    }
}

/// A word that is no kind.
#[derive(Debug, thiserror::Error)]
#[error("a kind is application or system")]
pub struct NoKind;

impl std::str::FromStr for AuroraKind {
    type Err = NoKind;

    fn from_str(word: &str) -> Result<Self, NoKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or(NoKind)
    }
}

impl AuroraPackage {
    /// What a file is, if it is one of ours.
    ///
    /// # Errors
    /// It is another package, for another architecture, or its version can't be shown.
    pub fn of(
        rpm: Rpm,
        sha256: Digest,
        size: u64,
        added: Timestamp,
        actor: &Actor,
    ) -> Result<Self, ActionError> {
        let kind = AuroraKind::ALL.into_iter().find(|kind| kind.package() == rpm.name).ok_or_else(|| {
            let ours = AuroraKind::ALL.map(AuroraKind::package).join(" nor ");
            ActionError::invalid(Code::OtherPackage, format!("the package is {:?}, neither {ours}", rpm.name))
        })?;
        if !ARCHITECTURES.contains(&rpm.arch.as_str()) {
            let detail = format!("the package is for {:?}, not for {}", rpm.arch, ARCHITECTURES.join(" or "));
            return Err(ActionError::invalid(Code::PackageArchitecture, detail));
        }
        if ![&rpm.version, &rpm.release].into_iter().all(|word| is_plain(word, b".-+_~")) {
            let detail = "the package's version or release is not 1 to 24 letters, digits, dots, dashes, plus signs, underscores and tildes";
            return Err(ActionError::invalid(Code::PackageVersion, detail));
        }
        let Rpm { arch, version, release, signed, .. } = rpm;
        let signed = Some(signed);
        Ok(Self {
            kind,
            arch,
            version,
            release,
            signed,
            sha256,
            size,
            added,
            added_by: actor.name().to_owned(),
        })
    }

    /// Its full name: `ru.muster.Agent-0.1.0-1.aarch64`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}-{}.{}", self.kind.package(), self.version, self.release, self.arch)
    }

    /// The last part of its address.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}-{}.rpm", self.kind.word(), self.arch)
    }

    /// Whether it is for the same phones, and newer or older.
    #[must_use]
    pub fn against(&self, other: &Self) -> Option<Ordering> {
        let same = (self.kind, &self.arch) == (other.kind, &other.arch);
        same.then(|| order(&self.version, &other.version).then_with(|| order(&self.release, &other.release)))
    }
}

/// Writes down a package. The same file again changes nothing.
pub(super) fn record(
    tx: &mut dyn Tx,
    new: AuroraPackage,
    actor: &Actor,
) -> Result<AuroraPackage, ActionError> {
    for known in all(tx)? {
        if known.sha256 == new.sha256 {
            return Ok(AuroraPackage { signed: new.signed, ..known });
        }
        let name = known.name();
        let (code, why) = match new.against(&known) {
            None | Some(Ordering::Greater) => continue,
            Some(Ordering::Equal) => {
                let way = format!("to replace it, remove it first: muster agent-package remove {name}");
                (Code::PackageKnown, format!("as another file; {way}"))
            }
            Some(Ordering::Less) => (Code::PackageOlder, "and newer".to_owned()),
        };
        let detail = format!("the package is {}, and {name} is here already, {why}", new.name());
        return Err(ActionError::conflict(code, detail));
    }
    tx.execute(
        "INSERT INTO aurora_packages (sha256, kind, arch, version, release, size, added, actor) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![
            new.sha256,
            new.kind.word(),
            &new.arch,
            &new.version,
            &new.release,
            new.size,
            new.added,
            &new.added_by
        ],
    )?;
    let subject = format!("package:{}", new.name());
    let act = Act::new("package.add", subject)
        .detail(format!("sha256 {}", new.sha256))
        .after(json!({ "name": new.name(), "sha256": new.sha256 }));
    audit::append(tx, new.added, actor, act)?;
    Ok(new)
}

/// All packages: of each kind and architecture the newest first.
pub(super) fn all(tx: &mut dyn Tx) -> Result<Vec<AuroraPackage>, StoreError> {
    let sql = "SELECT kind, arch, version, release, sha256, size, added, actor FROM aurora_packages";
    let mut packages = tx.query(sql, &[])?.into_iter().map(package).collect::<Result<Vec<_>, _>>()?;
    packages.sort_by(|a, b| {
        let place = |one: &AuroraPackage| (one.kind, one.arch.clone());
        place(a).cmp(&place(b)).then_with(|| b.against(a).unwrap_or(Ordering::Equal))
    });
    Ok(packages)
}

fn package(mut row: Row) -> Result<AuroraPackage, StoreError> {
    Ok(AuroraPackage {
        kind: row.parse("a kind of package")?,
        arch: row.take()?,
        version: row.take()?,
        release: row.take()?,
        // what its file says
        signed: None,
        sha256: row.take()?,
        size: row.take()?,
        added: row.take()?,
        added_by: row.take()?,
    })
}
