//! A person approves or refuses a phone that asked, and what becomes of the device whose place it takes.

use muster_proto::facts::Platform;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::{self, Device, Devices as _, Extent, Status};
use crate::error::ActionError;
use crate::live::Event;
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, values};

/// A phone that waits for a person.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Pending {
    /// Its id.
    pub device: DeviceId,
    /// The organisation whose token it has shown.
    pub org: String,
    /// The short code of its key: the phone shows the same.
    pub code: String,
    /// Model, as it says.
    pub model: Option<String>,
    /// Operating system, as it says.
    pub platform: Platform,
    /// Asset tag that was typed.
    pub asset_tag: Option<String>,
    /// When it first asked.
    pub asked: Timestamp,
    /// The device whose place it takes once it is approved.
    pub replaces: Option<DeviceId>,
    /// An enrolled device of the organisation with the same asset tag: most likely the same phone, whose key was lost.
    pub same_tag: Option<DeviceId>,
}

/// The phones that wait for a person, the oldest first.
///
/// # Errors
/// The store's.
pub async fn pending(app: &App, actor: &Actor) -> Result<Vec<Pending>, ActionError> {
    let mut params = Vec::new();
    let within = actor.within(Right::Read).condition("devices.org", &mut params);
    let sql = format!(
        "SELECT id, org, code, model, platform, asset_tag, enrolled, replaces, \
               (SELECT known.id FROM devices known WHERE known.org = devices.org \
               AND known.asset_tag = devices.asset_tag AND known.status = 'active' ORDER BY known.id LIMIT 1) \
               FROM devices WHERE status = 'pending'{within} ORDER BY devices.enrolled, devices.id LIMIT 1000"
    );
    let read = |mut row: Row| {
        Ok(Pending {
            device: row.take()?,
            org: row.take()?,
            code: row.take()?,
            model: row.take()?,
            platform: row.parse("a platform")?,
            asset_tag: row.take()?,
            asked: row.take()?,
            replaces: row.take()?,
            same_tag: row.take()?,
        })
    };
    app.store
        .read(move |tx| {
            Ok(tx.query(&sql, &params)?.into_iter().map(read).collect::<Result<_, StoreError>>()?)
        })
        .await
}

/// Approves a phone: it is enrolled from now on. Where a person says that it is the phone that they know as `replaces`, with a new key, that
/// device ends and its findings go on.
///
/// # Errors
/// It does not wait for approval, or can't take that device's place; the store's.
pub async fn approve(
    app: &App,
    actor: &Actor,
    device: DeviceId,
    replaces: Option<DeviceId>,
) -> Result<(), ActionError> {
    decide(app, actor, device, true, replaces).await?;
    crate::judge::at_once(app).await;
    Ok(())
}

/// Refuses a phone, for good.
///
/// # Errors
/// It does not wait for approval; the store's.
pub async fn refuse(app: &App, actor: &Actor, device: DeviceId) -> Result<(), ActionError> {
    decide(app, actor, device, false, None).await
}

async fn decide(
    app: &App,
    actor: &Actor,
    id: DeviceId,
    approved: bool,
    replaces: Option<DeviceId>,
) -> Result<(), ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Enrol, &Thing::Device(id))?;
            let mut device = tx.load(&[id])?.pop().ok_or_else(|| ActionError::missing("device", id))?;
            if device.status != Status::Pending {
                return Err(ActionError::conflict(
                    Code::NotPending,
                    format!("the device is {} already", device.status.word()),
                ));
            }
            let (action, becomes) = if approved {
                ("device.approve", Status::Active)
            } else {
                ("device.refuse", Status::Refused)
            };
            let act = Act::new(action, format!("device:{id}"))
                .detail(&device.org)
                .before(json!({ "status": device.status.word() }))
                .after(json!({ "status": becomes.word() }));
            audit::append(tx, now, &actor, act)?;
            if approved {
                // also what a link said: the old device may have been replaced meanwhile
                if let Some(old) = replaces.map_or_else(|| named(tx, id), |old| Ok(Some(old)))? {
                    take_place(tx, &device, old)?;
                }
                tx.execute(
                    "UPDATE devices SET enrolled = $2, verdict_since = $2 WHERE id = $1",
                    &values![id, now],
                )?;
                (device.enrolled, device.verdict.since) = (now, now);
                admit(tx, &mut device, now, &actor)?;
            } else {
                device.status = Status::Refused;
            }
            device.revision += 1;
            tx.save(&[(&device, Extent::All)])?;
            if !approved {
                devices::has_ended(tx, id, now)?;
            }
            if approved { crate::register::enrolled(tx, &device, &actor, now) } else { Ok(()) }
        })
        .await?;
    app.events.tell(Event::Device(id));
    Ok(())
}

