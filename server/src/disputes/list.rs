//! Lists of disputes.

use muster_proto::id::DeviceId;
use serde::Serialize;

use super::{DisputeView, SELECT, Standing, find, view};
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::store::{StoreError, Value, values};

/// Which disputes.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Of this device.
    pub device: Option<DeviceId>,
    /// About this rule.
    pub rule: Option<String>,
    /// In this state.
    pub state: Option<Standing>,
}

/// A page of disputes, the newest first.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Disputes {
    /// The disputes.
    pub disputes: Vec<DisputeView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// A page of disputes, where the caller may look at single phones: whoever helps has no other list.
///
/// # Errors
/// The store's.
pub async fn list(
    app: &App,
    actor: &Actor,
    which: Which,
    after: Option<u64>,
    limit: u32,
) -> Result<Disputes, ActionError> {
    let (within, limit) = (actor.within(Right::OneDevice), limit.clamp(1, 500));
    let mut params: Vec<Value<'static>> = Vec::new();
    let mut text = format!("{SELECT} WHERE 1 = 1");
    let mut add = |condition: &str, value: Value<'static>| {
        params.push(value);
        text += &format!(" AND disputes.{condition} ${}", params.len());
    };
    if let Some(device) = which.device {
        add("device =", device.into());
    }
    if let Some(rule) = which.rule {
        add("rule =", rule.into());
    }
    if let Some(state) = which.state {
        add("state =", state.word().into());
    }
    if let Some(after) = after {
        add("id <", after.into());
    }
    text += &within.condition("devices.org", &mut params);
    params.push((limit + 1).into());
    text += &format!(" ORDER BY disputes.id DESC LIMIT ${}", params.len());
    app.store
        .read(move |tx| {
            let rows = tx.query(&text, &params)?.into_iter();
            let mut disputes = rows.map(view).collect::<Result<Vec<_>, StoreError>>()?;
            let more = disputes.len() > limit as usize;
            disputes.truncate(limit as usize);
            let next = disputes.last().filter(|_| more).map(|last| last.id.to_string());
            Ok(Disputes { disputes, next })
        })
        .await
}

/// The newest of one device.
///
/// # Errors
/// The store's.
pub async fn of_device(app: &App, device: DeviceId, limit: u32) -> Result<Vec<DisputeView>, ActionError> {
    app.store
        .read(move |tx| {
            let sql = format!("{SELECT} WHERE disputes.device = $1 ORDER BY disputes.id DESC LIMIT $2");
            let rows = tx.query(&sql, &values![device, limit])?.into_iter();
            Ok(rows.map(view).collect::<Result<Vec<_>, StoreError>>()?)
        })
        .await
}

/// One dispute.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: u64) -> Result<DisputeView, ActionError> {
    app.store.read(move |tx| find(tx, id)).await
}
