//! What people do about a device.

use muster_proto::id::DeviceId;
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::{self, Reason};
use crate::store::values;

/// Acknowledges every break of a device's chain: a person has looked into it. The device is judged anew when this returns.
///
/// # Errors
/// There is no such device or no open break; no reason is given.
pub async fn acknowledge(
    app: &App,
    actor: &Actor,
    device: DeviceId,
    reason: &str,
) -> Result<u64, ActionError> {
    let reason = Reason::read(reason, reason::LONGEST, Code::AcknowledgeReason)?;
    let (actor, now) = (actor.clone(), app.now());
    let breaks = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Enrol, &Thing::Device(device))?;
            super::org_of(tx, device)?;
            let breaks = tx.execute(
                "UPDATE breaks SET acknowledged = $2, acknowledged_by = $3, reason = $4 WHERE device = $1 AND acknowledged IS NULL",
                &values![device, now, actor.name(), &reason],
            )?;
            if breaks == 0 {
                return Err(ActionError::conflict(Code::NoBreaks, "the device's chain has no break that waits for a person"));
            }
            tx.execute(
                "UPDATE devices SET breaks = 0, chain_since = $2, next_judgement = $2, revision = revision + 1 WHERE id = $1",
                &values![device, now],
            )?;
            let act = Act::new("device.acknowledge", format!("device:{device}"))
                .detail(format!("{breaks} breaks: {reason}"))
                .before(json!({ "breaks": breaks }))
                .after(json!({ "breaks": 0, "reason": reason.to_string() }));
            audit::append(tx, now, &actor, act)?;
            Ok(breaks)
        })
        .await?;
    crate::judge::at_once(app).await;
    Ok(breaks)
}
