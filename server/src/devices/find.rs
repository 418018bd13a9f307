//! One phone by a name that somebody reads out: no list, and no part of a name.

use muster_proto::id::DeviceId;
use std::collections::BTreeSet;

use super::list;
use super::view::DeviceRow;
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::problems::Code;
use crate::register::compared;
use crate::store::{StoreError, Tx, values};

/// The phone of exactly this id, tag or serial number, among those that the actor may look at.
///
/// # Errors
/// There is none, or several; the store's.
pub async fn find(app: &App, actor: &Actor, name: &str) -> Result<DeviceRow, ActionError> {
    let (within, name) = (actor.within(Right::OneDevice), name.trim().to_owned());
    app.store
        .read(move |tx| {
            let mut found = Vec::new();
            for id in named(tx, &name)? {
                found.extend(list::find(tx, id)?.filter(|row| within.has(&row.org)));
            }
            if found.len() > 1 {
                let detail = format!("several devices are called {name:?}; say which by its id");
                return Err(ActionError::conflict(Code::SeveralDevices, detail));
            }
            match found.pop() {
                Some(row) => Ok(row),
                None if registered(tx, &name, &within)? => {
                    let detail = format!("{name:?} stands in the register, and no device is linked to it");
                    Err(ActionError::conflict(Code::NotEnrolled, detail))
                }
                None => Err(ActionError::missing("device", &name)),
            }
        })
        .await
}

/// Whether the register has a phone of this name, for whoever may see one, and no device of it.
fn registered(tx: &mut dyn Tx, name: &str, within: &Within) -> Result<bool, StoreError> {
    let Some(key) = compared(name) else { return Ok(false) };
    let sql = "SELECT org FROM assets WHERE (tag_key = $1 OR serial_key = $1) AND device IS NULL LIMIT 100";
    for mut row in tx.query(sql, &values![key])? {
        if within.has(&row.take::<String>()?) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn named(tx: &mut dyn Tx, name: &str) -> Result<BTreeSet<DeviceId>, StoreError> {
    if let Ok(id) = name.parse() {
        return Ok(BTreeSet::from([id]));
    }
    let tagged = "SELECT id FROM devices WHERE asset_tag = $1 AND status = 'active' LIMIT 100";
    let mut rows = tx.query(tagged, &values![name])?;
    if let Some(key) = compared(name) {
        let listed = "SELECT device FROM assets WHERE (tag_key = $1 OR serial_key = $1) AND device IS NOT NULL LIMIT 100";
        rows.extend(tx.query(listed, &values![key])?);
    }
    rows.into_iter().map(|mut row| row.take()).collect()
}
