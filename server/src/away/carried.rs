//! A note on a person: the carrier of a phone of the register, and with it every device that the person carries.

use muster_proto::id::DeviceId;
use serde::Serialize;

use super::edit::{end, judged, put};
use super::{AwayView, NewAway, Note};
use crate::app::App;
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::problems::Code;
use crate::register::AssetId;
use crate::store::{StoreError, Tx, values};

/// What a note on a carrier has reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Carried {
    /// The devices that the person carries.
    pub devices: Vec<DeviceId>,
    /// The note that each of them has now; none where it ended.
    pub note: Option<AwayView>,
}

/// Writes that the carrier of a phone is away: on its device, and on those of all phones that the register of the same organisation has under
/// the same name. Who gets one of them afterwards is not meant, and ends the note there.
///
/// # Errors
/// There is no such phone; no device is linked to any; one of them can't have the note, and then none gets it.
pub async fn carrier_away(
    app: &App,
    actor: &Actor,
    asset: AssetId,
    new: NewAway,
) -> Result<Carried, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let carried = app
        .store
        .write(move |tx| {
            let (org, devices) = carried(tx, &actor, asset)?;
            let note = Note::read(tx, &org, &new, now)?;
            let mut written = None;
            for device in &devices {
                written = Some(put(tx, &actor, *device, (&note, Some(asset)), now)?);
            }
            Ok::<_, ActionError>(Carried { devices, note: written })
        })
        .await?;
    judged(app, &carried.devices).await;
    Ok(carried)
}

/// The carrier of a phone is back: the notes of all those devices end.
///
/// # Errors
/// There is no such phone; no device is linked to any; none of them has a note.
pub async fn carrier_back(app: &App, actor: &Actor, asset: AssetId) -> Result<Carried, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let back = app
        .store
        .write(move |tx| {
            let mut devices = Vec::new();
            for device in carried(tx, &actor, asset)?.1 {
                if end(tx, &actor, device, now)? {
                    devices.push(device);
                }
            }
            if devices.is_empty() {
                let detail = "no note of these devices is in force or to come";
                return Err(ActionError::conflict(Code::NotAway, detail));
            }
            Ok(Carried { devices, note: None })
        })
        .await?;
    judged(app, &back.devices).await;
    Ok(back)
}

/// The organisation of a phone, and the active devices that its carrier has, all of which the caller may edit.
fn carried(tx: &mut dyn Tx, actor: &Actor, asset: AssetId) -> Result<(String, Vec<DeviceId>), ActionError> {
    auth::check(tx, actor, Right::Register, &Thing::Asset(asset))?;
    let row = tx.query_one("SELECT org, carrier FROM assets WHERE id = $1", &values![asset])?;
    let mut row = row.ok_or_else(|| ActionError::missing("asset", asset))?;
    let (org, carrier): (String, Option<String>) = (row.take()?, row.take()?);
    let sql = "SELECT devices.id FROM assets JOIN devices ON devices.id = assets.device \
               WHERE devices.status = 'active' AND (assets.id = $1 OR (assets.org = $2 AND assets.carrier = $3)) ORDER BY devices.id";
    let carrier = carrier.unwrap_or_default();
    let rows = tx.query(sql, &values![asset, &org, &carrier])?;
    let devices = rows.into_iter().map(|mut row| row.take()).collect::<Result<Vec<_>, StoreError>>()?;
    if devices.is_empty() {
        let detail = "no active device is linked to a phone of this carrier";
        return Err(ActionError::conflict(Code::NotEnrolled, detail));
    }
    for device in &devices {
        auth::check(tx, actor, Right::Register, &Thing::Device(*device))?;
    }
    Ok((org, devices))
}
