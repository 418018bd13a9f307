//! A package is taken away: phones get it no more, and another file of the same version can be added.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use serde_json::json;
use std::path::PathBuf;

use super::shelf::busy;
use super::{Ring, all, aurora, on_android, reload, running};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{Tx, values};

/// Takes a package away: one for Android by its version, one for Aurora OS by its full name (`ru.muster.Agent-0.1.0-1.aarch64`, with or
/// without `.rpm` behind it).
///
/// # Errors
/// There is no such package; it is offered to phones: it has to be halted first; phones run it: what is here of it says which key the next
/// version needs; another one is being added; the store's.
pub async fn remove(app: &App, actor: &Actor, name: &str) -> Result<(), ActionError> {
    let _one = app.packages.adding.try_lock().map_err(|_| busy())?;
    let (actor, name, now) = (actor.clone(), name.to_owned(), app.now());
    let gone = app.store.write(move |tx| take_away(tx, &name, &actor, now)).await?;
    let path = gone.path(app);
    if let Err(error) = std::fs::remove_file(&path) {
        tracing::warn!(%error, path = %path.display(), "the file of a package that was removed stays");
    }
    reload(app).await
}

/// What was taken away.
enum Gone {
    Apk(Digest),
    Rpm(Digest),
}

impl Gone {
    fn path(&self, app: &App) -> PathBuf {
        match self {
            Self::Apk(sha256) => app.packages.path(*sha256),
            Self::Rpm(sha256) => app.packages.rpm_path(*sha256),
        }
    }
}

/// No version is as long as a full name, so no name means two packages.
fn take_away(tx: &mut dyn Tx, name: &str, actor: &Actor, now: Timestamp) -> Result<Gone, ActionError> {
    let full = name.strip_suffix(".rpm").unwrap_or(name);
    let (gone, sha256) = if let Some(package) = all(tx)?.into_iter().find(|one| one.version == name) {
        if package.ring != Ring::Halt {
            let detail = format!(
                "version {name} is offered to phones (ring {}); halt it first: muster agent-package ring {name} halt",
                package.ring.word()
            );
            return Err(ActionError::conflict(Code::PackageOffered, detail));
        }
        unused(tx, name)?;
        // Who was offered the old file says nothing of another one with the same version code. What a phone was offered before that is
        // forgotten with it: if it is silent, that was not the earlier version's doing.
        let offers = "DELETE FROM package_offers WHERE device IN (SELECT device FROM package_offers WHERE version_code = $1)";
        for delete in [offers, "DELETE FROM agent_packages WHERE version_code = $1"] {
            tx.execute(delete, &values![package.version_code])?;
        }
        (Gone::Apk(package.sha256), package.sha256)
    } else if let Some(package) = aurora::all(tx)?.into_iter().find(|one| one.name() == full) {
        tx.execute("DELETE FROM aurora_packages WHERE sha256 = $1", &values![package.sha256])?;
        (Gone::Rpm(package.sha256), package.sha256)
    } else {
        return Err(ActionError::missing("agent package", name));
    };
    let act = Act::new("package.remove", format!("package:{full}"))
        .detail(format!("sha256 {sha256}"))
        .before(json!({ "sha256": sha256 }));
    audit::append(tx, now, actor, act)?;
    Ok(gone)
}

/// No phone runs this version. By the version that phones have it is known which key and which version code they will take next.
fn unused(tx: &mut dyn Tx, version: &str) -> Result<(), ActionError> {
    match on_android(&running(tx)?, version) {
        0 => Ok(()),
        phones => {
            let detail = format!(
                "{phones} phones run version {version}, and they take only what the same key has signed, and nothing older: \
                 add a higher version instead"
            );
            Err(ActionError::conflict(Code::PackageInUse, detail))
        }
    }
}
