//! `/groups`: queries under a name.

use super::{Body, Created, Id, Query};
use crate::app::App;
use crate::auth::Actor;
use crate::groups::{self, Group, GroupChange, GroupView, NewGroup};
use crate::http::fault::Fault;
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Groups.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Groups {
    groups: Vec<GroupView>,
}

/// What may be asked.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Whether to count the devices of each.
    counts: bool,
}

/// Lists them.
pub async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Groups>, Fault> {
    Ok(Json(Groups { groups: groups::list(&app, &actor, asked.counts).await? }))
}

/// Makes one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewGroup>,
) -> Result<Created<Group>, Fault> {
    Ok(Created(groups::add(&app, &actor, new).await?))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Group>, Fault> {
    Ok(Json(groups::show(&app, &id).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(change): Body<GroupChange>,
) -> Result<Json<Group>, Fault> {
    Ok(Json(groups::edit(&app, &actor, &id, version, change).await?))
}

/// Takes one away.
pub async fn delete(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Group>, Fault> {
    Ok(Json(groups::remove(&app, &actor, &id).await?))
}
