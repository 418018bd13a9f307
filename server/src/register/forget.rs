//! Who carried a phone is a person's data. When nobody needs it any more it is taken away, and the phone and the rest of its history stay.

use super::edit::called;
use super::row::find;
use super::{Asset, AssetId};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::store::values;

/// Takes away who carries a phone and who ever did. That it changed hands, and when, stays; so does every other part. Nothing is written where
/// nobody is named.
///
/// # Errors
/// There is none, or the store's.
pub async fn forget(app: &App, actor: &Actor, id: AssetId) -> Result<Asset, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Register, &Thing::Asset(id))?;
            let before = find(tx, id)?;
            // no event of its own: that would name whoever is forgotten
            let former = tx.execute(
                "UPDATE asset_events SET was = NULL, becomes = NULL \
                 WHERE asset = $1 AND part = 'carrier' AND (was IS NOT NULL OR becomes IS NOT NULL)",
                &values![id],
            )?;
            let known = before.carrier_id.is_some() || before.carrier_standing.is_some();
            if before.carrier.is_none() && !known && former == 0 {
                return Ok(before);
            }
            let changed = if before.carrier.is_some() || known { now } else { before.changed };
            tx.execute(
                "UPDATE assets SET carrier = NULL, carrier_id = NULL, carrier_standing = NULL, carrier_since = NULL, \
                 carrier_org = NULL, changed = $2 WHERE id = $1",
                &values![id, changed],
            )?;
            let act = Act::new("asset.forget", format!("asset:{id}")).detail(called(&before));
            audit::append(tx, now, &actor, act)?;
            let (carrier_standing, carrier_since, carrier_org) = (None, None, None);
            Ok(Asset {
                carrier: None,
                carrier_id: None,
                carrier_standing,
                carrier_since,
                carrier_org,
                changed,
                ..before
            })
        })
        .await
}
