//! What the register plans for a device: until when it has to be replaced, and whether anybody should have it any more. Rules of kind
//! `replacement` are judged by it, so whatever changes it makes the device due for judgement.

use muster_policy::document::end_of_day;
use muster_policy::{Entry, Left};
use muster_proto::id::DeviceId;
use muster_proto::time::{Day, Timestamp};

use super::row::Written;
use super::{Asset, Life};
use crate::store::{StoreError, Tx, values};

/// What is planned for a device; none where it is not in the register.
///
/// # Errors
/// The store's.
pub fn planned(tx: &mut dyn Tx, device: DeviceId) -> Result<Option<Entry>, StoreError> {
    let sql = "SELECT a.life, a.life_since, a.changed, a.replace_by, o.time_zone, r.life_since FROM assets AS a \
               JOIN orgs AS o ON o.id = a.org \
               LEFT JOIN assets AS r ON r.id = a.replaced_by AND r.life IN ('handed-out', 'in-use') WHERE a.device = $1";
    let Some(mut row) = tx.query_one(sql, &values![device])? else { return Ok(None) };
    let life: Life = row.parse("a life")?;
    let (since, changed): (Timestamp, Timestamp) = (row.take()?, row.take()?);
    let replace_by = row.take::<Option<u32>>()?.and_then(Day::from_days);
    let time_zone: String = row.take()?;
    let succeeded: Option<Timestamp> = row.take()?;
    // whoever names a successor that has long been in use does so when the entry changes
    let succeeded = succeeded.map(|at| (Left::Replaced, at.max(changed)));
    let own = match life {
        Life::Retired => Some((Left::Retired, since)),
        Life::Lost => Some((Left::Lost, since)),
        Life::Spare => Some((Left::Spare, since)),
        Life::Ordered | Life::HandedOut | Life::InUse | Life::InRepair => None,
    };
    let replace_by = replace_by.map(|day| end_of_day(day, &time_zone));
    Ok(Some(Entry { replace_by, left: own.or(succeeded) }))
}

/// Devices are due for judgement whose entry plans something else now: their own, or that of whoever takes their place.
pub(super) fn touch(tx: &mut dyn Tx, assets: &[Written], now: Timestamp) -> Result<(), StoreError> {
    const DUE: &str =
        "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE status = 'active' AND";
    let own = format!("{DUE} id = $1");
    let those_before =
        format!("{DUE} id IN (SELECT device FROM assets WHERE replaced_by = $1 AND device IS NOT NULL)");
    for (before, after) in assets {
        let before = before.as_ref();
        if before.map(plans) != Some(plans(after)) {
            let devices = [before.and_then(|before| before.device), after.device];
            for device in devices.into_iter().flatten() {
                tx.execute(&own, &values![device, now])?;
            }
        }
        if before.is_some_and(|before| before.life != after.life) {
            tx.execute(&those_before, &values![&after.id, now])?;
        }
    }
    Ok(())
}

/// The parts of an entry by which its device is judged.
fn plans(asset: &Asset) -> impl PartialEq + use<'_> {
    (asset.life, asset.replace_by, asset.replaced_by, asset.device, asset.org.as_str())
}

#[cfg(test)]
mod tests;
