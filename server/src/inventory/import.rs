//! A file is taken in whole or not at all: one transaction, one entry in the audit.

use bytes::Bytes;
use muster_policy::Told;
use muster_proto::facts::Platform;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::table::{Names, Nobody, Table, read};
use super::{Layout, mark};
use crate::app::App;
use crate::audit;
use crate::auth::Actor;
use crate::error::ActionError;
use crate::judge;
use crate::store::{Batch, Kind, StoreError, Tx, Value, values};

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
/// The layout doesn't fit the file, or a row is flawed: nothing is imported then; the store's.
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
    let imported =
        app.store.write(move |tx| Ok::<_, ActionError>(write(tx, &mut table, &actor, now)?)).await?;
    judge::at_once(app).await;
    Ok(imported)
}

fn write(tx: &mut dyn Tx, table: &mut Table, actor: &Actor, now: Timestamp) -> Result<Imported, StoreError> {
    let changed = changes(tx, table)?;
    let nothing = BTreeMap::new();
    let mut rows: Vec<Vec<Value<'_>>> = Vec::new();
    for (device, known) in &changed {
        let told = table.devices.get(device).unwrap_or(&nothing);
        if *known {
            tx.execute("DELETE FROM told WHERE device = $1", &values![device])?;
        }
        rows.extend(told.values().map(|listed| row(device, &listed.told, actor, now)));
        mark(tx, *device, told.len() as u64, now)?;
    }
    tx.write_many(&TOLD, &rows)?;
    let imported = answer(table, changed.len(), false);
    let detail = format!(
        "{} rows, {} devices, {} watched applications, {} devices changed, {} names unknown",
        imported.rows, imported.devices, imported.applications, imported.changed, imported.unknown
    );
    audit::append(tx, now, actor, "inventory.import", "inventory", &detail)?;
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

fn enrolled(tx: &mut dyn Tx) -> Result<Vec<(DeviceId, Platform, Option<String>)>, StoreError> {
    let rows = tx.query("SELECT id, platform, asset_tag FROM devices WHERE status = 'active'", &[])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.parse("a platform")?, row.take()?))).collect()
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
