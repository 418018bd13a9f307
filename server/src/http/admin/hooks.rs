//! `/hooks`: addresses that are told when a finding changes.

use super::{Body, Created, Id, Query, page_limit};
use crate::app::App;
use crate::auth::Actor;
use crate::hooks::{
    self, Deliveries, Hook, HookChange, HookView, IssuedHook, NewHook, Pinged, Replay, Replayed, Standing,
};
use crate::http::fault::Fault;
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Every hook.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Hooks {
    hooks: Vec<HookView>,
}

/// Which part of the list, and which of them.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    standing: Option<Standing>,
    after: Option<u64>,
    limit: Option<u32>,
}

/// Lists them.
pub async fn list(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Hooks>, Fault> {
    Ok(Json(Hooks { hooks: hooks::list(&app, &actor).await? }))
}

/// Adds one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewHook>,
) -> Result<Created<IssuedHook>, Fault> {
    Ok(Created(hooks::add(&app, &actor, new).await?))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Hook>, Fault> {
    Ok(Json(hooks::show(&app, &id).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(change): Body<HookChange>,
) -> Result<Json<Hook>, Fault> {
    Ok(Json(hooks::edit(&app, &actor, &id, version, change).await?))
}

/// Takes one away.
pub async fn delete(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Hook>, Fault> {
    Ok(Json(hooks::remove(&app, &actor, &id).await?))
}

/// Tries one.
pub async fn test(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Pinged>, Fault> {
    Ok(Json(hooks::ping(&app, &actor, &id).await?))
}

/// Gives one a new secret.
pub async fn rotate(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Created<IssuedHook>, Fault> {
    Ok(Created(hooks::rotate(&app, &actor, &id).await?))
}

/// A page of what its receiver did not take.
pub async fn deliveries(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Deliveries>, Fault> {
    let limit = page_limit(asked.limit);
    Ok(Json(hooks::deliveries(&app, &id, asked.standing, asked.after, limit).await?))
}

/// Sends some of it again.
pub async fn replay(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    Body(which): Body<Replay>,
) -> Result<Json<Replayed>, Fault> {
    Ok(Json(hooks::replay(&app, &actor, &id, which).await?))
}
