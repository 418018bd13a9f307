//! To whom a version was offered, and when first. It is kept because a version that does not even start can't say so.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;

use super::Package;
use crate::app::App;
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, values};

/// A phone, and the newest version that it was offered.
pub(super) struct Heard {
    /// Version that its last report named.
    pub agent: Option<String>,
    /// When it was last heard of.
    pub last: Timestamp,
    /// The version code, and when it was first offered.
    pub offer: Option<(u64, Timestamp)>,
}

/// Keeps that a device is offered a version, the first time. Whoever asks has not been let in: for an id that is no enrolled phone's nothing
/// is written.
///
/// # Errors
/// The store's.
pub async fn offer_to(app: &App, device: DeviceId, package: &Package) -> Result<(), ActionError> {
    let (code, from, now) = (package.version_code, package.watched_since, app.now());
    let new = app.store.read(move |tx| Ok::<_, ActionError>(is_new(tx, device, code, from)?)).await?;
    if !new {
        return Ok(());
    }
    app.store
        .write(move |tx| {
            tx.execute(
                "INSERT INTO package_offers (device, version_code, offered) VALUES ($1, $2, $3) \
                 ON CONFLICT (device, version_code) DO UPDATE SET offered = excluded.offered WHERE package_offers.offered < $4",
                &values![device, code, now, from],
            )?;
            Ok::<_, ActionError>(())
        })
        .await
}

fn is_new(tx: &mut dyn Tx, device: DeviceId, code: u64, from: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM devices WHERE id = $1 AND status = 'active' AND platform = 'android' AND NOT EXISTS \
               (SELECT 1 FROM package_offers WHERE device = $1 AND version_code = $2 AND offered >= $3)";
    Ok(tx.query_one(sql, &values![device, code, from])?.is_some())
}

/// All phones that were ever heard of. An older version's offer says nothing of a phone that was offered a newer one since.
pub(super) fn heard(tx: &mut dyn Tx) -> Result<Vec<Heard>, StoreError> {
    let sql = "SELECT d.agent, d.last_contact, o.version_code, o.offered FROM devices d \
               LEFT JOIN package_offers o ON o.device = d.id AND o.version_code = \
               (SELECT MAX(version_code) FROM package_offers WHERE device = d.id) \
               WHERE d.status = 'active' AND d.platform = 'android' AND d.last_contact IS NOT NULL";
    let read = |mut row: Row| {
        let (agent, last) = (row.take()?, row.take()?);
        let (code, offered): (Option<u64>, Option<Timestamp>) = (row.take()?, row.take()?);
        Ok(Heard { agent, last, offer: code.zip(offered) })
    };
    tx.query(sql, &[])?.into_iter().map(read).collect()
}
