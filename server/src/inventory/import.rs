//! A file is taken in whole or not at all: one transaction, one entry in the audit.

use bytes::Bytes;
use muster_policy::Told;
use muster_proto::facts::Platform;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::table::{Names, Nobody, Table, read};
use super::{DeviceIs, Layout};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::devices::org_of;
use crate::error::ActionError;
use crate::judge;
use crate::problems::Code;
use crate::store::{Batch, Kind, Lock, StoreError, Tx, Value, values};

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "InventoryImported")]
pub struct Imported {
    /// Rows of the file.
    pub rows: u64,
    /// Devices that it lists and that are enrolled here.
    pub devices: u64,
    /// Watched applications on them. The others are forgotten.
    pub applications: u64,
    /// Devices of which something else is known now than before.
    pub changed: u64,
    /// Names of devices that are nobody's, the first of them.
    pub unknown_devices: Vec<UnknownDevice>,
    /// How many such names there are.
    pub unknown: u64,
    /// Nothing was written: it was only asked.
    pub dry_run: bool,
}

/// A name of the file that is no device's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct UnknownDevice {
    /// The name.
    pub name: String,
    /// The first line that has it.
    pub line: u64,
    /// More than one device has this asset tag.
    pub several: bool,
}

/// Names that the answer has.
const NAMED: usize = 1000;

/// Takes in what a management system says. It replaces what earlier imports said of the devices that it lists; they are judged by it when
/// this returns. With `dry_run` nothing is written.
///
/// # Errors
/// The layout doesn't fit the file, a row is flawed, or a device went away while it was read: nothing is imported then; the store's.
pub async fn import(
    app: &App,
    actor: &Actor,
    layout: Layout,
    file: Bytes,
    dry_run: bool,
) -> Result<Imported, ActionError> {
    let (actor, now, catalogue) = (actor.clone(), app.now(), Arc::clone(&app.catalogue));
    let known = app.store.read(|tx| Ok::<_, ActionError>(enrolled(tx)?)).await?;
    let read = tokio::task::spawn_blocking(move || {
        let names = Names::of(known, layout.device_is);
        read(&layout.encoding.read(&file)?, &layout, &names, &catalogue.catalogue, now)
    });
    let mut table =
        read.await.map_err(|error| StoreError::Lost(Arc::new(std::io::Error::other(error))))??;
    if dry_run {
        let asked = move |tx: &mut dyn Tx| {
            let changed = changes(tx, &mut table)?.len();
            Ok(answer(&table, changed, true))
        };
        return app.store.read(asked).await;
    }
    let imported = app.store.write(move |tx| write(tx, &mut table, &actor, now)).await?;
    judge::at_once(app).await;
    Ok(imported)
}

fn write(tx: &mut dyn Tx, table: &mut Table, actor: &Actor, now: Timestamp) -> Result<Imported, ActionError> {
    let revisions = still_active(tx, table)?;
    let changed = changes(tx, table)?;
    let nothing = BTreeMap::new();
    let (mut rows, mut marks): (Vec<Vec<Value<'_>>>, Vec<Vec<Value<'_>>>) = Default::default();
    for device in changed.keys() {
        let told = table.devices.get(device).unwrap_or(&nothing);
        rows.extend(told.values().map(|listed| row(device, &listed.told, actor, now)));
        let revision = revisions.get(device).copied().unwrap_or_default() + 1;
        marks.push(Vec::from(values![device, told.len() as u64, now, revision]));
    }
    let before: Vec<&[u8]> =
        changed.iter().filter(|(_, known)| **known).map(|(device, _)| &device.0[..]).collect();
    tx.query_each("DELETE FROM told WHERE device = $1", &before, Lock::No)?;
    tx.write_many(&TOLD, &rows)?;
    tx.write_many(&MARKS, &marks)?;
    let imported = answer(table, changed.len(), false);
    let detail = format!(
        "{} rows, {} devices, {} watched applications, {} devices changed, {} names unknown",
        imported.rows, imported.devices, imported.applications, imported.changed, imported.unknown
    );
    let act = Act::new("inventory.import", "inventory").detail(detail).after(json!({
        "rows": imported.rows,
        "devices": imported.devices,
        "applications": imported.applications,
        "changed": imported.changed,
        "unknown": imported.unknown,
    }));
    audit::append(tx, now, actor, act)?;
    Ok(imported)
}

fn answer(table: &Table, changed: usize, dry_run: bool) -> Imported {
    let unknown = table.nobody.iter().take(NAMED).map(|(name, (line, why))| UnknownDevice {
        name: name.clone(),
        line: *line,
        several: *why == Nobody::Several,
    });
    Imported {
        rows: table.rows,
        devices: table.devices.len() as u64,
        applications: table.devices.values().map(|told| told.len() as u64).sum(),
        changed: changed as u64,
        unknown_devices: unknown.collect(),
        unknown: table.nobody.len() as u64,
        dry_run,
    }
}

