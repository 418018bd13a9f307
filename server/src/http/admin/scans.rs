//! `/scans`: many devices asked at once, and how many have answered.

use super::{Body, Created, Id, Query, page_limit};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::orders::{self, Again, MadeScan, NewScan, ScanView, Scans};
use axum::Json;
use axum::extract::State;
use muster_proto::id::OrderId;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Which part of the list.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Runs of this schedule alone.
    schedule: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Asks.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewScan>,
) -> Result<Created<MadeScan>, Fault> {
    Ok(Created(orders::scan(&app, &actor, new).await?))
}

/// A page of scans, the newest first.
pub async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Scans>, Fault> {
    let after = super::orders::read("after", asked.after.as_ref())?;
    Ok(Json(orders::list_scans(&app, &actor, asked.schedule, after, page_limit(asked.limit)).await?))
}

/// How long to wait.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedWait {
    /// Seconds to wait for the scan's end.
    wait: Option<u64>,
}

/// Longest wait, in seconds.
const LONGEST_WAIT: u64 = 120;

/// One, and how far it is; with `wait` not before it is over or the time is.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<OrderId>,
    Query(asked): Query<AskedWait>,
) -> Result<Json<ScanView>, Fault> {
    Ok(Json(match asked.wait {
        Some(secs) => orders::wait_scan(&app, id, Duration::from_secs(secs.min(LONGEST_WAIT))).await?,
        None => orders::show_scan(&app, id).await?,
    }))
}

/// Calls it back.
pub async fn cancel(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<OrderId>,
) -> Result<Json<ScanView>, Fault> {
    Ok(Json(orders::cancel_scan(&app, &actor, id).await?))
}

/// Asks those once more who did not answer.
pub async fn repeat(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<OrderId>,
    Body(again): Body<Again>,
) -> Result<Created<MadeScan>, Fault> {
    Ok(Created(orders::repeat_scan(&app, &actor, id, again).await?))
}
