//! What the management system of an organisation says is installed: a second source beside the phones' own reports. It can break a rule,
//! and never shows that one is kept.
//!
//! An administrator brings it as a file. Of all that the file lists only applications that the catalogue watches are kept.

mod import;
mod layout;
mod table;

pub use import::{Imported, UnknownDevice, import};
pub(crate) use layout::moment;
pub use layout::{DeviceIs, Encoding, Layout};
pub(crate) use table::line_of;

use muster_policy::Told;
use muster_proto::facts::MatchKind;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::Device;
use crate::error::ActionError;
use crate::judge;
use crate::live::Event;
use crate::store::{Row, StoreError, Tx, values};

/// Longest file that is taken in.
pub const MAX_FILE: usize = 32 * 1024 * 1024;

/// A watched application that the management system says is there, and who said so when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ToldView {
    /// Id in the catalogue.
    pub messenger: String,
    /// Package or application id.
    pub package: String,
    /// Version.
    pub version: Option<String>,
    /// How sure the match is.
    pub matched: MatchKind,
    /// When the management system saw it, by its own word.
    pub seen_at: Timestamp,
    /// When it was brought here.
    pub imported_at: Timestamp,
    /// By whom.
    pub actor: String,
}

/// What judging needs of it. For most devices there is nothing, and nothing is asked.
///
/// # Errors
/// The store's.
pub fn told(tx: &mut dyn Tx, device: &Device) -> Result<Vec<Told>, StoreError> {
    if device.told == 0 {
        return Ok(Vec::new());
    }
    let as_judged = |view: ToldView| Told {
        messenger: view.messenger,
        package: view.package,
        version: view.version,
        matched: view.matched,
        seen_at: view.seen_at,
    };
    Ok(of(tx, device.id)?.into_iter().map(as_judged).collect())
}

/// All that is kept of it about a device.
///
/// # Errors
/// The store's.
pub fn of(tx: &mut dyn Tx, device: DeviceId) -> Result<Vec<ToldView>, StoreError> {
    let sql = "SELECT messenger, package, version, matched, seen_at, imported_at, actor FROM told \
               WHERE device = $1 ORDER BY messenger, package";
    tx.query(sql, &values![device])?.into_iter().map(view).collect()
}

/// Forgets what the management system said of a device, named by its id or by its asset tag, as in a file that is imported. It is judged
/// without it when this returns.
///
/// # Errors
/// There is no such device, or several have this asset tag; the store's.
pub async fn forget(app: &App, actor: &Actor, name: &str) -> Result<(), ActionError> {
    let (actor, now, name) = (actor.clone(), app.now(), name.to_owned());
    let device = app
        .store
        .write(move |tx| {
            let device = import::named(tx, &name)?;
            auth::check(tx, &actor, Right::Register, &Thing::Device(device))?;
            let gone = tx.execute("DELETE FROM told WHERE device = $1", &values![device])?;
            if gone > 0 {
                mark(tx, device, 0, now)?;
            }
            let act = Act::new("inventory.forget", format!("device:{device}"))
                .detail(format!("{gone} applications"))
                .before(json!({ "applications": gone }))
                .after(json!({ "applications": 0 }));
            audit::append(tx, now, &actor, act)?;
            Ok::<_, ActionError>(device)
        })
        .await?;
    judge::at_once(app).await;
    app.events.tell(Event::Device(device));
    Ok(())
}

/// What was said of a device is said of the one that takes its place; how many there are.
///
/// # Errors
/// The store's.
pub fn follow(tx: &mut dyn Tx, old: DeviceId, new: DeviceId) -> Result<u32, StoreError> {
    let moved = tx.execute("UPDATE told SET device = $2 WHERE device = $1", &values![old, new])?;
    if moved > 0 {
        tx.execute("UPDATE devices SET told = 0 WHERE id = $1", &values![old])?;
        tx.execute("UPDATE devices SET told = $2 WHERE id = $1", &values![new, moved])?;
    }
    Ok(u32::try_from(moved).unwrap_or(u32::MAX))
}

/// A device has so many entries now, and is due for judgement.
fn mark(tx: &mut dyn Tx, device: DeviceId, entries: u64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE devices SET told = $2, next_judgement = CASE WHEN status = 'active' THEN $3 ELSE next_judgement END, \
               revision = revision + 1 WHERE id = $1";
    tx.execute(sql, &values![device, entries, now]).map(drop)
}

fn view(mut row: Row) -> Result<ToldView, StoreError> {
    Ok(ToldView {
        messenger: row.take()?,
        package: row.take()?,
        version: row.take()?,
        matched: row.parse("a match")?,
        seen_at: row.take()?,
        imported_at: row.take()?,
        actor: row.take()?,
    })
}

#[cfg(test)]
mod tests;
