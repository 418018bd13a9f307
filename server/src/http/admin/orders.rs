//! `GET /orders`: which orders were given, and what became of them.

use super::{Id, Query, page_limit};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::orders::{self, Orders, Place, Which};
use axum::Json;
use axum::extract::State;
use muster_proto::id::{DeviceId, OrderId};
use muster_proto::message::OrderKind;
use muster_proto::time::Timestamp;
use serde::Deserialize;
use std::str::FromStr;
use std::sync::Arc;

/// What may be asked. An empty value is none.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Of this device.
    device: Option<String>,
    /// Of this scan.
    scan: Option<String>,
    /// In one of these states, with commas between.
    state: Option<String>,
    /// Of this kind.
    kind: Option<String>,
    /// Given then or later.
    since: Option<String>,
    /// Where the page begins.
    after: Option<String>,
    /// Orders on the page.
    limit: Option<u32>,
}

/// A page of orders, the newest first.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Orders>, Fault> {
    let (which, after) = asked.which()?;
    Ok(Json(orders::page(&app, &actor, which, after, page_limit(asked.limit)).await?))
}

/// Those of one device.
pub async fn of_device(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<DeviceId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Orders>, Fault> {
    let (which, after) = asked.which()?;
    let device = crate::devices::row(&app, id).await?.id;
    let which = Which { device: Some(device), ..which };
    Ok(Json(orders::page(&app, &actor, which, after, page_limit(asked.limit)).await?))
}

impl Asked {
    fn which(&self) -> Result<(Which, Option<Place>), Fault> {
        let states = self.state.as_deref().unwrap_or_default().split(',').filter(|word| !word.is_empty());
        let state = |word: &str| {
            orders::State::named(word)
                .ok_or_else(|| Fault::malformed(format!("state: {word:?} is no state of an order")))
        };
        let which = Which {
            device: read::<DeviceId>("device", self.device.as_ref())?,
            scan: read::<OrderId>("scan", self.scan.as_ref())?,
            states: states.map(state).collect::<Result<_, _>>()?,
            kind: read::<OrderKind>("kind", self.kind.as_ref())?,
            since: read::<Timestamp>("since", self.since.as_ref())?,
            turned: None,
        };
        Ok((which, read("after", self.after.as_ref())?))
    }
}

/// A value that was given, read.
pub(super) fn read<T: FromStr>(name: &str, text: Option<&String>) -> Result<Option<T>, Fault>
where
    T::Err: std::fmt::Display,
{
    let read = text.filter(|text| !text.is_empty()).map(|text| text.parse()).transpose();
    read.map_err(|error: T::Err| Fault::malformed(format!("{name}: {error}")))
}
