//! Ending a device without its word: a phone that is lost, broken or gone makes no last report.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::erase::erase_ended;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::{self, Devices as _, Extent, Status};
use crate::error::ActionError;
use crate::live::Event;
use crate::orders;
use crate::problems::Code;
use crate::reason::{self, Reason};
use crate::store::Tx;

/// Why, and what becomes of what is known of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Why: one line.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
    /// Whether what is known of it is erased at once, and not when its period has passed.
    #[serde(default)]
    pub erase: bool,
}

/// A device that has ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Ended {
    /// Its id.
    pub device: DeviceId,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether what was known of it is erased.
    pub erased: bool,
}

/// Ends a device: it is judged no more, its orders are cancelled, and should its agent be heard of again, it is told to stop.
///
/// # Errors
/// There is no such device, or it does not count; no reason is given; the store's.
pub async fn end(app: &App, actor: &Actor, device: DeviceId, asked: End) -> Result<Ended, ActionError> {
    let reason = Reason::read(&asked.reason, reason::LONGEST, Code::EndReason)?;
    let (by, now) = (actor.clone(), app.now());
    app.store.write(move |tx| end_in(tx, device, &reason, &by, now)).await?;
    app.events.tell(Event::Device(device));
    if asked.erase {
        erase_ended(app, actor, device).await?;
    }
    Ok(Ended { device, ended: now, erased: asked.erase })
}

fn end_in(
    tx: &mut dyn Tx,
    id: DeviceId,
    reason: &Reason,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ActionError> {
    auth::check(tx, actor, Right::Enrol, &Thing::Device(id))?;
    let status = tx.load(&[id])?.pop().ok_or_else(|| ActionError::missing("device", id))?.status;
    if status != Status::Active {
        let detail = format!("the device is {}: there is nothing to end", status.word());
        return Err(ActionError::conflict(Code::DeviceInactive, detail));
    }
    orders::cancel_of(tx, id, "ended", now)?;
    // read after its orders have ended, for the row counts them
    let mut device = tx.load(&[id])?.pop().ok_or_else(|| ActionError::missing("device", id))?;
    (device.status, device.next_judgement) = (Status::Retired, None);
    device.revision += 1;
    tx.save(&[(&device, Extent::All)])?;
    devices::has_ended(tx, id, now)?;
    let act = Act::new("device.end", format!("device:{id}"))
        .detail(reason.to_string())
        .before(json!({ "status": Status::Active.word() }))
        .after(json!({ "status": Status::Retired.word(), "reason": reason.to_string() }));
    Ok(audit::append(tx, now, actor, act)?)
}
