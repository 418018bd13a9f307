//! Fills in what rows of an older program don't have yet: columns and marks that are made of findings and of the newest report.

use muster_proto::id::DeviceId;

use super::row::{Devices as _, Extent};
use crate::app::App;
use crate::error::ActionError;
use crate::ingest;
use crate::judge;
use crate::store::{StoreError, Tx, values};

/// Devices in one transaction.
const CHUNK: u32 = 200;

/// Brings every row to what this program writes. Where all have been brought there, this is one look.
///
/// # Errors
/// The store's.
pub async fn refresh(app: &App) -> Result<(), ActionError> {
    loop {
        let sql = "SELECT id FROM devices WHERE heard = 0 LIMIT $1";
        let old: Vec<DeviceId> = app
            .store
            .read(move |tx| {
                let rows = tx.query(sql, &values![CHUNK])?;
                rows.into_iter().map(|mut row| row.take()).collect::<Result<_, StoreError>>()
            })
            .await?;
        if old.is_empty() {
            return Ok(());
        }
        tracing::info!(devices = old.len(), "rows of an older program are filled in");
        app.store.write(move |tx| fill(tx, &old)).await?;
    }
}

fn fill(tx: &mut dyn Tx, ids: &[DeviceId]) -> Result<(), StoreError> {
    let (mut devices, unreadable) = tx.load_readable(ids)?;
    for id in unreadable {
        tx.execute("UPDATE devices SET heard = 1 WHERE id = $1", &values![id])?;
    }
    for device in &mut devices {
        // a report that can't be read any more says nothing, and keeps no server from starting
        if let Ok(Some(latest)) = judge::latest(tx, device) {
            let submods = &latest.report.submods;
            device.shown.security_patch = submods.device.security_patch.known().copied();
            device.shown.apps = ingest::apps(&submods.apps);
        }
        device.revision += 1;
    }
    let rows: Vec<_> = devices.iter().map(|device| (device, Extent::All)).collect();
    tx.save(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::world;
    use std::time::Duration;

    #[tokio::test]
    async fn a_device_of_the_first_day_is_filled_in_once() {
        let world = world().await;
        let id = world.phone("R570E", "MF-1").await.id;
        let old = move |tx: &mut dyn Tx| {
            tx.execute(
                "UPDATE devices SET heard = 0, enrolled = 0, last_fresh = NULL WHERE id = $1",
                &values![id],
            )
        };
        world.app.store.write(old).await.unwrap();
        let filled = tokio::time::timeout(Duration::from_secs(30), refresh(&world.app));
        filled.await.expect("it ends").unwrap();
    }
}