/// Whose place the device's link says that it takes.
fn named(tx: &mut dyn Tx, device: DeviceId) -> Result<Option<DeviceId>, StoreError> {
    let row = tx.query_one("SELECT replaces FROM devices WHERE id = $1", &values![device])?;
    Ok(row.map(|mut row| row.take()).transpose()?.flatten())
}

/// Notes whose place a device is to take.
fn take_place(tx: &mut dyn Tx, device: &Device, old: DeviceId) -> Result<(), ActionError> {
    replaceable(tx, old, &device.org)?;
    tx.execute("UPDATE devices SET replaces = $2 WHERE id = $1", &values![device.id, old])?;
    Ok(())
}

/// Checks that a phone of `org` may take the place of `old`: it counts, and is of the same organisation.
pub(super) fn replaceable(tx: &mut dyn Tx, old: DeviceId, org: &str) -> Result<(), ActionError> {
    let known = tx.load(&[old])?.pop().ok_or_else(|| ActionError::missing("device", old))?;
    if known.status == Status::Active && known.org == org {
        return Ok(());
    }
    let detail =
        format!("{old} is {} in {}; it can't be replaced from {org}", known.status.word(), known.org);
    Err(ActionError::conflict(Code::NotReplaceable, detail))
}

/// Makes a device count from now on, in its row alone: the caller saves it. The one whose place it takes ends, and its findings go on.
pub(super) fn admit(
    tx: &mut dyn Tx,
    device: &mut Device,
    now: Timestamp,
    actor: &Actor,
) -> Result<(), StoreError> {
    device.status = Status::Active;
    device.next_judgement = Some(now);
    let replaces = named(tx, device.id)?;
    let Some(mut old) = replaces.map(|old| tx.load(&[old])).transpose()?.and_then(|mut found| found.pop())
    else {
        return Ok(());
    };
    if old.status != Status::Active || old.id == device.id || old.org != device.org {
        // somebody else has taken the place since the link was made: this one is a phone like any other
        tx.execute("UPDATE devices SET replaces = NULL WHERE id = $1", &values![device.id])?;
        return Ok(());
    }
    device.findings = std::mem::take(&mut old.findings);
    (device.verdict, device.untold) = (old.verdict.clone(), true);
    if tx.execute("UPDATE exemptions SET device = $2 WHERE device = $1", &values![old.id, device.id])? > 0 {
        crate::policies::new_edition(tx)?;
    }
    device.told = crate::inventory::follow(tx, old.id, device.id)?;
    device.away_until = crate::away::follow(tx, old.id, device.id)?;
    devices::labels::follow(tx, actor, (old.id, device.id), now)?;
    old.findings.clone_from(&device.findings);
    (old.status, old.next_judgement) = (Status::Replaced, None);
    old.revision += 1;
    tx.save(&[(&old, Extent::All)])?;
    devices::has_ended(tx, old.id, now)?;
    let act = Act::new("device.replace", format!("device:{}", old.id))
        .detail(format!("by {}", device.id))
        .before(json!({ "status": Status::Active.word() }))
        .after(json!({ "status": old.status.word(), "by": device.id }));
    audit::append(tx, now, actor, act)
}
