//! What a document would do before it does it: its changes, and the devices whose verdict would become another.

use muster_policy::Ruleset;
use muster_policy::document::Change;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use std::sync::Arc;

use super::documents::{self, Next};
use super::{Snapshot, compile, compiled};
use crate::app::App;
use crate::catalogue::Watched;
use crate::devices::{Device, Devices as _};
use crate::error::ActionError;
use crate::judge;
use crate::orgs;
use crate::store::{StoreError, Tx, values};

/// What a document would do.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Plan {
    /// The document's id.
    pub policy: String,
    /// What it would change in the document that is in force.
    pub changes: Vec<Change>,
    /// Whose verdict it would change.
    pub devices: PlannedDevices,
}

/// Devices whose verdict would change.
#[derive(Debug, Clone, Default, Serialize, schemars::JsonSchema)]
pub struct PlannedDevices {
    /// How many.
    pub total: u64,
    /// By organisation.
    pub by_org: Vec<OrgChanges>,
}

/// Devices of one organisation whose verdict would change.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct OrgChanges {
    /// The organisation.
    pub org: String,
    /// The devices.
    pub changes: Vec<DeviceChange>,
}

/// A device whose verdict would change.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct DeviceChange {
    /// The device.
    pub device: DeviceId,
    /// Its model.
    pub model: Option<String>,
    /// The verdict now.
    pub from: State,
    /// The verdict then.
    pub to: State,
}

/// Says what applying a document would do.
///
/// # Errors
/// As [`super::apply`].
pub async fn plan(app: &App, text: &str, prune: bool) -> Result<Plan, ActionError> {
    let (now, catalogue) = (app.now(), Arc::clone(&app.catalogue));
    let document = documents::parse(text, &catalogue.catalogue)?;
    let snapshot = app.rules.now();
    app.store
        .read(move |tx| {
            let next = documents::next(tx, document, prune, &catalogue.catalogue)?;
            planned(tx, next, &snapshot, &catalogue, now)
        })
        .await
}

/// What the next version of a document would do.
pub(super) fn planned(
    tx: &mut dyn Tx,
    next: Next,
    snapshot: &Snapshot,
    catalogue: &Watched,
    now: Timestamp,
) -> Result<Plan, ActionError> {
    let but = Some(next.document.policy.as_str());
    let mut in_force = documents::in_force(tx, &catalogue.catalogue, but)?;
    let (policy, changes) = (next.document.policy.clone(), next.changes.clone());
    in_force.push(next.document);
    let orgs = orgs::all(tx)?;
    let mut devices = PlannedDevices::default();
    for org in &orgs {
        let before = compiled(tx, &org.id)?;
        let after = compile(&in_force, &orgs, &org.id, before.as_ref(), now);
        if before == after {
            continue;
        }
        let ruleset = after.map_or_else(Ruleset::none, Ruleset::new);
        let mut changes = Vec::new();
        each_active(tx, &org.id, |tx, device| {
            let to = judge::try_out(tx, &device, &ruleset, snapshot, catalogue, now)?.state;
            let (from, model) = (device.verdict.state, device.shown.model);
            if from != to {
                changes.push(DeviceChange { device: device.id, model, from, to });
            }
            Ok(())
        })?;
        devices.total += changes.len() as u64;
        if !changes.is_empty() {
            devices.by_org.push(OrgChanges { org: org.id.clone(), changes });
        }
    }
    Ok(Plan { policy, changes, devices })
}

/// Calls `visit` for each device of an organisation that counts, a few hundred at a time.
fn each_active(
    tx: &mut dyn Tx,
    org: &str,
    mut visit: impl FnMut(&mut dyn Tx, Device) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = DeviceId([0; 16]);
    loop {
        let rows = tx.query(
            "SELECT id FROM devices WHERE org = $1 AND status = 'active' AND id > $2 ORDER BY id LIMIT 500",
            &values![org, after],
        )?;
        let ids: Vec<DeviceId> = rows.into_iter().map(|mut row| row.take()).collect::<Result<_, _>>()?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = *last;
        for device in tx.look_at(&ids)? {
            visit(tx, device)?;
        }
    }
}
