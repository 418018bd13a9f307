//! Erasing what is known of a device that has ended. What stays: that it was there, when it came and ended, its public keys, the digests of
//! its reports, breaks of their chain, and what the audit has of it.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde_json::json;

use super::texts::{Text, take_away};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::{Status, rank};
use crate::error::ActionError;
use crate::live::Event;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// Reports whose text goes in one transaction.
const AT_ONCE: u32 = 200;

/// Erases what is known of a device. It must have ended: what counts would be judged anew from what comes next.
///
/// # Errors
/// There is no such device, or it still counts or waits, or was erased before; the store's.
pub async fn erase(app: &App, actor: &Actor, device: DeviceId) -> Result<(), ActionError> {
    let by = actor.clone();
    let checked = move |tx: &mut dyn Tx| {
        auth::check(tx, &by, Right::Enrol, &Thing::Device(device))?;
        state(tx, device)
    };
    let (status, erased) = app.store.read(checked).await?;
    if matches!(status, Status::Active | Status::Pending) {
        let detail = format!("the device is {}; send it away or end it first", status.word());
        return Err(ActionError::conflict(Code::DeviceCounts, detail));
    }
    if let Some(at) = erased {
        return Err(ActionError::conflict(Code::DeviceErased, format!("it was erased at {at}")));
    }
    erase_ended(app, actor, device).await
}

/// The same for one of which that is known.
pub(super) async fn erase_ended(app: &App, actor: &Actor, device: DeviceId) -> Result<(), ActionError> {
    // first what says that it was done: should the server stop in between, the job takes the texts that are left
    let (actor, now) = (actor.clone(), app.now());
    app.store.write(move |tx| rest(tx, device, &actor, now)).await?;
    while app.store.write(move |tx| some_texts(tx, device)).await? {}
    app.events.tell(Event::Device(device));
    Ok(())
}

fn state(tx: &mut dyn Tx, device: DeviceId) -> Result<(Status, Option<Timestamp>), ActionError> {
    let row = tx.query_one("SELECT status, erased FROM devices WHERE id = $1", &values![device])?;
    let mut row = row.ok_or_else(|| ActionError::missing("device", device))?;
    Ok((row.parse("a status")?, row.take()?))
}

/// Takes some texts away; whether there may be more.
fn some_texts(tx: &mut dyn Tx, device: DeviceId) -> Result<bool, StoreError> {
    let sql = "SELECT id, body FROM reports WHERE device = $1 AND LENGTH(body) > 0 LIMIT $2";
    let mut texts = Vec::new();
    for mut row in tx.query(sql, &values![device, AT_ONCE])? {
        texts.push(Text { id: row.take()?, body: row.take()? });
    }
    take_away(tx, &texts)?;
    Ok(texts.len() as u32 == AT_ONCE)
}

fn rest(tx: &mut dyn Tx, device: DeviceId, actor: &Actor, now: Timestamp) -> Result<(), ActionError> {
    for sql in [
        "UPDATE findings SET body = '[]' WHERE device = $1",
        "DELETE FROM device_marks WHERE device = $1",
        "DELETE FROM device_labels WHERE device = $1",
        "DELETE FROM told WHERE device = $1",
        "DELETE FROM disputes WHERE device = $1",
        "DELETE FROM away WHERE device = $1",
        "DELETE FROM page_sessions WHERE device = $1",
        "DELETE FROM package_offers WHERE device = $1",
        // the newest row of all stays, for others keep their places in the row of changes; and so does what somebody is to be told yet
        "DELETE FROM edges WHERE device = $1 AND id < (SELECT MAX(id) FROM edges) AND id <= COALESCE((SELECT MIN(taken) FROM \
         (SELECT taken FROM hooks UNION ALL SELECT taken FROM mail_recipients) AS places), id) \
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.edge = edges.id)",
        "DELETE FROM order_states WHERE order_id IN (SELECT id FROM orders WHERE device = $1)",
        "DELETE FROM orders WHERE device = $1",
    ] {
        tx.execute(sql, &values![device])?;
    }
    let nothing: &[u8] = &[];
    tx.execute("UPDATE device_keys SET certificates = $2 WHERE device = $1", &values![device, nothing])?;
    let sql = "UPDATE devices SET os_version = NULL, manufacturer = NULL, model = NULL, asset_tag = NULL, agent = NULL, code = '', \
               last_contact = NULL, last_fresh = NULL, orders = 0, \
               apps = '', tag_key = NULL, security_patch = NULL, os_order = NULL, agent_order = NULL, heard = 0, told = 0, away_until = NULL, \
               evidence_at = NULL, catalogue = NULL, verdict = $3, verdict_rank = $4, verdict_since = COALESCE(ended, $2), verdict_due = NULL, \
               erased = $2, revision = revision + 1 WHERE id = $1";
    let nothing_known = State::Unknown;
    tx.execute(sql, &values![device, now, nothing_known.word(), rank(nothing_known)])?;
    let act = Act::new("device.erase", format!("device:{device}")).after(json!({ "erased": now }));
    Ok(audit::append(tx, now, actor, act)?)
}