/// The devices of which the file says something else than is known, and whether anything is known of each. What a file without dates says
/// again keeps its time.
fn changes(tx: &mut dyn Tx, table: &mut Table) -> Result<BTreeMap<DeviceId, bool>, StoreError> {
    let sql = "SELECT device, messenger, package, version, matched, seen_at FROM told";
    let mut known: BTreeMap<DeviceId, Vec<Told>> = BTreeMap::new();
    for mut row in tx.query(sql, &[])? {
        known.entry(row.take()?).or_default().push(Told {
            messenger: row.take()?,
            package: row.take()?,
            version: row.take()?,
            matched: row.parse("a match")?,
            seen_at: row.take()?,
        });
    }
    if !table.dated {
        for (device, before) in &known {
            let Some(told) = table.devices.get_mut(device) else { continue };
            for one in before {
                if let Some(listed) = told.get_mut(&(one.messenger.clone(), one.package.clone())) {
                    listed.since(one);
                }
            }
        }
    }
    let changed = table.devices.iter().filter_map(|(device, told)| match known.get(device) {
        None => (!told.is_empty()).then_some((*device, false)),
        Some(before) => {
            let listed = |one: &Told| told.get(&(one.messenger.clone(), one.package.clone()));
            let same = before.len() == told.len()
                && before.iter().all(|one| listed(one).is_some_and(|listed| listed.told == *one));
            (!same).then_some((*device, true))
        }
    });
    Ok(changed.collect())
}

/// The device that is meant by an id, or by an asset tag as a file may have it.
///
/// # Errors
/// No device has that name, or several have that asset tag; the store's.
pub(super) fn named(tx: &mut dyn Tx, name: &str) -> Result<DeviceId, ActionError> {
    if let Ok(id) = name.parse() {
        return org_of(tx, id).map(|_| id);
    }
    match Names::of(enrolled(tx)?, DeviceIs::AssetTag).find(name) {
        Ok((device, _)) => Ok(device),
        Err(Nobody::Unknown) => Err(ActionError::missing("device", name)),
        Err(Nobody::Several) => {
            let detail = format!("several devices have the asset tag {name:?}; say which by its id");
            Err(ActionError::conflict(Code::SeveralDevices, detail))
        }
    }
}

fn enrolled(tx: &mut dyn Tx) -> Result<Vec<(DeviceId, Platform, Option<String>)>, StoreError> {
    let rows = tx.query("SELECT id, platform, asset_tag FROM devices WHERE status = 'active'", &[])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.parse("a platform")?, row.take()?))).collect()
}

/// The revisions of the devices that the file lists. They were looked up before it was read; from here on they stay as they are until this
/// transaction ends.
fn still_active(tx: &mut dyn Tx, table: &Table) -> Result<BTreeMap<DeviceId, u64>, ActionError> {
    let ids: Vec<&[u8]> = table.devices.keys().map(|device| &device.0[..]).collect();
    let sql = "SELECT id, revision FROM devices WHERE status = 'active' AND id = $1";
    let rows = tx.query_each(sql, &ids, Lock::Yes)?;
    if rows.len() == ids.len() {
        let revisions = rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?)));
        return Ok(revisions.collect::<Result<_, StoreError>>()?);
    }
    Err(ActionError::conflict(
        Code::InventoryDevices,
        "nothing was imported: devices changed meanwhile, try again",
    ))
}

fn row<'a>(device: &'a DeviceId, told: &'a Told, actor: &'a Actor, now: Timestamp) -> Vec<Value<'a>> {
    Vec::from(values![
        device,
        &told.messenger,
        &told.package,
        told.version.as_deref(),
        told.matched.word(),
        told.seen_at,
        now,
        actor.name(),
    ])
}

const TOLD: Batch = Batch {
    table: "told",
    keys: 0,
    columns: &[
        ("device", Kind::Blob),
        ("messenger", Kind::Text),
        ("package", Kind::Text),
        ("version", Kind::Text),
        ("matched", Kind::Text),
        ("seen_at", Kind::Int),
        ("imported_at", Kind::Int),
        ("actor", Kind::Text),
    ],
};

/// A device has so many entries now, and is due for judgement.
const MARKS: Batch = Batch {
    table: "devices",
    keys: 1,
    columns: &[
        ("id", Kind::Blob),
        ("told", Kind::Int),
        ("next_judgement", Kind::Int),
        ("revision", Kind::Int),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::world;
    use crate::inventory::{DeviceIs, Encoding};

    #[tokio::test]
    async fn a_device_that_goes_while_the_file_is_read_refuses_it() {
        let world = world().await;
        let (stays, goes) = (world.phone("A", "T1").await.id, world.phone("B", "T2").await.id);
        let layout = Layout {
            device: "id".to_owned(),
            device_is: DeviceIs::Id,
            application: "app".to_owned(),
            version: None,
            date: None,
            time_zone: "UTC".to_owned(),
            delimiter: ',',
            encoding: Encoding::Utf8,
        };
        let names = Names::of(world.app.store.read(|tx| enrolled(tx)).await.unwrap(), layout.device_is);
        let (now, catalogue) = (world.app.now(), Arc::clone(&world.app.catalogue));
        let write = async |file: String| {
            let mut table = read(&file, &layout, &names, &catalogue.catalogue, now).unwrap();
            world.app.store.write(move |tx| write(tx, &mut table, &Actor::system("test"), now)).await
        };
        let retired = "UPDATE devices SET status = 'retired' WHERE id = $1";
        world.app.store.write(move |tx| tx.execute(retired, &values![goes])).await.unwrap();
        let refused =
            write(format!("id,app\n{stays},com.whatsapp\n{goes},com.whatsapp\n")).await.unwrap_err();
        assert_eq!(refused.problem().status, 409, "{refused}");
        let told = world.app.store.read(move |tx| crate::inventory::of(tx, stays)).await.unwrap();
        assert_eq!(told, []);
        assert_eq!(write(format!("id,app\n{stays},com.whatsapp\n")).await.unwrap().changed, 1);
    }
}
