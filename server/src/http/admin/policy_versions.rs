//! `/policies/{id}/…`: older versions of a policy, what differs between two, and going back to one.

use super::{Body, Id, Query};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::policies::{self, Applied, Plan, VersionDiff, VersionView};
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The versions, the newest first.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Versions {
    versions: Vec<VersionView>,
}

/// Between which versions: the one in force and the one before it where nothing is said.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedDiff {
    from: Option<u64>,
    to: Option<u64>,
}

/// To which version, and why.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewRollBack")]
pub struct AskedRollBack {
    /// The version.
    version: u64,
    /// Why.
    reason: String,
}

/// To which version.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlannedRollBack")]
pub struct AskedPlan {
    /// The version.
    version: u64,
}

/// Lists the versions.
pub async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Versions>, Fault> {
    Ok(Json(Versions { versions: policies::versions(&app, &actor, &id).await? }))
}

/// One version, as it was applied.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    Id(version): Id<u64>,
) -> Result<Response, Fault> {
    Ok(super::policies::document(policies::show(&app, &actor, &id, Some(version)).await?))
}

/// What differs between two.
pub async fn diff(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    Query(asked): Query<AskedDiff>,
) -> Result<Json<VersionDiff>, Fault> {
    Ok(Json(policies::diff(&app, &actor, &id, asked.from, asked.to).await?))
}

/// Goes back to one.
pub async fn roll_back(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    from: IfMatch,
    Body(asked): Body<AskedRollBack>,
) -> Result<Json<Applied>, Fault> {
    Ok(Json(policies::roll_back(&app, &actor, &id, asked.version, &asked.reason, from).await?))
}

/// Says what going back to one would do.
pub async fn plan(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    Body(asked): Body<AskedPlan>,
) -> Result<Json<Plan>, Fault> {
    Ok(Json(policies::plan_roll_back(&app, &actor, &id, asked.version).await?))
}
