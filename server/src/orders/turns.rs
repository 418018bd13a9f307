//! Turns of scans: those whose turn has come get their orders, and what was called back ends; some at a time, so that reports wait for
//! none of it.

use muster_proto::id::{DeviceId, OrderId};
use muster_proto::time::Timestamp;
use std::sync::Arc;

use super::scans::ScanId;
use super::{Given, State, give, life};
use crate::app::App;
use crate::error::ActionError;
use crate::keys::Keys;
use crate::live::{Event, Hint};
use crate::store::{Tx, values};

/// Orders that are given or ended in one transaction.
const CHUNK: u32 = 200;

/// When the next turn comes.
pub(crate) const NEXT: &str = "SELECT MIN(starts) FROM scan_todo";

/// Gives those their orders whose turn has come.
///
/// # Errors
/// The store's, or the key's.
pub async fn fill(app: &App) -> Result<(), ActionError> {
    while turn(app).await? {}
    Ok(())
}

/// Gives some of them their orders; says whether there were any.
///
/// # Errors
/// The store's, or the key's.
pub(super) async fn turn(app: &App) -> Result<bool, ActionError> {
    let now = app.now();
    let none = app.store.read(move |tx| {
        let sql = "SELECT 1 FROM scan_todo WHERE starts <= $1 LIMIT 1";
        Ok::<_, ActionError>(tx.query_one(sql, &values![now])?.is_none())
    });
    if none.await? {
        return Ok(false);
    }
    let ids: Vec<OrderId> = (0..CHUNK).map(|_| app.draw_order()).collect::<Result<_, _>>()?;
    let keys = Arc::clone(&app.keys);
    let given = app.store.write(move |tx| chunk(tx, &ids, &keys, now)).await?;
    for (order, device) in given {
        app.events.tell(Event::Order(order, device));
        app.hub.hint(device, Hint::Orders);
    }
    Ok(true)
}

fn chunk(
    tx: &mut dyn Tx,
    ids: &[OrderId],
    keys: &Keys,
    now: Timestamp,
) -> Result<Vec<(OrderId, DeviceId)>, ActionError> {
    let rows = tx.query(
        "SELECT t.scan, t.device, s.kind, s.reason, s.requested_by, s.expires FROM scan_todo AS t \
         JOIN scans AS s ON s.id = t.scan WHERE t.starts <= $1 ORDER BY t.starts, t.device LIMIT $2",
        &values![now, CHUNK],
    )?;
    let mut given = Vec::with_capacity(rows.len());
    for (mut row, id) in rows.into_iter().zip(ids) {
        let (scan, device): (ScanId, DeviceId) = (row.take()?, row.take()?);
        let new = Given {
            id: *id,
            kind: row.parse("a kind of order")?,
            reason: row.take()?,
            requested_by: row.take()?,
            expires: row.take()?,
            scan: Some(scan),
        };
        tx.execute("DELETE FROM scan_todo WHERE scan = $1 AND device = $2", &values![scan, device])?;
        let asked =
            if new.expires > now { give(tx, keys, device, &new, now).map(|()| true) } else { Ok(false) };
        match asked {
            Ok(true) => given.push((*id, device)),
            // it no longer counts
            Ok(false) | Err(ActionError::Missing { .. } | ActionError::Conflict { .. }) => {
                tx.execute("UPDATE scans SET skipped = skipped + 1 WHERE id = $1", &values![scan])?;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(given)
}

/// Ends the orders of scans that were called back.
///
/// # Errors
/// The store's.
pub async fn end_called_back(app: &App) -> Result<(), ActionError> {
    while end_some(app).await? {}
    Ok(())
}

/// Ends some of them; says whether there were any.
///
/// # Errors
/// The store's.
pub(super) async fn end_some(app: &App) -> Result<bool, ActionError> {
    let now = app.now();
    let open = app.store.read(move |tx| called_back(tx, now)).await?;
    if open.is_empty() {
        return Ok(false);
    }
    let ended = app.store.write(move |tx| {
        let mut ended = Vec::with_capacity(open.len());
        for (order, device) in open {
            if life::end(tx, order, device, State::Cancelled, None, None, now)? {
                ended.push((order, device));
            }
        }
        Ok::<_, ActionError>(ended)
    });
    for (order, device) in ended.await? {
        app.events.tell(Event::Order(order, device));
    }
    Ok(true)
}

/// Orders that are to end: a scan that is void by itself has none.
fn called_back(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<(OrderId, DeviceId)>, ActionError> {
    let sql = "SELECT o.id, o.device FROM scans AS s JOIN orders AS o ON o.scan = s.id \
               WHERE s.cancelled IS NOT NULL AND s.expires > $1 AND o.state IN ('queued', 'delivered', 'running') AND o.ended IS NULL \
               LIMIT $2";
    let rows = tx.query(sql, &values![now, CHUNK])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}
