//! A note on one device: written, and ended.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde_json::json;

use super::{AwayView, NewAway, Note, ahead};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::Status;
use crate::error::ActionError;
use crate::judge;
use crate::live::Event;
use crate::problems::Code;
use crate::register::AssetId;
use crate::store::{StoreError, Tx, values};

/// Writes that whoever has a device is away. A note that is not over ends now, and what of it is past stays. The device is judged by it when
/// this returns.
///
/// # Errors
/// There is no such device, or it does not count; the times or the reason are malformed; a note is in force, and this one begins later.
pub async fn set(app: &App, actor: &Actor, device: DeviceId, new: NewAway) -> Result<AwayView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let written = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Enrol, &Thing::Device(device))?;
            let org = crate::devices::org_of(tx, device)?;
            let note = Note::read(tx, &org, &new, now)?;
            put(tx, &actor, device, (&note, None), now)
        })
        .await?;
    judged(app, &[device]).await;
    Ok(written)
}

/// Whoever has a device is back: the note that is not over ends now.
///
/// # Errors
/// There is no such device, or no note of it; the store's.
pub async fn back(app: &App, actor: &Actor, device: DeviceId) -> Result<(), ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Enrol, &Thing::Device(device))?;
            crate::devices::org_of(tx, device)?;
            if end(tx, &actor, device, now)? {
                return Ok(());
            }
            Err(ActionError::conflict(Code::NotAway, "no note of the device is in force or to come"))
        })
        .await?;
    judged(app, &[device]).await;
    Ok(())
}

/// Judges those whose notes are others, and tells who looks at them.
pub(super) async fn judged(app: &App, devices: &[DeviceId]) {
    judge::at_once(app).await;
    devices.iter().for_each(|device| app.events.tell(Event::Device(*device)));
}

/// Writes a note, in this transaction.
pub(super) fn put(
    tx: &mut dyn Tx,
    actor: &Actor,
    device: DeviceId,
    (note, asset): (&Note, Option<AssetId>),
    now: Timestamp,
) -> Result<AwayView, ActionError> {
    let row = tx.query_one("SELECT status FROM devices WHERE id = $1", &values![device])?;
    let status: Status = row.ok_or_else(|| ActionError::missing("device", device))?.parse("a status")?;
    if status != Status::Active {
        let detail = format!("the device is {}", status.word());
        return Err(ActionError::conflict(Code::DeviceInactive, detail));
    }
    let before = ahead(tx, device, now)?;
    if let Some(before) = before.as_ref().filter(|before| before.is_on(now) && note.from > now) {
        let detail = format!("device {device}: a note is in force until {}", before.until);
        return Err(ActionError::conflict(Code::AwayAlready, detail));
    }
    cut(tx, device, before.as_ref(), now)?;
    let after = AwayView {
        from: note.from,
        until: note.until,
        reason: note.reason.to_string(),
        actor: actor.name().to_owned(),
        asset,
    };
    tx.execute(
        "INSERT INTO away (device, starts, ends, reason, actor, asset) VALUES ($1, $2, $3, $4, $5, $6)",
        &values![device, after.from, after.until, &after.reason, &after.actor, after.asset],
    )?;
    touch(tx, device, now)?;
    // why somebody is away is nobody's business for ever: it stands in the note alone
    let act = Act::new("device.away", format!("device:{device}"))
        .detail(format!("from {} until {}", after.from, after.until))
        .before(json!(before.as_ref().map(times)))
        .after(times(&after));
    audit::append(tx, now, actor, act)?;
    Ok(after)
}

/// Ends the note of a device that is not over; whether there was one.
pub(super) fn end(
    tx: &mut dyn Tx,
    actor: &Actor,
    device: DeviceId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(before) = ahead(tx, device, now)? else { return Ok(false) };
    cut(tx, device, Some(&before), now)?;
    touch(tx, device, now)?;
    let act = Act::new("device.back", format!("device:{device}"))
        .detail(format!("away until {} -> until {now}", before.until))
        .before(times(&before))
        .after(json!({ "until": now }));
    audit::append(tx, now, actor, act)?;
    Ok(true)
}

/// The phone has come to somebody else: what was said of its carrier is not said of that one.
///
/// # Errors
/// The store's.
pub(crate) fn handed_on(
    tx: &mut dyn Tx,
    actor: &Actor,
    device: DeviceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    match ahead(tx, device, now)? {
        Some(AwayView { asset: Some(_), .. }) => end(tx, actor, device, now).map(drop),
        _ => Ok(()),
    }
}

/// What was said of a device is said of the one that takes its place; the newest end of it.
///
/// # Errors
/// The store's.
pub(crate) fn follow(tx: &mut dyn Tx, old: DeviceId, new: DeviceId) -> Result<Option<Timestamp>, StoreError> {
    tx.execute("UPDATE away SET device = $2 WHERE device = $1", &values![old, new])?;
    for device in [old, new] {
        tx.execute(NEWEST_END, &values![device])?;
    }
    let row = tx.query_one("SELECT away_until FROM devices WHERE id = $1", &values![new])?;
    row.map_or(Ok(None), |mut row| row.take())
}

/// What of a note is past stays; one that has not begun is gone.
fn cut(tx: &mut dyn Tx, device: DeviceId, note: Option<&AwayView>, now: Timestamp) -> Result<(), StoreError> {
    match note {
        None => Ok(()),
        Some(note) if note.from < now => tx
            .execute(
                "UPDATE away SET ends = $3 WHERE device = $1 AND starts = $2",
                &values![device, note.from, now],
            )
            .map(drop),
        Some(note) => tx
            .execute("DELETE FROM away WHERE device = $1 AND starts = $2", &values![device, note.from])
            .map(drop),
    }
}

const NEWEST_END: &str = "UPDATE devices SET away_until = (SELECT MAX(ends) FROM away WHERE away.device = devices.id) WHERE id = $1";

/// The device's row knows the newest end, and is due for judgement.
fn touch(tx: &mut dyn Tx, device: DeviceId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(NEWEST_END, &values![device])?;
    let sql = "UPDATE devices SET next_judgement = CASE WHEN status = 'active' THEN $2 ELSE next_judgement END, \
               revision = revision + 1 WHERE id = $1";
    tx.execute(sql, &values![device, now]).map(drop)
}

fn times(note: &AwayView) -> serde_json::Value {
    json!({ "from": note.from, "until": note.until, "asset": note.asset })
}
